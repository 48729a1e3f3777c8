--- The command that makes a policy of what people have.
-- @module postoffice.cli.import

local exit = require "postoffice.cli.exit"
local files = require "postoffice.cli.files"
local findings_json = require "postoffice.cli.findings".to_json
local lists = require "postoffice.lists"
local output = require "postoffice.cli.output"
local policy_file = require "postoffice.cli.policy_file"
local require_or_exit = require "postoffice.cli.require_or_exit"
local to_json = require "postoffice.policy.prove.json"
local utf16 = require "postoffice.text.utf16"

-- A file's text, in UTF-8 also where PowerShell's Export-Csv wrote it in UTF-16.
local function read_file(path)
  local file, message = io.open(path, "rb")
  if not file then return nil, message end
  local text, failure = file:read "*a"
  file:close()
  if not text then return nil, ("%s: %s"):format(path, failure) end
  return utf16.to_utf8(text)
end

-- Writes a file beside the one that it then takes the place of.
local function write_file(path, text)
  local beside = path .. ".new"
  local file, message = io.open(beside, "wb")
  if not file then exit.with(exit.INPUT_OUTPUT, message) end
  local done, failure = file:write(text)
  local closed, late = file:close()
  if done then done, failure = closed, late end
  if done then done, failure = os.rename(beside, path) end
  if done then return end
  os.remove(beside)
  exit.with(exit.INPUT_OUTPUT, ("%s: %s"):format(path, (failure:gsub("^.*: ", ""))))
end

-- The files that are named, as NAME=FILE or FILE.
local function read_files(arguments)
  local given = {}
  for i, argument in ipairs(arguments) do
    local name, path = argument:match "^([%w_.-]+)=(.+)$"
    path = path or argument
    local text, message = read_file(path)
    if not text then exit.with(exit.INPUT_OUTPUT, message) end
    given[i] = { path = path, name = name, text = text }
  end
  return given
end

-- Says what the written policy is like: the exit status.
local function look_at(session, options, path, notes)
  local policy, message = policy_file.load(path, {})
  if not policy then exit.with(exit.POLICY, message) end
  local status = exit.GOOD
  for _, found in ipairs(policy:check()) do
    session:say(tostring(found))
    if options.json then session.output:line(findings_json(found)) end
    if found.severity ~= "note" then status = exit.SOME_BAD end
  end
  policy:close()
  session:say(notes == 0 and ("%s: all of it was carried over"):format(path)
    or ("%s: %d %s could not be carried over; its comments name them"):format(path, notes,
      notes == 1 and "thing" or "things"))
  return status
end

local function run(session, options)
  require_or_exit("lpeg", "policies need")
  local import = require "postoffice.import"
  local stem = options.output:gsub("%.lua$", "")
  local name = stem:match "[^/\\]*$"
  local directory, notes = name .. "-people.csv", name .. "-notes.txt"
  local given = read_files(options.files)
  local made, message = import.policy(options.source, given, {
    read = read_file, directory = directory, notes = notes, origin = options.origin,
    addresses = options.addresses_to ~= nil,
  })
  if not made then exit.with(exit.WRONG_USE, output.visible(message)) end
  local folder = options.output:match "^(.*[/\\])[^/\\]*$" or ""
  local written = {}
  local function write(path, content)
    if not content then return end
    files.keep(path, lists.pluck(given, "path"))
    write_file(path, content)
    written[#written + 1] = path
  end
  write(folder .. directory, made.people)
  write(folder .. notes, made.more_notes)
  write(options.output, made.text)
  if options.addresses_to then
    write(options.addresses_to, table.concat(made.addresses, "\n") .. "\n")
  end
  local status = look_at(session, options, options.output, made.notes)
  if options.json then session.output:line(to_json { written = written, notes = made.notes }) end
  return status
end

return {
  {
    name = "import", run = run,
    options = { "source", "sources", "output", "origin", "addresses_to", "json" },
    summary = "make a policy of what a mail server or a directory has",
    description = "Writes a policy from the files of a mail server or of a directory. postfix:"
      .. " main.cf, and the tables that it names, those beside it first; or tables alone, by their"
      .. " usual names or as PARAMETER=FILE; Exim's aliases and email-addresses are read so, too."
      .. " sendmail: local-host-names, relay-domains,"
      .. " virtuser-domains, mailertable, virtusertable, aliases, access, genericstable,"
      .. " domaintable, or NAME=FILE. gwart: GWART0.MTA, the routing table of an Exchange site."
      .. " csv, recipients, exchange55, ldif: people, as the word directory reads them. What has no"
      .. " counterpart is a comment beside what it is about. Many people, and many such comments,"
      .. " go to files beside the policy.",
    examples = {
      "postoffice import postfix /etc/postfix/main.cf -o policy.lua",
      "postoffice import postfix --origin example.com virtual aliases -o policy.lua",
      "postoffice import sendmail /etc/mail/*table /etc/mail/aliases -o policy.lua",
      "postoffice import postfix main.cf -o policy.lua --addresses keys.txt && postoffice diff"
        .. " policy.lua --against 'postmap -q - hash:virtual' <keys.txt",
    },
  },
}
