--- Guards: what a connector takes, by the sender and the size, and what becomes of the rest.
local core = require "postoffice.core"
local policy = require "postoffice.policy"

local function load(source) return assert(policy.load(source, { chunkname = "@policy.lua" })) end

-- What becomes of a message: the connector, or verdict, code and status.
local function outcome(p, envelope, to)
  local delivery = p:route(to or "joe@far.example", envelope)[1]
  assert.same(delivery, p:explain(to or "joe@far.example", envelope).deliveries[1])
  if delivery.verdict == "deliver" then return delivery.connector end
  return ("%s %s %s"):format(delivery.verdict, delivery.code, delivery.status)
end

local LARGE = "reject message-large 5.3.4"
local REFUSED = "reject sender-refused 5.7.1"
local MISSING = "defer fact-missing 4.3.5"
local DOWN = "defer connectors-down 4.4.1"
local LOOP = "reject route-loop 5.4.6"

describe("what guards refuse", function()
  it("is refused at once, never as an address without a space (Q160534)", function()
    local p = load [[
connector "small" { max_size = 1000, spaces = { "SMTP:*" } }
connector "ours"  { senders = { "SMTP:*@our.example" }, spaces = { "FAX:*" } }
]]
    assert.equal("small", outcome(p, { size = 1000 }))
    assert.equal(LARGE, outcome(p, { size = 1001 }))
    assert.equal("ours", outcome(p, { sender = "kim@our.example" }, "FAX:1"))
    assert.equal(REFUSED, outcome(p, { sender = "joe@far.example" }, "FAX:1"))
    assert.equal(REFUSED, outcome(p, { sender = "<>" }, "FAX:1"))
    assert.equal(REFUSED, outcome(p, { sender = "no address" }, "FAX:1"))
    local delivery = p:route("joe@far.example", { size = 1001 })[1]
    assert.equal("small has max_size = 1000, and the message has 1001 bytes", delivery.detail)
    assert.equal("policy.lua:1", delivery.rule)
    assert.same({}, { delivery.connector, delivery.nexthop })
  end)

  it("stays in its space: no vaguer one takes it, as none takes what is down (Q229961)", function()
    local source = [[
connector "scanner" { max_size = 1000, spaces = { "SMTP:*@far.example" } }
connector "any"     { spaces = { { "SMTP:*", cost = 5 } } }
]]
    local p = load(source)
    assert.equal(LARGE, outcome(p, { size = 1001 }))
    assert.equal(DOWN, outcome(p, { size = 999, down = { "scanner" } }))
    assert.equal(LARGE, outcome(p, { size = 1001, down = { "scanner" } })) -- it would not help
    assert.equal("any", outcome(p, { size = 1001 }, "joe@else.example"))
    p = load('settings { order = "cost" }' .. source) -- one pool of all
    assert.equal("any", outcome(p, { size = 1001 }))
    assert.equal("any", outcome(p, { size = 999, down = { "scanner" } }))
  end)

  it("goes to others of its space, be they dearer", function()
    local p = load [[
connector "small" { max_size = 1000, spaces = { "SMTP:*@far.example" } }
connector "large" { spaces = { { "SMTP:*@far.example", cost = 50 } } }
connector "any"   { spaces = { "SMTP:*" } }
]]
    assert.equal("small", outcome(p, { size = 1000 }))
    assert.equal("large", outcome(p, { size = 1001 }))
    assert.equal(DOWN, outcome(p, { size = 1001, down = { "large" } }))
    assert.equal(LARGE, outcome(p, { size = 1001, arrived_by = "large" }))
    assert.equal("large", outcome(p, { size = 1, arrived_by = "small" }))
    assert.same({ { connector = "large", cost = 50, space = "SMTP:*@far.example" } },
      p:route("joe@far.example", { size = 1000 })[1].alternatives)
    assert.same({}, p:route("joe@far.example", { size = 1001 })[1].alternatives)
  end)

  it("is told by what would help: to wait, a smaller message, another sender", function()
    local p = load [[
connector "a" { senders = { "SMTP:*@our.example" }, max_size = 9, spaces = { "SMTP:*" } }
connector "b" { max_size = 99, spaces = { "SMTP:*" } }
connector "c" { senders = { "<>" }, spaces = { "SMTP:*" } }
]]
    local stranger = "joe@far.example"
    assert.equal(LARGE, outcome(p, { sender = stranger, size = 100 }))
    assert.equal(DOWN, outcome(p, { sender = stranger, size = 90, down = { "b" } }))
    assert.equal(REFUSED, outcome(p, { sender = stranger, size = 90, arrived_by = "b" }))
    assert.equal("c", outcome(p, { sender = "", size = 100 }))
    assert.equal(LARGE, outcome(p, { sender = "", size = 100, arrived_by = "c" }))
    local q = load [[connector "b" { max_size = 99, spaces = { "SMTP:*" } }]]
    assert.equal(LOOP, outcome(q, { size = 9, arrived_by = "b" }))
  end)

  it("asks for the sender once a connector, whatever the patterns and recipients", function()
    local patterns, recipients = {}, {}
    for i = 1, 20 do
      patterns[i], recipients[i] = ('"NOTES:*%d/Org@X"'):format(i), ("r%d@far.example"):format(i)
    end
    local p = load(([[
connector "out" { senders = { %s }, spaces = { "SMTP:*" } }
]]):format(table.concat(patterns, ", ")))
    local canonical, made = core.canonical, 0
    core.canonical = function(address)
      made = made + 1
      return canonical(address)
    end
    local deliveries = p:route(recipients, { sender = "NOTES:Kim/Unit/Org@X" })
    core.canonical = canonical
    assert.same({ 20, "sender-refused" }, { #deliveries, deliveries[20].code })
    assert.equal(1, made)
  end)
end)

describe("a fact that the envelope lacks", function()
  local p = load [[
connector "small" { max_size = 1000, spaces = { "SMTP:*" } }
connector "sales" { senders = { "SMTP:*@sales.example", "<>" }, spaces = { { "FAX:*", cost = 1 } } }
connector "any"   { spaces = { { "SMTP:*", cost = 5 }, { "FAX:*", cost = 5 } } }
connector "both"  { senders = { "<>" }, max_size = 9, spaces = { "TELEX:*" } }
]]

  it("never refuses: what cannot be decided without it waits", function()
    assert.equal(MISSING, outcome(p))
    assert.equal(MISSING, outcome(p, {}))
    assert.equal(MISSING, outcome(p, { sender = "a@b.example" }))
    assert.equal(MISSING, outcome(p, { size = 1 }, "FAX:1"))
    assert.equal(MISSING, outcome(p, nil, "FAX:1"))
    local delivery = p:route("FAX:1")[1]
    assert.equal("sales needs the sender, which the envelope does not tell", delivery.detail)
    assert.equal("policy.lua:2", delivery.rule)
    assert.equal("small needs the size, which the envelope does not tell",
      p:route("joe@far.example")[1].detail)
  end)

  it("is named to whoever sends, too: in the delivery's message", function()
    local q = load [[
domain "our.example" {}
connector "small" { max_size = 9, spaces = { "SMTP:*@far.example" } }
connector "sales" { senders = { "<>" }, spaces = { "SMTP:*@sales.example" } }
connector "any"   { spaces = { "SMTP:*@any.example" } }
recipient "a" { proxies = { "SMTP:a@our.example" }, accept = { "SMTP:*@far.example" } }
recipient "r" { proxies = { "SMTP:r@our.example" }, reject = { "SMTP:*@far.example" } }
recipient "s" { proxies = { "SMTP:s@our.example" }, max_size = 9 }
function on.route(route)
  if route.connector == "any" then return route.address.localpart end
end
]]
    for to, fact in pairs {
      ["x@far.example"] = "size", ["x@sales.example"] = "sender", ["a@our.example"] = "sender",
      ["r@our.example"] = "sender", ["s@our.example"] = "size", ["small@any.example"] = "size",
      ["sales@any.example"] = "sender",
    } do
      assert.equal(MISSING, outcome(q, {}, to))
      assert.equal(("the message's %s is not told, and decides whether this address takes it; try"
        .. " again later"):format(fact), q:route(to)[1].message)
    end
  end)

  it("is neither <> nor 0", function()
    assert.equal("sales", outcome(p, { sender = "<>" }, "FAX:1"))
    assert.equal("sales", outcome(p, { sender = "" }, "FAX:1"))
    assert.equal("any", outcome(p, { sender = "a@b.example" }, "FAX:1"))
    assert.equal("small", outcome(p, { size = 0 }))
  end)

  it("is not asked for where nothing hangs on it", function()
    assert.equal("any", outcome(p, { down = { "small" } }))
    assert.equal("any", outcome(p, { arrived_by = "small" }))
    assert.equal(DOWN, outcome(p, { down = { "small", "any" } }))
    assert.equal(REFUSED, outcome(p, { sender = "a@b.example" }, "TELEX:1"))
    assert.equal(LARGE, outcome(p, { size = 10 }, "TELEX:1"))
    assert.equal(MISSING, outcome(p, { sender = "<>" }, "TELEX:1"))
    assert.equal(MISSING, outcome(p, { size = 9 }, "TELEX:1"))
    assert.equal("both", outcome(p, { size = 9, sender = "<>" }, "TELEX:1"))
    local q = load [[
settings { order = "cost" }
connector "cheap" { spaces = { "SMTP:*" } }
connector "small" { max_size = 9, spaces = { { "SMTP:*@far.example", cost = 2 } } }
]]
    assert.equal("cheap", outcome(q))
    assert.same({}, q:route("joe@far.example")[1].alternatives) -- it may be no alternative
    assert.equal("small", q:route("joe@far.example", { size = 9 })[1].alternatives[1].connector)
  end)

  it("is told of in the explanation", function()
    local text = tostring(p:explain "joe@far.example")
    assert.matches("- small by SMTP:*, needs the size, which the envelope does not tell", text, 1,
      true)
    assert.matches("- any by SMTP:*, costs 5, small costs 1", text, 1, true)
    assert.matches("Has to wait [fact-missing, 4.3.5]", text, 1, true)
  end)
end)

describe("what on.route chooses", function()
  local p = load [[
connector "line"   { nexthop = "n1", spaces = { "SMTP:*" } }
connector "second" { spaces = { { "SMTP:*", cost = 2 } } }
connector "secret" { senders = { "SMTP:*@our.example" }, max_size = 9,
  spaces = { "FAX:*" } }
connector "drained" { weight = 0, spaces = { "FAX:*" } }
function on.route(route)
  if route.address.localpart ~= "none" then return route.address.localpart end
end
]]
  local OURS = { sender = "kim@our.example", size = 1 }

  -- The step of an explanation that tells of on.route.
  local function told(to, envelope)
    for _, step in ipairs(p:explain(to, envelope).steps) do
      if step.text:find("^on%.route") then return step.text end
    end
  end

  it("gets nothing if it is drained", function()
    assert.equal(DOWN, outcome(p, OURS, "drained@far.example"))
    assert.equal("on.route chooses drained, which is drained, weight = 0",
      p:route("drained@far.example", OURS)[1].detail)
  end)

  it("is held to guards, and to what is down: nothing else takes its place", function()
    assert.equal("secret", outcome(p, OURS, "secret@far.example"))
    assert.equal(REFUSED, outcome(p, { sender = "a@b.example", size = 1 }, "secret@far.example"))
    assert.equal(LARGE, outcome(p, { sender = "kim@our.example", size = 10 }, "secret@far.example"))
    assert.equal(MISSING, outcome(p, { size = 1 }, "secret@far.example"))
    assert.equal(DOWN, outcome(p, { sender = "kim@our.example", size = 1, down = { "secret" } },
      "secret@far.example"))
    local delivery = p:route("secret@far.example", { sender = "a@b.example", size = 1 })[1]
    assert.equal("on.route chooses secret, which has senders, and the sender is none of them",
      delivery.detail)
    assert.equal("policy.lua:6", delivery.rule)
  end)

  it("is not what the message arrived by: then the choice stays as it was", function()
    local envelope = { sender = "kim@our.example", size = 1, arrived_by = "secret" }
    assert.equal("line", outcome(p, envelope, "secret@far.example"))
    assert.equal("second", p:route("secret@far.example", envelope)[1].alternatives[1].connector)
    assert.equal("on.route chooses secret, which is what the message arrived by:"
      .. " it stays with line", told("secret@far.example", envelope))
  end)

  it("is told of beside the choice that it overrules", function()
    assert.equal("on.route chooses secret rather than line", told("secret@far.example", OURS))
    assert.equal("on.route chooses line, too", told("line@far.example", OURS))
    assert.equal("SMTP:*", p:route("line@far.example", OURS)[1].space)
    assert.is_nil(p:route("second@far.example", OURS)[1].space)
    assert.equal("line", outcome(p, OURS, "none@far.example"))
    assert.equal("on.route: go on", told("none@far.example", OURS))
  end)

  it("leaves no other winner in the explanation, whether it can be used or not", function()
    local function winners(to, envelope)
      local list = {}
      for _, step in ipairs(p:explain(to, envelope).steps) do
        local candidate = step.candidate
        if candidate and candidate.wins then list[#list + 1] = candidate.connector end
        if candidate and candidate.connector == "line" then list.why = candidate.why end
        if step.text:find("^on.route chooses") then list.stage = step.stage end
      end
      return list
    end
    assert.same({ why = "on.route chooses secret", stage = "route" },
      winners("secret@far.example", OURS))
    assert.same({ why = "on.route chooses drained" }, winners("drained@far.example", OURS))
    assert.same({ "line", stage = "route" }, winners("line@far.example", OURS))
    assert.matches("- line by SMTP:*, on.route chooses secret",
      tostring(p:explain("secret@far.example", OURS)), 1, true)
    local q = load [[connector "line" { spaces = { "SMTP:*" } }
function on.route() return reject "no" end]]
    assert.matches("- line by SMTP:*, on.route decides: reject",
      tostring(q:explain "a@far.example"), 1, true)
  end)
end)
