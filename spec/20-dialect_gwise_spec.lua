--- GroupWise: GWISE in Exchange's order, GROUPWISE in GroupWise's own.
local postoffice = require "postoffice"
local dialect = require "spec.dialect"

local function parts(domain, office, object)
  return { domain = domain, postoffice = office, object = object }
end

describe("a GroupWise address", function()
  it("is DOMAIN.POSTOFFICE.OBJECT as Exchange's proxies have it (Q240874, Q231687)", function()
    dialect.reads("GWISE", {
      { "GWDOM1.PO.user", parts("GWDOM1", "PO", "user") },
      { "GWDOM1.PO.john.smith", parts("GWDOM1", "PO", "john.smith") },
    })
  end)

  it("is user.postoffice.domain as GroupWise has it, and then a type of its own", function()
    dialect.reads("GROUPWISE", {
      { "user.PO.GWDOM1", parts("GWDOM1", "PO", "user") },
      { "john.smith.PO.GWDOM1", parts("GWDOM1", "PO", "john.smith") },
    })
  end)

  it("changes its order with its type", function()
    local address = postoffice.parse "GROUPWISE:john.smith.PO.GWDOM1"
    address.type = "GWISE"
    assert.equal("GWISE:GWDOM1.PO.john.smith", tostring(address))
    assert.is_true(postoffice.equal(address, "GROUPWISE:John.Smith.po.gwdom1"))
    assert.equal("GWISE:gwdom1.po.john.smith", (postoffice.key(address)))
  end)

  it("has three parts, none of them empty", function()
    for _, type in ipairs { "GWISE", "GROUPWISE" } do
      dialect.refuses(type, {
        { "user", "gwise-part-missing", 5 },
        { "po.user", "gwise-part-missing", 8 },
        { "a..b", "gwise-part-empty", 3 },
        { "a. .b", "gwise-part-empty", 3 }, -- its key would be that of a..b
        { "a.b\r.c", "control-character", 4 },
      })
    end
    dialect.refuses("GWISE", { { ".a.b", "gwise-part-empty", 1 } })
    dialect.refuses("GROUPWISE", { { "a.b.", "gwise-part-empty", 5 } })
  end)

  it("has no , * \" @ { } ( ) : ; in domain and post office (Novell)", function()
    dialect.judges("GWISE", {
      { "GW DOM-1.P_O.it's me@home" },
      { "GWDOM1.P@O.user", "gwise-character", 9 },
      { "GW*.PO.user", "gwise-character", 3 },
    })
  end)

  it("is not written where it could not be read back", function()
    dialect.withholds("GWISE", { parts("a.b", "c", "d"), parts("a", "b"), parts("a", "b", "") })
    dialect.withholds("GROUPWISE", { parts("a.b", "c", "d"), parts("a", "b", " c") })
  end)

  it("holds its vectors", function()
    dialect.holds("gwise.parse.native", function(input, expected)
      dialect.reads("GROUPWISE", {
        { input, parts(expected.domain, expected.postoffice, expected.object or expected.user) },
      })
    end)
  end)

  it("is read back as it was written, and does no harm", function()
    for _, type in ipairs { "GWISE", "GROUPWISE" } do
      local written = dialect.round_trips(300, function(random)
        local name = "abcXYZ019 -_'"
        local fields = parts(dialect.word(random, name, 8) .. "x", dialect.word(random, name, 8),
          dialect.word(random, name .. ".", 12))
        fields.type = type
        return fields
      end)
      assert(written > 200, written)
      dialect.survives(type, 500, { ".", "..", "a.b.", "@", "*", "PO" })
    end
  end)
end)
