--- Base 64 (RFC 4648 section 4).
-- @module postoffice.text.base64

local base64 = {}

local LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local PADDING = { [0] = "", "==", "=" }

local byte, char, floor = string.byte, string.char, math.floor

local VALUE = { [byte "="] = 0 } -- by byte
for value = 0, 63 do VALUE[byte(LETTERS, value + 1)] = value end

local function letter(value) return LETTERS:sub(value + 1, value + 1) end

local function four_letters(bytes)
  local a, b, c = bytes:byte(1, 3)
  local sum = a * 65536 + (b or 0) * 256 + (c or 0)
  return letter(math.floor(sum / 262144)) .. letter(math.floor(sum / 4096) % 64)
    .. (b and letter(math.floor(sum / 64) % 64) or "") .. (c and letter(sum % 64) or "")
end

local function three_bytes(letters)
  local a, b, c, d = byte(letters, 1, 4)
  local sum = VALUE[a] * 262144 + VALUE[b] * 4096 + VALUE[c] * 64 + VALUE[d]
  return char(floor(sum / 65536), floor(sum / 256) % 256, sum % 256)
end

--- @string bytes
-- @treturn string
function base64.encode(bytes)
  return bytes:gsub("..?.?", four_letters) .. PADDING[#bytes % 3]
end

--- @string text
-- @treturn string|nil the bytes; nil if the text is not base 64
function base64.decode(text)
  local padding = text:match "^[%w+/]*(=?=?)$"
  if not padding or #text % 4 ~= 0 then return nil end
  local bytes = text:gsub("....", three_bytes)
  return padding == "" and bytes or bytes:sub(1, -1 - #padding)
end

return base64
