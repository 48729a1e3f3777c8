--- Stage 2: decapsulates an address that was encapsulated at one of our domains.
--
-- Only at local and former domains, and only the types that their `unwrap`
-- lists.  The result is marked: stages 4 and 6 do not let it leave for a foreign
-- domain, which would make us a relay (Q237927, Q245045, Q264330).
-- @module postoffice.policy.route.stage2_unwrap

local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local known = require "postoffice.text.domain".known
local say = require "postoffice.policy.route.trace".teller "unwrap"

local are_declared = domains.are_declared
local find = string.find

local CARRIER = "^[Ii][Mm][Cc][Ee][Aa]" -- how the local part of one begins (MS-OXCMAIL)
local HOME = { ["local"] = true, former = true }

-- The domain that may decapsulate the address, or nil.
local function opener(routing, address)
  if address.type ~= "SMTP" or not find(address.localpart, CARRIER) then return nil end
  local key = known(core.key(address))
  local domain = key and domains.find(routing.compiled.domains, key)
  return domain and HOME[domain.kind] and domain
end

--- Decapsulates an address, as often as it is encapsulated.
-- @tparam table routing
-- @tparam table address
-- @treturn table address, the same or what was inside
-- @treturn table|nil the domain that opened it
local function unwrap(routing, address)
  if not (are_declared(routing.compiled.domains) or routing.trace) then return address end
  local opened
  for _ = 1, core.max_carriers do
    local domain = opener(routing, address)
    local inner = domain and core.decapsulate(address)
    if not inner then break end
    if not domain.unwrap[inner.type] then
      say(routing, domain.declaration, "%s stays in its shell: unwrap of %s does not list %s",
        inner, domain.name, inner.type)
      return address, opened
    end
    say(routing, domain.declaration, "%s, encapsulated at %s", inner, domain.name)
    address, opened = inner, domain
  end
  if not opened then say(routing, nil, "nothing is encapsulated in it") end
  return address, opened
end

return unwrap
