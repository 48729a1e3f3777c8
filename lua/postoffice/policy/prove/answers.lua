--- What a policy would answer in place of a mail system's tables.
--
-- Postfix asks a virtual alias table who an address is, a canonical table how it
-- is written, and a transport table where it goes.  Those who move from such
-- tables to a policy compare the answers.
-- @module postoffice.policy.prove.answers

local core = require "postoffice.core"
local write = require "postoffice.address".show

local answers = {}

local UNKNOWN = { unknown = true }

-- What Postfix calls a verdict in a transport table; texts differ.
local VERDICTS = { reject = "error:", defer = "retry:" }

local ANSWERS = {}

-- An item's address; with its extension, if it is a mailbox that was found without: a virtual table
-- leaves that to whoever delivers, which takes it off.
local function mailbox_of(item, given)
  local made, extension = item.address, item.extension
  if not extension or not (made.localpart and given.localpart) then return write(made) end
  local is_own = given.localpart:lower() == made.localpart:lower()
    .. given.localpart:sub(#made.localpart + 1, #made.localpart + 1) .. extension:lower()
  if not is_own then return write(made) end
  return write { type = made.type, localpart = given.localpart, domain = made.domain }
end

function ANSWERS.virtual(policy, address, envelope)
  local texts = {}
  for i, item in ipairs(policy:resolve(address, nil, envelope)) do
    local failed = item.verdict == "reject" or item.verdict == "defer"
    texts[i] = failed and item.code or mailbox_of(item, address)
  end
  return texts
end

function ANSWERS.canonical(policy, address, envelope)
  local made, message, code = policy:rewrite(address, envelope)
  return { made and write(made) or code or message }
end

-- What a transport table would say for a delivery; nil for what is delivered here, or passed.  A
-- transport without a host sends to the recipient's own domain (transport(5)).
local function transport_of(delivery)
  local verdict = VERDICTS[delivery.verdict]
  if verdict then return verdict .. (delivery.code or "") end
  local nexthop, domain = delivery.nexthop, delivery.address and delivery.address.domain
  return nexthop and nexthop:find ":$" and domain and nexthop .. domain or nexthop
end

function ANSWERS.transport(policy, address, envelope)
  local delivery, _, code = policy:nexthop(address, envelope)
  if not delivery then return { VERDICTS.reject .. code } end
  return { transport_of(delivery) }
end

-- The transports of all that an address becomes.
local function transports(policy, address, envelope)
  local list, seen = {}, {}
  for _, delivery in ipairs(policy:route(address, envelope)) do
    local hop = transport_of(delivery)
    if hop and not seen[hop] then list[#list + 1] = hop end
    if hop then seen[hop] = true end
  end
  return list
end

-- An address as it is.
local function itself(_, address) return { write(address) } end

-- What is asked of a policy in place of some tables, by role.
local function question_for(roles)
  local asks_whose = roles.virtual or roles.recipients
  if not (roles.transport or roles.canonical or asks_whose) then return itself end
  if not roles.transport then return asks_whose and ANSWERS.virtual or ANSWERS.canonical end
  return (asks_whose or roles.canonical) and transports or ANSWERS.transport
end

--- Somebody at a domain of which no policy says anything.
answers.ELSEWHERE = "somebody@somewhere.example"

-- An envelope with another sender.
local function from(sender, envelope)
  local copy = {}
  for name, value in pairs(envelope or {}) do copy[name] = value end
  copy.sender = sender
  return copy
end

-- Why a policy takes no mail to an address, as a text of a transport table, or nil if it does.
local function refusal(policy, address, envelope)
  local first
  for _, delivery in ipairs(policy:route(address, envelope)) do
    local verdict = VERDICTS[delivery.verdict]
    if not verdict then return nil end
    first = first or verdict .. (delivery.code or "")
  end
  return first
end

-- What a policy answers of somebody it does not know.
local UNKNOWN_PERSON = { ["recipient-unknown"] = true, ["error:recipient-unknown"] = true }

--- A policy's answer; for an access table, of a message of a stranger unless the envelope says whose it is.
-- @tparam table policy
-- @tparam table roles a set of `maps.roles`: the tables whose place it takes
-- @tparam string text address
-- @tparam[opt] table envelope
-- @treturn {string,...} addresses, or with a transport table next hops; codes if it has no answer
function answers.of(policy, roles, text, envelope)
  local address, _, code = core.parse(text, UNKNOWN)
  if not address then return { code } end
  if roles.recipient_access then
    envelope = from(envelope and envelope.sender or answers.ELSEWHERE, envelope)
    local refused = refusal(policy, address, envelope)
    if refused and not (UNKNOWN_PERSON[refused] and roles.recipients) then return { refused } end
  end
  return question_for(roles)(policy, address, envelope)
end

-- The envelope of a message of a sender, which the host takes, unless a table is asked for that.
local function sent_by(sender, envelope, roles)
  local copy = from(sender, envelope)
  if copy.may_relay == nil and not roles.sender_access then copy.may_relay = true end
  return copy
end

-- What a policy says of a message for a table that says who may send, where it goes, or as whom.
local function sender_answer(delivery, roles, sender)
  local verdict = VERDICTS[delivery.verdict]
  if verdict then return { verdict .. (delivery.code or "") } end
  if roles.sender_transport or roles.sender_relayhost then return { transport_of(delivery) } end
  local is_written = roles.sender_canonical or roles.canonical or roles.generic
  return is_written and { delivery.sender and write(delivery.sender) or sender } or {}
end

--- A policy's answer in place of tables that are asked for senders: of a message to one recipient.
-- @tparam table policy
-- @tparam table roles a set of `sender_maps.roles`
-- @tparam string sender or `<>`
-- @tparam table|nil envelope
-- @tparam string recipient
-- @treturn {string,...} codes if it has no answer
function answers.of_sender(policy, roles, sender, envelope, recipient)
  local address, _, code = core.parse(sender, UNKNOWN)
  if not address and sender ~= "<>" then return { code } end
  local delivery = policy:route(recipient, sent_by(sender, envelope, roles))[1]
  return delivery and sender_answer(delivery, roles, sender) or {}
end

--- Where a policy sends what it says nothing of, which is what a server does by default (relayhost,
-- default_transport); nil if nowhere.
-- @tparam table policy
-- @tparam[opt] table envelope
-- @treturn string|nil a next hop; one that ends in a colon is to the recipient's own domain
function answers.default(policy, envelope)
  local delivery = policy:nexthop(assert(core.parse(answers.ELSEWHERE)), envelope)
  return delivery and delivery.nexthop
end

--- Whether an answer says no more than that nobody is there.
-- @tparam {string,...} answer a policy's
-- @treturn boolean
function answers.knows_nobody(answer)
  return #answer == 1 and UNKNOWN_PERSON[answer[1]] == true
end

-- What a text is compared by: an address by its key, an error by its verdict, else itself.  Domains
-- `here` are one, since local(8) delivers to the user alone.
local function folded_text(text, here)
  local verdict = text:match "^error:" or text:match "^retry:" or text:match "^defer:"
  if verdict then return verdict end
  local address = core.parse(text, UNKNOWN)
  local domain = address and address.type == "SMTP" and address.domain
  if domain and here and here[domain:lower()] then
    return "\1" .. core.key(address):gsub("@[^@]*$", "")
  end
  return address and core.key(address) or text
end

local function folded(texts, here)
  local list = {}
  for i, text in ipairs(texts) do list[i] = folded_text(text, here) end
  table.sort(list)
  return table.concat(list, "\0")
end

--- Whether two answers are the same, whatever their order and notation.
-- @tparam {string,...} mine
-- @tparam {string,...} theirs
-- @tparam[opt] table here a set of domains whose users are the same ($mydestination)
-- @treturn boolean
function answers.same(mine, theirs, here) return folded(mine, here) == folded(theirs, here) end

return answers
