--- Decides claims: whether a policy does what one sentence says, for every address and every message.
--
-- The engine says what a policy does; a claim says what of that is as it should be. What runs have to
-- be looked at is `classes`' to know: one for each class of addresses and messages that the policy and
-- the claim can tell apart. A claim holds if none of them breaks it and none was in doubt; it fails
-- by one that does, which the engine is asked about again; all else is undecided.
-- @module postoffice.policy.prove.claims

local answers = require "postoffice.policy.prove.claims.answer"
local core = require "postoffice.core"
local messages = require "postoffice.policy.prove.classes.messages"
local new_claim = require "postoffice.policy.prove.claims.claim".new
local runs = require "postoffice.policy.prove.claims.runs"

local claims = {}

local UNKNOWN = { unknown = true }

-- The answer about a delivery that breaks a claim, once the engine has said so with all that it
-- tells; nil if it does not say so.
local function confirmed(claim, run, given)
  local explanation, deliveries = run:explain()
  run.deliveries, run.count, run.named = deliveries, #deliveries, nil
  local number = claim:broken_by(run)
  if not number then return nil end
  local delivery = deliveries[number]
  return answers.new {
    outcome = "fails", claim = claim.text, witness = run.text, envelope = run.message:envelope(),
    given = given, delivery = delivery, explanation = explanation, where = delivery.rule,
  }
end

-- The answer if a run breaks a claim, or nil.
local function failure_of(claim, run, given)
  return claim:broken_by(run) and confirmed(claim, run, given)
end

-- A run of what was found, by one of the policies that are compared.
local function run_of(policy, found, own, other)
  return runs.new {
    policy = policy, text = found.address, message = found.message,
    deliveries = found.deliveries[own], others = found.deliveries[other],
    named = found.named and found.named[own],
  }
end

-- The same of an address that two policies route.  What only the other one delivers breaks a claim
-- about every delivery, too.
local function compared(claim, found, other)
  local failed = failure_of(claim, run_of(claim.policy, found, 1, 2))
  if failed or not other or claim.quantifier == "no" then return failed end
  return failure_of(claim, run_of(other, found, 2, 1))
end

-- The same where functions of a policy have a say: they were asked with nothing to go by, and are
-- asked again for each kind of answer.
local function tried(claim, found, other)
  local envelope = found.message:envelope()
  for _, answer in ipairs(runs.ANSWERS) do
    local function route(policy)
      return policy and runs.route(policy, found.address, envelope, answer.ask)
    end
    local failed = failure_of(claim, runs.new {
      policy = claim.policy, text = found.address, message = messages.of(envelope),
      deliveries = route(claim.policy), others = route(other), ask = answer.ask,
    }, answer.says)
    if failed then return failed end
  end
end

-- The answer about what is not decided.
local function undecided(claim, why)
  return answers.new {
    outcome = "undecided", claim = claim.text, why = why, where = why:match "%(([^()]*:%d+)%)$",
  }
end

-- What tells whether a claim speaks of what was found; many messages go to one address.
local function new_filter(claim)
  local text, is_recipient
  return function(found)
    if found.address ~= text then
      text = found.address
      local address = core.parse(text, UNKNOWN)
      is_recipient = address ~= nil and claim.has_recipient(address)
    end
    return is_recipient and claim:has_message(found.message)
  end
end

--- Decides a claim by runs.
-- @tparam table claim by `claims.read`
-- @tparam function each what returns an iterator of runs and what it works on, which says `why` at its
--   end if not all is covered; see `postoffice.policy.prove.classes`
-- @tparam table question what `each` is to look at
-- @treturn table an answer
function claims.decide(claim, each, question)
  local other, doubt = question.policies[2], nil
  local next_run, work = each(question)
  local is_meant = new_filter(claim)
  for found in next_run, work do
    if is_meant(found) then
      local failed = compared(claim, found, other)
        or found.undecided and tried(claim, found, other)
      if failed then return failed end
      doubt = doubt or found.undecided
    end
  end
  doubt = doubt or work.why
  if doubt then return undecided(claim, doubt) end
  return answers.new { outcome = "holds", claim = claim.text }
end

--- Reads a claim about a policy.
-- @tparam table policy
-- @tparam string text
-- @treturn table|nil claim
-- @treturn string what is wrong, and at which byte
-- @treturn number the byte
function claims.read(policy, text) return new_claim(policy, text) end

return claims
