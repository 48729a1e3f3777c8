--- What changes from one policy to another, for any address and any message.
--
-- Both are run with one address of each class that either of them can tell apart, where they may differ
-- at all (`postoffice.policy.prove.classes.slices`), under all facts that can matter
-- (`postoffice.policy.prove.classes`).  Classes whose deliveries differ are changes, each with a witness;
-- what is alike but for the address is told once (`postoffice.policy.prove.kinds`), and so is what is alike in
-- all that changes (`postoffice.policy.prove.causes`).  If all classes were looked at and none is in doubt,
-- that there is no other change is a proof.  Where functions of a script have a say, there is none; but
-- what comes out otherwise is a change there, too (`postoffice.policy.prove.classes.trials`).
-- @module postoffice.policy.prove.changes

local applied = require "postoffice.policy.prove.applied"
local causes = require "postoffice.policy.prove.causes"
local classes = require "postoffice.policy.prove.classes"
local contents = require "postoffice.policy.prove.classes.contents"
local core = require "postoffice.core"
local dropped = require "postoffice.policy.prove.dropped"
local families = require "postoffice.policy.pattern.families"
local fates = require "postoffice.policy.prove.classes.fates"
local functions = require "postoffice.policy.prove.classes.functions"
local hearings = require "postoffice.policy.prove.classes.hearings"
local kinds = require "postoffice.policy.prove.kinds"
local lists = require "postoffice.lists"
local sayable = require "postoffice.policy.prove.classes.sayable"
local slices = require "postoffice.policy.prove.classes.slices"
local trials = require "postoffice.policy.prove.classes.trials"
local ways = require "postoffice.policy.prove.classes.ways"

local changes = {}

local differ = kinds.differ

local NONE = {}
local UNKNOWN = { unknown = true }

local clock = os.clock
local concat = table.concat

local SECONDS = 10 -- unless more are given
local OF_CLASSES = 3 / 4 -- of these, where functions have a say: what they decide is tried in the others

-- ---- One run -----------------------------------------------------------------

-- Facts of an envelope, the first to be left out first.
local FACTS = { "now", "sender", "size", "arrived_by", "down", "authenticated", "may_relay" }

-- What both policies do, if they ask with one of the answers that a host might give; and whether they do.
local function route_both(policies, address, envelope, answer)
  local routed, has_asked = trials.route(policies, address, envelope, answer)
  return routed[1], routed[2], has_asked
end

-- A change as it is told: without the facts that do not matter to it, as the policies themselves route
-- its witness.
local function new_change(policies, run, kind)
  local envelope = lists.copy(run.envelope)
  for _, name in ipairs(FACTS) do
    local kept = envelope[name]
    envelope[name] = nil
    local old, new = route_both(policies, run.address, envelope, run.answer)
    if kinds.of(old, new, run.address, envelope.sender) ~= kind then envelope[name] = kept end
  end
  local old, new, has_asked = route_both(policies, run.address, envelope, run.answer)
  return {
    recipient = run.address, envelope = envelope, old_deliveries = old, new_deliveries = new,
    given = has_asked and run.answer and run.answer.says or nil, classes = 1,
    rules = not has_asked and applied.others(policies, run.address, envelope) or nil,
  }
end

-- ---- All runs ----------------------------------------------------------------

-- Whether a run's answer is that of its class, and why not.
local function doubt_of(run)
  if run.undecided then return run.undecided end
  return not run.address and "no address is found of a class that may have some" or nil
end

-- Whether something is out of the ordinary: a connector that is down, or what the message came by.
local function is_special(envelope)
  return envelope.arrived_by ~= nil or envelope.down ~= nil and envelope.down[1] ~= nil
end

-- The kind of a run's change, which is found once for each of its senders to whom the same happens.
local function kind_of(found, old, new, run)
  local sender = run.envelope.sender
  local key = concat({ kinds.shown(sender), kinds.line(old), kinds.line(new) }, "\0")
  local kind = found.known_kinds[key] or kinds.of(old, new, run.address, sender)
  found.known_kinds[key] = kind
  return kind
end

-- Notes a run whose deliveries differ.  Of a class that changes ordinarily, it is not told what
-- changes besides, for the same sender, while something is down.  Whether it is told.
local function add_change(found, run)
  local old, new = run.deliveries[1], run.deliveries[2]
  local sender = run.envelope.sender or ""
  if run.address ~= found.address then
    found.address, found.told_from, found.known_kinds = run.address, {}, {}
  end
  if found.told_from[sender] and is_special(run.envelope) then return false end
  found.told_from[sender] = true
  local kind = kind_of(found, old, new, run)
  local known = found.by_kind[kind]
  if not known then
    known = new_change(found.policies, run, kind)
    found.by_kind[kind] = known
    table.insert(found.changes, known)
  elseif found.last[kind] ~= run.address then
    known.classes = known.classes + 1
  end
  found.last[kind] = run.address
  return true
end

-- Notes why a class is in doubt, once.
local function add_doubt(found, doubt)
  if not doubt or found.doubts[doubt] then return end
  found.doubts[doubt] = true
  table.insert(found.undecided, doubt)
end

-- Whether some rule makes something of an address or a sender, or would of one that can be said.
local function is_made(deliveries)
  for _, delivery in ipairs(deliveries) do
    local is_delivered = delivery.verdict == "deliver"
    if is_delivered and (delivery.connector or delivery.extension)
      or ways.UNSAID[delivery.code] then
      return true
    end
  end
  return false
end

-- Whether the two policies' rules may make other things of those for whom a run stands: of the other
-- members of its class, or of the other senders of theirs.  Extensions are not in the rules.
local function may_differ(found, run)
  local part = run.item and run.item.part
  return not found.senders_alike or part and (part.is_extended or not found.recipients_alike)
end

local MEMBERS = 8 -- of a class, that are tried where its first address comes out alike

-- Whether an address comes out otherwise from one policy to the other: that is a change then.
local function is_changed(found, text, envelope)
  local old, new = route_both(found.policies, text, envelope)
  if not differ(old, new) then return false end
  add_change(found, { address = text, envelope = envelope, deliveries = { old, new } })
  return true
end

-- An envelope whose sender is of a message's sender's class, and carries somebody; nil if nobody is known.
local function with_carrier(found, envelope)
  local sender = not found.is_sender_said and envelope.sender
    and core.parse(envelope.sender, UNKNOWN)
  if not sender then return nil end
  for _, term in ipairs(found.senders.terms) do
    if term.family == families.of(sender.type) then return nil end -- it may be told apart
  end
  local like = lists.copy(envelope)
  like.sender = sayable.carrier_like(sender)
  return like.sender and like
end

-- Looks at another sender of a run that is alike, if it is in doubt: one whom he carries may not be.
local function look_at_carried(found, run, doubt)
  local like = doubt and with_carrier(found, run.envelope)
  if not like or not is_changed(found, run.address, like) then add_doubt(found, doubt) end
end

-- Looks at a run that is alike: another member of the class may not be, or another sender of his, if other
-- rules made it so.
local function look_closer(found, run)
  local policies = found.policies
  local doubt = ways.doubt(policies[1], policies[2], run.address, run.envelope)
  if not doubt then return end
  for _, text in ipairs(run.members and run.members(MEMBERS) or {}) do
    if is_changed(found, text, run.envelope) then return end
  end
  look_at_carried(found, run, doubt)
end

-- ---- What functions decide -----------------------------------------------------

-- Whether a message comes out otherwise, and not by what functions remember: that is a change then.
local function try(found, text, envelope)
  for _, answer in ipairs(trials.ANSWERS) do
    local old, new, has_asked = route_both(found.policies, text, envelope, answer)
    if differ(old, new) then
      local again, new_again = route_both(found.policies, text, envelope, answer)
      if differ(old, again) or differ(new, new_again) then return false end
      add_change(found, {
        address = text, envelope = envelope, deliveries = { old, new }, answer = answer,
      })
      return true
    end
    if not has_asked then return false end
  end
end

-- Tries a message that a function has a say in as it was come to; its address is tried more later.
local function try_run(found, run)
  local last = found.doubtful[#found.doubtful]
  if not last or last.address ~= run.address then
    last = run
    table.insert(found.doubtful, run)
  end
  last.is_told = try(found, run.address, run.envelope) or last.is_told
end

-- Tries an address with several envelopes until it comes out otherwise, as long as there is time.
local function try_all(found, text, envelopes)
  for _, envelope in ipairs(envelopes) do
    if clock() > found.until_then or try(found, text, envelope) then return end
  end
end

-- Tries other messages to an address that was in doubt, and to other members of its class.
local function try_around(found, run, trial)
  if run.is_told or clock() > found.until_then then return end
  try_all(found, run.address, trial:around(run.envelope))
  for _, text in ipairs(run.members(MEMBERS)) do try_all(found, text, { run.envelope }) end
end

-- Tries what scripts name, and what was in doubt; the most that there is last.
local function try_more(found, question)
  local trial = trials.new(question)
  local singles, pairs_of_facts = trial:singles(), trial:pairs()
  for _, text in ipairs(trial.addresses) do try_all(found, text, singles) end
  for _, run in ipairs(found.doubtful) do try_around(found, run, trial) end
  for _, text in ipairs(trial.addresses) do try_all(found, text, pairs_of_facts) end
end

-- Looks at a run: a change, a doubt, or neither.  Whether it is a change that is told.
local function look_at(found, run)
  add_doubt(found, doubt_of(run))
  if run.is_scripted then try_run(found, run) return false end
  local old, new = run.deliveries and run.deliveries[1], run.deliveries and run.deliveries[2]
  if not old or not new then return false end
  if differ(old, new) then return add_change(found, run) end
  if found.slice then
    look_at_carried(found, run,
      ways.doubt_of_unsaid(found.policies, run.envelope, old, new))
  end
  if run.address and may_differ(found, run) and is_made(old) then
    look_closer(found, run)
  end
  return false
end

-- Looks at a run of each class of a slice, or of all, with each message that matters; and at a few other
-- recipients if senders are heard otherwise.  Whether it was enough to look at these; and whether there are
-- doubts that the rest may solve.
local function look_in(found, slice, options, seconds)
  local is_scripted = functions.have_say(found.policies)
  local heard = slice and not slice.are_heard_alike
    and hearings.new(found.policies, slice.differing)
  local next_run, search = classes.each {
    policies = found.policies, fixed = options.fixed, slice = slice,
    seconds = is_scripted and seconds * OF_CLASSES or seconds,
    besides = heard and function(...) return heard:next(...) end or nil,
    tell = not is_scripted and fates.compared or nil,
  }
  found.slice, found.senders = slice, search.facts.senders
  for run in next_run, search do
    local is_told = look_at(found, run)
    if heard then heard:note(search, run, is_told) end
    if options.visit then options.visit() end
  end
  found.unfinished = classes.unfinished(search)
  local is_doubtful = found.doubtful[1] or found.unfinished
  if is_scripted and is_doubtful then try_more(found, search.asked) end
  local is_enough = not heard or found.unfinished ~= nil or heard:are_complete(search)
  return is_enough, is_enough and heard and found.undecided[1] ~= nil
end

-- What is found of two policies, before anything is.
local function new_found(policies, options)
  local old_recipients, old_senders = ways.rules(policies[1])
  local new_recipients, new_senders = ways.rules(policies[2])
  return {
    policies = policies, changes = {}, by_kind = {}, last = {}, undecided = {}, doubts = {},
    doubtful = {}, recipients_alike = old_recipients == new_recipients,
    senders_alike = old_senders == new_senders,
    is_sender_said = (options.fixed or NONE).sender ~= nil,
    until_then = clock() + (options.seconds or SECONDS),
  }
end

-- Looks where two policies may differ; everywhere, where that may not be enough, or leaves doubts.
local function look_at_all(policies, options)
  local found = new_found(policies, options)
  if contents.are_same(policies[1], policies[2]) then return found end
  local slice = slices.of_ways(policies[1], policies[2])
  local is_enough, is_in_doubt = look_in(found, slice, options, found.until_then - clock())
  if is_enough and not is_in_doubt then return found end
  local all = new_found(policies, options)
  all.until_then = found.until_then
  look_in(all, nil, options, all.until_then - clock())
  return is_enough and all.unfinished and found or all
end

-- Tells of an entry's name whether only one policy says what it says of it; entries may be many.
local function said_anew(mine, theirs)
  local names
  return function(name)
    names = names or contents.differing_entries(mine, theirs)
    return names[name] == true
  end
end

--- What changes.
-- @tparam table old policy
-- @tparam table new policy
-- @tparam[opt] table options `fixed`, facts that are said of all messages, and `seconds`, as for
--   `classes.each`; `visit`, called for each class that is looked at
-- @treturn table `changes`, each with `recipient` (the witness), `envelope`, `old_deliveries`,
--   `new_deliveries`, `classes` (how many change so), `given` (what functions were answered, if they
--   asked) and `others`, the same of other kinds of addresses that change so; `undecided`, why classes are
--   in doubt, a text each; `unfinished`, why not all were looked at, or nil; `dropped`, see
--   `postoffice.policy.prove.dropped`
function changes.find(old, new, options)
  local found = look_at_all({ old, new }, options or NONE)
  return {
    changes = causes.gather(found.changes, said_anew(old.compiled, new.compiled)),
    undecided = found.undecided, unfinished = found.unfinished, dropped = dropped(old, new),
  }
end

return changes
