--- What a table has to be to be an address, and the ways to read, make and copy one.
-- @module postoffice.address

local core = require "postoffice.core"
local fail = require "postoffice.fail"

local address = {}

local METATABLE = getmetatable(core.parse "postmaster@example.com")

--- The address that is given as a table or as text.
-- @tparam table|string given
-- @string[opt] kind the type it has to be
-- @treturn table the address; or nil, message, code, position
function address.read(given, kind)
  if type(given) == "string" then
    return core.parse(given, { type = kind, unknown = kind == nil or nil })
  end
  if kind and given.type ~= kind then return fail "type-mismatch" end
  return given
end

--- Makes a table of fields an address: one that prints and compares as such.
-- @tparam table fields
-- @treturn table the same table
function address.make(fields) return setmetatable(fields, METATABLE) end

--- A copy of an address.
-- @tparam table original
-- @treturn table
function address.copy(original)
  local copied = {}
  for field, value in next, original do copied[field] = value end
  return address.make(copied)
end

return address
