--- Address spaces: which connectors can carry an address, best first.
--
-- Exchange's order (Q229961): the whole address; wildcards, more literal
-- characters first; a prefix of components; the type alone.  One set of a family
-- holds them all in this order, so that its next match is the next best space.  What is compared is
-- what the address's key has, so that equal addresses have the same spaces:
-- routing reads as far as the winning one, an explanation to the end.
-- @module postoffice.policy.compile.spaces

local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local matchers = require "postoffice.policy.pattern.matchers"
local syntax = require "postoffice.policy.pattern.syntax"

local spaces = {}

local sub = string.sub
local new_set, next_of = core.set.new, core.set.next

--- The classes, best first.
spaces.classes = { "exact", "wildcard", "partial", "blank" }

local EXACT, WILDCARD, PARTIAL, BLANK = 1, 2, 3, 4
local RANK = { exact = EXACT, wildcard = WILDCARD, partial = PARTIAL, blank = BLANK }

--- The place of a space's class, the best first.
-- @tparam table space
-- @treturn number
function spaces.rank(space) return RANK[space.class] end

local ANY = syntax.glob { { kind = "any" } }

local function before(a, b)
  if a.literals ~= b.literals then return a.literals > b.literals end
  if a.guarded ~= b.guarded then return a.guarded end
  if a.cost ~= b.cost then return a.cost < b.cost end
  return a.order < b.order
end

local function new_family(type_name)
  return {
    border = families.border(type_name),
    has_other_keys = families.has_other_keys(type_name), -- than the text that wildcards match
    body = #type_name + 2, -- where what follows the type begins in a key
    patterns = { {}, {}, {}, {} }, -- by class
    spaces = {}, classes = {}, choices = {}, -- by rank
  }
end

-- Adds what a space is found by in a class.
local function add(family, class, pattern, space)
  local list = family.patterns[class]
  list[#list + 1] = { pattern = pattern, space = space }
end

local function literal_then_any(text) return syntax.glob { text } .. ANY end

local ADD = {}

function ADD.exact(family, space) add(family, EXACT, sub(space.key, family.body), space) end

function ADD.wildcard(family, space)
  add(family, WILDCARD, space.glob or literal_then_any(space.prefix), space)
end

-- A prefix, which may be the whole address.
function ADD.partial(family, space)
  if space.matcher then
    ADD.exact(family, space)
    add(family, PARTIAL, literal_then_any(space.prefix), space)
    return
  end
  add(family, EXACT, space.component, space)
  if space.component == "" then return end
  add(family, PARTIAL, literal_then_any(space.component .. family.border), space)
end

function ADD.blank(family, space) add(family, BLANK, ANY, space) end

-- Ranks what was added, class by class, and makes the set.
local function finish(family)
  local patterns = {}
  for class, list in ipairs(family.patterns) do
    for _, item in ipairs(list) do
      local rank = #patterns + 1
      patterns[rank], family.spaces[rank], family.classes[rank] = item.pattern, item.space, class
      family.choices[rank] = item.space.choice
    end
  end
  family.set = new_set(patterns, #family.patterns[EXACT])
  family.patterns = nil
end

--- Sorts all connectors' spaces by type and class.
-- @tparam {table,...} list from `pattern.spaces`, with `cost`, `guarded`, `connector`
-- @treturn table families by type
function spaces.compile(list)
  local compiled = {}
  for order, space in ipairs(list) do space.order = order end
  table.sort(list, before)
  for _, space in ipairs(list) do
    local family = compiled[space.family] or new_family(space.family)
    compiled[space.family] = family
    ADD[space.class](family, space)
  end
  for _, family in pairs(compiled) do finish(family) end
  return compiled
end

--- The set that a survey finds spaces in.
-- @tparam table compiled
-- @treturn userdata|nil
function spaces.smtp_set(compiled) return compiled.SMTP and compiled.SMTP.set end

-- Whether of two spaces of a family the second, which is no better, is as good.
local function is_rival(family, rank, other)
  return family.spaces[rank].literals == family.spaces[other].literals
    and family.classes[rank] == family.classes[other]
end

--- The choice of the best space that a survey found.
-- @tparam table compiled
-- @tparam number rank of the best one
-- @tparam number|nil other the rank of the next one
-- @tparam boolean is_open whether a vaguer space may win, too
-- @treturn table|nil as from `connectors.choice`; nil if another space is as good
function spaces.surveyed(compiled, rank, other, is_open)
  local family = compiled.SMTP
  if other and (is_open or is_rival(family, rank, other)) then return nil end
  return family.choices[rank]
end

--- What an address is looked up by, for `spaces.next`.
-- @tparam table compiled
-- @tparam table address
-- @tparam string key
-- @treturn table|nil its family; nil if no space can match
-- @treturn string what a whole address is compared with,
-- @treturn number from this byte on
-- @treturn string|nil the text that wildcards match, if that is another
function spaces.look_up(compiled, address, key)
  local family = compiled[families.of(address.type)]
  if not family then return nil end
  if not family.has_other_keys then return family, key, family.body end
  local text = core.format(families.canonical(address), "native")
  if text then return family, key, family.body, text end
end

-- Whether a space that was found by what it begins with matches in all its attributes, and was not
-- found as the whole address before.
local function matches(space, class, address, key)
  return matchers.match(space.matcher, address)
    and not (class == PARTIAL and space.key == key)
end

--- The next best space that an address falls into.
-- @tparam table family from `spaces.look_up`, as are the last three
-- @tparam number after the rank of the space before, 0 at first
-- @tparam table address
-- @tparam string key
-- @tparam number from
-- @tparam string|nil text
-- @treturn number|nil its rank
-- @treturn table space
-- @treturn number its class
function spaces.next(family, after, address, key, from, text)
  local rank = next_of(family.set, after, key, from, text)
  while rank do
    local space, class = family.spaces[rank], family.classes[rank]
    if not space.matcher or class == EXACT or matches(space, class, address, key) then
      return rank, space, class
    end
    rank = next_of(family.set, rank, key, from, text)
  end
end

--- The best space that an address falls into.
-- @tparam table compiled
-- @tparam table address
-- @tparam string key
-- @treturn table|nil
function spaces.best(compiled, address, key)
  local family, whole, from, text = spaces.look_up(compiled, address, key)
  if not family then return nil end
  local _, space = spaces.next(family, 0, address, whole, from, text)
  return space
end

--- Whether any space is of a type's family.
-- @tparam table compiled
-- @tparam string type_name
-- @treturn boolean
function spaces.exist_for(compiled, type_name) return compiled[families.of(type_name)] ~= nil end

return spaces
