local postoffice = require "postoffice"

--- The fields of an address as one sorted line.
local function line(address)
  local parts = {}
  for key, value in pairs(address) do
    parts[#parts + 1] = key .. "=" .. tostring(value)
  end
  table.sort(parts)
  return table.concat(parts, "; ")
end

--- Each case: text, options, the fields it has to have.
local function reads(cases)
  for _, case in ipairs(cases) do
    local text, options, expected = case[1], case[2], case[3]
    local address, message, code, position = postoffice.parse(text, options)
    assert(address, ("%s: %s (%s) at %s"):format(text, tostring(message), tostring(code),
      tostring(position)))
    assert.same(line(expected), line(address), text)
  end
end

--- Each case: text, options, code, the 1-based byte that offends.
local function refuses(cases)
  for _, case in ipairs(cases) do
    local address, message, code, position = postoffice.parse(case[1], case[2])
    assert.is_nil(address, case[1])
    assert.equal(case[3], code, case[1])
    assert.equal(case[4], position, case[1] .. ": " .. code)
    assert.equal(postoffice.message(code), message)
  end
end

local function smtp(localpart, domain, more)
  local address = more or {}
  address.type, address.localpart, address.domain = "SMTP", localpart, domain
  return address
end

local function ccmail(mailbox, office, more)
  local address = more or {}
  address.type, address.mailbox, address.postoffice = "CCMAIL", mailbox, office
  return address
end

describe("an address as people type it", function()
  it("is a one-off in any case of its type, with or without a name (Q184994)", function()
    reads {
      { "[ccmail:user@domain at internet]", nil, ccmail("user@domain", "internet") },
      { "[CCMAIL:user@domain at internet]", nil, ccmail("user@domain", "internet") },
      { "[CcMail:user@domain AT Internet]", nil, ccmail("user@domain", "Internet") },
      { "Pat Jones [ccmail:user@domain at internet]", nil,
        ccmail("user@domain", "internet", { display_name = "Pat Jones" }) },
      { "Pat Jones[ccmail:a at b] \t", nil, ccmail("a", "b", { display_name = "Pat Jones" }) },
      { "  [ccmail:a at b]", nil, ccmail("a", "b") },
      { "[ccmail: a at b ]", nil, ccmail("a", "b") },
      { "[smtp:user@example.com]", nil, smtp("user", "example.com") },
      { "a [b] c [SMTP:u@d]", nil, smtp("u", "d", { display_name = "a [b] c" }) },
    }
  end)

  it("is a proxy where a known type stands before a colon", function()
    reads {
      { "CCMAIL:user@domain at internet", nil, ccmail("user@domain", "internet") },
      { "ccmail:a at b", nil, ccmail("a", "b", { primary = false }) },
      { "Smtp:user@contoso.com", nil, smtp("user", "contoso.com", { primary = false }) },
      { "SMTP: user@contoso.com ", nil, smtp("user", "contoso.com") },
      { "X500:/o=Org/ou=Boston/cn=Recipients/cn=Name", nil,
        { type = "X500", dn = "/o=Org/ou=Boston/cn=Recipients/cn=Name" } },
    }
  end)

  it("is a mailbox, a path or a bare address of SMTP", function()
    reads {
      { "user@example.com", nil, smtp("user", "example.com") },
      { " user@example.com ", nil, smtp("user", "example.com") },
      { "<user@example.com>", nil, smtp("user", "example.com") },
      { "Kim Lee <kim@example.com>", nil,
        smtp("kim", "example.com", { display_name = "Kim Lee" }) },
    }
  end)

  it("is a distinguished name where it begins as one", function()
    reads {
      { "/o=Org/ou=First Group/cn=Recipients/cn=klee", nil,
        { type = "EX", dn = "/o=Org/ou=First Group/cn=Recipients/cn=klee" } },
      { "/O=ORG/OU=A B/CN=X", nil, { type = "EX", dn = "/O=ORG/OU=A B/CN=X" } },
    }
  end)

  it("is not guessed where it is not certain", function()
    refuses {
      { "user@domain at internet", nil, "type-ambiguous", 1 },
      { "user@domain\tAT\tinternet", nil, "type-ambiguous", 1 },
      { "Smith, John at HQ", nil, "type-missing", 1 },
      { "c=us;a= ;p=Org;s=Lee;", nil, "type-missing", 1 },
      { "/G=Kim/S=Lee/PRMD=Org/C=us/", nil, "type-missing", 1 },
      { "WORD:user@domain", nil, "type-unknown", 1 },
      { "mailto:user@domain", nil, "address-uri", 1 },
      { "[WORD:user@domain]", nil, "type-unknown", 2 },
      { "user", nil, "domain-missing", 5 },
      { "", nil, "address-empty", 1 },
      { " \t", nil, "address-empty", 3 },
      { "\r\n", nil, "address-empty", 3 },
      { " \r\n \r\n", nil, "address-empty", 7 },
    }
  end)

  it("is read as the type that is asked for", function()
    reads {
      { "user@domain at internet", { type = "CCMAIL" }, ccmail("user@domain", "internet") },
      { "user@domain at internet", { type = "ccmail" }, ccmail("user@domain", "internet") },
      { "Smith: J at HQ", { type = "CCMAIL" }, ccmail("Smith: J", "HQ") },
      { "Kim <kim@x.example>", { type = "SMTP" },
        smtp("kim", "x.example", { display_name = "Kim" }) },
    }
    refuses {
      { "SMTP:u@d", { type = "CCMAIL" }, "type-mismatch", 1 },
      { "[ccmail:a at b]", { type = "SMTP" }, "type-mismatch", 2 },
      { "user@domain at internet", { type = "SMTP" }, "mailbox-text-after", 13 },
    }
  end)
end)

describe("a type without a dialect", function()
  it("is carried whole where that was asked for", function()
    reads {
      { "TELEX:12 34 ", { unknown = true }, { type = "TELEX", value = "12 34 " } },
      { "telex:1", { unknown = true }, { type = "TELEX", value = "1", primary = false } },
      { "12 34", { type = "telex", unknown = true }, { type = "TELEX", value = "12 34" } },
      { "Name [AT&T:!user]", { unknown = true },
        { type = "AT&T", value = "!user", display_name = "Name" } },
      { "MIGRATE:CCMAIL:user AT postoffice", { unknown = true },
        { type = "MIGRATE", value = "CCMAIL:user AT postoffice" } },
    }
  end)

  it("carries no control character in a proxy, and no NUL at all", function()
    refuses {
      { "TELEX:a\rb", { unknown = true }, "control-character", 8 },
      { "TELEX:a\0b", { unknown = true }, "control-character", 8 },
      { "[TELEX:a\\x00b]", { unknown = true }, "control-character", 9 },
      { "[TELEX:]", { unknown = true }, "address-empty", 8 },
      { "x", { type = "a b", unknown = true }, "type-invalid", 1 },
    }
  end)

  it("is refused otherwise, however the type is said, and a near miss is named", function()
    for _, case in ipairs {
      { "SMPT:a@b.example", nil, 1, "SMTP" },
      { "Kim [CCMIAL:a at b]", nil, 6, "CCMAIL" },
      { "a@b.example", { type = "SMPT" }, 1, "SMTP" },
      { "SMTP:a@b.example", { type = "SMT" }, 1, "SMTP" },
      { "not an address@@", { type = "SMPT" }, 1, "SMTP" },
      { "/o=Org", { type = "x5000", notation = "native" }, 1, "X500" },
      { "a at b", { type = "CCMAILL", notation = "native" }, 1, "CCMAIL" },
      { "a@b.example", { type = "SMTPS", notation = "header" }, 1, "SMTP" },
      { "TELEX:1", nil, 1 },
      { "1", { type = "TELEX" }, 1 },
      { "MX:1", nil, 1 }, -- two letters are near everything
    } do
      local text, options = case[1], case[2]
      local address, message, code, position = postoffice.parse(text, options)
      assert.is_nil(address, text)
      assert.equal("type-unknown", code, text)
      assert.equal(case[3], position, text)
      local near = case[4] and ("; did you mean %s?"):format(case[4]) or ""
      assert.equal(postoffice.message "type-unknown" .. near, message, text)
      assert.same({ false, message, code, position }, { postoffice.validate(text, options) })
    end
  end)
end)

describe("the one-off notation (MAPI, cc842281)", function()
  it("takes a backslash before what is special and \\x with two hex digits", function()
    local unknown = { unknown = true }
    reads {
      { [=[Bill Lee[MSPEER:\\\\billl\in]]=], unknown,
        { type = "MSPEER", value = [[\\billl\in]], display_name = "Bill Lee" } },
      { [=[T[TELEX:a\x0dB\x5D\[\]\:\,\q\x0]]=], unknown,
        { type = "TELEX", value = "a\rB][]:,\\q\\x0", display_name = "T" } },
      { [=[a\[b\]c [SMTP:u@\[192.0.2.1\]]]=], nil,
        smtp("u", "[192.0.2.1]", { display_name = "a[b]c" }) },
      { "[SMTP:u@[192.0.2.1]]", nil, smtp("u", "[192.0.2.1]") },
    }
  end)

  it("is MS Mail's without a type, where a one-off was asked for (Q89410)", function()
    local options = { notation = "oneoff", unknown = true }
    local address = assert(postoffice.parse("[NET/PO/USER]", options))
    assert.equal("MS", address.type)
    assert.equal("NET/PO/USER", postoffice.format(address, "native"))
  end)

  it("refuses what is not closed, and text behind the bracket", function()
    refuses {
      { "[ccmail:user@domain at internet", nil, "oneoff-unclosed", 32 },
      { "Pat [ccmail:user@domain at internet", nil, "oneoff-unclosed", 36 },
      { "[ccmail:user@domain at internet] junk", nil, "oneoff-text-after", 34 },
      { "[SMTP:a@b.c] junk", nil, "oneoff-text-after", 14 },
      { "[SMTP:a@b] x]", nil, "oneoff-text-after", 12 },
      { "no brackets", { notation = "oneoff" }, "oneoff-missing", 1 },
      { "a\nb [SMTP:a@b]", nil, "control-character", 2 },
    }
  end)

  it("tells the place in the text as it was written", function()
    refuses {
      { [=[Fax[smtp:\x61..b@c]]=], nil, "localpart-dot", 15 },
      { [=[N [SMTP:\x61\x62@c..d]]=], nil, "domain-label-empty", 20 },
      { "[ccmail:at internet]", nil, "ccmail-mailbox-empty", 9 },
      { "[ccmail:user at ]", nil, "ccmail-postoffice-empty", 16 },
    }
  end)
end)

describe("CCMAIL", function()
  it("is split at the last at with spaces, in any case (Q168356)", function()
    local options = { type = "CCMAIL", notation = "native" }
    reads {
      { "user@domain.domain AT POname", options, ccmail("user@domain.domain", "POname") },
      { "O'Connor, Pat at Large at PO1", options, ccmail("O'Connor, Pat at Large", "PO1") },
      { "Brent Hendry AT ENRON_DEVELOPMENT@CCMAIL", options,
        ccmail("Brent Hendry", "ENRON_DEVELOPMENT@CCMAIL") },
      { "a   aT   b", options, ccmail("a", "b") },
      { "a at\tb, c", options, ccmail("a", "b, c") },
      { "~BEL01 at CCMAIL", options, ccmail("~BEL01", "CCMAIL") },
    }
  end)

  it("is a bare mailbox without one (Q197255)", function()
    local options = { type = "CCMAIL" }
    reads {
      { "Admin", options, ccmail "Admin" },
      { "user@domainat internet", options, ccmail "user@domainat internet" },
      { "Pat Mat", options, ccmail "Pat Mat" },
      { ",User name", options, ccmail ",User name" },
    }
  end)

  it("has a mailbox and a post office (Q249133)", function()
    local options = { type = "CCMAIL" }
    refuses {
      { "at PO_NAME", options, "ccmail-mailbox-empty", 1 },
      { " at PO_NAME", options, "ccmail-mailbox-empty", 2 },
      { "user at", options, "ccmail-postoffice-empty", 8 },
      { "at", options, "ccmail-mailbox-empty", 1 },
      { "us\rer at PO", options, "control-character", 3 },
    }
  end)
end)

describe("SMTP (RFC 5321 4.1.2)", function()
  it("holds the local part without its quotes", function()
    reads {
      { [["a b"@x.example]], nil, smtp("a b", "x.example") },
      { [["a\"b\\c"@x.example]], nil, smtp([[a"b\c]], "x.example") },
      { [["Joe\,Smith"@x.example]], nil, smtp("Joe,Smith", "x.example") },
      { [[""@x.example]], nil, smtp("", "x.example") },
      { [["a@b"@x.example]], nil, smtp("a@b", "x.example") },
      { [["a>b"@x.example]], nil, smtp("a>b", "x.example") },
      { "!#$%&`*+/=?^`{|}~'@x.example", nil, smtp("!#$%&`*+/=?^`{|}~'", "x.example") },
      { [["a\]] .. "\195\169\"@x.example", nil, smtp("a\195\169", "x.example") },
      { "\"a\tb\"@x.example", nil, smtp("a\tb", "x.example") },
    }
  end)

  it("reads well-formed UTF-8 (RFC 6531) and no other", function()
    reads {
      { "m\195\188ller@b\195\188cher.example", nil,
        smtp("m\195\188ller", "b\195\188cher.example") },
      { "\240\159\152\128@x.example", nil, smtp("\240\159\152\128", "x.example") },
    }
    refuses {
      { "m\252ller@x.example", nil, "utf8-invalid", 2 },
      { "\192\128@x", nil, "utf8-invalid", 1 }, -- overlong
      { "\237\160\128@x", nil, "utf8-invalid", 1 }, -- surrogate
      { "\244\144\128\128@x", nil, "utf8-invalid", 1 }, -- over U+10FFFF
      { "a@x\195", nil, "utf8-invalid", 4 },
      { "\"\255\"@x", nil, "utf8-invalid", 2 },
      { "\"\\\255\"@x", nil, "utf8-invalid", 3 },
      { "SMTP:\"\\\255\"@x", nil, "utf8-invalid", 8 },
    }
  end)

  it("reads address literals (4.1.3)", function()
    for _, domain in ipairs {
      "[192.0.2.1]", "[255.255.255.255]", "[IPv6:2001:db8::1]", "[ipv6:::1]", "[IPv6:::]",
      "[IPv6:1:2:3:4:5:6:7:8]", "[IPv6:1:2:3:4:5:6::8]", "[IPv6:::ffff:192.0.2.1]",
      "[IPv6:1:2:3:4:5:6:192.0.2.1]", "[tag:content!]", "[x-y:a:b]",
    } do
      reads { { "user@" .. domain, nil, smtp("user", domain) } }
    end
    local refused = { -- what RFC 5322 has besides, where RFC 5321 has not
      { "[192.0.2.256]", "literal-ipv4", 1 },
      { "[192.0.2]", "literal-ipv4", 1 },
      { "[192.0.2.1.5]", "literal-ipv4", 1 },
      { "[192.0. 2.1]", "literal-ipv4", 1 },
      { "[IPv6:1:2]", "literal-ipv6", 6 },
      { "[IPv6:1::2::3]", "literal-ipv6", 6 },
      { "[IPv6:1::2:]", "literal-ipv6", 6 },
      { "[IPv6::1:2:3:4:5:6:7]", "literal-ipv6", 6 },
      { "[IPv6:1:2:3:4:5:6:7:8:9]", "literal-ipv6", 6 },
      { "[IPv6:12345::]", "literal-ipv6", 6 },
      { "[IPv6:1:2:3:4:5:6:7:192.0.2.1]", "literal-ipv6", 6 },
      { "[2001:db8::1]", "literal-ipv6", 1 },
      { "[just-a-word]", "literal-invalid", 1 },
      { "[]", "literal-invalid", 1 },
      { "[tag-:x]", "literal-invalid", 4 },
    }
    local around = { -- the text before and after, and what it is read as, if not by a guess
      { "u@", "" }, { "u@", "", { notation = "native" } }, { "SMTP:u@", "" },
      { "[SMTP:u@", "]" }, { "<u@", ">" }, { "<u@", ">", { notation = "path" } },
      { [["a b"@]], "" }, { [["at HQ"@]], " (c)" }, { "(c)u@", "" }, { "u(c)@", "" },
      { "Kim <u@", ">" }, { "Kim at HQ <u@", "> (c)" }, { "Kim <@a,@b:u@", ">" },
      { "u@", "", { profile = "smtp" } },
    }
    for _, case in ipairs(refused) do
      for _, beside in ipairs(around) do
        local text = beside[1] .. case[1] .. beside[2]
        refuses { { text, beside[3], case[2], #beside[1] + 1 + case[3] } }
      end
      for _, options in ipairs { { profile = "obsolete" }, { profile = "header" },
        { notation = "header" } } do
        reads { { "u@" .. case[1], options, smtp("u", case[1]) } }
      end
      local list, errors = postoffice.parse_list("u@" .. case[1])
      assert.same({ case[1], 0 }, { list[1].domain, #errors })
    end
    refuses {
      { "u@[192.0.2.1", nil, "literal-unclosed", 13 },
      { "u@[192.0\\.2.256]", nil, "literal-ipv4", 1 }, -- decoded, it has no place of its own
    }
    reads { { "u@[192.0\\.2.25]", nil, smtp("u", "[192.0.2.25]") } }
  end)

  it("guesses no local part that only section 4 of RFC 5322 has", function()
    for text, position in pairs {
      ['"\7"@x.example'] = 2, ['"a\\\7"@x.example'] = 1, ['(c) "a\0b"@x.example'] = 7,
      ['<"\7"@x.example>'] = 3, ['Kim <"\7"@x.example>'] = 7, ['SMTP:"\7"@x.example'] = 7,
    } do
      refuses { { text, nil, "control-character", position } }
    end
    local obsolete = { profile = "obsolete" }
    reads {
      { '"\7"@x.example', obsolete, smtp("\7", "x.example") },
      { 'Kim <"\7"@x.example>', obsolete, smtp("\7", "x.example", { display_name = "Kim" }) },
      { '"a\tb"@x.example', nil, smtp("a\tb", "x.example") }, -- validate says so
    }
  end)

  it("says where it goes wrong", function()
    refuses {
      { "a@b..c", nil, "domain-label-empty", 5 },
      { "a@.b", nil, "domain-label-empty", 3 },
      { "a@b.", nil, "domain-label-empty", 5 },
      { "a@", nil, "domain-missing", 3 },
      { "@b", nil, "localpart-empty", 1 },
      { ".a@b", nil, "localpart-dot", 1 },
      { "a.@b", nil, "localpart-dot", 3 },
      { "a..b@c", nil, "localpart-dot", 3 },
      { "a@b@c", nil, "domain-character", 4 },
      { "user@#1234567890", nil, "domain-decimal", 6 }, -- Q194742
      { "\"a", nil, "quote-unclosed", 3 },
      { "SMTP:\"a", nil, "quote-unclosed", 8 },
      { "SMTP:\"a\"b@c", nil, "localpart-character", 9 },
      { "SMTP:a b@c", nil, "localpart-character", 7 },
      { "SMTP:\"a\1\"@c", nil, "control-character", 8 },
      { "SMTP:Gatename!JohnS", nil, "domain-missing", 20 },
    }
  end)
end)

describe("the path notation (RFC 5321 4.1.2)", function()
  it("reads paths, source routes, <> and <Postmaster>", function()
    local path = { notation = "path" }
    reads {
      { "<a@b>", path, smtp("a", "b") },
      { "<@a.example,@b.example:u@c>", path, smtp("u", "c", { route = "@a.example,@b.example" }) },
      { "<@[IPv6:::1]:u@c>", path, smtp("u", "c", { route = "@[IPv6:::1]" }) },
      { "<>", path, smtp "" },
      { "<Postmaster>", path, smtp "Postmaster" },
      { "<postMASTER>", nil, smtp "postMASTER" },
      { "<\"a>b\"@c>", path, smtp("a>b", "c") },
      { "<u@[x:a>b]>", path, smtp("u", "[x:a>b]") }, -- 4.1.3 dcontent
      { "<u@[x:a\"b]>", path, smtp("u", "[x:a\"b]") },
      { "< a@b\t>", nil, smtp("a", "b") }, -- a header's
      { "<@[x:a>b]:u@c>", path, smtp("u", "c", { route = "@[x:a>b]" }) },
    }
  end)

  it("takes hops that are domains (A-d-l), in headers too", function()
    for _, notation in ipairs { "path", "header" } do
      local options = { notation = notation }
      reads {
        { "<@b\195\188cher.example:u@c>", options,
          smtp("u", "c", { route = "@b\195\188cher.example" }) },
        { "<@[192.0.2.1],@b.example:u@c>", options,
          smtp("u", "c", { route = "@[192.0.2.1],@b.example" }) },
      }
      refuses {
        { "<@r\0x:u@d.example>", options, "control-character", 4 },
        { "<@\255\254:u@d.example>", options, "utf8-invalid", 3 },
        { "<@a..b:c@d.example>", options, "route-invalid", 5 },
        { "<@.:c@d.example>", options, "route-invalid", 3 },
        { "<@#12:c@d.example>", options, "route-invalid", 3 },
        { "<@:c@d.example>", options, "route-invalid", 3 },
      }
    end
    for _, options in ipairs { { notation = "path" }, {} } do
      refuses {
        { "<@r\r\n x:u@d.example>", options, "control-character", 4 },
        { "<@a]b:c@d.example>", options, "route-invalid", 4 },
        { "<@[]:c@d.example>", options, "route-invalid", 4 },
        { "<@[192.0.2.256]:c@d.example>", options, "route-invalid", 4 },
        { "<@a,:c@d.example>", options, "route-invalid", 5 },
        { "<@a b:c@d.example>", options, "route-invalid", 4 },
      }
    end
    local header = { notation = "header" } -- obs-route (RFC 5322 4.4)
    reads {
      { "<@[]:c@d.example>", header, smtp("c", "d.example", { route = "@[]" }) },
      { "<@a,:c@d.example>", header, smtp("c", "d.example", { route = "@a," }) },
      { "<, @a . b (c),,\r\n @e:c@d.example>", header,
        smtp("c", "d.example", { route = ",@a.b,,@e", comment = "c" }) },
    }
    refuses { -- and none of it guessed, whatever stands beside it
      { "Kim <@[]:c@d.example>", nil, "route-invalid", 8 },
      { "Kim <@a,,@b:c@d.example>", nil, "route-invalid", 9 },
      { "<,@a:c@d.example>", nil, "route-invalid", 2 },
      { "(k)<@a,:c@d.example>", nil, "route-invalid", 8 },
    }
    reads {
      { "Kim <@a,@b:c@d.example>", nil,
        smtp("c", "d.example", { display_name = "Kim", route = "@a,@b" }) },
      { "<@a,,@b:c@d.example>", { profile = "obsolete" },
        smtp("c", "d.example", { route = "@a,,@b" }) },
    }
  end)

  it("refuses anything else", function()
    local path = { notation = "path" }
    refuses {
      { "a@b", path, "path-angle-missing", 1 },
      { "<a@b", path, "angle-unclosed", 5 },
      { "<a@b> x", path, "mailbox-text-after", 6 },
      { "< a@b>", path, "localpart-character", 2 },
      { "<a@b\t>", path, "domain-character", 5 },
      { "<@a: u@c>", path, "localpart-character", 5 },
      { "< >", path, "localpart-character", 2 },
      { "<@a:>", path, "address-empty", 5 },
      { "<@a,b:u@c>", path, "route-invalid", 5 },
      { "<@a,:u@c>", path, "route-invalid", 5 },
      { "<@a u@c>", path, "route-invalid", 8 },
      { "<user>", path, "domain-missing", 6 },
    }
  end)
end)

describe("the header notation (RFC 5322 3.4)", function()
  it("reads a display name, quoted or not, and comments", function()
    local function kim(more)
      return smtp("kim", "x.example", more)
    end
    reads {
      { "Kim Lee <kim@x.example>", nil, kim { display_name = "Kim Lee" } },
      { "Kim  \t Lee<kim@x.example>", nil, kim { display_name = "Kim Lee" } },
      { [["Lee, Kim" <kim@x.example>]], nil, kim { display_name = "Lee, Kim" } },
      { [["a \"b\" \\c" <kim@x.example>]], nil, kim { display_name = [[a "b" \c]] } },
      { [["" <kim@x.example>]], nil, kim() },
      { "John Q. Public <kim@x.example>", nil, kim { display_name = "John Q. Public" } },
      { "kim@x.example (Kim Lee)", nil, kim { comment = "Kim Lee" } },
      { "(a) kim@x.example (b (c) \\))", nil, kim { comment = "a b (c) )" } },
      { "(First Last) <kim@x.example>", nil, kim { comment = "First Last" } },
      { "Kim\r\n Lee\r\n\t<kim@x.example>", nil, kim { display_name = "Kim Lee" } },
      { "M\195\188ller <kim@x.example>", nil, kim { display_name = "M\195\188ller" } },
      { "< kim@x.example >", { notation = "header" }, kim() },
      { [[First Last <"<First>Last"@x.example>]], nil,
        smtp("<First>Last", "x.example", { display_name = "First Last" }) },
    }
  end)

  it("says where it goes wrong", function()
    refuses {
      { "Kim <kim@x.example", nil, "angle-unclosed", 19 },
      { "Kim <kim@x.example> Lee", nil, "mailbox-text-after", 21 },
      { "kim@x.example Lee", nil, "mailbox-text-after", 15 },
      { "(Kim kim@x.example", nil, "comment-unclosed", 19 },
      { "Lee, Kim <kim@x.example>", nil, "mailbox-character", 4 },
      { "Kim\r\nLee <kim@x.example>", nil, "control-character", 4 },
      { "\"a\nb\" <kim@x.example>", nil, "control-character", 3 },
      { "Kim Lee kim@x.example", nil, "localpart-character", 4 },
      { "M\252ller <kim@x.example>", nil, "utf8-invalid", 2 },
      { "\"M\252ller\" <kim@x.example>", nil, "utf8-invalid", 3 },
      { "kim@x.example (M\252ller)", nil, "utf8-invalid", 17 },
      { "\"Kim\\\r\n Lee\" <kim@x.example>", nil, "control-character", 6 },
      { "\"Kim\r\nLee\" <kim@x.example>", nil, "control-character", 5 },
      { "\"Kim <kim@x.example>", nil, "quote-unclosed", 21 },
      { "Kim <\"kim@x.example>", nil, "quote-unclosed", 21 },
      { "Kim <kim(@x.example>", nil, "comment-unclosed", 21 },
      { "Kim <kim@[192.0.2.1>", nil, "literal-unclosed", 21 },
      { "Kim <kim@x.example Lee>", nil, "mailbox-text-after", 20 },
      { "kim@x.example\r\n", nil, "control-character", 14 },
      { "kim@x.example\rBcc: a@b", nil, "control-character", 14 },
    }
  end)

  it("unfolds quoted strings, comments and the ends (3.2.2, 3.2.4)", function()
    local function kim(more)
      return smtp("kim", "x.example", more)
    end
    reads {
      { "\"Lee,\r\n Kim\" <kim@x.example>", nil, kim { display_name = "Lee, Kim" } },
      { "\"Lee,\r\n\t\r\n Kim\" <kim@x.example>", nil, kim { display_name = "Lee,\t Kim" } },
      { "kim@x.example (Kim\r\n Lee)", nil, kim { comment = "Kim Lee" } },
      { "kim@x.example (Kim (\r\n Lee))", nil, kim { comment = "Kim ( Lee)" } },
      { "kim@x.example\r\n ", nil, kim() },
      { "\r\n kim@x.example \r\n\t\r\n ", nil, kim() },
      { "Kim <\r\n kim@x.example\r\n >", nil, kim { display_name = "Kim" } },
      { "Kim <(at work) kim@x.example (now)> (or not)", nil,
        kim { display_name = "Kim", comment = "at work now or not" } },
      { "\"kim\r\n lee\"@x.example", nil, smtp("kim lee", "x.example") },
      { "Kim <\"kim\r\n lee\"@x.example>", nil,
        smtp("kim lee", "x.example", { display_name = "Kim" }) },
    }
    refuses { -- the place is that of the text as it is written
      { "\"kim\r\n lee\"@x..example", nil, "domain-label-empty", 15 },
      { "Kim <\"kim\r\n lee\"@x..example>", nil, "domain-label-empty", 20 },
      { "<\"kim\r\n lee\"@x.example>", { notation = "path" }, "fold", 6 },
      { "SMTP:\"kim\r\n lee\"@x.example", nil, "control-character", 10 },
    }
  end)

  it("begins a phrase with a word (4.1)", function()
    refuses {
      { ". <kim@x.example>", nil, "mailbox-character", 1 },
      { ".X <kim@x.example>", nil, "mailbox-character", 1 },
      { "(c) . X <kim@x.example>", nil, "mailbox-character", 5 },
    }
    reads { { "X . Y. <kim@x.example>", nil,
      smtp("kim", "x.example", { display_name = "X . Y." }) } }
  end)

  it("keeps a source route (4.4)", function()
    reads { { "Kim <@a,@b:kim@x.example>", nil,
      smtp("kim", "x.example", { display_name = "Kim", route = "@a,@b" }) } }
  end)

  it("takes a distinguished name and TYPE:address in the angle brackets", function()
    local dn = "/O=FIRST ORGANIZATION/OU=NA/cn=Recipients/cn=klee"
    for _, notation in ipairs { false, "header" } do
      local options = { notation = notation or nil }
      reads {
        { '"Lee, Kim" <' .. dn .. ">", options,
          { type = "EX", dn = dn, display_name = "Lee, Kim" } },
        { "Kim Lee </O=EX/OU=NA/CN=KLEE> (x)", options,
          { type = "EX", dn = "/O=EX/OU=NA/CN=KLEE", display_name = "Kim Lee", comment = "x" } },
        { "</O=EX/OU=NA/CN=KLEE>", options, { type = "EX", dn = "/O=EX/OU=NA/CN=KLEE" } },
        { "</o=EX/cn=k lee@x>", options, { type = "EX", dn = "/o=EX/cn=k lee@x" } },
        { "</o=EX/cn=klee@x.example>", options, smtp("/o=EX/cn=klee", "x.example") },
        { "Kim Lee <CCMAIL:Lee, Kim at HQ>", options,
          ccmail("Lee, Kim", "HQ", { display_name = "Kim Lee" }) },
        { "<ccmail: Lee, Kim at HQ >", options, ccmail("Lee, Kim", "HQ") },
        { "Kim <SMTP:kim@x.example>", options,
          smtp("kim", "x.example", { display_name = "Kim" }) },
      }
      refuses {
        { "Kim <TELEX:1>", options, "type-unknown", 6 },
        { "Kim <CCMAIL: at HQ>", options, "ccmail-mailbox-empty", 14 },
        { "Kim <CCMAIL:a\1b at HQ>", options, "control-character", 14 },
      }
    end
    reads {
      { "Kim <TELEX:1>", { unknown = true },
        { type = "TELEX", value = "1", display_name = "Kim" } },
      { "Kim </o=EX/cn=klee>", { type = "X500", notation = "header" },
        { type = "X500", dn = "/o=EX/cn=klee", display_name = "Kim" } },
    }
    refuses { { "Kim </o=EX/cn=klee>", { type = "SMTP" }, "type-mismatch", 6 } }
  end)

  it("says what else it is: several addresses, a group, brackets, a URI", function()
    refuses {
      { "a@b.example, c@d.example", nil, "mailbox-several", 12 },
      { "a@b.example; c@d.example", nil, "mailbox-several", 12 },
      { "A <a@b>, C <c@d>", nil, "mailbox-several", 8 },
      { "A <a@b, c@d>", nil, "mailbox-several", 7 },
      { "<a@b>, <c@d>", nil, "mailbox-several", 6 },
      { "<a@b>,<c@d>", { notation = "path" }, "mailbox-several", 6 },
      { "[ccmail:a at b], [ccmail:c at d]", nil, "mailbox-several", 16 },
      { "NewRound: A Center <webmaster@round.example>", nil, "mailbox-group", 9 },
      { "Team: a@b.example, c@d.example;", nil, "mailbox-group", 5 },
      { "Team: a@b.example, c@d.example", nil, "mailbox-group", 5 },
      { "undisclosed-recipients:;", nil, "mailbox-group", 23 },
      { "Undisclosed recipients:;", nil, "mailbox-group", 23 },
      { "\"undisclosed-recipients (hidden)\":;", nil, "mailbox-group", 34 },
      { "Kim Lee [kim@x.example]", nil, "mailbox-bracket", 9 },
      { "[kim@x.example]", nil, "mailbox-bracket", 1 },
      { "mailto:kim@x.example", nil, "address-uri", 1 },
      { "<mailto:kim@x.example>", nil, "address-uri", 2 },
      { "<https://x.example/>", nil, "address-uri", 2 },
      { "mailto:kim@x.example", { notation = "header" }, "address-uri", 7 },
      { "/o=Org/cn=kim", { type = "SMTP" }, "address-dn", 1 },
      { "Kim </o=Org/cn=kim>", { profile = "smtp" }, "address-dn", 6 },
      { "Kim <MAILTO:kim@x.example>", nil, "address-uri", 6 },
      { "[mailto:kim@x.example]", nil, "address-uri", 2 },
    }
  end)
end)

describe("parse", function()
  it("raises where a programmer is wrong", function()
    for _, case in ipairs {
      { "string expected", 1 },
      { "unknown option 'notaton'", "a@b", { notaton = "path" } },
      { "unknown notation 'x'", "a@b", { notation = "x" } },
      { "unknown notation 'table'", "a@b", { notation = {} } },
      { "the option 'type' is a string, not a number", "a@b", { type = 5 } },
      { "table expected", "a@b", "SMTP" },
    } do
      local fine, message = pcall(postoffice.parse, case[2], case[3])
      assert.is_false(fine)
      assert.truthy(message:find(case[1], 1, true), message)
    end
  end)

  it("and its neighbours say which option is wrong", function()
    for expected, case in pairs {
      ["the option 'idn' is ascii or unicode, not '5'"] = { "normalize", "a@b", { idn = 5 } },
      ["the option 'idn' is ascii or unicode, not 'x'"] = { "normalize", "a@b", { idn = "x" } },
      ["the option 'idn' is ascii or unicode, not 'table'"] = { "normalize", "a@b", { idn = {} } },
      ["the option 'syntax' is a string, not a boolean"] = { "format", "a@b", { syntax = true } },
      ["the option 'type' is a string, not a table"] = { "new", { type = {} } },
      ["the option 'width' is a number of octets, 32 or more"] =
        { "format_list", { "a@b" }, { width = "x" } },
      ["the option 'column' is a number of octets, 0 or more"] =
        { "format_list", { "a@b" }, { column = {} } },
    } do
      assert.has_error(function() postoffice[case[1]](case[2], case[3]) end, expected)
    end
  end)

  it("has its options bound by new", function()
    local cc = postoffice.new { type = "CCMAIL" }
    assert.equal("user@domain", cc.parse("user@domain at internet").mailbox)
    assert.equal("SMTP", cc.parse("a@b", { type = "SMTP" }).type)
    assert.equal("CCMAIL:a at b", cc.key "A at B")
  end)
end)
