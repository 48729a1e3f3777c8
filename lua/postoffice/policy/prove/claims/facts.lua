--- The facts of a claim: what is so of the messages that it speaks of.
-- @module postoffice.policy.prove.claims.facts

local facts = {}

local lower = string.lower

-- By kind of a fact, a function of a message that says whether it is so.
local FACT = {}

-- What a flag of the message says.
local function flag(_, fact)
  local said = not fact.negated
  return function(message) return (message:get(fact.kind) or false) == said end
end

FACT.may_relay, FACT.authenticated = flag, flag

function FACT.down(binding, fact)
  local names = binding:connectors(fact.names)
  return function(message)
    for name in next, names do
      if not message:is_down(name) then return false end
    end
    return true
  end
end

function FACT.nothing()
  return function(message)
    for _, name in ipairs(message:connectors()) do
      if message:is_down(name) then return false end
    end
    return true
  end
end

function FACT.size(_, fact)
  return function(message)
    local size = message:get "size" or 0
    if fact.over then return size > fact.over end
    return size <= fact.up_to
  end
end

function FACT.arrived_by(binding, fact)
  local connector = binding:connector(fact.name_at, fact.name)
  return function(message) return message:get "arrived_by" == connector.folded end
end

--- What tells whether a fact is so of a message.
-- @tparam table binding
-- @tparam table fact of a claim
-- @treturn function of a message, as `postoffice.policy.prove.classes.messages.chosen` has them
function facts.bind(binding, fact) return FACT[fact.kind](binding, fact) end

-- ---- What a claim fixes ------------------------------------------------------

-- By kind of a fact, notes it among those that are fixed; says whether it contradicts another.
local FIX = {}

local function fix_flag(fixed, fact)
  local said = not fact.negated
  local before = fixed[fact.kind]
  fixed[fact.kind] = said
  return before ~= nil and before ~= said
end

FIX.may_relay, FIX.authenticated = fix_flag, fix_flag

function FIX.down(fixed, fact)
  fixed.down = fixed.down or {}
  for _, name in ipairs(fact.names) do table.insert(fixed.down, name.text) end
  return fixed.nothing_down
end

function FIX.nothing(fixed)
  fixed.nothing_down = true
  return fixed.down ~= nil
end

function FIX.size(fixed, fact)
  if fact.over then fixed.over = math.max(fixed.over or 0, fact.over) end
  if fact.up_to then fixed.up_to = math.min(fixed.up_to or math.huge, fact.up_to) end
  return fixed.over ~= nil and fixed.up_to ~= nil and fixed.over >= fixed.up_to
end

function FIX.arrived_by(fixed, fact)
  local before = fixed.arrived_by
  fixed.arrived_by = fact.name
  return before ~= nil and lower(before) ~= lower(fact.name)
end

--- What a claim says of all its messages.
-- @tparam table binding
-- @tparam {table,...} list its facts
-- @treturn table as `questions.new` takes it
function facts.fix(binding, list)
  local fixed = {}
  for _, fact in ipairs(list) do
    if FIX[fact.kind](fixed, fact) then
      binding:fail(fact.at, "no message is like that: this fact contradicts one before it")
    end
  end
  return fixed
end

return facts
