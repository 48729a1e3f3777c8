--- A PostgreSQL that has the library within, by pllua, and the functions of its example.
local helper = require "spec.helper"
local servers = require "spec.host.directory.servers"

local pllua_server = {}

local FUNCTIONS = "lua/postoffice/examples/hosts/postgresql/functions.sql"

local BUILD = os.getenv "POSTOFFICE_BUILD" or "build"

-- A copy of the library that the server's user can read, wherever this is.
local function install()
  local folder = helper.output "mktemp -d"
  helper.output(("chmod 755 %s; cp -r lua %s/lua; mkdir -p %s/c/postoffice;"
    .. " cp %s/5.3/postoffice/core.so %s/c/postoffice; chmod -R a+rX %s"):format(folder, folder,
    folder, BUILD, folder, folder))
  return folder
end

--- Options that let everybody call what does no harm, and start workers at once.
pllua_server.OPTIONS = [[-c 'pllua.on_trusted_init=trusted.allow("postoffice.host.pllua")']]
  .. " -c max_worker_processes=16 -c max_parallel_workers=8"

--- Starts one.
-- @param options of its command line, too
-- @return the server
-- @return the folder of the library that it has
function pllua_server.start(options)
  local folder = install()
  local primary = servers.postgres(pllua_server.OPTIONS .. " " .. (options or ""),
    ("LUA_PATH='%s/lua/?.lua;%s/lua/?/init.lua;;' LUA_CPATH='%s/c/?.so;;'"):format(folder, folder,
      folder))
  helper.output(("psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p %d -U postgres -d postgres -f %s")
    :format(primary.port, FUNCTIONS))
  return primary, folder
end

return pllua_server
