--- Runs of policies by brute force: each of some addresses with each message there can be.
--
-- It answers as `postoffice.policy.prove.classes` does, and judges what that finds: it knows nothing
-- of classes, and is as slow as that is.

local given = require "postoffice.policy.prove.classes.messages.given"
local routings = require "postoffice.policy.prove.classes.routings"
local enumerate = {}

--- All texts of some characters, the shortest first, and the empty one before them.
-- @tparam {string,...} chars
-- @tparam number most how many characters a text has at most
-- @treturn {string,...}
function enumerate.texts(chars, most)
  local list, from = { "" }, 1
  for _ = 1, most do
    local last = #list
    for i = from, last do
      for _, char in ipairs(chars) do list[#list + 1] = list[i] .. char end
    end
    from = last + 1
  end
  return list
end

--- All addresses of some users at some hosts, and of some of cc:Mail at some post offices.
-- @tparam {string,...} users
-- @tparam {string,...} hosts
-- @tparam {string,...} places
-- @tparam number most the place of the last user who is at a post office, too; the first is at none
-- @treturn {string,...}
function enumerate.addresses(users, hosts, places, most)
  local list = {}
  for _, host in ipairs(hosts) do
    for _, user in ipairs(users) do list[#list + 1] = user .. "@" .. host end
  end
  for _, place in ipairs(places) do
    for i = 2, most do list[#list + 1] = ("CCMAIL:%s at %s"):format(users[i], place) end
  end
  return list
end

local FLAGS = { false, true }

-- The values of a fact that a claim may have fixed.
local function flags(said) return said == nil and FLAGS or { said } end

-- All sets of connectors that may be down.
local function downs(names, fixed)
  if fixed.nothing_down then return { {} } end
  local sets = { fixed.down or {} }
  for _, name in ipairs(names) do
    for i = 1, #sets do
      local more = { name }
      for _, other in ipairs(sets[i]) do more[#more + 1] = other end
      sets[#sets + 1] = more
    end
  end
  return sets
end

-- Sizes on both sides of those that are told apart, as far as they are not fixed; where there are none,
-- one that fits what is fixed, or none at all.
local function sizes(around, fixed)
  local list = {}
  for _, size in ipairs(around) do
    for _, near in ipairs { size, size + 1 } do
      if near > (fixed.over or -1) and near <= (fixed.up_to or math.huge) then
        list[#list + 1] = near
      end
    end
  end
  if not list[1] then list[1] = fixed.over and fixed.over + 1 or fixed.up_to or false end
  return list
end

local function arrivals(names, fixed)
  if fixed.arrived_by then return { fixed.arrived_by } end
  local list = { false }
  for _, name in ipairs(names) do list[#list + 1] = name end
  return list
end

-- All connectors of policies.
local function connectors_of(policies)
  local names, seen = {}, {}
  for _, policy in ipairs(policies) do
    for _, name in ipairs(policy:connectors()) do
      if not seen[name] then names[#names + 1] = name end
      seen[name] = true
    end
  end
  return names
end

-- Adds a field to each of several envelopes, with each of several values.
local function with(envelopes, field, values)
  local list = {}
  for _, envelope in ipairs(envelopes) do
    for _, value in ipairs(values) do
      local made = {}
      for name, said in next, envelope do made[name] = said end
      made[field] = value or nil
      list[#list + 1] = made
    end
  end
  return list
end

--- All envelopes that policies can tell apart and a claim speaks of.
-- @tparam {table,...} policies
-- @tparam table fixed see `postoffice.policy.prove.claims.facts`
-- @tparam {string,...} senders
-- @tparam {number,...} around sizes
-- @tparam {number,...} times of messages
-- @treturn {table,...}
function enumerate.envelopes(policies, fixed, senders, around, times)
  local names, list = connectors_of(policies), { {} }
  list = with(list, "sender", senders)
  list = with(list, "may_relay", flags(fixed.may_relay))
  list = with(list, "authenticated", flags(fixed.authenticated))
  list = with(list, "arrived_by", arrivals(names, fixed))
  list = with(list, "down", downs(names, fixed))
  list = with(list, "now", times)
  return with(list, "size", sizes(around, fixed))
end

-- An address and an envelope as a text.
local function id_of(text, envelope)
  local parts = { text, table.concat(envelope.down, ",") }
  for _, field in ipairs { "sender", "may_relay", "authenticated", "arrived_by", "size", "now" } do
    parts[#parts + 1] = tostring(envelope[field])
  end
  return table.concat(parts, "\0")
end

-- What a policy makes of an address, which is known if it was asked for before.
local function route(known, policy, text, envelope)
  local of_policy, id = known[policy] or {}, id_of(text, envelope)
  known[policy] = of_policy
  of_policy[id] = of_policy[id] or routings.route(policy, text, envelope)
  return of_policy[id]
end

-- A run, which is made when somebody looks at its deliveries: most are not what a claim speaks of.
local Run = {}

function Run:__index(field)
  if field ~= "deliveries" then return nil end
  self.deliveries = {}
  for i, policy in ipairs(self.policies) do
    self.deliveries[i] = route(self.known, policy, self.address, self.message:envelope())
  end
  return self.deliveries
end

--- What enumerates: `each` of `claims.decide`.
-- @tparam {string,...} addresses
-- @tparam {string,...} senders
-- @tparam {number,...} around the sizes that are told apart
-- @tparam function taken says of each run whether it is made; all, unless given
-- @tparam[opt] {number,...} times of messages
-- @treturn function
function enumerate.by(addresses, senders, around, taken, times)
  local known = setmetatable({}, { __mode = "k" })
  return function(question)
    local envelopes = enumerate.envelopes(question.policies, question.fixed, senders, around,
      times or { false })
    local at, count = -1, #addresses * #envelopes
    local function found()
      return setmetatable({
        address = addresses[math.floor(at / #envelopes) + 1],
        message = given.of(envelopes[at % #envelopes + 1]), policies = question.policies,
        known = known,
      }, Run)
    end
    return function()
      repeat at = at + 1 until at >= count or not taken or taken()
      return at < count and found() or nil
    end, { is_exact = true }
  end
end

return enumerate
