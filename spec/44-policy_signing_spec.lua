-- Senders that policies sign, and the answers to them: SRS and BATV.
local domains = require "postoffice.policy.compile.domains"
local helper = require "spec.helper"
local generate = require "spec.generate"
local localpart = require "postoffice.localpart"
local policies = require "spec.policies"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"

local DAY = 86400
local NOW = 1577836860 -- 2020-01-01

local SITE = [[
domain "here.example" { unwrap = { "SRS", "BATV", "EX", "CCMAIL", "SMTP" }, extension = "+",
  catchall = "Postmaster" }
domain "inside.example" { kind = "relay" }
domain "old.example" { kind = "former" }
recipient "Postmaster" { proxies = { "SMTP:postmaster@here.example" } }
recipient "Kim" { proxies = { "SMTP:kim@here.example" } }
recipient "Ann" { proxies = { "SMTP:ann@here.example" }, target = "ann@far.example" }
recipient "Bank" { proxies = { "SMTP:joe@bank.example" }, target = "Kim" }
list "Crew" { proxies = { "SMTP:crew@here.example" }, members = { "Kim", "pat@far.example" } }
list "Team" { proxies = { "SMTP:team@here.example" }, owner = "Kim",
  members = { "pat@far.example" } }
list "Guests" { proxies = { "SMTP:guests@here.example" }, owner = "boss@far.example",
  members = { "pat@far.example" } }
rewrite "SMTP:{u}.alum@here.example" { to = "SMTP:{u}@alumni.example" }
rewrite "SMTP:{u}@bank.example" { to = "SMTP:{u}@evil.example" }
connector "out" {
  nexthop = "smtp:[192.0.2.25]:25", speaks = "SMTP", spaces = { "SMTP:*" },
  srs = { domain = "here.example", secrets = "forwarding" }, batv = { secrets = "bounces" },
}
connector "inside" { nexthop = "smtp:[192.0.2.26]:25", spaces = { "SMTP:*@inside.example" } }
]]

local SECRETS = { forwarding = { "new", "old" }, bounces = { "mark" } }
local srs = localpart.srs { domain = "here.example", secrets = SECRETS.forwarding }
local batv = localpart.batv { secrets = SECRETS.bounces }

local function load(source, secrets)
  return assert(policy.load(source or SITE, { chunkname = "@p.lua", secrets = secrets or SECRETS }))
end

local site = load()

-- As MAIL FROM and RCPT TO have it, without the brackets.
local function native(address)
  if type(address) ~= "table" then return address end
  return postoffice.format(address, "native") or postoffice.format(address, "path")
end

local function route(p, to, sender, more)
  local envelope = { sender = sender, now = NOW }
  for name, value in pairs(more or {}) do envelope[name] = value end
  return p:route(to, envelope)
end

--- The sender with which mail leaves.
local function sender_of(to, sender, more)
  for _, delivery in ipairs(route(site, to, sender, more)) do
    if delivery.connector then return native(delivery.sender) end
  end
end

--- What becomes of an answer: the verdict or code, the address, the connector or entry.
local function answer(to, more, p)
  local deliveries = route(p or site, to, "<>", more)
  local first = deliveries[1]
  assert.equal(1, #deliveries)
  assert.equal("<>", native(first.sender))
  return first.code or first.verdict, native(first.address), first.connector or first.entry
end

local function signed(text, now) return native(assert(srs:forward(text, now or NOW))) end

-- What was signed before its domain became ours.
local function signed_by_hand(text)
  return native(assert(localpart.srs { domain = "here.example", secrets = SECRETS.forwarding }
    :forward(text, NOW)))
end
local function marked(text, now) return native(assert(batv:forward(text, now or NOW))) end

describe("a connector's srs", function()
  it("signs on mail that an entry, a list, a rewrite or a catch-all sent on", function()
    local expected = "SRS0=vZQu=2W=bank.example=joe@here.example"
    assert.equal(expected, signed "joe@bank.example")
    for _, to in ipairs {
      "ann@here.example", "ann+tag@here.example", "crew@here.example", "zed.alum@here.example",
    } do
      assert.equal(expected, sender_of(to, "joe@bank.example"), to)
    end
    local caught = load [[
domain "here.example" { unwrap = { "SRS" }, catchall = "all@far.example" }
connector "out" { nexthop = "n", spaces = { "SMTP:*" },
  srs = { domain = "Here.Example", secrets = "forwarding" } }
function on.recipient(address)
  if address.localpart == "moved" then return "moved@far.example" end
  return address.localpart == "same" and address or nil
end
]]
    for _, to in ipairs { "who@here.example", "moved@here.example" } do
      assert.equal(expected, native(route(caught, to, "joe@bank.example")[1].sender))
    end
    assert.equal("joe@bank.example",
      native(route(caught, "same@far.example", "joe@bank.example")[1].sender))
  end)

  it("leaves what is submitted or merely relayed", function()
    for _, more in ipairs { {}, { may_relay = true }, { authenticated = true } } do
      assert.equal("joe@bank.example", sender_of("pat@far.example", "joe@bank.example", more))
      assert.equal("joe@bank.example", sender_of("ann@far.example", "joe@bank.example", more))
    end
    assert.equal("joe@bank.example",
      native(site:nexthop("ann@far.example", { sender = "joe@bank.example", now = NOW }).sender))
  end)

  it("leaves our own, a list's owner and what another connector carries", function()
    for from, to in pairs {
      ["kim@inside.example"] = "ann@here.example",
      [signed "joe@bank.example"] = "ann@here.example",
      ["SRS0=abcd=2W=a.example=b@here.example"] = "ann@here.example",
    } do
      assert.equal(from, sender_of(to, from))
    end
    assert.equal(marked "kim@here.example", sender_of("team@here.example", "joe@bank.example"))
    assert.equal("boss@far.example", sender_of("guests@here.example", "joe@bank.example"))
    local inside = load(SITE .. [[
recipient "In" { proxies = { "SMTP:in@here.example" }, target = "in@inside.example" }
]])
    assert.equal("joe@bank.example",
      native(route(inside, "in@here.example", "joe@bank.example")[1].sender))
  end)

  it("never touches <>, what cannot be read and what is no SMTP", function()
    assert.equal("<>", sender_of("ann@here.example", "<>"))
    assert.equal("<>", sender_of("ann@here.example", ""))
    assert.equal("a@b..c", route(site, "ann@here.example", "a@b..c")[1].sender)
    assert.equal("<Postmaster>", sender_of("ann@here.example", "<Postmaster>"))
    assert.is_nil(route(site, "ann@here.example", nil)[1].sender)
  end)

  it("makes SRS1 of other forwarders' senders, and signs at former domains of ours too", function()
    local first = localpart.srs { domain = "fwd.example", secrets = { "theirs" } }
    local theirs = native(first:forward("joe@bank.example", NOW))
    local ours = sender_of("ann@here.example", theirs)
    assert.matches("^SRS1=....=fwd%.example==....=2W=bank%.example=joe@here%.example$", ours)
    assert.same({ "deliver", theirs, "out" }, { answer(ours) })
    local second = localpart.srs { domain = "next.example", secrets = { "second" } }
    local again = sender_of("ann@here.example", native(second:forward(theirs, NOW)))
    assert.same({ "deliver", theirs, "out" }, { answer(again) })
    assert.equal(signed "kim@old.example", sender_of("ann@here.example", "kim@old.example"))
  end)

  it("leaves what it signed at a domain that was ours", function()
    local p = load [[
domain "here.example" {}
domain "old.example" { kind = "former", unwrap = { "SRS" } }
recipient "Ann" { proxies = { "SMTP:ann@here.example" }, target = "ann@far.example" }
connector "out" { nexthop = "n", spaces = { "SMTP:*" },
  srs = { domain = "old.example", secrets = "forwarding" } }
connector "other" { nexthop = "m", spaces = { "SMTP:*@other.example" },
  srs = { domain = "OLD.example", secrets = "forwarding" } }
]]
    local sender = native(route(p, "ann@here.example", "joe@bank.example")[1].sender)
    assert.matches("^SRS0=.*@old%.example$", sender)
    assert.equal(sender, native(route(p, "ann@here.example", sender)[1].sender))
    assert.same({ "deliver", "joe@bank.example", "out" }, { answer(sender, nil, p) })
  end)

  it("opens what it signed when it signs no more, by the domain's own keys", function()
    local p = load [[
domain "here.example" { unwrap = { "SRS", "BATV" }, secrets = "forwarding" }
domain "old.example" { kind = "former", unwrap = { "SRS" }, secrets = "forwarding" }
domain "*.sub.example" { unwrap = { "SRS" }, secrets = "forwarding" }
recipient "Kim" { proxies = { "SMTP:kim@here.example" } }
connector "out" { nexthop = "n", spaces = { "SMTP:*" } }
]]
    for _, host in ipairs { "here.example", "old.example", "a.sub.example" } do
      local signer = localpart.srs { domain = host, secrets = SECRETS.forwarding }
      local signed_there = native(signer:forward("joe@bank.example", NOW))
      assert.same({ "deliver", "joe@bank.example", "out" }, { answer(signed_there, nil, p) })
      local forged = signed_there:gsub("^SRS0=...", "SRS0=AAA")
      assert.equal("signature-invalid", (answer(forged, nil, p)))
    end
    local marker = localpart.batv { secrets = SECRETS.forwarding }
    assert.equal("Kim", route(p, native(marker:forward("kim@here.example", NOW)), "<>")[1].entry)
  end)

  it("signs what a rewrite made of the sender", function()
    local p = load [[
domain "here.example" { unwrap = { "SRS" } }
recipient "Ann" { proxies = { "SMTP:ann@here.example" }, target = "ann@far.example" }
rewrite "SMTP:{u}@outer.example" { to = "SMTP:{u}@inner.example", both = true }
rewrite "SMTP:{u}-plant@here.example" { to = "SMTP:{u}@plant.example", both = true }
connector "out" { nexthop = "n", spaces = { "SMTP:*" },
  srs = { domain = "here.example", secrets = "forwarding" } }
]]
    local function becomes(from)
      return native(route(p, "ann@here.example", from)[1].sender)
    end
    assert.equal(signed "joe@outer.example", becomes "joe@inner.example")
    assert.equal("joe-plant@here.example", becomes "joe@plant.example")
  end)

  it("signs before the next hop's encapsulation", function()
    local p = load [[
domain "here.example" { unwrap = { "SRS" } }
recipient "Ann" { proxies = { "SMTP:ann@here.example" }, target = "ann@far.example" }
connector "cc" { speaks = "CCMAIL", reaches = "HQ", wrap = { postoffice = "internet" },
  spaces = { "SMTP:*" }, srs = { domain = "here.example", secrets = "forwarding" } }
postoffice "HQ" {}
postoffice "internet" { via = "HQ", gateway = "SMTP" }
]]
    assert.equal(signed "joe@bank.example" .. " at internet",
      native(route(p, "ann@here.example", "joe@bank.example")[1].sender))
  end)

  it("signs for items of resolve, texts that the survey knows, and if all ways say so", function()
    local envelope = { sender = "joe@bank.example", now = NOW }
    local expected = signed "joe@bank.example"
    for _, to in ipairs { "ann@here.example", "crew@here.example", "x.alum@here.example" } do
      local deliveries = site:route(site:resolve(to), envelope)
      assert.equal(expected, native(deliveries[#deliveries].sender), to)
    end
    local open = load [[
domain "here.example" { unwrap = { "SRS" } }
recipient "Joe" { proxies = { "SMTP:joe@elsewhere.example" }, target = "joe@far.example" }
rewrite "SMTP:{u}@gone.example" { to = "SMTP:{u}@far.example" }
connector "out" { nexthop = "n", spaces = { "SMTP:*" },
  srs = { domain = "here.example", secrets = "forwarding" } }
]]
    for to, sender in pairs {
      ["joe@elsewhere.example"] = expected, ["x@gone.example"] = expected,
      ["x@far.example"] = "joe@bank.example",
    } do
      assert.equal(sender, native(open:route(to, envelope)[1].sender), to)
    end
    local both = open:route({ "pat@far.example", "pat@gone.example" }, envelope)
    assert.same({ 1, "joe@bank.example" }, { #both, native(both[1].sender) })
    both = open:route({ "pat@gone.example", "pat@far.example" }, envelope)
    assert.same({ 1, "joe@bank.example" }, { #both, native(both[1].sender) })
  end)

  it("signs at a domain below one that is declared, and in its A-labels", function()
    local has_idn = postoffice.key "a@\195\188.example" -- a build without libidn2 has not
    local source = ([[
domain "*.here.example" { unwrap = { "SRS" } }
domain "IDN" { unwrap = { "SRS" } }
recipient "Ann" { proxies = { "SMTP:ann@x.here.example" }, target = "ann@far.example" }
recipient "Joe" { proxies = { "SMTP:joe@x.here.example" }, target = "joe@near.example" }
connector "out" { nexthop = "n", spaces = { "SMTP:*" },
  srs = { domain = "srs.here.example", secrets = "forwarding" } }
connector "near" { nexthop = "n", spaces = { "SMTP:*@near.example" },
  srs = { domain = "idn", secrets = "forwarding" } }
]]):gsub("[Ii][Dd][Nn]", has_idn and { IDN = "\195\188.example", idn = "\195\156.example" }
      or "xn--tda.example")
    local p = load(source)
    for to, host in pairs {
      ["ann@x.here.example"] = "srs.here.example", ["joe@x.here.example"] = "xn--tda.example",
    } do
      local sender = native(route(p, to, "joe@bank.example")[1].sender)
      assert.matches("^SRS0=....=2W=bank%.example=joe@" .. host:gsub("[-.]", "%%%0") .. "$", sender)
      assert.same({ "deliver", "joe@bank.example", "out" }, { answer(sender, nil, p) })
      assert.equal("recipient-unknown", (answer(sender:gsub("@.*", "@z.here.example"), nil, p)))
    end
  end)
end)

describe("an answer to a signed sender", function()
  it("arrives where the sender is, past the directory, the rewrites and the catch-all", function()
    assert.same({ "deliver", "joe@bank.example", "out" }, { answer(signed "joe@bank.example") })
    assert.same({ "deliver", "joe@bank.example", "out" },
      { answer(signed "joe@bank.example":lower()) })
    local item = site:resolve(signed "joe@bank.example", nil, { now = NOW })[1]
    assert.same({ "joe@bank.example", "signed" }, { native(item.address), item.how })
    assert.same({ "deliver", "joe@bank.example", "out" },
      { answer(signed "joe@bank.example", { may_relay = false }) })
    assert.equal("Kim", route(site, "joe@bank.example", "<>")[1].entry)
    assert.equal("who@evil.example", native(route(site, "who@bank.example", "<>")[1].address))
    assert.same({ "deliver", "who@bank.example", "out" }, { answer(signed "who@bank.example") })
  end)

  it("is signed itself if somebody writes it", function()
    local to = signed "joe@bank.example"
    assert.equal(signed "eve@evil.example", sender_of(to, "eve@evil.example"))
    assert.equal("<>", sender_of(to, "<>"))
  end)

  it("is refused after its days, with another key and with a byte changed", function()
    local to = signed "joe@bank.example"
    assert.equal("deliver", (answer(to, { now = NOW + 21 * DAY })))
    local late = route(site, to, "<>", { now = NOW + 22 * DAY })[1]
    assert.same({ "reject", "signature-expired", "5.1.1" },
      { late.verdict, late.code, late.status })
    local other = localpart.srs { domain = "here.example", secrets = { "other" } }
    local forged = route(site, native(other:forward("joe@bank.example", NOW)), "<>")[1]
    assert.same({ "reject", "signature-invalid", "5.1.1" },
      { forged.verdict, forged.code, forged.status })
    for i = 1, #to do
      for _, byte in ipairs { "x", "7", "=", "-", "." } do
        local changed = to:sub(1, i - 1) .. byte .. to:sub(i + 1)
        if changed:lower() ~= to:lower() then
          local delivery = route(site, changed, "<>")[1]
          local is_here = i > to:find "@" or delivery.entry == "Postmaster"
          assert.is_true(delivery.verdict == "reject" or is_here, changed)
        end
      end
    end
  end)

  it("holds by every key, and is signed by the first", function()
    local old = localpart.srs { domain = "here.example", secrets = { "old" } }
    local to = native(old:forward("joe@bank.example", NOW))
    assert.same({ "deliver", "joe@bank.example", "out" }, { answer(to) })
  end)

  it("is refused if it is not whole, be there a catch-all or an extension", function()
    for _, to in ipairs {
      "SRS0=@here.example", "SRS0=abcd@here.example", "srs0+kim@here.example",
      "SRS1=a@here.example",
      "SRS1=abcd=b.example==efgh=2W=c.example=d@here.example",
      '"SRS0=abcd=2W=not a host=u"@here.example',
    } do
      assert.equal("signature-invalid", (answer(to)), to)
    end
    local odd = '"' .. native(srs:forward("u@a.example", NOW)):gsub("@.*", '"@here.example')
    assert.equal("deliver", (answer(odd)))
  end)

  it("is nobody's at domains that do not open it", function()
    local to = signed("joe@bank.example"):gsub("@.*", "")
    assert.same({ "deliver", to .. "@inside.example", "inside" },
      { answer(to .. "@inside.example") })
    assert.same({ "deliver", to .. "@far.example", "out" }, { answer(to .. "@far.example") })
    local p = load(SITE .. 'domain "plain.example" {}')
    for _, text in ipairs { to, "prvs=0000abcdef=kim" } do
      assert.equal("recipient-unknown", (answer(text .. "@plain.example", nil, p)))
    end
    local carried = native(postoffice.encapsulate("EX:/o=Org/cn=kim", "SMTP",
      { domain = "inside.example" }))
    assert.same({ "deliver", carried, "inside" }, { answer(carried) })
  end)

  it("finds its sender here if that has become ours", function()
    assert.same({ "deliver", "kim@here.example", "Kim" },
      { answer(signed_by_hand "kim@here.example") })
    assert.same({ "deliver", "kim@here.example", "Kim" },
      { answer(signed_by_hand "kim+tag@here.example") })
    assert.same({ "deliver", "joe@inside.example", "inside" },
      { answer(signed_by_hand "joe@inside.example") })
  end)

  it("goes as it would unsigned if a domain of any kind is declared for its sender", function()
    for _, kind in ipairs { "local", "relay", "former" } do
      local p = load(([[
domain "here.example" { unwrap = { "SRS" }, extension = "+" }
domain "there.example" { kind = "%s", unwrap = { "EX" }, extension = "+",
  catchall = "Postmaster" }
recipient "Postmaster" { proxies = { "SMTP:postmaster@here.example" } }
recipient "Kim" { proxies = { "SMTP:kim@here.example", "smtp:kim@there.example",
  "EX:/o=Org/cn=kim" } }
recipient "Ann" { proxies = { "SMTP:ann@there.example" }, target = "ann@far.example" }
rewrite "SMTP:{u}-plant@there.example" { to = "SMTP:{u}@plant.example" }
connector "out" { nexthop = "n", spaces = { "SMTP:*" },
  srs = { domain = "here.example", secrets = "forwarding" } }
]]):format(kind))
      for to, expected in pairs {
        ["kim@there.example"] = { "deliver", "kim@here.example", "Kim" },
        ["kim+tag@there.example"] = { "deliver", "kim@here.example", "Kim" },
        ["ann@there.example"] = { "deliver", "ann@far.example", "out" },
        ["joe-plant@there.example"] = { "deliver", "joe@plant.example", "out" },
        ["who@there.example"] = { "deliver", "postmaster@here.example", "Postmaster" },
      } do
        assert.same(expected, { answer(to, nil, p) }, kind .. " " .. to)
        assert.same(expected, { answer(signed_by_hand(to), nil, p) }, kind .. " " .. to)
      end
      local carried = native(postoffice.encapsulate("EX:/o=Org/cn=kim", "SMTP",
        { domain = "there.example" }))
      assert.same({ answer(carried, nil, p) }, { answer(signed_by_hand(carried), nil, p) })
    end
  end)

  it("may leave for that one address alone, whatever the script puts in its place", function()
    local p = load(SITE .. [[
function on.recipient(address)
  if address.localpart == "joe" then return "other@evil.example" end
  if address.localpart == "ann" then return "kim@here.example" end
  if address.domain == "bad.example" then return reject "no" end
end
]])
    assert.equal("relay-denied", (answer(signed "joe@bank.example", nil, p)))
    assert.same({ "deliver", "kim@here.example", "Kim" },
      { answer(signed "ann@b.example", nil, p) })
    assert.equal("policy-reject", (answer(signed "x@bad.example", nil, p)))
    assert.same({ "deliver", "x@bank.example", "out" }, { answer(signed "x@bank.example", nil, p) })
  end)

  it("hides no encapsulation", function()
    local carried = native(postoffice.encapsulate({ type = "CCMAIL", mailbox = "v@evil.example",
      postoffice = "internet" }, "SMTP", { domain = "here.example" }))
    assert.equal("relay-denied", (answer(carried)))
    assert.equal("relay-denied", (answer(marked(carried))))
  end)

  it("is opened where a DDA or a gateway of ours carried it", function()
    local p = load(SITE .. [[
postoffice "OURS" { gateway = "SMTP" }
connector "x400" { speaks = "X400", wrap = { c = "us" }, spaces = { "X400:*" },
  srs = { domain = "here.example", secrets = "forwarding" } }
recipient "Fax" { proxies = { "SMTP:fax@here.example" }, target = "X400:c=us;s=Fax;" }
]])
    local heard = route(p, "fax@here.example", "joe@far.example")[1].sender
    local carried = postoffice.decapsulate(heard)
    assert.truthy(carried.localpart:find "^SRS0=")
    local kim = native(batv:forward("kim@here.example", NOW))
    for _, case in ipairs {
      { heard, "joe@far.example" },
      { "CCMAIL:" .. native(carried) .. " at OURS", "joe@far.example" },
      { "X400:c=us;dda:RFC-822=" .. kim:gsub("@", "(a)") .. ";", "kim@here.example" },
      { "CCMAIL:" .. kim .. " at OURS", "kim@here.example" },
    } do
      local delivery = route(p, case[1], "<>")[1]
      assert.same({ "deliver", case[2] }, { delivery.verdict, native(delivery.address) })
    end
    local late = route(p, heard, "<>", { now = NOW + 99 * DAY })[1]
    assert.same({ "signature-expired", "5.1.1" }, { late.code, late.status })
    assert.truthy(tostring(p:explain(heard, { sender = "<>", now = NOW })):find(
      "SMTP:joe@far.example is what that holds (p.lua:1)", 1, true))
  end)

  it("goes into a connector's own shell by its signature alone", function()
    local p = load(SITE .. [[
connector "cc" { nexthop = "n", speaks = "SMTP", wrap = { domain = "gw.example" },
  spaces = { "CCMAIL:*" } }
]])
    local to = "IMCEACCMAIL-Lee+20at+20HQ@gw.example"
    assert.equal("relay-denied", (answer(to, nil, p)))
    assert.same({ "deliver", to, "cc" }, { answer(signed(to), nil, p) })
  end)

  it("is resolved anew by another revision", function()
    local item = site:resolve(signed "joe@bank.example", nil, { now = NOW })
    local other = load(SITE .. "\n")
    local delivery = other:route(item, { sender = "<>", now = NOW })[1]
    assert.same({ "deliver", "joe@bank.example" }, { delivery.verdict, native(delivery.address) })
    local keyless = load(SITE .. "\n\n", {})
    assert.equal("secret-missing", keyless:route(item, { now = NOW })[1].code)
  end)
end)

describe("a connector's batv", function()
  it("marks our senders, whatever they send", function()
    local expected = marked "kim@here.example"
    assert.equal(expected, sender_of("pat@far.example", "kim@here.example"))
    assert.equal(expected, sender_of("ann@here.example", "kim@here.example"))
    assert.equal(expected, sender_of("pat@far.example", expected))
    assert.equal("kim@here.example",
      native(route(site, "x@inside.example", "kim@here.example")[1].sender))
    assert.equal("<>", sender_of("pat@far.example", "<>"))
    assert.equal("joe@inside.example", sender_of("pat@far.example", "joe@inside.example"))
  end)

  it("opens the answers, which go as the address inside does", function()
    assert.same({ "deliver", "kim@here.example", "Kim" }, { answer(marked "kim@here.example") })
    assert.same({ "deliver", "kim@here.example", "Kim" }, { answer(marked "kim+x@here.example") })
    assert.same({ "deliver", "postmaster@here.example", "Postmaster" },
      { answer(marked "who@here.example") })
    assert.same({ "deliver", "kim@here.example", "Kim" },
      { answer(marked "Kim@here.example":upper()) })
    assert.same({ "deliver", "joe@bank.example", "out" },
      { answer(marked(signed "joe@bank.example")) })
  end)

  it("opens them at former domains, too, for who has the address here", function()
    local p = load [[
domain "here.example" {}
domain "old.example" { kind = "former", unwrap = { "BATV" }, extension = "+" }
recipient "Kim" { proxies = { "SMTP:kim@here.example", "smtp:kim@old.example" } }
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@new.example" }
connector "out" { nexthop = "n", spaces = { "SMTP:*" }, batv = { secrets = "bounces" } }
]]
    assert.equal(marked "kim@old.example",
      native(route(p, "pat@far.example", "kim@old.example")[1].sender))
    for to, expected in pairs {
      ["kim@old.example"] = { "deliver", "kim@here.example", "Kim" },
      ["kim+tag@old.example"] = { "deliver", "kim@here.example", "Kim" },
      ["ann@old.example"] = { "deliver", "ann@new.example", "out" },
    } do
      assert.same(expected, { answer(to, nil, p) })
      assert.same(expected, { answer(marked(to), nil, p) })
    end
  end)

  it("refuses what it did not mark, and what it marked too long ago", function()
    local to = marked "kim@here.example"
    assert.equal("deliver", (answer(to, { now = NOW + 7 * DAY })))
    assert.equal("signature-expired", (answer(to, { now = NOW + 8 * DAY })))
    assert.equal("signature-invalid", (answer((to:gsub("kim", "kin")))))
    for _, text in ipairs { "prvs=kim@here.example", "prvs=1=kim@here.example" } do
      assert.equal("signature-invalid", (answer(text)))
    end
    local keyless = load(SITE, { forwarding = { "new" } })
    assert.equal("secret-missing", (answer(to, nil, keyless)))
  end)
end)

describe("the sender that restrictions ask for", function()
  local p = load(SITE .. [[
recipient "No" { proxies = { "SMTP:no@here.example" },
  reject = { "SMTP:joe@bank.example", "Kim" } }
recipient "Yes" { proxies = { "SMTP:yes@here.example" },
  accept = { "SMTP:joe@bank.example", "Kim" } }
]])

  local function becomes(to, sender, more)
    local delivery = route(p, to .. "@here.example", sender, more)[1]
    return delivery.code or delivery.verdict
  end

  it("is inside what we signed or marked, and one of ours", function()
    for _, sender in ipairs {
      signed "joe@bank.example", marked "kim@here.example", marked "kim+tag@here.example",
      marked(signed "joe@bank.example"),
    } do
      assert.equal("recipient-restricted", becomes("no", sender), sender)
      assert.equal("recipient-restricted", becomes("yes", sender), sender)
      assert.equal("deliver", becomes("yes", sender, { authenticated = true }), sender)
    end
  end)

  it("is the address as it stands where the signature does not hold", function()
    for _, sender in ipairs {
      signed("joe@bank.example", 0), marked("kim@here.example", 0),
      "prvs=0000abcdef=kim@here.example", "SRS0=abcd=2W=bank.example=joe@here.example",
    } do
      assert.equal("deliver", becomes("no", sender), sender)
      assert.equal("recipient-restricted", becomes("yes", sender, { authenticated = true }), sender)
    end
  end)

  it("is opened by the clock, too, and no explanation tells of it", function()
    local sender = native(assert(batv:forward("kim@here.example", os.time())))
    assert.equal("recipient-restricted", p:route("no@here.example", { sender = sender })[1].code)
    local told = tostring(p:explain("no@here.example", { sender = sender, now = os.time() }))
    assert.is_nil(told:find("marked at", 1, true), told)
    assert.truthy(told:find("No rejects the sender", 1, true), told)
  end)
end)

describe("the keys", function()
  it("come from the host by name: a table, or a function of the name", function()
    local asked = {}
    local p = load(SITE, function(name)
      asked[#asked + 1] = name
      return SECRETS[name]
    end)
    assert.equal(signed "joe@bank.example",
      native(route(p, "ann@here.example", "joe@bank.example")[1].sender))
    assert.same({ "deliver", "joe@bank.example", "out" },
      { answer(signed "joe@bank.example", nil, p) })
    route(p, "ann@here.example", "kim@here.example")
    route(p, "pat@far.example", "<>")
    assert.same({ "forwarding", "forwarding", "bounces" }, asked)
  end)

  it("have to come at once, whoever asks beside", function()
    local source = SITE .. 'function on.recipient(a) ask("crm", a.localpart) end'
    local p = assert(policy.load(source, { secrets = coroutine.yield,
      ask = { crm = { many = function() return {} end } } }))
    local to = { "ann@here.example", "kim@here.example" }
    local routed = coroutine.wrap(function()
      local deliveries = p:route(to, { sender = "joe@bank.example", now = NOW })
      return deliveries
    end)()
    assert.same({ "secret-missing", "deliver" }, { routed[1].code, routed[2].verdict })
  end)

  it("are waited for where there are none", function()
    for _, secrets in ipairs {
      {}, { bounces = { "mark" } }, function() return nil end, function() error "secret" end,
      function() return {} end, function() return { "" } end, function() return "new" end,
      function() return { 1 } end,
    } do
      local p = load(SITE, secrets)
      for _, to in ipairs { "ann@here.example", signed "joe@bank.example" } do
        local delivery = route(p, to, "joe@bank.example")[1]
        assert.same({ "defer", "secret-missing", "4.3.0" },
          { delivery.verdict, delivery.code, delivery.status })
        assert.equal("joe@bank.example", native(delivery.sender))
        assert.is_nil((delivery.message .. delivery.detail):find "secret\"")
      end
      assert.equal("deliver", route(p, "kim@here.example", "joe@bank.example")[1].verdict)
      assert.equal("deliver", route(p, "pat@far.example", "joe@bank.example")[1].verdict)
    end
  end)

  it("stand in no explanation, no message and no error", function()
    local keys = { "Zz-not-to-be-seen", "Zz-nor-this" }
    local p = load(SITE, { forwarding = keys, bounces = keys })
    local ours = localpart.srs { domain = "here.example", secrets = keys }
    for _, to in ipairs {
      "ann@here.example", native(ours:forward("joe@bank.example", NOW)), signed "joe@bank.example",
      native(ours:forward("joe@bank.example", 0)), "prvs=0000abcdef=kim@here.example",
    } do
      for _, from in ipairs { "joe@bank.example", "kim@here.example" } do
        local text = tostring(p:explain(to, { sender = from, now = NOW }))
        assert.is_nil(text:find("Zz-", 1, true), text)
        for _, delivery in ipairs(route(p, to, from)) do
          for name, value in pairs(delivery) do
            assert.is_nil(tostring(value):find("Zz-", 1, true), name)
          end
        end
      end
    end
    for _, wrong in ipairs { { k = {} }, { k = "Zz-" }, { k = { "Zz-", 1 } }, { k = { "Zz-", "" } },
      { [1] = "Zz-" } } do
      local ok, message = pcall(policy.load, SITE, { secrets = wrong })
      assert.is_false(ok)
      assert.matches("secrets: .* has to be a list of keys", message)
      assert.is_nil(message:find("Zz-", 1, true))
    end
  end)

  it("are missed by the check, if the host gives others", function()
    local function missed(secrets, source)
      local list = {}
      for _, finding in ipairs(load(source or SITE, secrets):check()) do
        if finding.code == "secret-missing" then list[#list + 1] = tostring(finding) end
      end
      return list
    end
    assert.same({ 'p.lua:16: warning: connector "out" signs (batv) by the keys "bounces", which the'
      .. " host does not give [secret-missing]; give them by --secret (in a program, the option"
      .. " secrets), or mail that needs them has to wait" }, missed { forwarding = { "new" } })
    assert.equal(2, #missed {})
    local former = "domain 'here.example' { unwrap = { 'SRS' }, secrets = 'forwarding' }"
    assert.equal(1, #missed({}, former))
    assert.same({}, missed(SECRETS, former))
    assert.same({}, missed(SECRETS))
    assert.same({}, missed(function() return nil end))
  end)

  it("open answers past a proxy in no domain that is declared, which the check tells", function()
    local function told(source)
      local list = {}
      for _, finding in ipairs(load(source):check()) do
        if finding.code == "proxy-signed" then list[#list + 1] = tostring(finding) end
      end
      return list
    end
    local function policy_of(domain, recipient)
      return ("%s recipient 'x' { %s }"):format(domain, recipient)
    end
    local opens = "domain 'here.example' { unwrap = { 'SRS' }, secrets = 'forwarding' }"
    local proxies = "proxies = { 'x@here.example', 'x@bank.example', 'y@bank.example' }"
    assert.same({ 'p.lua:1: note: recipient "x" has the proxy "x@bank.example", and a signed answer'
      .. " to it goes to its domain, which is not declared, past this entry [proxy-signed]; declare"
      .. " its domain, or remove the proxy" }, told(policy_of(opens, proxies)))
    assert.same({}, told(policy_of(opens .. " domain 'bank.example' { kind = 'former' }", proxies)))
    assert.same({}, told(policy_of("domain 'here.example' {}", proxies)))
    assert.same({}, told(policy_of(opens, "target = 'x@bank.example', proxies = { 'x@here.example',"
      .. " 'x@bank.example' }")))
    assert.equal(1, #told(policy_of(opens, "target = 'x@bank.example', proxies = {"
      .. " 'x@bank.example', 'y@bank.example' }")))
    assert.equal(1, #told(SITE))
  end)

  it("are given at the load of files, snapshots and live policies alike", function()
    local path = os.tmpname()
    helper.write(path, SITE)
    local opened = assert(policy.loadfile(path, { secrets = SECRETS }))
    local live = assert(policy.open(path, { secrets = SECRETS }))
    assert(opened:save(path .. ".po"))
    local saved = assert(policy.loadfile(path .. ".po", { secrets = SECRETS }))
    for _, p in ipairs { opened, live, saved } do
      local to = native(route(p, "ann@here.example", "joe@bank.example")[1].sender)
      assert.equal(signed "joe@bank.example", to)
      assert.same({ "deliver", "joe@bank.example", "out" }, { answer(to, nil, p) })
      p:close()
    end
    assert.is_nil(helper.read(path .. ".po"):find("mark\0", 1, true))
    os.remove(path)
    os.remove(path .. ".po")
  end)

  it("are a test's own in tests", function()
    local p = load(SITE .. [[
test "signed" { to = "ann@here.example", from = "joe@bank.example", now = 1577836860,
  secrets = { forwarding = { "new" } }, sender = "SRS0=vZQu=2W=bank.example=joe@here.example" }
test "without" { to = "ann@here.example", from = "joe@bank.example", code = "secret-missing" }
test "back" { to = "SRS0=vZQu=2W=bank.example=joe@here.example", now = 1577836860,
  secrets = { forwarding = { "new" } }, address = "joe@bank.example" }
]], { forwarding = { "the host's" } })
    local results = p:test()
    assert.same({ 3, 0 }, { results.passed, results.failed }, tostring(results))
  end)
end)

describe("an explanation", function()
  local function says(to, from, text, more)
    local envelope = { sender = from, now = NOW }
    for name, value in pairs(more or {}) do envelope[name] = value end
    local told = tostring(site:explain(to, envelope)):gsub("%s+", " ")
    assert.truthy(told:find(text, 1, true), told)
  end

  it("has a sentence for each rule", function()
    local to = signed "joe@bank.example"
    says("ann@here.example", "joe@bank.example",
      ("the sender SMTP:joe@bank.example is signed as SMTP:%s (SRS) (p.lua:16)"):format(to))
    says("pat@far.example", "joe@bank.example", "is not signed: nobody here sent the mail on")
    says("guests@here.example", "joe@bank.example", "is not signed: it is the list's owner")
    says("ann@here.example", "joe@inside.example", "is not signed: it is ours")
    says("ann@here.example", "kim@here.example", ("is marked as SMTP:%s (BATV) (p.lua:16)"):format(
      marked "kim@here.example"))
    says(to, "<>", "SMTP:joe@bank.example, signed at here.example (SRS) (p.lua:1)")
    says(marked "kim@here.example", "<>", "SMTP:kim@here.example, marked at here.example (BATV)")
    says("x" .. to, "<>", "nothing is encapsulated in it")
    says("SRS0=abcd@here.example", "<>", "SMTP:SRS0=abcd@here.example is not opened (SRS): the"
      .. " address is signed by no key that is known here")
    says(to, "<>", "is not opened (SRS): the address was signed too long ago",
      { now = NOW + 30 * DAY })
    local function note(octets)
      return ("its local part has %d octets, more than the 64 of RFC 5321"):format(octets)
    end
    says("ann@here.example", ("x"):rep(40) .. "@bank.example", note(66))
    local told = site:explain("ann@here.example",
      { sender = ("x"):rep(38) .. "@bank.example", now = NOW })
    assert.is_nil(tostring(told):gsub("%s+", " "):find(note(64), 1, true))
  end)
end)

describe("what signs and what opens", function()
  local CASES = {
    { "domain 'a.example' { unwrap = { 'SRS' } }",
      "domain \"a.example\": unwrap lists SRS, but no connector signs there; add srs = { domain ="
        .. ' "a.example", secrets = "forwarding" } to one, or if none signs any more secrets ='
        .. ' "forwarding" to the domain, or remove it' },
    { "domain 'a.example' { kind = 'relay', unwrap = { 'SRS' }, secrets = 's' }",
      "unwrap lists SRS, which is opened at local and former domains; remove it" },
    { "domain 'a.example' { secrets = 's' }",
      'domain "a.example": secrets open what was signed here, and its unwrap lists neither SRS nor'
        .. ' BATV; add unwrap = { "SRS" }, or remove them' },
    { "domain 'MS:A/B' { secrets = 's' }", "secrets is for domains of SMTP, not of MS; remove it" },
    { "domain 'a.example' {}\nconnector 'c' { spaces = { 'SMTP:*' }, srs = { domain ="
        .. " 'a.example', secrets = 's' } }",
      'connector "c": srs.domain "a.example": domain "a.example" does not open what is signed'
        .. ' there; it has to be local or former, with "SRS" in its unwrap' },
    { "domain 'a.example' { kind = 'relay', unwrap = { 'SRS' } }\nconnector 'c' { spaces ="
        .. " { 'SMTP:*' }, srs = { domain = 'a.example', secrets = 's' } }",
      "does not open what is signed there" },
    { "connector 'c' { spaces = { 'SMTP:*' }, srs = { domain = 'a.example', secrets = 's' } }",
      'connector "c": srs.domain "a.example" is not declared; add domain "a.example" { unwrap ='
        .. ' { "SRS" } }, or no answer comes back' },
    { "connector 'c' { spaces = { 'SMTP:*' }, srs = { domain = 'a.example' } }",
      'connector "c": srs has no secrets; add srs = { secrets = "forwarding" }' },
    { "connector 'c' { spaces = { 'SMTP:*' }, srs = { secrets = 's' } }",
      'connector "c": srs has no domain; add srs = { domain = "example.com" }' },
    { "connector 'c' { spaces = { 'SMTP:*' }, srs = { domian = 's' } }",
      'unknown field "srs.domian"; did you mean "domain"?' },
    { "domain 'a.example' { unwrap = { 'srs' } }\nconnector 'c' { spaces = { 'SMTP:*' }, srs ="
        .. " { domain = 'a.example', secrets = 's' } }\nconnector 'd' { spaces = { 'SMTP:*' }, srs"
        .. " = { domain = 'a.example', secrets = 't' } }",
      'connector "d": srs.secrets is "t", and "s" at p.lua:2; answers are verified by one name\'s'
        .. " keys" },
    { "domain 'a.example' { unwrap = { 'BATV' } }",
      'domain "a.example": unwrap lists BATV, but no connector marks senders; add batv = { secrets'
        .. ' = "bounces" } to one, or if none marks any more secrets = "bounces" to the domain, or'
        .. " remove it" },
    { "connector 'c' { spaces = { 'SMTP:*' }, batv = { secrets = 's' } }",
      'connector "c": batv marks the senders of domains whose unwrap lists BATV, and none does; add'
        .. ' domain "example.com" { unwrap = { "BATV" } }' },
    { "domain 'a.example' { kind = 'relay', unwrap = { 'BATV' } }\nconnector 'c' { spaces ="
        .. " { 'SMTP:*' }, batv = { secrets = 's' } }",
      "unwrap lists BATV, which is opened at local and former domains; remove it" },
    { "domain 'a.example' { unwrap = { 'BATV' } }\nconnector 'c' { speaks = 'CCMAIL', spaces ="
        .. " { 'CCMAIL:*' }, batv = { secrets = 's' } }",
      'connector "c": batv marks senders of SMTP, and it speaks CCMAIL; remove batv' },
    { "domain 'a.example' { unwrap = { 'BATV' } }\nconnector 'c' { spaces = { 'SMTP:*' }, batv = {"
        .. " secrets = 's' } }\nconnector 'd' { spaces = { 'SMTP:*' }, batv = { secrets = 't' } }",
      'batv.secrets is "t", and "s" at p.lua:2' },
    { "connector 'c' { spaces = { 'SMTP:*' }, batv = {} }",
      'connector "c": batv has no secrets; add batv = { secrets = "forwarding" }' },
    { "domain '*.a.example' { unwrap = { 'SRS' } }", '{ domain = "srs.a.example"' },
  }

  for i, case in ipairs(CASES) do
    it("are declared together, or an error says so: " .. i, function()
      local p, message, code = policy.load(case[1], { chunkname = "@p.lua" })
      assert.is_nil(p)
      assert.equal("policy-invalid", code)
      assert.truthy(message:find(case[2], 1, true), message)
    end)
  end

  it("are no types that nobody knows", function()
    for _, finding in ipairs(site:check()) do assert.not_equal("type-unknown", finding.code) end
  end)

  it("hold the host to a time that is one", function()
    for _, now in ipairs { 1 / 0, -1 / 0, 0 / 0 } do
      local ok, message = pcall(site.route, site, "ann@here.example", { now = now })
      assert.is_false(ok)
      assert.matches("now has to be a number of seconds", message)
    end
    for _, now in ipairs { 0, -1, 2 ^ 53, 1e300, 0.5 } do
      local sender = native(route(site, "ann@here.example", "joe@bank.example", { now = now })[1]
        .sender)
      assert.equal("deliver", (answer(sender, { now = now })))
    end
  end)
end)

describe("mail that is sent on", function()
  it("can be answered, and the answer arrives at the sender", function()
    local to = { "ann@here.example", "crew@here.example", "x.alum@here.example", "pat@far.example" }
    for seed = 1, helper.times(400) do
      local from = generate.address(seed)
      local text = from.type == "SMTP" and from.localpart ~= "" and from.domain and native(from)
      local key = text and postoffice.key(text)
      if key then
        for _, recipient in ipairs(to) do
          for _, delivery in ipairs(route(site, recipient, text)) do
            assert.equal("deliver", delivery.verdict, text)
            local heard = native(delivery.sender)
            local back = route(site, heard, "<>")[1]
            assert.equal("deliver", back.verdict, heard)
            assert.equal(key, postoffice.key(back.address), heard)
            assert.equal("<>", native(back.sender))
          end
        end
      end
    end
  end)

  it("relays to nobody else, whatever byte of the sender is changed", function()
    local random = generate.random(7)
    for _ = 1, helper.times(2000) do
      local to = signed(("u%d@bank.example"):format(random(1000)))
      local at = random(to:find "@" - 1)
      local changed = to:sub(1, at - 1) .. string.char(random(94) + 32) .. to:sub(at + 1)
      if changed:lower() ~= to:lower() then
        for _, delivery in ipairs(route(site, changed, "<>")) do
          assert.is_nil(delivery.connector, changed)
        end
      end
    end
  end)

  -- The senders with which a random policy's mail of a stranger leaves, and when.
  local function each_signed(p, check)
    for _ = 1, 40 do
      local envelope = policies.envelope() or {}
      envelope.now, envelope.sender = envelope.now or NOW, "joe@stranger.example"
      for _, delivery in ipairs(p:route(policies.recipient(), envelope)) do
        local sender = delivery.connector and delivery.sender
        local text = type(sender) == "table" and sender.type == "SMTP" and native(sender)
        if text and text:find "^SRS[01]=.*@a%.example$" then check(text, envelope.now) end
      end
    end
  end

  -- Where an address leads by a policy.
  local function ends_of(p, text, now)
    local ends = {}
    for i, item in ipairs(p:resolve(text, nil, { now = now })) do
      local key = item.address and postoffice.key(item.address)
      ends[i] = { key, item.entry, item.extension, item.code }
    end
    return ends
  end

  -- Whether an address is leave to relay to what is inside for a policy; or, where that is in a
  -- domain that is declared, leads where that does.
  local function opens(p, text, now)
    local inner = localpart.read(text, "srs").address
    local item = p:resolve(text, nil, { now = now })[1]
    if item.how == "signed" then return postoffice.key(item.address) == postoffice.key(inner) end
    return (pcall(assert.same, ends_of(p, native(inner), now), ends_of(p, text, now)))
  end

  it("is opened by the policy that signed it, whatever that is, and by no other key", function()
    local count = 0
    for seed = 1, helper.times(200) do
      local p, text = policies.load(seed + 3000000, function(source)
        return policy.load(source, { chunkname = policies.CHUNKNAME, ask = policies.asks(),
          secrets = policies.SECRETS, include = policies.include })
      end)
      local is_strange = not domains.find_name(p.compiled.domains, "stranger.example")
      local others = is_strange and not text:find "on%.recipient" and text:find "srs = "
        and policy.load(text, { ask = policies.asks(), secrets = { k = { "another" } },
          include = policies.include })
      if others then
        each_signed(p, function(sender, now)
          local where = sender .. "\n" .. text
          assert.is_true(opens(p, sender, now), where)
          assert.is_false(opens(others, sender, now), where)
          assert.is_false(opens(p, sender, now + 40 * DAY), where)
          assert.is_false(opens(p, (sender:gsub("^(SRS..)...", "%1AAA")), now), where)
          count = count + 1
        end)
        others:close()
      end
      p:close()
    end
    assert.is_true(count > 0)
  end)
end)
