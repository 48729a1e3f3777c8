--- What rewrites that are applied one after the other do to each field of an address, as far as they
-- do so to all that take this way.
--
-- An effect on a field is that what was `cut_front`, a text, and `cut_back` is `front`, the same text,
-- and `back` now.  Where it `is_whole` there is no text between: the field was `cut_front`, and is
-- `front`.  What captures do that are swapped or doubled is no effect: `false`.
-- @module postoffice.policy.prove.classes.effects

local families = require "postoffice.policy.pattern.families"
local fields = require "postoffice.policy.pattern.fields"
local shapes = require "postoffice.policy.prove.sets.shapes"

local effects = {}

local NO_EFFECT = { cut_front = "", cut_back = "", front = "", back = "" }
--- A pattern of what may be written in several ways, or with others before it.
effects.SEVERAL = '[\128-\255%["\\]'

local SEVERAL = effects.SEVERAL
local ALABEL = "xn--"

--- The texts around the only capture of some pieces.
-- @tparam {string|table,...} pieces
-- @treturn table|nil `front` and `back`, folded, and the `name` between; without a capture `front` is
--   all.  Nil if there is another wildcard, or what can be written in several ways
function effects.around(pieces)
  local found = { front = "", back = "" }
  for _, piece in ipairs(pieces) do
    local is_text = type(piece) == "string"
    if is_text and piece:find(SEVERAL) then return nil end
    if not is_text and (found.name or piece.kind ~= "name") then return nil end
    local place = found.name and "back" or "front"
    if is_text then found[place] = found[place] .. piece:lower() else found.name = piece.name end
  end
  return found
end

local known = setmetatable({}, { __mode = "k" }) -- by pieces what is around their capture; found once

local function around(pieces)
  if not pieces then return nil end
  if known[pieces] == nil then known[pieces] = effects.around(pieces) or false end
  return known[pieces]
end

-- ---- One field ---------------------------------------------------------------

local function whole(cut, text)
  return { is_whole = true, cut_front = cut, cut_back = "", front = text, back = "" }
end

-- An effect on a field of which it is known now what it is.
local function settled(effect, text)
  if effect.is_whole then return effect end
  local between = text:sub(#effect.front + 1, #text - #effect.back)
  return whole(effect.cut_front .. between .. effect.cut_back, text)
end

-- What is left of a text without what is before and after a capture.
local function inside(text, from) return text:sub(#from.front + 1, #text - #from.back) end

-- The effect whose text between is what a pattern captures of an effect's, or false: what the pattern
-- has on one side may reach past the text to the other.
local function captured(effect, from)
  if effect.is_whole then return whole(effect.cut_front, inside(effect.front, from)) end
  local more_front = from.front:sub(#effect.front + 1)
  local more_back = from.back:sub(1, math.max(0, #from.back - #effect.back))
  local front, back = effect.front:sub(#from.front + 1), effect.back
  if more_front ~= "" and back ~= "" or more_back ~= "" and front ~= "" then return false end
  return {
    cut_front = effect.cut_front .. more_front, cut_back = more_back .. effect.cut_back,
    front = front, back = back:sub(1, math.max(0, #back - #from.back)),
  }
end

-- The effect after one more rewrite, by what is around its captures of the field.
local function with_field(effect, from, to)
  if not (effect and from and to) then return false end
  if not from.name then effect = settled(effect, from.front) end
  if not to.name then return effect.is_whole and whole(effect.cut_front, to.front) end
  if to.name ~= from.name then return false end
  local made = captured(effect, from)
  if not made then return false end
  if made.is_whole then return whole(made.cut_front, to.front .. made.front .. to.back) end
  made.front, made.back = to.front .. made.front, made.back .. to.back
  return made
end

-- Whether a field is what it was: true or false for all, or nil.
local function is_same(effect)
  if not effect then return nil end
  if effect.front == effect.cut_front and effect.back == effect.cut_back then return true end
  local front, cut = #effect.front, #effect.cut_front
  if front + #effect.back ~= cut + #effect.cut_back or front == cut then return false end
  return nil
end

-- ---- All fields --------------------------------------------------------------

-- The fields in which a family's patterns say all that there is.
local function fields_of(family)
  return families.attributes(family) and {} or shapes.fields(family)
end

local function pieces_of(matcher, name)
  local field = fields.of(matcher, name)
  return field and field.pieces
end

--- No effect yet.
-- @tparam string family of the address
-- @tparam[opt] table template that made it
-- @treturn table for `after`
function effects.none(family, template)
  local by_field = {}
  for _, name in ipairs(fields_of(family)) do
    local made = template and not template.whole and around(template.fields[name])
    by_field[name] = made and not made.name and whole(made.front, made.front) or NO_EFFECT
  end
  return by_field
end

--- The effect after one more rewrite.
-- @tparam table by_field effects
-- @tparam table rewrite with `matcher` and `template`
-- @treturn table
function effects.after(by_field, rewrite)
  local matcher, template, made = rewrite.matcher, rewrite.template, {}
  local family = families.of(template.type)
  if matcher.whole ~= nil or template.whole or matcher.family ~= family then return made end
  for _, name in ipairs(fields_of(family)) do
    made[name] = with_field(by_field[name], around(pieces_of(matcher, name)),
      around(template.fields[name]))
  end
  return made
end

--- Whether an address is again what it was.
-- @tparam table by_field effects
-- @tparam string family of what it is now
-- @treturn boolean|nil true or false for all of them; nil if it may be so for some
function effects.comes_back(by_field, family)
  local is_back = nil
  for i, name in ipairs(fields_of(family)) do
    local same = is_same(by_field[name])
    if same == false then return false end
    if i == 1 then is_back = same else is_back = is_back and same end
  end
  return is_back
end

--- By how many characters one rewrite makes the text of an address of SMTP longer, but for quotes.
-- @tparam table by_field effects
-- @treturn number|nil nil if that depends on the address, or on how its domain is written
function effects.growth(by_field)
  local user, domain = by_field.localpart, by_field.domain
  local is_told = user and domain and domain.is_whole and not domain.cut_front:find(ALABEL, 1, true)
  if not is_told then return nil end
  local growth = #domain.front - #domain.cut_front
  return growth + #user.front + #user.back - #user.cut_front - #user.cut_back
end

return effects
