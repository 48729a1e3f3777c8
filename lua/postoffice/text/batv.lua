--- BATV: senders that are marked so that only answers to what they sent come back.
--
-- `prvs=KDDDSSSSSS=user@domain` (draft-levine-smtp-batv): the number of a key, the day of expiry,
-- and the first three bytes of HMAC-SHA1 over these and the address, in hexadecimal digits, as Exim
-- writes them.  The address is signed in lower case and A-labels, since it may come back so.
-- @module postoffice.text.batv

local core = require "postoffice.core"
local domains = require "postoffice.text.domain"
local signature = require "postoffice.text.signature"

local batv = {}

local find, gsub, lower, match, sub = string.find, string.gsub, string.lower, string.match,
  string.sub

local DAYS = 1000 -- that three digits tell apart
local TAG = 6 -- hexadecimal digits

--- What is signed unless somebody says otherwise (Exim): the number of the key, and the days that
-- a signature is good for.
batv.DEFAULTS = { number = 0, max_age = 7 }

local BEGINS = "^[Pp][Rr][Vv][Ss]="
local TAGGED = BEGINS .. "(%d)(%d%d%d)(" .. ("%x"):rep(TAG) .. ")=(.+)$"

--- Whether a local part begins as those of BATV do.
-- @string localpart
-- @treturn boolean
function batv.begins(localpart) return find(localpart, BEGINS) ~= nil end

--- Reads a local part.
-- @string localpart
-- @treturn table|nil `key` (its number), `day`, `tag`, `localpart`
function batv.read(localpart)
  local number, day, tag, user = match(localpart, TAGGED)
  if not number then return nil end
  return { key = number, day = day, tag = tag, localpart = user }
end

local function covered(number, day, localpart, domain)
  return number .. day .. lower(localpart .. "@" .. domains.in_alabels(domain))
end

local function hex(bytes)
  return (gsub(bytes, ".", function(byte) return ("%02x"):format(byte:byte()) end))
end

--- The local part that carries the mark.
-- @string localpart
-- @string domain
-- @string key
-- @tparam number now in seconds
-- @tparam table options as `DEFAULTS`
-- @treturn string
function batv.sign(localpart, domain, key, now, options)
  local number = ("%d"):format(options.number)
  local day = ("%03d"):format((signature.day(now, DAYS) + options.max_age) % DAYS)
  local tag = sub(hex(core.hmac_sha1(key, covered(number, day, localpart, domain))), 1, TAG)
  return "prvs=" .. number .. day .. tag .. "=" .. localpart
end

--- Why what was read does not hold, or nil.
-- @tparam table found
-- @string domain the address's
-- @tparam {string,...} keys
-- @tparam number now in seconds
-- @tparam table options as `DEFAULTS`
-- @treturn string|nil a code
function batv.fault(found, domain, keys, now, options)
  local text = covered(found.key, found.day, found.localpart, domain)
  if not signature.is_by(found.tag, text, keys, hex) then return "signature-invalid" end
  local left = signature.days_between(signature.day(now, DAYS), tonumber(found.day), DAYS)
  if left > options.max_age then return "signature-expired" end
end

return batv
