--- What a public function was given: a wrong Lua type and an unknown option are
-- a programmer's errors, and raise.
--
-- They raise for the caller of the public function that calls one of these;
-- where other functions stand between, `deeper` says how many.
-- @module postoffice.arguments

local lists = require "postoffice.lists"
local suggest = require "postoffice.suggest"

local arguments = {}

local CALLER = 3 -- of the public function that called one of these

--- Raises unless a value is of a Lua type.
-- @param value
-- @string expected the name of the Lua type
-- @string what the value is, for the message
-- @tparam[opt=0] number deeper
function arguments.type(value, expected, what, deeper)
  if type(value) ~= expected then
    error(("%s has to be a %s, not a %s"):format(what, expected, type(value)),
      CALLER + (deeper or 0))
  end
end

--- Raises unless a value can be an address: a table or a text.
-- @param value
function arguments.address(value)
  if type(value) ~= "table" and type(value) ~= "string" then
    error("an address has to be a table or a string, not a " .. type(value), CALLER)
  end
end

--- Raises unless every option is known and of the right Lua type.
-- @tparam table|nil options
-- @tparam table types what each option can be, such as `{ domain = "string" }`; several
--   are written `"string|table"`
-- @tparam[opt=0] number deeper
-- @treturn table the options, or an empty table
function arguments.options(options, types, deeper)
  local caller = CALLER + (deeper or 0)
  if options == nil then return {} end
  if type(options) ~= "table" then
    error("options have to be a table, not a " .. type(options), caller)
  end
  for name, value in next, options do
    local expected = types[name]
    if not expected then
      local written = tostring(name)
      error(('unknown option "%s"%s'):format(written, suggest.phrase(written, lists.keys(types))),
        caller)
    elseif not ("|" .. expected .. "|"):find("|" .. type(value) .. "|", 1, true) then
      error(("option %s cannot be a %s"):format(name, type(value)), caller)
    end
  end
  return options
end

--- Raises unless a value is a text or a list of texts.
-- @param value
-- @string what the value is, for the message
-- @treturn table the list
function arguments.texts(value, what)
  local list = type(value) == "table" and value or { value }
  for _, item in ipairs(list) do
    if type(item) ~= "string" then
      error(("%s has to be a text or a list of texts, without a %s"):format(what, type(item)),
        CALLER)
    end
  end
  return list
end

--- Raises unless an option is absent or one of a few words.
-- @tparam string|nil value
-- @tparam table choices a set: the words are its keys
-- @string name of the option
-- @tparam[opt=0] number deeper
function arguments.choice(value, choices, name, deeper)
  if value == nil or choices[value] then return end
  error(('option %s cannot be "%s"%s'):format(name, value,
    suggest.phrase(value, lists.keys(choices))), CALLER + (deeper or 0))
end

return arguments
