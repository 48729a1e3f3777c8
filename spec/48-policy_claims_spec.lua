--- Brute force judges proofs: of small random policies, every address is tried with every message, as
-- far as there is time.
--
-- A claim that holds has no witness among them; one that fails does so by a witness that the engine
-- confirms; and without functions most claims are decided.
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local small = require "spec.small_policies"

local CLAIMS = 3 -- about each policy

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
    judge.each(1, helper.times(14), function(seed)
      with_policies(seed, counts, function(p, other, world)
        for number = 1, CLAIMS do
          judge.claim(p, small.claim(world), seed * 10 + number, other, counts)
        end
      end)
    end)
    judge.tell("claims about random policies", counts)
    check(counts)
  end)

  it("tell whether a policy routes as another", function()
    local counts = judge.counts()
    judge.each(1, helper.times(6), function(seed)
      with_policies(seed, counts, function(p, other, world)
        local set = seed % 2 == 0 and "address" or small.set(world)
        local unless = seed % 3 == 0 and world:text "unless" or ""
        local claim = ('every %s routes as in "old.lua" %s'):format(set, unless)
        judge.claim(p, claim, seed, other, counts)
      end)
    end)
    judge.tell("claims that compare policies", counts)
    check(counts)
  end)
end)
