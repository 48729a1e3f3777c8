--- Whether a protocol can serve a policy: what it cannot say is refused when the policy is loaded, by
-- name, and not found out by whoever writes to a list.
-- @module postoffice.host.fitness

local backends = require "postoffice.host.backends"
local verdict = require "postoffice.host.verdict"

local fitness = {}

local MOST_SHOWN = 20

local MOST_ADDRESS = 320 -- bytes (RFC 5321 4.5.3.1)

-- What mail servers take for one address.  Postfix: virtual_alias_expansion_limit (postconf(5)), and a
-- reply of socketmap_table(5).  Dovecot: a passdb has one destuser, a userdb one user.
local POSTFIX = { name = "Postfix", addresses = 1000, bytes = 100000 }
local DOVECOT = { name = "Dovecot", addresses = 1, bytes = 100000 }

local function set(...)
  local made = {}
  for _, name in ipairs { ... } do made[name] = true end
  return made
end

local MESSAGE = set("sender", "size", "may_relay", "authenticated", "client", "down", "now")

-- The size is what MAIL FROM declares (RFC 1870), if it does.
local MAIL_PROXY = set("sender", "may_relay", "authenticated", "client", "down", "now")

-- What is told by a fact.
local FACTS = {
  sender = "who sent a message", size = "how large a message is", client = "who connected",
  authenticated = "whether a sender is who it says", may_relay = "whether a sender may relay",
  arrived_by = "what a message arrived by", down = "what is down", now = "what time it is",
}

-- What to do about a fact, by whose it is.
local REMEDIES = {
  connector = "take the guard out, or ask by a protocol that tells it",
  ["function"] = "let the function do without, or ask by a protocol that tells it",
  entry = "ask the policy service (delegation), too, which decides it before",
}

--- By protocol: `told`, the facts that it knows; `owners`, whether it can say another sender for members
-- of a list; `speaks_smtp`, whether every next hop has to; `takes`, how much whoever asks takes for
-- one address, where there is an end to it; `is_blind`, whether it says who members of a list are and
-- knows nothing of a message; `is_later`, whether who may write to entries was decided
-- before it is asked; `rows`, what finds what else it cannot serve.
fitness.PROTOCOLS = {
  socketmap = { told = set("may_relay", "down", "now"), speaks_smtp = true, takes = POSTFIX,
    is_blind = true },
  delegation = { told = MESSAGE, owners = true },
  readsocket = { told = MESSAGE, speaks_smtp = true },
  auth_http = {
    told = MAIL_PROXY, speaks_smtp = true, rows = { backends.unreachable, backends.astray },
  },
  auth_http_deferring = {
    told = MAIL_PROXY, speaks_smtp = true, rows = { backends.unreachable },
  },
  dovecot = { told = set("client", "down", "now"), speaks_smtp = true, takes = DOVECOT,
    is_later = true },
  rspamd = { told = MESSAGE, speaks_smtp = true },
  http = {
    told = set("sender", "size", "may_relay", "authenticated", "client", "down", "now",
      "arrived_by"),
    owners = true,
  },
}

-- Whether who may write to entries was decided before, as the policy service does where it is asked.
local function is_decided_before(demand, protocol, protocols)
  if demand.word ~= "recipient" and demand.word ~= "list" then return false end
  if protocol.is_later then return true end
  for _, name in ipairs(protocols) do
    if name == "delegation" then return true end
  end
  return false
end

-- Why a protocol cannot meet a demand, as the end of a sentence that begins with what it is, and what to
-- do; or nil.
local function why_not(demand, name, protocol, protocols)
  if demand.fact and not protocol.told[demand.fact] then
    if is_decided_before(demand, protocol, protocols) then return nil end
    local verb = demand.word == "function" and "asks for" or "has"
    return ("%s %s, and %s does not tell %s"):format(verb, demand.field, name, FACTS[demand.fact]),
      REMEDIES[demand.word] or REMEDIES.entry
  elseif demand.field == "owner" and not protocol.owners then
    return ("has an owner, and %s cannot make another sender of that"):format(name),
      "take the owner out, or let a list server send to the members"
  elseif demand.field == "members" and protocol.is_blind then
    return ('leads to "%s", who takes less mail than it does, and %s cannot leave anybody out')
      :format(demand.value, name), "say the same of both, or take that one out"
  elseif demand.field == "speaks" and protocol.speaks_smtp then
    return ("speaks %s, and %s hands mail over in SMTP"):format(demand.value, name),
      'write speaks = "SMTP", and wrap for the other types'
  elseif demand.field == "nexthop" and protocol.speaks_smtp then
    return ("has no nexthop, and %s has to name a host"):format(name),
      'write nexthop = "smtp:[host]:25"'
  end
end

-- Adds a finding, as a policy's check has them.
local function add(findings, row, title, message, advice)
  local file, line = row.where:match "^(.*):(%d+)$"
  findings[#findings + 1] = {
    severity = "error", code = "policy-unfit", where = row.where, file = file,
    line = tonumber(line), title = title, message = message, advice = advice,
  }
end

-- Adds what a protocol cannot meet.
local function add_demands(findings, demands, name, protocols)
  local protocol = fitness.PROTOCOLS[name]
  if not protocol then error(("there is no protocol %s"):format(tostring(name)), 0) end
  for _, demand in ipairs(demands) do
    local message, advice = why_not(demand, name, protocol, protocols)
    if message then
      local title = demand.word == "function" and demand.name
        or ('%s "%s"'):format(demand.word, demand.name)
      add(findings, demand, title, message, advice)
    end
  end
end

-- As maps ask: who may write was decided before, for strangers and for those inside.
local INSIDE = { admitted = true, may_relay = true }

-- Why a mail server cannot be told of all whom an entry reaches, or nil.  It is routed as it would be;
-- what cannot be read or decided now is for whoever asks.
local function why_too_wide(policy, row, taker)
  local made = row.address and verdict.of(policy:route(row.address, INSIDE))
  local addresses = made and made.addresses
  if not addresses then return nil end
  local bytes = #table.concat(addresses, ",") + #"OK "
  if #addresses > taker.addresses then
    return ("leads to %d addresses, and %s takes %d of one address"):format(#addresses, taker.name,
      taker.addresses)
  elseif bytes > taker.bytes then
    return ("leads to addresses of %d bytes, and %s takes %d"):format(bytes, taker.name,
      taker.bytes)
  end
end

local function add_expansions(findings, policy, taker)
  local most = math.min(taker.addresses, math.floor(taker.bytes / MOST_ADDRESS) - 1)
  for _, row in ipairs(policy:expansions(most)) do
    local why = why_too_wide(policy, row, taker)
    if why then
      add(findings, row, ('"%s"'):format(row.name), why, "divide it, or let a list server have it")
    end
  end
end

-- Adds what a protocol finds by functions of its own.
local function add_rows(findings, policy, protocol)
  for _, find in ipairs(protocol.rows or {}) do
    for _, row in ipairs(find(policy)) do
      add(findings, row, row.title, row.message, row.advice)
    end
  end
end

--- What of a policy protocols cannot serve.
-- @tparam table policy
-- @tparam {string,...} protocols names of `PROTOCOLS`; an unknown one raises
-- @treturn {table,...} findings, as `policy:check` has them
function fitness.findings(policy, protocols)
  local findings, demands = {}, policy:capabilities().demands
  for _, name in ipairs(protocols) do
    add_demands(findings, demands, name, protocols)
    local protocol = fitness.PROTOCOLS[name]
    if protocol.takes then add_expansions(findings, policy, protocol.takes) end
    add_rows(findings, policy, protocol)
  end
  return findings
end

--- The same as one message, for whoever would load it.
-- @tparam table policy
-- @tparam {string,...} protocols
-- @treturn string|nil a line for each; nil if they can serve all
-- @treturn string code `policy-unfit`
function fitness.check(policy, protocols)
  local findings, lines = fitness.findings(policy, protocols), {}
  for i = 1, math.min(#findings, MOST_SHOWN) do
    local found = findings[i]
    lines[i] = ("%s: %s %s; %s"):format(found.where, found.title, found.message, found.advice)
  end
  if not lines[1] then return nil end
  if #findings > MOST_SHOWN then
    lines[#lines + 1] = ("... and %d more"):format(#findings - MOST_SHOWN)
  end
  return table.concat(lines, "\n"), "policy-unfit"
end

return fitness
