--- Makes addresses of the people in CSV files, by the templates of a policy.
-- @module postoffice.cli.proposals

local csv = require "postoffice.text.csv"
local exit = require "postoffice.cli.exit"
local files = require "postoffice.cli.files"
local json = require "postoffice.text.json"
local policy_file = require "postoffice.cli.policy_file"
local suggest = require "postoffice.suggest"
local trim = require "postoffice.text.joined".trim
local utf16 = require "postoffice.text.utf16"

-- What each name is called by Get-User, Get-ADUser, csvde, the Exchange 5.5 administrator and
-- spreadsheets, folded; the first one counts.
local COLUMNS = {
  given = { "givenname", "firstname", "given", "first" },
  surname = { "surname", "sn", "lastname", "familyname", "last" },
  initials = { "initials", "initial", "middleinitial" },
  display = { "displayname", "display", "name", "cn", "fullname" },
  alias = { "alias", "mailnickname", "aliasname", "mailbox", "samaccountname", "uid" },
}

local function fold(name) return (name:lower():gsub("[%s_-]", "")) end

-- The place of the first column that is called so; nil if none is.
local function column_of(header, names)
  for _, name in ipairs(names) do
    for i, label in ipairs(header) do
      if fold(label) == name then return i end
    end
  end
end

-- The places of the columns by what they hold; ends the command where none is known.
local function columns_of(header, place)
  local columns = {}
  for field, names in pairs(COLUMNS) do columns[field] = column_of(header, names) end
  if next(columns) == nil then
    exit.with(exit.WRONG_USE, ("%s has no column of names that is known%s; call one"
      .. " DisplayName, GivenName, Surname, Initials or Alias"):format(place,
      suggest.listing(header, "columns")))
  end
  return columns
end

-- A person of a row; nil where all of it is empty.
local function person_of(row, columns)
  local person = {}
  for field, i in pairs(columns) do
    local value = trim(row[i])
    if value ~= "" then person[field] = value end
  end
  return next(person) and person or nil
end

-- Hands each person of a text to a function, with the line. Who is called as another one, and has no alias,
-- is somebody else.
local function each_person(text, place, handle)
  local reader, message, at_line, at = csv.open(text)
  if not reader then
    exit.with(exit.SOME_BAD, ("%s:%d:%d: %s"):format(place, at_line, at, message))
  end
  local columns, row = columns_of(reader.header, place), {}
  local line
  line, message, at_line, at = reader:read(row)
  while line do
    local person = person_of(row, columns)
    if person then
      person.id = not person.alias and ("%s:%d"):format(place, line) or nil
      handle(person, line)
    end
    line, message, at_line, at = reader:read(row)
  end
  if message then
    exit.with(exit.SOME_BAD, ("%s:%d:%d: %s"):format(place, at_line, at, message))
  end
end

local to_json = json.encoder {
  "name", "address", "template", "how", "number", "because", "code", "message", "file", "line",
}

-- The name of a person, for people.
local function name_of(person)
  if person.display then return person.display end
  local both = ("%s %s"):format(person.given or "", person.surname or "")
  both = trim(both)
  return both ~= "" and both or person.alias
end

-- Writes what a template made; whether it made something.
local function write(session, options, person, proposal, place, line)
  local name = name_of(person)
  if options.json then
    session.output:line(to_json {
      name = name, address = proposal.address, template = proposal.template, how = proposal.how,
      number = proposal.number, because = proposal.because, code = proposal.code,
      message = proposal.message, file = place, line = line,
    })
  elseif proposal.address and options.explain then
    session.output:row(name, proposal.address, proposal.because)
  elseif proposal.address then
    session.output:row(name, proposal.address)
  end
  if not proposal.address then
    session:report(("%s:%d"):format(place, line), name .. ", " .. proposal.template,
      proposal.message, proposal.code)
  end
  return proposal.address ~= nil
end

-- Writes what is proposed to the people of all files: the exit status.
local function propose(session, options)
  local policy = policy_file.required(session, options)
  local proposer, message = policy:proposer()
  if not proposer then exit.with(exit.POLICY, message) end
  local status = exit.GOOD
  session:count "people"
  files.each(options.files, function(file, path)
    local place = path or "standard input"
    each_person(utf16.to_utf8(session:read_all(file)), place, function(person, line)
      for _, proposal in ipairs(proposer:propose(person)) do
        local good = write(session, options, person, proposal, place, line)
        if not good and proposal.code ~= "proxy-duplicate" then status = exit.SOME_BAD end
      end
      session.progress:tick()
    end)
  end)
  policy:close()
  return status
end

return propose
