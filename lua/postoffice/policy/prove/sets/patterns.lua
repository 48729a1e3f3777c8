--- What rewrites, guards, spaces and domains match, as formulas.
-- @module postoffice.policy.prove.sets.patterns

local addresses = require "postoffice.address"
local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local fold_domain = require "postoffice.text.domain".fold
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local shapes = require "postoffice.policy.prove.sets.shapes"
local texts = require "postoffice.policy.prove.sets.texts"

local patterns = {}

local cond = formulas.cond

-- Why there is no formula.
local function unknown(family)
  return nil, ("only code knows which text the addresses of %s have"):format(family)
end

--- All addresses of a family.
-- @tparam string family
-- @treturn table a formula
function patterns.all(family) return formulas.term(family, {}) end

-- What a matcher says of a field, as in a term; nil if nothing.
local function said_of(field)
  if field.blank then return formulas.ABSENT end
  if field.absent then return nil end -- any value, or none (Q107098)
  return { cond(globs.of_program(field.glob)) }
end

--- What a matcher matches.
-- @tparam table matcher from `pattern.matchers`, or of a space of attributes
-- @treturn table|nil a formula
-- @treturn string why there is none
function patterns.of_matcher(matcher)
  local family = matcher.family
  if matcher.whole ~= nil then return patterns.all(family) end
  if not shapes.of(family) then return unknown(family) end
  local fields = {}
  for _, name in ipairs(matcher.closed and shapes.fields(family) or {}) do
    fields[name] = formulas.ABSENT
  end
  for _, field in ipairs(matcher.fields) do fields[field.field] = said_of(field) end
  return formulas.term(family, fields)
end

--- One address.
-- @tparam table address
-- @treturn table|nil a formula
-- @treturn string why there is none
function patterns.of_address(address)
  local word = shapes.word(address)
  local family = word.family
  if not shapes.of(family) then return unknown(family) end
  local fields = {}
  for _, name in ipairs(shapes.fields(family)) do
    local text = word.texts[name]
    fields[name] = text and { cond(globs.literal(text)) } or formulas.ABSENT
  end
  return formulas.term(family, fields)
end

-- By class, what a space matches.
local OF_CLASS = {}

function OF_CLASS.exact(space)
  local address = core.parse(space.key)
  if not address then return unknown(space.family) end
  if space.family == "UUCP" then return nil, "names of UUCP hosts have case, and patterns none" end
  return patterns.of_address(address)
end

function OF_CLASS.wildcard(space)
  return texts.formula(space.family, globs.of_program(space.glob))
end

-- The component itself, and what lies below it.
function OF_CLASS.partial(space)
  local literal = globs.literal(space.component)
  local border = globs.literal(families.border(space.family))
  if space.component == "" then return formulas.FALSE end
  return formulas.any {
    texts.formula(space.family, literal),
    texts.formula(space.family, globs.joined(literal, border, { globs.ANY })),
  }
end

--- The one address of an exact space; nil where only code knows which one its key is of.
-- @tparam table space from `pattern.spaces`
-- @treturn table|nil
function patterns.address_of(space)
  local address = space.class == "exact" and addresses.read_any(space.key)
  return address and core.key(address) == space.key and address or nil
end

--- What an address space matches.
-- @tparam table space from `pattern.spaces`
-- @treturn table|nil a formula
-- @treturn string why there is none
function patterns.of_space(space)
  local family = space.family
  local is_all = space.class == "blank"
    or space.glob and globs.is_all(globs.of_program(space.glob))
  if is_all then return patterns.all(family) end
  if space.matcher then return patterns.of_matcher(space.matcher) end
  if not shapes.of(family) then return unknown(family) end
  return OF_CLASS[space.class](space)
end

--- The addresses at an SMTP domain.
-- @tparam string name such as `"a.example"`, or `"*.a.example"` for those below it
-- @treturn table|nil a formula
-- @treturn string why there is none
function patterns.of_domain_name(name)
  local is_below = name:sub(1, 2) == "*."
  local folded, message = fold_domain(is_below and name:sub(3) or name)
  if not folded then return nil, message end
  local tokens = globs.literal(folded)
  if is_below then tokens = globs.joined({ globs.ANY, "." }, tokens) end
  return formulas.term("SMTP", { domain = { cond(tokens) } })
end

--- The addresses that a domain's declaration is about, if no nearer one is.
-- @tparam table domain compiled
-- @treturn table|nil a formula
-- @treturn string why there is none
function patterns.of_domain(domain)
  if domain.space then return patterns.of_space(domain.space) end
  return patterns.of_domain_name(domain.name)
end

return patterns
