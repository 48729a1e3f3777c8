-- Postfix's maps by socketmap: what each says of an address, and what comes as bytes.
local socketmap = require "postoffice.host.socketmap"
local support = require "spec.72-host_support"

local service = support.service(support.ARTICLE)

-- The reply of a map for a key, without its netstring.
local function ask(map, key)
  local reply = support.converse(socketmap, service, socketmap.netstring(map .. " " .. key))
  local length, text = reply:match "^(%d+):(.*),$"
  assert.equal(tonumber(length), #text)
  return text
end

describe("a map", function()
  local IMCEA, WRAPPED = support.IMCEA, support.WRAPPED
  for _, case in ipairs {
    { "virtual", "kim.lee@exchange.example", "OK kim.lee@exchange.example" },
    { "virtual", "kl@exchange.example", "OK kim.lee@exchange.example" },
    { "virtual", "pat.jones@exchange.example", "OK " .. WRAPPED },
    { "virtual", "sales@exchange.example", "OK " .. WRAPPED .. ",joe@partner.example" },
    { "virtual", "lou@exchange.example", "OK lou@exchange.example,lou@partner.example" },
    { "virtual", "nobody@exchange.example", "NOTFOUND " },
    { "virtual", "gone@exchange.example", "NOTFOUND " },
    { "virtual", "board@exchange.example", "OK kim.lee@exchange.example" },
    { "virtual", IMCEA, "NOTFOUND " },
    { "virtual", WRAPPED, "NOTFOUND " },
    { "inside.virtual", IMCEA, "OK " .. WRAPPED },
    { "inside.virtual", WRAPPED, "OK " .. WRAPPED },
    { "virtual", "joe@partner.example", "OK joe@partner.example" },
    { "recipients", "kl@exchange.example", "OK kim.lee@exchange.example" },
    { "recipients", "sales@exchange.example", "OK " .. WRAPPED },
    { "recipients", "nobody@exchange.example", "NOTFOUND " },
    { "recipients", IMCEA, "NOTFOUND " },
    { "transport", "kim.lee@exchange.example", "NOTFOUND " },
    { "transport", "nobody@exchange.example", "OK error:5.1.1 nobody here has this address" },
    { "transport", "gone@exchange.example", "OK error:5.1.6 gone for good" },
    { "transport", WRAPPED, "OK smtp:[192.0.2.26]:25" },
    { "transport", "pat.jones@exchange.example",
      "OK retry:4.3.5 the address was to be rewritten before it came here" },
  } do
    it(("%s says of %s: %s"):format(case[1], case[2], case[3]), function()
      assert.equal(case[3], ask("ex." .. case[1], case[2]))
    end)
  end

  it("refuses what a stranger encapsulates as relaying, though nobody asked the policy service",
    function()
      assert.matches("^OK error:5%.7%.1 ", ask("ex.transport", support.IMCEA))
    end)

  it("takes a key for an address of SMTP, whatever it looks like", function()
    assert.equal("NOTFOUND ", ask("ex.inside.virtual", "CCMAIL:user@domain at internet"))
    assert.equal("NOTFOUND ", ask("ex.inside.virtual", "[CCMAIL:user@domain at internet]"))
  end)

  it("knows nothing of what is no address", function()
    for _, map in ipairs { "virtual", "recipients", "transport", "inside.virtual!explain" } do
      for _, key in ipairs { "", "*", "@exchange.example", "exchange.example", "kim.lee",
        ("x"):rep(10001) .. "@exchange.example" } do
        assert.equal("NOTFOUND ", ask("ex." .. map, key))
      end
    end
  end)

  it("is PERM only if nobody has it", function()
    for _, map in ipairs { "", "ex", "ex.", "ex.inside", "ex.inside.", "other.virtual",
      "ex.virtual!", "ex.virtual!explain!explain", "ex.virtual.x", "ex.inside.inside.virtual" } do
      assert.equal("PERM there is no such map", ask(map, "kim.lee@exchange.example"))
    end
  end)

  it("is told of by site and role, with a connector only if the policy has it", function()
    for name, label in pairs {
      ["ex.virtual"] = "ex.virtual", ["ex.inside.virtual!explain"] = "ex.inside.virtual!explain",
      ["ex.generic.line"] = "ex.generic.line", ["ex.srs.line!explain"] = "ex.srs.line!explain",
      ["ex.generic.nobody@secret"] = "ex.generic", ["ex.srs.a.b"] = "ex.srs",
      ["ex.generic.LINE"] = "ex.generic", ["ex.srs."] = "ex.srs",
      ["ex.inside.generic.nobody@secret!explain"] = "ex.inside.generic!explain",
    } do
      ask(name, "kim.lee@exchange.example")
      assert.equal(label, service.told[#service.told].map, name)
    end
    ask("ex.generic.CCMAIL:user", "at po!explain x")
    assert.equal("ex.generic", service.told[#service.told].map)
    local count = #service.told
    ask("nobody.has.it", "kim.lee@exchange.example")
    assert.equal(count, #service.told)
  end)

  it("explains its answer, in a line", function()
    assert.matches("^OK virtual: OK kim%.lee@exchange%.example | address +kl@.* | 1 parse ",
      ask("ex.virtual!explain", "kl@exchange.example"))
  end)
end)
