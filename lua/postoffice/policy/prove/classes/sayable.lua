--- What can be said to a next hop in the type that it speaks, where that hangs on how an address is spelt.
--
-- A place of cc:Mail, GroupWise and MS Mail for AppleTalk takes any address of SMTP.  One of MS Mail for PCs
-- takes none with a slash, which parts names there; Notes reads a mailbox of the Internet by the dots after
-- its @, and by no slash before it; and X.400 carries nothing that is not ASCII.  What Notes reads in quotes
-- that stand in quotes is not told.  In SMTP everything can be said.
-- @module postoffice.policy.prove.classes.sayable

local addresses = require "postoffice.address"
local begins_carrier = require "postoffice.text.imcea".begins
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local known = require "postoffice.text.domain".known

local sayable = {}

local ANY = globs.ANY

-- ---- What tells addresses apart ------------------------------------------------

local function with(family, field, ...)
  return formulas.term(family, { [field] = { formulas.cond { ... } } })
end

local function containing(family, field, token) return with(family, field, ANY, token, ANY) end

local HIGH = globs.of_kind "high"

local SLASHED = formulas.any {
  containing("SMTP", "localpart", "/"), containing("SMTP", "domain", "/"),
}
local QUOTED_TWICE = containing("SMTP", "localpart", '"')
local NO_NAME = formulas.any {
  containing("SMTP", "localpart", "/"), containing("SMTP", "domain", "@"),
  with("SMTP", "domain", globs.run_of "letter mark special space high"),
}

-- By type of a next hop, formulas: of those of which the same are true, all can be said or none, but for
-- those that are not told.
local TESTS = {
  MS = { SLASHED }, PCM = { SLASHED }, NOTES = { NO_NAME, QUOTED_TWICE },
  X400 = {
    containing("SMTP", "localpart", HIGH), containing("EX", "dn", HIGH),
    containing("MS", "network", HIGH), containing("MS", "postoffice", HIGH),
    containing("MS", "mailbox", HIGH),
  },
}

local NONE = {}

--- What tells addresses that connectors of a policy can say from others.
-- @tparam table compiled
-- @treturn {table,...} formulas, each once
function sayable.tests(compiled)
  local list, seen = {}, {}
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    for _, test in ipairs(connector.shell and TESTS[connector.speaks] or NONE) do
      if not seen[test] then seen[test], list[#list + 1] = true, test end
    end
  end
  return list
end

-- ---- What is told ----------------------------------------------------------------

--- What becomes of a delivery whose sender cannot be said, and of one whose address cannot.
sayable.SENDER_UNSAID = { verdict = "reject", code = "sender-unsayable", status = "5.1.7" }
sayable.ADDRESS_UNSAID = { verdict = "reject", code = "format-unreadable", status = "5.1.3" }

--- Whether all addresses of a class can be said to a connector's next hop, or none.
-- @tparam table connector
-- @tparam table address of the class
-- @treturn boolean
function sayable.is_told(connector, address)
  local is_quoted = connector.speaks == "NOTES" and connector.shell and address.type == "SMTP"
    and address.localpart:find('"', 1, true)
  return not is_quoted
end

-- Whether a connector can say whatever SMTP carries at a domain.
local function says_carriers(connector, domain)
  if not connector.shell or domain:find("/", 1, true) then return false end
  return connector.speaks ~= "NOTES" or domain:find(".", 1, true) ~= nil
end

-- Whether a sender of SMTP looks like a carrier, at a domain that opens some.
local function may_be_opened(compiled, sender)
  local key = begins_carrier(sender.localpart) and known(core.key(sender))
  local domain = key and domains.find(compiled.domains, key)
  return domain and domains.is_home(domain)
end

-- Whether all senders of a class of SMTP can be said, or none: what may be opened is said as it is if what it
-- carries is not.
local function is_smtp_told(compiled, connector, sender)
  if not sayable.is_told(connector, sender) then return false end
  return not may_be_opened(compiled, sender) or says_carriers(connector, sender.domain)
end

-- Whether senders of a type may carry others of SMTP, who are said in their place.
local function may_carry(type_name)
  return type_name ~= "SMTP" and connectors.can_carry(type_name, "SMTP")
end

-- The same of senders of another type, who are said inside SMTP at a domain that opens them.
local function is_other_told(compiled, connector, sender)
  local opener = domains.opener(compiled.domains, sender.type)
  if connector.speaks == "SMTP" and (opener or connector.shell) then return true end
  return not may_carry(sender.type) or opener ~= nil and says_carriers(connector, opener.domain)
end

--- Whether all senders of a class can be said to a connector's next hop, or none.
-- @tparam table compiled
-- @tparam table connector that speaks another type
-- @tparam table sender of the class, as rules about senders make him
-- @treturn boolean
function sayable.is_sender_told(compiled, connector, sender)
  if sender.type ~= "SMTP" then return is_other_told(compiled, connector, sender) end
  return not connector.signs and is_smtp_told(compiled, connector, sender)
end

local SOMEBODY = addresses.smtp("x", "x.example")
local STRANGER, PLACE = addresses.smtp("x", "x.invalid"), "us" -- which may be a country, too

--- A sender like another one of a type other than SMTP, who carries a stranger: connectors say him in his place.
-- @tparam table sender
-- @treturn string|nil a text; nil if such carry nobody
function sayable.carrier_like(sender)
  local around = {}
  for _, field in ipairs(connectors.place_fields(sender.type)) do
    around[field] = sender[field] or PLACE
  end
  if not may_carry(sender.type) then return nil end
  local carrier = core.encapsulate(STRANGER, sender.type, around)
  return carrier and core.format(carrier)
end

--- An address of the type in which a connector says what others it can, in its shell.
-- @tparam table connector
-- @treturn table|nil
function sayable.sample(connector)
  if connector.speaks == "SMTP" then return SOMEBODY end
  return connector.shell and core.encapsulate(SOMEBODY, connector.speaks, connector.shell) or nil
end

--- Whether a sender who is said in another type is so himself, and not what he may carry: the place where he
-- is carried is that of all of his class.
-- @tparam table compiled
-- @tparam table sender as rules about senders make him
-- @treturn boolean
function sayable.is_himself(compiled, sender)
  if sender.type ~= "SMTP" then return not may_carry(sender.type) end
  return not may_be_opened(compiled, sender)
end

return sayable
