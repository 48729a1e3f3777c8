--- UUCP's bang paths.
local postoffice = require "postoffice"
local dialect = require "spec.dialect"
local vectors = require "spec.vectors"

describe("a UUCP address", function()
  it("is a path of hosts and a user (RFC 976)", function()
    dialect.reads("UUCP", {
      { "host!user", { path = "host", user = "user" } },
      { "a!b!c!user", { path = "a!b!c", user = "user" } },
      { "att.!Mark.Horton", { path = "att.", user = "Mark.Horton" } },
      { "uunet!user%other", { path = "uunet", user = "user%other" } },
    })
  end)

  it("may have a quoted user, which keeps its bangs", function()
    dialect.reads("UUCP", {
      { 'nuug!ext.example!"pcmax.example!/I=D/S=LEE/"',
        { path = "nuug!ext.example", user = "pcmax.example!/I=D/S=LEE/" } },
      { 'a!"b@c.d"', { path = "a", user = "b@c.d" } },
      { 'a!"b!\\"c\\\\!d"', { path = "a", user = 'b!"c\\!d' } },
      { 'a!"b"', { path = "a", user = "b" } },
      { 'a!"b!c', { path = 'a!"b', user = "c" } }, -- no quoted string
      { 'a!"b"!c', { path = 'a!"b"', user = "c" } },
      { 'a!"b"!"c!d"', { path = 'a!"b"', user = "c!d" } },
      { '"a!b"', { path = '"a', user = 'b"' } },
      { 'a!b"c', { path = "a", user = 'b"c' } },
    })
    dialect.writes("UUCP", {
      { 'a!"b!\\"c\\\\!d"', 'a!"b!\\"c\\\\!d"' }, { 'a!"b"', "a!b" }, { 'a!"\\"b"', 'a!"\\"b"' },
      { 'a!"x!"b\\""', 'a!"x!"b\\""' }, { 'a!b"c', 'a!"b\\"c"' },
    })
    dialect.equals("UUCP", {
      { 'a!"b!c"', "a!b!c", false }, { 'a!"B"', "a!b", true }, { 'a!"B!c"', 'a!"b!C"', true },
    })
    dialect.normalizes("UUCP", { { 'A.B!"C!d"', 'a.b!"C!d"' } })
    dialect.refuses("UUCP", {
      { 'a!""', "uucp-user-empty", 2 },
      { 'a@b!"c!d"', "uucp-ambiguous", 2 }, { 'a!!"c!d"', "uucp-host-empty", 3 },
    })
  end)

  it("is not guessed where an @ gives it two readings (RFC 976 2.3)", function()
    dialect.refuses("UUCP", {
      { "a!b@c.d", "uucp-ambiguous", 4 },
      { "user@host", "uucp-ambiguous", 5 },
    })
  end)

  it("has a path and a user, and no host of it is empty", function()
    dialect.refuses("UUCP", {
      { "user", "uucp-path-missing", 5 },
      { "!user", "uucp-host-empty", 1 },
      { "a!!user", "uucp-host-empty", 3 },
      { "a!", "uucp-user-empty", 2 },
      { "a!b\r", "control-character", 4 },
    })
  end)

  it("has letters, digits and - _ . in its hosts", function()
    dialect.judges("UUCP", {
      { "a-1!b_2!c.example!first.last" },
      { "a b!user", "uucp-character", 2 },
      { "a!us er", "uucp-character", 5 },
      { "a!\195\188", "uucp-character", 3 },
    })
  end)

  it("keeps the case of its hosts, not that of domains and users (RFC 976 2.4)", function()
    dialect.equals("UUCP", {
      { "Host!user", "host!user", false },
      { "C.Example!user", "c.example!USER", true },
      { "a!b!user", "b!a!user", false },
    })
    dialect.normalizes("UUCP", { { "Host!C.Example!User", "Host!c.example!User" } })
  end)

  it("is not written where it could not be read back", function()
    dialect.withholds("UUCP", {
      { user = "u" }, { path = "a" }, { path = "a!", user = "u" }, { path = 'a!"b', user = "" },
      { path = "a@b", user = "c" }, { path = "a", user = "" },
    })
  end)

  it("holds its vectors, but those with two readings", function()
    dialect.holds("uucp.parse", function(input, expected)
      if expected.recommend then
        return dialect.refuses("UUCP", { { input, "uucp-ambiguous", input:find "@" } })
      end
      dialect.reads("UUCP", {
        { input, { path = table.concat(expected.hops, "!"), user = expected.user } },
      })
    end)
  end)

  vectors.with_corpus(it, "legacy_networks", "is read in a corpus where it is one", function(rows)
    for _, row in ipairs(rows) do
      if row.expected.class == "uucp/percent" then
        local plain = row.input:find "!" ~= nil and not row.input:find "@"
        local address = postoffice.parse(row.input, { type = "UUCP", notation = "native" })
        assert.equal(plain, address ~= nil, row.id)
      end
      for _, form in ipairs(row.expected.internet_forms or {}) do
        if form:find "!" and not form:find "@" then
          assert(postoffice.validate(form, { type = "UUCP", notation = "native" }), row.id)
        end
      end
    end
  end)

  it("is read back as it was written, and does no harm", function()
    local written = dialect.round_trips(500, function(random)
      local hosts = {}
      for i = 1, random(4) do
        hosts[i] = dialect.word(random, "abcXYZ01-_.", 8)
      end
      return { type = "UUCP", path = table.concat(hosts, "!"),
        user = dialect.word(random, "abcXYZ01-_.%+", 10) }
    end)
    assert.equal(500, written)
    dialect.survives("UUCP", 1000, { "!", "!!", "@", "host", "c.d", "%", "user" })
  end)
end)
