--- All messages that policies can tell apart, for one recipient.
--
-- The engine is asked, with an envelope whose facts are chosen when it reads them: what it does not
-- read cannot matter, and what it reads is another the next time.  Whoever judges what it does asks
-- for facts of the same message in the same way.  So the ways through the engine and its judge are
-- all gone, and none twice; there is no second model of either.
--
-- Of connectors that could take a message in turn, the first that is not down does; those after it
-- are alternatives, which nothing but a list names, and are not asked for.
-- @module postoffice.policy.prove.classes.messages

local connectors = require "postoffice.policy.compile.connectors"
local lists = require "postoffice.lists"
local new_choices = require "postoffice.policy.prove.classes.choices".new
local read = require "postoffice.policy.route.read".address
local functions = require "postoffice.policy.prove.classes.functions"
local way = require "postoffice.policy.route.way"

local messages = {}

local lower = string.lower

local NOW = 0 -- what is signed is so on both sides

local BOTH = { false, true }

-- ---- Messages ----------------------------------------------------------------

local Message = {}
Message.__index = Message

--- A fact of the message, which is chosen now if it was not before.
-- @tparam string name `sender` (an address), `may_relay`, `authenticated`, `size`, or
--   `arrived_by` (a folded name, or nil)
-- @return its value
function Message:get(name)
  local chosen = self.facts[name]
  if chosen == nil then
    chosen = self.choices:choose(self.question.values[name])
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
  end
  return chosen
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
  local facts, down = self.facts, down_names(self)
  return {
    sender = facts.sender, may_relay = facts.may_relay or nil,
    authenticated = facts.authenticated or nil, size = facts.size,
    arrived_by = facts.arrived_by and self.question.names[facts.arrived_by] or nil,
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

local KEYS = { "a key of the proof" }

--- Gives keys to whoever signs or opens.
-- @treturn {string,...}
function messages.secrets() return KEYS end

--- Answers no question.
-- @treturn nil
-- @treturn string
function messages.no_answer() return nil, "nobody is asked in a proof" end

local READ = { may_relay = true, authenticated = true, size = true }

-- What the engine reads as the envelope.
local function view_of(message)
  return setmetatable({ now = NOW }, {
    __index = function(_, name) return READ[name] and message:get(name) or nil end,
  })
end

local function is_null(address) return address.type == "SMTP" and address.localpart == "" end

-- What the engine reads of a routing, by field.
local FIELDS = {}

function FIELDS.sender(message) return message:get "sender" end

function FIELDS.null_sender(message) return is_null(message:get "sender") end

function FIELDS.arrived_by(message) return message:get "arrived_by" end

-- What the engine reads as the set of connectors that are down.  Once one that can be used is not,
-- no other of this leaf decides.
local function down_of(message, policy, leaf)
  return setmetatable({}, {
    __index = function(_, folded)
      if leaf.is_taken and message.down[folded] == nil then return nil end
      local is_down = message:is_down(folded)
      local connector = connectors.find(policy.compiled.connectors, folded)
      if not is_down and connector and connector.weight > 0 then leaf.is_taken = true end
      return is_down or nil
    end,
  })
end

local function begin(policy, message, leaf)
  local routing = way.new(policy)
  routing.is_bare, routing.policy, routing.secrets = false, nil, messages.secrets
  routing.survey = false -- its leaves do not tell whether they are named
  routing.asks, routing.envelope = messages.no_answer, view_of(message)
  routing.down = down_of(message, policy, leaf)
  if policy.compiled.scripted then
    routing.state, routing.scripted = functions.watch(policy.state), { now = NOW }
  end
  return setmetatable(routing, {
    __index = function(_, name)
      local field = FIELDS[name]
      return field and field(message) or nil
    end,
  })
end

--- What a policy makes of a recipient.
-- @tparam table policy
-- @tparam string text
-- @tparam table message
-- @treturn {table,...} deliveries
-- @treturn table of their numbers, whether the entry of that one did not lead to its address, but
--   is known to have it as its target
-- @treturn string|nil the function of the policy that was called first, with its place
local function route(policy, text, message)
  local leaf, named = {}, {}
  local routing = begin(policy, message, leaf)
  way.resolve(routing, text)
  local leaves = routing.leaves
  for i, found in ipairs(leaves) do
    named[i], leaf.is_taken = found.is_named or nil, false
    leaves[i] = way.deliver(routing, found)
  end
  local called = policy.compiled.scripted and functions.called(policy.compiled, routing.state)
  return leaves, named, called or nil
end

local Run = {}

-- Routes the recipient, as soon as anybody wants to know what comes of it.
local function complete(run)
  local deliveries, named, undecided = {}, {}, nil
  for i, policy in ipairs(run.policies) do
    local called
    deliveries[i], named[i], called = route(policy, run.address, run.message)
    undecided = undecided or called
  end
  rawset(run, "deliveries", deliveries)
  rawset(run, "named", named)
  rawset(run, "undecided", undecided or false)
end

local COMPLETED = { deliveries = true, named = true, undecided = true }

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

local function arrivals(order, fixed)
  if fixed.arrived_by then return { lower(fixed.arrived_by) } end
  local list = { false }
  for _, folded in ipairs(order) do list[#list + 1] = folded end
  return list
end

-- By folded name, what connectors may be: down or not, unless that is fixed.
local function states(order, fixed)
  local by_name = {}
  for _, name in ipairs(fixed.down or {}) do by_name[lower(name)] = { true } end
  for _, folded in ipairs(fixed.nothing_down and order or {}) do by_name[folded] = { false } end
  return by_name
end

-- Whether some policy signs, and has to be told the time of what it signed.
local function needs_time(policies)
  for _, policy in ipairs(policies) do
    if policy.compiled.signers then return true end
  end
  return false
end

--- What messages there can be.
-- @tparam {table,...} policies
-- @tparam {table,...} senders addresses, one of each class; none of them twice
-- @tparam {number,...} bounds of sizes that are told apart
-- @tparam table fixed what is said of all messages: `may_relay`, `authenticated`, `down` (names of
--   connectors that are, whatever others are), `nothing_down`, `over` and `up_to` (bytes),
--   `arrived_by`
-- @treturn table for `each`
function messages.question(policies, senders, bounds, fixed)
  local order, names = all_connectors(policies)
  return {
    policies = policies, connectors = order, names = names, is_down = states(order, fixed),
    needs_time = needs_time(policies),
    values = {
      sender = senders, may_relay = flag(fixed.may_relay),
      authenticated = flag(fixed.authenticated), size = sizes(bounds, fixed),
      arrived_by = arrivals(order, fixed),
    },
  }
end

--- Runs with each message that can make a difference to a recipient.
-- @tparam table question by `messages.question`
-- @tparam string text the recipient
-- @treturn function the next run: `address`, `message`, and `deliveries` and `named` of each
--   policy and `undecided` (a function that was called, with its place, or false), all of which
--   are made when they are read
function messages.each(question, text)
  local choices = new_choices()
  return function()
    if not choices:begin() then return nil end
    local message = setmetatable({
      question = question, choices = choices, facts = {}, down = {},
    }, Message)
    return setmetatable({ address = text, message = message, policies = question.policies }, Run)
  end
end

return messages
