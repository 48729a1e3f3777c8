--- A site: a Postfix with the configuration that is shipped, and a `postoffice serve` that it asks.
local docs = require "spec.docs"
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

-- The commands of the manual that make room for sockets and start the server, with the paths of a site.
local function commands_for(site)
  local sample = docs.samples(helper.read "lua/postoffice/manual/in-postfix.md")[1]
  assert(sample.language == "sh")
  local text = sample.text:gsub("/var/spool/postfix", site.mta.folder .. "/spool")
    :gsub("/etc/postoffice", site.mta.folder):gsub("exchange", site.name)
  return text:match "^(.-)\n(.*)$"
end

--- Starts the server of a site's policy, or starts it again; returns when it answers.
local function start_server(server)
  servers.launch(server, server.command)
  servers.wait_for("an answer of postoffice serve", function()
    return helper.run("PATH=$PATH:/usr/sbin postmap -q " .. server.question) == 0
  end)
end

local function new_server(site)
  local server = servers.new "postoffice serve"
  local prepare, start = commands_for(site)
  helper.output(prepare)
  server.command = start:gsub("%s+$", " ") .. (site.words or "")
  server.start = start_server
  server.question = ("postmaster@%s.example socketmap:unix:%s/spool/postoffice/map:%s.recipients")
    :format(site.name, site.mta.folder, site.name)
  return server
end

--- Opens a site.
-- @tparam table given `name`; `main` and `master`, texts; `policy`, a text; `words` of the server's command
--   besides, in which @DIR@ is its folder
-- @treturn table `mta`, `server`, and the files `policy`, `down` and `token`
function sites.open(given)
  local site = { name = given.name, mta = postfix.start(given.main, given.master) }
  local folder = site.mta.folder
  site.policy = helper.write(("%s/%s.lua"):format(folder, given.name), given.policy)
  site.words = given.words and (given.words:gsub("@DIR@", folder))
  local keys = helper.write(folder .. "/forwarding.keys", "one\n")
  site.token = helper.write(folder .. "/token", "sesame\n")
  helper.output(("chmod 600 %s %s"):format(keys, site.token))
  site.down = folder .. "/down"
  site.server = new_server(site)
  site.server:start()
  return site
end

return sites
