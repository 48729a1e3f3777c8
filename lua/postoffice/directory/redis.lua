--- People in Redis.
--
-- Options, beside those of all directories:
--
--     host, port      127.0.0.1 and 6379 unless said; or `path`, a Unix socket
--     username, password, database    for AUTH and SELECT
--     command         the words of a command that reads (GET, HGET, SMEMBERS, EVAL_RO, ...; one
--                     that may write is refused); { "GET", "{key}" } unless said
--     replica         false: the server is never a replica, and is not asked whether it is
--     max_age         seconds since a replica last heard of its primary, 30 unless said
--     tls             true, or { ca = FILE, name = }: who signs for the server (the system's authorities
--                     unless said), and whom it has to be (the host unless said); not with `client`
--     client          "lua-redis" or "nginx" (lua-nginx-redis, lua-resty-redis): by that library; or a
--                     function that returns a connected client with their methods
--
-- An answer is a text or a number, a list (SMEMBERS, LRANGE), or a table (HGETALL); null and what is
-- empty is "not found".  Every error of the server is a failure: LOADING, MASTERDOWN, READONLY, ...
--
-- A replica that has lost its primary still answers, and does not know who was added since.  So
-- "not found" of a replica only counts if its link to the primary is up, it is not being filled, and it
-- has heard of the primary lately: INFO goes before the command once more, in one go, which Redis
-- carries out together.
--
-- Without `client`, connections are our own.  Inside of OpenResty they come from its pools; those of
-- coroutines of one cqueues controller share a connection, on which requests do not wait for replies;
-- else LuaSocket is used, and blocks.
-- @module postoffice.directory.redis
-- @usage
-- local directory = require "postoffice.directory"
-- local staff = directory.redis { host = "127.0.0.1", command = { "HGET", "staff", "{address}" } }
-- type(staff.ask) --> "function"

local arguments = require "postoffice.arguments"
local clients = require "postoffice.directory.clients"
local keys = require "postoffice.directory.keys"
local lists = require "postoffice.lists"
local options_of = require "postoffice.directory.options"
local resp = require "postoffice.directory.resp"
local server = require "postoffice.directory.server"
local source = require "postoffice.directory.source"

local HOST, PORT, MAX_AGE = "127.0.0.1", 6379, 30

-- ---- Connecting --------------------------------------------------------------

-- The commands that a new connection begins with.
local function greetings_of(options)
  local list = {}
  if options.password then
    list[1] = { "AUTH", options.username or options.password,
      options.username and options.password }
  end
  if options.database then list[#list + 1] = { "SELECT", ("%d"):format(options.database) } end
  return list
end

-- What sends these; nil if there are none.
local function greeter(greetings)
  if #greetings == 0 then return nil end
  return function(opened, deadline)
    local tickets, why = opened:exchange(greetings, deadline)
    for _, ticket in ipairs(tickets or {}) do why = why or ticket.failure end
    return why == nil or nil, why
  end
end

local function connect(options)
  local greetings = greetings_of(options)
  if options.client then return clients.new(options, greetings) end
  return server.new {
    where = options.where, timeout = options.timeout, protocol = resp,
    greet = greeter(greetings),
  }
end

-- ---- What is answered --------------------------------------------------------

-- A table of the pairs of a list; a client of the host may have made it already.
local function map_of(list)
  if list[1] == nil then return list end
  local map = {}
  for i = 1, #list - 1, 2 do map[list[i]] = list[i + 1] end
  return map
end

-- Commands whose arrays are pairs.
local MAPS = { HGETALL = true }

-- What was found, or nil.
local function found(ticket, name)
  local value = ticket.value
  if type(value) ~= "table" then return value end
  if MAPS[name] then value = map_of(value) end
  return next(value) ~= nil and value or nil
end

-- ---- Replicas ----------------------------------------------------------------

-- The fields of INFO, which some clients have taken apart by its sections.
local function fields_of(info)
  local fields = {}
  if type(info) == "string" then
    for name, value in info:gmatch "([%w_]+):([^\r\n]*)" do fields[name] = value end
  elseif type(info) == "table" then
    for name, value in pairs(info) do
      if type(value) ~= "table" then fields[name] = tostring(value)
      else for inner, text in pairs(value) do fields[inner] = tostring(text) end
      end
    end
  end
  return fields
end

local STALE = "the replica %s, so nobody is missing for sure"

-- Why "not found" does not count on a server that says this of itself, or nil.
local function staleness(info, max_age)
  local fields = fields_of(info)
  if fields.role == "master" then return nil end
  if fields.role ~= "slave" then return "INFO replication tells no role" end
  if fields.master_link_status ~= "up" then return STALE:format "has lost its primary" end
  if fields.master_sync_in_progress ~= "0" then return STALE:format "is being filled" end
  local age = tonumber(fields.master_last_io_seconds_ago) or math.huge
  if age < 0 or age > max_age then
    return STALE:format(("has not heard of its primary for %.0f s"):format(age))
  end
  return nil
end

-- ---- Asking ------------------------------------------------------------------

local function request_of(command, key)
  local request = {}
  for i, word in ipairs(command) do request[i] = keys.fill(word, key) end
  return request
end

local function requests_for(command, list)
  local requests = {}
  for i, key in ipairs(list) do requests[i] = request_of(command, key) end
  return requests
end

-- The places of the keys that nothing was found for, and the keys.
local function missing(list, values, failures)
  local places, some = {}, {}
  for i, key in ipairs(list) do
    if values[i] == nil and not failures[i] then
      places[#places + 1], some[#some + 1] = i, key
    end
  end
  return places, some
end

-- Asks again for those that nothing was found for, and whether that counts.
local function confirm(asked, options, list, values, failures)
  local places, some = missing(list, values, failures)
  if #places == 0 or options.replica == false then return values, failures end
  local requests = requests_for(options.command, some)
  table.insert(requests, 1, { "INFO", "replication" })
  local tickets, why = asked:exchange(requests)
  if not tickets then return nil, why end
  local stale = tickets[1].failure or staleness(tickets[1].value, options.max_age)
  for i, place in ipairs(places) do
    local ticket = tickets[i + 1]
    values[place] = found(ticket, options.command[1])
    failures[place] = ticket.failure or (values[place] == nil and stale or nil)
  end
  return values, failures
end

local function ask(asked, options, list)
  local tickets, why = asked:exchange(requests_for(options.command, list))
  if not tickets then return nil, why end
  local values, failures = {}, {}
  for i, ticket in ipairs(tickets) do
    failures[i] = ticket.failure
    values[i] = not ticket.failure and found(ticket, options.command[1]) or nil
  end
  return confirm(asked, options, list, values, failures)
end

-- ---- The directory -----------------------------------------------------------

local LEVEL = 3 -- whom options blame

-- The commands that Redis' reference flags as read-only, and that answer what somebody may ask.
local READS = {}
for name in ([[
  GET MGET GETRANGE SUBSTR STRLEN GETBIT BITCOUNT BITFIELD_RO EXISTS TYPE TTL PTTL
  HGET HMGET HGETALL HEXISTS HKEYS HVALS HLEN HSTRLEN
  LRANGE LINDEX LLEN LPOS
  SMEMBERS SISMEMBER SMISMEMBER SCARD SRANDMEMBER SINTER SUNION SDIFF SINTERCARD
  ZRANGE ZRANGEBYSCORE ZRANGEBYLEX ZREVRANGE ZREVRANGEBYSCORE ZREVRANGEBYLEX ZSCORE ZMSCORE ZRANK
  ZREVRANK ZCARD ZCOUNT ZLEXCOUNT ZINTER ZUNION ZDIFF
  SORT_RO EVAL_RO EVALSHA_RO FCALL_RO JSON.GET JSON.MGET]]):gmatch "%S+" do
  READS[name] = true
end

-- What is wrong with a command, or nil.
local function fault_of_command(command)
  if command[1] == nil then return "option command has to be a list of words" end
  for _, word in ipairs(command) do
    if type(word) ~= "string" then
      return ("option command has to be a list of texts, without a %s"):format(type(word))
    end
  end
  if READS[command[1]:upper()] then return nil end
  return ("option command has to read, as GET, HGET and SMEMBERS do; %s may write"):format(
    command[1])
end

local function fault_of_tls(options)
  if options.tls and options.client then
    return "option tls is for connections of our own, not for those of a client"
  end
end

-- The options, with all that they leave out.
local function checked(given)
  local options = source.options(given, options_of.redis)
  options.host, options.port = options.host or HOST, options.port or PORT
  options.max_age = options.max_age or MAX_AGE
  options.command = lists.copy(options.command or { "GET", "{key}" })
  local fault = fault_of_command(options.command) or fault_of_tls(options)
  if fault then error(fault, LEVEL) end
  keys.check_all(table.concat(options.command), "option command", LEVEL + 1)
  options.command[1] = options.command[1]:upper()
  if type(options.client) == "string" then
    arguments.choice(options.client, clients.NAMES, "client", 1)
  end
  options.where = { host = options.host, port = options.port, path = options.path,
    tls = source.tls(options.tls, options.host, LEVEL + 1) }
  options.name, options.secrets = "redis", { options.password }
  return options
end

--- Makes a directory of a Redis server.
-- @tparam table given
-- @treturn table
local function redis(given)
  local options = checked(given)
  local asked = connect(options)
  return source.new(options, function(list) return ask(asked, options, list) end,
    function() asked:close() end)
end

return redis
