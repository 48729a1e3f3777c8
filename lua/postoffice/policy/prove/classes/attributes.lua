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
  local first
  members.each(without_attributes(part), function(_, address)
    first = address
    return true
  end)
  return first
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
  local is_told = read and identities.of(search, read) == item.identity
  local why = not is_told and identities.ATTRIBUTED or nil
  local added = { address = read, is_sample = true, why = why, identity = item.identity }
  if inner then
    added = {
      part = inner.part, parts = inner.parts, address = inner.address,
      why = why or inner.why,
      identity = item.identity, shell = runs.after(inner.shell, shell),
    }
  end
  if read then list[#list + 1] = added end
end

-- Puts an address into such an attribute, as text.
local function attribute_of(around)
  return function(address)
    local carrier = core.encapsulate(address, "X400", around)
    return carrier and core.format(carrier)
  end
end

local CARRIED = { SMTP = true, MS = true, PCM = true, EX = true } -- what X.400 may carry so

--- What addresses of X.400 with such attributes are: with one that carries nothing, and with one that
-- carries an address of each class.
-- @tparam table search
-- @tparam table item of a part of these
-- @tparam {table,...} items for all that may be carried
-- @treturn {table,...}|nil items; nil if no address is known
function attributes.of(search, item, items)
  local around, list = attributes_of(item.part), {}
  if not around then return nil end
  add_attributed(list, search, item, with_attribute(around))
  local shell = attribute_of(around)
  for _, inner in ipairs(items) do
    local sample = not inner.unseen and not inner.has_attributes and runs.sample(inner)
    local is_carried = sample and CARRIED[families.of(sample.type)]
    local carrier = is_carried and core.encapsulate(sample, "X400", around)
    if carrier then add_attributed(list, search, item, carrier, inner, shell) end
  end
  return list
end

--- Adds what parts of X.400 with domain-defined attributes are, which no pattern looks into.
-- @tparam table search
function attributes.add(search)
  local items = lists.copy(search.items)
  for _, item in ipairs(items) do
    if item.has_attributes and not item.is_outside then
      local list = attributes.of(search, item, items)
      item.unseen = not list and identities.ATTRIBUTED or nil
      for _, added in ipairs(list or NONE) do table.insert(search.items, added) end
    end
  end
end

return attributes
