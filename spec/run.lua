-- What `luarocks test` runs, with the interpreter it was told to use.  What is tested is built
-- first, as `make` does, for that and every other Lua that is found.
local helper = require "spec.helper"

local status, output, errors = helper.run("${MAKE:-make} -s LUA=" .. helper.quote(helper.lua))
if status ~= 0 then
  io.stderr:write(output, errors)
  os.exit(1)
end
require "busted.runner" { standalone = false }
