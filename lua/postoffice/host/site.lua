--- A policy behind protocols.
--
-- It adds to what a protocol knows of a message what the process knows: which connectors are down, and
-- what time it is; and lets no revision go live that a protocol could not serve (`host.fitness`).
-- @module postoffice.host.site

local arguments = require "postoffice.arguments"
local policy = require "postoffice.policy"

local site = {}

local Site = {}
Site.__index = Site
Site.__name = "postoffice.site"

local OPTIONS = {
  name = "string", policy = "string|table|function", protocols = "table", asks = "table|function",
  secrets = "table|function", down = "function", clock = "function", load = "table",
}

-- The envelope of some facts, with what the process knows besides.
local function envelope(self, facts)
  local down = self.down and self.down()
  if down and next(down) == nil then down = nil end
  if not (down or self.clock) then return facts end
  local known = {}
  for name, value in pairs(facts or known) do known[name] = value end
  known.down = known.down or down
  known.now = known.now or self.clock and self.clock()
  return known
end

--- Where mail goes; see `policy:route`.
-- @tparam string|table recipient
-- @tparam[opt] table facts of the message: an envelope
-- @treturn {table,...} deliveries
function Site:route(recipient, facts) return self.policy:route(recipient, envelope(self, facts)) end

--- The same as if no connector was down: whose an address is does not hang on that.
-- @tparam string|table recipient
-- @tparam[opt] table facts
-- @treturn {table,...} deliveries
function Site:route_up(recipient, facts) return self.policy:route(recipient, facts) end

--- Which connector takes an address as it is; see `policy:nexthop`.
-- @tparam string|table recipient
-- @tparam[opt] table facts
-- @treturn table delivery, or nil, message, code
function Site:nexthop(recipient, facts)
  return self.policy:nexthop(recipient, envelope(self, facts))
end

--- What the first rewrite that matches makes of an address; see `policy:rewrite`.
-- @tparam string|table recipient
-- @tparam[opt] table facts
-- @treturn table|nil address
function Site:rewrite(recipient, facts)
  return self.policy:rewrite(recipient, envelope(self, facts))
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

--- The revision that is live.
-- @treturn string
function Site:revision() return self.policy.revision end

--- Loads the policy anew; see `postoffice.policy.live`.
-- @param ... as `live:reload` takes it
-- @treturn boolean|nil
-- @treturn string its revision; or what is wrong, while the last good revision stays
-- @treturn string|nil code
function Site:reload(...) return self.policy:reload(...) end

--- Closes the policy.
function Site:close() return self.policy:close() end

-- The live policy that options name.
local function live_policy(options)
  if type(options.policy) == "table" then return options.policy end
  local load = {}
  for name, value in pairs(options.load or {}) do load[name] = value end
  load.ask, load.secrets = load.ask or options.asks, load.secrets or options.secrets
  return policy.open(options.policy, load)
end

--- Opens a site.
-- @tparam table options `name`; `policy`, a path, a function that gives the text, or a live policy;
--   `protocols`, the names of those that it is behind (`socketmap`, `delegation`, ...); `asks` and
--   `secrets`, and in `load` whatever else `policy.open` takes; `down`, a function that returns the
--   connectors that are down as a set, or nil; `clock`, a function that returns seconds since 1970
-- @treturn table|nil site
-- @treturn string message
-- @treturn string code
function site.open(options)
  options = arguments.options(options, OPTIONS)
  local live, message, code = live_policy(options)
  if not live then return nil, message, code end
  return setmetatable({
    name = options.name or "policy", policy = live, protocols = options.protocols or {},
    down = options.down, clock = options.clock,
  }, Site)
end

return site
