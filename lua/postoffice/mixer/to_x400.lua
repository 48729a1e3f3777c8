--- From SMTP to X.400 (RFC 2156 4.3.1).
--
-- Stage I: is this an X.400 address in disguise? Then the local part is one of
-- the slash form, or a personal name, and the domain holds the rest. Stage II:
-- it is not, and is carried whole in a domain-defined attribute.
-- @module postoffice.mixer.to_x400

local addresses = require "postoffice.address"
local core = require "postoffice.core"
local domain_text = require "postoffice.text.domain"
local fail = require "postoffice.fail"
local hierarchy = require "postoffice.mixer.hierarchy"
local levels = require "postoffice.mixer.levels"
local lpeg = require "lpeg"
local mcgam = require "postoffice.mixer.mcgam"
local names = require "postoffice.mixer.names"

local P, S = lpeg.P, lpeg.S

-- What a local part of X.400 holds: PrintableString, the marks of teletex, $
-- before / and =, and | between the lines of a postal address.
local slash_char = S(core.printable .. "{}*$|")
local plain = -P " " * (slash_char - P "  ") ^ 1 * -1

local function is_plain(text)
  return lpeg.match(plain, text) ~= nil and text:sub(-1) ~= " "
end

-- Stage I.

local function local_fields(localpart)
  if not is_plain(localpart) then return nil end
  if localpart:sub(1, 1) ~= "/" then return (names.read(localpart)) end
  local address = core.parse(localpart, { type = "X400", notation = "native" })
  return address and levels.attributes(address)
end

-- Whether an address that names its country can be opened here: what is meant
-- for another gateway is not for us to read.
local function is_ours(domain, options)
  return not options.domain or domain_text.are_same(domain, options.domain)
    or mcgam.find_domain(options.mcgam, domain) ~= nil
end

-- Each of the fields, those of the local part first.
local function merge(fields, outer)
  local merged = {}
  for name, value in pairs(outer) do merged[name] = value end
  for name, value in pairs(fields) do merged[name] = value end
  return merged
end

local function is_complete(address)
  local is_named = not (address.g or address.i or address.q) or address.s
  return address.c and address.a and is_named
    and core.validate(merge({ syntax = "rfc2156" }, address))
end

local function disguised(address, outer, options)
  local fields = local_fields(address.localpart)
  if not fields then return nil end
  if fields.c then
    if not is_ours(address.domain, options) then return nil end
  elseif outer then
    fields = merge(fields, outer)
  end
  fields.type = "X400"
  return is_complete(fields) and addresses.make(fields) or nil
end

-- Stage II.

local function given_gateway(address, options)
  if options.gateway then return levels.attributes(options.gateway), {} end
  local rule = address.domain and mcgam.find_domain(options.gateways, address.domain)
  if not rule then return nil end
  return merge({ a = rule.fields.a or " " }, rule.fields), rule.defined
end

-- The address of the gateway, and its own domain-defined attributes.
local function gateway_of(address, outer, rule, options)
  if outer and rule.depth > 0 then return outer, rule.defined end
  return given_gateway(address, options)
end

local DDAS = 4

-- The gateway's address, whose first domain-defined attribute will carry; nil if there is no
-- room for its own.
local function place_of(gateway, defined)
  local place, own = { dda1_type = "RFC-822" }, {}
  for name, value in pairs(gateway) do
    if not name:find "^dda" then place[name] = value end
  end
  for i = 1, DDAS do
    local kind = gateway[("dda%d_type"):format(i)]
    own[#own + 1] = kind and { type = kind, value = gateway[("dda%d_value"):format(i)] }
  end
  for _, attribute in ipairs(defined) do own[#own + 1] = attribute end
  if #own >= DDAS then return nil end
  for i, attribute in ipairs(own) do
    place[("dda%d_type"):format(i + 1)] = attribute.type
    place[("dda%d_value"):format(i + 1)] = attribute.value
  end
  return place
end

-- The core's codes that have names of the mixer's.
local CODES = {
  ["encapsulation-length"] = "mixer-length", ["encapsulation-type"] = "mixer-character",
}

local function carried(address, outer, rule, options)
  local gateway, defined = gateway_of(address, outer, rule, options)
  if not gateway then return fail "mixer-gateway-missing" end
  local place = place_of(gateway, defined)
  if not place then return fail "mixer-length" end
  local made, message, code = core.encapsulate(address, "X400", place)
  if made then return made, "carried" end
  if CODES[code] then return fail(CODES[code]) end
  return nil, message, code
end

--- Maps an address.
-- @tparam table address SMTP
-- @tparam table options
-- @treturn table X400; or nil, message, code
-- @treturn string "mapped" or "carried"
return function(address, options)
  if not address.domain then return fail "domain-missing" end
  local outer, rule = hierarchy.fields_of(address.domain, options)
  local found = not address.route and disguised(address, outer, options)
  if found then return found, "mapped" end
  return carried(address, outer, rule, options)
end
