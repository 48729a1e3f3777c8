--- Live directories that answer the questions of a policy: `--ask NAME=ldap:OPTION=VALUE;...`, and
-- `--ask NAME=ldap:@FILE`, where the file has an option a line and nobody else can read it.
--
-- The options are those of `postoffice.directory`.  A password is never an argument, which others could
-- read.
-- @module postoffice.cli.directories

local exit = require "postoffice.cli.exit"
local lists = require "postoffice.lists"
local options_of = require "postoffice.directory.options"
local private_file = require "postoffice.cli.private_file"
local suggest = require "postoffice.suggest"
local trim = require "postoffice.text.joined".trim

local directories = {}

-- How the items of an option that is a list are told apart: names of attributes; words of a command.
local ITEMS = { attributes = "[^,%s]+", command = "%S+" }

local BOOLEANS = { ["true"] = true, ["false"] = false }

-- What may hold a password beside an option of that name: a URI, or what libpq takes for a database.
local CONFIDENTIAL = { "://[^/@]*:[^/@]*@", "[Pp][Aa][Ss][Ss][Ww][Oo][Rr][Dd]%s*=" }

local function is_confidential(name, value)
  if name:lower():find("password", 1, true) then return true end
  for _, form in ipairs(CONFIDENTIAL) do
    if value:find(form) then return true end
  end
  return false
end

-- Ends the command; no value is told.
local function fail(place, message) exit.with(exit.WRONG_USE, ("%s: %s"):format(place, message)) end

-- The items of a list.
local function items_of(value, form)
  local items = {}
  for item in value:gmatch(form) do items[#items + 1] = item end
  return items
end

-- The value of an option that may be of some Lua types, or nil.
local function value_of(name, value, types)
  if ITEMS[name] then return items_of(value, ITEMS[name]) end
  if types:find("boolean", 1, true) then return BOOLEANS[value] end
  if types:find("number", 1, true) then return tonumber(value) end
  if types:find("string", 1, true) then return value end
end

-- Sets an option; `tls.ca` is a field of `tls`.
local function set(options, types, name, value, place)
  local outer, field = name:match "^([^.]+)%.(.+)$"
  local kinds = types[outer or name]
  if not kinds then
    fail(place, ('unknown option "%s"%s'):format(name, suggest.phrase(name, lists.keys(types))))
  elseif field and kinds:find("table", 1, true) and not ITEMS[outer] then
    if type(options[outer]) ~= "table" then options[outer] = {} end
    options[outer][field] = value
    return
  end
  local read = not field and value_of(name, value, kinds)
  if read == nil or field then fail(place, ("option %s cannot be that"):format(name)) end
  options[name] = read
end

-- An option and its value, trimmed; ends the command for what is none.
local function split(text, place)
  local name, value = text:match "^%s*([%w_.]+)%s*=(.*)$"
  if not name then fail(place, "write option=value, such as timeout=2") end
  return name, trim(value)
end

-- The types of the options of a kind of directory.
local function types_of(kind)
  local types = lists.copy(options_of.all)
  for name, kinds in pairs(options_of[kind]) do types[name] = kinds end
  return types
end

local function from_file(path, types)
  local options = {}
  for number, line in ipairs(private_file.lines(path, "passwords")) do
    if line:find "%S" and not line:find "^%s*#" then
      local place = ("%s:%d"):format(path, number)
      local name, value = split(line, place)
      set(options, types, name, value, place)
    end
  end
  return options
end

local function from_argument(text, types, place)
  local options = {}
  for item in text:gmatch "[^;]+" do
    local name, value = split(item, place)
    if is_confidential(name, value) then
      fail(place, "a password has to stand in a file that nobody else can read, an option a line:"
        .. " ldap:@FILE, redis:@FILE, sql:@FILE")
    end
    set(options, types, name, value, place)
  end
  return options
end

-- What is raised for options that do not go together, without its place.
local function raised(message) return (tostring(message):gsub("^%S+:%d+: ", "")) end

--- Makes the directory that an option speaks of; ends the command where it cannot be.
-- @string text `ldap:...`, `redis:...` or `sql:...`
-- @string place whose it is, for messages: "--ask crm"
-- @treturn table|nil for `ask` of `policy.load`; nil if the text speaks of none
function directories.read(text, place)
  local kind, rest = text:match "^(%l+):(.*)$"
  if not kind or kind == "all" or not options_of[kind] then return nil end
  local path, types = rest:match "^@(.+)$", types_of(kind)
  local options = path and from_file(path, types) or from_argument(rest, types, place)
  local made, directory = pcall(require("postoffice.directory." .. kind), options)
  if not made then fail(place, raised(directory)) end
  return directory
end

return directories
