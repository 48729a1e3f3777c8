--- Post offices whose mail has no way, for `postoffice.policy.prove.lint`: those that no connector
-- carries mail to, and gateways of ours that turn it into what has none.
--
-- Whatever may take some of that mail is tried, spaces, domains, rewrites and entries: the engine says
-- whether it has a way.  Where that is none of what is tried, though there is more, classes of addresses
-- decide.
-- @module postoffice.policy.prove.lint_postoffices

local allowance = require "postoffice.policy.prove.allowance"
local classes = require "postoffice.policy.prove.classes"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local patience = require "postoffice.policy.prove.patience"
local pipeline = require "postoffice.policy.route.pipeline"
local postoffices = require "postoffice.policy.compile.postoffices"
local reach = require "postoffice.policy.prove.reach"
local rewrites = require "postoffice.policy.compile.rewrites"
local sets = require "postoffice.policy.prove.sets"
local writers = require "postoffice.policy.prove.writers"

local MOST_TRIED = 40 -- addresses that something may take, one after the other

-- Mail that may relay, when all that can be is up; who sends how much of it is open.
local FACTS = { may_relay = true, nothing_down = true }

local MOST_PEOPLE = 5000 -- of whom each is told apart
local SECONDS = 1 -- that classes of addresses may take
local TOO_MANY = "the directory has more entries than can be told apart"

-- The codes of mail that has no way; of what a gateway cannot read the status tells.
local NO_WAY = { ["route-missing"] = true, ["postoffice-unknown"] = true, ["route-loop"] = true }
local UNREAD = "5.1.3"

local UNKNOWN = { unknown = true }

-- Whether a delivery is refused since nobody has its address, and nobody can have it here: it is at no
-- domain that is declared.
local function is_nobodys(compiled, delivery)
  local address = delivery.code == "recipient-unknown" and delivery.address
  local key = address and core.key(address)
  return key ~= nil and key ~= false and not domains.find_of(compiled.domains, address, key)
end

-- Whether a delivery has a way, be it to where nobody has its address yet, or to where this message is not
-- taken.
local function goes_on(compiled, delivery)
  local is_lost = NO_WAY[delivery.code] or delivery.status == UNREAD
    or is_nobodys(compiled, delivery)
  return delivery.verdict ~= "reject" or not is_lost
end

-- Whether some delivery has one.
local function go_on(policy, deliveries)
  for _, delivery in ipairs(deliveries) do
    if goes_on(policy.compiled, delivery) then return true end
  end
  return false
end

-- Whether mail to an address has a way when the host answers nothing.
local function has_way(policy, address)
  local routing = pipeline.begin(policy, { may_relay = true }, nil, function() return nil end, 1)
  return go_on(policy, pipeline.route(routing, { address }))
end

-- Why a run's answer is not that of its class, or nil.
local function doubt_of(run)
  if run.undecided then return run.undecided end
  return not run.address and "no address is found of some that there may be" or nil
end

-- The mailboxes at a post office that it may read, as a set: those of a gateway to SMTP have an @.
local function mailboxes_at(office)
  local pattern = postoffices.pattern(office)
  if office.gateway == "SMTP" then pattern = pattern:gsub("%*", "?*@?*", 1) end
  return sets.of_pattern(pattern)
end

-- What may take addresses of a family, as sets; which of these are `open`, as they may take some and not
-- others; and the patterns that they are told by.
local function takers(look, family)
  local list, open, patterns = {}, {}, {}
  local function add(set, is_open, pattern)
    set = set or sets.everything
    list[#list + 1], patterns[#patterns + 1], open[set] = set, pattern, is_open
  end
  for _, space in ipairs(look.by_family[family] or {}) do add(sets.of_space(space), true, space) end
  for _, rewrite in ipairs(rewrites.all(look.compiled.rewrites)) do
    local matcher = rewrite.matcher
    if matcher and matcher.family == family then add(sets.of_pattern(matcher), true, matcher) end
  end
  for _, domain in ipairs(domains.all(look.compiled.domains)) do
    local is_its = (domain.space and domain.space.family or "SMTP") == family
    local takes = is_its and (domain.kind == "local" or domain.catchall)
    if takes then add(reach.whole_of(look.compiled, domain), not domain.catchall) end
  end
  for _, office in ipairs(postoffices.all(look.compiled.postoffices)) do
    if office.ours then add(mailboxes_at(office), true) end
  end
  local is_any_taken = look.compiled.scripted or look.compiled.settings.unmatched == "pass"
  if is_any_taken then add(nil, true) end
  return list, open, patterns
end

-- The parts of a set that differ in where their mail goes: of what a gateway makes, those at each post
-- office of cc:Mail.
local function parts_of(look, set, made)
  local places = {}
  for _, office in ipairs(postoffices.all(look.compiled.postoffices)) do
    local is_there = made == "CCMAIL" and not office.is_typed
    places[#places + 1] = is_there and sets.of_pattern(postoffices.pattern(office)) or nil
  end
  return sets.parts(set, places)
end

-- Whether some address of a set has a way; nil if that cannot be told, as one that is open has more than
-- are tried.
local function is_any(look, set, is_open, patterns)
  local tried, is_found = 0, false
  local text = allowance.ask(look.work, patterns, function(work)
    return sets.witness(set, work, function(_, address)
      tried, is_found = tried + 1, has_way(look.policy, address)
      return is_found or tried == MOST_TRIED
    end)
  end)
  if text == nil or is_open and tried == MOST_TRIED and not is_found then return nil end
  return is_found
end

-- Whether somebody of the directory has an address of a family in a set.
local function is_somebodys(look, whole, family)
  local entries = look.compiled.directory
  for entry in directory.each(entries) do
    for _, address in ipairs(directory.proxies(entries, entry)) do
      if families.of(address.type) == family and sets.contains(whole, address)
        and has_way(look.policy, address) then
        return true
      end
    end
  end
  return false
end

-- Whether an address has a way that is like one of some patterns, with digits for its wildcards: of a type
-- of which sets know no texts.
local function is_filled(look, patterns)
  for _, pattern in ipairs(patterns) do
    local text = (pattern.text or ""):gsub("%b{}", "1"):gsub("[*?]", "1")
    local address = core.parse(text, UNKNOWN)
    if address and has_way(look.policy, address) then return true end
  end
  return false
end

-- The parts of mail that something may take, as a set: first of those that a gateway reads.
local function taken_of(look, mail, set)
  local parts = parts_of(look, sets.intersection { mail.seen, set }, mail.made)
  parts[#parts + 1] = mail.others and sets.intersection { mail.others, set }
  return parts
end

-- Whether one of the addresses that are tried has a way; nil if others may have one.
local function try(look, mail)
  local list, open, patterns = takers(look, mail.family)
  local has_doubt = false
  for _, set in ipairs(list) do
    for _, part in ipairs(taken_of(look, mail, set)) do
      local is_so = is_any(look, part, open[set], patterns)
      if is_so then return true end
      has_doubt = has_doubt or is_so == nil
    end
  end
  if is_somebodys(look, mail.all, mail.family) then return true end
  if not has_doubt then return false end
  if families.has_other_keys(mail.family) and is_filled(look, patterns) then return true end
end

-- Whether some class of addresses has a way; a text says why that is not known.
local function decide(look, whole)
  if directory.count(look.compiled.directory) > MOST_PEOPLE then return TOO_MANY end
  local doubt
  local next_run, search = classes.each {
    policies = { look.policy }, among = whole, fixed = FACTS, seconds = SECONDS,
  }
  for run in next_run, search do
    if go_on(look.policy, run.deliveries[1] or {}) then return true end
    doubt = doubt or doubt_of(run)
  end
  return doubt or classes.unfinished(search) or false
end

-- Whether some mail has a way; a text says why that is not known.
local function has_some(look, mail)
  local is_so = try(look, mail)
  if is_so ~= nil then return is_so end
  return decide(look, mail.all)
end

-- Whether none of a post office's mail has a way; notes where that is not known.
local function is_lost(look, office, mail, find)
  local answer = has_some(look, mail)
  if type(answer) == "string" then
    find("note", "postoffice-undecided", office.declaration,
      "has mail of which none that was tried has a way, and whether other has is not known: "
        .. answer,
      "see where it goes: postoffice explain")
  end
  return answer == false
end

-- Tells of a gateway of ours that turns its mailboxes into what has no way.
local function look_at_gateway(look, office, find)
  local made = office.gateway
  local whole = writers.of_type(made)
  local mail = { seen = whole, all = whole, family = families.of(made), made = made }
  if not is_lost(look, office, mail, find) then return end
  find("error", "gateway-nowhere", office.declaration,
    ("turns its mailboxes into %s, and no connector carries that"):format(made),
    ('add a connector with spaces = { "%s:*" }'):format(made))
end

-- Tells of a post office whose mailboxes no mail comes to.
local function look_at_place(look, office, find)
  local pattern, nearest = postoffices.pattern(office), office.path[1]
  local all, type_name = sets.of_pattern(pattern), pattern:match "^[^:]*"
  if not all then return end
  local seen = mailboxes_at(office)
  local mail = {
    seen = seen, others = office.gateway == "SMTP" and sets.difference(all, seen) or nil, all = all,
    family = families.of(type_name:upper()),
  }
  if not is_lost(look, office, mail, find) then return end
  find("warning", "postoffice-unreached", office.declaration,
    nearest == office.name and "is reached by no connector"
      or ("lies behind %s, and no connector carries its mail there"):format(nearest),
    ('add spaces = { "%s" } to the connector that leads there'):format(pattern))
end

--- Finds them.
-- @tparam table look from `reach.new`
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_postoffices(look, find)
  for _, office in ipairs(postoffices.all(look.compiled.postoffices)) do
    if patience.ends(look.policy, find, office.declaration) then return end
    local look_at = office.ours and look_at_gateway or look_at_place
    look_at(look, office, find)
  end
end

return lint_postoffices
