--- Addresses inside others: in SMTP at domains that unwrap them, and behind gateways that read them.
-- @module postoffice.policy.prove.classes.carried

local addresses = require "postoffice.address"
local attributes = require "postoffice.policy.prove.classes.attributes"
local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local gateways = require "postoffice.policy.prove.classes.gateways"
local identities = require "postoffice.policy.prove.classes.identities"
local lists = require "postoffice.lists"
local members = require "postoffice.policy.prove.sets.members"
local openers = require "postoffice.policy.prove.classes.openers"
local runs = require "postoffice.policy.prove.classes.runs"
local signed = require "postoffice.policy.prove.classes.signed"

local carried = {}

local NONE = {}

-- Puts an address of another type into a shell, as text.
local function shell_at(domain)
  return function(address)
    local carrier = core.encapsulate(address, "SMTP", { domain = domain })
    return carrier and core.format(carrier)
  end
end

-- The family of an item's addresses as they are run.
local function family_of(item)
  return item.outer or item.part and item.part.family or families.of(item.address.type)
end

-- Why what is opened at a domain by some policies only may go as they do not tell, or nil.
local function why_unlike(group, how, are_alike)
  if how ~= "unwrap" or are_alike or not group.is_parted then return nil end
  return ("what is carried at %s, which not all policies open"):format(group.domain)
end

-- Adds an item inside carriers of a group; what is opened there may be read in several ways.
local function add_inside(search, group, item, how, are_alike)
  local made = lists.copy(item)
  made.outer, made.is_outside, made.identity, made.type = "SMTP", group.is_outside, nil, nil
  made.is_mixed = group.is_mixed
  made.why = item.why or why_unlike(group, how, are_alike)
  made.shell = runs.after(item.shell, shell_at(group.domain))
  made.is_read = item.is_read or how == "unwrap"
  table.insert(search.items, made)
end

-- Adds what is carried at the domain of some parts: each item of the families that are opened
-- there.
local function add_carried(search, group, items)
  for _, item in ipairs(items) do
    local family = family_of(item)
    local how, are_alike = openers.how(search.policies, group.carrier, family)
    if how and not item.has_attributes and not item.unseen then
      add_inside(search, group, item, how, are_alike)
    end
  end
end

local function is_carrier(search, part)
  for _, term in ipairs(part.accepted) do
    if search.found.carriers[term.id] then return true end
  end
  return false
end

-- What a part is in, but for what only matters to hosts that read in carriers.
local function told_of(search, part)
  local ids = {}
  for _, term in ipairs(part.accepted) do
    ids[#ids + 1] = search.found.inside[term.id] ~= "escaped" and term.id or nil
  end
  table.sort(ids)
  return table.concat(ids, "\1")
end

-- Whether somebody who opens none of them tells parts apart.
local function are_parted(search, parts)
  for i = 2, #parts do
    if told_of(search, parts[i]) ~= told_of(search, parts[1]) then return true end
  end
  return false
end

-- Finds a carrier of a group; whether there is one.
local function set_carrier(group)
  return members.each(group[1], function(_, address)
    group.carrier, group.domain = address, address.domain
    return true
  end) and group.carrier ~= nil
end

-- The parts of SMTP whose local parts begin as carriers do, by their domains: each group with its
-- `domain` and a `carrier` at it; `is_mixed` if some set has only some of what is carried there.  What
-- is outside what is asked for may itself be read by a gateway, or carried in an attribute.
local function groups_of(search)
  local groups, list = {}, {}
  local function group_of(class, is_outside)
    local id = (is_outside and "outside " or "") .. tostring(class)
    if not groups[id] then
      groups[id] = { is_outside = is_outside, class = class }
      list[#list + 1] = groups[id]
    end
    return groups[id]
  end
  for _, item in ipairs(search.items) do
    local part = not item.has_attributes and not item.outer and item.part
    if part and is_carrier(search, part) then
      table.insert(group_of(part.choice.domain, item.is_outside), part)
      group_of(part.choice.domain, not item.is_outside or nil).has_others = true
    end
  end
  local found = {}
  for _, group in ipairs(list) do
    if group[1] and set_carrier(group) then
      group.is_mixed = identities.are_told_apart(search, group) or nil
      group.is_parted = are_parted(search, group)
      found[#found + 1] = group
    end
  end
  return found
end

-- ---- Inside each other -----------------------------------------------------------

-- Whether all policies open the same at the domains of groups.
local function are_alike(search)
  for _, group in ipairs(search.groups) do
    for family in pairs(search.families) do
      local _, is_alike = openers.how(search.policies, group.carrier, family)
      if not is_alike then return false end
    end
  end
  return true
end

-- Adds what is in carriers of one group inside those of another, which opens carriers, too: what the one
-- opens is as good as what the other does, and so only what that does not open.
local function add_between(search, group, other, items)
  for _, item in ipairs(items) do
    local family = family_of(item)
    local how = openers.how(search.policies, other.carrier, family)
    local is_new = how and openers.how(search.policies, group.carrier, family) ~= "unwrap"
    if (is_new or how == "shell") and not item.has_attributes and not item.unseen then
      local inner = lists.copy(item)
      inner.shell = runs.after(item.shell, shell_at(other.domain))
      inner.at_shell = how == "shell" and inner.shell or nil
      add_inside(search, group, inner, "unwrap", true)
    end
  end
end

-- Adds a carrier in so many others that it is opened no more.
local function add_deepest(search, group)
  local shell, address = shell_at(group.domain), group.carrier
  for _ = 0, addresses.MAX_CARRIERS do
    local text = shell(address)
    address = text and core.parse(text)
    if not address then return end -- it is too long
  end
  table.insert(search.items, {
    address = address, is_outside = group.is_outside, is_mixed = group.is_mixed,
  })
end

-- Whether what is opened at the domain of a group may be a carrier, too.
local function opens_carriers(search, group)
  return openers.how(search.policies, group.carrier, "SMTP") ~= nil
end

-- Adds what is carried, of some items, be it in carriers within carriers.
local function each_carried(search, items)
  for _, group in ipairs(search.groups) do
    add_carried(search, group, items)
    local is_outer, seen = search.is_nested and opens_carriers(search, group), {}
    for _, other in ipairs(is_outer and search.groups or NONE) do
      if not seen[other.class] then add_between(search, group, other, items) end
      seen[other.class] = true
    end
  end
end

-- Adds what is in more carriers than are opened; or that it cannot be told what is in two of them.
local function add_deep(search)
  for _, group in ipairs(search.groups) do
    if opens_carriers(search, group) and search.is_nested then
      add_deepest(search, group)
    elseif opens_carriers(search, group) then
      runs.leave_unseen(search, group, "what is carried in what is carried at " .. group.domain)
    end
  end
end

-- ---- Gateways ------------------------------------------------------------------

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
local function type_of(item) return item.type or family_of(item) end

-- An item of which nothing is known but that it is at a place.
local function unseen_at(at, why)
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

-- An item in a mailbox at a place.
local function inside(search, place, at, item, shell)
  local is_bare = not item.shell
  return {
    part = item.part, parts = item.parts, address = item.address, is_sample = item.is_sample,
    why = item.why, is_outside = at.is_outside, outer = "CCMAIL", told = place.declarations,
    is_read = item.is_read, class = item.class,
    shell = runs.after(item.shell, shell), at_gateway = is_bare and shell or nil,
    identity = is_bare and identity_at(search, place, item) or nil,
  }
end

-- Adds what addresses of X.400 with attributes are in mailboxes at a place.
local function add_attributed(added, search, place, at, item, items, shell)
  local list = not item.unseen and attributes.of(search, item, items)
  for _, attributed in ipairs(list or { { unseen = item.unseen or identities.ATTRIBUTED } }) do
    local one = attributed.unseen and unseen_at(at, attributed.unseen)
      or inside(search, place, at, attributed, shell)
    if not one.unseen then
      one.in_attribute, one.identity = attributed.shell, identities.at_place(place, item.identity)
    end
    added[#added + 1] = one
  end
end

-- What is at a place whose gateway is looked into: what it cannot read, and an item for each of those
-- that it makes.
local function add_at_place(search, place, taken, items)
  local at = { part = taken[1].part, is_outside = taken[1].is_outside }
  local shell, added = gateways.shell(place, search.found), {}
  for _, address in ipairs(gateways.unread(place, search.found)) do
    added[#added + 1] = {
      address = address, is_outside = at.is_outside, identity = identities.of(search, address),
    }
  end
  for _, item in ipairs(items) do
    local is_read = type_of(item) == place.type
    if is_read and item.has_attributes then
      add_attributed(added, search, place, at, item, items, shell)
    elseif is_read and not item.unseen then
      added[#added + 1] = inside(search, place, at, item, shell)
    elseif is_read and (place.is_ours or place.type ~= "SMTP") then
      added[#added + 1] = unseen_at(at, item.unseen)
    end
  end
  if place.is_ours and (search.opens.CCMAIL or search.opens.X400) then
    added[#added + 1] = unseen_at(at,
      ("what is carried in what %s makes of addresses"):format(place.name))
  end
  return added
end

-- Adds what is at gateways, each with each of the items that are made there; those of them that may be
-- in carriers, and whether all may.
local function add_at_places(search, taken)
  local items, carried_there, are_all = lists.copy(search.items), {}, true
  for i, place in ipairs(search.places) do
    local own = taken[i][1] and add_at_place(search, place, taken[i], items) or NONE
    for _, item in ipairs(own) do
      table.insert(search.items, item)
      local is_plain = item.at_gateway or not item.shell
      local may_be_inside = not item.unseen and (is_plain or not place.is_ours)
      carried_there[#carried_there + 1] = may_be_inside and item or nil
    end
    are_all = are_all and not (own[1] and place.is_ours)
  end
  return carried_there, are_all
end

-- The families of items, as a set; and those of them that are opened in some carrier.
local function set_families(search)
  search.families, search.opens = { SMTP = true, CCMAIL = true, X400 = true }, {}
  for _, item in ipairs(search.items) do search.families[family_of(item)] = true end
  for _, group in ipairs(search.groups) do
    for family in pairs(search.families) do
      local how = openers.how(search.policies, group.carrier, family)
      search.opens[family] = search.opens[family] or how
    end
  end
end

-- Adds to carriers of a family what cannot be told of it.
local function leave_unseen_in(search, family, why)
  for _, group in ipairs(search.groups) do
    local is_opened = openers.how(search.policies, group.carrier, family)
    if is_opened then runs.leave_unseen(search, group, why:format(group.domain)) end
  end
end

-- Adds what is signed, and what is carried of that.
local function add_signed(search)
  local count, items = #search.items, {}
  signed.add(search)
  for i = count + 1, #search.items do items[#items + 1] = search.items[i] end
  each_carried(search, items)
end

--- Replaces the parts at gateways that can be looked into, and adds what is carried: once with each
-- of them inside, and once inside each of them.
-- @tparam table search
function carried.add(search)
  local taken = {}
  for i, place in ipairs(search.places) do taken[i] = take_parts(search, place) end
  search.groups = groups_of(search)
  set_families(search)
  search.is_nested = search.policies[2] == nil or are_alike(search)
  each_carried(search, lists.copy(search.items))
  add_deep(search)
  add_signed(search)
  local made, are_all = add_at_places(search, taken)
  if made[1] then each_carried(search, made) end
  if are_all then return end
  leave_unseen_in(search, "CCMAIL", "what gateways read in what is carried at %s")
end

--- Adds what is carried of addresses of X.400 with domain-defined attributes.
-- @tparam table search
function carried.add_attributed(search)
  if not search.opens.X400 then return end
  if search.found.looks_into_attributes then
    return leave_unseen_in(search, "X400", identities.ATTRIBUTED)
  end
  local items = {}
  for _, item in ipairs(search.items) do items[#items + 1] = item.is_attributed and item or nil end
  local count = #search.items
  each_carried(search, items)
  search.attributed = {}
  for i = count + 1, #search.items do table.insert(search.attributed, search.items[i]) end
end

return carried
