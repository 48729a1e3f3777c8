--- EUM, Exchange unified messaging: an extension or a SIP address in a dial
-- plan, `55555;phone-context=plan.example` (Microsoft, dd941513). Fields:
-- `extension`, `phone_context`.
-- @module postoffice.types.eum

local define = require "postoffice.define"
local lpeg = require "lpeg"

local Cg, Ct, P, S = lpeg.Cg, lpeg.Ct, lpeg.P, lpeg.S

-- "phone-context" in any letter case (RFC 3966 4).
local keyword = P(true)
for letter in ("phone-context="):gmatch "." do
  keyword = keyword * S(letter .. letter:upper())
end

local context = ";" * keyword * Cg((P(1) - ";") ^ 1, "phone_context")

return define {
  type = "EUM",
  grammar = Ct(Cg((P(1) - ";") ^ 1, "extension") * context ^ -1),
  format = function(a)
    return a.extension .. (a.phone_context and ";phone-context=" .. a.phone_context or "")
  end,
}
