-- Internationalised domains in policies: one domain, whatever its spelling.

local core = require "postoffice.core"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"

local known = postoffice.UNICODE and describe or function() end

local SPELLINGS = {
  "bücher.example", "BÜCHER.example", "bu\204\136cher.Example", "xn--bcher-kva.example",
  "XN--BCHER-KVA.EXAMPLE",
}

-- What each declaration does with an address, with %s for a domain.
local DECLARATIONS = {
  { 'domain "%s" {} recipient "Kim" { proxies = { "SMTP:kim@%s" } }', to = "Kim@%s",
    entry = "Kim", verdict = "deliver" },
  { 'domain "%s" {} recipient "Kim" { proxies = { "SMTP:kim@%s" } }', to = "joe@%s",
    code = "recipient-unknown", verdict = "reject" },
  { 'domain "*.%s" {}', to = "joe@x.%s", code = "recipient-unknown", verdict = "reject" },
  { 'domain "%s" { extension = "+" } recipient "Kim" { proxies = { "SMTP:kim@%s" } }',
    to = "kim+x@%s", entry = "Kim", extension = "x", verdict = "deliver" },
  { 'connector "c" { spaces = { "SMTP:kim@%s" } }', to = "kim@%s", connector = "c" },
  { 'connector "c" { spaces = { "SMTP:*@%s" } }', to = "kim@%s", connector = "c" },
  { 'connector "c" { spaces = { "SMTP:*.%s" } }', to = "kim@x.%s", connector = "c" },
  { 'connector "c" { spaces = { "SMTP:?im@*.%s" } }', to = "kim@ä.%s", connector = "c" },
  { 'connector "c" { spaces = { "SMTP:*" } } rewrite "SMTP:{u}@%s" { to = "SMTP:{u}@b.example" }',
    to = "kim@%s", connector = "c", address = "SMTP:kim@b.example" },
  { 'connector "c" { spaces = { "SMTP:*" } } rewrite "SMTP:{u}@{h}.%s" '
    .. '{ to = "SMTP:{u}@{h}.b.example" }', to = "kim@Ä.%s", connector = "c",
    address = "SMTP:kim@xn--4ca.b.example" },
  { 'connector "c" { spaces = { "SMTP:*" } } rewrite { match = { type = "SMTP", domain = "%s" }, '
    .. 'to = "SMTP:joe@b.example" }', to = "kim@%s", connector = "c",
    address = "SMTP:joe@b.example" },
  { 'connector "c" { spaces = { "SMTP:*" }, senders = { "SMTP:*@%s" } }', to = "kim@b.example",
    from = "joe@%s", connector = "c" },
  { 'connector "c" { spaces = { "SMTP:*" } } '
    .. 'rewrite "SMTP:{u}@a.example" { to = "SMTP:{u}@%s", both = true }',
    to = "kim@b.example", from = "joe@%s", connector = "c", sender = "SMTP:joe@a.example" },
  { 'connector "c" { spaces = { "SMTP:*" } } function on.recipient(a) '
    .. 'if mail.matches(a, "SMTP:*@%s") then return "SMTP:joe@b.example" end end',
    to = "kim@%s", connector = "c", address = "SMTP:joe@b.example" },
}

local function check_delivery(declaration, written, used)
  local source = declaration[1]:gsub("%%s", written)
  local p = assert(policy.load('settings { unmatched = "reject" } ' .. source))
  local from = declaration.from and declaration.from:gsub("%%s", used) or nil
  local delivery = p:route((declaration.to:gsub("%%s", used)), { sender = from })[1]
  for field, expected in pairs(declaration) do
    if type(field) == "string" and field ~= "to" and field ~= "from" then
      local value = delivery[field]
      if type(value) == "table" then value = tostring(value) end
      assert.equal(expected, value, source .. " " .. used .. ": " .. field)
    end
  end
  p:close()
end

known("a policy", function()
  it("takes a domain in any spelling for any other", function()
    for _, declaration in ipairs(DECLARATIONS) do
      for i, spelling in ipairs(SPELLINGS) do
        check_delivery(declaration, spelling, SPELLINGS[i % #SPELLINGS + 1])
        check_delivery(declaration, SPELLINGS[1], spelling)
        check_delivery(declaration, SPELLINGS[4], spelling)
      end
    end
  end)

  it("knows each spelling from other domains", function()
    local p = assert(policy.load [[
      settings { unmatched = "reject" }
      connector "c" { spaces = { "SMTP:*@straße.example" } }]])
    assert.equal("deliver", p:route("a@STRAẞE.example")[1].verdict)
    assert.equal("route-missing", p:route("a@strasse.example")[1].code)
    p:close()
  end)

  it("keeps captures of a domain as A-labels", function()
    local p = assert(policy.load [[
      connector "c" { spaces = { "SMTP:*" } }
      rewrite "SMTP:{u}@{d}.example" { to = "SMTP:{d}.{u}@b.invalid" }
      function on.recipient(a)
        local kept = mail.matches(a, "SMTP:{u}@{d}.test")
        if kept then return "SMTP:" .. kept.d .. "@b.invalid" end
      end]])
    for _, spelling in ipairs { "Bücher", "bu\204\136cher", "xn--bcher-kva" } do
      assert.equal("SMTP:xn--bcher-kva.kim@b.invalid",
        tostring(p:route("kim@" .. spelling .. ".example")[1].address))
      assert.equal("SMTP:xn--bcher-kva@b.invalid",
        tostring(p:route("kim@" .. spelling .. ".test")[1].address))
    end
    p:close()
  end)

  it("rewrites a header field by any spelling, and says what it cannot read", function()
    local p = assert(policy.load [[
      rewrite "SMTP:{u}@bücher.example" { to = "SMTP:{u}@neu.example", both = true }
      rewrite "SMTP:{u}@alt.example" { to = "SMTP:{u}@ä.example", both = true }]])
    for _, spelling in ipairs(SPELLINGS) do
      assert.equal("Kim <kim@neu.example>",
        (p:rewrite_header("To", "Kim <kim@" .. spelling .. ">")))
    end
    for _, spelling in ipairs { "ä.example", "a\204\136.example", "XN--4CA.Example" } do
      assert.equal("Kim <kim@alt.example>",
        (p:rewrite_header("From", "Kim <kim@" .. spelling .. ">")))
    end
    for _, name in ipairs { "To", "From" } do
      local value = "kim@a\226\128\139.example, kim@xn--0.example"
      local made, count, errors = p:rewrite_header(name, value)
      assert.same({ value, 0, 1 }, { made, count, #errors })
      assert.same({ "domain-label-disallowed", 1 }, { errors[1].code, errors[1].position })
    end
    p:close()
  end)

  it("takes no memory for no answer", function()
    local p = assert(policy.load [[
      domain "ü.example" { extension = "+" }
      recipient "Kim" { proxies = { "SMTP:kim@ü.example" } }
      connector "c" { spaces = { "SMTP:*@ä.example" }, senders = { "SMTP:*@ö.example" } }
      rewrite "SMTP:{u}@ß.example" { to = "SMTP:{u}@ä.example" }]])
    local message, canonical = postoffice.message "idn-memory", core.canonical
    finally(function() core.canonical = canonical end)
    core.canonical = function() return nil, message, "idn-memory" end
    for _, to in ipairs { "kim@ä.example", "kim@ß.example" } do
      local ok, why = pcall(p.route, p, to, { sender = "joe@ö.example" })
      assert.same({ false, message }, { ok, why })
    end
    assert.equal("deliver", p:route("kim@ü.example")[1].verdict)
    p:close()
  end)

  it("hands an address over as it is written", function()
    local p = assert(policy.load [[connector "c" { spaces = { "SMTP:*@bücher.example" } }]])
    for _, spelling in ipairs(SPELLINGS) do
      assert.equal("SMTP:a@" .. spelling, tostring(p:route("a@" .. spelling)[1].address))
    end
    p:close()
  end)

  it("rejects what is no domain by its own code", function()
    local p = assert(policy.load [[
      domain "b.example" {} connector "c" { spaces = { "SMTP:*" } }]])
    for _, to in ipairs { "a@b\239\188\142example", "IMCEAEX-_O=A@\226\128\139.example" } do
      local delivery = p:route(to)[1]
      assert.same({ "reject", "domain-label-disallowed", "5.1.3" },
        { delivery.verdict, delivery.code, delivery.status })
      assert.equal("domain-label-disallowed", select(3, p:rewrite(to)))
      assert.equal("domain-label-disallowed", select(3, p:nexthop(to)))
    end
    p:close()
  end)

  it("tests what it does with an address whose domain is none", function()
    local p = assert(policy.load [[
      connector "c" { spaces = { "SMTP:*" } }
      test "none" { to = "a@．b", code = "domain-label-disallowed", address = "SMTP:a@．b" }
      test "other" { to = "a@．b", address = "SMTP:a@．c" }]])
    local report = p:test()
    assert.same({ 1, 1 }, { report.passed, report.failed })
    p:close()
  end)

  it("finds at load what is no domain, or stands twice", function()
    for _, case in ipairs {
      { 'connector "c" { spaces = { "SMTP:*@b*ücher.example" } }', "a wildcard in the label" },
      { 'connector "c" { spaces = { "SMTP:*ü.example" } }', "a wildcard in the label" },
      { 'connector "c" { spaces = { "SMTP:*@ü?" } }', "a wildcard in the label" },
      { 'rewrite "SMTP:{u}@{d}ü.example" { to = "SMTP:a@b" }', "a wildcard in the label" },
      { 'rewrite "SMTP:{u}@b" { to = "SMTP:a@{u}.．x.example" }', "no domain may have" },
      { 'rewrite { match = { type = "SMTP", domain = "ü*" }, to = "SMTP:a@b" }',
        "a wildcard in the label" },
      { 'rewrite "SMTP:{u}@{d}.b.example" { to = "SMTP:{u}@{d}ü.example", both = true }',
        "a wildcard in the label" },
      { 'domain "a．b.example" {}', "no domain may have" },
      { 'domain "yü--x.example" {}', "are reserved" },
      { 'connector "c" { spaces = { "SMTP:a@．b.example" } }', "no domain may have" },
      { 'connector "c" { spaces = { "SMTP:*@．b.example" } }', "no domain may have" },
      { 'recipient "x" { proxies = { "a@．b" } }', "no domain may have" },
      { 'recipient "x" { proxies = { "a@b" }, target = "a@．b" }', "no domain may have" },
      { 'rewrite "SMTP:{u}@．x.example" { to = "SMTP:a@b" }', "no domain may have" },
      { 'domain "bücher.example" {} domain "xn--bcher-kva.example" {}', "declared twice" },
      { 'recipient "x" { proxies = { "a@bücher.example" } } '
        .. 'recipient "y" { proxies = { "a@BÜCHER.example" } }', "already a proxy" },
      { 'rewrite "SMTP:{u}@a.example" { to = "SMTP:{u}@ü.example", both = true } '
        .. 'rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@xn--tda.example", both = true }',
        "makes the same addresses" },
    } do
      local p, message = policy.load(case[1])
      assert.is_nil(p, case[1])
      assert.matches(case[2], message, 1, true)
    end
    assert.is_table(policy.load 'connector "c" { spaces = { "SMTP:ü*", "SMTP:ü?@*.ä.example" } }')
  end)

  it("is checked for spaces that are one", function()
    local p = assert(policy.load [[
      domain "bücher.example" {}
      connector "c" { spaces = { "SMTP:*@xn--bcher-kva.example", "SMTP:*@BÜCHER.example" } }
      connector "d" { spaces = { "SMTP:*@ü.example" } }
      connector "e" { spaces = { "SMTP:*@xn--tda.example" } }]])
    local codes = {}
    for _, finding in ipairs(p:check()) do codes[finding.code] = (codes[finding.code] or 0) + 1 end
    assert.same({ 1, 2, 1 },
      { codes["space-repeated"], codes["space-local"], codes["space-tie"] })
    p:close()
  end)
end)

if not postoffice.UNICODE then
  describe("a policy of a build without libidn2", function()
    it("knows A-labels, and rejects what it cannot read", function()
      local p = assert(policy.load [[
        connector "c" { spaces = { "SMTP:*@xn--bcher-kva.example" } }]])
      assert.equal("c", p:route("a@XN--bcher-kva.example")[1].connector)
      local delivery = p:route("a@bücher.example")[1]
      assert.same({ "reject", "idn-missing", "5.6.7" },
        { delivery.verdict, delivery.code, delivery.status })
      p:close()
    end)

    it("finds at load what it cannot read", function()
      for _, source in ipairs {
        'domain "bücher.example" {}', 'connector "c" { spaces = { "SMTP:*@bücher.example" } }',
        'recipient "x" { proxies = { "a@bücher.example" } }',
      } do
        local p, message = policy.load(source)
        assert.is_nil(p)
        assert.matches(postoffice.message "idn-missing", message, 1, true)
      end
    end)
  end)
end
