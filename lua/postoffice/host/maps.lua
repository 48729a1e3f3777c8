--- Postfix's maps: what a site answers for a key of each.
--
-- A map is `SITE.ROLE`, `SITE.inside.ROLE`, or one of them with `!explain` behind it.  All maps answer
-- as for a stranger, but those of `inside`, and those that are asked after the decision (`transport`,
-- `generic`, `srs`): so a listener where somebody forgot the policy service relays nothing.
-- Whom an entry takes mail from is decided by the policy service alone, which knows the sender.
-- @module postoffice.host.maps

local core = require "postoffice.core"
local lists = require "postoffice.lists"
local postoffice = require "postoffice"
local verdict = require "postoffice.host.verdict"

local maps = {}

local is_plain = core.is_plain
local find, match, sub = string.find, string.match, string.sub
local format, parse = postoffice.format, postoffice.parse
local of, own = verdict.of, verdict.own

local MOST_KEY = 10000 -- bytes; socketmap_max_query_size
local MOST_REPLY = 100000 -- bytes, with OK; socketmap_table(5)
local MOST_ADDRESSES = 1000 -- virtual_alias_expansion_limit, postconf(5)

local NOTFOUND = "NOTFOUND "
local PERM = "PERM there is no such map"
local SMTP = { type = "SMTP", notation = "native" }
local CONTROL = "[%z\1-\31\127]" -- what no address of SMTP has

-- ---- Keys --------------------------------------------------------------------

-- The address of a key as Postfix has it unquoted, split at its last @.
local function unquoted(key)
  local localpart, domain = match(key, "^(.*)@([^@]+)$")
  local address = localpart and { type = "SMTP", localpart = localpart, domain = domain }
  return address and postoffice.key(address) and address or nil
end

--- The address that a key is: a text if it is plain, else an address; nil for what is none.
--
-- A key is an address of SMTP, whatever it looks like: nobody writes past the checks of what is
-- encapsulated by `RCPT TO:<CCMAIL:user@domain at internet>`.
-- @tparam string key
-- @treturn string|table|nil
function maps.address(key)
  if #key > MOST_KEY then return nil end
  if is_plain(key) then return key end
  if find(key, "^@") or not find(key, "@", 1, true) or find(key, CONTROL) then return nil end
  return parse(key, SMTP) or unquoted(key)
end

local address_of = maps.address

-- ---- Replies -----------------------------------------------------------------

local say_recipients = verdict.sayer "recipients"
local say_virtual = verdict.sayer "virtual"
local say_transport = verdict.sayer "transport"

-- The verdict on an address, whatever is down: who it is does not hang on that.
local function decide(site, address, facts, key)
  local made = of(site:route(address, facts), key)
  if made.code == "connectors-down" then made = of(site:route_up(address, facts), key) end
  return made
end

-- A verdict that Postfix can be told: more than it takes would stop the whole message for ever.
local function within_limits(made)
  local addresses = made.addresses
  if not (addresses and addresses[2]) then return made end
  local bytes = #"OK "
  for i = 1, #addresses do bytes = bytes + #addresses[i] + 1 end
  if bytes <= MOST_REPLY and not addresses[MOST_ADDRESSES + 1] then return made end
  return own("expansion-unsayable", made.deliveries)
end

-- The verdict on what could not be decided at all, by the code of it.
local function failed(code)
  local made = own(code or "policy-error")
  return "TEMP " .. made.text, made
end

-- An address as a value, if it is another one than was asked for.
local function changed(made, key)
  local text = made.type == "SMTP" and format(made, "native")
  if not text or text == key then return nil end
  return not postoffice.equal(text, key) and text or nil
end

-- ---- Roles -------------------------------------------------------------------

-- Each is a function of the site, the address (of those about domains: the key), the facts of whoever
-- asks, the key and the map; it returns a reply, and the verdict that it comes from, if there is one.
local ROLES = {}

function ROLES.virtual(site, address, facts, key)
  local made = within_limits(decide(site, address, facts, key))
  return say_virtual(made), made
end

function ROLES.recipients(site, address, facts, key)
  local made = decide(site, address, facts, key)
  return say_recipients(made), made
end

-- Whether what a next hop would be given is the address itself.
local function is_itself(made, address, key)
  local wire = made.addresses[1]
  return wire == key or postoffice.equal(wire, address)
end

-- What was not rewritten before it came here goes nowhere: it is refused if a stranger's mail would be,
-- and else waits until the virtual map is asked.
local function not_rewritten(site, address, key)
  local made = decide(site, address, site:facts "stranger", key)
  return made.addresses and own("not-rewritten", made.deliveries) or made
end

-- Next hops as transport(5) has them: without a transport, by the default one; behind the first, hosts
-- alone.
local function as_transport(deliveries)
  local hops = {}
  for i, delivery in ipairs(deliveries) do
    local text, transport = delivery.nexthop, delivery.hop and delivery.hop.transport
    if not transport then
      hops[i] = i == 1 and delivery.hop and ":" .. text or text
    else
      hops[i] = i == 1 and text or sub(text, #transport + 2)
    end
  end
  return table.concat(hops, ", ")
end

--- The verdict on where an address goes as it is, which is asked after the decision.
-- @tparam table site
-- @tparam string|table address
-- @tparam table facts with leave to relay
-- @tparam string key the address as it was asked for
-- @treturn table a verdict; what is delivered here has no `nexthop`
-- @treturn table|nil the delivery, if it goes on
function maps.onward(site, address, facts, key)
  local delivery, _, code = site:nexthop(address, facts)
  if not delivery then return own(code or "policy-error") end
  local made = of({ delivery }, key)
  if not (made.addresses and made.nexthop) then
    if made.action == "deliver" then made.action = "here" end
    return made
  elseif not is_itself(made, address, key) then
    return not_rewritten(site, address, key)
  end
  return made, delivery
end

function ROLES.transport(site, address, facts, key)
  local made, delivery = maps.onward(site, address, facts, key)
  if delivery then
    made.nexthop = as_transport(site:with_alternatives(address, facts, delivery))
    if find(made.nexthop, "[^\32-\126]") then made = own("wire-missing", made.deliveries) end
  end
  return say_transport(made), made
end

-- What a rewrite makes of an address; not of one whose mail is refused, as what would be relayed is.
function ROLES.canonical(site, address, facts, key)
  local rewritten, _, code = site:rewrite(address, facts)
  if not rewritten then return failed(code) end
  local text = changed(rewritten, key)
  if not text then return NOTFOUND end
  local made = decide(site, address, facts, key)
  if made.action == "defer" then return say_virtual(made), made end
  return (made.addresses or made.action == "pass") and "OK " .. text or NOTFOUND, made
end

-- A sender as it is written on mail that leaves by a connector.
function ROLES.generic(site, address, facts, key, map)
  local made, _, code = site:rewrite_sender(address, map.connector, facts)
  if code == "connector-unknown" then return PERM end
  if not made then return failed(code) end
  local text = changed(made, key)
  return text and "OK " .. text or NOTFOUND
end

-- A sender as it is signed on mail that leaves by a connector, or by any where all sign alike.
function ROLES.srs(site, address, facts, key, map)
  local connector = map.connector
  if not connector then
    local signers = site.policy:signers()
    if signers[2] then return failed "signers-several" end
    connector = signers[1]
  end
  if not connector then return NOTFOUND end
  local made, _, code = site:sign_sender(address, connector, facts)
  if code == "connector-unknown" then return PERM end
  if not made then return failed(code) end
  local text = changed(made, key)
  return text and "OK " .. text or NOTFOUND
end

-- Whether a key can be a domain.
local function is_domain(key) return key ~= "" and #key <= MOST_KEY and not find(key, "[@*]") end

-- What domains of a kind are to us; a shell's domain is nobody's, or strangers could write into it.
local function of_kind(kind)
  return function(site, key)
    local domain = is_domain(key) and site:domain(key)
    if not domain or domain.is_shell or domain.kind ~= kind then return NOTFOUND end
    return "OK " .. kind
  end
end

ROLES.mailbox_domains, ROLES.relay_domains = of_kind "local", of_kind "relay"

-- The roles that are asked for domains, those that are asked after the decision, and those whose name
-- goes on with that of a connector: always, or if somebody says it.
local DOMAINS = { mailbox_domains = true, relay_domains = true }
local AFTER = { transport = true, generic = true, srs = true }
local NAMED = { generic = "always", srs = "maybe" }

--- The roles that there are, as a set.
maps.roles = {}
for role in pairs(ROLES) do maps.roles[role] = true end

-- ---- Names -------------------------------------------------------------------

-- The name as logs and counts have it: without a connector that the policy does not have, since that is
-- whatever somebody writes, an address as well.
local function label_of(map, is_inside)
  return table.concat {
    map.site_name, is_inside and ".inside" or "", ".", map.role,
    map.is_declared and map.connector and "." .. map.connector or "",
    map.is_explained and "!explain" or "",
  }
end

-- Taken apart: SITE, whether inside, ROLE, the connector behind it, whether explained.
local function read_name(sites, name)
  local rest, bang = match(name, "^([^!]*)(.*)$")
  local site_name, role = match(rest, "^([^.]+)%.(.+)$")
  if not site_name or not sites[site_name] or bang ~= "" and bang ~= "!explain" then return nil end
  local inside = match(role, "^inside%.(.+)$")
  role = inside or role
  local connector = match(role, "%.(.+)$")
  role = match(role, "^[^.]+")
  if not ROLES[role] or connector and not NAMED[role] then return nil end
  if NAMED[role] == "always" and not connector then return nil end
  local map = {
    site_name = site_name, role = role, connector = connector, answer = ROLES[role],
    who = (inside or AFTER[role]) and "inside" or "stranger", is_of_domains = DOMAINS[role],
    is_explained = bang ~= "",
    is_declared = not connector or lists.contains(sites[site_name].policy:connectors(), connector),
  }
  map.label = label_of(map, inside)
  return map
end

-- The maps of each table of sites that were asked for, by name: those that there are.
local known = setmetatable({}, { __mode = "k" })

--- The map of a name.
-- @tparam table sites by name
-- @tparam string name such as `SITE.inside.virtual!explain`
-- @treturn table|nil its `label` is the name that logs and counts have
function maps.find(sites, name)
  local of_sites = known[sites]
  if not of_sites then
    of_sites = {}
    known[sites] = of_sites
  end
  local map = of_sites[name]
  if map and sites[map.site_name] then return map end
  map = read_name(sites, name)
  if map and map.is_declared then of_sites[name] = map end -- others are whatever somebody writes
  return map
end

-- ---- Explaining --------------------------------------------------------------

local function in_a_line(text)
  text = text:gsub("%s*\n%s*", " | "):gsub("[^\32-\126]", "?")
  return "OK " .. sub(text, 1, MOST_REPLY - #"OK ")
end

-- What a map that follows no way answers, and to which question.
local function explained_plainly(map, key, reply)
  return in_a_line(("%s of %s: %s"):format(map.role, key, match(reply, "^(.-) ?$")))
end

-- How a map comes to its answer, in a line of ASCII; nothing of what is no address.
local function explain(site, map, address, facts, key)
  local reply = map.answer(site, address, facts, key, map)
  if reply == PERM then return PERM end
  if map.is_of_domains or NAMED[map.role] then return explained_plainly(map, key, reply) end
  return in_a_line(("%s: %s\n%s"):format(map.role, match(reply, "^(.-) ?$"),
    tostring(site:explain(address, facts))))
end

--- What a map answers for a key, as socketmap_table(5) has it.
-- @tparam table sites by name
-- @tparam table map from `find`
-- @tparam string key
-- @treturn string reply
-- @treturn table|nil the verdict that it comes from
function maps.answer(sites, map, key)
  local site = sites[map.site_name]
  local facts = site:facts(map.who)
  local address = map.is_of_domains and key or address_of(key)
  if not address then return NOTFOUND end
  if map.is_explained then return explain(site, map, address, facts, key) end
  return map.answer(site, address, facts, key, map)
end

return maps
