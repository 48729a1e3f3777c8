--- The fields of addresses in the order in which they are written.
-- @module postoffice.cli.fields

local addresses = require "postoffice.address"
local json = require "postoffice.text.json"
local output = require "postoffice.cli.output"
local postoffice = require "postoffice"

local fields = {}

-- What is written first of an address, and what last; other fields stand between.
local FIRST = {
  "type", "network", "localpart", "name", "path", "user", "mailbox", "server", "domain",
  "postoffice", "object", "dn", "value",
  "c", "a", "p", "o", "ou1", "ou2", "ou3", "ou4", "cn", "s", "g", "i", "q",
}
local LAST = addresses.NOTATION_FIELDS

-- What stands around addresses in JSON.
local ORDER = {
  "file", "line", "field", "input", "valid", "grade", "output", "list", "errors", "findings",
  "group", "text", "code", "severity", "message", "position", "source",
}
for _, names in ipairs { FIRST, LAST } do
  for _, name in ipairs(names) do ORDER[#ORDER + 1] = name end
end

--- Writes an object as a line of JSON.
-- @function fields.to_json
-- @tparam table object
-- @treturn string
fields.to_json = json.encoder(ORDER)

local BETWEEN = #FIRST + 1
local rank = {}
for i, name in ipairs(FIRST) do rank[name] = i end
for i, name in ipairs(LAST) do rank[name] = BETWEEN + i end

-- The names of an address's fields, in order.
local function names_of(address)
  local names = {}
  for name in pairs(address) do names[#names + 1] = name end
  table.sort(names, function(a, b)
    local rank_a, rank_b = rank[a] or BETWEEN, rank[b] or BETWEEN
    if rank_a ~= rank_b then return rank_a < rank_b end
    return a < b
  end)
  return names
end

--- Writes an address, a field a line.
-- @tparam table out the output
-- @tparam table address
function fields.write(out, address)
  for _, name in ipairs(names_of(address)) do
    out:line(("%s: %s"):format(name, output.visible(tostring(address[name]))))
  end
end

--- An address in a row: as it is on the wire if it is SMTP, else with its type.
-- @tparam table address
-- @treturn string
function fields.text(address)
  local is_smtp = address.type == "SMTP"
  return is_smtp and postoffice.format(address, "native") or addresses.show(address)
end

return fields
