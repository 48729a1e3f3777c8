--- Asking at once what many recipients wait for, and keeping answers for a while.
local helper = require "spec.helper"
local policies = require "spec.policies"
local policy = require "postoffice.policy"

local SOURCE = [[
domain "here.example" {}
recipient "Kim" { proxies = { "kim@here.example" } }
connector "out" { spaces = { "SMTP:*" } }
connector "other" { cost = 9, spaces = { "SMTP:*" } }
function on.recipient(address)
  if address.domain ~= "here.example" then return end
  local found = ask("crm", address.localpart)
  if found then return found end
end
function on.route(route)
  if ask("line", route.address.domain) then return "other" end
end
]]

local LINE = { far7 = true, ["far7.example"] = true }

local function load(ask, source)
  return assert(policy.load(source or SOURCE, { ask = ask, chunkname = "@policy.lua" }))
end

-- What answers many at once, and the keys of each time that it did.
local function answering(answers)
  local asked = {}
  local function many(keys)
    asked[#asked + 1] = table.concat(keys, " ")
    local found = {}
    for _, key in ipairs(keys) do found[key] = answers(key) end
    return found
  end
  return many, asked
end

local function far(key) return key .. "@" .. key .. ".example" end

local function recipients(count, prefix)
  local list = {}
  for i = 1, count do list[i] = (prefix or "far") .. i .. "@here.example" end
  return list
end

describe("recipients of one route", function()
  it("are asked together where the host answers many, and come in their order", function()
    local many, asked = answering(far)
    local lined, lines_asked = answering(function(key) return LINE[key] end)
    local p = load { crm = { many = many }, line = { many = lined } }
    local deliveries = p:route(recipients(50))
    assert.equal(50, #deliveries)
    for i, delivery in ipairs(deliveries) do
      assert.equal(("far%d@far%d.example"):format(i, i), delivery.wire)
      assert.equal(i == 7, delivery.connector == "other")
    end
    assert.equal(1, #asked)
    assert.equal(1, #lines_asked)
    assert.equal("far1 far2 far3", asked[1]:sub(1, 14))
    p:route(recipients(1))
    assert.equal("far1", asked[2])
    assert.equal(50, #p:resolve(recipients(50)))
    assert.equal(3, #asked)
  end)

  it("wait once for the host, which may yield", function()
    local p = load { crm = { many = function(keys) return coroutine.yield(#keys) end }, line = {} }
    local route = coroutine.wrap(function() return p:route(recipients(50)) end)
    assert.equal(50, route())
    local answers = {}
    for i = 1, 50 do answers["far" .. i] = far("far" .. i) end
    assert.equal(50, #route(answers))
  end)

  it("go on wave by wave, each question once", function()
    local many, asked = answering(function(key) return key ~= "x" and key or nil end)
    local p = load({ a = { many = many } }, [[
domain "here.example" {}
function on.recipient(address)
  local user, told = address.localpart, {}
  for letter in user:gmatch "." do told[#told + 1] = tostring(ask("a", letter)) end
  return reject(table.concat(told, " "))
end
]])
    local deliveries = p:route { "abc@here.example", "bx@here.example", "a@here.example" }
    local told = {}
    for i, delivery in ipairs(deliveries) do told[i] = delivery.message end
    assert.same({ "a b c", "b nil", "a" }, told)
    assert.same({ "a b", "x", "c" }, asked)
  end)

  it("are answered one by one where the host answers so, between those asked together", function()
    local order = {}
    local many, asked = answering(far)
    local p = load({
      crm = { many = many },
      line = function(key) order[#order + 1] = key; return LINE[key] end,
    })
    p:route(recipients(3))
    assert.same({ "far1 far2 far3" }, asked)
    assert.same({ "far1.example", "far2.example", "far3.example" }, order)
  end)

  it("are deferred each for itself where the host fails", function()
    for _, case in ipairs {
      { function() return nil, "ldap is down" end, "ldap is down", "ldap is down" },
      { function() error("no server", 0) end, "no server", "no server" },
      { function() return "far" end, "a table of answers by key", "a table of answers by key" },
      { function() end, "a table of answers by key", "a table of answers by key" },
      { function() return { far1 = far "far1" }, "timeout" end, nil, "timeout" },
      { function() return { far1 = far "far1" }, { far2 = "referral" } end, nil, "referral" },
      { function() return { far1 = io.stdout, far2 = far "far2" } end, "is a userdata", nil },
    } do
      local p = load { crm = { many = case[1] }, line = {} }
      for i, delivery in ipairs(p:route(recipients(2))) do
        local why = case[i + 1]
        assert.equal(why and "ask-failed" or nil, delivery.code)
        if why then assert.truthy(delivery.detail:find(why, 1, true), delivery.detail) end
      end
    end
    local p = load { crm = { many = function() return { far1 = far "far1" } end }, line = {} }
    assert.equal("recipient-unknown", p:route(recipients(2))[2].code)
  end)

  it("get their own answers, whatever the host does with the keys", function()
    local p = load { line = {}, crm = { many = function(keys)
      local found = {}
      for _, key in ipairs(keys) do found[key] = far(key) end
      table.sort(keys, function(a, b) return a > b end)
      table.remove(keys)
      return found
    end } }
    for i, delivery in ipairs(p:route(recipients(5))) do
      assert.equal(("far%d@far%d.example"):format(i, i), delivery.wire)
    end
  end)

  it("are deferred where answers come by place, as Redis has them, and not by key", function()
    local p = load { line = {}, crm = { negative_ttl = 60, many = function(keys)
      local found = {}
      for i, key in ipairs(keys) do found[i] = far(key) end
      return found
    end } }
    for _ = 1, 2 do
      for _, delivery in ipairs(p:route(recipients(2))) do
        assert.equal("ask-failed", delivery.code)
        assert.truthy(delivery.detail:find("by key", 1, true), delivery.detail)
      end
    end
  end)

  it("are described by known fields, or loading raises", function()
    local function many() end
    for _, case in ipairs {
      { { many = many, tll = 4 }, 'question crm: unknown field "tll"; a description holds ask' },
      { { many = many, ttl = "x" }, "question crm: ttl cannot be a string" },
      { { ask = many, many = {} }, "question crm: many cannot be a table" },
      { { ask = many, [1] = 1 }, 'unknown field "1"' },
      { 5, "question crm: a function or a table answers it, not a number" },
      { "pat@far.example", "question crm: a function or a table answers it, not a string" },
      { false, "question crm: a function or a table answers it, not a boolean" },
    } do
      local ok, message = pcall(function()
        local loaded = policy.load(SOURCE, { ask = { crm = case[1] } })
        return loaded
      end)
      assert.is_false(ok)
      assert.truthy(message:find(case[2], 1, true), message)
      assert.truthy(message:find("45-policy_many_spec", 1, true), message)
    end
  end)

  it("raise what the host is to blame for", function()
    local p = load { crm = { many = answering(far) }, line = {} }
    assert.error_matches(function() p:route({ "a@here.example", 17 }) end, "a recipient cannot be")
  end)

  it("have the answers that they have one after the other, whatever the policy", function()
    for seed = 1, helper.times(60) do
      local one = policies.load(seed + 3000000, function(text)
        return policy.load(text, { chunkname = policies.CHUNKNAME, ask = policies.asks(),
          include = policies.include, milliseconds = 60000, load_milliseconds = 60000 })
      end)
      local given = policies.asks()
      local together = policies.load(seed + 3000000, function(text)
        local described = {}
        for name in text:gmatch "ask%(['\"](%w+)['\"]" do
          described[name] = { many = function(keys)
            local answers, failures = {}, {}
            for _, key in ipairs(keys) do
              local source = given[name]
              if type(source) == "function" then answers[key], failures[key] = source(key)
              elseif source then answers[key] = source[key]
              else failures[key] = "nobody answers" end
            end
            return answers, failures
          end }
        end
        return policy.load(text, { chunkname = policies.CHUNKNAME, ask = described,
          include = policies.include, milliseconds = 60000, load_milliseconds = 60000 })
      end)
      for _ = 1, 10 do
        local to, envelope = {}, policies.envelope()
        for i = 1, 5 do to[i] = policies.recipient() end
        local expected, got = one:route(to, envelope), together:route(to, envelope)
        for _, list in ipairs { expected, got } do
          for _, delivery in ipairs(list) do delivery.detail = nil end
        end
        assert.equal(policy.json(expected), policy.json(got), "seed " .. seed)
      end
      one:close()
      together:close()
    end
  end)
end)

describe("answers", function()
  local clock, now = os.time, nil
  before_each(function()
    now = 1000
    os.time = function() return now end -- luacheck: ignore 122
  end)
  after_each(function() os.time = clock end) -- luacheck: ignore 122

  local function held(fields)
    local count = 0
    fields.ask = function(key)
      count = count + 1
      if key == "fails" then return nil, "down" end
      return key:find "^far" and far(key) or nil
    end
    local p = load { crm = fields, line = {} }
    return function(user, later)
      now = now + (later or 0)
      local before = count
      local delivery = p:route(user .. "@here.example", { now = 17 })[1] -- it came long ago
      return count - before, delivery.code or delivery.wire
    end, p
  end

  it("hold for as long as the host says, found and not found", function()
    local route = held { ttl = 60, negative_ttl = 5 }
    assert.same({ 1, "far1@far1.example" }, { route "far1" })
    assert.same({ 0, "far1@far1.example" }, { route("far1", 59) })
    assert.same({ 1, "far1@far1.example" }, { route("far1", 1) })
    assert.same({ 1, "recipient-unknown" }, { route "nobody" })
    assert.same({ 0, "recipient-unknown" }, { route("nobody", 4) })
    assert.same({ 1, "recipient-unknown" }, { route("nobody", 1) })
    for _ = 1, 2 do assert.same({ 1, "ask-failed" }, { route "fails" }) end
  end)

  it("do not hold unless the host says so", function()
    local route = held { ttl = 60 }
    assert.equal(1, (route "nobody"))
    assert.equal(1, (route "nobody"))
    route = held {}
    assert.equal(1, (route "far1"))
    assert.equal(1, (route "far1"))
  end)

  it("hold for a policy, until it is loaded again", function()
    local route, p = held { ttl = 60 }
    route "far1"
    local again = load(p.asks)
    assert.equal("far1@far1.example", again:route("far1@here.example")[1].wire)
    local asked = 0
    again = load { crm = { ttl = 60, ask = function() asked = asked + 1 end }, line = {} }
    again:route "far1@here.example"
    assert.equal(1, asked)
  end)

  it("that are asked together hold, too", function()
    local many, asked = answering(far)
    local p = load { crm = { many = many, ttl = 60 }, line = {} }
    p:route(recipients(3))
    p:route(recipients(4))
    assert.same({ "far1 far2 far3", "far4" }, asked)
  end)

  it("are bounded, however many are asked #long", function()
    local p = load { crm = { ttl = 1e9, ask = function() end, negative_ttl = 1e9 }, line = {} }
    for i = 1, 30000 do p:route(("u%d@here.example"):format(i)) end
    collectgarbage()
    collectgarbage()
    local before = collectgarbage "count"
    for i = 30001, 50000 do p:route(("u%d@here.example"):format(i)) end
    collectgarbage()
    collectgarbage()
    assert.is_true(collectgarbage "count" - before < 1024)
  end)
end)
