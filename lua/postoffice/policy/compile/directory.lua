--- The directory: mailboxes, custom recipients, lists and tombstones by every proxy.
--
-- Its entries are in a table of C's, which no collector looks at: here, an entry
-- is a number.  What it holds is made when it is asked for.
-- @module postoffice.policy.compile.directory

local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local people = require "postoffice.policy.compile.people"
local suggest = require "postoffice.suggest"

local directory = {}

local UNKNOWN = { unknown = true }
local STEPS = 10000 -- references that are resolved between two looks at the clock
local MAX_NAMES = 10000 -- among which a near miss is looked for

-- ---- Building ----------------------------------------------------------------

-- The number of a file among those that declare entries.
local function file_number(compiled, file)
  local number = compiled.numbers[file]
  if not number then
    number = #compiled.files + 1
    compiled.files[number], compiled.numbers[file] = file, number
  end
  return number
end

-- Raises the one error after which nothing more can be added.
local function full(declaration, errors, message, code)
  errors.fail(code, declaration, ": %s", message)
  error(errors, 0)
end

-- Of two entries with the same address, the one declared first keeps it.
local function add_proxy(compiled, entry, declaration, text, errors)
  local owner, message, code = compiled.entries:add_proxy(text)
  if owner == entry then return end
  if code == "policy-declarations" then full(declaration, errors, message, code) end
  local proxy = describe.value_of(declaration, "proxies", "proxy")
  if not owner then return errors.add(declaration, ': %s "%s": %s', proxy, text, message) end
  errors.add(declaration, ': %s "%s" is already a proxy of "%s" at %s; an address has one owner',
    proxy, text, directory.name(compiled, owner), directory.where(compiled, owner))
end

local function set_body(entries, fields)
  if fields.members then return entries:set_members(fields.members, fields.owner) end
  if fields.target then return entries:set_target(fields.target) end
  if fields.refuse then
    return entries:set_refusal(type(fields.refuse) == "string" and fields.refuse or nil)
  end
  return true
end

local function check_entry(declaration, errors)
  local fields = declaration.fields
  if fields.target and fields.refuse then
    errors.add(declaration, ": a tombstone has no target; remove target or refuse")
  end
  if fields.proxies and #fields.proxies == 0 then
    errors.add(declaration,
      " has no proxies, so no mail will find it; add proxies = { \"SMTP:name@example.com\" }")
  end
end

local function add_entry(compiled, declaration, file, errors)
  local entries, fields = compiled.entries, declaration.fields
  check_entry(declaration, errors)
  local entry, message, code = entries:add(declaration.name, declaration.word == "list", file,
    declaration.line)
  if not entry then full(declaration, errors, message, code) end
  for _, text in errors.each(fields.proxies or {}) do
    add_proxy(compiled, entry, declaration, text, errors)
  end
  local done
  done, message, code = set_body(entries, fields)
  if not done then full(declaration, errors, message, code) end
end

local function add_declared(compiled, declarations, errors)
  for _, declaration in errors.each(declarations) do
    add_entry(compiled, declaration, file_number(compiled, declaration.file), errors)
  end
end

-- Adds who is in the file of a directory.  One table serves as the declaration of all.
local function add_people(compiled, source, open, errors)
  local fields, file = {}, #compiled.files + 1
  local row = { word = "recipient", fields = fields, file = source.fields.file, directory = source }
  compiled.files[file], compiled.sources[file] = row.file, source
  people.each(source, open, errors, function(name, proxies, target, line)
    row.name, row.line, row.where = name, line, nil
    fields.proxies, fields.target = proxies, target
    add_entry(compiled, row, file, errors)
    compiled.people = compiled.people + 1
  end)
end

-- The names of the first entries.
local function names_of(compiled)
  local names = {}
  for entry in directory.each(compiled) do
    if #names == MAX_NAMES then break end
    names[#names + 1] = directory.name(compiled, entry)
  end
  return names
end

-- Why a text that has to be the name of an entry or an address is neither.
local function why_neither(compiled, text, message)
  local names = names_of(compiled)
  local near = suggest.near(text, names)
  if near then return ('"%s" is no entry; did you mean "%s"?'):format(text, near) end
  if not text:find "[@:]" then
    return ('"%s" is neither the name of an entry nor an address%s'):format(text,
      suggest.listing(names, "entries"))
  end
  return ('"%s": %s'):format(text, message)
end

--- What a text names, while the directory is built: an entry, or an address.
-- @tparam table compiled
-- @tparam string text
-- @treturn table|nil `{ entry = }` or `{ address =, key = }`
-- @treturn string what is wrong
function directory.reference(compiled, text)
  local entry, is_ambiguous = compiled.entries:named(text)
  if is_ambiguous then
    return nil, ('"%s" is the name of several entries; write one of its addresses'):format(text)
  end
  if entry then return { entry = entry } end
  local address, message = core.parse(text, UNKNOWN)
  if not address then return nil, why_neither(compiled, text, message) end
  local key
  key, message = core.key(address)
  if not key then return nil, ('"%s": %s'):format(text, message) end
  return { address = address, key = key }
end

-- Binds what entries refer to by name, and finds fault with what leads nowhere.
local function resolve_references(compiled, errors)
  local entry, step, role, text
  repeat
    local found
    found, step, role, text = compiled.entries:resolve(entry, step, STEPS)
    if found == false then
      entry, step, role = step, role, nil
    else
      entry = found
    end
    errors.watch()
    if role then
      local _, message = directory.reference(compiled, text)
      local declaration = directory.declaration(compiled, entry)
      errors.add(declaration, ": %s %s", describe.value_of(declaration, role, role), message)
    end
  until found == true
end

--- Compiles `recipient`, `directory` and `list` declarations, and the domains' catch-alls.
-- @tparam table declared declarations by word
-- @tparam {table,...} domains compiled
-- @tparam table outside `open`, as `people.each` takes it; and how many `bytes` entries may take
-- @tparam table errors
-- @treturn table for `find` and `each`
function directory.compile(declared, domains, outside, errors)
  local compiled = {
    entries = core.new_directory(outside.bytes), files = {}, numbers = {}, sources = {},
    people = 0, declarations = setmetatable({}, { __mode = "v" }),
  }
  add_declared(compiled, declared.recipient, errors)
  local before = #errors
  for _, source in errors.each(declared.directory) do
    add_people(compiled, source, outside.open, errors)
  end
  if #errors > before then return compiled end -- who was not read would be missed elsewhere
  add_declared(compiled, declared.list, errors)
  resolve_references(compiled, errors)
  for _, domain in ipairs(domains) do
    if domain.catchall then
      local reference, message = directory.reference(compiled, domain.catchall)
      if not reference then errors.add(domain.declaration, ": catchall %s", message) end
      domain.catchall = reference
    end
  end
  compiled.entries:finish()
  return compiled
end

-- ---- Entries -----------------------------------------------------------------

--- The entry that has an address among its proxies.
-- @tparam table compiled
-- @tparam string key the address's key
-- @treturn number|nil entry
function directory.find(compiled, key) return compiled.entries:find(key) end

--- Whether an address is one of an entry's own proxies.
-- @tparam table compiled
-- @tparam number entry
-- @tparam string key the address's key
-- @treturn boolean
function directory.owns(compiled, entry, key) return compiled.entries:find(key) == entry end

-- What `each` calls, with the entry before.
local function next_entry(compiled, entry) return compiled.entries:next(entry) end

--- All entries, in the order of their declarations: recipients, people in files, then lists.
-- @tparam table compiled
-- @return an iterator
function directory.each(compiled) return next_entry, compiled, nil end

--- How many entries there are.
-- @tparam table compiled
-- @treturn number
function directory.count(compiled) return compiled.entries:count() end

--- How many entries have a declaration each, and are not in the file of a directory.
-- @tparam table compiled
-- @treturn number
function directory.count_declared(compiled)
  return compiled.entries:count() - compiled.people
end

--- The declaration of the directory whose file has an entry, if it is in one.
-- @tparam table compiled
-- @tparam number entry
-- @treturn table|nil
function directory.source(compiled, entry)
  return compiled.sources[compiled.entries:place(entry)]
end

--- An entry's name.
-- @tparam table compiled
-- @tparam number entry
-- @treturn string
function directory.name(compiled, entry) return compiled.entries:name(entry) end

--- What declared an entry, as long as somebody keeps it the same table.
-- @tparam table compiled
-- @tparam number entry
-- @treturn table a declaration without its fields
function directory.declaration(compiled, entry)
  local declaration = compiled.declarations[entry]
  if declaration then return declaration end
  local file, line, is_list = compiled.entries:place(entry)
  declaration = {
    word = is_list and "list" or "recipient", name = compiled.entries:name(entry),
    file = compiled.files[file], line = line, directory = compiled.sources[file],
  }
  compiled.declarations[entry] = declaration
  return declaration
end

--- Where an entry is declared.
-- @tparam table compiled
-- @tparam number entry
-- @treturn string such as `policy.lua:9`
function directory.where(compiled, entry)
  local file, line = compiled.entries:place(entry)
  return describe.where { file = compiled.files[file], line = line }
end

--- What becomes of an entry's mail.
-- @tparam table compiled
-- @tparam number entry
-- @treturn string `"mailbox"`, `"target"`, `"list"` or `"refused"`
function directory.kind(compiled, entry) return compiled.entries:kind(entry) end

-- ---- Addresses ---------------------------------------------------------------

--- The primary address: the first that is not marked as another, else the first.
-- @tparam table compiled
-- @tparam number entry
-- @treturn table|nil a new address
-- @treturn string its key; or a message
-- @treturn string code
function directory.primary(compiled, entry) return compiled.entries:primary(entry) end

--- Where a custom recipient's mail goes on to.
-- @tparam table compiled
-- @tparam number entry
-- @treturn number|nil an entry; or nil and
-- @treturn table|nil a new address,
-- @treturn string its key; or a message
-- @treturn string code
function directory.target(compiled, entry) return compiled.entries:target(entry) end

--- How many members a list has.
-- @tparam table compiled
-- @tparam number entry
-- @treturn number
function directory.member_count(compiled, entry) return compiled.entries:member_count(entry) end

--- One member, as `target` returns it.
-- @tparam table compiled
-- @tparam number entry
-- @tparam number index
function directory.member(compiled, entry, index) return compiled.entries:member(entry, index) end

--- The address that a list's members have as their sender.
-- @tparam table compiled
-- @tparam number entry
-- @treturn table|nil a new address
function directory.owner(compiled, entry)
  local owner, address = compiled.entries:owner(entry)
  if owner then address = directory.primary(compiled, owner) end
  return address
end

--- The sentence with which a tombstone's mail is refused.
-- @tparam table compiled
-- @tparam number entry
-- @treturn string|nil
function directory.refusal(compiled, entry) return compiled.entries:refusal(entry) end

--- An entry's addresses, in the order of their declaration.
-- @tparam table compiled
-- @tparam number entry
-- @treturn {table,...} new addresses
function directory.proxies(compiled, entry)
  local addresses = {}
  for i, text in ipairs(compiled.entries:proxies(entry)) do
    addresses[i] = core.parse(text, UNKNOWN)
  end
  return addresses
end

--- The best address of a type that an entry has: the primary one, else the first.
-- @tparam table compiled
-- @tparam number entry
-- @tparam string type_name
-- @treturn table|nil a new address
function directory.best(compiled, entry, type_name)
  local first
  for _, address in ipairs(directory.proxies(compiled, entry)) do
    if address.type == type_name then
      if address.primary ~= false then return address end
      first = first or address
    end
  end
  return first
end

return directory
