--- What a trace tells of sets: by which pattern an address is in one.
-- @module postoffice.policy.route.membership

local sets = require "postoffice.policy.compile.sets"

local membership = {}

--- Tells that an address is in a set.
-- @tparam function say as `trace.teller` makes it
-- @tparam table routing
-- @tparam table set
-- @tparam table address
function membership.tell(say, routing, set, address)
  if not routing.trace then return end
  say(routing, set.declaration, "%s is in the set %s, by %s", address, set.name,
    sets.pattern(set, sets.includes(set, address)))
end

return membership
