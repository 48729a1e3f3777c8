--- The runs of a claim: one address with one envelope, and what a policy makes of it.
--
-- A proof asks nobody and signs with a key of its own: what a policy's functions would be told is
-- given to each run.
-- @module postoffice.policy.prove.claims.runs

local connectors = require "postoffice.policy.compile.connectors"
local ends = require "postoffice.policy.prove.claims.ends"
local explain = require "postoffice.policy.prove.explain"
local outgoing = require "postoffice.policy.route.outgoing"
local pipeline = require "postoffice.policy.route.pipeline"
local routings = require "postoffice.policy.prove.classes.routings"
local sayable = require "postoffice.policy.prove.classes.sayable"
local stage6_sender = require "postoffice.policy.route.stage6_sender"
local trace = require "postoffice.policy.route.trace"

local Run = {}
Run.__index = Run

-- A routing of a run's message by its policy, once more.
local function begin(run)
  return routings.begin(run.policy, run.message:envelope(), nil, run.ask)
end

-- What the leaves of a run have in a field, by their numbers.
local function of_leaves(run, field)
  local routing, list = begin(run), {}
  routing.survey = false -- its leaves do not tell
  pipeline.resolve_all(routing, { run.text })
  for i, leaf in ipairs(routing.leaves) do list[i] = leaf[field] end
  return list
end

--- Whether the sender of a delivery is the owner of a list that led there: then it is no matter who wrote.
-- @tparam number number of the delivery
-- @treturn boolean
function Run:is_from_owner(number)
  self.owners = self.owners or of_leaves(self, "owner")
  return self.owners[number] ~= nil
end

--- The sender of a run as rules about senders make him for a connector.
-- @tparam table sender
-- @tparam table connector
-- @treturn table address
function Run:ruled(sender, connector) return outgoing.rewrite(begin(self), sender, connector) end

-- A delivery's sender as a connector says him, or nil and the verdict on one whom it cannot say.
local function said_by(run, number, connector)
  local owner = run:is_from_owner(number) and run.owners[number] or nil
  return stage6_sender.of(begin(run), { owner = owner }, connector)
end

--- What may come of a delivery if its address can be said to its next hop.
-- @tparam number number of the delivery
-- @treturn {table,...} one or two ways, each as the fields that would be others
function Run:as_said(number)
  local by = self.deliveries[number].connector
  local connector = by and connectors.find(self.policy.compiled.connectors, by)
  local said = { verdict = "deliver", address = connector and sayable.sample(connector) }
  if not connector or not connector.speaks then return { said } end
  local is_asked_for = self.message.facts.sender ~= nil
  if not is_asked_for then return { said, sayable.SENDER_UNSAID } end
  local sender, failure = said_by(self, number, connector)
  said.sender = sender
  return { failure or said }
end

--- Remembers why what is said of the run may not be so of others of its class.
-- @string why
-- @tparam[opt] number number of the delivery whose sender it is about: that matters for a recipient who is
--   alone, too
function Run:doubts(why, number)
  if not number then
    self.doubt = self.doubt or why
  elseif not self:is_from_owner(number) then
    self.sender_doubt = self.sender_doubt or why
  end
end

--- Whether an entry of a delivery did not lead to where it goes, but is known to have that as its
-- target: somebody wrote there himself.
-- @tparam number number of the delivery
-- @treturn boolean
function Run:is_named(number)
  self.named = self.named or of_leaves(self, "is_named")
  return self.named[number] == true
end

-- Deliveries as the set of their lines.
local function lines_of(deliveries)
  local set = {}
  for _, delivery in ipairs(deliveries) do set[ends.line(delivery)] = true end
  return set
end

--- Routes once more, as nobody does who takes a shorter way or draws lots as for some other address:
-- by the policy, with the whole way, and by the one that it is compared with.
-- @treturn table the way, see `postoffice.policy.prove.explain`
-- @treturn boolean whether the host was asked something on it
function Run:repeated()
  local recorder, has_asked = trace.new(self.policy.compiled.directory), false
  local answer, envelope = self.ask or routings.no_answer, self.message:envelope()
  local function ask(...)
    has_asked = true
    return answer(...)
  end
  local routing = routings.begin(self.policy, envelope, recorder, ask)
  local deliveries = pipeline.route(routing, { self.text })
  self.deliveries, self.count, self.named, self.owners = deliveries, #deliveries, nil, nil
  self.others = self.other and lines_of(routings.route(self.other, self.text, envelope, self.ask))
  return explain.new(self.text, recorder, deliveries, self.policy.revision), has_asked
end

--- A run of a policy, and of another one that it is compared with.
-- @tparam table fields `policy`, `text`, `message`, `deliveries`; if there is another, it as `other`,
--   and as `others` what it makes of the same; and, if they are known, `named` and `owners` (see
--   `messages.each`) and `ask` (what answers functions)
-- @treturn table the same with their `count`, and `others` as a set of lines
local function new(fields)
  fields.count = #fields.deliveries
  fields.others = fields.others and lines_of(fields.others)
  return setmetatable(fields, Run)
end

return { new = new }
