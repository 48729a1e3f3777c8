--- How a proof routes a message: it asks nobody, signs with keys of its own, and it is always the same time.
-- @module postoffice.policy.prove.classes.routings

local pipeline = require "postoffice.policy.route.pipeline"

local routings = {}

--- When messages are routed in a proof: what is signed is so on both sides, and nothing but the days
-- since are looked at.
routings.NOW = 0

--- Gives keys to whoever signs or opens: by another name, other ones.
-- @string name
-- @treturn {string,...}
function routings.secrets(name) return { "a key of the proof for " .. name } end

--- Answers no question.
-- @treturn nil
-- @treturn string
function routings.no_answer() return nil, "nobody is asked in a proof" end

--- A routing of a message of which all is known, as a proof does it: it asks nobody, and signs with
-- keys of its own.
-- @tparam table policy
-- @tparam table envelope
-- @tparam[opt] table recorder
-- @tparam[opt] function ask
-- @treturn table
function routings.begin(policy, envelope, recorder, ask)
  local routing = pipeline.begin(policy, envelope, recorder, ask or routings.no_answer, 1)
  routing.secrets = routings.secrets
  return routing
end

--- What a policy makes of an address in a proof.
-- @tparam table policy
-- @tparam string text
-- @tparam table envelope
-- @tparam[opt] function ask
-- @treturn {table,...} deliveries
function routings.route(policy, text, envelope, ask)
  return pipeline.route(routings.begin(policy, envelope, nil, ask), { text })
end

return routings
