--- Types that are added at run time.
-- @module postoffice.define

local addresses = require "postoffice.address"
local core = require "postoffice.core"

local FIELDS = { type = "string", grammar = "grammar", format = "function", fold = "function",
  check = "function" }
local MEMORY = "not enough memory"

local NEEDED = { "type", "grammar", "format" }

local function check_field(name, value)
  local expected = FIELDS[name]
  if not expected then
    error(('unknown field "%s"; known: check, fold, format, grammar, type'):format(
      tostring(name)), 3)
  elseif expected ~= "grammar" and type(value) ~= expected then
    error(("%s has to be a %s, not a %s"):format(name, expected, type(value)), 3)
  end
end

local function check_definition(definition)
  if type(definition) ~= "table" then
    error("a definition is a table, not a " .. type(definition), 3)
  end
  for name, value in pairs(definition) do check_field(name, value) end
  for _, name in ipairs(NEEDED) do
    if definition[name] == nil then error(name .. " is missing", 3) end
  end
  if not definition.type:find "^[%w.&_-]+$" then
    error("a type is a word of letters, digits and . & _ -", 3)
  end
end

-- A function from text to fields, or nil and the byte that offends: the whole
-- text has to match, and what matches of it tells where it stops to.
local function parser(grammar)
  if type(grammar) == "function" then return grammar end
  local lpeg = require "lpeg"
  local whole = lpeg.P(grammar) * lpeg.Cp()
  whole:match "" -- compiled now, while there is memory, rather than at the first address
  return function(text)
    local fields, stop = whole:match(text)
    if type(fields) ~= "table" then return nil, 1 end
    if stop <= #text then return nil, stop end
    return fields
  end
end

local function same(fields, address)
  for name, value in next, address do
    if addresses.is_own_field(name) and fields[name] ~= value then return false end
  end
  for name, value in next, fields do
    if rawget(address, name) ~= value then return false end
  end
  return true
end

-- Writes only what is read back as it is. A definition need not look at what it
-- writes: what it stumbles over cannot be written.
local function formatter(format, parse)
  return function(address)
    local ok, text = pcall(format, address)
    if not ok and text == MEMORY then error(text, 0) end -- which says nothing of the address
    local fields = ok and type(text) == "string" and parse(text)
    return fields and same(fields, address) and text or nil
  end
end

--- Adds a type. It then has what the types in C have: parse, format, validate,
-- key, encapsulation, and a place in policies.
--
-- The fields that the grammar captures are strings; a field is nil where it
-- is absent. What `format` writes is read again, and refused where it would
-- become another address.
--
-- A policy's script knows it, too: `mail` asks these functions here, on the
-- script's time. What they raise ends the script (`policy-error`). They cannot
-- call the policy whose script asks; should they close it, its call ends
-- (`policy-closed`).
--
-- @tparam table definition `type` (a word; not one that has a dialect),
--   `grammar` (an LPeg pattern that captures a table of fields from the whole
--   native text, or a function from text to such a table or nil and a
--   position), `format` (a function from an address to its native text), and
--   optionally `fold` (a function from an address to the text that is equal
--   for all spellings of a mailbox; the native text in lower case unless
--   said) and `check` (a function from an address to whether it keeps the
--   type's limits)
-- @usage
-- local lpeg = require "lpeg"
-- local name = lpeg.C((1 - lpeg.P "!") ^ 1)
-- postoffice.define {
--   type = "DECNET",
--   grammar = lpeg.Ct(lpeg.Cg(name, "node") * "!" * lpeg.Cg(name, "user")),
--   format = function(a) return a.node .. "!" .. a.user end,
-- }
-- local a = postoffice.parse "Kim [DECNET:VAX!lee]"
-- a.node, a.user, a.display_name --> "VAX", "lee", "Kim"
-- postoffice.key(a) --> "DECNET:vax!lee"
-- postoffice.format(a, "oneoff") --> "Kim [DECNET:VAX!lee]"
local function define(definition)
  check_definition(definition)
  local parse = parser(definition.grammar)
  core.define(definition.type:upper(), {
    parse = parse,
    format = formatter(definition.format, parse),
    fold = definition.fold,
    check = definition.check,
  })
end

return define
