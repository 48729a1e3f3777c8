--- The reference of the language of policies: every entry by its name.
--
-- The words come from `words.lua`, what a script lacks from `lacks.lua`, the codes from the core,
-- all else from the files beside this one, each of which is a list of entries.  What prints the
-- reference, checks it or tells it to other programs asks here and knows no file.
--
-- An entry has a `name`, a `kind` and a `doc`.  By its kind it has
--
-- * `word`: `fields`, `named`, `optional_name`, `items` (the field of values without a name)
-- * `function`: `arguments`, `returns`, `fails`, `raises`, `in_functions`, `while_loading`
-- * `event`: `arguments`, `answers`
-- * `record`, `type`: `fields`
-- * `syntax`: `rows`, `trials`, `classes`
-- * `library`: `has`
-- * `lack`: nothing more
-- * `finding`: `severity`, `cause`, `remedy`
-- * `code`: `status`, `cause`, `remedy`; and `finding`, where `check` finds something by that name, too
--
-- A field or argument has a `name`, a `type`, a `doc`, and may be `optional`; of a word it has what
-- `words.lua` says, too.
-- @module postoffice.policy.language.reference

local addresses = require "postoffice.policy.language.reference.addresses"
local core = require "postoffice.core"
local lacked = require "postoffice.policy.language.lacks"
local language = require "postoffice.policy.language.words"
local lists = require "postoffice.lists"

local reference = {}

local FOLDER = "postoffice.policy.language.reference."

local unpack = unpack or table.unpack

-- ---- Entries ----------------------------------------------------------------

-- A field, { name, type, doc } in the files, under the names of its parts.
local function named_field(field)
  local named = lists.copy(field)
  named.name, named.type, named.doc = field[1], field[2], field[3]
  return named
end

local function named_fields(list)
  local named = {}
  for i, field in ipairs(list or {}) do named[i] = named_field(field) end
  return named
end

-- The entries of a file, of one kind unless they say another.
local function read(file, kind)
  local entries = {}
  for i, given in ipairs(require(FOLDER .. file)) do
    local entry = lists.copy(given)
    entry.kind = given.kind or kind
    entry.arguments = given.arguments and named_fields(given.arguments)
    entry.fields = given.fields and named_fields(given.fields)
    entries[i] = entry
  end
  return entries
end

-- Required fields first, then by name.
local function by_need(a, b)
  if a.optional ~= b.optional then return not a.optional end
  return a.name < b.name
end

-- The fields of a word, or those inside one of them.
local function fields_of(declared)
  local fields = {}
  for _, name in ipairs(lists.keys(declared)) do
    local field, kind = lists.copy(declared[name]), language.kinds[declared[name].kind]
    field.name, field.says, field.type = name, kind.says, kind.type
    field.optional = not field.required
    field.fields = field.fields and fields_of(field.fields)
    fields[#fields + 1] = field
  end
  table.sort(fields, by_need)
  return fields
end

local function words()
  local entries = {}
  for i, name in ipairs(language.declarators()) do
    local word = language.words[name]
    entries[i] = {
      name = name, kind = "word", doc = word.doc, example = word.example, named = word.name,
      optional_name = word.optional_name, items = word.items, fields = fields_of(word.fields),
    }
  end
  return entries
end

local function types()
  local entries = {}
  for i, type_of in ipairs(addresses.types) do
    local fields = {}
    for at, field in ipairs(type_of.fields) do
      fields[at] = { name = field[1], type = "string", doc = field[2], optional = field.optional }
    end
    entries[i] = {
      name = type_of.name, kind = "type", doc = type_of.doc, example = type_of.example,
      defined = type_of.defined, fields = fields,
    }
  end
  return entries
end

local function lacks()
  local entries = {}
  for i, name in ipairs(lists.keys(lacked)) do
    entries[i] = { name = name, kind = "lack", doc = lacked[name] }
  end
  return entries
end

-- What `check` finds: what has a code of its own, and by name what shares it with an address or a
-- delivery.
local function findings()
  local entries, shared, is_code = {}, {}, lists.set(core.codes())
  for _, finding in ipairs(read("findings", "finding")) do
    if is_code[finding.name] then
      shared[finding.name] = finding
    else
      entries[#entries + 1] = finding
    end
  end
  return entries, shared
end

-- The files of the codes' causes and remedies.
local CAUSES = { "addresses", "types", "policies", "hosts", "chores" }

--- The cause and the remedy of each code.
-- @treturn {[string]={string,string}}
function reference.causes()
  local all = {}
  for _, file in ipairs(CAUSES) do
    for code, told in pairs(require(FOLDER .. "codes." .. file)) do
      assert(not all[code], code) -- each is told once
      all[code] = told
    end
  end
  return all
end

local function codes(found)
  local entries, told = {}, reference.causes()
  for _, code in ipairs(core.codes()) do
    local sentence, status = core.message(code)
    local cause, remedy = unpack(told[code] or {})
    entries[#entries + 1] = {
      name = code, kind = "code", doc = sentence, status = status, cause = cause, remedy = remedy,
      finding = found[code],
    }
  end
  return entries
end

-- ---- All of them ------------------------------------------------------------

-- Adds what types say of a field: types that say the same are told together.
local function add_said(field, type_name, doc)
  local last = field.said[#field.said]
  if last and last.doc == doc then
    last.types = last.types .. ", " .. type_name
  else
    table.insert(field.said, { types = type_name, doc = doc })
  end
end

-- The doc of a field from what the types say of it.
local function joined_doc(field)
  local texts = {}
  for i, said in ipairs(field.said) do texts[i] = ("%s: %s"):format(said.types, said.doc) end
  return table.concat(texts, "; ")
end

-- The fields of all types, as an address may have them.
local function all_fields(entries)
  local fields, by_name = {}, {}
  for _, entry in ipairs(entries) do
    for _, field in ipairs(entry.fields) do
      local own = by_name[field.name]
      if not own then
        own = { name = field.name, type = "string", optional = true, said = {} }
        by_name[field.name] = own
        fields[#fields + 1] = own
      end
      add_said(own, entry.name, field.doc)
    end
  end
  for _, field in ipairs(fields) do field.doc, field.said = joined_doc(field), nil end
  for _, field in ipairs(addresses.unknown) do
    fields[#fields + 1] = { name = field[1], type = "string", doc = field[2], optional = true }
  end
  for _, field in ipairs(named_fields(addresses.beside)) do
    field.optional = true
    fields[#fields + 1] = field
  end
  return fields
end

local function address(type_entries)
  local fields = all_fields(type_entries)
  table.insert(fields, 1,
    { name = "type", type = "string", doc = "in upper case: SMTP, CCMAIL, ..." })
  return {
    name = "address", kind = "record", fields = fields,
    doc = "An address: its type, the fields of that type, and what belongs to the way it is"
      .. " written. A function may make one itself, a plain table, or return its text.",
  }
end

-- A group of entries, as the reference lists them.
local function group(name, title, entries)
  return { name = name, title = title, entries = entries }
end

-- Those of a kind, and all others.
local function divided(entries, kind)
  local ours, others = {}, {}
  for _, entry in ipairs(entries) do
    table.insert(entry.kind == kind and ours or others, entry)
  end
  return ours, others
end

local function joined(...)
  local all = {}
  for _, list in ipairs { ... } do
    for _, entry in ipairs(list) do all[#all + 1] = entry end
  end
  return all
end

local function all_groups()
  local type_entries = types()
  local mail, records = divided(read("mail", "function"), "function")
  local found, shared = findings()
  return {
    group("words", "Words", words()),
    group("events", "Events, and functions that a word takes", read("events", "event")),
    group("functions", "Functions", read("functions", "function")),
    group("mail", "The library of addresses", mail),
    group("records", "What functions get and return", joined(read("envelope", "record"),
      read("delivery", "record"), { address(type_entries) }, records)),
    group("types", "Address types", type_entries),
    group("syntax", "Patterns", read("patterns", "syntax")),
    group("lua", "Lua", read("library", "library")),
    group("lacks", "What Lua has and a script has not", lacks()),
    group("findings", "What check finds", found),
    group("codes", "Codes", codes(shared)),
  }
end

local groups, by_name

-- Makes the index when it is first asked for: a policy that loads does not.
local function index()
  if groups then return end
  groups, by_name = all_groups(), {}
  for _, one in ipairs(groups) do
    for _, entry in ipairs(one.entries) do by_name[entry.name] = by_name[entry.name] or entry end
  end
end

--- The groups of entries, in order.
-- @treturn {table,...} each with `name`, `title` and `entries`
function reference.groups()
  index()
  return groups
end

--- The entries of a kind, in order.
-- @tparam string kind
-- @treturn {table,...}
function reference.of_kind(kind)
  local found = {}
  for _, one in ipairs(reference.groups()) do
    for _, entry in ipairs(one.entries) do
      if entry.kind == kind then found[#found + 1] = entry end
    end
  end
  return found
end

-- The one of a list that has a name.
local function named(list, name)
  for _, item in ipairs(list or {}) do
    if item.name == name then return item end
  end
end

--- What has a name: an entry, or a field of one, as in `connector.wrap.domain`.
-- @tparam string name
-- @treturn table|nil the entry
-- @treturn table|nil the field
function reference.find(name)
  index()
  if by_name[name] then return by_name[name] end
  local first, rest = name:match "^([^.]+)%.(.+)$"
  local entry = first and by_name[first]
  local field = entry
  for part in (rest or ""):gmatch "[^.]+" do field = field and named(field.fields, part) end
  if not field or field == entry then return nil end
  return entry, field
end

-- Adds the names of fields and of those inside them.
local function add_names(names, prefix, fields)
  for _, field in ipairs(fields or {}) do
    names[#names + 1] = prefix .. field.name
    add_names(names, prefix .. field.name .. ".", field.fields)
  end
end

-- Adds the fields that have a name, and those inside others, each as its path and itself.
local function add_named(found, prefix, fields, name)
  for _, field in ipairs(fields or {}) do
    local path = prefix .. field.name
    if field.name == name then found[#found + 1] = { path, field } end
    add_named(found, path .. ".", field.fields, name)
  end
end

--- The fields that have a name, whatever they are fields of.
-- @tparam string name
-- @treturn {{string,table},...} the path of each, as `find` takes it, and the field
function reference.fields_named(name)
  local found = {}
  for _, one in ipairs(reference.groups()) do
    for _, entry in ipairs(one.entries) do
      add_named(found, entry.name .. ".", entry.fields, name)
    end
  end
  return found
end

--- The entry of Lua's libraries that has a library, or a function of one.
-- @tparam string name such as `string`, `string.rep` or `pairs`
-- @treturn table|nil
function reference.library_of(name)
  local library, member = name:match "^(%a+)%.(%w+)$"
  for _, entry in ipairs(reference.of_kind "library") do
    local list, is_library = entry.has[library or ""], name ~= "" and entry.has[name] ~= nil
    if is_library or list and lists.contains(list, member or name) then return entry end
  end
end

--- All names that `find` knows.
-- @treturn {string,...}
function reference.names()
  local names = {}
  for _, one in ipairs(reference.groups()) do
    for _, entry in ipairs(one.entries) do
      names[#names + 1] = entry.name
      add_names(names, entry.name .. ".", entry.fields)
    end
  end
  return names
end

return reference
