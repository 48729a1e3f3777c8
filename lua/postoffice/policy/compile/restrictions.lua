--- Who may write to recipients and lists, and how much at once.
--
-- What entries say of it is in the directory, as it was declared; here it is read.
-- @module postoffice.policy.compile.restrictions

local directory = require "postoffice.policy.compile.directory"
local expansions = require "postoffice.policy.compile.expansions"
local matchers = require "postoffice.policy.pattern.matchers"

local restrictions = {}

local NULL = "<>"

-- A pattern of senders; or nil and what is wrong with a text that is none, nor an entry's name.
local function read_pattern(entries, text)
  local matcher, message = matchers.read(text)
  if matcher then return matcher end
  if not text:find "[@:*?{]" then return nil, directory.why_neither(entries, text, message) end
  return nil, ('"%s" %s'):format(text, message)
end

-- The senders that a list of texts names: `entries`, `matchers`, and whether `<>` is one.
local function read_senders(entries, entry, label, texts, errors)
  local senders = { entries = {}, matchers = {}, has_null = false }
  for _, text in errors.each(texts) do
    local named = directory.writer(entries, text)
    local matcher, message
    if not named and text ~= NULL then matcher, message = read_pattern(entries, text) end
    if message then
      errors.add(directory.declaration(entries, entry), ": %s: %s", label, message)
    elseif text == NULL and label == "accept" then
      errors.add(directory.declaration(entries, entry), ": accept: <> may write to every recipient,"
        .. " and to no list that has accept; remove it")
    end
    senders.has_null = senders.has_null or text == NULL
    table.insert(named and senders.entries or senders.matchers, named or matcher)
  end
  return senders
end

--- Compiles the restrictions of a directory's entries.
-- @tparam table entries the compiled directory
-- @tparam table errors
-- @treturn table|false for `find` and `includes`; false if there are none
function restrictions.compile(entries, errors)
  local compiled = { entries = entries, by_entry = {}, members = {} }
  for entry, said in directory.each_restricted(entries) do
    local function read(label)
      local texts = said[label]
      return texts and read_senders(entries, entry, label, texts, errors)
    end
    compiled.by_entry[entry] = {
      accept = read "accept", reject = read "reject", authenticated = said.authenticated,
      max_size = said.max_size, is_list = directory.kind(entries, entry) == "list",
    }
  end
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

-- Whoever the mail of an entry reaches, looked up once.
local function members_of(compiled, entry)
  local members = compiled.members[entry] or expansions.set(compiled.entries, entry)
  compiled.members[entry] = members
  return members
end

--- Whether senders include one that is not `<>`.
-- @tparam table compiled
-- @tparam table senders
-- @tparam table address the sender
-- @tparam string key its key
-- @tparam number|nil entry whose proxy it is
-- @treturn boolean
function restrictions.includes(compiled, senders, address, key, entry)
  for _, named in ipairs(senders.entries) do
    local members = members_of(compiled, named)
    if members[key] or entry and members[entry] then return true end
  end
  for _, matcher in ipairs(senders.matchers) do
    if matchers.match(matcher, address) then return true end
  end
  return false
end

return restrictions
