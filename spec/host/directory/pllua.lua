-- The library inside PostgreSQL, by pllua: the functions of the example, on a primary and its standby.

local docs = require "spec.docs"
local helper = require "spec.helper"
local json = require "dkjson"
local pllua_server = require "spec.host.directory.pllua_server"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"
local published = require "postoffice.host.published"
local servers = require "spec.host.directory.servers"
local support = require "spec.60-cli_support"

local primary, standby, library, folder

local POLICY = [[
domain "here.example" {}
directory "staff" { file = "staff.csv" }
connector "out" { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
recipient "Desk" { proxies = { "SMTP:desk@here.example" }, accept = { "SMTP:*@friend.example" } }
function on.recipient(address)
  if address.localpart == "loop" then while true do end end
end
]]

-- People, of whom every second one has a target.
local function staff()
  local rows = { "DisplayName,EmailAddresses,target" }
  for i = 1, 2000 do
    rows[i + 1] = ("User %d,SMTP:user%d@here.example,%s"):format(i, i,
      i % 2 == 0 and ("SMTP:user%d@far.example"):format(i) or "")
  end
  return table.concat(rows, "\n") .. "\n"
end

local function publish(text)
  helper.write(folder .. "/policy.lua", text)
  helper.write(folder .. "/staff.csv", staff())
  local dsn = helper.write(folder .. "/dsn",
    ("host=127.0.0.1 port=%d dbname=postgres user=postgres"):format(primary.port))
  helper.run("chmod 600 " .. dsn)
  local status, _, errors = support.run { "publish", folder .. "/policy.lua", "--sql", dsn }
  assert.equal("", errors)
  assert.equal(0, status)
end

setup(function()
  folder = helper.output "mktemp -d"
  primary, library = pllua_server.start()
  primary:psql "CREATE ROLE plain LOGIN; GRANT pg_read_all_data TO plain"
  publish(POLICY)
  standby = servers.standby(primary, pllua_server.OPTIONS)
  servers.wait_for("the standby", function()
    return standby:psql "SELECT status FROM pg_stat_wal_receiver" == "streaming"
  end)
end)

teardown(function()
  servers.end_all()
  helper.run(("rm -rf %s %s"):format(folder, library))
end)

local function as(server, role, text)
  return helper.run(("psql -X -q -A -t -h 127.0.0.1 -p %d -U %s -d postgres -c %s"):format(
    server.port, role, helper.quote(text)))
end

local function quoted(text) return "'" .. text:gsub("'", "''") .. "'" end

local function value(text) return (primary:psql("SELECT " .. text)) end

describe("the functions of addresses", function()
  local ADDRESSES = { "smtp:User@EXAMPLE.com", "CCMAIL:Smith, John at HQ", "a@b..c", "", "a'b@c.d",
    "[ccmail:user@domain at internet]", "Kim <kim@example.com>", "X500:/o=Org/cn=Kim", "a@b@c",
    "SMTP:Kim@B\195\188cher.example", "\"a b\"@c.d", "EX:/O=ORG/CN=KIM", "user@domain at internet" }

  it("answer as the library does", function()
    for _, address in ipairs(ADDRESSES) do
      local text = quoted(address)
      for name, call in pairs { normalize = postoffice.normalize, key = postoffice.key } do
        local expected = call(address)
        assert.equal(expected or "nil", value(("coalesce(postoffice_%s(%s), 'nil')"):format(name,
          text)))
      end
      local parsed, message, code, position = postoffice.parse(address)
      local said = json.decode(value(("postoffice_parse(%s)"):format(text)))
      assert.same({ message, code, position }, parsed and {} or { said.message, said.code,
        said.position })
      for name, part in pairs(parsed or {}) do assert.equal(part, said.parts[name]) end
      assert.equal(parsed and postoffice.key(address), said.key)
    end
    assert.equal(postoffice.KEY_VERSION, value "postoffice_key_version()")
    assert.equal("t", value "postoffice_normalize(NULL) IS NULL")
  end)

  it("take lists apart", function()
    assert.equal([[
Team|SMTP:a@b.c|SMTP:a@b.c|||
Team|SMTP:D@e.f|SMTP:d@e.f|D E||
|SMTP:k@l.m|SMTP:k@l.m|||
|x@@y|||domain-character|a character cannot stand in a domain]],
      primary:psql [[SELECT * FROM postoffice_list('Team: a@b.c, "D E" <D@e.f>;, k@l.m, x@@y')]])
  end)

  it("are for everybody, and let nobody read files", function()
    assert.equal("smtp:a@b.c\n", select(2, as(primary, "plain",
      "SELECT postoffice_normalize('smtp:a@B.c')")))
    for _, text in ipairs { "require 'postoffice.policy'", "io.open '/etc/passwd'",
      "require 'postoffice'", "require('postoffice.host.pllua').new.x" } do
      local status = as(primary, "plain", ("DO LANGUAGE pllua $$ local x = %s $$"):format(text))
      assert.not_equal(0, status, text)
    end
    local before = value "postoffice_normalize('a@B.c')"
    as(primary, "plain",
      "DO LANGUAGE pllua $$ require('postoffice.host.pllua').normalize = print $$")
    assert.equal(before, value "postoffice_normalize('a@B.c')")
  end)

  it("keep one owner to an address, by an index or a column", function()
    primary:psql [[CREATE TABLE proxies (address text, name text);
      CREATE UNIQUE INDEX ON proxies (postoffice_key(address));
      INSERT INTO proxies
        SELECT 'smtp:User' || i || '@EXAMPLE.com', i FROM generate_series(1, 5000) i;
      ANALYZE proxies]]
    local status, _, errors = as(primary, "postgres",
      "INSERT INTO proxies VALUES ('SMTP:uSER77@example.COM', 'another')")
    assert.not_equal(0, status)
    assert.matches("duplicate key", errors)
    local find = " SELECT name FROM proxies WHERE postoffice_key(address)"
      .. " = postoffice_key('User77@example.COM')"
    assert.equal("77", primary:psql(find))
    assert.matches("Index Scan", primary:psql("EXPLAIN" .. find))
    primary:psql(([[INSERT INTO postoffice_directory (key, key_version, targets)
      SELECT postoffice_key(a), postoffice_key_version(), '{SMTP:new@far.example}'
      FROM (VALUES ('SMTP:New@Here.example')) v(a)]]))
    local live = assert(published.open { db = { host = "127.0.0.1", port = primary.port,
      user = "postgres", database = "postgres" } })
    assert.equal("new@far.example", live:route("new@here.example")[1].wire)
    live:close()
  end)

  it("are called as postgresql.md shows", function()
    local page, count = helper.read "lua/postoffice/manual/postgresql.md", 0
    primary:psql "CREATE TABLE people AS SELECT 'user1@here.example'::text AS address"
    for _, sample in ipairs(docs.fenced(page, "sql")) do
      local status, _, errors = as(primary, "postgres", sample.text)
      assert.equal(0, status, errors)
      count = count + 1
    end
    assert.equal(2, count)
    primary:psql "DELETE FROM postoffice_directory WHERE NOT published"
  end)

  it("run in parallel, and answer the same", function()
    primary:psql [[CREATE TABLE many AS SELECT 'smtp:User' || i || '@EXAMPLE.com' AS address
      FROM generate_series(1, 20000) i; ALTER TABLE many SET (parallel_workers = 2); ANALYZE many]]
    local sum = "SELECT md5(string_agg(n, ',' ORDER BY n)) FROM (SELECT"
      .. " postoffice_normalize(address) || postoffice_key(address) AS n FROM many OFFSET 0) AS s"
    local alone = primary:psql("SET max_parallel_workers_per_gather = 0; " .. sum)
    local parallel = "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; "
      .. "SET min_parallel_table_scan_size = 0; "
    assert.equal(alone, primary:psql(parallel .. sum))
    assert.matches("Parallel Seq Scan", primary:psql(parallel .. "EXPLAIN " .. sum))
    assert.equal("20000", primary:psql(parallel .. "SELECT count(*) FROM many WHERE"
      .. " lower(postoffice_normalize(address)) = lower(address)"))
  end)
end)

describe("postoffice_route", function()
  local FIELDS = { "verdict", "wire", "entry", "connector", "nexthop", "status", "code", "message" }

  -- The rows that the policy itself gives.
  local function expected(address, envelope)
    local p = assert(policy.loadfile(folder .. "/policy.lua"))
    local lines = {}
    for i, delivery in ipairs(p:route(address, envelope)) do
      local row = {}
      for k, name in ipairs(FIELDS) do row[k] = delivery[name] or "" end
      lines[i] = table.concat(row, "|")
    end
    p:close()
    return table.concat(lines, "\n")
  end

  it("routes by the policy that is published, on the primary and on the standby", function()
    for _, server in ipairs { primary, standby } do
      for _, address in ipairs { "user1@here.example", "User2@HERE.example", "desk@here.example",
        "nobody@here.example", "loop@here.example", "x@far.example", "no address" } do
        assert.equal(expected(address, { sender = "a@friend.example" }), server:psql(
          ("SELECT * FROM postoffice_route(%s, 'a@friend.example')"):format(quoted(address))),
          address)
      end
    end
  end)

  it("runs in parallel", function()
    local parallel = "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; "
      .. "SET min_parallel_table_scan_size = 0; SET enable_memoize = off; "
    primary:psql [[CREATE TABLE asked AS SELECT 'user' || i || '@here.example' AS address
      FROM generate_series(1, 2000) i; ALTER TABLE asked SET (parallel_workers = 2); ANALYZE asked]]
    local count = "SELECT count(*), count(connector) FROM asked, postoffice_route(address)"
      .. " WHERE verdict = 'deliver'"
    assert.equal("2000|1000", primary:psql(parallel .. count))
    local plan = primary:psql(parallel .. "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " .. count)
    assert.matches("Workers Launched: [12]", plan)
  end)

  it("has what is published next, and the last good one of a session", function()
    local function routed(then_do)
      return primary:psql(("SELECT wire FROM postoffice_route('desk@new.example');"
        .. " %s; SELECT wire FROM postoffice_route('desk@new.example')"):format(then_do))
    end
    assert.equal("desk@new.example\ndesk@new.example", routed "SELECT 1 WHERE false")
    publish(POLICY .. 'rewrite "SMTP:desk@new.example" { to = "SMTP:user2@here.example" }\n')
    assert.equal("user2@far.example",
      primary:psql "SELECT wire FROM postoffice_route('desk@new.example')")
    local broken = "BEGIN; UPDATE postoffice_policy SET live = false WHERE live; INSERT INTO"
      .. " postoffice_policy (live, policy) VALUES (true, 'domain {')"
    assert.equal("user2@far.example\nuser2@far.example", routed(broken .. "; COMMIT"))
    local status, _, errors = as(primary, "postgres",
      "SELECT * FROM postoffice_route('desk@new.example')")
    assert.not_equal(0, status)
    assert.matches("unexpected symbol", errors)
    publish(POLICY)
  end)

  it("goes on where the primary is gone, and refuses nobody then", function()
    local at = primary:psql "SELECT pg_current_wal_lsn()"
    servers.wait_for("the standby", function()
      return standby:psql(("SELECT pg_last_wal_replay_lsn() >= '%s'"):format(at)) == "t"
    end)
    primary:kill()
    servers.wait_for("the loss", function()
      return standby:psql "SELECT count(*) FROM pg_stat_wal_receiver" == "0"
    end)
    assert.equal("user2@far.example|", standby:psql(
      "SELECT wire, status FROM postoffice_route('user2@here.example')"))
    assert.equal("|4.4.3", standby:psql(
      "SELECT wire, status FROM postoffice_route('nobody@here.example')"))
  end)
end)
