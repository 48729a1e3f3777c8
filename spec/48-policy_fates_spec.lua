--- Senders of whom one stands for others in a proof: those who fare alike, held to each of them by brute
-- force.

local claims = require "postoffice.policy.prove.claims"
local core = require "postoffice.core"
local fates = require "postoffice.policy.prove.classes.fates"
local functions = require "postoffice.policy.prove.classes.functions"
local helper = require "spec.helper"
local judge = require "spec.judge"
local lists = require "postoffice.lists"
local policy = require "postoffice.policy"
local search = require "postoffice.policy.prove.claims.search"
local small = require "spec.small_policies"
local write = require "postoffice.address".show

local UNKNOWN = { unknown = true }

local function load(source) return assert(policy.load(source, { chunkname = "@p.lua" })) end

local function read(text) return core.parse(text, UNKNOWN) end

-- Those of some senders who stand for all, as one text.
local function merged(policies, texts, until_then)
  local senders = lists.map(texts, read)
  local list = fates.merge(policies, senders, fates.compared, until_then or math.huge)
  return table.concat(lists.map(list, write), " ")
end

local SITE = [[
settings { outbound = "primary" }
domain "a.example" {}
recipient "Kim" { proxies = { "SMTP:kim@a.example", "smtp:k@a.example" } }
]]
local OUT = 'connector "out" { nexthop = "x", spaces = { "SMTP:*" } }\n'

describe("a sender", function()
  local SENDERS = { "SMTP:x@b.example", "SMTP:y@b.example", "SMTP:z@c.example" }

  local CASES = {
    { "stands for those of whom nobody asks", OUT, "SMTP:x@b.example" },
    { "stands for himself where a connector's guard tells him from others",
      OUT .. 'connector "g" { senders = { "SMTP:y@*" }, nexthop = "g", spaces = { "SMTP:*@g" } }',
      "SMTP:x@b.example SMTP:y@b.example" },
    { "does where a restriction does", OUT .. 'list "L" { proxies = { "SMTP:l@a.example" },'
      .. ' members = { "Kim" }, accept = { "SMTP:*@c.example" } }',
      "SMTP:x@b.example SMTP:z@c.example" },
    { "does where he becomes another by a rule",
      OUT .. 'rewrite_sender "SMTP:{u}@c.example" { to = "SMTP:{u}@b.example" }',
      "SMTP:x@b.example SMTP:z@c.example" },
    { "does where some connector makes of him what it makes of a list's owner",
      OUT .. 'recipient "X" { proxies = { "SMTP:y@b.example" } } list "L" {'
        .. ' proxies = { "SMTP:l@a.example" }, members = { "Kim" }, owner = "X" }',
      "SMTP:x@b.example SMTP:y@b.example" },
  }
  for _, case in ipairs(CASES) do
    it(case[1], function()
      local p = load(SITE .. case[2])
      assert.equal(case[3], merged({ p, p }, SENDERS))
    end)
  end

  it("stands for himself where two policies make something else of him", function()
    local old = load(SITE .. OUT)
    local new = load(SITE:gsub('"smtp:k@a.example"', '%0, "smtp:y@b.example"') .. OUT)
    assert.equal("SMTP:x@b.example SMTP:y@b.example", merged({ old, new }, SENDERS))
  end)

  it("is told from <>, and where a function would have to be called, from everybody", function()
    local p = load(SITE .. OUT)
    assert.equal("SMTP:x@b.example <>", merged({ p },
      { "SMTP:x@b.example", "<>", "SMTP:y@b.example" }))
    assert.is_true(functions.have_say { load(SITE .. OUT .. "function on.route() end") })
    assert.is_false(functions.have_say { p })
  end)

  it("is left alone where there is no more time", function()
    assert.equal(table.concat(SENDERS, " "), merged({ load(SITE .. OUT) }, SENDERS, -1))
  end)
end)

-- ---- Claims ----------------------------------------------------------------------

-- How many senders a claim is held against, but for <>.
local function count_senders(source, claim)
  local p = load(source)
  local _, work = search(assert(claims.read(p, claim)):question(nil, math.huge))
  p:close()
  return #work.asked.values.sender
end

describe("a claim is held against senders", function()
  local SIGNING = SITE:gsub("{}", '{ unwrap = { "SRS" } }', 1) .. [[
    connector "out" {
      nexthop = "x", spaces = { "SMTP:*" }, srs = { domain = "a.example", secrets = "s" },
    }]]
  local CASES = {
    { 'no address is handed over as "FAX:*"', 1 },
    { 'no address leaves by "out" unless from "SMTP:*@b.example"', 2 },
    { "no address from <> has sender address but <>", 0 },
    { 'no address has sender "SMTP:*@a.example"', 4 }, -- ours and others, and like carriers
  }
  for _, case in ipairs(CASES) do
    it("whom it tells apart: " .. case[1], function()
      assert.equal(case[2], count_senders(SIGNING, case[1]))
    end)
  end

  it("of one kind where an event may answer anything", function()
    local p = load(SIGNING .. "\nfunction on.delivery() end")
    assert.equal("holds", p:prove('no address is handed over as "FAX:*"').outcome)
  end)
end)

-- ---- By brute force ------------------------------------------------------------

-- Whether two policies do something else with a message.
local function differ(policies, address, envelope)
  return judge.outcome(policies[1], address, envelope)
    ~= judge.outcome(policies[2], address, envelope)
end

-- The senders of some who are not kept, each with the one who stands for him.
local function representatives(policies, senders)
  local kept = fates.merge(policies, senders, fates.compared, math.huge)
  local pairs_found, is_kept = {}, lists.set(kept)
  for _, sender in ipairs(senders) do
    for _, other in ipairs(is_kept[sender] and {} or kept) do
      local alone = fates.merge(policies, { other, sender, read "<>" }, fates.compared, math.huge)
      if #alone == 2 then
        table.insert(pairs_found, { sender, other })
        break
      end
    end
  end
  return pairs_found
end

-- Holds what comes of a sender's messages to what does of those of who stands for him.
local function judge_pair(policies, pair, seed, counts)
  local text = policies[1].origin.source .. policies[2].origin.source
  local addresses = judge.addresses(text)
  local mine = judge.envelopes(policies, {}, text, { write(pair[1]) })
  local theirs = judge.envelopes(policies, {}, text, { write(pair[2]) })
  local is_taken = judge.some(seed, #addresses * #mine)
  for _, address in ipairs(addresses) do
    for i, envelope in ipairs(mine) do
      if is_taken() then
        counts:add "messages"
        assert(differ(policies, address, envelope) == differ(policies, address, theirs[i]),
          ("\n%s\n-- %s is not as %s to %s"):format(text, write(pair[1]), write(pair[2]), address))
      end
    end
  end
end

describe("who stands for others between two random policies", function()
  it("has what they have change", function()
    local counts, texts = judge.counts(), {}
    for i, text in ipairs(small.SENDERS) do texts[i] = text:find ":" and text or "SMTP:" .. text end
    texts[1] = "<>"
    judge.each(1, helper.times(6), function(seed)
      local old, new = small.pair(policy.load, seed)
      if not (old and new and not functions.have_say { old, new }) then return end
      local found = representatives({ old, new }, lists.map(texts, read))
      counts:add "pairs"
      counts:add("senders", #found)
      for i = 1, math.min(#found, 2) do judge_pair({ old, new }, found[i], seed + i, counts) end
      old:close()
      new:close()
    end)
    judge.tell("senders who fare alike", counts)
    assert.is_true(counts:of "pairs" < 4 or counts:of "senders" > 0, tostring(counts))
  end)
end)
