--- UTF-8 as it comes: well formed or not, with characters that nobody sees.
-- @module postoffice.text.utf8

local core = require "postoffice.core"

local utf8 = {}

local byte, find, sub = string.byte, string.find, string.sub

-- The well-formed sequences of several bytes (Unicode, table 3-7).
local WELL_FORMED = {
  "^[\194-\223][\128-\191]",
  "^\224[\160-\191][\128-\191]",
  "^[\225-\236\238\239][\128-\191][\128-\191]",
  "^\237[\128-\159][\128-\191]",
  "^\240[\144-\191][\128-\191][\128-\191]",
  "^[\241-\243][\128-\191][\128-\191][\128-\191]",
  "^\244[\128-\143][\128-\191][\128-\191]",
}

-- The last byte of the well-formed sequence that begins at a byte over 127, or nil.
local function sequence_end(text, at)
  for _, pattern in ipairs(WELL_FORMED) do
    local _, last = find(text, pattern, at)
    if last then return last end
  end
end

local LEAD = { [2] = 0xC0, [3] = 0xE0, [4] = 0xF0 } -- of a sequence of so many bytes

--- The number of a character.
-- @string sequence the well-formed bytes of one character
-- @treturn number
function utf8.codepoint(sequence)
  local point = byte(sequence) - (LEAD[#sequence] or 0)
  for at = 2, #sequence do point = point * 64 + byte(sequence, at) - 128 end
  return point
end

--- Whether a terminal acts on a character beyond ASCII, or does not show it.
-- @function utf8.is_hidden
-- @tparam number point
-- @treturn boolean
utf8.is_hidden = core.is_hidden

--- A text whose bytes beyond ASCII two functions rewrite.
-- @string text
-- @tparam function invalid is given a byte that is no part of well-formed UTF-8, as a string
-- @tparam function character is given the bytes of one character
-- @treturn string
function utf8.map(text, invalid, character)
  local at = find(text, "[\128-\255]")
  if not at then return text end
  local parts, start = {}, 1
  while at do
    parts[#parts + 1] = sub(text, start, at - 1)
    local last = sequence_end(text, at)
    parts[#parts + 1] = last and character(sub(text, at, last)) or invalid(sub(text, at, at))
    start = (last or at) + 1
    at = find(text, "[\128-\255]", start)
  end
  parts[#parts + 1] = sub(text, start)
  return table.concat(parts)
end

--- Whether all of a text is well-formed UTF-8.
-- @string text
-- @treturn boolean
function utf8.is_valid(text)
  local at = find(text, "[\128-\255]")
  while at do
    local last = sequence_end(text, at)
    if not last then return false end
    at = find(text, "[\128-\255]", last + 1)
  end
  return true
end

return utf8
