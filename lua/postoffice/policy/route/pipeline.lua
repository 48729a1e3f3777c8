--- The way of an address, stage after stage.
-- @module postoffice.policy.route.pipeline

local lists = require "postoffice.lists"
local parse = require "postoffice.policy.route.stage1_parse"
local read = require "postoffice.address".read_any
local unwrap = require "postoffice.policy.route.stage2_unwrap"
local recipient = require "postoffice.policy.route.stage3_recipient".recipient
local resolve = require "postoffice.policy.route.stage4_resolve".resolve
local route = require "postoffice.policy.route.stage5_route"
local handover = require "postoffice.policy.route.stage6_handover"
local suggest = require "postoffice.suggest"
local write = require "postoffice.address".show

local pipeline = {}

-- The envelope's fields and their Lua types.
local ENVELOPE = {
  sender = { string = true, table = true }, relay = { boolean = true },
    arrived_by = { string = true },
  down = { table = true }, size = { number = true }, now = { number = true },
  client = { string = true, table = true },
}

local ENVELOPE_NAMES = lists.keys(ENVELOPE)

local NOTHING = {}

local lower = string.lower

local function check_envelope(envelope, level)
  for name, value in pairs(envelope) do
    local types = ENVELOPE[name]
    if not types then
      error(('envelope: unknown field "%s"%s'):format(tostring(name),
        suggest.phrase(tostring(name), ENVELOPE_NAMES)), level)
    elseif not types[type(value)] then
      error(("envelope: %s cannot be a %s"):format(name, type(value)), level)
    end
  end
end

-- `down` as a set of folded names: the host passes an array of them, or a set.
local function as_set(list)
  if not list then return NOTHING end
  local set = {}
  for key, value in pairs(list) do
    local name = type(key) == "number" and value or (value and key)
    if type(name) == "string" then set[lower(name)] = true end
  end
  return set
end

-- A sender that cannot be read is still a sender: it is handed over as it is.
local function read_sender(routing, sender)
  if sender == nil then return end
  local address, message = read(sender == "" and "<>" or sender)
  routing.sender = address
  routing.null_sender = address ~= nil and address.type == "SMTP" and address.localpart == ""
  if not address then routing.unread_sender = { given = sender, why = message } end
end

-- The envelope as the script's functions see it.
local function scripted(routing, envelope)
  local copy = {}
  for name, value in pairs(envelope) do copy[name] = value end
  copy.sender = routing.sender
  return copy
end

--- Begins a routing.
-- @tparam table policy
-- @tparam[opt] table envelope
-- @tparam[opt] table trace
-- @tparam[opt] table|function asks instead of the policy's own
-- @tparam number level of the caller, for errors
-- @treturn table
function pipeline.begin(policy, envelope, trace, asks, level)
  envelope = envelope or NOTHING
  if envelope ~= NOTHING then check_envelope(envelope, level + 1) end
  local routing = {
    compiled = policy.compiled, state = policy.state, asks = asks or policy.asks,
    envelope = envelope, down = as_set(envelope.down),
    arrived_by = envelope.arrived_by and lower(envelope.arrived_by),
    trace = trace, leaves = {}, reached = {}, budget = nil,
  }
  read_sender(routing, envelope.sender)
  if policy.compiled.scripted then routing.scripted = scripted(routing, envelope) end
  return routing
end

local function add_failed_leaf(routing, failure, address)
  routing.leaves[#routing.leaves + 1] = {
    failure = failure, address = address, recipient = routing.recipient,
  }
end

local function add_leaves(routing, what)
  routing.recipient = type(what) == "string" and what or write(what)
  local address, failure = parse(routing, what)
  if not address then return add_failed_leaf(routing, failure) end
  local inner, opened = unwrap(routing, address)
  local addresses
  addresses, failure = recipient(routing, inner)
  if not addresses then return add_failed_leaf(routing, failure, inner) end
  return resolve(routing, addresses, opened, opened and "unwrapped")
end

--- Stages 1 to 4: adds a recipient's leaves to `routing.leaves`.
-- @tparam table routing
-- @tparam string|table what an address, as text or table
function pipeline.resolve(routing, what)
  local leaves = routing.leaves
  local first = #leaves + 1
  routing.budget = {} -- each recipient has its own, for all that becomes of it
  add_leaves(routing, what)
  if not routing.scripted then return end
  routing.budgets = routing.budgets or {}
  for i = first, #leaves do routing.budgets[leaves[i]] = routing.budget end
end

--- Stages 5 and 6: what becomes of a leaf.
-- @tparam table routing
-- @tparam table leaf
-- @treturn table delivery
function pipeline.deliver(routing, leaf)
  local choice, failure = nil, leaf.failure
  routing.budget = routing.budgets and routing.budgets[leaf]
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
