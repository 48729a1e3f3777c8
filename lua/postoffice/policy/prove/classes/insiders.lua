--- What is asked for by how it is written where it is inside another address: a set may have some of the mailboxes
-- in which a gateway reads the same, and some of the carriers of the same.
-- @module postoffice.policy.prove.classes.insiders

local core = require "postoffice.core"
local formulas = require "postoffice.policy.prove.sets.formulas"
local gateways = require "postoffice.policy.prove.classes.gateways"
local lists = require "postoffice.lists"
local members = require "postoffice.policy.prove.sets.members"
local partition = require "postoffice.policy.prove.sets.partition"
local postoffices = require "postoffice.policy.compile.postoffices"
local runs = require "postoffice.policy.prove.classes.runs"
local shapes = require "postoffice.policy.prove.sets.shapes"
local written = require "postoffice.policy.prove.sets.written"

local insiders = {}

local NONE = {}

local TRUE, FALSE = formulas.TRUE, formulas.FALSE

-- ---- What is inside --------------------------------------------------------------

-- What an item is that is inside another one: its `address` if that is named, or the `parts` that it may be in; nil
-- if that is not known.
local function inside_of(search, item)
  if item.at then
    local parts = {}
    for _, list in ipairs(item.at) do lists.add_all(parts, list) end
    return { parts = parts, is_outer = true }
  end
  if item.shell then return nil end
  if item.part then return { parts = item.parts or { item.part } } end
  local is_named = search.found.keys[core.key(item.address)] ~= nil
  return is_named and { address = item.address } or nil
end

--- What an item is in mailboxes at a place.
-- @tparam table search
-- @tparam table place
-- @tparam table item
-- @treturn table|nil
function insiders.in_mailbox(search, place, item)
  local holds = inside_of(search, item)
  if holds then holds.place = place end
  return holds
end

--- What an address is at a place whose gateway reads nothing in it.
-- @tparam table place
-- @tparam {table,...} taken the items of parts there
-- @tparam table address
-- @treturn table
function insiders.unread(place, taken, address)
  local _, _, code = gateways.read({ place }, address)
  local holds = { place = place, unread = code, parts = {} }
  for _, item in ipairs(taken) do lists.add_all(holds.parts, item.parts or { item.part }) end
  return holds
end

-- ---- What is asked of it ---------------------------------------------------------

-- What is true of an address if some way to write it is matched by a glob.
local function written_as(glob)
  local list = {}
  for i, one in ipairs(formulas.alternatives(glob)) do
    list[i] = one.tokens and not one.quoted and written.formula(one.tokens) or TRUE
  end
  return formulas.any(list)
end

-- What is true of addresses of which every way to write them is known to be matched.
local function all_written_as(glob)
  for _, one in ipairs(formulas.alternatives(glob)) do
    if one.tokens and not one.quoted and written.has_all(one.tokens) then return TRUE end
  end
  return FALSE
end

-- The same of mailboxes at a place that are in a term; if it is asked whom it leaves out (`is_denied`), of those of
-- whom it is so however they are written.
local function read_term(place, term, is_denied)
  local at = term.family == "CCMAIL" and term.fields.postoffice
  if at == formulas.ABSENT or term.family ~= "CCMAIL" then return FALSE end
  for _, glob in ipairs(at or NONE) do
    if not formulas.matches(glob, postoffices.fold(place.name)) then return FALSE end
  end
  local list = {}
  for i, glob in ipairs(term.fields.mailbox or NONE) do
    list[i] = is_denied and all_written_as(glob) or not is_denied and written_as(glob)
  end
  return formulas.all(list)
end

-- What is true of addresses of which some mailbox at a place is in a formula.
local function read_formula(place, formula, is_denied)
  local op, list = formula.op, {}
  if op == "term" then return read_term(place, formula, is_denied) end
  if op == "alone" then return FALSE end -- they are named, and no others
  local is_inverted = op == "none"
  for i, one in ipairs(formula.list or NONE) do
    list[i] = read_formula(place, one, is_denied ~= is_inverted)
  end
  if is_inverted then return formulas.none(list[1]) end
  if not formula.list then return formula end
  return op == "any" and formulas.any(list) or formulas.all(list)
end

-- The same of those that are asked for, found out once.
local function asked_at(search, place)
  if not search.asked_for then return TRUE end
  place.asked = place.asked or read_formula(place, search.asked_for.formula, false)
  return place.asked
end

-- ---- Parts of it -----------------------------------------------------------------

-- What tells a part from others by the terms of a search.
local function key_of(search, part)
  local ids, terms = {}, search.found.terms
  for _, term in ipairs(part.accepted) do ids[#ids + 1] = terms[term.id] and term.id end
  table.sort(ids)
  return table.concat(ids, "\1")
end

-- The parts of addresses of SMTP of which something is true, by the keys of those that they are of; nil if
-- there is too much to tell.
local function parts_of(search, formula)
  local terms, found = formulas.terms(formula, lists.copy(search.found.terms)), {}
  local ended = partition.each("SMTP", terms, search.work, function(part)
    if not formulas.holds(formula, part.accepted) then return false end
    local key = key_of(search, part)
    found[key] = found[key] or {}
    table.insert(found[key], part)
  end)
  return ended ~= nil and found or nil
end

-- The same, found out once.
local function asked_parts(search, formula)
  search.asked_parts = search.asked_parts or {}
  local id = formulas.id(formula)
  if search.asked_parts[id] == nil then
    search.asked_parts[id] = parts_of(search, formula) or false
  end
  return search.asked_parts[id]
end

-- The parts of what an item holds of which something is true; nil if nobody knows.
local function narrowed(search, holds, formula)
  local by_key, list = asked_parts(search, formula), {}
  for _, part in ipairs(by_key and holds.parts or NONE) do
    local key = key_of(search, part)
    lists.add_all(list, by_key[key] or NONE)
  end
  return by_key and list or nil
end

-- Texts of up to so many members of parts, in the shell of an item.
local function texts_of(item, parts, most)
  local list = {}
  for _, part in ipairs(parts) do
    members.each(part, function(text, address)
      list[#list + 1] = runs.in_shell(item, text, address)
      return #list >= most
    end)
  end
  return list
end

-- Texts of mailboxes in which nothing is read for the same reason.
local function unread_texts(holds, most)
  local list, tried = {}, 0
  for _, part in ipairs(holds.parts) do
    members.each(part, function(text, address)
      local _, inner, code = gateways.read({ holds.place }, address)
      list[#list + 1] = not inner and code == holds.unread and text or nil
      tried = tried + 1
      return tried >= most
    end)
  end
  return list
end

--- What of an item may be among those that are asked for, where sets may have some of it.
-- @tparam table search
-- @tparam table item
-- @tparam number most
-- @treturn {string,...} texts of up to so many of each of its parts that may be
-- @treturn boolean whether it is known that none is
function insiders.find(search, item, most)
  local holds = item.holds
  if not holds then return NONE, false end
  if holds.unread then return unread_texts(holds, most), false end
  local formula = asked_at(search, holds.place)
  if holds.address then
    return NONE, not formulas.has(formula, shapes.word(holds.address))
  end
  local parts = formula ~= TRUE and narrowed(search, holds, formula)
  if not parts then return NONE, false end
  return item.part and not holds.is_outer and texts_of(item, parts, most) or NONE, parts[1] == nil
end

return insiders
