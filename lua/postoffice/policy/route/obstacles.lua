--- What keeps a connector from taking a message: its guards, and what is so for now.
--
-- A guard says what its connector takes, by facts of the envelope.  A fact that the envelope lacks
-- never refuses: a sender that is not known is not `<>`, nor a stranger's, and a size that is not
-- known is not 0.
-- @module postoffice.policy.route.obstacles

local connectors = require "postoffice.policy.compile.connectors"

local obstacles = {}

local function missing(fact)
  return "fact-missing", ("needs the %s, which the envelope does not tell"):format(fact)
end

-- Whether a connector's guard takes the sender, found out once.
local function accepts(routing, connector)
  local accepted = routing.accepted or {}
  routing.accepted = accepted
  if accepted[connector] == nil then
    accepted[connector] = connectors.accepts(connector, routing.sender, routing.null_sender)
  end
  return accepted[connector]
end

-- What the guard `senders` says: nil if it lets the message pass, or a code and why.
local function by_sender(routing, connector)
  if not connector.senders then return nil end
  if not (routing.sender or routing.unread_sender) then return missing "sender" end
  if accepts(routing, connector) then return nil end
  return "sender-refused", "has senders, and the sender is none of them"
end

-- What the guard `max_size` says, likewise.
local function by_size(routing, connector)
  local size, most = routing.envelope.size, connector.max_size
  if not most then return nil end
  if not size then return missing "size" end
  if size <= most then return nil end
  return "message-large", ("has max_size = %.0f, and the message has %.0f bytes"):format(most, size)
end

-- What the guards say together: one that refuses is heard before one that cannot tell, and the
-- sender's first, since no smaller message would help.
local function by_guards(routing, connector)
  local code, why = by_sender(routing, connector)
  if code == "sender-refused" then return code, why end
  local other, reason = by_size(routing, connector)
  if other == "message-large" or not code then return other, reason end
  return code, why
end

-- What keeps it for now, or from this message whatever its guards say.
local function by_state(routing, connector)
  if routing.arrived_by == connector.folded then
    return "route-loop", "is what the message arrived by"
  elseif routing.down[connector.folded] then
    return "connectors-down", "is down"
  elseif connector.weight == 0 then
    return "connectors-down", "is drained, weight = 0"
  end
end

--- Why a connector cannot take the message.
-- @tparam table routing
-- @tparam table connector
-- @treturn string|nil the code of it; nil if it can
-- @treturn string why: the end of a sentence that begins with the connector
function obstacles.of(routing, connector)
  if not connector.guarded then return by_state(routing, connector) end
  local code, why = by_guards(routing, connector)
  if code and code ~= "fact-missing" then return code, why end
  local other, reason = by_state(routing, connector)
  if other then return other, reason end
  return code, why
end

return obstacles
