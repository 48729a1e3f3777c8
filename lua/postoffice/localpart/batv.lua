--- BATV: senders that are marked so that only answers to real mail come back.
--
-- `prvs=KDDDSSSSSS=user` (draft-levine-smtp-batv): a key's number, a day, and
-- a tag; some write the user first, `prvs=user=KDDDSSSSSS`. Day and tag are the
-- day of expiry and HMAC-SHA1 if Exim wrote them, the day of signing and MD5 if
-- indimail did.
-- @module postoffice.localpart.batv

local any_case = require "postoffice.text.any_case"
local lpeg = require "lpeg"

local Cg, Ct, P, R, S = lpeg.Cg, lpeg.Ct, lpeg.P, lpeg.R, lpeg.S

local digit = R "09"
local hex = R("09", "af", "AF")
local letter = R("az", "AZ", "09")
local localpart = Cg(P(1) ^ 1, "localpart")

local tag = Cg(digit, "key") * Cg(digit * digit * digit, "day")
  * Cg(hex * hex * hex * hex * hex * hex, "tag")
local tagged = any_case "prvs" * "=" * tag * "=" * localpart
local suffix = P "=" * tag * -1
local tagged_behind = any_case "prvs" * "=" * Cg((1 - suffix) ^ 1, "localpart") * suffix

local GRAMMARS = {
  { name = "batv", grammar = tagged },
  { name = "batv-suffix", grammar = tagged_behind },
  { name = "indimail", grammar = tagged },
  { name = "barracuda",
    grammar = any_case "btv" * "1==" * Cg(hex ^ 1, "tag") * "==" * localpart },
  { name = "microsoft", -- the tag is base 64
    grammar = any_case "msprvs" * "1=" * Cg((letter + S "+/_-") ^ 1, "tag") * "=" * localpart },
}

local function reader(grammar)
  local complete = Ct(grammar) * -1
  return function(text) return lpeg.match(complete, text) end
end

local profiles = {}
for i, form in ipairs(GRAMMARS) do
  profiles[i] = { name = form.name, kind = "batv", read = reader(form.grammar) }
end

return profiles
