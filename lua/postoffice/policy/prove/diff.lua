--- What changes for an address from one policy to another.
-- @module postoffice.policy.prove.diff

local compared = require "postoffice.policy.prove.kinds".compared
local show = require "postoffice.address".show

local diff = {}

-- What makes two deliveries different.
local FIELDS = { "verdict", "code", "connector", "nexthop", "entry", "extension" }

-- A delivery as a text, by what writes an address.
local function text_of(delivery, write)
  local parts = { delivery.verdict }
  for i = 2, #FIELDS do
    local value = delivery[FIELDS[i]]
    if value then parts[#parts + 1] = ("%s=%s"):format(FIELDS[i], value) end
  end
  if delivery.address and delivery.verdict == "deliver" then
    parts[#parts + 1] = "address=" .. write(delivery.address)
  end
  local sender = delivery.sender
  if sender then
    parts[#parts + 1] = "sender=" .. (type(sender) == "table" and write(sender) or sender)
  end
  return table.concat(parts, " ")
end

-- One line for all deliveries of an address; the order of a list's members does not matter.
local function line_of(deliveries, write)
  local lines = {}
  for i, delivery in ipairs(deliveries) do lines[i] = text_of(delivery, write) end
  table.sort(lines)
  return table.concat(lines, " | ")
end

--- The change for an address, or nil if both policies do the same.
-- @tparam table old policy
-- @tparam table new policy
-- @tparam string|table recipient
-- @tparam[opt] table envelope
-- @treturn table|nil `recipient`, `old`, `new` (lines), `old_deliveries`, `new_deliveries`
function diff.change(old, new, recipient, envelope)
  local before, after = old:route(recipient, envelope), new:route(recipient, envelope)
  if line_of(before, compared) == line_of(after, compared) then return nil end
  return {
    recipient = recipient, old = line_of(before, show), new = line_of(after, show),
    old_deliveries = before, new_deliveries = after,
  }
end

return diff
