--- Two patterns held against each other: do they overlap, does one cover the other?
-- @module postoffice.policy.pattern.compare

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

-- Whether two lists of tokens fit together: row by row, as an edit distance goes. `wild` says
-- which pairs of tokens can be passed over, `same` which stand for each other.
local function fit(a, b, wild, same)
  local above = {}
  for i = 0, #a do
    local row = {}
    for j = 0, #b do
      if i == 0 and j == 0 then
        row[j] = true
      elseif wild(a[i], b[j]) then
        row[j] = (i > 0 and above[j]) or (j > 0 and row[j - 1]) or false
      else
        row[j] = a[i] and b[j] and same(a[i], b[j]) and above[j - 1] or false
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

-- Whether some text matches both lists of tokens.
local function intersect(a, b)
  return fit(a, b, function(x, y) return x == "any" or y == "any" end,
    function(x, y) return x == y or x == "one" or y == "one" end)
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

-- Whether whatever matches `b` matches `a`.  Sound, and complete but for odd cases such as
-- wildcards side by side.
local function covers(a, b)
  return fit(a, b, function(x) return x == "any" end,
    function(x, y) return x == y or (x == "one" and y ~= "any") end)
end

-- Whether whatever matches what `other` says of a field matches what `mine` says of it.
local function covers_in(mine, other, work)
  if other.absent and not mine.absent then return false end
  if other.blank then return true end
  if mine.blank then return false end
  local a, b = tokens(mine.pieces), tokens(other.pieces)
  if not spend(work, #a * #b) then return nil end
  return covers(a, b)
end

--- Whether every address that matches `b` matches `a`.
-- @tparam table a a matcher
-- @tparam table b
-- @tparam[opt] table work from `compare.work`
-- @treturn boolean|nil nil if the work is used up
function compare.covers(a, b, work)
  if not spend(work, PAIR) then return nil end
  if a.family ~= b.family then return false end
  if a.whole ~= nil then return true end
  if b.whole ~= nil or a.closed and b.open then return false end
  return all_fields(a, b, covers_in, work)
end

return compare
