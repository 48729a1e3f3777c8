--- Records what happens to an address.  Routing runs without one; explaining is
-- routing with one, so both go the same way.
-- @module postoffice.policy.route.trace

local describe = require "postoffice.policy.language.describe"

local trace = {}
trace.__index = trace

--- An empty record.
-- @treturn table `steps` in order, `used` rules
function trace.new() return setmetatable({ steps = {}, used = {} }, trace) end

--- Adds a step.
-- @tparam string stage such as `"resolve"`
-- @tparam string text what happened, for people
-- @tparam[opt] table rule the declaration that it happened by
-- @tparam[opt] table data for programs
function trace:say(stage, text, rule, data)
  local step = { stage = stage, text = text, rule = rule and describe.where(rule) }
  for name, value in pairs(data or {}) do step[name] = value end
  self.steps[#self.steps + 1] = step
  if rule and not (data and data.unused) then self.used[rule] = true end
end

--- Remembers that a rule had a part in it.
-- @tparam table rule a declaration
function trace:use(rule) self.used[rule] = true end

return trace
