local generate = require "spec.generate"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"

local function load(source)
  return assert(policy.load(source, { chunkname = "@policy.lua" }))
end

--- The connector that takes an address, or the code of what was wrong.
local function taker(p, address, envelope)
  local delivery = p:route(address, envelope)[1]
  return delivery.connector or delivery.code or delivery.verdict
end

local function takes(p, cases, envelope)
  for _, case in ipairs(cases) do assert.equal(case[2], taker(p, case[1], envelope), case[1]) end
end

-- Where everything leaves by the connector that it came by.
local ONE_LINE = [[
domain "our.example" { unwrap = { "CCMAIL", "SRS" } }
domain "caught.example" { catchall = "all@new.example" }
postoffice "HQ" {}
postoffice "US" { gateway = "SMTP" }
recipient "Ann"  { proxies = { "ann@our.example" }, target = "ann@new.example" }
recipient "Bob"  { proxies = { "bob@our.example" },
  targets = { "bob@one.example", "bob@two.example" } }
recipient "Kim"  { proxies = { "kim@our.example", "k.lee@far.example", "kim@far.example" },
  target = "kim@far.example" }
list "All" { proxies = { "all@our.example" }, members = { "Ann", "joe@far.example" } }
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@new.example" }
rewrite "SMTP:{u}@kept.example" { to = "SMTP:{u}@kept.example" }
rewrite "SMTP:{u}@{d}.there.example" { to = "SMTP:{u}@{d}.back.example" }
rewrite "SMTP:{u}@{d}.back.example" { to = "SMTP:{u}@{d}.there.example" }
connector "line" { spaces = { "SMTP:*", "CCMAIL:*" },
  srs = { domain = "our.example", secrets = "k" } }
]]

describe("mail that goes back by the connector that it arrived by", function()
  local options = { chunkname = "@policy.lua", secrets = { k = { "a key" } } }
  local p = assert(policy.load(ONE_LINE, options))
  local envelope = { arrived_by = "line", sender = "joe@bank.example", now = 1577836860 }

  local function all_take(site, to, expected)
    for _, delivery in ipairs(site:route(to, envelope)) do
      assert.equal(expected, delivery.connector or delivery.code, to)
    end
    for _, item in ipairs(site:resolve(to)) do -- what sent it on is known of it, too
      local delivery = site:nexthop(item, envelope)
      assert.equal(expected, delivery.connector or delivery.code, to)
    end
  end

  it("is no loop where it was sent on to another address, or is an answer", function()
    for _, to in ipairs {
      "ann@our.example", "bob@our.example", "k.lee@far.example", "all@our.example",
      "x@caught.example", "x@old.example", "CCMAIL:ann@our.example at US",
      "IMCEACCMAIL-x+20at+20HQ@our.example",
    } do
      all_take(p, to, "line")
    end
    local sent = p:route("ann@our.example", envelope)[1]
    assert.matches("^SMTP:SRS0=", tostring(sent.sender))
    assert.equal("SMTP:joe@bank.example", tostring(p:route(sent.sender, envelope)[1].address))
    assert.matches("arrived by line, too, and may go back by it",
      (tostring(p:explain("ann@our.example", envelope)):gsub("%s+", " ")), 1, true)
  end)

  it("is one where it passes through, as it came or by a gateway of ours", function()
    for _, to in ipairs {
      "x@far.example", "x@kept.example", "kim@far.example", "CCMAIL:x at HQ",
      "CCMAIL:x@far.example at US",
    } do
      all_take(p, to, "route-loop")
    end
    assert.is_nil(tostring(p:explain("x@far.example", envelope)):find("may go back", 1, true))
  end)

  it("is none for both where one of two recipients was sent on", function()
    for _, to in ipairs {
      { "ann@our.example", "ann@new.example" }, { "ann@new.example", "ann@our.example" },
      { "ann@new.example", "ann@our.example", "ann@new.example" },
    } do
      local deliveries = p:route(to, envelope)
      assert.equal(1, #deliveries)
      assert.equal("line", deliveries[1].connector)
      assert.equal("SMTP:joe@bank.example", tostring(deliveries[1].sender)) -- it is not signed
    end
  end)

  it("is none where the script sent it on", function()
    local scripted = assert(policy.load(ONE_LINE .. [[
function on.recipient(address)
  if address.localpart == "moved" then return "found@new.example" end
  if address.localpart == "same" then return { address, "copy@new.example" } end
end
function on.route() return "line" end
]], options))
    all_take(scripted, "moved@far.example", "line")
    local both = scripted:route("same@far.example", envelope)
    assert.same({ "route-loop", "line" }, { both[1].code, both[2].connector })
    all_take(scripted, "x@far.example", "route-loop")
  end)
end)

describe("address spaces", function()
  it("match the whole address, the more special class first, whatever it costs (Q229961)",
    function()
    local p = load [[
connector "exact"   { spaces = { { "SMTP:joe@sales.partner.example", cost = 90 } } }
connector "partner" { spaces = { { "SMTP:*@*partner.example", cost = 80 } } }
connector "all"     { spaces = { { "SMTP:*", cost = 70 } } }
connector "blank"   { spaces = { { "SMTP:", cost = 1 }, { "FAX:", cost = 1 } } }
]]
    takes(p, {
      { "JOE@sales.partner.example", "exact" },
      { "ann@sales.partner.example", "partner" },
      { "ann@partner.example", "partner" },
      { "ann@else.example", "all" },
      { "[FAX:123]", "blank" },
    })
  end)

  it("prefer more literal characters among wildcards", function()
    local p = load [[
connector "a" { spaces = { "SMTP:*@*.example" } }
connector "b" { spaces = { "SMTP:*@*.x.example" } }
connector "c" { spaces = { "SMTP:s*@*.x.example" } }
connector "d" { spaces = { "SMTP:sales?@*" } }
]]
    takes(p, {
      { "joe@a.example", "a" }, { "joe@a.x.example", "b" }, { "sam@a.x.example", "c" },
        { "sales1@a.x.example", "c" },
      { "sales1@b.test", "d" }, { "sales12@b.test", "route-missing" },
    })
  end)

  it("match cc:Mail post offices as Exchange's do", function()
    local p = load [[
connector "server1" { spaces = { "CCMAIL:* at SERVER1" } }
connector "sites"   { spaces = { "CCMAIL:* at SITE??" } }
connector "smith"   { spaces = { "CCMAIL:Smith, John at HQ" } }
]]
    takes(p, {
      { "CCMAIL:Anyone at SERVER1", "server1" }, { "CCMAIL:Anyone at server1", "server1" },
      { "CCMAIL:Anyone at SERVER2", "route-missing" }, { "CCMAIL:Anyone at SITE01", "sites" },
      { "CCMAIL:Anyone at SITE1", "route-missing" }, { "CCMAIL:John Smith at hq", "smith" },
    })
  end)

  it("can be a prefix of components", function()
    local p = load [[
connector "org"  { spaces = { "EX:/o=Org" } }
connector "site" { spaces = { "X500:/o=Org/ou=Site/" } }
connector "kim"  { spaces = { "EX:/o=Org/ou=Site/cn=Kim" } }
connector "wild" { spaces = { "EX:/o=Org/ou=S*/cn=Zed" } }
connector "ms"   { spaces = { "MS:NET/PO1" } }
connector "gw"   { spaces = { "GWISE:DOM.PO" } }
]]
    takes(p, {
      { "EX:/o=org/ou=Other/cn=x", "org" }, { "EX:/o=Org/ou=Site/cn=x", "site" },
        { "X500:/O=ORG/OU=SITE/CN=X", "site" },
      { "EX:/o=Org/ou=Site/cn=kim", "kim" }, { "EX:/o=Org/ou=Site/cn=Kimberly", "site" },
      { "EX:/o=Org/ou=Site/cn=zed", "wild" },
      { "EX:/o=Organisation/cn=x", "recipient-unknown" },
      { "MS:net/po1/kim", "ms" }, { "MS:NET/PO10/KIM", "route-missing" }, { "GWISE:dom.po.kim",
        "gw" },
    })
  end)

  it("match X.400 by attributes, from the country down", function()
    local p = load [[
connector "us"   { spaces = { "X400:c=US" } }
connector "mci"  { spaces = { "X400:c=US;a=MCI" } }
connector "org"  { spaces = { "X400:c=US;a=MCI;p=Org" } }
connector "prmd" { spaces = { "X400:c=GB;a=*;p=Org*" } }
connector "gold" { spaces = { "X400:c=GB;a= ;p=Gold" } }
connector "kim"  { spaces = { "X400:c=US;a=MCI;p=Org;s=Lee;g=Kim" } }
]]
    takes(p, {
      { "X400:g=Joe;s=Fox;c=us", "us" }, { "X400:c=US;a=ATT;s=Fox", "us" },
      { "X400:c=US;a=mci;s=Fox", "mci" }, { "X400:c=US;a=MCI;p=ORG;o=Site;s=Fox", "org" },
      { "X400:/S=Fox/P=Org/A=MCI/C=US/", "org" }, { "X400:c=US;a=MCI;p=Org;s=Lee;g=Kim", "kim" },
      { "X400:c=GB;a=BT;p=Organisation;s=Fox", "prmd" }, { "X400:c=GB;p=Gold;s=Fox", "gold" },
      { "X400:c=GB;a=BT;p=Gold;s=Fox", "route-missing" }, { "X400:c=FR;s=Fox", "route-missing" },
    })
    takes(load 'connector "all" { spaces = { "X400:*" } }', { { "X400:c=FR;s=Fox", "all" } })
  end)

  it("answer what the published examples say", function()
    takes(load [[
connector "A" { spaces = { { "SMTP:", cost = 1 } } }
connector "B" { spaces = { { "SMTP:*", cost = 50 } } }]], { { "user@x.example", "B" } }) -- Q152471
    takes(load [[
connector "A" { spaces = { { "SMTP:*", cost = 10 } } }
connector "B" { spaces = { { "SMTP:*", cost = 1 } } }]], { { "user@x.example", "B" } })
    takes(load "", { { "CCMAIL:user at PO", "route-missing" } }) -- Q186235
  end)

  it("are not the more special one's fallback, unless cost goes first", function()
    local source = [[
connector "line" { spaces = { { "SMTP:*@partner.example", cost = 5 } } }
connector "any"  { spaces = { { "SMTP:*", cost = 50 } } }
]]
    local p = load(source)
    local down = { down = { "line" } }
    local delivery = p:route("a@partner.example", down)[1]
    assert.equal("defer", delivery.verdict)
    assert.equal("connectors-down", delivery.code)
    assert.equal("4.4.1", delivery.status)
    takes(load('settings { order = "cost" }' .. source), { { "a@partner.example", "any" } }, down)
    takes(load('settings { order = "cost" }' .. source), { { "a@partner.example", "line" } })
  end)

  it("may cost before they are special", function()
    local p = load [[
settings { order = "cost" }
connector "special" { spaces = { { "SMTP:*@partner.example", cost = 50 } } }
connector "cheap"   { spaces = { { "SMTP:*", cost = 1 } } }
]]
    takes(p, { { "a@partner.example", "cheap" } })
  end)
end)

describe("a connector", function()
  local p = load [[
connector "first"  { nexthop = "one", spaces = { "SMTP:*" } }
connector "second" { nexthop = "two", spaces = { { "SMTP:*", cost = 5 } } }
connector "third"  { nexthop = "three", spaces = { { "SMTP:*", cost = 9 } } }
]]

  it("of the lowest cost wins, the rest of its space stands behind it", function()
    local delivery = p:route("a@x.example")[1]
    assert.equal("first", delivery.connector)
    assert.equal("one", delivery.nexthop)
    assert.equal(1, delivery.cost)
    assert.equal("SMTP:*", delivery.space)
    assert.same({
      { connector = "second", nexthop = "two", cost = 5, space = "SMTP:*" },
      { connector = "third", nexthop = "three", cost = 9, space = "SMTP:*" },
    }, delivery.alternatives)
    assert.equal("policy.lua:1", delivery.rule)
  end)

  it("that is down, or that the message came by, drops out", function()
    takes(p, { { "a@x.example", "second" } }, { down = { "first" } })
    takes(p, { { "a@x.example", "second" } }, { down = { First = true } })
    takes(p, { { "a@x.example", "second" } }, { arrived_by = "FIRST" })
    takes(p, { { "a@x.example", "third" } }, { arrived_by = "first", down = { "second" } })
    takes(p, { { "a@x.example", "connectors-down" } }, { arrived_by = "first",
      down = { "second", "third" } })
  end)

  it("never gets back what came by it alone", function()
    local q = load [[connector "only" { spaces = { "SMTP:*" } }]]
    takes(q, { { "a@x.example", "route-loop" } }, { arrived_by = "only" })
  end)

  it("shares evenly with its equals, each address always the same way", function()
    local q = load [[
connector "a" { spaces = { "SMTP:*" } }
connector "b" { spaces = { "SMTP:*" } }
connector "c" { spaces = { "SMTP:*" } }
]]
    local count, moved = { a = 0, b = 0, c = 0 }, 0
    for i = 1, 3000 do
      local address = ("user%d@d%d.example"):format(i, i % 7)
      local taken = taker(q, address)
      count[taken] = count[taken] + 1
      assert.equal(taken, taker(q, address:upper()))
      if taken ~= "c" and taker(q, address, { down = { "c" } }) ~= taken then moved = moved + 1 end
    end
    for name, n in pairs(count) do assert.is_true(n > 850 and n < 1150, name .. ": " .. n) end
    assert.equal(0, moved) -- only what c carried is shared out anew
  end)

  it("with guards goes before those without, where its guards let", function()
    local q = load [[
connector "small" { max_size = 1000, spaces = { { "SMTP:*", cost = 90 } } }
connector "sales" { senders = { "SMTP:*@sales.example", "<>" },
  spaces = { { "SMTP:*", cost = 80 } } }
connector "any"   { spaces = { "SMTP:*" } }
]]
    takes(q, { { "a@x.example", "small" } }, { size = 1000, sender = "joe@else.example" })
    takes(q, { { "a@x.example", "any" } }, { size = 1001, sender = "joe@else.example" })
    takes(q, { { "a@x.example", "sales" } }, { size = 1001, sender = "Joe@Sales.example" })
    takes(q, { { "a@x.example", "sales" } }, { size = 1001, sender = "<>" })
    takes(q, { { "a@x.example", "any" } }, { size = 1001, sender = "joe@else.example" })
    takes(q, { { "a@x.example", "any" } }, { size = 9, sender = "joe@else.example",
      down = { "small" } })
  end)

  it("takes what nobody else does, if no space says so", function()
    takes(load "", { { "a@x.example", "route-missing" } })
    takes(load 'settings { unmatched = "pass" }', { { "a@x.example", "pass" } })
    takes(load 'settings { unmatched = "pass" } domain "x.example" {}', { { "a@x.example",
      "recipient-unknown" } })
  end)
end)

describe("handing over", function()
  it("speaks the next hop's type: through a gateway, or encapsulated at a domain", function()
    local p = load [[
connector "cc"   { speaks = "CCMAIL", wrap = { postoffice = "internet" }, spaces = { "SMTP:*" } }
connector "smtp" { speaks = "SMTP", wrap = { domain = "gw.example" },
  spaces = { "FAX:*", "CCMAIL:*" } }
]]
    local delivery = p:route("user@x.example")[1]
    assert.equal("CCMAIL:user@x.example at internet", tostring(delivery.address))
    assert.equal("SMTP:user@x.example", tostring(delivery.final))
    delivery = p:route("CCMAIL:Kim at HQ")[1]
    assert.equal("SMTP:IMCEACCMAIL-Kim+20at+20HQ@gw.example", tostring(delivery.address))
    assert.equal("CCMAIL:Kim at HQ", tostring(delivery.final))
  end)

  it("hands the sender over in the same type, from the directory where it can", function()
    local p = load [[
recipient "Kim" { proxies = { "kim@here.example", "CCMAIL:Lee, Kim at EXCHANGE" } }
connector "cc" { speaks = "CCMAIL", wrap = { postoffice = "internet" }, spaces = { "SMTP:*" } }
]]
    local function sender(from)
      local delivery = p:route("user@x.example", { sender = from })[1]
      return delivery.sender and tostring(delivery.sender)
    end
    assert.equal("CCMAIL:Lee, Kim at EXCHANGE", sender "kim@here.example")
    assert.equal("CCMAIL:joe@else.example at internet", sender "joe@else.example")
    assert.is_nil(sender(nil))
    assert.equal("", p:route("user@x.example", { sender = "" })[1].sender.localpart)
  end)

  it("leaves a sender of the type that is spoken, be it no primary one", function()
    local p = load [[
domain "here.example" {}
recipient "Kim" { proxies = { "SMTP:kim@here.example", "smtp:klee@here.example" } }
connector "out" { speaks = "SMTP", spaces = { "SMTP:*" } }
]]
    local delivery = p:route("user@x.example", { sender = "klee@here.example" })[1]
    assert.equal("SMTP:klee@here.example", tostring(delivery.sender))
  end)

  it("takes addresses of 8192 bytes at most, and senders", function()
    local p = load 'connector "out" { spaces = { "SMTP:*" } }'
    local function long(bytes) return ("a"):rep(bytes - 10) .. "@x.example" end
    for _, ask in ipairs { p.route, p.nexthop } do
      local delivery = ask(p, long(8192), { sender = long(8193) })
      delivery = delivery[1] or delivery
      assert.equal("deliver", delivery.verdict)
      assert.equal(long(8193), delivery.sender)
    end
    local domain = ("x."):rep(50) .. "example"
    local spread = { type = "SMTP", localpart = ("a"):rep(8100), domain = domain }
    for _, to in ipairs { long(8193), long(1e6), ("("):rep(1e6), spread } do
      local delivery = p:route(to)[1]
      assert.same({ "address-length", "5.1.3" }, { delivery.code, delivery.status })
      assert.equal("address-length", select(3, p:nexthop(to)))
      assert.equal("address-length", select(3, p:rewrite(to)))
      assert.equal("address-length", p:resolve(to)[1].code)
      assert.matches("8192", tostring(p:explain(to)), 1, true)
    end
  end)

  it("tells who else of those that were asked for gets the one copy", function()
    local p = load 'connector "out" { spaces = { "SMTP:*" } }'
    local deliveries = p:route { "kim@x.example", "KIM@x.example", "joe@x.example" }
    assert.same({ { "KIM@x.example" }, nil }, { deliveries[1].also, deliveries[2].also })
    assert.equal(2, #deliveries)
  end)

  it("tells of a list's member that fails, be it an address of the list's own", function()
    local p = load [[
domain "here.example" {}
list "Sales" { proxies = { "sales@here.example" },
  members = { "no@here.example", "joe@x.example" } }
connector "out" { spaces = { "SMTP:*" } }
]]
    local deliveries = p:route "sales@here.example"
    assert.same({ "recipient-unknown", true }, { deliveries[1].code, deliveries[1].member })
    assert.same({ "deliver", nil }, { deliveries[2].verdict, deliveries[2].member })
  end)

  it("tells the extension of what goes on to a target", function()
    local p = load [[
settings { extension = "+" }
domain "here.example" {}
recipient "Pat" { proxies = { "pat@here.example" }, target = "pat@far.example" }
connector "out" { spaces = { "SMTP:*" } }
]]
    assert.equal("tag", p:route("pat+tag@here.example")[1].extension)
    assert.is_nil(p:route("pat@here.example")[1].extension)
    assert.is_nil(p:route("pat+tag@far.example")[1].extension)
  end)

  it("leaves what was resolved as it was, and shares no table with it", function()
    local p = load 'connector "out" { spaces = { "SMTP:*" } }'
    for to, name in pairs { ["joe@x.example"] = "", ["Joe Doe <joe@x.example>"] = "Joe Doe" } do
      local items = p:resolve(to)
      for _ = 1, 2 do
        local delivery, address = p:route(items)[1], items[1].address
        assert.is_nil(delivery.address.display_name)
        delivery.address.localpart = "changed"
        assert.same({ "joe", name }, { address.localpart, address.display_name or "" })
      end
    end
  end)

  it("takes an address out of its notation", function()
    local p = load [[connector "out" { spaces = { "SMTP:*" } }]]
    local delivery = p:route("Joe Doe <joe@x.example>")[1]
    assert.is_nil(delivery.address.display_name)
    assert.equal("SMTP:joe@x.example", tostring(delivery.address))
    delivery = p:route("smtp:joe@x.example")[1]
    assert.equal("SMTP:joe@x.example", tostring(delivery.address))
  end)
end)

describe("encapsulated addresses", function()
  local p = load [[
domain "here.example" { unwrap = { "SMTP", "CCMAIL", "FAX", "EX" } }
domain "plain.example" {}
domain "branch.example" { kind = "relay" }
postoffice "internet" { via = "HQ", gateway = "SMTP" }
postoffice "HQ" {}
recipient "Kim" { proxies = { "kim@here.example", "EX:/o=Org/cn=kim" } }
recipient "Pat" { proxies = { "EX:/o=Org/cn=pat" }, target = "SMTP:pat@away.example" }
connector "cc"  { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" } }
connector "out" { spaces = { "SMTP:*", "FAX:*" } }
]]

  it("are opened at our domains, for the types they list", function()
    takes(p, {
      { "IMCEAFAX-+2B1+20206@here.example", "out" },
      { "IMCEACCMAIL-Kim+20at+20HQ@here.example", "cc" },
      { "IMCEACCMAIL-Kim+20at+20HQ@plain.example", "recipient-unknown" },
      { "IMCEAFAX-1@foreign.example", "out" },
    })
    assert.equal("Kim", p:route("IMCEAEX-_o=Org_cn=kim@plain.example")[1].entry)
    assert.equal("recipient-unknown", p:route("IMCEAEX-_o=Org_cn=nobody@plain.example")[1].code)
  end)

  it("are judged by themselves inside what a connector of ours makes of them", function()
    local q = assert(policy.load [[
      domain "here.example" { unwrap = { "EX", "CCMAIL", "NOTES" } }
      connector "far" {
        speaks = "SMTP", nexthop = "smtp:[192.0.2.9]:25", wrap = { domain = "far.example" },
        spaces = { "EX:*", "CCMAIL:*", "NOTES:*" },
      }]])
    for _, address in ipairs {
      "IMCEAEX-_o=Org_cn=x@here.example", "IMCEACCMAIL-Lee+20at+20HQ@here.example",
      "IMCEANOTES-Lee_Acme+40ACME@here.example",
    } do
      local delivery = q:route(address)[1]
      assert.same({ "deliver", "far.example" }, { delivery.verdict, delivery.address.domain })
    end
    for _, address in ipairs {
      "IMCEACCMAIL-joe+40bank+2Eexample+20at+20HQ@here.example",
      "IMCEANOTES-joe+40bank+2Eexample+40ACME@here.example",
      "IMCEANOTES-Lee+40bank+2Eexample@here.example",
    } do
      local delivery = q:route(address)[1]
      assert.same({ "reject", "relay-denied" }, { delivery.verdict, delivery.code }, address)
      assert.equal("deliver", q:route(address, { may_relay = true })[1].verdict, address)
    end
    q:close()
  end)

  it("never make us a relay (Q237927)", function()
    local outside = {
      "IMCEASMTP-user+40foreign+2Eexample@here.example",
      "IMCEACCMAIL-user+40foreign+2Eexample+20at+20internet@here.example",
      "imceaccmail-IMCEASMTP-user+2B40foreign+40here+2Eexample+20at+20internet@here.example",
    }
    for _, address in ipairs(outside) do
      local delivery = p:route(address)[1]
      assert.equal("relay-denied", delivery.code, address)
      assert.equal("5.7.1", delivery.status)
      assert.equal("deliver", p:route(address, { may_relay = true })[1].verdict, address)
    end
  end)

  it("are opened sixteen deep, and refused beyond", function()
    local q = load [[domain "here.example" { unwrap = { "SMTP", "CCMAIL" } }
      connector "out" { spaces = { "SMTP:*" } }]]
    local address = assert(postoffice.parse "joe@far.example")
    for depth = 1, 20 do
      address = assert(postoffice.encapsulate(address, "SMTP", { domain = "here.example" }))
      local delivery = q:route(address, { may_relay = true })[1]
      local expected = depth <= 16 and "deliver" or "encapsulation-depth"
      assert.equal(expected, delivery.code or delivery.verdict, depth)
    end
    q:close()
  end)

  it("are looked through, whatever carries what", function()
    local q = load [[
domain "here.example" { unwrap = { "SMTP", "CCMAIL", "FAX", "UUCP", "NOTES", "X400" } }
domain "branch.example" { kind = "relay" }
domain "*.former.example" { kind = "former" }
postoffice "HQ" {}
postoffice "internet" { via = "HQ", gateway = "SMTP" }
postoffice "x400" { via = "HQ", gateway = "X400" }
postoffice "own" { gateway = "SMTP" }
recipient "Far" { proxies = { "far@foreign.example" } }
connector "out" { spaces = { "SMTP:*", "CCMAIL:*", "FAX:*", "UUCP:*", "NOTES:*", "X400:*" } }
]]
    local function shell(text)
      local inner = assert(postoffice.parse(text))
      return postoffice.format(postoffice.encapsulate(inner, "SMTP", { domain = "here.example" }),
        "native")
    end
    local function shells(count)
      local text = shell "CCMAIL:victim@foreign at internet"
      for _ = 2, count do text = shell("CCMAIL:" .. text .. " at internet") end
      return text
    end
    for _, address in ipairs {
      shell "SMTP:a@x.former.example",
      shell "X400:c=us;a= ;p=x;dda:SMTP=a@foreign.example",
      shell "X400:c=us;a= ;p=x;dda:RFC-822=a(a)foreign.example",
      shell "X400:c=us;a= ;p=x;dda:RFC-822=a(b",
      shell "X400:c=us;a= ;p=x;dda:INTERNET=a@foreign.example",
      shell "X400:c=us;a= ;p=x;dda:SMTP=a@here.example;dda:RFC-822=a@foreign.example",
      shell "CCMAIL:c=us;a= ;p=x;dda:SMTP=a@foreign.example at x400",
      shell "CCMAIL:Kim Lee at internet",
      shell "CCMAIL:a@foreign.example at own",
      shell "FAX:FAX=+12069367329@foreign.example",
      shell "FAX:FAX=+12069367329@x.former.example",
      shell "UUCP:foreign!user", shell "UUCP:here.example!foreign!user",
      shell "UUCP:here.example!user%foreign",
      shell "NOTES:user@foreign.example@Internet", shell "NOTES:user@foreign.example",
      shell "SMTP:victim%foreign@branch.example", shell "SMTP:foreign!victim@branch.example",
      shell [[SMTP:"victim@foreign"@branch.example]],
      shell "SMTP:IMCEASMTP-victim+40foreign@branch.example",
      shell "SMTP:IMCEAFAX-victim+2B40foreign@branch.example",
      shell "CCMAIL:victim%foreign@branch.example at internet",
      shells(2), shells(3), shells(4),
    } do
      local delivery = q:route(address)[1]
      assert.equal("relay-denied", delivery.code, address)
      delivery = q:route(address, { may_relay = true })[1]
      assert.are_not.equal("relay-denied", delivery.code, address)
    end
    takes(q, {
      { shell "X400:c=us;a= ;p=x;s=Lee", "out" }, { shell "UUCP:here.example!user", "out" },
      { shell "X400:c=us;a= ;p=x;dda:SMTP=a@branch.example", "out" },
      { shell "X400:c=us;a= ;p=x;dda:FOO=a(256)b(300)", "out" },
      { shell "FAX:FAX=+12069367329@here.example", "out" }, { shell "FAX:123", "out" },
      { shell "NOTES:Kim Lee/Org@DOMAIN", "out" }, { shell "NOTES:a@here.example@Internet", "out" },
      { shell "CCMAIL:Kim at HQ", "out" }, { shell "CCMAIL:a@here.example at internet", "out" },
      { shell "SMTP:user+40x@branch.example", "out" },
    })
    assert.equal("Far", q:route(shell "CCMAIL:far@foreign.example at own")[1].entry)
    assert.equal("relay-denied", q:route(shells(5))[1].code)
  end)

  it("are denied whatever type carries a foreign mailbox, in whatever field", function()
    local foreign = {
      "MS:ORG/SITE/v@evil.example", "MS:ORG/v@evil.example/KIM", "PCM:ORG\\SITE\\v@evil.example",
      "MS:ORG/SITE/evil!v", "MS:ORG/SITE/v%evil.example",
      "MSMAIL:v@evil.example", "MSMAIL:v@evil.example@SERVER", "MSA:v@evil.example",
      "GWISE:internet.v@evil.example", "GWISE:D.PO.v%evil",
      "GROUPWISE:internet.v.w@evil.example", "TELEX:v@evil.example", "TELEX:evil!v",
      "NOTES:v%evil.example/Org@NET", "NOTES:Kim/Org@evil.example", "UUCP:evil!v",
      "X400:c=us;a= ;p=x;s=Lee;dda:UUCP=evil!v", "X400:c=us;a= ;p=x;dda:UUCP=evil(b)v",
      "X400:c=us;a= ;p=x;dda:X=v(a)evil.example", "X400:c=us;a= ;p=x;dda:X=v(p)evil",
      "X400:c=us;a= ;p=x;dda:X=v(064)evil.example", "X400:c=us;a= ;p=x;dda:X=v(033)evil",
      "X400:c=us;a= ;p=x;dda:RFC-822=a(a)here.example;dda:UUCP=evil!v",
      "X400:c=us;a= ;p=x;dda:SMTP=a@here.example;dda:X=v@evil.example",
      "X400:c=us;a= ;p=x;dda:MS=ORG/SITE/v@evil.example",
      "X400:c=us;a= ;p=x;dda:RFC-822=v(a;dda:RFC822C1=)us.example;dda:RFC-822=v(a;"
        .. "dda:RFC822C1=)evil.example",
      "CCMAIL:v@evil.example at internet", "FAX:FAX=+1@evil.example",
      "FAX:v@evil.example", "FAX:1 | v@fax.evil.example | #2", "FAX:v@\195\169.example",
    }
    local ours = {
      "MS:ORG/SITE/KIM", "MS:ORG/SITE/a@here.example", "MSMAIL:kim@SERVER", "MSA:kim@SERVER",
      "MSMAIL:kim@mail.here.example", "GWISE:D.PO.kim", "GWISE:internet.kim@here.example",
      "GROUPWISE:D.PO.kim", "TELEX:12345", "TELEX:a@here.example", "NOTES:Kim/Org@NET",
      "X400:c=us;a= ;p=x;s=Lee;dda:ID=kim", "X400:c=us;a= ;p=x;dda:MS=ORG/SITE/KIM",
      "X400:c=us;a= ;p=x;dda:SMTP=a@here.example;dda:ID=7(l)x(r)",
      "EX:/o=Org/cn=v@evil.example", "X500:/o=Org/cn=v%evil", "CCMAIL:Kim at HQ", "FAX:+1",
      "FAX:Kim@206.555.0100", "FAX:Kim@555-0100 ext. 4", "FAX:kim@fax.here.example",
    }
    local types = {}
    for _, name in ipairs(generate.TYPES) do types[#types + 1] = ('"%s"'):format(name) end
    local unwrap, spaces = table.concat(types, ", "), table.concat(types, ", "):gsub('",', ':*",')
    local q = load(([[
domain "here.example" { unwrap = { %s } }
domain "*.here.example" {}
postoffice "HQ" {}
postoffice "internet" { via = "HQ", gateway = "SMTP" }
connector "out" { spaces = { %s } }
]]):format(unwrap, (spaces:gsub('"$', ':*"'))))
    local function shell(inner, count)
      local outer = assert(postoffice.parse(inner, { unknown = true }), inner)
      for _ = 1, count do
        outer = postoffice.encapsulate(outer, "SMTP", { domain = "here.example" })
      end
      return postoffice.format(outer, "native")
    end
    for count = 1, 3 do
      for _, inner in ipairs(foreign) do
        local to = shell(inner, count)
        local delivery = q:route(to)[1]
        assert.equal("relay-denied", delivery.code, inner .. count)
        local verdict = inner:find "here.example" and "reject" or "deliver" -- a DDA goes first
        assert.equal(verdict, q:route(to, { may_relay = true })[1].verdict, inner)
      end
      for _, inner in ipairs(ours) do
        local delivery = q:route(shell(inner, count))[1]
        assert.are_not.equal("relay-denied", delivery.code, inner)
      end
    end
  end)

  it("are what a rewrite at a domain of ours turns into another type", function()
    local UNREAD = '"v%evil"@internet.cc.us.example' -- by the gateway, which reads SMTP
    local function policy_of(domain)
      return load(domain .. [[

postoffice "internet" { via = "HQ", gateway = "SMTP" }
postoffice "HQ" {}
recipient "Pat" { proxies = { "CCMAIL:pat@evil.example at internet" },
  target = "CCMAIL:pat@evil.example at internet" }
connector "cc" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" } }
connector "out" { spaces = { "SMTP:*", "MS:*" } }
rewrite "SMTP:{u}@step.us.example" { to = "SMTP:{u}@internet.cc.us.example" }
rewrite "SMTP:{u}@ms.us.example" { to = "MS:ORG/SITE/{u}" }
rewrite "SMTP:{u}@made.us.example" { to = function(_, bound)
  return { type = "CCMAIL", mailbox = bound.u, postoffice = "internet" }
end }
rewrite "SMTP:{u}@{po}.cc.us.example" { to = "CCMAIL:{u} at {po}" }
rewrite "SMTP:{u}@moved.us.example" { to = "SMTP:{u}@new.foreign.example" }
]])
    end
    for _, domain in ipairs {
      'domain "*.cc.us.example" {} domain "*.us.example" { kind = "former" }',
      'domain "us.example" {}', 'domain "us.example" { kind = "relay" }',
      'domain "*.us.example" {}',
    } do
      local q = policy_of(domain)
      for _, to in ipairs {
        '"v@evil.example"@internet.cc.us.example', UNREAD,
        '"v@evil.example"@step.us.example', '"v@evil.example"@ms.us.example',
        '"v@evil.example"@made.us.example', "evil!v@ms.us.example",
        '"IMCEASMTP-v+40evil.example@us.example"@internet.cc.us.example',
      } do
        local delivery = q:route(to)[1]
        assert.same({ "relay-denied", "5.7.1" }, { delivery.code, delivery.status }, to)
        assert.truthy(delivery.detail:find("was made of an address at", 1, true), delivery.detail)
        delivery = q:route(to, { may_relay = true })[1]
        assert.equal(to == UNREAD and "domain-missing" or "deliver",
          delivery.code or delivery.verdict, to)
      end
      takes(q, {
        { "kim@hq.cc.us.example", "cc" }, { "kim@ms.us.example", "out" },
        { '"pat@evil.example"@internet.cc.us.example', "cc" }, -- the directory's own doing
        { '"v@hq.us.example"@ms.us.example',
          domain == 'domain "*.us.example" {}' and "out" or "relay-denied" },
        { "joe@moved.us.example", "out" },
      })
    end
    takes(policy_of "", { { '"v@evil.example"@internet.cc.us.example', "cc" } }) -- not ours
  end)

  it("are judged so where a rewrite at a domain of ours made them", function()
    local q = load [[
domain "us.example" { unwrap = { "MS" } }
domain "branch.us.example" { kind = "relay" }
rewrite "SMTP:{u}@ms.us.example" { to = "MS:ORG/SITE/{u}" }
rewrite "SMTP:{u}@fax.us.example" { to = "FAX:{u}" }
connector "far"  { speaks = "SMTP", wrap = { domain = "far.example" }, spaces = { "MS:*" } }
connector "near" { speaks = "SMTP", wrap = { domain = "us.example" }, spaces = { "FAX:*" } }
]]
    for _, to in ipairs { "kim@ms.us.example", "IMCEAMS-ORG_SITE_KIM@us.example" } do
      assert.equal("far.example", q:route(to)[1].address.domain, to)
      assert.equal("deliver", q:route(to)[1].verdict, to)
    end
    for _, to in ipairs { '"kim@bank.example"@ms.us.example', '"kim@bank.example"@fax.us.example',
      "IMCEAMS-ORG_SITE_KIM+40bank+2Eexample@us.example" } do
      assert.equal("relay-denied", q:route(to)[1].code, to)
      assert.equal("deliver", q:route(to, { may_relay = true })[1].verdict, to)
    end
    takes(q, { { "1234@fax.us.example", "near" }, { "MS:ORG/SITE/KIM", "far" } })
  end)

  it("may be for a domain however far below *.x", function()
    local q = load [[
domain "*.us.example" { unwrap = { "CCMAIL" } }
domain "*.out.us.example" { kind = "former" }
postoffice "internet" { via = "HQ", gateway = "SMTP" }
postoffice "HQ" {}
connector "cc" { spaces = { "CCMAIL:*" } }
]]
    for host, expected in pairs {
      ["a.us.example"] = "cc", ["a.b.us.example"] = "cc", ["c.b.a.us.example"] = "cc",
      ["d.c.b.a.us.example"] = "cc", ["us.example"] = "relay-denied",
      ["xus.example"] = "relay-denied", ["a.out.us.example"] = "relay-denied",
      ["b.a.out.us.example"] = "relay-denied", ["out.us.example"] = "cc",
    } do
      local inner = postoffice.parse(("CCMAIL:kim@%s at internet"):format(host))
      for _, domain in ipairs { "x.us.example", "z.y.x.us.example" } do
        local outer = postoffice.encapsulate(inner, "SMTP", { domain = domain })
        takes(q, { { postoffice.format(outer, "native"), expected } })
      end
    end
  end)

  it("are looked through where no post office is declared", function()
    local q = load [[
domain "here.example" { unwrap = { "CCMAIL" } }
connector "cc" { spaces = { "CCMAIL:*" } }
]]
    takes(q, {
      { "IMCEACCMAIL-a+40b+2Ec+20at+20internet@here.example", "relay-denied" },
      { "IMCEACCMAIL-a+25b+20at+20internet@here.example", "relay-denied" },
      { "IMCEACCMAIL-Kim+20at+20HQ@here.example", "cc" },
    })
  end)

  it("may name what is ours, what is behind us, and whoever the directory sends on", function()
    takes(p, {
      { "IMCEASMTP-user+40branch+2Eexample@here.example", "out" },
      { "IMCEAEX-_o=Org_cn=pat@here.example", "out" },
      { "[ccmail:user@foreign.example at internet]", "cc" },
    })
  end)
end)

describe("the script", function()
  it("may send an address elsewhere, to several, or decide itself", function()
    local p = load [[
domain "here.example" {}
recipient "Kim" { proxies = { "kim@here.example" } }
connector "out" { spaces = { "SMTP:*" } }
function on.recipient(address, envelope)
  if address.localpart == "boss" then return "kim@here.example" end
  if address.localpart == "both" then
    return { "kim@here.example", { type = "SMTP", localpart = "a", domain = "b.example" } }
  end
  if address.localpart == "no" then return reject("not today", "5.7.9") end
  if address.localpart == "utf8" then return reject "sch\195\182n" end
  if address.localpart == "later" then return defer "not now" end
  if address.localpart == "past" then return pass() end
  if address.localpart == "odd" then return 42 end
  if address.localpart == "broken" then return nil + 1 end
  if envelope.sender and envelope.sender.localpart == "spy" then return "out@spied.example" end
end
]]
    assert.equal("Kim", p:route("boss@here.example")[1].entry)
    assert.equal(2, #p:route "both@here.example")
    local no = p:route("no@here.example")[1]
    assert.same({ "reject", "5.7.9", "not today", "policy-reject", "policy.lua:4" },
      { no.verdict, no.status, no.message, no.code, no.rule })
    local utf8 = p:route("utf8@here.example")[1]
    assert.same({ "the policy refuses this address", "sch\195\182n" },
      { utf8.message, utf8.detail })
    assert.equal("defer", p:route("later@here.example")[1].verdict)
    assert.equal("pass", p:route("past@here.example")[1].verdict)
    assert.equal("policy-error", p:route("odd@here.example")[1].code)
    local broken = p:route({ "broken@here.example", "kim@here.example" })
    assert.same({ "defer", "policy-error", "4.3.0" }, { broken[1].verdict, broken[1].code,
      broken[1].status })
    assert.equal("Kim", broken[2].entry)
    assert.equal("out@spied.example", (tostring(p:route("x@y.example",
      { sender = "spy@z.example" })[1].address)
      :gsub("^SMTP:", "")))
  end)

  it("defers by nil and a message, as of bad data, and by nil alone goes on", function()
    for head, name in pairs {
      ["function on.recipient()"] = "on.recipient", ["function on.route()"] = "on.route",
      ["function on.delivery()"] = "on.delivery",
      ['rewrite { to = "SMTP:a@b.example", match = function()'] = "the function",
      ['rewrite "SMTP:x@y.example" { to = function()'] = "the function",
    } do
      local tail = name == "the function" and " end }" or " end"
      local function delivery(body)
        local p = load('connector "out" { spaces = { "SMTP:*" } }\n' .. head .. body .. tail)
        return p:route("x@y.example")[1]
      end
      local failed = delivery ' return mail.parse "broken@"'
      assert.same({ "policy-error", name .. " returned nil and a message: the address has no"
        .. " domain; write user@domain" }, { failed.code, failed.detail })
      assert.equal("deliver", delivery(" return nil").verdict)
      assert.equal("deliver", delivery(" return nil, nil").verdict)
    end
  end)

  it("cannot do worse than defer its own recipient", function()
    -- which meter ends it first is the machine's affair
    local meters = { ["policy-budget"] = true, ["policy-deadline"] = true,
      ["policy-memory"] = true }
    for body, code in pairs {
      ["while true do end"] = "meter",
      ["local t = {} for i = 1, 1e9 do t[i] = {} end"] = "meter",
      ["local s = 'x' while true do s = s .. s end"] = "meter",
      ["error 'oops'"] = "policy-error", ["error {}"] = "policy-error",
      ["return true"] = "policy-error", ["return { {}, 1 }"] = "policy-error",
      ["return mail.parse 'broken@'"] = "policy-error", ["return nil, 'why'"] = "policy-error",
      ["return { verdict = 'explode' }"] = "policy-error",
      ["return { verdict = 'deliver' }"] = "policy-error",
      ["return { verdict = 'reject', code = {} }"] = "policy-error",
      ["return { verdict = 'reject', message = {} }"] = "policy-error",
      ["return { verdict = 'defer', status = 4.2 }"] = "policy-error",
      ["return reject 'no\\r\\n250 yes'"] = "policy-error",
      ["return reject('no', '5.7.1', 'a\\nb')"] = "policy-error",
      ["return reject('no', '4.7.1')"] = "policy-error",
      ["return reject('no', '5.7')"] = "policy-error",
      ["return reject('no', '5.7.1 ')"] = "policy-error",
      ["return reject('no', '5.7.1234')"] = "policy-error",
      ["return defer('no', '5.7.1')"] = "policy-error",
      ["return reject('no', '5.7.999')"] = "policy-reject",
      ["return defer('n\\195\\182', '4.7.1', 'own')"] = "own",
      ["return { type = 'SMTP' }"] = "policy-error",
      ["return { type = 'SMTP', localpart = 'a', domain = 'b c' }"] = "policy-error",
      ["return 'x y z'"] = "policy-error", ["return function() end"] = "policy-error",
      ["return {}"] = "list-empty",
    } do
      local p = load(([[
connector "out" { spaces = { "SMTP:*" } }
function on.recipient(address) if address.localpart == "bad" then %s end end]]):format(body))
      local deliveries = p:route { "bad@x.example", "good@x.example" }
      local found = deliveries[1].code
      assert.equal(code, meters[found] and "meter" or found, body)
      assert.equal("deliver", deliveries[2].verdict, body)
      p:close()
    end
  end)

  it("has one budget for all that it does with an address", function()
    local rules = {}
    for i = 1, 40 do
      rules[i] = ([[rewrite { to = "SMTP:x@y.example", match = function()
        for n = %d, 4000 do local _ = n end
      end }]]):format(i)
    end
    local source = 'connector "out" { spaces = { "SMTP:*" } }\n' .. table.concat(rules, "\n")
    local limits = { instructions = 100000, milliseconds = 20000 }
    local p = assert(policy.load(source, limits))
    local deliveries = p:route { "a@b.example", "c@d.example" }
    for i = 1, 2 do
      assert.same({ "defer", "policy-budget", "4.3.0" },
        { deliveries[i].verdict, deliveries[i].code, deliveries[i].status })
    end
    limits.instructions = 4000000
    p = assert(policy.load(source, limits))
    assert.equal("deliver", p:route("a@b.example")[1].verdict)
  end)

  it("has a budget for each recipient, whatever another has used of its own", function()
    local p = assert(policy.load([[
connector "out" { spaces = { "SMTP:*" } }
function on.recipient() end
function on.delivery(delivery) while delivery.address.localpart == "all" do end end
]], { instructions = 100000, milliseconds = 20000 }))
    local deliveries = p:route { "joe@b.example", "all@b.example", "ann@b.example" }
    assert.same({ "deliver", "policy-budget", "deliver" },
      { deliveries[1].verdict, deliveries[2].code, deliveries[3].verdict })
  end)

  it("may choose another connector", function()
    local p = load [[
connector "one" { nexthop = "n1", spaces = { "SMTP:*" } }
connector "two" { nexthop = "n2", spaces = { { "SMTP:*", cost = 9 } } }
function on.route(route, envelope)
  if route.address.localpart == "two" then return route.alternatives[1] end
  if route.address.localpart == "three" then return "thre" end
  if route.address.localpart == "none" then return reject "no" end
end
]]
    takes(p, { { "a@x.example", "one" }, { "two@x.example", "two" }, { "none@x.example",
      "policy-reject" } })
    local delivery = p:route("three@x.example")[1]
    assert.equal("policy-error", delivery.code)
    assert.truthy(delivery.detail:find('on.route returned "thre", which is no connector', 1, true))
  end)

  it("has the last word on a delivery", function()
    local p = load [[
domain "here.example" {}
recipient "Kim" { proxies = { "kim@here.example" } }
connector "out" { spaces = { "SMTP:*" } }
function on.delivery(delivery)
  if delivery.entry == "Kim" then return defer("Kim is on leave", "4.2.1") end
  if delivery.connector and delivery.address.domain == "bad.example" then return reject "no" end
end
]]
    local kim = p:route("kim@here.example")[1]
    assert.same({ "defer", "4.2.1", "policy-defer" }, { kim.verdict, kim.status, kim.code })
    assert.equal("reject", p:route("a@bad.example")[1].verdict)
    assert.equal("deliver", p:route("a@good.example")[1].verdict)
  end)

  it("may return a delivery as it was, and never makes one of a refusal", function()
    local source = [[
domain "here.example" {}
list "All" { proxies = { "all@here.example" }, owner = "Kim", members = { "Kim", "a@b.example" } }
recipient "Kim" { proxies = { "kim@here.example" } }
connector "out" { spaces = { "SMTP:*" } }
connector "two" { spaces = { { "SMTP:*", cost = 2.5 } } }
function on.delivery(delivery) %s return delivery end]]
    local plain = load(source:format "do return end")
    local same = load(source:format "")
    for _, to in ipairs { "all@here.example", "no@here.example", "<>", "a@b..c", "x@y.example" } do
      local envelope = { sender = "joe@away.example" }
      local expected, got = plain:route(to, envelope), same:route(to, envelope)
      for i, delivery in ipairs(expected) do got[i].revision = delivery.revision end
      for i in ipairs(expected) do
        got[i].rule = got[i].rule and expected[i].rule -- the same line
      end
      assert.same(expected, got)
    end
    for _, change in ipairs {
      "delivery.verdict = 'deliver'", "delivery.verdict = 'deliver' delivery.message = nil",
      "delivery = { verdict = 'deliver' }", "delivery.connector = 'two'", "delivery = 'deliver'",
      "delivery.mine = true", "delivery = true",
    } do
      local delivery = load(source:format(change)):route("no@here.example")[1]
      assert.are_not.equal("deliver", delivery.verdict, change)
    end
    for _, change in ipairs { "delivery.connector = 'two'", "delivery.mine = true",
      "delivery.address.domain = 'c.example'", "delivery.cost = {}", "delivery.address = 'x'",
      "delivery.nexthop = { 1 }", "delivery.sender = 5" } do
      assert.equal("policy-error", load(source:format(change)):route("a@b.example")[1].code, change)
    end
    local p = load [[connector "out" { spaces = { "SMTP:*" } }
function on.route() return { verdict = "deliver" } end]]
    assert.equal("policy-error", p:route("a@b.example")[1].code)
  end)

  it("is told what is wrong with a verdict of its own", function()
    local function detail(verdict)
      local p = load(('function on.recipient() return %s end'):format(verdict))
      return p:route("a@b.c")[1].detail
    end
    assert.equal('reject: the status is "4.7.1"; write 5.x.x, such as 5.7.1',
      detail "reject('no', '4.7.1')")
    assert.equal('defer: the status is "5.7.1"; write 4.x.x, such as 4.7.1',
      detail "defer('no', '5.7.1')")
    assert.equal("reject: a control character stands in the message; write it without",
      detail "reject 'a\\nb'")
    assert.equal("defer: the code has to be a string, not a table",
      detail "{ verdict = 'defer', code = {} }")
  end)
end)

describe("what a host calls", function()
  local p = load [[connector "out" { spaces = { "SMTP:*" } }]]

  it("takes addresses as texts, as tables, one or many", function()
    local address = { type = "SMTP", localpart = "a", domain = "b.example" }
    assert.equal(1, #p:route(address))
    assert.equal(2, #p:route { address, "c@d.example" })
    assert.same({}, p:route {})
  end)

  it("raises where it is misused", function()
    assert.error_matches(function() p:route(42) end, "not a number")
    assert.error_matches(function() p:route { 42 } end, "a recipient cannot be a number")
    assert.error_matches(function() p:route("a@b.example", "x") end, "not a string")
    assert.error_matches(function() p:route("a@b.example", { sendr = "x" }) end,
      'did you mean "sender"')
    assert.error_matches(function() p:route("a@b.example", { may_relay = "yes" }) end,
      "may_relay cannot be a string")
    assert.error_matches(function() policy.load(42) end, "not a number")
    assert.error_matches(function() policy.load("", { aks = {} }) end, 'did you mean "ask"')
    assert.error_matches(function() policy.load("", { ask = 1 }) end, "ask cannot be a number")
  end)

  it("raises at the caller's line", function()
    for _, misuse in ipairs {
      function() p:resolve("a@b.example", { az = "SMTP" }) return end,
      function() p:resolve("a@b.example", { as = 5 }) return end,
      function() p:resolve("a@b.example", "SMTP") return end,
      function() p:nexthop(5) return end, function() p:nexthop() return end,
      function() p:rewrite(nil) return end, function() p:explain(5) return end,
      function() p:route(nil) return end, function() p:route { "a@b.example", 5 } return end,
      function() p:nexthop("a@b.example", 5) return end,
      function() p:rewrite("a@b.example", { sendr = "x" }) return end,
      function() p:resolve("a@b.example", nil, { may_relay = "yes" }) return end,
    } do
      local ok, message = pcall(misuse)
      assert.is_false(ok)
      assert.truthy(message:find("^[^:]*42%-policy_route_spec%.lua:%d+: "), message)
    end
    assert.error_matches(function() p:resolve("a@b.example", { az = "SMTP" }) end,
      'unknown option "az"; did you mean "as"')
    assert.error_matches(function() p:resolve("a@b.example", { as = 5 }) end,
      "option as cannot be a number")
  end)

  it("gives what is wrong with a table as that one's delivery", function()
    for _, case in ipairs {
      { { type = "SMTP" }, "address-empty" },
      { { type = "SMTP", domain = "b.c" }, "localpart-empty" },
      { { localpart = "a", domain = "b.c" }, "type-missing" }, { {}, "type-missing" },
      { { { "a@b.c" } }, "type-missing" }, { { type = 5 }, "field-type" },
      { { type = "SMTP", localpart = 5, domain = "b.c" }, "field-type" },
      { { type = "CCMAIL" }, "address-empty" },
      { { type = "UUCP", path = "a" }, "uucp-user-empty" },
      { { type = "SMTP", localpart = "a\r\nb", domain = "b.c" }, "control-character" },
      { { type = "SMTP", localpart = "" }, "recipient-null" },
    } do
      local deliveries = p:route { case[1], "ok@b.c" }
      assert.same({ 2, "reject", case[2], "5.1.3" }, { #deliveries, deliveries[1].verdict,
        deliveries[1].code, deliveries[1].status })
      assert.equal("deliver", deliveries[2].verdict)
      assert.equal("string", type(deliveries[1].recipient))
      if case[1].type then
        assert.equal(case[2], p:explain(case[1]).deliveries[1].code)
        assert.equal(case[2], p:resolve(case[1])[1].code)
        if case[2] ~= "recipient-null" then
          assert.equal(case[2], (select(3, p:nexthop(case[1]))))
          assert.equal(case[2], (select(3, p:rewrite(case[1]))))
        end
      end
    end
    assert.equal("type-missing", p:route({ localpart = "a", domain = "b.c" })[1].code)
    local q = load [[connector "out" { spaces = { "SMTP:*" } }
function on.recipient(address) return address end]]
    assert.equal("deliver", q:route({ type = "smtp", localpart = "a", domain = "b.c",
      mine = print })[1].verdict)
  end)

  it("hands over a sender that cannot be read as it is, and says so", function()
    local q = load [[
domain "here.example" {}
recipient "Kim" { proxies = { "kim@here.example" } }
connector "out" { speaks = "SMTP", spaces = { "SMTP:*" } }
connector "cc" { speaks = "CCMAIL", spaces = { "CCMAIL:*" } }
function on.delivery(delivery) return delivery end
]]
    for _, sender in ipairs { "a@b..c", "user@domain at internet", "no one" } do
      for _, to in ipairs { "kim@here.example", "a@x.example", "no@here.example" } do
        assert.equal(sender, q:route(to, { sender = sender })[1].sender)
      end
      local text = tostring(q:explain("a@x.example", { sender = sender }))
      assert.truthy(text:find("the sender cannot be read, only handed over as it is", 1, true),
        text)
      local delivery = q:route("CCMAIL:Lee at HQ", { sender = sender })[1]
      assert.same({ "sender-unsayable", sender }, { delivery.code, delivery.sender })
    end
    local given = { type = "SMTP" }
    assert.equal(given, p:route("a@b.example", { sender = given })[1].sender)
    assert.equal("cc speaks CCMAIL, in which the sender SMTP: not an address cannot be said:"
      .. " it cannot be read", q:route("CCMAIL:Lee at HQ", { sender = given })[1].detail)
  end)

  it("asks one stage alone", function()
    local delivery = p:nexthop "a@b.example"
    assert.equal("out", delivery.connector)
    assert.same({ nil, "domain-label-empty" }, { (p:nexthop "a@b..c"), (select(3,
      p:nexthop "a@b..c")) })
  end)

  it("gives what is wrong with one recipient as that one's delivery", function()
    for text, code in pairs { ["user@[192.0.2.256]"] = "literal-ipv4", -- what no wire carries
      ["Kim <user@[x y]>"] = "literal-invalid", ['"\7"@x.example'] = "control-character",
      ["Kim <@a,:k@x.example>"] = "route-invalid" } do
      assert.same({ "reject", code }, { p:route(text)[1].verdict, p:route(text)[1].code }, text)
    end
    local deliveries = p:route { "a@b..c", "good@b.example", "user@domain at internet" }
    assert.same({ "reject", "domain-label-empty", "5.1.3" },
      { deliveries[1].verdict, deliveries[1].code, deliveries[1].status })
    assert.equal("a@b..c", deliveries[1].recipient)
    assert.equal("deliver", deliveries[2].verdict)
    assert.equal("type-ambiguous", deliveries[3].code)
  end)

  it("can be closed; what still needs the script is deferred", function()
    local q = load [[connector "out" { spaces = { "SMTP:*" } } function on.recipient() end]]
    q:close()
    q:close()
    local delivery = q:route("a@b.example")[1]
    assert.same({ "defer", "policy-closed" }, { delivery.verdict, delivery.code })
  end)

  it("finds a file that is not there", function()
    local none, message, code = policy.loadfile "spec/fixtures/no-such-policy.lua"
    assert.is_nil(none)
    assert.truthy(message:find("no-such-policy.lua", 1, true))
    assert.equal("file-unreadable", code)
  end)
end)

describe("what strangers are told", function()
  -- The words of who writes policies, hosts and scripts.
  local INSIDE = { "connector", "space", "declare", "option", "spaces =", "envelope", "secrets",
    "parse_list", "callback", "gateway" }

  it("is what they can know, and what to mend is the administrator's", function()
    local p = load [[
settings { unmatched = "reject" }
domain "here.example" { unwrap = { "SRS" } }
postoffice "HQ" {}
recipient "Kim" { proxies = { "kim@here.example" } }
list "None" { proxies = { "none@here.example" }, members = {} }
rewrite "SMTP:nil@here.example" { to = function() return {} end }
rewrite "SMTP:sort@here.example" { to = function()
  return (("x"):gsub("x", function() return ask("crm", "x") end))
end }
connector "signs" { nexthop = "n", spaces = { "SMTP:*@signed.example" },
  srs = { domain = "here.example", secrets = "k" } }
connector "small" { nexthop = "n", spaces = { "SMTP:*@small.example" }, max_size = 10 }
connector "few" { nexthop = "n", spaces = { "SMTP:*@few.example" },
  senders = { "SMTP:*@a.example" } }
connector "ms" { speaks = "MS", nexthop = "n", spaces = { "MS:*" } }
]]
    local sender, srs = "joe@bank.example", "SRS0=abcd=2W=bank.example=joe@here.example"
    for _, case in ipairs {
      { "FAX:1", "route-missing", 'add one, such as spaces = { "FAX:*" }' },
      { "x@far.example", "route-missing", 'spaces = { "SMTP:*" }' },
      { "CCMAIL:x at Paris", "postoffice-unknown", 'declare it: postoffice "Paris" {' },
      { "WORD:x", "type-unknown" }, { "a@b.example, c@d.example", "mailbox-several" },
      { "Our Team: a@b.example;", "mailbox-group" },
      { "none@here.example", "list-empty", "None has no members; add some" },
      { "nil@here.example", "list-empty", "the function returned a list of nobody" },
      { "sort@here.example", "ask-in-callback", "call them before it" },
      { srs, "secret-missing", "give them by" },
      { "x@small.example", "message-large", "small has max_size = 10" },
      { "x@few.example", "sender-refused", "few " },
      { "x@small.example", "connectors-down", "small ", { down = { "small" } } },
      { "x@small.example", "fact-missing", "small ", { sender = sender } },
      { "MS:N/P/KIM", "sender-unsayable", "" },
    } do
      local delivery = p:route(case[1], case[4] or { sender = sender, size = 99 })[1]
      assert.equal(case[2], delivery.code, case[1])
      assert.truthy((delivery.detail or ""):find(case[3] or "", 1, true), delivery.detail)
      for _, word in ipairs(INSIDE) do
        assert.is_nil(delivery.message:find(word, 1, true), delivery.message)
      end
    end
  end)
end)

describe("of domains with wildcards", function()
  it("the nearest counts, whichever is declared first", function()
    for _, source in ipairs {
      'domain "*.near.us.example" { kind = "relay" } domain "*.us.example" {}',
      'domain "*.us.example" {} domain "*.near.us.example" { kind = "relay" }',
    } do
      local p = load(source .. ' connector "out" { spaces = { "SMTP:*" } }')
      takes(p, { { "a@x.near.us.example", "out" }, { "a@x.us.example", "recipient-unknown" } })
    end
  end)
end)
