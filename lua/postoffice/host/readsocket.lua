--- The protocol of Exim's `${readsocket}`: one line in, one line out, and the connection is closed.
--
-- A line is `SITE.ROLE recipient`, and after tabs, as far as they are known, the sender, the size, the
-- client's address and who logged in, by whom the sender is authenticated and may relay;
-- `SITE.inside.ROLE` asks with leave to relay.  `redirect` is for the data of a redirect router with
-- `allow_fail` and `allow_defer`; `route`, which is asked after that decision, for the route_data of a
-- manualroute router, whose hosts it names: what it refuses or defers begins with a colon, as it does
-- for a redirect router.  An outage is an answer, too: give `{:defer: 4.3.0 ...}` as the expansion's
-- fifth argument, or else it counts as an empty one.
-- @module postoffice.host.readsocket

local decimal = require "postoffice.text.decimal"
local incoming = require "postoffice.host.incoming"
local maps = require "postoffice.host.maps"
local verdict = require "postoffice.host.verdict"

local readsocket = {}

local find, gsub, match = string.find, string.gsub, string.match

local LENGTH = 20000 -- of a line

local Reader = {}
Reader.__index = Reader

--- What reads a request.
-- @tparam[opt] table limits `length`, of the line
-- @treturn table reader
function readsocket.reader(limits)
  return setmetatable({
    incoming = incoming.new(), length = limits and limits.length or LENGTH,
  }, Reader)
end

--- Takes bytes that came.
-- @tparam string bytes
function Reader:push(bytes) self.incoming:push(bytes) end

--- The request.
-- @treturn string|nil|false its line; nil if more bytes are wanted; false if this is none
-- @treturn string why
function Reader:next()
  local line = self.incoming:line()
  if (line and #line + 1 or self.incoming.length) > self.length then
    return false, "the request is too long"
  end
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

-- What a host list can hold, whatever a policy says.
local HOST = "^[%w._:%[%]-]+$"

-- Hosts as Exim lists them, colons doubled, ports behind two: 20.7 of its specification.  Nil if the
-- first one is none.
local function listed(deliveries)
  local hosts = {}
  for _, delivery in ipairs(deliveries) do
    local host, port = delivery.hop and delivery.hop.host, delivery.hop and delivery.hop.port
    if not host or not find(host, HOST) then break end
    if find(host, ":", 1, true) then host = "[" .. gsub(host, ":", "::") .. "]" end
    hosts[#hosts + 1] = port and host .. "::" .. port or host
  end
  return hosts[1] and table.concat(hosts, ":")
end

function ROLES.route(site, address, facts, asked)
  facts.may_relay = true -- it is asked after the decision
  local made, delivery = maps.onward(site, address, facts, asked)
  made.nexthop = delivery and listed(site:with_alternatives(address, facts, delivery))
  if made.addresses and not made.nexthop then made.action = "here" end
  return say_route(made), made
end

-- The site, the role, and whether inside, of a name.
local function read_name(sites, name)
  local site_name, role = match(name, "^([^.]+)%.(.+)$")
  local inside = role and match(role, "^inside%.(.+)$")
  return site_name and sites[site_name], ROLES[inside or role or ""], inside ~= nil
end

-- The fields of a line behind its first blank: recipient, sender, size, client, login.
local function read_fields(text)
  local fields = {}
  for field in (text .. "\t"):gmatch "([^\t]*)\t" do fields[#fields + 1] = field end
  return fields
end

local function said(field) return field ~= "" and field or nil end

--- Answers a request.
-- @tparam table service `sites` by name, `decided`
-- @tparam string line
-- @treturn string the reply
-- @treturn true that the connection is closed afterwards
function readsocket.answer(service, line)
  local name, text = match(line, "^(%S+) (.*)$")
  local site, role, is_inside = read_name(service.sites, name or "")
  if not (site and role) then return ":defer: 4.3.5 there is no such map", true end
  local fields = read_fields(text)
  local address, login = maps.address(fields[1]), said(fields[5])
  if not address then return "", true end
  local reply, made = role(site, address, {
    sender = fields[2], size = decimal.read(fields[3]), client = said(fields[4]),
    may_relay = is_inside or login ~= nil, authenticated = login ~= nil,
  }, fields[1])
  service:decided(verdict.record(made, "readsocket", name, site.name, fields[1], fields[2]))
  return reply, true
end

--- The reply after an error of our own.
-- @treturn string
function readsocket.failure() return say_redirect(verdict.fault()) end

return readsocket
