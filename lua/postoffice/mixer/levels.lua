--- The part of an O/R address that is a hierarchy, as a domain is.
-- @module postoffice.mixer.levels

local addresses = require "postoffice.address"

local levels = {}

--- From the country down.
levels.names = { "c", "a", "p", "o", "ou1", "ou2", "ou3", "ou4" }

--- The place of each level.
levels.place = {}
for place, name in ipairs(levels.names) do levels.place[name] = place end

--- The first unit.
levels.UNIT = levels.place.ou1

--- A value without idle blanks, which mean nothing in X.400 (Q108732). A blank
-- ADMD is one space.
-- @string value
-- @treturn string
function levels.trim(value)
  local trimmed = value:gsub(" +", " "):gsub("^ ", ""):gsub(" $", "")
  return trimmed == "" and value ~= "" and " " or trimmed
end

--- A value for comparison; a missing ADMD and a blank one are the same.
-- @tparam string|nil value
-- @treturn string
function levels.fold(value)
  if value == nil then return "" end
  local folded = levels.trim(value):lower()
  return folded == " " and "" or folded
end

--- The attributes of an address, trimmed.
-- @tparam table address
-- @treturn table
function levels.attributes(address)
  local fields = {}
  for name, value in next, address do
    if addresses.is_own_field(name) and name ~= "syntax" and type(value) == "string" then
      fields[name] = levels.trim(value)
    end
  end
  return fields
end

return levels
