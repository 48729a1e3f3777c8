--- Files of keys and passwords, which nobody but their owner may read.  No such text is ever an argument,
-- which others could read.
-- @module postoffice.cli.private_file

local exit = require "postoffice.cli.exit"
local files = require "postoffice.cli.files"
local require_or_exit = require "postoffice.cli.require_or_exit"

local private_file = {}

-- Ends the command where others than the file's owner could read it.
local function check_mode(path, what)
  local lfs = require_or_exit("lfs", what .. " need")
  local mode, message = lfs.attributes(path, "permissions")
  if not mode then exit.with(exit.INPUT_OUTPUT, message) end
  if not mode:find "^...%-%-%-%-%-%-" then
    exit.with(exit.INPUT_OUTPUT, ("%s: others can read the %s in it; chmod go= %s"):format(path,
      what, path))
  end
end

--- The lines of such a file; ends the command where others can read it, or nobody can.
-- @string path
-- @string what it holds, in the plural: "keys"
-- @treturn {string,...}
function private_file.lines(path, what)
  local text, lines = files.text(path), {}
  check_mode(path, what)
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    lines[#lines + 1] = (line:gsub("\r$", ""))
  end
  return lines
end

return private_file
