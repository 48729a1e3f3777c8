--- Signatures around addresses (SRS, BATV), as proofs make them, by keys of their own, and what is inside.
-- @module postoffice.policy.prove.classes.signatures

local batv = require "postoffice.text.batv"
local core = require "postoffice.core"
local in_alabels = require "postoffice.text.domain".in_alabels
local routings = require "postoffice.policy.prove.classes.routings"
local smtp = require "postoffice.address".smtp
local srs = require "postoffice.text.srs"

local signatures = {}

-- By form, what an address becomes.
local SIGN = {}

function SIGN.SRS0(address, domain, key, now)
  local made = {
    timestamp = srs.timestamp(now), host = in_alabels(address.domain),
    localpart = address.localpart,
  }
  return smtp(srs.seal(made, key, srs.DEFAULTS), domain)
end

-- What another one signed, who alone opens it.
function SIGN.SRS1(address, domain, key)
  local found = srs.read(address.localpart)
  if not found or found.rest then return nil end
  local made = { host = in_alabels(address.domain), rest = address.localpart:sub(#"SRS0" + 1) }
  return smtp(srs.seal(made, key, srs.DEFAULTS), domain)
end

function SIGN.BATV(address, _, key, now)
  local localpart = batv.sign(address.localpart, address.domain, key, now, batv.DEFAULTS)
  return smtp(localpart, address.domain)
end

--- What is inside an address that looks signed, whoever signed it.
-- @tparam table address
-- @treturn table|nil
function signatures.inner(address)
  if address.type ~= "SMTP" or not address.domain then return nil end
  local found = srs.read(address.localpart)
  if found then return smtp(srs.inner(found)) end
  found = batv.read(address.localpart)
  return found and smtp(found.localpart, address.domain)
end

--- An address in a signature by the first key of a name.
-- @string form "SRS0", "SRS1" or "BATV"
-- @tparam table address
-- @string domain at which SRS signs
-- @string name of the keys
-- @tparam number now
-- @treturn string|nil its text; nil if that is read otherwise
function signatures.sign(form, address, domain, name, now)
  local is_signable = address.type == "SMTP" and address.domain and address.localpart ~= ""
  local key = routings.secrets(name)[1]
  local made = is_signable and SIGN[form](address, domain, key, now)
  local text = made and core.format(made)
  local read = text and core.parse(text)
  local inner = read and signatures.inner(read)
  return inner and core.key(inner) == core.key(address) and text or nil
end

return signatures
