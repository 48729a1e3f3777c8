--- LuaRocks as it is on a machine where nobody has configured it: trees, servers and a cache of its
-- own in a folder, for one interpreter.
local helper = require "spec.helper"

local quote = helper.quote

local Luarocks = {}
Luarocks.__index = Luarocks

local CONFIG = [[
rocks_trees = {}
rocks_servers = { %s }
rocks_provided = { %s }
local_cache = %q
lua_interpreter = %q
variables = { LUA = %q, LUA_BINDIR = %q }
]]

-- `first, second` of what `form` makes of each.
local function joined(list, form)
  local texts = {}
  for i, item in ipairs(list) do texts[i] = form(item) end
  return table.concat(texts, ", ")
end

--- LuaRocks for an interpreter.
-- @tparam string lua its name, as in "lua5.4"
-- @tparam string folder where its trees and all else are
-- @tparam[opt] table servers where it gets rocks from; nowhere, unless given
-- @tparam[opt] table provided names of rocks, each with its version, that count as installed:
-- packages that a distribution brings, which LuaRocks does not see
-- @treturn Luarocks
local function new(lua, folder, servers, provided)
  local version = helper.output(lua .. [[ -e 'print(_VERSION:match "[%d.]+")']])
  local program = helper.output("command -v " .. lua)
  local self = setmetatable({ lua = lua, folder = folder, version = version }, Luarocks)
  local config = ("%s/%s.config.lua"):format(folder, lua)
  self.alone = "env -u LUA_PATH -u LUA_CPATH LUAROCKS_CONFIG=" .. quote(config)
  helper.output("mkdir -p " .. quote(folder))
  helper.write(config, CONFIG:format(
    joined(servers or {}, function(server) return ("%q"):format(server) end),
    joined(provided or {}, function(rock) return ("%s = %q"):format(rock[1], rock[2]) end),
    folder .. "/cache", program:match "[^/]+$", program, program:match "^(.*)/"))
  return self
end

--- Where a tree is.
function Luarocks:path(tree) return self.folder .. "/" .. tree end

--- Runs LuaRocks on a tree: its exit status, and all that it said.
-- @tparam string tree
-- @tparam string arguments
-- @tparam[opt] string environment as in "IDN2=no"
-- @tparam[opt] string where the folder that it is run in
-- @treturn int
-- @treturn string
function Luarocks:run(tree, arguments, environment, where)
  local status, output, errors = helper.run(
    ("cd %s && %s %s luarocks --lua-version=%s --tree=%s %s"):format(quote(where or "."),
      self.alone, environment or "", self.version, quote(self:path(tree)), arguments))
  return status, output .. errors
end

--- Makes a folder of rocks one that they are served from; what went wrong, if anything.
-- @tparam string folder
-- @treturn bool
-- @treturn string
function Luarocks:index(folder)
  local status, output, errors = helper.run(
    ("%s luarocks-admin --lua-version=%s --tree=%s make_manifest %s"):format(self.alone,
      self.version, quote(self:path "none"), quote(folder)))
  return status == 0, output .. errors
end

--- Every file and folder of a tree, one a line, but for the list that LuaRocks keeps of it.
function Luarocks:contents(tree)
  return helper.output(([[cd %s && find . -mindepth 1 ! -path ./lib ! -path ./lib/luarocks \
    ! -path './lib/luarocks/rocks-*/manifest' ! -path './lib/luarocks/rocks-?.?' | LC_ALL=C sort]])
    :format(quote(self:path(tree))))
end

return {
  new = new,
  -- The test dependencies, as a distribution's packages have them.
  FOR_TESTS = {
    { "busted", "2.0.0-1" }, { "dkjson", "2.5-1" }, { "luacheck", "0.26.0-1" },
    { "luasocket", "3.0.0-1" },
  },
}
