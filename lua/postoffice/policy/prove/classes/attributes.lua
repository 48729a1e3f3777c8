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
  local attributes
  members.each(without_attributes(part), function(_, address)
    attributes = address
    return true
  end)
  return attributes
end

-- An address of X.400 with an attribute in which nobody looks for another.
local function with_attribute(attributes)
  local address = addresses.bare(attributes)
  address.dda1_type, address.dda1_value = "x", "1"
  return address
end

-- Adds an item for an address of a part, or for those that it carries.
local function add_attributed(search, item, address, inner)
  local text = address and core.format(address)
  local read = text and core.parse(text)
  local is_told = read and identities.of(search, read) == item.identity
  local why = not is_told and identities.ATTRIBUTED or nil
  local added = { address = read, why = why, identity = item.identity }
  if inner then
    added = {
      part = inner.part, parts = inner.parts, address = inner.address,
      why = why or inner.why,
      identity = item.identity, shell = runs.after(inner.shell, item.shell),
    }
  end
  if read then table.insert(search.items, added) end
end

-- Puts an address into such an attribute, as text.
local function attribute_of(attributes)
  return function(address)
    local carrier = core.encapsulate(address, "X400", attributes)
    return carrier and core.format(carrier)
  end
end

local CARRIED = { SMTP = true, MS = true, PCM = true, EX = true } -- what X.400 may carry so

-- Adds what addresses of X.400 with such attributes are: with one that carries nothing, and with one
-- that carries an address of each class.
local function add_with_attributes(search, item, items)
  local attributes = attributes_of(item.part)
  if not attributes then
    item.unseen = identities.ATTRIBUTED
    return
  end
  add_attributed(search, item, with_attribute(attributes))
  item.shell = attribute_of(attributes)
  for _, inner in ipairs(items) do
    local sample = not inner.unseen and not inner.has_attributes and runs.sample(inner)
    local is_carried = sample and CARRIED[families.of(sample.type)]
    local carrier = is_carried and core.encapsulate(sample, "X400", attributes)
    if carrier then add_attributed(search, item, carrier, inner) end
  end
end

--- Adds what parts of X.400 with domain-defined attributes are, which no pattern looks into.
-- @tparam table search
local function add_attributed_parts(search)
  local items = lists.copy(search.items)
  for _, item in ipairs(items) do
    if item.has_attributes and not item.is_outside then
      add_with_attributes(search, item, items)
    end
  end
end

return add_attributed_parts
