--- A site: a Postfix with the configuration that is shipped, and a `postoffice serve` that it asks.
local helper = require "spec.helper"
local postfix = require "spec.host.mail.postfix"
local servers = require "spec.host.directory.servers"

local sites = {}

local FOLDER = "lua/postoffice/examples/hosts/postfix/"

--- A text of the configuration that is shipped, with the words of a test in place of those of a site.
-- @tparam string name of a file
-- @tparam table words by what stands there
-- @treturn string
function sites.shipped(name, words)
  local text = helper.read(FOLDER .. name)
  for from, to in pairs(words) do
    local count
    text, count = text:gsub(from:gsub("%p", "%%%0"), (to:gsub("%%", "%%%%")))
    assert(count > 0, from .. " does not stand in " .. name)
  end
  return text
end

-- The folder of the sockets, which the group of Postfix may enter, as a service manager makes it.
local function make_room(instance)
  local folder = instance.folder .. "/spool/postoffice"
  helper.output(("mkdir %s && chgrp postfix %s && chmod 2750 %s"):format(folder, folder, folder))
  return folder
end

--- Starts the server of a site's policy, or starts it again; returns when it answers.
local function start_server(server)
  servers.launch(server, server.command)
  servers.wait_for("an answer of postoffice serve", function()
    return helper.run("postmap -q nobody@nowhere.example " .. server.map) == 1
  end)
end

local SERVE = "postoffice serve --policy %s=%s --secret forwarding=%s --down %s"
  .. " --group postfix --socketmap %s/maps --policy-service %s/policy"

local function new_server(site)
  local server = servers.new "postoffice serve"
  local room = make_room(site.mta)
  server.start = start_server
  server.map = ("socketmap:unix:%s/maps:%s.recipients"):format(room, site.name)
  server.command = SERVE:format(site.name, site.policy, site.keys, site.down, room, room)
  return server
end

--- Opens a site.
-- @tparam table given `name`; `main` and `master`, texts; `policy`, a text
-- @treturn table `mta`, `server`, and the files `policy` and `down`
function sites.open(given)
  local site = { name = given.name, mta = postfix.start(given.main, given.master) }
  local folder = site.mta.folder
  site.policy = helper.write(folder .. "/policy.lua", given.policy)
  site.keys = helper.write(folder .. "/keys", "one\n")
  helper.output("chmod 600 " .. site.keys)
  site.down = folder .. "/down"
  site.server = new_server(site)
  site.server:start()
  return site
end

return sites
