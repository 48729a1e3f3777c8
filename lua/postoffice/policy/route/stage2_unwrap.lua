--- Stage 2: decapsulates an address that was encapsulated at one of our domains, and opens what was
-- signed there.
--
-- Only at local and former domains, and only what their `unwrap` lists.  What was
-- encapsulated is marked: stages 4 and 6 do not let it leave for a foreign
-- domain, which would make us a relay (Q237927, Q245045, Q264330).  A good
-- signature is leave to go there, and a bad one ends the way.
-- @module postoffice.policy.route.stage2_unwrap

local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local is_carrier = require "postoffice.text.imcea".begins
local known = require "postoffice.text.domain".known
local open = require "postoffice.policy.route.stage2_signed".open
local say = require "postoffice.policy.route.trace".teller "unwrap"
local show = require "postoffice.address".show
local verdict = require "postoffice.policy.route.verdict"

local are_declared = domains.are_declared

-- The domain that may decapsulate the address, or nil.
local function opener(routing, address)
  if address.type ~= "SMTP" or not is_carrier(address.localpart) then return nil end
  local key = known(core.key(address))
  local domain = key and domains.find(routing.compiled.domains, key)
  return domain and domains.is_home(domain) and domain
end

-- What was encapsulated in an address, and the domain that opens it; nil if nothing was, the same
-- address if it stays in there.
local function decapsulate(routing, address)
  local domain = opener(routing, address)
  if not domain then return nil end
  local inner, message, code = core.decapsulate(address)
  if not inner then
    if code == "not-encapsulated" then return nil end
    say(routing, domain.declaration, "what is in it cannot be read: %s (%s)", message, code)
    return address
  elseif not domains.unwraps(domain, inner.type) then
    say(routing, domain.declaration, "%s stays in its shell: unwrap of %s does not list %s", inner,
      domain.name, inner.type)
    return address
  end
  say(routing, domain.declaration, "%s, encapsulated at %s", inner, domain.name)
  return inner, domain
end

-- What is inside an address, as `decapsulate` says it, or else the signer's; nil and a verdict if a
-- signature does not hold; and the domain that signed it, if what was inside is to leave.
local function open_once(routing, address)
  if routing.compiled.signers then
    local inner, failure, signed = open(routing, address)
    if inner or failure then return inner, nil, failure, signed end
  end
  return decapsulate(routing, address)
end

local function too_deep(given, opened)
  return verdict.of("encapsulation-depth", show(given), opened and opened.declaration)
end

--- Opens an address, as often as it is encapsulated or signed; one that is so more often than anybody
-- makes it is refused, and does not go on half opened.
-- @tparam table routing
-- @tparam table address
-- @treturn table address, the same or what was inside
-- @treturn table|nil the domain that opened it, if what was inside may not leave
-- @treturn table|nil a verdict, if a signature does not hold, or it is encapsulated too often
-- @treturn table|nil the domain that signed it, if what was inside is to leave
local function unwrap(routing, address)
  local given, opened = address, nil
  if not (are_declared(routing.compiled.domains) or routing.trace) then return address end
  for count = 0, core.max_carriers do
    local inner, domain, failure, signed = open_once(routing, address)
    if rawequal(inner, address) then return address, opened end
    if not inner and not failure then break end
    if count == core.max_carriers then return address, opened, too_deep(given, opened) end
    if failure then return address, opened, failure end
    if signed then return inner, nil, nil, signed end
    address, opened = inner, domain or opened
  end
  if rawequal(address, given) then say(routing, nil, "nothing is encapsulated in it") end
  return address, opened
end

return unwrap
