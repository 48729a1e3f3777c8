--- Calls the functions of a policy's script and answers what it asks meanwhile.
--
-- A call is a loop of steps that return: start, "ask", the host's answer,
-- resume.  No C function is alive while the host looks something up, so it may
-- yield.
-- @module postoffice.policy.route.calls

local describe = require "postoffice.policy.language.describe"
local matchers = require "postoffice.policy.pattern.matchers"
local say = require "postoffice.policy.route.trace".teller "script"
local suggest = require "postoffice.suggest"
local verdict = require "postoffice.policy.route.verdict"

local script = {}

local reason, short = describe.reason, describe.short

-- Whether `pcall` lets the function it calls yield; on PUC Lua 5.1 it does not.
-- Trying it out would: nginx forbids coroutines where policies are loaded.
local yields_through_pcall = _VERSION ~= "Lua 5.1" or rawget(_G, "jit") ~= nil

local function finish(co, ok, ...)
  if not ok then return false, (...) end
  if coroutine.status(co) == "dead" then return true, ... end
  return finish(co, coroutine.resume(co, coroutine.yield(...)))
end

--- `pcall`, for functions that may yield, on every Lua.
-- @tparam function call
-- @param ... its arguments
-- @treturn boolean
-- @return what it returned, or raised
function script.guarded(call, ...)
  if yields_through_pcall or not coroutine.running() then return pcall(call, ...) end
  local co = coroutine.create(call)
  return finish(co, coroutine.resume(co, ...))
end

local function names_of(asks)
  local names = {}
  for name in pairs(asks) do names[#names + 1] = tostring(name) end
  return names
end

local function no_such_question(asks, name)
  return nil, ('the host answers no question "%s"%s'):format(name,
    suggest.listing(type(asks) == "table" and names_of(asks) or {}, "it answers"))
end

-- The host's answer, or nil and a sentence where it failed.
local function answer(asks, name, key, envelope)
  if type(asks) == "function" then return asks(name, key, envelope) end
  local source = asks and asks[name]
  if source == nil then return no_such_question(asks, name) end
  if type(source) == "function" then return source(key, envelope) end
  return source[key]
end

-- Answers that a routing keeps, and bytes of a question's name and key that it keeps one for.
local MOST_KEPT, LONGEST_KEPT = 1000, 1024

-- The text that stands for a question among those a routing keeps the answers to; nil for one
-- that is asked anew each time: a table, or a long text.
local function id_of(name, key)
  if type(key) == "table" then return nil end
  local text = type(key) == "string" and key or tostring(key)
  if #name + #text > LONGEST_KEPT then return nil end
  return name .. "\0" .. type(key) .. text
end

-- The host's answer, or nil and why there is none.
local function ask_host(routing, name, key)
  local ok, value, failure = script.guarded(answer, routing.asks, name, key, routing.envelope)
  if not ok then value, failure = nil, reason(value) end
  return value, value == nil and failure and reason(failure) or nil
end

-- A question's answer is the same for all of one routing, as far as it keeps answers.
local function remembered(routing, name, key)
  local id = id_of(name, key)
  local known = routing.answers or { count = 0 }
  routing.answers = known
  if id and known[id] then return known[id].value, known[id].failure end
  local value, failure = ask_host(routing, name, key)
  if id and known.count < MOST_KEPT then
    known[id] = { value = value, failure = failure }
    known.count = known.count + 1
  end
  return value, failure
end

-- What was asked or answered, for the trace.
local function shown(value)
  if type(value) == "string" then return ('"%s"'):format(short(value)) end
  return short(reason(value))
end

local function say_asked(routing, declaration, name, key, outcome)
  say(routing, declaration, "asks %s for %s: %s", short(name), shown(key), outcome)
end

-- What the host may answer with; a table is seen when it is passed.
local PASSES = { ["nil"] = true, boolean = true, number = true, string = true, table = true }

local ANSWERS = 'answer nil for "not found", or a boolean, a number, a string or a table of these'

local function unpassable(name, value)
  return ("the host's answer to %s is a %s%s; %s"):format(name, type(value),
    type(value) == "userdata" and ", such as the null of a database or of JSON" or "", ANSWERS)
end

local function fail_ask(routing, declaration, suspended, name, key, failure)
  if routing.trace then say_asked(routing, declaration, name, key, "fails, " .. failure) end
  return routing.state:resume(suspended, nil, failure, "fail")
end

-- Goes on after a table was passed; if it could not be, that is the host's failure.
local function passed(routing, declaration, suspended, name, key, step, ...)
  if step ~= "unpassable" then return step, ... end
  return fail_ask(routing, declaration, suspended, name, key,
    ("the host's answer to %s cannot be passed: %s; %s"):format(name, (...), ANSWERS))
end

local STEP = {}

function STEP.ask(routing, declaration, suspended, name, key)
  local value, failure = remembered(routing, name, key)
  if not failure and not PASSES[type(value)] then failure = unpassable(name, value) end
  if failure then return fail_ask(routing, declaration, suspended, name, key, failure) end
  if routing.trace then
    say_asked(routing, declaration, name, key, value == nil and "not found" or shown(value))
  end
  local state = routing.state
  if type(value) ~= "table" then return state:resume(suspended, value) end
  return passed(routing, declaration, suspended, name, key,
    state:resume(suspended, value))
end

function STEP.matches(routing, _, suspended, address, text)
  local compiled = routing.compiled
  compiled.patterns = compiled.patterns or matchers.cache()
  local captures, message = matchers.matches(address, text, compiled.patterns)
  return routing.state:resume(suspended, captures, message)
end

-- All calls for one recipient share its budget, also those for its deliveries.
local function use_budget(routing)
  local budget = routing.budget
  if budget and budget.instructions then
    routing.state:allow(budget.instructions, budget.milliseconds, budget.wall)
  end
end

local function keep_budget(routing)
  local budget = routing.budget or {}
  budget.instructions, budget.milliseconds, budget.wall = routing.state:left()
  routing.budget = budget
end

-- Runs a call to its end; `step` and the rest are what the state returned last.
local function run(routing, declaration, step, ...)
  if step == "done" then
    keep_budget(routing)
    return true, ...
  end
  if step == "failed" then
    keep_budget(routing)
    local code, message = ...
    say(routing, declaration, "fails: %s", message or code)
    return nil, verdict.of(code, message, declaration)
  end
  return run(routing, declaration, STEP[step](routing, declaration, ...))
end

--- Charges a recipient's budget for what the host is about to do for a script.
-- @tparam table routing in which a function has been called for the recipient
-- @tparam number instructions
-- @treturn boolean whether there were as many left
function script.charge(routing, instructions)
  local budget = routing.budget
  budget.instructions = budget.instructions - instructions
  return budget.instructions >= 0
end

--- Calls a function of the script.
-- @tparam table routing
-- @tparam table declaration what holds the function
-- @param fn the function, as declared
-- @param ... its arguments
-- @treturn true|nil
-- @return what it returned, or a verdict where it failed
function script.call(routing, declaration, fn, ...)
  use_budget(routing)
  return run(routing, declaration, routing.state:call(fn, ...))
end

--- Calls `on.name`, if the script defines it.
-- @tparam table routing
-- @tparam string name
-- @param ... its arguments
-- @return what it returned, or nil
-- @treturn table|nil a verdict where it failed
-- @treturn table|nil its declaration
function script.event(routing, name, ...)
  local event = routing.compiled.on[name]
  if not event then return nil end
  if routing.trace then routing.trace:use(event.declaration) end
  local ok, result = script.call(routing, event.declaration, event.call, ...)
  if ok then return result, nil, event.declaration end
  return nil, result, event.declaration
end

return script
