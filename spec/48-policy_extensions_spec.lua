--- Brute force judges what is proven of extensions that go on to targets: of small random directories,
-- every address with every extension is tried.
local claims = require "postoffice.policy.prove.claims"
local generate = require "spec.generate"
local given = require "postoffice.policy.prove.classes.messages.given"
local helper = require "spec.helper"
local policy = require "postoffice.policy"

-- What takes longer is undecided, which is never wrong; it tells nothing either, so that it is waited for
-- only where much is tried.
local SECONDS = helper.times(1) > 1 and 2 or 0.4

local random -- of the policy that is being made

local function pick(list) return list[random(#list)] end
local function chance(one_in) return random(one_in) == 1 end

-- ---- A small world -----------------------------------------------------------

local USERS, DOMAINS = { "k", "l", "m" }, { "a", "b" }
local EXTENSIONS = { "x", "y", "xx", "own", "x+y", "x%y", "own+x", "own-x", "x-own", "request" }

local ADDRESSES = {}
for _, domain in ipairs(DOMAINS) do
  for _, user in ipairs(USERS) do
    ADDRESSES[#ADDRESSES + 1] = user .. "@" .. domain
    for _, separator in ipairs { "+", "-" } do
      ADDRESSES[#ADDRESSES + 1] = user .. separator .. "@" .. domain
      for _, extension in ipairs(EXTENSIONS) do
        ADDRESSES[#ADDRESSES + 1] = user .. separator .. extension .. "@" .. domain
      end
    end
  end
end

local PROPAGATES = { "true", "'always'", "'always'", "false" }

local function said(name, values, one_in)
  return chance(one_in) and (", %s = %s"):format(name, pick(values)) or ""
end

local function goal()
  return pick(USERS) .. pick { "", "", "", "", "+own", "-own", "+x" } .. "@" .. pick(DOMAINS)
end

-- What an entry's mail goes on to: an address, or another entry.
local function target(number)
  return chance(4) and number > 1 and "r" .. random(number - 1) or goal()
end

local WAYS = {
  function(number) return (", target = '%s'"):format(target(number)) end,
  function(number) return (", target = '%s'"):format(target(number)) end,
  function(number) return (", target = '%s', keep = true"):format(goal(number)) end,
  function(number)
    return (", targets = { '%s', '%s' }"):format(goal(), target(number))
  end,
  function() return "" end,
}

local function recipient(number, proxy)
  local way = pick(WAYS)(number)
  local propagate = way ~= "" and said("propagate", PROPAGATES, 4) or ""
  return ("recipient 'r%d' { proxies = { '%s' }%s%s }"):format(number, proxy, way, propagate)
end

local function list(number, proxy)
  return ("list 'r%d' { proxies = { '%s' }, members = { '%s', '%s' } }"):format(number, proxy,
    goal(), target(number))
end

local SPACES = { "SMTP:*x@*", "SMTP:k*@*", "SMTP:?+own@*", "SMTP:?+x@b", "SMTP:*@b" }
local REWRITES = {
  { "SMTP:{u}@b", "SMTP:{u}@a" }, { "SMTP:l{u}@b", "SMTP:k{u}@a" },
  { "SMTP:m+{x}@*", "SMTP:k-{x}@b" },
  { "SMTP:{u}@b", "SMTP:{u}{u}@a" }, { "SMTP:k@a", "SMTP:l+own@b" },
}

-- The lines of a policy.
local function lines_of(seed)
  random = generate.random(seed)
  local lines, proxies = {
    ("settings { extension = '%s'%s }"):format(pick { "+", "+", "+-" },
      said("propagate", PROPAGATES, 2)),
  }, {}
  for _, name in ipairs(DOMAINS) do
    lines[#lines + 1] = ("domain '%s' { kind = '%s'%s%s%s }"):format(name,
      pick { "local", "local", "relay" }, said("extension", { "'+'", "'-'" }, 4),
      said("propagate", PROPAGATES, 3), said("catchall", { "'k@a'", "'l+own@b'" }, 8))
  end
  for number = 1, 1 + random(4) do
    local proxy = pick(USERS) .. (chance(6) and "+own" or "") .. "@" .. pick(DOMAINS)
    if not proxies[proxy] then
      lines[#lines + 1] = (chance(5) and list or recipient)(number, proxy)
    end
    proxies[proxy] = true
  end
  if chance(2) then
    local pair = pick(REWRITES)
    lines[#lines + 1] = ("rewrite '%s' { to = '%s' }"):format(pair[1], pair[2])
  end
  lines[#lines + 1] = "connector 'out' { spaces = { 'SMTP:*' }, nexthop = 'n1' }"
  lines[#lines + 1] = ("connector 'own' { spaces = { '%s' }, nexthop = 'n2' }"):format(pick(SPACES))
  return lines
end

local function load(lines)
  return policy.load(table.concat(lines, "\n"), { chunkname = "@extensions.lua" })
end

local SETS = {
  "address", "address", "address", '"SMTP:k+*@*"', '"SMTP:*+x@*"', '"SMTP:*@a"', "recipient",
}
local ENDS = {
  'leaves by "own"', "leaves", "is delivered here", "is rejected", "makes over 1 deliveries",
  'is handed over as "SMTP:*x@*"', 'is handed over as "SMTP:k*@*"',
  'is handed over as "SMTP:*+x@*"',
  'is handed over as "SMTP:?+own@*"', "is handed over as recipient", "is rejected route-loop",
  'reaches recipient "r1"', 'is handed over as "SMTP:*+x@b"', 'is handed over as "SMTP:?-*@*"',
}

local function claim()
  local every = chance(3)
  local text = (every and "every " or "no ") .. pick(SETS) .. " when nothing is down " .. pick(ENDS)
  return every and text .. " or " .. pick(ENDS) or text
end

-- ---- The judge ---------------------------------------------------------------

local ENVELOPE = { sender = "x@x", may_relay = true, down = {} }

-- Each address, as policies route it: `each` of `claims.decide`.
local function each_address(question)
  local at, message = 0, given.of(ENVELOPE)
  return function()
    at = at + 1
    local text, deliveries = ADDRESSES[at], {}
    for i, p in ipairs(text and question.policies or {}) do
      deliveries[i] = p:route(text, ENVELOPE)
    end
    return text and { address = text, message = message, deliveries = deliveries }
  end, { is_exact = true }
end

-- Holds the answer to one claim to brute force; returns what it is.
local function judge(p, text, other)
  local answer = assert(p:prove(text, { seconds = SECONDS, load = function() return other end }))
  if answer.outcome ~= "holds" then return answer end
  local read = assert(claims.read(p, text))
  local found = claims.decide(read, each_address, { policies = { p, other }, fixed = read.fixed })
  assert.equal("holds", found.outcome, ("%s%s\n-- claim %s\n-- %s"):format(p.origin.source,
    other and "\n-- old:\n" .. other.origin.source or "", text, tostring(found)))
  return answer
end

describe("extensions that go on to targets", function()
  it("are proven what brute force finds no witness against, and by propagation nothing is in doubt",
    function()
      local counts, all = { holds = 0, fails = 0, undecided = 0 }, 0
      for seed = 1, helper.times(3) do
        local p = load(lines_of(seed))
        for _ = 1, p and 4 or 0 do
          local text = claim()
          if claims.read(p, text) then
            local answer = judge(p, text)
            counts[answer.outcome], all = counts[answer.outcome] + 1, all + 1
            assert.is_nil((answer.why or ""):find "propagate")
          end
        end
        if p then p:close() end
      end
      if all >= 100 then
        assert.is_true(counts.holds > all / 10 and counts.fails > all / 10)
        assert.is_true(counts.undecided < all / 5, counts.undecided .. " of " .. all)
      end
    end)

  it("are told apart where another policy routes them in another way", function()
    local decided = 0
    for seed = 1, helper.times(2) do
      local lines = lines_of(seed)
      local p = load(lines)
      table.remove(lines, random(#lines))
      local other = p and load(lines)
      if other then
        local answer = judge(p, 'every address when nothing is down routes as in "old.lua"', other)
        decided = decided + (answer.outcome == "undecided" and 0 or 1)
        other:close()
      end
      if p then p:close() end
    end
    assert.is_true(decided > 0)
  end)
end)
