--- From X.400 to SMTP (RFC 2156 4.3.2).
--
-- An SMTP address that is carried in domain-defined attributes is taken out.
-- Any other is written as a local part of a domain: of the one that stands for
-- its hierarchy, or of the gateway's.
-- @module postoffice.mixer.to_smtp

local addresses = require "postoffice.address"
local core = require "postoffice.core"
local fail = require "postoffice.fail"
local hierarchy = require "postoffice.mixer.hierarchy"
local levels = require "postoffice.mixer.levels"
local mcgam = require "postoffice.mixer.mcgam"
local names = require "postoffice.mixer.names"
local printable = require "postoffice.mixer.printable"

-- The attributes that carry an address, each with those that go on with it.
-- Exchange writes SMTP (Q255024).
local CARRIERS = { { "rfc-822", "rfc822c1", "rfc822c2", "rfc822c3" }, { "smtp" } }

-- Domain-defined attributes by type.
local function defined_of(fields)
  local defined = {}
  for i = 1, 4 do
    local kind = fields[("dda%d_type"):format(i)]
    if kind then defined[kind:lower()] = fields[("dda%d_value"):format(i)] end
  end
  return defined
end

-- The carried address as it was encoded; nil where there is none.
local function encoded_of(fields)
  local defined = defined_of(fields)
  for _, carrier in ipairs(CARRIERS) do
    local pieces = {}
    for i, kind in ipairs(carrier) do
      if not defined[kind] then break end
      pieces[i] = defined[kind]
    end
    if pieces[1] then return table.concat(pieces) end
  end
end

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

-- With an @ in it nothing is encoded: Exchange knows no mixture (Q254725).
local function decode(text)
  return text:find("@", 1, true) and text or printable.decode(text)
end

local function open(encoded)
  local text = decode(encoded)
  if text:sub(1, 1) == "@" then text = "<" .. text .. ">" end -- a source route
  local address, message, code = core.parse(text, { type = "SMTP" })
  if not address then return nil, message, code end
  return address, "carried"
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

local function smtp(localpart, domain)
  return addresses.make { type = "SMTP", localpart = localpart, domain = domain }
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
  local encoded = encoded_of(fields)
  if encoded and is_ours(fields, options) then return open(encoded) end
  local valid, message, code = check_values(fields)
  if not valid then return nil, message, code end
  local found = mapped(fields, options)
  if found then return found, "mapped" end
  return through_gateway(fields, options)
end
