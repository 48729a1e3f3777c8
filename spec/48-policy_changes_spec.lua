--- What changes from one policy to another, for any address: proofs, judged by brute force.

local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local small = require "spec.small_policies"

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
    assert.same({ "SMTP:x@p.example: out > p size=9",
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

  it("may be who of another type than SMTP is let through", function()
    local list = told(SITE, (SITE:gsub('"x",', '"x", senders = { "SMTP:*" },')))
    assert.equal(1, #list)
    assert.matches(": out > .* sender=CCMAIL:x$", list[1])
  end)

  it("is what the facts that are said leave of it", function()
    local P = SITE .. 'connector "p" { max_size = 9, spaces = { "SMTP:*@p.example" } }'
    assert.same({ "SMTP:x@p.example: out > p size=9" },
      told(SITE, P, { fixed = { over = 8, up_to = 9 } }))
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

-- ---- By brute force ------------------------------------------------------------

local FIELDS = {
  "verdict", "code", "status", "connector", "nexthop", "entry", "extension", "address", "final",
  "sender",
}
local WITHOUT_WAY = { "verdict", "code", "status", "entry" }

-- What a message comes to, in the fields that are compared; the order does not matter.
local function outcome(p, address, envelope)
  local texts = {}
  for i, delivery in ipairs(p:route(address, envelope)) do
    local parts = {}
    for _, name in ipairs(delivery.verdict == "deliver" and FIELDS or WITHOUT_WAY) do
      parts[#parts + 1] = tostring(delivery[name])
    end
    texts[i] = table.concat(parts, " ")
  end
  table.sort(texts)
  return table.concat(texts, "\n")
end

-- An address and a message that come to something else; nil if none of those that are tried does.
local function difference(old, new, seed, counts)
  local text = old.origin.source .. new.origin.source
  local envelopes = judge.envelopes({ old, new }, {}, text)
  local is_taken = judge.some(seed, #envelopes * #small.ADDRESSES)
  for _, address in ipairs(small.ADDRESSES) do
    for _, envelope in ipairs(envelopes) do
      if is_taken() then
        counts:add "addresses tried"
        envelope.now = 1 -- that of signatures
        if outcome(old, address, envelope) ~= outcome(new, address, envelope) then
          return address, envelope
        end
      end
    end
  end
end

local function shown(envelope)
  local parts = {}
  for name, value in pairs(envelope or {}) do
    parts[#parts + 1] = name .. "=" .. (type(value) == "table" and table.concat(value, "+")
      or tostring(value))
  end
  table.sort(parts)
  return table.concat(parts, " ")
end

-- Holds what is said to change between two policies to what does.
local function judge_two(old, new, seed, counts)
  local found = policy.changes(old, new, { seconds = judge.SECONDS })
  local where = ("\n%s\n-- new:\n%s\n-- "):format(old.origin.source, new.origin.source)
  local doubt = found.undecided[1] or found.unfinished
  counts:add "pairs"
  counts:add("changes", #found.changes)
  for _, change in ipairs(found.changes) do
    local envelope = change.envelope
    envelope.now = 1
    assert(outcome(old, change.recipient, envelope) ~= outcome(new, change.recipient, envelope),
      where .. "no change: " .. change.recipient .. " " .. shown(envelope))
  end
  if doubt then return counts:add(judge.doubt(doubt)) end
  counts:add "are decided"
  if found.changes[1] then return end
  counts:add "proofs"
  local address, envelope = difference(old, new, seed, counts)
  assert(not address, where .. "not told: " .. tostring(address) .. " " .. shown(envelope))
end

describe("what changes from one random policy to another", function()
  it("is no proof where something does, and no change that is none", function()
    local counts = judge.counts()
    judge.each(1, helper.times(12), function(seed)
      local lines, world = small.lines(seed)
      local new = small.load(policy.load, small.variant(lines, world), world)
      local old = small.load(policy.load, lines, world)
      judge_two(old, new, seed, counts)
      old:close()
      new:close()
    end)
    judge.tell("changes", counts)
    local are_some = counts:of "proofs" > 0 and counts:of "changes" > 0
    assert.is_true(counts:of "pairs" < 12 or are_some, tostring(counts))
  end)
end)
