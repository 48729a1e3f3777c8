--- Post offices whose mail has no way, for `postoffice.policy.prove.lint`: those that no connector
-- carries mail to, and gateways of ours that turn it into what has none.
--
-- Whatever may take some of that mail is tried, spaces, domains, rewrites and entries: the engine says
-- whether it has a way.
-- @module postoffice.policy.prove.lint_postoffices

local allowance = require "postoffice.policy.prove.allowance"
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

-- The codes of mail that has come to where people are.
local AT_HOME = { ["recipient-unknown"] = true, ["recipient-gone"] = true }

-- Whether mail to an address has a way when the host answers nothing.
local function has_way(policy, address)
  local routing = pipeline.begin(policy, { may_relay = true }, nil, function() return nil end, 1)
  for _, delivery in ipairs(pipeline.route(routing, { address })) do
    if delivery.verdict ~= "reject" or AT_HOME[delivery.code] then return true end
  end
  return false
end

-- The mailboxes at a post office, as a set; those of a gateway to SMTP have an @.
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
    if not matcher then add(nil, true) end
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

-- Whether some mail to addresses of a set has a way, or that cannot be told; `made` is the type if a gateway
-- makes them.
local function have_way(look, whole, family, made)
  local list, open, patterns = takers(look, family)
  for _, set in ipairs(list) do
    for _, part in ipairs(parts_of(look, sets.intersection { whole, set }, made)) do
      if is_any(look, part, open[set], patterns) ~= false then return true end
    end
  end
  return look.compiled.settings.unmatched == "pass" or is_somebodys(look, whole, family)
end

-- Tells of a gateway of ours that turns its mailboxes into what has no way.
local function look_at_gateway(look, office, find)
  local whole, family = writers.of_type(office.gateway), families.of(office.gateway)
  if have_way(look, whole, family, office.gateway) then return end
  find("error", "gateway-nowhere", office.declaration,
    ("turns its mailboxes into %s, and no connector carries that"):format(office.gateway),
    ('add a connector with spaces = { "%s:*" }'):format(office.gateway))
end

-- Tells of a post office whose mailboxes no mail comes to.
local function look_at_place(look, office, find)
  local pattern, nearest = postoffices.pattern(office), office.path[1]
  local whole, type_name = mailboxes_at(office), pattern:match "^[^:]*"
  if not whole or have_way(look, whole, families.of(type_name:upper())) then return end
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
