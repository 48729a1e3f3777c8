--- Where a rewrite makes the same of an address: decided by the pieces of its pattern and of its template.
-- @module postoffice.policy.prove.classes.atoms.unchanged

local families = require "postoffice.policy.pattern.families"
local fold_pieces = require "postoffice.policy.pattern.domains".fold
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local lengths = require "postoffice.policy.prove.classes.lengths"

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

local function has_names(pieces)
  for _, piece in ipairs(pieces) do
    if type(piece) ~= "string" then return true end
  end
  return false
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
  local own = field.pieces
  if shape_of(pieces) == shape_of(own) then return true end
  if not has_names(pieces) then return table.concat(pieces) end
  if begin_apart(pieces[1], own[1]) or end_apart(pieces[#pieces], own[#own]) then return false end
  if lengths.differ(lengths.change(own, pieces)) then return false end
  return nil
end

-- The pieces of a template's field, as those of patterns have them: of a domain in A-labels.
local function pieces_of(template, field)
  local pieces = template.fields[field]
  local is_domain = pieces and families.has_domain(template.type, field)
  return is_domain and fold_pieces(pieces) or pieces
end

-- Whether the addresses that a rewrite takes and makes can be the same.
local function are_comparable(matcher, template)
  local is_whole = matcher.whole ~= nil or template.whole
  return not is_whole and matcher.family == families.of(template.type)
end

--- Whether a rewrite makes another address of one, whatever it makes in some fields.
-- @tparam table rewrite
-- @tparam table but the fields, as keys
-- @tparam table word of the address, from `shapes.word`
-- @treturn boolean the same for all addresses of which the same of `unchanged.tests` are true
function unchanged.is_never(rewrite, but, word)
  local matcher, template = rewrite.matcher, rewrite.template
  if not are_comparable(matcher, template) then return true end
  for _, field in ipairs(matcher.fields) do
    local name = field.field
    local pieces = not but[name] and pieces_of(template, name)
    local same = pieces and makes_same(field, pieces)
    local is_other = type(same) == "string" and same:lower() ~= word.texts[name]
    if same == false or is_other then return true end
  end
  return false
end

--- Whether a rewrite makes of a field what it was, whatever that is.
-- @tparam table rewrite
-- @tparam string name of the field
-- @treturn boolean
function unchanged.is_copied(rewrite, name)
  local matcher, template = rewrite.matcher, rewrite.template
  for _, field in ipairs(are_comparable(matcher, template) and matcher.fields or {}) do
    local pieces = field.field == name and pieces_of(template, name)
    if pieces and makes_same(field, pieces) == true then return true end
  end
  return false
end

--- What tells addresses apart in fields in which a rewrite makes one text.
-- @tparam table rewrite
-- @treturn {table,...} formulas
function unchanged.tests(rewrite)
  local matcher, template, list = rewrite.matcher, rewrite.template, {}
  for _, field in ipairs(are_comparable(matcher, template) and matcher.fields or {}) do
    local pieces = pieces_of(template, field.field)
    local same = pieces and makes_same(field, pieces)
    local one = type(same) == "string" and { [field.field] = { cond(globs.literal(same)) } }
    list[#list + 1] = one and term(matcher.family, one) or nil
  end
  return list
end

--- A formula of those addresses of which a rewrite makes the same, and so is an exception from others.
-- @tparam table item `rewrite` and `matched`
-- @treturn table|nil the formula, if there are any
-- @treturn boolean whether that holds for some of these alone, and nobody can tell which
function unchanged.of(item)
  local matcher, template = item.rewrite.matcher, item.rewrite.template
  if not are_comparable(matcher, template) then return nil end
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
