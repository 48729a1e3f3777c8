--- IMCEA: any address in a local part, as Exchange encapsulates it (MS-OXCMAIL).  The core reads and
-- writes these; here is how one is told at a glance.
-- @module postoffice.text.imcea

local imcea = {}

local find = string.find

local BEGINS = "^[Ii][Mm][Cc][Ee][Aa]"

--- Whether a local part begins as those of carriers do.
-- @string localpart
-- @treturn boolean
function imcea.begins(localpart) return find(localpart, BEGINS) ~= nil end

return imcea
