--- Reads an address that a host or a script gives, as text or as a table.
-- @module postoffice.policy.language.read

local core = require "postoffice.core"

local UNKNOWN = { unknown = true }
local PATH = { notation = "path" }
local BESIDE = { "display_name", "comment", "route" } -- what a proxy does not hold

local parse, format = core.parse, core.format

-- A table is an address if it can be written down and read back; `<>` and
-- `<Postmaster>` are written as paths only.
local function read_table(given)
  local text, message, code = format(given)
  if text then
    return parse(text, { type = given.type, notation = "proxy", unknown = true })
  end
  text = given.localpart and not given.domain and format(given, "path")
  if text then return parse(text, PATH) end
  return nil, message, code
end

--- Reads an address.
-- @tparam string|table given
-- @treturn table|nil address, with no fields but its type's
-- @treturn string message
-- @treturn string code
-- @treturn number|nil position
local function read(given)
  if type(given) == "string" then return parse(given, UNKNOWN) end
  local ok, address, message, code = pcall(read_table, given)
  if address == "not enough memory" then error(address, 0) end -- which says nothing of the table
  if not ok then return nil, tostring(address), "format-unreadable" end -- a field of another kind
  if not address then return nil, message, code end
  for _, name in ipairs(BESIDE) do
    if type(given[name]) == "string" then address[name] = given[name] end
  end
  return address
end

return read
