--- Regions: addresses as terms cover them, more rather than fewer, of which it is asked at once whether
-- another term may share some.
--
-- Nothing is decided here: of two terms it is only known that they share no address where a field is
-- another text, or begins or ends otherwise.
-- @module postoffice.policy.prove.classes.regions

local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local inverses = require "postoffice.policy.prove.classes.inverses"
local patterns = require "postoffice.policy.prove.sets.patterns"

local Region = {}
Region.__index = Region

local ABSENT = formulas.ABSENT
local NONE = {}

-- Whether two lists of tokens begin with other characters; from their ends, if the step is -1.
local function begin_otherwise(tokens, others, step)
  local at, other_at = step > 0 and 1 or #tokens, step > 0 and 1 or #others
  while tokens[at] and others[other_at] do
    if globs.read(tokens[at]) or globs.read(others[other_at]) then return false end
    if tokens[at] ~= others[other_at] then return true end
    at, other_at = at + step, other_at + step
  end
  return false
end

-- Whether two globs may match the same text.
local function may_match_same(one, other)
  if one.quoted or other.quoted or not one.tokens or not other.tokens then return true end
  local text = globs.text(one.tokens)
  if text then return formulas.matches(other, text) end
  text = globs.text(other.tokens)
  if text then return formulas.matches(one, text) end
  return not begin_otherwise(one.tokens, other.tokens, 1)
    and not begin_otherwise(one.tokens, other.tokens, -1)
end

-- Whether what two terms say of a field may be so of the same text.
local function may_share_field(said, others)
  if not said or not others then return true end
  if said == ABSENT or others == ABSENT then return said == others end
  for _, one in ipairs(said) do
    for _, other in ipairs(others) do
      if not may_match_same(one, other) then return false end
    end
  end
  return true
end

-- Whether two terms of one family may share an address.
local function may_share(term, other)
  for field, said in pairs(term.fields) do
    if not may_share_field(said, other.fields[field]) then return false end
  end
  return true
end

-- The domain that all addresses of a term are at; their family, where there are several.
local function place_of(term)
  local said = term.family == "SMTP" and term.fields.domain
  local tokens = said and said ~= ABSENT and said[1].tokens
  return tokens and not said[1].quoted and globs.text(tokens) or nil
end

local function share_some(terms, term)
  for _, other in ipairs(terms or NONE) do
    if may_share(term, other) then return true end
  end
  return false
end

-- Whether a term and some of those that name one address alone may share it.
local function has_key_of(self, term)
  if term.key then return self.keys[term.key] ~= nil end
  local place = place_of(term)
  if place then return share_some(self.keys_at[place], term) end
  for _, other in pairs(self.keys) do
    if other.family == term.family and may_share(term, other) then return true end
  end
  return false
end

--- Whether a term and the region may share an address.
-- @tparam table term
-- @treturn boolean
function Region:meets(term) return has_key_of(self, term) or self:meets_widely(term) end

--- The terms of single addresses at a domain of SMTP, in the order in which they were added.
-- @tparam string domain folded
-- @treturn {table,...}
function Region:alone_at(domain) return self.keys_at[domain] or NONE end

--- Whether a term and the region may share an address that it was not told of alone.
-- @tparam table term
-- @treturn boolean
function Region:meets_widely(term)
  local place = place_of(term)
  if share_some(self.wide[term.family], term) then return true end
  if place then return share_some(self.at[place], term) end
  for domain, terms in pairs(term.family == "SMTP" and self.at or NONE) do
    if may_share_field(term.fields.domain, { self.domains[domain] })
      and share_some(terms, term) then
      return true
    end
  end
  return false
end

--- What of a formula is left to be asked of the addresses of the region: it is true for the same of them.
-- @tparam table formula
-- @treturn table a formula, the same if nothing is left out
function Region:narrowed(formula)
  if formula.op == "term" then return self:meets(formula) and formula or formulas.FALSE end
  if not formula.list then return formula end
  local list, is_same = {}, true
  for i, part in ipairs(formula.list) do
    list[i] = self:narrowed(part)
    is_same = is_same and list[i] == part
  end
  if is_same then return formula end
  if formula.op == "none" then return formulas.none(list[1]) end
  return formula.op == "any" and formulas.any(list) or formulas.all(list)
end

--- Whether an address may be in the region.
-- @tparam table address
-- @treturn boolean
function Region:has(address)
  local term = patterns.of_address(address)
  return not term or self:meets(term)
end

-- Puts a term among others.
local function file(by_name, name, term)
  by_name[name] = by_name[name] or {}
  table.insert(by_name[name], term)
end

--- Adds the addresses of a term.
-- @tparam table term
-- @treturn boolean whether it was not there yet
function Region:add(term)
  if self.seen[term.id] then return false end
  self.seen[term.id] = true
  table.insert(self.terms, term)
  local place = place_of(term)
  if term.key then
    self.keys[term.key] = term
    if place then file(self.keys_at, place, term) end
  elseif place then
    self.domains[place] = self.domains[place] or term.fields.domain[1]
    file(self.at, place, term)
  else
    file(self.wide, term.family, term)
  end
  return true
end

--- Adds an address; false where no set knows it.
-- @tparam table address
-- @treturn boolean
function Region:add_address(address)
  local term = patterns.of_address(address)
  if term then self:add(term) end
  return term ~= nil
end

local regions = {}

--- One without addresses.
-- @treturn table
function regions.new()
  return setmetatable({
    terms = {}, seen = {}, keys = {}, keys_at = {}, at = {}, domains = {}, wide = {},
  }, Region)
end

-- The post office of cc:Mail that a template makes, if it makes no other and that is one word.
local function postoffice_of(template)
  local pieces = template.type == "CCMAIL" and template.fields and template.fields.postoffice
  local text = pieces and #pieces == 1 and type(pieces[1]) == "string" and pieces[1]
  return text and text:match "^%w+$" or nil
end

--- What a template makes, and more.
-- @tparam table template
-- @treturn table a term
function regions.made(template)
  local fixed = { domain = inverses.domain(template), postoffice = postoffice_of(template) }
  local fields = {}
  for name, text in pairs(fixed) do fields[name] = { formulas.cond(globs.literal(text)) } end
  return formulas.term(families.of(template.type), fields)
end

return regions
