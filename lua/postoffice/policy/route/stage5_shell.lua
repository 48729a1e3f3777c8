--- Stage 5, before the spaces: an address in the shell of connectors of ours.
--
-- Hosts ask in two steps: what becomes of an address, then where the result goes.  So an SMTP address
-- at a connector's own `wrap.domain` goes as the address inside it would, among the connectors with
-- that very shell, and asking twice answers as asking once.  Whoever may not relay cannot write
-- to what lies behind: only what stands in the policy as it is (an entry's target, a list's member, a
-- catch-all, what a rewrite makes that captures nothing) and what we signed goes there all the same.
-- What a rewrite makes of captures, or a script, is of a stranger's choosing.  Nor does anything else go
-- there that begins as a carrier does and that we cannot read: the gateway might.
-- @module postoffice.policy.route.stage5_shell

local copy = require "postoffice.lists".copy
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local say = require "postoffice.policy.route.trace".teller "route"
local shells = require "postoffice.policy.compile.shells"
local verdict = require "postoffice.policy.route.verdict"
local write = require "postoffice.address".show

-- The leaf of what is inside, as it goes among the connectors of the shell.
local function inside(leaf, shell, inner, key)
  local own = copy(leaf)
  own.rank, own.is_kept = nil, nil -- the survey and whoever resolved it had the address itself
  own.address, own.key, own.among, own.wrapper = inner, key, shell.connectors, shell.first
  return own
end

-- Whether a leaf may go into a shell.
local function may_enter(routing, leaf)
  return leaf.entry and not leaf.is_named or leaf.fixed or leaf.how == "signed"
    or routing.envelope.may_relay
end

local function deny(leaf, connector, how)
  return verdict.of("relay-denied", ("%s is in the shell of connector %s%s"):format(
    write(leaf.address), connector.name, how), connector.declaration)
end

-- A verdict for what is in a shell but cannot be read, or nil.
local function deny_unread(routing, leaf)
  local shell = shells.unread(routing.compiled.shells, leaf.address)
  if not shell or may_enter(routing, leaf) then return nil end
  return deny(leaf, shell.first, ", and cannot be read")
end

-- A verdict for what is in a shell and nobody's, though whoever has such an address is here: the
-- gateway would bring it back (Q166611); or nil.
local function deny_unknown(compiled, inner, key)
  local domain = domains.find_of(compiled.domains, inner, key)
  if not domain or domain.kind ~= "local" then return nil end
  if directory.find(compiled.directory, key) then return nil end
  return verdict.of("recipient-unknown", ("%s is local and has no %s"):format(domain.name,
    write(inner)), domain.declaration)
end

--- What of a leaf's address is to be routed.
-- @tparam table routing
-- @tparam table leaf
-- @treturn table the leaf, or that of what is inside its address
-- @treturn table|nil a verdict
local function open(routing, leaf)
  local shell, inner, key = shells.find(routing.compiled.shells, leaf.address)
  if not shell then return leaf, deny_unread(routing, leaf) end
  local first = shell.first
  say(routing, first.declaration, "%s is in the shell of connector %s: goes as %s among those that"
    .. " have it", leaf.address, first.name, inner)
  if not may_enter(routing, leaf) then return leaf, deny(leaf, first, "") end
  return inside(leaf, shell, inner, key), deny_unknown(routing.compiled, inner, key)
end

return open
