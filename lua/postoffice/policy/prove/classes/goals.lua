--- The addresses to which a policy itself sends mail on: those of targets, members and catch-alls, and
-- what becomes of them.
-- @module postoffice.policy.prove.classes.goals

local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local gateways = require "postoffice.policy.route.gateways"
local rewrites = require "postoffice.policy.compile.rewrites"

local goals = {}

local MOST_STEPS = 32 -- rewrites that are applied one after the other
local MOST = 200 -- that one address may become
local MOST_LOOKS = 2000 -- at them, each after other rewrites

--- Visits each of them.
-- @tparam table compiled
-- @tparam function visit is given the address; true ends it
-- @treturn boolean whether it was ended
function goals.each(compiled, visit)
  for entry in directory.each(compiled.directory) do
    for _, address in ipairs(directory.goals(compiled.directory, entry)) do
      if visit(address) then return true end
    end
  end
  for _, domain in ipairs(domains.all(compiled.domains)) do
    local address = domain.catchall and domain.catchall.address
    if address and visit(address) then return true end
  end
  return false
end

-- What a gateway of ours takes out of an address, or the engine out of one of X.400; or nil.
local function taken_out(compiled, address)
  local gateway = gateways.of(compiled, address)
  if gateway then return gateway.ours and gateways.through(gateway, address) or nil end
  return address.type == "X400" and core.decapsulate(address) or nil
end

local add_onward

-- Adds what each rewrite makes of an address that may be the first that is left; those before it may
-- have fired by then, but for those that may do so again.
local function add_rewritten(found, address, depth)
  local rank, rewrite = rewrites.next(found.compiled.rewrites, 0, address)
  while rank do
    local captures = rewrite.template and rewrite.matcher and not found.fired[rewrite]
      and rewrites.match(rewrite, address)
    local made = captures and rewrites.fill(rewrite, captures)
    if made then
      found.is_again = found.is_again or rewrite.again == true
      found.fired[rewrite] = not rewrite.again or nil
      add_onward(found, made, depth + 1)
      found.fired[rewrite] = nil
      if rewrite.again then return end
    end
    rank, rewrite = rewrites.next(found.compiled.rewrites, rank, address)
  end
end

-- What tells an address that is reached from the same one after other rewrites.
local function id_of(found, address)
  local fired = {}
  for rewrite in pairs(found.fired) do fired[#fired + 1] = found.number[rewrite] end
  table.sort(fired)
  return (core.key(address) or "") .. "\0" .. table.concat(fired, " ")
end

-- Notes that an address is reached; whether what becomes of it is not known yet.
local function enter(found, address, depth)
  local id, key = id_of(found, address), core.key(address) or address
  local before = found.depth[id]
  if before and before <= depth then return false end
  found.depth[id], found.looks = depth, found.looks + 1
  if found.has[key] then return true end
  found.has[key], found.list[#found.list + 1] = true, address
  return true
end

-- Adds an address, and all that may become of it.
function add_onward(found, address, depth)
  if depth > MOST_STEPS or not enter(found, address, depth) then return end
  if #found.list > MOST or found.looks > MOST_LOOKS then
    found.is_partial = true
    return
  end
  add_rewritten(found, address, depth)
  local inner = taken_out(found.compiled, address)
  if not inner then return end
  add_onward(found, inner, depth + 1)
  local carried = core.decapsulate(inner)
  if carried then add_onward(found, carried, depth + 1) end
end

--- What an address may become by rewrites, in whatever order, and what it carries.
-- @tparam table compiled
-- @tparam table address
-- @treturn table `list`, addresses, each once, itself first; `is_again` if rewrites that may be
--   applied again make some of them; `is_partial` if there are more
function goals.onward(compiled, address)
  local found = {
    compiled = compiled, list = {}, fired = {}, is_again = false, is_partial = false,
    has = {}, depth = {}, looks = 0, number = {},
  }
  for i, rewrite in ipairs(rewrites.all(compiled.rewrites)) do found.number[rewrite] = i end
  add_onward(found, address, 1)
  return found
end

return goals
