--- Fax machines: MAPI's form, RFC 3192's, and MS Mail's records.
local postoffice = require "postoffice"
local dialect = require "spec.dialect"

describe("a fax address", function()
  it("is a number, of somebody, with what to dial on both sides (MAPI)", function()
    dialect.reads("FAX", {
      { "555-1212", { number = "555-1212" } },
      { "Kim Lee@+1 (206) 936-7329", { name = "Kim Lee", number = "+1 (206) 936-7329" } },
      { "936-7329 | tedst@ +1 (206) 936-7329",
        { dialable = "936-7329", name = "tedst", number = "+1 (206) 936-7329" } },
      { "936-7329 | +1 (206) 9367329|#546",
        { dialable = "936-7329", number = "+1 (206) 9367329", special = "#546" } },
      { " tedst@+1 (206) 936-7329 | #546",
        { name = "tedst", number = "+1 (206) 936-7329", special = "#546" } },
    })
  end)

  it("is FAX=number@domain on the Internet, with a subaddress (RFC 3192, RFC 2303)", function()
    dialect.reads("FAX", {
      { "FAX=+3940226338@faxworld.org", { number = "+3940226338", domain = "faxworld.org" } },
      { "/fax=+33-1-88335215/@faxworld.org",
        { number = "+33-1-88335215", domain = "faxworld.org" } },
      { "FAX=+12027653000/T33S=1387@faxworld.org",
        { number = "+12027653000", t33s = "1387", domain = "faxworld.org" } },
      { "FAX=+12027653000/ISUB=7/T33S=1387/POST=w1@faxworld.org",
        { number = "+12027653000", t33s = "1387", qualifiers = "ISUB=7/POST=w1",
          domain = "faxworld.org" } },
    })
  end)

  it("is four records in MS Mail, which only a one-off can carry (Q116466, cc842281)", function()
    local text = "Fax Recipient[fax:recipient\\x0dbuilding\\x0doffice\\x0d555-1212\\x0d]"
    local address = assert(postoffice.parse(text))
    assert.same({ name = "recipient", building = "building", office = "office",
      number = "555-1212", display_name = "Fax Recipient" },
      dialect.fields(address))
    assert.equal("Fax Recipient [FAX:recipient\\x0Dbuilding\\x0Doffice\\x0D555-1212\\x0D]",
      (postoffice.format(address, "oneoff")))
    local _, _, code = postoffice.format(address, "proxy")
    assert.equal("control-character", code)
    assert.is_true((postoffice.validate(address)))
    assert.equal("SMTP:IMCEAFAX-recipient+0Dbuilding+0Doffice+0D555-1212+0D@gw.example",
      tostring(postoffice.encapsulate(address, "SMTP", { domain = "gw.example" })))
    address = postoffice.parse "[FAX:Johns\\x0d Mail_Campus\\x0d Microsoft\\x0d 9,12061234567]"
    assert.equal("9,12061234567", address.number)
    assert.equal("Microsoft", address.office)
    assert.equal("fax-records", select(3, postoffice.parse "[FAX:a\\x0db\\x0d]"))
    assert.equal("control-character", select(3, postoffice.parse "[FAX:a\\x0ab\\x0d1\\x0d2]"))
  end)

  it("is refused with the code of what is wrong and its place", function()
    dialect.refuses("FAX", {
      { "1|2|3|4", "fax-part-many", 6 },
      { "|1", "fax-part-empty", 1 },
      { "1|2|", "fax-part-empty", 5 },
      { "@1", "fax-part-empty", 1 },
      { "Kim@", "fax-number-missing", 5 },
      { "1|", "fax-number-missing", 3 },
      { "FAX=@d.example", "fax-number-missing", 5 },
      { "FAX=+1", "domain-missing", 7 },
      { "FAX=+1@", "domain-missing", 8 },
      { "a\rb\rc\r1", "control-character", 2 },
    })
  end)

  it("has digits in its number, and + and the country on the Internet", function()
    dialect.judges("FAX", {
      { "+1 (206) 936-7329" },
      { "9,,12061234567*#" },
      { "555-CALL", "fax-number-character", 5 },
      { "Kim@home", "fax-number-character", 5 },
      { "FAX=+33-1.88@d.example" },
      { "FAX=+33 1@d.example", "fax-number-character", 8 },
      { "FAX=331@d.example", "fax-number-global", 5 },
      { "FAX=+331/T33S=1a@d.example", "fax-subaddress", 16 },
    })
  end)

  it("is one machine however the number is grouped and dialled, for one reader", function()
    dialect.equals("FAX", {
      { "+1 (206) 936-7329", "936-7329 | +1-206-936.7329 | #546", true },
      { "Kim@+1 206", "KIM@+1206", true },
      { "Kim@+1 206", "Pat@+1 206", false },
      { "FAX=+33-1-88335215@faxworld.org", "/fax=+33188335215/@FAXWORLD.org", true },
      { "FAX=+331/T33S=1@d.example", "FAX=+331/T33S=2@d.example", false },
      { "FAX=+331@d.example", "+331", false },
    })
  end)

  it("is written as plainly as its form allows", function()
    dialect.writes("FAX", {
      { "1|Kim @ 2|3", "1 | Kim@2 | 3" },
      { "/FAX=+33-1/@d.example", "FAX=+33-1@d.example" },
      { "FAX=+331/ISUB=7/T33S=1/@d.example", "FAX=+331/T33S=1/ISUB=7@d.example" },
    })
    dialect.withholds("FAX", {
      {}, { number = "1", special = "2" }, { number = "1@2" }, { number = "1|2", name = "K" },
      { number = "+1", t33s = "2" }, { number = "1", name = "Kim", domain = "d.example" },
    })
  end)

  it("holds its vectors", function()
    dialect.holds("fax.parse", function(input, expected)
      local address = assert(postoffice.parse(input, { type = "FAX", notation = "native" }))
      assert.equal(expected.canonical, address.number)
      for _, key in ipairs { "name", "dialable", "special" } do
        assert.equal(expected[key], address[key])
      end
    end)
    dialect.holds("fax.ietf", function(input, expected)
      local address = assert(postoffice.parse(input, { type = "FAX", notation = "native" }))
      assert.equal(expected.number, address.number)
      assert.equal(expected.t33s, address.t33s)
      if expected.digits then
        assert.equal("FAX:" .. expected.digits .. "@" .. address.domain, postoffice.key(address))
      end
    end)
  end)

  it("is read back as it was written, and does no harm", function()
    local function maybe(random, alphabet)
      return random(2) == 1 and dialect.word(random, alphabet, 10) or nil
    end
    local written = dialect.round_trips(1000, function(random)
      local number = "+1" .. dialect.word(random, "0123456789- .()", 12)
      if random(3) == 1 then
        return { type = "FAX", number = number, t33s = maybe(random, "0123"),
          qualifiers = maybe(random, "ABC=/1"), domain = "d.example" }
      end
      return { type = "FAX", number = number, name = maybe(random, "abcXYZ .'\r@"),
        dialable = maybe(random, "0123 -"), special = maybe(random, "0123#,"),
        building = random(9) == 1 and "b" or nil, office = random(9) == 1 and "o" or nil }
    end)
    assert(written > 300, written)
    dialect.survives("FAX", 2000, {
      "|", "@", "+1", "(2)", "FAX=", "/FAX=", "/", "T33S=", "/ISUB=1", "@d.example", "\r", "Kim",
    })
  end)
end)
