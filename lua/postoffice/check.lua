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
-- @tparam[opt=0] number deeper how many functions stand between it and the public one
-- @treturn table the options, or an empty table
function check.options(options, types, deeper)
  local caller = CALLER + (deeper or 0)
  if options == nil then return {} end
  if type(options) ~= "table" then
    error("options have to be a table, not a " .. type(options), caller)
  end
  for name, value in pairs(options) do
    local expected = types[name]
    if not expected then
      error(("unknown option '%s'; known: %s"):format(tostring(name), known(types)), caller)
    elseif not ("|" .. expected .. "|"):find("|" .. type(value) .. "|", 1, true) then
      error(("option %s cannot be a %s"):format(name, type(value)), caller)
    end
  end
  return options
end

--- Raises unless a value can be an address.
-- @param value
function check.given(value)
  if type(value) ~= "table" and type(value) ~= "string" then
    error("an address has to be a table or a string, not a " .. type(value), CALLER)
  end
end

--- The address that is given as a table or as text.
-- @tparam table|string given
-- @string[opt] kind the type it has to be
-- @treturn table the address; or nil, message, code, position
function check.address(given, kind)
  if type(given) == "string" then
    return core.parse(given, { type = kind, unknown = kind == nil or nil })
  end
  check.given(given)
  if kind and given.type ~= kind then
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
