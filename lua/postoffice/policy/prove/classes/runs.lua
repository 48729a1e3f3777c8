--- The runs of an item: what policies make of its witness, under each combination of facts that
-- matters, and of other members where connectors share addresses.
-- @module postoffice.policy.prove.classes.runs

local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local follow = require "postoffice.policy.prove.classes.follow"
local formulas = require "postoffice.policy.prove.sets.formulas"
local lists = require "postoffice.lists"
local members = require "postoffice.policy.prove.sets.members"
local messages = require "postoffice.policy.prove.classes.messages"
local openers = require "postoffice.policy.prove.classes.openers"
local place_of = require "postoffice.policy.route.stage2_signed".place
local respellings = require "postoffice.policy.prove.classes.respellings"
local routings = require "postoffice.policy.prove.classes.routings"
local sets = require "postoffice.policy.prove.sets"
local unopened = require "postoffice.policy.prove.classes.unopened"

local runs = {}

local clock = os.clock

--- Why a search ends before all is looked at.
runs.NO_TIME = "there was no more time"

local NONE_FOUND = "no address is found of a class that may have some"
local MOST_SHARED = 3 -- envelopes by which it is told who they are
local MAX_ROUNDS = 2000 -- messages to one address
local NONE = {}
local MAX_MEMBERS = 100 -- that are tried, so that each of several connectors is the first for one

local function sets_with(search, address)
  local found = {}
  for name, set in pairs(search.sets) do
    if sets.contains(set, address) then found[name] = true end
  end
  return found
end

local compositions = setmetatable({}, { __mode = "k" }) -- by a shell, what it is after another one

-- The shells around one that is inside another, the innermost first, or all if there is none inside; nil where
-- it is not.
local function shells_around(shell, inside)
  local list = {}
  while shell ~= inside do
    local made = compositions[shell]
    if not made and inside then return nil end
    table.insert(list, 1, made and made.outer or shell)
    shell = made and made.shell
  end
  return list
end

-- Whether what becomes of a run's address becomes of all that hold the same, where only some policies open one of
-- its shells.
local function is_alike(search, item, run, envelope, unlike)
  local around = not run.undecided and shells_around(item.shell, unlike.shell)
  return around and unopened.is_alike(unlike.others, search.policies, {
    text = run.address, around = around, envelope = envelope, deliveries = run.deliveries,
  })
end

-- Why it is not known what becomes of others that hold the same as a run's address, where only some policies open
-- that; or nil.
local function why_unopened(search, item, run, envelope)
  for _, unlike in ipairs(item.unlike or NONE) do
    if not is_alike(search, item, run, envelope, unlike) then return unlike.why end
  end
end

-- Why nobody can tell what becomes of the other members of an item.
local function why_undecided(search, item, run, envelope)
  if item.why then return item.why end
  if item.is_mixed then return "sets that look into what is carried" end
  if run.undecided then return run.undecided .. " decides" end
  if search.facts.senders.is_partial then
    return "the sender, of whom more is asked than patterns"
  end
  return why_unopened(search, item, run, envelope)
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

-- The envelope of a run, with the sender as a text, if he is known.
local function envelope_of(search, run)
  local envelope = run.message:envelope()
  local sender = run.message.chosen or envelope.sender
  envelope.sender = sender and (search.facts.senders.texts[sender] or "<>")
  return envelope
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

-- The run of a witness, whose sets are found when somebody asks for them.
local Witness = {}

function Witness:__index(name)
  if name ~= "set" then return nil end
  self.set = sets_with(self.search, self.witness)
  return self.set
end

-- Adds a witness alone, for who routes it on his own.
local function add_witness(search, item, text, address)
  table.insert(search.waiting, setmetatable({
    address = text, witness = address, search = search,
    undecided = runs.why(item),
    members = item.members, item = item,
  }, Witness))
  return { rivals = {} }
end

-- Adds a run of one message to those that wait.
local function add_run(search, item, found, shared, run)
  local envelope = envelope_of(search, run)
  local undecided = why_undecided(search, item, run, envelope)
  local deliveries = run.undecided and {} or run.deliveries
  add_shared(search, shared, deliveries, envelope)
  table.insert(search.waiting, {
    address = run.address, set = found, envelope = envelope, deliveries = deliveries, item = item,
    undecided = undecided, members = item.members, is_scripted = run.undecided and true or nil,
  })
end

-- Adds a run that says why not all of a witness's messages were looked at.
local function add_doubt(search, item, text, found, why)
  table.insert(search.waiting, {
    address = text, set = found, envelope = {}, deliveries = {}, members = item.members,
    item = item, undecided = why,
  })
end

--- Adds the runs of one witness to those that wait.
-- @tparam table search
-- @tparam table item
-- @tparam string text of the witness
-- @tparam table address
-- @treturn {table,...} some envelopes under which connectors share it
function runs.add(search, item, text, address)
  if search.are_witnesses then return add_witness(search, item, text, address) end
  local found, shared, count = sets_with(search, address), { rivals = {} }, 0
  for run in messages.each(search.asked, text) do
    if not run.undecided then run.message:settle() end -- who compares deliveries looks at him
    add_run(search, item, found, shared, run)
    count = count + 1
    if clock() > search.until_then then
      search.unfinished = runs.NO_TIME
      return shared
    elseif count > MAX_ROUNDS then
      add_doubt(search, item, text, found, "there are more combinations of facts than can be tried")
      return shared
    end
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
      for _, delivery in ipairs(routings.route(policy, text, envelope)) do
        ways[#ways + 1] = delivery.connector or delivery.code or delivery.verdict
        if delivery.connector then envelopes.rivals[delivery.connector] = nil end
      end
    end
  end
  return table.concat(ways, ";")
end

-- Whether a policy looks into an address because it begins as what is signed there does: what does not
-- hold is refused, and what holds goes as what is inside.
local function is_opened(compiled, address)
  return compiled.signers ~= nil and place_of(compiled, address) ~= nil
end

-- Whether an address carries another that matters: somebody takes it out, or it only matters to whom
-- that is.
local function is_carrier(search, item, address)
  local inner = address.type == "SMTP" and core.decapsulate(address)
  if not inner then return false end
  return not item.wants or openers.how(search.policies, address, families.of(inner.type)) ~= nil
end

-- Whether an address of an item can stand for the others: it is none that is named, be it with an
-- extension, and is taken out of no shell; and it would leave if that is asked for.
local function is_wanted(search, item, address)
  local key = core.key(address)
  if not key or search.found.keys[key] then return false end
  if is_carrier(search, item, address) then return false end
  if item.wants and not item.wants(address) then return false end
  if item.part.is_extended then return true end
  for _, policy in ipairs(search.policies) do
    local is_followed = not is_opened(policy.compiled, address)
    if is_followed and follow(search.found, policy.compiled, address) == "extended" then
      return false
    end
  end
  return true
end

--- Whether what is inside another address matters only if it is itself asked for: where nothing is asked
-- for but what is in a slice, which has what is inside its members.
-- @tparam table search
-- @treturn boolean
function runs.skips_outside(search)
  return search.slice ~= nil and not search.slice.is_wide and not search.asked_for
end

--- Whether what holds an item matters: not where that is outside of all that is asked for.
-- @tparam table search
-- @tparam table item
-- @treturn boolean
function runs.matters_inside(search, item)
  return not (item.is_outside and runs.skips_outside(search))
end

--- The family of an item's addresses as they are run.
-- @tparam table item
-- @treturn string
function runs.family_of(item)
  return item.outer or item.part and item.part.family or families.of(item.address.type)
end

--- What an address is in the shell of an item, if it has one.
-- @tparam table item
-- @tparam string text
-- @tparam table address
-- @treturn string|nil its text there; nil where it cannot be carried
-- @treturn table|string|nil the address there, or why others may be there that are equal
function runs.in_shell(item, text, address)
  if not item.shell then return text, address end
  local carrier, why = item.shell(address)
  return carrier, carrier and core.parse(carrier) or why
end

-- Whether an address in the shell of an item is named: then it is a class of its own.
local function is_named_in_shell(search, item, carrier)
  local key = item.shell and core.key(carrier)
  return key ~= nil and key ~= false and search.found.keys[key] ~= nil
end

--- One way to write an address after another one, be there none.
-- @tparam function|nil shell
-- @tparam function outer
-- @treturn function
function runs.after(shell, outer)
  if not shell then return outer end
  local function made(address)
    local text = shell(address)
    local inner = text and core.parse(text)
    if inner then return outer(inner) end
  end
  compositions[made] = { shell = shell, outer = outer }
  return made
end

--- Why it is not known what becomes of an item, for one that is made of it.
-- @tparam table item
-- @treturn string|nil
function runs.why(item) return item.why or item.unlike and item.unlike[1].why end

--- The first address of an item, in its shell.
-- @tparam table item
-- @treturn table|nil
function runs.sample(item)
  local sample = item.address or members.first(item.part)
  if not item.shell or not sample then return sample end
  local text = item.shell(sample)
  return text and core.parse(text)
end

-- What an address is on its way out of the shells of an item: at first, unless it is opened before
-- anybody looks at it; at a connector's own domain; at gateways; in an attribute; and itself.
local function layers(item, compiled, address, carrier)
  local inner = carrier ~= address and carrier.type == "SMTP" and core.decapsulate(carrier)
  local is_unwrapped = inner and openers.unwraps(compiled, carrier, families.of(inner.type))
  local shells = { item.at_shell }
  lists.add_all(shells, item.at_gateways or NONE)
  shells[#shells + 1] = item.in_attribute
  local list = { carrier ~= address and not is_unwrapped and carrier or nil }
  for _, shell in ipairs(shells) do
    local text = shell(address)
    list[#list + 1] = text and core.parse(text) or nil
  end
  list[#list + 1] = address
  return list
end

-- Why the members of a part may go different ways, or nil; and the steps that make domains which may be
-- written in several ways.
local function why_unlike(search, item, address, carrier)
  local steps = {}
  for _, policy in ipairs(search.policies) do
    local course
    for _, layer in ipairs(layers(item, policy.compiled, address, carrier)) do
      local ended, why = "end", nil
      if item.is_closed and layer == address or not is_opened(policy.compiled, layer) then
        ended, why, course = follow(search.found, policy.compiled, layer, item.told, course)
      end
      if not ended then return why, steps end
    end
    lists.add_all(steps, course and course.respelled or NONE)
  end
  return nil, steps
end

-- Why the members of an item may go different ways, or nil; and whether all that tells them apart is what is so of
-- the domains that are made of them.
local function why_undecided_among(search, item, address, carrier)
  local why, steps = why_unlike(search, item, address, carrier)
  local turns, why_unknown = respellings.turns(steps)
  if why or not turns then return why or why_unknown, false end
  return not item.outcome and turns[1] and turns[1].why or nil, turns[1] ~= nil
end

-- The turns of a member, as `respellings.turns` has them.
local function turns_of(search, item, address)
  local _, carrier = runs.in_shell(item, "", address)
  if type(carrier) ~= "table" then return nil end
  local why, steps = why_unlike(search, item, address, carrier)
  if why then return nil, why end
  return respellings.turns(steps)
end

-- Whether a member takes the turns that are asked for.
local function is_of_outcome(search, item, address)
  local turns = turns_of(search, item, address)
  return turns ~= nil and turns.outcome == item.outcome
end

-- The names of the sets that a part is in.
local function sets_of_part(search, part)
  local found = {}
  for name, set in pairs(search.sets) do
    if formulas.holds(set.formula, part.accepted) then found[name] = true end
  end
  return found
end

--- Adds a run of a part without a witness.
-- @tparam table search
-- @tparam table item
-- @tparam string why there is none
function runs.add_unseen(search, item, why)
  table.insert(search.waiting, {
    set = item.part and sets_of_part(search, item.part) or {}, envelope = {}, deliveries = {},
    members = function() return {} end, item = item, undecided = why,
  })
end

--- Adds an item of which not all is looked at.
-- @tparam table search
-- @tparam table group parts of SMTP, and whether it `is_outside` of what is asked for
-- @tparam string why
function runs.leave_unseen(search, group, why)
  table.insert(search.items, {
    part = group[1], is_outside = group.is_outside, is_mixed = group.is_mixed, outer = "SMTP",
    unseen = why,
  })
end

-- Visits the addresses of an item, part after part, as `members.each` does; first those that were made
-- of others.  It gives up where no time is left.
local function each_member(search, item, visit)
  local is_whole, is_ended = true, false
  local function is_late()
    if clock() <= search.until_then then return false end
    is_whole = false
    return true
  end
  local function take(text, address)
    local is_asked = not item.outcome or is_of_outcome(search, item, address)
    is_ended = is_asked and visit(text, address)
    return is_ended or is_late()
  end
  for _, address in ipairs(item.others or NONE) do
    if take(core.format(address), address) then return is_whole end
  end
  for _, part in ipairs(item.parts or { item.part }) do
    is_whole = members.each(part, take) and is_whole
    if is_ended or is_late() then return is_whole end
  end
  return is_whole
end

-- Texts of up to so many members of an item.
local function members_of(search, item, most)
  local list = {}
  each_member(search, item, function(text, address)
    local is_member = is_wanted(search, item, address)
    list[#list + 1] = is_member and runs.in_shell(item, text, address) or nil
    return #list >= most
  end)
  return list
end

--- Adds the runs of an address, which stands for itself; or for others, if it is a sample.
-- @tparam table search
-- @tparam table item with `address`
-- @tparam string text of that
function runs.add_address(search, item, text)
  local carrier
  text, carrier = runs.in_shell(item, text, item.address)
  item.members = function() return { text } end
  if not text or item.is_sample and is_named_in_shell(search, item, carrier) then
    local why = not text and carrier or item.is_sample and NONE_FOUND
    return why and runs.add_unseen(search, item, why)
  end
  if item.is_sample then
    item.why = item.why or why_undecided_among(search, item, item.address, carrier)
  end
  runs.add(search, item, text, carrier)
end

-- Adds the runs of a part's members: of one, or of several where connectors share addresses.  None, and it returns
-- true, where what is made of their domains tells them apart.
local function add_members(search, item)
  local shared, seen, tried, is_respelled = nil, {}, 0, false
  item.members = function(most) return members_of(search, item, most) end
  local is_whole = each_member(search, item, function(text, address)
    if not is_wanted(search, item, address) then return shared ~= nil and tried >= MAX_MEMBERS end
    tried = tried + 1
    local carrier
    text, carrier = runs.in_shell(item, text, address)
    if not text or is_named_in_shell(search, item, carrier) then return tried >= MAX_MEMBERS end
    if not shared then
      local why, is_told = why_undecided_among(search, item, address, carrier)
      is_respelled = is_told and not item.why and not item.outcome
      if is_respelled then return true end
      item.why = item.why or why
      shared = runs.add(search, item, text, carrier)
      item.shares, seen[ways_of(search, text, shared)] = shared[1] ~= nil, true
      return not item.shares
    end
    local ways = ways_of(search, text, shared)
    if not seen[ways] then
      seen[ways] = true
      runs.add(search, item, text, carrier)
    end
    return tried >= MAX_MEMBERS or not next(shared.rivals)
  end)
  if is_respelled then return true end
  if not shared and (not is_whole or tried >= MAX_MEMBERS) then
    runs.add_unseen(search, item, item.missing or NONE_FOUND)
  elseif shared and next(shared.rivals) then
    runs.add_unseen(search, item, ("connectors share a class of which no address is found that goes"
      .. " by %s"):format((next(shared.rivals))))
  end
end

local MOST_RESPELLED = 40 -- members of a part that are looked at for each outcome

-- Whether members of a part may take ways that none was found to take.
local function are_missing(ways)
  local is_some = false
  respellings.each_missing(ways, function() is_some = true end)
  return is_some
end

-- Notes which turns a part's members take, and may take besides: in `found`, a list and a set of outcomes; and in
-- `missing` by outcome why there may be such.
local function look_for_outcomes(search, item, part, found)
  local ways, tried, unknown = respellings.found(), 0, nil
  local is_whole = members.each(part, function(_, address)
    tried = tried + 1
    local turns, why = nil, nil
    if is_wanted(search, item, address) then turns, why = turns_of(search, item, address) end
    local outcome = turns and turns.outcome
    unknown = unknown or why or outcome and respellings.add(ways, turns, part, address)
    if outcome and not found[outcome] then
      found[outcome], found[#found + 1] = true, { outcome = outcome, address = address }
    end
    return unknown or outcome and not are_missing(ways) or tried >= MOST_RESPELLED
      or clock() > search.until_then
  end)
  if unknown then found.why = unknown end
  if is_whole and tried < MOST_RESPELLED then return end
  respellings.each_missing(ways, function(outcome, why) found.missing[outcome] = why end)
end

-- Why more may be so than was found; nil if nothing is.
local function why_missing(found)
  for outcome, why in pairs(found.missing) do
    if not found[outcome] then return why end
  end
  return found.why
end

-- Adds the runs of members of an item for each outcome of their turns.
local function add_each_outcome(search, item)
  local found = { missing = {}, why = nil }
  for _, part in ipairs(item.parts or { item.part }) do
    look_for_outcomes(search, item, part, found)
  end
  for _, sample in ipairs(found) do
    local own = lists.copy(item)
    own.outcome, own.others = sample.outcome, { sample.address }
    add_members(search, own)
  end
  local why = why_missing(found)
  if why then runs.add_unseen(search, item, why) end
end

--- Adds the runs of a part: of one member, or of several where not all fare alike.
-- @tparam table search
-- @tparam table item with `part`
function runs.add_part(search, item)
  if add_members(search, item) then add_each_outcome(search, item) end
end

return runs
