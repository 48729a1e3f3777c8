--- How modules written in Lua fail, and what they raise.
--
-- Bad data is `nil, message, code, position` with a code of the core's list; a
-- wrong Lua type and an unknown option are a programmer's errors and raise.
-- @module postoffice.check

local core = require "postoffice.core"

local check = {}

local CALLER = 3 -- of the public function that called one of these

--- The results of a function that failed.
-- @string code
-- @tparam[opt] number position
-- @treturn nil
-- @treturn string message
-- @treturn string code
-- @treturn number|nil position
function check.fail(code, position)
  return nil, (core.message(code)), code, position
end

--- Raises unless a value is of a Lua type.
-- @param value
-- @string expected the name of the Lua type
-- @string what the value is, for the message
function check.type(value, expected, what)
  if type(value) ~= expected then
    error(("%s has to be a %s, not a %s"):format(what, expected, type(value)), CALLER)
  end
end

local function known(types)
  local names = {}
  for name in pairs(types) do names[#names + 1] = name end
  table.sort(names)
  return table.concat(names, ", ")
end

--- Raises unless every option is known and of the right Lua type.
-- @tparam table|nil options
-- @tparam table types what each option can be, such as `{ domain = "string" }`; several
--   are written `"string|table"`
-- @treturn table the options, or an empty table
function check.options(options, types)
  if options == nil then return {} end
  check.type(options, "table", "options")
  for name, value in pairs(options) do
    local expected = types[name]
    if not expected then
      error(("unknown option '%s'; known: %s"):format(tostring(name), known(types)), CALLER)
    elseif not ("|" .. expected .. "|"):find("|" .. type(value) .. "|", 1, true) then
      error(("option %s cannot be a %s"):format(name, type(value)), CALLER)
    end
  end
  return options
end

--- The address that is given as a table or as text.
-- @tparam table|string given
-- @string[opt] kind the type it has to be
-- @treturn table the address; or nil, message, code, position
function check.address(given, kind)
  if type(given) == "string" then
    return core.parse(given, { type = kind, unknown = kind == nil or nil })
  elseif type(given) ~= "table" then
    error("an address has to be a table or a string, not a " .. type(given), CALLER)
  elseif kind and given.type ~= kind then
    return check.fail "type-mismatch"
  end
  return given
end

local address_metatable

--- Makes a table of fields an address: one that prints and compares as such.
-- @tparam table fields
-- @treturn table the same table
function check.as_address(fields)
  address_metatable = address_metatable or getmetatable(core.parse "postmaster@example.com")
  return setmetatable(fields, address_metatable)
end

--- A copy of an address.
-- @tparam table address
-- @treturn table
function check.copy(address)
  local copied = {}
  for field, value in pairs(address) do copied[field] = value end
  return check.as_address(copied)
end

return check
