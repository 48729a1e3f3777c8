--- Brute force judges proofs: of small random policies, every address is tried with every message, as
-- far as there is time.
--
-- A claim that holds has no witness among them; one that fails does so by a witness that the engine
-- confirms; and without functions most claims are decided.
local claims = require "postoffice.policy.prove.claims"
local enumerate = require "spec.enumerate"
local helper = require "spec.helper"
local judge = require "spec.judge"
local messages = require "postoffice.policy.prove.classes.messages"
local policy = require "postoffice.policy"
local small = require "spec.small_policies"

local CLAIMS = 3 -- about each policy

-- The answer of brute force.
local function tried(claim, question, text, seed, counts)
  local number = #judge.envelopes(question.policies, question.fixed, text) * #small.ADDRESSES
  local is_taken = judge.some(seed, number)
  local each = enumerate.by(small.ADDRESSES, judge.senders(text), judge.sizes(text), function()
    local is = is_taken()
    if is then counts:add "addresses tried" end
    return is
  end)
  return claims.decide(claim, each, question)
end

-- Whether the engine says of a witness that it breaks a claim.
local function is_confirmed(claim, question, answer)
  local function each()
    local is_done = false
    return function()
      if is_done then return nil end
      is_done = true
      local deliveries = {}
      for i, p in ipairs(question.policies) do
        deliveries[i] = p:route(answer.witness, answer.envelope)
      end
      return {
        address = answer.witness, message = messages.of(answer.envelope), deliveries = deliveries,
        undecided = answer.given and "a function",
      }
    end, { is_exact = true }
  end
  return claims.decide(claim, each, question).outcome == "fails"
end

-- Holds the answer to one claim to brute force, and counts it.
local function judge_one(p, text, seed, other, counts)
  local claim = claims.read(p, text)
  if not claim then return end
  local function load_other() return other end
  local answer = assert(p:prove(text, { seconds = judge.SECONDS, load = load_other }))
  local question = { policies = { p, claim.file and other }, fixed = claim.fixed }
  local all = table.concat({ p.origin.source, other.origin.source, text }, "\n-- ")
  local where = ("%s\n-- old:\n%s\n-- claim %s\n-- %s"):format(p.origin.source,
    claim.file and other.origin.source or "", text, tostring(answer))
  counts:add "claims"
  counts:add(answer.outcome)
  if answer.outcome == "holds" then
    local found = tried(claim, question, all, seed, counts)
    assert(found.outcome == "holds", where .. "\n-- " .. tostring(found))
  elseif answer.outcome == "fails" then
    assert(is_confirmed(claim, question, answer), where)
  else
    counts:add(judge.doubt(answer.why))
    counts:add(p.compiled.scripted and "undecided by functions" or "undecided without functions")
  end
end

-- Calls a function with a policy, a variant of it, and what claims about them are made by.
local function with_policies(seed, counts, call)
  local lines, world = small.lines(seed)
  local other = small.load(policy.load, small.variant(lines, world), world)
  local p = small.load(policy.load, lines, world)
  if not p or not other then return end
  counts:add "policies"
  call(p, other, world)
  p:close()
  other:close()
end

-- Whether all outcomes came about, and few of those that a proof owes.
local function check(counts)
  local all, told = counts:of "claims", tostring(counts)
  if all < 50 then return end
  assert.is_true(counts:of "holds" > all / 20, told)
  assert.is_true(counts:of "fails" > all / 20, told)
  assert.is_true(counts:of "undecided without functions" < all / 3, told)
end

describe("claims about random policies #host", function()
  it("hold where brute force finds no witness, and fail by one", function()
    local counts = judge.counts()
    judge.each(1, helper.times(20), function(seed)
      with_policies(seed, counts, function(p, other, world)
        for number = 1, CLAIMS do
          judge_one(p, small.claim(world), seed * 10 + number, other, counts)
        end
      end)
    end)
    judge.tell("claims about random policies", counts)
    check(counts)
  end)

  it("tell whether a policy routes as another", function()
    local counts = judge.counts()
    judge.each(1, helper.times(8), function(seed)
      with_policies(seed, counts, function(p, other, world)
        local set = seed % 2 == 0 and "address" or small.set(world)
        judge_one(p, ('every %s routes as in "old.lua"'):format(set), seed, other, counts)
      end)
    end)
    judge.tell("claims that compare policies", counts)
    check(counts)
  end)
end)
