-- Of the oracle: nobody edits it (see ../init.lua).
--- The directory: mailboxes, custom recipients, lists and tombstones by every proxy.
-- @module spec.oracle.compile.directory

local core = require "postoffice.core"
local describe = require "spec.oracle.language.describe"
local suggest = require "postoffice.suggest"

local directory = {}

local UNKNOWN = { unknown = true }

-- Of two entries with the same address, the one declared first keeps it.  The primary one is the
-- first that is not marked as another, else the first.
local function claim(compiled, entry, address, text, errors)
  local key, message = core.key(address)
  if not key then
    errors.add(entry.declaration, ': proxy "%s": %s', text, message)
    return
  end
  local other = compiled.keys[key]
  if other and other ~= entry then
    errors.add(entry.declaration,
      ': proxy "%s" is already a proxy of "%s" at %s; an address has one owner',
      text, other.name, describe.where(other.declaration))
    return
  end
  compiled.keys[key], entry.own[key] = entry, true
  table.insert(entry.proxies, address)
  local primary = entry.primary
  if not primary or primary.primary == false and address.primary ~= false then
    entry.primary, entry.key = address, key
  end
end

local function read_proxies(compiled, entry, errors)
  for _, text in errors.each(entry.declaration.fields.proxies or {}) do
    local address, message = core.parse(text, UNKNOWN)
    if address then
      claim(compiled, entry, address, text, errors)
    else
      errors.add(entry.declaration, ': proxy "%s": %s', text, message)
    end
  end
end

--- What a text names: an entry, or an address.
-- @tparam table compiled
-- @tparam string text
-- @treturn table|nil `{ entry = }` or `{ address = }`
-- @treturn string what is wrong
function directory.reference(compiled, text)
  local entry = compiled.named[text:lower()]
  if entry then return { entry = entry } end
  local address, message = core.parse(text, UNKNOWN)
  local key
  if address then
    key, message = core.key(address)
    if key then return { address = address, key = key } end
    return nil, ('"%s": %s'):format(text, message)
  end
  local near = suggest.near(text, compiled.names)
  if near then return nil, ('"%s" is no entry; did you mean "%s"?'):format(text, near) end
  if not text:find "[@:]" then
    return nil, ('"%s" is neither the name of an entry nor an address%s'):format(text,
      suggest.listing(compiled.names, "entries"))
  end
  return nil, ('"%s": %s'):format(text, message)
end

local function refer(compiled, declaration, field, text, errors)
  if not text then return nil end
  local reference, message = directory.reference(compiled, text)
  if not reference then errors.add(declaration, ": %s %s", field, message) end
  return reference
end

local function link_entry(compiled, entry, errors)
  local fields = entry.declaration.fields
  entry.target = refer(compiled, entry.declaration, "target", fields.target, errors)
  entry.owner = refer(compiled, entry.declaration, "owner", fields.owner, errors)
  if not fields.members then return end
  entry.members = {}
  for _, text in errors.each(fields.members) do
    table.insert(entry.members, refer(compiled, entry.declaration, "member", text, errors))
  end
end

local function new_entry(declaration)
  return { name = declaration.name, declaration = declaration, proxies = {}, own = {},
    refuse = declaration.fields.refuse }
end

local function check_entry(entry, errors)
  local fields = entry.declaration.fields
  if fields.target and fields.refuse then
    errors.add(entry.declaration, ": a tombstone has no target; remove target or refuse")
  end
  if fields.proxies and #fields.proxies == 0 then
    errors.add(entry.declaration,
      " has no proxies, so no mail will find it; add proxies = { \"SMTP:name@example.com\" }")
  end
end

--- Compiles `recipient` and `list` declarations, and the domains' catch-alls.
-- @tparam {table,...} recipients
-- @tparam {table,...} lists
-- @tparam {table,...} domains compiled
-- @tparam table errors
-- @treturn table for `find` and `all`
function directory.compile(recipients, lists, domains, errors)
  local compiled = { keys = {}, named = {}, names = {}, list = {} }
  for _, declarations in ipairs { recipients, lists } do
    for _, declaration in errors.each(declarations) do
      local entry = new_entry(declaration)
      table.insert(compiled.list, entry)
      table.insert(compiled.names, entry.name)
      compiled.named[entry.name:lower()] = entry
      check_entry(entry, errors)
      read_proxies(compiled, entry, errors)
    end
  end
  for _, entry in errors.each(compiled.list) do link_entry(compiled, entry, errors) end
  for _, domain in ipairs(domains) do
    domain.catchall = refer(compiled, domain.declaration, "catchall", domain.catchall, errors)
  end
  return compiled
end

--- The entry that has an address among its proxies.
-- @tparam table compiled
-- @tparam string key the address's key
-- @treturn table|nil entry: `name`, `declaration`, `proxies`, `primary` and its `key`, `refuse`, and as
--   references (`{ entry = }` or `{ address =, key = }`) `target`, `owner`, `members`
function directory.find(compiled, key) return compiled.keys[key] end

--- Whether an address is one of an entry's own proxies.
-- @tparam table entry
-- @tparam string key the address's key
-- @treturn boolean
function directory.owns(entry, key) return entry.own[key] == true end

--- All entries, in the order of their declarations: recipients, then lists.
-- @tparam table compiled
-- @treturn {table,...}
function directory.all(compiled) return compiled.list end

--- The best address of a type that an entry has: the primary one, else the first.
-- @tparam table entry
-- @tparam string type_name
-- @treturn table|nil
function directory.best(entry, type_name)
  local first
  for _, address in ipairs(entry.proxies) do
    if address.type == type_name then
      if address.primary ~= false then return address end
      first = first or address
    end
  end
  return first
end

return directory
