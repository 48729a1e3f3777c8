-- Internationalised domains: RFC 5890 to 5893 (IDNA 2008), and the Unicode of local parts.

local postoffice = require "postoffice"

-- A build without libidn2 reads none of it: see the end.
local known = postoffice.UNICODE and describe or function() end

-- Domains, and why they are none (nil: they are some) with the byte of the domain.
local DOMAINS = {
  { "bücher.example" }, { "BÜCHER.example" }, { "xn--bcher-kva.example" },
  { "XN--BCHER-KVA.EXAMPLE" }, { "bu\204\136cher.example" },
  { "straße.example" }, { "xn--strae-oqa.example" }, { "βόλος.example" },
  { "日本語.example" }, { "xn--wgv71a119e.example" },
  { "ᎠᎡᎢ.example" }, -- Cherokee's capitals are its U-labels (RFC 5892 2.2)
  { "\226\132\170elvin.example" }, -- U+212A, K in NFC

  -- neither U-label nor A-label
  { "\239\188\142.x.example", "domain-label-disallowed", 1 }, -- U+FF0E
  { "a\239\188\142b.example", "domain-label-disallowed", 2 },
  { "\226\146\136x.example", "domain-label-disallowed", 1 }, -- U+2488, 1.
  { "x.b\226\128\139c.example", "domain-label-disallowed", 4 }, -- U+200B
  { "b\194\173c.example", "domain-label-disallowed", 2 }, -- U+00AD
  { "\226\128\174b.example", "domain-label-disallowed", 1 }, -- U+202E
  { "a\226\128\168b.example", "domain-label-disallowed", 2 }, -- U+2028
  { "a\227\128\130b.example", "domain-label-disallowed", 2 }, -- U+3002
  { "\239\188\129.example", "domain-label-disallowed", 1 },
  { "a\205\190b.example", "domain-label-disallowed", 2 }, -- U+037E, ; in NFC
  { "x.\240\159\152\128.example", "domain-label-disallowed", 3 },
  { "ꭰ.example", "domain-label-disallowed", 1 },
  { "\195\188_a.example", "domain-label-character", 3 },
  { "a\225\191\175b.example", "domain-label-disallowed", 2 }, -- U+1FEF, ` in NFC
  { "\243\160\128\129a.example", "domain-label-disallowed", 1 }, -- U+E0001
  { "x.\204\136a.example", "domain-label-mark", 3 },
  { "\195\188a\239\184\143.example", "domain-label-disallowed", 4 }, -- U+FE0F, a mark
  { "א\226\128\143ב.example", "domain-label-disallowed", 3 }, -- U+200F
  { "x.\195\188\205\184.example", "domain-label-unassigned", 5 },
  { "\205\184.example", "domain-label-unassigned", 1 }, -- U+0378

  -- hyphens
  { "-\195\188.example", "domain-label-hyphen", 1 },
  { "\195\188-.example", "domain-label-hyphen", 3 },
  { "\195\188b--c.example", "domain-label-reserved", 1 },
  { "yy--0.example", "domain-label-reserved", 1 },
  { "x.YY--0a.example", "domain-label-reserved", 3 },
  { "a--b.example" }, { "abc--d.example" }, { "ab-c-d.example" },

  -- what is written like an A-label
  { "xn--0.example", "domain-label-alabel", 1 },
  { "x.xn--a.example", "domain-label-disallowed", 3 }, -- U+0080
  { "xn--bcher-kv.example", "domain-label-alabel", 1 },
  { "xn--99999999.example", "domain-label-alabel", 1 },
  { "xn--bcher.example", "domain-label-disallowed", 1 },
  { "xn--.example", "domain-label-hyphen", 4 },
  { "xn--abc-.example", "domain-label-hyphen", 8 },
  { "xn--u-ccb.example", "domain-label-alabel", 1 }, -- u and U+0308, which is not NFC
  { "xn--bcher-g2a.example", "domain-label-disallowed", 1 },
  { "xn--a_b.example", "domain-label-character", 6 },

  -- contextual rules (RFC 5892 appendix A), those for registering, too
  { "l\194\183l.example" }, { "a\194\183b.example", "domain-label-context", 1 },
  { "\205\181α.example" }, { "\205\181a.example", "domain-label-context", 1 },
  { "א\215\179.example" }, { "\215\179א.example", "domain-label-context", 1 },
  { "ア\227\131\187.example" }, { "a\227\131\187.example", "domain-label-context", 1 },
  { "क्\226\128\141ष.example" }, { "a\226\128\141b.example", "domain-label-context", 1 },
  { "क्\226\128\140ष.example" }, { "a\226\128\140b.example", "domain-label-context", 1 },
  { "ب٠١.example" }, { "ب٠۱.example", "domain-label-context", 1 },

  -- bidi (RFC 5893 2), label by label (RFC 5891 4.2.3.4)
  { "אבג.example" }, { "אב1.example" },
  { "אa.example", "domain-label-bidi", 1 }, { "1א.example", "domain-label-bidi", 1 },
  { "א-א.example" }, { "a\215\144.example", "domain-label-bidi", 1 },
  { "ab.א1ب٠.example", "domain-label-bidi", 4 }, -- rule 4
  { "xn--1-zhc9xvh.example", "domain-label-bidi", 1 },
  { "א\214\176.example" }, { "א-\214\176.example", "domain-label-bidi", 1 }, -- rule 3

  -- lengths, which are those of A-labels
  { ("\195\188"):rep(40) .. ".example" },
  { ("\195\188"):rep(60) .. ".example", "domain-label-length", 1 },
  { ("\228\184\128"):rep(40) .. ".example" },
  { ("\228\184\128"):rep(57) .. ".example" }, -- 171 octets, an A-label of 63
  { ("\228\184\128"):rep(58) .. ".example", "domain-label-length", 1 },
  { ("\195\188"):rep(5000) .. ".example", "domain-length", 1 },
  { "xn--" .. ("a"):rep(60) .. ".example", "domain-label-length", 1 },
}

-- Spellings of one domain, and its key.
local SAME = {
  { "xn--bcher-kva.example", "bücher.example", "BÜCHER.example", "bu\204\136cher.example",
    "BU\204\136CHER.EXAMPLE", "XN--BCHER-KVA.example", "Xn--Bcher-Kva.Example" },
  { "xn--br-via.de", "bär.de", "BÄR.de" },
  { "xn--strae-oqa.example", "straße.example", "STRAẞE.example" },
  { "strasse.example", "STRASSE.example" },
  { "xn--1ig.example", "s\204\163\204\135.example", "s\204\135\204\163.example",
    "\225\185\169.example", "\225\185\168.example" },
  { "xn--i-9bb.example", "İ.example", "i\204\135.example", "I\204\135.example" },
  { "i.example", "I.example" },
  { "xn--cfa.example", "ı.example" },
  { "xn--nxasmq6b.example", "βόλοσ.example", "ΒΌΛΟΣ.example" },
  { "xn--nxasmm1c.example", "βόλος.example" },
  { "kelvin.example", "\226\132\170elvin.example" },
  { "xn--5ca.example", "å.example", "Å.example", "\226\132\171.example", "a\204\138.example" },
  { "a_b.xn--tda", "A_b.Ü" },
}

known("a domain", function()
  it("is made of U-labels and A-labels (RFC 5890 2.3.2.1)", function()
    for _, case in ipairs(DOMAINS) do
      local domain, code, position = case[1], case[2], case[3]
      local address = "a@" .. domain
      assert.is_table(postoffice.parse(address), domain)
      local valid, message, why, where = postoffice.validate(address)
      assert.equal(code, why, domain)
      assert.equal(code == nil, valid, domain)
      assert.equal(code and postoffice.message(code), message)
      assert.equal(code and position + 2, where, domain)
      assert.equal(valid, (postoffice.validate { type = "SMTP", localpart = "a", domain = domain }))
    end
  end)

  it("is judged in a route, too", function()
    assert.is_true(postoffice.validate "<@bücher.example,@xn--bcher-kva.example:u@c.example>")
    local valid, _, code, position = postoffice.validate "<@b.example,@xn--0:u@c.example>"
    assert.same({ false, "domain-label-alabel", 14 }, { valid, code, position })
  end)

  it("has one key in all its spellings, which are equal", function()
    for _, case in ipairs(SAME) do
      for i, domain in ipairs(case) do
        assert.equal("SMTP:kim@" .. case[1], postoffice.key("Kim@" .. domain), domain)
        assert.is_true(postoffice.equal("kim@" .. domain, "kim@" .. case[i % #case + 1]), domain)
        local address = postoffice.parse("kim@" .. domain)
        assert.equal(domain, address.domain)
        assert.is_true(address == postoffice.parse("kim@" .. case[1]))
      end
    end
    for i, case in ipairs(SAME) do
      for k = i + 1, #SAME do
        assert.is_false(postoffice.equal("a@" .. case[1], "a@" .. SAME[k][1]))
      end
    end
  end)

  it("has no key if it is not ASCII and no domain", function()
    for _, case in ipairs(DOMAINS) do
      local domain, code = case[1], case[2]
      local key, _, why = postoffice.key("a@" .. domain)
      if not domain:find "[\128-\255]" then
        assert.equal("SMTP:a@" .. domain:lower(), key)
      elseif code then
        assert.is_nil(key, domain)
        assert.is_truthy(why == code or code == "domain-label-character"
          or code == "domain-length", domain)
        assert.equal(why, select(3, postoffice.equal("a@" .. domain, "b@c")))
      end
    end
  end)

  it("is not looked into where it is too long for any", function()
    for _, domain in ipairs { ("ü."):rep(300000) .. "b", ("xn--tda."):rep(125000) .. "b" } do
      local address, path = "a@" .. domain, "<@" .. domain .. ":a@b>"
      assert.equal("domain-length", select(3, postoffice.validate(address)))
      assert.equal("domain-length", select(3, postoffice.validate(path)))
      assert.equal("domain-length", select(3, postoffice.normalize(address, { idn = "unicode" })))
      assert.equal(#address, #postoffice.normalize(address))
    end
    assert.equal("domain-length", select(3, postoffice.key("a@" .. ("ü."):rep(300000) .. "b")))
    local long = ("e\204\129"):rep(100000) .. "@b.example"
    assert.equal("localpart-nfc", select(2, postoffice.diagnose(long))[2].code)
  end)

  it("is equal to itself even so", function()
    local address = postoffice.parse "a@\226\128\139.example"
    assert.is_true(address == postoffice.parse "a@\226\128\139.example")
    assert.is_false(address == postoffice.parse "A@\226\128\139.example")
    assert.is_false(address == postoffice.parse "a@b.example")
  end)

  it("is as long as its A-labels", function()
    local label = ("\228\184\128"):rep(57) -- 63 octets
    local three = table.concat({ label, label, label }, ".") -- 191
    assert.is_true(postoffice.validate("a@" .. three .. "." .. ("x"):rep(60)))
    assert.equal("mailbox-length",
      select(3, postoffice.validate("a@" .. three .. "." .. ("x"):rep(61))))
    assert.equal("domain-length",
      select(3, postoffice.validate("a@" .. three .. "." .. ("x"):rep(61) .. ".yz")))
    -- four octets less as they are written than on the wire
    local short = ("\195\188."):rep(31)
    assert.equal("mailbox-length", select(3, postoffice.validate("abcdef@" .. short .. "example")))
    assert.is_true(postoffice.validate("abc@" .. short:sub(4) .. "example"))
  end)
end)

known("normalize", function()
  it("writes a domain in NFC and lower case, as U-label or A-label", function()
    for _, case in ipairs {
      { "Kim@BÜCHER.Example", "Kim@bücher.example", "Kim@xn--bcher-kva.example",
        "Kim@bücher.example" },
      { "a@bu\204\136cher.example", "a@bücher.example", "a@xn--bcher-kva.example",
        "a@bücher.example" },
      { "a@XN--BCHER-kva.Example", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example",
        "a@bücher.example" },
      { "smtp:a@STRAßE.xn--bcher-kva", "smtp:a@straße.xn--bcher-kva",
        "smtp:a@xn--strae-oqa.xn--bcher-kva", "smtp:a@straße.bücher" },
      { "Ü <a@Ü.example>", "Ü <a@ü.example>", "Ü <a@xn--tda.example>", "Ü <a@ü.example>" },
      { "a@xn--0.example", "a@xn--0.example", "a@xn--0.example", "a@xn--0.example" },
      { "a@YY--0.example", "a@yy--0.example", "a@yy--0.example", "a@yy--0.example" },
      { "a@[IPv6:2001:DB8::1]", "a@[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]",
        "a@[IPv6:2001:db8::1]" },
      { "<>", "<>", "<>", "<>" },
      { "CCMAIL:Ü at HQ", "CCMAIL:Ü at HQ", "CCMAIL:Ü at HQ", "CCMAIL:Ü at HQ" },
      { "Ä\204\136@b.example", "Ä\204\136@b.example", "Ä\204\136@b.example",
        "Ä\204\136@b.example" },
    } do
      local text = case[1]
      assert.equal(case[2], postoffice.normalize(text), text)
      assert.equal(case[3], postoffice.normalize(text, { idn = "ascii" }), text)
      assert.equal(case[4], postoffice.normalize(text, { idn = "unicode" }), text)
      for i = 2, 4 do
        assert.equal(postoffice.key(text), postoffice.key(case[i]))
        assert.equal(case[2], i == 2 and postoffice.normalize(case[i]) or case[2])
      end
    end
  end)

  it("leaves what is no domain as it is, and has no other form of it", function()
    for domain, place in pairs {
      ["a\205\190b"] = 6, ["\239\188\142"] = 5, ["\195\188_"] = 7, [("ü"):rep(2000)] = 5,
    } do
      assert.equal("a@" .. domain .. ".x", postoffice.normalize("A@" .. domain .. ".X"):lower())
      for _, idn in ipairs { "ascii", "unicode" } do
        local text, _, code, position = postoffice.normalize("a@x." .. domain, { idn = idn })
        assert.is_nil(text)
        assert.matches("^domain%-label%-", code)
        assert.equal(place, position)
      end
    end
  end)

  it("has no form that would be too long for any domain", function()
    local label = ("\240\160\128\128"):rep(40) -- longer than its A-label
    local ascii = postoffice.normalize("a@" .. label .. ".b", { idn = "ascii" }):match "@(.*)%.b"
    local text = "a@" .. (ascii .. "."):rep(84) .. "b"
    assert.equal(text, postoffice.normalize(text))
    assert.equal("domain-length", select(3, postoffice.normalize(text, { idn = "unicode" })))
  end)

  it("writes what is twice as long in lower case", function()
    assert.equal("a@" .. ("i\204\135"):rep(472), postoffice.normalize("a@" .. ("İ"):rep(472)))
    assert.equal("domain-label-length", select(3, postoffice.key("a@" .. ("İ"):rep(472))))
  end)

  it("knows two forms", function()
    assert.has_error(function() postoffice.normalize("a@b", { idn = "punycode" }) end)
    assert.has_error(function() postoffice.parse("a@b", { idn = "ascii" }) end)
    assert.equal("CCMAIL:a at b",
      postoffice.normalize("a at b", { type = "CCMAIL", idn = "ascii" }):gsub("^a", "CCMAIL:a"))
  end)
end)

-- What RFC 6531 allows in a local part and RFC 8264 and UTS 39 do not: notes, with their bytes.
local LOCALPARTS = {
  { "é" }, { "日本" }, { "נ" }, { "xn--0" },
  { "a\194\133b", "localpart-control", 2 },
  { "a\226\128\168b", "localpart-separator", 2 }, { "\226\128\169", "localpart-separator", 1 },
  { "ab\238\128\128", "localpart-private", 3 }, { "\243\176\128\128", "localpart-private", 1 },
  { "\239\183\144", "localpart-noncharacter", 1 }, { "\239\191\190", "localpart-noncharacter", 1 },
  { "\244\143\191\191", "localpart-noncharacter", 1 },
  { "\"a \194\128\"", "localpart-quoted", nil, "localpart-control", 4 },
}
local BY_LIBRARY = {
  { "a\226\128\174b", "localpart-format", 2 }, { "\226\128\139", "localpart-format", 1 },
  { "a\226\129\166", "localpart-format", 2 }, { "\243\160\128\129", "localpart-format", 1 },
  { "a\194\173", "localpart-format", 2 }, { "\239\187\191a", "localpart-format", 1 },
  { "\204\129a", "localpart-mark", 1 }, { "a\204\129", "localpart-nfc", 1 },
  { "\226\132\170", "localpart-nfc", 1 },
  { "\204\129\226\128\174a\226\128\174\238\128\128", "localpart-mark", 1, "localpart-format", 3,
    "localpart-private", 10 },
}

local function check_notes(cases)
  for _, case in ipairs(cases) do
    local address = case[1] .. "@b.example"
    local grade, findings = postoffice.diagnose(address)
    assert.equal(case[2] and "5321" or "ok", grade, address)
    local at = 2
    for _, finding in ipairs(findings) do
      assert.equal(case[at], finding.code, address)
      assert.equal("note", finding.severity)
      if case[at + 1] then assert.equal(case[at + 1], finding.position, address) end
      at = at + 2
    end
    assert.is_nil(case[at], address)
    assert.is_true(postoffice.validate(address))
    assert.equal(address, postoffice.normalize(address), "nothing is changed")
  end
end

describe("a local part", function()
  it("is noted for what identifiers do not have", function() check_notes(LOCALPARTS) end)
end)

known("a local part", function()
  it("is noted for what Unicode knows of its characters", function() check_notes(BY_LIBRARY) end)

  it("is another where its form is another", function()
    assert.is_false(postoffice.equal("\195\169@b.example", "e\204\129@b.example"))
  end)
end)

describe("an ASCII domain", function()
  it("has the same key in every build", function()
    for _, case in ipairs {
      { "KIM@Xn--Bcher-Kva.Example", "SMTP:kim@xn--bcher-kva.example" },
      { "a@xn--0", "SMTP:a@xn--0" }, { "a@YY--x.b", "SMTP:a@yy--x.b" },
      { '"a b"@XN--BCHER-KVA.b', 'SMTP:"a b"@xn--bcher-kva.b' },
    } do
      assert.equal(case[2], postoffice.key(case[1]))
    end
  end)

  it("needs no library to be refused for reserved hyphens", function()
    assert.equal("domain-label-reserved", select(3, postoffice.validate "a@yy--x.example"))
    assert.equal("domain-label-reserved", select(3, postoffice.validate '"a b"@yy--x.example'))
  end)
end)

describe("the version of Unicode", function()
  it("is public", function()
    local unicode = postoffice.UNICODE
    assert.is_true(unicode == nil or unicode:find "^%d+%.%d$" ~= nil)
  end)
end)

if not postoffice.UNICODE then
  describe("a build without libidn2", function()
    it("has no key of a domain that is not ASCII, and does not pass it", function()
      for _, call in ipairs { "key", "validate" } do
        local result, message, code = postoffice[call] "a@bücher.example"
        assert.same({ false, postoffice.message "idn-missing", "idn-missing" },
          { result or false, message, code })
      end
      assert.equal("idn-missing", select(3, postoffice.equal("a@b", "a@bücher.example")))
      assert.equal("idn-missing", select(3, postoffice.normalize("a@ü", { idn = "ascii" })))
      assert.equal("idn-missing", select(3, postoffice.normalize("a@xn--tda", { idn = "unicode" })))
      assert.equal("a@bÜcher.example", postoffice.normalize "a@BÜCHER.Example")
    end)

    it("notes an A-label that it cannot check", function()
      assert.is_true(postoffice.validate "a@x.xn--0.example")
      local grade, findings = postoffice.diagnose "a@x.xn--0.xn--1.example"
      assert.equal("5321", grade)
      assert.equal(1, #findings)
      assert.same({ "idn-unchecked", "note", 5 },
        { findings[1].code, findings[1].severity, findings[1].position })
    end)
  end)
end
