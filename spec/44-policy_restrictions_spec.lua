-- Who may write to recipients and lists, and how much.
local core = require "postoffice.core"
local matchers = require "postoffice.policy.pattern.matchers"
local policy = require "postoffice.policy"

local SOURCE = [[
settings { extension = "+" }
domain "here.example" { unwrap = { "X500", "CCMAIL" } }
domain "branch.example" { kind = "relay" }
domain "old.example" { kind = "former" } domain "EX:/o=Org" {}
recipient "Ann" { proxies = { "ann@here.example", "CCMAIL:Ann at HQ" } }
recipient "Boss" { proxies = { "boss@here.example", "chief@here.example",
  "smtp:postmaster@here.example" }, accept = { "Team", "SMTP:*@partner.example" } }
recipient "Pat" { proxies = { "pat@here.example" }, target = "pat@far.example" }
recipient "Contact" { proxies = { "contact@there.example" }, target = "contact@far.example" }
recipient "Forward" { proxies = { "fwd@there.example" }, target = "fwd@far.example", keep = true }
recipient "Closed" { proxies = { "closed@here.example" }, target = "closed@far.example",
  reject = { "SMTP:*@spam.example", "<>" } }
recipient "Inside" { proxies = { "inside@here.example" }, authenticated = true }
recipient "Small" { proxies = { "small@here.example" }, max_size = 1000 }
recipient "Both" { proxies = { "both@here.example" }, accept = { "SMTP:*@partner.example" },
  reject = { "SMTP:joe@partner.example" }, authenticated = true, max_size = 1000 }
recipient "Few" { proxies = { "few@here.example" }, accept = { "Contact", "Forward", "Own",
  "Ann", "SMTP:*@branch.example", "SMTP:*@old.example", "EX:/o=Org/*" } }
list "Team" { proxies = { "team@here.example", "crew@here.example" }, accept = { "Team" },
  members = { "Ann", "Pat", "Wider", "SMTP:joe@ext.example" } }
list "Wider" { proxies = { "wider@here.example" }, members = { "SMTP:ann@wide.example" } }
list "All" { proxies = { "all@here.example" },
  members = { "Team", "Small", "Inside", "SMTP:kim@ext.example" } }
list "Open" { proxies = { "open@here.example" }, members = { "SMTP:kim@ext.example" },
  reject = { "SMTP:*@spam.example" } }
connector "out" { nexthop = "n", spaces = { "SMTP:*" } }
recipient "Own" { proxies = { "own@there.example" }, targets = { "Own", "own@far.example" } }
]]

local function load(source) return assert(policy.load(source, { chunkname = "@policy.lua" })) end

-- What becomes of the first delivery: "deliver", or a code.
local function becomes(p, to, envelope)
  local delivery = p:route(to, envelope)[1]
  return delivery.code or delivery.verdict
end

-- Each case: a recipient's local part, the sender, whether it is authenticated, and what becomes.
local function holds(p, cases)
  for _, case in ipairs(cases) do
    local name, sender, authenticated, expected = (unpack or table.unpack)(case, 1, 4)
    local envelope = { sender = sender or nil, authenticated = authenticated, size = case.size }
    assert.equal(expected, becomes(p, name .. "@here.example", envelope),
      ("%s to %s"):format(tostring(sender), name))
  end
end

local REFUSED, MISSING, DELIVER = "recipient-restricted", "fact-missing", "deliver"

describe("restrictions", function()
  local p = load(SOURCE)

  it("accept senders by pattern, by name, and as members of lists", function()
    holds(p, {
      { "boss", "x@partner.example", nil, DELIVER }, { "boss", "X@PARTNER.example", nil, DELIVER },
      { "boss", "x@y.partner.example", nil, REFUSED }, { "boss", "joe@ext.example", nil, DELIVER },
      { "boss", "kim@ext.example", nil, REFUSED }, { "boss", "ann@wide.example", nil, DELIVER },
      { "boss", "pat@far.example", nil, DELIVER }, -- where a member's mail goes on to
      { "boss", "team@here.example", true, DELIVER },
      { "boss", "boss@here.example", true, REFUSED },
      { "few", "contact@there.example", nil, DELIVER },
      { "few", "contact@far.example", nil, DELIVER }, { "few", "joe@old.example", nil, DELIVER },
    })
  end)

  it("count an address of ours for accept only if it is authenticated", function()
    for _, sender in ipairs {
      "ann@here.example", "ANN@here.example", "ann+tag@here.example", "CCMAIL:Ann at HQ",
      "IMCEACCMAIL-Ann+20at+20HQ@here.example", "CCMAIL:Ann", "pat@here.example",
      "team@here.example",
    } do
      holds(p, { { "boss", sender, nil, REFUSED }, { "boss", sender, false, REFUSED },
        { "boss", sender, true, DELIVER } })
    end
    holds(p, {
      { "few", "fwd@there.example", nil, REFUSED }, { "few", "fwd@there.example", true, DELIVER },
      { "few", "own@there.example", nil, REFUSED }, { "few", "own@there.example", true, DELIVER },
      { "few", "x@branch.example", nil, REFUSED }, { "few", "x@branch.example", true, DELIVER },
      { "few", "ann@here.example", true, DELIVER },
    })
    for _, sender in ipairs { "EX:/o=Org/cn=joe", "IMCEAEX-_O=Org_CN=joe@here.example",
      "IMCEAEX-_O=Org_CN=joe@old.example" } do -- ours by either domain
      holds(p, { { "few", sender, nil, REFUSED }, { "few", sender, true, DELIVER } })
    end
    assert.equal(REFUSED, becomes(p, "few@here.example",
      { sender = "ann@here.example", may_relay = true })) -- a printer may relay
  end)

  it("let <> write to a mailbox, and never to a list that accepts", function()
    holds(p, {
      { "boss", "<>", nil, DELIVER }, { "boss", "", nil, DELIVER }, { "few", "<>", nil, DELIVER },
      { "team", "<>", nil, REFUSED }, { "team", "<>", true, REFUSED },
      { "open", "<>", nil, DELIVER }, { "closed", "<>", nil, REFUSED },
    })
    local deliveries = p:route("boss@here.example", { sender = "<>" })
    assert.equal("", deliveries[1].sender.localpart)
  end)

  it("hear reject before accept, then authenticated, then the size", function()
    local function told(envelope)
      local delivery = p:route("both@here.example", envelope)[1]
      return { delivery.code or delivery.verdict, delivery.status, delivery.detail }
    end
    assert.same({ REFUSED, "5.7.1", "Both rejects the sender" },
      told { sender = "joe@partner.example", authenticated = true, size = 10 })
    assert.same({ REFUSED, "5.7.1", "Both does not accept the sender" },
      told { sender = "joe@away.example", size = 2000 })
    assert.same({ REFUSED, "5.7.1", "Both takes mail of authenticated senders only" },
      told { sender = "kim@partner.example", size = 2000 })
    assert.same({ "recipient-size", "5.2.3", "Both has max_size = 1000, and the message has 1001"
      .. " bytes" }, told { sender = "kim@partner.example", authenticated = true, size = 1001 })
    assert.same({ DELIVER },
      told { sender = "kim@partner.example", authenticated = true, size = 1000 })
    assert.equal("policy.lua:15", p:route("both@here.example", { sender = "<>" })[1].rule)
  end)

  it("never refuse for a fact that the envelope lacks", function()
    holds(p, {
      { "boss", nil, nil, MISSING }, { "closed", nil, nil, MISSING },
      { "small", nil, nil, MISSING }, { "small", nil, nil, DELIVER, size = 0 },
      { "small", nil, nil, "recipient-size", size = 1001 },
      { "inside", nil, nil, REFUSED }, { "inside", nil, true, DELIVER },
      { "both", nil, true, "recipient-size", size = 1001 },
      { "both", nil, true, MISSING, size = 1 },
      { "both", "joe@partner.example", true, REFUSED },
      { "both", "kim@partner.example", true, MISSING },
    })
    local delivery = p:route("small@here.example")[1]
    assert.same({ "defer", "4.3.5", "Small needs the size, which the envelope does not tell" },
      { delivery.verdict, delivery.status, delivery.detail })
    assert.equal(REFUSED, becomes(p, "boss@here.example", { sender = "no address" }))
    assert.equal(DELIVER, becomes(p, "closed@here.example", { sender = "no address" }))
  end)

  it("hold by whatever address and list the message comes", function()
    for _, to in ipairs { "team", "crew", "TEAM", "team+x" } do
      holds(p, { { to, "kim@away.example", nil, REFUSED },
        { to, "joe@ext.example", nil, DELIVER } })
    end
    local codes = {}
    for i, delivery in ipairs(p:route("all@here.example",
      { sender = "kim@away.example", size = 2000 })) do
      codes[i] = ("%s %s %s"):format(delivery.entry, delivery.code or "-",
        tostring(delivery.member))
    end
    assert.same({ "Team recipient-restricted true", "Small recipient-size true",
      "Inside recipient-restricted true", "All - nil" }, codes)
  end)

  it("hold for the target that is typed, too", function()
    holds(p, { { "closed", "x@spam.example", nil, REFUSED } })
    for sender, expected in pairs {
      ["x@spam.example"] = REFUSED, ["<>"] = REFUSED, ["x@away.example"] = DELIVER,
    } do
      local delivery = p:route("closed@far.example", { sender = sender })[1]
      assert.same({ expected, "Closed" }, { delivery.code or delivery.verdict, delivery.entry })
    end
    assert.equal(MISSING, becomes(p, "closed@far.example", nil))
    assert.equal("Closed", p:explain("closed@far.example").deliveries[1].entry)
  end)

  it("ask for the message's first sender, not for a list's owner", function()
    local q = load(SOURCE .. [[
list "Owned" { proxies = { "owned@here.example" }, owner = "x@partner.example",
  members = { "Boss" } }
]])
    holds(q, { { "owned", "x@away.example", nil, REFUSED },
      { "owned", "x@partner.example", nil, DELIVER } })
  end)

  it("do not keep mail from postmaster", function()
    holds(p, {
      { "postmaster", "x@away.example", nil, DELIVER }, { "Postmaster", nil, nil, DELIVER },
      { "chief", "x@away.example", nil, REFUSED },
    })
    assert.equal(DELIVER, becomes(p, "<Postmaster>", { sender = "x@away.example" }))
    local told = tostring(p:explain("postmaster@here.example", { sender = "x@away.example" }))
    assert.truthy(told:find("Boss does not accept the sender; mail to postmaster has no", 1, true),
      told)
  end)

  it("hold for whom a postmaster's address leads to by a rewrite, a catch-all or a list", function()
    local q = load(SOURCE .. [[
domain "caught.example" { catchall = "Team" }
domain "taken.example" { catchall = "SMTP:postmaster@here.example" }
list "Masters" { proxies = { "SMTP:postmaster@team.example" }, members = { "Team", "Ann" },
  accept = { "Ann" } }
recipient "Master" { proxies = { "SMTP:postmaster@boss.example" }, target = "Small" }
recipient "Away" { proxies = { "away@here.example" }, target = "postmaster@far.example",
  authenticated = true }
rewrite "SMTP:{user}@old.example" { to = "SMTP:team@here.example" }
rewrite "SMTP:{user}@new.example" { to = "SMTP:{user}@here.example" }
]])
    for to, expected in pairs {
      ["x@old.example"] = REFUSED, ["postmaster@old.example"] = REFUSED,
      ["x@caught.example"] = REFUSED, ["Postmaster@caught.example"] = REFUSED,
      ["postmaster@team.example"] = REFUSED, ["postmaster@boss.example"] = "recipient-size",
      ["postmaster@far.example"] = REFUSED, ["boss@new.example"] = REFUSED,
      ["postmaster@new.example"] = DELIVER, ["postmaster@taken.example"] = DELIVER,
    } do
      local deliveries = q:route(to, { sender = "x@away.example", size = 2000 })
      assert.equal(expected, deliveries[1].code or deliveries[1].verdict, to)
      assert.same(to == "postmaster@team.example" and { 2, "deliver" } or { 1 },
        { #deliveries, deliveries[2] and deliveries[2].verdict }, to)
    end
  end)

  it("are explained", function()
    local told = tostring(p:explain("boss@here.example", { sender = "x@partner.example" }))
    assert.truthy(told:find("Boss takes the message, by its restrictions (policy.lua:6)", 1, true),
      told)
  end)

  it("are no matter of whose address it is", function()
    assert.equal("SMTP:boss@here.example",
      tostring(p:resolve("chief@here.example", { as = "SMTP" })))
    assert.equal("Boss", p:resolve("boss@here.example", nil, { sender = "<>" })[1].entry)
    local found = {}
    for _, finding in ipairs(p:check()) do
      assert.equal("note", finding.severity, finding.message)
      if finding.code == "member-restricted" then found[#found + 1] = tostring(finding) end
    end
    assert.same({ 'policy.lua:22: note: list "All" has 3 members whose own restrictions may refuse'
      .. ' what it takes, such as "Team" [member-restricted]; say the same of both, if that is not'
      .. " meant" },
      found)
  end)

  it("hold for what the host asks in one call or in two", function()
    for _, envelope in ipairs {
      { sender = "x@away.example", size = 10 }, { sender = "joe@ext.example", size = 2000 }, {},
    } do
      for _, to in ipairs { "all@here.example", "boss@here.example", "both@here.example" } do
        assert.same(p:route(to, envelope), p:route(p:resolve(to, nil, envelope), envelope))
        assert.same(p:route(to, envelope), p:route(p:resolve(to), envelope), to)
      end
    end
  end)

  it("go on where what was resolved waits for a fact, and reach everybody once", function()
    local q = load(SOURCE .. [[
list "Top" { proxies = { "top@here.example" }, owner = "x@partner.example",
  members = { "Ann", "Team", "Boss", "Small", "Pat", "Back", "SMTP:joe@ext.example" } }
list "Back" { proxies = { "back@here.example" }, accept = { "Team" }, members = { "Top" } }
]])
    for _, envelope in ipairs { { sender = "joe@ext.example", size = 1 }, { size = 2000 }, {},
      { sender = "x@away.example", size = 10 }, { sender = "<>", size = 1001 },
      { sender = "ann@here.example", authenticated = true } } do
      for _, to in ipairs { "top@here.example", "back@here.example", "postmaster@here.example" } do
        local items = q:resolve(to)
        for _ = 1, 2 do assert.same(q:route(to, envelope), q:route(items, envelope)) end
      end
      local items = q:resolve { "boss@here.example", "top@here.example", "pat@here.example" }
      assert.same(q:route({ "boss@here.example", "top@here.example", "pat@here.example" },
        envelope), q:route(items, envelope))
    end
    local items = q:resolve "crew@here.example"
    assert.same({ "defer", "fact-missing", 1 }, { items[1].verdict, items[1].code, #items })
    assert.equal(4, #q:route(items[1], { sender = "joe@ext.example" }))
    assert.truthy(tostring(q:explain(items[1], { sender = "joe@ext.example" }))
      :find("Team takes the message", 1, true))
  end)

  it("try each pattern once for a message, whoever says it", function()
    local patterns, names, source = {}, {}, { 'domain "many.example" {}' }
    for i = 1, 20 do
      patterns[i], names[i] = ('"NOTES:*%d/Org@X"'):format(i), ('"R%d"'):format(i)
    end
    for i = 1, 20 do
      source[i + 1] = ('recipient "R%d" { proxies = { "r%d@many.example" }, accept = { %s } }')
        :format(i, i, table.concat(patterns, ", "))
    end
    source[#source + 1] = ('list "L" { proxies = { "l@many.example" }, members = { %s } }')
      :format(table.concat(names, ", "))
    local q = load(table.concat(source, "\n"))
    local canonical, match, made, tried = core.canonical, matchers.match_canonical, 0, 0
    core.canonical = function(address)
      made = made + 1
      return canonical(address)
    end
    matchers.match_canonical = function(...)
      tried = tried + 1
      return match(...)
    end
    local deliveries = q:route("l@many.example", { sender = "NOTES:Kim/Unit/Org@X" })
    core.canonical, matchers.match_canonical = canonical, match
    assert.same({ 20, REFUSED }, { #deliveries, deliveries[20].code })
    assert.same({ 1, 20 }, { made, tried })
  end)

  it("come back from a compiled policy", function()
    local path = os.tmpname()
    assert(p:save(path))
    local opened = assert(policy.loadfile(path))
    for _, sender in ipairs { "x@away.example", "joe@ext.example", "ann@here.example", "<>" } do
      for _, to in ipairs { "boss", "crew", "closed", "small", "all", "postmaster", "few" } do
        local envelope = { sender = sender, authenticated = to == "few", size = 10 }
        to = to .. "@here.example"
        assert.same(p:route(to, envelope), opened:route(to, envelope))
      end
    end
    os.remove(path)
  end)
end)

describe("restrictions that cannot be meant", function()
  it("do not load, and say what to write", function()
    for fields, expected in pairs {
      ['accept = { "Kim Le" }'] = 'accept: "Kim Le" is no entry; did you mean "Kim Lee"?',
      ['reject = { "nobody here" }'] = 'reject: "nobody here" is neither the name of an entry nor'
        .. " an address; entries: Kim Lee, x",
      ['accept = { "*@partner.example" }'] = 'accept: "*@partner.example" has no type; write'
        .. ' "SMTP:*@partner.example"',
      ['accept = { "SMTP:partner.example" }'] = 'accept: "SMTP:partner.example" matches no address:'
        .. " the address has no domain; write user@domain",
      ['accept = { "<>" }'] = "accept: <> may write to every recipient, and to no list that has"
        .. " accept; remove it",
      ['accept = "Kim Le"'] = 'accept: "Kim Le" is no entry; did you mean "Kim Lee"?',
      ["accept = 1"] = 'accept has to be a list of names, or the name of a set, such as { "Board",'
        .. ' "SMTP:*@partner.example" }, not 1',
      ["max_size = 0"] = "max_size has to be 1 at least, not 0",
      ["authenticated = 1"] = "authenticated has to be true or false, not 1",
    } do
      local none, message = policy.load('recipient "Kim Lee" { proxies = { "k@b.example" } }\n'
        .. ('recipient "x" { proxies = { "x@b.example" }, %s }'):format(fields),
        { chunkname = "@policy.lua" })
      assert.is_nil(none, fields)
      assert.equal('policy.lua:2: recipient "x": ' .. expected, message)
    end
  end)

  it("name nobody of several", function()
    local none, message = policy.load([[
directory "staff" { file = "staff.csv" }
list "l" { proxies = { "l@b.example" }, members = { "k@b.example" }, accept = { "Kim" } }
]], { chunkname = "@policy.lua", read = function()
      return "Name,mail\nKim,k@b.example\nKim,l2@b.example\n"
    end })
    assert.is_nil(none)
    assert.equal('policy.lua:2: list "l": "Kim" is the name of several, as at staff.csv:2 and'
      .. " staff.csv:3; write an address of the one that is meant", message)
  end)
end)
