--- An LPeg pattern for a word in any letter case of ASCII.
-- @module postoffice.text.any_case

local lpeg = require "lpeg"

local P, S = lpeg.P, lpeg.S

--- @string word
-- @treturn userdata a pattern
local function any_case(word)
  local pattern = P(true)
  for char in word:gmatch "." do pattern = pattern * S(char:lower() .. char:upper()) end
  return pattern
end

return any_case
