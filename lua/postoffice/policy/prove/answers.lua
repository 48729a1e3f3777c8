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

function ANSWERS.virtual(policy, address, envelope)
  local texts = {}
  for i, item in ipairs(policy:resolve(address, nil, envelope)) do
    local failed = item.verdict == "reject" or item.verdict == "defer"
    texts[i] = failed and item.code or write(item.address)
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

-- What is asked of a policy in place of some tables, by role.
local function question_for(roles)
  local asks_whose = roles.virtual or roles.recipients
  if not roles.transport then return asks_whose and ANSWERS.virtual or ANSWERS.canonical end
  return (asks_whose or roles.canonical) and transports or ANSWERS.transport
end

--- A policy's answer.
-- @tparam table policy
-- @tparam table roles a set of `maps.roles`: the tables whose place it takes
-- @tparam string text address
-- @tparam[opt] table envelope
-- @treturn {string,...} addresses, or with a transport table next hops; codes if it has no answer
function answers.of(policy, roles, text, envelope)
  local address, _, code = core.parse(text, UNKNOWN)
  if not address then return { code } end
  return question_for(roles)(policy, address, envelope)
end

-- What a text is compared by: an address by its key, an error by its verdict, else itself.
local function folded_text(text)
  local verdict = text:match "^error:" or text:match "^retry:" or text:match "^defer:"
  if verdict then return verdict end
  local address = core.parse(text, UNKNOWN)
  return address and core.key(address) or text
end

local function folded(texts)
  local list = {}
  for i, text in ipairs(texts) do list[i] = folded_text(text) end
  table.sort(list)
  return table.concat(list, "\0")
end

--- Whether two answers are the same, whatever their order and notation.
-- @tparam {string,...} mine
-- @tparam {string,...} theirs
-- @treturn boolean
function answers.same(mine, theirs) return folded(mine) == folded(theirs) end

return answers
