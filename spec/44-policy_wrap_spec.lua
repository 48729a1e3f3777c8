-- What connectors hand over in the type of their next hop, and X.400's DDAs, which go first.

local policy = require "postoffice.policy"
local postoffice = require "postoffice"

local function load(source) return assert(policy.load(source, { chunkname = "@policy.lua" })) end

describe("a connector's wrap", function()
  local cases = {
    { "NOTES", "domain = 'INTERNET'", "NOTES:kim@far.example@INTERNET" },
    { "MS", "network = 'NET', postoffice = 'GW'", "MS:NET/GW/kim@far.example" },
    { "PCM", "network = 'NET', postoffice = 'GW'", "PCM:NET/GW/kim@far.example" },
    { "GWISE", "domain = 'D', postoffice = 'GW'", "GWISE:D.GW.kim@far.example" },
    { "GROUPWISE", "domain = 'D', postoffice = 'GW'", "GROUPWISE:kim@far.example.GW.D" },
    { "MSMAIL", "server = 'GW'", "MSMAIL:kim@far.example@GW" },
    { "CCMAIL", "postoffice = 'internet'", "CCMAIL:kim@far.example at internet" },
    { "X400", "c = 'us', a = ' ', p = 'gw'", "X400:c=us;a= ;p=gw;dda:RFC-822=kim(a)far.example;" },
    { "X400", "c = 'us', dda1_type = 'SMTP'", "X400:c=us;dda:SMTP=kim@far.example;" }, -- Q255024
  }

  for _, case in ipairs(cases) do
    it("carries recipients and senders in " .. case[3], function()
      local p = load(("connector 'c' { speaks = %q, spaces = { 'SMTP:*' }, wrap = { %s } }"):format(
        case[1], case[2]))
      local delivery = p:route("kim@far.example", { sender = "kim@far.example" })[1]
      assert.equal("deliver", delivery.verdict)
      assert.equal(case[3], tostring(delivery.address))
      assert.equal(case[3], tostring(delivery.sender))
      assert.equal("SMTP:kim@far.example", tostring(delivery.final))
      p:close()
    end)
  end

  local MISSING = {
    NOTES = 'domain = "INTERNET"', MS = 'network = "NET", postoffice = "SMTP"',
    GWISE = 'domain = "GW", postoffice = "SMTP"', MSMAIL = 'server = "internet"',
    CCMAIL = 'postoffice = "internet"', X400 = 'c = "us", a = " ", p = "gateway"',
  }

  it("is asked for where it is missing", function()
    for speaks, example in pairs(MISSING) do
      local source = ("connector 'c' { speaks = %q, spaces = { 'SMTP:*' } }"):format(speaks)
      local _, message = policy.load(source, { chunkname = "@policy.lua" })
      assert.equal(('policy.lua:1: connector "c" speaks %s, but its space "SMTP:*" is of type SMTP;'
        .. " add wrap = { %s }"):format(speaks, example), message)
    end
  end)

  it("carries only what its type can", function()
    for speaks, text in pairs {
      NOTES = "FAX:*", MS = "CCMAIL:*", CCMAIL = "FAX:*", X400 = "NOTES:*", EX = "SMTP:*",
    } do
      local p, message = policy.load(([[connector "c" {
        wrap = { domain = "d", postoffice = "p", network = "n", c = "us" },
        speaks = "%s", spaces = { "%s" } }]]):format(speaks, text))
      assert.is_nil(p, speaks)
      local said = ("speaks %s, which cannot carry the %s addresses of its space"):format(speaks,
        text:match "^%w+")
      assert.truthy(message:find(said, 1, true), message)
    end
    load [[connector "c" { speaks = "X400", spaces = { "SMTP:*", "MS:*", "EX:*", "X500:*" },
      wrap = { c = "us" } }]]:close()
  end)

  it("has no field that says nothing of a place in what is spoken", function()
    for said, fields in pairs {
      ['wrap.network says nothing of a place in SMTP; remove it, or write wrap = { domain ='
        .. ' "example.com" }'] = 'speaks = "SMTP", wrap = { domain = "d.example", network = "N" }',
      ['wrap.domain says nothing of a place in X400; remove it, or write wrap = { c = "us", a ='
        .. ' " ", p = "gateway" }'] = 'speaks = "X400", wrap = { c = "us", domain = "d.example" }',
      ["FAX carries no other type; remove wrap"] = 'speaks = "FAX", wrap = { domain = "d" }',
      ["wrap says how other types than the next hop's are carried; add speaks, or remove wrap"] =
        'wrap = { domain = "d.example" }',
    } do
      local _, message = policy.load(('connector "c" { spaces = { "EX:*" }, %s }'):format(fields),
        { chunkname = "@policy.lua" })
      assert.truthy(message and message:find('connector "c": ' .. said, 1, true), message or said)
    end
  end)

  it("is not needed between the orders of one type", function()
    local p = load [[
      connector "g" { speaks = "GROUPWISE", spaces = { "GWISE:*" } }
      connector "m" { speaks = "MSMAIL", spaces = { "MSA:*" } }
      connector "e" { speaks = "EX", spaces = { "X500:*" } }]]
    for to, address in pairs {
      ["GWISE:D.PO.kim"] = "GROUPWISE:kim.PO.D", ["GROUPWISE:kim.PO.D"] = "GROUPWISE:kim.PO.D",
      ["MSA:kim@HQ"] = "MSMAIL:kim@HQ", ["X500:/o=x"] = "X500:/o=x",
    } do
      assert.equal(address, tostring(p:route(to)[1].address))
    end
    p:close()
  end)
end)

describe("a post office of another type than cc:Mail", function()
  it("is a gateway of ours at its place", function()
    for name, addresses in pairs {
      ["NOTES:Internet"] = { "NOTES:kim@far.example@INTERNET" },
      ["MS:NET/GW"] = { "MS:net/gw/kim@far.example" },
      ["PCM:NET/GW"] = { "PCM:net\\gw\\kim@far.example" },
      ["GWISE:D.GW"] = { "GWISE:d.gw.kim@far.example", "GROUPWISE:kim@far.example.GW.D" },
      ["MSMAIL:GW"] = { "MSMAIL:kim@far.example@gw", "MSA:kim@far.example@GW" },
    } do
      local p = load(([[postoffice "%s" { gateway = "SMTP" } connector "c" { spaces = { "SMTP:*",
        "NOTES:*", "MS:*", "PCM:*", "GWISE:*", "MSMAIL:*" } }]]):format(name))
      for _, to in ipairs(addresses) do
        assert.equal("SMTP:kim@far.example", tostring(p:route(to)[1].address), to)
      end
      for _, to in ipairs { "NOTES:kim@far.example@NET", "MS:A/B/C", "GWISE:D.P.kim", "MSA:a@B" } do
        assert.equal(to, tostring(p:route(to)[1].address))
      end
      p:close()
    end
  end)

  it("is foretold where a connector reaches it", function()
    local p = load [[
      postoffice "MS:NET/HUB" {}
      postoffice "MS:NET/GW" { via = "ms:net/hub", gateway = "SMTP" }
      connector "ms" { speaks = "MS", reaches = "MS:NET/HUB", spaces = { "MS:*", "SMTP:*" },
        wrap = { network = "NET", postoffice = "GW" } }]]
    for _, to in ipairs { "kim@far.example", "MS:NET/GW/kim@far.example" } do
      local delivery = p:route(to)[1]
      assert.same({ "MS:NET/GW/kim@far.example", "SMTP:kim@far.example", "MS:NET/HUB>MS:NET/GW" },
        { tostring(delivery.address), tostring(delivery.final), table.concat(delivery.path, ">") })
    end
    assert.equal("MS:NET/PO/KIM", tostring(p:route("MS:NET/PO/KIM")[1].final))
    assert.equal("route-missing", p:route("CCMAIL:Kim at HQ")[1].code) -- none of cc:Mail's
    assert.truthy(tostring(p:explain("MS:NET/GW/kim@far.example")):find("post office MS:NET/GW", 1,
      true))
    p:close()
  end)

  it("has to have a place that a gateway can have", function()
    for name, type_name in pairs { ["X400:c=us"] = "X400", ["GROUPWISE:PO.D"] = "GROUPWISE" } do
      local _, message = policy.load(("postoffice %q {}"):format(name), { chunkname = "@p.lua" })
      assert.equal(('p.lua:1: postoffice "%s" is at no place of %s that a gateway can have; write'
        .. " NOTES:DOMAIN, MS:NETWORK/POSTOFFICE, PCM:NETWORK/POSTOFFICE, GWISE:DOMAIN.POSTOFFICE"
        .. " or MSMAIL:SERVER, or a name of cc:Mail's"):format(name, type_name), message)
    end
    load('postoffice "A:B" {}'):close()
  end)

  it("is no post office of cc:Mail", function()
    local source = [[
domain "example.com" {}
postoffice "NOTES:INTERNET" { gateway = "SMTP" }
%s
connector "line" { speaks = "SMTP", nexthop = "n1", spaces = { "SMTP:*" } }
connector "cc"   { speaks = "CCMAIL", nexthop = "n2", spaces = { "CCMAIL:*" },
  wrap = { postoffice = "%s" } }
]]
    local p, to = load(source:format("", "hq")), "CCMAIL:u@far.example at NOTES:INTERNET"
    local delivery = p:route(to, { may_relay = true })[1]
    assert.same({ "cc", to }, { delivery.connector, tostring(delivery.address) })
    delivery = p:route("joe@far.example", { sender = "CCMAIL:u@b.example at GW",
      may_relay = true })[1]
    assert.equal("SMTP:u@b.example", tostring(delivery.sender)) -- any of cc:Mail's may be a gateway
    p = load(source:format('postoffice "HQ" {}', "hq"))
    assert.equal("postoffice-unknown", p:route(to, { may_relay = true })[1].code)
    local none, message = policy.load(source:format('postoffice "HQ" {}', "NOTES:INTERNET"))
    assert.is_nil(none)
    assert.matches('wrap.postoffice: post office "NOTES:INTERNET" is not', message, 1, true)
  end)
end)

describe("what a domain unwraps", function()
  it("is what has the same keys as well", function()
    local p = load [[
      domain "a.example" { unwrap = { "EX", "GROUPWISE" } }
      recipient "Kim" { proxies = { "SMTP:kim@a.example", "EX:/o=x/cn=kim", "GWISE:D.PO.kim" } }]]
    for _, to in ipairs { "EX:/o=x/cn=kim", "X500:/o=x/cn=kim", "GWISE:D.PO.kim",
      "GROUPWISE:kim.PO.D" } do
      local outer = postoffice.encapsulate(to, "SMTP", { domain = "a.example" })
      assert.equal("Kim", p:route(outer)[1].entry, to)
    end
    p:close()
  end)
end)

describe("an X.400 address with a DDA", function()
  local p = load [[
    domain "home.example" {}
    domain "relay.example" { kind = "relay" }
    recipient "Kim" { proxies = { "SMTP:kim@home.example", "EX:/o=Org/cn=kim" } }
    recipient "Joe" { proxies = { "SMTP:joe@home.example" },
      target = "X400:c=us;a= ;p=Org;dda:SMTP=joe@far.example" }
    connector "internet" { speaks = "SMTP", nexthop = "smtp", wrap = { domain = "gw.example" },
      spaces = { "SMTP:*" } }
    connector "x400" { speaks = "X400", nexthop = "mta", spaces = { "X400:*", "SMTP:*@x.example" },
      wrap = { c = "us", a = " ", p = "gw" } }
    connector "odd" { nexthop = "odd", spaces = { "MS:NET" } }
  ]]
  local GATEWAY = "X400:c=us;a= ;p=Org;"

  -- Where it goes: connector and address, or the code.
  local function way(dda, envelope)
    local delivery = p:route(GATEWAY .. dda, envelope)[1]
    return delivery.code or ("%s %s"):format(delivery.connector or delivery.entry,
      tostring(delivery.address))
  end

  it("goes by the DDA first, and then by the rest", function()
    for _, case in ipairs {
      { "dda:RFC-822=kim(a)home.example;", "Kim SMTP:kim@home.example" },
      { "dda:MSXCHNGE=/o=Org/cn=kim;", "Kim SMTP:kim@home.example" },
      { "dda:SMTP=nobody@home.example;", "recipient-unknown" },
      { "dda:SMTP=a@relay.example;", "internet SMTP:a@relay.example" },
      { "dda:MS=NET/PO/KIM;", "odd MS:NET/PO/KIM" },
      { "dda:MS=OTHER/PO/KIM;", "x400 X400:c=us;a= ;p=Org;dda:MS=OTHER/PO/KIM;" },
      { "dda:SMTP=a@x.example;", "x400 X400:c=us;a= ;p=Org;dda:SMTP=a@x.example;" },
      { "dda:ID=7;", "x400 X400:c=us;a= ;p=Org;dda:ID=7;" },
      { "s=Lee;", "x400 X400:c=us;a= ;p=Org;s=Lee;" },
    } do
      assert.equal(case[2], way(case[1]))
    end
  end)

  it("is taken out for a foreign domain only by leave", function()
    assert.equal("relay-denied", way "dda:SMTP=a@far.example;")
    assert.equal("internet SMTP:a@far.example",
      way("dda:SMTP=a@far.example;", { may_relay = true }))
    assert.equal("SMTP:joe@far.example", tostring(p:route("joe@home.example")[1].address))
  end)

  it("that went by the rest comes back by the rest, out of a connector's shell", function()
    local q = load [[
      domain "home.example" { unwrap = { "X400" } }
      connector "gw" { speaks = "SMTP", nexthop = "gw", wrap = { domain = "gw.example" },
        spaces = { "X400:*" } }
      connector "few" { nexthop = "few", spaces = { "SMTP:*@few.example" } }]]
    local first = q:route(GATEWAY .. "dda:SMTP=a@far.example;", { may_relay = true })[1]
    assert.equal("gw", first.connector)
    local second = q:route(first.address, { may_relay = true })[1]
    assert.same({ "gw", tostring(first.address) }, { second.connector, tostring(second.address) })
    local shell = postoffice.encapsulate(GATEWAY .. "dda:SMTP=a@few.example;", "SMTP",
      { domain = "gw.example" })
    assert.equal("gw", q:route(shell, { may_relay = true })[1].connector)
    q:close()
  end)

  it("is foretold as what it holds", function()
    assert.equal("SMTP:a@x.example",
      tostring(p:route(GATEWAY .. "dda:SMTP=a@x.example;")[1].final))
  end)

  it("says so in an explanation", function()
    local function told(dda) return (tostring(p:explain(GATEWAY .. dda)):gsub("%s+", " ")) end
    for dda, sentence in pairs {
      ["dda:SMTP=a@x.example;"] = "it carries SMTP:a@x.example, and goes by that first (Q262112)",
      ["dda:MS=OTHER/PO/KIM;"] = "it carries MS:OTHER/PO/KIM, which no space takes: goes by the"
        .. " rest",
      ["dda:SMTP=kim@home.example;"] = "it carries SMTP:kim@home.example, which is ours",
    } do
      assert.truthy(told(dda):find(sentence, 1, true), told(dda))
    end
  end)
end)
