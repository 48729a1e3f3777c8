--- What Postfix's tables say of a sender, asked in the order in which Postfix asks them.
--
-- smtpd(8) asks an access table who may send (check_sender_access, access(5)); cleanup(8) asks
-- sender_canonical_maps and then canonical_maps, each until the address stays what it is
-- (canonical(5)); trivial-rewrite(8) asks sender_dependent_default_transport_maps and
-- sender_dependent_relayhost_maps for the default way (postconf(5)); smtp(8) asks smtp_generic_maps once
-- (generic(5)).
-- @module postoffice.policy.prove.sender_maps

local maps = require "postoffice.policy.prove.maps"

local sender_maps = {}

local lower, sub = string.lower, string.sub

--- What a table can be that is asked for senders, in the order in which Postfix asks them.
sender_maps.roles = {
  "sender_access", "sender_canonical", "canonical", "sender_transport", "sender_relayhost",
  "generic",
}

local ROLES = {}
for _, role in ipairs(sender_maps.roles) do ROLES[role] = true end

local NULL = maps.NULL

local RELAY = "smtp" -- default_transport, unless a table or the options say another

--- Whether tables are asked for senders: one of them is for nothing else.
-- @tparam table tables by role
-- @treturn boolean
function sender_maps.are(tables)
  for role in pairs(ROLES) do
    if tables[role] and role ~= "canonical" then return true end
  end
  return false
end

--- A table that is asked for recipients, though others are for senders: its role, or nil.
-- @tparam {string,...} roles
-- @treturn string|nil
function sender_maps.stray(roles)
  for _, role in ipairs(roles) do
    if not ROLES[role] then return role end
  end
end

-- The value that a table has for a sender, or nil.
local function value_of(table_, address)
  local keys = address == NULL and { { NULL } } or maps.address_keys(address, table_.options)
  return (maps.first_of(table_, keys))
end

-- A value of a table that overrides what holds by default, or nil.
local function override(table_, address)
  local value = table_ and value_of(table_, address)
  return value and lower(value) ~= "dunno" and value or nil
end

-- The way of a sender's messages that no transport table decides, or nil if nobody says.  A transport
-- that names no host goes to that of the sender, to the default one (relayhost), or to the recipient's
-- own domain.
local function way(tables, address)
  local default = tables.options.default
  local transport = override(tables.sender_transport, address)
  local relayhost = override(tables.sender_relayhost, address)
  local channel, hop = (transport or default or RELAY):match "^([^:]*):?(.*)$"
  if not (transport or relayhost or default) then return nil end
  if transport and hop == "" then hop = (default or ""):match ":(.*)$" or "" end
  if relayhost and (not transport or not transport:find ":.") then hop = relayhost end
  if hop == "" then hop = select(2, maps.split(tables.options.probe)) or "" end
  return channel .. ":" .. hop
end

-- A sender as tables write it; nil and what Postfix says.
local function written(tables, address)
  local message
  if address == NULL then return address end
  for _, role in ipairs { "sender_canonical", "canonical" } do
    if tables[role] then address, message = maps.canonical(tables[role], address) end
    if not address then return nil, message end
  end
  return address
end

-- The same as smtp(8) writes it: propagate_unmatched_extensions does not name generic by default.
local function generic(table_, address)
  if not table_ or address == NULL then return address end
  local made = maps.map_plain(table_, address)
  return made and made[1] or address
end

--- What tables make of a sender.
-- @tparam table tables by role, and `options`, as for `maps.ask`, with `probe`, to whom senders write
-- @tparam string address or `<>`
-- @treturn {string,...}|nil what the access table does, or where messages go, nothing if that is nowhere
--   said; without tables for that, the sender as he is written
-- @treturn string what Postfix says if it makes nothing of it: the mail waits
function sender_maps.ask(tables, address)
  local action = tables.sender_access and maps.access(tables.sender_access, address)
  if action then return { action } end
  local made, message = written(tables, address)
  if not made then return nil, message end
  if tables.sender_transport or tables.sender_relayhost then return { way(tables, made) } end
  local is_written = tables.sender_canonical or tables.canonical or tables.generic
  return is_written and { generic(tables.generic, made) } or {}
end

--- The sender that a table's key stands for: itself, or one that only this key finds.
-- @tparam string key such as `user@` of an access table
-- @tparam table options as of a table
-- @treturn string
function sender_maps.witness(key, options)
  if key == NULL then return key end
  if sub(key, -1) == "@" then return key .. "somewhere.example" end
  return maps.witness(key, options)
end

return sender_maps
