local domains = require "postoffice.policy.compile.domains"
local patience = require "postoffice.policy.prove.patience"
local pipeline = require "postoffice.policy.route.pipeline"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"
local senders = require "postoffice.policy.compile.senders"

local function load(source)
  return assert(policy.load(source, { chunkname = "@policy.lua" }))
end

local SITE = [[
domain "here.example" {}
recipient "Kim" { proxies = { "kim@here.example" } }
list "All" { proxies = { "all@here.example" }, members = { "Kim", "SMTP:joe@away.example" } }
connector "out" { nexthop = "smarthost", spaces = { { "SMTP:*", cost = 2 } } }
]]

--- The first failure of a policy with this test, or nil.
local function failure(test)
  return load(SITE .. test):test().failures[1]
end

describe("a policy's tests", function()
  it("hold a delivery against what is expected of it", function()
    for _, test in ipairs {
      [[{ to = "kim@here.example", verdict = "deliver", entry = "Kim",
        address = "KIM@here.example" }]],
      [[{ to = "x@away.example", connector = "out", nexthop = "smarthost", cost = 2,
        space = "SMTP:*" }]],
      [[{ to = "x@here.example", verdict = "reject", code = "recipient-unknown",
        status = "5.1.1" }]],
      [[{ to = "x@away.example", from = "<>", sender = "<>" }]],
      [[{ to = "x@away.example", down = { "out" }, verdict = "defer" }]],
      [[{ to = "x@away.example", arrived_by = "out", code = "route-loop" }]],
      [[{ to = "all@here.example", deliveries = { { entry = "Kim" }, { connector = "out" } } }]],
      [[{ to = "all@here.example", deliveries = { {}, {} } }]],
      [[{ to = "kim@here.example", member = false, path = {}, via = {} }]],
    } do
      local found = failure("test 't' " .. test)
      assert.is_nil(found, found and found.field .. " " .. found.got)
    end
  end)

  it("fail with what was expected, what came, and why", function()
    local found = failure [[test "who" { to = "x@away.example", entry = "Kim", connector = "in" }]]
    assert.same({ "who", "policy.lua", 5, "connector", "in", "out" },
      { found.name, found.file, found.line, found.field, found.expected, found.got })
    assert.truthy(tostring(found.explanation):find("Goes to smarthost", 1, true))
    found = failure [[test "none" { to = "kim@here.example", connector = "out" }]]
    assert.equal("nothing", found.got)
    found = failure [[test "address" { to = "x@away.example", address = "SMTP:y@away.example" }]]
    assert.same({ "SMTP:y@away.example", "SMTP:x@away.example" }, { found.expected, found.got })
    found = failure [[test "down" { to = "all@here.example", down = { "out" },
      deliveries = { { via = { "All" } }, { member = false } } }]]
    assert.same({ "member", "false", "true" }, { found.field, found.expected, found.got })
    found = failure [[test "via" { to = "all@here.example", deliveries = { { via = {} }, {} } }]]
    assert.same({ "via", "{  }", "{ All }" }, { found.field, found.expected, found.got })
    found = failure [[test "path" { to = "x@away.example", path = { "HQ" } }]]
    assert.same({ "{ HQ }", "{  }" }, { found.expected, found.got })
    found = failure [[test "many" { to = "all@here.example", entry = "Kim" }]]
    assert.same({ "deliveries", "one; write deliveries = { ... } for more", "2" },
      { found.field, found.expected, found.got })
    found = failure [[test "few" { to = "all@here.example", deliveries = { { entry = "Kim" } } }]]
    assert.same({ "deliveries", "1", "2" }, { found.field, found.expected, found.got })
  end)

  it("that expect nothing, or what cannot be, do not load", function()
    local expectable = "; a test can expect: address, code, connector, cost, entry, extension,"
      .. " final, member, message, nexthop, path, sender and 4 more"
    for test, message in pairs {
      [ [[{ to = "x@away.example" }]] ] =
        ' expects nothing; add what has to come, such as verdict = "deliver"' .. expectable,
      [ [[{ to = "x@away.example", address = "not an address" }]] ] =
        ': address "not an address" is no address: ' .. select(2,
          postoffice.parse "not an address"),
      [ [[{ to = "x@away.example", deliveries = { { final = "x@y at z" } } }]] ] =
        ': deliveries.final "x@y at z" is no address: ' .. select(2, postoffice.parse "x@y at z"),
      [ [[{ to = "x@away.example", from = "a@b.example", sender = "nobody" }]] ] =
        ': sender "nobody" is no address: ' .. select(2, postoffice.parse "nobody"),
    } do
      local none, said = policy.load(SITE .. 'test "t" ' .. test, { chunkname = "@policy.lua" })
      assert.is_nil(none, test)
      assert.equal('policy.lua:5: test "t"' .. message, said)
    end
  end)

  it("are counted, and tell what they did not reach", function()
    local results = load(SITE .. [[
test "one" { to = "kim@here.example", entry = "Kim" }
test "two" { to = "kim@here.example", entry = "Joe" }
]]):test()
    assert.same({ 1, 1, 4 }, { results.passed, results.failed, results.rules })
    assert.equal('policy.lua:6: test "two": entry: expected Joe, got Kim\n1 passed, 1 failed',
      tostring(results))
    local uncovered = {}
    for i, rule in ipairs(results.uncovered) do uncovered[i] = rule.where .. " " .. rule.title end
    assert.same({ 'policy.lua:3 list "All"', 'policy.lua:4 connector "out"' }, uncovered)
  end)

  it("reach a rewrite whose function decides, whatever it answers", function()
    for _, answer in ipairs {
      'defer("later", "4.4.1")', 'reject "no"', "pass()", "{}", '"broken@"', "nil .. 1",
      'mail.parse "x@away.example"', "{ 'x@away.example', 'y@away.example' }",
    } do
      local results = load(SITE .. [[
rewrite "SMTP:{u}@old.example" { to = function() return ]] .. answer .. [[ end }
test "one" { to = "x@old.example", from = "<>", verdict = "deliver" }
]]):test()
      for _, rule in ipairs(results.uncovered) do
        assert.not_matches("rewrite", rule.title, answer)
      end
    end
  end)

  it("take one of many mailboxes for all of them, but not for what does something else", function()
    local lines = { 'domain "here.example" {}' }
    for i = 1, 2000 do
      lines[#lines + 1] = ('recipient "%d" { proxies = { "r%d@here.example" } }'):format(i, i)
    end
    lines[#lines + 1] = 'recipient "F" { proxies = { "f@here.example" }, target = "2" }'
    lines[#lines + 1] = 'recipient "A" { proxies = { "a@here.example" }, accept = { "2" } }'
    local text = table.concat(lines, "\n")
    local function told(tests)
      local results = load(text .. tests):test()
      local list = { results.rules }
      for _, rule in ipairs(results.uncovered) do list[#list + 1] = rule.title end
      for _, sum in ipairs(results.entries) do
        list[#list + 1] = ("%s %s %d of %d"):format(sum.where, sum.title, sum.reached, sum.entries)
      end
      return list
    end
    local OTHERS = { 'recipient "F"', 'recipient "A"' }
    assert.same({ 4, 'domain "here.example"', "2000 mailboxes", OTHERS[1], OTHERS[2],
      "policy.lua:2 2000 mailboxes 0 of 2000" }, told "")
    assert.same({ 4, OTHERS[1], OTHERS[2], "policy.lua:2 2000 mailboxes 2 of 2000" },
      told [[ test "1" { to = "r1@here.example", entry = "1" }
        test "2" { to = "r2@here.example", entry = "2" }
        test "3" { to = "r3@here.example+", code = "recipient-unknown" }
        test "4" { to = "x@here.example", code = "recipient-unknown" }]])
  end)

  it("ask for none of a drained connector, which no mail reaches", function()
    local results = load [[
connector "old" { nexthop = "a", weight = 0, spaces = { "SMTP:*" } }
connector "new" { nexthop = "b", weight = 1, spaces = { "SMTP:*" } }
connector "far" { nexthop = "c", spaces = { "FAX:*" } }
test "one" { to = "kim@far.example", connector = "new" }
]]:test()
    assert.same({ 2, "far" }, { results.rules, results.uncovered[1].title:match '"(.*)"' })
    assert.equal(1, #results.uncovered)
  end)

  it("have an end together, as the check of all entries and domains has", function()
    local source = { "function on.recipient(a) while true do end end" }
    for i = 1, 20 do
      source[#source + 1] = ("domain 'd%d.example' {}\n"
        .. "recipient 'r%d' { proxies = { 'r%d@d%d.example' }, target = 'FAX:%d' }\n"
        .. "test 't%d' { to = 'a@b.example', verdict = 'deliver' }"):format(i, i, i, i, i, i)
    end
    local p = assert(policy.load(table.concat(source, "\n"),
      { load_milliseconds = 50, milliseconds = 50, instructions = 1e12 }))
    local results = p:test()
    assert.equal(20, results.failed)
    assert.equal("verdict", results.failures[1].field)
    assert.equal("time", results.failures[20].field)
    assert.matches("more than 5 times load_milliseconds", results.failures[20].explanation, 1, true)
    local unfinished = 0
    for _, finding in ipairs(p:check()) do
      if finding.code == "check-unfinished" then unfinished = unfinished + 1 end
    end
    assert.is_true(unfinished >= 2) -- entries and domains; on a slow machine what is before them, too
    p:close()
  end)

  it("may be none", function()
    local results = load(SITE):test()
    assert.same({ 0, 0 }, { results.passed, results.failed })
  end)
end)

describe("the check of connectors", function()
  -- A policy of so many connectors, each with a type of its own, domains and rules.
  local function many(count)
    local source, spaces = {}, {}
    for i = 1, count do
      spaces[i] = ('"MS:N%d/PO"'):format(i)
      source[i] = ([[
connector "c%d" { speaks = "T%d", spaces = { "T%d:*" } } domain "MS:N%d" {}
rewrite_sender "T%d:{u}" { to = "SMTP:{u}@here.example", by = { "c%d" } }
]]):format(i, i, i, i, i, i)
    end
    return load(table.concat(source) .. ('connector "ms" { speaks = "MS", spaces = { %s } }')
      :format(table.concat(spaces, ", ")))
  end

  -- How often the check asks for all of something.
  local function asked(count, module, name)
    local all, times, p = module[name], 0, many(count)
    module[name] = function(...)
      times = times + 1
      return all(...)
    end
    p:check()
    module[name] = all
    p:close()
    return times
  end

  it("goes through domains and rules once for all of them", function()
    for _, case in ipairs { { domains, "all" }, { senders, "one_way" }, { senders, "both" } } do
      assert.equal(asked(2, case[1], case[2]), asked(8, case[1], case[2]), case[2])
    end
  end)

  it("has an end, and says so", function()
    local p, is_over, asks, found = many(8), patience.is_over, 0, {}
    patience.is_over = function()
      asks = asks + 1
      return asks > 3
    end
    for _, finding in ipairs(p:check()) do
      if finding.code == "check-unfinished" then found[#found + 1] = finding.title end
    end
    patience.is_over = is_over
    p:close()
    -- the spaces of three; of the senders, and of the domains, none
    assert.same({ 'connector "c1"', 'domain "MS:N1"', 'connector "c4"' }, found)
  end)
end)

describe("the check of entries", function()
  it("has an end within each", function()
    local members = {}
    for i = 1, 50 do members[i] = ("'FAX:%d'"):format(i) end
    local p = load(("list 'L' { proxies = { 'l@here.example' }, members = { %s } }"):format(
      table.concat(members, ", ")))
    local deliver, is_over, delivered = pipeline.deliver, patience.is_over, 0
    pipeline.deliver = function(...)
      delivered = delivered + 1
      return deliver(...)
    end
    patience.is_over = function() return delivered >= 5 end
    local findings = p:check()
    pipeline.deliver, patience.is_over = deliver, is_over
    assert.equal(5, delivered)
    local unfinished = 0
    for _, finding in ipairs(findings) do
      if finding.code == "check-unfinished" then unfinished = unfinished + 1 end
    end
    assert.equal(1, unfinished)
    p:close()
  end)
end)
