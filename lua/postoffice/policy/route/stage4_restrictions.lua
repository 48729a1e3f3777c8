--- Stage 4: whether an entry takes the message.
--
-- It is decided on the entry, by whatever address or list the message came to it, and by the
-- message's first sender.  Anybody writes any address into MAIL FROM, so that one of ours counts for
-- `accept` only if the envelope says that the sender is authenticated.  A fact that the envelope
-- lacks never refuses.
-- @module postoffice.policy.route.stage4_restrictions

local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local find_extended = require "postoffice.policy.route.stage4_extension".find
local hearing = require "postoffice.policy.route.hearing"
local known = require "postoffice.text.domain".known
local membership = require "postoffice.policy.route.membership"
local restrictions = require "postoffice.policy.compile.restrictions"
local say = require "postoffice.policy.route.trace".teller "resolve"
local silent = require "postoffice.policy.route.trace".silent
local unwrap = require "postoffice.policy.route.stage2_unwrap"
local verdict = require "postoffice.policy.route.verdict"

local lower = string.lower

-- The kinds of entries whose mail goes elsewhere: their addresses may be a partner's.
local ELSEWHERE = { target = true, targets = true }

-- Whether an address is one of ours: of a domain that we answer for, its own or the one at which it
-- is encapsulated, or of a mailbox here.
local function is_ours(routing, outer, domain, entry)
  if domains.is_ours(outer) or domains.is_ours(domain) then return true end
  local entries = routing.compiled.directory
  return entry ~= nil
    and (not ELSEWHERE[directory.kind(entries, entry)] or directory.stays(entries, entry))
end

-- The key of an address, and the domain that it is in, as far as there are any.
local function place(routing, address)
  local key = known(core.key(address))
  return key, key and domains.find_of(routing.compiled.domains, address, key)
end

-- The entry whose address it is, be it with an extension.
local function entry_of(routing, address, key, domain)
  if not key then return nil end
  return directory.find(routing.compiled.directory, key)
    or find_extended(routing, { address = address, domain = domain })
    or address.type == "CCMAIL" and not address.postoffice
      and directory.find_bare(routing.compiled.directory, key) or nil
end

-- What is known of the sender, found out once: `sender`, its address without the encapsulation of a
-- domain of ours and without our signature, for `restrictions.includes`; and whether it is ours.
local function facts_of(routing)
  if routing.sender_facts then return routing.sender_facts end
  local _, outer = place(routing, routing.sender)
  local address = unwrap(silent(routing), routing.sender)
  local key, domain = place(routing, address)
  local entry = entry_of(routing, address, key, domain)
  routing.sender_facts = {
    sender = restrictions.sender(address, key or "", entry),
    is_ours = is_ours(routing, outer, domain, entry),
  }
  return routing.sender_facts
end

-- Whether something is so of the sender, who can be read; a proof asks it of all whom it may be.
local function is_so(routing, test, senders)
  local ask = routing.ask_of_sender
  if ask then return ask(test, senders) end
  return test(routing, senders)
end

local function is_one_of_ours(routing) return facts_of(routing).is_ours end

local function is_included(routing, senders)
  local sender = facts_of(routing).sender
  local included = restrictions.includes(routing.compiled.restrictions, senders, sender)
  local set = included and routing.trace and restrictions.set_of(senders, sender)
  if set then membership.tell(say, routing, set, sender.address) end
  return included
end

-- Whether senders include that of the message, which is known.
local function includes(routing, senders)
  if routing.null_sender then return senders.has_null end
  if not routing.sender then return false end -- nobody can read it
  return is_so(routing, is_included, senders)
end

local REFUSED = "recipient-restricted"

-- What each restriction says, in the order in which they are heard.
local HEARD = {
  function(routing, rules)
    if not rules.reject then return nil end
    local code, why, fact = hearing.of_sender(routing)
    if code or not includes(routing, rules.reject) then return code, why, fact end
    return REFUSED, "rejects the sender"
  end,
  function(routing, rules)
    if not rules.accept then return nil end
    local code, why, fact = hearing.of_sender(routing)
    if code then return code, why, fact end
    if routing.null_sender then
      if not rules.is_list then return nil end
      return REFUSED, "accepts no mail from <>, as no list does that has accept"
    elseif not includes(routing, rules.accept) then
      return REFUSED, "does not accept the sender"
    elseif is_so(routing, is_one_of_ours) and not routing.envelope.authenticated then
      return REFUSED, "accepts the sender, one of ours, only authenticated"
    end
  end,
  function(routing, rules)
    if not rules.authenticated or routing.envelope.authenticated then return nil end
    return REFUSED, "takes mail of authenticated senders only"
  end,
  function(routing, rules)
    return hearing.of_size(routing, rules.max_size, "recipient-size")
  end,
}

-- Whether a message comes to an entry as to a postmaster, who has no restrictions (RFC 5321
-- 4.5.1): by an address of its own.  Whom a rewrite, a catch-all, a target or a list leads to from
-- there has restrictions: else anybody could write to a closed list, as the postmaster of a domain
-- whose mail it takes.
local function is_to_postmaster(routing, node, entry)
  local address = node.address
  return address.type == "SMTP" and lower(address.localpart) == "postmaster"
    and directory.owns(routing.compiled.directory, entry, node.key)
end

--- Why an entry does not take the message.
-- @tparam table routing whose policy has restrictions
-- @tparam table node
-- @tparam number entry
-- @treturn table|nil a verdict
local function refusal(routing, node, entry)
  local rules = restrictions.find(routing.compiled.restrictions, entry)
  if not rules or routing.ends_at_entries or routing.is_unrestricted then return nil end
  local entries = routing.compiled.directory
  local declaration, name = directory.declaration(entries, entry), directory.name(entries, entry)
  local code, why, fact = hearing.hear(HEARD, routing, rules)
  if not code then
    say(routing, declaration, "%s takes the message, by its restrictions", name)
  elseif is_to_postmaster(routing, node, entry) then
    say(routing, declaration, "%s %s; mail to postmaster has no restrictions", name, why)
  else
    return verdict.of(code, ("%s %s"):format(name, why), declaration, fact)
  end
end

return refusal
