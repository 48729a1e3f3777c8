--- A process that answers: its policies, sockets and signals.
-- @module postoffice.host.serve.server

local condition = require "cqueues.condition"
local cqueues = require "cqueues"
local databases = require "postoffice.host.serve.databases"
local down = require "postoffice.host.down"
local guarded = require "postoffice.policy.route.guarded"
local http = require "postoffice.host.http"
local http1 = require "postoffice.host.serve.http1"
local lists = require "postoffice.lists"
local log = require "postoffice.host.log"
local loop = require "postoffice.host.serve.loop"
local service = require "postoffice.host.service"
local signals = require "postoffice.host.serve.signals"
local site = require "postoffice.host.site"

local server = {}

local Server = {}
Server.__index = Server

-- What the collector waits for, in percent of what is in use: little is, beside directories, which it never sees,
-- and a tenth of a look-up's time is its.
local PAUSE = 400

local LOOK = 0.25 -- seconds between looks at the file of connectors that are down
local HELD = 0.05 -- seconds that decisions wait for each other before they are in the log

-- ---- Protocols ---------------------------------------------------------------

-- By name, what makes a protocol for an endpoint.
local PROTOCOLS = {}

for _, name in ipairs { "socketmap", "delegation", "readsocket" } do
  PROTOCOLS[name] = function() return require("postoffice.host." .. name) end
end

-- The names in Host by which an endpoint may be called, beside those of loopback.
local function hosts_of(endpoint, config)
  local hosts = lists.copy(config.hosts or {})
  local host = endpoint.where.host
  if host then hosts[#hosts + 1] = host:find(":", 1, true) and "[" .. host .. "]" or host end
  return hosts
end

function PROTOCOLS.http(self, endpoint)
  local config, switches = self.config, self.config.switches
  return http1.protocol(http.new(self.service, {
    explain = switches.explain, metrics = switches.metrics, admin = switches.admin,
    page = switches.page, auth_http = switches.auth_http, token = config.token,
    protected = endpoint.is_protected, hosts = hosts_of(endpoint, config), length = config.length,
  }))
end

--- The names of the protocols that a list of endpoints speaks, as `site.open` takes them.
local function names_of(endpoints, switches)
  local names, seen = {}, {}
  for _, endpoint in ipairs(endpoints) do
    if not seen[endpoint.protocol] then names[#names + 1] = endpoint.protocol end
    seen[endpoint.protocol] = true
  end
  if seen.http and switches.auth_http then
    names[#names + 1] = switches.auth_http == "backends-defer" and "auth_http_deferring"
      or "auth_http"
  end
  return names
end

-- ---- Policies ----------------------------------------------------------------

-- What answers a question, counted.
local function counted(self, name, source)
  local function count(change)
    if self.service then self.service:asking(name, change) end
  end
  local function counting(call)
    return function(...)
      count(1)
      local ok, value, why = guarded(call, ...)
      count(-1)
      if not ok then error(value, 0) end
      return value, why
    end
  end
  if type(source) == "function" then return counting(source) end
  if type(source) ~= "table" or type(rawget(source, "ask") or rawget(source, "many")) ~= "function"
  then
    return source
  end
  return {
    ttl = source.ttl, negative_ttl = source.negative_ttl,
    ask = source.ask and counting(source.ask), many = source.many and counting(source.many),
  }
end

local function counted_asks(self, asks)
  local all = {}
  for name, source in pairs(asks or {}) do all[name] = counted(self, name, source) end
  return next(all) and all or nil
end

-- What a policy is read from: a path, or what is live in a database; or nil, a message, a code.
local function source_of(self, policy, load)
  if not policy.db then return policy.path end
  return require "postoffice.host.published".open {
    db = policy.db, load = load,
    counted = function(directory) return counted(self, "postoffice_directory", directory) end,
  }
end

-- Opens a policy behind the protocols of this server.
local function open_site(self, policy, load)
  local source, message, code = source_of(self, policy, load)
  if not source then return nil, message, code end
  return site.open {
    name = policy.name, policy = source, load = load,
    protocols = names_of(self.config.endpoints, self.config.switches),
    is_fit = self.config.proven and not policy.db, -- a database is each process's own to look at
    down = function() return self.down:of_site(policy.name) end,
  }
end

local function open_sites(self)
  local config, sites = self.config, {}
  local load = lists.copy(config.load)
  load.ask, load.proven = counted_asks(self, config.load.ask), config.proven
  for _, policy in ipairs(config.policies) do
    local opened, message, code = open_site(self, policy, load)
    if not opened then return nil, message, code end
    sites[policy.name] = opened
  end
  return sites
end

-- ---- Running -----------------------------------------------------------------

-- Looks for connectors that others have told to be down.
local function watch_down(self)
  local failure
  while true do
    local changed, message = self.down:look()
    if changed then self.log:event "down file read" end
    if message and message ~= failure then
      self.log:event("down file unread", { message = message })
    end
    failure = message
    cqueues.sleep(LOOK)
  end
end

-- Writes the decisions that wait for each other.
local function write_decisions(self)
  local held = condition.new()
  self.log.later = function() held:signal() end
  while true do
    held:wait()
    cqueues.sleep(HELD)
    self.log:flush()
  end
end

-- Has systemd know that we are alive.
local function watchdog(self)
  while true do
    self.notifier:alive()
    cqueues.sleep(self.notifier.watchdog / 2)
  end
end

local function status(self)
  return ("answering by %s"):format(table.concat(lists.keys(self.service.sites), ", "))
end

--- Opens the log's file again.
function Server:reopen()
  local ok, message = self.log:reopen()
  if not ok then self.log:event("log not reopened", { message = message }) end
end

--- Tells systemd and the log that requests are answered.
function Server:ready()
  self.log:event("ready", { process = self.config.process })
  self.notifier:ready(status(self))
end

-- Loads all policies again, and opens the log's file again.
local function reload(self)
  self.notifier:reloading()
  self:reopen()
  if self.hooks.reopen then self.hooks.reopen() end
  self.down:look()
  self.service:reload_all()
  self.notifier:ready(status(self))
end

--- Ends when what was asked is answered.
function Server:stop()
  if self.is_stopping then return end
  self.is_stopping = true
  self.notifier:stopping()
  self.log:event("stopping", { process = self.config.process })
  if self.hooks.stop then self.hooks.stop() else self.loop:drain(self.config.drain) end
end

local function heed_signals(self)
  local listener = signals.listen()
  while true do
    if listener:wait() ~= signals.RELOAD then self:stop()
    elseif not self.config.told then reload(self)
    end
  end
end

--- Makes a server.
-- @tparam table config `policies` (each `name`, and `path` or `db`), `load` (options of `policy.load`), `proven`
--   (whether another process has checked and tested them), `endpoints` (each `protocol`, `where`, `is_protected`),
--   `down` (a path, or nil), `log` (options of `log.open`), `switches`, `token`, `hosts`, `length`, `seconds`,
--   `connections`, `drain` (seconds), `process` (a number, where there are several), `told` (what one of several
--   was handed, see `postoffice.host.serve.processes`)
-- @tparam table notifier see `postoffice.host.serve.systemd`
-- @treturn table|nil
-- @treturn string message
-- @treturn string code
function server.new(config, notifier)
  local self = setmetatable({ config = config, notifier = notifier, hooks = {} }, Server)
  local message, code
  self.down, message = down.open(config.down)
  if not self.down then return nil, message, "down-unreadable" end
  self.log, message = log.open(config.log)
  if not self.log then return nil, message, "log-unwritable" end
  local sites
  sites, message, code = open_sites(self)
  if not sites then return nil, message, code end
  self.service = service.new {
    sites = sites, down = self.down, log = self.log, now = cqueues.monotime,
  }
  self.loop = loop.new(self.service, config)
  return self
end

--- Heeds signals, and what others tell to be down.
-- @tparam table hooks what to do besides: `stop`, in place of draining; `reopen`, when logs are
function Server:supervise(hooks)
  self.hooks = hooks
  self.loop:spawn(function() return heed_signals(self) end)
  if self.config.down then self.loop:spawn(function() return watch_down(self) end) end
  self.loop:spawn(function() return write_decisions(self) end)
  if self.notifier.watchdog then self.loop:spawn(function() return watchdog(self) end) end
end

--- Answers on sockets until it is told to stop.
-- @tparam {userdata,...} sockets of the endpoints, in their order
-- @tparam[opt] function ended is told each endpoint before its socket is closed
function Server:run(sockets, ended)
  collectgarbage("setpause", PAUSE)
  for i, endpoint in ipairs(self.config.endpoints) do
    self.loop:listen {
      socket = sockets[i], protocol = PROTOCOLS[endpoint.protocol](self, endpoint),
      peer = { protocol = endpoint.protocol },
      ended = function() return ended and ended(endpoint) end,
    }
  end
  self:supervise {}
  databases.watch(self)
  self:ready()
  self.loop:run()
  self.log:event("stopped", { process = self.config.process })
end

return server
