--- Stage 5: the address spaces choose a connector.
--
-- The winning space is of the best class that has a match and, within it, has the
-- most literal characters (Q229961).  Of its connectors, those drop out whose
-- guards refuse the message (Q160534), the one that it arrived by, and those that
-- are down or drained: no vaguer space takes their place.  Then guarded ones go
-- before others, then the lowest cost wins, and connectors of equal cost share
-- addresses by their weights.  With `order = "cost"`, and with it alone, all spaces
-- that match are one pool, ordered by cost first, so that a vaguer one can win.
-- @module postoffice.policy.route.stage5_route

local draw_lot = require "postoffice.core".lot
local families = require "postoffice.policy.pattern.families"
local key_of = require "postoffice.policy.route.stage4_nodes".key_of
local obstacle = require "postoffice.policy.route.obstacles".of
local spaces = require "postoffice.policy.compile.spaces"
local types = require "postoffice.policy.language.types"
local unheard = require "postoffice.policy.route.unheard"
local verdict = require "postoffice.policy.route.verdict"

local surveyed = spaces.surveyed

local function new_candidate(space, class, leaf, why)
  return { -- all fields, so that the table is made in its final size
    space = space, class = class, connector = space.connector, cost = space.cost, leaf = leaf,
    lot = nil, why = why, code = nil, fact = nil,
  }
end

-- The lot of a candidate's connector for its address, drawn once: sorting asks for it again and
-- again.
local function lot_of(candidate)
  local lot = candidate.lot or draw_lot(key_of(candidate.leaf), candidate.connector.folded)
  candidate.lot = lot
  return lot
end

-- Whether of two that cost the same the first takes the address: the same on every machine, and
-- whatever becomes of the others.  Products, since these are exact and quotients are not.
local function draws_before(a, b)
  local one = lot_of(a) * b.connector.weight
  local other = lot_of(b) * a.connector.weight
  if one ~= other then return one < other end
  return a.space.order < b.space.order
end

local function by_cost(a, b)
  if a.cost ~= b.cost then return a.cost < b.cost end
  return draws_before(a, b)
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
    return draws_before(a, b)
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
    local why = is_vaguer and why_vaguer(space, class, best, best_class) or nil
    local candidate = (trace or best) and new_candidate(space, class, leaf, why)
    if trace then routing.considered[#routing.considered + 1] = candidate end
    if leaf.among and not leaf.among[space.connector] then
      if candidate then candidate.why = "does not have the shell" end
    elseif not best then
      best, best_class, pool = space, class, candidate and { candidate }
    elseif not is_vaguer then
      pool = pool or { new_candidate(best, best_class, leaf) }
      pool[#pool + 1] = candidate
    end
    rank, space, class = spaces.next(family, rank, address, key, from, text)
  end
  return best, best_class, pool
end

-- With `only_lowest_cost` (Q166567), why a candidate is not looked at: another, which may carry the
-- message now or later, costs less; or nil.
local function why_dearer(cheapest, candidate)
  if candidate.cost <= cheapest.cost then return nil end
  return ("only_lowest_cost: %s costs %s"):format(cheapest.connector.name, tostring(cheapest.cost))
end

-- Why a candidate cannot be used: a sentence's end, after a code if that is its connector's doing, and
-- before the fact that is missing if one is.
local function judge(routing, candidate, seen, cheapest)
  if seen[candidate.connector] then return nil, "a better space of it matches" end
  local dearer = cheapest and why_dearer(cheapest, candidate)
  if dearer then return nil, dearer end
  return obstacle(routing, candidate.connector, candidate.leaf)
end

-- The codes of those that may carry the message all the same, later or once more is known.
local MAY_YET = { ["connectors-down"] = true, ["fact-missing"] = true }

-- Moves the candidates that can be used to the front, each connector once; the others are told why.
-- @treturn number how many can be used
-- @treturn table|nil what goes before all of them, if a fact that is missing decides on that one
local function select_usable(routing, pool)
  local only_lowest = routing.compiled.settings.only_lowest_cost
  local count, seen, cheapest, undecided = 0, {}, nil, nil
  for i = 1, #pool do
    local candidate = pool[i]
    local code, why, fact = judge(routing, candidate, seen, only_lowest and cheapest)
    candidate.code, candidate.why, candidate.fact = code, why, fact
    seen[candidate.connector] = true
    if not why then
      count = count + 1
      pool[count] = candidate
    elseif code == "fact-missing" and count == 0 then
      undecided = undecided or candidate
    end
    local may_yet = MAY_YET[code] and candidate.connector.weight > 0
    if not why or may_yet then cheapest = candidate end -- none after it costs more
  end
  return count, undecided
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

-- Why a candidate does not win, or nil: it is the first, and nothing is missing.
local function why_not(candidate, first)
  if candidate.why or candidate == first then return candidate.why end
  return lost_to(first, candidate)
end

-- What became of a candidate, as a trace tells it.
local CONSIDERED = {}

function CONSIDERED.text(candidate, first)
  local why = why_not(candidate, first)
  return ("%s %s by %s, %s"):format(why and "-" or "+", candidate.connector.name,
    candidate.space.text, why or "cost " .. tostring(candidate.cost))
end

function CONSIDERED.data(candidate, first)
  local why = why_not(candidate, first)
  return {
    candidate = {
      connector = candidate.connector.name, space = candidate.space.text, cost = candidate.cost,
      class = spaces.classes[candidate.class], literals = candidate.space.literals,
      wins = not why, why = why,
    },
    unused = why ~= nil,
  }
end

-- Tells of all candidates; the first one wins unless a fact has to be known before.
local function say(routing, candidates, first)
  local trace = routing.trace
  if not trace then return end
  for _, candidate in ipairs(candidates) do
    local why = why_not(candidate, first)
    local add = why and trace.mention or trace.say
    add(trace, "route", candidate.connector.declaration, CONSIDERED, candidate, first)
    if not why and candidate.space.set then trace:use(candidate.space.set.declaration) end
  end
end

-- Tells why the connector that a message arrived by may carry it all the same.
local function say_return(routing, connector)
  if not routing.trace or routing.arrived_by ~= connector.folded then return end
  routing.trace:say("route", connector.declaration, "the message arrived by %s, too, and may go"
    .. " back by it: what is sent on here does not pass through", connector.name)
end

-- The verdict on a type that nobody has heard of.
local function unknown_type(routing, type_name)
  if not unheard.of(routing.compiled, type_name) then return nil end
  local near = types.near(type_name)
  return verdict.of("type-unknown", ("no type is called %s, and no space is of it%s"):format(
    type_name, near and ('; did you mean "%s"?'):format(near) or ""))
end

-- A name of an Exchange directory is nowhere but in that directory: no space that somebody adds would
-- find the one whom it names.
local function unknown_name(leaf)
  if families.of(leaf.address.type) ~= "EX" then return nil end
  return verdict.of("recipient-unknown",
    "no entry has this Exchange name; add it to the proxies of the one whose it is, as X500:...")
end

local NO_SPACE = 'no connector has an address space for it; add one, such as spaces = { "%s:*" }'
local NO_SPACE_IN_SHELL = 'connector "%s", in whose shell it is, has no address space for it; add'
  .. ' one, such as spaces = { "%s:*" }, or list the type in unwrap of domain "%s"'

-- What the policy lacks.
local function no_space(leaf)
  local type_name, first = leaf.address.type, leaf.wrapper
  return verdict.of("route-missing", first
    and NO_SPACE_IN_SHELL:format(first.name, type_name, first.wrap.domain)
    or NO_SPACE:format(type_name))
end

-- No space at all.
local function unmatched(routing, leaf)
  if routing.trace then routing.trace:say("route", nil, "no connector's space matches") end
  if leaf.opened then
    return verdict.of("recipient-unknown",
      ("it came to %s and nobody there has it"):format(leaf.opened.name), leaf.opened.declaration)
  elseif routing.compiled.settings.unmatched == "pass" then
    return { verdict = "pass" }
  end
  return unknown_type(routing, leaf.address.type) or unknown_name(leaf) or no_space(leaf)
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

-- Why candidates cannot be used, those of a code, one after the other; and the first of them.
local function reasons(pool, code)
  local list, first = {}, nil
  for _, candidate in ipairs(pool) do
    if candidate.code == code then
      list[#list + 1] = candidate.connector.name .. " " .. candidate.why
      first = first or candidate
    end
  end
  return first, table.concat(list, "; ")
end

-- What is said if no connector can be used: first what waiting mends, then what a smaller message,
-- then what another sender, and last what nothing does.
local SAID = { "connectors-down", "message-large", "sender-refused", "route-loop" }

-- The verdict if nothing in a pool can be used.
local function unusable(pool)
  for _, code in ipairs(SAID) do
    local first, why = reasons(pool, code)
    if first then return verdict.of(code, why, first.connector.declaration) end
  end
end

-- The verdict if a fact that is missing decides.
local function undecidable(candidate)
  return verdict.of(candidate.code, candidate.connector.name .. " " .. candidate.why,
    candidate.connector.declaration, candidate.fact)
end

-- Of several spaces, or of one whose connector cannot be used, the winner.
local function choose(routing, pool)
  if #pool > 1 then table.sort(pool, ORDER[routing.compiled.settings.order]) end
  local count, undecided = select_usable(routing, pool)
  local best = undecided or count > 0 and pool[1]
  say(routing, routing.considered, best)
  if undecided then return nil, undecidable(undecided) end
  if not best then return nil, unusable(pool) end
  say_return(routing, best.connector)
  return best.space.choice, nil, alternatives(pool, count)
end

-- The choice where the survey found it, nothing comes near it and nothing is against it.
local function find_surveyed(routing, leaf)
  local compiled = routing.compiled
  local choice = surveyed(compiled.spaces, leaf.rank, leaf.other, compiled.settings.order == "cost")
  if not choice or routing.is_bare and choice.is_plain then return choice end
  if obstacle(routing, choice.connector, leaf) then return nil end
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
