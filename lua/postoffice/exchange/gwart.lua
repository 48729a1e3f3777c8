--- The gateway address routing table of an Exchange site, GWART0.MTA (Q149121).
--
--     MS,MSNET/PO1;,1,MS Mail Connector (PLUTO),
--     X400,c=GB;a=TMAILUK;p=*,1,Connection to Frisco,
--
-- A line has a type, an address space, a cost, and the connectors that carry it.  A space ends with a
-- semicolon; one of X.400 may do so anyway; the semicolon alone is all addresses of its type
-- (Q146299).  In it * is any text, and % and ? any character; nothing makes them literal.
-- @module postoffice.exchange.gwart

local column_of = require "postoffice.text.place".column
local fail = require "postoffice.fail"
local lpeg = require "lpeg"

local C, Cp, Ct, P, R, S = lpeg.C, lpeg.Cp, lpeg.Ct, lpeg.P, lpeg.R, lpeg.S

local gwart = {}

local blank = S " \t" ^ 0
local kind = C((R("az", "AZ", "09") + S ".&_-") ^ 1)
local number = R "09" ^ 1 * (P "." * R "09" ^ 1) ^ -1
local cost = "," * blank * (C(number) / tonumber) * blank * ","
-- A name without the blanks after it, of which a run is gone through once.
local function trimmed(name) return name:match "^.*[^ \t]" end

local connector = blank * ((1 - P ",") ^ 1 / trimmed)
local connectors = Ct((connector + blank) * ("," * (connector + blank)) ^ 0)
local before = blank * kind * blank * ","
local line_of = before * Cp() * C((1 - cost) ^ 0) * cost * connectors * -1

-- How far a line is right: to the connectors, of which there are none; to the cost; or to the comma
-- after the type.
local right = (before * (1 - cost) ^ 0 * cost / 0) * Cp()
  + (before * (1 - P ",") ^ 0 * P "," ^ -1 * blank / 0) * Cp()
  + (blank * (kind * blank) ^ -1 / 0) * Cp()

-- The pattern that a policy has for a space.
local function pattern_of(type_name, space)
  local body = space:gsub("^%s+", "")
  if type_name ~= "X400" then body = body:gsub(";%s*$", "") elseif body == ";" then body = "" end
  return type_name .. ":" .. body:gsub("[\\{}]", "\\%0"):gsub("%%", "?")
end

--- Reads a table.
-- @string text
-- @treturn {table,...}|nil `type`, `space` (as it stands there), `pattern` (as policies write it),
--   `cost`, `connectors`, `line`, and `column`, of the space
-- @treturn string what is wrong
-- @treturn string code `gwart-line`
-- @treturn number the line
-- @treturn number the column
function gwart.read(text)
  local rows, at = {}, 0
  for whole in (text .. "\n"):gmatch "([^\n]*)\n" do
    at = at + 1
    local line = whole:gsub("\r$", "")
    if line:find "%S" then
      local type_name, start, space, its_cost, names = lpeg.match(line_of, line)
      if not type_name or #names == 0 then
        local _, message, code = fail "gwart-line"
        return nil, message, code, at, column_of(line, lpeg.match(right, line))
      end
      type_name = type_name:upper()
      rows[#rows + 1] = {
        type = type_name, space = space, pattern = pattern_of(type_name, space), cost = its_cost,
        connectors = names, line = at, column = column_of(line, start),
      }
    end
  end
  return rows
end

-- One character of a pattern, or two with a backslash, as a table has it; nil if a table cannot.
local function as_in_table(whole, character)
  if whole == "?" then return "%" end
  if character:find "[*?%%]" and whole ~= "*" then return nil end
  return character
end

-- The text of a pattern as a table has it; nil where it has a * or such that stands for itself.
local function body_of(pattern)
  local parts = {}
  for escape, character in pattern:gmatch "(\\?)(.)" do
    local part = as_in_table(escape .. character, character)
    if not part then return nil end
    parts[#parts + 1] = part
  end
  return table.concat(parts)
end

-- A space as the table has it; or nil, message, code.
local function space_of(pattern)
  local type_name, body = pattern:match "^([%w.&_-]+):(.*)$"
  if not type_name then return fail "type-missing" end
  type_name, body = type_name:upper(), body_of(body)
  if not body then return fail "gwart-space" end
  if type_name ~= "X400" or body == "" then body = body .. ";" end
  return type_name, body
end

local function by_text(a, b)
  if a.type ~= b.type then return a.type < b.type end
  if a.space ~= b.space then return a.space < b.space end
  return a.cost < b.cost
end

-- The spaces with all their connectors, in order; or nil, message, code.
local function merged(spaces)
  local rows, index = {}, {}
  for _, given in ipairs(spaces) do
    local type_name, space, code = space_of(given.pattern)
    if not type_name then return nil, space, code end
    local key = ("%s,%s,%.14g"):format(type_name, space, given.cost)
    if not index[key] then
      index[key] = { type = type_name, space = space, cost = given.cost, connectors = {} }
      rows[#rows + 1] = index[key]
    end
    for _, name in ipairs(given.connectors) do table.insert(index[key].connectors, name) end
  end
  table.sort(rows, by_text)
  return rows
end

-- Whether a space would be read back as another one.
local function is_torn(space)
  return space:find "[\r\n]" ~= nil or lpeg.match((1 - cost) ^ 0 * cost, space .. ",") ~= nil
end

-- Whether a name of some would be read back as another one.
local function are_torn(names)
  for _, name in ipairs(names) do
    if name:find "[,\r\n]" or name:find "^%s" or name:find "%s$" then return true end
  end
  return false
end

--- Writes a table: spaces of the same pattern and cost share a line.
-- @tparam {table,...} spaces `pattern`, `cost`, `connectors`
-- @treturn string|nil
-- @treturn string what is wrong
-- @treturn string code `gwart-name`, `gwart-space`, `type-missing`
function gwart.write(spaces)
  local rows, message, code = merged(spaces)
  if not rows then return nil, message, code end
  local lines = {}
  for i, row in ipairs(rows) do
    if is_torn(row.space) then return fail "gwart-space" end
    if are_torn(row.connectors) then return fail "gwart-name" end
    lines[i] = ("%s,%s,%.14g,%s,\n"):format(row.type, row.space, row.cost,
      table.concat(row.connectors, ","))
  end
  return table.concat(lines)
end

return gwart
