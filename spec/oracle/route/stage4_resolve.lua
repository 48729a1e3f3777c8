-- Of the oracle: nobody edits it (see ../init.lua).
--- Stage 4: whose address is it?
--
-- It is looked up in the directory as a whole, then without its extension; then
-- the first rewrite that matches is applied and its result looked up again; then
-- the domain's catch-all takes it.  Targets and members go through the same.
-- The ends of all these ways are leaves: mailboxes here, addresses to route, and
-- verdicts.
-- @module spec.oracle.route.stage4_resolve

local core = require "postoffice.core"
local directory = require "spec.oracle.compile.directory"
local domains = require "spec.oracle.compile.domains"
local known = require "postoffice.text.domain".known
local nodes = require "spec.oracle.route.stage4_nodes"
local resolve_unclaimed = require "spec.oracle.route.stage4_unclaimed"
local rewriting = require "spec.oracle.route.stage4_rewrite"
local say = require "spec.oracle.route.trace".teller "resolve"
local verdict = require "spec.oracle.route.verdict"
local write = require "postoffice.address".show

local find, sub = string.find, string.sub
local add_leaf, fail = nodes.add_leaf, nodes.fail

local visit, follow

-- ---- Entries -----------------------------------------------------------------

-- The mailbox of an entry.
local function add_mailbox(routing, node, entry)
  say(routing, entry.declaration, "a mailbox here: %s", entry.name)
  node.address, node.key = entry.primary, entry.key
  return add_leaf(routing, node, nil, entry)
end

-- Goes on to an entry or an address that a declaration names.
local function follow_reference(routing, node, reference)
  local entry = reference.entry
  if not entry then return visit(routing, node, reference.address, reference.key) end
  return follow(routing, nodes.child(node, entry.primary, entry.key), entry)
end

local function follow_target(routing, node, entry)
  local target = entry.target
  if target.key and directory.owns(entry, target.key) then
    say(routing, entry.declaration, "its target is its own proxy %s and ends there",
      target.address)
    node.address, node.key = target.address, target.key
    return add_leaf(routing, node)
  end
  say(routing, entry.declaration, "%s is a custom recipient: goes on to %s", entry.name,
    target.entry and target.entry.name or target.address)
  return follow_reference(routing, node, target)
end

local function follow_members(routing, node, entry)
  if #entry.members == 0 then
    return fail(routing, node, verdict.of("list-empty", entry.name, entry.declaration))
  end
  say(routing, entry.declaration, "%s is a list of %d", entry.name, #entry.members)
  node.owner = entry.owner or node.owner
  for _, member in ipairs(entry.members) do
    if nodes.is_full(routing) then return end
    follow_reference(routing, node, member)
  end
end

local function refuse(routing, node, entry)
  local why = type(entry.refuse) == "string" and entry.refuse or nil
  local failure = verdict.of("recipient-gone", why, entry.declaration)
  return fail(routing, node, failure)
end

-- Follows an entry to its mailbox, target or members.
function follow(routing, node, entry)
  if not nodes.count(routing, node) then return end
  if nodes.is_ancestor(node.parent, "entry", entry) then
    return fail(routing, node, verdict.of("route-loop", nodes.path_to(node), entry.declaration))
  end
  node.entry, node.declaration = entry, entry.declaration
  node.opened, node.home, node.retyped = nil, nil, nil -- the directory speaks for itself
  if routing.ends_at_entries then return add_mailbox(routing, node, entry) end
  if entry.refuse then return refuse(routing, node, entry) end
  if entry.members then return follow_members(routing, node, entry) end
  if entry.target then return follow_target(routing, node, entry) end
  return add_mailbox(routing, node, entry)
end

-- ---- Addresses ---------------------------------------------------------------

-- What separates a mailbox from its extension in the address's domain, if that is ours.
local function separator(routing, node)
  local domain = node.domain
  return domain and (domain.extension or routing.compiled.settings.extension)
end

-- The entry of user+extension without the extension, and the extension.
local function find_without_extension(routing, node)
  local mark = separator(routing, node)
  local at = mark and find(node.address.localpart, mark, 2, true)
  if not at then return nil end
  local base = { type = "SMTP", localpart = sub(node.address.localpart, 1, at - 1),
    domain = node.address.domain }
  local key = known(core.key(base))
  local entry = key and directory.find(routing.compiled.directory, key)
  if entry then return entry, sub(node.address.localpart, at + #mark) end
end

-- The entry that an address finds, or nil.
local function look_up(routing, node)
  local entry = directory.find(routing.compiled.directory, node.key)
  if entry then
    say(routing, entry.declaration, "the directory has %s: %s", node.address, entry.name)
    return entry
  end
  local extension
  entry, extension = find_without_extension(routing, node)
  if entry then
    node.extension = extension
    say(routing, entry.declaration, "the directory has it without the extension %s: %s", extension,
      entry.name)
  end
  return entry
end

local function follow_rewrite(routing, node, made, rewrite, key)
  local passes = node.again or 0
  rewriting.remember(node, rewrite)
  for _, address in ipairs(made) do
    rewriting.remember_type(routing, node, address)
    local failure = rewriting.count_pass(routing, node, rewrite, address, passes)
    if failure then fail(routing, node, failure) else visit(routing, node, address, key) end
  end
end

-- Gives an address to its domain's catch-all; false if there is none.
local function catch_all(routing, node)
  local domain = node.domain
  if not domain or not domain.catchall or node.caught then return false end
  node.caught, node.how, node.declaration = true, "catchall", domain.declaration
  say(routing, domain.declaration, "nobody's; the catch-all of %s takes it", domain.name)
  follow_reference(routing, node, domain.catchall)
  return true
end

-- A node for an address that the node `from` led to; nil if a leaf was added instead.
local function enter(routing, from, address, key)
  local message, code
  if not key then key, message, code = core.key(address) end
  local node = nodes.child(from, address, key)
  if not nodes.count(routing, node) then return nil end
  if not key then return fail(routing, node, verdict.of(code, message, from.declaration)) end
  if nodes.is_ancestor(from, "key", key) then
    return fail(routing, node, verdict.of("route-loop", nodes.path_to(from, write(address)),
      from.declaration))
  end
  node.domain = domains.find(routing.compiled.domains, key)
  if routing.trace and node.domain then routing.trace:use(node.domain.declaration) end
  return node
end

-- Resolves one address that the node `from` led to; its key, as far as it is known.
function visit(routing, from, address, key)
  local node = enter(routing, from, address, key)
  if not node then return end
  local entry = look_up(routing, node)
  if entry then
    if from.how ~= "rewrite" then node.how = node.how or "directory" end
    return follow(routing, node, entry)
  end
  local made, rewrite, failure, made_key = rewriting.apply(routing, node)
  if failure then
    node.declaration = rewrite.declaration
    return fail(routing, node, failure)
  end
  if made then return follow_rewrite(routing, node, made, rewrite, made_key) end
  if catch_all(routing, node) then return end
  if from.depth == 0 then say(routing, nil, "nobody here has it, no rewrite matches") end
  local onward = resolve_unclaimed(routing, node)
  if onward then return visit(routing, node, onward) end
end

--- Resolves an address into `routing.leaves`.
-- @tparam table routing
-- @tparam table address
-- @tparam {table,...}|nil instead what the script put in its place
-- @tparam[opt] table opened the domain that decapsulated it
local function resolve(routing, address, instead, opened)
  local root = nodes.root(opened)
  routing.visits = 0
  if not instead then return visit(routing, root, address) end
  for _, other in ipairs(instead) do visit(routing, root, other) end
end

return resolve
