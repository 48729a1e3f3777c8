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

-- What a shell command prints that reads a file, and its exit status. `postmap -q` ends with 1
-- where it knows somebody not; beyond that a program has failed.
local function output_of(command, path)
  local pipe, message = io.popen(("( %s\n) <'%s'; printf '\\n%%d\\n' $?"):format(command, path))
  if not pipe then exit.with(exit.INPUT_OUTPUT, message) end
  local text, status = pipe:read("*a"):match "^(.*)\n(%d+)\n$"
  pipe:close()
  status = tonumber(status)
  if not status or CANNOT_RUN[status] then
    exit.with(exit.WRONG_USE, "--against: the shell cannot run " .. command)
  elseif status > 1 then
    exit.with(exit.WRONG_USE, ("--against: %s ends with status %d, so there is nothing to compare"
      .. " with"):format(command, status))
  end
  return text, status
end

-- Calls a function with the path of a file that is gone afterwards, whatever happens.
local function with_temporary_file(work)
  local path = os.tmpname()
  local ok, result, more = pcall(work, path)
  os.remove(path)
  if not ok then error(result, 0) end
  return result, more
end

-- Reads a line that it printed: the key, which postalias writes with a colon, and its value.
local function read(line)
  local key, value = line:match "^([^\t]+)\t%s*(.-)%s*$"
  if not key then key, value = line:match "^(%S+)%s+(.-)%s*$" end
  return key and key:gsub(":$", ""), value
end

--- Asks it.
-- @tparam string command
-- @tparam {string,...} keys
-- @treturn table values by key
-- @treturn number|nil the status it ended with if it knew nothing and said so by that
function program.ask(command, keys)
  local text, status = with_temporary_file(function(path)
    write_lines(path, keys)
    return output_of(command, path)
  end)
  local known = {}
  for line in text:gmatch "[^\r\n]+" do
    local key, value = read(line)
    if key then known[key] = value end
  end
  return known, status ~= 0 and not text:find "%S" and status or nil
end

return program
