--- Why what is so of one run may not be so of others of its class.
-- @module postoffice.policy.prove.claims.doubts

local addresses = require "postoffice.address"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local families = require "postoffice.policy.pattern.families"
local postoffices = require "postoffice.policy.compile.postoffices"
local rewrites = require "postoffice.policy.compile.rewrites"
local sayable = require "postoffice.policy.prove.classes.sayable"

local doubts = {}

--- What is known of all senders of a class as a connector says them that speaks a type.
-- @tparam table compiled
-- @tparam table connector
-- @tparam table sender of the class, as rules about senders make him
-- @treturn table as `Claim:may_break_by_sender` takes it
function doubts.told_of_sender(compiled, connector, sender)
  if families.of(connector.speaks) == families.of(sender.type) then
    return { types = sender, verdict = true, places = true, inside = true }
  end
  local is_told = sayable.is_sender_told(compiled, connector, sender)
  return {
    types = sayable.sample(connector), verdict = is_told,
    places = is_told and sayable.is_himself(compiled, sender),
  }
end

--- Why other senders of a class may fare otherwise than this one, who has to be said in another type, or
-- nil: what can be said of one may not of another.
-- @tparam table claim
-- @tparam table run
-- @treturn string|nil
function doubts.of_sender(claim, run)
  local given, compiled = run.message.facts.sender, run.policy.compiled
  if not given or addresses.is_null(given) then return nil end
  for number, delivery in ipairs(run.deliveries) do
    local connector = delivery.connector
      and connectors.find(compiled.connectors, delivery.connector)
    if connector and connector.speaks then
      local sender = run:ruled(given, connector)
      local told = doubts.told_of_sender(compiled, connector, sender)
      if claim:may_break_by_sender(run, number, told) and not run:is_from_owner(number) then
        return ("how connector %s says senders of %s"):format(connector.name, sender.type)
      end
    end
  end
end

-- What a connector was to be told, or hands over in its own type.
local function address_of(delivery)
  local inner = delivery.verdict == "deliver" and core.decapsulate(delivery.address)
  return inner or delivery.address
end

-- Whether one of some items is declared at a place.
local function is_at(items, place)
  for _, item in ipairs(items) do
    if describe.where(item.declaration) == place then return true end
  end
  return false
end

-- Whether it was a rewrite that made nothing that can be written: the same is so of all of its class.
local function is_unmade(compiled, delivery)
  local place = delivery.rule
  if delivery.connector or not is_at(rewrites.all(compiled.rewrites), place) then return false end
  return not is_at(connectors.all(compiled.connectors), place) -- where all is on one line
    and not is_at(postoffices.all(compiled.postoffices), place)
end

--- Why other members of a class may be written in what a connector speaks though this one is not, or the
-- other way round, or nil.
-- @tparam table claim
-- @tparam table run
-- @treturn string|nil
function doubts.of_address(claim, run)
  for number, delivery in ipairs(run.deliveries) do
    local by, is_told = delivery.connector, delivery.code ~= sayable.ADDRESS_UNSAID.code
    if by then
      local connector = connectors.find(run.policy.compiled.connectors, by)
      is_told = sayable.is_told(connector, address_of(delivery))
    end
    local may_break = not is_told and not is_unmade(run.policy.compiled, delivery)
      and claim:may_break_by_address(run, number)
    if may_break then
      return by and ("whether connector %s can write it"):format(by) or "whether it can be written"
    end
  end
end

return doubts
