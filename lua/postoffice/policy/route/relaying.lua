--- Relaying: whether mail that came in encapsulated would leave for someone who is not ours.
-- A rewrite at a domain of ours that makes an address of another type opens it likewise.
--
-- Anyone who writes a carrier may write any address into it, and carriers within
-- carriers, and leave the last step to a gateway or to the next host (Q237927,
-- Q245045, Q264330).  So every layer is looked into, no matter who would open
-- it, and what cannot be read counts as foreign.
-- @module postoffice.policy.route.relaying

local address_fields = require "postoffice.address"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local imcea = require "postoffice.text.imcea"
local known = require "postoffice.text.domain".known
local postoffices = require "postoffice.policy.compile.postoffices"
local shells = require "postoffice.policy.compile.shells"
local verdict = require "postoffice.policy.route.verdict"

local relaying = {}

local char, find, gmatch = string.char, string.find, string.gmatch
local gsub, lower, match = string.gsub, string.lower, string.match
local is_own_field, write = address_fields.is_own_field, address_fields.show

local MAX_CARRIERS = core.max_carriers -- anything deeper is foreign
local FOREIGN = {} -- stands for an address that leaves us for good
local MARKS = address_fields.MARKS
local MAX_DDAS = 4 -- that an address has (X.402)
local SMTP = { type = "SMTP", notation = "native" }

-- The kind of the domain that a host is in: "local", "relay", or nil or false if it is foreign.
local function kind_of(compiled, host)
  local key = known(core.key { type = "SMTP", localpart = "postmaster", domain = host })
  local domain = key and domains.find(compiled.domains, key)
  return domains.is_ours(domain) and domain.kind
end

local function unless_ours(compiled, host)
  if not kind_of(compiled, host) then return FOREIGN end
end

-- A local part with IMCEA's +XX decoded, as often as carriers may be nested.
local function decoded(text)
  if not imcea.begins(text) then return text end
  for _ = 1, MAX_CARRIERS do
    text = imcea.unescaped(text)
  end
  return text
end

-- By type, what an address carries: another address; FOREIGN; or nil if it ends with us.
local CARRIED = {}

function CARRIED.SMTP(compiled, address)
  if not address.domain then return nil end -- the postmaster's
  local kind = kind_of(compiled, address.domain)
  if not kind or kind == "relay" and find(decoded(address.localpart), MARKS) then return FOREIGN end
  local inner, _, code = core.decapsulate(address)
  return inner or code ~= "not-encapsulated" and FOREIGN or nil
end

-- A gateway reads the mailbox.  If no post office is declared, any of them may be a gateway.
function CARRIED.CCMAIL(compiled, address)
  local offices = compiled.postoffices
  local inner, _, gateway = postoffices.foretell(offices, address)
  if gateway then return inner end
  local postoffice = postoffices.of(offices, address)
  if postoffice then return postoffice.gateway and FOREIGN or nil end
  if postoffices.are_ccmail(offices) or not find(address.mailbox, MARKS) then return nil end
  return core.decapsulate(address) or FOREIGN
end

-- Whether a DDA could carry an address, be it encoded as PrintableString (RFC 2156 4.2).
local ENCODED = { a = "@", b = "!", p = "%" }

local function may_carry(value)
  value = gsub(value, "%((%d%d%d)%)", function(digits)
    return tonumber(digits) < 256 and char(tonumber(digits)) or nil
  end)
  return find(gsub(lower(value), "%((%a)%)", ENCODED), MARKS) ~= nil
end

-- A DDA that is left over is read by some gateway, and they differ on which one they read.
function CARRIED.X400(_, address)
  local inner, rest, code = core.decapsulate(address)
  if not inner and code ~= "not-encapsulated" then return FOREIGN end
  rest = inner and rest or address
  for number = 1, MAX_DDAS do
    if may_carry(rest[("dda%d_value"):format(number)] or "") then return FOREIGN end
  end
  return inner
end

-- Each host of the path hands the message on to the next.
function CARRIED.UUCP(compiled, address)
  if find(address.user, MARKS) then return FOREIGN end
  for host in gmatch(address.path, "[^!]+") do
    if kind_of(compiled, host) ~= "local" then return FOREIGN end
  end
end

-- The Internet mailbox that a text is for a gateway, or nil where it is none.
local function mailbox_in(text)
  if not find(text, MARKS) then return nil end
  return core.parse(text, SMTP) or FOREIGN
end

-- Whether one of the names between separators is that of a host that is not ours.
local function names_foreign_host(compiled, text, name)
  for host in gmatch(text or "", name) do
    if find(host, ".", 1, true) and not kind_of(compiled, host) then return true end
  end
  return false
end

-- A number may have dots; a letter after one is a host's.
local HOST_NAMES = "[%w\128-\255.-]+%.[%a\128-\255][%w\128-\255.-]*"

function CARRIED.FAX(compiled, address)
  if address.domain then return unless_ours(compiled, address.domain) end
  return names_foreign_host(compiled, address.number, HOST_NAMES) and FOREIGN or nil
end

function CARRIED.NOTES(compiled, address)
  local inner = mailbox_in(address.name)
  if inner then return inner end
  return names_foreign_host(compiled, address.domain, "[^@]+") and FOREIGN or nil
end

-- The hosts in a text such as user@host or user@host;x=y.
local HOSTS = "@([^@%s;,<>(){}]+)"

-- What any field holds; more than one mailbox is read as each gateway likes.  A type whose own
-- notation is user@host, as those of MHS and SIP are, may name an Internet host.
local function carried_in_fields(compiled, address)
  if names_foreign_host(compiled, core.format(address, "native"), HOSTS) then return FOREIGN end
  local inner
  for name, value in next, address do
    local found = is_own_field(name) and mailbox_in(value)
    if found then inner = inner and FOREIGN or found end
  end
  return inner
end

local function carried_by_mailbox(compiled, address)
  if names_foreign_host(compiled, address.server, ".+") then return FOREIGN end
  return mailbox_in(address.mailbox)
end

CARRIED.MSMAIL, CARRIED.MSA = carried_by_mailbox, carried_by_mailbox

-- The dots of internet.user@host part a GroupWise name, too.
local function carried_after_domain(_, address)
  local text = core.format(address, "native") or "@"
  if not find(text, MARKS) then return nil end
  return core.parse(match(text, "^[^.:]*[.:](.*)$") or "", SMTP) or FOREIGN
end

CARRIED.GWISE, CARRIED.GROUPWISE = carried_after_domain, carried_after_domain

-- A distinguished name ends in a directory: no gateway reads mailboxes in it.
function CARRIED.EX() return nil end

CARRIED.X500 = CARRIED.EX

-- The innermost address if it leaves us for good, or nil.
local function foreign_end(compiled, address)
  for _ = 1, MAX_CARRIERS do
    local inner = (CARRIED[address.type] or carried_in_fields)(compiled, address)
    if not inner then return nil end
    if inner == FOREIGN then return address end
    address = inner
  end
  return address
end

-- What is inside the shell that connectors of ours put around what they carry, which need not be at a
-- domain of ours.  What somebody put into it himself, within another carrier, is none of theirs.
local function unless_in_shell(compiled, address)
  local _, inner = shells.find(compiled.shells, address)
  return inner or address
end

--- Whether what was encapsulated would leave for someone who is not ours.
-- @tparam table compiled
-- @tparam table address what was inside
-- @treturn boolean
function relaying.is_foreign(compiled, address)
  return foreign_end(compiled, unless_in_shell(compiled, address)) ~= nil
end

--- Whether an address may not be handed over because it would make us a relay.
-- @tparam table routing
-- @tparam table item a node or a leaf: `opened`, the domain that decapsulated it, and `retyped`,
--   the one where a rewrite made an address of another type of it
-- @tparam table address
-- @treturn table|nil a verdict
function relaying.denied(routing, item, address)
  local domain = item.opened or item.retyped
  if not domain or routing.envelope.may_relay then return nil end
  local compiled = routing.compiled
  local last = foreign_end(compiled, unless_in_shell(compiled, address))
  if not last then return nil end
  local how = item.opened and "came encapsulated at" or "was made of an address at"
  return verdict.of("relay-denied", ("%s %s %s and would go to %s"):format(write(address), how,
    domain.name, write(last)), domain.declaration)
end

--- Whether an address that was taken out of a carrier on its way out may not be handed over.
-- @tparam table routing
-- @tparam table carrier
-- @tparam table address what was inside
-- @treturn table|nil a verdict
function relaying.denied_from(routing, carrier, address)
  if routing.envelope.may_relay then return nil end
  local last = foreign_end(routing.compiled, address)
  return last and verdict.of("relay-denied", ("%s is taken out of %s and would go to %s"):format(
    write(address), write(carrier), write(last)))
end

return relaying
