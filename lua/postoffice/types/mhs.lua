--- MHS, Novell's message handling service: `user@workgroup`, with a remark in
-- parentheses, as DaVinci writes them, and with an address of another system in
-- braces, `user@gateway {NET/PO/MAILBOX}` (Q116466, Q192519, Q157689). Fields:
-- `user`, `workgroup`, `remark`, `extended`.
-- @module postoffice.types.mhs

local define = require "postoffice.define"
local lpeg = require "lpeg"

local Cg, Ct, P, S = lpeg.Cg, lpeg.Ct, lpeg.P, lpeg.S

local space = P " " ^ 0
local user = Cg((1 - P "@") ^ 1, "user")
-- Spaces are its own but before a parenthesis or brace; a run of them is looked past once.
local workgroup = Cg(((1 - S " ({") ^ 1 + P " " ^ 1 * -S "({") ^ 1, "workgroup")
local remark = space * "(" * Cg((1 - S "()") ^ 1, "remark") * ")"
local extended = space * "{" * Cg((1 - P "}") ^ 1, "extended") * "}"

return define {
  type = "MHS",
  grammar = Ct(user * "@" * workgroup * remark ^ -1 * extended ^ -1),
  format = function(a)
    return a.user .. "@" .. a.workgroup .. (a.remark and (" (%s)"):format(a.remark) or "")
      .. (a.extended and (" {%s}"):format(a.extended) or "")
  end,
}
