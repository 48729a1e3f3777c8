--- Addresses inside others: in SMTP at domains that unwrap them, and behind gateways that read them.
-- @module postoffice.policy.prove.classes.carried

local attributes = require "postoffice.policy.prove.classes.attributes"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local gateways = require "postoffice.policy.prove.classes.gateways"
local identities = require "postoffice.policy.prove.classes.identities"
local lists = require "postoffice.lists"
local members = require "postoffice.policy.prove.sets.members"
local runs = require "postoffice.policy.prove.classes.runs"
local shapes = require "postoffice.policy.prove.sets.shapes"
local shells = require "postoffice.policy.compile.shells"
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

-- Whether what a domain's addresses carry is looked into: of which families.
local function opened_at(search, key)
  local opened, address = {}, core.parse(key)
  for _, policy in ipairs(search.policies) do
    local compiled = policy.compiled
    local domain = domains.find(compiled.domains, key)
    for _, family in ipairs(shapes.families) do
      local unwraps = domain and domains.is_home(domain) and domains.unwraps(domain, family)
      local shell = family ~= "SMTP" and shells.at(compiled.shells, address)
      opened[family] = opened[family] or unwraps or shell ~= nil and shell ~= false
    end
    for type_name in pairs(domain and domains.is_home(domain) and domain.unwrap or NONE) do
      local is_told = shapes.of(families.of(type_name)) or type_name == "SRS" or type_name == "BATV"
      if not is_told then opened.other = true end
    end
    if shells.at(compiled.shells, address) then opened.other = true end
  end
  return opened
end

-- Types of which it is known what hosts read in their addresses (`relaying`), if there is no mark.
local READ = { EX = true, SMTP = true, CCMAIL = true, MS = true, PCM = true, X400 = true }

-- Why it is not known whether what is carried may leave, or nil.
local function why_leaves(search, item)
  local part = item.part
  if not part then return nil end
  local is_read = READ[part.family]
  for _, term in ipairs(part.accepted) do is_read = is_read and not search.found.marks[term.id] end
  return not is_read and ("what hosts read in addresses of %s"):format(part.family) or nil
end

-- The family of an item's addresses as they are run.
local function family_of(item)
  return item.outer or item.part and item.part.family or families.of(item.address.type)
end

-- Adds what is carried at the domain of some parts: each item of the families that are opened
-- there.
local function add_carried(search, group, items)
  local first
  members.each(group[1], function(_, address)
    first = address
    return true
  end)
  local opened = first and opened_at(search, core.key(first)) or NONE
  local are_apart = next(opened) and identities.are_told_apart(search, group)
  local why = are_apart and "sets that look into what is carried" or nil
  if why then runs.leave_unseen(search, group, why) end
  for _, family in ipairs { "SMTP", "X400", "other" } do -- what these carry is not told apart
    if opened[family] then
      runs.leave_unseen(search, group, "what is carried in what is carried at " .. first.domain)
    end
  end
  if opened.CCMAIL and search.places[1] then
    search.opens_ccmail = true
    runs.leave_unseen(search, group, "what gateways read in what is carried at " .. first.domain)
  end
  for _, item in ipairs(items) do
    if opened[family_of(item)] and not item.has_attributes then
      table.insert(search.items, {
        part = item.part, parts = item.parts, address = item.address, outer = "SMTP",
        is_outside = group.is_outside,
        why = why or item.why or why_leaves(search, item),
        shell = runs.after(item.shell, shell_at(first.domain)),
        at_gateway = item.at_gateway, told = item.told,
      })
    end
  end
end

local function is_carrier(search, part)
  for _, term in ipairs(part.accepted) do
    if search.found.carriers[term.id] then return true end
  end
  return false
end

-- What is carried, of some items: by the parts of SMTP whose local parts begin as carriers do, by
-- their domains; `has_others`: there are such at the same domain on the other side of what is asked
-- for.  What is outside may itself be read by a gateway, or carried in an attribute.
local function each_carried(search, items)
  local groups, list = {}, {}
  local function group_of(class, is_outside)
    local id = (is_outside and "outside " or "") .. tostring(class)
    if not groups[id] then
      groups[id] = { is_outside = is_outside }
      list[#list + 1] = groups[id]
    end
    return groups[id]
  end
  for _, item in ipairs(lists.copy(search.items)) do
    local part = not item.has_attributes and not item.outer and item.part
    if part and is_carrier(search, part) then
      table.insert(group_of(part.choice.domain, item.is_outside), part)
      group_of(part.choice.domain, not item.is_outside or nil).has_others = true
    end
  end
  for _, group in ipairs(list) do
    if group[1] then add_carried(search, group, items) end
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
    shell = runs.after(item.shell, shell), at_gateway = is_bare and shell or nil,
    identity = is_bare and identity_at(search, place, item) or nil,
  }
end

-- Adds what addresses of X.400 with attributes are in mailboxes at a place.
local function add_attributed(added, search, place, at, item, items, shell)
  local list = not item.unseen and attributes.of(search, item, items)
  if not list then
    added[#added + 1] = unseen_at(at, item.unseen or identities.ATTRIBUTED)
  end
  for _, attributed in ipairs(list or NONE) do
    local one = inside(search, place, at, attributed, shell)
    one.in_attribute, one.identity = attributed.shell, identities.at_place(place, item.identity)
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
  if place.is_ours and search.opens_ccmail then
    added[#added + 1] = unseen_at(at,
      ("what is carried in what %s makes of addresses"):format(place.name))
  end
  return added
end

--- Replaces the parts at gateways that can be looked into, and adds what is carried: once with each
-- of them inside, and once inside each of them.
-- @tparam table search
function carried.add(search)
  local taken = {}
  for i, place in ipairs(search.places) do taken[i] = take_parts(search, place) end
  each_carried(search, lists.copy(search.items))
  signed.add(search)
  local items, added = lists.copy(search.items), {}
  for i, place in ipairs(search.places) do
    local own = taken[i][1] and add_at_place(search, place, taken[i], items) or NONE
    for _, item in ipairs(own) do added[#added + 1] = item end
  end
  for _, item in ipairs(added) do table.insert(search.items, item) end
  local plain = {}
  for _, item in ipairs(added) do
    plain[#plain + 1] = (item.at_gateway or not item.shell and not item.unseen) and item or nil
  end
  if plain[1] then each_carried(search, plain) end
end

return carried
