--- Types that are rare enough to need no C: PROFS, SNADS, MHS, SIP, EUM and SPO.
-- `require "postoffice.types"` adds them all, `require "postoffice.types.profs"`
-- and its like one of them. They are also how to write your own.
-- @module postoffice.types

for _, name in ipairs { "profs", "snads", "mhs", "sip", "eum", "spo" } do
  require("postoffice.types." .. name)
end

return true
