--- The way of one recipient, stage after stage.
-- @module postoffice.policy.route.way

local core = require "postoffice.core"
local parse = require "postoffice.policy.route.stage1_parse"
local unwrap = require "postoffice.policy.route.stage2_unwrap"
local stage3 = require "postoffice.policy.route.stage3_recipient"
local resolve = require "postoffice.policy.route.stage4_resolve"
local route = require "postoffice.policy.route.stage5_route"
local dda = require "postoffice.policy.route.stage5_dda"
local shells = require "postoffice.policy.compile.shells"
local open_shell = require "postoffice.policy.route.stage5_shell"
local nodes = require "postoffice.policy.route.stage4_nodes"
local remote_directory = require "postoffice.policy.route.remote_directory"
local handover = require "postoffice.policy.route.stage6_handover"
local write = require "postoffice.address".show

local way = {}

local NOTHING = {}

local add_leaf, key_of = nodes.add, nodes.key_of
local answered, recipient = stage3.answered, stage3.recipient

--- A routing without an envelope and without a trace.
-- @tparam table policy
-- @treturn table
function way.new(policy)
  local compiled = policy.compiled
  local routing = {
    compiled = compiled, state = policy.state, asks = policy.asks, policy = policy,
    secrets = policy.secrets,
    envelope = (compiled.scripted or policy.directory) and {} or NOTHING, -- it reaches the host
    down = NOTHING, survey = compiled.survey, leaves = {}, first_leaf = false, reached = false,
    is_over = false, is_reached = false, recipient = "", is_bare = true, -- without an envelope
    scripted = false, now = nil,
  }
  if policy.directory then remote_directory.attach(routing, compiled) end
  return routing
end

local function add_failed_leaf(routing, failure, address)
  routing.leaves[#routing.leaves + 1] = {
    failure = failure, address = address, recipient = routing.recipient, budget = routing.budget,
    is_alone = true, -- whatever else is reached
  }
end

-- Whether an address is at the domain of a shell: the survey does not know who may write to there.
local function is_at_shell(routing, address)
  local compiled = routing.compiled.shells
  return compiled and shells.at(compiled, address)
end

-- Adds the leaf of a text if the survey knows the whole way to it; whether it does.
local function add_surveyed(routing, text)
  local survey = routing.survey
  if not survey then return false end
  local address, wire, rank, other, how, entry = survey(text)
  if not address or is_at_shell(routing, address) then return false end
  add_leaf(routing, {
    recipient = text, address = address, wire = wire, key = false, rank = rank, other = other,
    how = how, entry = entry, budget = routing.budget, sent_on = how,
  })
  return true
end

-- Adds the leaves of what the script put in the place of an address, which it sends on thereby.
local function resolve_instead(routing, address, instead, opened)
  local leaves, key = routing.leaves, core.key(address)
  local before = #leaves
  resolve(routing, address, instead, opened)
  for i = before + 1, #leaves do
    local leaf = leaves[i]
    leaf.sent_on = not leaf.failure and key_of(leaf) ~= key
  end
end

--- Begins a recipient, which has its own budget for all that becomes of it.
-- @tparam table routing
-- @tparam string text the recipient as it was written
function way.begin(routing, text)
  if routing.scripted then
    routing.budget = { instructions = nil, milliseconds = nil, wall = nil }
  end
  routing.recipient = text
end

--- Stages 1 to 4: adds a recipient's leaves to `routing.leaves`.
-- @tparam table routing
-- @tparam string|table what an address, as text or table
function way.resolve(routing, what)
  local asks = routing.compiled.on.recipient
  local text = type(what) == "string" and what
  way.begin(routing, text or write(what))
  if text and not asks and add_surveyed(routing, text) then return end
  local address, key = parse(routing, what)
  if not address then return add_failed_leaf(routing, key) end
  local inner, opened, failure, signed = unwrap(routing, address)
  if failure then return add_failed_leaf(routing, failure, inner) end
  local instead
  if asks then instead, failure = recipient(routing, inner) end
  if failure then return add_failed_leaf(routing, failure, inner) end
  if instead then return resolve_instead(routing, inner, instead, opened or signed) end
  if signed then return nodes.add_signed(routing, inner) end
  if text and asks and not opened and add_surveyed(routing, text) then return end
  return resolve(routing, inner, nil, opened, rawequal(inner, address) and key or nil)
end

--- Whether stage 2 takes something out of an address, or refuses it.
-- @tparam table policy that signs nothing
-- @tparam string text
-- @treturn boolean
function way.is_opened(policy, text)
  local routing = way.new(policy)
  local address = parse(routing, text)
  if not address then return true end
  local inner, _, failure = unwrap(routing, address)
  return failure ~= nil or not rawequal(inner, address)
end

--- Stage 4 of an address that the script puts in the place of another one: nothing is taken out of it.
-- @tparam table routing
-- @tparam string text
function way.resolve_instead(routing, text)
  way.begin(routing, text)
  local address, failure = parse(routing, text)
  if not address then return add_failed_leaf(routing, failure) end
  return resolve(routing, address, { address })
end

--- Goes on from the first step of `on.recipient` for a text that the survey knows.
-- @tparam table routing
-- @tparam string text
-- @param ... what the state returned when it was called
function way.go_on(routing, text, ...)
  way.begin(routing, text)
  local instead, failure = answered(routing, routing.compiled.on.recipient, ...)
  if not failure and not instead then return add_surveyed(routing, text) end
  local address = parse(routing, text)
  if failure then return add_failed_leaf(routing, failure, address) end
  return resolve_instead(routing, address, instead)
end

-- What of a leaf's address is to be routed, or the leaf and a verdict.  What an X.400 address carries
-- may be in a shell, too.
local function open_leaf(routing, leaf)
  local has_shells, failure = routing.compiled.shells, nil
  if has_shells then leaf, failure = open_shell(routing, leaf) end
  if failure or leaf.address.type ~= "X400" then return leaf, failure end
  local opened = dda.open(routing, leaf)
  if has_shells then return open_shell(routing, opened) end
  return opened
end

--- Stages 5 and 6: what becomes of a leaf.
-- @tparam table routing
-- @tparam table leaf
-- @treturn table delivery
function way.deliver(routing, leaf)
  local failure, choice, alternatives = leaf.failure, nil, nil
  if routing.scripted then routing.budget = leaf.budget end
  local goes_on = not failure and not leaf.mailbox
  if goes_on then leaf, failure = open_leaf(routing, leaf) end
  if goes_on and not failure then choice, failure, alternatives = route(routing, leaf) end
  local delivery = handover(routing, leaf, choice, failure, alternatives)
  if not routing.unanswered then return delivery end -- be it of the sender
  return handover(routing, leaf, nil, remote_directory.failure(routing))
end

return way
