--- Decides claims: whether a policy does what one sentence says, for every address and every message.
--
-- The engine says what a policy does; a claim says what of that is as it should be. What runs have to
-- be looked at is `classes`' to know: one for each class of addresses and messages that the policy and
-- the claim can tell apart. A claim holds if none of them breaks it and none was in doubt; it fails
-- by one that does, which the engine is asked about again; all else is undecided.
-- @module postoffice.policy.prove.claims

local answers = require "postoffice.policy.prove.claims.answer"
local begun = require "postoffice.policy.prove.classes.begun"
local classes = require "postoffice.policy.prove.classes"
local contents = require "postoffice.policy.prove.classes.contents"
local core = require "postoffice.core"
local doubts = require "postoffice.policy.prove.claims.doubts"
local functions = require "postoffice.policy.prove.classes.functions"
local lists = require "postoffice.lists"
local message_of = require "postoffice.policy.prove.classes.messages.given".of
local new_errors = require "postoffice.policy.language.errors".new
local new_claim = require "postoffice.policy.prove.claims.claim".new
local routings = require "postoffice.policy.prove.classes.routings"
local runs = require "postoffice.policy.prove.claims.runs"
local search = require "postoffice.policy.prove.claims.search"
local slices = require "postoffice.policy.prove.classes.slices"
local trials = require "postoffice.policy.prove.classes.trials"
local ways = require "postoffice.policy.prove.classes.ways"
local whatever = require "postoffice.policy.prove.claims.whatever"

local claims = {}

local UNKNOWN = { unknown = true }

local clock = os.clock

local OF_ANSWERS = 3 / 4 -- of the time, for what holds whatever functions answer

local MEMBERS = 100 -- of a class, that are asked for one that breaks a claim

-- Whether it is the host who lets mail of strangers leave, or does not: without functions a policy refuses
-- what it opened alone, and what an entry sends on is what it is.
local function is_left_to_host(claim, delivery)
  return claim.fixed.may_relay == false and delivery.connector ~= nil and not delivery.entry
    and next(claim.policy.compiled.on) == nil
end

-- The answer about a delivery that breaks a claim, once the engine has said so with all that it
-- tells; nil if it does not say so.
local function confirmed(claim, run, given)
  local explanation, has_asked = run:repeated()
  local number = claim:broken_by(run)
  if not number then return nil end
  local delivery = run.deliveries[number]
  return answers.new {
    outcome = "fails", claim = claim.text, witness = run.text, envelope = run.message:envelope(),
    given = has_asked and given or nil, delivery = delivery, explanation = explanation,
    where = delivery.rule, is_left_to_host = is_left_to_host(claim, delivery) or nil,
  }
end

-- A run of what was found, by one of the policies that are compared.
local function run_of(policy, found, own, other)
  return runs.new {
    policy = policy, text = found.address, message = found.message, other = other,
    deliveries = found.deliveries[own], others = other and found.deliveries[3 - own],
    named = found.named and found.named[own], owners = found.owners and found.owners[own],
  }
end

-- The same run of another member of its class, with the same message.
local function run_of_member(policy, other, text, message)
  local envelope = message:envelope()
  return runs.new {
    policy = policy, text = text, message = message_of(envelope),
    deliveries = routings.route(policy, text, envelope), other = other,
    others = other and routings.route(other, text, envelope),
  }
end

-- Whether an address of what was found is one that a claim speaks of.
local function is_asked_for(claim, found, text)
  return not found.is_mixed or claim.has_recipient(core.parse(text, UNKNOWN))
end

-- Texts of members of the class of what was found; where sets may have some carriers of these only, as they may
-- be written, too.
local function members_of(found)
  local texts = found.members and found.members(MEMBERS) or {}
  if not found.is_mixed then return texts end
  local all = {}
  lists.add_all(all, texts)
  for _, text in ipairs(texts) do lists.add_all(all, begun.respelled(text)) end
  return all
end

-- Texts of members of the class of what was found that may be asked for, and whether none is.
local function asked_of(found)
  if not found.is_mixed or not found.search then return members_of(found), false end
  local texts, are_none = classes.asked_of(found.search, found.item, MEMBERS)
  local all = members_of(found)
  for _, text in ipairs(texts) do
    all[#all + 1] = text
    lists.add_all(all, begun.respelled(text))
  end
  return all, are_none
end

-- The answer if one of the policies breaks a claim by what was found; or nil, and why there is doubt:
-- lots were drawn as they are not for this address, so that another one has to be the witness.
local function failure_of(claim, found, policy, other, own)
  local run = run_of(policy, found, own, other)
  if not claim:broken_by(run) then
    return nil, run.doubt or doubts.of_address(claim, run),
      run.sender_doubt or doubts.of_sender(claim, run)
  end
  local is_asked = found.undecided and policy.compiled.scripted
  local failed = is_asked_for(claim, found, found.address)
    and confirmed(claim, run, is_asked and trials.ANSWERS[2].says or nil)
  if failed then return failed end
  local texts, are_none = asked_of(found)
  for _, text in ipairs(texts) do
    failed = is_asked_for(claim, found, text)
      and confirmed(claim, run_of_member(policy, other, text, found.message))
    if failed then return failed end
  end
  if are_none then return nil end
  return nil, (found.is_mixed and "sets that look into what is carried in %s"
    or "it is not so of %s, and may be so of another of its class"):format(found.address)
end

-- Whether somebody else than the class decides what a delivery is: a rule that makes addresses.
local function is_made(delivery)
  return delivery.verdict == "deliver" and (delivery.connector or delivery.extension) ~= nil
end

-- Why what two policies make of an address says nothing of others of its class, or nil.
local function doubt_of_ways(claim, found, other)
  for _, deliveries in ipairs(found.deliveries) do
    for _, delivery in ipairs(deliveries) do
      if is_made(delivery) then
        return ways.doubt(claim.policy, other, found.address, found.message:envelope())
      end
    end
  end
end

-- Why two policies that do the same by what was found may not for others, who can be said to connectors that
-- cannot say these, or nil: of the deliveries that a claim speaks of.
local function doubt_of_unsaid(claim, found, other)
  return ways.doubt_of_unsaid({ claim.policy, other }, found.message:envelope(),
    claim:spoken_of(run_of(claim.policy, found, 1, other)),
    claim:spoken_of(run_of(other, found, 2, claim.policy)))
end

-- The answer if what was found breaks a claim; or nil, and why there is doubt.  What only the other
-- one of two policies delivers breaks a claim about every delivery, too.  Others of its class matter only
-- if it stands for them.
local function compared(claim, found, other, stands_for_others)
  local failed, doubt, of_sender = failure_of(claim, found, claim.policy, other, 1)
  if failed or not other then return failed, doubt, of_sender end
  if claim.quantifier == "no" then return nil, "that none routes alike is not proven" end
  local failed_there, doubt_there = failure_of(claim, found, other, claim.policy, 2)
  if failed_there then return failed_there end
  doubt = doubt or doubt_there
  return nil, doubt or stands_for_others and doubt_of_ways(claim, found, other) or nil, of_sender
end

-- The answer if a claim is broken by a message to an address, where functions of policies have a say: they
-- are asked again for each kind of answer.
local function failure_by(claim, other, text, envelope)
  local message = message_of(envelope)
  if not claim:has_message(message) then return nil end
  for _, answer in ipairs(trials.ANSWERS) do
    local routed, has_asked = trials.route({ claim.policy, other }, text, envelope, answer)
    local run = runs.new {
      policy = claim.policy, text = text, message = message, other = other,
      deliveries = routed[1], others = routed[2], ask = answer.ask,
    }
    local failed = claim:broken_by(run) and confirmed(claim, run, answer.says)
    if failed or not has_asked then return failed or nil end
  end
end

local Tries = {}
Tries.__index = Tries

-- The first answer by some envelopes of messages to an address, if a claim is broken by one.
function Tries:with(text, envelopes)
  for _, envelope in ipairs(envelopes) do
    local failed = failure_by(self.claim, self.other, text, envelope)
    if failed or clock() > self.until_then then return failed end
  end
end

-- Tries what was found, of which a function decides, or nobody knows what is so of others; the first time
-- that an address is, other messages to it, too.
function Tries:found(found)
  if not is_asked_for(self.claim, found, found.address) then return nil end
  local envelope, is_new = found.message:envelope(), found.address ~= self.last
  self.last = found.address
  local is_more = is_new and self.trial
  return self:with(found.address, is_more and self.trial:around(envelope) or { envelope })
end

-- Tries what scripts name.
function Tries:named()
  local trial = self.trial
  if not trial then return nil end
  local envelopes = trial:singles()
  lists.add_all(envelopes, trial:pairs())
  for _, text in ipairs(trial.addresses) do
    local is_meant = self.claim.has_recipient(core.parse(text, UNKNOWN))
    local failed = is_meant and self:with(text, envelopes)
    if failed then return failed end
  end
end

-- What has to be the same so that connectors which two policies choose alike say whomever they hear alike.
local OF_HEARING = { "settings", "domains", "senders" }

-- Whether what two policies route alike they do so from whomever: as a slice knows, or as rules that are
-- the same make the same of all senders of a class.
local function hear_alike(claim, other, slice)
  if slice then return slice.are_senders_alike end
  if not other or not claim:is_of_changes() then return false end
  local _, mine = ways.rules(claim.policy)
  local _, theirs = ways.rules(other)
  return mine == theirs and contents.are_alike(claim.policy.compiled, other.compiled, OF_HEARING)
end

-- What a claim is tried by as long as there is time, if functions have a say.
local function new_tries(claim, other, work, seconds)
  local is_scripted = functions.have_say { claim.policy, other }
  return setmetatable({
    claim = claim, other = other, until_then = clock() + seconds, last = nil,
    trial = is_scripted and work.asked and trials.new(work.asked) or nil,
  }, Tries)
end

-- The answer about what is not decided.
local function undecided(claim, why)
  return answers.new {
    outcome = "undecided", claim = claim.text, why = why, where = why:match "%(([^()]*:%d+)%)",
  }
end

local function holding(claim) return answers.new { outcome = "holds", claim = claim.text } end

-- What tells whether a claim speaks of what was found, or may speak of some of it; many messages go to
-- one address.
local function new_filter(claim)
  local text, is_recipient
  return function(found)
    if found.address ~= text then
      text = found.address
      local address = core.parse(text, UNKNOWN)
      is_recipient = address ~= nil and claim.has_recipient(address)
    end
    return (is_recipient or found.is_mixed) and claim:has_message(found.message)
  end
end

--- Decides a claim by runs.
-- @tparam table claim by `claims.read`
-- @tparam function each what returns an iterator of runs and what it works on, which says `why` at its
--   end if not all is covered, as `sender_doubt` why there may be other senders than those of its runs,
--   and whether it `is_exact`: each run stands for itself alone; see
--   `postoffice.policy.prove.claims.search`
-- @tparam table question what `each` is to look at
-- @treturn table an answer
function claims.decide(claim, each, question)
  local other, doubt = question.policies[2], nil
  local next_run, work = each(question)
  local are_heard_alike = not work.is_exact and hear_alike(claim, other, question.slice)
  local is_meant, tries = new_filter(claim), new_tries(claim, other, work, question.seconds or 0)
  for found in next_run, work do
    if not found.address then
      doubt = doubt or found.undecided
    elseif is_meant(found) and not found.is_nothing then
      local is_exact = work.is_exact or found.is_alone and not found.is_mixed
      local failed, why, of_sender = compared(claim, found, other, not is_exact and not doubt)
      failed = failed or found.undecided and tries:found(found)
      if failed then return failed end
      doubt = doubt or found.undecided or not is_exact and why
        or not (work.is_exact or are_heard_alike) and of_sender
        or (question.slice or are_heard_alike) and doubt_of_unsaid(claim, found, other) or nil
    end
  end
  doubt = doubt or work.why or claim.has_sender and work.sender_doubt -- it may have been of no run
  if not doubt then return holding(claim) end
  return tries:named() or undecided(claim, doubt)
end

local function read_all(compiled, errors)
  local policy = { compiled = compiled }
  for _, declaration in ipairs(compiled.claims) do
    local claim, message = claims.read(policy, declaration.name)
    if not claim then errors.add(declaration, ": %s", message) end
  end
end

--- What is wrong with the claims that a policy declares.
-- @tparam table compiled
-- @treturn string|nil an error a line
-- @treturn string|nil code
function claims.fault(compiled)
  local errors = new_errors()
  local ok, raised = pcall(read_all, compiled, errors)
  if not ok and raised ~= errors then error(raised, 0) end -- it is full
  if #errors > 0 then return table.concat(errors, "\n"), errors.code end
end

-- The policy that a claim compares with; nil if it names none, or nil, message, code.
local function other_of(claim, load)
  if not claim.file then return nil end
  local other, message, code = load(claim.file)
  if other then return other end
  return nil, ('routes as in "%s": %s'):format(claim.file, message), code
end

--- Decides a claim about a policy.
-- @tparam table policy
-- @tparam string text
-- @tparam table options `seconds` that it may take; `load`, a function of the name of a file that a
--   claim compares with: a policy, or nil, message, code
-- @treturn table|nil an answer: `outcome` (`holds`, `fails` or `undecided`), `claim`; if it fails
--   `witness` (an address), `envelope`, `delivery`, `explanation`, `is_left_to_host` (the host decides
--   whether such mail may leave), `given` (what functions of the policy were answered, if they have a
--   say) and `where`, the rule that decided; if it is undecided `why`, and `where` the function is; as
--   text by `tostring`
-- @treturn string what is wrong
-- @treturn string code
-- @treturn number|nil the byte of the claim
function claims.prove(policy, text, options)
  local claim, message, at = claims.read(policy, text)
  if not claim then return nil, message, "claim-invalid", at end
  local other, code
  other, message, code = other_of(claim, options.load)
  if message then return nil, message, code end
  if claim.quantifier == "every" and other and contents.are_same(policy, other) then
    return holding(claim)
  end
  local seconds, began = options.seconds, clock()
  if not other and whatever.holds(claim, seconds * OF_ANSWERS) then return holding(claim) end
  local question = claim:question(other, seconds - (clock() - began))
  question.slice = other and claim:is_of_changes() and slices.of(policy, other) or nil
  return claims.decide(claim, search, question)
end

--- Reads a claim about a policy.
-- @tparam table policy
-- @tparam string text
-- @treturn table|nil claim
-- @treturn string what is wrong, and at which byte
-- @treturn number the byte
function claims.read(policy, text) return new_claim(policy, text) end

return claims
