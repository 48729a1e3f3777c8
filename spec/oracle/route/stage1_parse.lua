-- Of the oracle: nobody edits it (see ../init.lua).
--- Stage 1: the text becomes an address, whatever its notation.
-- @module spec.oracle.route.stage1_parse

local read = require "spec.oracle.route.read".address
local verdict = require "spec.oracle.route.verdict"
local write = require "postoffice.address".show

--- Reads an address.
-- @tparam table routing
-- @tparam string|table recipient a text, or an address
-- @treturn table|nil address
-- @treturn table a verdict
local function parse(routing, recipient)
  local address, message, code, position = read(recipient)
  if not address then
    local detail = position and ("%s, at byte %d"):format(message, position) or message
    if routing.trace then routing.trace:say("parse", detail) end
    return nil, verdict.of(code, detail)
  end
  if routing.trace then
    routing.trace:say("parse", write(address), nil, { address = address })
  end
  return address
end

return parse
