--- Writes what a policy answers as JSON, in a stable order of names.
-- @module postoffice.policy.prove.json

local addresses = require "postoffice.address"
local json = require "postoffice.text.json"

-- The names that come first in every object; others follow by name.
local ORDER = {
  "input", "sentence", "stage", "text", "verdict", "connector", "nexthop", "hop", "transport",
  "host", "port", "address", "wire", "code", "status", "message", "detail", "recipient", "entry",
  "extension", "via", "member", "final", "path", "gateway", "sender", "cost", "space",
  "alternatives", "rule", "revision", "steps", "deliveries",
}

-- An address is written as text.
local function as_text(value)
  return addresses.is(value) and addresses.show(value) or value
end

return json.encoder(ORDER, as_text)
