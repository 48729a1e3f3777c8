-- Postfix's maps: domains, senders, what is down, what is too much; and who is a stranger.
local core = require "postoffice.core"
local maps = require "postoffice.host.maps"
local support = require "spec.72-host_support"

-- What asks the maps of a policy.
local function asker(text, options)
  local service = support.service(text, options)
  return function(map, key)
    local found = maps.find(service.sites, "ex." .. map)
    if not found then return "no map" end
    return (maps.answer(service.sites, found, key))
  end, service
end

local function check(ask, cases)
  for _, case in ipairs(cases) do
    it(("%s says of %s: %s"):format(case[1], case[2], case[3]), function()
      assert.equal(case[3], ask(case[1], case[2]))
    end)
  end
end

describe("maps of domains", function()
  local ask = asker [[
    domain "here.example" {}
    domain "*.below.example" { kind = "relay" }
    domain "old.example" { kind = "former" }
    connector "fax" { speaks = "SMTP", wrap = { domain = "fax.below.example" },
      nexthop = "smtp:[192.0.2.1]:25", spaces = { "FAX:*", "SMTP:*@*.below.example" } }
  ]]
  check(ask, {
    { "mailbox_domains", "here.example", "OK local" },
    { "mailbox_domains", "HERE.example", "OK local" },
    { "inside.mailbox_domains", "here.example", "OK local" },
    { "relay_domains", "here.example", "NOTFOUND " },
    { "relay_domains", "a.below.example", "OK relay" }, -- Postfix asks for the full name only
    { "relay_domains", "a.b.below.example", "OK relay" },
    { "relay_domains", "below.example", "NOTFOUND " },
    { "relay_domains", "fax.below.example", "NOTFOUND " }, -- a shell: a stranger would write into it
    { "mailbox_domains", "fax.below.example", "NOTFOUND " },
    { "relay_domains", "old.example", "NOTFOUND " },
    { "mailbox_domains", "far.example", "NOTFOUND " },
    { "mailbox_domains", "kim@here.example", "NOTFOUND " },
    { "mailbox_domains", "", "NOTFOUND " }, { "mailbox_domains", "*", "NOTFOUND " },
    { "mailbox_domains", "@here.example", "NOTFOUND " },
    { "mailbox_domains", ("x"):rep(10001), "NOTFOUND " },
    { "virtual", "here.example", "NOTFOUND " }, -- Postfix asks that unless virtual_alias_domains is set
    { "relay_domains!explain", "a.below.example", "OK relay_domains of a.below.example: OK relay" },
  })
end)

describe("a canonical map", function()
  local ask = asker [[
    domain "x.example" {}
    recipient "Kim" { proxies = { "SMTP:kim@x.example" } }
    rewrite "SMTP:{g}.{s}@x.example" { to = "SMTP:{g}@x.example" }
    rewrite "SMTP:{u}%*@x.example" { to = "SMTP:gone@x.example" }
    rewrite "SMTP:{u}@far.example" { to = "SMTP:{u}@farther.example" }
    rewrite "SMTP:cc@mail.example" { to = "FAX:936-7329" }
    rewrite "SMTP:{u}@slow.example" { to = function() return defer("later", "4.2.1") end }
    connector "out" { nexthop = "smtp:[192.0.2.1]:25", spaces = { "SMTP:*", "FAX:*" } }
  ]]
  check(ask, {
    { "canonical", "kim.lee@x.example", "OK kim@x.example" },
    { "canonical", "kim@x.example", "NOTFOUND " },
    { "canonical", "joe@far.example", "OK joe@farther.example" },
    { "canonical", "joe@farther.example", "NOTFOUND " },
    { "canonical", "nobody.here@x.example", "NOTFOUND " }, -- refused: the transport map says so
    { "canonical", "fax@far.example", "OK fax@farther.example" }, -- the first one matched
    { "canonical", "wait@slow.example", "TEMP " .. core.message "policy-defer" },
    { "canonical", "cc@mail.example", "NOTFOUND " }, -- no SMTP: the virtual map says it
    { "canonical", "", "NOTFOUND " },
  })
end)

describe("maps of senders", function()
  local ask, service = asker([[
    domain "x.example" { unwrap = { "SRS" } }
    settings { outbound = "primary" }
    recipient "A" { proxies = { "SMTP:a@x.example", "smtp:old@x.example" } }
    rewrite_sender "SMTP:{u}@y.example" { to = "SMTP:{u}@z.example", by = { "partner" } }
    connector "out" { nexthop = "smtp:[192.0.2.1]:25", spaces = { "SMTP:*" },
      srs = { domain = "x.example", secrets = "k" } }
    connector "partner" { nexthop = "smtp:[192.0.2.2]:25", spaces = { "SMTP:*@p.example" } }
  ]], { secrets = { k = { "secret" } }, clock = function() return 1577836860 end })
  local SIGNED = "OK " .. tostring(
    service.sites.ex:sign_sender("joe@bank.example", "out")):gsub("^SMTP:", "")
  check(ask, {
    { "generic.partner", "u@y.example", "OK u@z.example" },
    { "generic.partner", "u@far.example", "NOTFOUND " },
    { "generic.out", "u@y.example", "NOTFOUND " },
    { "generic.out", "old@x.example", "OK a@x.example" }, -- asked after the decision
    { "generic.out", "a@x.example", "NOTFOUND " },
    { "generic.out", "", "NOTFOUND " },
    { "generic.line", "a@x.example", "PERM there is no such map" },
    { "generic.line!explain", "a@x.example", "PERM there is no such map" },
    { "generic", "a@x.example", "no map" },
    { "generic.partner!explain", "u@y.example", "OK generic of u@y.example: OK u@z.example" },
    { "srs", "joe@bank.example", SIGNED },
    { "srs.out", "joe@bank.example", SIGNED },
    { "srs.partner", "joe@bank.example", "NOTFOUND " },
    { "srs", "a@x.example", "NOTFOUND " }, -- ours
    { "srs", "", "NOTFOUND " }, -- <>
    { "srs", "nobody", "NOTFOUND " },
    { "srs.line", "joe@bank.example", "PERM there is no such map" },
  })

  it("take an answer to what they signed, though a stranger sent it", function()
    local signed = ask("srs", "joe@bank.example"):match "^OK (.*)$"
    assert.equal("OK joe@bank.example", ask("virtual", signed))
    assert.equal("NOTFOUND ", ask("srs", signed))
    assert.equal("NOTFOUND ", ask("virtual", (signed:gsub("=joe@", "=eve@"))))
    assert.matches("^OK error:5%.", ask("transport", (signed:gsub("=joe@", "=eve@"))))
  end)

  it("wait where nobody knows which connector's signature is meant, or has its key", function()
    local several = asker [[
      domain "x.example" { unwrap = { "SRS" } }
      domain "y.example" { unwrap = { "SRS" } }
      connector "a" { nexthop = "smtp:[192.0.2.1]:25", spaces = { "SMTP:*" },
        srs = { domain = "x.example", secrets = "k" } }
      connector "b" { nexthop = "smtp:[192.0.2.2]:25", spaces = { "SMTP:*@b.example" },
        srs = { domain = "y.example", secrets = "k" } }
    ]]
    assert.equal("TEMP " .. core.message "signers-several", several("srs", "joe@bank.example"))
    assert.equal("TEMP " .. core.message "secret-missing", several("srs.a", "joe@bank.example"))
  end)

  it("say nothing where nobody signs", function()
    assert.equal("NOTFOUND ", (asker(support.ARTICLE))("srs", "joe@bank.example"))
  end)
end)

describe("a transport map", function()
  local down = {}
  local ask = asker([[
    domain "x.example" {}
    connector "a" { nexthop = "smtp:[192.0.2.1]:25", spaces = { "SMTP:*@far.example" } }
    connector "b" { nexthop = "smtp:[2001:db8::2]:26", cost = 2, spaces = { "SMTP:*@far.example" } }
    connector "c" { nexthop = "lmtp:[192.0.2.3]:24", cost = 3, spaces = { "SMTP:*@far.example" } }
    connector "d" { nexthop = "smtp:[192.0.2.4]", cost = 4, spaces = { "SMTP:*@far.example" } }
    connector "plain" { nexthop = "relay.example:587", spaces = { "SMTP:*@plain.example" } }
    connector "plain 2" { nexthop = "[192.0.2.5]", cost = 2, spaces = { "SMTP:*@plain.example" } }
    connector "mx" { nexthop = "smtp:", spaces = { "SMTP:*@mx.example" } }
    connector "mx 2" { nexthop = "smtp:[192.0.2.6]", cost = 2, spaces = { "SMTP:*@mx.example" } }
    connector "fax" { speaks = "SMTP", wrap = { domain = "fax.example" }, reaches = "F",
      nexthop = "smtp:[192.0.2.7]", spaces = { "FAX:*" } }
    connector "fax 2" { speaks = "SMTP", wrap = { domain = "fax.example" }, reaches = "F",
      nexthop = "smtp:[192.0.2.8]", spaces = { { "FAX:*", cost = 2 } } }
    connector "fax 3" { speaks = "SMTP", wrap = { domain = "telefax.example" }, reaches = "G",
      nexthop = "smtp:[192.0.2.9]", spaces = { { "FAX:*", cost = 3 } } }
    postoffice "F" {}
    postoffice "G" {}
    recipient "Fax" { proxies = { "SMTP:fax@x.example" }, target = "FAX:936-7329" }
    connector "bad" { nexthop = "smtp:[m\195\188ll.example]", spaces = { "SMTP:*@bad.example" } }
  ]], { down = function() return down end })
  local DOWN = "OK retry:4.4.1 " .. core.message "connectors-down"

  before_each(function() down = {} end)

  check(ask, {
    -- one transport and one shell: Postfix fails over by itself
    { "transport", "joe@far.example",
      "OK smtp:[192.0.2.1]:25, [2001:db8::2]:26, [192.0.2.4]" },
    { "transport", "joe@plain.example", "OK :relay.example:587, [192.0.2.5]" },
    { "transport", '"joe"@plain.example', "OK :relay.example:587, [192.0.2.5]" }, -- the same
    { "transport", "joe@mx.example", "OK smtp:" },
    { "transport", "IMCEAFAX-936-7329@fax.example", "OK smtp:[192.0.2.7], [192.0.2.8]" },
    { "transport", "IMCEAFAX-936-7329@telefax.example", "OK smtp:[192.0.2.9]" },
    { "virtual", "fax@x.example", "OK IMCEAFAX-936-7329@fax.example" },
    { "transport", "joe@bad.example", "OK retry:4.3.5 " .. core.message "wire-missing" },
  })

  it("leaves out what is down", function()
    down = { a = true }
    assert.equal("OK smtp:[2001:db8::2]:26, [192.0.2.4]", ask("transport", "joe@far.example"))
    down = { A = true, B = true }
    assert.equal("OK lmtp:[192.0.2.3]:24", ask("transport", "joe@far.example"))
  end)

  it("says that all is down as Postfix passes it on", function()
    down = { a = true, b = true, c = true, d = true }
    assert.equal(DOWN, ask("transport", "joe@far.example"))
    down = { fax = true, ["fax 2"] = true }
    assert.equal(DOWN, ask("transport", "IMCEAFAX-936-7329@fax.example"))
  end)

  it("is not what the others go by: an address is what it is, whatever is down", function()
    down = { a = true, b = true, c = true, d = true }
    assert.equal("OK joe@far.example", ask("virtual", "joe@far.example"))
    assert.equal("OK joe@far.example", ask("recipients", "joe@far.example"))
    down = { fax = true, ["fax 2"] = true }
    assert.equal("OK IMCEAFAX-936-7329@telefax.example", ask("virtual", "fax@x.example"))
    down["fax 3"] = true
    assert.equal("OK IMCEAFAX-936-7329@fax.example", ask("virtual", "fax@x.example"))
  end)
end)

describe("restrictions", function()
  local POLICY = [[
    domain "x.example" {}
    recipient "Kim" { proxies = { "SMTP:kim@x.example" } }
    recipient "Boss" { proxies = { "SMTP:boss@x.example" }, accept = { "Kim" }, max_size = 10 }
  ]]

  it("are decided by the policy service, where there is one", function()
    local ask = asker(POLICY)
    for _, map in ipairs { "virtual", "recipients", "inside.virtual" } do
      assert.equal("OK boss@x.example", ask(map, "boss@x.example"))
    end
  end)

  it("wait where there is none", function()
    local ask = asker(POLICY, { protocols = {} })
    assert.equal("TEMP the message's sender is not told, and decides whether this address takes it;"
      .. " try again later", ask("virtual", "boss@x.example"))
  end)
end)

describe("what is too much for Postfix", function()
  local function many(count, width)
    local list = {}
    for i = 1, count do
      list[i] = ('"SMTP:%s%04d@far.example"'):format(("x"):rep(width or 1), i)
    end
    return ([[domain "x.example" {}
      connector "out" { nexthop = "smtp:[192.0.2.1]:25", spaces = { "SMTP:*" } }
      list "L" { proxies = { "SMTP:l@x.example" }, members = { %s } }]]):format(
      table.concat(list, ", "))
  end

  for _, case in ipairs { { 1000, 1, true }, { 1001, 1, false }, { 990, 90, false } } do
    it(("waits, and says why: %d addresses of %d bytes"):format(case[1], case[2] + 16), function()
      local ask = asker(many(case[1], case[2]), { protocols = {} })
      local reply = ask("virtual", "l@x.example")
      assert.is_true(#reply <= 100000)
      if case[3] then assert.equal(1000, select(2, reply:gsub("@", ""))) end
      if not case[3] then assert.equal("TEMP " .. core.message "expansion-unsayable", reply) end
      assert.equal("OK " .. ("x"):rep(case[2]) .. "0001@far.example",
        ask("recipients", "l@x.example"))
    end)
  end

  it("is cut where it explains", function()
    local ask = asker(many(1001), { protocols = {} })
    assert.equal(100000, #ask("virtual!explain", "l@x.example"))
  end)
end)

describe("a map's name", function()
  it("is taken apart once, unless it ends in no connector: of these there is no end", function()
    local _, service = asker(support.ARTICLE)
    local sites = service.sites
    assert.equal(maps.find(sites, "ex.virtual"), maps.find(sites, "ex.virtual"))
    assert.equal(maps.find(sites, "ex.generic.line"), maps.find(sites, "ex.generic.line"))
    assert.not_equal(maps.find(sites, "ex.generic.LINE"), maps.find(sites, "ex.generic.LINE"))
    sites.ex = nil
    assert.is_nil(maps.find(sites, "ex.virtual"))
  end)
end)

describe("a key", function()
  it("has 10,000 bytes at most", function()
    local at_most = asker(support.ARTICLE)
    local key = ("x"):rep(10000 - #"@exchange.example") .. "@exchange.example"
    assert.matches("^OK error:5%.", at_most("transport", key))
    assert.equal("NOTFOUND ", at_most("transport", "x" .. key))
  end)


  local ask = asker [[
    domain "x.example" {}
    recipient "Two words" { proxies = { 'SMTP:"a b"@x.example' } }
    recipient "At" { proxies = { 'SMTP:"a@b"@x.example' } }
    recipient "Comma" { proxies = { 'SMTP:"a,b"@x.example' } }
    recipient "\195\156" { proxies = { "SMTP:\195\188@x.example" } }
  ]]
  check(ask, {
    { "virtual", '"a b"@x.example', 'OK "a b"@x.example' },
    { "virtual", "a b@x.example", 'OK "a b"@x.example' }, -- Postfix asks for both
    { "virtual", '"a@b"@x.example', 'OK "a@b"@x.example' },
    { "virtual", "a@b@x.example", 'OK "a@b"@x.example' },
    { "virtual", "a,b@x.example", 'OK "a,b"@x.example' },
    { "virtual", "\195\188@x.example", "OK \195\188@x.example" },
    { "virtual", "\255@x.example", "NOTFOUND " },
    { "virtual", "a\0b@x.example", "NOTFOUND " },
    { "virtual", "a\r\nb@x.example", "NOTFOUND " },
    { "transport", "SMTP:kim@x.example", "OK error:5.1.1 nobody here has this address" },
  })
end)
