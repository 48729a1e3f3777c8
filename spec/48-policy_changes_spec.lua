--- What changes from one policy to another, for any address: proofs, held against all messages of a
-- small world.

local generate = require "spec.generate"
local helper = require "spec.helper"
local policy = require "postoffice.policy"

local function load(source) return assert(policy.load(source, { chunkname = "@p.lua" })) end

-- What changes, as texts: the witness, where it went and goes, and what is known of its message.
local function told(old, new, options)
  local found, list = policy.changes(load(old), load(new), options), {}
  local function ends(deliveries)
    local texts = {}
    for i, delivery in ipairs(deliveries) do
      texts[i] = delivery.connector or delivery.code or delivery.entry
    end
    return table.concat(texts, ",")
  end
  for _, change in ipairs(found.changes) do
    local facts = {}
    for name, value in pairs(change.envelope) do
      local text = type(value) == "table" and table.concat(value, ",") or tostring(value)
      facts[#facts + 1] = (" %s=%s"):format(name, text)
    end
    table.sort(facts)
    if not change.recipient:find "dda:" then -- which goes as what it carries, if it may
      list[#list + 1] = ("%s: %s > %s%s"):format(change.recipient, ends(change.old_deliveries),
        ends(change.new_deliveries), table.concat(facts))
    end
  end
  return list, found
end

local SITE = [[
domain "a.example" {}
recipient "Kim" { proxies = { "SMTP:kim@a.example" } }
connector "out" { nexthop = "x", spaces = { "SMTP:*" } }
]]

describe("what changes for any address", function()
  it("is nothing between a policy and itself, which is a proof", function()
    local list, found = told(SITE, SITE)
    assert.same({}, list)
    assert.same({}, found.undecided)
    assert.is_nil(found.unfinished)
  end)

  it("lets who waits count the classes that are looked at", function()
    local count = 0
    told(SITE, SITE, { visit = function() count = count + 1 end })
    assert.is_true(count > 2)
  end)

  it("is told by a witness of each class, with the facts that matter to it alone", function()
    assert.same({ "SMTP:x@p.example: out > p" },
      told(SITE, SITE .. 'connector "p" { spaces = { "SMTP:*@p.example" } }'))
    assert.same({ "SMTP:x@p.example: out > p size=0",
      "SMTP:x@p.example: out > message-large size=10" },
      told(SITE, SITE .. 'connector "p" { max_size = 9, spaces = { "SMTP:*@p.example" } }'))
    assert.same({ "SMTP:kim@a.example: Kim > Lee" }, told(SITE, (SITE:gsub('"Kim"', '"Lee"'))))
    assert.same({ "SMTP:lee@a.example: recipient-unknown > Lee" },
      told(SITE, SITE .. 'recipient "Lee" { proxies = { "SMTP:lee@a.example" } }'))
    local list = told(SITE, SITE
      .. 'rewrite_sender "SMTP:{u}@a.example" { to = "SMTP:{u}@b.example" }')
    assert.equal(1, #list)
    assert.matches(": out > out sender=SMTP:.*@a.example$", list[1])
  end)

  it("is what the facts that are said leave of it", function()
    local P = SITE .. 'connector "p" { max_size = 9, spaces = { "SMTP:*@p.example" } }'
    assert.same({ "SMTP:x@p.example: out > p size=9" },
      told(SITE, P, { fixed = { size_over = 8, size_up_to = 9 } }))
  end)

  it("is proven but for what functions decide, which are named", function()
    local list, found = told(SITE, SITE .. "\nfunction on.route(route) end")
    assert.same({}, list)
    assert.same({ "on.route (p.lua:5) decides" }, found.undecided)
  end)

  it("may be a shell that is dropped: what waits in queues comes to it", function()
    local GATE = SITE .. 'connector "gw" { speaks = "SMTP", nexthop = "g", spaces = { "CCMAIL:*" },'
      .. ' wrap = { domain = "GW.example" } }'
    local _, found = told(GATE, SITE)
    assert.same({ { domain = "gw.example", what = "encapsulated", connector = "gw",
      where = "p.lua:4" } }, found.dropped)
    assert.same({}, select(2, told(SITE, GATE)).dropped)
  end)

  it("has an end where a rewrite makes what it matches again", function()
    local GROWING = SITE .. 'rewrite "SMTP:a{u}@b.example" { to = "SMTP:{u}@b.example" }\n'
      .. 'rewrite "SMTP:{u}b@b.example" { to = "SMTP:{u}@a.example" }'
    local list, found = told(GROWING, (GROWING:gsub('"Kim"', '"Lee"')))
    assert.same({ "SMTP:kim@a.example: Kim > Lee", "SMTP:kimb@b.example: Kim > Lee" }, list)
    assert.is_true(found.changes[2].classes > 1) -- akimb@b.example, too
    assert.same({}, found.undecided)
    assert.is_nil(found.unfinished)
  end)

  it("takes no more time than it is given", function()
    local _, found = told(SITE .. 'connector "p" { spaces = { "SMTP:*@p.example" } }', SITE,
      { seconds = 0 })
    assert.is_string(found.unfinished)
  end)
end)

-- ---- A small world -----------------------------------------------------------

local USERS = { "a", "b", "ab", "ba", "c", "kim", "lee", "all", "kim+a", "c+b", "aab" }
local DOMAINS = { "a.example", "b.example", "s.b.example", "c.example", "x.net" }
local MESSAGES = {}
for _, sender in ipairs { "a@a.example", "kim@a.example", "b@c.example", "<>" } do
  for _, size in ipairs { 5, 50 } do
    for _, may_relay in ipairs { false, true } do
      for _, down in ipairs { {}, { "c1" }, { "c2" }, { "c1", "c2", "c3" } } do
        MESSAGES[#MESSAGES + 1] = {
          sender = sender, size = size, may_relay = may_relay or nil, down = down,
        }
      end
    end
  end
end

local function pick(random, list) return list[random(#list)] end

local LINES = {
  function(random)
    return ('domain "%s" { kind = "%s"%s }'):format(pick(random, DOMAINS), pick(random, { "local",
      "relay", "former" }), pick(random, { "", "", ', extension = "+"' }))
  end,
  function(random)
    return ('connector "c%d" { nexthop = "n%d", spaces = { "SMTP:%s@%s" }%s }'):format(random(3),
      random(2), pick(random, { "*", "*", "a*", "kim" }),
      pick(random, { "*", "a.example", "*.example", "b.example" }), pick(random, { "", "",
      ", max_size = 9", ", cost = 2", ', senders = { "SMTP:*@a.example" }' }))
  end,
  function(random)
    return ('rewrite "SMTP:%s@%s" { to = "SMTP:%s@%s" }'):format(pick(random, { "{u}", "a{u}",
      "{u}b" }), pick(random, { "a.example", "b.example" }), pick(random, { "{u}", "kim" }),
      pick(random, { "s.b.example", "c.example", "x.net" }))
  end,
  function(random)
    return ('recipient "%s" { proxies = { "SMTP:%s@%s" }%s }'):format(pick(random, { "K", "L" }),
      pick(random, { "kim", "lee" }), pick(random, DOMAINS), pick(random, { "", "",
      ', target = "SMTP:b@c.example"' }))
  end,
  function(random)
    return ('rewrite_sender "SMTP:{u}@%s" { to = "SMTP:{u}@%s" }'):format(pick(random, DOMAINS),
      pick(random, DOMAINS))
  end,
}

-- Two policies that differ in a line; nil if one of them does not load.
local function two(random)
  local lines = {}
  for i = 1, 5 do lines[i] = pick(random, LINES)(random) end
  local old = policy.load(table.concat(lines, "\n"), { chunkname = "@p.lua" })
  lines[random(5)] = pick(random, { "", pick(random, LINES)(random) })
  local new = policy.load(table.concat(lines, "\n"), { chunkname = "@p.lua" })
  return old, new, table.concat(lines, "\n")
end

-- What a message comes to, in the fields that are compared.
local function outcome(p, address, message)
  local texts = {}
  for i, delivery in ipairs(p:route(address, message)) do
    texts[i] = table.concat({ delivery.verdict, delivery.code or "", delivery.entry or "" }, " ")
    if delivery.verdict == "deliver" then
      texts[i] = table.concat({ texts[i], delivery.connector or "", delivery.nexthop or "",
        tostring(delivery.address), tostring(delivery.sender or "") }, " ")
    end
  end
  table.sort(texts)
  return table.concat(texts, "\n")
end

-- The first message of the small world that comes to something else.
local function difference(old, new)
  for _, user in ipairs(USERS) do
    for _, name in ipairs(DOMAINS) do
      for _, message in ipairs(MESSAGES) do
        local address = user .. "@" .. name
        if outcome(old, address, message) ~= outcome(new, address, message) then return address end
      end
    end
  end
end

describe("what changes, held against all messages of a small world,", function()
  it("is no proof where one of them changes, and no change that is none", function()
    local proofs, changed = 0, 0
    for seed = 1, math.max(12, helper.times(12)) do
      local old, new, source = two(generate.random(seed))
      if old and new then
        local found = policy.changes(old, new, { seconds = 5 })
        local is_proof = not (found.changes[1] or found.undecided[1] or found.unfinished
          or found.dropped[1])
        if is_proof then
          proofs = proofs + 1
          assert.is_nil(difference(old, new), seed .. "\n" .. source)
        end
        for _, change in ipairs(found.changes) do
          changed = changed + 1
          assert.not_equal(outcome(old, change.recipient, change.envelope),
            outcome(new, change.recipient, change.envelope), seed .. "\n" .. source)
        end
      end
    end
    assert.is_true(proofs > 0 and changed > 0)
  end)
end)
