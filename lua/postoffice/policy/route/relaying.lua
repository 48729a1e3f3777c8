--- Relaying: whether mail that came in encapsulated would leave for someone who is not ours.
--
-- Anyone who writes a carrier may write any address into it, and carriers within
-- carriers, and leave the last step to a gateway or to the next host (Q237927,
-- Q245045, Q264330).  So every layer is looked into, no matter who would open
-- it, and what cannot be read counts as foreign.
-- @module postoffice.policy.route.relaying

local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local postoffices = require "postoffice.policy.compile.postoffices"
local verdict = require "postoffice.policy.route.verdict"
local write = require "postoffice.address".show

local relaying = {}

local char, find, gmatch = string.char, string.find, string.gmatch
local gsub, lower = string.gsub, string.lower

local MAX_CARRIERS = core.max_carriers -- anything deeper is foreign
local FOREIGN = {} -- stands for an address that leaves us for good
local MARKS = "[%%!@]" -- what a host interprets in a local part (Q237927)

-- The kind of the domain that a host is in: "local", "relay", or nil if it is foreign.
local function kind_of(compiled, host)
  local key = core.key { type = "SMTP", localpart = "postmaster", domain = host }
  local domain = key and domains.find(compiled.domains, key)
  return domain and domain.kind ~= "former" and domain.kind or nil
end

local function unless_ours(compiled, host)
  if not kind_of(compiled, host) then return FOREIGN end
end

-- A local part with IMCEA's +XX decoded, as often as carriers may be nested.
local function decoded(text)
  if not find(text, "^[Ii][Mm][Cc][Ee][Aa]") then return text end
  for _ = 1, MAX_CARRIERS do
    text = gsub(text, "%+(%x%x)", function(digits) return char(tonumber(digits, 16)) end)
  end
  return text
end

-- By type, what an address carries: another address; FOREIGN; or nil if it ends with us.
local CARRIED = {}

function CARRIED.SMTP(compiled, address)
  if not address.domain then return nil end -- the postmaster's
  local kind = kind_of(compiled, address.domain)
  if not kind or kind == "relay" and find(decoded(address.localpart), MARKS) then return FOREIGN end
  return (core.decapsulate(address))
end

-- A gateway reads the mailbox.  If no post office is declared, any of them may be a gateway.
function CARRIED.CCMAIL(compiled, address)
  local offices = compiled.postoffices
  local inner, _, gateway = postoffices.foretell(offices, address)
  if gateway then return inner end
  local postoffice = address.postoffice and postoffices.find(offices, address.postoffice)
  if postoffice then return postoffice.gateway and FOREIGN or nil end
  if postoffices.are_declared(offices) or not find(address.mailbox, MARKS) then return nil end
  return core.decapsulate(address) or FOREIGN
end

-- If several DDAs hold a mailbox, gateways differ on which one they read.
function CARRIED.X400(_, address)
  local count, number = 0, 1
  while address[("dda%d_type"):format(number)] do
    local value = lower(address[("dda%d_value"):format(number)] or "")
    if find(value, "@", 1, true) or find(value, "(a)", 1, true) then count = count + 1 end
    number = number + 1
  end
  local inner, _, code = core.decapsulate(address)
  if count > 1 then return FOREIGN end
  return inner or (count > 0 or code ~= "not-encapsulated") and FOREIGN or nil
end

function CARRIED.FAX(compiled, address)
  return address.domain and unless_ours(compiled, address.domain)
end

-- Each host of the path hands the message on to the next.
function CARRIED.UUCP(compiled, address)
  if find(address.user, MARKS) then return FOREIGN end
  for host in gmatch(address.path, "[^!]+") do
    if kind_of(compiled, host) ~= "local" then return FOREIGN end
  end
end

-- A name with an @ is an Internet mailbox; a domain with a dot is the host of one.
function CARRIED.NOTES(compiled, address)
  if find(address.name, "@", 1, true) then
    return core.parse(address.name, { type = "SMTP", notation = "native" }) or FOREIGN
  end
  for host in gmatch(address.domain or "", "[^@]+") do
    if find(host, ".", 1, true) and not kind_of(compiled, host) then return FOREIGN end
  end
end

-- The innermost address if it leaves us for good, or nil.
local function foreign_end(compiled, address)
  for _ = 1, MAX_CARRIERS do
    local look = CARRIED[address.type]
    local inner = look and look(compiled, address)
    if not inner then return nil end
    if inner == FOREIGN then return address end
    address = inner
  end
  return address
end

--- Whether an address may not be handed over because it would make us a relay.
-- @tparam table routing
-- @tparam table|nil opened the domain that decapsulated it; nil if it did not come encapsulated
-- @tparam table address
-- @treturn table|nil a verdict
function relaying.denied(routing, opened, address)
  if not opened or routing.envelope.relay then return nil end
  local last = foreign_end(routing.compiled, address)
  if not last then return nil end
  return verdict.of("relay-denied", ("%s came encapsulated at %s and would go to %s"):format(
    write(address), opened.name, write(last)), opened.declaration)
end

return relaying
