--- The addresses that are named, each a class of its own, and samples of types that no set knows.
-- @module postoffice.policy.prove.classes.samples

local addresses = require "postoffice.address"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local postoffices = require "postoffice.policy.compile.postoffices"
local sets = require "postoffice.policy.prove.sets"
local shapes = require "postoffice.policy.prove.sets.shapes"
local types = require "postoffice.policy.language.types"

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

-- What is after the type in addresses of types that no set knows; `x` of those that are not here.
local SAMPLES = { FAX = "+1", TELEX = "1" }

local FORMS = { "%s", "%s\195\188" } -- what is not ASCII cannot be said in every type

-- Types that anybody may write to, though they have no dialect: the first that is not named stands
-- for all of them, and for those that a host defines.
local UNNAMED = { "TELEX", "COMPUSERVE", "IMAGE", "MSFAX", "MSN", "MCI", "ATT", "3COM", "MIGRATE" }

-- The first of some types that is not among those found, or nil.
local function first_without(list, found)
  for _, type_name in ipairs(list) do
    if not found[type_name] then return type_name end
  end
end

-- The name of a type that nobody knows.
local function stranger(found)
  local name = "STRANGER"
  while found[name] or types.is_known(name) do name = name .. "-" end
  return name
end

-- The families without a shape that are told apart: those that terms, spaces or rewrites are about,
-- or that a connector speaks or a gateway reads; one of the others that have addresses; and one that nobody knows.
local function shapeless(search)
  local found, list = {}, {}
  local function add(family)
    if not shapes.of(family) and not found[family] then
      found[family], list[#list + 1] = true, family
    end
  end
  add "FAX"
  for _, term in ipairs(search.found.terms) do add(term.family) end
  for family in pairs(search.found.unknown) do add(family) end
  for _, policy in ipairs(search.policies) do
    for _, connector in ipairs(connectors.all(policy.compiled.connectors)) do
      if connector.speaks then add(families.of(connector.speaks)) end
    end
    for _, postoffice in ipairs(postoffices.all(policy.compiled.postoffices)) do
      if postoffice.gateway then add(families.of(postoffice.gateway)) end
    end
  end
  table.sort(list)
  list[#list + 1] = first_without(UNNAMED, found)
  list[#list + 1] = stranger(found)
  return list, not first_without(UNNAMED, found)
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

-- The first address of a family in a form that no policy names: those are not like others.  Nil if
-- none can be read.
local function unnamed(search, family, form)
  local keys, beginning = search.found.keys, SAMPLES[family] or "x"
  for number = 1, #keys + 1 do
    local text = number == 1 and beginning or beginning .. number
    local address = addresses.read_any(family .. ":" .. form:format(text))
    local key = address and core.key(address)
    if not key or not keys[key] then return address end
  end
end

-- Adds the samples of a family; a type of which there are none may go anywhere.
local function add_samples(search, family)
  local why, is_found = search.found.unknown[family], false
  for _, form in ipairs(FORMS) do
    local address = unnamed(search, family, form)
    is_found = is_found or address ~= nil
    if address then
      local is_outside = not is_among(search, address) or nil
      table.insert(search.items, {
        address = address, is_sample = true, why = why, is_outside = is_outside,
      })
    end
  end
  if not is_found and is_family_among(search, family) then
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
  local families_found, are_all_named = shapeless(search)
  for _, family in ipairs(families_found) do add_samples(search, family) end
  for family in pairs(search.untold) do
    if samples.asks_for(search, family) then
      add_unsampled(search, family, search.found.unknown[family])
    end
  end
  if are_all_named then add_unsampled(search, "STRANGER", "types that nobody named") end
end

return samples
