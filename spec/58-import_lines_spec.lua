--- Nothing that is imported is lost: a line without which the policy is the same has a note.

local base64 = require "postoffice.text.base64"
local generate = require "spec.generate"
local helper = require "spec.helper"
local import = require "postoffice.import"
local policy = require "postoffice.policy"

local unpack = table.unpack or unpack

local FEWEST = 20 -- files, so that some field is taken out

local function pick(random, list) return list[random(#list)] end

-- What is declared, in any order, without comments; and all notes.
local function parts_of(made)
  local rows = {}
  for line in made.text:gmatch "[^\n]+" do
    if not line:find "^%-%-" then rows[#rows + 1] = line:gsub("  %-%- .*", "") end
  end
  table.sort(rows)
  return table.concat(rows, "\n") .. (made.people or ""), made.text .. (made.more_notes or "")
end

-- What is made of files, by their names; without people that many stay in the policy.
local function imported(format, texts)
  local files, names = {}, {}
  for name in pairs(texts) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do files[i] = { path = name, text = texts[name] } end
  local made = assert(import.policy(format, files, {
    origin = "h.example", directory = "people.csv", notes = "notes.txt",
  }))
  assert(policy.load(made.text, { read = function() return made.people end })):close()
  return parts_of(made)
end

local function is_noted(notes, file, line)
  return notes:find(("%s:%d:"):format(file, line), 1, true) ~= nil
end

-- ---- sendmail ----------------------------------------------------------------

local USERS = { "kim", "joe", "ann", "postmaster", "root", "kim+x", "list", "owner-list", "kim+*",
  "joe++", "+*", "++", '"a b"' }
local DOMAINS = { "h.example", "a.example", "b.example", "v.example", "r.example", "s.r.example",
  "far.example", ".d.example", "10.1", "[192.0.2.1]", "x..y", "e.example", "example" }
local VALUES = { "joe", "@a.example", "%1@b.example", "%1%3@far.example", "error:nouser 550 gone",
  "error:tempfail 450 later", "|cmd", "/file", ":include:/x", "\\kim", '"unclosed', "x@@y" }
local MAILERS = { "smtp:hub", "esmtp:[10.0.0.1]", "smtp:a:b", "error:no", "error:tempfail 4.x",
  "local:joe", "uucp-new:h", "smtp:%1.x", "smtp:joe@hub", "relay:r", "nonsense", "smtp:[hub]:0" }
local ACTIONS = { "REJECT", "OK", "RELAY", "DISCARD", "error:5.1.1:no", "550 no", "FRIEND" }

local function user(random) return pick(random, USERS) end
local function domain(random) return pick(random, DOMAINS) end
local function address(random) return user(random) .. "@" .. domain(random) end

local function value(random)
  if random(2) == 1 then return pick(random, VALUES) end
  return address(random) .. (random(3) == 1 and ", " .. address(random) or "")
end

-- By the files of sendmail: how a key is drawn, what follows it, and how a value is.
local FILES = {
  ["local-host-names"] = { domain }, ["virtuser-domains"] = { domain },
  ["relay-domains"] = { domain }, domaintable = { domain, "\t", domain },
  mailertable = { function(random)
    return pick(random, { domain(random), "." .. domain(random), "." })
  end, "\t", function(random) return pick(random, MAILERS) end },
  virtusertable = { function(random)
    return pick(random, { address(random), "@" .. domain(random), user(random) })
  end, "\t", value },
  aliases = { function(random) return pick(random, { user(random), address(random) }) end, ": ",
    value },
  genericstable = { function(random)
    return pick(random, { user(random), address(random), "@" .. domain(random) })
  end, "\t", function(random) -- of no other row
    return ("to%d%s"):format(random(100000), pick(random, { "", "@far.example", "@a.example" }))
  end },
  access = { function(random)
    return pick(random, { "To:", "From:", "Connect:", "" }) .. pick(random,
      { address(random), domain(random), user(random) .. "@" })
  end, "\t", function(random) return pick(random, ACTIONS) end },
}

local NAMES = {}
for name in pairs(FILES) do NAMES[#NAMES + 1] = name end
table.sort(NAMES)

-- The rows of a file, no key of which stands twice: `key` and `value`.
local function drawn_rows(random, how, seen)
  local rows = {}
  for _ = 1, random(4) do
    local key = how[1](random)
    if not seen[key] then
      seen[key] = true
      rows[#rows + 1] = { key = key, text = key .. (how[3] and how[2] .. how[3](random) or "") }
    end
  end
  return rows
end

-- Rows of some files; a domain stands once among all that list them.
local function drawn_files(random)
  local files, domains = {}, { ["h.example"] = true }
  for _, name in ipairs(NAMES) do
    local how = FILES[name]
    if random(2) == 1 then files[name] = drawn_rows(random, how, how[3] and {} or domains) end
  end
  return files
end

-- The texts of files, of one of which a row is a comment.
local function texts_of(files, name, without)
  local texts = {}
  for file, rows in pairs(files) do
    local lines = {}
    for i, row in ipairs(rows) do
      lines[i] = file == name and i == without and "#" or row.text
    end
    texts[file] = table.concat(lines, "\n") .. "\n"
  end
  return texts
end

-- Whether a policy may have what a row says by other rows, too: a domain that is declared anyway, and
-- somebody who is called the same elsewhere.
local function is_said_anyway(declared, row)
  local made = row.text:match "[\t ]\\?([^@]*)[^\t ]*$"
  if row.text ~= row.key and made == row.key:match "^[^@]*" then return true end
  local name = row.key:gsub("^%a+:", "")
  return declared:find(('domain "%s"'):format(name), 1, true) ~= nil
    and (row.text == row.key or row.text:find "\tRELAY$" ~= nil)
end

describe("import of sendmail", function()
  it("carries each line over, or notes it", function()
    local random, count = generate.random(81), 0
    for _ = 1, math.max(FEWEST, helper.times(60)) do
      local files = drawn_files(random)
      local declared, notes = imported("sendmail", texts_of(files))
      for name, rows in pairs(files) do
        for i, row in ipairs(rows) do
          count = count + 1
          if not is_noted(notes, name, i) and not is_said_anyway(declared, row) then
            local without = imported("sendmail", texts_of(files, name, i))
            assert.are_not.equal(declared, without, ("%s:%d: %s\n%s"):format(name, i, row.text,
              notes))
          end
        end
      end
    end
    assert.is_true(count > 0)
  end)

  it("notes another row for all who have extensions", function()
    local _, notes = imported("sendmail", {
      aliases = "+*: joe@r.example\n+*@h.example: kim@r.example\n",
    })
    local note = "+*@h.example kim@r.example: a row before it takes all of its addresses"
    assert.truthy(notes:gsub("\n%-%-  +", " "):find(note, 1, true), notes)
  end)

  it("sends what has a backslash to that mailbox, unless an alias goes before it", function()
    local declared, notes = imported("sendmail", {
      aliases = "joe: \\kim\nann: \\ann, \\joe\n", virtusertable = "i@v.example\t\\kim\n",
    })
    for _, text in ipairs {
      'recipient "joe" *{ proxies = { "joe@h.example" }, target = "kim@h.example" }',
      'recipient "ann" *{ proxies = { "ann@h.example" } }',
      'recipient "i@v.example" *{ proxies = { "i@v.example" }, target = "kim@h.example" }',
    } do
      assert.truthy(declared:find((text:gsub("[%-]", "%%%0"))), declared)
    end
    local note = [[aliases:2:12: ann \ann, \joe: "\joe" is a mailbox without]]
    assert.truthy(notes:find(note, 1, true), notes)
  end)

  it("notes what stands twice, what nobody asks for, and what others go before", function()
    local _, notes = imported("sendmail", {
      ["local-host-names"] = "a.example\nb.example\na.example\n",
      ["relay-domains"] = "B.example\nr.example\n", virtusertable = "kim\tjoe@far.example\n",
      mailertable = "a.example\terror:no\nr.example\terror:closed\n",
      domaintable = "old.example\ta.example\n", genericstable = "@old.example\tx@far.example\n",
    })
    local flat = notes:gsub("\n%-%-   ", " ")
    for _, note in ipairs {
      "local-host-names:3:1: a.example: it is declared already",
      "relay-domains:1:1: B.example: it is declared already",
      "virtusertable:1:1: kim joe@far.example: sendmail looks for nothing here that has no @",
      "mailertable:1:1: a.example error:no: the domain is declared already",
      "mailertable:2:1: r.example error:closed: the answer",
      "genericstable:1:1: @old.example x@far.example: a table that is asked before",
    } do
      assert.truthy(flat:find("-- * " .. note, 1, true), note .. "\n" .. flat)
    end
    assert.truthy(notes:find('domain "r.example" *{}'), notes)
  end)
end)

-- ---- Directories -------------------------------------------------------------

-- A column or attribute is its name, and what may stand in it: some texts, in which `#` is the number of
-- the row; or a function.
local PROXIES = { "SMTP:kim@a.example", "smtp:k@b.example", "X400:c=us;a= ;p=Org;s=Lee",
  "CCMAIL:Lee at HQ", "SMTP:pat@a.example", "SMTP:x@@y", "SMTP:joe@c.example", "FAX:77",
  "smtp:ann@a.example", "SMTP:ann@b.example", "X500:/o=Old/cn=z", "smtp:y@c.example" }

-- One of the proxies that the file does not have yet, or nothing.
local function proxy(random, left)
  return #left > 0 and table.remove(left, random(#left)) or ""
end

-- Several of them, joined by one of some separators; `otherwise` where there is none.
local function proxies_by(separators, otherwise)
  return function(random, left)
    local list = {}
    for i = 1, math.min(random(4) - 1, #left) do list[i] = proxy(random, left) end
    list[1] = list[1] or otherwise
    return table.concat(list, pick(random, separators))
  end
end

-- The text of rows in CSV, and where each of their fields stands in it: the numbers of the lines, and
-- the columns.
local function csv_of(export, rows)
  local lines, places, header = {}, {}, {}
  for at, column in ipairs(export) do header[at] = column[1] end
  for i, row in ipairs(rows) do
    local text = ""
    places[i] = {}
    for at, field in ipairs(row) do
      places[i][at] = { i + 1, i + 1, #text + 1, #text + #field + 3 }
      text = ('%s"%s",'):format(text, field)
    end
    lines[i] = text:sub(1, -2)
  end
  return table.concat(header, ",") .. "\n" .. table.concat(lines, "\n") .. "\n", places
end

-- How lines of LDIF are written: on one line, in base 64, on several, and after a comment.
local FORMS = {
  function(name, text) return ("%s: %s\n"):format(name, text) end,
  function(name, text) return ("%s:: %s\n"):format(name, base64.encode(text)) end,
  function(name, text) return ("%s: %s\n %s\n"):format(name, text:sub(1, 3), text:sub(4)) end,
  function(name, text) return ("# one,\n  and more\n%s:%s\n"):format(name:upper(), text) end,
}

-- The same in LDIF; a field without a text has no line.
local function ldif_of(export, rows)
  local parts, places, line = { "version: 1\n" }, {}, 2
  for i, row in ipairs(rows) do
    places[i] = {}
    for at, field in ipairs(row) do
      local form = FORMS[(i + 3 * at + #field) % #FORMS + 1]
      local text = field == "" and "" or form(export[at][1], field)
      local _, count = text:gsub("\n", "")
      places[i][at] = { line, line + count - 1, 1, math.huge }
      parts[#parts + 1], line = text, line + count
    end
    parts[#parts + 1], line = "\n", line + 1
  end
  return table.concat(parts), places
end

-- By format: who there is, told apart by the first column; how it is written; and from which column on
-- each says something alone.
local EXPORTS = {
  exchange55 = {
    ids = { "KLEE", "PAT", "JOE", "TEAM", "EVE" }, write = csv_of, first = 5,
    { "Directory Name" }, { "Obj-Class", { "Mailbox", "dl", "Remote", "Public-Folder" } },
    { "Alias Name", { "", "klee", "pat" } }, { "Obj-Container", { "", "Recipients" } },
    { "Display Name", { "Kim Lee", "Pat", "", "Team" } },
    { "E-mail address", { "", "", "SMTP:far#@far.example", "FAX:12#", "x" } },
    { "E-mail Addresses", proxies_by({ "%" }, "smtp:z#@a.example") },
    { "Members", { "", "", "KLEE", "Recipients/cn=PAT%nemo", "SMTP:m@far.example", "TEAM" } },
    { "Is-Member-Of-DL", { "", "", "", "TEAM", "nobody" } },
    { "Alternate recipient", { "", "", "PAT", "nemo", "Recipients/cn=TEAM" } },
    { "Deliver-And-Redirect", { "", "1", "maybe" } },
    { "Accept messages from", { "", "", "KLEE", "nemo" } },
    { "Reject messages from", { "", "", "PAT", "nemo%KLEE" } },
    { "Incoming message size limit", { "", "10", "large" } },
    { "Obj-Dist-Name", { "", "", "/o=Org/cn=x#", "/o=Org/cn=y#" } },
  },
  csv = {
    ids = { "Kim Lee", "Pat", "Team", "Joe", "Eve" }, write = csv_of, first = 2,
    { "DisplayName" }, { "EmailAddresses", proxies_by { ";" } },
    { "mail", { "", "", "j#@j.example" } },
    { "PrimarySmtpAddress", { "", "", "p#@j.example" } },
    { "legacyExchangeDN", { "", "", "/o=Org/cn=x#" } },
    { "target", { "", "", "SMTP:far@far.example", "FAX:12", "x", "nobody@a.example" } },
    { "ExternalEmailAddress", { "", "", "", "SMTP:ext@far.example" } },
    { "targets", { "", "", "y@far.example;z@far.example", "Pat" } },
    { "keep", { "", "", "true", "maybe" } },
    { "members", { "", "", "", "Kim Lee", "m@far.example;nemo", "Pat" } },
    { "owner", { "", "", "Kim Lee", "nobody", "o@far.example" } },
    { "refuse", { "", "", "", "gone" } },
    { "propagate", { "", "", "true", "always", "huh" } },
    { "accept", { "", "", "Kim Lee", "nemo", "SMTP:*@x.example", "y@far.example" } },
    { "reject", { "", "", "Pat", "SMTP:x@far.example", "FAX:1;s@far.example" } },
    { "authenticated", { "", "", "true" } }, { "max_size", { "", "", "10", "0", "large" } },
  },
  recipients = {
    ids = { "Kim Lee", "Pat", "Team", "Joe", "Eve" }, write = csv_of, first = 4,
    { "Name" }, { "Alias", { "", "klee", "pat" } },
    { "RecipientTypeDetails", { "", "UserMailbox", "MailUser" } },
    { "PrimarySmtpAddress", { "", "", "p#@j.example" } },
    { "WindowsEmailAddress", { "", "", "w#@j.example" } },
    { "EmailAddresses", proxies_by { ";", ",", " ", "|" } },
    { "LegacyExchangeDN", { "", "", "/o=Org/cn=x#" } },
    { "ForwardingAddress", { "", "", "", "x.example/Users/Pat", "klee", "nemo" } },
    { "ForwardingSmtpAddress", { "", "", "smtp:far@far.example", "x" } },
    { "ExternalEmailAddress", { "", "", "SMTP:ext@far.example", "FAX:12", "nobody@a.example" } },
    { "DeliverToMailboxAndForward", { "", "", "True", "maybe" } },
    { "Members", { "", "", "", "Kim Lee", "klee, nemo", "Pat;m@far.example" } },
    { "AcceptMessagesOnlyFrom", { "", "", "Kim Lee", "nemo", "Pat|Joe" } },
    { "AcceptMessagesOnlyFromDLMembers", { "", "", "Team" } },
    { "RejectMessagesFromSendersOrMembers", { "", "", "{Eve, Joe}", "s@far.example" } },
    { "RequireSenderAuthenticationEnabled", { "", "", "True", "huh" } },
    { "MaxReceiveSize", { "", "", "10 MB (10,485,760 bytes)", "large" } },
  },
  ldif = {
    ids = { "CN=Kim,DC=x", "CN=Pat,DC=x", "CN=Team,DC=x", "CN=Joe,DC=x" }, write = ldif_of,
    first = 4,
    { "dn" }, { "displayName", { "", "K\195\182 #", "P#" } },
    { "objectClass", { "", "", "group" } },
    { "proxyAddresses", proxy }, { "proxyAddresses", proxy },
    { "mail", { "", "m#@j.example", "kim#" } }, { "mail", { "", "n#@j.example" } },
    { "mailLocalAddress", { "", "", "l#@j.example" } },
    { "legacyExchangeDN", { "", "", "/o=Org/cn=x#" } },
    { "legacyExchangeDN", { "", "", "", "/o=Org/cn=y#" } },
    { "targetAddress", { "", "", "SMTP:far@far.example", "nobody@a.example", "x" } },
    { "msExchGenericForwardingAddress", { "", "", "", "smtp:r@far.example" } },
    { "altRecipient", { "", "", "", "cn=pat, dc=x", "CN=Nemo" } },
    { "altRecipient", { "", "", "", "CN=Kim,DC=x" } },
    { "deliverAndRedirect", { "", "", "TRUE", "TRUE", "maybe" } },
    { "zimbraPrefMailForwardingAddress", { "", "", "", "z@far.example" } },
    { "mailUserStatus", { "", "", "", "", "disabled", "inactive" } },
    { "member", { "", "", "", "CN=Kim,DC=x", "CN=Nemo" } }, { "memberUid", { "", "", "", "kim" } },
    { "uniqueMember", { "", "", "", "CN=Pat,DC=x" } },
    { "rfc822MailMember", { "", "", "", "m@far.example", "nobody" } },
    { "authOrig", { "", "", "CN=Kim,DC=x", "CN=Nemo" } },
    { "dLMemSubmitPerms", { "", "", "", "CN=Team,DC=x" } },
    { "unauthOrig", { "", "", "CN=Pat,DC=x" } },
    { "dLMemRejectPerms", { "", "", "", "CN=Joe,DC=x" } },
    { "msExchRequireAuthToSendTo", { "", "", "TRUE", "huh" } },
    { "delivContLength", { "", "", "10", "large" } }, { "delivContLength", { "", "", "", "20" } },
  },
}

local function drawn_rows_of(random, export)
  local rows, left = {}, { unpack(PROXIES) }
  for i = 1, random(#export.ids) do
    local row = { export.ids[i] }
    for at = 2, #export do
      local how = export[at][2]
      local text = type(how) == "function" and how(random, left) or pick(random, how)
      row[at] = text:gsub("#", i)
    end
    rows[i] = row
  end
  return rows
end

-- Whether there is a note of something in some lines and columns.
local function has_note(notes, lines)
  for line_text, column_text in notes:gmatch "%f[%w]p:(%d+):(%d+): " do
    local line, column = tonumber(line_text), tonumber(column_text)
    if line >= lines[1] and line <= lines[2] and column >= lines[3] and column <= lines[4] then
      return true
    end
  end
  return false
end

-- Whether somebody of a policy has one of the addresses that stand in a row.
local function is_declared(text, row)
  for list in text:gmatch "proxies = (%b{})" do
    for proxy_text in list:gmatch '"([^"]*)"' do
      local bare = proxy_text:gsub("^[SsEe][MmXx][TtPp]*:", "")
      for _, field in ipairs(row) do
        if field:find(bare, 1, true) then return true end
      end
    end
  end
  return false
end

-- Columns that say something of another row, which may be left out.
local OF_ANOTHER = { ["Members"] = true, ["Is-Member-Of-DL"] = true }

-- Holds rows to it that each field is carried over, or noted, or its row is left out and that is noted;
-- returns how many were taken out.
local function hold_fields(format, export, rows)
  local text, places = export.write(export, rows)
  local declared, notes = imported(format, { p = text })
  local count = 0
  local function is_noted_of_another(i, at) -- which says the same, for which one note is enough
    for other = export.first, #export do
      if rows[i][other] == rows[i][at] and has_note(notes, places[i][other]) then return true end
    end
  end
  local function hold(i, at)
    local row, whole = rows[i], { places[i][1][1], places[i][#export][2], 1, math.huge }
    if row[at] == "" or is_noted_of_another(i, at) then return end
    if OF_ANOTHER[export[at][1]] and notes:find(": left out: ", 1, true) then return end
    if not is_declared(notes, row) and has_note(notes, whole) then return end
    local field = row[at]
    row[at], count = "", count + 1
    local without = imported(format, { p = (export.write(export, rows)) })
    row[at] = field
    assert.are_not.equal(declared, without, ("%d: %s = %s\n%s\n%s"):format(i, export[at][1], field,
      text, notes))
  end
  for i = 1, #rows do
    for at = export.first, #export do hold(i, at) end
  end
  return count
end

describe("import of a directory", function()
  for format, export in pairs(EXPORTS) do
    it(("in %s carries what each field says over, or notes it"):format(format), function()
      local random, count = generate.random(82), 0
      for _ = 1, math.max(FEWEST, helper.times(60)) do
        count = count + hold_fields(format, export, drawn_rows_of(random, export))
      end
      assert.is_true(count > 0)
    end)
  end

  it("in ldif keeps a copy where altRecipient does so, whatever else forwards mail", function()
    local ENTRY = "dn: cn=kim\nmail: kim@a.example\naltRecipient: cn=joe\n%s"
      .. "zimbraPrefMailForwardingAddress: z@far.example\n\ndn: cn=joe\nmail: joe@a.example\n"
    for said, is_kept in pairs { [""] = false, ["deliverAndRedirect: TRUE\n"] = true } do
      local declared, notes = imported("ldif", { p = ENTRY:format(said) })
      assert.truthy(notes:find("altRecipient goes before it", 1, true), notes)
      assert.equal(is_kept, declared:find("keep = true", 1, true) ~= nil, declared)
    end
  end)

  it("in exchange55 notes what a class of objects does not have, with its place", function()
    local _, notes = imported("exchange55", { ["p.csv"] = [[
Obj-Class,Directory Name,E-mail address,E-mail Addresses,Members,Alternate recipient
Mailbox,KIM,SMTP:k@far.example,SMTP:kim@a.example,JOE,
Mailbox,JOE,smtp:joe@a.example,SMTP:joe@a.example,,
dl,ALL,,SMTP:all@a.example,KIM,JOE
Remote,PAT,SMTP:p@far.example,SMTP:pat@a.example,,JOE
]] })
    local flat, count = notes:gsub("\n%-%-   ", " "), 0
    for _ in flat:gmatch "%-%- %* " do count = count + 1 end
    assert.equal(4, count, flat)
    for _, note in ipairs {
      "p.csv:2:13: KIM: only a custom recipient has an E-mail address",
      'p.csv:2:51: KIM: it is on the list "JOE", which is none',
      "p.csv:4:32: SMTP:joe@a.example: a list's mail goes to its members",
      "p.csv:5:12: PAT: the Alternate Recipient goes before it",
    } do
      assert.truthy(flat:find("-- * " .. note, 1, true), note .. "\n" .. flat)
    end
  end)

  it("in exchange55 notes columns that it does not know and that say where mail goes", function()
    local _, notes = imported("exchange55", { ["p.csv"] = [[
Obj-Class,Directory Name,E-mail Addresses,Deliver To Alternate,Forward Internet,Home-Server,Reroute
Mailbox,KIM,SMTP:kim@a.example,0,,EXS1,
Mailbox,PAT,SMTP:pat@a.example,Recipients/cn=KIM,cn=JOE,EXS1,X400:c=US;a= ;p=Org;s=Lee
]] })
    local flat, count = notes:gsub("\n%-%-   ", " "), 0
    for _ in flat:gmatch "%-%- %* " do count = count + 1 end
    assert.equal(3, count, flat)
    for _, note in ipairs {
      'p.csv:3:32: column "Deliver To Alternate" is not known, and says where mail goes; say it',
      'p.csv:3:50: column "Forward Internet" is not known, and says where mail goes; say it',
      'p.csv:3:62: column "Reroute" is not known, and holds addresses; name it in a',
    } do
      assert.truthy(flat:find("-- * " .. note, 1, true), note .. "\n" .. flat)
    end
  end)

  it("in recipients passes on a domain in which others are, as mailboxes in the cloud", function()
    local made = assert(import.policy("recipients", { { path = "p", text = [[
Name,EmailAddresses,ExternalEmailAddress
Kim,SMTP:kim@a.example;smtp:kim@cloud.example,
Pat,SMTP:pat@a.example,SMTP:pat@cloud.example
Joe,SMTP:joe@a.example;smtp:joe@cloud.example,SMTP:joe@cloud.example
]] } }, {}))
    local p = assert(policy.load(made.text))
    assert.equal(0, made.notes, made.text)
    for to, expected in pairs {
      ["kim@cloud.example"] = "SMTP:kim@a.example", ["pat@a.example"] = "smtp: pat@cloud.example",
      ["joe@a.example"] = "smtp: joe@cloud.example",
      ["joe@cloud.example"] = "smtp: joe@cloud.example",
      ["nobody@cloud.example"] = "smtp: nobody@cloud.example",
      ["nobody@a.example"] = "recipient-unknown",
    } do
      local delivery = p:route(to)[1]
      local passed = delivery.nexthop and delivery.nexthop .. " " .. delivery.wire
      assert.equal(expected, delivery.code or passed or tostring(delivery.address), to)
    end
    p:close()
  end)

  it("in recipients notes lists of whom none is said, second ways, and rows of nobody", function()
    local declared, notes = imported("recipients", { p = [[
Name,Mail,RecipientTypeDetails,ForwardingSmtpAddress,ExternalEmailAddress,MaxReceiveSize,Members
All,all@a.example,MailUniversalDistributionGroup,,,,
Kim,kim@a.example,UserMailbox,smtp:k@far.example,SMTP:l@far.example,,
Joe,joe@a.example,,SMTP:j@far.example,J@far.example,,
Pat,pat@a.example,,,,0 B (0 bytes),
,,,,,,Joe
]] })
    local flat, count = notes:gsub("\n%-%-   ", " "), 0
    for _ in flat:gmatch "%-%- %* " do count = count + 1 end
    assert.equal(4, count, flat)
    for _, note in ipairs {
      "p:2:19: All: a MailUniversalDistributionGroup, and no column says who is on it; declare it",
      "p:3:50: Kim: ForwardingSmtpAddress goes before it",
      "p:5:22: Pat: left out: MaxReceiveSize is no size, such as 10 MB",
      "p:6:1: nothing finds it, for it has neither a name nor an address",
    } do
      assert.truthy(flat:find("-- * " .. note, 1, true), note .. "\n" .. flat)
    end
    assert.truthy(declared:find('target = "smtp:k@far.example"', 1, true), declared)
  end)

  it("in ldif notes what something else goes before, and records that run together", function()
    local declared, notes = imported("ldif", { p = [[
dn: CN=Kim
cn: Kim
mail: kim@a.example
targetAddress: SMTP:k@far.example
altRecipient: CN=Joe
deliverAndRedirect: TRUE
deliverAndRedirect: FALSE
mailRoutingAddress:

dn: CN=Joe
cn: Joe
mail: joe@a.example
msExchGenericForwardingAddress: smtp:j@far.example

dn: CN=All
cn: All
mail: all@a.example
targetAddress: SMTP:x@far.example
member: CN=Joe

dn: CN=Pat
mail: pat@a.example
dn: CN=Ann
mail: ann@a.example
]] })
    local flat, count = notes:gsub("\n%-%-   ", " "), 0
    for _ in flat:gmatch "%-%- %* " do count = count + 1 end
    assert.equal(4, count, flat)
    for _, note in ipairs {
      "p:4:16: Kim: altRecipient goes before it",
      "p:7:21: Kim: deliverandredirect has several values, of which the first counts",
      "p:18:16: All: a list's mail goes to its members",
      "p:23:5: a second dn; write an empty line before each record",
    } do
      assert.truthy(flat:find("-- * " .. note, 1, true), note .. "\n" .. flat)
    end
    assert.truthy(declared:find('target = "SMTP:joe@a.example", keep = true', 1, true), declared)
    assert.truthy(declared:find('target = "smtp:j@far.example"', 1, true), declared)
  end)

  it("in ldif notes attributes that it does not know and that say where mail goes", function()
    local _, notes = imported("ldif", { p = [[
dn: CN=All
mail: all@a.example
member: CN=Kim
deliveryMode: nolocal
zimbraPrefMailLocalDeliveryDisabled: FALSE
zimbraMailCatchAllAddress: @a.example
zimbraMailTransport: lmtp:box:7025

dn: CN=Kim
mail: kim@a.example
mailHost: mx.a.example
zimbraMailHost: box.a.example
]] })
    local flat, count = notes:gsub("\n%-%-   ", " "), 0
    for _ in flat:gmatch "%-%- %* " do count = count + 1 end
    assert.equal(3, count, flat)
    for _, note in ipairs {
      'p:4:15: attribute "deliverymode" is not known, and says where mail goes; say it',
      'p:11:11: attribute "mailhost" is not known, and says where mail goes; say it',
      'p:6:28: attribute "zimbramailcatchalladdress" is not known, and says where mail goes',
    } do
      assert.truthy(flat:find("-- * " .. note, 1, true), note .. "\n" .. flat)
    end
  end)

  it("in csv keeps propagate, and notes owners and answers that nobody gets", function()
    local declared, notes = imported("csv", { ["p.csv"] = [[
Name,mail,target,members,owner,refuse,propagate,keep
Kim,kim@a.example,k@far.example,,joe@a.example,gone,true,
All,all@a.example,,k@far.example,nobody@a.example,,,
Joe,joe@a.example,,,,,always,true
Own,own@a.example,,k@far.example,all@a.example,,,
Loop,loop@a.example,,k@far.example,loop@a.example,,,
]] })
    assert.truthy(declared:find("propagate = true", 1, true), declared)
    local flat = notes:gsub("\n%-%-   ", " ")
    for _, note in ipairs {
      "p.csv:2:34: joe@a.example: only lists have owners",
      "p.csv:2:48: gone: its mail goes on: it is not refused",
      "p.csv:3:34: nobody@a.example: nobody is there",
      "p.csv:4:23: always: its mail goes on to nobody",
      "p.csv:4:30: a copy: its mail goes on to nobody",
      "p.csv:6:36: loop@a.example: bounces to the list itself would go to all of its members",
    } do
      assert.truthy(flat:find("-- * " .. note, 1, true), note .. "\n" .. flat)
    end
  end)
end)
