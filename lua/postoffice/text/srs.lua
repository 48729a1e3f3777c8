--- SRS (Sender Rewriting Scheme): the sender of forwarded mail in a local part of the forwarder's.
--
-- `SRS0=HASH=TS=host=local@forwarder` is signed and dated; `SRS1=HASH=forwarder==...@next` is what
-- another forwarder makes of it, who signs where the answer goes and leaves the rest to the first.
-- After the word stands =, + or -, and what follows an SRS1's host begins with that of its SRS0.
--
-- What is read may be anybody's.  What is signed and verified is what libsrs2, Mail::SRS and
-- PostSRSd agree on: base 64 of HMAC-SHA1 over the parts, all in lower case.
-- @module postoffice.text.srs

local core = require "postoffice.core"
local domains = require "postoffice.text.domain"
local encode = require "postoffice.text.base64".encode
local signature = require "postoffice.text.signature"

local srs = {}

local find, floor, gsub, lower, match = string.find, math.floor, string.gsub, string.lower,
  string.match
local sub, upper = string.sub, string.upper

local DAYS = 1024 -- that two letters of base 32 tell apart
--- The letters of base 32, of which two say a day.
srs.LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
local LETTERS = srs.LETTERS

--- What is signed unless somebody says otherwise (libsrs2): the separator after the word, the
-- characters of the hash, which are the fewest that are verified, too, and the days that a
-- signature is good for.  `is_lenient` takes any separator, and base 64 for URLs (RFC 4648 5), as
-- others write them.
srs.DEFAULTS = { separator = "=", hash_length = 4, max_age = 21 }

local BEGINS = "^[Ss][Rr][Ss][01][=+-]"
local HASH, STAMP = "([%w+/_-]+)", "([a-zA-Z2-7][a-zA-Z2-7])"
local TAIL = HASH .. "=" .. STAMP .. "=([^=]+)=(.+)$"
local SRS0 = "^[Ss][Rr][Ss]0([=+-])" .. TAIL
local SRS1 = "^[Ss][Rr][Ss]1([=+-])" .. HASH .. "=([^=]+)=([=+-].+)$"

--- Whether a local part begins as those of SRS do.
-- @string localpart
-- @treturn boolean
function srs.begins(localpart) return find(localpart, BEGINS) ~= nil end

local function read_srs0(localpart)
  local separator, hash, timestamp, host, user = match(localpart, SRS0)
  if not separator then return nil end
  return {
    separator = separator, hash = hash, timestamp = timestamp, host = host, localpart = user,
  }
end

local function read_srs1(localpart)
  local separator, hash, host, rest = match(localpart, SRS1)
  local first = rest and read_srs0("SRS0" .. rest)
  if not first then return nil end
  return { separator = separator, hash = hash, host = host, rest = rest, first = first }
end

--- Reads a local part.
-- @string localpart
-- @treturn table|nil `separator`, `hash` and `host`; of SRS0 `timestamp` and `localpart`, of SRS1
--   the `rest` after the host and the `first` hop's SRS0 in it
function srs.read(localpart) return read_srs0(localpart) or read_srs1(localpart) end

--- The address in what was read: that of the sender, or the first hop's.
-- @tparam table found
-- @treturn string local part
-- @treturn string domain
function srs.inner(found)
  if found.rest then return "SRS0" .. found.rest, found.host end
  return found.localpart, found.host
end

-- What a signature covers.
local function covered(found)
  return lower((found.timestamp or "") .. found.host .. (found.rest or found.localpart))
end

local function letter(value) return sub(LETTERS, value + 1, value + 1) end

--- The two letters of a day.
-- @tparam number now in seconds
-- @treturn string
function srs.timestamp(now)
  local day = signature.day(now, DAYS)
  return letter(floor(day / 32)) .. letter(day % 32)
end

local function value_of(letters, at)
  return find(LETTERS, upper(sub(letters, at, at)), 1, true) - 1
end

local function day_of(timestamp) return value_of(timestamp, 1) * 32 + value_of(timestamp, 2) end

-- What the address of a sender becomes, but for its hash.  A host is in A-labels: what needs no
-- SMTPUTF8 in the domain would in a local part.
local function wrap(localpart, domain, now)
  local found = srs.read(localpart)
  domain = domains.in_alabels(domain)
  if found and found.rest then return { host = found.host, rest = found.rest } end
  if found then return { host = domain, rest = sub(localpart, #"SRS0" + 1) } end
  return { timestamp = srs.timestamp(now), host = domain, localpart = localpart }
end

--- The local part of what is to be signed.
-- @tparam table made `host`; for SRS0 `timestamp` and `localpart`, for SRS1 the `rest`
-- @string key
-- @tparam table options as `DEFAULTS`
-- @treturn string
function srs.seal(made, key, options)
  local hash = sub(encode(core.hmac_sha1(key, covered(made))), 1, options.hash_length)
  local head = options.separator .. hash .. "="
  if made.rest then return "SRS1" .. head .. made.host .. "=" .. made.rest end
  return "SRS0" .. head .. made.timestamp .. "=" .. made.host .. "=" .. made.localpart
end

--- The local part of the forwarder's that carries a sender: SRS0, or SRS1 if the sender is an SRS
-- address itself.
-- @string localpart
-- @string domain
-- @string key
-- @tparam number now in seconds
-- @tparam table options as `DEFAULTS`
-- @treturn string
function srs.sign(localpart, domain, key, now, options)
  return srs.seal(wrap(localpart, domain, now), key, options)
end

local STANDARD = { ["-"] = "+", ["_"] = "/" }

-- The hash of what was read, if it is written as the options say.
local function hash_of(found, options)
  if options.is_lenient then return (gsub(found.hash, "[-_]", STANDARD)) end
  return found.separator == options.separator and found.hash or ""
end

--- Why what was read does not hold, or nil.  SRS1 has no date: the first hop's has one.
-- @tparam table found
-- @tparam {string,...} keys
-- @tparam number now in seconds
-- @tparam table options as `DEFAULTS`
-- @treturn string|nil a code
function srs.fault(found, keys, now, options)
  local hash = hash_of(found, options)
  if #hash < options.hash_length or not signature.is_by(hash, covered(found), keys, encode) then
    return "signature-invalid"
  end
  local stamp = found.timestamp
  if stamp and signature.days_between(day_of(stamp), signature.day(now, DAYS), DAYS)
    > options.max_age then
    return "signature-expired"
  end
end

return srs
