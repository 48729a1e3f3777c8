--- directory: the formats of its files beside CSV.
local helper = require "spec.helper"
local policy = require "postoffice.policy"

-- Loads a policy whose directory's file, of the format and with the further fields, holds `text`.
local function load(format, text, fields, rest)
  local source = 'directory "d" { file = "d", format = "%s", %s }\n'
  return policy.load(source:format(format, fields or "") .. (rest or ""), {
    chunkname = "@policy.lua",
    read = function(name) return name == "d" and text or nil end,
  })
end

-- What loading says.
local function complaint(...)
  local p, message, code = load(...)
  assert.is_nil(p)
  assert.equal("policy-invalid", code)
  return helper.without_columns(message)
end

-- Who gets an address's mail: the addresses, or codes, in order.
local function reached(p, address)
  local list = {}
  for i, item in ipairs(p:resolve(address)) do
    list[i] = item.code or tostring(item.address):gsub("^SMTP:", "")
  end
  return table.concat(list, " ")
end

local function reaches(p, cases)
  for address, expected in pairs(cases) do assert.equal(expected, reached(p, address), address) end
end

describe("a directory's file in UTF-16, as Windows' tools write it,", function()
  -- A text of characters below 256, and one of a pair of units, 𝄞.
  local function encoded(text, mark, form)
    text = text:gsub("[^~]", function(char)
      return (form:gsub(".", { h = "\0", l = char }))
    end)
    local pair = form == "lh" and "\52\216\30\221" or "\216\52\221\30"
    return mark .. text:gsub("~", (pair:gsub("%%", "%%%%")))
  end

  it("is read in both orders of bytes, however long, and in all formats", function()
    local rows = { "Name,mail" }
    for i = 1, 4000 do
      rows[#rows + 1] = ("%s P%d,p%d@a.example"):format(i % 3 == 0 and "~" or "x", i, i)
    end
    for format, text in pairs {
      csv = table.concat(rows, "\r\n"), ldif = "dn: CN=P\nmail: p4000@a.example\n",
      virtual = "p4000@a.example p4000@a.example\n",
    } do
      for form, mark in pairs { lh = "\255\254", hl = "\254\255" } do
        local p = assert(load(format, encoded(text, mark, form), "", 'domain "a.example" {}\n'))
        assert.equal("p4000@a.example", reached(p, "p4000@a.example"))
        if format == "csv" then
          assert.equal("\240\157\132\158 P3999", p:resolve("p3999@a.example")[1].entry)
        end
        p:close()
      end
    end
  end)

  it("says what is wrong at its line", function()
    local text = encoded("Name,mail\nKim,kim@a.example,x\n", "\255\254", "lh")
    assert.equal('d:2: directory "d": a field more than the header\'s 2; put values with commas in'
      .. " them in quotes", (complaint("csv", text)))
  end)
end)

describe("a directory of virtual(5)", function()
  it("has a key an entry, and its values where its mail goes", function()
    local p = assert(load("virtual", [[
# comments
a.example          anything
kim@a.example      kim@b.example
info@a.example     kim@a.example,
  joe@b.example
sales@a.example    sales@a.example, pat@b.example
here@a.example     here@a.example
gone@a.example     error:5.1.1 "gone to b.example"
"k l"@a.example    kim@a.example
bare               joe
]], 'domain = "c.example"', 'domain "a.example" {}\n'))
    reaches(p, {
      ["kim@a.example"] = "kim@b.example",
      ["INFO@a.example"] = "kim@b.example joe@b.example",
      ["sales@a.example"] = "sales@a.example pat@b.example",
      ["here@a.example"] = "here@a.example",
      ['"k l"@a.example'] = "kim@b.example",
      ["bare@c.example"] = "joe@c.example",
      ["gone@a.example"] = "recipient-gone",
      ["nobody@a.example"] = "recipient-unknown",
    })
    assert.equal("d:6", p:route("sales@a.example")[1].rule)
  end)

  it("gives domains their catch-alls", function()
    local rest = 'domain "a.example" {}\ndomain "b.example" {}\ndomain "c.example" { catchall ='
      .. ' "x" }\n'
      .. 'recipient "x" { proxies = { "x@c.example" } }'
    local text = "kim@a.example kim@a.example\n@A.example x\n@b.example all@far.example\n"
    local p = assert(load("virtual", text, nil, rest))
    local path = os.tmpname()
    assert(p:save(path))
    for _, policy_now in ipairs { p, assert(policy.loadfile(path, { verify = true })) } do
      reaches(policy_now, { ["kim@a.example"] = "kim@a.example", ["who@a.example"] = "x@c.example",
        ["who@b.example"] = "all@far.example", ["who@c.example"] = "x@c.example" })
    end
    os.remove(path)
    for row in pairs { ["@c.example kim@a.example"] = 1, ["@a.example @b.example"] = 2,
      ["@a.example error:5.1.1 no"] = 3, ["@a.example a@b.example b@b.example"] = 4 } do
      assert.matches('^d:1: recipient "@%l.example": ', (complaint("virtual", row, nil, rest)))
    end
    assert.matches("made of its key", (complaint("virtusertable", "@a.example"
      .. " %1@b.example", nil, rest)))
  end)

  it("says what is no entry, and what to do instead", function()
    for row, expected in pairs {
      ["@a.example kim@a.example"] = 'd:1: recipient "@a.example": domain "a.example" is not'
        .. " declared, or has a catchall already",
      ["@a.example kim, joe"] = 'd:1: recipient "@a.example": "@a.example" is a whole'
        .. ' domain\'s, and'
        .. ' has to have one address, which is not made of its key: say it by a list and domain'
        .. ' "a.example" { catchall = "..." }, or, if each keeps its name elsewhere, by rewrite'
        .. ' "SMTP:{user}@a.example" { to = "SMTP:{user}@..." }',
      ["kim joe@b.example"] = 'd:1: recipient "kim": "kim" has no domain; add domain ='
        .. ' "example.com" to the declaration if it is a name there, or declare domain "kim" if it'
        .. " is a domain of ours",
      ["kim@a.example |cmd"] = 'd:1: recipient "kim@a.example": "|cmd" is a command, and has no'
        .. " mailbox that takes it; send its address to the host that runs it, by a target there",
      ["kim@a.example :include:/x"] = 'd:1: recipient "kim@a.example": ":include:/x" names a'
        .. " file that is not the policy's; write its addresses here",
      ["kim@a.example"] = 'd:1: directory "d": no value after the key; write both on one line',
      ["kim@a.example joe"] = 'd:1: recipient "kim@a.example": target "joe" is neither the name of'
        .. " an entry nor an address; entries: kim@a.example",
      ["k\0im@a.example joe@b.example"] = 'd:1: recipient "k\\x00im@a.example" has a control'
        .. ' character in its name "k\\x00im@a.example"',
      ["k im@a.example joe@b.example,\255"] = 'd:1: recipient "k": "k" has no domain; add domain ='
        .. ' "example.com" to the declaration if it is a name there, or declare domain "k" if it'
        .. " is a domain of ours",
    } do
      assert.equal(expected, (complaint("virtual", row)))
    end
  end)
end)

describe("a directory of aliases(5)", function()
  it("has names of one domain, commands apart", function()
    local p = assert(load("aliases", [[
postmaster: root
root: \root, kim@far.example
"big list": a, b@far.example
staff: a, b
owner-staff: root
]], 'domain = "c.example"', 'connector "out" { spaces = { "SMTP:*" } }'))
    reaches(p, {
      ["postmaster@c.example"] = "root@c.example kim@far.example",
      ["root@c.example"] = "root@c.example kim@far.example",
      ['"big list"@c.example'] = "a@c.example b@far.example",
      ["staff@c.example"] = "a@c.example b@c.example",
    })
    local delivery = p:route("staff@c.example", { sender = "x@far.example", may_relay = true })[1]
    assert.equal("SMTP:owner-staff@c.example", tostring(delivery.sender))
  end)

  it("says what has no mailbox", function()
    for row, message in pairs {
      ['vac: \\vac, "|/usr/bin/vacation vac"'] = 'd:1: recipient "vac": ""|/usr/bin/vacation vac""'
        .. " is a command, and has no mailbox that takes it; send its address to the host that runs"
        .. " it, by a target there",
      ["log: /var/log/x"] = 'd:1: recipient "log": "/var/log/x" is a file, and has no mailbox that'
        .. " takes it; send its address to the host that writes it, by a target there",
      ["a: \\b"] = 'd:1: recipient "a": "\\b" is a mailbox without what its alias says; write it'
        .. " without the backslash",
      ["a b"] = 'd:1: directory "d": no colon after the name; write name: value',
    } do
      assert.equal(message, (complaint("aliases", row, 'domain = "c.example"')))
    end
  end)
end)

describe("a directory of canonical(5) or virtusertable", function()
  it("has one address a key", function()
    local p = assert(load("canonical", "kim@a.example kim.lee@a.example\njoe joe.f@a.example\n",
      'domain = "a.example"'))
    reaches(p, { ["kim@a.example"] = "kim.lee@a.example", ["joe@a.example"] = "joe.f@a.example" })
    p = assert(load("virtusertable",
      "kim@a.example\tkim@b.example\nold@a.example\terror:nouser 550 moved away\n"))
    reaches(p, { ["kim@a.example"] = "kim@b.example", ["old@a.example"] = "recipient-gone" })
    assert.equal("moved away", p:route("old@a.example")[1].message)
  end)

  it("says what it cannot be", function()
    assert.equal('d:1: recipient "a@b.example": 2 addresses, and this map takes one',
      complaint("canonical", "a@b.example c@d.example, e@f.example"))
    assert.equal('d:1: recipient "a@b.example": "%1@c.example" is made of its key; say it by a'
      .. " rewrite", complaint("virtusertable", "a@b.example %1@c.example"))
    assert.equal('d:1: recipient "a@b.example": "error:tempfail 450 later" asks to come again'
      .. " later; leave it out, or defer in on.recipient",
      complaint("virtusertable", "a@b.example error:tempfail 450 later"))
    assert.equal('d:1: recipient "a+*@b.example": "a+*@b.example" takes every detail: an entry has'
      .. ' them by settings { extension = "+" }',
      complaint("virtusertable", "a+*@b.example c@d.example"))
  end)
end)

describe("what is wrong in a directory's file", function()
  local MAP = "kim@a.example joe\n@a.example x@y.example\npat@a.example pat@b.example\nbad\n"
    .. "pat@a.example z@b.example\nq@a..b z@b.example\n"

  it("is skipped, counted and listed if it says so", function()
    local p = assert(load("virtual", MAP, 'on_error = "skip"'))
    reaches(p, { ["pat@a.example"] = "pat@b.example" })
    local skipped, lines = p:skipped(), {}
    for i, one in ipairs(skipped) do
      lines[i] = ("%s:%d: %s%s"):format(one.file, one.line, one.title, one.message)
    end
    assert.equal(5, skipped.count)
    assert.same({
      'd:2: recipient "@a.example": domain "a.example" is not declared, or has a catchall already',
      'd:4: directory "d": no value after the key; write both on one line',
      'd:5: recipient "pat@a.example": proxy "pat@a.example" is already a proxy of'
        .. ' "pat@a.example" at d:3; an address has one owner',
      'd:6: recipient "q@a..b": proxy "q@a..b": a domain label is empty',
      'd:1: recipient "kim@a.example": target "joe" is neither the name of an entry nor an address;'
        .. " entries: kim@a.example, pat@a.example; its mail there is refused",
    }, lines)
    assert.equal("domain-missing", reached(p, "kim@a.example"))
  end)

  it("is skipped in CSV, too, by lines where rows cannot be told apart", function()
    local p = assert(load("csv", 'Name,mail\nKim,kim@a.example\nPat,"pat@a.example\n'
      .. "Joe,joe@a.example\nAnn,a@a.example,x\nx,y z\"q\nLee,lee@a.example\n",
      'on_error = "skip"'))
    reaches(p, { ["kim@a.example"] = "kim@a.example", ["joe@a.example"] = "joe@a.example",
      ["lee@a.example"] = "lee@a.example" })
    local lines = {}
    for i, one in ipairs(p:skipped()) do lines[i] = one.line end
    assert.same({ 6, 5, 6 }, lines)
  end)

  it("is found by check", function()
    local text = "Name,mail,target\nKim,kim@a.example,\nPat,,\nJoe,joe@a.example,x\n"
    local p = assert(load("csv", text, 'on_error = "skip"'))
    local texts = {}
    for _, finding in ipairs(p:check()) do
      if finding.code == "row-skipped" then texts[#texts + 1] = tostring(finding) end
    end
    assert.same({
      'd:3:5: warning: recipient "Pat" is skipped: it has no proxies, so no mail will'
        .. " find it; mail is empty [row-skipped]; correct it there, or remove it",
      'd:4:19: warning: recipient "Joe" has a fault that is skipped: target: target "x" is'
        .. " neither the name of an entry nor an address; entries: Joe, Kim; its mail there is"
        .. " refused [row-skipped];"
        .. " correct it there, or remove it",
    }, texts)
  end)

  it("is said to be a row, an entry, or something of one", function()
    for _, case in ipairs {
      { "csv", "Name,mail\nKim,k@a.example\nx,y,z\n", 'directory "d" has a row that is skipped' },
      { "csv", "Name,mail,EmailAddresses\nKim,kim@a.example,smtp:k@\n",
        'recipient "Kim" has a fault that is skipped: proxy "smtp:k@": ' },
      { "csv", "Name,mail,EmailAddresses\nPat,p@a.example,\nKim,kim@,smtp:k@\n",
        'recipient "Kim" is skipped: proxy ' },
      { "ldif", "dn: CN=T\nmail: t@a.example\nmember: CN=K\nmember: CN=X\n\ndn: CN=K\n"
        .. "mail: k@a.example\n", 'recipient "t@a.example" has a fault that is skipped: members' },
      { "ldif", "dn: CN=T\nmail: t@a.example\nauthOrig: CN=X\n\ndn: CN=K\nmail: k@a.example",
        'recipient "t@a.example" is skipped: accept: ' },
    } do
      local p = assert(load(case[1], case[2], 'on_error = "skip"'))
      local told
      for _, finding in ipairs(p:check()) do
        if finding.code == "row-skipped" then told = tostring(finding):match "warning: (.*)" end
      end
      assert.equal(case[3], told:sub(1, #case[3]))
    end
  end)

  it("is what ldapsearch found before it was cut, and nothing at all", function()
    local KIM = "dn: CN=Kim\nmail: kim@a.example\nresult: 4\n\n"
    local CUT = 'd:6: directory "d": the search ended before its end, so people are missing; export'
      .. " the directory whole"
    assert.equal(CUT, complaint("ldif", KIM .. "search: 2\nresult: 4 Size limit exceeded\n"))
    assert.equal(CUT, complaint("ldif", KIM .. "search: 2\nresult: 11 Administrative limit\n"))
    assert.equal('d:1: directory "d": there is no record',
      complaint("ldif", "search: 2\nresult: 0 Success\n"))
    for _, result in ipairs { "0 Success", "0" } do
      local p = assert(load("ldif", KIM .. "search: 2\nresult: " .. result .. "\n\n# End\n"))
      reaches(p, { ["kim@a.example"] = "kim@a.example" })
    end
  end)

  it("is nothing where all is right", function()
    assert.same({ count = 0 }, assert(load("csv", "mail\nkim@a.example")):skipped())
  end)

  it("is counted beyond the thousand that are listed", function()
    local p = assert(load("csv", "Name,mail\nKim,kim@a.example\n" .. ("x,\n"):rep(1500),
      'on_error = "skip"'))
    local skipped = p:skipped()
    assert.same({ 1500, 1000 }, { skipped.count, #skipped })
  end)

  it("comes back from a snapshot", function()
    local path = os.tmpname()
    local p = assert(load("virtual", MAP, 'on_error = "skip"'))
    assert(p:save(path))
    local opened = assert(policy.loadfile(path, { verify = true }))
    assert.same(p:skipped(), opened:skipped())
    reaches(opened, { ["pat@a.example"] = "pat@b.example" })
    opened:close()
    os.remove(path)
  end)
end)

describe("what a directory's file says and no entry has", function()
  local NOBODIES = "dn: CN=Kim\ncn: Kim\nobjectClass: user\nmail: kim@a.example\n\n"
    .. "dn: OU=Sales\nobjectClass: organizationalUnit\n\n"
    .. "dn: CN=Ann\ncn: Ann\nobjectClass: user\ntelephoneNumber: 1\n\n"
    .. "dn: CN=PC1\nobjectClass: user\nobjectClass: computer\n\n"

  -- By format and file, what is told: line and column, and the words between what is always so.
  local CASES = {
    { "ldif", NOBODIES, 'd:9:1: directory "d": "Ann" has no address (mail, proxyAddresses,'
      .. " targetAddress, ...), and so no mail finds it" },
    { "ldif", NOBODIES .. "dn: CN=All\nobjectClass: group\n\ndn: CN=Eve\n",
      'd:9:1: directory "d": 3 people and groups, first "Ann", have no address (mail,'
        .. " proxyAddresses, targetAddress, ...), and so no mail finds them" },
    { "ldif", "dn: CN=Kim\nmail: kim@a.example\n\ndn: OU=A\nobjectClass: organizationalUnit\n" },
    { "ldif", "dn: CN=Kim\nmail: kim@a.example\nuserPrincipalName: kim@b.example\ndescription: as"
      .. " k@a.example\n\ndn: CN=Ann\nmail: ann@a.example\notherMailbox: a@a.example\n\n"
      .. "dn: CN=Joe\nmail: joe@a.example\notherMailbox: j@a.example\n",
      'd:8:15: directory "d": attribute "othermailbox" is not known, and holds addresses; write'
        .. " it as proxyAddresses, if mail goes by it" },
    { "recipients", "Name,PrimarySmtpAddress,RecipientTypeDetails\n"
      .. "All,all@a.example,MailUniversalDistributionGroup\n",
      'd:2:19: recipient "All": a MailUniversalDistributionGroup, and no column says who is on it;'
        .. " declare it as a list" },
    { "recipients", "Name,PrimarySmtpAddress,UserPrincipalName\nKim,kim@a.example,k@b.example\n" },
    { "csv", "Name,mail,Forward,Phone,UserPrincipalName\nKim,kim@a.example,,1,k@a.example\n"
      .. 'Pat,pat@a.example,"pat@b.example",2,p@a.example\nJoe,joe@a.example,joe@b.example,3,\n',
      'd:3:20: directory "d": column "Forward" is not known, and holds addresses; name it in a'
        .. " directory's columns if mail goes by them" },
    { "csv", "Name,mail,target,targetAddress\nPat,pat@a.example,p@b.example,p@c.example\n",
      'd:2:31: recipient "Pat": target goes before it' },
    { "csv", "Name,mail,Phone\nKim,kim@a.example,1\n,,2\n",
      'd:3:1: directory "d": nothing finds it, for it has neither a name nor an address' },
  }

  local LEAVES_OUT = " leaves out what its file says"

  -- What check tells of it.
  local function told(p)
    local texts = {}
    for _, finding in ipairs(p:check()) do
      if finding.code == "row-unused" then
        texts[#texts + 1] = tostring(finding):gsub("note: ", ""):gsub(LEAVES_OUT, "")
          :gsub(" %[row%-unused%]; correct it there, if that is not meant$", "")
      end
    end
    return texts
  end

  it("is found by check, once, and is no fault", function()
    for _, case in ipairs(CASES) do
      local p = assert(load(case[1], case[2]))
      assert.same({ case[3] }, told(p), case[2])
      assert.equal(0, p:skipped().count)
    end
  end)

  it("comes back from a snapshot", function()
    local path = os.tmpname()
    assert(assert(load("ldif", NOBODIES)):save(path))
    local opened = assert(policy.loadfile(path, { verify = true }))
    assert.same({ CASES[1][3] }, told(opened))
    opened:close()
    os.remove(path)
  end)

  it("is counted beyond the thousand that are listed", function()
    local p = assert(load("csv", "Name,mail,Phone\nKim,kim@a.example,1\n" .. (",,2\n"):rep(1500)))
    local texts = told(p)
    assert.equal(1001, #texts)
    assert.equal("d:1002: directory leaves out 500 more things after this one [row-unused]; correct"
      .. " those that are listed first", texts[1000])
  end)
end)

describe("a directory of CSV", function()
  it("has lists, tombstones, and who may write to whom", function()
    local p = assert(load("csv", "Name,mail,target,members,owner,refuse,propagate,accept,reject,"
      .. "authenticated,max_size\n"
      .. "Kim,kim@a.example,,,,,,,,,\n"
      .. "Pat,pat@a.example,pat@b.example,,,,always,Kim,,,\n"
      .. 'Team,team@a.example,,"Kim;pat@a.example",Kim,,,"Kim\nPat",SMTP:*@spam.example,yes,10 MB\n'
      .. "Old,old@a.example,,,,moved away,,,,,\nOlder,older@a.example,,,,yes,,,,,\n",
      nil, 'domain "a.example" {}\nconnector "out" { spaces = { "SMTP:*" } }\n'))
    reaches(p, {
      ["old@a.example"] = "recipient-gone", ["older@a.example"] = "recipient-gone",
    })
    local function route(to, envelope) return p:route(to, envelope)[1] end
    assert.equal("moved away", route("old@a.example").message)
    assert.equal(2, #p:route("team@a.example", { sender = "kim@a.example", authenticated = true,
      size = 1, may_relay = true }))
    local function verdict(to, sender, size)
      local delivery = route(to, { sender = sender, size = size, authenticated = true })
      return delivery.code or delivery.verdict
    end
    assert.equal("deliver", verdict("team@a.example", "kim@a.example", 10485760))
    assert.equal("recipient-size", verdict("team@a.example", "kim@a.example", 10485761))
    assert.equal("recipient-restricted", verdict("team@a.example", "x@spam.example", 1))
    assert.equal("recipient-restricted", verdict("pat@a.example", "pat@a.example", 1))
    assert.equal("deliver", verdict("pat@a.example", "kim@a.example", 1))
  end)

  it("takes those columns, too, under other names", function()
    local p = assert(load("csv", "Name,mail,Members,From,Size\nKim,kim@a.example,,,\n"
      .. "Team,team@a.example,kim@a.example,Kim,1 KB\n",
      'columns = { members = "Members", accept = "From", max_size = "Size" }',
      'domain "a.example" {}\n'))
    local function code(sender, size)
      local envelope = { sender = sender, authenticated = true, size = size }
      return p:route("team@a.example", envelope)[1].code
    end
    assert.is_nil(code("kim@a.example", 1024))
    assert.equal("recipient-size", code("kim@a.example", 1025))
    assert.equal("recipient-restricted", code("x@far.example", 1))
  end)

  it("holds those to the language", function()
    local head = "Name,mail,target,members,owner,refuse,propagate,authenticated,max_size\n"
    for row, expected in pairs {
      ["K,k@a.example,x@b.example,y@b.example,,,,,"] =
        " has members, and a target; leave one empty",
      ["K,k@a.example,,y@b.example,,gone,,,"] = " has members, and is refused; leave one empty",
      ["K,k@a.example,x@b.example,,,gone,,,"] = ": a tombstone has no target and keeps nothing;"
        .. " leave those empty, or refuse",
      ["K,k@a.example,,,,,always,,"] = ": propagate is about a target, and there is none",
      ["K,k@a.example,,,k@a.example,,,,"] = ": owner is for lists, and there are no members",
      ["K,k@a.example,,,,,maybe,,"] = ': propagate is "maybe", and has to be true, false or'
        .. " always",
      ["K,k@a.example,,,,,,maybe,"] = ': authenticated is "maybe", and has to be true or false',
      ["K,k@a.example,,,,,,,much"] = ': max_size is "much", and has to be a number of bytes, such'
        .. " as 10485760",
      ["K,k@a.example,,nobody,,,,,"] = ': members: member "nobody" is neither the name of an entry'
        .. " nor an address; entries: K",
    } do
      assert.equal('d:2: recipient "K"' .. expected,
        (complaint("csv", head .. row)):gsub('list "K"', 'recipient "K"'), row)
    end
  end)
end)
