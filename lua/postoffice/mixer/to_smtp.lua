--- From X.400 to SMTP (RFC 2156 4.3.2).
--
-- An address that is carried in domain-defined attributes is taken out.
-- Any other is written as a local part of a domain: of the one that stands for
-- its hierarchy, or of the gateway's.
-- @module postoffice.mixer.to_smtp

local core = require "postoffice.core"
local fail = require "postoffice.fail"
local hierarchy = require "postoffice.mixer.hierarchy"
local levels = require "postoffice.mixer.levels"
local mcgam = require "postoffice.mixer.mcgam"
local names = require "postoffice.mixer.names"
local smtp = require "postoffice.address".smtp

local function is_same_gateway(fields, gateway)
  for _, name in ipairs(levels.names) do
    if levels.fold(fields[name]) ~= levels.fold(gateway[name]) then return false end
  end
  return true
end

-- Whether what is carried is for us to take out: the rest of the address is
-- ours, or belongs to a known domain.
local function is_ours(fields, options)
  return not options.gateway or is_same_gateway(fields, options.gateway)
    or mcgam.find_address(options.mcgam, fields) ~= nil
end

-- What was carried; an address of another type than SMTP has a domain only through the gateway.
local function opened(inner, options)
  if inner.type == "SMTP" then return inner, "carried" end
  if not options.domain then return fail "mixer-gateway-missing" end
  local made, message, code = core.encapsulate(inner, "SMTP", { domain = options.domain })
  if not made then return nil, message, code end
  return made, "carried"
end

local IS_NAME = { g = true, i = true, s = true }

local function is_name(fields)
  for name in pairs(fields) do
    if not IS_NAME[name] then return false end
  end
  return true
end

local function slash_form(fields)
  fields.type, fields.syntax = "X400", "rfc2156"
  return core.format(fields, "native")
end

local function localpart_of(fields)
  local name = is_name(fields) and names.write(fields)
  if name then return name end
  return slash_form(fields)
end

local function mapped(fields, options)
  local domain, rest = hierarchy.domain_of(fields, options)
  if not domain then return nil end
  local localpart = localpart_of(rest)
  return localpart and smtp(localpart, domain)
end

local function through_gateway(fields, options)
  if not options.domain then return fail "mixer-gateway-missing" end
  local localpart, message, code = slash_form(fields)
  if not localpart then return nil, message, code end
  return smtp(localpart, options.domain), "gateway"
end

-- What a slash form cannot hold would come back as something else.
local function check_values(fields)
  local probe = { type = "X400", syntax = "rfc2156" }
  for name, value in pairs(fields) do probe[name] = value end
  local valid, message, code = core.validate(probe)
  if valid then return true end
  return nil, message, code
end

--- Maps an address.
-- @tparam table address X400
-- @tparam table options
-- @treturn table SMTP; or nil, message, code
-- @treturn string "carried", "mapped" or "gateway"
return function(address, options)
  local fields = levels.attributes(address)
  local inner, message, code = core.decapsulate(address)
  if code ~= "not-encapsulated" and is_ours(fields, options) then
    if not inner then return nil, message, code end
    return opened(inner, options)
  end
  local valid
  valid, message, code = check_values(fields)
  if not valid then return nil, message, code end
  local found = mapped(fields, options)
  if found then return found, "mapped" end
  return through_gateway(fields, options)
end
