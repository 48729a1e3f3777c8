--- Writes an address for people: as a proxy, or as a path where that is all it has (`<>`).
-- @module postoffice.policy.write

local core = require "postoffice.core"

--- An address as text.
-- @tparam table address
-- @treturn string
local function write(address)
  return core.format(address) or core.format(address, "path") or "?"
end

return write
