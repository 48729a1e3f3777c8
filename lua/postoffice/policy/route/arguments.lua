--- What functions of a script give as texts to what looks it up: names of sets and connectors, patterns and
-- addresses.
-- @module postoffice.policy.route.arguments

local connectors = require "postoffice.policy.compile.connectors"
local describe = require "postoffice.policy.language.describe"
local read_address = require "postoffice.policy.route.read".address
local sets = require "postoffice.policy.compile.sets"
local types = require "postoffice.policy.language.types"
local unheard = require "postoffice.policy.route.unheard"

local arguments = {}

local SLIP = 'is of the type "%s", which is not known; did you mean "%s"?; if this type is meant,'
  .. ' write settings { types = { "%s" } }'

-- What is wrong with a type: of one that is a slip of the key a pattern would never match, and nobody would
-- hear of it.
local function fault_of(compiled, type_name)
  local meant = unheard.of(compiled, type_name) and types.slip_of(type_name)
  return meant and SLIP:format(type_name, meant, type_name) or nil
end

--- The matcher of a pattern.
-- @tparam table compiled
-- @tparam string text
-- @tparam function read returns a matcher of it, or nil and what is wrong
-- @treturn table|nil
-- @treturn string the sentence about it
function arguments.matcher(compiled, text, read)
  local matcher, wrong = read(text)
  wrong = matcher and fault_of(compiled, matcher.type) or wrong
  if matcher and not wrong then return matcher end
  return nil, ('the pattern "%s" %s'):format(describe.short(text), wrong)
end

--- A set by its name.
-- @tparam table compiled
-- @tparam string name
-- @treturn table|nil
-- @treturn string the sentence about it
function arguments.set(compiled, name)
  local set = sets.find(compiled.sets, name)
  if set then return set end
  return nil, ('"%s" is no set%s'):format(describe.short(name),
    sets.undeclared(compiled.sets, name))
end

--- A connector by its name.
-- @tparam table compiled
-- @tparam string name
-- @treturn table|nil
-- @treturn string the sentence about it
function arguments.connector(compiled, name)
  local connector = connectors.find(compiled.connectors, name)
  if connector then return connector end
  return nil, ('"%s", which is no connector%s'):format(name,
    connectors.undeclared(compiled.connectors, name))
end

--- An address.
-- @param value a text, or a table of fields
-- @treturn table|nil
-- @treturn string the sentence about it
function arguments.address(value)
  local address, message = read_address(value)
  if address then return address end
  return nil, "what is no address: " .. message
end

return arguments
