--- Many matchers, found by what their patterns begin or end with, however many there are.
--
-- By family, each matcher is found by one of its fields: the one whose literal beginning or end the
-- fewest others share.  A matcher's place in its list is its rank.
-- @module postoffice.policy.pattern.index

local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local syntax = require "postoffice.policy.pattern.syntax"

local index = {}

local near_of, new_set = core.set.near, core.set.new

-- The literal beginning and end of a field's pattern, as what counts those that share them.
local function ends_of(field)
  return field.prefix ~= "" and "<" .. field.field .. "=" .. field.prefix,
    field.suffix ~= "" and ">" .. field.field .. "=" .. field.suffix
end

local function count(counts, matcher)
  for _, field in ipairs(matcher.fields) do
    local front, back = ends_of(field)
    if front then counts[front] = (counts[front] or 0) + 1 end
    if back then counts[back] = (counts[back] or 0) + 1 end
  end
end

-- The field by which the fewest other matchers are found; nil if none has a literal end.  What may be
-- absent is found by no text.
local function best_field(counts, matcher)
  local best, fewest = nil, math.huge
  for _, field in ipairs(matcher.fields) do
    local front, back = ends_of(field)
    local size = math.min(front and counts[front] or fewest, back and counts[back] or fewest)
    if size < fewest and not field.absent then best, fewest = field, size end
  end
  return best
end

-- Families of matchers: how many share what, and what they will be found by.
local function count_families(list)
  local found = {}
  for _, matcher in ipairs(list) do
    local name = matcher and matcher.family
    if name then
      found[name] = found[name] or { counts = {}, patterns = {} }
      count(found[name].counts, matcher)
    end
  end
  return found
end

-- Sets the pattern of a rank in a list by ranks, in which those without one are false.
local function set_pattern(by_name, name, rank, pattern)
  local list = by_name[name] or {}
  by_name[name] = list
  for i = #list + 1, rank - 1 do list[i] = false end
  list[rank] = pattern
end

local ANY = syntax.glob { { kind = "any" } }
local ALWAYS = false -- instead of a field's name: no field leads to these

-- By family, the patterns that matchers are found by: of a field, or ALWAYS.  Returns those of no
-- family.
local function list_patterns(list, found)
  local anything = {}
  for rank, matcher in ipairs(list) do
    local family = matcher and found[matcher.family]
    local field = family and best_field(family.counts, matcher)
    set_pattern(family and family.patterns or anything, field and field.field or ALWAYS, rank,
      field and field.glob or ANY)
  end
  return anything
end

-- The sets of patterns, one a field.
local function new_indexes(patterns)
  local indexes = {}
  for field, list in pairs(patterns) do
    indexes[#indexes + 1] = { field = field, set = new_set(list, 0) }
  end
  return indexes
end

--- Makes an index.
-- @tparam {table|false,...} list by rank; false for what may match any address
-- @treturn table
function index.new(list)
  local found = count_families(list)
  local anything = list_patterns(list, found)
  local made = { families = {}, anything = new_indexes(anything)[1] }
  for name, family in pairs(found) do made.families[name] = new_indexes(family.patterns) end
  return made
end

-- The rank of the next matcher that a field's set has for a canonical address.
local function next_by(indexed, after, address)
  local field = indexed.field
  if field == ALWAYS then return near_of(indexed.set, after, "") end
  local value = address[field]
  return value and near_of(indexed.set, after, value)
end

-- The lesser of two ranks, either of which may be missing.
local function lesser(a, b) return a and (not b or a < b) and a or b end

--- The next rank that may match an address: what begins, or ends, as the address does.
-- @tparam table made
-- @tparam number after the rank of the one before, 0 at first
-- @tparam table address
-- @treturn number|nil
function index.next(made, after, address)
  local best = made.anything and next_by(made.anything, after, address)
  local indexes = made.families[families.of(address.type)]
  if indexes then address = families.canonical(address) end
  for i = 1, indexes and #indexes or 0 do
    best = lesser(next_by(indexes[i], after, address), best)
  end
  return best
end

--- The sets of a family's matchers by field; nil if some of them may take any address.
-- @tparam table made
-- @tparam string family
-- @treturn table|nil
function index.sets(made, family)
  local sets = {}
  for _, indexed in ipairs(made.families[family] or {}) do
    if indexed.field == ALWAYS then return nil end
    sets[indexed.field] = indexed.set
  end
  return sets
end

return index
