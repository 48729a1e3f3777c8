--- VERP: a list's sender that holds the recipient, so that bounces name them.
-- @module postoffice.localpart.verp

local lpeg = require "lpeg"

local C, Cg, Ct, P, R, S = lpeg.C, lpeg.Cg, lpeg.Ct, lpeg.P, lpeg.R, lpeg.S

local letter = R("az", "AZ", "09")
local domain = (letter + S ".-_") ^ 1

-- `user=domain`: a user can hold the delimiter, a domain cannot.
local function recipient(delimiter)
  local user = C((1 - P(delimiter) * domain * -1) ^ 1)
  return Cg(user, "localpart") * delimiter * Cg(domain, "domain")
end

-- A list's name up to the first of something.
local function list_before(pattern) return Cg((1 - pattern) ^ 1, "list") * pattern end

-- Postfix (VERP_README): the delimiters are verp_delimiters, += unless set.
local function postfix(delimiters)
  return list_before(P(delimiters:sub(1, 1))) * recipient(delimiters:sub(2, 2))
end

-- `bounce+user==a==domain==list==id`: ==a== is the @ (Sympa, bounce address).
local gap = P "=="
local part = (1 - gap) ^ 1
local sympa = P "bounce+" * Cg((1 - P "==a==") ^ 1, "localpart") * "==a==" * Cg(domain, "domain")
  * gap * Cg(part, "list") * (gap * Cg(part, "id")) ^ -1

local ezmlm = list_before(P "-return-") * Cg(R "09" ^ 1, "id") * "-" * recipient "="
-- `bounces+ACCOUNT-HASH-user=domain` (SendGrid)
local account = C(R "09" ^ 1 * "-" * R("09", "af", "AF") ^ 1)
local sendgrid = Cg(P "bounces", "list") * "+" * Cg(account, "id") * "-" * recipient "="

local mailman = Cg((1 - P "-bounces+") ^ 1, "list") * "-bounces+" * recipient "="

local function reader(grammar)
  local complete = Ct(grammar) * -1
  return function(text) return lpeg.match(complete, text) end
end

local default = reader(postfix "+=")

local function read_postfix(text, options)
  local delimiters = options.verp_delimiters
  if not delimiters then return default(text) end
  return reader(postfix(delimiters))(text)
end

return { profiles = {
  { name = "verp-postfix", kind = "verp", read = read_postfix },
  { name = "verp-mailman", kind = "verp", read = reader(mailman) },
  { name = "verp-ezmlm", kind = "verp", read = reader(ezmlm) },
  { name = "verp-sendgrid", kind = "verp", read = reader(sendgrid) },
  { name = "verp-sympa", kind = "verp", read = reader(sympa) },
} }
