--- Rewrites that part local parts at several characters, and in quotes (`{u}--{d}@gw`): claims about random
-- policies, held against every short local part.
local enumerate = require "spec.enumerate"
local judge = require "spec.judge"

local function all_addresses()
  local list = {}
  for _, user in ipairs(enumerate.texts({ "a", "b", "-" }, 5)) do
    if user ~= "" then list[#list + 1] = user .. "@g" end
  end
  local others = { "a", "b", "a-", "b--a", "--", '"a b"', '"a ,b"', '"\\"--b"', '"\\\\--"' }
  for _, user in ipairs(others) do
    for _, host in ipairs { "g", "a", "b", "o" } do list[#list + 1] = user .. "@" .. host end
  end
  return list
end

local ADDRESSES = all_addresses()
local SENDERS = { "<>", "a@o", "a--b@g" }

local GRAMMAR = {
  rewrite = {
    "rewrite 'SMTP:{u}--{v}@g' { to = 'SMTP:{u}@$host' }",
    "rewrite 'SMTP:{u}--{v}@g' { to = 'SMTP:{v}-{u}@$host' }",
    "rewrite 'SMTP:{u}--{d}@g' { to = 'SMTP:{u}@{d}' }",
    "rewrite 'SMTP:{u}-a{v}@g' { to = 'SMTP:b{v}@$host' }",
    "rewrite 'SMTP:{u}{v}--*@g' { to = 'SMTP:{v}{u}@$host' }",
    "rewrite 'SMTP:*--{v}@g' { to = 'SMTP:{v}@$host' }",
    "rewrite 'SMTP:{u}{v}@g' { to = 'SMTP:{v}-{u}@$host' }",
    "rewrite 'SMTP:{u}?-{v}@g' { to = 'SMTP:{v}@$host' }",
    "rewrite 'SMTP:{u}@{v}.g' { to = 'SMTP:b{v}@a.g' }",
  },
  more = {
    "rewrite 'SMTP:{u}@$host' { to = 'SMTP:{u}@$host' }",
    "rewrite 'SMTP:$some' { to = 'SMTP:a@o' }",
    "rewrite 'SMTP:{u}-b@$host' { to = 'SMTP:{u}@g' }",
    "rewrite 'SMTP:a*@$host' { to = 'SMTP:b@o' }",
    "rewrite 'SMTP:{u}--{v}@$host' { to = 'SMTP:{v}@$host' }",
    "rewrite 'SMTP:{u}-a{v}@$host' { to = 'SMTP:{v}{u}@o' }",
  },
  host = { "a", "b", "g", "o" },
  some = { "a*@g", "*b@a", "*-*@b", "*--*@g", "b@o", "*@a", "*@b" },
  name = function(world) return world:numbered "r" end,
  proxy = function(world) return world:untaken "named" end,
  named = { "a@g", "b@a", "a-b@b", "b--a@g", "aa@a", "b@o", "ba@b" },
  entry = { "recipient '$name' { proxies = { '$proxy' } }" },
  domain = { "domain '$host' {}", "domain '$host' { kind = 'relay' }" },
  connector = {
    "connector 'c' { spaces = { 'SMTP:*' } }",
    "connector 'c' { spaces = { 'SMTP:$some' } }"
      .. " connector 'd' { spaces = { 'SMTP:*', 'SMTP:$some' } }",
  },
  set = { '"SMTP:$some"', '"SMTP:$some" but "SMTP:$some"', "SMTP address", "local" },
  claim = {
    "every $set $finish or $finish", "no $set $finish", "every $set $finish or $finish or $finish",
  },
  finish = {
    'leaves by "c"', "leaves", "is rejected", "is delivered here", 'reaches recipient "r1"',
    "is handed over as $set", "is handed over as $set", "is deferred",
  },
}

local function lines_of(world)
  local lines = { world:text "connector", "domain 'g' {}", world:text "rewrite" }
  for _ = 1, world.random(3) - 1 do lines[#lines + 1] = world:text "entry" end
  for _ = 1, world.random(2) do lines[#lines + 1] = world:text "more" end
  if world.random(2) == 1 then lines[#lines + 1] = world:text "domain" end
  return lines
end

describe("claims about local parts that rewrites part #host", function()
  it("hold where brute force finds no witness, and fail by one", function()
    judge.claims("what is parted", 3,
      judge.draw(GRAMMAR, lines_of, { claims = 4, addresses = ADDRESSES, senders = SENDERS }))
  end)
end)

local SITE = [[
domain "gw.example" {}
connector "c" { spaces = { "SMTP:*" } }
]]

-- Policies, and claims about each with the outcome.
local CASES = {
  {
    [[rewrite "SMTP:{u}_at_{d}@gw.example" { to = "SMTP:{u}+{d}@partner.example" } ]],
    ['no "SMTP:kim_at_*@gw.example" is handed over as "SMTP:joe+*@*"'] = "holds",
    ['no "SMTP:*@gw.example" is handed over as "SMTP:*_at_*+*@partner.example"'] = "fails",
    ['no "SMTP:*@gw.example" is handed over as "SMTP:*+*_at_*@partner.example"'] = "fails",
  },
  { -- what one makes is parted again by another
    long = true,
    [[rewrite "SMTP:{u}_at_{d}@gw.example" { to = "SMTP:{u}@{d}" }
    rewrite "SMTP:{u}--{d}@gx.example" { to = "SMTP:{u}@{d}" } ]],
    ['no "SMTP:kim_at_*@gw.example" is handed over as "SMTP:joe@*"'] = "holds",
    ['no "SMTP:*--b_at_gx.example@gw.example" is handed over as "SMTP:kim@b"'] = "fails",
    ['no "SMTP:*_at_gx.example@gw.example" is handed over as "SMTP:*--*@*"'] = "fails",
  },
  { -- bx@x.gw.example stays as it is, and is refused
    [[domain "*.gw.example" { unwrap = {} }
    rewrite "SMTP:{u}@{v}.gw.example" { to = "SMTP:b{v}@x.gw.example" }
    rewrite "SMTP:b*@*.gw.example" { to = "SMTP:x@o.example" } ]],
    ['every "SMTP:?*@*.gw.example" is handed over as "SMTP:x@o.example" or is deferred'] =
      "fails",
  },
}

describe("a claim about a rule that parts local parts", function()
  judge.outcomes(it, SITE, CASES)
end)
