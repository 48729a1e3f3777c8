--- X.400 and SMTP, one into the other, as gateways do it (MIXER, RFC 2156).
--
-- A **table** says which domains and which parts of O/R addresses mean the same
-- (MCGAM, RFC 2156 Appendix F); the longest match counts. Without one, and for
-- what none of its rules covers, an address is carried whole inside one of the
-- gateway's. Needs LPeg.
--
-- @module postoffice.mixer

local addresses = require "postoffice.address"
local arguments = require "postoffice.arguments"
local core = require "postoffice.core"
local fail = require "postoffice.fail"
local hierarchy = require "postoffice.mixer.hierarchy"
local levels = require "postoffice.mixer.levels"
local mcgam = require "postoffice.mixer.mcgam"
local names = require "postoffice.mixer.names"
local to_smtp = require "postoffice.mixer.to_smtp"
local to_x400 = require "postoffice.mixer.to_x400"

local mixer = {}

local OPTIONS = { mcgam = "table|string", gateways = "table|string", gateway = "table|string",
  domain = "string", algorithmic = "boolean" }

-- Raises for the caller's caller unless tables of rules are such.
local function check_options(options, types)
  options = arguments.options(options, types, 1)
  for _, name in ipairs { "mcgam", "gateways" } do
    local given = options[name]
    if type(given) == "table" and not given.by_domain then
      error(("option %s has to be a table that mixer.table made, or its text"):format(name), 3)
    end
  end
  return options
end

local X400 = { type = "X400" }

local function read_rules(given)
  if type(given) == "table" then return given end
  return mcgam.read(given)
end

-- An O/R address, which may be attributes alone.
local function read_gateway(given)
  if type(given) == "table" and rawget(given, "type") == nil then
    given = addresses.copy(given)
    given.type = X400.type
  end
  return addresses.read(given, X400)
end

local READERS = { mcgam = read_rules, gateways = read_rules, gateway = read_gateway }

-- The options, read; or nil, message, code, position.
local function read_options(options)
  local read = {}
  for name, value in pairs(options) do
    read[name] = value
    if READERS[name] then
      local message, code, position
      read[name], message, code, position = READERS[name](value)
      if not read[name] then return nil, message, code, position end
    end
  end
  return read
end

-- Maps by one of the two ways.
local function convert(given, kind, options, map)
  local read, message, code, position = read_options(options)
  if not read then return nil, message, code, position end
  local address
  address, message, code, position = addresses.read(given, { type = kind })
  if not address then return nil, message, code, position end
  return map(address, read)
end

--- Maps an X.400 address to SMTP (RFC 2156 4.3.2).
--
-- What carries an SMTP address (`DDA:RFC-822=` with RFC822C1 to C3, or
-- Exchange's `DDA:SMTP=`) is opened; an MS Mail address or an Exchange name in
-- it (`DDA:MS=`, `DDA:MSXCHNGE=`) goes to the gateway's domain as IMCEA writes
-- it. Else the domain is that of the longest
-- rule, and the rest of the hierarchy below it; the local part is a personal
-- name, such as `M.T.Rose`, or has the attributes that are left, such as
-- `/I=J/S=Rose/GQ=5/`. Else the whole address is a local part of the gateway.
--
-- @tparam table|string x400
-- @tparam[opt] table options `mcgam`: a table, or its text; `domain`: the
--   gateway's; `gateway`: its O/R address, if set, then what is carried inside
--   another gateway's stays closed; `algorithmic`: true makes a domain of every
--   hierarchy, as Exchange did unless `Strict MIXER Conformance` was set
--   (Q238491, Q254998)
-- @treturn table SMTP; or nil, message, code, position: `mixer-gateway-missing`,
--   `x400-value-character` and others of X400, `mcgam-line`, `mcgam-attributes`
-- @treturn string "carried", "mapped" or "gateway"
-- @usage
-- local mixer = require "postoffice.mixer"
-- local x400 = "X400:c=tc;a=btt;o=Widget;ou1=Marketing;s=Linnimouth;i=J;"
-- local rules = assert(mixer.table "O$Widget.ADMD$BTT.C$TC#Widget.COM#")
-- tostring(mixer.to_smtp(x400, { mcgam = rules })) --> "SMTP:J.Linnimouth@Marketing.Widget.COM"
-- local smtp, how = mixer.to_smtp "X400:c=us;a= ;p=x;dda:RFC-822=Tom(u)Harris(a)cs.widget.com;"
-- tostring(smtp), how --> "SMTP:Tom_Harris@cs.widget.com", "carried"
-- smtp = mixer.to_smtp("X400:c=us;a=mci;p=prmd;s=user;g=another;", { domain = "gw.example" })
-- smtp.localpart --> "/G=another/S=user/PRMD=prmd/ADMD=mci/C=us/"
-- select(3, mixer.to_smtp "X400:c=us;a=mci;p=prmd;s=user;") --> "mixer-gateway-missing"
function mixer.to_smtp(x400, options)
  arguments.address(x400)
  return convert(x400, "X400", check_options(options, OPTIONS), to_smtp)
end

--- Maps an SMTP address to X.400 (RFC 2156 4.3.1).
--
-- Stage I opens an X.400 address in disguise: `/S=Rose/@domain` or
-- `M.T.Rose@domain`, where a rule covers the domain or the local part names its
-- country. Stage II carries the address as `DDA:RFC-822=`, four times 128
-- octets at most, inside the attributes of the domain's rule or the gateway's.
--
-- @tparam table|string smtp
-- @tparam[opt] table options `mcgam`: a table, or its text; `gateway`: the O/R
--   address of the gateway, or `gateways`: a table of them by domain; `domain`:
--   the gateway's own, if set, then local parts that name their country are
--   opened only there; `algorithmic`: true makes a hierarchy of every domain,
--   from the country down
-- @treturn table X400; or nil, message, code, position: `mixer-gateway-missing`,
--   `mixer-length`, `mixer-character`, `domain-missing`, `mcgam-line`,
--   `mcgam-attributes`
-- @treturn string "mapped" or "carried"
-- @usage
-- local mixer = require "postoffice.mixer"
-- local rules = assert(mixer.table "Widget.COM#O$Widget.ADMD$BTT.C$TC#")
-- local x400 = mixer.to_x400("J.Linnimouth@Marketing.Widget.COM", { mcgam = rules })
-- x400.i, x400.s, x400.ou1, x400.o, x400.c --> "J", "Linnimouth", "Marketing", "Widget", "TC"
-- local gateway = { c = "us", a = "MCI", p = "relay" }
-- x400 = mixer.to_x400("Tom_Harris@cs.widget.com", { gateway = gateway })
-- tostring(x400) --> "X400:c=us;a=MCI;p=relay;dda:RFC-822=Tom(u)Harris(a)cs.widget.com;"
function mixer.to_x400(smtp, options)
  arguments.address(smtp)
  return convert(smtp, "SMTP", check_options(options, OPTIONS), to_x400)
end

local TABLE_OPTIONS = { symmetric = "boolean" }

--- Reads a table of rules, for the option `mcgam`.
--
-- A line is `domain#O$org.PRMD$prmd.ADMD$admd.C$cc#`, or the other way round;
-- the left side is looked up. `\.` is a dot in a value, `@` as a value a level
-- that is left out, `~TYPE$value` a domain-defined attribute, and a line that
-- begins with `#` a comment (RFC 2156 Appendix F).
--
-- @string text
-- @tparam[opt] table options `symmetric`: true lets each rule hold the other
--   way, too, where no other rule does
-- @treturn table its `rules` have `domain` and `attributes`,
--   `{ { "PRMD", "UK.AC" }, ... }`, as written; or nil, message, code, position:
--   `mcgam-line`, `mcgam-attributes`
-- @usage
-- local mixer = require "postoffice.mixer"
-- local rules = assert(mixer.table [[
-- # academic
-- AC.UK#PRMD$UK\.AC.ADMD$GOLD 400.C$GB#]])
-- rules.rules[1].attributes[1][2] --> "UK.AC"
-- select(3, mixer.table "AC.UK=GB") --> "mcgam-line"
function mixer.table(text, options)
  arguments.type(text, "string", "the table")
  return mcgam.read(text, arguments.options(options, TABLE_OPTIONS).symmetric)
end

local MAP_OPTIONS = { mcgam = "table|string", algorithmic = "boolean" }

--- The attributes that a domain stands for (RFC 2156 4.2).
--
-- @string domain
-- @tparam table options `mcgam`, `algorithmic`
-- @treturn table fields of X400; or nil, message, code: `mixer-gateway-missing`
--   where no rule covers the domain
-- @usage
-- local mixer = require "postoffice.mixer"
-- local fields = mixer.attributes("R-D.Salford.AC.UK",
--   { mcgam = [[AC.UK#PRMD$UK\.AC.ADMD$GOLD 400.C$GB#]] })
-- fields.ou1, fields.o, fields.p, fields.a --> "R-D", "Salford", "UK.AC", "GOLD 400"
function mixer.attributes(domain, options)
  arguments.type(domain, "string", "the domain")
  local read, message, code, position = read_options(check_options(options, MAP_OPTIONS))
  if not read then return nil, message, code, position end
  local fields = hierarchy.fields_of(domain, read)
  if not fields then return fail "mixer-gateway-missing" end
  return fields
end

--- The domain that stands for an address's hierarchy (RFC 2156 4.2).
--
-- @tparam table|string x400
-- @tparam table options `mcgam`, `algorithmic`
-- @treturn string; or nil, message, code: `mixer-gateway-missing` where no rule
--   covers the address
-- @treturn table the attributes that the domain does not hold
-- @usage
-- local mixer = require "postoffice.mixer"
-- local domain, rest = mixer.domain("X400:c=gb;a=gold 400;p=uk.ac;o=Salford;s=Rose;",
--   { mcgam = [[PRMD$UK\.AC.ADMD$GOLD 400.C$GB#AC.UK#]] })
-- domain, rest.s --> "Salford.AC.UK", "Rose"
function mixer.domain(x400, options)
  arguments.address(x400)
  local function domain_of(address, read)
    local domain, rest = hierarchy.domain_of(levels.attributes(address), read)
    if not domain then return fail "mixer-gateway-missing" end
    return domain, rest
  end
  return convert(x400, "X400", check_options(options, MAP_OPTIONS), domain_of)
end

--- Encodes ASCII in PrintableString: `(a)` for @, `(u)` for _, `(126)` for ~
-- (RFC 2156 3.4).
--
-- @string text
-- @treturn string; or nil, message, code, position: `mixer-character`
-- @usage
-- local mixer = require "postoffice.mixer"
-- mixer.encode "foo_(bar)@~" --> "foo(u)(l)bar(r)(a)(126)"
function mixer.encode(text)
  arguments.type(text, "string", "the text")
  return core.encode_printable(text)
end

--- Decodes what `encode` wrote, in any case; a bracket that begins no code stays.
--
-- @string text
-- @treturn string
-- @usage
-- local mixer = require "postoffice.mixer"
-- mixer.decode "foo(A)bar (x)" --> "foo@bar (x)"
function mixer.decode(text)
  arguments.type(text, "string", "the text")
  return core.decode_printable(text)
end

--- Reads a personal name that is one word (encoded-pn, RFC 2156 4.1.2).
--
-- @string text
-- @treturn table `g`, `i` and `s`, as fields of X400; or nil, message, code:
--   `mixer-name`
-- @usage
-- local mixer = require "postoffice.mixer"
-- local name = mixer.read_name "Marshall.M.T.Rose"
-- name.g, name.i, name.s --> "Marshall", "MT", "Rose"
function mixer.read_name(text)
  arguments.type(text, "string", "the name")
  return names.read(text)
end

--- Writes a personal name as one word.
--
-- @tparam table fields `g`, `i` and `s`
-- @treturn string; or nil, message, code: `mixer-name` where it would be read
--   as another one
-- @usage
-- local mixer = require "postoffice.mixer"
-- mixer.write_name { i = "MT", s = "Rose" } --> "M.T.Rose"
-- select(3, mixer.write_name { g = "M", s = "Rose" }) --> "mixer-name"
function mixer.write_name(fields)
  arguments.type(fields, "table", "the name")
  return names.write(fields)
end

return mixer
