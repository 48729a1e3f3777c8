local helper = require "spec.helper"
local exchange = require "postoffice.exchange"
local generate = require "spec.generate"
local postoffice = require "postoffice"
local vectors = require "spec.vectors"

--- Expects nil, a sentence and the code.
local function refused(code, value, message, actual)
  assert.is_nil(value)
  assert.equal(code, actual)
  assert.equal(postoffice.message(code), message)
end

local each = vectors.each(it, {
  ["MHS:ServerA@Company{ccmail:usera}"] = "kept as it was written where MHS is not defined",
})

local NAME = "X500:/o=Org/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients"
  .. "/cn=86595dbec932d461fbdfe93cb1234585e-Joe Smit"
local ENCODED = "IMCEAEX-_o=Org_ou=Exchange+20Administrative+20Group+20+28FYDIBOHF23SPDLT+29"
  .. "_cn=Recipients_cn=86595dbec932d461fbdfe93cb1234585e-Joe+20Smit"

describe("x500_from_imceaex", function()
  local function reads(text)
    local found, skipped = exchange.x500_from_imceaex(text)
    assert.same({}, skipped)
    assert.same({ NAME }, found)
  end

  local function skips(code, text)
    local found, skipped = exchange.x500_from_imceaex(text)
    assert.same({}, found)
    assert.equal(1, #skipped)
    assert.equal(code, skipped[1].code)
    assert.equal(postoffice.message(code), skipped[1].message)
    assert.equal(text:find "[Ii][Mm][Cc][Ee][Aa]", skipped[1].position)
  end

  each("imceaex.to_x500", function(input, expected)
    assert.same({ expected.result }, (exchange.x500_from_imceaex(input)))
  end)

  it("finds an address wherever it stands", function()
    reads(ENCODED .. "@example.com")
    reads("The address <" .. ENCODED .. "@example.com> is unknown.")
    reads("Final-Recipient: rfc822;" .. ENCODED .. "@example.com\r\n")
    reads("to: " .. ENCODED .. "@example.com.\n\nIMCEACCMAIL-a+20at+20b@example.com")
  end)

  it("takes the prefix in any case, and hex digits too", function()
    reads(ENCODED:gsub("IMCEAEX", "imceaex"):gsub("%+2%d", string.lower) .. "@example.com")
  end)

  it("reads each name once, in order", function()
    local other = ENCODED:gsub("Smit", "Lee")
    local text = table.concat({ ENCODED, other, ENCODED:gsub("_o=", "_O=") }, "@a.example\n")
    assert.same({ NAME, (NAME:gsub("Smit", "Lee")) },
      (exchange.x500_from_imceaex(text .. "@b.example")))
  end)

  it("reads quoted-printable with its soft breaks", function()
    local quoted = ENCODED:gsub("=", "=3D")
    reads(quoted .. "@example.com")
    reads(quoted:sub(1, 40) .. "=\r\n" .. quoted:sub(41, 80) .. "=\r\n" .. quoted:sub(81)
      .. "@example.com")
  end)

  it("leaves an organisation 3D Systems alone", function()
    local found = exchange.x500_from_imceaex "IMCEAEX-_o=3DSystems_ou=Site_cn=x@example.com"
    assert.same({ "X500:/o=3DSystems/ou=Site/cn=x" }, found)
  end)

  it("takes digits after = for quoted-printable only where all can be", function()
    for text, name in pairs {
      ["_o=3DOrg_cn=3Dk=69m"] = "/o=Org/cn=kim",
      ["_o=3DOrg=5Fcn=3Dkim=2B20lee"] = "/o=Org/cn=kim lee",
      ["_o=3DOrg_cn=3DSales_Marketing"] = "/o=Org/cn=Sales/Marketing",
      ["_o=3DSystems_ou=EA_cn=41dam"] = "/o=3DSystems/ou=EA/cn=41dam",
      ["_o=Org_ou=61_cn=61dam"] = "/o=Org/ou=61/cn=61dam",
      ["_o=41st+20Street_cn=4D"] = "/o=41st Street/cn=4D",
    } do
      local found = exchange.x500_from_imceaex("IMCEAEX-" .. text .. "@example.com")
      assert.same({ "X500:" .. name }, found)
    end
  end)

  it("reads links", function()
    local link = ENCODED:gsub("[+=]", function(c) return ("%%%02X"):format(c:byte()) end)
    reads('<a href="mailto:' .. link .. '@example.com">')
    reads("mailto:" .. link .. "%40example.com?subject=x")
    reads("q=%3C" .. link .. "%40example.com%3E")
  end)

  it("reads Markdown, in which a backslash makes a sign literal", function()
    local text = ENCODED .. "@mail.example.com"
    for _, signs in ipairs { "[_@]", "[_+=@.-]", "@" } do
      reads((text:gsub(signs, "\\%0")))
      reads('{"text":"' .. text:gsub(signs, "\\\\%0") .. ' is unknown"}')
    end
    reads("\\<" .. text:gsub("_", "\\_") .. "\\>")
    skips("imcea-character", (text:gsub("Joe", "\\Joe")))
  end)

  it("joins lines that were cut where the address has to go on", function()
    local cut = ENCODED:sub(1, 76) .. "\r\n" .. ENCODED:sub(77) -- a full line
    reads(cut .. "@example.com")
    reads("> " .. cut:gsub("\n", "\n> ") .. "@example.com")
    reads("| " .. cut:gsub("\n", "\n\t") .. "@example.com")
    reads(ENCODED:gsub("_ou=", "_ou=\n") .. "@example.com") -- a component has begun
    reads(ENCODED:gsub("%+20Smit", "+2\n0Smit") .. "@example.com") -- an escape has
    reads(ENCODED:gsub("_cn=R", "\n%0") .. "@example.com") -- components follow
    reads("<" .. ENCODED:gsub("Smit", "Sm\nit") .. "@example.com>")
    reads(ENCODED .. "@\nexample.com")
  end)

  it("joins nothing that could be two things", function()
    skips("imcea-wrapped", "IMCEAEX-_o=Org_cn=foo\nbar@example.com")
    skips("domain-missing", "IMCEAEX-_o=Org_cn=foo\n\nbar@example.com")
  end)

  it("says why it skips", function()
    skips("domain-missing", "see " .. ENCODED)
    skips("domain-missing", "see '" .. ENCODED .. "'")
    skips("imcea-character", "IMCEAEX-_o=Org_cn=kim.lee@example.com")
    skips("imcea-escape", "IMCEAEX-_o=Org_cn=kim+2Glee@example.com")
    skips("control-character", "IMCEAEX-_o=Org_cn=kim+0Alee@example.com")
    skips("dn-slash-missing", "IMCEAEX-o=Org_cn=kim@example.com")
  end)

  it("opens what is encapsulated twice", function()
    local inner = assert(postoffice.parse(ENCODED .. "@old.example"))
    local outer = assert(postoffice.encapsulate(inner, "SMTP", { domain = "new.example" }))
    reads(postoffice.format(outer, "native"))
  end)

  it("is the inverse of encapsulation", function()
    for seed = 1, helper.times(2000) do
      local address = generate.address(seed)
      if address.type == "EX" or address.type == "X500" then
        local outer = assert(postoffice.encapsulate({ type = "EX", dn = address.dn }, "SMTP",
          { domain = "example.com" }))
        local found = exchange.x500_from_imceaex("<" .. postoffice.format(outer, "native") .. ">")
        assert.same({ "X500:" .. address.dn }, found)
      end
    end
  end)

  it("raises for what is no text", function()
    assert.has_error(function() exchange.x500_from_imceaex(1) end)
  end)
end)

describe("rdns", function()
  local function pairs_of(name)
    local list = {}
    for i, rdn in ipairs(assert(exchange.rdns(name))) do
      list[i] = { rdn.name, rdn.value }
    end
    return list
  end

  each("exdn.parse", function(input, expected)
    assert.same(expected.rdn, pairs_of(input))
  end)

  each("exdn.equal", function(input, expected)
    assert.equal(expected.equal, postoffice.equal("EX:" .. input, "EX:" .. expected.other))
  end)

  each("exdn.validate", function(input, expected)
    assert.equal(expected.valid, (postoffice.validate("EX:" .. input)))
  end)

  it("takes addresses and texts of either type", function()
    local expected = { { "o", "Org" }, { "cn", "Kim" } }
    assert.same(expected, pairs_of "/o=Org/cn=Kim")
    assert.same(expected, pairs_of "EX:/o=Org/cn=Kim")
    assert.same(expected, pairs_of(assert(postoffice.parse "[X500:/o=Org/cn=Kim]")))
  end)

  it("keeps =, @ and - in a value, and a slash that no name follows", function()
    assert.same({ { "cn", "a=b@c-d" }, { "cn", "e/f" } }, pairs_of "/cn=a=b@c-d/cn=e/f")
  end)

  it("knows address lists", function()
    assert.same({}, pairs_of "/")
    assert.same({ { "guid", ("0"):rep(32) } }, pairs_of("/guid=" .. ("0"):rep(32)))
  end)

  it("refuses what is no name", function()
    refused("dn-rdn", exchange.rdns "/nothing")
    refused("type-mismatch", exchange.rdns "SMTP:kim@example.com")
    assert.has_error(function() exchange.rdns(nil) end)
  end)
end)

describe("is_mailbox", function()
  it("is true below Recipients", function()
    assert.is_true(exchange.is_mailbox "/o=Org/ou=Site/cn=RECIPIENTS/cn=Kim")
    assert.is_true(exchange.is_mailbox "/o=Org/ou=Site/cn=Recipients/cn=Sales/cn=Kim")
    assert.is_true(exchange.is_mailbox(NAME))
  end)

  it("is false for what takes no mail of its own", function()
    for _, name in ipairs {
      "/", "/guid=0123456789abcdef0123456789abcdef", "/o=Org/ou=Site/cn=Recipients",
      "/o=Org/ou=Site/cn=Configuration/cn=Servers/cn=HQ/cn=Microsoft Private MDB",
    } do
      assert.is_false(exchange.is_mailbox(name))
    end
  end)

  it("is not known of other names", function()
    refused("dn-undecided", exchange.is_mailbox "/o=microsoft/ou=sales/cn=PatParkes")
  end)
end)

local function texts(set) return assert(set:texts()) end

local function codes(set)
  local list = {}
  for i, problem in ipairs(set:problems()) do
    list[i] = problem.code
    assert.equal(postoffice.message(problem.code), problem.message)
  end
  return list
end

local KIM = { "SMTP:kim.lee@exchange.example", "smtp:klee@exchange.example",
  "CCMAIL:Lee, Kim at EXCHANGE", "X500:/o=Old/ou=Site/cn=Recipients/cn=klee" }

describe("proxies", function()
  each("proxy.parse", function(input, expected)
    local set = exchange.proxies { input }
    assert.equal(expected.type, set[1].type)
    assert.equal(expected.primary, set[1].primary == nil)
    if set[1].type ~= "X400" then -- its dialect writes its own spelling
      assert.equal(expected.address, postoffice.format(set[1], "native"))
    end
  end)

  each("csv.proxies", function(input, expected)
    local set = exchange.proxies(input)
    assert.same(expected.values, texts(set))
    assert.equal(input, set:joined())
  end)

  each("proxy.csv", function(input, expected)
    local set = exchange.proxies(input)
    assert.same(expected.values, texts(set))
    assert.equal(input, set:joined())
  end)

  it("are an array of addresses, in order", function()
    local set = exchange.proxies(KIM)
    assert.equal(4, #set)
    assert.same(KIM, texts(set))
    assert.same({}, set:problems())
    assert.same(KIM, texts(exchange.proxies(set)))
  end)

  it("leave the caller's addresses alone", function()
    local address = assert(postoffice.parse "SMTP:kim@a.example")
    local set = exchange.proxies { address }
    assert(set:add "SMTP:lee@a.example")
    assert.is_nil(address.primary)
  end)

  it("have a primary address of each type", function()
    local set = exchange.proxies(KIM)
    assert.equal(KIM[1], tostring(set:primary "smtp"))
    assert.equal(KIM[3], tostring(set:primary "CCMAIL"))
    refused("proxy-primary-missing", set:primary "MS")
    set = exchange.proxies { "SMTP:a@b.c", "SMTP:d@e.f", "Smtp:g@h.i", "ms:a/b/c" }
    refused("proxy-primary-several", set:primary "SMTP")
    assert.same({ "proxy-primary-several", "proxy-primary-missing" }, codes(set))
  end)

  it("let the caller settle several primaries", function()
    local list = { "SMTP:a@b.c", "smtp:x@y.z", "SMTP:d@e.f" }
    assert.same({ "smtp:a@b.c", "smtp:x@y.z", "SMTP:d@e.f" },
      texts(exchange.proxies(list, { primaries = "last" })))
    assert.same({ "SMTP:a@b.c", "smtp:x@y.z", "smtp:d@e.f" },
      texts(exchange.proxies(list, { primaries = "first" })))
    assert.same({}, codes(exchange.proxies({ "X500:/o=a", "X500:/o=b" }, { primaries = "last" })))
  end)

  it("find an address in any of its spellings", function()
    local set = exchange.proxies(KIM)
    for _, spelling in ipairs {
      "smtp:Klee@EXCHANGE.example", "ccmail:Kim Lee AT exchange",
      "EX:/O=OLD/OU=SITE/CN=RECIPIENTS/CN=KLEE",
    } do
      local address, at = set:find(spelling)
      assert.equal(address, set[at])
    end
    refused("proxy-missing", set:find "SMTP:nobody@a.example")
    local _, _, code = set:find "SMTP:@"
    assert.equal("localpart-empty", code)
  end)

  it("add an address once, and one in upper case as the primary", function()
    local set = exchange.proxies(KIM)
    assert(set:add "smtp:sales@exchange.example")
    assert.equal(KIM[1], tostring(set:primary "SMTP"))
    assert(set:add "SMTP:lee@exchange.example")
    assert.equal("SMTP:lee@exchange.example", tostring(set:primary "SMTP"))
    assert.equal("smtp:kim.lee@exchange.example", tostring(set[1]))
    assert(set:add "X500:/o=New/cn=klee")
    assert.equal(KIM[4], tostring(set[4]))
    refused("proxy-duplicate", set:add "CCMAIL:Kim Lee at Exchange")
  end)

  it("remove an address and promote nobody instead", function()
    local set = exchange.proxies(KIM)
    assert.equal(KIM[1], tostring(set:remove "smtp:KIM.LEE@exchange.example"))
    assert.equal(3, #set)
    refused("proxy-primary-missing", set:primary "SMTP")
    assert(set:promote(KIM[2]))
    assert.equal("SMTP:klee@exchange.example", tostring(set:primary "SMTP"))
    refused("proxy-missing", set:remove(KIM[1]))
  end)

  it("report duplicates by each type's own equality, and drop them", function()
    local set = exchange.proxies { "smtp:kim@a.example", "SMTP:KIM@A.example", "EX:/o=a/cn=b",
      "X500:/O=A/CN=B", "CCMAIL:Lee, Kim at HQ", "ccmail:Kim Lee at hq" }
    assert.same({ "proxy-duplicate", "proxy-duplicate", "proxy-duplicate" }, codes(set))
    assert.equal(2, #set:problems()[1].addresses)
    local removed = set:deduplicate()
    assert.equal(3, #removed)
    assert.same({ "SMTP:KIM@A.example", "EX:/o=a/cn=b", "CCMAIL:Lee, Kim at HQ" }, texts(set))
    assert.same({}, codes(set))
  end)

  it("keep what is no address apart", function()
    local set = exchange.proxies { "SMTP:kim@a.example", "kim@a.example", "SMTP:a@b..c" }
    assert.equal(1, #set)
    assert.equal(2, set.rejected[1].index)
    assert.equal("type-missing", set.rejected[1].code)
    assert.equal("SMTP:a@b..c", set.rejected[2].text)
    assert.equal(10, set.rejected[2].position)
    assert.same({ "type-missing", "domain-label-empty" }, codes(set))
  end)

  it("say which holders conflict", function()
    local conflicts = exchange.conflicts {
      pat = exchange.proxies { "SMTP:sales@a.example", "smtp:SALES@a.example" },
      kim = exchange.proxies { "SMTP:kim@a.example", "smtp:Sales@A.example" },
      lee = exchange.proxies { "SMTP:lee@a.example" },
    }
    assert.equal(1, #conflicts)
    assert.same({ "kim", "pat" }, conflicts[1].holders)
    assert.equal("SMTP:Sales@A.example", (tostring(conflicts[1].address):gsub("^smtp", "SMTP")))
  end)

  it("raise for misuse", function()
    for _, wrong in ipairs {
      function() exchange.proxies() end,
      function() exchange.proxies({}, { forms = "ldif" }) end,
      function() exchange.proxies("", { form = "csv" }) end,
      function() exchange.proxies({}, { primaries = "any" }) end,
      function() exchange.proxies({}):primary() end,
    } do
      assert.has_error(wrong)
    end
  end)
end)

describe("proxies joined by %", function()
  it("are cut where a type follows", function()
    assert.same({ "SMTP:a%b@c.d", "MS:N/P/U" }, texts(exchange.proxies "SMTP:a%b@c.d%MS:N/P/U"))
    assert.equal(0, #exchange.proxies "")
  end)

  it("have a backslash before what is literal (the 5.5 administrator's help)", function()
    for joined, list in pairs {
      ["CUSTOM:Black, Maria at \\\\SANFRANCISCO01"] = { "CUSTOM:Black, Maria at \\SANFRANCISCO01" },
      ["smtp:user\\%host@a.example%SMTP:k@a.example"] =
        { "smtp:user%host@a.example", "SMTP:k@a.example" },
      ["CUSTOM:A\\\\B\\\\C"] = { "CUSTOM:A\\B\\C" },
      ["SMTP:a%b@c.d"] = { "SMTP:a%b@c.d" }, -- that no type follows
    } do
      assert.same(list, texts(exchange.proxies(joined)))
      assert.same(list, texts(exchange.proxies(assert(exchange.proxies(list):joined()))))
    end
  end)

  it("have any separator of Q190706, seen or said", function()
    local list = { "SMTP:a@b.c", "CCMAIL:Lee, Kim at HQ", "X400:c=us;a= ;p=Org;s=Lee;",
      "CUSTOM:x\\%&^#@!$\"y" }
    for separator in ("%&^#@!$\""):gmatch "." do
      local text = assert(exchange.proxies(list):joined(separator))
      assert.same(list, texts(exchange.proxies(text, { separator = separator })), text)
      assert.same(list, texts(exchange.proxies(text)), text)
    end
  end)

  it("have separators of other exports, which no backslash protects", function()
    local list = { "SMTP:a@b.c", "X400:c=us;a= ;p=Org;s=Lee;", "smtp:d@e.f",
      "X500:/o=Org/ou=First, Group/cn=x", "MS:N/P/U", "smtp:z@e.f" }
    for _, separator in ipairs { ";", ",", "|", "\n", "{}" } do
      local text = assert(exchange.proxies(list):joined(separator))
      assert.same(list, texts(exchange.proxies(text)), text)
      assert.same(list, texts(exchange.proxies(text, { separator = separator })), text)
    end
    assert.equal("SMTP:a@b.c MS:N/P/U", exchange.proxies({ "SMTP:a@b.c", "MS:N/P/U" }):joined " ")
    assert.equal("{SMTP:a@b.c, smtp:d@e.f}",
      exchange.proxies({ "SMTP:a@b.c", "smtp:d@e.f" }):joined "{}")
    assert.same({ "SMTP:mariab@litware.com", "X400:c=US;a= ;p=NWTraders;s=Parkes;g=Pat;" },
      texts(exchange.proxies 'SMTP:mariab@litware.com;"X400:C=US;A= ;P=NWTraders;G=Pat;S=Parkes"'))
  end)

  it("are parted at the separator that is said, and at no other", function()
    local FORMS = { [";"] = "%s;%s", [","] = "%s,%s", ["|"] = "%s|%s", [" "] = "%s %s",
      ["\n"] = "%s\n%s", ["{}"] = "{%s, %s}" }
    for separator, form in pairs(FORMS) do
      local text = form:format("smtp:a@b.example", "smtp:c@d.example")
      for said in pairs(FORMS) do
        local set = exchange.proxies(text, { separator = said })
        local count = said == separator and 2 or said == "{}" and separator == "," and 2 or #set
        assert.equal(count, #set)
        assert.is_true(count == 2 or #set.rejected > 0, said .. " of " .. text)
      end
    end
  end)

  it("are not written where they would be cut", function()
    local set = exchange.proxies { "CCMAIL:Lee, smtp:x at HQ", "SMTP:a@b.c" }
    refused("proxy-separator", set:joined ",")
    assert.equal("CCMAIL:Lee, smtp:x at HQ%SMTP:a@b.c", set:joined())
    assert.equal("", exchange.proxies({}):joined())
    assert.has_error(function() set:joined "?" end)
    assert.has_error(function() exchange.proxies("", { separator = "?" }) end)
  end)
end)

describe("proxies that a directory in the cloud refuses (IdFix)", function()
  it("are problems", function()
    for text, code in pairs {
      ["smtp:kim@contoso"] = "proxy-domain-short",
      ["SMTP:kim@contoso.LOCAL"] = "proxy-domain-local",
      ["SMTP:kim@corp.lan"] = "proxy-domain-local", ["smtp:\"a b\"@x.example"] = "proxy-character",
      ["smtp:\"a;b\"@x.example"] = "proxy-character",
      ["TELEX:" .. ("x"):rep(251)] = "proxy-long",
    } do
      local set = exchange.proxies { text }
      local found = {}
      for _, problem in ipairs(set:problems()) do
        if problem.code ~= "proxy-primary-missing" then found[#found + 1] = problem end
      end
      assert.equal(1, #found, text)
      assert.same({ code, text, 1, postoffice.message(code) },
        { found[1].code, found[1].text, found[1].index, found[1].message })
      assert.equal(text, tostring(found[1].addresses[1]))
    end
    for _, text in ipairs {
      "SMTP:kim@contoso.com", "SMTP:kim@[192.0.2.1]", "X500:/o=Org/ou=A (B); \"c\", <d>/cn=x",
      "CCMAIL:Lee, Kim at HQ", "TELEX:" .. ("\195\169"):rep(250),
    } do
      assert.same({}, codes(exchange.proxies { text }), text)
    end
  end)

  it("have a blank after the colon", function()
    local set = exchange.proxies { "SMTP: kim@contoso.com" }
    assert.equal("proxy-blank", codes(set)[1])
  end)

  it("are problems when they are added, and none when they are removed", function()
    local set = exchange.proxies { "SMTP:kim@a.example" }
    assert(set:add "smtp:kim@contoso")
    assert.same({ "proxy-domain-short" }, codes(set))
    assert(set:remove "smtp:kim@contoso")
    assert.same({}, codes(set))
  end)
end)

describe("adding proxies", function()
  it("knows what was changed meanwhile", function()
    local set = exchange.proxies { "SMTP:a@b.c", "smtp:d@e.f" }
    assert(set:add "smtp:x@y.z")
    assert(set:remove "smtp:d@e.f")
    assert(set:add "smtp:d@e.f")
    assert.same({ "SMTP:a@b.c", "smtp:x@y.z", "smtp:d@e.f" }, texts(set))
    table.remove(set, 1) -- by hand
    assert(set:add "SMTP:a@b.c")
    assert(set:add "SMTP:q@b.c")
    assert.same({ "smtp:x@y.z", "smtp:d@e.f", "smtp:a@b.c", "SMTP:q@b.c" }, texts(set))
    assert(set:promote "smtp:d@e.f")
    assert(set:add "SMTP:last@b.c")
    assert.equal("SMTP:last@b.c", tostring(set:primary "SMTP"))
    refused("proxy-duplicate", set:add "smtp:LAST@b.c")
  end)
end)

describe("proxies of several records", function()
  it("are sets by their distinguished names", function()
    local found = assert(exchange.proxies_in_ldif("version: 1\n\ndn: CN=Kim\nproxyAddresses: "
      .. "SMTP:kim@a.exa\n mple\nproxyAddresses:: c210cDprQGEuZXhhbXBsZQ==\n\ndn: OU=x\n\n"
      .. "dn: CN=Pat\nproxyaddresses: SMTP:pat@a.example\n"))
    assert.equal(2, #found)
    assert.same({ "CN=Kim", "CN=Pat" }, { found[1].dn, found[2].dn })
    assert.same({ "SMTP:kim@a.example", "smtp:k@a.example" }, texts(found[1].proxies))
    assert.same({ "SMTP:pat@a.example" }, texts(found[2].proxies))
    assert.equal(1, #exchange.proxies_in_ldif("dn: x\nmail: SMTP:a@b.c\n", { attribute = "mail" }))
    local none, message, code, line = exchange.proxies_in_ldif "dn: x\nwhat\n"
    refused("ldif-line", none, message, code)
    assert.equal(2, line)
  end)
end)

describe("proxies in LDIF", function()
  local function from(text, options)
    options = options or {}
    options.form = "ldif"
    return exchange.proxies(text, options)
  end

  it("are read, folded or in base 64", function()
    local set = from("dn: CN=Kim,DC=example\r\nproxyAddresses: SMTP:kim@a.exa\r\n mple\r\n"
      .. "mail: x\r\nPROXYADDRESSES:: WDUwMDovbz1Pcmcvb3U9RXjDqS9jbj1r\r\n# the end\r\n")
    assert.same({ "SMTP:kim@a.example", "X500:/o=Org/ou=Ex\195\169/cn=k" }, texts(set))
  end)

  it("are written so that they read back", function()
    local values = { "SMTP:kim@a.example", "X500:/o=Org/cn=\195\169", "CCMAIL:" .. ("x"):rep(200),
      "TELEX:a ", "X500:/o=" .. ("\195\169"):rep(100) }
    local text = assert(exchange.proxies(values):ldif())
    for line in text:gmatch "[^\n]+" do
      assert.truthy(#line <= 76)
    end
    assert.same(values, texts(from(text)))
    assert.same({}, texts(from(text, { attribute = "otherMailbox" })))
    assert.matches("^otherMailbox: SMTP:kim", exchange.proxies(values):ldif "otherMailbox")
  end)

  it("come from one record", function()
    local one = "proxyAddresses: SMTP:a@b.c\n"
    assert.equal(1, #from("version: 1\n\ndn: CN=x\n" .. one))
    refused("ldif-records", from(one .. "\n" .. one))
  end)

  it("are refused where the text is not LDIF", function()
    refused("ldif-line", from "SMTP")
    refused("ldif-value", from "proxyAddresses:: ?")
    refused("ldif-value", from "proxyAddresses:< file:///x")
  end)
end)

describe("search_key", function()
  each("proxy.search_key", function(input, expected)
    assert.equal(expected.key, exchange.search_key(input))
  end)

  it("is the address as it stands", function()
    assert.equal("CCMAIL:LEE, KIM AT HQ\0", exchange.search_key "ccmail:Lee, Kim at HQ")
    assert.equal("X500:/O=ORG\0", exchange.search_key "[X500:/o=Org]")
    assert.equal("TELEX:12 X\0", exchange.search_key("TELEX:12 x", { unknown = true }))
    assert.equal("type-unknown", (select(3, exchange.search_key "TELEX:12 x")))
  end)
end)
