--- Stage 2: opens what connectors of ours signed, when answers to it come.
--
-- A good signature of SRS is leave to relay, to that one address and to nobody else.  What was
-- marked by BATV is one of ours, and goes as it would without the mark.
-- @module postoffice.policy.route.stage2_signed

local batv = require "postoffice.text.batv"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local envelopes = require "postoffice.policy.route.envelope"
local keys_of = require "postoffice.policy.route.secrets".keys
local known = require "postoffice.text.domain".known
local say = require "postoffice.policy.route.trace".teller "unwrap"
local show = require "postoffice.address".show
local signers = require "postoffice.policy.compile.signers"
local smtp = require "postoffice.address".smtp
local srs = require "postoffice.text.srs"
local verdict = require "postoffice.policy.route.verdict"

local stage2_signed = {}

-- What a signature says of an address: nil and a verdict if it does not hold.
local function judge(address, code, declaration)
  return nil, verdict.of(code, show(address), declaration)
end

-- By scheme, what is inside an address, by the keys of a name; or nil and a verdict.
local OPEN = {}

function OPEN.SRS(routing, address, domain, name)
  local found, declaration = srs.read(address.localpart), domain.declaration
  if not found then return judge(address, "signature-invalid", declaration) end
  local keys, failure = keys_of(routing, name, declaration)
  if not keys then return nil, failure end
  local fault = srs.fault(found, keys, envelopes.now(routing), srs.DEFAULTS)
  if fault then return judge(address, fault, declaration) end
  local inner = smtp(srs.inner(found))
  if not core.key(inner) then return judge(address, "signature-invalid", declaration) end
  say(routing, declaration, "%s, signed at %s (SRS)", inner, domain.name)
  return inner
end

function OPEN.BATV(routing, address, domain, name)
  local found, declaration = batv.read(address.localpart), domain.declaration
  if not found then return judge(address, "signature-invalid", declaration) end
  local keys, failure = keys_of(routing, name, declaration)
  if not keys then return nil, failure end
  local fault = batv.fault(found, address.domain, keys, envelopes.now(routing), batv.DEFAULTS)
  if fault then return judge(address, fault, declaration) end
  local inner = smtp(found.localpart, address.domain)
  if not core.key(inner) then return judge(address, "signature-invalid", declaration) end
  say(routing, declaration, "%s, marked at %s (BATV)", inner, domain.name)
  return inner
end

local function scheme_of(localpart)
  return srs.begins(localpart) and "SRS" or batv.begins(localpart) and "BATV"
end

--- Whether an address looks as what was signed at a domain of ours does, which is opened if the
-- signature holds and refused if not.
-- @tparam table compiled of a policy that signs
-- @tparam table address
-- @treturn string|nil the scheme, "SRS" or "BATV"
-- @treturn string the name of the keys
-- @treturn table the domain
function stage2_signed.place(compiled, address)
  local scheme = address.type == "SMTP" and address.domain and scheme_of(address.localpart)
  local key = scheme and known(core.key(address))
  local domain = key and domains.find(compiled.domains, key)
  if not domain or not signers.is_opened(domain, scheme) then return nil end
  local name = signers.secrets_for(compiled.signers, scheme, key, domain)
  if name then return scheme, name, domain end
end

--- Opens an address that was signed at a domain of ours.
-- @tparam table routing of a policy that signs
-- @tparam table address
-- @treturn table|nil what is inside; nil if it is not signed
-- @treturn table|nil a verdict if the signature does not hold, or nobody can say
-- @treturn table|nil the domain, if mail may leave for what is inside, which is in no domain that is
--   declared: all others go as they would unsigned, and so a former domain's to who has them here
function stage2_signed.open(routing, address)
  local scheme, name, domain = stage2_signed.place(routing.compiled, address)
  if not scheme then return nil end
  local inner, failure = OPEN[scheme](routing, address, domain, name)
  if failure then
    say(routing, domain.declaration, "%s is not opened (%s): %s", address, scheme, failure.message)
  end
  if not inner then return nil, failure end
  if domains.find(routing.compiled.domains, known(core.key(inner))) then return inner end
  return inner, nil, domain
end

return stage2_signed
