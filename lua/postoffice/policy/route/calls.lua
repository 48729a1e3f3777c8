--- Calls the functions of a policy's script and answers what it asks meanwhile.
--
-- A call is a loop of steps that return: start, "ask", the host's answer,
-- resume.  No C function is alive while the host looks something up, so it may
-- yield.
-- @module postoffice.policy.route.calls

local arguments = require "postoffice.policy.route.arguments"
local asks = require "postoffice.policy.route.asks"
local describe = require "postoffice.policy.language.describe"
local localpart = require "postoffice.localpart"
local matchers = require "postoffice.policy.pattern.matchers"
local membership = require "postoffice.policy.route.membership"
local read = require "postoffice.policy.route.read"
local read_any = require "postoffice.address".read_any
local say = require "postoffice.policy.route.trace".teller "script"
local sets = require "postoffice.policy.compile.sets"
local answer = require "postoffice.policy.route.waves".answer
local told = require "postoffice.policy.language.slips".told
local verdict = require "postoffice.policy.route.verdict"
local write = require "postoffice.address".show
local zone = require "postoffice.text.zone"

local script = {}

local reason, short = describe.reason, describe.short

-- Whether a table says itself how it is written, as addresses do.
local function has_text(value)
  local metatable = getmetatable(value)
  return type(metatable) == "table" and rawget(metatable, "__tostring") ~= nil
end

-- What was asked or answered, for the trace.
local function shown(value)
  if type(value) == "string" then return ('"%s"'):format(short(value)) end
  if type(value) == "table" and not has_text(value) then return short(describe.contents(value)) end
  return short(reason(value))
end

local function say_asked(routing, declaration, name, key, outcome)
  say(routing, declaration, "asks %s for %s: %s", short(name), shown(key), outcome)
end

local function fail_ask(routing, declaration, suspended, name, key, failure)
  if routing.trace then say_asked(routing, declaration, name, key, "fails, " .. failure) end
  return routing.state:resume(suspended, nil, failure, "fail")
end

-- Goes on after a table was passed; if it could not be, that is the host's failure.
local function passed(routing, declaration, suspended, name, key, step, ...)
  if step ~= "unpassable" then return step, ... end
  return fail_ask(routing, declaration, suspended, name, key,
    ("the host's answer to %s cannot be passed: %s; %s"):format(name, (...), asks.EXPECTED))
end

local STEP = {}

function STEP.ask(routing, declaration, suspended, name, key)
  local value, failure = answer(routing, name, key)
  if failure then return fail_ask(routing, declaration, suspended, name, key, failure) end
  if routing.trace then
    say_asked(routing, declaration, name, key, value == nil and "not found" or shown(value))
  end
  local state = routing.state
  if type(value) ~= "table" then return state:resume(suspended, value) end
  return passed(routing, declaration, suspended, name, key,
    state:resume(suspended, value))
end

-- Ends a call by the script's own mistake.
local function raise(routing, suspended, message)
  return routing.state:resume(suspended, nil, message, "raise")
end

-- Room for the patterns that a policy's functions match by, as much as the script has itself.
local function cache_of(routing)
  local compiled = routing.compiled
  if not compiled.patterns then
    local _, most = routing.state:memory()
    compiled.patterns = matchers.cache(most)
  end
  return compiled.patterns
end

-- Goes on with nil and a message where a script gave no address; a rule that never fires so is told.
local function no_address(routing, declaration, suspended, name, message)
  if routing.trace then say(routing, declaration, "%s is given no address: %s", name, message) end
  return routing.state:resume(suspended, nil, message)
end

-- Goes on with false where a script gave nil: the address of somebody whom nobody knows, such as the
-- sender of a message of which the host says none.
local function nobody(routing, declaration, suspended, name)
  if routing.trace then
    say(routing, declaration, "%s is given nil: nobody, of whom nothing is so", name)
  end
  return routing.state:resume(suspended, false)
end

-- What is wrong with an address that is longer than any that is routed; nil where it is not.  Reading it is no
-- longer the script's work, and may be that of a type that Lua defines, which nothing interrupts.
local function too_long(given)
  local bytes = read.bytes_of(given)
  if bytes <= read.MOST_BYTES then return nil end
  return ("an address of %d bytes; %d are the most"):format(bytes, read.MOST_BYTES)
end

STEP["mail.matches"] = function(routing, declaration, suspended, address, text)
  local matcher, wrong = arguments.matcher(routing.compiled, text, function()
    return matchers.cached(cache_of(routing), text)
  end)
  if not matcher then return raise(routing, suspended, "mail.matches: " .. wrong) end
  if address == nil then return nobody(routing, declaration, suspended, "mail.matches") end
  wrong = too_long(address)
  if wrong then return raise(routing, suspended, "mail.matches: " .. wrong) end
  local found, message = matchers.matches(address, matcher)
  if found == nil then
    return no_address(routing, declaration, suspended, "mail.matches", message)
  end
  return routing.state:resume(suspended, found)
end

STEP["mail.in_set"] = function(routing, declaration, suspended, given, name)
  local set, wrong = arguments.set(routing.compiled, name)
  if not set then return raise(routing, suspended, "mail.in_set: " .. wrong) end
  if given == nil then return nobody(routing, declaration, suspended, "mail.in_set") end
  wrong = too_long(given)
  if wrong then return raise(routing, suspended, "mail.in_set: " .. wrong) end
  local address, message = read_any(given)
  if not address then
    return no_address(routing, declaration, suspended, "mail.in_set", message)
  end
  local is_in = sets.includes(set, address) ~= nil
  if is_in then
    membership.tell(say, routing, set, address)
  elseif routing.trace then
    routing.trace:mention("script", set.declaration, "%s is not in the set %s", write(address),
      set.name)
  end
  return routing.state:resume(suspended, is_in)
end

local MOST_PROFILES = 32 -- that may be tried, one after the other

-- What is peeled off a local part; an error is the script's mistake, and no place in this file its.
local function peel(given, options)
  local profiles = options and options.profiles
  if type(profiles) == "table" and #profiles > MOST_PROFILES then
    error(("profiles has more than %d"):format(MOST_PROFILES), 0)
  end
  return localpart.peel(given, options)
end

local function peeled(routing, suspended, ok, ...)
  if ok then return routing.state:resume(suspended, ...) end
  return raise(routing, suspended,
    "mail.localpart: " .. reason((...)):gsub("^[^:]+:%d+: ", ""))
end

STEP["mail.localpart"] = function(routing, _, suspended, given, options)
  return peeled(routing, suspended, pcall(peel, given, options))
end

local MOST_SECONDS = 1e11 -- from 1970, either way: some 3,000 years

-- A date as explanations tell it.
local function shown_date(at)
  return ("%04d-%02d-%02d %02d:%02d:%02d %s"):format(at.year, at.month, at.day, at.hour, at.min,
    at.sec, at.zone)
end

STEP["mail.date"] = function(routing, declaration, suspended, now)
  if not (now > -MOST_SECONDS and now < MOST_SECONDS) then
    return raise(routing, suspended, "mail.date: the time has to be seconds since 1970, such as"
      .. " the envelope's now")
  end
  local at = zone.date(routing.compiled.settings.clock, now)
  if routing.trace then say(routing, declaration, "asks for the date: %s", shown_date(at)) end
  return routing.state:resume(suspended, at)
end

-- What each member of a declared list adds to the budget of the recipient that it is: a hundredth of
-- what that has by default.  An honest list of any length is enough so, and who declares lists is
-- no stranger.
local MEMBER = { instructions = 10000, milliseconds = 0.5, wall = 10 }

local function use_members(budget)
  for name, share in pairs(MEMBER) do budget[name] = budget[name] + budget.members * share end
  budget.members = nil
end

-- All calls for one recipient share its budget, also those for its deliveries.
local function use_budget(routing)
  local budget = routing.budget
  if budget and budget.instructions then
    if budget.members then use_members(budget) end
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
    message = message and told(message, routing.state:missed())
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

--- Adds to a recipient's budget what the members of a declared list may use.
-- @tparam table routing
-- @tparam number count
function script.add_members(routing, count)
  local budget = routing.budget
  if budget then budget.members = (budget.members or 0) + count end
end

-- What a call returned; it failed where that is nil and a sentence, as mail.parse returns of bad data:
-- nil alone is said on purpose.
local function judged(routing, declaration, ok, result, why)
  if not ok or result ~= nil or type(why) ~= "string" then return ok, result end
  local name = declaration.word == "on" and "on." .. declaration.name or "the function"
  local message = ("%s returned nil and a message: %s"):format(name, why)
  say(routing, declaration, "fails: %s", message)
  return nil, verdict.of("policy-error", message, declaration)
end

--- Runs a call that somebody else began to its end.
-- @tparam table routing
-- @tparam table declaration what holds the function
-- @param ... what the state returned when it was called
-- @treturn true|nil
-- @return what it returned, or a verdict where it failed
function script.go_on(routing, declaration, ...)
  return judged(routing, declaration, run(routing, declaration, ...))
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
  return script.go_on(routing, declaration, routing.state:call(fn, ...))
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
