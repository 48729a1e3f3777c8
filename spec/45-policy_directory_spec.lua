-- A directory into which the host looks while mail is routed, and policies that were taken apart for one.

local policy = require "postoffice.policy"

local SOURCE = [[
settings { extension = "+" }
domain "here.example" {}
domain "caught.example" { catchall = "Kim" }
recipient "Kim" { proxies = { "SMTP:kim@here.example" }, accept = { "SMTP:*@friend.example" } }
recipient "Way" { proxies = { "SMTP:way@here.example" }, target = "SMTP:ann@here.example" }
rewrite "SMTP:old-{u}@here.example" { to = "SMTP:{u}@here.example" }
connector "out" { spaces = { "SMTP:*" }, rewrite_sender = nil }
connector "hq" { speaks = "CCMAIL", spaces = { "CCMAIL:*" } }
]]

local ROWS = {
  ["SMTP:ann@here.example"] = { name = "Ann", proxies = { "SMTP:ann@here.example" },
    targets = { "SMTP:ann@far.example" } },
  ["SMTP:bob@here.example"] = { name = "Bob", proxies = { "SMTP:bob@here.example" }, id = 1,
    targets = { "SMTP:bob@far.example", "SMTP:ann@here.example" }, keep = true },
  ["SMTP:cy@here.example"] = { name = "Cy", id = 2, proxies = { "smtp:c@here.example",
    "SMTP:cy@here.example", "CCMAIL:Cy at HQ" } },
  ["SMTP:all@here.example"] = { proxies = { "SMTP:all@here.example" },
    owner = "SMTP:cy@here.example", members = { "SMTP:cy@here.example", "SMTP:bob@here.example",
      "SMTP:all@here.example" } },
  ["SMTP:gone@here.example"] = { proxies = { "SMTP:gone@here.example" }, refuse = "she has left" },
  ["SMTP:left@here.example"] = { proxies = { "SMTP:left@here.example" }, refuse = "" },
  ["SMTP:kim@here.example"] = { proxies = { "SMTP:kim@here.example" }, refuse = true },
}
ROWS["SMTP:c@here.example"] = ROWS["SMTP:cy@here.example"]
ROWS["bare CCMAIL:cy"] = ROWS["SMTP:cy@here.example"]
ROWS["SMTP:ann@far.example"] = { target_of = ROWS["SMTP:ann@here.example"] }

-- What finds rows, and notes for what it was asked.
local function finder(rows, asked)
  return function(key)
    asked[#asked + 1] = key
    local row = rows[key]
    if type(row) == "string" then return nil, row end
    return row
  end
end

local function load(rows, source, asked)
  return assert(policy.load(source or SOURCE, { directory = finder(rows, asked or {}),
    chunkname = "@policy.lua" }))
end

-- What becomes of an address: where it goes, or the status.
local function routed(p, address, envelope)
  local ends = {}
  for i, delivery in ipairs(p:route(address, envelope)) do
    ends[i] = delivery.verdict == "deliver" and delivery.wire or delivery.status
  end
  return table.concat(ends, " ")
end

describe("a directory of the host", function()
  it("has entries of every kind, beside the policy's own", function()
    local p = load(ROWS)
    for address, expected in pairs {
      ["ann@here.example"] = "ann@far.example", ["Ann@HERE.example"] = "ann@far.example",
      ["bob@here.example"] = "bob@here.example bob@far.example ann@far.example",
      ["c@here.example"] = "cy@here.example", ["cy+x@here.example"] = "cy@here.example",
      ["all@here.example"] = "cy@here.example bob@here.example bob@far.example ann@far.example",
      ["gone@here.example"] = "5.1.6", ["left@here.example"] = "5.1.6",
      ["nobody@here.example"] = "5.1.1", ["old-ann@here.example"] = "ann@far.example",
      ["way@here.example"] = "ann@far.example", ["x@else.example"] = "x@else.example",
      ["CCMAIL:Cy"] = "cy@here.example", ["ann@far.example"] = "ann@far.example",
    } do
      assert.equal(expected, routed(p, address), address)
    end
    assert.equal("she has left", p:route("gone@here.example")[1].message)
    assert.equal("Ann", p:route("ann@here.example")[1].entry)
    assert.equal("the host's directory", p:route("cy@here.example")[1].rule)
    assert.equal("cy@here.example", p:route("all@here.example", { sender = "x@far.example" })[1]
      .sender.localpart .. "@here.example")
    assert.equal("Ann", p:resolve("ann@far.example", nil)[1].entry or "Ann")
    assert.equal("CCMAIL:Cy at HQ", tostring(p:resolve("c@here.example", { as = "CCMAIL" })))
    assert.equal("out", p:nexthop("ann@here.example").connector)
    assert.matches("Cy (the host's directory)", tostring(p:explain "c@here.example"), 1, true)
  end)

  it("comes after the policy's own, whose catch-alls take what nobody has", function()
    local asked = {}
    local p = load(ROWS, nil, asked)
    assert.equal("kim@here.example", routed(p, "kim@here.example", { sender = "a@friend.example" }))
    assert.same({ "SMTP:a@friend.example" }, asked) -- who the sender is
    assert.equal("kim@here.example", routed(p, "x@caught.example", { sender = "a@friend.example" }))
  end)

  it("is asked once in a routing, and by many where it can be", function()
    local asked = {}
    local p = load(ROWS, nil, asked)
    p:route { "ann@here.example", "bob@here.example", "ann@here.example" }
    table.sort(asked)
    for i = 2, #asked do assert.not_equal(asked[i - 1], asked[i]) end
    local waves = {}
    p = assert(policy.load(SOURCE .. "function on.recipient() end", { directory = {
      many = function(keys)
        local found = {}
        waves[#waves + 1] = table.concat(keys, " ")
        for _, key in ipairs(keys) do found[key] = ROWS[key] end
        return found
      end,
    } }))
    local deliveries = p:route { "ann@here.example", "cy@here.example", "no@here.example" }
    assert.equal("SMTP:ann@here.example SMTP:cy@here.example SMTP:no@here.example", waves[1])
    assert.same({ "out", false, "recipient-unknown" }, { deliveries[1].connector,
      deliveries[2].connector or false, deliveries[3].code })
  end)

  it("may yield, and is given the envelope", function()
    local context = {}
    local p = assert(policy.load(SOURCE, { directory = function(key, envelope)
      assert.equal(context, envelope.context)
      coroutine.yield()
      return ROWS[key]
    end }))
    local co = coroutine.wrap(function()
      return p:route("bob@here.example", { context = context })
    end)
    local result, count = co(), 1
    while not result do result, count = co(), count + 1 end
    assert.equal(3, #result)
    assert.is_true(count > 3)
  end)

  it("defers whatever hangs on what it cannot say", function()
    local rows = setmetatable({ ["SMTP:dead@here.example"] = "no server",
      ["SMTP:l@here.example"] = { proxies = { "SMTP:l@here.example" },
        members = { "SMTP:cy@here.example", "SMTP:dead@here.example" } },
      ["SMTP:x@else.example"] = "no server", ["CCMAIL:no at hq"] = "no server",
    }, { __index = ROWS })
    local p = load(rows)
    for address, expected in pairs {
      ["dead@here.example"] = "4.4.3", ["dead+x@here.example"] = "4.4.3",
      ["l@here.example"] = "cy@here.example 4.4.3", ["old-dead@here.example"] = "4.4.3",
      ["x@else.example"] = "4.4.3", ["CCMAIL:No at HQ"] = "4.4.3",
      ["y@else.example"] = "y@else.example",
    } do
      assert.equal(expected, routed(p, address), address)
    end
    assert.equal("no server", p:route("dead@here.example")[1].detail)
    assert.equal("4.4.3", p:nexthop("dead@here.example").status)
    assert.equal("4.4.3", routed(p, "kim@here.example", { sender = "dead@here.example" }))
  end)

  it("does not let a stale \"not found\" count, but for who is none of ours", function()
    local stale = { stale = "is stale" }
    local rows = setmetatable({ ["SMTP:cy+x@here.example"] = stale, ["CCMAIL:cy"] = stale,
      ["SMTP:no@here.example"] = stale, ["SMTP:x@else.example"] = stale,
      ["SMTP:y@caught.example"] = stale, ["CCMAIL:no at hq"] = stale,
      ["SMTP:ann@far.example"] = { stale = "is stale", target_of = ROWS["SMTP:ann@here.example"] },
      ["SMTP:postmaster"] = stale, ["SMTP:old-ann@here.example"] = stale,
    }, { __index = ROWS })
    local p = load(rows)
    for address, expected in pairs {
      ["cy+x@here.example"] = "cy@here.example", ["CCMAIL:Cy"] = "cy@here.example",
      ["no@here.example"] = "4.4.3", ["x@else.example"] = "x@else.example",
      ["y@caught.example"] = "4.4.3", ["CCMAIL:No at HQ"] = "4.4.3",
      ["ann@far.example"] = "ann@far.example", ["<Postmaster>"] = "5.1.1",
      ["old-ann@here.example"] = "4.4.3",
    } do
      assert.equal(expected, routed(p, address), address)
    end
    assert.equal("kim@here.example", routed(p, "kim@here.example", { sender = "z@friend.example" }))
  end)

  it("is held to what an entry is", function()
    for message, row in pairs {
      ["it has no proxies"] = {}, ["it is a boolean"] = true,
      ["its targets cannot be a string"] = { proxies = { "SMTP:a@b.c" }, targets = "SMTP:a@b.c" },
      ["its members cannot be a table"] = { proxies = { "SMTP:a@b.c" }, members = { 1 } },
      ["its keep cannot be a number"] = { proxies = { "SMTP:a@b.c" }, keep = 1 },
    } do
      local delivery = load({ ["SMTP:a@here.example"] = row }):route("a@here.example")[1]
      assert.equal("4.4.3", delivery.status)
      assert.equal("the host's directory answers no entry: " .. message, delivery.detail)
    end
    local astray = load { ["SMTP:x@far.example"] = { target_of = {} } } -- found by where it goes
    assert.equal("the host's directory answers no entry: it has no proxies",
      astray:route("x@far.example")[1].detail)
    for _, row in ipairs { { proxies = { "SMTP:a@b..c" } },
      { proxies = { "SMTP:a@b.c" }, targets = { "SMTP:a@b..c" } },
      { proxies = { "SMTP:a@b.c" }, members = { "SMTP:a@b..c" } } } do
      local delivery = load({ ["SMTP:a@here.example"] = row }):route("a@here.example")[1]
      assert.equal("4.4.3", delivery.status)
      assert.equal([[the host's directory has "SMTP:a@b..c": a domain label is empty]],
        delivery.detail)
    end
  end)

  it("is none to tests, nor a question that a script can ask", function()
    local p = load(ROWS, SOURCE .. [[
test "not there" { to = "ann@here.example", code = "recipient-unknown" }
function on.recipient(a)
  if a.localpart == "ask" then return ask("\0directory", "SMTP:ann@here.example") end
end
]])
    assert.equal(0, p:test().failed)
    assert.equal("ann@far.example", routed(p, "ann@here.example"))
    assert.is_true(p:capabilities().asks)
    assert.has_error(function() policy.load(SOURCE, { directory = { tll = 1 } }) end)
    assert.has_error(function() policy.load(SOURCE, { directory = "x" }) end)
  end)
end)

-- ---- Policies that were taken apart --------------------------------------------

-- Adds what is found only if it is the only one.
local function add(found, key, row)
  if key then found[key] = found[key] == nil and row or false end
end

-- The rows of a policy by what finds them, and its text.
local function taken_apart(p)
  local rows, targets = {}, {}
  local text = assert(p:publication(function(entry)
    local row = { id = entry.keys[1].key, name = entry.name, proxies = entry.proxies,
      targets = entry.targets, keep = entry.keep, members = entry.members, owner = entry.owner,
      refuse = entry.refuse }
    for _, key in ipairs(entry.keys) do
      rows[key.key] = row
      if key.bare then add(rows, "bare " .. key.bare, row) end
    end
    add(targets, entry.target_key, row)
  end))
  for key, row in pairs(targets) do rows[key] = rows[key] or { target_of = row } end
  for key, row in pairs(rows) do rows[key] = row or nil end
  return rows, text
end

-- What of deliveries has to be the same: all but where it is declared.
local function essence(deliveries)
  local list = {}
  for i, d in ipairs(deliveries) do
    list[i] = table.concat({ d.verdict, d.code or "", d.status or "", d.message or "", d.wire or "",
      d.entry or "", d.connector or "", d.nexthop or "", tostring(d.sender), tostring(d.final),
    }, "|")
  end
  return list
end

local PEOPLE = [[
DisplayName,EmailAddresses,target,members,accept,max_size,owner,refuse,targets
Kim,"SMTP:kim@a.example, CCMAIL:Kim at HQ",,,,,,,
Ann,SMTP:ann@a.example,SMTP:ann@far.example,,,,,,
Bob,"SMTP:bob@a.example, CCMAIL:Bob at B, CCMAIL:Bob at C",,,Ann,1000,,,
Team,SMTP:team@a.example,,SMTP:ann@a.example SMTP:out@far.example,,,SMTP:kim@a.example,,
Same,SMTP:same@a.example,SMTP:one@far.example,,,,,,
Too,SMTP:too@a.example,SMTP:one@far.example,,,,,,
Gone,SMTP:gone@a.example,,,,,,true,
Loop,SMTP:loop@a.example,SMTP:pool@a.example,,,,,,
Pool,SMTP:pool@a.example,SMTP:loop@a.example,,,,,,
Both,SMTP:both@a.example,,,,,,,"Kim Plus, SMTP:both@far.example"
Kim Plus,SMTP:plus@a.example,,,,,,,
Pluses,SMTP:plus+x@a.example,,,,,,,
Several,SMTP:several@a.example,,,,,,,"SMTP:one@far.example, SMTP:two@far.example"
]]

local MAP = "@map.example kim@a.example\nuser@map.example ann@a.example, bob@a.example\n"

local WHOLE = [[
settings { extension = "+", propagate = "always", outbound = "primary" }
domain "a.example" {}
domain "map.example" {}
domain "caught.example" { catchall = "Ann" }
directory "people" { file = "people.csv" }
directory "map" { file = "virtual", format = "virtual" }
list "Boss" { proxies = { "SMTP:boss@a.example" }, members = { "Kim", "SMTP:same@a.example" },
  owner = "Bob", accept = { "Team" } }
connector "out" { spaces = { "SMTP:*" } }
connector "hq" { speaks = "CCMAIL", spaces = { "CCMAIL:*" } }
postoffice "HQ" {}
test "found" { to = "kim@a.example", entry = "Kim" }
]]

describe("a policy that is taken apart", function()
  local function whole()
    return assert(policy.load(WHOLE, { read = function(name)
      return ({ ["people.csv"] = PEOPLE, virtual = MAP })[name]
    end }))
  end

  it("routes as before, and has its tests behind it", function()
    local p = whole()
    local rows, text = taken_apart(p)
    local apart = assert(policy.open(function() return text end,
      { directory = function(key) return rows[key] end }))
    assert.equal(p.revision, apart.revision)
    local addresses = { "nobody@a.example", "x@map.example", "user@map.example", "kim+x@a.example",
      "both+x@a.example", "several+x@a.example", "several+y@a.example", "x@caught.example",
      "x@far.example", "ann@far.example", "one@far.example", "CCMAIL:Kim",
      "CCMAIL:Bob", "CCMAIL:Nobody", "out@far.example", "<Postmaster>" }
    for key in pairs(rows) do if not key:find "^bare" then addresses[#addresses + 1] = key end end
    for _, envelope in ipairs { {}, { sender = "ann@a.example", authenticated = true, size = 5000 },
      { sender = "<>", may_relay = true }, { sender = "kim@a.example", size = 1 },
      { sender = "out@far.example" } } do
      for _, address in ipairs(addresses) do
        assert.same(essence(p:route(address, envelope)), essence(apart:route(address, envelope)),
          address)
      end
      assert.same(essence(p:route(addresses, envelope)), essence(apart:route(addresses, envelope)))
    end
  end)

  it("is one text, which no script is, and which is refused where it is cut", function()
    local _, text = taken_apart(whole())
    for at = 1, #text - 1, 97 do
      local p, _, code = policy.load(text:sub(1, at))
      assert.is_nil(p)
      assert.is_true(code == "publication-damaged" or at < 26, code)
    end
    assert.is_nil(policy.load(text:sub(2)))
    for from, to in pairs { ["s6:people{"] = "s6:peeple{", ["s4:lined"] = "s4:lines",
      ["s4:sets{}"] = "s4:setst" } do
      local first, last = text:find(from, 1, true)
      local _, _, code = policy.load(text:sub(1, first - 1) .. to .. text:sub(last + 1))
      assert.equal("publication-damaged", code, from)
    end
  end)

  it("is not taken apart again", function()
    local _, text = taken_apart(whole())
    local apart = assert(policy.load(text))
    assert.equal("policy-published", select(3, apart:publication(function() end)))
    assert.has_error(function() apart:publication() end)
  end)
end)
