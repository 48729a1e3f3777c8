--- A policy behind protocols.
--
-- It adds to what a protocol knows of a message what the process knows: which connectors are down, and
-- what time it is; and lets no revision go live that one of its protocols could not serve (`fitness`).
-- @module postoffice.host.site

local arguments = require "postoffice.arguments"
local fitness = require "postoffice.host.fitness"
local lists = require "postoffice.lists"
local policy = require "postoffice.policy"

local site = {}

local Site = {}
Site.__index = Site
Site.__name = "postoffice.site"

local OPTIONS = {
  name = "string", policy = "string|table|function", protocols = "table", asks = "table|function",
  secrets = "table|function", down = "function", clock = "function", load = "table",
  is_fit = "boolean",
}

local MOST_HOPS = 10 -- that are told of one address
local MOST_KEPT = 1000 -- lists of these

-- The connectors that are down, or nil.
local function down_now(self)
  local down = self.down and self.down()
  return down and next(down) ~= nil and down or nil
end

-- The envelope of some facts, with what the process knows besides.
local function envelope(self, facts)
  local down = down_now(self)
  if not (down or self.clock) then return facts end
  local known = lists.copy(facts or {})
  known.down = known.down or down
  known.now = known.now or self.clock and self.clock()
  return known
end

--- Where mail goes; see `policy:route`.
-- @tparam string|table recipient
-- @tparam[opt] table facts of the message: an envelope
-- @treturn {table,...} deliveries
function Site:route(recipient, facts) return self.policy:route(recipient, envelope(self, facts)) end

--- The same as if no connector was down.
-- @tparam string|table recipient
-- @tparam[opt] table facts
-- @treturn {table,...} deliveries
function Site:route_up(recipient, facts)
  local known = lists.copy(facts or {})
  known.down, known.now = {}, known.now or self.clock and self.clock()
  return self.policy:route(recipient, known)
end

--- Which connector takes an address as it is; see `policy:nexthop`.
-- @tparam string|table recipient
-- @tparam[opt] table facts
-- @treturn table delivery, or nil, message, code
function Site:nexthop(recipient, facts)
  return self.policy:nexthop(recipient, envelope(self, facts))
end

--- Which connector takes an address when those that a delivery names first are out of service, too.
-- @tparam string|table recipient
-- @tparam table|nil facts
-- @tparam {string,...} others names of connectors
-- @treturn table delivery, or nil, message, code
function Site:nexthop_without(recipient, facts, others)
  local known, down = lists.copy(envelope(self, facts) or {}), {}
  for key, value in pairs(known.down or down) do down[key] = value end
  for _, name in ipairs(others) do down[name] = true end
  known.down = down
  return self.policy:nexthop(recipient, known)
end

--- What the first rewrite that matches makes of an address; see `policy:rewrite`.
-- @tparam string|table recipient
-- @tparam[opt] table facts
-- @treturn table|nil address
-- @treturn string|nil the rewrite's place; or a message
-- @treturn string|nil code
function Site:rewrite(recipient, facts)
  return self.policy:rewrite(recipient, envelope(self, facts))
end

--- A sender as a connector writes it; see `policy:rewrite_sender`.
-- @tparam string|table sender
-- @tparam string connector
-- @tparam[opt] table facts
-- @treturn table|nil address
-- @treturn string message
-- @treturn string code
function Site:rewrite_sender(sender, connector, facts)
  return self.policy:rewrite_sender(sender, connector, envelope(self, facts))
end

--- A sender as a connector signs it; see `policy:sign_sender`.
-- @tparam string|table sender
-- @tparam string connector
-- @tparam[opt] table facts
-- @treturn table|nil address
-- @treturn string message
-- @treturn string code
function Site:sign_sender(sender, connector, facts)
  return self.policy:sign_sender(sender, connector, envelope(self, facts))
end

--- The whole way of an address; see `policy:explain`.
-- @tparam string|table recipient
-- @tparam[opt] table facts
-- @treturn table
function Site:explain(recipient, facts)
  return self.policy:explain(recipient, envelope(self, facts))
end

--- Whose an address is; see `policy:resolve`.
-- @tparam string|table recipient
-- @tparam[opt] table options
-- @tparam[opt] table facts
-- @treturn {table,...} items
function Site:resolve(recipient, options, facts)
  return self.policy:resolve(recipient, options, envelope(self, facts))
end

--- What an SMTP domain is to us; see `policy:domain`.
-- @tparam string name
-- @treturn table|nil
function Site:domain(name) return self.policy:domain(name) end

-- Whether entries say whom they take mail from, or how much.
local function are_restricted(capabilities)
  for _, demand in ipairs(capabilities.demands) do
    if demand.word == "recipient" or demand.word == "list" then return true end
  end
  return false
end

-- What is known of the revision that is live, found out once.
local function known(self)
  local revision = self.policy.revision
  if self.known.revision ~= revision then
    local capabilities = self.policy:capabilities()
    local admitted = self.decides_before and are_restricted(capabilities) or nil
    self.known = {
      revision = revision, capabilities = capabilities, hops = {}, hop_count = 0,
      stranger = admitted and { admitted = true }, -- nothing is known faster than no facts
      inside = { admitted = admitted, may_relay = true },
    }
  end
  return self.known
end

--- What the policy that is live demands; see `policy:capabilities`.
-- @treturn table
function Site:capabilities() return known(self).capabilities end

--- The facts by which maps answer, which tell nobody's message: where the policy service is asked before,
-- it has decided who may write.
-- @tparam string who `"stranger"` or `"inside"`
-- @treturn table|nil an envelope
function Site:facts(who) return known(self)[who] end

-- Whether a delivery takes the place of another: the same address, by the same transport, to a host.
local function is_like(delivery, first)
  local hop = delivery.hop
  return delivery.verdict == "deliver" and hop ~= nil and hop.host ~= nil
    and hop.transport == first.hop.transport and delivery.wire == first.wire
end

-- The deliveries of the connectors that are left, one after the other.
local function find_alternatives(self, recipient, facts, first)
  local list, tried, delivery = { first }, {}, first
  while #tried < MOST_HOPS do
    tried[#tried + 1] = delivery.connector
    delivery = self:nexthop_without(recipient, facts, tried)
    if not delivery or not delivery.connector then break end
    if is_like(delivery, first) then list[#list + 1] = delivery end
  end
  return list
end

-- What tells the next hops of a delivery from those of others: who carries it, by which space, and who
-- else would.
local function hops_id(first)
  local id = first.connector .. "\0" .. first.space
  for _, other in ipairs(first.alternatives) do id = id .. "\0" .. other.connector end
  return id
end

--- A delivery that goes on as it is, and those that take its place when its next hop is dead: mail servers
-- fail over by themselves, where they are told of all.
-- @tparam string|table recipient
-- @tparam table facts
-- @tparam table first from `nexthop`
-- @treturn {table,...} deliveries, the first one first, or such as have its next hops
function Site:with_alternatives(recipient, facts, first)
  local others = first.alternatives
  if not (others and others[1] and first.hop and first.hop.host) then return { first } end
  local of_revision = known(self)
  if of_revision.capabilities.asks or not first.space then -- a function may choose for each address
    return find_alternatives(self, recipient, facts, first)
  end
  local id = hops_id(first)
  local list = of_revision.hops[id]
  if list then return list end
  list = find_alternatives(self, recipient, facts, first)
  if of_revision.hop_count >= MOST_KEPT then of_revision.hops, of_revision.hop_count = {}, 0 end
  of_revision.hops[id], of_revision.hop_count = list, of_revision.hop_count + 1
  return list
end

--- The revision that is live.
-- @treturn string
function Site:revision() return self.policy.revision end

--- Loads the policy anew; see `postoffice.policy.live`.
-- @tparam[opt] string text
-- @tparam[opt] table options
-- @treturn boolean|nil
-- @treturn string its revision; or what is wrong, while the last good revision stays
-- @treturn string|nil code
function Site:reload(text, options) return self.policy:reload(text, options) end

--- Whether the policy's files are as they were when it was loaded; see `policy:is_current`.
-- @treturn boolean
-- @treturn {string,...} their paths
function Site:is_current() return self.policy:is_current() end

--- Closes the policy.
function Site:close() return self.policy:close() end

-- A name stands before a dot in the names of maps, and in Postfix's policy_context.
local function check_name(name)
  if name and (name == "inside" or not name:find "^[%w_-]+$") then
    error(('option name cannot be "%s": it is made of letters, digits, _ and -, and not "inside"')
      :format(name), 3)
  end
end

-- The live policy that options name.
local function live_policy(options)
  if type(options.policy) == "table" then return options.policy end
  local load = lists.copy(options.load or {})
  load.ask, load.secrets = load.ask or options.asks, load.secrets or options.secrets
  return policy.open(options.policy, load)
end

-- Holds a live policy, and what it is reloaded to, to the protocols that it is behind; closes one that is unfit.
local function demand_fitness(live, options, protocols)
  local is_fit, message, code = live:demand(function(revision)
    return fitness.check(revision, protocols)
  end)
  if not is_fit and live ~= options.policy then live:close() end
  return is_fit, message, code
end

--- Opens a site.
-- @tparam table options `name`; `policy`, a path, a function that gives the text, or a live policy;
--   `protocols`, the names of those that it is behind (see `postoffice.host.fitness`); `asks` and
--   `secrets`, and in `load` whatever else `policy.open` takes; `down`, a function that returns the
--   connectors that are down as a set, or nil; `clock`, a function that returns seconds since 1970;
--   `is_fit`, whether another process has found each revision fit for these protocols
-- @treturn table|nil site: `name`, `policy` (the live one), `protocols`, `decides_before`: whether the
--   policy service is among these, which decides who may write before maps are asked
-- @treturn string message
-- @treturn string code
function site.open(options)
  options = arguments.options(options, OPTIONS)
  check_name(options.name)
  local protocols = options.protocols or {}
  local live, message, code = live_policy(options)
  if not live then return nil, message, code end
  local is_fit = options.is_fit
  if not is_fit then is_fit, message, code = demand_fitness(live, options, protocols) end
  if not is_fit then return nil, message, code end
  return setmetatable({
    name = options.name or "policy", policy = live, protocols = protocols,
    decides_before = lists.contains(protocols, "delegation"),
    down = options.down, clock = options.clock, known = {},
  }, Site)
end

return site
