--- Exchange names in files, however somebody saved them.
local base64 = require "postoffice.text.base64"
local bounces = require "spec.bounces"
local exchange = require "postoffice.exchange"
local utf16 = require "postoffice.text.utf16"

local NAME = "X500:/o=Org/ou=First Site/cn=Recipients/cn=kim+lee"
local ENCODED = "IMCEAEX-_o=Org_ou=First+20Site_cn=Recipients_cn=kim+2Blee@a.example"
local TEXT = "Delivery has failed to these recipients:\r\n\r\n" .. ENCODED .. "\r\n"

local little, big, in_base64 = bounces.little, bounces.big, bounces.in_base64
local multipart, part = bounces.multipart, bounces.part
local COMPOUND, PLAIN = bounces.COMPOUND, bounces.PLAIN

describe("exchange.x500_in_file", function()
  for _, case in ipairs(bounces.forms(ENCODED)) do
    local form, bytes, line = case[1], case[2], case[3]
    it("reads " .. form, function()
      local found, skipped = exchange.x500_in_file(bytes)
      assert.same({}, skipped)
      assert.equal(1, #found)
      assert.equal(NAME, found[1].proxy)
      assert.is_nil(found[1].person)
      if line then assert.equal(line, found[1].line) end
    end)

    it("finds nothing else in damaged " .. form, function()
      local half = bytes:sub(1, math.floor(#bytes / 2))
      for _, damaged in ipairs { half, bytes:reverse(), bytes:sub(2), half .. bytes } do
        local found = exchange.x500_in_file(damaged)
        for _, find in ipairs(found) do assert.equal(NAME, find.proxy) end
      end
    end)
  end

  it("counts the lines of encoded parts as the file has them", function()
    local bytes = multipart(PLAIN, part("Content-Transfer-Encoding: base64\r\n",
      in_base64(("x"):rep(57 * 3) .. "\r\n" .. TEXT)))
    local found = exchange.x500_in_file(bytes)
    local line, number = nil, 0
    local start = base64.encode(("x"):rep(57 * 3) .. "\r\n" .. TEXT):sub(76 * 3 + 1, 76 * 4)
    for text in bytes:gmatch "([^\r\n]*)\r\n" do
      number = number + 1
      if text == start then line = number end
    end
    assert.truthy(line)
    assert.truthy(math.abs(line - found[1].line) <= 1)
  end)

  it("leaves pictures alone", function()
    local bytes = multipart(part("Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n",
      in_base64(TEXT)))
    assert.same({}, (exchange.x500_in_file(bytes)))
  end)

  it("reads addresses that are xtext with their @", function()
    for encoded, name in pairs {
      ["_O+3DOrg_CN+3Dkim+40a.example"] = "X500:/O=Org/CN=kim",
      ["_O+3dMy+2B20Org_CN+3dkim+2B40b+40a.example"] = "X500:/O=My Org/CN=kim@b",
    } do
      for _, before in ipairs { "ORCPT=rfc822;", "Original-Recipient: rfc822; ", "<" } do
        local found, skipped = exchange.x500_in_file(before .. "IMCEAEX-" .. encoded .. "> x")
        assert.same({ {}, name }, { skipped, found[1] and found[1].proxy or found[1] })
      end
    end
    for _, other in ipairs { "_O+3DOrg_CN+3Dkim", "_O=Org_CN=kim+40x+40a.example" } do
      local found, skipped = exchange.x500_in_file("<IMCEAEX-" .. other .. "> x")
      assert.same({}, found)
      assert.equal(1, #skipped)
    end
  end)

  it("never takes xtext for a name, and says where it cannot tell", function()
    local inside = "IMCEAEX-_o=Org_cn=kim+2B20lee@a.example"
    for _, before in ipairs { "ORCPT=rfc822;", "orcpt=RFC822;", "Original-Recipient: rfc822; " } do
      local found, skipped = exchange.x500_in_file("x\n" .. before .. inside)
      assert.same({}, found)
      assert.equal("imcea-xtext", skipped[1].code)
      assert.equal(2, skipped[1].line)
    end
    for _, twice in ipairs { inside, "IMCEAEX-_o=Org_ou=A+2B20B+2B28C+2B29_cn=kim@a.example" } do
      for _, before in ipairs { "Final-Recipient: rfc822;", "<", "" } do
        local found, skipped = exchange.x500_in_file(before .. twice)
        assert.same({}, found)
        assert.equal("imcea-xtext", skipped[1].code)
      end
    end
    for name, encoded in pairs { -- a plus that is meant: not every one is escaped, or no escape follows
      ["X500:/o=My Org/cn=kim+20lee"] = "_o=My+20Org_cn=kim+2B20lee",
      ["X500:/o=Org/cn=R+41"] = "_o=Org_cn=R+2B41", ["X500:/o=C++/cn=kim"] = "_o=C+2B+2B_cn=kim",
    } do
      local found, skipped = exchange.x500_in_file("<IMCEAEX-" .. encoded .. "@a.example>")
      assert.same({}, skipped)
      assert.equal(name, found[1].proxy)
    end
    local carried = "IMCEASMTP-IMCEAEX-+5Fo+3DOrg+40b+2Eexample@a.example" -- an = may be encoded
    assert.equal("X500:/o=Org", exchange.x500_in_file(carried)[1].proxy)
  end)

  it("refuses names that no directory can hold, being no UTF-8", function()
    local found, skipped = exchange.x500_in_file "<IMCEAEX-_o=Org_cn=m+FCller@a.example>"
    assert.same({}, found)
    assert.equal("utf8-invalid", skipped[1].code)
    found, skipped = exchange.x500_in_file "Name,legacyExchangeDN\nA,/o=Org\222x/cn=a\n"
    assert.same({}, found)
    assert.equal("utf8-invalid", skipped[1].code)
    assert.equal(2, skipped[1].line)
    assert.equal("X500:/o=Org/cn=m\195\188ller",
      exchange.x500_in_file("<IMCEAEX-_o=Org_cn=m+C3+BCller@a.example>")[1].proxy)
  end)

  it("reads the names of directories", function()
    for _, case in ipairs {
      { "Alias,LegacyExchangeDN\nklee,/o=Org/cn=Kim\n,/o=Org/cn=Pat\nx,\n", "klee" },
      { "\239\187\191\"Alias\";\"legacyExchangeDN\"\r\n\"klee\";\"/o=Org/cn=Kim\"\r\n"
        .. "\"\";\"/o=Org/cn=Pat\"\r\n", "klee" },
      { "Obj-Dist-Name,Directory Name\n/o=Org/cn=Kim,klee\n/o=Org/cn=Pat,\n", "klee" },
      { "\255\254" .. little "#TYPE X\r\nPrimarySmtpAddress\tlegacyExchangeDN\r\n"
        .. little "k@a.example\t/o=Org/cn=Kim\r\n\t/o=Org/cn=Pat\r\n", "k@a.example" },
    } do
      local found, skipped = exchange.x500_in_file(case[1])
      assert.same({}, skipped)
      assert.equal(2, #found)
      assert.equal("X500:/o=Org/cn=Kim", found[1].proxy)
      assert.equal(case[2], found[1].person.identity)
      assert.is_nil(found[2].person.identity)
      assert.equal(found[1].line + 1, found[2].line)
    end
  end)

  it("says which rows of directories cannot be read", function()
    local found, skipped =
      exchange.x500_in_file "alias,legacyExchangeDN\na,o=Org\nb,/o=Org/cn=b\nc,d,e\nf,/o=Org/cn=f\n"
    assert.equal(1, #found)
    assert.equal(2, #skipped)
    assert.same({ 2, "o=Org" }, { skipped[1].line, skipped[1].text })
    assert.same({ 4, "csv-row" }, { skipped[2].line, skipped[2].code })
  end)

  it("takes time in proportion to the file", function()
    for _, hostile in ipairs {
      "--", "--x\n", "Content-Type: multipart/mixed; boundary=", "From a 0:00 2000\n\n", "=\n",
      "a:b\n c\n", COMPOUND, "\255\254", "a\0",
    } do
      exchange.x500_in_file("A: b\n" .. hostile:rep(5000))
      exchange.x500_in_file(hostile:rep(5000))
    end
  end)

  it("raises for what is no text", function()
    assert.has_error(function() exchange.x500_in_file(1) end)
  end)
end)

describe("UTF-16", function()
  it("is decoded, pairs of units too", function()
    for _, case in ipairs {
      { "\255\254\228\0\172\32\61\216\0\222", "\195\164\226\130\172\240\159\152\128" },
      { "\254\255\0\228\32\172\216\61\222\0", "\195\164\226\130\172\240\159\152\128" },
      { "\255\254a\0\61\216b\0\0\222", "a\239\191\189b\239\191\189" },
      { "\255\254\61\216\61\216\0\222", "\239\191\189\240\159\152\128" },
      { "\255\254a\0b", "a\239\191\189" },
    } do
      assert.equal(case[2], utf16.decode(case[1], (utf16.order(case[1]))))
      assert.equal(case[2], utf16.to_utf8(case[1]))
    end
  end)

  it("is told from other texts", function()
    for _, text in ipairs { "", "a", "ab", "a\0", ("a"):rep(100) .. ("\0"):rep(20), "\0\0\0\0" } do
      if text ~= "a\0" then
        assert.is_nil((utf16.order(text)))
        assert.equal(text, utf16.to_utf8(text))
      end
    end
    assert.equal("little", (utf16.order(little "Kim\r\n")))
    assert.equal("big", (utf16.order(big "Kim\r\n")))
  end)
end)
