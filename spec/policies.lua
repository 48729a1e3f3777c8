--- Random policies, and addresses and envelopes to try them with: any two runs see the same ones.
--
-- Every word, field and event of the language is in them, and little is said of many things: a few
-- names, domains and post offices, so that what is declared is hit, and things that are the same
-- meet.  `known` holds what the policy mentions; half of the addresses are taken from there.
local generate = require "spec.generate"
local localpart = require "postoffice.localpart"
local postoffice = require "postoffice"

local policies = {}

local random -- of the policy that is being made
local known -- the addresses that it mentions
local claimed -- those that are proxies
local unused -- names and domains that are still to be declared, by kind

local function pick(list) return list[random(#list)] end
local function chance(one_in) return random(one_in) == 1 end

local aside -- another stream of chance, for what policies have beside the rest

-- What a function makes by that stream, so that the rest of a number's policy stays what it was.
local function beside(make, ...)
  random, aside = aside, random
  local made = make(...)
  random, aside = aside, random
  return made
end

policies.pick, policies.chance = pick, chance

-- ---- Addresses ---------------------------------------------------------------

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
policies.SECRETS = { k = { "new", "old" } }

-- How a test says so.
policies.SAID_SECRETS = "{ k = { 'new', 'old' } }"

local SIGNED_AT = 1 -- the time of some envelopes; at that of others, signatures are too old

-- An answer to a sender that was signed or marked at a domain of ours, most often.
local function signed()
  local secrets = { chance(4) and "another" or pick(policies.SECRETS.k) }
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
function policies.address() return pick(ADDRESS)() end

--- A recipient: a text, or an address.
function policies.recipient()
  local text = policies.address()
  return chance(8) and postoffice.parse(text, { unknown = true }) or text
end

-- ---- What declarations hold --------------------------------------------------

local ENTRIES = { "Kim", "Joe", "Sales", "Crew", "Gone", "Far", "Ann", "Old" }
local CONNECTORS = { "c0", "C1", "c2", "C3", "C4", "c5" }
-- Mostly the one that most policies have, and that carries most.
local AT = { "first", "First", "FIRST", "first", "C1" }
local DECLARED = {
  "*.b.example", "b.example", "s.b.example", "far.example", "cc.a.example", "\195\188.example",
  "*.a.example", "*.example", "evil.example",
}

local function joined(a, b)
  local list = {}
  for _, item in ipairs(a) do list[#list + 1] = item end
  for _, item in ipairs(b) do list[#list + 1] = item end
  return list
end

-- The items of a list in an order of chance, of which `take` takes one after the other.
local function shuffled(list)
  local copy = {}
  for i, item in ipairs(list) do table.insert(copy, random(i), item) end
  return copy
end

local function take(kind) return table.remove(unused[kind]) end

local SPACES = {
  "SMTP:*", "SMTP:*@a.example", "SMTP:*@*.b.example", "SMTP:k*@*", "SMTP:?@*", "SMTP:*.example",
  "SMTP:kim@a.example", "SMTP:kim@far.example", "SMTP:", "smtp:*@FAR.example", "SMTP:*+*@*",
  "SMTP:*@\195\188.example", "SMTP:joe@*", "SMTP:*@b.exampl?", "SMTP:*kim*@far.example",
  "CCMAIL:*", "CCMAIL:* at HQ", "CCMAIL:", "CCMAIL:Lee at HQ", "CCMAIL:kim at internet",
  "CCMAIL:*@* at internet", "CCMAIL:* at ?Q", "CCMAIL:Lee at *",
  "EX:/o=Org", "EX:*", "EX:/o=Org/ou=S", "EX:/o=Org/ou=S/", "EX:/o=Org/ou=S/cn=kim", "EX:",
  "EX:/o=Org/ou=S/cn=k*", "X500:", "X500:/o=Org", "X500:/o=Org/cn=*",
  "X400:c=us;a=*", "X400:c=us", "X400:*", "X400:c=us;a= ;", "X400:c=us;a=x;", "X400:c=us;s=Lee",
  "X400:c=us;a=x;o=*", "X400:c=us;a= ;p=Org;o=Org;", "X400:c=?s;", "X400:", "X400:c=de;s=1;",
  "X400:c=us;a= ;s=Lee;", "X400:c=us;a=x;o=Org;ou1=S;", "X400:o=Org;",
  "NOTES:*", "NOTES:*@NET", "NOTES:Kim Lee/Org@NET", "NOTES:", "MS:ORG/SITE", "MS:*", "MS:ORG",
  "MS:ORG/SITE/KIM", "MS:ORG/*/KIM", "PCM:ORG", "MS:", "FAX:*", "FAX:+1*", "FAX:+12", "FAX:",
  "GWISE:*", "GWISE:D", "GWISE:D.PO", "GWISE:D.PO.kim", "GWISE:internet.*", "GROUPWISE:D",
  "UUCP:*", "UUCP:evil!*", "UUCP:a!b!kim", "MSMAIL:*", "MSMAIL:kim@HQ", "MSA:*", "TELEX:*",
  "TELEX:1", "PROFS:*", "NONE:*", "NONE:1", "NOTES:*/Org@*", "NOTES:CN=Kim Lee/O=Org@NET",
  "GROUPWISE:*.PO.D", "GROUPWISE:kim.PO.D", "X400:c=us;ou1=*", "X400:p=*;c=us;o=Org;...",
  "CCMAIL:Lee, * at *", "MSA:*@HQ", "FAX:+(1)*", "PCM:ORG\\\\SITE\\\\*",
}

-- What no space, proxy, pattern or template should be.
local BAD = {
  "kim", "SMTP:a.example", "CCMAIL:HQ", "SMTP:{u}@{u}", "SMTP:*@a{", "X400:zz=1", "HQ", "SMTP:@@",
  "SMPT:*", "MS:ORG\\", "SMTP:*@a..example", "FAX:x|",
}

local function quote(value)
  if type(value) ~= "string" then return tostring(value) end
  return '"' .. value:gsub('[%c"\\\127-\255]', function(char)
    return ("\\%03d"):format(char:byte())
  end) .. '"'
end

--- A value as a policy writes it.
policies.quote = quote

local function texts(make, most)
  local list = {}
  for i = 1, random(most) do list[i] = quote(make()) end
  return "{ " .. table.concat(list, ", ") .. " }"
end

-- Remembers an address or a space that the policy mentions, as an address.
local function mention(text)
  known[#known + 1] = (text:gsub("[*?]", function() return pick { "kim", "x", "Lee", "1" } end))
  return text
end

local function one_of(list) return chance(150) and pick(BAD) or pick(list) end

local function space()
  if chance(4) then return mention(pick { "SMTP:*", "CCMAIL:*", "SMTP:*@" .. pick(DOMAINS) }) end
  return mention(one_of(SPACES))
end

local BY_TYPE = {}
for _, text in ipairs(SPACES) do
  local kind = text:match("^%w+"):upper()
  BY_TYPE[kind] = BY_TYPE[kind] or {}
  table.insert(BY_TYPE[kind], text)
end

-- Spaces of one type, which vie with each other.
local RIVALS = { "SMTP", "CCMAIL", "EX", "X400", "MS", "GWISE", "FAX" }

local COSTS = { 0, 1, 1, 1, 2, 1.5, 1.25 }

local function spaces()
  local list, rivals = {}, chance(3) and BY_TYPE[pick(RIVALS)]
  for i = 1, random(5) do
    local text = quote(rivals and mention(pick(rivals)) or space())
    list[i] = chance(2) and ("{ %s, cost = %s }"):format(text, chance(100) and -1 or pick(COSTS))
      or text
  end
  return "{ " .. table.concat(list, ", ") .. " }"
end

-- A table of those fields that are there.
local function fields(list, count)
  local kept = {}
  for i = 1, count do
    if list[i] then kept[#kept + 1] = list[i] end
  end
  return "{ " .. table.concat(kept, ", ") .. " }"
end

local function smtp_of_ours() return "SMTP:" .. quoted(pick(USERS)) .. "@" .. pick(OURS) end

local function address()
  return mention(chance(150) and pick(BAD) or pick { smtp, typed, smtp_of_ours }())
end

local function reference() return chance(2) and pick(ENTRIES) or address() end

-- A proxy, mostly one that no other entry has.
local function proxy()
  local text
  for _ = 1, 4 do
    text = chance(2) and smtp_of_ours() or address()
    if not claimed[text:lower()] then break end
  end
  claimed[text:lower()] = true
  mention(text)
  return chance(3) and text:gsub("^%u+:", string.lower) or text
end

local PATTERNS = {
  "SMTP:{u}@b.example", "SMTP:{u}@{d}", "SMTP:{u}@*.b.example", "SMTP:{a}{b}@a.example",
  "SMTP:?@a.example", "SMTP:{u}.{v}@far.example", "SMTP:k{u}@*", "SMTP:{u}+*@a.example",
  "SMTP:*@evil.example", "SMTP:{u}@\195\188.example", "SMTP:{u}@{h}.b.example", "SMTP:kim@*",
  "CCMAIL:{u} at {p}", "CCMAIL:{u} at HQ", "CCMAIL:Lee at {p}", "CCMAIL:{u}@{d} at internet",
  "EX:/o=Org/{u}", "EX:/o=Old/ou=S/cn={u}", "X500:/o=Org/cn={u}", "X400:c=us;s={u};",
  "X400:c=us;a=*;o=Org;s={u};", "X400:c=us;a={a};*", "NOTES:{u}@NET", "NOTES:{u}/Org@*",
  "MS:ORG/SITE/{u}", "MS:{n}/{p}/{u}", "PCM:ORG/*/{u}", "FAX:{u}", "FAX:+1{u}", "GWISE:D.{p}.{u}",
  "GROUPWISE:{u}", "UUCP:{h}!{u}", "UUCP:evil!{u}", "MSMAIL:{u}@{s}", "TELEX:{u}", "NONE:{u}",
  "PROFS:{u}", "X400:c=us;s={u};...", "X400:c=us;a=*;s={u};g={v}", "CCMAIL:{u}, {v} at HQ",
  "NOTES:CN={u}/O=Org@NET", "NOTES:{u}/Org...", "GROUPWISE:{u}.{p}.D", "MSA:{u}@HQ",
  "CCMAIL:{u}...", "SMTP:{u}@a.example", "SMTP:{u}@far.example", "FAX:+(1){u}",
}
local TEMPLATES = {
  "SMTP:{u}@a.example", "SMTP:{u}@far.example", "CCMAIL:{u} at HQ", "CCMAIL:{u} at internet",
  "SMTP:{u}@s.b.example", "EX:/o=Org/cn={u}", "X400:c=us;s=Lee;dda:RFC-822={u};",
  "MS:ORG/SITE/{u}", "SMTP:fixed@a.example", "NOTES:{u}@NET", "GWISE:internet.{u}",
  "SMTP:{b}{a}@a.example", "SMTP:{u}@\195\188.example", "X400:c=us;a= ;o=Org;s={u};", "FAX:+{u}",
  "UUCP:evil!{u}", "SMTP:x{u}@b.example", "SMTP:{u}@b.example", "SMTP:{u}@{d}", "SMTP:{u}",
  "SMTP:{u}@far.{d}", "TELEX:{u}", "SMTP:{u}@{h}.far.example", "SMTP:{p}.{u}@far.example",
  "CCMAIL:{u} at {p}", "EX:{u}", "MSMAIL:{u}@HQ", "PROFS:NODE({u})",
}
-- What can be filled without any of the captures that a pattern might have.
local CONSTANT = {
  "SMTP:fixed@a.example", "SMTP:fixed@far.example", "CCMAIL:Lee at HQ", "X400:c=us;s=Lee;",
}

-- A template that a pattern fills; now and then any.
local function template(pattern)
  local to = pick(TEMPLATES)
  for _ = 1, 8 do
    local bound = true
    for name in to:gmatch "{(%w+)}" do
      bound = bound and pattern:find("{" .. name .. "}", 1, true) ~= nil
    end
    if bound then return to end
    to = pick(TEMPLATES)
  end
  return chance(20) and to or pick(CONSTANT)
end

-- What any function may do, of an address, a route or a delivery `a` and an envelope `e`.
local FUNCTIONS = {
  "function(a) return nil end", "function(a) return ask('crm', a.localpart or 'x') end",
  "function(a) return 'kim@a.example' end",
  "function(a) return { 'joe@far.example', 'FAX:+1' } end",
  "function(a) return { 'kim@a.example', 'KIM@a.example', 'ann@far.example' } end",
  "function(a) return reject('no', '5.7.1', 'refused') end", "function(a) return defer() end",
  "function(a) return defer('later', '4.2.0') end", "function(a) return reject('no', '2.0.0') end",
  "function(a) return reject 'a\\nb' end", "function(a) return reject() end",
  "function(a) return pass() end", "function(a) return a end", "function(a) return {} end",
  "function(a) return mail.parse('CCMAIL:v@evil.example at internet') end",
  "function(a) return error 'odd' end", "function(a) return 1 end",
  "function(a, e) return a.localpart == 'kim' and 'joe@b.example' or nil end",
  "function(a, e) if e and e.may_relay then return 'joe@far.example' end end",
  "function(a, e) if a.type == 'SMTP' and a.domain == 'b.example' then return reject 'b' end end",
  "function(a) while true do end end", "function(a) return ask('raising', 'x') end",
  "function(a) if a.type == 'CCMAIL' then return ask('null', 'x') end end",
  "function(a) return ask('list', a.type) end", "function(a) return ask('nobody', 'x') end",
  "function(a, e) ask('seen', show(a)) ask('seen', show(e)) end",
  "function(a) ask('seen', show(a)) return a end",
  "function(a) a.localpart = 'new' return a end",
  "function(a) if a.type == 'X400' then return { type = 'SMTP', localpart = a.s or 'x',"
    .. " domain = 'a.example' } end end",
  "function(a) local c = mail.matches(a, 'SMTP:{u}@b.example') return c and c.u .. '@far.example'"
    .. " or nil end",
}

-- What has the host do something of the library: asks for sets, peels local parts, tells the date.
local LIBRARY = {
  "function(a) if mail.in_set(a, 'partners') then return 'joe@far.example' end end",
  "function(a, e) if e.sender and mail.in_set(e.sender, 'closed') then return reject 'no' end end",
  "function(a) if a.type == 'SMTP' then local x, l = mail.localpart(a, { profiles = { 'srs',"
    .. " 'batv', 'subaddress' } }) ask('seen', show(l)) return x end end",
  "function(a, e) local x = mail.localpart(e.sender or a) return x end",
  "function(a, e) local d = mail.date(e.now) ask('seen', show(d))"
    .. " if d.hour < 12 then return defer() end end",
}

-- What a rewrite makes of captures.
local MAKERS = {
  "function(a, c) return (c.u or 'x') .. '@far.example' end",
  "function(a, c) return 'CCMAIL:' .. (c.u or 'x') .. ' at internet' end",
  "function(a, c, e) ask('seen', show(c)) ask('seen', show(e)) return c.u and c.u .. '@a.example'"
    .. " or nil end",
}

local MATCHES = {
  "{ type = 'SMTP', domain = '*.b.example' }", "{ type = 'CCMAIL', mailbox = '{u}' }",
  "function(a) return mail.matches(a, 'SMTP:{u}@b.example') end", "function(a) return a.type end",
  "{ type = 'SMTP', localpart = '{u}' }", "{ type = 'SMTP', localpart = 'k{u}', domain = '{d}' }",
  "{ type = 'X400', o = 'Org', s = '{u}' }", "{ type = 'SMTP', domain = '\\195\\188.example' }",
  "{ type = 'CCMAIL', mailbox = 'Lee', postoffice = '{p}' }", "{ type = 'EX', dn = '/o=Old/*' }",
  "function(a, e) return a.type == 'CCMAIL' and { u = a.mailbox } end", "{ domain = 'x' }",
  "function(a) error { } end", "{ type = 'MS', mailbox = '{u}' }",
  "{ type = 'FAX', number = '{u}' }",
}

-- ---- Declarations ------------------------------------------------------------

local EXTENSIONS = { "'+'", "'+'", "'-+'", "'.'", "'+-'" }
local PROPAGATES = { "true", "true", "false", "'always'" }

local DECLARE = {}

local KINDS = { "local", "relay", "former" }

-- What of other types is ours.
local TYPED = {
  "MS:ORG/SITE", "MS:ORG", "X400:c=us;a= ;p=Org", "X400:c=us", "X400:c=us;a=x;", "EX:/o=Org",
  "X500:/o=Org/ou=S", "NOTES:*@NET", "CCMAIL:* at HQ", "CCMAIL:* at Paris", "FAX:+1*", "GWISE:D",
  "MSMAIL:*@HQ", "UUCP:evil!*", "TELEX:*", "PROFS:", "EX:/o=Old/*",
}

local OUTBOUND = { "'primary'", "'primary'", "'unchanged'" }

local function typed_domain(name)
  return ("domain %s %s"):format(quote(mention(name)), fields({
    chance(2) and "kind = " .. quote(pick(KINDS)),
    chance(4) and "catchall = " .. quote(reference()),
  }, 2))
end

function DECLARE.domain()
  local name = take "domains"
  if name and name:find ":" then return typed_domain(name) end
  return name and ("domain %s %s"):format(quote(name), fields({
    chance(2) and "kind = " .. quote(pick(KINDS)),
    chance(2) and "unwrap = " .. texts(function() return pick(TYPES) end, 6),
    chance(4) and "catchall = " .. quote(reference()),
    chance(3) and "extension = " .. pick(EXTENSIONS),
    chance(6) and "propagate = " .. pick(PROPAGATES),
    chance(4) and "outbound = " .. pick(OUTBOUND),
  }, 6))
end

local DOMAIN_PATTERNS = {
  "SMTP:*@a.example", "SMTP:*@*.b.example", "SMTP:*@b.example", "SMTP:*@*.example",
  "SMTP:*@\195\188.example", "SMTP:*@far.example",
}

local REFUSALS = { "'has left'", "true" }

-- Sets of patterns, which most policies have.
local SETS = { "Partners", "closed" }

-- The name of a set, or a pattern.
local function set_or(pattern) return beside(chance, 5) and beside(pick, SETS) or pattern end

-- Who may write to an entry, and how much: some of it, of a few entries.
local WRITERS = {
  "SMTP:*", "SMTP:*@a.example", "SMTP:kim@*", "SMTP:*@far.example", "CCMAIL:*", "X400:*",
  "SMTP:*@evil.example",
}

local function writer()
  return set_or(chance(2) and pick(ENTRIES) or one_of(WRITERS))
end

local function restrictions()
  if not chance(4) then return false end
  local said = {
    chance(2) and "accept = " .. texts(writer, 3), chance(4) and "reject = " .. texts(writer, 2),
    chance(10) and "reject = { '<>' }", chance(6) and "authenticated = true",
    chance(4) and "max_size = 1000", beside(chance, 8) and "reject = 'closed'",
  }
  local kept = {}
  for i = 1, 6 do
    if said[i] then kept[#kept + 1] = said[i] end
  end
  return kept[1] and table.concat(kept, ", ")
end

function DECLARE.recipient(name)
  local way = random(7)
  return ("recipient %s %s"):format(quote(name), fields({
    "proxies = " .. texts(proxy, 4), way <= 3 and "target = " .. quote(reference()),
    way == 5 and "targets = " .. texts(reference, 3),
    (way == 5 or way <= 2) and chance(2) and "keep = true",
    (way == 4 or chance(100)) and "refuse = " .. pick(REFUSALS),
    (way <= 3 or way == 5) and chance(4) and "propagate = " .. pick(PROPAGATES), restrictions(),
  }, 7))
end

-- A custom recipient whose target is its own proxy, or who is among its own targets.
function DECLARE.itself(name)
  local own = quote(proxy())
  if chance(3) then
    return ("recipient %s { proxies = { %s }, targets = { %s, %s } }"):format(quote(name), own,
      quote(name), quote(reference()))
  end
  return ("recipient %s { proxies = { %s, %s }, target = %s }"):format(quote(name), quote(proxy()),
    own, own)
end

function DECLARE.list(name)
  return ("list %s %s"):format(quote(name), fields({
    "proxies = " .. texts(proxy, 2),
    "members = " .. (chance(12) and "{}" or texts(reference, 5)),
    chance(2) and "owner = " .. quote(reference()), restrictions(),
  }, 4))
end

function DECLARE.rewrite()
  if chance(4) then
    return ("rewrite { match = %s, to = %s }"):format(pick(MATCHES),
      chance(2) and quote(pick(TEMPLATES)) or pick { pick(FUNCTIONS), pick(MAKERS) })
  end
  local pattern = one_of(PATTERNS)
  mention((pattern:gsub("{%w+}", function() return pick { "kim", "joe", "x", "b.example" } end)))
  local to = chance(4) and pick { pick(FUNCTIONS), pick(MAKERS) } or quote(template(pattern))
  local both = chance(5)
  return ("rewrite %s %s"):format(quote(pattern), fields({
    "to = " .. to, chance(4) and "again = true", both and "both = true",
    both and chance(2) and "at = " .. texts(function() return pick(AT) end, 2),
  }, 4))
end

-- A rewrite that works both ways, as they are mostly written.
local PAIRS = {
  { "SMTP:{u}@a.example", "SMTP:{u}@far.example" },
  { "SMTP:{u}@old.example", "SMTP:{u}@b.example" },
  { "CCMAIL:{u} at HQ", "SMTP:{u}@cc.a.example" },
  { "SMTP:{u}@s.b.example", "CCMAIL:{u} at Paris" },
  { "EX:/o=Org/cn={u}", "X400:c=us;s={u};" }, { "SMTP:x{u}@evil.example", "SMTP:{u}@a.example" },
}

function DECLARE.both()
  local pair = pick(PAIRS)
  mention((pair[1]:gsub("{u}", "kim")))
  mention((pair[2]:gsub("{u}", "joe")))
  return ("rewrite %s %s"):format(quote(pair[1]), fields({
    "to = " .. quote(pair[2]), "both = true",
    chance(2) and "at = " .. texts(function() return pick(AT) end, 2),
  }, 3))
end

-- Senders into others, mostly such as the policy mentions.
function DECLARE.rewrite_sender()
  local pattern = one_of(PATTERNS)
  mention((pattern:gsub("{%w+}", function() return pick { "kim", "joe", "x", "b.example" } end)))
  return ("rewrite_sender %s %s"):format(quote(pattern), fields({
    "to = " .. quote(template(pattern)),
    chance(2) and "by = " .. texts(function() return pick(AT) end, 2),
  }, 2))
end

-- A rewrite that fires on what it made, or makes what another takes back.
local CIRCLES = {
  { "SMTP:{u}@b.example", "SMTP:x{u}@b.example" }, { "SMTP:x{u}@b.example", "SMTP:{u}@b.example" },
  { "SMTP:{u}@far.example", "SMTP:{u}@b.example" },
  { "SMTP:{u}@b.example", "SMTP:{u}@far.example" },
  { "CCMAIL:{u} at {p}", "CCMAIL:{u}{p} at {p}" }, { "SMTP:{u}+{v}@*", "SMTP:{v}@b.example" },
}

function DECLARE.circle()
  local circle = pick(CIRCLES)
  mention((circle[1]:gsub("{u}", "xxkim"):gsub("{.}", "HQ"):gsub("%*", "b.example")))
  return ("rewrite %s %s"):format(quote(circle[1]), fields({
    "to = " .. quote(circle[2]), not chance(3) and "again = true",
  }, 2))
end

local SENDERS = {
  "SMTP:*@a.example", "<>", "SMTP:{u}@b.example", "CCMAIL:* at HQ", "SMTP:kim@*", "X400:c=us;*",
  "EX:/o=Org/*", "SMTP:*",
}

-- Whom a connector takes mail from.
local function senders()
  local list = texts(function() return set_or(pick(SENDERS)) end, 2)
  return beside(chance, 3) and quote(beside(pick, SETS)) or list
end

local SPEAKS = {
  "SMTP", "SMTP", "CCMAIL", "X400", "smtp", "NOTES", "MS", "GWISE", "GROUPWISE", "MSA",
}

function DECLARE.connector()
  local speaks, name = chance(2) and pick(SPEAKS), take "connectors"
  return name and ("connector %s %s"):format(quote(name), fields({
    "spaces = " .. spaces(), speaks and "speaks = " .. quote(speaks),
    speaks and "wrap = " .. pick { "{ domain = 'gw.example', postoffice = 'internet' }",
      "{ domain = 'gw.example', postoffice = 'internet', network = 'ORG', server = 'HQ',"
        .. " c = 'us', a = ' ', p = 'gw' }",
      "{ domain = 'a.example', postoffice = 'HQ' }" },
    chance(2) and "nexthop = 'n" .. random(3) .. "'",
    chance(3) and "reaches = " .. pick { "'HQ'", "'hq'", "'Paris'" },
    chance(3) and "cost = " .. pick(COSTS), chance(6) and "max_size = 1000",
    chance(4) and "weight = " .. pick { 0, 1, 2, 90, 65535 },
    chance(6) and "senders = " .. senders(),
    chance(4) and "outbound = " .. pick(OUTBOUND),
  }, 10))
end

-- A recipient for each of the members of a long way: longer than what a way may be, now and then.
function DECLARE.chain()
  local list, last = {}, pick { 3, 20, 40 }
  for i = 1, last do
    local target = i < last and ("'chain%d'"):format(i + 1) or quote(reference())
    list[i] = ("recipient 'chain%d' { proxies = { 'chain%d@a.example' }, target = %s }"):format(
      i, i, target)
  end
  mention "chain1@a.example"
  return table.concat(list, " ")
end

-- Lists of lists: more than one recipient may expand to, now and then.
function DECLARE.crowd()
  local list, width = {}, pick { 2, 34 }
  local members = {}
  for level = 3, 1, -1 do
    for i = 1, width do
      members[i] = quote(level == 3 and i % 7 .. "kim@far.example" or "crowd" .. level + 1)
    end
    list[#list + 1] = ("list 'crowd%d' { proxies = { 'crowd%d@a.example' }, members = { %s }%s }")
      :format(level, level, table.concat(members, ", "),
        chance(2) and level > 1 and ", owner = 'crowd1'" or "")
  end
  mention "crowd1@a.example"
  return table.concat(list, " ")
end

-- What is wrong, or only settles what is settled.
local STRANGE = {
  "settings { order = 'cost' }", "settings { extension = '.' }", "settings { unmatched = 'drop' }",
  "domain 'a.example' { kind = 'lokal' }", "connector 'cx' { spaces = {} }", "recipient 'X' {}",
  "connector 'cy' { space = { 'SMTP:*' } }", "conector 'c1' { spaces = { 'SMTP:*' } }",
  "postoffice 'P1' { via = 'P2' } postoffice 'P2' { via = 'P1' }", "postoffice 'Q' { via = 'HG' }",
  "rewrite { to = 'SMTP:a@b.example' }", "list 'L' { proxies = { 'l@a.example' } }",
  "rewrite 'SMTP:{u}@b.example' { to = 'SMTP:{v}@a.example' }", "domain 'b.example' 'x'",
  "rewrite 'SMTP:{u}@x.example' { to = 'SMTP:{u}@y.example', at = { 'cO' } }", "domain {}",
  "function on.recipent() end", "error 'stop'", "domain 'b.example' { unwrap = { 'CCMAI' } }",
  "connector 'cz' { speaks = 'X400', spaces = { 'SMTP:*' } }", "include 'nothing.lua'",
  "test 't' { entry = 'Kim' }", "test 't' { to = 'x', arrived_by = 'cc' }",
  "recipient 'Y' { proxies = { 'y@a.example' }, target = 'Kym' }",
  "templates { 'SMTP:%g.%s@a.example', 'CCMAIL:at HQ' }", "templates { 'SMTP:%x@a.example' }",
  "templates { 'SMTP:%m@b.example', collisions = 'alias' }", "templates { collisions = 'x' }",
  "domain '*.example' { kind = 'relay' }", "domain 'x..y' {}", "local x = = 1",
}

function DECLARE.strange() return pick(STRANGE) end

local ENTRY = { "recipient", "recipient", "recipient", "itself", "list", "list" }

-- Most entries are declared, so that most names are somebody's.
function DECLARE.entry()
  local name = take "entries"
  return name and DECLARE[pick(ENTRY)](name)
end

-- As often as they stand here.
local WORDS = {
  "domain", "domain", "rewrite", "rewrite", "rewrite", "both", "circle", "connector", "connector",
  "connector", "rewrite_sender",
}
local RARE = { "chain", "crowd", "strange", "strange", "strange" }

local ROUTES = {
  "function(r) return 'c0' end", "function(r) return r.connector end",
  "function(r) return reject('no', '5.7.1', 'refused') end", "function(r) return defer() end",
  "function(r) return pass() end", "function(r) return 'none' end", "function(r) return r end",
  "function(r, e) ask('seen', show(r)) ask('seen', show(e)) end",
  "function(r) if r.alternatives[1] then return r.alternatives[1] end end",
  "function(r) if r.cost > 1 then return 'C1' end end",
}
local DELIVERIES = {
  "function(d, e) ask('seen', show(d)) ask('seen', show(e)) end", "function(d) return d end",
  "function(d) d.cost = 7 end", "function(d) d.cost = 7 return d end",
  "function(d) if d.verdict == 'reject' then return defer 'later' end end",
  "function(d) if d.entry then return pass() end end",
  "function(d) return d.connector == 'c1' and reject('closed', '5.7.1', 'closed') or nil end",
}

local EVENTS = {
  recipient = { FUNCTIONS }, route = { ROUTES }, delivery = { DELIVERIES, FUNCTIONS },
}
local EVENT_NAMES = { "recipient", "route", "delivery" }

local ASIDE = 900000000 -- what tells the seeds of the streams beside apart from the others

local FIRST = {
  "domain 'a.example' {}", "domain 'a.example' { extension = '+', catchall = 'Kim' }",
  "domain 'a.example' { extension = '+' }",
  "domain 'a.example' { kind = 'relay', unwrap = { 'EX', 'X400' } }",
  "domain 'a.example' { unwrap = { 'EX', 'CCMAIL', 'X400', 'MS', 'NOTES', 'GWISE', 'UUCP' } }",
  "domain 'a.example' { unwrap = { 'SMTP', 'CCMAIL', 'FAX', 'MSMAIL', 'TELEX' } }",
  "domain 'a.example' { kind = 'former', unwrap = { 'SMTP', 'EX', 'X500', 'CCMAIL' } }",
}
local CARRIES = {
  "connector 'First' { spaces = { 'SMTP:*', 'CCMAIL:*' }, nexthop = 'n0' }",
  "connector 'First' { spaces = { 'SMTP:*', 'CCMAIL:*', 'EX:*', 'X400:*', 'MS:*', 'FAX:*',"
    .. " 'GWISE:*', 'NOTES:*', 'UUCP:*', 'TELEX:*' }, cost = 2 }",
}
-- Senders are signed by a connector and opened by a domain, or neither loads.
local SIGNING = {
  "domain 'a.example' { unwrap = { 'SRS', 'EX', 'CCMAIL' }, catchall = 'Kim', extension = '+' }",
  "domain 'a.example' { unwrap = { 'SRS', 'BATV', 'EX', 'X400', 'SMTP' } }",
  "domain 'a.example' { unwrap = { 'SRS', 'BATV', 'EX' }, secrets = 'k' }",
}
local SIGNS = {
  "connector 'First' { spaces = { 'SMTP:*', 'CCMAIL:*' }, nexthop = 'n0',"
    .. " srs = { domain = 'a.example', secrets = 'k' } }",
  "connector 'First' { spaces = { 'SMTP:*', 'EX:*', 'X400:*' }, cost = 2, batv = { secrets = 'k' },"
    .. " srs = { domain = 'A.example', secrets = 'k' } }",
  CARRIES[1],
}
local POSTOFFICES = {
  "postoffice 'HQ' {} postoffice 'Paris' { via = 'HQ' }",
  "postoffice 'internet' { gateway = 'SMTP' }", "postoffice 'internet' { gateway = 'FAX' }",
  "postoffice 'HQ' {} postoffice 'internet' { via = 'HQ', gateway = 'SMTP' }",
  "postoffice 'H Q' {} postoffice 'HQ' {} postoffice 'fax' { via = 'H Q', gateway = 'FAX' }"
    .. " postoffice 'internet' { gateway = 'smtp' }",
  "postoffice 'HQ' { gateway = 'SMTP' } postoffice 'internet' { via = 'HQ', gateway = 'X400' }"
    .. " postoffice 'Paris' { via = 'internet' }",
  "postoffice 'NOTES:NET' { gateway = 'SMTP' } postoffice 'ms:ORG/SITE' { gateway = 'SMTP' }"
    .. " postoffice 'GWISE:D.PO' { via = 'MSMAIL:HQ' } postoffice 'MSMAIL:HQ' { gateway = 'SMTP' }",
}

local ZONES = {
  "UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "NZST-12NZDT,M9.5.0,M4.1.0/3", "<+0530>-5:30", "CET",
}

local function settings()
  return "settings " .. fields({
    chance(3) and "outbound = " .. pick(OUTBOUND),
    ("order = '%s'"):format(pick { "exchange", "cost" }),
    ("unmatched = '%s'"):format(pick { "reject", "reject", "pass" }),
    not chance(3) and "extension = " .. pick(EXTENSIONS), chance(3) and "only_lowest_cost = true",
    chance(3) and "propagate = " .. pick(PROPAGATES),
    chance(12) and "max_recipients = " .. (2 + random(6)),
    chance(6) and "types = { 'NONE' }",
    beside(chance, 6) and "zone = " .. quote(beside(pick, ZONES)),
  }, 8)
end

-- Lets a function have its way with some addresses only.
local SOME = "local function some(f) return function(a, ...) local x = a.address or a"
  .. " if #(x.localpart or x.mailbox or x.dn or 'xx') % 4 == 1 then return f(a, ...) end end end"

-- What the functions show the host a table by, so that no trace has its address in memory.
local SHOW = "local function show(v) if type(v) ~= 'table' then return tostring(v) end"
  .. " local t = {} for k, x in pairs(v) do t[#t + 1] = tostring(k) .. '=' .. show(x) end"
  .. " table.sort(t) return '{' .. table.concat(t, ' ') .. '}' end"

local INCLUDE = "include 'more.lua'"

-- The declarations of sets; now and then there are none.
local function declare_sets()
  if chance(6) then return "" end
  local list = {}
  for i, name in ipairs(SETS) do
    list[i] = ("set %s %s"):format(quote(name), texts(function()
      return pick { typed, smtp_of_ours, function()
        return pick(pick { WRITERS, PATTERNS, DOMAIN_PATTERNS })
      end }()
    end, 6))
  end
  return table.concat(list, " ")
end

--- The lines of the policy that belongs to a number, one declaration or more in each; some of them
-- may be wrong.  All that is made afterwards is for this policy.
-- @tparam number seed
-- @treturn {string,...}
function policies.lines(seed)
  random, known, claimed = generate.random(seed), {}, {}
  aside = generate.random(seed + ASIDE)
  unused = {
    entries = shuffled(ENTRIES), connectors = shuffled(CONNECTORS),
    domains = shuffled(joined(DECLARED, TYPED)),
  }
  local signing = chance(4) and random(#SIGNING)
  local lines = {
    SHOW, SOME, beside(declare_sets), settings(), signing and SIGNING[signing] or pick(FIRST),
  }
  local function add(line) lines[#lines + 1] = line or nil end
  if not chance(4) then add(pick(POSTOFFICES)) end
  if signing then
    add(SIGNS[signing])
  elseif not chance(4) then
    add(pick(CARRIES))
  end
  if not chance(6) then
    for _ = 1, #ENTRIES do add(DECLARE.entry()) end
  end
  if chance(12) then add(INCLUDE) end
  for _ = 1, 2 + random(9) do add(DECLARE[chance(25) and pick(RARE) or pick(WORDS)]()) end
  for _, event in ipairs(EVENT_NAMES) do
    if chance(4) then
      add(("on.%s = %s(%s)"):format(event, pick { "some", "" }, pick(pick(EVENTS[event]))))
    elseif event == "recipient" and beside(chance, 6) then
      add(("on.recipient = some(%s)"):format(beside(pick, LIBRARY)))
    end
  end
  return lines
end

--- The name that policies are loaded by.
policies.CHUNKNAME = "@random.lua"

-- The number of a line, or nil.
local function line_of(lines, text)
  for number, line in ipairs(lines) do
    if line == text then return number end
  end
end

-- Leaves out the lines that a message blames; false if it blames none.
local function mend(lines, message)
  local blamed = false
  for line in (message .. "\n"):gmatch "(.-)\n" do
    local number = tonumber(line:match "^random%.lua:(%d+):") or line_of(lines, INCLUDE)
    if number and lines[number] ~= "" then lines[number], blamed = "", true end
  end
  return blamed
end

--- The policy that belongs to a number, without the lines that keep it from loading.
-- @tparam number seed
-- @tparam function load of a text: something; or nil and a message with a line for each error
-- @return what `load` returned, or nil
-- @treturn string the policy's text
function policies.load(seed, load)
  local lines = policies.lines(seed)
  repeat
    local text = table.concat(lines, "\n")
    local loaded, message = load(text)
    if loaded then return loaded, text end
  until not mend(lines, message)
end

-- ---- The host ----------------------------------------------------------------

--- What the host answers to `crm`, as data that a test can hold.
policies.CRM = { kim = "joe@far.example", joe = "CCMAIL:Lee at HQ", sales = 1, x = true }

-- The same tables for all policies, so that every trace tells of the same.
local LISTS = {
  SMTP = { "joe@far.example", "kim@a.example" }, CCMAIL = { "joe@b.example" }, X400 = {},
}

--- What the host answers.
-- @tparam[opt] table seen gets what the script shows the host
-- @treturn table for the option `ask`
function policies.asks(seen)
  return {
    crm = policies.CRM,
    raising = function() error("the server is away", 0) end,
    null = function() return io.stdout end,
    list = LISTS,
    seen = function(what)
      if seen then seen[#seen + 1] = what end
    end,
  }
end

--- What the host includes.
function policies.include(name)
  if name ~= "more.lua" then return nil, "no such file" end
  return "domain 'more.example' { kind = 'relay' }\n"
    .. "connector 'more' { spaces = { 'SMTP:*@far.example', 'X400:c=us' }, speaks = 'SMTP',"
    .. " wrap = { domain = 'more.example' } }", "@more.lua"
end

local function sender()
  return pick { "kim@a.example", "<>", "CCMAIL:Lee at HQ", "no address", "joe@far.example", smtp(),
    mentioned(), mentioned() }
end

local HERE = { "first", "first", "c0", "C1", "c2", "c3" }

local DOWN = {
  function() return { pick(HERE) } end, function() return { "first", "C1", "more" } end,
  function() return { first = true, [pick(HERE)] = chance(2) } end,
  function() return { "nobody", "C2", "c0", "c1", "first", "c3", "c4", "c5" } end,
}

local SIZES = { 0, 10, 999, 1000, 1001, 2000 }

-- An envelope with senders as text.
local function envelope(down, arrived_by)
  return {
    sender = chance(2) and sender() or nil, may_relay = chance(3) or nil,
    authenticated = chance(3) or nil,
    size = chance(3) and pick(SIZES) or nil, down = chance(3) and down or nil,
    arrived_by = chance(5) and arrived_by or nil, now = chance(5) and 1 or nil,
    client = chance(5) and "192.0.2.9" or nil,
  }
end

--- An envelope, or nil.
function policies.envelope()
  if chance(4) then return nil end
  local made = envelope(pick(DOWN)(), pick(HERE))
  if made.sender and chance(6) then
    made.sender = postoffice.parse(made.sender, { unknown = true }) or made.sender
  end
  return made
end

--- An envelope that a policy's test can have.
-- @tparam {string,...} connectors the policy's
function policies.plain_envelope(connectors)
  if #connectors == 0 then return envelope() end
  return envelope({ pick(connectors), chance(2) and pick(connectors) or nil }, pick(connectors))
end

--- A type to resolve to.
function policies.type() return pick(TYPES) end

return policies
