--- The way of an address, stage after stage.
-- @module postoffice.policy.route.pipeline

local core = require "postoffice.core"
local envelopes = require "postoffice.policy.route.envelope"
local parse = require "postoffice.policy.route.stage1_parse"
local unwrap = require "postoffice.policy.route.stage2_unwrap"
local questions = require "postoffice.policy.route.asks"
local stage3 = require "postoffice.policy.route.stage3_recipient"
local resolve = require "postoffice.policy.route.stage4_resolve"
local route = require "postoffice.policy.route.stage5_route"
local dda = require "postoffice.policy.route.stage5_dda"
local shell = require "postoffice.policy.route.stage5_shell"
local nodes = require "postoffice.policy.route.stage4_nodes"
local handover = require "postoffice.policy.route.stage6_handover"
local waves = require "postoffice.policy.route.waves"
local write = require "postoffice.address".show

local pipeline = {}

local answered, recipient = stage3.answered, stage3.recipient

local NOTHING = {}

-- What a script is told of a message that nothing is known of; it gets a copy.
local CLOCK = { now = 0 }

local add_leaf, key_of = nodes.add, nodes.key_of
local lower, time = string.lower, os.time

-- A routing without an envelope and without a trace.
local function new_routing(policy)
  local compiled = policy.compiled
  return {
    compiled = compiled, state = policy.state, asks = policy.asks, policy = policy,
    secrets = policy.secrets, envelope = NOTHING, down = NOTHING, survey = compiled.survey,
    leaves = {}, first_leaf = false, reached = false,
    is_over = false, is_reached = false, recipient = "", is_bare = true, -- without an envelope
    scripted = false, now = nil,
  }
end

--- Begins a routing.
-- @tparam table policy
-- @tparam[opt] table envelope
-- @tparam[opt] table trace
-- @tparam[opt] table|function asks instead of the policy's own
-- @tparam number level of the caller, for errors
-- @treturn table
function pipeline.begin(policy, envelope, trace, asks, level)
  local routing = new_routing(policy)
  routing.trace = trace
  if asks then routing.asks, routing.policy = asks, nil end -- the policy holds no answers of theirs
  routing.survey = not trace and routing.survey -- a trace tells the whole way
  if envelope then
    envelopes.check(envelope, level + 1)
    routing.is_bare = false
    routing.envelope, routing.down = envelope, envelopes.down(envelope.down)
    routing.arrived_by = envelope.arrived_by and lower(envelope.arrived_by)
    envelopes.read_sender(routing, envelope.sender)
  end
  if policy.compiled.scripted then routing.scripted = envelopes.for_script(routing) end
  return routing
end

local function add_failed_leaf(routing, failure, address)
  routing.leaves[#routing.leaves + 1] = {
    failure = failure, address = address, recipient = routing.recipient, budget = routing.budget,
    is_alone = true, -- whatever else is reached
  }
end

-- Adds the leaf of a text if the survey knows the whole way to it; whether it does.
local function add_surveyed(routing, text)
  local survey = routing.survey
  if not survey then return false end
  local address, wire, rank, other, how, entry = survey(text)
  if not address then return false end
  add_leaf(routing, {
    recipient = text, address = address, wire = wire, key = false, rank = rank, other = other,
    how = how, entry = entry, budget = routing.budget, sent_on = how,
  })
  return true
end

-- Adds the leaf of an address that was signed: it goes there and nowhere else, whatever the
-- directory and the rewrites would make of it.
local function add_signed(routing, address)
  add_leaf(routing, {
    recipient = routing.recipient, address = address, key = false, how = "signed",
    budget = routing.budget, sent_on = true,
  })
end

-- Adds the leaves of what the script put in the place of an address, which it sends on thereby.
local function resolve_instead(routing, address, instead, opened)
  local leaves, key = routing.leaves, core.key(address)
  local before = #leaves
  resolve(routing, address, instead, opened)
  if not routing.compiled.signing then return end
  for i = before + 1, #leaves do
    local leaf = leaves[i]
    leaf.sent_on = leaf.sent_on or not leaf.failure and key_of(leaf) ~= key
  end
end

-- Each recipient has its own budget, for all that becomes of it.
local function begin_recipient(routing, text)
  if routing.scripted then
    routing.budget = { instructions = nil, milliseconds = nil, wall = nil }
  end
  routing.recipient = text
end

--- Stages 1 to 4: adds a recipient's leaves to `routing.leaves`.
-- @tparam table routing
-- @tparam string|table what an address, as text or table
function pipeline.resolve(routing, what)
  local asks = routing.compiled.on.recipient
  local text = type(what) == "string" and what
  begin_recipient(routing, text or write(what))
  if text and not asks and add_surveyed(routing, text) then return end
  local address, key = parse(routing, what)
  if not address then return add_failed_leaf(routing, key) end
  local inner, opened, failure, signed = unwrap(routing, address)
  if failure then return add_failed_leaf(routing, failure, inner) end
  local instead
  if asks then instead, failure = recipient(routing, inner) end
  if failure then return add_failed_leaf(routing, failure, inner) end
  if instead then return resolve_instead(routing, inner, instead, opened or signed) end
  if signed then return add_signed(routing, inner) end
  if text and asks and not opened and add_surveyed(routing, text) then return end
  return resolve(routing, inner, nil, opened, rawequal(inner, address) and key or nil)
end

local resolve_one = pipeline.resolve

--- Stages 5 and 6: what becomes of a leaf.
-- @tparam table routing
-- @tparam table leaf
-- @treturn table delivery
function pipeline.deliver(routing, leaf)
  local failure, choice, alternatives = leaf.failure, nil, nil
  if routing.scripted then routing.budget = leaf.budget end
  local goes_on = not failure and not leaf.mailbox
  if goes_on and routing.compiled.shells then
    leaf, failure = shell.open(routing, leaf)
    goes_on = not failure
  end
  if goes_on then
    if leaf.address.type == "X400" then leaf = dda.open(routing, leaf) end
    choice, failure, alternatives = route(routing, leaf)
  end
  return handover(routing, leaf, choice, failure, alternatives)
end

local deliver = pipeline.deliver

-- Makes each leaf its delivery.
local function deliver_all(routing)
  local leaves = routing.leaves
  for i = 1, #leaves do leaves[i] = deliver(routing, leaves[i]) end
  return leaves
end

-- ---- One recipient of several -------------------------------------------------

local function copy(of)
  local made = {}
  for name, value in pairs(of) do made[name] = value end
  return made
end

-- A routing for one of the recipients of another.
local function branch(routing)
  local one = copy(routing)
  one.leaves, one.first_leaf, one.reached = {}, false, false
  return one
end

-- Adds a leaf that was resolved beside the others.
local function adopt(routing, leaf)
  if leaf.is_alone then
    table.insert(routing.leaves, leaf)
  else
    add_leaf(routing, leaf, leaf.failure)
  end
end

-- Whether a leaf is what another was before: the same address, the same entry, or anything.
local SAME = {
  function(leaf, other) return key_of(leaf) ~= nil and key_of(leaf) == key_of(other) end,
  function(leaf, other) return leaf.entry ~= nil and leaf.entry == other.entry end,
  function() return true end,
}

-- Adds those of some leaves that come nearest to one.
local function add_same(routing, leaves, leaf)
  for _, is_same in ipairs(SAME) do
    local found = false
    for _, other in ipairs(leaves) do
      if is_same(leaf, other) then
        found = true
        adopt(routing, other)
      end
    end
    if found then return end
  end
end

-- What an earlier revision resolved begins again, or an alias that is a tombstone by now would be
-- served.  Of a list, only who was resolved gets it: others have items of their own.
local function resolve_later(routing, leaf)
  local own = branch(routing)
  resolve_one(own, leaf.recipient)
  return add_same(routing, own.leaves, leaf)
end

-- What another policy resolved is resolved anew: its entries are numbers here.  What was opened
-- begins again, or the mark would be lost that keeps it from leaving (`relaying`).
local function resolve_again(routing, leaf)
  local before, now = leaf.compiled.lineage, routing.compiled.lineage
  if before and before == now then return resolve_later(routing, leaf) end
  local begins = leaf.opened or leaf.retyped or leaf.how == "signed" or not leaf.address
  return resolve_one(routing, begins and leaf.recipient or leaf.address)
end

-- Whether one of the recipients was resolved before, and restrictions ended its way.
local function is_restricted(routing, recipients, resolved)
  if not routing.compiled.restrictions or not resolved then return false end
  for _, what in ipairs(recipients) do
    local leaf = resolved[what]
    if leaf and leaf.restricted_at then return true end
  end
  return false
end

-- Adds what was resolved before, and decides anew what restrictions ended: either may reach whom the
-- other has reached.
local function resume_item(routing, leaf)
  if leaf.restricted_at then
    begin_recipient(routing, leaf.recipient)
    return resolve(routing, leaf.address, nil, nil, leaf.key, leaf.restricted_at)
  end
  local own = copy(leaf)
  own.also = leaf.also and copy(leaf.also)
  return adopt(routing, own)
end

-- Adds the leaves of a recipient, which may have been resolved before.
local function resolve_item(routing, what, resolved)
  local leaf = resolved and resolved[what]
  if not leaf then return resolve_one(routing, what) end
  if leaf.compiled ~= routing.compiled then return resolve_again(routing, leaf) end
  leaf.budget, leaf.is_kept = nil, true -- the budget is the one that it was resolved with
  if routing.is_restricted then return resume_item(routing, leaf) end
  local leaves = routing.leaves
  leaves[#leaves + 1] = leaf
end

-- ---- Several recipients side by side ------------------------------------------

-- Whether what several recipients ask can be asked at once.
local function is_many(routing, recipients)
  return recipients[2] ~= nil and routing.scripted and not routing.trace
    and questions.are_many(routing)
end

-- Resolves recipients side by side; their leaves come in the recipients' order.
local function resolve_side_by_side(routing, recipients, resolved)
  routing.answers = routing.answers or questions.new()
  local branches = {}
  for i, what in ipairs(recipients) do
    branches[i] = branch(routing)
    branches[i].what, branches[i].in_wave = what, true
  end
  waves.run(branches, function(one) return resolve_item(one, one.what, resolved) end)
  for _, one in ipairs(branches) do
    for _, leaf in ipairs(one.leaves) do adopt(routing, leaf) end
  end
end

-- Makes each leaf its delivery; those of one recipient, who share a budget, one after the other.
local function deliver_side_by_side(routing)
  local leaves, branches, by_budget = routing.leaves, {}, {}
  for i, leaf in ipairs(leaves) do
    local one = by_budget[leaf.budget or leaf]
    if not one then
      one = branch(routing)
      one.in_wave = true
      one.places, by_budget[leaf.budget or leaf] = {}, one
      branches[#branches + 1] = one
    end
    table.insert(one.places, i)
  end
  waves.run(branches, function(one)
    for _, i in ipairs(one.places) do leaves[i] = deliver(one, leaves[i]) end
  end)
  return leaves
end

-- ---- All stages --------------------------------------------------------------

--- Stages 1 to 4 for several recipients.
-- @tparam table routing
-- @tparam {string|table,...} recipients
-- @tparam[opt] table resolved the leaves of those that were resolved before, each with what was
--   `compiled` of the policy that did
function pipeline.resolve_all(routing, recipients, resolved)
  if is_restricted(routing, recipients, resolved) then routing.is_restricted = true end
  if is_many(routing, recipients) then
    return resolve_side_by_side(routing, recipients, resolved)
  end
  for _, what in ipairs(recipients) do resolve_item(routing, what, resolved) end
end

--- All stages.
-- @tparam table routing
-- @tparam string|{string|table,...} recipients a text, or a list
-- @tparam[opt] table resolved as `resolve_all` takes it
-- @treturn {table,...} deliveries
function pipeline.route(routing, recipients, resolved)
  if type(recipients) == "string" then
    resolve_one(routing, recipients)
  else
    pipeline.resolve_all(routing, recipients, resolved)
    if is_many(routing, routing.leaves) then return deliver_side_by_side(routing) end
  end
  return deliver_all(routing)
end

-- Goes on from the first step of on.recipient for a text that the survey knows.
local function route_answered(routing, text, ...)
  routing.recipient, routing.budget = text, {}
  local instead, failure = answered(routing, routing.compiled.on.recipient, ...)
  if failure then
    add_failed_leaf(routing, failure, (parse(routing, text)))
  elseif instead then
    resolve(routing, nil, instead)
  else
    add_surveyed(routing, text)
  end
  return deliver_all(routing)
end

-- A routing for texts, one after the other, and the leaf that each of them fills in anew.
local function new_idle(policy)
  local routing = new_routing(policy)
  routing.leaf = {
    recipient = "", address = false, wire = false, key = false, rank = false, other = false,
    how = false, entry = false,
  }
  return routing
end

-- A routing of a text without an envelope, at a time that the script may have been told.
local function begin_text(policy, now)
  local routing = new_routing(policy)
  routing.now = now
  if policy.compiled.scripted then routing.scripted = envelopes.for_script(routing) end
  return routing
end

-- All stages, one after the other, for a text that the survey does not know.
local function route_unsurveyed(policy, text, run)
  local routing = begin_text(policy)
  routing.survey = false -- it has been asked
  return run(policy, pipeline.route, routing, text)
end

-- Stages 5 and 6 for the leaf of an idle routing.
local function deliver_idle(policy, routing)
  local leaf = routing.leaf
  local choice, failure, alternatives = route(routing, leaf)
  local deliveries = { handover(routing, leaf, choice, failure, alternatives) }
  policy.idle = routing
  return deliveries
end

--- All stages for a text without an envelope: what most mail is.  The survey may know its way; and
-- no table is made then that is not of the answer, nor of the script's arguments.
-- @tparam table policy
-- @tparam string text
-- @tparam function run runs stages for the policy, as long as they take: of policy, stages, and
--   what these take
-- @treturn {table,...} deliveries
function pipeline.route_text(policy, text, run)
  local compiled = policy.compiled
  local survey, on = compiled.survey, compiled.on
  if on.delivery then return run(policy, pipeline.route, begin_text(policy), text) end
  local address, wire, rank, other, how, entry
  if survey then address, wire, rank, other, how, entry = survey(text) end
  if not address or compiled.shells and shell.find(compiled, address) then
    return route_unsurveyed(policy, text, run)
  end
  if on.recipient then
    local now = time()
    CLOCK.now = now
    local step, value, a, b, c = policy.call_recipient(text, CLOCK)
    if value ~= nil or step ~= "done" then
      return run(policy, route_answered, begin_text(policy, now), text, step, value, a, b, c)
    end
  end
  local routing = policy.idle or new_idle(policy)
  policy.idle = nil -- a failure leaves it behind
  local leaf = routing.leaf
  leaf.recipient, leaf.address, leaf.wire, leaf.key = text, address, wire, false
  leaf.rank, leaf.other, leaf.how, leaf.entry = rank, other, how, entry
  return deliver_idle(policy, routing)
end

return pipeline
