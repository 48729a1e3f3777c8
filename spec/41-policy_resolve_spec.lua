local directory = require "postoffice.policy.compile.directory"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"

local function load(source)
  return assert(policy.load(source, { chunkname = "@policy.lua" }))
end

--- A delivery as one line: verdict, entry, address, code.
local function line(delivery)
  local address = delivery.address and postoffice.format(delivery.address)
  local parts = { delivery.verdict, delivery.entry or "-", address or "-", delivery.code }
  return table.concat(parts, " | ")
end

local function lines(deliveries)
  local list = {}
  for i, delivery in ipairs(deliveries) do list[i] = line(delivery) end
  return list
end

--- Each case: a recipient, and the lines its deliveries are.
local function routes(p, cases, envelope)
  for _, case in ipairs(cases) do
    local expected = { (unpack or table.unpack)(case, 2) }
    assert.same(expected, lines(p:route(case[1], envelope)), case[1])
  end
end

local SITE = [[
domain "here.example" {}
domain "branch.example" { kind = "relay" }
domain "*.former.example" { kind = "former" }
recipient "Kim Lee" { proxies = { "smtp:klee@here.example", "SMTP:kim.lee@here.example",
  "CCMAIL:Lee, Kim at HQ", "X500:/o=Old/cn=klee" } }
recipient "Pat" { proxies = { "pat@here.example" }, target = "SMTP:pat@away.example" }
recipient "Ann" { proxies = { "ann@here.example" }, target = "Kim Lee" }
recipient "Gone" { proxies = { "gone@here.example" },
  refuse = "Joe has left; write to kim.lee@here.example" }
recipient "Left" { proxies = { "left@here.example" }, refuse = true }
connector "out" { spaces = { "SMTP:*", "CCMAIL:*", "EX:*" } }
]]

describe("the directory", function()
  local p = load(SITE)

  it("finds an entry by any of its addresses, whatever their spelling", function()
    routes(p, {
      { "kim.lee@here.example", "deliver | Kim Lee | SMTP:kim.lee@here.example" },
      { "Kim.Lee@HERE.example", "deliver | Kim Lee | SMTP:kim.lee@here.example" },
      { "Kim <klee@here.example>", "deliver | Kim Lee | SMTP:kim.lee@here.example" },
      { "CCMAIL:kim lee AT hq", "deliver | Kim Lee | SMTP:kim.lee@here.example" },
      { "EX:/O=OLD/CN=KLEE", "deliver | Kim Lee | SMTP:kim.lee@here.example" },
    })
  end)

  it("sends a custom recipient's mail on to its target", function()
    routes(p, {
      { "pat@here.example", "deliver | Pat | SMTP:pat@away.example" },
      { "ann@here.example", "deliver | Kim Lee | SMTP:kim.lee@here.example" },
    })
  end)

  it("refuses what a tombstone covers, in its words", function()
    local gone = p:route("gone@here.example")[1]
    assert.equal("recipient-gone", gone.code)
    assert.equal("5.1.6", gone.status)
    assert.equal("Joe has left; write to kim.lee@here.example", gone.message)
    assert.is_nil(gone.detail)
    assert.equal("policy.lua:8", gone.rule)
    local left = p:route("left@here.example")[1]
    assert.equal("recipient-gone", left.code)
    assert.equal(postoffice.message "recipient-gone", left.message)
    assert.is_nil(left.detail)
  end)

  it("keeps from strangers what no reply can hold of a tombstone's words", function()
    local q = load [[
recipient "Gone" { proxies = { "gone@here.example" }, refuse = "J\195\182rg" }
]]
    local gone = q:route("gone@here.example")[1]
    assert.same({ postoffice.message "recipient-gone", "J\195\182rg" },
      { gone.message, gone.detail })
  end)

  it("knows nobody else in a local domain", function()
    local delivery = p:route("nobody@here.example")[1]
    assert.equal("reject", delivery.verdict)
    assert.equal("recipient-unknown", delivery.code)
    assert.equal("5.1.1", delivery.status)
    assert.equal(postoffice.message "recipient-unknown", delivery.message)
    assert.equal("policy.lua:1", delivery.rule)
  end)

  it("routes on what relayed, former and foreign domains have", function()
    for _, address in ipairs { "a@branch.example", "a@x.former.example", "a@foreign.example" } do
      assert.equal("out", p:route(address)[1].connector, address)
    end
  end)

  it("says where it was delivered: to no connector", function()
    local delivery = p:route("klee@here.example", { sender = "joe@away.example" })[1]
    assert.is_nil(delivery.connector)
    assert.is_nil(delivery.nexthop)
    assert.equal("klee@here.example", delivery.recipient)
    assert.equal("SMTP:joe@away.example", tostring(delivery.sender))
    assert.equal("policy.lua:4", delivery.rule)
    assert.equal(p.revision, delivery.revision)
  end)

  it("takes <Postmaster> for the postmaster of the first local domain", function()
    local q = load(SITE .. 'recipient "Root" { proxies = { "postmaster@here.example" } }')
    assert.equal("Root", q:route("<Postmaster>")[1].entry)
    assert.equal("recipient-unknown", p:route("<Postmaster>")[1].code)
  end)

  it("has no recipient <>", function()
    assert.equal("recipient-null", p:route("<>")[1].code)
  end)

  it("takes an empty local part at a domain for somebody's (RFC 5321 4.1.2)", function()
    assert.equal("recipient-unknown", p:route('""@here.example')[1].code)
    local q = load [[
      list "All" { proxies = { "all@a.example" }, owner = "o@a.example",
        members = { "kim@far.example" } }
      connector "out" { spaces = { "SMTP:*" } }]]
    local function sender(text)
      return tostring(q:route("all@a.example", { sender = text })[1].sender)
    end
    assert.equal("SMTP:o@a.example", sender '""@far.example')
    assert.equal(sender "", sender "<>")
    assert.are_not.equal(sender "<>", sender '""@far.example')
  end)

  it("finds what the script returns as it is, <Postmaster> and <> too", function()
    local q = load(SITE .. [[recipient "Root" { proxies = { "postmaster@here.example" } }
function on.recipient(address) return address end]])
    routes(q, {
      { "<Postmaster>", "deliver | Root | SMTP:postmaster@here.example" },
      { "Kim <klee@here.example>", "deliver | Kim Lee | SMTP:kim.lee@here.example" },
    })
    assert.equal("recipient-null", q:route("<>")[1].code)
  end)

  it("refuses a bare cc:Mail mailbox that nobody has", function()
    local q = load(SITE .. 'recipient "Joe" { proxies = { "CCMAIL:Joe Doe" } }')
    assert.equal("Joe", q:route("CCMAIL:Doe, Joe")[1].entry)
    local delivery = q:route("CCMAIL:Nobody")[1]
    assert.equal("ccmail-postoffice-missing", delivery.code)
    assert.equal("5.1.3", delivery.status)
  end)
end)

describe("extensions", function()
  local p = load [[
settings { extension = "+" }
domain "here.example" {}
domain "dash.example" { extension = "-" }
recipient "Kim" { proxies = { "kim@here.example", "kim@dash.example" } }
recipient "Exact" { proxies = { "kim+news@here.example" } }
connector "out" { spaces = { "SMTP:*" } }
]]

  it("are set aside where nobody has the whole address", function()
    local delivery = p:route("Kim+Lists.Lua@here.example")[1]
    assert.equal("Kim", delivery.entry)
    assert.equal("Lists.Lua", delivery.extension)
    assert.equal("Exact", p:route("kim+news@here.example")[1].entry)
    assert.equal("x", p:route("kim-x@dash.example")[1].extension)
  end)

  it("are those of the domain, and of our domains only", function()
    assert.equal("recipient-unknown", p:route("kim+x@dash.example")[1].code)
    assert.equal("out", p:route("kim+x@foreign.example")[1].connector)
  end)

  it("do not make an empty mailbox", function()
    assert.equal("recipient-unknown", p:route("+kim@here.example")[1].code)
  end)

  it("follow the first of a set of separators", function()
    local q = load [[
settings { extension = "+-" }
domain "here.example" {}
domain "dot.example" { extension = "=." }
recipient "Kim" { proxies = { "kim@here.example", "kim@dot.example", "kim-lee@here.example" } }
recipient "Mailer" { proxies = { "mailer@here.example", "owner@here.example" } }
]]
    for to, expected in pairs {
      ["kim+a-b@here.example"] = "a-b", ["kim-a+b@here.example"] = "a+b",
      ["kim-@here.example"] = "", ["kim-lee@here.example"] = "nil",
      ["kim.a=b@dot.example"] = "a=b", ["kim=a.b@dot.example"] = "a.b",
    } do
      local delivery = q:route(to)[1]
      assert.equal("Kim " .. expected, delivery.entry .. " " .. tostring(delivery.extension), to)
    end
    -- the first one counts, and some names have none (Postfix)
    for _, to in ipairs { "kim-lee+x@here.example", "kim+x@dot.example", "owner-x@here.example",
      "mailer-daemon@here.example", "kim-request@here.example" } do
      local delivery = q:route(to)[1]
      assert.equal(to:find "lee" and "Kim" or "recipient-unknown", delivery.code or delivery.entry)
    end
  end)

  it("need separators that can be told apart", function()
    for _, bad in ipairs { "--", "x", "+ ", "@", "\195\169", "+-+" } do
      local _, message = policy.load(('settings { extension = "%s" }'):format(bad))
      assert.truthy(message:find("extension has to be a set of separators, different characters"
        .. ' that are no letters, digits, @ or blanks, such as "+-", not "', 1, true), message)
    end
    for sign in ("!#$%&'*+/=?^_`{|}~.-"):gmatch "." do
      local q = load(('settings { extension = "%s" } domain "here.example" {}'
        .. ' recipient "Kim" { proxies = { "kim@here.example" } }'):format(sign))
      local delivery = q:route("kim" .. sign .. "x@here.example")[1]
      assert.same({ "Kim", "x" }, { delivery.entry, delivery.extension }, sign)
    end
  end)
end)

describe("what differs by its extension", function()
  local p = assert(policy.load [[
settings { extension = "+" }
domain "here.example" {}
recipient "Kim" { proxies = { "SMTP:kim@here.example" } }
recipient "Lee" { proxies = { "SMTP:lee@here.example" }, target = "SMTP:lee@far.example" }
list "All" {
  proxies = { "SMTP:all@here.example" },
  members = {
    "SMTP:kim+One@here.example", "SMTP:KIM+one@here.example", "SMTP:kim+two@here.example",
    "SMTP:lee+one@here.example", "SMTP:lee+two@here.example",
  },
}
connector "out" { nexthop = "smtp:[192.0.2.1]", spaces = { "SMTP:*" } }
]])

  it("is one mailbox each, be it in capitals or not, and one address elsewhere", function()
    local got = {}
    for i, delivery in ipairs(p:route "all@here.example") do
      got[i] = ("%s %s"):format(delivery.address.localpart, delivery.extension)
    end
    assert.same({ "kim One", "kim two", "lee one" }, got)
  end)
end)

describe("the extension of an alias", function()
  local ENTRIES = [[
domain "here.example" { extension = "+-" }
domain "plus.example" { kind = "relay" }
domain "none.example" { extension = "=" }
domain "old.example" { kind = "former", extension = "+" }
recipient "Near" { proxies = { "near@here.example" }, target = "Kim Lee <kim@plus.example>" }
recipient "Never" { proxies = { "never@here.example" }, target = "kim@plus.example",
  propagate = false }
recipient "Other" { proxies = { "other@here.example" }, target = "kim@none.example" }
recipient "Old" { proxies = { "old@here.example" }, target = "kim@old.example" }
recipient "Far" { proxies = { "far@here.example" }, target = "kim@far.example" }
recipient "Always" { proxies = { "always@here.example" }, target = "kim@far.example",
  propagate = "always" }
recipient "Office" { proxies = { "office@here.example" }, target = "CCMAIL:Kim at HQ",
  propagate = "always" }
recipient "Named" { proxies = { "named@here.example" }, target = "Near" }
recipient "Twice" { proxies = { "twice@here.example" }, target = "never@here.example" }
recipient "Box" { proxies = { "box@here.example" } }
recipient "ToBox" { proxies = { "tobox@here.example" }, target = "box@here.example" }
recipient "Own" { proxies = { "own@here.example" }, target = "own@here.example" }
list "All" { proxies = { "all@here.example" }, members = { "kim@plus.example", "Near" } }
connector "out" { spaces = { "SMTP:*", "CCMAIL:*" } }
]]

  -- Where mail goes, each to one address.
  local function goes(source, cases)
    local q = load(source .. ENTRIES)
    for to, expected in pairs(cases) do
      local delivery = q:route(to)[1]
      assert.equal(expected, delivery.code or postoffice.format(delivery.address, "native"), to)
      assert.same(q:explain(to).deliveries, { delivery })
    end
    return q
  end

  it("stays behind unless somebody says otherwise", function()
    goes('settings { extension = "+" }', {
      ["near+x@here.example"] = "kim@plus.example", ["always+x@here.example"] = "kim+x@far.example",
      ["tobox+x@here.example"] = "box@here.example",
    })
  end)

  it("goes on to where it is understood", function()
    local q = goes('settings { extension = "+", propagate = true }', {
      ["near+x@here.example"] = "kim+x@plus.example",
      ["near-x@here.example"] = "kim@plus.example", -- where + is the separator
      ["near+@here.example"] = "kim@plus.example",
      ["near+a-b@here.example"] = "kim+a-b@plus.example",
      ["near@here.example"] = "kim@plus.example",
      ["never+x@here.example"] = "kim@plus.example",
      ["other+x@here.example"] = "recipient-unknown", ["old+x@here.example"] = "kim@old.example",
      ["far+x@here.example"] = "kim@far.example",
      ["office+x@here.example"] = "Kim at HQ",
      ["named+x@here.example"] = "kim+x@plus.example",
      ["twice+x@here.example"] = "kim@plus.example",
      ["tobox+x@here.example"] = "box@here.example", ["own+x@here.example"] = "own@here.example",
    })
    local delivery = q:route("tobox+x@here.example")[1]
    assert.same({ "Box", "x" }, { delivery.entry, delivery.extension })
    assert.truthy(tostring(q:explain("near+x@here.example")):gsub("%s+", " "):find(
      "its target gets the extension: SMTP:kim+x@plus.example", 1, true))
    local all = q:route("all+x@here.example")
    assert.same({ "SMTP:kim@plus.example", "SMTP:kim+x@plus.example" }, { tostring(all[1].address),
      tostring(all[2].address) })
  end)

  it("goes on to everybody, as Postfix has it", function()
    goes('settings { extension = "+", propagate = "always" }', {
      ["near-x@here.example"] = "kim-x@plus.example", ["far+x@here.example"] = "kim+x@far.example",
      ["never+x@here.example"] = "kim@plus.example", ["old-x@here.example"] = "kim-x@old.example",
      ["far+v%evil@here.example"] = "kim@far.example", -- no host is to read it (Q237927)
      ["far+v!evil@here.example"] = "kim@far.example",
      ['"far+v@evil"@here.example'] = "kim@far.example",
      ['"far+a b"@here.example'] = '"kim+a b"@far.example',
    })
  end)

  it("goes on as its domain says", function()
    local source = [[
settings { extension = "+", propagate = "always" }
domain "quiet.example" { propagate = false }
recipient "Quiet" { proxies = { "quiet@quiet.example" }, target = "kim@far.example" }
]]
    goes(source, {
      ["quiet+x@quiet.example"] = "kim@far.example", ["far+x@here.example"] = "kim+x@far.example",
    })
  end)

  it("does not grow from target to target that say one themselves", function()
    local source = {
      'settings { extension = "+-", propagate = "always" } domain "e.example" {}',
      'recipient "e8" { proxies = { "e8@e.example" } }',
      'recipient "Info" { proxies = { "info@e.example" }, target = "kim+info@e.example" }',
      'recipient "Kim" { proxies = { "kim@e.example" }, target = "kim@far.example" }',
      'connector "out" { spaces = { "SMTP:*" } }',
    }
    for i = 0, 7 do
      source[#source + 1] = ('recipient "e%d" { proxies = { "e%d@e.example" },'
        .. ' targets = { "e%d+a@e.example", "e%d-b@e.example" } }'):format(i, i, i + 1, i + 1)
    end
    local q = load(table.concat(source, "\n"))
    -- The extensions by which mail comes to the last of them.
    local function extensions(to)
      local found = {}
      for i, delivery in ipairs(q:route(to)) do
        assert.equal("e8", delivery.entry)
        found[i] = delivery.extension
      end
      table.sort(found)
      return found
    end
    assert.same({ "a", "b" }, extensions "e0@e.example")
    assert.same({ "a+x", "b+x" }, extensions "e0+x@e.example")
    assert.same({ "a", "b" }, extensions "e0+@e.example")
    for to, expected in pairs {
      ["info@e.example"] = "kim+info@far.example", ["kim+x@e.example"] = "kim+x@far.example",
      ["info+x@e.example"] = "kim+info+x@far.example",
    } do
      assert.equal(expected, postoffice.format(q:route(to)[1].address, "native"))
    end
  end)

  it("is said of a target", function()
    local _, message = policy.load(
      'recipient "Kim" { proxies = { "kim@here.example" }, propagate = true }',
      { chunkname = "@policy.lua" })
    assert.equal('policy.lua:1: recipient "Kim": propagate is about a target, and there is none;'
      .. " remove propagate", message)
    _, message = policy.load 'settings { propagate = "allways" }'
    assert.truthy(message:find('propagate has to be true, false or "always", not "allways"', 1,
      true), message)
  end)
end)

describe("a target that is its entry's own proxy", function()
  it("is a mailbox here where its domain is local, and goes on elsewhere (Q157007)", function()
    local q = load [[
domain "here.example" {}
domain "branch.example" { kind = "relay" }
recipient "Kim" { proxies = { "kim@here.example", "k@here.example" }, target = "K@here.example" }
recipient "Pat" { proxies = { "pat@here.example", "pat@branch.example" },
  target = "pat@branch.example" }
recipient "Lee" { proxies = { "lee@here.example", "CCMAIL:Lee at HQ" },
  target = "CCMAIL:Lee at HQ" }
connector "out" { spaces = { "SMTP:*", "CCMAIL:*" } }
]]
    routes(q, {
      { "kim@here.example", "deliver | Kim | SMTP:kim@here.example" },
      { "k@here.example", "deliver | Kim | SMTP:kim@here.example" },
      { "pat@here.example", "deliver | Pat | SMTP:pat@branch.example" },
      { "pat@branch.example", "deliver | Pat | SMTP:pat@branch.example" },
      { "CCMAIL:Lee at HQ", "deliver | Lee | CCMAIL:Lee at HQ" },
    })
    assert.is_nil(q:route("k@here.example")[1].connector)
    assert.equal("out", q:route("pat@here.example")[1].connector)
    assert.truthy(tostring(q:explain("k@here.example")):gsub("%s+", " "):find(
      "its target is its own proxy SMTP:K@here.example, in here.example: a mailbox here", 1, true))
  end)
end)

describe("an entry's own name among its targets", function()
  local DOMAIN = [[
settings { extension = "+" }
domain "here.example" {}
list "All" { proxies = { "all@here.example" }, members = { "Info" } }
connector "out" { spaces = { "SMTP:*" } }
recipient "Info" { proxies = { "SMTP:info@here.example", "help@here.example" }, ]]

  it("is its mailbox, as in Postfix's info info, fwd@ext", function()
    for _, targets in ipairs {
      'targets = { "Info", "fwd@far.example" } }', 'targets = { "fwd@far.example", "info" } }',
      'targets = { "Info", "fwd@far.example" }, keep = true }',
    } do
      local q = load(DOMAIN .. targets)
      for _, to in ipairs { "info@here.example", "help@here.example", "all@here.example" } do
        local found = {}
        for _, delivery in ipairs(q:route(to)) do
          assert.same({ "deliver", "Info" }, { delivery.verdict, delivery.entry })
          found[tostring(delivery.address)] = delivery.connector or "here"
        end
        assert.same({ ["SMTP:info@here.example"] = "here", ["SMTP:fwd@far.example"] = "out" },
          found, targets)
      end
      for _, finding in ipairs(q:check()) do
        assert.falsy(finding.code:find "^entry%-", finding.message)
      end
    end
  end)

  it("is that alone if it is the only one, and is explained", function()
    for _, target in ipairs { 'target = "Info" }', 'targets = { "Info" } }' } do
      local q = load(DOMAIN .. target)
      local deliveries = q:route("info+tag@here.example")
      assert.same({ 1, "deliver", "tag" }, { #deliveries, deliveries[1].verdict,
        deliveries[1].extension })
      assert.is_nil(deliveries[1].connector)
      assert.truthy(tostring(q:explain("all@here.example")):find(
        "Info is its own target: a mailbox here", 1, true))
    end
  end)
end)

describe("catch-alls", function()
  local p = load [[
domain "here.example" { catchall = "Kim" }
domain "there.example" { catchall = "SMTP:all@foreign.example" }
recipient "Kim" { proxies = { "kim@here.example" } }
recipient "Gone" { proxies = { "gone@here.example" }, refuse = true }
rewrite "SMTP:old.{user}@here.example" { to = "SMTP:{user}@foreign.example" }
connector "out" { spaces = { "SMTP:*" } }
]]

  it("take what nobody else claims", function()
    routes(p, {
      { "nobody@here.example", "deliver | Kim | SMTP:kim@here.example" },
      { "nobody@there.example", "deliver | - | SMTP:all@foreign.example" },
      { "old.joe@here.example", "deliver | - | SMTP:joe@foreign.example" },
    })
  end)

  it("fail once for each recipient, in however many ways they are reached", function()
    local q = assert(policy.load [[
      domain "a.example" { catchall = "Empty" }
      list "Empty" { proxies = { "empty@a.example" }, members = {} }
      list "Two" { proxies = { "two@a.example" }, members = { "Empty", "nobody@a.example" } }]])
    local told = {}
    for i, delivery in ipairs(q:route { "empty@a.example", "two@a.example" }) do
      told[i] = delivery.recipient .. " " .. delivery.code
    end
    assert.same({ "empty@a.example list-empty", "two@a.example list-empty" }, told)
    q:close()
  end)

  it("do not cover a tombstone", function()
    assert.equal("recipient-gone", p:route("gone@here.example")[1].code)
  end)

  it("take no address of another type that ends like theirs", function()
    local q = load [[
domain "a.example" { catchall = "SMTP:all@b.example" }
rewrite "TELEX:old{number}@a.example" { to = "SMTP:{number}@far.example" }
connector "out" { spaces = { "SMTP:*", "TELEX:*" } }
]]
    routes(q, {
      { "TELEX:1@a.example", "deliver | - | TELEX:1@a.example" },
      { "TELEX:old1@a.example", "deliver | - | SMTP:1@far.example" },
      { "1@a.example", "deliver | - | SMTP:all@b.example" },
    })
  end)

  it("are tried once", function()
    local q = load [[
domain "a.example" { catchall = "SMTP:x@b.example" }
domain "b.example" { catchall = "SMTP:y@a.example" }
connector "out" { spaces = { "SMTP:*" } }
]]
    assert.equal("recipient-unknown", q:route("nobody@a.example")[1].code)
  end)
end)

describe("a mailbox that forwards, too", function()
  local p = load [[
settings { extension = "+" }
domain "here.example" {}
recipient "Info" { proxies = { "smtp:info@here.example", "SMTP:office@here.example" },
  target = "SMTP:fwd@away.example", keep = true }
recipient "Kim" { proxies = { "kim@here.example" },
  targets = { "Info", "SMTP:kim@away.example", "CCMAIL:Kim at HQ" } }
recipient "Own" { proxies = { "own@here.example", "CCMAIL:Own at HQ" },
  targets = { "CCMAIL:Own at HQ", "SMTP:own@away.example" } }
connector "out" { spaces = { "SMTP:*", "CCMAIL:*" } }
]]

  it("gets one delivery here, with the extension, and one to each target", function()
    routes(p, {
      { "info@here.example", "deliver | Info | SMTP:office@here.example",
        "deliver | Info | SMTP:fwd@away.example" },
      { "kim@here.example", "deliver | Info | SMTP:office@here.example",
        "deliver | Info | SMTP:fwd@away.example", "deliver | Kim | SMTP:kim@away.example",
        "deliver | Kim | CCMAIL:Kim at HQ" },
    })
    local deliveries = p:route("info+x@here.example", { sender = "joe@away.example" })
    assert.same({ "x", nil, "out" },
      { deliveries[1].extension, deliveries[1].connector, deliveries[2].connector })
    for _, delivery in ipairs(deliveries) do
      assert.equal("SMTP:joe@away.example", tostring(delivery.sender))
    end
  end)

  it("ends at those targets that are its own proxies", function()
    routes(p, {
      { "own@here.example", "deliver | Own | CCMAIL:Own at HQ",
        "deliver | Own | SMTP:own@away.example" },
    })
  end)

  it("has the address of a type that one of its targets has", function()
    assert.equal("CCMAIL:Kim at HQ", tostring(p:resolve("kim@here.example", { as = "CCMAIL" })))
    assert.equal("SMTP:office@here.example",
      tostring(p:resolve("info@here.example", { as = "SMTP" })))
    assert.is_nil((p:resolve("info@here.example", { as = "X400" })))
  end)

  it("is explained", function()
    local told = tostring(p:explain "info@here.example")
    assert.truthy(told:find("Info keeps a copy (policy.lua:3)", 1, true), told)
  end)
end)

describe("lists", function()
  local p = load [[
domain "here.example" {}
recipient "Kim" { proxies = { "kim@here.example", "CCMAIL:Kim at HQ" } }
recipient "Ann" { proxies = { "ann@here.example" } }
list "All" { proxies = { "all@here.example" },
  members = { "Some", "Kim", "SMTP:joe@away.example" } }
list "Some" { proxies = { "some@here.example" }, owner = "Ann",
  members = { "Kim", "Ann", "SMTP:KIM@here.example", "SMTP:nobody@here.example" } }
list "Empty" { proxies = { "empty@here.example" }, members = {} }
list "Self" { proxies = { "self@here.example" },
  members = { "Ann", "Self", "SMTP:joe@away.example" } }
connector "out" { spaces = { "SMTP:*" } }
]]

  it("reach each member once, and a bad member hides no other", function()
    routes(p, {
      { "all@here.example",
        "deliver | Kim | SMTP:kim@here.example",
        "deliver | Ann | SMTP:ann@here.example",
        "reject | Some | SMTP:nobody@here.example | recipient-unknown",
        "deliver | All | SMTP:joe@away.example" },
    })
  end)

  it("leave the sender to those who are addressed directly, too, in any order", function()
    local envelope = { sender = "joe@away.example" }
    for _, to in ipairs {
      { "some@here.example", "kim@here.example" }, { "kim@here.example", "some@here.example" },
    } do
      local deliveries = p:route(to, envelope)
      assert.equal(3, #deliveries)
      for _, delivery in ipairs(deliveries) do
        local sender = delivery.entry == "Ann" and "SMTP:ann@here.example"
          or delivery.entry == "Kim" and "SMTP:joe@away.example"
        if sender then assert.equal(sender, tostring(delivery.sender)) end
      end
    end
  end)

  it("make their owner the sender to their members, but never of <>", function()
    local deliveries = p:route("some@here.example", { sender = "joe@away.example" })
    assert.equal("SMTP:ann@here.example", tostring(deliveries[1].sender))
    deliveries = p:route("some@here.example", { sender = "<>" })
    assert.equal("", deliveries[1].sender.localpart)
  end)

  it("are not their own owners, by whatever address", function()
    for _, owner in ipairs { "Team", "team@here.example", "X400:c=us;s=Team" } do
      local _, message, code = policy.load(([[list "Team" { proxies = { "SMTP:team@here.example",
        "X400:c=us;s=team" }, members = { "SMTP:joe@away.example" }, owner = %q }]]):format(owner),
        { chunkname = "@policy.lua" })
      assert.same({ "policy-invalid", 'policy.lua:1: list "Team": owner: bounces to the list itself'
        .. " would go to all of its members; name somebody who reads them, or remove owner" },
        { code, message })
    end
  end)

  it("without members are refused", function()
    assert.equal("list-empty", p:route("empty@here.example")[1].code)
  end)

  it("that hold themselves or each other reach everybody once", function()
    routes(p, {
      { "self@here.example", "deliver | Ann | SMTP:ann@here.example",
        "deliver | Self | SMTP:joe@away.example" },
    })
    local q = load [[
recipient "Kim" { proxies = { "kim@here.example" }, keep = true, target = "Ann" }
recipient "Ann" { proxies = { "ann@here.example" }, keep = true, target = "kim@here.example" }
list "One" { proxies = { "one@here.example" }, members = { "Two", "SMTP:joe@away.example" } }
list "Two" { proxies = { "two@here.example" }, members = { "SMTP:one@here.example", "Kim" } }
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@here.example" }
list "Old" { proxies = { "old@here.example" }, members = { "SMTP:old@old.example", "Kim" } }
connector "out" { spaces = { "SMTP:*" } }
]]
    local kim = "deliver | Kim | SMTP:kim@here.example"
    local ann = "deliver | Ann | SMTP:ann@here.example"
    routes(q, {
      { "kim@here.example", kim, ann }, { "ann@here.example", ann, kim },
      { "one@here.example", kim, ann, "deliver | One | SMTP:joe@away.example" },
      { "two@here.example", "deliver | One | SMTP:joe@away.example", kim, ann },
      { "old@here.example", kim, ann }, { "old@old.example", kim, ann },
    })
    local found = {}
    for _, finding in ipairs(q:check()) do
      if finding.code == "entry-circular" then found[#found + 1] = finding.title end
    end
    assert.same({ 'recipient "Kim"', 'recipient "Ann"', 'list "One"', 'list "Two"', 'list "Old"' },
      found)
  end)

  it("that reach nobody but themselves are a loop", function()
    local q = load [[
list "One" { proxies = { "one@here.example" }, members = { "Two" } }
list "Two" { proxies = { "two@here.example" }, members = { "One" } }
recipient "To" { proxies = { "to@here.example" }, target = "fro@here.example" }
recipient "Fro" { proxies = { "fro@here.example" }, target = "To" }
list "Both" { proxies = { "both@here.example" }, members = { "To", "SMTP:joe@away.example" } }
connector "out" { spaces = { "SMTP:*" } }
]]
    for _, to in ipairs { "one", "two", "to", "fro" } do
      local deliveries = q:route(to .. "@here.example")
      assert.same({ 1, "route-loop" }, { #deliveries, deliveries[1].code }, to)
    end
    local deliveries = q:route "both@here.example" -- who is a loop to himself gets nothing
    assert.same({ "route-loop", true }, { deliveries[1].code, deliveries[1].member })
    assert.equal("deliver", deliveries[2].verdict)
    assert.equal(2, #deliveries)
    for _, finding in ipairs(q:check()) do assert.not_equal("entry-circular", finding.code) end
  end)

  it("are not alone in that: of several targets, or beside a copy, one may fail", function()
    local q = load [[
domain "here.example" {}
recipient "Kim" { proxies = { "kim@here.example" } }
recipient "Gone" { proxies = { "gone@here.example" }, refuse = "left" }
recipient "Info" { proxies = { "info@here.example" }, target = "FAX:+1", keep = true }
recipient "Two" { proxies = { "two@here.example" }, targets = { "Gone", "SMTP:two@away.example" } }
recipient "Own" { proxies = { "own@here.example" }, targets = { "Own", "SMTP:no@here.example" } }
recipient "One" { proxies = { "1@here.example" }, targets = { "Gone" } }
recipient "Fax" { proxies = { "fax@here.example" }, target = "One" }
recipient "Fine" { proxies = { "fine@here.example" }, target = "Kim", keep = true,
  authenticated = true }
connector "out" { spaces = { "SMTP:*" } }
]]
    for to, expected in pairs {
      info = { "- nil", "route-missing true" }, two = { "recipient-gone true", "- nil" },
      own = { "- nil", "recipient-unknown true" }, fax = { "recipient-gone nil" },
      fine = { "recipient-restricted nil" }, ["1"] = { "recipient-gone nil" },
    } do
      local found, items = {}, {}
      for i, delivery in ipairs(q:route(to .. "@here.example", { authenticated = false })) do
        found[i] = ("%s %s"):format(delivery.code or "-", tostring(delivery.member))
      end
      for i, item in ipairs(q:route(q:resolve(to .. "@here.example"))) do
        items[i] = ("%s %s"):format(item.code or "-", tostring(item.member))
      end
      assert.same({ expected, expected }, { found, items }, to)
    end
  end)

  it("say by what somebody was reached, and whose fault a failure is not", function()
    local q = load [[
domain "here.example" {}
recipient "Kim" { proxies = { "kim@here.example" } }
recipient "Pat" { proxies = { "pat@here.example" }, target = "SMTP:pat@away.example" }
recipient "Ann" { proxies = { "ann@here.example" }, target = "Kim" }
recipient "Gone" { proxies = { "gone@here.example" }, refuse = "left" }
list "Some" { proxies = { "some@here.example" }, members = { "Kim", "Gone", "SMTP:no@here.example",
  "SMTP:joe@away.example", "FAX:+1" } }
list "All" { proxies = { "all@here.example" }, members = { "Some", "Pat", "Empty" } }
list "Empty" { proxies = { "empty@here.example" }, members = {} }
connector "out" { spaces = { "SMTP:*" } }
]]
    local function told(to)
      local found = {}
      for i, delivery in ipairs(q:route(to)) do
        found[i] = ("%s %s %s %s"):format(table.concat(delivery.via or {}, ">"), delivery.entry,
          delivery.code or "-", tostring(delivery.member))
      end
      return found
    end
    assert.same({ "All>Some Kim - nil", "All>Some Gone recipient-gone true",
      "All Some recipient-unknown true", "All Some - nil", "All Some route-missing true",
      "All Pat - nil", "All Empty list-empty true" }, told "all@here.example")
    assert.same({ " Kim - nil" }, told "kim@here.example")
    assert.same({ "Ann Kim - nil" }, told "ann@here.example")
    assert.same({ " Gone recipient-gone nil" }, told "gone@here.example")
    assert.same({ " Empty list-empty nil" }, told "empty@here.example")
    local deliveries = q:route { "some@here.example", "gone@here.example" }
    assert.same({ true, nil }, { deliveries[2].member, deliveries[6].member })
    local items = q:resolve "all@here.example"
    assert.same({ { "All", "Some" }, true }, { items[2].via, items[2].member })
    assert.same({ nil, { "All", "Some" } }, { items[1].member, q:route(items[1])[1].via })
    assert.is_true(q:route(items[2])[1].member)
    local found = {}
    for _, finding in ipairs(q:check()) do
      if finding.code == "entry-broken" then found[#found + 1] = finding.severity end
    end
    assert.same({ "error", "error", "error", "error", "warning", "warning", "warning", "warning" },
      found)
  end)

  it("are each said once, whatever lies between, and no member's who is reached without them",
  function()
    local q = load [[
domain "here.example" {}
recipient "Kim" { proxies = { "kim@here.example" } }
list "All" { proxies = { "all@here.example" },
  members = { "SMTP:kim@old.example", "SMTP:no@here.example", "SMTP:NO@here.example" } }
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@older.example" }
rewrite "SMTP:{u}@older.example" { to = "SMTP:{u}@here.example" }
function on.recipient(address)
  if address.localpart == "both" then return { "all@here.example", "no@here.example" } end
end
]]
    local deliveries = q:route "all@here.example"
    assert.same({ { "All" }, true, 2 }, { deliveries[1].via, deliveries[2].member, #deliveries })
    deliveries = q:route "both@here.example"
    assert.same({ "recipient-unknown", nil, 2 },
      { deliveries[2].code, deliveries[2].member, #deliveries })
  end)

  it("are told to on.delivery, whatever was typed", function()
    local q = load [[
domain "here.example" {}
recipient "Kim" { proxies = { "kim@here.example" } }
list "Team" { proxies = { "team@here.example", "crew@here.example" }, members = { "Kim", "Gone" } }
recipient "Gone" { proxies = { "gone@here.example" }, refuse = true }
function on.delivery(delivery)
  if delivery.member then return reject("a member", "5.7.1", "member") end
  for _, name in ipairs(delivery.via or {}) do
    if name == "Team" then return reject("closed", "5.7.1", "closed") end
  end
end
]]
    for _, to in ipairs { "team@here.example", "crew@here.example" } do
      local deliveries = q:route(to)
      assert.same({ "closed", true, "member" },
        { deliveries[1].code, deliveries[1].member, deliveries[2].code })
    end
    assert.equal("deliver", q:route("kim@here.example")[1].verdict)
  end)

  it("are followed once more where their owner is not the sender any more", function()
    local q = load [[
list "Top" { proxies = { "top@here.example" }, members = { "Owned", "In", "Other" } }
list "Owned" { proxies = { "owned@here.example" }, owner = "SMTP:ann@here.example",
  members = { "In" } }
list "Other" { proxies = { "other@here.example" }, owner = "SMTP:bob@here.example",
  members = { "In", "SMTP:kim@away.example" } }
list "In" { proxies = { "in@here.example" }, members = { "SMTP:joe@away.example" } }
connector "out" { spaces = { "SMTP:*" } }
]]
    local function senders(to)
      local found = {}
      for _, delivery in ipairs(q:route(to, { sender = "x@far.example" })) do
        found[#found + 1] = ("%s from %s"):format(delivery.address.localpart,
          delivery.sender.localpart)
      end
      return found
    end
    assert.same({ "joe from x", "kim from bob" }, senders "top@here.example")
    assert.same({ "joe from ann" }, senders "owned@here.example")
  end)

  it("within lists are followed once, however often they are met", function()
    local source = { "connector 'out' { spaces = { 'SMTP:*' } }\n" }
    for i = 1, 15 do
      source[#source + 1] = ("list 'l%d' { proxies = { 'l%d@here.example' }, owner = %s,"
        .. " members = { %s } }\n"):format(i, i, i % 2 == 0 and "'o@here.example'" or "nil",
        ("'l%d', "):format(i + 1):rep(20))
    end
    source[#source + 1] = "list 'l16' { proxies = { 'l16@here.example' },"
      .. " members = { 'SMTP:joe@away.example' } }\n"
    local q = load(table.concat(source))
    assert.equal(1, #q:route "l1@here.example")
  end)

  it("follow an entry once for each extension, whatever digits both are of", function()
    local source = { 'settings { extension = "+" } domain "here.example" {}',
      "connector 'out' { spaces = { 'SMTP:*' } }" }
    for i = 1, 150 do
      source[#source + 1] = ("recipient 'r%d' { proxies = { 'r%d@here.example' }, keep = true,"
        .. " targets = { 'SMTP:o%d@away.example' } }"):format(i, i, i)
    end
    local entries, members, begun = load(table.concat(source, "\n")).compiled.directory, {}, {}
    for i = 1, 150 do
      local number = ("%d"):format(directory.find(entries, ("SMTP:r%d@here.example"):format(i)))
      for length = 1, #number - 1 do
        local other = begun[number:sub(1, length)]
        if other then -- the number of one and an extension are those of the other
          members[#members + 1] = ("'SMTP:r%d+%s7@here.example'"):format(other,
            number:sub(length + 1))
          members[#members + 1] = ("'SMTP:r%d+7@here.example'"):format(i)
        end
      end
      begun[number] = i
    end
    assert.truthy(#members >= 2)
    source[#source + 1] = ("list 'L' { proxies = { 'l@here.example' }, members = { %s } }"):format(
      table.concat(members, ", "))
    local reached = {}
    for _, delivery in ipairs(load(table.concat(source, "\n")):route "l@here.example") do
      if delivery.entry then
        reached[("'SMTP:%s+%s@here.example'"):format(delivery.entry, delivery.extension)] = true
      end
    end
    for _, member in ipairs(members) do assert.truthy(reached[member], member) end
  end)

  -- A policy with a list of so many addresses, every other of which an entry has.
  local function big(count, head)
    local source, members = { head or "", "connector 'out' { spaces = { 'SMTP:*' } }\n" }, {}
    for i = 1, count do
      members[i] = ("'SMTP:m%d@away.example'"):format(i)
      local entry = ("recipient 'm%d' { proxies = { 'm%d@away.example' } }\n"):format(i, i)
      source[#source + 1] = i % 2 == 0 and entry or nil
    end
    source[#source + 1] = ("list 'Big' { proxies = { 'big@here.example' }, members = { %s } }\n")
      :format(table.concat(members, ", "))
    return table.concat(source)
  end

  it("have as many members as they have", function()
    local deliveries = load(big(2500)):route "big@here.example"
    assert.equal(2500, #deliveries)
    for _, delivery in ipairs(deliveries) do assert.equal("deliver", delivery.verdict) end
  end)

  it("over what the settings allow do not load", function()
    local limited = "settings { max_recipients = %d }\n"
    assert.equal(100, #load(big(100, limited:format(100))):route "big@here.example")
    local none, message = policy.load(big(100, limited:format(99)), { chunkname = "@policy.lua" })
    assert.is_nil(none)
    assert.equal('policy.lua:53: list "Big" reaches more than the 99 recipients that max_recipients'
      .. " allows; raise that in settings, or divide it", message)
    for members, count in pairs {
      ["'A', 'B', 'SMTP:a@here.example', 'SMTP:B@here.example'"] = 2, ["'In', 'A'"] = 3,
      ["'Kept', 'A', 'In'"] = 4, ["'L', 'In'"] = 3, ["'On'"] = 1,
      ["'Own', 'A'"] = 3,
    } do
      local source = limited .. [[
recipient "A" { proxies = { "a@here.example" } }
recipient "B" { proxies = { "b@here.example" } }
list "In" { proxies = { "in@here.example" }, members = { "A", "B", "SMTP:x@away.example" } }
recipient "Kept" { proxies = { "kept@here.example" }, target = "SMTP:x@away.example", keep = true }
recipient "On" { proxies = { "on@here.example" }, target = "A" }
recipient "Own" { proxies = { "own@here.example" }, targets = { "Own", "SMTP:y@away.example" } }
list "L" { proxies = { "l@here.example" }, members = { %s } }
]]
      assert.equal(count, #load(source:format(9, members)):route "l@here.example", members)
      if count >= 3 then assert(policy.load(source:format(count, members)), members) end
      none, message = policy.load(source:format(count - 1, members))
      assert.is_nil(none)
      assert.truthy(count == 1 or message:find('list "L" reaches more than', 1, true), message)
    end
  end)

  it("over it that only routing makes are refused at once, all or nothing", function()
    local q = load [[
settings { max_recipients = 3 }
domain "here.example" {}
recipient "A" { proxies = { "a@here.example" } }
list "L" { proxies = { "l@here.example" },
  members = { "A", "SMTP:x@many.example", "SMTP:z@away.example" } }
rewrite "SMTP:*@many.example" { to = function(address)
  if address.localpart == "y" then return { "1@away.example", "2@away.example", "3@away.example",
    "4@away.example" } end
  return { "1@away.example", "2@away.example" }
end }
connector "out" { spaces = { "SMTP:*" } }
]]
    local deliveries = q:route { "a@here.example", "l@here.example", "z@away.example" }
    assert.same({
      "deliver | A | SMTP:a@here.example", "reject | - | SMTP:l@here.example | expansion-limit",
      "deliver | - | SMTP:z@away.example",
    }, lines(deliveries))
    assert.same({ "5.5.3", nil, nil },
      { deliveries[2].status, deliveries[1].also, deliveries[3].also })
    routes(q, {
      { "x@many.example", "deliver | - | SMTP:1@away.example",
        "deliver | - | SMTP:2@away.example" },
      { "y@many.example", "reject | - | SMTP:y@many.example | expansion-limit" },
    })
  end)

  it("and several recipients reach a mailbox once", function()
    local deliveries = p:route { "kim@here.example", "CCMAIL:Kim at HQ", "ann@here.example" }
    assert.same({ "deliver | Kim | SMTP:kim@here.example",
      "deliver | Ann | SMTP:ann@here.example" },
      lines(deliveries))
    assert.same({ "CCMAIL:Kim at HQ" }, deliveries[1].also)
  end)
end)

describe("loops", function()
  it("are what goes on for too long, and end there", function()
    local source = {}
    for i = 1, 40 do
      source[i] = ("recipient 'r%d' { proxies = { 'r%d@here.example' },"
        .. " target = 'r%d@here.example' }"):format(i, i, i + 1)
    end
    local p = load(table.concat(source, "\n"))
    local deliveries = p:route "r1@here.example"
    assert.same({ 1, "route-loop", "goes on for more than 32 steps" },
      { #deliveries, deliveries[1].code, deliveries[1].detail })
    assert.equal("route-missing", p:route("r20@here.example")[1].code)
  end)

  it("are refused with their path", function()
    local p = load [[
recipient "A" { proxies = { "a@here.example" }, target = "SMTP:b@here.example" }
recipient "B" { proxies = { "b@here.example" }, target = "SMTP:a@here.example" }
]]
    local delivery = p:route("a@here.example")[1]
    assert.equal("route-loop", delivery.code)
    assert.equal("5.4.6", delivery.status)
    assert.equal("SMTP:a@here.example > SMTP:b@here.example > SMTP:a@here.example", delivery.detail)
  end)

  it("are none where a target is one of its own entry's proxies", function()
    local p = load [[
recipient "A" { proxies = { "a@here.example", "CCMAIL:A at HQ" }, target = "CCMAIL:A at HQ" }
connector "cc" { spaces = { "CCMAIL:*" } }
]]
    local delivery = p:route("a@here.example")[1]
    assert.equal("cc", delivery.connector)
    assert.equal("CCMAIL:A at HQ", tostring(delivery.address))
    assert.equal("cc", p:route("CCMAIL:A at HQ")[1].connector)
  end)

  it("are bounded when they never come back", function()
    local parts = { "connector 'out' { spaces = { 'SMTP:*' } }" }
    for i = 1, 40 do
      parts[#parts + 1] = ("recipient 'R%d' { proxies = { 'r%d@a.example' }, target ="
        .. " 'SMTP:r%d@a.example' }")
        :format(i, i, i + 1)
    end
    local p = load(table.concat(parts, "\n"))
    assert.equal("route-loop", p:route("r1@a.example")[1].code)
    assert.equal("deliver", p:route("r20@a.example")[1].verdict)
  end)
end)

describe("resolve", function()
  local p = load(SITE .. 'rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@here.example" }')

  it("tells whose address it is, without routing", function()
    local items = p:resolve "klee@old.example"
    assert.equal(1, #items)
    assert.equal("Kim Lee", items[1].entry)
    assert.equal("SMTP:kim.lee@here.example", tostring(items[1].address))
    assert.equal("recipient-unknown", p:resolve("nobody@here.example")[1].code)
  end)

  it("gives the best address of a type, and how it was found", function()
    local function as(recipient, kind)
      local address, how = p:resolve(recipient, { as = kind })
      return address and tostring(address), how
    end
    assert.same({ "SMTP:kim.lee@here.example", "directory" }, { as("EX:/o=Old/cn=KLEE", "SMTP") })
    assert.same({ "SMTP:kim.lee@here.example", "unwrapped" },
      { as("IMCEAEX-_o=Old_cn=klee@here.example", "SMTP") })
    assert.same({ "CCMAIL:Lee, Kim at HQ", "rewrite" }, { as("klee@old.example", "CCMAIL") })
    assert.same({ "SMTP:joe@foreign.example", "itself" }, { as("joe@foreign.example", "smtp") })
    assert.same({ "SMTP:gone@here.example", "directory" }, { as("gone@here.example", "SMTP") })
    local none, message, code = p:resolve("nobody@here.example", { as = "SMTP" })
    assert.is_nil(none)
    assert.equal("recipient-unknown", code)
    assert.is_string(message)
  end)

  it("looks through gateways for it, and at lists rather than their members", function()
    local q = load [[
postoffice "HQ" {} postoffice "internet" { via = "HQ", gateway = "SMTP" }
postoffice "ours" { gateway = "SMTP" }
recipient "Joe" { proxies = { "CCMAIL:Joe at HQ" }, target = "SMTP:joe@far.example" }
list "All" {
  proxies = { "all@here.example", "CCMAIL:All at HQ" }, members = { "SMTP:x@y.example" },
}
]]
    local function as(recipient)
      local address, how = q:resolve(recipient, { as = "SMTP" })
      return tostring(address), how
    end
    assert.same({ "SMTP:a@b.example", "gateway" }, { as "CCMAIL:a@b.example at internet" })
    assert.same({ "SMTP:a@b.example", "gateway" }, { as "CCMAIL:a@b.example at ours" })
    assert.same({ "SMTP:all@here.example", "directory" }, { as "CCMAIL:All at HQ" })
    assert.same({ "SMTP:joe@far.example", "target" }, { as "CCMAIL:Joe at HQ" })
  end)

  it("gives what can be routed on, with the same result", function()
    for _, address in ipairs {
      "klee@here.example", "pat@here.example", "klee@old.example", "nobody@here.example",
        "joe@foreign.example",
      "gone@here.example", "IMCEAEX-_o=Old_cn=klee@here.example", "not an address at all",
    } do
      assert.same(lines(p:route(address)), lines(p:route(p:resolve(address))), address)
    end
  end)
end)

describe("what is answered", function()
  local p = load(SITE .. [[
list "Team" { proxies = { "team@here.example" }, owner = "SMTP:owner@away.example",
  members = { "Kim Lee", "Pat", "SMTP:joe@away.example", "CCMAIL:Ann at HQ",
              "nobody@here.example" } }
list "Crew" { proxies = { "crew@here.example" }, owner = "Pat", members = { "Team", "Ann" } }
rewrite "SMTP:old@here.example" { to = "SMTP:new@away.example" }
rewrite "SMTP:fixed@here.example" { both = true, to = "SMTP:sender@away.example" }
]])

  local RECIPIENTS = {
    "team@here.example", "crew@here.example", "kim.lee@here.example", "pat@here.example",
    "gone@here.example", "old@here.example", "a@b..c", "CCMAIL:x at HQ",
  }
  local SENDERS = { "kim.lee@here.example", "fixed@here.example", "joe@away.example" }

  -- All answers, each asked anew.
  local function ask_all()
    local answers = {}
    for _, recipient in ipairs(RECIPIENTS) do
      for _, sender in ipairs(SENDERS) do
        answers[#answers + 1] = p:route(recipient, { sender = sender, may_relay = true })
      end
      answers[#answers + 1] = { p:resolve(recipient) }
      answers[#answers + 1] = { p:resolve(recipient, { as = "SMTP" }) }
      answers[#answers + 1] = p:explain(recipient)
    end
    return answers
  end

  -- Calls `visit` once with each table that an answer holds.
  local function walk(value, visit, seen)
    if type(value) ~= "table" or seen[value] then return end
    seen[value] = true
    for _, item in pairs(value) do walk(item, visit, seen) end
    visit(value)
  end

  local function copy(value)
    if type(value) ~= "table" then return value end
    local copied = {}
    for key, item in pairs(value) do copied[key] = copy(item) end
    return copied
  end

  it("shares no table with any other answer", function()
    local is_old = {}
    walk(ask_all(), function() end, is_old)
    local shared, count = {}, 0
    walk(ask_all(), function(found)
      count = count + 1
      if is_old[found] then shared[#shared + 1] = found end
    end, {})
    assert.same({}, shared)
    assert.truthy(count > 100)
  end)

  it("can be changed in place, which changes no later answer", function()
    local first = ask_all()
    local before = copy(first)
    walk(first, function(found)
      for key in pairs(found) do found[key] = "changed" end
      found.localpart, found.verdict, found[1] = "changed", "changed", "changed"
    end, {})
    collectgarbage()
    assert.same(before, copy(ask_all()))
  end)
end)

describe("how an address was found", function()
  it("is the first of what was done", function()
    local q = load [[
domain "here.example" { unwrap = { "X500" }, catchall = "Kim" }
postoffice "internet" { gateway = "SMTP" }
recipient "Kim" { proxies = { "kim@here.example", "X500:/o=x/cn=kim" } }
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@here.example" }
connector "out" { spaces = { "SMTP:*" } }
]]
    for to, expected in pairs {
      ["kim@here.example"] = "directory", ["X500:/o=x/cn=kim"] = "directory",
      ["kim@old.example"] = "rewrite", ["who@here.example"] = "catchall",
      ["who@far.example"] = "nil", ["CCMAIL:who@far.example at internet"] = "gateway",
      ["IMCEAX500-_o=x_cn=kim@here.example"] = "unwrapped",
    } do
      assert.equal(expected, tostring(q:resolve(to)[1].how), to)
    end
  end)
end)

describe("an address that nobody has", function()
  it("is told of who was asked for, not of what that became", function()
    local q = load [[
recipient "A" { proxies = { "a@here.example" }, target = "x@far.example" }
connector "out" { spaces = { "SMTP:*" } }
]]
    local told = "nobody here has it, no rewrite matches"
    assert.truthy(tostring(q:explain "y@far.example"):find(told, 1, true))
    assert.falsy(tostring(q:explain "a@here.example"):find(told, 1, true))
  end)
end)

describe("a way that comes back", function()
  it("is told by what led back", function()
    local q = load [[
domain "here.example" {}
recipient "A" { proxies = { "a@here.example" }, target = "x@far.example" }
rewrite "SMTP:x@far.example" { to = "SMTP:a@here.example" }
]]
    local delivery = q:route("x@far.example")[1]
    assert.same({ "route-loop", "policy.lua:2" }, { delivery.code, delivery.rule })
  end)
end)

describe("a custom recipient", function()
  local q = load [[
domain "here.example" { unwrap = { "CCMAIL" } }
domain "hall.example" { catchall = "Kim" }
recipient "Kim" { proxies = { "SMTP:kim@here.example", "CCMAIL:Kim at HQ" } }
recipient "Pat" { proxies = { "SMTP:pat@here.example", "EX:/o=x/cn=pat" },
  target = "[ccmail:pat@far.example at internet]" }
recipient "Lee" { proxies = { "SMTP:lee@here.example" }, target = "Lee Lee <Lee@far.example>" }
recipient "One" { proxies = { "SMTP:one@here.example" }, target = "shared@far.example" }
recipient "Two" { proxies = { "SMTP:two@here.example" }, target = "Shared@far.example" }
recipient "Named" { proxies = { "SMTP:named@here.example" }, target = "Kim" }
recipient "Lost" { proxies = { "SMTP:lost@here.example" }, target = "nobody@here.example" }
recipient "Held" { proxies = { "SMTP:held@here.example" }, target = "any@hall.example" }
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@far.example" }
connector "out" { spaces = { "SMTP:*", "CCMAIL:*" } }
]]

  it("is found by its target, whose mail goes where it went (Q157007)", function()
    routes(q, {
      { "CCMAIL:PAT@far.example at internet",
        "deliver | Pat | CCMAIL:PAT@far.example at internet" },
      { "LEE@far.example", "deliver | Lee | SMTP:LEE@far.example" },
      { "lee@old.example", "deliver | Lee | SMTP:lee@far.example" },
      { "nobody@here.example",
        "reject | Lost | SMTP:nobody@here.example | recipient-unknown" },
      { "lee@here.example", "deliver | Lee | SMTP:Lee@far.example" },
    })
    local texts = { "LEE@far.example", "lee@old.example", "CCMAIL:pat@far.example at internet" }
    for _, to in ipairs(texts) do
      assert.same(q:explain(to).deliveries, q:route(to), to)
    end
    assert.same({ "Lee", "target" }, { q:resolve("lee@far.example")[1].entry,
      q:resolve("lee@far.example")[1].how })
    assert.truthy(tostring(q:explain "lee@far.example"):find(
      "it is the target of Lee (policy.lua:6)", 1, true))
  end)

  it("is not found by what is another's, or somebody else's way", function()
    routes(q, {
      { "shared@far.example", "deliver | - | SMTP:shared@far.example" },
      { "any@hall.example", "deliver | Kim | SMTP:kim@here.example" },
      { "kim@here.example", "deliver | Kim | SMTP:kim@here.example" },
    })
    assert.equal("itself", select(2, q:resolve("shared@far.example", { as = "SMTP" })))
  end)

  it("has the address that an archive looks for", function()
    for to, expected in pairs {
      ["CCMAIL:pat@far.example at internet"] = "SMTP:pat@here.example target",
      ["lee@far.example"] = "SMTP:lee@here.example target",
      ["lee@old.example"] = "SMTP:lee@here.example rewrite",
      ["EX:/o=x/cn=pat"] = "SMTP:pat@here.example directory",
    } do
      local address, how = q:resolve(to, { as = "SMTP" })
      assert.equal(expected, ("%s %s"):format(tostring(address), how), to)
    end
  end)

  it("is asked by relaying as anybody is", function()
    local to = "IMCEACCMAIL-pat+40far+2Eexample+20at+20internet@here.example"
    assert.equal("relay-denied", q:route(to)[1].code)
  end)
end)

describe("a cc:Mail name without a post office", function()
  local q = load [[
recipient "Kim" { proxies = { "SMTP:kim@here.example", "CCMAIL:Lee, Kim at HQ",
  "CCMAIL:Lee, Kim at PARIS" } }
recipient "Joe" { proxies = { "CCMAIL:Joe at HQ" }, target = "joe@far.example" }
recipient "Pat" { proxies = { "SMTP:pat@here.example", "CCMAIL:Pat at HQ" } }
recipient "Pat2" { proxies = { "SMTP:pat2@here.example", "CCMAIL:Pat at PARIS" } }
recipient "Ann" { proxies = { "SMTP:ann@here.example", "CCMAIL:Ann" } }
recipient "Ann2" { proxies = { "SMTP:ann2@here.example", "CCMAIL:Ann at HQ" } }
connector "out" { spaces = { "SMTP:*", "CCMAIL:*" } }
]]

  it("is that of the one entry that has it (Q197255, Q184052)", function()
    routes(q, {
      { "CCMAIL:Kim Lee", "deliver | Kim | SMTP:kim@here.example" },
      { "CCMAIL:LEE, kim", "deliver | Kim | SMTP:kim@here.example" },
      { "CCMAIL:Joe", "deliver | Joe | SMTP:joe@far.example" },
      { "CCMAIL:Ann", "deliver | Ann | SMTP:ann@here.example" },
      { "CCMAIL:Ann at HQ", "deliver | Ann2 | SMTP:ann2@here.example" },
    })
    local item = q:resolve("CCMAIL:kim lee")[1]
    assert.same({ "Kim", "name" }, { item.entry, item.how })
    assert.truthy(tostring(q:explain "CCMAIL:kim lee"):find(
      "the one cc:Mail mailbox of that name is Kim's (policy.lua:1)", 1, true))
  end)

  it("is no name with a post office", function()
    local other = load [[
recipient "Odd" { proxies = { "CCMAIL:Lee at HQ at PARIS" } }
connector "out" { spaces = { "CCMAIL:*" } }
]]
    assert.equal("out", other:route("CCMAIL:Lee at HQ")[1].connector)
  end)

  it("is nobody's where two have it", function()
    for _, to in ipairs { "CCMAIL:Pat", "CCMAIL:Nobody" } do
      assert.equal("ccmail-postoffice-missing", q:route(to)[1].code)
    end
  end)
end)
