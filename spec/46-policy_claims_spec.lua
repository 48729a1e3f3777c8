-- Claims: how they are read, what their parts mean, and what is answered to them.  What decides them
-- here tries every address and every message of a few; 48-policy_claims_spec.lua holds the proofs to it.

local claims = require "postoffice.policy.prove.claims"
local enumerate = require "spec.enumerate"
local grammar = require "postoffice.policy.prove.claims.grammar"
local helper = require "spec.helper"
local lists = require "postoffice.lists"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"

local function load(source)
  return assert(policy.load(source, { chunkname = "@policy.lua" }))
end

local SITE = [[
settings { extension = "+" }
domain "corp.example" {}
domain "branch.example" { kind = "relay" }
domain "old.example" { kind = "former" }
domain "MS:ORG/SITE" {}
recipient "Kim" { proxies = { "SMTP:kim@corp.example", "smtp:postmaster@corp.example" } }
recipient "Pat" { proxies = { "SMTP:pat@corp.example" }, target = "SMTP:pat@far.example" }
recipient "Gone" { proxies = { "SMTP:gone@corp.example" }, refuse = true }
recipient "Door" { proxies = { "SMTP:door@corp.example" }, authenticated = true }
recipient "Both" { proxies = { "SMTP:both@corp.example" }, target = "SMTP:b@far.example",
  keep = true }
list "Sales" { proxies = { "SMTP:sales@corp.example" }, owner = "Kim",
  members = { "Kim", "Pat", "joe@far.example" } }
connector "line" { nexthop = "line", spaces = { "SMTP:*@partner.example" } }
connector "out" { nexthop = "out", spaces = { { "SMTP:*", cost = 2 } }, max_size = 1000 }
connector "cc" { nexthop = "cc", speaks = "CCMAIL", spaces = { "CCMAIL:*" },
  wrap = { postoffice = "internet" } }
]]

local ADDRESSES = {
  "kim@corp.example", "pat@corp.example", "gone@corp.example", "door@corp.example",
  "both@corp.example", "sales@corp.example", "nobody@corp.example", "postmaster@corp.example",
  "kim+x@corp.example", "joe@branch.example", "x@old.example", "x@partner.example",
  "pat@far.example", "x@far.example", "MS:ORG/SITE/ANN", "MS:FAR/SITE/ANN", "CCMAIL:Lee at HQ",
  "<>", "<Postmaster>",
}
local SENDERS = { "<>", "kim@corp.example", "x@far.example" }

local p = load(SITE)

local each = enumerate.by(ADDRESSES, SENDERS, { 1000 })

-- The answer to a claim about a policy, by all addresses and messages; another policy to compare.
local function decided(text, about, other)
  local claim = assert(claims.read(about or p, text))
  return claims.decide(claim, each, { policies = { about or p, other }, fixed = claim.fixed })
end

-- The witness against a claim, or "holds".
local function witness(text, about, other)
  local answer = decided(text, about, other)
  return answer.outcome == "fails" and answer.witness or answer.outcome
end

-- The addresses of a set.
local function members_of(set)
  local claim, list = assert(claims.read(p, ("no %s is passed"):format(set))), {}
  for _, text in ipairs(ADDRESSES) do
    local address = postoffice.parse(text, { unknown = true })
    if claim.has_recipient(address) then list[#list + 1] = text end
  end
  return table.concat(list, " ")
end

describe("the grammar of claims", function()
  it("reads a sentence into its parts", function()
    local tree = assert(grammar.read('every "SMTP:*@a.example" or local but <> from SMTP address'
      .. ' when not may_relay and down "a" and "b" and size over 10 is rejected 5.1.1 or leaves by'
      .. ' "c" or "d" unless by list "All \\"Staff\\"" or asks fail or nothing is down.'))
    assert.equal("every", tree.quantifier)
    assert.same({ "pattern", "domain" }, { tree.to.items[1].kind, tree.to.items[2].kind })
    assert.same({ 7, "SMTP:*@a.example" }, { tree.to.items[1].at, tree.to.items[1].text })
    assert.equal("null", tree.to.but[1].kind)
    assert.equal("SMTP", tree.from.items[1].type)
    assert.same({ "may_relay", true, "down", "b", 10 }, { tree.when[1].kind, tree.when[1].negated,
      tree.when[2].kind, tree.when[2].names[2].text, tree.when[3].over })
    assert.same({ "5.1.1", "d" }, { tree.ends[1].code, tree.ends[2].names[2].text })
    assert.same({ "by", 'All "Staff"', "asks", "nothing" }, { tree.unless[1].kind,
      tree.unless[1].name, tree.unless[2].kind, tree.unless[3].fact.kind })
  end)

  it("reads all that a claim can say", function()
    for _, text in ipairs {
      'every "SMTP:*@corp.example" is delivered here or is rejected unless by recipient or by list'
        .. " or asks fail",
      "no address but relay when not may_relay leaves unless by recipient or by list",
      'no address leaves by "line" unless from "SMTP:*@corp.example" or by recipient',
      'no address when not authenticated reaches list "Sales"',
      'every "SMTP:*@partner.example" when down "line" leaves by "out" or is deferred',
      'every "SMTP:postmaster@*" but foreign from <> is delivered',
      "no address from <> has sender address but <>",
      'every address routes as in "old.lua" unless by list "Sales"',
      "\n  every X400 address or former or foreign or recipient or recipient \"Kim\" or list\n"
        .. 'but list "Sales" is deferred or is passed or makes over 3 deliveries or is handed over'
        .. ' as "SMTP:{u}@x.example" or reaches recipient "Kim" unless arrived_by "cc" or size up'
        .. " to 5 or authenticated or from local or <> or not may_relay\n",
    } do
      local claim, message = claims.read(p, text)
      assert(claim, message)
    end
  end)

  it("tells the byte that is wrong, what can stand there, and what was meant", function()
    for text, message in pairs {
      ["every SMTP:kim@a.example is passed"] = 'byte 11: ":kim@a.example" stands where address can'
        .. ' stand; write "SMTP:kim@a.example"',
      ["no *@a.example leaves"] = 'byte 4: "*@a.example" stands where address, a pattern in "...",'
        .. ' a TYPE, local, relay, former, foreign, recipient, list, set or <> can stand; write'
        .. ' "*@a.example"',
      ["evry address is passed"] = 'byte 1: "evry" stands where every or no can stand; did you mean'
        .. ' "every"?',
      [""] = "byte 1: the end stands where every or no can stand",
      ["every address is delivred"] = 'byte 18: "delivred" stands where delivered, rejected,'
        .. ' deferred, passed or handed can stand; did you mean "delivered"?',
      ["every address is delivered her"] = 'byte 28: "her" stands where here, or, unless or the end'
        .. ' can stand; did you mean "here"?',
      ["every address makes over ten deliveries"] =
        'byte 26: "ten" stands where a number can stand',
      ['every address is rejected "relay-denied"'] = 'byte 27: "relay-denied" stands where a code,'
        .. " or, unless or the end can stand; write relay-denied without quotes",
      ['no address is rejected "5.7.1" or is passed'] = 'byte 24: "5.7.1" stands where a code, or,'
        .. " unless or the end can stand; write 5.7.1 without quotes",
      ['no address when "may_relay" leaves'] = 'byte 17: "may_relay" stands where not, may_relay,'
        .. " authenticated, down, nothing, size or arrived_by can stand; write may_relay without"
        .. " quotes",
      ['every address is rejected "denied"'] = 'byte 27: "denied" stands where a code, or, unless'
        .. " or the end can stand",
      ['every "SMTP:* is passed'] = 'byte 7: the text in " has no end',
      ["every address is passed unless by"] =
        "byte 34: the end stands where recipient or list can stand",
      ['every address leaves by out'] = 'byte 25: "out" stands where a name in "..." can stand',
      ['every address leaves by "ouut"'] =
        'byte 25: connector "ouut" is not declared; did you mean "out"?',
      ['every address when down "out" and "oot" is deferred'] =
        'byte 35: connector "oot" is not declared; did you mean "out"?',
      ['every list "Sails" is passed'] =
        'byte 12: no list is called "Sails"; did you mean "Sales"?',
      ['every address reaches list "kim"'] =
        'byte 28: "kim" is a recipient; write recipient "kim"',
      ["every SMPT address is passed"] = 'byte 7: no type is called SMPT; did you mean "SMTP"?',
      ['every "corp.example" is passed'] =
        'byte 7: the pattern "corp.example" has no type; write "SMTP:*@corp.example"',
      ["every address is rejected recipient-unknwon"] =
        'byte 15: no code is called recipient-unknwon; did you mean "recipient-unknown"?',
      ["every address when size over 10 and size up to 10 is passed"] =
        "byte 37: no message is like that: this fact contradicts one before it",
      ["every address when may_relay and not may_relay is passed"] =
        "byte 34: no message is like that: this fact contradicts one before it",
      ['every address when nothing is down and down "out" is passed'] =
        "byte 40: no message is like that: this fact contradicts one before it",
      ['every address when arrived_by "out" and arrived_by "cc" is passed'] =
        "byte 41: no message is like that: this fact contradicts one before it",
    } do
      local claim, found, at = claims.read(p, text)
      assert.is_nil(claim)
      assert.equal(message, found)
      assert.equal(tonumber(message:match "%d+"), at)
    end
  end)
end)

describe("a set of a claim", function()
  local OURS = "kim@corp.example pat@corp.example gone@corp.example door@corp.example"
    .. " both@corp.example sales@corp.example nobody@corp.example postmaster@corp.example"
    .. " kim+x@corp.example"
  for set, expected in pairs {
    ["address"] = table.concat(ADDRESSES, " "),
    ["<>"] = "<>",
    ['"SMTP:k*@CORP.example"'] = "kim@corp.example kim+x@corp.example",
    ["MS address"] = "MS:ORG/SITE/ANN MS:FAR/SITE/ANN",
    ["local"] = OURS .. " MS:ORG/SITE/ANN <Postmaster>",
    ["relay"] = "joe@branch.example",
    ["former"] = "x@old.example",
    ["SMTP address but local or relay or former"] =
      "x@partner.example pat@far.example x@far.example <>",
    ["foreign"] = "x@partner.example pat@far.example x@far.example MS:FAR/SITE/ANN"
      .. " CCMAIL:Lee at HQ",
    ["list"] = "sales@corp.example",
    ['list "sales" or recipient "Pat"'] = "pat@corp.example sales@corp.example",
    ["recipient but recipient \"Kim\""] =
      "pat@corp.example gone@corp.example door@corp.example both@corp.example",
  } do
    it("is what it says: " .. set, function() assert.equal(expected, members_of(set)) end)
  end
end)

describe("an end of a claim", function()
  for text, expected in pairs {
    ['every recipient "Kim" is delivered here'] = "holds",
    ['every recipient "Pat" is delivered here'] = "pat@corp.example",
    ['every recipient "Pat" is delivered'] = "pat@corp.example", -- it is too large, or may not leave
    ['every recipient "Pat" when size up to 1000 and nothing is down is delivered unless'
      .. ' arrived_by "cc"'] = "holds", -- or by out, as we send it on
    ['every recipient "Gone" is rejected'] = "holds",
    ['every recipient "Gone" is rejected recipient-gone'] = "holds",
    ['every recipient "Gone" is rejected 5.1.1'] = "gone@corp.example",
    ['every recipient "Gone" is deferred or is passed'] = "gone@corp.example",
    ['every "SMTP:x@far.example" when down "out" is deferred'] = "x@far.example", -- or too large
    ['every "SMTP:x@far.example" when down "out" and size up to 1000 is deferred unless arrived_by'
      .. ' "out"'] = "holds",
    ['no "SMTP:x@*" leaves'] = "x@old.example",
    ['no "SMTP:x@far.example" leaves by "line" or "cc"'] = "holds",
    ['no "SMTP:x@far.example" leaves by "line" and "out"'] = "x@far.example",
    ['no address reaches list "Sales"'] = "sales@corp.example",
    ['no address but list reaches recipient "Kim"'] = "kim@corp.example",
    ['no list reaches recipient "Door"'] = "holds",
    ['no CCMAIL address is handed over as SMTP address'] = "holds",
    ['every CCMAIL address is handed over as "CCMAIL:* at HQ" or is deferred unless arrived_by'
      .. ' "cc"'] = "holds",
    ['every CCMAIL address is handed over as "CCMAIL:* at LA" or is deferred unless arrived_by'
      .. ' "cc"'] = "CCMAIL:Lee at HQ",
    ["no list from SMTP address but <> has sender foreign"] = "holds",
    ["no recipient from foreign has sender foreign"] = "kim@corp.example",
    ['no address from <> has sender address but <>'] = "holds",
    ["no list makes over 2 deliveries"] = "sales@corp.example",
    ["no address makes over 3 deliveries"] = "holds",
  } do
    it("is what it says: " .. text, function() assert.equal(expected, witness(text)) end)
  end
end)

describe("an exception of a claim", function()
  for text, expected in pairs {
    ['no recipient when nothing is down leaves unless by recipient'] = "holds",
    ['no list when nothing is down leaves unless by recipient'] = "sales@corp.example",
    ['no list leaves unless by list "Sales"'] = "holds",
    ['no list leaves unless by recipient "Pat" or by recipient "Kim"'] = "sales@corp.example",
    -- it is Pat's target, but no forward of Pat's carries it there
    ['no "SMTP:pat@far.example" leaves unless by recipient'] = "pat@far.example",
    -- who refuses mail does not carry it
    ['every recipient "Door" is delivered unless by recipient'] = "door@corp.example",
    ['every recipient "Gone" is delivered unless by recipient'] = "gone@corp.example",
    ['every recipient "Door" is delivered unless not authenticated'] = "holds",
    ['no "SMTP:x@far.example" leaves unless from foreign'] = "x@far.example",
    ['no "SMTP:x@far.example" leaves unless from address'] = "holds",
    ['every "SMTP:x@partner.example" leaves by "line" unless down "line" or arrived_by "line"'] =
      "holds",
    ['every "SMTP:x@partner.example" leaves by "line" unless nothing is down'] =
      "x@partner.example",
    ['every "SMTP:x@far.example" when nothing is down leaves unless size over 1000 or arrived_by'
      .. ' "out"'] = "holds",
    ['every "SMTP:x@far.example" when nothing is down leaves unless size up to 1000 or arrived_by'
      .. ' "out"'] = "x@far.example",
    ["no address leaves unless may_relay or not may_relay"] = "holds",
  } do
    it("is what it says: " .. text, function() assert.equal(expected, witness(text)) end)
  end

  it("may be a question that fails", function()
    local asking = load(SITE .. [[
      function on.recipient(address)
        if address.localpart == "nobody" then return ask("crm", "x") end
      end]])
    local every = 'every "SMTP:nobody@*" is rejected'
    local answer = decided(every, asking)
    assert.same({ "fails", "ask-failed" }, { answer.outcome, answer.delivery.code })
    assert.equal("holds", witness(every .. " unless asks fail", asking))
  end)
end)

describe("two policies", function()
  local COMPARED = 'every address routes as in "old.lua"'

  it("route alike, or a witness tells what does not #long", function()
    assert.equal("holds", witness(COMPARED, p, p))
    local without = load((SITE:gsub(', "joe@far.example"', "")))
    assert.equal("sales@corp.example", witness(COMPARED, p, without))
    assert.equal("sales@corp.example", witness(COMPARED, without, p)) -- what is missing counts, too
    assert.equal("holds", witness(COMPARED .. ' unless by list "Sales"', p, without))
    assert.equal("holds", witness(COMPARED .. ' unless by list "Sales"', without, p))
    assert.equal("sales@corp.example", witness(COMPARED .. " unless by recipient", without, p))
    local none = 'no foreign routes as in "old.lua"'
    assert.equal("x@partner.example", witness(none, p, p))
  end)

  it("route alike if senders are handed over alike", function()
    local owned = load((SITE:gsub('owner = "Kim"', 'owner = "Pat"')))
    assert.equal("sales@corp.example", witness(COMPARED, p, owned))
  end)
end)

describe("an answer", function()
  it("says what the witness is, with the whole way, and which line decided", function()
    local answer = decided 'no address from foreign leaves by "line"'
    assert.same({ "fails", "x@partner.example", "policy.lua:14" },
      { answer.outcome, answer.witness, answer.where })
    assert.equal("x@far.example", answer.envelope.sender)
    assert.equal("fails: x@partner.example, from x@far.example, size 1000: Goes to line by"
      .. " connector line at cost 1 as SMTP:x@partner.example. (policy.lua:14)", tostring(answer))
    assert.truthy(tostring(answer.explanation):find("5 route     + line by", 1, true))
    assert.equal("holds", tostring(decided "no address is passed"))
  end)
end)

-- ---- Claims of a policy ------------------------------------------------------

local SMALL = [[
domain "here.example" {}
recipient "Kim" { proxies = { "SMTP:kim@here.example", "postmaster@here.example" } }
connector "out" { nexthop = "out", spaces = { "SMTP:*" } }
]]

local HOLDS = "claim 'every local is delivered here or is rejected'\n"
local FAILS = "claim 'no address when not may_relay leaves'\n"
local ASKS = [[
function on.recipient(address)
  return ask("crm", address.localpart or "x")
end
]]

describe("the word claim", function()
  it("takes a sentence that can be read, and nothing more", function()
    for text, message in pairs {
      ["claim 'every local is deliverd'"] = 'claim "every local is deliverd": byte 16: "deliverd"'
        .. ' stands where delivered, rejected, deferred, passed or handed can stand; did you mean'
        .. ' "delivered"?',
      ["claim 'no list \"All\" is passed'"] = 'claim "no list "All" is passed": byte 9: no list is'
        .. ' called "All"; declared: none',
      ["claim {}"] = "claim takes a sentence and nothing more; write claim 'every"
        .. " \"SMTP:*@example.com\" is delivered here or is rejected'",
    } do
      local loaded, found, code = policy.load(SMALL .. text, { chunkname = "@policy.lua" })
      assert.same({ nil, "policy.lua:4: " .. message, "policy-invalid" }, { loaded, found, code })
    end
    local twice = "claim 'a'\nclaim 'b'\n"
    local _, found = policy.load(twice:rep(30), { chunkname = "@policy.lua" })
    assert.truthy(found:find("policy.lua:2: claim \"b\": byte 1: ", 1, true))
    assert.truthy(found:find("there may be more", 1, true))
  end)

  it("is listed, and kept by a snapshot", function()
    local path = os.tmpname()
    local with_claims = load(SMALL .. HOLDS .. FAILS)
    local expected = {
      { claim = "every local is delivered here or is rejected", where = "policy.lua:4" },
      { claim = "no address when not may_relay leaves", where = "policy.lua:5" },
    }
    assert.same(expected, with_claims:claims())
    assert(with_claims:save(path))
    assert.same(expected, assert(policy.loadfile(path)):claims())
    assert.same({}, p:claims())
    os.remove(path)
  end)
end)

describe("p:prove", function()
  it("decides a claim", function()
    local small = load(SMALL)
    assert.equal("holds", small:prove("every local is delivered here or is rejected").outcome)
    local answer = small:prove "no address when not may_relay leaves"
    assert.same({ "fails", "out" }, { answer.outcome, answer.delivery.connector })
    assert.equal("table", type(small:prove("no local leaves", { seconds = 5 })))
  end)

  it("says where it is the host who decides whether strangers may relay", function()
    local SAID = "Whether strangers may relay is left to the host.$"
    local function sentence(source, claim)
      local answer = load(source):prove(claim, { seconds = 60 })
      assert.equal("fails", answer.outcome)
      return answer.sentence
    end
    assert.matches(SAID, sentence(SMALL, "no address when not may_relay leaves"))
    assert.is_nil(sentence(SMALL, "no address leaves"):match(SAID))
    assert.is_nil(sentence(SMALL, "no local when not may_relay is rejected"):match(SAID))
    assert.is_nil(sentence(SMALL .. "\nfunction on.delivery() end",
      "no address when not may_relay leaves"):match(SAID))
  end)

  -- Each member of a list draws its own lot, and always the same: to draw all of them is hopeless.
  it("decides of a list of many members that two lines share", function()
    local members = {}
    for i = 1, 40 do members[i] = ('"u%d@far.example"'):format(i) end
    local shared = load(([[
domain "corp.example" {}
list "All" { proxies = { "SMTP:all@corp.example" }, members = { %s } }
connector "a" { spaces = { "SMTP:*" } }
connector "b" { spaces = { "SMTP:*" } }]]):format(table.concat(members, ",")))
    for claim, outcome in pairs {
      ['every list leaves by "a" or leaves by "b" or is deferred'] = "holds",
      ['every list when nothing is down leaves by "a"'] = "fails",
      ['every list when nothing is down leaves by "b"'] = "fails",
    } do
      assert.equal(outcome, shared:prove(claim, { seconds = 60 }).outcome, claim)
    end
  end)

  local MOVED = [[
domain "corp.example" {}
recipient "Kim" { proxies = { "SMTP:kim@corp.example" } }
connector "new" { spaces = { "SMTP:*@*.new.example" } }
connector "out" { spaces = { "SMTP:*" }, cost = 9 }
rewrite %s]]

  for _, case in ipairs {
    { [["SMTP:{u}@{d}.old.example" { to = "SMTP:{u}@{d}.new.example" }]],
      'every "SMTP:?*@*.old.example" when nothing is down leaves by "new" or is rejected',
      "holds" },
    { [["SMTP:{u}@{d}.old.example" { to = "SMTP:{u}@{d}.new.example" }]],
      "every address is delivered or is rejected or is deferred", "holds" },
    { [["SMTP:{u}-old@{d}" { to = "SMTP:{u}@{d}" }]],
      "every address is delivered or is rejected or is deferred", "holds" },
    { [["SMTP:{u}@{d}.{e}.old.example" { to = "SMTP:{u}@{e}.{d}.new.example" }]],
      "no address from <> has sender address but <>", "holds" },
    { [["SMTP:{u}@{d}.old.example" { to = "SMTP:{d}={u}@corp.example" }]],
      'no "SMTP:?*@*.old.example" leaves', "holds" },
    { [["SMTP:{u}.{s}@all.example" { to = "SMTP:{u}@{s}.new.example" }]],
      'every "SMTP:x.y@all.example" when nothing is down leaves by "new" or is rejected', "holds" },
    { [["SMTP:{u}@{d}.old.example" { to = "SMTP:{u}@{d}" }]],
      'no "SMTP:*@*.old.example" reaches recipient "Kim"', "fails" },
    { [["SMTP:{u}.{s}@all.example" { to = "SMTP:{u}@{s}.new.example" }]],
      "every address is delivered or is rejected or is deferred", "holds" },
    { [["SMTP:{a}.{b}@in.example" { to = "SMTP:{b}.{a}@in.example" }]],
      "every address is delivered or is rejected or is deferred", "holds" },
    { [["SMTP:{a}.{b}@{d}.bücher.example" { to = "SMTP:{b}.{a}@{d}.bücher.example" }
rewrite "SMTP:{u}@{d}.bücher.example" { to = "SMTP:x@x.new.example" }]],
      'no "SMTP:?*.?*@*.bücher.example" when nothing is down leaves by "new"', "fails" },
  } do
    it(("decides of what captures become, or says why not: %s of %s"):format(case[2], case[1]),
      function()
        local moved = load(helper.readable(MOVED:format(case[1])))
        local answer = moved:prove(helper.readable(case[2]), { seconds = 60 })
        assert.equal(case[3], answer.outcome, answer.why)
        assert.is_truthy((answer.why or ""):find(case[4] or ""), answer.why)
      end)
  end

  it("decides of recipients of whom some are carriers themselves", function()
    local carrying = load [[
domain "corp.example" { unwrap = { "FAX" } }
recipient "Fax" { proxies = { "SMTP:IMCEAFAX-x@corp.example", "SMTP:fax@corp.example" } }
connector "fax" { spaces = { "FAX:*" } }]]
    for claim, outcome in pairs {
      ['no address but recipient leaves by "fax"'] = "fails",
      ['no "SMTP:*" but recipient leaves by "fax"'] = "fails",
      ['every recipient when nothing is down leaves by "fax"'] = "fails",
    } do
      assert.equal(outcome, carrying:prove(claim, { seconds = 60 }).outcome, claim)
    end
  end)

  it("takes senders who look like carriers for what they are, where nobody opens such", function()
    local site = load [[
      domain "here.example" {} -- opens EX
      set "blocked" { "SMTP:*-offers@*", "SMTP:*@spam.example" }
      recipient "Kim" { proxies = { "SMTP:kim@here.example" }, reject = "blocked" }
    ]]
    for claim, outcome in pairs {
      ['no address from set "blocked" reaches recipient "Kim"'] = "holds",
      ['no address from "SMTP:*-offers@*" is delivered here'] = "holds",
      ['no address from "SMTP:IMCEASMTP-*@*" is delivered here'] = "fails",
    } do
      assert.equal(outcome, site:prove(claim, { seconds = 60 }).outcome, claim)
    end
  end)

  it("knows senders of other types, where all of SMTP are spoken of", function()
    for _, set in ipairs { "SMTP address", '"SMTP:*@*"', "foreign but SMTP address" } do
      local claim = ('no "SMTP:x@far.example" leaves unless from %s or from <>'):format(set)
      assert.equal("fails", p:prove(claim).outcome, set)
    end
    local answer = p:prove 'no "SMTP:x@far.example" leaves unless from SMTP address'
    assert.are_not.equal("SMTP", answer.envelope.sender.type)
  end)

  it("tells what is no claim", function()
    local answer, message, code, byte = load(SMALL):prove "every address is passed or leavs"
    assert.same({ nil, 'byte 28: "leavs" stands where is, leaves, reaches, has, makes or routes can'
      .. ' stand; did you mean "leaves"?', "claim-invalid", 28 }, { answer, message, code, byte })
    assert.has_error(function() load(SMALL):prove(7) end,
      "the claim has to be a string, not a number")
    assert.has_error(function() load(SMALL):prove("x", { second = 1 }) end,
      'unknown option "second"; did you mean "seconds"?')
  end)

  it("is undecided where a function has a say, unless it breaks the claim", function()
    local asking = load(ASKS .. SMALL)
    local answer = asking:prove "every local is delivered here or is rejected or is deferred"
    assert.same({ "undecided", "policy.lua:1" }, { answer.outcome, answer.where })
    assert.truthy(tostring(answer):find("^undecided: .*on%.recipient.*%(policy%.lua:1%)$"),
      tostring(answer))
    answer = asking:prove "every local is delivered here or is rejected"
    assert.same({ "fails", "ask-failed" }, { answer.outcome, answer.delivery.code })
    assert.truthy(answer.given:find "fails", answer.given)
  end)

  it("says what was answered only where something was asked", function()
    local never = [[function on.recipient(address) if address.localpart == "kim" then
      return reject "no" end end ]]
    local answer = load(never .. SMALL):prove "no address is rejected"
    assert.same({ "fails" }, { answer.outcome, answer.given })
    assert.is_nil(tostring(answer):find("asked", 1, true))
    local asking = [[function on.recipient(address) if not ask("who", address.localpart) then
      return reject "no" end end ]]
    answer = load(asking .. SMALL):prove "no address is rejected"
    assert.same({ "fails", "whatever is asked is not found" }, { answer.outcome, answer.given })
  end)

  it("asks no host, and takes no keys of it", function()
    local asked = 0
    local asking = assert(policy.load(ASKS .. SMALL, { chunkname = "@policy.lua",
      ask = function() asked = asked + 1 end }))
    asking:prove "no address is passed"
    assert.equal(0, asked)
  end)

  it("compares with a policy that is loaded", function()
    local old, name = load((SMALL:gsub("kim@", "kim.lee@"))), nil
    local function other(file)
      name = file
      return old
    end
    local claim = 'every address routes as in "old.lua"'
    local answer = load(SMALL):prove(claim, { load = other })
    assert.same({ "fails", "old.lua" }, { answer.outcome, name })
    assert.truthy(lists.contains({ "<Postmaster>", "SMTP:kim@here.example" }, answer.witness))
    local function same() return load(SMALL) end
    local function gone() return nil, "gone", "x" end
    assert.equal("holds", load(SMALL):prove(claim, { load = same }).outcome)
    local _, message, code = load(SMALL):prove(claim, { load = gone })
    assert.same({ 'routes as in "old.lua": gone', "x" }, { message, code })
    _, message = load(SMALL):prove(claim)
    assert.equal('routes as in "old.lua": there is no folder to read from; give the option load',
      message)
  end)

  it("compares with a file in its folder", function()
    local path, old = os.tmpname(), os.tmpname()
    helper.write(path, SMALL)
    helper.write(old, SMALL)
    local claim = ('every address routes as in "%s"'):format(old:match "[^/\\]*$")
    assert.equal("holds", assert(policy.loadfile(path)):prove(claim).outcome)
    local _, message = assert(policy.loadfile(path)):prove 'every address routes as in "../x.lua"'
    assert.truthy(message:find("leaves the policy's folder", 1, true), message)
    os.remove(path)
    os.remove(old)
  end)
end)

describe("the test of a policy", function()
  it("decides its claims, too", function()
    local results = load(SMALL .. HOLDS .. FAILS .. "test 't' { to = 'kim@here.example', entry ="
      .. " 'Kim' }"):test()
    assert.same({ 2, 1, 1, 0 },
      { results.passed, results.failed, results.unproven, results.undecided })
    local failure = results.failures[1]
    assert.same({ "claim", "policy.lua:5", "fails" },
      { failure.word, failure.where, failure.answer.outcome })
    assert.truthy(tostring(results):find('^policy.lua:5: claim "no address when not may_relay'
      .. ' leaves" fails: '), tostring(results))
    assert.is_string(tostring(failure.explanation))
  end)

  it("takes what is undecided for what does not hold", function()
    local results = load(ASKS .. SMALL .. FAILS:gsub("no address", "no local")):test()
    assert.same({ 0, 1, 1, 1 },
      { results.passed, results.failed, results.unproven, results.undecided })
  end)
end)

describe("a policy that is reloaded", function()
  local UNDECIDED = ASKS .. SMALL .. "claim 'no local when not may_relay leaves'\n"

  -- What comes of putting a text in the place of another: a code, or nil.
  local function reloaded(before, after, options)
    local path = os.tmpname()
    helper.write(path, before)
    local live = assert(policy.open(path, options))
    local revision = live.revision
    helper.write(path, after)
    local ok, _, code = live:reload()
    assert.equal(ok == true, live.revision ~= revision)
    os.remove(path)
    return code
  end

  it("goes live by proof alone", function()
    assert.is_nil(reloaded(SMALL, SMALL .. HOLDS))
    assert.equal("policy-unproven", reloaded(SMALL, SMALL .. FAILS))
    assert.equal("policy-unproven", reloaded(SMALL, UNDECIDED))
    assert.equal("policy-untested", reloaded(SMALL, SMALL .. FAILS
      .. "test 't' { to = 'x@here.example', entry = 'Kim' }"))
  end)

  it("goes live undecided where its host wants that, and never if a claim fails", function()
    assert.is_nil(reloaded(SMALL, UNDECIDED, { pass_undecided = true }))
    assert.equal("policy-unproven", reloaded(SMALL, SMALL .. FAILS, { pass_undecided = true }))
  end)

  it("does not lose all its claims", function()
    assert.equal("policy-tests-lost", reloaded(SMALL .. HOLDS, SMALL .. "-- nothing\n"))
  end)
end)
