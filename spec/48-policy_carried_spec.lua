--- What is carried within what is carried: claims about random policies that open it, held against
-- carriers of carriers.
local core = require "postoffice.core"
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"

-- ---- The world -----------------------------------------------------------------

local HOMES = { "a", "b" }

-- What is carried at last.  Only some hosts of `y` are ours, and only some policies know `c`.
local INSIDE = {
  "u@a", "u@b", "v@a", "u@c", "u@x.y", "u@z.y", "u%x@c", "CCMAIL:u at p", "CCMAIL:v at q",
  "CCMAIL:u@a at p", "CCMAIL:u@x.y at p", "CCMAIL:u@x.y at q", "CCMAIL:u@z.y at q", "FAX:+1",
  "FAX:1.x.y", "FAX:1.z.y", "EX:/o=a/cn=u", "NOTES:u@n", "NOTES:u@x.y@n", "NOTES:u@z.y@n",
  "NOTES:u", "NOTES:u%x.y", 'NOTES:"u@x.y"', 'NOTES:"u"@z.y@n', "NOTES:u/v@n",
  "MS:N/P/u", "MS:N/P/u@x.y", "MS:N/P/u@z.y", "UUCP:a!u", "UUCP:x.y!u", "TELEX:1",
  "X400:c=a;a= ;s=u;", "X400:c=a;a= ;s=v;", "X400:c=a;a= ;dda:x=1;",
}

-- What only looks like a carrier.
local LOOK_SO = { "imcea", "imceax-u", "imceax-'", "imceax-+", "imceasmtp-u", "imceasmtp-+40" }

local function carried_by(text, type_name, inside)
  local address = assert(core.parse(text, { unknown = true }), text)
  local carrier = core.encapsulate(address, type_name, inside)
  return carrier and core.format(carrier)
end

-- Adds each of some texts as X.400 carries it.
local function add_attributed(list, texts)
  for _, text in ipairs(texts) do
    list[#list + 1] = carried_by(text, "X400", { type = "X400", c = "a", a = " ", s = "u" })
  end
end

-- A carrier with an escape in its type.
local function respelled(text)
  return (text:gsub("IMCEA(%u)", function(letter)
    return ("IMCEA+%02X"):format(letter:byte())
  end, 1))
end

-- Each of some texts inside carriers of SMTP at each home.
local function carriers_of(texts)
  local list = {}
  for _, text in ipairs(texts) do
    for _, home in ipairs(HOMES) do
      list[#list + 1] = carried_by(text, "SMTP", { domain = home })
    end
  end
  return list
end

-- Each of some texts in a mailbox at a post office.
local function mailboxes_of(texts, postoffice)
  local list = {}
  for _, text in ipairs(texts) do
    local address = core.parse(("CCMAIL:%s at %s"):format(text, postoffice))
    list[#list + 1] = address and core.format(address)
  end
  return list
end

-- Adds all of a list to another one.
local function add_all(list, more)
  for _, item in ipairs(more) do list[#list + 1] = item end
end

local MANY = 40 -- more than anybody follows

-- Adds an address that is in so many mailboxes and carriers by turns, as both.
local function add_endless(list)
  local carrier, mailbox = "u@x.y", nil
  for _ = 1, MANY do
    mailbox = mailboxes_of({ carrier }, "p")[1]
    carrier = carried_by(mailbox, "SMTP", { domain = "a" })
  end
  add_all(list, { carrier, mailbox })
end

-- All addresses: what is carried, in up to three carriers, some of them attributes of X.400, or in
-- mailboxes of cc:Mail and carriers by turns.
local function all_addresses()
  local list, inside = {}, {}
  add_all(inside, INSIDE)
  for _, user in ipairs(LOOK_SO) do
    for _, home in ipairs(HOMES) do inside[#inside + 1] = user .. "@" .. home end
  end
  add_attributed(inside, INSIDE)
  local once = carriers_of(inside)
  add_attributed(once, once)
  local twice = carriers_of(once)
  local there = mailboxes_of(once, "p")
  local carried_there = carriers_of(there)
  local there_again = mailboxes_of(carried_there, "p")
  local elsewhere = mailboxes_of(carried_there, "q")
  local carried_again = carriers_of(there_again)
  for _, more in ipairs {
    inside, once, twice, there, carried_there, there_again, elsewhere, carried_again,
  } do add_all(list, more) end
  add_attributed(list, carried_there)
  for _, text in ipairs(once) do list[#list + 1] = respelled(text) end
  local deep = "u@x.y"
  for _ = 0, core.max_carriers do deep = carried_by(deep, "SMTP", { domain = "a" }) end
  list[#list + 1] = deep
  add_endless(list)
  return list
end

local ADDRESSES = all_addresses()

local GRAMMAR = {
  home = { "domain 'a' { $unwrap, $kind?6 $catchall?8 }" },
  other = { "domain 'b' { $unwrap, $kind?4 }", "domain 'b' { $unwrap }", "domain 'b' {}" },
  unwrap = {
    "unwrap = { 'SMTP' }", "unwrap = { 'SMTP', 'CCMAIL' }", "unwrap = { 'SMTP', 'X400' }",
    "unwrap = { 'X400', 'FAX' }", "unwrap = { 'CCMAIL', 'EX', 'MS' }",
    "unwrap = { 'NOTES', 'UUCP' }",
    "unwrap = { 'SMTP', 'X400', 'NOTES', 'FAX', 'TELEX' }", "unwrap = {}",
  },
  kind = { "kind = 'former',", "kind = 'relay'," },
  catchall = { "catchall = 'u@x.y'," },
  known = { "domain 'c' { kind = 'relay' }", "domain 'x.y' { kind = 'relay' }", "domain 'z.y' {}",
    "domain '*.y' { kind = 'relay' }", "domain 'c' {}" },
  entry = { "recipient 'r' { proxies = { 'SMTP:u@a', 'CCMAIL:v at q' } }",
    "recipient 'r' { proxies = { 'SMTP:u@a' }, target = 'u@x.y' }",
    "recipient 'r' { proxies = { 'EX:/o=a/cn=u', 'SMTP:v@a' } }" },
  places = { "postoffice 'p' { gateway = 'SMTP' } postoffice 'q' {}", "postoffice 'p' {}",
    "postoffice 'p' { gateway = 'SMTP' }", "postoffice 'p' { via = 'q', gateway = 'SMTP' }"
      .. " postoffice 'q' { gateway = 'SMTP' }" },
  rewrite = {
    "rewrite 'SMTP:{u}@b' { to = 'SMTP:{u}@x.y' }",
    "rewrite 'CCMAIL:{u} at p' { to = 'SMTP:{u}@a' }",
    "rewrite 'CCMAIL:{u} at q' { to = 'SMTP:{u}@x.y' }",
    "rewrite 'SMTP:v@a' { to = 'CCMAIL:v at q' }",
    "rewrite 'X400:c=a;a= ;s={u};' { to = 'SMTP:{u}@a' }",
    "rewrite 'NOTES:{u}@n' { to = 'SMTP:{u}@x.y' }",
  },
  connector = {
    "connector 'out' { spaces = { 'SMTP:*' }, nexthop = 'n' }",
    "connector 'out' { spaces = { 'SMTP:*@x.y', 'X400:*' }, nexthop = 'n' }",
  },
  others = {
    "connector 'c2' { spaces = { 'CCMAIL:*' }, nexthop = 'n' }",
    "connector 'c2' { spaces = { 'X400:*', 'FAX:*' }, nexthop = 'n' }",
    "connector 'c2' { spaces = { 'CCMAIL:*', 'NOTES:*' }, speaks = 'SMTP',"
      .. " wrap = { domain = 'b' } }",
    "connector 'c2' { spaces = { 'NOTES:*@*' }, speaks = 'NOTES', wrap = { domain = 'n' } }",
    "connector 'c2' { spaces = { 'EX:*', 'MS:*', 'UUCP:*' }, nexthop = 'n' }",
  },
  claim = {
    "no $set $when?2 $finish", "no $set $when?2 $finish", "no $set but $set $when?2 $finish",
    "every $set $when?2 $finish or $finish", "every $set $when?2 $finish",
  },
  set = {
    '"CCMAIL:* at p"', '"CCMAIL:* at q"', '"SMTP:*@a"', '"SMTP:*@b"',
    '"SMTP:IMCEA*@a"', '"SMTP:IMCEASMTP-*@a"', '"SMTP:*u@a"',
    "SMTP address", "X400 address", "CCMAIL address", "address", "local", "foreign", '"SMTP:*@*"',
    "NOTES address", '"SMTP:IMCEA$begun@*"', '"SMTP:IMCEA$begun@a"', '"SMTP:IMCEA$begun@b"',
    '"SMTP:IMCEA$begun@a" or "SMTP:IMCEA$begun@a"',
  },
  begun = {
    "EX-*", "SMTP-*", "CCMAIL-*", "X400-*", "X*", "+*", "+53*", "FAX-*", "NOTES-*", "?MAIL-*",
    "*CC*",
  },
  when = { "when may_relay", "when not may_relay", "when not may_relay" },
  finish = {
    "leaves", 'leaves by "out"', 'leaves by "c2"', "is rejected relay-denied", "is rejected",
    "is rejected route-loop", "is rejected encapsulation-depth",
    "is delivered here", "is handed over as SMTP address",
    "is handed over as CCMAIL address", 'is handed over as "CCMAIL:* at p"',
    'is handed over as "SMTP:*@x.y"', "is delivered",
    'reaches recipient "r"',
  },
}

-- What a policy is made of, a word a line; and the words that there are, or not.
local WORDS = { "home", "other", "entry", "connector", "others" }
local SOMETIMES = { "known", "places", "rewrite" }

-- A policy, another one of which one line is different, and what claims are made by.
local function random_policies(seed)
  local world = sentences.new(GRAMMAR, seed)
  local lines = world:lines(WORDS, SOMETIMES)
  local p = policy.load(table.concat(lines, "\n"))
  local at = world.random(#lines)
  lines[at] = world:lines(WORDS, SOMETIMES)[at] or ""
  return p, policy.load(table.concat(lines, "\n")), world
end

local CLAIMS = 3 -- about each policy, and one that compares it

-- A site that opens some types, whose own people alone have names of EX.
local SITE = [[
domain "a" { unwrap = { "SMTP", "CCMAIL", "X400", "EX" } }
recipient "r" { proxies = { "SMTP:u@a", "EX:/o=a/cn=u" } }
recipient "s" { proxies = { "SMTP:v@a" }, target = "SMTP:v@x.y" }
connector "out" { spaces = { "SMTP:*" }, nexthop = "n" }
connector "cc" { spaces = { "CCMAIL:*" }, nexthop = "n" }
]]

-- Another one, which opens carriers at one domain, and what these carry at the other.
local IN_TURN = [[
domain "a" { unwrap = { "SMTP" } }
domain "b" { unwrap = { "CCMAIL" } }
postoffice "HQ" {}
connector "cc" { spaces = { "CCMAIL:*" }, nexthop = "n" }
]]

-- What is claimed of carriers by how they begin, with what comes of it.
local BY_BEGINNING = {
  { 'no "SMTP:IMCEASMTP-*@a" leaves by "cc"', "fails", IN_TURN },
  { 'no "SMTP:IMCEACCMAIL-*@a" leaves by "cc"', "holds", IN_TURN },
  { 'no "SMTP:IMCEAEX-*@a" leaves', "holds" },
  { 'every "SMTP:IMCEAEX-*@a" is delivered here or is rejected', "holds" },
  { 'no "SMTP:IMCEAEX-*@a" or "SMTP:IMCEASMTP-*@a" leaves', "fails" },
  { 'no "SMTP:IMCEAEX-*@a" or "SMTP:IMCEACCMAIL-*@a" leaves by "out"', "holds" },
  { 'no "SMTP:IMCEA+45X-*@a" leaves', "holds" }, { 'no "SMTP:IMCEA+53*@a" leaves', "fails" },
  { 'every "SMTP:IMCEA*@a" but "SMTP:IMCEASMTP-*@a" or "SMTP:IMCEACCMAIL-*@a" or'
    .. ' "SMTP:IMCEAX400-*@a" is delivered here or is rejected', "fails" }, -- IMCEA+53MTP-
  { 'every "SMTP:*@a" but "SMTP:IMCEA*@a" is delivered here or is rejected unless by recipient',
    "holds" },
}

local GATEWAYS = [[
domain "a" { unwrap = { "SMTP", "CCMAIL" } }
postoffice "HQ" {}
postoffice "ours" { gateway = "SMTP" }
postoffice "theirs" { via = "HQ", gateway = "SMTP" }
recipient "r" { proxies = { "SMTP:u@a" } }
connector "c" { spaces = { "CCMAIL:*" }, nexthop = "n" }
]]

describe("claims about what is carried in what is carried", function()
  it("hold of carriers that begin so, be it with escapes", function()
    for _, case in ipairs(BY_BEGINNING) do
      local p = assert(policy.load(case[3] or SITE))
      assert.equal(case[2], p:prove(case[1], { seconds = 60 }).outcome, case[1])
      p:close()
    end
  end)

  it("hold of what is at other gateways inside what gateways of ours read", function()
    local CLAIM = 'no "CCMAIL:* at ours" when not may_relay is handed over as "CCMAIL:* at theirs"'
    local only_ours = GATEWAYS:gsub('via = "HQ", ', "")
    for text, outcome in pairs { [GATEWAYS] = "fails", [only_ours] = "holds" } do
      local p = assert(policy.load(text))
      assert.equal(outcome, p:prove(CLAIM, { seconds = 60 }).outcome, text)
      p:close()
    end
  end)

  it("fail by what is in carriers of carriers alone, where the set has no other of it", function()
    local OLD = GATEWAYS:gsub('postoffice[^\n]*\n', "")
    local CLAIM = 'every "SMTP:IMCEASMTP-*@a" routes as in "old.lua"'
    local p = assert(policy.load((OLD:gsub("CCMAIL:%*", "FAX:*"))))
    local answer = p:prove(CLAIM, { seconds = 60, load = function() return policy.load(OLD) end })
    assert.equal("fails", answer.outcome)
    p:close()
  end)

  it("hold of every carrier of carriers, and fail by one", function()
    local counts = judge.counts()
    judge.each(1, helper.times(12), function(seed)
      local p, other, world = random_policies(seed)
      for number = 1, p and other and CLAIMS or 0 do
        judge.claim(p, world:text "claim", seed * 10 + number, other, counts, ADDRESSES)
      end
      if p and other then
        local text = ('every %s routes as in "old.lua"'):format(world:text "set")
        judge.claim(p, text, seed, other, counts, ADDRESSES)
      end
    end)
    judge.tell_claims("claims about what is carried", counts)
  end)
end)
