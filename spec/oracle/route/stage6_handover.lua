-- Of the oracle: nobody edits it (see ../init.lua).
--- Stage 6: the address in the connector's own type, and what becomes of it further on.
-- @module spec.oracle.route.stage6_handover

local addresses = require "postoffice.address"
local connectors = require "spec.oracle.compile.connectors"
local core = require "postoffice.core"
local describe = require "spec.oracle.language.describe"
local directory = require "spec.oracle.compile.directory"
local known = require "postoffice.text.domain".known
local postoffices = require "spec.oracle.compile.postoffices"
local relaying = require "spec.oracle.route.relaying"
local script = require "spec.oracle.route.calls"
local senders = require "spec.oracle.compile.senders"
local say = require "spec.oracle.route.trace".teller "handover"
local verdict = require "spec.oracle.route.verdict"
local write = addresses.show

-- What on.route is shown.
local function shown(leaf, choice)
  local others = {}
  for i, other in ipairs(choice.alternatives) do others[i] = other.connector end
  return {
    address = leaf.address, entry = leaf.entry, connector = choice.connector.name,
    nexthop = choice.connector.nexthop, cost = choice.cost, space = choice.space.text,
    alternatives = others,
  }
end

-- The choice after `on.route` had its say, or nil and a verdict.
local function ask_script(routing, leaf, choice)
  if not routing.compiled.on.route then return choice end
  local value, failure, declaration = script.event(routing, "route", shown(leaf, choice),
    routing.scripted)
  if failure then return nil, failure end
  if value == nil then return choice end
  if verdict.is(value) then return nil, verdict.scripted(value, declaration) end
  local connector = type(value) == "string" and connectors.find(routing.compiled.connectors, value)
  if not connector then
    return nil, verdict.of("policy-error", type(value) == "string"
      and ('on.route returned "%s", which is no connector%s'):format(value,
        connectors.undeclared(routing.compiled.connectors, value))
      or "on.route has to return nil, the name of a connector, or reject, defer or pass",
      declaration)
  end
  say(routing, declaration, "on.route chooses %s", connector.name)
  return {
    connector = connector, cost = connector.cost, alternatives = {}, declaration = declaration,
  }
end

-- The address, of the type that the connector speaks, of the entry that the sender is.
local function own_proxy(routing, connector, sender)
  local key = known(core.key(sender))
  local entry = key and directory.find(routing.compiled.directory, key)
  return entry and directory.best(entry, connector.speaks)
end

-- The sender before any connector: for members of a list, the list's owner.
local function owner_or_sender(routing, leaf)
  local owner, unread = leaf.owner, routing.unread_sender
  if owner and (routing.sender or unread) and not routing.null_sender then
    return owner.address or owner.entry.primary
  elseif unread then
    say(routing, nil, "the sender cannot be read and is handed over as it is: %s", unread.why)
    return nil, unread.given
  end
  return routing.sender
end

-- The sender as handed over: rewritten by rewrites that work both ways, in the connector's type.
local function sender_for(routing, leaf, connector)
  local sender, unread = owner_or_sender(routing, leaf)
  if not sender or routing.null_sender then return sender or unread end
  local address, declaration = senders.find(routing.compiled.senders, sender, connector)
  if address then
    say(routing, declaration, "the sender %s becomes %s", sender, address)
    sender = address
  end
  if not connector.speaks or connector.speaks == sender.type then return sender end
  return own_proxy(routing, connector, sender) or connectors.wrap(connector, sender) or sender
end

local function fail(routing, delivery, failure)
  say(routing, nil, "%s: %s", failure.code or failure.verdict,
    failure.detail or failure.message or "")
  return verdict.apply(delivery, failure)
end

local function local_delivery(routing, leaf, delivery)
  delivery.verdict, delivery.address = "deliver", addresses.bare(leaf.address)
  delivery.final = delivery.address
  delivery.rule = describe.where(leaf.mailbox.declaration)
  local sender, unread = owner_or_sender(routing, leaf)
  delivery.sender = sender or unread
  return delivery
end

-- Writes into a delivery what will happen after the next hop.
local function foretell(routing, leaf, connector, delivery)
  local final, path, gateway = postoffices.foretell(routing.compiled.postoffices, delivery.address,
    connector.reaches)
  local wrapped = delivery.address.type ~= leaf.address.type
  if wrapped and not gateway then final = addresses.bare(leaf.address) end
  delivery.final, delivery.path = final, path
  if gateway then delivery.gateway = gateway.name end
end

local function hand_over(routing, leaf, choice, delivery)
  local connector = choice.connector
  delivery.connector, delivery.nexthop = connector.name, connector.nexthop
  delivery.cost, delivery.space = choice.cost, choice.space and choice.space.text
  delivery.alternatives = choice.alternatives
  delivery.rule = describe.where(choice.declaration or connector.declaration)
  local address, message, code = connectors.wrap(connector, delivery.address)
  if not address then
    return fail(routing, delivery, verdict.of(code, ("%s cannot take %s: %s"):format(connector.name,
      write(leaf.address), message), connector.declaration))
  end
  delivery.address = address
  foretell(routing, leaf, connector, delivery)
  local denied = relaying.denied(routing, leaf, leaf.address)
    or relaying.denied(routing, leaf, address)
  if denied then return fail(routing, delivery, denied) end
  delivery.verdict, delivery.sender = "deliver", sender_for(routing, leaf, connector)
  say(routing, connector.declaration, "%s to %s", address, connector.nexthop or connector.name)
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
  if not routing.compiled.on.delivery then return delivery end
  local value, failure, declaration = script.event(routing, "delivery", delivery, routing.scripted)
  if failure then return fail(routing, delivery, failure) end
  if value == nil or is_unchanged(value, delivery) then return delivery end
  if verdict.is(value) then return fail(routing, delivery, verdict.scripted(value, declaration)) end
  return fail(routing, delivery, verdict.of("policy-error",
    "on.delivery has to return nil, its argument as it was, or reject, defer or pass", declaration))
end

-- The delivery of a leaf, before `on.delivery`.
local function decide(routing, leaf, choice, failure, delivery)
  if leaf.mailbox then return local_delivery(routing, leaf, delivery) end
  delivery.address = leaf.address and addresses.bare(leaf.address)
  if failure then return verdict.apply(delivery, failure) end
  choice, failure = ask_script(routing, leaf, choice)
  if not choice then return fail(routing, delivery, failure) end
  return hand_over(routing, leaf, choice, delivery)
end

--- Makes the delivery of a leaf.
-- @tparam table routing
-- @tparam table leaf
-- @tparam table|nil choice from stage 5
-- @tparam table|nil failure a verdict from an earlier stage
-- @treturn table delivery
local function handover(routing, leaf, choice, failure)
  local unread = routing.unread_sender
  local delivery = { -- the 16 fields of most, so that the table is made in its final size
    recipient = leaf.recipient, entry = leaf.entry, extension = leaf.extension, also = leaf.also,
    sender = unread and unread.given or routing.sender, revision = routing.compiled.revision,
    verdict = nil, address = nil, final = nil, path = nil, connector = nil, nexthop = nil,
    cost = nil, space = nil, alternatives = nil, rule = nil,
  }
  delivery = decide(routing, leaf, choice, failure, delivery)
  return on_delivery(routing, delivery)
end

return handover
