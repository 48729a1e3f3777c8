--- IMCEA: any address in a local part, as Exchange encapsulates it (MS-OXCMAIL).  The core reads and
-- writes these; here is how one is told at a glance.
-- @module postoffice.text.imcea

local imcea = {}

local char, find, gsub = string.char, string.find, string.gsub

local BEGINS = "^[Ii][Mm][Cc][Ee][Aa]"

--- Whether a local part begins as those of carriers do.
-- @string localpart
-- @treturn boolean
function imcea.begins(localpart) return find(localpart, BEGINS) ~= nil end

local function octet_of(digits) return char(tonumber(digits, 16)) end

--- A local part, or a piece of one, with its escapes (`+40`) read once.
-- @string text
-- @treturn string
function imcea.unescaped(text) return (gsub(text, "%+(%x%x)", octet_of)) end

--- The escape of an octet.
-- @string octet
-- @treturn string
function imcea.escaped(octet) return ("+%02X"):format(octet:byte()) end

return imcea
