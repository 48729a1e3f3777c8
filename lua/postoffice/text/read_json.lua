--- Reads JSON (RFC 8259), what a host's clients send: strictly, and no deeper than it may be.
--
-- An object's name that stands twice is refused, since readers differ in which of the two they take
-- (RFC 8259 section 4), and so is a text that is not UTF-8, or has half of a surrogate pair.
-- @module postoffice.text.read_json

local utf8 = require "postoffice.text.utf8"

local find, sub, char, floor = string.find, string.sub, string.char, math.floor

local MAX_DEPTH = 32

local ESCAPES = {
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
}
local WORDS = { ["true"] = true, ["false"] = false }

-- What is raised, and caught by `read_json` alone.
local Fault = {}

local function fail(at, message)
  error(setmetatable({ message = message, position = at }, Fault), 0)
end

-- A character of a number up to 0x10FFFF as UTF-8.
local function utf8_char(point)
  if point < 0x80 then return char(point) end
  local tail = char(0x80 + point % 0x40)
  point = floor(point / 0x40)
  if point < 0x20 then return char(0xC0 + point) .. tail end
  tail, point = char(0x80 + point % 0x40) .. tail, floor(point / 0x40)
  if point < 0x10 then return char(0xE0 + point) .. tail end
  return char(0xF0 + floor(point / 0x40), 0x80 + point % 0x40) .. tail
end

-- The number behind the `\u` that begins at `at`.
local function unit(text, at)
  local digits = text:match("^\\u(%x%x%x%x)", at)
  return digits and tonumber(digits, 16)
end

-- The character of the `\u` escape at `at`, and where the text goes on.
local function unicode_escape(text, at)
  local high = unit(text, at) or fail(at, "\\u wants four hexadecimal digits")
  if high < 0xD800 or high > 0xDFFF then return utf8_char(high), at + 6 end
  local low = high < 0xDC00 and unit(text, at + 6)
  if not low or low < 0xDC00 or low > 0xDFFF then fail(at, "half of a surrogate pair") end
  return utf8_char(0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00), at + 12
end

-- The character of an escape at `at`, and where the text goes on.
local function escape(text, at)
  local letter = sub(text, at + 1, at + 1)
  if letter == "u" then return unicode_escape(text, at) end
  return ESCAPES[letter] or fail(at, "an unknown escape"), at + 2
end

local function read_string(text, at)
  local parts, from = {}, at + 1
  while true do
    local stop = find(text, '[%c"\\]', from) or fail(at, 'a string is not closed; end it with "')
    parts[#parts + 1] = sub(text, from, stop - 1)
    local mark = sub(text, stop, stop)
    if mark == '"' then return table.concat(parts), stop + 1 end
    if mark == "\127" then -- a control to Lua, and none to JSON
      parts[#parts + 1], from = mark, stop + 1
    elseif mark == "\\" then
      parts[#parts + 1], from = escape(text, stop)
    else
      fail(stop, "a control character stands in a string; write it as an escape")
    end
  end
end

-- number = [ "-" ] int [ frac ] [ exp ]
local function read_number(text, at)
  local _, last = find(text, "^-?%d+", at)
  if not last or find(text, "^-?0%d", at) then fail(at, "a value is wanted here") end
  last = select(2, find(text, "^%.%d+", last + 1)) or last
  last = select(2, find(text, "^[eE][+-]?%d+", last + 1)) or last
  return tonumber(sub(text, at, last)), last + 1
end

local function read_word(text, at)
  local word = text:match("^%a+", at)
  if word == "null" then return nil, at + 4 end
  if WORDS[word] == nil then fail(at, "a value is wanted here") end
  return WORDS[word], at + #word
end

local function skip(text, at) return find(text, "[^ \t\r\n]", at) or #text + 1 end

local read_value

-- Reads what stands between commas up to `close`: `read_item` returns where the text goes on.
local function read_items(text, at, close, read_item)
  at = skip(text, at + 1)
  if sub(text, at, at) == close then return at + 1 end
  while true do
    at = skip(text, read_item(at))
    local mark = sub(text, at, at)
    if mark == close then return at + 1 end
    if mark ~= "," then fail(at, ("a comma or %s is wanted here"):format(close)) end
    at = skip(text, at + 1)
  end
end

local function read_array(text, at, depth)
  local list = {}
  return list, read_items(text, at, "]", function(item)
    local value, after = read_value(text, item, depth)
    if value == nil then fail(item, "null cannot stand in a list") end
    list[#list + 1] = value
    return after
  end)
end

-- A name without a value, null, is as if it were not there.
local function read_object(text, at, depth)
  local object, seen = {}, {}
  return object, read_items(text, at, "}", function(item)
    if sub(text, item, item) ~= '"' then fail(item, "a name in quotes is wanted here") end
    local name, after = read_string(text, item)
    if seen[name] then fail(item, "a name stands twice") end
    after = skip(text, after)
    if sub(text, after, after) ~= ":" then fail(after, "a colon is wanted here") end
    seen[name] = true
    object[name], after = read_value(text, skip(text, after + 1), depth)
    return after
  end)
end

local READERS = { ['"'] = read_string, ["["] = read_array, ["{"] = read_object }

function read_value(text, at, depth)
  local first = sub(text, at, at)
  if depth == MAX_DEPTH then fail(at, "it is nested too deeply") end
  local read = READERS[first] or find(first, "^%a") and read_word or read_number
  return read(text, at, depth + 1)
end

local function read_whole(text)
  local value, at = read_value(text, skip(text, 1), 0)
  at = skip(text, at)
  if at <= #text then fail(at, "text follows the value") end
  return value
end

--- What a text of JSON says: objects and lists are tables, null is nil.
-- @string text
-- @return the value; or nil where it is no JSON
-- @treturn string|nil what is wrong
-- @treturn string|nil code `json-invalid`
-- @treturn number|nil the byte that offends
local function read_json(text)
  if not utf8.is_valid(text) then return nil, "it is not UTF-8", "json-invalid" end
  local ok, value = pcall(read_whole, text)
  if ok then return value end
  if getmetatable(value) ~= Fault then error(value, 0) end
  return nil, value.message, "json-invalid", value.position
end

return read_json
