--- Stage 6: the sender as a connector signs it.
--
-- SRS signs whoever is not ours on mail that we send on, so that the next host takes it from us
-- (SPF) and bounces find the way back.  BATV marks our own senders, so that only answers to what
-- they sent come back.
-- @module postoffice.policy.route.stage6_sign

local batv = require "postoffice.text.batv"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local envelopes = require "postoffice.policy.route.envelope"
local keys_of = require "postoffice.policy.route.secrets".keys
local known = require "postoffice.text.domain".known
local say = require "postoffice.policy.route.trace".teller "handover"
local signers = require "postoffice.policy.compile.signers"
local smtp = require "postoffice.address".smtp
local srs = require "postoffice.text.srs"

local MOST_OCTETS = 64 -- of a local part (RFC 5321 4.5.3.1.1); next to no host minds more

-- Whether an address is of a domain of ours, or of one in which we sign or signed.
local function is_ours(compiled, key)
  local domain = domains.find(compiled.domains, key)
  return domains.is_ours(domain) or signers.secrets_at(compiled.signers, key, domain)
end

-- Why a connector does not sign a sender, or nil.
local function why_not(routing, leaf, key)
  if is_ours(routing.compiled, key) then return "it is ours" end
  if leaf.owner then return "it is the list's owner" end
  if not leaf.sent_on then return "nobody here sent the mail on" end
end

local function sign(routing, leaf, connector, sender, key)
  local why, declaration = why_not(routing, leaf, key), connector.declaration
  if why then
    say(routing, declaration, "the sender %s is not signed: %s", sender, why)
    return sender
  end
  local form = connector.srs
  local keys, failure = keys_of(routing, form.secrets, declaration)
  if not keys then return nil, failure end
  local signed = smtp(srs.sign(sender.localpart, sender.domain, keys[1], envelopes.now(routing),
    srs.DEFAULTS), form.domain)
  say(routing, declaration, "the sender %s is signed as %s (SRS)", sender, signed)
  if #signed.localpart > MOST_OCTETS then
    say(routing, declaration, "its local part has %d octets, more than the %d of RFC 5321",
      #signed.localpart, MOST_OCTETS)
  end
  return signed
end

-- Whether a connector marks a sender: one of a domain that opens the answers.
local function is_to_mark(routing, connector, sender, key)
  local domain = connector.batv and domains.find(routing.compiled.domains, key)
  if not domain or not signers.is_opened(domain, "BATV") then return false end
  if not srs.begins(sender.localpart) then return true end
  say(routing, connector.declaration, "the sender %s is not marked: it is signed", sender)
  return false
end

local function mark(routing, connector, sender)
  if batv.read(sender.localpart) then
    say(routing, connector.declaration, "the sender %s is marked already", sender)
    return sender
  end
  local keys, failure = keys_of(routing, connector.batv.secrets, connector.declaration)
  if not keys then return nil, failure end
  local marked = smtp(batv.sign(sender.localpart, sender.domain, keys[1], envelopes.now(routing),
    batv.DEFAULTS), sender.domain)
  say(routing, connector.declaration, "the sender %s is marked as %s (BATV)", sender, marked)
  return marked
end

--- A sender as a connector signs it.
-- @tparam table routing
-- @tparam table leaf
-- @tparam table connector which has `srs` or `batv`
-- @tparam table sender, not `<>`
-- @treturn table|nil address, the same if it is not signed
-- @treturn table|nil a verdict if there is no key
local function sign_or_mark(routing, leaf, connector, sender)
  local key = sender.type == "SMTP" and sender.domain and known(core.key(sender))
  if not key then return sender end
  if is_to_mark(routing, connector, sender, key) then return mark(routing, connector, sender) end
  if not connector.srs then return sender end
  return sign(routing, leaf, connector, sender, key)
end

return sign_or_mark
