--- The command that makes proxies of bounces.
-- @module postoffice.cli.x500

local exit = require "postoffice.cli.exit"
local files = require "postoffice.cli.files"
local json = require "postoffice.text.json"
local lists = require "postoffice.lists"
local output = require "postoffice.cli.output"
local postoffice = require "postoffice"
local require_or_exit = require "postoffice.cli.require_or_exit"
local utf8 = require "postoffice.text.utf8"

-- Whose proxies they become.
local Owners = {}
Owners.__index = Owners

-- The people of a CSV file.
local function read_people(session, path)
  local utf16 = require "postoffice.text.utf16"
  local people = require "postoffice.exchange.people"
  local file, failure = io.open(path, "rb")
  if not file then exit.with(exit.INPUT_OUTPUT, failure) end
  local text = session:read_all(file)
  file:close()
  local list, message, line = people.read(utf16.to_utf8(text))
  if message then exit.with(exit.INPUT_OUTPUT, ("%s:%d: %s"):format(path, line, message)) end
  return people.index(list)
end

-- What `--for` says: nobody, one, or the people of a CSV file.
local function new_owners(session, given)
  local self = setmetatable({ source = given }, Owners)
  if not given then return self end
  if given == "" then exit.with(exit.WRONG_USE, "--for: name somebody, or a file of people") end
  if given:lower():find "%.csv$" then
    self.index = read_people(session, given)
  elseif utf8.is_valid(given) then
    self.one = { identity = given, dn = given }
  else
    exit.with(exit.WRONG_USE, "--for: the name is not well-formed UTF-8")
  end
  return self
end

--- Whose a proxy is, or nil and true where that is wanted and nobody knows.
function Owners:of(find)
  local person = self.one or find.person
  if person or not self.index then return person, false end
  person = require "postoffice.exchange.people".find(self.index, find.proxy)
  return person, person == nil
end

local STANDARD_INPUT = "standard input"

local to_json = json.encoder { "file", "line", "person", "proxy", "text", "message", "code" }

-- What is said of what could not be read; a program is told on standard output, too.
local function report(session, path, skip, is_json)
  session:report(("%s, line %d"):format(path, skip.line), skip.text, skip.message, skip.code)
  if not is_json then return end
  session.output:line(to_json {
    file = path, line = skip.line, text = skip.text, message = skip.message, code = skip.code,
  })
end

-- By how they begin, files whose content is packed: zip (also .docx and .xlsx), gzip, xz, 7z, RAR, CAB.
local PACKED = { "PK\3\4", "\31\139", "\253" .. "7zXZ", "7z\188\175", "Rar!", "MSCF" }

local function is_packed(bytes)
  for _, mark in ipairs(PACKED) do
    if bytes:sub(1, #mark) == mark then return true end
  end
  return false
end

-- Adds what a file holds that is new; whether all of it could be read.
local function add_file(session, owners, finds, bytes, path)
  if is_packed(bytes) then
    session:say(("%s: it is packed; take the files out of it before"):format(path))
    return false
  end
  local found, skipped = require("postoffice.exchange.files").read(bytes, function(share)
    session.progress:within(share)
  end)
  local whole = #skipped == 0
  for _, skip in ipairs(skipped) do report(session, path, skip, finds.is_json) end
  for _, find in ipairs(found) do
    local key, person, is_missed = postoffice.key(find.proxy), owners:of(find)
    find.file, find.person = path, person
    if is_missed then
      session:say(("%s, line %d: %s is the name of nobody, or of several, in %s"):format(path,
        find.line, output.visible(find.proxy), output.visible(owners.source)))
      whole = false
    end
    if not finds.seen[key] then finds[#finds + 1] = find end
    finds.seen[key] = true
  end
  return whole
end

-- The proxies in all files, each once, and whether all that was found could be read.
local function collect(session, paths, owners, is_json)
  require_or_exit("lpeg", "reading bounces needs")
  local finds, whole = { seen = {}, are_owned = owners.source ~= nil, is_json = is_json }, true
  files.each(paths, function(file, path)
    local bytes = session:read_all(file)
    whole = add_file(session, owners, finds, bytes, path or STANDARD_INPUT) and whole
    session.progress:step()
  end, function(total) session:count("files", total) end)
  return finds, whole
end

-- The proxies of each person, in the order of their first ones, and whether these are all: among
-- those of people there is no place for those of nobody.
local function by_person(session, finds)
  local groups, of, nobody = {}, {}, {}
  for _, find in ipairs(finds) do
    local person = find.person
    if person and not of[person] then
      of[person] = { person = person }
      groups[#groups + 1] = of[person]
    end
    table.insert(person and of[person] or nobody, find.proxy)
  end
  if #groups == 0 and not finds.are_owned then return { nobody }, true end
  for _, proxy in ipairs(nobody) do
    session:say(("%s is left out: nobody knows whose it is"):format(output.visible(proxy)))
  end
  return groups, #nobody == 0
end

-- A character by its code units, as .NET keeps them.
local function code_units(sequence)
  local point = utf8.codepoint(sequence)
  if point < 0x10000 then return ("' + [char]0x%04X + '"):format(point) end
  point = point - 0x10000
  return ("' + [char]0x%04X + [char]0x%04X + '"):format(0xD800 + math.floor(point / 0x400),
    0xDC00 + point % 0x400)
end

-- Text in UTF-8 as PowerShell reads it, in ASCII: Windows PowerShell reads a script without a mark in the
-- ANSI code page, in which other bytes can be quotation marks.
local function powershell(text)
  local quoted = text:gsub("'", "''"):gsub("%c", code_units)
  quoted = "'" .. utf8.map(quoted, tostring, code_units) .. "'"
  quoted = quoted:gsub(" %+ ''$", "")
  return quoted:find("[char]", 1, true) and "(" .. quoted .. ")" or quoted
end

-- Each writes what was found and returns whether that was all.
local WRITERS = {}

function WRITERS.lines(session, finds)
  for _, find in ipairs(finds) do session:write_text(find.proxy) end
  return true
end

-- A field of CSV (RFC 4180 2).
local function quoted(value) return '"' .. tostring(value or ""):gsub('"', '""') .. '"' end

function WRITERS.csv(session, finds)
  session.output:line "file,line,person,proxy"
  for _, find in ipairs(finds) do
    session.output:write(session:shown(table.concat({ quoted(find.file), find.line,
      quoted(find.person and find.person.identity), quoted(find.proxy) }, ",") .. "\n"))
  end
  return true
end

function WRITERS.json(session, finds)
  for _, find in ipairs(finds) do
    session.output:line(to_json {
      file = find.file, line = find.line, person = find.person and find.person.identity,
      proxy = find.proxy,
    })
  end
  return true
end

-- Says that a person's record has no name that a form needs.
local function miss(session, person, field)
  session:say(("%s: no %s is known of them; add such a column"):format(
    output.visible(person.identity or person.legacy or "somebody"), field))
  return false
end

function WRITERS.ldif(session, finds)
  local ldif = require "postoffice.text.ldif"
  local groups, whole = by_person(session, finds)
  for _, group in ipairs(groups) do
    local values, person = ldif.write(group, "proxyAddresses"), group.person
    if person and not person.dn then
      whole = miss(session, person, "distinguishedName")
    elseif person then
      session.output:write(session:shown(ldif.write({ person.dn }, "dn")
        .. "changetype: modify\nadd: proxyAddresses\n" .. values .. "-\n\n"))
    else
      session.output:write(session:shown(values))
    end
  end
  return whole
end

-- The proxies of one person, or of nobody, as PowerShell; whether that was all.
local function write_powershell(session, proxies, person)
  if #proxies == 0 then return false end
  local list = table.concat(lists.map(proxies, powershell), ",\n  ")
  if not person then
    session.output:line(("$proxies = @(\n  %s\n)"):format(list))
  elseif not person.identity or not utf8.is_valid(person.identity) then
    return miss(session, person, "Identity in UTF-8")
  else
    session.output:line(("Set-Mailbox -Identity %s -EmailAddresses @{ Add =\n  %s\n}"):format(
      powershell(person.identity), list))
  end
  return true
end

function WRITERS.powershell(session, finds)
  local groups, whole = by_person(session, finds)
  for _, group in ipairs(groups) do
    whole = write_powershell(session, group, group.person) and whole
  end
  return whole
end

local function run(session, options)
  local form, owners = options.json and "json" or options.form, new_owners(session, options.owner)
  local finds, whole = collect(session, options.files, owners, form == "json")
  if #finds == 0 then
    session:say("no encapsulated Exchange name is in it; one begins with IMCEAEX-, or stands in a"
      .. " CSV column legacyExchangeDN")
    return exit.SOME_BAD
  end
  local written = WRITERS[form](session, finds)
  return whole and written and exit.GOOD or exit.SOME_BAD
end

return {
  {
    name = "x500", run = run, options = { "files", "form", "owner", "json" },
    summary = "make X500 proxies of bounces",
    description = "Reads bounces and prints an X500 proxy for every Exchange name that is"
      .. " encapsulated in them (IMCEAEX-_O=...), or that stands in a CSV file's column"
      .. " legacyExchangeDN. With such a proxy a mailbox answers to its former name again. Reads"
      .. " messages, mboxes and their parts, text in UTF-8 and UTF-16, HTML, JSON, and Outlook's"
      .. " .msg, all but the compressed RTF of a body, which is there as text, too; take files out"
      .. " of zip archives before. Folders stand for all files in them.",
    examples = {
      "postoffice x500 bounce.eml",
      "postoffice x500 --form powershell --for klee bounces/",
      "postoffice x500 --form powershell --for people.csv bounces/",
      "postoffice x500 --form ldif --for 'CN=Kim Lee,OU=People,DC=a,DC=example' <bounce.txt",
    },
  },
}
