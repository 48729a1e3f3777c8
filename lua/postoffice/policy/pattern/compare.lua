--- Two patterns held against each other: do they overlap, and where?
-- @module postoffice.policy.pattern.compare

local core = require "postoffice.core"
local fields = require "postoffice.policy.pattern.fields"
local lists = require "postoffice.lists"
local syntax = require "postoffice.policy.pattern.syntax"

local compare = {}

local lower = string.lower

local MAX_WORK = 2e7 -- cells of such rows: a second or two
local PAIR = 20 -- the cost of comparing two that differ at once

--- An allowance for comparing: two patterns of a kilobyte cost a million cells.
-- @treturn table for `overlap` and `covers`
function compare.work() return { left = MAX_WORK } end

-- Pieces as single characters and wildcards: "any" for none or more, "one".
local function tokens(list)
  local out = {}
  for _, piece in ipairs(list) do
    if type(piece) == "string" then
      for _, char in ipairs(syntax.characters(lower(piece))) do out[#out + 1] = char end
    else
      if piece.kind ~= "any" then out[#out + 1] = "one" end
      if piece.kind ~= "one" then out[#out + 1] = "any" end
    end
  end
  return out
end

-- Whether two tokens stand for a character that is the same.
local function meet(x, y) return x == y or x == "one" or y == "one" end

-- Whether some text matches both lists of tokens: row by row, as an edit distance goes.
local function intersect(a, b)
  local above = {}
  for i = 0, #a do
    local row = {}
    for j = 0, #b do
      if i == 0 and j == 0 then
        row[j] = true
      elseif a[i] == "any" or b[j] == "any" then
        row[j] = (i > 0 and above[j]) or (j > 0 and row[j - 1]) or false
      else
        row[j] = a[i] and b[j] and meet(a[i], b[j]) and above[j - 1] or false
      end
    end
    above = row
  end
  return above[#b]
end

-- Charges for a comparison; whether it may still be made.
local function spend(work, cells)
  if not work then return true end
  work.left = work.left - cells
  return work.left >= 0
end

-- Whether texts can begin, or end, with both.
local function agree(a, b, from_end)
  local size = math.min(#a, #b)
  if size == 0 then return true end
  if from_end then return a:sub(-size) == b:sub(-size) end
  return a:sub(1, size) == b:sub(1, size)
end

-- The character that a token stands for, or both do; a wildcard's is any.
local function char_of(x, y)
  if x ~= "one" and x ~= "any" then return x end
  return y and y ~= "one" and y or "x"
end

-- The shorter of two texts, each of which may be missing.
local function shorter(text, other)
  return text and (not other or #text <= #other) and text or other or nil
end

-- A character before a text, if there is that.
local function before(char, text) return text and char .. text end

-- The shortest text that matches two lists from two tokens on, by those from the next ones on: after
-- the first (`down`), the second (`right`), or both (`next_both`).
local function cell(x, y, down, right, next_both)
  if not x and not y then return "" end
  local text = nil
  if x == "any" then text = shorter(down, y and before(char_of(y), right)) end
  if y == "any" then text = shorter(text, shorter(right, x and before(char_of(x), down))) end
  if x == "any" or y == "any" then return text end
  return x and y and meet(x, y) and before(char_of(x, y), next_both) or nil
end

-- The shortest text that matches both lists of tokens; row by row, from the ends.
local function common(a, b)
  local below = {}
  for i = #a + 1, 1, -1 do
    local row = {}
    for j = #b + 1, 1, -1 do
      row[j] = cell(a[i], b[j], below[j], row[j + 1], below[j + 1])
    end
    below = row
  end
  return below[1]
end

-- What a matcher says of a field that it does not name.
local UNSAID = { prefix = "", suffix = "", pieces = { { kind = "any" } }, absent = "" }
local LEFT_OUT = { absent = "", blank = true }

local function field_of(matcher, name)
  return fields.of(matcher, name) or (matcher.open and UNSAID or LEFT_OUT)
end

-- The names of the fields that either of two matchers names.
local function names_of(a, b)
  local set = {}
  for _, field in ipairs(a.fields) do set[field.field] = true end
  for _, field in ipairs(b.fields) do set[field.field] = true end
  return lists.keys(set)
end

-- Whether some text, or none, matches what two matchers say of a field.
local function overlap_in(mine, other, work)
  if mine.absent and other.absent then return true end
  if mine.blank or other.blank or not agree(mine.prefix, other.prefix)
    or not agree(mine.suffix, other.suffix, true) then
    return false
  end
  local a, b = tokens(mine.pieces), tokens(other.pieces)
  if not spend(work, #a * #b) then return nil end
  return intersect(a, b)
end

-- Whether `check` holds of what two matchers say of each field: false, or nil, where it does not.
local function all_fields(a, b, check, work)
  for _, name in ipairs(names_of(a, b)) do
    local holds = check(field_of(a, name), field_of(b, name), work)
    if not holds then return holds end
  end
  return true
end

--- Whether some address matches both.
-- @tparam table a a matcher
-- @tparam table b
-- @tparam[opt] table work from `compare.work`
-- @treturn boolean|nil nil if the work is used up
function compare.overlap(a, b, work)
  if not spend(work, PAIR) then return nil end
  if a.family ~= b.family then return false end
  if a.whole ~= nil or b.whole ~= nil then return true end
  return all_fields(a, b, overlap_in, work)
end

-- A text that both matchers say of a field, or nil.
local function common_in(mine, other)
  if mine.blank or other.blank then return nil end
  local text = common(tokens(mine.pieces), tokens(other.pieces))
  return text ~= "" and text or mine.prefix == "" and "x" or nil
end

--- An address that both match, if it is a simple one.
-- @tparam table a a matcher
-- @tparam table b that overlaps with it
-- @treturn string|nil
function compare.witness(a, b)
  if a.whole ~= nil or b.whole ~= nil then return nil end
  local address = { type = a.type }
  for _, name in ipairs(names_of(a, b)) do
    address[name] = common_in(field_of(a, name), field_of(b, name))
  end
  return (core.format(address))
end

return compare
