--- Addresses inside others: in SMTP at domains that unwrap them, and behind gateways that read them.
-- @module postoffice.policy.prove.classes.carried

local addresses = require "postoffice.address"
local begun = require "postoffice.policy.prove.classes.begun"
local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local identities = require "postoffice.policy.prove.classes.identities"
local insiders = require "postoffice.policy.prove.classes.insiders"
local lists = require "postoffice.lists"
local mailboxes = require "postoffice.policy.prove.classes.mailboxes"
local members = require "postoffice.policy.prove.sets.members"
local openers = require "postoffice.policy.prove.classes.openers"
local runs = require "postoffice.policy.prove.classes.runs"
local signed = require "postoffice.policy.prove.classes.signed"
local unopened = require "postoffice.policy.prove.classes.unopened"

local carried = {}

local NONE = {}

-- Puts an address of another type into a shell, as text.
local function shell_at(domain)
  return function(address)
    local carrier = core.encapsulate(address, "SMTP", { domain = domain })
    return carrier and core.format(carrier)
  end
end

-- Those of some parts in which carriers of a family may be.
local function parts_for(search, parts, family)
  return lists.kept(parts, function(part) return begun.may_carry(search, part, family) end)
end

-- Why what is opened at a domain by some policies only may go as they do not tell, or nil; and what tells
-- whether it does, if that is known.
local function why_unlike(search, group, family, how, are_alike)
  local told = how == "unwrap" and not are_alike and parts_for(search, group.told, family)
  if not told or not told[2] then return nil end
  local why = ("what is carried at %s, which not all policies open"):format(group.domain)
  return why, unopened.of(search, group.carrier, family, told)
end

-- Whether all policies take addresses of a family out of a group's carriers before anything else.
local function do_all_unwrap(search, group, family)
  local how, are_alike = openers.how(search.policies, group.carrier, family)
  return how == "unwrap" and are_alike
end

-- Whether all policies come to what gateways read in an item inside a group's carriers as if it were there
-- without the gateway: then a gateway's mailbox in such a carrier holds nothing that is not in one of them.
local function is_opened_at_once(search, group, item)
  local place = item.place
  return place ~= nil and place.is_gone_through and do_all_unwrap(search, group, "CCMAIL")
    and do_all_unwrap(search, group, families.of(place.type))
end

-- Whether some of a group's parts are at another domain than its own.
local function are_elsewhere(group, parts)
  for _, part in ipairs(parts) do
    if part.choice.domain ~= group.class then return true end
  end
  return false
end

-- Whether carriers of a family may be in a group, and whether some set has only some of these: found out once.
local function look_for(search, group, family)
  group.carries = group.carries or {}
  if not group.carries[family] then
    local parts = parts_for(search, group.all, family)
    parts.has_others = parts_for(search, group.opposite.all, family)[1] ~= nil
    local is_elsewhere = are_elsewhere(group, parts)
    local is_mixed = is_elsewhere or parts[1] and identities.are_told_apart(search, parts)
    group.carries[family] = {
      is_any = parts[1] ~= nil, is_mixed = is_mixed or nil, is_elsewhere = is_elsewhere,
    }
  end
  return group.carries[family]
end

-- Adds an item inside carriers of a group, if some may be there; what is opened there may be read in several
-- ways.
local function add_inside(search, group, item, how, are_alike)
  local family = runs.family_of(item)
  local carries = look_for(search, group, family)
  if not carries.is_any then return end
  local why, others = why_unlike(search, group, family, how, are_alike)
  local made = lists.copy(item)
  made.outer, made.is_outside, made.identity, made.type = "SMTP", group.is_outside, nil, nil
  made.is_mixed = carries.is_mixed
  made.shell = runs.after(item.shell, shell_at(group.domain))
  unopened.note(search, made, why, others, function(policy)
    return not unopened.is_closed(policy, group.carrier, family)
  end)
  made.is_read = item.is_read or how == "unwrap"
  made.is_opened_at_once = is_opened_at_once(search, group, item)
  made.holds = nil
  if carries.is_mixed and not carries.is_elsewhere and runs.family_of(item) == "SMTP" then
    made.holds = insiders.in_carrier(search, group, item)
  end
  table.insert(search.items, made)
end

-- Adds what is carried at the domain of some parts: each item of the families that are opened
-- there.
local function add_carried(search, group, items)
  for _, item in ipairs(items) do
    local family = runs.family_of(item)
    local how, are_alike = openers.how(search.policies, group.carrier, family)
    local is_asked_for = runs.matters_inside(search, item)
    if how and is_asked_for and not item.has_attributes and not item.unseen then
      add_inside(search, group, item, how, are_alike)
    end
  end
end

local function is_carrier(search, part)
  if part.accepted[search.found.carries_nothing] then return false end
  for _, term in ipairs(part.accepted) do
    if search.found.carriers[term.id] then return true end
  end
  return false
end

-- What a part is in, but for what only matters to hosts that read in carriers, and what is in none.
local function told_of(search, part)
  local found = search.found
  return formulas.ids(lists.kept(part.accepted, function(term)
    return found.inside[term.id] ~= "escaped" and not found.said[term.id]
  end))
end

-- One of each class of parts that is told apart by who opens none of them.
local function one_of_each(search, parts)
  local list, seen = {}, {}
  for _, part in ipairs(parts) do
    local told = told_of(search, part)
    if not seen[told] then seen[told], list[#list + 1] = true, part end
  end
  return list
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
  local group_of
  function group_of(class, is_outside)
    local id = (is_outside and "outside " or "") .. tostring(class)
    if not groups[id] then
      groups[id] = { is_outside = is_outside, class = class, all = {} }
      list[#list + 1] = groups[id]
      groups[id].opposite = group_of(class, not is_outside or nil)
    end
    return groups[id]
  end
  for _, item in ipairs(search.items) do
    local part = not item.has_attributes and not item.outer and item.part
    if part and is_carrier(search, part) then
      local group = group_of(part.choice.domain, item.is_outside)
      table.insert(group, part)
      lists.add_all(group.all, item.parts)
      group.opposite.has_others = true
    end
  end
  local found = {}
  for _, group in ipairs(list) do
    if group[1] and set_carrier(group) then
      group.is_mixed = identities.are_told_apart(search, group) or nil
      group.told = one_of_each(search, group)
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

-- The items that a function adds.
local function added_by(search, add, ...)
  local count, items = #search.items, {}
  add(search, ...)
  for i = count + 1, #search.items do items[#items + 1] = search.items[i] end
  return items
end

-- Whether carriers of a family are in a group and opened at once.
local function opens(search, group, family)
  return openers.how(search.policies, group.carrier, family) == "unwrap"
    and look_for(search, group, family).is_any
end

-- Adds what is in carriers of one group inside those of another, which opens carriers, too: what the one
-- opens is as good as what the other does, and so only what that does not open, or has none of.
local function add_between(search, group, other, items)
  for _, item in ipairs(items) do
    local family = runs.family_of(item)
    local how = openers.how(search.policies, other.carrier, family)
    local is_new = how and not opens(search, group, family)
    if (is_new or how == "shell") and not item.has_attributes and not item.unseen then
      local inner = lists.copy(item)
      inner.shell, inner.outer = runs.after(item.shell, shell_at(other.domain)), "SMTP"
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

-- The families of items, as a set; and those of them that are opened in some carrier.
local function set_families(search)
  search.families, search.opens = { SMTP = true, CCMAIL = true, X400 = true }, {}
  for _, item in ipairs(search.items) do search.families[runs.family_of(item)] = true end
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

-- Adds that it cannot be told what gateways of ours make of attributes that carry what they read.
local function leave_attributes(search)
  local is_any = false
  for i, place in ipairs(search.places) do
    if place.is_ours and search.taken[i][1] then
      is_any = true
      table.insert(search.items, mailboxes.unseen(search.taken[i][1],
        ("what is carried in what %s makes of addresses"):format(place.name)))
    end
  end
  if not is_any then return end
  leave_unseen_in(search, "CCMAIL", "what gateways read in what is carried at %s")
end

-- Adds what is signed, and what is carried of that.
local function add_signed(search) each_carried(search, added_by(search, signed.add)) end

-- Whether it matters what an address is at first that comes to the same as another one.
local function are_asked_for(search) return search.asked_for ~= nil or next(search.sets) ~= nil end

-- Adds carriers of some items, and what is signed of these; those of them that are not opened by all policies
-- alike as what is in them.  What all open is told by that, but for what it is at first.
local function add_holders(search, items)
  local carriers = added_by(search, each_carried, items)
  local is_alike = signed.is_opened_alike(search)
  if is_alike and not are_asked_for(search) then return carriers end
  local around = added_by(search, signed.add_around, carriers)
  if is_alike then return carriers end
  lists.add_all(carriers, around)
  lists.add_all(carriers, added_by(search, each_carried, around))
  return carriers
end

-- Adds what gateways of ours read in some holders, and what holds that; so many times.
local function add_gateways(search, holders, rounds)
  for _ = 1, rounds do
    local nested = added_by(search, mailboxes.add_nested, search.taken, holders)
    holders = add_holders(search, nested)
  end
end

-- How often what is in mailboxes and carriers by turns is so in mailboxes again.  What is deeper comes to
-- what this does: a policy goes on with what is inside up to where it does not, which is told by what it is
-- there and what it was at first, if somebody asks for that; two policies may end at two of them.
local function rounds_of(search)
  return are_asked_for(search) and not openers.have_same_gateways(search.policies) and 2 or 1
end

--- Replaces the parts at gateways that can be looked into, and adds what is carried: once with each
-- of them inside, and once inside each of them.
-- @tparam table search
function carried.add(search)
  search.taken = mailboxes.take(search)
  search.groups = groups_of(search)
  set_families(search)
  search.is_nested = search.policies[2] == nil or are_alike(search)
  each_carried(search, lists.copy(search.items))
  add_deep(search)
  add_signed(search)
  local mailed = added_by(search, mailboxes.add, search.taken)
  add_gateways(search, add_holders(search, mailed), rounds_of(search))
  mailboxes.add_endless(search, search.taken, shell_at)
end

--- Adds what is carried of addresses of X.400 with domain-defined attributes, and what gateways of ours read
-- in that.
-- @tparam table search
function carried.add_attributed(search)
  if not search.opens.X400 then return end
  if search.found.looks_into_attributes then
    if not runs.skips_outside(search) then leave_attributes(search) end
    return leave_unseen_in(search, "X400", identities.ATTRIBUTED)
  end
  local items = {}
  for _, item in ipairs(search.items) do items[#items + 1] = item.is_attributed and item or nil end
  search.attributed = added_by(search, function()
    add_gateways(search, add_holders(search, items), rounds_of(search))
  end)
end

return carried
