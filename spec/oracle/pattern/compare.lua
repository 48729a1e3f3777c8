-- Of the oracle: nobody edits it (see ../init.lua).
--- Two patterns held against each other: do they overlap, does one cover the other?
-- @module spec.oracle.pattern.compare

local fields = require "spec.oracle.pattern.fields"
local syntax = require "spec.oracle.pattern.syntax"

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

--- Whether some address matches both.
-- @tparam table a a matcher
-- @tparam table b
-- @tparam[opt] table work from `compare.work`
-- @treturn boolean|nil nil if the work is used up
function compare.overlap(a, b, work)
  if not spend(work, PAIR) then return nil end
  if a.family ~= b.family then return false end
  if a.whole ~= nil or b.whole ~= nil then return true end
  for i, field in ipairs(a.fields) do
    local other = b.fields[i]
    if not other or other.field ~= field.field then return false end
    if not agree(field.prefix, other.prefix) or not agree(field.suffix, other.suffix, true) then
      return false
    end
    local mine, others = tokens(field.pieces), tokens(other.pieces)
    if not spend(work, #mine * #others) then return nil end
    if not intersect(mine, others) then return false end
  end
  return #a.fields == #b.fields
end

-- Whether whatever matches `b` matches `a`.  Sound, and complete but for odd cases such as
-- wildcards side by side.
local function covers(a, b)
  return fit(a, b, function(x) return x == "any" end,
    function(x, y) return x == y or (x == "one" and y ~= "any") end)
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
  if b.whole ~= nil then return false end
  for _, field in ipairs(a.fields) do
    local other = fields.of(b, field.field)
    if not other then return false end
    local mine, others = tokens(field.pieces), tokens(other.pieces)
    if not spend(work, #mine * #others) then return nil end
    if not covers(mine, others) then return false end
  end
  return true
end

return compare
