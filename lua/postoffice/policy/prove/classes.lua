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
-- What stands in the way of that (a function of the script, a gateway into whose mailboxes somebody
-- looks, a type whose text only code knows) makes a run `undecided`, by name and line: then its deliveries
-- are its witness's, and others may go other ways.  In no class is what every policy rejects before
-- its rules: what is too long to be read, and what has no key, since IDNA refuses its domain.  Other
-- lengths are not looked at, nor what is too long to be carried.
--
-- A run has `address` (the witness, a text; nil if none was found), `set` (the names of the sets
-- that it is in, as keys), `envelope` (the facts that were asked for, as `route` takes them: any
-- other may be whatever it likes), `deliveries` (of each policy; nil for one whose function would
-- have to be called, which `is_scripted`), `undecided` (nil, or a text), and `members(n)`: texts of up
-- to n members of its class.
-- @module postoffice.policy.prove.classes

local add_siblings = require "postoffice.policy.prove.classes.siblings"
local atoms = require "postoffice.policy.prove.classes.atoms"
local attributes = require "postoffice.policy.prove.classes.attributes"
local before = require "postoffice.policy.prove.sets.before"
local bounds = require "postoffice.policy.prove.classes.bounds"
local captured = require "postoffice.policy.prove.sets.captured"
local carried = require "postoffice.policy.prove.classes.carried"
local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local gateways = require "postoffice.policy.prove.classes.gateways"
local identities = require "postoffice.policy.prove.classes.identities"
local insiders = require "postoffice.policy.prove.classes.insiders"
local patterns = require "postoffice.policy.prove.sets.patterns"
local questions = require "postoffice.policy.prove.classes.messages.questions"
local relays = require "postoffice.policy.prove.classes.relays"
local rewrites = require "postoffice.policy.compile.rewrites"
local runs = require "postoffice.policy.prove.classes.runs"
local samples = require "postoffice.policy.prove.classes.samples"
local sets = require "postoffice.policy.prove.sets"

local classes = {}

local clock = os.clock

local SECONDS = 10 -- unless more are given
local MAX_WORK = 1e6 -- states of machines, parts, and pre-images
local NONE = {}

local function NO_MEMBERS() return NONE end

-- An address as text: what is without a domain, <> and <Postmaster>, has a path alone.
local function text_of(address)
  return core.format(address) or core.format(address, "path")
end

-- Puts the runs of an item that is looked at among those that wait: of each of its addresses that matter,
-- if some of them may leave which others may not.
local function add_runs(search, item)
  for _, way in ipairs(search.may_relay and { item } or relays.split(search, item)) do
    if way.part then
      runs.add_part(search, way)
    else
      runs.add_address(search, way, text_of(way.address))
    end
  end
end

-- Puts the runs of an address among those that wait which is looked at besides; false after the last.
local function add_besides(search)
  local text = search.besides and search.besides(search)
  if not text then return false end
  local address = core.parse(text)
  if address then runs.add(search, { address = address, members = NO_MEMBERS }, text, address) end
  return true
end

-- Puts the runs of the next item among those that wait; false after the last.
local function go_on(search)
  local item = search.items[search.at]
  if not item then return add_besides(search) end
  search.items[search.at], search.at = false, search.at + 1
  if item.is_outside then return true end
  if item.unseen then
    runs.add_unseen(search, item, item.unseen)
  elseif item.carries_deep then
    attributes.add_deep(search, item.carries_deep)
  elseif not item.has_attributes then -- or there are items for what it may carry
    add_runs(search, item)
  end
  return true
end

-- Notes the families whose addresses nobody can tell apart who asks.
local function add_untold(search)
  local unknown = search.found.unknown
  for family in pairs(search.untold) do
    unknown[family] = unknown[family] or ("no set tells addresses of %s apart"):format(family)
  end
end

-- Parts all addresses as far as the work of a search goes.
local function part(search, work, is_coarse)
  search.work, search.items, search.unfinished = work, {}, nil
  search.found = atoms.collect(search.policies,
    identities.formulas_of(search.sets, search.asked_for), work, samples.asks_for(search, "X400"),
    is_coarse, search.slice, search.asked_terms)
  search.facts = bounds(search)
  search.asked = questions.of_witnesses(search.policies, search.facts.senders,
    search.facts.sizes, search.fixed)
  if work.left < 0 then
    search.unfinished = runs.NO_TIME
    return
  end
  add_untold(search)
  samples.add_named(search)
  samples.add_shapeless(search)
  identities.add_parts(search)
end

-- Whether somebody may come to a rewrite who is asked for.
local function is_reached(search, rewrite)
  local matched = search.slice and patterns.of_matcher(rewrite.matcher)
  return not matched or search.slice.region:meets(matched)
end

-- The part of all time in which it is tried to look finely at what rewrites make, if there is a coarser way.  That
-- leaves little in doubt of captures that are parts of parts, and much of what is enclosed in names.
local PARTS_SHARE, ENCLOSED_SHARE = 1 / 4, 1 / 2

local function fine_share(search)
  local share
  for _, policy in ipairs(search.policies) do
    for _, rewrite in ipairs(rewrites.all(policy.compiled.rewrites)) do
      local is_asked = rewrite.template and rewrite.matcher and is_reached(search, rewrite)
      if is_asked and captured.has_parts(rewrite.matcher) then return PARTS_SHARE end
      if is_asked and before.may_be_enclosed(rewrite.template) then share = ENCLOSED_SHARE end
    end
  end
  return share
end

local FEW_WORK = 5e4 -- of that of all, while there is a coarser way

-- The same; where there is a coarser way, by that if it is too much work.
local function part_finely(search, seconds)
  local share = fine_share(search)
  if share then
    part(search, sets.work(FEW_WORK, seconds * share), false)
    if not search.unfinished then return end
  end
  part(search, sets.work(MAX_WORK, search.until_then - clock()), share ~= nil)
end

-- What is asked for, as far as it is in a slice.
local function among_of(options)
  if not options.slice or not options.among then return options.slice or options.among end
  return sets.intersection { options.slice, options.among }
end

local function prepare(options)
  local seconds = options.seconds or SECONDS
  local search = {
    policies = options.policies, sets = options.sets or NONE, senders = options.senders or NONE,
    are_witnesses = options.witnesses, among = among_of(options), asked_for = options.among,
    asked_terms = options.asked_terms, slice = options.slice, fixed = options.fixed or NONE,
    sizes = options.sizes or NONE, untold = options.untold or NONE,
    may_relay = options.may_relay or (options.fixed or NONE).may_relay, tell = options.tell,
    besides = options.besides, waiting = {}, place = 1, at = 1, until_then = clock() + seconds,
  }
  part_finely(search, seconds)
  if search.unfinished == runs.NO_TIME then return search end
  add_siblings(search)
  search.places = gateways.collect(search.policies, search.found)
  carried.add(search)
  if not search.found.looks_into_attributes then attributes.add(search) end
  carried.add_attributed(search)
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
      search.unfinished = search.unfinished or runs.NO_TIME
      return nil
    end
    if not go_on(search) then return nil end
  end
  search.place = search.place + 1
  return search.waiting[search.place - 1]
end

--- The family of a type's addresses.
classes.family = families.of

--- What tells the class of an address from others that are not named.
classes.identity = identities.of

--- What of a run's item may be among those that are asked for, where sets may have some of it.
classes.asked_of = insiders.find

--- Runs policies with one address of each class.
-- @tparam table options `policies`; `sets`, those by name that are asked for; `among`, the set
--   outside which no address is asked for; `slice`, where alone policies may differ (see
--   `postoffice.policy.prove.classes.slices`), if nothing is asked elsewhere; `untold`, as keys the
--   families of which more is asked than sets tell; `may_relay`, whether all messages may; `senders`,
--   sets of these likewise; `sizes`, limits likewise; `fixed`, facts that are said, as for
--   `questions.new`, with `sender` (a set); `tell`, what is looked at of senders, if not all (see
--   `fates.merge`); `witnesses`, whether it is left to others to route them; `asked_terms`, then, as keys
--   the ids of terms of sets by which nothing is told apart but who is asked for; `besides`, what names
--   other addresses to look at after all classes, a function of the search that returns a text, or nil
--   after the last; `seconds`
-- @treturn function the next run, or nil after the last
-- @treturn table for `classes.unfinished`
function classes.each(options) return next_run, prepare(options) end

return classes
