--- Rewrites: compiled at load, tried in file order.
-- @module postoffice.policy.compile.rewrites

local core = require "postoffice.core"
local fields = require "postoffice.policy.pattern.fields"
local index = require "postoffice.policy.pattern.index"
local matchers = require "postoffice.policy.pattern.matchers"
local suggest = require "postoffice.suggest"
local syntax = require "postoffice.policy.pattern.syntax"
local templates = require "postoffice.policy.pattern.templates"

local rewrites = {}

local is_function = core.script.isfunction

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

--- Rewrites by what they match.
-- @tparam {table,...} list in file order: a rewrite's place is its rank
-- @treturn table for `next`
function rewrites.index(list)
  local compiled, by_rank = { list = list, again = false }, {}
  for rank, rewrite in ipairs(list) do
    by_rank[rank] = rewrite.matcher or false
    compiled.again = compiled.again or rewrite.again == true
  end
  compiled.index = index.new(by_rank)
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

--- The next rewrite that can match an address, in file order.
-- @tparam table compiled
-- @tparam number after the rank of the one before, 0 at first
-- @tparam table address
-- @treturn number|nil its rank
-- @treturn table rewrite
function rewrites.next(compiled, after, address)
  local list = compiled.list
  if not list[after + 1] then return nil end
  local best = index.next(compiled.index, after, address)
  if best then return best, list[best] end
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
  local sets, programs = index.sets(compiled.index, "SMTP"), {}
  if not sets or compiled.index.anything or compiled.again then return nil end
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

return rewrites
