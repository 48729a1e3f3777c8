--- From SMTP to X.400 (RFC 2156 4.3.1).
--
-- Stage I: is this an X.400 address in disguise? Then the local part is one of
-- the slash form, or a personal name, and the domain holds the rest. Stage II:
-- it is not, and is carried whole in a domain-defined attribute.
-- @module postoffice.mixer.to_x400

local addresses = require "postoffice.address"
local core = require "postoffice.core"
local fail = require "postoffice.fail"
local hierarchy = require "postoffice.mixer.hierarchy"
local levels = require "postoffice.mixer.levels"
local lpeg = require "lpeg"
local mcgam = require "postoffice.mixer.mcgam"
local names = require "postoffice.mixer.names"
local printable = require "postoffice.mixer.printable"

local P, S = lpeg.P, lpeg.S

local SLOTS = 4 -- domain-defined attributes
local LONGEST_VALUE = 128
local TYPES = { "RFC-822", "RFC822C1", "RFC822C2", "RFC822C3" }

-- What a local part of X.400 holds: PrintableString, the marks of teletex, $
-- before / and =, and | between the lines of a postal address.
local slash_char = printable.char + S "{}*$|"
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
  return not options.domain or domain:lower() == options.domain:lower()
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

local function text_of(address)
  if not address.route then return core.format(address, "native") end
  local path, message, code = core.format(address, "path")
  if not path then return nil, message, code end
  return path:sub(2, -2)
end

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

local function slots_of(value)
  local slots = {}
  if #value > LONGEST_VALUE then value = value:gsub(" ", "(032)") end -- a blank at a cut is lost
  for at = 1, #value, LONGEST_VALUE do
    slots[#slots + 1] = { type = TYPES[#slots + 1], value = value:sub(at, at + LONGEST_VALUE - 1) }
  end
  return slots
end

local function carried(address, outer, rule, options)
  local gateway, defined = gateway_of(address, outer, rule, options)
  if not gateway then return fail "mixer-gateway-missing" end
  local text, message, code = text_of(address)
  if not text then return nil, message, code end
  local value
  value, message, code = printable.encode(text)
  if not value then return nil, message, code end
  local slots, fields = slots_of(value), merge({ type = "X400" }, gateway)
  for _, each in ipairs(defined) do slots[#slots + 1] = each end
  if #slots > SLOTS then return fail "mixer-length" end
  for i, slot in ipairs(slots) do
    fields[("dda%d_type"):format(i)] = slot.type
    fields[("dda%d_value"):format(i)] = slot.value
  end
  return addresses.make(fields), "carried"
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
