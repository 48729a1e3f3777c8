--- Profiles as the option `--profile` names them.
-- @module postoffice.cli.profile

local exit = require "postoffice.cli.exit"
local postoffice = require "postoffice"

local profile = {}

-- Turns a switch on or off, as `+name`, `name` or `-name` says.
local function add_switch(made, word)
  local sign, name = word:match "^([+-]?)(.*)$"
  made[name] = sign ~= "-"
end

--- Reads a profile; ends the command where there is no such profile or switch.
-- @tparam string|nil text such as `obsolete` or `header,+semicolons,-comments`
-- @treturn table|nil the option `profile` of the library
function profile.read(text)
  if not text then return nil end
  local name, switches = text:match "^([^,]*)(.*)$"
  local made = { name }
  for word in switches:gmatch ",([^,]*)" do add_switch(made, word) end
  local known, message = pcall(postoffice.new, { profile = made })
  if not known then exit.with(exit.WRONG_USE, "--profile: " .. tostring(message)) end
  return made
end

return profile
