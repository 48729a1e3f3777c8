--- The addresses that are named, each a class of its own, and samples of types that no set knows.
-- @module postoffice.policy.prove.classes.samples

local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local lists = require "postoffice.lists"
local sets = require "postoffice.policy.prove.sets"
local shapeless = require "postoffice.policy.prove.classes.shapeless"

local samples = {}

local function is_among(search, address)
  return not search.among or sets.contains(search.among, address)
end

--- Adds the addresses that are named, each a class of its own.  Items that are `outside` what is
-- asked for are not run, but may be inside carriers that are.
-- @tparam table search
function samples.add_named(search)
  for _, address in ipairs(search.found.keys) do
    local is_outside = not is_among(search, address) or nil
    table.insert(search.items, { address = address, is_outside = is_outside })
  end
end

-- The terms that all addresses of a family without a shape are in, as those of a part.
local function accepted_of(family)
  local own = formulas.term(family, {})
  return { own, [own.id] = own }
end

-- Whether a family's addresses are asked for.
local function is_family_among(search, family)
  return not search.among or formulas.holds(search.among.formula, accepted_of(family))
end

-- Adds a run of a family of which no address is known.
local function add_unsampled(search, family, why)
  table.insert(search.items,
    { part = { family = family, accepted = accepted_of(family), choice = {} }, unseen = why })
end

-- Adds the samples of a family; a type of which there are none may go anywhere.
local function add_samples(search, family)
  local why, keys = search.found.unknown[family], search.found.keys
  local list = shapeless.unnamed(family, function(key) return keys[key] ~= nil end)
  for _, address in ipairs(list) do
    local is_outside = not is_among(search, address) or nil
    table.insert(search.items, {
      address = address, is_sample = true, why = why, is_outside = is_outside,
    })
  end
  if not list[1] and is_family_among(search, family) then
    add_unsampled(search, family, ("what addresses of %s look like"):format(family))
  end
end

--- Whether some address of a family may be asked for.
-- @tparam table search
-- @tparam string family
-- @treturn boolean
function samples.asks_for(search, family)
  if is_family_among(search, family) then return true end
  for _, term in ipairs(formulas.terms(search.among.formula, {})) do
    if term.family == family then return true end
  end
  local is_named = false
  formulas.each_alone(search.among.formula, function(address)
    is_named = is_named or families.of(address.type) == family
  end)
  return is_named
end

--- Adds addresses of the types that no set knows; and that there are others, where what is asked for
-- is no set: the samples may be none of these.
-- @tparam table search
function samples.add_shapeless(search)
  local named = lists.keys(search.found.unknown)
  for _, term in ipairs(search.found.terms) do named[#named + 1] = term.family end
  local families_found, are_all_named = shapeless.families(search.policies, named)
  for _, family in ipairs(families_found) do add_samples(search, family) end
  for family in pairs(search.untold) do
    if samples.asks_for(search, family) then
      add_unsampled(search, family, search.found.unknown[family])
    end
  end
  if are_all_named then add_unsampled(search, "STRANGER", "types that nobody named") end
end

return samples
