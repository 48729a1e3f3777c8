--- Plain values as text and back: what a file keeps of declarations.
--
-- Booleans, numbers, strings and tables of them are written one after the other,
-- each with a letter in front; tables in the order of their keys, so that equal
-- values are the same text.  Whatever the text, reading it is linear and runs
-- nothing.
-- @module postoffice.text.values

local values = {}

local find, format, match, sub = string.find, string.format, string.match, string.sub
local huge = math.huge
local kind_of = rawget(math, "type") -- since Lua 5.3

local MAX_DEPTH = 100 -- of tables in tables

-- ---- Writing -------------------------------------------------------------------

local KIND_ORDER = { boolean = 1, number = 2, string = 3 }

-- Booleans, then numbers, then strings.
local function before(a, b)
  local one, other = type(a), type(b)
  if one ~= other then return KIND_ORDER[one] < KIND_ORDER[other] end
  if one == "boolean" then return not a and b end
  return a < b
end

-- A number so that it is read as the same one, an integer or a float where Lua tells them apart.
local function number_text(value)
  if value ~= value then return "nan" end
  if value == huge or value == -huge then return value > 0 and "inf" or "-inf" end
  if kind_of and kind_of(value) == "integer" then return format("%d", value) end
  local text = format("%.17g", value)
  return kind_of and not find(text, "[.e]") and text .. ".0" or text
end

local write -- each type's writer

local function write_table(pieces, value)
  local keys = {}
  for key in next, value do keys[#keys + 1] = key end
  table.sort(keys, before)
  pieces[#pieces + 1] = "{"
  for _, key in ipairs(keys) do
    write(pieces, key)
    write(pieces, value[key])
  end
  pieces[#pieces + 1] = "}"
end

local WRITERS = {
  boolean = function(pieces, value) pieces[#pieces + 1] = value and "t" or "f" end,
  number = function(pieces, value) pieces[#pieces + 1] = "d" .. number_text(value) .. ";" end,
  string = function(pieces, value)
    pieces[#pieces + 1] = "s" .. #value .. ":"
    pieces[#pieces + 1] = value
  end,
  table = write_table,
}

function write(pieces, value) return WRITERS[type(value)](pieces, value) end

--- Writes a value.
-- @param value a boolean, a number, a string, or a table of such that does not contain itself
-- @treturn string
function values.write(value)
  local pieces = {}
  write(pieces, value)
  return table.concat(pieces)
end

-- ---- Reading -------------------------------------------------------------------

local NUMBERS = { nan = 0 / 0, inf = huge, ["-inf"] = -huge }

local read -- of a text and a byte: the value and the byte after it; nil if there is none

local function read_string(text, at)
  local length, start = match(text, "^(%d%d?%d?%d?%d?%d?%d?%d?%d?):()", at)
  if not length then return nil end
  local stop = start + tonumber(length)
  if stop > #text + 1 then return nil end
  return sub(text, start, stop - 1), stop
end

local function read_number(text, at)
  local written, stop = match(text, "^([%w.+-]+);()", at)
  local value = written and (NUMBERS[written] or tonumber(written))
  if value == nil then return nil end
  return value, stop
end

-- Whether a value can be a key of a table.
local function is_key(value) return value == value and type(value) ~= "table" end

local function read_table(text, at, depth)
  local made = {}
  if depth == MAX_DEPTH then return nil end
  while sub(text, at, at) ~= "}" do
    local key, value
    key, at = read(text, at, depth + 1)
    if key == nil or not is_key(key) then return nil end
    value, at = read(text, at, depth + 1)
    if value == nil then return nil end
    made[key] = value
  end
  return made, at + 1
end

local READERS = {
  t = function(_, at) return true, at end,
  f = function(_, at) return false, at end,
  d = read_number, s = read_string, ["{"] = read_table,
}

function read(text, at, depth)
  local reader = READERS[sub(text, at, at)]
  if not reader then return nil end
  return reader(text, at + 1, depth)
end

--- Reads what `write` wrote.
-- @tparam string text
-- @return the value; nil where the text is none
function values.read(text)
  local value, stop = read(text, 1, 0)
  if value == nil or stop ~= #text + 1 then return nil end
  return value
end

return values
