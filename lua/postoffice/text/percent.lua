--- Escapes of URIs: `%40` (RFC 3986 2.1).
-- @module postoffice.text.percent

local percent = {}

local function octet_of(digits) return string.char(tonumber(digits, 16)) end

--- A text without its escapes.
-- @string text
-- @treturn string
function percent.unescaped(text) return (text:gsub("%%(%x%x)", octet_of)) end

return percent
