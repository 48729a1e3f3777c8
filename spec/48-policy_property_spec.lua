--- Random policies and addresses: nothing raises, explaining agrees with routing, and routing
-- what `resolve` returned is routing the original.
local directory = require "postoffice.policy.compile.directory"
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
    secrets = policies.SECRETS, include = policies.include,
    milliseconds = 60000, load_milliseconds = 60000 })
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

--- The addresses of a list's members, or of an entry's targets, which are sent to alone too; without
-- those that are opened only where they are typed.
local function members_of(entries, entry)
  local list = {}
  for i = 1, directory.member_count(entries, entry) do
    local other, address = directory.member(entries, entry, i)
    address = other and directory.primary(entries, other) or address
    local text = address and postoffice.format(address)
    if text and not text:upper():find "^SMTP:\"?IMCEA" then list[#list + 1] = text end
  end
  return list
end

--- Whom deliveries reach, by connector and address; how often.
local function reached(deliveries)
  local found = {}
  for _, delivery in ipairs(deliveries) do
    if delivery.verdict == "deliver" then
      local id = ("%s %s"):format(tostring(delivery.connector), postoffice.key(delivery.address))
      found[id] = (found[id] or 0) + 1
    end
  end
  return found
end

-- What may make a member's way another one than it is alone: functions, and the limit.
local function is_plain(text)
  return not (text:find "= function%(" or text:find "\non%." or text:find "max_recipients")
end

describe("a list of a random policy", function()
  it("reaches once whoever its members reach, whatever else refuses", function()
    local lists = 0
    for seed = 1, helper.times(400) do
      local p, text = policies.load(seed + 3000000, load)
      local entries = p.compiled.directory
      for entry in directory.each(is_plain(text) and entries or directory.new(0)) do
        local kind, own = directory.kind(entries, entry), directory.primary(entries, entry)
        local to = postoffice.format(own)
        if (kind == "list" or kind == "targets") and not to:upper():find "^SMTP:\"?IMCEA" then
          local envelope = policies.envelope()
          if envelope then envelope.arrived_by = nil end -- what is sent on may go back by it
          local deliveries = p:route(to, envelope)
          local refused = deliveries[1].entry == directory.name(entries, entry)
            and not deliveries[1].member and deliveries[1].verdict ~= "deliver"
          local found = reached(deliveries)
          local where = ("%s\n-- to %s"):format(text, to)
          for _, member in ipairs(refused and {} or members_of(entries, entry)) do
            lists = lists + 1
            for id in pairs(reached(p:route(member, envelope))) do
              assert.equal(1, found[id], where .. ": " .. member .. ": " .. id)
            end
          end
        end
      end
      p:close()
    end
    assert.is_true(lists > 0)
  end)
end)

describe("a bounce", function()
  it("stays one, whatever a random policy does with it", function()
    local handed_over = 0
    for seed = 1, helper.times(100) do
      local p, text = policies.load(seed + 4000000, load)
      for _ = 1, 20 do
        local to, envelope = policies.recipient(), policies.envelope() or {}
        envelope.sender = "<>"
        for _, delivery in ipairs(p:route(to, envelope)) do
          local sender = delivery.sender
          assert.is_true(type(sender) == "table" and sender.type == "SMTP"
            and sender.localpart == "" and sender.domain == nil, text)
          handed_over = handed_over + (delivery.verdict == "deliver" and 1 or 0)
        end
      end
      p:close()
    end
    assert.is_true(handed_over > 0)
  end)
end)
