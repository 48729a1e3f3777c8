local helper = require "spec.helper"
local lists = require "postoffice.lists"
local lpeg = require "lpeg"
local postoffice = require "postoffice"
local policy = require "postoffice.policy"
local dialect = require "spec.dialect"
local generate = require "spec.generate"
local vectors = require "spec.vectors"
require "postoffice.types"

local NOTATIONS = { "proxy", "native", "oneoff" }

describe("a type that was added at run time", function()
  local word = lpeg.C((1 - lpeg.S "!") ^ 1)

  setup(function()
    postoffice.define {
      type = "Hosts",
      grammar = lpeg.Ct(lpeg.Cg(word, "node") * "!" * lpeg.Cg(word, "user")),
      format = function(a)
        return a.node .. "!" .. a.user
      end,
      fold = function(a)
        return a.node:lower() .. "!" .. a.user
      end,
      check = function(a)
        return #a.node <= 6
      end,
    }
  end)

  it("is parsed in every notation", function()
    for text, name in pairs {
      ["HOSTS:vax!lee"] = false, ["Kim [hosts:vax!lee]"] = "Kim", ["[HOSTS:\\x76ax!lee]"] = false,
    } do
      local address = assert(postoffice.parse(text))
      assert.same({ "HOSTS", "vax", "lee", name or nil },
        { address.type, address.node, address.user, address.display_name })
      assert.is_nil(address.value)
    end
    assert.equal("vax", postoffice.parse("vax!lee", { type = "HOSTS" }).node)
    assert.equal(false, postoffice.parse("hosts:vax!lee").primary)
  end)

  it("is refused where its grammar stops", function()
    for text, position in pairs {
      ["HOSTS:vax"] = 7, ["[HOSTS:a!b!c]"] = 11, ["HOSTS:a!b!c"] = 10,
    } do
      local address, message, code, where = postoffice.parse(text)
      assert.is_nil(address)
      assert.equal("type-grammar", code)
      assert.equal(postoffice.message(code), message)
      assert.equal(position, where, text)
    end
  end)

  it("is formatted, and refused where it would be read back otherwise", function()
    local address = { type = "hosts", node = "vax", user = "a]b", display_name = "Kim" }
    assert.equal("HOSTS:vax!a]b", postoffice.format(address))
    assert.equal("Kim [HOSTS:vax!a\\]b]", postoffice.format(address, "oneoff"))
    for _, bad in ipairs { { node = "a!b", user = "c" }, { node = "", user = "c" } } do
      bad.type = "HOSTS"
      local text, _, code = postoffice.format(bad)
      assert.is_nil(text)
      assert.equal("type-grammar", code)
    end
    assert.equal("HOSTS:vax!lee", tostring(postoffice.parse "HOSTS:vax!lee"))
    assert.equal("hosts:vax!lee", postoffice.normalize "hosts:vax!lee")
  end)

  it("is compared and judged by its definition", function()
    assert.equal("HOSTS:vax!Lee", postoffice.key "HOSTS:VAX!Lee")
    assert.is_true(postoffice.equal("HOSTS:VAX!Lee", "hosts:vax!Lee"))
    assert.is_false(postoffice.parse "HOSTS:vax!Lee" == postoffice.parse "HOSTS:vax!lee")
    assert.is_true(postoffice.validate "HOSTS:vax!lee")
    assert.equal("type-check", select(3, postoffice.validate "HOSTS:tooLong!lee"))
    assert.equal("type-check",
      select(3, postoffice.validate { type = "HOSTS", node = "tooLong", user = "lee" }))
    assert.equal("type-grammar", select(3, postoffice.key "HOSTS:vax"))
  end)

  it("is encapsulated and comes back", function()
    local inner = postoffice.parse "Kim [HOSTS:vax!lee]"
    local outer = assert(postoffice.encapsulate(inner, "SMTP", { domain = "x.example" }))
    assert.equal("IMCEAHOSTS-vax+21lee", outer.localpart)
    assert.same(inner, (postoffice.decapsulate(outer)))
    assert.equal("type-grammar", select(3, postoffice.decapsulate "IMCEAHOSTS-vax@x.example"))
  end)

  it("has a place in policies", function()
    local p = assert(policy.load [[
      connector "vms" { speaks = "HOSTS", nexthop = "vms:1", spaces = { "HOSTS:VAX!*" } }
      recipient "Lee" { proxies = { "HOSTS:vax!lee", "SMTP:lee@x.example" } }
      domain "x.example" {}
      function on.recipient(address)
        if address.node == "old" then
          return { type = "HOSTS", node = "vax", user = address.user }
        end
      end
    ]])
    assert.equal("Lee", p:route("HOSTS:VAX!lee")[1].entry)
    assert.equal("vms", p:route("HOSTS:vax!kim")[1].connector)
    assert.equal("HOSTS:vax!kim", tostring(p:route("HOSTS:old!kim")[1].address))
    p:close()
  end)

  it("is defined with care", function()
    local function raises(definition, message)
      local fine, said = pcall(postoffice.define, definition)
      assert.is_false(fine)
      assert.truthy(tostring(said):find(message, 1, true), said)
    end
    local function none() end
    raises("x", "a definition is a table")
    raises({}, "type is missing")
    raises({ type = "X" }, "grammar is missing")
    raises({ type = "X", grammar = none }, "format is missing")
    raises({ type = "a b", grammar = none, format = none }, "a type is a word")
    raises({ type = "X", grammar = none, format = none, fields = {} }, "unknown field")
    raises({ type = "X", grammar = none, format = "" }, "format has to be a function")
    raises({ type = "smtp", grammar = none, format = none }, "has a dialect already")
  end)
end)

describe("the types that are shipped as definitions", function()
  local cases = {
    ["PROFS:NODEID(USERID)"] = { node = "NODEID", user = "USERID" },
    ["PROFS:Profsgty/WGADiv/JohnS"] = { gateway = "Profsgty", node = "WGADiv", user = "JohnS" },
    ["SNADS:DGN(DEN)"] = { group = "DGN", element = "DEN" },
    ["SNADS:SMTPgtwy/PSS/JohnS"] = { gateway = "SMTPgtwy", group = "PSS", element = "JohnS" },
    ["MHS:JohnS@Maingate"] = { user = "JohnS", workgroup = "Maingate" },
    ["MHS:John Smith@Maingate {Microsoft/WGA/JohnS}"] =
      { user = "John Smith", workgroup = "Maingate", extended = "Microsoft/WGA/JohnS" },
    ["MHS:David@ORG (David)"] = { user = "David", workgroup = "ORG", remark = "David" },
    ["MHS:David@ORG (David) {NET/PO/DAVID}"] =
      { user = "David", workgroup = "ORG", remark = "David", extended = "NET/PO/DAVID" },
    ["SIP:user@contoso.com"] = { user = "user", host = "contoso.com" },
    ["SIP:user@[2001:db8::1]:5061;transport=tls"] =
      { user = "user", host = "[2001:db8::1]", port = "5061", parameters = "transport=tls" },
    ["EUM:55555;phone-context=plan.example"] =
      { extension = "55555", phone_context = "plan.example" },
    ["EUM:Betty@contoso.com"] = { extension = "Betty@contoso.com" },
    ["SPO:SPO_0a1b-2c@SPO_3d4e"] = { user = "SPO_0a1b-2c", tenant = "SPO_3d4e" },
  }

  it("are read and written back", function()
    for text, fields in pairs(cases) do
      fields.type = text:match "^%w+"
      local address = assert(postoffice.parse(text))
      assert.same(fields, address, text)
      for _, notation in ipairs(NOTATIONS) do
        local written = assert(postoffice.format(address, notation))
        local options = { type = fields.type, notation = notation }
        assert.same(address, (postoffice.parse(written, options)), written)
      end
    end
  end)

  it("have MHS's braces with and without a space (Q192519, Q157689)", function()
    for text, expected in pairs {
      ["[mhs:user@gtwy{net/po/user}]"] = "mhs:user@gtwy {net/po/user}",
      ["MHS:ServerA@Company{ccmail:usera}"] = "MHS:ServerA@Company {ccmail:usera}",
      ["MHS:David@ORG(David)"] = "MHS:David@ORG (David)",
    } do
      assert.equal(expected, tostring(assert(postoffice.parse(text))):gsub("^MHS:u", "mhs:u"))
    end
    assert.equal("ccmail:usera", postoffice.parse("MHS:ServerA@Company{ccmail:usera}").extended)
  end)

  it("are read back as they were written, whatever they hold", function()
    for _, type in ipairs(generate.DEFINED) do
      for seed = 1, helper.times(300) do
        local inner = generate.address(seed, type)
        local text = assert(postoffice.format(inner, "oneoff"))
        local back = assert(postoffice.parse(text))
        back.primary = inner.primary
        assert.same(inner, back, text)
        local outer = assert(postoffice.encapsulate(inner, "SMTP", { domain = "gw.example" }))
        assert.same(inner, (postoffice.decapsulate(outer)))
      end
      assert.equal(300, dialect.round_trips(300, function(random)
        local address = generate.address(random(100000), type)
        address.display_name, address.primary = nil, nil
        return address
      end), type)
    end
  end)

  it("refuse what is none", function()
    for _, text in ipairs {
      "PROFS:NODE", "PROFS:A(B", "PROFS:A/B", "SNADS:A/B/C/D", "MHS:John", "MHS:a@b {c",
      "MHS:a@b (c", "MHS:a@b (c) d", "MHS:a@{c}", "SIP:user",
      "SIP:u@h:x", "EUM:1;phone-context=", "EUM:;phone-context=x",
    } do
      assert.equal("type-grammar", select(3, postoffice.parse(text)), text)
    end
    assert.equal("type-check", select(3, postoffice.validate "PROFS:LONGERNODE(U)"))
  end)

  it("are looked into for a foreign host where they are user@host (Q237927)", function()
    local p = assert(policy.load [[
domain "here.example" { unwrap = { "MHS", "SIP", "PROFS", "EUM" } }
domain "gw.here.example" {}
connector "out" { spaces = { "MHS:*", "SIP:*", "PROFS:*", "EUM:*" } }
]])
    for text, code in pairs {
      ["MHS:v@evil.example"] = "relay-denied", ["SIP:v@evil.example"] = "relay-denied",
      ["SIP:v@evil.example;maddr=x"] = "relay-denied", ["MHS:v@192.0.2.7"] = "relay-denied",
      ["MHS:v@gw {SMTP:v@evil.example}"] = "relay-denied", ["EUM:v@evil.example"] = "relay-denied",
      ["MHS:kim@gw"] = "out", ["MHS:kim@gw {NET/PO/KIM}"] = "out", ["PROFS:NODE(K.LEE)"] = "out",
      ["MHS:kim@gw.here.example"] = "out", ["SIP:kim@here.example"] = "out",
      ["SIP:kim@sip"] = "out", ["EUM:5;phone-context=plan.example"] = "out",
    } do
      local inner = assert(postoffice.parse(text), text)
      local outer = assert(postoffice.encapsulate(inner, "SMTP", { domain = "here.example" }))
      local delivery = p:route(outer)[1]
      assert.equal(code, delivery.connector or delivery.code, text)
    end
  end)

  it("are known to scripts by their fields, and to all of mail", function()
    local p = assert(policy.load [[
      set "known" { "SIP:*@sip.example" }
      function on.recipient(a)
        local is_known = mail.matches(a, "SIP:kim@*") and mail.in_set(a, "known")
        return reject(("%s %s %s %s"):format(a.user, a.host, tostring(is_known),
          tostring(mail.key(a))))
      end]])
    assert.equal("kim sip.example true SIP:kim@sip.example",
      p:route("SIP:kim@sip.example")[1].message)
  end)

  it("come back from scripts that opened what carried them", function()
    local carrier = assert(postoffice.encapsulate("SIP:kim@sip.example", "SMTP",
      { domain = "gw.example" }))
    for _, case in ipairs {
      { "return inner", "sip" },
      { 'return mail.parse("SIP:kim@sip.example", { unknown = true })', "sip" },
      { 'return reject(mail.matches(inner, "SIP:{who}@sip.example").who)', "kim" },
      { 'return reject(tostring(mail.in_set(inner, "known")))', "true" },
      { 'inner.user = "lee" return reject(mail.key(inner))', "SIP:lee@sip.example" },
      { 'inner.user = "lee"; return inner', "sip" },
      { 'inner.user = nil; return inner', "policy-error" },
    } do
      local p = assert(policy.load(([[
        set "known" { "SIP:*@sip.example" }
        connector "sip" { speaks = "SIP", nexthop = "sip:1", spaces = { "SIP:*" } }
        function on.recipient(a)
          local inner = mail.decapsulate(a)
          if inner then
            %s
          end
        end]]):format(case[1])))
      local delivery = p:route(carrier)[1]
      assert.equal(case[2], delivery.connector or delivery.code == "policy-error" and delivery.code
        or delivery.message, case[1])
      p:close()
    end
  end)

  it("hold the vectors", function()
    vectors.hold("proxy.parse", function(input, expected)
      if lists.contains(generate.DEFINED, expected.type) then
        local address = assert(postoffice.parse(input, { notation = "proxy" }))
        assert.equal(expected.address, postoffice.format(address, "native"))
        for field, value in pairs(expected.fields or {}) do
          assert.equal(value, address[field], input .. ": " .. field)
        end
      end
    end)
    vectors.hold("snads.parse", function(input, expected)
      local address = assert(postoffice.parse(input, { type = "SNADS" }))
      assert.same({ expected.dgn, expected.den }, { address.group, address.element })
    end)
  end)
end)
