--- Address spaces: which connectors can carry an address, best first.
--
-- Exchange's order (Q229961): the whole address; wildcards, more literal
-- characters first; a prefix of components; the type alone.  `find` is
-- lazy: routing reads as far as the winning space, an explanation to the end.
-- @module postoffice.policy.compile.spaces

local core = require "postoffice.core"
local domain = require "postoffice.text.domain"
local index = require "postoffice.policy.compile.index"
local families = require "postoffice.policy.pattern.families"
local matchers = require "postoffice.policy.pattern.matchers"

local spaces = {}

local glob_match = core.glob_match
local lower, match, sub = string.lower, string.match, string.sub

--- The classes, best first.
spaces.classes = { "exact", "wildcard", "partial", "blank" }

local function before(a, b)
  if a.literals ~= b.literals then return a.literals > b.literals end
  if a.guarded ~= b.guarded then return a.guarded end
  if a.cost ~= b.cost then return a.cost < b.cost end
  return a.order < b.order
end

local function new_family(type_name)
  return {
    exact = {}, wildcard = index.new(), partial = {}, attributes = index.new(), blank = {},
    border = families.border(type_name), keyed = families.attributes(type_name) ~= nil,
  }
end

local function append(map, key, space)
  local list = map[key] or {}
  map[key] = list
  list[#list + 1] = space
end

local ADD = {
  exact = function(family, space) append(family.exact, space.key, space) end,
  wildcard = function(family, space) family.wildcard:add(space, space.prefix, space.suffix) end,
  partial = function(family, space)
    if not space.matcher then return append(family.partial, space.component, space) end
    append(family.exact, space.key, space)
    family.attributes:add(space, space.prefix, "")
  end,
  blank = function(family, space) table.insert(family.blank, space) end,
}

--- Sorts all connectors' spaces by type and class.
-- @tparam {table,...} list from `pattern.spaces`, with `cost`, `guarded`, `connector`
-- @treturn table families by type
function spaces.compile(list)
  local compiled = {}
  for order, space in ipairs(list) do space.order = order end
  table.sort(list, before)
  for rank, space in ipairs(list) do
    space.rank = rank
    local family = compiled[space.family] or new_family(space.family)
    compiled[space.family] = family
    if space.glob then family.wildcard:count(space.prefix, space.suffix) end
  end
  for _, space in ipairs(list) do ADD[space.class](compiled[space.family], space) end
  return compiled
end

local function nothing() end

local function items(list)
  if not list then return nothing end
  local i = 0
  return function()
    i = i + 1
    return list[i]
  end
end

-- The whole address: by its key, or by all of its components.
local function by_exact(family, wanted)
  if family.border then return items(family.partial[wanted.folded]) end
  return items(family.exact[wanted.key])
end

local function matches(space, wanted)
  if space.matcher then return matchers.match(space.matcher, wanted.address) end
  return glob_match(space.glob, wanted.text)
end

-- The spaces that an index finds and that match, by rank.
local function by_index(indexed, wanted, key)
  local lists = {}
  indexed:collect(wanted.folded, lists)
  if #lists == 0 then return nothing end
  local merged = index.merge(lists)
  return function()
    for space in merged do
      if matches(space, wanted) and not (key and space.key == key) then return space end
    end
  end
end

local function by_wildcard(family, wanted) return by_index(family.wildcard, wanted) end

-- Prefixes that end at a component's border, the longest first.
local function by_components(family, wanted)
  local folded, current, at = wanted.folded, nothing, #wanted.folded + 1
  return function()
    while true do
      local space = current()
      if space then return space end
      repeat at = at - 1 until at < 2 or sub(folded, at, at) == family.border
      if at < 2 then return nil end
      current = items(family.partial[sub(folded, 1, at - 1)])
    end
  end
end

local function by_partial(family, wanted)
  if family.keyed then return by_index(family.attributes, wanted, wanted.key) end
  if not family.border or not next(family.partial) then return nothing end
  return by_components(family, wanted)
end

local function by_blank(family) return items(family.blank) end

local SOURCES = { by_exact, by_wildcard, by_partial, by_blank }

-- The text that wildcards match: the domain of an SMTP address in A-labels.
local function native_text(address)
  if address.type == "SMTP" and address.domain and domain.is_beyond_ascii(address.domain) then
    address = { type = "SMTP", localpart = address.localpart,
      domain = domain.in_alabels(address.domain) }
  end
  return core.format(address, "native")
end

-- An address as the sources look it up.
local function lookup(family, address, key)
  local text = native_text(address)
  if not text then return nil end
  local folded = family.keyed and match(key, ":(.*)$") or lower(text)
  return { address = address, key = key, text = text, folded = folded }
end

--- The spaces that an address falls into, best first, with the number of their class.
-- @tparam table compiled
-- @tparam table address
-- @tparam string key
-- @treturn function iterator of space, class
function spaces.find(compiled, address, key)
  local family = compiled[families.of(address.type)]
  local wanted = family and lookup(family, address, key)
  if not wanted then return nothing end
  local class, current = 0, nothing
  return function()
    while true do
      local space = current()
      if space then return space, class end
      class = class + 1
      local source = SOURCES[class]
      if not source then return nil end
      current = source(family, wanted)
    end
  end
end

--- Whether any space is of a type's family.
-- @tparam table compiled
-- @tparam string type_name
-- @treturn boolean
function spaces.exist_for(compiled, type_name) return compiled[families.of(type_name)] ~= nil end

return spaces
