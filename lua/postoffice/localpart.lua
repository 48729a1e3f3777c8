--- What systems on the way put into local parts: SRS, BATV, VERP, subaddresses.
--
-- Each is recognised by the **profile** of who wrote it and can be peeled off; `read` and `peel`
-- verify nothing. `srs` and `batv` sign and verify: hashes and tags need secrets. Needs LPeg.
--
-- | profile | form | source |
-- | --- | --- | --- |
-- | `srs` | `SRS0=HASH=TS=host=local`, `SRS1=HASH=host==...`, any hash | libsrs2 |
-- | `libsrs2`, `postsrsd`, `opensmtpd`, `exim` | the same, with each one's alphabet | their code |
-- | `batv`, `indimail` | `prvs=KDDDSSSSSS=user` | draft-levine-smtp-batv |
-- | `batv-suffix` | `prvs=user=KDDDSSSSSS` | |
-- | `barracuda` | `btv1==tag==user` | |
-- | `microsoft` | `msprvs1=tag=user` | |
-- | `verp-postfix` | `owner-list+user=domain` | VERP_README |
-- | `verp-mailman` | `list-bounces+user=domain` | |
-- | `verp-ezmlm` | `list-return-7-user=domain` | |
-- | `verp-sendgrid` | `bounces+2309175-1e1a-user=domain` | |
-- | `verp-sympa` | `bounce+user==a==domain==list` | |
-- | `subaddress` | `user+detail` | RFC 5233 |
-- | `subaddress-prefix` | `detail--user` | RFC 5233 2 |
--
-- @module postoffice.localpart

local addresses = require "postoffice.address"
local arguments = require "postoffice.arguments"
local core = require "postoffice.core"
local fail = require "postoffice.fail"

local localpart = {}

local MAX_LAYERS = 16
local SMTP = { type = "SMTP" }

-- The ones that nobody writes by chance. The others depend on whose local part
-- it is, and that is for the caller to know.
local CERTAIN = { "srs", "batv", "batv-suffix", "barracuda", "microsoft" }

local OPTIONS = { profiles = "table", delimiters = "string", verp_delimiters = "string",
  owner_request = "boolean" }

local profiles, names = {}, {}
for _, file in ipairs { "srs", "batv", "verp", "subaddress" } do
  for _, profile in ipairs(require("postoffice.localpart." .. file).profiles) do
    profiles[profile.name] = profile
    names[#names + 1] = profile.name
  end
end

-- The profiles of that name, in order; raises for the caller's caller.
local function profiles_of(chosen)
  local list = {}
  for i, name in ipairs(chosen) do
    list[i] = profiles[name] or error(("unknown profile '%s'; known: %s"):format(tostring(name),
      table.concat(names, ", ")), 3)
  end
  return list
end

local function check_delimiters(delimiters)
  if delimiters and #delimiters ~= 2 then
    error("option verp_delimiters has to be two characters, such as +=", 3)
  end
end

-- The layer that a profile finds; nil where there is none.
local function read(address, profile, options)
  local layer = profile.read(address.localpart, options)
  if not layer then return nil end
  layer.address = addresses.smtp(layer.localpart, layer.domain or address.domain)
  if not core.format(layer.address) then return nil end
  layer.localpart, layer.domain = nil, nil
  layer.profile, layer.kind = profile.name, profile.kind
  return layer
end

--- The names of the profiles.
-- @treturn table an array of strings
-- @usage
-- local localpart = require "postoffice.localpart"
-- localpart.profiles()[1] --> "srs"
function localpart.profiles()
  local copied = {}
  for i, name in ipairs(names) do copied[i] = name end
  return copied
end

--- Reads one layer of a local part by one profile.
--
-- The layer has `profile`, `kind` ("srs", "batv", "verp", "subaddress"), the
-- `address` inside, and what the profile finds: `hash`, `timestamp` and
-- `separator` for SRS; `key`, `day` and `tag` for BATV; `list` and `id` for
-- VERP; `detail` and `delimiter` for subaddresses.
--
-- @tparam table|string address SMTP
-- @string profile
-- @tparam[opt] table options `delimiters` of subaddresses, a set of which the
--   first in the local part counts ("+"); `owner_request`: false splits
--   owner-list and list-request, too, as Postfix's owner_request_special does;
--   `verp_delimiters` of Postfix ("+=")
-- @treturn table the layer; or nil, message, code, position: `localpart-plain`,
--   `type-mismatch`, and those of `parse`
-- @usage
-- local localpart = require "postoffice.localpart"
-- local layer = localpart.read("ken+sieve@example.org", "subaddress")
-- tostring(layer.address), layer.detail --> "SMTP:ken@example.org", "sieve"
-- layer = localpart.read("owner-news+kim=a.example@lists.example", "verp-postfix")
-- tostring(layer.address), layer.list --> "SMTP:kim@a.example", "owner-news"
-- select(3, localpart.read("kim@a.example", "batv")) --> "localpart-plain"
function localpart.read(address, profile, options)
  arguments.address(address)
  local chosen = profiles_of { profile }
  options = arguments.options(options, OPTIONS)
  check_delimiters(options.verp_delimiters)
  local given, message, code, position = addresses.read(address, SMTP)
  if not given then return nil, message, code, position end
  local layer = read(given, chosen[1], options)
  if not layer then return fail "localpart-plain" end
  return layer
end

local function read_any(address, chosen, options)
  for _, profile in ipairs(chosen) do
    local layer = read(address, profile, options)
    if layer then return layer end
  end
end

--- Takes off layer after layer, and says which.
--
-- Without `profiles` that is what nobody writes by chance: SRS and BATV. VERP
-- and subaddresses are peeled where the caller names them, since only the
-- domain's own system knows what its local parts mean.
--
-- @tparam table|string address SMTP
-- @tparam[opt] table options `profiles`, an array of names, tried in order;
--   and those of `read`
-- @treturn table the address that is left, the same one where nothing is
--   peeled; or nil, message, code, position as for `parse`
-- @treturn table the layers from the outside in, as `read` gives them
-- @usage
-- local localpart = require "postoffice.localpart"
-- local address, layers = localpart.peel
--   "SRS1=JO9m=example.com==vmyz=2W=otherdomain.com=prvs=001921cd75=kim@fwd2.example.net"
-- tostring(address), #layers, layers[3].profile --> "SMTP:kim@otherdomain.com", 3, "batv"
-- address = localpart.peel("kim+news@a.example", { profiles = { "subaddress" } })
-- tostring(address) --> "SMTP:kim@a.example"
function localpart.peel(address, options)
  arguments.address(address)
  options = arguments.options(options, OPTIONS)
  check_delimiters(options.verp_delimiters)
  local chosen = profiles_of(options.profiles or CERTAIN)
  local left, message, code, position = addresses.read(address, SMTP)
  if not left then return nil, message, code, position end
  local layers, whole = {}, type(address) == "table" and address or left
  while #layers < MAX_LAYERS do
    local layer = read_any(left, chosen, options)
    if not layer then break end
    layers[#layers + 1] = layer
    left = layer.address
  end
  return #layers > 0 and left or whole, layers
end

--- What signs the senders of forwarded mail (SRS), so that SPF lets them pass and bounces come
-- back, and reads the answers.
--
-- It signs as libsrs2, Mail::SRS and PostSRSd do, each of which reads what another has signed by
-- the same key. A signed local part is longer by the sender's domain and 14 characters, and may
-- be longer than the 64 of RFC 5321 4.5.3.1.1, which next to no host minds. The hash covers host
-- and local part without a border, and so holds for the same characters split elsewhere, too.
--
-- @function srs
-- @tparam table options `domain`, at which senders are signed; `secrets`, a list of keys, of which
--   the first signs and all verify: put a new one before the old, and remove that after `max_age`;
--   `profile`, "srs" unless said, "libsrs2" and "postsrsd" are the same; `separator` after the word
--   ("=", or "+" or "-"); `hash_length` (4), how many characters of the hash are written, and
--   verified at least; `max_age` (21), the days for which a signature holds
-- @treturn table `domain`; `forward(address [, now])`, the sender to forward with, and
--   `reverse(address [, now])`, whom a signed one stands for: each returns a new address, or nil,
--   message, code, position (`localpart-plain`, `signature-invalid`, `signature-expired`, and
--   those of `parse`). `now` is in seconds, the clock's unless said
-- @usage
-- local localpart = require "postoffice.localpart"
-- local srs = localpart.srs { domain = "example.com", secrets = { "tops3cr3t" } }
-- local sender = srs:forward("test@otherdomain.com", 1577836860)
-- tostring(sender) --> "SMTP:SRS0=vmyz=2W=otherdomain.com=test@example.com"
-- tostring(srs:reverse(sender, 1577836860)) --> "SMTP:test@otherdomain.com"
-- select(3, srs:reverse("SRS0=vmyz=2W=otherdomain.com=joe@example.com")) --> "signature-invalid"
localpart.srs = require "postoffice.localpart.srs".new

--- What marks the senders of a domain's own mail (BATV), and reads the answers: a bounce to an
-- address without a mark is no answer to anything that was sent.
--
-- It marks as Exim does (`prvs=`), but in lower case, since mail systems change the case.
--
-- @function batv
-- @tparam table options `secrets`, as for `srs`; `domain`, whose senders alone are marked; any,
--   unless said; `profile` ("batv"); `number` (0), of the key, a digit that is written and not looked at;
--   `max_age` (7), the days for which a mark holds
-- @treturn table `domain`, `forward` and `reverse`, as those of `srs`
-- @usage
-- local localpart = require "postoffice.localpart"
-- local batv = localpart.batv { domain = "example.com", secrets = { "secret" } }
-- local sender = batv:forward("user@example.com", 12 * 86400)
-- tostring(sender) --> "SMTP:prvs=001921cd75=user@example.com"
-- tostring(batv:reverse(sender, 19 * 86400)) --> "SMTP:user@example.com"
-- select(3, batv:reverse(sender, 20 * 86400)) --> "signature-expired"
localpart.batv = require "postoffice.localpart.batv".new

return localpart
