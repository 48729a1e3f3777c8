--- The runs of a claim: one address with one envelope, and what a policy makes of it.
--
-- A proof asks nobody and signs with a key of its own: what a policy's functions would be told is
-- given to each run.
-- @module postoffice.policy.prove.claims.runs

local ends = require "postoffice.policy.prove.claims.ends"
local explain = require "postoffice.policy.prove.explain"
local messages = require "postoffice.policy.prove.classes.messages"
local pipeline = require "postoffice.policy.route.pipeline"
local trace = require "postoffice.policy.route.trace"

local Run = {}
Run.__index = Run

--- What a host might answer: nothing found, and a failure.
local ANSWERS = {
  { ask = function() return nil end, says = "whatever is asked is not found" },
  { ask = function() return nil, "the host fails" end, says = "what is asked fails" },
}

-- The numbers of those leaves of a run whose entries did not lead to their addresses, as a set.
local function named_of(run)
  local routing, named = messages.begin(run.policy, run.message:envelope(), nil, run.ask), {}
  routing.survey = false -- its leaves do not tell
  pipeline.resolve_all(routing, { run.text })
  for i, leaf in ipairs(routing.leaves) do named[i] = leaf.is_named end
  return named
end

--- Remembers why what is said of the run may not be so of others of its class.
-- @string why
function Run:doubts(why) self.doubt = self.doubt or why end

--- Whether an entry of a delivery did not lead to where it goes, but is known to have that as its
-- target: somebody wrote there himself.
-- @tparam number number of the delivery
-- @treturn boolean
function Run:is_named(number)
  self.named = self.named or named_of(self)
  return self.named[number] == true
end

--- The whole way.
-- @treturn table see `postoffice.policy.prove.explain`
-- @treturn {table,...} deliveries, as they are when nobody takes a shorter way
-- @treturn boolean whether the host was asked something on it
function Run:explain()
  local recorder, has_asked = trace.new(self.policy.compiled.directory), false
  local answer = self.ask or messages.no_answer
  local function ask(...)
    has_asked = true
    return answer(...)
  end
  local routing = messages.begin(self.policy, self.message:envelope(), recorder, ask)
  local deliveries = pipeline.route(routing, { self.text })
  return explain.new(self.text, recorder, deliveries, self.policy.revision), deliveries, has_asked
end

-- Deliveries as the set of their lines.
local function lines_of(deliveries)
  local set = {}
  for _, delivery in ipairs(deliveries) do set[ends.line(delivery)] = true end
  return set
end

--- A run of a policy, and of another one that it is compared with.
-- @tparam table fields `policy`, `text`, `message`, `deliveries`; and, if they are known, `others`
--   (what another policy makes of the same), `named` (see `messages.each`) and `ask` (what answers
--   functions)
-- @treturn table the same with their `count`, and `others` as a set of lines
local function new(fields)
  fields.count = #fields.deliveries
  fields.others = fields.others and lines_of(fields.others)
  return setmetatable(fields, Run)
end

return { new = new, ANSWERS = ANSWERS }
