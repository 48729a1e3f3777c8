--- What patterns need to know about address types.
-- @module postoffice.policy.pattern.families

local addresses = require "postoffice.address"
local core = require "postoffice.core"
local known = require "postoffice.text.domain".known

local families = {}

local find = string.find

-- Types that share one directory, as the core's keys do.
local FAMILY = { X500 = "EX", GROUPWISE = "GWISE", MSA = "MSMAIL" }

-- Types of which all addresses that are equal have the same fields, but for case.
local AS_WRITTEN = { EX = true, X500 = true, MS = true, PCM = true, UUCP = true }

-- What an SMTP domain can be written in several ways by: U-labels, and literals.
local SEVERAL = "[\128-\255%[]"

-- What ends a component, for the types whose spaces may be a prefix of them.
local BORDER = { EX = "/", MS = "/", GWISE = "." }

-- Types whose spaces match attribute by attribute, from the first one down.
local ATTRIBUTES = { X400 = { "c", "a", "p", "o", "ou1", "ou2", "ou3", "ou4" } }

-- How a type's addresses are parsed here.
local NATIVE = setmetatable({}, { __index = function(options, type_name)
  options[type_name] = { type = type_name, notation = "native", unknown = true }
  return options[type_name]
end })

--- The type whose directory and spaces a type shares.
-- @tparam string type_name such as `"X500"`
-- @treturn string such as `"EX"`
function families.of(type_name) return FAMILY[type_name] or type_name end

--- The types of a family.
-- @tparam string family
-- @treturn {string,...} its own name first
function families.types(family)
  local list = { family }
  for type_name, own in pairs(FAMILY) do
    if own == family then list[#list + 1] = type_name end
  end
  return list
end

--- What ends a component of the type's addresses, if a prefix of them can be a space.
-- @tparam string family
-- @treturn string|nil
function families.border(family) return BORDER[family] end

--- The attributes that the type's spaces match one by one, the topmost first.
-- @tparam string family
-- @treturn {string,...}|nil
function families.attributes(family) return ATTRIBUTES[family] end

--- The one address of all that are equal, but for case: what patterns match.
-- @tparam table address
-- @treturn table the same one if it is that
function families.canonical(address)
  if address.type == "SMTP" then
    if not find(address.domain or "", SEVERAL) then return address end
  elseif AS_WRITTEN[address.type] then
    return address
  end
  return known(core.canonical(address)) or address
end

--- An address as one of another type of its family: GWISE and GROUPWISE are two orders of the same
-- parts.  A distinguished name stays what it is: an EX name that was (X500) is none today.
-- @tparam table address
-- @tparam string type_name
-- @treturn table the same one if it is of the type
function families.retype(address, type_name)
  if address.type == type_name or families.of(type_name) == "EX" then return address end
  local retyped = addresses.copy(address)
  retyped.type = type_name
  return retyped
end

--- Whether the keys of a family are not the canonical text of its addresses in lower case: of
-- those that Lua defined, and of FAX, whose text has several forms.
-- @tparam string family
-- @treturn boolean
function families.has_other_keys(family) return family == "FAX" or core.fields(family) == nil end

--- Whether a field of the type holds a domain that can have U-labels.
-- @tparam string type_name
-- @tparam string field
-- @treturn boolean
function families.has_domain(type_name, field) return type_name == "SMTP" and field == "domain" end

--- Whether a field of an address table belongs to its notation, not to its type.
-- @tparam string field
-- @treturn boolean
function families.is_notation(field)
  return field == "syntax" or not addresses.is_own_field(field)
end

--- The options by which an address is parsed that is known to be of a type.
-- @tparam string type_name
-- @treturn table for `core.parse`
function families.native(type_name) return NATIVE[type_name] end

return families
