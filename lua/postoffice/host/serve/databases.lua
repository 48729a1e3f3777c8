--- Looks after the policies that are in databases: which revision is live, and how sure a "not found" is.
-- @module postoffice.host.serve.databases

local cqueues = require "cqueues"
local metrics = require "postoffice.host.metrics"

local databases = {}

local SECONDS = 1 -- between two looks

-- Tells what has changed since it was told last.
local function tell(self, name, live, told)
  local status, refused = live:status(), live.failure
  local why = status.failure or status.stale
  local function event(what, message)
    self.log:event(what, {
      site = name, process = self.config.process, revision = live.revision, message = message,
    })
  end
  if told.revision ~= live.revision then
    event "reloaded"
    self.service.counts:add(metrics.series("postoffice_reloads_total", "policy", name, "result",
      "live"))
  end
  if refused and told.refused ~= refused then event("reload refused", refused) end
  if told.why ~= why then event(why and "directory unsure" or "directory sure", why) end
  told.revision, told.refused, told.why = live.revision, refused, why
end

-- Looks after one policy.
local function watch(self, name, live)
  local told = { revision = live.revision }
  while true do
    live:poll()
    tell(self, name, live, told)
    cqueues.sleep(SECONDS)
  end
end

--- Begins to look after those of a server.
-- @tparam table server see `postoffice.host.serve.server`
function databases.watch(server)
  for name, site in pairs(server.service.sites) do
    if site.policy.poll then
      server.loop:spawn(function() return watch(server, name, site.policy) end)
    end
  end
end

return databases
