--- All messages that policies can tell apart, for one recipient.
--
-- The engine is asked, with an envelope whose facts are chosen when it reads them: what it does not
-- read cannot matter, and what it reads is another the next time.  Whoever judges what it does asks
-- for facts of the same message in the same way.  So the ways through the engine and its judge are all
-- gone, and none twice; there is no second model of either.
--
-- Of connectors that could take a message in turn, the first that is not down does; those after it are
-- alternatives, which nothing but a list names, and are not asked for.
-- @module postoffice.policy.prove.classes.messages

local chosen = require "postoffice.policy.prove.classes.messages.chosen"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local events = require "postoffice.policy.prove.classes.events"
local functions = require "postoffice.policy.prove.classes.functions"
local new_choices = require "postoffice.policy.prove.classes.choices".new
local parts = require "postoffice.policy.prove.classes.messages.parts"
local reread = require "postoffice.policy.prove.classes.messages.reread"
local routings = require "postoffice.policy.prove.classes.routings"
local way = require "postoffice.policy.route.way"

local messages = {}

local BOTH = { false, true }

local READ = { may_relay = true, authenticated = true, size = true }

-- What the engine reads as the envelope.
local function view_of(message, leaf)
  return setmetatable({ now = routings.NOW }, {
    __index = function(_, name)
      if not READ[name] then return nil end
      reread.note(leaf, name)
      return message:get(name)
    end,
  })
end

-- What the engine reads of a routing, by field.
local FIELDS = {}

function FIELDS.any_sender(message) return message:any_sender() end

-- At a mailbox here nobody looks at the sender's key, whatever is looked for before a connector.
function FIELDS.sender(message, leaf)
  local is_read = message.question.is_key_read and not leaf.is_here
  return is_read and message:get "sender" or message:any_sender()
end

-- Who wants to know this looks at the sender's key next: nothing is known of it yet.
function FIELDS.sender_facts(message)
  message:get "sender"
  return nil
end

function FIELDS.null_sender(message) return message:is_bounce() end

function FIELDS.arrived_by(message) return message:get "arrived_by" end

-- Whether a connector that could take a leaf's mail lets another one go first that costs the same: the
-- address of one member of a class draws lots like that, that of another otherwise.
local function lets_pass(message, policy, leaf, connector)
  if not message.question.rivals[policy][connector.folded] then return false end
  local address = leaf.found.address
  local id = connector.folded .. "\0" .. (address and core.key(address) or "")
  local is_passed = message.drawn[id]
  if is_passed == nil then
    is_passed = message.choices:choose(BOTH)
    message.drawn[id] = is_passed
  end
  if is_passed then leaf.passed[#leaf.passed + 1] = connector end
  return is_passed
end

-- What the engine reads as the set of connectors that are down.  Once one takes the mail of a leaf, no
-- other decides.
local function down_of(message, policy, leaf)
  return setmetatable({}, {
    __index = function(_, folded)
      reread.note(leaf, "down")
      if leaf.is_taken and message.down[folded] == nil then return nil end
      if message:is_down(folded) then return true end
      local connector = connectors.find(policy.compiled.connectors, folded)
      if not connector or connector.weight == 0 then return nil end
      if not leaf.is_taken and lets_pass(message, policy, leaf, connector) then return true end
      leaf.is_taken = true
      return nil
    end,
  })
end

-- Whether another connector took what one let pass, at a cost that this one has, too.
local function is_drawn(connector, delivery)
  for _, space in ipairs(connector.spaces) do
    if delivery.connector and delivery.cost == space.cost then return true end
  end
  return false
end

-- Whether all that connectors let pass went to others that cost the same.
local function are_drawn(leaf, delivery)
  for _, connector in ipairs(leaf.passed) do
    if not is_drawn(connector, delivery) then return false end
  end
  return true
end

-- A routing as it is with a sender, by which a policy asks what it wants to know of him: the same each
-- time.
local function routing_of_sender(message, policy, routing, sender)
  local by_sender = message.question.by_sender[policy]
  by_sender[sender] = by_sender[sender]
    or setmetatable({ sender = sender, sender_facts = false }, { __index = routing })
  return by_sender[sender]
end

-- What answers whether something is so of the sender.
local function new_ask(message, policy, routing, leaf)
  return function(test, what)
    reread.note(leaf, "sender")
    if message.facts.sender then return test(routing, what) end
    return message:is_so_of_sender(function(sender)
      return test(routing_of_sender(message, policy, routing, sender), what)
    end)
  end
end

-- What a routing of a proof has not, which is read again and again.
local LACKS = {
  "trace", "unanswered", "unread_sender", "most", "ends_at_entries", "ends_at_several",
  "considered",
}

-- Whether a field is the same as soon as it is known: who the sender is may be asked after the first leaf.
local function stays(message, name)
  if name == "null_sender" then return true end
  return name == "sender" and (message.facts.sender or not message.question.is_key_read)
end

local function read_field(message, leaf, routing, name)
  local field = FIELDS[name]
  if field then reread.note(leaf, name) end
  local value = field and field(message, leaf)
  if stays(message, name) then rawset(routing, name, value) end
  return value
end

-- The state of a policy's script: its functions are called, or stop who calls them, or answer whatever
-- they may.
local function state_of(policy, message)
  local question = message.question
  if question.is_of_witnesses then return functions.stop(policy.state) end
  if not question.answers then return functions.watch(policy.state) end
  return events.state(policy.state, policy.compiled, function(name)
    local answer = message.choices:choose(question.answers[name])
    if answer.connector then message:is_down(answer.connector) end -- it is held to that
    return answer.value
  end)
end

local function begin(policy, message, leaf)
  local routing = way.new(policy)
  for _, name in ipairs(LACKS) do routing[name] = false end
  routing.is_bare, routing.policy, routing.secrets = false, nil, routings.secrets
  routing.survey = false -- its leaves do not tell whether they are named
  routing.is_unsaid = not policy.compiled.scripted -- functions are shown what is said
  routing.asks, routing.envelope = routings.no_answer, view_of(message, leaf)
  routing.down = down_of(message, policy, leaf)
  if policy.compiled.restrictions then
    routing.ask_of_sender = new_ask(message, policy, routing, leaf)
  end
  if policy.compiled.scripted then
    routing.state, routing.scripted = state_of(policy, message), { now = routings.NOW }
  end
  return setmetatable(routing, {
    __index = function(self, name) return read_field(message, leaf, self, name) end,
  })
end

-- Whether mail was sent on to what a function answered, or that was the recipient itself: where it may not
-- have arrived by any connector, both are looked at.
local SENT_ON = { false, true }

-- Nobody, of whom all comes that `on.recipient` decides itself: that is the same of each recipient.
local NOBODY = "<>"

-- Resolves the recipient of a run.  What was sent on does not come back by the connector that it arrived
-- by, as what arrived by none does not.
local function resolve(routing, run)
  local message = run.message
  if not message:is_answered() or run.address == NOBODY then
    return way.resolve(routing, run.address)
  end
  way.resolve_instead(routing, run.address)
  local has_arrived = message.question.values.arrived_by ~= nil
  for _, leaf in ipairs(routing.leaves) do
    leaf.sent_on = has_arrived and message.choices:choose(SENT_ON)
  end
end

-- The leaves of a run that are looked at: all of them, or a part.  As long as what was chosen before is
-- the same, so is what the recipient became.
local function leaves_of(run, routing, leaf)
  local message, before = run.message, run.before
  if not before then
    local known = not message:is_answered() and run.known or nil -- that is chosen first
    return reread.leaves(known, message, routing, leaf, function() resolve(routing, run) end)
  elseif before.memory then
    message:recall(before.memory)
  else
    resolve(routing, run)
    before.parts = parts.of(routing.compiled, routing.leaves)
    before.memory = message:memory()
  end
  return (message.choices:choose(before.parts))
end

-- What a policy makes of a recipient, of a run.
local function route(run, policy, deliveries, named, owners)
  local leaf = {
    found = false, is_here = false, is_taken = false, passed = {}, reads = false,
  }
  local routing = begin(policy, run.message, leaf)
  for i, found in ipairs(leaves_of(run, routing, leaf)) do
    named[i], owners[i] = found.is_named or nil, found.owner
    leaf.found, leaf.is_taken = found, false
    leaf.is_here = found.mailbox ~= nil and not policy.compiled.scripted
    if leaf.passed[1] then leaf.passed = {} end
    deliveries[i] = way.deliver(routing, found)
    if leaf.passed[1] then
      rawset(run, "is_drawn", true)
      if not are_drawn(leaf, deliveries[i]) then rawset(run, "is_nothing", true) end
    end
  end
  return policy.compiled.scripted and functions.called(policy.compiled, routing.state) or nil
end

-- The same, where a function may stop it: then nothing comes of the recipient.
local function route_until_stopped(run, policy, ...)
  if not policy.compiled.scripted then return route(run, policy, ...) end
  local ok, found = pcall(route, run, policy, ...)
  if ok then return found end
  if not functions.is_stop(found) then error(found, 0) end
  return functions.called(policy.compiled, found)
end

local Run = {}

-- Routes the recipient, as soon as anybody wants to know what comes of it.
local function complete(run)
  local deliveries, named, owners, undecided = {}, {}, {}, nil
  rawset(run, "is_drawn", false)
  rawset(run, "is_nothing", false)
  for i, policy in ipairs(run.policies) do
    deliveries[i], named[i], owners[i] = {}, {}, {}
    undecided = route_until_stopped(run, policy, deliveries[i], named[i], owners[i]) or undecided
  end
  rawset(run, "deliveries", deliveries)
  rawset(run, "named", named)
  rawset(run, "owners", owners)
  rawset(run, "undecided", undecided or false)
end

local COMPLETED = {
  deliveries = true, named = true, owners = true, undecided = true, is_drawn = true,
  is_nothing = true,
}

function Run:__index(field)
  if not COMPLETED[field] then return nil end
  complete(self)
  return rawget(self, field)
end

local NEVER, ALWAYS = { false }, { true }

-- Whether a recipient stands for itself, and whether for what `on.recipient` may put in the place of any
-- other.  What nothing is taken out of fares as the recipient as it does as the answer.
local function answered(question, text)
  if not question.answers or not question.answers.recipient then return NEVER end
  return way.is_opened(question.policies[1], text) and BOTH or ALWAYS
end

--- Runs with each message that can make a difference to a recipient.
-- @tparam table question from `questions.new`
-- @tparam string text the recipient
-- @treturn function the next run: `address`, `message`; `deliveries` of each policy; `named`, by the
--   number of a delivery whether its entry did not lead to its address, but is known to have it as
--   its target; `owners`, those of the lists that led there; `undecided`, a
--   function that was called, with its place, or false; `is_drawn`,
--   whether connectors drew lots as they do for some other address of the class, and `is_nothing`,
--   whether they cannot; all of which is made when it is read.  In parts, each delivery is one of some
--   runs with all messages that can make a difference to it
function messages.each(question, text)
  local choices, are_answered = new_choices(), answered(question, text)
  local before = question.is_in_parts and { memory = nil, parts = nil } or nil
  local known = not question.answers and {} or nil
  return function()
    if not choices:begin() then return nil end
    local memory = before and before.memory
    if memory and not choices:are_same(memory.count) then before.memory = nil end
    local message = chosen.new(question, choices, are_answered)
    return setmetatable({
      address = text, message = message, policies = question.policies, before = before,
      known = known,
    }, Run)
  end
end

return messages
