--- Stage 4: whose address is it?
--
-- The directory by the whole address; without its extension; the first rewrite
-- that matches, whose result is looked up again; the domain's catch-all.
-- Targets and members go through the same again.  What is left at the ends are
-- leaves: mailboxes here, addresses to route, and verdicts.
-- @module postoffice.policy.route.stage4_resolve

local core = require "postoffice.core"
local addresses_of = require "postoffice.policy.route.stage3_recipient".addresses_of
local domains = require "postoffice.policy.compile.domains"
local matchers = require "postoffice.policy.pattern.matchers"
local postoffices = require "postoffice.policy.compile.postoffices"
local relaying = require "postoffice.policy.route.relaying"
local rewrites = require "postoffice.policy.compile.rewrites"
local script = require "postoffice.policy.route.calls"
local templates = require "postoffice.policy.pattern.templates"
local verdict = require "postoffice.policy.route.verdict"
local write = require "postoffice.policy.language.write"

local find, lower, sub = string.find, string.lower, string.sub

local MAX_VISITS = 1000 -- that one recipient may expand to, as Postfix's expansion limit
local MAX_DEPTH = 32 -- targets, lists and rewrites one after the other
local MAX_AGAIN = 10 -- PMDF's counter: passes that make an address no shorter

local visit

local function say(routing, text, rule, ...)
  if routing.trace then routing.trace:say("resolve", text:format(...), rule) end
end

-- A node is one address on the way from what was asked for to a leaf; its
-- parents are the way, and it inherits what its parents found out.
local function child(parent, address, key)
  return {
    parent = parent, address = address, key = key, depth = parent.depth + 1,
    entry = parent.entry, extension = parent.extension, owner = parent.owner,
    opened = parent.opened, fired = parent.fired, again = parent.again, rule = parent.rule,
    how = parent.how, caught = parent.caught, domain = nil, followed = nil,
  }
end

-- What two leaves share when they are one.
local function identity(node, leaf)
  return table.concat({
    leaf.failure and leaf.failure.code or "", leaf.key or node.key or "", node.extension or "",
    node.opened and "opened" or "",
  }, "\0")
end

-- Ends the way of a node.  Who is reached twice gets one copy, and from the
-- sender itself where any way to it is without a list's owner.
local function settle(routing, node, leaf)
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
  return settle(routing, node, { failure = failure })
end

-- The way to a node, for the message about a loop.
local function way_to(node, last)
  local texts = { last }
  while node and node.address do
    table.insert(texts, 1, write(node.address))
    node = node.parent
  end
  return table.concat(texts, " > ")
end

local function met(node, field, value)
  while node do
    if node[field] == value then return true end
    node = node.parent
  end
  return false
end

-- An entry's own ends: a mailbox, or a target that is one of its own proxies.
local function settle_mailbox(routing, node, entry)
  say(routing, "a mailbox here: %s", entry.rule, entry.name)
  return settle(routing, node, {
    mailbox = entry, address = entry.primary, key = core.key(entry.primary), rule = entry.rule,
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
  if target.key and entry.own[target.key] then
    say(routing, "its target is its own proxy %s and ends there", entry.rule,
      write(target.address))
    return settle(routing, node, {
      address = target.address, key = target.key, rule = entry.rule,
    })
  end
  say(routing, "%s is a custom recipient: goes on to %s", entry.rule, entry.name,
    target.entry and target.entry.name or write(target.address))
  return follow_reference(routing, node, target)
end

local function follow_members(routing, node, entry)
  if #entry.members == 0 then
    return fail(routing, node, verdict.of("list-empty", entry.name, entry.rule))
  end
  say(routing, "%s is a list of %d", entry.rule, entry.name, #entry.members)
  node.owner = entry.owner or node.owner
  for _, member in ipairs(entry.members) do
    if routing.visits > MAX_VISITS then return end
    follow_reference(routing, node, member)
  end
end

local function refuse(routing, node, entry)
  local failure = verdict.of("recipient-gone", nil, entry.rule)
  if type(entry.refuse) == "string" then failure.detail = entry.refuse end
  return fail(routing, node, failure)
end

-- Within bounds, or a failure settled.
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

-- Goes where an entry says.
function follow(routing, node, entry)
  if not bounded(routing, node) then return end
  if met(node.parent, "followed", entry) then
    return fail(routing, node, verdict.of("route-loop", way_to(node), entry.rule))
  end
  node.followed, node.entry, node.rule = entry, entry.name, entry.rule
  node.opened = nil -- the directory speaks for itself
  if routing.ends_at_entries then return settle_mailbox(routing, node, entry) end
  if entry.refuse then return refuse(routing, node, entry) end
  if entry.members then return follow_members(routing, node, entry) end
  if entry.target then return follow_target(routing, node, entry) end
  return settle_mailbox(routing, node, entry)
end

-- The separator that holds for an address, if its domain is ours.
local function separator(routing, node)
  local domain = node.domain
  return domain and (domain.extension or routing.tables.settings.extension)
end

-- The entry of user+extension without the extension.
local function find_without_extension(routing, node)
  local mark = separator(routing, node)
  local at = mark and find(node.address.localpart, mark, 2, true)
  if not at then return nil end
  local base = { type = "SMTP", localpart = sub(node.address.localpart, 1, at - 1),
    domain = node.address.domain }
  local key = core.key(base)
  local entry = key and routing.tables.directory.keys[key]
  if entry then return entry, sub(node.address.localpart, at + #mark) end
end

local function is_fired(node, rule)
  local fired = node.fired
  while fired do
    if fired.rule == rule then return true end
    fired = fired.before
  end
  return false
end

-- What a rule binds in an address: captures; false; or nil and a verdict.
local function bind(routing, node, rule)
  if rule.matcher then return matchers.match(rule.matcher, node.address) or false end
  local ok, result = script.call(routing, rule.rule, rule.matches, node.address, routing.scripted)
  if not ok then return nil, result end
  return result and (type(result) == "table" and result or {}) or false
end

-- What a rule makes of an address: a list; nil for "not this rule"; or nil and a verdict.
local function make(routing, node, rule, captures)
  if rule.template then
    local address, message, code = templates.fill(rule.template, captures)
    if address then return { address } end
    return nil, verdict.of(code, message, rule.rule)
  end
  local ok, result = script.call(routing, rule.rule, rule.make, node.address, captures,
    routing.scripted)
  if not ok then return nil, result end
  if result == nil then return nil end
  return addresses_of(result, rule.rule)
end

local function shown_captures(captures)
  local names, texts = {}, {}
  for name in pairs(captures) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do texts[i] = ("%s = %s"):format(name, tostring(captures[name])) end
  return #texts > 0 and (" with " .. table.concat(texts, ", ")) or ""
end

-- Whether a rule may fire (again) here, counting passes that do not shrink the address.
local function may_fire(node, rule)
  if not is_fired(node, rule) then return true end
  return rule.again and (node.again or 0) < MAX_AGAIN
end

-- The first rule that makes something else of an address: its results and the rule.
local function apply_rewrites(routing, node)
  for rule in rewrites.candidates(routing.tables.rewrites, node.address) do
    if may_fire(node, rule) then
      local captures, failure = bind(routing, node, rule)
      local made
      if captures then made, failure = make(routing, node, rule, captures) end
      if failure then return nil, rule, failure end
      if made and not (#made == 1 and core.key(made[1]) == node.key) then
        if routing.trace then
          routing.trace:say("resolve", ("rewritten%s to %s"):format(shown_captures(captures),
            write(made[1])), rule.rule)
        end
        return made, rule
      elseif routing.trace then
        routing.trace:say("resolve", ("rewrite %s %s"):format(rule.rule.name or "by function",
          captures and "makes the same of it" or "does not match"), rule.rule, { unused = true })
      end
    end
  end
end

local function follow_rewrite(routing, node, made, rule)
  local before, passes = #write(node.address), node.again or 0
  node.how, node.rule, node.fired = "rewrite", rule.rule, { rule = rule, before = node.fired }
  for _, address in ipairs(made) do
    node.again = #write(address) < before and 0 or passes + 1
    if rule.again and node.again >= MAX_AGAIN then
      fail(routing, node, verdict.of("route-loop",
        ("rewritten %d times without getting shorter"):format(MAX_AGAIN), rule.rule))
    else
      visit(routing, address, node)
    end
  end
end

local function catch_all(routing, node)
  local domain = node.domain
  if not domain or not domain.catchall or node.caught then return false end
  node.caught, node.how, node.rule = true, "catchall", domain.rule
  say(routing, "nobody's; the catch-all of %s takes it", domain.rule, domain.name)
  follow_reference(routing, node, domain.catchall)
  return true
end

-- The gateway of our own that an address names, or nil.
local function own_gateway(routing, address)
  if address.type ~= "CCMAIL" or not address.postoffice then return nil end
  local postoffice = postoffices.find(routing.tables.postoffices, address.postoffice)
  return postoffice and postoffice.ours and postoffice
end

-- Through a gateway of our own; the inner address goes back to the beginning of this stage.
local function through_gateway(routing, node, postoffice)
  local inner, message, code = postoffices.inner(postoffice, node.address)
  if not inner then
    return fail(routing, node, verdict.of(code, ("%s at the %s gateway: %s"):format(
      write(node.address), postoffice.name, message), postoffice.rule))
  end
  node.how = "gateway"
  say(routing, "%s is our own gateway: makes it %s", postoffice.rule, postoffice.name,
    write(inner))
  return visit(routing, inner, node)
end

-- Nobody's cc:Mail address: by its post office.
local function leave_ccmail(routing, node)
  local offices, name = routing.tables.postoffices, node.address.postoffice
  if not name then return fail(routing, node, verdict.of("ccmail-postoffice-missing")) end
  local postoffice = postoffices.find(offices, name)
  if not postoffice and offices.any then
    return fail(routing, node, verdict.of("postoffice-unknown",
      postoffices.undeclared(offices, name)))
  elseif postoffice and routing.trace then
    local gateway = postoffice.gateway and (", a gateway to " .. postoffice.gateway) or ""
    local via = postoffice.via and (" lies behind " .. postoffice.via.name) or " is declared"
    say(routing, "post office %s%s%s", postoffice.rule, postoffice.name, via, gateway)
    for _, each in ipairs(postoffice.path) do
      routing.trace:use(postoffices.find(offices, each).rule)
    end
  end
  return settle(routing, node, {})
end

local function postmaster(routing, node)
  local home = routing.tables.domains.home
  if node.address.localpart == "" then return fail(routing, node, verdict.of "recipient-null") end
  if not home or lower(node.address.localpart) ~= "postmaster" then
    return fail(routing, node, verdict.of("recipient-unknown",
      not home and "no local domain is declared" or nil))
  end
  say(routing, "the postmaster of the first local domain, %s", home.rule, home.name)
  return visit(routing, { type = "SMTP", localpart = "postmaster", domain = home.folded }, node)
end

-- Nobody's SMTP address: by its domain.
local function leave_smtp(routing, node)
  if not node.address.domain then return postmaster(routing, node) end
  local domain = node.domain
  if domain and domain.kind == "local" then
    return fail(routing, node, verdict.of("recipient-unknown",
      ("%s is local and has no %s"):format(domain.name, node.address.localpart), domain.rule))
  end
  return settle(routing, node, {})
end

local LEAVE = { SMTP = leave_smtp, CCMAIL = leave_ccmail }

-- What nobody here claims.
local function leave(routing, node)
  local gateway = own_gateway(routing, node.address)
  if gateway then return through_gateway(routing, node, gateway) end
  local failure = relaying.denied(routing, node.opened, node.address)
  if failure then return fail(routing, node, failure) end
  local own = LEAVE[node.address.type]
  if own then return own(routing, node) end
  return settle(routing, node, {})
end

local function look_up(routing, node)
  local entry = routing.tables.directory.keys[node.key]
  if entry then
    say(routing, "the directory has %s: %s", entry.rule, write(node.address), entry.name)
    return entry
  end
  local extension
  entry, extension = find_without_extension(routing, node)
  if entry then
    node.extension = extension
    say(routing, "the directory has it without the extension %s: %s", entry.rule, extension,
      entry.name)
  end
  return entry
end

-- Resolves one address that `from` led to.
function visit(routing, address, from)
  local key, message, code = core.key(address)
  local node = child(from, address, key)
  if not bounded(routing, node) then return end
  if not key then return fail(routing, node, verdict.of(code, message, from.rule)) end
  if met(from, "key", key) then
    return fail(routing, node, verdict.of("route-loop", way_to(from, write(address)),
      from.rule))
  end
  node.domain = domains.of(routing.tables.domains, key)
  if routing.trace and node.domain then routing.trace:use(node.domain.rule) end
  local entry = look_up(routing, node)
  if entry then
    if from.how ~= "rewrite" then node.how = node.how or "directory" end
    return follow(routing, node, entry)
  end
  local made, rule, failure = apply_rewrites(routing, node)
  if failure then
    node.rule = rule.rule
    return fail(routing, node, failure)
  end
  if made then return follow_rewrite(routing, node, made, rule) end
  if catch_all(routing, node) then return end
  if from.depth == 0 then say(routing, "nobody here has it, no rewrite matches") end
  return leave(routing, node)
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

--- One address by the rewrite rules alone.
-- @tparam table routing
-- @tparam table address
-- @treturn {table,...}|nil what the first rule that matches makes of it
-- @treturn table|nil the rule
-- @treturn table|nil a verdict
local function rewrite(routing, address)
  local key = core.key(address)
  return apply_rewrites(routing, { address = address, key = key, depth = 0 })
end

return { resolve = resolve, rewrite = rewrite }
