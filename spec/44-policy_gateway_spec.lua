--- The article's case (Q184994), end to end through the two shipped policies.
local policy = require "postoffice.policy"
local postoffice = require "postoffice"

local exchange = assert(policy.loadfile "lua/postoffice/examples/q184994-exchange.lua")
local gateway = assert(policy.loadfile "lua/postoffice/examples/q184994-gateway.lua")

--- The one delivery of an address by a policy.
local function deliver(p, address, envelope)
  local deliveries = p:route(address, envelope)
  assert.equal(1, #deliveries, tostring(address))
  return deliveries[1]
end

--- From the To: field at Exchange to what the gateway hands over.
local function through_both(typed)
  local first = deliver(exchange, typed)
  assert.equal("deliver", first.verdict, typed .. ": " .. tostring(first.code))
  return first, deliver(gateway, first.address)
end

describe("[ccmail:user@domain at internet]", function()
  it("goes to the connected post office unchanged, its end foretold", function()
    local delivery = deliver(exchange, "[ccmail:user@domain at internet]")
    assert.equal("deliver", delivery.verdict)
    assert.equal("ccmail", delivery.connector)
    assert.equal("HQ", delivery.nexthop)
    assert.equal(1, delivery.cost)
    assert.equal("CCMAIL:user@domain at internet", tostring(delivery.address))
    assert.same({ "HQ", "internet" }, delivery.path)
    assert.equal("SMTP:user@domain", tostring(delivery.final))
  end)

  it("reaches the Internet at the gateway", function()
    local _, out = through_both "[ccmail:user@domain at internet]"
    assert.equal("deliver", out.verdict)
    assert.equal("SMTP:user@domain", tostring(out.address))
    assert.equal("smtp:[192.0.2.25]:25", out.nexthop)
  end)

  it("may be written in any case, and behind a display name", function()
    for _, typed in ipairs {
      "[CCMAIL:user@domain at internet]", "[ccmail:user@domain AT Internet]",
        "[CcMail:user@domain at INTERNET]",
      "Joe User [ccmail:user@domain at internet]", "[ccmail:user@domain at internet]  ",
      "CCMAIL:user@domain at internet", "ccmail:user@domain  at  internet",
    } do
      local first, out = through_both(typed)
      assert.is_true(postoffice.equal(first.address, "CCMAIL:user@domain at internet"), typed)
      assert.equal("SMTP:user@domain", tostring(out.address), typed)
    end
  end)

  it("may be a custom recipient's target", function()
    local first, out = through_both "pat.jones@exchange.example"
    assert.equal("Pat Jones (Internet)", first.entry)
    assert.equal("CCMAIL:pat@partner.example at internet", tostring(first.address))
    assert.equal("SMTP:pat@partner.example", tostring(first.final))
    assert.equal("SMTP:pat@partner.example", tostring(out.address))
  end)

  it("is what a plain SMTP address becomes by itself", function()
    local first, out = through_both "user@domain.example"
    assert.equal("CCMAIL:user@domain.example at internet", tostring(first.address))
    assert.equal("SMTP:user@domain.example", tostring(out.address))
  end)

  it("keeps a mailbox that holds an at of its own", function()
    local _, out = through_both [=[[ccmail:"look at me"@domain at internet]]=]
    assert.equal([[SMTP:"look at me"@domain]], tostring(out.address))
  end)
end)

-- Where an address and a sender come to at the next policy.
local function hop(p, message)
  local delivery = deliver(p, message.to, { sender = message.from })
  assert.equal("deliver", delivery.verdict, tostring(message.to) .. ": " .. tostring(delivery.code))
  return { to = delivery.address, from = delivery.sender, entry = delivery.entry,
    connector = delivery.connector }
end

local function text_of(message)
  return ("%s -> %s"):format(tostring(message.from), tostring(message.to))
end

local function answer(message) return { to = message.from, from = message.to } end

describe("the answer through the shipped policies", function()
  -- From Exchange: who writes to whom there, what the gateway hands over, what comes back to
  -- Exchange, and whose it is; nil for what goes on to cc:Mail or the Internet.
  for what, case in pairs {
    ["a mailbox"] = { "kim.lee@exchange.example", "[ccmail:user@domain at internet]",
      "SMTP:IMCEACCMAIL-Lee+2C+20Kim+20at+20EXCHANGE@ccmail.example -> SMTP:user@domain",
      "CCMAIL:user@domain at internet -> CCMAIL:Lee, Kim at EXCHANGE", "Kim Lee" },
    ["a mailbox's other address"] = { "klee@exchange.example", "user@domain.example",
      "SMTP:IMCEACCMAIL-Lee+2C+20Kim+20at+20EXCHANGE@ccmail.example -> SMTP:user@domain.example",
      "CCMAIL:user@domain.example at internet -> CCMAIL:Lee, Kim at EXCHANGE", "Kim Lee" },
    ["a mailbox that writes to a custom recipient"] = { "kim.lee@exchange.example",
      "pat.jones@exchange.example",
      "SMTP:IMCEACCMAIL-Lee+2C+20Kim+20at+20EXCHANGE@ccmail.example -> SMTP:pat@partner.example",
      "CCMAIL:pat@partner.example at internet -> CCMAIL:Lee, Kim at EXCHANGE", "Kim Lee" },
    ["a custom recipient"] = { "pat.jones@exchange.example", "user@domain.example",
      "SMTP:pat.jones@exchange.example -> SMTP:user@domain.example",
      "CCMAIL:user@domain.example at internet"
        .. " -> CCMAIL:pat.jones@exchange.example at EXCHANGE", "Pat Jones (Internet)" },
    ["a list"] = { "sales@exchange.example", "user@domain.example",
      "SMTP:sales@exchange.example -> SMTP:user@domain.example",
      "CCMAIL:user@domain.example at internet -> CCMAIL:sales@exchange.example at EXCHANGE",
      "Kim Lee" },
    ["a cc:Mail user"] = { "CCMAIL:Joe at HQ", "user@domain.example",
      "SMTP:IMCEACCMAIL-Joe+20at+20HQ@ccmail.example -> SMTP:user@domain.example",
      "CCMAIL:user@domain.example at internet -> CCMAIL:Joe at HQ" },
    ["a stranger"] = { "joe@far.example", "user@domain.example",
      "SMTP:joe@far.example -> SMTP:user@domain.example",
      "SMTP:user@domain.example -> SMTP:joe@far.example" },
  } do
    it("comes back to " .. what, function()
      local out = hop(gateway, hop(exchange, { from = case[1], to = case[2] }))
      assert.equal(case[3], text_of(out))
      local back = hop(gateway, answer(out))
      assert.equal(case[4], text_of(back))
      if case[5] then
        assert.equal(case[5], exchange:route(back.to, { sender = back.from })[1].entry)
      end
    end)
  end

  it("comes back to who writes to them", function()
    for from, to in pairs {
      ["joe@far.example"] = "kim.lee@exchange.example", ["joe@x.example"] = "klee@exchange.example",
      ['"a b"@far.example'] = "IMCEACCMAIL-Lee+2C+20Kim+20at+20EXCHANGE@ccmail.example",
      ["joe+tag@far.example"] = "pat.jones@exchange.example",
      ["bounces+kim=x.example@far.example"] = "sales@exchange.example",
    } do
      local arrived = exchange:route(hop(gateway, { from = from, to = to }).to)[1]
      assert.equal("deliver", arrived.verdict, to)
      assert.is_string(arrived.entry, to)
      local sender = hop(gateway, { from = from, to = to }).from
      local out = hop(gateway, hop(exchange, { from = arrived.address, to = sender }))
      assert.is_true(postoffice.equal(out.to, from), tostring(out.to))
    end
  end)

  it("is never made of a bounce, nor of what no gateway reads", function()
    for _, p in ipairs { exchange, gateway } do
      for _, to in ipairs { "user@domain.example", "CCMAIL:Joe at HQ", "joe@partner.example" } do
        assert.equal("", deliver(p, to, { sender = "<>" }).sender.localpart)
      end
    end
    assert.equal("sender-unsayable",
      deliver(exchange, "CCMAIL:Joe at HQ", { sender = "FAX:1" }).code)
  end)
end)

describe("what goes wrong on that way", function()
  --- Each case: what is typed, the code, the status, and a part of what is said.
  local function goes_wrong(p, cases)
    for _, case in ipairs(cases) do
      local delivery = deliver(p, case[1])
      assert.equal("reject", delivery.verdict, case[1])
      assert.equal(case[2], delivery.code, case[1])
      assert.equal(case[3], delivery.status, case[1])
      assert.equal(postoffice.message(case[2]), delivery.message)
      local said = delivery.message .. " / " .. (delivery.detail or "")
      assert.truthy(said:find(case[4], 1, true), said)
    end
  end

  it("is said, with what to write", function()
    goes_wrong(exchange, {
      { "[ccmail:user@domain at internt]", "postoffice-unknown", "5.1.2",
        "declared: EXCHANGE, HQ, internet" },
      { "[ccmail:at internet]", "ccmail-mailbox-empty", "5.1.3", "write MAILBOX at POSTOFFICE" },
      { "[ccmail: at internet]", "ccmail-mailbox-empty", "5.1.3", "write MAILBOX at POSTOFFICE" },
      { "[ccmail:user@domainat internet]", "ccmail-postoffice-missing", "5.1.3",
        "a space before and after" },
      { "user@domain at internet", "type-ambiguous", "5.1.3",
        "[CCMAIL:user@domain at postoffice]" },
      { "[ccmail:user@domain at internet", "oneoff-unclosed", "5.1.3", "end it with ]" },
      { "[ccmail:user@domain at internet] please", "oneoff-text-after", "5.1.3",
        "nothing may stand after" },
      { "nobody@exchange.example", "recipient-unknown", "5.1.1", "nobody" },
      { "IMCEACCMAIL-user+40domain+20at+20internet@exchange.example", "relay-denied", "5.7.1",
        "may relay" },
      { "IMCEACCMAIL-ceo+40eurprd01+2Eprod+2Eoutlook+2Ecom+20at+20internet@exchange.example",
        "relay-denied", "5.7.1", "ceo@eurprd01.prod.outlook.com" },
      { "MS:NET/PO/USER", "route-missing", "5.4.4", 'add one, such as spaces = { "MS:*" }' },
    })
  end)

  it("is an encapsulated address only where no one vouches for it", function()
    local address = "IMCEACCMAIL-user+40domain+20at+20internet@exchange.example"
    assert.equal("ccmail", deliver(exchange, address, { may_relay = true }).connector)
  end)

  it("is said at the gateway, too", function()
    goes_wrong(gateway, {
      { "CCMAIL:Kim Lee at internet", "localpart-character", "5.1.3", "gateway" },
      { "CCMAIL:a@b..c at internet", "domain-label-empty", "5.1.3", "a domain label is empty" },
      { "CCMAIL:Kim Lee at Paris", "postoffice-unknown", "5.1.2",
        "declared: EXCHANGE, HQ, internet" },
    })
  end)

  it("is said before the way, whatever lies between (Q184054)", function()
    goes_wrong(exchange, {
      { "CCMAIL:Kim Lee at internet", "localpart-character", "5.1.3", "the internet gateway" },
      { 'CCMAIL:"First Last" <user@domain.example> at internet', "localpart-character", "5.1.3",
        "the internet gateway" },
      { "CCMAIL:user@domain.example@other at internet", "domain-character", "5.1.3",
        "the internet gateway" },
    })
    local p = assert(policy.load [[
postoffice "NOTES:INET" { via = "HQ", gateway = "SMTP" }
postoffice "HQ" {}
postoffice "g" { via = "HQ", gateway = "SMTP" }
postoffice "x" { via = "HQ", gateway = "X400" }
recipient "Own" { proxies = { "own@here.example", "CCMAIL:Own at g" }, target = "CCMAIL:Own at g" }
recipient "To" { proxies = { "to@here.example" }, target = "CCMAIL:Kim Lee at g" }
connector "cc" { speaks = "CCMAIL", reaches = "HQ", wrap = { postoffice = "x" },
  spaces = { "CCMAIL:*", "SMTP:*" } }
connector "notes" { spaces = { "NOTES:*" } }
]])
    for _, to in ipairs { "CCMAIL:Kim Lee at g", "NOTES:Kim Lee@INET", "own@here.example",
      "to@here.example", "kim@far.example" } do
      local delivery = deliver(p, to)
      assert.same({ "reject", "5.1.3" }, { delivery.verdict, delivery.status }, to)
      assert.truthy(delivery.detail:find(" gateway: ", 1, true), to)
      assert.is_nil(delivery.wire, to)
    end
    assert.equal("localpart-character", deliver(p, "CCMAIL:Kim Lee at g", { down = { "cc" } }).code)
    assert.equal("SMTP:kim@far.example", tostring(deliver(p, "CCMAIL:kim@far.example at g").final))
  end)

  it("is no address space for it (Q186235)", function()
    local bare = assert(policy.load "postoffice 'internet' { via = 'HQ' } postoffice 'HQ' {}")
    assert.equal("route-missing", deliver(bare, "[ccmail:user@domain at internet]").code)
  end)
end)

describe("post offices", function()
  it("foretell the way through several of them", function()
    local p = assert(policy.load [[
connector "cc" { reaches = "HQ", spaces = { "CCMAIL:*" } }
postoffice "HQ" {}
postoffice "Paris" { via = "HQ" }
postoffice "Lyon" { via = "paris", gateway = "FAX" }
]])
    local delivery = p:route("CCMAIL:+33 1 23 at LYON")[1]
    assert.same({ "HQ", "Paris", "Lyon" }, delivery.path)
    assert.equal("FAX:+33 1 23", tostring(delivery.final))
    delivery = p:route("CCMAIL:Kim at Paris")[1]
    assert.same({ "HQ", "Paris" }, delivery.path)
    assert.equal("CCMAIL:Kim at Paris", tostring(delivery.final))
    assert.equal("cc", delivery.connector)
  end)

  it("foretell what a gateway makes of an address that was carried to it", function()
    local p = assert(policy.load [[
connector "cc" { speaks = "CCMAIL", reaches = "HQ", wrap = { postoffice = "lyon" },
  spaces = { "SMTP:*" } }
postoffice "HQ" {}
postoffice "Lyon" { via = "HQ", gateway = "FAX" }
]])
    local delivery = p:route("kim@fax.example")[1]
    assert.equal("CCMAIL:kim@fax.example at lyon", tostring(delivery.address))
    assert.equal("FAX:kim@fax.example", tostring(delivery.final))
  end)

  it("are on the way to whatever is carried there", function()
    local p = assert(policy.load [[
connector "cc" { reaches = "hq", spaces = { "SMTP:*", "CCMAIL:*" } }
postoffice "HQ" {}
postoffice "Paris" { via = "HQ" }
]])
    assert.same({ "HQ" }, p:route("kim@far.example")[1].path)
    assert.same({ "HQ", "Paris" }, p:route("CCMAIL:Kim at Paris")[1].path)
    local q = assert(policy.load 'connector "cc" { reaches = "HQ", spaces = { "CCMAIL:*" } }')
    assert.same({ "HQ" }, q:route("CCMAIL:Kim at Anywhere")[1].path)
  end)

  it("are the same in any case and with any blanks, and shown as declared", function()
    local p = assert(policy.load [[
connector "cc" { reaches = "new york ", spaces = { "CCMAIL:*" } }
postoffice "New  York" {}
postoffice "Paris" { via = "NEW YORK" }
]])
    assert.same({ "New  York", "Paris" }, p:route("CCMAIL:Kim at paris")[1].path)
    assert.same({ "New  York" }, p:route("CCMAIL:Kim at new york")[1].path)
    local dot = p:graph()
    assert.truthy(dot:find('"connector cc" -> "postoffice new york"', 1, true), dot)
    assert.truthy(dot:find('"postoffice new york" -> "postoffice paris"', 1, true), dot)
  end)

  it("are any, where none is declared", function()
    local p = assert(policy.load 'connector "cc" { spaces = { "CCMAIL:*" } }')
    assert.equal("cc", p:route("CCMAIL:Kim at Anywhere")[1].connector)
  end)

  it("of our own send what comes out back to the directory", function()
    local p = assert(policy.load [[
domain "here.example" {}
postoffice "internet" { gateway = "SMTP" }
recipient "Kim" { proxies = { "kim@here.example" } }
]])
    assert.equal("Kim", p:route("CCMAIL:kim@here.example at internet")[1].entry)
    assert.equal("recipient-unknown", p:route("CCMAIL:nobody@here.example at internet")[1].code)
  end)
end)
