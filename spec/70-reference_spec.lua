-- The reference of the language of policies, held against what policies do: what is new without an
-- entry fails here.  development.md of the manual says where one goes.
local addresses = require "postoffice.address"
local core = require "postoffice.core"
local envelope = require "postoffice.policy.route.envelope"
local generate = require "spec.generate"
local graph = require "spec.graph"
local help_page = require "postoffice.cli.help_page"
local new_page = require "postoffice.cli.page"
local helper = require "spec.helper"
local language = require "postoffice.policy.language.words"
local lists = require "postoffice.lists"
local matchers = require "postoffice.policy.pattern.matchers"
local policies = require "spec.policies"
local policy = require "postoffice.policy"
local reference = require "postoffice.policy.language.reference"
local spaces = require "postoffice.policy.pattern.spaces"
local support = require "spec.60-cli_support"
local typed = require "spec.typed"

require "postoffice.types"

-- The fields of a record, or nil.
local function records(name)
  local entry = reference.find(name)
  return entry and entry.kind == "record" and entry.fields or nil
end

local function names_of(kind) return lists.names(reference.of_kind(kind)) end

local function sorted(list)
  table.sort(list)
  return list
end

-- ---- Entries ----------------------------------------------------------------

describe("an entry", function()
  it("has a name of its own", function()
    local seen = {}
    for _, one in ipairs(reference.groups()) do
      for _, entry in ipairs(one.entries) do
        assert.is_nil(seen[entry.name], entry.name)
        seen[entry.name] = true
        assert.equal(entry, (reference.find(entry.name)))
      end
    end
  end)

  it("says what it is, and what its fields are", function()
    local function check(where, item)
      assert.is_string(item.doc, where)
      assert.truthy(#item.doc > 2, where)
      for _, list in ipairs { item.fields or {}, item.arguments or {} } do
        for _, field in ipairs(list) do check(where .. "." .. field.name, field) end
      end
      for _, list in ipairs { item.answers or {}, item.returns or {} } do
        for _, answer in ipairs(list) do assert.is_string(answer[2], where) end
      end
    end
    for _, one in ipairs(reference.groups()) do
      for _, entry in ipairs(one.entries) do check(entry.name, entry) end
    end
  end)

  it("has types that can be read, of names that are known", function()
    local known = lists.set { "string", "number", "integer", "boolean", "table", "function", "nil",
      "any", "true", "false" }
    local function check(where, text)
      typed.each_name(text, function(name)
        assert.truthy(known[name] or records(name), where .. ": " .. name)
      end)
    end
    local function check_fields(where, fields)
      for _, field in ipairs(fields or {}) do
        assert.is_string(field.type, where .. "." .. field.name .. " has no type")
        check(where .. "." .. field.name, field.type)
        check_fields(where .. "." .. field.name, field.fields)
      end
    end
    for _, one in ipairs(reference.groups()) do
      for _, entry in ipairs(one.entries) do
        check_fields(entry.name, entry.fields)
        check_fields(entry.name, entry.arguments)
        for _, answer in ipairs(entry.answers or entry.returns or {}) do
          check(entry.name, answer[1])
        end
      end
    end
  end)
end)

-- The files beside those of the check that find something.
local FINDERS = { ["patience.lua"] = true, ["fixpoints.lua"] = true, ["fitness.lua"] = true }

-- The codes that `check` may tell, as its modules write them, by severity.
local function told_by_check()
  local told = {}
  for path, source in pairs(graph.sources "lua/postoffice") do
    local name = path:match "[^/]+$"
    if path:find "prove/lint" or FINDERS[name] then
      for code in source:gmatch '%f[%w]code = "([%l-]+)"' do told[code] = true end
      for code in source:gmatch '%f[%w]find%([^()\n]*"([%l]+%-[%l-]+)",%s*[%a_.{]' do
        told[code] = true
      end
      for prefix in source:gmatch '"(%-near%-miss)"' do
        for _, what in ipairs { "space", "target" } do told[what .. prefix] = true end
      end
    end
  end
  return told
end

describe("what check finds", function()
  it("has an entry each, with its cause and remedy", function()
    local told = told_by_check()
    for _, entry in ipairs(require "postoffice.policy.language.reference.findings") do
      assert.truthy(told[entry.name], entry.name .. " is found nowhere")
      told[entry.name] = nil
      local page = select(2, support.run { "help", entry.name })
      assert.matches("\n  cause ", page, 1, true)
      assert.matches("\n  remedy ", page, 1, true)
    end
    assert.same({}, lists.keys(told))
  end)
end)

-- Whether a text is Lua.
local function is_lua(text) return (loadstring or load)(text) ~= nil end

describe("an example of the reference", function()
  it("is Lua", function()
    local function check_fields(where, fields)
      for _, field in ipairs(fields or {}) do
        local text = field.example
        assert.truthy(not text or is_lua("return " .. text), where .. "." .. field.name)
        check_fields(where .. "." .. field.name, field.fields)
      end
    end
    for _, kind in ipairs { "word", "event", "function" } do
      for _, entry in ipairs(reference.of_kind(kind)) do
        assert.truthy(not entry.example or is_lua(entry.example), entry.name)
        check_fields(entry.name, entry.fields)
      end
    end
  end)

  it("loads as a policy, and routes, if it is an event's", function()
    for _, event in ipairs(reference.of_kind "event") do
      local p = assert(policy.load(event.example
        .. '\nconnector "scanner" { nexthop = "x", spaces = { "SMTP:*" } }', { ask = {} }))
      for _, to in ipairs { "kim@old.example", "FAX:1" } do
        local delivery = p:route(to, { client = "192.0.2.25", now = 1 })[1]
        local where = ("%s: %s"):format(event.name, tostring(delivery.detail))
        assert.truthy(delivery.code ~= "policy-error", where)
      end
      p:close()
    end
  end)

  it("runs, if it is a function's", function()
    local BEFORE = 'set "partners" { "SMTP:*@old.example" }\n'
      .. 'connector "relay" { nexthop = "x", spaces = { "SMTP:*" } }\n'
    for _, entry in ipairs(reference.of_kind "function") do
      if entry.in_functions and entry.example then
        local p = assert(policy.load(BEFORE .. "function on.route(route, envelope)"
          .. " local address = route.address " .. entry.example .. " end", { ask = {} }))
        local delivery = p:route("kim@old.example", { now = 1 })[1]
        local is_address = entry.name == "mail.encapsulate" -- which on.route does not return
        assert.truthy(is_address or delivery.code ~= "policy-error",
          entry.name .. ": " .. tostring(delivery.detail))
        p:close()
      end
    end
  end)
end)

-- ---- What a script sees -----------------------------------------------------

-- Names that may be in a script: whatever stands in quotes in the sources, and Lua's own.
local function candidates()
  local set = {}
  local function add(name)
    if name:find "^[%a_][%w_]*$" then set[name] = true end
  end
  local sources = helper.output "cat csrc/sandbox/*.[ch] csrc/glue/*.[ch] csrc/dialect/x400/*.h"
  for name in sources:gmatch '"([%a_][%w_]*)"' do add(name) end
  for name in pairs(language.words) do add(name) end
  for name, value in pairs(_G) do
    if type(name) == "string" then add(name) end
    if type(value) == "table" then
      for field in pairs(value) do
        if type(field) == "string" then add(field) end
      end
    end
  end
  for _, entry in ipairs(reference.of_kind "function") do add((entry.name:gsub("^.*%.", ""))) end
  return lists.keys(set)
end

local KEYWORDS = lists.set {
  "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
  "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
}

-- Which of some expressions are there in a script; an error is none.
local function present(expressions)
  local state = assert(core.script.new { load_milliseconds = 60000, milliseconds = 60000,
    load_instructions = 1e9 })
  local lines = {}
  for i, expression in ipairs(expressions) do
    lines[i] = ("on.f%d = function() return type(%s) end"):format(i, expression)
  end
  local found = {}
  local declared = assert(helper.declared(state:load(table.concat(lines, "\n"), "@probe",
    language.declarators())))
  for i, declaration in ipairs(declared) do
    local outcome, kind = state:call(declaration[1])
    if outcome == "done" and kind ~= "nil" then found[#found + 1] = expressions[i] end
  end
  state:close()
  return found
end

-- All names that the reference has of what a script sees: global ones, and in libraries.
local function referred()
  local names = { mail = true, on = true }
  for _, kind in ipairs { "word", "function" } do
    for _, name in ipairs(names_of(kind)) do names[name] = true end
  end
  for _, entry in ipairs(reference.of_kind "library") do
    for library, fields in pairs(entry.has) do
      if library ~= "" then names[library] = true end
      for _, field in ipairs(fields) do
        names[library == "" and field or library .. "." .. field] = true
      end
    end
  end
  return names
end

describe("a script", function()
  it("sees what the reference has, and nothing else", function()
    local expressions = {}
    local libraries = { "mail", "math", "string", "table" }
    for _, name in ipairs(candidates()) do
      if not KEYWORDS[name] then
        expressions[#expressions + 1] = name
        for _, library in ipairs(libraries) do
          expressions[#expressions + 1] = library .. "." .. name
        end
      end
    end
    assert.same(lists.keys(referred()), sorted(present(expressions)))
  end)

  it("has each global of Lua, or is told what to do instead", function()
    local has, lacks = referred(), lists.set(names_of "lack")
    local globals = helper.output(("%s -e 'for name in pairs(_G) do print(name) end'"):format(
      helper.quote(helper.lua)))
    for name in globals:gmatch "%S+" do
      assert.truthy(has[name] or lacks[name], name)
      assert.falsy(has[name] and lacks[name], name)
    end
  end)

  it("calls functions where the reference says so", function()
    local CALLED = {
      ask = 'ask("x", "y")', include = 'include "x"',
      ["mail.matches"] = 'mail.matches("a@b.example", "SMTP:*")',
      ["mail.in_set"] = 'mail.in_set("a@b.example", "s")',
      ["mail.localpart"] = 'mail.localpart("a+b@b.example")', ["mail.date"] = "mail.date(0)",
    }
    local SET = ' set "s" { "SMTP:*" } '
    for _, entry in ipairs(reference.of_kind "function") do
      local call = CALLED[entry.name]
      assert.equal(call ~= nil, not (entry.in_functions and entry.while_loading), entry.name)
      if call then
        local loads = policy.load(call .. SET .. 'domain "a.example" {}', {
          include = function() return "" end, ask = { x = {} },
        })
        assert.equal(entry.while_loading or false, loads ~= nil, entry.name)
        local p = assert(policy.load(SET .. ("function on.recipient() %s end"):format(call), {
          ask = { x = {} },
        }))
        local fails = p:route("a@b.example")[1].code == "policy-error"
        assert.equal(entry.in_functions or false, not fails, entry.name)
      end
    end
  end)

  it("fails on bad data where the reference says so, and as it says", function()
    local BAD = '"\\1@"'
    for _, entry in ipairs(reference.of_kind "function") do
      if entry.fails and entry.while_loading then
        local more = { ["mail.equal"] = ', "a@b.example"',
          ["mail.encapsulate"] = ', "SMTP", { domain = "a.example" }' }
        local state = assert(core.script.new())
        local call = ("%s(%s%s)"):format(entry.name, BAD, more[entry.name] or "")
        local declared = helper.declared(state:load("on.f = function() return " .. call .. " end",
          "@f", {}))
        local outcome, value, message, code = state:call(declared[1][1])
        assert.equal("done", outcome, entry.name)
        assert.equal(entry.fails, tostring(value), entry.name)
        assert.is_string(message, entry.name)
        assert.truthy(core.message(code), entry.name)
      end
    end
  end)
end)

-- The options that a function names when it is given another.
local function known_options(name)
  local _, message = pcall(core[name], "a@b.example", { ["?"] = 1 })
  local list = {}
  for option in message:match "known: (.*)$":gmatch "[%w_]+" do list[#list + 1] = option end
  return list
end

-- Whether a shell of a type has no such field.
local function refuses(type_name, field)
  local _, message = pcall(core.encapsulate, "a@b.example", type_name, { [field] = "x" })
  return tostring(message):find("unknown option '" .. field, 1, true) ~= nil
end

describe("the options of the functions in mail", function()
  it("are those that these take", function()
    for _, case in ipairs {
      { "options", { "parse", "validate", "normalize" } }, { "style", { "format" } },
    } do
      local fields, set = records(case[1]), {}
      for _, name in ipairs(case[2]) do
        for _, option in ipairs(known_options(name)) do set[option] = true end
        for _, field in ipairs(fields) do
          local _, message = pcall(core[name], "a@b.example", { [field.name] = 1 })
          if not tostring(message):find "^unknown option" then set[field.name] = true end
        end
      end
      assert.same(lists.keys(set), sorted(lists.names(fields)), case[1])
    end
  end)

  it("say where a gateway is, each of some type", function()
    for _, field in ipairs(records "shell") do
      local is_taken = false
      for _, name in ipairs(core.types()) do
        local carries = refuses(name, "?") and not refuses(name, field.name)
        is_taken = is_taken or carries
      end
      assert.is_true(is_taken, field.name)
    end
  end)
end)

-- ---- Events -----------------------------------------------------------------

-- A policy in which each function can be put, and an address that comes by it.
local TRIED = [[
domain "here.example" {}
recipient "Kim" { proxies = { "SMTP:kim@here.example" } }
connector "line" { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
connector "other" { nexthop = "smtp:[192.0.2.8]:25", spaces = { { "SMTP:*", cost = 2 } } }
]]

local PLACE = {
  ["rewrite.match"] = 'rewrite { match = %s, to = "SMTP:kim@here.example" }',
  ["rewrite.to"] = 'rewrite "SMTP:{user}@far.example" { to = %s }',
}

-- The delivery of an address by a policy in which an event is a function, and what the host was shown.
local function try(event, fn, given)
  local shown = {}
  local place = PLACE[event.name] or event.name .. " = %s"
  local p = assert(policy.load(TRIED .. place:format(fn), {
    ask = { shown = function(value) shown[#shown + 1] = value end },
  }))
  local delivery = p:route("u@far.example", given)[1]
  p:close()
  return delivery, shown
end

-- Values by what a function would write.
local SAMPLES = {
  { "nil", "nil" }, { "false", false }, { "true", true }, { "1", 1 },
  { '{ user = "x" }', { user = "x" } }, { "{}", {} }, { "reject()", { verdict = "reject" } },
  { 'defer("x", "4.2.0")', { verdict = "defer", message = "x", status = "4.2.0" } },
  { "pass()", { verdict = "pass" } }, { '{ "a@far.example" }', { "a@far.example" } },
  { '{ 1 }', { 1 } }, { "{ verdict = 1 }", { verdict = 1 } },
  { '{ type = "SMTP", localpart = "a", domain = "b.example" }',
    { type = "SMTP", localpart = "a", domain = "b.example" } },
}

-- Whether a value is one of the answers of an event.
local function is_answer(event, value)
  for _, answer in ipairs(event.answers) do
    if value == "nil" and answer[1] == "nil" then return true end
    if value ~= "nil" and typed.is(answer[1], value, records) then return true end
  end
  return false
end

describe("the events of the reference", function()
  it("are those that are called", function()
    local called = {}
    local source = helper.output "cat lua/postoffice/policy/route/*.lua csrc/glue/survey.c"
    for _, pattern in ipairs { 'script%.event%(%s*routing,%s*"(%w+)"', "compiled%.on%.(%w+)" } do
      for name in source:gmatch(pattern) do called["on." .. name] = true end
    end
    local named = {}
    for _, event in ipairs(reference.of_kind "event") do
      local word, field = event.name:match "^(%w+)%.(%w+)$"
      if word == "on" then
        named[event.name] = true
      else
        assert.truthy(language.words[word].fields[field].kind:find "function", event.name)
      end
    end
    assert.same(lists.keys(called), lists.keys(named))
  end)

  it("tell of each field of a word that takes a function", function()
    for _, entry in ipairs(reference.of_kind "word") do
      for _, field in ipairs(entry.fields) do
        if field.kind:find "function" then
          local event = reference.find(entry.name .. "." .. field.name)
          assert.equal("event", event and event.kind, entry.name .. "." .. field.name)
        end
      end
    end
  end)

  for _, event in ipairs(reference.of_kind "event") do
    it(event.name .. " get what it says", function()
      local names = lists.names(event.arguments)
      local fn = ("function(...) local n = select('#', ...) ask('shown', n) for i = 1, n do"
        .. " ask('shown', (select(i, ...))) end end")
      local _, shown = try(event, fn, { sender = "a@b.example", size = 1 })
      assert.equal(#names, shown[1])
      for i, argument in ipairs(event.arguments) do
        assert.truthy(typed.is(argument.type, shown[i + 1], records), argument.name)
      end
    end)

    it(event.name .. " may return what it says, and nothing else", function()
      local text = event.name == "on.route" and "other" or "a@far.example"
      local samples = { { ('"%s"'):format(text), text } }
      for _, sample in ipairs(SAMPLES) do samples[#samples + 1] = sample end
      for _, sample in ipairs(samples) do
        local delivery = try(event, ("function() return %s end"):format(sample[1]))
        local is_any = event.name == "rewrite.match" -- takes whatever is true
        assert.equal(is_any or is_answer(event, sample[2]), delivery.code ~= "policy-error",
          ("%s returns %s: %s"):format(event.name, sample[1], tostring(delivery.detail)))
      end
    end)
  end

  it("on.delivery may return its argument", function()
    local delivery = try(reference.find "on.delivery", "function(d) return d end")
    assert.equal("deliver", delivery.verdict)
  end)
end)

-- ---- Envelopes and deliveries -----------------------------------------------

describe("the envelope of the reference", function()
  local entry = reference.find "envelope"

  it("has the fields that a host can say", function()
    assert.same(envelope.names, sorted(lists.names(entry.fields)))
  end)

  it("says of which types they are", function()
    local VALUES = { "x", 1, true, {} }
    for _, field in ipairs(entry.fields) do
      for _, value in ipairs(VALUES) do
        local text = field.given and field.given[1] or field.type
        local is = typed.is(text, value, records)
          or type(value) == "table" and text:find "address" ~= nil -- bad data, not a mistake
        assert.equal(is, (pcall(envelope.check, { [field.name] = value }, 1)),
          field.name .. ": " .. type(value))
      end
    end
  end)
end)

-- Without its own events, with some that show the host what they get; they begin with its last line.
local SHOWING = [[

function on.recipient(_, e) ask("shown", { "envelope", e }) end
function on.route(r, e) ask("shown", { "route", r }) ask("shown", { "envelope", e }) end
function on.delivery(d, e) ask("shown", { "delivery", d }) ask("shown", { "envelope", e }) end
]]

-- Notes what a table has of a record; its fields have to be those of the reference.
local function note(seen, name, value, where)
  local fault = typed.fault(records(name), value, records)
  if fault then error(("%s: %s\n%s"):format(name, fault, where), 0) end
  seen[name] = seen[name] or {}
  for field, item in pairs(value) do
    seen[name][field] = true
    if name == "delivery" and field == "hop" then note(seen, "hop", item, where) end
    if name == "delivery" and field == "alternatives" then
      for _, other in ipairs(item) do note(seen, "alternative", other, where) end
    end
  end
end

-- What random policies show and return, noted in `seen`.
local function note_policy(seen, seed, tries)
  local asks, where = policies.asks(), nil
  asks.shown = function(shown) note(seen, shown[1], shown[2], where) end
  local function load(text)
    text = text:gsub("\non%.%w+ = [^\n]*", "\n")
    return policy.load(text .. SHOWING, {
      chunkname = policies.CHUNKNAME, ask = asks, secrets = policies.SECRETS,
      include = policies.include, milliseconds = 60000, load_milliseconds = 60000,
    })
  end
  local p, text = policies.load(seed, load)
  for _ = 1, tries do
    local to, given = policies.recipient(), policies.envelope()
    where = ("%s\n-- to %s"):format(text, policies.quote(to))
    for _, delivery in ipairs(p:route(to, given)) do note(seen, "delivery", delivery, where) end
  end
  p:close()
end

-- What random policies hardly ever say.
local RARE = [[
domain "here.example" {}
postoffice "HQ" {}
postoffice "INET" { via = "HQ", gateway = "SMTP" }
connector "hq" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" } }
connector "line" { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
]]

describe("what the reference has of", function()
  local seen = {}
  lazy_setup(function()
    for seed = 1, 40 do note_policy(seen, seed + 9000000, 30) end
    local p = assert(policy.load(RARE))
    for _, to in ipairs {
      "kim@far.example", "\195\169@far.example", "CCMAIL:kim@far.example at INET",
      { "a@far.example", "A@FAR.example" },
    } do
      for _, delivery in ipairs(p:route(to)) do note(seen, "delivery", delivery, RARE) end
    end
    p:close()
  end)

  for _, name in ipairs { "delivery", "hop", "alternative", "route", "envelope" } do
    it(name .. " is what random policies have", function()
      local fields = {}
      for _, field in ipairs(records(name)) do
        if not field.hidden then fields[#fields + 1] = field.name end
      end
      assert.same(sorted(fields), lists.keys(seen[name]))
    end)
  end

  it("a verdict is what functions make", function()
    local state = assert(core.script.new())
    local declared = helper.declared(state:load(
      'on.f = function() return reject("a", "5.0.0", "b"), pass() end', "@f", {}))
    local _, full, empty = state:call(declared[1][1])
    assert.is_nil(typed.fault(records "verdict", full, records))
    assert.is_nil(typed.fault(records "verdict", empty, records))
    assert.same(sorted(lists.names(records "verdict")), lists.keys(full))
  end)
end)

-- ---- Addresses --------------------------------------------------------------

describe("the address types of the reference", function()
  it("are those that there are", function()
    local there = core.types()
    for file in helper.output "ls lua/postoffice/types":gmatch "(%w+)%.lua" do
      if file ~= "init" and file ~= "pair" then there[#there + 1] = file:upper() end
    end
    assert.same(sorted(there), sorted(names_of "type"))
  end)

  it("have the fields that these have", function()
    for _, entry in ipairs(reference.of_kind "type") do
      local known = core.fields(entry.name)
      assert.equal(known == nil, entry.defined or false, entry.name)
      if known then assert.same(known, lists.names(entry.fields), entry.name) end
      local parsed = assert(core.parse(entry.example), entry.example)
      local set = lists.set(lists.names(entry.fields))
      for name in pairs(parsed) do
        assert.truthy(set[name] or not addresses.is_own_field(name), entry.name .. "." .. name)
      end
    end
  end)

  it("say which of them an address may do without", function()
    for _, name in ipairs(core.types()) do
      local always = {}
      for _, field in ipairs(core.fields(name)) do always[field] = true end
      for seed = 1, 200 do
        local made = lists.contains(generate.TYPES, name) and generate.address(seed, name)
          or core.parse(reference.find(name).example)
        for field in pairs(always) do always[field] = made[field] ~= nil or nil end
      end
      for _, field in ipairs(reference.find(name).fields) do
        if not field.optional then
          assert.truthy(always[field.name], name .. "." .. field.name)
        end
      end
    end
  end)

  it("have beside them what belongs to a notation", function()
    local beside = lists.set(core.notation_fields)
    for _, field in ipairs(records "address") do beside[field.name] = nil end
    assert.same({}, beside)
  end)
end)

-- ---- Patterns and codes -----------------------------------------------------

describe("a pattern of the reference", function()
  for _, entry in ipairs(reference.of_kind "syntax") do
    for _, trial in ipairs(entry.trials or {}) do
      it(trial[1] .. (trial[3] and " matches " or " does not match ") .. trial[2], function()
        assert.same(trial[3], matchers.matches(trial[2], assert(matchers.read(trial[1]))))
      end)
    end
  end
end)

describe("an address space of the reference", function()
  it("is of the class that it says, and each class has one", function()
    local entry, seen = reference.find "spaces", {}
    for _, shown in ipairs(entry.classes) do
      assert.equal(shown[2], assert(spaces.read(shown[1])).class, shown[1])
      seen[shown[2]] = true
    end
    for _, row in ipairs(entry.rows) do
      assert.truthy(seen[row[1]], row[1])
      seen[row[1]] = nil
    end
    assert.same({}, seen)
  end)
end)

describe("a code of the reference", function()
  it("has its sentence and status", function()
    assert.same(core.codes(), names_of "code")
    for _, entry in ipairs(reference.of_kind "code") do
      local sentence, status = core.message(entry.name)
      assert.same({ sentence, status }, { entry.doc, entry.status })
    end
  end)
end)

describe("a code's cause and remedy", function()
  it("are told of each code, and of nothing else", function()
    assert.same(lists.keys(lists.set(core.codes())), lists.keys(reference.causes()))
  end)

  it("are two clauses, and the cause is more than the sentence says", function()
    for _, entry in ipairs(reference.of_kind "code") do
      for _, text in ipairs { entry.cause, entry.remedy } do
        assert.truthy(#text > 5 and not text:find "[^.][.]$", entry.name)
      end
      assert.is_nil(entry.doc:find(entry.cause, 1, true), entry.name)
    end
  end)

  it("are printed", function()
    local _, output = support.run { "help", "recipient-unknown" }
    assert.matches("\n  cause   the address is in a domain that is local", output, 1, true)
    assert.matches("\n  remedy  `postoffice explain` shows", output, 1, true)
  end)
end)

-- ---- The command ------------------------------------------------------------

-- The lines that are printed for a name on a terminal.
local function page_of(name, width)
  local entry, field = reference.find(name)
  local page = new_page(width)
  if field then return help_page.field(page, name, entry, field) end
  return help_page.entry(page, entry)
end

describe("postoffice help", function()
  it("prints each name, in lines of the terminal's width", function()
    for _, width in ipairs { 60, 80, 100 } do
      for _, name in ipairs(reference.names()) do
        local lines, example = page_of(name, width), reference.find(name).example or ""
        assert.truthy(lines[1]:find(name, 1, true), name)
        for _, line in ipairs(lines) do
          local is_example = example:find(line:sub(3), 1, true)
          local is_one_word = not line:find "%S +%S"
          assert.truthy(#line <= width or is_example or is_one_word, name .. ": " .. line)
        end
      end
    end
  end)

  it("is as wide as the terminal, or 80 characters", function()
    local function run(columns, environment)
      return select(2, support.run({ "help", "connector" }, {
        environment = environment, terminals = { stdout = columns ~= nil },
        columns = function() return columns end,
      }))
    end
    local function page(width) return table.concat(page_of("connector", width), "\n") .. "\n" end
    assert.equal(page(80), run(nil, { COLUMNS = "100" }))
    assert.equal(page(100), run(70, { COLUMNS = "100" }))
    assert.equal(page(70), run(70))
    assert.equal(page(80), run(false))
    assert.equal(page(40), run(7))
  end)

  it("tells what there is", function()
    local status, output = support.run { "help" }
    assert.equal(0, status)
    for _, kind in ipairs { "word", "event", "function", "record", "type", "syntax" } do
      for _, name in ipairs(names_of(kind)) do
        assert.truthy(output:find("\n  " .. name, 1, true), name)
      end
    end
  end)

  it("lists groups, and the codes of a status", function()
    for _, one in ipairs(reference.groups()) do
      local _, output = support.run { "help", one.name }
      assert.truthy(output:find(one.entries[1].name, 1, true), one.name)
    end
    local _, output = support.run { "help", "5.1.6" }
    assert.matches("^Codes with the status 5.1.6\n  recipient%-gone  5.1.6  whoever", output)
  end)

  it("lists the fields of a name", function()
    local _, output = support.run { "help", "max_size" }
    for _, word in ipairs { "connector", "list", "recipient" } do
      assert.truthy(output:find("\n  " .. word .. ".max_size ", 1, true), output)
    end
    _, output = support.run { "help", "dda1_type" }
    assert.matches("\n  connector.wrap.dda1_type", output, 1, true)
  end)

  it("takes any case", function()
    local _, upper = support.run { "help", "FAX" }
    local _, lower = support.run { "help", "fax" }
    assert.equal(upper, lower)
  end)

  it("tells of Lua's libraries by their names and those in them", function()
    local _, library = support.run { "help", "library" }
    for _, name in ipairs { "string", "string.rep", "pairs", "math.pi" } do
      local _, output = support.run { "help", name }
      assert.equal(library, output, name)
    end
    for _, name in ipairs { "", "string.pi", "string." } do
      assert.equal(2, (support.run { "help", name }), name)
    end
  end)

  it("says what was probably meant", function()
    local status, output, errors = support.run { "help", "conector.space" }
    assert.same({ 2, "" }, { status, output })
    assert.matches('has no "conector.space"; did you mean "connector.spaces"?', errors, 1, true)
    status, output, errors = support.run { "help", "qqqqqqqqqqqqqqq" }
    assert.same({ 2, "" }, { status, output })
    assert.matches("postoffice help lists what it has", errors, 1, true)
  end)
end)

-- ---- luacheck ---------------------------------------------------------------

-- Runs luacheck on files with the configuration that the command prints: its status and output.
local function run_luacheck(files)
  local _, config = support.run { "help", "luacheck" }
  local path = helper.write(os.tmpname(), config)
  local status, output = helper.run(("luacheck --no-color --no-cache --config %s %s"):format(path,
    files))
  os.remove(path)
  return status, output
end

describe("luacheck", function()
  it("finds nothing in our own policies", function()
    -- postoffice.lua is the name of what a mail server's own Lua loads
    local status, output = run_luacheck(
      "$(find lua/postoffice/examples -name '*.lua' ! -name postoffice.lua)")
    assert.equal(0, status, output)
    assert.matches("0 warnings / 0 errors in %d%d+ files", output)
  end)

  it("finds what is no policy's", function()
    local path = helper.write(os.tmpname(), table.concat({
      "conector 'a' { spaces = { 'SMTP:*' } }", "local t = os.time()", "print(t)",
      "function on.recipent() end", "mail.match('a', 'b')", "list.x = 1", "",
    }, "\n"))
    local status, output = run_luacheck(path)
    os.remove(path)
    assert.equal(1, status)
    for _, name in ipairs { "conector", "os", "print", "recipent", "match", "list" } do
      assert.truthy(output:find(name, 1, true), name)
    end
    assert.matches("6 warnings / 0 errors", output)
  end)
end)

-- ---- Definitions for the language server ------------------------------------

-- A type at the front of a text: it, or nil.
local function front_type(text)
  for last = #text, 1, -1 do
    local ends_well = last == #text or text:find("^[ #]", last + 1)
    if ends_well and pcall(typed.read, text:sub(1, last)) then return text:sub(1, last) end
  end
end

-- What the tags of a file of definitions name, and the types that they use, each with its line.
local function read_definitions(text)
  local classes, types = {}, {}
  local function use(line, rest)
    local found = front_type(rest)
    assert.truthy(found, "no type: " .. line)
    types[#types + 1] = { line, found }
  end
  local TAG = {
    class = function(_, rest) classes[rest:match "^[%w_.]+"] = true end,
    alias = function(line, rest)
      local name, aliased = rest:match "^([%w_.]+) ?(.*)$"
      classes[name] = true
      if aliased ~= "" then use(line, aliased) end -- or its values follow, a line each
    end,
    field = function(line, rest)
      use(line, rest:match "^%[%w+%] (.+)$" or rest:match "^[%a_][%w_]*%?? (.+)$" or "")
    end,
    param = function(line, rest) use(line, rest:match "^[%a_][%w_]*%?? (.+)$" or "") end,
    ["return"] = use, overload = use,
  }
  for line in text:gmatch "[^\n]+" do
    local tag, rest = line:match "^%-%-%-@(%w+) ?(.*)$"
    if tag and tag ~= "meta" then assert(TAG[tag], line)(line, rest) end
  end
  return classes, types
end

describe("the definitions of the language for its server", function()
  local text = helper.read "lua/postoffice/meta/script/policy.lua"
  local classes, types = read_definitions(text)

  -- Holds types to what is defined.
  local function check_types(used_types, defined)
    local known = lists.set { "string", "number", "integer", "boolean", "table", "nil", "any",
      "true", "false", "fun" }
    for _, used in ipairs(used_types) do
      typed.each_name(used[2], function(name)
        assert.truthy(known[name] or defined[name], used[1])
      end)
    end
  end

  it("use types that they define", function()
    check_types(types, classes)
    assert.is_true(#types > 300)
  end)

  it("and those of the modules do", function()
    local sources = helper.output "cat lua/postoffice/meta.lua lua/postoffice/meta/*.lua"
    local defined, used = read_definitions(sources)
    check_types(used, defined)
    assert.is_true(#used > 300)
  end)

  it("have each field of each type of address", function()
    local body = text:match "\n%-%-%-@class policy%.address\n(.-)\n\n"
    for _, entry in ipairs(reference.of_kind "type") do
      for _, field in ipairs(entry.fields) do
        assert.truthy(body:find("\n---@field " .. field.name .. "? string", 1, true), field.name)
      end
    end
  end)

  it("load, and define what a script sees beside Lua", function()
    local names, environment = {}, {}
    setmetatable(environment, { __newindex = function(_, name, value)
      rawset(environment, name, value)
      names[#names + 1] = name
    end })
    local chunk
    if setfenv then
      chunk = setfenv(assert(loadstring(text)), environment)
    else
      chunk = assert(load(text, "=script", "t", environment))
    end
    chunk()
    for name in pairs(environment.mail) do names[#names + 1] = "mail." .. name end
    local seen = referred()
    for _, entry in ipairs(reference.of_kind "library") do
      for library, fields in pairs(entry.has) do
        seen[library] = nil
        for _, field in ipairs(fields) do
          seen[library == "" and field or library .. "." .. field] = nil
        end
      end
    end
    assert.same(lists.keys(seen), sorted(names))
  end)

  it("are named by what the command prints for the server", function()
    local _, output = support.run { "help", "luarc" }
    local folder = output:match '"workspace.library":%["([^"]+)"%]'
    assert.truthy(helper.read(folder .. "/policy.lua") == text)
    for name in output:gmatch '"(%w+)":"disable"' do
      assert.equal("lack", reference.find(name).kind, name)
    end
  end)
end)

-- ---- What is made of it -----------------------------------------------------

describe("what is made of the reference", function()
  for path, made in pairs(require "spec.reference") do
    it("is in " .. path .. " as `make reference` writes it", function()
      assert.equal(made(helper.read(path)), helper.read(path))
    end)
  end
end)
