--- Names of cc:Mail that rewrites make, of which "Last, First" is "First Last" (Q154053), and of GroupWise, of
-- which blanks before them are left out: claims about random policies, held against names with commas, blanks
-- and " at " in them.
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"

-- ---- The world -----------------------------------------------------------------

local NAMES = {
  "u", "v", "u v", "v,u", "v, u", "v ,u", "v  ,  u", " v,u", "v,u ", "u,v", "v u", "u v w", "w,u v",
  "v w,u", "v  w , u", "u w,v", "v,w,u", ",u", "u,", ", u", "u@v,w", "v,u@w", "v,u%w", "w%,u",
  "u at v", "at", "u at", "at u", "v,u at", "v at,u", "v,\195\188", "\195\188 v", "imceax,u",
  "u imceax", "u  v",
}

local function all_addresses()
  local list = { "CCMAIL:u v", "CCMAIL:v, u", "CCMAIL:u" }
  for _, name in ipairs { "u", " u", "u v", "v,u" } do list[#list + 1] = "GWISE:d.p." .. name end
  for _, name in ipairs(NAMES) do
    list[#list + 1] = ('"%s"@x.y'):format(name)
    list[#list + 1] = ('"%s"@q'):format(name)
    if not name:find "^ " then
      list[#list + 1] = ("CCMAIL:%s at p"):format(name)
      list[#list + 1] = ("CCMAIL:%s at o"):format(name)
    end
  end
  return list
end

local ADDRESSES = all_addresses()
local SENDERS = { "<>", "u@x.y", '"v,u"@x.y', '"u v"@x.y', "CCMAIL:u v at p", "CCMAIL:u at p" }

local GRAMMAR = {
  rewrite = {
    "rewrite 'SMTP:{u}@x.y' { to = 'CCMAIL:{u} at p', $both?3 }",
    "rewrite 'SMTP:{u}@x.y' { to = 'CCMAIL:{u} at p', $both?3 }",
    "rewrite 'SMTP:{u}@x.y' { to = 'CCMAIL:{u} v at p' }",
    "rewrite 'SMTP:{u}@x.y' { to = 'CCMAIL:v, {u} at p' }",
    "rewrite 'SMTP:{u}@x.y' { to = 'CCMAIL:{u}' }",
    "rewrite 'SMTP:u{u}@x.y' { to = 'CCMAIL:{u} at P' }",
    "rewrite 'SMTP:{u},{v}@x.y' { to = 'CCMAIL:{u} at p' }",
    "rewrite 'SMTP:{u} {v}@x.y' { to = 'CCMAIL:{v},{u} at p' }",
    "rewrite 'SMTP:{u}@x.y' { to = 'GWISE:d.p.{u}', $both?3 }",
    "rewrite 'SMTP:v{u}@x.y' { to = 'GWISE:d.p.{u}' }",
  },
  both = { "both = true" },
  more = {
    "rewrite 'SMTP:{u}@q' { to = 'SMTP:{u}@x.y' }",
    "rewrite 'CCMAIL:{u} at p' { to = 'SMTP:{u}@q' }",
    "rewrite 'CCMAIL:{u} at o' { to = 'CCMAIL:{u} at p' }",
    "rewrite 'CCMAIL:{u} v at p' { to = 'SMTP:{u}@q' }",
    "rewrite 'CCMAIL:{u} v at p' { to = 'CCMAIL:v, {u} at o' }",
    "rewrite 'GWISE:d.p.{u}' { to = 'GWISE:d.p.v{u}' }", "rewrite 'SMTP:{u}@q' { to = '$named' }",
    "rewrite_sender 'SMTP:{u}@x.y' { to = 'CCMAIL:{u} at p' }",
  },
  named = {
    "CCMAIL:u v at p", "CCMAIL:v, u at p", "CCMAIL:u v w at p", "CCMAIL:w,u v at p",
    "CCMAIL:u at p", "CCMAIL:v,w,u at p", "SMTP:u@q", 'SMTP:"v,u"@x.y', 'SMTP:"u v"@x.y',
    "CCMAIL:u at v at p", "GWISE:d.p.u", "GWISE:d.p.u v", "GWISE:d.p.v,u",
  },
  proxy = function(world) return world:untaken "named" end,
  name = function(world) return world:numbered "r" end,
  entry = {
    "recipient '$name' { proxies = { '$proxy' } }",
    "recipient '$name' { proxies = { '$proxy', '$proxy' } }",
    "recipient '$name' { proxies = { '$proxy' }, target = '$named' }",
    "list '$name' { proxies = { '$proxy' }, members = { '$named', '$named' } }",
  },
  place = {
    "domain 'x.y' {}", "domain 'x.y' { kind = 'relay' }", "postoffice 'p' {} postoffice 'o' {}",
    "postoffice 'p' {} postoffice 'o' { gateway = 'SMTP' }", "domain 'CCMAIL:* at p' {}",
    "postoffice 'p' { gateway = 'SMTP' } postoffice 'o' {}", "domain 'CCMAIL:*, * at p' {}",
  },
  connector = {
    "connector 'c' { spaces = { 'CCMAIL:*', '$pattern' } }",
    "connector 'c' { spaces = { 'GWISE:*', '$pattern' } }",
    "connector 'c' { spaces = { '$pattern', '$pattern' } } connector 'd' { spaces = { 'SMTP:*' } }",
    "connector 'c' { spaces = { 'CCMAIL:* at p' }, speaks = 'CCMAIL',"
      .. " wrap = { postoffice = 'o' } }",
  },
  pattern = {
    "CCMAIL:*", "CCMAIL:* at p", "CCMAIL:u * at p", "CCMAIL:*, * at *", "SMTP:*", "SMTP:v*@*",
    "SMTP:*@q", "CCMAIL:u v at p", "GWISE:*", "GWISE:d.p.u*",
  },
  set = {
    '"SMTP:*@x.y"', '"SMTP:*u@x.y"', '"SMTP:v*u@x.y"', '"SMTP:w*@x.y"', '"SMTP:*@q"',
    '"$pattern"', "CCMAIL address", "SMTP address",
    "address", 'recipient "r1"', '"$pattern" but "$pattern"', "local",
  },
  claim = {
    "every $set $finish or $finish", "no $set $finish", "every $set $finish or $finish or $finish",
    "no $set $finish unless by recipient", "every $set $when $finish or $finish",
    'no $set reaches recipient "r1"', 'no $set but CCMAIL address reaches recipient "r1"',
  },
  when = { "when may_relay", "when not may_relay" },
  finish = {
    'leaves by "c"', "leaves", "is rejected", "is delivered here", 'reaches recipient "r1"',
    "is handed over as CCMAIL address", "is handed over as $set", "is deferred", "is delivered",
    "is rejected recipient-unknown", "is rejected relay-denied", "has sender CCMAIL address",
  },
}

local function lines_of(world)
  local lines = { world:text "connector", world:text "rewrite", world:text "place" }
  for _ = 1, world.random(3) do lines[#lines + 1] = world:text "entry" end
  for _ = 1, world.random(3) - 1 do lines[#lines + 1] = world:text "more" end
  if world.random(2) == 1 then lines[#lines + 1] = world:text "place" end
  return lines
end

describe("claims about names with commas #host", function()
  it("hold where brute force finds no witness, and fail by one", function()
    local counts = judge.counts()
    judge.each(1, helper.times(6), function(seed)
      local world = sentences.new(GRAMMAR, seed)
      local p = judge.loaded(lines_of(world))
      counts:add "policies"
      for number = 1, 4 do
        judge.claim(p, world:text "claim", seed * 10 + number, p, counts, ADDRESSES, SENDERS)
      end
      p:close()
    end)
    judge.tell_claims("claims about names with commas", counts)
  end)
end)

-- A site whose names of cc:Mail are made by rule, and somebody there of two words.
local SITE = [[
domain "x.y" {}
postoffice "p" {}
recipient "r" { proxies = { "CCMAIL:u v at p" } }
connector "c" { spaces = { "CCMAIL:*" } }
rewrite "SMTP:{u}@x.y" { to = "CCMAIL:{u} at p" }
]]

-- Claims about it, each with its outcome.
local CLAIMS = {
  ['no "SMTP:*u@x.y" reaches recipient "r"'] = "fails", -- "v,u"@x.y
  ['no "SMTP:*w@x.y" reaches recipient "r"'] = "holds",
  ['every "SMTP:*@x.y" is handed over as CCMAIL address or is rejected or is deferred'
    .. ' or is delivered here'] = "holds",
}

describe("a claim about names of cc:Mail that a rule makes", function()
  for text, outcome in pairs(CLAIMS) do
    it(("%s: %s"):format(outcome, text), function()
      local answer = assert(assert(policy.load(SITE)):prove(text))
      assert.equal(outcome, answer.outcome, tostring(answer))
    end)
  end
end)
