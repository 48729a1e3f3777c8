--- MS Mail: MS and PCM of PC networks, MSMAIL and MSA of AppleTalk.
local postoffice = require "postoffice"
local dialect = require "spec.dialect"

local function parts(network, office, mailbox)
  return { network = network, postoffice = office, mailbox = mailbox }
end

describe("an MS Mail address", function()
  it("is NETWORK/POSTOFFICE/MAILBOX (Q116466, Q105964)", function()
    dialect.reads("MS", {
      { "NET/PO/USER", parts("NET", "PO", "USER") },
      { "Proxnet1/Proxpo1/JohnS", parts("Proxnet1", "Proxpo1", "JohnS") },
      { " NET/PO/USER ", parts("NET", "PO", "USER") },
    })
  end)

  it("is PCM's over an MS Mail 3.2 connection, with slashes or with backslashes", function()
    dialect.reads("PCM", {
      { "NET/PO/USER", parts("NET", "PO", "USER") }, -- Q118298, Q131150 and many more
      { "Proxnet1\\Proxpo1\\JohnS", parts("Proxnet1", "Proxpo1", "JohnS") }, -- Q116466
      { "N\\E/P\\O/U\\", parts("N\\E", "P\\O", "U\\") },
    })
    dialect.writes("PCM", {
      { "NET/PO/USER", "NET/PO/USER" }, { "NET\\PO\\USER", "NET/PO/USER" },
    })
    dialect.equals("PCM", { { "NET\\PO\\USER", "net/po/user", true } })
    dialect.refuses("PCM", {
      { "NET", "ms-part-missing", 4 }, { "NET\\PO", "ms-part-missing", 7 },
      { "NET\\PO\\A\\B", "ms-part-many", 9 }, { "NET\\PO/USER", "ms-part-missing", 12 },
    })
    dialect.withholds("PCM", { parts("a", "b", "c/d"), parts("a/", "b", "c") })
  end)

  it("is what a one-off without a type means (Q89410, Q116466)", function()
    assert.equal("MS:NET/PO/USER", postoffice.format(
      postoffice.parse("[NET/PO/USER]", { notation = "oneoff" })))
    assert.equal("[MS:NET/PO/USER]", (postoffice.format("MS:NET/PO/USER", "oneoff")))
    assert.equal("[PCM:Net/Po/User]", (postoffice.format("[PCM:Net\\\\Po\\\\User]", "oneoff")))
  end)

  it("has three parts, none of them empty", function()
    dialect.refuses("MS", {
      { "NET", "ms-part-missing", 4 },
      { "NET/PO", "ms-part-missing", 7 },
      { "/", "ms-part-empty", 1 },
      { "NET//USER", "ms-part-empty", 5 },
      { "NET/PO/", "ms-part-empty", 8 },
      { "NET/PO/USER/X", "ms-part-many", 12 },
      { "NET\\PO\\USER", "ms-part-missing", 12 },
      { "a@b.example", "ms-part-missing", 12 },
      { "NET/P\rO/USER", "control-character", 6 },
    })
  end)

  it("holds ten characters a part, letters and digits in the mailbox (Q199676)", function()
    dialect.judges("MS", {
      { "NETWORK789/POSTOFF789/MAILBOX789" },
      { "NETWORK789A/PO/USER", "ms-part-length", 11 },
      { "NET/PO/MAILBOX789A", "ms-part-length", 18 },
      { "NET-1/PO_1/USER" },
      { "NET/PO/USER'1", "ms-mailbox-character", 12 },
      { "NET/PO/JOHN S", "ms-mailbox-character", 12 },
    })
  end)

  it("ignores case, and MS is not PCM", function()
    dialect.equals("MS", { { "NET/PO/USER", "net/po/user", true }, { "N/P/A", "N/P/B", false } })
    assert.equal("MS:net/po/user", (postoffice.key "MS:NET/PO/USER"))
    assert.is_false(postoffice.equal("MS:N/P/U", "PCM:N\\P\\U"))
  end)

  it("is not written where it could not be read back", function()
    dialect.withholds("MS", {
      parts("N/E/T", "P", "U"), parts("N", "P", ""), parts("N", "P"), parts(" N", "P", "U"),
      parts("N", "P", "U\n"),
    })
  end)
end)

describe("an AppleTalk MS Mail address", function()
  it("is mailbox@server (Q116466)", function()
    for _, type in ipairs { "MSMAIL", "MSA" } do
      dialect.reads(type, {
        { "JohnS@AppleTServer", { mailbox = "JohnS", server = "AppleTServer" } },
        { "John Smith @ Our Server", { mailbox = "John Smith", server = "Our Server" } },
        { "a@b@c", { mailbox = "a@b", server = "c" } },
      })
      dialect.refuses(type, {
        { "JohnS", "msmail-server-missing", 6 },
        { "JohnS@", "msmail-server-missing", 7 },
        { "@Server", "msmail-mailbox-empty", 1 },
      })
    end
  end)

  it("is one mailbox under both type names, in any case", function()
    assert.is_true(postoffice.equal("MSMAIL:John S@Srv", "MSA:john  s@SRV"))
    dialect.normalizes("MSMAIL", { { "John  S @ Srv", "John S@Srv" } })
  end)
end)

describe("the MS Mail dialects", function()
  it("hold their vectors", function()
    dialect.holds("msmail.parse", function(input, expected)
      dialect.reads("MS", {
        { input, parts(expected.network, expected.postoffice, expected.mailbox) },
      })
      dialect.judges("MS", { { input } })
    end)
    dialect.holds("msmail.charset", function(input, expected)
      assert.equal(expected.valid, (postoffice.validate("MS:NET/PO/" .. input)), input)
    end)
  end)

  it("read back what they wrote", function()
    local part = "abcXYZ019-_ .'@:;[]\\/,"
    local function word(random)
      return dialect.word(random, part, 12)
    end
    local makers = {
      function(random)
        return { type = "MS", network = word(random), postoffice = word(random),
          mailbox = word(random) }
      end,
      function(random)
        return { type = "PCM", network = word(random), postoffice = word(random),
          mailbox = word(random) }
      end,
      function(random)
        return { type = "MSMAIL", mailbox = word(random), server = word(random) }
      end,
    }
    local written = dialect.round_trips(600, function(random)
      return makers[random(#makers)](random)
    end)
    assert(written > 200, written)
  end)

  it("do no harm, whatever they are given", function()
    for _, type in ipairs { "MS", "PCM", "MSMAIL" } do
      dialect.survives(type, 500, { "/", "\\", "@", "NET", "PO", "USER", "//" })
    end
  end)
end)
