--- A policy and its directory in PostgreSQL, as `postoffice publish` writes them, behind a host: read from
-- the standby on its machine.
--
--     local published = require "postoffice.host.published"
--     local live = assert(published.open { db = { host = "/run/postgresql", database = "mail",
--       user = "postoffice" } })
--     live:route("kim@example.com")[1].verdict --> "deliver"
--     live:poll() -- each second
--
-- A live policy (`postoffice.policy.live`) whose text is the live revision's, and whose directory is
-- looked into row by row.  Each look returns the live revision, too: if another one is loaded, it is
-- loaded, and the address is routed again.  A revision that does not load is not loaded: the last good
-- one stays, and says why.
--
-- "Not found" on a standby counts only while its primary feeds it, when it has replayed what it had
-- received when it was asked, and its heartbeat, if there is one, is no older than 30 seconds.  Else mail
-- for those who are not found waits (4.4.3), and all other mail goes on.  So does whoever is in a row
-- whose key another version of the library made.
-- @module postoffice.host.published

local arguments = require "postoffice.arguments"
local arrays = require "postoffice.directory.postgres_array"
local policy = require "postoffice.policy"
local postgres = require "postoffice.directory.postgres"
local postoffice = require "postoffice"
local reasons = require "postoffice.directory.reasons"
local is_utf8 = require "postoffice.text.utf8".is_valid

local published = {}

local TIMEOUT = 2 -- seconds for a question
local MOST_SILENT = 60 -- seconds since a standby has heard of its primary
local MOST_BEAT = 30 -- seconds of the heartbeat's age

-- ---- How the database is -------------------------------------------------------

-- What the database says of itself, and the revision that is live in it.  An LSN that was received may
-- be behind what the primary says that it has.
local STATE = [[SELECT pg_is_in_recovery()::text AS c1, (r.pid IS NOT NULL)::text AS c2,
  r.status AS c3,
  pg_last_wal_replay_lsn()::text AS c4,
  greatest(pg_last_wal_receive_lsn(), r.latest_end_lsn)::text AS c5,
  extract(epoch FROM clock_timestamp() - r.last_msg_receipt_time)::text AS c6,
  (SELECT extract(epoch FROM clock_timestamp() - at) FROM postoffice_heartbeat)::text AS c7,
  (SELECT min(key_version) FROM postoffice_directory) AS c8,
  (SELECT max(key_version) FROM postoffice_directory) AS c9,
  (SELECT revision FROM postoffice_policy WHERE live)::text AS c10
FROM (SELECT 1) AS one LEFT JOIN pg_stat_wal_receiver AS r ON true]]

-- The columns of that.
local IN_RECOVERY, IS_FED, STATUS, REPLAYED, RECEIVED, SILENT, BEAT, OLDEST, NEWEST, LIVE =
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10

local TRUE = "true" -- a boolean as text

-- A place in the write-ahead log as a number, such as that of 16/B374D848.
local function lsn(text)
  local high, low = (text or ""):match "^(%x+)/(%x+)$"
  return high and tonumber(high, 16) * 2 ^ 32 + tonumber(low, 16) or 0
end

local function is_older(text, seconds) return text ~= nil and tonumber(text) > seconds end

-- Why "not found" does not count, each with a test of a state.
local STALE = {
  { function(s) return s[IS_FED] ~= TRUE end, "the standby has lost its primary" },
  { function(s) return s[STATUS] == nil end,
    "who asks may not see whether the standby hears of its primary: GRANT pg_read_all_stats" },
  { function(s) return s[STATUS] ~= "streaming" end, "the standby is not fed by its primary" },
  { function(s) return is_older(s[SILENT], MOST_SILENT) end,
    "the standby has not heard of its primary for too long" },
  { function(s) return is_older(s[BEAT], MOST_BEAT) end,
    "the heartbeat is too old: the standby is behind, or nobody writes postoffice_heartbeat" },
}

-- What is said where keys are of another version: those of this one may not find them.
local VERSION = "a key in postoffice_directory is of version %s, and those of this library are of"
  .. " %s: publish again with this version of the library"

local function is_own(version) return version == nil or version == postoffice.KEY_VERSION end

-- Why "not found" does not count in a state but for what is yet to be replayed; nil if it does.
local function staleness(state)
  for _, version in pairs { state[OLDEST], state[NEWEST] } do
    if not is_own(version) then return VERSION:format(version, postoffice.KEY_VERSION) end
  end
  if state[IN_RECOVERY] ~= TRUE then return nil end
  for _, rule in ipairs(STALE) do
    if rule[1](state) then return rule[2] end
  end
end

-- ---- Rows ----------------------------------------------------------------------

local FIELDS = "d.key_version AS c3, d.entry AS c4, d.name AS c5, d.proxies::text AS c6,"
  .. " d.targets::text AS c7, d.keep::text AS c8, d.members::text AS c9, d.owner AS c10,"
  .. " d.refuse AS c11, d.key AS c12"

-- The columns of what is looked up.
local REVISION, HOW, KEY_VERSION, ENTRY, NAME, PROXIES, TARGETS, KEEP, MEMBERS, OWNER, REFUSE, KEY =
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12

-- A statement that finds rows in some ways, and the live revision in any case.
local function finder(...)
  local ways = {}
  for i, way in ipairs { ... } do
    ways[i] = ("(SELECT '%s' AS c2, %s FROM postoffice_directory d WHERE d.%s = $1 LIMIT 2)")
      :format(way, FIELDS, way)
  end
  return ("SELECT p.revision::text AS c1, d.* FROM (SELECT revision FROM postoffice_policy WHERE"
    .. " live) p LEFT JOIN (%s) d ON true"):format(table.concat(ways, " UNION ALL "))
end

local BY_ADDRESS, BY_NAME = finder("key", "target_key"), finder "bare_key"

local function list_of(text) return text ~= nil and arrays.read(text) or nil end

-- An entry as a policy takes it.
local function entry_of(row)
  return {
    id = row[ENTRY] or row[KEY], name = row[NAME], where = "postoffice_directory",
    proxies = list_of(row[PROXIES]) or { row[KEY] }, targets = list_of(row[TARGETS]),
    keep = row[KEEP] == TRUE, members = list_of(row[MEMBERS]), owner = row[OWNER],
    refuse = row[REFUSE],
  }
end

-- The only row that was found in a way, nil for none, false for several.
local function only(rows, how)
  local found
  for _, row in ipairs(rows) do
    if row[HOW] == how then
      if found then return false end
      found = row
    end
  end
  return found
end

-- ---- Looking up ----------------------------------------------------------------

local NONE_LIVE = "no policy is live; postoffice publish makes one so"

local Source = {}
Source.__index = Source

function Source:fault(why) return reasons.text("postoffice_directory", why, { self.password }) end

-- Notes what the database says of itself.
function Source:note(state)
  self.state, self.failure = state, nil
  self.stale = staleness(state)
  self.wanted = state[LIVE]
end

-- Whether another revision is live than the one that is loaded, and than the one that did not load.
function Source:has_moved()
  return self.wanted ~= self.loaded and self.wanted ~= self.refused
end

-- The coroutine that runs, or what stands for none.
local function who_runs() return coroutine.running() or "none" end

-- Whether who asks is a check of the revision that is being loaded.
function Source:is_checking() return self.checker == who_runs() end

-- The rows that a statement finds for a key, after what the database says of itself, and before that
-- it has not changed; or nil and why there are none.
function Source:find(statement, key)
  local lists, why = self.db:together { { STATE }, { statement, key } }
  if not lists then
    self.failure = why
    return nil, self:fault(why)
  end
  self:note(lists[1][1])
  local rows = lists[2]
  if not rows[1] then return nil, self:fault(NONE_LIVE) end
  self.wanted = rows[1][REVISION]
  return rows
end

local FIRST_PAUSE, MOST_PAUSE, PATIENCE = 0.005, 0.1, 1 -- seconds

-- The same once a standby has replayed what it had received, unless that takes too long: only then
-- do rows that it does not find count as missing.
function Source:find_settled(statement, key, is_found)
  local rows, why = self:find(statement, key)
  if not rows or is_found(rows) then return rows, why end
  local goal, pause, spent = lsn(self.state[RECEIVED]), FIRST_PAUSE, 0
  while self.state[IN_RECOVERY] == TRUE and not self.stale and lsn(self.state[REPLAYED]) < goal do
    if spent >= PATIENCE or not self.db.sleep then
      self.stale = "the standby has not replayed what it has received"
      break
    end
    self.db:sleep(pause)
    spent, pause = spent + pause, math.min(2 * pause, MOST_PAUSE)
    rows, why = self:find(statement, key)
    if not rows or is_found(rows) then return rows, why end
  end
  return rows
end

local CHANGED = "the policy was published anew; again"

-- What a policy is told that asks for a key, or nil and why it cannot be told.
function Source:look_up(statement, key, how, other)
  local rows, why = self:find_settled(statement, key, function(rows) return only(rows, how) end)
  if not rows then return nil, why end
  if self:has_moved() and not self:is_checking() then return nil, CHANGED end
  local row, target = only(rows, how), nil
  if not row and other then target = only(rows, other) end
  local found = row or target
  if found and not is_own(found[KEY_VERSION]) then
    return nil, self:fault(VERSION:format(found[KEY_VERSION], postoffice.KEY_VERSION))
  end
  if row then return entry_of(row) end
  if not self.stale and target == nil then return nil end
  if target then target = entry_of(target) end
  return { stale = self.stale and self:fault(self.stale), target_of = target }
end

-- What answers a policy's directory, see `postoffice.policy.route.remote_directory`.
function Source:answer(question)
  if question:find("\0", 1, true) or not is_utf8(question) then return nil end -- no text is so
  local bare = question:match "^bare (.*)$"
  if bare then return self:look_up(BY_NAME, bare, "bare_key") end
  return self:look_up(BY_ADDRESS, question, "key", "target_key")
end

-- ---- The policy ----------------------------------------------------------------

local PART = 2 * 1024 * 1024 -- bytes of a policy that are read at once

local TEXT = ([[SELECT revision::text AS c1, length(policy)::text AS c2,
  encode(substring(policy FROM 1 FOR %d), 'hex') AS c3
FROM postoffice_policy WHERE live]]):format(PART)

local MORE = ([[SELECT encode(substring(policy FROM $2::int FOR %d), 'hex') AS c1
FROM postoffice_policy WHERE revision = $1::bigint]]):format(PART)

local function from_hex(text)
  return (text:gsub("%x%x", function(byte) return string.char(tonumber(byte, 16)) end))
end

-- The rest of a policy's text after its first part; or nil and why it cannot be read.
function Source:rest(revision, length)
  local parts = {}
  for at = PART + 1, length, PART do
    local lists, why = self.db:together { { MORE, revision, ("%d"):format(at) } }
    local row = lists and lists[1][1]
    if not row then return nil, why or "the revision was removed" end
    parts[#parts + 1] = from_hex(row[1])
  end
  return table.concat(parts)
end

-- The text of the live revision, and that; or nil and why there is none.
function Source:text()
  local lists, why = self.db:together { { TEXT } }
  local row = lists and lists[1][1]
  if not row then return nil, self:fault(why or NONE_LIVE) end
  local rest
  rest, why = self:rest(row[1], tonumber(row[2]))
  if not rest then return nil, self:fault(why) end
  self.wanted = row[1]
  return from_hex(row[3]) .. rest, row[1]
end

local Published = {}

-- What of a live policy is not its own.
function Published:__index(name)
  local own = rawget(Published, name)
  if own ~= nil then return own end
  return rawget(self, "live")[name]
end

local MOST_TRIES = 5 -- of a routing, while revisions go live

local MOST_LOADING = 10 -- seconds after which whoever loads is taken to be gone

-- Waits while another coroutine loads; whether one did.
local function waited(source)
  local loading, spent = source.loading, 0
  while loading and source.loading == loading do
    if spent > MOST_LOADING or not source.db.sleep then return false end
    source.db:sleep(MOST_PAUSE)
    spent = spent + MOST_PAUSE
  end
  return loading ~= nil
end

-- Loads the revision that is live in the database.
local function load_text(self)
  local source = self.source
  local text, revision = source:text()
  if not text then return nil, revision end
  source.checker = who_runs()
  local ok, message, code = self.live:reload(text)
  source.checker = nil
  if not ok then
    source.refused = revision
    return nil, message, code
  end
  source.loaded, source.refused = revision, nil
  source.generation = source.generation + 1
  return true, message
end

-- The same, once for all that want it; the last good revision stays if it cannot be.
local function load_live(self)
  local source = self.source
  if waited(source) then return source.loaded == source.wanted, self.live.failure end
  source.loading = {}
  local ok, message, code = load_text(self)
  source.loading = nil
  return ok, message, code
end

-- Calls a method of the live policy; again if the revision that it began with is not that of the rows
-- which it was told.
local function routed(self, name, ...)
  local source, results = self.source, nil
  for _ = 1, MOST_TRIES do
    local generation = source.generation
    results = { self.live[name](self.live, ...) }
    if source:has_moved() then load_live(self)
    elseif generation == source.generation then break
    end
  end
  return (unpack or table.unpack)(results, 1, 3)
end

for _, name in ipairs {
  "route", "explain", "resolve", "nexthop", "rewrite", "rewrite_header", "rewrite_sender",
  "sign_sender",
} do
  Published[name] = function(self, ...) return routed(self, name, ...) end
end

--- Loads the live revision of the database, or a text in its place.
-- @tparam[opt] string text
-- @tparam[opt] table options as those of a live policy
-- @treturn boolean|nil
-- @treturn string its revision; or what is wrong, while the last good revision stays
-- @treturn string|nil code
function Published:reload(text, options)
  if type(text) == "string" then return self.live:reload(text, options) end
  return load_live(self)
end

--- Asks the database how it is, and loads the revision that is live there: to be called each second.
-- @treturn boolean|nil true if what is loaded is what is live there
-- @treturn string|nil why not
function Published:poll()
  local source = self.source
  local lists, why = source.db:together { { STATE } }
  if not lists then
    source.failure = why
    return nil, source:fault(why)
  end
  source:note(lists[1][1])
  if source.wanted == source.loaded then return true end
  if not source:has_moved() then return false, self.live.failure end
  local ok, message = load_live(self)
  return ok, not ok and message or nil
end

--- How the database is, as far as it was asked.
-- @treturn table `revision` (the number of the one that is loaded), `wanted` (of the one that is live
--   there), `role` (`"primary"` or `"standby"`), `stale` (why "not found" does not count), `failure` (why
--   it did not answer last)
function Published:status()
  local source = self.source
  return {
    revision = source.loaded, wanted = source.wanted, stale = source.stale,
    failure = source.failure and source:fault(source.failure),
    role = source.state and (source.state[IN_RECOVERY] == TRUE and "standby" or "primary") or nil,
  }
end

--- Closes the policy and its connections.
function Published:close()
  self.source.db:close()
  return self.live:close()
end

local OPTIONS = { db = "table", load = "table", counted = "function" }

-- What reads from a database.
local function new_source(db)
  if db.together then return setmetatable({ db = db, generation = 0 }, Source) end
  local options = { parameters = {} }
  for name, value in pairs(db) do options[name] = value end
  options.timeout = options.timeout or TIMEOUT
  return setmetatable({
    db = postgres.new(options), password = db.password, generation = 0,
  }, Source)
end

--- Opens the policy that is live in a database.
-- @tparam table options `db`, where it is, as `postoffice.directory.dsn` reads it, or what has `together`
--   and `close` as `postoffice.directory.postgres`; `load`, what `policy.open` takes beside `directory`;
--   `counted`, a function that puts another description in the place of the directory's
-- @treturn table|nil a live policy, with `poll` and `status`
-- @treturn string message
-- @treturn string code
function published.open(options)
  options = arguments.options(options, OPTIONS)
  local source, load = new_source(options.db), {}
  for name, value in pairs(options.load or {}) do load[name] = value end
  load.directory = { ask = function(question) return source:answer(question) end }
  if options.counted then load.directory = options.counted(load.directory) end
  local revision
  local live, message, code = policy.open(function()
    local text
    text, revision = source:text()
    if not text then return nil, revision end
    return text, "published"
  end, load)
  if not live then
    source.db:close()
    return nil, message, code
  end
  source.loaded = revision
  return setmetatable({ live = live, source = source }, Published)
end

return published
