--- Sets of addresses, decided exactly: patterns are regular, so whether a set is empty, whether one
-- covers another, and which addresses a rewrite makes members of it can be computed, not sampled.
--
-- A set is about the canonical fields of addresses, as keys compare them: equal addresses are in the
-- same sets, however they are written.  Lengths are not looked at: a witness is an address that the core
-- reads, but a set may hold longer ones than a policy does.  `<>` and `<Postmaster>`, which have no
-- domain, are members like others, but no witnesses.
--
-- What is asked of sets takes `work`, from `sets.work`: an allowance that several questions may share.
-- Answers are true, false or a witness; or nil and why there is none: it is used up, or no address is
-- found of those that are left.
-- @module postoffice.policy.prove.sets

local addresses = require "postoffice.address"
local before = require "postoffice.policy.prove.sets.before"
local core = require "postoffice.core"
local declared = require "postoffice.policy.prove.sets.declared"
local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local lists = require "postoffice.lists"
local matchers = require "postoffice.policy.pattern.matchers"
local members = require "postoffice.policy.prove.sets.members"
local partition = require "postoffice.policy.prove.sets.partition"
local patterns = require "postoffice.policy.prove.sets.patterns"
local shapes = require "postoffice.policy.prove.sets.shapes"

local sets = {}

local MAX_WORK = 3e5 -- states and parts: some seconds

--- An allowance.
-- @tparam[opt] number most states and parts
-- @tparam[opt] number seconds of this thread
-- @treturn table `left` and `until_then`
function sets.work(most, seconds)
  return { left = most or MAX_WORK, until_then = os.clock() + (seconds or math.huge) }
end

local function new(formula, why)
  if formula then return { formula = formula } end
  return nil, why
end

-- ---- Making them -------------------------------------------------------------

--- All addresses, and none.
sets.everything, sets.nothing = new(formulas.TRUE), new(formulas.FALSE)

--- All addresses of a type, and of those that share its keys.
-- @tparam string type_name
-- @treturn table
function sets.of_type(type_name) return new(patterns.all(families.of(type_name:upper()))) end

--- What a pattern matches, as those of rewrites and guards are written.
-- @tparam string|table pattern a text, or a matcher
-- @treturn table|nil
-- @treturn string why there is none
function sets.of_pattern(pattern)
  local matcher, message = pattern, nil
  if type(pattern) == "string" then matcher, message = matchers.read(pattern) end
  if not matcher then return nil, message end
  return new(patterns.of_matcher(matcher))
end

--- What a set of patterns has that a policy declares.
-- @tparam table set compiled
-- @treturn table
-- @treturn {string,...} the families of those of its patterns that no set knows
function sets.of_declared(set)
  local own = declared.of(set)
  return new(own.formula), own.untold
end

--- What an address space matches.
-- @tparam table space from `pattern.spaces`
-- @treturn table|nil
-- @treturn string why there is none
function sets.of_space(space) return new(patterns.of_space(space)) end

--- The addresses of a domain's declaration, if no nearer one has them.
-- @tparam table|string domain compiled, or the name of an SMTP domain
-- @treturn table|nil
-- @treturn string why there is none
function sets.of_domain(domain)
  if type(domain) == "string" then return new(patterns.of_domain_name(domain)) end
  return new(patterns.of_domain(domain))
end

--- One address.
-- @tparam table|string address
-- @treturn table|nil
-- @treturn string why there is none
function sets.of_address(address)
  local read, message = addresses.read_any(address)
  if not read or not core.key(read) then return nil, message or "it has no key" end
  return new(patterns.of_address(read))
end

--- Some addresses, of which nobody asks but as of those that a policy names: each is a class of its own
-- there, and they have no members for who asks sets alone.
-- @tparam {table,...} list
-- @treturn table
-- @treturn boolean whether no set knows some of them
function sets.of_named(list)
  local known, is_partial = {}, false
  for _, address in ipairs(list) do
    local has_shape = shapes.of(families.of(address.type)) and core.key(address)
    if has_shape then known[#known + 1] = address else is_partial = true end
  end
  return new(formulas.alone(known)), is_partial
end

local function formulas_of(list)
  local parts = {}
  for i, set in ipairs(list) do parts[i] = set.formula end
  return parts
end

--- The members of any of some sets.
-- @tparam {table,...} list
-- @treturn table
function sets.union(list) return new(formulas.any(formulas_of(list))) end

--- The members of all of some sets.
-- @tparam {table,...} list
-- @treturn table
function sets.intersection(list) return new(formulas.all(formulas_of(list))) end

--- What is no member.
-- @tparam table set
-- @treturn table
function sets.complement(set) return new(formulas.none(set.formula)) end

--- The members of one that are none of another.
-- @tparam table set
-- @tparam table other
-- @treturn table
function sets.difference(set, other) return sets.intersection { set, sets.complement(other) } end

--- A set by what others have of it: what none of them has, then what each of them does.
-- @tparam table set
-- @tparam {table,...} others
-- @treturn {table,...} sets
function sets.parts(set, others)
  local parts = { sets.difference(set, sets.union(others)) }
  for i, other in ipairs(others) do parts[i + 1] = sets.intersection { set, other } end
  return parts
end

-- The formulas that one is any of, be they within what all have to be.
local function alternatives_of(formula)
  if formula.op == "any" then return formula.list end
  for i, part in ipairs(formula.op == "all" and formula.list or {}) do
    if part.op == "any" then
      local list = {}
      for at, one in ipairs(part.list) do
        local parts = lists.copy(formula.list)
        parts[i] = one
        list[at] = formulas.all(parts)
      end
      return list
    end
  end
  return { formula }
end

--- Sets of which one is the union: each is less to tell apart than all are.
-- @tparam table set
-- @treturn {table,...} sets
function sets.alternatives(set) return lists.map(alternatives_of(set.formula), new) end

--- The addresses that a rewrite matches and makes members of a set of.
-- @tparam table rewrite with a `matcher` and a `template`
-- @tparam table set
-- @treturn table|nil
-- @treturn table|string those of which that cannot be told, another set; or why there is none
function sets.before(rewrite, set)
  local matched, why = patterns.of_matcher(rewrite.matcher)
  if not matched then return nil, why end
  local formula, doubt = before.formula(rewrite.matcher, rewrite.template, set.formula)
  if not formula then return nil, doubt end
  local untold, unknown = before.unmade(rewrite.matcher, rewrite.template)
  if not untold then return nil, unknown end
  local respelled, why_not = before.respelled(rewrite.matcher, rewrite.template)
  if not respelled then return nil, why_not end
  untold[#untold + 1], untold[#untold + 2] = doubt, respelled
  return new(formulas.all { matched, formula }), new(formulas.all { matched, formulas.any(untold) })
end

-- ---- Asking ------------------------------------------------------------------

--- Whether an address is a member.
-- @tparam table set
-- @tparam table address
-- @treturn boolean
function sets.contains(set, address) return formulas.has(set.formula, shapes.word(address)) end

-- The families that a formula tells apart; and one that it does not, which stands for all of these.
local function families_of(terms)
  local list, seen = {}, {}
  for _, term in ipairs(terms) do
    if not seen[term.family] then seen[term.family], list[#list + 1] = true, term.family end
  end
  for _, family in ipairs(shapes.families) do
    if not seen[family] then
      list[#list + 1] = family
      return list
    end
  end
  return list
end

local USED_UP, NONE_FOUND = "the work is used up", "no address is found of those that are left"

-- Visits the parts whose addresses are members, family by family; nil if the work is used up.
local function each_part(set, work, visit)
  local terms = formulas.terms(set.formula, {})
  for _, family in ipairs(families_of(terms)) do
    if not shapes.of(family) then
      local own = formulas.term(family, {})
      if formulas.holds(set.formula, { own, [own.id] = own }) then return nil, true end
    else
      local ended = partition.each(family, terms, work, function(part)
        return formulas.holds(set.formula, part.accepted) and visit(part)
      end)
      if ended ~= false then return ended end
    end
  end
  return false
end

--- Members of a set, different ones, short and readable.
-- @tparam table set
-- @tparam number most how many are wanted
-- @tparam[opt] table work
-- @tparam[opt] function is_wanted of a text and an address
-- @treturn {string,...}|nil texts, fewer if there are no more; nil if that cannot be told
-- @treturn string why
function sets.members(set, most, work, is_wanted)
  local list, has_doubt = {}, false
  local function take(text, address)
    if not is_wanted or is_wanted(text, address) then list[#list + 1] = text end
    return #list >= most
  end
  local ended, is_unknown = each_part(set, work or sets.work(), function(part)
    if not members.each(part, take) then has_doubt = true end
    return #list >= most
  end)
  if #list >= most then return list end
  if ended == nil then return nil, is_unknown and NONE_FOUND or USED_UP end
  if has_doubt then return nil, NONE_FOUND end
  return list
end

--- A member of a set.
-- @tparam table set
-- @tparam[opt] table work
-- @tparam[opt] function is_wanted as for `sets.members`
-- @treturn string|false|nil a text; false if there is none; nil if that cannot be told
-- @treturn string why
function sets.witness(set, work, is_wanted)
  local list, why = sets.members(set, 1, work, is_wanted)
  if not list then return nil, why end
  return list[1] or false
end

--- Whether a set has no members.
-- @tparam table set
-- @tparam[opt] table work
-- @treturn boolean|nil nil if that cannot be told
-- @treturn string a witness, or why
function sets.is_empty(set, work)
  local witness, why = sets.witness(set, work)
  if witness == nil then return nil, why end
  return witness == false, witness or nil
end

--- Whether all members of a set are members of another.
-- @tparam table cover
-- @tparam table set
-- @tparam[opt] table work
-- @treturn boolean|nil nil if that cannot be told
-- @treturn string a member of the one that is none of the other, or why
function sets.covers(cover, set, work) return sets.is_empty(sets.difference(set, cover), work) end

--- Whether some address is a member of both.
-- @tparam table a
-- @tparam table b
-- @tparam[opt] table work
-- @treturn boolean|nil nil if that cannot be told
-- @treturn string such an address, or why
function sets.overlap(a, b, work)
  local is_empty, witness = sets.is_empty(sets.intersection { a, b }, work)
  if is_empty == nil then return nil, witness end
  return not is_empty, witness
end

return sets
