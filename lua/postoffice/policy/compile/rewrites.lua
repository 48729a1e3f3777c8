--- Rewrites: compiled at load, tried in file order.
-- @module postoffice.policy.compile.rewrites

local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local fields = require "postoffice.policy.pattern.fields"
local matchers = require "postoffice.policy.pattern.matchers"
local suggest = require "postoffice.suggest"
local syntax = require "postoffice.policy.pattern.syntax"
local templates = require "postoffice.policy.pattern.templates"

local rewrites = {}

local is_function = core.script.isfunction
local near_of, new_set = core.set.near, core.set.new

-- What the rewrite matches by: `matcher`, or `matches` for a function of the script.
local function read_match(declaration, errors)
  local match = declaration.fields.match
  if (declaration.name ~= nil) == (match ~= nil) then
    errors.add(declaration, match and " has a pattern and match as well; remove one"
      or ' matches nothing; write rewrite "SMTP:{user}@old.example" { to = ... }, or add match')
  elseif is_function(match) then
    return { matches = match, names = {} }
  else
    local matcher, message
    if match then
      matcher, message = matchers.read_table(match)
    else
      matcher, message = matchers.read(declaration.name)
    end
    if matcher then return { matcher = matcher, names = matcher.names } end
    errors.add(declaration, match and (": match %s") or " %s", message)
  end
end

-- What the rewrite makes: `template`, or `make` for a function of the script.
local function read_to(rewrite, declaration, errors)
  local to = declaration.fields.to
  if is_function(to) then
    rewrite.make = to
    return
  elseif not to then
    return
  end
  local template, message, unknown = templates.read(to, rewrite.names)
  rewrite.template = template
  if template then return end
  local hint = unknown and suggest.phrase(unknown, rewrite.names, "it captures") or ""
  errors.add(declaration, ': to "%s" %s%s', to, message, hint)
end

--- Reads a declaration with a pattern or `match`, and `to`.
-- @tparam number rank its place among those that it is tried with
-- @tparam table declaration
-- @tparam table errors
-- @treturn table|nil rewrite: `matcher` or `matches`, `template` or `make`, `rank`, `declaration`
function rewrites.read(rank, declaration, errors)
  local rewrite = read_match(declaration, errors)
  if not rewrite then return nil end
  rewrite.rank, rewrite.declaration, rewrite.again = rank, declaration, declaration.fields.again
  read_to(rewrite, declaration, errors)
  return rewrite
end

-- The literal beginning and end of a field's pattern, as what counts those that share them.
local function ends_of(field)
  return field.prefix ~= "" and "<" .. field.field .. "=" .. field.prefix,
    field.suffix ~= "" and ">" .. field.field .. "=" .. field.suffix
end

local function count(counts, matcher)
  for _, field in ipairs(matcher.fields) do
    local front, back = ends_of(field)
    if front then counts[front] = (counts[front] or 0) + 1 end
    if back then counts[back] = (counts[back] or 0) + 1 end
  end
end

-- The field by which the fewest other rewrites are found; nil if none has a literal end.
local function best_field(counts, matcher)
  local best, fewest = nil, math.huge
  for _, field in ipairs(matcher.fields) do
    local front, back = ends_of(field)
    local size = math.min(front and counts[front] or fewest, back and counts[back] or fewest)
    if size < fewest then best, fewest = field, size end
  end
  return best
end

-- Families of rewrites: how many share what, and what they will be found by.
local function count_families(list)
  local found = {}
  for _, rewrite in ipairs(list) do
    local name = rewrite.matcher and rewrite.matcher.family
    if name then
      found[name] = found[name] or { counts = {}, patterns = {} }
      count(found[name].counts, rewrite.matcher)
    end
  end
  return found
end

-- Sets the pattern of a rank in a list by ranks, in which those without one are false.
local function set_pattern(lists, name, rank, pattern)
  local list = lists[name] or {}
  lists[name] = list
  for i = #list + 1, rank - 1 do list[i] = false end
  list[rank] = pattern
end

local ANY = syntax.glob { { kind = "any" } }
local ALWAYS = false -- instead of a field's name: no field leads to these

-- By family, the patterns that rewrites are found by: of a field, or ALWAYS.
local function list_patterns(list, found)
  local anything = {}
  for rank, rewrite in ipairs(list) do
    local family = rewrite.matcher and found[rewrite.matcher.family]
    local field = family and best_field(family.counts, rewrite.matcher)
    set_pattern(family and family.patterns or anything, field and field.field or ALWAYS, rank,
      field and field.glob or ANY)
  end
  return anything
end

-- The sets of patterns, one a field.
local function new_indexes(patterns)
  local indexes = {}
  for field, list in pairs(patterns) do
    indexes[#indexes + 1] = { field = field, set = new_set(list, 0) }
  end
  return indexes
end

--- Rewrites by what they match.
-- @tparam {table,...} list in file order: a rewrite's place is its rank
-- @treturn table for `next`
function rewrites.index(list)
  local compiled = { families = {}, anything = nil, list = list, again = false }
  local found = count_families(list)
  compiled.anything = new_indexes(list_patterns(list, found))[1]
  for name, family in pairs(found) do
    compiled.families[name] = new_indexes(family.patterns)
  end
  for _, rewrite in ipairs(list) do compiled.again = compiled.again or rewrite.again == true end
  return compiled
end

--- Compiles `rewrite` declarations.
-- @tparam {table,...} declarations
-- @tparam table errors
-- @treturn table
function rewrites.compile(declarations, errors)
  local list = {}
  for rank, declaration in errors.each(declarations) do
    list[#list + 1] = rewrites.read(rank, declaration, errors)
  end
  return rewrites.index(list)
end

-- The rank of the next rewrite that an index has for a canonical address.
local function next_by(indexed, after, address)
  local field = indexed.field
  if field == ALWAYS then return near_of(indexed.set, after, "", "") end
  local value = address[field]
  return value and near_of(indexed.set, after, value, value)
end

-- The lesser of two ranks, either of which may be missing.
local function lesser(a, b) return a and (not b or a < b) and a or b end

--- The next rewrite that can match an address, in file order.
-- @tparam table compiled
-- @tparam number after the rank of the one before, 0 at first
-- @tparam table address
-- @treturn number|nil its rank
-- @treturn table rewrite
function rewrites.next(compiled, after, address)
  local list = compiled.list
  if not list[after + 1] then return nil end
  local best = compiled.anything and next_by(compiled.anything, after, address)
  local indexes = compiled.families[families.of(address.type)]
  if indexes then address = families.canonical(address) end
  for i = 1, indexes and #indexes or 0 do
    best = lesser(next_by(indexes[i], after, address), best)
  end
  if best then return best, list[best] end
end

-- The sets of a family's rewrites by field; nil if some of them may take any address.
local function sets_of(compiled, family)
  local sets = {}
  for _, indexed in ipairs(compiled.families[family] or {}) do
    if indexed.field == ALWAYS then return nil end
    sets[indexed.field] = indexed.set
  end
  return sets
end

-- The place of each name among the captures of an address's local part and domain.
local function places_of(matcher)
  local places, last = {}, 0
  for _, name in ipairs { "localpart", "domain" } do
    local field = fields.of(matcher, name)
    for _, capture in ipairs(field and field.names or {}) do
      last = last + 1
      places[capture] = last
    end
  end
  return places
end

-- A template's field as a program: captures by their places.
local function program_of(pieces, places)
  local texts = {}
  for i, piece in ipairs(pieces) do
    texts[i] = type(piece) == "string" and syntax.glob { piece }
      or syntax.glob { { kind = "name" } } .. string.char(places[piece.name])
  end
  return table.concat(texts)
end

-- Whether a rewrite makes an SMTP address of an SMTP address by its pattern alone.
local function is_plain(rewrite)
  local matcher, template = rewrite.matcher, rewrite.template
  local made = template and template.type == "SMTP" and template.fields
  return made and made.localpart and made.domain and matcher and matcher.family == "SMTP"
    and matcher.whole == nil
end

-- Adds what a rewrite does with an SMTP address: the patterns of local part and domain, and what
-- it makes of their captures; false for what it does not look at, or cannot be said so.
local function add_program(programs, rank, rewrite)
  local at, plain = 4 * (rank - 1), is_plain(rewrite)
  local places = plain and places_of(rewrite.matcher)
  for i, name in ipairs { "localpart", "domain" } do
    local field = plain and fields.of(rewrite.matcher, name)
    programs[at + i] = field and field.glob or false
    programs[at + 2 + i] = plain and program_of(rewrite.template.fields[name], places) or false
  end
end

--- What is done with SMTP addresses, for the survey.
-- @tparam table compiled
-- @treturn table|nil the programs, four texts for each rank; nil if that is not all that is done
-- @treturn userdata|nil the set of their local parts
-- @treturn userdata|nil that of their domains
function rewrites.programs(compiled)
  local sets, programs = sets_of(compiled, "SMTP"), {}
  if not sets or compiled.anything or compiled.again then return nil end
  for rank, rewrite in ipairs(compiled.list) do add_program(programs, rank, rewrite) end
  return programs, sets.localpart, sets.domain
end

--- Whether any rewrite may be applied again to what it has made.
-- @tparam table compiled
-- @treturn boolean
function rewrites.may_repeat(compiled) return compiled.again end

--- All rewrites, in file order.
-- @tparam table compiled
-- @treturn {table,...}
function rewrites.all(compiled) return compiled.list end

--- Whether a rewrite's pattern matches an address, and what it binds.
-- @tparam table rewrite with a `matcher`
-- @tparam table address
-- @treturn table|nil captures by name
function rewrites.match(rewrite, address) return matchers.match(rewrite.matcher, address) end

--- Whether a rewrite makes the same of all that it matches.
-- @tparam table rewrite
-- @treturn boolean
function rewrites.is_fixed(rewrite)
  return rewrite.template ~= nil and templates.is_fixed(rewrite.template)
end

--- Whether a function of the script makes what it makes.
-- @tparam table rewrite
-- @treturn boolean
function rewrites.is_scripted(rewrite) return rewrite.make ~= nil end

--- What a rewrite's template makes of captures.
-- @tparam table rewrite with a `template`
-- @tparam table captures
-- @treturn table|nil address
-- @treturn string message
-- @treturn string code
function rewrites.fill(rewrite, captures) return templates.fill(rewrite.template, captures) end

-- The rank of the next rewrite of an index that may cover a matcher.
local function near_by(indexed, after, matcher)
  if indexed.field == ALWAYS then return near_of(indexed.set, after, "", "") end
  local field = fields.of(matcher, indexed.field)
  return field and near_of(indexed.set, after, field.prefix, field.suffix)
end

--- The next rewrite that may cover another: that could take all that it matches.
-- @tparam table compiled
-- @tparam number after the rank of the one before, 0 at first
-- @tparam table rewrite with a `matcher`
-- @treturn number|nil its rank
-- @treturn table other
function rewrites.next_cover(compiled, after, rewrite)
  local best
  for _, indexed in ipairs(compiled.families[rewrite.matcher.family]) do
    best = lesser(near_by(indexed, after, rewrite.matcher), best)
  end
  if best then return best, compiled.list[best] end
end

return rewrites
