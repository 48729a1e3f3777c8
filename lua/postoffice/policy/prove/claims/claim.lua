--- A claim that is bound to a policy: which runs it speaks of, and which of them break it.
-- @module postoffice.policy.prove.claims.claim

local bindings = require "postoffice.policy.prove.claims.binding"
local ends = require "postoffice.policy.prove.claims.ends"
local exceptions = require "postoffice.policy.prove.claims.exceptions"
local facts = require "postoffice.policy.prove.claims.facts"
local grammar = require "postoffice.policy.prove.claims.grammar"
local members = require "postoffice.policy.prove.claims.members"

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

--- What is to be asked of all classes.
-- @tparam table|nil other policy that is compared
-- @tparam number|nil seconds that it may take
-- @treturn table see `postoffice.policy.prove.classes`
function Claim:question(other, seconds)
  return { policies = { self.policy, other }, fixed = self.fixed, seconds = seconds }
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
