--- Addresses that are made of people's names, the mapping files of Notes, and routing tables.
local exchange = require "postoffice.exchange"
local generate = require "spec.generate"
local helper = require "spec.helper"
local notesmap = require "postoffice.exchange.notesmap"
local postoffice = require "postoffice"
local vectors = require "spec.vectors"

local disagree = {
  ['{"template": "&g &i &s/Site/Org@Exchange", '
    .. '"user": {"given": "John", "initials": "", "surname": "Smith"}}'] =
    "the article is about the second blank, to which nobody could answer; none is left (Q216492)",
  ['{"template": "%L, %F - CCMail", "user": {"given": "John", "surname": "Doe"}}'] =
    "the article prints it without the rule's own last blank, and names no rule for that",
  ['["Turner, Sarah E. M", "2"]'] = "the article prints a dot that the name has not",
}

local each = vectors.each(it, disagree)

--- The one address that a template makes of a person.
local function made(template, person, options)
  return assert(exchange.templates({ template }, options)):propose(person)[1].address
end

-- For the specs that `each` declares by their type.
local function expands(kind)
  return function(input, expected)
    local given = vectors.json(input)
    assert.equal(kind .. ":" .. expected.result, made(kind .. ":" .. given.template, given.user))
  end
end

describe("templates as they are documented", function()
  each("template.expand.smtp", expands "SMTP")
  each("template.expand.notes", expands "NOTES")
  each("template.expand.ccmail", expands "CCMAIL")

  each("template.expand.ccmc", function(input, expected)
    local given = vectors.json(input)
    assert.equal(expected.result, exchange.ccmail_name(given.template, given.user))
  end)

  -- The base is what the template makes: it has the alias where the base has the user.
  each("template.uniqueness", function(input, expected)
    local given = vectors.json(input)
    local alias = postoffice.parse(given.base)
    alias = alias.mailbox or alias.localpart
    local template = given.base:gsub(alias, "%%m", 1)
    assert.equal(expected.result,
      made(template, { alias = alias, name = "New" }, { taken = { Old = given.taken } }))
  end)
end)

local KIM = {
  given = "Kim", surname = "Lee", initials = "A.", alias = "klee", display = "Kim A. Lee",
}

describe("a template", function()
  it("stands for the usual names of its type where it has none", function()
    assert.equal("SMTP:klee@a.example", made("SMTP:@a.example", KIM))
    assert.equal("NOTES:klee@ACME", made("NOTES:@ACME", KIM))
    assert.equal("CCMAIL:Lee, Kim at HQ", made("CCMAIL:at HQ", KIM))
    assert.equal("MS:NET/PO/KLEE", made("MS:NET/PO", KIM))
    assert.equal("X400:c=us;a= ;p=Org;o=HQ;s=Lee;g=Kim;i=A.;",
      made("X400:c=us;a= ;p=Org;o=HQ;", KIM))
  end)

  it("leaves no trace of a name that is missing", function()
    for _, case in ipairs {
      { "SMTP:%g.%1i.%s@a.example", { given = "Kim", surname = "Lee" }, "SMTP:Kim.Lee@a.example" },
      { "SMTP:%g.%m.%s@a.example", { alias = "klee" }, "SMTP:klee@a.example" },
      { "SMTP:%g.%i.%s@a.example", { given = "Kim" }, "SMTP:Kim@a.example" },
      { "SMTP:%g.%i.%s@a.example", { surname = "Lee" }, "SMTP:Lee@a.example" },
      { "CCMAIL:%s, %g at HQ", { surname = "Lee" }, "CCMAIL:Lee at HQ" },
      { "CCMAIL:%s, %g at HQ", { given = "Kim" }, "CCMAIL:Kim at HQ" },
      { "NOTES:%g %i %s/Acme@ACME", { given = "Kim", surname = "Lee" }, "NOTES:Kim Lee/Acme@ACME" },
      { "X400:c=us;a= ;p=Org;s=%s;g=%g;", { surname = "Lee" }, "X400:c=us;a= ;p=Org;s=Lee;" },
    } do
      assert.equal(case[3], made(case[1], case[2]))
    end
  end)

  it("takes out of names what its type cannot have", function()
    local odd = {
      given = '"Pat" <x@y>', surname = "O'Neil, (v@e!l%z);\1\2\r\nRCPT TO:", alias = "a,b/c",
    }
    assert.equal("SMTP:Patxy.O'NeilvelzRCPTTO@a.example", made("SMTP:%g.%s@a.example", odd))
    assert.equal("MS:NET/PO/ABC", made("MS:NET/PO", odd))
    assert.is_nil(made("CCMAIL:at HQ", odd):match "(.*) at HQ$":find "[@%c]")
    assert.equal("PCM:NET/PO/ABCDEFGHIJ", made("PCM:NET/PO", { alias = "abcdefghijkl" }))
    assert.equal("SNADS:DGN(ABCDEFGH)", made("SNADS:DGN(%m)", { alias = "abcdefghijkl" }))
    assert.equal("X400:c=us;a= ;p=Org;s=Lee;g=" .. ("x"):rep(16) .. ";",
      made("X400:c=us;a= ;p=Org", { surname = "Lee", given = ("x"):rep(20) }))
  end)

  it("cuts local parts to the 64 octets that there are, with the number, too", function()
    local long = { given = ("g"):rep(40), surname = ("s"):rep(40), alias = ("a"):rep(64) }
    local stem = ("g"):rep(40) .. "."
    assert.equal(("SMTP:%s%s@a.example"):format(stem, ("s"):rep(23)),
      made("SMTP:%g.%s@a.example", long))
    assert.equal(("SMTP:%s%s.x@a.example"):format(stem, ("s"):rep(21)),
      made("SMTP:%g.%s.x@a.example", long))
    assert.equal(("SMTP:%s@a.example"):format(("a"):rep(63)),
      made("SMTP:%63m.%s@a.example", long))
    local templates = exchange.templates { "SMTP:%m@a.example" }
    for i = 0, 12 do
      local digits = i > 0 and tostring(i + 1) or ""
      assert.equal(("SMTP:%s%s@a.example"):format(("a"):rep(64 - #digits), digits),
        templates:propose { alias = long.alias, id = i }[1].address)
    end
  end)

  it("makes nothing that is not valid, and of unknown types what is nobody's", function()
    local level = ("l"):rep(80)
    for template, code in pairs {
      ["FAX:%m"] = "fax-number-character", ["SMTP:%m@-x.example"] = "domain-label-hyphen",
      ["X400:c=usa;a= ;p=Org"] = "x400-country", ["NOTES:%d@ACME"] = "notes-level-length",
    } do
      local row = exchange.templates({ template })
        :propose({ alias = "kim", surname = "Lee", display = level })[1]
      assert.same({ code = code }, { address = row.address, code = row.code }, template)
    end
    local taken = { taken = { Kim = { "PIPE:kim" } } }
    assert.equal("PIPE:kim2", made("PIPE:%m", { alias = "kim", name = "New" }, taken))
  end)

  it("makes nothing of names that are not UTF-8, of which letters would be missing", function()
    for _, field in ipairs { "given", "surname", "alias", "display" } do
      local person = { given = "Kim", surname = "Lee", alias = "kim" }
      person[field] = "M\252ller"
      local row = exchange.templates({ "SMTP:%g.%s@a.example" }):propose(person)[1]
      assert.same({ code = "utf8-invalid" }, { address = row.address, code = row.code }, field)
    end
  end)

  it("writes European letters in ASCII, umlauts as its language does", function()
    local joerg = { given = "Jörg", surname = "Åkeßon-Łęcki" }
    assert.equal("SMTP:Joerg.Akesson-Lecki@a.example", made("SMTP:%g.%s@a.example", joerg))
    assert.equal("SMTP:Jorg@a.example", made("SMTP:%g@a.example", joerg, { umlauts = "nordic" }))
    assert.equal("SMTP:Jurg@a.example", made("SMTP:%röu%g@a.example", joerg))
    assert.equal("SMTP:Joe@a.example", made("SMTP:%3g@a.example", joerg))
  end)

  it("takes the names out of a display name only where a comma tells them", function()
    assert.equal("SMTP:Kim.Lee@a.example", made("SMTP:%g.%s@a.example", { display = "Lee, Kim" }))
    local rows = exchange.templates({ "SMTP:%g.%s@a.example" }):propose { display = "Kim Lee" }
    assert.equal("template-nobody", rows[1].code)
  end)

  it("says whether there is no name, or none that the address can hold", function()
    local Lee = { given = "\230\152\142", surname = "\230\157\142", alias = "li", display = "<>" }
    for template, code in pairs {
      ["SMTP:%g.%s@a.example"] = "template-letters", ["CCMAIL:%s, %g at HQ"] = "template-letters",
      ["SMTP:%d@a.example"] = "template-letters", ["SMTP:%i@a.example"] = "template-nobody",
    } do
      assert.equal(code, exchange.templates({ template }):propose(Lee)[1].code, template)
    end
    assert.equal("template-nobody", exchange.templates({ "SMTP:%g@a.example" })
      :propose { given = " ", alias = "li" }[1].code)
    assert.equal("SMTP:li@a.example", made("SMTP:%m@a.example", Lee))
  end)

  it("is read or refused, with the byte that offends", function()
    for _, case in ipairs {
      { "", "template-type", 1 }, { "%g@a.example", "template-type", 1 },
      { "SMTP:%g.%x@a.example", "template-item", 9 }, { "SMTP:%", "template-item", 6 },
      { "SMTP:%ra", "template-item", 6 }, { "SMTP:kim@a.example", "template-name" },
      { "SMTP:%g\n@a.example", "control-character", 8 }, { "SMTP:&g@a.example", "template-name" },
      { "SMTP:" .. ("%g"):rep(600), "template-length", 1024 },
    } do
      local templates, message, code, position, index = exchange.templates { case[1] }
      assert.is_nil(templates)
      assert.same({ case[2], case[3], 1 }, { code, position, index })
      assert.equal(postoffice.message(code), message)
    end
  end)

  it("makes what parse reads back, of any names", function()
    local kinds = { "SMTP:%g.%i.%s@a.example", "smtp:%d@a.example", "CCMAIL:at HQ", "MS:NET/PO",
      "X400:c=us;a= ;p=Org", "NOTES:%d/Acme@ACME", "NOTES:&g &i &s@ACME", "PROFS:NODE(%m)",
      "GWISE:DOM.PO.%m", "EX:/o=Org/ou=Site/cn=Recipients/cn=%m", "TELEX:%s" }
    local templates = assert(exchange.templates(kinds))
    local random, count = generate.random(57), 0
    local letters = {
      "a", "Z", "9", " ", ".", ",", "@", "/", ";", "=", "(", '"', "\\", "ß", "ü", "愛", "\255", "%",
      "!", "[", "]", "at ", "\r\n", "\1", "\2", "'",
    }
    local function name()
      local parts = {}
      for i = 1, random(8) - 1 do parts[i] = letters[random(#letters)] end
      return random(5) > 1 and table.concat(parts) or nil
    end
    for _ = 1, helper.times(500) do
      local person = { given = name(), surname = name(), initials = name(), alias = name(),
        display = name() }
      for _, row in ipairs(templates:propose(person)) do
        local read = row.address and postoffice.parse(row.address, { unknown = true })
        assert.truthy(read or row.code)
        count = count + (read and 1 or 0)
        assert.is_nil((row.address or ""):find "%c")
      end
    end
    assert.truthy(count > helper.times(1000))
  end)
end)

describe("an address that is taken", function()
  local TEMPLATES = { "SMTP:%s.%g@company.example", "MS:NET/PO/%m" }
  local TAKEN = { Old = { "smtp:LEE.KIM@company.example", "MS:net/po/klee" } }

  it("gets a number", function()
    local rows = exchange.templates(TEMPLATES, { taken = TAKEN }):propose(KIM)
    assert.equal("SMTP:Lee.Kim2@company.example", rows[1].address)
    assert.same({ "number", 2 }, { rows[1].how, rows[1].number })
    assert.equal("SMTP:Lee.Kim@company.example is Old's; so with the number 2", rows[1].because)
    assert.equal("MS:NET/PO/KLEE2", rows[2].address)
  end)

  it("gets the alias and a number as in Exchange 4.0, where that is asked for", function()
    local options = { taken = TAKEN, collisions = "alias" }
    local row = exchange.templates(TEMPLATES, options):propose(KIM)[1]
    assert.equal("SMTP:klee2@company.example", row.address)
    assert.equal("SMTP:Lee.Kim@company.example is Old's; so the alias and 2", row.because)
  end)

  it("keeps to what its type has room for", function()
    local options = { taken = { Old = { "MS:NET/PO/ABCDEFGHIJ" } } }
    assert.equal("MS:NET/PO/ABCDEFGHI2", made("MS:NET/PO", { alias = "abcdefghijk" }, options))
  end)

  it("stays where it is theirs already", function()
    local taken = { ["kim a. lee"] = TAKEN.Old }
    local row = exchange.templates(TEMPLATES, { taken = taken }):propose(KIM)[1]
    assert.same({ "SMTP:Lee.Kim@company.example", "own" }, { row.address, row.how })
  end)

  it("is given to nobody else, for 21 people at most (Q152953)", function()
    for _, case in ipairs { { "SMTP:%m@a.example", 2 }, { "CCMAIL:%m at HQ", 1 } } do
      local templates = exchange.templates { case[1] }
      local function row_of(i) return templates:propose { alias = "pjv", name = "P" .. i }[1] end
      assert.equal("template", row_of(0).how)
      for number = case[2], case[2] + 19 do
        assert.equal((case[1]:gsub("%%m", "pjv" .. number)), row_of(number).address)
      end
      assert.equal("proxy-crowded", row_of(99).code)
    end
  end)

  it("is made once for one person", function()
    local templates = exchange.templates { "SMTP:%g@a.example", "smtp:%g@A.EXAMPLE" }
    assert.equal("proxy-duplicate", templates:propose(KIM)[2].code)
  end)
end)

describe("mapping files", function()
  for _, kind in ipairs {
    "notesmap.AND", "notesmap.ISEQUAL", "notesmap.LEFT", "notesmap.LOWER", "notesmap.NAMEF",
    "notesmap.NAMEL", "notesmap.NAMEM", "notesmap.POS", "notesmap.PROPER", "notesmap.REPLACE",
    "notesmap.RIGHT", "notesmap.STRIP", "notesmap.SUBSTR", "notesmap.TRIM", "notesmap.UPPER",
    "notesmap.WORD", "notesmap.X500", } do
    each(kind, function(input, expected)
      local call, arguments = notesmap.functions[kind:match "%.(.*)"], vectors.json(input)
      assert.equal(expected.result, call(arguments[1], arguments[2], arguments[3], arguments[4]))
    end)
  end

  it("of the connector make what the article says of them", function()
    local rules = assert(exchange.notesmap [[
; shipped in Dxamex\mapnotes.tbl
Alias = ISEQUAL( ShortName, "", SUBSTR( FullName, 1, 6 ), ShortName )
FullName = X500( FullName, "CN" )
TA = "NOTES:" Strip( FullName, ";", "L", "R" ) "@" MailDomain
Exe = CFGPARM( "executable" )
]])
    local made_of = {
      FULLNAME = "Denise Graham/Sales/Acme Corp; Denise Graham; Graham", maildomain = "Acme-HQ",
    }
    local function config(name) return name == "executable" and "lsdxamex.exe" or nil end
    assert.same({
      Alias = "Denise", FullName = "Denise Graham", Exe = "lsdxamex.exe",
      TA = "NOTES:Denise Graham/Sales/Acme Corp@Acme-HQ",
    }, rules:apply(made_of, config))
  end)

  it("are refused at the line that is wrong", function()
    for _, line in ipairs {
      "Alias", "Alias =", 'Alias = "x', "Alias = LEFT( A )", "Alias = NOPE( A )", "= A",
      "Alias = AND( A, B, C )", "A = " .. ("LOWER("):rep(61) .. "B" .. (")"):rep(61),
      "A = " .. ("B "):rep(2000), "A = AND(A,B) )",
    } do
      local rules, message, code, at = exchange.notesmap("; fine\n\n" .. line)
      assert.is_nil(rules)
      assert.same({ "notesmap-rule", 3 }, { code, at })
      assert.equal(postoffice.message(code), message)
    end
  end)

  it("make no more than 2048 characters", function()
    local rules = assert(exchange.notesmap
      'A = LEFT( "", "999999999" ) LEFT( B, "1e999" ) RIGHT( B, "-1" )')
    assert.equal(2048, #rules:apply({ B = "x" }).A)
  end)
end)

describe("routing tables", function()
  each("gwart.parse", function(input, expected)
    local row = assert(exchange.gwart(input))[1]
    assert.equal(expected.type, row.type)
    assert.equal(expected.cost, row.cost)
    assert.equal(expected.space or row.space, row.space)
    assert.same(expected.connectors or row.connectors, row.connectors)
  end)

  local TABLE = [[
EX,/O=MICROSOFT/OU=BSD;,1,Site Connector (BSD),
EX,/O=WYNNWARE/OU=FRISCO;,1,Connection to Frisco,Site Connector (BSD),
MS,MSNET/PO1;,1,MS Mail Connector (PLUTO),
SMTP,*;,1,Internet Mail Connector (SATURN),
SMTP,;,2.5,Internet Mail Connector (SATURN),
X400,c=GB;a=TMAILUK;p=*,1,Connection to Frisco,
X400,c=US;a= ;p=MICROSOFT;o=BSD;,1,Site Connector (BSD),
]]

  it("are written as they were read", function()
    local rows = assert(exchange.gwart(TABLE))
    assert.equal(TABLE, exchange.format_gwart(rows))
    local patterns = {}
    for i, row in ipairs(rows) do patterns[i] = row.pattern end
    assert.same({ "EX:/O=MICROSOFT/OU=BSD", "EX:/O=WYNNWARE/OU=FRISCO", "MS:MSNET/PO1", "SMTP:*",
      "SMTP:", "X400:c=GB;a=TMAILUK;p=*", "X400:c=US;a= ;p=MICROSOFT;o=BSD;" }, patterns)
  end)

  it("are refused at the line that is wrong, and with names that they cannot hold", function()
    for _, line in ipairs { "SMTP", "SMTP,*;,x,A,", "SMTP,*;,1,,", "SMTP,*;,1", ",*;,1,A," } do
      local rows, _, code, at = exchange.gwart("SMTP,*;,1,A,\r\n" .. line)
      assert.is_nil(rows)
      assert.same({ "gwart-line", 2 }, { code, at })
    end
    for _, row in ipairs {
      { pattern = "SMTP:*", cost = 1, connectors = { "a,b" } },
      { pattern = "SMTP:*", cost = 1, connectors = { "a\n" } },
    } do
      local text, _, code = exchange.format_gwart { row }
      assert.is_nil(text)
      assert.equal("gwart-name", code)
    end
    for _, pattern in ipairs { "CCMAIL:a,1,b", "CCMAIL:a\n", [[SMTP:\*@a.example]], [[FAX:\?]],
      "SMTP:user%@a.example", [[SMTP:user\%@a.example]] } do
      assert.equal("gwart-space", select(3, exchange.format_gwart { { pattern = pattern, cost = 1,
        connectors = { "a" } } }), pattern)
    end
    assert.equal("type-missing", select(3, exchange.format_gwart { { pattern = "*", cost = 1,
      connectors = {} } }))
  end)

  -- Spaces of a table, and the patterns that mean the same.
  local MEANT = {
    ["SMTP,%b*@a.example;"] = "SMTP:?b*@a.example", [ [[PCM,NET\PO\*;]] ] = [[PCM:NET\\PO\\*]],
    ["SMTP,{x}@a.example;"] = [[SMTP:\{x\}@a.example]],
    ["CCMAIL,* at SITE%%;"] = "CCMAIL:* at SITE??",
  }

  it("have any character as %, and no other signs than wildcards", function()
    for space, pattern in pairs(MEANT) do
      local row = assert(exchange.gwart(space .. ",1,A,"))[1]
      assert.equal(pattern, row.pattern)
      assert.equal(space .. ",1,A,\n", exchange.format_gwart { row })
    end
    local row = assert(exchange.gwart "CCMAIL,* at SITE??;,1,A,")[1]
    assert.equal("CCMAIL,* at SITE%%;,1,A,\n", exchange.format_gwart { row })
  end)
end)
