--- Outbound mail: whether a sender of ours goes out as the primary address of its entry, which
-- Exchange always does (Q166905).
-- @module postoffice.policy.compile.outbound

local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local known = require "postoffice.text.domain".known
local without_notation = require "postoffice.address".without_notation

local outbound = {}

local PRIMARY = "primary" -- of the values of `outbound` the one that changes senders

local function any_says(list)
  for _, item in ipairs(list) do
    if item.outbound == PRIMARY then return true end
  end
  return false
end

--- Whether anything asks for it.
-- @tparam table settings
-- @tparam {table,...} domain_list compiled
-- @tparam {table,...} connector_list compiled
-- @treturn boolean
function outbound.is_asked_for(settings, domain_list, connector_list)
  return settings.outbound == PRIMARY or any_says(domain_list) or any_says(connector_list)
end

-- Who says what holds: the connector, else the domain that the sender is in, else the policy.
local function said(compiled, key, connector)
  if connector and connector.outbound then return connector.outbound end
  local domain = domains.find(compiled.domains, key)
  return domain and domain.outbound or compiled.settings.outbound
end

--- The primary address to go out instead of a sender that is exactly a proxy of an entry.  Whatever
-- else a local part holds, an extension or what SRS, BATV and VERP write, is no proxy.
-- @tparam table compiled
-- @tparam table sender
-- @tparam table|nil connector without one, as all of them that say nothing
-- @treturn table|nil another address of the sender's type
-- @treturn number|nil its entry
function outbound.find(compiled, sender, connector)
  local key = known(core.key(sender))
  local entry = key and directory.find(compiled.directory, key)
  if not entry or said(compiled, key, connector) ~= PRIMARY then return nil end
  local primary = directory.best(compiled.directory, entry, sender.type)
  if not primary or core.key(primary) == key then return nil end
  return without_notation(primary), entry
end

return outbound
