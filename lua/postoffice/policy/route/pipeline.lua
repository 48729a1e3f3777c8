--- All stages, for whatever is asked of them.
-- @module postoffice.policy.route.pipeline

local envelopes = require "postoffice.policy.route.envelope"
local handover = require "postoffice.policy.route.stage6_handover"
local route = require "postoffice.policy.route.stage5_route"
local several = require "postoffice.policy.route.several"
local shells = require "postoffice.policy.compile.shells"
local way = require "postoffice.policy.route.way"

local pipeline = { resolve = way.resolve, deliver = way.deliver, resolve_all = several.resolve }

-- What a script is told of a message that nothing is known of; it gets a copy.
local CLOCK = { now = 0 }

local lower, time = string.lower, os.time

--- Begins a routing.
-- @tparam table policy
-- @tparam[opt] table envelope
-- @tparam[opt] table trace
-- @tparam[opt] table|function asks instead of the policy's own
-- @tparam number level of the caller, for errors
-- @treturn table
function pipeline.begin(policy, envelope, trace, asks, level)
  local routing = way.new(policy)
  routing.trace = trace
  if asks then -- the policy holds no answers of theirs, which know no directory of its host
    routing.asks, routing.policy, routing.compiled, routing.remote = asks, nil, policy.compiled, nil
  end
  routing.survey = not trace and routing.survey -- a trace tells the whole way
  if envelope then
    envelopes.check(envelope, level + 1)
    routing.is_bare = false
    routing.envelope, routing.down = envelope, envelopes.down(envelope.down)
    routing.is_unrestricted = envelope.admitted
    routing.arrived_by = envelope.arrived_by and lower(envelope.arrived_by)
    envelopes.read_sender(routing, envelope.sender)
  end
  if policy.compiled.scripted then routing.scripted = envelopes.for_script(routing) end
  return routing
end

--- All stages.
-- @tparam table routing
-- @tparam string|{string|table,...} recipients a text, or a list
-- @tparam[opt] table resolved as `several.resolve` takes it
-- @treturn {table,...} deliveries
function pipeline.route(routing, recipients, resolved)
  if type(recipients) == "string" then
    way.resolve(routing, recipients)
  else
    several.resolve(routing, recipients, resolved)
  end
  return several.deliver(routing)
end

-- The same from the first step of on.recipient on.
local function route_answered(routing, text, ...)
  way.go_on(routing, text, ...)
  return several.deliver(routing)
end

-- A routing for texts, one after the other, and the leaf that each of them fills in anew.
local function new_idle(policy)
  local routing = way.new(policy)
  routing.leaf = {
    recipient = "", address = false, wire = false, key = false, rank = false, other = false,
    how = false, entry = false,
  }
  return routing
end

-- A routing of a text without an envelope, at a time that the script may have been told.
local function begin_text(policy, now)
  local routing = way.new(policy)
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
  if on.delivery or policy.directory then
    return run(policy, pipeline.route, begin_text(policy), text)
  end
  local address, wire, rank, other, how, entry
  if survey then address, wire, rank, other, how, entry = survey(text) end
  if not address or compiled.shells and shells.at(compiled.shells, address) then
    return route_unsurveyed(policy, text, run)
  end
  if on.recipient then
    local now = time()
    CLOCK.now = now
    local step, value, a, b, c = policy.call_recipient(text, CLOCK)
    if step ~= "done" or value ~= nil or a ~= nil then -- nil and a message is a failure
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
