-- Types that Lua defined, in scripts: the script's own functions of `mail` ask the host's
-- definitions while the script runs, and answer as the host's functions do.
local core = require "postoffice.core"
local helper = require "spec.helper"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"
require "postoffice.types"
local script = core.script
local scripts = require "spec.scripts"
local unpack = unpack or table.unpack -- luacheck: ignore

local PATIENT = { instructions = 1e9, milliseconds = 60000, load_milliseconds = 60000 }

local function load(source, options, includes)
  return scripts.load(options or PATIENT, source, { "domain" }, includes)
end

local function run(body, options, ...) return scripts.run(options or PATIENT, body, ...) end

-- ---- As the host does -----------------------------------------------------------

-- Values as texts: tables by their fields, addresses told from others.
local function shown(value)
  if type(value) ~= "table" then return type(value) .. " " .. tostring(value) end
  local fields = {}
  for name, field in pairs(value) do
    fields[#fields + 1] = ("%s = %s"):format(tostring(name), shown(field))
  end
  table.sort(fields)
  return (getmetatable(value) and "address { " or "{ ") .. table.concat(fields, ", ") .. " }"
end

local function shown_all(...)
  local list = {}
  for i = 1, select("#", ...) do list[i] = shown((select(i, ...))) end
  return table.concat(list, "; ")
end

-- Without where it was raised, and by which name the function was called.
local function complaint(message)
  return "raises " .. message:gsub("^[^ ]+:%d+: ", ""):gsub("to '[^']*'", "to it")
end

local function by_host(name, ...)
  local function told(ok, ...) return ok and shown_all(...) or complaint((...)) end
  return told(pcall(postoffice[name], ...))
end

local function by_script(state, go, name, ...)
  local function told(outcome, code, ...)
    if outcome == "done" then return shown_all(code, ...) end
    return code == "policy-error" and complaint((...)) or code
  end
  return told(state:call(go, name, ...))
end

local TEXTS = {
  "SIP:kim@sip.example", "sip:KIM@SIP.example:5060;x=y", "Kim [SIP:kim@sip.example]", "SIP:",
  "SIP:x", "[SIP:k\\]im@x]", "PROFS:VM(KIM)", "PROFS:GATE/VM/KIM",
  "PROFS:TOOLONGANODE(KIM)", "MHS:kim@sales",
  "EUM:55555;phone-context=plan.example", "SNADS:A(B)", "SPO:SPO_0a1b@SPO_2c3d", "SPI:x@y",
  "TELEX:12 34", "kim@a.example", "IMCEASIP-kim+40sip.example@gw.example",
  "IMCEAPROFS-x@gw.example", "IMCEATELEX-12+2034@gw.example", "",
}

local TABLES = {
  { type = "SIP" }, { type = "sip", user = "kim", host = "h" },
  { type = "SIP", user = "a@b", host = "c" }, { type = "SIP", user = 5, host = "h" },
  { type = "SIP", value = "kim@h" }, { type = "SIP", value = "kim@h", user = "kim" },
  { type = "SIP", value = "kim@h", user = "lee" }, { type = "SIP", user = "kim\n", host = "h" },
  { type = "SIP", user = "kim", host = "h", x = {} }, { type = "SIP", user = "kim", host = "h", 1 },
  { type = "SIP", user = "kim", host = "h", display_name = "Kim" },
  { type = "SIP", user = "kim", host = "h", display_name = 5 },
  { type = "SIP", user = "kim", host = "h", comment = "x", route = "@a", primary = false },
  { type = "SIP", user = "kim", host = "h", primary = 5 },
  { type = "PROFS", node = ("n"):rep(9), user = "kim" }, { type = "TELEX", value = "12 34" },
  assert(postoffice.parse "Kim [SIP:kim@sip.example;x=y]"), assert(postoffice.parse "sip:kim@a"),
  assert(postoffice.parse("TELEX:12 34", { unknown = true })),
}

local OPTIONS = {
  { type = "SIP" }, { type = "SIQ" }, { unknown = true }, { all = true }, { notation = "oneoff" },
  "oneoff", "native", "header", 5,
}

local SHELLS = {
  { "SMTP", { domain = "gw.example" } }, { "CCMAIL", { postoffice = "PO" } },
  { "X400", { c = "us", a = " " } }, { "SIP", { host = "h" } }, { "SIQ", {} },
}

-- Each call that there is: the name of a function and its arguments.
local function calls()
  local list, addresses = {}, {}
  for _, text in ipairs(TEXTS) do addresses[#addresses + 1] = text end
  for _, fields in ipairs(TABLES) do addresses[#addresses + 1] = fields end
  local function add(...) list[#list + 1] = { ... } end
  for _, address in ipairs(addresses) do
    for _, name in ipairs { "parse", "format", "validate", "normalize", "key", "decapsulate" } do
      add(name, address)
      for _, options in ipairs(OPTIONS) do add(name, address, options) end
    end
    for _, other in ipairs(addresses) do add("equal", address, other) end
    for _, shell in ipairs(SHELLS) do add("encapsulate", address, unpack(shell)) end
  end
  return list
end

describe("a type that Lua defined", function()
  it("is in scripts what it is in the host: the same results, codes and complaints", function()
    local state, events = load [[
      function on.go(name, ...)
        return mail[name](...)
      end]]
    for turn, call in ipairs(calls()) do
      if helper.times(10) >= 10 or turn % 7 == 0 then
        assert.equal(by_host(unpack(call)), by_script(state, events.go, unpack(call)),
          shown_all(unpack(call)))
      end
    end
  end)

  it("prints and compares as there", function()
    assert.same({ "done", "SIP:kim@sip.example", true, false }, { run [[
      local kim = mail.parse "Kim [SIP:kim@sip.example]"
      local same, other = mail.parse "sip:KIM@SIP.EXAMPLE", mail.parse "SIP:lee@a"
      return tostring(kim), kim == same, kim == other]] })
  end)

  it("is there while the script loads, and in callbacks, which cannot wait for the host", function()
    local state, events = load [[
      local key = mail.key "SIP:Kim@SIP.example"
      function on.go()
        local list = { "SIP:c@x", "SIP:a@x", "SIP:b@x" }
        table.sort(list, function(one, other) return mail.key(one) < mail.key(other) end)
        return key, table.concat(list, " "), (("C@X D@X"):gsub("%S+", function(text)
          return mail.key(mail.parse(text, { type = "SIP" }))
        end))
      end]]
    assert.same({ "done", "SIP:kim@sip.example", "SIP:a@x SIP:b@x SIP:c@x", "SIP:c@x SIP:d@x" },
      { state:call(events.go) })
  end)

  it("is known from when on it is defined", function()
    local state, events = load "function on.go() return mail.key 'LATER:X' end"
    assert.equal("type-unknown", (select(4, state:call(events.go))))
    core.define("LATER", {
      parse = function(text) return { x = text } end, format = function(a) return a.x end,
    })
    assert.same({ "done", "LATER:x" }, { state:call(events.go) })
  end)

  it("counts what its definition is asked for as the script's work", function()
    local body = "for i = 1, 1e9 do mail.key 'SIP:kim@sip.example' end"
    local _, code, message = run(body, { instructions = 1e5, milliseconds = 60000 })
    assert.same({ "policy-budget", "policy.lua:2: the script used up its 100000 instructions" },
      { code, message })
    _, code = run("for _ = 1, 20 do mail.key('SIP:' .. ('x'):rep(8000) .. '@x') end",
      { instructions = 1e5 })
    assert.equal("policy-budget", code)
  end)

  it("is asked about 8192 bytes at most, as nothing interrupts its definition", function()
    local function calls_of(count)
      return {
        ("mail.parse('SIP:' .. ('x'):rep(%d) .. '@x')"):format(count - 2),
        ("mail.key { type = 'SIP', user = ('x'):rep(%d), host = 'x' }"):format(count - 1),
        ("mail.normalize('SIP:' .. ('x'):rep(%d) .. '@x')"):format(count - 2),
      }
    end
    for _, call in ipairs(calls_of(8192)) do
      assert.same({ "done", true }, { run("return not not " .. call) })
    end
    for _, call in ipairs(calls_of(8192 + 1024)) do
      local _, code, message = run(call)
      assert.same({
        "policy-error", "the address is longer than 8192 bytes, the most about which a script may"
          .. " ask a type that Lua defines",
      }, { code, (message:gsub("^policy.lua:%d: ", "")) }, call)
    end
    assert.same({ "done", nil, "type-unknown" },
      { run "local a, _, code = mail.parse(('X'):rep(9999) .. ':y') return a, code" })
  end)
end)

-- ---- Definitions that are none ----------------------------------------------------

-- What the type's definition does next, by the names of its functions.
local unruly = {}

local function doing(name)
  return function(...) return unruly[name](...) end
end

-- What `name` of the definition does while `action` runs.
local function behave(functions, action, ...)
  unruly.parse = functions.parse or function(text) return { text = text } end
  unruly.format = functions.format or function(a) return a.text end
  unruly.fold = functions.fold or function(a) return a.text:lower() end
  unruly.check = functions.check or function() return true end
  return action(...)
end

local function cycle()
  local list = {}
  list.list = list
  return list
end

local function deep()
  local list = {}
  for _ = 1, 20 do list = { list } end
  return list
end

describe("a definition", function()
  setup(function()
    core.define("UNRULY", {
      parse = doing "parse", format = doing "format", fold = doing "fold", check = doing "check",
    })
    behave({}, function() end)
  end)

  local KEY = "return mail.key 'UNRULY:X'"

  it("that fails ends the script, and says so", function()
    for said, raised in pairs {
      ["x.lua:1: boom"] = "x.lua:1: boom", table = {}, ["nil"] = false, ["function"] = print,
      [("x"):rep(900)] = ("x"):rep(5000),
    } do
      for _, name in ipairs { "parse", "format", "fold" } do
        local outcome, code, message = behave({
          [name] = function() error(raised or nil, 0) end,
        }, run, KEY)
        assert.same({ "failed", "policy-error" }, { outcome, code })
        local expected = "a type's definition failed in the host: " .. said
        assert.equal(expected, message:gsub("^policy.lua:%d: ", ""):sub(1, #expected))
      end
    end
  end)

  it("that fails while the script loads is why it does not", function()
    local state, message, code = behave({ parse = function() error("boom", 0) end }, load,
      "mail.key 'UNRULY:x'")
    assert.same({ nil, "policy.lua:1: a type's definition failed in the host: boom",
      "policy-invalid" }, { state, message, code })
  end)

  it("that gives junk is taken as in the host, or what it gave cannot be passed", function()
    for _, junk in ipairs { 5, true, print, io.stdout, coroutine.create(function() end), "text" } do
      local function gives() return junk end
      for _, name in ipairs { "parse", "format", "fold", "check" } do
        for _, called in ipairs { "key", "validate", "format" } do
          local state, events = load("function on.go() return mail." .. called .. " 'UNRULY:X' end")
          behave({ [name] = gives }, function()
            assert.equal(by_host(called, "UNRULY:X"), by_script(state, events.go), name)
          end)
        end
      end
    end
    for _, fields in ipairs { { text = print }, { [{}] = "x" }, { text = cycle() }, deep() } do
      local _, code, message = behave({ parse = function() return fields end }, run, KEY)
      assert.equal("policy-error", code)
      assert.truthy(message:find("what a type's definition gave cannot be passed: ", 1, true))
    end
  end)

  it("that gives more than a script has room for ends it", function()
    local text, many = ("x"):rep(2e6), {}
    for i = 1, 1e5 do many[i] = i end
    for _, fields in ipairs { { text = text }, many } do
      assert.equal("policy-memory", (select(2, behave({ parse = function() return fields end }, run,
        KEY, { memory = 1e6, milliseconds = 60000 }))))
    end
    assert.equal("policy-memory", (select(2, behave({ fold = function() return text end }, run, KEY,
      { memory = 1e6, milliseconds = 60000 }))))
  end)

  it("that has no memory ends it as what has none", function()
    for _, name in ipairs { "parse", "format", "fold" } do
      assert.equal("policy-memory", (select(2, behave({
        [name] = function() error("not enough memory", 0) end,
      }, run, KEY))))
    end
  end)

  it("that takes longer than the script may is noticed", function()
    local function slow(text) -- longer than the twenty times as much that a run may take by any clock
      local start = os.clock()
      while os.clock() < start + 0.1 do start = start + 0 end
      return { text = text }
    end
    assert.equal("policy-deadline",
      (select(2, behave({ parse = slow }, run, KEY, { milliseconds = 1 }))))
  end)

  it("cannot yield, as nowhere else", function()
    local function yields() coroutine.yield() end
    local function both()
      return coroutine.wrap(function() return pcall(postoffice.key, "UNRULY:X") end)(),
        (select(2, coroutine.wrap(run)(KEY)))
    end
    assert.same({ false, "policy-error" }, { behave({ parse = yields }, both) })
  end)

  it("is asked in the thread that entered the script last", function()
    local state, events = load [[
      function on.go()
        local before = mail.key "UNRULY:X"
        return before, ask("crm", "x"), mail.key "UNRULY:Y"
      end]]
    local threads = {}
    local function parse(text)
      threads[#threads + 1] = coroutine.running() or "main"
      return { text = text }
    end
    behave({ parse = parse }, function()
      local first = coroutine.create(function() return state:call(events.go) end)
      local _, _, suspended = coroutine.resume(first)
      local second = coroutine.create(function() return state:resume(suspended, "z") end)
      assert.same({ true, "done", "UNRULY:x", "z", "UNRULY:y" }, { coroutine.resume(second) })
      assert.equal(first, threads[1])
      assert.equal(second, threads[#threads])
    end)
  end)

  it("cannot enter the script that asks it, and can look at it", function()
    local state, events = load [[
      function on.go() return mail.key "UNRULY:X" end
      function on.wait() return ask("crm", "x") end]]
    local _, suspended = state:call(events.wait)
    local caller = state:caller(events.go)
    local told = {}
    local function tell(...) told[#told + 1] = select(2, pcall(...)) end
    local function parse(text)
      tell(state.call, state, events.go)
      tell(caller, "a@b.example")
      tell(state.resume, state, suspended, 1)
      tell(state.load, state, "", "@x")
      assert(state:memory() > 0 and state:left())
      return { text = text }
    end
    assert.same({ "done", "UNRULY:x" }, { behave({ parse = parse }, state.call, state, events.go) })
    assert.is_true(#told >= 4)
    for _, message in ipairs(told) do
      assert.equal("the script runs: a type's definition that it needs cannot call it", message)
    end
    assert.same({ "done", 2 }, { state:resume(suspended, 2) })
    assert.same({ "done", "UNRULY:x" }, { state:call(events.go) })
  end)

  it("can ask other scripts, which ask it", function()
    local inner, inner_events = load "function on.go() return mail.key 'UNRULY:INNER' end"
    local function parse(text)
      if text ~= "OUTER" then return { text = text } end
      return { text = (select(2, inner:call(inner_events.go))) }
    end
    local function format(a) return a.text == "UNRULY:inner" and "OUTER" or a.text end
    assert.same({ "done", "UNRULY:inner" }, { behave({ parse = parse, format = format }, run, [[
      return mail.parse("UNRULY:OUTER").text]]) })
  end)

  it("that closes the script ends it", function()
    local state, events = load "function on.go() return mail.key 'UNRULY:X' end"
    local function parse(text)
      state:close()
      state:close()
      return { text = text }
    end
    behave({ parse = parse }, function()
      for _ = 1, 2 do
        local outcome, code, message = state:call(events.go)
        assert.same({ "failed", "policy-closed" }, { outcome, code })
        assert.truthy(message:find("the policy is closed", 1, true), message)
      end
      assert.equal(0, (state:memory()))
      assert.equal("script (closed)", tostring(state))
    end)
  end)

  it("that closes the script while it loads ends that", function()
    for _, source in ipairs { "mail.key 'UNRULY:X'", "include 'more'" } do
      local state = assert(script.new(PATIENT))
      local function parse() state:close() end
      local function more() return "domain = mail.key 'UNRULY:X'", "@more.lua" end
      local loaded, _, code = behave({ parse = parse }, state.load, state, source, "@policy.lua",
        {}, more)
      assert.same({ nil, "policy-closed" }, { loaded, code })
      assert.equal("policy-closed", (select(3, state:load("", "@policy.lua"))))
    end
  end)

  it("may drop what the script has suspended", function()
    local state, events = load([[
      function on.go() return mail.key "UNRULY:X" end
      function on.wait() return ask("crm", "x") end]], { open_asks = 3, milliseconds = 60000 })
    local function parse(text)
      collectgarbage()
      collectgarbage()
      return { text = text }
    end
    for _ = 1, 5 do
      for _ = 1, 3 do assert.equal("ask", (state:call(events.wait))) end
      assert.equal("policy-asks", (select(2, state:call(events.wait))))
      assert.same({ "done", "UNRULY:x" },
        { behave({ parse = parse }, state.call, state, events.go) })
    end
  end)

  it("that goes too deep, through script after script, ends the innermost", function()
    local states, asked, innermost = {}, 0, nil
    local function parse(text)
      asked = asked + 1
      local entry = states[asked]
      if not entry then
        entry = { load "function on.go() return mail.key 'UNRULY:X' end" }
        states[asked] = entry
      end
      local outcome, _, message = entry[1]:call(entry[2].go)
      innermost = innermost or outcome == "failed" and message
      return { text = text }
    end
    assert.same({ "done", "UNRULY:x" }, { behave({ parse = parse }, run, KEY) })
    assert.equal(16, asked)
    assert.equal("policy.lua:1: definitions of types and scripts ask each other too deeply; 16"
      .. " levels can be", innermost)
    for _, entry in ipairs(states) do entry[1]:close() end
  end)
end)

-- ---- Policies -------------------------------------------------------------------

describe("a policy", function()
  it("answers by such types wherever it is asked", function()
    local p = assert(policy.load [[
      connector "sip" { speaks = "SIP", nexthop = "sip:1", spaces = { "SIP:*" } }
      function on.recipient(a)
        if mail.key(a) == "SIP:lee@b" then
          return mail.parse "SIP:kim@b"
        end
      end
      test "from phone to phone" { to = "SIP:Lee@B", connector = "sip", address = "SIP:kim@b" }]])
    assert.equal("SIP:kim@b", tostring(p:route("sip:LEE@b")[1].address))
    assert.truthy(tostring(p:explain "SIP:lee@b"):find("SIP:kim@b", 1, true))
    assert.equal(1, p:test().passed)
    p:close()
  end)
end)
