--- Patterns of sets, of senders, and of `accept` and `reject` that match nobody whom others beside them
-- do not, for `postoffice.policy.prove.lint`.
--
-- A list is told once, with how many of its patterns are like that, and the first of them: a list of
-- 10,000 that is written by a program may have thousands.
-- @module postoffice.policy.prove.lint_patterns

local connectors = require "postoffice.policy.compile.connectors"
local declared = require "postoffice.policy.compile.sets"
local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local few = require "postoffice.policy.prove.few"
local lists = require "postoffice.lists"
local patience = require "postoffice.policy.prove.patience"
local redundant = require "postoffice.policy.prove.redundant"
local restrictions = require "postoffice.policy.compile.restrictions"

-- ---- Telling -------------------------------------------------------------------

-- What is said of patterns of a list, and the advice for one and for several.
local COVERED = {
  code = "pattern-covered", said = "whose addresses others have already",
  advice = { "remove it, if nobody else was meant", "remove them, if nobody else was meant" },
}
local UNDECIDED = {
  code = "pattern-undecided",
  said = "of which it is not known whether others have them already",
  advice = { "see whether it is needed", "see whether they are needed" },
}

-- What is said of lists that say the same.
local function alike(count)
  if count == 1 then return "" end
  return count == 2 and ", as does another," or (", as do %d others,"):format(count - 1)
end

-- Tells something of the patterns of a list that have some ranks, each with its title.
local function tell(look, list, what, ranks, title_of)
  if not ranks[1] then return end
  local message = ("has%s %d of %d %s %s: %s"):format(alike(list.count), #ranks, #list.texts,
    list.label, what.said, few.named(ranks, title_of))
  look.find("note", what.code, list.declaration, message, what.advice[ranks[2] and 2 or 1])
end

-- ---- A list --------------------------------------------------------------------

-- What tells a pattern of a list by its rank, or a set beside it.
local function titles(list)
  return function(item)
    if type(item) == "table" then return ('set "%s"'):format(item.name) end
    if list.set then return (declared.pattern(list.set, item)) end
    return ('"%s"'):format(describe.short(list.texts[item]))
  end
end

-- Looks at a list, as `redundant.find` takes it, with its `declaration`, `label`, and how many there are
-- that say the same (`count`).
local function look_at(look, list)
  local found = redundant.find(look.work, list, function()
    return patience.ends(look.policy, look.find, list.declaration)
  end)
  local title_of, covered = titles(list), {}
  for rank = 1, #list.texts do covered[#covered + 1] = found.by[rank] and rank or nil end
  tell(look, list, UNDECIDED, found.undecided, title_of)
  tell(look, list, COVERED, covered, function(rank)
    return ("%s (in %s)"):format(title_of(rank), few.named(found.by[rank], title_of))
  end)
end

local NONE = {}

local function look_at_set(look, set)
  look_at(look, {
    declaration = set.declaration, label = "patterns", texts = declared.texts(set), set = set,
    patterns = declared.patterns(set), sets = NONE, count = 1,
  })
end

-- ---- Senders -------------------------------------------------------------------

-- Adds senders who may write, or may not, to those that say the same.
local function add_senders(found, declaration, field, senders)
  if not senders or not senders.matchers[1] then return end
  local texts = lists.pluck(senders.matchers, "text")
  local id = table.concat({ field, table.concat(texts, "\0"),
    table.concat(lists.names(senders.sets), "\0") }, "\0\0")
  local list = found[id]
  if list then
    list.count = list.count + 1
    return
  end
  found[id] = {
    declaration = declaration, label = "patterns in " .. field, texts = texts,
    sets = senders.sets, count = 1,
  }
  found[#found + 1] = found[id]
end

-- The lists of senders of connectors and entries, those once that say the same.
local function all_senders(compiled)
  local found = {}
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    add_senders(found, connector.declaration, "senders", connector.senders)
  end
  for entry in directory.each_restricted(compiled.directory) do
    local rules = restrictions.find(compiled.restrictions, entry)
    local declaration = directory.declaration(compiled.directory, entry)
    add_senders(found, declaration, "accept", rules.accept)
    add_senders(found, declaration, "reject", rules.reject)
  end
  return found
end

--- Finds them.
-- @tparam table policy
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_patterns(policy, find)
  local compiled = policy.compiled
  local look = { policy = policy, work = redundant.look(), find = find }
  for _, set in ipairs(declared.all(compiled.sets)) do look_at_set(look, set) end
  for _, list in ipairs(all_senders(compiled)) do
    if patience.ends(policy, find, list.declaration) then return end
    look_at(look, list)
  end
end

return lint_patterns
