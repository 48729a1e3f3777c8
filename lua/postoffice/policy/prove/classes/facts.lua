--- All combinations of facts that can matter to a routing, found out by routing.
--
-- A fact has no value until the engine reads it; then it takes the first of its values, and the
-- others have their turn later, with all facts that were read before as they were.  So there are as
-- many routings as there are answers that differ, and what is never read cannot matter.
-- @module postoffice.policy.prove.classes.facts

local addresses = require "postoffice.address"
local functions = require "postoffice.policy.prove.classes.functions"
local new_choices = require "postoffice.policy.prove.classes.choices".new
local pipeline = require "postoffice.policy.route.pipeline"
local read_sender = require "postoffice.policy.route.envelope".read_sender

local facts = {}

-- The value of a fact in this round.
local function decide(search, name, values)
  local known = search.known[name]
  if known then return known.values[known.place] end
  local value, decision = search.choices:choose(values)
  search.known[name] = decision
  return value
end

-- ---- What the engine reads ---------------------------------------------------

local EITHER = { false, true }

-- The values that a fact may have: the one that is said, or all.
local function values_of(search, name, all)
  local said = search.options.fixed[name]
  if said == nil then return all end
  return { said }
end

-- By field of an envelope, what is read of it; any other is absent.
local READ = {
  may_relay = function(search)
    return decide(search, "may_relay", values_of(search, "may_relay", EITHER))
  end,
  authenticated = function(search)
    return decide(search, "authenticated", values_of(search, "authenticated", EITHER))
  end,
  size = function(search) return decide(search, "size", search.options.sizes) end,
  now = function() return 0 end,
}

local function new_envelope(search)
  return setmetatable({}, { __index = function(_, name)
    local read = READ[name]
    return read and read(search)
  end })
end

-- Whether connectors are down is asked of each by its folded name; of one that is asked, mail may
-- have arrived by it, too.
local function is_down(search, name)
  local arrived = search.known.arrived_by
  if arrived and not arrived.is_said and not arrived.values[arrived.place]
    and not arrived.seen[name] then
    arrived.seen[name] = true
    table.insert(arrived.values, name)
  end
  local fixed = search.options.fixed
  if fixed.nothing_is_down then return false end
  if fixed.down and fixed.down[name] ~= nil then return fixed.down[name] end
  if search.is_one and search.is_alive then return false end
  local down = decide(search, "down " .. name, EITHER)
  search.is_alive = search.is_alive or not down and not search.options.drained[name]
  return down
end

local function arrived_by(search)
  local said = search.options.fixed.arrived_by
  local value = decide(search, "arrived_by", said ~= nil and { said } or { false })
  local decision = search.known.arrived_by
  decision.seen = decision.seen or {}
  decision.is_said = said ~= nil
  return value or nil
end

-- Makes the table that stands for the sender the sender itself, once the engine asks whether it is <>:
-- it does so before it looks at anything of it, but for what its bytes need on the wire.
local function settle(search, routing, sender)
  if rawget(routing, "null_sender") ~= nil then return end
  local own = {}
  read_sender(own, decide(search, "sender", search.options.senders))
  for name in pairs(sender) do sender[name] = nil end
  for name, value in pairs(own.sender) do sender[name] = value end
  rawset(routing, "null_sender", own.null_sender)
end

-- Has the engine's reading of facts decide them.
local function listen(search, routing)
  local sender = addresses.smtp("x", "example")
  routing.sender, routing.is_bare, routing.envelope = sender, false, new_envelope(search)
  routing.down = setmetatable({}, { __index = function(_, name) return is_down(search, name) end })
  return setmetatable(routing, { __index = function(_, name)
    if name == "arrived_by" then return arrived_by(search) end
    if name ~= "null_sender" then return nil end
    settle(search, routing, sender)
    return rawget(routing, "null_sender")
  end }), sender
end

-- ---- Functions ---------------------------------------------------------------

-- The state of a script, of which no function is called: what it would do is not known.
local function never_called(state)
  return setmetatable({}, { __index = function(_, name)
    if name == "call" then return function(_, fn) error({ called = fn }, 0) end end
    return function(_, ...) return state[name](state, ...) end
  end })
end

-- ---- Rounds ------------------------------------------------------------------

-- A sender of which nothing was read is the one that is said, if any is.
local function pass_on(search, routing, sender, deliveries)
  if search.known.sender then return settle(search, routing, sender) end
  for _, delivery in ipairs(deliveries) do
    if rawequal(delivery.sender, sender) then delivery.sender = nil end
  end
end

-- Where a policy takes an address; nil and a declaration if that is for a function to decide.
local function route(search, policy, text)
  search.is_alive = false
  local routing, sender = listen(search, pipeline.begin(policy, {}, nil, nil, 1))
  if policy.compiled.scripted then routing.state = never_called(routing.state) end
  local ok, deliveries = pcall(pipeline.route, routing, text)
  if ok then
    pass_on(search, routing, sender, deliveries)
    return deliveries
  end
  local called = type(deliveries) == "table" and deliveries.called
  if not called then error(deliveries, 0) end
  return nil, (functions.declaration(policy.compiled, called))
end

-- The facts that were read, as an envelope, and those that are said.
local function envelope_of(search)
  local envelope, fixed = {}, search.options.fixed
  for _, name in ipairs { "may_relay", "authenticated" } do envelope[name] = fixed[name] end
  for name, decision in pairs(search.known) do
    local value, connector = decision.values[decision.place], name:match "^down (.*)$"
    if connector then
      envelope.down = envelope.down or {}
      if value then table.insert(envelope.down, connector) end
    elseif value or name ~= "arrived_by" then
      envelope[name] = value
    end
  end
  for connector, is_said in pairs(fixed.down or {}) do
    envelope.down = envelope.down or {}
    if is_said then table.insert(envelope.down, connector) end
  end
  envelope.arrived_by = envelope.arrived_by or fixed.arrived_by or nil
  return envelope
end

-- Facts that somebody wants to be told in any case.
local function ask(search)
  for _, name in ipairs(search.options.asked) do
    if name == "sender" then
      decide(search, "sender", search.options.senders)
    elseif READ[name] then
      READ[name](search)
    end
  end
end

--- Routes an address under all combinations of facts that can matter.
-- @tparam {table,...} policies
-- @tparam string text of the address
-- @tparam table options `senders` (texts), `sizes`, `drained` (folded names of connectors that are
--   never alive), `is_one` (it is one recipient that goes one way, so that nobody after the first
--   connector that is alive can win), `fixed` (facts that are said: `may_relay`, `authenticated`,
-- `arrived_by`, `down` (by folded name), `nothing_is_down`), `asked` (names of facts that are to
-- be
--   told in any case), `most`
-- @tparam function visit is given the deliveries of each policy, the envelope, and the
--   declaration of a function that would have to be called, whose policy has no deliveries then;
--   true ends it
-- @treturn boolean|nil whether it was ended; nil if there are more combinations than `most`
function facts.each(policies, text, options, visit)
  local search = { options = options, choices = new_choices(), is_one = options.is_one }
  for _ = 1, options.most do
    if not search.choices:begin() then return false end
    search.known, search.is_alive = {}, false
    ask(search)
    local deliveries, called = {}, nil
    for i, policy in ipairs(policies) do
      local declaration
      deliveries[i], declaration = route(search, policy, text)
      called = called or declaration
    end
    if visit(deliveries, envelope_of(search), called) then return true end
  end
  if search.choices:begin() then return nil end
  return false
end

return facts
