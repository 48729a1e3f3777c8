-- The commands that read addresses and write them, without a policy.

local support = require "spec.60-cli_support"

local ARTICLE = "[ccmail:user@domain at internet]"

-- What is asked, on which input, and what comes of it.  `errors` is a part of
-- what is said on standard error; nothing may be said where there is none.
local cases = {
  ["parse prints a field a line"] = {
    { "parse", ARTICLE },
    output = "type: CCMAIL\nmailbox: user@domain\npostoffice: internet\n",
  },
  ["parse puts what belongs to the notation last"] = {
    { "parse", "Kim Lee <kim@b.example> (home)" },
    output = "type: SMTP\nlocalpart: kim\ndomain: b.example\n"
      .. "display_name: Kim Lee\ncomment: home\n",
  },
  ["parse puts an empty line between two addresses"] = {
    { "parse", "a@b.example", "smtp:c@d.example" },
    output = "type: SMTP\nlocalpart: a\ndomain: b.example\n\n"
      .. "type: SMTP\nlocalpart: c\ndomain: d.example\nprimary: false\n",
  },
  ["parse writes JSON with its keys in order"] = {
    { "parse", "--json", ARTICLE, "smtp:c@d.example" },
    output = '{"input":"[ccmail:user@domain at internet]","type":"CCMAIL","mailbox":"user@domain",'
      .. '"postoffice":"internet"}\n'
      .. '{"input":"smtp:c@d.example","type":"SMTP","localpart":"c","domain":"d.example",'
      .. '"primary":false}\n',
  },
  ["parse takes a type"] = {
    { "parse", "--type", "CCMAIL", "Smith, John at HQ" },
    output = "type: CCMAIL\nmailbox: Smith, John\npostoffice: HQ\n",
  },
  ["parse takes a notation"] = {
    { "parse", "--notation", "path", "a@b.example" },
    status = 1, errors = "(path-angle-missing",
  },
  ["parse carries unknown types on request"] = {
    { "parse", "--unknown", "TELEX:node(user)" }, output = "type: TELEX\nvalue: node(user)\n",
  },
  ["parse refuses unknown types else"] = {
    { "parse", "TELEX:node(user)" }, status = 1,
    errors = "by --unknown (in a program, the option unknown) (type-unknown",
  },
  ["parse shows no control characters to a terminal"] = {
    { "parse", "[X:a\\x1b]", "--unknown" }, output = "type: X\nvalue: a\\x1b\n",
  },
  ["a bad address is told with its place, code and byte, and does not stop the rest"] = {
    { "format" }, input = "a@b.example\nc@d..example\ne@f.example\n", status = 1,
    output = "SMTP:a@b.example\nSMTP:e@f.example\n",
    errors = 'line 2: "c@d..example": a domain label is empty (domain-label-empty, byte 5)\n',
  },
  ["a bad argument is counted as one"] = {
    { "format", "a@b.example", "at internet" }, status = 1, output = "SMTP:a@b.example\n",
    errors = 'argument 2: "at internet": ',
  },
  ["a bad address is told to programs in its turn"] = {
    { "format", "--json", "a@b..c", "d@e.f" }, status = 1,
    output = '{"input":"a@b..c","code":"domain-label-empty","message":"a domain label is empty",'
      .. '"position":5}\n{"input":"d@e.f","output":"SMTP:d@e.f"}\n',
    errors = "domain-label-empty",
  },
  ["an empty argument is an address, if a bad one"] = {
    { "format", "" }, status = 1, errors = "(address-empty",
  },
  ["format writes proxies unless told otherwise"] = {
    { "format", ARTICLE }, output = "CCMAIL:user@domain at internet\n",
  },
  ["format writes one-offs"] = {
    { "format", "--as", "oneoff", "ccmail:user@domain at internet" },
    output = "[CCMAIL:user@domain at internet]\n",
  },
  ["format says what cannot be written so"] = {
    { "format", "--as", "header", ARTICLE }, status = 1, errors = "(notation-type)",
  },
  ["normalize keeps the notation"] = {
    { "normalize", "smtp:User@EXAMPLE.com", ARTICLE },
    output = "smtp:User@example.com\n[CCMAIL:user@domain at internet]\n",
  },
  ["validate prints a row for each"] = {
    { "validate", "a@b.example", "a@b..c" }, status = 1,
    output = "a@b.example\tvalid\t-\t-\na@b..c\tinvalid\tdomain-label-empty\t5\n",
    errors = "argument 2: ",
  },
  ["validate judges limits, which parse does not"] = {
    { "validate", ("a"):rep(65) .. "@b.example" }, status = 1,
    output = ("a"):rep(65) .. "@b.example\tinvalid\tlocalpart-length\t",
    errors = "localpart-length",
  },
  ["validate tells programs"] = {
    { "validate", "--json", "a@b.example" }, output = '{"input":"a@b.example","valid":true}\n',
  },
  ["decapsulate opens the article's address"] = {
    { "decapsulate", ARTICLE }, output = "SMTP:user@domain\n",
  },
  ["decapsulate opens what Exchange encapsulates"] = {
    { "decapsulate", "--as", "native", "IMCEACCMAIL-user+40domain+20at+20internet@a.example" },
    output = "user@domain at internet\n",
  },
  ["decapsulate says where nothing is inside"] = {
    { "decapsulate", "a@b.example" }, status = 1, errors = "(not-encapsulated",
  },

  ["convert takes out of the carrier"] = {
    { "convert", "--to", "smtp", ARTICLE, "a@b.example" },
    output = "SMTP:user@domain\nSMTP:a@b.example\n",
  },
  ["convert puts into a carrier"] = {
    { "convert", "--to=SMTP", "--domain=a.example", "--as=native", "CCMAIL:Smith, John at HQ" },
    output = "IMCEACCMAIL-Smith+2C+20John+20at+20HQ@a.example\n",
  },
  ["convert puts through a gateway"] = {
    { "convert", "--to", "CCMAIL", "--postoffice", "internet", "user@domain.example" },
    output = "CCMAIL:user@domain.example at internet\n",
  },
  ["convert knows a directory's names by either type"] = {
    { "convert", "--to", "X500", "EX:/o=Org/cn=A" }, output = "X500:/o=Org/cn=A\n",
  },
  ["convert knows GroupWise's names in both orders"] = {
    { "convert", "--to", "GROUPWISE", "GWISE:DOM.PO.user" }, output = "GROUPWISE:user.PO.DOM\n",
  },
  ["convert knows GroupWise's own order, too"] = {
    { "convert", "--to", "GWISE", "GROUPWISE:first.last.PO.DOM" },
    output = "GWISE:DOM.PO.first.last\n",
  },
  ["convert takes MS Mail and Exchange names out of X.400"] = {
    { "convert", "--to", "EX", "X400:c=us;a= ;p=ORG;dda:MSXCHNGE=/o=ORG/ou=SITE/cn=user;" },
    output = "EX:/o=ORG/ou=SITE/cn=user\n",
  },
  ["convert takes them through X.400 to SMTP"] = {
    { "convert", "--to", "SMTP", "--domain=gw.example", "X400:c=us;a= ;p=ORG;dda:MS=NET/PO/USER;",
      "X400:c=us;a= ;p=ORG;dda:MSXCHNGE=/o=ORG/cn=user;" },
    output = "SMTP:IMCEAMS-NET_PO_USER@gw.example\nSMTP:IMCEAEX-_o=ORG_cn=user@gw.example\n",
  },
  ["convert puts them into X.400"] = {
    { "convert", "--to=X400", "--gateway=c=us;a= ;p=ORG;", "MS:NET/PO/USER", "EX:/o=ORG/cn=user" },
    output = "X400:c=us;a= ;p=ORG;dda:MS=NET/PO/USER;\n"
      .. "X400:c=us;a= ;p=ORG;dda:MSXCHNGE=/o=ORG/cn=user;\n",
  },
  ["convert maps X.400 as a gateway does"] = {
    { "convert", "--to", "SMTP", "--domain=gw.example", "X400:c=us;a=mci;p=prmd;s=user;g=another;",
      "X400:c=us;a= ;p=x;dda:RFC-822=Tom(u)Harris(a)cs.widget.com;" },
    output = "SMTP:/G=another/S=user/PRMD=prmd/ADMD=mci/C=us/@gw.example\n"
      .. "SMTP:Tom_Harris@cs.widget.com\n",
  },
  ["convert maps SMTP to X.400 as a gateway does"] = {
    { "convert", "--to", "X400", "--gateway=c=us;a=MCI;p=relay;", "--syntax=rfc2156",
      "--as=native", "Tom_Harris@cs.widget.com" },
    output = "/DD.RFC-822=Tom(u)Harris(a)cs.widget.com/PRMD=relay/ADMD=MCI/C=us/\n",
  },
  ["convert maps by rules"] = {
    { "convert", "--to", "X400", "--mcgam", "spec/fixtures/widget.mcgam",
      "J.Linnimouth@Marketing.Widget.COM" },
    output = "X400:c=TC;a=BTT;o=Widget;ou1=Marketing;s=Linnimouth;i=J;\n",
  },
  ["convert makes a bang path of a domain (RFC 976)"] = {
    { "convert", "--to", "UUCP", "Mark.Horton@att", "a!b@c.example" },
    output = "UUCP:att.!Mark.Horton\nUUCP:c.example!a!b\n",
  },
  ["convert makes a domain of a bang path (RFC 976)"] = {
    { "convert", "--to", "SMTP", "--as", "native", "UUCP:att.!Mark.Horton", "UUCP:c.d!a!b" },
    output = "Mark.Horton@att\na!b@c.d\n",
  },
  ["convert tells hosts from domains"] = {
    { "convert", "--to", "SMTP", "UUCP:host!user" }, status = 1,
    errors = "(route-domain-missing)",
  },
  ["convert carries a bang path where a domain is to do so"] = {
    { "convert", "--to", "SMTP", "--domain", "a.example", "UUCP:host!user" },
    output = "SMTP:IMCEAUUCP-host+21user@a.example\n",
  },
  ["convert asks for the X.400 gateway"] = {
    { "convert", "--to", "X400", "a@b.example" }, status = 1, errors = "--gateway",
  },
  ["convert asks where the carrier is to be"] = {
    { "convert", "--to", "CCMAIL", "a@b.example", "CCMAIL:a at b" }, status = 1,
    output = "CCMAIL:a at b\n",
    errors = '"a@b.example": it is to be carried inside CCMAIL; say where with --postoffice'
      .. " (carrier-place-missing)\n",
  },
  ["convert says where there is no way"] = {
    { "convert", "--to", "EX", "a@b.example" }, status = 1, errors = "(encapsulation-type)",
  },
  ["the types that are written in Lua are there"] = {
    { "normalize", "sip:user@contoso.com", "PROFS:NODE(USER)" },
    output = "sip:user@contoso.com\nPROFS:NODE(USER)\n",
  },
  ["convert says which option names no place"] = {
    { "convert", "--to", "X400", "--gateway", "bad", "a@b.example" }, status = 2,
    errors = '--gateway "bad": an X.400 attribute is written label=value',
  },
  ["convert says which option is no domain"] = {
    { "convert", "--to", "SMTP", "--domain", "a b", "CCMAIL:a at b" }, status = 2,
    errors = '--domain "a b": a character cannot stand in a domain',
  },
  ["convert needs a type"] = { { "convert", "a@b.example" }, status = 2, errors = "'--to'" },

  ["standard input is read where no address is given"] = {
    { "format" }, input = "a@b.example\n", output = "SMTP:a@b.example\n",
  },
  ["- stands for standard input among addresses"] = {
    { "format", "a@b.example", "-", "e@f.example" }, input = "c@d.example\n",
    output = "SMTP:a@b.example\nSMTP:c@d.example\nSMTP:e@f.example\n",
  },
  ["an address that begins with a hyphen goes after --"] = {
    { "format", "--", "-a@b.example" }, output = "SMTP:-a@b.example\n",
  },
  ["empty lines are counted and skipped, CRs before the end dropped"] = {
    { "format" }, input = "a@b.example\r\n\r\n\nbad", status = 1, output = "SMTP:a@b.example\n",
    errors = 'line 4: "bad"',
  },
  ["the last line needs no end"] = {
    { "format" }, input = "a@b.example\nc@d.example",
    output = "SMTP:a@b.example\nSMTP:c@d.example\n",
  },
  ["a byte order mark is no part of the first address"] = {
    { "format" }, input = "\239\187\191a@b.example\n", output = "SMTP:a@b.example\n",
  },
  ["NULs are bytes of a line"] = {
    { "validate" }, input = "a\0b@c.example\nd@e.example\n", status = 1,
    output = "a\\x00b@c.example\tinvalid\t", errors = 'line 1: "a\\x00b@c.example"',
  },
  ["-0 ends addresses with NUL"] = {
    { "format", "-0" }, input = "a@b.example\0\0c@d.example\0",
    output = "SMTP:a@b.example\nSMTP:c@d.example\n",
  },
  ["with -0 a line end is a byte of the address"] = {
    { "format", "--null" }, input = "a@b.example\n\0", status = 1,
    errors = 'record 1: "a@b.example\\n"',
  },
  ["nothing on standard input is nothing wrong"] = { { "format" }, output = "" },

  ["JSON is UTF-8 whatever the bytes"] = {
    { "validate", "--json", "\255a\192\128\237\160\128\228\189\160@b.example" }, status = 1,
    output = '{"input":"' .. "\239\191\189a" .. ("\239\191\189"):rep(5)
      .. '\228\189\160@b.example"',
    errors = "(",
  },
  ["JSON escapes control characters"] = {
    { "validate", "--json", '"a\\\t\1\127"' }, status = 1,
    output = [[{"input":"\"a\\\t\u0001\u007f\""]], errors = "(",
  },
  ["fields escape what would end them"] = {
    { "validate", "a\tb\\c\27[m\194\155@d" }, status = 1,
    output = "a\\tb\\\\c\\x1b[m\\xc2\\x9b@d\tinvalid\t", errors = "a\\tb",
  },
  ["a field that is a hyphen is told from one that is empty"] = {
    { "validate" }, input = "-\n", status = 1, output = "\\x2d\tinvalid\t", errors = '"-"',
  },
  ["long addresses are shortened in errors"] = {
    { "parse", ("x"):rep(60000) }, status = 1, errors = '"' .. ("x"):rep(120) .. '...": ',
  },

  ["--version prints the version"] = {
    { "--version" }, output = "postoffice " .. require("postoffice")._VERSION .. "\n",
  },
  ["--help lists the commands"] = { { "--help" }, output = "Usage: postoffice " },
  ["a command's --help is its own"] = {
    { "parse", "--help" }, output = "Usage: postoffice parse ",
  },
  ["no command is wrong use"] = { {}, status = 2, errors = "which command? See postoffice --help" },
  ["an unknown command is wrong use, with a hint"] = {
    { "prase" }, status = 2, errors = "unknown command 'prase'\nDid you mean 'parse'?\nUsage: ",
  },
  ["an unknown option is wrong use, with the command's usage"] = {
    { "parse", "--nulls" }, status = 2,
    errors = "Did you mean '--null'?\nUsage: postoffice parse ",
  },
  ["a long option may be written short"] = {
    { "format", "--not", "native", "--ty=CCMAIL", "Kim at HQ", "--", "--as at HQ" },
    output = "CCMAIL:Kim at HQ\nCCMAIL:--as at HQ\n",
  },
  ["the value of an option is none"] = {
    { "format", "--as", "--null" }, status = 2, errors = "--as",
  },
  ["a short option that could be several is wrong use"] = {
    { "parse", "--n", "a@b.c" }, status = 2, errors = "--n could be --notation, --null\n",
  },
  ["-V is the version"] = { { "-V" }, output = "postoffice " },
  ["--version may be written short"] = { { "--vers" }, output = "postoffice " },
  ["lines that begin with # and blank ones are no addresses"] = {
    { "normalize" }, input = " \n# people\na@b.c\n\n#x@y.z\n  \n\t \r\n \t# x\nx\n c@D.e\n#",
    status = 1, output = "a@b.c\nc@d.e\n", errors = "line 9: ",
  },
  ["comments are passed over line by line, too"] = {
    { "normalize", "--json" }, input = "#\na@b.c\n#x\n  \n \t#\n\t\r\n",
    output = '{"input":"a@b.c","output":"a@b.c"}\n',
  },
  ["blank lines are passed over by who has addresses that begin with #, too"] = {
    { "normalize", "--literal" }, input = " \n#x@y.z\n\t\n", output = "#x@y.z\n",
  },
  ["blank records that end with NUL are addresses"] = {
    { "normalize", "-0" }, input = " \0\0", status = 1, errors = "record 1: ",
  },
  ["who has such addresses says so"] = {
    { "normalize", "--literal" }, input = "#x@y.z\n", output = "#x@y.z\n",
  },
  ["records that end with NUL are no comments"] = {
    { "normalize", "-0" }, input = "#x@y.z\0", output = "#x@y.z\n",
  },
  ["arguments are no comments"] = { { "normalize", "#x@y.z" }, output = "#x@y.z\n" },
  ["an unknown notation is wrong use"] = {
    { "format", "--as", "x", "a@b" }, status = 2, errors = "must be one of 'proxy', 'native'",
  },
}

describe("the command postoffice", function()
  for name, case in pairs(cases) do
    it(name, function()
      local status, output, errors = support.run(case[1], case)
      assert.equal(case.status or 0, status, errors)
      local expected = case.output or ""
      local whole = expected == "" or (expected:sub(-1) == "\n")
      assert.equal(expected, whole and output or output:sub(1, #expected))
      if case.errors then
        assert.matches(case.errors, errors, 1, true)
        assert.equal("postoffice: ", errors:sub(1, 12))
      else
        assert.equal("", errors)
      end
    end)
  end

  it("tells who names a file how its addresses are read, once", function()
    local _, _, errors = support.run { "validate", "README.md", "LICENSE", "spec", "no such" }
    assert.matches("README.md is a file; to read the addresses in it, write <README.md", errors, 1,
      true)
    assert.equal(1, select(2, errors:gsub("is a file", "")))
    _, _, errors = support.run { "validate", "spec", "a@b..c" }
    assert.is_nil(errors:find("is a file", 1, true))
  end)

  it("takes no file of Lua for an address, which is a policy misplaced", function()
    for _, name in ipairs { "parse", "validate", "format" } do
      assert.same({ 2, "", "postoffice: spec/helper.lua is a file, and no address; to read the"
        .. " addresses in it, write <spec/helper.lua\n" },
        { support.run { name, "a@b.example", "spec/helper.lua" } })
    end
    assert.equal(1, (support.run { "validate", "nowhere.lua" }))
    assert.not_equal(2, (support.run { "parse", "--headers", "spec/helper.lua" }))
  end)

  it("tells who writes an option before the command where it stands", function()
    local status, _, errors = support.run { "--json", "validate", "a@b.example" }
    assert.equal(2, status)
    assert.matches("Options of a command stand after it.", errors, 1, true)
  end)

  it("shows examples that work", function()
    for _, command in ipairs {
      "parse", "format", "diagnose", "normalize", "decapsulate", "convert",
    } do
      local _, help = support.run { command, "--help" }
      local examples = help:match "\nExamples:\n(.*)$"
      local example = examples:match "postoffice ([^\n]*'[^\n]*')\n"
      local arguments = {}
      for quoted, word in (example .. " "):gsub("'([^']*)'", function(text)
        return "'" .. text:gsub(" ", "\1") .. "'"
      end):gmatch "('?)(%S+)" do
        arguments[#arguments + 1] = (word:gsub("\1", " "):gsub("'$", "", quoted == "'" and 1 or 0))
      end
      local status, output, errors = support.run(arguments)
      assert.equal("", errors)
      assert.equal(0, status)
      assert.not_equal("", output)
    end
  end)
end)
