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

local addresses = require "postoffice.address"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local lists = require "postoffice.lists"
local new_choices = require "postoffice.policy.prove.classes.choices".new
local read = require "postoffice.policy.route.read".address
local events = require "postoffice.policy.prove.classes.events"
local functions = require "postoffice.policy.prove.classes.functions"
local pipeline = require "postoffice.policy.route.pipeline"
local way = require "postoffice.policy.route.way"

local messages = {}

local lower = string.lower

--- When messages are routed in a proof: what is signed is so on both sides, and nothing but the days
-- since are looked at.
messages.NOW = 0

local NOW = messages.NOW

local BOTH = { false, true }

-- ---- Messages ----------------------------------------------------------------

local Message = {}
Message.__index = Message

local NULL = addresses.smtp("", nil)

-- Makes the table that stands for the sender this one.
local function settle(message, sender)
  local stand_in = message.stand_in
  message.chosen = sender
  if not stand_in then return sender end
  setmetatable(stand_in, nil)
  for name, value in next, sender do stand_in[name] = value end
  return addresses.make(stand_in)
end

--- Whether the message is a bounce: its sender is `<>`.
-- @treturn boolean
function Message:is_bounce()
  if self.facts.is_bounce == nil then
    self.facts.is_bounce = self.choices:choose(self.question.values.is_bounce)
    if self.facts.is_bounce then self.facts.sender = settle(self, NULL) end
  end
  return self.facts.is_bounce
end

-- Whom the sender of a message may still be that is no bounce.
local function candidates_of(message)
  return message.candidates or message.question.values.sender
end

-- The sender, who is chosen now if it was not before.
local function sender_of(message)
  if message:is_bounce() or message.facts.sender then return message.facts.sender end
  message.facts.sender = settle(message, message.choices:choose(candidates_of(message)))
  return message.facts.sender
end

-- Whether something is so of the sender, which is chosen now if it is so of some and not of others.
local function choose_answer(message, is_so)
  local of_answer, candidates = { [true] = {}, [false] = {} }, candidates_of(message)
  for _, sender in ipairs(candidates) do
    table.insert(of_answer[is_so(sender) and true or false], sender)
  end
  for answer, others in pairs(of_answer) do
    if #others == #candidates then return answer end
  end
  local chosen = message.choices:choose(BOTH)
  message.candidates = of_answer[chosen]
  return chosen
end

-- What stands for the sender as long as nobody reads anything of it.
local function stand_in(message)
  if not message.stand_in then
    message.stand_in = setmetatable({}, {
      is_open = true, __index = function(_, name) return sender_of(message)[name] end,
    })
  end
  return message.stand_in
end

--- Whether an address stands for a sender of whom nothing was asked: whoever it is, policies make the
-- same of it.
-- @tparam table address
-- @treturn boolean
function messages.is_open(address)
  local meta = getmetatable(address)
  return meta ~= nil and meta.is_open == true
end

--- Makes the sender the first of those whom it may be, if nobody asked which.
function Message:settle()
  if self.facts.is_bounce or self.facts.sender then return end
  self.facts.sender = settle(self, candidates_of(self)[1] or NULL)
end

-- Has a message that was asked what it arrived by have arrived by a connector, too, another time.
local function add_arrival(message, folded)
  local arrivals = message.arrivals
  if not arrivals or arrivals[folded] then return end
  arrivals[#arrivals + 1], arrivals[folded] = folded, true
end

-- Chooses what the message arrived by: nothing that matters, or one of the connectors that are asked
-- for.  It would not go back by any other.
local function choose_arrival(message)
  local values = message.question.values.arrived_by
  if values then return (message.choices:choose(values)) end
  local chosen, decision = message.choices:choose { false }
  message.arrivals = decision.values
  for _, folded in ipairs(message.question.connectors) do
    if message.down[folded] ~= nil then add_arrival(message, folded) end
  end
  return chosen
end

local function choose_value(message, name)
  return (message.choices:choose(message.question.values[name]))
end

local CHOOSE = { arrived_by = choose_arrival }

--- A fact of the message, which is chosen now if it was not before.
-- @tparam string name `sender` (an address), `may_relay`, `authenticated`, `size`, or
--   `arrived_by` (a folded name, or nil)
-- @return its value
function Message:get(name)
  if name == "sender" then return sender_of(self) end
  local chosen = self.facts[name]
  if chosen == nil then
    local choose = CHOOSE[name] or choose_value
    chosen = choose(self, name)
    self.facts[name] = chosen
  end
  return chosen or nil
end

--- Whether a connector is down.
-- @tparam string folded its name
-- @treturn boolean
function Message:is_down(folded)
  local chosen = self.down[folded]
  if chosen == nil then
    chosen = self.choices:choose(self.question.is_down[folded] or BOTH)
    self.down[folded] = chosen
    add_arrival(self, folded)
  end
  return chosen
end

--- Whether its recipient stands for what `on.recipient` may put in the place of any other, where events
-- answer whatever they may.
-- @treturn boolean
function Message:is_answered()
  if self.answered == nil then self.answered = self.choices:choose(self.are_answered) end
  return self.answered
end

--- The folded names of all connectors.
-- @treturn {string,...}
function Message:connectors() return self.question.connectors end

-- The names of connectors that are down.
local function down_names(message)
  local names = {}
  for _, folded in ipairs(message.question.connectors) do
    if message.down[folded] then names[#names + 1] = message.question.names[folded] end
  end
  return names
end

--- The envelope of the message, with all that was chosen, and nothing else.
-- @treturn table as for `route`
function Message:envelope()
  local facts, down, sender = self.facts, down_names(self), self.facts.sender
  if facts.is_bounce == false then sender = sender or candidates_of(self)[1] end
  return {
    sender = sender, may_relay = facts.may_relay or nil,
    authenticated = facts.authenticated or nil, size = facts.size,
    arrived_by = facts.arrived_by and self.question.names[facts.arrived_by] or facts.arrived_by
      or nil,
    down = down[1] and down or nil, now = self.question.needs_time and NOW or nil,
  }
end

local Given = {}
Given.__index = Given

function Given:get(name) return self.facts[name] end

function Given:is_down(folded) return self.down[folded] or false end

function Given:connectors() return lists.keys(self.down) end

function Given:envelope() return self.given end

--- The message of an envelope, in which all is chosen.
-- @tparam table envelope as for `route`, with `down` as a list
-- @treturn table for `get`, `is_down`, `connectors` and `envelope`
function messages.of(envelope)
  local down = {}
  for _, name in ipairs(envelope.down or {}) do down[lower(name)] = true end
  local sender = envelope.sender
  if type(sender) == "string" then sender = read(sender == "" and "<>" or sender) end
  return setmetatable({
    given = envelope, down = down,
    facts = {
      sender = sender, may_relay = envelope.may_relay, authenticated = envelope.authenticated,
      size = envelope.size, arrived_by = envelope.arrived_by and lower(envelope.arrived_by),
    },
  }, Given)
end

-- ---- Routing one -------------------------------------------------------------

--- Gives keys to whoever signs or opens: by another name, other ones.
-- @string name
-- @treturn {string,...}
function messages.secrets(name) return { "a key of the proof for " .. name } end

--- Answers no question.
-- @treturn nil
-- @treturn string
function messages.no_answer() return nil, "nobody is asked in a proof" end

--- A routing of a message of which all is known, as a proof does it: it asks nobody, and signs with
-- keys of its own.
-- @tparam table policy
-- @tparam table envelope
-- @tparam[opt] table recorder
-- @tparam[opt] function ask
-- @treturn table
function messages.begin(policy, envelope, recorder, ask)
  local routing = pipeline.begin(policy, envelope, recorder, ask or messages.no_answer, 1)
  routing.secrets = messages.secrets
  return routing
end

--- What a policy makes of an address in a proof.
-- @tparam table policy
-- @tparam string text
-- @tparam table envelope
-- @tparam[opt] function ask
-- @treturn {table,...} deliveries
function messages.route(policy, text, envelope, ask)
  return pipeline.route(messages.begin(policy, envelope, nil, ask), { text })
end

local READ = { may_relay = true, authenticated = true, size = true }

-- What the engine reads as the envelope.
local function view_of(message)
  return setmetatable({ now = NOW }, {
    __index = function(_, name) return READ[name] and message:get(name) or nil end,
  })
end

-- What the engine reads of a routing, by field.
local FIELDS = {}

function FIELDS.any_sender(message) return message.facts.sender or stand_in(message) end

-- At a mailbox here nobody looks at the sender's key, whatever is looked for before a connector.
function FIELDS.sender(message, leaf)
  local is_read = message.question.is_key_read and not leaf.is_here
  return is_read and sender_of(message) or FIELDS.any_sender(message)
end

-- Who wants to know this looks at the sender's key next: nothing is known of it yet.
function FIELDS.sender_facts(message)
  sender_of(message)
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
  local chosen = message.drawn[id]
  if chosen == nil then
    chosen = message.choices:choose(BOTH)
    message.drawn[id] = chosen
  end
  if chosen then leaf.passed[#leaf.passed + 1] = connector end
  return chosen
end

-- What the engine reads as the set of connectors that are down.  Once one takes the mail of a leaf, no
-- other decides.
local function down_of(message, policy, leaf)
  return setmetatable({}, {
    __index = function(_, folded)
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
local function new_ask(message, policy, routing)
  return function(test, what)
    if message.facts.sender then return test(routing, what) end
    return choose_answer(message, function(sender)
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
  routing.is_bare, routing.policy, routing.secrets = false, nil, messages.secrets
  routing.survey = false -- its leaves do not tell whether they are named
  routing.is_unsaid = not policy.compiled.scripted -- functions are shown what is said
  routing.asks, routing.envelope = messages.no_answer, view_of(message)
  routing.down = down_of(message, policy, leaf)
  if policy.compiled.restrictions then
    routing.ask_of_sender = new_ask(message, policy, routing)
  end
  if policy.compiled.scripted then
    routing.state, routing.scripted = state_of(policy, message), { now = NOW }
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

-- What a policy makes of a recipient, of a run.
local function route(run, policy, deliveries, named, owners)
  local leaf = { found = false, is_here = false, is_taken = false, passed = {} }
  local routing = begin(policy, run.message, leaf)
  resolve(routing, run)
  for i, found in ipairs(routing.leaves) do
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

-- ---- All of them -------------------------------------------------------------

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
-- @treturn table for `each`, with `values` of facts and what is `fixed`
function messages.question(policies, senders, bounds, fixed)
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
-- @treturn table for `each`
function messages.question_of_any(question, answers)
  local own = lists.copy(question)
  own.answers = answers
  return own
end

--- The same for an address that stands for itself: connectors draw lots as they do for it and nobody
-- else.
-- @tparam table question
-- @treturn table for `each`
function messages.question_of_one(question)
  local own = lists.copy(question)
  own.rivals = {}
  for policy in pairs(question.rivals) do own.rivals[policy] = {} end
  return own
end

--- The same for addresses of which each is asked for itself, and where a function would be called, a run
-- has nothing but its name.
-- @tparam {table,...} policies
-- @tparam {table,...} senders
-- @tparam {number,...} bounds
-- @tparam table fixed
-- @treturn table for `each`
function messages.question_of_witnesses(policies, senders, bounds, fixed)
  local question = messages.question_of_one(messages.question(policies, senders, bounds, fixed))
  question.is_of_witnesses = true
  return question
end

local NEVER, ALWAYS = { false }, { true }

-- Whether a recipient stands for itself, and whether for what `on.recipient` may put in the place of any
-- other.  What nothing is taken out of fares as the recipient as it does as the answer.
local function answered(question, text)
  if not question.answers or not question.answers.recipient then return NEVER end
  return way.is_opened(question.policies[1], text) and BOTH or ALWAYS
end

--- Runs with each message that can make a difference to a recipient.
-- @tparam table question by `messages.question`
-- @tparam string text the recipient
-- @treturn function the next run: `address`, `message`; `deliveries` of each policy; `named`, by the
--   number of a delivery whether its entry did not lead to its address, but is known to have it as
--   its target; `owners`, those of the lists that led there; `undecided`, a
--   function that was called, with its place, or false; `is_drawn`,
--   whether connectors drew lots as they do for some other address of the class, and `is_nothing`,
--   whether they cannot; all of which is made when it is read
function messages.each(question, text)
  local choices, are_answered = new_choices(), answered(question, text)
  return function()
    if not choices:begin() then return nil end
    local message = setmetatable({
      question = question, choices = choices, facts = {}, down = {}, drawn = {}, stand_in = false,
      chosen = false, candidates = false, answered = nil, are_answered = are_answered,
    }, Message)
    return setmetatable({ address = text, message = message, policies = question.policies }, Run)
  end
end

return messages
