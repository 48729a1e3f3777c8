--- A server that is asked over connections which are kept: made when they are needed, and anew when
-- they are lost.
-- @module postoffice.directory.server

local breaker = require "postoffice.directory.breaker"
local channel = require "postoffice.directory.channel"
local streams = require "postoffice.directory.streams"

local Server = {}
Server.__index = Server

local server = {}

local pools = 0 -- names of pools that no two servers share

--- Makes a server; nothing connects yet.
-- @tparam table options `where` (`host` and `port`, or `path`; `tls`), `timeout`, `protocol` (see
--   `channel`), `greet` (nil, or what begins on a new channel, until a time; returns nil and why if the
--   server does not welcome us)
-- @treturn table
function server.new(options)
  pools = pools + 1
  local where = { host = options.where.host, port = options.where.port, path = options.where.path,
    tls = options.where.tls, pool = "postoffice " .. pools }
  return setmetatable({
    where = where, timeout = options.timeout, protocol = options.protocol,
    greet = options.greet, breaker = breaker.new(),
    channels = setmetatable({}, { __mode = "k" }),
  }, Server)
end

-- A new connection, or one of the host's pool.
function Server:open(transport, deadline)
  local stream, why = transport.connect(self.where, deadline - transport.now())
  if not stream then return nil, why end
  local opened = channel.new(stream, transport, self.protocol)
  if stream.reused or not self.greet then return opened end
  local ok
  ok, why = self.greet(opened, deadline)
  if ok then return opened end
  opened:fail(why)
  return nil, why
end

-- What holds the connection of a scope: its `channel`, or what `opening` it is waited for by.
function Server:slot(transport)
  local scope = transport.scope()
  local slot = self.channels[scope] or { condition = transport.condition() }
  self.channels[scope] = slot
  return slot
end

-- Waits until another coroutine of the same scope has opened the connection, which may be gone.
local function wait_for(slot, transport, deadline)
  while slot.opening do
    local left = deadline - transport.now()
    if left <= 0 then
      slot.opening = false
      return nil, streams.TIMEOUT
    end
    slot.condition:wait(left)
  end
  return true
end

-- The connection that this scope keeps, and whether it was there; or nil, false, why.
function Server:kept(transport, deadline)
  local slot = self:slot(transport)
  local ok, why = wait_for(slot, transport, deadline)
  if not ok then return nil, false, why end
  if slot.channel and not slot.channel.dead then return slot.channel, true end
  slot.opening = true
  slot.channel, why = self:open(transport, deadline)
  slot.opening = false
  if slot.condition then slot.condition:signal() end
  return slot.channel, false, why
end

function Server:connection(transport, deadline)
  if not transport.pooled then return self:kept(transport, deadline) end
  local opened, why = self:open(transport, deadline)
  return opened, opened and opened.stream.reused, why
end

-- Asks over one connection; returns the tickets, or nil, why and whether it was an old one, which
-- the server may have closed long ago.
function Server:try(transport, requests, deadline)
  local connection, old, why = self:connection(transport, deadline)
  if not connection then return nil, why, false end
  local tickets
  tickets, why = connection:exchange(requests, deadline)
  if not tickets then return nil, why, old and why ~= streams.TIMEOUT end
  if transport.pooled then connection.stream:keep() end
  return tickets
end

--- Asks a server.
-- @tparam {any,...} requests as the protocol has them
-- @treturn {table,...}|nil the tickets of the replies
-- @treturn string|nil why there are none
function Server:exchange(requests)
  local transport, why = streams.transport(self.where.tls)
  if not transport then return nil, why end
  local now = transport.now()
  local ok, refused = self.breaker:allows(now)
  if not ok then return nil, refused end
  local tickets, again
  tickets, why, again = self:try(transport, requests, now + self.timeout)
  if again then tickets, why = self:try(transport, requests, now + self.timeout) end
  if tickets then self.breaker:answered() else self.breaker:failed(why, now, transport.now()) end
  return tickets, why
end

--- Closes what is kept.
function Server:close()
  for scope, slot in pairs(self.channels) do
    if slot.channel then slot.channel:close() end
    self.channels[scope] = nil
  end
end

return server
