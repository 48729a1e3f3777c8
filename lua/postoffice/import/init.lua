--- Policies from what people have: the files of a mail server, or of a directory.
--
-- What is written is Lua, whatever stands in the files: every text is quoted.  What could not be carried
-- over is a comment beside what it is about.
-- @module postoffice.import

local addresses = require "postoffice.import.addresses"
local base_of = require "postoffice.text.path".base
local compose = require "postoffice.import.compose"
local gwart = require "postoffice.import.gwart"
local people = require "postoffice.import.people"
local postfix = require "postoffice.import.postfix"
local sendmail = require "postoffice.import.sendmail"

local import = {}

local MOST = 40 -- people who stay in the policy; more go to a file

local SITES = { postfix = { postfix, "Postfix" }, sendmail = { sendmail, "sendmail" } }

-- By their names, the formats of directories.
local DIRECTORIES = { csv = true, exchange55 = true, ldif = true, recipients = true }

--- What can be imported.
import.FORMATS = { "csv", "exchange55", "gwart", "ldif", "postfix", "recipients", "sendmail" }

-- The first lines of a policy.
local function heading_of(whose, files)
  local names = {}
  for i, file in ipairs(files) do names[i] = base_of(file.path) end
  return {
    ("What %s had in %s, as a policy."):format(whose, table.concat(names, ", ")),
    "Made by postoffice import; from here on it is yours to change.",
  }
end

-- Puts the domain of names without one first.
local function set_origin(site, origin)
  if not origin then return end
  local first = { key = origin, value = "", where = "--origin" }
  for i, row in ipairs(site.locals) do
    if row.key:lower() == origin:lower() then first = table.remove(site.locals, i) break end
  end
  site.origin = origin
  table.insert(site.locals, 1, first)
end

-- The makers of policies, by what they are made of: each is given files and options, and
-- returns a draft, the text of a file beside it or nil, and addresses to compare by; or nil and what
-- is wrong.
local MAKERS = {}

function MAKERS.gwart(files)
  local made, message = gwart(files, heading_of("an Exchange site", files))
  if not made then return nil, message end
  return made, nil, {}
end

for format in pairs(DIRECTORIES) do
  MAKERS[format] = function(files, options)
    return people(format, files, heading_of("a directory", files), options)
  end
end

for format, how in pairs(SITES) do
  MAKERS[format] = function(files, options)
    local site, message = how[1](files, options.read)
    if not site then return nil, message end
    set_origin(site, options.origin)
    local list = options.addresses and addresses(site)
    local made, text = compose(site, heading_of(how[2], files), options)
    return made, text, list
  end
end

--- Makes a policy.
-- @string format one of `FORMATS`
-- @tparam {table,...} files `path`, `text`, and `name`, what the file is to the server, if that was said
-- @tparam table options `read`, a function of a path that returns a text, or nil and a message;
--   `directory`, the name of the file that many people go to, and `notes`, of that for many notes: they
--   stay in the policy without; `origin`, the domain of names without one; `addresses`: list those by which to compare
-- @treturn table|nil `text`; `people` and `more_notes`, the texts of those files, or nil; `notes`, how
--   many things could not be carried over; `addresses`, if they were asked for, by which it can be
--   compared with what it was made of
-- @treturn string what is wrong
function import.policy(format, files, options)
  local made, text, list = MAKERS[format](files, {
    read = options.read, origin = options.origin, directory = options.directory, most = MOST,
    addresses = options.addresses,
  })
  if not made then return nil, text end
  local policy, more = made:text(options.notes)
  return {
    text = policy, people = text, more_notes = more, notes = made.notes, addresses = list,
  }
end

return import
