-- One identity: what equals another address, by its key, matches whatever that matches.

local addresses = require "postoffice.address"
local compare = require "postoffice.policy.pattern.compare"
local core = require "postoffice.core"
local helper = require "spec.helper"
local families = require "postoffice.policy.pattern.families"
local matchers = require "postoffice.policy.pattern.matchers"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"
local read_space = require "postoffice.policy.pattern.spaces".read
local sets = require "postoffice.policy.prove.sets"

local function parse(text) return assert(postoffice.parse(text, { unknown = true })) end

-- What a pattern binds, as texts in the order of their names; false if it does not match.
local function bound(pattern, text)
  local captures = matchers.match(assert(matchers.read(pattern)), parse(text))
  if not captures then return false end
  local list = {}
  for name, value in pairs(captures) do list[#list + 1] = name .. "=" .. value end
  table.sort(list)
  return table.concat(list, " ")
end

describe("the canonical address", function()
  -- Each group is one mailbox in several spellings.
  local groups = {
    { "CCMAIL:Lee, Kim at HQ", "CCMAIL:kim  lee AT hq", "CCMAIL:Kim Lee at HQ" },
    { "NOTES:CN=Kim Lee/OU=Sales/O=Acme@ACME", "NOTES:Kim Lee/Sales/Acme@Acme" },
    { "GWISE:Acme.PO.Kim", "GROUPWISE:kim.po.acme" }, { "MSMAIL:Kim  Lee@HQ", "MSA:kim lee@hq" },
    { "EX:/o=Org/cn=Kim", "X500:/O=ORG/CN=KIM" }, { "MS:NET/PO/KIM", "MS:net/po/kim" },
    { "X400:c=us;a= ;p=Org;s=Lee;g=Kim;", "X400:g=KIM;s=lee;p=org;c=US;",
      "X400:/G=Kim/S=Lee/PRMD=Org/ADMD= /C=us/", "X400:c=us;p= Org ;s=Lee;g=Kim;o=;" },
    { "X400:c=us;s=Lee;dda:T=a  b;", "X400:c=us;dda:T=a b;s=lee" },
    { "FAX:9,12065551 | Kim Lee@+1 (206) 555-1 | #5", "FAX:kim  lee@+12065551" },
    { "SMTP:kim@B\195\188cher.example", "SMTP:KIM@xn--bcher-kva.EXAMPLE" },
    { 'SMTP:"kim"@a.example', "SMTP:Kim@a.example" },
    { "SMTP:kim@[IPv6:2001:0DB8:0:0::1]", "SMTP:kim@[IPv6:2001:db8::1]" },
    { "UUCP:Host.Example!kim", "UUCP:host.example!Kim" },
  }

  local function folded(address)
    local list = {}
    for field, value in pairs(core.canonical(address)) do
      local is_family = field == "type"
      if is_family then value = families.of(value) end
      if addresses.is_own_field(field) or is_family then
        list[#list + 1] = field .. "=" .. value:lower()
      end
    end
    table.sort(list)
    return table.concat(list, " ")
  end

  it("is one for all that are equal, and equal to them", function()
    for _, group in ipairs(groups) do
      for _, text in ipairs(group) do
        local address, first = parse(helper.readable(text)), parse(helper.readable(group[1]))
        assert.equal(core.key(first), core.key(address), text)
        assert.equal(core.key(address), core.key(core.canonical(address)), text)
        assert.equal(folded(first), folded(address), text)
      end
    end
  end)

  it("keeps the case of its fields, and nothing of the notation", function()
    assert.same({ type = "CCMAIL", mailbox = "Kim Lee", postoffice = "HQ" },
      core.canonical(parse "Boss [CCMAIL:Lee,  Kim at HQ]"))
    assert.same({ type = "X400", c = "us", dda1_type = "T", dda1_value = "v" },
      core.canonical(parse "X400:c=us;a= ;dda:T=v"))
    assert.same({ type = "NOTES", name = "Kim/Acme" }, core.canonical(parse "NOTES:CN=Kim/O=Acme"))
  end)

  it("is none for a domain that is none", function()
    local address = postoffice.parse("kim@a\226\128\139.example")
    local _, _, code = core.canonical(address)
    assert.equal(postoffice.UNICODE and "domain-label-disallowed" or "idn-missing", code)
  end)

  it("is of a family that is the type of the key", function()
    for _, name in ipairs { "X500", "EX", "MSA", "MSMAIL", "GROUPWISE", "GWISE", "MS", "PCM" } do
      local sample = ({ X500 = "/o=a", EX = "/o=a", MSA = "a@b", MSMAIL = "a@b" })[name]
        or name:find "WISE" and "a.b.c" or "a/b/c"
      assert.equal(families.of(name), (core.key(parse(name .. ":" .. sample)):match "^(.-):"))
    end
  end)
end)

describe("a pattern", function()
  local cases = {
    -- What is left out has to be absent,
    { "X400:c=us;a= ;p=x;s={s};g={g}", "X400:c=us;a= ;p=x;s=Lee;g=Kim;", "g=Kim s=Lee" },
    { "X400:c=us;p=x;s={s};g={g}", "X400:c=us;a= ;p=x;s=Lee;g=Kim;", "g=Kim s=Lee" },
    { "X400:c=us;a= ;p=x;s={s};g={g}", "X400:c=us;p=x;s=Lee;g=Kim;", "g=Kim s=Lee" },
    { "X400:c=us;a= ;p=x;s={s}", "X400:c=us;a=mci;p=x;s=Lee;", false },
    { "X400:c=us;a= ;p=x;s={s}", "X400:c=us;a= ;p=x;s=Lee;q=Jr;", false },
    { "X400:c=us;a= ;p=x;s={s}", "X400:c=us;a= ;p=x;s=Lee;ou1=A;", false },
    { "X400:c=us;a= ;p=x;s={s}", "X400:c=us;a= ;p=x;s=Lee;dda:RFC-822=a(a)b.example;", false },
    { "CCMAIL:k{u}", "CCMAIL:Kim", "u=im" }, { "CCMAIL:k{u}", "CCMAIL:Kim at HQ", false },
    { "NOTES:{u}/Acme", "NOTES:Kim/Acme", "u=Kim" },
    { "NOTES:{u}/Acme", "NOTES:Kim/Acme@A", false },
    { "FAX:{n}", "FAX:+1 (206) 5", "n=+12065" }, { "FAX:+{n}", "FAX:Kim@+12065", false },
    -- unless the pattern says otherwise.
    { "X400:c=us;a= ;p=x;s={s};...", "X400:c=us;a= ;p=x;s=Lee;q=Jr;", "s=Lee" },
    { "X400:c=us;a= ;p=x;s={s}...", "X400:c=us;p=x;s=Lee;ou1=A;", "s=Lee" },
    { "X400:c=us;a= ;p=x;s={s};...", "X400:c=us;a=mci;p=x;s=Lee;", false },
    { "CCMAIL:{u}...", "CCMAIL:Kim at HQ", "u=Kim" }, { "CCMAIL:{u}...", "CCMAIL:Kim", "u=Kim" },
    { "NOTES:{u}/Acme...", "NOTES:Kim/Acme@A", "u=Kim" },
    { "NOTES:{u}\\...", "NOTES:Kim...", "u=Kim" }, { "NOTES:{u}\\...", "NOTES:Kim", false },
    { "NOTES:{u}\\\\...", "NOTES:Kim\\@A", "u=Kim" },
    { "NOTES:Kim....", "NOTES:Kim.@A", "" },
    -- Any value of an attribute is none, too (Q107098).
    { "X400:c=us;a=*;p=x;s={s}", "X400:c=us;p=x;s=Lee;", "s=Lee" },
    { "X400:c=us;a=*;p=x;s={s}", "X400:c=us;a= ;p=x;s=Lee;", "s=Lee" },
    { "X400:c=us;a=*;p=x;s={s}", "X400:c=us;a=mci;p=x;s=Lee;", "s=Lee" },
    { "X400:c=us;a={a};p=x;s=*", "X400:c=us;a= ;p=x;s=Lee;", false },
    { "X400:c=us;a=?;p=x;s=*", "X400:c=us;a= ;p=x;s=Lee;", false },
    { "X400:c=us;ou1=*;s=*", "X400:c=us;s=Lee;", "" },
    { "CCMAIL:{u} at *", "CCMAIL:Kim", false },
    -- It is matched in the canonical form, whatever its own and the address's spelling.
    { "NOTES:*/{o}@ACME", "NOTES:CN=Kim/OU=Sales/O=Acme@ACME", "o=Sales/Acme" },
    { "NOTES:{u}/OU=Sales/O=Acme@ACME", "NOTES:Kim/Sales/Acme@Acme", "u=Kim" },
    { "CCMAIL:{last}, {first} at HQ", "CCMAIL:Kim Lee at HQ", "first=Kim last=Lee" },
    { "CCMAIL:{last}, {first} at HQ", "CCMAIL:Lee, Kim at HQ", "first=Kim last=Lee" },
    { "CCMAIL:{first} {last} at HQ", "CCMAIL:Lee, Kim at HQ", "first=Kim last=Lee" },
    { "GWISE:ACME.PO.{u}", "GROUPWISE:Kim.PO.Acme", "u=Kim" },
    { "GROUPWISE:{u}.PO.ACME", "GWISE:acme.po.Kim", "u=Kim" },
    { "MSMAIL:{u}@HQ", "MSA:Kim  Lee@hq", "u=Kim Lee" },
    { "FAX:+1 (206) {n}", "FAX:9 | +1 206-5", "n=5" },
    { "SMTP:{u}@[IPv6:2001:0db8::1]", "SMTP:Kim@[ipv6:2001:db8:0::1]", "u=Kim" },
    { "X400:s={s};c=us;dda:T={v}", "X400:c=us;dda:T=a  b;s=Lee", "s=Lee v=a b" },
    -- A whole address is kept as its type has it.
    { "GWISE:{all}", "GROUPWISE:Kim.PO.Acme", "all=Acme.PO.Kim" },
    { "NOTES:{all}", "NOTES:CN=Kim/O=Acme@A", "all=Kim/Acme@A" },
    { "CCMAIL:{all}", "CCMAIL:Lee, Kim at HQ", "all=Kim Lee at HQ" },
    { "SMTP:{all}", "SMTP:Kim@b\195\188cher.example", "all=Kim@xn--bcher-kva.example" },
    -- Types without a dialect are compared as they are.
    { "TELEX:1{n}", "TELEX:123", "n=23" }, { "TELEX:1{n}...", "TELEX:123", "n=23" },
  }

  for _, case in ipairs(cases) do
    it(("%s %s %s"):format(case[1], case[3] and "takes" or "leaves", case[2]), function()
      assert.equal(case[3], bound(case[1], helper.readable(case[2])))
    end)
  end

  it("that is a table holds no other field to anything", function()
    local function match(fields, text)
      return matchers.match(assert(matchers.read_table(fields)), parse(text)) ~= nil
    end
    assert.is_true(match({ type = "X400", c = "us", s = "*" }, "X400:c=us;s=Lee;q=Jr;"))
    assert.is_true(match({ type = "X400", c = "us", a = " " }, "X400:c=us;s=Lee;"))
    assert.is_false(match({ type = "X400", c = "us", a = " " }, "X400:c=us;a=mci;s=Lee;"))
    assert.is_true(match({ type = "NOTES", name = "CN=*/O=Acme" }, "NOTES:Kim/Acme@A"))
    assert.is_true(match({ type = "CCMAIL", mailbox = "Lee, *" }, "CCMAIL:Kim Lee at HQ"))
    assert.is_true(match({ type = "GROUPWISE", object = "kim" }, "GWISE:a.b.Kim"))
    assert.is_true(match({ type = "SMTP", domain = "[IPv6:2001:0DB8::1]" },
      "a@[IPv6:2001:db8::1]"))
    local wild = ("?"):rep(30)
    assert.is_table(matchers.read_table { type = "CCMAIL", mailbox = wild, postoffice = wild })
    wild = ("?"):rep(40)
    local _, message = matchers.read_table { type = "CCMAIL", mailbox = wild, postoffice = wild }
    assert.equal("has 80 wildcards; at most 60 can be told apart", message)
  end)
end)

describe("patterns held against each other", function()
  -- a, b, whether they overlap, whether a covers b, and b a
  local cases = {
    { "X400:c=us;s={s}", "X400:c=us;s={s};q={q}", false, false, false },
    { "X400:c=us;s={s}...", "X400:c=us;s={s};q={q}", true, true, false },
    { "X400:c=us;s={s}...", "X400:c=us;s={s}", true, true, false },
    { "X400:c=us;s={s}...", "X400:c=us;g={g}...", true, false, false },
    { "X400:c=us;a=*;s={s}", "X400:c=us;s={s}", true, true, false },
    { "X400:c=us;a= ;s={s}", "X400:c=us;s={s}", true, true, true },
    { "X400:c=us;a= ;s={s}", "X400:c=us;a=mci;s={s}", false, false, false },
    { "X400:c=us;a= ;s={s}", "X400:c=us;a=*;s={s}", true, false, true },
    { "CCMAIL:{u}", "CCMAIL:{u} at HQ", true, true, false }, -- the whole address
    { "CCMAIL:k{u}", "CCMAIL:k{u} at HQ", false, false, false },
    { "CCMAIL:{u}...", "CCMAIL:{u} at HQ", true, true, false },
    { "CCMAIL:{u}...", "CCMAIL:{u}...", true, true, true },
    { "CCMAIL:{l}, {f} at HQ", "CCMAIL:{f} {l} at HQ", true, true, true },
    { "GWISE:A.{p}.{u}", "GROUPWISE:{u}.{p}.A", true, true, true },
    { "NOTES:CN={u}/O=A@A", "NOTES:{u}/A@A", true, true, true },
    { "SMTP:{u}@a.example", "SMTP:{u}@a.example...", true, true, true },
    { "SMTP:{u}@a.example", "MSMAIL:{u}@a.example", false, false, false },
    { "SMTP:ab{u}@a.example", "SMTP:abc{u}@a.example", true, true, false },
    { "SMTP:{u}bc@a.example", "SMTP:{u}abc@a.example", true, true, false },
    { "SMTP:?@a.example", "SMTP:*@a.example", true, false, true },
    { "SMTP:?c@a.example", "SMTP:?bc@a.example", false, false, false },
  }

  local function covers(a, b) return (sets.covers(sets.of_pattern(a), sets.of_pattern(b))) end

  it("overlap and cover by what they leave out, too", function()
    for _, case in ipairs(cases) do
      local a, b = assert(matchers.read(case[1])), assert(matchers.read(case[2]))
      assert.same({ case[3], case[4], case[5] }, {
        compare.overlap(a, b, compare.work()), covers(a, b), covers(b, a),
      }, case[1] .. " and " .. case[2])
      assert.equal(case[3], compare.overlap(b, a))
    end
  end)

  it("that overlap do so at an address, if it is a simple one", function()
    for _, case in ipairs {
      { "SMTP:{u}@a.example", "SMTP:b{u}@a.example", "SMTP:bx@a.example" },
      { "SMTP:{u}@a.example", "SMTP:postmaster@{d}", "SMTP:postmaster@a.example" },
      { "SMTP:?{u}c@*", "SMTP:a{v}@b.example", "SMTP:axc@b.example" },
      { "SMTP:*ab@x.example", "SMTP:a?{c}@x.example", "SMTP:aab@x.example" },
      { "X400:c=us;a= ;s={s}", "X400:c=us;a=*;s=l{s}", "X400:c=us;s=lx;" },
      { "SMTP:{all}", "SMTP:{u}@a.example", nil },
    } do
      local a, b = assert(matchers.read(case[1])), assert(matchers.read(case[2]))
      for _, text in pairs { compare.witness(a, b), compare.witness(b, a) } do
        assert.truthy(matchers.match(a, parse(text)), text)
        assert.truthy(matchers.match(b, parse(text)), text)
      end
      assert.equal(case[3], compare.witness(a, b))
    end
  end)
end)

describe("an address space", function()
  local function connector_for(space, to)
    local p = assert(policy.load(("connector 'c' { spaces = { %q } }"):format(space)))
    local name = p:route(to)[1].connector
    p:close()
    return name == "c"
  end

  local cases = {
    { "X400:c=us;a=*", "X400:c=us;a= ;p=y;s=z;", true },
    { "X400:c=us;a=*", "X400:c=us;p=y;s=z", true },
    { "X400:c=us;a= ", "X400:c=us;p=y;s=z", true }, { "X400:c=us;a= ", "X400:c=us;a=m;s=z", false },
    { "X400:c=us;ou1=*", "X400:c=us;s=z", true }, { "X400:c=us;ou1=A*", "X400:c=us;s=z", false },
    { "X400:c=us;...", "X400:c=us;s=z", true },
    { "NOTES:*/Acme@ACME", "NOTES:CN=Kim/OU=Sales/O=Acme@ACME", true },
    { "NOTES:*/O=Acme@ACME", "NOTES:Kim/Sales/Acme@ACME", true },
    { "GWISE:ACME.*", "GROUPWISE:kim.po.acme", true },
    { "GWISE:ACME", "GROUPWISE:kim.po.acme", true },
    { "GROUPWISE:*.PO.ACME", "GWISE:acme.po.kim", true },
    { "GROUPWISE:kim.po.acme", "GWISE:acme.po.kim", true },
    { "GROUPWISE:kim.po.acme", "GWISE:acme.po.lee", false },
    { "GWISE:", "GROUPWISE:kim.po.acme", true }, { "GROUPWISE:*", "GWISE:a.b.c", true },
    { "MSMAIL:*@HQ", "MSA:kim@hq", true }, { "MSA:kim lee@hq", "MSMAIL:Kim  Lee@HQ", true },
    { "CCMAIL:* Lee at HQ", "CCMAIL:Lee, Kim at HQ", true },
    { "CCMAIL:Lee, * at *", "CCMAIL:Kim  Lee at HQ", true },
    { "FAX:+1 (206)*", "FAX:9 | +1 206 555", true }, { "FAX:*@+1206*", "FAX:Kim@+1-206-5", true },
    { "FAX:+1 206 5", "FAX:+12065", true },
    { "SMTP:*@[IPv6:2001:0db8::1]", "kim@[IPv6:2001:db8::1]", true },
    { 'SMTP:"k*', '"kim lee"@a.example', true }, { "SMTP:kim@*", '"kim"@a.example', true },
  }

  for _, case in ipairs(cases) do
    it(("%s %s %s"):format(case[1], case[3] and "takes" or "leaves", case[2]), function()
      assert.equal(case[3], connector_for(case[1], case[2]))
    end)
  end

  it("is one in all its spellings", function()
    for _, pair in ipairs {
      { "X400:c=us;a=*;p=x", "X400:p=X;a=*;c=us" }, { "NOTES:*/O=Acme@A", "NOTES:*/Acme@A" },
      { "GWISE:A.P.*", "GROUPWISE:*.P.A" }, { "FAX:+1 (206)*", "FAX:+1206*" },
    } do
      assert.equal(assert(read_space(pair[1])).id, assert(read_space(pair[2])).id)
    end
  end)

  it("that can take nothing says what to write", function()
    for text, said in pairs {
      ["GROUPWISE:*.acme"] = "matches no address; write all three parts, or the space as one of"
        .. " GWISE",
      ["GROUPWISE:acme"] = "matches no address, since the whole address is compared (Q229961);"
        .. ' write "GWISE:acme", or all three parts',
      ["CCMAIL:Lee, *"] = "names a person, whose name may stand in either order (Q154053), and no"
        .. ' post office; write "CCMAIL:Lee, * at *"',
    } do
      local space, message = read_space(text)
      assert.is_nil(space, text)
      assert.equal(said, message)
    end
  end)
end)
