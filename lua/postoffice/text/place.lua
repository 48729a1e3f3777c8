--- Where something stands in a file, as editors count it: lines and columns from 1, a column a
-- character, and in what is not UTF-8 a column at least each time that one may begin.
-- @module postoffice.text.place

local byte, find, gsub, sub = string.byte, string.find, string.gsub, string.sub

local place = {}

local CARRIAGE, FEED = byte("\r\n", 1, 2)

--- The column of a byte of a line.
-- @string line
-- @tparam number at the byte, from 1
-- @treturn number
function place.column(line, at)
  local before = gsub(sub(line, 1, at - 1), "[\128-\191]+", "")
  return #before + 1
end

local INSIDE = "^[%w@._+\128-\255-]" -- what goes on with a name or an address

-- Whether what begins and ends at two bytes of a text is no part of something longer.
local function is_whole(text, first, last)
  return not find(text, INSIDE, last + 1) and (first == 1 or not find(text, INSIDE, first - 1))
end

--- Where one of several names or addresses stands in a text.
-- @string text
-- @string name
-- @tparam number from the byte where to begin
-- @treturn number|nil the byte where it stands by itself; else where it is a part of another one
function place.find(text, name, from)
  local first = find(text, name, from, true)
  local at = first
  while at and not is_whole(text, at, at + #name - 1) do at = find(text, name, at + 1, true) end
  return at or first
end

--- The place of a byte of a text with line breaks: LF, CR LF or CR.
-- @string text
-- @tparam number at the byte, from 1
-- @tparam number line in which the text begins
-- @treturn number its line
-- @treturn number its column
function place.inside(text, at, line)
  local start = 1
  for i = 1, at - 1 do
    local char = byte(text, i)
    if char == FEED or char == CARRIAGE and byte(text, i + 1) ~= FEED then
      start, line = i + 1, line + 1
    end
  end
  return line, place.column(sub(text, start), at - start + 1)
end

--- The place of a byte of lines that were put together.
-- @tparam {table,...} parts of each what it begins with in the file and leaves out (`indent`), its
--   `text` without that, and its `line`
-- @tparam number at the byte of all their texts, from 1
-- @treturn number its line
-- @treturn number its column
function place.among(parts, at)
  for i, part in ipairs(parts) do
    if at <= #part.text or i == #parts then
      return part.line, part.indent + place.column(part.text, at)
    end
    at = at - #part.text
  end
end

return place
