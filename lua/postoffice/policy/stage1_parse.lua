--- Stage 1: the text becomes an address, whatever its notation.
-- @module postoffice.policy.stage1_parse

local core = require "postoffice.core"
local verdict = require "postoffice.policy.verdict"
local write = require "postoffice.policy.write"

local UNKNOWN = { unknown = true }

local parse_text = core.parse

-- A table is an address already, if it can be written down.
local function read(recipient)
  if type(recipient) == "string" then return parse_text(recipient, UNKNOWN) end
  local key, message, code = core.key(recipient)
  if key then return recipient end
  return nil, message, code
end

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
