--- All addresses of a family, parted so that those in one part are in the same terms.
--
-- Field by field: the terms that are still possible tell the texts of a field apart, and each class of
-- these leaves some of them possible.
-- @module postoffice.policy.prove.sets.partition

local formulas = require "postoffice.policy.prove.sets.formulas"
local shapes = require "postoffice.policy.prove.sets.shapes"
local told_apart = require "postoffice.policy.prove.sets.fields".classes

local partition = {}

local ABSENT, clock = formulas.ABSENT, os.clock

local FEW_TERMS = 8 -- that a part may be in: those of more weigh as much as several parts

-- Adds what is in a list under a name.
local function file(by_name, name, item)
  by_name[name] = by_name[name] or {}
  table.insert(by_name[name], item)
end

-- Terms by what they say of a field: nothing (`free`), that it is absent (`absent`), or, by the id of a
-- glob, that this matches it (`by_cond`); and all of these globs, each once.
local function sort_terms(terms, field)
  local sorted = { free = {}, absent = {}, by_cond = {}, conds = {} }
  for _, term in ipairs(terms) do
    local said = term.fields[field]
    if said == nil then
      table.insert(sorted.free, term)
    elseif said == ABSENT then
      table.insert(sorted.absent, term)
    else
      for _, cond in ipairs(said) do
        if not sorted.by_cond[cond.id] then table.insert(sorted.conds, cond) end
        file(sorted.by_cond, cond.id, term)
      end
    end
  end
  return sorted
end

-- The classes of a field's texts by some globs; nil if the work is used up.
local function classes_of(search, field, conds)
  local id = field .. "\3" .. formulas.ids(conds)
  if not search.classes[id] then
    search.classes[id] = told_apart(search.shape.universe[field], conds, search.work,
      search.kept)
  end
  return search.classes[id]
end

-- Adds the terms of which all globs of a field are in a class.
local function add_accepted(terms, sorted, class, field)
  local counts = {}
  for _, cond in ipairs(class.accepted) do
    for _, term in ipairs(sorted.by_cond[cond.id]) do
      counts[term] = (counts[term] or 0) + 1
      if counts[term] == #term.fields[field] then terms[#terms + 1] = term end
    end
  end
  return terms
end

local function copied(list)
  local copy = {}
  for i, item in ipairs(list) do copy[i] = item end
  return copy
end

local function with(choice, field, class)
  local own = {}
  for name, other in pairs(choice) do own[name] = other end
  own[field] = class
  return own
end

-- The terms of which no address of a family is.
local function never(family)
  local list = {}
  for _, item in ipairs(shapes.of(family).never or {}) do
    for _, tokens in ipairs(item.globs) do
      local fields = { [item.field] = { formulas.cond(tokens) } }
      if item.absent then fields[item.absent] = ABSENT end
      list[#list + 1] = formulas.term(family, fields)
    end
  end
  return list
end

local function add_part(search, terms, choice)
  for _, term in ipairs(terms) do
    if search.never[term] then return false end
  end
  local part = { family = search.family, choice = choice, accepted = terms }
  for _, term in ipairs(terms) do terms[term.id] = term end
  return search.visit(part)
end

local visit

-- Goes on with the terms that a choice for a field leaves possible.  True ends it all.
local function choose(search, at, terms, choice, class)
  return visit(search, at + 1, terms, with(choice, search.shape.fields[at], class))
end

-- Where an optional field is absent.
local function choose_absent(search, at, sorted, choice)
  local terms = copied(sorted.free)
  for _, term in ipairs(sorted.absent) do terms[#terms + 1] = term end
  return choose(search, at, terms, choice, ABSENT)
end

-- Visits all parts from a field on; returns true where it was ended, or nil if the work is used up.
function visit(search, at, terms, choice)
  local field = search.shape.fields[at]
  if not field then return add_part(search, copied(terms), choice) end
  local sorted = sort_terms(terms, field)
  local is_optional = search.shape.optional and search.shape.optional[field]
  if is_optional and not sorted.conds[1] and not sorted.absent[1] then -- nobody asks for it
    return visit(search, at + 1, terms, choice)
  end
  local classes = classes_of(search, field, sorted.conds)
  if not classes then return nil end
  if is_optional then
    local ended = choose_absent(search, at, sorted, choice)
    if ended ~= false then return ended end
  end
  for _, class in ipairs(classes) do
    local left = add_accepted(copied(sorted.free), sorted, class, field)
    local ended = choose(search, at, left, choice, class)
    if ended ~= false then return ended end
  end
  return false
end

--- Visits the parts of a family's addresses.
-- @tparam string family
-- @tparam {table,...} terms those of other families are left out
-- @tparam table work `left`: how many states of machines there may be
-- @tparam function visitor is given a part: `family`, `accepted` (the terms that its addresses are in,
--   also by id), `choice` (for the fields that matter their class, or ABSENT); true ends it all
-- @treturn boolean|nil whether it was ended; nil if the work is used up
function partition.each(family, terms, work, visitor)
  local own = {}
  for _, term in ipairs(terms) do
    if term.family == family then own[#own + 1] = term end
  end
  local impossible = {}
  for _, term in ipairs(own[1] and never(family) or {}) do
    impossible[term], own[#own + 1] = true, term
  end
  local search = {
    family = family, shape = shapes.of(family), work = work, classes = {},
    kept = {}, never = impossible,
    visit = function(part)
      work.left = work.left - 1 - math.floor(#part.accepted / FEW_TERMS)
      if work.left < 0 or clock() > work.until_then then return nil end
      return visitor(part) or false
    end,
  }
  return visit(search, 1, own, {})
end

return partition
