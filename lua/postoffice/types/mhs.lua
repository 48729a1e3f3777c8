--- MHS, Novell's message handling service: `user@workgroup`, with an address of
-- another system behind it in braces, `user@gateway {NET/PO/MAILBOX}`
-- (Q116466, Q192519). Fields: `user`, `workgroup`, `extended`.
-- @module postoffice.types.mhs

local define = require "postoffice.define"
local lpeg = require "lpeg"

local C, Cg, Ct, P = lpeg.C, lpeg.Cg, lpeg.Ct, lpeg.P

local braces = P " " ^ 1 * "{" * Cg((P(1) - "}") ^ 1, "extended") * "}"
local workgroup = (P(1) - P " " ^ 0 * "{") ^ 1

return define {
  type = "MHS",
  grammar = Ct(Cg(C((P(1) - "@") ^ 1), "user") * "@" * Cg(workgroup, "workgroup") * braces ^ -1),
  format = function(a)
    local address = a.user .. "@" .. a.workgroup
    return a.extended and ("%s {%s}"):format(address, a.extended) or address
  end,
}
