--- Spaces that connectors share, and those that are left to drained ones, for
-- `postoffice.policy.prove.lint`.
-- @module postoffice.policy.prove.lint_shares

local addresses = require "postoffice.address"
local connectors = require "postoffice.policy.compile.connectors"
local describe = require "postoffice.policy.language.describe"
local reach = require "postoffice.policy.prove.reach"

-- Visits all spaces, those of a connector one after the other.
local function each_space(compiled, visit)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    for _, space in ipairs(connector.spaces) do visit(space, connector) end
  end
end

-- Whether a space takes what falls into another one, too, whoever sends it.
local function takes(compiled, other, space)
  if reach.goes_before(compiled, other, space) then return true end
  local is_open = not other.guarded and other.connector.weight > 0
  return is_open and reach.are_rivals(compiled, other, space)
    and (other.cost < space.cost or other.cost == space.cost and reach.is_better(other, space))
end

-- Whether some mail may go by a space, as no other takes all of it.
local function is_reached(look, space)
  return reach.witness(look, space, function(other)
    return takes(look.compiled, other, space)
  end) ~= false
end

-- Connectors that share a space, perhaps unintentionally: none says what its share is.
local function find_ties(look, find)
  local seen = {}
  each_space(look.compiled, function(space, connector)
    local id = table.concat({ space.id, tostring(space.cost), tostring(space.guarded) }, "\0")
    local other = seen[id]
    seen[id] = other or connector
    if not other or other == connector or space.guarded or connector.has_weight
      or other.has_weight or not is_reached(look, space) then
      return
    end
    find("note", "space-tie", connector.declaration,
      ('and connector "%s" at %s carry %s at the same cost and share it by a hash'):format(
        other.name, describe.where(other.declaration), space.text),
      "where one of them should go first, give the other a higher cost; or say by weight what"
        .. " each gets")
  end)
end

-- An address whose mail waits for a drained space, as `reach.witness`.
local function waiting(look, space)
  local compiled = look.compiled
  return reach.witness(look, space, function(other)
    return reach.goes_before(compiled, other, space)
      or other.connector.weight > 0 and reach.are_rivals(compiled, other, space)
  end)
end

-- Spaces whose connectors are all drained.
local function find_drained(look, find)
  local carried = {}
  each_space(look.compiled, function(space, connector)
    carried[space.id] = carried[space.id] or connector.weight > 0
  end)
  each_space(look.compiled, function(space, connector)
    local address, by_sets = nil, nil
    if not carried[space.id] then address, by_sets = waiting(look, space) end
    if carried[space.id] or address == false then return end
    find("warning", "space-drained", connector.declaration,
      ("is drained, and nothing else carries %s%s: its mail waits"):format(space.text,
        by_sets and ", such as " .. addresses.show(address) or ""),
      "give it a weight, or the space to another connector")
  end)
end

--- Finds them.
-- @tparam table look from `reach.new`
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_shares(look, find)
  find_ties(look, find)
  find_drained(look, find)
end

return lint_shares
