--- Stage 1: the text becomes an address, whatever its notation.
-- @module postoffice.policy.route.stage1_parse

local copy = require "postoffice.address".copy
local read = require "postoffice.policy.route.read".address
local verdict = require "postoffice.policy.route.verdict"
local write = require "postoffice.address".show

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
    if routing.trace then routing.trace:say("parse", detail) end
    return nil, verdict.of(code, detail)
  end
  if routing.trace then
    routing.trace:say("parse", write(address), nil, { address = copy(address) })
  end
  return address, key
end

return parse
