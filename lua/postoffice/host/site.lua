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
}

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
  known.down, known.now = {}, self.clock and self.clock()
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

--- What the policy that is live demands; see `policy:capabilities`.
-- @treturn table
function Site:capabilities()
  if self.of_revision ~= self.policy.revision then
    self.of_revision, self.known = self.policy.revision, self.policy:capabilities()
  end
  return self.known
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

--- Whether a file of the policy has changed since it was loaded.
-- @treturn boolean
function Site:has_changed() return self.policy:has_changed() end

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

--- Opens a site.
-- @tparam table options `name`; `policy`, a path, a function that gives the text, or a live policy;
--   `protocols`, the names of those that it is behind (see `postoffice.host.fitness`); `asks` and
--   `secrets`, and in `load` whatever else `policy.open` takes; `down`, a function that returns the
--   connectors that are down as a set, or nil; `clock`, a function that returns seconds since 1970
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
  local is_fit
  is_fit, message, code = live:demand(function(revision)
    return fitness.check(revision, protocols)
  end)
  if not is_fit then
    if live ~= options.policy then live:close() end
    return nil, message, code
  end
  return setmetatable({
    name = options.name or "policy", policy = live, protocols = protocols,
    decides_before = lists.contains(protocols, "delegation"),
    down = options.down, clock = options.clock,
  }, Site)
end

return site
