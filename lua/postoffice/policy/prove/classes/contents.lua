--- What policies say, as texts in the order that matters: two that say the same route alike, whatever
-- stands between their declarations, and where.
-- @module postoffice.policy.prove.classes.contents

local connectors = require "postoffice.policy.compile.connectors"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local lists = require "postoffice.lists"
local postoffices = require "postoffice.policy.compile.postoffices"
local rewrites = require "postoffice.policy.compile.rewrites"
local senders = require "postoffice.policy.compile.senders"
local sets = require "postoffice.policy.compile.sets"
local write = require "postoffice.address".show

local contents = {}

local concat = table.concat

-- A text that nothing else is the beginning of.
local function counted(text) return #text .. ":" .. text end

--- A value as a text that another has which means the same.
-- @param value of a field
-- @treturn string
function contents.dump(value)
  if type(value) == "number" then return ("n%.17g,"):format(value) end
  if type(value) ~= "table" then return type(value):sub(1, 1) .. counted(tostring(value)) end
  local parts = {}
  for i, name in ipairs(lists.keys(value)) do
    parts[i] = contents.dump(name) .. contents.dump(value[name])
  end
  return "{" .. concat(parts) .. "}"
end

local dump = contents.dump

--- What a declaration says.
-- @tparam table item what was compiled of it
-- @treturn string
function contents.said_in(item)
  local declaration = item.declaration
  return dump { declaration.word, declaration.name or false, declaration.fields }
end

local said_in = contents.said_in

-- ---- Entries -----------------------------------------------------------------

-- What an entry leads to, as `directory.target` returns it: an entry's name, or an address.
local function way(compiled, entry, address)
  if entry then return "entry " .. directory.name(compiled.directory, entry) end
  return address and "address " .. write(address) or "nothing"
end

-- What an entry's mail goes on to.
local function ways(compiled, entry)
  local entries, list = compiled.directory, {}
  local kind = directory.kind(entries, entry)
  if kind == "target" then list[1] = way(compiled, directory.target(entries, entry)) end
  local are_several = kind == "targets" or kind == "list"
  for i = 1, are_several and directory.member_count(entries, entry) or 0 do
    list[i] = way(compiled, directory.member(entries, entry, i))
  end
  return list
end

-- What an entry says, but for who may write to it.
local function entry_text(compiled, entry)
  local entries = compiled.directory
  return dump {
    name = directory.name(entries, entry), kind = directory.kind(entries, entry),
    proxies = directory.proxy_texts(entries, entry), ways = ways(compiled, entry),
    is_kept = directory.is_kept(entries, entry), propagate = directory.propagate(entries, entry),
    owner = directory.kind(entries, entry) == "list"
      and way(compiled, directory.owner_way(entries, entry)) or nil,
    refusal = directory.refusal(entries, entry),
  }
end

--- What entries say, and who may write to them.
-- @tparam table compiled
-- @treturn table texts by the numbers of entries
function contents.entries(compiled)
  local texts, restricted = {}, {}
  for entry, said in directory.each_restricted(compiled.directory) do
    restricted[entry] = dump(said)
  end
  for entry in directory.each(compiled.directory) do
    texts[entry] = entry_text(compiled, entry) .. (restricted[entry] or "")
  end
  return texts
end

--- The entries of which only one policy says what it says.
-- @tparam table mine compiled policy
-- @tparam table theirs the other one
-- @treturn table a set of names
function contents.differing_entries(mine, theirs)
  local texts, names = {}, {}
  for i, compiled in ipairs { mine, theirs } do
    texts[i] = {}
    for entry, text in pairs(contents.entries(compiled)) do
      texts[i][directory.name(compiled.directory, entry)] = text
    end
  end
  for i = 1, 2 do
    for name, text in pairs(texts[i]) do
      if texts[3 - i][name] ~= text then names[name] = true end
    end
  end
  return names
end

-- Sorted, for an address or a name leads to one of them at most.
local function entries_of(compiled)
  local list = {}
  for _, text in pairs(contents.entries(compiled)) do list[#list + 1] = text end
  table.sort(list)
  return list
end

-- ---- All of it ---------------------------------------------------------------

local NO_SETTING = { clock = true, meant = true } -- they are made of others

local function settings_of(compiled)
  local said = {}
  for name, value in pairs(compiled.settings) do
    said[name] = not NO_SETTING[name] and value or nil
  end
  return { dump(said) }
end

local function sets_of(compiled)
  local list = lists.map(sets.all(compiled.sets), function(set)
    return dump { set.name, sets.texts(set) }
  end)
  table.sort(list)
  return list
end

-- A file may say what a domain's catch-all is.
local function domains_of(compiled)
  return lists.map(domains.all(compiled.domains), function(domain)
    local catchall = domain.catchall
    return said_in(domain) .. (catchall and way(compiled, catchall.entry, catchall.address) or "")
  end)
end

-- What the items of some word say, all of which a function returns.
local function said_in_all(items_of)
  return function(compiled) return lists.map(items_of(compiled), said_in) end
end

-- Sorted, for each is found by its name.
local function postoffices_of(compiled)
  local list = lists.map(postoffices.all(compiled.postoffices), said_in)
  table.sort(list)
  return list
end

-- By name what the declarations of each word say.
local SAID = {
  settings = settings_of, sets = sets_of, domains = domains_of, entries = entries_of,
  postoffices = postoffices_of,
  connectors = said_in_all(function(compiled) return connectors.all(compiled.connectors) end),
  rewrites = said_in_all(function(compiled) return rewrites.all(compiled.rewrites) end),
  senders = said_in_all(function(compiled) return senders.one_way(compiled.senders) end),
}

-- All of them; entries, of which there may be many, last.
local PARTS = {
  "settings", "sets", "domains", "postoffices", "connectors", "rewrites", "senders", "entries",
}

-- Words whose declarations are in these parts; of any other it is not known what it says.
local KNOWN = {
  domain = true, set = true, postoffice = true, connector = true, rewrite = true,
  rewrite_sender = true, directory = true,
}

--- Whether it is known all that a policy does: no function decides.
-- @tparam table compiled
-- @treturn boolean
function contents.is_known(compiled)
  if compiled.scripted then return false end
  for _, declaration in ipairs(compiled.declarations) do
    if not KNOWN[declaration.word] then return false end
  end
  return true
end

--- Whether some parts of two policies say the same.
-- @tparam table compiled of the one
-- @tparam table other of the other
-- @tparam {string,...} names of parts: `settings`, `sets`, `domains`, `postoffices`, `connectors`,
--   `rewrites`, `senders` (those rules that are about senders alone), `entries`
-- @treturn boolean
function contents.are_alike(compiled, other, names)
  for _, name in ipairs(names) do
    if dump(SAID[name](compiled)) ~= dump(SAID[name](other)) then return false end
  end
  return true
end

--- Whether two policies say the same, so that they do the same to whatever address and message.
-- @tparam table policy
-- @tparam table other
-- @treturn boolean false also where it is not known what functions do
function contents.are_same(policy, other)
  local mine, theirs = policy.compiled, other.compiled
  if not (contents.is_known(mine) and contents.is_known(theirs)) then return false end
  return contents.are_alike(mine, theirs, PARTS)
end

return contents
