--- Writes JSON.
--
-- The libraries that could do it pass bytes on that are not UTF-8, and then
-- what they write is not JSON.  Mail addresses are full of such bytes, so every
-- text had to be walked before them anyway; what is left is this. A byte that is
-- no part of well-formed UTF-8 becomes U+FFFD; characters that a terminal acts on
-- or does not show are escaped, too.
-- @module postoffice.text.json

local utf8 = require "postoffice.text.utf8"

local json = {}

local MAX_DEPTH = 64
local REPLACEMENT = "\239\191\189" -- U+FFFD

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n",
  ["\r"] = "\\r", ["\t"] = "\\t" }

-- A character as it is, or as JSON escapes those that nobody sees: as UTF-16.
local function shown(sequence)
  local point = utf8.codepoint(sequence)
  if not utf8.is_hidden(point) then return sequence end
  if point < 0x10000 then return ("\\u%04x"):format(point) end
  point = point - 0x10000
  return ("\\u%04x\\u%04x"):format(0xD800 + math.floor(point / 0x400), 0xDC00 + point % 0x400)
end

local function replacement() return REPLACEMENT end

local function escape(char) return ESCAPES[char] or ("\\u%04x"):format(char:byte()) end

local function write_string(text)
  text = text:gsub('[%c"\\]', escape)
  return '"' .. utf8.map(text, replacement, shown) .. '"'
end

local function write_number(number)
  if number ~= number or number == math.huge or number == -math.huge then return "null" end
  local whole = number == math.floor(number) and math.abs(number) < 2 ^ 53
  return (whole and "%.0f" or "%.17g"):format(number)
end

-- Keys as texts: the known ones in their order, then the others by name.
local function sorted_keys(object, rank)
  local keys = {}
  for key in pairs(object) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    local rank_a, rank_b = rank[a] or math.huge, rank[b] or math.huge
    if rank_a ~= rank_b then return rank_a < rank_b end
    return tostring(a) < tostring(b)
  end)
  return keys
end

local encode

-- An empty table is a list: objects are never empty here.
local function write_table(value, options, depth)
  if depth > MAX_DEPTH then error("JSON is nested too deeply, or in itself") end
  local parts = {}
  if #value > 0 or next(value) == nil then
    for i, item in ipairs(value) do parts[i] = encode(item, options, depth + 1) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for i, key in ipairs(sorted_keys(value, options.rank)) do
    parts[i] = write_string(tostring(key)) .. ":" .. encode(value[key], options, depth + 1)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

local WRITERS = {
  ["nil"] = function() return "null" end,
  boolean = tostring,
  number = write_number,
  string = write_string,
  table = write_table,
}

function encode(value, options, depth)
  value = options.replace(value)
  local write = WRITERS[type(value)]
  if not write then return write_string(tostring(value)) end
  return write(value, options, depth)
end

--- Makes an encoder.
-- @tparam[opt] {string,...} order the keys that come first in every object; others follow by name
-- @tparam[opt] function replace is given every value and returns what to write instead
-- @treturn function of a value that returns one line of JSON without its end
function json.encoder(order, replace)
  local options = { rank = {}, replace = replace or function(value) return value end }
  for i, key in ipairs(order or {}) do options.rank[key] = i end
  return function(value) return encode(value, options, 1) end
end

return json
