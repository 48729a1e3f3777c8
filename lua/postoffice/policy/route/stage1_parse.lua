--- Stage 1: the text becomes an address, whatever its notation.
-- @module postoffice.policy.route.stage1_parse

local copy = require "postoffice.address".copy
local read = require "postoffice.policy.route.read".address
local verdict = require "postoffice.policy.route.verdict"
local write = require "postoffice.address".show

-- The address as it was read: the table itself goes on its way and may change.
-- @tparam string|table recipient a text that is read so at any time, or a copy of the address
local function read_again(recipient)
  return type(recipient) == "string" and read(recipient) or recipient
end

-- What was read, as a trace tells it.
local READ = {
  text = function(recipient) return write((read_again(recipient))) end,
  data = function(recipient) return { address = read_again(recipient) } end,
}

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
    local is_read_again = type(recipient) == "string" and address.type == "SMTP"
    routing.trace:say("parse", nil, READ, is_read_again and recipient or copy(address))
  end
  return address, key
end

return parse
