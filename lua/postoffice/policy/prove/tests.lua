--- Runs the tests that a policy carries.
-- @module postoffice.policy.prove.tests

local core = require "postoffice.core"
local coverage = require "postoffice.policy.prove.coverage"
local describe = require "postoffice.policy.language.describe"
local explain = require "postoffice.policy.prove.explain"
local language = require "postoffice.policy.language.words"
local patience = require "postoffice.policy.prove.patience"
local pipeline = require "postoffice.policy.route.pipeline"
local trace = require "postoffice.policy.route.trace"
local write = require "postoffice.address".show

local FACTS = require "postoffice.policy.route.envelope".names

local tests = {}

-- What a test calls a field of the envelope if that is not its name.
local CALLED = { sender = "from" }

local IS_ADDRESS = { address = true, final = true, sender = true }

-- Two addresses are the same by their keys, whatever they are written like.
local function same_address(expected, got)
  local parsed = type(got) == "table" and core.parse(expected, { unknown = true })
  if not parsed then return false end
  local key = core.key(parsed)
  if key then return key == core.key(got) end
  return write(parsed) == write(got) -- the domain is none, and the verdict says so
end

local function same_list(expected, got)
  if got == nil then return #expected == 0 end
  if type(got) ~= "table" or #expected ~= #got then return false end
  for i, item in ipairs(expected) do
    if item ~= got[i] then return false end
  end
  return true
end

-- A delivery has no field for what is not so, nor for a list that is empty.
local function same(field, expected, got)
  if IS_ADDRESS[field] then return same_address(expected, got) end
  if type(expected) == "table" then return same_list(expected, got) end
  if expected == false then return not got end
  return expected == got
end

local function shown(value)
  if type(value) ~= "table" then return value == nil and "nothing" or tostring(value) end
  if value.type then return write(value) end
  local texts = {}
  for i, item in ipairs(value) do texts[i] = tostring(item) end
  return "{ " .. table.concat(texts, ", ") .. " }"
end

local function new_failure(test, field, expected, got, explanation)
  return {
    name = test.name, file = test.file, line = test.line, where = describe.where(test),
    word = test.word, field = field, expected = shown(expected), got = shown(got),
    explanation = explanation,
  }
end

-- The first difference between what is expected and a delivery.
local function difference(test, expected, delivery, explanation)
  for _, field in ipairs(language.expected) do
    local value = expected[field]
    if value ~= nil and not same(field, value, delivery[field]) then
      return new_failure(test, field, value, delivery[field], explanation)
    end
  end
end

local function has_expectation(fields)
  for _, field in ipairs(language.expected) do
    if fields[field] ~= nil then return true end
  end
  return false
end

local function compare(test, deliveries, explanation)
  local fields = test.fields
  local list = fields.deliveries
  if list and #list ~= #deliveries then
    return new_failure(test, "deliveries", #list, #deliveries, explanation)
  elseif not list and has_expectation(fields) and #deliveries ~= 1 then
    return new_failure(test, "deliveries", "one; write deliveries = { ... } for more",
      #deliveries, explanation)
  end
  for i, delivery in ipairs(deliveries) do
    local failure = difference(test, list and list[i] or fields, delivery, explanation)
    if failure then return failure end
  end
end

-- A test's answers: what it does not mention is not found.
local function asks_of(fields)
  local asks = fields.asks or {}
  return function(name, key)
    local source = asks[name]
    if source == nil then
      return nil, ('the test has no answers for "%s"; add asks = { %s = {} }'):format(name, name)
    end
    return source[key]
  end
end

local function envelope_of(fields)
  local envelope = {}
  for _, name in ipairs(FACTS) do envelope[name] = fields[CALLED[name] or name] end
  return envelope
end

local function run(policy, test, used)
  local fields, recorder = test.fields, trace.new(policy.compiled.directory)
  local routing = pipeline.begin(policy, envelope_of(fields), recorder, asks_of(fields), 1)
  routing.secrets = fields.secrets or {}
  local deliveries = pipeline.route(routing, { fields.to })
  for declaration in pairs(recorder:used()) do used[declaration] = true end
  return compare(test, deliveries, explain.new(fields.to, recorder, deliveries,
    policy.compiled.revision))
end

-- What keeps a claim from holding, as a failure; nil if it holds.
local function decide(policy, declaration, results)
  local answer, message = policy:prove(declaration.name)
  local outcome = answer and answer.outcome
  if outcome == "holds" then return nil end
  results.unproven = results.unproven + 1
  if outcome == "undecided" then results.undecided = results.undecided + 1 end
  local failure = new_failure(declaration, "claim", "holds", answer and tostring(answer) or message,
    answer and answer.explanation)
  failure.answer = answer
  return failure
end

local function left_out(test)
  return new_failure(test, "time", "an end", "none", patience.MESSAGE)
end

-- By the word of what failed, what is said of it.
local SAID = {}

function SAID.test(failure)
  return ('test "%s": %s: expected %s, got %s'):format(failure.name, failure.field,
    failure.expected, failure.got)
end

function SAID.claim(failure) return ('claim "%s" %s'):format(failure.name, failure.got) end

-- How many passed, failed, and are undecided, if any.
local function counts(results)
  local line = ("%d passed, %d failed"):format(results.passed, results.failed - results.undecided)
  return results.undecided == 0 and line or ("%s, %d undecided"):format(line, results.undecided)
end

local function text(results)
  local lines = {}
  for _, failure in ipairs(results.failures) do
    lines[#lines + 1] = ("%s: %s"):format(failure.where, SAID[failure.word](failure))
  end
  lines[#lines + 1] = counts(results)
  return table.concat(lines, "\n")
end

-- What results are made of: how many entries were reached is counted when somebody reads it, since a
-- directory may have a million.
local function new_results(compiled, used)
  local results = {
    passed = 0, failed = 0, unproven = 0, undecided = 0, failures = {}, names = {},
  }
  local meta = { __tostring = text, __name = "postoffice.results" }
  function meta.__index(_, name)
    if name == "counts" then return counts(results) end
    if name ~= "entries" then return nil end
    local list = coverage.directories(compiled, used)
    for _, sum in ipairs(results.sums) do list[#list + 1] = sum end
    rawset(results, "entries", list)
    return list
  end
  return setmetatable(results, meta)
end

-- Runs one test, as long as there is time: its failure, if it has one.
local function run_in_time(policy, test, used)
  if patience.is_over(policy) then return left_out(test) end
  return run(policy, test, used)
end

-- Adds what became of a test or a claim.
local function add(results, declaration, failure)
  table.insert(results.names, {
    word = declaration.word, name = declaration.name, where = describe.where(declaration),
    failure = failure,
  })
  if failure then
    results.failed = results.failed + 1
    table.insert(results.failures, failure)
  else
    results.passed = results.passed + 1
  end
end

-- The declarations whose names hold a text, in any case; all if there is none.
local function named(list, part)
  if not part then return list end
  local found = {}
  for _, declaration in ipairs(list) do
    if declaration.name:lower():find(part:lower(), 1, true) then found[#found + 1] = declaration end
  end
  return found
end

--- Runs a policy's tests, and decides its claims; those fail that there is no time for.
-- @tparam table policy
-- @tparam[opt] string only those whose names hold this text, in any case
-- @treturn table `passed`, `failed`, `failures`, `names`, `declared` (how many the policy has); how
--   many of those that failed are claims (`unproven`), and how many of these are `undecided`; `counts`,
--   a line that tells how many passed, failed and are undecided;
--   `uncovered` rules, `rules` (how many there are), and of those that are many entries, and of each
--   `directory`, in `entries` how many were `reached` of how many `entries`
function tests.run(policy, only)
  local used = {}
  local results = new_results(policy.compiled, used)
  results.declared = #policy.compiled.tests + #policy.compiled.claims
  patience.begin(policy)
  for _, test in ipairs(named(policy.compiled.tests, only)) do
    add(results, test, run_in_time(policy, test, used))
  end
  for _, claim in ipairs(named(policy.compiled.claims, only)) do
    add(results, claim, decide(policy, claim, results))
  end
  results.uncovered, results.rules, results.sums = coverage.uncovered(policy.compiled, used)
  return results
end

return tests
