--- Reads from main.cf where mail goes: transport_maps, relayhost, and the transports of each class of
-- domains (ADDRESS_CLASS_README of Postfix).
-- @module postoffice.import.postfix_ways

local hops = require "postoffice.import.hops"
local notes = require "postoffice.import.notes"

-- A next hop, of a transport, which is that of the default way unless it is said, and a host.
local function nexthop_of(self, transport, host)
  if transport == "" then transport = hops.split(self.default_transport) end
  return (transport == "" and "smtp" or transport) .. ":" .. host
end

-- Says of a row of transport what it means: `is_default`, `refuses`, or `nexthop`, and the `name` and
-- `remark` of a connector that has one of its own.
local function read_way(site, row)
  row.is_default = row.value == ":"
  local transport, host = hops.split(row.value)
  row.nexthop = nexthop_of(site, transport, host)
  row.refuses = transport == "error"
  row.remark = hops.remark_of(transport)
  row.name = row.remark and transport
end

-- The next hop of a transport for all of a class of domains: at the relayhost, unless it names a host.
local function class_nexthop(site, value)
  local transport, host = hops.split(value)
  return nexthop_of(site, transport, host == "" and site.relayhost or host), host == ""
end

local BY_SENDER = "the hosts of senders are for relay domains, too: give their connectors spaces"

-- Adds the ways of relay domains, if relay_transport says one.
local function read_relay_transport(site, parameters)
  if not parameters:line "relay_transport" then return end
  local value = parameters:get "relay_transport"
  local nexthop, is_open = class_nexthop(site, value)
  for _, row in ipairs(site.relays) do
    table.insert(site.transport, {
      key = row.key:gsub("^%*", ""), value = nexthop, nexthop = nexthop, where = row.where,
    })
  end
  if is_open and #site.sender_relayhosts > 0 then
    local where = ("main.cf:%d:1"):format(parameters:line "relay_transport")
    notes.add(site, "sender ways", where, "relay_transport = " .. value, BY_SENDER)
  end
end

local NO_KEY = "no domain is looked up by this key"

-- The rows of transport where a domain means those below it, too, and is not looked up with a dot.
local function spread(site, rows)
  local all = {}
  for _, row in ipairs(rows) do
    local is_below = row.key:find "^%."
    if not is_below then all[#all + 1] = row end
    if not is_below and not row.key:find "[@*]" then
      local below = {}
      for name, value in pairs(row) do below[name] = value end
      below.key = "." .. row.key
      all[#all + 1] = below
    elseif is_below then
      notes.add(site, "transport", row.where, notes.text_of(row), NO_KEY)
    end
  end
  return all
end

-- Domains of mailboxes: where no table lists these, everybody is taken, and goes to virtual_transport.
-- Whether that is all that is said of it.
local function read_boxed(site, parameters, is_given)
  if is_given or parameters:get "virtual_mailbox_maps" ~= "" then
    for _, row in ipairs(site.boxed) do table.insert(site.hosted, row) end
    return false
  end
  local has_row, value = {}, parameters:get "virtual_transport"
  local transport, host = hops.split(value)
  for _, row in ipairs(site.transport) do has_row[row.key:lower()] = true end
  for _, row in ipairs(site.boxed) do
    table.insert(site.relays, row)
    if not has_row[row.key:lower()] then
      table.insert(site.transport, {
        key = row.key, value = value, where = row.where,
        nexthop = nexthop_of(site, transport, host),
      })
    end
  end
  return #site.boxed > 0
end

--- Reads them.
-- @tparam table site
-- @tparam table parameters of main.cf
-- @tparam boolean are_listed whether a file was given for virtual_mailbox_maps
-- @treturn table by parameter, whether all is said of it
local function read_ways(site, parameters, are_listed)
  site.default_transport = parameters:get "default_transport"
  site.relayhost = parameters:get "relayhost"
  for _, row in ipairs(site.transport) do read_way(site, row) end
  if parameters:has_parents("transport_maps", false) then
    site.transport = spread(site, site.transport)
  end
  site.default = class_nexthop(site, site.default_transport)
  read_relay_transport(site, parameters)
  return { virtual_transport = read_boxed(site, parameters, are_listed) }
end

return read_ways
