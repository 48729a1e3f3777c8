local postoffice = require "postoffice".new { unknown = true }
local generate = require "spec.generate"

describe("IMCEA in SMTP (MS-OXCMAIL 2.1.3.1.8)", function()
  it("is written in upper case, all but letters, digits, - and = escaped", function()
    for _, case in ipairs {
      { "[ccmail:user@domain at internet]", "IMCEACCMAIL-user+40domain+20at+20internet" },
      { "CCMAIL:Smith, John at PO1", "IMCEACCMAIL-Smith+2C+20John+20at+20PO1" },
      { "EX:/o=Org/ou=A B/cn=x_y", "IMCEAEX-_o=Org_ou=A+20B_cn=x+5Fy" },
      { "smtp:a+b@c.example", "IMCEASMTP-a+2Bb+40c+2Eexample" },
      { "TEL.EX:/a/b", "IMCEATEL+2EEX-_a_b" },
      { "A-B:x", "IMCEAA+2DB-x" },
    } do
      local inner = assert(postoffice.parse(case[1], { unknown = true }))
      local outer = assert(postoffice.encapsulate(inner, "SMTP", { domain = "example.com" }))
      assert.equal(case[2], outer.localpart)
      assert.equal("example.com", outer.domain)
      assert.equal(inner, (postoffice.decapsulate(outer)))
    end
  end)

  it("is read in any case and in one pass", function()
    for _, case in ipairs {
      { "imceaccmail-user+40domain+20at+20internet@x", "CCMAIL:user@domain at internet" },
      { "ImceaEX-_o=Org_cn=under+5fscore@x", "EX:/o=Org/cn=under_score" },
      { "IMCEAEX-_o=Org_cn=a+2B20b@x", "EX:/o=Org/cn=a+20b" },
      { "IMCEATELEX-a-b-c@x", "TELEX:a-b-c" },
      { "IMCEASMTP-swadmin+40corporate+2Ecom@*", "SMTP:swadmin@corporate.com" },
      { "IMCEASMTP-+22a+20b+22+40c@x", [[SMTP:"a b"@c]] },
    } do
      local inner, shell = postoffice.decapsulate(case[1])
      assert.equal(case[2], tostring(inner))
      assert.equal("SMTP", shell.type)
      assert.equal(postoffice.parse(case[1]).domain, shell.domain)
    end
  end)

  it("tells the place of what is damaged", function()
    for text, position in pairs {
      ["SMTP:IMCEAEX-_o=x+2@y"] = 18, ["<IMCEANOTES-j+2Es/40us@x>"] = 18,
      ["N [SMTP:\\x49MCEAEX-a/b@x]"] = 21, ["@b"] = 1,
    } do
      assert.equal(position, (select(4, postoffice.decapsulate(text))), text)
    end
    assert.is_nil((select(4, postoffice.decapsulate(postoffice.parse "IMCEAEX-+2@x"))))
  end)

  it("is not opened where it is none, INVALID or damaged", function()
    for text, code in pairs {
      ["user@x"] = "not-encapsulated",
      ["IMCEA@x"] = "not-encapsulated",
      ["IMCEAEX@x"] = "not-encapsulated",
      ["IMCEA-x@x"] = "not-encapsulated",
      ["IMCEAINVALID-Ooi@namprd11.prod.outlook.com"] = "imcea-invalid",
      ["imceaInvalid-a+40b@x"] = "imcea-invalid",
      ["IMCEAEX-_o=Org_cn=x+2@x"] = "imcea-escape",
      ["IMCEAEX-_o=Org+2Gx@x"] = "imcea-escape",
      ["IMCEANOTES-j+2Es/40us@x"] = "imcea-character",
      ["IMCEAEX-@x"] = "address-empty",
      ["IMCEASMTP-a+40b.c@x"] = "imcea-character",
      ["IMCEASMTP-a+40b+2E+2Ec@x"] = "domain-label-empty",
      ["IMCEACCMAIL-at+20PO@x"] = "ccmail-mailbox-empty",
      ["IMCEAA+20B-x@x"] = "type-invalid",
      ["CCMAIL:user at internet"] = "not-encapsulated",
      ["CCMAIL:user@domain"] = "not-encapsulated",
      ["CCMAIL:a b@c@d at internet"] = "not-encapsulated",
      ["EX:/o=x"] = "not-encapsulated",
    } do
      local inner, message, why = postoffice.decapsulate(text)
      assert.is_nil(inner, text)
      assert.equal(code, why, text)
      assert.equal(postoffice.message(code), message)
    end
  end)
end)

describe("SMTP in CCMAIL (Q184994)", function()
  it("is the mailbox at the gateway's post office", function()
    local inner = postoffice.parse "Kim <user@domain>"
    local outer = assert(postoffice.encapsulate(inner, "CCMAIL", { postoffice = "internet" }))
    assert.equal("Kim [CCMAIL:user@domain at internet]", postoffice.format(outer, "oneoff"))
    local back, shell = postoffice.decapsulate(outer)
    assert.same({ type = "CCMAIL", postoffice = "internet" }, shell)
    assert.equal("Kim", back.display_name)
    assert.equal("user@domain", postoffice.format(back, "native"))
  end)

  it("carries nothing but SMTP", function()
    local outer, _, code = postoffice.encapsulate("EX:/o=x", "CCMAIL", { postoffice = "internet" })
    assert.is_nil(outer)
    assert.equal("encapsulation-type", code)
  end)
end)

describe("SMTP in X400", function()
  local gateway = "c=us;a= ;p=Org;o=Site;"

  it("is a DDA: RFC-822 encoded, or Exchange's SMTP as it is", function()
    for _, case in ipairs {
      { "X400:" .. gateway .. "dda:RFC-822=Tom(u)Harris(a)cs.widget.com;",
        "Tom_Harris@cs.widget.com" },
      { "X400:" .. gateway .. "dda:SMTP=user@microsoft.com;", "user@microsoft.com" }, -- Q255024
      { "X400:" .. gateway .. "dda:rfc-822=a(P)b(A)c(A)d.example;", nil },
      { "X400:" .. gateway .. "dda:RFC-822=a(p)b(A)d.example;", "a%b@d.example" },
      { "X400:" .. gateway .. "dda:RFC-822=(q)a(032)b(q)(a)c;", [["a b"@c]] },
      { "X400:DDA:RFC-822=fred(a)widget.co.uk; O=gateway; P=abc; C=gb", "fred@widget.co.uk" },
      { "X400:" .. gateway .. "dda:MSXENCAP=SMTP;dda:SMTP=u@x;", "u@x" },
    } do
      local inner, shell = postoffice.decapsulate(case[1])
      assert.equal(case[2], inner and postoffice.format(inner, "native"), case[1])
      if inner then
        assert.equal("X400", shell.type)
        assert.is_nil(shell.dda1_value)
        local again = assert(postoffice.encapsulate(inner, "X400", shell))
        assert.same(inner, (postoffice.decapsulate(again)))
      end
    end
  end)

  it("goes on in RFC822C1 to RFC822C3 (RFC 2156 4.3.1)", function()
    for _, length in ipairs { 100, 123, 124, 125, 126, 127, 300, 508, 509 } do
      local localpart = ("a"):rep(length)
      local inner = { type = "SMTP", localpart = localpart, domain = "b" }
      local outer, message = postoffice.encapsulate(inner, "X400", { c = "us", a = " ", p = "Org" })
      if length > 508 then
        assert.is_nil(outer)
        assert.equal(postoffice.message "encapsulation-length", message)
      else
        assert.equal("RFC-822", outer.dda1_type)
        assert.equal(length > 124 and "RFC822C1" or nil, outer.dda2_type)
        local back, shell = postoffice.decapsulate(outer)
        assert.equal(localpart, back.localpart)
        assert.same({ type = "X400", c = "us", a = " ", p = "Org", dda1_type = "RFC-822" }, shell)
      end
    end
  end)

  it("carries ASCII alone", function()
    local place = { c = "us", a = " ", p = "Org" }
    assert.equal("encapsulation-type",
      select(3, postoffice.encapsulate("m\195\188ller@x", "X400", place)))
    assert.equal("encapsulation-type", select(3, postoffice.encapsulate("EX:/o=x", "X400", place)))
    assert.equal("not-encapsulated",
      select(3, postoffice.decapsulate("X400:" .. gateway .. "s=Lee;")))
  end)
end)

describe("decapsulate with all", function()
  it("peels to the core and gives the shells, outermost first", function()
    local core = postoffice.parse "Kim <user@domain>"
    local places = {
      { type = "CCMAIL", postoffice = "internet" }, { type = "SMTP", domain = "b.example" },
      { type = "X400", c = "us", a = " ", p = "Org", dda1_type = "SMTP", syntax = "exchange" },
      { type = "SMTP", domain = "a.example" },
    }
    local outer = core
    for _, place in ipairs(places) do
      outer = assert(postoffice.encapsulate(outer, place.type, place))
    end
    local found, shells = postoffice.decapsulate(outer, { all = true })
    assert.same(core, found)
    assert.equal(#places, #shells)
    for i, place in ipairs(places) do
      assert.same(place, shells[#shells + 1 - i])
    end
  end)

  it("says what stops it", function()
    for text, code in pairs {
      ["a@b"] = "not-encapsulated",
      ["IMCEASMTP-IMCEAINVALID-x+40y@z"] = "imcea-invalid",
      ["a@"] = "domain-missing",
    } do
      local found, message, why = postoffice.decapsulate(text, { all = true })
      assert.is_nil(found)
      assert.equal(code, why)
      assert.equal(postoffice.message(code), message)
    end
  end)

  it("opens sixteen shells and no more", function()
    local outer = "a@b"
    for depth = 1, 17 do
      outer = assert(postoffice.encapsulate(outer, "SMTP", { domain = "x" .. depth }))
      local found, shells, code = postoffice.decapsulate(outer, { all = true })
      if depth == 17 then
        assert.equal("encapsulation-depth", code)
      else
        assert.equal("SMTP:a@b", tostring(found))
        assert.equal(depth, #shells)
      end
    end
  end)

  it("takes no other option", function()
    assert.has_error(function()
      postoffice.decapsulate("a@b", { al = true })
    end)
  end)
end)

describe("encapsulate", function()
  local function x400(dda)
    return { type = "X400", syntax = "exchange", c = "us", a = " ", p = "Org", dda1_type = dda }
  end
  local shells = {
    { type = "SMTP", domain = "gw.example" }, { type = "CCMAIL", postoffice = "Inter net" },
    x400 "RFC-822", x400 "SMTP",
  }

  --- Whether the shell has to carry it.
  local function is_carried(inner, shell)
    if shell.type == "SMTP" then
      return true
    end
    local text = inner.type == "SMTP" and postoffice.format(inner, "native")
    return text and (shell.type == "CCMAIL" or not text:find "[\128-\255]")
  end

  for _, type in ipairs(generate.TYPES) do
    it("is undone by decapsulate, every field of " .. type .. " #slow", function()
      for seed = 1, 2000 do
        local inner = generate.address(seed, type)
        inner.route, inner.comment = nil, nil
        for _, shell in ipairs(shells) do
          local outer, _, code = postoffice.encapsulate(inner, shell.type, shell)
          if outer and is_carried(inner, shell) then
            local written = assert(postoffice.parse(assert(postoffice.format(outer, "oneoff"))))
            local back, found = postoffice.decapsulate(written)
            back.primary = inner.primary
            assert.same(inner, back, tostring(outer))
            assert.same(shell, found)
          else
            assert.equal(is_carried(inner, shell) and "carried" or "encapsulation-type", code,
              tostring(inner))
          end
        end
      end
    end)
  end

  it("refuses shells that could not be read back", function()
    for _, case in ipairs {
      { "a@b", "SMTP", { domain = "x..y" }, "domain-label-empty" },
      { "a@b", "CCMAIL", { postoffice = "a at b" }, "format-unreadable" },
      { "a@b", "CCMAIL", { postoffice = "" }, "ccmail-postoffice-empty" },
      { "<>", "CCMAIL", { postoffice = "x" }, "ccmail-mailbox-empty" },
    } do
      local outer, _, code = postoffice.encapsulate(case[1], case[2], case[3])
      assert.is_nil(outer)
      assert.equal(case[4], code)
    end
  end)

  it("raises where a programmer is wrong", function()
    for _, case in ipairs {
      { "a@b", "EX", {} }, { "a@b", "X400", { cc = "x" } }, { "a@b", "SMTP" },
      { "a@b", "SMTP", {} },
      { "a@b", "SMTP", { postoffice = "x" } }, { "a@b", "SMTP", { domain = 1 } },
    } do
      assert.has_error(function()
        postoffice.encapsulate(case[1], case[2], case[3])
      end)
    end
  end)
end)
