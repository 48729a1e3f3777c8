-- Of the oracle: nobody edits it (see ../init.lua).
--- Which address types there are, and which one was meant.
-- @module spec.oracle.language.types

local core = require "postoffice.core"
local suggest = require "postoffice.suggest"

local types = {}

-- Types that were met in the wild (Q116466, Q166097, MAPI) and have no dialect here.
local KNOWN = {
  "3COM", "ATT", "COMPUSERVE", "EUM", "IMAGE", "MCI", "MHS", "MIGRATE", "MSFAX", "MSN", "PROFS",
  "SIP", "SNADS", "TELEX",
}

local is_known = {}
for _, type_name in ipairs(core.types()) do KNOWN[#KNOWN + 1] = type_name end
for _, type_name in ipairs(KNOWN) do is_known[type_name] = true end

--- Whether a type has a dialect, was defined by the host, or was met in the wild.
-- @tparam string type_name in upper case
-- @treturn boolean
function types.is_known(type_name)
  if is_known[type_name] then return true end
  local _, _, code = core.parse(type_name .. ":x")
  return code ~= "type-unknown"
end

--- The known type that looks like one that is not known.
-- @tparam string type_name in upper case
-- @treturn string|nil
function types.near(type_name) return suggest.near(type_name, KNOWN) end

return types
