--- Rewrite rules: compiled at load, tried in file order.
-- @module postoffice.policy.compile.rewrites

local index = require "postoffice.policy.compile.index"
local families = require "postoffice.policy.pattern.families"
local matchers = require "postoffice.policy.pattern.matchers"
local suggest = require "postoffice.suggest"
local templates = require "postoffice.policy.pattern.templates"
local core = require "postoffice.core"

local rewrites = {}

local is_function = core.script.isfunction
local lower = string.lower

-- What the rule matches by: `matcher`, or `matches` for a function of the script.
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

-- What the rule makes: `template`, or `make` for a function of the script.
local function read_to(rule, declaration, errors)
  local to = declaration.fields.to
  if is_function(to) then
    rule.make = to
    return
  elseif not to then
    return
  end
  local template, message, unknown = templates.read(to, rule.names)
  rule.template = template
  if template then return end
  local hint = unknown and suggest.phrase(unknown, rule.names, "it captures") or ""
  errors.add(declaration, ': to "%s" %s%s', to, message, hint)
end

local function new_rule(rank, declaration, errors)
  local rule = read_match(declaration, errors)
  if not rule then return nil end
  rule.rank, rule.rule, rule.again = rank, declaration, declaration.fields.again
  read_to(rule, declaration, errors)
  return rule
end

local function new_family() return { fields = {}, rest = {} } end

-- The indexes of the fields of a rule's family.
local function family_of(tables, rule)
  local kind = rule.matcher.family
  local family = tables.families[kind] or new_family()
  tables.families[kind] = family
  return family
end

-- Counts a rule in the index of each of its fields.
local function count(tables, rule)
  local fields = family_of(tables, rule).fields
  for _, field in ipairs(rule.matcher.fields) do
    fields[field.field] = fields[field.field] or index.new()
    fields[field.field]:count(field.prefix, field.suffix)
  end
end

-- The field by which the fewest other rules are found.
local function best_field(fields, matcher)
  local best, fewest = nil, math.huge
  for _, field in ipairs(matcher.fields) do
    local crowd = fields[field.field]:crowd(field.prefix, field.suffix)
    if crowd < fewest then best, fewest = field, crowd end
  end
  return best
end

local function add(tables, rule)
  local family = family_of(tables, rule)
  local field = best_field(family.fields, rule.matcher)
  if not field then
    table.insert(family.rest, rule)
    return
  end
  family.fields[field.field]:add(rule, field.prefix, field.suffix)
end

--- Rules by what they match.
-- @tparam {table,...} list in the order of their ranks
-- @treturn table for `candidates`
function rewrites.index(list)
  local tables = { families = {}, anything = {}, list = list }
  for _, rule in ipairs(list) do
    if rule.matcher then count(tables, rule) end
  end
  for _, rule in ipairs(list) do
    if rule.matcher then add(tables, rule) else table.insert(tables.anything, rule) end
  end
  return tables
end

--- Compiles `rewrite` declarations.
-- @tparam {table,...} declarations
-- @tparam table errors
-- @treturn table
function rewrites.compile(declarations, errors)
  local list = {}
  for rank, declaration in ipairs(declarations) do
    list[#list + 1] = new_rule(rank, declaration, errors)
  end
  return rewrites.index(list)
end

local function nothing() end

--- The rules that can match an address, in file order.
-- @tparam table tables
-- @tparam table address
-- @treturn function iterator
function rewrites.candidates(tables, address)
  if #tables.list == 0 then return nothing end
  local lists = {}
  local family = tables.families[families.of(address.type)]
  if family then
    for name, indexed in pairs(family.fields) do
      local value = address[name]
      if value then indexed:collect(lower(value), lists) end
    end
    if #family.rest > 0 then lists[#lists + 1] = family.rest end
  end
  if #tables.anything > 0 then lists[#lists + 1] = tables.anything end
  if #lists == 0 then return nothing end
  return index.merge(lists)
end

--- The rules that could take all that a rule matches, in file order.
-- @tparam table tables
-- @tparam table rule with a `matcher`
-- @treturn function iterator
function rewrites.suspects(tables, rule)
  local lists = {}
  local family = tables.families[rule.matcher.family]
  for _, field in ipairs(rule.matcher.fields) do
    family.fields[field.field]:collect(field.suffix, lists)
    family.fields[field.field]:collect(field.prefix, lists)
  end
  lists[#lists + 1] = family.rest
  return index.merge(lists)
end

return rewrites
