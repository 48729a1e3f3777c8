--- The configurations of hosts that are shipped, with their paths set as a site would.
local helper = require "spec.helper"

local shipped = {}

local FOLDER = "lua/postoffice/examples/hosts/"
local ROOT = helper.output "pwd":gsub("%s", "")

--- A file of them.
-- @tparam string name such as `haproxy/haproxy.cfg`
-- @tparam {[string]=string} words what stands in the place of what; each is there
-- @treturn string
function shipped.text(name, words)
  local text = helper.read(FOLDER .. name)
  for from, to in pairs(words) do
    text = text:gsub(from:gsub("%p", "%%%0"), (to:gsub("%%", "%%%%")))
  end
  return text
end

--- The same for a server whose user need not be able to read the checkout: modules are copied to its folder.
-- @tparam string folder
-- @tparam string version
-- @treturn string
function shipped.copied_paths(folder, version)
  local lib = folder .. "/lib"
  helper.output(("mkdir %s && cp -R lua %s && cp -R build/%s %s/core && chmod -R a+rX %s"):format(
    lib, lib, version, lib, lib))
  return ([[package.path = "%s/lib/lua/?.lua;%s/lib/lua/?/init.lua;" .. package.path
package.cpath = "%s/lib/core/?.so;" .. package.cpath
]]):format(folder, folder, folder)
end

--- Lua that finds the checkout's modules: with an installed library, nobody has to say where they are.
-- @tparam string version of the host's Lua
-- @treturn string
function shipped.paths(version)
  return ([[package.path = "%s/lua/?.lua;%s/lua/?/init.lua;" .. package.path
package.cpath = "%s/build/%s/?.so;" .. package.cpath
]]):format(ROOT, ROOT, ROOT, version)
end

return shipped
