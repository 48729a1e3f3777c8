--- The next hop of an address alone, as mail servers ask for it that have rewritten it before.
--
-- What is ours would come back from any next hop: an entry's address, one in a local domain, one that
-- is opened at a domain of ours or names a gateway of ours.  It goes as `route` sends it, and is
-- delivered here if that is where it ends.  Who is several (a list, a mailbox that keeps a copy) is
-- here, too: `route` says who they are.  Everything else goes by the spaces as it is.
-- @module postoffice.policy.route.nexthop

local carried = require "postoffice.address".carried
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local find_extended = require "postoffice.policy.route.stage4_extension".find
local gateway_of = require "postoffice.policy.route.gateways".of
local shells = require "postoffice.policy.compile.shells"
local unwrap = require "postoffice.policy.route.stage2_unwrap"
local way = require "postoffice.policy.route.way"
local write = require "postoffice.address".show

-- Whether the directory has an address, with an extension or without.
local function has_entry(routing, address, key, domain)
  local entries = routing.compiled.directory
  return directory.find(entries, key)
    or address.type == "CCMAIL" and not address.postoffice and directory.find_bare(entries, key)
    or find_extended(routing, { address = address, key = key, domain = domain })
end

-- Whether an address is in a local domain, and no connector's own shell there, or somebody's.
local function is_somebody(routing, address, key)
  local compiled = routing.compiled
  local domain = domains.find_of(compiled.domains, address, key)
  if domain and domain.kind == "local" and not shells.find(compiled.shells, address) then
    return true
  end
  return has_entry(routing, address, key, domain)
end

-- Whether an address is opened here, or a signature in it does not hold.
local function is_opened(routing, address)
  local inner, _, failure = unwrap(routing, address)
  return failure or not rawequal(inner, address)
end

local function names_own_gateway(routing, address)
  local gateway = gateway_of(routing.compiled, address)
  return gateway and gateway.ours
end

-- Whether what an address of X.400 carries in a DDA is ours (Q262116).
local function carries_ours(routing, address)
  if address.type ~= "X400" then return false end
  local inner, key = carried(address)
  return inner and is_somebody(routing, inner, key)
end

local function is_ours(routing, address, key)
  return address.type == "SMTP" and not address.domain -- a postmaster's
    or is_somebody(routing, address, key) or is_opened(routing, address)
    or names_own_gateway(routing, address) or carries_ours(routing, address)
end

--- Where an address goes as it is.
-- @tparam table routing
-- @tparam table address
-- @tparam string key
-- @treturn table delivery
local function nexthop(routing, address, key)
  if not is_ours(routing, address, key) then
    return way.deliver(routing, { address = address, key = key, recipient = write(address) })
  end
  routing.ends_at_several, routing.survey = true, false
  way.resolve(routing, address)
  return way.deliver(routing, routing.leaves[1])
end

return nexthop
