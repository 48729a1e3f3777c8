--- Changes that are one: the same happens to addresses of many kinds, for the same cause.
--
-- A change of another next hop is seen in all ways to write an address that goes there, by whoever was
-- found on the way, and beside other members of lists.  So what changes in a delivery is what is
-- compared, by its verdict and connector; what does not change is left out, and whatever has been
-- told alone is not told again together.  Of each the witness is told that is the easiest to read.
-- @module postoffice.policy.prove.causes

local kinds = require "postoffice.policy.prove.kinds"
local lists = require "postoffice.lists"

local causes = {}

local concat = table.concat

local NONE = {}

-- ---- What becomes of what ------------------------------------------------------

-- The deliveries of a list that another one does not have, by what makes a text of each.
local function without(list, others, text_of)
  local counts, left = {}, {}
  for _, other in ipairs(others) do
    local text = text_of(other)
    counts[text] = (counts[text] or 0) + 1
  end
  for _, delivery in ipairs(list) do
    local text = text_of(delivery)
    local count = counts[text] or 0
    counts[text] = count - 1
    if count <= 0 then table.insert(left, delivery) end
  end
  return left
end

-- For whom a delivery is, if that does not change.
local function for_whom(delivery)
  return concat({ kinds.shown(delivery.address), kinds.shown(delivery.entry) }, "\t")
end

-- Takes out of a list the first delivery that is for the same, or else the first.
local function take(list, delivery)
  local wanted = for_whom(delivery)
  for i, other in ipairs(list) do
    if for_whom(other) == wanted then return table.remove(list, i) end
  end
  return table.remove(list, 1)
end

-- One by one what becomes of which delivery; of one that is more or less, the other is nil.
local function matched(gone, come)
  local list = {}
  for _, delivery in ipairs(gone) do
    table.insert(list, { old = delivery, new = take(come, delivery) })
  end
  for _, delivery in ipairs(come) do table.insert(list, { new = delivery }) end
  return list
end

-- What becomes of which delivery, as pairs: all may become of one, or one of all.
local function pairs_of(old, new, is_blind)
  local function text_of(delivery) return kinds.text(delivery, is_blind) end
  local gone, come = without(old, new, text_of), without(new, old, text_of)
  if #gone == 1 and come[1] then
    return lists.map(come, function(delivery) return { old = gone[1], new = delivery } end)
  elseif #come == 1 and gone[1] then
    return lists.map(gone, function(delivery) return { old = delivery, new = come[1] } end)
  end
  return matched(gone, come)
end

-- ---- What is another in that ---------------------------------------------------

-- The words and signs of a text.
local function tokens_of(text)
  local list = {}
  for word, sign in text:gmatch "([%w\128-\255]*)([^%w\128-\255]?)" do
    if word ~= "" then table.insert(list, word) end
    if sign ~= "" then table.insert(list, sign) end
  end
  return list
end

-- What is another in two texts, without what both begin and end with.
local function difference(old, new)
  local olds, news = tokens_of(old), tokens_of(new)
  local most, first, last = math.min(#olds, #news), 0, 0
  while first < most and olds[first + 1] == news[first + 1] do first = first + 1 end
  while last < most - first and olds[#olds - last] == news[#news - last] do last = last + 1 end
  return ("%s -> %s"):format(concat(olds, "", first + 1, #olds - last),
    concat(news, "", first + 1, #news - last))
end

-- What carries what two addresses have in common; nil if they have nothing.
local function carriers_of(old, new)
  local layers = kinds.layers(old)
  local old_carriers, new_carriers = kinds.inside(new, layers)
  return old_carriers and old_carriers .. " -> " .. new_carriers
end

-- What is another in two addresses of somebody who is found, which he says; of others, in general.
local function of_addresses(pair, name, witness)
  local old, new = pair.old[name], pair.new[name]
  local carriers = carriers_of(old, new)
  if carriers then return carriers end
  if name == "sender" then
    return difference(kinds.sender_in_general(old, witness), kinds.sender_in_general(new, witness))
  elseif pair.old.entry and pair.new.entry then
    return difference(kinds.shown(old), kinds.shown(new))
  end
  return difference(kinds.in_general(old, witness), kinds.in_general(new, witness))
end

local function both(old, new) return kinds.shown(old) .. " -> " .. kinds.shown(new) end

local function of_types(pair)
  local old, new = pair.old.final, pair.new.final
  return both(old and old.type, new and new.type)
end

-- By the names of fields, what is another in values that are not the same; of other fields, all of them.
local OTHERS = { address = of_addresses, sender = of_addresses, final = of_types }

-- Whether a field is another.
local function differs(name, pair)
  return kinds.compared(pair.old[name]) ~= kinds.compared(pair.new[name])
end

-- What is another in a field; nil if nothing is.
local function other_in(name, pair, witness)
  local old, new = pair.old[name], pair.new[name]
  if not differs(name, pair) then return nil end
  return name .. ": " .. (OTHERS[name] and OTHERS[name](pair, name, witness) or both(old, new))
end

-- What a message comes to, by what.
local function end_of(delivery)
  if delivery.verdict == "deliver" then return "deliver by " .. (delivery.connector or "nobody") end
  return concat({ delivery.verdict, delivery.code or "", delivery.status or "" }, " ")
end

local function are_delivered(pair)
  return pair.old.verdict == "deliver" and pair.new.verdict == "deliver"
end

-- Whether a policy says of an entry what the other does not.
local function is_anew(entry, question) return entry ~= nil and question.is_said_anew(entry) end

-- Whether somebody is found by a rule who was not, or the other way round, or somebody else by another rule: as he
-- is, which matters no more.
local function is_of_finding(pair, question)
  local old, new = pair.old.entry, pair.new.entry
  if old == new or is_anew(old, question) or is_anew(new, question) then return false end
  return not (old and new) or question.rules ~= nil
end

-- What a change of finding is: whom another rule finds does not matter, nor then by what he goes.
local function of_finding(pair, question)
  local is_other = pair.old.entry and pair.new.entry
  return (is_other and pair.old.verdict .. " -> " .. pair.new.verdict
    or end_of(pair.old) .. " -> " .. end_of(pair.new))
    .. "\nfound by rules " .. (question.rules or "")
end

local FIELDS = { "nexthop", "extension", "address", "final" }

-- Those that say what a rule makes of an address, which is other for each.
local MADE = { extension = true, address = true }

-- What changes in a field; what other rules make of an address is told by these.
local function other_by(name, pair, question)
  if MADE[name] and question.rules then
    return differs(name, pair) and "made by " .. question.rules or nil
  end
  return other_in(name, pair, question.witness)
end

-- A delivery that is more or less: for whom other rules find, it does not matter who he is.
local function of_one(delivery, question)
  local entry = delivery.entry
  if question.rules and entry and not is_anew(entry, question) then
    return end_of(delivery) .. "\nfound by rules " .. question.rules
  end
  return kinds.of_delivery(delivery, question.witness, question.is_blind)
end

-- What changes where one delivery becomes another one.
local function cause_of(pair, question)
  local witness = question.witness
  if not pair.old or not pair.new then
    return (pair.old and "less " or "more ") .. of_one(pair.old or pair.new, question)
  end
  if is_of_finding(pair, question) then return of_finding(pair, question) end
  local parts = { end_of(pair.old) .. " -> " .. end_of(pair.new) }
  parts[#parts + 1] = other_in("entry", pair, witness)
  for _, name in ipairs(are_delivered(pair) and FIELDS or NONE) do
    parts[#parts + 1] = other_by(name, pair, question)
  end
  parts[#parts + 1] = not question.is_blind and other_in("sender", pair, witness) or nil
  return concat(parts, "\n")
end

-- All that a change is, each once.
local function causes_of(change, is_said_anew)
  local old, new, found = change.old_deliveries, change.new_deliveries, {}
  local question = {
    witness = kinds.witness(change.recipient, change.envelope.sender),
    is_blind = kinds.differ(old, new, true), is_said_anew = is_said_anew, rules = change.rules,
  }
  for _, pair in ipairs(pairs_of(old, new, question.is_blind)) do
    found[cause_of(pair, question)] = true
  end
  return lists.keys(found)
end

-- ---- Which is told -------------------------------------------------------------

local function size_of(set)
  local size = 0
  for _ in pairs(set) do size = size + 1 end
  return size
end

-- How hard a change is to read, what weighs most first.
local function efforts_of(change)
  local text = change.recipient
  return {
    change.given and 1 or 0, size_of(change.envelope),
    #change.old_deliveries + #change.new_deliveries, text:find "[^%w@.: -]" and 1 or 0, #text,
  }
end

local function is_easier(change, other)
  local mine, theirs = efforts_of(change), efforts_of(other)
  for i, effort in ipairs(mine) do
    if effort ~= theirs[i] then return effort < theirs[i] end
  end
  return false
end

-- The change of some that is told, with the others in it.
local function told(list)
  local best, classes = list[1], 0
  for _, change in ipairs(list) do
    classes = classes + change.classes
    if is_easier(change, best) then best = change end
  end
  local change, others = lists.copy(best), {}
  for _, other in ipairs(list) do
    if other ~= best then table.insert(others, other) end
  end
  change.classes, change.others = classes, others
  return change
end

-- Changes by what they are: groups in the order in which they come, and where each is found.
local function grouped(changes, is_said_anew)
  local groups, by_cause = {}, {}
  for _, change in ipairs(changes) do
    local all = causes_of(change, is_said_anew)
    local text = concat(all, "\n\n")
    local group = by_cause[text]
    if not group then
      group = { causes = all }
      by_cause[text] = group
      table.insert(groups, group)
    end
    table.insert(group, change)
  end
  return groups, by_cause
end

-- The group with which one is told, of several causes that are each told alone: that of the first.
local function told_with(group, by_cause)
  if not group.causes[2] then return group end
  for _, cause in ipairs(group.causes) do
    if not by_cause[cause] then return group end
  end
  return by_cause[group.causes[1]]
end

--- Tells changes together that are one.
-- @tparam {table,...} changes each with `recipient`, `envelope`, `old_deliveries`, `new_deliveries`, `classes`, `given`
--   and `rules`, as `postoffice.policy.prove.changes` finds them
-- @tparam function is_said_anew whether of an entry of some name one policy says what the other does not
-- @treturn {table,...} those that are told, each with `others` that are the same, and the `classes` of all of them
function causes.gather(changes, is_said_anew)
  local groups, by_cause = grouped(changes, is_said_anew)
  local all, order = {}, {}
  for _, group in ipairs(groups) do
    local with = told_with(group, by_cause)
    if not all[with] then
      all[with] = {}
      table.insert(order, with)
    end
    lists.add_all(all[with], group)
  end
  return lists.map(order, function(group) return told(all[group]) end)
end

return causes
