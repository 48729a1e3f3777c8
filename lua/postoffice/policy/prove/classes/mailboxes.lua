--- What is in mailboxes at places with gateways that read them.
-- @module postoffice.policy.prove.classes.mailboxes

local attributes = require "postoffice.policy.prove.classes.attributes"
local core = require "postoffice.core"
local gateways = require "postoffice.policy.prove.classes.gateways"
local identities = require "postoffice.policy.prove.classes.identities"
local insiders = require "postoffice.policy.prove.classes.insiders"
local lists = require "postoffice.lists"
local nodes = require "postoffice.policy.route.stage4_nodes"
local openers = require "postoffice.policy.prove.classes.openers"
local runs = require "postoffice.policy.prove.classes.runs"

local mailboxes = {}

local NONE = {}

-- Takes the parts at a place out of the items.
local function take_parts(search, place)
  local taken, items = {}, {}
  for _, item in ipairs(search.items) do
    local is_there = item.part and item.part.accepted[place.term.id]
    table.insert(is_there and taken or items, item)
  end
  search.items = items
  return taken
end

-- The type of an item's addresses as they are run.
local function type_of(item) return item.type or runs.family_of(item) end

--- Takes the parts at places out of a search's items.
-- @tparam table search
-- @treturn {{table,...},...} those at each place
function mailboxes.take(search)
  return lists.map(search.places, function(place) return take_parts(search, place) end)
end

--- An item of which nothing is known but that it is at a place.
-- @tparam table at a part there
-- @string why
-- @treturn table
function mailboxes.unseen(at, why)
  return { part = at.part, is_outside = at.is_outside, outer = "CCMAIL", unseen = why }
end

-- What tells the class of an item that is in a mailbox at a place, or nil.
local function identity_at(search, place, item)
  local inner = item.identity
  if item.address and not inner then
    inner = item.is_sample and identities.of(search, item.address) or core.key(item.address)
  end
  return inner and identities.at_place(place, inner)
end

-- A list that begins with something, and goes on as another one.
local function before(first, rest)
  local list = { first }
  lists.add_all(list, rest or NONE)
  return list
end

-- The post offices of a place, with those that an item is known to go through besides.
local function told_at(place, item)
  local told = lists.copy(place.declarations)
  for postoffice in pairs(item.told or NONE) do told[postoffice] = true end
  return told
end

-- An item in a mailbox at a place.
local function inside(search, place, at, item, shell)
  local whole = runs.after(item.shell, shell)
  return {
    part = item.part, parts = item.parts, address = item.address, is_sample = item.is_sample,
    why = runs.why(item), is_outside = at.is_outside, outer = "CCMAIL", told = told_at(place, item),
    is_read = item.is_read, class = item.class, shell = whole,
    at_gateways = before(whole, item.at_gateways), place = place, is_mixed = place.is_mixed,
    holds = place.is_mixed and insiders.in_mailbox(search, place, item) or nil,
    identity = not item.shell and identity_at(search, place, item) or nil,
  }
end

-- Adds what addresses of X.400 with attributes are in mailboxes at a place.
local function add_attributed(added, search, place, at, item, items, shell)
  local list = not item.unseen and attributes.of(search, item, items)
  for _, attributed in ipairs(list or { { unseen = item.unseen or identities.ATTRIBUTED } }) do
    local one = attributed.unseen and mailboxes.unseen(at, attributed.unseen)
      or inside(search, place, at, attributed, shell)
    if not one.unseen then
      one.in_attribute, one.identity = attributed.shell, identities.at_place(place, item.identity)
    end
    added[#added + 1] = one
  end
end

-- Whether what is at a place is outside of what is asked for.
local function is_outside(place, taken)
  return not place.is_mixed and taken[1].is_outside or nil
end

-- Items in mailboxes at a place, one for each of some items that its gateway makes; those with attributes
-- carry some.
local function in_mailboxes(search, place, taken, items, carried)
  local at = { part = taken[1].part, is_outside = is_outside(place, taken) }
  local shell, added = gateways.shell(place, search.found), {}
  for _, item in ipairs(items) do
    local is_asked_for = runs.matters_inside(search, item)
    local is_read = is_asked_for and type_of(item) == place.type
    if is_read and item.has_attributes then
      add_attributed(added, search, place, at, item, carried, shell)
    elseif is_read and not item.unseen then
      added[#added + 1] = inside(search, place, at, item, shell)
    elseif is_read and (place.is_ours or place.type ~= "SMTP") then
      added[#added + 1] = mailboxes.unseen(at, item.unseen)
    end
  end
  return added
end

-- Items in whose mailboxes a place's gateway can read nothing.
local function unread_at(search, place, taken)
  return lists.map(gateways.unread(place, search.found), function(address)
    return {
      address = address, is_outside = is_outside(place, taken), is_mixed = place.is_mixed,
      identity = identities.of(search, address),
      holds = place.is_mixed and insiders.unread(place, taken, address) or nil,
    }
  end)
end

--- Adds what is at gateways: what they cannot read, and each with each of the items that are made there.
-- @tparam table search
-- @tparam {{table,...},...} taken the parts at each place
function mailboxes.add(search, taken)
  local items = lists.copy(search.items)
  for i, place in ipairs(search.places) do
    if taken[i][1] then
      lists.add_all(search.items, unread_at(search, place, taken[i]))
      lists.add_all(search.items, in_mailboxes(search, place, taken[i], items, items))
    end
  end
end

-- The parts of X.400 with attributes.
local function attributed_of(search)
  local list = {}
  for _, item in ipairs(search.items) do
    list[#list + 1] = item and item.has_attributes and item.part and item or nil
  end
  return list
end

--- Adds what is in mailboxes at gateways of ours, which make it and open it again: carriers and the like,
-- but for those of what is in carriers as it is in mailboxes; and attributes that carry them.
-- @tparam table search
-- @tparam {{table,...},...} taken the parts at each place
-- @tparam {table,...} holders items
function mailboxes.add_nested(search, taken, holders)
  local inner = {}
  for _, item in ipairs(holders) do
    inner[#inner + 1] = not item.is_opened_at_once and item or nil
  end
  local items = attributed_of(search)
  lists.add_all(items, inner)
  for i, place in ipairs(search.places) do
    if place.is_ours and taken[i][1] then
      lists.add_all(search.items, in_mailboxes(search, place, taken[i], items, inner))
    end
  end
end

-- ---- In mailboxes and carriers by turns -------------------------------------------

-- An address in mailboxes at a place and carriers of a group by turns, so often that nobody follows it to
-- its end: the carrier, and the mailbox in it; nil if that is too long, or the group opens no mailboxes.
local function endless(search, place, group, shell_at)
  if not openers.how(search.policies, group.carrier, "CCMAIL") then return nil end
  local put, carry, inner = gateways.shell(place, search.found), shell_at(group.domain), nil
  local address = group.carrier
  for _ = 0, nodes.MAX_DEPTH do
    local text = put(address)
    inner = text and core.parse(text)
    text = inner and carry(inner)
    address = text and core.parse(text)
    if not address then return nil end
  end
  return address, inner
end

--- Adds addresses in mailboxes at gateways of ours and carriers by turns, so often that they come to
-- nobody.
-- @tparam table search
-- @tparam {{table,...},...} taken the parts at each place
-- @tparam function shell_at puts addresses into carriers at a domain
function mailboxes.add_endless(search, taken, shell_at)
  for i, place in ipairs(search.places) do
    local is_opened = place.is_ours and place.type == "SMTP" and taken[i][1]
    for _, group in ipairs(is_opened and search.groups or NONE) do
      local carrier, inner = endless(search, place, group, shell_at)
      lists.add_all(search.items, carrier and {
        { address = carrier, is_outside = group.is_outside },
        {
          address = inner, is_outside = is_outside(place, taken[i]), is_mixed = place.is_mixed,
        },
      } or NONE)
    end
  end
end

return mailboxes
