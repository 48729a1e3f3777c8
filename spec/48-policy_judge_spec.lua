--- Random policies judge routing, explaining, testing and checking by one another.
--
-- A seed makes a policy and addresses to try it with.  Whatever it is: nothing
-- raises, what `explain` concludes is what `route` delivers, a test that is made
-- of a delivery passes, and a delivery holds all that its verdict needs.
local helper = require "spec.helper"
local policies = require "spec.policies"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"
local visible = require "postoffice.text.visible".all

local quote = policies.quote

-- What the tests' host answers, too; nobody answers what else functions ask.
local ASKS = { crm = policies.CRM }

-- A policy; or nil and a message, which is fit to be shown.
local function load(text)
  local p, message, code = policy.load(text, { chunkname = policies.CHUNKNAME, ask = ASKS,
    secrets = policies.SECRETS, include = policies.include,
    milliseconds = 1e6, load_milliseconds = 1e6 })
  if p then return p end
  assert.is_string(code, text)
  assert.equal(visible(message:gsub("\n", "")), (message:gsub("\n", "")), text)
  return nil, message
end

local function names(list)
  local quoted = {}
  for i, name in ipairs(list) do quoted[i] = quote(name) end
  return table.concat(quoted, ", ")
end

-- An envelope, and what a test says of it.
local function envelope(p)
  local made, test = policies.plain_envelope(p:connectors()), {}
  for name, value in pairs(made) do
    if name == "down" then
      test[#test + 1] = ("down = { %s }"):format(names(value))
    else
      test[#test + 1] = ("%s = %s"):format(name == "sender" and "from" or name, quote(value))
    end
  end
  return made, test
end

local PLAIN = {
  "verdict", "code", "status", "message", "connector", "nexthop", "entry", "extension", "cost",
  "space",
}

local function text_of(value)
  return type(value) == "table"
    and (postoffice.format(value) or postoffice.format(value, "path")
      or postoffice.format(value, "oneoff")) or value
end

-- A delivery as a line, to compare it with another.
local function line(delivery)
  local parts = {}
  for _, name in ipairs(PLAIN) do parts[#parts + 1] = tostring(delivery[name]) end
  for _, name in ipairs { "address", "final", "sender" } do
    parts[#parts + 1] = tostring(text_of(delivery[name]))
  end
  parts[#parts + 1] = table.concat(delivery.path or {}, ">")
  for _, other in ipairs(delivery.alternatives or {}) do parts[#parts + 1] = other.connector end
  return table.concat(parts, "|")
end

local function lines(deliveries)
  local list = {}
  for i, delivery in ipairs(deliveries) do list[i] = line(delivery) end
  return table.concat(list, "\n")
end

-- What a test expects of a delivery.
local function expectation(delivery)
  local list = {}
  for _, name in ipairs(PLAIN) do
    local value = delivery[name]
    if value ~= nil and value ~= "" then list[#list + 1] = name .. " = " .. quote(value) end
  end
  for _, name in ipairs { "address", "final", "sender" } do
    local text = type(delivery[name]) == "table" and postoffice.format(delivery[name])
    if text and #text < 1000 then list[#list + 1] = name .. " = " .. quote(text) end
  end
  if delivery.path then
    list[#list + 1] = ("path = { %s }"):format(names(delivery.path))
  end
  return "{ " .. table.concat(list, ", ") .. " }"
end

local function test_of(number, to, deliveries, told)
  local list = {}
  for i, delivery in ipairs(deliveries) do list[i] = expectation(delivery) end
  told[#told + 1] = "to = " .. quote(to)
  told[#told + 1] = "deliveries = { " .. table.concat(list, ",\n    ") .. " }"
  told[#told + 1] = "secrets = " .. policies.SAID_SECRETS
  told[#told + 1] = "asks = { crm = { kim = 'joe@far.example', joe = 'CCMAIL:Lee at HQ', sales = 1,"
    .. " x = true } }"
  return ("test 't%d' { %s }"):format(number, table.concat(told, ",\n  "))
end

local CLASS = { reject = "^5%.", defer = "^4%." }

-- Whether a delivery holds all that its verdict needs.
local function complete(delivery, where)
  local kind = delivery.verdict
  assert.is_string(delivery.recipient, where)
  assert.is_string(delivery.revision, where)
  for _, name in ipairs { "message", "detail", "code" } do
    assert.equal(visible(delivery[name] or ""), delivery[name] or "", where)
  end
  assert.is_nil((delivery.message or ""):find "[^\32-\126]", where) -- an SMTP reply can hold it
  if kind == "deliver" then
    assert.equal("table", type(delivery.address), where)
    assert.equal("table", type(delivery.final), where)
    assert.is_string(delivery.rule, where)
    assert.is_nil(delivery.code, where)
    if not delivery.connector then return assert.is_string(delivery.entry, where) end
    assert.equal("number", type(delivery.cost), where)
    assert.equal("table", type(delivery.alternatives), where)
    assert.is_string(text_of(delivery.address), where)
  elseif kind ~= "pass" then
    assert.is_string(delivery.code, where)
    assert.is_string(delivery.message, where)
    assert.truthy(delivery.status:find(CLASS[kind]), where)
  end
end

-- Whether a sentence tells what became of an address.
local function tells(sentence, delivery, where)
  local facts = { delivery.code, delivery.status }
  if delivery.verdict == "deliver" then
    facts = { delivery.connector or delivery.entry, delivery.nexthop, text_of(delivery.address) }
  end
  for _, fact in pairs(facts) do
    local squeezed = visible(fact):gsub("%s+", " ")
    assert.truthy(sentence:gsub("%s+", " "):find(squeezed, 1, true), fact .. "\n" .. where)
  end
end

-- Tries one address; returns the test that it makes.
local function try(p, number, text)
  local to = policies.address()
  local made, told = envelope(p)
  local where = ("%s\n-- to %s, %s"):format(text, quote(to), table.concat(told, ", "))
  local deliveries = p:route(to, made)
  assert.is_true(#deliveries > 0, where)
  for _, delivery in ipairs(deliveries) do complete(delivery, where) end
  assert.equal(lines(deliveries), lines(p:route(to, made)), where)
  local explanation = p:explain(to, made)
  assert.equal(lines(deliveries), lines(explanation.deliveries), where)
  assert.is_string(tostring(explanation), where)
  local sentences = {}
  for sentence in explanation.sentence:gmatch "[^\n]+" do sentences[#sentences + 1] = sentence end
  if #deliveries > 1 then table.remove(sentences, 1) end -- "Becomes 3 deliveries."
  assert.equal(#deliveries, #sentences, where)
  for i, delivery in ipairs(deliveries) do tells(sentences[i], delivery, where) end
  if not text:find("while true", 1, true) then -- what was resolved has a budget of its own
    assert.equal(lines(deliveries), lines(p:route(p:resolve(to, nil, made), made)), where)
  end
  assert.is_nil(policy.diff(p, p, to, made), where)
  p:nexthop(to, made)
  p:rewrite(to, made)
  if to ~= "" and #to <= 1024 and #deliveries < 30 then
    return test_of(number, to, deliveries, told)
  end
end

-- What is checked: all where much is tried; `check` takes most of the time, and has judges of its own.
local function is_checked(seed) return helper.times(1) > 1 or seed % 4 == 0 end

describe("random policies #host", function()
  it("do as they explain, as they test, and answer whatever comes", function()
    local seeds, tested = helper.times(120), 0
    for seed = 1, seeds do
      local p, text = policies.load(seed + 1000000, load)
      assert(p, seed)
      local tests = { text }
      for number = 1, 8 do tests[#tests + 1] = try(p, number, text) end
      for _, finding in ipairs(is_checked(seed) and p:check() or {}) do
        assert.is_string(finding.code, text)
        assert.is_string(tostring(finding), text)
      end
      assert.is_string(p:graph(), text)
      local with_tests = table.concat(tests, "\n")
      local q = assert(load(with_tests))
      local results = q:test()
      assert.equal(0, results.failed, tostring(results) .. "\n" .. with_tests)
      tested = tested + results.passed
      p:close()
      q:close()
    end
    assert.is_true(tested > seeds * 4, tested .. " tested")
  end)
end)
