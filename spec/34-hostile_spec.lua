-- Hostile bodies in every place where a policy may have a function, and at its
-- top.  Whatever a body does, the host gets a verdict (or a refusal to load), in
-- bounded memory, and nothing is raised; what is without end ends.
-- luacheck: no max line length (a script on one line reads as one row of a table)
local helper = require "spec.helper"
local policy = require "postoffice.policy"

local KIBIBYTES = 64 * 1024 -- of the host's own memory

local VERDICTS = { deliver = true, reject = true, defer = true, pass = true }

local CONNECTOR = [[
connector "out" { speaks = "SMTP", nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
]]

-- A place for a body: it begins with an address `a`, and may return one.
local PLACES = {
  { "on.recipient", "function on.recipient(a, envelope) BODY\nend" },
  { "on.route", "function on.route(a, envelope) BODY\nend" },
  { "on.delivery", "function on.delivery(a, envelope) BODY\nend" },
  { "a rewrite's to", 'rewrite "SMTP:{u}@b.example" { again = true, to = function(a) BODY\nend }' },
  { "a rewrite's match", 'rewrite { match = function(a) BODY\nend, to = "SMTP:x@c.example" }' },
}

-- Bodies by kind.
local KINDS = {
  ["upvalues that live on"] = {
    "kept = kept or 1", "on.recipient = nil", "a.kept = a return a",
    "local function f() return f end return f()",
    "local function f(n) return n == 0 and a or function() return f(n - 1) end end return f(1e5)",
    "local g = a a = function() return g end return a", "envelope = a return envelope",
    "mail = nil", "string = {}", "_ENV = {}", "local _ENV = { a = a } return a",
    "local _ENV = nil return x", "_G = 1", "return _G", "return _ENV",
  },
  ["huge texts"] = {
    "return ('x'):rep(1e6) .. '@b.example'", "return { type = 'SMTP', localpart = ('x'):rep(1e6), domain = 'b.example' }",
    "return ('a@b.example, '):rep(50000)", "return ('\"'):rep(1e6)", "return '[' .. ('X400:'):rep(1e5)",
    "return 'X400:' .. ('c=us;'):rep(1e5)", "return 'IMCEAEX-' .. ('+2C'):rep(3e5) .. '@b.example'",
    "return reject(('x'):rep(1e6))", "return reject('x', ('5.1.1'):rep(1e5))", "return defer(('\\r\\n'):rep(1e5))",
    "error(('x'):rep(1e6))", "error(('%s%n%99999d'):rep(1000))", "assert(nil, ('x'):rep(1e6))",
    "return ('x'):rep(15e6)", "local s = ('x'):rep(5e6) return s, s, s, s", "return ask(('x'):rep(1e6), 'k')",
    "return ask('crm', ('k'):rep(1e6))", "while true do ask('crm', ('k'):rep(6e4)) end",
    "return mail.in_set(('a'):rep(1e6), 's')", "return mail.date(2^53)", "return mail.localpart(a, { profiles = { 'verp-sympa' } })",
    "return mail.matches(('a'):rep(1e6), ('*'):rep(1e6))", "return mail.matches(a, 'SMTP:' .. ('{x}'):rep(1e5))",
    "return mail.format(a, ('x'):rep(1e6))", "return mail.parse(('('):rep(1e6))", "return mail.key(('<'):rep(1e6))",
    "return mail.normalize('smtp:' .. ('@'):rep(1e6))", "return (('%s'):rep(1e5)):format(1)",
    "return ('%99d'):rep(1000):format(unpack({}, 1, 1000))",
  },
  ["deep tables"] = {
    "local t = {} for i = 1, 1e5 do t = { t } end return t", "local t = {} for i = 1, 14 do t = { t, t, t, t } end return t",
    "local t = a for i = 1, 14 do t = { t, t } end return t", "local t = {} for i = 1, 15 do t = { t, t, t, t } end ask('crm', t)",
    "local t = {} for i = 1, 1e5 do t = { t } end ask('crm', t)", "local t = {} for i = 1, 1e5 do t = { t } end return tostring(t)",
    "local t = {} for i = 1, 1e5 do t = { t } end error(t)", "local t = {} for i = 1, 1e5 do t[i] = {} end return t",
    "local t = {} for i = 1, 1e5 do t['k' .. i] = i end return t", "local t = {} for i = 1, 1e5 do t[-i] = i end return t",
    "local t = { type = 'SMTP', localpart = 'a', domain = 'b.example' } for i = 1, 1e5 do t['k' .. i] = i end return t",
    "local t = {} for i = 1, 3e4 do t[i] = 'u' .. i .. '@b.example' end return t", "local t = {} for i = 1, 3e4 do t[i] = a end return t",
  },
  ["cycles"] = {
    "local t = {} t.t = t return t", "local t = {} t[1] = t return t", "local t, u = {}, {} t.u, u.t = u, t return t",
    "local t = {} t[t] = t return t", "a.domain = a return a", "a[1] = a return a", "a[a] = a return a",
    "local t = {} t[1] = t return ask('crm', t)", "local t = {} t.t = t return reject(t)", "local t = {} t.t = t error(t)",
    "local t = reject 'x' t.message = t return t", "local t = reject 'x' t.t = t return t", "envelope.sender = envelope return a",
    "local t = { a } t[2] = t return t",
  },
  ["values that cannot cross, or are no answer"] = {
    "return function() end", "return print", "return on", "return mail", "return string", "return math.huge", "return -math.huge",
    "return 0/0", "return 1", "return true", "return false", "return ''", "return '\\0'", "return {}", "return { {} }", "return { 1, 2, 3 }",
    "return { nil, nil, a }", "return { false }", "return { type = 1 }", "return { type = {} }", "return { type = 'SMTP' }",
    "return { type = 'SMTP', localpart = {}, domain = true }", "return { type = 'NONE', value = {} }", "return { verdict = 'reject' }",
    "return { verdict = {}, message = {} }", "return { verdict = 'deliver' }", "return { verdict = 'pass', status = 1 }",
    "return { [0/1] = a }", "return { [1.5] = a }", "return { [true] = a }", "return { [a] = a }", "return { [1e300] = a }",
    "return a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a", "return unpack({}, 1, 900)", "return reject()", "return reject(nil, nil)",
    "return reject {}", "return reject('x', '9.9.9')", "return reject('x', '2.0.0')", "return reject('a\\r\\nRCPT TO:<x>', '5.7.1')",
    "return defer('\\27[2J\\0')", "return pass(a)", "return reject('x', '5.1.1', {})", "return { reject 'x', a }", "return { a, reject 'x' }",
    "return { defer 'x', { reject 'y' } }", "a.type = 'X400' return a", "a.type = nil return a", "a.localpart = nil return a",
    "a.localpart = 'x\\r\\ny' return a", "a.domain = 'x>' return a", "a.display_name = ('\\r\\n'):rep(9) return a", "a.route = {} return a",
    "a.primary = 'x' return a", "for k in pairs(a) do a[k] = 1 end return a", "for k in pairs(a) do a[k] = nil end return a",
  },
  ["metatables and what stands behind them"] = {
    "return setmetatable({}, {})", "return getmetatable(a).__index", "return getmetatable('').__index", "string.rep = nil",
    "a.__index = a return a.nothing.at.all", "return { __index = a, __call = a, __tostring = a, __gc = a, __close = a, __mode = 'k' }",
    "local x <close> = a", "return a + a", "return a .. a", "return -a", "return #a", "return a < a", "return a()", "return a == mail.parse 'a@b.example' and a",
    "table.insert(a, a) return a", "table.sort(a) return a", "return next(a, 'nothing')", "return rawset", "for k, v in next, a do a[k .. 'x'] = v end return a",
  },
  ["callbacks of sort"] = {
    "local t = {} for i = 1, 1000 do t[i] = i end table.sort(t, function(x, y) t[#t + 1] = x return x < y end) return t",
    "local t = { 3, 2, 1 } table.sort(t, function() return true end) return t", "local t = { 1, 'a', {} } table.sort(t)",
    "local t = { a, a, a } table.sort(t, function(x, y) return x.domain < y.domain end) return t",
    "local t = { 1, 2, 3 } table.sort(t, function() for i = 1, 3 do t[i] = nil end return false end) return t",
    "local t = { 1, 2 } table.sort(t, function() table.sort(t, function() error(t) end) end)", "local t = { 1, 2 } table.sort(t, table.sort)",
    "local t = { 1, 2 } table.sort(t, error)", "local t = { 1, 2 } table.sort(t, ask)", "local t = { 'a', 'b' } table.sort(t, ask)",
    "local t = { 1, 2 } table.sort(t, function() ask('crm', 'x') end)", "local t = { 1, 2 } table.sort(t, function() mail.matches(a, 'SMTP:*') end)",
    "local t = {} for i = 1, 1e5 do t[i] = ('x'):rep(30) .. i end table.sort(t, function(x, y) return x > y end) return t",
    "local t = { 1, 2, 3 } table.sort(t, function(x, y) x.y.z = 1 end)", "table.sort(mail)", "table.sort({ 1, 2 }, reject)",
    "local t = { 0/0, 1, 0/0, 2 } table.sort(t) return t",
  },
  ["callbacks of gsub and gmatch"] = {
    "return (('abc'):gsub('.', function() return ask('crm', 'x') end))", "return (('abc'):gsub('.', ask))",
    "return (('abc'):gsub('.', error))", "return (('abc'):gsub('.', function() error() end))", "return (('abc'):gsub('.', function() return {} end))",
    "return (('abc'):gsub('.', mail.parse))", "return (('abc'):gsub('.', mail))", "return (('abc'):gsub('.', on))",
    "return (('a'):rep(1e5):gsub('.', function() return ('x'):rep(1e3) end))", "return (('a'):gsub('.', string.gsub))",
    "local function f(s) return (s:gsub('.', f)) end return f('abc')", "for x in ('abc'):gmatch '.' do ask('crm', x) end return a",
    "local f = ('abc'):gmatch '.' while true do f() end", "local f = ('a'):rep(1e5):gmatch '()' for p in f do end return a",
    "return (('a'):rep(1e5):gsub('(a*)*b', ''))", "return ('a'):rep(1000):match(('a?'):rep(100) .. ('a'):rep(100))",
    "return (('a'):rep(3e4):find(('.-'):rep(30) .. 'b'))", "return ('('):rep(1000):find(('('):rep(1000))", "return ('x'):find(('['):rep(1e5))",
    "return (('x'):rep(1e4):gsub('%f[%w]', function(x) return x:rep(1e4) end))",
  },
  ["questions where nobody may wait"] = {
    "for _ in function() return ask('crm', 'x') end do end", "for k in pairs(a) do ask('crm', k) end return a",
    "while true do ask('crm', 'x') end", "for i = 1, 1e4 do ask('crm', 'k' .. i) end return a", "return ask()", "return ask(nil, nil)", "return ask('crm')",
    "return ask('nobody', 'x')", "return ask({}, {})", "return ask('crm', function() end)", "return ask('crm', 0/0)", "return ask('crm', a)",
    "return ask('raises', 'x')", "return ask('fails', 'x')", "return ask('odd', 'x')", "return ask('cyclic', 'x')", "return ask('huge', 'x')",
    "return ask('foreign', 'x')", "return ask('many', 'x')", "local f = ask return f('crm', 'x')", "return unpack({ ask('crm', 'x'), ask('crm', 'y') })",
    "return ask('crm', ask('crm', ask('crm', 'x')))", "local function f(n) return n == 0 and a or f(n - 1), ask('crm', n) end return f(150)",
    "include 'x'", "return include('x')", "domain 'late.example' {}", "connector 'late' {}", "settings {}", "test 'late' {}",
  },
  ["errors of every kind"] = {
    "error()", "error(nil)", "error({})", "error(function() end)", "error(error)", "error(a)", "error(0/0)", "error(true)", "error('')", "error('\\0')",
    "error('x', 1e9)", "error('x', -1)", "error('x', 2)", "error('x', 0)", "error('\\r\\n\\27[31m')", "error('policy.lua:1: x')", "error('\\239\\187\\191\\255')",
    "assert(false)", "assert()", "assert(nil, a)", "return a.b.c", "return nil .. a", "return 1 < 'x'", "return {} < {}", "for i = 1, 'x' do end",
    "for i = 1, 10, 0 do end", "local t = {} t[nil] = 1", "local t = {} t[0/0] = 1", "return #nil", "return ('x').y.z", "return 1 % 0", "return math.huge % 1",
    "return select(0)", "return unpack()", "return tostring()", "return next()", "return next({}, 1)", "return pairs(nil)", "return ipairs()", "return type()",
    "local function f() return f() end return f()", "local function f() f() end f()", "local function f(...) return f(1, ...) end return f()",
    "return ('x'):rep(1e9)", "while true do end", "repeat until nil", "goto x ::x:: goto x",
  },
}

-- What the host's directory answers.
local ASK = {
  crm = function(key) return key end,
  raises = function() error { "no text" } end,
  fails = function() return nil, { "no text either" } end,
  odd = function() return print end,
  cyclic = function() local t = {} t[1] = t return t end,
  huge = function() return ("x"):rep(2e6) end,
  foreign = function() return setmetatable({}, { __index = error, __pairs = error, __len = error }) end,
  many = function() return 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19 end,
}

local LIMITS = { ask = ASK, milliseconds = 20, load_milliseconds = 60000 }

local function load_with(body, place)
  local source = place[2]:gsub("BODY", function() return body end)
  return policy.load(CONNECTOR .. source, LIMITS)
end

-- Holds what a routing says; `where` tells of the body.
local function judge_deliveries(loaded, where)
  local ok, deliveries = pcall(loaded.route, loaded, "a@b.example", { sender = "s@t.example" })
  assert.is_true(ok, where .. " raised " .. tostring(deliveries))
  for _, delivery in ipairs(deliveries) do
    assert.truthy(VERDICTS[delivery.verdict], where)
    assert.falsy((delivery.message or ""):find "%c", where)
  end
end

local function judge(body, place)
  local where = body .. " in " .. place[1]
  local loaded, message, code = load_with(body, place)
  if not loaded then -- a body that this Lua, or the compiler, refuses
    assert.truthy(code and message, where)
    return
  end
  collectgarbage()
  local before = collectgarbage "count"
  judge_deliveries(loaded, where)
  judge_deliveries(loaded, where) -- and it left the policy usable
  local used = collectgarbage "count" - before
  assert.is_true(used < KIBIBYTES, ("%s took %.0f KiB of the host"):format(where, used))
  local explains, text = pcall(function() return tostring(loaded:explain "a@b.example") end)
  assert.is_true(explains, where .. " raised " .. tostring(text))
  loaded:close()
end

-- A body is tried in one place, in all where there is the time, and every third body where
-- sanitizers make each slow.
local thorough, hasty = helper.times(10) > 10, helper.times(10) < 10

describe("a hostile body", function()
  for kind, bodies in pairs(KINDS) do
    it("is no match for the host: " .. kind, function()
      for i, body in ipairs(bodies) do
        for p, place in ipairs(PLACES) do
          local chosen = i % #PLACES + 1 == p and not (hasty and i % 3 > 0)
          if thorough or chosen then judge(body, place) end
        end
      end
    end)
  end
end)

-- Sources that a compiler or a declaration may stumble on.
local SOURCES = {
  "x = " .. ("("):rep(1e5) .. "1" .. (")"):rep(1e5), "x = " .. ("{"):rep(1e5) .. ("}"):rep(1e5),
  ("do "):rep(1e5) .. ("end "):rep(1e5), ("function f() "):rep(1e4) .. ("end "):rep(1e4),
  "x = " .. ("not "):rep(1e5) .. "1", "x = " .. ("- "):rep(1e5) .. "1", "x = " .. ("'a' .. "):rep(1e5) .. "'a'",
  "x = 1" .. (" + 1"):rep(1e5), "x = 2" .. (" ^ 2"):rep(1e5), ("local a "):rep(300), "local a" .. (", a"):rep(300),
  "f(" .. ("1, "):rep(300) .. "1)", "x = { " .. ("1, "):rep(3e5) .. "}", "x = 'a" .. ("\\0"):rep(3e5) .. "'",
  "x = [" .. ("="):rep(1e5) .. "[", "--[" .. ("="):rep(1e5) .. "[", "x = '" .. ("a"):rep(3e6), "x = " .. ("1"):rep(1e6),
  "x = 0x" .. ("f"):rep(1e6), ("x"):rep(1e6) .. " = 1", "goto " .. ("x"):rep(1e6), ("\n"):rep(1e6) .. "x", ("\0"):rep(1e6),
  ("::"):rep(1e5), ("a.b"):rep(1e5), "a" .. (".a"):rep(1e5) .. " = 1", "a" .. ("()"):rep(1e5), "a" .. (":a()"):rep(1e5),
  "return " .. ("function() return "):rep(1e4), ("if a then "):rep(1e4), ("while a do "):rep(1e4), ("repeat "):rep(1e4),
  "\27Lua", "\27LJ", "#!" .. ("x"):rep(1e6), "\239\187\191" .. ("\239\187\191"):rep(1e5), "\255\254x\0",
  "for i = 1, 1e9 do domain('d' .. i) {} end", "while true do domain 'x' {} end", "for i = 1, 1e9 do recipient('r' .. i) {} end",
  "local t = {} t.t = t domain 'x' (t)", "local t = {} for i = 1, 1e5 do t = { t } end domain 'x' (t)",
  "local t = {} for i = 1, 14 do t = { t, t, t, t } end domain 'x' { t = t }", "domain(domain)(domain)", "domain 'x' { kind = domain }",
  "domain(('x'):rep(1e7)) {}", "connector 'c' { spaces = { ('SMTP:' .. ('*'):rep(1000)) } }", "on.recipient = error on.recipient()",
  "connector 'c' { spaces = { [1e9] = 'SMTP:*' } }", "connector 'c' { spaces = { x = 'SMTP:*', true } }", "settings { settings = settings }",
  "rewrite(('{a}'):rep(1e4)) { to = 'SMTP:a@b.example' }", "rewrite 'SMTP:*@*' { to = ('{a}'):rep(1e4) }", "test {} {}", "test 'x' { to = {} }",
  "error(setmetatable)", "error({})", "error(('x'):rep(1e6))", "ask('crm', 'x')", "mail.matches('a@b.c', '*')", "include 'x'", "include {}",
  "include(('x'):rep(1e6))", "on.nothing = function() end", "on[on] = on", "on.recipient = 1", "list 'l' { members = { 'l' } }",
  "postoffice 'a' { via = 'b' } postoffice 'b' { via = 'a' }", "recipient 'a' { target = 'b' } recipient 'b' { target = 'a' }",
}

describe("a hostile source", function()
  it("loads, or is refused with a message that fits a screen", function()
    for _, source in ipairs(SOURCES) do
      local ok, loaded, message, code = pcall(policy.load, source, { load_milliseconds = 50 })
      local where = source:sub(1, 60)
      assert.is_true(ok, where .. " raised " .. tostring(loaded))
      if loaded then
        loaded:route "a@b.example"
        loaded:close()
      else
        assert.is_string(code, where)
        assert.is_true(#message < 8192, ("%s: %d bytes"):format(where, #message))
      end
    end
  end)
end)

describe("an address that a script returns", function()
  it("is at most 8192 bytes long", function()
    for body, bytes in pairs {
      ["return ('x'):rep(9000)"] = 9000, ["return { a, ('x'):rep(9000) }"] = 9000,
      ["return { type = 'SMTP', localpart = ('x'):rep(8000), domain = ('x'):rep(189) }"] = 8193,
    } do
      local loaded = assert(policy.load(
        CONNECTOR .. "function on.recipient(a) " .. body .. " end", { milliseconds = 60000 }))
      local delivery = loaded:route("a@b.example")[1]
      assert.same({ "defer", "policy-error" }, { delivery.verdict, delivery.code })
      assert.matches(("an address of %d bytes; 8192 are the most"):format(bytes), delivery.detail, 1, true)
    end
  end)
end)
