--- Text in UTF-16, as Outlook and PowerShell save it (RFC 2781).
-- @module postoffice.text.utf16

local utf16 = {}

local byte, char, find, floor, sub = string.byte, string.char, string.find, math.floor, string.sub

local MARKS = { ["\255\254"] = "little", ["\254\255"] = "big" }
local ASCII = { little = "^[\9\10\13\32-\126]%z$", big = "^%z[\9\10\13\32-\126]$" }
local SAMPLE = 512 -- bytes by which a text without a mark is judged
local ENOUGH = 0.7 -- of its characters are ASCII, in the languages of the West; no other text has NULs

-- The byte order of a text without a mark, or nil.
local function guess(text)
  local counts, all = { little = 0, big = 0 }, 0
  for pair in sub(text, 1, SAMPLE):gmatch ".." do
    all = all + 1
    for order, ascii in pairs(ASCII) do
      if find(pair, ascii) then counts[order] = counts[order] + 1 end
    end
  end
  for order, count in pairs(counts) do
    if all > 0 and count >= all * ENOUGH then return order end
  end
end

--- The byte order of a text in UTF-16; nil if it is none.
-- @string text
-- @treturn string|nil "little" or "big"
function utf16.order(text) return MARKS[sub(text, 1, 2)] or guess(text) end

-- The bytes of a character in UTF-8 (RFC 3629 3).
local function encode(point)
  if point < 0x80 then return char(point) end
  local tail = char(0x80 + point % 64)
  point = floor(point / 64)
  if point < 32 then return char(0xC0 + point) .. tail end
  tail = char(0x80 + point % 64) .. tail
  point = floor(point / 64)
  if point < 16 then return char(0xE0 + point) .. tail end
  return char(0xF0 + floor(point / 64)) .. char(0x80 + point % 64) .. tail
end

local REPLACEMENT = encode(0xFFFD)

-- The unit that two bytes are.
local UNIT = {
  little = function(pair)
    local low, high = byte(pair, 1, 2)
    return high * 256 + low
  end,
  big = function(pair)
    local high, low = byte(pair, 1, 2)
    return high * 256 + low
  end,
}

local function is_high(unit) return unit and unit >= 0xD800 and unit < 0xDC00 end

local function is_low(unit) return unit and unit >= 0xDC00 and unit < 0xE000 end

--- Whether a text ends in the first half of a pair of units.
-- @string text in UTF-16, of whole units
-- @string order
-- @treturn boolean
function utf16.ends_in_half(text, order)
  return #text > 1 and is_high(UNIT[order](sub(text, -2))) == true
end

--- A text in UTF-8.  What is no character becomes U+FFFD.
-- @string text in UTF-16, with a mark or without
-- @string order its bytes' "little" or "big"
-- @treturn string
function utf16.decode(text, order)
  local unit_of, high, parts = UNIT[order], nil, {}
  for pair in text:gmatch("..", 1) do
    local unit = unit_of(pair)
    if high then
      parts[#parts + 1] = is_low(unit)
        and encode(0x10000 + (high - 0xD800) * 0x400 + unit - 0xDC00) or REPLACEMENT
      if is_low(unit) then unit = nil end
    end
    high = is_high(unit) and unit or nil
    if unit and not high then parts[#parts + 1] = is_low(unit) and REPLACEMENT or encode(unit) end
  end
  if high or #text % 2 == 1 then parts[#parts + 1] = REPLACEMENT end
  return (table.concat(parts):gsub("^\239\187\191", ""))
end

--- Whether a text begins with a mark of UTF-16.
-- @string text
-- @treturn string|nil "little" or "big"
function utf16.marked(text) return MARKS[sub(text, 1, 2)] end

--- A function that returns the blocks of a text in UTF-8, whether it is in that or in UTF-16, which its
-- first block tells.
-- @tparam function more of about how many bytes are wanted: the next block, or nil at the end
-- @tparam function order_of of the first block: its byte order, or nil where it is no UTF-16
-- @treturn function likewise
function utf16.reader(more, order_of)
  local order, rest = nil, ""
  return function(size)
    local bytes = more(size)
    if order == nil and bytes then order = #bytes > 1 and order_of(bytes) or false end
    if not order or not bytes then return bytes end
    bytes = rest .. bytes
    local whole = #bytes - #bytes % 2
    if utf16.ends_in_half(sub(bytes, 1, whole), order) then whole = whole - 2 end
    rest = sub(bytes, whole + 1)
    return utf16.decode(sub(bytes, 1, whole), order)
  end
end

--- A text in UTF-8, whether it is in that or in UTF-16; other bytes stay as they are.
-- @string text
-- @treturn string
function utf16.to_utf8(text)
  local order = utf16.order(text)
  return order and utf16.decode(text, order) or text
end

return utf16
