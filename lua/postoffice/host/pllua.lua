--- What the functions of PostgreSQL call that pllua runs: see examples/hosts/postgresql/functions.sql.
--
-- Nothing here reads or writes a file: it may be allowed to everybody (`pllua.on_trusted_init`).  Functions
-- that are parallel safe may not begin subtransactions, as pllua's `pcall` does; so ours is another while
-- they run, which catches the errors of Lua and leaves those of PostgreSQL alone.
-- @module postoffice.host.pllua

local json = require "postoffice.text.json"
local postoffice = require "postoffice"

local pllua = {}

-- ---- Addresses -----------------------------------------------------------------

--- An address as it is written canonically; see `postoffice.normalize`.
-- @function pllua.normalize
-- @string text
-- @treturn string|nil
pllua.normalize = postoffice.normalize

--- The key of an address; see `postoffice.key`.
-- @function pllua.key
-- @string text
-- @treturn string|nil
pllua.key = postoffice.key

--- The version of keys, see `postoffice.KEY_VERSION`.
-- @treturn string
function pllua.key_version() return postoffice.KEY_VERSION end

local encode = json.encoder {
  "address", "native", "key", "parts", "code", "message", "position", "type",
}

-- What an address is made of, as a plain table.
local function parts_of(address)
  local parts = {}
  for name, value in pairs(address) do parts[name] = value end
  return parts
end

--- An address taken apart, as JSON: `address`, `native`, `key`, `parts`; or `code`, `message`, `position`.
-- @string text
-- @treturn string
function pllua.parse(text)
  local address, message, code, position = postoffice.parse(text)
  if not address then return encode { code = code, message = message, position = position } end
  return encode {
    address = postoffice.format(address), native = postoffice.format(address, "native"),
    key = postoffice.key(address), parts = parts_of(address),
  }
end

-- A row of a list.
local function row_of(address, group)
  return {
    group_name = group, address = postoffice.format(address), key = (postoffice.key(address)),
    display_name = address.display_name,
  }
end

--- The mailboxes of a list, such as the value of a To field, as rows; and what of it cannot be read.
-- @string text
-- @treturn {table,...} each with `address`, `key`, `display_name`, `group_name`; or `code` and `message`
function pllua.list(text)
  local list, faults = postoffice.parse_list(text)
  local rows = {}
  for _, item in ipairs(list) do
    for _, member in ipairs(item.members or { item }) do
      rows[#rows + 1] = row_of(member, item.group)
    end
  end
  for _, fault in ipairs(faults) do
    rows[#rows + 1] = { address = fault.text, code = fault.code, message = fault.message }
  end
  return rows
end

-- ---- Policies ------------------------------------------------------------------

-- `pcall` without a subtransaction.
local function finish(co, ok, ...)
  if not ok then return false, (...) end
  if coroutine.status(co) == "dead" then return true, ... end
  return finish(co, coroutine.resume(co, coroutine.yield(...)))
end

local function light_pcall(call, ...)
  local co = coroutine.create(call)
  return finish(co, coroutine.resume(co, ...))
end

local heavy_pcall = pcall

-- Calls a function while `pcall` is another one.
local function lightly(call, ...)
  rawset(_G, "pcall", light_pcall)
  local results = { light_pcall(call, ...) }
  rawset(_G, "pcall", heavy_pcall)
  if not results[1] then error(results[2], 0) end
  return results[2]
end

-- Rows as lists of texts, by the names of their columns.
local function lists_of(rows)
  local lists = {}
  for i = 1, #rows do
    local list = {}
    for name, value in pairs(rows[i]) do list[tonumber(name:match "%d+")] = value end
    lists[i] = list
  end
  return lists
end

-- What is asked by the server's own interface, as `postoffice.directory.postgres` asks.
local Inside = {}
Inside.__index = Inside

-- The rows of a statement.  An error of the server ends the whole query: `pcall` is as it was.
function Inside:rows(text, ...)
  rawset(_G, "pcall", heavy_pcall)
  local plan = self.plans[text]
  if not plan then
    local types = {}
    for i = 1, select("#", ...) do types[i] = "text" end
    plan = self.spi.prepare(text, types)
    self.plans[text] = plan
  end
  local rows = plan:execute(...)
  rawset(_G, "pcall", light_pcall)
  return lists_of(rows)
end

function Inside:together(statements)
  local lists = {}
  for i, statement in ipairs(statements) do
    lists[i] = self:rows((unpack or table.unpack)(statement))
  end
  return lists
end

function Inside:close() self.plans = {} end

local live -- the policy of this session

-- The policy that is live.
local function current(spi)
  if live then
    live:poll()
    return live
  end
  local message
  live, message = require "postoffice.host.published".open {
    db = setmetatable({ spi = spi, plans = {} }, Inside),
  }
  return live or error(message, 0)
end

-- What is told of a delivery.
local function told(delivery)
  return {
    verdict = delivery.verdict, wire = delivery.wire, entry = delivery.entry,
    connector = delivery.connector, nexthop = delivery.nexthop, status = delivery.status,
    code = delivery.code, message = delivery.message,
  }
end

local function route(spi, recipient, envelope)
  local rows = {}
  for i, delivery in ipairs(current(spi):route(recipient, envelope)) do rows[i] = told(delivery) end
  return rows
end

--- Where mail goes by the policy that is live in this database.
-- @tparam table spi pllua's
-- @string recipient
-- @string|nil sender
-- @tparam boolean|nil may_relay
-- @treturn {table,...} rows: `verdict`, `wire`, `entry`, `connector`, `nexthop`, `status`, `code`, `message`
function pllua.route(spi, recipient, sender, may_relay)
  return lightly(route, spi, recipient, { sender = sender, may_relay = may_relay or nil })
end

return pllua
