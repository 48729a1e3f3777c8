--- Connections to servers, as the host has them: those of cqueues and of OpenResty let others run
-- while they wait, those of LuaSocket block.
--
-- A transport has `now()`, the time in seconds; `connect(where, seconds)`, which returns a stream, or
-- nil and why; `scope()`, the object that its connections belong to; `condition()`, by which
-- coroutines wait for each other; `sleep(seconds)`; and `pooled`, true if the host keeps its connections.
--
-- A stream has `send(text, seconds)`, `receive(count, seconds)`, `line(seconds)`, which return nil and
-- why where they fail, and `close()`; a pooled one `keep()`, and `reused` if others had it.  After a
-- failure a stream is good for nothing but `close`.
-- @module postoffice.directory.streams

local streams = {}

local CLOSED, TIMEOUT = "the server closed the connection", "the server did not answer in time"

--- The reason why nothing came in time.
streams.TIMEOUT = TIMEOUT

-- The least that is waited: 0 is "for ever" to some.
local LEAST = 0.001

local function at_least(seconds) return math.max(seconds, LEAST) end

-- What LuaSocket and OpenResty call their errors.
local REASONS = { closed = CLOSED, timeout = TIMEOUT }

local function reason(why) return REASONS[why] or tostring(why) end

-- ---- LuaSocket ---------------------------------------------------------------

local Blocking = {}
Blocking.__index = Blocking

function Blocking:send(text, seconds)
  self.socket:settimeout(at_least(seconds), "t")
  local sent, why = self.socket:send(text)
  if not sent then return nil, reason(why) end
  return true
end

local function blocking_receive(self, what, seconds)
  self.socket:settimeout(at_least(seconds), "t")
  local text, why = self.socket:receive(what)
  if not text then return nil, reason(why) end
  return text
end

function Blocking:receive(count, seconds) return blocking_receive(self, count, seconds) end
function Blocking:line(seconds) return blocking_receive(self, "*l", seconds) end
function Blocking:close() self.socket:close() end

local blocking = { name = "luasocket" }

function blocking.now() return require "socket".gettime() end
function blocking.scope() return blocking end
function blocking.condition() return nil end -- nothing runs meanwhile
function blocking.sleep(seconds) require "socket".sleep(seconds) end

--- A socket of LuaSocket that is connected, and whose timeout is for all of a call.
-- @tparam table where `path`, or `host` and `port`
-- @number seconds
-- @treturn userdata|nil
-- @treturn string|nil why not
function streams.luasocket(where, seconds)
  local connection = where.path and require "socket.unix".stream() or require "socket".tcp()
  connection:settimeout(at_least(seconds), "t")
  local ok, why
  if where.path then ok, why = connection:connect(where.path)
  else ok, why = connection:connect(where.host, where.port)
  end
  if not ok then
    connection:close()
    return nil, reason(why)
  end
  if not where.path then connection:setoption("tcp-nodelay", true) end
  return connection
end

function blocking.connect(where, seconds)
  local connection, why = streams.luasocket(where, seconds)
  if not connection then return nil, why end
  return setmetatable({ socket = connection }, Blocking)
end

-- ---- cqueues -----------------------------------------------------------------

local Yielding = {}
Yielding.__index = Yielding

-- Why something failed: the number of an error, or none at the end of what the server sent.
local function cqueues_reason(code)
  if code == nil then return CLOSED end
  local errno = require "cqueues.errno"
  return code == errno.ETIMEDOUT and TIMEOUT or errno.strerror(code)
end

function Yielding:send(text, seconds)
  self.socket:settimeout(at_least(seconds))
  local ok, code = self.socket:write(text)
  if ok then ok, code = self.socket:flush() end
  if not ok then return nil, cqueues_reason(code) end
  return true
end

local function yielding_receive(self, what, seconds)
  self.socket:settimeout(at_least(seconds))
  local text, code = self.socket:read(what)
  if not text then return nil, cqueues_reason(code) end
  return text
end

function Yielding:receive(count, seconds)
  if count == 0 then return "" end
  local text, why = yielding_receive(self, count, seconds)
  if text and #text < count then return nil, CLOSED end
  return text, why
end

function Yielding:line(seconds)
  local text, why = yielding_receive(self, "*l", seconds)
  return text and text:gsub("\r$", "") or nil, why
end

function Yielding:close() self.socket:close() end

local yielding = { name = "cqueues" }

function yielding.now() return require "cqueues".monotime() end
function yielding.scope() return (require "cqueues".running()) or yielding end
function yielding.condition() return require "cqueues.condition".new() end
function yielding.sleep(seconds) require "cqueues".sleep(seconds) end

-- What a server has to prove before anything is sent: that a certificate, which an authority of ours
-- has signed, has its name.
local function context_of(tls)
  local contexts = require "openssl.ssl.context"
  local context = contexts.new("TLS", false)
  local store, proof = require "openssl.x509.store".new(), require "openssl.x509.verify_param".new()
  if tls.ca then store:add(tls.ca) else store:addDefaults() end
  if tls.name:find "^[%d.]+$" or tls.name:find ":" then proof:setIP(tls.name)
  else proof:setHost(tls.name)
  end
  context:setStore(store)
  context:setParam(proof)
  context:setVerify(contexts.VERIFY_PEER)
  return context
end

-- Begins TLS, if it is wanted; nil and a code if the server does not prove who it is.
local function secure(connection, tls, seconds)
  if not tls then return true end
  local ok, context = pcall(context_of, tls)
  if not ok then return nil, tostring(context) end
  local code
  ok, code = connection:starttls(context, at_least(seconds))
  if not ok then return nil, "TLS: " .. cqueues_reason(code) end
  return true
end

function yielding.connect(where, seconds)
  local socket = require "cqueues.socket"
  local connection = socket.connect {
    host = where.host, port = where.port, path = where.path, nodelay = not where.path,
    sendname = where.tls and where.tls.name or false,
  }
  connection:onerror(function(_, _, code) return code end)
  connection:setmode("b", "bf")
  local ok, why = connection:connect(at_least(seconds))
  if not ok then why = cqueues_reason(why) else ok, why = secure(connection, where.tls, seconds) end
  if ok then return setmetatable({ socket = connection }, Yielding) end
  connection:close()
  return nil, why
end

-- ---- OpenResty ---------------------------------------------------------------

-- Connections of a worker to a server: others wait for one of them.
local IDLE_MILLISECONDS, POOLED, BACKLOG = 60000, 16, 4096

--- How OpenResty takes a connection from a pool.
-- @string name
-- @treturn table options of its `connect`
function streams.pool(name) return { pool = name, pool_size = POOLED, backlog = BACKLOG } end

--- How it puts one back.
-- @treturn number milliseconds
-- @treturn number connections
function streams.keeping() return IDLE_MILLISECONDS, POOLED end

local MOST_BYTES = 65536 -- that are taken at once

local openresty = { name = "openresty", pooled = true }

local function nginx() return rawget(_G, "ngx") end

function openresty.now()
  nginx().update_time()
  return nginx().now()
end

local Cosocket = {}
Cosocket.__index = Cosocket

local function milliseconds(seconds) return math.ceil(at_least(seconds) * 1000) end

function Cosocket:send(text, seconds)
  self.socket:settimeout(milliseconds(seconds))
  local sent, why = self.socket:send(text)
  if not sent then return nil, reason(why) end
  return true
end

-- Adds what has come to what was not taken yet: the timeouts of OpenResty are for the next byte.
local function fill(self, deadline)
  local left = deadline - openresty.now()
  if left <= 0 then return nil, TIMEOUT end
  self.socket:settimeout(milliseconds(left))
  local text, why = self.socket:receiveany(MOST_BYTES)
  if not text then return nil, reason(why) end
  self.parts[#self.parts + 1], self.count = text, self.count + #text
  return true
end

-- All that is there as one text.
local function gathered(self)
  local text = table.concat(self.parts)
  self.parts = { text }
  return text
end

-- Takes bytes, and leaves out some after them.
local function take(self, count, after)
  local text = gathered(self)
  self.parts, self.count = { text:sub(count + after + 1) }, #text - count - after
  return text:sub(1, count)
end

function Cosocket:receive(count, seconds)
  local deadline = openresty.now() + seconds
  while self.count < count do
    local ok, why = fill(self, deadline)
    if not ok then return nil, why end
  end
  return take(self, count, 0)
end

function Cosocket:line(seconds)
  local deadline = openresty.now() + seconds
  while true do
    local stop = gathered(self):find("\n", 1, true)
    if stop then return (take(self, stop - 1, 1):gsub("\r$", "")) end
    local ok, why = fill(self, deadline)
    if not ok then return nil, why end
  end
end

function Cosocket:close() self.socket:close() end
function Cosocket:keep() self.socket:setkeepalive(streams.keeping()) end

function openresty.scope() return openresty end
function openresty.condition() return nil end -- no two questions share a connection
function openresty.sleep(seconds) nginx().sleep(seconds) end

function openresty.connect(where, seconds)
  local connection = nginx().socket.tcp()
  connection:settimeout(milliseconds(seconds))
  local ok, why
  if where.path then
    ok, why = connection:connect("unix:" .. where.path, streams.pool(where.pool))
  else
    ok, why = connection:connect(where.host, where.port, streams.pool(where.pool))
  end
  local reused = ok and connection:getreusedtimes() > 0
  if ok and where.tls and not reused then
    ok, why = connection:sslhandshake(nil, where.tls.name, true)
    if not ok then why = "TLS: " .. tostring(why) end
  end
  if not ok then return nil, reason(why) end
  return setmetatable({ socket = connection, reused = reused, parts = {}, count = 0 }, Cosocket)
end

-- ---- Which -------------------------------------------------------------------

local function has(name) return (pcall(require, name)) end

-- Whether the code that runs now is one of a cqueues controller's coroutines.
local function in_controller()
  local loaded = package.loaded["cqueues"]
  return loaded and (loaded.running()) ~= nil
end

local function secure_transport()
  if has "cqueues" and has "openssl.ssl.context" then return yielding end
  return nil, "TLS takes cqueues and luaossl: install Debian's lua-cqueues and lua-luaossl, or the "
    .. "rocks cqueues and luaossl"
end

--- The transport that serves whoever runs now.
-- @tparam table|nil tls nil, or `name`, whom the server has to be, and `ca`, a file of authorities
-- @treturn table|nil
-- @treturn string|nil what to install
function streams.transport(tls)
  if nginx() and nginx().socket then return openresty end
  if tls then return secure_transport() end
  if in_controller() then return yielding end
  if has "socket" then return blocking end
  if has "cqueues" then return yielding end
  return nil, "a directory needs a library to connect by: install LuaSocket (Debian's lua-socket, "
    .. "the rock luasocket), or cqueues (lua-cqueues), which lets others run meanwhile"
end

return streams
