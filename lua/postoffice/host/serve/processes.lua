--- Several processes that answer, and one that supervises them.
--
-- Lua has no fork, and a process that is started afresh has nothing open that it does not need; so the
-- processes are the same command, started again, which finds in its environment which one it is and what it
-- was handed: the sockets that listen, and one to talk by.  The one that supervises loads, checks and tests
-- the policies and writes each to a file as `postoffice compile` does; all map that file, so that there is one
-- copy of a directory, and one revision.  A process that ends is started again, after a pause that doubles if
-- it ends soon; one that says nothing for a while hangs, and is killed.
-- @module postoffice.host.serve.processes

local control = require "postoffice.host.serve.control"
local cqueues = require "cqueues"
local lists = require "postoffice.lists"
local metrics = require "postoffice.host.metrics"
local shares = require "postoffice.host.serve.shares"
local socket = require "cqueues.socket"

local processes = {}

local Master = {}
Master.__index = Master

--- The environment's variable that tells a process what it was handed.
processes.VARIABLE = "POSTOFFICE_SERVE_PROCESS"

local FIRST_PAUSE, MOST_PAUSE = 0.1, 10 -- seconds before a process is started again
local SOON = 10 -- seconds of life after which it starts without much of a pause
local MOST_SILENT = 30 -- looks, one a second, at a process that says nothing before it is killed
local GRACE = 5 -- seconds that processes have after those to drain, before they are killed

-- What systemd told this process is not for those that it starts.
local UNSET = "unset NOTIFY_SOCKET WATCHDOG_USEC WATCHDOG_PID LISTEN_FDS LISTEN_PID LISTEN_FDNAMES"

local function quote(word) return "'" .. word:gsub("'", [['\'']]) .. "'" end

-- ---- Starting ----------------------------------------------------------------

-- Copies of sockets that a process inherits, and their numbers as a text.
local function heritage(list)
  local copies, numbers = {}, {}
  for i, one in ipairs(list) do
    copies[i] = socket.dup { fd = one:pollfd(), cloexec = false }
    numbers[i] = copies[i]:pollfd()
  end
  return copies, table.concat(numbers, ",")
end

local function start(self, slot)
  local ours, theirs = control.pair()
  local handed = { theirs }
  for _, listening in ipairs(self.sockets) do handed[#handed + 1] = listening end
  local copies, numbers = heritage(handed)
  local told = ("%d %d %s %s"):format(slot, self.count, numbers, self.folder)
  local pipe = io.popen(("%s; export %s=%s; exec %s </dev/null"):format(UNSET, processes.VARIABLE,
    quote(told), self.command), "w")
  for _, copy in ipairs(copies) do copy:close() end
  theirs:close()
  return { slot = slot, control = ours, pipe = pipe, since = cqueues.monotime(), silent = 0 }
end

-- ---- Talking -----------------------------------------------------------------

-- Tells all processes something.
local function tell_all(self, ...)
  for _, process in pairs(self.running) do process.control:send(...) end
end

-- What processes ask for, by the first word of a line: functions of the words that return whether it was done,
-- and what to say.
local REQUESTS = {}

function REQUESTS.reload(self, name) return self.server.service:reload(name) end

function REQUESTS.down(self, site, name, is_down)
  return self.server.service:set_down(site ~= "" and site or nil, name, is_down == "true")
end

local function hear(self, process, words)
  process.silent = 0
  if words[1] == "ready" then
    process.pid = words[2]
    self:settle(process)
  elseif REQUESTS[words[1]] then
    local ok, said = REQUESTS[words[1]](self, words[3], words[4], words[5])
    process.control:send("done", words[2], ok and "yes" or "no", said or "")
  end
end

-- Tells systemd once all are ready.
function Master:settle(process)
  process.is_ready = true
  for slot = 1, self.count do
    if not (self.running[slot] and self.running[slot].is_ready) then return end
  end
  if self.is_settled then return end
  self.is_settled = true
  self.server:ready()
end

-- ---- Living ------------------------------------------------------------------

-- The pause before a process that has ended is started again.
local function pause_after(self, process)
  local slot = process.slot
  if cqueues.monotime() - process.since > SOON then self.pauses[slot] = nil end
  local pause = self.pauses[slot] or FIRST_PAUSE
  self.pauses[slot] = math.min(2 * pause, MOST_PAUSE)
  return pause
end

-- Starts a process and hears it to its end.
local function attend(self, slot)
  local process = start(self, slot)
  self.running[slot] = process
  while true do
    local words = process.control:receive()
    if not words then break end
    hear(self, process, words)
  end
  process.control:close()
  process.pipe:close() -- waits until it has ended
  self.running[slot] = nil
  return process
end

-- Keeps a process running.
local function keep(self, slot)
  while not self.is_stopping do
    local process = attend(self, slot)
    if self.is_stopping then break end
    self.server.log:event("process ended", { process = slot })
    if not self.is_settled and not process.is_ready then -- it never will be
      self.has_failed = true
      self.server:stop()
    end
    local pause = pause_after(self, process)
    self.server.service.counts:add "postoffice_process_restarts_total"
    cqueues.sleep(pause)
  end
  self.ended = self.ended + 1
  if self.ended == self.count then self.server.loop:drain(0) end
end

local function kill(process)
  if process.pid then os.execute("kill -KILL " .. process.pid) end
end

-- Kills those that do not end in time.
local function kill_late(self)
  cqueues.sleep(self.server.config.drain + GRACE)
  for _, process in pairs(self.running) do kill(process) end
end

-- Kills a process that answers no more.  Looks are counted, not seconds: who was held up itself did not look, and has
-- yet to hear what others said.
local function look_after(self, process)
  process.silent = process.silent + 1
  if not process.is_ready or process.silent <= MOST_SILENT then return end
  process.silent = 0
  self.server.log:event("process hangs", { process = process.slot })
  kill(process)
end

local function look_after_all(self)
  while not self.is_stopping do
    cqueues.sleep(shares.SECONDS)
    for _, process in pairs(self.running) do look_after(self, process) end
  end
end

--- Has all processes end.
function Master:stop()
  if self.is_stopping then return end
  self.is_stopping = true
  self.ended_listening()
  for _, listening in ipairs(self.sockets) do listening:close() end
  tell_all(self, "stop")
  self.server.loop:spawn(function() return kill_late(self) end)
end

-- Writes a policy for all processes.
local function publish(self, name)
  local live = self.server.service.sites[name].policy
  if live.poll then return tell_all(self, "load", name) end -- each reads its database
  local ok, message = live.policy:save(shares.policy_path(self.folder, name))
  if ok then return tell_all(self, "load", name) end
  self.server.log:event("failed", { site = name, message = message })
end

-- Writes what this process counts, for those that answer.
local function share_counts(self)
  while true do
    shares.write(self.folder, 0, metrics.dump(self.server.service.counts:all()))
    cqueues.sleep(shares.SECONDS)
  end
end

--- Runs processes until it is told to stop.
-- @tparam table server see `postoffice.host.serve.server`; it supervises and answers nothing itself
-- @tparam table options `count`, `folder` (of this process alone), `command` (for the shell), `ended`, which is
--   called before the sockets are closed
-- @tparam {userdata,...} sockets that listen
-- @treturn boolean false if one could not start
function processes.run(server, options, sockets)
  local self = setmetatable({
    server = server, count = options.count, folder = options.folder, command = options.command,
    sockets = sockets, ended_listening = options.ended, running = {}, pauses = {}, ended = 0,
  }, Master)
  for _, name in ipairs(lists.keys(server.service.sites)) do publish(self, name) end
  server.service.on_reload = function(name) return publish(self, name) end
  server:supervise {
    stop = function() return self:stop() end,
    reopen = function() return tell_all(self, "reopen") end,
  }
  for slot = 1, self.count do
    server.loop:spawn(function() return keep(self, slot) end)
  end
  server.loop:spawn(function() return share_counts(self) end)
  server.loop:spawn(function() return look_after_all(self) end)
  server.loop:run()
  return not self.has_failed
end

--- What the environment tells a process of several.
-- @tparam function getenv
-- @treturn table|nil `slot`, `count` of processes, `control` (a number of a file), `sockets` (likewise),
--   `folder`
function processes.told(getenv)
  local slot, count, numbers, folder =
    (getenv(processes.VARIABLE) or ""):match "^(%d+) (%d+) ([%d,]+) (.+)$"
  if not slot then return nil end
  local found = {}
  for number in numbers:gmatch "%d+" do found[#found + 1] = tonumber(number) end
  return {
    slot = tonumber(slot), count = tonumber(count), control = table.remove(found, 1),
    sockets = found, folder = folder,
  }
end

return processes
