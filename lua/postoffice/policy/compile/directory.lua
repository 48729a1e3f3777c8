--- The directory: mailboxes, custom recipients, lists and tombstones by every proxy.
--
-- Its entries are in a table of C's, which no collector looks at: here, an entry
-- is a number.  What it holds is made when it is asked for.
-- @module postoffice.policy.compile.directory

local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local remote_entries = require "postoffice.policy.compile.remote_entries"
local skipped = require "postoffice.policy.compile.skipped"

local directory = {}

local UNKNOWN = { unknown = true }

--- A directory around a table of entries: the files that declare them by their numbers, and the
-- `directory` declarations that some of these are of; the entries that domains name as their
-- catch-alls; what those say that say it of `propagate`, and of who may write to them; the entries
-- that these name; what was left out of files, and what they say that no entry has; the catch-alls
-- that files say; and declarations of entries while they are in use, and of the rows that say
-- catch-alls while it is built; and how often near misses were looked for.
-- @tparam userdata entries
-- @tparam table beside what is known of them, by name, as `directory.saved` writes it
-- @treturn table
function directory.around(entries, beside)
  return {
    entries = entries, files = beside.files or {}, numbers = {}, directories = {},
    catchalls = beside.catchalls or {}, propagates = beside.propagates or {},
    restrictions = beside.restrictions or {}, writers = beside.writers or {},
    skipped = skipped.new(beside.skipped), remarks = skipped.new(beside.remarks),
    said_catchalls = beside.said_catchalls or {},
    declarations = setmetatable({}, { __mode = "v" }), catchall_rows = {}, searches = 0,
  }
end

local NOTHING = {}

--- A directory that has no entries yet.
-- @tparam number bytes how many it may take
-- @treturn table
function directory.new(bytes) return directory.around(core.new_directory(bytes), NOTHING) end

--- The same directory, in which a host finds entries, too.
-- @tparam table compiled
-- @tparam table host as `remote_entries.beside` takes it
-- @treturn table
function directory.with(compiled, host)
  return setmetatable({ entries = remote_entries.beside(compiled.entries, host) },
    { __index = compiled })
end

-- ---- Entries -----------------------------------------------------------------

--- The entry that has an address among its proxies.
-- @tparam table compiled
-- @tparam string key the address's key
-- @treturn number|nil entry
function directory.find(compiled, key) return compiled.entries:find(key) end

--- The only entry that has an address as its target, as far as it is a custom recipient.
-- @tparam table compiled
-- @tparam string key the address's key
-- @treturn number|nil entry
function directory.find_target(compiled, key) return compiled.entries:find_target(key) end

--- The only entry that has a cc:Mail address with a mailbox of that name, in whatever post office.
-- @tparam table compiled
-- @tparam string key the key of the name
-- @treturn number|nil entry
function directory.find_bare(compiled, key) return compiled.entries:find_bare(key) end

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

-- What `each_declared` calls, with the entry before.
local function next_declared(compiled, entry) return compiled.entries:next_declared(entry) end

--- The same without the people in files.
-- @tparam table compiled
-- @return an iterator
function directory.each_declared(compiled) return next_declared, compiled, nil end

-- What `each_several` calls, with the entry before.
local function next_several(compiled, entry) return compiled.entries:next_several(entry) end

--- The entries whose mail may become several deliveries, those of files, too: lists, and recipients with
-- several targets, or with one and a copy that they keep.
-- @tparam table compiled
-- @return an iterator
function directory.each_several(compiled) return next_several, compiled, nil end

--- The files of people.
-- @tparam table compiled
-- @return an iterator: the declaration of a `directory`, and how many entries its file has
function directory.each_file(compiled)
  local counts = {}
  if not next(compiled.directories) then return pairs(counts) end
  for _, declaration in pairs(compiled.directories) do counts[declaration] = 0 end
  for entry in directory.each(compiled) do
    local declaration = compiled.directories[compiled.entries:place(entry)]
    if declaration then counts[declaration] = counts[declaration] + 1 end
  end
  return pairs(counts)
end

--- What was left out of files that are read with `on_error = "skip"`.
-- @tparam table compiled
-- @treturn {table,...} with `count`; see `postoffice.policy.compile.skipped`
function directory.skipped(compiled) return skipped.plain(compiled.skipped) end

--- What files say that no entry has.
-- @tparam table compiled
-- @treturn {table,...} likewise
function directory.remarks(compiled) return skipped.plain(compiled.remarks) end

--- Its table in C, for the survey.
-- @tparam table compiled
-- @treturn userdata
function directory.userdata(compiled) return compiled.entries end

--- How many entries there are.
-- @tparam table compiled
-- @treturn number
function directory.count(compiled) return compiled.entries:count() end

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
  if type(entry) == "table" then return entry end -- a host's
  local declaration = compiled.declarations[entry]
  if declaration then return declaration end
  local file, line, is_list = compiled.entries:place(entry)
  declaration = { -- of a person, `directory` is what declares the file
    word = is_list and "list" or "recipient", name = compiled.entries:name(entry),
    file = compiled.files[file] or "?", line = line, directory = compiled.directories[file],
  }
  compiled.declarations[entry] = declaration
  return declaration
end

--- Where an entry is declared.
-- @tparam table compiled
-- @tparam number entry
-- @treturn string such as `policy.lua:9`
function directory.where(compiled, entry)
  if type(entry) == "table" then return entry.where end -- a host's
  local file, line = compiled.entries:place(entry)
  return describe.where { file = compiled.files[file] or "?", line = line }
end

--- What becomes of an entry's mail.
-- @tparam table compiled
-- @tparam number entry
-- @treturn string `"mailbox"`, `"target"`, `"targets"` (several, or also a mailbox), `"list"` or
--   `"refused"`
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

--- What an entry says of the extensions of its mail, as the word `propagate`.
-- @tparam table compiled
-- @tparam number entry
-- @return true, false, `"always"`, or nil if it says nothing
function directory.propagate(compiled, entry) return compiled.propagates[entry] end

--- Whether an entry with targets is a mailbox here, too.
-- @tparam table compiled
-- @tparam number entry
-- @treturn boolean
function directory.is_kept(compiled, entry) return compiled.entries:is_kept(entry) end

--- Whether mail for an entry with targets stays here, too: it keeps a copy, or is a target of its own.
-- @tparam table compiled
-- @tparam number entry
-- @treturn boolean
function directory.stays(compiled, entry)
  if directory.is_kept(compiled, entry) then return true end
  for index = 1, directory.way_count(compiled, entry) do
    if directory.way(compiled, entry, index) == entry then return true end
  end
  return false
end

--- Who may write to entries, as far as they say so, in the order of their declarations.
-- @tparam table compiled
-- @return an iterator: entry, and `accept`, `reject`, `authenticated`, `max_size` as declared
function directory.each_restricted(compiled)
  local entries = {}
  for entry in pairs(compiled.restrictions) do entries[#entries + 1] = entry end
  table.sort(entries)
  local at = 0
  return function()
    at = at + 1
    return entries[at], compiled.restrictions[entries[at]]
  end
end

--- The entries that domains name as their catch-alls and others in `accept` or `reject`.
-- @tparam table compiled
-- @treturn table a set of numbers
function directory.named_elsewhere(compiled)
  local set = {}
  for _, entry in pairs(compiled.catchalls) do set[entry] = true end
  for _, entry in pairs(compiled.writers) do set[entry] = true end
  return set
end

--- The catch-alls that files say.
-- @tparam table compiled
-- @treturn table texts by the folded names of domains
function directory.said_catchalls(compiled) return compiled.said_catchalls end

--- The entry that a text of `accept` or `reject` names.
-- @tparam table compiled
-- @tparam string text
-- @treturn number|nil
function directory.writer(compiled, text) return compiled.writers[text] end

--- How many members a list has, or targets an entry that has several.
-- @tparam table compiled
-- @tparam number entry
-- @treturn number
function directory.member_count(compiled, entry) return compiled.entries:member_count(entry) end

--- One of them, as `target` returns it.
-- @tparam table compiled
-- @tparam number entry
-- @tparam number index
function directory.member(compiled, entry, index) return compiled.entries:member(entry, index) end

--- How many ways go on from an entry: to its target, targets or members.
-- @tparam table compiled
-- @tparam number entry
-- @treturn number
function directory.way_count(compiled, entry)
  local kind = directory.kind(compiled, entry)
  if kind == "target" then return 1 end
  return (kind == "targets" or kind == "list") and directory.member_count(compiled, entry) or 0
end

--- One of them, as `target` returns it.
-- @tparam table compiled
-- @tparam number entry
-- @tparam number index
function directory.way(compiled, entry, index)
  if directory.kind(compiled, entry) == "target" then return directory.target(compiled, entry) end
  return directory.member(compiled, entry, index)
end

--- The addresses that an entry's mail goes on to: its target, its targets or members; those that are
-- entries are not among them.
-- @tparam table compiled
-- @tparam number entry
-- @treturn {table,...}
function directory.goals(compiled, entry)
  local found = {}
  for i = 1, directory.way_count(compiled, entry) do
    found[#found + 1] = select(2, directory.way(compiled, entry, i))
  end
  return found
end

--- The address that a list's members have as their sender.
-- @tparam table compiled
-- @tparam number entry
-- @treturn table|nil a new address
function directory.owner(compiled, entry)
  local owner, address = compiled.entries:owner(entry)
  if owner then address = directory.primary(compiled, owner) end
  return address
end

--- The same as it was declared: as `target` returns it.
-- @tparam table compiled
-- @tparam number entry
function directory.owner_way(compiled, entry) return compiled.entries:owner(entry) end

--- The sentence with which a tombstone's mail is refused.
-- @tparam table compiled
-- @tparam number entry
-- @treturn string|nil
function directory.refusal(compiled, entry) return compiled.entries:refusal(entry) end

--- An entry's addresses as they were written, in the order of their declaration.
-- @tparam table compiled
-- @tparam number entry
-- @treturn {string,...}
function directory.proxy_texts(compiled, entry) return compiled.entries:proxies(entry) end

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
