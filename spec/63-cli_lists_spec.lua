-- What the command does with lists: values of fields, and fields of messages; and what it knows
-- of profiles and grades.

local headers = require "postoffice.cli.headers"
local helper = require "spec.helper"
local input = require "postoffice.cli.input"
local support = require "spec.60-cli_support"
local dkjson = require "dkjson"

-- Calls `work` with an empty folder; it is gone afterwards.
local function with_folder(work)
  local folder = os.tmpname()
  os.remove(folder)
  assert.equal(0, (helper.run("mkdir " .. folder)))
  work(folder)
  helper.run("rm -r " .. folder)
end

-- Rows of a table of rows.
local function rows(...)
  local lines = {}
  for i, row in ipairs { ... } do lines[i] = table.concat(row, "\t") .. "\n" end
  return table.concat(lines)
end

-- What is asked, on which input, and what comes of it, as in 60-cli_addresses_spec.lua.
local cases = {
  ["parse --list prints a row for each address"] = {
    { "parse", "--list" },
    input = '"Lee, Kim" <kim@a.example>, pat@b.example (Pat)\n\nTeam: c@d.example;\n',
    output = rows({ "kim@a.example", "Lee, Kim", "-", "1" }, { "pat@b.example", "-", "-", "1" },
      { "c@d.example", "-", "Team", "3" }),
  },
  ["parse --list decodes names"] = {
    { "parse", "--list", "=?utf-8?q?J=C3=B6rg?= <d@e.example>" },
    output = rows { "d@e.example", "J\195\182rg", "-", "1" },
  },
  ["parse --list names a group without members"] = {
    { "parse", "--list", "undisclosed-recipients:;" },
    output = rows { "-", "-", "undisclosed-recipients", "1" },
  },
  ["parse --list names the type of what is not SMTP"] = {
    { "parse", "--list", "</o=Org/cn=A>, Kim <CCMAIL:Kim at HQ>" },
    output = rows({ "EX:/o=Org/cn=A", "-", "-", "1" }, { "CCMAIL:Kim at HQ", "Kim", "-", "1" }),
  },
  ["parse --list carries unknown types on request"] = {
    { "parse", "--list", "--unknown", "<TELEX:1>" },
    output = rows { "TELEX:1", "-", "-", "1" },
  },
  ["parse --list loses nothing but the bad entry"] = {
    { "parse", "--list" }, status = 1,
    input = 'a@b.example, "Last, First" (oops), c@d.example\ne@f.example\n',
    output = rows({ "a@b.example", "-", "-", "1" }, { "c@d.example", "-", "-", "1" },
      { "e@f.example", "-", "-", "2" }),
    errors = 'line 1: ""Last, First" (oops)": the address has no domain; write user@domain'
      .. " (domain-missing, byte 34)\n",
  },
  ["parse --list writes a line of JSON for each list"] = {
    { "parse", "--list", "--json", "T: a@b.example;, x y@z" }, status = 1,
    output = '{"line":1,"input":"T: a@b.example;, x y@z","list":[{"group":"T","members":[{"type":'
      .. '"SMTP","localpart":"a","domain":"b.example"}]}],"errors":[{"text":"x y@z","code":'
      .. '"localpart-character","message":"a character of the local part must be in double quotes",'
      .. '"position":19}]}\n',
    errors = "argument 1: ",
  },
  ["parse --list reads records with folds"] = {
    { "parse", "--list", "-0" }, input = "a@b.example,\r\n c@d.example\0e@f.example",
    output = rows({ "a@b.example", "-", "-", "1" }, { "c@d.example", "-", "-", "1" },
      { "e@f.example", "-", "-", "2" }),
  },
  ["parse --list takes a profile"] = {
    { "parse", "--list", "--profile", "lenient", "a@b.example; c@d.example" },
    output = rows({ "a@b.example", "-", "-", "1" }, { "c@d.example", "-", "-", "1" }),
  },
  ["parse --list takes a profile with switches"] = {
    { "parse", "--list", "--profile", "header,+semicolons", "a@b.example; c@d.example" },
    output = rows({ "a@b.example", "-", "-", "1" }, { "c@d.example", "-", "-", "1" }),
  },
  ["parse --list shows no control characters"] = {
    { "parse", "--list" }, input = '"\\\27[m" <a@b.example>, c\0@d.example\n', status = 1,
    output = rows { "a@b.example", "\\x1b[m", "-", "1" },
    errors = 'line 1: "c\\x00@d.example": ',
  },
  ["parse --list takes no type"] = {
    { "parse", "--list", "--type", "CCMAIL", "a at b" }, status = 2,
    errors = "--type does not go with --list\n",
  },
  ["parse --list is not parse --headers"] = {
    { "parse", "--list", "--headers" }, status = 2, errors = "--headers does not go with --list\n",
  },
  ["parse --headers takes no NUL"] = {
    { "parse", "--headers", "-0" }, status = 2, errors = "--null does not go with --headers\n",
  },

  ["parse --headers prints a row for each address of a message"] = {
    { "parse", "--headers" },
    input = "Received: from x by y;\n for <z@z.example>\nFrom: Kim <kim@a.example>\n"
      .. "To: Team: b@c.example,\n\t=?iso-8859-1?q?J=F6rg?= <d@e.example>;, f@g.example\n"
      .. "Subject: To: h@i.example\n\nTo: j@k.example\n",
    output = rows({ "From", "kim@a.example", "Kim", "-", "3", "-" },
      { "To", "b@c.example", "-", "Team", "4", "-" },
      { "To", "d@e.example", "J\195\182rg", "Team", "4", "-" },
      { "To", "f@g.example", "-", "-", "4", "-" }),
  },
  ["parse --headers reads CRLF, any case, blanks before the colon, and no final line end"] = {
    { "parse", "--headers" },
    input = "FROM: a@b.example\r\nto :\r\n c@d.example,\r\n \r\n e@f.example",
    output = rows({ "From", "a@b.example", "-", "-", "1", "-" },
      { "To", "c@d.example", "-", "-", "2", "-" }, { "To", "e@f.example", "-", "-", "2", "-" }),
  },
  ["parse --headers undoes folds wherever they are"] = {
    { "parse", "--headers" },
    input = 'To: "Lee,\n Kim" <kim\n @a.example\n >, <pat@\n b.example>\n',
    output = rows({ "To", "kim@a.example", "Lee, Kim", "-", "1", "-" },
      { "To", "pat@b.example", "-", "-", "1", "-" }),
  },
  ["parse --headers undoes folds for profiles that have none"] = {
    { "parse", "--headers", "--profile", "smtp" }, input = "To: a@b.example,\n c@d.example\n",
    output = rows({ "To", "a@b.example", "-", "-", "1", "-" },
      { "To", "c@d.example", "-", "-", "1", "-" }),
  },
  ["parse --headers takes a profile"] = {
    { "parse", "--headers", "--profile", "header" }, status = 1,
    input = "To: a@b . example, c@d.example\n",
    output = rows { "To", "c@d.example", "-", "-", "1", "-" },
    errors = "line 1: To: \"a@b . example\": ",
  },
  ["parse --headers reads section 4 of RFC 5322 without one"] = {
    { "parse", "--headers" }, input = "To: a@b . example, ,\n",
    output = rows { "To", "a@b.example", "-", "-", "1", "-" },
  },
  ["parse --headers reads the messages of an mbox, not their bodies"] = {
    { "parse", "--headers" },
    input = "From kim@a.example Thu Jan  1 00:00:00 2004\n>From kim@a.example remote from b\n"
      .. "To: a@b.example\n\nTo: x@y.example\n>From kim@a.example Thu Jan  1 00:00:00 2004\n"
      .. "From here on, nothing\nTo: x@y.example\n\n"
      .. "From pat at b.example  Thu Jan  1 00:00:00 2004\nTo: c@d.example\n"
      .. "From pat@b.example Thu Jan  1 00:00:00 2004\r\nTo: e@f.example\r\n\r\n",
    output = rows({ "To", "a@b.example", "-", "-", "3", "-" },
      { "To", "c@d.example", "-", "-", "11", "-" }, { "To", "e@f.example", "-", "-", "13", "-" }),
  },
  ["parse --headers takes no message for an mbox"] = {
    { "parse", "--headers" },
    input = "To: a@b.example\n\nFrom kim@a.example Thu Jan  1 00:00:00 2004\nTo: x@y.example\n",
    output = rows { "To", "a@b.example", "-", "-", "1", "-" },
  },
  ["parse --headers reads all fields that hold addresses"] = {
    { "parse", "--headers" },
    input = "Return-Path: < >\nDelivered-To: mailing list a@b.example\nX-Original-To: c@d.example\n"
      .. "Resent-From: e@f.example\nResent-Cc: g@h.example\nMail-Followup-To: i@j.example\n"
      .. "Disposition-Notification-To: k@l.example\nErrors-To: m@n.example\n"
      .. "List-Post: <mailto:o@p.example>\nMessage-ID: <q@r.example>\nBcc:\nCc: \t \n",
    output = rows({ "Return-Path", "<>", "-", "-", "1", "-" },
      { "Delivered-To", "a@b.example", "-", "-", "2", "-" },
      { "X-Original-To", "c@d.example", "-", "-", "3", "-" },
      { "Resent-From", "e@f.example", "-", "-", "4", "-" },
      { "Resent-Cc", "g@h.example", "-", "-", "5", "-" },
      { "Mail-Followup-To", "i@j.example", "-", "-", "6", "-" },
      { "Disposition-Notification-To", "k@l.example", "-", "-", "7", "-" },
      { "Errors-To", "m@n.example", "-", "-", "8", "-" }),
  },
  ["parse --headers says where an entry is bad, and goes on"] = {
    { "parse", "--headers" }, status = 1,
    input = "To: a@b.example,\n (oops), c@d.example\nCc: <>\nCc: e@f.example\n",
    output = rows({ "To", "a@b.example", "-", "-", "1", "-" },
      { "To", "c@d.example", "-", "-", "1", "-" }, { "Cc", "e@f.example", "-", "-", "4", "-" }),
    errors = "line 3: Cc: \"<>\": the address is empty (address-empty, byte 2)\n",
  },
  ["parse --headers says once a header that a line is none of it"] = {
    { "parse", "--headers" }, status = 1,
    input = "To: a@b.example\nno field\27\nneither is this\n\nnor this",
    output = rows { "To", "a@b.example", "-", "-", "1", "-" },
    errors = 'line 2: "no field\\x1b": this is no field of a header; write a name, a colon and a'
      .. " value (field-invalid)\n",
  },
  ["parse --headers writes a line of JSON for each field"] = {
    { "parse", "--headers", "--json" }, input = "Bcc:\nTo: T:;, a b\nx\n", status = 1,
    output = '{"line":1,"field":"Bcc","input":"","list":[],"errors":[]}\n'
      .. '{"line":2,"field":"To","input":"T:;, a b","list":[{"group":"T","members":[]}],"errors":'
      .. '[{"text":"a b","code":"domain-missing","message":'
      .. '"the address has no domain; write user@domain","position":9}]}\n'
      .. '{"line":3,"input":"x","list":[],"errors":[{"text":"x","code":"field-invalid","message":'
      .. '"this is no field of a header; write a name, a colon and a value"}]}\n',
    errors = "domain-missing",
  },
  ["parse --headers takes NUL and bytes that are no UTF-8 for what they are"] = {
    { "parse", "--headers" }, status = 1,
    input = "\239\187\191To: a\0@b.example, \255 <c@d.example>, e@f.example\nX\0: y\n",
    output = rows { "To", "e@f.example", "-", "-", "1", "-" },
    errors = 'line 1: To: "a\\x00@b.example": ',
  },
  ["parse --headers says of a list with many faults a hundred"] = {
    { "parse", "--headers" }, input = "To: " .. ("a,"):rep(1000) .. "\n", status = 1,
    output = "", errors = "line 1: To: 900 more errors\n",
  },
  ["parse --headers finds nothing where nothing is"] = { { "parse", "--headers" }, output = "" },
  ["parse --headers needs the file"] = {
    { "parse", "--headers", "nowhere" }, status = 74, errors = "nowhere: No such file",
  },

  ["format --list writes values of fields"] = {
    { "format", "--list" },
    input = "Kim Lee <kim@a.example> ,,\n;\n , \nT: J\195\182rg <j@b.example>;, c@d.example (x)\n",
    status = 1, output = "Kim Lee <kim@a.example>\nT: =?utf-8?b?SsO2cmc=?= <j@b.example>;,"
      .. " c@d.example (x)\n", errors = 'line 2: ";": ',
  },
  ["format --list folds"] = {
    { "format", "--list", "--width", "32", "--column", "4",
      "kim.lee@a.example, pat.jones@b.example" },
    output = "kim.lee@a.example,\n pat.jones@b.example\n",
  },
  ["format --list keeps UTF-8 on request"] = {
    { "format", "--list", "--utf8", "=?utf-8?b?SsO2cmc=?= <j@b.example>" },
    output = "J\195\182rg <j@b.example>\n",
  },
  ["format --list loses nothing but what is bad, or cannot be written"] = {
    { "format", "--list" }, status = 1,
    input = "x, a@b.example, T: <@r.example:c@d.example>, e@f.example;, <CCMAIL:a at b>\n",
    output = "a@b.example, T: e@f.example;\n",
    errors = 'line 1: "CCMAIL:a at b": only an SMTP address can be written so; ',
  },
  ["format --list tells programs"] = {
    { "format", "--list", "--json", "--width", "32", "x, kim.lee@a.example, pat.jones@b.example" },
    status = 1, output = '{"input":"x, kim.lee@a.example, pat.jones@b.example","output":'
      .. '"kim.lee@a.example,\\r\\n pat.jones@b.example","errors":[{"text":"x","code":'
      .. '"domain-missing","message":"the address has no domain; write user@domain",'
      .. '"position":2}]}\n',
    errors = "argument 1: ",
  },
  ["format --list takes a profile"] = {
    { "format", "--list", "--profile", "lenient", "a@b.example; Lee, Kim <k@b.example>" },
    output = 'a@b.example, "Lee, Kim" <k@b.example>\n',
  },
  ["format --list writes headers alone"] = {
    { "format", "--list", "--as", "oneoff", "a@b" }, status = 2, errors = "leave --as out",
  },
  ["format --list refuses what is no width"] = {
    { "format", "--list", "--width", "3", "a@b" }, status = 2,
    errors = "--width 3: has to be from 32 to 998",
  },
  ["diagnose prints the grade and every code"] = {
    { "diagnose", "a@b.example", "user(Kim)@b.example", "a@b", "CCMAIL:Kim Lee" },
    output = rows({ "a@b.example", "ok", "-" },
      { "user(Kim)@b.example", "deprecated", "comment@5 cfws-near-at@5" },
      { "a@b", "5321", "domain-single-label@3" }, { "CCMAIL:Kim Lee", "unusual", "ccmail-bare@8" }),
  },
  ["diagnose fails where validate does"] = {
    { "diagnose" }, input = "a@b..c\na@b_c.example\na@b.example\n", status = 1,
    output = rows({ "a@b..c", "error", "domain-label-empty@5" },
      { "a@b_c.example", "5322", "domain-label-character@4" }, { "a@b.example", "ok", "-" }),
    errors = 'line 1: "a@b..c": a domain label is empty (domain-label-empty, byte 5)\n',
  },
  ["diagnose writes JSON with all of it"] = {
    { "diagnose", "--json", "a@b", "a@b.example" },
    output = '{"input":"a@b","grade":"5321","findings":[{"code":"domain-single-label","severity":'
      .. '"note",', more = '{"input":"a@b.example","grade":"ok","findings":[]}\n',
  },
  ["diagnose takes a type"] = {
    { "diagnose", "--type", "CCMAIL", "Kim at HQ" }, output = rows { "Kim at HQ", "ok", "-" },
  },
  ["diagnose takes a notation"] = {
    { "diagnose", "--notation", "path", "a@b.example" }, status = 1,
    output = rows { "a@b.example", "error", "path-angle-missing@1" }, errors = "argument 1: ",
  },
  ["diagnose takes a profile"] = {
    { "diagnose", "--profile", "smtp", "user(Kim)@b.example" }, status = 1,
    output = rows { "user(Kim)@b.example", "error", "comment@5" }, errors = "(comment, byte 5)",
  },
  ["validate takes a profile, line by line and in blocks"] = {
    { "validate", "--profile=lenient", "<a@c.example", "-" }, input = "<d@f.example\n@\n",
    status = 1, output = rows({ "<a@c.example", "valid", "-", "-" },
      { "<d@f.example", "valid", "-", "-" },
      { "@", "invalid", "localpart-empty", "1" }),
    errors = "line 2: ",
  },
  ["normalize takes a profile"] = {
    { "normalize", "--profile", "lenient", "Kim <kim@B.example" },
    output = "Kim <kim@b.example>\n",
  },
  ["format takes a profile"] = {
    { "format", "--profile", "lenient", "Kim [kim@b.example]", "-" }, input = "[c@d.example\n",
    status = 1, output = "SMTP:kim@b.example\n", errors = "line 1: ",
  },
  ["an unknown profile is wrong use"] = {
    { "validate", "--profile", "rfc822", "a@b" }, status = 2,
    errors = "--profile: unknown profile 'rfc822'; known: smtp, header, obsolete, lenient\n",
  },
  ["an unknown switch is wrong use"] = {
    { "validate", "--profile", "smtp,-coments", "a@b" }, status = 2,
    errors = "--profile: unknown switch 'coments' of a profile; known: comments, folds, ",
  },
  ["an empty switch is wrong use"] = {
    { "validate", "--profile", "smtp,", "a@b" }, status = 2, errors = "unknown switch ''",
  },
}

describe("the command postoffice", function()
  for name, case in pairs(cases) do
    it(name, function()
      local status, output, errors = support.run(case[1], case)
      assert.equal(case.status or 0, status, errors)
      local expected = case.output or ""
      if case.more then
        assert.matches(case.more, output, 1, true)
        output = output:sub(1, #expected)
      end
      assert.equal(expected, output)
      if case.errors then
        assert.matches(case.errors, errors, 1, true)
      else
        assert.equal("", errors)
      end
    end)
  end

  it("reads messages in files and folders, and says which", function()
    with_folder(function(folder)
      local first, second = folder .. "/a b'", folder .. "/b"
      helper.write(first, "To: a@c.example, x\n")
      helper.write(second, "To: b@c.example\n")
      local status, output, errors = support.run({ "parse", "--headers", folder, "-", second },
        { input = "To: s@c.example\n" })
      assert.equal(1, status)
      assert.equal(rows({ "To", "a@c.example", "-", "-", "1", first },
        { "To", "b@c.example", "-", "-", "1", second }, { "To", "s@c.example", "-", "-", "1", "-" },
        { "To", "b@c.example", "-", "-", "1", second }), output)
      assert.matches(first .. ":1: To: \"x\": the address has no domain", errors, 1, true)
    end)
  end)

  it("reads nothing for a folder without files", function()
    with_folder(function(folder)
      for _, command in ipairs { { "parse", "--headers", folder }, { "x500", folder } } do
        local _, output = support.run(command, { input = "To: IMCEAEX-_O=A_CN=B@c.example\n" })
        assert.equal("", output)
      end
    end)
  end)

  it("reads a hundred thousand fields", function()
    local status, output = support.run({ "parse", "--headers" },
      { input = (("X-To: a@b.example\n"):rep(9) .. "To: a@b.example\n"):rep(10000) })
    assert.equal(0, status)
    assert.equal(10000, select(2, output:gsub("\n", "")))
    assert.equal("To\ta@b.example\t-\t-\t100000\t-\n", output:sub(-28))
  end)

  it("writes JSON that others read, whatever is in the fields", function()
    local texts, count = {}, 0
    for byte = 0, 255 do texts[byte + 1] = "To: " .. string.char(byte) .. " <a@b.example>, x\n" end
    local _, output = support.run({ "parse", "--headers", "--json" },
      { input = table.concat(texts) })
    for line in output:gmatch "[^\n]+" do
      local object = assert(dkjson.decode(line))
      assert.same({ "table", "table" }, { type(object.list), type(object.errors) })
      count = count + 1
    end
    assert.equal(256, count) -- a blank is after the line end: it is a fold
  end)

  it("answers somebody who types a header when a field has ended", function()
    local streams = support.streams {
      input = "To: a@b.example\nSubject: x\n\n", terminals = { stdin = true, stderr = true },
    }
    local read, seen = streams.stdin.read, nil
    function streams.stdin.read(stream, size)
      assert.equal(1, size)
      if stream.at == #stream.text then seen = streams.stdout:contents() end
      return read(stream, size)
    end
    require("postoffice.cli").run({ "parse", "--headers" }, streams)
    assert.equal(rows { "To", "a@b.example", "-", "-", "1", "-" }, seen)
    assert.matches("reading messages from the terminal", streams.stderr:contents(), 1, true)
  end)

  it("lets whoever writes a message to it write all of it", function()
    local streams = support.streams { input = "To: a@b.example\n\n" .. ("body\n"):rep(100000) }
    require("postoffice.cli").run({ "parse", "--headers" }, streams)
    assert.is_true(streams.stdin.at > #streams.stdin.text)
  end)
end)

describe("a header", function()
  local MEGABYTE = 1048576

  -- Its fields, and how much of a line was kept at most.
  local function read(text)
    local found, longest = {}, 0
    local next_line = input.lines(support.stream(text), input.BLOCK, headers.ENOUGH)
    headers.each(function()
      local line = next_line()
      longest = math.max(longest, line and #line or 0)
      return line
    end, function(field) found[#found + 1] = field end)
    return found, longest
  end

  it("has fields of a megabyte, in one line or in many", function()
    for _, value in ipairs {
      ("x"):rep(MEGABYTE - 4), (("x"):rep(98) .. "\n "):rep(10000) .. "y",
    } do
      assert.equal((value:gsub("\n", "")), read("To: " .. value .. "\r\n")[1].value)
    end
  end)

  it("has none that are longer", function()
    for _, long in ipairs {
      ("x"):rep(MEGABYTE - 3), ("x"):rep(MEGABYTE - 3) .. "\r\r", ("x"):rep(3 * MEGABYTE),
      (("x"):rep(98) .. "\n "):rep(12000), "\n" .. (" "):rep(MEGABYTE),
    } do
      local found, longest = read("To: " .. long .. "\nCc: a@b.example\n")
      assert.same({ "To", "field-length", "Cc", "a@b.example" },
        { found[1].name, found[1].fault, found[2].name, found[2].value })
      assert.is_true(#found[1].value <= 1000 and longest <= MEGABYTE + 2 * input.BLOCK)
    end
  end)

  it("that is a line without end is kept in part alone", function()
    local found, longest = read(("x"):rep(5 * MEGABYTE))
    assert.same({ { line = 1, value = ("x"):rep(1000), fault = "field-invalid" } }, found)
    assert.is_true(longest <= MEGABYTE + 2 * input.BLOCK)
  end)

  it("is read in linear time, whatever it holds", function() -- else this takes hours
    for _, text in ipairs {
      "To: x" .. (" "):rep(MEGABYTE - 10) .. "x", "To" .. (" "):rep(MEGABYTE), ("x"):rep(MEGABYTE),
      ("From 1:11"):rep(100000), "From " .. ("1:11"):rep(200000),
    } do
      assert.equal(1, #read(text .. "\n"))
    end
  end)
end)
