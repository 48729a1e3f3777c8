--- A connection that several coroutines use at once: each sends its requests when it has them, and
-- whoever waits first reads for all.
--
-- The protocol of a server says
--
--     protocol.WINDOW                            the requests that may wait for their replies
--     protocol.state(transport)                  what it has to know of a connection
--     protocol.encode(state, request, ticket)    the bytes of a request; notes whose the reply is
--     protocol.read(read)                        a message, or nil and why; `read.bytes(count)` and
--                                                `read.line()` do likewise
--     protocol.dispatch(state, message)          gives it to its ticket, which is `done` with the
--                                                last; returns nil and why if it is nobody's
--
-- A channel that failed once is dead, and so are all that wait for it.
-- @module postoffice.directory.channel

local streams = require "postoffice.directory.streams"

local Channel = {}
Channel.__index = Channel

local channel = {}

--- Makes a channel.
-- @tparam table stream
-- @tparam table transport
-- @tparam table protocol
-- @treturn table
function channel.new(stream, transport, protocol)
  return setmetatable({
    stream = stream, transport = transport, protocol = protocol, condition = transport.condition(),
    state = protocol.state(transport), pending = 0,
  }, Channel)
end

-- Ends it for all that wait.  Who reads or sends finds out, and closes it then.
function Channel:fail(why)
  self.dead = self.dead or why
  if not self.reading and not self.sending then self.stream:close() end
  self:wake()
end

--- Closes it.
function Channel:close() self:fail "the connection was closed" end

function Channel:wake()
  if self.condition then self.condition:signal() end
end

-- Waits until something has happened to the channel.  Whoever waits too long ends it: the coroutine
-- that reads may be gone, too.
function Channel:wait(deadline)
  local left = deadline - self.transport.now()
  if left > 0 then self.condition:wait(left) else self:fail(streams.TIMEOUT) end
end

-- Whether some requests are too many beside those that wait.
function Channel:is_full(count)
  return self.pending > 0 and self.pending + count > self.protocol.WINDOW
end

-- Waits until nobody else sends and so many requests may be sent.
function Channel:lock(count, deadline)
  while (self.sending or self:is_full(count)) and not self.dead do self:wait(deadline) end
  if self.dead then return nil, self.dead end
  self.sending = true
  return true
end

-- Sends requests that nothing comes between; returns their tickets.
function Channel:send(requests, deadline)
  local ok, why = self:lock(#requests, deadline)
  if not ok then return nil, why end
  self.pending = self.pending + #requests
  local tickets, texts = {}, {}
  for i, request in ipairs(requests) do
    tickets[i] = {}
    texts[i] = self.protocol.encode(self.state, request, tickets[i])
  end
  ok, why = self.stream:send(table.concat(texts), deadline - self.transport.now())
  self.sending = nil
  if not ok or self.dead then self:fail(why) end
  self:wake()
  return ok and tickets, why
end

-- What reads for the protocol, until a time.
local function reader(self, deadline)
  local function left() return deadline - self.transport.now() end
  return {
    bytes = function(count) return self.stream:receive(count, left()) end,
    line = function() return self.stream:line(left()) end,
  }
end

-- Reads one message and gives it to whom it is for.
function Channel:read_one(deadline)
  self.reading = true
  local message, why = self.protocol.read(reader(self, deadline))
  self.reading = false
  local ok = message
  if message then ok, why = self.protocol.dispatch(self.state, message) end
  if not ok or self.dead then self:fail(why) end
  self:wake()
end

local function are_done(tickets)
  for _, ticket in ipairs(tickets) do
    if not ticket.done then return false end
  end
  return true
end

--- Sends requests together and returns when all replies are there.
-- @tparam {any,...} requests
-- @number deadline
-- @treturn {table,...}|nil the tickets
-- @treturn string|nil why not
function Channel:exchange(requests, deadline)
  local tickets, why = self:send(requests, deadline)
  if not tickets then return nil, why end
  while not are_done(tickets) do
    if self.dead then return nil, self.dead end
    if self.reading then self:wait(deadline) else self:read_one(deadline) end
  end
  self.pending = self.pending - #requests
  self:wake()
  return tickets
end

return channel
