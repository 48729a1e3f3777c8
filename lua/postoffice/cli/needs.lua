--- Modules that not every installation has.
-- @module postoffice.cli.needs

local stop = require "postoffice.cli.stop"

-- What has to be installed, by module: the rock and Debian's package.
local PACKAGES = {
  argparse = { "argparse", "lua-argparse" },
  lpeg = { "lpeg", "lua-lpeg" },
}

--- Loads a module; ends the command with advice where it is not installed.
-- @tparam string name of the module
-- @tparam string purpose what needs it, such as `policies need`
-- @return the module
local function needs(name, purpose)
  local found, module = pcall(require, name)
  if found then return module end
  stop.with(stop.UNAVAILABLE, ("%s %s; luarocks install %s, or on Debian apt install %s"):format(
    purpose, name, PACKAGES[name][1], PACKAGES[name][2]))
end

return needs
