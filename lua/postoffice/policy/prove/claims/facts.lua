--- The facts of a claim: what is so of the envelopes that it speaks of.
-- @module postoffice.policy.prove.claims.facts

local core = require "postoffice.core"

local facts = {}

local lower = string.lower

local UNKNOWN = { unknown = true }

--- The sender of an envelope as an address, or nil.
-- @tparam table envelope
-- @treturn table|nil
function facts.sender(envelope)
  local sender = envelope.sender
  if sender == nil or type(sender) == "table" then return sender end
  return (core.parse(sender == "" and "<>" or sender, UNKNOWN))
end

-- By kind of a fact, a function of an envelope that says whether it is so.
local FACT = {}

function FACT.may_relay(_, fact)
  local said = not fact.negated
  return function(envelope) return (envelope.may_relay or false) == said end
end

function FACT.authenticated(_, fact)
  local said = not fact.negated
  return function(envelope) return (envelope.authenticated or false) == said end
end

-- The folded names of the connectors that are down, as a set.
local function down(envelope)
  local set = {}
  for _, name in ipairs(envelope.down or {}) do set[lower(name)] = true end
  return set
end

function FACT.down(binding, fact)
  local names = binding:connectors(fact.names)
  return function(envelope)
    local set = down(envelope)
    for name in next, names do
      if not set[name] then return false end
    end
    return true
  end
end

function FACT.nothing()
  return function(envelope) return next(envelope.down or {}) == nil end
end

function FACT.size(_, fact)
  return function(envelope)
    local size = envelope.size or 0
    if fact.over then return size > fact.over end
    return size <= fact.up_to
  end
end

function FACT.arrived_by(binding, fact)
  local connector = binding:connector(fact.name_at, fact.name)
  return function(envelope)
    return envelope.arrived_by ~= nil and lower(envelope.arrived_by) == connector.folded
  end
end

--- What tells whether a fact is so of an envelope.
-- @tparam table binding
-- @tparam table fact of a claim
-- @treturn function of an envelope
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

--- What a claim says of all its envelopes.
-- @tparam table binding
-- @tparam {table,...} list its facts
-- @treturn table `may_relay`, `authenticated` (flags), `down` (names of connectors that are, whatever
--   others are), `nothing_down`, `over` and `up_to` (bytes), `arrived_by`
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
