--- Entries that a host looks up when they are wanted, beside those of a directory's own table.
--
-- An entry of the table is a number; one of the host is a table, which is also what declared it.  To
-- whoever asks by `postoffice.policy.compile.directory` both are the same.
-- @module postoffice.policy.compile.remote_entries

local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"

local remote_entries = {}

local UNKNOWN = { unknown = true }

-- ---- One entry -----------------------------------------------------------------

-- The fields of a host's entry: the Lua type, and whether it is a list of texts.
local FIELDS = {
  name = "string", where = "string", proxies = "texts", targets = "texts", keep = "boolean",
  members = "texts", owner = "string", refuse = "string|boolean",
}

local function are_texts(list)
  if type(list) ~= "table" then return false end
  for _, text in ipairs(list) do
    if type(text) ~= "string" then return false end
  end
  return true
end

-- What is wrong with what a host says of an entry, or nil.
local function fault_of(row)
  if type(row) ~= "table" then return ("it is a %s"):format(type(row)) end
  for name, kind in pairs(FIELDS) do
    local value = row[name]
    local is_good = value == nil or kind == "texts" and are_texts(value)
      or kind:find(type(value), 1, true) ~= nil
    if not is_good then return ("its %s cannot be a %s"):format(name, type(value)) end
  end
  if not (row.proxies and row.proxies[1]) then return "it has no proxies" end
end

-- What becomes of the mail of an entry, as `directory.kind` says it.
local function kind_of(row)
  if row.refuse then return "refused" end
  if row.members then return "list" end
  local count = #(row.targets or {})
  if count == 0 then return "mailbox" end
  return (count > 1 or row.keep) and "targets" or "target"
end

--- An entry of what a host says of it.
-- @tparam table row `proxies`, and `name`, `where` (it is), `targets`, `keep`, `members`, `owner`,
--   `refuse`, all of which may be missing
-- @treturn table|nil entry
-- @treturn string what is wrong
function remote_entries.entry(row)
  local fault = fault_of(row)
  if fault then return nil, fault end
  return {
    word = row.members and "list" or "recipient", name = row.name or row.proxies[1],
    where = row.where or "the host's directory", kind = kind_of(row), proxies = row.proxies,
    several = row.members or row.targets or {}, owner = row.owner, keep = row.keep or false,
    refuse = type(row.refuse) == "string" and row.refuse ~= "" and row.refuse or nil,
  }
end

-- Why an address of an entry cannot be read: that is no fault of who writes to it.
local function unread(text, message)
  local why = ("the host's directory has %s: %s"):format(describe.shown(text), message)
  return nil, why, "ask-failed"
end

-- An address and its key; or nil, a message, a code.
local function read(text)
  local address, message = core.parse(text, UNKNOWN)
  if not address then return unread(text, message) end
  local key
  key, message = core.key(address)
  if not key then return unread(text, message) end
  return address, key
end

-- The address by which an entry is known: the first that is not marked as another, else the first.
local function primary(entry)
  local first, first_key
  for _, text in ipairs(entry.proxies) do
    local address, key, code = read(text)
    if not address then return nil, key, code end
    if address.primary ~= false then return address, key end
    first, first_key = first or address, first_key or key
  end
  return first, first_key
end

-- Where mail goes on to, as `directory.target` returns it.
local function way(text) return nil, read(text) end

-- What is asked of an entry by name.
local METHODS = {
  name = function(entry) return entry.name end,
  kind = function(entry) return entry.kind end,
  is_kept = function(entry) return entry.keep end,
  primary = primary,
  target = function(entry) return way(entry.several[1]) end,
  member = function(entry, index) return way(entry.several[index]) end,
  member_count = function(entry) return #entry.several end,
  owner = function(entry) if entry.owner then return way(entry.owner) end end,
  refusal = function(entry) return entry.refuse end,
  proxies = function(entry)
    local list = {}
    for i, text in ipairs(entry.proxies) do list[i] = text end
    return list
  end,
}

-- ---- All entries ---------------------------------------------------------------

local Entries = {}
Entries.__index = Entries

for name, method in pairs(METHODS) do
  Entries[name] = function(self, entry, ...)
    if type(entry) == "table" then return method(entry, ...) end
    return self.own[name](self.own, entry, ...)
  end
end

--- Where an entry of the table is declared.
function Entries:place(entry) return self.own:place(entry) end

--- The only entry that has an address as its target; the host may know of another.
function Entries:find_target(key)
  local own, found = self.own:find_target(key), self.host.find_target(key)
  if found == false then return nil end
  return own or found
end

-- How an entry is found: by one of its addresses, by a name of cc:Mail.
for _, way_of in ipairs { "find", "find_bare" } do
  Entries[way_of] = function(self, key)
    return self.own[way_of](self.own, key) or self.host[way_of](key)
  end
end

--- The entries of a table and of a host as one.
-- @tparam userdata own the table's
-- @tparam table host what finds an entry of the host by a key: `find`, `find_target` (false for
--   several), `find_bare`
-- @treturn table with what routing asks of a table
function remote_entries.beside(own, host)
  return setmetatable({ own = own, host = host }, Entries)
end

return remote_entries
