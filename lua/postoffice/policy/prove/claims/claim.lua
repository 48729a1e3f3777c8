--- A claim that is bound to a policy: which runs it speaks of, and which of them break it.
-- @module postoffice.policy.prove.claims.claim

local bindings = require "postoffice.policy.prove.claims.binding"
local ends = require "postoffice.policy.prove.claims.ends"
local exceptions = require "postoffice.policy.prove.claims.exceptions"
local facts = require "postoffice.policy.prove.claims.facts"
local grammar = require "postoffice.policy.prove.claims.grammar"
local lists = require "postoffice.lists"
local members = require "postoffice.policy.prove.claims.members"
local ways = require "postoffice.policy.prove.classes.ways"

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

--- The first delivery of a run that breaks it, or nil.
-- @tparam table run
-- @treturn number|nil
function Claim:broken_by(run)
  local has_to_end = self.quantifier == "every"
  for number, delivery in ipairs(run.deliveries) do
    if any(self.ends, delivery, run) ~= has_to_end
      and not any(self.exceptions, run, delivery, number) then
      return number
    end
  end
end

-- The ends that a delivery has or not by how its sender is said, and by how its address is.
local BY_SENDER = { sender = true, routes = true, makes = true }
local BY_ADDRESS = { sender = true, handed = true, routes = true, makes = true }

-- What else may become of a delivery by how it can be said.
local OTHERWISE = {
  { verdict = "deliver" },
  { verdict = "reject", code = "sender-unsayable", status = "5.1.7" },
}

-- Whether it is broken by a delivery of a run as it might be instead, or nobody knows.
local function is_broken_by(claim, run, delivery)
  local known = run.doubt
  local has_end = any(claim.ends, delivery, run)
  return has_end ~= (claim.quantifier == "every") or run.doubt ~= known
end

--- Whether it may be broken by a delivery of a run if it were said otherwise, or could not be.
-- @tparam table run
-- @tparam number number of the delivery
-- @tparam boolean is_of_sender whether its sender is what might be said otherwise, not its address
-- @treturn boolean
function Claim:may_break_otherwise(run, number, is_of_sender)
  local delivery, by_saying = run.deliveries[number], is_of_sender and BY_SENDER or BY_ADDRESS
  local is_at_stake = delivery.verdict == "deliver" or ways.UNSAID[delivery.code]
  if not is_at_stake or any(self.exceptions, run, delivery, number) then return false end
  for _, part in ipairs(self.tree.ends) do
    if by_saying[part.kind] then return true end
  end
  for _, otherwise in ipairs(OTHERWISE) do
    local other = lists.copy(delivery)
    for field, value in pairs(otherwise) do other[field] = value end
    if is_broken_by(self, run, other) then return true end
  end
  return false
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

-- The types of several sets.
local function types_of(list)
  local types = {}
  for _, set in ipairs(list) do
    for _, type_name in ipairs(members.types(set)) do types[#types + 1] = type_name end
  end
  return types
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
    fixed = self.fixed, seconds = seconds,
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
  }, Claim)
  if binding.fault then return nil, binding.fault.message, binding.fault.at end
  return self
end

return { new = new }
