--- The values of an attribute in LDIF (RFC 2849).
-- @module postoffice.text.ldif

local base64 = require "postoffice.text.base64"
local fail = require "postoffice.fail"
local lpeg = require "lpeg"

local C, Cg, Cp, Ct, P, R, S = lpeg.C, lpeg.Cg, lpeg.Cp, lpeg.Ct, lpeg.P, lpeg.R, lpeg.S

local ldif = {}

local WIDTH = 76 -- columns, as ldapsearch writes

local newline = P "\r" ^ -1 * "\n"
local line_end = newline + -1
local letter = R("az", "AZ", "09")
local rest = C((1 - newline) ^ 0)
local fill = P " " ^ 0

-- One line once it is unfolded: what cannot be told is an error of the reader.
local line = Cg(Cp(), "at") * Cg(C((letter + S "-.") ^ 1), "name")
  * (P ";" * (letter + "-") ^ 1) ^ 0 * ":"
  * (P ":" * fill * Cg(rest, "base64") + P "<" * Cg(rest, "url") + fill * Cg(rest, "value"))
local comment = P "#" * (1 - newline) ^ 0
local blank = Cg(Cp(), "at") * Cg(#line_end * lpeg.Cc(true), "blank")
local separator = Cg(Cp(), "at") * P "-" * #line_end
local document = Ct((Ct(line + comment + blank + separator) * newline) ^ 0
  * Ct(line + comment + blank + separator)) * -1

-- A line that begins with a space continues the one before (RFC 2849 2).
local function unfold(text) return (text:gsub("\r?\n ", "")) end

local function value_of(entry)
  if entry.value then return entry.value end
  local bytes = entry.base64 and base64.decode(entry.base64:match "^(.-)%s*$")
  if not bytes then return fail("ldif-value", entry.at) end
  return bytes
end

--- Reads the values that one record gives an attribute.
-- @string text
-- @string attribute
-- @treturn table the values; or nil, message, code, position in the unfolded text
function ldif.read(text, attribute)
  local entries = lpeg.match(document, unfold(text))
  if not entries then return fail("ldif-line") end
  local values, record, seen = {}, 1, nil
  for _, entry in ipairs(entries) do
    if entry.blank then
      record = record + 1
    elseif entry.name and entry.name:lower() == attribute:lower() then
      if seen and seen ~= record then return fail("ldif-records", entry.at) end
      seen = record
      local value, message, code, position = value_of(entry)
      if not value then return nil, message, code, position end
      values[#values + 1] = value
    end
  end
  return values
end

local function is_safe(value)
  return not value:find "[%z\r\n\128-\255]" and not value:find "^[ :<]" and not value:find " $"
end

local function fold(text)
  local lines = { text:sub(1, WIDTH) }
  for at = WIDTH + 1, #text, WIDTH - 1 do
    lines[#lines + 1] = " " .. text:sub(at, at + WIDTH - 2)
  end
  return table.concat(lines, "\n") .. "\n"
end

--- Writes values of an attribute, a line or more each.
-- @tparam {string,...} values
-- @string attribute
-- @treturn string
function ldif.write(values, attribute)
  local lines = {}
  for i, value in ipairs(values) do
    lines[i] = is_safe(value) and fold(attribute .. ": " .. value)
      or fold(attribute .. ":: " .. base64.encode(value))
  end
  return table.concat(lines)
end

return ldif
