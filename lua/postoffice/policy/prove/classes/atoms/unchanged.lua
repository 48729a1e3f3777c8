--- Where a rewrite makes the same of an address: decided by the pieces of its pattern and of its template.
-- @module postoffice.policy.prove.classes.atoms.unchanged

local families = require "postoffice.policy.pattern.families"
local fold_pieces = require "postoffice.policy.pattern.domains".fold
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"

local unchanged = {}

local cond, term = formulas.cond, formulas.term

-- What pieces are, as far as they have to be alike to make the same: nil for a wildcard without name.
local function shape_of(pieces)
  local texts = {}
  for i, piece in ipairs(pieces) do
    if type(piece) ~= "string" and piece.kind ~= "name" then return nil end
    texts[i] = type(piece) == "string" and piece:lower() or "\1" .. piece.name
  end
  return table.concat(texts, "\2")
end

-- How much pieces make at least, besides what is captured: its length, how often each name is there, and
-- whether that is all.
local function size_of(pieces)
  local size = { length = 0, names = {}, is_all = true }
  for _, piece in ipairs(pieces) do
    if type(piece) == "string" then
      size.length = size.length + #piece
    elseif piece.kind == "name" then
      size.names[piece.name] = (size.names[piece.name] or 0) + 1
    else
      size.length, size.is_all = size.length + (piece.kind == "one" and 1 or 0), false
    end
  end
  return size
end

-- Whether what one makes is always longer than what another one does, which is there whole: each name of that
-- is in it as often at least, and none is empty.
local function is_longer(size, other)
  local length = size.length
  for name, count in pairs(other.names) do
    if (size.names[name] or 0) < count then return false end
  end
  for name, count in pairs(size.names) do length = length + count - (other.names[name] or 0) end
  return other.is_all and length > other.length
end

-- Whether two lists of pieces end in texts that differ.
local function end_apart(last, other)
  if type(last) ~= "string" or type(other) ~= "string" then return false end
  local length = math.min(#last, #other)
  return last:sub(-length):lower() ~= other:sub(-length):lower()
end

-- Whether they begin so.
local function begin_apart(first, other)
  if type(first) ~= "string" or type(other) ~= "string" then return false end
  return end_apart(first:reverse(), other:reverse())
end

-- Whether a field of a template makes the same of what a field of a pattern matches: always, never, or
-- if that is a certain text, which it returns; nil if nobody can tell.
local function makes_same(field, pieces)
  local own, size, own_size = field.pieces, size_of(pieces), size_of(field.pieces)
  if shape_of(pieces) == shape_of(own) then return true end
  if not next(size.names) then return table.concat(pieces) end
  if begin_apart(pieces[1], own[1]) or end_apart(pieces[#pieces], own[#own]) then return false end
  if is_longer(size, own_size) or is_longer(own_size, size) then return false end
  return nil
end

-- The pieces of a template's field, as those of patterns have them: of a domain in A-labels.
local function pieces_of(template, field)
  local pieces = template.fields[field]
  local is_domain = pieces and families.has_domain(template.type, field)
  return is_domain and fold_pieces(pieces) or pieces
end

--- A formula of those addresses of which a rewrite makes the same, and so is an exception from others.
-- @tparam table item `rewrite` and `matched`
-- @treturn table|nil the formula, if there are any
-- @treturn boolean whether that holds for some of these alone, and nobody can tell which
function unchanged.of(item)
  local matcher, template = item.rewrite.matcher, item.rewrite.template
  if matcher.family ~= families.of(template.type) then return nil end
  if matcher.whole ~= nil or template.whole then return nil end
  local said, is_untold = {}, false
  for _, field in ipairs(matcher.fields) do
    local pieces = pieces_of(template, field.field)
    local same = pieces and makes_same(field, pieces)
    if same == false then return nil end
    if type(same) == "string" then said[field.field] = { cond(globs.literal(same)) } end
    is_untold = is_untold or same == nil
  end
  return formulas.all { item.matched, term(matcher.family, said) }, is_untold
end

return unchanged
