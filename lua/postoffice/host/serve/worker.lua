--- One of several processes that answer: what it hears from the one that supervises, and asks it for.
-- @module postoffice.host.serve.worker

local condition = require "cqueues.condition"
local control = require "postoffice.host.serve.control"
local cqueues = require "cqueues"
local metrics = require "postoffice.host.metrics"
local shares = require "postoffice.host.serve.shares"
local systemd = require "postoffice.host.serve.systemd"

local worker = {}

local Worker = {}
Worker.__index = Worker

local PATIENCE = 60 -- seconds for what is asked: a policy's tests may take a while

-- What is told, by the first word of a line.
local HEARD = {}

-- The revision that was published is live by now.
function HEARD.load(self, name)
  local site = self.server.service.sites[name]
  local ok, said = site:reload()
  self.server.log:event(ok and "loaded" or "reload refused", {
    site = name, process = self.told.slot, revision = site:revision(),
    message = not ok and said or nil,
  })
end

function HEARD.reopen(self) self.server:reopen() end

function HEARD.stop(self)
  self.is_told = true
  self.server:stop()
end

function HEARD.done(self, id, is_done, said)
  local waiting = self.waiting[id]
  if not waiting then return end
  self.waiting[id] = nil
  waiting.is_done, waiting.said = is_done == "yes", said
  waiting.condition:signal()
end

-- Asks for something; returns whether it was done, and what is said of it.
local function ask(self, what, ...)
  self.asked = self.asked + 1
  local id, waiting = tostring(self.asked), { condition = condition.new() }
  self.waiting[id] = waiting
  self.control:send(what, id, ...)
  waiting.condition:wait(PATIENCE)
  self.waiting[id] = nil
  if waiting.is_done then return true, waiting.said end
  return nil, waiting.said or "the process that supervises does not answer"
end

-- Hears to the end: without the one that supervises, it ends too.
local function hear(self)
  while true do
    local words = self.control:receive()
    if not words then break end
    local heard = HEARD[words[1]]
    if heard then heard(self, words[2], words[3], words[4]) end
  end
  self.server.is_orphan = not self.is_told
  self.server:stop()
end

-- Lets others read the counts, and the one that supervises know that this process answers.
local function share_counts(self)
  while true do
    self.control:send "alive"
    shares.write(self.told.folder, self.told.slot, metrics.dump(self.server.service.counts:all()))
    cqueues.sleep(shares.SECONDS)
  end
end

-- What changes something is done by the one that supervises, for all.
local function redirect(self, service)
  function service.reload(_, name) return ask(self, "reload", name) end
  function service.set_down(_, site, name, is_down)
    local ok, message = ask(self, "down", site or "", name, tostring(is_down))
    self.server.down:look()
    return ok, message
  end
  function service.others(counts)
    shares.add_others(counts, self.told.folder, self.told.count, self.told.slot)
  end
end

--- Takes part.
-- @tparam table server see `postoffice.host.serve.server`
-- @tparam table told see `postoffice.host.serve.processes`
-- @treturn boolean|nil
-- @treturn string message
function worker.join(server, told)
  local self = setmetatable({ server = server, told = told, waiting = {}, asked = 0 }, Worker)
  local message
  self.control, message = control.adopt(told.control)
  if not self.control then return nil, message end
  server.service.counts:start(shares.past(told.folder, told.slot))
  redirect(self, server.service)
  server.loop:spawn(function() return hear(self) end)
  server.loop:spawn(function() return share_counts(self) end)
  server.loop:spawn(function() self.control:send("ready", systemd.pid() or "") end)
  return true
end

return worker
