--- Personal names as one word (RFC 2156 4.1.2): `Marshall.M.T.Rose`.
-- @module postoffice.mixer.names

local core = require "postoffice.core"
local fail = require "postoffice.fail"
local lpeg = require "lpeg"

local C, Cg, Cs, Ct, P, R, S = lpeg.C, lpeg.Cg, lpeg.Cs, lpeg.Ct, lpeg.P, lpeg.R, lpeg.S

local names = {}

-- A given name has two characters or more, so that initials can be told from
-- it, and a surname has no dot among its first two.
local printable = S(core.printable)
local char = printable - P "."
local given = C(char * char ^ 1)
local initials = Cs((R("az", "AZ") * (P "." / "")) ^ 1)
local surname = C(char * (char * printable ^ 0 + -1))
local name = Ct((Cg(given, "g") * ".") ^ -1 * Cg(initials, "i") ^ -1 * Cg(surname, "s")) * -1

-- White space at the edges would be lost (Q108732).
local function is_trimmed(fields)
  for _, value in pairs(fields) do
    if value:find "^ " or value:find " $" or value:find "  " then return false end
  end
  return true
end

--- Reads a name.
-- @string text
-- @treturn table `g`, `i` and `s`; or nil, message, code: `mixer-name`
function names.read(text)
  local fields = lpeg.match(name, text)
  if not fields or not is_trimmed(fields) then return fail "mixer-name" end
  return fields
end

local function join(fields)
  local parts = { fields.g }
  for initial in (fields.i or ""):gmatch "." do parts[#parts + 1] = initial end
  parts[#parts + 1] = fields.s
  return table.concat(parts, ".")
end

local PARTS = { "g", "i", "s", "q" }

-- The parts of a name alone; nil if one of them is no string.
local function parts_of(fields)
  local parts = {}
  for _, part in ipairs(PARTS) do
    parts[part] = rawget(fields, part)
    if parts[part] ~= nil and type(parts[part]) ~= "string" then return nil end
  end
  return parts
end

--- Writes a name. A generation has no place in it.
-- @tparam table named `g`, `i` and `s`
-- @treturn string; or nil, message, code: `mixer-name` where it could not be read
--   back, `field-type`
function names.write(named)
  local fields = parts_of(named)
  if not fields then return fail "field-type" end
  local text = join(fields)
  local back = lpeg.match(name, text)
  if not back or not is_trimmed(back) or back.g ~= fields.g or back.i ~= fields.i
    or back.s ~= fields.s or fields.q then
    return fail "mixer-name"
  end
  return text
end

return names
