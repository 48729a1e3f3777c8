--- Functions of a text that remember what they answered: who imports asks for each address many times.
-- @module postoffice.import.remembering

local MOST = 1048576 -- answers; then all are forgotten

--- The same function, which remembers answers that are not nil.
-- @tparam function answer of a text, always the same
-- @treturn function
local function remembering(answer)
  local known, count = {}, 0
  return function(text)
    local value = known[text]
    if value ~= nil then return value end
    local message
    value, message = answer(text)
    if value == nil then return nil, message end
    if count == MOST then known, count = {}, 0 end
    known[text], count = value, count + 1
    return value
  end
end

return remembering
