--- Quoted-printable (RFC 2045 6.7).
-- @module postoffice.text.quoted_printable

local quoted_printable = {}

local function from_hex(digits) return string.char(tonumber(digits, 16)) end

--- The bytes of one line.  A = that begins nothing stays as it is.
-- @string line without its end
-- @treturn string
-- @treturn boolean whether the next line goes on with it
function quoted_printable.decode_line(line)
  local text, soft = line:match "^(.-)(=?)[ \t]*$"
  return (text:gsub("=(%x%x)", from_hex)), soft == "="
end

return quoted_printable
