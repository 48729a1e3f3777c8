--- What the answers of protocols need of the process: its policies, and who is told what was decided.
--
-- A record of a decision has `protocol`, `map`, `site`, `recipient`, `sender`, `action`, `status`, `code`,
-- `connector`, `rule`, as far as they are known.
-- @module postoffice.host.service

local lists = require "postoffice.lists"
local metrics = require "postoffice.host.metrics"

local service = {}

local Service = {}
Service.__index = Service

--- Is told a decision, by the coroutine that answers.
-- @tparam table record
function Service:decided(record)
  local began = self.began[coroutine.running() or false]
  record.seconds = began and self.now() - began
  self.counts:decision(record)
  if self.log then self.log:decision(record) end
end

--- Is told how long a reply took.
-- @tparam table peer
-- @tparam number seconds
function Service:answered(peer, seconds) self.counts:observe(peer.protocol, seconds) end

--- Is told that a connection is closed for what came.
-- @tparam table peer
-- @tparam string why
function Service:refused(peer, why)
  self.counts:add(metrics.series("postoffice_refused_total", "protocol", peer.protocol))
  if self.log then self.log:event("refused", { protocol = peer.protocol, message = why }) end
end

--- Is told of an error of the server itself, which its author has to know of.
-- @tparam table|nil peer
-- @param why
function Service:failed(peer, why)
  local protocol = peer and peer.protocol
  self.counts:add(metrics.series("postoffice_failures_total", "protocol", protocol))
  if self.log then self.log:event("failed", { protocol = protocol, message = tostring(why) }) end
end

-- By protocol, the names of the series that count its connections.
local OPEN, ACCEPTED = {}, {}

-- What a family's series of a protocol is called, known once it was asked for.
local function series_of(known, family, protocol)
  local name = known[protocol]
  if not name then
    name = metrics.series(family, "protocol", protocol)
    known[protocol] = name
  end
  return name
end

--- Is told of a connection that has come or gone.
-- @tparam table peer
-- @tparam number change 1 or -1
function Service:connected(peer, change)
  local protocol = peer.protocol
  self.counts:add(series_of(OPEN, "postoffice_connections", protocol), change)
  if change > 0 then
    self.counts:add(series_of(ACCEPTED, "postoffice_connections_total", protocol))
  end
end

--- Is told of a question to a directory that is asked or answered.
-- @tparam string name
-- @tparam number change 1 or -1
function Service:asking(name, change)
  self.counts:add(metrics.series("postoffice_open_asks", "ask", name), change)
  if change > 0 then self.counts:add(metrics.series("postoffice_asks_total", "ask", name)) end
end

--- Loads a policy again, with the last good revision kept.
-- @tparam string name
-- @treturn boolean|nil
-- @treturn string the revision that is live; or what is wrong
-- @treturn string code
function Service:reload(name)
  local site = self.sites[name]
  local ok, said, code = site:reload()
  self.counts:add(metrics.series("postoffice_reloads_total", "policy", name, "result",
    ok and "live" or "refused"))
  if self.log then
    self.log:event(ok and "reloaded" or "reload refused", {
      site = name, revision = site:revision(), message = not ok and said or nil,
    })
  end
  if ok and self.on_reload then self.on_reload(name) end
  return ok, said, code
end

--- Loads all policies again.
function Service:reload_all()
  for _, name in ipairs(lists.keys(self.sites)) do self:reload(name) end
end

--- Tells that a connector is down, or up again.
-- @tparam string|nil site
-- @tparam string name
-- @tparam boolean is_down
-- @treturn true|nil
-- @treturn string message
function Service:set_down(site, name, is_down)
  local others = {}
  for _, other in ipairs(lists.keys(self.sites)) do
    if other ~= site then others[#others + 1] = other end
  end
  local ok, message = self.down:set(site, name, is_down, others)
  if ok and self.log then
    self.log:event(is_down and "down" or "up", { site = site, message = name })
  end
  return ok, message
end

-- What is so now, beside what was counted.
local function add_states(self, counts)
  for name, site in pairs(self.sites) do
    counts[metrics.series("postoffice_policy_info", "policy", name, "revision",
      site:revision())] = 1
    if site.policy.status then
      counts[metrics.series("postoffice_directory_unsure", "policy", name)] =
        (site.policy:status().stale or site.policy:status().failure) and 1 or 0
    end
    for connector in pairs(self.down:of_site(name)) do
      counts[metrics.series("postoffice_connector_down", "policy", name, "connector",
        connector)] = 1
    end
  end
  if self.log and self.log.lost > 0 then counts.postoffice_log_lost_total = self.log.lost end
end

-- The counts of this process and of the others.
local function all_counts(self)
  local counts = self.counts:all()
  if self.others then self.others(counts) end
  return counts
end

--- What was counted, as Prometheus reads it.
-- @treturn string
function Service:metrics()
  local counts = all_counts(self)
  add_states(self, counts)
  return metrics.text(counts)
end

--- How often each rule of a policy has decided.
-- @tparam string site
-- @treturn table numbers by rule
function Service:hits(site) return metrics.hits(all_counts(self), site) end

--- Makes one.
-- @tparam table options `sites` by name, `down` (see `postoffice.host.down`), `log` (nil where none is wanted),
--   `now` (seconds of a clock that never goes back), `others` (nil, or a function that adds the counts of
--   other processes), `on_reload` (nil, or a function of the name of a policy that was loaded again)
-- @treturn table
function service.new(options)
  return setmetatable({
    sites = options.sites, down = options.down, log = options.log, now = options.now,
    others = options.others, on_reload = options.on_reload, counts = metrics.new(), limits = {},
    draining = false, began = setmetatable({}, { __mode = "k" }),
  }, Service)
end

return service
