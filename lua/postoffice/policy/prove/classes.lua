--- All addresses, in classes of which each member goes the same way, and where the engine takes one
-- of each.
--
--     for run in classes.each { policies = { p }, sets = { ours = set }, among = set } do ... end
--
-- The engine stays the only one that says what a policy means.  Here are only classes: so fine that
-- whatever it tests of an address, and of what rewrites make of it, has one answer within a class.
-- Each address that policies name is a class of its own.  A class is run under each combination of
-- facts that the engine asks for, and where connectors share addresses, by a member for each of
-- them.
--
-- What stands in the way of that (a function of the script, a gateway to another type than SMTP, a
-- type whose text only code knows) makes a run `undecided`, by name and line: then its deliveries
-- are its witness's, and others may go other ways.  Lengths are left out: what is too long to be
-- read, or to be carried, is in no class.
--
-- A run has `address` (the witness, a text; nil if none was found), `set` (the names of the sets
-- that it is in, as keys), `envelope` (the facts that were asked for, as `route` takes them: any
-- other may be whatever it likes), `deliveries` (of each policy; nil for one whose function would
-- have to be called), `undecided` (nil, or a text), and `members(n)`: texts of up to n members of
-- its class.
-- @module postoffice.policy.prove.classes

local addresses = require "postoffice.address"
local atoms = require "postoffice.policy.prove.classes.atoms"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local domains = require "postoffice.policy.compile.domains"
local facts = require "postoffice.policy.prove.classes.facts"
local families = require "postoffice.policy.pattern.families"
local follow = require "postoffice.policy.prove.classes.follow"
local formulas = require "postoffice.policy.prove.sets.formulas"
local gateways = require "postoffice.policy.prove.classes.gateways"
local lists = require "postoffice.lists"
local members = require "postoffice.policy.prove.sets.members"
local partition = require "postoffice.policy.prove.sets.partition"
local restrictions = require "postoffice.policy.compile.restrictions"
local senders = require "postoffice.policy.prove.classes.senders"
local sets = require "postoffice.policy.prove.sets"
local shapes = require "postoffice.policy.prove.sets.shapes"
local shells = require "postoffice.policy.compile.shells"
local types = require "postoffice.policy.language.types"

local classes = {}

local clock = os.clock

local SECONDS = 10 -- unless more are given
local MAX_WORK = 1e6 -- states of machines, parts, and pre-images
local MAX_ROUNDS = 2000 -- combinations of facts for one address
local MOST_SHARED = 3 -- envelopes by which it is told who they are
local NO_TIME = "there was no more time"
local NONE, DDAS = {}, "addresses of X400 with domain-defined attributes"
local MAX_MEMBERS = 100 -- that are tried, so that each of several connectors is the first for one

-- ---- Facts -------------------------------------------------------------------

-- Sizes on either side of each limit.
local function add_limit(sizes, limit)
  if limit then
    sizes[limit], sizes[limit + 1] = true, true
  end
end

-- The sizes that are told apart, within those that are said.
local function sizes_of(search)
  local found, list, fixed = { [0] = true }, {}, search.fixed
  for _, policy in ipairs(search.policies) do
    local compiled = policy.compiled
    for _, connector in ipairs(connectors.all(compiled.connectors)) do
      add_limit(found, connector.max_size)
    end
    for _, limit in ipairs(restrictions.sizes(compiled.restrictions)) do add_limit(found, limit) end
  end
  add_limit(found, fixed.size_over)
  add_limit(found, fixed.size_up_to)
  for _, size in ipairs(search.sizes) do add_limit(found, size) end
  for size in pairs(found) do
    if (not fixed.size_over or size > fixed.size_over)
      and (not fixed.size_up_to or size <= fixed.size_up_to) then
      list[#list + 1] = size
    end
  end
  table.sort(list)
  return list
end

-- The folded names of the connectors that carry nothing for now.
local function drained_of(policies)
  local drained = {}
  for _, policy in ipairs(policies) do
    for _, connector in ipairs(connectors.all(policy.compiled.connectors)) do
      if connector.weight == 0 then drained[connector.folded] = true end
    end
  end
  return drained
end

-- The senders that are told apart, within the set that is said.
local function senders_of(search)
  local list = {}
  for _, set in ipairs(search.senders) do list[#list + 1] = set.formula end
  local within = search.fixed.sender
  if within then list[#list + 1] = within.formula end
  local all, kept = senders.collect(search.policies, list, search.work), {}
  for _, text in ipairs(all) do
    local address = core.parse(text)
    if not within or address and sets.contains(within, address) then kept[#kept + 1] = text end
  end
  kept.is_partial = all.is_partial
  return kept
end

-- ---- Runs --------------------------------------------------------------------

local function sets_with(search, address)
  local found = {}
  for name, set in pairs(search.sets) do
    if sets.contains(set, address) then found[name] = true end
  end
  return found
end

local function why_called(declaration)
  return ("%s (%s) decides"):format(describe.title(declaration), describe.where(declaration))
end

-- Why nobody can tell what becomes of the other members of an item.
local function why_undecided(search, item, envelope, called)
  if item.why then return item.why end
  if called then return why_called(called) end
  if search.facts.senders.is_partial and envelope.sender then
    return "the sender, of whom more is asked than patterns"
  end
end

-- The space by which a connector takes an address.
local function space_of(compiled, name, text)
  local connector = connectors.find(compiled.connectors, name)
  for _, space in ipairs(connector and connector.spaces or NONE) do
    if space.text == text then return space end
  end
end

-- Whether another connector takes an address as well as the one that it goes by.
local function is_rival(compiled, delivery, other)
  if other.cost ~= delivery.cost or other.connector == delivery.connector then return false end
  local mine = space_of(compiled, delivery.connector, delivery.space)
  local its = space_of(compiled, other.connector, other.space)
  return mine ~= nil and its ~= nil and mine.class == its.class and mine.literals == its.literals
    and mine.guarded == its.guarded
end

-- Adds the names of those that take an address as well; whether there are any.
local function add_rivals(rivals, compiled, delivery)
  local are_any = false
  for _, other in ipairs(delivery.alternatives or NONE) do
    if is_rival(compiled, delivery, other) then
      rivals[other.connector], are_any = true, true
    end
  end
  return are_any
end

-- Adds an envelope to those under which connectors share an address.
local function add_shared(search, shared, deliveries, envelope)
  local are_any = false
  for i, policy in ipairs(search.policies) do
    for _, delivery in ipairs(deliveries[i] or NONE) do
      are_any = add_rivals(shared.rivals, policy.compiled, delivery) or are_any
    end
  end
  if are_any and #shared < MOST_SHARED then shared[#shared + 1] = envelope end
end

-- Adds a witness alone, for who routes it on his own.
local function add_witness(search, item, text, address)
  table.insert(search.waiting, {
    address = text, set = sets_with(search, address), undecided = item.why,
    members = item.members, item = item,
  })
  return { rivals = {} }
end

-- Adds the runs of one witness to those that wait.
-- @treturn {table,...} some envelopes under which connectors share it
local function add_runs(search, item, text, address)
  if search.are_witnesses then return add_witness(search, item, text, address) end
  local found, shared = sets_with(search, address), { rivals = {} }
  local ended = facts.each(search.policies, text, search.facts,
    function(deliveries, envelope, called)
      add_shared(search, shared, deliveries, envelope)
      table.insert(search.waiting, {
        address = text, set = found, envelope = envelope, deliveries = deliveries, item = item,
        undecided = why_undecided(search, item, envelope, called), members = item.members,
      })
      return clock() > search.until_then
    end)
  if ended then search.unfinished = NO_TIME end
  if ended == nil then
    table.insert(search.waiting, {
      address = text, set = found, envelope = {}, deliveries = {}, members = item.members,
      item = item, undecided = "there are more combinations of facts than can be tried",
    })
  end
  return shared
end

-- The connectors by which an address goes under some envelopes, as one text; they are no longer among
-- the rivals of which no address is known.
local function ways_of(search, text, envelopes)
  local ways = {}
  for _, envelope in ipairs(envelopes) do
    for _, policy in ipairs(search.policies) do
      if policy.compiled.scripted then return "" end
      for _, delivery in ipairs(policy:route(text, envelope)) do
        ways[#ways + 1] = delivery.connector or delivery.code or delivery.verdict
        if delivery.connector then envelopes.rivals[delivery.connector] = nil end
      end
    end
  end
  return table.concat(ways, ";")
end

-- Whether an address of a part can stand for the others: it is none that is named, be it with an
-- extension, and is taken out of no shell.
local function is_wanted(search, part, address)
  local key = core.key(address)
  if not key or search.found.keys[key] then return false end
  if address.type == "SMTP" and core.decapsulate(address) then return false end
  if part.is_extended then return true end
  for _, policy in ipairs(search.policies) do
    if follow(search.found, policy.compiled, address) == "extended" then return false end
  end
  return true
end

-- What an address is in the shell of an item, if it has one.
local function in_shell(item, text, address)
  if not item.shell then return text, address end
  local carrier = item.shell(address)
  return carrier, carrier and core.parse(carrier)
end

-- What an address is on its way into the shells of an item: itself, at a gateway, and at last.
local function layers(item, address, carrier)
  local list = { address }
  local text = item.at_gateway and item.at_gateway(address)
  list[2] = text and core.parse(text)
  list[#list + 1] = carrier ~= address and carrier or nil
  return list
end

-- Why the members of a part may go different ways, or nil.
local function why_unlike(search, item, address, carrier)
  if item.part.is_extended and search.found.propagates then
    return "extensions that go on to targets (propagate)"
  end
  for _, policy in ipairs(search.policies) do
    for _, layer in ipairs(layers(item, address, carrier)) do
      local ended, why = follow(search.found, policy.compiled, layer, item.told)
      if not ended then return why end
    end
  end
end

-- Adds a run of a part without a witness.
local function add_unseen(search, item, why)
  table.insert(search.waiting, {
    set = classes.sets_of_part(search, item.part), envelope = {}, deliveries = {},
    members = function() return {} end, item = item, undecided = why,
  })
end

-- Visits the addresses of an item, part after part, as `members.each` does.
local function each_member(item, visit)
  local is_whole, is_ended = true, false
  local function take(text, address)
    is_ended = visit(text, address)
    return is_ended
  end
  for _, part in ipairs(item.parts or { item.part }) do
    is_whole = members.each(part, take) and is_whole
    if is_ended then return true end
  end
  return is_whole
end

-- Adds the runs of a part: of one member, or of several where connectors share addresses.
local function add_part(search, item)
  local part, shared, seen, tried = item.part, nil, {}, 0
  item.members = function(most) return classes.members(search, item, most) end
  local is_whole = each_member(item, function(text, address)
    if not is_wanted(search, part, address) then return shared ~= nil and tried >= MAX_MEMBERS end
    tried = tried + 1
    local carrier
    text, carrier = in_shell(item, text, address)
    if not text then return tried >= MAX_MEMBERS end
    if not shared then
      item.why = item.why or why_unlike(search, item, address, carrier)
      shared = add_runs(search, item, text, carrier)
      item.shares, seen[ways_of(search, text, shared)] = shared[1] ~= nil, true
      return not item.shares
    end
    local ways = ways_of(search, text, shared)
    if not seen[ways] then
      seen[ways] = true
      add_runs(search, item, text, carrier)
    end
    return tried >= MAX_MEMBERS or not next(shared.rivals)
  end)
  if not shared and (not is_whole or tried >= MAX_MEMBERS) then
    add_unseen(search, item, "no address is found of a class that may have some")
  elseif shared and next(shared.rivals) then
    add_unseen(search, item, ("connectors share a class of which no address is found that goes by"
      .. " %s"):format((next(shared.rivals))))
  end
end

--- The names of the sets that a part is in.
function classes.sets_of_part(search, part)
  local found = {}
  for name, set in pairs(search.sets) do
    if formulas.holds(set.formula, part.accepted) then found[name] = true end
  end
  return found
end

--- Texts of members of an item.
function classes.members(search, item, most)
  local list = {}
  each_member(item, function(text, address)
    local is_member = is_wanted(search, item.part, address)
    list[#list + 1] = is_member and in_shell(item, text, address) or nil
    return #list >= most
  end)
  return list
end

-- ---- Items -------------------------------------------------------------------

local function is_among(search, address)
  return not search.among or sets.contains(search.among, address)
end

-- The addresses that are named, each a class of its own.  Items that are `outside` what is asked for
-- are not run, but may be inside carriers that are.
local function each_key(search)
  for _, address in ipairs(search.found.keys) do
    local is_outside = not is_among(search, address) or nil
    table.insert(search.items, { address = address, is_outside = is_outside })
  end
end

-- What is after the type in addresses of types that no set knows; `x` of those that are not here.
local SAMPLES = { FAX = "+1", TELEX = "1" }

local FORMS = { "%s", "%s\195\188" } -- what is not ASCII cannot be said in every type

-- Types that anybody may write to, though they have no dialect: the first that is not named stands
-- for all of them, and for those that a host defines.
local UNNAMED = { "TELEX", "COMPUSERVE", "IMAGE", "MSFAX", "MSN", "MCI", "ATT", "3COM", "MIGRATE" }

-- The first of some types that is not among those found, or nil.
local function first_without(list, found)
  for _, type_name in ipairs(list) do
    if not found[type_name] then return type_name end
  end
end

-- The name of a type that nobody knows.
local function stranger(found)
  local name = "STRANGER"
  while found[name] or types.is_known(name) do name = name .. "-" end
  return name
end

-- The families without a shape that are told apart: those that terms, spaces or rewrites are about,
-- or that a connector speaks; one of the others that have addresses; and one that nobody knows.
local function shapeless(search)
  local found, list = {}, {}
  local function add(family)
    if not shapes.of(family) and not found[family] then
      found[family], list[#list + 1] = true, family
    end
  end
  add "FAX"
  for _, term in ipairs(search.found.terms) do add(term.family) end
  for family in pairs(search.found.unknown) do add(family) end
  for _, policy in ipairs(search.policies) do
    for _, connector in ipairs(connectors.all(policy.compiled.connectors)) do
      if connector.speaks then add(families.of(connector.speaks)) end
    end
  end
  table.sort(list)
  list[#list + 1] = first_without(UNNAMED, found)
  list[#list + 1] = stranger(found)
  return list, not first_without(UNNAMED, found)
end

-- The terms that all addresses of a family without a shape are in, as those of a part.
local function accepted_of(family)
  local own = formulas.term(family, {})
  return { own, [own.id] = own }
end

-- Whether a family's addresses are asked for.
local function is_family_among(search, family)
  return not search.among or formulas.holds(search.among.formula, accepted_of(family))
end

-- Adds a run of a family of which no address is known.
local function add_unsampled(search, family, why)
  table.insert(search.items,
    { part = { family = family, accepted = accepted_of(family), choice = {} }, unseen = why })
end

-- Adds the samples of a family; a type of which there are none may go anywhere.
local function add_samples(search, family)
  local why, is_found = search.found.unknown[family], false
  for _, form in ipairs(FORMS) do
    local text = family .. ":" .. form:format(SAMPLES[family] or "x")
    local address = addresses.read_any(text)
    is_found = is_found or address ~= nil
    if address then
      local is_outside = not is_among(search, address) or nil
      table.insert(search.items, { address = address, why = why, is_outside = is_outside })
    end
  end
  if not is_found and is_family_among(search, family) then
    add_unsampled(search, family, ("what addresses of %s look like"):format(family))
  end
end

local function each_sample(search)
  local families_found, are_all_named = shapeless(search)
  for _, family in ipairs(families_found) do add_samples(search, family) end
  if are_all_named then add_unsampled(search, "STRANGER", "types that nobody named") end
end

-- Puts an address of another type into a shell, as text.
local function shell_at(domain)
  return function(address)
    local carrier = core.encapsulate(address, "SMTP", { domain = domain })
    return carrier and core.format(carrier)
  end
end

-- One way to write an address after another one, be there none.
local function after(shell, outer)
  if not shell then return outer end
  return function(address)
    local text = shell(address)
    local inner = text and core.parse(text)
    return inner and outer(inner)
  end
end

-- Whether what a domain's addresses carry is looked into: of which families.
local function opened_at(search, key)
  local opened, address = {}, core.parse(key)
  for _, policy in ipairs(search.policies) do
    local compiled = policy.compiled
    local domain = domains.find(compiled.domains, key)
    for _, family in ipairs(shapes.families) do
      local unwraps = domain and domains.is_home(domain) and domains.unwraps(domain, family)
      local shell = family ~= "SMTP" and shells.at(compiled.shells, address)
      opened[family] = opened[family] or unwraps or shell ~= nil and shell ~= false
    end
    for type_name in pairs(domain and domains.is_home(domain) and domain.unwrap or NONE) do
      local is_told = shapes.of(families.of(type_name)) or type_name == "SRS" or type_name == "BATV"
      if not is_told then opened.other = true end
    end
    if shells.at(compiled.shells, address) then opened.other = true end
  end
  return opened
end

-- Types of which it is known what hosts read in their addresses (`relaying`), if there is no mark.
local READ = { EX = true, SMTP = true, CCMAIL = true, MS = true, PCM = true, X400 = true }

-- Why it is not known whether what is carried may leave, or nil.
local function why_leaves(search, item)
  local part = item.part
  if not part then return nil end
  local is_read = READ[part.family]
  for _, term in ipairs(part.accepted) do is_read = is_read and not search.found.marks[term.id] end
  return not is_read and ("what hosts read in addresses of %s"):format(part.family) or nil
end

-- The formulas of sets that are asked for.
local function formulas_of(named, among)
  local list = {}
  for _, set in pairs(named) do list[#list + 1] = set.formula end
  if among then list[#list + 1] = among.formula end
  return list
end

-- Whether some set that is asked for has the carriers of one of several parts, and not those of
-- another.
local function are_told_apart(search, parts)
  if parts.has_others then return true end
  local first = parts[1]
  for _, formula in ipairs(formulas_of(search.sets, search.among)) do
    local has = formulas.holds(formula, first.accepted)
    for _, part in ipairs(parts) do
      if formulas.holds(formula, part.accepted) ~= has then return true end
    end
  end
  return false
end

-- The family of an item's addresses as they are run.
local function family_of(item)
  return item.outer or item.part and item.part.family or families.of(item.address.type)
end

-- Adds what is carried at the domain of some parts: each item of the families that are opened
-- there.
local function add_carried(search, group, items)
  local first
  members.each(group[1], function(_, address)
    first = address
    return true
  end)
  local opened = first and opened_at(search, core.key(first)) or NONE
  local why = are_told_apart(search, group) and "sets that look into what is carried" or nil
  for _, family in ipairs { "SMTP", "X400", "other" } do -- what these carry is not told apart
    if opened[family] then
      table.insert(search.items, {
        part = group[1], is_outside = group.is_outside,
        unseen = "what is carried in what is carried at " .. first.domain,
      })
    end
  end
  if opened.CCMAIL and search.places[1] then
    search.opens_ccmail = true
    table.insert(search.items, {
      part = group[1], is_outside = group.is_outside,
      unseen = "what gateways read in what is carried at " .. first.domain,
    })
  end
  for _, item in ipairs(items) do
    if opened[family_of(item)] and not item.has_attributes then
      table.insert(search.items, {
        part = item.part, parts = item.parts, address = item.address, outer = "SMTP",
        is_outside = group.is_outside,
        why = why or item.why or why_leaves(search, item),
        shell = after(item.shell, shell_at(first.domain)),
        at_gateway = item.at_gateway, told = item.told,
      })
    end
  end
end

local function is_carrier(search, part)
  for _, term in ipairs(part.accepted) do
    if search.found.carriers[term.id] then return true end
  end
  return false
end

-- What is carried, of some items: by the parts of SMTP whose local parts begin as carriers do, by
-- their domains; `has_others`: there are such at the same domain on the other side of what is asked
-- for.  What is outside may itself be read by a gateway, or carried in an attribute.
local function each_carried(search, items)
  local groups, list = {}, {}
  local function group_of(class, is_outside)
    local id = (is_outside and "outside " or "") .. tostring(class)
    if not groups[id] then
      groups[id] = { is_outside = is_outside }
      list[#list + 1] = groups[id]
    end
    return groups[id]
  end
  for _, item in ipairs(lists.copy(search.items)) do
    local part = not item.has_attributes and not item.outer and item.part
    if part and is_carrier(search, part) then
      table.insert(group_of(part.choice.domain, item.is_outside), part)
      group_of(part.choice.domain, not item.is_outside or nil).has_others = true
    end
  end
  for _, group in ipairs(list) do
    if group[1] then add_carried(search, group, items) end
  end
end

-- ---- Gateways ------------------------------------------------------------------

-- Takes the parts at a place out of the items.
local function take_parts(search, place)
  local taken, items = {}, {}
  for _, item in ipairs(search.items) do
    local is_there = item.part and item.part.accepted[place.term.id]
    table.insert(is_there and taken or items, item)
  end
  search.items = items
  return taken
end

-- What is at a place whose gateway is looked into: what it cannot read, and an item for each of those
-- that it makes.
local function add_at_place(search, place, taken, items)
  local is_outside, told = taken[1].is_outside, place.declarations
  local shell, added = gateways.shell(place, search.found), {}
  for _, address in ipairs(gateways.unread(place, search.found)) do
    added[#added + 1] = {
      address = address, is_outside = is_outside, identity = classes.identity(search, address),
    }
  end
  for _, item in ipairs(items) do
    if family_of(item) == "SMTP" and item.unseen and place.is_ours then
      added[#added + 1] = {
        part = taken[1].part, is_outside = is_outside, outer = "CCMAIL", unseen = item.unseen,
      }
    elseif family_of(item) == "SMTP" and not item.unseen then
      local inner = not item.shell and (item.address and core.key(item.address) or item.identity)
      added[#added + 1] = {
        part = item.part, parts = item.parts, address = item.address, why = item.why,
        is_outside = is_outside, outer = "CCMAIL", told = told,
        shell = after(item.shell, shell), at_gateway = not item.shell and shell or nil,
        identity = inner and classes.at_place(place, inner) or nil,
      }
    end
  end
  if place.is_ours and search.opens_ccmail then
    added[#added + 1] = {
      part = taken[1].part, is_outside = is_outside, outer = "CCMAIL",
      unseen = ("what is carried in what %s makes of addresses"):format(place.name),
    }
  end
  return added
end

-- Replaces the parts at gateways that can be looked into, and adds what is carried: once with each
-- of them inside, and once inside each of them.
local function each_gateway(search)
  local taken = {}
  for i, place in ipairs(search.places) do taken[i] = take_parts(search, place) end
  each_carried(search, lists.copy(search.items))
  local items, added = lists.copy(search.items), {}
  for i, place in ipairs(search.places) do
    local own = taken[i][1] and add_at_place(search, place, taken[i], items) or NONE
    for _, item in ipairs(own) do added[#added + 1] = item end
  end
  for _, item in ipairs(added) do table.insert(search.items, item) end
  local plain = {}
  for _, item in ipairs(added) do
    plain[#plain + 1] = (item.at_gateway or not item.shell and not item.unseen) and item or nil
  end
  if plain[1] then each_carried(search, plain) end
end

-- The tests of several terms by each of these, and those that are true where no term is.
local function index_tests(tests)
  local index = { by_term = {}, always = {} }
  for _, test in ipairs(tests) do
    if test.op ~= "term" then
      for _, term in ipairs(formulas.terms(test, {})) do
        index.by_term[term.id] = index.by_term[term.id] or {}
        table.insert(index.by_term[term.id], test)
      end
      if formulas.holds(test, NONE) then table.insert(index.always, test) end
    end
  end
  return index
end

-- The ids of those of some tests that are true of a part, each once.
local function add_true(ids, tests, part)
  for _, test in ipairs(tests) do
    local id = formulas.id(test)
    if ids[id] == nil then
      ids[id] = formulas.holds(test, part.accepted)
      if ids[id] then ids[#ids + 1] = id end
    end
  end
end

-- What is true of a part: the same text for those of which the same tests are.
local function identity(search, part)
  local ids, found = {}, search.found
  for _, term in ipairs(part.accepted) do
    if found.tests[term.id] and not ids[term.id] then
      ids[term.id], ids[#ids + 1] = true, term.id
    end
    add_true(ids, search.index.by_term[term.id] or NONE, part)
  end
  add_true(ids, search.index.always, part)
  for _, id in ipairs(ids) do part.is_extended = part.is_extended or found.extended[id] end
  table.sort(ids)
  return table.concat(ids, "\6")
end

--- The same of what is at a gateway that is looked into.
-- @tparam table place
-- @tparam string inner what tells the class of what is inside, or the code that says why nothing is
-- @treturn string
function classes.at_place(place, inner) return ("at %s: %s"):format(place.name, inner) end

--- What tells the class of an address from others that are not named.
-- @tparam table search
-- @tparam table address
-- @treturn string
function classes.identity(search, address)
  local place, inner, code = gateways.read(search.places, address)
  if place then
    local key = inner and core.key(inner)
    local is_named = key and search.found.keys[key]
    return classes.at_place(place, is_named and key or inner and classes.identity(search, inner)
      or code)
  end
  local word, accepted = shapes.word(address), {}
  for _, term in ipairs(search.found.terms) do
    if formulas.has(term, word) then accepted[#accepted + 1], accepted[term.id] = term, term end
  end
  return word.family .. ":" .. identity(search, { accepted = accepted })
end

local function each_part(search)
  search.index = index_tests(search.found.tests)
  for _, family in ipairs(shapes.families) do
    local seen = {}
    local ended = partition.each(family, search.found.terms, search.work, function(part)
      local id, among = identity(search, part), search.among
      local is_outside = among and not formulas.holds(among.formula, part.accepted) or nil
      if is_outside then id = "outside " .. id end
      if seen[id] then -- the same is true of both; of the other, all may be named
        table.insert(seen[id], part)
        return false
      end
      seen[id] = { part }
      local has_attributes = formulas.holds(atoms.has_attributes, part.accepted)
      table.insert(search.items, {
        part = part, parts = seen[id], identity = family .. ":" .. id,
        has_attributes = has_attributes or nil, is_outside = is_outside,
        unseen = has_attributes and search.found.looks_into_attributes and DDAS or nil,
      })
    end)
    if ended == nil then search.unfinished = "there are more classes than can be told apart" end
  end
end

-- ---- Other types of a family ---------------------------------------------------

local OTHER_TYPE = { EX = "X500", X500 = "EX", GWISE = "GROUPWISE", MSMAIL = "MSA" }

-- An address as one of another type of its family, as text.
local function as_type(type_name)
  return function(address)
    local other = addresses.bare(address)
    other.type = type_name
    return (core.format(other))
  end
end

-- The same addresses under the other type of their family: what a next hop can say may differ.
local function each_type(search)
  local items = lists.copy(search.items)
  for _, item in ipairs(items) do
    local other = OTHER_TYPE[item.part and item.part.family or item.address.type]
    if other then
      table.insert(search.items, {
        part = item.part, parts = item.parts, address = item.address, why = item.why,
        identity = item.identity, is_outside = item.is_outside,
        shell = as_type(other),
      })
    end
  end
end

-- ---- Domain-defined attributes -------------------------------------------------

-- A part without what it says of such attributes.
local function without_attributes(part)
  local choice = {}
  for field, class in pairs(part.choice) do
    if not field:find "^dda" then choice[field] = class end
  end
  return { family = part.family, accepted = part.accepted, choice = choice }
end

-- The attributes of an address of X.400 besides: those of a part's first address.
local function attributes_of(part)
  local attributes
  members.each(without_attributes(part), function(_, address)
    attributes = address
    return true
  end)
  return attributes
end

-- An address of X.400 with an attribute in which nobody looks for another.
local function with_attribute(attributes)
  local address = addresses.bare(attributes)
  address.dda1_type, address.dda1_value = "x", "1"
  return address
end

-- Adds an item for an address of a part, or for those that it carries.
local function add_attributed(search, item, address, inner)
  local text = address and core.format(address)
  local read = text and core.parse(text)
  local why = not (read and classes.identity(search, read) == item.identity) and DDAS or nil
  local added = { address = read, why = why, identity = item.identity }
  if inner then
    added = {
      part = inner.part, parts = inner.parts, address = inner.address,
      why = why or inner.why,
      identity = item.identity, shell = after(inner.shell, item.shell),
    }
  end
  if read then table.insert(search.items, added) end
end

-- Puts an address into such an attribute, as text.
local function attribute_of(attributes)
  return function(address)
    local carrier = core.encapsulate(address, "X400", attributes)
    return carrier and core.format(carrier)
  end
end

local CARRIED = { SMTP = true, MS = true, PCM = true, EX = true } -- what X.400 may carry so

-- An address of an item, which is there to see whether it can be carried.
local function sample_of(item)
  local sample = item.address
  if not sample then
    members.each(item.part, function(_, address)
      sample = address
      return true
    end)
  end
  if not item.shell or not sample then return sample end
  local text = item.shell(sample)
  return text and core.parse(text)
end

-- Adds what addresses of X.400 with such attributes are: with one that carries nothing, and with one
-- that carries an address of each class.
local function add_with_attributes(search, item, items)
  local attributes = attributes_of(item.part)
  if not attributes then
    item.unseen = DDAS
    return
  end
  add_attributed(search, item, with_attribute(attributes))
  item.shell = attribute_of(attributes)
  for _, inner in ipairs(items) do
    local sample = not inner.unseen and not inner.has_attributes and sample_of(inner)
    local is_carried = sample and CARRIED[families.of(sample.type)]
    local carrier = is_carried and core.encapsulate(sample, "X400", attributes)
    if carrier then add_attributed(search, item, carrier, inner) end
  end
end

-- The same of all parts of X.400 with such attributes, unless a pattern looks into these.
local function each_attributed(search)
  local items = lists.copy(search.items)
  for _, item in ipairs(items) do
    if item.has_attributes and not item.is_outside then
      add_with_attributes(search, item, items)
    end
  end
end

-- An address as text: what is without a domain, <> and <Postmaster>, has a path alone.
local function text_of(address)
  return core.format(address) or core.format(address, "path")
end

-- Puts the runs of the next item among those that wait; false after the last.
local function go_on(search)
  local item = search.items[search.at]
  if not item then return false end
  search.items[search.at], search.at = false, search.at + 1
  if item.is_outside then
    return true
  elseif item.unseen then
    add_unseen(search, item, item.unseen)
  elseif item.has_attributes then
    return true -- there are items for what it may carry
  elseif item.part then
    add_part(search, item)
  else
    local text, address = in_shell(item, text_of(item.address), item.address)
    item.members = function() return { text } end
    if text then add_runs(search, item, text, address) end
  end
  return true
end

local function prepare(options)
  local search = {
    policies = options.policies, sets = options.sets or NONE, senders = options.senders or NONE,
    are_witnesses = options.witnesses, among = options.among, fixed = options.fixed or NONE,
    sizes = options.sizes or NONE,
    work = sets.work(MAX_WORK, options.seconds or SECONDS),
    waiting = {}, place = 1, items = {}, at = 1, unfinished = nil,
    until_then = clock() + (options.seconds or SECONDS),
  }
  search.found = atoms.collect(search.policies, formulas_of(search.sets, search.among), search.work)
  search.facts = {
    senders = senders_of(search), sizes = sizes_of(search), drained = drained_of(search.policies),
    fixed = search.fixed, asked = options.asked or NONE, most = MAX_ROUNDS,
  }
  if search.work.left < 0 then
    search.unfinished = NO_TIME
    return search
  end
  each_key(search)
  each_sample(search)
  each_part(search)
  each_type(search)
  search.places = gateways.collect(search.policies, search.found)
  each_gateway(search)
  if not search.found.looks_into_attributes then each_attributed(search) end
  return search
end

--- Why not all addresses were looked at, or nil; after the last run.
-- @tparam table search
-- @treturn string|nil
function classes.unfinished(search) return search.unfinished end

-- The next run, or nil.
local function next_run(search)
  while not search.waiting[search.place] do
    search.waiting, search.place = {}, 1
    if clock() > search.until_then then
      search.unfinished = search.unfinished or NO_TIME
      return nil
    end
    if not go_on(search) then return nil end
  end
  search.place = search.place + 1
  return search.waiting[search.place - 1]
end

--- The family of a type's addresses.
classes.family = families.of

--- Runs policies with one address of each class.
-- @tparam table options `policies`; `sets`, those by name that are asked for; `among`, the set
--   outside which no address is asked for; `senders`, sets of these likewise; `sizes`, limits
--   likewise; `fixed`, facts that are said, as for `facts.each`, with `sender` (a set),
--   `size_over` and `size_up_to`; `witnesses`, whether it is left to others to route them;
--   `asked`, names of facts that each run is to tell; `seconds`
-- @treturn function the next run, or nil after the last
-- @treturn table for `classes.unfinished`
function classes.each(options) return next_run, prepare(options) end

return classes
