--- EX and X500: distinguished names of Exchange directory entries.
local postoffice = require "postoffice"
local dialect = require "spec.dialect"

local SITE = "/o=Org/ou=Site"

describe("an Exchange distinguished name", function()
  it("begins with a slash and is kept as it is (MS-OXOABK 2.2.1.1)", function()
    local names = {
      "/o=microsoft/ou=sales/cn=PatParkes",
      "/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=0a-k",
      "/guid=0123456789abcdef0123456789abcdef",
      "/",
    }
    for _, name in ipairs(names) do
      dialect.reads("EX", { { name, { dn = name } } })
      dialect.writes("X500", { { name, name } })
    end
    dialect.refuses("EX", {
      { "o=Org/ou=Site", "dn-slash-missing", 1 },
      { "/o=Org\n/ou=Site", "control-character", 7 },
    })
  end)

  it("has the levels o, ou and one to fourteen cn", function()
    dialect.judges("EX", {
      { SITE .. "/cn=Recipients/cn=Bob" },
      { "/O=ORG/OU=SITE/CN=RECIPIENTS/CN=BOB" },
      { SITE .. ("/cn=x"):rep(14) },
      { SITE .. ("/cn=x"):rep(15), "dn-level", 86 },
      { "/o=Org", "dn-level", 7 },
      { SITE, "dn-level", 15 },
      { "/ou=Site/o=Org/cn=x", "dn-level", 2 },
      { "/o=Org/cn=x/cn=y", "dn-level", 8 },
      { SITE .. "/cn=Recipients/dc=x", "dn-level", 30 },
      { SITE .. "/cn=/cn=x", "dn-level", 19 },
      { SITE .. "/cn=x/", "dn-level", 21 },
      { SITE .. "/cn= x", "dn-level", 19 },
    })
  end)

  it("has up to 64 characters a level and 256 in all; a directory can store 1123", function()
    local level = "/cn=" .. ("x"):rep(64)
    dialect.judges("X500", {
      { SITE .. level },
      { SITE .. level .. "x", "dn-level-length", 83 },
      { SITE .. level:rep(3) },
      { SITE .. level:rep(4), "dn-long", 257, "note" },
      { "/" .. ("x"):rep(1123), "dn-length", 1124 },
    })
  end)

  it("is ASCII without # $ ' ; ^ ` { } ~ (MS-OXOABK 2.2.1.1)", function()
    dialect.judges("EX", {
      { SITE .. "/cn=!\"%&\\()*+,-.09:<=>?@AZ[]_az|" },
      { SITE .. "/cn=it's", "dn-character", 21 },
      { SITE .. "/cn=it#1", "dn-character", 21 },
      { SITE .. "/cn=\195\188", "dn-character", 19 },
    })
  end)

  it("may be an address list's or a server's, which have no mailbox", function()
    dialect.judges("EX", {
      { "/", "dn-list", 1 },
      { "/guid=0123456789abcdef0123456789abcdef", "dn-list", 1 },
      { "/GUID=0123456789ABCDEF0123456789ABCDEF", "dn-list", 1 },
      { SITE .. "/cn=Configuration/cn=Servers/cn=EXCH1", "dn-server", 16 },
      { SITE .. "/cn=configuration", "dn-server", 16 },
      { SITE .. "/cn=Recipients/cn=Configuration" },
    })
  end)

  it("is one entry in any case, today's and a former one (Q258602)", function()
    assert.is_true(postoffice.equal("EX:" .. SITE .. "/cn=Bob", "X500:/O=ORG/OU=SITE/CN=BOB"))
    assert.is_false(postoffice.equal("EX:" .. SITE .. "/cn=Bob", "EX:" .. SITE .. "/cn=Rob"))
  end)

  it("holds its vectors", function()
    dialect.holds("exdn.parse", function(given, expected)
      local built, input = "", given:gsub("^EX:", "")
      for _, rdn in ipairs(expected.rdn) do
        built = built .. "/" .. rdn[1] .. "=" .. rdn[2]
      end
      assert.equal(built, postoffice.parse(given).dn)
      if not built:find "^/[oO]=" then -- as in Q188420; MS-OXOABK 2.2.1.1 has no such name
        dialect.judges("EX", { { input, "dn-level", 2 } })
      elseif expected.is_mailbox ~= false then
        dialect.judges("EX", { { input } })
      end
    end)
    dialect.holds("exdn.equal", function(input, expected)
      assert.equal(expected.equal, postoffice.equal(input, expected.other))
    end)
    dialect.holds("exdn.validate", function(input, expected)
      assert.equal(expected.valid, (postoffice.validate(input)))
    end)
  end)

  it("is read back as it was written, and does no harm", function()
    local written = dialect.round_trips(300, function(random)
      local word = dialect.word(random, "abcXYZ019 ()-=/'#@.", 30)
      return { type = random(2) == 1 and "EX" or "X500", dn = SITE .. "/cn=" .. word .. "x" }
    end)
    assert.equal(300, written)
    dialect.survives("EX", 500, { "/", "o=", "/o=Org", "/ou=", "/cn=", "/guid=", "#", "=" })
  end)
end)
