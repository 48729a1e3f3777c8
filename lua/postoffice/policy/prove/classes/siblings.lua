--- The same addresses under the other type of their family.
-- @module postoffice.policy.prove.classes.siblings

local addresses = require "postoffice.address"
local core = require "postoffice.core"
local lists = require "postoffice.lists"

local OTHER_TYPE = { EX = "X500", X500 = "EX", GWISE = "GROUPWISE", MSMAIL = "MSA" }

-- An address as one of another type of its family, as text.
local function as_type(type_name)
  return function(address)
    local other = addresses.bare(address)
    other.type = type_name
    return (core.format(other))
  end
end

--- Adds the same addresses under the other type of their family: what a next hop can say may differ.
-- @tparam table search
local function add_siblings(search)
  local items = lists.copy(search.items)
  for _, item in ipairs(items) do
    local other = OTHER_TYPE[item.part and item.part.family or item.address.type]
    if other then
      table.insert(search.items, {
        part = item.part, parts = item.parts, address = item.address, why = item.why,
        identity = item.identity, is_outside = item.is_outside, type = other,
        shell = as_type(other),
      })
    end
  end
end

return add_siblings
