--- What tells a class from others: which of the tests that policies make are true of it.
-- @module postoffice.policy.prove.classes.identities

local core = require "postoffice.core"
local forms = require "postoffice.policy.prove.classes.atoms.forms"
local formulas = require "postoffice.policy.prove.sets.formulas"
local gateways = require "postoffice.policy.prove.classes.gateways"
local lists = require "postoffice.lists"
local partition = require "postoffice.policy.prove.sets.partition"
local runs = require "postoffice.policy.prove.classes.runs"
local shapes = require "postoffice.policy.prove.sets.shapes"

local identities = {}

local NONE = {}

-- What tells classes apart has zeros in it: it is joined, for Lua 5.1 formats texts up to their first zero.

local TOO_MANY = "there are more classes than can be told apart"

--- Why it is not known what becomes of addresses with such attributes.
identities.ATTRIBUTED = "addresses of X400 with domain-defined attributes"

--- The formulas of sets that are asked for.
-- @tparam table named sets
-- @tparam table|nil among another one
-- @treturn {table,...}
function identities.formulas_of(named, among)
  local list = {}
  for _, set in pairs(named) do list[#list + 1] = set.formula end
  if among then list[#list + 1] = among.formula end
  return list
end

--- Whether some set that is asked for has one of several parts, and not another.
-- @tparam table search
-- @tparam table parts with `has_others` if there are such on the other side of what is asked for
-- @treturn boolean
function identities.are_told_apart(search, parts)
  if parts.has_others then return true end
  local first = parts[1]
  for _, formula in ipairs(identities.formulas_of(search.sets, search.among)) do
    local has = formulas.holds(formula, first.accepted)
    for _, part in ipairs(parts) do
      if formulas.holds(formula, part.accepted) ~= has then return true end
    end
  end
  return false
end

-- The tests of several terms by each of these, and those that are true where no term is.
local function index_tests(tests)
  local index = { by_term = {}, always = {} }
  for _, test in ipairs(tests) do
    if test.op ~= "term" then
      for _, term in ipairs(formulas.terms(test, {})) do
        index.by_term[term.id] = index.by_term[term.id] or {}
        table.insert(index.by_term[term.id], test)
      end
      if formulas.holds(test, NONE) then table.insert(index.always, test) end
    end
  end
  return index
end

-- The ids of those of some tests that are true of a part, each once.
local function add_true(ids, tests, part)
  for _, test in ipairs(tests) do
    local id = formulas.id(test)
    if ids[id] == nil then
      ids[id] = formulas.holds(test, part.accepted)
      if ids[id] then ids[#ids + 1] = id end
    end
  end
end

-- What is true of a part: the same text for those of which the same tests are.
local function identity(search, part)
  local ids, found = {}, search.found
  for _, term in ipairs(part.accepted) do
    if found.tests[term.id] and not ids[term.id] then
      ids[term.id], ids[#ids + 1] = true, term.id
    end
    add_true(ids, search.index.by_term[term.id] or NONE, part)
  end
  add_true(ids, search.index.always, part)
  for _, id in ipairs(ids) do part.is_extended = part.is_extended or found.extended[id] end
  table.sort(ids)
  return table.concat(ids, "\6")
end

--- The same of what is at a gateway that is looked into.
-- @tparam table place
-- @tparam string inner what tells the class of what is inside, or the code that says why nothing is
-- @treturn string
function identities.at_place(place, inner) return "at " .. place.name .. ": " .. inner end

--- What tells the class of an address from others that are not named.
-- @tparam table search
-- @tparam table address
-- @treturn string
function identities.of(search, address)
  local place, inner, code = gateways.read(search.places, address)
  if place then
    local key = inner and core.key(inner)
    local is_named = key and search.found.keys[key]
    return identities.at_place(place, is_named and key or inner and identities.of(search, inner)
      or code)
  end
  local word, accepted = shapes.word(address), {}
  for _, term in ipairs(search.found.terms) do
    if formulas.has(term, word) then accepted[#accepted + 1], accepted[term.id] = term, term end
  end
  return word.family .. ":" .. identity(search, { accepted = accepted })
end

-- Visits the parts of a family that some terms tell apart, each with what tells it from others; as
-- `partition.each` does.
local function each_part(search, family, terms, visit)
  local among = search.among
  return partition.each(family, terms, search.work, function(part)
    local is_outside = among and not formulas.holds(among.formula, part.accepted) or nil
    return visit(part, identity(search, part), is_outside)
  end)
end

-- What tells an item from others, by what is true of its part.
local function item_identity(family, id, is_outside)
  return family .. ":" .. (is_outside and "outside " or "") .. id
end

-- Why not all parts were visited.
local function why_ended(search)
  return os.clock() > search.until_then and runs.NO_TIME or TOO_MANY
end

--- Adds the parts of all families with a shape: those of which the same is true are one item.
-- @tparam table search
function identities.add_parts(search)
  search.index = index_tests(search.found.tests)
  for _, family in ipairs(shapes.families) do
    local seen = {}
    local ended = each_part(search, family, search.found.terms, function(part, id, is_outside)
      local name = item_identity(family, id, is_outside)
      if seen[name] then -- the same is true of both; of the other, all may be named
        table.insert(seen[name], part)
        return false
      end
      seen[name] = { part }
      local has_attributes = formulas.holds(forms.has_attributes, part.accepted)
      local is_unseen = has_attributes and search.found.looks_into_attributes
      table.insert(search.items, {
        part = part, parts = seen[name], identity = name, class = family .. ":" .. id,
        has_attributes = has_attributes or nil, is_outside = is_outside,
        unseen = is_unseen and identities.ATTRIBUTED or nil,
      })
    end)
    if ended == nil then search.unfinished = why_ended(search) end
  end
end

--- The parts of items, but for those of their addresses that are in no other term.
-- @tparam table search after `identities.add_parts`
-- @tparam table term
-- @treturn table|nil by what tells an item from others its parts with such; nil if there is too much to tell
-- @treturn string|nil then why
function identities.within(search, term)
  local terms, within = lists.copy(search.found.terms), {}
  terms[#terms + 1] = term
  local ended = each_part(search, term.family, terms, function(part, id, is_outside)
    local name = item_identity(term.family, id, is_outside)
    within[name] = within[name] or {}
    table.insert(within[name], part.accepted[term.id] and part or nil)
  end)
  if ended == nil then return nil, why_ended(search) end
  return within
end

return identities
