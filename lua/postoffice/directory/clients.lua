--- Redis by a client library of the host: lua-redis, which blocks, or lua-nginx-redis and
-- lua-resty-redis, which work inside of OpenResty; or by a function that opens any such object.
--
-- Their methods are commands in lower case.  They raise, or return nil or false and an error; null is
-- nil, or a userdata.
-- @module postoffice.directory.clients

local breaker = require "postoffice.directory.breaker"
local streams = require "postoffice.directory.streams"

local clients = {}

-- ---- The libraries -----------------------------------------------------------

local function required(names, package)
  for _, name in ipairs(names) do
    local ok, library = pcall(require, name)
    if ok then return library end
  end
  error(("option client: there is no module %s; install %s"):format(table.concat(names, " or "),
    package), 6)
end

-- Its own way to connect bounds no socket that has a path.
local function open_lua_redis(redis, options)
  return function()
    local connection, why = streams.luasocket(options, options.timeout)
    if not connection then return nil, why end
    return redis.connect { socket = connection }
  end
end

local function open_nginx_redis(redis, options)
  return function()
    local client = redis:new()
    client:set_timeout(options.timeout * 1000)
    local ok, why
    local pool = streams.pool(options.pool)
    if options.path then ok, why = client:connect("unix:" .. options.path, pool)
    else ok, why = client:connect(options.host, options.port, pool)
    end
    if not ok then return nil, why end
    return client
  end
end

-- By name: the modules that there may be, the package that has them, and how they connect.
local LIBRARIES = {
  ["lua-redis"] = {
    { "redis" }, "Debian's lua-redis or the rock redis-lua", open_lua_redis,
  },
  ["nginx"] = {
    { "resty.redis", "nginx.redis" }, "Debian's lua-nginx-redis or the rock lua-resty-redis",
    open_nginx_redis,
  },
}

--- The names of the libraries.
clients.NAMES = LIBRARIES

local pools = 0

-- What opens a client, as the option says.
local function opener(options)
  if type(options.client) == "function" then return options.client end
  local library = LIBRARIES[options.client]
  pools = pools + 1
  return library[3](required(library[1], library[2]), {
    host = options.host, port = options.port, path = options.path, timeout = options.timeout,
    pool = "postoffice client " .. pools,
  })
end

-- ---- Its commands ------------------------------------------------------------

-- What an item of an array stands for; false for null.
local function item_of(item)
  if item == nil or type(item) == "userdata" then return false end
  return item
end

-- What lua-redis raises for an error that the server told, and not for a connection that is lost.
local TOLD = "redis error: (.*)"

-- A reply as `resp` has it; `lost` if the client is good for nothing afterwards.
local function reply_of(ok, value, why)
  if not ok then
    local told = tostring(value):match(TOLD)
    return { failure = told or tostring(value), lost = not told }
  elseif not value and why ~= nil then return { failure = tostring(why), lost = value == nil }
  elseif value == nil or type(value) == "userdata" then return {}
  elseif type(value) ~= "table" then return { value = value }
  end
  local list = {}
  for key, item in pairs(value) do list[key] = item_of(item) end
  return { value = list }
end

local function command(client, request)
  local name = request[1]:lower()
  local method = client[name]
  if not method then return { failure = ("the client has no method %s"):format(name) } end
  return reply_of(pcall(method, client, (unpack or table.unpack)(request, 2)))
end

-- Closes a client of whatever library.
local function close(client)
  local network = type(client.network) == "table" and client.network.socket
  if network then return pcall(network.close, network) end
  if client.close then pcall(client.close, client) end
end

local Client = {}
Client.__index = Client

--- Makes what asks by a client of the host, as `server` does by connections of our own.
-- @tparam table options of the directory
-- @tparam {table,...} greetings the commands that a new connection begins with
-- @treturn table
function clients.new(options, greetings)
  return setmetatable({
    open_client = opener(options), greetings = greetings, breaker = breaker.new(), idle = {},
    timeout = options.timeout,
  }, Client)
end

local function is_reused(client)
  if type(client.get_reused_times) ~= "function" then return false end
  local ok, times = pcall(client.get_reused_times, client)
  return ok and type(times) == "number" and times > 0
end

-- A new client; or nil and why.
function Client:open()
  local ok, client, why = pcall(self.open_client)
  if not ok then return nil, tostring(client) end
  if not client then return nil, tostring(why) end
  if is_reused(client) then return client, nil, true end
  for _, greeting in ipairs(self.greetings) do
    local reply = command(client, greeting)
    if reply.failure then
      close(client)
      return nil, reply.failure
    end
  end
  return client
end

-- A client that nobody uses, or a new one; and whether it is an old one.  It is ours alone then: who
-- waits for a reply may let others run.
function Client:take()
  local client = table.remove(self.idle)
  if client then return client, nil, true end
  return self:open()
end

-- Keeps a client: in OpenResty it is the request's, and its connection goes to a pool.
function Client:keep(client)
  if type(client.set_keepalive) == "function" then
    pcall(client.set_keepalive, client, streams.keeping())
  else self.idle[#self.idle + 1] = client
  end
end

-- The replies to all, one after the other as long as there is time; or nil and why the client is lost.
function Client:replies_to(client, requests)
  local tickets, began = {}, os.time()
  for i, request in ipairs(requests) do
    if os.difftime(os.time(), began) > self.timeout + 1 then return nil, streams.TIMEOUT end
    tickets[i] = command(client, request)
    if tickets[i].lost then return nil, tickets[i].failure end
  end
  return tickets
end

function Client:try(requests)
  local client, why, old = self:take()
  if not client then return nil, why end
  local tickets
  tickets, why = self:replies_to(client, requests)
  if tickets then
    self:keep(client)
    return tickets
  end
  close(client)
  return nil, why, old and why ~= streams.TIMEOUT
end

--- Asks; see `Server:exchange`.
-- @tparam {table,...} requests commands
-- @treturn {table,...}|nil replies
-- @treturn string|nil
function Client:exchange(requests)
  local now = os.time()
  local ok, why = self.breaker:allows(now)
  if not ok then return nil, why end
  local tickets, again
  tickets, why, again = self:try(requests)
  if again then tickets, why = self:try(requests) end
  if tickets then self.breaker:answered() else self.breaker:failed(why, now, os.time()) end
  return tickets, why
end

--- Closes what is kept.
function Client:close()
  for i, client in ipairs(self.idle) do
    close(client)
    self.idle[i] = nil
  end
end

return clients
