--- Random policies and addresses: nothing raises, explaining agrees with routing, and routing
-- what `resolve` returned is routing the original.
local helper = require "spec.helper"
local policies = require "spec.policies"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"

local PLAIN = {
  "verdict", "code", "status", "entry", "extension", "connector", "nexthop", "cost", "space",
    "rule",
}

--- A delivery as text, without what differs by definition.
local function shown(delivery)
  local fields = {}
  for _, name in ipairs(PLAIN) do
    fields[#fields + 1] = name .. "=" .. tostring(delivery[name])
  end
  for _, name in ipairs { "address", "final", "sender" } do
    local value = delivery[name]
    local text = type(value) == "table" and postoffice.key(value) or tostring(value)
    fields[#fields + 1] = name .. "=" .. text
  end
  return table.concat(fields, " ") .. " " .. table.concat(delivery.path or {}, ">")
end

local function all(deliveries)
  local list = {}
  for i, delivery in ipairs(deliveries) do list[i] = shown(delivery) end
  return table.concat(list, "\n")
end

local function load(text)
  return policy.load(text, { chunkname = policies.CHUNKNAME, ask = policies.asks(),
    include = policies.include, milliseconds = 60000, load_milliseconds = 60000 })
end

describe("random policies", function()
  it("route as they explain, and as they resolve", function()
    for seed = 1, helper.times(150) do
      local p, text = policies.load(seed + 2000000, load)
      for _ = 1, 40 do
        local to, envelope = policies.recipient(), policies.envelope()
        local where = ("%s\n-- to %s"):format(text, policies.quote(to))
        local deliveries = p:route(to, envelope)
        assert.is_true(#deliveries >= 1, where)
        local routed = all(deliveries)
        local explanation = p:explain(to, envelope)
        assert.equal(routed, all(explanation.deliveries), where)
        assert.is_string(tostring(explanation))
        local resolved = p:resolve(to, nil, envelope)
        if not text:find("while true", 1, true) then -- what was resolved has a budget of its own
          assert.equal(routed, all(p:route(resolved, envelope)), where)
        end
      end
      p:close()
    end
  end)
end)
