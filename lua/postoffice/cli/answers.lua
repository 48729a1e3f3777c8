--- What answers the questions of a policy: `--ask NAME=FILE`, and live directories, see
-- `postoffice.cli.directories`.
-- @module postoffice.cli.answers

local exit = require "postoffice.cli.exit"
local files = require "postoffice.cli.files"
local require_or_exit = require "postoffice.cli.require_or_exit"
local utf16 = require "postoffice.text.utf16"

local answers = {}

local function fail(path, message, line)
  local place = line and ("%s:%d"):format(path, line) or path
  exit.with(exit.INPUT_OUTPUT, ("%s: %s"):format(place, message))
end

-- Adds an answer; two to one question would be told apart by chance.
local function add(list, key, value, path, line)
  if list[key] ~= nil then fail(path, ('"%s" is answered twice'):format(key), line) end
  list[key] = value
end

-- The key, a tab, the answer; lines that begin with # and blank ones are passed over.
local function read_lines(text, path)
  local list, number = {}, 0
  for whole in (text .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    local line = whole:gsub("\r$", "")
    local key, value = line:match "^([^\t]+)\t(.*)$"
    local is_answer = line:find "^%s*[^%s#]"
    if key and is_answer then
      add(list, key, value, path, number)
    elseif is_answer then
      fail(path, "a line is a key, a tab and the answer", number)
    end
  end
  return list
end

-- The first column is the key.  The second is the answer; of more, all are, by their headings.
local function read_csv(text, path)
  local reader, message, line = require "postoffice.text.csv".open(text)
  if not reader then fail(path, message, line) end
  local list, row, width = {}, {}, #reader.header
  local number, why, at = reader:read(row)
  while number do
    local value = row[2] or ""
    if width > 2 then
      value = {}
      for i = 2, width do value[reader.header[i]] = row[i] ~= "" and row[i] or nil end
    end
    add(list, row[1], value, path, number)
    number, why, at = reader:read(row)
  end
  if why then fail(path, why, at) end
  return list
end

-- An object: the answers by their keys.
local function read_json(text, path)
  local list, _, message = require_or_exit("dkjson", "answers in JSON need").decode(text)
  if type(list) ~= "table" then
    fail(path, message or "has to be an object of answers by their keys")
  end
  return list
end

local READERS = { csv = read_csv, json = read_json }

-- The directories are much to load, and few commands need them.
local function read_directory(name, text)
  local kind = text:match "^(%l+):"
  if not kind or text:find "^%a:[/\\]" then return nil end
  return require "postoffice.cli.directories".read(text, "--ask " .. name)
end

-- What one option says: the question's name and what answers it.
local function read(option)
  local name, path = option:match "^([^=]+)=(.+)$"
  if not name then
    exit.with(exit.WRONG_USE, "--ask: write the question's name and what answers it: a file, --ask"
      .. " crm=answers.tsv, or a directory, --ask crm=ldap:@options.txt")
  end
  local directory = read_directory(name, path)
  if directory then return name, directory end
  if path:find "^%a[%w+.-]*://" then -- it may hold a password
    exit.with(exit.WRONG_USE, ("--ask %s: a server is asked by ldap:, redis: or sql: and options,"
      .. " such as ldap:@options.txt"):format(name))
  end
  local reader = READERS[path:lower():match "%.(%w+)$"] or read_lines
  local text = utf16.to_utf8(files.text(path)):gsub("^\239\187\191", "") -- Windows' mark
  return name, reader(text, path)
end

--- The answers that options name.
-- @tparam {string,...} given each `NAME=FILE`, or `NAME=KIND:...` for a directory
-- @treturn table|nil for `policy.loadfile`'s `ask`; nil where none is given
function answers.read(given)
  if not given or #given == 0 then return nil end
  local asks = {}
  for _, option in ipairs(given) do
    local name, list = read(option)
    if asks[name] then exit.with(exit.WRONG_USE, ("--ask %s: it is given twice"):format(name)) end
    asks[name] = list
  end
  return asks
end

return answers
