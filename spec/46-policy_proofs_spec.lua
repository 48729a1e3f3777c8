-- The claims that people make of their policies: each of a policy for which it holds, and of the same
-- policy with one line that is wrong, for which it fails.
local lists = require "postoffice.lists"
local policy = require "postoffice.policy"

local function load(source)
  return assert(policy.load(source, { chunkname = "@policy.lua" }))
end

-- The answer to a claim about a policy, which `old.lua` is compared with.
local function prove(source, claim, old)
  return assert(load(source):prove(claim, { seconds = 60, load = old and function(name)
    assert.equal("old.lua", name)
    return load(old)
  end }))
end

-- A text with one part of it changed.
local function with(source, part, other)
  local from, to = source:find(part, 1, true)
  assert(from, part)
  return source:sub(1, from - 1) .. other .. source:sub(to + 1)
end

local CORP = [[
settings { extension = "+" }
domain "corp.example" {}
domain "north.example" {}
recipient "Kim" {
  proxies = { "SMTP:kim@corp.example", "smtp:postmaster@corp.example", "postmaster@north.example" },
}
recipient "Pat" { proxies = { "SMTP:pat@corp.example" }, target = "SMTP:pat@far.example" }
list "All Staff" {
  proxies = { "SMTP:all@corp.example" }, members = { "Kim", "Pat", "joe@far.example" },
  owner = "Kim", authenticated = true,
}
rewrite "SMTP:{user}@north.example" { to = "SMTP:{user}@corp.example" }
rewrite_sender "SMTP:{user}@north.example" { to = "SMTP:{user}@corp.example" }
connector "out" { nexthop = "out", spaces = { "SMTP:*" } }
]]

local LINES = [[
domain "exchange.example" {}
domain "branch.example" { kind = "relay" }
recipient "Kim" { proxies = { "SMTP:kim@exchange.example", "postmaster@exchange.example" } }
recipient "Pat" { proxies = { "SMTP:pat@exchange.example" }, target = "SMTP:pat@partner.example" }
list "Sales" { proxies = { "SMTP:sales@exchange.example" }, members = { "Kim", "Pat" } }
connector "branch" { nexthop = "branch", spaces = { "SMTP:*@branch.example" } }
connector "partner-line" { nexthop = "line", spaces = { "SMTP:*@partner.example" },
  senders = { "SMTP:*@exchange.example" } }
connector "cc:Mail" { nexthop = "cc", spaces = { { "SMTP:*@partner.example", cost = 50 } } }
]]

-- Each with what is wrong in the other policy, and by what the claim fails there.
local CLAIMS = {
  { -- who is ours never leaves, but by a forward
    'every "SMTP:*@corp.example" is delivered here or is rejected unless by recipient or by list or'
      .. " asks fail",
    source = CORP, line = 'rewrite "SMTP:{user}@north.example"',
    wrong = 'rewrite "SMTP:{user}-x@corp.example" { to = "SMTP:{user}@far.example" }\n%0',
    witness = "^SMTP:[^@]+%-x@corp%.example$",
  },
  { -- no relay, for a policy that decides about it
    "no SMTP address but relay when not may_relay leaves unless by recipient or by list",
    source = LINES:gsub('connector "partner%-line".*', ""),
    line = '"SMTP:*@branch.example"', wrong = '"SMTP:*@*.example"',
    witness = "^SMTP:[^@]+@.*%.example$",
  },
  { -- a line is for our own people
    'no address leaves by "partner-line" unless from "SMTP:*@exchange.example" or by recipient',
    source = LINES, line = 'senders = { "SMTP:*@exchange.example" }',
    wrong = 'senders = { "SMTP:*@exchange.example", "SMTP:k*@branch.example" }',
    witness = "^SMTP:[^@]+@partner%.example$",
  },
  { -- a closed list, forged From or not
    'no address when not authenticated reaches list "All Staff"',
    source = CORP, line = ", authenticated = true", wrong = "",
    witness = "^SMTP:all.*@corp%.example$",
  },
  { -- never a vaguer space, never a bounce
    'every "SMTP:*@partner.example" when down "partner-line" leaves by "cc:Mail" or is deferred'
      .. ' unless arrived_by "cc:Mail" or arrived_by "partner-line"',
    source = with(LINES, ',\n  senders = { "SMTP:*@exchange.example" }', ""),
    line = 'spaces = { "SMTP:*@branch.example" }',
    wrong = 'spaces = { "SMTP:*@branch.example", "SMTP:ab*@partner.example" }',
    witness = "^SMTP:ab.*@partner%.example$",
  },
  { -- RFC 5321 4.5.1
    'every "SMTP:postmaster@*" but foreign from <> is delivered',
    source = CORP, line = ', "postmaster@north.example"', wrong = ', "kim@north.example"',
    also = { 'rewrite "SMTP:{user}@north', 'rewrite "SMTP:{user}.x@north' },
    witness = "^SMTP:postmaster@north%.example$",
  },
  { -- what a sender is called outside
    'no address from "SMTP:*@corp.example" but <> has sender foreign unless by list',
    source = CORP, line = 'rewrite_sender "SMTP:{user}@north.example"',
    wrong = 'rewrite_sender "SMTP:{user}.y@corp.example" { to = "SMTP:{user}@y.example" }\n%0',
    witness = "@",
  },
  { -- this change touches Sales alone
    'every address routes as in "old.lua" unless by list "Sales"',
    source = with(LINES, '"Kim", "Pat" }', '"Kim", "joe@partner.example" }'), old = LINES,
    line = 'target = "SMTP:pat@partner.example"', wrong = 'target = "SMTP:pat@branch.example"',
    witness = "^SMTP:pat@exchange%.example$",
  },
}

describe("a claim", function()
  for _, case in ipairs(CLAIMS) do
    local claim = case[1]

    it("holds: " .. claim, function()
      local answer = prove(case.source, claim, case.old)
      assert.equal("holds", answer.outcome, tostring(answer))
    end)

    it("fails by one line that is wrong: " .. claim, function()
      local source = with(case.source, case.line, (case.wrong:gsub("%%0", function()
        return case.line
      end)))
      if case.also then source = with(source, case.also[1], case.also[2]) end
      local answer = prove(source, claim, case.old)
      assert.equal("fails", answer.outcome, tostring(answer))
      assert.truthy(answer.witness:find(case.witness), tostring(answer))
    end)
  end

  it("finds what nobody thought of: X.400 carries mail for the branch", function()
    local answer = prove(LINES, "no address but relay when not may_relay leaves by \"branch\"")
    assert.equal("fails", answer.outcome, tostring(answer))
    assert.truthy(answer.witness:find "^X400:.*dda:RFC%-822=.*%(a%)branch%.example;$")
  end)

  it("does not hold of a part of the carriers at a domain because of the others", function()
    local source = [[
domain "ccmail.example" { unwrap = { "CCMAIL" } }
postoffice "HQ" {}
connector "hq" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" } }
]]
    assert.equal("fails", prove(source, "no local leaves").outcome)
    assert.equal("undecided",
      prove(source, 'no "SMTP:IMCEACCMAIL-a*@ccmail.example" leaves').outcome)
  end)

  it("is decided of some of the carriers at a domain where none would break it", function()
    local source = [[
domain "ccmail.example" { unwrap = { "CCMAIL" } }
connector "hq" { speaks = "CCMAIL", nexthop = "hq", spaces = { "CCMAIL:*" } }
connector "out" { nexthop = "out", spaces = { "SMTP:*" } }
]]
    local answer = prove(source, 'no "SMTP:*kim@ccmail.example" leaves by "out"')
    assert.equal("holds", answer.outcome, tostring(answer))
    assert.equal("undecided", prove(source, 'no "SMTP:*kim@ccmail.example" leaves by "hq"').outcome)
  end)

  it("holds of bounces in any policy: they stay what they are", function()
    local BOUNCES = "no address from <> has sender address but <>"
    for _, source in ipairs { CORP, LINES } do
      local answer = prove(source, BOUNCES)
      assert.equal("holds", answer.outcome, tostring(answer))
    end
    assert.equal("fails", prove(CORP, "no address from foreign has sender address but <>").outcome)
  end)
end)

-- Claims about what is carried within what is carried, each with what it comes to and a witness.
local NESTED = [[
domain "a.example" { unwrap = { "SMTP", "CCMAIL", "FAX" } }
domain "b.example" { unwrap = { "EX" } }
domain "c.example" { unwrap = { "X400" } }
domain "r.example" { kind = "relay" }
connector "hq" { speaks = "CCMAIL", nexthop = "hq", spaces = { "CCMAIL:*" } }
connector "ex" { spaces = { "EX:*" } }
connector "fax" { spaces = { "FAX:*" } }
connector "out" { spaces = { "SMTP:*" } }
]]

describe("a claim about what is carried within what is carried", function()
  for _, case in ipairs {
    { 'no "SMTP:*@a.example" leaves by "ex"', "fails", "^SMTP:IMCEASMTP%-IMCEAEX%-" },
    { 'no "SMTP:*@b.example" leaves by "hq" or leaves by "out"', "holds" },
    { 'no "SMTP:*@a.example" when not may_relay leaves by "out" unless by recipient', "fails",
      "^SMTP:IMCEASMTP%-.*r%+2Eexample@a%.example$" },
    { 'no "SMTP:*@a.example" but "SMTP:IMCEASMTP-*@a.example" when not may_relay leaves by "out"',
      "fails", "^SMTP:IMCEA%+.*r%+2Eexample@a%.example$", " #long" },
    { 'no "SMTP:*@b.example" when not may_relay leaves by "out"', "holds" },
    { 'every "SMTP:*@a.example" when not may_relay and nothing is down is rejected or leaves',
      "holds" },
    { 'no "SMTP:*@a.example" is rejected encapsulation-depth', "fails",
      "^SMTP:IMCEASMTP%-IMCEASMTP" },
    { 'no "SMTP:*@b.example" is rejected encapsulation-depth', "holds" },
    { 'every FAX address when not may_relay and nothing is down leaves unless arrived_by "fax"',
      "holds" },
    { 'no "SMTP:IMCEAFAX-*@a.example" when not may_relay is rejected relay-denied', "fails",
      "^SMTP:IMCEAFAX%-.*@a%.example$" },
    { 'no "SMTP:*@c.example" leaves by "out"', "fails",
      "^SMTP:IMCEAX400%-.*dda%+3A.*@c%.example$" },
    { 'no "SMTP:*@c.example" but "SMTP:IMCEA*@c.example" leaves', "holds" },
  } do
    it(case[2] .. ": " .. case[1] .. (case[4] or ""), function()
      local answer = prove(NESTED, case[1])
      assert.equal(case[2], answer.outcome, tostring(answer))
      assert.truthy((answer.witness or ""):find(case[3] or ""), tostring(answer))
    end)
  end
end)

describe("an example", function()
  it("is undecided where its functions have a say, by name and line", function()
    local p = assert(policy.loadfile "lua/postoffice/examples/q184994-exchange.lua")
    local answer = assert(p:prove('every "SMTP:*@partner.example" from SMTP address when down'
      .. ' "partner-line" leaves'
      .. ' by "ccmail-internet" or is deferred unless arrived_by "ccmail-internet"'))
    assert.equal("undecided", answer.outcome, tostring(answer))
    assert.truthy(answer.where:find "q184994%-exchange%.lua:%d+$", answer.where)
    assert.truthy(lists.contains({ "on.recipient" }, answer.why:match "on%.%w+"), answer.why)
  end)
end)

-- Claims that no address breaks which anybody would think of first; each fails by one of some texts.
local NEVER_HOLD = {
  {
    "what is carried, where only carriers are asked for", 'no "SMTP:*@a.example" leaves',
    [[domain "a.example" { unwrap = { "CCMAIL" } }
      connector "o" { spaces = { "CCMAIL:kim at hq" } }]],
    "^SMTP:IMCEACCMAIL%-kim",
  },
  {
    "what is carried in attributes of X.400", "no X400 address leaves",
    [[connector "o" { spaces = { "SMTP:x@far.example" } }]],
    "^X400:.*RFC%-822=x%(a%)far%.example",
  },
  {
    "what a rewrite with two captures makes an entry's", 'no "SMTP:*@a.example" is delivered',
    [[domain "b.example" {}
      recipient "k" { proxies = { "SMTP:lee.kim@b.example" } }
      rewrite "SMTP:{a}.{b}@a.example" { to = "SMTP:{b}.{a}@b.example" }]],
    "^SMTP:kim%.lee@a%.example$",
  },
  {
    "what a rewrite makes an entry's of any subdomain", 'no "SMTP:*@*.a.example" is delivered',
    [[domain "b.example" {}
      recipient "k" { proxies = { "SMTP:kim@b.example" } }
      rewrite "SMTP:{a}@*.a.example" { to = "SMTP:{a}@b.example" }]],
    "^SMTP:kim@.+%.a%.example$",
  },
  {
    "senders of a set", 'no address leaves unless from "SMTP:*@v.example"',
    [[set "v" { "SMTP:*@v.example", "SMTP:x@w.example" }
      connector "o" { senders = "v", spaces = { "SMTP:*" } }]],
    "@",
  },
  {
    "what rules make of senders",
    'no address has sender "SMTP:kim@b.example" unless from "SMTP:*@b.example"',
    [[connector "o" { spaces = { "SMTP:*" } }
      rewrite_sender "SMTP:{u}@a.example" { to = "SMTP:{u}@b.example" }]],
    "@",
  },
  {
    "senders at whom nobody looks but the claim", 'no "FAX:*" has sender EX address',
    [[connector "o" { spaces = { "FAX:*" } }]],
    "^FAX:",
  },
  {
    "what rules make of senders whose names they turn round",
    'no address has sender "SMTP:kim.lee@b.example" unless from "SMTP:*@b.example"',
    [[connector "o" { spaces = { "SMTP:*" } }
      rewrite_sender "SMTP:{a}.{b}@a.example" { to = "SMTP:{b}.{a}@b.example" }]],
    "@",
  },
  {
    "whom rules make one of ours, whose other address the next hop hears",
    'no "CCMAIL:* at far" from "SMTP:*@old.example" has sender "CCMAIL:Kim at HQ"',
    [[domain "a.example" {}
      recipient "Kim" { proxies = { "SMTP:kim@a.example", "CCMAIL:Kim at HQ" } }
      rewrite_sender "SMTP:{u}@old.example" { to = "SMTP:{u}@a.example" }
      connector "cc" { nexthop = "x", speaks = "CCMAIL", spaces = { "CCMAIL:*" } }]],
    "^CCMAIL:.* at far$",
  },
  {
    "whom rules that turn names round make one of ours",
    'no "CCMAIL:* at far" from "SMTP:*@*.old.example" has sender "CCMAIL:Kim at HQ"',
    [[domain "a.example" {}
      recipient "Kim" { proxies = { "SMTP:lee.kim@a.example", "CCMAIL:Kim at HQ" } }
      rewrite_sender "SMTP:{a}.{b}@*.old.example" { to = "SMTP:{b}.{a}@a.example" }
      connector "cc" { nexthop = "x", speaks = "CCMAIL", spaces = { "CCMAIL:*" } }]],
    "^CCMAIL:.* at far$",
  },
  {
    "what rewrites make of senders on their way back",
    'no address has sender "SMTP:kim@b.example" unless from "SMTP:*@b.example"',
    [[connector "o" { spaces = { "SMTP:*" } }
      rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@a.example", both = true }]],
    "@",
  },
  {
    "restricted senders in shells", 'every "SMTP:m@a.example" from SMTP address is delivered',
    [[domain "a.example" { unwrap = { "CCMAIL" } }
      recipient "m" { proxies = { "SMTP:m@a.example" }, reject = { "CCMAIL:* at hq" } }]],
    "^SMTP:m@",
  },
  {
    "restricted senders by another of an entry's addresses",
    'no "SMTP:m@a.example" from SMTP address but <> is delivered unless from "SMTP:k@a.example"',
    [[domain "a.example" {}
      recipient "k" { proxies = { "SMTP:k@a.example", "smtp:k2@a.example" } }
      recipient "m" { proxies = { "SMTP:m@a.example" }, accept = { "k" } }]],
    "^SMTP:m@",
  },
  {
    "restricted senders with an extension",
    'no "SMTP:m@a.example" from SMTP address but <> is delivered unless from "SMTP:k@a.example"',
    [[domain "a.example" { extension = "+" }
      recipient "k" { proxies = { "SMTP:k@a.example" } }
      recipient "m" { proxies = { "SMTP:m@a.example" }, accept = { "k" } }]],
    "^SMTP:m@",
  },
  {
    "restricted senders at an entry's target",
    'no "SMTP:m@a.example" from SMTP address but <> is delivered unless from "SMTP:k@a.example"',
    [[recipient "k" { proxies = { "SMTP:k@a.example" }, target = "kk@far.example" }
      recipient "m" { proxies = { "SMTP:m@a.example" }, accept = { "k" } }]],
    "^SMTP:m@",
  },
  {
    "senders whom a rule makes somebody with an address of the hop's type",
    'no "SMTP:x@far.example" from "SMTP:*@old.example" has sender "CCMAIL:Kim at HQ"',
    [[domain "a.example" {}
      recipient "Kim" { proxies = { "SMTP:kim@a.example", "CCMAIL:Kim at HQ" } }
      rewrite_sender "SMTP:{u}@old.example" { to = "SMTP:{u}@a.example" }
      connector "cc" { speaks = "CCMAIL", spaces = { "SMTP:*" }, wrap = { postoffice = "in" } }]],
    "x@far.example",
  },
  {
    "one of whom a rule makes somebody, where another one is like it but for its name",
    'no "CCMAIL:* at far" from "SMTP:r2@old.example" has sender "CCMAIL:* at HQ"',
    [[domain "a.example" {}
      recipient "r1" { proxies = { "SMTP:r1@a.example", "CCMAIL:R1 at HQ" } }
      recipient "r2" { proxies = { "SMTP:r2@a.example", "CCMAIL:R2 at HQ" } }
      rewrite_sender "SMTP:{u}@old.example" { to = "SMTP:{u}@a.example" }
      connector "cc" { nexthop = "x", speaks = "CCMAIL", spaces = { "CCMAIL:*" } }]],
    "^CCMAIL:.* at far$",
  },
  {
    "all but the first of a class, whose local part is empty",
    'every "SMTP:*@ab.example" but <> is delivered',
    [[connector "out" { spaces = { "SMTP:*@*.example" } }]],
    "@ab.example$",
  },
}

describe("a claim does not hold because nobody looked at", function()
  for _, case in ipairs(NEVER_HOLD) do
    local what, claim, source, witness = case[1], case[2], case[3], case[4]
    it(what, function()
      local answer = prove(source, claim)
      assert.equal("fails", answer.outcome, tostring(answer))
      assert.truthy(answer.witness:find(witness), answer.witness)
    end)
  end
end)

describe("a claim about senders that look into what these carry", function()
  it("does not hold by one of whom nothing is taken out", function()
    local CLAIM = 'no "CCMAIL:* at far" from "SMTP:%s" has sender "CCMAIL:* at HQ"'
    local SOURCE = [[domain "a.example" { unwrap = { "CCMAIL" } }
      connector "c" { nexthop = "x", speaks = "CCMAIL", spaces = { "CCMAIL:*" } }]]
    for pattern, outcome in pairs {
      ["IMCEACCMAIL-K*@a.example"] = "undecided", -- IMCEACCMAIL-Kim+20at+20HQ breaks it
      ["*@b.example"] = "holds", ["IMCEACCMAIL-K*@b.example"] = "holds",
    } do
      assert.equal(outcome, prove(SOURCE, CLAIM:format(pattern)).outcome, pattern)
    end
  end)
end)

-- Somebody whose FAX number, of which no set tells whose it is, goes out as an address of SMTP.
local FAXED = [[domain "a.example" {}
  recipient "Kim" { proxies = { "SMTP:kim@a.example", "FAX:+1" } }
  connector "out" { speaks = "SMTP", wrap = { domain = "a.example" }, spaces = { "SMTP:*" } }
]]

describe("a claim about somebody with an address of a type that no set knows", function()
  local CLAIM = 'no "SMTP:*@far.example" from "SMTP:*@old.example" has sender "SMTP:kim@a.example"'
  for rule, outcome in pairs {
    [""] = "holds",
    ['rewrite_sender "SMTP:{u}@old.example" { to = "SMTP:{u}@b.example" }'] = "holds",
    ['rewrite_sender "SMTP:{u}@old.example" { to = "FAX:+{u}" }'] = "undecided",
  } do
    it(outcome .. (" with '%s'"):format(rule), function()
      local answer = prove(FAXED .. rule, CLAIM)
      assert.equal(outcome, answer.outcome, tostring(answer))
    end)
  end
end)

describe("a claim about the senders of a large directory", function()
  it("is read, whatever becomes of it: there are more than a call returns", function()
    local lines = {}
    for i = 1, 8100 do
      lines[i] = ('recipient "r%d" { proxies = { "r%d@a.example" } }'):format(i, i)
    end
    local p = assert(policy.load(table.concat(lines, "\n")))
    local answer = p:prove("no address from recipient is deferred", { seconds = 0 })
    assert.equal("undecided", answer.outcome, tostring(answer))
  end)
end)

describe("that a policy routes as another fails by a witness", function()
  -- Two connectors share the address, and draw a lot: for this one always the same.
  it("that both route as the engine does, whatever lots others draw", function()
    local SHARED = [[settings { order = "cost" }
      connector "c1" { nexthop = "n1", spaces = { "SMTP:*" } }
      connector "c2" { nexthop = "n2", spaces = { "SMTP:b@b.example" } }]]
    local both = assert(policy.load(SHARED))
    local one = assert(policy.load((SHARED:gsub('connector "c1"[^\n]*', ""))))
    local answer = assert(both:prove('every "SMTP:b@b.example" routes as in "old.lua"',
      { load = function() return one end }))
    assert.equal("fails", answer.outcome)
    local ways = {}
    for i, p in ipairs { both, one } do
      local delivery = p:route(answer.witness, answer.envelope)[1]
      ways[i] = delivery.connector or delivery.code
    end
    assert.are_not.equal(ways[1], ways[2])
  end)
end)

-- Two policies that make the same of the first address, or sender, of a class, and not of others.
local NOT_ALIKE = {
  {
    "recipients", 'rewrite "SMTP:{a}.{b}@a.example" { to = "SMTP:{b}.{a}@b.example" }',
    'rewrite "SMTP:{a}.{b}@a.example" { to = "SMTP:{a}.{b}@b.example" }',
  },
  {
    "senders", 'rewrite_sender "SMTP:{a}.{b}@a.example" { to = "SMTP:{b}.{a}@b.example" }',
    'rewrite_sender "SMTP:{a}.{b}@a.example" { to = "SMTP:{a}.{b}@b.example" }',
  },
  {
    "senders of whom all become one",
    'rewrite_sender "SMTP:{a}@a.example" { to = "SMTP:{a}@b.example" }',
    'rewrite_sender "SMTP:*@a.example" { to = "SMTP:x@b.example" }',
  },
}

describe("that nothing changes is not proven by one of a class where other rules make", function()
  local changes = require "postoffice.policy.prove.changes"
  local OUT = '\nconnector "out" { spaces = { "SMTP:*" } }'
  local function is_proof(found)
    return not (found.changes[1] or found.dropped[1] or found.undecided[1] or found.unfinished)
  end
  for _, case in ipairs(NOT_ALIKE) do
    it(case[1], function()
      local old, new = assert(policy.load(case[2] .. OUT)), assert(policy.load(case[3] .. OUT))
      assert.is_false(is_proof(changes.find(old, new, { seconds = 60 })))
      assert.is_true(is_proof(changes.find(old, old, { seconds = 60 })))
    end)
  end
end)

-- A site that opens carriers and has a shell, with something more.
local PLAIN = [[%s
  domain "corp.example" {}
  recipient "Kim" { proxies = { "SMTP:kim@corp.example", "smtp:postmaster@corp.example" } }
  connector "out" { speaks = "SMTP", wrap = { domain = "corp.example" }, spaces = { "SMTP:*" } }
  connector "line" { spaces = { "SMTP:*@partner.example" }, senders = { "SMTP:*@corp.example" } }
  %s
]]

describe("a claim about all addresses without a function in its way", function()
  local CLAIM = "every address is delivered or is rejected or is deferred"
  for what, more in pairs {
    ["what shells and hosts read in others"] = "",
    ["swapped names"] = 'rewrite "SMTP:{f}.{l}@old.example" { to = "SMTP:{l}.{f}@corp.example" }',
    ["names in X.400"] = [[domain "x.example" {}
      rewrite "SMTP:{g}.{s}@x.example" { to = "X400:c=us;a=mci;p=Corp;g={g};s={s};" }]],
    ["hosts in what becomes of others"] = [[domain "ms.example" {}
      rewrite "SMTP:{u}@ms.example" { to = "MS:NET/HQ/{u}" }]],
    ["swapped names of senders"] = [[domain "old.example" {}
      rewrite_sender "SMTP:{f}.{l}@old.example" { to = "SMTP:{l}.{f}@corp.example" }]],
  } do
    it("is decided whatever comes of " .. what, function()
      assert.equal("holds", prove(PLAIN:format("", more), CLAIM).outcome)
      local passing = PLAIN:format('settings { unmatched = "pass" }', more)
      assert.equal("fails", prove(passing, CLAIM).outcome)
    end)
  end

  it("is decided of names that are taken apart and put together otherwise", function()
    local source = PLAIN:format("", [[
      rewrite "SMTP:{f}.{l}@old.example" { to = "SMTP:{l}.{f}@corp.example" }
      recipient "Ann" { proxies = { "SMTP:ann.fox@corp.example" } }]])
    local claim = 'no "SMTP:?*.?*@old.example" but "SMTP:%s@old.example" is delivered here'
    assert.equal("fails", prove(source, claim:format "ann.fox").outcome)
    assert.equal("holds", prove(source, claim:format "fox.ann").outcome)
  end)
end)
