--- The runs of a claim: one address with one envelope, and what a policy makes of it.
--
-- A proof asks nobody and signs with a key of its own: what a policy's functions would be told is
-- given to each run.
-- @module postoffice.policy.prove.claims.runs

local bindings = require "postoffice.policy.prove.claims.binding"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
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

--- Whether the sender of a delivery is the owner of a list that led there: then it is no matter who wrote.
-- @tparam table delivery
-- @treturn boolean
function Run:is_from_owner(delivery)
  local compiled = self.policy.compiled
  for _, name in ipairs(delivery.via or {}) do
    local entry = bindings.find_entry(compiled, name)
    local owner = entry and directory.owner(compiled.directory, entry)
    if owner and core.equal(owner, delivery.sender) then return true end
  end
  return false
end

--- Remembers why what is said of the run may not be so of others of its class.
-- @string why
-- @tparam[opt] table delivery whose sender it is about: that matters for a recipient who is alone, too
function Run:doubts(why, delivery)
  self.doubt = self.doubt or why
  if delivery and not self:is_from_owner(delivery) then self.sender_doubt = why end
end

--- Whether an entry of a delivery did not lead to where it goes, but is known to have that as its
-- target: somebody wrote there himself.
-- @tparam number number of the delivery
-- @treturn boolean
function Run:is_named(number)
  self.named = self.named or named_of(self)
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
  local answer, envelope = self.ask or messages.no_answer, self.message:envelope()
  local function ask(...)
    has_asked = true
    return answer(...)
  end
  local routing = messages.begin(self.policy, envelope, recorder, ask)
  local deliveries = pipeline.route(routing, { self.text })
  self.deliveries, self.count, self.named = deliveries, #deliveries, nil
  self.others = self.other and lines_of(messages.route(self.other, self.text, envelope, self.ask))
  return explain.new(self.text, recorder, deliveries, self.policy.revision), has_asked
end

--- A run of a policy, and of another one that it is compared with.
-- @tparam table fields `policy`, `text`, `message`, `deliveries`; if there is another, it as `other`,
--   and as `others` what it makes of the same; and, if they are known, `named` (see `messages.each`)
--   and `ask` (what answers functions)
-- @treturn table the same with their `count`, and `others` as a set of lines
local function new(fields)
  fields.count = #fields.deliveries
  fields.others = fields.others and lines_of(fields.others)
  return setmetatable(fields, Run)
end

return { new = new, ANSWERS = ANSWERS }
