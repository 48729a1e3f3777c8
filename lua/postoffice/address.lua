--- What a table has to be to be an address, and the ways to read, make, copy and
-- show one.
--
-- An address is a plain table: `type`, the fields of that type, and what belongs
-- to its notation, that is to the way it is written. Every field is a string,
-- but for `primary`, which is false or absent.
-- @module postoffice.address

local copy = require "postoffice.lists".copy
local core = require "postoffice.core"
local known = require "postoffice.text.domain".known

local address = {}

local METATABLE = getmetatable(core.parse "postmaster@example.com")

--- The fields that belong to the notation, in order: names of any type's address
-- that say nothing of the mailbox.
address.NOTATION_FIELDS = core.notation_fields

--- Whoever opens one carrier after the other stops after so many.
address.MAX_CARRIERS = core.max_carriers

local is_beside = { type = true }
for _, name in ipairs(address.NOTATION_FIELDS) do is_beside[name] = true end

--- Whether a field is one of the type's own, neither `type` nor of the notation.
-- @string name
-- @treturn boolean
function address.is_own_field(name) return not is_beside[name] end

--- What a host interprets in a local part, as a pattern of Lua (Q237927).
address.MARKS = "[%%!@]"

--- Whether there is a mark in some field of an address, by which hosts read another one.
-- @tparam table value an address
-- @treturn boolean
function address.has_mark(value)
  for name, text in pairs(value) do
    if not is_beside[name] and string.find(text, address.MARKS) then return true end
  end
  return false
end

--- Whether a value is an address that `parse` or `make` made.
-- @param value
-- @treturn boolean
function address.is(value) return type(value) == "table" and getmetatable(value) == METATABLE end

--- Whether an address is `<>`, the null reverse-path (RFC 5321 4.5.5), which is nobody.  `""@a.example`,
-- whose local part is empty, is somebody's.
-- @tparam table given
-- @treturn boolean
function address.is_null(given)
  return given.type == "SMTP" and given.localpart == "" and not given.domain
end

--- Reads an address that is given as a table or as text.
--
-- A table is checked and copied: it has to be one that can be written and read
-- back as it is.
-- @tparam table|string given
-- @tparam[opt] table options as for `parse`
-- @treturn table a new address, with no fields but its type's and the notation's;
--   or nil, message, code, position
address.read = core.read

local ANY = { unknown = true }

--- Reads an address likewise; a type that nobody registered is carried whole.
-- @tparam table|string given
-- @treturn table a new address; or nil, message, code, position
function address.read_any(given) return core.read(given, ANY) end

--- Makes a table of fields an address: one that prints and compares as such.
-- @tparam table fields
-- @treturn table the same table
function address.make(fields) return setmetatable(fields, METATABLE) end

--- An SMTP address.
-- @string localpart
-- @string domain
-- @treturn table
function address.smtp(localpart, domain)
  return address.make { type = "SMTP", localpart = localpart, domain = domain }
end

--- A copy of an address.
-- @tparam table original
-- @treturn table
function address.copy(original)
  return address.make(copy(original))
end

--- An address without what belongs to the notation: the same table if it has nothing of that.
-- @tparam table original
-- @treturn table
function address.without_notation(original)
  if original.display_name or original.comment or original.route or original.display_raw
    or original.primary ~= nil then
    return address.bare(original)
  end
  return original
end

--- A copy without what belongs to the notation.
-- @tparam table original
-- @treturn table
function address.bare(original)
  local bare = { -- with the fields of most, so that the table is made in its final size
    type = original.type, localpart = original.localpart, domain = original.domain,
  }
  for field, value in next, original do
    if not is_beside[field] then bare[field] = value end
  end
  return address.make(bare)
end

--- What an address carries by its encapsulation.
-- @tparam table carrier
-- @treturn table|nil address; nil if it carries nothing
-- @treturn string its key
function address.carried(carrier)
  local inner = core.decapsulate(carrier)
  local key = inner and known(core.key(inner))
  if key then return inner, key end
end

--- Any table for people: as `tostring` writes an address, that is as a proxy or
-- as what comes nearest.
-- @tparam table shown
-- @treturn string
address.show = METATABLE.__tostring

return address
