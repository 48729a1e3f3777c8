--- Equal addresses get equal deliveries, whatever the policy: however a recipient is spelled, and
-- however its sender is.  Functions are left out, which are shown an address as it is written.
local addresses = require "postoffice.address"
local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local helper = require "spec.helper"
local policies = require "spec.policies"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"
local spellings = require "spec.spellings"

local PLAIN = {
  "verdict", "code", "status", "entry", "connector", "nexthop", "cost", "space", "rule", "gateway",
  "member", "message",
}

-- An address as its key, in whatever carries it.
local function identity(address)
  if type(address) ~= "table" then return tostring(address):lower() end
  local text = postoffice.key(address) or addresses.show(address)
  address = core.canonical(address) or address
  for _ = 1, addresses.MAX_CARRIERS do
    local inner, carrier = postoffice.decapsulate(address)
    if not inner then return text end
    local place, shell = {}, addresses.make(carrier)
    for field, value in pairs(core.canonical(shell) or shell) do
      place[#place + 1] = field .. "=" .. (field == "type" and families.of(value) or value)
    end
    table.sort(place)
    address, text = inner, table.concat(place, ";") .. "(" .. tostring(postoffice.key(inner)) .. ")"
  end
  return text
end

-- A delivery as text, but for how it is written and what tells the administrator of it.
local function shown(delivery)
  local list = {}
  for _, name in ipairs(PLAIN) do list[#list + 1] = name .. "=" .. tostring(delivery[name]) end
  for _, name in ipairs { "address", "final", "sender" } do
    list[#list + 1] = name .. "=" .. identity(delivery[name]):lower()
  end
  list[#list + 1] = "extension=" .. tostring(delivery.extension):lower()
  list[#list + 1] = "path=" .. table.concat(delivery.path or {}, ">")
  for _, other in ipairs(delivery.alternatives or {}) do
    list[#list + 1] = ("%s at %s by %s"):format(other.connector, tostring(other.cost), other.space)
  end
  return table.concat(list, " ")
end

local function all(deliveries)
  local list = {}
  for i, delivery in ipairs(deliveries) do list[i] = shown(delivery) end
  return table.concat(list, "\n")
end

-- Lines of a policy that call no function.
local function load(text)
  local lines = {}
  for line in (text .. "\n"):gmatch "(.-)\n" do
    lines[#lines + 1] = line:find "function" and "" or line
  end
  return policy.load(table.concat(lines, "\n"), { chunkname = policies.CHUNKNAME,
    include = policies.include, milliseconds = 60000, load_milliseconds = 60000 })
end

local function with_sender(envelope, sender)
  local copy = {}
  for name, value in pairs(envelope) do copy[name] = value end
  copy.sender = sender
  return copy
end

describe("random policies", function()
  it("deliver to equal addresses alike, and of equal senders", function()
    local tried = 0
    for seed = 1, helper.times(150) do
      local p, text = policies.load(seed + 3000000, load)
      for _ = 1, 40 do
        local to, envelope = policies.address(), policies.envelope() or {}
        local routed = all(p:route(to, envelope))
        for _, other in ipairs(spellings.of(to)) do
          tried = tried + 1
          assert.equal(routed, all(p:route(other, envelope)), ("%s\n-- to %s, not %s"):format(text,
            policies.quote(other), policies.quote(to)))
        end
        local sender = envelope.sender
        for _, other in ipairs(type(sender) == "string" and spellings.of(sender) or {}) do
          assert.equal(routed, all(p:route(to, with_sender(envelope, other))),
            ("%s\n-- from %s, not %s, to %s"):format(text, policies.quote(other),
              policies.quote(sender), policies.quote(to)))
        end
      end
      p:close()
    end
    assert.is_true(tried > helper.times(150) * 20, tried)
  end)
end)
