--- What the declarations of random policies hold: spaces, addresses, patterns, functions.
local addresses = require "spec.policies.addresses"
local draw = require "spec.policies.draw"
local written = require "spec.policies.written"

local chance, pick, random = draw.chance, draw.pick, draw.number
local mention, quoted = addresses.mention, addresses.quoted
local smtp, typed = addresses.smtp, addresses.typed
local quote = written.quote
local DOMAINS, OURS, USERS = addresses.DOMAINS, addresses.OURS, addresses.USERS

local values = {}

local claimed -- the addresses that are proxies

--- Forgets whose proxies are in the policy before.
function values.begin() claimed = {} end


local ENTRIES = { "Kim", "Joe", "Sales", "Crew", "Gone", "Far", "Ann", "Old" }
-- Mostly the one that most policies have, and that carries most.
local AT = { "first", "First", "FIRST", "first", "C1" }
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

--- Names of entries, and of the connector that most policies have.
values.ENTRIES, values.AT = ENTRIES, AT

--- Texts to draw from.
values.COSTS, values.PATTERNS, values.TEMPLATES = COSTS, PATTERNS, TEMPLATES
values.FUNCTIONS, values.LIBRARY = FUNCTIONS, LIBRARY
values.MAKERS, values.MATCHES = MAKERS, MATCHES

--- What makes values: spaces; one of a list, or now and then what should be in none; addresses of ours,
-- of an entry, and of nobody else; and what fills a template.
values.spaces, values.one_of, values.smtp_of_ours = spaces, one_of, smtp_of_ours
values.reference, values.proxy, values.template = reference, proxy, template

return values
