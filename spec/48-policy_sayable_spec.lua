--- What can be said to a next hop in the type that it speaks: claims about random policies, held against
-- addresses and senders of all types in which what some types cannot hold is written, or carried.
local core = require "postoffice.core"
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"

local unpack = table.unpack or unpack

-- ---- The world -----------------------------------------------------------------

-- Local parts and domains with what Notes, MS Mail and X.400 part addresses by, or do not have.
local USERS = {
  "u", "v", "u/v", '"u v"', '"u\\"v"', '"u\\"@v"', '"@\\""', '"u@v"', '"/"', "\195\188", "imcea-/",
}
local HOSTS = { "h.y", "x.y", "q", "h", "[1.2.3.4]", "[x:.@y]", "x/z.y", "\195\188.y" }

local OTHERS = {
  "CCMAIL:u at p", "CCMAIL:u@x.y at p", "CCMAIL:u/v@q at g", "CCMAIL:\195\188@x.y at g",
  "CCMAIL:u@h.y at g", "NOTES:u@n", "NOTES:u/v@n", "NOTES:u@x.y@n", "NOTES:\195\188@n", 'NOTES:"@"',
  'NOTES:u"v@n', "MS:N/P/u", "MS:N/P/\195\188", "MS:N/\195\188/u", "MS:N/P/u@x.y", "MS:N/P/u@q",
  "EX:/o=a/cn=u", "EX:/o=a/cn=\195\188", "X500:/o=a/cn=u", "GWISE:d.p.u", "GWISE:d.p.u@q",
  "GWISE:d.p.u/v@x.y", "MSMAIL:u@s", "MSMAIL:u@q@s", "X400:c=a;a= ;s=u;",
  "X400:c=a;a= ;dda:RFC-822=u(a)q;", "FAX:+1", "TELEX:1", "UUCP:q!u",
}

-- Adds what homes open, each at each of them.
local function add_carriers(list, texts)
  for _, text in ipairs(texts) do
    local address = assert(core.parse(text, { unknown = true }), text)
    for _, home in ipairs { "h.y", "h" } do
      list[#list + 1] = core.format((core.encapsulate(address, "SMTP", { domain = home })))
    end
  end
end

local function all_addresses()
  local list = {}
  for _, user in ipairs(USERS) do
    for _, host in ipairs(HOSTS) do list[#list + 1] = user .. "@" .. host end
  end
  for _, text in ipairs(OTHERS) do list[#list + 1] = text end
  add_carriers(list, OTHERS)
  add_carriers(list, { "u/v@q", "u@x.y", "u@q", '"u\\"@v"@x.y', "\195\188@q" })
  return list
end

local ADDRESSES = all_addresses()
local SENDERS = { "<>" }
for _, text in ipairs(ADDRESSES) do SENDERS[#SENDERS + 1] = text end

-- Every other policy is tried with all senders, and the others with all addresses.
local FEW = {
  "u@x.y", "u/v@q", "u@h.y", "v@h.y", "NOTES:u@n", "CCMAIL:u at p", "MS:N/P/u", "EX:/o=a/cn=u",
  "X400:c=a;a= ;s=u;", '"u\\"v"@x.y',
}
local FEW_SENDERS = { "<>", "u@x.y", "u/v@q", "NOTES:u/v@n" }

local GRAMMAR = {
  home = {
    "domain 'h.y' { $unwrap }", "domain 'h' { $unwrap }",
    "domain 'h.y' { $unwrap, kind = 'former' }",
    "domain 'h.y' {}", "domain 'h.y' { $unwrap } domain '*.y' { kind = 'relay' }",
    "domain 'h' { $unwrap } domain 'h.y' { $unwrap }",
  },
  unwrap = {
    "unwrap = { 'CCMAIL', 'EX' }", "unwrap = { 'NOTES', 'MS', 'SMTP' }", "unwrap = { 'SMTP' }",
    "unwrap = { 'X400', 'GWISE', 'FAX', 'MSMAIL' }", "unwrap = { 'EX', 'NOTES', 'CCMAIL', 'MS' }",
  },
  hop = {
    "connector 'k' { speaks = 'NOTES', spaces = { $space*2 }, $notes }",
    "connector 'k' { speaks = 'NOTES', spaces = { $space*2 }, $notes }",
    "connector 'k' { speaks = 'MS', spaces = { $space*2 }, $ms }",
    "connector 'k' { speaks = 'PCM', spaces = { $space*2 }, $ms }",
    "connector 'k' { speaks = 'X400', spaces = { $space*2, $dda?2 }, wrap = { c = 'a', a = ' ' } }",
    "connector 'k' { speaks = 'CCMAIL', spaces = { $space*2 }, wrap = { postoffice = 'g' } }",
    "connector 'k' { speaks = 'GWISE', spaces = { $space*2 }, $gwise }",
    "connector 'k' { speaks = 'MSMAIL', spaces = { $space*2 }, wrap = { server = 's' } }",
    "connector 'k' { speaks = 'SMTP', spaces = { $space*2 }, wrap = { domain = 'w.y' } }",
    "connector 'k' { speaks = 'SMTP', spaces = { $smtp*2 } }",
    "connector 'k' { speaks = 'NOTES', spaces = { 'NOTES:*@*' } }",
    "connector 'k' { speaks = 'MS', spaces = { 'MS:*/*/*' } }",
  },
  notes = { "wrap = { domain = 'N' }", "wrap = { domain = 'N@M' }", "wrap = { domain = 'N\"' }" },
  ms = { "wrap = { network = 'A', postoffice = 'B' }" },
  gwise = { "wrap = { domain = 'd', postoffice = 'g' }" },
  space = { "$smtp", "$smtp", "$own" }, dda = { "'EX:*'", "'MS:*/*/*'" },
  smtp = { "'SMTP:*'", "'SMTP:*@x.y'", "'SMTP:u*@*'", "'SMTP:*@q'" },
  own = { "'NOTES:*'", "'MS:*'", "'CCMAIL:*'", "'X400:*'", "'GWISE:*'", "'EX:*'", "'MSMAIL:*'" },
  other = {
    "connector 'o' { spaces = { 'SMTP:*@q', 'NOTES:*', 'CCMAIL:*' }, nexthop = 'n' }",
    "connector 'o' { spaces = { 'X400:*', 'EX:*', 'MS:*', 'FAX:*' }, nexthop = 'n' }",
    "connector 'o' { speaks = 'SMTP', spaces = { 'SMTP:*', 'EX:*' }, wrap = { domain = 'h.y' } }",
    "connector 'o' { speaks = 'CCMAIL', spaces = { 'CCMAIL:*' } }",
  },
  entry = {
    "recipient 'r' { proxies = { 'SMTP:u@h.y', 'NOTES:u@n' } }",
    "recipient 'r' { proxies = { 'SMTP:u@h.y', 'CCMAIL:u at p' }, target = 'u@x.y' }",
    "recipient 'r' { proxies = { 'SMTP:v@h.y' }, target = 'NOTES:u/v@n' }",
    "list 'l' { proxies = { 'SMTP:v@h.y' }, members = { 'u@x.y', 'NOTES:u@n' }, owner = 'u@h.y' }",
    "list 'l' { proxies = { 'SMTP:v@h.y' }, members = { 'u/v@q', 'u@x.y' }, owner = 'u/v@x.y' }",
    "settings { outbound = 'primary' }",
  },
  rule = {
    "rewrite_sender 'SMTP:{u}@q' { to = 'SMTP:{u}@x.y' }",
    "rewrite_sender 'SMTP:{u}@x.y' { to = 'SMTP:u{u}@q' }",
    "rewrite_sender 'SMTP:{u}/{v}@*' { to = 'SMTP:{u}{v}@x.y' }",
    "rewrite_sender 'NOTES:{u}@n' { to = 'SMTP:{u}@x.y' }",
    "rewrite_sender 'SMTP:{u}@q' { to = 'NOTES:{u}@n' }",
    "rewrite_sender 'SMTP:{u}@x.y' { to = 'CCMAIL:{u} at p' }",
    "rewrite_sender 'CCMAIL:{u} at p' { to = 'SMTP:{u}@x.y' }",
    "rewrite_sender 'EX:/o=a/cn={u}' { to = 'SMTP:{u}@h.y' }",
    "rewrite_sender 'SMTP:*@x.y' { to = 'SMTP:u@q' }",
    "rewrite 'SMTP:{u}@q' { to = 'SMTP:{u}@x.y' }",
    "rewrite 'SMTP:{u}@x.y' { to = 'NOTES:{u}@n' }",
    "rewrite 'NOTES:{u}@n' { to = 'SMTP:{u}@x.y' }",
    "rewrite 'CCMAIL:{u} at p' { to = 'SMTP:{u}@q' }",
    "rewrite 'SMTP:{u}@x.y' { to = 'CCMAIL:{u} at p' }",
  },
  places = { "postoffice 'g' { gateway = 'SMTP' } postoffice 'p' {}", "postoffice 'g' {}" },
  claim = {
    "no $set $from?2 $when?2 $finish", "no $set $from?2 $when?2 $finish $unless",
    "every $set $from?2 $when?2 $finish or $finish",
    "every $set $from?2 $finish or $finish or $finish",
    "every $set from $from_set $when?2 $said", "every $set from $from_set $said or $finish",
    "no $narrow from $from_set is rejected sender-unsayable",
    "no $set from $narrow is rejected sender-unsayable", "no $narrow is rejected $unsaid",
    "no $narrow is rejected $unsaid", "no $narrow from $narrow is rejected sender-unsayable",
    "every $narrow leaves or is deferred or is rejected route-loop or is rejected relay-denied",
    "every $set is $verdict or is $verdict or $finish",
  },
  from = { "from $from_set" }, from_set = { "$set", "$set", "$set but $set" },
  said = {
    "has sender $type or is rejected or is deferred", "has sender $type or <> or is rejected",
    "has sender $place or is rejected or $finish",
    "leaves or is deferred or is rejected route-loop",
  },
  narrow = {
    '"SMTP:*@x.y"', '"SMTP:*@x.y"', '"SMTP:*@q"', '"SMTP:u*@x.y"', '"SMTP:*@h.y"', '"NOTES:*@n"',
    '"CCMAIL:* at p"', '"EX:/o=a/*"', '"MS:N/*/*"', '"SMTP:*@x*"',
  },
  unsaid = { "format-unreadable", "ms-part-many", "encapsulation-type" },
  verdict = { "delivered", "rejected", "deferred" },
  set = {
    "$type", "$type", "address", '"SMTP:*@x.y"', '"SMTP:*@q"', '"SMTP:u*@*"', '"SMTP:*/*@*"',
    '"SMTP:u@*"', '"SMTP:u@x.y"', '"SMTP:*@h.y"', '"NOTES:*@n"', "local", "foreign", "$place",
  },
  type = {
    "SMTP address", "SMTP address", "NOTES address", "CCMAIL address", "MS address", "X400 address",
    "EX address", "GWISE address",
  },
  place = {
    '"SMTP:*@h.y"', '"SMTP:*@w.y"', '"NOTES:*@N"', '"CCMAIL:* at g"', '"MS:A/B/*"', '"SMTP:*@h"',
    '"CCMAIL:* at p"',
  },
  when = { "when may_relay", "when not may_relay" },
  finish = {
    "leaves", 'leaves by "k"', "is rejected", "is rejected sender-unsayable", "is deferred",
    "is rejected format-unreadable", "is delivered here", "is delivered", "has sender $type",
    "has sender $type", "has sender $place", "is handed over as $type", "makes over 1 deliveries",
    "is rejected relay-denied", "is rejected route-loop",
  },
  unless = { "unless from $set", "unless from $type" },
  compared = {
    'every $set from $from_set routes as in "old.lua"', 'every $type from $type $when?2 $as_before',
    'every $narrow from $from_set $as_before', 'every $set $when?2 $as_before $unless',
  },
  as_before = { 'routes as in "old.lua"', 'routes as in "old.lua" or $finish' },
}

local WORDS = { "home", "hop", "other" }
local SOMETIMES = { "entry", "rule", "rule", "places" }

local CLAIMS = 4 -- about each policy

-- What a connector wraps by, and what another one does.
local OTHERWISE = {
  ["'N'"] = "'M'", ["'A'"] = "'Z'", ["'g'"] = "'p'", ["server = 's'"] = "server = 't'",
  ["'w.y'"] = "'h.y'", ["c = 'a'"] = "c = 'b'", ["domain = 'd'"] = "domain = 'e'",
}

-- A line of a connector that wraps by something else.
local function wrapped_otherwise(line)
  for text, other in pairs(OTHERWISE) do line = line:gsub(text, other) end
  return line
end

describe("claims about what is said in other types #host", function()
  it("hold where brute force finds no witness, and fail by one", function()
    judge.claims("what is said in other types", 3, function(seed)
      local world = sentences.new(GRAMMAR, seed)
      local p = judge.loaded(world:lines(WORDS, SOMETIMES))
      local to, from = FEW, SENDERS
      if seed % 2 == 0 then to, from = ADDRESSES, FEW_SENDERS end
      return p, world, { claims = CLAIMS, addresses = to, senders = from }
    end)
  end)

  it("hold of what is wrapped otherwise where nobody hears that, and else fail", function()
    local counts = judge.counts()
    judge.each(1, helper.times(3), function(seed)
      local world = sentences.new(GRAMMAR, seed)
      local lines = world:lines(WORDS, SOMETIMES)
      local other = { unpack(lines) }
      other[2] = wrapped_otherwise(other[2])
      local p, old = judge.loaded(lines), judge.loaded(other)
      for number = 1, CLAIMS do
        judge.claim(p, world:text "compared", seed * 10 + number, old, counts, FEW, SENDERS)
      end
      p:close()
      old:close()
    end)
    judge.tell_claims("claims that compare wraps", counts)
  end)
end)

local SITE = 'domain "s.y" { unwrap = { "EX", "%s" } }\nconnector "k" { %s,'
  .. ' spaces = { "%s:*", "SMTP:*" } }\nrecipient "r" { proxies = { "SMTP:u@s.y", "%s" } }'
  .. ' list "l" { proxies = { "v@s.y" }, members = { "u@x.y", "r" }, owner = "r" }'

-- By type, a site that has a gateway of that, somebody's address there, and a sender of another type.
local SITES = {
  CCMAIL = { 'speaks = "CCMAIL", wrap = { postoffice = "g" }', "CCMAIL:u at s" },
  NOTES = { 'speaks = "NOTES", wrap = { domain = "N" }', "NOTES:u@s" },
  MS = { 'speaks = "MS", wrap = { network = "N", postoffice = "P" }', "MS:S/P/U" },
  GWISE = { 'speaks = "GWISE", wrap = { domain = "D", postoffice = "P" }', "GWISE:S.P.u" },
}

local SLASHED = { CCMAIL = "holds", NOTES = "fails", MS = "fails", GWISE = "holds" }
local HOLDS = { CCMAIL = "holds", NOTES = "holds", MS = "holds", GWISE = "holds" }

-- Claims about such a site, each with its outcomes.
local CLAIMS_OF_SITES = {
  [ [[no address from "SMTP:*@s.y" is rejected sender-unsayable]] ] = SLASHED,
  [ [[no "SMTP:*@x.y" is rejected format-unreadable or is rejected ms-part-many]] ] = SLASHED,
  [ [[no "SMTP:u@x.y" from "SMTP:u@x.y" is rejected sender-unsayable]] ] = HOLDS,
  [ [[no address from EX address is rejected sender-unsayable]] ] = HOLDS,
  [ [[every "SMTP:*@x.y" has sender TYPE address or <> or is rejected or is deferred]] ] = HOLDS,
  [ [[every "SMTP:*@x.y" from "SMTP:u@s.y" has sender "TYPED" or is rejected or is deferred]] ] = {
    CCMAIL = "undecided", NOTES = "undecided", MS = "undecided", GWISE = "undecided",
  },
  [ [[every list "l" has sender "TYPED" or "SMTP:u@s.y" or <> or is rejected or is deferred]] ] =
    HOLDS,
  [ [[no list "l" makes over 2 deliveries]] ] = HOLDS,
}

describe("a claim about a site with a gateway of another type", function()
  for type_name, site in pairs(SITES) do
    local p = assert(policy.load(SITE:format(type_name, site[1], type_name, site[2])))
    for form, outcomes in pairs(CLAIMS_OF_SITES) do
      local text = form:gsub("TYPED", site[2]):gsub("TYPE", type_name)
      it(("%s: %s"):format(outcomes[type_name], text), function()
        local answer = assert(p:prove(text, { seconds = 60 }))
        assert.equal(outcomes[type_name], answer.outcome, tostring(answer))
      end)
    end
  end

  it("fails by senders that a rule makes of another type", function()
    local p = assert(policy.load [[
connector "k" { speaks = "NOTES", wrap = { domain = "N" }, spaces = { "NOTES:*@n" } }
rewrite_sender "NOTES:{u}@o" { to = "SMTP:{u}@x.y" }]])
    local claim = 'no address from "NOTES:*@o" is rejected sender-unsayable'
    assert.equal("fails", p:prove(claim).outcome)
  end)
end)
