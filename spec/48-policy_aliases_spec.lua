--- Who goes out as another address of their entry, and of whom rules make one of these: claims about
-- random people, held against every short sender.
local core = require "postoffice.core"
local enumerate = require "spec.enumerate"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"

local function all_senders()
  local list = { "<>" }
  for _, user in ipairs(enumerate.texts({ "a", "b", "c" }, 2)) do
    for _, host in ipairs { "a", "b", "ab", "c.b" } do
      list[#list + 1] = (user == "" and '""' or user) .. "@" .. host
    end
    if user ~= "" then list[#list + 1] = ("CCMAIL:%s at a"):format(user) end
  end
  for _, text in ipairs { "a@a", "b@ab", "CCMAIL:a at a", "CCMAIL:b at a" } do
    local address = assert(core.parse(text))
    list[#list + 1] = core.format((core.encapsulate(address, "SMTP", { domain = "a" })))
  end
  return list
end

local SENDERS = all_senders()

-- One by each connector, and somebody of ours.
local RECIPIENTS = { "x@xx", "x@yy", "CCMAIL:x at x", "r1@rr" }

local GRAMMAR = {
  user = { "a", "b", "c", "ab", "ba" }, beginning = { "a*", "b*", "c*" },
  host = { "a", "b", "ab", "c.b" },
  settings = { "settings { outbound = 'primary' }" },
  domain = { "domain 'a' { $unwrap?2 $outbound?4 }" },
  unwrap = { "unwrap = { 'CCMAIL', 'SMTP' }," },
  outbound = { "outbound = 'primary',", "outbound = 'unchanged'," },
  recipient = {
    "recipient '$name' { proxies = { '$own', 'smtp:$address', 'CCMAIL:$mailbox at a' } }",
    "recipient '$name' { proxies = { '$own', 'CCMAIL:$mailbox at a' }, $restricted?3 }",
    "recipient '$name' { proxies = { '$own', 'smtp:$address' } }",
  },
  restricted = { "accept = { '$known' },", "reject = { '$known' }," },
  known = { "r1", "r2" },
  own = { "SMTP:$address" },
  connector = { "connector 'x' { spaces = { 'SMTP:*@xx' }, nexthop = 'n', $outbound?3 }",
    "connector 'x' { spaces = { 'SMTP:*@xx' }, nexthop = 'n', senders = { '$from' } }" },
  hop = {
    "connector 'y' { speaks = 'CCMAIL', spaces = { 'SMTP:*@yy', 'CCMAIL:*' },"
      .. " wrap = { postoffice = 'p' } }",
    "connector 'y' { speaks = 'CCMAIL', spaces = { 'CCMAIL:*' } }",
    "connector 'y' { speaks = 'SMTP', wrap = { domain = 'a' }, spaces = { 'SMTP:*@yy' } }",
  },
  rule = {
    "rewrite_sender 'SMTP:{u}@$host' { to = 'SMTP:{u}@$host', $by?4 }",
    "rewrite_sender 'SMTP:{u}@$host' { to = 'SMTP:{u}@a' }",
    "rewrite_sender 'SMTP:$user{u}@$host' { to = 'SMTP:{u}@a', $by?4 }",
    "rewrite_sender 'SMTP:{u}@$host' { to = 'SMTP:{u}$user@$host', $by?4 }",
    "rewrite_sender 'SMTP:{u}@*' { to = 'SMTP:{u}@a', $by?4 }",
    "rewrite_sender 'SMTP:{u}{v}@$host' { to = 'SMTP:{v}{u}@a', $by?4 }",
    "rewrite_sender 'SMTP:*@$host' { to = 'SMTP:$user@a', $by?4 }",
    "rewrite_sender 'CCMAIL:{u} at a' { to = 'SMTP:{u}@$host', $by?4 }",
    "rewrite_sender 'SMTP:{u}@$host' { to = 'CCMAIL:{u} at a', $by?4 }",
  },
  by = { "by = { 'x' },", "by = { 'y' }," },
  claim = {
    "no $to from $pattern has sender $set", "no $to from $pattern has sender $set",
    "every $to from $pattern has sender $set or is rejected", "no $to from $pattern is rejected",
  },
  to = { '"SMTP:*@xx"', '"SMTP:*@yy"', "CCMAIL address", "address" },
  pattern = { '"$from"' },
  from = { "SMTP:$user@$host", "SMTP:*$user@$host", "SMTP:$beginning@$host", "SMTP:?@$host",
    "SMTP:*@$host", "SMTP:?*@*b", "CCMAIL:$user at a", "CCMAIL:$beginning at *" },
  set = { "$pattern", "$pattern", "SMTP address", "CCMAIL address", "recipient" },
  name = function(world) return world:numbered "r" end,
  near = { "$user@a", "$user@a", "$user@$host" },
  address = function(world) return world:untaken "near" end,
  mailbox = function(world) return world:untaken "user" end,
}

-- A policy, and what claims about it are made by.
local function random_policy(seed)
  local world = sentences.new(GRAMMAR, seed)
  local lines = { world:text "domain" }
  if world.random(2) == 1 then lines[2] = world:text "settings" end
  for _ = 1, 1 + world.random(2) do lines[#lines + 1] = world:text "recipient" end
  for _ = 1, world.random(3) - 1 do lines[#lines + 1] = world:text "rule" end
  lines[#lines + 1] = world:text "connector"
  lines[#lines + 1] = world:text "hop"
  return policy.load(table.concat(lines, "\n")), world
end

local CLAIMS = 4 -- about each policy

describe("claims about who goes out as another address of theirs", function()
  it("hold of every short sender, and fail by one", function()
    judge.claims("aliases", 20, function(seed)
      local p, world = random_policy(seed)
      return p, world, { claims = CLAIMS, addresses = RECIPIENTS, senders = SENDERS }
    end)
  end)
end)
