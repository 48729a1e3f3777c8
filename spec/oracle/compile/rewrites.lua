-- Of the oracle: nobody edits it (see ../init.lua).
--- Rewrites: compiled at load, tried in file order.
-- @module spec.oracle.compile.rewrites

local domain = require "postoffice.text.domain"
local index = require "spec.oracle.compile.index"
local families = require "spec.oracle.pattern.families"
local matchers = require "spec.oracle.pattern.matchers"
local suggest = require "postoffice.suggest"
local templates = require "spec.oracle.pattern.templates"
local core = require "postoffice.core"

local rewrites = {}

local in_alabels = domain.in_alabels
local is_function = core.script.isfunction
local lower = string.lower

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

local function new_rewrite(rank, declaration, errors)
  local rewrite = read_match(declaration, errors)
  if not rewrite then return nil end
  rewrite.rank, rewrite.declaration, rewrite.again = rank, declaration, declaration.fields.again
  read_to(rewrite, declaration, errors)
  return rewrite
end

-- `indexed`: the fields by which anything is found.
local function new_family() return { fields = {}, indexed = {}, rest = {} } end

-- The indexes of the fields of a rewrite's family.
local function family_of(compiled, rewrite)
  local name = rewrite.matcher.family
  local family = compiled.families[name] or new_family()
  compiled.families[name] = family
  return family
end

-- Counts a rewrite in the index of each of its fields.
local function count(compiled, rewrite)
  local fields = family_of(compiled, rewrite).fields
  for _, field in ipairs(rewrite.matcher.fields) do
    fields[field.field] = fields[field.field] or index.new()
    fields[field.field]:count(field.prefix, field.suffix)
  end
end

-- The field by which the fewest other rewrites are found.
local function best_field(fields, matcher)
  local best, fewest = nil, math.huge
  for _, field in ipairs(matcher.fields) do
    local size = fields[field.field]:bucket_size(field.prefix, field.suffix)
    if size < fewest then best, fewest = field, size end
  end
  return best
end

local function add(compiled, rewrite)
  local family = family_of(compiled, rewrite)
  local field = best_field(family.fields, rewrite.matcher)
  if not field then
    table.insert(family.rest, rewrite)
    return
  end
  family.fields[field.field]:add(rewrite, field.prefix, field.suffix)
end

local function list_fields(name, family)
  for field, indexed in pairs(family.fields) do
    if not indexed:is_empty() then
      table.insert(family.indexed, {
        field = field, index = indexed, is_domain = families.has_domain(name, field),
      })
    end
  end
end

--- Rewrites by what they match.
-- @tparam {table,...} list in the order of their ranks
-- @treturn table for `find`
function rewrites.index(list)
  local compiled = { families = {}, anything = {}, list = list, again = false }
  for _, rewrite in ipairs(list) do
    compiled.again = compiled.again or rewrite.again == true
    if rewrite.matcher then count(compiled, rewrite) end
  end
  for _, rewrite in ipairs(list) do
    if rewrite.matcher then add(compiled, rewrite) else table.insert(compiled.anything, rewrite) end
  end
  for name, family in pairs(compiled.families) do list_fields(name, family) end
  return compiled
end

--- Compiles `rewrite` declarations.
-- @tparam {table,...} declarations
-- @tparam table errors
-- @treturn table
function rewrites.compile(declarations, errors)
  local list = {}
  for rank, declaration in errors.each(declarations) do
    list[#list + 1] = new_rewrite(rank, declaration, errors)
  end
  return rewrites.index(list)
end

--- The rewrites that can match an address, in file order.
-- @tparam table compiled
-- @tparam table address
-- @return an iterator as `index.each` returns it
function rewrites.find(compiled, address)
  local lists
  local family = compiled.families[families.of(address.type)]
  if family then
    for _, by in ipairs(family.indexed) do
      local value = address[by.field]
      if value and by.is_domain then value = in_alabels(value) end
      if value then lists = by.index:collect(lower(value), lists) end
    end
    if family.rest[1] then lists = index.append(lists, family.rest) end
  end
  if compiled.anything[1] then lists = index.append(lists, compiled.anything) end
  return index.each(lists)
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

--- What a rewrite's template makes of captures.
-- @tparam table rewrite with a `template`
-- @tparam table captures
-- @treturn table|nil address
-- @treturn string message
-- @treturn string code
function rewrites.fill(rewrite, captures) return templates.fill(rewrite.template, captures) end

--- The rewrites that may cover another: that could take all that it matches, in file order.
-- @tparam table compiled
-- @tparam table rewrite with a `matcher`
-- @return an iterator as `index.each` returns it
function rewrites.may_cover(compiled, rewrite)
  local lists
  local family = compiled.families[rewrite.matcher.family]
  for _, field in ipairs(rewrite.matcher.fields) do
    lists = family.fields[field.field]:collect(field.suffix, lists)
    lists = family.fields[field.field]:collect(field.prefix, lists)
  end
  return index.each(index.append(lists, family.rest))
end

return rewrites
