--- Stage 5: the address spaces choose a connector.
--
-- The winning space is of the best class that has a match and, within it, has the
-- most literal characters (Q229961).  Spaces whose guard refuses do not count.
-- Of the winning space's connectors, the one the message arrived by and those
-- that are down drop out; then guarded ones go before others, then the lowest
-- cost wins, and connectors of equal cost share addresses by a hash.  With
-- `order = "cost"` all spaces that match are one pool, ordered by cost first.
-- @module postoffice.policy.route.stage5_route

local connectors = require "postoffice.policy.compile.connectors"
local hash = require "postoffice.policy.compile.hash"
local key_of = require "postoffice.policy.route.stage4_nodes".key_of
local spaces = require "postoffice.policy.compile.spaces"
local types = require "postoffice.policy.language.types"
local verdict = require "postoffice.policy.route.verdict"

local surveyed = spaces.surveyed

local PRIME = 67108859 -- below 2^26, so that squares are exact in a double

-- How an address ranks a connector among others of the same cost: the same on
-- every machine, and independent of which of the others are down.
local function new_weight(leaf, connector)
  leaf.hash = leaf.hash or hash(key_of(leaf))
  local a, b = leaf.hash, connector.hash
  local mixed = (a + b) % PRIME
  mixed = (mixed * mixed + b) % PRIME
  mixed = (mixed * mixed + a) % PRIME
  return mixed
end

-- The same, kept: sorting asks for it again and again.
local function weight(candidate)
  local known = candidate.weight or new_weight(candidate.leaf, candidate.connector)
  candidate.weight = known
  return known
end

-- Why a guard refuses, or nil.
local function refused(routing, connector)
  if connector.max_size and (routing.envelope.size or 0) > connector.max_size then
    return ("the message has %d bytes, more than max_size = %d"):format(routing.envelope.size,
      connector.max_size)
  end
  if connectors.accepts(connector, routing.sender, routing.null_sender) then return nil end
  return "the sender is none of its senders"
end

-- Why a connector of the winning space cannot be used now, or nil.
local function unusable(routing, connector)
  if routing.arrived_by == connector.folded then return "the message arrived by it" end
  if routing.down[connector.folded] then return "is down" end
end

local function new_candidate(space, class, leaf, why)
  return { -- all fields, so that the table is made in its final size
    space = space, class = class, connector = space.connector, cost = space.cost, leaf = leaf,
    weight = nil, why = why,
  }
end

local function by_cost(a, b)
  if a.cost ~= b.cost then return a.cost < b.cost end
  local one, other = weight(a), weight(b)
  if one ~= other then return one > other end
  return a.space.order < b.space.order
end

-- How candidates of one pool are ordered.
local ORDER = {
  exchange = function(a, b)
    if a.space.guarded ~= b.space.guarded then return a.space.guarded end
    return by_cost(a, b)
  end,
  cost = function(a, b)
    if a.cost ~= b.cost then return a.cost < b.cost end
    if a.class ~= b.class then return a.class < b.class end
    if a.space.literals ~= b.space.literals then return a.space.literals > b.space.literals end
    if a.space.guarded ~= b.space.guarded then return a.space.guarded end
    return by_cost(a, b)
  end,
}

-- Why a space is vaguer than another, or nil if it is not.
local function why_vaguer(space, class, other, other_class)
  if class ~= other_class then
    return ("%s is vaguer than %s"):format(spaces.classes[class], spaces.classes[other_class])
  end
  if space.literals ~= other.literals then return "fewer literal characters" end
end

-- Whether a space that was found after the best one can still win.
local function may_win(routing, space, class, best, best_class)
  return class == best_class and space.literals == best.literals
    or routing.compiled.settings.order == "cost"
end

-- The spaces that can win: the best one, its class, and, where there are others, all of them as
-- candidates.  A trace is told of those that cannot, too.
local function gather(routing, leaf)
  local trace, address = routing.trace, leaf.address
  local family, key, from, text = spaces.look_up(routing.compiled.spaces, address, key_of(leaf))
  if not family then return nil end
  local best, best_class, pool
  local rank, space, class = spaces.next(family, 0, address, key, from, text)
  while rank do
    local is_vaguer = best and not may_win(routing, space, class, best, best_class)
    if is_vaguer and not trace then break end
    local why = refused(routing, space.connector)
      or is_vaguer and why_vaguer(space, class, best, best_class) or nil
    local candidate = (trace or best) and new_candidate(space, class, leaf, why)
    if trace then routing.considered[#routing.considered + 1] = candidate end
    if not why and best then
      pool = pool or { new_candidate(best, best_class, leaf) }
      pool[#pool + 1] = candidate
    elseif not why then
      best, best_class, pool = space, class, candidate and { candidate }
    end
    rank, space, class = spaces.next(family, rank, address, key, from, text)
  end
  return best, best_class, pool
end

local NONE = {}

-- Moves the candidates that can be used to the front, each connector once: how many there are, and
-- whether all others fell out because the message arrived by them.
local function select_usable(routing, pool)
  local count, seen, arrived = 0, pool[2] and {} or NONE, true
  for i = 1, #pool do
    local candidate = pool[i]
    local why = unusable(routing, candidate.connector)
    if why then
      candidate.why = why
      arrived = arrived and routing.arrived_by == candidate.connector.folded
    elseif seen[candidate.connector] then
      candidate.why = "a better space of it matches"
    else
      count = count + 1
      pool[count] = candidate
      if pool[2] then seen[candidate.connector] = true end
    end
  end
  return count, arrived
end

-- What decided: only a guard goes before one that costs less.
local function lost_to(winner, candidate)
  if winner.cost < candidate.cost then
    return ("costs %s, %s costs %s"):format(tostring(candidate.cost), winner.connector.name,
      tostring(winner.cost))
  end
  local guarded = winner.space.guarded ~= candidate.space.guarded
  return why_vaguer(candidate.space, candidate.class, winner.space, winner.class)
    or guarded and "a guarded connector goes first"
    or "costs the same; the address's hash chose"
end

local function names(pool)
  local list = {}
  for i, candidate in ipairs(pool) do list[i] = candidate.connector.name end
  return table.concat(list, ", ")
end

-- A candidate as the explanation shows it.
local function shown(candidate, winner)
  return {
    connector = candidate.connector.name, space = candidate.space.text, cost = candidate.cost,
    class = spaces.classes[candidate.class], literals = candidate.space.literals,
    wins = candidate == winner, why = candidate.why,
  }
end

local function say(routing, candidates, winner)
  if not routing.trace then return end
  for _, candidate in ipairs(candidates) do
    local wins = candidate == winner
    if winner and not wins and not candidate.why then candidate.why = lost_to(winner, candidate) end
    routing.trace:say("route", ("%s %s by %s, %s"):format(wins and "+" or "-",
      candidate.connector.name, candidate.space.text,
      wins and ("cost %s"):format(tostring(candidate.cost)) or candidate.why),
      candidate.connector.declaration, { candidate = shown(candidate, winner), unused = not wins })
  end
end

-- What nobody has heard of, neither here nor in the policy, is a slip of somebody's key.
local function unknown_type(routing, type_name)
  local compiled = routing.compiled
  if types.is_known(type_name) or spaces.exist_for(compiled.spaces, type_name)
    or connectors.speak(compiled.connectors, type_name) then
    return nil
  end
  local near = types.near(type_name)
  return verdict.of("type-unknown", ("no type is called %s, and no space is of it%s"):format(
    type_name, near and ('; did you mean "%s"?'):format(near) or ""))
end

-- No space at all.
local function unmatched(routing, leaf)
  if routing.trace then routing.trace:say("route", "no connector's space matches") end
  if leaf.opened then
    return verdict.of("recipient-unknown",
      ("it came to %s and nobody there has it"):format(leaf.opened.name), leaf.opened.declaration)
  elseif routing.compiled.settings.unmatched == "pass" then
    return { verdict = "pass" }
  end
  return unknown_type(routing, leaf.address.type) or verdict.of("route-missing")
end

-- What else could take it; nil if nothing can.
local function alternatives(pool, count)
  if count == 1 then return nil end
  local list = {}
  for i = 2, count do
    local candidate = pool[i]
    list[i - 1] = {
      connector = candidate.connector.name, nexthop = candidate.connector.nexthop,
      cost = candidate.cost, space = candidate.space.text,
    }
  end
  return list
end

-- Of several spaces, or of one whose connector cannot be used, the winner.
local function choose(routing, pool)
  if #pool > 1 then table.sort(pool, ORDER[routing.compiled.settings.order]) end
  local count, arrived = select_usable(routing, pool)
  local winner = count > 0 and pool[1] or nil
  say(routing, routing.considered, winner)
  if winner then return winner.space.choice, nil, alternatives(pool, count) end
  if arrived then
    return nil, verdict.of("route-loop",
      "it arrived by the only connector that could take it: " .. names(pool))
  end
  return nil, verdict.of("connectors-down", "down: " .. names(pool))
end

-- The choice where the survey found it, nothing comes near it and nothing is against it.
local function find_surveyed(routing, leaf)
  local compiled = routing.compiled
  local choice = surveyed(compiled.spaces, leaf.rank, leaf.other, compiled.settings.order == "cost")
  if not choice or routing.is_bare and choice.is_plain then return choice end
  local connector = choice.connector
  if refused(routing, connector) or unusable(routing, connector) then return nil end
  return choice
end

--- Chooses a connector.
-- @tparam table routing
-- @tparam table leaf
-- @treturn table|nil the choice of the winning space, from `connectors.choice`
-- @treturn table a verdict
-- @treturn {table,...}|nil the alternatives of a delivery, if there are any
local function route(routing, leaf)
  if leaf.rank then
    local choice = find_surveyed(routing, leaf)
    if choice then return choice end
  end
  if routing.trace then routing.considered = {} end
  local best, class, pool = gather(routing, leaf)
  if not best then
    say(routing, routing.considered)
    return nil, unmatched(routing, leaf)
  end
  return choose(routing, pool or { new_candidate(best, class, leaf) })
end

return route
