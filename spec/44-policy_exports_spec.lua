--- directory: exports of Get-Recipient, of Exchange 5.5, and LDIF.
local formats = require "postoffice.text.formats"
local generate = require "spec.generate"
local helper = require "spec.helper"
local policy = require "postoffice.policy"

local REST = 'domain "corp.example" {}\nconnector "out" { spaces = { "SMTP:*" } }\n'

-- Loads a policy whose directory's file, of the format and with the further fields, holds `text`.
local function load(format, text, fields)
  local source = 'directory "d" { file = "d", format = "%s", %s }\n'
  return policy.load(source:format(format, fields or "") .. REST, {
    chunkname = "@policy.lua",
    read = function(name) return name == "d" and text or nil end,
  })
end

local function complaint(...)
  local p, message, code = load(...)
  assert.is_nil(p)
  assert.equal("policy-invalid", code)
  return helper.without_columns(message)
end

-- The addresses to which an address's mail goes, from somebody who may do all.
local function reached(p, address, sender)
  local list = {}
  for i, delivery in ipairs(p:route(address, {
    sender = sender or "x@far.example", authenticated = true, may_relay = true, size = 1,
  })) do
    list[i] = delivery.code or tostring(delivery.address):gsub("^%w+:", "")
  end
  return table.concat(list, " ")
end

-- What check finds, a line each.
local function notes_of(p)
  local list = {}
  for i, finding in ipairs(p:check()) do list[i] = tostring(finding) end
  return table.concat(list, "\n")
end

-- Who gets the bounces of a list, or -.
local function owner_of(p, address)
  local sender = "SMTP:x@far.example"
  local delivery = p:route(address, { sender = sender, authenticated = true })[1]
  return tostring(delivery.sender) ~= sender and tostring(delivery.sender) or "-"
end

local function reaches(p, cases)
  for address, expected in pairs(cases) do assert.equal(expected, reached(p, address), address) end
end

describe("a directory of Get-Recipient", function()
  local HEAD = '#TYPE Selected.Recipient\r\n"DisplayName","Name","Alias","PrimarySmtpAddress",'
    .. '"EmailAddresses","RecipientTypeDetails","ForwardingAddress","ForwardingSmtpAddress",'
    .. '"DeliverToMailboxAndForward","ExternalEmailAddress","AcceptMessagesOnlyFrom",'
    .. '"RejectMessagesFromSendersOrMembers","MaxReceiveSize",'
    .. '"RequireSenderAuthenticationEnabled"\r\n'

  -- A row of these columns.
  local function row(values)
    local fields = {}
    for name in HEAD:match "\n(.*)":gmatch '"(%w+)"' do
      fields[#fields + 1] = '"' .. (values[name] or ""):gsub('"', '""') .. '"'
    end
    return table.concat(fields, ",") .. "\r\n"
  end

  local function person(name, more)
    local address = name:lower() .. "@corp.example"
    local values = { DisplayName = name .. " D.", Name = name, PrimarySmtpAddress = address,
      EmailAddresses = "SMTP:" .. address, RecipientTypeDetails = "UserMailbox",
      MaxReceiveSize = "Unlimited", RequireSenderAuthenticationEnabled = "False",
      DeliverToMailboxAndForward = "False" }
    for field, value in pairs(more or {}) do values[field] = value end
    return row(values)
  end

  it("has values joined by whatever people join them by", function()
    for _, separator in ipairs { ";", "; ", ",", ", ", " ", "|", " | ", "\n" } do
      local joined = table.concat({ "smtp:k@corp.example", "SMTP:kim@corp.example",
        "X400:C=US;A= ;P=Org;O=Site;S=Lee;", "X500:/o=Org/ou=First, Group/cn=kim" }, separator)
      for _, text in ipairs { joined, "{" .. joined .. "}" } do
        local p = assert(load("recipients", HEAD .. person("Kim", { EmailAddresses = text })))
        for _, address in ipairs {
          "k@corp.example", "X400:c=us;a= ;p=org;o=site;s=lee", "X500:/o=Org/ou=First,"
            .. " Group/cn=kim",
        } do
          assert.equal("Kim D.", p:resolve(address)[1].entry, text .. " " .. address)
        end
      end
    end
  end)

  it("has the names of the Exchange directory, by which answers to old mail find people", function()
    local DN, OLD = "/o=Org/ou=Site/cn=Recipients/cn=klee", "/o=Old/ou=S/cn=Recipients/cn=klee"
    for format, text in pairs {
      recipients = "DisplayName,PrimarySmtpAddress,EmailAddresses,LegacyExchangeDN\n"
        .. "Kim,kim@corp.example,X500:" .. OLD .. "," .. DN .. "\n",
      csv = "displayName,proxyAddresses,legacyExchangeDN\nKim,SMTP:kim@corp.example;X500:" .. OLD
        .. ";x500:" .. DN:upper() .. "," .. DN .. "\n",
      exchange55 = "Obj-Class,Display Name,E-mail Addresses,Obj-Dist-Name\n"
        .. "Mailbox,Kim,SMTP:kim@corp.example%X500:" .. OLD .. "," .. DN .. "\n",
      ldif = "dn: CN=Kim\ncn: Kim\nmail: kim@corp.example\nproxyAddresses: X500:" .. OLD
        .. "\nlegacyExchangeDN: " .. DN .. "\n",
    } do
      local p = assert(load(format, text))
      for _, address in ipairs { "EX:" .. DN, "X500:" .. DN, "EX:" .. OLD, "kim@corp.example" } do
        assert.equal("Kim", p:resolve(address)[1].entry, format .. " " .. address)
      end
    end
  end)

  -- Exchange lists addresses in any order (Q190706).
  it("has the primary address of SMTP first, in whatever order they are", function()
    for format, text in pairs {
      recipients = "DisplayName,EmailAddresses\nKim,X400:c=us;a= ;p=org;s=lee;|CCMAIL:Kim at HQ"
        .. "|smtp:k@corp.example|SMTP:kim@corp.example\n",
      csv = "displayName,mail,proxyAddresses\nKim,kim@corp.example,X400:c=us;a= ;p=org;s=lee;"
        .. "|smtp:k@corp.example|SMTP:kim@corp.example\n",
      exchange55 = "Obj-Class,Display Name,E-mail Addresses\nMailbox,Kim,CCMAIL:Kim at HQ"
        .. "%smtp:k@corp.example%SMTP:kim@corp.example%X400:c=us;a= ;p=org;s=lee;\n",
      ldif = "dn: CN=Kim\ncn: Kim\nproxyAddresses: X400:c=us;a= ;p=org;s=lee;\n"
        .. "proxyAddresses: smtp:k@corp.example\nproxyAddresses: SMTP:kim@corp.example\n",
    } do
      local p = assert(load(format, text))
      reaches(p, { ["k@corp.example"] = "kim@corp.example",
        ["X400:c=us;a= ;p=org;s=lee"] = "kim@corp.example" })
    end
    local p = assert(load("csv", "name,EmailAddresses\nKim,CCMAIL:Kim at HQ;SMTP:k@corp.example\n"))
    reaches(p, { ["k@corp.example"] = "Kim at HQ" })
  end)

  it("has in each row the first column that says something, of those for one thing", function()
    local p = assert(load("csv", "Name,mail,PrimarySmtpAddress,ExternalEmailAddress,"
      .. "ForwardingSmtpAddress,keep,deliverAndRedirect\n"
      .. "Kim,,kim@corp.example,,k@far.example,,TRUE\n"
      .. "Joe,j@corp.example,joe@corp.example,x@far.example,y@far.example,no,TRUE\n"))
    reaches(p, {
      ["kim@corp.example"] = "kim@corp.example k@far.example",
      ["joe@corp.example"] = "x@far.example", ["j@corp.example"] = "x@far.example",
    })
  end)

  it("takes no Exchange name where the columns of the proxies are said", function()
    local p = assert(load("csv", "Who,Mail,legacyExchangeDN\nKim,kim@corp.example,/o=Org/cn=k\n",
      'columns = { name = "Who", proxies = "Mail" }'))
    assert.equal("Kim", p:resolve("kim@corp.example")[1].entry)
    assert.is_nil(p:resolve("EX:/o=Org/cn=k")[1].entry)
  end)

  it("has semicolons with a backslash before them, as csvde writes those of a value", function()
    for _, addresses in ipairs {
      [[X400:c=us\;a= \;p=Org\;o=Site\;s=Lee\;;SMTP:kim@corp.example;smtp:"k\;l"@corp.example]],
      [[smtp:"k\;l"@corp.example;SMTP:kim@corp.example;X400:c=us\;a= \;p=Org\;o=Site\;s=Lee\;]],
    } do
      local p = assert(load("csv", "displayName,mail,proxyAddresses\nKim,kim@corp.example,"
        .. '"' .. addresses:gsub('"', '""') .. '"\n'))
      for _, address in ipairs {
        "kim@corp.example", "X400:c=us;a= ;p=org;o=site;s=lee", '"k;l"@corp.example',
      } do
        assert.equal("Kim", p:resolve(address)[1].entry, addresses .. " " .. address)
      end
    end
  end)

  it("has forwards, contacts and restrictions", function()
    local p = assert(load("recipients", HEAD
      .. person("Kim", { ForwardingAddress = "corp.example/Users/Pat", -- goes before the other
        ForwardingSmtpAddress = "smtp:x@far.example", DeliverToMailboxAndForward = "True" })
      .. person("Joe", { ForwardingSmtpAddress = "smtp:joe@far.example" })
      .. person("Con", { RecipientTypeDetails = "MailContact",
        ExternalEmailAddress = "SMTP:con@far.example" })
      .. person("Pat", { AcceptMessagesOnlyFrom = "{corp.example/Users/Joe,"
      .. " corp.example/Users/Con}" })
      .. person("Ann", { RejectMessagesFromSendersOrMembers = "corp.example/Users/Joe",
        MaxReceiveSize = "1 KB (1,024 bytes)", RequireSenderAuthenticationEnabled = "True" })))
    reaches(p, {
      ["kim@corp.example"] = "kim@corp.example recipient-restricted",
      ["joe@corp.example"] = "joe@far.example", ["con@corp.example"] = "con@far.example",
    })
    assert.equal("kim@corp.example pat@corp.example",
      reached(p, "kim@corp.example", "joe@corp.example"))
    assert.equal("recipient-restricted", reached(p, "ann@corp.example", "joe@corp.example"))
    assert.equal("ann@corp.example", reached(p, "ann@corp.example"))
    assert.equal("recipient-size", p:route("ann@corp.example",
      { sender = "x@y.example", authenticated = true, size = 1025 })[1].code)
  end)

  it("has senders outside by their addresses", function()
    local p = assert(load("recipients", HEAD
      .. person("Kim", { AcceptMessagesOnlyFrom = "s@far.example;Joe D." }) .. person("Joe")))
    for sender, expected in pairs {
      ["s@far.example"] = "kim@corp.example", ["joe@corp.example"] = "kim@corp.example",
      ["x@far.example"] = "recipient-restricted",
    } do
      assert.equal(expected, reached(p, "kim@corp.example", sender), sender)
    end
  end)

  it("says what PowerShell left out, and what leads nowhere", function()
    for more, expected in pairs {
      [{ EmailAddresses = "System.Object[]" }] = ": EmailAddresses holds no values; select it as"
        .. " @{ n = 'EmailAddresses'; e = { $_.EmailAddresses -join ';' } }",
      [{ EmailAddresses = "{SMTP:kim@corp.example, smtp:k@corp.example...}" }] = ":"
        .. " EmailAddresses is"
        .. " cut; select it as @{ n = 'EmailAddresses'; e = { $_.EmailAddresses -join ';' } }",
      [{ RecipientTypeDetails = "MailContact" }] = ": a mailcontact has to go on somewhere, and no"
        .. " column says where",
      [{ ForwardingAddress = "corp.example/Users/No" }] = ': targets: "corp.example/Users/No"'
        .. ' is nobody'
        .. " in this file that has an address",
      [{ MaxReceiveSize = "0 B (0 bytes)" }] = ": MaxReceiveSize is no size, such as 10 MB",
      [{ MaxReceiveSize = "much" }] = ": MaxReceiveSize is no size, such as 10 MB",
      [{ DeliverToMailboxAndForward = "x" }] = ": DeliverToMailboxAndForward is neither True"
        .. " nor False",
      [{ RequireSenderAuthenticationEnabled = "x" }] =
        ": RequireSenderAuthenticationEnabled is neither True nor False",
      [{ AcceptMessagesOnlyFrom = "No" }] = ': accept: "No" is nobody in this file that has an'
        .. ' address',
    } do
      assert.equal('d:3: recipient "Kim D."' .. expected,
        (complaint("recipients", HEAD .. person("Kim", more))))
    end
  end)
end)

describe("a directory of Exchange 5.5", function()
  local HEAD = "Obj-Class,Mode,Directory Name,Alias Name,Display Name,Obj-Container,E-mail address,"
    .. "E-mail Addresses,Secondary-Proxy-Addresses,Members,Alternate Recipient,"
    .. "Deliver-And-Redirect\r\n"

  it("has mailboxes, custom recipients and lists", function()
    local p = assert(load("exchange55", HEAD
      .. 'Mailbox,,KLEE,klee,"Lee, Kim",Recipients,,"CCMAIL:Lee, Kim at HQ%SMTP:kim@corp.example'
      .. '%CUSTOM:Black at \\\\\\\\HOST01",smtp:k\\%x@corp.example,,Recipients/cn=PAT,1\r\n'
      .. "Remote,,PAT,pat,Pat,Recipients,SMTP:pat@far.example,,SMTP:pat@corp.example,,,\r\n"
      .. "dl,,Sales,sales,Sales,Recipients/cn=Letters,,SMTP:sales@corp.example,,"
      .. "Recipients/cn=KLEE%/o=Org/ou=Site/cn=Recipients/cn=Pat,,\r\n"))
    reaches(p, {
      ["kim@corp.example"] = "kim@corp.example pat@far.example",
      ["pat@corp.example"] = "pat@far.example",
      ["sales@corp.example"] = "kim@corp.example pat@far.example",
      ["k%x@corp.example"] = "kim@corp.example pat@far.example",
    })
    assert.equal("Lee, Kim", p:resolve("CUSTOM:Black at \\\\HOST01")[1].entry)
  end)

  it("takes what an import does, in order", function()
    local p = assert(load("exchange55", HEAD
      .. "Mailbox,Create,KLEE,,Kim,,,SMTP:kim@corp.example,smtp:k@corp.example,,,\n"
      .. "Mailbox,Create,OLD,,Old,,,SMTP:old@corp.example,,,,\n"
      .. "Mailbox,Modify,klee,,Kim Lee,,,,~DEL,,,\n"
      .. "Mailbox,Delete,OLD,,,,,,,,,\n"
      .. "Mailbox,Update,ANN,,Ann,,,SMTP:ann@corp.example%CCMAIL:%ccmail:Ann at HQ,,,,\n"))
    assert.equal("Kim Lee", p:resolve("kim@corp.example")[1].entry)
    reaches(p, { ["k@corp.example"] = "recipient-unknown",
      ["old@corp.example"] = "recipient-unknown" })
    assert.is_nil(p:resolve("CCMAIL:Ann at HQ")[1].entry)
  end)

  -- Rows under this header, and what they give.
  local RAW = "Obj-Class,Mode,Directory Name,Alias Name,Display Name,Obj-Container,"
    .. "E-mail Addresses,Members,"
    .. "Obj-Dist-Name,Is-Member-Of-DL,Is-Deleted,Secondary-Proxy-Addresses\n"

  -- Directory names are unique in their container alone (Q239639).
  it("tells objects of one directory name apart by their containers", function()
    for _, rows in ipairs {
      "Mailbox,,PAT,,Pat 1,/ou=HQ/cn=Recipients,SMTP:pat1@corp.example,,,,,\n"
        .. "Mailbox,,PAT,,Pat 2,/ou=HQ/cn=Recipients/cn=Branch,SMTP:pat2@corp.example,,,,,\n",
      "Mailbox,,PAT,,Pat 1,Recipients,SMTP:pat1@corp.example,,,,,\n"
        .. "Mailbox,,PAT,,Pat 2,Recipients/cn=Branch,SMTP:pat2@corp.example,,,,,\n",
      "Mailbox,,PAT,,Pat 1,,SMTP:pat1@corp.example,,/o=Org/ou=HQ/cn=Recipients/cn=PAT,,,\n"
        .. "Mailbox,,PAT,,Pat 2,,SMTP:pat2@corp.example,,"
        .. "/o=Org/ou=HQ/cn=Recipients/cn=Branch/cn=PAT,,,\n",
    } do
      for _, member in ipairs {
        "/o=Org/ou=HQ/cn=Recipients/cn=Branch/cn=Pat", "Recipients/cn=Branch/cn=PAT",
        "/ou=HQ/cn=Recipients/cn=Branch/cn=PAT", "branch/cn=pat",
      } do
        local p = assert(load("exchange55", RAW .. rows
          .. "dl,,ALL,,All,Recipients,SMTP:all@corp.example," .. member .. ",,,,\n"))
        reaches(p, { ["pat1@corp.example"] = "pat1@corp.example",
          ["pat2@corp.example"] = "pat2@corp.example",
          ["all@corp.example"] = "pat2@corp.example" })
      end
      assert.equal('d:4: recipient "All": members: "PAT" is several in this file',
        (complaint("exchange55", RAW .. rows
          .. "dl,,ALL,,All,Recipients,SMTP:all@corp.example,PAT,,,,\n")))
    end
  end)

  it("refers by a path to a directory name, to no alias and nobody elsewhere", function()
    local rows = "Mailbox,,SMITH,jones,Ann,/ou=HQ/cn=Recipients,SMTP:ann@corp.example,,,,,\n"
      .. "Mailbox,,JS2,SMITH,John,/ou=HQ/cn=Recipients,SMTP:john@corp.example,,,,,\n"
    for member, expected in pairs {
      ["Recipients/cn=SMITH"] = "ann@corp.example", SMITH = "ann@corp.example",
      jones = "ann@corp.example", John = "john@corp.example",
      ["/o=Org/ou=HQ/cn=Recipients/cn=js2"] = "john@corp.example",
    } do
      local p = assert(load("exchange55", RAW .. rows
        .. "dl,,ALL,,All,Recipients,SMTP:all@corp.example," .. member .. ",,,,\n"))
      reaches(p, { ["all@corp.example"] = expected })
    end
    for _, member in ipairs { "/o=Org/ou=BRANCH/cn=Recipients/cn=SMITH", "Recipients/cn=John" } do
      local message = complaint("exchange55", RAW .. rows
        .. "dl,,ALL,,All,Recipients,SMTP:all@corp.example," .. member .. ",,,,\n")
      assert.equal(('d:4: recipient "All": members: "%s" is nobody in this file that has an'
        .. " address"):format(member), message)
    end
  end)

  -- Members of what is no list are the lists that it is on (Q156734, Q241195).
  it("puts on a list who says to be on it", function()
    local p = assert(load("exchange55", RAW
      .. "Mailbox,,KIM,,Kim,Recipients,SMTP:kim@corp.example,Recipients/cn=ALL,,,,\n"
      .. "Mailbox,,PAT,,Pat,Recipients,SMTP:pat@corp.example,,,Recipients/cn=ALL,,\n"
      .. "dl,,FEW,,Few,Recipients,SMTP:few@corp.example,Recipients/cn=PAT,,Recipients/cn=ALL,,\n"
      .. "dl,,ALL,,All,Recipients,SMTP:all@corp.example,Recipients/cn=KIM,,,,\n"))
    reaches(p, { ["all@corp.example"] = "kim@corp.example pat@corp.example" })
    local notes = notes_of(load("exchange55", RAW .. "Mailbox,,KIM,,Kim,Recipients,"
      .. "SMTP:kim@corp.example,Recipients/cn=NEMO,,,,\n"))
    assert.matches('d:2:52: note: recipient "Kim" leaves out what its file says: it is on the list'
      .. ' "Recipients/cn=NEMO", which no row is about', notes, 1, true)
    notes = notes_of(load("exchange55", RAW
      .. "Mailbox,,KIM,,Kim,Recipients,SMTP:kim@corp.example,ALL,,,,\n"
      .. "dl,,ALL,,One,Recipients,SMTP:one@corp.example,Recipients/cn=KIM,,,,\n"
      .. "dl,,ALL,,Two,Branch,SMTP:two@corp.example,Recipients/cn=KIM,,,,\n"))
    assert.matches('it is on the list "ALL", which several rows are about', notes, 1, true)
  end)

  it("has no tombstones, nor what gets no mail", function()
    local p = assert(load("exchange55", RAW
      .. "Mailbox,,KIM,,Kim,Recipients,SMTP:kim@corp.example,,,,,\n"
      .. "Mailbox,,OLD,,Old,Recipients,SMTP:old@corp.example,,,,1,\n"
      .. "Container,,Branch,,,Recipients,,,,,,\nOrganizational-Unit,,HQ,,,,,,,,,\n"))
    reaches(p, { ["kim@corp.example"] = "kim@corp.example",
      ["old@corp.example"] = "recipient-unknown" })
    for _, expected in ipairs {
      'd:4:1: note: directory "d" leaves out what its file says: 2 objects, first "Branch",',
      'd:3:1: note: directory "d" leaves out what its file says: "Old" is deleted (Is-Deleted)',
    } do
      assert.matches(expected, notes_of(p), 1, true)
    end
  end)

  it("appends what several rows say, and replaces addresses of a type", function()
    local p = assert(load("exchange55", RAW
      .. "Mailbox,,KIM,,Kim,Recipients,SMTP:kim@corp.example%X400:c=us;a= ;p=org;s=kim;"
      .. ",,,,,smtp:k@corp.example\n"
      .. "Mailbox,,PAT,,Pat,Recipients,SMTP:pat@corp.example,,,,,\n"
      .. "dl,,ALL,,All,Recipients,SMTP:all@corp.example,Recipients/cn=KIM,,,,\n"
      .. "dl,Modify,ALL,,,Recipients,,Recipients/cn=PAT,,,,\n"
      .. "dl,Modify,ALL,,,,,SMTP:x@far.example,,,,\n"
      .. "Mailbox,Modify,KIM,,,Recipients,SMTP:lee@corp.example,,,,,smtp:l@corp.example\n"))
    reaches(p, {
      ["all@corp.example"] = "lee@corp.example pat@corp.example x@far.example",
      ["kim@corp.example"] = "recipient-unknown", ["lee@corp.example"] = "lee@corp.example",
      ["k@corp.example"] = "lee@corp.example", ["l@corp.example"] = "lee@corp.example",
      ["X400:c=us;a= ;p=org;s=kim"] = "lee@corp.example",
    })
    assert.equal('d:4: directory "d": several rows before are about a "PAT"; say its Obj-Container',
      (complaint("exchange55", RAW .. "Mailbox,,PAT,,Pat,Recipients,SMTP:pat@corp.example,,,,,\n"
        .. "Mailbox,,PAT,,Pat,Branch,SMTP:p@corp.example,,,,,\nMailbox,Delete,PAT,,,,,,,,,\n")))
  end)

  it("has each separator of Q190706", function()
    for separator in ("%&^#@!$\""):gmatch "." do
      local addresses = ("SMTP:kim@corp.example%sCCMAIL:Kim at HQ"):gsub("%%s", "%%s")
        :format(separator):gsub('"', '""')
      local p = assert(load("exchange55", "Obj-Class,Directory Name,E-mail Addresses,Members\n"
        .. 'Mailbox,K,"' .. addresses .. '",\nMailbox,P,SMTP:pat@corp.example,\n'
        .. 'dl,D,SMTP:d@corp.example,"' .. ("K%sP"):format(separator):gsub('"', '""') .. '"\n',
        ("values = %q"):format(separator)))
      assert.equal("K", p:resolve("CCMAIL:Kim at HQ")[1].entry, separator)
      reaches(p, { ["d@corp.example"] = "kim@corp.example pat@corp.example" })
    end
  end)

  it("has who gets a list's bounces, if it reports to its owner", function()
    local head = "Obj-Class,Directory Name,E-mail Addresses,Members,Owner,Report-To-Owner\n"
      .. "Mailbox,KIM,SMTP:kim@corp.example,,,\n"
    for row, expected in pairs {
      ["Recipients/cn=KIM,1"] = "SMTP:kim@corp.example", ["Recipients/cn=KIM,0"] = "-",
      [",1"] = "-",
    } do
      local list = "dl,ALL,SMTP:all@corp.example,KIM," .. row
      local p = assert(load("exchange55", head .. list .. "\n"))
      assert.equal(expected, owner_of(p, "all@corp.example"), row)
    end
    for text, expected in pairs {
      ["dn: CN=All\ncn: All\nmail: all@corp.example\nmember: CN=Kim\nmanagedBy: CN=Kim\n"] = "-",
      ["dn: CN=All\ncn: All\nmail: all@corp.example\nmember: CN=Kim\nmanagedBy: CN=Kim\n"
        .. "reportToOwner: TRUE\n"] = "SMTP:kim@corp.example",
      ["dn: CN=All\ncn: All\nmail: all@corp.example\nmember: CN=Kim\nmanagedBy: CN=Kim\n"
        .. "mgrpErrorsTo: mailto:Bo%73s@far.example?subject=x\n"] = "SMTP:Boss@far.example",
      ["dn: CN=All\ncn: All\nmail: all@corp.example\nmember: CN=Kim\n"
        .. "mgrpErrorsTo: ldap:///CN=Kim\n"] = "SMTP:kim@corp.example",
      ["dn: CN=All\ncn: All\nmail: all@corp.example\nmember: CN=Kim\n"
        .. "mgrpErrorsTo: NOTES:Boss@Far\n"] = "NOTES:Boss@Far",
    } do
      local p = assert(load("ldif", "dn: CN=Kim\ncn: Kim\nmail: kim@corp.example\n\n" .. text))
      assert.equal(expected, owner_of(p, "all@corp.example"), text)
    end
    head = "Name,EmailAddresses,Members,ManagedBy,ReportToManagerEnabled\n"
      .. "Kim,SMTP:kim@corp.example,,,\nPat,SMTP:pat@corp.example,,,\n"
    for row, expected in pairs {
      ["{Kim},True"] = "SMTP:kim@corp.example", ["Kim,False"] = "-", ["Pat;Kim,True"] =
        "SMTP:pat@corp.example",
    } do
      local p = assert(load("recipients", head .. "All,SMTP:all@corp.example,Kim," .. row .. "\n"))
      assert.equal(expected, owner_of(p, "all@corp.example"), row)
      assert.equal(row:find ";" ~= nil,
        notes_of(p):find("of several owners the first gets the bounces", 1, true) ~= nil)
    end
  end)

  it("says what is no object", function()
    for row, expected in pairs {
      ["Robot,,R,,,,,SMTP:r@corp.example,,,,"] = 'd:2: recipient "R": Obj-Class is "Robot", and'
        .. ' has to'
        .. " be Mailbox, Remote, dl or Public-Folder",
      ["Mailbox,Make,R,,,,,SMTP:r@corp.example,,,,"] = 'd:2: directory "d": Mode is "Make", and'
        .. ' has to'
        .. " be Create, Modify, Update or Delete",
      ["Mailbox,Delete,R,,,,,,,,,"] = 'd:2: directory "d": Mode is Delete, and no row before is'
        .. ' about "R"; remove it where it is',
      ["Mailbox,Delete,,,,,,SMTP:r@corp.example,,,,"] = 'd:2: directory "d": Mode is Delete, and'
        .. ' no row before is about ""; remove it where it is',
      ["Remote,,R,,,,,SMTP:r@corp.example,,,,"] = 'd:2: recipient "R": a custom recipient has'
        .. ' to have'
        .. " an E-mail address",
      ["Mailbox,,R,,,,,,,,,"] = 'd:2: recipient "R" has no proxies, so no mail will find it; E-mail'
        .. " Addresses, Secondary-Proxy-Addresses is empty",
      ["Mailbox,,R,,,,,SMTP:r@corp.example,,,,maybe"] = 'd:2: recipient "R":'
        .. ' Deliver-And-Redirect is'
        .. " neither 1 nor 0",
    } do
      assert.equal(expected, (complaint("exchange55", HEAD .. row)))
    end
  end)
end)

describe("a directory of LDIF", function()
  local KIM = "dn: CN=Kim Lee,OU=Users,DC=corp\nobjectClass: user\ndisplayName:: S2ltIEzDqWU=\n"
    .. "mail: kim@corp.example\nproxyAddresses: SMTP:kim@corp.exa\n mple\n"
    .. "legacyExchangeDN: /o=Org/cn=kim\n"

  it("has people, contacts and groups, each by its distinguished name", function()
    local p = assert(load("ldif", "version: 1\n# all\n  of it\n\n" .. KIM
      .. "altRecipient: CN=Pat,OU=Users,DC=corp\ndeliverAndRedirect: TRUE\n\n"
      .. "dn:: Q049UGF0LE9VPVVzZXJzLERDPWNvcnA=\r\ncn: Pat\r\nmail: pat@corp.example\r\n"
      .. "targetAddress: SMTP:pat@far.example\r\n\r\n"
      .. "dn: CN=Team,DC=corp\ncn: Team\nobjectClass: group\nmail: team@corp.example\n"
      .. "member: cn=kim lee, ou=users, dc=corp\nmember: CN=Pat,OU=Users,DC=corp\n"
      .. "authOrig: CN=Pat,OU=Users,DC=corp\ndelivContLength: 1\n\n"
      .. "dn: OU=Users,DC=corp\nobjectClass: organizationalUnit\n\n"
      .. "dn: uid=joe,dc=corp\nuid: joe\nmailLocalAddress: joe@corp.example\n"
      .. "mailRoutingAddress: joe@far.example\n\nsearch: 2\nresult: 0 Success\n"))
    reaches(p, {
      ["kim@corp.example"] = "kim@corp.example pat@far.example",
      ["joe@corp.example"] = "joe@far.example", ["team@corp.example"] = "recipient-restricted",
    })
    assert.equal("Kim L\195\169e", p:resolve("EX:/O=ORG/CN=KIM")[1].entry)
    assert.equal("kim@corp.example pat@far.example",
      reached(p, "team@corp.example", "pat@corp.example"))
    assert.equal("recipient-size", p:route("team@corp.example",
      { sender = "pat@corp.example", authenticated = true, size = 1025 })[1].code)
  end)

  it("knows a distinguished name however its characters are escaped", function()
    for dn, member in pairs {
      ["CN=Moss\\, Dan,DC=corp"] = "cn=moss\\2c dan, dc=corp",
      ["CN=Moss\\2C Dan,DC=corp"] = "CN=Moss\\, Dan,DC=corp",
      ["CN=a\\\\2C,DC=corp"] = "CN=a\\5C2C,DC=corp",
      ["CN=L\\C3\\A9a,DC=corp"] = "CN=L\195\169a,DC=corp",
    } do
      local p = assert(load("ldif", "dn: " .. dn .. "\ncn: Dan\nmail: dan@corp.example\n\n"
        .. "dn: cn=t\ncn: T\nmail: t@corp.example\nmember: " .. member .. "\n"))
      reaches(p, { ["t@corp.example"] = "dan@corp.example" })
    end
  end)

  it("has groups of users by their names (RFC 2307)", function()
    local p = assert(load("ldif", "dn: cn=k\nuid: kim\ncn: Kim\nmail: kim@corp.example\n\n"
      .. "dn: cn=g\nobjectClass: posixGroup\ncn: G\nmail: g@corp.example\nmemberUid: KIM\n"))
    reaches(p, { ["g@corp.example"] = "kim@corp.example" })
    assert.equal('d:10: recipient "G": members: "joe" is nobody in this file that has an address',
      (complaint("ldif", "dn: cn=k\nuid: kim\ncn: Kim\nmail: kim@corp.example\n\n"
        .. "dn: cn=g\nobjectClass: posixGroup\ncn: G\nmail: g@corp.example\nmemberUid: joe\n")))
  end)

  it("has the mailboxes and lists of Zimbra", function()
    local p = assert(load("ldif", [[
dn: uid=kim
objectClass: zimbraAccount
uid: kim
mail: k.lee@corp.example
mail: kim@corp.example
zimbraMailAlias: k.lee@corp.example
zimbraMailAlias: lee@corp.example
zimbraMailDeliveryAddress: kim@corp.example
zimbraMailStatus: enabled
zimbraAccountStatus: active
zimbraPrefMailForwardingAddress: a@far.example, b@far.example
zimbraMailForwardingAddress: c@far.example

dn: uid=joe
objectClass: zimbraAccount
uid: joe
mail: joe@corp.example
zimbraPrefMailForwardingAddress: joe@far.example
zimbraPrefMailLocalDeliveryDisabled: TRUE

dn: uid=ann
objectClass: zimbraAccount
uid: ann
mail: ann@corp.example
zimbraMailForwardingAddress: ann@far.example
zimbraAccountStatus: closed

dn: uid=all
objectClass: zimbraDistributionList
uid: all
mail: all@corp.example
zimbraMailForwardingAddress: joe@corp.example
zimbraMailForwardingAddress: x@far.example

dn: uid=off
objectClass: zimbraDistributionList
uid: off
mail: off@corp.example
zimbraMailForwardingAddress: joe@corp.example
zimbraMailStatus: disabled

dn: uid=eve
objectClass: zimbraAccount
uid: eve
mail: eve@corp.example
zimbraAccountStatus: maintenance
]]))
    reaches(p, {
      ["k.lee@corp.example"] = "kim@corp.example a@far.example b@far.example c@far.example",
      ["lee@corp.example"] = "kim@corp.example a@far.example b@far.example c@far.example",
      ["joe@corp.example"] = "joe@far.example", ["ann@corp.example"] = "recipient-gone",
      ["all@corp.example"] = "joe@far.example x@far.example",
      ["off@corp.example"] = "recipient-gone", ["eve@corp.example"] = "eve@corp.example",
    })
    local notes = notes_of(p)
    for _, expected in ipairs {
      'd:25:30: note: recipient "ann" leaves out what its file says: its mail is refused',
      'd:39:30: note: recipient "off" leaves out what its file says: its mail is refused',
      'd:46:22: note: recipient "eve" leaves out what its file says: its state, "maintenance",',
    } do
      assert.matches(expected, notes, 1, true)
    end
  end)

  it("tells of no addresses in photographs and certificates", function()
    local p = assert(load("ldif", KIM .. "jpegPhoto:: AP9hQGIgYw==\n")) -- a@b among bytes
    assert.is_nil(notes_of(p):find "jpegphoto")
  end)

  it("says what is wrong, where", function()
    for text, expected in pairs {
      [KIM .. "memberURL: ldap:///DC=x??sub?(cn=*)\n"] = 'd:8: recipient "Kim L\195\169e": a'
        .. " list whose members are found by a question; declare it as a list",
      ["dn: CN=Z\nobjectClass: referral\nref: ldap://x/DC=y\n"] = 'd:3: recipient "CN=Z":'
        .. " a referral, so that a part of the directory is elsewhere; export that, too",
      [KIM .. "what\n"] = 'd:8: directory "d": no line of LDIF; write name: value, or name::'
        .. " and base 64",
      [KIM .. "cn:: =x\n"] = 'd:8: directory "d": no base 64 after cn::; write cn: and the text',
      [KIM .. "mail:< file:///x\n"] = 'd:8: directory "d": mail is in a file elsewhere; write'
        .. ' it here',
      [KIM .. "member;range=0-1499: CN=x\n"] = 'd:8: directory "d": only values 0-1499 of'
        .. " member are here; export it whole, by ranges",
      [KIM .. "member: CN=Nobody\n"] = 'd:8: recipient "Kim L\195\169e": members: "cn=nobody" is'
        .. " nobody in this file that has an address",
      ["dn: CN=x\nchangetype: delete\n"] = 'd:2: recipient "CN=x": a change to a directory, not'
        .. " what is in it; export the directory",
      [KIM .. KIM] = 'd:8: directory "d": a second dn; write an empty line before each record',
      ["ref: ldap://x/DC=y\n"] = 'd:1: directory "d": a referral, so that a part of the'
        .. " directory is elsewhere; export that, too",
      ["# nothing\n"] = 'd:1: directory "d": there is no record',
      [KIM .. "deliverAndRedirect: x\n"] = 'd:8: recipient "Kim L\195\169e": deliverAndRedirect is'
        .. " neither TRUE nor FALSE",
      [KIM .. "msExchDynamicDLFilter: (x=y)\n"] = 'd:8: recipient "Kim L\195\169e": a list whose'
        .. " members are found by a question; declare it as a list",
    } do
      assert.equal(expected, (complaint("ldif", text)))
    end
  end)
end)

describe("every format", function()
  local PARTS = {
    "a", "@", "x.example", " ", ",", ";", ":", "::", '"', "\\", "%", "\n", "\r\n", "\n\n", "\n ",
    "#",
    "\0", "\255", "\195", "{", "}", "|", "dn: cn=x\n", "mail: a@b.example\n", "member: cn=x\n",
    "Obj-Class,Directory Name,Mode,E-mail Addresses\n", "Mailbox,", "~DEL", "SMTP:a@b.example",
    "Name,mail\n", "DisplayName,EmailAddresses,ForwardingAddress\n", "\254\255",
  }

  -- Reads a text: how many entries and faults, all of them told as the contract says.
  local function read(format, text)
    local entries, faults, block = 0, 0, text
    formats.each(format, {
      file = "f", domain = "d.example",
      blocks = function()
        local whole = block
        block = nil
        return whole
      end,
    }, function(name, proxies, line, targets, _, more)
      entries = entries + 1
      assert.is_string(name)
      assert.is_table(proxies)
      assert.is_number(line)
      assert.truthy(targets == nil or type(targets) == "string" or type(targets) == "table")
      assert.truthy(more == nil or next(more) ~= nil)
    end, function(name, message, line)
      faults = faults + 1
      assert.truthy(name == nil or type(name) == "string")
      assert.truthy(message:find "^[: ]", message)
      assert.truthy(line == nil or line >= 1)
      return true
    end)
    return entries, faults
  end

  it("survives whatever it is given", function()
    for seed = 1, helper.times(300) do
      local random, parts = generate.random(seed), {}
      for i = 1, random(60) do parts[i] = PARTS[random(#PARTS)] end
      for format in pairs(formats.READERS) do read(format, table.concat(parts)) end
    end
  end)

  it("says of a field of a megabyte that it is too long", function()
    for format, text in pairs {
      csv = "mail\n%s@b.example\n", recipients = "EmailAddresses\n%s@b.example\n",
      exchange55 = "Obj-Class,E-mail Addresses\nMailbox,SMTP:%s@b.example\n",
      ldif = "dn: x\ncn: x\nmail: %s@b.example\n", virtual = "k@b.example %s@b.example\n",
      aliases = "k: %s@b.example\n",
    } do
      local message = complaint(format, text:format(("x"):rep(1048576)), 'domain = "d.example"')
      assert.truthy(message:find "bytes; %d+ are the most$", format .. message:sub(1, 200))
    end
  end)
end)
