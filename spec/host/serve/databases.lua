--- `postoffice serve --sql`: a policy that is published on a primary, answered by from its standby.
local helper = require "spec.helper"
local servers = require "spec.host.directory.servers"
local serving = require "spec.host.serve.serving"

local POLICY = [[
domain "here.example" {}
directory "staff" { file = "staff.csv" }
connector "line" { speaks = "SMTP", nexthop = "smtp:[192.0.2.27]:25", spaces = { "SMTP:*" } }
recipient "Postmaster" { proxies = { "SMTP:postmaster@here.example" } }
test "kim" { to = "kim@here.example", entry = "Kim Lee" }
]]

local STAFF = [[
DisplayName,EmailAddresses,target
Kim Lee,SMTP:kim@here.example,
Ann Day,SMTP:ann@here.example,SMTP:ann@far.example
]]

local primary, standby, folder

local function dsn(name, server, user)
  local path = helper.write(folder .. "/" .. name,
    ("host=%s port=%d dbname=postgres user=%s\n"):format(server.folder, server.port, user))
  helper.run("chmod 600 " .. path)
  return path
end

local function publish(policy_text, staff)
  helper.write(folder .. "/ex.lua", policy_text or POLICY)
  helper.write(folder .. "/staff.csv", staff or STAFF)
  return helper.run(("postoffice publish %s/ex.lua --sql %s"):format(folder,
    dsn("publisher.dsn", primary, "publisher")))
end

setup(function()
  folder = helper.output "mktemp -d"
  primary = servers.postgres()
  primary:psql "CREATE ROLE publisher LOGIN; GRANT CREATE, USAGE ON SCHEMA public TO publisher"
  primary:psql "CREATE ROLE reader LOGIN; GRANT pg_read_all_data, pg_read_all_stats TO reader"
  assert.equal(0, (publish()))
  standby = servers.standby(primary)
  servers.wait_for("the standby", function()
    return standby:psql "SELECT status FROM pg_stat_wal_receiver" == "streaming"
  end)
end)

teardown(function()
  serving.end_all()
  servers.end_all()
  helper.run("rm -rf " .. folder)
end)

local function start(...)
  local server = serving.start { bare = true, words = { "--sql", "ex=" .. dsn("reader.dsn", standby,
    "reader"), "--socketmap", "@DIR@/map", "--http", "127.0.0.1:@HTTP@", "--metrics", ... } }
  return server
end

-- What a map answers, on a connection of its own.
local function look_up(server, map, key)
  local talk = server:connect "map"
  local answer = talk:look_up(map, key)
  talk:close()
  return answer
end

-- Whether all processes answer so: each new connection may be another's.
local function all_answer(server, map, key, expected)
  for _ = 1, 20 do
    if look_up(server, map, key) ~= expected then return false end
  end
  return true
end

local function becomes(server, map, key, expected)
  servers.wait_for(("%s %s: %s"):format(map, key, expected), function()
    return all_answer(server, map, key, expected)
  end)
end

describe("postoffice serve --sql", function()
  before_each(function()
    assert.equal(0, (publish()))
    local now = primary:psql "SELECT revision FROM postoffice_policy WHERE live"
    servers.wait_for("the standby", function()
      return standby:psql "SELECT revision FROM postoffice_policy WHERE live" == now
    end)
  end)

  for _, jobs in ipairs { 1, 2 } do
    it(("answers by what is live as soon as it is, with %d processes"):format(jobs), function()
      local server = start("-j", tostring(jobs))
      server:wait_for('"event":"ready"', jobs == 1 and 1 or jobs + 1)
      becomes(server, "ex.virtual", "ann@here.example", "OK ann@far.example")
      assert.equal("OK kim@here.example", look_up(server, "ex.recipients", "kim@here.example"))
      assert.equal("NOTFOUND ", look_up(server, "ex.recipients", "no@here.example"))
      assert.equal(0, (publish(POLICY .. "-- " .. jobs, STAFF:gsub("ann@far", "ann@near")
        .. "New,SMTP:no@here.example,\n")))
      becomes(server, "ex.virtual", "ann@here.example", "OK ann@near.example")
      becomes(server, "ex.recipients", "no@here.example", "OK no@here.example")
      server:wait_for('"event":"reloaded"', jobs)
      assert.equal(0, server:stop())
    end)
  end

  it("keeps the last good one, which SIGHUP does not change, and says so", function()
    local server = start()
    becomes(server, "ex.virtual", "ann@here.example", "OK ann@far.example")
    primary:psql [[UPDATE postoffice_policy SET live = false WHERE live;
      INSERT INTO postoffice_policy (live, policy) VALUES (true, 'domain {')]]
    server:wait_for '"event":"reload refused"'
    server:signal "HUP"
    server:wait_for('"event":"reload refused"', 2)
    assert.matches("unexpected symbol", server:log())
    assert.equal("OK ann@far.example", look_up(server, "ex.virtual", "ann@here.example"))
    assert.equal(1, (publish(POLICY .. 'test "no" { to = "kim@here.example", code = "x" }')))
    assert.equal(0, (publish(POLICY .. "-- mended", STAFF:gsub("ann@far", "ann@new"))))
    becomes(server, "ex.virtual", "ann@here.example", "OK ann@new.example")
    assert.equal(0, server:stop())
  end)

  it("goes on where the primary is gone, and calls nobody unknown then", function()
    local server = start()
    assert.equal("NOTFOUND ", look_up(server, "ex.recipients", "no@here.example"))
    primary:kill()
    server:wait_for "the standby has lost its primary"
    assert.equal("OK kim@here.example", look_up(server, "ex.recipients", "kim@here.example"))
    assert.equal("OK ann@far.example", look_up(server, "ex.virtual", "ann@here.example"))
    assert.equal("OK smtp:[192.0.2.27]:25", look_up(server, "ex.transport", "x@else.example"))
    assert.matches("^TEMP ", look_up(server, "ex.recipients", "no@here.example"))
    local _, metrics = server:http("GET", "/metrics")
    assert.matches('postoffice_directory_unsure{policy="ex"} 1', metrics, 1, true)
    assert.matches('postoffice_asks_total{ask="postoffice_directory"} %d', metrics)
    local other = start() -- one that begins meanwhile
    assert.equal("OK kim@here.example", look_up(other, "ex.recipients", "kim@here.example"))
    primary:start()
    becomes(server, "ex.recipients", "no@here.example", "NOTFOUND ")
    server:wait_for '"event":"directory sure"'
  end)

  it("waits where its database is gone, and answers again when it is there", function()
    local server = start()
    assert.equal("OK kim@here.example", look_up(server, "ex.recipients", "kim@here.example"))
    standby:kill()
    assert.matches("^TEMP ", look_up(server, "ex.recipients", "kim@here.example"))
    assert.equal("OK postmaster@here.example",
      look_up(server, "ex.recipients", "postmaster@here.example"))
    standby:start()
    becomes(server, "ex.recipients", "kim@here.example", "OK kim@here.example")
  end)

  it("does not begin without a policy, and takes no file that others can read", function()
    local function refused(path)
      local server = serving.begin { bare = true, words = { "--sql", "ex=" .. path, "--socketmap",
        "@DIR@/map" } }
      return server:wait(), server:log()
    end
    primary:psql "CREATE DATABASE empty"
    local path = dsn("open.dsn", primary, "reader")
    helper.run("chmod 644 " .. path)
    local status, log = refused(path)
    assert.equal(74, status)
    assert.matches("others can read the passwords", log)
    helper.write(path, ("host=%s port=%d dbname=empty user=postgres"):format(primary.folder,
      primary.port))
    helper.run("chmod 600 " .. path)
    status, log = refused(path)
    assert.equal(78, status)
    assert.matches("postoffice_policy", log)
  end)
end)
