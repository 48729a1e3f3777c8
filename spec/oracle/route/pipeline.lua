-- Of the oracle: nobody edits it (see ../init.lua).
--- The way of an address, stage after stage.
-- @module spec.oracle.route.pipeline

local envelopes = require "spec.oracle.route.envelope"
local parse = require "spec.oracle.route.stage1_parse"
local unwrap = require "spec.oracle.route.stage2_unwrap"
local recipient = require "spec.oracle.route.stage3_recipient".recipient
local resolve = require "spec.oracle.route.stage4_resolve"
local route = require "spec.oracle.route.stage5_route"
local handover = require "spec.oracle.route.stage6_handover"
local write = require "postoffice.address".show

local pipeline = {}

local NOTHING = {}

local lower = string.lower

--- Begins a routing.
-- @tparam table policy
-- @tparam[opt] table envelope
-- @tparam[opt] table trace
-- @tparam[opt] table|function asks instead of the policy's own
-- @tparam number level of the caller, for errors
-- @treturn table
function pipeline.begin(policy, envelope, trace, asks, level)
  envelope = envelope or NOTHING
  if envelope ~= NOTHING then envelopes.check(envelope, level + 1) end
  local routing = {
    compiled = policy.compiled, state = policy.state, asks = asks or policy.asks,
    envelope = envelope, down = envelopes.down(envelope.down),
    arrived_by = envelope.arrived_by and lower(envelope.arrived_by),
    trace = trace, leaves = {}, first_leaf = nil, recipient = nil, visits = nil, scripted = nil,
    sender = nil, null_sender = nil, unread_sender = nil,
  }
  envelopes.read_sender(routing, envelope.sender)
  if policy.compiled.scripted then
    routing.scripted = envelopes.for_script(envelope, routing)
  end
  return routing
end

local function add_failed_leaf(routing, failure, address)
  routing.leaves[#routing.leaves + 1] = {
    failure = failure, address = address, recipient = routing.recipient, budget = routing.budget,
  }
end

local function add_leaves(routing, what)
  routing.recipient = type(what) == "string" and what or write(what)
  local address, failure = parse(routing, what)
  if not address then return add_failed_leaf(routing, failure) end
  local inner, opened = unwrap(routing, address)
  local instead
  instead, failure = recipient(routing, inner)
  if failure then return add_failed_leaf(routing, failure, inner) end
  return resolve(routing, inner, instead, opened)
end

--- Stages 1 to 4: adds a recipient's leaves to `routing.leaves`.
-- @tparam table routing
-- @tparam string|table what an address, as text or table
function pipeline.resolve(routing, what)
  if routing.scripted then -- each recipient has its own budget, for all that becomes of it
    routing.budget = { instructions = nil, milliseconds = nil, wall = nil }
  end
  return add_leaves(routing, what)
end

--- Stages 5 and 6: what becomes of a leaf.
-- @tparam table routing
-- @tparam table leaf
-- @treturn table delivery
function pipeline.deliver(routing, leaf)
  local choice, failure = nil, leaf.failure
  routing.budget = leaf.budget
  if not failure and not leaf.mailbox then choice, failure = route(routing, leaf) end
  return handover(routing, leaf, choice, failure)
end

--- All stages.
-- @tparam table routing
-- @tparam {string|table,...} recipients
-- @tparam[opt] table resolved the leaves of those recipients that were resolved before
-- @treturn {table,...} deliveries
function pipeline.route(routing, recipients, resolved)
  for _, what in ipairs(recipients) do
    local leaf = resolved and resolved[what]
    if leaf then
      leaf.budget = nil -- the one that it was resolved with
      routing.leaves[#routing.leaves + 1] = leaf
    else
      pipeline.resolve(routing, what)
    end
  end
  local deliveries = {}
  for i, leaf in ipairs(routing.leaves) do deliveries[i] = pipeline.deliver(routing, leaf) end
  return deliveries
end

return pipeline
