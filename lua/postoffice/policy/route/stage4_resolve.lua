--- Stage 4: whose address is it?
--
-- It is looked up in the directory as a whole, then without its extension; then
-- the first rewrite that matches is applied and its result looked up again; then
-- the domain's catch-all takes it.  Targets and members go through the same.
-- The ends of all these ways are leaves: mailboxes here, addresses to route, and
-- verdicts.
-- @module postoffice.policy.route.stage4_resolve

local circles = require "postoffice.policy.route.stage4_circles"
local copy = require "postoffice.address".copy
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local extension = require "postoffice.policy.route.stage4_extension"
local nodes = require "postoffice.policy.route.stage4_nodes"
local refusal = require "postoffice.policy.route.stage4_restrictions"
local resolve_unclaimed = require "postoffice.policy.route.stage4_unclaimed"
local remote_directory = require "postoffice.policy.route.remote_directory"
local rewriting = require "postoffice.policy.route.stage4_rewrite"
local say = require "postoffice.policy.route.trace".teller "resolve"
local script = require "postoffice.policy.route.calls"
local shell_of = require "postoffice.policy.compile.shells".find
local verdict = require "postoffice.policy.route.verdict"
local write = require "postoffice.address".show

local add_leaf, fail = nodes.add_leaf, nodes.fail

local visit, follow

-- ---- Entries -----------------------------------------------------------------

-- What declared an entry.
local function declared(routing, entry)
  return directory.declaration(routing.compiled.directory, entry)
end

local function name_of(routing, entry) return directory.name(routing.compiled.directory, entry) end

-- Adds a step about an entry to the trace, if there is one: its name is told first.
local function tell(routing, entry, text, a, b)
  if not routing.trace then return end
  say(routing, entry, text, name_of(routing, entry), a, b)
end

-- An address of the directory that cannot be read, as it could be when the directory was made.
local function fail_unread(routing, node, message, code)
  return fail(routing, node, verdict.of(code or "policy-error", message
    or core.message "snapshot-damaged"))
end

-- The mailbox of an entry.
local function add_mailbox(routing, node, entry)
  local address, key, code = directory.primary(routing.compiled.directory, entry)
  if not address then return fail_unread(routing, node, key, code) end
  tell(routing, entry, "a mailbox here: %s")
  node.address, node.key = address, key
  return add_leaf(routing, node, nil, entry)
end

-- Goes on to the entry, or else the address, that a declaration names; `key` is the address's, or
-- why there is none, and `code` that one's.
local function go_on(routing, node, entry, address, key, code)
  if entry then address, key, code = directory.primary(routing.compiled.directory, entry) end
  if not address then return fail_unread(routing, node, key, code) end
  if not entry then return visit(routing, node, address, key) end
  return follow(routing, nodes.child(node, address, key), entry)
end

-- Exchange keeps a target among the proxies (Q157007): it is a mailbox here if its domain is ours, and
-- else goes on.
local function end_at_own(routing, node, entry, address, key)
  local domain = domains.find_of(routing.compiled.domains, address, key)
  local is_local = domain ~= nil and domain.kind == "local"
  if routing.trace then
    say(routing, declared(routing, entry), is_local and "its target is its own proxy %s, in %s: a"
      .. " mailbox here" or "its target is its own proxy %s and ends there", address,
      is_local and domain.name or nil)
  end
  if is_local then return add_mailbox(routing, node, entry) end
  node.address, node.key = address, key
  return add_leaf(routing, node)
end

-- Its own name among an entry's targets is its mailbox, as in Postfix's `info info, fwd@ext`.
local function end_at_itself(routing, node, entry)
  tell(routing, entry, "%s is its own target: a mailbox here")
  return add_mailbox(routing, nodes.child(node, node.address, node.key), entry)
end

-- Follows one target of an entry: an entry or an address, as `directory.target` returns them.
local function follow_way(routing, node, entry, target, address, key, code)
  if target == entry then return end_at_itself(routing, node, entry) end
  if address and directory.owns(routing.compiled.directory, entry, key) then
    return end_at_own(routing, nodes.child(node, node.address, node.key), entry, address, key)
  end
  if address then
    address, key, code = extension.propagate(routing, node, entry, address, key)
  end
  tell(routing, entry, "%s is a custom recipient: goes on to %s",
    target and name_of(routing, target) or address or "nothing")
  return go_on(routing, node, target, address, key, code)
end

local function follow_target(routing, node, entry)
  return follow_way(routing, node, entry, directory.target(routing.compiled.directory, entry))
end

-- An entry with several targets, or that is a mailbox here, too.
local function follow_targets(routing, node, entry)
  local entries = routing.compiled.directory
  if not circles.is_first(routing, node, entry) then return end
  if directory.is_kept(entries, entry) then
    tell(routing, entry, "%s keeps a copy")
    add_mailbox(routing, nodes.child(node, node.address, node.key), entry)
  end
  for i = 1, directory.member_count(entries, entry) do
    if routing.is_over then return end
    follow_way(routing, node, entry, directory.member(entries, entry, i))
  end
end

local function follow_members(routing, node, entry)
  local entries = routing.compiled.directory
  local count = directory.member_count(entries, entry)
  if count == 0 then
    return fail(routing, node, verdict.of("list-empty",
      ("%s has no members; add some, or refuse its mail"):format(name_of(routing, entry)),
      declared(routing, entry)))
  end
  node.owner = directory.owner(entries, entry) or node.owner
  if not circles.is_first(routing, node, entry) then return end
  tell(routing, entry, "%s is a list of %d", count)
  script.add_members(routing, count)
  for i = 1, count do
    if routing.is_over then return end
    go_on(routing, node, directory.member(entries, entry, i))
  end
end

local function refuse(routing, node, entry)
  local why = directory.refusal(routing.compiled.directory, entry)
  return fail(routing, node, verdict.worded("recipient-gone", why, declared(routing, entry)))
end

-- Ends the way of a node where the host could not say who has an address that was looked for, unless
-- it does not matter; whether it did.
local function is_unanswered(routing, node, entry)
  local failure = remote_directory.failure(routing, entry)
  if failure then fail(routing, node, failure) end
  return failure ~= nil
end

-- Whether an entry's restrictions end the way of a node.
local function is_refused(routing, node, entry)
  if not routing.compiled.restrictions then return false end
  local failure = refusal(routing, node, entry)
  if routing.unanswered and is_unanswered(routing, node) then return true end -- the sender's
  if failure then nodes.restrict(routing, node, failure) end
  return failure ~= nil
end

-- By what an entry is, what becomes of its mail.
local FOLLOW = {
  refused = refuse, list = follow_members, target = follow_target, targets = follow_targets,
  mailbox = add_mailbox,
}

-- What an entry is followed as: where entries are what is asked for, as a mailbox; where one next hop
-- is, whoever is several likewise.
local function followed_as(routing, entry)
  if routing.ends_at_entries then return "mailbox" end
  local kind = directory.kind(routing.compiled.directory, entry)
  local is_several = kind == "list" or kind == "targets"
  return routing.ends_at_several and is_several and "mailbox" or kind
end

-- Follows an entry to its mailbox, target or members.
function follow(routing, node, entry)
  if not nodes.is_near(routing, node) then return end
  if nodes.is_ancestor(node.parent, "entry", entry) then
    return circles.close(routing, node, node.parent, "entry", entry, nodes.path_to(node),
      declared(routing, entry))
  end
  node.entry, node.declaration = entry, nil
  node.opened, node.home, node.retyped = nil, nil, nil -- the directory speaks for itself
  if is_refused(routing, node, entry) then return end
  return FOLLOW[followed_as(routing, entry)](routing, node, entry)
end

-- What a node is by: a declaration, or that of the entry it came to.
local function declaration_of(routing, node)
  return node.declaration or node.entry and declared(routing, node.entry)
end

-- ---- Addresses ---------------------------------------------------------------

-- The entry of a cc:Mail name without a post office, which is unique in its directory (Q197255,
-- Q184052).
local function find_bare(routing, node)
  if node.address.type ~= "CCMAIL" or node.address.postoffice then return nil end
  local entry = directory.find_bare(routing.compiled.directory, node.key)
  if not entry then return nil end
  node.how = "name"
  if routing.trace then
    say(routing, declared(routing, entry), "the one cc:Mail mailbox of that name is %s's",
      name_of(routing, entry))
  end
  return entry
end

-- The entry that an address finds, or nil.
local function look_up(routing, node)
  local entry = directory.find(routing.compiled.directory, node.key)
  if entry then
    if routing.trace then
      say(routing, entry, "the directory has %s: %s", node.address, name_of(routing, entry))
    end
    return entry
  end
  entry = extension.find(routing, node)
  if entry and routing.trace then
    say(routing, declared(routing, entry), "the directory has it without the extension %s: %s",
      node.extension, name_of(routing, entry))
  end
  return entry or find_bare(routing, node)
end

local function follow_rewrite(routing, node, made, rewrite, key)
  local passes = node.again or 0
  rewriting.remember(node, rewrite)
  for _, address in ipairs(made) do
    if routing.is_over then return end
    rewriting.remember_type(routing, node, address)
    local failure = rewriting.count_pass(routing, node, rewrite, address, passes)
    if failure then fail(routing, node, failure) else visit(routing, node, address, key) end
  end
end

-- Gives an address to its domain's catch-all, which is remembered if no entry led to it; false if there
-- is none.
local function catch_all(routing, node)
  local domain = node.domain
  if not domain or not domain.catchall or node.caught then return false end
  if shell_of(routing.compiled.shells, node.address) then return false end -- it is a connector's
  node.caught, node.how, node.declaration = true, "catchall", domain.declaration
  if not node.entry then routing.caught = domain end
  node.opened, node.home, node.retyped = nil, nil, nil -- it is as the directory's own
  say(routing, domain.declaration, "nobody's; the catch-all of %s takes it", domain.name)
  local catchall = domain.catchall
  go_on(routing, node, catchall.entry, catchall.address and copy(catchall.address), catchall.key)
  return true
end

-- The custom recipient whose target an address is (Q157007), if no entry led to it.  Its mail goes
-- the same way, if its restrictions let it; where entries are what is asked for, it is the recipient's.
local function find_by_target(routing, node)
  if node.entry then return nil end
  local entry = directory.find_target(routing.compiled.directory, node.key)
  if not entry then return nil end
  nodes.name(routing, node, entry)
  node.how = node.how or "target"
  if routing.trace then
    say(routing, declared(routing, entry), "it is the target of %s", name_of(routing, entry))
  end
  return entry
end

-- A node for an address that the node `from` led to; nil if a leaf was added instead.
local function enter(routing, from, address, key)
  local message, code
  if not key then key, message, code = core.key(address) end
  local node = nodes.child(from, address, key)
  if not nodes.is_near(routing, node) then return nil end
  if not key then
    return fail(routing, node, verdict.of(code, message, declaration_of(routing, from)))
  end
  if nodes.is_ancestor(from, "key", key) then
    return circles.close(routing, node, from, "key", key, nodes.path_to(from, write(address)),
      declaration_of(routing, from))
  end
  node.domain = domains.find_of(routing.compiled.domains, address, key)
  if routing.trace and node.domain then routing.trace:use(node.domain.declaration) end
  return node
end

-- Resolves one address that the node `from` led to; its key, as far as it is known.
function visit(routing, from, address, key)
  local node = enter(routing, from, address, key)
  if not node then return end
  local entry = look_up(routing, node)
  if routing.unanswered and is_unanswered(routing, node, entry) then return end
  if entry then
    node.how = node.how or "directory"
    return follow(routing, node, entry)
  end
  local made, rewrite, failure, made_key = rewriting.apply(routing, node)
  if failure then
    node.declaration = rewrite.declaration
    return fail(routing, node, failure)
  end
  if made then return follow_rewrite(routing, node, made, rewrite, made_key) end
  if catch_all(routing, node) then return end
  if from.depth == 0 then
    say(routing, nil, rewrite and "nobody here has it" or "nobody here has it, no rewrite matches")
  end
  entry = find_by_target(routing, node)
  if routing.unanswered and is_unanswered(routing, node, entry) then return end
  if entry and is_refused(routing, node, entry) then return end
  if entry and routing.ends_at_entries then
    node.entry = entry
    return add_mailbox(routing, node, entry)
  end
  local onward = resolve_unclaimed(routing, node)
  if onward then return visit(routing, node, onward) end
end

-- Resolves an address, or what the script put in its place, below a root.
local function resolve_below(routing, root, address, instead, key)
  routing.circle, routing.is_reached = nil, false
  if instead then
    for _, other in ipairs(instead) do visit(routing, root, other) end
  else
    visit(routing, root, address, key)
  end
  local circle = routing.circle
  if circle and not routing.is_reached and (root.depth == 0 or not routing.leaves[1]) then
    routing.circles = nil
    fail(routing, circle.node, circle.failure)
  end
end

-- The same where the policy says how many a recipient may become: those that are more become none.
local function resolve_bounded(routing, root, address, instead, key, most)
  local before = nodes.set_aside(routing, most)
  resolve_below(routing, root, address, instead, key)
  local leaves, is_over = nodes.give_back(routing, before)
  if is_over then
    return fail(routing, nodes.child(root, address, core.key(address)),
      verdict.of("expansion-limit", ("more than the %d that max_recipients allows"):format(most)))
  end
  for _, leaf in ipairs(leaves) do nodes.add(routing, leaf) end
end

--- Resolves an address into `routing.leaves`.
-- @tparam table routing
-- @tparam table address
-- @tparam {table,...}|nil instead what the script put in its place
-- @tparam[opt] table opened the domain that decapsulated it
-- @tparam[opt] string key the address's, as far as it is known
-- @tparam[opt] table from the node that led to it, where a way goes on that restrictions ended
local function resolve(routing, address, instead, opened, key, from)
  local most = routing.compiled.settings.max_recipients
  local root = from or nodes.root(opened)
  routing.followed = from and {} -- a list may have led there
  if most then return resolve_bounded(routing, root, address, instead, key, most) end
  return resolve_below(routing, root, address, instead, key)
end

return resolve
