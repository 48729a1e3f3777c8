--- Addresses that are signed (SRS, BATV), or look so: what is proven of them, held against each of some.
local core = require "postoffice.core"
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"
local small = require "spec.small_policies"

local function load(source)
  return assert(policy.load(source, { chunkname = "@p.lua", secrets = small.secrets }))
end

-- The outcome of a claim about a policy, and its witness or what is in doubt.
local function prove(source, claim, old)
  local answer = assert(load(source):prove(claim, { seconds = 60, load = function()
    return load(old)
  end }))
  return answer.outcome, answer.witness or answer.why
end

local KIM = 'domain "a.example" { unwrap = { "SRS", "BATV" }, secrets = "k" }\n'
  .. 'recipient "Kim" { proxies = { "kim@a.example" } }\n'
local SITE = KIM .. 'connector "out" { spaces = { "SMTP:*" } }\n'
local NO_SRS = SITE:gsub('"SRS", ', "")
local LETS_IN = SITE:gsub('" } }', '" }, accept = "SMTP:*@b.example" }', 1)
local OTHER_KEYS = SITE:gsub('"k"', '"j"')

-- Each with a policy, a claim, its outcome, what begins its witness or is in its doubt, and the policy
-- that the claim compares with.
local CASES = {
  { SITE, 'no "SMTP:*@a.example" leaves', "fails", "SMTP:SRS0=" },
  { NO_SRS, 'no "SMTP:*@a.example" leaves', "holds" },
  { SITE, 'no "SMTP:*@a.example" is handed over as "SMTP:*@b.example"', "fails", "SMTP:SRS0=" },
  { SITE, 'no "SMTP:prvs=*@a.example" is delivered here', "fails", "SMTP:prvs=" },
  { KIM, 'every "SMTP:*@a.example" is delivered here or is rejected', "holds" },
  { SITE, 'no "SMTP:*@a.example" is rejected signature-expired', "fails", "SMTP:prvs=" },
  { SITE, 'no "SMTP:SRS*@a.example" is rejected signature-expired', "fails", "SMTP:SRS0=" },
  { SITE, 'no "SMTP:prvs=*@a.example" is rejected signature-expired', "fails", "SMTP:prvs=" },
  { SITE, 'every "SMTP:srs0+*@a.example" is rejected signature-invalid', "holds" },
  { SITE, 'no "SMTP:srs0=abcd=*@a.example" leaves', "undecided", "sets that look into" },
  { SITE, 'no "SMTP:SRS0=abcd=AA=b.example=u@a.example" leaves', "undecided", "a key of the host" },
  { SITE, 'every "SMTP:SRS0=b.example=u@a.example" is rejected signature-invalid', "holds" },
  { SITE, 'no "SMTP:srs1=*@a.example" leaves', "fails", "SMTP:SRS1=" },
  { SITE, 'no "SMTP:srs1=*@a.example" is delivered here', "fails", "SMTP:SRS1=" },
  { SITE, 'no "SMTP:srs1=*@a.example" is rejected signature-expired', "fails", "SMTP:SRS1=" },
  { SITE, 'no "SMTP:srs1=*@a.example" is handed over as "SMTP:srs0+*@b.example"', "fails",
    "SMTP:SRS1=" },
  { SITE, 'every "SMTP:srs1=*@a.example" is handed over as "SMTP:srs0*@*" or is rejected'
    .. ' or is delivered here', "fails", "SMTP:SRS1=" }, -- what is signed once again at a.example
  { KIM .. 'connector "out" { spaces = { "SMTP:*@b.example" } }\n', 'every "SMTP:srs1=*@a.example"'
    .. ' is handed over as "SMTP:*@b.example" or is rejected or is deferred or is delivered here',
    "holds" },
  { KIM .. 'connector "out" { spaces = { "SMTP:kim*@*" } }\n', 'no "SMTP:srs1=*@a.example"'
    .. ' is handed over as "SMTP:srs*@*"', "holds" },
  { SITE, 'every "SMTP:srs1+*@a.example" is rejected signature-invalid', "holds" },
  { SITE, 'no "SMTP:srs1=ab*@a.example" leaves', "undecided", "sets that look into" },
  { SITE, "every address routes as in \"old.lua\"", "holds", nil, SITE },
  { SITE, 'every address routes as in "old.lua"', "fails", "SMTP:srs", NO_SRS },
  { SITE, 'every address but "SMTP:srs*@a.example" or "SMTP:imcea*@*" routes as in "old.lua"',
    "fails", "SMTP:prvs=", NO_SRS }, -- a mark around it
  { SITE, 'every "SMTP:srs0=*@a.example" routes as in "old.lua"', "fails", "SMTP:SRS0=",
    OTHER_KEYS },
  -- As senders, who are refused or let in as what is inside
  { LETS_IN, 'no "SMTP:kim@a.example" from "SMTP:*@a.example" is delivered', "fails",
    "SMTP:kim@a.example" },
  { LETS_IN, 'no "SMTP:kim@a.example" from "SMTP:*@c.example" is delivered', "holds" },
  { LETS_IN, 'no "SMTP:kim@a.example" from "SMTP:srs1=*@a.example" is delivered', "fails",
    "SMTP:kim@a.example" }, -- from SRS0 at b.example, or what is signed here again
  { LETS_IN, 'no "SMTP:kim@a.example" from "SMTP:srs1=*@a.example" when not authenticated'
    .. " is delivered", "holds" },
  { LETS_IN:gsub("%*@b", "kim@b"), 'no "SMTP:kim@a.example" from "SMTP:srs1=*@a.example"'
    .. " is delivered", "fails", "SMTP:kim@a.example" },
  { LETS_IN:gsub("%*@b.example", "srs0=*@b.*", 1), 'no "SMTP:kim@a.example" from "SMTP:srs1=*@a.*"'
    .. " is delivered", "fails", "SMTP:kim@a.example" },
  { LETS_IN:gsub("%*@b.example", "ki@b.*", 1), 'no "SMTP:kim@a.example" from "SMTP:srs1=*@c.*"'
    .. " is delivered", "holds" },
  { LETS_IN, 'no "SMTP:kim@a.example" from "SMTP:srs0=ab*@a.example" is delivered', "undecided",
    "more is asked of the sender" },
  { SITE, 'every "SMTP:*@b.example" routes as in "old.lua"', "holds", nil, OTHER_KEYS },
  { SITE, 'every foreign routes as in "old.lua"', "fails", "X400:", OTHER_KEYS }, -- in an attribute
}

describe("a claim about what is signed", function()
  for number, case in ipairs(CASES) do
    it(("%s: %s (%d)"):format(case[3], case[2], number), function()
      local outcome, told = prove(case[1], case[2], case[5])
      assert.equal(case[3], outcome, told)
      if case[4] then assert.truthy(told:find(case[4], 1, true), told) end
    end)
  end

  it("takes what is at a gateway of others inside for what it is", function()
    local outcome, witness = prove(KIM:gsub('"SRS"', '"SRS", "CCMAIL"') .. [[
postoffice "HQ" {}
postoffice "NET" { via = "HQ", gateway = "SMTP" }
connector "hq" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" } }
]], 'no "SMTP:SRS0*@a.example" when not may_relay is handed over as "CCMAIL:* at NET"')
    assert.equal("fails", outcome)
    assert.matches("^SMTP:SRS0=.*IMCEACCMAIL", witness)
  end)

  it("takes what is at a gateway of ours for what may be signed inside", function()
    local site = SITE .. 'postoffice "NET" { gateway = "SMTP" }\n'
    for _, form in ipairs { "srs0", "srs1", "prvs" } do
      local claim = ('no "CCMAIL:%s=*@a.example at NET" leaves'):format(form)
      assert.not_equal("holds", (prove(site, claim)), claim)
    end
    assert.equal("holds", (prove(site, 'no "CCMAIL:kim*@a.example at NET" leaves')))
  end)

  it("takes no part of what is carried for all of it, either", function()
    local outcome = prove([[
domain "a.example" { unwrap = { "CCMAIL" } }
postoffice "HQ" {}
connector "hq" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" } }
]], 'no "SMTP:IMCEACCMAIL-zz*@a.example" leaves')
    assert.equal("undecided", outcome)
  end)
end)

-- ---- What only one policy opens ------------------------------------------------

local AT_B = 'domain "b.example" { unwrap = { "SRS" }, secrets = "k" }\n'
local SIGNS = 'connector "out" { spaces = { "SMTP:*" }, srs = { domain = "%s", secrets = "k" } }\n'
local MOVES = {
  KIM .. 'domain "b.example" {}\n' .. SIGNS:format "a.example",
  KIM .. AT_B .. SIGNS:format "b.example",
}
local LOOK_IN = {
  'connector "s" { spaces = { "SMTP:*b@b.example" } }',
  'connector "s" { spaces = { "SMTP:srs0=*b@*" } }',
}
local CATCHES = 'rewrite "SMTP:{u}b@b.example" { to = "SMTP:kim@a.example" }'

-- The doubts about what changes where another domain signs, beside more lines.
local function doubts_of_move(lines)
  local found = policy.changes(load(MOVES[1] .. lines), load(MOVES[2] .. lines), { seconds = 60 })
  assert.is_nil(found.unfinished)
  assert.is_truthy(found.changes[1])
  return found.undecided
end

describe("what changes where what is signed comes back to another domain", function()
  it("is known where the other policy does the same with all that looks so there", function()
    for _, lines in ipairs(LOOK_IN) do assert.same({}, doubts_of_move(lines), lines) end
  end)

  it("is in doubt where it does not", function()
    assert.matches("what is signed", table.concat(doubts_of_move(CATCHES), "; "), 1, true)
  end)
end)

-- ---- By brute force ------------------------------------------------------------

local GRAMMAR = {
  user = { "a", "b", "ab", "aab" }, host = { "a", "a", "b", "b.b", "a.b" },
  opener = {
    "domain 'a' { unwrap = { 'SRS', 'BATV' }, secrets = 'k' }",
    "domain 'a' { unwrap = { 'SRS', 'BATV' }, secrets = 'k', extension = '+' }",
    "domain 'a' { unwrap = { 'SRS', 'BATV' }, secrets = 'j', kind = 'former' }",
    "domain 'a' { unwrap = { 'BATV' }, secrets = 'k', catchall = '$user@$host' }",
    "domain 'a' { unwrap = { 'SRS', 'CCMAIL' }, secrets = 'k' }", "domain 'a' {}",
    "domain 'a' { unwrap = { 'SRS', 'CCMAIL', 'SMTP' }, secrets = 'k' }",
  },
  domain = {
    "domain '*.b' { unwrap = { 'SRS', 'BATV' }, secrets = 'j' }", "domain 'b' {}",
    "domain 'b' { kind = 'relay' }", "domain '*.b' { catchall = '$user@a' }",
    "domain 'a.b' { unwrap = { 'SRS' }, secrets = 'k' }",
    "postoffice 'p' { gateway = 'SMTP' }", "postoffice 'q' {}",
    "postoffice 'q' { gateway = 'SMTP' } postoffice 'p' { via = 'q', gateway = 'SMTP' }",
  },
  recipient = {
    "recipient 'r' { proxies = { '$user@$host' } }",
    "recipient 'r' { proxies = { 'srs0=x@a', '$user@$host' } }",
    "recipient 'r' { proxies = { '$once', '$user@$host' } }",
    "recipient 'r' { proxies = { '$user@$host' }, target = '$user@$host' }",
    "recipient 'r' { proxies = { '$user@$host' }, accept = 'SMTP:*@$host' }",
    "recipient 'r' { proxies = { '$user@$host' }, reject = 'SMTP:$user@$host' }",
    "recipient 'r' { proxies = { '$user@$host' }, reject = 'SMTP:*b@$host', accept = 'SMTP:*@a' }",
  },
  once = { "srs0=ab=aa=b=b@b", "srs0+ab=aa=b=b@b.b", "srs0=abcd=aa=a=ab@a" },
  rewrite = {
    "rewrite 'SMTP:{u}@$host' { to = 'SMTP:{u}@$host' }",
    "rewrite 'SMTP:a{u}@$host' { to = 'SMTP:{u}@$host' }",
    "rewrite 'SMTP:srs0={u}@$host' { to = 'SMTP:{u}@$host' }",
    "rewrite 'SMTP:prvs={u}@$host' { to = 'SMTP:{u}@$host' }",
    "rewrite 'SMTP:srs0*={u}@$host' { to = 'SMTP:{u}@$host' }",
    "rewrite 'SMTP:{u}@b' { to = 'SMTP:srs0={u}@a' }", "rewrite 'SMTP:*b@a' { to = 'SMTP:b@b' }",
  },
  connector = {
    "connector 'c' { spaces = { 'SMTP:*' } }",
    "connector 'c' { spaces = { 'SMTP:*' }, srs = { domain = 'a', secrets = 'k' } }",
    "connector 'c' { spaces = { 'SMTP:srs*@$host', 'SMTP:*b@*' } }",
    "connector 'c' { spaces = { 'SMTP:*@b', 'SMTP:a*@*' }, batv = { secrets = 'k' } }",
    "connector 'c' { spaces = { 'SMTP:*', 'CCMAIL:*' }, srs = { domain = 'a', secrets = 'k' } }",
  },
  glob = {
    "SMTP:*@a", "SMTP:srs0=*@a", "SMTP:prvs=*@a", "SMTP:srs*@*", "SMTP:*@*.b", "SMTP:*",
    "SMTP:a*@*", "SMTP:*b@a", "SMTP:srs1=*@*", "SMTP:srs1=*@$host", "SMTP:srs1=*@a",
    "CCMAIL:* at q", "CCMAIL:* at p", "CCMAIL:srs1=* at p", "CCMAIL:srs0=*@* at p",
    "CCMAIL:*@a at p", "CCMAIL:prvs*@* at q", "CCMAIL:IMCEA*@a at q", "CCMAIL:*@a at q",
  },
  set = { '"$glob"', '"$glob"', '"$glob"', "address", "local", "foreign", '"$glob" but "$glob"' },
  claim = {
    "every $set when nothing is down $end", "no $set when nothing is down $end",
    "every $set when nothing is down $end or $end or $end",
    "every $set when nothing is down is rejected or $end or $end",
    'every "SMTP:$user@$host" when nothing is down $end or $end', 'every "SMTP:a*@$host" $end',
    'no "SMTP:*@$host" from "SMTP:a@a" when nothing is down $end',
    'no "SMTP:$user@$host" from "SMTP:*@$host" when nothing is down $end',
    'every "SMTP:$user@$host" from "$glob" when nothing is down $end or $end',
  },
  ["end"] = {
    "is delivered here", "is rejected signature-invalid", "is rejected signature-expired", "leaves",
    "is rejected recipient-unknown", 'is handed over as "SMTP:*@$host"', 'routes as in "old.lua"',
    'routes as in "old.lua"', "is rejected",
  },
}

-- Adds what is at gateways, in carriers and signatures around these, and at gateways in turn.
local function add_at_gateways(list)
  for _, user in ipairs { "a@a", "b@b", "ab@b.b", "x" } do
    local there = ("CCMAIL:%s at p"):format(user)
    local carrier = core.format(core.encapsulate(core.parse(there), "SMTP", { domain = "a" }))
    for _, text in ipairs { carrier, small.forwarded(carrier, 0), small.marked(carrier, 0) } do
      for _, made in ipairs { text, ("CCMAIL:%s at q"):format(text) } do list[#list + 1] = made end
    end
    list[#list + 1] = there
  end
end

-- What somebody signed once, and what is made of it by who signs it again.
local function add_signed_twice(list)
  for _, once in ipairs {
    "srs0=ab=aa=b=b@b", "srs0+ab=aa=b=b@b.b", "srs0-/=22=x=a+b@ab", "srs0=abcd=aa=a=ab@a",
    "srs0=ab=a1=b=b@b", "srs0=ab=aa=b=@b", small.forwarded("a@a", 0), small.forwarded("ab@b", 0),
    small.forwarded("b@b", -100 * 86400), small.forwarded(small.marked("a@a", 0), 0),
    small.forwarded("b@b", 0, "j", "b.b"), small.forwarded("srs0=ab=aa=b=b@b", 0),
  } do
    for _, made in ipairs {
      once, small.forwarded(once, 0), small.forwarded(once, 0, "j"),
      small.forwarded(once, 0, "j", "b.b"), small.forwarded(small.forwarded(once, 0), 0),
    } do
      list[#list + 1] = made
      list[#list + 1] = ("CCMAIL:%s at p"):format(made)
    end
  end
end

-- Plain ones, and these in signatures that hold for some policy.
local function all_addresses()
  local list = { "CCMAIL:a at a" }
  add_at_gateways(list)
  add_signed_twice(list)
  for _, text in ipairs(small.SIGNED) do list[#list + 1] = text end
  for _, user in ipairs { "a", "b", "ab", "aab", "a+b", "srs0=x" } do
    for _, host in ipairs { "a", "b", "b.b", "a.b" } do
      local text = user .. "@" .. host
      for _, made in ipairs {
        text, small.forwarded(text, 0), small.forwarded(text, 0, "j"), small.marked(text, 0),
        small.forwarded(text, 0, "j", "b.b"), small.marked(text, 0, "j"),
      } do
        list[#list + 1] = made
      end
    end
  end
  return list
end

local ADDRESSES = all_addresses()

-- The lines of a policy: one that opens what is signed, and others.
local function new_lines(world)
  local lines = { world:text "opener", world:text "connector" }
  for i, word in ipairs { "domain", "recipient", "rewrite", "rewrite" } do
    lines[i + 2] = world.random(2) == 1 and world:text(word) or ""
  end
  return lines
end

local WORDS = { "opener", "connector", "domain", "recipient", "rewrite", "rewrite" }

local function load_lines(lines)
  local options = { chunkname = "@small.lua", secrets = small.secrets }
  return policy.load(table.concat(lines, "\n"), options)
end

describe("claims about random policies that open what is signed", function()
  it("hold where brute force finds no witness, and fail by one", function()
    local counts = judge.counts()
    judge.each(1, helper.times(11), function(seed)
      local world = sentences.new(GRAMMAR, seed)
      local lines = new_lines(world)
      local p, at = load_lines(lines), world.random(#WORDS)
      lines[at] = world:text(WORDS[at])
      local other = load_lines(lines)
      for _ = 1, p and other and 3 or 0 do
        judge.claim(p, world:text "claim", seed, other, counts, ADDRESSES)
      end
    end)
    judge.tell_claims("claims about what is signed", counts)
  end)
end)

-- ---- Where it is signed is another domain --------------------------------------

-- The lines of a site that signs at one of two domains, where other rules look into what is signed.
local MOVED = {
  user = { "a", "b", "ab" }, host = { "a", "b", "a.b" },
  a = { "'SRS'", "'SRS'", "'SRS', 'SMTP'", "'BATV'", "" }, key = { "k", "k", "j" },
  b = { "'SRS'", "'SRS', 'BATV'", "", "" },
  home = {
    "domain 'a' { unwrap = { $a }, secrets = '$key' }"
      .. " domain 'b' { unwrap = { $b }, secrets = '$key' }",
    "domain 'a' { unwrap = { $a } } domain 'b' { unwrap = { $b }, secrets = '$key' }",
    "domain 'a' { unwrap = { $a }, secrets = '$key' } domain 'b' { unwrap = { $b } }",
    "domain 'a' { unwrap = { $a }, secrets = '$key' } domain 'b' {}",
    "domain 'a' {} domain 'b' { unwrap = { $b }, secrets = '$key' }",
  },
  signer = {
    "connector 'c' { spaces = { 'SMTP:*' }, srs = { domain = 'a', secrets = '$key' } }",
    "connector 'c' { spaces = { 'SMTP:*' }, srs = { domain = 'b', secrets = '$key' } }",
    "connector 'c' { spaces = { 'SMTP:*@b', 'SMTP:*@*.b' } }", "",
  },
  line = {
    "connector 's' { spaces = { 'SMTP:*b@*' } }", "connector 's' { spaces = { 'SMTP:srs0=*b@*' } }",
    "connector 's' { spaces = { 'SMTP:*a@$host', 'SMTP:prvs=*@b' } }",
    "rewrite 'SMTP:{u}b@$host' { to = 'SMTP:{u}@$host' }",
    "rewrite 'SMTP:srs*b@$host' { to = 'SMTP:$user@$host' }",
    "recipient 's' { proxies = { 'a@b', 'b@a' }, target = 'ab@a.b' }",
    "recipient 's' { proxies = { 'a@b', 'b@a' }, accept = 'SMTP:*b@$host' }",
    "recipient 's' { proxies = { 'a@b' }, reject = 'SMTP:*@$host' }", "",
    "rewrite_sender 'SMTP:{u}b@$host' { to = 'SMTP:{u}@$host' }",
  },
  glob = { "SMTP:srs*@a", "SMTP:srs0=*@*", "SMTP:*@a", "SMTP:*@b", "SMTP:prvs=*@*", "SMTP:*@a.b" },
  set = { "address", '"$glob"', '"$glob"', '"$glob" or "$glob"' },
  claim = {
    'every $set when nothing is down routes as in "old.lua"',
    'every $set when nothing is down routes as in "old.lua" or $end',
    'every $set when nothing is down routes as in "old.lua" or $end or $end',
    'every $set from "SMTP:$user@$host" when nothing is down routes as in "old.lua" or $end',
    'every "SMTP:$user@$host" when nothing is down routes as in "old.lua" or $end',
  },
  ["end"] = {
    "is rejected", "is rejected", "leaves", "is delivered here", "is rejected recipient-unknown",
    "is rejected signature-invalid", "is deferred", 'has sender "SMTP:srs*@*"',
  },
}

-- Two policies: of the second, the lines about what is signed are drawn anew.
local function moved_pair(world)
  local rest = table.concat({ world:text "line", world:text "line" }, "\n")
  local function draw()
    for _ = 1, 10 do
      local p = load_lines { world:text "home", world:text "signer", rest }
      if p then return p end
    end
  end
  local p = draw()
  return p, p and draw()
end

describe("claims about random policies that come to sign elsewhere", function()
  it("hold where brute force finds no witness, and fail by one", function()
    local counts = judge.counts()
    judge.each(1, helper.times(5), function(seed)
      local world = sentences.new(MOVED, seed)
      local p, other = moved_pair(world)
      for _ = 1, other and 2 or 0 do
        judge.claim(p, world:text "claim", seed, other, counts, ADDRESSES)
      end
    end)
    judge.tell_claims("claims about what comes to be signed elsewhere", counts)
  end)
end)
