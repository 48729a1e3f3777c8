--- SRS: what a forwarder makes of a sender, so that SPF lets it pass.
--
-- Implementations differ in the alphabet of the hash and in what it covers; one that is not named
-- cannot be told.  `postoffice.text.srs` has the forms.
-- @module postoffice.localpart.srs

local arguments = require "postoffice.arguments"
local domain = require "postoffice.text.domain"
local fail = require "postoffice.fail"
local keyholder = require "postoffice.localpart.keyholder"
local text = require "postoffice.text.srs"

local srs = {}

-- ---- Recognition -------------------------------------------------------------

local FEWEST = 4 -- characters of a hash

-- The separators after the first word of the profile's address, and its hash.
local IMPLEMENTATIONS = {
  { name = "srs", separators = "[=+-]", hash = "^[%w+/_-]+$", chained = true },
  { name = "libsrs2", separators = "[=+-]", hash = "^[%w+/]+$", chained = true },
  { name = "postsrsd", separators = "[=+-]", hash = "^[%w+/_-]+$", chained = true },
  { name = "opensmtpd", separators = "=", hash = "^[%w+/]+$", chained = true },
  { name = "exim", separators = "=", hash = "^%x+$" }, -- SRS0 alone (expand.c)
}

-- Whether a hop is as an implementation writes it.
local function is_by(form, hop)
  return hop.separator:find(form.separators) ~= nil and #hop.hash >= FEWEST
    and hop.hash:find(form.hash) ~= nil
end

local function reader(form)
  return function(localpart)
    local found = text.read(localpart)
    if not found or not is_by(form, found) then return nil end
    if found.rest and not (form.chained and is_by(form, found.first)) then return nil end
    local before, host = text.inner(found)
    return { localpart = before, domain = host, hash = found.hash, timestamp = found.timestamp,
      separator = found.separator }
  end
end

--- The profiles, as `postoffice.localpart` takes them.
srs.profiles = {}
for i, form in ipairs(IMPLEMENTATIONS) do
  srs.profiles[i] = { name = form.name, kind = "srs", read = reader(form) }
end

-- ---- Signing -----------------------------------------------------------------

local OPTIONS = {
  domain = "string", secrets = "table", profile = "string", separator = "string",
  hash_length = "number", max_age = "number",
}

-- The profiles that sign as libsrs2 does, and why the others do not.
local SIGNS = { srs = true, libsrs2 = true, postsrsd = true }
local WHY_NOT = {
  exim = "its hash is HMAC-MD5, which is read and not signed",
  opensmtpd = "its hash is SHA-1 without HMAC, which is read and not signed",
}

local SEPARATORS = { ["="] = true, ["+"] = true, ["-"] = true }

local MOST = 27 -- characters of base 64 that a hash has

local Srs = {}
Srs.__index = Srs
Srs.__name = "postoffice.srs"

--- What signs the senders of forwarded mail at a domain, and reads the answers.
-- @tparam table options of `postoffice.localpart.srs`
-- @treturn table
function srs.new(options)
  options = arguments.options(options, OPTIONS)
  keyholder.check(options, SIGNS, WHY_NOT)
  arguments.type(options.domain, "string", "option domain")
  arguments.choice(options.separator, SEPARATORS, "separator")
  local form = keyholder.form(options, text.DEFAULTS, {
    hash_length = { FEWEST, MOST }, max_age = { 0, 1023 },
  })
  form.is_lenient = true
  local self = setmetatable({ domain = options.domain }, Srs)
  return keyholder.keep(self, options.secrets, form)
end

-- Whether an address is at the object's domain.
local function is_at_home(self, address)
  return address.domain ~= nil and domain.are_same(address.domain, self.domain)
end

--- The sender that mail is forwarded with: SRS0 of most, SRS1 of what is SRS0 or SRS1 of another
-- forwarder.  `<>` and addresses of the own domain stay.
-- @tparam table|string sender SMTP
-- @tparam[opt] number now in seconds; the clock's
-- @treturn table an address; or nil, message, code, position as for `parse`
function Srs:forward(sender, now)
  arguments.address(sender)
  local address, message, code, position = keyholder.read(sender)
  if not address then return nil, message, code, position end
  now = keyholder.now(now)
  if not address.domain or is_at_home(self, address) then return address end
  local keys, form = keyholder.kept(self)
  return keyholder.written(text.sign(address.localpart, address.domain, keys[1], now, form),
    self.domain)
end

--- Whose address a signed one stands for: the sender, or of SRS1 the first forwarder's SRS0.
-- @tparam table|string signed SMTP, as forwarded mail is answered to
-- @tparam[opt] number now in seconds; the clock's
-- @treturn table an address; or nil, message, code, position: `localpart-plain` if it is none of
--   the domain's, `signature-invalid`, `signature-expired`, and those of `parse`
function Srs:reverse(signed, now)
  arguments.address(signed)
  local address, message, code, position = keyholder.read(signed)
  if not address then return nil, message, code, position end
  now = keyholder.now(now)
  local found = is_at_home(self, address) and text.read(address.localpart)
  if not found then return fail "localpart-plain" end
  local keys, form = keyholder.kept(self)
  local fault = text.fault(found, keys, now, form)
  if fault then return fail(fault) end
  return keyholder.written(text.inner(found))
end

return srs
