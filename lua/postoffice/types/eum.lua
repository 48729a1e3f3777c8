--- EUM, Exchange unified messaging: an extension or a SIP address in a dial
-- plan, `55555;phone-context=plan.example` (Microsoft, dd941513). Fields:
-- `extension`, `phone_context`.
-- @module postoffice.types.eum

local any_case = require "postoffice.text.any_case"
local define = require "postoffice.define"
local lpeg = require "lpeg"

local Cg, Ct, P = lpeg.Cg, lpeg.Ct, lpeg.P

-- In any letter case (RFC 3966 4).
local context = ";" * any_case "phone-context=" * Cg((P(1) - ";") ^ 1, "phone_context")

return define {
  type = "EUM",
  grammar = Ct(Cg((P(1) - ";") ^ 1, "extension") * context ^ -1),
  format = function(a)
    return a.extension .. (a.phone_context and ";phone-context=" .. a.phone_context or "")
  end,
}
