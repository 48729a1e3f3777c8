-- Claims: how they are read, what their parts mean, and what is answered to them.  What decides them
-- here tries every address and every message of a few; 48-policy_claims_spec.lua holds the proofs to it.

local claims = require "postoffice.policy.prove.claims"
local enumerate = require "spec.enumerate"
local grammar = require "postoffice.policy.prove.claims.grammar"
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
      ["evry address is passed"] = 'byte 1: "evry" stands where every or no can stand; did you mean'
        .. ' "every"?',
      [""] = "byte 1: the end stands where every or no can stand",
      ["every address is delivred"] = 'byte 18: "delivred" stands where delivered, rejected,'
        .. ' deferred, passed or handed can stand; did you mean "delivered"?',
      ["every address is delivered her"] = 'byte 28: "her" stands where here, or, unless or the end'
        .. ' can stand; did you mean "here"?',
      ["every address makes over ten deliveries"] =
        'byte 26: "ten" stands where a number can stand',
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

  it("route alike, or a witness tells what does not", function()
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
