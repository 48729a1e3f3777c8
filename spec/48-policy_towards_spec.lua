--- Rewrites that make the place of an address of another type of what they capture: post offices of cc:Mail, domains
-- and post offices of GroupWise, networks and post offices of MS Mail.  Claims about random policies are held against
-- domains with marks and dots, and local parts in which hosts are read.
local core = require "postoffice.core"
local judge = require "spec.judge"

-- ---- The world -----------------------------------------------------------------

local USERS = {
  "a", "b", "a b", "b,a", "a@b", "a@x.y", "a@q", "@b.x.y", "a%x.y", "a!b", '"a"@x.y', "@", "%",
  "at", "a@a.x.y", "a.b", "a@b.q.x.y", "b@x.y", "a at b", "(a@x.y", "\195\188", "a/b",
  "\195\188@x.y",
}
local HOSTS = {
  "x.y", "q", "a.x.y", "b.x.y", "!.x.y", "a%b.x.y", "a!b.x.y", "%x.x.y", "at.x.y", "a.b.x.y", "z",
  "x.y.x.y", "a!x.y.x.y", "\195\188.x.y", "d.x.y", "p.x.y",
}

local function all_addresses()
  local list = {
    "CCMAIL:a at b", "CCMAIL:b at a", "GWISE:a.p.a", "GWISE:d.a.b", "MS:N/a/a", "MS:a/P/b",
  }
  for _, user in ipairs(USERS) do
    for _, host in ipairs(HOSTS) do
      local text = core.format { type = "SMTP", localpart = user, domain = host }
      local address = text and core.parse(text)
      list[#list + 1] = address and core.key(address) and text
    end
  end
  return list
end

local ADDRESSES, SENDERS = all_addresses(), { "<>", "a@z" }

local GRAMMAR = {
  rewrite = {
    "rewrite 'SMTP:{u}@{p}.x.y' { to = 'CCMAIL:{u} at {p}' }",
    "rewrite 'SMTP:{u}@{p}.x.y' { to = 'CCMAIL:{u} at {p}' }",
    "rewrite 'SMTP:{u}@{p}.x.y' { to = 'CCMAIL:{u} at p{p}' }",
    "rewrite 'SMTP:a{u}@{p}.x.y' { to = 'CCMAIL:{u} at {p}' }",
    "rewrite 'SMTP:{u}@{p}.x.y' { to = 'GWISE:{p}.p.{u}' }",
    "rewrite 'SMTP:{u}@{p}.x.y' { to = 'GWISE:d.{p}.{u}' }",
    "rewrite 'SMTP:{u}@{p}.x.y' { to = 'GWISE:d.a{p}.{u}' }",
    "rewrite 'SMTP:{u}@{d}.{p}.x.y' { to = 'GWISE:{d}.{p}.{u}' }",
    "rewrite 'SMTP:{u}@a.{p}.y' { to = 'GWISE:{p}.p.{u}' }",
    "rewrite 'SMTP:{u}@x.y' { to = 'GWISE:{u}.p.{u}' }",
    "rewrite 'SMTP:{u}@{p}.x.y' { to = 'GWISE:d.p!.{u}' }",
    "rewrite 'SMTP:{u}@{p}.x.y' { to = 'MS:N/{p}/{u}' }",
    "rewrite 'SMTP:{u}@{p}.x.y' { to = 'MS:{p}/P/{u}' }",
    "rewrite 'SMTP:{u}@{d}.{p}.x.y' { to = 'MS:{d}/{p}/{u}' }",
    "rewrite 'SMTP:{u}@{p}.x.y' { to = 'MS:N/P{p}/a' }",
    "rewrite 'SMTP:{u}@{p}.x.y' { to = 'PCM:N/{p}/{u}' }",
  },
  more = {
    "rewrite 'SMTP:{u}@q' { to = 'SMTP:{u}@a.x.y' }",
    "rewrite 'SMTP:{u}@q' { to = 'SMTP:{u}@b.x.y' }",
    "rewrite 'CCMAIL:{u} at a' { to = 'SMTP:{u}@q' }",
    "rewrite 'SMTP:{u}@{p}.x.y' { to = 'GWISE:d.{p}.{u}' }",
    "rewrite 'SMTP:{u}@a.x.y' { to = 'CCMAIL:{u} at {u}' }",
  },
  named = {
    "CCMAIL:a at b", "CCMAIL:b at a", "GWISE:a.p.a", "GWISE:d.a.b", "MS:N/a/a", "MS:a/P/b",
    "SMTP:a@a.x.y", "SMTP:b@q", "CCMAIL:a at p", "GWISE:!.p.a",
  },
  proxy = function(world) return world:untaken "named" end,
  name = function(world) return world:numbered "r" end,
  entry = {
    "recipient '$name' { proxies = { '$proxy' } }",
    "recipient '$name' { proxies = { '$proxy', '$proxy' } }",
    "recipient '$name' { proxies = { '$proxy' }, target = '$named' }",
  },
  place = {
    "domain '*.x.y' {}", "domain '*.x.y' {}", "domain '*.x.y' {}", "domain 'x.y' {}",
    "domain '*.x.y' { kind = 'relay' }", "domain 'x.y' {} domain '*.x.y' {}", "domain 'a.x.y' {}",
    "domain '*.x.y' {} domain 'q' {}", "domain '*.x.y' {} postoffice 'a' {}",
    "domain '*.x.y' {} postoffice 'a' { gateway = 'SMTP' }",
  },
  connector = {
    "connector 'c' { spaces = { 'CCMAIL:*', '$pattern' } }",
    "connector 'c' { spaces = { 'GWISE:*', '$pattern' } }",
    "connector 'c' { spaces = { 'MS:*', 'PCM:*', '$pattern' } }",
    "connector 'c' { spaces = { 'MS:*', 'GWISE:*', 'CCMAIL:*' } }",
    "connector 'c' { spaces = { 'MS:*', 'GWISE:*', 'CCMAIL:*' } }"
      .. " connector 'd' { spaces = { '$pattern' } }",
    "connector 'c' { spaces = { '$pattern', '$pattern' } } connector 'd' { spaces = { 'SMTP:*' } }",
  },
  pattern = {
    "CCMAIL:*", "CCMAIL:* at a", "CCMAIL:a* at *", "GWISE:*", "GWISE:d.*", "GWISE:a.*", "MS:*",
    "MS:N/*", "MS:a/*", "SMTP:*@q", "SMTP:a*@*.x.y", "SMTP:*@a.x.y",
  },
  set = {
    '"SMTP:*@*.x.y"', '"SMTP:*@*.x.y"', '"SMTP:*@a.x.y"', '"SMTP:a*@b.x.y"', '"SMTP:*@q"', "local",
    '"$pattern"', "SMTP address", '"SMTP:*@*.x.y" but "$pattern"', '"SMTP:?@*.x.y"',
    '"SMTP:*%*@*.x.y"', '"SMTP:*b@!.x.y"', '"SMTP:*x.y@*.x.y"', "GWISE address",
  },
  claim = {
    "every $set $finish or $finish", "no $set $finish", "every $set $finish or $finish or $finish",
    "no $set $when $finish", "no $set $when $finish", 'no $set reaches recipient "r1"',
    "every $set $when $finish or $finish", "every $set $when $finish or $finish or $finish",
    'every $set routes as in "old.lua"',
  },
  when = { "when may_relay", "when not may_relay", "when not may_relay" },
  finish = {
    'leaves by "c"', "leaves", "is rejected", "is delivered here", 'reaches recipient "r1"',
    "is handed over as CCMAIL address", "is handed over as GWISE address", "is deferred",
    "is handed over as MS address", "is rejected recipient-unknown", "is rejected relay-denied",
  },
}

describe("claims about places that rules make of what they capture #host", function()
  it("hold where brute force finds no witness, and fail by one", function()
    judge.claims("captured places", 3, judge.draw(GRAMMAR, judge.site,
      { claims = 4, addresses = ADDRESSES, senders = SENDERS }, judge.other_site))
  end)
end)

-- ---- What is decided -------------------------------------------------------------

local SITE = [[
domain "*.cc.example" {}
domain "*.gw.example" {}
rewrite "SMTP:{u}@{p}.cc.example" { to = "CCMAIL:{u} at {p}" }
rewrite "SMTP:{u}@{p}.gw.example" { to = "GWISE:{p}.po.{u}" }
connector "c" { spaces = { "CCMAIL:*" } }
connector "ny" { spaces = { "CCMAIL:* at ny" } }
connector "g" { spaces = { "GWISE:*" } }
connector "i" { spaces = { "SMTP:*" } }
]]

local CASES = {
  {
    "",
    ['no "SMTP:*@*.cc.example" leaves by "i"'] = "holds",
    ['no "SMTP:*@sf.cc.example" leaves by "ny"'] = "holds",
    ['no "SMTP:*@*.cc.example" leaves by "ny"'] = "fails",
    ['no "SMTP:*@at.cc.example" leaves'] = "holds", -- nobody can write that post office
    ['no "SMTP:*@*.*.gw.example" leaves'] = "holds", -- nor that domain
    ['no "SMTP:?@!.gw.example" when not may_relay leaves'] = "holds", -- a host is read
    ['no "SMTP:?@*.gw.example" when not may_relay leaves'] = "fails",
  },
}

describe("a claim about a place that a rule makes of what it captures", function()
  judge.outcomes(it, SITE, CASES)
end)
