--- Stage 5, before the spaces: an address in the shell of connectors of ours.
--
-- Hosts ask in two steps: what becomes of an address, then where the result goes.  So an SMTP address
-- at a connector's own `wrap.domain` goes as the address inside it would, among the connectors with
-- that very shell, and asking twice answers as asking once.  Whoever may not relay cannot write
-- to what lies behind: only the directory's own addresses and what we signed go there all the same.
-- @module postoffice.policy.route.stage5_shell

local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local known = require "postoffice.text.domain".known
local say = require "postoffice.policy.route.trace".teller "route"
local shells = require "postoffice.policy.compile.shells"
local verdict = require "postoffice.policy.route.verdict"
local write = require "postoffice.address".show

local stage5_shell = {}

--- The shell of connectors of ours that an address is in, and what it holds.
-- @tparam table compiled
-- @tparam table address
-- @treturn table|nil shell
-- @treturn table the address inside
-- @treturn string its key
function stage5_shell.find(compiled, address)
  local shell = shells.find(compiled.shells, address)
  local inner = shell and core.decapsulate(address)
  if not inner or families.of(inner.type) == "SMTP" then return nil end -- we make none of these
  local key = known(core.key(inner))
  if key then return shell, inner, key end
end

local find = stage5_shell.find

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
function stage5_shell.open(routing, leaf)
  local shell, inner, key = find(routing.compiled, leaf.address)
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

return stage5_shell
