--- Publishes a policy to PostgreSQL: its text as a revision, of which one is live, and its directory as
-- rows, in one transaction.  Whoever reads has all of the old one or all of the new one.
--
-- Rows that others wrote (`published` is false) stay, and an address that one of them has is no other's.
-- Publishing waits for another publisher to end.
-- @module postoffice.host.publish

local arrays = require "postoffice.directory.postgres_array"
local postgres = require "postoffice.directory.postgres"
local postoffice = require "postoffice"

local publish = {}

local TIMEOUT = 600 -- seconds for a statement, which may be about millions of rows

-- ---- The tables ----------------------------------------------------------------

--- What makes the tables, one statement after the other.
publish.SCHEMA = {
  [[CREATE TABLE postoffice_policy (
  revision     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  live         boolean NOT NULL,
  policy       bytea NOT NULL,
  published_at timestamptz NOT NULL DEFAULT now(),
  published_by text NOT NULL DEFAULT session_user)]],
  "CREATE UNIQUE INDEX postoffice_policy_live ON postoffice_policy (live) WHERE live",
  [[CREATE TABLE postoffice_directory (
  key         text PRIMARY KEY,
  key_version text NOT NULL,
  entry       text,
  name        text,
  proxies     text[],
  targets     text[] NOT NULL DEFAULT '{}',
  keep        boolean NOT NULL DEFAULT false,
  members     text[],
  owner       text,
  refuse      text,
  target_key  text,
  bare_key    text,
  published   boolean NOT NULL DEFAULT false)]],
  "CREATE INDEX postoffice_directory_version ON postoffice_directory (key_version)",
  [[CREATE INDEX postoffice_directory_target ON postoffice_directory (target_key)
  WHERE target_key IS NOT NULL]],
  [[CREATE INDEX postoffice_directory_bare ON postoffice_directory (bare_key)
  WHERE bare_key IS NOT NULL]],
  [[CREATE TABLE postoffice_heartbeat (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  at  timestamptz NOT NULL DEFAULT clock_timestamp())]],
}

-- Columns of the directory that are written, each with its type.
local COLUMNS = {
  { "key", "text" }, { "key_version", "text" }, { "entry", "text" }, { "name", "text" },
  { "proxies", "text[]" }, { "targets", "text[]" }, { "keep", "boolean" }, { "members", "text[]" },
  { "owner", "text" }, { "refuse", "text" }, { "target_key", "text" }, { "bare_key", "text" },
  { "published", "boolean" },
}

-- The columns, each as a function writes it.
local function each_column(write)
  local list = {}
  for i, column in ipairs(COLUMNS) do list[i] = write(column[1], column[2], i) end
  return table.concat(list, ", ")
end

local NAMES = each_column(function(name) return name end)

-- ---- Rows ----------------------------------------------------------------------

-- The rows of an entry, one for each of its addresses, as texts by column.
local function rows_of(entry, sink)
  for i, key in ipairs(entry.keys) do
    sink {
      key = key.key, key_version = postoffice.KEY_VERSION, entry = entry.keys[1].key,
      name = entry.name, proxies = arrays.write(entry.proxies),
      targets = arrays.write(entry.targets), keep = entry.keep and "t" or "f",
      members = entry.members and arrays.write(entry.members), owner = entry.owner,
      refuse = entry.refuse, target_key = i == 1 and entry.target_key or nil, bare_key = key.bare,
      published = "t",
    }
  end
end

local BATCH = 1000 -- rows that one statement adds

local INSERT = ("INSERT INTO postoffice_new (%s) SELECT %s FROM unnest(%s) AS n(%s)"):format(NAMES,
  each_column(function(name, kind) return ("n.%s::%s"):format(name, kind) end),
  each_column(function(_, _, i) return ("$%d::text[]"):format(i) end), NAMES)

-- Adds rows to those that the directory is to have.
local function insert(run, rows)
  local columns = {}
  for i, column in ipairs(COLUMNS) do
    local list = {}
    for k, row in ipairs(rows) do list[k] = row[column[1]] or arrays.NULL end
    columns[i] = arrays.write(list)
  end
  run(INSERT, (unpack or table.unpack)(columns))
end

-- What takes the entries of a policy, and what ends that.
local function collector(run)
  local rows = {}
  local function add(row)
    rows[#rows + 1] = row
    if #rows < BATCH then return end
    insert(run, rows)
    rows = {}
  end
  return function(entry) rows_of(entry, add) end, function()
    if rows[1] then insert(run, rows) end
  end
end

-- ---- One transaction -----------------------------------------------------------

local LOCK = "SELECT pg_advisory_xact_lock(hashtext('postoffice publish'))"

-- What ends publishing, and rolls it back.
local function fail(message, ...) error({ publish = message:format(...) }, 0) end

-- Makes the tables unless they are there.
local function make_tables(run)
  if run "SELECT to_regclass('postoffice_policy')"[1][1] then return false end
  for _, statement in ipairs(publish.SCHEMA) do run(statement) end
  return true
end

local CONFLICTS = [[SELECT n.key, n.name, coalesce(d.name, d.key)
FROM postoffice_new n JOIN postoffice_directory d USING (key) WHERE NOT d.published
ORDER BY key LIMIT 1]]

-- An address has one owner.
local function check_owners(run)
  local row = run(CONFLICTS)[1]
  if not row then return end
  fail('%s of "%s" is in a row that others wrote, of "%s"; an address has one owner', row[1],
    row[2], row[3])
end

-- What changes in the directory: each key with its name and a mark, as a table.
local CHANGES = ([[CREATE TEMPORARY TABLE postoffice_change ON COMMIT DROP AS
SELECT coalesce(n.key, d.key) AS key, coalesce(n.name, d.name, d.key) AS name,
  CASE WHEN d.key IS NULL THEN '+' WHEN n.key IS NULL THEN '-' ELSE '~' END AS mark
FROM postoffice_new n
FULL JOIN (SELECT * FROM postoffice_directory WHERE published) d ON n.key = d.key
WHERE d.key IS NULL OR n.key IS NULL OR (%s) IS DISTINCT FROM (%s)]]):format(
  each_column(function(name) return "n." .. name end),
  each_column(function(name) return "d." .. name end))

local MOST_TOLD = 100 -- changes of a kind that are told one by one

local TOLD = ([[SELECT mark, key, name FROM (SELECT *, row_number() OVER (PARTITION BY mark
  ORDER BY key) AS place FROM postoffice_change) c WHERE place <= %d
ORDER BY position(mark IN '-+~'), key]]):format(MOST_TOLD)

-- How many rows change in each way, and the first of them.
local function changes_of(run)
  local found = { told = {}, total = 0, ["+"] = 0, ["-"] = 0, ["~"] = 0 }
  run(CHANGES)
  for _, row in ipairs(run "SELECT mark, count(*) FROM postoffice_change GROUP BY mark") do
    found[row[1]] = tonumber(row[2])
    found.total = found.total + found[row[1]]
  end
  for i, row in ipairs(run(TOLD)) do
    found.told[i] = { mark = row[1], key = row[2], name = row[3] }
  end
  return found
end

local WRITES = {
  [[DELETE FROM postoffice_directory d USING postoffice_change c
WHERE c.mark = '-' AND c.key = d.key]],
  ([[INSERT INTO postoffice_directory (%s)
SELECT %s FROM postoffice_new n JOIN postoffice_change c USING (key) WHERE c.mark <> '-'
ON CONFLICT (key) DO UPDATE SET %s]]):format(NAMES,
    each_column(function(name) return "n." .. name end),
    each_column(function(name) return ("%s = excluded.%s"):format(name, name) end)),
}

local function to_hex(text)
  return (text:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

-- Writes a revision and makes it the live one.
local function write_revision(run, hex)
  run "UPDATE postoffice_policy SET live = false WHERE live"
  return run([[INSERT INTO postoffice_policy (live, policy) VALUES (true, decode($1, 'hex'))
RETURNING revision]], hex)[1][1]
end

-- The revision that is live, and whether a text is its text.
local function live_of(run, hex)
  local row = run("SELECT revision, policy = decode($1, 'hex') FROM postoffice_policy WHERE live",
    hex)[1]
  return row and row[1], row ~= nil and row[2] == "t"
end

-- All of it but for its end.
local function work(run, given)
  if run "SELECT pg_is_in_recovery()"[1][1] == "t" then
    fail "it is a standby; publish to its primary, from where it comes here"
  end
  run "BEGIN"
  run(LOCK)
  local report = { made = make_tables(run) }
  run "CREATE TEMPORARY TABLE postoffice_new (LIKE postoffice_directory) ON COMMIT DROP"
  local sink, finish = collector(run)
  local hex = to_hex(given.publication(sink))
  finish()
  run "ANALYZE postoffice_new"
  check_owners(run)
  report.changes = changes_of(run)
  local is_same
  report.revision, is_same = live_of(run, hex)
  report.is_new = not is_same
  if given.dry_run or is_same and report.changes.total == 0 then return report end
  for _, statement in ipairs(report.changes.total > 0 and WRITES or {}) do run(statement) end
  report.revision = write_revision(run, hex)
  report.written = true
  return report
end

-- What runs statements by a session, and ends publishing when one fails.
local function runner(session)
  return function(text, ...)
    local rows, why = session:rows(text, ...)
    if not rows then fail("%s", why) end
    return rows
  end
end

-- What was raised to end it, as a message; anything else is a mistake of ours.
local function ended(raised)
  if type(raised) == "table" and raised.publish then return raised.publish end
  return error(raised, 0)
end

--- The options of a session that writes.
-- @tparam table db as `postoffice.directory.dsn` reads them
-- @treturn table
local function writing(db)
  local options = { parameters = { default_transaction_read_only = "off" } }
  for name, value in pairs(db) do
    if name ~= "parameters" then options[name] = value end
  end
  for name, value in pairs(db.parameters or {}) do options.parameters[name] = value end
  options.timeout = TIMEOUT
  return options
end

--- Publishes a policy.
-- @tparam table given `db` (as `postoffice.directory.dsn` reads it), `publication` (a function of what
--   takes the entries, which returns the text, as `policy:publication` does), `dry_run`
-- @treturn table|nil `revision`, that is live now; `written`, whether this made it so; `is_new`, whether
--   the text is another than that of the revision before; `made`, whether it made the tables; `changes` of
--   the directory: how many by `+`, `-`, `~`, their `total`, and the first of each in `told`, each with
--   `mark`, `key`, `name`
-- @treturn string|nil why not; then nothing has changed
function publish.run(given)
  local session, why = postgres.session(writing(given.db))
  if not session then return nil, why end
  local run = runner(session)
  local ok, report = pcall(work, run, given)
  if ok and report.written then ok, report = pcall(function() run "COMMIT" return report end) end
  session:close()
  if not ok then return nil, ended(report) end
  return report
end

return publish
