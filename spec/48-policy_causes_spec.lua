--- Changes that are one are told once: what happens alike, to whomever and however he is written.

local causes = require "postoffice.policy.prove.causes"
local kinds = require "postoffice.policy.prove.kinds"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"

local function load(source) return assert(policy.load(source, { chunkname = "@p.lua" })) end

-- Where a message goes, by what, and to whom.
local function ends_of(deliveries)
  local texts = {}
  for i, delivery in ipairs(deliveries) do
    local way = delivery.code or delivery.connector or "here"
    texts[i] = ("%s %s"):format(way, delivery.entry or "-")
  end
  return table.concat(texts, ", ")
end

local function said(change)
  return ("%s: %s > %s"):format(change.recipient, ends_of(change.old_deliveries),
    ends_of(change.new_deliveries))
end

-- What is told of two policies, each with how many others change so.
local function told(old, new)
  local found, list = policy.changes(load(old), load(new), { seconds = 60 }), {}
  assert.same({}, found.undecided)
  assert.is_nil(found.unfinished)
  for i, change in ipairs(found.changes) do
    list[i] = ("%s, %d others"):format(said(change), #change.others)
  end
  return list, found.changes
end

local SITE = [[
domain "a.example" {}
domain "gw.example" {}
connector "p" { nexthop = "p1", spaces = { "SMTP:*@p.example" } }
connector "out" { nexthop = "o1", spaces = { "SMTP:*" } }
recipient "Kim" { proxies = { "SMTP:kim@a.example" } }
recipient "Pat" { proxies = { "SMTP:pat@a.example" }, target = "pat@p.example" }
recipient "Far" { proxies = { "SMTP:far@a.example" }, target = "far@c.example" }
list "L" { proxies = { "SMTP:l@a.example" }, members = { "Kim", "Pat", "SMTP:x@p.example" } }
]]
local PARTED = SITE .. 'rewrite "SMTP:{u}_at_{d}@gw.example" { to = "SMTP:{u}@{d}" }\n'
local AGAIN = SITE .. 'rewrite "SMTP:{u}b@gw.example" { to = "SMTP:{u}@p.example" }\n'
local RENAMED = 'rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@a.example" }\n'
local LEE = 'recipient "Lee" { proxies = { "SMTP:lee@a.example" } }\n'
local MAX = 'recipient "Max" { proxies = { "SMTP:max@a.example" } }\n'
local GATE = SITE .. [[
connector "cc" { speaks = "SMTP", nexthop = "g", wrap = { domain = "cc.example" },
  spaces = { "CCMAIL:* at HQ" } }
recipient "Joe" { proxies = { "SMTP:joe@a.example" }, target = "CCMAIL:Joe at HQ" }
]]

local SWAPPED = [[
settings { extension = "+" }
domain "a.example" {}
domain "old.example" {}
recipient "Kim" { proxies = { "SMTP:kim@a.example" } }
recipient "Pat" { proxies = { "SMTP:pat@a.example" } }
rewrite "SMTP:{f}.{l}@old.example" { to = "SMTP:{l}@a.example" }
]]
local CAUGHT = SITE:gsub('domain "(%w+).example" {}', 'domain "%1.example" { catchall = "Kim" }')

-- What is told from one policy to another; a number of others that is not said may be any.
local CASES = {
  ["another next hop, once, of domains that rewrites make #long"] = {
    PARTED, (PARTED:gsub("p1", "p2")), { "SMTP:x@p.example: p %- > p %-, %d+ others" },
  },
  ["two next hops, once each, however those who go there are written"] = {
    AGAIN, (AGAIN:gsub("[po]1", "%02")),
    { "SMTP:x@p.example: p %- > p %-, %d+ others", "SMTP:[%w@]+: out %- > out %-, %d+ others" },
  },
  ["where what goes elsewhere is encapsulated, whatever it is"] = {
    GATE, (GATE:gsub('"g"', '"h"')), { "CCMAIL:x at hq: cc %- > cc %-, %d+ others" },
  },
  ["people who are found by a new rule, once for each way that they go"] = {
    SITE, SITE .. RENAMED, {
      "SMTP:kim@b.example: out %- > here Kim, %d+ others",
      "SMTP:pat@b.example: out %- > p Pat, %d+ others",
      "SMTP:far@b.example: out %- > out Far, %d+ others",
      "SMTP:[%w\"]*@b.example: out %- > recipient%-unknown %-, %d+ others",
    },
  },
  ["people who come, each for himself"] = {
    SITE, SITE .. LEE .. MAX, {
      "SMTP:lee@a.example: recipient%-unknown %- > here Lee, 0 others",
      "SMTP:max@a.example: recipient%-unknown %- > here Max, 0 others",
    },
  },
  ["people who take the addresses of others"] = {
    SITE .. LEE .. MAX, SITE .. (LEE:gsub('"Lee"', '"Ann"')) .. (MAX:gsub('"Max"', '"Eve"')), {
      "SMTP:lee@a.example: here Lee > here Ann, 0 others",
      "SMTP:max@a.example: here Max > here Eve, 0 others",
    },
  },
  ["whose mail goes on to somebody else, each for himself"] = {
    SITE, (SITE:gsub('"pat@p', '"paul@p'):gsub('"far@c', '"fern@c')), {
      "SMTP:pat@a.example: p Pat > p Pat, %d others", "SMTP:pat@p.example: p Pat > p %-, 0 others",
      "SMTP:paul@p.example: p %- > p Pat, 0 others",
      "SMTP:far@a.example: out Far > out Far, 0 others",
      "SMTP:far@c.example: out Far > out %-, 0 others",
      "SMTP:fern@c.example: out %- > out Far, 0 others",
    },
  },
  ["what catch-alls give to somebody else, once for each of them"] = {
    CAUGHT, (CAUGHT:gsub('a.example" { catchall = "Kim"', 'a.example" { catchall = "Pat"')
      :gsub('gw.example" { catchall = "Kim"', 'gw.example" { catchall = "Far"')),
    {
      "Postmaster>: here Kim > p Pat, %d+ others",
      "SMTP:[%w.]+@gw.example: here Kim > out Far, %d+ others",
    },
  },
  ["who leaves a list"] = {
    SITE, (SITE:gsub('"Kim", ', "")),
    { "SMTP:l@a.example: here Kim, p Pat, p L > p Pat, p L, 0 others" },
  },
}

describe("what changes alike", function()
  for what, case in pairs(CASES) do
    it("is " .. what, function()
      local list = told(case[1], case[2])
      local text, left = table.concat(list, "\n"), #list
      for _, pattern in ipairs(case[3]) do
        assert.matches(pattern, text)
        left = left - 1
      end
      assert.equal(0, left, text)
    end)
  end

  it("has each kind among the others, none twice, and counts the classes of all", function()
    local _, changes = told(AGAIN, (AGAIN:gsub("[po]1", "%02")))
    local seen = {}
    for _, change in ipairs(changes) do
      local classes = 0
      for _, other in ipairs(change.others) do
        assert.is_nil(seen[said(other)])
        assert.is_nil(other.others)
        seen[said(other)], classes = true, classes + other.classes
      end
      assert.is_nil(seen[said(change)])
      seen[said(change)] = true
      assert.is_true(change.classes > classes)
    end
  end)
end)

describe("another rule for addresses that are parted", function()
  -- Where both parts are alike is in doubt, so what is told is looked at alone.
  local function ways_of(source, from, to)
    local found, list = policy.changes(load(source), load((source:gsub(from, to)))), {}
    for i, change in ipairs(found.changes) do
      list[i] = said(change):gsub("^[^:]+:", "") .. (change.others[8] and ", and many" or "")
    end
    table.sort(list)
    return list
  end

  it("is told in few ways, whomever it finds for each #long", function()
    assert.same({
      "d.kim@old.example: here Kim > recipient-unknown -",
      "kim.d@old.example: recipient-unknown - > here Kim",
      "kim.kim+a@old.example: here Kim > here Kim, and many",
      "kim.pat@old.example: here Pat > here Kim, and many",
    }, ways_of(SWAPPED, "{l}@a", "{f}@a"))
  end)

  it("is told once, whatever it makes of each #long", function()
    local source = SITE .. 'rewrite "SMTP:{f}.{l}@gw.example" { to = "SMTP:{l}@b.example" }'
    local list = ways_of(source, "{l}@b", "{f}@b")
    assert.equal(1, #list, table.concat(list, "\n"))
    assert.matches("@gw.example: out %- > out %-", list[1])
  end)
end)

-- ---- Of changes as they are found ------------------------------------------------

-- A delivery as tests write it: by whom, to whom, the address.
local function delivery(connector, entry, address)
  return { verdict = "deliver", connector = connector, entry = entry, address = address }
end

local function change(recipient, old, new, envelope)
  return {
    recipient = recipient, old_deliveries = old, new_deliveries = new, envelope = envelope or {},
    classes = 1,
  }
end

local function gathered(list)
  local texts = {}
  for i, one in ipairs(causes.gather(list, function() return false end)) do
    texts[i] = one.recipient .. " +" .. #one.others
  end
  return texts
end

describe("a change that is told for others", function()
  local function by(name) return { delivery(name, nil, "a@b.example") } end

  it("needs the fewest facts, and is the easiest to read", function()
    for _, case in ipairs {
      { { "abc@d", { may_relay = true } }, { "abcde@f" } },
      { { '"a"@d' }, { "abcde@f" } },
      { { "abcdef@d" }, { "abc@f" } },
    } do
      assert.same({ case[2][1] .. " +1" }, gathered {
        change(case[1][1], by "x", by "y", case[1][2]),
        change(case[2][1], by "x", by "y", case[2][2]),
      })
    end
  end)

  it("is told alone where a list has it with others that are, too", function()
    local A, B = change("a@a", by "x", by "y"), change("b@b", by "x", by "z")
    local BOTH = change("list@c", by "x", { by "y"[1], by "z"[1] })
    assert.same({ "a@a +1", "b@b +0" }, gathered { A, B, BOTH })
    assert.same({ "a@a +1", "b@b +0" }, gathered { BOTH, A, B })
    assert.same({ "a@a +0", "list@c +0" }, gathered { A, BOTH })
  end)
end)

describe("an address for others than a witness", function()
  it("is by its domain where it has the witness's name, be types written or not", function()
    for _, case in ipairs {
      { "kim@a.example", "kim@b.example", "*@b.example" },
      { "SMTP:kim@a.example", "kim@b.example", "*@b.example" },
      { "SMTP:Kim@a.example", "smtp:KIM@b.example", "*@b.example" },
      { "SMTP:kim@a.example", "SMTP:pat@b.example", "smtp:pat@b.example" },
      { "SMTP:kim@a.example", "SMTP:kim@a.example", "=" },
      { "CCMAIL:kim@a.example at internet", "SMTP:kim@b.example", "*@b.example" },
      { "X400:c=us;a= ;s=kim;", "SMTP:kim@b.example", "smtp:kim@b.example" },
    } do
      local value = assert(postoffice.parse(case[2]))
      assert.equal(case[3], kinds.in_general(value, kinds.witness(case[1])), case[1])
    end
  end)
end)
