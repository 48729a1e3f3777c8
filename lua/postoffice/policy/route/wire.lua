--- What a mail server needs of a delivery: its address as SMTP text, its next hop taken apart.
-- @module postoffice.policy.route.wire

local core = require "postoffice.core"
local texts = require "postoffice.text.domain"

local wire = {}

local format, is_beyond_ascii, known = core.format, texts.is_beyond_ascii, texts.known

local IN_ALABELS = { type = "SMTP", notation = "native", idn = "ascii" }

--- An address as RCPT TO has it, with its domain in A-labels.
-- @tparam table address
-- @treturn string|nil nil for one of another type
-- @treturn true|nil true where it needs SMTPUTF8 all the same (RFC 6531 3.2)
function wire.text(address)
  if address.type ~= "SMTP" then return nil end
  local text = format(address, "native")
  if not text or not is_beyond_ascii(text) then return text end
  text = known(core.normalize(text, IN_ALABELS)) or text
  return text, is_beyond_ascii(text) or nil
end

--- Whether a sender needs SMTPUTF8: a domain has A-labels, a local part has no other spelling.
-- @tparam table|string sender as it is handed over; what cannot be read needs nothing
-- @treturn boolean
function wire.needs_utf8(sender)
  if type(sender) ~= "table" or sender.type ~= "SMTP" then return false end
  return type(sender.localpart) == "string" and is_beyond_ascii(sender.localpart)
end

--- A next hop for one delivery, which is the host's to change.
-- @tparam table|nil hop see `postoffice.policy.compile.hop`
-- @treturn table|nil
function wire.hop(hop)
  return hop and { transport = hop.transport, host = hop.host, port = hop.port, mx = hop.mx }
end

return wire
