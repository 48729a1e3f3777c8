--- What messages there can be: the values that their facts may have, and what of these decides.
-- @module postoffice.policy.prove.classes.messages.questions

local addresses = require "postoffice.address"
local connectors = require "postoffice.policy.compile.connectors"
local lists = require "postoffice.lists"

local questions = {}

local lower = string.lower

local BOTH = { false, true }

-- Sizes on both sides of each bound that is told apart: a bound itself is not over it.
local function sizes(bounds, fixed)
  local list, over, up_to = {}, fixed.over or -1, fixed.up_to or math.huge
  table.sort(bounds)
  for _, bound in ipairs(bounds) do
    if bound > over and bound <= up_to and list[#list] ~= bound then list[#list + 1] = bound end
  end
  local last = math.max(bounds[#bounds] or 0, over) + 1
  if last <= up_to then list[#list + 1] = last
  elseif list[#list] ~= up_to then list[#list + 1] = up_to end
  return list
end

local function flag(said)
  if said == nil then return BOTH end
  return { said }
end

-- The connectors of policies: folded names in order, and by them the names.
local function all_connectors(policies)
  local order, names = {}, {}
  for _, policy in ipairs(policies) do
    for _, connector in ipairs(connectors.all(policy.compiled.connectors)) do
      if not names[connector.folded] then order[#order + 1] = connector.folded end
      names[connector.folded] = connector.name
    end
  end
  return order, names
end

-- By folded name, what connectors may be: down or not, unless that is fixed.
local function states(order, fixed)
  local by_name = {}
  for _, name in ipairs(fixed.down or {}) do by_name[lower(name)] = { true } end
  for _, folded in ipairs(fixed.nothing_down and order or {}) do by_name[folded] = { false } end
  return by_name
end

-- What two spaces have in common between which an address's lot decides, as far as no address is looked
-- at: a prefix of components is also found as the whole address.
local function standing_of(space)
  local class = space.class == "partial" and "exact" or space.class
  return ("%s %s %d %s %s"):format(space.family, class, space.literals, tostring(space.guarded),
    tostring(space.cost))
end

-- By folded name, whether a connector of a policy has a space that may stand as one of another does.
local function rivals_of(policy)
  local by_standing, rivals = {}, {}
  for _, connector in ipairs(connectors.all(policy.compiled.connectors)) do
    for _, space in ipairs(connector.spaces) do
      local standing = standing_of(space)
      local other = by_standing[standing]
      by_standing[standing] = other or connector
      if other and other ~= connector then
        rivals[other.folded], rivals[connector.folded] = true, true
      end
    end
  end
  return rivals
end

-- Whether some policy looks for the sender's key first, which a stand-in has not: in a set, or among
-- the proxies of those who go out under their primary address.
local function reads_key(policies)
  for _, policy in ipairs(policies) do
    local compiled = policy.compiled
    if compiled.outbound then return true end
    for _, connector in ipairs(connectors.all(compiled.connectors)) do
      if connector.senders and connector.senders.sets[1] then return true end
    end
  end
  return false
end

-- Whether some policy signs, and has to be told the time of what it signed.
local function needs_time(policies)
  for _, policy in ipairs(policies) do
    if policy.compiled.signers then return true end
  end
  return false
end

-- Senders without `<>`, and whether a message can be a bounce.
local function split_senders(senders)
  local others, has_null = {}, false
  for _, sender in ipairs(senders) do
    if addresses.is_null(sender) then has_null = true else others[#others + 1] = sender end
  end
  if not others[1] then return others, { true } end
  return others, has_null and BOTH or { false }
end

--- What messages there can be.
-- @tparam {table,...} policies
-- @tparam {table,...} senders addresses, one of each class; none of them twice
-- @tparam {number,...} bounds of sizes that are told apart
-- @tparam table fixed what is said of all messages: `may_relay`, `authenticated`, `down` (names of
--   connectors that are, whatever others are), `nothing_down`, `over` and `up_to` (bytes),
--   `arrived_by`
-- @treturn table for `messages.each`, with `values` of facts and what is `fixed`
function questions.new(policies, senders, bounds, fixed)
  local order, names = all_connectors(policies)
  local others, is_bounce = split_senders(senders)
  local rivals, by_sender = {}, {}
  for _, policy in ipairs(policies) do
    rivals[policy], by_sender[policy] = rivals_of(policy), {}
  end
  return {
    policies = policies, connectors = order, names = names, is_down = states(order, fixed),
    needs_time = needs_time(policies), is_key_read = reads_key(policies), rivals = rivals,
    by_sender = by_sender, fixed = fixed,
    values = {
      sender = others, is_bounce = is_bounce, may_relay = flag(fixed.may_relay),
      authenticated = flag(fixed.authenticated), size = sizes(bounds, fixed),
      arrived_by = fixed.arrived_by and { lower(fixed.arrived_by) },
    },
  }
end

--- The same where the events of the policy answer whatever they may.
-- @tparam table question
-- @tparam table answers by `events.answers`
-- @treturn table for `messages.each`
function questions.of_any(question, answers)
  local own = lists.copy(question)
  own.answers = answers
  return own
end

--- The same for an address that stands for itself: connectors draw lots as they do for it and nobody
-- else.
-- @tparam table question
-- @treturn table for `messages.each`
function questions.of_one(question)
  local own = lists.copy(question)
  own.rivals = {}
  for policy in pairs(question.rivals) do own.rivals[policy] = {} end
  return own
end

--- The same for one policy of which each delivery is judged by itself, whatever else a message becomes.
-- @tparam table question
-- @treturn table for `messages.each`
function questions.in_parts(question)
  local own = lists.copy(question)
  own.is_in_parts = true
  return own
end

--- The same for addresses of which each is asked for itself, and where a function would be called, a run
-- has nothing but its name.
-- @tparam {table,...} policies
-- @tparam {table,...} senders
-- @tparam {number,...} bounds
-- @tparam table fixed
-- @treturn table for `messages.each`
function questions.of_witnesses(policies, senders, bounds, fixed)
  local question = questions.of_one(questions.new(policies, senders, bounds, fixed))
  question.is_of_witnesses = true
  return question
end

return questions
