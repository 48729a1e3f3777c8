-- Exim's ${readsocket}: a line for a redirect router, a line for a manualroute router.
local core = require "postoffice.core"
local readsocket = require "postoffice.host.readsocket"
local support = require "spec.72-host_support"

describe("Exim", function()
  local down = {}
  local service = support.service(support.ARTICLE, { down = function() return down end })
  local IMCEA, WRAPPED = support.IMCEA, support.WRAPPED
  local RELAYING = ":fail: 5.7.1 " .. core.message "relay-denied"

  before_each(function() down = {} end)

  local function ask(line)
    local reply, closed = support.converse(readsocket, service, line .. "\n")
    assert.is_true(closed) -- it reads to the end
    return reply
  end

  for _, case in ipairs {
    { "redirect", "kl@exchange.example", "kim.lee@exchange.example" },
    { "redirect", "sales@exchange.example", WRAPPED .. ", joe@partner.example" },
    { "redirect", "nobody@exchange.example", ":fail: 5.1.1 nobody here has this address" },
    { "redirect", "gone@exchange.example", ":fail: 5.1.6 gone for good" },
    { "redirect", IMCEA, RELAYING },
    { "inside.redirect", IMCEA, WRAPPED },
    { "redirect", IMCEA .. "\tkim@exchange.example\t\t\tkim", WRAPPED },
    { "redirect", "board@exchange.example\tjoe@far.example",
      ":fail: 5.7.1 " .. core.message "recipient-restricted" },
    { "redirect", "board@exchange.example\tkl@exchange.example\t9\t192.0.2.9\tkim",
      "kim.lee@exchange.example" },
    { "redirect", "", "" }, { "redirect", "kim", "" }, { "redirect", "@exchange.example", "" },
    { "route", WRAPPED, "192.0.2.26::25" }, -- asked after the decision
    { "route", "joe@partner.example", "192.0.2.27::25:192.0.2.28::25" }, -- Exim fails over
    { "route", "kim.lee@exchange.example", "" },
    { "route", "nobody@exchange.example", ":fail: 5.1.1 nobody here has this address" },
    { "route", IMCEA, RELAYING }, -- nobody asked redirect
    { "route", "pat.jones@exchange.example", ":defer: 4.3.5 " .. core.message "not-rewritten" },
  } do
    it(("is told by %s of %s: %s"):format(case[1], case[2]:gsub("\t", " "), case[3]), function()
      assert.equal(case[3], ask("ex." .. case[1] .. " " .. case[2]))
    end)
  end

  it("waits for what is down", function()
    down = { line = true, spare = true }
    local waits = ":defer: 4.4.1 " .. core.message "connectors-down"
    assert.equal(waits, ask "ex.route joe@partner.example")
    assert.equal(waits, ask "ex.redirect joe@partner.example")
    down = { line = true }
    assert.equal("192.0.2.28::25", ask "ex.route joe@partner.example")
  end)

  it("is told of hosts as its lists have them", function()
    local hosts = support.service([[
      connector "six" { nexthop = "smtp:[2001:db8::1]:26", spaces = { "SMTP:*@six.example" } }
      connector "name" { nexthop = "mx.far.example", spaces = { "SMTP:*@name.example" } }
      connector "six 2" { nexthop = "smtp:[2001:db8::2]", cost = 2,
        spaces = { "SMTP:*@six.example" } }
      connector "odd" { nexthop = "smtp:[a b/]", spaces = { "SMTP:*@odd.example" } }
      connector "mx" { nexthop = "smtp:", spaces = { "SMTP:*@mx.example" } }]])
    for name, expected in pairs {
      six = "[2001::db8::::1]::26:[2001::db8::::2]", name = "mx.far.example", odd = "", mx = "",
    } do
      assert.equal(expected, (support.converse(readsocket, hosts,
        ("ex.route joe@%s.example\n"):format(name))))
    end
  end)

  it("defers what is no question", function()
    for _, line in ipairs { "", "ex.redirect", "ex.other kim@x.example", "ex.inside kim@x.example",
      "other.redirect a@b.example", "redirect kim@x.example", " ", "\tx" } do
      assert.equal(":defer: 4.3.5 there is no such map", ask(line))
    end
  end)

  it("may write in pieces, but not more than a line may have", function()
    local reader = readsocket.reader { length = 20 }
    reader:push "ex.redirect"
    assert.is_nil(reader:next())
    reader:push " a@b\nrest"
    assert.equal("ex.redirect a@b", reader:next())
    reader = readsocket.reader { length = 20 }
    reader:push(("x"):rep(21))
    assert.same({ false, "the request is too long" }, { reader:next() })
    reader = readsocket.reader { length = 20 }
    reader:push(("x"):rep(19) .. "\n")
    assert.equal(("x"):rep(19), reader:next())
  end)
end)
