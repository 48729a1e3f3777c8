--- What policies test of addresses: the terms by which they tell them apart, and the addresses that
-- they name.
--
-- Both are closed under rewrites: what is tested of an address that a rewrite makes is a test of
-- the one that it is made of.
-- @module postoffice.policy.prove.classes.atoms

local collected = require "postoffice.policy.prove.classes.atoms.collected"
local extensions = require "postoffice.policy.prove.classes.extensions"
local forms = require "postoffice.policy.prove.classes.atoms.forms"
local formulas = require "postoffice.policy.prove.sets.formulas"
local hosted = require "postoffice.policy.prove.classes.atoms.hosted"
local named = require "postoffice.policy.prove.classes.atoms.named"
local openers = require "postoffice.policy.prove.classes.openers"
local patterns = require "postoffice.policy.prove.sets.patterns"
local places = require "postoffice.policy.prove.classes.atoms.places"
local preimages = require "postoffice.policy.prove.classes.atoms.preimages"
local rewrites = require "postoffice.policy.compile.rewrites"

local atoms = {}

local NONE = {}

-- Adds what becomes of extensions that go on to targets.
local function add_onward(found, compiled)
  local list, marked = extensions.rewrites(compiled)
  found.onward[compiled] = list
  for _, item in ipairs(list) do
    if collected.may_matter(found, item.matched) then table.insert(found.rewrites, item) end
    found.goes_on_anew = true -- all rewrites may be applied again from there
  end
  for _, formula in ipairs(marked) do collected.add_test(found, formula) end
end

-- What a rewrite matches as a term, with what its template makes of each field if that is fixed.
local function add_rewrite(found, compiled, rewrite)
  if not rewrite.matcher then return end
  local matched, why = patterns.of_matcher(rewrite.matcher)
  collected.add_or_note(found, rewrite.matcher.family, rewrite.declaration, matched, why)
  if not matched or not rewrite.template or not collected.may_matter(found, matched) then return end
  if rewrites.is_fixed(rewrite) then
    local made = rewrites.fill(rewrite, NONE)
    if made then named.add_goal(found, compiled, made) end
  else
    table.insert(found.rewrites, { rewrite = rewrite, matched = matched })
  end
end

-- Whether some term is about domain-defined attributes, but for whether there is one.
local function looks_into_attributes(terms)
  local own = formulas.terms(forms.has_attributes, {})
  for _, one in ipairs(terms) do
    for field, said in pairs(one.fields) do
      if field:find "^dda" and said ~= formulas.ABSENT and not own[one.id] then return true end
    end
  end
  return false
end

-- Whether some term tells local parts apart.
local function asks_for_users(terms)
  for _, one in ipairs(terms) do
    if one.family == "SMTP" and one.fields.localpart then return true end
  end
  return false
end

--- What policies test of addresses.
-- @tparam {table,...} policies
-- @tparam {table,...} list formulas of sets that are asked for, too
-- @tparam table work `left`
-- @tparam boolean asks_for_x400 whether addresses are asked for that may carry others
-- @tparam[opt] boolean is_coarse whether nothing is told apart by parts of parts that are captured
-- @tparam[opt] table slice where alone something is asked for, from `slices.of`
-- @tparam[opt] table asked the ids of terms, as keys, by which those alone are told apart who are asked for
-- @treturn table `tests`, formulas; `terms`, theirs; `keys`, the addresses that are named, by place
--   and by key; `unknown`, by family why its addresses cannot be told apart; `untold`, by rewrite why it
--   is not known what is made; `doubt`, by rewrite a formula of what it may write in another way; `kept`,
--   of what it may make the same of; `changed`, by field of what it makes that is written with other
--   blanks there, or without its comma; `said`, the ids of terms that matter to next hops alone;
--   `hosted`, by family a formula of those of its addresses in which a host of ours may be read;
--   `carries_nothing`, that of a term of addresses that are no carriers;
--   `extended`, the ids of tests of addresses that are a mailbox's with an extension, or are rewritten
--   to one; `carriers`, those of addresses that may carry others, and `inside`, by those of them
--   that matter where policies know other hosts (`are_unlike`) whether they have escapes; `signed`,
--   by those of addresses that may be signed their form; `asks_for_users`, whether a set that is
--   asked for tells local parts apart; `onward`, by what is compiled what becomes of extensions that
--   go on to targets; `looks_into_attributes`, whether some pattern does so; `asked`, and by id the terms
--   that policies test, if there are such (`own`)
function atoms.collect(policies, list, work, asks_for_x400, is_coarse, slice, asked)
  local found = collected.new(work, is_coarse, slice and slice.region)
  found.asked, found.is_asking = asked, true
  for _, formula in ipairs(list) do collected.add_test(found, formula) end
  found.is_asking = false
  found.asks_for_users = asks_for_users(found.terms)
  if slice then collected.add_test(found, slice.formula) end -- with extensions of those alone that differ
  forms.add_all(found)
  local may_be_read = asks_for_x400 or openers.may_nest(policies)
  found.are_unlike = may_be_read and not openers.know_same(policies)
  for _, policy in ipairs(policies) do
    local compiled = policy.compiled
    places.add(found, compiled)
    for _, rewrite in ipairs(rewrites.all(compiled.rewrites)) do
      add_rewrite(found, compiled, rewrite)
    end
    forms.add(found, compiled)
    named.add(found, compiled)
    add_onward(found, compiled)
    found.may_repeat = found.may_repeat or rewrites.may_repeat(compiled.rewrites)
  end
  hosted.add(found, policies)
  preimages.close(found)
  found.looks_into_attributes = looks_into_attributes(found.terms)
  return found
end

return atoms
