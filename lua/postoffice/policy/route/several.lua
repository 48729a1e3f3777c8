--- The recipients of one routing: those that were resolved before, and those that ask side by side.
-- @module postoffice.policy.route.several

local asks = require "postoffice.policy.route.asks"
local copy = require "postoffice.lists".copy
local nodes = require "postoffice.policy.route.stage4_nodes"
local remote_directory = require "postoffice.policy.route.remote_directory"
local resolve = require "postoffice.policy.route.stage4_resolve"
local waves = require "postoffice.policy.route.waves"
local way = require "postoffice.policy.route.way"

local several = {}

local add_leaf, key_of = nodes.add, nodes.key_of
local begin_recipient, deliver, resolve_one = way.begin, way.deliver, way.resolve

-- ---- One recipient of several -------------------------------------------------

-- A routing for one of the recipients of another.
local function branch(routing)
  local one = copy(routing)
  one.leaves, one.first_leaf, one.reached = {}, false, false
  remote_directory.attach_copy(one)
  return one
end

-- Adds a leaf that was resolved before, or beside the others.
local function adopt(routing, leaf)
  if leaf.is_alone then
    table.insert(routing.leaves, leaf)
  else
    add_leaf(routing, leaf)
  end
end

-- Whether a leaf is what another was before: the same address, the same entry, or anything.
local SAME = {
  function(leaf, other) return key_of(leaf) ~= nil and key_of(leaf) == key_of(other) end,
  function(leaf, other) return leaf.entry ~= nil and leaf.entry == other.entry end,
  function() return true end,
}

-- Adds those of some leaves that come nearest to one.
local function add_same(routing, leaves, leaf)
  for _, is_same in ipairs(SAME) do
    local found = false
    for _, other in ipairs(leaves) do
      if is_same(leaf, other) then
        found = true
        adopt(routing, other)
      end
    end
    if found then return end
  end
end

-- What a recipient becomes now, once for all of its leaves that were resolved before.
local function leaves_now(routing, recipient)
  local known = routing.again[recipient]
  if known then return known end
  local own = branch(routing)
  resolve_one(own, recipient)
  routing.again[recipient] = own.leaves
  return own.leaves
end

-- What an earlier revision resolved begins again, or an alias that is a tombstone by now would be
-- served.  Of a list, only who was resolved gets it: others have items of their own.
local function resolve_later(routing, leaf)
  return add_same(routing, leaves_now(routing, leaf.recipient), leaf)
end

-- What another policy resolved is resolved anew: its entries are numbers here.  What was opened
-- begins again, or the mark would be lost that keeps it from leaving (`relaying`).
local function resolve_again(routing, leaf)
  local before, now = leaf.compiled.lineage, routing.compiled.lineage
  if before and before == now then return resolve_later(routing, leaf) end
  local begins = leaf.opened or leaf.retyped or leaf.how == "signed" or not leaf.address
  return resolve_one(routing, begins and leaf.recipient or leaf.address)
end

-- Adds what was resolved before, as a leaf of this routing's own; what restrictions ended is decided
-- anew: it may reach whom others have reached.
local function resume_item(routing, leaf)
  if leaf.restricted_at then
    begin_recipient(routing, leaf.recipient)
    return resolve(routing, leaf.address, nil, nil, leaf.key, leaf.restricted_at)
  end
  local own = copy(leaf)
  own.also = leaf.also and copy(leaf.also)
  own.budget, own.is_kept = nil, true -- the budget is the one that it was resolved with
  return adopt(routing, own)
end

-- Adds the leaves of a recipient, which may have been resolved before.
local function resolve_item(routing, what, resolved)
  local leaf = resolved and resolved[what]
  if not leaf then return resolve_one(routing, what) end
  if leaf.compiled ~= routing.compiled then return resolve_again(routing, leaf) end
  return resume_item(routing, leaf)
end

-- ---- Several recipients side by side ------------------------------------------

-- Whether what several recipients ask can be asked at once.
local function is_many(routing, recipients)
  return recipients[2] ~= nil and routing.scripted and not routing.trace and asks.are_many(routing)
end

-- Whether a recipient was resolved before by what is not this revision.
local function is_earlier(routing, recipients, resolved)
  for _, what in ipairs(recipients) do
    local leaf = resolved and resolved[what]
    if leaf and leaf.compiled ~= routing.compiled then return true end
  end
  return false
end

-- Resolves recipients side by side; their leaves come in the recipients' order.
local function resolve_side_by_side(routing, recipients, resolved)
  routing.answers = routing.answers or asks.new()
  local branches = {}
  for i, what in ipairs(recipients) do
    branches[i] = branch(routing)
    branches[i].what, branches[i].in_wave = what, true
  end
  waves.run(branches, function(one) return resolve_item(one, one.what, resolved) end)
  for _, one in ipairs(branches) do
    for _, leaf in ipairs(one.leaves) do adopt(routing, leaf) end
  end
end

-- Makes each leaf its delivery; those of one recipient, who share a budget, one after the other.
local function deliver_side_by_side(routing)
  local leaves, branches, by_budget = routing.leaves, {}, {}
  for i, leaf in ipairs(leaves) do
    local one = by_budget[leaf.budget or leaf]
    if not one then
      one = branch(routing)
      one.in_wave = true
      one.places, by_budget[leaf.budget or leaf] = {}, one
      branches[#branches + 1] = one
    end
    table.insert(one.places, i)
  end
  waves.run(branches, function(one)
    for _, i in ipairs(one.places) do leaves[i] = deliver(one, leaves[i]) end
  end)
  return leaves
end

--- Stages 1 to 4 for several recipients.
-- @tparam table routing
-- @tparam {string|table,...} recipients
-- @tparam[opt] table resolved the leaves of those that were resolved before, each with what was
--   `compiled` of the policy that did
function several.resolve(routing, recipients, resolved)
  local begins_again = is_earlier(routing, recipients, resolved)
  if not begins_again and is_many(routing, recipients) then
    return resolve_side_by_side(routing, recipients, resolved)
  end
  routing.again = begins_again and {} or nil
  for _, what in ipairs(recipients) do resolve_item(routing, what, resolved) end
end

--- Stages 5 and 6 for all leaves of a routing.
-- @tparam table routing
-- @treturn {table,...} deliveries
function several.deliver(routing)
  local leaves = routing.leaves
  if is_many(routing, leaves) then return deliver_side_by_side(routing) end
  for i = 1, #leaves do leaves[i] = deliver(routing, leaves[i]) end -- each becomes its delivery
  return leaves
end

return several
