--- Brute force judges proofs: of small random policies, every address is tried with every message, as
-- far as there is time.
--
-- A claim that holds has no witness among them; one that fails does so by a witness that the engine
-- confirms; and without functions most claims are decided.
local claims = require "postoffice.policy.prove.claims"
local enumerate = require "spec.enumerate"
local generate = require "spec.generate"
local helper = require "spec.helper"
local messages = require "postoffice.policy.prove.classes.messages"
local policy = require "postoffice.policy"
local small = require "spec.small_policies"

local TRIED = 1200 -- runs of each claim that holds
local SIZES = { 10 } -- the one that policies tell apart
local SECONDS = 1 -- what takes longer is undecided, which is never wrong

local function load(lines)
  local p = policy.load(table.concat(lines, "\n"), { chunkname = "@small.lua" })
  return p, p and p.compiled.scripted
end

-- Lets a few of very many pass, others each time.
local function sampled(seed, one_in)
  local random = generate.random(seed)
  return function() return random(one_in) == 1 end
end

-- How many runs there are for each that can be tried.
local function one_in(question)
  local envelopes = enumerate.envelopes(question.policies, question.fixed, small.SENDERS, SIZES)
  return math.max(1, math.floor(#envelopes * #small.ADDRESSES / TRIED))
end

-- The answer of brute force.
local function tried(claim, question, seed)
  local each = enumerate.by(small.ADDRESSES, small.SENDERS, SIZES,
    sampled(seed, one_in(question)))
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

-- Holds the answer to one claim to brute force; returns it.
local function judge(p, text, seed, other)
  local answer = assert(p:prove(text, { seconds = SECONDS, load = function() return other end }))
  local claim = assert(claims.read(p, text))
  local question = { policies = { p, other }, fixed = claim.fixed }
  local function where()
    local source = p.origin.source .. (other and "\n-- old:\n" .. other.origin.source or "")
    return ("%s\n-- claim %s\n-- %s"):format(source, text, tostring(answer))
  end
  if answer.outcome == "holds" then
    local found = tried(claim, question, seed)
    assert.equal("holds", found.outcome, where() .. "\n-- " .. tostring(found))
  elseif answer.outcome == "fails" then
    assert.is_true(is_confirmed(claim, question, answer), where())
  end
  return answer, where
end

-- A policy without one of its lines, that loads; or nil.
local function without_a_line(lines, seed)
  local left = {}
  local out = generate.random(seed)(#lines)
  for i, line in ipairs(lines) do
    if i ~= out then left[#left + 1] = line end
  end
  return (load(left))
end

local function new_counts() return { holds = 0, fails = 0, undecided = 0, scripted = 0 } end

-- Counts an answer; what is undecided without a function to blame is more than it should be.
local function count(counts, answer, is_scripted)
  local outcome = answer.outcome == "undecided" and is_scripted and "scripted" or answer.outcome
  counts[outcome] = counts[outcome] + 1
end

-- Whether all outcomes came about, and few of those that a proof owes.
local function check(counts, all)
  local told = ("%d hold, %d fail, %d undecided, %d by functions"):format(counts.holds,
    counts.fails, counts.undecided, counts.scripted)
  if all < 100 then return end
  assert.is_true(counts.holds > all / 20, told)
  assert.is_true(counts.fails > all / 20, told)
  assert.is_true(counts.undecided < all / 3, told)
end

describe("claims about random policies #host", function()
  it("hold where brute force finds no witness, and fail by one", function()
    local counts, all = new_counts(), 0
    for seed = 1, helper.times(30) do
      local lines, names = small.lines(seed)
      local p, is_scripted = load(lines)
      for number = 1, p and 3 or 0 do
        local text = small.claim(names)
        if claims.read(p, text) then
          count(counts, judge(p, text, seed * 10 + number), is_scripted)
          all = all + 1
        end
      end
      if p then p:close() end
    end
    check(counts, all)
  end)

  it("tell whether a policy routes as another", function()
    local counts, all = new_counts(), 0
    for seed = 1, helper.times(10) do
      local lines, names = small.lines(seed)
      local p, is_scripted = load(lines)
      local other = p and without_a_line(lines, seed)
      if other then
        local text = ('every %s routes as in "old.lua"'):format(
          seed % 2 == 0 and "address" or small.set(names))
        count(counts, judge(p, text, seed, other), is_scripted)
        all = all + 1
        other:close()
      end
      if p then p:close() end
    end
    check(counts, all)
  end)
end)
