--- What a policy has to be told, and what it does beside choosing where mail goes: for hosts, which
-- then look up no more than is needed.
-- @module postoffice.policy.prove.capabilities

local connectors = require "postoffice.policy.compile.connectors"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local restrictions = require "postoffice.policy.compile.restrictions"
local senders = require "postoffice.policy.compile.senders"

-- Whether some connector has a field.
local function some_connector(compiled, field)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    if connector[field] then return true end
  end
  return false
end

-- Whether some entry has a restriction.
local function some_entry(compiled, name) return restrictions.exist(compiled.restrictions, name) end

-- By field of an envelope, whether what becomes of an address may hang on it.
local FACTS = {}

function FACTS.sender(compiled)
  return some_connector(compiled, "senders") or some_entry(compiled, "accept")
    or some_entry(compiled, "reject")
end

function FACTS.size(compiled)
  return some_connector(compiled, "max_size") or some_entry(compiled, "max_size")
end

function FACTS.authenticated(compiled)
  return some_entry(compiled, "authenticated") or some_entry(compiled, "accept")
end

function FACTS.may_relay(compiled)
  return domains.are_declared(compiled.domains) or compiled.shells ~= nil or compiled.outbound
end

function FACTS.arrived_by(compiled) return some_connector(compiled, "name") end

FACTS.down = FACTS.arrived_by

-- What is signed has a date.
function FACTS.now(compiled) return compiled.signers ~= nil end

local function facts_of(compiled)
  local facts = {}
  for name, hangs_on in pairs(FACTS) do
    if hangs_on(compiled) then facts[name] = true end
  end
  return facts
end

local function has_owners(compiled)
  local entries = compiled.directory
  for entry in directory.each_declared(entries) do
    if directory.kind(entries, entry) == "list" and directory.owner(entries, entry) then
      return true
    end
  end
  return false
end

local function rewrites_senders(compiled)
  return compiled.outbound or some_connector(compiled, "signs")
    or senders.one_way(compiled.senders)[1] ~= nil
    or senders.both(compiled.senders)[1] ~= nil
end

--- What a policy can do and needs to know.
-- @tparam table compiled
-- @treturn table `facts`: the envelope's fields that may decide, each true (where `sender` or `size`
--   decides and is not there, mail waits as `fact-missing`; without `may_relay` or `authenticated` nobody is); `asks`:
--   whether functions of the script run for an address, which see all of the envelope: only these
--   ask, and only with them a route may yield; `owners`: whether lists have owners, who are the
--   senders to their members; `rewrites_senders`: whether rules change senders, or connectors sign them
local function capabilities(compiled)
  return {
    facts = facts_of(compiled), asks = compiled.scripted, owners = has_owners(compiled),
    rewrites_senders = rewrites_senders(compiled),
  }
end

return capabilities
