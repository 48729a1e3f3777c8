--- `postoffice serve` under many clients at once, while it loads its policy again and again: no wrong answer,
-- none lost.  POSTOFFICE_HOURS in the environment makes it try at length, with ten times the clients, and hold
-- its memory.
local helper = require "spec.helper"
local servers = require "spec.host.directory.servers"
local serving = require "spec.host.serve.serving"

local AT_LENGTH = os.getenv "POSTOFFICE_HOURS" ~= nil
local CONNECTIONS = AT_LENGTH and { 200, 2000 } or { 200 }
local REQUESTS = 20
local ROUNDS = AT_LENGTH and 60 or 2
local WARM = 20 -- rounds after which memory is all there

local KEY = "pat.jones@exchange.example"

-- Runs clients beside the server: what they counted.
local function run_clients(server, connections)
  local command = ("ulimit -n %d; exec lua5.4 spec/host/serve/clients.lua %s ex.virtual %s %s %d"
    .. " %d"):format(2 * connections + 100, server:path "map", KEY, serving.WRAPPED, connections,
    REQUESTS)
  local path = server:path "clients"
  os.remove(path)
  helper.run(("{ ( %s ) >%s.new 2>&1; mv %s.new %s; } >/dev/null 2>&1 &"):format(command, path,
    path, path))
  return function()
    local file = io.open(path, "rb")
    local text = file and file:read "*a"
    if file then file:close() end
    return text
  end
end

-- Loads another revision of the same policy.
local function reload(server, number)
  helper.write(server:path "ex.lua.new", serving.POLICY .. "-- " .. number)
  os.rename(server:path "ex.lua.new", server:path "ex.lua")
  server:signal "HUP"
  server:wait_for('"event":"reloaded"', number)
end

-- Kilobytes that a process has in memory.
local function resident(server)
  local status = helper.read(("/proc/%s/status"):format(server:pid()))
  return tonumber(status:match "VmRSS:%s*(%d+)")
end

local function descriptors(server)
  return tonumber(helper.output(("ls /proc/%s/fd | wc -l"):format(server:pid())))
end

-- One round: reloads as long as clients ask.
local function round(server, connections, reloads)
  local result, said = run_clients(server, connections), nil
  servers.wait_for("the end of all clients", function()
    reloads.count = reloads.count + 1
    reload(server, reloads.count)
    said = result()
    return said ~= nil
  end)
  local right, wrong, missing, gone = said:match "^(%d+) (%d+) (%d+) (%d+) "
  local whole = math.ceil(connections / 2) * REQUESTS
  local half = math.floor(connections / 2) * math.floor(REQUESTS / 2)
  assert.same({ whole + half, 0, 0, math.floor(connections / 2) },
    { tonumber(right), tonumber(wrong), tonumber(missing), tonumber(gone) }, said)
end

describe("postoffice serve", function()
  after_each(serving.end_all)

  for _, connections in ipairs(CONNECTIONS) do
    it(("answers %d clients, of which half go away, and reloads"):format(connections), function()
      local server = serving.start {
        before = ("ulimit -n %d; exec"):format(2 * connections + 100),
        words = { "--socketmap", "@DIR@/map" },
      }
      local reloads, idle, warm = { count = 0 }, descriptors(server), nil
      for i = 1, ROUNDS do
        round(server, connections, reloads)
        if i == WARM then warm = resident(server) end
      end
      servers.wait_for("the end of all connections", function()
        return descriptors(server) <= idle
      end)
      if warm then
        local now = resident(server)
        assert.is_true(now < 1.1 * warm, ("%d kB, and %d kB at last"):format(warm, now))
      end
      assert.is_nil(server:log():find('"event":"failed"', 1, true))
      assert.equal(0, server:stop())
    end)
  end
end)
