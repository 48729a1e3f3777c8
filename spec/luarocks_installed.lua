--- Binary rocks of what an interpreter already has: packages of a distribution, so that a rock can be
-- installed with its dependencies where the public rocks cannot be had.
local helper = require "spec.helper"

local quote = helper.quote

-- What the command needs: its modules, and how each tells its version.
local DEPENDENCIES = {
  { name = "lpeg", modules = { "lpeg", "re" },
    version = [[local v = require "lpeg".version return type(v) == "string" and v or v()]] },
  { name = "argparse", modules = { "argparse" }, version = [[return require "argparse".version]] },
  { name = "luafilesystem", modules = { "lfs" }, version = [[return require "lfs"._VERSION]] },
}

-- Run by the interpreter: the version, then each module's name and file.
local FIND = [[
print(((function() %s end)():match "%%d[%%d.]*"))
for _, name in ipairs { %s } do
  print(name, package.searchpath(name, package.path)
    or assert(package.searchpath(name, package.cpath)))
end]]

local ROCKSPEC = [[
rockspec_format = "3.0"
package = %q
version = "%s-1"
source = { url = "file://%s" }
description = { summary = "what is installed here", license = "MIT" }
dependencies = { "lua ~> %s" }
build = { type = "none", install = { lua = { %s }, lib = { %s } } }
]]

local function find(luarocks, dependency)
  local names = {}
  for i, name in ipairs(dependency.modules) do names[i] = ("%q"):format(name) end
  return helper.output(luarocks.lua .. " -e "
    .. quote(FIND:format(dependency.version, table.concat(names, ", "))))
end

-- Copies the files to a folder; what a rockspec lists, for `install.lua` and `install.lib`.
local function gather(found, folder)
  local lists = { lua = {}, so = {} }
  for name, path in found:gmatch "(%S+)\t([^\n]+)" do
    local kind = path:match "%.([^.]+)$"
    helper.output(("cp -L %s %s/%s.%s"):format(quote(path), quote(folder), name, kind))
    table.insert(lists[kind], ('["%s"] = "%s.%s"'):format(name, name, kind))
  end
  return table.concat(lists.lua, ", "), table.concat(lists.so, ", ")
end

local function pack(luarocks, dependency, folder)
  local place = ("%s/%s"):format(folder, dependency.name)
  helper.output(("rm -rf %s && mkdir -p %s"):format(quote(place), quote(place)))
  local found = find(luarocks, dependency)
  local version = found:match "^[^\n]+"
  local lua, lib = gather(found, place)
  local file = ("%s-%s-1.rockspec"):format(dependency.name, version)
  helper.write(place .. "/" .. file, ROCKSPEC:format(dependency.name, version, file,
    luarocks.version, lua, lib))
  local status, output = luarocks:run("none", "make --pack-binary-rock " .. file, nil, place)
  assert(status == 0, output)
  helper.output(("mv %s/*.rock %s && rm -r %s"):format(quote(place), quote(folder), quote(place)))
end

--- Packs them all to a folder, which becomes one that rocks are served from.
-- @tparam Luarocks luarocks
-- @tparam string folder
return function(luarocks, folder)
  helper.output("mkdir -p " .. quote(folder))
  for _, dependency in ipairs(DEPENDENCIES) do pack(luarocks, dependency, folder) end
  assert(luarocks:index(folder))
end
