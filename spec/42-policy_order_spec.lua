--- Which of the spaces that match goes first, pair by pair, and what an explanation says of it.
local policy = require "postoffice.policy"

local function load(source)
  return assert(policy.load(source, { chunkname = "@policy.lua" }))
end

local function winner(source, to)
  local p = load(source)
  local delivery = p:route(to or "kim@sales.far.example", { size = 1, sender = "a@b.example" })[1]
  p:close()
  return delivery.connector
end

-- Each goes before all that follow, in whatever order they are declared.
local function ranks(settings, connectors)
  for i, first in ipairs(connectors) do
    for j = i + 1, #connectors do
      for name, second in pairs { a = "b", b = "a" } do -- whomever the hash likes
        local one = ("connector '%s' { %s }"):format(name, first)
        local other = ("connector '%s' { %s }"):format(second, connectors[j])
        local message = first .. " before " .. connectors[j]
        assert.equal(name, winner(settings .. one .. other), message)
        assert.equal(name, winner(settings .. other .. one), message)
      end
    end
  end
end

-- The steps of stage 5 that explain a recipient.
local function steps(p, to, envelope)
  local list = {}
  for _, step in ipairs(p:explain(to, envelope).steps) do
    if step.stage == "route" then list[#list + 1] = step.text end
  end
  return list
end

describe("of the spaces that match", function()
  it("the special class goes first, then literal characters, guards, the cost", function()
    ranks("", {
      "spaces = { { 'SMTP:kim@sales.far.example', cost = 9 } }",
      "spaces = { { 'SMTP:*@sales.far.example', cost = 8 } }",
      "spaces = { { 'SMTP:*@*.far.example', cost = 7 } }, max_size = 10",
      "spaces = { { 'SMTP:*@*.far.example', cost = 1 } }",
      "spaces = { { 'SMTP:*@*.far.example', cost = 2 } }",
      "spaces = { { 'SMTP:*', cost = 1 } }", "spaces = { { 'SMTP:', cost = 0 } }",
    })
  end)

  it("by order = \"cost\" the cost goes first, then class, literal characters, guards", function()
    ranks("settings { order = 'cost' }", {
      "spaces = { { 'SMTP:', cost = 0 } }",
      "spaces = { 'SMTP:kim@sales.far.example' }", "spaces = { 'SMTP:*@sales.far.example' }",
      "spaces = { 'SMTP:*@*.far.example' }, senders = { 'SMTP:*@b.example' }",
      "spaces = { 'SMTP:*@*.far.example' }", "spaces = { 'SMTP:*' }, max_size = 10",
      "spaces = { 'SMTP:*' }", "spaces = { 'SMTP:' }, max_size = 10", "spaces = { 'SMTP:' }",
      "spaces = { { 'SMTP:kim@sales.far.example', cost = 2 } }",
    })
  end)

  it("those that cost the same are chosen by lots that are the same everywhere", function()
    local p = load [[
connector "a" { spaces = { "SMTP:*" } }
connector "b" { spaces = { "SMTP:*" } }
connector "c" { spaces = { "SMTP:*" } }
]]
    local chosen = {}
    for i = 1, 12 do
      local delivery = p:route(("user%d@far.example"):format(i))[1]
      chosen[i] = delivery.connector .. delivery.alternatives[1].connector
        .. delivery.alternatives[2].connector
    end
    assert.equal("bca bca cab abc cab bca acb cba abc acb acb bac", table.concat(chosen, " "))
  end)

  it("and by the same with order = \"cost\"", function()
    local p = load [[
settings { order = "cost" }
connector "a" { spaces = { "SMTP:*" } }
connector "b" { spaces = { "SMTP:*" } }
connector "c" { spaces = { { "SMTP:*@far.example", cost = 2 } } }
]]
    local chosen = {}
    for i = 1, 12 do
      local delivery = p:route(("user%d@far.example"):format(i))[1]
      chosen[i] = delivery.connector
      assert.equal("c", delivery.alternatives[2].connector)
    end
    assert.equal("b b a a a b a b a a a b", table.concat(chosen, " "))
  end)

  it("a connector's second one is no alternative", function()
    local p = load [[
connector "a" { spaces = { "SMTP:*@far.example", { "smtp:*@FAR.example", cost = 2 } } }
connector "b" { spaces = { { "SMTP:*@far.example", cost = 3 } } }
]]
    local delivery = p:route("kim@far.example")[1]
    assert.equal("a", delivery.connector)
    assert.equal(1, delivery.cost)
    assert.equal(1, #delivery.alternatives)
    assert.same({ connector = "b", cost = 3, space = "SMTP:*@far.example" },
      delivery.alternatives[1])
  end)

  it("each is explained, and why it lost", function()
    local p = load [[
connector "far"     { spaces = { "SMTP:*@far.example" } }
connector "dear"    { spaces = { { "SMTP:*@far.example", cost = 5 } } }
connector "guarded" { spaces = { { "SMTP:*@far.example", cost = 9 } }, max_size = 10 }
connector "every"   { spaces = { "SMTP:*" } }
connector "blank"   { spaces = { "SMTP:" } }
connector "twin"    { spaces = { { "SMTP:*@far.example", cost = 5 } } }
]]
    assert.same({
      "+ guarded by SMTP:*@far.example, cost 9",
      "- far by SMTP:*@far.example, a guarded connector goes first",
      "- dear by SMTP:*@far.example, a guarded connector goes first",
      "- twin by SMTP:*@far.example, a guarded connector goes first",
      "- every by SMTP:*, fewer literal characters",
      "- blank by SMTP:, blank is vaguer than wildcard",
    }, steps(p, "kim@far.example", { size = 10 }))
    assert.same({
      "- guarded by SMTP:*@far.example, has max_size = 10, and the message has 100 bytes",
      "- far by SMTP:*@far.example, is down",
      "- dear by SMTP:*@far.example, costs the same; the address's hash chose",
      "+ twin by SMTP:*@far.example, cost 5",
      "- every by SMTP:*, fewer literal characters",
      "- blank by SMTP:, blank is vaguer than wildcard",
    }, steps(p, "kim@far.example", { size = 100, down = { "far" } }))
    assert.same({ "no connector's space matches" }, steps(p, "FAX:1"))
  end)

  it("each is explained by what decided, be it the cost", function()
    local spaces = [[
connector "whole"   { spaces = { "SMTP:kim@far.example" } }
connector "wild"    { spaces = { "SMTP:*@far.example" } }
connector "guarded" { spaces = { "SMTP:*" }, max_size = 10 }
connector "every"   { spaces = { "SMTP:*" } }
connector "dear"    { spaces = { { "SMTP:*", cost = 2 } }, max_size = 10 }
]]
    assert.same({
      "+ whole by SMTP:kim@far.example, cost 1",
      "- wild by SMTP:*@far.example, wildcard is vaguer than exact",
      "- guarded by SMTP:*, wildcard is vaguer than exact",
      "- dear by SMTP:*, costs 2, whole costs 1",
      "- every by SMTP:*, wildcard is vaguer than exact",
    }, steps(load("settings { order = 'cost' }" .. spaces), "kim@far.example", { size = 1 }))
    assert.same({
      "+ guarded by SMTP:*, cost 1", "- dear by SMTP:*, costs 2, guarded costs 1",
      "- every by SMTP:*, a guarded connector goes first",
    }, steps(load("settings { order = 'cost' }" .. spaces), "kim@near.example", { size = 1 }))
    assert.same({
      "- wild by SMTP:*@far.example, is down", "+ guarded by SMTP:*, cost 1",
      "- dear by SMTP:*, costs 2, guarded costs 1",
      "- every by SMTP:*, a guarded connector goes first",
    }, steps(load("settings { order = 'cost' }" .. spaces), "joe@far.example",
      { down = { "wild" }, size = 1 }))
    assert.same({
      "+ cheap by SMTP:*, cost 1", "- free by SMTP:*, costs 2, cheap costs 1",
    }, steps(load [[
connector "cheap" { spaces = { "SMTP:*" }, max_size = 10 }
connector "free"  { spaces = { { "SMTP:*", cost = 2 } } }
]], "joe@far.example", { size = 1 }))
  end)

  it("many of the same cost are told apart, each but once", function()
    local lines = {}
    for i = 1, 60 do lines[i] = ("connector 'c%d' { spaces = { 'SMTP:*' } }"):format(i) end
    local delivery = load(table.concat(lines, "\n")):route("kim@far.example")[1]
    local seen = { [delivery.connector] = true }
    for _, other in ipairs(delivery.alternatives) do
      assert.is_nil(seen[other.connector])
      seen[other.connector] = true
    end
    assert.equal(59, #delivery.alternatives)
  end)

  it("there are none for a type that is a slip of the key", function()
    local p = load [[
connector "out" { spaces = { "SMTP:*", "PIPE:x*" } }
connector "mbx" { speaks = "MBX", spaces = { "MBX:a" } }
]]
    for to, expected in pairs {
      ["SMPT:a@b.example"] = { "type-unknown", 'did you mean "SMTP"?' },
      ["ccmial:Kim at HQ"] = { "type-unknown", 'did you mean "CCMAIL"?' },
      ["QUUX:a@b.example"] = { "type-unknown", "no type is called QUUX" },
      ["PIPE:y"] = { "route-missing" }, ["MBX:b"] = { "route-missing" }, -- meant by the policy
      ["TELEX:1"] = { "route-missing" }, ["FAX:1"] = { "route-missing" }, -- types there are
      ["PIPE:xy"] = { nil },
    } do
      for _, delivery in ipairs { p:route(to)[1], p:nexthop(to), p:explain(to).deliveries[1] } do
        assert.equal(expected[1], delivery.code, to)
        assert.equal(expected[1] == "type-unknown" and "5.1.3" or expected[1] and "5.4.4" or nil,
          delivery.status)
        assert.matches(expected[2] or "", delivery.detail or "", 1, true)
      end
    end
    local pass = load "settings { unmatched = 'pass' } connector 'x' { spaces = { 'FAX:*' } }"
    assert.equal("pass", pass:route("SMPT:a@b.example")[1].verdict)
  end)

  it("what was considered is told to programs, too", function()
    local p = load [[
connector "a" { spaces = { "SMTP:*@far.example" } }
connector "b" { spaces = { "SMTP:*" } }
]]
    local found = {}
    for _, step in ipairs(p:explain("kim@far.example").steps) do
      if step.candidate then found[#found + 1] = step.candidate end
    end
    assert.same({ true, nil, "wildcard", 12 },
      { found[1].wins, found[1].why, found[1].class, found[1].literals })
    assert.same({ false, "fewer literal characters", "wildcard", 0 },
      { found[2].wins, found[2].why, found[2].class, found[2].literals })
  end)
end)

describe("a domain", function()
  it("holds for all labels below *.x, and the nearest one holds", function()
    local p = load [[
domain "*.x.example" { extension = "+" }
domain "*.b.x.example" { kind = "relay" }
domain "c.b.x.example" {}
recipient "Kim" { proxies = { "kim@a.x.example", "kim@p.o.n.x.example", "kim@c.b.x.example" } }
connector "out" { spaces = { "SMTP:*" } }
]]
    for to, expected in pairs {
      ["kim+t@a.x.example"] = "Kim", ["kim+t@p.o.n.x.example"] = "Kim",
      ["nobody@n.x.example"] = "recipient-unknown",
      ["nobody@q.p.o.n.x.example"] = "recipient-unknown", ["nobody@x.example"] = "out",
      ["nobody@d.b.x.example"] = "out", ["nobody@e.d.b.x.example"] = "out",
      ["nobody@b.x.example"] = "recipient-unknown", ["nobody@c.b.x.example"] = "recipient-unknown",
      ["nobody@d.c.b.x.example"] = "out", ["nobody@yx.example"] = "out",
    } do
      local delivery = p:route(to)[1]
      assert.equal(expected, delivery.entry or delivery.connector or delivery.code, to)
    end
  end)

  it("has the postmaster if it is the first that is local and one", function()
    local p = load [[
domain "*.below.example" {} domain "relay.example" { kind = "relay" }
domain "first.example" {} domain "second.example" {}
recipient "Pat" { proxies = { "postmaster@first.example" } }
recipient "Joe" { proxies = { "postmaster@second.example", "postmaster@relay.example" } }
]]
    assert.equal("Pat", p:route("<Postmaster>")[1].entry)
    local q = load "domain '*.x.example' {} domain 'y.example' { kind = 'former' }"
    assert.equal("recipient-unknown", q:route("<Postmaster>")[1].code)
  end)

  it("has to be one, and its types known or unlike a known one", function()
    for source, sentence in pairs {
      ["domain 'a..b' {}"] = "is no domain",
      ["domain 'a.example' { unwrap = { 'CCMIAL' } }"] = 'did you mean "CCMAIL"',
    } do
      local _, message = policy.load(source)
      assert.truthy(message:find(sentence, 1, true), message)
    end
    assert(policy.load "domain 'a.example' { unwrap = { 'QUUX' } }")
  end)
end)
