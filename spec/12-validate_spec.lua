local helper = require "spec.helper"
local postoffice = require "postoffice"
local vectors = require "spec.vectors"

describe("validate", function()
  local function long(n, letter)
    return (letter or "a"):rep(n)
  end

  it("is parse and the dialect's limits (RFC 5321 4.5.3.1)", function()
    local label = long(63)
    local domain = table.concat({ label, label, label }, ".") .. "."
    for _, case in ipairs {
      { "a@b" },
      { "[ccmail:user@domain at internet]" },
      { "<>" },
      { "<@a.example,@b.example:u@c.example>" },
      { "<@a_b:u@c>", "domain-label-character", 4 },
      { "Kim <@b,@a-:u@c>", "domain-label-hyphen", 11 },
      { "<@-a:u@c>", "domain-label-hyphen", 3 },
      { "<@" .. label .. "a:u@c>", "domain-label-length", 3 },
      { "<@[192.0.2.1]:u@c>", "route-invalid", 2 },
      { "<Postmaster>" },
      { long(64) .. "@b" },
      { long(65) .. "@b", "localpart-length", 65 },
      { [["]] .. long(62) .. [["@b]] },
      { [["]] .. long(63, " ") .. [["@b]], "localpart-length", 1 },
      { "a@" .. label .. ".b" },
      { "a@" .. label .. "a.b", "domain-label-length", 3 },
      { long(62) .. "@" .. domain:sub(1, -2) },
      { long(63) .. "@" .. domain:sub(1, -2), "mailbox-length", 1 },
      { "a@" .. domain .. long(63), "mailbox-length", 1 },
      { "a@" .. domain .. long(62) .. ".b", "domain-length", 258 },
      { "a@b_c.d", "domain-label-character", 4 },
      { "a@-b.c", "domain-label-hyphen", 3 },
      { "a@b-.c", "domain-label-hyphen", 4 },
      { "a@b.c-", "domain-label-hyphen", 6 },
      { "swadmin@*", "domain-label-character", 9 }, -- Q189492
      { "a@b..c", "domain-label-empty", 5 },
      { "CCMAIL:a[b] at c", "ccmail-bracket", 9 }, -- Q232687
      { [=[X [SMTP:\x61\x62@c_d]]=], "domain-label-character", 19 },
    } do
      local text, code, position = case[1], case[2], case[3]
      local valid, message, why, where = postoffice.validate(text)
      assert.equal(code, why, text)
      assert.equal(code == nil, valid, text)
      assert.equal(code and postoffice.message(code), message, text)
      assert.equal(position, where, text)
    end
  end)

  it("takes addresses built by hand", function()
    assert.is_true(postoffice.validate { type = "SMTP", localpart = "a", domain = "b" })
    assert.is_true(postoffice.validate { type = "SMTP", localpart = "" })
    local valid, _, code = postoffice.validate { type = "SMTP", localpart = "a", domain = "b_c" }
    assert.is_false(valid)
    assert.equal("domain-label-character", code)
    valid, _, code = postoffice.validate { type = "SMTP", localpart = "a\n", domain = "b" }
    assert.is_false(valid)
    assert.equal("control-character", code)
  end)

  it("takes a type", function()
    local valid, message, code, position = postoffice.validate("a@b..c", { type = "SMTP" })
    assert.is_false(valid)
    assert.equal("a domain label is empty", message)
    assert.equal("domain-label-empty", code)
    assert.equal(5, position)
  end)
end)

describe("diagnose", function()
  it("grades addresses and finds all there is to say", function()
    for _, case in ipairs {
      { "user@example.com", "ok" },
      { "a@b", "5321", "domain-single-label", 3 },
      { "a@b.123", "5321", "domain-numeric", 5 },
      { [["a b"@example.com]], "5321", "localpart-quoted", 1 },
      { "a@[192.0.2.1]", "5321", "domain-literal", 3 },
      { "\"a\tb\"@example.com", "5322", "localpart-quoted", 1, "localpart-tab", 3 },
      { "\"a\\\195\169\"@example.com", "5322", "localpart-quoted", 1, "localpart-pair", 3 },
      { "\"\\\\\195\169\"@example.com", "5321", "localpart-quoted", 1 },
      { "=?utf-8?q?=40evil.example=00?=@example.com", "5321", "localpart-encoded-word", 1 },
      { "=?=@example.com", "ok" },
      { "a@[IPv6:1:2:3:4:5:6::8]", "5321", "domain-literal", 3, "literal-ipv6-group", 3 },
      { "user@example.com (Kim)", "cfws", "comment", 18 },
      { " user@example.com", "cfws", "white-space", 1 },
      { "Kim\r\n Lee <user@example.com>", "cfws", "fold", 4 },
      { "user(Kim)@example.com", "deprecated", "comment", 5, "cfws-near-at", 5 },
      { "Kim <user @ example.com>", "deprecated", "cfws-near-at", 10 },
      { "a . b@example.com", "deprecated", "obsolete-localpart", 1 },
      { "a@example . com", "deprecated", "obsolete-domain", 10 },
      { "Kim Q. Lee <user@example.com>", "deprecated", "obsolete-phrase", 6 },
      { "user@example.com\n ", "deprecated", "fold-lf", 17, "obsolete-fold", 17,
        "white-space", 1 },
      { "=?x?q?a?= <user@example.com>", "5321", "encoded-word-charset", 1 },
      { "a@[x y]", "5322", "domain-literal", 3, "literal-invalid", 4 },
      { "a@[192.0.2.256]", "5322", "domain-literal", 3, "literal-ipv4", 4 },
      { "<a@[x]>", "5322", "domain-literal", 4, "literal-invalid", 5 },
      { "a@b_c.example", "5322", "domain-label-character", 4 },
      { ("a"):rep(65) .. "@b", "5322", "localpart-length", 65, "domain-single-label", 67 },
      { "a@b..c", "error", "domain-label-empty", 5 },
      { "<>", "ok" }, { "<Postmaster>", "ok" },
      { "CCMAIL:Kim Lee at HQ", "ok" },
      { "CCMAIL:Kim Lee", "unusual", "ccmail-bare", 8 },
      { "CCMAIL:Kim [x]", "limits", "ccmail-bracket", 12, "ccmail-bare", 8 },
      { "X400:g=Kim;", "limits", "x400-country-missing", 6, "x400-admd-missing", 6,
        "x400-surname-missing", 6 },
    } do
      local grade, findings = postoffice.diagnose(case[1])
      assert.equal(case[2], grade, case[1])
      local expected = {}
      for i = 3, #case, 2 do
        expected[#expected + 1] = { case[i], case[i + 1] }
      end
      assert.equal(#expected, #findings, case[1])
      for i, finding in ipairs(findings) do
        assert.same(expected[i], { finding.code, finding.position }, case[1])
        assert.equal(postoffice.message(finding.code), finding.message)
      end
      assert.equal(grade ~= "error" and grade ~= "5322" and grade ~= "limits",
        postoffice.validate(case[1]), case[1])
    end
  end)

  it("has an error for what the profile does not allow", function()
    local grade, findings = postoffice.diagnose("k(home)@x.example", { profile = "smtp" })
    assert.same({ "error", "comment", "error", 2 },
      { grade, findings[1].code, findings[1].severity, findings[1].position })
  end)

  it("takes addresses built by hand", function()
    local grade, findings = postoffice.diagnose { type = "SMTP", localpart = "a", domain = "b" }
    assert.equal("5321", grade)
    assert.same({ { code = "domain-single-label", source = "RFC 5321 2.3.5", severity = "note",
      message = postoffice.message "domain-single-label" } }, findings)
    grade, findings = postoffice.diagnose { type = "SMTP", localpart = "a\n", domain = "b" }
    assert.equal("error", grade)
    assert.equal("control-character", findings[1].code)
  end)
end)

describe("the source of a finding", function()
  -- Codes of reading and judging that name none.
  local unsourced = {
    ["ok"] = "no finding",
    ["scratch-full"] = "the caller's of the core",
    ["address-length"] = "a policy's", ["ccmail-postoffice-missing"] = "a policy's",
    ["notation-type"] = "of writing", ["format-unreadable"] = "of writing",
    ["field-type"] = "of a table in Lua",
    ["type-unknown"] = "which types there are", ["type-mismatch"] = "which type was asked for",
    ["type-grammar"] = "the definition's of a type", ["type-check"] = "the definition's of a type",
    ["idn-missing"] = "of this build", ["idn-unchecked"] = "of this build",
    ["idn-memory"] = "of this machine",
    ["dn-server"] = "our own", ["uucp-character"] = "our own",
  }

  -- The codes before those of encapsulation, by name.
  local slugs = {}
  local header = helper.read "csrc/codes.h":match "^(.-)/%* Encapsulation"
  for name, slug in header:gmatch 'PO_%u+%(([%w_]+),%s*"([^"]+)"' do
    slugs[name] = slug
  end

  local sources = {}
  for name, source in helper.read "csrc/sources.h":gmatch 'PO_SOURCE%(([%w_]+),%s*"([^"]+)"%)' do
    sources[assert(slugs[name], name)] = source
  end

  it("is known of every code, or its absence is explained", function()
    for _, slug in pairs(slugs) do
      assert.is_true((sources[slug] == nil) == (unsourced[slug] ~= nil), slug)
    end
  end)

  local function add_rows(texts, rows)
    for _, row in ipairs(rows) do
      texts[#texts + 1] = type(row.input) == "string" and row.input or nil
    end
  end

  local function add_seeds(texts)
    for path in helper.output("find spec/fuzz -type f -path '*.in/*'"):gmatch "[^\n]+" do
      texts[#texts + 1] = helper.read(path)
    end
  end

  local function add_corpora(texts)
    for name in helper.output("ls ../shared/corpora 2>/dev/null || true")
      :gmatch "([%w_]+)%.jsonl" do
      add_rows(texts, vectors.corpus(name))
    end
  end

  it("is what sources.h says, whatever is read as whatever type #slow", function()
    local texts, readings = {}, { {}, { profile = "smtp" }, { profile = "lenient" },
      { notation = "oneoff" }, { notation = "path" } }
    for _, kind in ipairs(vectors.kinds()) do
      add_rows(texts, vectors.rows(kind))
    end
    add_seeds(texts)
    add_corpora(texts)
    for _, name in ipairs(postoffice.types()) do
      readings[#readings + 1] = { type = name, notation = "native" }
    end
    local differ = {}
    for _, text in ipairs(texts) do
      for _, options in ipairs(readings) do
        local _, findings = postoffice.diagnose(text, options)
        for _, finding in ipairs(findings) do
          local code = finding.code
          if finding.source ~= sources[code] or not (sources[code] or unsourced[code]) then
            differ[code] = text
          end
        end
      end
    end
    assert.same({}, differ)
  end)
end)

describe("normalize", function()
  it("keeps the notation and writes the preferred spelling", function()
    for text, expected in pairs {
      ["smtp:User@EXAMPLE.com"] = "smtp:User@example.com",
      ["Smtp:User@EXAMPLE.com"] = "smtp:User@example.com",
      ["User@EXAMPLE.com"] = "User@example.com",
      [ [["abc"@X.example]] ] = "abc@x.example",
      [ [["Joe\,Smith"@x.com]] ] = [["Joe,Smith"@x.com]],
      ["x@[IPv6:2001:0DB8:0:0:0:0:0:1]"] = "x@[IPv6:2001:db8::1]",
      ["x@[IPv6:1:0:0:2:0:0:0:3]"] = "x@[IPv6:1:0:0:2::3]",
      ["x@[ipv6:1:2:3:4:5:6::8]"] = "x@[IPv6:1:2:3:4:5:6:0:8]", -- RFC 5952 4.2.2
      ["x@[IPv6:::ffff:192.0.2.1]"] = "x@[IPv6:::ffff:c000:201]",
      ["x@[192.000.2.01]"] = "x@[192.0.2.1]",
      ["Kim  Lee <Kim@X.example>"] = "Kim Lee <Kim@x.example>",
      ["<Kim@X.example>"] = "<Kim@x.example>",
      ["Kim <@a.example:Kim@X.example>"] = "Kim <@a.example:Kim@x.example>",
      ["\"Lee,\r\n Kim\" <Kim@X.example>\r\n "] = "\"Lee, Kim\" <Kim@x.example>",
      ["Kim </O=EX/CN=KIM>"] = "Kim [EX:/O=EX/CN=KIM]",
      ["<CCMAIL:Lee,  Kim  at HQ>"] = "[CCMAIL:Lee, Kim at HQ]",
      ["<>"] = "<>",
      ["[ccmail:Smith,  J   at  HQ]"] = "[CCMAIL:Smith, J at HQ]",
      ["ccmail:user@Domain AT Internet"] = "ccmail:user@Domain at Internet",
      ["X500:/o=A/cn=b"] = "X500:/o=A/cn=b",
    } do
      assert.equal(expected, (postoffice.normalize(text)), text)
      assert.equal(expected, (postoffice.normalize(expected)), text)
    end
  end)

  it("fails as parse does", function()
    local text, _, code, position = postoffice.normalize "a@b..c"
    assert.is_nil(text)
    assert.equal("domain-label-empty", code)
    assert.equal(5, position)
  end)
end)

describe("key and equal", function()
  it("name one mailbox for all its spellings", function()
    for _, same in ipairs {
      { "SMTP:User@Example.COM", "smtp:user@example.com", "Kim <USER@example.com> (x)" },
      { [["a b"@x]], [["A\ B"@X]] },
      { [["abc"@x]], "abc@x" },
      { "x@[IPv6:1::2]", "x@[ipv6:1:0:0:0:0:0:0:2]" },
      { "CCMAIL:Smith, Grover at Ferguson", "ccmail:GROVER SMITH AT FERGUSON",
        "[CCMAIL:grover   smith at ferguson]" }, -- Q154053
      { "EX:/o=Org/cn=A", "X500:/O=ORG/CN=a" },
    } do
      for i = 2, #same do
        assert.is_true(postoffice.equal(same[1], same[i]), same[i])
        assert.equal(postoffice.key(same[1]), postoffice.key(same[i]))
      end
    end
  end)

  it("tell different ones apart", function()
    for _, different in ipairs {
      { "CCMAIL:John Smith at A", "CCMAIL:John Smith at B" },
      { "CCMAIL:John Smith", "CCMAIL:John Smith at A" },
      { "CCMAIL:Smith, John, Jr at A", "CCMAIL:John, Jr Smith at A" },
      { "SMTP:a@b", "CCMAIL:a@b" },
      { [["a "@x]], [["a"@x]] },
      { "<>", "<Postmaster>" },
    } do
      assert.is_false(postoffice.equal(different[1], different[2]), different[1])
    end
  end)

  it("fail for what is no address", function()
    local key, _, code, position = postoffice.key "a@"
    assert.is_nil(key)
    assert.equal("domain-missing", code)
    assert.equal(3, position)
    assert.is_nil((postoffice.equal("a@b", "x")))
  end)
end)

describe("codes", function()
  it("each have a sentence that ends without a dot", function()
    local codes = postoffice.codes()
    assert.truthy(#codes > 50)
    for _, code in ipairs(codes) do
      local message, status = postoffice.message(code)
      assert.truthy(message:find "^[%w<]" and not message:find "%.$", code)
      assert.truthy(status == nil or status:find "^[45]%.%d%.%d+$", code)
    end
  end)

  it("are known or nil", function()
    assert.is_nil((postoffice.message "no-such-code"))
  end)
end)
