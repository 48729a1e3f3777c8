--- What the signatures of SRS and BATV have in common: keys that rotate, days, HMAC-SHA1.
--
-- The first of several keys signs, all of them verify: a new key is put before the old one, which
-- goes when the last signature by it has expired.
-- @module postoffice.text.signature

local core = require "postoffice.core"

local signature = {}

local floor, lower, sub = math.floor, string.lower, string.sub
local hmac, is_same = core.hmac_sha1, core.is_same_secret

local SECONDS = 24 * 60 * 60

--- The number of a day since 1970, as far as a stamp counts them.
-- @tparam number now in seconds
-- @tparam number count how many days a stamp tells apart
-- @treturn number
function signature.day(now, count) return floor(now / SECONDS) % count end

--- How many days one stamp lies after another, if it cannot lie before it.
-- @tparam number from
-- @tparam number to
-- @tparam number count how many days a stamp tells apart
-- @treturn number
function signature.days_between(from, to, count) return (to - from) % count end

--- Whether a code, or the first of its characters, is that of a text by one of several keys.  Mail
-- systems change the case of local parts, and so it says nothing.
-- @string given the code as it was found
-- @string text
-- @tparam {string,...} keys
-- @tparam function write the code of 20 bytes as text
-- @treturn boolean
function signature.is_by(given, text, keys, write)
  given = lower(given)
  for _, key in ipairs(keys) do
    if is_same(given, lower(sub(write(hmac(key, text)), 1, #given))) then return true end
  end
  return false
end

--- Whether a value is what signs: a list of keys, none of them empty.
-- @param value
-- @treturn boolean
function signature.are_keys(value)
  if type(value) ~= "table" or value[1] == nil then return false end
  for _, key in ipairs(value) do
    if type(key) ~= "string" or key == "" then return false end
  end
  return true
end

return signature
