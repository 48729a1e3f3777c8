--- Addresses and domains of SMTP as a mail server's tables have them: on the wire, without comments or
-- display names.
-- @module postoffice.import.smtp

local core = require "postoffice.core"
local remembering = require "postoffice.import.remembering"

local smtp = {}

local LONGEST = 320 -- bytes of an address (RFC 5321 4.5.3.1)

local CERTAIN = "^[%w._+-]+@[%w.-]+$" -- what no type but SMTP's looks like

local NATIVE = { type = "SMTP", notation = "native" }

local function key_of(text)
  if #text > LONGEST then return nil, "the address is longer than SMTP allows" end
  local address, message = core.parse(text, NATIVE)
  if not address then return nil, message end
  if not address.domain then return nil, "the address has no domain" end
  return core.key(address)
end

--- What an address is compared by; nil where it is none.
-- @function smtp.key
-- @string text
-- @treturn string|nil
-- @treturn string what is wrong with it
smtp.key = remembering(key_of)

--- Whether a text is a domain, without a character that patterns have a meaning for.
-- @string name
-- @treturn boolean
function smtp.is_domain(name)
  return name:find "^[%w._\128-\255-]+$" ~= nil and smtp.key("postmaster@" .. name) ~= nil
end

--- An address as policies have it: with its type only where it would be read as another one.
-- @function smtp.plain
-- @string text
-- @treturn string
smtp.plain = remembering(function(text)
  if text:find(CERTAIN) then return text end
  local address = core.parse(text)
  return address and core.key(address) == smtp.key(text) and text or "SMTP:" .. text
end)

return smtp
