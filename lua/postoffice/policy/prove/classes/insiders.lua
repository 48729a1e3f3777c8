--- What is asked for by how it is written where it is inside another address: a set may have some of the mailboxes
-- in which a gateway reads the same, and some of the carriers of the same.
-- @module postoffice.policy.prove.classes.insiders

local begun = require "postoffice.policy.prove.classes.begun"
local core = require "postoffice.core"
local decoded = require "postoffice.policy.prove.classes.decoded"
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

-- What an item of SMTP is that is inside another one: its `address` if that is named, or the `parts` that it may be
-- in.  Of those that are opened there are none: `parts_of` knows them.
local function inside_of(search, item)
  if item.shell or not item.part and not search.found.keys[core.key(item.address)] then
    return { parts = NONE }
  end
  return item.part and { parts = item.parts or { item.part } } or { address = item.address }
end

-- The same with what says how it is written.
local function holds_of(search, item, reader)
  local holds = inside_of(search, item)
  holds.reader = reader
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

-- A reader says what is inside addresses of a `family` at a place: by the field `at` of theirs, which is folded
-- `name`, and in the field `inside`; `matched` what is true of it if some way to write it is by tokens, and
-- `has_all` whether all is matched.

-- In carriers, what is true of an address if some way to write it is matched, whatever they begin with.
local function carried_as(tokens)
  local list = {}
  for _, rest in ipairs(begun.rests(tokens, "SMTP")) do
    local own = decoded.of(rest)
    if not own then return TRUE end
    for _, one in ipairs(own) do list[#list + 1] = written.formula(one) end
  end
  return formulas.any(list)
end

local function no_carriers() return false end

-- What is true of an address if some way to write it is matched by a glob.
local function matched(reader, glob)
  local list = {}
  for i, one in ipairs(formulas.alternatives(glob)) do
    list[i] = one.tokens and not one.quoted and reader.matched(one.tokens) or TRUE
  end
  return formulas.any(list)
end

-- What is true of addresses of which every way to write them is known to be matched.
local function all_matched(reader, glob)
  for _, one in ipairs(formulas.alternatives(glob)) do
    if one.tokens and not one.quoted and reader.has_all(one.tokens) then return TRUE end
  end
  return FALSE
end

-- What is true of an address of which some way to write it is in a term; if it is asked whom that leaves out
-- (`is_denied`), of those of whom it is so however they are written.
local function read_term(reader, term, is_denied)
  local at = term.family == reader.family and term.fields[reader.at] or NONE
  if at == formulas.ABSENT or term.family ~= reader.family then return FALSE end
  for _, glob in ipairs(at) do
    if not formulas.matches(glob, reader.name) then return FALSE end
  end
  local list, of_glob = {}, is_denied and all_matched or matched
  for i, glob in ipairs(term.fields[reader.inside] or NONE) do list[i] = of_glob(reader, glob) end
  return formulas.all(list)
end

-- The same of a formula.
local function read_formula(reader, formula, is_denied)
  local op, list = formula.op, {}
  if op == "term" then return read_term(reader, formula, is_denied) end
  if op == "alone" then return FALSE end -- they are named, and no others
  local is_inverted = op == "none"
  for i, one in ipairs(formula.list or NONE) do
    list[i] = read_formula(reader, one, is_denied ~= is_inverted)
  end
  if is_inverted then return formulas.none(list[1]) end
  if not formula.list then return formula end
  return op == "any" and formulas.any(list) or formulas.all(list)
end

-- The same of those that are asked for, found out once.
local function asked_at(search, reader)
  if not search.asked_for then return TRUE end
  reader.asked = reader.asked or read_formula(reader, search.asked_for.formula, false)
  return reader.asked
end

--- What an item is in mailboxes at a place.
-- @tparam table search
-- @tparam table place
-- @tparam table item
-- @treturn table|nil
function insiders.in_mailbox(search, place, item)
  place.reader = place.reader or {
    family = "CCMAIL", at = "postoffice", name = postoffices.fold(place.name), inside = "mailbox",
    matched = written.formula, has_all = written.has_all,
  }
  return holds_of(search, item, place.reader)
end

--- What an item of SMTP is in carriers at the domain of a group.
-- @tparam table search
-- @tparam table group with a `carrier`
-- @tparam table item
-- @treturn table|nil
function insiders.in_carrier(search, group, item)
  group.reader = group.reader or {
    family = "SMTP", at = "domain", name = core.key(group.carrier):match "@([^@]*)$",
    inside = "localpart", matched = carried_as, has_all = no_carriers,
  }
  return holds_of(search, item, group.reader)
end

-- ---- Parts of it -----------------------------------------------------------------

-- What tells a part from others by the terms of a search.
local function key_of(search, part)
  local terms = search.found.terms
  return formulas.ids(lists.kept(part.accepted, function(term) return terms[term.id] end))
end

-- Whether addresses of a part may be opened: what comes of these is told by what is in them, be it deep.
local function may_be_opened(search, part)
  for _, term in ipairs(part.accepted) do
    if search.found.carriers[term.id] or search.found.signed[term.id] ~= nil then return true end
  end
  return false
end

-- The parts of addresses of SMTP of which something is true, by the keys of those that they are of, and whether some
-- are opened (`are_opened`); nil if there is too much to tell.
local function parts_of(search, formula)
  local terms, found = formulas.terms(formula, lists.copy(search.found.terms)), {}
  local are_opened = false
  local ended = partition.each("SMTP", terms, search.work, function(part)
    if not formulas.holds(formula, part.accepted) then return false end
    local key = key_of(search, part)
    are_opened = are_opened or may_be_opened(search, part)
    found[key] = found[key] or {}
    table.insert(found[key], part)
  end)
  return ended ~= nil and { by_key = found, are_opened = are_opened } or nil
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

-- The parts of what an item holds that are among some.
local function narrowed(search, holds, by_key)
  local list = {}
  for _, part in ipairs(holds.parts or NONE) do
    lists.add_all(list, by_key[key_of(search, part)] or NONE)
  end
  return list
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
  local formula = asked_at(search, holds.reader)
  local asked = formula ~= TRUE and asked_parts(search, formula)
  if not asked then return NONE, false end
  local parts = narrowed(search, holds, asked.by_key)
  local is_any = asked.are_opened or parts[1] ~= nil
    or holds.address and formulas.has(formula, shapes.word(holds.address))
  return texts_of(item, parts, most), not is_any
end

return insiders
