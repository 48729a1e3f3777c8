--- Asks a program that answers as `postmap -q -` does: keys on its standard input, one a line; it
-- prints those that it knows, each with its value after a tab.
-- @module postoffice.cli.program

local exit = require "postoffice.cli.exit"

local program = {}

-- The statuses with which a shell says that it cannot run a command.
local CANNOT_RUN = { [126] = true, [127] = true }

local function write_lines(path, lines)
  local file, message = io.open(path, "wb")
  if not file then exit.with(exit.INPUT_OUTPUT, message) end
  local ok, failure = file:write(table.concat(lines, "\n"), #lines > 0 and "\n" or "")
  local closed, late = file:close()
  if not (ok and closed) then exit.with(exit.INPUT_OUTPUT, failure or late) end
end

-- Whether what a program says is more than warnings: one that ends with 1 has failed then, and one in a
-- pipe, whose status the shell drops, where it says that something is fatal.
local function is_failure(status, errors)
  if errors:find "%f[%a]fatal:" then return true end
  for line in errors:gmatch "[^\r\n]+" do
    if status ~= 0 and not line:find "%f[%a]warning:" then return true end
  end
  return false
end

-- Ends the command where a program could not be asked.
local function check(command, status, errors)
  local said = errors:find "%S" and ": " .. errors:match "^%s*(.-)%s*$" or ""
  if not status or CANNOT_RUN[status] then
    exit.with(exit.WRONG_USE, "--against: the shell cannot run " .. command .. said)
  elseif status > 1 or is_failure(status, errors) then
    exit.with(exit.WRONG_USE, ("--against: %s ends with status %d, so there is nothing to compare"
      .. " with%s"):format(command, status, said))
  end
end

-- What a file holds.
local function contents(path)
  local file, message = io.open(path, "rb")
  if not file then exit.with(exit.INPUT_OUTPUT, message) end
  local text = file:read "*a"
  file:close()
  return text or ""
end

-- What a shell command prints that reads a file, its exit status, and what it says to the file of errors.
-- `postmap -q` ends with 1 where it knows somebody not; beyond that a program has failed.
local function output_of(command, path, errors_path)
  local pipe, message = io.popen(("( %s\n) <'%s' 2>'%s'; printf '\\n%%d\\n' $?"):format(command,
    path, errors_path))
  if not pipe then exit.with(exit.INPUT_OUTPUT, message) end
  local text, status = pipe:read("*a"):match "^(.*)\n(%d+)\n$"
  pipe:close()
  local errors = contents(errors_path)
  check(command, tonumber(status), errors)
  return { text = text, status = tonumber(status), errors = errors }
end

-- Calls a function with the path of a file that is gone afterwards, whatever happens.
local function with_temporary_file(work)
  local path = os.tmpname()
  local ok, result = pcall(work, path)
  os.remove(path)
  if not ok then error(result, 0) end
  return result
end

-- Reads a line that it printed: the key, which postalias writes with a colon, and its value.
local function read(line)
  local key, value = line:match "^([^\t]+)\t%s*(.-)%s*$"
  if not key then key, value = line:match "^(%S+)%s+(.-)%s*$" end
  return key and key:gsub(":$", ""), value
end

--- Asks it; ends the command where it cannot be asked: it ends with a status of more than 1, or says why.
-- @tparam string command
-- @tparam {string,...} keys
-- @treturn table values by key
-- @treturn number|nil the status it ended with if it knew nothing and said so by that
-- @treturn string what it warns of
function program.ask(command, keys)
  local printed = with_temporary_file(function(path)
    write_lines(path, keys)
    return with_temporary_file(function(errors_path)
      return output_of(command, path, errors_path)
    end)
  end)
  local known, text, status = {}, printed.text, printed.status
  for line in text:gmatch "[^\r\n]+" do
    local key, value = read(line)
    if key then known[key] = value end
  end
  return known, status ~= 0 and not text:find "%S" and status or nil, printed.errors
end

return program
