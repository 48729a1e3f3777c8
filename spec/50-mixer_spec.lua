local generate = require "spec.generate"
local helper = require "spec.helper"
local mixer = require "postoffice.mixer"
local postoffice = require "postoffice"
local vectors = require "spec.vectors"

--- Labels of the RFC for our fields, as the vectors write them.
local FIELDS = { C = "c", ADMD = "a", PRMD = "p", O = "o", OU = "ou1", S = "s", G = "g", I = "i",
  GQ = "q" }

--- Expects nil, a sentence and the code.
local function refused(code, value, message, actual)
  assert.is_nil(value)
  assert.equal(code, actual)
  assert.equal(postoffice.message(code), message)
end

local each = vectors.each(it)

--- Checks every row of a function of the corpus of O/R addresses.
local function each_of_corpus(fn, check)
  vectors.with_corpus(it, "x400", "holds the corpus of " .. fn, function(rows)
    for _, row in ipairs(rows) do
      if row.fn == fn then
        check(row)
      end
    end
  end)
end

local function native(address) return postoffice.format(address, "native") end

--- The attributes of an address, without what belongs to its notation. The
-- case of a domain-defined attribute's type means nothing.
local function attributes(address)
  local fields = {}
  for name, value in pairs(address) do
    if name ~= "type" and name ~= "syntax" then
      fields[name] = name:find "^dda._type$" and value:lower() or value
    end
  end
  return fields
end

local function same(expected, address)
  assert.same(attributes(assert(postoffice.parse("X400:" .. expected))), attributes(address))
end

describe("PrintableString", function()
  each("mixer.ps.encode", function(input, expected)
    assert.equal(expected.ps, mixer.encode(input))
  end)

  each("mixer.ps.decode", function(input, expected)
    assert.equal(expected.ascii, mixer.decode(input))
  end)

  each_of_corpus("ps-encode", function(row)
    assert.equal(row.expected.ps, mixer.encode(row.input))
  end)

  each_of_corpus("ps-decode", function(row)
    -- PP calls a bracket that begins no code an error; RFC 2156 3.4 keeps it.
    if not row.expected.error then
      assert.equal(row.expected.ascii, mixer.decode(row.input))
    end
  end)

  it("carries every ASCII character", function()
    for byte = 0, 127 do
      local encoded = mixer.encode(string.char(byte))
      assert.truthy(encoded:find "^[A-Za-z0-9 '()+,%-./:=?]+$")
      assert.equal(string.char(byte), mixer.decode(encoded))
    end
    refused("mixer-character", mixer.encode "\195\169")
  end)

  it("encodes the blanks that X.400 would drop", function()
    assert.equal("(032)a(032)(032) b c(032)", mixer.encode " a   b c ")
    assert.equal("(032)", mixer.encode " ")
    assert.equal("", mixer.encode "")
  end)

  it("keeps brackets that are no code", function()
    for _, text in ipairs {
      "(", "(x)", "(12)", "(0a1)", "(01/)", "(:01)",
      "(128)", "(999)", "(a", "a)", "((", "(1234", "xa)", "x064)",
    } do
      assert.equal(text, mixer.decode(text))
    end
    assert.equal("(@", mixer.decode "((a)")
    assert.equal("\127", mixer.decode "(127)")
  end)
end)

describe("a name that is one word", function()
  each("mixer.encoded_pn", function(input, expected)
    local name = assert(mixer.read_name(input))
    assert.same({ g = expected.given, i = expected.initials, s = expected.surname }, name)
    assert.equal(input, mixer.write_name(name))
  end)

  each_of_corpus("encoded-pn", function(row)
    local name = mixer.read_name(row.input)
    if row.expected.valid then
      local attrs = row.expected.attrs
      assert.same({ g = attrs.G, i = attrs.I, s = attrs.S }, name)
    else
      assert.is_nil(name)
    end
  end)

  each_of_corpus("format-pn", function(row)
    local data = row.data
    local text = mixer.write_name { g = data.G, i = data.I, s = data.S, q = data.GQ }
    local is_word = not row.expected.format:find "="
    assert.equal(is_word and row.expected.format or nil, text)
  end)

  it("is told apart as the RFC says (4.1.2)", function()
    assert.same({ g = "Marshall", s = "Rose" }, mixer.read_name "Marshall.Rose")
    assert.same({ s = "Rose" }, mixer.read_name "Rose")
    assert.same({ i = "J", s = "St.Claire" }, mixer.read_name "J.St.Claire")
    assert.same({ s = "R" }, mixer.read_name "R")
    for _, text in ipairs {
      "", ".", "Rose.", "M.T.", "..Rose", "M..Rose", "a@b", " Rose", "Jo. Rose",
    } do
      refused("mixer-name", mixer.read_name(text))
    end
  end)

  it("is written only where it reads back", function()
    for _, name in ipairs {
      {}, { g = "Kim" }, { g = "M", s = "Rose" }, { g = "A.B", s = "Rose" },
      { i = "1", s = "Rose" }, { s = "R.ose" }, { s = "" }, { s = "a_b" },
      { g = "Kim ", s = "Lee" }, { s = "Rose", q = "Jr" },
    } do
      refused("mixer-name", mixer.write_name(name))
    end
    assert.equal("J.St.Claire", mixer.write_name { i = "J", s = "St.Claire" })
  end)
end)

describe("a table of rules", function()
  each("mixer.mcgam.parse", function(input, expected)
    local rule = assert(mixer.table(input)).rules[1]
    assert.equal(expected.domain, rule.domain)
    assert.same(expected.attrs, rule.attributes)
  end)

  local WHOLE = [[
# RFC 2156, Appendix F
AC.UK#PRMD$UK\.AC.ADMD$GOLD 400.C$GB#
XEROX.COM#O$Xerox.ADMD$ATT.C$US#
GMD.DE#O$@.PRMD$GMD.ADMD$DBP.C$DE#

PRMD$UK\.AC.ADMD$GOLD 400.C$GB#AC.UK#
]]

  it("is read with comments, blank lines and any end of line", function()
    for _, text in ipairs { WHOLE, (WHOLE:gsub("\n", "\r\n")), (WHOLE:gsub("\n$", "  ")) } do
      assert.equal(4, #assert(mixer.table(text)).rules)
    end
    assert.same({}, assert(mixer.table "").rules)
    assert.same({}, assert(mixer.table "# only this").rules)
  end)

  it("says where it is wrong", function()
    local function wrong(code, line)
      local rules, message, actual, position = mixer.table(WHOLE .. line .. "\nX#C$X#")
      refused(code, rules, message, actual)
      assert.equal(#WHOLE + 1, position)
    end
    for _, line in ipairs { "x", "a.b#C$GB", "a.b#c.d#", "C$GB#O$x#", "a.b#C$#", "a_b#C$GB#",
      "a.b#C$GB#x" } do
      wrong("mcgam-line", line)
    end
    for _, line in ipairs { "a.b#X$y.C$GB#", "a.b#O$x#", "a.b#C$GB.C$FR#", "a.b#S$x.C$GB#",
      "a.b#OU$1.OU$2.OU$3.OU$4.OU$5.C$GB#", "a.b#C$@#" } do
      wrong("mcgam-attributes", line)
    end
  end)

  it("holds one way unless it is symmetric", function()
    local text = "Widget.COM#O$Widget.ADMD$BTT.C$TC#"
    local options = { mcgam = assert(mixer.table(text)) }
    refused("mixer-gateway-missing", mixer.domain("X400:c=TC;a=BTT;o=Widget;s=x;", options))
    options.mcgam = assert(mixer.table(text .. "\nO$Other.ADMD$BTT.C$TC#Widget.COM#",
      { symmetric = true }))
    assert.equal("Widget.COM", mixer.domain("X400:c=TC;a=BTT;o=Widget;s=x;", options))
    assert.equal("Widget.COM", mixer.domain("X400:c=TC;a=BTT;o=Other;s=x;", options))
    assert.equal("Widget", mixer.attributes("Widget.COM", options).o)
  end)

  it("is searched for the longest match, in any case", function()
    local options = { mcgam = "COM#ADMD$x.C$US#\nB.COM#PRMD$b.ADMD$x.C$US#\nA.B.COM#C$FR#" }
    local function found(domain, expected)
      assert.same(expected, mixer.attributes(domain, options))
    end
    found("com", { c = "US", a = "x" })
    found("C.com", { c = "US", a = "x", p = "C" })
    found("b.Com", { c = "US", a = "x", p = "b" })
    found("d.c.b.com", { c = "US", a = "x", p = "b", o = "c", ou1 = "d" })
    found("a.b.com", { c = "FR", a = " " })
    found("ab.com", { c = "US", a = "x", p = "ab" })
    refused("mixer-gateway-missing", mixer.attributes("a.de", options))
    refused("mixer-gateway-missing", mixer.attributes(("a."):rep(7) .. "com", options))
  end)

  it("leaves out the levels that are written @", function()
    local fields = mixer.attributes("ZI.HNE.GMD.DE", { mcgam = WHOLE })
    assert.same({ c = "DE", a = "DBP", p = "GMD", ou1 = "HNE", ou2 = "ZI" }, fields)
    local rules = assert(mixer.table(WHOLE, { symmetric = true }))
    assert.equal("ZI.HNE.GMD.DE", mixer.domain("X400:c=de;a=dbp;p=gmd;ou1=HNE;ou2=ZI;s=x;",
      { mcgam = rules }))
    refused("mixer-gateway-missing", mixer.domain("X400:c=de;a=dbp;p=gmd;o=x;s=x;",
      { mcgam = rules }))
  end)
end)

-- The RFC's own (4.3.1).
local WIDGET = assert(mixer.table("Widget.COM#O$Widget.ADMD$BTT.C$TC#", { symmetric = true }))

--- The name of the X.400 field where the vectors have a row of several.
local function expected_fields(list)
  local fields = {}
  for _, pair in ipairs(list) do
    fields[FIELDS[pair[1]]] = pair[2]
  end
  return fields
end

describe("to_x400", function()
  each("mixer.822_to_or", function(input, expected)
    if expected.domain_attrs then
      assert.same(expected_fields(expected.domain_attrs),
        mixer.attributes(input, { mcgam = expected.mcgam }))
    elseif expected.attrs then
      local address, how = mixer.to_x400(input, { mcgam = expected.mcgam })
      assert.same(expected_fields(expected.attrs), attributes(address))
      assert.equal("mapped", how)
    else
      local address, how = mixer.to_x400(input, { gateway = "X400:" .. expected.gateway })
      same(expected.result, address)
      assert.equal("carried", how)
    end
  end)

  each("mixer.822_to_or.mcgam", function(input, expected)
    local address, how = mixer.to_x400(input, { mcgam = expected.mcgam })
    local fields = attributes(address)
    for _, pair in ipairs(expected.attrs) do
      assert.equal(pair[2], fields[pair[1]], input)
    end
    assert.equal("mapped", how)
  end)

  it("carries a source route whole (RFC 2156 4.3.4)", function()
    local address = mixer.to_x400("<@relay.co.uk:userb@host2>",
      { gateway = "X400:c=gb;a= ;p=uk.ac;o=mr;" })
    same("c=gb; a= ; p=uk.ac; o=mr; dda:rfc-822=(a)relay.co.uk:userb(a)host2;", address)
    local back = mixer.to_smtp(address)
    assert.equal("<@relay.co.uk:userb@host2>", postoffice.format(back, "path"))
  end)

  it("opens what names its country, wherever it is", function()
    local text = '"/RFC-822=jj(a)seismo.css.gov/PRMD=AC/ADMD=BT/C=GB/"@monet.berkeley.edu'
    same("c=GB;a=BT;p=AC;dda:RFC-822=jj(a)seismo.css.gov;", (mixer.to_x400(text)))
    text = '"/G=another/S=user/P=prmd/A=mci/c=us/"@microsoft.org.com'
    same("c=us;a=mci;p=prmd;s=user;g=another;", (mixer.to_x400(text)))
    same("c=us;a= ;s=user;", (mixer.to_x400 "/S=user/C=us/@gw.example"))
  end)

  it("leaves another gateway's to it", function()
    local text = "/S=user/ADMD=x/C=us/@gw.example"
    local options = { domain = "GW.example", gateway = { c = "de", a = "x" } }
    assert.equal("mapped", (select(2, mixer.to_x400(text, options))))
    options.domain = "other.example"
    assert.equal("carried", (select(2, mixer.to_x400(text, options))))
  end)

  it("lets the local part win over the domain", function()
    same("c=TC;a=BTT;o=Other;s=x;", (mixer.to_x400("/S=x/O=Other/@Widget.COM", { mcgam = WIDGET })))
    same("c=gb;a=BT;s=x;", (mixer.to_x400("/S=x/ADMD=BT/C=gb/@a.Widget.COM", { mcgam = WIDGET })))
  end)

  it("goes to stage II for what X.400 cannot be", function()
    for _, localpart in ipairs {
      "a_b", '" a"', '"a "', '"a  b"', '"a@b"', '"Rose."', "a!b", -- characters and names
      "/G=x/", "/Q=x/", "/X=y/", "/S=/", "/S=" .. ("x"):rep(41) .. "/", -- attributes
      "/S=a$", "/S", ("x"):rep(41),
    } do
      local address, how = mixer.to_x400(localpart .. "@Widget.COM", { mcgam = WIDGET })
      assert.equal("carried", how, localpart)
      assert.equal("Widget", address.o)
    end
    refused("mixer-gateway-missing",
      mixer.to_x400("x@a.b.c.d.e.Widget.COM", { mcgam = WIDGET })) -- four units at most
  end)

  it("fills the attribute and goes on in three more", function()
    local text = ("a"):rep(60) .. "@" .. (("b"):rep(60) .. "."):rep(7) .. "example"
    local address = mixer.to_x400(text, { gateway = { c = "us", a = "x" } })
    assert.equal(128, #address.dda1_value)
    assert.equal(128, #address.dda3_value)
    assert.same({ "RFC-822", "RFC822C1", "RFC822C2", "RFC822C3" },
      { address.dda1_type, address.dda2_type, address.dda3_type, address.dda4_type })
    assert.equal(text, native(mixer.to_smtp(address)))
    refused("mixer-length",
      mixer.to_x400(("_"):rep(64) .. "@" .. (("b"):rep(60) .. "."):rep(6) .. "example",
        { gateway = { c = "us", a = "x" } }))
  end)

  it("cuts where it has to, even in a code", function()
    for length = 110, 130 do
      local text = ("a"):rep(length) .. "_____@c.example"
      local address = assert(mixer.to_x400(text, { gateway = { c = "us", a = "x" } }))
      assert.equal(text, native(mixer.to_smtp(address)))
    end
  end)

  it("finds the gateway by domain, with its own attributes", function()
    local gateways = [[example#~GW$one.PRMD$gate.C$de#]]
    local address = mixer.to_x400("a_b@c.example", { gateways = gateways })
    same("c=de;a= ;p=gate;dda:RFC-822=a(u)b(a)c.example;dda:GW=one;", address)
    refused("mixer-gateway-missing", mixer.to_x400("a_b@c.de", { gateways = gateways }))
  end)

  it("makes a hierarchy of any domain where it is told to", function()
    same("c=de;a=admd;p=microsoft;o=pss;s=x;",
      (mixer.to_x400("x@pss.microsoft.admd.de", { algorithmic = true })))
    refused("mixer-gateway-missing", mixer.to_x400("x@example.com", { algorithmic = true }))
  end)

  it("refuses what cannot be carried", function()
    refused("mixer-gateway-missing", mixer.to_x400 "a@b.example")
    refused("domain-missing", mixer.to_x400 "<>")
    refused("mixer-character", mixer.to_x400("\195\169@b.example", { gateway = { c = "us" } }))
    refused("type-mismatch", mixer.to_x400 { type = "CCMAIL", mailbox = "x" })
    local _, _, code = mixer.to_x400("a@b.example", { gateway = "X400:x" })
    assert.equal("x400-label-missing", code)
    refused("mcgam-line", mixer.to_x400("a@b.example", { mcgam = "x" }))
  end)
end)

describe("to_smtp", function()
  each("mixer.or_to_822.exchange", function(input, expected)
    local address, how = mixer.to_smtp("X400:" .. input, { algorithmic = true })
    assert.equal(expected.algorithmic, native(address))
    assert.equal("mapped", how)
    if expected.encapsulated then
      -- Exchange writes P and A; RFC 2156 4.1 has a gateway write PRMD and ADMD.
      address, how = mixer.to_smtp("X400:" .. input, { domain = "microsoft.org.com" })
      assert.equal("gateway", how)
      assert.equal("/G=another/S=user/PRMD=prmd/ADMD=mci/C=us/@microsoft.org.com", native(address))
      assert.same(attributes(mixer.to_x400(expected.encapsulated)),
        attributes(mixer.to_x400(address)))
    end
  end)

  each("mixer.or_to_822.mcgam", function(input, expected)
    local address, how = mixer.to_smtp("X400:" .. input, { mcgam = expected.mcgam })
    assert.equal(expected.result, native(address))
    assert.equal("mapped", how)
  end)

  local function maps(expected, x400)
    local address, how = mixer.to_smtp("X400:" .. x400, { mcgam = WIDGET })
    assert.equal("mapped", how, x400)
    assert.equal(expected, native(address))
    same(x400:gsub("c=tc;a=btt;o=widget;", "c=TC;a=BTT;o=Widget;"),
      (mixer.to_x400(address, { mcgam = WIDGET })))
  end

  it("writes the RFC's examples (4.3.1)", function()
    maps("J.Linnimouth@Marketing.Widget.COM",
      "c=tc;a=btt;o=widget;ou1=Marketing;s=Linnimouth;i=J;")
    maps("/I=J/S=Linnimouth/GQ=5/@Marketing.Widget.COM",
      "c=tc;a=btt;o=widget;ou1=Marketing;s=Linnimouth;i=J;q=5;")
  end)

  it("keeps in the local part what is no label", function()
    maps('"/S=x/OU=c/OU=a b/"@Widget.COM', "c=tc;a=btt;o=widget;ou1=a b;ou2=c;s=x;")
    maps('"/S=x/OU=b c/OU=a/"@Widget.COM', "c=tc;a=btt;o=widget;ou1=a;ou2=b c;s=x;")
    maps("x@b.a.Widget.COM", "c=tc;a=btt;o=widget;ou1=a;ou2=b;s=x;")
    maps("/CN=x/@a.Widget.COM", "c=tc;a=btt;o=widget;ou1=a;cn=x;")
    maps("/S=a$/b$=/GQ=1/@Widget.COM",
      "c=tc;a=btt;o=widget;s=a/b=;q=1;")
  end)

  -- PP's manual: its tables, in the RFC's form.
  local PP = assert(mixer.table [[
ADMD$GOLD 400.C$GB#gold-400.gb#
PRMD$UK\.AC.ADMD$GOLD 400.C$GB#ac.uk#]])

  each_of_corpus("or2rfc-table", function(row)
    local address = assert(postoffice.parse(row.input, { type = "X400" }))
    local smtp = mixer.to_smtp(address, { mcgam = PP })
    assert.equal(row.expected.rfc822:lower(), native(smtp):lower())
  end)

  it("has a local part even where only the hierarchy is there", function()
    maps("/OU=a/@Widget.COM", "c=tc;a=btt;o=widget;ou1=a;")
    assert.equal("/O=Widget/@Widget.COM",
      native(mixer.to_smtp("X400:c=TC;a=BTT;o=Widget;", { mcgam = WIDGET })))
  end)

  it("opens what is carried, in either label and spelling", function()
    for _, dda in ipairs {
      "RFC-822=first(u)last(a)c.example", "rfc-822=first_last@c.example",
      "SMTP=first_last@c.example", "smtp=first(U)last(A)c.example",
      "RFC-822=first(095)last(a)c.ex;dda:RFC822C1=ample",
      "RFC822C1=ample;dda:RFC-822=first(u)last(a)c.ex",
    } do
      local address, how = mixer.to_smtp("X400:c=us;a= ;p=x;dda:" .. dda .. ";")
      assert.equal("first_last@c.example", native(address), dda)
      assert.equal("carried", how)
    end
  end)

  it("leaves closed what is carried inside another gateway's", function()
    local text = "X400:c=gb;a=bt;p=ac;dda:RFC-822=jj(a)seismo.css.gov;"
    local options = { gateway = { c = "GB", a = "BT", p = "AC" }, domain = "monet.berkeley.edu" }
    assert.equal("jj@seismo.css.gov", native(mixer.to_smtp(text, options)))
    options.gateway.p = "other"
    assert.equal('"/DD.RFC-822=jj(a)seismo.css.gov/PRMD=ac/ADMD=bt/C=gb/"@monet.berkeley.edu',
      native(mixer.to_smtp(text, options)))
    options.mcgam = [[PRMD$AC.ADMD$BT.C$GB#ac.example#]]
    assert.equal("jj@seismo.css.gov", native(mixer.to_smtp(text, options)))
  end)

  it("refuses what could not come back", function()
    refused("mixer-gateway-missing", mixer.to_smtp "X400:c=us;a= ;p=x;s=y;")
    refused("x400-value-character",
      mixer.to_smtp("X400:c=us;a= ;p=x;s=a_b;", { domain = "gw.example" }))
    refused("type-mismatch", mixer.to_smtp(assert(postoffice.parse "a@b.example")))
    local _, _, code = mixer.to_smtp "X400:c=us;a= ;dda:RFC-822=nothing;"
    assert.equal("domain-missing", code)
  end)

  it("raises for misuse", function()
    for _, wrong in ipairs {
      function() mixer.to_smtp() end,
      function() mixer.to_smtp("X400:c=us;", { mcgams = "" }) end,
      function() mixer.to_smtp("X400:c=us;", { mcgam = {} }) end,
      function() mixer.to_x400("a@b.example", { gateway = 1 }) end,
      function() mixer.to_x400("a@b.example", "x") end,
      function() mixer.table() end,
      function() mixer.encode(nil) end,
    } do
      local ok, message = pcall(wrong)
      assert.is_false(ok)
      assert.matches("50%-mixer_spec", message)
    end
  end)
end)

--- An O/R address by chance.
local function random_x400(random)
  local VALUES = { "a", "Bee", "x-ray", "two words", "a/b", "q=1", "O'Neil", "st.Claire", "-", "9",
    "(u)" }
  local address = { type = "X400", c = random(2) == 1 and "TC" or "gb",
    a = random(2) == 1 and "BTT" or random(2) == 1 and "other" or " " }
  local function maybe(name)
    if random(2) == 1 then
      address[name] = VALUES[random(#VALUES)]
    end
  end
  address.o = random(2) == 1 and "Widget" or nil
  for _, name in ipairs { "p", "s", "cn", "dda1_value" } do
    maybe(name)
  end
  address.dda1_type = address.dda1_value and "T" .. random(9)
  for unit = 1, random(5) - 1 do
    address["ou" .. unit] = VALUES[random(#VALUES)]
  end
  if address.s and random(2) == 1 then
    address.g = VALUES[random(5)]
    address.i = random(2) == 1 and "MT" or nil
    address.q = random(4) == 1 and "II" or nil
  end
  return address
end

describe("there and back", function()
  local options = { mcgam = assert(mixer.table(
    "Widget.COM#O$Widget.ADMD$BTT.C$TC#\nTC#ADMD$BTT.C$TC#\na.TC#OU$Bee.O$Widget.ADMD$BTT.C$TC#",
    { symmetric = true })), domain = "gw.example", gateway = { c = "ZZ", a = "gate" } }

  it("an O/R address is the same", function()
    for seed = 1, helper.times(3000) do
      local address = random_x400(generate.random(seed))
      local smtp, how = mixer.to_smtp(address, options)
      assert(smtp, postoffice.format(address))
      local back, opened = mixer.to_x400(assert(native(smtp)), options)
      assert.equal("mapped", opened, native(smtp))
      assert.equal(postoffice.key(address), postoffice.key(back), how .. " " .. native(smtp))
    end
  end)

  it("a domain is the same in U-labels and A-labels", function()
    if not postoffice.UNICODE then return end
    for _, domain in ipairs { "BÜCHER.Widget.COM", "bu\204\136cher.widget.com" } do
      assert.equal(mixer.to_x400("kim@xn--bcher-kva.widget.com", options),
        mixer.to_x400("kim@" .. domain, options))
      assert.same(mixer.attributes("xn--bcher-kva.widget.com", { mcgam = options.mcgam }),
        mixer.attributes(domain, { mcgam = options.mcgam }))
    end
  end)

  it("an SMTP address is the same", function()
    local domains = { "Widget.COM", "x.widget.com", "b.a.TC" }
    for seed = 1, helper.times(3000) do
      local address = generate.address(seed)
      if address.type == "SMTP" then
        if seed % 4 > 0 then
          address.domain = domains[seed % 4]
        end
        local x400, _, code = mixer.to_x400(address, options)
        if x400 then
          local back = assert(mixer.to_smtp(x400, options))
          assert.equal(postoffice.key(address), postoffice.key(back), postoffice.format(x400))
          assert.equal(address.route, back.route)
        else
          assert.is_true(code == "mixer-character" or code == "idn-missing"
            or code:find "^domain%-label%-" ~= nil, code)
        end
      end
    end
  end)

  it("no text is too strange", function()
    for seed = 1, helper.times(3000) do
      local random = generate.random(seed)
      local bytes = {}
      for i = 1, random(20) do
        local alphabet = "/=;$.(a)SGO@ C"
        local at = random(#alphabet)
        bytes[i] = alphabet:sub(at, at)
      end
      local localpart = table.concat(bytes)
      local address = { type = "SMTP", localpart = localpart, domain = "Widget.COM" }
      local x400 = assert(mixer.to_x400(address, options))
      local back = assert(mixer.to_smtp(x400, options))
      local again = assert(mixer.to_x400(back, options))
      assert.equal(postoffice.key(x400), postoffice.key(again), localpart)
    end
  end)
end)
