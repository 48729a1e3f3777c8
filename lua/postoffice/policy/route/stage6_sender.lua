--- Stage 6: the sender as the next hop hears it.
--
-- A recipient is ours to interpret, a sender is somebody's identity: only these touch it, in this
-- order, and nothing touches `<>`.
--
-- 1. To members of a list with an owner, the owner is the sender.
-- 2. One of the first `rewrite_sender` in file order, else the first rewrite with `both`, else
--    `outbound`.
-- 3. A connector's `srs` signs a sender of others on mail that we send on, its `batv` marks ours.
-- 4. The type that the next hop speaks: mail that cannot say who sent it cannot be answered.
-- @module postoffice.policy.route.stage6_sender

local addresses = require "postoffice.address"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local fold = require "postoffice.text.domain".fold
local is_carrier = require "postoffice.text.imcea".begins
local known = require "postoffice.text.domain".known
local outbound = require "postoffice.policy.compile.outbound"
local postoffices = require "postoffice.policy.compile.postoffices"
local say = require "postoffice.policy.route.trace".teller "handover"
local senders = require "postoffice.policy.compile.senders"
local sign = require "postoffice.policy.route.stage6_sign"
local silent = require "postoffice.policy.route.trace".silent
local unwrap = require "postoffice.policy.route.stage2_unwrap"
local verdict = require "postoffice.policy.route.verdict"
local without_notation = addresses.without_notation
local write = addresses.show

local stage6_sender = {}

local TAKE_OUT = 'add unwrap = { "%s" } to a local domain'

--- The sender as the host gave it.
-- @tparam table routing
-- @treturn table|string|nil
function stage6_sender.given(routing)
  local unread = routing.unread_sender
  return unread and unread.given or routing.sender
end

--- The sender before any connector: for members of a list, its owner.
-- @tparam table routing
-- @tparam table leaf
-- @treturn table|nil address
-- @treturn string|nil instead, what the host gave and nobody can read
function stage6_sender.own(routing, leaf)
  local owner, unread = leaf.owner, routing.unread_sender
  if owner and (routing.sender or unread) and not routing.null_sender then
    say(routing, nil, "the sender is the list's owner, %s", owner)
    return owner
  elseif unread then
    say(routing, nil, "the sender cannot be read, only handed over as it is: %s", unread.why)
    return nil, unread.given
  end
  return routing.sender
end

-- The primary address that a sender goes out as, if somebody of ours sent the message.
local function primary_of(routing, sender, connector)
  local compiled = routing.compiled
  if not compiled.outbound or not routing.envelope.may_relay then return nil end
  local address, entry = outbound.find(compiled, sender, connector)
  if address and routing.trace then
    say(routing, directory.declaration(compiled.directory, entry),
      "the sender %s becomes %s, the primary address of %s", sender, address,
      directory.name(compiled.directory, entry))
  end
  return address
end

--- The sender after the policy's rules about it.
-- @tparam table routing
-- @tparam table sender
-- @tparam table|nil connector that carries it; without one, only by what holds for all
-- @treturn table address; the same table where no rule is about it
function stage6_sender.rewritten(routing, sender, connector)
  local address, declaration = senders.find(routing.compiled.senders, sender,
    connector and connector.folded)
  if not address then return primary_of(routing, sender, connector) or sender end
  say(routing, declaration, address == sender and "the sender stays %s"
    or "the sender %s becomes %s", sender, address)
  return address
end

-- ---- The next hop's type -----------------------------------------------------

-- What a sender of another type than SMTP carries: in cc:Mail what a gateway makes of it.
local function carried_in(compiled, sender)
  local final, _, gateway = postoffices.foretell(compiled.postoffices, sender)
  if gateway then return final end
  local is_name = sender.type == "CCMAIL" and postoffices.are_ccmail(compiled.postoffices)
  return not is_name and core.decapsulate(sender) or sender
end

-- What a sender carries, and in SMTP only what our domains take out.  Who hands on another carrier
-- would have the answer refused: only those who may relay write to what is in it.
local function opened(routing, sender)
  local inner = sender.type == "SMTP" and sender or carried_in(routing.compiled, sender)
  if inner.type ~= "SMTP" or not is_carrier(inner.localpart) then return inner end
  return (unwrap(silent(routing), inner)) -- what is signed stays so
end

-- The entry that an address is, or nil.
local function entry_of(routing, address)
  local key = known(core.key(address))
  return key and directory.find(routing.compiled.directory, key)
end

-- The address of an entry, of the type that the connector speaks, or nil.
local function own_proxy(routing, connector, entry)
  local entries = routing.compiled.directory
  local proxy = directory.best(entries, entry, connector.speaks)
  if not proxy then return nil end
  if routing.trace then
    say(routing, directory.declaration(entries, entry), "the sender is handed over as %s of %s",
      proxy, directory.name(entries, entry))
  end
  return without_notation(proxy)
end

-- Where a sender is carried in SMTP: at a domain of ours that takes it out again when the answer
-- comes, the connector's own if that does; else as the connector wraps recipients.
local function shell_of(routing, connector, type_name)
  local compiled, shell = routing.compiled, connector.shell
  local name = shell and fold(shell.domain)
  local own = name and domains.find_name(compiled.domains, name)
  if own and own.kind == "local" and domains.unwraps(own, type_name) then return shell end
  return domains.opener(compiled.domains, type_name) or shell
end

-- A sender inside an address of the next hop's type; or nil, message, code.
local function wrap(routing, connector, sender)
  local shell = connector.speaks == "SMTP" and shell_of(routing, connector, sender.type)
  if shell and sender.type ~= "SMTP" then return core.encapsulate(sender, "SMTP", shell) end
  return connectors.wrap(connector, sender)
end

-- Where the hop's type carries SMTP and no senders of this type: in SMTP, at a domain of ours that
-- takes them out, and that inside an address of the hop's; or nil.
local function wrap_twice(routing, connector, sender)
  local shell = domains.opener(routing.compiled.domains, sender.type)
  local carrier = shell and core.encapsulate(sender, "SMTP", shell)
  return carrier and connectors.wrap(connector, carrier)
end

-- What to write so that a connector can say senders of a type, or nil.
local function remedy(routing, connector, type_name)
  local missing, to_take_out = connectors.missing_wrap(connector), TAKE_OUT:format(type_name)
  if connectors.can_carry(connector.speaks, type_name) then
    local is_smtp = missing and connector.speaks == "SMTP"
    return is_smtp and to_take_out .. ", or to this connector " .. missing
      or missing and "add " .. missing
  end
  local is_opened = domains.opener(routing.compiled.domains, type_name)
  if is_opened or not connectors.can_carry(connector.speaks, "SMTP") then
    return missing and "add " .. missing
  end
  return (missing and "add " .. missing .. ", and " or "") .. to_take_out
end

-- The verdict on a sender that the next hop cannot say.
local function unsayable(connector, sender, why)
  return verdict.of("sender-unsayable", ("%s speaks %s, in which the sender %s cannot be said: %s")
    :format(connector.name, connector.speaks, sender, why), connector.declaration)
end

-- The sender inside an address of the next hop's type; or nil and a verdict.
local function carried(routing, connector, sender, inner)
  local carrier, message, code = wrap(routing, connector, inner)
  if not carrier then carrier, message, code = wrap(routing, connector, sender) end
  carrier = carrier or wrap_twice(routing, connector, inner)
  if not carrier then
    local advice = code == "encapsulation-type" and remedy(routing, connector, sender.type)
    return nil, unsayable(connector, write(sender), advice or message)
  end
  if carrier ~= sender then
    say(routing, connector.declaration, "%s speaks %s: the sender is handed over as %s",
      connector.name, connector.speaks, carrier)
  end
  return carrier
end

-- Whether the answer to what a sender carries would be refused, as an address at a local domain that
-- nobody has, while the sender itself is taken out of its shell when an answer comes.
local function is_lost(compiled, sender, inner)
  local key = inner.type == "SMTP" and known(core.key(inner))
  local domain = key and domains.find(compiled.domains, key)
  return domain and domain.kind == "local" and domains.opener(compiled.domains, sender.type) ~= nil
end

-- The sender in the type that the next hop speaks; or nil and a verdict.  What an entry has as its
-- address is that one's, whatever it carries.
local function in_hops_type(routing, connector, sender)
  local entry, inner = entry_of(routing, sender), sender
  if not entry then
    inner = opened(routing, sender)
    entry = inner ~= sender and entry_of(routing, inner)
  end
  if not entry and inner ~= sender and is_lost(routing.compiled, sender, inner) then
    inner = sender
  end
  local proxy = entry and own_proxy(routing, connector, entry)
  if proxy then return proxy end
  return carried(routing, connector, sender, inner)
end

-- What nobody can read is handed over as it is, where the next hop may take it for an address.
local function unread(connector, given)
  if not connector.speaks or connector.speaks == "SMTP" then return given end
  return nil, unsayable(connector, type(given) == "table" and write(given) or given,
    "it cannot be read")
end

--- The sender as a connector hands it over.
-- @tparam table routing which has a sender
-- @tparam table leaf
-- @tparam table connector
-- @treturn table|string|nil
-- @treturn table|nil a verdict, if the next hop cannot say it
function stage6_sender.of(routing, leaf, connector)
  local sender, given = stage6_sender.own(routing, leaf)
  if not sender then return unread(connector, given) end
  if routing.null_sender then return sender end
  sender = stage6_sender.rewritten(routing, sender, connector)
  if connector.signs then
    local signed, failure = sign(routing, leaf, connector, sender)
    if not signed then return nil, failure end
    sender = signed
  end
  if not connector.speaks or connector.speaks == sender.type then return sender end
  return in_hops_type(routing, connector, sender)
end

return stage6_sender
