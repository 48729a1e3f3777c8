--- SIP: `user@host`, the type standing for the scheme, with the port and the
-- parameters of RFC 3261 19.1.1 behind it. Fields: `user`, `host`, `port`,
-- `parameters` (as written, without the first semicolon).
-- @module postoffice.types.sip

local define = require "postoffice.define"
local lpeg = require "lpeg"

local Cg, Ct, P, R, S = lpeg.Cg, lpeg.Ct, lpeg.P, lpeg.R, lpeg.S

local reference = "[" * (P(1) - "]") ^ 1 * "]" -- IPv6
local name = (P(1) - S "@:;?[] ") ^ 1

-- RFC 3261 19.1.4: the user is compared with case, the host without; but proxy
-- addresses are compared without (MS-ADA3), and it is these that we meet.
return define {
  type = "SIP",
  grammar = Ct(Cg((P(1) - S "@ ") ^ 1, "user") * "@" * Cg(reference + name, "host")
    * (":" * Cg(R "09" ^ 1, "port")) ^ -1 * (";" * Cg(P(1) ^ 1, "parameters")) ^ -1),
  format = function(a)
    return a.user .. "@" .. a.host .. (a.port and ":" .. a.port or "")
      .. (a.parameters and ";" .. a.parameters or "")
  end,
}
