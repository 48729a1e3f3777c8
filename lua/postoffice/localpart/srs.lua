--- SRS: what a forwarder makes of a sender, so that SPF lets it pass.
--
-- `SRS0=HASH=TS=host=local@forwarder`, and `SRS1=HASH=forwarder==...@next`
-- where another one forwards that again. Behind the word stands =, + or -, and
-- SRS1 keeps the one of SRS0. Implementations differ in the alphabet of the
-- hash and in what it covers; one that is not named cannot be told.
-- @module postoffice.localpart.srs

local any_case = require "postoffice.text.any_case"
local lpeg = require "lpeg"

local C, Cg, Ct, P, R, S = lpeg.C, lpeg.Cg, lpeg.Ct, lpeg.P, lpeg.R, lpeg.S

local letter = R("az", "AZ", "09")
local base64 = letter + S "+/"
local either = base64 + S "_-" -- base64url, too
local stamp = R("az", "AZ", "27") * R("az", "AZ", "27") -- base 32, often in lower case

-- The first word of the profile's address, and its separators.
local IMPLEMENTATIONS = {
  { name = "srs", separators = "=+-", hash = either, chained = true },
  { name = "libsrs2", separators = "=+-", hash = base64, chained = true },
  { name = "postsrsd", separators = "=+-", hash = either, chained = true }, -- url in SRS1 alone
  { name = "opensmtpd", separators = "=", hash = base64, chained = true },
  { name = "exim", separators = "=", hash = R("09", "af", "AF") }, -- SRS0 alone (expand.c)
}

local host = (1 - P "=") ^ 1

-- What SRS0 and its separator stand before.
local function tail_of(hash)
  return Cg(hash ^ 4, "hash") * "=" * Cg(stamp, "timestamp") * "=" * Cg(host, "host") * "="
    * Cg(P(1) ^ 1, "localpart")
end

local function first_hop(form)
  return Ct(any_case "SRS0" * Cg(S(form.separators), "separator") * tail_of(form.hash)) * -1
end

local function next_hop(form)
  local separator = S(form.separators)
  local rest = separator * tail_of(form.hash) / 0
  return Ct(any_case "SRS1" * Cg(separator, "separator") * Cg(form.hash ^ 4, "hash") * "="
    * Cg(host, "host") * "=" * Cg(C(rest), "rest")) * -1
end

-- The address before the last forwarder.
local function inner(found)
  if found.rest then return "SRS0" .. found.rest, found.host end
  return found.localpart, found.host
end

local function reader(form)
  local grammar = form.chained and first_hop(form) + next_hop(form) or first_hop(form)
  return function(localpart)
    local found = lpeg.match(grammar, localpart)
    if not found then return nil end
    local before, domain = inner(found)
    return { localpart = before, domain = domain, hash = found.hash,
      timestamp = found.timestamp, separator = found.separator }
  end
end

local profiles = {}
for i, form in ipairs(IMPLEMENTATIONS) do
  profiles[i] = { name = form.name, kind = "srs", read = reader(form) }
end

return profiles
