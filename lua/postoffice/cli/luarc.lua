--- What the Lua language server is told of a folder of policies.
-- @module postoffice.cli.luarc

local installed = require "postoffice.installed"
local json = require "postoffice.text.json"
local lacks = require "postoffice.policy.language.lacks"
local path = require "postoffice.text.path"

local luarc = {}

local DEFINITIONS = "postoffice/meta/script/policy.lua"

-- The libraries that the server can be told to know nothing of.
local LIBRARIES = {
  "bit", "bit32", "coroutine", "debug", "ffi", "io", "jit", "math", "os", "package", "string",
  "table", "utf8",
}

-- The folder of the definitions, where this library was found.
local function folder() return (path.folder(installed.path(DEFINITIONS)):gsub("/$", "")) end

local ORDER = { "runtime.version", "runtime.builtin", "workspace.library" }

local write = json.encoder(ORDER)

--- A `.luarc.json`: of Lua what scripts have, whatever Lua runs them, and the language.
-- @treturn string
function luarc.config()
  local builtin = {}
  for _, name in ipairs(LIBRARIES) do builtin[name] = lacks[name] and "disable" or nil end
  return write {
    ["runtime.version"] = "Lua 5.1", ["runtime.builtin"] = builtin,
    ["workspace.library"] = { folder() },
  } .. "\n"
end

return luarc
