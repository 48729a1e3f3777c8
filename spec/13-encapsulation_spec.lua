local helper = require "spec.helper"
local postoffice = require "postoffice".new { unknown = true }
local generate = require "spec.generate"

describe("IMCEA in SMTP (MS-OXCMAIL 2.1.3.1.8)", function()
  it("is written in upper case, all but letters, digits, - and = escaped", function()
    for _, case in ipairs {
      { "[ccmail:user@domain at internet]", "IMCEACCMAIL-user+40domain+20at+20internet" },
      { "CCMAIL:Smith, John at PO1", "IMCEACCMAIL-Smith+2C+20John+20at+20PO1" },
      { "EX:/o=Org/ou=A B/cn=x_y", "IMCEAEX-_o=Org_ou=A+20B_cn=x+5Fy" },
      { "smtp:a+b@c.example", "IMCEASMTP-a+2Bb+40c+2Eexample" },
      { "smtp:a-b@c", "IMCEASMTP-a-b+40c" },
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
      ["IMCEB-x@x"] = "not-encapsulated",
      ["kim.lee-EX-x@x"] = "not-encapsulated",
      ["a-b@x"] = "not-encapsulated",
      ["IMCEAEX-_o=Org+G2@x"] = "imcea-escape",
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
      ["CCMAIL:postmaster at internet"] = "not-encapsulated",
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

describe("SMTP at a gateway", function()
  local cases = {
    { "NOTES", { domain = "INTERNET" }, "NOTES:kim@a.example@INTERNET" }, -- Q246434
    { "MS", { network = "NET", postoffice = "GW" }, "MS:NET/GW/kim@a.example" },
    { "PCM", { network = "NET", postoffice = "GW" }, "PCM:NET/GW/kim@a.example" },
    { "GWISE", { domain = "D", postoffice = "GW" }, "GWISE:D.GW.kim@a.example" },
    { "GROUPWISE", { domain = "D", postoffice = "GW" }, "GROUPWISE:kim@a.example.GW.D" },
    { "MSMAIL", { server = "GW" }, "MSMAIL:kim@a.example@GW" },
    { "MSA", { server = "GW" }, "MSA:kim@a.example@GW" },
  }

  it("is the mailbox at its place, and comes out as it went in", function()
    for _, case in ipairs(cases) do
      local outer = assert(postoffice.encapsulate("kim@a.example", case[1], case[2]))
      assert.equal(case[3], tostring(outer))
      local inner, shell = postoffice.decapsulate(case[3])
      assert.equal("SMTP:kim@a.example", tostring(inner))
      local place = { type = case[1] }
      for name, value in pairs(case[2]) do place[name] = value end
      assert.same(place, shell)
    end
  end)

  it("is nothing else, and nothing that its type would read otherwise", function()
    for _, case in ipairs(cases) do
      assert.equal("encapsulation-type",
        select(3, postoffice.encapsulate("EX:/o=x", case[1], case[2])))
    end
    assert.is_nil((postoffice.encapsulate("kim@host", "NOTES", { domain = "NET" })))
    assert.is_nil((postoffice.encapsulate("a/b@a.example", "MS",
      { network = "NET", postoffice = "GW" })))
    for _, text in ipairs {
      "NOTES:Kim Lee/Org@NET", "NOTES:kim@a.example", "MS:NET/PO/KIM", "GWISE:D.PO.kim",
      "MSMAIL:kim@a.example", "NOTES:Kim <kim@a.example>@NET",
    } do
      assert.equal("not-encapsulated", select(3, postoffice.decapsulate(text)), text)
    end
  end)

  it("needs all of its place", function()
    for _, case in ipairs(cases) do
      for name in pairs(case[2]) do
        local place = {}
        for other, value in pairs(case[2]) do place[other] = other ~= name and value or nil end
        assert.has_error(function() postoffice.encapsulate("kim@a.example", case[1], place) end,
          ("the option '%s' is missing; it is a string"):format(name))
      end
    end
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

  it("is decoded unless an @ says that nothing is encoded in it", function()
    for text, inner in pairs {
      ["dda:SMTP=johndoe(a)domain.example"] = "johndoe@domain.example", -- Q269589, Q164049
      ["dda:SMTP=first(u)last(A)c.example"] = "first_last@c.example",
      ["dda:RFC-822=first_last@c.example"] = "first_last@c.example", -- Q254725
      ["dda:RFC-822=(q)(300)(q)(a)c.d"] = '"(300)"@c.d', -- three digits of ASCII, else as they are
      ["dda:RFC-822=(q)(321)(128)(q)(a)c.d"] = '"(321)(128)"@c.d',
      ["dda:RFC-822=(q)a(032)(032)b(q)(a)c.d"] = '"a  b"@c.d',
      ["dda:RFC-822=(q)a  b(q)(a)c.d"] = '"a b"@c.d', -- more than one blank is one (Q108732)
      ["dda:RFC-822=a(095)b(126)(a)c.d"] = "a_b~@c.d",
      ["dda:RFC-822=a(09;dda:RFC822C1=5)b(a)c.d"] = "a_b@c.d",
      ["dda:RFC822C1=.d;dda:RFC-822=a(a)c"] = "a@c.d",
      ["dda:RFC-822=(a)relay.co.uk:userb(a)host2"] = "userb@host2", -- RFC 2156 4.3.4
    } do
      local found = assert(postoffice.decapsulate("X400:" .. gateway .. text))
      assert.equal(inner, postoffice.format(found, "native"), text)
    end
    for text, code in pairs {
      ["dda:RFC-822=(q)(200)(q)(a)c.d"] = nil, ["dda:RFC-822=a(000)(a)c.d"] = "control-character",
      ["dda:RFC-822=(a)a..b:u(a)c"] = "route-invalid", ["dda:RFC-822=nobody"] = "domain-missing",
      ["dda:MS=NET/PO"] = "ms-part-missing", ["dda:RFC-822="] = "not-encapsulated",
    } do
      assert.equal(code, select(3, postoffice.decapsulate("X400:" .. gateway .. text)), text)
    end
  end)

  it("keeps what X.400 would drop or take for a code", function()
    for inner, expected in pairs {
      ['"a  b"@c.d'] = { "(q)a(032) b(q)(a)c.d", "(q)a(032) b(q)(a)c.d" },
      ['" "@c.d'] = { "(q) (q)(a)c.d", '" "@c.d' },
      ['"(a)"@c.d'] = { "(q)(l)a(r)(q)(a)c.d", '"(a)"@c.d' },
      ["a_b%c!d@e.f"] = { "a(u)b(p)c(b)d(a)e.f", "a_b%c!d@e.f" },
      ["=a@c.d"] = { "=a(a)c.d", "=a@c.d" },
    } do
      for i, dda in ipairs { "RFC-822", "SMTP" } do
        local place = { c = "us", a = " ", p = "Org", dda1_type = dda }
        local outer = assert(postoffice.encapsulate(inner, "X400", place))
        assert.equal(expected[i], outer.dda1_value, inner)
        local normal = assert(postoffice.normalize(tostring(outer)))
        assert.equal(inner, postoffice.format(postoffice.decapsulate(normal), "native"))
      end
    end
  end)

  it("is encoded in PrintableString outside of Exchange", function()
    for _, syntax in ipairs { "rfc1685", "rfc2156", "msmail" } do
      local place = { c = "us", a = " ", p = "Org", dda1_type = "SMTP", syntax = syntax }
      local outer = assert(postoffice.encapsulate("a_b@c.d", "X400", place))
      assert.equal("a(u)b(a)c.d", outer.dda1_value)
      assert(postoffice.validate(outer))
    end
  end)

  it("has other attributes beside it, and moves them for what goes on", function()
    local place = { c = "us", a = " ", p = "Org", dda1_type = "RFC-822", dda2_type = "GW",
      dda2_value = "one" }
    for _, length in ipairs { 100, 200, 380, 400 } do
      local inner = { type = "SMTP", localpart = ("a"):rep(length), domain = "b" }
      local outer, _, code = postoffice.encapsulate(inner, "X400", place)
      if length == 400 then
        assert.equal("encapsulation-length", code)
      else
        local back, shell = postoffice.decapsulate(outer)
        assert.same(inner, back)
        place.type = "X400"
        assert.same(place, shell)
      end
    end
    local outer = assert(postoffice.encapsulate("a@b", "X400",
      { c = "us", a = " ", dda1_type = "GW", dda1_value = "one" }))
    assert.equal("X400:c=us;a= ;dda:RFC-822=a(a)b;dda:GW=one;", tostring(outer))
    assert.equal("encapsulation-length", select(3, postoffice.encapsulate("a@b", "X400",
      { c = "us", a = " ", dda1_type = "A", dda1_value = "1", dda2_type = "B", dda2_value = "2",
        dda3_type = "C", dda3_value = "3", dda4_type = "D", dda4_value = "4" })))
  end)

  it("is not opened where a second attribute could carry one, too", function()
    for _, text in ipairs {
      "dda:RFC-822=kim(a;dda:RFC822C1=)x.example;dda:RFC822C1=z", -- would be kim@x.examplez next
      "dda:RFC-822=a(a)b;dda:RFC-822=c(a)d", "dda:SMTP=a@b;dda:SMTP=c@d",
      "dda:RFC-822=a(a)b;dda:SMTP=c@d", "dda:SMTP=a@b;dda:rfc-822=c(a)d",
      "dda:SMTP=a@b;dda:RFC822C1=c", "dda:MS=A/B/C;dda:RFC822C1=c", "dda:MS=A/B/C;dda:SMTP=a@b",
      "dda:RFC-822=a(a)b;dda:RFC822C2=c", "dda:RFC-822=a(a)b;dda:RFC822C1=c;dda:RFC822C3=d",
      "dda:MS=A/B/C;dda:MSXCHNGE=/o=A", "dda:x=y;dda:SMTP=a@b;dda:smtp=a@b",
    } do
      local found, _, code = postoffice.decapsulate("X400:" .. gateway .. text)
      assert.is_nil(found, text)
      assert.equal("encapsulation-ambiguous", code, text)
    end
    local text = "X400:c=us;a=x;dda:SMTP=a@b;dda:MS=A/B/C;"
    assert.equal(text:find "A/B/C", (select(4, postoffice.decapsulate(text))))
  end)

  it("is opened beside an empty attribute, which is none (Q145585)", function()
    local found, shell = postoffice.decapsulate("X400:c=us;a=x;dda:RFC-822=a(a)b;dda:SMTP=;dda:x=1")
    assert.equal("SMTP:a@b", tostring(found))
    assert.same({ type = "X400", syntax = "exchange", c = "us", a = "x", dda1_type = "RFC-822",
      dda2_type = "x", dda2_value = "1" }, shell)
  end)

  it("leaves the attributes before and after the domain-defined ones alone", function()
    for _, place in ipairs {
      { pd_service = "SMTP" }, { pd_service = "RFC-822", pd_pn = "b(a)c.example" },
      { net_sub = "1", net_psap = "RFC822C1", pd_service = "SMTP", pd_pn = "a@b" },
      { net_psap = "SMTP", pd_service = "RFC822C1", dda1_type = "RFC-822" },
    } do
      place.c, place.a = "us", " "
      local outer = assert(postoffice.encapsulate("a@c.d", "X400", place))
      local inner, shell = postoffice.decapsulate(outer)
      assert.equal("SMTP:a@c.d", tostring(inner))
      place.type, place.syntax, place.dda1_type = "X400", "exchange", "RFC-822"
      shell.syntax = "exchange"
      assert.same(place, shell)
    end
  end)

  it("is refused by a place that could carry another one, or none", function()
    local function place(fields)
      fields.c, fields.a = "us", " "
      return fields
    end
    for _, case in ipairs {
      { place { dda1_type = "RFC822C1" }, "encapsulation-type" },
      { place { dda1_type = "x" }, "encapsulation-type" },
      { place {}, "address-empty", "<>" },
      { place { dda1_type = "MS" }, "encapsulation-type" },
      { place { dda1_type = "RFC-822", dda2_type = "RFC822C1", dda2_value = "z" },
        "encapsulation-ambiguous" },
      { place { dda1_type = "RFC-822", dda2_type = "rfc-822", dda2_value = "z" },
        "encapsulation-ambiguous" },
      { place { dda1_type = "SMTP", dda2_type = "x", dda2_value = "y", dda3_type = "MSXCHNGE",
        dda3_value = "/o=x" }, "encapsulation-ambiguous" },
      { place { dda1_type = "SMTP", dda1_value = "z" }, "encapsulation-ambiguous" },
      { place { dda1_type = "RFC-822", dda3_type = "x", dda3_value = "y" }, "format-unreadable" },
    } do
      local outer, _, code = postoffice.encapsulate(case[3] or "a@b", "X400", case[1])
      assert.is_nil(outer)
      assert.equal(case[2], code)
    end
  end)

  it("carries ASCII alone, domains as A-labels", function()
    local place = { c = "us", a = " ", p = "Org" }
    if require "postoffice".UNICODE then
      for _, domain in ipairs { "b\195\188cher.x", "B\195\156CHER.X", "bu\204\136cher.x" } do
        local outer = assert(postoffice.encapsulate("kim@" .. domain, "X400", place))
        assert.equal("kim(a)xn--bcher-kva.x", outer.dda1_value)
        assert.is_true(postoffice.equal("kim@" .. domain, (postoffice.decapsulate(outer))))
      end
      assert.equal("domain-label-disallowed",
        select(3, postoffice.encapsulate("kim@\239\188\142x", "X400", place)))
    else
      assert.equal("idn-missing",
        select(3, postoffice.encapsulate("kim@b\195\188cher.x", "X400", place)))
    end
    assert.equal("encapsulation-type",
      select(3, postoffice.encapsulate("m\195\188ller@x", "X400", place)))
    assert.equal("not-encapsulated",
      select(3, postoffice.decapsulate("X400:" .. gateway .. "s=Lee;")))
  end)
end)

describe("MS and EX in X400", function()
  local gateway = "c=us;a= ;p=ORG;o=SITE;"

  it("are DDA:MS (Q177869, Q191947) and DDA:MSXCHNGE (Q159301, Q229728)", function()
    for text, inner in pairs {
      ["C=US;A= ;P=TEST+TEST;DDA:MS=NETWORK/PO/USER"] = "MS:NETWORK/PO/USER",
      [gateway .. "DDA:MS=@NET/PO/USER"] = "MS:@NET/PO/USER",
      ["/c=us/a=mci/p=microsoft/o=pss/dda.type=ms/dda.value=microsoft$/pss$/mailbox"] =
        "MS:microsoft/pss/mailbox",
      [gateway .. "dda:MSXCHNGE=/o=ORG/ou=SITE/cn=Recipients/cn=user;"] =
        "EX:/o=ORG/ou=SITE/cn=Recipients/cn=user",
      ["/c=US/a=ATTMAIL/p=Org/DDA:MSXCHNGE=//o=Org//ou=Site//cn=RECIPIENTS//cn=Mailbox"] =
        "EX:/o=Org/ou=Site/cn=RECIPIENTS/cn=Mailbox",
    } do
      local outer = assert(postoffice.parse("X400:" .. text))
      local found, shell = postoffice.decapsulate(outer)
      assert.equal(inner, tostring(found), text)
      local again = assert(postoffice.encapsulate(found, "X400", shell))
      assert.equal(postoffice.key(outer), postoffice.key(again))
    end
  end)

  it("are made where the place names no other way", function()
    local place = { c = "us", a = " ", p = "ORG" }
    for inner, dda in pairs {
      ["MS:NET/PO/USER"] = "MS=NET/PO/USER", ["EX:/o=O/cn=user"] = "MSXCHNGE=/o=O/cn=user",
      ["EX:/o=O/cn=a_b"] = "MSXCHNGE=/o=O/cn=a_b",
      ["EX:/o=O/cn=a  b"] = "MSXCHNGE=/o=O/cn=a(032) b",
      ["EX:/o=O/cn=a\t_"] = "MSXCHNGE=/o=O/cn=a(009)(u)",
      ["EX:/o=O/cn=a(a)"] = "MSXCHNGE=/o=O/cn=a(l)a(r)",
      ["EX:/o=O/cn=a_(a)"] = "MSXCHNGE=/o=O/cn=a_(a)",
      ["SMTP:a@b"] = "RFC-822=a(a)b",
    } do
      local outer = assert(postoffice.encapsulate(inner, "X400", place))
      assert.equal("X400:c=us;a= ;p=ORG;dda:" .. dda .. ";", tostring(outer))
      assert.equal(inner, tostring(postoffice.decapsulate(outer)))
    end
  end)

  it("is nothing for other types, nor for what is too long", function()
    local place = { c = "us", a = " ", p = "ORG" }
    for inner, code in pairs {
      ["X500:/o=O/cn=user"] = "encapsulation-type", ["PCM:A/B/C"] = "encapsulation-type",
      ["CCMAIL:a at b"] = "encapsulation-type", ["EX:/o=\195\169"] = "encapsulation-type",
      ["EX:/o=" .. ("x"):rep(126)] = "encapsulation-length",
    } do
      assert.equal(code, select(3, postoffice.encapsulate(inner, "X400", place)), inner)
    end
    assert(postoffice.encapsulate("EX:/o=" .. ("x"):rep(125), "X400", place))
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
    x400 "RFC-822", x400 "SMTP", x400 "MS", x400 "MSXCHNGE",
  }
  local INSIDE = { ["RFC-822"] = "SMTP", SMTP = "SMTP", MS = "MS", MSXCHNGE = "EX" }

  --- Whether the shell has to carry it.
  local function is_carried(inner, shell)
    if shell.type == "SMTP" then
      return true
    end
    local text = postoffice.format(inner, "native")
    if shell.type == "CCMAIL" then
      return inner.type == "SMTP"
    end
    return inner.type == INSIDE[shell.dda1_type] and not text:find "[\128-\255]"
  end

  for _, type in ipairs(generate.TYPES) do
    it("is undone by decapsulate, every field of " .. type .. " #slow", function()
      for seed = 1, helper.times(1000) do
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
            assert.is_false(is_carried(inner, shell))
            assert.is_true(code == "encapsulation-type"
              or (inner.domain or ""):find "[\128-\255]" ~= nil, tostring(inner))
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
      { "<>", "CCMAIL", { postoffice = "x" }, "address-empty" }, -- paths, no native text
      { "<>", "SMTP", { domain = "b.example" }, "address-empty" },
      { "<Postmaster>", "SMTP", { domain = "b.example" }, "domain-missing" },
      { "<Postmaster>", "CCMAIL", { postoffice = "x" }, "domain-missing" },
      { "<Postmaster>", "X400", { c = "us", a = "x" }, "domain-missing" },
    } do
      local outer, _, code = postoffice.encapsulate(case[1], case[2], case[3])
      assert.is_nil(outer)
      assert.equal(case[4], code)
    end
  end)

  it("refuses what RFC 5322 alone has: nobody could open it", function()
    local header = { notation = "header" }
    local place = { c = "us", a = " ", p = "Org", syntax = "exchange" }
    for _, case in ipairs {
      { "kim@[x y]", "SMTP", { domain = "gw.example" }, "literal-invalid" },
      { "kim@[x y]", "X400", place, "literal-invalid" },
      { "<@a,,@b:kim@x.example>", "X400", place, "route-invalid" },
      { "<@a . b:kim@x.example>", "X400", place },
    } do
      local inner = assert(postoffice.parse(case[1], header))
      local outer, _, code = postoffice.encapsulate(inner, case[2], case[3])
      assert.equal(case[4], code, case[1])
      assert.equal(not case[4] and inner or nil, outer and postoffice.decapsulate(outer))
    end
  end)

  it("refuses types that carry nothing, known or not", function()
    local strict = require "postoffice"
    for type, code in pairs {
      EX = "encapsulation-type", Fax = "encapsulation-type", FOO = "type-unknown",
      [""] = "type-invalid", ["a b"] = "type-unknown", [("x"):rep(100)] = "type-unknown",
    } do
      local outer, message, actual = strict.encapsulate("a@b.example", type, { postoffice = "x" })
      assert.is_nil(outer)
      assert.equal(code, actual, type)
      assert.equal(strict.message(code), message)
    end
    local _, message = strict.encapsulate("a@b", "SMPT", { domain = "b.example" })
    assert.matches("did you mean SMTP?", message, 1, true)
    assert.equal("encapsulation-type", select(3, postoffice.encapsulate("a@b", "FOO", {})))
    for type, place in pairs { ["x.400"] = { c = "us", a = "x" }, ccmail = { postoffice = "x" } } do
      assert(strict.encapsulate("a@b.example", type, place))
    end
  end)

  it("raises where a programmer is wrong", function()
    for _, case in ipairs {
      { "a@b", "X400", { cc = "x" } }, { "a@b", "SMTP" }, { "a@b", 5, {} },
      { "a@b", "SMTP", {} },
      { "a@b", "SMTP", { postoffice = "x" } }, { "a@b", "SMTP", { domain = 1 } },
    } do
      assert.has_error(function()
        postoffice.encapsulate(case[1], case[2], case[3])
      end)
    end
  end)
end)

describe("an X.400 carrier", function()
  it("keeps its syntax, opened and closed", function()
    for _, syntax in ipairs { "exchange", "rfc1685", "rfc2156", "msmail" } do
      local inner = assert(postoffice.parse "a@b.example")
      local place = { c = "us", a = "x", p = "y", syntax = syntax }
      local outer = assert(postoffice.encapsulate(inner, "X400", place))
      assert.equal(syntax, outer.syntax)
      local opened, shell = postoffice.decapsulate(outer)
      assert.same({ inner, syntax }, { opened, shell.syntax })
    end
  end)
end)
