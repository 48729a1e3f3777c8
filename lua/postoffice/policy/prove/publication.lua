--- Takes a policy apart for a database: rows for all that its directory has, and a text for all else,
-- with those entries of files that the script names or that have more than a row can say.
-- @module postoffice.policy.prove.publication

local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local export = require "postoffice.policy.prove.export"
local lists = require "postoffice.lists"
local publication = require "postoffice.policy.compile.publication"
local references = require "postoffice.text.formats.references"
local sets = require "postoffice.policy.compile.sets"

local NONE = {}
local UNKNOWN = { unknown = true }

-- The declaration of the file that an entry is in, or nil.
local function file_of(entries, entry) return directory.declaration(entries, entry).directory end

-- ---- Rows ----------------------------------------------------------------------

-- The key of the name of a cc:Mail mailbox, or nil.
local function bare_key(address)
  if address.type ~= "CCMAIL" then return nil end
  return (core.key { type = "CCMAIL", mailbox = address.mailbox })
end

-- The keys of an entry's addresses, and of the names among them.
local function keys_of(proxies)
  local keys = {}
  for i, text in ipairs(proxies) do
    local address = core.parse(text, UNKNOWN)
    keys[i] = { key = core.key(address), bare = bare_key(address) }
  end
  return keys
end

-- The key of the only target that an entry has, if that is an address and no entry; or nil.
local function target_key(plain)
  local target = plain.targets[1]
  if plain.is_several or not target or target.id then return nil end
  return (core.key(core.parse(target.address, UNKNOWN)))
end

local function row_of(plain)
  return {
    name = plain.name, proxies = plain.proxies, keys = keys_of(plain.proxies),
    targets = lists.pluck(plain.targets, "address"), target_key = target_key(plain),
    keep = plain.keep,
    members = plain.members and lists.pluck(plain.members, "address"),
    owner = plain.owner and plain.owner.address,
    refuse = plain.refuse == true and "" or plain.refuse or nil,
  }
end

-- ---- What goes with the script -------------------------------------------------

-- Calls a function with each entry that another refers to, be it by an address.
local function each_reference(entries, entry, visit)
  local function follow(other, _, key)
    other = other or key and directory.find(entries, key)
    if other then visit(other) end
  end
  local kind = directory.kind(entries, entry)
  if kind == "target" then follow(directory.target(entries, entry)) end
  local is_several = kind == "targets" or kind == "list"
  for i = 1, is_several and directory.member_count(entries, entry) or 0 do
    follow(directory.member(entries, entry, i))
  end
  if kind == "list" then follow(directory.owner_way(entries, entry)) end
end

-- Whether some of an entry's targets are meant by name and others are not, which no row says.
local function is_mixed(compiled, entry)
  return directory.kind(compiled.directory, entry) == "targets"
    and export.plain(compiled, entry, NONE).is_mixed
end

-- The entries that what the script declares leads to, or what names others.
local function named_entries(compiled)
  local entries, named, waiting = compiled.directory, {}, {}
  local function add(entry)
    if not named[entry] then named[entry], waiting[#waiting + 1] = true, entry end
  end
  for entry in directory.each_declared(entries) do add(entry) end
  for entry in pairs(directory.named_elsewhere(entries)) do add(entry) end
  for entry in directory.each(entries) do
    if is_mixed(compiled, entry) then add(entry) end
  end
  while waiting[1] do each_reference(entries, table.remove(waiting), add) end
  return named
end

-- What an entry has that no row says, and what makes it a list or a tombstone; or nil.
local function more_of(plain, said)
  local more = {
    members = plain.members and lists.pluck(plain.members, "address"),
    owner = plain.owner and plain.owner.address, refuse = plain.refuse or nil,
    propagate = plain.propagate, accept = said and said.accept, reject = said and said.reject,
    authenticated = said and said.authenticated,
    max_size = said and said.max_size,
  }
  return next(more) and more or nil
end

-- An entry as the readers of files hand it on.
local function person_of(entries, plain, said)
  local targets = references.targets(plain)
  return {
    name = plain.name, proxies = directory.proxy_texts(entries, plain.id),
    line = tonumber(directory.where(entries, plain.id):match "(%d+)$"),
    targets = plain.is_several and targets or targets[1], keep = plain.keep or nil,
    more = more_of(plain, said),
  }
end

-- Whether a row cannot say all of an entry, or hosts have to know it beforehand.
local function is_more(plain, said) return said or plain.members or plain.propagate ~= nil end

--- Takes a policy apart.
-- @tparam table policy of a script
-- @tparam function sink is given each entry: `name`, `proxies`, `keys` (of the proxies, each with `key`
--   and, of cc:Mail, `bare`, the key of the mailbox's name), `targets`, `target_key`, `keep`, `members`,
--   `owner`, `refuse` (a sentence, "" for none)
-- @treturn string the text
local function publish(policy, sink)
  local compiled, origin = policy.compiled, policy.origin
  local entries, people, restricted = compiled.directory, {}, {}
  for entry, said in directory.each_restricted(entries) do restricted[entry] = said end
  local named = named_entries(compiled)
  for entry in directory.each(entries) do
    local plain, file = export.plain(compiled, entry, restricted), file_of(entries, entry)
    sink(row_of(plain))
    if file and (named[entry] or is_more(plain, restricted[entry])) then
      people[file.name] = people[file.name] or {}
      table.insert(people[file.name], person_of(entries, plain, restricted[entry]))
    end
  end
  return publication.write {
    source = origin.source, chunkname = origin.chunkname, includes = origin.includes,
    revision = compiled.revision, sets = sets.saved(compiled.sets), people = people,
    catchalls = directory.said_catchalls(entries),
  }
end

return publish
