--- Files and folders among the arguments.
-- @module postoffice.cli.files

local exit = require "postoffice.cli.exit"

local files = {}

local IS_A_DIRECTORY = 21 -- EISDIR

local function quote(word) return "'" .. word:gsub("'", [['\'']]) .. "'" end

-- The files below a folder, by name.  Lua cannot list them; the shell can.  A name alone may be
-- one of `find`'s own words, such as -name, ! and (.
local function files_below(folder)
  if folder:sub(1, 1) ~= "/" then folder = "./" .. folder end
  local pipe, message = io.popen("find " .. quote(folder) .. " -type f -print0")
  if not pipe then exit.with(exit.INPUT_OUTPUT, message) end
  local paths = {}
  for path in pipe:read("*a"):gmatch "[^%z]+" do paths[#paths + 1] = path end
  pipe:close()
  table.sort(paths)
  return paths
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
