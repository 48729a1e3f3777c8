--- Reads the routing table of an Exchange site, GWART0.MTA (Q149121): its connectors and their spaces.
-- @module postoffice.import.gwart

local base_of = require "postoffice.text.path".base
local draft = require "postoffice.import.draft"
local exchange = require "postoffice.exchange"
local spaces = require "postoffice.policy.pattern.spaces"

-- Adds a row to its connectors, which are declared as they come.
local function add(self, connectors, row)
  for _, name in ipairs(row.connectors) do
    local connector = connectors[name:lower()]
    if not connector then
      connector = self:declare("connector", name, { nexthop = name, spaces = {} })
      connectors[name:lower()] = connector
    end
    local space = row.cost == 1 and row.pattern or { row.pattern, cost = row.cost }
    table.insert(connector.fields.spaces, space)
  end
end

-- Adds a row whose space can be one, and notes others: Exchange keeps what matches nothing, too.
local function take(self, connectors, row, file)
  local space, message = spaces.read(row.pattern)
  if space then return add(self, connectors, row) end
  self:note(("%s:%d:%d"):format(base_of(file.path), row.line, row.column),
    row.type .. "," .. row.space, message)
end

--- Makes a policy of tables.
-- @tparam {table,...} files `path` and `text`
-- @tparam {string,...} heading
-- @treturn table|nil a draft
-- @treturn string what is wrong
local function gwart(files, heading)
  local self, connectors = draft.new(heading), {}
  self:part("transport", "The connectors of the routing table; their next hops are their names.")
  for _, file in ipairs(files) do
    local rows, message, _, line, column = exchange.gwart(file.text)
    if not rows then return nil, ("%s:%d:%d: %s"):format(file.path, line, column, message) end
    if not rows[1] then self:note(base_of(file.path) .. ":1:1", "", "the file is empty") end
    for _, row in ipairs(rows) do take(self, connectors, row, file) end
  end
  return self
end

return gwart
