local helper = require "spec.helper"
local policy = require "postoffice.policy"

local SOURCE = [[
domain "here.example" {}
recipient "Kim" { proxies = { "kim@here.example" } }
connector "out" { spaces = { "SMTP:*" } }
function on.recipient(address)
  if address.domain ~= "here.example" then return end
  local found = ask("crm", address.localpart)
  if found then return found end
end
]]

local function load(ask, source)
  return assert(policy.load(source or SOURCE, { ask = ask, chunkname = "@policy.lua" }))
end

describe("a policy that asks", function()
  it("is answered by a table or a function of the host", function()
    local people = { joe = "kim@here.example", far = "joe@away.example" }
    for _, ask in ipairs {
      { crm = people },
      { crm = function(key) return people[key] end },
      function(name, key) return name == "crm" and people[key] or nil end,
    } do
      local p = load(ask)
      assert.equal("Kim", p:route("joe@here.example")[1].entry)
      assert.equal("out", p:route("far@here.example")[1].connector)
      assert.equal("recipient-unknown", p:route("nobody@here.example")[1].code)
    end
  end)

  it("defers where the host fails, and never calls the recipient unknown", function()
    local function failing() return nil, "ldap is down" end
    local function raising() error("no such server", 0) end
    for message, ask in pairs {
      ["ldap is down"] = { crm = failing }, ["no such server"] = { crm = raising },
      ['the host answers no question "crm"; it answers: cmr'] = { cmr = {} },
      ['the host answers no question "crm"; it answers: none'] = {},
    } do
      local deliveries = load(ask):route { "joe@here.example", "joe@away.example" }
      local delivery = deliveries[1]
      assert.same({ "defer", "ask-failed", "4.4.3" },
        { delivery.verdict, delivery.code, delivery.status })
      assert.truthy(delivery.detail:find(message, 1, true), delivery.detail)
      assert.equal("deliver", deliveries[2].verdict)
    end
  end)

  it("hands the host the envelope as it gave it, with what no script sees", function()
    local context, seen = { session = io.stdout }, {}
    local p = load({ crm = function(_, envelope) seen[#seen + 1] = envelope end }, [[
domain "here.example" {}
function on.recipient(address, envelope)
  if envelope.context then return reject "the script saw the context" end
  ask("crm", address.localpart)
end
]])
    local envelope = { sender = "joe@away.example", context = context }
    assert.equal("recipient-unknown", p:route("joe@here.example", envelope)[1].code)
    assert.equal("recipient-unknown", p:route("joe@here.example")[1].code)
    assert.is_true(rawequal(envelope, seen[1]))
    assert.equal(context, seen[1].context)
    assert.same({}, seen[2])
    p = load(function(_, _, given) return given.context.answer end)
    assert.equal("Kim", p:route("joe@here.example",
      { context = { answer = "kim@here.example" } })[1].entry)
  end)

  it("keeps what a host writes into a message's envelope out of other messages'", function()
    local source = [[
domain "here.example" { unwrap = { "CCMAIL" } }
postoffice "HQ" {} postoffice "internet" { via = "HQ", gateway = "SMTP" }
connector "cc" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" } }
function on.recipient(address) ask("crm", address.localpart or "") end
]]
    local function greedy(_, envelope) envelope.may_relay, envelope.mark = true, envelope.mark end
    local to = "IMCEACCMAIL-user+40far+2Eexample+20at+20internet@here.example"
    local p, q = load({ crm = greedy }, source), load({ crm = {} }, source)
    p:route(to)
    p:route("joe@here.example")
    assert.equal("relay-denied", q:route(to)[1].code)
    assert.equal("relay-denied", q:route({ to, to })[1].code)
  end)

  it("is asked each question, whatever names and keys the script puts together", function()
    local p = load(function(name, key) return #name * 100 + #key end, [[
function on.recipient()
  return reject(ask("a", "b\0stringc") .. " " .. ask("a\0stringb", "c"))
end
]])
    assert.equal("109 901", p:route("joe@here.example")[1].message)
  end)

  it("knows the time, the host's or else the clock's", function()
    local p = load({}, "function on.recipient(_, e) return reject(('%d'):format(e.now)) end")
    local before = os.time()
    for _, envelope in ipairs { {}, { sender = "<>" } } do
      local now = tonumber(p:route("joe@here.example", envelope)[1].message)
      assert.is_true(before <= now and now <= os.time())
    end
    assert.is_true(before <= tonumber(p:route("joe@here.example")[1].message))
    assert.equal("17", p:route("joe@here.example", { now = 17 })[1].message)
  end)

  it("says what may be answered, where something else was", function()
    local null = io.stdout -- a userdata, as ngx.null and cjson.null are
    local cycle = {}
    cycle.cycle = cycle
    local raising = setmetatable({}, { __tostring = function() error "no text" end })
    for _, case in ipairs {
      { null, 'is a userdata, such as the null of a database or of JSON; answer nil for "not' },
      { print, "is a function; answer nil" }, { { name = null }, "cannot be passed: nil, boo" },
      { cycle, "cannot be passed: a table contains itself; answer nil" },
      { { [{}] = 1 }, "the keys of a table that is passed" },
      { nil, "503", 503 }, { nil, "a reason that cannot be shown", raising },
    } do
      local count = 0
      local p = load { crm = function()
        count = count + 1
        return case[1], case[3]
      end }
      local deliveries = p:route { "joe@here.example", "joe@here.example", "joe@away.example" }
      assert.same({ "defer", "ask-failed", "4.4.3" },
        { deliveries[1].verdict, deliveries[1].code, deliveries[1].status })
      assert.truthy(deliveries[1].detail:find(case[2], 1, true), deliveries[1].detail)
      assert.equal("deliver", deliveries[#deliveries].verdict)
      assert.equal(1, count)
      assert.truthy(tostring(p:explain "joe@here.example"):find("asks crm for", 1, true))
    end
    local p = load { crm = function() error(raising) end }
    assert.equal("ask-failed", p:route("joe@here.example")[1].code)
  end)

  it("ends a routing that raises like any other, so that a reload closes what it replaced",
    function()
    local path = os.tmpname()
    local function write(text) helper.write(path, SOURCE .. text) end
    local function stuck() return setmetatable({}, { __index = function() error "stuck" end }) end
    local misuses = {
      function(p, client) p:route("joe@here.example", { client = client }) end,
      function(p, client) p:explain("joe@here.example", { client = client }) end,
      function(p, client) p:resolve("joe@here.example", nil, { client = client }) end,
    }
    for i, misuse in ipairs(misuses) do
      for _, inside in ipairs { false, true } do
        write("-- one")
        local p = assert(policy.open(path, { ask = { crm = coroutine.yield } }))
        local waiting = coroutine.wrap(function() return p:route("kim@here.example")[1].entry end)
        waiting()
        local call = function() return pcall(misuse, p, { stuck = print, i = stuck() }) end
        local ok, message
        if inside then ok, message = coroutine.wrap(call)() else ok, message = call() end
        assert.is_false(ok)
        assert.truthy(tostring(message):find("can be passed", 1, true), i .. tostring(message))
        local old = p.policy
        write("-- two")
        assert.is_true(p:reload())
        assert.equal(1, old.routings)
        assert.equal("Kim", waiting(nil))
        assert.equal(0, old.routings)
        assert.equal("policy-closed", old:route("kim@here.example")[1].code)
        p:close()
      end
    end
    os.remove(path)
  end)

  it("may be answered later, by a host that waits meanwhile", function()
    local p = load { crm = function(key) return coroutine.yield(key) end }
    local waiting, done = {}, {}
    for i, address in ipairs { "joe@here.example", "kim@here.example", "bad@here.example" } do
      waiting[i] = coroutine.wrap(function() done[i] = p:route(address)[1] end)
      waiting[i]()
    end
    assert.same({}, done)
    waiting[2](nil)
    waiting[3](nil, "timeout")
    waiting[1] "kim@here.example"
    assert.equal("Kim", done[1].entry)
    assert.equal("Kim", done[2].entry)
    assert.equal("ask-failed", done[3].code)
  end)

  it("may wait 4,096 times; the next is deferred at once", function()
    local p = load { crm = function() return coroutine.yield() end }
    local waiting, deferred = {}, 0
    for i = 1, 10000 do
      local route = coroutine.wrap(function() return p:route(("u%d@here.example"):format(i))[1] end)
      local delivery = route()
      if delivery then
        assert.same({ "defer", "policy-asks", "4.3.2" },
          { delivery.verdict, delivery.code, delivery.status })
        deferred = deferred + 1
      else
        waiting[#waiting + 1] = route
      end
    end
    assert.equal(4096, #waiting)
    assert.equal(5904, deferred)
    assert.equal("Kim", waiting[1]("kim@here.example").entry)
    local again = coroutine.wrap(function() return p:route("new@here.example")[1] end)
    assert.is_nil(again()) -- there is room for one
    for i = 2, #waiting do assert.equal("recipient-unknown", waiting[i](nil).code) end
    assert.equal("Kim", again("kim@here.example").entry)
    p:close()
  end)

  it("may be answered by routing again", function()
    local p
    p = load { crm = function(key)
      if key == "joe" then return p:route("ann@here.example")[1].code end
    end }
    local delivery = p:route("joe@here.example")[1]
    assert.equal("policy-error", delivery.code) -- "recipient-unknown" is no address
  end)

  it("asks a question once for each routing", function()
    local count = 0
    local p = load { crm = function() count = count + 1 end }
    p:route { "joe@here.example", "JOE@here.example", "joe@here.example" }
    assert.equal(2, count)
    p:route "joe@here.example"
    assert.equal(3, count)
  end)

  it("may ask in a rewrite, and several times", function()
    local p = load({ names = { a = "b", b = "c" } }, [[
connector "out" { spaces = { "SMTP:*" } }
rewrite "SMTP:{u}@old.example" { to = function(_, bound)
  local first = ask("names", bound.u)
  local second = first and ask("names", first)
  return second and second .. "@new.example"
end }]])
    assert.equal("SMTP:c@new.example", tostring(p:route("a@old.example")[1].address))
    assert.equal("SMTP:b@old.example", tostring(p:route("b@old.example")[1].address))
  end)

  it("shows questions and answers when explained", function()
    local p = load { crm = { joe = "kim@here.example" } }
    local text = tostring(p:explain "joe@here.example")
    assert.truthy(text:find('asks crm for "joe": "kim@here.example"', 1, true), text)
    text = tostring(p:explain "ann@here.example")
    assert.truthy(text:find('asks crm for "ann": not found', 1, true), text)
  end)

  it("shows what tables hold when explained, or the first of it", function()
    local many = {}
    for i = 1, 20 do many[i] = i end
    for told, value in pairs {
      ['{ "a@x.example", "b@x.example" }'] = { "a@x.example", "b@x.example" },
      ['{ 1, city = "Rome", ["is there"] = true }'] = { 1, ["is there"] = true, city = "Rome" },
      ["{ 1, 2, 3, 4, 5, 6, 7, 8, ... }"] = many,
      ["{ deep = a table }"] = { deep = {} },
      ["{ ... }"] = { [0.5] = "half" },
      ["{}"] = {},
    } do
      local p = load({ keys = function() return value end, crm = function(key) return key end }, [[
function on.recipient(address) ask("crm", ask("keys", address.localpart)) end]])
      local text = tostring(p:explain "joe@here.example"):gsub("%s+", " ")
      assert.matches(('asks keys for "joe": %s'):format(told), text, 1, true)
      assert.matches(("asks crm for %s: %s"):format(told, told), text, 1, true)
    end
  end)

  it("brings its own answers to its tests", function()
    local p = load(function() error "the host is not asked" end, SOURCE .. [[
test "found"   { to = "joe@here.example", asks = { crm = { joe = "kim@here.example" } },
                 entry = "Kim" }
test "unknown" { to = "joe@here.example", asks = { crm = {} }, code = "recipient-unknown" }
test "none"    { to = "joe@here.example", code = "ask-failed" }
]])
    local results = p:test()
    assert.equal(3, results.passed, tostring(results))
  end)
end)
