--- X.400 O/R addresses, in the four syntaxes people write them in.
local postoffice = require "postoffice"
local dialect = require "spec.dialect"
local vectors = require "spec.vectors"

local function exchange(fields)
  fields.syntax = "exchange"
  return fields
end

local function syntax(name, fields)
  fields.syntax = name
  return fields
end

describe("an X.400 address", function()
  it("is label=value; in Exchange, a blank ADMD one space (Q116466, xgsac003)", function()
    dialect.reads("X400", {
      { "c=US;a=WGA;p=PSS;o=Microsoft;g=JohnS;s=Smith;i=JS",
        exchange { c = "US", a = "WGA", p = "PSS", o = "Microsoft", g = "JohnS", s = "Smith",
          i = "JS" } },
      { "g=Bill;s=Lee;cn=Bill Lee;o=NAmericaW;p=fab;a= ;c=US;",
        exchange { g = "Bill", s = "Lee", cn = "Bill Lee", o = "NAmericaW", p = "fab", a = " ",
          c = "US" } },
      { "c=us;a=;p=fab", exchange { c = "us", a = " ", p = "fab" } },
      { "c=us; a= ; ou=One", exchange { c = "us", a = " ", ou1 = "One" } },
      { "c=us;a=x;ou1=One;ou2=Two", exchange { c = "us", a = "x", ou1 = "One", ou2 = "Two" } },
      { "c=us;a=x;o=P/Q", exchange { c = "us", a = "x", o = "P/Q" } },
      { "C=FR;A=X;P=Y", exchange { c = "FR", a = "X", p = "Y" } },
    })
  end)

  it("is LABEL=value; in RFC 1685, the country last", function()
    dialect.reads("X400", {
      { "G=john; S=smith; O=a bank ltd; P=abl; A=snomail; C=aq",
        syntax("rfc1685", { g = "john", s = "smith", o = "a bank ltd", p = "abl", a = "snomail",
          c = "aq" }) },
      { "X.400: S=smith; A=snomail; C=aq",
        syntax("rfc1685", { s = "smith", a = "snomail", c = "aq" }) },
      { "/g=per/s=hansen/a=telemax/c=no",
        syntax("rfc1685", { g = "per", s = "hansen", a = "telemax", c = "no" }) },
      { "S=smith; P=abl; C=aq", syntax("rfc1685", { s = "smith", p = "abl", a = " ", c = "aq" }) },
    })
  end)

  it("is /LABEL=value/ in RFC 2156, in either order", function()
    dialect.reads("X400", {
      { "/G=Andy/S=Wharol/O=MMNY/ADMD=ATT/C=us/",
        syntax("rfc2156", { g = "Andy", s = "Wharol", o = "MMNY", a = "ATT", c = "us" }) },
      { "/G=Andy;S=Wharol/ADMD=ATT;C=us/",
        syntax("rfc2156", { g = "Andy", s = "Wharol", a = "ATT", c = "us" }) },
      { "/S=Rose/C=US/", syntax("rfc2156", { s = "Rose", a = " ", c = "US" }) },
      { "/OU=low/OU=high/O=org/", syntax("rfc2156", { ou1 = "high", ou2 = "low", o = "org" }) },
      { "/C=us/ADMD=x/O=org/OU=high/OU=low/",
        syntax("rfc2156", { c = "us", a = "x", o = "org", ou1 = "high", ou2 = "low" }) },
      { "/DD.a=1/DD.b=2/O=org/",
        syntax("rfc2156", { dda1_type = "b", dda1_value = "2", dda2_type = "a", dda2_value = "1",
          o = "org" }) },
    })
  end)

  it("has dda.type= and dda.value= in MS Mail, and no slash at the end (Q177869)", function()
    dialect.reads("X400", {
      { "/c=us/a=mci/dda.type=ms/dda.value=microsoft$/pss$/mailbox",
        syntax("msmail", { c = "us", a = "mci", dda1_type = "ms",
          dda1_value = "microsoft/pss/mailbox" }) },
      { "/c=US/a=TELENET/p=ABC/o=P$/Q",
        syntax("msmail", { c = "US", a = "TELENET", p = "ABC", o = "P/Q" }) },
      { "/C=us/ADMD=mci/PN=JohnDoe", syntax("msmail", { c = "us", a = "mci", s = "JohnDoe" }) },
    })
  end)

  it("doubles the delimiter inside a value, or writes a $ before it", function()
    dialect.reads("X400", {
      { "c=us;o=a;;bank", exchange { c = "us", o = "a;bank" } },
      { "c=us;o=a;;;s=b", exchange { c = "us", o = "a;", s = "b" } },
      { "/O=a//b/C=us/", syntax("rfc1685", { o = "a/b", c = "us" }) },
      { "/O=a$/b$$$=/S=c/", syntax("rfc2156", { o = "a/b$=", s = "c" }) },
      { "c=us;dda:a==b=c=d", exchange { c = "us", dda1_type = "a=b", dda1_value = "c=d" } },
    })
  end)

  it("has attributes under many labels", function()
    local labels = {
      a = { "A", "ADMD", "admd" }, p = { "P", "PRMD" }, q = { "Q", "GQ" },
      x121 = { "X121", "X.121" }, n_id = { "N-ID", "UA-ID", "ua-id" }, t_id = { "T-ID" },
      net_num = { "ISDN", "NET-NUM", "E.164" }, net_psap = { "PSAP", "NET-PSAP" },
      pd_service = { "PD-SN", "PD-SERVICE" }, pd_code = { "PD-PC", "PD-CODE" },
      pd_office_num = { "PD-OFN", "PD-OFFICE-NUM", "PD-OFFICE NUMBER" },
      pd_street = { "PD-S", "PD-STREET" }, pd_ext_delivery = { "PD-ED", "PD-EXT-DELIVERY" },
    }
    for field, spellings in pairs(labels) do
      for _, label in ipairs(spellings) do
        dialect.reads("X400", {
          { "s=x;" .. label .. "=12", exchange { s = "x", [field] = "12" } },
        })
      end
    end
  end)

  it("has domain-defined attributes in every spelling", function()
    local function smtp(text)
      return { text, exchange { c = "us", dda1_type = "SMTP", dda1_value = "a@b" } }
    end
    dialect.reads("X400", {
      smtp "c=us;dda:SMTP=a@b", smtp "c=us;DDA:SMTP=a@b", smtp "c=us;dda=SMTP:a@b",
      smtp "c=us;dda.type=SMTP;dda.value=a@b", smtp "c=us;dt=SMTP;dv=a@b", smtp "c=us;dd.SMTP=a@b",
      smtp "c=us;dd1.SMTP=a@b",
      { "c=us;rfc-822=a(a)b", exchange { c = "us", dda1_type = "rfc-822", dda1_value = "a(a)b" } },
      { "c=us;dda:a/b/c=A/B/C", exchange { c = "us", dda1_type = "a/b/c", dda1_value = "A/B/C" } },
      { "c=us;dda:x=1;dda:x=2", exchange { c = "us", dda1_type = "x", dda1_value = "1",
        dda2_type = "x", dda2_value = "2" } },
    })
  end)

  it("takes personal names and postal addresses apart (RFC 2156 4.1)", function()
    dialect.reads("X400", {
      { "/PN=Rose/", syntax("rfc2156", { s = "Rose" }) },
      { "/PN=M.T.Rose/", syntax("rfc2156", { i = "MT", s = "Rose" }) },
      { "/PN=Marshall.M.T.Rose/GQ=Jr/",
        syntax("rfc2156", { g = "Marshall", i = "MT", s = "Rose", q = "Jr" }) },
      { "/PD-ADDRESS=The Dome|The Square|Richmond/PD-C=GB/",
        syntax("rfc2156", { pd_a1 = "The Dome", pd_a2 = "The Square", pd_a3 = "Richmond",
          pd_c = "GB" }) },
    })
  end)

  it("is refused with the code of what is wrong and its place", function()
    dialect.refuses("X400", {
      { ";;;", "x400-label-missing", 1 },
      { "/", "x400-label-missing", 2 },
      { "c=us;a=x;John Smith", "x400-label-missing", 10 },
      { "c=us;=x", "x400-label-missing", 6 },
      { "/C=CH/A=400NET/G=URS / F/S=MUELLER", "x400-label-missing", 24 },
      { "c=us;foo=bar", "x400-label-unknown", 6 },
      { "c =us", "x400-label-unknown", 1 },
      { "/O=a$", "x400-dollar", 5 },
      { "c=us;c=gb", "x400-attribute-twice", 6 },
      { "ou=1;ou=2;ou=3;ou=4;ou=5", "x400-attribute-many", 21 },
      { "dda:1=;dda:2=;dda:3=;dda:4=;dda:5=", "x400-attribute-many", 29 },
      { "/OU=low/OU1=one/", "x400-attribute-mixed", 9 },
      { "/PN=Rose/G=Marshall/", "x400-attribute-mixed", 10 },
      { "/PD-ADDRESS=The Dome/PD-A1=Other/", "x400-attribute-mixed", 22 },
      { "c=us;dda=SMTP", "x400-dda-type", 6 },
      { "c=us;dda.value=x", "x400-dda-pair", 6 },
      { "c=us;dda.type=x", "x400-dda-pair", 16 },
      { "dda.type=x;c=us;dda.value=y", "x400-dda-pair", 12 },
      { "dda.type=x;dda:z=;dda.value=y", "x400-dda-pair", 12 },
      { "c=us;dda:=x", "x400-dda-type", 6 },
      { "c=us;dda.type=;dda.value=x", "x400-dda-type", 16 },
      { "s=;dda=;g= ", "address-empty", 1 },
      { "/PN=Jo. .Rose/", "x400-personal-name", 2 },
      { "/PN=Rose./", "x400-personal-name", 2 },
      { "/PN=..Rose/", "x400-personal-name", 2 },
      { "c=us;s=a\nb", "control-character", 9 },
    })
  end)

  it("holds values to their bounds (Q145933, Q118563)", function()
    local bounds = { a = 16, p = 16, o = 64, cn = 64, ou1 = 32, s = 40, g = 16, i = 5, q = 3 }
    for label, bound in pairs(bounds) do
      local text = ("c=us;s=x;a=x;%s="):format(label):gsub(label .. "=x;", "")
      if label ~= "a" and label ~= "s" then
        dialect.judges("X400", {
          { text .. ("y"):rep(bound) },
          { text .. ("y"):rep(bound + 1), "x400-value-length", #text + bound + 1 },
        })
      end
    end
    local dda = "c=us;a=x;dda:%s=%s"
    dialect.judges("X400", {
      { dda:format("TYPE5678", ("y"):rep(128)) },
      { dda:format("TYPE56789", "y"), "x400-value-length", 22 },
      { dda:format("TYPE5678", ("y"):rep(129)), "x400-value-length", 151 },
    })
  end)

  it("holds values to PrintableString and its kinds (Q118563)", function()
    dialect.judges("X400", {
      { "c=us;a=x;o=abc DEF 0123456789 ' ( ) + , - . / : = ?" },
      { "c=us;a=x;o=a@b", "x400-value-character", 13 },
      { "c=us;a=x;o=a*b", "x400-value-character", 13 },
      { "CN=yen*{165};C=US" },
      { "c=us;a=x;dda:SMTP=first_last@domain.com" },
      { "c=us;a=x;dda:SMTP=first(u)last(a)domain.com" },
      { "c=us;a=x;dda:SMTP=first(u)last@domain.com", "x400-dda-mixed", 31, "note" },
      { "S=x;DDA:SMTP=a@b;C=us", "x400-value-character", 15 },
      { "c=usa;a=x;s=y", "x400-country", 3 },
      { "c=u;a=x;s=y", "x400-country", 3 },
      { "c=840;a=x;s=y" },
      { "c=us;a=x;x121=12a", "x400-value-digits", 17 },
      { "c=us;a=x;n-id=12a", "x400-value-digits", 17 },
      { "c=us;a=x;t-ty=G3Fax" },
      { "c=us;a=x;t-ty=modem", "x400-terminal", 15 },
      { "c=us;a=x;s=y;g=", "x400-value-empty", 16 },
      { "c=us;a=x;s=y;ou2=two", "x400-unit-gap", 18 },
    })
  end)

  it("has in Exchange a country, an ADMD and a name, a surname with g, i, q (xgsac003)", function()
    dialect.judges("X400", {
      { "a=x;s=y", "x400-country-missing", 1 },
      { "c=us;s=y", "x400-admd-missing", 1 },
      { "c=us;a=x", "x400-name-missing", 1 },
      { "c=us;a=x;g=y", "x400-surname-missing", 1 },
      { "c=us;a= ;p=y" },
      { "G=y; C=us" },
    })
  end)

  it("is written in the syntax it was read in, or any other", function()
    dialect.writes("X400", {
      { "C=US;A= ;P=Org;OU=b;G=x;S=y", "c=US;a= ;p=Org;ou1=b;s=y;g=x;" },
      { "c=us;a=x;o=a;;b", "c=us;a=x;o=a;;b;" },
      { "C=aq;a=snomail", "c=aq;a=snomail;" },
      { "S=smith; OU1=u; OU2=v; C=aq", "S=smith; OU1=u; OU2=v; C=aq" },
      { "/C=us/ADMD=x/OU=high/OU=low/DD.a=1/S=y/", "/DD.a=1/S=y/OU=low/OU=high/ADMD=x/C=us/" },
      { "/c=us/o=a$/b", "/c=us/o=a$/b" },
      { "/c=us/o=$ a$ /s=b", "/c=us/o=a/s=b" },
      { "/OU2=low/C=us/", "/OU2=low/ADMD= /C=us/" },
      { "/PD-A2=a/PD-A3=b|c/", "/PD-A2=a/PD-A3=b|c/" },
      { "/PD-A1=a/PD-A3=b/", "/PD-A1=a/PD-A3=b/" },
      { "c=us;dd3.x=1;dd2.y=2", "c=us;dda:y=2;dda:x=1;" },
      { "c=us;dda=SMTP:=@b", "c=us;dda:SMTP= =@b;" },
      { "/dda.type=a/dda.value=1/dda.type=b/dda.value= =c",
        "/dda.type=a/dda.value=1/dda.type=b/dda.value= =c" },
    })
    local function as(name)
      return (postoffice.format({ type = "X400", syntax = name, c = "us", a = " ", p = "P/Q",
        ou1 = "one", ou2 = "two", s = "Lee", dda1_type = "SMTP", dda1_value = "a=b" }, "native"))
    end
    assert.equal("c=us;a= ;p=P/Q;ou1=one;ou2=two;s=Lee;dda:SMTP=a=b;", as(nil))
    assert.equal(as(nil), as "exchange")
    assert.equal("DDA:SMTP=a=b; S=Lee; OU1=one; OU2=two; P=P/Q; A= ; C=us", as "rfc1685")
    assert.equal("/DD.SMTP=a$=b/S=Lee/OU=two/OU=one/PRMD=P$/Q/ADMD= /C=us/", as "rfc2156")
    assert.equal("/c=us/a= /p=P$/Q/ou1=one/ou2=two/s=Lee/dda.type=SMTP/dda.value=a=b",
      as "msmail")
  end)

  it("is not written where it could not be read back", function()
    dialect.withholds("X400", {
      {}, { c = "us", syntax = "mail" }, { c = " us" }, { c = "us", s = "a\nb" },
      { c = "us", dda1_value = "x" }, { c = "us", dda2_type = "a", dda2_value = "x" },
      { c = "us", a = "" },
    })
  end)

  it("is one mailbox in every syntax, letter case and spacing, the ADMD blank or not there",
    function()
      dialect.equals("X400", {
        { "c=us;a= ;p=Org;s=Lee;g=Bill", "/G=bill/S=LEE/PRMD=org/C=US/", true },
        { "c=us;p=Org;s=Van  Der Lee", "S=van der lee; P=org; C=us", true },
        { "c=us;a=x;s=y;g=;ou=", "c=us;a=x;s=y", true },
        { "c=us;a=x;dda:SMTP=a@b", "/c=us/a=x/dda.type=smtp/dda.value=A@B", true },
        { "c=us;a=x;s=y", "c=us;a=z;s=y", false },
        { "c=us;dda:x=1;dda:y=2", "c=us;dda:y=2;dda:x=1", false },
        { "c=us;o=a;;s=b", "c=us;o=a;s=b", false },
      })
    end)

  it("is preferred without what is empty (Q145585)", function()
    dialect.normalizes("X400", {
      { "c=US;ADMD=;PRMD=MICROSOFT;S=User1;G=;I=;O=SiteName;OU=;OU=;DDA.TYPE=;DDA.VALUE=",
        "c=US;a= ;p=MICROSOFT;o=SiteName;s=User1;" },
      { "c=us;a=x;s=Van  Der   Lee", "c=us;a=x;s=Van Der Lee;" },
    })
  end)

  it("may be a one-off under X.400, too (Q89410), and hold colons (Q257678)", function()
    local address = postoffice.parse "[X.400:/C=us/ADMD=mci/PRMD=widgits/PN=JohnDoe]"
    assert.equal("X400:/c=us/a=mci/p=widgits/s=JohnDoe", tostring(address))
    address = assert(postoffice.parse "[X400: c=fr; a=atlas; dda:rfc-822=u@hotmail.com]")
    assert.equal("u@hotmail.com", address.dda1_value)
    address = assert(postoffice.parse "[X400:c=us;dda\\:EMS=TEST]") -- Q241365
    assert.equal("EMS", address.dda1_type)
  end)
end)

-- Vectors.

local NAMES = { admd = "a", prmd = "p", gq = "q", ["ua-id"] = "n_id", ["pd-pc"] = "pd_code" }

local function field_of(label)
  return NAMES[label:lower()] or (label:lower():gsub("-", "_"))
end

--- Whether the text is an address, sound but for what Exchange asks for.
local function sound(text)
  local address, _, code = postoffice.parse(text, { type = "X400", notation = "native" })
  if not address then
    return nil, code
  end
  address.syntax = "rfc2156"
  local valid, _, why = postoffice.validate(address)
  return valid and address or nil, why
end

--- Compares an attribute as a corpus has it, a list where it may be several.
local function compare(address, label, value, where)
  if label == "OU" then
    for i, unit in ipairs(value) do
      assert.equal(unit, address["ou" .. i], where)
    end
  elseif label == "DDA" then
    for i, pair in ipairs(value) do
      assert.equal(pair[1], address["dda" .. i .. "_type"], where)
      assert.equal(pair[2], address["dda" .. i .. "_value"], where)
    end
  elseif label == "PD-ADDRESS" then
    for i, text in ipairs(value) do
      assert.equal(text, address["pd_a" .. i], where)
    end
  else
    local field = field_of(label)
    local is = address[field]
    if field == "c" then -- in upper case in the corpus
      value, is = value:lower(), is:lower()
    end
    assert.equal(value, is, where)
  end
end

--- Rows of the corpus that we read otherwise: the two RFCs read one text in
-- two ways, and we read whatever either of them does.
local otherwise = {
  ["x400-12"] = "mixed delimiters are RFC 2156's, which reads two attributes",
  ["x400-13"] = "a $ quotes, as in RFC 2156; it is no PrintableString character",
  ["x400-31"] = "a doubled slash is one, as in RFC 1685",
  ["x400-45"] = "teletex characters stay as they are written (CN=yen*{165})",
}

local function is_address(row)
  return row.fn == "rfc1685" or row.fn == "rfc2156" or row.fn == "exchange-wild"
end

describe("the X.400 corpus", function()
  vectors.with_corpus(it, "x400", "is read as it says", function(rows)
    for _, row in ipairs(rows) do
      if is_address(row) and not otherwise[row.id] then
        local text = row.input:gsub("^X400:", "")
        local address = postoffice.parse(text, { type = "X400", notation = "native" })
        if row.expected.valid == false then
          assert.is_nil((sound(text)), row.id)
        end
        for label, value in pairs(row.expected.attrs or {}) do
          compare(assert(address, row.id), label, value, row.id)
        end
      end
    end
  end)

  vectors.with_corpus(it, "x400", "is written by RFC 2156, its ADMD blank", function(rows)
    for _, row in ipairs(rows) do
      if row.fn == "rfc2156-roundtrip" then
        local address = assert(postoffice.parse(row.input, { type = "X400", notation = "native" }))
        local text = postoffice.format(address, "native")
        assert.equal(row.expected.roundtrip or text, text)
        assert(text:find(row.expected.format_contains or "", 1, true), text)
      end
    end
  end)

  vectors.with_corpus(it, "x400", "reads the personal names of RFC 2156", function(rows)
    for _, row in ipairs(rows) do
      if row.fn == "encoded-pn" then
        local address = sound("/PN=" .. row.input .. "/")
        assert.equal(row.expected.valid, address ~= nil, row.id)
        for label, value in pairs(row.expected.attrs or {}) do
          compare(address, label, value, row.id)
        end
      end
    end
  end)

  vectors.with_corpus(it, "x400", "becomes Exchange's form from MS Mail's (Q177869)", function(rows)
    for _, row in ipairs(rows) do
      if row.fn == "exchange-convert" then
        local address = assert(postoffice.parse(row.input, { type = "X400", notation = "native" }))
        address.syntax = "exchange"
        assert.equal(row.expected.semicolon_form .. ";", (postoffice.format(address, "native")))
      end
    end
  end)
end)

describe("the corpus of old networks", function()
  vectors.with_corpus(it, "legacy_networks", "has X.400 addresses in local parts", function(rows)
    local count = 0
    for _, row in ipairs(rows) do
      for _, form in ipairs(row.expected.internet_forms or {}) do
        local text = form:match '^"?(/.-/)"?@' or form:match "^/.*/$"
        if text then
          local address = assert(postoffice.parse(text, { type = "X400", notation = "native" }))
          assert.equal("rfc2156", address.syntax)
          assert(address.s or address.dda1_type, row.id)
          count = count + 1
        end
      end
    end
    assert(count > 4, count)
  end)
end)

describe("the X.400 vectors", function()
  local function parse(text)
    return assert(postoffice.parse(text, { type = "X400", notation = "native" }))
  end

  local function reads(input, expected)
    local address = parse(input)
    for _, pair in ipairs(expected.attrs or {}) do
      compare(address, pair[1], pair[2], input)
    end
    compare(address, "DDA", expected.dda or {}, input)
  end

  it("hold", function()
    dialect.holds("x400.parse.exchange", reads)
    dialect.holds("x400.parse.f401", reads)
    dialect.holds("x400.parse.msmail", reads)
    dialect.holds("x400.repair", reads)
    dialect.holds("x400.invalid", function(input)
      assert.is_nil((postoffice.parse(input, { type = "X400", notation = "native" })))
    end)
    dialect.holds("x400.convert.msmail", function(input, expected)
      local address = parse(input)
      address.syntax = expected.to
      assert.equal(expected.result .. ";", (postoffice.format(address, "native")))
    end)
  end)

  it("hold of limits and characters", function()
    local fields = { nid = "n_id", tid = "t_id", ou = "ou1", dda_type = "dda1_type",
      dda_value = "dda1_value" }
    dialect.holds("x400.limits", function(_, expected)
      for name, bound in pairs(expected) do
        local field = fields[name] or name
        for _, length in ipairs(type(bound) == "number" and name ~= "ou_count"
          and name ~= "dda_count" and { bound, bound + 1 } or {}) do
          local address = { type = "X400", c = "us", a = "x", o = "y", s = "z",
            dda1_type = "t", dda1_value = "v" }
          address[field] = ("1"):rep(length)
          local _, findings = postoffice.diagnose(assert(postoffice.format(address)))
          local long = findings[1] and findings[1].severity == "error"
          assert.equal(length > bound, long or false, name)
        end
      end
    end)
    dialect.holds("x400.charset", function(input, expected)
      local text = "c=us;a=x;o="
      for c in input:gmatch "." do
        local bad = false
        for _, b in ipairs(expected.bad or {}) do
          bad = bad or b == c
        end
        local valid = postoffice.validate(text .. c .. "x", { type = "X400", notation = "native" })
        assert.equal(not bad, valid, c)
      end
    end)
    dialect.holds("x400.lint", function(input, expected)
      local grade = postoffice.diagnose(input, { type = "X400", notation = "native" })
      assert.equal(expected.warn and "unusual" or "limits", grade, expected.warn or expected.why)
    end, {
      -- The article's own text has DA.TYPE= for one DDA.TYPE=; it is no label of ours.
      ["c=US;ADMD=;PRMD=MICROSOFT;S=User1;G=;I=;O=SiteName;OU=;OU=;DDA.TYPE=;DDA.VALUE=;"
        .. "DA.TYPE=;DDA.VALUE="] = true,
    })
  end)
end)

-- Properties.

local SYNTAXES = { "exchange", "rfc1685", "rfc2156", "msmail" }
local FIELDS = { "c", "a", "p", "o", "cn", "s", "g", "i", "q", "x121", "n_id", "t_ty", "net_num",
  "pd_service", "pd_a1", "pd_street", "pd_c" }

local function generated(random)
  local text = "abcXYZ019 ()/;=$'+,-.:?@_|"
  local address = { type = "X400", syntax = SYNTAXES[random(4)] }
  for _ = 1, random(5) do
    address[FIELDS[random(#FIELDS)]] = dialect.word(random, text, 12)
  end
  for i = 1, random(4) - 1 do
    address["ou" .. i] = dialect.word(random, text, 8)
  end
  for i = 1, random(3) - 1 do
    address["dda" .. i .. "_type"] = dialect.word(random, text, 6)
    address["dda" .. i .. "_value"] = dialect.word(random, text, 20)
  end
  return address
end

describe("X.400 addresses", function()
  it("are read back as they were written, in every syntax", function()
    local written = dialect.round_trips(2000, generated)
    assert(written > 1000, written)
  end)

  it("do no harm, whatever they hold", function()
    dialect.survives("X400", 3000, {
      ";", "/", "=", "$", "==", "//", ";;", "c=", "us", "A=", " ", "OU=", "ou1=", "dda:", "DD.",
      "dda=", "dda.type=", "dda.value=", "PN=", ".", "|", "PD-ADDRESS=", "X.400:", "c=us;", "/S=x/",
      "ou4=",
    })
  end)
end)
