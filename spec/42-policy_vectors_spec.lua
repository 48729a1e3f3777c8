local policy = require "postoffice.policy"
local vectors = require "spec.vectors"

--- A policy with a connector for each of { space, cost, name }.
local function load(spaces)
  local lines = {}
  for i, space in ipairs(spaces) do
    lines[i] = ("connector %q { spaces = { { %q, cost = %d } } }"):format(space[3], space[1],
      space[2])
  end
  return assert(policy.load(table.concat(lines, "\n")))
end

local hold = vectors.each(it)
local function each(kind, check)
  hold(kind, function(input, expected) check(vectors.json(input), expected) end)
end

describe("address spaces as they are documented", function()
  -- The rows give spaces without a type; any type that carries them whole will do.
  each("route.match", function(given, expected)
    local p = load { { "TELEX:" .. given.space, 1, "it" } }
    local delivery = p:route("TELEX:" .. given.address)[1]
    assert.equal(expected.match and "it" or nil, delivery.connector, given.space)
  end)

  each("route.select", function(given, expected)
    local address = given.address:find "^%u[%u%d]*:" and given.address or "SMTP:" .. given.address
    local chosen = expected.chosen -- a name, or a list of one or none
    if type(chosen) == "table" then chosen = chosen[1] end
    local loaded, p = pcall(load, given.spaces)
    if not loaded then -- a space that matches nothing, we say so
      assert.is_nil(chosen)
      return assert.matches("matches no address", p, 1, true)
    end
    assert.equal(chosen, p:route(address)[1].connector, address)
  end)
end)
