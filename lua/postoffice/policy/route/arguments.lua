--- What functions of a script give as texts to what looks it up: the names of sets, and patterns.
-- @module postoffice.policy.route.arguments

local describe = require "postoffice.policy.language.describe"
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

return arguments
