--- The engine as it stood (spec/oracle) judges the engine as it is: whatever policies, addresses
-- and envelopes chance makes, both answer the same, down to the last field.
local helper = require "spec.helper"
local oracle = require "spec.oracle"
local policies = require "spec.policies"
local policy = require "postoffice.policy"

local quote = policies.quote

local POLICIES = helper.times(800)
-- For each of them: 20,000 questions in all, a million in a soak.
local ADDRESSES = POLICIES > 800 and 64 or 25

-- ---- Comparing ---------------------------------------------------------------

local differs

-- Where a field of two tables differs, or nil.
local function field_differs(ours, theirs, name, path)
  return differs(ours[name], theirs[name], ("%s.%s"):format(path, tostring(name)))
end

-- What chance decides: where in a loop that never ends the meter, which is read every hundred
-- instructions or so, stops a script; and, in the engine as it stood, which of several names is the
-- nearest.
local function without_chance(value)
  if type(value) ~= "string" then return value end
  value = value:gsub("[%w.]+:%d+: the script used up", "the script used up")
  return (value:gsub('did you mean "[^"]*"', "did you mean"))
end

-- The first place where two values differ, and what is there; nil if they are equal.
function differs(ours, theirs, path)
  if type(ours) ~= "table" or type(theirs) ~= "table" then
    if ours == theirs or without_chance(ours) == without_chance(theirs) then return nil end
    return ("%s: %s, but it was %s"):format(path, quote(ours), quote(theirs))
  end
  for name in pairs(theirs) do
    local where = field_differs(ours, theirs, name, path)
    if where then return where end
  end
  for name in pairs(ours) do
    if theirs[name] == nil then return field_differs(ours, theirs, name, path) end
  end
end

-- ---- Questions ---------------------------------------------------------------

-- Whatever a call returns or raises, as a list.
local function returned(ok, ...) return { ok = ok, n = select("#", ...), ... } end

-- Every question that routing answers, of a policy and what is asked.
local QUESTIONS = {
  route = function(p, asked) return p:route(asked.to, asked.envelope) end,
  ["route of several"] = function(p, asked) return p:route(asked.several, asked.envelope) end,
  ["route of resolve"] = function(p, asked)
    return p:route(p:resolve(asked.several, nil, asked.envelope), asked.envelope)
  end,
  explain = function(p, asked)
    local explanation = p:explain(asked.to, asked.envelope)
    return explanation, tostring(explanation)
  end,
  resolve = function(p, asked) return p:resolve(asked.several, nil, asked.envelope) end,
  ["resolve as"] = function(p, asked)
    return p:resolve(asked.to, { as = asked.type }, asked.envelope)
  end,
  rewrite = function(p, asked) return p:rewrite(asked.to, asked.envelope) end,
  nexthop = function(p, asked) return p:nexthop(asked.to, asked.envelope) end,
  rewrite_header = function(p, asked)
    return p:rewrite_header(asked.field, asked.header, asked.envelope)
  end,
}

-- Those that are asked about every address, and those that take turns.
local ALWAYS = { "route", "explain" }
local IN_TURN = {
  { "nexthop", "resolve", "route of several" }, { "rewrite", "resolve as" },
  { "rewrite_header", "route of resolve" },
}

-- What is asked of a policy next.
local function new_question()
  local to, other = policies.recipient(), policies.address()
  local several = to
  if policies.chance(3) then several = { to, other, policies.recipient() } end
  return {
    to = to, several = several, envelope = policies.envelope(), type = policies.type(),
    field = policies.pick { "To", "From" },
    header = ("%s, Kim <%s>"):format(other, policies.pick { other, "kim@a.example" }),
  }
end

-- ---- Two engines -------------------------------------------------------------

local INSTRUCTIONS = 100000 -- which nothing takes but a loop that never ends

-- A policy in one engine, and what it showed the host.
local function load_in(engine, text)
  local seen = {}
  local ok, p, message, code = pcall(engine.load, text, {
    chunkname = policies.CHUNKNAME, ask = policies.asks(seen), include = policies.include,
    instructions = INSTRUCTIONS, milliseconds = 1e6, load_milliseconds = 1e6,
  })
  if not ok then p, message, code = nil, p, "raised" end
  return { policy = p, seen = seen, message = message, code = code }
end

-- What is asked, for whoever has to find out.
local function shown(asked)
  local lines = {}
  local function show(value, path)
    if type(value) ~= "table" then
      lines[#lines + 1] = ("--   %s = %s"):format(path, quote(value))
      return
    end
    for name, item in pairs(value) do show(item, ("%s.%s"):format(path, tostring(name))) end
  end
  show(asked, "asked")
  table.sort(lines)
  return table.concat(lines, "\n")
end

-- How often each verdict and code came, and each error of a policy.
local tally = {}

local function count(name) tally[name] = (tally[name] or 0) + 1 end

local function count_deliveries(deliveries)
  for _, delivery in ipairs(deliveries) do
    count(delivery.code or delivery.verdict)
    for _, name in ipairs { "extension", "also", "gateway" } do
      if delivery[name] then count(name) end
    end
    if delivery.alternatives and delivery.alternatives[1] then count "alternatives" end
  end
end

-- A policy that both engines load, or nil and the errors that both find in it.
local function load_in_both(text, seed)
  local ours, theirs = load_in(policy, text), load_in(oracle, text)
  local where = differs(ours.message, theirs.message, "message")
    or differs(ours.code, theirs.code, "code")
  if where then error(("%s\n-- seed %d\n%s"):format(where, seed, text), 0) end
  if ours.policy then return { ours = ours, theirs = theirs } end
  count("load: " .. ours.code)
  return nil, ours.message
end

-- Where the answers of two engines differ, or nil.
local function answers_differ(both, name, asked)
  local ours, theirs = both.ours, both.theirs
  local answer = returned(pcall(QUESTIONS[name], ours.policy, asked))
  local expected = returned(pcall(QUESTIONS[name], theirs.policy, asked))
  local where = differs(answer, expected, name) or differs(ours.seen, theirs.seen, name .. ": seen")
  for i = #ours.seen, 1, -1 do ours.seen[i], theirs.seen[i] = nil, nil end
  if not expected.ok then count "raised" end
  if name:find "^route" and expected.ok then count_deliveries(expected[1]) end
  return where
end

-- Asks both engines about one address.
local function ask(both, number, seed, text)
  local asked = new_question()
  local function put(name)
    local where = answers_differ(both, name, asked)
    if where then
      error(("%s\n-- seed %d\n%s\n%s"):format(where, seed, text, shown(asked)), 0)
    end
  end
  for _, name in ipairs(ALWAYS) do put(name) end
  for _, name in ipairs(IN_TURN[number % #IN_TURN + 1]) do put(name) end
end

-- What has to come up, if enough is asked: or chance does not reach what it should.
local REACHED = {
  "deliver", "pass", "extension", "also", "gateway", "alternatives", "address-length",
  "ask-failed", "ccmail-postoffice-missing", "connectors-down", "encapsulation-type",
  "expansion-limit", "list-empty", "policy-budget", "policy-defer", "policy-error",
  "policy-reject", "postoffice-unknown", "recipient-gone", "recipient-null", "recipient-unknown",
  "refused", "relay-denied", "route-loop", "route-missing", "type-unknown",
  "load: policy-invalid", "load: rewrite-not-injective", "load: route-loop",
}

-- What never came up.
local function missing()
  local list = {}
  for _, name in ipairs(REACHED) do
    if not tally[name] then list[#list + 1] = name end
  end
  return list
end

describe("the engine #host", function()
  it("answers as it always did", function()
    local loaded = 0
    for seed = 1, POLICIES do
      local both, text = policies.load(seed, function(text) return load_in_both(text, seed) end)
      if both then
        loaded = loaded + 1
        for number = 1, ADDRESSES do ask(both, number, seed, text) end
        both.ours.policy:close()
        both.theirs.policy:close()
      end
    end
    if os.getenv "POSTOFFICE_TALLY" then -- for whoever changes what is drawn
      for name, times in pairs(tally) do print(times, name) end
    end
    assert.is_true(loaded > POLICIES * 0.9, loaded .. " loaded")
    if POLICIES >= 800 then assert.same({}, missing()) end
  end)
end)
