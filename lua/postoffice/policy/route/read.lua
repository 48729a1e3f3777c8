--- Reads an address that comes from outside, as long as it is no longer than any that is meant to
-- arrive: whoever writes one decides how long every pattern of a policy is busy with it.
-- @module postoffice.policy.route.read

local fail = require "postoffice.fail"
local receive = require "postoffice.core".receive

local read = {}

--- Bytes of the longest address; a declared one has an eighth of it at most.
read.MOST_BYTES = 8192

--- The bytes of an address.
-- @param given a text, or a table of texts
-- @treturn number
function read.bytes_of(given)
  if type(given) == "string" then return #given end
  local sum = 0
  for _, value in next, type(given) == "table" and given or {} do
    if type(value) == "string" then sum = sum + #value end
  end
  return sum
end

local bytes_of, MOST_BYTES = read.bytes_of, read.MOST_BYTES

--- Reads it.
-- @tparam string|table given
-- @treturn table|nil address
-- @treturn string|nil its key, where that costs little; or a message
-- @treturn string code
-- @treturn number|nil position
function read.address(given)
  local bytes = type(given) == "string" and #given or bytes_of(given)
  if bytes > MOST_BYTES then return fail "address-length" end
  return receive(given)
end

return read
