-- Of the oracle: nobody edits it (see ../init.lua).
--- Records what happens to an address.  Routing runs without a trace; explaining
-- is routing with one, so both take the same decisions.
-- @module spec.oracle.route.trace

local describe = require "spec.oracle.language.describe"
local write = require "postoffice.address".show

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

local function shown(value) return type(value) == "table" and write(value) or value end

--- What adds steps of a stage to the trace of a routing that has one; without one, nothing is
-- written or formatted.
-- @tparam string stage
-- @treturn function of routing, declaration (or nil), a format, and at most three arguments for it:
--   texts, numbers, and addresses as they are
function trace.teller(stage)
  return function(routing, declaration, text, a, b, c)
    local recorder = routing.trace
    if not recorder then return end
    recorder:say(stage, text:format(shown(a), shown(b), shown(c)), declaration)
  end
end

--- Remembers that a declaration took part.
-- @tparam table declaration
function trace:use(declaration) self.used[declaration] = true end

return trace
