--- Connections of LuaSQL that are kept, made anew when they are lost, and bounded as far as their
-- databases can be.
-- @module postoffice.directory.database

local breaker = require "postoffice.directory.breaker"

local database = {}

-- ---- Drivers -----------------------------------------------------------------

-- A value of a connection string of libpq.
local function libpq_value(value) return "'" .. tostring(value):gsub("[\\']", "\\%0") .. "'" end

local LIBPQ = { dbname = "database", host = "host", port = "port", user = "user",
  password = "password" }

-- Seconds as libpq counts them for a connection.
local function connect_timeout(options) return math.max(1, math.ceil(options.timeout)) end

local function libpq_string(options)
  local words = { "connect_timeout=" .. libpq_value(connect_timeout(options)) }
  for name, option in pairs(LIBPQ) do
    if options[option] then words[#words + 1] = name .. "=" .. libpq_value(options[option]) end
  end
  for name, value in pairs(options.parameters) do
    words[#words + 1] = name .. "=" .. libpq_value(value)
  end
  return table.concat(words, " ")
end

local function connect_postgres(environment, options)
  return environment:connect(libpq_string(options))
end

-- Whether a file can be read: SQLite makes the one that it does not find.
local function connect_sqlite(environment, options)
  local file, why = io.open(options.database, "rb")
  if not file then return nil, why end
  file:close()
  return environment:connect(options.database, options.timeout * 1000)
end

local DRIVERS = {
  postgres = {
    module = "luasql.postgres", package = "Debian's lua-sql-postgres or the rock luasql-postgres",
    connect = connect_postgres,
    begins = function(options)
      return ("SET statement_timeout = %d; SET default_transaction_read_only = on"):format(
        math.ceil(options.timeout * 1000))
    end,
  },
  sqlite3 = {
    module = "luasql.sqlite3", package = "Debian's lua-sql-sqlite3 or the rock luasql-sqlite3",
    connect = connect_sqlite,
    begins = function() return "PRAGMA query_only = 1" end,
    lifetime = 10, -- seconds: a file that was replaced by another stays open
  },
}

--- The drivers by name.
database.DRIVERS = DRIVERS

-- ---- Connections -------------------------------------------------------------

local Database = {}
Database.__index = Database

--- Makes one; nothing connects yet.  Raises if there is no such library.
-- @tparam table options of the directory
-- @number level whom to blame, as `error` counts from here
-- @treturn table
function database.new(options, level)
  local driver = DRIVERS[options.driver]
  local ok, library = pcall(require, driver.module)
  if not ok then
    error(("there is no module %s: install %s"):format(driver.module, driver.package), level)
  end
  return setmetatable({
    environment = library[options.driver](), driver = driver, options = options,
    breaker = breaker.new(),
  }, Database)
end

-- Calls a method of LuaSQL, which may raise for what it could have returned.
local function call(object, method, ...)
  local ok, value, why = pcall(object[method], object, ...)
  if not ok then return nil, tostring(value) end
  return value, why
end

function Database:open()
  local connection, why = self.driver.connect(self.environment, self.options)
  if not connection then return nil, why end
  local ok
  ok, why = call(connection, "execute", self.driver.begins(self.options))
  if ok then
    self.connection, self.opened = connection, os.time()
    if type(ok) == "userdata" then call(ok, "close") end
    return connection
  end
  call(connection, "close")
  return nil, why
end

--- Closes the connection.
function Database:close()
  if self.connection then call(self.connection, "close") end
  self.connection = nil
end

-- The connection that is kept, and true; or a new one.
function Database:kept()
  local lifetime = self.driver.lifetime
  if lifetime and self.connection and math.abs(os.time() - self.opened) >= lifetime then
    self:close()
  end
  if self.connection then return self.connection, nil, true end
  return self:open()
end

-- What writes a text as it stands in a statement.
local function quoting(connection)
  return function(text) return "'" .. connection:escape(text) .. "'" end
end

-- The rows of a cursor, at most so many.
local function rows_of(cursor, most)
  local names, rows = cursor:getcolnames(), {}
  while #rows < most do
    local row, why = call(cursor, "fetch", {}, "n")
    if not row then return why == nil and rows or nil, names, why end
    rows[#rows + 1] = row
  end
  return rows, names
end

-- The rows that a statement returns, and the names of their columns; or nil, nil, why.
local function query(connection, text, most)
  local cursor, why = call(connection, "execute", text)
  if not cursor then return nil, nil, why end
  if type(cursor) ~= "userdata" then return nil, nil, "the statement returns no rows" end
  local rows, names
  rows, names, why = rows_of(cursor, most)
  call(cursor, "close")
  return rows, names, why
end

-- Whether a connection still answers: if it does, the statement is what failed.
local function is_alive(connection)
  local cursor = call(connection, "execute", "SELECT 1")
  if type(cursor) ~= "userdata" then return false end
  call(cursor, "close")
  return true
end

-- Asks by one connection: rows and names; or nil, nil, why, whether there is none any more, and
-- whether that was an old one.
function Database:try(write, most)
  local connection, why, old = self:kept()
  if not connection then return nil, nil, why, true end
  local rows, names
  rows, names, why = query(connection, write(quoting(connection)), most)
  if rows then return rows, names end
  if is_alive(connection) then return nil, nil, why end
  self:close()
  return nil, nil, why, true, old
end

-- Whether a question took all its time: whoever waits for the next one waits as long.
local function took_too_long(self, began)
  return os.difftime(os.time(), began) >= math.max(1, self.options.timeout)
end

--- What a statement returns.
-- @tparam function write takes what writes a text, returns the statement
-- @number most rows that are read
-- @treturn {table,...}|nil rows
-- @treturn {string,...}|nil names of the columns
-- @treturn string|nil why there are none
function Database:rows(write, most)
  local began = os.time()
  local ok, refused = self.breaker:allows(began)
  if not ok then return nil, nil, refused end
  local rows, names, why, lost, old = self:try(write, most)
  if old then rows, names, why, lost = self:try(write, most) end
  if rows then self.breaker:answered()
  elseif lost or took_too_long(self, began) then self.breaker:failed(why, began, os.time())
  end
  return rows, names, why
end

return database
