--- Connectors of equal cost share addresses by their weights, the same everywhere.
local core = require "postoffice.core"
local helper = require "spec.helper"
local policy = require "postoffice.policy"

local function load(source) return assert(policy.load(source, { chunkname = "@policy.lua" })) end

-- ---- Lots, anew: 64 bits as four numbers of 16, the lowest first, on every Lua ----

local function xor(a, b)
  local sum, place = 0, 1
  for _ = 1, 16 do
    if a % 2 ~= b % 2 then sum = sum + place end
    a, b, place = math.floor(a / 2), math.floor(b / 2), place * 2
  end
  return sum
end

local function xor64(a, b)
  return { xor(a[1], b[1]), xor(a[2], b[2]), xor(a[3], b[3]), xor(a[4], b[4]) }
end

local function multiply(a, b)
  local result, carry = {}, 0
  for place = 1, 4 do
    local sum = carry
    for i = 1, place do sum = sum + a[i] * b[place + 1 - i] end
    result[place], carry = sum % 65536, math.floor(sum / 65536)
  end
  return result
end

-- Shifted to the right by 33.
local function shift33(a)
  return { math.floor(a[3] / 2) + a[4] % 2 * 32768, math.floor(a[4] / 2), 0, 0 }
end

-- FNV-1a of both texts, a zero byte between them, and MurmurHash3's last step.
local function hash(text, name)
  local value = { 0x2325, 0x8422, 0x9ce4, 0xcbf2 }
  for byte in (text .. "\0" .. name):gmatch "." do
    value = multiply(xor64(value, { byte:byte(), 0, 0, 0 }), { 0x01b3, 0, 0x0100, 0 })
  end
  for _, factor in ipairs {
    { 0x8ccd, 0xed55, 0xafd7, 0xff51 }, { 0xec53, 0x1a85, 0xb9fe, 0xc4ce },
  } do
    value = multiply(xor64(value, shift33(value)), factor)
  end
  return xor64(value, shift33(value))
end

-- -log2 of a hash as a part of 2^64, as exactly as a double can.
local function minus_log2(value)
  local part = 0
  for place = 1, 4 do part = (part + value[place]) / 65536 end
  return -math.log(part) / math.log(2)
end

-- Texts, names and lots, from an implementation in another language (Python's integers).
local VECTORS = {
  { "", "", 31441728 },
  { "SMTP:kim@far.example", "a", 171821669 },
  { "SMTP:kim@far.example", "b", 97731321 },
  { "SMTP:joe@far.example", "a", 158419085 },
  { "X400:c=us;a= ;p=x;", "line 1", 109688991 },
  { "SMTP:\195\169@xn--tda.example", "smarthost", 46418925 },
  { "SMTP:user@domain", "a", 86384358 },
  { "SMTP:user@domain.exampl", "e", 123270405 },
  { "SMTP:user@domain.example", "", 25809664 },
  { ("a"):rep(300), ("b"):rep(250), 92683309 },
}

describe("a lot", function()
  it("is that of the vectors", function()
    for _, vector in ipairs(VECTORS) do
      assert.equal(vector[3], core.lot(vector[1], vector[2]), vector[1])
    end
  end)

  it("is -log2 of what the texts hash to, in 2^26ths", function()
    for i = 1, helper.times(300) do
      local text, name = ("SMTP:user%d@d%d.example"):format(i * i, i % 7), "c" .. i % 5
      local expected = minus_log2(hash(text, name)) * 2 ^ 26
      assert.is_true(math.abs(core.lot(text, name) - expected) < 2, text .. name)
    end
  end)
end)

-- ---- Shares ------------------------------------------------------------------

local function share(p, count, envelope)
  local shares, taken = {}, {}
  for i = 1, count do
    local name = p:route(("user%d@d%d.example"):format(i, i % 7), envelope)[1].connector
    shares[name] = (shares[name] or 0) + 1
    taken[i] = name
  end
  return shares, taken
end

local function policy_of(weights, settings)
  local lines = { settings }
  for name, weight in pairs(weights) do
    lines[#lines + 1] = ('connector "%s" { spaces = { "SMTP:*" }, weight = %d }'):format(name,
      weight)
  end
  table.sort(lines)
  return load(table.concat(lines, "\n"))
end

describe("connectors of equal cost", function()
  it("share addresses by their weights", function()
    for _, weights in ipairs {
      { old = 90, new = 10 }, { a = 1, b = 1, c = 1 }, { a = 1, b = 2, c = 5 },
      { a = 65535, b = 1 }, { a = 300, b = 700 },
    } do
      local sum, count = 0, 4000
      for _, weight in pairs(weights) do sum = sum + weight end
      local shares = share(policy_of(weights), count)
      for name, weight in pairs(weights) do
        local expected = count * weight / sum
        local deviation = math.sqrt(expected * (1 - weight / sum)) -- of a binomial distribution
        assert.is_true(math.abs((shares[name] or 0) - expected) <= 4 * deviation + 1,
          ("%s %d"):format(name, shares[name] or 0))
      end
    end
  end)

  it("keep all but the share of the one that falls, returns or is drained", function()
    local weights = { a = 1, b = 2, c = 3 }
    local _, before = share(policy_of(weights), 1000)
    local _, down = share(policy_of(weights), 1000, { down = { "b" } })
    local _, drained = share(policy_of { a = 1, b = 0, c = 3 }, 1000)
    local _, gone = share(policy_of { a = 1, c = 3 }, 1000)
    assert.same(down, drained)
    assert.same(down, gone)
    for i, name in ipairs(before) do
      if name ~= "b" then assert.equal(name, down[i]) else assert.are_not.equal("b", down[i]) end
    end
    local _, more = share(policy_of { a = 1, b = 2, c = 4 }, 1000) -- only c gains
    for i, name in ipairs(more) do
      if name ~= "c" then assert.equal(before[i], name) end
    end
  end)

  it("take an address by its key and their own names, however these are written", function()
    local p = load [[
connector "East" { spaces = { "SMTP:*" } }
connector "west" { spaces = { "SMTP:*" } }
]]
    local q = load [[
connector "WEST" { spaces = { "SMTP:*" } }
connector "east" { spaces = { "SMTP:*" } }
]]
    for i = 1, 50 do
      local to = helper.readable(("User%d@\195\188.example"):format(i))
      local taken = p:route(to)[1].connector:lower()
      assert.equal(taken, q:route(to)[1].connector:lower())
      assert.equal(taken, p:route((to:upper():gsub("\195\188", "xn--tda")))[1].connector:lower())
      assert.equal(taken, p:nexthop(to).connector:lower())
    end
  end)

  it("stand in the order in which they would take an address", function()
    local p = policy_of { a = 2, b = 3, c = 4, d = 0 }
    for i = 1, 200 do
      local to, down = ("user%d@d.example"):format(i), {}
      local delivery = p:route(to)[1]
      local next_down = delivery.connector
      for _, other in ipairs(delivery.alternatives) do
        down[#down + 1], next_down = next_down, other.connector
        assert.equal(other.connector, p:route(to, { down = down })[1].connector)
      end
      assert.equal(2, #delivery.alternatives)
    end
  end)
end)

describe("a drained connector", function()
  it("gets nothing, alone or beside others, at any cost", function()
    local p = load [[
connector "cheap" { weight = 0, spaces = { "SMTP:*" } }
connector "dear"  { spaces = { { "SMTP:*", cost = 9 } } }
connector "alone" { weight = 0, spaces = { "FAX:*" } }
]]
    assert.equal("dear", p:route("a@b.example")[1].connector)
    assert.same({}, p:route("a@b.example")[1].alternatives)
    for _, delivery in ipairs {
      p:route("FAX:1")[1], p:route("a@b.example", { down = { "dear" } })[1],
      load([[connector "x" { weight = 0, spaces = { "SMTP:*" } }]]):route("a@b.example")[1],
    } do
      assert.same({ "defer", "connectors-down" }, { delivery.verdict, delivery.code })
    end
    assert.equal("alone is drained, weight = 0", p:route("FAX:1")[1].detail)
    local q = load [[
connector "small" { weight = 0, max_size = 9, spaces = { "SMTP:*" } }
connector "dear"  { spaces = { { "SMTP:*@far.example", cost = 9 }, { "SMTP:*", cost = 9 } } }
connector "fax"   { weight = 0, max_size = 9, spaces = { "FAX:*" } }
]]
    assert.equal("dear", q:route("a@b.example")[1].connector) -- the size does not matter
    assert.equal("connectors-down", q:route("FAX:1")[1].code)
    assert.equal("connectors-down", q:route("FAX:1", { size = 9 })[1].code)
    assert.equal("message-large", q:route("FAX:1", { size = 10 })[1].code)
    assert.matches("- cheap by SMTP:*, is drained, weight = 0",
      tostring(p:explain "a@b.example"), 1, true)
  end)
end)

describe("a check of a policy", function()
  local function codes(source)
    local list = {}
    for _, finding in ipairs(load(source):check()) do
      if finding.code:find "^space" then list[#list + 1] = finding.code .. " " .. finding.where end
    end
    return table.concat(list, ", ")
  end

  it("asks about connectors that share a space and say no weight", function()
    local one = "connector 'a' { spaces = { 'SMTP:*' }%s }\n"
    local two = "connector 'b' { spaces = { 'SMTP:*' }%s }"
    assert.equal("space-tie policy.lua:2", codes(one:format "" .. two:format ""))
    assert.equal("", codes(one:format ", weight = 1" .. two:format ""))
    assert.equal("", codes(one:format "" .. two:format ", weight = 1"))
  end)

  it("finds spaces that none but drained connectors carry", function()
    assert.equal("space-drained policy.lua:1", codes [[
connector "a" { weight = 0, spaces = { "SMTP:*@a.example", "SMTP:*" } }
connector "b" { spaces = { "SMTP:*" } }]])
  end)
end)

describe("a weight", function()
  it("is a whole number from 0 to 65535", function()
    for weight, expected in pairs {
      ["1.5"] = "weight has to be a whole number, such as 90, not 1.5",
      ["-1"] = "weight has to be 0 at least, not -1",
      ["65536"] = "weight has to be 65535 at most, not 65536",
      ["1/0"] = "weight has to be a whole number",
    } do
      local source = ('connector "c" { spaces = { "SMTP:*" }, weight = %s }'):format(weight)
      local _, message = policy.load(source)
      assert.matches(expected, message, 1, true)
    end
  end)
end)

describe("only_lowest_cost", function()
  local SOURCE = [[
connector "one"  { spaces = { "SMTP:*" } }
connector "two"  { spaces = { "SMTP:*" } }
connector "dear" { spaces = { { "SMTP:*", cost = 2 } } }
]]
  local function outcome(p, envelope)
    local delivery = p:route("a@b.example", envelope)[1]
    assert.same(delivery, p:explain("a@b.example", envelope).deliveries[1])
    return delivery.connector or delivery.code, #(delivery.alternatives or {})
  end

  it("lets mail wait for the lowest cost rather than take a dearer way (Q166567)", function()
    local all = { down = { "one", "two" } }
    assert.equal("dear", (outcome(load(SOURCE), all)))
    local p = load("settings { only_lowest_cost = true }" .. SOURCE)
    assert.equal("connectors-down", (outcome(p, all)))
    assert.same({ "two", 0 }, { outcome(p, { down = { "one" } }) })
    assert.equal(1, select(2, outcome(p)))
    assert.matches("- dear by SMTP:*, only_lowest_cost: one costs 1",
      tostring(p:explain("a@b.example", all)), 1, true)
  end)

  it("counts those that may carry the message at all", function()
    local p = load [[
settings { only_lowest_cost = true }
connector "drained" { weight = 0, spaces = { "SMTP:*" } }
connector "small"   { max_size = 10, spaces = { "SMTP:*" } }
connector "from"    { spaces = { { "SMTP:*", cost = 2 } } }
connector "dear"    { spaces = { { "SMTP:*", cost = 3 } } }
]]
    assert.same({ "small", 0 }, { outcome(p, { size = 1 }) })
    assert.same({ "from", 0 }, { outcome(p, { size = 11 }) })
    assert.same({ "dear", 0 }, { outcome(p, { size = 11, arrived_by = "from" }) })
    assert.same({ "connectors-down", 0 }, { outcome(p, { size = 11, down = { "from" } }) })
    assert.same({ "connectors-down", 0 }, { outcome(p, { size = 1, down = { "small" } }) })
    assert.same({ "fact-missing", 0 }, { outcome(p) })
  end)

  it("is about the cost alone: a guarded connector that goes first may be dearer", function()
    local p = load [[
settings { only_lowest_cost = true }
connector "small"  { max_size = 10, spaces = { { "SMTP:*", cost = 5 } } }
connector "cheap"  { spaces = { "SMTP:*" } }
connector "middle" { spaces = { { "SMTP:*", cost = 4 } } }
]]
    assert.same({ "small", 1 }, { outcome(p, { size = 1 }) })
    assert.same({ "cheap", 0 }, { outcome(p, { size = 1, down = { "small" } }) })
    assert.same({ "connectors-down", 0 }, { outcome(p, { size = 1, down = { "small", "cheap" } }) })
    assert.same({ "middle", 0 }, { outcome(p, { size = 11, arrived_by = "cheap" }) })
  end)
end)
