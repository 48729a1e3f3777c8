--- What holds of senders in random policies without functions: mail that was handed over can be
-- answered, and the answer arrives at who sent it; nothing touches `<>`; a sender is said in the type
-- that the next hop speaks.
local connectors = require "postoffice.policy.compile.connectors"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local helper = require "spec.helper"
local pipeline = require "postoffice.policy.route.pipeline"
local policies = require "spec.policies"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"
local postoffices = require "postoffice.policy.compile.postoffices"
local sender_of = require "postoffice.policy.route.stage6_sender".rewritten
local senders = require "postoffice.policy.compile.senders"

-- What entries are without here: the owners of lists, who are answered instead of the sender, and
-- restrictions, which answers may not pass.
local LEFT_OUT = {
  ", owner = (['\"]).-%1", ", accept = %b{}", ", reject = %b{}", ", reject = '%a+'",
  ", max_size = %d+", ", authenticated = true",
}

-- Hops that hear of senders of other types, beside those that the policy has.
local HOPS = [[
connector "smtp" { speaks = "SMTP", spaces = { { "SMTP:*", cost = 0 } } }
connector "ccmail" { speaks = "CCMAIL", spaces = { { "CCMAIL:*", cost = 0 } }%s }
]]
local WRAP = ", wrap = { postoffice = 'internet' }"

-- Whether a message is about what was added: what was left out has torn the text before it.
local function torn(message, text)
  local line = message and tonumber(message:match ":(%d+):")
  return line and line > select(2, text:gsub("\n", "")) - 3
end

-- A policy and its text, without the lines that have functions, and crowds, which take long.
local function load_plain(text)
  text = text:gsub("[^\n]*function%([^\n]*", ""):gsub("[^\n]*crowd[^\n]*", "")
  for _, field in ipairs(LEFT_OUT) do text = text:gsub(field, "") end
  local is_there = text:find("postoffice 'internet'", 1, true) or not text:find "postoffice '"
  text = text .. "\n" .. HOPS:format(is_there and WRAP or "")
  local p, message = policy.load(text, { chunkname = policies.CHUNKNAME,
    include = policies.include, load_milliseconds = 60000 })
  return p and { policy = p, text = text }, torn(message, text) and "" or message
end

local function family(type_name) return type_name == "X500" and "EX" or type_name end

-- Where mail to an address ends: an entry, or an address elsewhere; nil if it does not arrive.  What
-- a gateway on the way makes of it may come back.
local function end_of(p, address, depth)
  local delivery = p:route(address, { may_relay = true })[1]
  if delivery.verdict ~= "deliver" then return nil end
  if delivery.entry then return "entry " .. delivery.entry end
  local final = delivery.final or delivery.address
  local inner = postoffice.decapsulate(final) or final
  if (depth or 0) < 4 and not postoffice.equal(inner, delivery.address) then
    return end_of(p, inner, (depth or 0) + 1) or postoffice.key(inner)
  end
  return postoffice.key(inner)
end

-- Whether an answer to a sender that a connector carries is taken out again: at one of our domains,
-- or by a gateway that the policy knows.
local function is_taken_out(p, carrier, inner)
  local compiled = p.compiled
  if carrier.type == "SMTP" then
    local domain = domains.find(compiled.domains, postoffice.key(carrier))
    return domain and domain.kind == "local" and domain.unwrap[inner.type]
  end
  local final, _, gateway = postoffices.foretell(compiled.postoffices, carrier)
  return gateway and postoffice.equal(final, inner)
end

-- Types of senders that carry others; where these go on their way back is relaying's to say.
local CARRIERS = { SMTP = true, X400 = true }

-- Whether what carries another address is not only that: rewrites take it, or it is the target of a
-- custom recipient, before any gateway looks into it.
local function goes_elsewhere(p, address)
  return CARRIERS[address.type] or not postoffice.equal(p:rewrite(address) or address, address)
    or directory.find_target(p.compiled.directory, postoffice.key(address)) ~= nil
end

-- Whether an address is to somebody at a place of its own type, whatever gateways and rewrites do.
local function is_plain(p, address)
  if not postoffice.equal(p:rewrite(address) or address, address) then return false end
  local place, text = postoffices.of(p.compiled.postoffices, address), tostring(address)
  return not (place and place.gateway) and not text:find "[@!%%]" and not text:find "dda"
end

-- Holds strangers' answers to what a local domain takes out: they may be written to whom it is of.
local function holds_for_strangers(p, heard, inner, where)
  if heard.type ~= "SMTP" or not inner or not is_plain(p, inner) then return end
  local answer = p:route(heard, {})[1]
  if not answer.entry and not answer.extension then
    assert.are_not.equal("relay-denied", answer.code, where .. "\n" .. tostring(answer.detail))
  end
end

-- Holds the sender of a delivery to the one that the policy's rules made.
local function answerable(p, delivery, ruled, where)
  local heard = delivery.sender
  local speaks = connectors.find(p.compiled.connectors, delivery.connector).speaks
  where = ("%s\n-- heard %s, for %s"):format(where, tostring(heard), tostring(ruled))
  if speaks then assert.equal(family(speaks), family(heard.type), where) end
  if not postoffice.key(ruled) or postoffice.equal(heard, ruled) then return false end
  if postoffice.decapsulate(ruled) and goes_elsewhere(p, ruled) then return false end
  assert.is_truthy(speaks, where)
  local inner = postoffice.decapsulate(heard)
  if inner and not is_taken_out(p, heard, inner) then return false end -- check finds it
  if not postoffice.equal(p:rewrite(heard) or heard, heard) then return false end -- as it is meant
  holds_for_strangers(p, heard, inner, where)
  local arrives = end_of(p, ruled)
  if arrives then assert.equal(arrives, end_of(p, heard), where) end
  return arrives ~= nil
end

-- How often a recipient's deliveries say a sender otherwise than it was.
local function try(p, to, envelope, where)
  local count, compiled = 0, p.compiled
  local given = postoffice.parse(envelope.sender, { unknown = true })
    or postoffice.parse(envelope.sender, { notation = "path" })
  for _, delivery in ipairs(p:route(to, envelope)) do
    local said = delivery.connector and delivery.verdict == "deliver"
      and type(delivery.sender) == "table"
    if said and given and given.localpart == "" then
      assert.equal("", delivery.sender.localpart, where)
    elseif said and given then
      local connector = connectors.find(compiled.connectors, delivery.connector)
      local ruled = sender_of(pipeline.begin(p, envelope, nil, nil, 1), given, connector)
      if answerable(p, delivery, ruled, where) then count = count + 1 end
      local _, rule = senders.find(compiled.senders, given, connector.folded)
      if ruled ~= given and (not rule or rule.word == "rewrite") then
        assert.equal(end_of(p, given), end_of(p, ruled), where)
      end
    end
  end
  return count
end

describe("random policies", function()
  it("hand over senders that can be answered", function()
    local tried, count = helper.times(150), 0
    for seed = 1, tried do
      local loaded = policies.load(seed + 7000000, load_plain)
      for _ = 1, loaded and 40 or 0 do -- what is left out may tear a wrong text
        local to, envelope = policies.recipient(), policies.envelope() or {}
        envelope.sender, envelope.may_relay = policies.address(), true
        local where = ("%s\n-- from %s to %s"):format(loaded.text, policies.quote(envelope.sender),
          policies.quote(to))
        count = count + try(loaded.policy, to, envelope, where)
      end
      if loaded then loaded.policy:close() end
    end
    assert.is_true(count > tried / 3, count)
  end)
end)
