--- `pcall` on every Lua, for functions of the host that may yield.
-- @module postoffice.policy.route.guarded

-- Whether `pcall` lets the function it calls yield; on PUC Lua 5.1 it does not.
-- Trying it out would: nginx forbids coroutines where policies are loaded.
local yields_through_pcall = _VERSION ~= "Lua 5.1" or rawget(_G, "jit") ~= nil

local function finish(co, ok, ...)
  if not ok then return false, (...) end
  if coroutine.status(co) == "dead" then return true, ... end
  return finish(co, coroutine.resume(co, coroutine.yield(...)))
end

--- Calls a function of the host.
-- @tparam function call
-- @param ... its arguments
-- @treturn boolean
-- @return what it returned, or raised
local function guarded(call, ...)
  if yields_through_pcall or not coroutine.running() then return pcall(call, ...) end
  local co = coroutine.create(call)
  return finish(co, coroutine.resume(co, ...))
end

return guarded
