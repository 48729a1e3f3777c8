--- Binds what names entries of a directory: other entries, those who say who may write to them, and domains.
--
-- Names are known only while the directory is built.
-- @module postoffice.policy.compile.directory.references

local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local domain_text = require "postoffice.text.domain"
local joined = require "postoffice.text.joined"
local suggest = require "postoffice.suggest"

local references = {}

local UNKNOWN = { unknown = true }
local STEPS = 10000 -- references that are resolved between two looks at the clock
local MAX_NAMES = 10000 -- among which a near miss is looked for
local MAX_SEARCHES = 20 -- for near misses: each takes as long as thousands of rows

-- The names of the first entries.
local function names_of(compiled)
  local names = {}
  for entry in directory.each(compiled) do
    if #names == MAX_NAMES then break end
    names[#names + 1] = directory.name(compiled, entry)
  end
  return names
end

-- The next entry with the name of one of several.
local function namesake_of(compiled, entry)
  local name, other = directory.name(compiled, entry):lower(), entry
  repeat other = compiled.entries:next(other)
  until directory.name(compiled, other):lower() == name
  return other
end

local NOBODY = {}

--- Why a text that has to be the name of an entry or an address is neither.
-- @tparam table compiled
-- @tparam string text
-- @tparam string message why it is no address
-- @treturn string
function references.why_neither(compiled, text, message)
  compiled.searches = compiled.searches + 1
  local names = compiled.searches <= MAX_SEARCHES and names_of(compiled) or NOBODY
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
function references.reference(compiled, text)
  local entry, is_ambiguous = compiled.entries:named(text)
  if is_ambiguous then
    return nil, ('"%s" is the name of several, as at %s and %s; write an address of the one'
      .. " that is meant"):format(text, directory.where(compiled, entry),
      directory.where(compiled, namesake_of(compiled, entry)))
  end
  if entry then return { entry = entry } end
  local address, message = core.parse(text, UNKNOWN)
  if not address then return nil, references.why_neither(compiled, text, message) end
  local key
  key, message = core.key(address)
  if not key then return nil, ('"%s": %s'):format(text, message) end
  return { address = address, key = key }
end

-- What is said of a target that is several addresses, beside what is wrong with it.
local function meant_by(role, text)
  local list = {}
  if role == "target" then joined.split(text, list) end
  for _, part in ipairs(list) do
    if not core.parse(part, UNKNOWN) then return "" end
  end
  return #list > 1 and "; where mail goes on to several, they stand in targets" or ""
end

-- By what the table calls it, the field in which somebody is referred to.
local FIELDS = { target = "target", member = "members", owner = "owner" }

-- Finds fault with what leads nowhere.
local function add_reference_fault(compiled, faults, entry, role, text)
  local declaration = directory.declaration(compiled, entry)
  faults:add(declaration, function()
    local _, message = references.reference(compiled, text)
    return (": %s %s%s"):format(describe.value_of(declaration, role, role), message,
      meant_by(role, text))
  end, FIELDS[role], text)
end

--- Binds what entries refer to by name: their targets, members and owners.
-- @tparam table compiled
-- @tparam table faults as `late_faults.new` returns it
-- @tparam table errors
function references.bind_entries(compiled, faults, errors)
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
    if role then add_reference_fault(compiled, faults, entry, role, text) end
  until found == true
  faults:tell()
end

--- Remembers which entries are named by what others say of who may write to them.
-- @tparam table compiled
-- @tparam table faults
-- @tparam table errors
function references.bind_writers(compiled, faults, errors)
  local function bind(entry, field, text)
    local named, is_ambiguous = compiled.entries:named(text)
    if not is_ambiguous then
      compiled.writers[text] = named
    else
      local _, message = references.reference(compiled, text)
      faults:add(directory.declaration(compiled, entry), function() return ": " .. message end,
        field, text)
    end
  end
  for entry, said in directory.each_restricted(compiled) do
    for _, text in errors.each(said.accept or {}) do bind(entry, "accept", text) end
    for _, text in errors.each(said.reject or {}) do bind(entry, "reject", text) end
  end
  faults:tell()
end

local OWN_OWNER = ": owner: bounces to the list itself would go to all of its members; name"
  .. " somebody who reads them, or remove owner"

--- Finds fault with a list that is its own owner: it would send each bounce to all of its members, and
-- theirs to them again.
-- @tparam table compiled
-- @tparam table faults
function references.check_owners(compiled, faults)
  local function message() return OWN_OWNER end
  for entry in directory.each_several(compiled) do
    local owner = directory.kind(compiled, entry) == "list" and directory.owner(compiled, entry)
    local key = owner and core.key(owner)
    if key and directory.find(compiled, key) == entry then
      faults:add(directory.declaration(compiled, entry), message, "owner")
    end
  end
  faults:tell()
end

--- Binds what domains give to their catch-all.  An entry's name is known only while the directory
-- is built: those that were bound then are remembered.
-- @tparam table compiled
-- @tparam {table,...} domains compiled
-- @tparam table faults as `late_faults.new` returns it
function references.bind_catchalls(compiled, domains, faults)
  for _, domain in ipairs(domains) do
    local folded = domain_text.fold(domain.name)
    local text = domain.catchall or compiled.said_catchalls[folded]
    if text then
      local entry = compiled.catchalls[text]
      local reference, message = entry and { entry = entry }, nil
      if not reference then reference, message = references.reference(compiled, text) end
      if not reference then
        local said = not domain.catchall and compiled.catchall_rows[folded]
        faults:add(said or domain.declaration, function() return ": catchall " .. message end,
          "target", text)
        compiled.said_catchalls[folded] = nil
      end
      compiled.catchalls[text] = reference and reference.entry
      domain.catchall = reference
    end
  end
  faults:tell()
end

return references
