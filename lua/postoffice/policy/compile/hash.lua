--- Hashes texts, to tell revisions apart.
-- @module postoffice.policy.compile.hash

--- A number below 2^26, the same on every machine.  26 bits a step, so that products stay exact in
-- a double.
-- @tparam string text
-- @treturn number
local function hash(text)
  local value = 5381
  for i = 1, #text do value = (value * 33 + text:byte(i)) % 67108859 end
  return value
end

return hash
