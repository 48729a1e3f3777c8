--- Whether a claim holds whatever the events of a policy answer.
--
-- Each is taken for all that it may answer. What holds so, holds; what does not may hold all the same,
-- since the function may never answer so, and only what is routed by it can tell.
-- @module postoffice.policy.prove.claims.whatever

local core = require "postoffice.core"
local doubts = require "postoffice.policy.prove.claims.doubts"
local events = require "postoffice.policy.prove.classes.events"
local runs = require "postoffice.policy.prove.claims.runs"
local search = require "postoffice.policy.prove.claims.search"

local whatever = {}

-- Codes by which an entry itself ends the mail to it, which a function may say, too.
local OF_ENTRIES = { "recipient-gone", "fact-missing" }

local UNKNOWN = { unknown = true }

-- Whether a claim leaves out whatever an entry carried, or nothing by that: what several answers come
-- to has parts of the ways of each.
local function is_of_all_entries(tree)
  local are_any, who = false, {}
  for _, part in ipairs(tree.unless or {}) do
    if part.kind == "by" then are_any, who[part.name and "one" or part.who] = true, true end
  end
  return not are_any or who.recipient == true and who.list == true
end

-- Whether it is known what comes of all that `on.recipient` may answer: of several addresses as of each,
-- and of none that is signed, which would be opened if a recipient were.
local function are_answers_known(claim)
  for _, part in ipairs(claim.tree.ends) do
    if part.kind == "makes" then return false end
  end
  return is_of_all_entries(claim.tree) and not claim.policy.compiled.signers
end

-- The codes and statuses that a claim can tell from others: what is excepted by entries depends on those
-- by which they end mail.
local function codes_of(tree)
  local codes = {}
  for _, part in ipairs(tree.ends) do codes[#codes + 1] = part.code end
  for _, part in ipairs(tree.unless or {}) do
    for _, code in ipairs(part.kind == "by" and OF_ENTRIES or {}) do codes[#codes + 1] = code end
  end
  return codes
end

-- Whether a run has a delivery by a connector that `on.route` named, and what that makes of others of the
-- class, which have no space of it, may break a claim.
local function may_break_by_named(claim, run)
  for number, delivery in ipairs(run.deliveries) do
    local is_named = delivery.connector ~= nil and delivery.space == nil
    if is_named and claim:may_break_anyhow(run, number) then return true end
  end
  return false
end

-- Whether a claim holds of a run, and so of others of its class.
local function holds_of(claim, found)
  local run = runs.new {
    policy = claim.policy, text = found.address, message = found.message,
    deliveries = found.deliveries[1], named = found.named[1],
    owners = found.owners[1],
  }
  if found.undecided or claim:broken_by(run) or may_break_by_named(claim, run) then return false end
  local is_alone = found.is_alone and not found.is_mixed
  return (is_alone or not (run.doubt or doubts.of_address(claim, run)))
    and not (run.sender_doubt or doubts.of_sender(claim, run))
end

-- Whether a claim speaks of what was found, or of what leads there.
local function is_meant(claim, found)
  if not claim:has_message(found.message) then return false end
  if found.message:is_answered() or found.is_mixed then return true end
  local address = core.parse(found.address, UNKNOWN)
  return address ~= nil and claim.has_recipient(address)
end

-- Whether it holds of all that is found.
local function holds_of_all(claim, question)
  local next_run, work = search(question)
  for found in next_run, work do
    if not found.address then return false end
    if is_meant(claim, found) and not found.is_nothing and not holds_of(claim, found) then
      return false
    end
  end
  return not (work.why or claim.has_sender and work.sender_doubt)
end

--- Whether a claim holds whatever the events of its policy answer.
-- @tparam table claim that compares with no other policy
-- @tparam number seconds that it may take
-- @treturn boolean false if that is not known, or there are none
function whatever.holds(claim, seconds)
  local compiled = claim.policy.compiled
  if next(compiled.on) == nil then return false end
  local question = claim:question(nil, seconds)
  question.answers = events.answers(compiled, codes_of(claim.tree))
  if compiled.on.recipient then
    if not are_answers_known(claim) then return false end
    question.among = nil -- it may answer whatever address it likes
  end
  return holds_of_all(claim, question)
end

return whatever
