--- Which rules of a policy its tests did not reach.
--
-- Rules are declarations, and entries that do something of their own.  Mailboxes are all alike: of
-- many in a file, as of the people of a `directory`, one stands for the others.  A connector of
-- weight 0 is drained: no mail reaches it, and so no test.
-- @module postoffice.policy.prove.coverage

local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local restrictions = require "postoffice.policy.compile.restrictions"

local coverage = {}

local FEW = 12 -- mailboxes of a file that are rules one by one

-- Whether an entry is a mailbox as others are.
local function is_plain(compiled, entry)
  return directory.kind(compiled.directory, entry) == "mailbox"
    and not (compiled.restrictions and restrictions.find(compiled.restrictions, entry))
end

local function is_drained(declaration)
  return declaration.word == "connector" and declaration.fields.weight == 0
end

-- A rule: `declaration` is its place, and `title` what it is called.
local function new_rule(declaration, title, is_reached)
  return {
    file = declaration.file, line = declaration.line, where = describe.where(declaration),
    title = title, is_reached = is_reached,
  }
end

-- The declarations of entries, and by file those of mailboxes, in order.
local function split_entries(compiled)
  local others, by_file, files = {}, {}, {}
  for entry in directory.each_declared(compiled.directory) do
    local declaration = directory.declaration(compiled.directory, entry)
    local list = others
    if is_plain(compiled, entry) then
      list = by_file[declaration.file] or {}
      if #list == 0 then files[#files + 1] = list end
      by_file[declaration.file] = list
    end
    list[#list + 1] = declaration
  end
  return others, files
end

-- How many of some declarations are in a set.
local function count_used(declarations, used)
  local count = 0
  for _, declaration in ipairs(declarations) do
    if used[declaration] then count = count + 1 end
  end
  return count
end

-- Mailboxes that are one rule, and how many of them were reached.
local function sum_up(mailboxes, used)
  local reached = count_used(mailboxes, used)
  local rule = new_rule(mailboxes[1], ("%d mailboxes"):format(#mailboxes), reached > 0)
  rule.reached, rule.entries = reached, #mailboxes
  return rule
end

-- All rules, and those of them that are many entries.
local function rules_of(compiled, used)
  local rules, sums = {}, {}
  local function add(declarations)
    for _, declaration in ipairs(declarations) do
      if not is_drained(declaration) then
        rules[#rules + 1] = new_rule(declaration, describe.title(declaration), used[declaration])
      end
    end
  end
  local others, files = split_entries(compiled)
  add(compiled.declarations)
  add(others)
  for _, mailboxes in ipairs(files) do
    if #mailboxes <= FEW then
      add(mailboxes)
    else
      sums[#sums + 1] = sum_up(mailboxes, used)
      rules[#rules + 1] = sums[#sums]
    end
  end
  return rules, sums
end

local function by_place(a, b)
  if a.file ~= b.file then return a.file < b.file end
  if a.line ~= b.line then return a.line < b.line end
  return a.title < b.title
end

--- The rules that were not reached.
-- @tparam table compiled
-- @tparam table used a set of declarations
-- @treturn {table,...} each has `file`, `line`, `where`, `title`
-- @treturn number how many rules there are
-- @treturn {table,...} those that are many mailboxes: they have `reached` and `entries`, too
function coverage.uncovered(compiled, used)
  local rules, sums = rules_of(compiled, used)
  local list = {}
  for _, rule in ipairs(rules) do
    if not rule.is_reached then list[#list + 1] = rule end
    rule.is_reached = nil
  end
  table.sort(list, by_place)
  return list, #rules, sums
end

-- How many people of each `directory` were reached.
local function count_people(used)
  local counts = {}
  for declaration in pairs(used) do
    local file = declaration.directory
    if file then counts[file] = (counts[file] or 0) + 1 end
  end
  return counts
end

--- How many people of each `directory` were reached.
-- @tparam table compiled
-- @tparam table used a set of declarations
-- @treturn {table,...} each has `file`, `line`, `where`, `title`, `reached` and `entries`
function coverage.directories(compiled, used)
  local counts, sums = count_people(used), {}
  for declaration, entries in directory.each_file(compiled.directory) do
    local sum = new_rule(declaration, describe.title(declaration))
    sum.reached, sum.entries = counts[declaration] or 0, entries
    sums[#sums + 1] = sum
  end
  table.sort(sums, by_place)
  return sums
end

return coverage
