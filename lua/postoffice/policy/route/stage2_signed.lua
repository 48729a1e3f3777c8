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

-- What a signature says of an address: nil and a verdict if it does not hold.
local function judge(address, code, declaration)
  return nil, verdict.of(code, show(address), declaration)
end

-- By scheme, what is inside an address; nil if it is not signed, or nil and a verdict.
local OPEN = {}

function OPEN.SRS(routing, address, domain, key)
  local name = signers.secrets_at(routing.compiled.signers, key, domain)
  if not name then return nil end
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

function OPEN.BATV(routing, address, domain)
  local found, declaration = batv.read(address.localpart), domain.declaration
  if not found then return judge(address, "signature-invalid", declaration) end
  local name = signers.marking_secrets(routing.compiled.signers, domain)
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

--- Opens an address that was signed at a domain of ours.
-- @tparam table routing of a policy that signs
-- @tparam table address
-- @treturn table|nil what is inside; nil if it is not signed
-- @treturn table|nil a verdict if the signature does not hold, or nobody can say
-- @treturn table|nil the domain, if mail may leave for what is inside, which is in no domain that is
--   declared: all others go as they would unsigned, and so a former domain's to who has them here
local function open(routing, address)
  local scheme = address.type == "SMTP" and address.domain and scheme_of(address.localpart)
  local key = scheme and known(core.key(address))
  local domain = key and domains.find(routing.compiled.domains, key)
  if not domain or not signers.is_opened(domain, scheme) then return nil end
  local inner, failure = OPEN[scheme](routing, address, domain, key)
  if failure then
    say(routing, domain.declaration, "%s is not opened (%s): %s", address, scheme, failure.message)
  end
  if not inner then return nil, failure end
  if domains.find(routing.compiled.domains, known(core.key(inner))) then return inner end
  return inner, nil, domain
end

return open
