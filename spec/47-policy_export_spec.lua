--- policy:export: a directory that is written back routes alike.
local generate = require "spec.generate"
local helper = require "spec.helper"
local policy = require "postoffice.policy"

local FRAME = [[
domain "corp.example" {}
connector "out" { spaces = { "SMTP:*", "CCMAIL:*" } }
]]

local function load(source, file, format)
  return assert(policy.load(FRAME .. source, { chunkname = "@policy.lua", read = function()
    return file, format
  end }))
end

-- The same policy whose directory is what another one exported.
local function again(text, format)
  return load(('directory "d" { file = "d", format = "%s" }'):format(format), text)
end

local ENVELOPES = {
  {}, { sender = "kim@corp.example", authenticated = true, size = 100, may_relay = true },
  { sender = "pat@corp.example", authenticated = true, size = 1e7, may_relay = true },
  { sender = "x@spam.example", authenticated = false, size = 2000, may_relay = true },
}

-- What becomes of an address, whatever the order.
local function routes(p, address)
  local list = {}
  for _, envelope in ipairs(ENVELOPES) do
    local found = {}
    for i, delivery in ipairs(p:route(address, envelope)) do
      found[i] = table.concat({ delivery.verdict, delivery.code or "", tostring(delivery.address),
        delivery.entry or "", tostring(delivery.sender), delivery.message or "" }, " ")
    end
    table.sort(found)
    list[#list + 1] = table.concat(found, "\n")
  end
  return list
end

local function are_alike(one, other, addresses, label)
  for _, address in ipairs(addresses) do
    assert.same(routes(one, address), routes(other, address), label .. " " .. address)
  end
end

local ALL = [[
recipient "Kim, Lee" { proxies = { "SMTP:kim@corp.example", "X400:c=us;a= ;p=Org;s=Lee;",
  "CCMAIL:Lee, Kim at HQ", "X500:/o=Org/ou=First, Group/cn=kim", "smtp:k%x@corp.example" } }
recipient "Pat" { proxies = { "pat@corp.example" }, target = "[ccmail:pat@far.example at internet]",
  accept = { "Kim, Lee", "SMTP:*@partner.example" }, authenticated = true }
recipient "Both" { proxies = { "both@corp.example" }, targets = { "Pat", "a@far.example" },
  keep = true, max_size = 10240 }
recipient "Own" { proxies = { "own@corp.example" }, targets = { "Own", "a@far.example" } }
recipient "Self" { proxies = { "self@corp.example" }, target = "Self" }
recipient "Gone" { proxies = { "gone@corp.example" }, refuse = "moved, \"far\" away" }
recipient "Gone too" { proxies = { "gone2@corp.example" }, refuse = true }
recipient "Ext" { proxies = { "ext@corp.example" }, target = "e@far.example", propagate = "always" }
recipient "To Kim" { proxies = { "tokim@corp.example" }, target = "Kim, Lee" }
recipient "Lone" {
  proxies = { "lone@corp.example" }, targets = { "l@far.example" }, max_size = 2048,
}
recipient "J\195\182rg" { proxies = { "SMTP:joerg@corp.example" }, max_size = 1000 }
list "Team" { proxies = { "team@corp.example" }, owner = "Kim, Lee",
  members = { "Kim, Lee", "Pat", "x@far.example", "Team 2" }, reject = { "<>", "Team 2" } }
list "Team 2" { proxies = { "team2@corp.example" }, members = { "Both" } }
]]

local ADDRESSES = {
  "kim@corp.example", "X400:c=us;a= ;p=Org;s=Lee;", "CCMAIL:Kim Lee at hq", "k%x@corp.example",
  "X500:/o=Org/ou=First, Group/cn=kim", "pat@corp.example", "both@corp.example",
  "own@corp.example", "self@corp.example", "gone@corp.example", "gone2@corp.example",
  "ext@corp.example", "tokim@corp.example", "joerg@corp.example", "team@corp.example",
  "team2@corp.example", "nobody@corp.example", "lone@corp.example", "l@far.example",
}

describe("a directory that is exported", function()
  it("routes alike as CSV, which says all", function()
    local p = load(ALL)
    local text, left = p:export "csv"
    assert.same({}, left)
    are_alike(p, again(text, "csv"), ADDRESSES, text)
    local twice = again(text, "csv"):export "csv"
    assert.equal(text, twice)
  end)

  it("says that no extension goes on where a target is meant by name", function()
    for _, said in ipairs { "", "propagate = true,", 'propagate = "always",' } do
      local settings = ('settings { %s extension = "+" }\n'):format(said)
      local p = load(settings .. [[
recipient "Kim" { proxies = { "kim+box@corp.example", "kim@there.example" } }
recipient "Pat" { proxies = { "pat@corp.example" }, target = "Kim", propagate = "always" }
recipient "Joe" { proxies = { "joe@corp.example" }, target = "Kim" }
recipient "Far" { proxies = { "far@corp.example" }, target = "x@far.example" }
]])
      local text, left = p:export "csv"
      assert.same({}, left)
      local other = load(settings .. 'directory "d" { file = "d" }', text)
      are_alike(p, other, { "pat+new@corp.example", "joe+new@corp.example", "far+new@corp.example",
        "pat@corp.example" }, said)
    end
  end)

  it("gives no extension to who is meant by name beside an address", function()
    local people = [[
recipient "Kim" { proxies = { "kim@corp.example" } }
recipient "Box" { proxies = { "box@corp.example", "kim+x@corp.example" } }
recipient "SMTP:odd" { proxies = { "odd@corp.example" } }
recipient "Both" { proxies = { "both@corp.example" }, targets = { "%s", "joe@far.example" } }
]]
    local settings = 'settings { propagate = "always", extension = "+" }\n'
    for name, is_left in pairs { Kim = false, ["SMTP:odd"] = true } do
      local p = load(settings .. people:format(name))
      for format, is_left_too in pairs { csv = is_left, ldif = true, exchange55 = true } do
        local text, left = p:export(format)
        local other = load(settings .. ('directory "d" { file = "d", format = "%s" }')
          :format(format), text)
        local message = is_left_too
          and " is left out: the format cannot say targets by name, which get no extension" or nil
        assert.same({ message }, { left[1] and left[1].message }, format)
        if not message then
          are_alike(p, other, { "both+x@corp.example", "both@corp.example" }, format)
        end
      end
    end
  end)

  it("routes alike as LDIF and for Exchange 5.5, but for what they cannot say", function()
    local p = load(ALL)
    for format, expected in pairs {
      ldif = {
        ["Pat"] = "who may write, by a pattern", ["Gone"] = "a tombstone",
        ["Gone too"] = "a tombstone", ["Ext"] = "propagate",
        ["J\195\182rg"] = "a size that is not in kilobytes",
        ["Lone"] = "targets of one address alone; write it as target",
        ["Team"] = "who may write, by a pattern",
      },
      exchange55 = {
        ["Pat"] = "a sender who has to be authenticated", ["Gone"] = "a tombstone",
        ["Gone too"] = "a tombstone", ["Ext"] = "propagate",
        ["J\195\182rg"] = "a size that is not in kilobytes",
        ["Lone"] = "targets of one address alone; write it as target",
        ["Team"] = "who may write, by a pattern",
      },
    } do
      local _, left = p:export(format)
      for _, one in ipairs(left) do
        assert.equal(" is left out: the format cannot say " .. expected[one.name], one.message)
        expected[one.name] = nil
      end
      assert.same({}, expected)
    end
  end)

  it("routes alike in every format as far as all have it", function()
    local p = load [[
recipient "Kim, Lee" { proxies = { "SMTP:kim@corp.example", "CCMAIL:Lee, Kim at HQ",
  "smtp:k%x@corp.example" } }
recipient "Pat" { proxies = { "SMTP:pat@corp.example" }, target = "SMTP:pat@far.example" }
recipient "Both" { proxies = { "both@corp.example" }, target = "Kim, Lee", keep = true,
  max_size = 10240 }
recipient "Many" { proxies = { "many@corp.example" }, targets = { "Pat", "a@far.example" } }
recipient "=1+1" { proxies = { "sum@corp.example" }, accept = { "Team" } }
list "Team" { proxies = { "team@corp.example" }, members = { "Kim, Lee", "Pat", "x@far.example" },
  reject = { "Both" } }
]]
    local owned = load [[
recipient "Kim" { proxies = { "kim@corp.example" } }
list "All" { proxies = { "all@corp.example" }, members = { "Kim" }, owner = "Kim" }
list "Far" { proxies = { "away@corp.example" }, members = { "Kim" }, owner = "o%o@far.example" }
]]
    for _, format in ipairs { "csv", "exchange55", "ldif" } do
      local text, left = owned:export(format)
      assert.same({}, left)
      are_alike(owned, again(text, format), { "all@corp.example", "away@corp.example" }, text)
    end
    for _, format in ipairs { "csv", "ldif", "exchange55" } do
      local text, left = p:export(format)
      for _, one in ipairs(left) do
        assert.same({ "=1+1", true, "policy.lua:9" }, { one.name, one.is_written, one.where })
      end
      assert.equal(format == "ldif" and 0 or 1, #left)
      are_alike(p, again(text, format), { "kim@corp.example", "CCMAIL:Kim Lee at hq",
        "k%x@corp.example", "pat@corp.example", "both@corp.example", "many@corp.example",
        "sum@corp.example", "team@corp.example" }, text)
    end
  end)

  it("says of whom the order of addresses is another in what has none", function()
    local p = load [[
recipient "Kim" { proxies = { "CCMAIL:Kim at HQ", "SMTP:kim@corp.example" } }
recipient "Pat" { proxies = { "CCMAIL:Pat at HQ", "smtp:pat@corp.example" } }
recipient "Joe" { proxies = { "joe@corp.example", "SMTP:j@corp.example" } }
]]
    for format, count in pairs { csv = 0, json = 0, ldif = 1, exchange55 = 1 } do
      local _, left = p:export(format)
      assert.equal(count, #left, format)
      if count > 0 then
        assert.same({ "Kim", " comes back with its primary address of SMTP first, to which its mail"
          .. " then goes", true, "policy.lua:3" },
          { left[1].name, left[1].message, left[1].is_written, left[1].where })
      end
    end
  end)

  -- An entry by chance among those before it, and which of them its mail goes on to.  Each has an address of
  -- its own: by whom somebody is reached first who is reached twice, these formats cannot say.
  local function draw_entry(random, i)
    local function other() return random(i) - 1 end
    local one, two = other(), other()
    local to, word = {}, "recipient"
    local fields = { ('proxies = { "n%d@corp.example" }'):format(i) }
    local kind = one > 0 and two > 0 and random(6) or random(2)
    if kind == 1 then fields[2] = "refuse = true" end
    if kind == 3 then to, fields[2] = { one }, ('target = "n%d", propagate = true'):format(one) end
    if kind == 4 then to, fields[2] = { one }, ('target = "n%d", keep = true'):format(one) end
    if kind >= 5 then
      to = { one, two }
      word = kind == 6 and "list" or word
      fields[2] = ('%s = { "n%d", "n%d@corp.example", "a%d@far.example" }'):format(
        word == "list" and "members" or "targets", one, two, i)
    end
    local named = other()
    if named > 0 and random(3) == 1 then
      local field = random(2) == 1 and "accept" or "reject"
      fields[#fields + 1] = ('%s = { "n%d" }'):format(field, named)
    end
    return ('%s "n%d" { %s }'):format(word, i, table.concat(fields, ", ")), to
  end

  -- Whether an entry's mail can come to somebody who is left out.
  local function reaches_left(goals, left, i)
    if left["n" .. i] then return true end
    for _, goal in ipairs(goals[i]) do
      if reaches_left(goals, left, goal) then return true end
    end
    return false
  end

  it("loads whomever is left out of it, and routes others alike", function()
    local compared, missing, named = 0, 0, 0
    for seed = 1, math.max(helper.times(150), 20) do
      local random, lines, goals = generate.random(seed), {}, {}
      for i = 1, 3 + random(5) do lines[i], goals[i] = draw_entry(random, i) end
      local p = load(table.concat(lines, "\n"))
      for _, format in ipairs { "ldif", "exchange55" } do
        local text, list = p:export(format)
        local left, alike = {}, {}
        for _, one in ipairs(list) do
          left[one.name] = true
          if one.message:find "by the name of somebody left out" then named = named + 1 end
        end
        for i = 1, #lines do
          local address = ("n%d@corp.example"):format(i)
          if not reaches_left(goals, left, i) then alike[#alike + 1] = address end
        end
        if #list < #lines then
          are_alike(p, again(text, format), alike, table.concat(lines, "\n") .. text)
        end
        compared, missing = compared + #alike, missing + #list
      end
    end
    assert.is_true(compared > 20 and missing > 20 and named > 0)
  end)

  it("is one of many people by chance", function()
    for seed = 1, helper.times(100) do
      local random, lines, addresses = generate.random(seed), {}, {}
      local count = random(6)
      for i = 1, count do
        local name = ('"n%d%s"'):format(i, ({ "", ", x", ";", " |", " {a}", "/b", "=" })[random(7)])
        local proxies = { ('"SMTP:n%d@corp.example"'):format(i) }
        for _ = 1, random(4) - 1 do
          local address = generate.address(random(100000))
          address.display_name, address.comment, address.route = nil, nil, nil
          local text = require "postoffice".format(address, { unknown = true })
          if text and not text:find "[%z\1-\31\127]" and not text:find "%s$" then
            proxies[#proxies + 1] = ("%q"):format(text)
          end
        end
        addresses[i] = ("n%d@corp.example"):format(i)
        local more = ({ "", 'target = "x@far.example"', 'target = "n1@corp.example"',
          'targets = { "n1@corp.example", "y@far.example" }, keep = true', "refuse = true",
          'target = "CCMAIL:Lee, a | b; c at HQ"' })[random(6)]
        lines[i] = ("recipient %s { proxies = { %s }, %s }"):format(name,
          table.concat(proxies, ", "), more)
      end
      local p = policy.load(FRAME .. table.concat(lines, "\n"))
      if p then -- what two entries share is no policy
        local text, left = p:export "csv"
        for _, one in ipairs(left) do assert.is_true(one.is_written) end
        are_alike(p, again(text, "csv"), addresses, table.concat(lines, "\n") .. text)
      end
    end
  end)

  it("is handed on in pieces, if somebody takes them", function()
    local pieces = {}
    local text, left = load(ALL):export("csv", function(piece) pieces[#pieces + 1] = piece end)
    assert.is_nil(text)
    assert.same({}, left)
    assert.equal(14, #pieces)
    assert.has_error(function() load(ALL):export "cvs" end)
    assert.has_error(function() load(ALL):export() end)
  end)

  it("says by which name nobody can be meant", function()
    local p = assert(policy.load(FRAME .. 'recipient "Kim" { proxies = { "kim@corp.example" } }\n'
      .. 'list "L" { proxies = { "l@corp.example" }, members = { "kim@corp.example" },\n'
      .. 'accept = { "Kim" } }\ndirectory "d" { file = "d" }',
      { read = function() return "Name,mail\nKim,kim2@corp.example\n" end }))
    local _, left = p:export "csv"
    assert.same({ "L", " is left out: the format cannot say who may write, by a name that several"
      .. " have" }, { left[1].name, left[1].message })
  end)
end)
