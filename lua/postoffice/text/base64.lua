--- Base 64 (RFC 4648 section 4).
-- @module postoffice.text.base64

local base64 = {}

local LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local PADDING = { [0] = "", "==", "=" }

local VALUE = {}
for value = 0, 63 do VALUE[LETTERS:sub(value + 1, value + 1)] = value end

local function letter(value) return LETTERS:sub(value + 1, value + 1) end

local function four_letters(bytes)
  local a, b, c = bytes:byte(1, 3)
  local sum = a * 65536 + (b or 0) * 256 + (c or 0)
  return letter(math.floor(sum / 262144)) .. letter(math.floor(sum / 4096) % 64)
    .. (b and letter(math.floor(sum / 64) % 64) or "") .. (c and letter(sum % 64) or "")
end

local function three_bytes(letters)
  local sum = 0
  for i = 1, 4 do sum = sum * 64 + (VALUE[letters:sub(i, i)] or 0) end
  local bytes = string.char(math.floor(sum / 65536), math.floor(sum / 256) % 256, sum % 256)
  return bytes:sub(1, #letters:gsub("=", "") - 1)
end

--- @string bytes
-- @treturn string
function base64.encode(bytes)
  return bytes:gsub("..?.?", four_letters) .. PADDING[#bytes % 3]
end

--- @string text
-- @treturn string|nil the bytes; nil if the text is not base 64
function base64.decode(text)
  local padded = text:match "^[%w+/]*(=?=?)$"
  if not padded or #text % 4 ~= 0 then return nil end
  return (text:gsub("....", three_bytes))
end

return base64
