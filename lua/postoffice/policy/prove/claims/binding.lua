--- What the names of a claim stand for in a policy; and what is said of those that stand for nothing.
--
-- Who binds a claim goes on after a mistake, so that every part is a function of its own; the first
-- mistake is the one that is told.
-- @module postoffice.policy.prove.claims.binding

local connectors = require "postoffice.policy.compile.connectors"
local directory = require "postoffice.policy.compile.directory"
local describe = require "postoffice.policy.language.describe"
local suggest = require "postoffice.suggest"

local Binding = {}
Binding.__index = Binding

local short = describe.short
local lower = string.lower

--- Remembers a mistake, unless there was one before it.
-- @tparam number at the byte of the part that is wrong
-- @tparam string message a format
-- @param ... its arguments
function Binding:fail(at, message, ...)
  if self.fault then return end
  self.fault = { at = at, message = ("byte %d: %s"):format(at, message:format(...)) }
end

--- The connector of a name, or nil and a mistake.
-- @tparam number at
-- @tparam string name
-- @treturn table|nil
function Binding:connector(at, name)
  local connector = connectors.find(self.compiled.connectors, name)
  if connector then return connector end
  self:fail(at, 'connector "%s" is not declared%s', short(name),
    connectors.undeclared(self.compiled.connectors, name))
end

--- The folded names of connectors, as a set.
-- @tparam {table,...} names of a claim, each with its `text` and its byte
-- @treturn table
function Binding:connectors(names)
  local set = {}
  for _, name in ipairs(names) do
    local connector = self:connector(name.at, name.text)
    if connector then set[connector.folded] = true end
  end
  return set
end

--- Whether an entry is what a claim calls a list; all others are recipients.
-- @tparam table compiled
-- @tparam number entry
-- @tparam string who `recipient` or `list`
-- @treturn boolean
local function is(compiled, entry, who)
  return (directory.kind(compiled.directory, entry) == "list") == (who == "list")
end

-- The names of the entries of a kind, as many as a message can list.
local function names_of(compiled, who)
  local names = {}
  for entry in directory.each(compiled.directory) do
    if is(compiled, entry, who) then
      names[#names + 1] = directory.name(compiled.directory, entry)
    end
  end
  return names
end

-- Entries by folded name, the first of each, by policy.
local by_name = setmetatable({}, { __mode = "k" })

local function index(compiled)
  local names = {}
  for entry in directory.each(compiled.directory) do
    local folded = lower(directory.name(compiled.directory, entry))
    names[folded] = names[folded] or entry
  end
  return names
end

--- The entry of a name in any case, or nil.  A directory is read as a whole, once.
-- @tparam table compiled
-- @tparam string name
-- @treturn number|nil
local function find_entry(compiled, name)
  by_name[compiled] = by_name[compiled] or index(compiled)
  return by_name[compiled][lower(name)]
end

--- The entry of a name, or nil and a mistake.
-- @tparam number at
-- @tparam string who `recipient` or `list`
-- @tparam string name
-- @treturn number|nil
function Binding:entry(at, who, name)
  local compiled = self.compiled
  local entry = find_entry(compiled, name)
  if entry and is(compiled, entry, who) then return entry end
  if entry then
    local other = who == "list" and "recipient" or "list"
    self:fail(at, '"%s" is a %s; write %s "%s"', short(name), other, other, short(name))
  else
    self:fail(at, 'no %s is called "%s"%s', who, short(name),
      suggest.phrase(name, names_of(compiled, who), "declared"))
  end
end

--- Begins to bind a claim.
-- @tparam table policy
-- @treturn table
local function new(policy)
  return setmetatable({ policy = policy, compiled = policy.compiled, fault = nil }, Binding)
end

return { new = new, is = is, find_entry = find_entry }
