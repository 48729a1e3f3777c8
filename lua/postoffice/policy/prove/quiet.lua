--- What becomes of an address when the host answers nothing, and anybody may write.
-- @module postoffice.policy.prove.quiet

local pipeline = require "postoffice.policy.route.pipeline"

local quiet = {}

-- A host that answers nothing.
local function nobody() return nil end

--- Resolves an address.
-- @tparam table policy
-- @tparam string|table address
-- @tparam[opt] table envelope
-- @treturn table the routing, with `leaves`
function quiet.resolve(policy, address, envelope)
  local routing = pipeline.begin(policy, envelope, nil, nobody, 1)
  routing.is_unrestricted = true -- there is no sender to be held to restrictions
  pipeline.resolve(routing, address)
  return routing
end

--- The code that an address fails by before it comes to a connector.
-- @tparam table policy
-- @tparam string|table address
-- @treturn string|nil
function quiet.failure(policy, address)
  local leaf = quiet.resolve(policy, address).leaves[1]
  return leaf and leaf.failure and leaf.failure.code
end

return quiet
