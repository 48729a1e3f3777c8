-- Isolated states: what a script can declare, be asked and answer.
-- luacheck: no max line length (a script on one line reads as one row of a table)
local core = require "postoffice.core"
local helper = require "spec.helper"
local script = core.script

local DECLARATORS = { "domain", "connector", "settings", "rewrite" }

-- A machine that is busy with other things, or valgrind, must not fail the specs.
local PATIENT = { milliseconds = 60000, load_milliseconds = 60000 }

local function new() return assert(script.new(PATIENT)) end

--- A loaded state, its functions by name, and its declarations.
local function load(source, options, includes)
  local state = assert(script.new(options or PATIENT))
  local declarations, message, code =
    helper.declared(state:load(source, "@policy.lua", DECLARATORS, includes))
  if not declarations then
    error(code .. ": " .. message, 2)
  end
  local functions = {}
  for _, declaration in ipairs(declarations) do
    if declaration.word == "on" then
      functions[declaration.name] = declaration[1]
    end
  end
  return state, functions, declarations
end

--- What the body of a function returns.
local function run(body, ...)
  local state, functions = load("function on.go(...)\n" .. body .. "\nend")
  return state:call(functions.go, ...)
end

local function results(...)
  return { n = select("#", ...), ... }
end

describe("loading a script", function()
  it("returns its declarations in their order, with their lines", function()
    local _, _, declarations = load [[
settings { order = "exchange" }
domain "a.example" { unwrap = { "EX", "X500" } }

domain "b.example"
connector("c", { cost = 1 })
]]
    assert.same({
      { word = "settings", file = "policy.lua", line = 1, n = 1, { order = "exchange" } },
      { word = "domain", file = "policy.lua", line = 2, n = 2, "a.example", { unwrap = { "EX", "X500" } } },
      { word = "domain", file = "policy.lua", line = 4, n = 1, "b.example" },
      { word = "connector", file = "policy.lua", line = 5, n = 2, "c", { cost = 1 } },
    }, declarations)
  end)

  it("gives the line where a declaration begins", function()
    local _, _, declarations = load 'domain\n  "a.example"\n  {\n  }\ndomain "b.example" {\n}'
    assert.equal(5, declarations[2].line)
  end)

  it("returns functions as values that only their state can call", function()
    local state, functions = load "function on.go(x) return x end\n"
    local other = load ""
    assert.is_true(script.isfunction(functions.go))
    assert.is_false(script.isfunction(state))
    assert.is_false(script.isfunction "text")
    assert.equal(1, functions.go.line)
    assert.equal("policy.lua", functions.go.file)
    assert.equal("function at policy.lua:1", tostring(functions.go))
    assert.has_error(function() other:call(functions.go) end)
  end)

  it("finds functions anywhere in a declaration", function()
    local state, _, declarations = load 'rewrite "x" { to = { function(a) return a .. "!" end } }'
    assert.same({ "done", "hi!" }, { state:call(declarations[1][2].to[1], "hi") })
  end)

  it("records events with the line of their function", function()
    local _, _, declarations = load "\n\non.route = function() end"
    assert.equal("on", declarations[1].word)
    assert.equal("route", declarations[1].name)
    assert.equal(3, declarations[1].line)
  end)

  it("says what is wrong, with file and line", function()
    for source, expected in pairs {
      ["x = = 1"] = "^policy.lua:1: .*near '='",
      ["\nlocal x = nil + 1"] = "^policy.lua:2: attempt to perform arithmetic",
      ["error 'no'"] = "^policy.lua:1: no$",
      ["error {}"] = "^policy.lua:1: the script raised a table$",
      ["on.go = 1"] = "^policy.lua:1: on.go has to be a function, it is a number$",
      ["domain = 1"] = "^policy.lua:1: domain belongs to the language; choose another name$",
      ["string = 1"] = "^policy.lua:1: string belongs to the language",
      ["string.x = 1"] = "^policy.lua:1: the library is read%-only$",
      ["mail.x = 1"] = "^policy.lua:1: the library is read%-only$",
      ["local t = {} t[1] = t\ndomain 'a' { t }"] = "^policy.lua:2: domain: a table contains itself$",
      ["\ndomain 'a' { [{}] = 1 }"] = "^policy.lua:2: domain: the keys of a table",
      ["local d = domain 'a' d {} d {}"] = "^policy.lua:1: this domain has its table already$",
      ["ask('crm', 1)"] = "^policy.lua:1: ask is for functions that a route calls",
      ["include 'x'"] = "^policy.lua:1: include has no folder",
      ["\27Lua"] = "^policy.lua: this is a binary chunk; give the script's text$",
    } do
      local declarations, message, code = new():load(source, "@policy.lua", DECLARATORS)
      assert.is_nil(declarations)
      assert.equal("policy-invalid", code)
      assert.truthy(message:find(expected), message)
    end
  end)

  it("copies 16 levels of tables and no more", function()
    local function nested(levels) return ("{"):rep(levels) .. ("}"):rep(levels) end
    local state = new()
    local _, message = state:load("domain 'a' (" .. nested(17) .. ")", "@policy.lua", DECLARATORS)
    assert.equal("policy.lua:1: domain: a table is nested too deeply; 16 levels can be passed", message)
    assert.truthy(state:load("domain 'a' (" .. nested(16) .. ")", "@policy.lua", DECLARATORS))
  end)

  it("can try again after it failed, and forgets what failed", function()
    local state = new()
    assert.is_nil((state:load("x = 1 domain 'a' error 'no'", "@policy.lua", DECLARATORS)))
    local declarations =
      helper.declared(state:load("domain(tostring(x))", "@policy.lua", DECLARATORS))
    assert.equal(1, #declarations)
    assert.equal("nil", declarations[1][1])
    assert.is_nil((state:load("", "@policy.lua")))
  end)

  it("skips a byte order mark and a first line for Unix", function()
    local state = new()
    assert.truthy(state:load("\239\187\191#!/usr/bin/env lua\nlocal x = 1", "@policy.lua"))
    local _, message = new():load("#!\nx x", "@policy.lua")
    assert.truthy(message:find("^policy.lua:2:"), message)
  end)
end)

describe("include", function()
  local files = {
    one = "domain 'one'\ninclude 'two'\ndomain 'one again'",
    two = "domain 'two'\nshared = 2",
    bad = "\nx x",
    self = "include 'self'",
  }
  local function includes(name)
    if files[name] then
      return files[name], "@" .. name .. ".lua"
    end
    return nil, "there is no " .. name
  end

  it("runs other files in their place", function()
    local state, functions, declarations =
      load("include 'one'\ndomain 'last'\nfunction on.go() return shared end", nil, includes)
    local names = {}
    for i, declaration in ipairs(declarations) do
      names[i] = ("%s %s:%d"):format(tostring(declaration[1]), declaration.file, declaration.line)
    end
    assert.same({ "one one.lua:1", "two two.lua:1", "one again one.lua:3", "last policy.lua:2" },
      { names[1], names[2], names[3], names[4] })
    assert.same({ "done", 2 }, { state:call(functions.go) })
  end)

  it("returns what the file does, as it is", function()
    local sources = {
      values = "return 1, nil, 'a'", none = "", shared = "return { 1, f = function() return 7 end }",
      nested = "local t = include 'shared' return t, t.f()",
      many = "return 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16",
    }
    local function answer(name) return sources[name], "@" .. name .. ".lua" end
    local state, functions = load([[
      local a, b, c, d = include "values"
      local count = select("#", include "none")
      local t, seven = include "nested"
      local last = select(16, include "many")
      domain "mark"
      local function none() return include("values") end
      local x = none()
      function on.go() t.f, t[2] = t.f, t[1] return a, b, c, d, count, t.f(), seven, last, x, t[2] end
    ]], nil, answer)
    assert.same({ n = 11, "done", 1, nil, "a", nil, 0, 7, 7, 16, 1, 1 },
      results(state:call(functions.go)))
    sources.values = "return 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17"
    local _, message = new():load("include 'values'", "@policy.lua", DECLARATORS, answer)
    assert.equal("policy.lua:1: the file returns more than 16 values", message)
  end)

  it("fails where the host has no file, where it is wrong, and where it has no end", function()
    for source, expected in pairs {
      ["\ninclude 'three'"] = "^policy.lua:2: there is no three$",
      ["include 'bad'"] = "^bad.lua:2:",
      ["include 'self'"] = "^self.lua:1: include is nested too deeply",
    } do
      local declarations, message, code =
        new():load(source, "@policy.lua", DECLARATORS, includes)
      assert.is_nil(declarations)
      assert.equal("policy-invalid", code)
      assert.truthy(message:find(expected), message)
    end
  end)

  it("fails where the host's function does, and leaves the state usable", function()
    for _, raise in ipairs { function() error("oops", 0) end, function() error({}) end } do
      local state = new()
      local declarations, message, code =
        state:load("\ninclude 'x'", "@policy.lua", {}, raise)
      assert.same({ nil, "policy-invalid" }, { declarations, code })
      assert.truthy(message:find "^policy.lua:2: ", message)
      assert.truthy(state:load("", "@policy.lua"))
    end
  end)

  it("shares one budget", function()
    local state = assert(script.new { load_instructions = 50000, load_milliseconds = 60000 })
    local _, _, code = state:load(("include 'x'\n"):rep(100), "@policy.lua", {},
      function() return "for i = 1, 2000 do local x = i end", "@x.lua" end)
    assert.equal("policy-budget", code)
  end)
end)

describe("a call", function()
  it("passes and returns plain values", function()
    local values = results(run("return ...", nil, true, false, 1, -1.5, "", "a\0b", nil))
    assert.same({ n = 9, "done", nil, true, false, 1, -1.5, "", "a\0b" }, values)
  end)

  it("passes and returns copies of nested tables", function()
    local before = { 1, 2, { a = { b = "c" } }, [10] = false, [true] = "x" }
    local _, after = run("local t = ... t[1] = t[1] return t", before)
    assert.same(before, after)
    assert.not_equal(before, after)
  end)

  it("keeps integers and floats apart where Lua does", function()
    local _, a, b = run("return 1, 1.0")
    assert.equal(tostring(1), tostring(a))
    assert.equal(tostring(1.0), tostring(b))
  end)

  it("keeps addresses addresses, on both sides", function()
    local address = assert(core.parse "SMTP:Kim@example.com")
    local _, text, same, back =
      run("local a = ... return tostring(a), a == mail.parse 'smtp:kim@EXAMPLE.com', a", address)
    assert.equal("SMTP:Kim@example.com", text)
    assert.is_true(same)
    assert.equal(getmetatable(address), getmetatable(back))
    assert.is_true(address == back)
  end)

  it("refuses what cannot cross, and too much of it", function()
    local state, functions = load "function on.go(...) return ... end"
    local cycle = {}
    cycle.cycle = cycle
    for _, value in ipairs { print, io.stdout, coroutine.create(function() end), cycle, { [{}] = 1 }, { print } } do
      assert.has_error(function() state:call(functions.go, value) end)
    end
    local many = {}
    for i = 1, 17 do
      many[i] = i
    end
    assert.has_error(function() state:call(functions.go, (unpack or table.unpack)(many)) end)
    for body, expected in pairs {
      ["return ask"] = "nil, booleans, numbers, strings and tables of them",
      ["return { print = tostring }"] = "nil, booleans, numbers, strings and tables of them",
      ["local t = {} t.t = t return t"] = "a table contains itself",
      ["return 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"] = "at most 16 values",
    } do
      local outcome, code, message = run(body)
      assert.equal("failed", outcome)
      assert.equal("policy-error", code)
      assert.truthy(message:find("^policy.lua:1: " .. expected), message)
    end
  end)

  it("makes verdicts", function()
    assert.same({ "done", { verdict = "reject", message = "no", status = "5.7.1" } },
      { run "return reject('no', '5.7.1')" })
    assert.same({ "done", { verdict = "defer", message = "later" } }, { run "return defer 'later'" })
    assert.same({ "done", { verdict = "pass" } }, { run "return pass()" })
    assert.equal("failed", (run "return reject {}"))
  end)

  it("fails with the file and the line", function()
    assert.same({ "failed", "policy-error", "policy.lua:2: no" }, { run "error 'no'" })
    assert.same({ "failed", "policy-error", "policy.lua:2: what" }, { run "assert(false, 'what')" })
    assert.same({ "failed", "policy-error", "policy.lua:2: assertion failed!" }, { run "assert(nil)" })
    local _, _, bare = run "error('bare', 0)"
    assert.truthy(bare:find "^policy.lua:%d: bare$", bare)
    local _, _, message = run "local a = mail.parse('x') return a.type"
    assert.truthy(message:find "^policy.lua:2: attempt to index", message)
  end)

  it("leaves the state usable when it fails", function()
    local state, functions = load "function on.bad() error 'x' end function on.good() return 1 end"
    for _ = 1, 1000 do
      assert.equal("failed", (state:call(functions.bad)))
      assert.same({ "done", 1 }, { state:call(functions.good) })
    end
  end)

  it("cannot set globals any more", function()
    local outcome, _, message = run "x = 1"
    assert.equal("failed", outcome)
    assert.equal("policy.lua:2: globals cannot be set after loading; make x local", message)
  end)
end)

describe("a question", function()
  it("suspends the script until it is answered", function()
    local state, functions = load "function on.go(k) local a, b = ask('crm', k) return a, b, k end"
    local outcome, suspended, name, key = state:call(functions.go, "key")
    assert.same({ "ask", "crm", "key" }, { outcome, name, key })
    assert.same({ "done", { 1 }, "why", "key" }, { state:resume(suspended, { 1 }, "why") })
    assert.has_error(function() state:resume(suspended) end)
  end)

  it("waits on for an answer that can be passed", function()
    local state, functions = load "function on.go() return ask('x', 1) end"
    local cycle = {}
    cycle.cycle = cycle
    local _, suspended = state:call(functions.go)
    assert.same({ "unpassable", "a table contains itself" }, { state:resume(suspended, cycle) })
    local outcome, why = state:resume(suspended, 1, { [cycle] = 1 })
    assert.equal("unpassable", outcome)
    assert.truthy(why:find("keys of a table", 1, true), why)
    assert.equal("unpassable", (state:resume(suspended, print)))
    assert.same({ "done", "found" }, { state:resume(suspended, "found") })
  end)

  it("may be about a match, and follow another", function()
    local state, functions = load [[
function on.go(a)
  local found = ask("x", { 1 })
  if mail.matches(a, "SMTP:*") then return found, "smtp" end
end]]
    local _, suspended, _, key = state:call(functions.go, "SMTP:a@b.c")
    assert.same({ 1 }, key)
    local outcome, again, address, pattern = state:resume(suspended, "found")
    assert.equal(suspended, again)
    assert.same({ "mail.matches", "SMTP:a@b.c", "SMTP:*" }, { outcome, address, pattern })
    assert.same({ "done", "found", "smtp" }, { state:resume(suspended, true) })
  end)

  it("that the host could not answer ends the call", function()
    local state, functions = load "function on.go()\nlocal x = ask('crm', 1)\nreturn x end"
    local _, suspended = state:call(functions.go)
    assert.same({ "failed", "ask-failed", "policy.lua:2: the line is down" },
      { state:resume(suspended, nil, "the line is down", "fail") })
    assert.equal("ask", (state:call(functions.go)))
  end)

  it("may stand open a thousand times at once", function()
    local state, functions = load "function on.go(n) return n, ask('x', n), ask('y', n) end"
    local suspended_calls = {}
    for i = 1, 1000 do
      local _, suspended = state:call(functions.go, i)
      suspended_calls[i] = suspended
    end
    collectgarbage()
    for i = 1000, 1, -1 do
      assert.equal("ask", (state:resume(suspended_calls[i], -i)))
    end
    collectgarbage()
    for i = 1, 1000 do
      assert.same({ "done", i, -i, 2 * i }, { state:resume(suspended_calls[i], 2 * i) })
    end
  end)

  it("may be answered by another call of the same state", function()
    local state, functions = load [[
function on.outer() return "outer", ask("x", 1) end
function on.inner() return ask("y", 2) end]]
    local _, outer = state:call(functions.outer)
    local _, inner = state:call(functions.inner)
    local _, answer = state:resume(inner, "inner")
    assert.same({ "done", "outer", "inner" }, { state:resume(outer, answer) })
  end)

  it("may be asked while host coroutines wait", function()
    local state, functions = load "function on.go(n) return ask('x', n) + ask('y', n) end"
    local function route(n)
      return coroutine.wrap(function()
        local outcome, suspended, _, key = state:call(functions.go, n)
        while outcome == "ask" do
          outcome, suspended, _, key = state:resume(suspended, (coroutine.yield(key)))
        end
        return outcome, suspended
      end)
    end
    local routes = {}
    for i = 1, 100 do
      routes[i] = route(i)
      assert.equal(i, routes[i]())
    end
    for i = 1, 100 do
      routes[i](1)
    end
    for i = 1, 100 do
      assert.same({ "done", i + 1 }, { routes[i](i) })
    end
  end)

  it("that nobody answers costs nothing in the end", function()
    local state, functions = load "function on.go(n) return ask('x', ('x'):rep(1000) .. n) end"
    local function leave_open(count)
      for i = 1, count do
        assert.equal("ask", (state:call(functions.go, i)))
      end
      collectgarbage()
      collectgarbage()
    end
    for _ = 1, 20 do
      leave_open(500)
    end
    local used, cap = state:memory()
    assert.is_true(used < cap)
    assert.equal("ask", (state:call(functions.go, 1)))
  end)

  it("inside a gsub or sort function is an error of its own", function()
    for _, body in ipairs {
      "return (('abc'):gsub('b', function(x) return ask('x', x) end))",
      "local t = { 1, 2 } table.sort(t, function(a) return ask('x', a) end)",
      "return (('abc'):gsub('b', function(x) return mail.matches(x, x) end))",
    } do
      local outcome, code, message = run(body)
      assert.same({ "failed", "ask-in-callback" }, { outcome, code })
      assert.truthy(message:find "^policy.lua:2: ", message)
    end
  end)

  it("refuses a suspended of another state", function()
    local state, functions = load "function on.go() return ask('x', 1) end"
    local other = load ""
    local _, suspended = state:call(functions.go)
    assert.has_error(function() other:resume(suspended) end)
    assert.has_error(function() state:resume({}) end)
    assert.same({ "done", 1 }, { state:resume(suspended, 1) })
  end)
end)

describe("a state", function()
  it("has limits that are options", function()
    assert.has_error(function() script.new { memroy = 1 } end, "unknown option 'memroy'")
    assert.has_error(function() script.new { memory = 1 } end, "option 'memory' is out of range")
    assert.has_error(function() script.new { memory = "1" } end, "option 'memory' has to be a number")
    local used, cap = assert(script.new { memory = 1024 * 1024 }):memory()
    assert.equal(1024 * 1024, cap)
    assert.is_true(used > 0 and used < cap)
  end)

  it("is refused with a message where it does not fit", function()
    local state, message, code = script.new { memory = 64 * 1024 }
    if not state then
      assert.equal("policy-memory", code)
      assert.is_string(message)
    end
  end)

  it("can be closed at any time, and again", function()
    local state, functions = load "function on.go() return ask('x', 1) end"
    local _, suspended = state:call(functions.go)
    state:close()
    state:close()
    local closed = { "failed", "policy-closed", "the policy is closed" }
    assert.same(closed, { state:resume(suspended, 1) })
    assert.same(closed, { state:call(functions.go) })
    assert.same({ n = 3, nil, "the policy is closed", "policy-closed" }, results(state:load("", "@x")))
    assert.equal(0, (state:memory()))
    assert.equal("script (closed)", tostring(state))
  end)

  it("is kept by its functions and suspended_calls", function()
    local state, functions = load "function on.go() return ask('x', 1) end"
    local call, resume, _, suspended = state.call, state.resume, state:call(functions.go)
    state = setmetatable({ state }, { __mode = "v" })
    collectgarbage()
    collectgarbage()
    assert.truthy(state[1])
    assert.equal("ask", (call(state[1], functions.go)))
    assert.same({ "done", 7 }, { resume(state[1], suspended, 7) })
    functions, suspended = nil, nil
    collectgarbage()
    collectgarbage()
    collectgarbage()
    assert.is_nil(state[1])
    assert.is_nil(functions or suspended)
  end)

  it("stays small over many calls", function()
    local state, functions = load [[
function on.go(a, t) return a .. "x", { t, t } end
function on.none() end]]
    for _ = 1, helper.times(50000) do
      state:call(functions.go, "some text", { 1, 2, { 3 } })
    end
    for _ = 1, helper.times(350000) do
      state:call(functions.none)
    end
    assert.equal("done", (state:call(functions.none)))
    assert.is_true(state:memory() < 8 * 1024 * 1024)
  end)
end)
