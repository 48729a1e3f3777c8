--- Addresses of X.400 with domain-defined attributes, which carry nothing, or an address of each
-- class.
-- @module postoffice.policy.prove.classes.attributes

local addresses = require "postoffice.address"
local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local identities = require "postoffice.policy.prove.classes.identities"
local lists = require "postoffice.lists"
local members = require "postoffice.policy.prove.sets.members"
local runs = require "postoffice.policy.prove.classes.runs"

local attributes = {}

local clock = os.clock

local NONE = {}

-- A part without what it says of such attributes.
local function without_attributes(part)
  local choice = {}
  for field, class in pairs(part.choice) do
    if not field:find "^dda" then choice[field] = class end
  end
  return { family = part.family, accepted = part.accepted, choice = choice }
end

-- The attributes of an address of X.400 besides: those of a part's first address.
local function attributes_of(part)
  return members.first(without_attributes(part))
end

-- An address of X.400 with an attribute in which nobody looks for another.
local function with_attribute(around)
  local address = addresses.bare(around)
  address.dda1_type, address.dda1_value = "x", "1"
  return address
end

-- Adds an item for an address of a part, or for those that it carries.
local function add_attributed(list, search, item, address, inner, shell)
  local text = address and core.format(address)
  local read = text and core.parse(text)
  if not read then return end
  local is_told = identities.of(search, read) == item.class
  local why = not is_told and identities.ATTRIBUTED or nil
  local added = { address = read, is_sample = true, why = why }
  if inner then
    added = lists.copy(inner)
    added.why, added.at_gateways, added.told, added.is_mixed = why or inner.why, nil, nil, nil
    added.shell, added.is_read, added.type = runs.after(inner.shell, shell), true, nil
  end
  added.identity, added.is_outside = item.identity, item.is_outside
  added.outer, added.is_attributed = "X400", true
  list[#list + 1] = added
end

-- Puts an address into such an attribute, as text.
local function attribute_of(around)
  return function(address)
    local carrier = core.encapsulate(address, "X400", around)
    return carrier and core.format(carrier)
  end
end

local CARRIED = { SMTP = true, MS = true, PCM = true, EX = true } -- what X.400 may carry so

-- The items that can be carried, each with an address of its own that is.
local function carried_of(search, items)
  local list = {}
  for _, item in ipairs(items) do
    local is_asked_for = runs.matters_inside(search, item)
    local is_carried = is_asked_for and not item.unseen and not item.has_attributes
    local sample = is_carried and runs.sample(item)
    if item.unseen and item.outer == "SMTP" then list.untold = item.unseen end
    if sample and CARRIED[families.of(sample.type)] then
      list[#list + 1] = { item = item, sample = sample }
    end
  end
  return list
end

-- Adds what a part is with an address of each of some items in such an attribute.
local function add_each(list, search, item, around, carried)
  local shell = attribute_of(around)
  for _, inner in ipairs(carried) do
    local carrier = core.encapsulate(inner.sample, "X400", around)
    if carrier then add_attributed(list, search, item, carrier, inner.item, shell) end
    if clock() > search.until_then then
      search.unfinished = runs.NO_TIME
      return
    end
  end
end

-- What a part is with such attributes: items, or nil if no address is known.
local function all_of(search, item, carried)
  local around, list = attributes_of(item.part), {}
  if not around then return nil end
  add_attributed(list, search, item, with_attribute(around))
  if carried.untold then
    list[#list + 1] = { part = item.part, unseen = carried.untold, is_outside = item.is_outside }
  end
  add_each(list, search, item, around, carried)
  return list
end

--- What addresses of X.400 with such attributes are: with one that carries nothing, and with one that
-- carries an address of each class.
-- @tparam table search
-- @tparam table item of a part of these
-- @tparam {table,...} items for all that may be carried
-- @treturn {table,...}|nil items; nil if no address is known
function attributes.of(search, item, items)
  return all_of(search, item, carried_of(search, items))
end

--- Adds what a part is whose attributes carry what carries such in turn.  What is deeper comes to what
-- this does.
-- @tparam table search
-- @tparam table item
function attributes.add_deep(search, item)
  search.deep = search.deep or carried_of(search, search.attributed)
  add_each(search.items, search, item, attributes_of(item.part), search.deep)
end

--- Adds what parts of X.400 with domain-defined attributes are, which no pattern looks into.
-- @tparam table search
function attributes.add(search)
  local items, carried = lists.copy(search.items), nil
  for _, item in ipairs(items) do
    if item.has_attributes and (not item.is_outside or search.opens.X400) then
      carried = carried or carried_of(search, items)
      local list = all_of(search, item, carried)
      item.unseen = not list and identities.ATTRIBUTED or nil
      for _, added in ipairs(list or NONE) do table.insert(search.items, added) end
      local is_deep = list and search.opens.X400 and not item.is_outside and not carried.untold
      if is_deep then table.insert(search.items, { part = item.part, carries_deep = item }) end
    end
  end
end

return attributes
