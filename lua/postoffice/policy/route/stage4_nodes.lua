--- Stage 4: the nodes that an address is resolved by, and the leaves it ends in.
--
-- A node is one address on the way from the recipient to a leaf.  Its parents are
-- the path to it, and it inherits what was found out about them.
-- @module postoffice.policy.route.stage4_nodes

local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local rewrites = require "postoffice.policy.compile.rewrites"
local say = require "postoffice.policy.route.trace".teller "resolve"
local verdict = require "postoffice.policy.route.verdict"
local write = require "postoffice.address".show

local nodes = {}

--- How many targets, lists, rewrites and gateways an address may go through, one after the other.
nodes.MAX_DEPTH = 32


local ROOT = { depth = 0 }

--- The node that everything begins with; it is never changed.
-- @tparam[opt] table opened the domain that decapsulated the address
-- @treturn table
function nodes.root(opened)
  if not opened then return ROOT end
  return { depth = 0, opened = opened, how = "unwrapped" }
end

--- A node below another.  It has the 16 fields that fit into one table's size.
-- @tparam table parent
-- @tparam table address
-- @tparam string key the address's key
-- @treturn table
function nodes.child(parent, address, key)
  return {
    parent = parent, address = address, key = key, depth = parent.depth + 1,
    entry = parent.entry, extension = parent.extension, owner = parent.owner,
    opened = parent.opened, home = parent.home, retyped = parent.retyped, again = parent.again,
    declaration = parent.declaration, how = parent.how, caught = parent.caught,
    fired = nil, domain = nil,
  }
end

--- Whether a node or one of its ancestors has a value in a field.
-- @tparam table|nil node
-- @tparam string field
-- @param value
-- @treturn boolean
function nodes.is_ancestor(node, field, value)
  while node do
    if node[field] == value then return true end
    node = node.parent
  end
  return false
end

--- The addresses on the path to a node, for the message about a loop.
-- @tparam table node
-- @tparam[opt] string last what comes after it
-- @treturn string
function nodes.path_to(node, last)
  local texts = { last }
  while node and node.address do
    table.insert(texts, 1, write(node.address))
    node = node.parent
  end
  return table.concat(texts, " > ")
end

-- Whether an entry sends mail to several, of whom one may fail while the others have it.
local function is_spread(entries, entry)
  local kind = directory.kind(entries, entry)
  return kind == "list" or kind == "targets"
    and (directory.is_kept(entries, entry) or directory.member_count(entries, entry) > 1)
end

-- The names of the entries that led to a node's own, the first one first, or nil; and whether a list,
-- or an entry with several targets or a copy of its own, is what it is reached by.
local function way_to(routing, node)
  local entries, last, via, member = routing.compiled.directory, nil, nil, nil
  local own, spreads = node.entry, routing.followed -- if any was
  node = node.parent
  while node do
    local entry = node.entry
    if entry and entry ~= last then
      member = member or spreads and is_spread(entries, entry) or nil
      if entry ~= own then
        via = via or {}
        table.insert(via, 1, directory.name(entries, entry))
      end
      last = entry
    end
    node = node.parent
  end
  return via, member
end

-- The entry that a node or one of its ancestors was told to be the target of, or nil.
local function named(node)
  while node do
    if node.named then return node.named end
    node = node.parent
  end
end

-- Whether an entry, a catch-all or a rewrite of ours sent mail on to a node, and not to the very
-- address that it came to.
local function is_sent_on(node)
  local key, by_us = node.key, node.entry or node.caught
  while node.depth > 1 do
    node = node.parent
    by_us = by_us or node.fired
  end
  return by_us ~= nil and node.key ~= key
end

-- Whether a node's address stands in the policy, whatever the address was that led to it: it is a
-- catch-all's, or a rewrite made it that captures nothing; or rewrites turned one of these into it.
local function is_fixed(node)
  node = node.parent
  while node.depth > 0 do
    local rewrite = node.fired
    if rewrite then
      if rewrites.is_fixed(rewrite) then return true end
      if rewrites.is_scripted(rewrite) then return false end
    elseif node.caught and not node.parent.caught then
      return true
    end
    node = node.parent
  end
  return false
end

local function new_leaf(routing, node, failure, mailbox)
  local entry, via, member, is_named = node.entry, nil, nil, nil
  if entry then
    via, member = way_to(routing, node)
  elseif routing.has_named then
    entry = named(node)
    is_named = entry ~= nil
  end
  return { -- all fields, so that the table is made in its final size
    address = node.address, key = node.key,
    entry = entry and directory.name(routing.compiled.directory, entry),
    extension = node.extension, owner = node.owner, opened = node.opened, retyped = node.retyped,
    how = node.how, recipient = routing.recipient, failure = failure, mailbox = mailbox,
    budget = routing.budget, also = nil, via = via, member = member, is_named = is_named,
    sent_on = is_sent_on(node), returns = nil,
    fixed = routing.compiled.shells and is_fixed(node),
  }
end

--- The key of a leaf's address; false stands for one that is made when somebody asks for it.
-- @tparam table leaf
-- @treturn string|nil
function nodes.key_of(leaf)
  if leaf.key == false then leaf.key = core.key(leaf.address) end
  return leaf.key
end

--- Remembers that an address is the target of an entry, which did not lead to it.
-- @tparam table routing
-- @tparam table node
-- @tparam number entry
function nodes.name(routing, node, entry) routing.has_named, node.named = true, entry end

--- What tells extensions apart, as keys tell local parts: not by capitals.
-- @tparam string extension
-- @treturn string
function nodes.extension_key(extension)
  return core.key { type = "SMTP", localpart = extension, domain = "x" } or extension
end

-- What tells mailboxes of one name apart; elsewhere nobody sees an extension that does not go on.
local function told_apart(leaf)
  return leaf.mailbox and leaf.extension and nodes.extension_key(leaf.extension) or ""
end

-- What two leaves have in common if they are one mailbox; or, of one recipient, one failure.
local function identity(leaf)
  local failure = leaf.failure
  return table.concat({
    failure and failure.code or "", failure and leaf.recipient or "", nodes.key_of(leaf) or "",
    told_apart(leaf), leaf.opened and "opened" or "", leaf.retyped and "retyped" or "",
  }, "\0")
end

-- The leaf before this one that is the same mailbox, or nil.  Most routings have one leaf only,
-- whose identity nobody asks for.
local function reached_before(routing, leaf)
  local first = routing.first_leaf
  local reached = routing.reached or { [identity(first)] = first }
  local id = identity(leaf)
  local same = reached[id]
  routing.reached, reached[id] = reached, same or leaf
  return same
end

-- What two ways to one address have in common: only what all of them sent on is signed, and what one
-- of them sent on may go back by the connector that it arrived by.
local function merge_sent_on(same, leaf)
  same.returns = same.returns or leaf.returns or not same.sent_on ~= not leaf.sent_on
  if not leaf.sent_on then same.sent_on = nil end
end

local NOBODY = {}

-- Remembers of a leaf that another recipient came to the same.
local function add_also(leaf, recipient)
  local also = leaf.also or {}
  if also[#also] ~= recipient then table.insert(also, recipient) end
  leaf.also = also
end

-- What a leaf says of the one before it that is the same: a mailbox reached in two ways gets one
-- copy, from the original sender if at least one of them is not through a list with an owner, and
-- unsigned if nobody sent it on; what is not reached by a list alone is no member's.
local function merge(routing, same, leaf)
  if not leaf.owner then same.owner = nil end
  merge_sent_on(same, leaf)
  if leaf.entry and not leaf.is_named then -- what an entry leads to may go where it leads
    same.entry, same.is_named = same.entry or leaf.entry, nil
  end
  same.fixed = same.fixed or leaf.fixed
  if same.recipient ~= leaf.recipient then return add_also(same, leaf.recipient) end
  if not leaf.member then same.member = nil end
  for _, other in ipairs(leaf.also or NOBODY) do add_also(same, other) end
  say(routing, nil, "%s is reached already", leaf.address)
end

--- Adds a leaf, unless one before it is the same.
-- @tparam table routing
-- @tparam table leaf
function nodes.add(routing, leaf)
  local leaves, same = routing.leaves, false
  routing.is_reached = true
  if routing.first_leaf then same = reached_before(routing, leaf) else routing.first_leaf = leaf end
  if same then return merge(routing, same, leaf) end
  leaves[#leaves + 1] = leaf
  routing.is_over = #leaves > (routing.most or #leaves)
end

--- Adds the leaf of an address that was signed: it goes there and nowhere else, whatever the
-- directory and the rewrites would make of it.
-- @tparam table routing
-- @tparam table address
function nodes.add_signed(routing, address)
  nodes.add(routing, {
    recipient = routing.recipient, address = address, key = false, how = "signed",
    budget = routing.budget, sent_on = true,
  })
end

--- Sets aside the leaves of the recipients before one that may become `most` at most: `is_over` says
-- that it has become more.
-- @tparam table routing
-- @tparam number most
-- @treturn table for `nodes.give_back`
function nodes.set_aside(routing, most)
  local before = {
    leaves = routing.leaves, first_leaf = routing.first_leaf, reached = routing.reached,
  }
  routing.leaves, routing.first_leaf, routing.reached, routing.most = {}, false, false, most
  return before
end

--- Goes back to the leaves before.
-- @tparam table routing
-- @tparam table before
-- @treturn {table,...} the leaves since, which are in no routing
-- @treturn boolean whether they are too many, and some are missing
function nodes.give_back(routing, before)
  local since, is_over = routing.leaves, routing.is_over
  routing.leaves, routing.first_leaf = before.leaves, before.first_leaf
  routing.reached, routing.most, routing.is_over = before.reached, nil, false
  return since, is_over
end

--- Makes a node a leaf, with the address and key that the node has now.
-- @tparam table routing
-- @tparam table node
-- @tparam[opt] table failure a verdict
-- @tparam[opt] number mailbox the entry whose mailbox it is
function nodes.add_leaf(routing, node, failure, mailbox)
  return nodes.add(routing, new_leaf(routing, node, failure, mailbox))
end

--- Makes a node a leaf that failed by an entry's restrictions.  It is the envelope that decided, be
-- it by a fact that it lacks: with another one, the way goes on from here.
-- @tparam table routing
-- @tparam table node
-- @tparam table failure a verdict
function nodes.restrict(routing, node, failure)
  local leaf = new_leaf(routing, node, failure)
  leaf.restricted_at = node.parent
  say(routing, nil, "%s: %s", failure.code, failure.detail)
  return nodes.add(routing, leaf)
end

--- Makes a node a leaf that failed.
-- @tparam table routing
-- @tparam table node
-- @tparam table failure a verdict
function nodes.fail(routing, node, failure)
  say(routing, nil, "%s: %s", failure.code or failure.verdict,
    failure.detail or failure.message or "")
  return nodes.add_leaf(routing, node, failure)
end

--- Whether a node is no further from the recipient than a way may be long; if not, a leaf says so.
-- @tparam table routing
-- @tparam table node
-- @treturn boolean
function nodes.is_near(routing, node)
  if node.depth <= nodes.MAX_DEPTH then return true end
  nodes.fail(routing, node,
    verdict.of("route-loop", ("goes on for more than %d steps"):format(nodes.MAX_DEPTH)))
  return false
end

return nodes
