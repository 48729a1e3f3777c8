--- Relay domains whose mail no connector carries, for `postoffice.policy.prove.lint`.
--
-- Who is not in the directory of a relay domain is routed on, by an address space; without one every
-- message for them is refused.
-- @module postoffice.policy.prove.lint_relays

local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local patience = require "postoffice.policy.prove.patience"
local pipeline = require "postoffice.policy.route.pipeline"

local SOMEBODY = "somebody" -- of whom nothing is declared, most likely

-- An address of an SMTP domain, or of one below it.
local function witness_of(domain)
  return { type = "SMTP", localpart = SOMEBODY, domain = domain.name:gsub("^%*%.", "sub.") .. "" }
end

-- The code of what becomes of an address when the host answers nothing.
local function code_of(policy, address)
  local routing = pipeline.begin(policy, { may_relay = true }, nil, function() return nil end, 1)
  local delivery = pipeline.route(routing, { address })[1]
  return delivery and delivery.code
end

--- Finds them, in a policy that has connectors: another may be asked who addresses are, not where
-- they go.
-- @tparam table policy
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_relays(policy, find)
  if not connectors.all(policy.compiled.connectors)[1] then return end
  for _, domain in ipairs(domains.all(policy.compiled.domains)) do
    if domain.kind == "relay" and not domain.space then
      if patience.ends(policy, find, domain.declaration) then return end
      local address = witness_of(domain)
      if code_of(policy, address) == "route-missing" then
        find("error", "relay-nowhere", domain.declaration,
          ("is relayed, and no connector carries its mail: %s has no way"):format(
            core.format(address, "native")),
          ('add spaces = { "SMTP:*@%s" } to the connector that leads there'):format(domain.name))
      end
    end
  end
end

return lint_relays
