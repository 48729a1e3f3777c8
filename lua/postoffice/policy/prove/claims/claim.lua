--- A claim that is bound to a policy: which runs it speaks of, and which of them break it.
-- @module postoffice.policy.prove.claims.claim

local bindings = require "postoffice.policy.prove.claims.binding"
local ends = require "postoffice.policy.prove.claims.ends"
local exceptions = require "postoffice.policy.prove.claims.exceptions"
local facts = require "postoffice.policy.prove.claims.facts"
local formulas = require "postoffice.policy.prove.sets.formulas"
local grammar = require "postoffice.policy.prove.claims.grammar"
local heard = require "postoffice.policy.prove.claims.heard"
local lists = require "postoffice.lists"
local members = require "postoffice.policy.prove.claims.members"
local sayable = require "postoffice.policy.prove.classes.sayable"
local ways = require "postoffice.policy.prove.classes.ways"

local NONE = {}
local unpack = table.unpack or unpack

local Claim = {}
Claim.__index = Claim

local function bind_all(binding, bind, list)
  local tests = {}
  for i, part in ipairs(list or {}) do tests[i] = bind(binding, part) end
  return tests
end

-- The file that it compares with, or nil.
local function file_of(tree)
  for _, part in ipairs(tree.ends) do
    if part.kind == "routes" then return part.name, part.name_at end
  end
end

-- Whether one of several functions says yes.
local function any(tests, ...)
  for _, test in ipairs(tests) do
    if test(...) then return true end
  end
  return false
end

local function all(tests, ...)
  for _, test in ipairs(tests) do
    if not test(...) then return false end
  end
  return true
end

--- Whether it speaks of a message.
-- @tparam table message
-- @treturn boolean
function Claim:has_message(message)
  local sender = self.has_sender and message:get "sender"
  if self.has_sender and not (sender and self.has_sender(sender)) then return false end
  return all(self.facts, message)
end

--- The deliveries of a run that are not excepted.
-- @tparam table run
-- @treturn {table,...}
function Claim:spoken_of(run)
  local list = {}
  for number, delivery in ipairs(run.deliveries) do
    if not any(self.exceptions, run, delivery, number) then list[#list + 1] = delivery end
  end
  return list
end

--- The first delivery of a run that breaks it, or nil.
-- @tparam table run
-- @treturn number|nil
function Claim:broken_by(run)
  local has_to_end = self.quantifier == "every"
  for number, delivery in ipairs(run.deliveries) do
    if any(self.ends, delivery, run, number) ~= has_to_end
      and not any(self.exceptions, run, delivery, number) then
      return number
    end
  end
end

-- Whether it is broken by a delivery of a run as it might be instead, or nobody knows.
local function is_broken_by(claim, run, delivery, number)
  local known, known_of_sender = run.doubt, run.sender_doubt
  local has_end = any(claim.ends, delivery, run, number)
  local is_known = run.doubt == known and run.sender_doubt == known_of_sender
  return has_end ~= (claim.quantifier == "every") or not is_known
end

-- Whether a delivery may be as others are whose address or sender can be said otherwise.
local function is_at_stake(claim, run, number)
  local delivery = run.deliveries[number]
  local is_said = delivery.verdict == "deliver" or ways.UNSAID[delivery.code]
  return is_said and not any(claim.exceptions, run, delivery, number)
end

-- Whether it may be broken by a delivery that is one of some others instead.
local function may_break_by(claim, run, number, others)
  for _, otherwise in ipairs(others) do
    local other = lists.copy(run.deliveries[number])
    for field, value in pairs(otherwise) do other[field] = value end
    if is_broken_by(claim, run, other, number) then return true end
  end
  return false
end

-- Whether an end hangs on more of what an address is said as than its type and the place where it is.
local function hangs_on_address(part)
  return part.kind == "routes" or part.kind == "handed" and members.looks_at(part.set) == "inside"
end

--- Whether it may be broken by a delivery of a run if its address could be said, or could not.
-- @tparam table run
-- @tparam number number of the delivery
-- @treturn boolean
function Claim:may_break_by_address(run, number)
  if not is_at_stake(self, run, number) then return false end
  for _, part in ipairs(self.tree.ends) do
    if hangs_on_address(part) then return true end
  end
  local is_unsaid = run.deliveries[number].code == sayable.ADDRESS_UNSAID.code
  local others = is_unsaid and run:as_said(number) or { sayable.ADDRESS_UNSAID }
  return may_break_by(self, run, number, others)
end

-- Whether an end hangs on more of what the sender of a delivery is said as than is told: on nothing, if it is
-- known that he never is.
local function hangs_on_sender(part, told, delivery)
  if part.kind == "routes" then return true end
  local is_never = told.verdict and delivery.code == sayable.SENDER_UNSAID.code
  return part.kind == "sender" and not is_never and not told[members.looks_at(part.set)]
end

--- Whether it may be broken by a delivery of a run if its sender is said otherwise, or cannot be.
-- @tparam table run
-- @tparam number number of the delivery
-- @tparam table told what is known of all senders of the class: `types`, an address of the type in which
--   those are said who can be; whether either all can be (`verdict`) or none; and whether they are carried at
--   one place (`places`), or are said as they are (`inside`)
-- @treturn boolean
function Claim:may_break_by_sender(run, number, told)
  if not is_at_stake(self, run, number) then return false end
  for _, part in ipairs(self.tree.ends) do
    if hangs_on_sender(part, told, run.deliveries[number]) then return true end
  end
  local said = { verdict = "deliver", sender = told.types }
  return not told.verdict and may_break_by(self, run, number, { said, sayable.SENDER_UNSAID })
end

-- The ends that hang on what is said to a connector.
local OF_SAID = { handed = true, sender = true, routes = true }

--- Whether it may be broken by a delivery of a run whose connector makes of it something else, or refuses
-- it.
-- @tparam table run
-- @tparam number number of the delivery
-- @treturn boolean
function Claim:may_break_anyhow(run, number)
  if any(self.exceptions, run, run.deliveries[number], number) then return false end
  for _, part in ipairs(self.tree.ends) do
    if OF_SAID[part.kind] then return true end
  end
  return may_break_by(self, run, number, { { verdict = "deliver" }, sayable.SENDER_UNSAID })
end

-- By kind of an end or an exception that has a set, whether that is one of senders.
local OF_SENDERS = { handed = false, sender = true, from = true }

-- The sets of a claim: those of recipients, and those of senders.
local function sets_of(tree)
  local recipients, senders = { tree.to }, { tree.from }
  for _, parts in ipairs { tree.ends, tree.unless or {} } do
    for _, part in ipairs(parts) do
      local list = OF_SENDERS[part.kind] and senders or recipients
      if part.set then list[#list + 1] = part.set end
    end
  end
  return recipients, senders
end

-- The sizes that a claim tells apart.
local function bounds_of(tree)
  local bounds = {}
  for _, part in ipairs(tree.unless or {}) do
    local fact = part.fact or {}
    bounds[#bounds + 1] = fact.over or fact.up_to
  end
  return bounds
end

-- What tells the addresses of several sets apart, be they of recipients.
local function told_apart(compiled, list, are_named)
  local found = { untold = {}, named = {}, are_named = are_named }
  for _, set in ipairs(list) do members.tell_apart(found, compiled, set) end
  return found
end

-- The ids of the terms of sets, as keys.
local function terms_of(list)
  local terms = {}
  for _, set in ipairs(list) do formulas.terms(set.formula, terms) end
  return terms
end

-- The ids of the terms by which nobody is told apart but those of whom a claim speaks, as keys; nil if there are
-- none, or what becomes of them is compared.
local function asked_terms(compiled, recipients, other)
  local terms = not other and terms_of(told_apart(compiled, { recipients[1] }, true)) or NONE
  local others = terms_of(told_apart(compiled, { unpack(recipients, 2) }, true))
  local asked = {}
  for _, term in ipairs(terms) do asked[term.id] = not others[term.id] or nil end
  return next(asked) and asked
end

-- The types of several sets.
local function types_of(list)
  local types = {}
  for _, set in ipairs(list) do
    for _, type_name in ipairs(members.types(set)) do types[#types + 1] = type_name end
  end
  return types
end

--- Whether what routes alike in two policies cannot break it.
-- @treturn boolean
function Claim:is_of_changes()
  local ends_of = self.tree.ends
  return self.quantifier == "every" and #ends_of == 1 and ends_of[1].kind == "routes"
end

-- Whether each delivery of a message is judged by itself.
local function judges_each(tree)
  for _, part in ipairs(tree.ends) do
    if part.kind == "makes" or part.kind == "routes" then return false end
  end
  return true
end

--- What is to be asked of all classes.
-- @tparam table|nil other policy that is compared
-- @tparam number seconds that it may take
-- @treturn table for `postoffice.policy.prove.claims.search`
function Claim:question(other, seconds)
  local recipients, senders = sets_of(self.tree)
  local compiled = self.policy.compiled
  return {
    policies = { self.policy, other }, sets = told_apart(compiled, recipients, true),
    senders = told_apart(compiled, senders, false), sender_types = types_of(senders),
    among = members.around(compiled, self.tree.to), bounds = bounds_of(self.tree),
    has_sender = self.has_sender, tell = self.tell, fixed = self.fixed, seconds = seconds,
    is_in_parts = judges_each(self.tree) and not compiled.scripted,
    asked_terms = asked_terms(compiled, recipients, other),
  }
end

--- Reads a claim and binds it to a policy.
-- @tparam table policy
-- @tparam string text
-- @treturn table|nil with `has_recipient` (of an address), `tree`, `fixed`, and `file` (that of the
--   policy that it compares with, or nil)
-- @treturn string what is wrong, and at which byte
-- @treturn number the byte
local function new(policy, text)
  local tree, message, at = grammar.read(text)
  if not tree then return nil, message, at end
  local binding = bindings.new(policy)
  local file, file_at = file_of(tree)
  local self = setmetatable({
    text = text, tree = tree, policy = policy, quantifier = tree.quantifier, file = file,
    file_at = file_at,
    has_recipient = members.bind(binding, tree.to),
    has_sender = tree.from and members.bind(binding, tree.from),
    facts = bind_all(binding, facts.bind, tree.when), fixed = facts.fix(binding, tree.when or {}),
    ends = bind_all(binding, ends.bind, tree.ends),
    exceptions = bind_all(binding, exceptions.bind, tree.unless),
    tell = heard.teller(binding, tree),
  }, Claim)
  if binding.fault then return nil, binding.fault.message, binding.fault.at end
  return self
end

return { new = new }
