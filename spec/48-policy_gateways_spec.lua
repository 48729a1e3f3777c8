--- Brute force judges what is proven of gateways: of small random policies that have some, every short
-- text is tried as a mailbox at them.
local core = require "postoffice.core"
local enumerate = require "spec.enumerate"
local gateways = require "postoffice.policy.prove.classes.gateways"
local generate = require "spec.generate"
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local postoffices = require "postoffice.policy.compile.postoffices"
local sentences = require "spec.sentences"

-- ---- The world ---------------------------------------------------------------

-- By type, what mailboxes are made of, and of how many of these at most.
local PARTS = {
  SMTP = { { "a", "b", "@", ".", '"', "\195\188", "IMCEAFAX-+2B1@a" }, 3 },
  X400 = {
    { "c=a;", "s=a;", "s=b;", "/", "dda:x=1;", "dda:RFC-822=a(a)b;", "dda:RFC-822=b(a)a;" }, 3,
  },
  FAX = { { "+", "1", "2", "@", "|", "\195\188" }, 3 },
  EX = { { "/o=a", "/o=b", "/cn=a", "/cn=b", "b" }, 3 },
  MS = { { "A", "B", "/", "A/A/", "a@b" }, 3 },
  NOTES = { { "a", "b", "/", "@", "a@b" }, 3 },
  GWISE = { { "a", "b", ".", "a.b." }, 3 },
  MSMAIL = { { "a", "b", "@", " " }, 3 },
  UUCP = { { "a", "b", "!", "@", '"' }, 3 },
  TELEX = { { "1", "2", "\195\188" }, 3 },
}

-- Other types that read the same.
local LIKE = { X500 = "EX", PCM = "MS", GROUPWISE = "GWISE", MSA = "MSMAIL", PROFS = "TELEX" }

local TEXTS = {}
for name, parts in pairs(PARTS) do
  TEXTS[name] = enumerate.texts(parts[1], parts[2])
  table.remove(TEXTS[name], 1)
end

local OTHERS = {
  "a@a", "b@a", "a@b", "b@b", '"a"@b', "IMCEACCMAIL-a+40b+20at+20a@a", "CCMAIL:a",
  'CCMAIL:"a"@b at a', 'CCMAIL:"a"@a at b', "CCMAIL:X.400:c=a;s=a; at a", "CCMAIL:+1- at a",
  "CCMAIL:A\\A\\B at b", "CCMAIL:cn=a/o=b at a", "CCMAIL:a @b at b", "CCMAIL:a. b.a at a",
  'CCMAIL:a!"b" at a',
}

-- What is carried in carriers in attributes, and at gateways in that.
local function add_attributed(list)
  local around = { type = "X400", c = "a", s = "a" }
  for _, text in ipairs { "CCMAIL:a@a at b", "CCMAIL:b@b at a", "CCMAIL:x at b", "b@a" } do
    local carrier = core.encapsulate(core.parse(text), "SMTP", { domain = "a" })
    local attributed = core.encapsulate(carrier, "X400", around)
    list[#list + 1] = core.format(carrier)
    list[#list + 1] = core.format(attributed)
    local outer = core.format(core.encapsulate(attributed, "SMTP", { domain = "a" }))
    list[#list + 1] = outer
    for _, place in ipairs { "a", "b" } do
      list[#list + 1] = ("CCMAIL:%s at %s"):format(outer, place)
      local inside = core.format(attributed):gsub("^X400:", "")
      list[#list + 1] = ("CCMAIL:%s at %s"):format(inside, place)
    end
  end
end

add_attributed(OTHERS)

-- All addresses that a policy may tell apart: those at places, and those that gateways read there.
local function addresses_of(text)
  local list, seen = { (unpack or table.unpack)(OTHERS) }, {}
  for type_name in text:gmatch "gateway = '(%w+)'" do
    for _, mailbox in ipairs(not seen[type_name] and TEXTS[LIKE[type_name] or type_name] or {}) do
      for _, place in ipairs { "a", "b" } do
        list[#list + 1] = ("CCMAIL:%s at %s"):format(mailbox, place)
      end
      list[#list + 1] = type_name .. ":" .. mailbox
    end
    seen[type_name] = true
  end
  return list
end

local GRAMMAR = {
  gateway = {
    "SMTP", "X400", "X400", "FAX", "FAX", "EX", "MS", "NOTES", "GWISE", "MSMAIL", "UUCP", "TELEX",
    "X500", "PCM", "GROUPWISE", "MSA", "PROFS", "CCMAIL",
  },
  postoffice = {
    "postoffice 'a' { gateway = '$gateway' } postoffice 'b' {}",
    "postoffice 'a' { gateway = '$gateway' } postoffice 'b' { gateway = '$gateway' }",
    "postoffice 'a' { gateway = '$gateway' } postoffice 'b' { via = 'a', gateway = '$gateway' }",
    "postoffice 'b' {} postoffice 'a' { via = 'b', gateway = '$gateway' }",
  },
  inner = {
    "a@a", "b@b", "FAX:+1", "FAX:+2", "X400:c=a;s=a;", "X400:c=a;dda:RFC-822=a(a)b;",
    "EX:/o=a/cn=a", "X500:/o=a/cn=b", "MS:A/A/B", "MS:B/A/A", "NOTES:a/b", "NOTES:a@b",
    "GWISE:a.b.a", "MSMAIL:a@b", "UUCP:a!b", "TELEX:1", "PROFS:1", "PCM:A/A/B", "GROUPWISE:a.b.a",
    "MSA:a@b",
  },
  mailbox = {
    "a@a", "a@b", "+1", "1", "c=a;s=a;", "/o=a/cn=a", "A/A/B", "a/b", "a@b", "a.b.a", "a!b", "x",
    "x@", "@x",
  },
  address = {
    "$inner", "$inner", "$inner", "CCMAIL:$mailbox at a", "CCMAIL:$mailbox at b", "a@a", "b@a",
  },
  pattern = {
    "SMTP:*", "SMTP:*@a", "SMTP:a@*", "CCMAIL:*", "CCMAIL:* at a", "CCMAIL:* at *", "X400:c=a;...",
    "X400:c=a;s=b;...", "X400:*", "FAX:*", "EX:*", "EX:/o=a/*", "MS:*", "MS:A/*/*", "NOTES:*",
    "NOTES:*@b", "GWISE:*", "GWISE:a.*.*", "MSMAIL:*", "MSMAIL:*@b", "UUCP:*", "UUCP:a!*",
    "TELEX:*", "PROFS:*", "PCM:*", "$inner",
  },
  recipient = {
    "recipient '$name' { proxies = { $own*3 } }", "recipient '$name' { proxies = { $own*2 } }",
    "recipient '$name' { proxies = { $own*2 }, target = '$address' }",
    "list '$name' { proxies = { $own*2 }, members = { '$address', '$address' } }",
  },
  own = { "'$proxy'" },
  proxy = function(world) return world:untaken "address" end,
  name = function(world) return world:numbered "r" end,
  rewrite = {
    "rewrite 'CCMAIL:* at a' { to = '$address' }",
    "rewrite 'CCMAIL:{u} at b' { to = 'SMTP:{u}@a' }",
    "rewrite 'CCMAIL:{u} at b' { to = 'CCMAIL:{u} at a' }", "rewrite 'FAX:{u}' { to = 'FAX:0{u}' }",
    "rewrite 'CCMAIL:{u} at a' { to = 'FAX:{u}' }", "rewrite '$pattern' { to = '$address' }",
    "rewrite 'SMTP:{u}@b' { to = 'CCMAIL:{u} at a' }",
    "rewrite 'X400:c=a;s={u};' { to = 'SMTP:{u}@a' }",
    "rewrite 'EX:/o=a/{u}' { to = 'EX:/o=b/{u}' }",
    "rewrite 'MS:A/{p}/{u}' { to = 'SMTP:{u}@a' }", "rewrite 'NOTES:{u}@b' { to = 'SMTP:{u}@a' }",
  },
  domain = {
    "domain 'a' { catchall = '$address' }", "domain 'a' {}", "domain 'a' { kind = 'relay' }",
    "domain 'a' { unwrap = { 'CCMAIL' } }", "domain 'a' { unwrap = { 'CCMAIL', 'X400' } }",
    "domain 'a' { unwrap = { 'EX', 'FAX', 'X400' } }",
    "domain 'X400:c=a' {}", "domain 'CCMAIL:* at a' {}", "domain 'EX:/o=a' {}",
    "set 's' { '$pattern', '$pattern' }",
  },
  connector = {
    "connector 'c' { spaces = { $space*4 }, nexthop = 'n' }",
    "connector 'c' { spaces = { $space*4 }, nexthop = 'n', reaches = 'b' }",
    "connector 'c' { spaces = { $space*3 }, speaks = 'SMTP', wrap = { domain = 'b' } }",
    "connector 'c' { spaces = { 'CCMAIL:*' }, speaks = 'CCMAIL', reaches = 'b' }",
  },
  space = { "'$pattern'", "'CCMAIL:*'" },
  set = {
    "address", '"$pattern"', '"CCMAIL:*"', '"CCMAIL:* at a"', '"CCMAIL:* at b"', "CCMAIL address",
    "local", "foreign", 'recipient "r1"', 'set "s"', '"CCMAIL:*" but local', '"$pattern"',
  },
  claim = { "every $set $ending", "every $set $ending or $ending", "no $set $ending" },
  ending = {
    "is delivered", "is delivered here", "is rejected", "leaves", 'reaches recipient "r1"',
    'leaves by "c"', "is rejected $code", "is rejected $code", "is handed over as $set",
    "is handed over as $set",
  },
  code = {
    "route-missing", "recipient-unknown", "relay-denied", "5.1.3", "x400-label-missing",
    "fax-number-missing", "dn-slash-missing", "ms-part-missing", "domain-missing",
  },
}

local function new_policy(seed)
  local world = sentences.new(GRAMMAR, seed)
  local lines = { world:text "connector", world:text "postoffice" }
  for _ = 1, world.random(3) - 1 do lines[#lines + 1] = world:text "recipient" end
  for _ = 1, world.random(3) - 1 do lines[#lines + 1] = world:text "rewrite" end
  for _ = 1, world.random(3) - 1 do lines[#lines + 1] = world:text "domain" end
  local text = table.concat(lines, "\n")
  return policy.load(text), world, text
end

-- ---- What is read ------------------------------------------------------------

local PIECES = {
  "a", "x", "1", "+", "@", "!", "/", "//", ".", ";", "=", "c=", "a=", "s=", "ou=", "ou1=", "pn=",
  "dda", "dda=", ":", "dda.type=", "dda.value=", "dda:x=", "|", "FAX=", "/T33S=", "$", " ", "\\",
  '"', "<", ">", "(", ")", "\195\188", "\255", "#", "[", "]", ",", "c=x;", "pd-a=", "X.400:", "%",
  "RFC-822=", "g=", "o=", "z=", "cn=", "\217\160", "\194\173", "-",
}

-- Why a gateway reads nothing in an address, or nothing that has a key; nil if it does.
local function why_unread(postoffice, address)
  local inner, _, code = postoffices.inner(postoffice, address)
  if not inner then return code end
  return select(3, core.key(inner))
end

-- A random address at a post office, or nil.
local function random_address(random)
  local parts = {}
  for i = 1, random(8) do parts[i] = PIECES[random(#PIECES)] end
  local address = core.parse("CCMAIL:" .. table.concat(parts) .. " at a")
  return address and address.postoffice == "a" and address or nil
end

-- Holds a gateway's mailboxes that stand for what it cannot read to random ones.
local function judge_unread(type_name, random)
  local p = assert(policy.load(("postoffice 'a' { gateway = '%s' }"):format(type_name)))
  local found, known = { terms = {}, keys = {}, marks = {}, high = {} }, {}
  local place = assert(gateways.collect({ p }, found)[1], type_name)
  for _, address in ipairs(gateways.unread(place, found)) do
    local code = why_unread(place.postoffice, address)
    assert(code and not known[code], type_name .. ": " .. tostring(code))
    known[code] = true
  end
  for _ = 1, helper.times(500) do
    local address = random_address(random)
    local code = address and why_unread(place.postoffice, address)
    assert(not code or known[code], ("%s: %s of %s"):format(type_name, tostring(code),
      address and address.mailbox or ""))
  end
  p:close()
end

describe("what a gateway cannot read #host", function()
  it("is told by a mailbox for each reason", function()
    local random, types = generate.random(48), {}
    for name in pairs(PARTS) do types[#types + 1] = name end
    for name in pairs(LIKE) do types[#types + 1] = name end
    table.sort(types)
    for _, type_name in ipairs(types) do judge_unread(type_name, random) end
  end)
end)

-- ---- Claims ------------------------------------------------------------------

describe("claims about gateways #host", function()
  it("hold where brute force finds no witness, and fail by one", function()
    judge.claims("gateways", 40, function(seed)
      local p, world, text = new_policy(seed)
      return p, world, p and { claims = 3, addresses = addresses_of(text) }
    end)
  end)
end)
