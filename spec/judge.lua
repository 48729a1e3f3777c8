--- Judges proofs by brute force, one seed after the other.
--
-- Whoever fails is told at once with its number, by which it is tried again alone:
-- `POSTOFFICE_SEED=17`, or `POSTOFFICE_SEED=100-400` for all of these.  What came out is counted, and told
-- where much is tried (`make soak`).
local claims = require "postoffice.policy.prove.claims"
local enumerate = require "spec.enumerate"
local generate = require "spec.generate"
local given = require "postoffice.policy.prove.classes.messages.given"
local helper = require "spec.helper"
local lists = require "postoffice.lists"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"
local small = require "spec.small_policies"
local trials = require "postoffice.policy.prove.classes.trials"

local judge = {}

local MOST_TOLD = 10 -- seeds that fail, before the others are left out

-- The seeds that are asked for, or nil.
local first_asked, last_asked = (os.getenv "POSTOFFICE_SEED" or ""):match "^(%d+)%-?(%d*)$"

local is_long = helper.times(1) > 1 or first_asked ~= nil

--- How many runs are tried for each proof.
judge.TRIED = is_long and 4000 or 1200

--- What a proof may take: what takes longer is undecided, which is never wrong.
judge.SECONDS = 1

local function text_of(raised)
  return type(raised) == "table" and tostring(raised.message or raised) or tostring(raised)
end

local function tell(...)
  if is_long then io.stderr:write(...) end
end

--- Judges seeds: all from `first` on, or those that are asked for.  All are tried, whatever fails.
-- @tparam number first
-- @tparam number count
-- @tparam function call of a seed; raises what is wrong
function judge.each(first, count, call)
  local failed, last = {}, first + count - 1
  if first_asked then
    first, last = tonumber(first_asked), tonumber(last_asked) or tonumber(first_asked)
  end
  for seed = first, last do
    local ok, raised = pcall(call, seed)
    if not ok then
      failed[#failed + 1] = ("POSTOFFICE_SEED=%d: %s"):format(seed, text_of(raised))
      tell(failed[#failed], "\n")
    end
    if #failed == MOST_TOLD then break end
  end
  assert(not failed[1], table.concat(failed, "\n\n"))
end

-- ---- Counts ------------------------------------------------------------------

local Counts = {}
Counts.__index = Counts

--- Counts something once more, or so many times.
-- @tparam string what
-- @tparam[opt=1] number times
function Counts:add(what, times) self[what] = (self[what] or 0) + (times or 1) end

--- How often something was counted.
-- @tparam string what
-- @treturn number
function Counts:of(what) return self[what] or 0 end

function Counts:__tostring()
  local list = {}
  for what, number in pairs(self) do list[#list + 1] = ("%7d %s"):format(number, what) end
  table.sort(list, function(a, b) return a > b end)
  return table.concat(list, "\n")
end

--- Counts of what comes out.
-- @treturn table
function judge.counts() return setmetatable({}, Counts) end

--- Tells counts, where much is tried.
-- @tparam string what is counted
-- @tparam table counts
function judge.tell(what, counts) tell(what, ":\n", tostring(counts), "\n") end

-- A doubt without what is particular to one policy.
local function in_general(why)
  return (why:gsub("%b()", "(...)"):gsub("[%w:;=/+]+@[%w.]+", "ADDRESS"):gsub("'.-'", "'...'")
    :gsub("%u%u+%d*:%S*", "ADDRESS"))
end

--- Whether an answer is undecided for want of time, of which a busy machine has less: such a one counts for
-- nothing, or what is expected of the others would hang on the machine.
-- @tparam string|nil why
-- @treturn boolean
function judge.is_late(why) return why ~= nil and why:find("no more time", 1, true) ~= nil end

--- What an undecided answer is counted as.
-- @tparam string why
-- @treturn string
function judge.doubt(why) return "undecided: " .. in_general(why) end

-- ---- What is made of it ------------------------------------------------------

local FIELDS = {
  "verdict", "code", "status", "connector", "nexthop", "entry", "extension", "address", "final",
  "sender",
}
local WITHOUT_WAY = { "verdict", "code", "status", "entry" }

--- What a message comes to, in the fields that are compared, in any order.
-- @tparam table p policy
-- @tparam string address
-- @tparam table envelope
-- @treturn string the same for two that come to the same
function judge.outcome(p, address, envelope)
  local texts = {}
  for i, delivery in ipairs(p:route(address, envelope)) do
    local parts = {}
    for _, name in ipairs(delivery.verdict == "deliver" and FIELDS or WITHOUT_WAY) do
      parts[#parts + 1] = tostring(delivery[name])
    end
    texts[i] = table.concat(parts, " ")
  end
  table.sort(texts)
  return table.concat(texts, "\n")
end

-- A policy of the same text whose questions a host answers as is said.
local function answered(p, says)
  for _, answer in ipairs(trials.ANSWERS) do
    if answer.says == says then
      return assert(policy.load(p.origin.source, { secrets = small.secrets, ask = answer.ask }))
    end
  end
  error("no host answers so: " .. tostring(says))
end

--- Whether a message comes to something else in two policies: by a host that answers what is said, if
-- anything is.
-- @tparam table old policy
-- @tparam table new policy
-- @tparam table change one of those that `policy.changes` finds
-- @treturn boolean
function judge.is_change(old, new, change)
  local texts = {}
  for i, p in ipairs { old, new } do
    local asked = change.given and answered(p, change.given) or p
    texts[i] = judge.outcome(asked, change.recipient, change.envelope)
    if asked ~= p then asked:close() end
  end
  return texts[1] ~= texts[2]
end

--- All changes that are found, be they told for others or not.
-- @tparam table found see `policy.changes`
-- @treturn {table,...}
function judge.all_changes(found)
  local list = {}
  for _, change in ipairs(found.changes) do
    list[#list + 1] = change
    lists.add_all(list, change.others)
  end
  return list
end

-- ---- What is tried -----------------------------------------------------------

local FEW = { "<>", "a@a", "b@b.b" } -- senders, where nothing looks at them

-- The words of a policy or claim that look at a message's sender.
local OF_SENDERS = {
  "senders", "accept", "reject =", "rewrite_sender", "both", "outbound", "srs", "batv", "from ",
  "sender", "speaks",
}

local function has_any(text, words)
  for _, word in ipairs(words) do
    if text:find(word, 1, true) then return true end
  end
  return false
end

-- The words of a policy that signs.
local SIGNS = { "SRS", "BATV" }

-- Two lists, one after the other.
local function joined(list, more)
  local all = {}
  for _, item in ipairs(list) do all[#all + 1] = item end
  for _, item in ipairs(more) do all[#all + 1] = item end
  return all
end

--- The senders that some texts can tell apart.
-- @tparam string text policies and a claim
-- @treturn {string,...}
function judge.senders(text)
  if has_any(text, SIGNS) then return joined(small.SENDERS, small.SIGNED_SENDERS) end
  return has_any(text, OF_SENDERS) and small.SENDERS or FEW
end

--- All addresses, and those that look signed where that can matter.
-- @tparam string text policies and a claim
-- @treturn {string,...}
function judge.addresses(text)
  return has_any(text, SIGNS) and joined(small.ADDRESSES, small.SIGNED) or small.ADDRESSES
end

--- The times of messages that can matter.
-- @tparam string text policies and a claim
-- @treturn {number,...}
function judge.times(text) return has_any(text, SIGNS) and small.TIMES or { false } end

--- The sizes around which they can.
-- @tparam string text
-- @treturn {number,...}
function judge.sizes(text) return has_any(text, { "size" }) and small.SIZES or {} end

--- All messages that policies can tell apart.
-- @tparam {table,...} policies
-- @tparam table fixed facts
-- @tparam string text of the policies and a claim
-- @tparam[opt] {string,...} senders instead of those that the text can tell apart
-- @treturn {table,...} envelopes
function judge.envelopes(policies, fixed, text, senders)
  return enumerate.envelopes(policies, fixed, senders or judge.senders(text), judge.sizes(text),
    judge.times(text))
end

--- Lets a few of very many pass, others for each seed.
-- @tparam number seed
-- @tparam number all
-- @treturn function whether the next one is tried
function judge.some(seed, all)
  local random, one_in = generate.random(seed), math.max(1, math.floor(all / judge.TRIED))
  return function() return random(one_in) == 1 end
end

-- ---- Claims ------------------------------------------------------------------

-- The answer of brute force.
local function tried(claim, question, text, seed, counts, addresses, senders)
  local envelopes = judge.envelopes(question.policies, question.fixed, text, senders)
  local is_taken = judge.some(seed, #envelopes * #addresses)
  local each = enumerate.by(addresses, senders or judge.senders(text), judge.sizes(text), function()
    local is = is_taken()
    if is then counts:add "addresses tried" end
    return is
  end, judge.times(text))
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
        address = answer.witness, message = given.of(answer.envelope), deliveries = deliveries,
        undecided = answer.given and "a function",
      }
    end, { is_exact = true }
  end
  return claims.decide(claim, each, question).outcome == "fails"
end

--- Holds the answer to one claim to brute force, and counts it.
-- @tparam table p policy
-- @tparam string text the claim
-- @tparam number seed
-- @tparam table other policy, that claims may compare with
-- @tparam table counts
-- @tparam[opt] {string,...} addresses that are tried
-- @tparam[opt] {string,...} senders that are
function judge.claim(p, text, seed, other, counts, addresses, senders)
  local claim = claims.read(p, text)
  if not claim then return end
  local function load_other() return other end
  local answer = assert(p:prove(text, { seconds = judge.SECONDS, load = load_other }))
  local question = { policies = { p, claim.file and other }, fixed = claim.fixed }
  local all = table.concat({ p.origin.source, other.origin.source, text }, "\n-- ")
  local where = ("%s\n-- old:\n%s\n-- claim %s\n-- %s"):format(p.origin.source,
    claim.file and other.origin.source or "", text, tostring(answer))
  if judge.is_late(answer.why) then return counts:add(judge.doubt(answer.why)) end
  counts:add "claims"
  counts:add(answer.outcome)
  if answer.outcome == "holds" then
    local found = tried(claim, question, all, seed, counts,
      addresses or judge.addresses(all), senders)
    assert(found.outcome == "holds", where .. "\n-- " .. tostring(found))
  elseif answer.outcome == "fails" then
    assert(is_confirmed(claim, question, answer), where)
  else
    counts:add(judge.doubt(answer.why))
    counts:add(p.compiled.scripted and "undecided by functions" or "undecided without functions")
  end
end

--- Judges claims about policies of seeds.
-- @string what the claims are about
-- @tparam number count of seeds, of which `helper.times` are tried
-- @tparam function draw of a seed: a policy, nil to leave it out; the world that says claims; and a table:
--   how many `claims`; which `addresses` and `senders` are tried, and the `other` policy that claims may
--   compare with, if any
function judge.claims(what, count, draw)
  local counts = judge.counts()
  judge.each(1, helper.times(count), function(seed)
    local p, world, given_to = draw(seed)
    if not p then return end
    local other = given_to.other or p
    counts:add "policies"
    for number = 1, given_to.claims do
      judge.claim(p, world:text "claim", seed * 10 + number, other, counts, given_to.addresses,
        given_to.senders)
    end
    p:close()
    if other ~= p then other:close() end
  end)
  judge.tell_claims("claims about " .. what, counts)
end

--- What draws policies of a grammar for `judge.claims`.
-- @tparam table grammar of `sentences.new`
-- @tparam function lines_of a policy of a world
-- @tparam table given_to the third result
-- @tparam[opt] function others_of a world and the lines of a policy: those of the other one, for claims that
--   compare
-- @treturn function
function judge.draw(grammar, lines_of, given_to, others_of)
  return function(seed)
    local world, told = sentences.new(grammar, seed), lists.copy(given_to)
    local lines = lines_of(world)
    local p = judge.loaded(lines)
    told.other = others_of and judge.loaded(others_of(world, lines))
    return p, world, told
  end
end

local PARTS = { "connector", "rewrite", "place" } -- of a small site

--- Draws the lines of a small site: its parts, entries, and more.
-- @tparam table world of a grammar that has all of these
-- @treturn {string,...}
function judge.site(world)
  local lines = {}
  for i, part in ipairs(PARTS) do lines[i] = world:text(part) end
  for _ = 1, world.random(3) - 1 do lines[#lines + 1] = world:text "entry" end
  for _ = 1, world.random(3) - 1 do lines[#lines + 1] = world:text "more" end
  return lines
end

--- The same lines, of which one is drawn again.
-- @tparam table world
-- @tparam {string,...} lines
-- @treturn {string,...}
function judge.other_site(world, lines)
  local others, at = lists.copy(lines), world.random(#PARTS)
  others[at] = world:text(PARTS[at])
  return others
end

--- Tells what came of claims; fails if many were tried, and all hold or all fail.
-- @string what they were about
-- @tparam table counts `claims`, `holds` and `fails`
function judge.tell_claims(what, counts)
  judge.tell(what, counts)
  local are_some = counts:of "holds" > 0 and counts:of "fails" > 0
  assert(counts:of "claims" < 20 or are_some, tostring(counts))
end

--- Loads lines as a policy; those that keep it from loading are made blank.
-- @tparam {string,...} lines
-- @tparam[opt] function load of lines: a policy, or nil and a message that names `p.lua` and a line
-- @treturn table the policy
function judge.loaded(lines, load)
  while true do
    local loaded, message
    if load then loaded, message = load(lines)
    else loaded, message = policy.load(table.concat(lines, "\n"), { chunkname = "@p.lua" }) end
    if loaded then return loaded end
    lines[assert(tonumber(message:match "^p%.lua:(%d+)"), message)] = ""
  end
end

--- Declares, by busted's `it`, a spec for each claim about some policies.
-- @tparam function it
-- @tparam string before what each policy begins with
-- @tparam {table,...} cases the rest of a policy first, and by claim its outcome
function judge.outcomes(it, before, cases)
  for _, case in ipairs(cases) do
    for text, outcome in pairs(case) do
      if text ~= 1 and text ~= "long" then
        it(("%s: %s%s"):format(outcome, text, case.long and " #long" or ""), function()
          local answer = assert(policy.load(before .. case[1])):prove(text, { seconds = 60 })
          assert(answer.outcome == outcome, tostring(answer))
        end)
      end
    end
  end
end

--- Raises a sentence about a case, with what `check` says of it, unless something is so.
-- @param is_so
-- @tparam table case its `policy` and `text`
-- @tparam string sentence a format
-- @param ... its arguments
function judge.hold(is_so, case, sentence, ...)
  if is_so then return end
  local said = { sentence:format(...), case.text }
  for _, finding in ipairs(case.policy:check()) do said[#said + 1] = "-- " .. tostring(finding) end
  error(table.concat(said, "\n"), 0)
end

--- Judges what `check` finds in policies of seeds, and expects each kind of finding among enough of them.
-- @tparam string name what is judged
-- @tparam number count how many policies
-- @tparam function judge_policy of a seed and counts, to which it adds "policies" and what was found
-- @tparam {string,...} kinds of findings
function judge.findings(name, count, judge_policy, kinds)
  local counts = judge.counts()
  judge.each(1, helper.times(count), function(seed) judge_policy(seed, counts) end)
  judge.tell(name, counts)
  local is_whole = counts:of "policies" >= count -- fewer may have none of one kind
  for _, kind in ipairs(kinds) do assert(counts:of(kind) > 0 or not is_whole, kind) end
end

return judge
