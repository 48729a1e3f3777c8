--- BATV: senders that are marked so that only answers to real mail come back.
--
-- `prvs=KDDDSSSSSS=user` (draft-levine-smtp-batv): a key's number, a day, and
-- a tag; some write the user first, `prvs=user=KDDDSSSSSS`. Day and tag are the
-- day of expiry and HMAC-SHA1 if Exim wrote them, the day of signing and MD5 if
-- indimail did.
-- @module postoffice.localpart.batv

local any_case = require "postoffice.text.any_case"
local arguments = require "postoffice.arguments"
local domain = require "postoffice.text.domain"
local fail = require "postoffice.fail"
local lpeg = require "lpeg"
local keyholder = require "postoffice.localpart.keyholder"
local text = require "postoffice.text.batv"

local Cg, Ct, P, R, S = lpeg.Cg, lpeg.Ct, lpeg.P, lpeg.R, lpeg.S

local batv = {}

-- ---- Recognition -------------------------------------------------------------

local digit = R "09"
local hex = R("09", "af", "AF")
local letter = R("az", "AZ", "09")
local localpart = Cg(P(1) ^ 1, "localpart")

local tag = Cg(digit, "key") * Cg(digit * digit * digit, "day")
  * Cg(hex * hex * hex * hex * hex * hex, "tag")
local suffix = P "=" * tag * -1
local tagged_behind = any_case "prvs" * "=" * Cg((1 - suffix) ^ 1, "localpart") * suffix

local function reader(grammar)
  local complete = Ct(grammar) * -1
  return function(given) return lpeg.match(complete, given) end
end

--- The profiles, as `postoffice.localpart` takes them.
batv.profiles = {
  { name = "batv", read = text.read },
  { name = "batv-suffix", read = reader(tagged_behind) },
  { name = "indimail", read = text.read },
  { name = "barracuda",
    read = reader(any_case "btv" * "1==" * Cg(hex ^ 1, "tag") * "==" * localpart) },
  { name = "microsoft", -- the tag is base 64
    read = reader(any_case "msprvs" * "1=" * Cg((letter + S "+/_-") ^ 1, "tag") * "="
      * localpart) },
}
for _, profile in ipairs(batv.profiles) do profile.kind = "batv" end

-- ---- Signing -----------------------------------------------------------------

local OPTIONS = {
  domain = "string", secrets = "table", profile = "string", number = "number", max_age = "number",
}

-- The profile that signs, and why the others do not.
local SIGNS = { batv = true }
local WHY_NOT = {
  ["batv-suffix"] = "it is read and not signed; write batv",
  indimail = "its tag is MD5, which is read and not signed",
  barracuda = "its tag is the vendor's own, which is read and not signed",
  microsoft = "its tag is the vendor's own, which is read and not signed",
}

local Batv = {}
Batv.__index = Batv
Batv.__name = "postoffice.batv"

--- What marks senders, and reads the answers.
-- @tparam table options of `postoffice.localpart.batv`
-- @treturn table
function batv.new(options)
  options = arguments.options(options, OPTIONS)
  keyholder.check(options, SIGNS, WHY_NOT)
  local form = keyholder.form(options, text.DEFAULTS, { number = { 0, 9 }, max_age = { 0, 999 } })
  local self = setmetatable({ domain = options.domain }, Batv)
  return keyholder.keep(self, options.secrets, form)
end

-- Whether the object marks addresses of this one's domain.
local function is_at_home(self, address)
  return address.domain ~= nil
    and (self.domain == nil or domain.are_same(address.domain, self.domain))
end

--- The sender that mail is sent with.  `<>`, other domains' and what is marked already stay.
-- @tparam table|string sender SMTP
-- @tparam[opt] number now in seconds; the clock's
-- @treturn table an address; or nil, message, code, position as for `parse`
function Batv:forward(sender, now)
  arguments.address(sender)
  local address, message, code, position = keyholder.read(sender)
  if not address then return nil, message, code, position end
  now = keyholder.now(now)
  if not is_at_home(self, address) or text.read(address.localpart) then return address end
  local keys, form = keyholder.kept(self)
  return keyholder.written(text.sign(address.localpart, address.domain, keys[1], now, form),
    address.domain)
end

--- Whose address a marked one is.
-- @tparam table|string marked SMTP, as mail is answered to
-- @tparam[opt] number now in seconds; the clock's
-- @treturn table an address; or nil, message, code, position: `localpart-plain` if there is no
--   mark, `signature-invalid`, `signature-expired`, and those of `parse`
function Batv:reverse(marked, now)
  arguments.address(marked)
  local address, message, code, position = keyholder.read(marked)
  if not address then return nil, message, code, position end
  now = keyholder.now(now)
  local found = is_at_home(self, address) and text.read(address.localpart)
  if not found then return fail "localpart-plain" end
  local keys, form = keyholder.kept(self)
  local fault = text.fault(found, address.domain, keys, now, form)
  if fault then return fail(fault) end
  return keyholder.written(found.localpart, address.domain)
end

return batv
