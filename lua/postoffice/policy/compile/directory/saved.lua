--- The directory of a snapshot: its table as it lies in memory, and what is beside it.
-- @module postoffice.policy.compile.directory.saved

local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local fail = require "postoffice.fail"
local skipped = require "postoffice.policy.compile.skipped"
local values = require "postoffice.text.values"

local saved = {}

--- Writes a directory to a snapshot.
-- @string path
-- @tparam table compiled
-- @tparam table beside what else the file holds: plain values by name
-- @treturn true|nil
-- @treturn string message
-- @treturn string code
function saved.write(path, compiled, beside)
  beside.files, beside.catchalls = compiled.files, compiled.catchalls
  beside.propagates, beside.restrictions = compiled.propagates, compiled.restrictions
  beside.writers, beside.skipped = compiled.writers, skipped.plain(compiled.skipped)
  beside.said_catchalls, beside.remarks = compiled.said_catchalls, skipped.plain(compiled.remarks)
  beside.directories = {} -- their names by the numbers of files
  for number, declaration in pairs(compiled.directories) do
    beside.directories[number] = declaration.name
  end
  return core.write_snapshot(path, compiled.entries, values.write(beside))
end

local CAN_PROPAGATE = { [true] = true, [false] = true, always = true }

-- What a file says, by name.
local BESIDE = { "files", "catchalls", "directories", "propagates", "restrictions", "writers",
  "skipped", "remarks", "said_catchalls" }

-- Whether all keys and values of a table can be so.
local function holds(values_by_key, is_key, is_value)
  for key, value in pairs(values_by_key) do
    if not is_key(key) or not is_value(value) then return false end
  end
  return true
end

local function is(kind) return function(value) return type(value) == kind end end

local is_text = is "string"

-- Whether a value is a list of texts, or none.
local function are_texts(value)
  return value == nil or type(value) == "table" and holds(value, is "number", is_text)
end

local function can_restrict(said)
  return type(said) == "table" and are_texts(said.accept) and are_texts(said.reject)
    and (said.max_size == nil or type(said.max_size) == "number")
end

-- Whether what a file says of its files and of its entries can be so.
local function is_whole(beside, entries)
  for _, name in ipairs(BESIDE) do
    if type(beside) ~= "table" or type(beside[name]) ~= "table" then return false end
  end
  local function is_entry(value) return type(value) == "number" and entries:has(value) end
  return holds(beside.files, is "number", is_text) and holds(beside.catchalls, is_text, is_entry)
    and holds(beside.propagates, is_entry, function(value) return CAN_PROPAGATE[value] end)
    and holds(beside.restrictions, is_entry, can_restrict)
    and holds(beside.writers, is_text, is_entry) and skipped.is_whole(beside.skipped)
    and skipped.is_whole(beside.remarks) and holds(beside.said_catchalls, is_text, is_text)
end

--- Opens the directory of a snapshot.
-- @string path
-- @tparam boolean|nil verify look at every byte
-- @treturn table|nil compiled
-- @treturn table|string what else the file holds; or a message
-- @treturn string code
function saved.open(path, verify)
  local entries, text, code = core.open_snapshot(path, verify)
  if not entries then return nil, text, code end
  local beside = values.read(text)
  if not is_whole(beside, entries) then
    local _, message
    _, message, code = fail "snapshot-damaged"
    return nil, ("%s: %s"):format(path, message), code
  end
  local compiled = directory.around(entries, beside)
  compiled.names = beside.directories
  return compiled, beside
end

--- Tells a directory that was opened which declarations its files are of.
-- @tparam table compiled
-- @tparam {table,...} declarations of `directory`
function saved.bind_files(compiled, declarations)
  local named = {}
  for _, declaration in ipairs(declarations) do named[declaration.name] = declaration end
  for number, name in pairs(compiled.names) do compiled.directories[number] = named[name] end
end

return saved
