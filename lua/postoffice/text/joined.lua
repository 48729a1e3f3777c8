--- Several addresses in one field, as directories export them.
--
-- Most join them by semicolons, some by commas, and addresses hold both: an X.400 address goes
-- on over semicolons, and a comma ends an SMTP address alone, unless another type follows.
-- Exchange 5.5 joins by `%` (Q155594) and writes a backslash before each of its own `%` and `\`.
-- @module postoffice.text.joined

local byte, find, gsub, sub = string.byte, string.find, string.gsub, string.sub

local joined = {}

local LONGEST = 1024 -- bytes after which nobody looks for the end of an address any more

local BLANK = 32 -- it and the controls before it

--- A text without blanks and control characters at its ends.
-- @string text
-- @treturn string
function joined.trim(text)
  local first, last = 1, #text
  while first <= last and byte(text, first) <= BLANK do first = first + 1 end
  while first <= last and byte(text, last) <= BLANK do last = last - 1 end
  return first == 1 and last == #text and text or sub(text, first, last)
end

-- Appends the part of a text from one place to another, if it holds anything.
local function append(values, text, first, last)
  local value = joined.trim(sub(text, first, last))
  if value ~= "" then values[#values + 1] = value end
end

-- Whether an address with its type begins at a place.
local function type_begins(text, at)
  return find(text, "^%s*%a[%w._&-]*:", at) and not find(text, "^%s*[Dd][Dd][Aa]:", at)
end

local ENDS = {}

ENDS[";"] = function(value) return not find(value, "^%s*[Xx]400:") end

ENDS[","] = function(value)
  local smtp = find(value, "^%s*[Ss][Mm][Tt][Pp]:") or not type_begins(value, 1)
  return smtp and (find(value, "@", 1, true) or not find(value, "%S"))
end

-- Whether an address that began at `start` ends before the separator at `place`.
local function ends_at(text, start, place)
  if place - start > LONGEST or type_begins(text, place + 1) then return true end
  return ENDS[sub(text, place, place)](sub(text, start, place - 1))
end

-- The nearest of the next semicolon and the next comma, given where both were found last.
local function next_separator(text, at, semicolon, comma)
  if semicolon < at then semicolon = find(text, ";", at, true) or #text + 1 end
  if comma < at then comma = find(text, ",", at, true) or #text + 1 end
  return semicolon < comma and semicolon or comma, semicolon, comma
end

--- Splits a field at semicolons and commas.
-- @string text
-- @tparam {string,...} values is appended to
function joined.split(text, values)
  local start, place, semicolon, comma = 1, next_separator(text, 1, 0, 0)
  while place <= #text do
    if ends_at(text, start, place) then
      append(values, text, start, place - 1)
      start = place + 1
    end
    place, semicolon, comma = next_separator(text, place + 1, semicolon, comma)
  end
  append(values, text, start, #text)
end

--- Splits a field of an Exchange 5.5 export: at each `%` that a type follows.
-- @string text
-- @tparam {string,...} values is appended to
function joined.split_by_percent(text, values)
  local from, start, place = #values + 1, 1, find(text, "[%%\\]")
  while place do
    if byte(text, place) == 92 then -- a backslash and what it protects
      place = place + 1
    elseif type_begins(text, place + 1) then
      append(values, text, start, place - 1)
      start = place + 1
    end
    place = find(text, "[%%\\]", place + 1)
  end
  append(values, text, start, #text)
  for i = from, #values do values[i] = gsub(values[i], "\\(.)", "%1") end
end

return joined
