--- Addresses to try random policies with, half of them such as the policy mentions.
local draw = require "spec.policies.draw"
local generate = require "spec.generate"
local localpart = require "postoffice.localpart"
local postoffice = require "postoffice"

local chance, pick, random = draw.chance, draw.pick, draw.number

local addresses = {}

local known -- the addresses that the policy mentions

--- Forgets what the policy before mentioned.
function addresses.begin() known = {} end

local USERS = {
  "kim", "joe", "KIM", "ann", "kim+tag", "joe--new", "kim+", "+", "sales", "postmaster", "a.b",
  "x%evil.example", "v!w", "\195\169", "\195\169a", "Lee, Kim", "o'neil", "a b", "1",
  "v@evil.example", "imceaex-x",
}
local DOMAINS = {
  "a.example", "A.Example", "b.example", "s.b.example", "t.s.b.example", "evil.example",
  "far.example", "cc.a.example", "\195\188.example", "xn--tda.example", "[192.0.2.1]",
}
local OURS = {
  "a.example", "a.example", "a.example", "b.example", "b.example", "s.b.example", "far.example",
  "cc.a.example", "\195\188.example",
}
local OFFICES = { "HQ", "hq", "internet", "internet", "Paris", "fax", "Nowhere", "H  Q" }
local TYPES = {
  "SMTP", "SMTP", "CCMAIL", "CCMAIL", "EX", "X500", "X400", "X400", "NOTES", "MS", "FAX", "GWISE",
  "UUCP", "PCM", "MSMAIL", "MSA", "GROUPWISE", "TELEX", "PROFS", "NONE",
}

-- A local part as SMTP needs it.
local function quoted(user) return user:find "[ ,@]" and ('"%s"'):format(user) or user end

local function smtp() return quoted(pick(USERS)) .. "@" .. pick(DOMAINS) end

local COUNTRIES = { "c=us;a= ;", "c=us;a=x;", "c=us;", "c=de;a=x;p=Org;", "c=us;a= ;p=Org;o=Org;" }
local PERSONS = {
  "s=Lee;", "s=Lee;g=Kim;", "o=Org;s=Lee;", "o=Org;ou1=S;s=Kim;", "s=1;",
  "s=Lee;dda:RFC-822=v(a)evil.example;", "o=Org;dda:UUCP=evil!v;",
  "s=Lee;dda:RFC-822=kim(a)a.example;", "s=Lee;dda:X=v(a)evil.example;",
  "s=Lee;dda:RFC-822=kim(a)a.example;dda:X=v(a)evil.example;", "s=Lee;dda:X=1;",
}

local NATIVE = {
  SMTP = smtp,
  CCMAIL = function()
    return pick { pick(USERS), "Lee", "Kim Lee", smtp() }
      .. (chance(8) and "" or " at " .. pick(OFFICES))
  end,
  EX = function()
    return pick { "/o=Org/ou=S/cn=", "/o=Org/cn=", "/o=Old/ou=S/cn=" } .. pick(USERS)
  end,
  X500 = function() return pick { "/o=Org/cn=", "/o=Org/ou=S/cn=" } .. pick(USERS) end,
  X400 = function() return pick(COUNTRIES) .. pick(PERSONS) end,
  NOTES = function()
    return pick {
      "Kim Lee/Org@NET", "CN=Kim Lee/OU=S/O=Org@NET", "v@evil.example@NET", "Kim@Org",
      "Kim Lee/Org", "kim@a.example@NET",
    }
  end,
  MS = function()
    return pick { "ORG/SITE/", "ORG/FAR/", "NEW/SITE/" } .. pick { "KIM", "JOE", "v@evil.example" }
  end,
  MSMAIL = function() return pick { "kim@HQ", "v@evil.example@HQ", "joe@far.example" } end,
  FAX = function() return "+" .. random(20) end,
  GWISE = function()
    return pick { "D.PO.kim", "D.OP.joe", "E.PO.kim", "internet.v@evil.example",
      "internet.kim@a.example" }
  end,
  UUCP = function() return pick { "evil!v", "a!b!kim", "a.example!kim" } end,
  TELEX = function() return tostring(random(9)) end,
  PROFS = function() return pick { "NODE(KIM)", "v@evil.example" } end,
}
NATIVE.PCM, NATIVE.MSA, NATIVE.GROUPWISE, NATIVE.NONE =
  NATIVE.MS, NATIVE.MSMAIL, NATIVE.GWISE, NATIVE.TELEX

local function typed()
  local kind = pick(TYPES)
  return kind .. ":" .. NATIVE[kind]()
end

--- Remembers an address or a space that the policy mentions, as an address.
-- @tparam string text
-- @treturn string the text
function addresses.mention(text)
  known[#known + 1] = (text:gsub("[*?]", function() return pick { "kim", "x", "Lee", "1" } end))
  return text
end

-- An address that the policy mentions.
local function mentioned() return #known > 0 and pick(known) or smtp() end

-- Other ways to write one, and what is nearly one.
local function extended(text)
  return (text:gsub("@", pick { "+new@", "+new@", "--x@", "+@", "+a+b@", ".x@", "@x." }))
end

local VARIANTS = {
  extended, extended, extended,
  function(text) return text end, string.upper, string.lower,
  function(text) return (text:gsub("^SMTP:", "")) end,
  function(text) return (text:gsub("^([Cc][Cc][Mm][Aa][Ii][Ll]:.*) at .*$", "%1")) end,
  function(text) return pick { "ann", "Lee" } .. (text:match "[@/!.(].*$" or " at HQ") end,
}

local function variant() return pick(VARIANTS)(mentioned()) end

-- Now and then in the shell that connectors have.
local function encapsulated()
  local inner = postoffice.parse(pick { typed, smtp, mentioned }(), { unknown = true })
  for _ = 1, chance(6) and 2 or 1 do
    local outer = inner and postoffice.encapsulate(inner, "SMTP",
      { domain = pick { "gw.example", pick(DOMAINS), pick(OURS), pick(OURS) } })
    inner = outer or inner
  end
  return inner and postoffice.format(inner) or smtp()
end

--- The keys by which policies sign.
addresses.SECRETS = { k = { "new", "old" } }

local SIGNED_AT = 1 -- the time of some envelopes; at that of others, signatures are too old

-- An answer to a sender that was signed or marked at a domain of ours, most often.
local function signed()
  local secrets = { chance(4) and "another" or pick(addresses.SECRETS.k) }
  local signer = chance(2) and localpart.batv { secrets = secrets }
    or localpart.srs { domain = "a.example", secrets = secrets }
  local address = signer:forward(pick { smtp, mentioned }(), SIGNED_AT)
  local text = address and postoffice.format(address) or smtp()
  return chance(6) and text:gsub("[a-z]", string.upper, 1) or text
end

local function generated()
  local address = generate.address(random(100000), pick(generate.TYPES))
  return postoffice.format(address) or postoffice.format(address, "oneoff") or "x"
end

local ODD = {
  "", "@", "<>", "<Postmaster>", "a@b..c", "[ccmail:", "\1\2", "user@x at HQ", ":", "SMTP:",
  '"\\', "[SMTP:a@b.example", "\255@a.example", "NONE:x", "CCMAIL:Lee", "SMPT:x",
  "IMCEAEX-nothing@a.example", ("x"):rep(9000) .. "@a.example",
}

local ADDRESS = {
  smtp, smtp, typed, typed, encapsulated, encapsulated, generated, signed, variant, variant,
  variant, variant, variant, variant, mentioned, mentioned, mentioned, mentioned, mentioned,
  function() return pick(ODD) end,
}

--- An address as text.
function addresses.any() return pick(ADDRESS)() end

--- A recipient: a text, or an address.
function addresses.recipient()
  local text = addresses.any()
  return chance(8) and postoffice.parse(text, { unknown = true }) or text
end

--- What addresses are made of, as often as it stands there.
addresses.USERS, addresses.OURS, addresses.TYPES, addresses.DOMAINS = USERS, OURS, TYPES, DOMAINS

--- What makes addresses: of SMTP, of any type, and such as the policy mentions; and a local part as
-- SMTP needs it.
addresses.smtp, addresses.typed, addresses.mentioned = smtp, typed, mentioned
addresses.quoted = quoted

return addresses
