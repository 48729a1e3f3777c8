--- The texts of one field, told apart by many globs.
--
-- Where globs have alternatives, thousands of them may be one text each, or any text that ends in one.
-- Those are looked up one by one, and of these, few stand for many (`suffixes`): a machine tells
-- all other texts apart.  Where a class of it has only so many texts that they might all be of those that
-- it does not know, there is one for all globs instead.
-- @module postoffice.policy.prove.sets.fields

local formulas = require "postoffice.policy.prove.sets.formulas"
local lists = require "postoffice.lists"
local machine = require "postoffice.policy.prove.sets.machine"
local suffixes = require "postoffice.policy.prove.sets.suffixes"

local fields = {}

local clock, concat, sort = os.clock, table.concat, table.sort

local BETWEEN = 1024 -- texts between two looks at the clock
local MANY = 16 -- suffixes
local OFTEN = 100 -- times that somebody asks, who may be about to ask for each of many texts
local MOST_STATES = 200 -- of a machine that has to be known from each of them
local MOST_TEXTS = 100 -- of a class of a machine, that are looked at

local NONE = {}

-- ---- Parting globs -------------------------------------------------------------

local function has_alternatives(conds)
  for _, cond in ipairs(conds) do
    if cond.any then return true end
  end
  return false
end

-- By each text that globs match as it is, those globs, and its `tokens`; and what is left of them.
local function literals_of(conds)
  local by_text, left = {}, {}
  for _, cond in ipairs(conds) do
    local literals, others = formulas.literals(cond)
    for text, tokens in pairs(literals) do
      local found = by_text[text] or { tokens = tokens }
      by_text[text], found[#found + 1] = found, cond
    end
    if others[1] then left[#left + 1] = formulas.with_alternatives(cond, others) end
  end
  return by_text, left
end

-- ---- Classes -------------------------------------------------------------------

local function by_id(a, b) return a.id < b.id end

local function id_of(conds)
  local ids = {}
  for i, cond in ipairs(conds) do ids[i] = cond.id end
  return concat(ids, "\1")
end

-- Globs of several lists, each once, in order.
local function joined(...)
  local list, seen = {}, {}
  for i = 1, select("#", ...) do
    for _, cond in ipairs((select(i, ...))) do
      if not seen[cond.id] then seen[cond.id], list[#list + 1] = true, cond end
    end
  end
  sort(list, by_id)
  return list
end

-- The class of some globs, new if there is none.
local function class_of(classes, accepted)
  local id = id_of(accepted)
  if not classes[id] then
    classes[id] = { accepted = accepted, literals = {} }
    classes[#classes + 1] = classes[id]
  end
  return classes[id]
end

-- The class of a text that is looked up, where a machine and its suffix say which other globs match it;
-- many texts have the same.
local function class_of_literal(classes, own, class, suffix)
  local id = concat({ id_of(own), suffix and suffix.id or "", class.id }, "\2") -- it has zeros in it
  if not classes.of_literals[id] then
    local accepted = joined(own, class.accepted, suffix and suffix.accepted or NONE)
    classes.of_literals[id] = class_of(classes, accepted)
  end
  return classes.of_literals[id]
end

-- Adds texts that are looked up to their classes; false if the work is used up.
local function add_literals(told, classes, work)
  local at = 0
  classes.of_literals = {}
  for text, own in pairs(told.by_text) do
    at = at + 1
    if at > work.left or at % BETWEEN == 0 and clock() > work.until_then then return false end
    local class = machine.class_of(told.made, own.tokens)
    if class then
      local suffix = suffixes.find(told.suffixes, text)
      table.insert(class_of_literal(classes, own, class, suffix).literals, text)
    end
  end
  work.left = work.left - at
  return true
end

-- Whether a text is of another class than a machine says, which does not know of it.
local function is_looked_up(told, text)
  return told.by_text[text] or suffixes.find(told.others, text)
end

-- The texts of a machine's class, the shortest first: nobody looks for more ways to it who asks for one alone.
local function texts_of(class)
  local first, is_first, next_text = machine.first(class), true, nil
  return function()
    if is_first then
      is_first = false
      return first
    end
    next_text = next_text or machine.texts(class)
    local text = next_text()
    if text == first then return next_text() end
    return text
  end
end

-- The text of a machine's class at a place, the shortest first; nil after the last.  Many ask for the first
-- ones, which are kept.
local function text_at(class, place)
  local drawn = class.drawn or { next_text = texts_of(class) }
  class.drawn = drawn
  for at = #drawn + 1, place do drawn[at] = drawn.next_text() end
  return drawn[place]
end

-- Whether a class of a machine has texts without those that it does not know, of whatever characters they
-- are; nil if that is not clear.
local function has_texts(told, class)
  local is_found, are_looked_up, is_endless = false, false, machine.is_endless(class)
  for place = 1, MOST_TEXTS do
    local text = text_at(class, place)
    if not text then return not are_looked_up and is_found or nil end
    if is_looked_up(told, text) then are_looked_up = true else is_found = true end
    if is_found and is_endless then return true end
  end
  return nil
end

-- Adds the classes of a machine for what is not looked up; false if it has to know of all.
local function add_others(told, classes, others)
  for _, class in ipairs(others) do
    if not has_texts(told, class) then return false end
    local own = class_of(classes, joined(class.accepted))
    own.others, own.told = class, told
  end
  return true
end

local function by_length(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end

-- The classes of a machine, made once for the same globs.
local function classes_of(kept, universe, conds, work)
  local ids = {}
  for i, cond in ipairs(conds) do ids[i] = cond.id end
  sort(ids)
  local of_universe, id = kept[universe] or {}, concat(ids, "\1")
  kept[universe] = of_universe
  of_universe[id] = of_universe[id] or machine.classes(universe, conds, work)
  return of_universe[id]
end

-- What is looked up of globs, and the classes of a machine that tells other texts apart by what is left of
-- them; nil if the work is used up.
local function without_literals(kept, universe, by_text, left, work)
  local classes = classes_of(kept, universe, left, work)
  if not classes then return nil end
  local none = suffixes.told {}
  return { by_text = by_text, made = classes[1].machine, suffixes = none, others = none }, classes
end

-- The same where suffixes are looked up, too, but for few.
local function without_suffixes(universe, told, found, rest, work)
  told.suffixes = suffixes.told(found)
  local few, others = suffixes.few(told.suffixes, told.made)
  told.others = others
  lists.add_all(few, rest)
  return told, machine.classes(universe, few, work)
end

-- The same, for all globs.
local function parted(kept, universe, conds, work)
  local by_text, left = literals_of(conds)
  local found, rest = suffixes.taken(left)
  if not found[MANY] then return without_literals(kept, universe, by_text, left, work) end
  local told = without_literals(kept, universe, by_text, rest, work)
  if not told then return nil end
  if #told.made.states > MOST_STATES then
    return without_literals(kept, universe, by_text, left, work)
  end
  return without_suffixes(universe, told, found, rest, work)
end

--- Tells the texts of a field apart.
-- @tparam table universe
-- @tparam {table,...} conds globs, as from `formulas`
-- @tparam table work `left`: how many states and texts there may be; `until_then`
-- @tparam table kept what is kept for other globs: a table, at first an empty one
-- @treturn {table,...}|nil classes, each with `accepted`, the globs that match its texts; nil if the
--   work is used up
function fields.classes(universe, conds, work, kept)
  kept.asked = (kept.asked or 0) + 1
  if kept.asked <= OFTEN and not has_alternatives(conds) then
    return machine.classes(universe, conds, work)
  end
  local told, others = parted(kept, universe, conds, work)
  local classes = {}
  if not others or not add_literals(told, classes, work) then return nil end
  if not add_others(told, classes, others) then return machine.classes(universe, conds, work) end
  for _, class in ipairs(classes) do sort(class.literals, by_length) end
  return classes
end

-- ---- Texts ---------------------------------------------------------------------

-- The texts of a machine's class but those that are looked up.  Where there are many of these one after the
-- other, some are returned with what no address has: whoever tries each gives up at last.
local function others_of(class)
  if not class.others then return function() return nil end end
  local place = 0
  return function()
    local text
    for _ = 1, MOST_TEXTS do
      place = place + 1
      text = text_at(class.others, place)
      if not text or not is_looked_up(class.told, text) then return text end
    end
    return text .. "\0"
  end
end

--- Returns the texts of a class one after the other, short ones first, then nil.
-- @tparam table class
-- @treturn function
function fields.texts(class)
  if not class.literals then return machine.texts(class) end
  local next_other, at = others_of(class), 1
  local other, is_taken = nil, true
  return function()
    if is_taken then other, is_taken = next_other(), false end
    local own = class.literals[at]
    if own and not (other and by_length(other, own)) then
      at = at + 1
      return own
    end
    is_taken = other ~= nil -- the next one is looked for when it is asked for
    return other
  end
end

--- A short text of a class.
-- @tparam table class
-- @treturn string
function fields.first(class)
  if not class.literals then return machine.first(class) end
  return fields.texts(class)()
end

return fields
