--- Who may write to recipients and lists, and how much at once.
--
-- What entries say of it is in the directory, as it was declared; here it is read.
-- @module postoffice.policy.compile.restrictions

local directory = require "postoffice.policy.compile.directory"
local expansions = require "postoffice.policy.compile.expansions"
local families = require "postoffice.policy.pattern.families"
local matchers = require "postoffice.policy.pattern.matchers"
local sets = require "postoffice.policy.compile.sets"
local why_neither = require "postoffice.policy.compile.directory.references".why_neither

local restrictions = {}

local NULL = "<>"

-- A pattern of senders, one matcher however often it is said; or nil and what is wrong with a text
-- that is none, nor an entry's name.
local function read_pattern(compiled, text)
  local matcher, message = compiled.patterns[text], nil
  if not matcher then matcher, message = matchers.read(text) end
  compiled.patterns[text] = matcher
  if matcher then return matcher end
  if sets.is_name(text) then
    return nil, why_neither(compiled.entries, text, message)
      .. sets.nor(compiled.sets, text)
  end
  return nil, ('"%s" %s'):format(text, message)
end

local ACCEPTS_NULL = "<> may write to every recipient, and to no list that has accept; remove it"

local TWO = '"%s" is an entry and a set; give one of them another name'

-- Adds whom a text names to senders; or returns what is wrong with it.
local function add_sender(compiled, senders, label, text)
  if text == NULL then
    senders.has_null = true
    return label == "accept" and ACCEPTS_NULL or nil
  end
  local named, set = directory.writer(compiled.entries, text), sets.use(compiled.sets, text)
  if named and set then return TWO:format(text) end
  if named then return table.insert(senders.entries, named) end
  if set then return table.insert(senders.sets, set) end
  local matcher, message = read_pattern(compiled, text)
  if not matcher then return message end
  table.insert(senders.matchers, matcher)
end

-- The senders that a list of texts names: `entries`, `sets`, `matchers`, and whether `<>` is one.
local function read_senders(compiled, entry, label, texts, faults, errors)
  local senders = { entries = {}, sets = {}, matchers = {}, has_null = false }
  for _, text in errors.each(texts) do
    local message = add_sender(compiled, senders, label, text)
    if message then
      faults:add(directory.declaration(compiled.entries, entry),
        function() return (": %s: %s"):format(label, message) end, label, text)
    end
  end
  return senders
end

--- Compiles the restrictions of a directory's entries.
-- @tparam table entries the compiled directory
-- @tparam table declared the compiled sets
-- @tparam table faults as `late_faults.new` returns it
-- @tparam table errors
-- @treturn table|false for `find` and `includes`; false if there are none
function restrictions.compile(entries, declared, faults, errors)
  local compiled = {
    entries = entries, sets = declared, by_entry = {}, members = {}, patterns = {},
  }
  for entry, said in directory.each_restricted(entries) do
    local function read(label)
      local texts = said[label]
      return texts and read_senders(compiled, entry, label, texts, faults, errors)
    end
    compiled.by_entry[entry] = {
      accept = read "accept", reject = read "reject", authenticated = said.authenticated,
      max_size = said.max_size, is_list = directory.kind(entries, entry) == "list",
    }
  end
  faults:tell()
  return next(compiled.by_entry) and compiled or false
end

--- The restrictions of an entry: `accept` and `reject` for `includes`, `authenticated`, `max_size`,
-- and whether it `is_list`.
-- @tparam table compiled
-- @tparam number entry
-- @treturn table|nil
function restrictions.find(compiled, entry) return compiled.by_entry[entry] end

--- Whether any entry has a restriction.
-- @tparam table|false compiled
-- @tparam string name as the field of what `find` returns
-- @treturn boolean
function restrictions.exist(compiled, name)
  for _, rules in next, compiled and compiled.by_entry or {} do
    if rules[name] then return true end
  end
  return false
end

--- The limits of size that entries have.
-- @tparam table|false compiled
-- @treturn {number,...}
function restrictions.sizes(compiled)
  local sizes = {}
  for _, rules in next, compiled and compiled.by_entry or {} do
    sizes[#sizes + 1] = rules.max_size or nil
  end
  return sizes
end

-- Whoever the mail of an entry reaches, looked up once.
local function members_of(compiled, entry)
  local members = compiled.members[entry] or expansions.set(compiled.entries, entry)
  compiled.members[entry] = members
  return members
end

-- Whether one of the entries is a sender's, or sends mail on to it.
local function are_named(compiled, senders, sender)
  for _, named in ipairs(senders.entries) do
    local members = members_of(compiled, named)
    if members[sender.key] or sender.entry and members[sender.entry] then return true end
  end
  return false
end

-- Whether one of the sets has a sender; each is looked into once.
local function are_in_sets(senders, sender)
  local found = sender.matched
  for _, set in ipairs(senders.sets) do
    if found[set] == nil then
      found[set] = sets.includes(set, sender.address, sender.key) ~= nil
    end
    if found[set] then return true end
  end
  return false
end

-- Whether one of the patterns is a sender's; each is tried once.
local function are_matched(senders, sender)
  local matched = sender.matched
  for _, matcher in ipairs(senders.matchers) do
    if matched[matcher] == nil then
      matched[matcher] = matchers.match_canonical(matcher, sender.address) ~= nil
    end
    if matched[matcher] then return true end
  end
  return false
end

--- One that is not `<>`, to be held to many lists of senders.
-- @tparam table address
-- @tparam string key its key
-- @tparam number|nil entry whose proxy it is
-- @treturn table for `restrictions.includes`, which remembers in it what it found out
function restrictions.sender(address, key, entry)
  return {
    address = families.canonical(address), key = key, entry = entry, included = {}, matched = {},
  }
end

--- The set by which senders include one.
-- @tparam table senders
-- @tparam table sender by `restrictions.sender`, which they include
-- @treturn table|nil
function restrictions.set_of(senders, sender)
  for _, set in ipairs(senders.sets) do
    if sender.matched[set] then return set end
  end
end

--- Whether senders include one.
-- @tparam table compiled
-- @tparam table senders
-- @tparam table sender by `restrictions.sender`
-- @treturn boolean
function restrictions.includes(compiled, senders, sender)
  local included = sender.included
  if included[senders] == nil then
    included[senders] = are_named(compiled, senders, sender) or are_in_sets(senders, sender)
      or are_matched(senders, sender)
  end
  return included[senders]
end

return restrictions
