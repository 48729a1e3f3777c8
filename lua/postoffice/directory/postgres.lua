--- PostgreSQL by connections of our own, which let others run while they wait where the host has such,
-- and whose timeout holds; for a server on this machine, since it speaks no TLS.
-- @module postoffice.directory.postgres

local protocol = require "postoffice.directory.postgres_protocol"
local scram = require "postoffice.directory.scram"
local server = require "postoffice.directory.server"
local streams = require "postoffice.directory.streams"

local unpack = unpack or table.unpack

local postgres = {}

local PORT = 5432

-- Where a server is: a host that begins with / is a folder of sockets.
local function where_of(options)
  local host, port = options.host or "127.0.0.1", options.port or PORT
  if host:sub(1, 1) == "/" then return { path = ("%s/.s.PGSQL.%d"):format(host, port) } end
  return { host = host, port = port }
end

-- What a session begins with.
local function startup_of(options)
  local parameters = {
    user = options.user, database = options.database, client_encoding = "UTF8",
    statement_timeout = ("%d"):format(math.ceil(options.timeout * 1000)),
    application_name = "postoffice", default_transaction_read_only = "on",
  }
  for name, value in pairs(options.parameters) do parameters[name] = tostring(value) end
  return protocol.startup(parameters)
end

-- Sends what proves who we are; the ticket of the reply, or nil and why.
local function exchange_one(opened, request, deadline)
  local tickets, why = opened:exchange({ request }, deadline)
  if not tickets then return nil, why end
  if tickets[1].failure then return nil, tickets[1].failure end
  return tickets[1]
end

local function prove_by_scram(opened, ticket, options, deadline)
  if not ticket.data:find(scram.NAME, 1, true) then
    return nil, "the server offers no " .. scram.NAME
  end
  if not pcall(require, "openssl.kdf") then
    return nil, "a password takes luaossl: install Debian's lua-luaossl or the rock luaossl"
  end
  local begun, first = scram.begin(scram.nonce(), "")
  local why, proof, expected
  ticket, why = exchange_one(opened, protocol.begin_proof(scram.NAME, first), deadline)
  if not ticket then return nil, why end
  proof, expected = scram.finish(begun, options.password, ticket.data)
  if not proof then return nil, expected end
  ticket, why = exchange_one(opened, protocol.prove(proof), deadline)
  if not ticket then return nil, why end
  if ticket.signature == expected then return true end
  return nil, "the server does not know the password either"
end

local CLEARTEXT, SASL = 3, 10

-- Begins a session on a new connection.
local function greeter(options, is_local)
  return function(opened, deadline)
    local ticket, why = exchange_one(opened, startup_of(options), deadline)
    if not ticket then return nil, why end
    if ticket.method == 0 then return true end
    if not options.password then return nil, "the server wants a password" end
    if ticket.method == SASL then return prove_by_scram(opened, ticket, options, deadline) end
    if ticket.method == CLEARTEXT and is_local then
      return exchange_one(opened, protocol.password(options.password), deadline)
    end
    return nil, "the server wants a password in a way that is not safe; let it want scram-sha-256"
  end
end

local Postgres = {}
Postgres.__index = Postgres

--- Makes one; nothing connects yet.
-- @tparam table options of the directory
-- @treturn table
function postgres.new(options)
  local where = where_of(options)
  return setmetatable({
    server = server.new {
      where = where, timeout = options.timeout, protocol = protocol,
      greet = greeter(options, where.path ~= nil),
    },
  }, Postgres)
end

--- What a statement returns; see `Database:rows`.
-- @tparam function write takes what stands for a text, returns the statement
-- @number most
-- @treturn {table,...}|nil rows
-- @treturn {string,...}|nil names
-- @treturn string|nil why there are none
function Postgres:rows(write, most)
  local values = {}
  local text = write(function(value)
    values[#values + 1] = value
    return "$" .. #values
  end)
  local tickets, why = self.server:exchange { protocol.statement(text, values, most) }
  local ticket = tickets and tickets[1]
  if not ticket then return nil, nil, why end
  if ticket.failure then return nil, nil, ticket.failure end
  if not ticket.complete then return nil, nil, "the server did not say that it was done" end
  if not ticket.names then return nil, nil, "the statement returns no rows" end
  return ticket.rows, ticket.names
end

-- The rows of a ticket, or nil and why there are none.
local function rows_of(ticket)
  if ticket.failure then return nil, ticket.failure end
  if not ticket.complete then return nil, "the server did not say that it was done" end
  return ticket.rows
end

-- The requests for statements, each a text and its values in a table.
local function requests_of(statements)
  local requests = {}
  for i, statement in ipairs(statements) do
    requests[i] = protocol.repeated(statement[1], { unpack(statement, 2) }, 0)
  end
  return requests
end

-- The rows of tickets, of each a list; or nil and why the first that failed did.
local function all_rows(tickets)
  local lists = {}
  for i, ticket in ipairs(tickets) do
    local why
    lists[i], why = rows_of(ticket)
    if why then return nil, why end
  end
  return lists
end

-- A statement that was prepared, and whose tables have been altered since: feature_not_supported, with
-- which PostgreSQL says that its plan would return other types.
local CHANGED = "^0A000"

--- What several statements return, which are sent together and carried out one after the other.
-- @tparam {table,...} statements each a text with `$1` and so on, and then their values
-- @treturn {table,...}|nil for each its rows
-- @treturn string|nil why there are none
function Postgres:together(statements)
  local tickets, why = self.server:exchange(requests_of(statements))
  if not tickets then return nil, why end
  local lists
  lists, why = all_rows(tickets)
  if lists or not why:find(CHANGED) then return lists, why end
  tickets, why = self.server:exchange(requests_of(statements)) -- they are prepared anew
  if not tickets then return nil, why end
  return all_rows(tickets)
end

--- Lets others run for a while, where there are such.
-- @number seconds
function Postgres.sleep(_, seconds) assert(streams.transport()).sleep(seconds) end

--- Closes its connections.
function Postgres:close() self.server:close() end

-- ---- One connection -------------------------------------------------------------

local Session = {}
Session.__index = Session

--- Connects for several statements that belong together, by a connection that is never made anew.
-- @tparam table options as for `new`; with `parameters = { default_transaction_read_only = "off" }` it
--   writes
-- @treturn table|nil
-- @treturn string|nil why not
function postgres.session(options)
  local transport, why = streams.transport()
  if not transport then return nil, why end
  local opened
  opened, why = postgres.new(options).server:open(transport, transport.now() + options.timeout)
  if not opened then return nil, why end
  return setmetatable({
    channel = opened, transport = transport, timeout = options.timeout,
  }, Session)
end

--- What a statement returns.
-- @string text
-- @param ... its values, which are texts
-- @treturn {table,...}|nil rows
-- @treturn string|nil why there are none
function Session:rows(text, ...)
  local tickets, why = self.channel:exchange(requests_of { { text, ... } },
    self.transport.now() + self.timeout)
  if not tickets then return nil, why end
  return rows_of(tickets[1])
end

--- Closes it; what was not committed has not happened.
function Session:close() self.channel:close() end

return postgres
