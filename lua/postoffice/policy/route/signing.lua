--- Signatures on the way: senders are signed when mail leaves, answers to them opened when it comes.
--
-- SRS signs whoever is not ours on mail that we send on, so that the next host takes it from us
-- (SPF) and bounces find the way back.  A good signature is leave to relay, to that one address and
-- to nobody else.  BATV marks our own senders, so that only answers to what they sent come back.
-- @module postoffice.policy.route.signing

local addresses = require "postoffice.address"
local batv = require "postoffice.text.batv"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local envelopes = require "postoffice.policy.route.envelope"
local known = require "postoffice.text.domain".known
local parts = require "postoffice.policy.compile.signing"
local signature = require "postoffice.text.signature"
local srs = require "postoffice.text.srs"
local teller = require "postoffice.policy.route.trace".teller
local verdict = require "postoffice.policy.route.verdict"

local signing = {}

local match = string.match
local say, say_signed = teller "unwrap", teller "handover"

-- ---- Keys --------------------------------------------------------------------

-- What the host gives by a name, if these are keys.
local function given(secrets, name)
  local keys = type(secrets) == "function" and secrets(name)
    or type(secrets) == "table" and secrets[name]
  return signature.are_keys(keys) and keys or nil
end

-- The keys of a name; or nil and a verdict, which says nothing of what the host did.  A function of
-- the host has to answer at once: it is called in the middle of a stage.
local function keys_of(routing, name, declaration)
  local call = coroutine.create(given)
  local ok, keys = coroutine.resume(call, routing.secrets, name)
  if ok and keys and coroutine.status(call) == "dead" then return keys end
  return nil, verdict.of("secret-missing", ('the host gives no keys of the name "%s"; give them by'
    .. " the option secrets, a list of texts by name"):format(name), declaration)
end

-- ---- Answers -----------------------------------------------------------------

local function smtp(localpart, domain)
  return addresses.make { type = "SMTP", localpart = localpart, domain = domain }
end

-- What a signature says of an address: nil and a verdict if it does not hold.
local function judge(address, code, declaration)
  return nil, verdict.of(code, addresses.show(address), declaration)
end

local function host_of(key) return match(key, "@([^@]*)$") end

-- By scheme, what is inside an address; nil if it is not signed, or nil and a verdict.
local OPEN = {}

function OPEN.SRS(routing, address, domain, key)
  local name = parts.secrets_at(routing.compiled.signing, host_of(key))
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
  local keys, failure = keys_of(routing, parts.marking_secrets(routing.compiled.signing),
    declaration)
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

-- Whether an address is of a domain of ours.
local function is_ours(routing, key)
  return domains.is_ours(domains.find(routing.compiled.domains, key))
end

--- Opens an address that was signed at a domain of ours.
-- @tparam table routing of a policy that signs
-- @tparam table address
-- @treturn table|nil what is inside; nil if it is not signed
-- @treturn table|nil a verdict if the signature does not hold, or nobody can say
-- @treturn table|nil the domain, if mail may leave for what is inside, which is in no domain that is
--   declared: all others go as they would unsigned, and so a former domain's to who has them here
function signing.open(routing, address)
  local scheme = address.type == "SMTP" and address.domain and scheme_of(address.localpart)
  local key = scheme and known(core.key(address))
  local domain = key and domains.find(routing.compiled.domains, key)
  if not domain or not parts.is_opened(domain, scheme) then return nil end
  local inner, failure = OPEN[scheme](routing, address, domain, key)
  if failure then
    say(routing, domain.declaration, "%s is not opened (%s): %s", address, scheme, failure.message)
  end
  if not inner then return nil, failure end
  local declared = domains.find(routing.compiled.domains, known(core.key(inner)))
  return inner, nil, not declared and domain or nil
end

-- ---- Senders -----------------------------------------------------------------

local MOST_OCTETS = 64 -- of a local part (RFC 5321 4.5.3.1.1); next to no host minds more

-- Why a connector does not sign a sender, or nil.
local function why_not(routing, leaf, key)
  if is_ours(routing, key) or parts.secrets_at(routing.compiled.signing, host_of(key)) then
    return "it is ours"
  end
  if leaf.owner then return "it is the list's owner" end
  if not leaf.sent_on then return "nobody here sent the mail on" end
end

local function sign(routing, leaf, connector, sender, key)
  local why, declaration = why_not(routing, leaf, key), connector.declaration
  if why then
    say_signed(routing, declaration, "the sender %s is not signed: %s", sender, why)
    return sender
  end
  local form = connector.srs
  local keys, failure = keys_of(routing, form.secrets, declaration)
  if not keys then return nil, failure end
  local signed = smtp(srs.sign(sender.localpart, sender.domain, keys[1], envelopes.now(routing),
    srs.DEFAULTS), form.domain)
  say_signed(routing, declaration, "the sender %s is signed as %s (SRS)", sender, signed)
  if #signed.localpart > MOST_OCTETS then
    say_signed(routing, declaration, "its local part has %d octets, more than the %d of RFC 5321",
      #signed.localpart, MOST_OCTETS)
  end
  return signed
end

-- Whether a connector marks a sender: one of a domain that opens the answers.
local function is_to_mark(routing, connector, sender, key)
  if not connector.batv or srs.begins(sender.localpart) then return false end
  local domain = domains.find(routing.compiled.domains, key)
  return domain ~= nil and parts.is_opened(domain, "BATV")
end

local function mark(routing, connector, sender)
  if batv.read(sender.localpart) then return sender end
  local keys, failure = keys_of(routing, connector.batv.secrets, connector.declaration)
  if not keys then return nil, failure end
  local marked = smtp(batv.sign(sender.localpart, sender.domain, keys[1], envelopes.now(routing),
    batv.DEFAULTS), sender.domain)
  say_signed(routing, connector.declaration, "the sender %s is marked as %s (BATV)", sender, marked)
  return marked
end

--- A sender as a connector signs it.
-- @tparam table routing
-- @tparam table leaf
-- @tparam table connector which has `srs` or `batv`
-- @tparam table sender, not `<>`
-- @treturn table|nil address, the same if it is not signed
-- @treturn table|nil a verdict if there is no key
function signing.sign(routing, leaf, connector, sender)
  local key = sender.type == "SMTP" and sender.domain and known(core.key(sender))
  if not key then return sender end
  if is_to_mark(routing, connector, sender, key) then return mark(routing, connector, sender) end
  if not connector.srs then return sender end
  return sign(routing, leaf, connector, sender, key)
end

return signing
