--- Stage 4: what becomes of an address that neither the directory nor a rewrite nor a catch-all
-- claims.
-- @module postoffice.policy.route.stage4_unclaimed

local carried = require "postoffice.address".carried
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local gateways = require "postoffice.policy.route.gateways"
local is_null = require "postoffice.address".is_null
local nodes = require "postoffice.policy.route.stage4_nodes"
local postoffices = require "postoffice.policy.compile.postoffices"
local relaying = require "postoffice.policy.route.relaying"
local say = require "postoffice.policy.route.trace".teller "resolve"
local shell_of = require "postoffice.policy.compile.shells".find
local silent = require "postoffice.policy.route.trace".silent
local unwrap = require "postoffice.policy.route.stage2_unwrap"
local verdict = require "postoffice.policy.route.verdict"
local write = require "postoffice.address".show

local fail = nodes.fail

-- What came out of another type, as the address to go on with; or nil, once a leaf was added.  It is
-- opened, as texts are: a sender who is encapsulated or signed at a domain of ours may have been
-- carried like that.
local function open(routing, node, inner)
  local address, opened, failure, signed = unwrap(silent(routing), inner)
  if failure then return fail(routing, node, failure) end
  if rawequal(address, inner) then return inner end
  local domain = opened or signed
  say(routing, domain and domain.declaration, "%s is what that holds", address)
  if signed then return nodes.add_signed(routing, address) end
  node.opened = opened or node.opened
  return address
end

-- Goes on with what a gateway of ours made of an address.
local function go_through(routing, node, postoffice, inner)
  node.how = "gateway"
  say(routing, postoffice.declaration, "%s is our own gateway: makes it %s", postoffice.name, inner)
  return open(routing, node, inner)
end

local function say_postoffice(routing, offices, postoffice)
  if not routing.trace then return end
  local gateway = postoffice.gateway and (", a gateway to " .. postoffice.gateway) or ""
  local via = postoffice.via and (" lies behind " .. postoffice.via.name) or " is declared"
  say(routing, postoffice.declaration, "post office %s%s%s", postoffice.name, via, gateway)
  for _, name in ipairs(postoffice.path) do
    routing.trace:use(postoffices.find(offices, name).declaration)
  end
end

-- The postmaster of the first local domain, which is who `<Postmaster>` is; nobody is `<>`.  No
-- other address is without a domain.
local function postmaster(routing, node)
  local home = domains.home(routing.compiled.domains)
  if is_null(node.address) then return fail(routing, node, verdict.of "recipient-null") end
  if not home then
    return fail(routing, node, verdict.of("recipient-unknown", "no local domain is declared"))
  end
  say(routing, home.declaration, "the postmaster of the first local domain, %s", home.name)
  return { type = "SMTP", localpart = "postmaster", domain = home.folded }
end

-- By type, what becomes of an unclaimed address: a leaf, or an address to go on with.
local UNCLAIMED = {}

-- A cc:Mail address is judged by its post office.
function UNCLAIMED.CCMAIL(routing, node)
  local offices, name = routing.compiled.postoffices, node.address.postoffice
  if not name then return fail(routing, node, verdict.of "ccmail-postoffice-missing") end
  local postoffice = postoffices.of(offices, node.address)
  if postoffice then
    say_postoffice(routing, offices, postoffice)
  elseif postoffices.are_ccmail(offices) and not node.domain then
    return fail(routing, node, verdict.of("postoffice-unknown",
      ('%s; declare it: postoffice "%s" { via = "..." }'):format(
        postoffices.undeclared(offices, name), name)))
  end
  return nodes.add_leaf(routing, node)
end

-- An SMTP address is judged by its domain, as are those of other types that have one.
function UNCLAIMED.SMTP(routing, node)
  if not node.address.domain then return postmaster(routing, node) end
  return nodes.add_leaf(routing, node)
end

-- One of X.400 that carries one of ours is ours (Q262116); others are routed.
function UNCLAIMED.X400(routing, node)
  local inner, key = carried(node.address)
  local compiled = routing.compiled
  local domain = inner and domains.find_of(compiled.domains, inner, key)
  local is_ours = inner
    and (domain and domain.kind == "local" or directory.find(compiled.directory, key))
  if not is_ours then return nodes.add_leaf(routing, node) end
  say(routing, domain and domain.declaration, "it carries %s, which is ours", inner)
  node.how = "dda"
  return open(routing, node, inner)
end

-- Whether an address is at a local domain, and no connector's own shell there.
local function is_at_home(routing, node)
  local domain = node.domain
  if not domain or domain.kind ~= "local" then return false end
  return not shell_of(routing.compiled.shells, node.address)
end

-- Nobody has an address at a local domain: whoever carries its type elsewhere would bring it back
-- (Q166611, Q159301, Q241213, Q262303).
local function fail_unknown(routing, node)
  local domain, address = node.domain, node.address
  return fail(routing, node, verdict.of("recipient-unknown", ("%s is local and has no %s"):format(
    domain.name, address.type == "SMTP" and address.localpart or write(address)),
    domain.declaration))
end

-- Of any other type: it may be at a post office.
local function add_unclaimed(routing, node)
  local offices = routing.compiled.postoffices
  local postoffice = postoffices.of(offices, node.address)
  if postoffice then say_postoffice(routing, offices, postoffice) end
  return nodes.add_leaf(routing, node)
end

--- Ends the way of an address that nothing here claims, or sends it on.
-- @tparam table routing
-- @tparam table node
-- @treturn table|nil an address to resolve instead; nil if a leaf was added
local function resolve_unclaimed(routing, node)
  local gateway, inner, failure = gateways.of(routing.compiled, node.address), nil, nil
  if gateway then inner, failure = gateways.through(gateway, node.address) end
  if inner and gateway.ours then return go_through(routing, node, gateway, inner) end
  failure = relaying.denied(routing, node, node.address) or failure
  if failure then return fail(routing, node, failure) end
  if is_at_home(routing, node) then return fail_unknown(routing, node) end
  local unclaimed = UNCLAIMED[node.address.type] or add_unclaimed
  return unclaimed(routing, node)
end

return resolve_unclaimed
