--- The loop that knows connections and no protocol.
--
-- Connections that say nothing stay open; one that has begun a request has so many seconds to end it, and as many
-- to take a reply.  Where there are as many as there may be, the one that has been idle longest gives way, and a new
-- one waits if none is.  When the loop drains, it takes no more connections, closes those that are idle and
-- answers what was asked.
-- @module postoffice.host.serve.loop

local condition = require "cqueues.condition"
local core = require "postoffice.core"
local cqueues = require "cqueues"
local errno = require "cqueues.errno"
local guarded = require "postoffice.policy.route.guarded"

local loop = {}

local Loop = {}
Loop.__index = Loop

local BLOCK = 16384 -- bytes that are read at once, at most
-- How long a connection has its turn: answers, and seconds.  Replies of one turn are written together.
local TURN, TURN_SECONDS = 64, 0.001
local PAUSE = 0.05 -- seconds before the next try where there is no room for a connection

local concat = table.concat
local read_stream, write_stream = core.read_stream, core.write_stream
local EAGAIN, poll, monotime = errno.EAGAIN, cqueues.poll, cqueues.monotime

-- Why nobody was accepted, where that is no fault.
local NOBODY = { [errno.EAGAIN] = true, [errno.ETIMEDOUT] = true, [errno.ECONNABORTED] = true }

-- ---- One connection ----------------------------------------------------------

-- Waits for what a descriptor is to be ready for; false where it takes too long.
local function wait(what, seconds) return seconds > 0 and poll(what, seconds) == what end

-- Writes it all; false where nobody takes it.
local function write(self, connection, bytes)
  local at, deadline = 1, nil
  while true do
    local count, code = write_stream(connection.descriptor, bytes, at)
    if not count and code ~= EAGAIN then return false end
    at = at + (count or 0)
    if at > #bytes then return true end
    deadline = deadline or monotime() + self.seconds
    if not wait(connection.departure, deadline - monotime()) then return false end
  end
end

-- Waits for a request that has not begun; others may need the place.
local function wait_idle(self, connection)
  if self.draining then return false end
  self.turn = self.turn + 1
  connection.idle = self.turn
  poll(connection.arrival)
  connection.idle = nil
  return true
end

-- Waits for more of a request that has begun, or for one.
local function wait_for_bytes(self, connection)
  local since = connection.since
  if not since then return wait_idle(self, connection) end
  if wait(connection.arrival, since + self.seconds - monotime()) then return true end
  self.service:refused(connection.peer, "the request was not ended in time")
  return false
end

-- Reads some bytes; false at the end of them.  After a read that found little, nothing is there yet: the next
-- one would say so, which costs a call of the system for each request.
local function fill(self, connection)
  while true do
    if connection.is_drained and not wait_for_bytes(self, connection) then return false end
    local bytes, code = read_stream(connection.descriptor, BLOCK)
    if bytes then
      local now = monotime()
      connection.now, connection.turn, connection.since = now, now, connection.since or now
      connection.is_drained = #bytes < BLOCK
      connection.reader:push(bytes)
      return bytes ~= ""
    end
    if code ~= EAGAIN then return false end
    connection.is_drained = true
  end
end

-- Writes the replies that wait; false where nobody takes them.
local function send(self, connection)
  local replies, count = connection.replies, connection.reply_count
  if count == 0 then return true end
  connection.reply_count = 0
  return write(self, connection, count == 1 and replies[1] or concat(replies, "", 1, count))
end

-- Answers a request, by the coroutine for which the service knows when it began.
local function answer_since(began, connection, service, request)
  service.began[coroutine.running()] = began
  return connection.protocol.answer(service, request, connection.peer)
end

-- The reply to a request, and whether to close after it.
local function reply_to(self, connection, request)
  local service, protocol, began = self.service, connection.protocol, connection.now
  local ok, reply, closes = guarded(answer_since, began, connection, service, request)
  connection.now = monotime()
  service:answered(connection.peer, connection.now - began)
  if ok then return reply, closes end
  service:failed(connection.peer, reply)
  return protocol.failure(), true
end

-- Answers a request; its reply waits for others.  False where the connection is closed after it.
local function answer(self, connection, request)
  local reply, closes = reply_to(self, connection, request)
  connection.since = nil
  if reply then
    local count = connection.reply_count + 1
    connection.replies[count], connection.reply_count = reply, count
  end
  return not closes
end

-- Whether a connection has had its turn.
local function is_served(connection)
  return connection.reply_count >= TURN or connection.now - connection.turn >= TURN_SECONDS
end

-- Has others have their turn; false where nobody takes the replies of this one.
local function give_turn(self, connection)
  if not send(self, connection) then return false end
  poll(0)
  local now = monotime()
  connection.now, connection.turn = now, now
  return true
end

-- Talks to its end.
local function converse(self, connection)
  local reader = connection.reader
  while true do
    local request, why = reader:next()
    if request then
      if not answer(self, connection, request) then return send(self, connection) end
      if is_served(connection) and not give_turn(self, connection) then return end
    elseif not send(self, connection) then
      return
    elseif request == false then
      return self.service:refused(connection.peer, why)
    elseif not fill(self, connection) then
      return
    end
  end
end

-- ---- All of them -------------------------------------------------------------

local function count(self, connection, change)
  self.count = self.count + change
  self.service:connected(connection.peer, change)
end

local function serve(self, connection)
  local ok, why = guarded(converse, self, connection)
  if not ok then self.service:failed(connection.peer, why) end
  connection.socket:close()
  self.open[connection] = nil
  count(self, connection, -1)
  self.room:signal()
end

local function begin(self, listener, socket)
  socket:onerror(function(_, _, code) return code end)
  local descriptor = socket:pollfd()
  local connection = {
    socket = socket, descriptor = descriptor, protocol = listener.protocol, peer = listener.peer,
    arrival = { pollfd = descriptor, events = "r" },
    departure = { pollfd = descriptor, events = "w" },
    reader = listener.protocol.reader(self.limits), replies = {}, reply_count = 0,
  }
  self.open[connection] = true
  count(self, connection, 1)
  self.controller:wrap(serve, self, connection)
end

-- The connection that has been idle longest, or nil.
local function longest_idle(self)
  local longest
  for connection in pairs(self.open) do
    if connection.idle and (not longest or connection.idle < longest.idle) then
      longest = connection
    end
  end
  return longest
end

-- Has a connection end that waits for a request: what has come before is still read and answered.
local function release(connection) connection.socket:shutdown "r" end

-- Has the connection that has been idle longest give way, and waits for room a while.
local function give_way(self)
  local idle = longest_idle(self)
  if idle then
    idle.idle = nil
    release(idle)
  end
  self.room:wait(PAUSE)
end

-- Waits until there is room for one more.
local function make_room(self)
  while self.count >= self.most and not self.draining do give_way(self) end
end

local function accept_all(self, listener)
  while not self.draining do
    if self.count >= self.most then
      poll(listener.socket, self.stopping)
      make_room(self)
    end
    local socket, code = listener.socket:accept(nil, 0)
    if socket then begin(self, listener, socket)
    elseif NOBODY[code] then poll(listener.socket, self.stopping)
    else give_way(self) -- the system has no room: EMFILE
    end
  end
  listener.socket:close()
end

--- Makes a loop.
-- @tparam table service see `postoffice.host.service`
-- @tparam table options `length` of a request, in bytes; `seconds` for one; `connections` at once
-- @treturn table
function loop.new(service, options)
  return setmetatable({
    service = service, controller = cqueues.new(), open = {}, listeners = {}, count = 0, turn = 0,
    limits = { length = options.length }, seconds = options.seconds, most = options.connections,
    room = condition.new(), stopping = condition.new(), draining = false,
  }, Loop)
end

--- Has something run beside the connections.
-- @tparam function task
function Loop:spawn(task)
  self.controller:wrap(function()
    local ok, why = guarded(task)
    if not ok then self.service:failed(nil, why) end
  end)
end

--- Takes connections from a socket.
-- @tparam table listener `socket`, `protocol`, `peer`, which is handed to the protocol, and `ended`, which is called
--   before the socket is closed
function Loop:listen(listener)
  self.listeners[#self.listeners + 1] = listener
  self:spawn(function() return accept_all(self, listener) end)
end

--- Ends: no more connections, no more requests; what was asked is answered, for so many seconds.
-- @tparam number seconds
function Loop:drain(seconds)
  if self.draining then return end
  self.draining, self.service.draining = true, true
  for _, listener in ipairs(self.listeners) do listener.ended() end
  self.stopping:signal()
  self.room:signal()
  for connection in pairs(self.open) do
    if connection.idle then release(connection) end
  end
  self:spawn(function()
    local deadline = monotime() + seconds
    while self.count > 0 and monotime() < deadline do self.room:wait(deadline - monotime()) end
    self.is_over = true
  end)
end

--- Runs until it has drained.
function Loop:run()
  while not self.is_over do
    local ok, why = self.controller:step()
    if not ok then self.service:failed(nil, why) end
  end
end

return loop
