--- The messages that policies can tell apart, held to brute force: for each of some recipients, a claim
-- holds of all messages if and only if it holds of those.
local claims = require "postoffice.policy.prove.claims"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local enumerate = require "spec.enumerate"
local generate = require "spec.generate"
local helper = require "spec.helper"
local messages = require "postoffice.policy.prove.classes.messages"
local new_choices = require "postoffice.policy.prove.classes.choices".new
local policy = require "postoffice.policy"
local questions = require "postoffice.policy.prove.classes.messages.questions"
local small = require "spec.small_policies"

local SENDERS = {}
for i, text in ipairs(small.SENDERS) do SENDERS[i] = core.parse(text) end

-- Runs by the messages that a policy tells apart; how many there were is counted.
local function by_messages(addresses, counts)
  return function(question)
    local asked = questions.new(question.policies, SENDERS, { 10 }, question.fixed)
    if question.is_in_parts then asked = questions.in_parts(asked) end
    local at, each = 0, nil
    return function()
      local run = each and each()
      while not run and addresses[at + 1] do
        at = at + 1
        each = messages.each(asked, addresses[at])
        run = each()
      end
      counts.runs = counts.runs + (run and 1 or 0)
      return run
    end, { is_exact = true }
  end
end

-- Some recipients: a few of all, and who is declared.
local function recipients(p, seed)
  local random, list = generate.random(seed), {}
  for i = 1, 5 do list[i] = small.ADDRESSES[random(#small.ADDRESSES)] end
  for entry in directory.each(p.compiled.directory) do
    for _, text in ipairs(directory.proxy_texts(p.compiled.directory, entry)) do
      list[#list + 1] = text
    end
  end
  return list
end

local function load(lines) return policy.load(table.concat(lines, "\n")) end

describe("choices", function()
  it("go all ways, each once, and ask for what depends on others only there", function()
    local choices, seen = new_choices(), {}
    while choices:begin() do
      local first = choices:choose { "a", "b", "c" }
      seen[#seen + 1] = first .. (first == "b" and choices:choose { 1, 2 } or "")
    end
    assert.same({ "a", "b1", "b2", "c" }, seen)
    assert.is_false(choices:begin())
  end)
end)

describe("the messages that a policy can tell apart #host", function()
  it("decide claims as all messages do", function()
    local counts, holds, fails = { runs = 0 }, 0, 0
    for seed = 1, helper.times(60) do
      local lines, world = small.lines(seed + 5000)
      local p = small.load(policy.load, lines, world)
      local text = small.claim(world)
      local claim = p and not p.compiled.scripted and claims.read(p, text)
      if claim and not claim.file then
        local question = { policies = { p }, fixed = claim.fixed }
        local list = recipients(p, seed)
        local all = claims.decide(claim, enumerate.by(list, small.SENDERS, { 10 }), question)
        local function agrees()
          local mine = claims.decide(claim, by_messages(list, counts), question)
          assert.equal(all.outcome, mine.outcome, ("%s\n-- %s\n-- %s\n-- %s"):format(
            table.concat(lines, "\n"), text, tostring(mine), tostring(all)))
        end
        agrees()
        question.is_in_parts = claim:question(nil, 0).is_in_parts
        if question.is_in_parts then agrees() end
        if all.outcome == "holds" then holds = holds + 1 else fails = fails + 1 end
      end
      if p then p:close() end
    end
    assert.is_true(holds > 4 and fails > 4 or helper.times(60) < 60)
    assert.is_true(counts.runs > 0)
  end)

  it("are those of each part where each delivery is judged by itself", function()
    local p = load { "domain 'a' {}", "recipient 'Kim' { proxies = { 'kim@a' }, keep = true,"
        .. " target = 'kim@b' }",
      "list 'all' { proxies = { 'all@a' }, reject = { 'SMTP:*@spam' }, members = { 'Kim', 'x@b',"
        .. " 'x@c', 'y@c', 'x@d', 'nobody@a' } }",
      "connector 'b' { spaces = { 'SMTP:*@b' } }", "connector 'c' { spaces = { 'SMTP:*@c' } }",
      "connector 'd' { spaces = { 'SMTP:*@d' }, senders = { 'SMTP:*@far' } }" }
    local senders = { SENDERS[1], core.parse "x@spam", core.parse "x@far", core.parse "x@else" }
    local asked = questions.of_one(questions.new({ p }, senders, { 10 }, {}))
    local function line(delivery)
      return ("%s %s %s"):format(tostring(delivery.address), delivery.code or "-",
        tostring(delivery.connector))
    end
    local function by_engine(run)
      local lines = {}
      for _, delivery in ipairs(p:route("all@a", run.message:envelope())) do
        lines[line(delivery)] = true
      end
      return lines
    end
    local function tell(question)
      local told, runs = {}, 0
      for run in messages.each(question, "all@a") do
        runs = runs + 1
        local deliveries = run.deliveries[1]
        run.message:settle()
        local lines = by_engine(run)
        for i, delivery in ipairs(deliveries) do
          assert.truthy(lines[line(delivery)], line(delivery))
          told[line(delivery) .. tostring(run.named[1][i])] = true
        end
      end
      return told, runs
    end
    local of_all, all = tell(asked)
    local of_parts, in_parts = tell(questions.in_parts(asked))
    assert.same(of_all, of_parts)
    assert.is_true(all > 2 * in_parts, all .. " " .. in_parts)
    assert.equal("fails", p:prove("no address makes over 6 deliveries").outcome)
    assert.equal("fails", p:prove('no list leaves by "d"').outcome)
    assert.equal("holds", p:prove('no list from "SMTP:*@spam" leaves').outcome)
  end)

  it("are few where little matters", function()
    local p = load { "domain 'a' {}", "recipient 'Kim' { proxies = { 'kim@a' } }",
      "connector 'x' { spaces = { 'SMTP:*@b' }, max_size = 10 }",
      "connector 'y' { spaces = { { 'SMTP:*@b', cost = 2 } } }" }
    local asked = questions.new({ p }, { SENDERS[1] }, { 10 }, {})
    local function count(text)
      local number = 0
      for run in messages.each(asked, text) do
        number = number + #run.deliveries[1]
      end
      return number
    end
    assert.equal(1, count "kim@a")
    assert.equal(1, count "joe@a")
    -- too large or not for x, by x or y or neither that it arrived by, x and then y down
    assert.is_true(count "joe@b" <= 24, count "joe@b")
  end)

  it("know who is known by a target alone, and which functions were called", function()
    local p = load { "domain 'a' {}",
      "recipient 'Pat' { proxies = { 'pat@a' }, target = 'pat@b' }",
      "connector 'x' { spaces = { 'SMTP:*' } }",
      "function on.route(r) if r.cost > 1 then return defer() end end" }
    local asked = questions.new({ p }, { SENDERS[1] }, {}, { nothing_down = true })
    local run = messages.each(asked, "pat@b")()
    assert.same({ { true } }, run.named)
    assert.equal("on.route (policy:4)", run.undecided)
    run = messages.each(asked, "pat@a")()
    assert.same({ {} }, run.named)
    assert.is_false(messages.each(asked, "nobody@a")().undecided)
  end)
end)
