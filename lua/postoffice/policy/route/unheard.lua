--- Types that nobody has heard of, neither here nor in the policy: slips of somebody's key.
-- @module postoffice.policy.route.unheard

local connectors = require "postoffice.policy.compile.connectors"
local spaces = require "postoffice.policy.compile.spaces"
local types = require "postoffice.policy.language.types"

local unheard = {}

--- Whether nobody has heard of a type.
-- @tparam table compiled
-- @tparam string type_name in upper case
-- @treturn boolean
function unheard.of(compiled, type_name)
  return not (types.is_meant(compiled.settings, type_name)
    or spaces.exist_for(compiled.spaces, type_name)
    or connectors.speak(compiled.connectors, type_name))
end

return unheard
