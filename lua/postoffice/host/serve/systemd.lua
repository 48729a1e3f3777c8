--- What systemd says to a service, and what it wants to hear: sd_notify(3), sd_listen_fds(3).
-- @module postoffice.host.serve.systemd

local core = require "postoffice.core"
local cqueues = require "cqueues"

local systemd = {}

local FIRST = 3 -- SD_LISTEN_FDS_START

--- The number of this process, where the system tells; Lua has no other way to know.
-- @treturn string|nil
function systemd.pid()
  local file = io.open("/proc/self/stat", "rb")
  local pid = file and file:read "*l":match "^%d+"
  if file then file:close() end
  return pid
end

--- The sockets that this process was started with.
-- @tparam function getenv
-- @treturn table numbers of files by name, and by their number as a text; none if they are another's
function systemd.sockets(getenv)
  local found = {}
  local count, owner, pid = tonumber(getenv "LISTEN_FDS"), getenv "LISTEN_PID", systemd.pid()
  if not count or owner and pid and owner ~= pid then return found end
  local names = {}
  for name in ((getenv "LISTEN_FDNAMES" or "") .. ":"):gmatch "([^:]*):" do
    names[#names + 1] = name
  end
  for i = 1, count do
    local fd = FIRST + i - 1
    found[tostring(fd)] = fd
    if names[i] and names[i] ~= "" then found[names[i]] = found[names[i]] or fd end
  end
  return found
end

local Notifier = {}
Notifier.__index = Notifier

-- A name with an @ is an abstract one.
local function send(self, text) return core.send_datagram(self.path, text) end

local function microseconds() return ("%.0f"):format(cqueues.monotime() * 1e6) end

--- Tells that requests are answered.
-- @tparam string status a sentence for people
function Notifier:ready(status) return self.path and send(self, "READY=1\nSTATUS=" .. status) end

--- Tells that policies are loaded again; `ready` ends that.
function Notifier:reloading()
  return self.path and send(self, "RELOADING=1\nMONOTONIC_USEC=" .. microseconds())
end

--- Tells that it ends.
function Notifier:stopping() return self.path and send(self, "STOPPING=1") end

--- Tells that it is alive.
function Notifier:alive() return self.path and send(self, "WATCHDOG=1") end

--- Whom to tell.
-- @tparam function getenv
-- @treturn table `ready`, `reloading`, `stopping`, `alive`, which do nothing where nobody listens; `watchdog`,
--   the seconds after which it wants to hear that we are alive, or nil
function systemd.notifier(getenv)
  local path, pid = getenv "NOTIFY_SOCKET", getenv "WATCHDOG_PID"
  local watchdog = tonumber(getenv "WATCHDOG_USEC")
  if pid and pid ~= systemd.pid() then watchdog = nil end
  return setmetatable({
    path = path ~= "" and path or nil, watchdog = path and watchdog and watchdog / 1e6 or nil,
  }, Notifier)
end

return systemd
