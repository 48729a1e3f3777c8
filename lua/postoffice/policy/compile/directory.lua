--- The directory: mailboxes, custom recipients, lists and tombstones by every proxy.
-- @module postoffice.policy.compile.directory

local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local suggest = require "postoffice.suggest"

local directory = {}

local UNKNOWN = { unknown = true }

local function add_proxy_error(entry, errors, text, ...)
  local proxy = describe.value_of(entry.declaration, "proxies", "proxy")
  errors.add(entry.declaration, ": %s " .. text, proxy, ...)
end

-- Of two entries with the same address, the one declared first keeps it.  The primary one is the
-- first that is not marked as another, else the first.
local function claim(compiled, entry, address, text, errors)
  local key, message = core.key(address)
  if not key then
    add_proxy_error(entry, errors, '"%s": %s', text, message)
    return
  end
  local other = compiled.keys[key]
  if other and other ~= entry then
    add_proxy_error(entry, errors,
      '"%s" is already a proxy of "%s" at %s; an address has one owner',
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
      add_proxy_error(entry, errors, '"%s": %s', text, message)
    end
  end
end

--- What a text names: an entry, or an address.
-- @tparam table compiled
-- @tparam string text
-- @treturn table|nil `{ entry = }` or `{ address = }`
-- @treturn string what is wrong
function directory.reference(compiled, text)
  local name = text:lower()
  local entry, namesake = compiled.named[name], compiled.namesakes[name]
  if namesake and entry.declaration.directory then
    return nil, ('"%s" is the name of several, as at %s and %s; write an address of the one'
      .. " that is meant"):format(text, describe.where(entry.declaration),
      describe.where(namesake.declaration))
  end
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
  if not reference then
    errors.add(declaration, ": %s %s", describe.value_of(declaration, field, field), message)
  end
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

-- What is declared in the script has its name for itself.  People in a file may have the same
-- one: who has it first is named by it while nobody else has it.
local function enter_name(compiled, entry)
  local name = entry.name:lower()
  if entry.declaration.directory and compiled.named[name] then
    compiled.namesakes[name] = entry
  else
    compiled.named[name] = entry
  end
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
-- @tparam {table,...} people in the files of directories, as recipients
-- @tparam {table,...} lists
-- @tparam {table,...} domains compiled
-- @tparam table errors
-- @treturn table for `find` and `all`
function directory.compile(recipients, people, lists, domains, errors)
  local compiled = { keys = {}, named = {}, namesakes = {}, names = {}, list = {} }
  for _, declarations in ipairs { recipients, people, lists } do
    for _, declaration in errors.each(declarations) do
      local entry = new_entry(declaration)
      table.insert(compiled.list, entry)
      table.insert(compiled.names, entry.name)
      enter_name(compiled, entry)
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

--- All entries, in the order of their declarations: recipients, people in files, then lists.
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
