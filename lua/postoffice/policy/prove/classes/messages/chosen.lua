--- A message whose facts are chosen when somebody reads them: what is not read cannot matter.
-- @module postoffice.policy.prove.classes.messages.chosen

local addresses = require "postoffice.address"
local lists = require "postoffice.lists"
local routings = require "postoffice.policy.prove.classes.routings"

local chosen = {}

local BOTH = { false, true }

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

--- Whether something is so of the sender, which is chosen now if it is so of some and not of others.
-- @tparam function is_so called with a sender
-- @treturn boolean
function Message:is_so_of_sender(is_so)
  local of_answer, candidates = { [true] = {}, [false] = {} }, candidates_of(self)
  for _, sender in ipairs(candidates) do
    table.insert(of_answer[is_so(sender) and true or false], sender)
  end
  for answer, others in pairs(of_answer) do
    if #others == #candidates then return answer end
  end
  local answer = self.choices:choose(BOTH)
  self.candidates = of_answer[answer]
  return answer
end

--- The sender, or what stands for him as long as nobody reads anything of it.
-- @treturn table address
function Message:any_sender()
  if self.facts.sender then return self.facts.sender end
  if not self.stand_in then
    self.stand_in = setmetatable({}, {
      is_open = true, __index = function(_, name) return sender_of(self)[name] end,
    })
  end
  return self.stand_in
end

--- Whether an address stands for a sender of whom nothing was asked: whoever it is, policies make the
-- same of it.
-- @tparam table address
-- @treturn boolean
function chosen.is_open(address)
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
  local arrival, decision = message.choices:choose { false }
  message.arrivals = decision.values
  for _, folded in ipairs(message.question.connectors) do
    if message.down[folded] ~= nil then add_arrival(message, folded) end
  end
  return arrival
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
  local value = self.facts[name]
  if value == nil then
    local choose = CHOOSE[name] or choose_value
    value = choose(self, name)
    self.facts[name] = value
  end
  return value or nil
end

--- Whether a connector is down.
-- @tparam string folded its name
-- @treturn boolean
function Message:is_down(folded)
  local is_down = self.down[folded]
  if is_down == nil then
    is_down = self.choices:choose(self.question.is_down[folded] or BOTH)
    self.down[folded] = is_down
    add_arrival(self, folded)
  end
  return is_down
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
    down = down[1] and down or nil, now = self.question.needs_time and routings.NOW or nil,
  }
end

--- All that is chosen by now, for a message of which the same will be chosen first.
-- @treturn table for `recall`
function Message:memory()
  return {
    count = self.choices:count(), facts = lists.copy(self.facts), down = lists.copy(self.down),
    drawn = lists.copy(self.drawn), chosen = self.chosen, candidates = self.candidates,
    arrivals = self.arrivals, answered = self.answered,
  }
end

--- Chooses what was chosen for another message, in whose place this one is.
-- @tparam table memory of that one, from `memory`
function Message:recall(memory)
  self.facts, self.down = lists.copy(memory.facts), lists.copy(memory.down)
  self.drawn, self.chosen = lists.copy(memory.drawn), memory.chosen
  self.candidates, self.arrivals = memory.candidates, memory.arrivals
  self.answered = memory.answered
  self.choices:go_on(memory.count)
end

--- A message of which nothing is chosen yet.
-- @tparam table question from `questions.new`
-- @tparam table choices what chooses
-- @tparam {boolean,...} are_answered what `is_answered` may be
-- @treturn table
function chosen.new(question, choices, are_answered)
  return setmetatable({
    question = question, choices = choices, facts = {}, down = {}, drawn = {}, stand_in = false,
    chosen = false, candidates = false, answered = nil, are_answered = are_answered,
  }, Message)
end

return chosen
