local core = require "postoffice.core"
local policy = require "postoffice.policy"

local exchange = assert(policy.loadfile "lua/postoffice/examples/q184994-exchange.lua")

--- The last paragraph of an explanation, as one line.
local function closing(text)
  return (text:match "\n\n(.*)$":gsub("\n", " "))
end

describe("explain", function()
  it("ends in one plain sentence", function()
    local cases = {
      ["[ccmail:user@domain at internet]"] = "Goes to HQ by connector ccmail at cost 1 as"
        .. " CCMAIL:user@domain at internet; the gateway at internet sends it on to user@domain.",
      ["joe@partner.example"] = "Goes to smtp:[192.0.2.7]:25 by connector partner-line at cost 1"
        .. " as SMTP:joe@partner.example.",
      ["klee@exchange.example"] = "Is delivered here to Kim Lee as SMTP:kim.lee@exchange.example.",
      ["nobody@exchange.example"] = "Is rejected [recipient-unknown, 5.1.1]: nobody here has this"
        .. " address (exchange.example is local and has no nobody).",
      ["[ccmail:user@domain at internt]"] = "Is rejected [postoffice-unknown, 5.1.2]: no post"
        .. ' office has this name; check its spelling (post office "internt" is not declared;'
        .. ' declared: EXCHANGE, HQ, internet; declare it: postoffice "internt" { via = "..." }).',
    }
    for address, sentence in pairs(cases) do
      local explanation = exchange:explain(address)
      assert.equal(sentence, explanation.sentence)
      assert.equal(sentence, closing(tostring(explanation)))
    end
  end)

  it("shows every stage, with file and line", function()
    assert.equal([[
address     [ccmail:user@domain at internet]
1 parse     CCMAIL:user@domain at internet
2 unwrap    nothing is encapsulated in it
3 recipient on.recipient: go on (q184994-exchange.lua:52)
4 resolve   nobody here has it, no rewrite matches
            post office internet lies behind HQ, a gateway to SMTP
            (q184994-exchange.lua:29)
5 route     + ccmail by CCMAIL:*, cost 1 (q184994-exchange.lua:14)
6 hand over CCMAIL:user@domain at internet to HQ (q184994-exchange.lua:14)
]], (tostring(exchange:explain "[ccmail:user@domain at internet]"):gsub("revision.*", "")))
  end)

  it("says whose an address of the directory is", function()
    local text = tostring(exchange:explain "klee@exchange.example"):gsub("%s+", " ")
    assert.matches("the directory has SMTP:klee@exchange.example: Kim Lee", text, 1, true)
  end)

  it("names the rewrite whose function refuses an address or lets it wait", function()
    local p = assert(policy.load([[
rewrite { match = function() end, to = "SMTP:x@d.example" }
rewrite "SMTP:{u}@a.example" { to = function() return defer("later", "4.4.1") end }
rewrite { match = function() return true end, to = function() return reject "no" end }
]], { chunkname = "@policy.lua" }))
    local PASSED_OVER = "4 resolve   rewrite by function does not match (policy.lua:1)\n"
      .. (" "):rep(12)
    for address, told in pairs {
      ["x@a.example"] = "rewrite SMTP:{u}@a.example: defer (policy.lua:2)",
      ["x@b.example"] = "rewrite by function: reject (policy.lua:3)",
    } do
      assert.matches(PASSED_OVER .. told, tostring(p:explain(address)), 1, true)
    end
  end)

  it("says why nothing is taken out of what begins as a carrier does", function()
    local p = assert(policy.load([[domain "here.example" { unwrap = { "EX" } }]],
      { chunkname = "@policy.lua" }))
    for localpart, told in pairs {
      ["IMCEAEX-_o=a.b"] = "what is in it cannot be read: " .. core.message "imcea-character"
        .. " (imcea-character) (policy.lua:1)",
      ["IMCEAEX-_o=a+2"] = "what is in it cannot be read: " .. core.message "imcea-escape"
        .. " (imcea-escape) (policy.lua:1)",
      ["IMCEACCMAIL-Kim+20at+20HQ"] = "CCMAIL:Kim at HQ stays in its shell: unwrap of here.example"
        .. " does not list CCMAIL (policy.lua:1)",
      ["IMCEA"] = "nothing is encapsulated in it", ["imceabc"] = "nothing is encapsulated in it",
    } do
      local text = tostring(p:explain(localpart .. "@here.example")):gsub("%s+", " ")
      assert.matches("2 unwrap " .. told .. " 4 resolve", text, 1, true)
    end
  end)

  it("says of each candidate why it lost", function()
    local explanation = exchange:explain("joe@partner.example", { down = { "partner-line" } })
    local why = {}
    for _, step in ipairs(explanation.steps) do
      local candidate = step.candidate
      if candidate then why[#why + 1] = { candidate.connector, candidate.space, candidate.wins,
        candidate.why } end
    end
    assert.same({
      { "partner-line", "SMTP:*@partner.example", false, "is down" },
      { "ccmail-internet", "SMTP:*@partner.example", true },
      { "ccmail-internet", "SMTP:*", false, "fewer literal characters" },
    }, why)
  end)

  it("knows why: class, literals, cost, guard, hash, arrival", function()
    local p = assert(policy.load [[
connector "exact" { spaces = { "SMTP:a@b.example" } }
connector "wild"  { spaces = { { "SMTP:*@b.example", cost = 3 } } }
connector "less"  { spaces = { "SMTP:*" } }
connector "dear"  { spaces = { { "SMTP:*", cost = 9 } } }
connector "same"  { spaces = { "SMTP:*" } }
connector "guard" { max_size = 10, spaces = { "SMTP:*" } }
connector "blank" { spaces = { "SMTP:" } }
]])
    local function why(address, envelope)
      local list = {}
      for _, step in ipairs(p:explain(address, envelope).steps) do
        if step.candidate then list[step.candidate.connector] = step.candidate.why or "wins" end
      end
      return list
    end
    local list = why("a@b.example", { size = 99 })
    assert.equal("wins", list.exact)
    assert.equal("wildcard is vaguer than exact", list.wild)
    assert.equal("blank is vaguer than exact", list.blank)
    list = why("x@c.example", { size = 99 })
    assert.equal("has max_size = 10, and the message has 99 bytes", list.guard)
    local winner = list.less == "wins" and "less" or "same"
    assert.equal("costs 9, " .. winner .. " costs 1", list.dear)
    assert.equal("costs the same; the address's hash chose",
      list[winner == "less" and "same" or "less"])
    list = why("x@c.example", { size = 9, arrived_by = "dear" })
    assert.equal("wins", list.guard)
    assert.equal("a guarded connector goes first", list.less)
    assert.equal("is what the message arrived by", list.dear)
  end)

  it("tells of every delivery of a list", function()
    local text = tostring(exchange:explain "sales@exchange.example")
    assert.equal("Becomes 3 deliveries.", text:match "Becomes[^\n]*")
    assert.truthy(text:find("Sales is a list of 3", 1, true))
    assert.truthy(text:find("Kim Lee: Is delivered here to Kim Lee", 1, true))
  end)

  it("fits a terminal", function()
    local long = ("x"):rep(40)
    for _, address in ipairs {
      "[ccmail:user@domain at internet]", "sales@exchange.example", "nobody@exchange.example",
        "", "a@b..c",
      "IMCEAEX-_o=Old_ou=Site_cn=Recipients_cn=KLEE@namprd13.prod.outlook.com",
      "IMCEACCMAIL-user+40domain+20at+20internet@exchange.example",
      ("%s@%s.example"):format(long, long:sub(1, 20)), "klee@old.example",
    } do
      for line in tostring(exchange:explain(address)):gmatch "[^\n]+" do
        assert.is_true(#line <= 80, line)
      end
    end
  end)

  it("shows control characters harmlessly", function()
    local text = tostring(exchange:explain "a\27[31m\r\n@b.example")
    assert.is_nil(text:gsub("\n", ""):find "%c")
  end)

  it("is a table of plain values", function()
    local explanation = exchange:explain "klee@exchange.example"
    assert.equal("klee@exchange.example", explanation.recipient)
    assert.equal(exchange.revision, explanation.revision)
    assert.equal("Kim Lee", explanation.deliveries[1].entry)
    assert.equal(explanation.steps, explanation.steps)
    assert.is_nil(explanation.nothing)
    local function plain(value, depth)
      assert.is_true(depth < 8)
      if type(value) ~= "table" then
        assert.truthy(({ string = true, number = true, boolean = true })[type(value)], type(value))
        return
      end
      for key, item in pairs(value) do
        plain(key, depth + 1)
        plain(item, depth + 1)
      end
    end
    plain(explanation, 0)
  end)
end)

describe("an event that returns nil", function()
  it("has its line, each in its stage", function()
    local p = assert(policy.load([[
connector "out" { spaces = { "SMTP:*" } }
function on.recipient() end
function on.route() end
function on.delivery(delivery) return delivery end]], { chunkname = "@policy.lua" }))
    local lines = {}
    for _, step in ipairs(p:explain("a@far.example").steps) do
      if step.text:find("^on%.") then lines[#lines + 1] = step.stage .. " " .. step.text .. " "
        .. step.rule end
    end
    assert.same({
      "recipient on.recipient: go on policy.lua:2", "route on.route: go on policy.lua:3",
      "handover on.delivery: go on policy.lua:4",
    }, lines)
  end)
end)

describe("what an explanation tells", function()
  local SOURCE = [[
    connector "out" { nexthop = "smarthost", spaces = { "SMTP:*" } }
    connector "dear" { spaces = { { "SMTP:*", cost = 5 } } }
    recipient "Away" { proxies = { "SMTP:away@old.example" }, target = "SMTP:lee@far.example" }
    rewrite "SMTP:{u}@turned.example" { to = "SMTP:{u}@made.example" }
    function on.recipient(address) ask("crm", address.localpart) end]]
  local TEXTS = {
    "Kim Lee <kim@far.example>", "away@old.example", "ann@turned.example", "CCMAIL:Lee at HQ",
    "no address", core.parse "kim@far.example",
  }

  local function load() return assert(policy.load(SOURCE, { ask = { crm = { away = "x" } } })) end

  -- Changes all tables below a value.
  local function spoil(value)
    for key, item in pairs(value) do
      if type(item) == "table" then spoil(item) else value[key] = "spoilt" end
    end
  end

  it("is what happened, whoever reads it when", function()
    for _, given in ipairs(TEXTS) do
      local p = load()
      local now, later = p:explain(given), p:explain(given)
      local steps, text, sentence = now.steps, tostring(now), now.sentence
      assert.equal(text, tostring(later))
      assert.equal(sentence, later.sentence)
      p:close()
      spoil(later.deliveries)
      assert.same(steps, later.steps)
      assert.truthy(#steps >= 1)
      for _, step in ipairs(steps) do assert.truthy(step.text and step.stage) end
    end
  end)

  it("is the address as it was read", function()
    local explanation = load():explain "Kim Lee <kim@far.example>"
    assert.same(core.parse "Kim Lee <kim@far.example>", explanation.steps[1].address)
  end)

  it("is there for pairs, where Lua asks", function()
    local names = {}
    for name in pairs(load():explain "kim@far.example") do names[name] = true end
    local is_asked = _VERSION ~= "Lua 5.1"
    assert.same({
      recipient = true, deliveries = true, revision = true, steps = is_asked or nil,
      sentence = is_asked or nil,
    }, names)
  end)
end)

describe("an explanation of something long", function()
  local p = assert(policy.load([[
    connector "out" { speaks = "SMTP", nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
    function on.recipient() ask("crm", ("k"):rep(60000)) end]],
    { ask = { crm = function() return ("v"):rep(1000000) end } }))

  it("shows an address whole, in lines", function()
    local address = ("a"):rep(200000) .. "@b.example"
    local text = tostring(p:explain(address))
    assert.truthy(text:gsub("[ \n]", ""):find(address, 1, true))
    for line in text:gmatch "[^\n]+" do assert.truthy(#line <= 80, line) end
  end)

  it("cuts questions and answers", function()
    assert.truthy(#tostring(p:explain "a@b.example") < 2000)
  end)
end)
