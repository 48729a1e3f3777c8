--- Mail that ends nowhere, for `postoffice.policy.prove.lint`: of entries, catch-alls and postmasters.
--
-- The engine says where each of them leads when the host answers nothing and anybody may write; it has
-- no leave to relay, as no stranger's mail has.
-- @module postoffice.policy.prove.lint_ends

local allowance = require "postoffice.policy.prove.allowance"
local anchors = require "postoffice.policy.pattern.anchors"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local lists = require "postoffice.lists"
local lint_owner = require "postoffice.policy.prove.lint_owners"
local matchers = require "postoffice.policy.pattern.matchers"
local patience = require "postoffice.policy.prove.patience"
local pipeline = require "postoffice.policy.route.pipeline"
local quiet = require "postoffice.policy.prove.quiet"
local reach = require "postoffice.policy.prove.reach"
local rewrites = require "postoffice.policy.compile.rewrites"
local samples = require "postoffice.policy.prove.samples"
local sets = require "postoffice.policy.prove.sets"

local lint_ends = {}

-- What no mail must end in, by how bad it is.
local BROKEN = {
  ["route-loop"] = "error", ["route-missing"] = "error", ["postoffice-unknown"] = "error",
  ["recipient-unknown"] = "error", ["recipient-gone"] = "warning", ["list-empty"] = "warning",
  ["expansion-limit"] = "error", ["ccmail-postoffice-missing"] = "error",
  ["relay-denied"] = "warning", -- who may relay gets through
}

-- How bad the end of a delivery is, and what is said of it; nil if it is none of those.
local function fault_of(delivery)
  local severity = BROKEN[delivery.code]
  if not severity then return nil end
  return severity, ("%s: %s"):format(delivery.code, delivery.detail or delivery.message)
end

-- Tells what is wrong with where mail goes that a declaration leads on, by `tell` of a severity and a
-- message; whether something is, and true if there is no time left for it.
local function find_broken_leaves(policy, routing, find, declaration, tell)
  local is_broken = false
  for _, leaf in ipairs(routing.leaves) do
    if patience.ends(policy, find, declaration) then return is_broken, true end
    local severity, fault = fault_of(pipeline.deliver(routing, leaf))
    if severity then
      is_broken = true
      tell(severity, "leads to " .. fault)
    end
  end
  return is_broken, false
end

-- ---- Postmasters ---------------------------------------------------------------

-- What mail to an address comes to if nobody gets it, as a code and what is said of it.
local function lost(policy, address)
  local routing, code, fault = quiet.resolve(policy, address), nil, nil
  for _, leaf in ipairs(routing.leaves) do
    local delivery = pipeline.deliver(routing, leaf)
    local severity, of_it = fault_of(delivery)
    if not severity then return nil end
    code, fault = code or delivery.code, fault or of_it
  end
  return code, fault
end

-- Tells of the postmaster of a local domain who gets no mail.
local function find_lost_postmaster(policy, domain, find)
  local code, fault = lost(policy, "postmaster@" .. domain.name)
  if code == "recipient-unknown" then
    find("warning", "postmaster-missing", domain.declaration,
      "is local and has no postmaster, which RFC 5321 4.5.1 asks for",
      ('add "smtp:postmaster@%s" to somebody\'s proxies'):format(domain.name))
  elseif code then
    find("warning", "postmaster-missing", domain.declaration,
      "is local, and mail to its postmaster, whom RFC 5321 4.5.1 asks for, leads to " .. fault,
      ('let "smtp:postmaster@%s" be a proxy of somebody who gets it'):format(domain.name))
  end
end

--- Finds local domains whose postmaster nobody is, or gets no mail; of a policy that only relays, the
-- postmaster whom no domain is said of.
-- @tparam table policy
-- @tparam function find is given severity, code, declaration, message and advice
function lint_ends.postmasters(policy, find)
  local relayed
  for _, domain in ipairs(domains.all(policy.compiled.domains)) do
    if patience.ends(policy, find, domain.declaration) then return end
    relayed = relayed or domain.kind == "relay" and not domain.space and domain
    if domain.kind == "local" and not domain.space and domain.name:sub(1, 2) ~= "*." then
      find_lost_postmaster(policy, domain, find)
    end
  end
  local has_home = domains.home(policy.compiled.domains) ~= nil
  if relayed and not has_home and quiet.failure(policy, "<Postmaster>") == "recipient-unknown" then
    find("note", "postmaster-missing", relayed.declaration,
      "is relayed and no domain is local, so that <Postmaster>, whom RFC 5321 4.5.1 asks for, is"
        .. " nobody",
      "declare the host's own domain, and give it a postmaster")
  end
end

-- ---- Catch-alls ----------------------------------------------------------------

local MOST_TRIED = 40 -- addresses at a domain, of which one may be caught

-- How an address is resolved, if a domain's catch-all takes it; or nil.
local function caught(policy, domain, address)
  local routing = quiet.resolve(policy, address)
  return routing.caught == domain and routing or nil
end

-- The patterns of the rewrites that may match what is at a domain.
local function matchers_near(look, domain)
  local list, rules = {}, rewrites.all(look.policy.compiled.rewrites)
  if not domain.space then
    look.anchors = look.anchors or anchors.new(rules)
    local matcher = matchers.read("SMTP:*@" .. domain.name)
    rules = matcher and look.anchors:near { matcher = matcher } or rules
  end
  for _, rewrite in ipairs(rules) do list[#list + 1] = rewrite.matcher or nil end
  return list
end

-- How an address of a part of a domain is resolved, if its catch-all takes one; nil if none is found.  No
-- mailbox is called "", although it may be.
local function caught_of(look, domain, part, patterns)
  local tried, found = 0, nil
  allowance.ask(look.allowance, patterns, function(work)
    return sets.witness(part, work, function(_, address)
      tried = tried + 1
      found = address.localpart ~= "" and caught(look.policy, domain, address) or nil
      return found ~= nil or tried == MOST_TRIED
    end)
  end)
  return found
end

-- The same of some address there: of those that no rewrite matches, or of what one does, which may be an
-- exception.
local function caught_by_sets(look, domain)
  local whole = look.allowance.left > 0 and reach.whole_of(look.policy.compiled, domain)
  if not whole then return nil end
  local near = matchers_near(look, domain)
  local matched = lists.map(near, function(one) return sets.of_pattern(one) or sets.nothing end)
  for i, part in ipairs(sets.parts(whole, matched)) do
    local found = caught_of(look, domain, part, i == 1 and near or { near[i - 1] })
    if found then return found end
  end
end

-- How a catch-all is resolved itself.
local function resolved(policy, catchall)
  local address = catchall.address or directory.primary(policy.compiled.directory, catchall.entry)
  return address and quiet.resolve(policy, address)
end

-- How an address is resolved that a domain's catch-all takes, or the catch-all where only code knows what
-- addresses the domain has; nil if none is found.
local function some_caught(look, domain)
  local policy, somebody = look.policy, samples.of_domain(domain)
  return somebody and caught(policy, domain, somebody) or caught_by_sets(look, domain)
    or not reach.whole_of(policy.compiled, domain) and resolved(policy, domain.catchall) or nil
end

-- How the addresses at that domain are resolved that a routing of its catch-all led to: their own mail
-- comes back to it.
local function each_coming_back(policy, domain, routing)
  local found = {}
  for _, leaf in ipairs(routing.leaves) do
    local key = core.key(leaf.address)
    local is_there = key and domains.find_of(policy.compiled.domains, leaf.address, key) == domain
    found[#found + 1] = is_there and caught(policy, domain, leaf.address) or nil
  end
  return found
end

-- Tells what is wrong with a domain's catch-all; true if there is no time left for it.
local function find_broken_catchall(look, domain, find)
  local declaration = domain.declaration
  local function tell(severity, message)
    find(severity, "catchall-broken", declaration, message, "correct its catchall")
  end
  local policy, first = look.policy, some_caught(look, domain)
  if not first then return false end
  local is_broken, is_over = find_broken_leaves(policy, first, find, declaration, tell)
  for _, routing in ipairs(is_broken and {} or each_coming_back(policy, domain, first)) do
    if is_broken or is_over then return is_over end
    is_broken, is_over = find_broken_leaves(policy, routing, find, declaration, tell)
  end
  return is_over
end

--- Finds catch-alls whose mail ends nowhere.
-- @tparam table policy
-- @tparam function find is given severity, code, declaration, message and advice
function lint_ends.catchalls(policy, find)
  local look = { policy = policy, allowance = allowance.new() }
  for _, domain in ipairs(domains.all(policy.compiled.domains)) do
    if patience.ends(policy, find, domain.declaration)
      or domain.catchall and find_broken_catchall(look, domain, find) then
      return
    end
  end
end

-- ---- Entries -------------------------------------------------------------------

-- By what has it, what an entry's mail goes on to.
local LEADS_ON = { list = "members", target = "target", targets = "targets" }

-- An entry that mail comes back to, although nobody minds.
local function find_circle(routing, find, declaration, entry)
  local path = routing.circles and routing.circles[entry]
  if not path then return end
  find("warning", "entry-circular", declaration,
    ("leads back to itself: %s; everybody gets one copy"):format(path),
    "remove one of them from the other")
end

-- Tells what is wrong with where an entry's mail goes on to; true if there is no time left for it.
local function find_broken_entry(policy, entry, declaration, find)
  local entries = policy.compiled.directory
  local part = LEADS_ON[directory.kind(entries, entry)]
  local address = part and directory.primary(entries, entry)
  if not address then return false end
  local routing = quiet.resolve(policy, address)
  find_circle(routing, find, declaration, entry)
  local _, is_over = find_broken_leaves(policy, routing, find, declaration,
    function(severity, message)
      find(severity, "entry-broken", declaration, message, "correct its " .. part)
    end)
  return is_over
end

--- Finds entries whose mail ends nowhere or comes back to them, and lists whose bounces do.
-- @tparam table policy
-- @tparam function find is given severity, code, declaration, message and advice
function lint_ends.entries(policy, find)
  for entry in directory.each(policy.compiled.directory) do
    local declaration = directory.declaration(policy.compiled.directory, entry)
    if patience.ends(policy, find, declaration)
      or find_broken_entry(policy, entry, declaration, find) then
      return
    end
    lint_owner(policy, entry, find)
  end
end

return lint_ends
