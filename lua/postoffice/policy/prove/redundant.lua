--- Patterns of a list that have nobody whom others of it do not have, be they thousands.
--
-- Each that can be read has somebody, who is looked up among the others: mostly no other has him.  One that
-- does is seen to have all, or sets decide whether those that have some of it have all together.  Of those
-- that have the same, the last is told.
-- @module postoffice.policy.prove.redundant

local allowance = require "postoffice.policy.prove.allowance"
local compare = require "postoffice.policy.pattern.compare"
local core = require "postoffice.core"
local declared = require "postoffice.policy.compile.sets"
local families = require "postoffice.policy.pattern.families"
local lists = require "postoffice.lists"
local needed = require "postoffice.policy.prove.needed"
local patterns = require "postoffice.policy.pattern.sets"
local samples = require "postoffice.policy.prove.samples"
local sets = require "postoffice.policy.prove.sets"
local wider = require "postoffice.policy.pattern.wider"

local MOST_HITS = 20 -- patterns that have somebody
local MOST_HELD = 100 -- patterns that have some of what one has
local MOST_COMPARED = 1e5 -- pairs of patterns that may have something in common

local STEPS = 500 -- patterns between two looks at the clock

local UNKNOWN = { unknown = true }

local redundant = {}

-- A pattern of a list, as `wider.read` reads it, with its `rank` and, if it is one, its `address` and `key`.
local function item_at(list, rank)
  local item = list.items[rank]
  if item then return item end
  local text = list.texts[rank]
  item = wider.read(text)
  item.rank = rank
  if not patterns.is_wild(text) then item.address, item.key = patterns.address_of(text) end
  return item
end

-- The same of one that is asked for again.
local function kept_at(list, rank)
  list.items[rank] = item_at(list, rank)
  return list.items[rank]
end

-- What a pattern has, as a set; nil if no set knows.
local function set_of(item) return sets.of_pattern(wider.matcher(item)) end

-- ---- Somebody ------------------------------------------------------------------

-- Somebody whom a pattern has, as sets say; nil if they do not know.
local function witness_of(look, item)
  local set = set_of(item)
  local text = set and allowance.ask(look.allowance, { item }, function(work)
    return sets.witness(set, work)
  end)
  return text and core.parse(text, UNKNOWN) or nil
end

-- Somebody whom a pattern has, if its text says one, and who has him; nil if that is not seen.
local function named_by(list, item)
  local address, key = item.address, item.key
  if not address then address, key = samples.of_text(item.text) end
  if not address then return nil end
  local ranks = patterns.find_all(list.patterns, address, key, MOST_HITS)
  local is_one = item.address or wider.glob(item) or lists.contains(ranks, item.rank)
  if is_one then return address, key, ranks end
end

-- Somebody whom a pattern has, his key, and the patterns that have him; nil if that cannot be told.
local function somebody(look, list, item)
  local address, key, ranks = named_by(list, item)
  if address then return address, key, ranks end
  address = samples.of_matcher(wider.matcher(item)) or witness_of(look, item)
  if not address then return nil end
  key = core.key(address)
  return address, key, patterns.find_all(list.patterns, address, key, MOST_HITS)
end

-- ---- One has all ---------------------------------------------------------------

-- Whether a pattern is seen to have all that another has.
local function has_all(other, item) return item.address ~= nil or wider.takes(other, item) end

-- Of those that have somebody of a pattern, one that has all of it, and is not the same as one before;
-- and whether there is any other.
local function find_wider(list, item, ranks)
  local is_shared = false
  for _, rank in ipairs(ranks) do
    local other = rank ~= item.rank and kept_at(list, rank)
    if other and has_all(other, item) and (rank < item.rank or not wider.takes(item, other)) then
      return rank
    end
    is_shared = is_shared or other ~= false
  end
  return nil, is_shared
end

-- The set beside a list that has an address.
local function set_with(list, address, key)
  for _, set in ipairs(list.sets) do
    if declared.includes(set, address, key) then return set end
  end
end

-- Looks at a pattern: whether another or a set has all that it has, or sets have to decide.
local function look_at(look, list, found, rank)
  local item = item_at(list, rank)
  local address, key, ranks = somebody(look, list, item)
  if not address then return table.insert(found.shared, rank) end
  local by, is_shared = find_wider(list, item, ranks)
  local set = not by and set_with(list, address, key)
  if by or set and item.address then
    found.by[rank] = { by or set }
  elseif is_shared or set then
    found.shared[#found.shared + 1], found.having[rank] = rank, ranks
  end
end

-- ---- Several have all together -------------------------------------------------

-- The domain that all have whom a pattern of SMTP has, or what they have in common besides: the family.
local function group_of(text)
  local type_name = text:match "^[^:]*"
  local family = families.of(type_name:upper())
  local domain = family == "SMTP" and text:match "@([%w.-]+)$"
  return family, domain and "@" .. domain:lower()
end

-- The patterns that are left, by family, and there by domain.
local function groups_of(list, is_told)
  local groups = {}
  for rank, text in ipairs(list.texts) do
    if not is_told[rank] then
      local family, domain = group_of(text)
      groups[family] = groups[family] or { all = {}, [""] = {} }
      local group = groups[family]
      group[domain or ""] = group[domain or ""] or {}
      table.insert(group[domain or ""], rank)
      table.insert(group.all, rank)
    end
  end
  return groups
end

-- The lists of patterns that may have something of one.
local function near(groups, text)
  local family, domain = group_of(text)
  local group = groups[family]
  if not domain then return { group.all } end
  return { group[""], group[domain] or {} }
end

-- The patterns that have something of one, without those that are told; nil if they are too many.
local function overlapping(look, list, item, is_told)
  local found = {}
  for _, ranks in ipairs(near(list.groups, item.text)) do
    look.pairs = look.pairs - #ranks
    if look.pairs < 0 then return nil end
    for _, rank in ipairs(ranks) do
      local other = rank ~= item.rank and not is_told[rank] and kept_at(list, rank)
      if other and compare.overlap(wider.matcher(other), wider.matcher(item)) then
        found[#found + 1] = other
      end
    end
    if #found > MOST_HELD then return nil end
  end
  return found
end

-- Whether others, and sets beside them, have all that a pattern has; nil if that cannot be told.
local function have_all(look, others, item)
  local list = { sets.nothing }
  for _, other in ipairs(others) do
    list[#list + 1] = other.rank and set_of(other) or sets.of_declared(other)
  end
  local asked = { item }
  for _, other in ipairs(others) do asked[#asked + 1] = other end
  return allowance.ask(look.allowance, asked, function(work)
    return sets.covers(sets.union(list), set_of(item), work)
  end)
end

-- Adds the sets beside a list that have patterns of a family.
local function add_sets(others, list, family)
  for _, set in ipairs(list.sets) do
    if declared.has_family(set, family) then others[#others + 1] = set end
  end
  return others
end

-- One of some patterns that has all of another, in a list; nil if none is known to.
local function one_with_all(look, list, item, ranks, is_told)
  for _, rank in ipairs(set_of(item) and ranks or {}) do
    local other = rank ~= item.rank and not is_told[rank] and kept_at(list, rank)
    if other and have_all(look, { other }, item) then return { other } end
  end
end

-- The patterns and sets that have all of a pattern together; false if they do not, nil if that cannot be
-- told.
local function cover_of(look, list, item, is_told)
  local others = overlapping(look, list, item, is_told)
  if not others then return nil end
  add_sets(others, list, wider.matcher(item).family)
  if not others[1] then return false end
  if not set_of(item) then return nil end
  local is_so = have_all(look, others, item)
  return is_so and needed(others, function(some) return have_all(look, some, item) end) or is_so
end

-- Decides by sets on a pattern that shares somebody with others.
local function decide(look, list, found, rank)
  local item, others = kept_at(list, rank), nil
  if look.allowance.left > 0 then
    others = one_with_all(look, list, item, found.having[rank], found.is_told)
      or cover_of(look, list, item, found.is_told)
  end
  if others then
    found.by[rank] = lists.map(others, function(other) return other.rank or other end)
    found.is_told[rank] = true
  elseif others == nil then
    table.insert(found.undecided, rank)
  end
end

-- ---- A list --------------------------------------------------------------------

-- Decides on those of which that is left, the last first.
local function decide_all(look, list, found, is_over)
  for rank in pairs(found.by) do found.is_told[rank] = true end
  if found.shared[1] then list.groups = groups_of(list, found.is_told) end
  for i = #found.shared, 1, -1 do
    if is_over() then return end
    decide(look, list, found, found.shared[i])
  end
  table.sort(found.undecided)
end

--- What lists may spend together on being decided.
-- @treturn table
function redundant.look() return { allowance = allowance.new(), pairs = MOST_COMPARED } end

local function indexed(texts)
  local index = patterns.new()
  for _, text in ipairs(texts) do assert(patterns.add(index, text)) end
  return patterns.finish(index)
end

--- Looks at the patterns of a list.
-- @tparam table look by `redundant.look`
-- @tparam table list `texts` of patterns, `sets` beside them, and perhaps these texts as `patterns` for
--   `pattern.sets`
-- @tparam function is_over whether there is no time left
-- @treturn table by the ranks of texts that add nobody, the ranks and sets that have all of theirs (`by`);
--   and a list of the `undecided` ones
function redundant.find(look, list, is_over)
  local found = { undecided = {}, shared = {}, having = {}, by = {}, is_told = {} }
  local known = {
    texts = list.texts, sets = list.sets, patterns = list.patterns or indexed(list.texts),
    items = {},
  }
  for rank = 1, #list.texts do
    if rank % STEPS == 0 and is_over() then return found end
    look_at(look, known, found, rank)
  end
  decide_all(look, known, found, is_over)
  return found
end

return redundant
