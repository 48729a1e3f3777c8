--- Senders alone, for hosts that ask for what a connector does to them when the recipient's way is
-- decided: Postfix's generic and canonical maps.
-- @module postoffice.policy.route.outgoing

local connectors = require "postoffice.policy.compile.connectors"
local is_null = require "postoffice.address".is_null
local rewritten = require "postoffice.policy.route.stage6_sender".rewritten
local sign = require "postoffice.policy.route.stage6_sign"

local outgoing = {}

local SENT_ON = { sent_on = true } -- the leaf of mail that somebody here sent on

--- A sender by the rules about senders.
-- @tparam table routing
-- @tparam table sender
-- @tparam table connector
-- @treturn table address, the same if no rule is about it
function outgoing.rewrite(routing, sender, connector)
  if is_null(sender) then return sender end
  return rewritten(routing, sender, connector)
end

--- A sender as a connector signs it.
-- @tparam table routing
-- @tparam table sender
-- @tparam table connector
-- @treturn table|nil address, the same if it is not signed
-- @treturn string message
-- @treturn string code
function outgoing.sign(routing, sender, connector)
  if is_null(sender) then return sender end
  local signed, failure = sign(routing, SENT_ON, connector, sender)
  if signed then return signed end
  return nil, failure.detail or failure.message, failure.code
end

-- What tells one way of signing from another.
local function way_of(connector)
  local srs, batv = connector.srs or {}, connector.batv or {}
  return ("%s\0%s\0%s"):format(srs.domain or "", srs.secrets or "", batv.secrets or "")
end

--- The first connector of each way in which senders are signed.
-- @tparam table compiled
-- @treturn {string,...} names, in file order
function outgoing.signers(compiled)
  local names, seen = {}, {}
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    local way = connector.signs and way_of(connector)
    if way and not seen[way] then names[#names + 1], seen[way] = connector.name, true end
  end
  return names
end

return outgoing
