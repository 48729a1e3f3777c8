--- What gateways make of addresses, and what they will refuse, whatever lies between.
-- @module postoffice.policy.route.gateways

local postoffices = require "postoffice.policy.compile.postoffices"
local verdict = require "postoffice.policy.route.verdict"
local write = require "postoffice.address".show

local gateways = {}

--- The gateway that an address names, or nil.
-- @tparam table compiled
-- @tparam table address
-- @treturn table|nil a post office
function gateways.of(compiled, address)
  local postoffice = postoffices.of(compiled.postoffices, address)
  return postoffice and postoffice.gateway and postoffice
end

--- What a gateway makes of an address.  What it cannot read it answers with a report of its own,
-- maybe days later (Q184054): it is refused here, as the gateway would.
-- @tparam table postoffice
-- @tparam table address
-- @treturn table|nil a new address
-- @treturn table|nil a verdict
function gateways.through(postoffice, address)
  local inner, message, code = postoffices.inner(postoffice, address)
  if inner then return inner end
  return nil, verdict.of(code, ("%s at the %s gateway: %s"):format(write(address), postoffice.name,
    message), postoffice.declaration)
end

return gateways
