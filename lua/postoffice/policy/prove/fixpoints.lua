--- Whether what a policy makes of an address stays what it is when that is asked for.
--
-- Postfix asks a virtual map again for each of its answers: who answers `{u}@z` by `pre-{u}@z` is asked
-- until the address is too long, and all of the message waits (451).  So an answer has to be its own
-- answer.  One address of each class that the policy can tell apart is routed and what becomes of it
-- routed again; and of each two rewrites the prover's sets say whether one makes what the other takes.
-- What stands in the way of that is told: the rest is then sampled.
-- @module postoffice.policy.prove.fixpoints

local allowance = require "postoffice.policy.prove.allowance"
local classes = require "postoffice.policy.prove.classes"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local lint = require "postoffice.policy.prove.lint"
local maps = require "postoffice.policy.prove.maps"
local rewrites = require "postoffice.policy.compile.rewrites"
local sets = require "postoffice.policy.prove.sets"

local fixpoints = {}

local SMTP = { type = "SMTP", notation = "native" }
local SECONDS = 10 -- that it may take
local MEMBERS = 8 -- of a class or a set, that are tried

-- Maps answer as for strangers and as for those inside, when who may write is decided.
local FACTS = { { admitted = true }, { admitted = true, may_relay = true } }

local ADVICE = "put an exception before it, a rewrite that makes the same again"

-- An address of SMTP, be it of a text; or nil.
local function smtp(text)
  local address = core.parse(text, { unknown = true })
  return address and address.type == "SMTP" and address.domain and address or nil
end

-- What an address becomes, as SMTP has it, and the first delivery.
local function answer(policy, address, facts)
  local list, deliveries = {}, policy:route(address, facts)
  for _, delivery in ipairs(deliveries) do
    local goes_on = delivery.verdict == "deliver" or delivery.verdict == "pass"
    if goes_on and delivery.wire then list[#list + 1] = delivery.wire end
  end
  return list, deliveries[1]
end

local function key_of(wire) return core.key(assert(core.parse(wire, SMTP))) end

-- Where the rule is that changes an answer: a rewrite, or else what decided.
local function rule_of(policy, wire, delivery)
  local made, where = policy:rewrite(assert(core.parse(wire, SMTP)))
  return made and where or delivery.rule
end

-- The first answer of an address that is not its own: the answer, what becomes of it, and the rule
-- that says so; nil if there is none, and whether the address becomes another one at all.
local function unstable(policy, address, facts)
  local is_changed, list = false, answer(policy, address, facts)
  for _, wire in ipairs(list) do
    local again, by = answer(policy, assert(core.parse(wire, SMTP)), facts)
    local key, is_itself = key_of(wire), #again == 0
    for _, other in ipairs(again) do is_itself = is_itself or key_of(other) == key end
    if not is_itself then return wire, again[1], rule_of(policy, wire, by) end
    is_changed = is_changed or key ~= core.key(address)
  end
  return nil, is_changed
end

-- Whether Postfix comes to an end with it.
local function ends(policy, address, facts)
  local table_ = { is_whole = true, options = { delimiter = "", here = {} } }
  function table_.look_up(key)
    local list = answer(policy, assert(core.parse(key, SMTP)), facts)
    return list[1] and table.concat(list, ", ")
  end
  return maps.ask({ virtual = table_ }, core.format(address, "native")) ~= nil
end

-- The declaration at a place, or what stands for it.
local function declaration_at(policy, where)
  for _, declaration in ipairs(policy.compiled.declarations) do
    if describe.where(declaration) == where then return declaration end
  end
  local file, line = (where or "?:0"):match "^(.*):(%d+)$"
  return { file = file or "?", line = tonumber(line) or 0 }
end

-- Tells of an address whose answer is not its own, once for each rule.
local function tell(found, address, facts, wire, other, rule)
  if found.told[rule or ""] then return end
  found.told[rule or ""] = true
  local policy, shown = found.policy, core.format(address, "native")
  local declaration, is_endless = declaration_at(policy, rule), not ends(policy, address, facts)
  table.insert(found.findings, lint.finding {
    severity = is_endless and "error" or "warning", code = "answer-unstable",
    file = declaration.file, line = declaration.line, where = rule or "?",
    title = declaration.word and describe.title(declaration) or "a rule",
    message = ("makes %s of %s, its answer for %s; Postfix, which asks a virtual map again for"
      .. " each of its answers, %s"):format(other, wire, shown,
      is_endless and "comes to no end: the message waits" or "goes on to it"),
    advice = ADVICE,
  })
end

-- Tries an address; whether it becomes another one.
local function try(found, text)
  local address, is_changed = smtp(text), false
  for _, facts in ipairs(address and FACTS or {}) do
    local wire, other, rule = unstable(found.policy, address, facts)
    if wire then
      tell(found, address, facts, wire, other, rule)
      return true
    end
    is_changed = is_changed or other
  end
  return is_changed
end

local function add_doubt(found, why)
  if why and not found.doubts[why] then
    found.doubts[why] = true
    table.insert(found.undecided, why)
  end
end

-- Members of what one rewrite makes for another, or nil and why they are not known.
local function led(found, rule, other)
  if not (rule.matcher and rule.template and other.matcher) then return {} end
  local why
  local members = allowance.ask(found.allowance, { rule.matcher, other.matcher }, function(work)
    local set, doubt = sets.before(rule, sets.of_pattern(other.matcher))
    if not set then
      why = doubt
      return nil
    end
    local list
    list, why = sets.members(set, MEMBERS, work)
    return list
  end)
  return members, why or "there was no more time for two rewrites"
end

local function try_rules(found)
  local list = rewrites.all(found.policy.compiled.rewrites)
  for _, rule in ipairs(list) do
    for _, other in ipairs(list) do
      local members, why = led(found, rule, other)
      for _, text in ipairs(members or {}) do try(found, text) end
      if not members then
        add_doubt(found, ("what %s (%s) makes: %s"):format(describe.title(rule.declaration),
          describe.where(rule.declaration), why))
      end
    end
  end
end

local function try_classes(found, seconds)
  local next_run, search = classes.each {
    policies = { found.policy }, among = sets.of_type "SMTP", witnesses = true, seconds = seconds,
  }
  local run = next_run(search)
  while run do
    add_doubt(found, run.undecided)
    local is_changed = run.address and try(found, run.address)
    for _, text in ipairs(is_changed and run.members(MEMBERS) or {}) do try(found, text) end
    run = next_run(search)
  end
  add_doubt(found, classes.unfinished(search))
end

local function by_place(a, b)
  if a.file ~= b.file then return a.file < b.file end
  return a.line < b.line
end

--- The rules that make of an answer something else.
-- @tparam table policy
-- @tparam[opt=10] number seconds that it may take
-- @treturn {table,...} findings, as `postoffice.policy.prove.lint` has them: an `error` where Postfix
--   comes to no end, else a `warning`
-- @treturn {string,...} why it was not decided for all addresses: a text each; none if it was
function fixpoints.find(policy, seconds)
  local found = {
    policy = policy, findings = {}, told = {}, undecided = {}, doubts = {},
    allowance = allowance.new(),
  }
  for _, one in ipairs(policy:capabilities().functions) do
    add_doubt(found, ("%s (%s) decides"):format(one.name, one.where))
  end
  try_rules(found)
  try_classes(found, seconds or SECONDS)
  table.sort(found.findings, by_place)
  return found.findings, found.undecided
end

return fixpoints
