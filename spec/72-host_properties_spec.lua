-- Random policies behind Postfix's maps and policy service: what is so of every answer.
local delegation = require "postoffice.host.delegation"
local generate = require "spec.generate"
local helper = require "spec.helper"
local maps = require "postoffice.host.maps"
local policies = require "spec.policies"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"
local site = require "postoffice.host.site"
local small = require "spec.small_policies"
local support = require "spec.72-host_support"

-- A policy as if it was live, though nothing of it was checked.
local function as_live(p)
  local live = { demand = function() return true end }
  return setmetatable(live, { __index = function(_, name)
    local value = p[name]
    if type(value) ~= "function" then return value end
    return function(_, ...) return value(p, ...) end
  end })
end

local function service_of(p)
  local opened = site.open {
    name = "ex", policy = as_live(p), protocols = { "socketmap", "delegation" },
  }
  return { sites = { ex = opened }, decided = function() end }
end

local function ask(service, map, key)
  return (maps.answer(service.sites, maps.find(service.sites, "ex." .. map), key))
end

-- What the policy service says of a recipient of a stranger.
local function at_rcpt(service, recipient, context)
  local reply = support.converse(delegation, service, ("request=smtpd_access_policy\n"
    .. "protocol_state=RCPT\nsender=joe@far.example\nrecipient=%s\nsize=1\npolicy_context=%s\n\n")
    :format(recipient:gsub("[\n%z]", "?"), context or ""))
  return reply:match "^action=([^\n]*)\n\n$"
end

local MAPS = {
  "virtual", "recipients", "canonical", "transport", "mailbox_domains", "relay_domains", "srs",
  "inside.virtual", "inside.recipients", "inside.canonical",
}

local REPLIES = { "^OK [^%z\1-\31\127]+$", "^NOTFOUND $", "^TEMP [\32-\126]+$" }
local ACTIONS = { "^DUNNO$", "^REJECT 5%.%d+%.%d+ [\32-\126]+$",
  "^DEFER_IF_PERMIT 4%.%d+%.%d+ [\32-\126]+$" }

local function is_like(text, patterns)
  for _, pattern in ipairs(patterns) do
    if text:find(pattern) then return true end
  end
  return false
end

local function load(text)
  return policy.load(text, { chunkname = policies.CHUNKNAME, ask = policies.asks(),
    secrets = policies.SECRETS, include = policies.include,
    milliseconds = 60000, load_milliseconds = 60000 })
end

-- A key as a stranger may write it: an address of any type, as text.
local function key()
  local text = policies.recipient()
  return type(text) == "string" and text or tostring(text)
end

local HOMES = { "a.example", "b.example", "far.example", "cc.a.example", "gw.example" }

-- An address as a stranger may encapsulate it, and any other.
local function carried_key(random)
  local address = random(4) > 1 and postoffice.parse(policies.address(), { unknown = true })
  local carrier = address and address.type ~= "SMTP"
    and postoffice.encapsulate(address, "SMTP", { domain = HOMES[random(#HOMES)] })
  return carrier and postoffice.format(carrier, "native") or key()
end

describe("a random policy", function()
  it("has a well formed answer to every question, and nothing to say of what is no address",
    function()
      for seed = 1, helper.times(40) do
        local p, text = policies.load(seed + 7200000, load)
        local service = service_of(p)
        for _ = 1, 15 do
          local one = key()
          for _, map in ipairs(MAPS) do
            local reply = ask(service, map, one)
            local where = ("%s\n-- %s %q: %s"):format(text, map, one, reply)
            assert.is_true(is_like(reply, REPLIES), where)
            assert.is_true(#reply <= 100000, where)
            assert.matches("^[ONTP][ -~\128-\255]*$", ask(service, map .. "!explain", one))
          end
          assert.is_true(is_like(at_rcpt(service, one), ACTIONS), text .. "\n-- " .. one)
        end
        for _, map in ipairs(MAPS) do
          for _, none in ipairs { "", "*", "@a.example" } do
            assert.equal("NOTFOUND ", ask(service, map, none))
          end
        end
        p:close()
      end
    end)

  it("relays for no stranger: whom the policy service refuses so, no map of strangers knows",
    function()
      local refused, shells, random = 0, 0, generate.random(73)
      for seed = 1, math.max(20, helper.times(60)) do
        local p, text = policies.load(seed + 7300000, load)
        local service = service_of(p)
        for _ = 1, 25 do
          local one = carried_key(random)
          local address = maps.address(one)
          local deliveries = address and p:route(address, { admitted = true }) or {}
          if #deliveries == 1 and deliveries[1].code == "relay-denied" then
            refused = refused + 1
            for _, map in ipairs { "virtual", "recipients", "canonical" } do
              assert.equal("NOTFOUND ", ask(service, map, one), text .. "\n-- " .. one)
            end
            local hop, domain = ask(service, "transport", one), one:match "@([^@]*)$"
            local is_hop = hop:find "^OK " and not hop:find "^OK error:"
              and not hop:find "^OK retry:"
            local found = domain and p:domain(domain)
            if found and found.is_shell then -- let in by no map of domains
              shells = shells + 1
              for _, map in ipairs { "mailbox_domains", "relay_domains" } do
                assert.equal("NOTFOUND ", ask(service, map, domain))
              end
            else
              assert.is_falsy(is_hop, text .. "\n-- " .. one .. " " .. hop)
            end
          end
        end
        p:close()
      end
      assert.is_true(refused > shells and shells > 0)
    end)
end)

-- ---- Two questions, one answer -----------------------------------------------------

-- The addresses of a reply.
local function addresses_of(reply)
  local list = {}
  for one in (reply:match "^OK (.*)$" or ""):gmatch "[^,]+" do list[#list + 1] = one end
  return list
end

local function has(list, address)
  for _, one in ipairs(list) do
    if postoffice.equal(one, address) then return true end
  end
  return false
end

-- What a delivery's next hop is for the transport map, without those that take its place.
local function hop_of(delivery)
  local hop = delivery.hop
  return hop and (hop.transport and "" or ":") .. delivery.nexthop
end

local FEWEST = 6 -- policies of which some is decided, and hands something over

describe("a small policy, of which it is decided that each answer is its own", function()
  it("answers twice as it does once, and its next hops are those of its routes #long", function()
    local answers, hops = 0, 0
    for seed = 1, math.max(FEWEST, helper.times(14)) do
      local p, text = small.load(policy.load, small.lines(seed + 72500))
      local is_decided = p and not p.compiled.scripted
      local findings, undecided
      if is_decided then findings, undecided = p:fixpoints { seconds = 2 } end
      if is_decided and not findings[1] and not undecided[1] then
        local service = service_of(p)
        for _, one in ipairs(small.ADDRESSES) do
          local reply = one:find "@" and ask(service, "virtual", one) or ""
          local deliveries = p:route(maps.address(one) or "<>", { admitted = true })
          local hop_by_wire = {}
          for _, delivery in ipairs(deliveries) do
            if delivery.wire then hop_by_wire[delivery.wire] = delivery end
          end
          for _, address in ipairs(addresses_of(reply)) do
            local where = ("%s\n-- %s: %s"):format(text, one, address)
            local again = ask(service, "virtual", address)
            answers = answers + 1
            assert.is_true(again == "NOTFOUND " or has(addresses_of(again), address), where)
            local delivery = hop_by_wire[address]
            if delivery and delivery.connector and hop_of(delivery) then
              hops = hops + 1
              local hop = ask(service, "transport", address)
              assert.equal("OK " .. hop_of(delivery), (hop:gsub(", .*$", "")), where)
            end
          end
        end
      end
      if p then p:close() end
    end
    assert.is_true(answers > 0)
    assert.is_true(hops > 0)
  end)
end)

describe("the verdict on a list", function()
  local verdict = require "postoffice.host.verdict"

  it("has each address once, none that is refused, and waits as soon as one waits", function()
    local random = generate.random(72)
    for _ = 1, helper.times(2000) do
      local deliveries, wires, waits = {}, {}, false
      for i = 1, random(6) do
        local kind = ({ "deliver", "deliver", "reject", "defer", "pass" })[random(5)]
        local user = ("u%d@x.example"):format(random(4))
        deliveries[i] = {
          verdict = kind, wire = kind ~= "defer" and user or nil, status = kind == "defer"
            and "4.3.0" or "5.7.1", code = "code", member = true,
        }
        waits = waits or kind == "defer"
        if kind == "deliver" or kind == "pass" then wires[user] = true end
      end
      local made = verdict.of(deliveries, "list@x.example")
      if waits then
        assert.equal("defer", made.action)
      elseif not next(wires) then
        assert.equal("refuse", made.action)
      else
        local seen = {}
        for _, wire in ipairs(made.addresses) do
          assert.is_true(wires[wire] and not seen[wire])
          seen[wire] = true
        end
        for wire in pairs(wires) do assert.is_true(seen[wire]) end
      end
    end
  end)
end)
