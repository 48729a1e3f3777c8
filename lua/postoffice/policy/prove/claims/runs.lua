--- The runs of a claim: one address with one envelope, and what a policy makes of it.
--
-- A proof asks nobody and signs with a key of its own: what a policy's functions would be told is
-- given to each run.
-- @module postoffice.policy.prove.claims.runs

local ends = require "postoffice.policy.prove.claims.ends"
local explain = require "postoffice.policy.prove.explain"
local sender_of = require "postoffice.policy.prove.claims.facts".sender
local pipeline = require "postoffice.policy.route.pipeline"
local trace = require "postoffice.policy.route.trace"

local Run = {}
Run.__index = Run

local KEYS = { "a key of the proof" }

local function secrets() return KEYS end

--- What a host might answer: nothing found, and a failure.
local ANSWERS = {
  { ask = function() return nil end, says = "whatever is asked is not found" },
  { ask = function() return nil, "the host fails" end, says = "what is asked fails" },
}

local function begin(policy, envelope, recorder, ask)
  local routing = pipeline.begin(policy, envelope, recorder, ask or ANSWERS[2].ask, 1)
  routing.secrets = secrets
  return routing
end

--- What a policy makes of an address, asking nobody.
-- @tparam table policy
-- @tparam string text
-- @tparam table envelope
-- @tparam[opt] function ask
-- @treturn {table,...} deliveries
local function route(policy, text, envelope, ask)
  return pipeline.route(begin(policy, envelope, nil, ask), { text })
end

--- Whether an entry of a delivery did not lead to where it goes, but is known to have that as its
-- target: somebody wrote there himself.
-- @tparam number number of the delivery
-- @treturn boolean
function Run:is_named(number)
  if not self.leaves then
    local routing = begin(self.policy, self.envelope, nil, self.ask)
    routing.survey = false
    pipeline.resolve_all(routing, { self.text })
    self.leaves = routing.leaves
  end
  local leaf = self.leaves[number]
  return leaf ~= nil and leaf.is_named == true
end

--- The whole way.
-- @treturn table see `postoffice.policy.prove.explain`
-- @treturn {table,...} deliveries, as they are when nobody takes a shorter way
function Run:explain()
  local recorder = trace.new(self.policy.compiled.directory)
  local deliveries = pipeline.route(begin(self.policy, self.envelope, recorder, self.ask),
    { self.text })
  return explain.new(self.text, recorder, deliveries, self.policy.revision), deliveries
end

-- Deliveries as the set of their lines.
local function lines_of(deliveries)
  local set = {}
  for _, delivery in ipairs(deliveries) do set[ends.line(delivery)] = true end
  return set
end

--- A run of a policy, and of another one that it is compared with.
-- @tparam table policy
-- @tparam string text
-- @tparam table envelope
-- @tparam {table,...} deliveries
-- @tparam[opt] {table,...} others what the other policy makes of the same
-- @tparam[opt] function ask what answers its functions
-- @treturn table `policy`, `text`, `envelope`, `sender`, `deliveries`, `count`, `others`
local function new(policy, text, envelope, deliveries, others, ask)
  return setmetatable({
    policy = policy, text = text, envelope = envelope, sender = sender_of(envelope),
    deliveries = deliveries, count = #deliveries, others = others and lines_of(others), ask = ask,
    leaves = nil,
  }, Run)
end

return { new = new, route = route, ANSWERS = ANSWERS }
