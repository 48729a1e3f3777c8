--- What policies make of the answers of a directory, for the specs of each.
local policy = require "postoffice.policy"
local socket = require "socket"

local asking = {}

local PATIENCE = 300 -- seconds: only what never comes takes as long on any machine

local SOURCE = [[
domain "here.example" {}
connector "out" { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
function on.recipient(address)
  local found = ask("staff", mail.key(address))
  if type(found) == "table" then found = found.mailRoutingAddress or found.target end
  return found
end
]]

--- A policy that asks a directory for each recipient.
function asking.policy(directory)
  return assert(policy.load(SOURCE, { ask = { staff = directory }, chunkname = "@policy.lua" }))
end

--- What a policy says of recipients: the wire address, or the status, of each.
function asking.routed(directory, ...)
  local said = {}
  for i, delivery in ipairs(asking.policy(directory):route { ... }) do
    said[i] = delivery.verdict == "deliver" and delivery.wire or delivery.status
  end
  return said
end

--- Asks; fails unless there is neither an answer nor "not found".
-- @return the reason
function asking.refused(directory, key)
  local value, why = directory.ask(key)
  assert(value == nil and type(why) == "string", "answered " .. tostring(value))
  local routed = asking.routed(directory, key:match "[^:]*$")
  assert(routed[1] == "4.4.3", "routed: " .. tostring(routed[1]))
  local _, failures = directory.many { key, "SMTP:another@here.example" }
  assert(type(failures) == "table" and failures[key] or type(failures) == "string",
    "many told no failure")
  return why
end

--- Asks until the server answers again: it is left alone for a while.
function asking.again(directory, key)
  local late = socket.gettime() + PATIENCE
  repeat
    local value, why = directory.ask(key)
    if value ~= nil or not why then return value end
    socket.sleep(0.05)
  until socket.gettime() > late
  error("the directory did not recover: " .. tostring(select(2, directory.ask(key))))
end

return asking
