--- People in a database: PostgreSQL or SQLite, by LuaSQL.
--
-- Options, beside those of all directories:
--
--     driver          "postgres" (luasql.postgres), "postgres-wire" (by connections of our own) or
--                     "sqlite3" (luasql.sqlite3)
--     database        the name of the database; SQLite's file
--     host, port, user, password    of PostgreSQL; a host that begins with / is a folder of sockets
--     parameters      others: of libpq, { sslmode = "verify-full" }; of the server by postgres-wire
--     query           a statement that returns rows; words in braces stand without quotes, what they
--                     stand for is escaped and quoted by the driver
--     many            such a statement for many keys, with {keys} or {addresses} for a list; its first
--                     column is the key or the address:
--                     "SELECT key, target FROM directory WHERE key IN ({keys})"
--     limit           rows that a key may have, 1 unless said; with more, answers are lists
--     replica         false: the server is never a standby, and is not asked whether it is
--     max_age         seconds since a standby last heard of its primary, 60 unless said
--
-- An answer is the value of the column; or a table by their names, if there are several.  A row that
-- has nothing in its only column is `true`: somebody, and no "not found".
--
-- "Not found" of a standby only counts if it is fed by its primary, and not behind; the role that asks
-- has to see that (GRANT pg_read_all_stats).
--
-- Every error is a failure, on a primary and on a standby: 40001 (a query on a standby that the
-- vacuum of its primary cancelled), 57P03, 25006, 53300, 08006, ...  LuaSQL tells no SQLSTATE, and none
-- is looked for: whether the connection still answers decides if it is made anew, in whatever language
-- (lc_messages) its server fails.  Sessions read only.
--
-- LuaSQL blocks.  A statement is ended by the server after the timeout, and a connection that does not
-- come about by libpq; but nothing there ends the wait for a server that has stopped in the midst of an
-- answer.  "postgres-wire" does, and lets others run meanwhile, as Redis and LDAP do; it speaks no TLS,
-- and is for a server on the same machine: it proves who it is by peer and trust, by scram-sha-256 (which
-- takes luaossl, Debian's lua-luaossl), and says a password in clear to a Unix socket alone.
-- @module postoffice.directory.sql
-- @usage
-- local directory = require "postoffice.directory"
-- local staff = directory.sql {
--   driver = "postgres-wire", database = "mail", host = "/run/postgresql", user = "mail",
--   query = "SELECT target FROM directory WHERE key = {key}",
-- }
-- type(staff.ask) --> "function"

local arguments = require "postoffice.arguments"
local database = require "postoffice.directory.database"
local keys = require "postoffice.directory.keys"
local options_of = require "postoffice.directory.options"
local postgres = require "postoffice.directory.postgres"
local source = require "postoffice.directory.source"
local standby = require "postoffice.directory.standby"
local statement = require "postoffice.directory.statement"

local MAX_AGE = 60

-- The driver that is ours, and all.
local OWN = "postgres-wire"
local DRIVERS = { [OWN] = true }
for name in pairs(database.DRIVERS) do DRIVERS[name] = true end

-- ---- What is answered --------------------------------------------------------

-- What a row says from a column on.
local function answer_of(row, names, from)
  if #names == from then
    if row[from] == nil then return true end
    return row[from]
  end
  local answer = {}
  for i = from, #names do answer[names[i]] = row[i] end
  return answer
end

-- What the rows for a key say; or nil and why not.
local function found(options, answers)
  if not answers then return nil end
  if #answers > options.limit then
    return nil, ("more rows are for a key than %d, the limit"):format(options.limit)
  end
  if options.limit == 1 then return answers[1] end
  return answers[1] ~= nil and answers or nil
end

-- ---- Asking ------------------------------------------------------------------

-- No column of a text holds it, and statements end at it.
local function is_impossible(key) return key:find("\0", 1, true) ~= nil end

local function writer(parts, list)
  return function(quoted) return statement.fill(parts, list, quoted) end
end

local function ask_one(db, options, key)
  if is_impossible(key) then return nil end
  local rows, names, why = db:rows(writer(options.query_parts, { key }), options.limit + 1)
  if not rows then return nil, why end
  local answers = {}
  for i, row in ipairs(rows) do answers[i] = answer_of(row, names, 1) end
  return found(options, answers)
end

local LATE = "the database was not asked any more: it took too long"

-- Asks one after the other, as long as there is time.
local function ask_each(db, options, list)
  local values, failures, began = {}, {}, os.time()
  for i, key in ipairs(list) do
    if os.difftime(os.time(), began) > options.timeout + 1 then failures[i] = LATE
    else values[i], failures[i] = ask_one(db, options, key)
    end
  end
  return values, failures
end

-- The answers by what stands in the first column; or nil and why not.
local function by_first_column(rows, names, wanted)
  if #names < 2 then return nil, "option many: the statement returns one column" end
  local answers = {}
  for _, row in ipairs(rows) do
    local name = row[1] ~= nil and tostring(row[1])
    if not wanted[name] then
      return nil, "option many: the first column is not what was asked for"
    end
    answers[name] = answers[name] or {}
    table.insert(answers[name], answer_of(row, names, 2))
  end
  return answers
end

-- What the keys are called in the first column, each and as a set; and the keys that there can be.
local function wanted_by(options, list)
  local called, wanted, possible = {}, {}, {}
  for i, key in ipairs(list) do
    if not is_impossible(key) then
      called[i], possible[#possible + 1] = keys.value(options.many_word, key), key
      wanted[called[i]] = true
    end
  end
  return called, wanted, possible
end

local TOO_MANY = "there are more rows than were read"

-- Asks for many by one statement; or nil and why not.
local function ask_together(db, options, list)
  local called, wanted, possible = wanted_by(options, list)
  if #possible == 0 then return {}, {} end
  local most = #possible * (options.limit + 1) + 1
  local rows, names, why = db:rows(writer(options.many_parts, possible), most)
  if not rows then return nil, why end
  local answers
  answers, why = by_first_column(rows, names, wanted)
  if not answers then return nil, why end
  local values, failures = {}, {}
  for i = 1, #list do
    values[i], failures[i] = found(options, called[i] and answers[called[i]])
    if #rows >= most and values[i] == nil then failures[i] = TOO_MANY end
  end
  return values, failures
end

-- One key may be what a statement fails for; then the others are answered.
local function ask_all(db, options, list)
  if #list == 1 or not options.many then return ask_each(db, options, list) end
  local values, failures = ask_together(db, options, list)
  if values then return values, failures end
  return ask_each(db, options, list)
end

-- The places of the keys that nothing was found for.
local function missing(list, values, failures)
  local places = {}
  for i = 1, #list do
    if values[i] == nil and not failures[i] then places[#places + 1] = i end
  end
  return places
end

-- Asks a standby again for those that nothing was found for: it may have heard of its primary between
-- their question and the one about itself.
local function ask_again(db, options, list, places, values, failures)
  local some = {}
  for i, place in ipairs(places) do some[i] = list[place] end
  local again, whys = ask_all(db, options, some)
  for i, place in ipairs(places) do values[place], failures[place] = again[i], whys[i] end
end

local function ask(db, options, list)
  local values, failures = ask_all(db, options, list)
  local places = missing(list, values, failures)
  if #places == 0 or options.driver == "sqlite3" or options.replica == false then
    return values, failures
  end
  local stale, is_standby = standby.staleness(db, options.max_age)
  for _, i in ipairs(places) do failures[i] = stale end
  if is_standby and not stale then ask_again(db, options, list, places, values, failures) end
  return values, failures
end

-- ---- The directory -----------------------------------------------------------

local LEVEL = 3 -- whom options blame

-- What has to be given, with what is said if it is not.
local REQUIRED = {
  { "driver", '"postgres", "postgres-wire" or "sqlite3"' },
  { "database", "its name, or the file of SQLite" },
  { "query", "SELECT target FROM directory WHERE key = {key}" },
}

local function are_parameters(parameters)
  for name, value in pairs(parameters) do
    if type(name) ~= "string" or not name:find "^[%a_]+$" or type(value) == "table" then
      return false
    end
  end
  return true
end

-- What is wrong with options, or nil.
local function fault_of(options)
  for _, item in ipairs(REQUIRED) do
    if options[item[1]] == nil then return ("option %s is missing: %s"):format(item[1], item[2]) end
  end
  if options.limit < 1 or options.limit % 1 ~= 0 then
    return "option limit has to be a whole number of 1 or more"
  elseif options.max_age < 1 or options.max_age % 1 ~= 0 then
    return "option max_age has to be a whole number of seconds, 1 or more"
  elseif not are_parameters(options.parameters) then
    return "option parameters has to be a table of texts and numbers by libpq's names"
  elseif options.many and not statement.list_word(options.many) then
    return "option many takes {keys} or {addresses}, a list: WHERE key IN ({keys})"
  end
end

-- What no reason tells: libpq has passwords among its parameters, too.
local function secrets_of(options)
  local secrets = { options.password }
  for name, value in pairs(options.parameters) do
    if name:find "password" then secrets[#secrets + 1] = tostring(value) end
  end
  return secrets
end

-- The options, with all that they leave out.
local function checked(given)
  local options = source.options(given, options_of.sql)
  options.limit, options.parameters = options.limit or 1, options.parameters or {}
  options.max_age = options.max_age or MAX_AGE
  arguments.choice(options.driver, DRIVERS, "driver", 1)
  local fault = fault_of(options)
  if fault then error(fault, LEVEL) end
  options.query_parts = statement.read(options.query, "option query", LEVEL + 1)
  if options.many then
    options.many_parts = statement.read(options.many, "option many", LEVEL + 1)
    options.many_word = statement.list_word(options.many)
  end
  options.name, options.secrets = "sql", secrets_of(options)
  return options
end

--- Makes a directory of a database.
-- @tparam table given
-- @treturn table
local function sql(given)
  local options = checked(given)
  local db = options.driver == OWN and postgres.new(options) or database.new(options, 3)
  return source.new(options, function(list) return ask(db, options, list) end,
    function() db:close() end)
end

return sql
