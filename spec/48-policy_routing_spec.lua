--- What holds of routing in random policies: where there is no function, whose answers are its own.
--
-- A route without envelope, which mostly is surveyed, is the route that is explained; asking in two
-- steps answers as asking once; nothing but the best space's connectors takes an address, whatever is
-- down or refused; what came out of an encapsulation does not leave us.
local helper = require "spec.helper"
local policies = require "spec.policies"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"

-- A policy and its text, without the lines that have functions.
local function load_plain(text)
  text = text:gsub("[^\n]*function%([^\n]*", "")
  local p, message = policy.load(text, { chunkname = policies.CHUNKNAME, secrets = policies.SECRETS,
    include = policies.include, load_milliseconds = 60000 })
  return p and { policy = p, text = text }, message
end

-- Calls a function with random policies and their texts.
local function each_policy(first, count, call)
  for seed = 1, helper.times(count) do
    local loaded = policies.load(first + seed, load_plain)
    call(loaded.policy, loaded.text)
    loaded.policy:close()
  end
end

local PLAIN = { "verdict", "code", "status", "connector", "nexthop", "cost", "space" }

-- What a delivery says of the way, as text.
local function way_of(delivery)
  local fields = {}
  for i, name in ipairs(PLAIN) do fields[i] = name .. "=" .. tostring(delivery[name]) end
  for _, name in ipairs { "address", "final" } do
    local value = delivery[name]
    fields[#fields + 1] = name .. "=" .. tostring(value and postoffice.key(value))
  end
  return table.concat(fields, " ") .. " " .. table.concat(delivery.path or {}, ">")
end

-- The same and what else could take it.
local function ways_of(delivery)
  local fields = { way_of(delivery) }
  for _, other in ipairs(delivery.alternatives or {}) do fields[#fields + 1] = other.connector end
  return table.concat(fields, " ")
end

-- An envelope by which whatever is opened may leave.
local function may_relay()
  local envelope = policies.envelope() or {}
  envelope.may_relay = true
  return envelope
end

-- Holds the answers to two questions against that to one.  A member of a list has its owner as the
-- sender, which the second question does not know.
local function same_ways(shown, once, twice, where)
  if twice.code ~= "sender-unsayable" then assert.equal(shown(once), shown(twice), where) end
end

-- Whether neither the directory nor a rewrite does anything with an address.
local function is_left_alone(p, address, envelope)
  local items = p:resolve(postoffice.format(address, "native"), nil, envelope)
  return #items == 1 and not items[1].entry and not items[1].verdict
    and postoffice.equal(items[1].address, address)
end

-- What an explanation's step tells of a candidate's space: the better, the lower.
local CLASSES = { exact = 1, wildcard = 2, partial = 3, blank = 4 }

local function rank_of(candidate) return CLASSES[candidate.class] * 1e6 - candidate.literals end

-- The rank of the best space that was considered, and of the one that won.
local function best_and_winner(explanation)
  local best, winner
  for _, step in ipairs(explanation.steps) do
    local candidate = step.candidate
    local rank = candidate and candidate.why ~= "does not have the shell" and rank_of(candidate)
    if rank and (not best or rank < best) then best = rank end
    if rank and candidate.wins then winner = rank end
  end
  return best, winner
end

-- ---- Relaying, judged from outside ---------------------------------------------

local function blanks(name) return name:lower():gsub("%s+", " ") end

-- What a policy declares: the domains as { name, kind }, and by `ends` the post offices that are no
-- gateways; read by running its text here.
local function declared_domains(text)
  local list = { ends = {} }
  local function ignore() return ignore end
  local env = setmetatable({}, { __index = function() return ignore end })
  function env.domain(name)
    return function(fields) list[#list + 1] = { name = name, kind = fields.kind or "local" } end
  end
  function env.postoffice(name)
    return function(fields) list.ends[blanks(name)] = not fields.gateway end
  end
  function env.include() list[#list + 1] = { name = "more.example", kind = "relay" } end
  local chunk = assert((loadstring or load)(text, "policy", "t", env))
  if setfenv then setfenv(chunk, env) end -- luacheck: ignore
  chunk()
  return list
end

local function folded(host)
  local key = postoffice.key("SMTP:x@" .. host)
  return key and key:match "@(.*)$" or host:lower()
end

-- The kind of the declaration that a host falls under: its own, or the nearest `*.x` above it.
local function kind_of(list, host)
  local kind, longest = nil, -1
  for _, item in ipairs(list) do
    local below = item.name:match "^%*%.(.*)$"
    local name = folded(below or item.name)
    local length = below and #name or math.huge
    local is_in = below and host:sub(-#name - 1) == "." .. name or not below and host == name
    if is_in and length > longest then kind, longest = item.kind, length end
  end
  return kind
end

local PRINTABLE = { a = "@", b = "!", p = "%" } -- RFC 2156 4.2

-- The text of an address that somebody may read hosts in.
local READ = {
  EX = function() return "" end, X500 = function() return "" end, -- they end in a directory
  CCMAIL = function(text, list)
    return list.ends[blanks(text:match "at (.-)$" or "")] and "" or text
  end,
  X400 = function(text) return (text:match "dda:.*" or ""):gsub("%((%l)%)", PRINTABLE) end,
}

-- A host of this world's top level that an address names and that is not the policy's, or nil; of
-- the address or of any that it carries, whoever would open it.
local function foreign_host(list, address)
  for _ = 1, 8 do
    local text, read = postoffice.format(address, "native") or "", READ[address.type]
    if read then text = read(text, list) end
    if text == "" then return nil end -- it ends with us
    for host in text:gmatch "[@!%%]([%w%-\128-\255.]+%.example)" do
      local kind = kind_of(list, folded(host))
      if kind ~= "local" and kind ~= "relay" then return host end
    end
    address = postoffice.decapsulate(address)
    if not address then return nil end
  end
end

-- Whether a step of stage 2 says something.
local function says_unwrap(explanation, text)
  for _, step in ipairs(explanation.steps) do
    if step.stage == "unwrap" and step.text:find(text, 1, true) then return true end
  end
  return false
end

-- Whether an address was opened, or made of another type by a rewrite at a domain of the policy's.
-- What was signed is leave to go to what is inside, and no rewrite is asked for it.
local function was_made(p, list, to, explanation)
  if says_unwrap(explanation, ", encapsulated at ") then return true end
  if says_unwrap(explanation, ", signed at ") then return false end
  local made = p:rewrite(to)
  local given = made and postoffice.parse(to, { unknown = true })
  if not given or given.type ~= "SMTP" or made.type == "SMTP" or not given.domain then
    return false
  end
  local host = folded(given.domain)
  while host do
    if kind_of(list, host) then return true end
    host = host:match "^[^.]*%.(.*)$"
  end
  return false
end

-- Whether a catch-all took it, which is the policy's own word.
local function is_caught(explanation)
  for _, step in ipairs(explanation.steps) do
    if step.text:find("the catch-all of ", 1, true) then return true end
  end
  return false
end

describe("random policies without functions #host", function()
  it("route a text without envelope as they explain it, field by field", function()
    each_policy(3000000, 80, function(p, text)
      for _ = 1, 40 do
        local to = policies.recipient()
        if type(to) == "string" then
          assert.same(p:explain(to).deliveries, p:route(to), text .. "\n-- to " .. to)
        end
      end
    end)
  end)

  it("answer in two steps as in one", function()
    local asked = 0
    each_policy(3100000, 80, function(p, text)
      for _ = 1, 30 do
        local to, envelope = policies.recipient(), may_relay()
        local where = text .. "\n-- to " .. policies.quote(to)
        for _, item in ipairs(p:resolve(to, nil, envelope)) do
          local once = p:route({ item }, envelope)[1]
          if once.verdict == "deliver" and not once.connector then -- it never leaves
            local here = p:nexthop(item.address, envelope)
            assert.same({ once.entry }, { here.entry, here.connector }, where)
          end
          if once.connector and once.verdict == "deliver" then
            asked = asked + 1
            same_ways(ways_of, once, p:nexthop(item, envelope), where)
            envelope.arrived_by = nil -- is told of the address that it came to
            once = p:route({ item }, envelope)[1]
            same_ways(ways_of, once, p:nexthop(item.address, envelope), where)
            if once.address.type == "SMTP" then -- what mail servers come back with
              local handed_over = postoffice.format(once.address, "native")
              local again = where .. "\n-- as " .. handed_over
              same_ways(way_of, once, p:nexthop(handed_over, envelope), again)
              if is_left_alone(p, once.address, envelope) then
                same_ways(way_of, once, p:route(handed_over, envelope)[1], again)
              end
            end
          end
        end
      end
    end)
    assert.is_true(asked > helper.times(80) * 2, asked)
  end)

  it("never let a vaguer space win, whatever is down or refused", function()
    local lost = 0
    each_policy(3200000, 80, function(p, text)
      for _ = 1, 30 do
        local to, envelope = policies.recipient(), policies.envelope() or {}
        local address = p:rewrite(to)
        local explanation = address and p:explain(address, envelope)
        local best, winner = best_and_winner(explanation or { steps = {} })
        local one = explanation and #explanation.deliveries == 1
        if one and not text:find "order = 'cost'" and winner then
          assert.equal(best, winner, text .. "\n-- to " .. policies.quote(to))
        elseif one and best then
          lost = lost + 1
          assert.is_true(explanation.deliveries[1].code ~= "route-missing", text)
        end
      end
    end)
    assert.is_true(lost > helper.times(80) / 4, lost)
  end)

  it("let nothing leave that was opened, or made another type at a domain of ours", function()
    local held = 0
    each_policy(3300000, 150, function(p, text)
      local list = declared_domains(text)
      for _ = 1, 30 do
        local to, envelope = policies.address(), policies.envelope() or {}
        envelope.may_relay = nil
        local explanation = p:explain(to, envelope)
        local made = was_made(p, list, to, explanation) and not is_caught(explanation)
        for _, delivery in ipairs(made and explanation.deliveries or {}) do
          if delivery.code == "relay-denied" then held = held + 1 end
          if delivery.verdict == "deliver" and delivery.connector and not delivery.entry then
            local host = foreign_host(list, delivery.address) or foreign_host(list, delivery.final)
            assert.is_nil(host, text .. "\n-- to " .. policies.quote(to))
          end
        end
      end
    end)
    local policies_tried = helper.times(150)
    assert.is_true(policies_tried < 30 or held > policies_tried / 20, held) -- a few hold by chance
  end)
end)
