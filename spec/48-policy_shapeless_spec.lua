--- Brute force judges claims about types whose addresses no set tells apart, such as FAX: one of them
-- stands for all others, unless something looks at what they are; and so of senders.
local changes = require "postoffice.policy.prove.changes"
local enumerate = require "spec.enumerate"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"

-- ---- The world ---------------------------------------------------------------

local NUMBERS = enumerate.texts({ "1", "2", "\195\188" }, 3)

local function all_addresses()
  local list = { "a@a", "b@a", "1@a", "+1@a", "1@b", "12@b", "CCMAIL:1 at a", "CCMAIL:12 at a" }
  for i = 2, #NUMBERS do
    list[#list + 1] = "FAX:+" .. NUMBERS[i]
    list[#list + 1] = "TELEX:" .. NUMBERS[i]
  end
  for _, text in ipairs { "FAX:1@+1", "FAX:+1 | 2", "FAX:FAX=+1@a", "TELEX: 1", "FAX:+(1)2" } do
    list[#list + 1] = text
  end
  return list
end

local ADDRESSES = all_addresses()

local RECEIVERS = { "a@a", "1@a", "b@b", "FAX:+1", "TELEX:1", "CCMAIL:1 at a", "X400:c=us;s=lee;" }

local GRAMMAR = {
  number = { "1", "1", "12", "2", "1\195\188", "2\195\188", "11" },
  address = { "FAX:+$number", "FAX:+$number", "TELEX:$number", "a@a", "1@a", "CCMAIL:1 at a" },
  pattern = {
    "FAX:*", "FAX:+1*", "FAX:+$number", "TELEX:*", "TELEX:$number", "TELEX:1*", "SMTP:*",
    "SMTP:*@a", "SMTP:+1*@a", "SMTP:1*@a", "CCMAIL:*", "CCMAIL:1 at *",
  },
  recipient = {
    "recipient '$name' { proxies = { $own*3 } }",
    "recipient '$name' { proxies = { $own*2 }, target = '$address' }",
    "list '$name' { proxies = { $own*2 }, members = { '$address', '$address' } }",
  },
  own = { "'$proxy'" },
  proxy = function(world) return world:untaken "address" end,
  name = function(world) return world:numbered "r" end,
  rewrite = {
    "rewrite 'FAX:{u}' { to = 'SMTP:{u}@a' }", "rewrite 'FAX:*' { to = '$fixed' }",
    "rewrite 'FAX:+1{u}' { to = 'FAX:+{u}' }", "rewrite 'TELEX:{u}' { to = 'FAX:+{u}' }",
    "rewrite 'TELEX:{u}' { to = 'SMTP:{u}@b' }", "rewrite 'SMTP:{u}@b' { to = 'FAX:+{u}' }",
    "rewrite 'CCMAIL:{u} at a' { to = 'FAX:+{u}' }", "rewrite 'TELEX:1' { to = '$fixed' }",
  },
  fixed = { "SMTP:a@a", "SMTP:1@a", "FAX:+1", "TELEX:1" },
  domain = {
    "domain 'a' { catchall = '$address' }", "domain 'a' {}", "domain 'FAX:+1*' {}",
    "domain 'FAX:+2*' { kind = 'relay' }", "domain 'FAX:+$number' {}", "domain 'TELEX:*' {}",
    "set 's' { '$pattern', '$pattern' }",
  },
  connector = {
    "connector 'c' { spaces = { '$pattern', '$pattern' }, nexthop = 'n' }",
    "connector 'c' { spaces = { '$pattern', '$pattern' }, speaks = 'SMTP',"
      .. " wrap = { domain = 'b' }, nexthop = 'n' }",
  },
  set = {
    "address", '"$pattern"', '"$pattern"', '"$pattern"', "FAX address", "TELEX address", "local",
    "foreign", 'recipient "r1"', 'set "s"', '"$pattern" but "$pattern"', '"$pattern" but local',
  },
  claim = { "every $set $ending", "every $set $ending or $ending", "no $set $ending" },
  ending = {
    "is delivered", "is delivered here", "is rejected", "leaves", 'reaches recipient "r1"',
    'leaves by "c"', "is rejected route-missing", "is handed over as $set",
  },
}

-- Senders of such types, and what may look at them.
local SENDERS = {
  "<>", "a@a", "1@a", "a@c", "CCMAIL:1 at a", "X400:c=us;s=lee;", "FAX:+1", "FAX:+12", "FAX:+3",
  "FAX:+1\195\188", "TELEX:1", "TELEX:3", "IMAGE:1", "PIPE:1", "IMCEAFAX-+2B1@a",
}

local ABOUT_SENDERS = {
  connector = {
    "connector 'c' { spaces = { 'SMTP:*' }, senders = { '$pattern' }, nexthop = 'n' }",
    "connector 'c' { spaces = { 'SMTP:*' }, senders = 's', nexthop = 'n' }",
    "connector 'c' { spaces = { 'SMTP:*' }, speaks = 'SMTP', nexthop = 'n' }",
    "connector 'c' { spaces = { 'SMTP:*' }, speaks = 'SMTP', wrap = { domain = 'b' } }",
    "connector 'c' { spaces = { 'X400:*' }, speaks = 'X400' }",
    "connector 'c' { spaces = { 'SMTP:*' } }",
  },
  recipient = {
    "recipient '$name' { proxies = { $own*2 }, accept = { '$pattern' } }",
    "recipient '$name' { proxies = { $own*2 }, reject = { 'r1' } }",
    "recipient '$name' { proxies = { $own*3 } }",
    "list '$name' { proxies = { $own*2 }, members = { '$address' }, accept = { 'r1' } }",
  },
  rewrite = {
    "rewrite_sender 'FAX:*' { to = 'SMTP:1@a' }", "rewrite_sender 'TELEX:*' { to = 'FAX:+1' }",
    "rewrite_sender 'SMTP:*' { to = 'FAX:+1' }", "rewrite_sender 'FAX:+{u}' { to = 'SMTP:{u}@a' }",
    "settings { outbound = 'primary' }",
  },
  domain = {
    "domain 'a' { unwrap = { 'FAX' } }", "domain 'a' { unwrap = { 'TELEX', 'FAX' } }",
    "domain 'FAX:*' {}", "domain 'a' {}", "set 's' { '$pattern', '$pattern' }",
  },
  claim = {
    "every $set from $set $ending", "no $set from $set $ending", "no $set $ending unless from $set",
    "every $set $ending or $ending unless from $set",
  },
  ending = {
    "is delivered", "is rejected", "leaves", 'reaches recipient "r1"', "is rejected sender-refused",
    "is rejected sender-unsayable", "is rejected recipient-restricted", "has sender $set",
    "has sender $set", "is rejected route-missing",
  },
}

local function new_policy(seed, grammar)
  local world = sentences.new(grammar, seed)
  local lines = { world:text "connector" }
  for _ = 1, world.random(3) do lines[#lines + 1] = world:text "recipient" end
  for _ = 1, world.random(3) - 1 do lines[#lines + 1] = world:text "rewrite" end
  for _ = 1, world.random(3) - 1 do lines[#lines + 1] = world:text "domain" end
  return policy.load(table.concat(lines, "\n")), world
end

-- ---- Judging -----------------------------------------------------------------

describe("claims about types whose addresses no set tells apart #host", function()
  it("hold where brute force finds no witness, and fail by one", function()
    judge.claims("types without a shape", 40, function(seed)
      local p, world = new_policy(seed, GRAMMAR)
      return p, world, { claims = 3, addresses = ADDRESSES }
    end)
  end)

  it("or about their senders do so, too", function()
    local grammar = setmetatable(ABOUT_SENDERS, { __index = GRAMMAR })
    judge.claims("senders of types without a shape", 30, function(seed)
      local p, world = new_policy(seed, grammar)
      return p, world, { claims = 3, addresses = RECEIVERS, senders = SENDERS }
    end)
  end)
end)

-- Each with a policy, a claim, and its outcome: of senders, there is one of each type.
local CLAIMS = {
  { "", "every address from FAX address is delivered", "fails" },
  { "", "every address from SIP address is delivered", "fails" },
  { "", "every address from TELEX address is delivered", "fails" },
  { "", 'every address from "FAX:12" is delivered', "undecided" },
  { "", 'every address from "FAX:1*" but "FAX:2*" is delivered', "undecided" },
  { 'set "s" { "FAX:12" }', 'every address from set "s" is delivered', "undecided" },
  { "", "every address is rejected unless from SMTP address or from <>", "fails" },
  { 'connector "c" { spaces = { "SMTP:*" }, senders = { "FAX:*" } }',
    "no address from FAX address leaves", "fails" },
  { 'connector "c" { spaces = { "SMTP:*" }, speaks = "SMTP" }\ndomain "a" { unwrap = { "FAX" } }',
    'no address has sender "SMTP:imceafax-*@a" unless from SMTP address', "fails" },
  { 'domain "a" {}\nrecipient "r" { proxies = { "TELEX:1" } }\n'
    .. 'recipient "s" { proxies = { "s@a" }, accept = { "r" } }',
    'no address from TELEX address reaches recipient "s"', "fails" },
  -- Whom the policy names is told from others
  { 'domain "a" {}\nrecipient "r" { proxies = { "FAX:+1" } }',
    'every address from recipient "r" is delivered', "fails" },
  { 'domain "a" {}\nrecipient "r" { proxies = { "FAX:+1" } }',
    'no address from recipient "r" is rejected sender-unsayable', "holds" },
  { 'domain "FAX:+1" {}', "every address from local is delivered", "fails" },
}

local X400 = 'connector "k" { spaces = { "SMTP:*" }, speaks = "X400",'
  .. ' wrap = { c = "us", a = " ", p = "g" }, nexthop = "h" }'
local NOTES = 'connector "k" { spaces = { "SMTP:*" }, speaks = "NOTES", wrap = { domain = "NET" } }'

-- Each with a connector that has to say senders in another type, and a claim that some of them break:
-- one of those is not like the others.
local SAID = {
  { X400, 'no "SMTP:u@q.q" from SMTP address has sender '
    .. '"X400:c=us;a= ;p=g;dda:RFC-822=u(a)z.z;"' },
  { X400, "no SMTP address from X500 address when may_relay is rejected sender-unsayable" },
  { X400, "no SMTP address from EX address when may_relay is rejected sender-unsayable" },
  { X400, 'no SMTP address from NOTES address leaves by "k"' },
  { NOTES, 'no SMTP address from SMTP address leaves by "k"' },
  { NOTES, 'no "SMTP:u@q.q" from SMTP address leaves by "k"' },
}

describe("a claim about what has to be said in another type", function()
  for _, case in ipairs(SAID) do
    it("does not hold where others than those tried break it: " .. case[2], function()
      assert.not_equal("holds", assert(assert(policy.load(case[1])):prove(case[2])).outcome)
    end)
  end
end)

-- One that says all its recipients alike, whoever writes.
local RELAY = [[
domain "m.b" { kind = "relay" }
connector "k" { speaks = "SMTP", spaces = { "SMTP:*@m.b" }, nexthop = "h" }
]]

it("a claim about what an address is handed over as holds, however senders are said", function()
  local claim = 'every address is rejected or is deferred or is handed over as "SMTP:*@m.b"'
  local answer = assert(assert(policy.load(RELAY)):prove(claim, { seconds = 60 }))
  assert.equal("holds", answer.outcome, answer.why)
end)

-- Pairs that say the same of those who are tried, who cannot be said, and not of others.
local UNSAID = {
  { NOTES, (NOTES:gsub("NET", "NETT")) },
  { 'connector "k" { spaces = { "SMTP:*" }, senders = { "X500:*" }, speaks = "MS",'
    .. ' wrap = { network = "N", postoffice = "P" } }',
    'connector "k" { spaces = { "SMTP:*" }, senders = { "X500:*" }, speaks = "CCMAIL",'
    .. ' wrap = { postoffice = "P" } }' },
}

describe("a comparison of what has to be said in another type", function()
  for number, pair in ipairs(UNSAID) do
    it("proves nothing where others may be said than those tried: pair " .. number, function()
      local found = changes.find(assert(policy.load(pair[1])), assert(policy.load(pair[2])))
      assert.is_true(found.changes[1] ~= nil or found.undecided[1] ~= nil)
    end)
  end
end)

describe("a claim about senders of a type without a shape", function()
  for _, case in ipairs(CLAIMS) do
    it(("%s: %s"):format(case[3], case[2]), function()
      local source = 'connector "out" { spaces = { "SMTP:*" } }\n' .. case[1]
      local p = assert(policy.load(source))
      assert.equal(case[3], assert(p:prove(case[2], { seconds = 60 })).outcome)
    end)
  end
end)
