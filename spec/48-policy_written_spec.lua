--- What is asked for by how it is written: claims about mailboxes in which gateways read the same, and about
-- carriers of the same, held against many spellings of each.
local core = require "postoffice.core"
local decoded = require "postoffice.policy.prove.classes.decoded"
local generate = require "spec.generate"
local globs = require "postoffice.policy.prove.sets.globs"
local helper = require "spec.helper"
local imcea = require "postoffice.text.imcea"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"

local SITE = [[
domain "a.example" { unwrap = { "SMTP" } }
domain "b.example" { kind = "relay" }
recipient "Kim" { proxies = { "kim@a.example" } }
recipient "Lee" { proxies = { "lee@a.example" }, target = "lee@c.example" }
postoffice "HQ" {}
postoffice "NET" { gateway = "SMTP" }
connector "hq" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" } }
connector "out" { spaces = { "SMTP:*" } }
]]
local FAR = SITE:gsub('"NET" {', '"NET" { via = "HQ",')
local TESTED = FAR:gsub('"CCMAIL:%*"', '"CCMAIL:*@a.example at NET", "CCMAIL:* at HQ"')

-- Each with a policy, a claim, its outcome, and what its witness or its doubt begins with.
local CASES = {
  { SITE, 'no "CCMAIL:*@* at NET" leaves by "hq"', "holds" },
  { SITE, 'no "CCMAIL:*kim* at NET" is delivered here', "fails", "CCMAIL:kim@a.example at NET" },
  { SITE, 'no "CCMAIL:kim@* at NET" is delivered here', "fails", "CCMAIL:kim@a.example at NET" },
  { SITE, 'no "CCMAIL:joe@* at NET" is delivered here', "holds" },
  { SITE, 'no "CCMAIL:*@c.example at NET" is delivered here', "holds" },
  { SITE, 'no "CCMAIL:*@a.example at NET" leaves unless by recipient', "fails",
    "CCMAIL:IMCEASMTP-" }, -- to whom relays
  { SITE, 'no "CCMAIL:joe@a.example at NET" or "CCMAIL:j*@a.* at NET" leaves', "fails",
    "CCMAIL:j" },
  { SITE, 'no "CCMAIL:j*@*.example at NET" leaves', "fails", "CCMAIL:j" },
  { SITE, 'no "CCMAIL:*@a.exampl? at NET" leaves by "hq"', "holds" },
  { SITE, 'no "CCMAIL:*@* at NET" but "CCMAIL:kim@* at NET" is delivered here', "fails",
    "CCMAIL:IMCEASMTP-kim" }, -- or CCMAIL:"kim"@a.example at NET
  { SITE, 'no "CCMAIL:* at NET" but "CCMAIL:*@* at NET" is delivered', "holds" },
  { SITE, 'every "CCMAIL:*@a.example at NET" is delivered here or is rejected', "fails",
    "CCMAIL:" },
  { SITE, 'no "CCMAIL:*@a.example at NET" is rejected localpart-empty', "fails",
    "CCMAIL:@a.example" },
  { SITE, 'no "CCMAIL:*@b.example at NET" is delivered here', "holds" },
  { FAR, 'no "CCMAIL:*@* at NET" leaves by "out"', "holds" },
  { FAR, 'no "CCMAIL:*@c.example at NET" when not may_relay leaves by "hq"', "fails", "CCMAIL:" },
  { FAR, 'no "CCMAIL:*@b.example at NET" is handed over as "CCMAIL:kim@c* at NET"', "undecided",
    'postoffice "NET"' }, -- it is asked of what goes on, too
  { TESTED, 'every "CCMAIL:* at NET" leaves by "hq" or is rejected or is deferred', "undecided",
    'postoffice "NET"' }, -- so does a connector
}

local function add_all(list, more)
  for _, item in ipairs(more) do list[#list + 1] = item end
end

local OURS = SITE:gsub('domain "b.example".-\n', "")

-- The same of carriers.
local CARRIED = {
  { OURS, 'no "SMTP:IMCEASMTP-joe+40*@a.example" leaves', "fails", "SMTP:IMCEASMTP-joe+40" },
  { OURS, 'no "SMTP:IMCEASMTP-joe+40*@a.example" is delivered here', "holds" },
  { OURS, 'no "SMTP:IMCEASMTP-lee+40*@a.example" leaves', "fails", "SMTP:IMCEASMTP-lee+40" },
  { OURS, 'no "SMTP:IMCEASMTP-*+40a+2Eexample@a.example" is delivered here', "fails",
    "SMTP:IMCEASMTP-kim+40a+2Eexample@a.example" },
  { OURS, 'no "SMTP:IMCEASMTP-*+40b+2Eexample@a.example" is delivered here', "holds" },
  { OURS, 'no "SMTP:IMCEASMTP-*+40a.example@a.example" is delivered here', "holds" }, -- none has a dot
  { OURS, 'no "SMTP:IMCEASMTP-k*?+40c*@a.example" is delivered here', "undecided",
    "sets that look into" }, -- what begins with a c may be a U-label's other way to be written
  { OURS, 'no "SMTP:IMCEASMTP-j?e+40*@a.example" is delivered here', "holds" },
  { OURS, 'no "SMTP:IMCEASMTP-k?m+40*@a.example" is delivered here', "fails",
    "SMTP:IMCEASMTP-kim+40" },
  { OURS, 'no "SMTP:IMCEASMTP-jo+6?+40*@a.example" is delivered here', "holds" },
  { OURS, 'no "SMTP:IMCEASMTP-jo???+40*@a.example" is delivered here', "holds" },
  { OURS, 'no "SMTP:IMCEASMTP-ki???+40*@a.example" is delivered here', "undecided",
    "sets that look into" }, -- the characters may be an m's escape, which nobody writes
  { OURS, 'no "SMTP:IMCEA+53MTP-joe+40*@a.example" is delivered here', "holds" },
  { OURS, 'no "SMTP:IMCEASMTP-+6a*@a.example" leaves', "fails", "SMTP:IMCEASMTP-" },
  { OURS, 'no "SMTP:IMCEASMTP-*im+40a*@a.example" is delivered here', "fails",
    "SMTP:IMCEASMTP-kim+40" },
  { OURS, 'no "SMTP:IMCEASMTP-joe*+40a*@a.example" is delivered here', "holds" },
  { OURS:gsub("lee@a", "x@a"), 'no "SMTP:IMCEASMTP-+7*8+40a+2Eexample@a.example" leaves',
    "undecided", "sets that look into" }, -- the run may be empty: +78 is an x
  { OURS, 'no "SMTP:*joe*@a.example" is delivered here', "undecided", "sets that look into" },
}

add_all(CASES, CARRIED)

describe("a claim about mailboxes or carriers by how they are written", function()
  for _, case in ipairs(CASES) do
    it(("%s: %s"):format(case[3], case[2]), function()
      local p = assert(policy.load(case[1], { chunkname = "@p.lua" }))
      local answer = assert(p:prove(case[2], { seconds = 60 }))
      local told = answer.witness or answer.why or ""
      assert.equal(case[3], answer.outcome, told)
      assert.truthy(told:find(case[4] or "", 1, true) == 1, told)
      p:close()
    end)
  end
end)

-- ---- By brute force ------------------------------------------------------------

local LOCALPARTS = {
  "a", "b", "ab", "ba", "aba", '"a"', '"b"', '"ab"', '"a\\b"', '"\\a"', '"a b"', '"a@b"', '"a@"',
  '"a."', '"\\""', '"a\\\\"', '""', "\195\188", "", "a.", "a b", "a%b", "IMCEASMTP-a+40b",
  "IMCEASMTP-a+40a", "imceasmtp-+61+40b", "IMCEACCMAIL-a+40b+20at+20p", "imceax-a",
}
local DOMAINS = {
  "a", "b", "ab", "a.b", "b.a", "\195\188", "xn--tda", "\195\188.b", "xn--tda.b", "b.\195\188",
  "\226\132\170", "k", "[1.2.3.4]", "[IPv6:::1]", "[IPv6:0::1]", "", "a.", "a b", "#1", "\255",
}

local function all_addresses()
  local list = { "CCMAIL:a at p", "CCMAIL:a at q", "CCMAIL:ab at p", "a@a", "b@b", "CCMAIL:a@b" }
  for _, localpart in ipairs(LOCALPARTS) do
    for _, domain in ipairs(DOMAINS) do
      for _, place in ipairs { "p", "q" } do
        local text = ("CCMAIL:%s@%s at %s"):format(localpart, domain, place)
        list[#list + 1] = core.parse(text) and text or nil
      end
    end
  end
  return list
end

local ADDRESSES = all_addresses()

local GRAMMAR = {
  places = {
    "postoffice 'p' { gateway = 'SMTP' } postoffice 'q' {}", "postoffice 'p' { gateway = 'SMTP' }",
    "postoffice 'q' {} postoffice 'p' { via = 'q', gateway = 'SMTP' }",
    "postoffice 'q' { gateway = 'SMTP' } postoffice 'p' { via = 'q', gateway = 'SMTP' }",
    "postoffice 'q' { gateway = 'SMTP' } postoffice 'p' { gateway = 'SMTP' }",
  },
  domain = {
    "domain 'a' {}", "domain 'a' { unwrap = { 'SMTP', 'CCMAIL' } }", "domain 'a.b' {}",
    "domain '*.b' {}", "domain 'b' { kind = 'relay' }", "domain 'a' { catchall = 'b@b' }",
    "domain 'xn--tda' {}", "domain 'b' { unwrap = { 'SMTP' }, kind = 'former' }", "domain 'k' {}",
  },
  entry = {
    "recipient '$name' { proxies = { $own } }", "recipient '$name' { proxies = { $own, $own } }",
    "recipient '$name' { proxies = { $own }, target = 'b@b' }",
    "recipient '$name' { proxies = { $own }, target = 'CCMAIL:b@a at p' }",
  },
  name = function(world) return world:numbered "r" end,
  own = function(world) return ("%q"):format(world:untaken "proxy") end,
  proxy = {
    "a@a", "ab@a", "b@b", "a@a.b", "CCMAIL:a@b at p", "CCMAIL:b at p", "b@a", "a@xn--tda", "a@k",
  },
  rewrite = {
    "rewrite 'SMTP:{u}@b' { to = 'SMTP:{u}@a' }", "rewrite 'SMTP:a*@b' { to = 'SMTP:b@a' }",
    "rewrite 'CCMAIL:{u} at q' { to = 'CCMAIL:{u} at p' }",
    "rewrite 'SMTP:{u}@a.b' { to = 'CCMAIL:{u}@b at p' }",
    "rewrite 'CCMAIL:{u} at q' { to = 'SMTP:{u}@a' }",
  },
  connector = {
    "connector 'c' { spaces = { 'SMTP:*', 'CCMAIL:*' }, nexthop = 'n' }",
    "connector 'c' { spaces = { 'SMTP:*@b', 'CCMAIL:*' }, nexthop = 'n' }",
    "connector 'c' { spaces = { 'SMTP:a*@*', 'CCMAIL:* at q' }, nexthop = 'n' }",
    "connector 'c' { speaks = 'CCMAIL', reaches = 'q', spaces = { 'CCMAIL:*', 'SMTP:*' },"
      .. " wrap = { postoffice = 'p' } } connector 'd' { spaces = { 'SMTP:*@a.b' } }",
  },
  claim = {
    "no $set $when?2 $finish", "no $set $when?2 $finish", "no $set $when?2 $finish",
    "every $set $when?2 $finish or $finish", "every $set $when?2 $finish or is rejected",
    "every $set $when?2 is rejected or is delivered here",
  },
  set = { '"$glob"', '"$glob"', '"$glob"', '"$glob" or "$glob"', '"$glob" but "$glob"' },
  glob = {
    "CCMAIL:*@* at p", "CCMAIL:*@a at p", "CCMAIL:*@b at p", "CCMAIL:a@* at p", "CCMAIL:a*@* at p",
    "CCMAIL:*a* at p", "CCMAIL:*a@b* at p", "CCMAIL:*@*.b at p", "CCMAIL:?@a at p",
    'CCMAIL:"*"@* at p', 'CCMAIL:"a*@b at p', "CCMAIL:*b@*b at p", "CCMAIL:*@?* at p",
    "CCMAIL:*b at p", "CCMAIL:*@a* at *", "CCMAIL:*@k at p", "CCMAIL:*@xn* at p",
    "CCMAIL:*\195\188* at p", "CCMAIL:* at p", "CCMAIL:IMCEA*@a at p", "CCMAIL:*@*@* at p",
    "CCMAIL:*\\\\\\\\* at p", "CCMAIL:*+40b@a at p", "CCMAIL:*@[* at p", "CCMAIL:* *@* at p",
  },
  when = { "when may_relay", "when not may_relay" },
  finish = {
    "leaves", 'leaves by "c"', 'leaves by "d"', "is rejected", "is delivered here",
    "is rejected recipient-unknown", "is rejected relay-denied", "is rejected localpart-empty",
    "is handed over as SMTP address", 'is handed over as "SMTP:*@b"', 'reaches recipient "r1"',
    'is handed over as "CCMAIL:* at p"', "is rejected route-missing",
    "is rejected domain-character",
  },
}

local WORDS = { "places", "connector", "domain", "domain", "entry", "rewrite" }

-- ---- Carriers ------------------------------------------------------------------

local function escaped(text) return (text:gsub(".", imcea.escaped)) end

-- The ways in which a carrier of a text is written: some that nobody makes, but everybody reads.
local function carriers_of(text, home)
  local plain = text:gsub("[^%w=/-]", imcea.escaped):gsub("/", "_")
  return {
    ("IMCEASMTP-%s@%s"):format(plain, home), ("imcea+53MTP-%s@%s"):format(plain, home),
    ("IMCEASMTP-%s@%s"):format(escaped(text), home),
    ("IMCEASMTP-%s@%s"):format(text:sub(1, 1) .. escaped(text:sub(2)), home),
    ("IMCEASMTP-+20%s+20@%s"):format(plain, home),
  }
end

-- Carriers at each home of what may be inside, and carriers of some of these.
local function all_carriers()
  local list = { "a@a", "b@b", "ab@a", "imceasmtp-ab@a", "imceasmtp-a.b@a", "imcea@a" }
  for i, localpart in ipairs(LOCALPARTS) do
    for j, domain in ipairs(DOMAINS) do
      for _, made in ipairs(carriers_of(("%s@%s"):format(localpart, domain), "a")) do
        list[#list + 1] = made
        local is_one = (i * 7 + j) % 5 == 0
        if is_one then add_all(list, { carriers_of(made, "a")[1], carriers_of(made, "b")[1] }) end
      end
    end
  end
  local readable = {}
  for _, text in ipairs(list) do readable[#readable + 1] = core.parse(text) and text or nil end
  return readable
end

local CARRIERS = all_carriers()

local OF_CARRIERS = {
  home = {
    "domain 'a' { unwrap = { 'SMTP' } }", "domain 'a' { unwrap = { 'SMTP' }, catchall = 'b@b' }",
    "domain 'a' { unwrap = { 'SMTP' }, kind = 'former' }",
    "domain 'a' { unwrap = { 'SMTP' }, extension = '+' }",
  },
  domain = {
    "domain 'b' { kind = 'relay' }", "domain 'b' { unwrap = { 'SMTP' } }", "domain 'a.b' {}",
    "domain '*.b' {}", "domain 'xn--tda' {}", "domain 'k' {}", "domain 'b' {}",
  },
  entry = GRAMMAR.entry, name = GRAMMAR.name, own = GRAMMAR.own,
  proxy = { "a@a", "ab@a", "b@b", "a@a.b", "b@a", "a@xn--tda", "a@k", "ba@a", "aba@ab" },
  rewrite = {
    "rewrite 'SMTP:{u}@b' { to = 'SMTP:{u}@a' }", "rewrite 'SMTP:a*@b' { to = 'SMTP:b@a' }",
    "rewrite 'SMTP:{u}@ab' { to = 'SMTP:{u}@b' }",
  },
  connector = {
    "connector 'c' { spaces = { 'SMTP:*' }, nexthop = 'n' }",
    "connector 'c' { spaces = { 'SMTP:*@b', 'SMTP:*@*.b' }, nexthop = 'n' }",
    "connector 'c' { spaces = { 'SMTP:a*@*', 'SMTP:b@*' }, nexthop = 'n' }",
  },
  claim = GRAMMAR.claim, when = GRAMMAR.when, set = GRAMMAR.set,
  glob = {
    "SMTP:IMCEASMTP-a+40*@a", "SMTP:IMCEASMTP-*+40b@a", "SMTP:IMCEASMTP-*a+40*@a",
    "SMTP:*+40a@a", "SMTP:*ab*@a", "SMTP:IMCEA*b+40*@a", "SMTP:IMCEASMTP-*+40*+2Eb@a",
    "SMTP:IMCEA+53*@a", "SMTP:IMCEASMTP-+61*@a", "SMTP:IMCEASMTP-+4*@a", "SMTP:IMCEASMTP-*0b@a",
    "SMTP:IMCEASMTP-*+@a", "SMTP:IMCEASMTP-?+40b@a", "SMTP:IMCEASMTP-*1*@a",
    "SMTP:IMCEASMTP-+22*+22+40b@a", "SMTP:IMCEASMTP-ab+40?@a", "SMTP:IMCEASMTP-*@a",
    "SMTP:IMCEASMTP-IMCEA*@a", "SMTP:*imceasmtp-a*@a", "SMTP:IMCEASMTP-*+40k@a", "SMTP:*b@a",
    "SMTP:IMCEASMTP-*+C3+BC*@a", "SMTP:IMCEASMTP-*BC@a", "SMTP:IMCEASMTP-*xn--tda@a",
    "SMTP:IMCEASMTP-*+5B*@a", "SMTP:IMCEASMTP-*_*@a", "SMTP:IMCEASMTP-*+20@a", "SMTP:*+40*+40*@a",
    "SMTP:IMCEASMTP-a*b@a", "SMTP:IMCEASMTP-*20*@a", "SMTP:IMCEASMTP-*0a+40b@a",
    "SMTP:IMCEASMTP-a?+40*@a", "SMTP:IMCEASMTP-?61*@a", "SMTP:IMCEASMTP-*+?0b@a",
    "SMTP:IMCEASMTP-+6?*@a", "SMTP:IMCEASMTP-???+40b@a", "SMTP:IMCEASMTP-a???b@a",
    "SMTP:IMCEA?MTP-a*@a", "SMTP:IMCEASMTP-a+?0b@a", "SMTP:IMCEASMTP-*?0b@a",
    "SMTP:IMCEASMTP-?*?b@a", "SMTP:IMCEASMTP-????*@a", "SMTP:*?2b?*@a",
  },
  finish = {
    "leaves", 'leaves by "c"', "is rejected", "is delivered here", "is rejected recipient-unknown",
    "is rejected relay-denied", 'is handed over as "SMTP:*@b"', 'reaches recipient "r1"',
    "is rejected route-missing",
  },
}

-- What draws policies of some words of a grammar, the first two of which each has; nil of those that do not load.
local function draw(grammar, words, addresses)
  return function(seed)
    local world, lines = sentences.new(grammar, seed), {}
    for i, word in ipairs(words) do
      lines[i] = (i <= 2 or world.random(3) > 1) and world:text(word) or ""
    end
    local p = policy.load(table.concat(lines, "\n"))
    return p, world, p and { claims = 3, addresses = addresses }
  end
end

-- ---- Globs of what is written ------------------------------------------------------

-- What may be inside, and how it may be written: as it is, or with escapes.
local CHARS = {
  "a", "b", "@", " ", "+", "=", "-", "/", '"', "\195\188", "2", "0", "k", "\\", "4",
}

local function characters(text)
  local list = {}
  for char in text:gmatch "[%z\1-\127\194-\244][\128-\191]*" do list[#list + 1] = char end
  return list
end

-- A text, without blanks around it, and how a carrier has it, folded.
local function random_carried(random)
  local inside, encoded = {}, {}
  for i = 1, random(5) do
    local char = CHARS[random(#CHARS)]
    local plain = char:match "^[%w=-]$" or char == "/" and "_"
    inside[i] = char
    encoded[i] = plain and random(2) == 1 and plain or escaped(char):lower()
  end
  return table.concat(inside):match "^ *(.-) *$", table.concat(encoded)
end

-- A glob that matches a text: with some of its characters as `?`, and some runs of them as `*`.
local function random_glob(random, text)
  local tokens, i = {}, 1
  while i <= #text do
    local way = random(8)
    local is_run = way == 2 or way == 3 and random(3) == 1
    tokens[#tokens + 1] = is_run and globs.ANY or way == 1 and globs.ONE or text:sub(i, i)
    i = i + (way == 2 and random(3) or is_run and 0 or 1)
  end
  return tokens
end

local function matches_some(list, text)
  local chars = characters(text)
  for _, tokens in ipairs(list) do
    if globs.matches(tokens, chars) then return true end
  end
  return false
end

describe("the globs of what carriers carry", function()
  it("match it, however it is written", function()
    local random, decided = generate.random(1), 0
    for _ = 1, helper.times(1000) do
      local inside, text = random_carried(random)
      local tokens = random_glob(random, text)
      local list = globs.matches(tokens, characters(text)) and decoded.of(tokens)
      if list then
        decided = decided + 1
        assert(matches_some(list, inside), ("%s: %s, %s"):format(inside, text, globs.id(tokens)))
      end
    end
    assert.is_true(decided > 0)
  end)
end)

-- ---- Claims ------------------------------------------------------------------------

describe("claims about random carriers by how they are written #long", function()
  it("hold where brute force finds no witness, and fail by one", function()
    local WORDS_OF_CARRIERS = { "home", "connector", "domain", "domain", "entry", "rewrite" }
    judge.claims("what is written in carriers", 4, draw(OF_CARRIERS, WORDS_OF_CARRIERS, CARRIERS))
  end)
end)

describe("claims about random gateways by how mailboxes are written #long", function()
  it("hold where brute force finds no witness, and fail by one", function()
    judge.claims("what is written in mailboxes", 4, draw(GRAMMAR, WORDS, ADDRESSES))
  end)
end)
