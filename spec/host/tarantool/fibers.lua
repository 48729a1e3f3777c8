-- Run inside of Tarantool by tarantool.lua: many fibers share one policy.

local fiber = require "fiber"
local policy = require "postoffice.policy"

local CONNECTOR = [[
connector "out" { speaks = "SMTP", nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
]]

-- Runs `work(i)` in `count` fibers at once; returns their results in order.
local function at_once(count, work)
  local fibers, results = {}, {}
  for i = 1, count do
    fibers[i] = fiber.new(function()
      results[i] = work(i)
    end)
    fibers[i]:set_joinable(true)
  end
  for i = 1, count do
    assert(fibers[i]:join())
  end
  return results
end

-- KiB that the process has in memory.
local function resident()
  for line in io.lines "/proc/self/status" do
    local size = line:match "^VmRSS:%s+(%d+)"
    if size then
      return tonumber(size)
    end
  end
end

describe("a policy in Tarantool", function()
  it("waits for 200 answers at once, each its own", function()
    local open, most = 0, 0
    local asking = assert(policy.loadfile("spec/host/asking.policy.lua", {
      ask = {
        crm = function(key)
          open = open + 1
          most = math.max(most, open)
          fiber.sleep(0.05)
          open = open - 1
          return "[ccmail:" .. key:match "^SMTP:(.-)@" .. "@domain at internet]"
        end,
      },
    }))
    local addresses = at_once(200, function(i)
      return tostring(asking:route(("user%d@example.com"):format(i))[1].address)
    end)
    for i = 1, 200 do
      assert.equal(("CCMAIL:user%d@domain at internet"):format(i), addresses[i])
    end
    assert.is_true(most > 100, "they waited one after the other")
  end)

  it("ends what never would", function()
    for body, code in pairs {
      ["while true do end"] = "policy-budget",
      ["local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1e4) .. i end"] = "policy-memory",
      ["local s = 'x' while true do s = s .. s end"] = "policy-memory",
      ["return ('a'):rep(30):match(('a*'):rep(24) .. 'b')"] = "policy-budget",
    } do
      local bomb = assert(policy.load(
        ("%s function on.recipient(a) %s end"):format(CONNECTOR, body), { milliseconds = 60000 }))
      for _ = 1, 2 do
        assert.equal(code, bomb:route("a@b.example")[1].code, body)
      end
      bomb:close()
    end
  end)

  it("gives back what it took, closed or dropped", function()
    local function load_and_route()
      local loaded = assert(policy.load(CONNECTOR))
      loaded:route "a@b.example"
      return loaded
    end
    local function dropped() load_and_route() end
    local function closed() load_and_route():close() end

    for _, use in ipairs { closed, dropped } do
      for _ = 1, 100 do use() end
      collectgarbage()
      collectgarbage()
      local before = resident()
      for i = 1, 1000 do
        use()
        if i % 50 == 0 then
          collectgarbage()
        end
      end
      collectgarbage()
      collectgarbage()
      assert.is_true(resident() - before < 16 * 1024, "memory is lost")
    end
  end)
end)
