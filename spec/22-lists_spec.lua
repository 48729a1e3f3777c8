--- parse_list: what each list says, item by item and error by error.
local lpeg = require "lpeg"
local postoffice = require "postoffice"
local generate = require "spec.generate"
local helper = require "spec.helper"
require "postoffice.types"

local OBSOLETE, HEADER, SMTP = "obsolete", "header", "smtp"
local LENIENT = "lenient"

--- An address on a line: Name <@route:local@domain> (comment), or TYPE:value.
local function mailbox(address)
  local text = tostring(address):match "%[(.*)%]$" or tostring(address)
  if address.type == "SMTP" then
    text = address.localpart .. (address.domain and "@" .. address.domain or "")
  end
  if address.display_name or address.route then
    text = ("<%s%s>"):format(address.route and address.route .. ":" or "", text)
  end
  return (address.display_name and address.display_name .. " " or "") .. text
    .. (address.comment and (" (%s)"):format(address.comment) or "")
end

local function item(address)
  if not address.group then
    return mailbox(address)
  end
  local members = {}
  for i, member in ipairs(address.members) do
    members[i] = mailbox(member)
  end
  return ("%s%s: %s;"):format(address.group,
    address.comment and (" (%s)"):format(address.comment) or "", table.concat(members, ", "))
end

local function read(text, options)
  local list, errors = postoffice.parse_list(text, options)
  local items, failures = {}, {}
  for i, address in ipairs(list) do
    items[i] = item(address)
  end
  for i, failure in ipairs(errors) do
    assert.equal(postoffice.message(failure.code), failure.message)
    failures[i] = ("%s %d %s"):format(failure.code, failure.position, failure.text)
  end
  return items, failures
end

--- Each row is a text, its items, its errors (none where there are none), and options.
local function hold(rows, profile)
  for _, row in ipairs(rows) do
    local items, errors = read(row[1], row[4] or { profile = profile })
    assert.same({ row[2], row[3] or {} }, { items, errors }, row[1])
  end
end

describe("a list", function()
  it("is addresses between commas", function()
    hold {
      { "", {} }, { " ", {} }, { "\r\n", {} }, { "\n", {} }, { " \r\n\t\r\n", {} }, { "(c)", {} },
      { "a@b", { "a@b" } }, { "a@b\r\n", { "a@b" } }, { "a@b\n", { "a@b" } },
      { "a@b,c@d", { "a@b", "c@d" } },
      { "a@b , c@d,\r\n\te@f", { "a@b", "c@d", "e@f" } },
      { "a@b,\n c@d", { "a@b", "c@d" } },
      { "Kim Lee <k@x>, l@x (Lee)", { "Kim Lee <k@x>", "l@x (Lee)" } },
      { '"Lee, Kim" <k@x>,"L; M":a@b;', { "Lee, Kim <k@x>", "L; M: a@b;" } },
      { "a@b(c,d),e@f(;)", { "a@b (c,d)", "e@f (;)" } },
      { "a@[x, y],e@f", { "a@[x, y]", "e@f" } },
      { '"a,b"@c,<"d>,"@e>', { "a,b@c", "d>,@e" } },
    }
  end)

  it("may have empty items", function()
    hold {
      { ",", {} }, { " , ,", {} }, { ",a@b", { "a@b" } }, { "a@b,", { "a@b" } },
      { "a@b,,(c) ,\r\n ,d@e", { "a@b", "d@e" } },
      { "G:,;", { "G: ;" } }, { "G:,a@b,,c@d,;,", { "G: a@b, c@d;" } },
    }
  end)

  it("has groups", function()
    hold {
      { "G:;", { "G: ;" } }, { "G: (c) ;", { "G: ;" } }, { "G H (c) : ;", { "G H (c): ;" } },
      { "a@b,G:c@d,E <e@f>;,g@h", { "a@b", "G: c@d, E <e@f>;", "g@h" } },
      { "G:a@b;(c),H:;\r\n ", { "G: a@b;", "H: ;" } },
      { '"a@b":c@d;', { "a@b: c@d;" } }, { "Mr. G:;", { "Mr. G: ;" } },
      { "=?utf-8?q?J=C3=B6rg?=:a@b;", { "J\195\182rg: a@b;" } },
      { "G:a@b", { "G: a@b;" }, { "group-unclosed 6 " } },
      { "G:", { "G: ;" }, { "group-unclosed 3 " } },
      { "G:a@b;c@d,e@f", { "G: a@b;", "e@f" }, { "mailbox-text-after 7 c@d" } },
      { "G:H:a@b;,c@d", { "G: ;", "c@d" }, { "mailbox-group 4 H:a@b" } },
      { "G:a@b,bad;,c@d", { "G: a@b;", "c@d" }, { "domain-missing 10 bad" } },
      { "G:a@b,(bad;,c@d", { "G: a@b;", "c@d" }, { "comment-unclosed 11 (bad" } },
      { ":a@b;", {}, { "mailbox-character 1 :a@b;" } },
      { "a@b;", {}, { "list-semicolon 4 a@b;" } },
    }
    local group = postoffice.parse_list("=?utf-8?q?J=C3=B6rg?= (c): a@b;")[1]
    assert.equal("=?utf-8?q?J=C3=B6rg?=", group.display_raw)
  end)

  it("has comments and folds wherever words end", function()
    hold {
      { "(a)(b (c))k(d)@(e)x(f)", { "k@x (a b (c) d e f)" } },
      { "pete(his \\( account)@silly.test(his host)",
        { "pete@silly.test (his ( account his host)" } },
      { "a\r\n @\r\n b,\r\n\tc@d", { "a@b", "c@d" } },
      { "a@b\r\n ,\n c@d", { "a@b", "c@d" } },
      { "\r\n \r\n a@b", { "a@b" } },
      { '"a\r\n b" <c@d>', { "a b <c@d>" } },
      { "(a\r\n b) c@d", { "c@d (a b)" } },
      { "A (x) B <(y) c@d (z)> (w)", { "A B <c@d> (x y z w)" } },
      { "a@b\r\nc@d", {}, { "control-character 4 a@b\r\nc@d" } },
      { "a@b,\rc@d,e@f", { "a@b", "e@f" }, { "control-character 5 \rc@d" } },
    }
  end)

  it("has what section 4 of RFC 5322 adds", function()
    hold {
      { "<@a,@b:k@x>", { "<@a,@b:k@x>" } }, { "<,@a,,@b,:k@x>", { "<,@a,,@b,:k@x>" } },
      { "K <@a , (c) @b:k@x>", { "K <@a,@b:k@x> (c)" } },
      { '"foo..bar".baz@x', { "foo..bar.baz@x" } }, { 'foo . "b r" . baz@x', { "foo.b r.baz@x" } },
      { "a@x . (c) y", { "a@x.y (c)" } },
      { "J. Q. Public <j@x>", { "J. Q. Public <j@x>" } },
      { "a@[x\\]y],\"\\\0\"@x", { "a@[x]y]", "\0@x" } },
      { "\"\1\"@x,(\127) a@b", { "\1@x", "a@b (\127)" } },
      { "a@b\1,c@d", { "c@d" }, { "control-character 4 a@b\1" } },
      { "<@a,b:k@x>,c@d", { "c@d" }, { "route-invalid 5 <@a,b:k@x>" } },
    }
  end)

  it("has UTF-8, and names in encoded words", function()
    hold {
      { "J\195\182rg <j\195\182@b\195\188.example>",
        { "J\195\182rg <j\195\182@b\195\188.example>" } },
      { "(\195\188)a@b,\"\\\195\188\"@x", { "a@b (\195\188)", "\195\188@x" } },
      { "=?utf-8?q?J=C3=B6?= =?utf-8?q?rg?= L. <j@x>", { "J\195\182rg L. <j@x>" } },
      { "=?utf-8*de?b?SsO2?=\r\n =?utf-8?b?cmc=?= <j@x>", { "J\195\182rg <j@x>" } },
      { '"=?utf-8?q?a?=" <j@x>', { "=?utf-8?q?a?= <j@x>" } },
      { "=?utf-8?q?a?=@x", { "=?utf-8?q?a?=@x" } },
      { "=?x-none?q?a?= <j@x>", { "=?x-none?q?a?= <j@x>" } },
      { "a\255@b,c@d", { "c@d" }, { "utf8-invalid 2 a\255@b" } },
    }
    local address = postoffice.parse_list("x@y,=?utf-8?q?a?=  b <j@x>")[2]
    assert.same({ "a b", "=?utf-8?q?a?=  b" }, { address.display_name, address.display_raw })
    assert.is_nil(postoffice.parse_list("a b <j@x>")[1].display_raw)
  end)

  it("has addresses of other types in angle brackets", function()
    local typed = { type = "EX" }
    hold {
      { "Kim </o=O/ou=S/cn=Recipients/cn=kim>, a@b",
        { "Kim <EX:/o=O/ou=S/cn=Recipients/cn=kim>", "a@b" } },
      { "<CCMAIL:kim at po>,<smtp:a@b>", { "CCMAIL:kim at po", "a@b" } },
      { "<SMTP: a (c)@b (d)>", { "a@b (c d)" } },
      { "<SMTP:@p,@q:a@b>", { "<@p,@q:a@b>" } },
      { '<MS:a/b/c"d>,e@f', { 'MS:a/b/c"d', "e@f" } },
      { "<CCMAIL:kim at>,a@b", { "a@b" }, { "ccmail-postoffice-empty 15 <CCMAIL:kim at>" } },
      { "a@b, <NOPE:x>, c@d", { "a@b", "c@d" }, { "type-unknown 7 <NOPE:x>" } },
      { "a@b, Kim <mailto:a@b>", { "a@b" }, { "address-uri 11 Kim <mailto:a@b>" } },
      { "<NOPE:x>", { "NOPE:x" }, nil, { unknown = true } },
      { "</o=O/cn=k>, a@b", { "EX:/o=O/cn=k" }, { "type-mismatch 14 a@b" }, typed },
      { "a@b, </o=O/cn=k>", { "a@b" }, { "type-mismatch 7 </o=O/cn=k>" }, { type = "SMTP" } },
      { "<CCMAIL:kim at po>", {}, { "type-mismatch 2 <CCMAIL:kim at po>" }, typed },
      { "</o=O/cn=k>", { "X500:/o=O/cn=k" }, nil, { type = "X500" } },
      -- what is not closed takes no address with it
      { "<ex:, a@b, c@d, <e@f>", { "a@b", "c@d", "e@f" }, { "angle-unclosed 5 <ex:" } },
      { "</o=a, b@c, <e@f>", { "b@c", "e@f" }, { "angle-unclosed 6 </o=a" } },
      { '<ex:"a>, b@c, "D" <e@f>', { "b@c", "D <e@f>" }, { 'dn-slash-missing 5 <ex:"a>' } },
    }
    local long = ("k"):rep(300)
    for _, profile in ipairs { OBSOLETE, HEADER, LENIENT } do
      hold({ { "<SMTP:" .. long .. "@b>", { long .. "@b" } } }, profile)
    end
  end)

  it("has types that Lua defined", function()
    postoffice.define { type = "TELEX22", grammar = lpeg.Ct(lpeg.Cg(lpeg.R "09" ^ 1, "number")),
      format = function(a) return a.number end }
    hold {
      { "Kim <TELEX22:12>, a@b", { "Kim <TELEX22:12>", "a@b" } },
      { "a@b, <TELEX22:1x>", { "a@b" }, { "type-grammar 16 <TELEX22:1x>" } },
    }
  end)
end)

describe("a profile", function()
  it("allows what those before it do, and more", function()
    local ORDER = { SMTP, HEADER, OBSOLETE, LENIENT }
    for _, row in ipairs {
      -- text, the narrowest profile that reads it, the code of those before it
      { "a@b,c@d", SMTP }, { "Kim <k@x>", SMTP }, { "G:a@b,c@d;", SMTP },
      { '"a b"@c', SMTP }, { "a@[192.0.2.1]", SMTP },
      { "(c)a@b", HEADER, "comment" }, { "a@b,\r\n c@d", HEADER, "fold" },
      { "a@[x y]", HEADER, "literal-invalid" }, { "</o=O/cn=k>", HEADER, "address-dn" },
      { "a@b,\n c@d", OBSOLETE, "fold-lf" }, { "\r\n \r\n a@b", OBSOLETE, "fold", "obsolete-fold" },
      { '"\1"@b', OBSOLETE, "control-character" }, { "J. L <j@x>", OBSOLETE, "obsolete-phrase" },
      { "a . b@c", OBSOLETE, "obsolete-localpart" }, { "a@b . c", OBSOLETE, "obsolete-domain" },
      { "<@a:b@c>", OBSOLETE, "obsolete-route" }, { "a@b,,c@d", OBSOLETE, "obsolete-list" },
      { "a@b,", OBSOLETE, "obsolete-list" }, { "G:,;", OBSOLETE, "obsolete-list" },
      { "a@b;c@d", LENIENT, "list-semicolon" }, { "a..b@c", LENIENT, "localpart-dot" },
    } do
      local least = row[2]
      local allowed = false
      for i, profile in ipairs(ORDER) do
        local _, errors = postoffice.parse_list(row[1], { profile = profile })
        allowed = allowed or profile == least
        local due = not allowed and (i == 2 and row[4] or row[3]) or nil
        assert.equal(due, errors[1] and errors[1].code, profile .. " " .. row[1])
      end
    end
    local _, errors = postoffice.parse_list("a@b,\n c@d") -- the default is obsolete
    assert.same({}, errors)
  end)

  it("says once what it has against a comma", function()
    hold({
      { ",", {}, { "obsolete-list 1 ," } },
      { "a@b,", { "a@b" }, { "obsolete-list 4 ," } },
      { "a@b,,", { "a@b" }, { "obsolete-list 5 ," } },
      { "a@b, ,c@d", { "a@b", "c@d" }, { "obsolete-list 6 ," } },
      { "G:,;", { "G: ;" }, { "obsolete-list 3 ," } },
      { "G:a@b,;,c@d", { "G: a@b;", "c@d" }, { "obsolete-list 6 ," } },
      { "G:,", { "G: ;" }, { "obsolete-list 3 ,", "group-unclosed 4 " } },
    }, HEADER)
  end)

  -- Each lenient switch: what it reads, alone on top of obsolete, and what is said
  -- without it.
  local FORGIVEN = {
    dots = { { "a..b@c,.d.@e", { "a..b@c", ".d.@e" }, { "localpart-dot 3 a..b@c",
      "localpart-dot 8 .d.@e" } } },
    semicolons = {
      { "a@b;c@d;,e@f;", { "a@b", "c@d", "e@f" }, { "list-semicolon 4 a@b;c@d;",
        "list-semicolon 13 e@f;" } },
      { "G:a@b;c@d", { "G: a@b;", "c@d" }, { "mailbox-text-after 7 c@d" } },
      { "bad bad;a@b", { "a@b" }, { "domain-missing 8 bad bad;a@b" },
        { "domain-missing 8 bad bad" } },
    },
    comma_names = {
      { "Lee, Kim <k@x>,a@b", { "Lee, Kim <k@x>", "a@b" }, { "domain-missing 4 Lee" } },
      { 'Lee,Kim, "M. D." <k@x>', { "Lee,Kim, M. D. <k@x>" },
        { "domain-missing 4 Lee", "domain-missing 8 Kim" } },
    },
    colon_names = {
      { "Re: Kim <k@x>", { "Re: Kim <k@x>" }, { "group-unclosed 14 " } },
      { "std::kim: Lee <k@x>", { "std::kim: Lee <k@x>" }, { "mailbox-character 5 :kim: Lee <k@x>",
        "group-unclosed 20 " } },
      { "Re: Kim <k@x>;", { "Re: Kim <k@x>;" }, {} },
    },
    bare_names = {
      { "Kim Lee k@x,a@b Al", { "Kim Lee <k@x>", "Al <a@b>" },
        { "localpart-character 4 Kim Lee k@x", "mailbox-text-after 17 a@b Al" } },
      { "=?utf-8?q?K?= k@x", { "K <k@x>" }, { "localpart-character 14 =?utf-8?q?K?= k@x" } },
    },
    encoded_words = { { "=?utf-8?q?a?=b <k@x>", { "ab <k@x>" }, {} } },
    comment_names = { { "k@x (Kim),L <l@x> (c)", { "Kim <k@x>", "L <l@x> (c)" }, {} } },
    address_names = { { "k@x <l@y>", { "k@x <l@y>" }, { "mailbox-text-after 5 k@x <l@y>" } } },
    open_groups = { { "G:a@b,c@d", { "G: a@b, c@d;" }, { "group-unclosed 10 " } } },
    brackets = {
      { "<a@b,<<c@d>>,<e@f>>,g@h>", { "a@b", "c@d", "e@f", "g@h" },
        { "mailbox-several 5 <a@b", "localpart-character 7 <<c@d>>",
          "mailbox-text-after 19 <e@f>>", "mailbox-text-after 24 g@h>" } },
    },
    square_brackets = {
      { "Kim [k@x],a@b", { "Kim <k@x>", "a@b" }, { "mailbox-bracket 5 Kim [k@x]" } },
    },
    angle_lists = {
      { "K <a@x, b@x ,c@x>,d@x", { "K <a@x>", "b@x", "c@x", "d@x" },
        { "mailbox-several 7 K <a@x, b@x ,c@x>" } },
    },
    no_domain = { { "kim,<lee>,a@b", { "kim", "lee", "a@b" }, { "domain-missing 4 kim",
      "domain-missing 9 <lee>" } } },
    trailing_dot = { { "a@b.c.,<d@e.>", { "a@b.c", "d@e" },
      { "domain-label-empty 7 a@b.c.", "domain-label-empty 13 <d@e.>" } } },
    mailto = { { "<mailto:a@b>,c@d", { "a@b", "c@d" }, { "address-uri 2 <mailto:a@b>" } } },
  }

  for name, rows in pairs(FORGIVEN) do
    it("forgives by its switch " .. name, function()
      for _, row in ipairs(rows) do
        local items, errors = read(row[1], { profile = { "obsolete", [name] = true } })
        local _, refused = read(row[1])
        assert.same({ row[2], row[4] or {} }, { items, errors }, row[1])
        assert.same(row[3], refused, row[1])
      end
    end)
  end

  it("has no switch but these and those of RFC 5322", function()
    local strict = { "comments", "folds", "literals", "typed", "lf_folds", "blank_folds",
      "controls", "dotted_names", "localpart_words", "domain_words", "routes", "empty_items" }
    local known = {}
    for _, name in ipairs(strict) do
      known[name] = true
    end
    local _, said = pcall(postoffice.parse_list, "", { profile = { "header", nope = true } })
    for name in said:match("known: (.*)"):gmatch "[%w_]+" do
      assert.truthy(known[name] or FORGIVEN[name], name)
    end
  end)

  it("forgives all of it at once", function()
    hold({
      { "Lee, Kim <k@x>; <a@x, b@x>; Kim [k@x]; <mailto:a@b>; a@b.; <<c@d>; e@f Kim; kim; a..b@c",
        { "Lee, Kim <k@x>", "a@x", "b@x", "Kim <k@x>", "a@b", "a@b", "c@d", "Kim <e@f>", "kim",
          "a..b@c" } },
      { "<a@x, bad bad, b@x>, c@x", { "a@x", "b@x", "c@x" }, { "localpart-character 10 bad bad" } },
      { "Kim [", {}, { "address-empty 6 Kim [" } },
      { "Kim [k x], a@b", { "a@b" }, { "localpart-character 7 Kim [k x]" } },
      { "J. Kim [k@x]", {}, { "obsolete-phrase 2 J. Kim [k@x]" }, { profile = { "lenient",
        dotted_names = false } } },
      { 'a@b "c', {}, { 'quote-unclosed 7 a@b "c' } },
      { "Lee,(c", { "Lee" }, { "comment-unclosed 7 (c" } },
      { "zm =?utf-8?b?=,=?=@e", { "=?=@e" }, { "domain-missing 15 zm =?utf-8?b?=" } },
      { "eK,e<k@,a@b", { "a@b" }, { "domain-character 8 eK,e<k@" } },
      { "A: =?utf-8?q?B?= x", { "A: ;" }, { "domain-missing 19 =?utf-8?q?B?= x" } },
    }, LENIENT)
    local bare = postoffice.parse_list("=?utf-8?q?K?= k@x", { profile = LENIENT })[1]
    assert.same({ "K", "=?utf-8?q?K?=" }, { bare.display_name, bare.display_raw })
    local group = postoffice.parse_list("=?utf-8?q?A?=: =?utf-8?q?B?= x", { profile = LENIENT })[1]
    assert.same({ "A", "=?utf-8?q?A?=" }, { group.group, group.display_raw })
  end)

  it("is a name, or one with switches, or raises", function()
    for _, row in ipairs {
      { { profile = "strict" }, "unknown profile 'strict'" }, { { profile = true },
        "a profile is a name" },
      { { profile = {} }, "a profile is a name" }, { { profile = { "header", nope = true } },
        "unknown switch 'nope'" },
      { { profile = { "header", "dots" } }, "unknown switch" }, { { profiles = "header" },
        "unknown option 'profiles'" },
      { "header", "table expected" }, { { type = 5 }, "is a string, not a number" },
        { { notation = "list" }, "unknown notation" },
    } do
      local fine, said = pcall(postoffice.parse_list, "a@b", row[1])
      assert.is_false(fine)
      assert.truthy(said:find(row[2], 1, true), said)
    end
    for _, text in ipairs { 5, {}, true } do
      assert.is_false((pcall(postoffice.parse_list, text)))
    end
    assert.is_false((pcall(postoffice.parse_list)))
  end)
end)

describe("one bad entry", function()
  local GOOD = { "a@b", "Kim Lee <k@x>", "l@x (Lee)", "<m@y>", "\195\188@x", "=?utf-8?q?N?= <n@z>" }
  local BAD = {
    '"open', '"open <a@b>', "(open", "a@b (open", "((a)", "<a@b", "Kim <a@b", "<a@b (x", '<"a',
      "a@[1.2", "<a@[x",
    "bad", "bad bad", "a@", "@b", "a@b c@d", "a@b>", "a b@c", "a@b@c", "a@b)", "]", "[a@b]",
      "Kim [a@b]", "\\", "\\a",
    "a@b\1", "\0", "a\r", "a@b\r\nc", "a\255@b", "\195", '"\255"@b', "(\255)", "a..b@c", "a@b..c",
      "a@.b", ".a@b", "a.@b",
    "<>", "<<a@b>>", "<a@b>>", "<a@b> c", "<ex:", "<ex:x>", "</o=", "</o#>", "<@a>", "<@a",
      "<@a:>", "<mailto:a@b>",
    "<NOPE:x>", "<NOPE:x", '<ex:"', "<ex:(", ">", "<", "a@#1", "a@b;", ";", '""', "a b c",
      "a@[[b]", "<a@b,c@d>",
    '"\\', "(\\", "a@[\\", "\127", "=?utf-8?q?x?=", "a\t", "<\n>",
  }

  for _, profile in ipairs { OBSOLETE, HEADER } do
    it("loses none of fifty good ones (" .. profile .. ")", function()
      local due = {}
      for i = 1, 50 do
        due[i] = GOOD[i % #GOOD + 1]
      end
      local good = read(table.concat(due, ", "), { profile = profile })
      for _, bad in ipairs(BAD) do
        for _, place in ipairs { 1, 26, 51 } do
          table.insert(due, place, bad)
          local items, errors = read(table.concat(due, ", "), { profile = profile })
          table.remove(due, place)
          assert.same(good, items, bad)
          assert.equal(1, #errors, table.concat(errors, "|"))
                  end
      end
    end)
  end

  it("leaves the others theirs, though its colon makes them a group's", function()
    local items, errors = read "a@b, x: c@d, e@f"
    assert.same({ "a@b", "x: c@d, e@f;" }, items)
    assert.same({ "group-unclosed 17 " }, errors)
  end)

  it("is the only one after empty items", function()
    hold { { ", ,\r\n ,(x", {}, { "comment-unclosed 10 (x" } }, { "G:;,,(x", { "G: ;" },
      { "comment-unclosed 8 (x" } } }
  end)
end)

describe("lists", function()
  local MAILBOXES = {
    "a@b", "Kim <k@x>", '"Lee, K" <k@x>', "(c)d@e", "f@g (h, (i))", "<@r,@s:t@u>", "G:a@b,c@d;",
      "H (c) : ;",
    "j . k@l", '"m"."n"@o', "p@[q, r]", "=?utf-8?q?s?= <t@u>", "</o=O/cn=k>", "<CCMAIL:a at b>",
      "", " ", "J. Q. <v@w>",
    "a@b\r\n ", "\n\tx@y", '"\\""@z', "(;)a@b", "\195\188@x",
  }

  it("that are joined by a comma read as their items one after the other", function()
    for seed = 1, helper.times(300) do
      local random = generate.random(seed)
      local parts, due = {}, {}
      for i = 1, random(8) do
        parts[i] = MAILBOXES[random(#MAILBOXES)]
        for _, address in ipairs((postoffice.parse_list(parts[i]))) do
          due[#due + 1] = address
        end
      end
      local text = table.concat(parts, ",")
      local list, errors = postoffice.parse_list(text)
      assert.same({ due, {} }, { list, errors }, text)
    end
  end)

  it("of one mailbox have what parse has", function()
    for _, profile in ipairs { SMTP, HEADER, OBSOLETE, LENIENT } do
      for _, text in ipairs(MAILBOXES) do
        local options = { profile = profile, notation = "header" }
        local address, _, code, position = postoffice.parse(text, options)
        local list, errors = postoffice.parse_list(text, options)
        if address then
          assert.same({ { address }, {} }, { list, errors }, text)
        elseif #errors == 1 and #list == 0 then
          assert.same({ code, position }, { errors[1].code, errors[1].position }, text)
        end
      end
    end
  end)

  it("names the type that was probably meant", function()
    local _, errors = postoffice.parse_list "Kim <SMPT:a@b>"
    assert.truthy(errors[1].message:find("did you mean SMTP?", 1, true))
  end)
end)
