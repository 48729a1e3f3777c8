--- Rewrites that make the same of some addresses of a class, or bring them back to what they were: those that
-- let captures change places, and those of cc:Mail, whose blanks and commas become others.  Claims about
-- random policies are held against every short name.
local core = require "postoffice.core"
local enumerate = require "spec.enumerate"
local judge = require "spec.judge"

local function all_addresses()
  local list = {}
  for _, user in ipairs(enumerate.texts({ "a", "b", "-" }, 4)) do
    for _, host in ipairs { "g", "a", "o" } do
      list[#list + 1] = user ~= "" and user .. "@" .. host or nil
    end
  end
  for _, name in ipairs(enumerate.texts({ "a", "b", " ", "," }, 4)) do
    for _, place in ipairs { "p", "q" } do
      local text = ("CCMAIL:%s at %s"):format(name, place)
      local address = core.parse(text)
      list[#list + 1] = address and core.key(address) and text or nil
    end
  end
  return list
end

local ADDRESSES = all_addresses()
local SENDERS = { "<>", "a@o" }

local GRAMMAR = {
  rewrite = {
    "rewrite 'SMTP:{u}-{v}@$host' { to = 'SMTP:{v}-{u}@$host'$again }",
    "rewrite 'SMTP:{u}-{v}@$host' { to = 'SMTP:{v}-{u}@$host' }",
    "rewrite 'SMTP:{u}{v}@$host' { to = 'SMTP:{v}{u}@$host'$again }",
    "rewrite 'SMTP:{u}-{v}@$host' { to = 'SMTP:{v}{u}@$host'$again }",
    "rewrite 'SMTP:a{u}@$host' { to = 'SMTP:{u}a@$host' }",
    "rewrite 'SMTP:{u}-{v}@{h}' { to = 'SMTP:{v}-{h}@{u}'$again }",
    "rewrite 'SMTP:{u}@$host' { to = 'SMTP:{u}@$host' }",
    "rewrite 'CCMAIL:{u} at $place' { to = 'CCMAIL:{u} at $place' }",
    "rewrite 'CCMAIL:{l}, {f} at $place' { to = 'CCMAIL:{f} {l} at $place' }",
    "rewrite 'CCMAIL:{f} {l} at $place' { to = 'CCMAIL:{l}, {f} at $place' }",
    "rewrite 'CCMAIL:{f} {l} at $place' { to = 'CCMAIL:{l} {f} at $place'$again }",
    "rewrite 'CCMAIL:{u}{v} at $place' { to = 'CCMAIL:{v}{u} at $place'$again }",
    "rewrite 'CCMAIL:{u} at {p}' { to = 'CCMAIL:{p} at {u}' }",
    "rewrite 'CCMAIL:{u}b at $place' { to = 'CCMAIL:b, {u} at $place' }",
    "rewrite 'CCMAIL:a{u} at $place' { to = 'CCMAIL:a {u} at $place'$again }",
    "rewrite 'CCMAIL:{u} {v} at $place' { to = 'SMTP:{u}-{v}@$host' }",
    "rewrite 'SMTP:{u}-{v}@$host' { to = 'CCMAIL:{v}, {u} at $place' }",
  },
  again = { "", "", ", again = true" },
  host = { "g", "g", "a", "o" }, place = { "p", "p", "q" },
  some = {
    "SMTP:*@g", "SMTP:*-*@$host", "SMTP:a*@$host", "SMTP:*b@a", "CCMAIL:* at $place",
    "CCMAIL:a* at $place", "CCMAIL:* b at p", "CCMAIL:*,* at $place", "SMTP:?-?@$host",
  },
  name = function(world) return world:numbered "r" end,
  proxy = function(world) return world:untaken "named" end,
  named = { "a-b@g", "b-a@a", "CCMAIL:a b at p", "CCMAIL:b a at q", "aa@g" },
  entry = { "recipient '$name' { proxies = { '$proxy' } }" },
  set = { '"$some"', '"$some"', '"$some" but "$some"', "SMTP address", "CCMAIL address" },
  claim = {
    "every $set $finish or $finish", "no $set $finish", "every $set $finish or $finish or $finish",
  },
  finish = {
    'leaves by "c"', "is rejected", "is rejected route-loop", "is delivered here", "leaves",
    "is handed over as $set", "is handed over as $set", "is deferred",
  },
}

local function lines_of(world)
  local lines = { "connector 'c' { spaces = { 'SMTP:*', 'CCMAIL:*' } }" }
  for _ = 1, world.random(3) do lines[#lines + 1] = world:text "rewrite" end
  for _ = 1, world.random(2) - 1 do lines[#lines + 1] = world:text "entry" end
  return lines
end

describe("claims about rewrites that make the same of some addresses #host", function()
  it("hold where brute force finds no witness, and fail by one", function()
    judge.claims("rewrites that make the same of some", 3,
      judge.draw(GRAMMAR, lines_of, { claims = 4, addresses = ADDRESSES, senders = SENDERS }))
  end)
end)

local OUT = 'connector "c" { spaces = { "SMTP:*", "CCMAIL:*" } }\n'

-- Policies, and claims about each with the outcome.
local CASES = {
  {
    [[rewrite "SMTP:{u}-{v}@x.example" { to = "SMTP:{v}-{u}@x.example" } ]],
    ['every "SMTP:?*-?*@x.example" when nothing is down leaves unless arrived_by "c"'] = "holds",
    ['no "SMTP:a-*@x.example" is handed over as "SMTP:b*@x.example"'] = "fails",
    -- None is the same, but nobody can tell
    ['no "SMTP:a-b*@x.example" is handed over as "SMTP:a*@x.example"'] = "undecided",
  },
  {
    [[rewrite "CCMAIL:{l}, {f} at old" { to = "CCMAIL:{f} {l} at hq" } ]],
    ['no "CCMAIL:* at old" is handed over as "CCMAIL:* at y"'] = "holds",
    ['every "CCMAIL:* * at old" when nothing is down is handed over as "CCMAIL:* at hq"'] = "holds",
  },
  {
    [[rewrite "CCMAIL:{u} at {p}" { to = "CCMAIL:{u}-{p} at hq" } ]],
    ['no "CCMAIL:* at x" is handed over as "CCMAIL:* at y"'] = "holds",
  },
}

describe("a claim about a rewrite that makes the same of some", function()
  judge.outcomes(it, OUT, CASES)
end)
