--- Brings addresses from one type to another: out of what carries them, or into it.
-- @module postoffice.cli.convert

local addresses = require "postoffice.address"
local postoffice = require "postoffice"
local exit = require "postoffice.cli.exit"
local files = require "postoffice.cli.files"

-- What carries addresses of other types, and the option that says where.
local CARRIERS = { SMTP = "domain", CCMAIL = "postoffice", X400 = "gateway" }

-- Types of one directory or network in two spellings: they share their fields.
local SISTERS = { EX = "X500", X500 = "EX", MS = "PCM", PCM = "MS", GWISE = "GROUPWISE",
  GROUPWISE = "GWISE" }

-- The address of a type that is inside, or nil.
local function inside(address, kind)
  for _ = 0, addresses.MAX_CARRIERS do
    if address.type == kind then return address end
    address = postoffice.decapsulate(address)
    if not address then return nil end
  end
end

-- The same fields under the other name, or nil.
local function renamed(address, kind)
  if SISTERS[address.type] ~= kind then return nil end
  local copy = addresses.copy(address)
  copy.type = kind
  return copy
end

-- nil, message, code: an address needs a carrier, and nobody said where that is.
local function say_where(kind, option)
  return nil, ("it is to be carried inside %s; say where with --%s"):format(kind, option),
    "carrier-place-missing"
end

-- The fields of the place that an option names, or nil, message, code.
local function place_of(kind, option, value)
  if kind ~= "X400" then return { [option] = value } end
  local gateway, message, code = postoffice.parse(value, { type = "X400" })
  return gateway and addresses.bare(gateway), message, code
end

-- An address inside one of a type, or nil, message, code.
local function carried(address, kind, options)
  local option = CARRIERS[kind]
  if not option then
    local message = postoffice.message "encapsulation-type"
    return nil, message, "encapsulation-type"
  elseif not options[option] then
    return say_where(kind, option)
  end
  local place, message, code = place_of(kind, option, options[option])
  if not place then return nil, message, code end
  return postoffice.encapsulate(address, kind, place)
end

-- X.400 and SMTP meet in a MIXER gateway: the function, and the option that says which.
local MIXER = {
  ["X400 SMTP"] = { "to_smtp", "domain" },
  ["SMTP X400"] = { "to_x400", "gateway" },
}

-- Domains and bang paths spell the same way (RFC 976): the function.
local WAYS = { ["SMTP UUCP"] = "to_bang", ["UUCP SMTP"] = "to_domain" }

-- The same way in the other spelling, or nil, message, code; false where there is none, or a
-- domain is named to carry the path.
local function respelled(address, kind, options)
  local name = WAYS[address.type .. " " .. kind]
  if not name or options.domain then return false end
  local made, message, code = require "postoffice.routes"[name](address)
  return made, message, code
end

-- What a gateway makes of an address, or nil, message, code; false where none has a say.
local function mixed(address, kind, options, rules)
  local way = MIXER[address.type .. " " .. kind]
  if not way then return false end
  local mapped, message, code = require "postoffice.mixer"[way[1]](address, {
    domain = options.domain, gateway = options.gateway, mcgam = rules,
  })
  if code == "mixer-gateway-missing" then return say_where(kind, way[2]) end
  return mapped, message, code
end

-- What the places of carriers look like with the value of an option.
local PLACES = {
  domain = function(value) return { type = "SMTP", localpart = "x", domain = value } end,
  postoffice = function(value) return { type = "CCMAIL", mailbox = "x", postoffice = value } end,
}

-- Ends the command where an option names no place.
local function check_places(options)
  for _, name in ipairs { "domain", "postoffice", "gateway" } do
    local value, place = options[name], PLACES[name]
    local good, message = true, nil
    if value and place then good, message = postoffice.format(place(value)) end
    if value and not place then good, message = postoffice.parse(value, { type = "X400" }) end
    if not good then
      exit.with(exit.WRONG_USE, ('--%s "%s": %s'):format(name, value, message))
    end
  end
end

local function read_rules(options)
  if not options.mcgam then return nil end
  local text = files.text(options.mcgam)
  local mixer = require "postoffice.mixer"
  local rules, message, code, position = mixer.table(text, { symmetric = true })
  if rules then return rules end
  local _, ends = text:sub(1, (position or 1) - 1):gsub("\n", "")
  exit.with(exit.WRONG_USE, ("%s:%d: %s (%s)"):format(options.mcgam, ends + 1, message, code))
end

--- Makes a function from an address's text to that of the converted one.
-- @tparam table options of the command: `to`, `as`, `domain`, `postoffice`, `gateway`, `mcgam`,
--   `syntax`
-- @tparam function read parses a text
-- @treturn function; it returns nil, message, code, position where it cannot
local function maker(options, read)
  check_places(options)
  local kind, rules = options.to:upper(), read_rules(options)
  local style = { notation = options.as, syntax = options.syntax }
  return function(text)
    local address, message, code, position = read(text)
    if not address then return nil, message, code, position end
    local made = inside(address, kind) or renamed(address, kind)
    if not made then made, message, code = respelled(address, kind, options) end
    if made == false then made, message, code = mixed(address, kind, options, rules) end
    if made == false then made, message, code = carried(address, kind, options) end
    if not made then return nil, message, code end
    return postoffice.format(made, style)
  end
end

return maker
