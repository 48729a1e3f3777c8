--- Addresses for property tests: any two runs see the same ones.  They hold
-- whatever their type can hold, the delimiters of all other types included,
-- and each of them can be written as a one-off.
local generate = {}

--- A small generator of its own, the same on every Lua (Park and Miller).
function generate.random(seed)
  local state = seed % 2147483646 + 1
  for _ = 1, 3 do
    state = state * 16807 % 2147483647
  end
  return function(n)
    state = state * 16807 % 2147483647
    return state % n + 1
  end
end

local ATEXT = "abcxyzABCXYZ0189!#$%&'*+-/=?^_`{|}~"
local SPECIALS = " \"\\@<>()[],;:."
local UTF8 = { "\195\188", "\195\159", "\228\184\173", "\240\159\152\128" }

local function pick(random, text)
  local i = random(#text)
  return text:sub(i, i)
end

local function word(random, alphabet, longest)
  local letters = {}
  for i = 1, random(longest) do
    letters[i] = random(12) == 1 and UTF8[random(#UTF8)] or pick(random, alphabet)
  end
  return table.concat(letters)
end

local function words(random, alphabet, separator, most)
  local list = {}
  for i = 1, random(most) do
    list[i] = word(random, alphabet, 8)
  end
  return table.concat(list, separator)
end

local LITERALS = { "[192.0.2.1]", "[IPv6:2001:db8::1]", "[IPv6:::]", "[tag:content]" }

local function smtp(random)
  local quoted = random(3) == 1
  return {
    localpart = quoted and word(random, ATEXT .. SPECIALS, 20) or words(random, ATEXT, ".", 4),
    domain = random(8) == 1 and LITERALS[random(#LITERALS)] or words(random, "abcXYZ019-", ".", 4),
    route = random(10) == 1 and "@a.example,@b.example" or nil,
  }
end

--- What delimits in one type or notation or another.
local HOSTILE = "abcXYZ019 @.,:;=/\\!|$%\"'`<>()[]{}*#&+-_?^~"

--- The hostile characters but those that the pattern class names.
local function but(class)
  return (HOSTILE:gsub("[" .. class .. "]", ""))
end

local ANY, UNSLASHED, UNDOTTED = but "%z", but "/", but "."

--- A word without blanks at its ends, which mean nothing anywhere.
local function inner(random, alphabet, longest)
  return "x" .. word(random, alphabet, longest) .. "x"
end

local function maybe(random, one_in, make, ...)
  return random(one_in) == 1 and make(random, ...) or nil
end

local function list(random, most, make, ...)
  local made = {}
  for i = 1, random(most) do
    made[i] = make(random, ...)
  end
  return made
end

local CCMAIL = "abcABC@.,'-_0~/()&[]\"\\<>:;=!|$%"

local function ccmail(random)
  local bare = random(6) == 1
  return {
    mailbox = words(random, CCMAIL, not bare and random(6) == 1 and " at " or " ", 3) .. "x",
    postoffice = not bare and words(random, CCMAIL, " ", 2) or nil,
  }
end

local function dn(random)
  return { dn = "/o=" .. table.concat(list(random, 4, inner, ANY, 10), "/cn=") }
end

local function ms(alphabet)
  return function(random)
    return { network = inner(random, alphabet, 8), postoffice = inner(random, alphabet, 8),
      mailbox = inner(random, alphabet, 8) }
  end
end

local function msmail(random)
  return { mailbox = inner(random, ANY, 10), server = inner(random, but "@", 10) }
end

local LABELS = { "", "CN=", "OU=", "o=", "C=" }

local function level(random)
  return LABELS[random(#LABELS)] .. inner(random, but '@/"<(', 8)
end

local function internet_name(random)
  local mailbox = inner(random, "abc.-_+", 6) .. "@" .. inner(random, "abc-", 6) .. ".example"
  return random(2) == 1 and mailbox or '"' .. inner(random, but '"', 6) .. '" <' .. mailbox .. ">"
end

local function notes(random)
  local internet = random(4) == 1
  return {
    name = internet and internet_name(random) or table.concat(list(random, 4, level), "/"),
    domain = (internet or random(4) > 1)
      and table.concat(list(random, 3, inner, but "@.", 6), "@") or nil,
  }
end

local function groupwise(random)
  return { domain = inner(random, UNDOTTED, 8), postoffice = inner(random, UNDOTTED, 8),
    object = inner(random, ANY, 12) }
end

local function number(random)
  return "+" .. word(random, "0123456789- ()", 12) .. "1"
end

local function mapi_fax(random)
  local part = but "|@"
  local name, dialable = maybe(random, 2, inner, but "|", 8), maybe(random, 2, inner, part, 8)
  return { number = number(random), name = name, dialable = dialable,
    special = (name or dialable) and maybe(random, 2, inner, part, 8) or nil }
end

local function internet_fax(random)
  local part = but "/"
  local qualifiers = list(random, 3, inner, part, 6)
  return { number = number(random), t33s = maybe(random, 2, inner, part, 6),
    qualifiers = random(2) == 1 and table.concat(qualifiers, "/") or nil,
    domain = inner(random, but "@", 8) }
end

local function record_fax(random)
  local function record()
    return random(4) > 1 and inner(random, ANY, 8) or ""
  end
  return { name = record(), building = record(), office = record(), number = number(random) }
end

local FAXES = { mapi_fax, mapi_fax, internet_fax, record_fax }

local function fax(random)
  return FAXES[random(#FAXES)](random)
end

local function uucp(random)
  local part = but "!@"
  return { path = table.concat(list(random, 4, inner, part, 8), "!"),
    user = inner(random, part, 10) }
end

local SYNTAXES = { "exchange", "rfc1685", "rfc2156", "msmail" }
local ATTRIBUTES = { "o", "ou1", "ou2", "ou3", "ou4", "cn", "s", "g", "i", "q", "x121", "n_id",
  "t_id", "t_ty", "net_num", "net_sub", "net_psap", "pd_service", "pd_pn", "pd_o",
  "pd_ext_address", "pd_ext_delivery", "pd_a1", "pd_a2", "pd_a3", "pd_a4", "pd_a5", "pd_a6",
  "pd_street", "pd_box", "pd_restante", "pd_unique", "pd_local", "pd_office", "pd_office_num",
  "pd_code", "pd_c" }

--- A value, empty now and then, or one that begins as an escape might.
local function value(random)
  local odd = random(10)
  return odd == 1 and "" or odd == 2 and "=" .. inner(random, ANY, 8) or inner(random, ANY, 12)
end

local function x400(random)
  local address = { syntax = SYNTAXES[random(#SYNTAXES)], s = inner(random, ANY, 8) }
  for _ = 1, random(8) do
    address[ATTRIBUTES[random(#ATTRIBUTES)]] = value(random)
  end
  if random(4) > 1 then
    address.c, address.a = value(random), random(2) == 1 and " " or inner(random, ANY, 8)
    address.p = maybe(random, 2, value)
  end
  for i = 1, random(5) - 1 do
    address["dda" .. i .. "_type"] = inner(random, ANY, 6)
    address["dda" .. i .. "_value"] = value(random)
  end
  return address
end

--- A type that nobody defines.
local function unknown(random)
  return { value = word(random, ATEXT .. SPECIALS .. "\r\t\127", 30) }
end

local function pair(outer, inside)
  return function(random)
    local part = but "()/"
    return { [outer] = inner(random, part, 5), [inside] = inner(random, part, 5),
      gateway = maybe(random, 2, inner, part, 5) }
  end
end

local function mhs(random)
  return { user = inner(random, but "@", 8), workgroup = inner(random, but "({", 8),
    remark = maybe(random, 3, inner, but "()", 8), extended = maybe(random, 2, inner, but "}", 12) }
end

local function sip(random)
  return { user = inner(random, but "@ ", 8), host = inner(random, "abc.-", 8),
    port = random(3) == 1 and tostring(random(65535)) or nil,
    parameters = maybe(random, 3, inner, ANY, 12) }
end

local function eum(random)
  return { extension = inner(random, but ";", 6),
    phone_context = maybe(random, 2, inner, but ";", 8) }
end

local function spo(random)
  return { user = inner(random, but "@ ", 8), tenant = inner(random, but "@ ", 8) }
end

local makers = {
  SMTP = smtp, CCMAIL = ccmail, EX = dn, X500 = dn, MS = ms(UNSLASHED), PCM = ms(UNSLASHED),
  MSMAIL = msmail, MSA = msmail, X400 = x400, NOTES = notes, GWISE = groupwise,
  GROUPWISE = groupwise, FAX = fax, UUCP = uucp, TELEX = unknown,
  PROFS = pair("node", "user"), SNADS = pair("group", "element"), MHS = mhs, SIP = sip, EUM = eum,
  SPO = spo,
}

--- Every type of the core, and one that is no one's.
generate.TYPES = { "SMTP", "CCMAIL", "EX", "X500", "MS", "PCM", "MSMAIL", "MSA", "X400", "NOTES",
  "GWISE", "GROUPWISE", "FAX", "UUCP", "TELEX" }

--- The types that are shipped as definitions.
generate.DEFINED = { "PROFS", "SNADS", "MHS", "SIP", "EUM", "SPO" }

--- What most addresses are.
local COMMON = { "SMTP", "SMTP", "CCMAIL", "CCMAIL", "EX", "X500", "TELEX" }

local function name(random)
  return "n" .. word(random, ATEXT .. SPECIALS, 20) .. "e"
end

--- The address that belongs to a number; without a type, one of the common ones.
function generate.address(seed, type)
  local random = generate.random(seed)
  type = type or COMMON[random(#COMMON)]
  local address = makers[type](random)
  address.type = type
  if random(3) == 1 then
    address.display_name = name(random)
  end
  if type == "SMTP" and random(4) == 1 then
    address.comment = name(random)
  end
  if random(3) == 1 then
    address.primary = false
  end
  return address
end

return generate
