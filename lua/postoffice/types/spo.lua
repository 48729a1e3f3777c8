--- SPO: what SharePoint Online adds to the proxy addresses of whoever has a mailbox,
-- `SPO_GUID@SPO_GUID`: a user's and the tenant's. Fields: `user`, `tenant`.
-- @module postoffice.types.spo

local define = require "postoffice.define"
local lpeg = require "lpeg"

local Cg, Ct, P, S = lpeg.Cg, lpeg.Ct, lpeg.P, lpeg.S

local part = (P(1) - S "@ ") ^ 1

return define {
  type = "SPO",
  grammar = Ct(Cg(part, "user") * "@" * Cg(part, "tenant")),
  format = function(a) return a.user .. "@" .. a.tenant end,
}
