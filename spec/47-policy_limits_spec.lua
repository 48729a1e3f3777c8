-- What a policy may cost its host: while it loads, and for one recipient.
local policy = require "postoffice.policy"
local matchers = require "postoffice.policy.pattern.matchers"

--- What loading `source` says.
local function complaint(source)
  local loaded, message = policy.load(source, { chunkname = "@policy.lua",
    load_milliseconds = 60000, memory = 64 * 2 ^ 20 })
  assert.is_nil(loaded, source)
  return message
end

local function begins(expected, message) assert.equal(expected, message:sub(1, #expected)) end

describe("a declaration #host", function()
  it("is short, and so are the messages about it", function()
    local x = ("x"):rep(64) .. "..."
    for _, case in ipairs {
      { "domain(('x'):rep(257)) {}",
        'domain "' .. x .. '" has a name of 257 bytes; 256 are the most' },
      { "rewrite(('x'):rep(1025)) { to = 'SMTP:a@b.example' }",
        'rewrite "' .. x .. '" has a name of 1025 bytes; 1024 are the most' },
      { "connector 'c' { spaces = { { ('x'):rep(1025) } } }",
        'connector "c": spaces has a text of 1025 bytes; 1024 are the most' },
      { "recipient 'r' { proxies = { 'a@b.example', ('x'):rep(2000) } }",
        'recipient "r": proxies has a text of 2000 bytes; 1024 are the most' },
      { "recipient 'r' { proxies = { 'a@b.example' }, target = ('x'):rep(2000) }",
        'recipient "r": target has a text of 2000 bytes; 1024 are the most' },
      { "domain 'a.example' { [('x'):rep(100000)] = 1 }",
        'domain "a.example": unknown field "' .. x .. '"; known: catchall, extension, kind,'
          .. " outbound, propagate, secrets, unwrap" },
      { "domain 'a.example' { catchall = ('x'):rep(100000), kind = ('x'):rep(1000) }",
        'domain "a.example": catchall has a text of 100000 bytes; 1024 are the most\n'
          .. 'policy.lua:1: domain "a.example": kind cannot be "' .. x
          .. '"; known: former, local, relay' },
      { "rewrite { match = { type = 'SMTP', domain = ('x'):rep(1025) }, to = 'SMTP:a@b.example' }",
        "rewrite: match domain: has 1025 bytes; a pattern has 1024 at most" },
    } do
      assert.equal("policy.lua:1: " .. case[2], complaint(case[1]))
    end
  end)

  it("may be wrong, but after twenty nobody reads on", function()
    local message = complaint [[
for i = 1, 1000 do connector("connector" .. i) { nexthop = "x", spaces = { "SMTP:*" } } end
for i = 1, 1000 do test("t" .. i) { to = "a@b.example", cost = 1, down = { "conector@" .. i } } end
]]
    assert.equal(20, select(2, message:gsub("\n", "")))
    assert.equal("there may be more; these are the first 20", message:match "[^\n]*$")
  end)

  it("of a post office is at most 64 away", function()
    local chain = [[
postoffice "p1" {}
for i = 2, %d do postoffice("p" .. i) { via = "p" .. (i - 1) } end]]
    local p = assert(policy.load(chain:format(64)))
    assert.equal(64, #p.compiled.postoffices.named.p64.path)
    assert.same({ "p1", "p2", "p3" }, p.compiled.postoffices.named.p3.path)
    assert.equal('policy.lua:2: postoffice "p65": via leads over more than 64 post offices; name'
      .. " one that is nearer to us", complaint(chain:format(65)))
    begins('policy.lua:2: postoffice "p65": via leads over', complaint(chain:format(20000)))
  end)

  it("of a rule that works both ways can be held against the others #long", function()
    local _, count = complaint([[
for i = 1, 1500 do
  rewrite("SMTP:{u}@{h}.a" .. i .. ".example") {
    to = "SMTP:{u}@{h}.b" .. i .. ".example", both = true,
  }
end]]):gsub("both: there are too many such rules", "")
    assert.equal(1, count) -- once, and those after it are not looked at
  end)
end)

describe("mail.matches", function()
  local function routed(body, options)
    local p = assert(policy.load("function on.recipient(a)\n" .. body .. "\nend", options))
    local delivery = p:route("joe@far.example")[1]
    p:close()
    return delivery
  end

  it("takes an address as long as one that is routed may be, and no longer one", function()
    assert.equal("route-missing", routed("mail.matches(('a'):rep(8192), 'SMTP:*')").code)
    local delivery = routed "mail.matches(('a'):rep(8193), 'SMTP:*')"
    assert.equal("policy-error", delivery.code)
    assert.matches("an address of 8193 bytes; 8192 are the most", delivery.detail, 1, true)
  end)

  it("is paid for by the script", function()
    for _, pattern in ipairs {
      "'SMTP:' .. ('\\\\a'):rep(500000)", "'SMTP:' .. ('*'):rep(1000000)",
    } do
      local call = ("mail.matches(a, %s)"):format(pattern)
      assert.equal("policy-budget", routed(call, { milliseconds = 60000 }).code)
      assert.equal("policy-error", routed(call,
        { instructions = 1e14, memory = 64 * 2 ^ 20 }).code)
    end
    for _, loop in ipairs {
      "local t = ('a'):rep(8000) for _ = 1, 1000 do mail.matches(t, 'SMTP:*') end",
      "a = { type = 'FAX', value = ('a'):rep(8000) }"
        .. " for _ = 1, 1000 do mail.matches(a, 'FAX:*b*') end",
      "local i = 0 while true do i = i + 1 mail.matches(a, 'SMTP:{u}.' .. i .. '@b.example') end",
    } do
      assert.equal("policy-budget", routed(loop, { milliseconds = 60000 }).code, loop)
      assert.equal("policy-deadline", routed(loop:gsub("1, 1000 do", "1, 1e9 do"),
        { instructions = 1e14, memory = 64 * 2 ^ 20 }).code, loop)
    end
  end)

  it("reads patterns of an address's length", function()
    assert.equal('policy:2: mail.matches: the pattern "SMTP:' .. ("x"):rep(59) .. '..." has 1025'
      .. " bytes; a pattern has 1024 at most",
      routed("mail.matches(a, 'SMTP:' .. ('x'):rep(1025))").detail)
  end)

  -- Reads `count` patterns twice; how many of the second time were kept.
  local function kept_of(count, cache)
    local first, kept = {}, 0
    for round = 1, 2 do
      for i = 1, count do
        local text = ("SMTP:{user}@d%d.example"):format(i)
        local matcher = assert(matchers.cached(cache, text))
        assert.equal(i == 7, matchers.matches("joe@d7.example", matcher) ~= false)
        if round == 2 and rawequal(matcher, first[i]) then kept = kept + 1 end
        first[i] = matcher
      end
    end
    return kept
  end

  it("keeps as many patterns as a policy has", function()
    assert.equal(3000, kept_of(3000, matchers.cache(16 * 2 ^ 20)))
  end)

  it("keeps what it has read within the memory that the script may use", function()
    collectgarbage() collectgarbage()
    local before, cache = collectgarbage "count", matchers.cache(2 ^ 20)
    assert.equal(0, kept_of(2000, cache))
    collectgarbage() collectgarbage()
    assert.is_true(collectgarbage "count" - before < 2 * 1024)
    assert.truthy(next(cache.new))
  end)
end)

describe("a recipient's budget #host", function()
  local SOURCE = [[
connector "out" { nexthop = "x", spaces = { "SMTP:*" } }
function on.recipient(address)
  if address.localpart ~= "all" then return nil end
  local list = {}
  for i = 1, %d do list[i] = "member" .. i .. "@far.example" end
  return list
end
function on.%s() %s end]]

  local function codes(deliveries)
    local count = {}
    for _, delivery in ipairs(deliveries) do
      local code = delivery.code or delivery.verdict
      count[code] = (count[code] or 0) + 1
    end
    return count
  end

  it("is one for it and for all of its deliveries", function()
    local spends = SOURCE:format(900, "route", "for i = 1, 100000 do local _ = i end")
    local p = assert(policy.load(spends, { milliseconds = 60000 }))
    local count = codes(p:route { "all@near.example", "joe@far.example" })
    assert.is_true(count["policy-budget"] > 880)
    assert.equal(901, count.deliver + count["policy-budget"])
    assert.equal("deliver", p:route("joe@far.example")[1].verdict)
    p:close()
    p = assert(policy.load(SOURCE:format(900, "route", "while true do end"),
      { instructions = 1e14, milliseconds = 50 }))
    assert.same({ ["policy-deadline"] = 900 }, codes(p:route "all@near.example"))
  end)

  it("is enough for an honest list", function()
    local p = assert(policy.load(SOURCE:format(1000, "delivery",
      "for i = 1, 10 do local _ = ('x'):rep(i) end"), { milliseconds = 60000 }))
    assert.same({ deliver = 1000 }, codes(p:route "all@near.example"))
  end)

  it("grows with the members of a declared list, each by its share", function()
    local function declared(count, body)
      return assert(policy.load(([[
connector "out" { nexthop = "x", spaces = { "SMTP:*" } }
local members = {}
for i = 1, %d do members[i] = "SMTP:member" .. i .. "@far.example" end
list "All" { proxies = { "all@near.example" }, members = members }
rewrite "SMTP:*@far.example" { to = function() for i = 1, 1000 do local _ = i end end }
function on.delivery() %s end]]):format(count, body), { milliseconds = 60000 }))
    end
    local p = declared(2000, "for i = 1, 1000 do local _ = i end")
    assert.same({ deliver = 2000 }, codes(p:route "all@near.example"))
    p = declared(20, "while true do end")
    assert.same({ ["policy-budget"] = 20 }, codes(p:route "all@near.example"))
  end)

  it("is whole again for each routing of what was resolved", function()
    local p = assert(policy.load(SOURCE:format(2, "route", "for i = 1, 100000 do local _ = i end"),
      { milliseconds = 60000 }))
    local items = p:resolve "all@near.example"
    for _ = 1, 20 do assert.same({ deliver = 2 }, codes(p:route(items))) end
  end)
end)

describe("what a script makes the host do #host", function()
  local SOURCE = [[
    connector "out" { speaks = "SMTP", nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
    local list = {}
    for i = 1, %d do list[i] = "u" .. i .. "@b.example" end
    ]]
  local EVENT = "function on.recipient() return list end"
  local AGAIN = [[rewrite {
    match = function() return true end, again = true, to = function() return list end,
  }]]

  local function count(source, options)
    local p = assert(policy.load(source, options or { milliseconds = 60000 }))
    local deliveries = p:route "a@b.example"
    p:close()
    return #deliveries, deliveries[1].code, deliveries[1].detail
  end

  it("is bounded before it is done: addresses that a function returns", function()
    assert.equal(9000, (count(SOURCE:format(9000) .. EVENT)))
    local limited = "settings { max_recipients = 1000 }\n" .. SOURCE
    assert.equal(1000, (count(limited:format(1000) .. EVENT)))
    for _, body in ipairs { EVENT, AGAIN } do
      for source, why in pairs {
        [SOURCE:format(10001)] = "10001 addresses, for which the script's instructions do not"
          .. " suffice; raise the option instructions by 100 for each",
        [limited:format(1001)] = "1001 addresses; max_recipients allows 1000",
        [limited:format(60000)] = "60000 addresses; max_recipients allows 1000",
      } do
        local deliveries, code, detail = count(source .. body)
        assert.same({ 1, "expansion-limit" }, { deliveries, code })
        assert.truthy(detail:find(why, 1, true), detail)
      end
    end
  end)

  it("is charged: a list returned again and again", function()
    local p = assert(policy.load(SOURCE:format(1000) .. AGAIN, { milliseconds = 60000 }))
    local codes = {}
    for _, delivery in ipairs(p:route "a@b.example") do codes[delivery.code or ""] = true end
    assert.truthy(codes["expansion-limit"])
  end)

  it("does not grow with the host's list of what is down", function()
    local down = { "OUT", "no such connector" }
    for i = 1, 100000 do down[i + 2] = "connector " .. i end
    local p = assert(policy.load [[
      connector "out" { speaks = "SMTP", nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
      function on.recipient(address, envelope)
        return reject(table.concat(envelope.down, " "), "5.7.1")
      end]])
    assert.equal("out", p:route("a@b.example", { down = down })[1].message)
    p:close()
  end)
end)
