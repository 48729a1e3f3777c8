--- Whole numbers as protocols and logs write them.
--
-- Lua's own `tonumber` takes `0x10` and `1e3`, too, and on some hosts `nan` and `inf`.
-- @module postoffice.text.decimal

local decimal = {}

local MOST = 999999999999999 -- more digits would not be exact

--- Reads digits.
-- @tparam string|nil text
-- @treturn number|nil nil for anything else; for what is larger than a number tells exactly, the largest
function decimal.read(text)
  if text and text:find "^%d+$" then return math.min(tonumber(text), MOST) end
end

return decimal
