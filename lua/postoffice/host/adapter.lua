--- What adapters have in common that run inside a server and ask a policy of their own: Dovecot's, HAProxy's,
-- rspamd's.
-- @module postoffice.host.adapter

local arguments = require "postoffice.arguments"
local guarded = require "postoffice.policy.route.guarded"
local lists = require "postoffice.lists"
local maps = require "postoffice.host.maps"
local site = require "postoffice.host.site"
local verdict = require "postoffice.host.verdict"

local adapter = {}

-- Where a policy comes from, as `host.site` takes it.
local SOURCE = {
  policy = "string|table|function", asks = "table|function", secrets = "table|function",
  load = "table",
}

--- Checks an adapter's options: the source of its policy, and its own.
-- @tparam table options
-- @tparam {[string]=string} own the types of its own
-- @treturn table
function adapter.options(options, own)
  local known = lists.copy(own)
  for name, types in pairs(SOURCE) do known[name] = types end
  return arguments.options(options, known, 1)
end

--- Opens the policy that options name.
-- @tparam table options
-- @tparam string name of the site
-- @tparam {string,...} protocols that it has to serve
-- @treturn table|nil site
-- @treturn string message
function adapter.open(options, name, protocols)
  local given = { name = name, protocols = protocols }
  for field in pairs(SOURCE) do given[field] = options[field] end
  return site.open(given)
end

local function route(opened, address, facts, recipient)
  return verdict.of(opened:route(address, facts), recipient)
end

--- The verdict on a recipient as a wire has it: `pass` on what is no address, and what fails is a `fault`.
-- @tparam table opened site
-- @tparam string recipient
-- @tparam table facts
-- @tparam function log is given what failed
-- @treturn table
function adapter.decide(opened, recipient, facts, log)
  local address = maps.address(recipient)
  if not address then return { action = "pass" } end
  local ok, made = guarded(route, opened, address, facts, recipient)
  if ok then return made end
  log(made)
  return verdict.fault()
end

return adapter
