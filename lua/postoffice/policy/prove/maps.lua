--- What Postfix's tables say of an address, asked in the order in which Postfix asks them.
--
-- A table of fixed keys (hash, lmdb, cdb, ...) is asked for an address and then for parts of it:
-- canonical(5), virtual(5) and transport(5), TABLE SEARCH ORDER; a regexp, pcre, tcp or socketmap table
-- for the whole address alone.  Access tables, which smtpd(8) asks (access(5)), go before canonical ones,
-- which are asked until the address stays what it is, and these before virtual ones, which are asked again
-- for all that they make.
-- @module postoffice.policy.prove.maps

local maps = {}

local find, lower, sub = string.find, string.lower, string.sub

--- What a table can be, in the order in which Postfix asks them.
maps.roles = { "recipient_access", "canonical", "virtual", "recipients", "transport" }

--- The key for bounces' senders (smtpd_null_access_lookup_key and its like).
maps.NULL = "<>"

local MOST_CANONICAL = 10 -- rounds, as cleanup_map11.c has it
local MOST_RECURSION, MOST_EXPANSION = 1000, 1000 -- virtual_alias_*_limit, postconf(5)
local MOST_LENGTH = 1000 -- virtual_alias_address_length_limit

-- What Postfix says then, and defers the message (cleanup_map11.c, cleanup_map1n.c).
local ERROR = {
  canonical = "unreasonable canonical map nesting", virtual = "unreasonable virtual map expansion",
}

-- Types of tables that are programs or patterns: DICT_FLAG_PATTERN.
local WHOLE = { "regexp", "pcre", "tcp", "socketmap", "cidr" }

--- Whether a command asks a table that is asked for whole addresses alone, as far as it shows that.
-- @tparam string command such as `postmap -q - pcre:virtual`
-- @treturn boolean
function maps.is_whole(command)
  for _, kind in ipairs(WHOLE) do
    if find(" " .. command, "[%s:'\"{(,]" .. kind .. ":") then return true end
  end
  return false
end

--- An address's local part and domain, split at the last @.
-- @string address
-- @treturn string
-- @treturn string|nil
local function split(address)
  local at = find(address, "@[^@]*$")
  if not at then return address, nil end
  return sub(address, 1, at - 1), sub(address, at + 1)
end

-- Local parts that have no extension, whatever they hold (split_addr.c).
local UNSPLIT = { ["postmaster"] = true, ["mailer-daemon"] = true, ["double-bounce"] = true }

maps.split = split

--- A local part without its extension, and the extension with its separator.
-- @string user
-- @string delimiter recipient_delimiter, or an empty text
-- @treturn string
-- @treturn string
local function split_extension(user, delimiter)
  if delimiter == "" or UNSPLIT[lower(user)] then return user, "" end
  local at = find(user, "[" .. delimiter:gsub("%W", "%%%0") .. "]", 2)
  if not at then return user, "" end
  return sub(user, 1, at - 1), sub(user, at)
end

maps.split_extension = split_extension

--- The keys by which canonical and virtual tables are asked, each with the extension that it leaves
-- off.
-- @string address
-- @tparam table options as of a table
-- @treturn {table,...}
local function address_keys(address, options)
  local user, domain = split(address)
  if not domain then return { { address, "" } } end
  local base, extension = split_extension(user, options.delimiter)
  local keys, is_here = { { address, "" } }, options.here[lower(domain)]
  local function add(key, left) keys[#keys + 1] = { key, left } end
  if extension ~= "" then add(base .. "@" .. domain, extension) end
  if is_here then add(user, "") end
  if is_here and extension ~= "" then add(base, extension) end
  add("@" .. domain, "")
  return keys
end

maps.address_keys = address_keys

-- The keys by which transport tables are asked.
local function transport_keys(address, options)
  local user, domain = split(address)
  local base, extension = split_extension(user, options.delimiter)
  local keys = { { address } }
  if not domain then return keys end
  if extension ~= "" then keys[2] = { base .. "@" .. domain } end
  keys[#keys + 1] = { domain }
  local dot = find(domain, ".", 2, true)
  while dot do
    keys[#keys + 1] = { sub(domain, dot) }
    dot = find(domain, ".", dot + 1, true)
  end
  keys[#keys + 1] = { "*" }
  return keys
end

--- What a table has for the first of some keys that it knows.
-- @tparam table table_
-- @tparam {table,...} keys each a text and the extension that it leaves off
-- @treturn string|nil
-- @treturn string|nil that extension
local function first_of(table_, keys)
  for i = 1, table_.is_whole and 1 or #keys do
    local value = table_.look_up(lower(keys[i][1]))
    if value then return value, keys[i][2] end
  end
end

maps.first_of = first_of

-- The keys by which access tables are asked (access(5), smtpd_access_maps being listed in
-- parent_domain_matches_subdomains, as it is by default).
local function access_keys(address, options)
  local user, domain = split(address)
  if not domain then return { { address } } end
  local base, extension = split_extension(user, options.delimiter)
  local keys = { { address } }
  local function add(key) keys[#keys + 1] = { key } end
  if extension ~= "" then add(base .. "@" .. domain) end
  local parent = domain
  while parent do
    add(parent)
    parent = parent:match "^[^.]+%.(.+)$"
  end
  add(user .. "@")
  if extension ~= "" then add(base .. "@") end
  return keys
end

-- What actions of access(5) do to the message, by how their texts begin; all others let it pass, or
-- are no answer of ours and are shown as they are.
local ACTIONS = {
  { "^reject%s", "error:" }, { "^5%d%d%s+%S", "error:" },
  { "^defer%s", "retry:" }, { "^defer_if_permit%s", "retry:" }, { "^4%d%d%s+%S", "retry:" },
  { "^discard%s", "discard:" }, { "^hold%s", "hold:" }, { "^filter%s", "filter:" },
  { "^redirect%s", "redirect:" },
}

--- What an access table does to messages from a sender, or to a recipient.
-- @tparam table table_
-- @string address or `<>`
-- @treturn string|nil nil if it lets them pass
function maps.access(table_, address)
  local keys = address == maps.NULL and { { address } } or access_keys(address, table_.options)
  local value = first_of(table_, keys)
  for _, action in ipairs(value and ACTIONS or {}) do
    if find(lower(value) .. " ", action[1]) then return action[2] end
  end
end

-- What separates addresses, inside quotes, where it does not.
local HIDDEN = { [","] = "\1", [" "] = "\2", ["\t"] = "\3" }
local SHOWN = { ["\1"] = ",", ["\2"] = " ", ["\3"] = "\t" }

-- An item of a value: a domain alone has the recipient's own local part, if it is the first; a user
-- alone is at $myorigin.
local function complete(item, is_first, address, extension, options)
  if is_first and sub(item, 1, 1) == "@" then return split(address) .. item end
  local user, domain = split(item)
  domain = domain or options.origin
  return user .. extension .. (domain and "@" .. domain or "")
end

-- The addresses of a value, with the extension of the one that it was found by.
local function addresses_of(value, address, extension, options)
  local list = {}
  value = value:gsub('"[^"]*"', function(quoted) return (quoted:gsub("[,%s]", HIDDEN)) end)
  for item in value:gmatch "[^,%s]+" do
    local written = item:gsub("[\1-\3]", SHOWN)
    list[#list + 1] = complete(written, #list == 0, address, extension, options)
  end
  return list
end

--- What a canonical, generic or virtual table makes of an address, asked once.
-- @tparam table table_
-- @string address
-- @treturn {string,...}|nil nil if it does not know it
local function map(table_, address)
  local value, extension = first_of(table_, address_keys(address, table_.options))
  if not value then return nil end
  return addresses_of(value, address, extension, table_.options)
end

--- The same without the extension that the key was found without: as of a table that
-- propagate_unmatched_extensions does not name.
-- @tparam table table_
-- @string address
-- @treturn {string,...}|nil
function maps.map_plain(table_, address)
  local value, extension = first_of(table_, address_keys(address, table_.options))
  if not value then return nil end
  local user, domain = split(address)
  local base = sub(user, 1, #user - #extension) .. (domain and "@" .. domain or "")
  return addresses_of(value, base, "", table_.options)
end

--- An address as a canonical table has it, which is asked until that stays what it is.
-- @tparam table table_
-- @string address
-- @treturn string|nil
-- @treturn string what Postfix says
local function canonical(table_, address)
  for _ = 1, MOST_CANONICAL do
    local made = map(table_, address)
    if not made or not made[1] or lower(made[1]) == lower(address) then return address end
    address = made[1]
  end
  return nil, ERROR.canonical
end

maps.canonical = canonical

-- Asks for an address of a list until it stays what it is, or became itself once; what is made beside
-- it is added to the list.
local function expand(table_, list, i, done)
  for _ = 1, MOST_RECURSION do
    local address = list[i]
    if done[lower(address)] then return true end
    local made = map(table_, address)
    if not made then return true end
    for n, item in ipairs(made) do
      list[n == 1 and i or #list + 1] = item
      if lower(item) == lower(address) then done[lower(address)] = true end
    end
    if #list > MOST_EXPANSION or #list[i] > MOST_LENGTH then return false end
  end
  return false
end

-- All that an address becomes by a virtual table, each once, or nil and what Postfix says.
local function virtual(table_, address)
  local list, done, at = { address }, {}, 1
  while list[at] do
    if not expand(table_, list, at, done) then return nil, ERROR.virtual end
    at = at + 1
  end
  local once, seen = {}, {}
  for _, item in ipairs(list) do
    if not seen[lower(item)] then once[#once + 1] = item end
    seen[lower(item)] = true
  end
  return once
end

-- The transport and next hop of an address; nil if the table does not change them.
local function transport(table_, address)
  local value = first_of(table_, transport_keys(address, table_.options))
  if not value or value == ":" then return nil end
  local _, domain = split(address)
  local kind, hop = value:match "^([^:]*):?(.*)$"
  if hop == "" and domain then hop = domain end
  return kind .. ":" .. hop
end

local UNLISTED = "recipient-unknown" -- as a policy calls it

-- Addresses of which those are refused that are in a domain of ours and that no list of recipients has
-- (local_recipient_maps, virtual_mailbox_maps).
local function listed(table_, addresses)
  local list = {}
  for i, address in ipairs(addresses) do
    local _, domain = split(address)
    local is_ours = domain and table_.options.here[lower(domain)]
    local keys = is_ours and address_keys(address, table_.options)
    list[i] = keys and not first_of(table_, keys) and UNLISTED or address
  end
  return list
end

-- Where an address goes that the transport table does not know: nil if nobody says, or it is for a
-- mailbox here.
local function default_of(options, address)
  local _, domain = split(address)
  local default = options.default
  if not default or not domain or options.here[lower(domain)] then return nil end
  return find(default, ":$") and default .. domain or default
end

-- Where each address goes by a transport table, each once.
local function transports(table_, addresses)
  local list, seen = {}, {}
  for _, address in ipairs(addresses) do
    local hop = address == UNLISTED and "error:" or transport(table_, address)
      or default_of(table_.options, address)
    if hop and not seen[hop] then list[#list + 1] = hop end
    if hop then seen[hop] = true end
  end
  return list
end

local SOMEBODY = "somebody" -- whom no key names

--- The address that a table's key stands for: itself, or one that only this key finds.
-- @tparam string key such as `@a.example`, `.a.example` of a transport table, or `user@` of an access
--   table
-- @tparam table options as of a table
-- @treturn string
function maps.witness(key, options)
  if find(key, "^@") then return SOMEBODY .. key end
  if find(key, "@$") then return key .. (options.origin or "somewhere.example") end
  if find(key, "@", 1, true) then return key end
  if key == "*" then return SOMEBODY .. "@somewhere.example" end
  if find(key, "^%.") then return SOMEBODY .. "@sub" .. key end
  if find(key, ".", 1, true) then return SOMEBODY .. "@" .. key end
  local domain = options.origin
  return domain and key .. "@" .. domain or key
end

--- What tables make of an address.
-- @tparam table tables by role: each has `look_up` (a function of a key in lower case that returns its
--   value or nil), `is_whole`, and `options`: `delimiter` (recipient_delimiter, or an empty text) and
--   `here`, a set of the domains for which a user alone is asked ($mydestination), `origin`, the
--   domain of whoever has none ($myorigin), and `default`, a next hop or nil
-- @tparam string address
-- @treturn {string,...}|nil what the access table does, or the addresses, or with a transport table
--   transports and next hops
-- @treturn string what Postfix says if it makes nothing of it: the mail waits
function maps.ask(tables, address)
  local action = tables.recipient_access and maps.access(tables.recipient_access, address)
  if action then return { action } end
  local message
  if tables.canonical then address, message = canonical(tables.canonical, address) end
  if not address then return nil, message end
  local list = { address }
  if tables.virtual then list, message = virtual(tables.virtual, address) end
  if not list then return nil, message end
  if tables.recipients then list = listed(tables.recipients, list) end
  if tables.transport then return transports(tables.transport, list) end
  return list
end

return maps
