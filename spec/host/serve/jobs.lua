--- Several processes that answer as one: `postoffice serve -j`.
local helper = require "spec.helper"
local servers = require "spec.host.directory.servers"
local serving = require "spec.host.serve.serving"

local COUNT = 3
local KEY = "kim.lee@exchange.example"

local function words(...)
  return { "-j", tostring(COUNT), "--socketmap", "@DIR@/map", "--http", "127.0.0.1:@HTTP@",
    "--metrics", "--explain", ... }
end

local function start(...)
  local server = serving.start { words = words(...) }
  server:wait_for('"event":"ready"', COUNT + 1)
  return server
end

-- What /metrics says of a series that begins so; all of these together.
local function counted(server, series)
  local _, text = server:http("GET", "/metrics")
  local sum = 0
  for name, value in text:gmatch "([^\n ]+) ([%d.e+]+)" do
    if name:sub(1, #series) == series then sum = sum + tonumber(value) end
  end
  return sum
end

local DECISIONS = 'postoffice_decisions_total{protocol="socketmap"'

-- Waits until all processes have told each other of so many decisions: what is not told is lost by a kill.
local function wait_for_decisions(server, count)
  servers.wait_for("the sum of all counts", function()
    for _ = 1, 10 * COUNT do
      if counted(server, DECISIONS) ~= count then return false end
    end
    return true
  end)
end

-- Looks up by many connections at once, so that all processes have some; returns how many were right.
local function look_up(server, count)
  local talks, right = {}, 0
  for i = 1, count do talks[i] = server:connect "map" end
  for _, talk in ipairs(talks) do talk:send(serving.netstring("ex.virtual " .. KEY)) end
  for _, talk in ipairs(talks) do
    if talk:netstring() == "OK " .. KEY then right = right + 1 end
    talk:close()
  end
  return right
end

-- The folder that processes share.
local function folder_of(pid)
  return helper.read(("/proc/%s/environ"):format(pid))
    :match "POSTOFFICE_SERVE_PROCESS=%d+ %d+ [%d,]+ ([^%z]+)"
end

-- Whether a process lives.
local function lives(pid) return helper.run("kill -0 " .. pid) == 0 end

describe("several processes", function()
  after_each(serving.end_all)

  it("answer on the same sockets, and count together", function()
    local server = start()
    assert.equal(300, look_up(server, 300))
    wait_for_decisions(server, 300)
    assert.equal(1, counted(server, "postoffice_policy_info"))
  end)

  it("are replaced one by one where they are killed, and what they counted stays", function()
    local server = start()
    assert.equal(90, look_up(server, 90))
    wait_for_decisions(server, 90)
    for i = 1, COUNT do
      local before = server:children()
      helper.run("kill -KILL " .. before[1])
      server:wait_for('"event":"process ended"', i)
      servers.wait_for("its successor", function()
        local now = server:children()
        return #now == COUNT and now[1] ~= before[1]
      end)
      assert.equal(30, look_up(server, 30))
      wait_for_decisions(server, 90 + 30 * i)
      servers.wait_for("the count of restarts", function()
        return counted(server, "postoffice_process_restarts_total") == i
      end)
    end
  end)

  it("are replaced where they hang", function()
    local server = start()
    local hanging = server:children()[1]
    helper.run("kill -STOP " .. hanging)
    server:wait_for '"event":"process hangs"'
    server:wait_for('"event":"ready"', COUNT + 2)
    assert.is_false(lives(hanging))
    assert.equal(90, look_up(server, 90))
  end)

  it("go on where the one that supervises was held up", function()
    local server = start()
    local before = server:children()
    server:signal "STOP"
    assert.equal(30, look_up(server, 30))
    server:signal "CONT"
    server:signal "HUP"
    server:wait_for('"event":"loaded"', COUNT)
    assert.same(before, server:children())
  end)

  it("all have a policy that was loaded again, and none one that was refused", function()
    local server = start()
    local other = serving.POLICY:gsub("gateway.example", "other.example")
    helper.write(server:path "ex.lua", other)
    server:signal "HUP"
    server:wait_for('"event":"loaded"', COUNT)
    local function answers()
      local talks, list = {}, {}
      for i = 1, 50 do talks[i] = server:connect "map" end
      for i, talk in ipairs(talks) do
        list[talk:look_up("ex.virtual", "pat.jones@exchange.example")] = i
        talk:close()
      end
      return list
    end
    local wanted = "OK " .. serving.WRAPPED:gsub("gateway.example", "other.example")
    assert.same({ wanted }, require "postoffice.lists".keys(answers()))
    helper.write(server:path "ex.lua", "domain {")
    server:signal "HUP"
    server:wait_for '"event":"reload refused"'
    assert.same({ wanted }, require "postoffice.lists".keys(answers()))
  end)

  it("are told together of connectors that are down, and reload together, by HTTP", function()
    local server = serving.begin { bare = true, words = {} }
    server:wait()
    helper.write(server:path "token", "sesame\n")
    helper.run("chmod 600 " .. server:path "token")
    server:run { words = words("--admin", "--token", "@DIR@/token", "--down", "@DIR@/down") }
    server:wait_for('"event":"ready"', COUNT + 1)
    local function post(path, body)
      return server:http("POST", path, body, { "authorization: Bearer sesame" })
    end
    assert.equal(401, (server:http("POST", "/v1/connectors/line", '{"down":true}')))
    assert.equal(404, (post("/v1/connectors/none", '{"down":true}')))
    assert.equal(200, (post("/v1/connectors/line", '{"down":true}')))
    assert.equal("ex\tline\n", helper.read(server:path "down"))
    local function transports()
      local list = {}
      for _ = 1, 30 do
        local talk = server:connect "map"
        list[talk:look_up("ex.transport", "joe@partner.example"):match "^OK (%w+)"] = true
        talk:close()
      end
      return require "postoffice.lists".keys(list)
    end
    servers.wait_for("all to know that it is down", function()
      return table.concat(transports(), " ") == "retry"
    end)
    assert.equal(200, (post("/v1/connectors/line", '{"down":false}')))
    servers.wait_for("all to know that it is up", function()
      return table.concat(transports(), " ") == "smtp"
    end)
    helper.write(server:path "ex.lua", (serving.POLICY:gsub("192.0.2.27", "192.0.2.99")))
    assert.equal(200, (post("/v1/reload", "{}")))
    server:wait_for('"event":"loaded"', COUNT)
    helper.write(server:path "ex.lua", "domain {")
    local status, body = post("/v1/reload", "{}")
    assert.equal(409, status)
    assert.matches("ex.lua:1", body, 1, true)
  end)

  it("hide an address in the log by the same hash, also where one was replaced", function()
    local server = start("--redact", "hash")
    assert.equal(60, look_up(server, 60))
    helper.run("kill -KILL " .. server:children()[1])
    server:wait_for('"event":"ready"', COUNT + 2)
    assert.equal(60, look_up(server, 60))
    local hashes = {}
    for hash in server:log():gmatch '"recipient":"(%x+)@' do hashes[hash] = true end
    assert.equal(1, #require "postoffice.lists".keys(hashes))
    assert.is_nil(server:log():find(KEY, 1, true))
  end)

  it("end together, and leave nothing", function()
    local server = start()
    local pids = server:children()
    local folder = folder_of(pids[1])
    assert.equal(0, (helper.run("test -d " .. folder)))
    assert.equal(0, server:stop())
    for _, pid in ipairs(pids) do assert.is_false(lives(pid)) end
    assert.equal(1, (helper.run("test -e " .. folder)))
    assert.equal(1, (helper.run("test -e " .. server:path "map")))
  end)

  it("end well where they are told to before all have started", function()
    local server = serving.begin { words = words() }
    servers.wait_for("a process", function() return #server:children() > 0 end)
    assert.equal(0, server:stop(), server:log())
    assert.equal(1, (helper.run("test -e " .. server:path "map")))
  end)

  it("end where the one that supervises is killed", function()
    local server = start()
    local pids = server:children()
    local folder = folder_of(pids[1])
    server:signal "KILL"
    server:wait()
    for _, pid in ipairs(pids) do
      servers.wait_for("its end", function() return not lives(pid) end)
    end
    assert.equal(1, (helper.run("test -e " .. folder)))
  end)

  it("are none if one does not start", function()
    local server = serving.begin { words = words(), before = "TMPDIR=/none exec" }
    assert.equal(74, server:wait())
  end)
end)
