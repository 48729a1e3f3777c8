--- Records what happens to an address.  Routing runs without a trace; explaining
-- is routing with one, so both take the same decisions.
-- @module postoffice.policy.route.trace

local describe = require "postoffice.policy.language.describe"

local trace = {}
trace.__index = trace

--- An empty record.
-- @treturn table `steps` in order, `used` declarations
function trace.new() return setmetatable({ steps = {}, used = {} }, trace) end

--- Adds a step.
-- @tparam string stage such as `"resolve"`
-- @tparam string text what happened, for people
-- @tparam[opt] table declaration what it happened by
-- @tparam[opt] table data for programs
function trace:say(stage, text, declaration, data)
  local step = { stage = stage, text = text, rule = declaration and describe.where(declaration) }
  for name, value in pairs(data or {}) do step[name] = value end
  self.steps[#self.steps + 1] = step
  if declaration and not (data and data.unused) then self.used[declaration] = true end
end

--- Adds a step to the trace of a routing that has one; else nothing is formatted.
-- @tparam table routing
-- @tparam string stage
-- @tparam table|nil declaration what it happened by
-- @tparam string text a format
-- @param ... its arguments
function trace.step(routing, stage, declaration, text, ...)
  if routing.trace then routing.trace:say(stage, text:format(...), declaration) end
end

--- Remembers that a declaration took part.
-- @tparam table declaration
function trace:use(declaration) self.used[declaration] = true end

return trace
