--- What is collected of the tests of policies and of the addresses that they name: each once, and none to
-- which nobody comes.
-- @module postoffice.policy.prove.classes.atoms.collected

local core = require "postoffice.core"
local descents = require "postoffice.policy.prove.classes.descents"
local describe = require "postoffice.policy.language.describe"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local shapes = require "postoffice.policy.prove.sets.shapes"

local collected = {}

--- Adds an address that is named, if anybody comes to it; the core knows its key.
-- @tparam table found by `new`
-- @tparam table|nil address
function collected.add_key(found, address)
  local key = address and core.key(address)
  if not key or found.keys[key] then return end
  if found.region and not found.region:has(address) then return end
  found.keys[key] = address
  found.keys[#found.keys + 1] = address
end

--- The address that a term has alone.
-- @tparam table alone
-- @treturn table|nil
function collected.address_of(alone)
  local values = {}
  for field, conds in pairs(alone.fields) do
    values[field] = conds ~= formulas.ABSENT and globs.text(conds[1].tokens) or nil
  end
  local _, address = shapes.address(alone.family, values)
  return address
end

--- Whether something may be true of an address that anybody comes to.
-- @tparam table found by `new`
-- @tparam table formula
-- @treturn boolean
function collected.may_matter(found, formula)
  return not found.region or found.region:narrowed(formula) ~= formulas.FALSE
end

-- What is left to be tested of the addresses that anybody comes to.
local function narrowed(found, formula)
  if not found.region then return formula end
  local left = found.region:narrowed(formula)
  local id = left ~= formula and formulas.id(left)
  if id then found.extended[id] = found.extended[id] or found.extended[formulas.id(formula)] end
  return left
end

--- Adds what is tested, and its terms; a term that only one address is in as that address.
-- @tparam table found by `new`
-- @tparam table formula
-- @param[opt] through the rewrites after which alone it is asked for (see `descents`)
function collected.add_test(found, formula, through)
  if formula == formulas.TRUE or formula == formulas.FALSE then return end
  if found.asked and not found.is_asking then formulas.terms(formula, found.own) end
  descents.note(found.descents, formulas.id(formula), through)
  if found.tests[formulas.id(formula)] then return end
  formula = narrowed(found, formula)
  local id = formulas.id(formula)
  if formula == formulas.TRUE or formula == formulas.FALSE then return end
  descents.note(found.descents, id, through)
  if found.tests[id] then return end
  found.tests[id] = formula
  local address = formula.key and collected.address_of(formula)
  if formula.key then return address and collected.add_key(found, address) end
  formulas.each_alone(formula, function(one) collected.add_key(found, one) end)
  if formula.op == "alone" then return end
  found.tests[#found.tests + 1] = formula
  formulas.terms(formula, found.terms)
end

--- Adds terms alone, of which nothing hangs whether they are true: they lead to addresses of each kind.
-- @tparam table found by `new`
-- @tparam table formula
function collected.add_terms(found, formula)
  if formula == formulas.TRUE then return end
  formulas.terms(narrowed(found, formula), found.terms)
end

--- Notes that addresses of a family, or those that come to a declaration, cannot be told apart.
-- @tparam table found by `new`
-- @tparam string family
-- @tparam table declaration
-- @tparam string why
function collected.add_unknown(found, family, declaration, why)
  found.unknown[family] = found.unknown[family]
    or ("%s (%s): %s"):format(describe.title(declaration), describe.where(declaration), why)
end

--- Adds what is tested, or notes that it cannot be told.
-- @tparam table found by `new`
-- @tparam string family
-- @tparam table declaration
-- @tparam table|nil formula
-- @tparam string why there is none
function collected.add_or_note(found, family, declaration, formula, why)
  if formula then return collected.add_test(found, formula) end
  collected.add_unknown(found, family, declaration, why)
end

--- A collection in which there is nothing yet.
-- @tparam table work `left`
-- @tparam boolean is_coarse whether nothing is told apart by parts of parts that are captured
-- @tparam[opt] table region where alone something is asked for, from `slices.of`
-- @treturn table what `atoms.collect` returns
function collected.new(work, is_coarse, region)
  return {
    tests = {}, terms = {}, keys = {}, unknown = {}, untold = {}, doubt = {}, kept = {},
    changed = {}, respelled = {}, rewrites = {}, at = {}, made = {}, extended = {}, carriers = {},
    inside = {}, signed = {}, marks = {}, high = {}, hosted = {}, said = {}, onward = {},
    work = work, are_unlike = false, own = {},
    is_coarse = is_coarse, region = region, descents = descents.new(), left = {},
  }
end

return collected
