--- The shells of connectors: the SMTP domains at which they encapsulate other types.
--
-- What was handed over in such a shell belongs to the connectors that have it: hosts that ask in two
-- steps (what becomes of an address, then where the result goes, as mail servers do) come back with
-- it.  Connectors may share a shell if all of them lead to one gateway.
-- @module postoffice.policy.compile.shells

local carried = require "postoffice.address".carried
local describe = require "postoffice.policy.language.describe"
local domain = require "postoffice.text.domain"
local families = require "postoffice.policy.pattern.families"
local is_carrier = require "postoffice.text.imcea".begins

local shells = {}

local match = string.match

-- The domain at which a connector encapsulates, folded; nil if it does not.
local function domain_of(connector)
  local name = connector.speaks == "SMTP" and connector.wrap.domain
  return name and domain.fold(name)
end

-- What tells one gateway from another: the post office that is reached, or else the next hop.
local function gateway_of(connector) return connector.reaches or connector.nexthop end

-- Two gateways cannot both be where a domain leads.
local function check_gateway(shell, connector, errors)
  local other = shell.first
  if gateway_of(other) == gateway_of(connector) then return end
  errors.add(connector.declaration, ': wrap.domain "%s" is that of connector "%s" at %s, too, which'
    .. " leads elsewhere; give each gateway a domain of its own, or both connectors the same"
    .. " reaches if there is but one", connector.wrap.domain, other.name,
    describe.where(other.declaration))
end

--- Compiles the shells of connectors.
-- @tparam {table,...} connectors in file order
-- @tparam table errors
-- @treturn table|nil for `find`; nil if no connector has one
function shells.compile(connectors, errors)
  local compiled
  for _, connector in ipairs(connectors) do
    local name = domain_of(connector)
    if name then
      compiled = compiled or {}
      local shell = compiled[name] or { first = connector, connectors = {} }
      compiled[name], shell.connectors[connector] = shell, true
      check_gateway(shell, connector, errors)
    end
  end
  return compiled
end

--- The shell at the domain of an SMTP address, whatever stands there.
-- @tparam table|nil compiled
-- @tparam table address
-- @treturn table|nil `connectors`, a set, and `first`, the one that is declared first
function shells.at(compiled, address)
  if not compiled or address.type ~= "SMTP" or not address.domain then return nil end
  local name = domain.fold(address.domain)
  return name and compiled[name]
end

local at = shells.at

--- Whether connectors encapsulate at a domain.
-- @tparam table|nil compiled
-- @tparam string name
-- @treturn boolean
function shells.has(compiled, name)
  local folded = compiled and domain.fold(name)
  return folded ~= nil and compiled[folded] ~= nil
end

--- The shell of connectors that an address is in, and what it holds.
-- @tparam table|nil compiled
-- @tparam table address
-- @treturn table|nil as from `at`
-- @treturn table the address inside
-- @treturn string its key
function shells.find(compiled, address)
  local shell = at(compiled, address)
  if not shell then return nil end
  local inner, key = carried(address)
  if not inner or families.of(inner.type) == "SMTP" then return nil end -- we make none of these
  return shell, inner, key
end

-- Whether a local part begins as a carrier's does, but for what a lenient reader passes over first.
local function may_be_carrier(localpart) return is_carrier(match(localpart, "%w.*") or "") end

--- The shell at the domain of an address that only a gateway more lenient than we are could open.
-- @tparam table|nil compiled
-- @tparam table address in which `find` finds nothing
-- @treturn table|nil as from `at`
function shells.unread(compiled, address)
  local shell = at(compiled, address)
  return shell and may_be_carrier(address.localpart) and shell
end

return shells
