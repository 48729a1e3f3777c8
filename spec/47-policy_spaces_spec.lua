-- Address spaces that no mail falls into.

local lint_spaces = require "postoffice.policy.prove.lint_spaces"
local policy = require "postoffice.policy"
local reach = require "postoffice.policy.prove.reach"

-- The codes found for one connector with these spaces.
local function codes(spaces)
  local p = assert(policy.load(([[
    domain "local.example" {}
    domain "*.below.example" {}
    domain "relay.example" { kind = "relay" }
    connector "c" { spaces = { %s } }]]):format(spaces)))
  local found = {}
  lint_spaces(reach.new(p), function(severity, code, rule, message, advice)
    assert.equal("warning", severity)
    assert.equal("c", rule.name)
    assert.is_string(message)
    assert.is_string(advice)
    found[#found + 1] = code
  end)
  p:close()
  return table.concat(found, " ")
end

local cases = {
  { '"SMTP:*"', "" }, { '"SMTP:*@partner.example"', "" }, { '"SMTP:*.example"', "" },
  { '"SMTP:?@a.example"', "" }, { '"SMTP:a?b.example"', "" }, { '"SMTP:*a*b*"', "" },
  { '"SMTP:kim*"', "" }, { '"SMTP:*@[192.0.2.*]"', "" }, { '"SMTP:\\\\*@*"', "" },
  { '"SMTP:*@[*"', "" }, { '"SMTP:*@[*]"', "" }, { '"SMTP:*@[10.*"', "" },
  { '"SMTP:*@[10.0.2.*"', "" },
  { '"SMTP:kim@[*"', "" }, { '"SMTP:*@[IPv6:*"', "" }, { '"SMTP:*@[tag:*]"', "" },
  { '"SMTP:*@[10.0.0.0.*]"', "space-empty" }, { '"SMTP:*@[?.*"', "" },
  { '"SMTP:*@[IPv6:2001:*]"', "" }, { '"SMTP:*@[192.0.*]"', "" },
  { '"CCMAIL:*"', "" }, { '"CCMAIL:* at HQ"', "" }, { '"CCMAIL:*,* at *"', "" }, { '"FAX:*"', "" },
  { '"SMTP:*@"', "space-empty" }, { '"SMTP:* *@a.example"', "" }, { '"SMTP:*@*@*@a.example"', "" },
  { '"SMTP:*@a b"', "space-empty" }, { '"SMTP:*@*", "SMTP:*"', "space-shadowed" },
  { '"MS:*/*/*", "MS:N"', "space-shadowed" }, { '"MS:*", "MS:N/P/U"', "" },
  { '"EX:*", "EX:/o=a/cn=b"', "" }, { '"X400:c=*", "X400:c=us;a=x;s=b;"', "" },
  { '"MS:*/*", "MS:"', "space-shadowed" },
  { '"SMTP:*", "SMTP:a*", "SMTP:?"', "space-empty" },
  { '"X400:c=us;a=x", "X400:c=*;a=*"', "space-outdone" },
  { '"X400:c=us;a=x;o=y", "X400:c=us;a=*"', "space-outdone" },
  { '"X400:c=us;a=x", "X400:c=us;a=*;o=y"', "" }, { '"X400:c=us;a=x", "X400:"', "" },
  { '"X400:c=us;a=x", "X400:c=us;a=*;o=y", "X400:c=us;s=l*"', "" },
  { '"X400:c=us;a=x", "X400:c=us;s=*"', "space-outdone" }, -- any surname, or none (Q107098)
  { '"X400:c=us;a=x;s=lee", "X400:c=us;a=*"', "" },
  { '"EX:/o=a/ou=b", "EX:*"', "space-outdone" }, { '"X500:/o=a", "EX:/o=*"', "space-outdone" },
  { '"EX:/o=a/ou=b", "EX:*/cn=c"', "" }, { '"EX:/o=a/ou=b", "EX:"', "" },
  { '"EX:/o=a/ou=b/cn=c", "EX:*"', "" },
  { '"SMTP:*@relay.example"', "" }, { '"SMTP:*@local.example"', "space-local" },
  { '"SMTP:*@LOCAL.example"', "space-local" }, { '"SMTP:*@a.below.example"', "space-local" },
  { '"SMTP:*@*.local.example"', "" },
  { '"SMTP:*@a.example", "smtp:*@A.example"', "space-repeated" },
  { '"SMTP:a*@b.net", { "SMTP:*a@b.net", cost = 0 }', "" },
  { '"SMTP:a?@b.net", { "SMTP:a*@b.net", cost = 0 }', "space-shadowed" },
  { '{ "SMTP:a?@b.net", cost = 0 }, "SMTP:a*@b.net"', "" },
}

describe("the lint of spaces", function()
  for _, case in ipairs(cases) do
    it(("finds %s in %s"):format(case[2] == "" and "nothing" or case[2], case[1]), function()
      assert.equal(case[2], codes(case[1]))
    end)
  end
end)

describe("partial spaces", function()
  local function connector_for(address)
    local p = assert(policy.load [[
      connector "ms"   { speaks = "MS", nexthop = "ms", spaces = { "MS:N", "MS:AB/P" } }
      connector "x400" {
        speaks = "X400", nexthop = "x",
        spaces = { "X400:c=us;a= ;p=x;s=lee;", "X400:c=us;a= ;p=x" },
      }]])
    local connector, text = p:route(address)[1].connector, tostring(p:explain(address))
    p:close()
    return connector, text
  end

  it("end where a component ends", function()
    for address, connector in pairs {
      ["MS:N/PO/KIM"] = "ms", ["MS:AB/P/KIM"] = "ms", ["MS:n/po/kim"] = "ms",
      ["MS:NX/PO/KIM"] = "none", ["MS:AB/PO/KIM"] = "none", ["MS:A/B/KIM"] = "none",
      ["MS:NO/N/KIM"] = "none",
    } do
      assert.equal(connector, connector_for(address) or "none", address)
    end
  end)

  it("leave what they do not hold to the type alone", function()
    local p = assert(policy.load [[
      connector "ms" { spaces = { "MS:N", "MS:AB/P" } } connector "rest" { spaces = { "MS:" } }]])
    for address, connector in pairs {
      ["MS:N/PO/KIM"] = "ms", ["MS:X/PO/KIM"] = "rest", ["MS:AB/Q/KIM"] = "rest",
    } do
      assert.equal(connector, p:route(address)[1].connector, address)
    end
    p:close()
  end)

  it("are named once, be they exact as well", function()
    local connector, text = connector_for "X400:c=us;a= ;p=x;s=lee;"
    assert.equal("x400", connector)
    assert.same({ 1, 1 }, {
      select(2, text:gsub("x400 by X400:c=us;a= ;p=x;s=lee;", "")),
      select(2, text:gsub("x400 by X400:c=us;a= ;p=x, ", "")),
    })
  end)

  it("are the same only if each attribute is", function()
    local p = assert(policy.load [[
      domain "X400:c=us;a=x;o=B;;p=C" {} domain "X400:c=us;a=x;o=B;p=C" {}
      connector "x400" { spaces = { "X400:c=us;a=x;o=D*;;p=C", "X400:c=us;a=x;o=D*;p=C" } }]])
    for _, finding in ipairs(p:check()) do assert.not_equal("space-repeated", finding.code) end
    p:close()
  end)

  it("match what separates attributes in one of them", function()
    local p = assert(policy.load [[
      connector "one" { spaces = { "X400:c=us;a=x;p=B;;o=C" } }
      connector "two" { spaces = { "X400:c=us;a=x;p=B;o=C" } }]])
    assert.equal("one", p:route("X400:c=us;a=x;p=B;;o=C;s=Lee")[1].connector)
    assert.equal("two", p:route("X400:c=us;a=x;p=B;o=C;s=Lee")[1].connector)
    p:close()
  end)
end)
