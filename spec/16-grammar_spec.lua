--- An LPeg grammar of RFC 5322, 5321, 6531 and 6532, written without looking
-- at the C parser: first it is proven, then the parser is held to it.
local postoffice = require "postoffice"
local helper = require "spec.helper"
local vectors = require "spec.vectors"
local random_from = require("spec.generate").random
local abnf = require "spec.grammar.abnf"
local generate = require "spec.grammar.generate"
local rfc5321 = require "spec.grammar.rfc5321"
local rfc5322 = require "spec.grammar.rfc5322"

local strict, obsolete = rfc5322.new {}, rfc5322.new { obsolete = true }

--- On one Lua all that is asked for, on the others a little: the C parser is the same.
local function times(count)
  return helper.times(_VERSION == "Lua 5.4" and count or math.ceil(count / 20))
end

--- "A line made up entirely of WSP": what the ABNF alone would allow (3.2.2).
local function has_blank_line(text)
  return (text:find "\r\n[ \t]+\r\n" or text:find "\r\n[ \t]+$") ~= nil
end

local function without_empty(list)
  local kept = {}
  for _, text in ipairs(list) do
    if text ~= "" then
      kept[#kept + 1] = text
    end
  end
  return kept
end

describe("the grammar", function()
  it("holds exactly what the ABNF beside its rules holds #slow", function()
    local random = random_from(5322)
    for rule, judge in pairs { mailbox = "mailbox", ["addr-spec"] = "addr_spec",
      ["address-list"] = "address_list", ["mailbox-list"] = "mailbox_list", group = "group" } do
      local function agree(text)
        if #text < 50 then
          assert.equal(abnf.holds(generate.obsolete, rule, text),
            obsolete[judge](text) ~= nil, ("%s %q"):format(rule, text))
          assert.equal(abnf.holds(generate.strict, rule, text) and not has_blank_line(text),
            strict[judge](text) ~= nil, ("strict %s %q"):format(rule, text))
        end
      end
      generate.each(generate.obsolete, rule, random, times(80), agree)
      generate.each(generate.strict, rule, random, times(80), agree)
    end
  end)

  it("holds what RFC 5321's ABNF holds, but for what its prose forbids", function()
    local random = random_from(5321)
    for rule in pairs { mailbox = true, path = true } do
      generate.each(generate.smtp, rule, random, times(400), function(text)
        if rfc5321[rule](text) and not text:find "[\128-\255]" then
          assert.is_true(#text > 80 or abnf.holds(generate.smtp, rule, text), text)
        end
      end)
    end
  end)

  it("tells apart what section 4 of RFC 5322 adds", function()
    for _, row in ipairs {
      -- text, a mailbox by section 3, by section 4 too
      { "kim@x.example", true, true },
      { "Kim Lee <kim@x.example>", true, true },
      { "John Q. Public <kim@x.example>", false, true }, -- obs-phrase
      { ". John <kim@x.example>", false, false },
      { "kim . lee@x.example", false, true }, -- obs-local-part
      { '"k.".lee@x.example', false, true },
      { "kim..lee@x.example", false, false },
      { "kim@x . example", false, true }, -- obs-domain
      { "kim@x.example.", false, false },
      { "kim(a (b)) @ (c) x.example (d)", true, true }, -- CFWS: section 3 has it
      { "kim@[a\\]b]", false, true }, -- obs-dtext
      { "kim@[a b]", true, true },
      { "kim@[a[b]", false, false },
      { "<@a,,@b:kim@x.example>", false, true }, -- obs-route
      { "<@a:kim@x.example>", false, true },
      { '"\1"@x.example', false, true }, -- obs-qtext
      { '"\\\0"@x.example', false, true }, -- obs-qp
      { '"\0"@x.example', false, false },
      { "(\127) kim@x.example", false, true }, -- obs-ctext
      { "(\r) kim@x.example", false, false },
      { " \r\n kim@x.example", true, true },
      { "\r\n \r\n kim@x.example", false, true }, -- obs-FWS, erratum 1908
      { "kim@x.example\r\n ", false, true },
      { "kim@x.example\r\n", false, false },
      { "kim@x.example \n ", false, false },
      { "k\195\188m@x.example", true, true }, -- RFC 6532
      { '"\\\195\188"@x.example', true, true },
      { "k\195@x.example", false, false },
      { "k\237\160\128@x.example", false, false },
      { "", false, false },
    } do
      assert.equal(row[2], strict.mailbox(row[1]) ~= nil, row[1])
      assert.equal(row[3], obsolete.mailbox(row[1]) ~= nil, row[1])
    end
  end)

  it("says what a mailbox consists of", function()
    local function of(text)
      local mailbox = assert(obsolete.mailbox(text), text)
      return { mailbox.display_name or false, mailbox.route or false, mailbox.localpart,
        mailbox.domain, table.concat(mailbox.comments, "|") }
    end
    for _, row in ipairs {
      { "kim@x", { false, false, "kim", "x", "" } },
      { 'A. "B\\"  C"(d) E <kim@x>', { 'A. B"  C E', false, "kim", "x", "d" } },
      { '"foo..bar" . baz@ x . y', { false, false, "foo..bar.baz", "x.y", "" } },
      { '"a\r\n b"@x', { false, false, "a b", "x", "" } },
      { '"a""b" <@p , , @q:k@x>', { "ab", "@p,,@q", "k", "x", "" } },
      { "(a\\)(b\r\n c)) k(d)@x(e)", { false, false, "k", "x", "a)(b c)|d|e" } },
      { "k@[\r\n a\\]b]", { false, false, "k", "[ a]b]", "" } },
    } do
      assert.same(row[2], of(row[1]), row[1])
    end
    local name = obsolete.mailbox(' "Lee" <kim@x>').parts.display_name
    assert.same({ 1, 7 }, { name.first, name.last })
  end)

  it("says what a list consists of", function()
    local list = assert(obsolete.address_list ", a@b, T e (c) : k@x,, <l@y> ;, ,c@d,")
    assert.equal(3, #list)
    assert.same({ "a", "c" }, { list[1].localpart, list[3].localpart })
    assert.same({ "T e", 2, "k", "l" }, { list[2].group, #list[2].members,
      list[2].members[1].localpart, list[2].members[2].localpart })
    assert.equal(7, list[2].position)
    for _, row in ipairs {
      { "a@b,c@d", true, true }, { "G:;", true, true }, { "G: (c) ;", true, true },
      { "a@b,,c@d", false, true }, { "G:,;", false, true }, { "a@b,", false, true },
      { "", false, false }, { ",", false, false }, { "G: H:;;", false, false },
      { "a@b;", false, false }, { "a@b c@d", false, false },
    } do
      assert.equal(row[2], strict.address_list(row[1]) ~= nil, row[1])
      assert.equal(row[3], obsolete.address_list(row[1]) ~= nil, row[1])
    end
  end)

  it("takes what nests and what is long as it comes", function()
    local deep = ("("):rep(10000) .. (")"):rep(10000)
    assert.equal(19998, #obsolete.mailbox(deep .. "k@x").comments[1])
    assert.is_nil(obsolete.mailbox(("("):rep(10000) .. "k@x"))
    assert.equal("k", obsolete.mailbox(("(a)"):rep(5000) .. "k@x").localpart)
    assert.equal(20000, #obsolete.address_list(("a@b,"):rep(20000)))
    assert.is_nil(obsolete.address_list((":,"):rep(100000)))
  end)

  it("reads RFC 5321's mailboxes and paths", function()
    for _, row in ipairs {
      { "kim@x.example", true }, { '"a b"@x', true }, { '"a\tb"@x', false },
      { "(c)kim@x", false }, { "kim@a_b", false }, { "kim@-a", false }, { "kim@a-", false },
      { "kim@a-b", true }, { "kim@a--b", true }, { "kim@x.", false }, { '"a".b@x', false },
      { "kim@b\195\188cher", true }, { "kim@b\195\188-", false }, { "kim@ab--\195\188", false },
      { "kim@[192.0.2.255]", true }, { "kim@[192.0.2.256]", false },
      { "kim@[IPv6:2001:db8::1]", true }, { "kim@[ipv6:::]", true },
      { "kim@[IPv6:1:2:3:4:5:6:7:8]", true }, { "kim@[IPv6:1:2:3:4:5:6:7::]", false },
      { "kim@[IPv6:1:2:3:4:5:6::]", true }, { "kim@[IPv6:::192.0.2.1]", true },
      { "kim@[IPv6:1:2:3:4:5:6:192.0.2.1]", true }, { "kim@[IPv6:1:2::3:4:5:192.0.2.1]", false },
      { "kim@[x:y]", true }, { "kim@[x:]", false }, { "kim@[IPv6:x]", false },
    } do
      assert.equal(row[2], rfc5321.mailbox(row[1]) ~= nil, row[1])
    end
    assert.equal("@a,@b", rfc5321.path("<@a,@b:k@x>").route)
    assert.is_nil(rfc5321.path "<@a,:k@x>")
    assert.equal("a\"b", rfc5321.mailbox('"a\\"b"@x').localpart)
  end)

  it("grades isemail's cases as isemail does, or as an RFC says (where they are)", function()
    -- The category that isemail gives is the least of the grammars that has the case.
    local GRADES = { ISEMAIL_VALID_CATEGORY = "5321", ISEMAIL_DNSWARN = "5321",
      ISEMAIL_RFC5321 = "5321", ISEMAIL_CFWS = "5322", ISEMAIL_DEPREC = "obsolete",
      ISEMAIL_RFC5322 = "5322", ISEMAIL_ERR = "error" }
    -- What a diagnosis has against a case that the grammar's own grade does not tell.
    local REASONS = {
      -- RFC 5321 4.1.3: "at least 2 16-bit groups of zeros"
      ISEMAIL_RFC5321_IPV6DEPRECATED = "5322",
      -- dot-atom has hyphens (RFC 5322 3.4.1); sub-domain (RFC 5321 4.1.2) ends the matter
      ISEMAIL_ERR_DOMAINHYPHENSTART = "5322", ISEMAIL_ERR_DOMAINHYPHENEND = "5322",
      -- 4.4: control characters and quoted pairs in literals are obs-dtext
      ISEMAIL_RFC5322_DOMLIT_OBSDTEXT = "obsolete",
    }
    local PATTERNS = {
      { "[^\n]\r\n $", "obsolete" }, -- 3.2.2: no line of WSP alone, so it is obs-FWS
      { "\\\194", "5322" }, -- RFC 6532 3.2: VCHAR
      { "[a-z]%(%d+%)%.", "obsolete" }, -- 4.4: CFWS between words
      -- RFC 5321 4.1.3: a tag has to be registered, which no ABNF tells
      { "@%[%d+:[%d:]+%]", "5321" }, { "@%[IPv5:", "5321" },
    }
    local function due(text, expected, grade)
      if expected.diagnosis == "ISEMAIL_DEPREC_CFWS_NEAR_AT" then
        -- 3.4.1: it "SHOULD NOT" be there, and section 3 has it all the same; what
        -- stands beside a dot is obsolete besides.
        return grade == "obsolete" and grade or "5322"
      end
      for _, pattern in ipairs(PATTERNS) do
        if text:find(pattern[1]) then
          return pattern[2]
        end
      end
      return REASONS[expected.diagnosis] or GRADES[expected.category]
    end
    for _, row in ipairs(vectors.corpus "isemail" or {}) do
      local text = row.input_hex and row.input_hex:gsub("%x%x", function(hex)
        return string.char(tonumber(hex, 16))
      end) or row.input
      local smtp = rfc5321.mailbox(text)
      local grade = smtp and rfc5321.within(smtp.written, smtp.domain) and "5321"
        or strict.addr_spec(text) and "5322"
        or obsolete.addr_spec(text) and "obsolete" or "error"
      assert.equal(due(text, row.expected, grade), grade, row.id)
    end
  end)
end)

local function is_untagged(domain)
  return domain:find "^%[[%x:]+%]$" ~= nil
end

--- What the parser does not read as RFC 5322 has it, or reads besides: each with
-- a text, which has to be read otherwise still.  A kind that is mended leaves.
local BEYOND = {
  { kind = "a domain that begins with # (RFC 821 3.7's number)", text = "kim@#12",
    holds = function(mailbox)
      return mailbox.domain:find "^#" or (mailbox.route or ""):find "@#"
    end },
}

--- The profiles under which the parser has to agree, each with its grammar.
local PROFILES = {
  obsolete = { grammar = obsolete, options = { type = "SMTP", notation = "header",
    profile = { "obsolete", typed = false } } },
  header = { grammar = strict, options = { type = "SMTP", notation = "header",
    profile = { "header", typed = false } } },
}
local HEADER = PROFILES.obsolete.options

--- Why the parser may refuse a mailbox that the grammar has; nil if it may not.
local function beyond(mailbox)
  for _, exception in ipairs(BEYOND) do
    if exception.holds(mailbox) then
      return exception.kind
    end
  end
end

--- The text as RFC 5322 would have it: a line that ends in LF alone, which the
-- profile obsolete reads as stored mail has it, ends in CRLF.
local function with_crlf(text)
  return (text:gsub("\r?\n([ \t])", "\r\n%1"))
end

--- Whether CR or LF are escaped, so that no line ends there.
local function has_escaped_line(text)
  return text:find "\\[\r\n]" ~= nil
end

--- The comments, one blank between two; where one of them is empty (the parser
-- then has a blank too many or none) only what is not blank.
local function comment_of(comments)
  local said = without_empty(comments)
  local text = table.concat(said, " ")
  return #said == #comments and text or text:gsub("%s", "")
end

--- What a mailbox says, from the grammar and from the parser. A name that has
-- encoded words is not compared: the grammar does not decode.
local function fields_of(mailbox, address)
  local empty = #without_empty(mailbox.comments) < #mailbox.comments
  local said = address.comment or ""
  local encoded = address.display_raw ~= nil
  return { mailbox.localpart, mailbox.domain, not encoded and mailbox.display_name or "",
    mailbox.route or false, comment_of(mailbox.comments) },
    { address.localpart, address.domain, not encoded and address.display_name or "",
      address.route or false, empty and said:gsub("%s", "") or said }
end

--- Holds the parser to the grammar for a mailbox under a profile.
local function agree_on_mailbox(name, text)
  local profile = PROFILES[name]
  if name == "obsolete" and has_escaped_line(text) then
    return
  end
  local mailbox = profile.grammar.mailbox(name == "obsolete" and with_crlf(text) or text)
  local address, _, code = postoffice.parse(text, profile.options)
  if mailbox and address then
    local due, said = fields_of(mailbox, address)
    assert.same(due, said, text)
  else
    assert.is_true(not mailbox and not address or mailbox and beyond(mailbox) ~= nil,
      ("%s %q: %s"):format(name, text, mailbox and code or "the parser alone reads it"))
  end
end

local function agree_on_header(text)
  agree_on_mailbox("obsolete", text)
  agree_on_mailbox("header", text)
end

--- Whether the grammar's list holds what the parser is excused from.
local function is_beyond(list)
  for _, item in ipairs(list) do
    if item.group and is_beyond(item.members) or not item.group and beyond(item) then
      return true
    end
  end
  return false
end

local function agree_on_items(due, said, text)
  assert.equal(#due, #said, text)
  for i, item in ipairs(due) do
    if item.group then
      assert.equal(said[i].display_raw and said[i].group or item.group, said[i].group or "", text)
      agree_on_items(item.members, said[i].members, text)
    else
      local fields, read = fields_of(item, said[i])
      assert.same(fields, read, text)
    end
  end
end

--- Holds parse_list to the grammar under a profile; a list of nothing is none of
-- the grammar's, and none of an error's.
local function agree_on_list(name, text)
  local profile = PROFILES[name]
  if name == "obsolete" and has_escaped_line(text) then
    return
  end
  local due = profile.grammar.address_list(name == "obsolete" and with_crlf(text) or text)
  local said, errors = postoffice.parse_list(text, { type = "SMTP",
    profile = profile.options.profile })
  if text:find "[\r\n]$" or due and is_beyond(due) or (#said == 0 and #errors == 0) then
    return
  end
  assert.equal(due ~= nil, #errors == 0,
    ("%s %q: %s"):format(name, text, errors[1] and errors[1].code or "the parser alone reads it"))
  if due then
    agree_on_items(due, said, text)
  end
end

local function agree_on_lists(text)
  agree_on_list("obsolete", text)
  agree_on_list("header", text)
end

--- Where `validate` and RFC 5321's rules differ, likewise: a path, which of the
-- two has it, and how such a one is told from what both have to agree on.
local BEYOND_SMTP = {
  { kind = "an IPv6 literal without its tag", text = "<kim@[2001:db8::1]>", valid = false,
    holds = function(_, found)
      return found and is_untagged(found.domain)
    end },
  { kind = 'a "::" of one group: RFC 4291 2.2 has it, RFC 5321 4.1.3 has not; it is noted',
    text = "<kim@[IPv6:1:2:3:4:5:6::8]>", valid = true,
    holds = function(_, _, options, text)
      local _, findings = postoffice.diagnose(text, options)
      for _, finding in ipairs(findings) do
        if finding.code == "literal-ipv6-group" then
          return true
        end
      end
    end },
  { kind = "what RFC 5891 to 5893 have against a domain, which no grammar can say",
    text = "<kim@\195\188\226\128\139>", valid = false,
    holds = function(address, _, options, text)
      local domains = address and (address.route or "") .. (address.domain or "")
      local code = select(3, postoffice.validate(text, options))
      return domains and (domains:find "[\128-\255]" or domains:find "%-%-")
        and code and (code:find "^domain%-label%-" or code:find "^idn%-" or code:find "%-length$")
    end },
  { kind = "white space around an address", text = " <kim@x> ", valid = true,
    holds = function(_, _, _, text)
      return text:find "^[ \t]" or text:find "[ \t]$"
    end },
}

local function beyond_smtp(address, found, options, text)
  for _, exception in ipairs(BEYOND_SMTP) do
    if exception.holds(address, found, options, text) then
      return exception.kind
    end
  end
end

--- What RFC 5321 has of a text in a notation, and whether that keeps to its sizes.
local function smtp_of(notation, text)
  local found = rfc5321[notation == "path" and "path" or "mailbox"](text)
  return found, found ~= nil and rfc5321.within(rfc5321.quote(found.localpart), found.domain)
    and rfc5321.has_short_labels(found.route or "")
end

--- Holds `validate` and `parse` to RFC 5321 for a native address or a path.
local function agree_on_smtp(notation, text)
  local options = { type = "SMTP", notation = notation }
  local found, due = smtp_of(notation, text)
  local valid, _, code = postoffice.validate(text, options)
  local address = postoffice.parse(text, options)
  if due ~= valid then
    assert.truthy(beyond_smtp(address, found, options, text),
      ("%s %q: %s"):format(notation, text, tostring(code)))
  elseif valid then
    assert.same({ found.localpart, found.domain, found.route },
      { address.localpart, address.domain, address.route }, text)
  end
end

describe("the parser and the grammar", function()
  it("agree on mailboxes of headers #slow", function()
    generate.each(generate.obsolete, "mailbox", random_from(1), times(20000), agree_on_header)
    generate.each(generate.strict, "mailbox", random_from(2), times(10000), agree_on_header)
  end)

  it("agree on lists and groups #slow", function()
    for seed, rule in ipairs { "address-list", "group", "mailbox-list" } do
      generate.each(generate.obsolete, rule, random_from(3 + seed), times(4000), agree_on_lists)
      generate.each(generate.strict, rule, random_from(6 + seed), times(2000), agree_on_lists)
    end
  end)

  it("agree on RFC 5321's mailboxes and paths #slow", function()
    for notation, rule in pairs { native = "mailbox", path = "path" } do
      generate.each(generate.smtp, rule, random_from(3), times(10000), function(text)
        agree_on_smtp(notation, text)
      end)
    end
  end)

  it("differ still where this file says so", function()
    for _, exception in ipairs(BEYOND) do
      local mailbox = assert(obsolete.mailbox(exception.text), exception.kind)
      assert.equal(exception.kind, beyond(mailbox))
      assert.is_nil((postoffice.parse(exception.text, HEADER)), exception.kind)
    end
    for _, exception in ipairs(BEYOND_SMTP) do
      local options, text = { type = "SMTP", notation = "path" }, exception.text
      local found, due = smtp_of("path", text)
      local address = postoffice.parse(text, options)
      assert.equal(exception.kind, beyond_smtp(address, found, options, text))
      assert.equal(exception.valid, (postoffice.validate(text, options)))
      assert.equal(not exception.valid, due, exception.kind)
    end
  end)

  it("agree on every address that others test with (where these are)", function()
    for _, name in ipairs { "commons_validator", "cpython_email", "cyrus_parseaddr", "egulias",
      "email_address_xs", "email_addresses_js", "emile", "exim", "flanker", "gluon", "gmime_addr",
      "go_netmail", "hapi_address", "haraka", "isemail", "isemail_js", "jmail", "jsmime_addr",
      "lpeg_patterns", "mox_maddy", "nodemailer", "postfix_tok822", "rspamd_addr", "ruby_mail",
      "stalwart_mailparser", "validatorjs" } do
      for _, row in ipairs(vectors.corpus(name) or {}) do
        local text = row.input_hex and row.input_hex:gsub("%x%x", function(hex)
          return string.char(tonumber(hex, 16))
        end) or row.input
        if type(text) == "string" then
          agree_on_header(text)
          agree_on_lists(text)
        end
      end
    end
  end)
end)
