--- Writes what a policy answers as JSON, in a stable order of names.
-- @module postoffice.policy.prove.json

local addresses = require "postoffice.address"
local explain = require "postoffice.policy.prove.explain"
local json = require "postoffice.text.json"

-- The names that come first in every object; others follow by name.
local ORDER = {
  "input", "sentence", "stage", "text", "verdict", "connector", "nexthop", "hop", "transport",
  "host", "port", "mx", "address", "wire", "smtputf8", "code", "status", "message", "detail",
  "recipient", "also", "entry", "extension", "via", "member", "final", "path", "gateway", "sender",
  "cost", "space", "alternatives", "rule", "revision", "steps", "deliveries",
}

-- An address is written as text, an explanation with all that is made of it when it is read.
local function written(value)
  if addresses.is(value) then return addresses.show(value) end
  return explain.is(value) and explain.whole(value) or value
end

return json.encoder(ORDER, written)
