--- Stage 4: whose address is it?
--
-- It is looked up in the directory as a whole, then without its extension; then
-- the first rewrite that matches is applied and its result looked up again; then
-- the domain's catch-all takes it.  Targets and members go through the same.
-- The ends of all these ways are leaves: mailboxes here, addresses to route, and
-- verdicts.
-- @module postoffice.policy.route.stage4_resolve

local core = require "postoffice.core"
local shown = require "postoffice.policy.language.describe".shown
local addresses_of = require "postoffice.policy.route.stage3_recipient".addresses_of
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local lists = require "postoffice.lists"
local postoffices = require "postoffice.policy.compile.postoffices"
local relaying = require "postoffice.policy.route.relaying"
local rewrites = require "postoffice.policy.compile.rewrites"
local script = require "postoffice.policy.route.calls"
local verdict = require "postoffice.policy.route.verdict"
local write = require "postoffice.address".show

local find, lower, sub = string.find, string.lower, string.sub

local MAX_VISITS = 1000 -- that one recipient may expand to, as Postfix's expansion limit
local MAX_DEPTH = 32 -- targets, lists and rewrites one after the other
local MAX_AGAIN = 10 -- PMDF's counter: passes that make an address no shorter

local visit

local function say(routing, text, declaration, ...)
  if routing.trace then routing.trace:say("resolve", text:format(...), declaration) end
end

-- A node is one address on the way from the recipient to a leaf.  Its parents are
-- the path to it, and it inherits what was found out about them.
local function child(parent, address, key)
  return {
    parent = parent, address = address, key = key, depth = parent.depth + 1,
    entry = parent.entry, extension = parent.extension, owner = parent.owner,
    opened = parent.opened, fired = parent.fired, again = parent.again,
    declaration = parent.declaration, how = parent.how, caught = parent.caught,
    domain = nil, followed = nil,
  }
end

-- What two leaves have in common if they are one mailbox.
local function identity(node, leaf)
  return table.concat({
    leaf.failure and leaf.failure.code or "", leaf.key or node.key or "", node.extension or "",
    node.opened and "opened" or "",
  }, "\0")
end

-- Makes a node a leaf.  Deduplicates: a mailbox reached in two ways gets one copy,
-- from the original sender if at least one of them is not through a list with an
-- owner.
local function add_leaf(routing, node, leaf)
  local id = identity(node, leaf)
  local same = routing.reached[id]
  if same then
    if not node.owner then same.owner = nil end
    if same.recipient ~= routing.recipient and not leaf.failure then
      same.also = same.also or {}
      table.insert(same.also, routing.recipient)
      return
    elseif same.recipient == routing.recipient then
      say(routing, "%s is reached already", nil, write(leaf.address or node.address))
      return
    end
  end
  routing.reached[id] = same or leaf
  leaf.address, leaf.key = leaf.address or node.address, leaf.key or node.key
  leaf.entry, leaf.extension, leaf.owner = node.entry, node.extension, node.owner
  leaf.opened, leaf.how, leaf.recipient = node.opened, node.how, routing.recipient
  routing.leaves[#routing.leaves + 1] = leaf
end

local function fail(routing, node, failure)
  say(routing, "%s: %s", nil, failure.code or failure.verdict,
    failure.detail or failure.message or "")
  return add_leaf(routing, node, { failure = failure })
end

-- The addresses on the path to a node, for the message about a loop.
local function path_to(node, last)
  local texts = { last }
  while node and node.address do
    table.insert(texts, 1, write(node.address))
    node = node.parent
  end
  return table.concat(texts, " > ")
end

local function is_ancestor(node, field, value)
  while node do
    if node[field] == value then return true end
    node = node.parent
  end
  return false
end

-- The mailbox of an entry.
local function add_mailbox(routing, node, entry)
  say(routing, "a mailbox here: %s", entry.declaration, entry.name)
  return add_leaf(routing, node, {
    mailbox = entry, address = entry.primary, key = core.key(entry.primary),
    declaration = entry.declaration,
  })
end

local follow

local function follow_reference(routing, node, reference)
  if not reference.entry then return visit(routing, reference.address, node) end
  local primary = reference.entry.primary
  return follow(routing, child(node, primary, core.key(primary)), reference.entry)
end

local function follow_target(routing, node, entry)
  local target = entry.target
  if target.key and directory.owns(entry, target.key) then
    say(routing, "its target is its own proxy %s and ends there", entry.declaration,
      write(target.address))
    return add_leaf(routing, node, {
      address = target.address, key = target.key, declaration = entry.declaration,
    })
  end
  say(routing, "%s is a custom recipient: goes on to %s", entry.declaration, entry.name,
    target.entry and target.entry.name or write(target.address))
  return follow_reference(routing, node, target)
end

local function follow_members(routing, node, entry)
  if #entry.members == 0 then
    return fail(routing, node, verdict.of("list-empty", entry.name, entry.declaration))
  end
  say(routing, "%s is a list of %d", entry.declaration, entry.name, #entry.members)
  node.owner = entry.owner or node.owner
  for _, member in ipairs(entry.members) do
    if routing.visits > MAX_VISITS then return end
    follow_reference(routing, node, member)
  end
end

local function refuse(routing, node, entry)
  local failure = verdict.of("recipient-gone", nil, entry.declaration)
  if type(entry.refuse) == "string" then failure.detail = entry.refuse end
  return fail(routing, node, failure)
end

-- Whether the limits allow one more node; if not, adds a leaf that says so.
local function bounded(routing, node)
  routing.visits = routing.visits + 1
  if routing.visits == MAX_VISITS + 1 then
    fail(routing, node, verdict.of("expansion-limit", ("%d addresses and more"):format(MAX_VISITS)))
  elseif node.depth > MAX_DEPTH then
    fail(routing, node, verdict.of("route-loop",
      ("goes on for more than %d steps"):format(MAX_DEPTH)))
  end
  return routing.visits <= MAX_VISITS and node.depth <= MAX_DEPTH
end

-- Follows an entry to its mailbox, target or members.
function follow(routing, node, entry)
  if not bounded(routing, node) then return end
  if is_ancestor(node.parent, "followed", entry) then
    return fail(routing, node, verdict.of("route-loop", path_to(node), entry.declaration))
  end
  node.followed, node.entry, node.declaration = entry, entry.name, entry.declaration
  node.opened = nil -- the directory speaks for itself
  if routing.ends_at_entries then return add_mailbox(routing, node, entry) end
  if entry.refuse then return refuse(routing, node, entry) end
  if entry.members then return follow_members(routing, node, entry) end
  if entry.target then return follow_target(routing, node, entry) end
  return add_mailbox(routing, node, entry)
end

-- What separates a mailbox from its extension in the address's domain, if that is ours.
local function separator(routing, node)
  local domain = node.domain
  return domain and (domain.extension or routing.compiled.settings.extension)
end

-- The entry of user+extension without the extension.
local function find_without_extension(routing, node)
  local mark = separator(routing, node)
  local at = mark and find(node.address.localpart, mark, 2, true)
  if not at then return nil end
  local base = { type = "SMTP", localpart = sub(node.address.localpart, 1, at - 1),
    domain = node.address.domain }
  local key = core.key(base)
  local entry = key and directory.find(routing.compiled.directory, key)
  if entry then return entry, sub(node.address.localpart, at + #mark) end
end

local function is_fired(node, rewrite)
  local fired = node.fired
  while fired do
    if fired.rewrite == rewrite then return true end
    fired = fired.before
  end
  return false
end

-- What a rewrite captures: a table; false if it does not match; or nil and a verdict.
local function bind(routing, node, rewrite)
  if rewrite.matcher then return rewrites.match(rewrite, node.address) or false end
  local ok, result = script.call(routing, rewrite.declaration, rewrite.matches, node.address,
    routing.scripted)
  if not ok then return nil, result end
  return result and (type(result) == "table" and result or {}) or false
end

-- What a rewrite makes of an address: a list; nil for "not this one"; or nil and a verdict.
local function make(routing, node, rewrite, captures)
  if rewrite.template then
    local address, message, code = rewrites.fill(rewrite, captures)
    if address then return { address } end
    return nil, verdict.of(code, message, rewrite.declaration)
  end
  local ok, result = script.call(routing, rewrite.declaration, rewrite.make, node.address, captures,
    routing.scripted)
  if not ok then return nil, result end
  if result == nil then return nil end
  return addresses_of(result, rewrite.declaration)
end

-- A function of the script may bind whatever it likes; captures have names and hold texts.
local function shown_captures(captures)
  local texts = {}
  for _, name in ipairs(lists.keys(captures)) do
    local value = captures[name]
    if type(name) == "string" then
      texts[#texts + 1] = name .. " = " .. (type(value) == "string" and value or shown(value))
    end
  end
  return #texts > 0 and (" with " .. table.concat(texts, ", ")) or ""
end

-- Whether a rewrite may still be applied: once, or with `again` while the address gets shorter.
local function may_fire(node, rewrite)
  if not is_fired(node, rewrite) then return true end
  return rewrite.again and (node.again or 0) < MAX_AGAIN
end

-- The first rewrite that makes something else of an address: its results and itself.
local function apply_rewrites(routing, node)
  for rewrite in rewrites.find(routing.compiled.rewrites, node.address) do
    if may_fire(node, rewrite) then
      local captures, failure = bind(routing, node, rewrite)
      local made
      if captures then made, failure = make(routing, node, rewrite, captures) end
      if failure then return nil, rewrite, failure end
      if made and not (#made == 1 and core.key(made[1]) == node.key) then
        if routing.trace then
          routing.trace:say("resolve", ("rewritten%s to %s"):format(shown_captures(captures),
            write(made[1])), rewrite.declaration)
        end
        return made, rewrite
      elseif routing.trace then
        routing.trace:say("resolve", ("rewrite %s %s"):format(
          rewrite.declaration.name or "by function",
          captures and "makes the same of it" or "does not match"), rewrite.declaration,
          { unused = true })
      end
    end
  end
end

local function follow_rewrite(routing, node, made, rewrite)
  local before, passes = #write(node.address), node.again or 0
  node.how, node.declaration = "rewrite", rewrite.declaration
  node.fired = { rewrite = rewrite, before = node.fired }
  for _, address in ipairs(made) do
    node.again = #write(address) < before and 0 or passes + 1
    if rewrite.again and node.again >= MAX_AGAIN then
      fail(routing, node, verdict.of("route-loop",
        ("rewritten %d times without getting shorter"):format(MAX_AGAIN), rewrite.declaration))
    else
      visit(routing, address, node)
    end
  end
end

local function catch_all(routing, node)
  local domain = node.domain
  if not domain or not domain.catchall or node.caught then return false end
  node.caught, node.how, node.declaration = true, "catchall", domain.declaration
  say(routing, "nobody's; the catch-all of %s takes it", domain.declaration, domain.name)
  follow_reference(routing, node, domain.catchall)
  return true
end

-- The gateway of ours that an address names, or nil.
local function own_gateway(routing, address)
  if address.type ~= "CCMAIL" or not address.postoffice then return nil end
  local postoffice = postoffices.find(routing.compiled.postoffices, address.postoffice)
  return postoffice and postoffice.ours and postoffice
end

-- Goes through a gateway of ours: the inner address starts this stage again.
local function through_gateway(routing, node, postoffice)
  local inner, message, code = postoffices.inner(postoffice, node.address)
  if not inner then
    return fail(routing, node, verdict.of(code, ("%s at the %s gateway: %s"):format(
      write(node.address), postoffice.name, message), postoffice.declaration))
  end
  node.how = "gateway"
  say(routing, "%s is our own gateway: makes it %s", postoffice.declaration, postoffice.name,
    write(inner))
  return visit(routing, inner, node)
end

-- An unclaimed cc:Mail address is judged by its post office.
local function resolve_unclaimed_ccmail(routing, node)
  local offices, name = routing.compiled.postoffices, node.address.postoffice
  if not name then return fail(routing, node, verdict.of("ccmail-postoffice-missing")) end
  local postoffice = postoffices.find(offices, name)
  if not postoffice and postoffices.are_declared(offices) then
    return fail(routing, node, verdict.of("postoffice-unknown",
      postoffices.undeclared(offices, name)))
  elseif postoffice and routing.trace then
    local gateway = postoffice.gateway and (", a gateway to " .. postoffice.gateway) or ""
    local via = postoffice.via and (" lies behind " .. postoffice.via.name) or " is declared"
    say(routing, "post office %s%s%s", postoffice.declaration, postoffice.name, via, gateway)
    for _, name_on_path in ipairs(postoffice.path) do
      routing.trace:use(postoffices.find(offices, name_on_path).declaration)
    end
  end
  return add_leaf(routing, node, {})
end

local function postmaster(routing, node)
  local home = domains.home(routing.compiled.domains)
  if node.address.localpart == "" then return fail(routing, node, verdict.of "recipient-null") end
  if not home or lower(node.address.localpart) ~= "postmaster" then
    return fail(routing, node, verdict.of("recipient-unknown",
      not home and "no local domain is declared" or nil))
  end
  say(routing, "the postmaster of the first local domain, %s", home.declaration, home.name)
  return visit(routing, { type = "SMTP", localpart = "postmaster", domain = home.folded }, node)
end

-- An unclaimed SMTP address is judged by its domain.
local function resolve_unclaimed_smtp(routing, node)
  if not node.address.domain then return postmaster(routing, node) end
  local domain = node.domain
  if domain and domain.kind == "local" then
    return fail(routing, node, verdict.of("recipient-unknown",
      ("%s is local and has no %s"):format(domain.name, node.address.localpart),
      domain.declaration))
  end
  return add_leaf(routing, node, {})
end

local UNCLAIMED = { SMTP = resolve_unclaimed_smtp, CCMAIL = resolve_unclaimed_ccmail }

-- Ends the way of an address that nothing here claims.
local function resolve_unclaimed(routing, node)
  local gateway = own_gateway(routing, node.address)
  if gateway then return through_gateway(routing, node, gateway) end
  local failure = relaying.denied(routing, node.opened, node.address)
  if failure then return fail(routing, node, failure) end
  local own = UNCLAIMED[node.address.type]
  if own then return own(routing, node) end
  return add_leaf(routing, node, {})
end

local function look_up(routing, node)
  local entry = directory.find(routing.compiled.directory, node.key)
  if entry then
    say(routing, "the directory has %s: %s", entry.declaration, write(node.address), entry.name)
    return entry
  end
  local extension
  entry, extension = find_without_extension(routing, node)
  if entry then
    node.extension = extension
    say(routing, "the directory has it without the extension %s: %s", entry.declaration, extension,
      entry.name)
  end
  return entry
end

-- Resolves one address that the node `from` led to.
function visit(routing, address, from)
  local key, message, code = core.key(address)
  local node = child(from, address, key)
  if not bounded(routing, node) then return end
  if not key then return fail(routing, node, verdict.of(code, message, from.declaration)) end
  if is_ancestor(from, "key", key) then
    return fail(routing, node, verdict.of("route-loop", path_to(from, write(address)),
      from.declaration))
  end
  node.domain = domains.find(routing.compiled.domains, key)
  if routing.trace and node.domain then routing.trace:use(node.domain.declaration) end
  local entry = look_up(routing, node)
  if entry then
    if from.how ~= "rewrite" then node.how = node.how or "directory" end
    return follow(routing, node, entry)
  end
  local made, rewrite, failure = apply_rewrites(routing, node)
  if failure then
    node.declaration = rewrite.declaration
    return fail(routing, node, failure)
  end
  if made then return follow_rewrite(routing, node, made, rewrite) end
  if catch_all(routing, node) then return end
  if from.depth == 0 then say(routing, "nobody here has it, no rewrite matches") end
  return resolve_unclaimed(routing, node)
end

--- Resolves addresses into `routing.leaves`.
-- @tparam table routing
-- @tparam {table,...} addresses
-- @tparam[opt] table opened the domain that took them out of a shell
-- @tparam[opt] string how they were found so far
local function resolve(routing, addresses, opened, how)
  routing.visits = 0
  for _, address in ipairs(addresses) do
    visit(routing, address, { depth = 0, opened = opened, how = how })
  end
end

--- One address by the rewrites alone.
-- @tparam table routing
-- @tparam table address
-- @treturn {table,...}|nil what the first rewrite that matches makes of it
-- @treturn table|nil that rewrite
-- @treturn table|nil a verdict
local function rewrite(routing, address)
  local key = core.key(address)
  return apply_rewrites(routing, { address = address, key = key, depth = 0 })
end

return { resolve = resolve, rewrite = rewrite }
