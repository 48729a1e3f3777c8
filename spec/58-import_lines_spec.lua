--- Nothing that is imported is lost: a line without which the policy is the same has a note.

local generate = require "spec.generate"
local helper = require "spec.helper"
local import = require "postoffice.import"
local policy = require "postoffice.policy"

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
    for _ = 1, helper.times(60) do
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

-- ---- Exchange 5.5 ------------------------------------------------------------

-- The columns, and what may stand in them; what tells objects apart comes first.
local COLUMNS = {
  { "Directory Name" }, { "Obj-Class", { "Mailbox", "dl", "Remote", "Public-Folder" } },
  { "Alias Name", { "", "klee", "pat" } }, { "Obj-Container", { "", "Recipients" } },
  { "Display Name", { "Kim Lee", "Pat", "", "Team" } },
  { "E-mail address", { "", "", "SMTP:far@far.example", "FAX:12", "x" } },
  { "E-mail Addresses" },
  { "Members", { "", "", "KLEE", "Recipients/cn=PAT%nemo", "SMTP:m@far.example", "nobody" } },
  { "Alternate recipient", { "", "", "PAT", "nemo", "Recipients/cn=TEAM" } },
  { "Deliver-And-Redirect", { "", "1", "maybe" } },
  { "Accept messages from", { "", "", "KLEE", "nemo" } },
  { "Reject messages from", { "", "", "PAT", "nemo%KLEE" } },
  { "Incoming message size limit", { "", "10", "large" } },
  { "Obj-Dist-Name", { "", "", "/o=Org/cn=x", "/o=Org/cn=y" } },
}
local IDS = { "KLEE", "PAT", "JOE", "TEAM", "EVE" }
local PROXIES = { "SMTP:kim@a.example", "smtp:k@b.example", "X400:c=us;a= ;p=Org;s=Lee",
  "CCMAIL:Lee at HQ", "SMTP:pat@a.example", "SMTP:x@@y", "SMTP:joe@c.example", "FAX:1" }
local FIRST, ALTERNATE, KEEP = 5, 9, 10 -- of the columns that say something alone

local function drawn_proxies(random)
  local list, seen = {}, {}
  for _ = 1, random(3) do
    local text = pick(random, PROXIES)
    if not seen[text] then list[#list + 1] = text end
    seen[text] = true
  end
  return table.concat(list, "%")
end

local function drawn_objects(random)
  local rows = {}
  for i = 1, random(#IDS) do
    local row = {}
    for at, column in ipairs(COLUMNS) do row[at] = column[2] and pick(random, column[2]) end
    row[1], row[7] = IDS[i], drawn_proxies(random)
    rows[i] = row
  end
  return rows
end

-- The text of rows, one field of which is empty.
local function csv_of(rows, line, column)
  local header = {}
  for i, of in ipairs(COLUMNS) do header[i] = of[1] end
  local lines = { table.concat(header, ",") }
  for i, row in ipairs(rows) do
    local fields = {}
    for at, text in ipairs(row) do
      fields[at] = ('"%s"'):format(i == line and at == column and "" or text)
    end
    lines[i + 1] = table.concat(fields, ",")
  end
  return { ["p.csv"] = table.concat(lines, "\n") .. "\n" }
end

describe("import of Exchange 5.5", function()
  it("carries what each field says over, or notes its row", function()
    local random, count = generate.random(82), 0
    for _ = 1, helper.times(60) do
      local rows = drawn_objects(random)
      local declared, notes = imported("exchange55", csv_of(rows))
      for i, row in ipairs(rows) do
        for at = FIRST, #COLUMNS do
          local says_nothing = row[at] == "" or at == KEEP and row[ALTERNATE] == ""
          if not says_nothing and not is_noted(notes, "p.csv", i + 1) then
            count = count + 1
            local without = imported("exchange55", csv_of(rows, i, at))
            assert.are_not.equal(declared, without, ("%d: %s = %s\n%s\n%s"):format(i + 1,
              COLUMNS[at][1], row[at], csv_of(rows)["p.csv"], notes))
          end
        end
      end
    end
    assert.is_true(count > 0)
  end)

  it("notes what a class of objects does not have, with its place", function()
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
      "p.csv:2:51: KIM: only a distribution list has members",
      "p.csv:4:32: SMTP:joe@a.example: a list's mail goes to its members",
      "p.csv:5:12: PAT: the Alternate Recipient goes before it",
    } do
      assert.truthy(flat:find("-- * " .. note, 1, true), note .. "\n" .. flat)
    end
  end)

  it("of rows in CSV keeps propagate, and notes owners and answers that nobody gets", function()
    local declared, notes = imported("csv", { ["p.csv"] = [[
Name,mail,target,members,owner,refuse,propagate
Kim,kim@a.example,k@far.example,,joe@a.example,gone,true
All,all@a.example,,k@far.example,nobody@a.example,,
Joe,joe@a.example,,,,,always
]] })
    assert.truthy(declared:find("propagate = true", 1, true), declared)
    for _, note in ipairs {
      "p.csv:2:34: joe@a.example: only lists have owners",
      "p.csv:2:48: gone: its mail goes on: it is not refused",
      "p.csv:3:34: nobody@a.example: nobody is there",
      "p.csv:4:23: always: its mail goes on to nobody",
    } do
      assert.truthy(notes:find("-- * " .. note, 1, true), note .. "\n" .. notes)
    end
  end)
end)
