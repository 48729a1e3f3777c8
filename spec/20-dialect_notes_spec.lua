--- Lotus Notes names and the domains on the way to them.
local postoffice = require "postoffice"
local dialect = require "spec.dialect"

describe("a Notes address", function()
  it("is a name, hierarchical or not, and its domain (Q187276, Q180517)", function()
    dialect.reads("NOTES", {
      { "Denise Graham/Sales/Acme Corp@Acme-HQ",
        { name = "Denise Graham/Sales/Acme Corp", domain = "Acme-HQ" } },
      { "CN=John B Goode/OU=Sales/OU=East/O=Acme/C=US@ACME",
        { name = "CN=John B Goode/OU=Sales/OU=East/O=Acme/C=US", domain = "ACME" } },
      { "First Initial. Last@wspu.lotus",
        { name = "First Initial. Last", domain = "wspu.lotus" } },
      { "John Smith", { name = "John Smith" } },
      { "John Smith @ Notes ", { name = "John Smith", domain = "Notes" } },
    })
  end)

  it("may name a chain of domains", function()
    dialect.reads("NOTES", {
      { "John Smith@Near@Far", { name = "John Smith", domain = "Near@Far" } },
      { "John Smith/Acme@wspu.lotus@Far", { name = "John Smith/Acme", domain = "wspu.lotus@Far" } },
    })
  end)

  it("may hold a mailbox of the Internet as it stands (Q246434)", function()
    dialect.reads("NOTES", {
      { "user@example.com@ACME", { name = "user@example.com", domain = "ACME" } },
      { "user@example.com@ACME@HUB", { name = "user@example.com", domain = "ACME@HUB" } },
      { "<user@example.com>@ACME", { name = "<user@example.com>", domain = "ACME" } },
      { '"Smith, J" <j.s@example.com>@ACME@HUB',
        { name = '"Smith, J" <j.s@example.com>', domain = "ACME@HUB" } },
      { '"a@b" <c@d>@ACME', { name = '"a@b" <c@d>', domain = "ACME" } },
      { "user (at@home)@ACME", { name = "user (at@home)", domain = "ACME" } },
      { 'O"Brien <a@b.example>@ACME', { name = 'O"Brien <a@b.example>', domain = "ACME" } },
      { "a < b@ACME", { name = "a < b", domain = "ACME" } },
    })
  end)

  it("has a name, and no domain of it is empty", function()
    dialect.refuses("NOTES", {
      { "@ACME", "notes-name-empty", 1 },
      { "John@", "notes-domain-empty", 6 },
      { "John@A@@B", "notes-domain-empty", 8 },
      { "John@A@", "notes-domain-empty", 8 },
      { "John\n@A", "control-character", 5 },
    })
  end)

  it("holds names to Domino's bounds (Domino's help, Q174207, Q232076)", function()
    local function x(n)
      return ("x"):rep(n)
    end
    dialect.judges("NOTES", {
      { x(79) .. "/" .. x(64) .. "@" .. x(31) },
      { x(80) .. "@A", "notes-level-length", 80 },
      { "CN=" .. x(80), "notes-level-length", 83 },
      { "A/OU=" .. x(33) .. "/O=B", "notes-level-length", 38 },
      { "A/" .. x(65), "notes-level-length", 67 },
      { "A/O=B/C=USA", "notes-level-length", 11 },
      { "A//B", "notes-level-empty", 3 },
      { "A/OU=/B", "notes-level-empty", 6 },
      { "A/1/2/3/4/O/US" },
      { "A/1/2/3/4/5/O/US", "notes-levels", 15 },
      { "A@" .. x(32), "notes-domain-length", 34 },
      { "A@B@" .. x(32), "notes-domain-length", 36 },
      { "A" .. ("@" .. x(31)):rep(8), "notes-length", 1 },
      { "user@example.com@ACME" },
    })
  end)

  it("has one name of those the directory lists (Q180517)", function()
    dialect.judges("NOTES", {
      { "Denise Graham/Sales/Acme Corp; Denise Graham; Graham", "notes-name-list", 30 },
    })
  end)

  it("is one mailbox canonical and abbreviated, in any case and spacing", function()
    dialect.equals("NOTES", {
      { "CN=John B Goode/OU=Sales/O=Acme/C=US@A", "john b  goode/sales/acme/us@a", true },
      { "John@A", "CN=John@A", true },
      { "John@A", "John@B", false },
      { "John/Acme", "John", false },
      { "John@A@B", "John@A", false },
    })
    dialect.normalizes("NOTES", {
      { "CN=John B  Goode / OU=Sales/O=Acme@ACME", "John B Goode/Sales/Acme@ACME" },
      { "user@example.com @ACME", "user@example.com@ACME" },
      { "CN=CN=John/OU=/O=Acme@ACME", "John/OU=/Acme@ACME" },
      { "CN=@ACME", "CN=@ACME" },
    })
  end)

  it("is not written where it could not be read back", function()
    dialect.withholds("NOTES", {
      { name = "a@b" }, { name = "a", domain = "b.example@c" }, { domain = "b" }, { name = "a\r" },
    })
  end)

  it("holds its vectors", function()
    local labels = { c = "C", cn = "CN", o = "O" }
    dialect.holds("notes.parse", function(input, expected)
      local address = assert(postoffice.parse(input, { type = "NOTES", notation = "native" }))
      assert.equal(expected.domain, address.domain)
      for key, label in pairs(labels) do
        assert(not expected[key] or address.name:find(label .. "=" .. expected[key], 1, true))
      end
      assert(not expected.user or address.name:find("^" .. expected.user .. "/"))
      assert(not expected.org or address.name:find("/" .. expected.org .. "$"))
      dialect.judges("NOTES", { { input } })
    end)
    dialect.holds("notes.gateway", function(input, expected)
      local address = assert(postoffice.parse(input, { type = "NOTES", notation = "native" }))
      assert.equal(expected.gateway_domain, address.domain)
      assert.equal(expected.inner, tostring(postoffice.parse(address.name)))
    end)
  end)

  it("is read back as it was written, and does no harm", function()
    local text = "abcXYZ019 /.-'=;\"<>()"
    local written = dialect.round_trips(1000, function(random)
      local chain = {}
      for i = 1, random(3) do
        chain[i] = dialect.word(random, "abcXYZ-_.", 8)
      end
      return { type = "NOTES", name = dialect.word(random, text, 20),
        domain = random(4) > 1 and table.concat(chain, "@") or nil }
    end)
    assert(written > 700, written)
    dialect.survives("NOTES", 2000, {
      "@", "/", "CN=", "OU=", "O=", "C=", "<", ">", "\"", "(", ")", ".", ";", "a@b.c", "x",
    })
  end)
end)
