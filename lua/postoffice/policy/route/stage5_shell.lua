--- Stage 5, before the spaces: an address in the shell of connectors of ours.
--
-- Hosts ask in two steps: what becomes of an address, then where the result goes.  So an SMTP address
-- at a connector's own `wrap.domain` goes as the address inside it would, among the connectors with
-- that very shell, and asking twice answers as asking once.  Whoever may not relay cannot write
-- to what lies behind: only the directory's own addresses and what we signed go there all the same.
-- @module postoffice.policy.route.stage5_shell

local find = require "postoffice.policy.compile.shells".find
local say = require "postoffice.policy.route.trace".teller "route"
local verdict = require "postoffice.policy.route.verdict"
local write = require "postoffice.address".show

-- The leaf of what is inside, as it goes among the connectors of the shell.
local function inside(leaf, shell, inner, key)
  local copy = {}
  for name, value in next, leaf do copy[name] = value end
  copy.rank, copy.is_kept = nil, nil -- the survey and whoever resolved it had the address itself
  copy.address, copy.key, copy.among = inner, key, shell.connectors
  return copy
end

--- What of a leaf's address is to be routed.
-- @tparam table routing
-- @tparam table leaf
-- @treturn table the leaf, or that of what is inside its address
-- @treturn table|nil a verdict
local function open(routing, leaf)
  local shell, inner, key = find(routing.compiled.shells, leaf.address)
  if not shell then return leaf end
  local first = shell.first
  say(routing, first.declaration, "%s is in the shell of connector %s: goes as %s among those that"
    .. " have it", leaf.address, first.name, inner)
  if leaf.entry and not leaf.is_named or leaf.how == "signed" or routing.envelope.may_relay then
    return inside(leaf, shell, inner, key)
  end
  return leaf, verdict.of("relay-denied", ("%s is in the shell of connector %s"):format(
    write(leaf.address), first.name), first.declaration)
end

return open
