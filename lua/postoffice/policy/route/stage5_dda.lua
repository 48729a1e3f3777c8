--- Stage 5, before the spaces: an X.400 address that carries another in a domain-defined attribute.
--
-- Exchange routes it by the DDA first and then by the rest (Q262112, Q262116).  A next hop that
-- speaks X400 gets it as it is; any other gets what is inside, and then whoever may not relay cannot
-- reach a foreign domain so: only the directory's own addresses go there all the same.
-- @module postoffice.policy.route.stage5_dda

local carried = require "postoffice.address".carried
local copy = require "postoffice.lists".copy
local relaying = require "postoffice.policy.route.relaying"
local say = require "postoffice.policy.route.trace".teller "route"
local spaces = require "postoffice.policy.compile.spaces"

local stage5_dda = {}

--- What of a leaf's address is to be routed.
-- @tparam table routing
-- @tparam table leaf whose address is of X.400
-- @treturn table the leaf, or that of what is inside its address, with the `carrier`
function stage5_dda.open(routing, leaf)
  if leaf.among then return leaf end -- it was put into its shell when it went by the rest
  local inner, key = carried(leaf.address)
  if not inner then return leaf end
  if not spaces.best(routing.compiled.spaces, inner, key) then
    say(routing, nil, "it carries %s, which no space takes: goes by the rest", inner)
    return leaf
  end
  say(routing, nil, "it carries %s, and goes by that first (Q262112)", inner)
  local opened = copy(leaf)
  opened.address, opened.key, opened.carrier, opened.is_kept = inner, key, leaf.address, nil
  return opened
end

--- Whether what is inside may not be handed over because it would make us a relay.
-- @tparam table routing
-- @tparam table leaf from `open`
-- @treturn table|nil a verdict
function stage5_dda.denied(routing, leaf)
  if leaf.entry then return nil end -- the directory speaks for itself
  return relaying.denied_from(routing, leaf.carrier, leaf.address)
end

return stage5_dda
