--- Relay domains whose mail no connector carries, for `postoffice.policy.prove.lint`.
--
-- Who is not in the directory of a relay domain is routed on, by an address space; without one every
-- message for them is refused.  Whom no space takes is decided by sets; whether they are refused, by the
-- engine.  Where a catch-all takes them, they need none.
-- @module postoffice.policy.prove.lint_relays

local allowance = require "postoffice.policy.prove.allowance"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local patience = require "postoffice.policy.prove.patience"
local pipeline = require "postoffice.policy.route.pipeline"
local reach = require "postoffice.policy.prove.reach"
local samples = require "postoffice.policy.prove.samples"
local sets = require "postoffice.policy.prove.sets"
local spaces = require "postoffice.policy.compile.spaces"

local MOST_TRIED = 100 -- whom no space takes, and yet they are not refused for that

-- Whether an address is refused since no space takes it, when the host answers nothing.
local function has_no_way(policy, address)
  local routing = pipeline.begin(policy, { may_relay = true }, nil, function() return nil end, 1)
  local delivery = pipeline.route(routing, { address })[1]
  return delivery ~= nil and delivery.code == "route-missing"
end

-- Whether the space that takes an address is seen to take its whole domain.
local function has_all(compiled, domain, address)
  local space = spaces.best(compiled.spaces, address, core.key(address))
  return space ~= nil and space.glob ~= nil
    and (space.literals == 0 or space.glob == domains.glob(domain))
end

-- What spaces take of a domain's addresses, and what they leave, as sets; nil if that cannot be told.
local function parts_of(look, domain)
  local family = domain.space and domain.space.family or "SMTP"
  local list, patterns = { sets.nothing }, look.by_family[family] or {}
  for i, space in ipairs(patterns) do list[i] = sets.of_space(space) or sets.everything end
  local whole, taken = reach.whole_of(look.compiled, domain), sets.union(list)
  if not whole then return nil end
  return sets.intersection { whole, taken }, sets.difference(whole, taken), patterns
end

-- An address that spaces leave and that is refused, if one is found: of somebody, as no mailbox is called
-- "", although it may be.
local function refused_of(look, left, patterns)
  local tried = 0
  local text = allowance.ask(look.work, patterns, function(work)
    return sets.witness(left, work, function(_, address)
      tried = tried + 1
      return tried > MOST_TRIED or address.localpart ~= "" and has_no_way(look.policy, address)
    end)
  end)
  return text and tried <= MOST_TRIED and core.parse(text, { unknown = true }) or nil
end

-- Whether spaces take something of a domain.
local function takes_some(look, taken, patterns)
  return taken ~= nil and allowance.ask(look.work, patterns, function(work)
    return sets.is_empty(taken, work)
  end) == false
end

-- A space that would take the mail of a domain.
local function advice_for(domain)
  local text = domain.space and domain.space.text or "SMTP:*@" .. domain.name
  return ('add spaces = { "%s" } to the connector that leads there'):format(text)
end

-- Holds a relay domain to the spaces there are: some may have no way.
local function look_at(look, domain, find)
  local somebody = not domain.space and samples.of_domain(domain)
  local is_refused = somebody and has_no_way(look.policy, somebody)
  if somebody and not is_refused and has_all(look.compiled, domain, somebody) then return end
  local taken, left, patterns = parts_of(look, domain)
  local address = is_refused and somebody or taken and refused_of(look, left, patterns)
  if not address then return end
  local has_some = somebody and not is_refused or takes_some(look, taken, patterns)
  find(has_some and "warning" or "error", "relay-nowhere", domain.declaration,
    ("is relayed, and no connector carries %s: %s has no way"):format(
      has_some and "all of its mail" or "its mail", core.format(address, "native")),
    advice_for(domain))
end

--- Finds them, in a policy that has connectors: another may be asked who addresses are, not where
-- they go.
-- @tparam table look from `reach.new`
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_relays(look, find)
  local compiled = look.compiled
  if not connectors.all(compiled.connectors)[1] then return end
  for _, domain in ipairs(domains.all(compiled.domains)) do
    if domain.kind == "relay" and not domain.catchall then
      if patience.ends(look.policy, find, domain.declaration) then return end
      look_at(look, domain, find)
    end
  end
end

return lint_relays
