-- What a table has to be to be an address, and what is made of it.
local addresses = require "postoffice.address"
local core = require "postoffice.core"
local helper = require "spec.helper"
local postoffice = require "postoffice"

local METATABLE = getmetatable(postoffice.parse "a@b.example")

describe("an address table", function()
  it("has its type's fields and those of the notation", function()
    assert.same({ "display_name", "comment", "route", "primary", "display_raw" },
      addresses.NOTATION_FIELDS)
    for _, name in ipairs(addresses.NOTATION_FIELDS) do
      assert.is_false(addresses.is_own_field(name))
    end
    assert.is_false(addresses.is_own_field "type")
    for _, type in ipairs(postoffice.types()) do
      for _, name in ipairs(core.fields(type)) do assert.is_true(addresses.is_own_field(name)) end
    end
  end)

  it("is read into a new one, with what `parse` would have given and nothing else", function()
    for _, case in ipairs {
      { { type = "smtp", localpart = "a b", domain = "c.example", colour = "red" },
        { type = "SMTP", localpart = "a b", domain = "c.example" } },
      { { type = "SMTP", localpart = "a", domain = "b", route = "@c,@d", display_name = "Kim",
          comment = "x", primary = false },
        { type = "SMTP", localpart = "a", domain = "b", route = "@c,@d", display_name = "Kim",
          comment = "x", primary = false } },
      { { type = "SMTP", localpart = "" }, { type = "SMTP", localpart = "" } },
      { { type = "SMTP", localpart = "a", domain = "b", primary = true },
        { type = "SMTP", localpart = "a", domain = "b" } },
      { { type = "x500", dn = "/o=Org" }, { type = "X500", dn = "/o=Org" } },
    } do
      local given = case[1]
      local address = assert(addresses.read(given))
      assert.equal(METATABLE, getmetatable(address))
      assert.is_false(rawequal(given, address))
      assert.same(case[2], setmetatable(address, nil))
    end
  end)

  it("is read as the type that was asked for, or not at all", function()
    local kim = { type = "SMTP", localpart = "kim", domain = "a.example" }
    assert.truthy(addresses.read(kim, { type = "smtp" }))
    for _, case in ipairs {
      { kim, { type = "X400" }, "type-mismatch" },
      { kim, { type = "SMPT" }, "type-mismatch" },
      { { type = "EX", dn = "/o=Org" }, { type = "X500" }, "type-mismatch" },
      { { type = "TELEX", value = "1" }, nil, "type-unknown" },
      { { type = "TELEX", value = "1" }, { type = "TELEX" }, "type-unknown" },
      { { type = "SMTP" }, nil, "address-empty" },
      { { type = "SMTP", localpart = "a", domain = "b", route = "@c\0d" }, nil },
    } do
      local address, message, code = addresses.read(case[1], case[2])
      assert.is_nil(address)
      assert.equal(case[3] or code, code)
      assert.truthy(message)
    end
    assert.equal("TELEX", addresses.read_any({ type = "telex", value = "1" }).type)
    local any = { type = "telex", unknown = true }
    assert.truthy(addresses.read({ type = "Telex", value = "1" }, any))
    local x400 = { type = "X400", c = "us", a = " ", s = "Lee" }
    assert.truthy(addresses.read(x400, { type = "X.400" }))
  end)

  it("is taken without a question once `parse` has carried it whole", function()
    local telex = assert(postoffice.parse("TELEX:1", { unknown = true }))
    assert.equal("TELEX:1", postoffice.format(telex))
    assert.equal("TELEX:1", postoffice.key(telex))
    assert.is_true(postoffice.validate(telex))
    assert.equal(telex, addresses.read(telex))
    assert.is_nil((postoffice.format { type = "TELEX", value = "1" }))
  end)

  it("is copied, whole or without its notation", function()
    local kim = assert(postoffice.parse 'Kim <@r.example:kim@a.example> (x)')
    kim.primary = false
    local copy = addresses.copy(kim)
    assert.is_false(rawequal(kim, copy))
    assert.same(setmetatable(kim, nil), setmetatable(copy, nil))
    local bare = addresses.bare(kim)
    assert.is_true(addresses.is(bare))
    assert.same({ type = "SMTP", localpart = "kim", domain = "a.example" },
      setmetatable(bare, nil))
  end)

  it("is told from other tables", function()
    assert.is_true(addresses.is(postoffice.parse "a@b.example"))
    assert.is_true(addresses.is(addresses.make { type = "SMTP" }))
    for _, other in ipairs { { type = "SMTP" }, "a@b.example", 5, true } do
      assert.is_false(addresses.is(other))
    end
  end)

  it("is shown, whatever is in it", function()
    for _, case in ipairs {
      { { type = "SMTP", localpart = "a", domain = "b" }, "SMTP:a@b" },
      { { type = "SMTP", localpart = "" }, "<>" },
      { { type = "TELEX", value = "a\rb" }, "[TELEX:a\\x0Db]" },
      { { type = "SMTP", localpart = "a", domain = "b..c" }, "SMTP: not an address" },
      { { type = "SMTP", localpart = 5 }, "not an address" }, { {}, "not an address" },
    } do
      assert.equal(case[2], addresses.show(case[1]))
    end
  end)
end)

-- Keys are kept in databases, under the version that made them.
describe("the version of keys", function()
  local KEYS = {
    ["smtp:Kim.Lee+x@Example.COM"] = "SMTP:kim.lee+x@example.com",
    ['"Kim \\"Q\\" Lee"@example.com'] = 'SMTP:"kim \\"q\\" lee"@example.com',
    ["kim@[192.0.2.7]"] = "SMTP:kim@[192.0.2.7]", ["<>"] = "SMTP:",
    ["CCMAIL:Lee, Kim at HQ"] = "CCMAIL:kim lee at hq",
    ["[CCMAIL:user@domain at internet]"] = "CCMAIL:user@domain at internet",
    ["MS:NET/PO/Kim"] = "MS:net/po/kim",
    ["X400:c=US;a= ;p=Org;o=Ex;s=Lee;g=Kim;"] = "X400:c=us;p=org;o=ex;s=lee;g=kim;",
    ["EX:/O=Org/OU=Site/CN=Recipients/CN=KLee"] = "EX:/o=org/ou=site/cn=recipients/cn=klee",
    ["X500:/o=org/ou=site/cn=recipients/cn=klee"] = "EX:/o=org/ou=site/cn=recipients/cn=klee",
    ["NOTES:Kim Lee/Sales/Org@NET"] = "NOTES:kim lee/sales/org@net",
    ["GWISE:Dom.PO.Kim"] = "GWISE:dom.po.kim", ["FAX:Kim@+1 (555) 0100"] = "FAX:kim/+15550100",
    ["UUCP:hub!Site!kim"] = "UUCP:hub!Site!kim",
    [helper.readable "kim@B\195\188cher.example"] = "SMTP:kim@xn--bcher-kva.example",
  }

  it("is another one whenever a key is: then raise PO_KEY_RULE, and change this table", function()
    assert.equal("1/" .. (postoffice.UNICODE or "ascii"), postoffice.KEY_VERSION)
    for text, key in pairs(KEYS) do assert.equal(key, postoffice.key(text)) end
  end)
end)
