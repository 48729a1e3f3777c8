--- What `check` finds in the text of a script: names that nobody has.  Held against the script itself,
-- which fails by them when mail comes, and against luacheck over random ones.

local generate = require "spec.generate"
local helper = require "spec.helper"
local lint_script = require "postoffice.policy.prove.lint_script"
local policy = require "postoffice.policy"
local globals = require "postoffice.policy.language.reference.luacheck"

local HAS_Z = (loadstring or load) "return 'a\\z\n'" ~= nil

local OUT = 'connector "out" { nexthop = "x", spaces = { "SMTP:*" } } '

local function load(source)
  return assert(policy.load(source, { chunkname = "@policy.lua" }))
end

-- What is found in the names of a script, each with its severity and line.
local function findings(source)
  local list = {}
  for _, found in ipairs(load(source):check()) do
    if found.code == "name-unknown" then
      list[#list + 1] = ("%s %d %s; %s"):format(found.severity, found.line, found.message,
        found.advice)
    end
  end
  return list
end

local function in_event(body)
  return OUT .. "\nfunction on.recipient(address, envelope)\n" .. body .. "\nend"
end

describe("a name that nobody has", function()
  local WAITS = ": mail for which it does waits; "

  it("is an error where mail comes to it and waits, by the nearest that there is", function()
    for body, expected in pairs {
      ["mail.foo(address)"] = "uses mail.foo, which no script has" .. WAITS
        .. "mail has date, decapsulate, ",
      ["return mail.pars(address)"] = "uses mail.pars, which no script has" .. WAITS
        .. "did you mean mail.parse?",
      ["local t = table.pack(1)"] = "uses table.pack, which no script has" .. WAITS
        .. 'write { ... }, and select("#", ...)',
      ["local t = string.concat { 'a' }"] = "uses string.concat, which no script has" .. WAITS
        .. "did you mean table.concat?",
      ["local x = mail.fields.size"] = "uses mail.fields, which no script has" .. WAITS
        .. "mail has date, ",
      ["return os.time()"] = "names os, which no script has" .. WAITS
        .. "the time is the envelope's now",
      ["return utf8.char(233)"] = "names utf8, which no script has" .. WAITS
        .. "texts are bytes here",
      ["return ('x'):rep(math.random(3))"] = "names math.random, which no script has" .. WAITS,
      ["return rejct 'x'"] = "uses rejct, which nothing sets" .. WAITS
        .. 'did you mean "reject"?',
      ["return rejct { 'x' }"] = "uses rejct, which nothing sets",
      ["if envelop.size then return nil end"] = "uses envelop, which nothing sets" .. WAITS
        .. 'did you mean "envelope"?',
      ["insert({}, 1)"] = "uses insert, which nothing sets" .. WAITS
        .. "did you mean table.insert?",
      ["return in_set(address, 'x')"] = "uses in_set, which nothing sets" .. WAITS
        .. "did you mean mail.in_set?",
      ["return mial.parse 'a@b.example'"] = "uses mial, which nothing sets" .. WAITS
        .. 'did you mean "mail"?',
      ["return helper:use(1)"] = "uses helper, which nothing sets",
      ["return helper[1]"] = "uses helper, which nothing sets",
      ["return Site.x"] = "uses Site, which nothing sets" .. WAITS .. "set it while the script",
      ["do local gone = 1; gone = 2 end gone()"] = "uses gone, which nothing sets" .. WAITS
        .. "it is a local of another block",
    } do
      local found = findings(in_event(body))
      assert.equal(1, #found, body)
      assert.equal("error 3 " .. expected, found[1]:sub(1, #expected + 8))
      local delivery = load(in_event(body)):route("joe@far.example")[1]
      assert.equal("policy-error", delivery.code, body)
      assert.matches("^policy.lua:3: ", delivery.detail)
    end
  end)

  it("is a warning where it is only looked at: it is always nil", function()
    for body, expected in pairs {
      ["if sender == nil then return nil end"] = "names sender, which nothing sets: it is always"
        .. " nil; write envelope.sender, if the message's is meant",
      ["if DEBUG then return reject 'x' end"] = "names DEBUG, which nothing sets",
      ["if rejct then return rejct 'x' end"] = "names rejct, which nothing sets: it is always nil;"
        .. ' did you mean "reject"?',
      ["if envelope.sendr then return reject 'x' end"] = "reads envelope.sendr, which no envelope"
        .. ' has: it is always nil; did you mean "sender"?',
      ["if envelope.context then return reject 'x' end"] = "reads envelope.context, which no"
        .. " envelope has",
      ["end function on.route(r, e) if r.conector == 'x' then return 'out' end"] = "reads"
        .. ' r.conector, which no route has: it is always nil; did you mean "connector"?',
      ["end function on.delivery(d, e) if d.entri then return reject 'x' end"] = "reads d.entri,"
        .. ' which no delivery has: it is always nil; did you mean "entry"?',
    } do
      local found = findings(in_event(body))
      assert.equal(1, #found, body)
      assert.equal("warning 3 " .. expected, found[1]:sub(1, #expected + 10))
      assert.equal("deliver", load(in_event(body)):route("joe@far.example")[1].verdict, body)
    end
  end)

  it("is nothing that a script has, or looks for", function()
    for _, body in ipairs {
      "if table.pack then return table.pack(1)[1] end",
      "local pack = table.pack or function(...) return { ... } end pack(1)",
      "local rejct = reject local mail = { foo = function() end } mail.foo()",
      "local t = { sender = 1, os = 2, mail = 3 } t.os = t.sender t.foo = nil",
      "local s = 'os.time()' .. [[ io ]] .. [==[ ]] rejct() ]==] .. \"\\\"io\" -- rejct()",
      "--[[ io\nrejct() ]] --[==[ ]] os ]==]",
      "local s = 'b\\\nio'", HAS_Z and "local s = 'a\\z\n   os'" or "",
      "for i = 1, 2 do local sum = i end for k, v in pairs { 1 } do v = k end",
      "repeat local done = true until done",
      "local function count(n) return n > 0 and count(n - 1) or n end count(3)",
      "local self = { f = function(self) return self.x end } self:f()",
      "local function f(...) return select('#', ...) end f(1, 2)",
      "local n = 0x1p4 + 1e+2 + .5 + 3 .. 'x'",
      "local address = { size = 1 } address = address.sizes",
      "do local envelope = {} envelope = envelope.sizes end",
      "return helper.of(made(address)) and nil",
    } do
      local source = in_event(body) .. "\nhelper = {} function helper.of(x) return x end"
        .. "\nfunction made(x) return x end"
      assert.same({}, findings(source), body)
      assert.not_equal("policy-error", load(source):route("joe@far.example")[1].code, body)
    end
  end)

  it("is looked for in what the script includes, by its file", function()
    local p = assert(policy.load(OUT .. "include 'more.lua'"
      .. " function on.route() return shared.of() end", {
        chunkname = "@policy.lua",
        include = function()
          return "shared = { of = function() end }\nfunction on.recipient()\nreturn rejct 'x' end",
            "@more.lua"
        end,
      }))
    local found = p:check()
    assert.same({ "error", "more.lua", 3 }, { found[1].severity, found[1].file, found[1].line })
    assert.is_nil(found[2] and found[2].code:match "name%-unknown")
  end)

  it("is told once of a file, and keeps a revision from going live", function()
    local live = assert(policy.open(function()
      return OUT .. "function on.recipient() return nil end", "@policy.lua"
    end))
    local message = select(2, live:reload(in_event "if 1 > 2 then rejct 'x' end rejct 'y'"))
    assert.matches('uses rejct, which nothing sets.*did you mean "reject"%?', message)
    assert.is_nil(message:match "rejct.*uses rejct")
  end)

  it("is found in a script that was published, and in one with lines before it", function()
    local published = assert(load(in_event "return rejct 'x'"):publication(function() end))
    local p = assert(policy.load(published))
    assert.equal("name-unknown", p:check()[1].code)
    assert.equal("policy-published", select(3, p:save "x"))
    assert.same({}, findings("#!/usr/bin/env postoffice\n" .. in_event "return nil"))
    assert.same({}, findings("\239\187\191#!/usr/bin/env postoffice\n" .. in_event "return nil"))
  end)
end)

describe("what a function looks up by a literal", function()
  local SET = "\nset 'partners' { 'SMTP:*@a.example' } claim 'no set \"partners\" is deferred'"

  -- What is found of it, and what the script says of it when mail comes.
  local function said(body)
    local p, found = load(in_event(body) .. SET), {}
    for _, finding in ipairs(p:check()) do
      local sentence = finding.message:match "^calls (.*)"
      if sentence then found[#found + 1] = ("%s %s"):format(finding.code, sentence) end
    end
    local raised = p:route("joe@far.example")[1].detail
    return found, raised and raised:match "^policy.lua:3: (.*)"
  end

  it("is found where it is no set and no pattern, by the sentence of the script", function()
    for body, code in pairs {
      ["mail.in_set(address, 'partnrs')"] = "name-unknown",
      ['if mail.in_set(envelope.sender, "nobody") then return nil end'] = "name-unknown",
      ["mail . in_set (({ f = function(a, b) return b end }).f(1, address), 'x')"] = "name-unknown",
      ["return mail.matches(address, 'SMTP:*@') and nil"] = "pattern-wrong",
      ["return mail.matches(address, '*@a.example') and nil"] = "pattern-wrong",
      ["return mail.matches(address, 'SMPT:*@a.example') and nil"] = "pattern-wrong",
      ["return mail.matches(address, 'X400:c=us; a=*;{s}') and nil"] = "pattern-wrong",
      ["return mail.matches(address, 'CCMAIL:{u} at {u}') and nil"] = "pattern-wrong",
    } do
      local found, raised = said(body)
      assert.same({ code .. " " .. tostring(raised) }, found, body)
    end
  end)

  it("is nothing else", function()
    for _, body in ipairs {
      "mail.in_set(address, 'partners')", "mail.in_set(address, 'Partners')",
      "mail.matches(address, 'SMTP:*@a.example')", "mail.matches(address, 'PROFS:*')",
      "local name = 'partners' mail.in_set(address, name)",
      "mail.in_set(address, 'part' .. 'ners')", "mail.in_set(address, ('partners'):lower())",
      "local mail = { in_set = function() end } mail.in_set(address, 'x')",
      "mail.matches('a, \"b\"', [[SMTP:*]])", "local s = \"mail.in_set(address, 'x')\"",
      "-- mail.in_set(address, 'x')", "mail.matches(address, 'SMTP:\\\\*@a.example')",
    } do
      local found, raised = said(body)
      assert.same({}, found, body)
      assert.is_nil(raised, body)
    end
  end)
end)

-- ---- Random scripts -----------------------------------------------------------

local NAMES = { "a", "b", "mail", "table", "t", "rejct", "on", "x" }
local FIELDS = { "a", "parse", "pack", "insert", "foo" }

-- A random script of some statements, blocks inside each other.
local function draw(random)
  local function pick(list) return list[random(#list)] end
  local function value()
    local made = { pick(NAMES), pick(NAMES) .. "." .. pick(FIELDS), "{ a = 1, x = b }", "'rejct()'",
      "function(a, ...) return a, x end", pick(NAMES) .. "(1)", "#'x' --[[ t ]]" }
    return pick(made)
  end
  local body
  local function statement(depth)
    local made = {
      "local %s = %s", "local %s, t = %s", "%s, b = %s, 1", "%s = %s", "%s.x = %s", "%s(%s)",
      "for %s = 1, 2 do local y = %s end", "local function %s(a) return %s end",
      "if %s == %s then " .. (depth > 2 and "" or body(depth + 1)) .. " end",
      "repeat local %s = 1 until %s", "do local %s = %s " .. (depth > 2 and "" or body(depth + 1))
        .. " end", "function %s(x) return x, %s end",
      "local function f(t) " .. (depth > 2 and "" or body(depth + 1)) .. " return %s, %s end",
    }
    return pick(made):format(pick(NAMES), value())
  end
  function body(depth)
    local lines = {}
    for i = 1, random(3) do lines[i] = statement(depth) end
    return table.concat(lines, "\n") .. "\n"
  end
  return body(1)
end

-- What luacheck says of texts, of each the globals that nothing sets and the fields that a library has
-- not; nil of one that is no Lua.
local function by_luacheck(texts)
  local folder = os.tmpname()
  os.remove(folder)
  assert(os.execute("mkdir " .. folder))
  for i, text in ipairs(texts) do helper.write(("%s/%d.lua"):format(folder, i), text) end
  helper.write(folder .. "/config", globals.config())
  local _, output = helper.run(("luacheck --no-cache --codes --formatter plain --config %s/config"
    .. " %s/*.lua"):format(folder, folder))
  os.execute("rm -r " .. folder)
  local found = {}
  for i = 1, #texts do found[i] = {} end
  for name, code, said in output:gmatch "/(%d+)%.lua:%d+:[%d-]+: %((%w+)%) ([^\n]*)" do
    local i = tonumber(name)
    if code:find "^E" then found[i] = nil end
    local whole = said:match "undefined variable '([^']+)'"
      or said:match "mutating non%-standard global variable '([^']+)'"
    local field, library = said:match "undefined field '([^']+)' of global '([^']+)'"
    if found[i] and (whole or field) then
      found[i][whole or library .. "." .. field] = true
    end
  end
  return found
end

-- What is found in a text that need not run.
local function by_check(text)
  local names = {}
  local function find(_, _, _, message) names[message:match "^%a+ ([%w_.]+)"] = true end
  lint_script({ compiled = { scripted = true }, state = { late = function() end },
    origin = { source = text, chunkname = "@x", includes = {} } }, find)
  return names
end

describe("names in a long script", function()
  it("are looked for as long as there is time, and not in what is too long for people", function()
    local asked, codes = 0, {}
    local state = { late = function()
      asked = asked + 1
      return asked > 4 and "late" or nil
    end }
    lint_script({ compiled = { scripted = true }, state = state,
      origin = { source = "a() b() c() d() e() f()", chunkname = "@x", includes = {} } },
      function(_, code) codes[#codes + 1] = code end)
    assert.same({ "name-unknown", "name-unknown", "name-unknown", "check-unfinished" }, codes)
    local long = "\n--" .. ("x"):rep(2 ^ 22)
    assert.same({ a = true }, by_check "a()")
    assert.same({}, by_check("a()" .. long))
  end)
end)

describe("names in a random script", function()
  it("are told where luacheck tells them, too", function()
    local random, texts, told = generate.random(20261128), {}, 0
    for i = 1, helper.times(300) do texts[i] = draw(random) end
    local judged = by_luacheck(texts)
    for i, text in ipairs(texts) do
      for name in pairs(judged[i] and by_check(text) or {}) do
        assert.truthy(judged[i][name], name .. " in\n" .. text)
        told = told + 1
      end
    end
    assert.is_true(told > #texts / 10, told)
  end)
end)

describe("what an event returns by a literal", function()
  local function said(event, body)
    local p, found = load(OUT .. "\nfunction on." .. event .. "(given)\n" .. body .. "\nend"), {}
    for _, finding in ipairs(p:check()) do
      local sentence = finding.message:match "^fails: (.*)"
      if sentence then
        found[#found + 1] = ("%s %d %s"):format(finding.code, finding.line, sentence)
      end
    end
    return found, p:route("joe@far.example", { may_relay = true })[1].detail
  end

  it("is found where it is no connector or no address, by the sentence that mail would wait with",
    function()
      for body, event in pairs {
        ["return 'outt'"] = "route", ['if given.cost then return "" end'] = "route",
        ["return 'joe@'"] = "recipient", ["do return 'joe'; end"] = "recipient",
        ["if given.domain == 'far.example' then return 'SMTP:joe@a..b' else return nil end"] =
          "recipient",
      } do
        local found, raised = said(event, body)
        assert.same({ "return-wrong 3 " .. tostring(raised) }, found, body)
      end
    end)

  it("is nothing else", function()
    for body, event in pairs {
      ["return 'out'"] = "route", ["return 'OUT'"] = "route", ["return ('OUT'):lower()"] = "route",
      ["return 'ou' .. 't'"] = "route", ["-- return 'outt'"] = "route",
      ["local function f() return 'outt' end f()"] = "route",
      ["return 'joe@a.example'"] = "recipient", ["return { 'joe@a.example' }"] = "recipient",
      ["return 'CCMAIL:Joe at HQ'"] = "recipient", ["return reject 'x'"] = "recipient",
      ["local f = { f = function() return 'x' end } f.f()"] = "recipient",
    } do
      local found, raised = said(event, body)
      assert.same({}, found, body)
      assert.is_nil(raised and raised:match "returned", body)
    end
  end)
end)
