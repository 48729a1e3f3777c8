--- Postfix's maps: what a site answers for a key of each.
--
-- A map is `SITE.ROLE`, `SITE.inside.ROLE`, or one of them with `!explain` behind it.  All maps answer
-- as for a stranger, but those of `inside`, and those that are asked after the decision (`transport`,
-- `generic`, `srs`): so a listener where somebody forgot the policy service relays nothing.
-- Whom an entry takes mail from is decided by the policy service alone, which knows the sender.
-- @module postoffice.host.maps

local postoffice = require "postoffice"
local verdict = require "postoffice.host.verdict"

local maps = {}

local find, match, sub = string.find, string.match, string.sub
local parse = postoffice.parse
local of = verdict.of

local MOST_KEY = 10000 -- bytes; socketmap_max_query_size
local MOST_REPLY = 100000 -- bytes, with OK; socketmap_table(5)
local MOST_ADDRESSES = 1000 -- virtual_alias_expansion_limit, postconf(5)

local NOTFOUND = "NOTFOUND "
local SMTP = { type = "SMTP", notation = "native" }
local PLAIN = "^[%w._+-]+@[%w-]+%.[%w.-]+$" -- what no notation reads otherwise

-- By what maps answer: strangers have no facts of their own.
local STRANGER = { admitted = true }
local INSIDE = { admitted = true, may_relay = true }

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
  if find(key, PLAIN) then return key end
  if find(key, "^@") or not find(key, "@", 1, true) then return nil end
  return parse(key, SMTP) or unquoted(key)
end

local address_of = maps.address

-- ---- Roles -------------------------------------------------------------------

-- Each is a function of the site, the address, the facts of whoever asks, the key and the map; it
-- returns a reply, and the verdict that it comes from, if there is one.
local ROLES = {}

local say_virtual = verdict.sayer "virtual"
local say_transport = verdict.sayer "transport"

-- The verdict on an address, whatever is down: who it is does not hang on that.
local function decide(site, address, facts, key)
  local made = of(site:route(address, facts), key)
  if made.code == "connectors-down" then made = of(site:route_up(address, facts), key) end
  return made
end

-- A reply that is too long for Postfix, or lists more than it takes, would stop the whole message
-- without a word of why.
local function within_limits(reply, made)
  local addresses = made.addresses
  local is_over = #reply > MOST_REPLY or addresses and addresses[MOST_ADDRESSES + 1]
  if not is_over then return reply end
  return "TEMP the address expands to more than Postfix takes"
end

function ROLES.virtual(site, address, facts, key)
  local made = decide(site, address, facts, key)
  return within_limits(say_virtual(made), made), made
end

function ROLES.recipients(site, address, facts, key)
  local made = decide(site, address, facts, key)
  if made.addresses then return "OK " .. made.addresses[1], made end
  return say_virtual(made), made
end

-- Whether what a next hop would be given is the address itself.
local function is_itself(made, address, key)
  local wire = made.addresses[1]
  return wire == key or postoffice.equal(wire, address)
end

-- What was not rewritten before it came here goes nowhere: it is refused if a stranger's mail would be,
-- and else waits until the virtual map is asked.
local function not_rewritten(site, address, key)
  local made = decide(site, address, STRANGER, key)
  if made.addresses then
    made = verdict.own("defer", "4.3.5", "not-rewritten",
      "the virtual alias map was not asked for this address")
  end
  return made
end

function ROLES.transport(site, address, facts, key)
  local delivery = site:nexthop(address, facts)
  if not delivery then return NOTFOUND end
  local made = of({ delivery }, key)
  if made.addresses and made.nexthop and not is_itself(made, address, key) then
    made = not_rewritten(site, address, key)
  end
  return say_transport(made), made
end

-- ---- Names -------------------------------------------------------------------

-- The roles that are asked after the decision.
local AFTER = { transport = true, generic = true, srs = true }

-- The roles whose name goes on with that of a connector.
local NAMED = { generic = true, srs = true }

-- Taken apart: SITE, whether inside, ROLE, what is behind it, whether explained.
local function read_name(sites, name)
  local rest, bang = match(name, "^([^!]*)(.*)$")
  if bang ~= "" and bang ~= "!explain" then return nil end
  local site_name, role = match(rest, "^([^.]+)%.(.+)$")
  local site = site_name and sites[site_name]
  if not site then return nil end
  local inside = match(role, "^inside%.(.+)$")
  role = inside or role
  local argument = match(role, "%.(.+)$")
  role = match(role, "^[^.]+")
  if not ROLES[role] or argument and not NAMED[role] then return nil end
  return {
    name = name, site_name = site_name, role = role, argument = argument,
    facts = (inside or AFTER[role]) and INSIDE or STRANGER, answer = ROLES[role],
    is_explained = bang ~= "",
  }
end

-- The maps of each table of sites that were asked for, by name.
local known = setmetatable({}, { __mode = "k" })

--- The map of a name.
-- @tparam table sites by name
-- @tparam string name such as `SITE.inside.virtual!explain`
-- @treturn table|nil
function maps.find(sites, name)
  local of_sites = known[sites]
  if not of_sites then
    of_sites = {}
    known[sites] = of_sites
  end
  local map = of_sites[name]
  if not map then
    map = read_name(sites, name)
    of_sites[name] = map
  end
  return map
end

-- The whole way as a line of ASCII.
local function explained(site, map, address)
  local text = tostring(site:explain(address, map.facts)):gsub("%s*\n%s*", " | ")
  text = text:gsub("[^\32-\126]", "?")
  return "OK " .. sub(text, 1, MOST_REPLY - 3)
end

--- What a map answers for a key, as socketmap_table(5) has it.
-- @tparam table sites by name
-- @tparam table map from `find`
-- @tparam string key
-- @treturn string reply
-- @treturn table|nil the verdict that it comes from
function maps.answer(sites, map, key)
  local site = sites[map.site_name]
  local address = address_of(key)
  if not address then return NOTFOUND end
  if map.is_explained then return explained(site, map, address) end
  return map.answer(site, address, map.facts, key, map)
end

return maps
