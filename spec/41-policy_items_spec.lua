--- What `resolve` returned is routed again, by the same policy or a later one, as often as one likes.
local helper = require "spec.helper"
local policy = require "postoffice.policy"

local SOURCE = [[
domain "here.example" {}
recipient "Kim" { proxies = { "kim@here.example" } }
recipient "Own" { proxies = { "own@here.example" } }
list "Team" { proxies = { "team@here.example" }, owner = "Own",
  members = { "Kim", "joe@away.example" } }
connector "out" { spaces = { "SMTP:*" } }
function on.recipient(address) ask("crm", address.localpart) end
]]

local function load(ask, source)
  return assert(policy.load(source or SOURCE, { chunkname = "@policy.lua", ask = { crm = ask } }))
end

describe("what was resolved", function()
  for name, ask in pairs {
    ["one by one"] = {}, ["many at once"] = { many = function() return {} end },
  } do
    it("is the same however often it is routed, and whoever else is, " .. name, function()
      local p, envelope = load(ask), { sender = "joe@far.example" }
      local items = p:resolve("team@here.example", nil, envelope)
      local expected = policy.json(p:route(items, envelope))
      assert.equal(expected, policy.json(p:route("team@here.example", envelope)))
      p:route({ items[1], "kim@here.example", items[2] }, envelope)
      assert.equal(expected, policy.json(p:route(items, envelope)))
    end)

    it("is routed once if it comes twice, " .. name, function()
      local p = load(ask)
      local one, other = p:resolve("kim@here.example")[1], p:resolve("team@here.example")[1]
      local deliveries = p:route { one, other, one }
      assert.equal(1, #deliveries)
      assert.same({ "team@here.example" }, deliveries[1].also)
    end)
  end

  it("begins again once for all of its items after a reload", function()
    local path, asked = os.tmpname(), 0
    helper.write(path, SOURCE)
    local live = assert(policy.open(path, { ask = { crm = function() asked = asked + 1 end } }))
    local items = live:resolve("team@here.example")
    local expected = #live:route(items)
    helper.write(path, SOURCE .. "\n")
    assert(live:reload())
    asked = 0
    assert.equal(expected, #live:route(items))
    assert.equal(1, asked)
    live:close()
    os.remove(path)
  end)
end)

describe("a script's answer to a text alone", function()
  it("is bounded as that to a list is", function()
    local p = load({}, [[
settings { max_recipients = 4 }
list "A" { proxies = { "a@here.example" },
  members = { "1@x.example", "2@x.example", "3@x.example" } }
list "B" { proxies = { "b@here.example" },
  members = { "4@x.example", "5@x.example", "6@x.example" } }
connector "out" { spaces = { "SMTP:*" } }
function on.recipient() return { "a@here.example", "b@here.example" } end
]])
    local expected = policy.json(p:route { "x@out.example" })
    assert.truthy(expected:find("expansion-limit", 1, true), expected)
    assert.equal(expected, policy.json(p:route "x@out.example"))
  end)
end)

describe("a delivery that the script refuses at last", function()
  it("goes nowhere: it has no next hop", function()
    local p = load({}, [[
connector "out" { nexthop = "smtp:[192.0.2.7]", spaces = { "SMTP:*" } }
function on.delivery() return reject "no" end
]])
    local delivery = p:route("joe@away.example")[1]
    assert.equal("reject", delivery.verdict)
    assert.is_nil(delivery.wire)
    assert.is_nil(delivery.hop)
  end)
end)

describe("an explanation as JSON", function()
  it("has its steps and its sentence, whoever read them before", function()
    local p = load {}
    local line = policy.json(p:explain "kim@here.example")
    assert.truthy(line:find('"sentence":"', 1, true), line)
    assert.truthy(line:find('"steps":[{', 1, true), line)
  end)
end)
