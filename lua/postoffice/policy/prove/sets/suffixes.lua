--- Globs that are any text and then one of thousands: `*.a.example`.
--
-- Of those that the same globs have as an alternative, and that lead from each state of a machine for
-- all other globs to the same one, one stands for the others: whatever is before it, a text that ends in
-- one of these is matched by the same globs as that which ends in it instead.  So a machine has to
-- know few of them, if whoever takes its texts leaves out those that end in one of the others.
-- @module postoffice.policy.prove.sets.suffixes

local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local machine = require "postoffice.policy.prove.sets.machine"

local suffixes = {}

local concat, sort, sub = table.concat, table.sort, string.sub

local NONE = {}

-- ---- Taking them out of globs ----------------------------------------------------

-- The suffix of a glob without alternatives, and its tokens; nil if it is no such glob.
local function read(one)
  if one.quoted or one.graph or one.tokens[1] ~= globs.ANY or not one.tokens[2] then return nil end
  local tokens = globs.slice(one.tokens, 2, #one.tokens)
  return globs.text(tokens), tokens
end

local function add(found, text, tokens, one, cond)
  local suffix = found[text]
  if not suffix then
    suffix = { text = text, tokens = tokens, glob = one, conds = {} }
    found[text], found[#found + 1] = suffix, suffix
  end
  table.insert(suffix.conds, cond)
end

--- Takes the suffixes out of globs.
-- @tparam {table,...} conds
-- @treturn {table,...} suffixes, also by text: each with `text`, `tokens`, `glob`, and `conds`, which have
--   this as an alternative
-- @treturn {table,...} what is left of the globs
function suffixes.taken(conds)
  local found, left = {}, {}
  for _, cond in ipairs(conds) do
    local others = {}
    for _, one in ipairs(formulas.alternatives(cond)) do
      local text, tokens = read(one)
      if text then add(found, text, tokens, one, cond) else others[#others + 1] = one end
    end
    if others[1] then left[#left + 1] = formulas.with_alternatives(cond, others) end
  end
  return found, left
end

-- ---- Looking them up ---------------------------------------------------------------

-- How long some suffixes are, the longest first.
local function lengths_of(list)
  local seen, lengths = {}, {}
  for _, suffix in ipairs(list) do
    local length = #suffix.text
    if not seen[length] then seen[length], lengths[#lengths + 1] = true, length end
  end
  sort(lengths, function(a, b) return a > b end)
  return lengths
end

--- The longest suffix of some that a text ends in.
-- @tparam table list from `suffixes.told` or `suffixes.few`
-- @tparam string text
-- @treturn table|nil
function suffixes.find(list, text)
  for _, length in ipairs(list.lengths) do
    local suffix = length <= #text and list[sub(text, -length)]
    if suffix then return suffix end
  end
end

-- Notes the globs that match what ends in a suffix, which are those of a shorter one, and its own; whether
-- there are such of its own.
local function accept(suffix, shorter)
  local accepted, ids, inherited = {}, {}, shorter and shorter.accepted or NONE
  for _, conds in ipairs { inherited, suffix.conds } do
    for _, cond in ipairs(conds) do
      if not accepted[cond.id] then
        accepted[cond.id], accepted[#accepted + 1], ids[#ids + 1] = true, cond, cond.id
      end
    end
  end
  sort(ids)
  suffix.accepted, suffix.id = accepted, concat(ids, "\1")
  return #accepted > #inherited
end

local function by_length(a, b)
  if #a.text ~= #b.text then return #a.text < #b.text end
  return a.text < b.text
end

--- Makes texts known by the suffixes that they end in.
-- @tparam {table,...} found suffixes, which are sorted
-- @treturn table those that say more than shorter ones do, the shortest first, for `suffixes.find`: each
--   with `accepted`, the globs that match what ends in it, and `is_inner` if longer ones end in it
function suffixes.told(found)
  local list = { lengths = lengths_of(found) }
  sort(found, by_length)
  for _, suffix in ipairs(found) do
    local shorter = suffixes.find(list, suffix.text)
    if accept(suffix, shorter) then
      list[suffix.text], list[#list + 1] = suffix, suffix
      if shorter then shorter.is_inner = true end
    end
  end
  return list
end

-- ---- Few for many ------------------------------------------------------------------

-- Some suffixes as alternatives of their globs.
local function conds_of(list)
  local conds, by_id = {}, {}
  for _, suffix in ipairs(list) do
    for _, cond in ipairs(suffix.conds) do
      if not by_id[cond.id] then
        by_id[cond.id] = formulas.with_alternatives(cond, {})
        conds[#conds + 1] = by_id[cond.id]
      end
      table.insert(by_id[cond.id].any, suffix.glob)
    end
  end
  return conds
end

--- Chooses those that stand for the others.
-- @tparam table list from `suffixes.told`
-- @tparam table made a machine for what is left of the globs
-- @treturn {table,...} globs of those that are chosen
-- @treturn table the others, for `suffixes.find`
function suffixes.few(list, made)
  local chosen, others, seen = {}, {}, {}
  local effects = machine.effects(made)
  for _, suffix in ipairs(list) do
    local id = suffix.id .. "\2" .. machine.effect(effects, suffix.tokens)
    if suffix.is_inner or not seen[id] then
      seen[id] = seen[id] or not suffix.is_inner
      chosen[#chosen + 1] = suffix
    else
      others[suffix.text], others[#others + 1] = suffix, suffix
    end
  end
  others.lengths = lengths_of(others)
  return conds_of(chosen), others
end

return suffixes
