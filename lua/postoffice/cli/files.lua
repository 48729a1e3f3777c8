--- Files and folders among the arguments.
-- @module postoffice.cli.files

local exit = require "postoffice.cli.exit"
local require_or_exit = require "postoffice.cli.require_or_exit"

local files = {}

local IS_A_DIRECTORY = 21 -- EISDIR

-- What stands in a folder: paths by name, and the kind of each.  Links are not followed, which could
-- lead back here.
local function entries_of(lfs, folder)
  local ok, next_name, state = pcall(lfs.dir, folder)
  if not ok then exit.with(exit.INPUT_OUTPUT, tostring(next_name)) end
  local paths, kinds = {}, {}
  for name in next_name, state do
    if name ~= "." and name ~= ".." then
      local path = folder:gsub("/$", "") .. "/" .. name
      paths[#paths + 1], kinds[path] = path, lfs.symlinkattributes(path, "mode")
    end
  end
  table.sort(paths)
  return paths, kinds
end

-- The files below a folder, by name.
local function files_below(folder)
  local lfs = require_or_exit("lfs", "reading folders needs")
  local found, pending = {}, { folder }
  while #pending > 0 do
    local paths, kinds = entries_of(lfs, table.remove(pending))
    for _, path in ipairs(paths) do
      if kinds[path] == "directory" then
        pending[#pending + 1] = path
      elseif kinds[path] == "file" then
        found[#found + 1] = path
      end
    end
  end
  table.sort(found)
  return found
end

-- An open file; nil for a folder.
local function open(path)
  local file, message = io.open(path, "rb")
  if not file then exit.with(exit.INPUT_OUTPUT, message) end
  local bytes, failure, number = file:read(0)
  if bytes or not failure then return file end
  file:close()
  if number == IS_A_DIRECTORY then return nil end
  exit.with(exit.INPUT_OUTPUT, ("%s: %s"):format(path, failure))
end

--- What stands in a file; ends the command where nobody can read it, as nobody can a folder.
-- @string path
-- @treturn string
function files.text(path)
  local file, message = io.open(path, "rb")
  if not file then exit.with(exit.INPUT_OUTPUT, message) end
  local text, failure = file:read "*a"
  file:close()
  if not text then exit.with(exit.INPUT_OUTPUT, ("%s: %s"):format(path, failure)) end
  return text
end

-- What tells a file from all others, whatever it is called; its path where nobody can say.
local function identity_of(path)
  local has_lfs, lfs = pcall(require, "lfs")
  local seen = has_lfs and lfs.attributes(path)
  return seen and ("%s %s"):format(tostring(seen.dev), tostring(seen.ino)) or path
end

--- Ends the command where a file that it is to write is one that it reads.
-- @string output
-- @tparam {string,...} inputs
function files.keep(output, inputs)
  for _, path in ipairs(inputs) do
    if identity_of(path) == identity_of(output) then
      exit.with(exit.WRONG_USE, ("%s is what is read; write to another file"):format(output))
    end
  end
end

-- Adds a file, or the files below a folder.
local function add(list, path)
  local file = path ~= "-" and open(path)
  if file then file:close() end
  if file or path == "-" then
    list[#list + 1] = path
  else
    for _, below in ipairs(files_below(path)) do list[#list + 1] = below end
  end
end

local function all_files(paths)
  local list = {}
  for _, path in ipairs(paths) do add(list, path) end
  return list
end

--- Hands every file to a function; folders stand for all files in them.
-- @tparam {string,...} paths `-` is standard input, as is none at all
-- @tparam function handle is given an open stream and its path; nothing for standard input
-- @tparam[opt] function begin is given how many files there are, before the first
function files.each(paths, handle, begin)
  local list = all_files(#paths > 0 and paths or { "-" })
  if begin then begin(#list) end
  for _, path in ipairs(list) do
    local file = path ~= "-" and open(path) or nil
    if file then
      handle(file, path)
      file:close()
    elseif path == "-" then
      handle()
    end
  end
end

return files
