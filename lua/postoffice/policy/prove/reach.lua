--- Which addresses a space is left, for findings about connectors: no space that goes before it takes
-- them, no domain of ours keeps them or has a catch-all for them, and nothing else becomes of them.
--
-- A sample that costs little is tried first, as most spaces have one.  Where that is taken, sets decide,
-- and the engine says whether it is so, as it knows rewrites and entries.
-- @module postoffice.policy.prove.reach

local allowance = require "postoffice.policy.prove.allowance"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local fold = require "postoffice.text.domain".fold
local quiet = require "postoffice.policy.prove.quiet"
local samples = require "postoffice.policy.prove.samples"
local sets = require "postoffice.policy.prove.sets"
local spaces = require "postoffice.policy.compile.spaces"

local sub = string.sub

local NONE = {}

local MOST_HELD = 100 -- domains of which those of other types than SMTP are held against each other
local MOST_CAUGHT = 10 -- domains whose catch-alls are tried
local MOST_TRIED = 100 -- addresses of a set, of which something else becomes

local reach = {}

-- The domain of SMTP that all have whom a space matches, as it is written; nil if there may be several.
local function domain_of(space)
  local name = space.family == "SMTP" and space.text:match "@([%w.-]+)$"
  return name and name:lower() or nil
end

-- Spaces by their families.
local function by_family(compiled)
  local families = {}
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    for _, space in ipairs(connector.spaces) do
      families[space.family] = families[space.family] or {}
      table.insert(families[space.family], space)
    end
  end
  return families
end

-- Spaces of SMTP by the domain that all have whom they match, and those at any (`wide`).
local function by_domain(list)
  local found = { at = {}, wide = {} }
  for _, space in ipairs(list or NONE) do
    local name = domain_of(space)
    if name then found.at[name] = found.at[name] or {} end
    table.insert(name and found.at[name] or found.wide, space)
  end
  return found
end

--- What questions about a policy's spaces are asked of.
-- @tparam table policy
-- @treturn table
function reach.new(policy)
  local compiled = policy.compiled
  local families = by_family(compiled)
  return {
    policy = policy, compiled = compiled, work = allowance.new(), by_family = families,
    by_domain = by_domain(families.SMTP), sets = {},
  }
end

--- Whether a space is better than another, whatever address falls into both.
-- @tparam table space
-- @tparam table other
-- @treturn boolean
function reach.is_better(space, other)
  local class, other_class = spaces.rank(space), spaces.rank(other)
  if class ~= other_class then return class < other_class end
  return space.literals > other.literals
end

--- Whether what falls into both of two spaces may go by either: they are as good, or costs alone
-- decide.
-- @tparam table compiled
-- @tparam table space
-- @tparam table other
-- @treturn boolean
function reach.are_rivals(compiled, space, other)
  return compiled.settings.order == "cost"
    or spaces.rank(space) == spaces.rank(other) and space.literals == other.literals
end

--- Whether a space goes before another for whatever falls into both.
-- @tparam table compiled
-- @tparam table space
-- @tparam table other
-- @treturn boolean
function reach.goes_before(compiled, space, other)
  return compiled.settings.order ~= "cost" and reach.is_better(space, other)
end

-- ---- Domains that keep their mail ----------------------------------------------

-- Whether a domain of SMTP has all that it does not know unknown.
local function is_local(domain) return not domain.space and domain.kind == "local" end

--- Whether the catch-all of a domain is at that domain itself.
-- @tparam table compiled
-- @tparam table domain with a `catchall`
-- @treturn boolean
function reach.is_caught_there(compiled, domain)
  local address, key = domain.catchall.address, domain.catchall.key
  return address ~= nil and domains.find_of(compiled.domains, address, key) == domain
end

-- Whether a domain of SMTP keeps mail from connectors: as it is local, or has a catch-all elsewhere.
local function keeps(domain, compiled)
  if domain.space or is_local(domain) then return not domain.space end
  return domain.catchall ~= nil and not reach.is_caught_there(compiled, domain)
end

-- The folded name of the domain that a declaration is about what lies below; nil if it is about itself.
local function name_above(domain)
  return sub(domain.name, 1, 2) == "*." and fold(sub(domain.name, 3)) or nil
end

-- Whether an address that is at both of two domains is at the first.
local function is_nearer(domain, other)
  if domain.space or other.space then
    return domain.space and other.space and domain.space.family == other.space.family
      and reach.is_better(domain.space, other.space)
  end
  local above, other_above = name_above(domain), name_above(other)
  return other_above ~= nil and (not above or #above > #other_above)
end

-- The same as `reach.whole_of`, among all domains that there are.
local function whole_among(all, domain)
  local whole, others = sets.of_domain(domain), { sets.nothing }
  for _, other in ipairs(whole and all or {}) do
    if is_nearer(other, domain) then others[#others + 1] = sets.of_domain(other) end
  end
  return whole and sets.difference(whole, sets.union(others))
end

--- The addresses that fall under a domain: those of its declaration, but for nearer ones.
-- @tparam table compiled
-- @tparam table domain
-- @treturn table|nil a set; nil if it cannot be told
function reach.whole_of(compiled, domain)
  return whole_among(domains.all(compiled.domains), domain)
end

-- What shells hold: connectors get that, whatever the domain is at which they are.
local function at_shells(compiled)
  local list = { sets.nothing }
  for name in pairs(compiled.shells or {}) do list[#list + 1] = sets.of_domain(name) end
  return sets.union(list)
end

-- What is at all domains that are like something.
local function all_like(look, is_like)
  if look[is_like] then return look[is_like] end
  local compiled, list = look.compiled, { sets.nothing }
  local all = domains.all(compiled.domains)
  for _, domain in ipairs(all) do
    if is_like(domain, compiled) then list[#list + 1] = whole_among(all, domain) end
  end
  look[is_like] = sets.difference(sets.union(list), at_shells(compiled))
  return look[is_like]
end

-- ---- Questions -----------------------------------------------------------------

-- The address that one has become when it comes to connectors, as the host answers nothing; nil if it
-- does not come to them, or becomes several.
local function final_of(policy, address)
  local leaves = quiet.resolve(policy, address, { may_relay = true }).leaves
  local leaf = leaves[1]
  local is_one = #leaves == 1 and not (leaf.failure or leaf.entry)
  return is_one and leaf.address or nil
end

-- Whether mail to an address falls into a space, and no other takes it.
local function is_left(look, space, address, takes)
  local final = final_of(look.policy, address)
  if not final then return false end
  local family, key, from, text = spaces.look_up(look.compiled.spaces, final, core.key(final))
  if not family then return false end
  local falls, rank, other = false, spaces.next(family, 0, final, key, from, text)
  while rank do
    if takes(other) then return false end
    falls = falls or other == space
    rank, other = spaces.next(family, rank, final, key, from, text)
  end
  return falls
end

-- What a space matches, made once; nil if no set knows.
local function set_of(look, space)
  if look.sets[space] == nil then look.sets[space] = sets.of_space(space) or false end
  return look.sets[space] or nil
end

-- Visits the spaces that may match something of one until one is enough; whether one was.
local function each_near(look, space, visit)
  local name, found = domain_of(space), look.by_domain
  local near = name and { found.at[name], found.wide } or { look.by_family[space.family] }
  for _, list in ipairs(near) do
    for _, other in ipairs(list) do
      if visit(other) then return true end
    end
  end
  return false
end

-- Whether the domain keeps it that all have whom a space matches: they are at one declaration.  Nil if they may
-- have several, or shells are before domains.
local function is_kept(look, space)
  local compiled, name = look.compiled, domain_of(space)
  local address = name and not compiled.shells and core.parse("x@" .. name)
  if not address then return nil end
  local domain = domains.find_of(compiled.domains, address, core.key(address))
  return domain ~= nil and keeps(domain, compiled)
end

-- What takes something from a space that no one domain keeps: domains and the others, as sets.
local function taking(look, space, takes)
  local list, patterns = { is_kept(look, space) == nil and all_like(look, keeps) or nil }, { space }
  each_near(look, space, function(other)
    if takes(other) then
      list[#list + 1], patterns[#patterns + 1] = set_of(look, other), other
    end
  end)
  return list[1] and sets.union(list) or sets.nothing, patterns
end

-- Whether a space that matches the same takes all.
local function has_twin(look, space, takes)
  return each_near(look, space, function(other) return other.id == space.id and takes(other) end)
end

-- Addresses at a few domains whose catch-alls are at one that has a catch-all elsewhere, and so keeps all else
-- from connectors: one is applied on a way.
local function caught_before(look)
  if look.caught then return look.caught end
  local compiled, list = look.compiled, {}
  for _, domain in ipairs(domains.all(compiled.domains)) do
    local catchall = domain.catchall
    local there = catchall and catchall.address
      and domains.find_of(compiled.domains, catchall.address, catchall.key)
    local is_elsewhere = there and there ~= domain and there.catchall and keeps(there, compiled)
    if is_elsewhere and #list < MOST_CAUGHT then list[#list + 1] = samples.of_domain(domain) end
  end
  look.caught = list
  return list
end

-- One of these that a space is left; false if none is.
local function left_of_caught(look, space, takes)
  for _, address in ipairs(caught_before(look)) do
    if is_left(look, space, address, takes) then return address end
  end
  return false
end

--- An address that a space is left.
-- @tparam table look
-- @tparam table space
-- @tparam function takes whether another space of its family takes what falls into both
-- @treturn table|false|nil an address; false if none is found; nil if that cannot be told
-- @treturn boolean whether sets found it: others take the first that comes to mind
function reach.witness(look, space, takes)
  local sample = samples.of_space(space)
  if sample and is_left(look, space, sample, takes) then return sample, false end
  local caught = left_of_caught(look, space, takes)
  if caught then return caught, true end
  if is_kept(look, space) or has_twin(look, space, takes) then return false, false end
  local set = set_of(look, space)
  if not set then return nil, false end
  local taken, patterns = taking(look, space, takes)
  local found, tried = nil, 0
  local text = allowance.ask(look.work, patterns, function(work)
    return sets.witness(sets.difference(set, taken), work, function(_, address)
      tried, found = tried + 1, is_left(look, space, address, takes) and address or nil
      return found or tried == MOST_TRIED
    end)
  end)
  if text == nil then return nil, false end
  return found or false, found ~= nil
end

-- What is at a local domain of another type than SMTP, and at no other that may have it as well.
local function whole_of_typed(all, domain)
  local others = { sets.nothing }
  for _, other in ipairs(all) do
    local is_rival = other.space and other.kind ~= "local"
      and not (is_nearer(other, domain) or is_nearer(domain, other))
    if is_rival then others[#others + 1] = sets.of_domain(other) end
  end
  local whole = whole_among(all, domain)
  return whole and sets.difference(whole, sets.union(others))
end

-- What is at all of those, unless there are too many to look at.  Where connectors have shells, mail
-- comes to them past these domains.
local function all_typed(look)
  if look.typed then return look.typed end
  local compiled, list, all = look.compiled, { sets.nothing }, domains.all(look.compiled.domains)
  for _, domain in ipairs((compiled.shells or #all > MOST_HELD) and {} or all) do
    if domain.space and domain.kind == "local" then
      list[#list + 1] = whole_of_typed(all, domain)
    end
  end
  look.typed = sets.union(list)
  return look.typed
end

-- What is at local domains, of the type of a space.  What addresses of X.400 carry tells where they are.
local function at_home(look, space)
  if space.family == "SMTP" then return all_like(look, is_local) end
  return space.family ~= "X400" and all_typed(look) or sets.nothing
end

-- The domain of an address, if that is local.
local function local_of(compiled, address, key)
  local domain = domains.find_of(compiled.domains, address, key)
  return domain and domain.kind == "local" and domain or nil
end

-- The domain of some address of a set, which are all of local ones.
local function some_home(look, space, set)
  local text = allowance.ask(look.work, { space }, function(work)
    return sets.witness(set, work)
  end)
  local address = text and core.parse(text)
  return address and local_of(look.compiled, address, core.key(address))
end

--- A local domain of which an address of a space is, where each of them is of one.
-- @tparam table look
-- @tparam table space
-- @treturn table|nil nil if some are elsewhere, or that cannot be told
function reach.home_of(look, space)
  local address, key = samples.of_space(space)
  local domain = address and local_of(look.compiled, address, key)
  if address and not domain then return nil end
  local home, set = at_home(look, space), sets.of_space(space)
  if not set or home.formula == sets.nothing.formula then return nil end
  local is_covered = allowance.ask(look.work, { space }, function(work)
    return sets.covers(home, set, work)
  end)
  return is_covered and (domain or some_home(look, space, set)) or nil
end

return reach
