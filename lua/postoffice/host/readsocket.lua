--- The protocol of Exim's `${readsocket}`: one line in, one line out, and the connection is closed.
--
-- A line is `SITE.ROLE recipient`, and after tabs the sender and the size; `SITE.inside.ROLE` asks with
-- leave to relay.  `redirect` is for the data of a redirect router with `allow_fail` and
-- `allow_defer`, `route` for the route_data of a manualroute router.  An outage is an answer, too: give
-- `{:defer: 4.3.0 ...}` as the expansion's fifth argument, or else it counts as an empty one.
-- @module postoffice.host.readsocket

local maps = require "postoffice.host.maps"
local verdict = require "postoffice.host.verdict"

local readsocket = {}

local find, gsub, match, sub = string.find, string.gsub, string.match, string.sub

local LENGTH = 20000 -- of a line

local Reader = {}
Reader.__index = Reader

--- What reads a request.
-- @tparam[opt] table limits `length`, of the line
-- @treturn table reader
function readsocket.reader(limits)
  return setmetatable({ buffer = "", length = limits and limits.length or LENGTH }, Reader)
end

--- Takes bytes that came.
-- @tparam string bytes
function Reader:push(bytes) self.buffer = self.buffer .. bytes end

--- The request.
-- @treturn string|nil|false its line; nil if more bytes are wanted; false if this is none
-- @treturn string why
function Reader:next()
  local stop = find(self.buffer, "\n", 1, true)
  if (stop or #self.buffer) > self.length then return false, "the request is too long" end
  if not stop then return nil end
  local line = sub(self.buffer, 1, stop - 1)
  self.buffer = sub(self.buffer, stop + 1)
  return line
end

-- ---- Roles -------------------------------------------------------------------

local ROLES = {}

local say_redirect = verdict.sayer "redirect"
local say_route = verdict.sayer "route"

function ROLES.redirect(site, address, facts, asked)
  local made = verdict.of(site:route(address, facts), asked)
  return say_redirect(made), made
end

-- A host as a list of hosts has it: colons doubled, the port behind two.
local function listed(hop)
  local host = gsub(hop.host, ":", "::")
  if find(host, ":", 1, true) then host = "[" .. host .. "]" end
  return hop.port and host .. "::" .. hop.port or host
end

function ROLES.route(site, address, facts, asked)
  local delivery = site:nexthop(address, facts)
  if not delivery then return "" end
  local made = verdict.of({ delivery }, asked)
  made.nexthop = made.hop and made.hop.host and listed(made.hop) or ""
  return say_route(made), made
end

-- The site, the role, and whether inside, of a name.
local function read_name(sites, name)
  local site_name, role = match(name, "^([^.]+)%.(.+)$")
  local inside = role and match(role, "^inside%.(.+)$")
  return site_name and sites[site_name], ROLES[inside or role or ""], inside ~= nil
end

local function tell(service, site, name, asked, sender, made)
  service:decided {
    protocol = "readsocket", map = name, site = site.name, recipient = asked, sender = sender,
    action = made.action, status = made.status, code = made.code, connector = made.connector,
    rule = made.rule,
  }
end

--- Answers a request.
-- @tparam table service `sites` by name, `decided`
-- @tparam string line
-- @treturn string the reply
-- @treturn true that the connection is closed afterwards
function readsocket.answer(service, line)
  local name, recipient, rest = match(line, "^(%S+) ([^\t]*)(.*)$")
  local site, role, is_inside = read_name(service.sites, name or "")
  if not (site and role) then return ":defer: 4.3.5 there is no such map", true end
  local sender, size = match(rest, "^\t([^\t]*)\t?(%d*)")
  local address = maps.address(recipient)
  if not address then return "", true end
  local reply, made = role(site, address, {
    sender = sender, size = tonumber(size), may_relay = is_inside or nil,
  }, recipient)
  if made then tell(service, site, name, recipient, sender, made) end
  return reply, true
end

--- The reply after an error of our own.
-- @treturn string
function readsocket.failure() return say_redirect(verdict.fault()) end

return readsocket
