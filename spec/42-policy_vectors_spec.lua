local policy = require "postoffice.policy"
local vectors = require "spec.vectors"

--- A policy with a connector for each name of { space, cost, name }.
local function load(spaces)
  local lines, names = {}, {}
  for _, space in ipairs(spaces) do
    local name = space[3]
    if not lines[name] then
      names[#names + 1], lines[name] = name, ""
    end
    lines[name] = ("%s{ %q, cost = %d }, "):format(lines[name], space[1], space[2])
  end
  for i, name in ipairs(names) do
    names[i] = ("connector %q { spaces = { %s} }"):format(name, lines[name])
  end
  return assert(policy.load(table.concat(names, "\n")))
end

--- Rows we disagree with, and why.
local disagree = {
  ['{"address": "SMTP:userz@microsoft.com", '
    .. '"spaces": [["SMTP:userz@com", 50, "A"], ["SMTP:", 1, "B"]]}'] =
    "SMTP:userz@com is one mailbox at com, not every userz of every .com (Q229961's partial "
    .. "strings are of types with components; a domain's is written SMTP:userz@*.com)",
}

local hold = vectors.each(it, disagree)
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

  each("route.state", function(given, expected)
    local spaces = {}
    for i, connector in ipairs(given.connectors) do
      spaces[i] = { connector[3][1], connector[2], connector[1] }
    end
    local envelope = { down = given.down, arrived_by = given.arrived_by }
    assert.equal(expected.chosen, load(spaces):route(given.address, envelope)[1].connector)
  end)

  -- The Internet Mail Service's table: a domain stands for those below it, too, unless # says
  -- that it does not; what is none of them goes on to its own host.
  each("ims.routing", function(given, expected)
    local own, spaces = {}, { { "SMTP:*", 9, "its own" } }
    for _, line in ipairs(given.table) do
      own[line[1]:match "^#(.*)" or 1] = true
    end
    for _, line in ipairs(given.table) do
      local name, host = line[1], line[2]:match "[^<>]+"
      spaces[#spaces + 1] = not own[name] and { "SMTP:*@" .. name:gsub("#", ""), 1, host } or nil
      spaces[#spaces + 1] = not name:find "#" and { "SMTP:*@*." .. name, 1, host } or nil
    end
    local p = load(spaces)
    for i, address in ipairs(given.addresses) do
      local connector = p:route("SMTP:" .. address)[1].connector
      local host = connector == "its own" and address:match "@(.*)" or connector
      assert.equal(expected.result[i], host, address)
    end
  end)
end)

describe("rewrite patterns as they are documented", function()
  each("rewrite.match", function(given, expected)
    local p = assert(policy.load(('rewrite %q { to = "SMTP:it@x.example" }'):format(given.pattern)))
    assert.equal(expected.match and "SMTP:it@x.example" or nil,
      tostring(p:rewrite(given.address) or nil))
  end)
end)
