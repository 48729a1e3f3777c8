--- What functions of a script decide is told by witnesses that are really routed, where no proof knows what
-- functions say: of changes from one policy to another, and of claims.
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local small = require "spec.small_policies"

-- ---- Cases ---------------------------------------------------------------------

local SITE = [[
domain "a.example" {}
recipient "Kim" { proxies = { "SMTP:kim@a.example" } }
connector "out"  { nexthop = "x", spaces = { "SMTP:*" } }
connector "line" { nexthop = "y", spaces = { "SMTP:*@b.example" } }
]]

local function route(body) return "function on.route(route, envelope) " .. body .. " end" end

-- Each a function, or functions, what is another text in it or in the site, and the witness of a change.
local CASES = {
  { "declarations beside a function that sees all mail", route "", '"x"', '"z"', "out > out" },
  { "a function that goes", route 'return "line"', 'return "line"', "", "line > out" },
  { "a function that comes", "", "", route 'return "line"', "out > line" },
  { "what a function returns", route 'return "line"', 'return "line"', 'return reject("no")',
    "line > policy%-reject" },
  { "the name of a domain", route 'if route.address.domain == "c.example" then return "line" end',
    "c.example", "d.example", "x@d.example: out > line" },
  { "a pattern",
    route 'if mail.matches(route.address, "SMTP:*-x@c.example") then return "line" end',
    "*-x", "*-y", "*%-y@c.example: out > line" },
  { "a local part", route 'if route.address.localpart == "lee" then return reject("no") end',
    '"lee"', '"max"', "max@elsewhere.example: out > policy%-reject" },
  { "a recipient", [[function on.recipient(address)
      if address.localpart == "lee" then return "kim@a.example" end
    end]], '"lee"', '"max"', "max@a.example: recipient%-unknown > Kim" },
  { "a size", route 'if (envelope.size or 0) > 1000 then return "line" end', "1000", "2000",
    "size=1001" },
  { "a size that is reached", route 'if (envelope.size or 0) >= 1000 then return "line" end',
    "1000", "2000", "size=100[01]" },
  { "whether a message is authenticated",
    route 'if envelope.authenticated then return "line" end', "authenticated", "may_relay",
    "out > line may_relay=true" },
  { "two facts at once",
    route 'if envelope.authenticated and (envelope.size or 0) > 9 then return "line" end',
    "9", "20", "authenticated=true size=10" },
  { "a sender", [[function on.route(_, envelope)
      if envelope.sender and envelope.sender.domain == "c.example" then return "line" end
    end]], "c.example", "d.example", "sender=SMTP:x@[cd].example" },
  { "who writes to a connector that speaks another type", [[
      domain "b.example" { unwrap = { "CCMAIL" } }
      connector "cc" { speaks = "CCMAIL", spaces = { "CCMAIL:*" },
        wrap = { postoffice = "internet" } } ]] .. route "", '{ "CCMAIL" }', "{}",
    "CCMAIL:.*: cc > cc sender=SMTP:IMCEACCMAIL", 7 },
  { "what the message arrived by",
    route 'if envelope.arrived_by == "line" then return reject "no" end',
    'by == "line"', 'by == "out"', "arrived_by=line" },
  { "an hour of the day", route 'if mail.date(envelope.now).hour == 3 then return "line" end',
    "== 3", "== 4", "now=10800" },
  { "an answer that is none", route 'if not ask("crm", "x") then return "line" end',
    'return "line"', 'return reject("no")', "line > policy%-reject given" },
  { "what a recipient becomes", "function on.recipient() return 'x@b.example' end", "'x@b", "'x@c",
    "line > out" },
  { "what becomes of a delivery", "function on.delivery() end", "on.delivery()",
    "on.delivery() return reject('no')", "x@b.example: line > policy%-reject" },
  { "what a rewrite makes",
    'rewrite "SMTP:{u}@c.example" { to = function() return "kim@a.example" end }',
    "kim@a.example\" end", "lee@a.example\" end", "x@c.example: Kim > recipient%-unknown" },
}

local function replaced(text, from, to)
  local first, last = text:find(from, 1, true)
  return text:sub(1, first - 1) .. to .. text:sub(last + 1)
end

-- What changes, as texts: the witness, where it went and goes, and what is known of its message.
local function told(change)
  local parts = {}
  local function ends(deliveries)
    return deliveries[1].code or deliveries[1].connector or deliveries[1].entry
  end
  for _, name in ipairs { "arrived_by", "authenticated", "may_relay", "now", "sender", "size" } do
    local value = change.envelope[name]
    parts[#parts + 1] = value and ("%s=%s"):format(name, tostring(value)) or nil
  end
  parts[#parts + 1] = change.given and "given" or nil
  return ("%s: %s > %s %s"):format(change.recipient, ends(change.old_deliveries),
    ends(change.new_deliveries), table.concat(parts, " "))
end

describe("a change in policies with functions", function()
  for _, case in ipairs(CASES) do
    it("is told of " .. case[1], function()
      local text = SITE .. case[2]
      local old = assert(policy.load(text, { chunkname = "@policy.lua" }))
      local new = assert(policy.load(case[3] == "" and text .. case[4]
        or replaced(text, case[3], case[4]), { chunkname = "@policy.lua" }))
      local found, lines = policy.changes(old, new), {}
      for i, change in ipairs(found.changes) do lines[i] = told(change) end
      assert.matches(case[5], table.concat(lines, "\n"))
      assert.matches("policy%.lua:" .. (case[6] or 5), table.concat(found.undecided, "\n"))
      local answer = new:prove('every address routes as in "old.lua"', {
        load = function() return old end,
      })
      assert.equal("fails", answer.outcome, tostring(answer))
      old:close()
      new:close()
    end)
  end
end)

-- ---- By brute force ------------------------------------------------------------

-- Whether some of what is tried comes to something else.
local function is_other(old, new, seed, text)
  local envelopes, addresses = judge.envelopes({ old, new }, {}, text), judge.addresses(text)
  local is_taken = judge.some(seed, #envelopes * #addresses)
  for _, address in ipairs(addresses) do
    for _, envelope in ipairs(envelopes) do
      if is_taken() and judge.outcome(old, address, envelope)
        ~= judge.outcome(new, address, envelope) then
        return true, address
      end
    end
  end
  return false
end

-- Holds what is said to change to what does.
local function judge_two(old, new, seed, counts)
  local text = old.origin.source .. "\n-- new:\n" .. new.origin.source
  local found = policy.changes(old, new, { seconds = judge.SECONDS })
  for _, change in ipairs(judge.all_changes(found)) do
    assert(judge.is_change(old, new, change), text .. "\n" .. told(change))
  end
  local doubt = found.undecided[1] or found.unfinished
  local is_changed, address = is_other(old, new, seed, text)
  counts:add(is_changed and (found.changes[1] and "told" or "not told") or "same")
  assert(doubt or found.changes[1] or not is_changed,
    text .. "\n-- not told: " .. tostring(address))
end

describe("changes between random policies whose functions have a say #host", function()
  it("are really routed, and none is proven where brute force finds one", function()
    local counts = judge.counts()
    judge.each(1, helper.times(3), function(seed)
      local old, new = small.pair(policy.load, seed, small.lines_of_events)
      if not (old and new) then return end
      judge_two(old, new, seed, counts)
      old:close()
      new:close()
    end)
    judge.tell("changes where functions have a say", counts)
  end)
end)
