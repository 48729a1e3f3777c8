--- What a claim has to be held against: each class of addresses, with each message that the policy and
-- the claim can tell apart.
-- @module postoffice.policy.prove.claims.search

local addresses = require "postoffice.address"
local classes = require "postoffice.policy.prove.classes"
local core = require "postoffice.core"
local fates = require "postoffice.policy.prove.classes.fates"
local functions = require "postoffice.policy.prove.classes.functions"
local lists = require "postoffice.lists"
local messages = require "postoffice.policy.prove.classes.messages"
local questions = require "postoffice.policy.prove.classes.messages.questions"
local sets = require "postoffice.policy.prove.sets"

local clock = os.clock

local LATE = "there was no more time"
local PARTIAL = "more is asked of the sender than patterns tell"

-- Adds an address to senders that is none of them yet.
local function add(list, given)
  local address = addresses.read_any(given)
  local key = core.key(address)
  if key and list[key] then return end
  list[#list + 1], list[key or given] = address, true
end

-- The senders that are told apart: `<>`, those that are found, one of each type that is asked for, and
-- those that are named and that no set tells from others.
local function senders_of(found, types, named)
  local list = {}
  add(list, "<>")
  for _, address in ipairs(found) do add(list, found.texts[address]) end
  for _, type_name in ipairs(types) do
    for _, text in ipairs(sets.members(sets.of_type(type_name), 1) or {}) do add(list, text) end
  end
  for _, address in ipairs(named) do add(list, addresses.bare(address)) end
  return list
end

-- Those of some senders whom a claim speaks of.
local function meant(senders, has_sender)
  if not has_sender then return senders end
  local list = {}
  for _, sender in ipairs(senders) do list[#list + 1] = has_sender(sender) and sender or nil end
  return list
end

-- Passes a run on, with what is in doubt about its class, and about its sender if anybody asked for
-- that.
local function tell(work, run)
  local class = work.class
  run.members, run.is_alone = class.members, class.is_alone or not (class.item and class.item.part)
  run.is_mixed, run.item, run.search = class.item and class.item.is_mixed, class.item, work.search
  local doubt = class.undecided
  return setmetatable({}, {
    __index = function(found, name)
      if name ~= "undecided" then return run[name] end
      local partial = run.message.facts.sender and work.sender_doubt
      rawset(found, name, doubt or run.undecided or partial or false)
      return found.undecided
    end,
  })
end

-- Addresses without a domain, which sets know nothing of: each is a class of its own.
local ALONE = { "<Postmaster>", "<>" }

-- The next class, or nil.
local function next_class(work)
  work.alone = work.alone - 1
  local text = ALONE[work.alone + 1]
  if text then return { address = text, is_alone = true } end
  return work.next_class(work.search)
end

-- Whether the address of a class is not the only one.
local function stands_for_others(class)
  local item = class.item
  return item ~= nil and (item.part ~= nil or item.is_sample == true or item.shell ~= nil)
end

-- Whether nothing of a class of which no address is known is asked for.
local function is_left_out(work, class)
  local item = class.item
  if not item or not item.is_mixed then return false end
  local _, is_none = classes.asked_of(work.search, item, 0)
  return is_none
end

-- The next run, or nil.
local function next_run(work)
  while true do
    if clock() > work.ends then
      work.why = LATE
      return nil
    end
    local run = work.runs and work.runs()
    if run then return tell(work, run) end
    local class = next_class(work)
    if not class then
      work.why = classes.unfinished(work.search)
      return nil
    end
    work.class = class
    if class.address then
      work.runs = messages.each(stands_for_others(class) and work.asked or work.asked_of_one,
        class.address)
    elseif not is_left_out(work, class) then
      return { undecided = class.undecided }
    end
  end
end

-- A list of sets without what else is noted of them, and another set before them if there is one.
local function list_of(named, first)
  local list = { first }
  lists.add_all(list, named)
  return list
end

--- The runs of a claim, as `claims.decide` takes them.
-- @tparam table question `policies`, `sets` (of recipients that are told apart, as `prove.sets` has
--   them), `among` (a set outside which nobody is asked for), `senders` (likewise), `sender_types`
--   (of which there has to be one), `is_in_parts` (each delivery is judged by itself), `has_sender`
--   (a function of an address, of the senders of the messages that are asked for; nil if it may be
--   anybody), `tell` (what is looked at of senders, see
--   `fates.merge`), `bounds` (sizes), `fixed`, `seconds`, `asked_terms` (see `classes.each`);
--   the `slice` outside which nothing is asked for (see `postoffice.policy.prove.classes.slices`); and,
--   if the policy's events answer whatever they may, `answers` (see
--   `postoffice.policy.prove.classes.events`)
-- @treturn function the next run
-- @treturn table what it works on, which says `why` at its end if not all is covered, and as
--   `sender_doubt` why there may be other senders than those of its runs
local function search(question)
  local senders = list_of(question.senders, sets.everything) -- or nobody might be told apart
  local each_class, found = classes.each {
    policies = question.policies, sets = list_of(question.sets), untold = question.sets.untold,
    senders = senders, among = question.among, slice = question.slice, sizes = question.bounds,
    seconds = question.seconds, witnesses = true, may_relay = question.fixed.may_relay,
    asked_terms = question.asked_terms,
  }
  local told = question.senders
  local others = senders_of(found.facts.senders, question.sender_types, told.named)
  local ends = clock() + question.seconds
  others = meant(others, question.has_sender)
  if question.answers or not functions.have_say(question.policies) then
    others = fates.merge(question.policies, others, question.tell, ends)
  end
  local asked = questions.new(question.policies, others, found.facts.sizes, question.fixed)
  if question.answers then asked = questions.of_any(asked, question.answers) end
  if question.is_in_parts then asked = questions.in_parts(asked) end
  local are_partial = found.facts.senders.is_partial or next(told.untold) ~= nil
  return next_run, {
    alone = #ALONE, next_class = each_class, search = found, runs = nil,
    ends = ends, sender_doubt = are_partial and PARTIAL or nil,
    why = nil, asked = asked, asked_of_one = questions.of_one(asked),
  }
end

return search
