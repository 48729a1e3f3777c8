--- Writes JSON.
--
-- The libraries that could do it pass bytes on that are not UTF-8, and then
-- what they write is not JSON.  Mail addresses are full of such bytes, so every
-- text had to be walked before them anyway; what is left is this.  A byte that is
-- no part of well-formed UTF-8 becomes U+FFFD; characters that a terminal acts on
-- or does not show are escaped, too (csrc/visible.c).
-- @module postoffice.text.json

local core = require "postoffice.core"

local json = {}

local MAX_DEPTH = 64

local write_string = core.json_string

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

--- An object on one line, with its end.
-- @function json.line
-- @tparam string|number|nil ... names and values by turns.  Names hold nothing that JSON escapes; values are
--   texts, and numbers that are not negative, which are written whole or with six digits after the point; of what is
--   nil, the name is left out
-- @treturn string
json.line = core.json_line

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
