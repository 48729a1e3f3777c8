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

-- Hands the file, or each file below the folder.
local function each_below(path, handle)
  local file = open(path)
  if file then
    handle(file, path)
    return file:close()
  end
  for _, below in ipairs(files_below(path)) do each_below(below, handle) end
end

--- Hands every file to a function; folders stand for all files in them.
-- @tparam {string,...} paths `-` is standard input, as is none at all
-- @tparam function handle is given an open stream and its path; nothing for standard input
function files.each(paths, handle)
  if #paths == 0 then handle() end
  for _, path in ipairs(paths) do
    if path == "-" then handle() else each_below(path, handle) end
  end
end

return files
