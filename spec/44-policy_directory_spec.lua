--- directory: people from a file of CSV.
local core = require "postoffice.core"
local files = require "postoffice.policy.compile.files"
local helper = require "spec.helper"
local new_errors = require "postoffice.policy.language.errors".new
local people = require "postoffice.policy.compile.people"
local policy = require "postoffice.policy"

local STAFF = 'directory "staff" { file = "staff.csv", format = "csv" }\n'

--- Loads a policy whose directory's file holds `text`.
local function load(text, source, options)
  options = options or {}
  options.chunkname = "@policy.lua"
  options.read = options.read or function(name) return name == "staff.csv" and text or nil end
  return policy.load(source or STAFF, options)
end

--- What loading says.
local function complaint(...)
  local p, message, code = load(...)
  assert.is_nil(p)
  return helper.without_columns(message), code
end

--- Who has an address, and the primary one or the target.
local function found(p, address)
  local item = p:resolve(address)[1]
  if item.code then return item.code end
  return ("%s %s"):format(item.entry or "-", tostring(item.address))
end

local function finds(p, cases)
  for address, expected in pairs(cases) do assert.equal(expected, found(p, address), address) end
end

describe("a directory", function()
  it("has a person a row, a mailbox or a custom recipient", function()
    local p = assert(load("Name,mail,target\nKim Lee,kim@corp.example,\n"
      .. "Pat Jones,pat@corp.example,[ccmail:pat@far.example at internet]\n"))
    finds(p, {
      ["kim@corp.example"] = "Kim Lee SMTP:kim@corp.example",
      ["pat@corp.example"] = "Pat Jones CCMAIL:pat@far.example at internet",
    })
    local delivery = p:route("KIM@corp.example")[1]
    assert.same({ "deliver", "Kim Lee", "staff.csv:2" },
      { delivery.verdict, delivery.entry, delivery.rule })
    local told = tostring(p:explain "pat@corp.example")
    assert.truthy(told:find("SMTP:pat@corp.example: Pat Jones (staff.csv:3)", 1, true), told)
  end)

  it("reads what people export", function()
    for _, case in ipairs {
      { -- Get-Recipient, by Export-Csv with -join
        '#TYPE Selected.Recipient\r\n"DisplayName","PrimarySmtpAddress","EmailAddresses",'
          .. '"ExternalEmailAddress"\r\n"Lee, Kim","kim@corp.example",'
          .. '"smtp:k@corp.example;SMTP:kim@corp.example;'
          .. 'X400:C=US;A= ;P=Org;O=Site;S=Lee;G=Kim;;X500:/o=Org/cn=kim",""\r\n',
        { ["k@corp.example"] = "Lee, Kim SMTP:kim@corp.example",
          ["X400:g=Kim;s=Lee;o=Site;p=Org;a= ;c=us"] = "Lee, Kim SMTP:kim@corp.example",
          ["X500:/o=Org/cn=kim"] = "Lee, Kim SMTP:kim@corp.example" } },
      { -- a mail contact
        "Name;EmailAddresses;ExternalEmailAddress\nPat;SMTP:pat@corp.example;SMTP:pat@far.example",
        { ["pat@corp.example"] = "Pat SMTP:pat@far.example" } },
      { -- csvde
        "DN,cn,mail,proxyAddresses,targetAddress\n"
          .. '"CN=Kim,DC=corp",Kim,k@corp.example,smtp:k@corp.example;SMTP:kim@corp.example,\n',
        { ["k@corp.example"] = "Kim SMTP:kim@corp.example",
          ["kim@corp.example"] = "Kim SMTP:kim@corp.example" } },
      { -- Exchange 5.5
        "Obj-Class,Directory Name,Display Name,E-mail addresses,Secondary-Proxy-Addresses\n"
          .. 'Mailbox,MARIAB,"Black, Maria","CCMAIL:Black, Maria at California'
          .. '%SMTP:maria@corp.example%smtp:maria\\%far@corp.example",smtp:m@corp.example\n',
        { ["CCMAIL:Black, Maria at California"] = "Black, Maria CCMAIL:Black, Maria at California",
          ["maria%far@corp.example"] = "Black, Maria CCMAIL:Black, Maria at California",
          ["m@corp.example"] = "Black, Maria CCMAIL:Black, Maria at California" } },
      { -- without names
        "PROXY_ADDRESSES\nsmtp:k@corp.example;kim@corp.example\n",
        { ["kim@corp.example"] = "k@corp.example SMTP:kim@corp.example" } },
    } do
      finds(assert(load(case[1])), case[2])
    end
  end)

  it("knows whose primary address is which", function()
    for _, case in ipairs {
      -- a row of mail and proxyAddresses, and the primary one
      { "kim@c.example,", "kim@c.example" },
      { "kim@c.example,SMTP:kim@c.example;smtp:k@c.example", "kim@c.example" },
      { "kim@c.example,smtp:KIM@c.example;smtp:k@c.example", "kim@c.example" },
      { "SMTP:kim@c.example,smtp:k@c.example", "kim@c.example" },
      { "kim@c.example,k@c.example", "kim@c.example" },
      { "kim@c.example,SMTP:k@c.example", "k@c.example" }, -- mail is another one
      { "KIM@c.example,smtp:k@c.example;SMTP:kim@c.example", "kim@c.example" },
      { ",smtp:k@c.example;kim@c.example", "kim@c.example" },
      { " kim@c.example ,\tsmtp:k@c.example ; smtp:kim@c.example ", "kim@c.example" },
    } do
      local p = assert(load("mail,proxyAddresses\n" .. case[1]))
      assert.equal(case[2], (tostring(p:resolve("kim@c.example", { as = "SMTP" }))
        :gsub("^SMTP:", ""):lower()), case[1])
    end
  end)

  it("takes the columns that it names", function()
    local source = [[directory "staff" { file = "staff.csv", separator = "tab",
      columns = { name = "person", proxies = { "Mail", "Alias-es" }, target = "Forward" } }]]
    local p = assert(load("Name,x\tPERSON\tMail\tAliases\tforward\tmail\n"
      .. "x\tKim\tkim@c.example\tk@c.example;SMTP:kim@c.example\tfar@d.example\tz", source))
    finds(p, { ["k@c.example"] = "Kim SMTP:far@d.example",
      ["kim@c.example"] = "Kim SMTP:far@d.example", ["z@c.example"] = "- SMTP:z@c.example" })
    p = assert(load("a,b\nx,kim@c.example",
      'directory "staff" { file = "staff.csv", columns = { proxies = "b" } }'))
    finds(p, { ["kim@c.example"] = "kim@c.example SMTP:kim@c.example" })
  end)

  it("has people who keep a copy, and who have several targets", function()
    local p = assert(load("Name,mail,ForwardingSmtpAddress,DeliverToMailboxAndForward,targets\n"
      .. "Kim,kim@c.example,smtp:kim@d.example,True,\nPat,pat@c.example,smtp:pat@d.example,False,\n"
      .. "Joe,joe@c.example,,,SMTP:joe@d.example;SMTP:joe@e.example\n"
      .. "Ann,ann@c.example,ann@d.example,yes,ann@e.example\nLee,lee@c.example,,True,\n"))
    for name, expected in pairs {
      kim = "kim@c.example kim@d.example", pat = "pat@d.example",
      joe = "joe@d.example joe@e.example",
      ann = "ann@c.example ann@d.example ann@e.example", lee = "lee@c.example",
    } do
      local addresses = {}
      for i, item in ipairs(p:resolve(name .. "@c.example")) do
        addresses[i] = tostring(item.address):lower():gsub("^smtp:", "")
      end
      assert.equal(expected, table.concat(addresses, " "))
    end
    p = assert(load("Name,mail,copy,Forwards\nKim,kim@c.example,1,kim@d.example",
      [[directory "staff" { file = "staff.csv",
        columns = { keep = "Copy", targets = "forwards" } }]]))
    assert.equal(2, #p:resolve "kim@c.example")
  end)

  it("lists the columns that there are, where it names others", function()
    assert.equal('policy.lua:1: directory "staff": columns.name: staff.csv has no column "person";'
      .. ' did you mean "Persons"?\n'
      .. 'policy.lua:1: directory "staff": columns.proxies: staff.csv has no column "Post";'
      .. " columns: Aliases, Persons, x", (complaint("Persons\tAliases\tx\n",
      [[directory "staff" { file = "staff.csv",
        columns = { name = "person", proxies = { "Aliases", "Post" } } }]])))
  end)

  it("says what is wrong with its file, where, and in which column", function()
    local long = ("x"):rep(1025)
    for text, expected in pairs {
      [""] = 'staff.csv:1: directory "staff": the file is empty',
      ["Name,mail\n"] = 'staff.csv:2: directory "staff": there is no row below the header',
      ['Name,mail\n"Kim",kim@c.example\n"Pat'] =
        'staff.csv:3: directory "staff": a quote that is never closed; in quotes, write two for'
        .. " one that is part of the value",
      ["Name,mail\nKim,kim@c.example,x"] = 'staff.csv:2: directory "staff": a field more than the'
        .. " header's 2; put values with commas in them in quotes",
      ["Name,EmailAddresses,E-mail Addresses\nKim,a@c.example,b@c.example"] = "policy.lua:1:"
        .. ' directory "staff": staff.csv has two columns of one name, "EmailAddresses" and "E-mail'
        .. ' Addresses"; rename one',
      ["Name,Post\nKim,kim@c.example"] = 'policy.lua:1: directory "staff": staff.csv has no column'
        .. ' of addresses that is known; columns: Name, Post; call one PrimarySmtpAddress, mail,'
        .. ' EmailAddresses, proxyAddresses or Secondary-Proxy-Addresses, or name one: columns ='
        .. ' { proxies = "Mail" }',
      ["Name,mail\nKim,\nPat,pat@c.example"] =
        'staff.csv:2: recipient "Kim" has no proxies, so no mail will find it; mail is empty',
      ["Name,mail,EmailAddresses\nKim,,"] = 'staff.csv:2: recipient "Kim" has no proxies, so no'
        .. ' mail will find it; mail, EmailAddresses is empty',
      ["Name,mail\nKim,kim"] = 'staff.csv:2: recipient "Kim": mail: proxy "SMTP:kim": the address'
        .. ' has no domain; write user@domain',
      ['Name,mail\n"Ki\nm",kim@c.example\nPat,Kim@c.example'] = 'staff.csv:2: recipient'
        .. ' "Ki\\nm" has a control character in its name "Ki\\nm"',
      ["Name,mail\nJ\246rg,joerg@c.example"] = 'staff.csv:2: recipient "J\\xf6rg" has a name that'
        .. ' is not UTF-8, "J\\xf6rg"; save its file as UTF-8',
      ["Name,mail\nKim,kim@c.example\nPat,Kim@c.example"] = 'staff.csv:3: recipient "Pat": mail:'
        .. ' proxy "SMTP:Kim@c.example" is already a proxy of "Kim" at staff.csv:2; an address'
        .. " has one owner",
      ["Name,mail,target\nKim,kim@c.example,nobody"] = 'staff.csv:2: recipient "Kim": target:'
        .. ' target "nobody" is neither the name of an entry nor an address; entries: Kim',
      ['Name,mail,target\nKim,kim@c.example,"x@c.example, y@c.example"'] = 'staff.csv:2: recipient'
        .. ' "Kim": target: target "x@c.example, y@c.example": these are several addresses, which'
        .. " parse_list reads; where mail goes on to several, they stand in targets",
      ['Name,mail\nKim,"a\27\nb"'] = 'staff.csv:2: recipient "Kim": mail: proxy'
        .. ' "SMTP:a\\x1b\\nb": a control character stands in the address, as it is or as an'
        .. " escape; write the address without it",
      ["Name,mail\nKim," .. long] = 'staff.csv:2: recipient "Kim": mail has a text of 1030 bytes;'
        .. " 1024 are the most",
      ["Name,mail,keep,target\nKim,kim@c.example,maybe,x@c.example"] =
        'staff.csv:2: recipient "Kim": keep is neither true nor false',
      ["Name,mail,targets\nKim,kim@c.example,x@c.example;nobody"] = 'staff.csv:2: recipient "Kim":'
        .. ' targets: target "nobody" is neither the name of an entry nor an address; entries: Kim',
      ["Name,mail,targets\nKim,kim@c.example,x@c.example;" .. long] =
        'staff.csv:2: recipient "Kim": targets has a text of 1025 bytes; 1024 are the most',
      ["Name,mail,target\nKim,kim@c.example," .. long] = 'staff.csv:2: recipient "Kim": target has'
        .. " a text of 1025 bytes; 1024 are the most",
      ["Name,mail\n" .. long .. ",kim@c.example"] = 'staff.csv:2: recipient "' .. ("x"):rep(64)
        .. '..." has a name of 1025 bytes; 256 are the most',
    } do
      assert.same({ expected, "policy-invalid" }, { complaint(text) })
    end
  end)

  it("tells the first twenty errors of many", function()
    local message = complaint("Name,mail\n" .. ("Kim,\n"):rep(1000))
    local lines = select(2, message:gsub("\n", "")) + 1
    assert.equal(21, lines)
    assert.truthy(message:find("^staff.csv:2: "), message)
    assert.truthy(message:find "\nthere may be more; these are the first 20$", message)
  end)

  it("skips rows of nothing but separators", function()
    finds(assert(load "Name,mail\n,\nKim,kim@c.example\n,\n"),
      { ["kim@c.example"] = "Kim SMTP:kim@c.example" })
  end)

  it("has no field that is about files of other formats", function()
    local FIELDS = { columns = '{ name = "Name" }', separator = '"comma"', values = '"&"',
      domain = '"c.example"' }
    local READ = {
      csv = "columns separator", recipients = "columns separator", ldif = "",
      exchange55 = "columns separator values", virtual = "domain", canonical = "domain",
      aliases = "domain", virtusertable = "domain",
    }
    for format, read in pairs(READ) do
      for field, value in pairs(FIELDS) do
        local _, told = load("Name,mail\nKim,kim@c.example\n", ('directory "staff" { file ='
          .. ' "staff.csv", format = %q, %s = %s }'):format(format, field, value))
        local refused = ("%s is about [%%w:, ]-, and the format is %s; remove it"):format(field,
          format)
        local is_read = read:find(field, 1, true) ~= nil
        assert.equal(not is_read, (told or ""):find(refused) ~= nil, format .. " " .. field)
      end
    end
  end)

  it("is written as the other words are", function()
    for source, expected in pairs {
      ['directory { file = "x" }'] = 'policy.lua:1: directory needs a name; write directory "staff"'
        .. ' { file = "staff.csv", format = "csv" }',
      ['directory "staff" {}'] = 'policy.lua:1: directory "staff" has no file; add file ='
        .. ' "staff.csv"',
      ['directory "staff" { file = "x", format = "cvs" }'] = 'policy.lua:1: directory "staff":'
        .. ' format cannot be "cvs"; did you mean "csv"?',
      ['directory "staff" { file = "x", separator = "|" }'] = 'policy.lua:1: directory "staff":'
        .. ' separator cannot be "|"; known: comma, semicolon, tab',
      ['directory "staff" { file = "x", columns = { proxys = "x" } }'] = 'policy.lua:1: directory'
        .. ' "staff": unknown field "columns.proxys"; did you mean "proxies"?',
      ['directory "staff" { file = "x", columns = { proxies = { 1 } } }'] = 'policy.lua:1:'
        .. ' directory "staff": columns.proxies[1] has to be a name, not 1',
      [STAFF .. 'directory "Staff" { file = "staff.csv" }'] = 'policy.lua:2: directory "Staff" is'
        .. ' declared twice, first at policy.lua:1; remove one or give it another name',
    } do
      assert.equal(expected, (complaint("mail\nkim@c.example", source)))
    end
  end)
end)

describe("the people of a directory", function()
  local TWO = "Name,mail\nKim Lee,kim@c.example\nKIM LEE,lee@c.example\nPat,pat@c.example\n"

  it("may have one name, which names nobody then", function()
    finds(assert(load(TWO)), { ["kim@c.example"] = "Kim Lee SMTP:kim@c.example",
      ["lee@c.example"] = "KIM LEE SMTP:lee@c.example" })
    local list = 'list "All" { proxies = { "all@c.example" }, members = { %q, "Pat" } }'
    assert(load(TWO, STAFF .. list:format "lee@c.example"))
    assert.equal('policy.lua:2: list "All": member "kim lee" is the name of several, as at'
      .. " staff.csv:2 and staff.csv:3; write an address of the one that is meant",
      (complaint(TWO, STAFF .. list:format "kim lee")))
  end)

  it("leave their name to an entry that the script declares", function()
    for _, own in ipairs {
      'recipient "PAT" { proxies = { "own@c.example" } }',
      'list "PAT" { proxies = { "own@c.example" }, members = { "x@c.example" } }',
    } do
      local p = assert(load(TWO, STAFF .. own .. [[
recipient "To" { proxies = { "to@c.example" }, target = "pat" }]]))
      assert.equal("PAT", p:route("to@c.example")[1].entry, own)
    end
  end)

  it("own their addresses, as those of the script do", function()
    assert.equal('staff.csv:4: recipient "Pat": mail: proxy "SMTP:pat@c.example" is already a proxy'
      .. ' of "Patty" at policy.lua:2; an address has one owner',
      (complaint(TWO, STAFF .. 'recipient "Patty" { proxies = { "PAT@c.example" } }')))
  end)

  it("are one declaration for the tests", function()
    local source = STAFF .. 'domain "c.example" {}\n'
      .. 'test "t" { to = "%s@c.example", code = "recipient-unknown" }'
    local function uncovered(name)
      local results = assert(load(TWO, source:format(name))):test()
      assert.equal(2, results.rules)
      local titles = {}
      for i, declaration in ipairs(results.uncovered) do
        titles[i] = declaration.where .. " " .. declaration.title
      end
      return titles
    end
    assert.same({}, uncovered "pat")
    assert.same({ 'policy.lua:1 directory "staff"' }, uncovered "nobody")
  end)

  it("are counted for the tests", function()
    local sums = assert(load(TWO, STAFF .. 'domain "c.example" {}\n'
      .. 'test "t" { to = "pat@c.example", verdict = "deliver" }')):test().entries
    assert.equal(1, #sums)
    assert.same({ 'directory "staff"', "policy.lua:1", 1 },
      { sums[1].title, sums[1].where, sums[1].reached })
    assert.is_true(sums[1].entries > 1)
  end)
end)

describe("the file of a directory", function()
  local folder, path

  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    assert(os.execute("mkdir -p " .. folder .. "/sub"))
    path = helper.write(folder .. "/policy.lua", STAFF)
  end)

  after_each(function() os.execute("rm -r " .. folder) end)

  local function write(text) helper.write(folder .. "/staff.csv", text) end

  it("is in the policy's own folder", function()
    write "mail\nkim@c.example"
    helper.write(folder .. "/sub/more.csv", "mail\npat@c.example")
    helper.write(path, STAFF .. 'directory "more" { file = "sub/more.csv" }')
    local p = assert(policy.loadfile(path))
    assert.equal("sub/more.csv:2", p:route("pat@c.example")[1].rule)
    for name, why in pairs {
      ["../staff.csv"] = "a path that leaves the policy's folder; name a file in the folder of "
        .. path,
      ["sub/../staff.csv"] = "a path that leaves the policy's folder; name a file in the folder of "
        .. path,
      ["/etc/passwd"] = "an absolute path; name a file in the folder of " .. path,
      ["C:\\staff.csv"] = "an absolute path; name a file in the folder of " .. path,
    } do
      helper.write(path, ('directory "staff" { file = %q }'):format(name))
      local none, message, code = policy.loadfile(path)
      assert.same({ [2] = ('%s:1: directory "staff": file "%s": %s'):format(path, name, why),
        [3] = "policy-invalid" }, { none, message, code })
    end
    for name, code in pairs { ["none.csv"] = "file-unreadable", sub = "file-irregular" } do
      helper.write(path, ('directory "staff" { file = %q }'):format(name))
      assert.equal(code, (select(3, policy.loadfile(path))))
    end
  end)

  it("is the host's to answer, if it likes", function()
    write "mail\nkim@c.example"
    local asked = {}
    local p = assert(policy.loadfile(path, { read = function(name, most)
      asked[#asked + 1] = name .. " " .. most
      return "mail\npat@c.example"
    end }))
    assert.same({ "staff.csv 268435456" }, asked)
    assert.equal("pat@c.example", p:route("pat@c.example")[1].entry)
    local function says(read)
      return { select(2, policy.load(STAFF, { chunkname = "@policy.lua", read = read })) }
    end
    local before = 'policy.lua:1: directory "staff": file "staff.csv": '
    assert.same({ before .. "there is no folder to read from here; answer by the option read",
      "policy-invalid" }, says(nil))
    assert.same({ before .. "the host has no such file", "policy-invalid" },
      says(function() return nil end))
    assert.same({ before .. "the host has no such file", "policy-invalid" },
      says(function() return 7, {}, {} end))
    assert.same({ before .. "ask later", "file-changing" },
      says(function() return nil, "ask later", "file-changing" end))
    assert.same({ before .. "the host cannot answer: no", "policy-invalid" },
      says(function() error("no", 0) end))
  end)

  it("is read within the bound of declarations, of all directories together", function()
    local pad = ("x"):rep(10000)
    write("mail,pad\nkim@c.example," .. pad)
    helper.write(folder .. "/more.csv", "mail,pad\npat@c.example," .. pad)
    helper.write(path, STAFF .. 'directory "more" { file = "more.csv" }')
    assert(policy.loadfile(path, { declarations = 20046 }))
    local said = ": the policy declares more than it may; the option declarations says how many"
      .. " bytes"
    local _, message, code = policy.loadfile(path, { declarations = 20045 })
    assert.same({ path .. ':2: directory "more": file "more.csv"' .. said, "policy-declarations" },
      { message, code })
    _, message, code = policy.load(STAFF, { chunkname = "@policy.lua", declarations = 10000,
      read = function() return "mail,pad\nkim@c.example," .. pad end })
    assert.same({ 'policy.lua:1: directory "staff": file "staff.csv"' .. said,
      "policy-declarations" }, { message, code })
    local rows = { "mail" }
    for i = 1, 500 do rows[#rows + 1] = i .. "@c.example" end
    _, message, code = policy.load(STAFF, { chunkname = "@policy.lua", declarations = 10000,
      read = function() return table.concat(rows, "\n") end })
    assert.equal("policy-declarations", code)
    local line, name, rest = message:match '^staff.csv:(%d+): recipient "(%d+)@c.example"(.*)$'
    assert.same({ name + 1, said }, { tonumber(line), rest })
    for _, bytes in ipairs { -1, 2 ^ 32, 0 / 0 } do
      assert.error_matches(function() policy.load("", { declarations = bytes }) end,
        "option declarations has to be 0 to 4294967295 bytes")
    end
  end)

  it("is read in blocks, none of which is of a file that changed", function()
    local rows = { "Name,mail" }
    for i = 1, 20000 do rows[#rows + 1] = ('"Pers\195\182n\n%d",p%d@c.example'):format(i, i) end
    local text = table.concat(rows, "\n"):gsub("n\n", "n ")
    assert.truthy(#text > 2 * 256 * 1024)
    write(text)
    local p = assert(policy.loadfile(path))
    assert.equal("Pers\195\182n 19999", p:route("p19999@c.example")[1].entry)
    for _, changed in ipairs { text .. "x", text:sub(2), "" } do
      write(text)
      local seen = {}
      local blocks = assert(files.declared(path, seen)("staff.csv", 1e9))
      assert.equal(text:sub(1, 1000), blocks(1000))
      assert.equal(text:sub(1001, 1010), blocks(10))
      assert.is_true(files.are_unchanged(seen))
      write(changed)
      assert.is_false(files.are_unchanged(seen))
      assert.equal("file-changing", (select(3, blocks(1000))))
    end
    local errors = new_errors()
    people.each({ word = "directory", name = "staff", file = "p", line = 1,
      fields = { file = "staff.csv" } }, { open = function()
      local given = false
      return function()
        if given then return nil, "it is gone", "file-unreadable" end
        given = true
        return "mail\nkim@c.example\n\"pat"
      end
    end }, errors, function() end)
    assert.same({ 'p:1: directory "staff": file "staff.csv": it is gone', "file-unreadable" },
      { errors[1], errors.code })
    assert.equal(1, #errors)
  end)

  it("takes nothing from the script's memory or instructions", function()
    local rows = { "Name,mail" }
    for i = 1, 20000 do rows[#rows + 1] = ("Person %d,p%d@c.example"):format(i, i) end
    write(table.concat(rows, "\n"))
    local p = assert(policy.loadfile(path, { memory = 200000, load_instructions = 1000 }))
    assert.equal("Person 20000", p:route("p20000@c.example")[1].entry)
    assert.equal("staff.csv:20001", p:route("p20000@c.example")[1].rule)
  end)

  it("is part of the revision", function()
    local function revision(text)
      write(text)
      local p = assert(policy.loadfile(path))
      assert.truthy(p.revision:find("^%x+$") and #p.revision == 14, p.revision)
      return p.revision
    end
    local first = revision "mail\nkim@c.example"
    assert.equal(first, revision "mail\nkim@c.example")
    assert.are_not.equal(first, revision "mail\nkin@c.example")
    assert.are_not.equal(first, revision "mail\nkim@c.example\n")
  end)

  it("is told apart by its digest", function()
    assert.equal("cbf29ce484222325", core.digest "") -- FNV-1a's own vectors
    assert.equal("af63dc4c8601ec8c", core.digest "a")
    assert.equal("85944171f73967e8", core.digest "foobar")
    assert.equal("85944171f73967e8", core.digest("bar", core.digest("foo")))
  end)

  it("is reloaded with the policy, and keeps the last revision if it is wrong", function()
    write "mail\nkim@c.example"
    local p = assert(policy.open(path))
    local first = p.revision
    assert.same({ true, first }, { p:reload() })
    write "mail\nkim@c.example\npat@c.example"
    assert.is_true(p:reload())
    assert.are_not.equal(first, p.revision)
    assert.equal("pat@c.example", p:route("pat@c.example")[1].entry)
    for text, why in pairs {
      [""] = "the file is empty", ["mail\n"] = "no row", ["mail\npat"] = "no domain",
    } do
      write(text)
      local ok, message, code = p:reload()
      assert.same({ [2] = "policy-invalid" }, { ok, code })
      assert.truthy(message:find(why, 1, true), message)
      assert.equal("pat@c.example", p:route("pat@c.example")[1].entry)
    end
    os.remove(folder .. "/staff.csv")
    assert.equal("file-unreadable", (select(3, p:reload())))
    p:close()
  end)

  it("does not go live while somebody writes it, nor does what is included", function()
    write "mail\nkim@c.example"
    helper.write(folder .. "/more.lua", "-- more")
    helper.write(path, STAFF .. [[
include "more.lua"
test "kim" { to = "kim@c.example", entry = "kim@c.example" }]])
    local loads = 0
    local p = assert(policy.open(path))
    local load_file = p.load
    for name, text in pairs {
      ["staff.csv"] = "mail\nkim@c.example\npat@c.example", ["more.lua"] = "-- a bit more",
    } do
      p.load = function(...)
        local loaded = assert(load_file(...))
        loads = loads + 1
        helper.write(folder .. "/" .. name, text)
        return loaded
      end
      local first = p.revision
      local ok, _, code = p:reload()
      assert.same({ nil, "file-changing", first }, { ok, code, p.revision })
      p.load = load_file
      assert.is_true((p:reload()))
      assert.are_not.equal(first, p.revision)
    end
    assert.equal(2, loads)
    p:close()
  end)
end)
