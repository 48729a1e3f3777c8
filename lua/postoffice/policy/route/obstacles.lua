--- What keeps a connector from taking a message: its guards, and what is so for now.
--
-- A guard says what its connector takes, by facts of the envelope.
-- @module postoffice.policy.route.obstacles

local connectors = require "postoffice.policy.compile.connectors"
local hearing = require "postoffice.policy.route.hearing"
local membership = require "postoffice.policy.route.membership"
local say = require "postoffice.policy.route.trace".teller "route"

local obstacles = {}

-- Whether a connector's guard takes the sender, found out once.
local function accepts(routing, connector)
  local accepted = routing.accepted or {}
  routing.accepted = accepted
  if accepted[connector] == nil then
    local set
    accepted[connector], set = connectors.accepts(connector, routing.sender, routing.null_sender)
    if set then membership.tell(say, routing, set, routing.sender) end
  end
  return accepted[connector]
end

local function by_sender(routing, connector)
  if not connector.senders then return nil end
  local code, why, fact = hearing.of_sender(routing)
  if code or accepts(routing, connector) then return code, why, fact end
  return "sender-refused", "has senders, and the sender is none of them"
end

local function by_size(routing, connector)
  return hearing.of_size(routing, connector.max_size, "message-large")
end

-- Whether mail would go back by the connector that it arrived by, to the address that it came to or
-- what a gateway makes of that: who is behind there would bring it again.  What an entry, a list, a
-- rewrite, a catch-all or the script sent on to another address, and what was signed or encapsulated at
-- a domain of ours to be answered, came to us and is on a way of its own.
local function comes_back(routing, connector, leaf)
  if routing.arrived_by ~= connector.folded then return false end
  return not (leaf.sent_on or leaf.returns or leaf.opened)
end

-- What keeps it for now, or from this message whatever its guards say.
local function by_state(routing, connector, leaf)
  if comes_back(routing, connector, leaf) then
    return "route-loop", "is what the message arrived by"
  elseif routing.down[connector.folded] then
    return "connectors-down", "is down"
  elseif connector.weight == 0 then
    return "connectors-down", "is drained, weight = 0"
  end
end

-- The sender's guard is heard first, since no smaller message would help.
local HEARD = { by_sender, by_size, by_state }

--- Why a connector cannot take the message.
-- @tparam table routing
-- @tparam table connector
-- @tparam table leaf what it would carry
-- @treturn string|nil the code of it; nil if it can
-- @treturn string why: the end of a sentence that begins with the connector
-- @treturn string|nil the fact of the envelope that is missing
function obstacles.of(routing, connector, leaf)
  if not connector.guarded then return by_state(routing, connector, leaf) end
  return hearing.hear(HEARD, routing, connector, leaf)
end

return obstacles
