--- Brute force judges claims about types whose addresses no set tells apart, such as FAX: one of them
-- stands for all others, unless something looks at what they are.
local enumerate = require "spec.enumerate"
local helper = require "spec.helper"
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

local function new_policy(seed)
  local world = sentences.new(GRAMMAR, seed)
  local lines = { world:text "connector" }
  for _ = 1, world.random(3) do lines[#lines + 1] = world:text "recipient" end
  for _ = 1, world.random(3) - 1 do lines[#lines + 1] = world:text "rewrite" end
  for _ = 1, world.random(3) - 1 do lines[#lines + 1] = world:text "domain" end
  return policy.load(table.concat(lines, "\n")), world
end

-- ---- Judging -----------------------------------------------------------------

describe("claims about types whose addresses no set tells apart #host", function()
  it("hold where brute force finds no witness, and fail by one", function()
    local counts = judge.counts()
    judge.each(1, helper.times(40), function(seed)
      local p, world = new_policy(seed)
      if not p then return end
      counts:add "policies"
      for number = 1, 3 do
        judge.claim(p, world:text "claim", seed * 10 + number, p, counts, ADDRESSES)
      end
      p:close()
    end)
    judge.tell_claims("claims about types without a shape", counts)
  end)
end)
