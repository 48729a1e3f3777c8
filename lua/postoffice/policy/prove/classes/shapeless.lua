--- The families of which no set knows the addresses, and addresses that stand for all of theirs.
-- @module postoffice.policy.prove.classes.shapeless

local addresses = require "postoffice.address"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local postoffices = require "postoffice.policy.compile.postoffices"
local shapes = require "postoffice.policy.prove.sets.shapes"
local types = require "postoffice.policy.language.types"

local shapeless = {}

-- What is after the type in addresses of types that no set knows; `x` of those that are not here.
local SAMPLES = { FAX = "+1", TELEX = "1" }

local FORMS = { "%s", "%s\195\188" } -- what is not ASCII cannot be said in every type

local MOST_TRIED = 1000 -- addresses in a form, of which policies may name each

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

-- Calls `add` with the types that a policy speaks, reads at gateways or takes out of shells.
local function each_type(compiled, add)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    if connector.speaks then add(connector.speaks) end
  end
  for _, postoffice in ipairs(postoffices.all(compiled.postoffices)) do
    if postoffice.gateway then add(postoffice.gateway) end
  end
  for _, domain in ipairs(domains.all(compiled.domains)) do
    for type_name in pairs(domain.unwrap or {}) do add(type_name) end
  end
end

--- The families without a shape that are told apart: those that are named, or that a policy speaks of;
-- one of the others that have addresses; and one that nobody knows.
-- @tparam {table,...} policies
-- @tparam {string,...} named families
-- @treturn {string,...} families
-- @treturn boolean whether each of those that have addresses is named
function shapeless.families(policies, named)
  local found, list = {}, {}
  local function add(type_name)
    local family = families.of(type_name)
    if not shapes.of(family) and not found[family] then
      found[family], list[#list + 1] = true, family
    end
  end
  add "FAX"
  for _, family in ipairs(named) do add(family) end
  for _, policy in ipairs(policies) do each_type(policy.compiled, add) end
  table.sort(list)
  list[#list + 1] = first_without(UNNAMED, found)
  list[#list + 1] = stranger(found)
  return list, not first_without(UNNAMED, found)
end

-- The first address of a family in a form that nobody names: those are not like others.  Nil if
-- none can be read.
local function first_unnamed(family, form, is_named)
  local beginning = SAMPLES[family] or "x"
  for number = 1, MOST_TRIED do
    local text = number == 1 and beginning or beginning .. number
    local address = addresses.read_any(family .. ":" .. form:format(text))
    local key = address and core.key(address)
    if not key or not is_named(key) then return address end
  end
end

--- Addresses that stand for all of a family that nobody names: one in each form that matters.
-- @tparam string family
-- @tparam function is_named of a key: whether somebody names the address
-- @treturn {table,...} none if no address is known
function shapeless.unnamed(family, is_named)
  local list = {}
  for _, form in ipairs(FORMS) do list[#list + 1] = first_unnamed(family, form, is_named) end
  return list
end

return shapeless
