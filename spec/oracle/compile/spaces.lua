-- Of the oracle: nobody edits it (see ../init.lua).
--- Address spaces: which connectors can carry an address, best first.
--
-- Exchange's order (Q229961): the whole address; wildcards, more literal
-- characters first; a prefix of components; the type alone.  `find` can be
-- stopped: routing reads as far as the winning space, an explanation to the end.
-- @module spec.oracle.compile.spaces

local core = require "postoffice.core"
local domain = require "postoffice.text.domain"
local index = require "spec.oracle.compile.index"
local families = require "spec.oracle.pattern.families"
local matchers = require "spec.oracle.pattern.matchers"

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
    classes = {},
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

-- By class, whether a family has spaces that are looked up so.
local HAS = {
  function(family) return next(family.exact) or next(family.partial) end,
  function(family) return not family.wildcard:is_empty() end,
  function(family) return next(family.partial) or not family.attributes:is_empty() end,
  function(family) return family.blank[1] end,
}

local function list_classes(family)
  for class, has in ipairs(HAS) do
    if has(family) then table.insert(family.classes, class) end
  end
end

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
  for _, family in pairs(compiled) do list_classes(family) end
  return compiled
end

-- Shows the spaces of a list to whoever searches; true if that was enough.
local function show_all(search, list)
  for i = 1, list and #list or 0 do
    if search.see(search.pool, list[i], search.class) then return true end
  end
  return false
end

-- The whole address: by its key, or by all of its components.
local function by_exact(family, search)
  if family.border then return show_all(search, family.partial[search.folded]) end
  return show_all(search, family.exact[search.key])
end

local function matches(space, search)
  if space.matcher then return matchers.match(space.matcher, search.address) end
  return glob_match(space.glob, search.text)
end

-- The spaces that an index finds and that match, by rank.
local function by_index(indexed, search, key)
  for _, space in index.each(indexed:collect(search.folded)) do
    if matches(space, search) and not (key and space.key == key)
      and search.see(search.pool, space, search.class) then
      return true
    end
  end
  return false
end

local function by_wildcard(family, search) return by_index(family.wildcard, search) end

-- Prefixes that end at a component's border, the longest first.
local function by_components(family, search)
  local folded = search.folded
  for at = #folded, 2, -1 do
    if sub(folded, at, at) == family.border
      and show_all(search, family.partial[sub(folded, 1, at - 1)]) then
      return true
    end
  end
  return false
end

local function by_partial(family, search)
  if family.keyed then return by_index(family.attributes, search, search.key) end
  return by_components(family, search)
end

local function by_blank(family, search) return show_all(search, family.blank) end

-- By class, in the families that have such spaces.
local SOURCES = { by_exact, by_wildcard, by_partial, by_blank }

-- The native text in the key of an SMTP address with nothing to quote and no address literal.
local PLAIN = "^SMTP:([%w!#$%%&'*+/=?^_`{|}~.-]+@[%w.-]+)$"

-- The text that wildcards match: the domain of an SMTP address in A-labels.
local function native_text(address, key)
  local plain = match(key, PLAIN)
  if plain then return plain end
  if address.type == "SMTP" and address.domain and domain.is_beyond_ascii(address.domain) then
    address = { type = "SMTP", localpart = address.localpart,
      domain = domain.in_alabels(address.domain) }
  end
  return core.format(address, "native")
end

--- Shows the spaces that an address falls into, best first.
-- @tparam table compiled
-- @tparam table address
-- @tparam string key
-- @tparam function see is called with `pool`, a space and the number of its class, until it returns
--   true
-- @tparam table pool
function spaces.find(compiled, address, key, see, pool)
  local family = compiled[families.of(address.type)]
  local text = family and native_text(address, key)
  if not text then return end
  local search = {
    address = address, key = key, text = text, see = see, pool = pool, class = 0,
    folded = family.keyed and match(key, ":(.*)$") or lower(text),
  }
  for _, class in ipairs(family.classes) do
    search.class = class
    if SOURCES[class](family, search) then return end
  end
end

--- Whether any space is of a type's family.
-- @tparam table compiled
-- @tparam string type_name
-- @treturn boolean
function spaces.exist_for(compiled, type_name) return compiled[families.of(type_name)] ~= nil end

return spaces
