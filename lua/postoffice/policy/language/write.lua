--- Writes an address for people: as a proxy, or as a path where that is all it has (`<>`).
-- @module postoffice.policy.language.write

local core = require "postoffice.core"

--- An address as text.
-- @tparam table address
-- @treturn string
local function write(address)
  local ok, text = pcall(core.format, address)
  if not ok then return "?" end -- a field of another kind
  return text or address.localpart and core.format(address, "path") or "?"
end

return write
