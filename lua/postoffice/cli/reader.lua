--- The library's functions with the options that say how addresses are written.
-- @module postoffice.cli.reader

local exit = require "postoffice.cli.exit"
local postoffice = require "postoffice"
local profile = require "postoffice.cli.profile"

local reader = {}

--- Ends the command if a type is named that nobody registered.
-- @tparam string option as it is called
-- @tparam string|nil name of the type
function reader.check_type(option, name)
  if not name then return end
  local _, message, code = postoffice.parse("", { type = name, notation = "native" })
  if code ~= "type-unknown" then return end
  exit.with(exit.WRONG_USE, ("%s %s: no type is called so; %s"):format(option, name,
    message:match "did you mean .*" or "postoffice help types lists them"))
end

--- The library's functions for the options of a command.
-- @tparam table options `type`, `notation`, `unknown`, `profile`
-- @treturn table
function reader.new(options)
  if not options.unknown then reader.check_type("--type", options.type) end
  return postoffice.new {
    type = options.type, notation = options.notation, unknown = options.unknown,
    profile = profile.read(options.profile),
  }
end

return reader
