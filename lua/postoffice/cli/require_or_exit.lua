--- Modules that not every installation has.
-- @module postoffice.cli.require_or_exit

local exit = require "postoffice.cli.exit"

-- What has to be installed, by module: the rock and Debian's package.
local PACKAGES = {
  cqueues = { "cqueues", "lua-cqueues" },
  argparse = { "argparse", "lua-argparse" },
  lfs = { "luafilesystem", "lua-filesystem" },
  lpeg = { "lpeg", "lua-lpeg" },
}

--- Loads a module; ends the command with advice where it is not installed.
-- @tparam string name of the module
-- @tparam string purpose what needs it, such as `policies need`
-- @return the module
local function require_or_exit(name, purpose)
  local found, module = pcall(require, name)
  if found then return module end
  exit.with(exit.UNAVAILABLE, ("%s %s; luarocks install %s, or on Debian apt install %s"):format(
    purpose, name, PACKAGES[name][1], PACKAGES[name][2]))
end

return require_or_exit
