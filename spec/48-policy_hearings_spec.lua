--- As whom next hops hear senders, where that alone changes: told with few recipients, however many there are.

local generate = require "spec.generate"
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local slices = require "postoffice.policy.prove.classes.slices"
local small = require "spec.small_policies"
local write = require "postoffice.address".show

local function load(source) return assert(policy.load(source, { chunkname = "@p.lua" })) end

local SITE = [[
domain "a.example" { unwrap = { "EX", "X500", "CCMAIL" } }
postoffice "HQ" {}
postoffice "internet" { via = "HQ", gateway = "SMTP" }
connector "cc" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" },
  wrap = { postoffice = "internet" } }
connector "out" { speaks = "SMTP", nexthop = "x", wrap = { domain = "a.example" },
  spaces = { "SMTP:*" } }
]]
local KIM = 'recipient "Kim" { proxies = { "SMTP:kim@a.example", "CCMAIL:Lee, Kim at A" } }\n'
local RULE = 'rewrite_sender "SMTP:{u}@b.example" { to = "SMTP:{u}@a.example" }\n'
local LIST = [[
recipient "Max" { proxies = { "SMTP:max@b.example" } }
list "L" { proxies = { "SMTP:l@a.example" }, owner = "Max", members = { "SMTP:x@c.example" } }
]]
local SHADOWED = [[
connector "last" { nexthop = "l", spaces = { { "SMTP:*", cost = 20 } },
  senders = { "SMTP:*@d.example" } }
]]

-- As many people, each with an address of cc:Mail.
local function people(count)
  local lines = {}
  for i = 1, count do
    lines[i] = ('recipient "P%d" { proxies = { "SMTP:p%d@a.example", "CCMAIL:P%d at A" } }\n')
      :format(i, i, i)
  end
  return table.concat(lines)
end

-- What changes, as a text, and how many runs that took; all is decided.
local function told(old, new)
  local count = 0
  local found = policy.changes(load(old), load(new), {
    seconds = 60, visit = function() count = count + 1 end,
  })
  assert.same({}, found.undecided)
  assert.is_nil(found.unfinished)
  local lines = {}
  for i, change in ipairs(found.changes) do
    local before, after = change.old_deliveries[1], change.new_deliveries[1]
    lines[i] = ("%s from %s: %s > %s"):format(change.recipient, tostring(change.envelope.sender),
      tostring(before.sender), tostring(after.sender))
  end
  return table.concat(lines, "\n"), count
end

describe("another way to hear a sender", function()
  it("is told of who comes with an address of a next hop's type, as soon in each site", function()
    local few, of_few = told(SITE .. people(3), SITE .. people(3) .. KIM)
    local many, of_many = told(SITE .. people(60), SITE .. people(60) .. KIM)
    assert.equal(few, many)
    assert.equal(of_few, of_many)
    assert.matches("from SMTP:kim@a.example: CCMAIL:kim@a.example at internet"
      .. " > CCMAIL:Lee, Kim at A", many, 1, true)
  end)

  it("is told of another rule about senders, by each connector", function()
    local lines, count = told(SITE .. people(40), SITE .. people(40) .. RULE)
    assert.matches("CCMAIL:[^\n]* from SMTP:[^\n]*@b.example", lines)
    assert.matches("SMTP:[^\n]* from SMTP:[^\n]*@b.example", lines)
    assert.equal(count, select(2, told(SITE .. people(3), SITE .. people(3) .. RULE)))
  end)

  it("is none more by a connector that is there for when another is down", function()
    local SPARE = SITE
      .. 'connector "spare" { nexthop = "s", spaces = { { "SMTP:*", cost = 9 } } }\n'
    local _, count = told(SPARE .. people(40), SPARE .. people(40) .. RULE)
    assert.equal(count, select(2, told(SPARE .. people(3), SPARE .. people(3) .. RULE)))
  end)

  it("is told of each of two connectors that are there for when the other is down", function()
    local TWO = 'domain "a" {}\n'
      .. 'connector "c1" { nexthop = "n", spaces = { "SMTP:*a@b*", "SMTP:*" } }\n'
      .. 'connector "c2" { nexthop = "n", spaces = { "SMTP:*" } }\n'
    local lines = told(TWO, TWO .. 'rewrite_sender "SMTP:{u}@b" { to = "SMTP:{u}@a.b" }')
    assert.matches("SMTP:a@b from ", lines, 1, true)
    assert.matches("SMTP:x@x from ", lines, 1, true)
  end)

  it("is told of owners of lists, as whom members are written to", function()
    local old = SITE .. LIST
    assert.matches("SMTP:l@a.example from [^\n]*: SMTP:max@b.example > SMTP:max@a.example",
      (told(old, old .. RULE)))
  end)

  it("is looked for everywhere where few recipients do not come to it #long", function()
    local old = SITE .. SHADOWED -- who writes from there goes by the other
    assert.matches("@b.example > SMTP:[^\n]*@a.example", (told(old, old .. RULE)))
  end)
end)

describe("somebody more among two sites that merge #long", function()
  it("is all that changes: what few recipients leave in doubt is looked for everywhere", function()
    local merger = helper.read "lua/postoffice/examples/merger.lua"
    local NEW = 'recipient "New Fox" { proxies = { "SMTP:new.fox@merged.example" } }\n'
    local lines = told(merger, merger .. NEW)
    assert.matches("SMTP:new.fox@", lines, 1, true)
    assert.is_nil(lines:find "\n")
  end)
end)

-- ---- Against all classes ---------------------------------------------------------

local function shown(delivery)
  local value = delivery.verdict == "deliver" and delivery.sender or delivery.code
  local text = type(value) == "table" and write(value) or tostring(value)
  return (text:gsub("SRS0=[^=]*=[^=]*", "SRS0")) -- whenever that was signed
end

local SECONDS = 2 -- of two that take longer nothing is said

-- What is heard otherwise by a connector, of all changes that are found.
local function heard_in(found)
  local list = {}
  for _, change in ipairs(judge.all_changes(found)) do
    for i, old in ipairs(change.old_deliveries) do
      local new = change.new_deliveries[i]
      local is_same_way = new and old.connector and old.connector == new.connector
      if is_same_way and shown(old) ~= shown(new) then
        list[("%s: %s > %s"):format(old.connector, shown(old), shown(new))] = true
      end
    end
  end
  return list
end

-- The changes of two policies as they are found without slices: in all classes.
local function found_everywhere(old, new)
  local of_ways = slices.of_ways
  slices.of_ways = function() return nil end -- luacheck: ignore
  local ok, found = pcall(policy.changes, old, new, { seconds = SECONDS })
  slices.of_ways = of_ways -- luacheck: ignore
  assert(ok, found)
  return found
end

-- Two policies, one of which has a rule about senders, or somebody who has more addresses.
local function pair_of(seed)
  local random, old = generate.random(seed), small.pair(policy.load, seed)
  if not old then return nil end
  local MORE = {
    'rewrite_sender "SMTP:{u}@b" { to = "SMTP:{u}@a.b" }',
    'rewrite_sender "SMTP:b{u}@a" { to = "SMTP:{u}@b" }',
    'recipient "one more" { proxies = { "SMTP:aab@b", "CCMAIL:aab at b" } }',
    'rewrite_sender "SMTP:{u}@a" { to = "SMTP:{u}@b.b" }',
  }
  return old, policy.load(old.origin.source .. "\n" .. MORE[random(#MORE)])
end

describe("what is heard otherwise in random policies", function()
  it("is all that is heard otherwise in all classes #long", function()
    local counts = judge.counts()
    judge.each(1, helper.times(4), function(seed)
      local old, new = pair_of(seed)
      if not new then return end
      local slice = slices.of_ways(old, new)
      if not slice or slice.are_heard_alike then return counts:add "no slices" end
      local found = policy.changes(old, new, { seconds = SECONDS })
      local all = found_everywhere(old, new)
      if found.unfinished or all.unfinished then return counts:add "late" end
      counts:add "pairs"
      local heard = heard_in(found)
      for what in pairs(heard_in(all)) do
        counts:add "heard otherwise"
        assert(heard[what], ("%s\n-- new:\n%s\n-- %s"):format(old.origin.source,
          new.origin.source, what))
      end
    end)
    judge.tell("senders that are heard otherwise", counts)
    assert.is_true(counts:of "pairs" < 4 or counts:of "heard otherwise" > 0, tostring(counts))
  end)
end)
