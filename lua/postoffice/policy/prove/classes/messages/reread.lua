--- What a recipient becomes, of one message after the other: it is resolved once for all of them, unless more was read
-- for that than whether they may relay.
-- @module postoffice.policy.prove.classes.messages.reread

local reread = {}

--- Notes that the engine reads a fact.
-- @tparam table leaf of a run; its `reads`, while a recipient is resolved: whether `may_relay` was read, and
--   whether anything else was (`is_other`)
-- @string name
function reread.note(leaf, name)
  local reads = leaf.reads
  if not reads then return end
  if name == "may_relay" then reads.may_relay = true else reads.is_other = true end
end

-- What is known of a policy: whether it reads `may_relay`, and `leaves`, by that or by "any".
local function known_of(known, compiled)
  known[compiled] = known[compiled] or { asks = nil, leaves = {} }
  return known[compiled]
end

-- By what the leaves of a message are found; nil if it is not known what is read.
local function name_of(own, message)
  if own.asks == nil then return nil end
  if not own.asks then return "any" end
  return message:get "may_relay" and "may" or "may not"
end

--- The leaves of a recipient, which are those of another message where nothing else was read.
-- @tparam table|nil known of the recipient, kept from message to message; nil if functions have a say
-- @tparam table message
-- @tparam table routing of a policy
-- @tparam table leaf for `reread.note`
-- @tparam function resolve makes the leaves of the routing
-- @treturn {table,...}
function reread.leaves(known, message, routing, leaf, resolve)
  local compiled = routing.compiled
  if not known or compiled.scripted then
    resolve()
    return routing.leaves
  end
  local own = known_of(known, compiled)
  local name = name_of(own, message)
  if name and own.leaves[name] then return own.leaves[name] end
  leaf.reads = {}
  resolve()
  local reads = leaf.reads
  leaf.reads = false
  if own.asks == nil and not reads.is_other then own.asks = reads.may_relay == true end
  name = not reads.is_other and name_of(own, message)
  if name then own.leaves[name] = routing.leaves end
  return routing.leaves
end

return reread
