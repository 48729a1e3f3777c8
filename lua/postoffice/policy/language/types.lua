--- Which address types there are, and which one was meant.
-- @module postoffice.policy.language.types

local core = require "postoffice.core"
local suggest = require "postoffice.suggest"

local types = {}

-- Types that were met in the wild (Q116466, Q166097, MAPI) and have no dialect here.
local KNOWN = {
  "3COM", "ATT", "COMPUSERVE", "EUM", "IMAGE", "MCI", "MHS", "MIGRATE", "MSFAX", "MSN", "PROFS",
  "SIP", "SNADS", "SPO", "TELEX",
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

--- Whether a text can be the name of a type.
-- @string text
-- @treturn boolean
function types.is_name(text) return text:find "^[%w.&_-]+$" ~= nil end

--- Types that a policy means, though nobody else knows them.
-- @tparam {string,...}|nil list as `settings` has it
-- @treturn table a set, for `types.is_meant`
-- @treturn string|nil the first of them that can be no type's name
function types.meant(list)
  local set, wrong = {}, nil
  for _, type_name in ipairs(list or {}) do
    set[type_name:upper()] = true
    if not wrong and not types.is_name(type_name) then wrong = type_name end
  end
  return set, wrong
end

--- Whether a type is known, or a policy means it.
-- @tparam table settings compiled
-- @tparam string type_name in upper case
-- @treturn boolean
function types.is_meant(settings, type_name)
  return settings.meant[type_name] ~= nil or types.is_known(type_name)
end

--- The known type that looks like one that is not known.
-- @tparam string type_name in upper case
-- @treturn string|nil
function types.near(type_name) return suggest.near(type_name, KNOWN) end

--- The known type that is one slip of the key from one that is not known.
-- @tparam string type_name in upper case
-- @treturn string|nil
function types.slip_of(type_name)
  for _, known in ipairs(KNOWN) do
    if suggest.is_slip(type_name, known) then return known end
  end
end

return types
