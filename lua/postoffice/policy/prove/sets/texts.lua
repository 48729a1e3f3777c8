--- Globs of the whole text of an address, as formulas about its fields.
--
-- Wherever a glob can be after the text of one field, it goes on with the separator and the next field:
-- so each way to part it is a term.  A field that stands in quotes, if it needs them, is matched either
-- way.
-- @module postoffice.policy.prove.sets.texts

local contains = require "postoffice.lists".contains
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local shapes = require "postoffice.policy.prove.sets.shapes"

local texts = {}

local cond = formulas.cond

-- Whether a way can be one: an @ is in no domain, but in a literal's brackets, of which there is one pair.
local function can_be(family, way)
  if family ~= "SMTP" then return true end
  local last = way.domain[#way.domain]
  if contains(globs.slice(way.domain, 2, #way.domain), "[") then return false end
  if not last or globs.read(last) or last == "]" then return true end
  return not contains(way.domain, "@")
end

-- Whether each field of a way matches all that this field of another one does.
local function covers(way, other)
  for field, tokens in pairs(other) do
    if not way[field] or not globs.covers(way[field], tokens) then return false end
  end
  return true
end

-- Ways without those that others cover.
local function uncovered(ways)
  local list = {}
  for i, way in ipairs(ways) do
    local is_covered = false
    for j, other in ipairs(ways) do
      local is_other = i ~= j and covers(other, way) and (j < i or not covers(way, other))
      is_covered = is_covered or is_other
    end
    if not is_covered then list[#list + 1] = way end
  end
  return list
end

-- Adds the ways in which a glob from a place on matches the rest of a text: by field its tokens.
local function add_ways(ways, text, at, tokens, place, way)
  local field, separator = text[at], text[at + 1]
  if not separator then
    way[field] = globs.slice(tokens, place, #tokens)
    ways[#ways + 1] = way
    return
  end
  for _, beginning in ipairs(globs.beginnings(tokens, place)) do
    local chars = shapes.chars(separator)
    for _, after in ipairs(globs.after(tokens, beginning.place, chars)) do
      local own = {}
      for name, part in pairs(way) do own[name] = part end
      own[field] = beginning.part
      add_ways(ways, text, at + 2, tokens, after, own)
    end
  end
end

-- The term for one way; a quoted field's glob is `is_quoted`, if it does not match all texts anyway.
local function term_of(family, way, is_quoted)
  local shape, fields, depends = shapes.of(family), {}, false
  for field, tokens in pairs(way) do
    local quoted = shape.quoted == field
    if not globs.is_all(tokens) then
      fields[field] = { cond(tokens, quoted and is_quoted) }
      depends = depends or quoted
    elseif shape.optional and shape.optional[field] then
      fields[field] = { cond(tokens) } -- it is there
    end
  end
  return formulas.term(family, fields), depends
end

-- What says that the quoted field needs quotes.
local function needs_quotes(family)
  local shape, list = shapes.of(family), {}
  for i, tokens in ipairs(shape.quotes) do
    list[i] = formulas.term(family, { [shape.quoted] = { cond(tokens) } })
  end
  return formulas.any(list)
end

-- The formula of one way.
local function formula_of(family, way)
  local plain, depends = term_of(family, way, false)
  if not depends then return plain end
  local quotes = needs_quotes(family)
  return formulas.any {
    formulas.all { plain, formulas.none(quotes) },
    formulas.all { (term_of(family, way, true)), quotes },
  }
end

-- What a glob matches where all but the first field are absent.
local function alone(family, tokens)
  local shape, fields = shapes.of(family), {}
  if family == "SMTP" and contains(tokens, "@") then return formulas.FALSE end
  local first = shape.text[1]
  if #shape.text ~= 3 or shape.always then return formulas.FALSE end
  fields[first], fields[shape.text[3]] = { cond(tokens) }, formulas.ABSENT
  return formulas.term(family, fields)
end

--- The ways in which a glob matches the text of all fields: by field the tokens that match it.
-- @tparam string family which has a shape with a `text`
-- @tparam {string,...} tokens
-- @treturn {table,...}
function texts.ways(family, tokens)
  local ways, list = {}, {}
  add_ways(ways, shapes.of(family).text, 1, tokens, 1, {})
  for _, way in ipairs(uncovered(ways)) do list[#list + 1] = can_be(family, way) and way or nil end
  return list
end

--- What a glob of the text matches.
-- @tparam string family which has a shape with a `text`
-- @tparam {string,...} tokens
-- @treturn table a formula
function texts.formula(family, tokens)
  if globs.is_all(tokens) then return formulas.term(family, {}) end
  local list = { alone(family, tokens) }
  for _, way in ipairs(texts.ways(family, tokens)) do list[#list + 1] = formula_of(family, way) end
  return formulas.any(list)
end

return texts
