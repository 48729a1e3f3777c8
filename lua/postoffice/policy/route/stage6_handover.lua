--- Stage 6: the address in the connector's own type, and what becomes of it further on.
-- @module postoffice.policy.route.stage6_handover

local addresses = require "postoffice.address"
local arguments = require "postoffice.policy.route.arguments"
local connectors = require "postoffice.policy.compile.connectors"
local dda = require "postoffice.policy.route.stage5_dda"
local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local gateways = require "postoffice.policy.route.gateways"
local obstacle = require "postoffice.policy.route.obstacles".of
local postoffices = require "postoffice.policy.compile.postoffices"
local relaying = require "postoffice.policy.route.relaying"
local script = require "postoffice.policy.route.calls"
local say = require "postoffice.policy.route.trace".teller "handover"
local say_route = require "postoffice.policy.route.trace".teller "route"
local sender = require "postoffice.policy.route.stage6_sender"
local verdict = require "postoffice.policy.route.verdict"
local wire = require "postoffice.policy.route.wire"

local copy_hop, denied, needs_utf8 = wire.hop, relaying.denied, wire.needs_utf8
local bare, without_notation, write = addresses.bare, addresses.without_notation, addresses.show

-- What on.route is shown.
local function shown(leaf, choice, alternatives)
  local others = {}
  for i, other in ipairs(alternatives or others) do others[i] = other.connector end
  return {
    address = leaf.address, entry = leaf.entry, connector = choice.name,
    nexthop = choice.nexthop, cost = choice.cost, space = choice.text,
    alternatives = others,
  }
end

-- The connector that a script's value names, or nil and a verdict.
local function named(routing, value, declaration)
  local connector, wrong
  if type(value) == "string" then
    connector, wrong = arguments.connector(routing.compiled, value)
  end
  if connector then return connector end
  return nil, verdict.of("policy-error", wrong and "on.route returned " .. wrong
    or "on.route has to return nil, the name of a connector, or reject, defer or pass",
    declaration)
end

-- Tells of the candidate that stage 5 chose that `on.route` decided otherwise.
local function overrule(routing, choice, why)
  for _, candidate in ipairs(routing.trace and routing.considered or {}) do
    if candidate.space.choice == choice then candidate.why = why end
  end
end

-- A script's choice is held to what keeps its connector from taking the message, as a space is: it
-- waits, or is refused, and nothing else takes its place.  Only what the message arrived by is
-- passed over: the choice of stage 5 stays.
local function hold(routing, leaf, choice, connector, declaration)
  if connector == choice.connector then
    say_route(routing, declaration, "on.route chooses %s, too", connector.name)
    return choice
  end
  local code, why, fact = obstacle(routing, connector, leaf)
  if code == "route-loop" then
    say_route(routing, declaration, "on.route chooses %s, which %s: it stays with %s",
      connector.name, why, choice.name)
    return choice
  end
  overrule(routing, choice, "on.route chooses " .. connector.name)
  if code then
    return nil, verdict.of(code, ("on.route chooses %s, which %s"):format(connector.name, why),
      declaration, fact)
  end
  say_route(routing, declaration, "on.route chooses %s rather than %s", connector.name, choice.name)
  local given = connectors.choice(connector, connector.cost) -- it has no space
  given.rule = describe.where(declaration)
  return given
end

-- The choice and its alternatives after `on.route` had its say, or nil and a verdict.
local function ask_script(routing, leaf, choice, alternatives)
  local value, failure, declaration = script.event(routing, "route",
    shown(leaf, choice, alternatives), routing.scripted)
  if failure then return nil, failure end
  if value == nil then
    say_route(routing, declaration, "on.route: go on")
    return choice, alternatives
  elseif verdict.is(value) then
    overrule(routing, choice, "on.route decides: " .. value.verdict)
    return nil, verdict.scripted(value, declaration)
  end
  local connector, given
  connector, failure = named(routing, value, declaration)
  if connector then given, failure = hold(routing, leaf, choice, connector, declaration) end
  if given == choice then return choice, alternatives end
  return given, failure
end

local function fail(routing, delivery, failure)
  say(routing, nil, "%s: %s", failure.code or failure.verdict,
    failure.detail or failure.message or "")
  delivery.wire, delivery.smtputf8, delivery.hop = nil, nil, nil -- it goes nowhere
  return verdict.apply(delivery, failure)
end

-- Writes the address as SMTP text, unless that is known, and says what either address needs; nothing
-- where nobody is to say either.
local function set_wire(routing, delivery)
  if routing.is_unsaid then return end
  if not delivery.wire then delivery.wire, delivery.smtputf8 = wire.text(delivery.address) end
  if delivery.sender and delivery.wire and needs_utf8(delivery.sender) then
    delivery.smtputf8 = true
  end
end

local function local_delivery(routing, leaf, delivery)
  delivery.verdict, delivery.final = "deliver", delivery.address
  delivery.rule = directory.where(routing.compiled.directory, leaf.mailbox)
  local own, unread = sender.own(routing, leaf)
  delivery.sender = own or unread
  set_wire(routing, delivery)
  return delivery
end

-- The address in a connector's type.
-- @treturn table address
-- @treturn table|false|nil what it carries, if it became a carrier
-- @treturn table|nil a verdict
local function wrap(connector, address, leaf)
  local carrier, message, code = connectors.wrap(connector, address)
  if not carrier then
    return address, nil, verdict.of(code, ("%s cannot take %s: %s"):format(connector.name,
      write(leaf.address), message), connector.declaration)
  end
  return carrier, carrier.type ~= address.type and address
end

-- The same of an address that was in a DDA; a next hop that speaks X400 gets what it was in.
local function wrap_carried(routing, connector, leaf)
  local inner = leaf.address
  if connector.speaks == "X400" then return without_notation(leaf.carrier), inner end
  local failure = dda.denied(routing, leaf)
  if failure then return inner, nil, failure end
  return wrap(connector, inner, leaf)
end

-- What becomes of an address after the next hop, as `postoffices.foretell` has it; or nothing, and
-- the verdict of a gateway that will refuse it.
local function foretell(compiled, address, reaches)
  local final, path, gateway, unread = postoffices.foretell(compiled.postoffices, address, reaches)
  if not unread then return final, path, gateway end
  return nil, nil, nil, select(2, gateways.through(unread, address))
end

-- An address as the next hop has it, what it carries, if it became a carrier, and the sender; or a
-- verdict where either cannot be.
-- @treturn table address
-- @treturn table|false|nil what it carries
-- @treturn table|string|nil the sender
-- @treturn table|nil a verdict
local function said(routing, leaf, choice, address)
  local inner, failure, from
  if leaf.carrier then
    address, inner, failure = wrap_carried(routing, choice.connector, leaf)
  elseif not choice.is_plain then
    address, inner, failure = wrap(choice.connector, address, leaf)
  end
  if inner and not failure then
    failure = denied(routing, leaf, address) -- stage 4 looked at it bare
  end
  if not failure and (routing.sender or routing.unread_sender) then
    from, failure = sender.of(routing, leaf, choice.connector)
  end
  return address, inner, from, failure
end

-- The delivery of an address to a connector.
local function hand_over(routing, leaf, choice, alternatives, bare_address)
  local connector, compiled = choice.connector, routing.compiled
  local address, inner, from, failure = said(routing, leaf, choice, bare_address)
  local final, path, gateway
  if not failure then
    local reaches = not choice.is_plain and connector.reaches or nil
    final, path, gateway, failure = foretell(compiled, address, reaches)
  end
  if failure then from = sender.given(routing) end
  local delivery = { -- the 16 fields of most
    recipient = leaf.recipient, entry = leaf.entry, sender = from, revision = compiled.revision,
    address = address, nexthop = choice.nexthop, connector = choice.name, space = choice.text,
    cost = choice.cost, alternatives = alternatives or {}, rule = choice.rule, path = path,
    final = not gateway and inner or final, verdict = "deliver",
    wire = address == leaf.address and leaf.wire or nil, hop = copy_hop(choice.hop),
  }
  if leaf.extension then delivery.extension = leaf.extension end
  if leaf.also then delivery.also = leaf.also end
  if gateway then delivery.gateway = gateway.name end
  if failure then return fail(routing, delivery, failure) end
  set_wire(routing, delivery)
  if routing.trace then
    say(routing, connector.declaration, "%s to %s", address, connector.nexthop or connector.name)
  end
  return delivery
end

-- Whether a script returned its argument unchanged.
local function is_unchanged(value, given)
  if type(value) ~= "table" or type(given) ~= "table" then return rawequal(value, given) end
  for name, field in pairs(given) do
    if not is_unchanged(value[name], field) then return false end
  end
  for name in pairs(value) do
    if given[name] == nil then return false end
  end
  return true
end

-- Lets the script have the last word; a refused delivery stays refused.
local function on_delivery(routing, delivery)
  local value, failure, declaration = script.event(routing, "delivery", delivery, routing.scripted)
  if failure then return fail(routing, delivery, failure) end
  if value == nil or is_unchanged(value, delivery) then
    say(routing, declaration, "on.delivery: go on")
    return delivery
  end
  if verdict.is(value) then return fail(routing, delivery, verdict.scripted(value, declaration)) end
  return fail(routing, delivery, verdict.of("policy-error",
    "on.delivery has to return nil, its argument as it was, or reject, defer or pass", declaration))
end

-- A delivery to no connector.  A proof has a sender there of whom nothing was asked.
local function new_delivery(routing, leaf, address)
  return {
    recipient = leaf.recipient, entry = leaf.entry, extension = leaf.extension, also = leaf.also,
    sender = routing.is_unsaid and routing.any_sender or sender.given(routing),
    revision = routing.compiled.revision, address = address,
  }
end

-- The delivery of an address that does not go to a connector.
local function end_here(routing, leaf, failure)
  local delivery = new_delivery(routing, leaf, leaf.address and bare(leaf.address))
  if failure then return verdict.apply(delivery, failure) end
  return local_delivery(routing, leaf, delivery)
end

-- The delivery of an address for which a connector was chosen.
local function go_out(routing, leaf, choice, alternatives)
  local address = leaf.address
  if leaf.is_kept then
    address = bare(address)
  elseif not leaf.rank then -- nobody else has its table, which was made for this routing
    address = without_notation(address)
  end
  if routing.compiled.on.route then
    choice, alternatives = ask_script(routing, leaf, choice, alternatives)
    if not choice then return fail(routing, new_delivery(routing, leaf, address), alternatives) end
  end
  return hand_over(routing, leaf, choice, alternatives, address)
end

-- Says how a leaf was reached: by which entries, and of what fails whether by a list, for whose
-- members no sender is to blame.
local function tell_way(leaf, delivery)
  delivery.via = leaf.via
  if leaf.member and delivery.verdict ~= "deliver" then delivery.member = true end
  return delivery
end

--- Makes the delivery of a leaf.
-- @tparam table routing
-- @tparam table leaf
-- @tparam table|nil choice from stage 5; nil for a mailbox and for what failed
-- @tparam table|nil failure a verdict from an earlier stage
-- @tparam {table,...}|nil alternatives
-- @treturn table delivery
local function handover(routing, leaf, choice, failure, alternatives)
  local delivery = choice and go_out(routing, leaf, choice, alternatives)
    or end_here(routing, leaf, failure)
  if leaf.via or leaf.member then tell_way(leaf, delivery) end
  if not routing.compiled.on.delivery then return delivery end
  delivery = on_delivery(routing, delivery)
  return leaf.member and tell_way(leaf, delivery) or delivery
end

return handover
