--- Where a database is: `--sql FILE`.  No password is ever an argument, which others could read.
-- @module postoffice.cli.database

local dsn = require "postoffice.directory.dsn"
local exit = require "postoffice.cli.exit"
local private_file = require "postoffice.cli.private_file"

local database = {}

--- Reads such a file; ends the command where others can read it, or it says no database.
-- @string path
-- @treturn table see `postoffice.directory.dsn`
function database.read(path)
  local options, message = dsn.read(table.concat(private_file.lines(path, "passwords"), "\n"))
  if options then return options end
  return exit.with(exit.INPUT_OUTPUT, ("%s: %s"):format(path, message))
end

return database
