--- Encoded words in display names: RFC 2047, RFC 2231 5.  What the words say by themselves is
-- in spec/unit/encoded_word.c.
local postoffice = require "postoffice"

-- The mailbox whose display name is written so.
local function read(phrase, options)
  return postoffice.parse(phrase .. " <k@x.example>", options)
end

-- The codes of what is noted of encoded words, each with its place.
local function notes(phrase)
  local found = {}
  local _, findings = postoffice.diagnose(phrase .. " <k@x.example>")
  for _, finding in ipairs(findings or {}) do
    if finding.code:find "^encoded%-word" then
      found[#found + 1] = finding.code .. " " .. finding.position
    end
  end
  return table.concat(found, " ")
end

describe("an encoded word in a display name", function()
  it("is decoded, and kept as it was written in display_raw", function()
    for _, case in ipairs {
      -- RFC 2047 8
      { "=?US-ASCII?Q?Keith_Moore?=", "Keith Moore" },
      { "=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=", "Keld Jørn Simonsen" },
      { "=?ISO-8859-1?Q?Andr=E9?= Pirard", "André Pirard" },
      { "=?ISO-8859-1?Q?Olle_J=E4rnefors?=", "Olle Järnefors" },
      { "=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab" },
      { "=?ISO-8859-1?Q?a?=\r\n      =?ISO-8859-1?Q?b?=", "ab" },
      { "=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b" },
      { "=?US-ASCII*EN?Q?Keith_Moore?= =?utf-8*?Q?!?=", "Keith Moore!" }, -- RFC 2231 5

      { "Dr. =?utf-8?q?Zo=C3=AB?= \"Lee\"", "Dr. Zoë Lee" },
      { "=?utf-8?q?Zo=C3=AB?= (or Zoe) =?utf-8?q?Lee?=", "Zoë Lee" },
      { "=?utf-8?q?=F0=9F?= =?UTF-8?B?kqk=?=", "💩" }, -- a character in two words
      { "=?utf-8?q?=3Cpat=40y=2Eexample=3E=2C?=", "<pat@y.example>," },
      { "=?utf-8?q?=22Lee=22=5C?=", [["Lee"\]] },
      { "=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3F=3D?=", "=?utf-8?q?a?=" }, -- once only
      { "=?windows-1252?Q?=93Lee=94_=80?=", "“Lee” €" },
      { "=?iso-8859-15?Q?=A4?= =?latin1?Q?=A4?=", "€¤" },
    } do
      local address = assert(read(case[1]))
      assert.same({ case[2], case[1] }, { address.display_name, address.display_raw })
      assert.equal("", notes(case[1]), case[1])
    end
  end)

  it("is a word of its own", function()
    for phrase, name in pairs {
      ['"=?utf-8?q?a?="'] = "=?utf-8?q?a?=",
      ['"=?utf-8?q?a?= =?utf-8?q?b?="'] = "=?utf-8?q?a?= =?utf-8?q?b?=",
      ["x=?utf-8?q?a?="] = "x=?utf-8?q?a?=",
      ["=?utf-8?q?a?=x"] = "=?utf-8?q?a?=x",
      ["=?utf-8?x?a?="] = "=?utf-8?x?a?=",
      ["=??q?a?="] = "=??q?a?=",
      ["=?utf-8?q?a b?="] = "=?utf-8?q?a b?=",
    } do
      local address = assert(read(phrase))
      assert.same({ name }, { address.display_name, address.display_raw })
    end
  end)

  it("is nowhere else", function()
    local plain = assert(postoffice.parse("=?utf-8?q?a?=@x.example"))
    assert.same({ "=?utf-8?q?a?=" }, { plain.localpart, plain.display_raw })
    local oneoff = assert(postoffice.parse("=?utf-8?q?a?= [CCMAIL:Kim at HQ]"))
    assert.same({ "=?utf-8?q?a?=" }, { oneoff.display_name, oneoff.display_raw })
  end)

  it("stays as it is, with a note, if it says nothing that can be shown", function()
    for _, case in ipairs {
      { "=?x-none?q?a?=", "encoded-word-charset 1" },
      { "=?utf-7?q?+AGE-?=", "encoded-word-charset 1" },
      { "=?unicode-1-1-utf-7?b?K0FHRS0?=", "encoded-word-charset 1" },
      { "=?utf-16?q?=00a?=", "encoded-word-charset 1" },
      { "=?utf-8?q?=0D=0ABcc=3A_pat=40y=2Eexample?=", "encoded-word-unsafe 1" },
      { "=?utf-8?b?AA==?=", "encoded-word-unsafe 1" },
      { "=?utf-8?q?=1B=5B1m?=", "encoded-word-unsafe 1" },
      { "=?utf-8?q?=7F?=", "encoded-word-unsafe 1" },
      { "=?iso-8859-1?q?=85?=", "encoded-word-unsafe 1" },
      { "=?koi8-r?q?=0A?=", "encoded-word-unsafe 1" },
      { "=?utf-8?q?=E2=80=AEeel?=", "encoded-word-unsafe 1" },
      { "=?windows-1256?q?=FD?=", "encoded-word-unsafe 1" }, -- U+200E
      { "=?utf-8?q?=E9?=", "encoded-word-unsafe 1" },
      { "=?shift_jis?q?=81?=", "encoded-word-unsafe 1" },
      { "=?windows-1252?q?=81?=", "encoded-word-unsafe 1" },
      { "=?utf-8?q?=C3=A?= =?utf-8?q?9?=", "encoded-word-unsafe 1" },
      { "=?utf-8?b?w?=", "encoded-word-unsafe 1" },
      { "Kim =?x-none?q?a?=", "encoded-word-charset 5" },
    } do
      local address = assert(read(case[1]))
      assert.same({ case[1], case[1] }, { address.display_name, address.display_raw })
      assert.equal(case[2], notes(case[1]))
    end
  end)

  it("stays alone: its neighbours are decoded", function()
    local phrase = "=?utf-8?q?=C3=A9?= =?x-none?q?a?=\r\n =?x-none?q?b?= =?utf-8?q?=C3=A9?="
    assert.equal("é =?x-none?q?a?= =?x-none?q?b?= é", read(phrase).display_name)
  end)

  it("is in a group's name, too", function()
    local list = postoffice.parse_list(
      "=?utf-8?q?Te=C3=A4m?=: =?utf-8?q?Zo=C3=AB?= <z@x.example>, k@x.example;")
    assert.equal("Teäm", list[1].group)
    assert.equal("=?utf-8?q?Te=C3=A4m?=", list[1].display_raw)
    assert.equal("Zoë", list[1].members[1].display_name)
    assert.equal(nil, list[1].members[2].display_raw)
  end)

  it("is written as what it says, and read as that again", function()
    for _, phrase in ipairs {
      "=?utf-8?q?Zo=C3=AB?=", "=?utf-8?q?=22Lee=22=2C_=5C?=", "=?utf-8?q?=28a=29?=",
      "=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3F=3D?=", "=?x-none?q?a?= b", "=?utf-8?q?_a_?=",
      "=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3F=3D?= =?utf-8?q?_b?=",
    } do
      local address = assert(read(phrase))
      local again = assert(postoffice.parse(postoffice.format(address, "header")))
      assert.equal(address.display_name, again.display_name)
    end
  end)
end)

describe("a character set", function()
  it("is known by many names", function()
    for _, name in ipairs {
      "iso-8859-1", "ISO8859-1", "ISO_8859-1", "latin1", "cp1252", "windows-1252", "CP-1252",
      "latin9", "iso-8859-15", "iso-8859-2", "latin2", "iso-8859-4", "windows-1250", "cp1257",
      "iso-8859-9", "latin-5", "x-cp1254",
    } do
      assert.equal("ä", read("=?" .. name .. "?Q?=E4?=").display_name, name)
    end
  end)

  it("is converted by iconv, if the core does not know it", function()
    for _, case in ipairs {
      { "iso-8859-2", "=B9=E8", "šč" },
      { "iso-8859-3", "=A6=F8", "Ĥĝ" },
      { "iso-8859-4", "=A2=BF", "ĸŋ" },
      { "iso-8859-5", "=BA=D8=DC", "Ким" },
      { "iso-8859-6", "=C7=E4", "ال" },
      { "iso-8859-7", "=C1=F9", "Αω" },
      { "iso-8859-8", "=F9=EC", "של" },
      { "iso-8859-8-i", "=F9=EC", "של" },
      { "iso-8859-9", "=DD=FE", "İş" },
      { "iso-8859-10", "=BD", "―" },
      { "tis-620", "=A1=E0", "กเ" },
      { "iso-8859-13", "=D0=FE", "Šž" },
      { "iso-8859-14", "=D0", "Ŵ" },
      { "iso-8859-16", "=AA=A4", "Ș€" },
      { "windows-1250", "=9A=F8", "šř" },
      { "windows-1251", "=CA=E8=EC", "Ким" },
      { "windows-1253", "=C1=80", "Α€" },
      { "windows-1254", "=FD=80", "ı€" },
      { "windows-1255", "=F9=EC", "של" },
      { "windows-1256", "=C7=E1", "ال" },
      { "windows-1257", "=E0=80", "ą€" },
      { "windows-1258", "=FE", "₫" },
      { "windows-874", "=A1=80", "ก€" },
      { "koi8-r", "=EB=C9=CD", "Ким" },
      { "koi8-u", "=EB=A6=CD", "Кім" },
      { "Shift_JIS", "=83e=83X=83g", "テスト" },
      { "x-sjis", "=87=40=B1", "①ｱ" },
      { "euc-jp", "=C4=BB=B4=EE", "鳥喜" },
      { "iso-2022-jp", "=1B$B$=22=1B=28B", "あ" },
      { "gb2312", "=C0=EE=E9F", "李镕" }, -- the second is of GBK
      { "gb18030", "=81=30=84=36", "¥" },
      { "big5", "=A7=F5", "李" },
      { "euc-kr", "=B1=E8", "김" },
      { "ks_c_5601-1987", "=B1=E8", "김" },
      { "iso-2022-kr", "=1B$=29C=0E1h=0F", "김" },
    } do
      assert.equal(case[3], read("=?" .. case[1] .. "?Q?" .. case[2] .. "?=").display_name, case[1])
    end
  end)

  it("begins anew with each run of words", function()
    local open = "=?iso-2022-jp?B?GyRCJCI=?=" -- never switched back to ASCII
    for _ = 1, 2 do
      assert.equal("あ", read(open).display_name)
      assert.equal("ab", read("=?iso-2022-jp?q?ab?=").display_name)
    end
  end)
end)
