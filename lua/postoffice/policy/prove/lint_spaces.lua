--- Address spaces that no mail falls into, for `postoffice.policy.prove.lint`.
-- @module postoffice.policy.prove.lint_spaces

local allowance = require "postoffice.policy.prove.allowance"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local domain_text = require "postoffice.text.domain"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local few = require "postoffice.policy.prove.few"
local lists = require "postoffice.lists"
local needed = require "postoffice.policy.prove.needed"
local patience = require "postoffice.policy.prove.patience"
local reach = require "postoffice.policy.prove.reach"
local samples = require "postoffice.policy.prove.samples"
local sets = require "postoffice.policy.prove.sets"
local spaces = require "postoffice.policy.compile.spaces"

local glob_match = core.glob_match

local MOST_FALLING = 100 -- spaces that an address falls into, which are held against each other

-- What a wildcard can stand for after the bracket of an address literal (RFC 5321 4.1.3): numbers are
-- more than sets tell.
local IN_LITERALS = {
  "x", "", "1", "1.1", "1.1.1", "1.1.1.1", "1]", "1.1]", "1.1.1]", "1.1.1.1]", ":1", "::1", ":1]",
  "::1]", "x:x", "x:x]", "x]",
}

local EXAMPLES = setmetatable({
  SMTP = '"SMTP:*@partner.example"', CCMAIL = '"CCMAIL:* at HQ"', X400 = '"X400:c=us;a= ;p=Org"',
  MS = '"MS:NETWORK/POSTOFFICE"', NOTES = '"NOTES:*@DOMAIN"', EX = '"EX:/o=Org"',
}, { __index = function(_, family) return ('"%s:*"'):format(family) end })

-- A text that a program of `core.glob_match` matches: with `one` for every `?`,
-- `first` for the first `*`, `rest` for the others.
local function sample(program, one, first, rest)
  local any = first
  return (program:gsub("\4?.", function(item)
    if item == "\1" then return one end
    if item ~= "\2" then return item:sub(-1) end
    local text = any
    any = rest
    return text
  end))
end

local function matches(space, text)
  local address = core.parse(text, { type = space.family, notation = "native" })
  local key = address and core.key(address)
  return key ~= nil and glob_match(space.glob, key:sub(#space.family + 2)) ~= false
end

-- Whether no address literal falls into a space of wildcards, as far as samples tell.
local function has_no_literal(space)
  for _, one in ipairs { "x", "1" } do
    for _, first in ipairs(IN_LITERALS) do
      for _, rest in ipairs(IN_LITERALS) do
        if matches(space, sample(space.glob, one, first, rest)) then return false end
      end
    end
  end
  return true
end

-- What sets say if none of thousands of texts in a set is an address.
local NONE_FOUND = "no address is found of those that are left"

-- Whether no address falls into a space.
local function is_empty(space, work)
  if families.has_other_keys(space.family) or samples.of_space(space) then return false end
  if space.glob and space.text:find("@[", 1, true) then return has_no_literal(space) end
  local set = sets.of_space(space)
  if not set then return false end
  local empty, why = allowance.ask(work, { space }, function(states)
    return sets.is_empty(set, states)
  end)
  return empty or empty == nil and why == NONE_FOUND
end

-- The domains of other types than SMTP by what their spaces are.
local function domains_by_space(compiled)
  local by_space = {}
  for _, domain in ipairs(domains.all(compiled.domains)) do
    if domain.space then by_space[domain.space.id] = domain end
  end
  return by_space
end

-- The domain that has all addresses of a space of another type than SMTP: it is that domain's, or
-- what it says by itself tells its domain.
local function domain_of_typed(compiled, space, by_space)
  if by_space[space.id] then return by_space[space.id] end
  local text, native = space.component or space.text:match ":(.*)$", families.native(space.family)
  local address = space.class ~= "wildcard" and core.parse(text, native)
    or space.component and core.parse(text .. families.border(space.family) .. "x", native)
  local key = address and core.key(address)
  return key and domains.find_of(compiled.domains, address, key)
end

-- The local domain that has all addresses of a space, or nil.
local function local_domain(compiled, space, by_space)
  if space.family ~= "SMTP" then
    local domain = domain_of_typed(compiled, space, by_space)
    return domain and domain.kind == "local" and domain or nil
  end
  local name = space.text:match "@([^@*?\\]+)$"
  local folded = name and domain_text.fold(name)
  local domain = folded and domains.find_name(compiled.domains, folded)
  return domain and domain.kind == "local" and domain or nil
end

local function find_empty(space, work, find)
  if not is_empty(space, work) then return false end
  local example = EXAMPLES[space.family]
  find("warning", "space-empty", space.connector.declaration,
    ('has the space "%s", and no %s address is like that'):format(space.text, space.family),
    ("remove it, or write one such as %s"):format(example))
  return true
end

local function find_local(look, space, by_space, find)
  local domain = local_domain(look.compiled, space, by_space)
    or reach.home_of(look, space)
  if not domain then return end
  find("warning", "space-local", space.connector.declaration,
    ('has the space "%s", but %s at %s is local: what nobody there has is unknown'):format(
      space.text, describe.title(domain.declaration), describe.where(domain.declaration)),
    'write kind = "relay" there, or remove the space')
end

-- Spaces that stand twice in one connector.
local function find_repeated(connector, find)
  local seen = {}
  for _, space in ipairs(connector.spaces) do
    local text = space.id
    if seen[text] then
      find("warning", "space-repeated", connector.declaration,
        ('has the space "%s" twice'):format(space.text), "remove one")
    end
    seen[text] = true
  end
end

-- Domains of no address.
local function find_empty_domains(compiled, work, find)
  for _, domain in ipairs(domains.all(compiled.domains)) do
    if domain.space and is_empty(domain.space, work) then
      find("warning", "domain-empty", domain.declaration,
        ("has no address: no %s address is like that"):format(domain.space.family),
        ("remove it, or write one such as domain %s"):format(EXAMPLES[domain.space.family]))
    end
  end
end

-- Whether a space of some class is better than another.
local function is_better(space, class, other, other_class)
  if class ~= other_class then return class < other_class end
  return space.literals > other.literals
end

-- Whether, of two spaces of one connector, each of some class, it is by the first that it takes what falls
-- into both; not of those that are the same.
local function is_first_of_its_own(space, class, other, other_class)
  if space.connector ~= other.connector or space.id == other.id then return false end
  if space.cost ~= other.cost then return space.cost < other.cost end
  if is_better(space, class, other, other_class) then return true end
  return not is_better(other, other_class, space, class) and space.order < other.order
end

-- Whether a space goes before another, each of some class, for what falls into both, whatever is down.
local function goes_before(compiled, space, class, other, other_class)
  local is_by_cost = compiled.settings.order == "cost"
  local is_better_one = is_better(space, class, other, other_class)
  if is_better_one and not is_by_cost then return true end
  local are_rivals = is_by_cost or not is_better(other, other_class, space, class)
  return are_rivals and is_first_of_its_own(space, class, other, other_class)
end

-- The first spaces that an address falls into, each with the class that it has for it, the best first; and
-- whether these are all.
local function falling(compiled, address, address_key)
  local list, classes = {}, {}
  local family, key, from, text = spaces.look_up(compiled.spaces, address, address_key)
  local rank, space, class
  if family then rank, space, class = spaces.next(family, 0, address, key, from, text) end
  while rank and #list < MOST_FALLING do
    if not classes[space] then list[#list + 1], classes[space] = space, class end
    rank, space, class = spaces.next(family, rank, address, key, from, text)
  end
  return list, classes, rank == nil
end

-- Whether a space wins for an address, or may do so, where that falls into too many.
local function wins_for(compiled, space, address, key)
  if not address then return false end
  local list, classes, are_all = falling(compiled, address, key)
  if not classes[space] then
    local best, class = list[1], spaces.rank(space)
    return not are_all and not goes_before(compiled, best, classes[best], space, class)
  end
  for _, other in ipairs(list) do
    if goes_before(compiled, other, classes[other], space, classes[space]) then return false end
  end
  return true
end

-- The attributes of X.400 that say a place, and not who is there.
local OF_PLACES = lists.set { "c", "a", "p", "o", "ou1", "ou2", "ou3", "ou4", "syntax" }

-- Whether an address names somebody, and no site or organization alone.
local function is_somebodys(address)
  if address.dn then return address.dn:lower():find "/cn=" ~= nil end
  for _, field in ipairs(address.type == "X400" and core.fields "X400" or {}) do
    if address[field] and not OF_PLACES[field] then return true end
  end
  return address.type ~= "X400"
end

-- Whether a space wins for the first address that comes to mind, or for the one that it is itself; that
-- one, if it wins for it though it is nobody's.
local function wins_some(compiled, space)
  local somebody, key = samples.of_space(space)
  local whole, whole_key = samples.whole_of(space)
  if wins_for(compiled, space, whole, whole_key) then
    if is_somebodys(whole) then return true end
    return key ~= whole_key and wins_for(compiled, space, somebody, key), whole
  end
  return wins_for(compiled, space, somebody, key)
end

-- Whether better spaces take all that falls into one, but for an address that it has itself; nil if
-- that cannot be told.
local function cover(look, better, space, whole)
  local list, patterns = {}, { space }
  for i, other in ipairs(better) do
    list[i], patterns[i + 1] = sets.of_space(other) or sets.nothing, other
  end
  local set = sets.of_space(space)
  if not set then return nil end
  if whole then set = sets.difference(set, sets.of_address(whole)) end
  return allowance.ask(look.work, patterns, function(work)
    return sets.covers(sets.union(list), set, work)
  end)
end

local function title_of(space) return ("%s of %s"):format(space.text, space.connector.name) end

-- Tells that spaces which go before one take all of it, or all but an address that is nobody's.
local function tell_shadowed(space, better, whole, find)
  local declaration, which = space.connector.declaration, "better ones"
  for _, other in ipairs(better) do
    if not reach.is_better(other, space) then which = "others of it that go before" end
  end
  if not whole then
    return find("warning", "space-shadowed", declaration,
      ('has the space "%s", which never wins: %s take all of its addresses: %s'):format(space.text,
        which, few.named(better, title_of)), "remove it, or those")
  end
  find("warning", "space-outdone", declaration,
    ('has the space "%s", which wins for nobody: those with wildcards are better, and take all that'
      .. " is below it: %s"):format(space.text, few.named(better, title_of)),
    ('write those without wildcards, such as "%s:", which is vaguer; or remove it'):format(
      space.family))
end

-- A space that never wins, or for nobody, since those that go before it take all that falls into it.  One
-- of a connector's shell may win for what comes back in it.
local function find_shadowed(look, space, find)
  local compiled, better, class = look.compiled, {}, spaces.rank(space)
  if compiled.shells and space.connector.shell then return end
  local wins, whole = wins_some(compiled, space)
  if wins then return end
  for _, other in ipairs(look.by_family[space.family]) do
    local takes = goes_before(compiled, other, spaces.rank(other), space, class)
    if takes then better[#better + 1] = other end
  end
  if #better == 0 or not cover(look, better, space, whole) then return end
  better = needed(better, function(some) return cover(look, some, space, whole) end)
  tell_shadowed(space, better, whole, find)
end

-- Spaces of a connector that take no mail; true if there is no time left to tell.
local function find_in_connector(look, connector, by_space, find)
  find_repeated(connector, find)
  for _, space in ipairs(connector.spaces) do
    if patience.ends(look.policy, find, connector.declaration) then return true end
    if not find_empty(space, look.work, find) then
      find_local(look, space, by_space, find)
      find_shadowed(look, space, find)
    end
  end
  return false
end

--- Finds them.
-- @tparam table look from `reach.new`
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_spaces(look, find)
  local compiled = look.compiled
  local by_space = domains_by_space(compiled)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    if find_in_connector(look, connector, by_space, find) then return end
  end
  find_empty_domains(compiled, look.work, find)
end

return lint_spaces
