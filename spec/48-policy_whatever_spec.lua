--- Claims about policies whose functions answer in every way, held against brute force: what holds
-- whatever they answer has no witness among those that are routed as they do.
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local small = require "spec.small_policies"

-- ---- Cases ---------------------------------------------------------------------

local BASE = [[
domain "a.example" { unwrap = { "CCMAIL" } }
recipient "Kim" { proxies = { "SMTP:kim@a.example" } }
connector "out"  { nexthop = "n", spaces = { "SMTP:*" }, max_size = 10 }
connector "line" { nexthop = "m", spaces = { "SMTP:*@b.example" } }
connector "fax"  { nexthop = "f", spaces = { "FAX:*" } }
]]

-- Functions that do nothing that they might.
local RECIPIENT = [[function on.recipient(address) if address.type == "FAX" then return end end]]
local ROUTE = [[function on.route(route) return nil end]]
local DELIVERY = [[function on.delivery(delivery) return nil end]]

-- Each a function, a claim, and what is answered to it.
local CASES = {
  -- What may be answered
  { RECIPIENT, 'no address is handed over as "SMTP:*@a.example" but recipient', "holds" },
  { RECIPIENT, 'no address from <> has sender address but <>', "holds" },
  { RECIPIENT, 'no address when size over 10 leaves by "out"', "holds" },
  { RECIPIENT, 'no address when down "line" leaves by "line"', "holds" },
  { RECIPIENT, 'no local leaves', "undecided" },
  { RECIPIENT, 'no SMTP address leaves by "fax"', "undecided" },
  { RECIPIENT, 'every recipient is delivered here', "undecided" },
  { RECIPIENT, 'every recipient is delivered here or is rejected or is deferred or is passed',
    "undecided" },
  { RECIPIENT,
    'every address leaves or is delivered here or is rejected or is deferred or is passed',
    "holds" },
  { RECIPIENT, 'no address is passed', "undecided" },
  { RECIPIENT, 'no address is rejected connectors-down', "undecided" },
  { RECIPIENT, 'no address makes over 1 deliveries', "undecided" },
  { ROUTE, 'no recipient leaves', "holds" },
  { ROUTE, 'no local leaves', "holds" },
  { ROUTE, 'no FAX address leaves by "line"', "undecided" },
  { ROUTE, 'no address when down "line" leaves by "line"', "holds" },
  { ROUTE, 'no address when size over 10 leaves by "out"', "holds" },
  { ROUTE, 'every FAX address leaves by "fax" or is rejected or is deferred', "undecided" },
  { ROUTE, 'every FAX address leaves or is rejected or is deferred or is passed', "holds" },
  { DELIVERY, 'no FAX address leaves by "line"', "holds" },
  { DELIVERY, 'every local is delivered here or is rejected', "undecided" },
  { DELIVERY, 'every local is delivered here or is rejected or is deferred or is passed', "holds" },
  { DELIVERY, 'every recipient is rejected 5.1.1 or is delivered or is deferred or is passed',
    "undecided" },
  { DELIVERY, 'no recipient is rejected 5.7.1', "undecided" },

  -- What is answered
  { [[function on.recipient() return "x@b.example" end]], 'no local leaves', "fails" },
  { [[function on.recipient() return reject("no", "5.7.9") end]],
    'no local is rejected 5.7.9', "fails" },
  { [[function on.route() return "line" end]], 'no FAX address leaves by "line"', "fails" },
  { [[function on.delivery() return pass() end]], 'no local is passed', "fails" },

  -- Functions of rewrites are not taken for what they may answer
  { [[rewrite "SMTP:{u}@a.example" { to = function() return nil end }]],
    'no FAX address leaves by "line"',
    "holds" },
  { RECIPIENT .. [[ rewrite "SMTP:{u}@a.example" { to = function() return nil end }]],
    'no address when down "line" leaves by "line"', "undecided" },
}

describe("a claim about a policy with events", function()
  for _, case in ipairs(CASES) do
    local source, claim, expected = case[1], case[2], case[3]
    it(("%s: %s: %s"):format(expected, claim, source), function()
      local p = assert(policy.load(BASE .. source, { chunkname = "@policy.lua" }))
      local answer = assert(p:prove(claim, { seconds = 60 }))
      assert.equal(expected, answer.outcome, tostring(answer))
      if expected == "undecided" then assert.matches("policy%.lua:6", answer.why) end
      p:close()
    end)
  end
end)

-- ---- By brute force ------------------------------------------------------------

local CLAIMS = 4 -- about each policy

describe("claims about random policies whose events answer #host", function()
  it("hold where brute force finds no witness, and fail by one", function()
    local counts = judge.counts()
    judge.each(1, helper.times(5), function(seed)
      local lines, world = small.lines_of_events(seed)
      local p = small.load(policy.load, lines, world)
      for number = 1, p and CLAIMS or 0 do
        judge.claim(p, small.claim(world), seed * 10 + number, p, counts)
      end
      if p then p:close() end
    end)
    judge.tell_claims("claims about policies whose events answer", counts)
  end)
end)
