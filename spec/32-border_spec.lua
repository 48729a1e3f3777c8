-- The border of isolated states: what a script may cost its host, and that it
-- gives the same answer in every process.
-- luacheck: no max line length (a script on one line reads as one row of a table)
local core = require "postoffice.core"
local helper = require "spec.helper"
local script = core.script
local scripts = require "spec.scripts"
local socket = require "socket"
local unpack = unpack or table.unpack -- luacheck: ignore

local PATIENT = { milliseconds = 60000, load_milliseconds = 60000 }

local function with(options)
  local all = {}
  for name, value in pairs(PATIENT) do all[name] = value end
  for name, value in pairs(options or {}) do all[name] = value end
  return all
end

local function load(source, options)
  return assert(scripts.load(with(options), source, { "domain" }))
end

local function run(body, options, ...) return scripts.run(with(options), body, ...) end

local function sleep(seconds) assert(os.execute("sleep " .. seconds)) end

--- The time of day in milliseconds.
local function now() return 1000 * socket.gettime() end

describe("a script's time", function()
  -- While a script waits for mail.matches its time goes on; so a sleeping host
  -- is a machine that is busy with other things.
  local SOURCE = [[
    function on.go()
      mail.matches("a@b.example", "SMTP:*")
      for i = 1, 5000 do local x = {} end
      return "alive"
    end]]

  it("is the processor's, not the wall's", function()
    local state, events = load(SOURCE)
    state:allow(1e9, 300, 1e9)
    local _, suspended = state:call(events.go)
    sleep(0.4)
    assert.same({ "done", "alive" }, { state:resume(suspended, true) })
  end)

  it("ends after twenty times as much wall time", function()
    local state, events = load(SOURCE, { milliseconds = 5 })
    local outcome, code, message = state:call(events.go)
    if outcome ~= "failed" then -- as it has where the machine is busy enough
      sleep(0.3)
      outcome, code, message = state:resume(code, true)
    end
    assert.same({ "failed", "policy-deadline" }, { outcome, code })
    assert.truthy(message:find("not done after 100 ms, 20 times its 5 ms", 1, true), message)
  end)

  it("does not run while the host answers", function()
    local state, events = load([[
      function on.go()
        ask("crm", "x")
        for i = 1, 5000 do local x = {} end
        return "alive"
      end]])
    state:allow(1e9, 1e9, 1e9)
    local started = now()
    local _, suspended = state:call(events.go)
    sleep(0.3)
    assert.same({ "done", "alive" }, { state:resume(suspended, true) })
    local _, _, wall = state:left()
    -- However long the rest of it took, it had no part of the host's; two clocks tell of 300 ms alike,
    -- if not to the last.
    assert.truthy(1e9 - wall <= now() - started - 290, wall)
  end)

  it("is over for whoever loops", function()
    local outcome, code = run("while true do end", { milliseconds = 20, instructions = 1e12 })
    assert.same({ "failed", "policy-deadline" }, { outcome, code })
  end)

  it("is shared by calls as the host says", function()
    local state, events = load("function on.go() return 1 end")
    state:allow(1000, 50, 1000)
    state:call(events.go)
    local instructions, cpu, wall = state:left()
    assert.truthy(instructions <= 1000 and instructions > 0)
    assert.truthy(cpu <= 50 and wall <= 1000)
    state:allow(-1, 50, 1000)
    assert.equal("policy-budget", (select(2, state:call(events.go, "x"))))
  end)
end)

describe("the parser", function()
  -- Each of these takes a parser seconds a megabyte (quadratic jump lists).
  local SLOW = {
    ["and"] = "local a local x = a" .. (" and a"):rep(170000),
    ["or"] = "local a local x = a" .. (" or a"):rep(200000),
    ["elseif"] = "local a if a then " .. ("elseif a then "):rep(70000) .. "end",
    ["goto"] = ("goto x "):rep(140000) .. "::x::",
  }

  for name, source in pairs(SLOW) do
    it("is stopped in time where it is slow: " .. name, function()
      local state = assert(script.new { load_milliseconds = 5, load_instructions = 1e12 })
      local declarations, _, code = state:load(source, "@policy.lua")
      assert.is_nil(declarations)
      -- a Lua without goto, or with a limit of its own, refuses it as well
      assert.truthy(code == "policy-deadline" or code == "policy-invalid", code)
    end)
  end

  it("is charged for what it reads", function()
    local state = assert(script.new(with { load_instructions = 1000 }))
    local declarations, _, code = state:load("--" .. ("x"):rep(100000), "@policy.lua")
    assert.same({ nil, "policy-budget" }, { declarations, code })
  end)

  it("reads 16 MiB at most, includes and all", function()
    local comment = "--" .. ("x"):rep(6 * 1024 * 1024)
    local state = assert(script.new(with { load_instructions = 1e9 }))
    local declarations, message, code = state:load(
      "include 'a' include 'a' include 'a'", "@policy.lua", {},
      function() return comment, "@a.lua" end)
    assert.same({ nil, "policy-invalid" }, { declarations, code })
    assert.truthy(message:find("16 MiB", 1, true), message)
    assert.truthy(state:load("", "@policy.lua"))
  end)
end)

describe("what crosses the border", function()
  it("is charged before the host makes anything of it", function()
    local outcome, code = run([[
      local list = {}
      for i = 1, 2000 do list[i] = { type = "SMTP", localpart = "a", domain = "b" } end
      return list]], { instructions = 20000 })
    assert.same({ "failed", "policy-budget" }, { outcome, code })
  end)

  it("is charged on its way in", function()
    local list = {}
    for i = 1, 20000 do list[i] = "connector " .. i end
    local outcome, code = run("return 1", { instructions = 10000 }, list)
    assert.same({ "failed", "policy-budget" }, { outcome, code })
  end)

  it("costs little for what policies pass", function()
    local state, events = load("function on.go(a) return a end", { instructions = 200 })
    assert.equal("done", (state:call(events.go, assert(core.parse "kim.lee@exchange.example"))))
  end)

  local QUESTIONS = {
    ["a long text"] = "ask('x', ('a'):rep(1024 * 1024))",
    ["a long name"] = "ask(('a'):rep(1024 * 1024), 'x')",
    ["a large table"] = "local t = {} for i = 1, 50000 do t[i] = i end ask('x', t)",
  }
  for name, body in pairs(QUESTIONS) do
    it("is no question that is " .. name, function()
      local outcome, code, message = run(body)
      assert.same({ "failed", "policy-error" }, { outcome, code })
      assert.truthy(message:find("larger than 64 KiB", 1, true), message)
    end)
  end

  it("is a question of some size", function()
    assert.equal("ask", (run "ask('x', ('a'):rep(60000))"))
  end)
end)

describe("a text that is called with", function()
  local TEXTS = {
    "kim@exchange.example", "Kim Lee <kim@exchange.example>", "smtp:kim@exchange.example",
    "<@relay.example:kim@exchange.example>", "kim@exchange.example (at work)", "<>",
    "X400:c=us;a= ;p=org;s=Lee;g=Kim", "CCMAIL:Lee at HQ", "FAX:+1 206", "EX:/o=a/ou=b/cn=c",
    "NOBODYS:a b", '"=?utf-8?Q?K=C3=ADm?=" <kim@exchange.example>', "[FAX:Kim@+1 206]",
    ("a"):rep(3000) .. "@exchange.example",
  }

  it("is the address that it is read as, and costs as much", function()
    for _, text in ipairs(TEXTS) do
      local state, events = load("function on.go(a, e) return a, e, tostring(a) end")
      local other, same_events = load("function on.go(a, e) return a, e, tostring(a) end")
      local address = assert(core.parse(text, { unknown = true }))
      local returned = { other:caller(same_events.go)(text, { size = 7 }) }
      assert.same({ state:call(events.go, address, { size = 7 }) }, returned)
      assert.equal(getmetatable(address), getmetatable(returned[2]))
      assert.equal((state:left()), (other:left()))
    end
  end)

  it("is one, of a script's own function and not of a closed state", function()
    local state, events = load("function on.go(a) return a.localpart end")
    local call = state:caller(events.go)
    local other = assert(script.new())
    assert.error_matches(function() call "" end, "this is no address")
    assert.error_matches(function() call("a@b", unpack({}, 1, 16)) end, "at most 16 values")
    assert.error_matches(function() other:caller(events.go) end, "another script")
    assert.same({ "done", "kim" }, { call "kim@exchange.example" })
    state:allow(-1, 50, 1000)
    assert.equal("policy-budget", (select(2, call "kim@exchange.example")))
    state:close()
    assert.equal("policy-closed", (select(2, call "kim@exchange.example")))
  end)
end)

describe("open questions", function()
  it("are as many as the host allows", function()
    local state, events = load("function on.go() return ask('x', 'y') end", { open_asks = 3 })
    local open = {}
    for i = 1, 3 do
      local outcome, suspended = state:call(events.go)
      assert.equal("ask", outcome)
      open[i] = suspended
    end
    local outcome, code, message = state:call(events.go)
    assert.same({ "failed", "policy-asks" }, { outcome, code })
    assert.truthy(message:find "policy.lua:1")
    assert.same({ "done", 7 }, { state:resume(open[1], 7) })
    assert.equal("ask", (state:call(events.go)))
    assert.equal("failed", (state:call(events.go)))
    assert.equal("failed", (state:resume(open[2], nil, "the line is down", "fail")))
    assert.equal("ask", (state:call(events.go)))
  end)

  it("no longer count when they are dropped", function()
    local state, events = load("function on.go() return ask('x', 'y') end", { open_asks = 2 })
    for _ = 1, 20 do
      if state:call(events.go) ~= "ask" then
        collectgarbage()
        collectgarbage()
        assert.equal("ask", (state:call(events.go)))
      end
    end
  end)

  it("are 4,096 where nobody says", function()
    local state, events = load("function on.go() return ask('x', 'y') end")
    local open = {}
    for i = 1, 4096 do
      local outcome, suspended = state:call(events.go)
      if outcome ~= "ask" then error(i .. ": " .. outcome) end
      open[i] = suspended
    end
    assert.equal("policy-asks", (select(2, state:call(events.go))))
    assert.truthy(state:memory() < 12 * 1024 * 1024)
    assert.truthy(open[4096])
  end)
end)

describe("pairs and next", function()
  local function order(body)
    return select(2, run("local keys = {}\n" .. body .. "\nreturn table.concat(keys, ' ')"))
  end
  local BY_PAIRS = "for k in pairs(t) do keys[#keys + 1] = tostring(k) end"
  local BY_NEXT = "local k = next(t) while k ~= nil do keys[#keys + 1] = tostring(k) k = next(t, k) end"

  local TABLES = {
    ["{}"] = "",
    ["{ 'x', 'y', 'z' }"] = "1 2 3",
    ["{ b = 1, a = 1, [10] = 1, [2] = 1, [-1] = 1, [true] = 1, [false] = 1, [1] = 1 }"] =
      "1 2 -1 10 a b false true",
    ["{ 1, 2, nil, 4 }"] = "1 2 4",
    ["{ [3] = 1, [2] = 1 }"] = "2 3",
    ["{ [0.5] = 1, [1.5] = 1, 9 }"] = "1 0.5 1.5",
    ["{ ab = 1, a = 1, B = 1, ['a\\0'] = 1 }"] = "B a a\0 ab",
    ["{ ['1'] = 1, [1] = 1 }"] = "1 1",
  }
  for t, expected in pairs(TABLES) do
    it("go through " .. t .. " in order", function()
      assert.equal(expected, order("local t = " .. t .. "\n" .. BY_PAIRS))
      assert.equal(expected, order("local t = " .. t .. "\n" .. BY_NEXT))
    end)
  end

  it("go through thousands of keys in the order of their bytes", function()
    for _, loop in ipairs { BY_PAIRS, BY_NEXT } do
      local keys = order([[
        local t = {}
        for i = 1, 5000 do t["k" .. (i * 7919 % 100003)] = i end
        ]] .. loop)
      local list = {}
      for key in keys:gmatch "%S+" do list[#list + 1] = key end
      assert.equal(5000, #list)
      for i = 2, #list do assert.truthy(list[i - 1] < list[i]) end
    end
  end)

  it("bear that fields are cleared and set on the way", function()
    for _, loop in ipairs {
      "for k in pairs(t) do keys[#keys + 1] = k t[k] = nil t.c = nil end",
      "local k = next(t) while k do keys[#keys + 1] = k t[k] = nil t.c = nil k = next(t, k) end",
    } do
      assert.equal("a b d", order("local t = { a = 1, b = 1, c = 1, d = 1 }\n" .. loop))
    end
    assert.equal("a b", order "local t = { a = 1, b = 1 } for k, v in pairs(t) do t[k] = v + 1 keys[#keys + 1] = k end")
    assert.equal("1 a b", order [[
      local t = { a = 1, b = 1 }
      next(t)
      next(t, "a")
      t[1] = 1
      local k = next(t)
      while k do keys[#keys + 1] = k k = next(t, k) end]])
  end)

  it("can be nested", function()
    assert.equal("aa ab ba bb", order [[
      local t = { a = 1, b = 1 }
      local i = next(t)
      while i do
        local k = next(t)
        while k do keys[#keys + 1] = i .. k k = next(t, k) end
        i = next(t, i)
      end]])
    assert.equal("aa ab ba bb", order
      "local t = { a = 1, b = 1 } for i in pairs(t) do for k in pairs(t) do keys[#keys + 1] = i .. k end end")
  end)

  it("refuse what has no order, and keys that are not there", function()
    for _, body in ipairs {
      "for k in pairs { [{}] = 1 } do end", "next { [print or next] = 1 }", "next({}, 'x')",
      "next({ a = 1, c = 1 }, 'b')", "next({ 1, 2 }, 3)", "next({}, {})", "pairs(1)", "next()",
      "for k in pairs { a = 1, [function() end] = 1 } do end",
    } do
      local outcome, code = run(body)
      assert.same({ "failed", "policy-error", body }, { outcome, code, body })
    end
  end)

  it("are charged", function()
    local body = "local t = {} for i = 1, 2000 do t['k' .. i] = i end for i = 1, 1e9 do %s end"
    for _, work in ipairs { "for k in pairs(t) do break end", "next(t)" } do
      local outcome, code = run(body:format(work), { instructions = 200000 })
      assert.same({ "failed", "policy-budget" }, { outcome, code })
    end
  end)

  it("give a policy one answer in every process", function()
    local source = [[
      local policy = require "postoffice.policy"
      local p = assert(policy.load([=[
        connector "out" { speaks = "SMTP", nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
        for name, to in pairs { x = "one", y = "two", z = "three", w = "four" } do
          rewrite("SMTP:*@" .. name:sub(1, 0) .. "many.example") { to = "SMTP:" .. to .. "@far.example" }
        end
      ]=]))
      io.write(tostring(p:route("a@many.example")[1].address))]]
    local file = helper.write(os.tmpname(), source)
    local answers, count = {}, 0
    for _ = 1, 4 do
      local answer = helper.output(("%s -e %s %s"):format(helper.lua, helper.quote(
        ("package.path = %q package.cpath = %q"):format(package.path, package.cpath)), file))
      if not answers[answer] then count = count + 1 end
      answers[answer] = true
    end
    os.remove(file)
    assert.same({ ["SMTP:four@far.example"] = true }, answers)
    assert.equal(1, count)
  end)
end)

describe("read_file", function()
  local path = os.tmpname()
  teardown(function() os.remove(path) end)

  it("returns the text, its size and its time", function()
    helper.write(path, "domain 'x' {}\0\n")
    local text, size, changed = core.read_file(path, 1000)
    assert.same({ "domain 'x' {}\0\n", 15 }, { text, size })
    assert.truthy(math.abs(changed - os.time()) < 100000)
    helper.write(path, "")
    assert.equal("", (core.read_file(path, 0)))
  end)

  it("refuses what is too large and what is no regular file", function()
    helper.write(path, ("x"):rep(11))
    local fifo = os.tmpname()
    os.remove(fifo)
    helper.output("mkfifo " .. fifo)
    for name, code in pairs {
      [path] = "file-large", [fifo] = "file-irregular", ["/dev/zero"] = "file-irregular",
      ["spec"] = "file-irregular", ["spec/no such file"] = "file-unreadable",
      [path .. "\0x"] = "file-unreadable",
    } do
      local text, message, is = core.read_file(name, 10)
      assert.same({ nil, code }, { text, is })
      assert.truthy(message:find(name:match "^%Z+", 1, true), message)
    end
    os.remove(fifo)
  end)
end)
