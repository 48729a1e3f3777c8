--- What the events of a policy may answer, where a proof takes them for all that they may.
--
-- A function may keep state, ask and tell the time; what its text says is not looked at. But what it may
-- return is bounded: nothing, a verdict of any code, or the name of a connector. What `on.recipient` puts
-- in the place of a recipient may be any address, and is looked at as the recipients are.
-- @module postoffice.policy.prove.classes.events

local connectors = require "postoffice.policy.compile.connectors"
local functions = require "postoffice.policy.prove.classes.functions"
local lists = require "postoffice.lists"

local events = {}

local NOTHING = {}

local OWN_CODE = "a code of a function's own" -- no claim can name it

local VERDICTS = {
  { verdict = "reject", class = 5 }, { verdict = "defer", class = 4 },
  { verdict = "pass", class = 2 },
}

-- A status of a class that is none of those that are named.
local function other_status(class, named)
  local number = 999
  while lists.contains(named, ("%d.999.%d"):format(class, number)) do number = number - 1 end
  return ("%d.999.%d"):format(class, number)
end

-- Adds answers that are verdicts with a code.
local function add_verdicts(list, code, named)
  for _, own in ipairs(VERDICTS) do
    local status = other_status(own.class, named)
    list[#list + 1] = { value = { verdict = own.verdict, code = code, status = status } }
  end
end

-- All verdicts that a claim can tell apart, as answers.
local function verdicts(named)
  local list = {}
  add_verdicts(list, OWN_CODE, named)
  for _, code in ipairs(named) do add_verdicts(list, code, named) end
  return list
end

--- What the events of a policy may answer: by the name of each that it has, a list of answers, each
-- with its `value`, and with `connector`, the folded name, if it is one's.  Failures are like verdicts.
-- @tparam table compiled
-- @tparam {string,...} named codes and statuses that a claim tells from others
-- @treturn table
function events.answers(compiled, named)
  local decided, by_name = verdicts(named), {}
  for name in pairs(compiled.on) do
    local list = { NOTHING }
    for _, connector in ipairs(name == "route" and connectors.all(compiled.connectors) or {}) do
      list[#list + 1] = { value = connector.name, connector = connector.folded }
    end
    lists.add_all(list, decided)
    by_name[name] = list
  end
  return by_name
end

-- The name of the event that a function is of, or nil.
local function name_of(compiled, fn)
  for name, event in pairs(compiled.on) do
    if rawequal(event.call, fn) then return name end
  end
end

--- A script's state of which each event answers as it is chosen, and no other function is called:
-- whoever calls one is stopped by an error.
-- @tparam userdata state
-- @tparam table compiled
-- @tparam function choose of the name of an event; what it answers
-- @treturn table
function events.state(state, compiled, choose)
  local free = functions.stop(state)
  local stop = free.call
  function free.call(self, fn)
    local name = name_of(compiled, fn)
    if not name then return stop(self, fn) end
    return "done", choose(name)
  end
  return free
end

return events
