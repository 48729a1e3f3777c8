--- Relay domains whose mail no connector carries, for `postoffice.policy.prove.lint`.
--
-- Who is not in the directory of a relay domain is routed on, by an address space; without one every
-- message for them is refused.  Whom no space takes is decided by sets; whether they are refused, by the
-- engine.
-- @module postoffice.policy.prove.lint_relays

local allowance = require "postoffice.policy.prove.allowance"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local patience = require "postoffice.policy.prove.patience"
local pipeline = require "postoffice.policy.route.pipeline"
local sets = require "postoffice.policy.prove.sets"

local SOMEBODY = "somebody" -- of whom nothing is declared, most likely
local MOST_TRIED = 100 -- whom no space takes, and yet they are not refused for that

-- An address of an SMTP domain, or of one below it.
local function somebody_at(domain)
  if domain.space then return nil end
  return { type = "SMTP", localpart = SOMEBODY, domain = domain.name:gsub("^%*%.", "sub.") .. "" }
end

-- Whether an address is refused since no space takes it, when the host answers nothing.
local function has_no_way(policy, address)
  local routing = pipeline.begin(policy, { may_relay = true }, nil, function() return nil end, 1)
  local delivery = pipeline.route(routing, { address })[1]
  return delivery ~= nil and delivery.code == "route-missing"
end

-- The spaces that may take addresses of a domain.
local function spaces_for(compiled, domain)
  local family, list = domain.space and domain.space.family or "SMTP", {}
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    for _, space in ipairs(connector.spaces) do
      if families.of(space.type) == family then list[#list + 1] = space end
    end
  end
  return list
end

-- Whether a space takes some address of a domain; nil if that cannot be told.
local function is_carried(compiled, domain, work)
  local spaces, list = spaces_for(compiled, domain), {}
  for i, space in ipairs(spaces) do list[i] = sets.of_space(space) or sets.everything end
  local whole = sets.of_domain(domain)
  return whole and allowance.ask(work, spaces, function(states)
    return sets.overlap(whole, sets.union(list), states)
  end)
end

-- An address of a domain of another type than SMTP, if one is found that is refused.
local function some_at(policy, domain, work)
  local whole, tried = sets.of_domain(domain), 0
  local text = whole and allowance.ask(work, {}, function(states)
    return sets.witness(whole, states, function(_, address)
      tried = tried + 1
      return tried > MOST_TRIED or has_no_way(policy, address)
    end)
  end)
  return text and tried <= MOST_TRIED and core.parse(text, { unknown = true }) or nil
end

-- A space that would take the mail of a domain.
local function advice_for(domain)
  local text = domain.space and domain.space.text or "SMTP:*@" .. domain.name
  return ('add spaces = { "%s" } to the connector that leads there'):format(text)
end

-- Holds a relay domain to the spaces there are: of SMTP, some may have no way.
local function look_at(policy, domain, work, find)
  local address = somebody_at(domain)
  if address and not has_no_way(policy, address) then return end
  local carried = is_carried(policy.compiled, domain, work)
  if not address and carried == false then address = some_at(policy, domain, work) end
  if not address then return end
  find(carried and "warning" or "error", "relay-nowhere", domain.declaration,
    ("is relayed, and no connector carries %s: %s has no way"):format(
      carried and "all of its mail" or "its mail", core.format(address, "native")),
    advice_for(domain))
end

--- Finds them, in a policy that has connectors: another may be asked who addresses are, not where
-- they go.
-- @tparam table policy
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_relays(policy, find)
  if not connectors.all(policy.compiled.connectors)[1] then return end
  local work = allowance.new()
  for _, domain in ipairs(domains.all(policy.compiled.domains)) do
    if domain.kind == "relay" then
      if patience.ends(policy, find, domain.declaration) then return end
      look_at(policy, domain, work, find)
    end
  end
end

return lint_relays
