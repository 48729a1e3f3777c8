-- What hostile scripts try, and the traps that Lua itself sets.  Every way out
-- that is known of any Lua sandbox is a test here, on every Lua.
-- luacheck: no max line length (a script on one line reads as one row of a table)
local helper = require "spec.helper"
local core = require "postoffice.core"
local script = core.script
local scripts = require "spec.scripts"

-- A machine that is busy with other things, or valgrind, must not fail the specs: a script is given
-- much time.
local RELAXED = { milliseconds = 60000, load_milliseconds = 60000 }
local HASTY = { milliseconds = 50, load_milliseconds = 60000, instructions = 1e12 }

local function load(source, options)
  return assert(scripts.load(options or RELAXED, source, { "keep" }))
end

--- What the body of a function returns, and the state and the function.
local function run(body, options)
  local state, functions = load("function on.go(...)\n" .. body .. "\nend", options)
  return state:call(functions.go)
end

--- Expects that `body`, which would never end, is killed for one of the codes.
local function killed(codes, body, options)
  local outcome, code, message = run(body, options)
  assert.equal("failed", outcome, body)
  assert.truthy((" " .. codes .. " "):find(" " .. code .. " ", 1, true), code .. ": " .. message)
  return message
end

local BUDGET = "policy-budget policy-deadline"
local MEMORY = "policy-memory policy-budget policy-deadline"

describe("the library", function()
  it("is small", function()
    local known = {}
    for name in ([[assert error ipairs next pairs select tonumber tostring type unpack math string
      table mail ask reject defer pass include on]]):gmatch "%S+" do
      known[name] = true
    end
    local names = {}
    for name in pairs(_G) do
      names[#names + 1] = name
    end
    for name in ([[pcall xpcall setmetatable getmetatable rawget rawset rawequal rawlen load loadstring
      loadfile dofile require module collectgarbage coroutine io os debug package jit ffi bit bit32 utf8
      newproxy getfenv setfenv gcinfo print warn _G _ENV _VERSION arg]]):gmatch "%S+" do
      names[#names + 1] = name
    end
    for _, name in ipairs(names) do
      local state, functions = load("function on.go() return type(" .. name .. ") end")
      local _, kind = state:call(functions.go)
      assert.equal(known[name] and kind or (name == "_ENV" and kind or "nil"), kind, name)
    end
  end)

  it("has no more in its tables than it should", function()
    for name, members in pairs {
      string = "byte char find format gmatch gsub len lower match rep reverse sub upper",
      table = "concat insert remove sort unpack",
      math = "abs acos asin atan ceil cos deg exp floor fmod huge log max min modf pi rad sin sqrt tan",
      mail = "parse format validate normalize key equal encapsulate decapsulate matches",
    } do
      for member in members:gmatch "%S+" do
        local _, kind = run(("return type(%s.%s)"):format(name, member))
        assert.is_true(kind == "function" or kind == "number", name .. "." .. member)
      end
    end
    for member in ([[string.dump string.pack string.unpack string.buffer string.packsize table.move
      table.pack table.foreach table.new table.clear math.random math.randomseed mail.script mail.new
      mail.glob_match mail.define]]):gmatch "%S+" do
      assert.same({ "done", "nil" }, { run("return type(" .. member .. ")") }, member)
    end
  end)

  it("is found by strings, and is ours there too", function()
    assert.same({ "done", "xxx", "nil" }, { run "return ('x'):rep(3), type(('x').dump)" })
    assert.equal("failed", (run "local s = '' s.rep = 1"))
    assert.equal("failed", (run "('').rep = 1"))
  end)

  it("cannot be written to by any of its own functions", function()
    for _, body in ipairs {
      "string.rep = nil", "table.insert(string, 1)", "table.insert(string, 1, 1)",
      "table.remove(string)",
      "table.sort(on)", "table.insert(on, 1)", "table.insert(mail, tostring)", "math.pi = 3",
      "mail.parse = nil", "on.x = tostring", "table.insert(mail.parse 'a@b.c', 1)",
    } do
      local outcome, code, message = run(body)
      assert.same({ "failed", "policy-error" }, { outcome, code }, body)
      assert.truthy(message:find "^policy.lua:2: ", message)
    end
  end)

  it("gives no way to the host's library or to another script's", function()
    local upper, rep = string.upper, string.rep
    load "local _ENV = { string = string } local s = string"
    run "string = nil"
    assert.equal(upper, string.upper)
    assert.equal(rep, string.rep)
    assert.equal("X", ("x"):upper())
  end)

  it("hides addresses of memory", function()
    for _, value in ipairs { "{}", "tostring", "function() end", "ask", "mail", "string" } do
      local _, text = run("return tostring(" .. value .. ") .. ('%s'):format(" .. value .. ")")
      assert.falsy(text:find "0x", text)
      assert.falsy(text:find "%d", text)
    end
    assert.equal("failed", (run "return ('%p'):format({})"))
  end)

  it("keeps its strings' arithmetic on every Lua", function()
    assert.same({ "done", 11 }, { run "return '10' + 1" })
    assert.equal("failed", (run "return {} + 1"))
    assert.equal("failed", (run "return 'x' * 2"))
  end)
end)

describe("source text", function()
  it("is never binary", function()
    local dumped = string.dump(load and function() return 1 end)
    for _, prefix in ipairs { "", "#!/usr/bin/lua\n", "\239\187\191", "\239\187\191\239\187\191", "#\n#\n",
      "\239\187\191#\n", "#\n\239\187\191" } do
      for _, binary in ipairs { dumped, "\27Lua", "\27LJ\2", "\27" } do
        local declarations, message, code = assert(script.new(RELAXED)):load(prefix .. binary, "@policy.lua")
        assert.is_nil(declarations)
        assert.equal("policy-invalid", code)
        assert.truthy(message:find "policy.lua", message)
      end
    end
  end)

  it("is compiled or refused, however bad", function()
    for _, source in ipairs {
      ("("):rep(100000), ("{"):rep(100000), ("a="):rep(100000), ("-"):rep(100001) .. "1",
      ("do "):rep(50000), ("if x then "):rep(50000), ("function f() "):rep(20000),
      "return " .. ("x.."):rep(100000) .. "x", "return " .. ("x+"):rep(200000) .. "x",
      "local " .. ("a,"):rep(100000) .. "a", "return '" .. ("x"):rep(1000000) .. "'",
      "return {" .. ("1,"):rep(500000) .. "}", "f" .. ("()"):rep(200000),
      "return '" .. ("\\1"):rep(400000), "--[" .. ("="):rep(900000), ("x"):rep(1000000),
    } do
      local declarations, message = assert(script.new()):load(source, "@policy.lua")
      assert.is_true(declarations ~= nil or message ~= nil)
    end
  end)

  it("with very many labels ends by its deadline", function()
    local labels = {}
    for i = 1, 100000 do
      labels[i] = ("::%x::"):format(0xa0000 + i)
    end
    local _, message = assert(script.new { load_milliseconds = 200 }):load(table.concat(labels), "@policy.lua")
    assert.is_string(message)
  end)
end)

describe("instructions", function()
  it("end every loop", function()
    for _, body in ipairs {
      "while true do end", "repeat until false", "for i = 1, 1/0 do end",
      "local n = 0 while true do n = n + 1 end",
      "local function f() return f() end return f()",
      "local function f() for _ in ipairs {} do end return f() end return f()",
      "for _ in function() return 1 end do end",
      "local t = {} t[1] = 1 for _ in function() return next(t) end do end",
    } do
      local message = killed(BUDGET, body)
      assert.truthy(message:find "^policy.lua:2: the script ", message)
    end
  end)

  it("end a script while it loads", function()
    local state = assert(script.new { load_instructions = 100000, load_milliseconds = 60000 })
    local _, message, code = state:load("while true do end", "@policy.lua")
    assert.truthy(code == "policy-budget" or code == "policy-deadline")
    assert.truthy(message:find "^policy.lua:1: ", message)
    assert.truthy(state:load("local x = 1", "@policy.lua"))
  end)

  it("end a script inside gsub and sort functions, in comparisons and iterators", function()
    for _, body in ipairs {
      "('x'):gsub('x', function() while true do end end)",
      "local t = { 1, 2 } table.sort(t, function() while true do end end)",
      "for _ in ('x'):gmatch '()' do while true do end end",
      "local function f(x) return (('x'):gsub('x', f)) end return f()",
    } do
      killed(BUDGET .. " policy-error", body)
    end
  end)

  it("are counted over questions, not from each anew", function()
    local state, functions = load([[
function on.go() while true do for i = 1, 1000 do local x = i end ask("x", 1) end end]], { instructions = 50000, milliseconds = 60000 })
    local outcome, suspended, code = state:call(functions.go)
    local asked = 0
    while outcome == "ask" do
      asked = asked + 1
      outcome, code = state:resume(suspended, asked)
    end
    assert.same({ "failed", "policy-budget" }, { outcome, code })
    assert.is_true(asked > 2 and asked < 100)
  end)

  it("kill a call after it was resumed, and only it", function()
    local state, functions = load [[
function on.bad() ask("x", 1) while true do end end
function on.good() return ask("x", 1) end]]
    local _, bad = state:call(functions.bad)
    local _, good = state:call(functions.good)
    assert.same({ "failed", "policy-budget" }, { (function(a, b) return a, b end)(state:resume(bad, 1)) })
    assert.same({ "done", 5 }, { state:resume(good, 5) })
  end)

  it("leave the host's hook alone", function()
    local function hook() end
    debug.sethook(hook, "", 1000000)
    killed(BUDGET, "while true do end")
    local found, _, count = debug.gethook()
    debug.sethook()
    assert.equal(hook, found)
    assert.equal(1000000, count)
  end)

  it("are not spent by compiled code, which LuaJIT never makes of a script", function()
    killed(BUDGET, "local n = 0 while true do n = n + 1 end")
    if jit then
      assert.is_true((jit.status()))
      local n = 0
      for i = 1, 1e7 do
        n = n + i % 3
      end
      assert.is_true(n > 0)
    end
  end)
end)

describe("the deadline", function()
  it("ends what costs much in few instructions", function()
    for _, body in ipairs {
      "while true do end",
      "local s = ('x'):rep(4000000) while true do local t = s .. s end",
      "local a = ('x'):rep(3000000) .. 'a' local b = ('x'):rep(3000000) .. 'b' while true do local c = a < b end",
      "local a, b = ('x'):rep(3e6) .. 'a', ('x'):rep(3e6) .. 'a' while true do local c = a == b end",
      "local s = ('1'):rep(4000000) while true do local n = s + 0 end",
      "local s = ('1'):rep(4000000) while true do local n = tonumber(s) end",
      "local t = {} for i = 1, 1e5 do t[i] = 1 end while true do table.insert(t, 1, 1) end",
      "local t = {} for i = 1, 1e5 do t[i] = 1 end while true do table.remove(t, 1) end",
      "local t = {} for i = 1, 1e5 do t['x' .. i] = 1 end for k in pairs(t) do t[k] = nil end while true do next(t) end",
      "local t = {} for i = 1, 900 do t[i] = i end while true do select('#', unpack(t)) end",
      "while true do ('x'):rep(1e6) end",
      "while true do ('x'):rep(1e6):upper():lower():reverse() end",
      "local s = ('x'):rep(1e5) while true do s:gsub('x', 'y') end",
      "local t = {} for i = 1, 1000 do t[i] = ('x'):rep(1000) end while true do table.concat(t) end",
      "local t = {} for i = 1, 10000 do t[i] = -i end while true do table.sort(t) table.sort(t, function(a, b) return a > b end) end",
      "local s = ('%s'):rep(10) while true do s:format(1,2,3,4,5,6,7,8,9,0) end",
      "local s = ('a@b.c,'):rep(100000) while true do mail.parse(s) end",
      "local function f(...) return f(1, ...) end f()",
    } do
      killed(MEMORY .. " policy-error", body, HASTY)
    end
  end)

  it("is not longer for a host that takes its time to answer", function()
    local state, functions = load("function on.go() ask('x', 1) return 1 end", { milliseconds = 250 })
    local _, suspended = state:call(functions.go)
    local start = os.clock()
    while os.clock() - start < 0.3 do end
    assert.same({ "done", 1 }, { state:resume(suspended, 1) })
  end)
end)

describe("memory", function()
  it("is capped", function()
    for _, body in ipairs {
      "local t = {} for i = 1, 1e9 do t[i] = {} end",
      "local s = 'x' while true do s = s .. s end",
      "return ('x'):rep(1e8)", "return ('x'):rep(1e15)", "return ('x'):rep(1e8, 'yy')",
      "return (''):rep(1e9, 'x')",
      "return ('x'):rep(1e5):gsub('x', ('y'):rep(1e5))",
      "local s = ('x'):rep(1e6) return (s:gsub('x', s))",
      "local t = {} for i = 1, 100 do t[i] = ('x'):rep(1e6) end return table.concat(t)",
      "local s = ('x'):rep(1e6) return ('%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s'):format(s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s)",
      "local function f() return 1 + f() end return f()",
      "local t = {} while true do t = { t } end",
      "local f = function() end while true do local g = f f = function() return g end end",
    } do
      killed(MEMORY .. " policy-error", body)
    end
  end)

  it("says so", function()
    local message = killed("policy-memory", "local x = ('x'):rep(1e8)")
    assert.equal("policy.lua:2: the script needs more than its 16384 KiB", message)
  end)

  it("leaves the state usable when it has run out", function()
    local state, functions = load([[
function on.bad() local t = {} for i = 1, 1e9 do t[i] = ("x"):rep(1000) .. i end end
function on.good(x) return x .. "!" end]], { memory = 1024 * 1024, milliseconds = 60000 })
    for i = 1, 50 do
      assert.equal("failed", (state:call(functions.bad)))
      assert.same({ "done", i .. "!" }, { state:call(functions.good, i) })
    end
  end)

  it("is found by a collection before a call is refused", function()
    local state, functions = load([[
function on.go(s) return #s end
function on.make() return #("x"):rep(4 * 1024 * 1024) end]])
    local big = ("x"):rep(4 * 1024 * 1024)
    for i = 1, 20 do
      assert.same({ "done", #big + 1 }, { state:call(functions.go, big .. i % 10) })
      assert.same({ "done", #big }, { state:call(functions.make) })
    end
  end)

  it("does not fit what is larger than the cap", function()
    local state, functions = load("function on.go(s) return #s end", { memory = 1024 * 1024, milliseconds = 60000 })
    for _ = 1, 10 do
      for _, size in ipairs { 1024 * 1024, 1024 * 1024 - 2000 } do
        local outcome, code = state:call(functions.go, ("x"):rep(size))
        assert.same({ "failed", "policy-memory" }, { outcome, code })
      end
      assert.same({ "done", 1 }, { state:call(functions.go, "x") })
    end
  end)

  it("may end at any byte of a load and of a call", function()
    local source = [[
keep "x" { { 1, 2, 3 }, function() end }
names = { "b", "a" }
function on.go(t)
  local text = ("x"):rep(5000):gsub("x", "%0y")
  table.sort(names, function(a, b) return a < b end)
  local found = ask("crm", { #text, tostring(t) })
  return { found, text, { t } }
end]]
    local whole, sizes = 0, {}
    for size = 16 * 1024, 256 * 1024, 1499 do
      sizes[#sizes + 1] = size
    end
    for _, size in ipairs(sizes) do
      local state, message, code = script.new { memory = size, milliseconds = 60000, load_milliseconds = 60000 }
      local declarations, outcome, suspended = nil, nil, nil
      if state then
        declarations, message, code = helper.declared(state:load(source, "@policy.lua", { "keep" }))
      end
      if declarations then
        outcome, suspended, message = state:call(declarations[2][1], core.parse "a@b.c")
        code = suspended
      end
      if outcome == "ask" then
        outcome, code, message = state:resume(suspended, { "found", { 1 } })
      end
      if outcome == "done" then
        whole = whole + 1
      else
        assert.equal("policy-memory", code, message)
      end
      if state then state:close() end
    end
    assert.is_true(whole > 0 and whole < #sizes)
  end)

  it("of the host cannot be filled by a small value", function()
    for _, body in ipairs {
      -- a table that stands for a thousand million tables
      "local t = {} for _ = 1, 10 do local u = {} for i = 1, 10 do u[i] = t end t = u end return t",
      "local t = {} for i = 1, 60000 do t[i] = t[1] or {} end return { t, t, t, t, t, t, t, t, t, t, t, t, t, t, t }",
    } do
      killed("policy-memory policy-deadline", body)
    end
  end)

  it("is given back by closing, however many calls are open", function()
    for _ = 1, 300 do
      local state, functions = load "local t = {} for i = 1, 1000 do t[i] = {} end function on.go() return ask('x', 1) end"
      state:call(functions.go)
      state:close()
    end
    collectgarbage()
    collectgarbage()
    assert.is_true(collectgarbage "count" < 200 * 1024)
  end)
end)

describe("patterns", function()
  it("cannot run away", function()
    for _, body in ipairs {
      "return (('a'):rep(30):find(('a?'):rep(30) .. ('a'):rep(30)))",
      "return (('a'):rep(30):match(('a*'):rep(24) .. 'b'))",
      "return (('a'):rep(1e5):find '.-.-.-b')",
      "return (('a'):rep(1e5):gsub('(.-)(.-)(.-)b', ''))",
      "return (('a'):rep(1e6):find(('a'):rep(5e5) .. 'b', 1, true))",
      "return (('('):rep(1e6):match '%b()%b()')",
      "for x in ('a'):rep(1e5):gmatch '.-.-b' do end",
      "return (('x'):rep(1e5):gsub('', ('%0'):rep(1e5)))",
    } do
      killed(MEMORY, body, HASTY)
      killed(MEMORY, body)
    end
  end)

  it("are bounded in depth", function()
    for _, body in ipairs {
      "return ('x'):match(('('):rep(33))", "return ('a'):rep(1000):match(('a?'):rep(1000))",
      "return ('a'):rep(1e6):match(('a-'):rep(300))",
    } do
      assert.equal("failed", (run(body)))
    end
  end)

  it("that are malformed are errors with a line", function()
    for _, pattern in ipairs { "%", "[", "[a", "[%", "[^", "(", ")", "%b", "%bx", "%f", "%1", "(()%3)", "[]", "[a-%" } do
      local outcome, code, message = run(("return ('abc'):match(%q)"):format(pattern))
      assert.same({ "failed", "policy-error" }, { outcome, code }, pattern)
      assert.truthy(message:find "^policy.lua:[12]: ", message) -- LuaJIT has no frame for a tail call
    end
  end)
end)

describe("the stack", function()
  it("cannot be overrun", function()
    for _, body in ipairs {
      "local function f(x) return f(x) + 1 end return f(1)",
      "local t = {} for i = 1, 2000 do t[i] = i end return unpack(t)",
      "return unpack({}, 1, 1e8)", "return unpack({}, -1e9, 1e9)",
      "return unpack({}, 2147483647, 2147483648)",
      "return ('x'):rep(1e6):byte(1, -1)", "return select(-5)",
      "local function f(s) return (s:gsub('.', f)) end return f 'abc'",
      "local f f = function() local t = { 1, 2, 3 } table.sort(t, f) return true end f()",
      "local function f(x) return (('x'):gsub('x', f)) end return f()",
      "return table.concat({}, 'x', 1, 1e9)", "return table.concat({ 1 }, 'x', -1e300, 1e300)",
      "table.insert({}, 1e9, 1)", "table.insert({}, -1, 1)", "table.remove({}, 5)",
      "local t = { 1, 2 } table.sort(t, function(a, b) t[1] = nil t[2] = nil return true end) return t[1].x",
      "return ('x'):rep(-1).y.z", "return ('%999d'):format(1)", "return ('%'):format(1)",
      "return ('%d'):format(1.5)",
      "return ('%d'):format('x')", "return ('%s'):format()", "return ('%y'):format(1)",
      "return tonumber('z', 99)",
    } do
      local outcome, code = run(body)
      assert.equal("failed", outcome, body)
      assert.is_string(code)
    end
  end)

  it("of the host bears few functions inside gsub and sort functions", function()
    local outcome, _, message = run "local function f(s) local x = s:gsub('.', f) return x end f 'abc'"
    assert.equal("failed", outcome)
    assert.equal("policy.lua:2: gsub and sort functions are nested too deeply", message)
  end)

  it("bears extreme arguments", function()
    for body, expected in pairs {
      ["return ('abc'):sub(-100, 100)"] = "abc", ["return ('abc'):sub(2^31, 2^32)"] = "",
      ["return ('abc'):sub(-2^53, -2^52)"] = "", ["return #('abc'):rep(0)"] = 0,
      ["return ('abc'):find('', 10)"] = "nil", ["return ('abc'):find('', 4)"] = 4,
      ["return ('abc'):byte(10)"] = "nil", ["return select('#', unpack({}, 1, 0))"] = 0,
      ["return ('a'):gsub('', '-')"] = "-a-", ["return tonumber('0x10')"] = 16,
      ["return tonumber(('1'):rep(500))"] = "nil", ["return tonumber('z', 36)"] = 35,
      ["return tonumber('nan')"] = "nil", ["return tonumber('  7  ')"] = 7,
      ["return tonumber('')"] = "nil",
      ["return tonumber(nil)"] = "nil", ["return tonumber('8', 8)"] = "nil",
      ["return tonumber('-ff', 16)"] = -255,
      ["return ('%5.2s|'):format('abc')"] = "   ab|", ["return ('%-5s|'):format('a')"] = "a    |",
      ["return ('%05d'):format(-3)"] = "-0003", ["return ('%x'):format(255)"] = "ff",
      ["return ('%.3f'):format(1/3)"] = "0.333",
      ["return ('%q'):format('a\\n\\0001\"')"] = '"a\\\n\\0001\\""',
      ["return ('%s'):format(nil)"] = "nil", ["return ('%c%%'):format(65)"] = "A%",
      ["return ('%10.99f'):format(1)"] = "1." .. ("0"):rep(99),
    } do
      local outcome, result = run(body)
      assert.same({ "done", expected }, { outcome, result == nil and "nil" or result }, body)
    end
  end)

  it("bears deep recursion of the host through questions", function()
    local state, functions = load "function on.go(n) return ask('x', n) end"
    local function route(n)
      local outcome, suspended = state:call(functions.go, n)
      assert(outcome == "ask", suspended)
      local answer = n > 150 and "end" or route(n + 1)
      return select(2, state:resume(suspended, answer))
    end
    assert.equal("end", route(1))
  end)
end)

describe("the host", function()
  it("keeps its globals and metatables", function()
    local globals = {}
    for name, value in pairs(_G) do
      globals[name] = value
    end
    local strings = getmetatable ""
    run "return ('x'):upper()"
    for name, value in pairs(_G) do
      assert.equal(globals[name], value)
    end
    assert.equal(strings, getmetatable "")
    assert.equal(string, strings.__index)
  end)

  it("may call a script from a finalizer", function()
    local state, functions = load "function on.go(x) return { x, { x } } end"
    local calls = 0
    local function finalizer()
      calls = calls + 1
      assert(state:call(functions.go, "again") == "done")
    end
    local function make()
      local newproxy = rawget(_G, "newproxy") -- 5.1 finalizes userdata only
      if newproxy then
        getmetatable(newproxy(true)).__gc = finalizer
      else
        setmetatable({}, { __gc = finalizer })
      end
    end
    for i = 1, 2000 do
      make()
      local ok, outcome, result = pcall(state.call, state, functions.go, ("%d"):format(i))
      if ok then
        assert.same({ "done", { tostring(i), { tostring(i) } } }, { outcome, result })
      end
    end
    collectgarbage()
    collectgarbage()
    assert.is_true(calls > 0)
  end)

  it("may drop states, functions and suspended_calls in any order", function()
    for i = 1, 60 do
      local state, functions = load "function on.go() return ask('x', { 1 }) end"
      local _, suspended = state:call(functions.go)
      if i % 3 == 0 then state = nil end
      if i % 3 == 1 then suspended = nil end
      if i % 2 == 0 then functions = nil end
      collectgarbage "step"
      assert(state ~= 1 and functions ~= 1 and suspended ~= 1)
    end
    collectgarbage()
    collectgarbage()
  end)

  it("passes no metamethod of its own into a script", function()
    local touched = false
    local value = setmetatable({ 1 }, {
      __index = function() touched = true end, __len = function() touched = true return 1 end,
      __pairs = function() touched = true return next, {}, nil end,
    })
    local state, functions = load "function on.go(t) return t[1], t[2] end"
    assert.same({ "done", 1 }, { state:call(functions.go, value) })
    assert.is_false(touched)
  end)

  it("keeps functions and suspended_calls apart from other userdata", function()
    local state = load ""
    assert.has_error(function() state:call(io.stdout) end)
    assert.has_error(function() state:call(state) end)
    assert.has_error(function() state.call(io.stdout, io.stdout) end)
    assert.has_error(function() state:resume(io.stdout) end)
    assert.equal("locked", getmetatable(state))
  end)
end)

-- The stock library is the oracle; where the Luas differ, 5.4 is right.
describe("patterns and tables mean what they mean in Lua", function()
  local texts = { "", "a", "abc", "THE (quick) fox", "key = value", "a.b.c", "  trim  ", "x=1,y=22", "\0\1", "aaa" }
  local patterns = { "", "a", "a*", "a+", "a-", "a?b", "^a", "a$", "^$", ".", "%a+", "%s*$", "(%w+)=(%w*)", "[^%s]+",
    "[a-c]", "[%a_]", "%b()", "()", "(a)(b)(c)", "(.)%1", "%f[%w]%w+", "[]]", "[^]]", "[a-]",
    "(%s*)(.-)%s*$", "\0",
    "%.", "((a)(b?))", "%d%d?" }

  it("find and match", function()
    for _, text in ipairs(texts) do
      for _, pattern in ipairs(patterns) do
        for _, start in ipairs { 1, 2, -1 } do
          local body = ("local t, p, i = %q, %q, %d return { t:find(p, i) }, { t:match(p, i) }"):format(text, pattern, start)
          local differs = pattern:find "%z" or start > #text + 1
          if not (differs and _VERSION == "Lua 5.1") then
            local _, found, matched = run(body)
            assert.same({ text:find(pattern, start) }, found, body)
            assert.same({ text:match(pattern, start) }, matched, body)
          end
        end
      end
    end
  end)

  it("gsub and gmatch, on every Lua as in 5.4", function()
    for body, expected in pairs {
      ["('hello world'):gsub('o', '0')"] = { "hell0 w0rld", 2 },
      ["('abc'):gsub('%w*', 'x')"] = { "x", 1 },
      ["('abc'):gsub('', '-')"] = { "-a-b-c-", 4 },
      ["('abc'):gsub('%w', '%0%0', 2)"] = { "aabbc", 2 },
      ["('a=1, b=2'):gsub('(%w)=(%w)', '%2=%1')"] = { "1=a, 2=b", 2 },
      ["('abc'):gsub('^a', 'x')"] = { "xbc", 1 },
      ["('$x $y'):gsub('%$(%w)', { x = 1 })"] = { "1 $y", 2 },
      ["('abc'):gsub('b', '%%')"] = { "a%c", 1 },
      ["('abc'):gsub('.', function(c) if c == 'b' then return false end return c .. c end)"] = { "aabcc", 3 },
      ["('abc'):gsub('b()', '%1')"] = { "a3c", 1 }, ["('a b'):gsub('%s*', '-')"] = { "-a-b-", 3 },
    } do
      assert.same({ "done", expected }, { run("return {" .. body .. "}") }, body)
    end
    local _, words = run "local t = {} for k, v in ('a=1,b=2'):gmatch '(%w)=(%w)' do t[#t + 1] = k .. v end return t"
    assert.same({ "a1", "b2" }, words)
    _, words = run "local t = {} for w in ('a b'):gmatch '%a*' do t[#t + 1] = w end return t"
    assert.same({ "a", "b" }, words)
  end)

  it("tables", function()
    for body, expected in pairs {
      ["local t = { 3, 1, 2 } table.sort(t) return t"] = { 1, 2, 3 },
      ["local t = { 'b', 'a', 'B', 'aa' } table.sort(t) return t"] = { "B", "a", "aa", "b" },
      ["local t = { 3, 1, 2 } table.sort(t, function(a, b) return a > b end) return t"] = { 3, 2, 1 },
      ["local t = {} table.sort(t) return t"] = {},
      ["local t = { 1, 2 } table.insert(t, 3) table.insert(t, 1, 0) return t"] = { 0, 1, 2, 3 },
      ["local t = { 1, 2, 3 } return { table.remove(t), table.remove(t, 1), t[1], #t }"] = { 3, 1, 2, 1 },
      ["return { table.remove {} }"] = {}, ["return { unpack({ 1, 2, 3 }, 2) }"] = { 2, 3 },
      ["return { table.concat({ 1, 'b', 2.5 }, ', ') }"] = { "1, b, 2.5" },
      ["return { table.concat({ 1, 2, 3 }, '', 2, 3) }"] = { "23" },
    } do
      assert.same({ "done", expected }, { run(body) }, body)
    end
  end)

  it("sorts equal elements in their order, and anything in time", function()
    local _, stable = run [[
local t = {}
for i = 1, 500 do t[i] = { key = i * 7 % 5, at = i } end
table.sort(t, function(a, b) return a.key < b.key end)
for i = 2, #t do
  if t[i - 1].key > t[i].key or t[i - 1].key == t[i].key and t[i - 1].at > t[i].at then return false end
end
return true]]
    assert.is_true(stable)
    assert.equal("done", (run "local t = {} for i = 1, 500 do t[i] = i end table.sort(t, function() return true end)"))
  end)
end)
