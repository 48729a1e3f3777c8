--- What changes from one policy to another, for any address and any message.
--
-- Both are run with one address of each class that either of them can tell apart, where they may differ
-- at all (`postoffice.policy.prove.classes.slices`), under all facts that can matter
-- (`postoffice.policy.prove.classes`).  Classes whose deliveries differ are changes, each with a witness;
-- what is alike but for the address is told once.  If all classes were looked at and none is in doubt,
-- that there is no other change is a proof.  Where functions of a script have a say, there is none; but
-- what comes out otherwise is a change there, too (`postoffice.policy.prove.classes.trials`).
-- @module postoffice.policy.prove.changes

local classes = require "postoffice.policy.prove.classes"
local contents = require "postoffice.policy.prove.classes.contents"
local core = require "postoffice.core"
local dropped = require "postoffice.policy.prove.dropped"
local families = require "postoffice.policy.pattern.families"
local fates = require "postoffice.policy.prove.classes.fates"
local functions = require "postoffice.policy.prove.classes.functions"
local lists = require "postoffice.lists"
local sayable = require "postoffice.policy.prove.classes.sayable"
local slices = require "postoffice.policy.prove.classes.slices"
local trials = require "postoffice.policy.prove.classes.trials"
local ways = require "postoffice.policy.prove.classes.ways"
local write = require "postoffice.address".show

local changes = {}

local concat, find = table.concat, string.find
local lower, match, sub = string.lower, string.match, string.sub

local NONE = {}
local UNKNOWN = { unknown = true }

local clock = os.clock

local SECONDS = 10 -- unless more are given
local OF_CLASSES = 3 / 4 -- of these, where functions have a say: what they decide is tried in the others

-- What makes two deliveries different; those that go nowhere, whatever way they would have gone.
local FIELDS = {
  "verdict", "code", "status", "connector", "nexthop", "entry", "extension", "address", "final",
  "sender",
}
local WITHOUT_WAY = { "verdict", "code", "status", "entry" }

local function fields_of(delivery)
  return delivery.verdict == "deliver" and FIELDS or WITHOUT_WAY
end

-- ---- One run -----------------------------------------------------------------

local function shown(value)
  if value == nil then return "" end
  return type(value) == "table" and write(value) or tostring(value)
end

-- A delivery as one text; without its sender, if that is not to be looked at.
local function text_of(delivery, is_blind)
  local parts = {}
  for i, name in ipairs(fields_of(delivery)) do
    parts[i] = is_blind and name == "sender" and "" or shown(delivery[name])
  end
  return concat(parts, "\t")
end

-- All deliveries as one text, by what makes a text of each; their order does not matter.
local function line_of(deliveries, text, ...)
  local lines = {}
  for i, delivery in ipairs(deliveries) do lines[i] = text(delivery, ...) end
  table.sort(lines)
  return concat(lines, "\n")
end

local function differ(old, new, is_blind)
  return line_of(old, text_of, is_blind) ~= line_of(new, text_of, is_blind)
end

-- The name in an address as text, folded.
local function name_in(text) return lower(match(text, "^%u*:?(.-)@?[^@]*$")) end

-- An address as it is for others than a witness: "=" if it is the witness, or in it; its domain if it has the
-- witness's name, else itself.
local function in_general(value, witness)
  local text = lower(shown(value))
  if witness.layers[text] then return "=" end
  local name, back = name_in(text), match(text, "@[^@]*$")
  if back and name ~= "" and name == witness.name then return "*" .. back end
  return text
end

-- Whom a sender is handed over as, as it is for others: who stays in that who he is, be it wrapped, as "~".
local function sender_in_general(value, witness)
  local text = lower(shown(value))
  local first, last = find(text, witness.sender or text, 1, true)
  if not witness.sender or not first then return in_general(value, witness) end
  return sub(text, 1, first - 1) .. "~" .. sub(text, last + 1)
end

-- A sender's text without a type, folded; nil where there is none.
local function bare_text(sender)
  local text = sender and lower(shown(sender)):gsub("^%l+:", "")
  return text and find(text, "@", 1, true) and text or nil
end

-- What is known of a witness: what it carries, too, and what that does, with which the same is done; and of
-- who writes to it.
local function witness_of(text, sender)
  local layers, address = { [lower(text)] = true }, core.parse(text, UNKNOWN)
  for _ = 1, address and core.max_carriers or 0 do
    address = core.decapsulate(address)
    if not address then break end
    text = lower(write(address))
    layers[text] = true
  end
  return { layers = layers, name = name_in(text), sender = bare_text(sender) }
end

-- What a delivery is for others than a witness; of what will become of it, the type.
local function kind_of_delivery(delivery, witness, is_blind)
  local parts = {}
  for i, name in ipairs(fields_of(delivery)) do
    local value = delivery[name]
    if type(value) == "table" and name == "final" then value = value.type end
    if name == "sender" then
      value = sender_in_general(value, witness)
    elseif type(value) == "table" then
      value = in_general(value, witness)
    end
    parts[i] = is_blind and name == "sender" and "" or shown(value)
  end
  return concat(parts, "\t")
end

-- What two policies do with a witness, as it is for others of its kind; without the sender, unless that
-- is all that changes.
local function kind_of(old, new, text, sender)
  local is_blind, witness = differ(old, new, true), witness_of(text, sender)
  return line_of(old, kind_of_delivery, witness, is_blind) .. "\n->\n"
    .. line_of(new, kind_of_delivery, witness, is_blind)
end

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
    if kind_of(old, new, run.address, envelope.sender) ~= kind then envelope[name] = kept end
  end
  local old, new, has_asked = route_both(policies, run.address, envelope, run.answer)
  return {
    recipient = run.address, envelope = envelope, old_deliveries = old, new_deliveries = new,
    given = has_asked and run.answer and run.answer.says or nil, classes = 1,
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

-- Notes a run whose deliveries differ.  Of a class that changes ordinarily, it is not told what
-- changes besides while something is down.
local function add_change(found, run)
  local old, new = run.deliveries[1], run.deliveries[2]
  if run.address ~= found.address then found.address, found.is_told = run.address, false end
  if found.is_told and is_special(run.envelope) then return end
  found.is_told = true
  local kind = kind_of(old, new, run.address, run.envelope.sender)
  local known = found.by_kind[kind]
  if not known then
    known = new_change(found.policies, run, kind)
    found.by_kind[kind] = known
    table.insert(found.changes, known)
  elseif found.last[kind] ~= run.address then
    known.classes = known.classes + 1
  end
  found.last[kind] = run.address
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

-- Looks at a run that is alike: another member of the class may not be, or another sender of his, if other
-- rules made it so.
local function look_closer(found, run)
  local policies = found.policies
  local doubt = ways.doubt(policies[1], policies[2], run.address, run.envelope)
  if not doubt then return end
  for _, text in ipairs(run.members and run.members(MEMBERS) or {}) do
    if is_changed(found, text, run.envelope) then return end
  end
  local like = with_carrier(found, run.envelope)
  if not like or not is_changed(found, run.address, like) then add_doubt(found, doubt) end
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

-- Looks at a run: a change, a doubt, or neither.
local function look_at(found, run)
  add_doubt(found, doubt_of(run))
  if run.is_scripted then return try_run(found, run) end
  local old, new = run.deliveries and run.deliveries[1], run.deliveries and run.deliveries[2]
  if not old or not new then return end
  local is_change = differ(old, new)
  if found.slice and not is_change then add_doubt(found, ways.doubt_of_unsaid(old, new)) end
  if is_change then
    add_change(found, run)
  elseif run.address and may_differ(found, run) and is_made(old) then
    look_closer(found, run)
  end
end

-- Looks at a run of each class, with each message that matters.
local function look_at_all(found, options)
  local old_recipients, old_senders = ways.rules(found.policies[1])
  local new_recipients, new_senders = ways.rules(found.policies[2])
  found.recipients_alike = old_recipients == new_recipients
  found.senders_alike = old_senders == new_senders
  found.slice = slices.of(found.policies[1], found.policies[2])
  local seconds, is_scripted = options.seconds or SECONDS, functions.have_say(found.policies)
  found.until_then = clock() + seconds
  local next_run, search = classes.each {
    policies = found.policies, fixed = options.fixed, slice = found.slice,
    seconds = is_scripted and seconds * OF_CLASSES or seconds,
    tell = not is_scripted and fates.compared or nil,
  }
  found.senders = search.facts.senders
  found.is_sender_said = (options.fixed or NONE).sender ~= nil
  for run in next_run, search do
    look_at(found, run)
    if options.visit then options.visit() end
  end
  found.unfinished = classes.unfinished(search)
  local is_doubtful = found.doubtful[1] or found.unfinished
  if is_scripted and is_doubtful then try_more(found, search.asked) end
end

--- What changes.
-- @tparam table old policy
-- @tparam table new policy
-- @tparam[opt] table options `fixed`, facts that are said of all messages, and `seconds`, as for
--   `classes.each`; `visit`, called for each class that is looked at
-- @treturn table `changes`, each with `recipient` (the witness), `envelope`, `old_deliveries`,
--   `new_deliveries`, `classes` (how many change so) and `given` (what functions were answered, if they
--   asked); `undecided`, why classes are in doubt, a text each; `unfinished`, why not all were looked
--   at, or nil; `dropped`, see `postoffice.policy.prove.dropped`
function changes.find(old, new, options)
  local found = {
    policies = { old, new }, changes = {}, by_kind = {}, last = {}, undecided = {}, doubts = {},
    doubtful = {},
  }
  if not contents.are_same(old, new) then look_at_all(found, options or {}) end
  return {
    changes = found.changes, undecided = found.undecided, unfinished = found.unfinished,
    dropped = dropped(old, new),
  }
end

return changes
