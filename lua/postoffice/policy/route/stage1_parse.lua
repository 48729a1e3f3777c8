--- Stage 1: the text becomes an address, whatever its notation.
-- @module postoffice.policy.route.stage1_parse

local copy = require "postoffice.address".copy
local read = require "postoffice.policy.route.read".address
local verdict = require "postoffice.policy.route.verdict"
local write = require "postoffice.address".show

-- What was read, as a trace tells it.  The address itself goes on its way and may change, so that a
-- text is read again, if somebody asks.
local READ = {}

-- @tparam table given `text` as it was given; or `address`, a copy
function READ.text(given)
  given.address = given.address or read(given.text)
  return write(given.address)
end

function READ.data(given) return { address = given.address } end

--- Reads an address.
-- @tparam table routing
-- @tparam string|table recipient a text, or an address
-- @treturn table|nil address
-- @treturn string|nil its key, if that is known already; or a verdict
local function parse(routing, recipient)
  local address, key, code, position = read(recipient)
  if not address then
    local message = key
    local detail = position and ("%s, at byte %d"):format(message, position) or message
    if routing.trace then routing.trace:say("parse", nil, "%s", detail) end
    return nil, verdict.of(code, detail)
  end
  if routing.trace then
    local is_lasting = type(recipient) == "string" and address.type == "SMTP"
    routing.trace:say("parse", nil, READ,
      is_lasting and { text = recipient } or { address = copy(address) })
  end
  return address, key
end

return parse
