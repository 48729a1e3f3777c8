--- Which functions of a policy's script have a say in what becomes of a recipient.
-- @module postoffice.policy.prove.classes.functions

local describe = require "postoffice.policy.language.describe"
local rewrites = require "postoffice.policy.compile.rewrites"

local functions = {}

local METHODS = { "resume", "allow", "left", "missed", "memory" }

--- A script's state that remembers which function was called first.
-- @tparam userdata state
-- @treturn table with `first`, what was called
function functions.watch(state)
  local watched = { first = nil }
  for _, name in ipairs(METHODS) do
    watched[name] = function(_, ...) return state[name](state, ...) end
  end
  function watched.call(self, fn, ...)
    self.first = self.first or fn
    return state:call(fn, ...)
  end
  return watched
end

--- A script's state of which no function is called: whoever calls one is stopped by an error.
-- @tparam userdata state
-- @treturn table
function functions.stop(state)
  local stopping = functions.watch(state)
  function stopping.call(self, fn)
    self.first = fn
    error(self, 0)
  end
  return stopping
end

--- Whether an error is of a function that was to be called.
-- @param value what was raised
-- @treturn boolean
function functions.is_stop(value) return type(value) == "table" and value.first ~= nil end

--- Whether functions of some policies have a say in what becomes of mail.
-- @tparam {table,...} policies
-- @treturn boolean
function functions.have_say(policies)
  for _, policy in ipairs(policies) do
    if policy.compiled.scripted then return true end
  end
  return false
end

--- The event or rewrite that a function belongs to.
-- @tparam table compiled
-- @tparam function fn
-- @treturn table|nil its declaration
-- @treturn string|nil what it is called
function functions.declaration(compiled, fn)
  for name, event in pairs(compiled.on) do
    if rawequal(event.call, fn) then return event.declaration, "on." .. name end
  end
  for _, rewrite in ipairs(rewrites.all(compiled.rewrites)) do
    if rawequal(rewrite.make, fn) or rawequal(rewrite.matches, fn) then
      return rewrite.declaration, describe.title(rewrite.declaration)
    end
  end
end

--- The function that was called first, with its place.
-- @tparam table compiled
-- @tparam table watched by `functions.watch`
-- @treturn string|nil such as `on.route (policy.lua:40)`; nil if none was called
function functions.called(compiled, watched)
  if not watched.first then return nil end
  local declaration, name = functions.declaration(compiled, watched.first)
  if not declaration then return "a function of the script" end
  return ("%s (%s)"):format(name, describe.where(declaration))
end

return functions
