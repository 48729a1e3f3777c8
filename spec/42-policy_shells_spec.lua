--- A connector's own shell: asking in two steps, as mail servers do, answers as asking once.
local helper = require "spec.helper"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"

local function load(source) return assert(policy.load(source, { chunkname = "@policy.lua" })) end

local SOURCE = helper.readable [[
domain "here.example" {}
domain "both.example" { unwrap = { "FAX" }, catchall = "Kim" }
recipient "Kim"   { proxies = { "kim@here.example" } }
recipient "Robot" { proxies = { "robot@here.example" },
  target = "IMCEAFAX-+2B1+20206@gate.example" }
connector "ccmail"  { speaks = "SMTP", wrap = { domain = "Gate.example" }, reaches = "HQ",
  nexthop = "n1", spaces = { "CCMAIL:*", "FAX:*" } }
connector "second"  { speaks = "SMTP", wrap = { domain = "gate.example" }, reaches = "HQ",
  nexthop = "n2", spaces = { { "FAX:*", cost = 2 }, "CCMAIL:Lee at HQ" }, max_size = 1000 }
connector "notes"   { speaks = "SMTP", wrap = { domain = "nötes.example" },
  nexthop = "n3", spaces = { "NOTES:*" } }
connector "ours"    { speaks = "SMTP", wrap = { domain = "both.example" }, nexthop = "n4",
  spaces = { "MS:*", "FAX:+9*" } }
connector "special" { nexthop = "n5", spaces = { "FAX:+1 206*" } }
connector "line"    { speaks = "SMTP", nexthop = "n6", spaces = { "SMTP:*" } }
]]

local FIELDS = { "verdict", "code", "connector", "nexthop", "cost", "space", "sender" }

-- What two answers have to have in common.
local function shown(delivery)
  local list = {}
  for i, name in ipairs(FIELDS) do list[i] = tostring(delivery[name]) end
  list[#list + 1] = tostring(delivery.address) .. " " .. tostring(delivery.final)
  for _, other in ipairs(delivery.alternatives or {}) do list[#list + 1] = other.connector end
  list[#list + 1] = table.concat(delivery.path or {}, ">")
  return table.concat(list, " ")
end

local function code(delivery) return delivery.connector or delivery.code end

describe("an address in a connector's own shell", function()
  local p = load(SOURCE)

  it("goes as the address inside it would", function()
    for _, envelope in ipairs {
      {}, { size = 10 }, { size = 2000 }, { down = { "ccmail" }, size = 10 },
      { down = { "second" } }, { arrived_by = "ccmail", size = 10 }, { down = { "notes" } },
      { down = { "ccmail" }, size = 2000 },
    } do
      envelope.may_relay = true
      for _, to in ipairs {
        "CCMAIL:user@domain at internet", "CCMAIL:Lee at HQ", "FAX:+2", "NOTES:Kim/Org@NET",
        "MS:ORG/SITE/KIM", "kim@else.example",
      } do
        local once = p:route(to, envelope)[1]
        if once.verdict == "deliver" then
          local onwire = postoffice.format(once.address, "native")
          assert.equal(shown(once), shown(p:nexthop(onwire, envelope)), to)
          assert.equal(shown(once), shown(p:route(onwire, envelope)[1]), to)
          assert.equal(shown(once), shown(p:explain(onwire, envelope).deliveries[1]), to)
          assert.equal(shown(once), shown(p:route({ "x@y.example", onwire }, envelope)[2]), to)
          local again = p:route(p:resolve(onwire, nil, envelope), envelope)[1]
          assert.equal(shown(once), shown(again), to)
        end
      end
    end
  end)

  it("is held to guards and to what is down", function()
    local function asked(envelope)
      envelope.may_relay = true
      return code(p:nexthop("IMCEACCMAIL-Lee+20at+20HQ@gate.example", envelope))
    end
    assert.equal("second", asked { size = 1000 })
    assert.equal("message-large", asked { size = 1001 }) -- ccmail's space is vaguer
    assert.equal("fact-missing", asked {})
    assert.equal("connectors-down", asked { size = 1, down = { "second" } })
  end)

  it("goes among the connectors that have the shell, whatever others carry", function()
    assert.equal("special", code(p:nexthop("FAX:+1 206")))
    local delivery = p:nexthop("IMCEAFAX-+2B1+20206@gate.example", { may_relay = true, size = 1 })
    assert.equal("second", delivery.connector)
    assert.equal("ccmail", delivery.alternatives[1].connector)
    assert.equal(1, #delivery.alternatives)
    delivery = p:nexthop("IMCEAMS-A_B_C@gate.example", { may_relay = true })
    assert.equal("route-missing", delivery.code)
    assert.equal('connector "ccmail", in whose shell it is, has no address space for it; add one,'
      .. ' such as spaces = { "MS:*" }, or list the type in unwrap of domain "Gate.example"',
      delivery.detail)
    assert.matches("does not have the shell",
      tostring(p:explain("IMCEAFAX-+2B1+20206@gate.example", { may_relay = true })), 1, true)
  end)

  it("is relay-denied without may_relay, but for the directory's own", function()
    for _, to in ipairs {
      "IMCEAFAX-+2B1+20206@gate.example",
      helper.readable "IMCEANOTES-Kim_Org+40NET@N\195\182tes.example",
      "IMCEANOTES-Kim_Org+40NET@xn--ntes-5qa.example", "imceafax-1@GATE.example",
    } do
      for _, delivery in ipairs { p:route(to)[1], p:nexthop(to), p:explain(to).deliveries[1] } do
        assert.same({ "reject", "relay-denied", "5.7.1" },
          { delivery.verdict, delivery.code, delivery.status }, to)
      end
    end
    assert.equal("SMTP:IMCEAFAX-1@gate.example is in the shell of connector ccmail",
      p:nexthop("IMCEAFAX-1@gate.example").detail)
    local delivery = p:route("robot@here.example", { size = 2000 })[1]
    assert.equal("ccmail", delivery.connector)
    assert.equal("FAX:+1 206", tostring(delivery.final))
  end)

  it("does not have to be at a domain of ours for what is opened to go there", function()
    local q = load [[
domain "here.example" { unwrap = { "CCMAIL", "FAX", "SMTP" } }
postoffice "HQ" {} postoffice "internet" { via = "HQ", gateway = "SMTP" }
rewrite "SMTP:{u}.cc@here.example" { to = "CCMAIL:{u} at HQ" }
rewrite "SMTP:{u}.net@here.example" { to = "CCMAIL:{u}@far.example at internet" }
connector "gate" { speaks = "SMTP", nexthop = "g", wrap = { domain = "gate.example" },
  spaces = { "CCMAIL:*", "FAX:*" } }
connector "line" { speaks = "SMTP", nexthop = "x", spaces = { "SMTP:*" } }
]]
    local sender = q:route("joe@far.example", { sender = "CCMAIL:Ann at HQ", may_relay = true })
    assert.equal("SMTP:IMCEACCMAIL-Ann+20at+20HQ@here.example", tostring(sender[1].sender))
    for to, expected in pairs {
      ["IMCEACCMAIL-Ann+20at+20HQ@here.example"] = "deliver", ["Ann.cc@here.example"] = "deliver",
      ["IMCEACCMAIL-joe+40far+2Eexample+20at+20internet@here.example"] = "relay-denied",
      ["joe.net@here.example"] = "relay-denied",
      ["IMCEAFAX-12+40far+2Eexample@here.example"] = "relay-denied",
      ["IMCEASMTP-IMCEACCMAIL-Ann+2B20at+2B20HQ+40gate+2Eexample@here.example"] = "relay-denied",
      ["IMCEASMTP-IMCEASMTP-joe+2B40far+2Eexample+40gate+2Eexample@here.example"] = "relay-denied",
    } do
      local delivery = q:route(to, { sender = "joe@far.example" })[1]
      assert.equal(expected, delivery.code or delivery.verdict, to)
    end
  end)

  it("goes with what an entry sends there", function()
    local robot, to = "robot@here.example", "IMCEAFAX-+2B1+20206@gate.example"
    for _, recipients in ipairs { { robot, to }, { to, robot } } do
      local deliveries = p:route(recipients, { size = 2000 })
      assert.same({ 1, "ccmail", "Robot" },
        { #deliveries, deliveries[1].connector, deliveries[1].entry })
    end
    assert.equal("Robot", p:route(to)[1].entry) -- whose target it is
    local twice = p:route({ to, "IMCEAFAX-+2B1+20206@GATE.example" }, { size = 2000 })
    assert.same({ 1, "relay-denied" }, { #twice, twice[1].code }) -- no entry sent either
  end)

  it("is where an X.400 address goes that carries one there", function()
    local carrier = "X400:c=us;a= ;p=org;s=x;dda:RFC-822=IMCEAFAX-+2B2(a)gate.example"
    assert.equal("ccmail", code(p:route(carrier, { may_relay = true, size = 2000 })[1]))
    assert.equal("relay-denied", code(p:route(carrier, { size = 10 })[1]))
    assert.equal("line", code(p:route("X400:c=us;a= ;p=org;s=x;dda:RFC-822=kim(a)else.example",
      { may_relay = true })[1]))
  end)

  it("has nobody who would be here, since the gateway would bring it back (Q166611)", function()
    local site = load(SOURCE .. [[
domain "MS:ORG/SITE" {}
domain "MS:ORG/RELAY" { kind = "relay" }
domain "MS:ORG/WAS" { kind = "former" }
recipient "Joe" { proxies = { "MS:ORG/SITE/JOE" } }
]])
    local function answer(name)
      return code(site:route(("IMCEAMS-ORG_%s@both.example"):format(name), { may_relay = true })[1])
    end
    assert.equal("recipient-unknown", answer "SITE_NOBODY")
    assert.equal("ours", answer "SITE_JOE")
    assert.equal("ours", answer "OTHER_NOBODY")
    assert.equal("ours", answer "RELAY_NOBODY") -- where we do not have everybody
    assert.equal("ours", answer "WAS_NOBODY")
  end)

  it("is none if nothing of ours could have made it", function()
    for _, to in ipairs {
      "kim@gate.example", "IMCEAFAX-1@else.example", "IMCEAFAX-1@sub.gate.example",
    } do
      assert.equal("line", code(p:route(to)[1]), to)
      assert.equal("line", code(p:nexthop(to)), to)
    end
  end)

  it("is relay-denied if a gateway might read it and we cannot", function()
    for _, to in ipairs {
      "IMCEACCMAIL-a+40b.example+20at+20internet@gate.example", "imceafax-+2@gate.example",
      "IMCEASMTP-a+40b+2Eexample@gate.example", "IMCEAFAX@gate.example", "IMCEA-@gate.example",
      '" IMCEASMTP-a+40b+2Eexample"@gate.example',
    } do
      for _, delivery in ipairs { p:route(to)[1], p:nexthop(to), p:explain(to).deliveries[1] } do
        assert.equal("relay-denied", code(delivery), to)
        assert.matches(" is in the shell of connector ccmail, and cannot be read$", delivery.detail)
      end
      assert.equal("line", code(p:route(to, { may_relay = true })[1]), to)
      assert.equal("line", code(p:nexthop(to, { may_relay = true })), to)
    end
    local q = load [[
domain "our.example" { extension = "+", propagate = "always" }
recipient "Fax" { proxies = { "fax@our.example" }, target = "IMCEAFAX-1@gate.example" }
recipient "Odd" { proxies = { "odd@our.example" }, target = "IMCEAFAX-+2@gate.example" }
connector "fax" { speaks = "SMTP", wrap = { domain = "gate.example" }, spaces = { "FAX:*" } }
connector "line" { spaces = { "SMTP:*" } }
]]
    assert.equal("line", code(q:route("odd@our.example")[1])) -- whoever declared it knows why
    local delivery = q:route("fax+40b+2Eexample@our.example")[1]
    assert.equal("SMTP:IMCEAFAX-1@gate.example", tostring(delivery.address))
  end)

  it("is not to be reached within another carrier either", function()
    local q = load [[
domain "our.example" { unwrap = { "X400", "MS", "CCMAIL" } }
postoffice "HQ" {}
connector "x400" { speaks = "X400", spaces = { "X400:*" }, nexthop = "m" }
connector "ms"   { speaks = "MS", spaces = { "MS:*" }, nexthop = "m" }
connector "fax"  { speaks = "SMTP", wrap = { domain = "gate.example" },
  spaces = { "FAX:*", "CCMAIL:*" } }
connector "line" { spaces = { "SMTP:*" } }
]]
    for to, expected in pairs {
      ["X400:c=us;a=gw;p=g;dda:RFC-822=IMCEAFAX-7(a)gate.example"] = "relay-denied",
      ["X400:c=us;a=gw;p=g;dda:RFC-822=IMCEAFAX-7.8(a)gate.example"] = "relay-denied",
      ["IMCEAX400-c=us+3Ba=gw+3Bp=g+3Bdda+3ARFC-822=IMCEAFAX-7+28a+29gate+2Eexample@our.example"] =
        "relay-denied",
      ["IMCEAMS-N_P_IMCEAFAX-7+40gate+2Eexample@our.example"] = "relay-denied",
      ["IMCEACCMAIL-Ann+20at+20HQ@our.example"] = "fax",
    } do
      local delivery = q:route(to)[1]
      assert.equal(expected, delivery.code or delivery.connector, to)
    end
  end)

  it("goes with what stands in the policy, and not with what a stranger chose", function()
    local q = load [[
domain "our.example" { unwrap = { "FAX" } }
domain "caught.example" { catchall = "IMCEAFAX-1@gate.example" }
domain "twice.example" { catchall = "2.fax@our.example" }
domain "odd.example" { catchall = "IMCEAFAX-+2@gate.example" }
domain "FAX:+9*" { catchall = "fax@far.example" }
rewrite "SMTP:help@our.example" { to = "SMTP:IMCEAFAX-3@gate.example" }
rewrite { match = { type = "SMTP", domain = "any.example" }, to = "FAX:3" }
rewrite "SMTP:*@help.example" { to = "SMTP:help@our.example" }
rewrite "SMTP:{number}.fax@our.example" { to = "SMTP:IMCEAFAX-{number}@gate.example" }
rewrite "SMTP:{all}.as.it.is@our.example" { to = "SMTP:{all}" }
rewrite "SMTP:{u}@script.example" { to = function() return "IMCEAFAX-4@gate.example" end }
rewrite { match = function(a) return a.domain == "match.example" end,
  to = "SMTP:5.fax@our.example" }
rewrite "SMTP:{n}@then.example" { to = "SMTP:x@any.script.example" }
rewrite { match = { type = "SMTP", domain = "any.script.example" },
  to = function(address, captured, envelope) return "5.fax@our.example" end }
connector "fax" { speaks = "SMTP", wrap = { domain = "gate.example" }, spaces = { "FAX:*" } }
connector "line" { spaces = { "SMTP:*" } }
]]
    for to, expected in pairs {
      ["x@caught.example"] = "fax", ["x@twice.example"] = "fax", ["help@our.example"] = "fax",
      ["x@any.example"] = "fax", ["x@help.example"] = "fax", ["x@odd.example"] = "line",
      ["IMCEAFAX-+2B91@our.example"] = "line", ["5.fax@our.example"] = "relay-denied",
      ["x@script.example"] = "relay-denied", ["5@match.example"] = "fax",
      ["5@then.example"] = "relay-denied",
      ['"IMCEAFAX-5@gate.example.as.it.is"@our.example'] = "relay-denied",
      ["IMCEAFAX-1@gate.example"] = "relay-denied",
    } do
      assert.equal(expected, code(q:route(to)[1]), to)
      assert.equal(expected, code(q:explain(to).deliveries[1]), to)
      assert.equal(expected, code(q:route(q:resolve(to))[1]), to)
      assert.equal(expected, code(q:route({ to }, { sender = "a@far.example" })[1]), to)
    end
    for _, to in ipairs {
      { "x@caught.example", "IMCEAFAX-1@gate.example" },
      { "IMCEAFAX-1@gate.example", "x@caught.example" },
    } do
      assert.same({ 1, "fax" }, { #q:route(to), q:route(to)[1].connector })
    end
  end)

  it("may be at a domain of ours: what is unwrapped there is, the rest is in the shell", function()
    local relay = { may_relay = true, size = 2000 }
    assert.equal("ours", code(p:route("IMCEAMS-ORG_SITE_KIM@both.example", relay)[1]))
    assert.equal("relay-denied", code(p:route("IMCEAMS-ORG_SITE_KIM@both.example")[1]))
    assert.equal("ccmail", code(p:route("IMCEAFAX-+2B1@both.example", relay)[1]))
    assert.equal("Kim", p:route("anybody@both.example")[1].entry)
  end)

  it("is told of, and by which rule", function()
    local text = tostring(p:explain("IMCEAFAX-+2B2@gate.example", { may_relay = true, size = 1 }))
    assert.matches("is in the shell of connector ccmail: goes as FAX:+2", text:gsub("%s+", " "), 1,
      true)
    assert.equal("policy.lua:6", p:nexthop("IMCEAFAX-1@gate.example").rule)
  end)
end)

describe("asking for the next hop of", function()
  local p = load [[
domain "our.example" { unwrap = { "CCMAIL", "MS" }, extension = "+" }
domain "relay.example" { kind = "relay", extension = "+" }
domain "was.example" { kind = "former", unwrap = { "CCMAIL" } }
domain "all.example" { catchall = "Kim" }
domain "MS:OUR/SITE" {}
postoffice "HQ" {}
postoffice "EXCHANGE" { gateway = "SMTP" }
recipient "Kim"  { proxies = { "kim@our.example", "CCMAIL:Kim at OUR", "kim@far.example" } }
recipient "Pat"  { proxies = { "pat@our.example" }, target = "pat@new.example" }
recipient "Lee"  { proxies = { "lee@our.example", "lee@relay.example" }, target = "lee@new.example",
  keep = true }
recipient "Gone" { proxies = { "gone@our.example" }, refuse = "gone" }
list "All" { proxies = { "all@our.example" }, members = { "Gone", "Pat", "joe@far.example" } }
rewrite "SMTP:{u}.cc@our.example" { to = "CCMAIL:{u} at HQ" }
rewrite "SMTP:{u}.net@our.example" { to = "MS:N/P/{u}@far.example" }
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@our.example" }
connector "cc"   { speaks = "CCMAIL", spaces = { "CCMAIL:*" }, nexthop = "cc" }
connector "ms"   { spaces = { "MS:*" }, nexthop = "ms" }
connector "x400" { spaces = { "X400:*" }, nexthop = "x" }
connector "line" { spaces = { "SMTP:*" }, nexthop = "line" }
]]

  local function answer(delivery)
    return delivery.connector or delivery.code or delivery.verdict .. " " .. delivery.entry
  end

  it("an address of ours answers as route does", function()
    for to, expected in pairs {
      ["kim@our.example"] = "deliver Kim", ["kim+x@our.example"] = "deliver Kim",
      ["CCMAIL:Kim"] = "deliver Kim", ["kim@far.example"] = "deliver Kim",
      ["CCMAIL:kim@our.example at EXCHANGE"] = "deliver Kim", ["x@all.example"] = "deliver Kim",
      ["X400:c=us;a= ;p=P;dda:RFC-822=kim(a)our.example"] = "deliver Kim",
      ["gone@our.example"] = "recipient-gone", ["nobody@our.example"] = "recipient-unknown",
      ["MS:OUR/SITE/NOBODY"] = "recipient-unknown", ["<Postmaster>"] = "recipient-unknown",
      ["IMCEAFAX-1@our.example"] = "recipient-unknown",
      ["IMCEACCMAIL-Kim+20at+20OUR@was.example"] = "deliver Kim",
      ["IMCEACCMAIL-Joe+20at+20HQ@our.example"] = "cc", ["pat@our.example"] = "line",
      ["IMCEAMS-N_P_joe+40far+2Eexample@our.example"] = "relay-denied",
      ["Ann.cc@our.example"] = "cc",
    } do
      local delivery = p:nexthop(to)
      assert.equal(expected, answer(delivery), to)
      assert.equal(expected, answer(p:route(to)[1]), to)
    end
    assert.equal("SMTP:pat@new.example", tostring(p:nexthop("pat@our.example").address))
  end)

  it("several answers that they are here", function()
    for to, expected in pairs {
      ["all@our.example"] = "deliver All", ["lee@our.example"] = "deliver Lee",
      ["lee+x@relay.example"] = "deliver Lee",
    } do
      assert.equal(expected, answer(p:nexthop(to)), to)
      assert.is_true(#p:route(to) > 1, to)
    end
  end)

  it("anything else answers where it goes as it is", function()
    for to, expected in pairs {
      ["x@far.example"] = "line", ["x@relay.example"] = "line", ["x@old.example"] = "line",
      ["x@was.example"] = "line", ["CCMAIL:Ann at HQ"] = "cc", ["MS:ELSE/SITE/X"] = "ms",
      ["X400:c=us;a= ;p=P;dda:RFC-822=x(a)far.example"] = "line",
    } do
      assert.equal(expected, answer(p:nexthop(to)), to)
    end
    assert.equal("SMTP:x@old.example", tostring(p:nexthop("x@old.example").address))
    assert.equal("deliver Kim", answer(p:nexthop((p:rewrite("kim@old.example")))))
  end)

  it("what resolve returned knows what resolve has found out", function()
    for to, expected in pairs {
      ["joe.net@our.example"] = "relay-denied", ["nobody@our.example"] = "recipient-unknown",
      ["IMCEAMS-N_P_joe+40far+2Eexample@our.example"] = "relay-denied",
      ["pat@our.example"] = "line", ["kim@old.example"] = "deliver Kim",
    } do
      for _, envelope in ipairs { {}, { may_relay = true } } do
        local item = p:resolve(to, nil, envelope)[1]
        assert.same(p:route(item, envelope)[1], p:nexthop(item, envelope), to)
        if not envelope.may_relay then assert.equal(expected, answer(p:nexthop(item)), to) end
      end
    end
  end)
end)

describe("one shell", function()
  local function message(first, second)
    local one = 'connector "a" { speaks = "SMTP", wrap = { domain = "g.example" }, %s'
      .. ' spaces = { "FAX:*" } }\n'
    local other = 'connector "b" { speaks = "SMTP", wrap = { domain = "G.Example" }, %s'
      .. ' spaces = { "MS:*" } }\n'
    local p, why = policy.load(one:format(first) .. other:format(second),
      { chunkname = "@policy.lua" })
    return p and "loads" or why
  end

  it("leads to one gateway", function()
    assert.equal('policy.lua:2: connector "b": wrap.domain "G.Example" is that of connector "a" at'
      .. " policy.lua:1, too, which leads elsewhere; give each gateway a domain of its own, or both"
      .. " connectors the same reaches if there is but one",
      message("nexthop = 'n1',", "nexthop = 'n2',"))
    assert.matches("leads elsewhere", message("reaches = 'HQ',", "nexthop = 'n2',"))
    assert.matches("leads elsewhere", message("reaches = 'HQ',", "reaches = 'Paris',"))
    assert.equal("loads", message("nexthop = 'n1',", "nexthop = 'n1',"))
    assert.equal("loads", message("reaches = 'HQ', nexthop = 'n1',",
      "reaches = 'HQ', nexthop = 'n2',"))
    assert.equal("loads", message("", ""))
  end)
end)
