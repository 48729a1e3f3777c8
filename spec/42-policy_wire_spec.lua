--- What a mail server needs of a delivery: `wire`, `hop`, and all of it as JSON.
local helper = require "spec.helper"
local policy = require "postoffice.policy"
local read_hop = require "postoffice.policy.compile.hop".read

local function load(source) return assert(policy.load(source, { chunkname = "@policy.lua" })) end

-- A next hop taken apart, as a line.
local function parts(text)
  local hop = read_hop(text)
  return table.concat({ tostring(hop.transport), tostring(hop.host), tostring(hop.port),
    tostring(hop.mx) }, " ")
end

describe("a next hop", function()
  for text, expected in pairs {
    ["smtp:[192.0.2.7]:25"] = "smtp 192.0.2.7 25 false",
    ["smtp:[mx.example]"] = "smtp mx.example nil false",
    ["smtp:mx.example"] = "smtp mx.example nil nil",
    ["smtp:mx.example:587"] = "smtp mx.example 587 nil",
    ["mx.example"] = "nil mx.example nil nil",
    ["mx.example:587"] = "nil mx.example 587 nil",
    ["[2001:db8::1]:25"] = "nil 2001:db8::1 25 false",
    ["smtp:[2001:db8::1]"] = "smtp 2001:db8::1 nil false",
    ["lmtp:unix:/run/lmtp"] = "lmtp unix:/run/lmtp nil nil",
    ["lmtp:inet:mx.example:24"] = "lmtp inet:mx.example:24 nil nil",
    ["HQ"] = "nil HQ nil nil",
    ["Post Office 1"] = "nil Post Office 1 nil nil",
    ["relay:"] = "relay nil nil nil",
    ["uucp-1:far"] = "uucp-1 far nil nil",
    ["smtp:[mx.example]:smtp"] = "smtp [mx.example]:smtp nil nil",
    [":25"] = "nil nil 25 nil",
  } do
    it(("%s is taken apart"):format(text), function() assert.equal(expected, parts(text)) end)
  end

  it("is none where there is none", function() assert.is_nil(read_hop(nil)) end)

  it("has a port from 1 to 65535, or the policy does not load", function()
    local source = 'connector "out" { %s = "%s", spaces = { "SMTP:*" } }'
    for _, hop in ipairs { "smtp:mx.example:1", "mx.example:65535", "x400:[5551234]" } do
      load(source:format("nexthop", hop)):close()
    end
    for hop, port in pairs {
      ["smtp:[192.0.2.7]:0"] = "0", ["mx.example:65536"] = "65536", ["fax:5551234"] = "5551234",
      ["smtp:mx.example:99999999999999999999"] = "99999999999999999999",
    } do
      local none, message = policy.load(source:format("nexthop", hop),
        { chunkname = "@policy.lua" })
      assert.is_nil(none)
      assert.equal(('policy.lua:1: connector "out": nexthop "%s" has the port %s; a port is 1 to'
        .. " 65535, and a host that is a number is in brackets"):format(hop, port), message)
    end
    load(source:format("reaches", "HQ:0")):close() -- a name
  end)
end)

describe("a delivery", function()
  local p = load [[
domain "here.example" {}
recipient "Kim" { proxies = { "kim@here.example" } }
connector "out" { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
connector "fax" { spaces = { "FAX:*" } }
connector "hq" { speaks = "SMTP", nexthop = "HQ", wrap = { domain = "gw.example" },
  spaces = { "CCMAIL:*" } }
]]

  it("says the address as SMTP has it, and its next hop in parts", function()
    for to, expected in pairs {
      ["Joe@Far.example"] = { "Joe@Far.example" }, ['"a b"@far.example'] = { '"a b"@far.example' },
      ["joe@b\195\188cher.example"] = { "joe@xn--bcher-kva.example" },
      ["j\195\182@b\195\188cher.example"] = { "j\195\182@xn--bcher-kva.example", true },
      ["j\195\182@far.example"] = { "j\195\182@far.example", true },
      ["[CCMAIL:Lee at HQ]"] = { "IMCEACCMAIL-Lee+20at+20HQ@gw.example" },
      ["<@a.example:joe@far.example>"] = { "joe@far.example" },
      ["kim@here.example"] = { "kim@here.example" }, ["[FAX:555]"] = {},
    } do
      local delivery = p:route(helper.readable(to))[1]
      assert.equal("deliver", delivery.verdict, to)
      assert.same(expected, { delivery.wire, delivery.smtputf8 }, to)
    end
    for _, case in ipairs {
      { "joe@far.example", "j\195\182@b.example", true }, { "kim@here.example",
        "j\195\182@b.example", true },
      { "joe@far.example", "joe@b\195\188cher.example" }, { "joe@far.example", "<>" },
      { "joe@far.example", "j\195\182" }, { "[FAX:555]", "j\195\182@b.example" },
    } do -- the sender's local part may need it, too
      local delivery = p:route(case[1], { sender = case[2] })[1]
      assert.equal("deliver", delivery.verdict)
      assert.equal(case[3], delivery.smtputf8, case[2])
    end
    assert.same({ transport = "smtp", host = "192.0.2.7", port = 25, mx = false },
      p:route("joe@far.example")[1].hop)
    assert.same({ host = "HQ" }, p:route("[CCMAIL:Lee at HQ]")[1].hop)
    assert.is_nil(p:route("[FAX:555]")[1].hop)
    assert.is_nil(p:route("kim@here.example")[1].hop)
    assert.same({ nil, nil }, { p:route("nobody@here.example")[1].wire,
      p:route("nobody@here.example")[1].hop })
  end)

  it("is the host's own: what it changes in one is in no other", function()
    p:route("joe@far.example")[1].hop.host = "changed"
    assert.equal("192.0.2.7", p:route("joe@far.example")[1].hop.host)
  end)

  it("is JSON, in one order of names, however it was routed", function()
    local line = policy.json(p:route("j\195\182@far.example")[1])
    assert.equal('{"verdict":"deliver","connector":"out","nexthop":"smtp:[192.0.2.7]:25",'
      .. '"hop":{"transport":"smtp","host":"192.0.2.7","port":25,"mx":false},'
      .. '"address":"SMTP:j\195\182@far.example","wire":"j\195\182@far.example",',
      line:match "^.*wire.-,")
    assert.truthy(line:find('"smtputf8":true', 1, true))
    assert.equal("[" .. policy.json(p:explain("a@b.example").deliveries[1]) .. "]",
      policy.json(p:route "a@b.example"))
    assert.truthy(policy.json(p:explain "\255@b.example"):find('"code":"utf8-invalid"', 1, true))
  end)
end)
