--- Next hops, and the spaces that lead to them, as tables of mail servers say both.
-- @module postoffice.import.hops

local draft = require "postoffice.import.draft"
local site = require "postoffice.import.site"
local smtp = require "postoffice.import.smtp"

local hops = {}

local split, literal = site.split, site.literal
local is_address, is_domain = smtp.key, smtp.is_domain

--- A name for a connector, from its next hop.
-- @string nexthop
-- @treturn string
function hops.name_of(nexthop)
  return nexthop:match "^[%w_-]*:?%[([^%]]+)%]" or nexthop:match "^[%w_-]+:([^:/]+)"
    or nexthop:match "^[%w_-]+" or nexthop
end

--- Whether a next hop can be one: without what ends a line, and with a port that there is.
-- @string text
-- @treturn boolean
function hops.is_nexthop(text)
  local port = tonumber(text:match ":(%d+)$")
  return not text:find "[%c\128-\255]" and #text <= draft.LONGEST_TEXT
    and (not port or port >= 1 and port <= 65535)
end

-- What the transports do that answer instead of sending on, but for error.
local REMARKS = {
  retry = "Postfix lets it wait, and bounces it when it is too old",
  discard = "Postfix throws it away",
}

--- What has to be said of a transport, or nil.
-- @string transport
-- @treturn string|nil
function hops.remark_of(transport) return REMARKS[transport] end

--- The transport and the host of a value of transport(5) and its like.
-- @string value
-- @treturn string the transport, empty where it says none
-- @treturn string the host, likewise
function hops.split(value)
  local transport, host = value:match "^([%w_.-]*):(.*)$"
  if transport then return transport, host end
  if value:find "^%[" then return "", value end
  return value, ""
end

-- An address in a space, where a % is no wildcard of Exchange's.
local function in_space(text) return (literal(text):gsub("%%", "\\%%")) end

--- The patterns of an address, and of the same with any extension, unless it has one.
-- @tparam table self a site
-- @string address
-- @treturn {string,...}
-- @treturn boolean whether it has one
function hops.patterns_of(self, address)
  local localpart, domain = split(address)
  local patterns = { "SMTP:" .. in_space(address) }
  local has_one = self:without_extension(address) ~= address
  if has_one or not self.delimiter or address:find '^["@]' then return patterns, has_one end
  for sign in self.delimiter:gmatch "." do
    table.insert(patterns, ("SMTP:%s*@%s"):format(in_space(localpart .. sign), in_space(domain)))
  end
  return patterns, false
end

-- The space of a key that is no address.
local function space_of(key)
  if key == "*" then return "SMTP:*" end
  local below = key:match "^%.(.+)$"
  if below then return is_domain(below) and "SMTP:*@*." .. below end
  return is_domain(key) and "SMTP:*@" .. key
end

--- The spaces that a key of transport(5) and of mailertable means: an address with its extensions, which
-- take the same way.
-- @tparam table self a site
-- @string key
-- @treturn {string,...}|nil nil where it means none
function hops.spaces_of(self, key)
  local name = key:gsub("^@", "")
  if name:find("@", 1, true) then
    return is_address(name) and hops.patterns_of(self, name) or nil
  end
  local space = space_of(name)
  return space and { space } or nil
end

return hops
