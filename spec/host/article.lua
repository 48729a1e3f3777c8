-- The article's mail (Q184994), for real: Postfix on Exchange's side and on the gateway's, each with the
-- configuration that is shipped and a `postoffice serve` of its own; a sink is the Internet, another one the
-- mailboxes.
local accounts = require "spec.host.mail.accounts"
local client = require "spec.host.mail.client"
local docs = require "spec.docs"
local helper = require "spec.helper"
local servers = require "spec.host.directory.servers"
local sinks = require "spec.host.mail.sinks"
local sites = require "spec.host.mail.sites"

-- Who connects: a stranger, one of our own, and both hosts, whom each other knows by these.
local STRANGER, INSIDER = "127.0.0.2", "127.0.0.9"
local EXCHANGE, GATEWAY = "127.0.0.10", "127.0.0.11"

local IMCEA = "IMCEACCMAIL-user+40domain+20at+20internet@exchange.example"

-- Beside what is shipped, a policy says some things that a test needs.
local MORE = [[
connector "slow" { nexthop = "smtp:[127.0.0.1]:@WORLD@", spaces = { "SMTP:*@slow.example" } }
rewrite "SMTP:m{number}@exchange.example" { to = "SMTP:kim.lee@exchange.example" }
rewrite "SMTP:loop@exchange.example" {
  to = function() while true do end end,
}
list "Everybody" { proxies = { "SMTP:everybody@exchange.example" }, members = { @MEMBERS@ } }
]]

local MOST_MEMBERS = 1000 -- virtual_alias_expansion_limit, postconf(5)

-- So many members of a list, as a policy has them.
local function members(count)
  local list = {}
  for i = 1, count do list[i] = ('"SMTP:u%d@slow.example"'):format(i) end
  return table.concat(list, ", ")
end

local world, store   -- sinks: the Internet, and the mailboxes
local exchange, gateway
local ports = {}

-- What both sides have in place of what the shipped files say.
local function main_for(name, source)
  return sites.shipped("main.cf", {
    ["map:exchange"] = "map:" .. name, ["= exchange.example"] = ("= %s.example"):format(name),
    ["lmtp:unix:private/dovecot-lmtp"] = "lmtp:inet:127.0.0.1:" .. store.port,
    ["127.0.0.0/8 192.0.2.0/24"] = ("%s/32 %s/32"):format(INSIDER, EXCHANGE),
  }) .. ("myhostname = mx.%s.example\nsmtp_bind_address = %s\n"):format(name, source)
end

-- A listener beside, where somebody forgot the policy service, and one where nothing else is asked either.
local FORGETFUL = [[
127.0.0.1:@FORGETFUL@ inet n - y - - smtpd
  -o smtpd_recipient_restrictions=
  -o smtpd_end_of_data_restrictions=
127.0.0.1:@CARELESS@ inet n - y - - smtpd
  -o smtpd_relay_restrictions=
  -o { smtpd_recipient_restrictions = permit_mynetworks, reject }
  -o mynetworks=127.0.0.0/8
  -o smtpd_end_of_data_restrictions=
  -o smtpd_reject_unlisted_recipient=no
]]

local function master_for(name)
  return sites.shipped("master.cf", {
    ["smtp      inet"] = ("127.0.0.1:%d inet"):format(ports[name].strangers),
    ["submission inet"] = ("127.0.0.1:%d inet"):format(ports[name].insiders),
    ["127.0.0.1:10026"] = "127.0.0.1:" .. ports[name].srs,
    ["smtp:[192.0.2.25]:25"] = "smtp:[127.0.0.1]:" .. world.port,
  }) .. FORGETFUL:gsub("@(%u+)@", function(word) return ports[name][word:lower()] end)
end

local function loopback(port) return "[127.0.0.1]:" .. port end

local function open_exchange()
  local words = { WORLD = world.port, MEMBERS = members(MOST_MEMBERS) }
  return sites.open {
    name = "exchange", main = main_for("exchange", EXCHANGE), master = master_for "exchange",
    policy = sites.shipped("exchange.lua", {
      ["[192.0.2.26]:25"] = loopback(ports.gateway.insiders),
      ["[192.0.2.9]:25"] = loopback(world.port),
      ["[198.51.100.7]:25"] = loopback(servers.port()), -- nobody listens there
      ["[198.51.100.8]:25"] = loopback(world.port),
      ["[127.0.0.1]:10026"] = loopback(ports.exchange.srs),
    }) .. MORE:gsub("@(%u+)@", words),
  }
end

local function open_gateway()
  return sites.open {
    name = "gateway", main = main_for("gateway", GATEWAY), master = master_for "gateway",
    policy = sites.shipped("gateway.lua", {
      ["[192.0.2.25]:25"] = loopback(world.port),
      ["[192.0.2.1]:25"] = loopback(ports.exchange.strangers),
    }),
  }
end

setup(function()
  world, store = sinks.start(), sinks.start()
  for _, name in ipairs { "exchange", "gateway" } do
    ports[name] = {}
    for _, listener in ipairs { "strangers", "insiders", "srs", "forgetful", "careless" } do
      ports[name][listener] = servers.port()
    end
  end
  exchange, gateway = open_exchange(), open_gateway()
end)

teardown(servers.end_all)

it("the two lines of the manual are those that are shipped", function()
  local sample = docs.samples(helper.read "lua/postoffice/manual/in-postfix.md")
  local lines = {}
  for _, block in ipairs(sample) do
    if block.file == "main.cf" then
      for name in block.text:gmatch "(%S+) =" do lines[#lines + 1] = name end
      assert.equal(block.text, exchange.mta:run("postconf", "-x " .. table.concat(lines, " "))
        .. "\n")
    end
  end
  assert.equal(2, #lines)
end)

-- ---- Mail --------------------------------------------------------------------

-- Bytes that are changed easily on the way: dots at the start of lines, blanks at their ends, 8 bits.
local BODY = "The article.\r\n.a dot\r\n..\r\n\r\ntrailing \t\r\n\196\157 \226\130\172\r\n"
  .. "From here\r\nend"

local subjects = 0

-- A message with a subject of its own.
local function message(from, ...)
  subjects = subjects + 1
  local subject = "message " .. subjects
  return {
    from = from, to = { ... }, subject = subject,
    text = ("From: Somebody <%s>\r\nTo: %s\r\nSubject: %s\r\n\r\n%s"):format(from, (...), subject,
      BODY),
  }
end

-- Sends a message to a listener of the Exchange side, unless said of the other; returns it, and replies.
local function send(listener, source, from, ...)
  local sent = message(from, ...)
  return sent, client.send(ports.exchange[listener], source, sent)
end

local function from_inside(from, ...) return send("insiders", INSIDER, from, ...) end
local function from_outside(from, ...) return send("strangers", STRANGER, from, ...) end

-- Holds a message that arrived to what was sent: its text stands behind what hosts put before it.
local function assert_intact(sent, got)
  assert.equal(sent.text, got.text:sub(-#sent.text))
end

local function assert_taken(replies)
  for i in ipairs(replies) do assert.matches("^250 ", replies[i]) end
  assert.matches("^250 ", replies.data)
end

-- That a message comes back to its sender outside, with a status, and goes nowhere else.
local function assert_bounced(sent, status)
  local bounce
  servers.wait_for("a bounce", function()
    for _, got in ipairs(world:messages()) do
      if got.from == "" and got.text:find(sent.subject, 1, true) then bounce = got end
    end
    return bounce
  end)
  assert.same({ sent.from }, bounce.to)
  assert.matches("\nStatus: " .. status:gsub("%.", "%%.") .. "\r", bounce.text)
  assert.same({}, world:with(sent.subject))
end

-- That a recipient is refused or deferred, with some digits and an enhanced status code.
local function assert_refused(reply, class, status)
  assert.matches("^" .. class .. "%d%d " .. status:gsub("%.", "%%.") .. " ", reply)
end

-- ---- There and back ----------------------------------------------------------

describe("the article's message", function()
  for what, to in pairs {
    ["the custom recipient"] = "pat.jones@exchange.example",
    ["the encapsulated address of a one-off, from inside"] = IMCEA,
  } do
    it("arrives by " .. what, function()
      local sent, replies = from_inside("kim.lee@exchange.example", to)
      assert_taken(replies)
      local got = world:await(sent.subject)[1]
      assert.equal("kim.lee@exchange.example", got.from)
      assert.same({ "user@domain" }, got.to)
      assert_intact(sent, got)
    end)
  end

  it("arrives through a list, once for each member", function()
    local sent, replies = from_outside("ann@outside.example", "sales@exchange.example")
    assert_taken(replies)
    local got = {}
    for _, copy in ipairs(world:await(sent.subject, 2)) do
      assert.equal("ann@outside.example", copy.from)
      assert_intact(sent, copy)
      got[#got + 1] = copy.to[1]
    end
    table.sort(got)
    assert.same({ "joe@partner.example", "user@domain" }, got)
    assert.same({ "kim.lee@exchange.example" }, store:await(sent.subject)[1].to)
  end)

  it("is answered: the reply goes back through the gateway to the mailbox", function()
    local sent = from_inside("kim.lee@exchange.example", "pat.jones@exchange.example")
    local got = world:await(sent.subject)[1]
    local reply = message(got.to[1], got.from)
    assert_taken(client.send(ports.gateway.strangers, STRANGER, reply))
    local back = store:await(reply.subject)[1]
    assert.equal("user@domain", back.from)
    assert.same({ "kim.lee@exchange.example" }, back.to)
    assert_intact(reply, back)
  end)
end)

-- ---- Who may not -------------------------------------------------------------

describe("who is no insider", function()
  local WRAPPED = IMCEA:gsub("@.*", "@gateway.example")

  for listener, why in pairs {
    strangers = "by the policy", insiders = "where insiders write",
    forgetful = "where somebody forgot the policy service",
  } do
    it("does not relay by what is encapsulated, " .. why, function()
      for _, to in ipairs { IMCEA, IMCEA:lower(), WRAPPED, '"' .. IMCEA:gsub("@", '"@') } do
        local _, replies = send(listener, STRANGER, "eve@outside.example", to)
        assert_refused(replies[1], 5, "5.7.1")
      end
    end)
  end

  it("does not relay where nothing at all is asked", function()
    local sent, replies = send("careless", STRANGER, "eve@outside.example", IMCEA)
    assert_taken(replies)
    assert_bounced(sent, "5.7.1")
  end)

  it("does not relay in two steps, through the gateway", function()
    local sent = message("eve@outside.example", IMCEA)
    assert_taken(client.send(ports.gateway.strangers, STRANGER, sent))
    assert_bounced(sent, "5.7.1")
  end)

  it("writes to nobody else through us", function()
    local _, replies = from_outside("eve@outside.example", "joe@far.example")
    assert_refused(replies[1], 5, "5.7.1")
  end)
end)

-- ---- Refusals ----------------------------------------------------------------

describe("a recipient is refused", function()
  for name, case in pairs {
    ["5.1.1, whom nobody has"] = { "nobody@exchange.example", 5, "5.1.1" },
    ["5.1.2, at a post office that nobody has"] = {
      "IMCEACCMAIL-user+40domain+20at+20nowhere@exchange.example", 5, "5.1.2",
    },
    ["4.3.0, for whom the policy does not end"] = { "loop@exchange.example", 4, "4.3.0" },
  } do
    it(name, function()
      for _, ask in ipairs { from_inside, from_outside } do
        local _, replies = ask("joe@outside.example", case[1], "kim.lee@exchange.example")
        assert_refused(replies[1], case[2], case[3])
        assert.matches("^250 ", replies[2]) -- who stands beside is not held up
      end
    end)
  end

  it("5.1.1 where somebody forgot the policy service", function()
    local _, replies = send("forgetful", STRANGER, "joe@outside.example", "nobody@exchange.example")
    assert_refused(replies[1], 5, "5.1.1")
  end)
end)

-- Addresses that nobody else asks for: an smtpd keeps what it was told of them, outages too, for as long as it
-- lives.
it("a recipient is deferred while nobody answers for the policy", function()
  exchange.server:stop()
  for listener, source in pairs { strangers = STRANGER, insiders = INSIDER } do
    local _, replies = send(listener, source, "joe@stopped.example", "m0@exchange.example")
    assert.matches("^4%d%d 4%.", replies[1])
  end
  exchange.server:start()
  local sent, replies = from_outside("ann@outside.example", "m00@exchange.example")
  assert_taken(replies)
  assert_intact(sent, store:await(sent.subject)[1])
end)

describe("while the connector to a host is told to be down", function()
  -- It reads the file anew by itself.
  local function tell(text, expected)
    helper.write(exchange.down, text)
    servers.wait_for("news of connectors", function()
      local _, replies = from_inside("kim.lee@exchange.example", "ann@branch.example")
      return replies[1]:find(expected) ~= nil
    end)
  end

  it("mail for it is not taken (4.4.1), what was taken waits, and goes when it is up", function()
    tell("branch\n", "^4%d%d 4%.4%.1 ")
    local sent, replies = from_inside("kim.lee@exchange.example", "joe@partner.example",
      "ann@branch.example")
    assert.matches("^250 ", replies[1])
    assert_refused(replies[2], 4, "4.4.1")
    assert_intact(sent, world:await(sent.subject)[1])
    tell("", "^250 ")
  end)
end)

-- ---- Senders -----------------------------------------------------------------

describe("a connector's rules for senders", function()
  it("change envelope and headers of what it carries", function()
    local sent = from_inside("klee@exchange.example", "joe@partner.example")
    local got = world:await(sent.subject)[1]
    assert.equal("kim.lee@exchange.example", got.from)
    assert.matches("\nFrom: Somebody <kim%.lee@exchange%.example>", got.text)
    assert.same({ "joe@partner.example" }, got.to)
  end)

  it("and of nothing else", function()
    local sent = from_inside("klee@exchange.example", "joe@far.example")
    local got = world:await(sent.subject)[1]
    assert.equal("klee@exchange.example", got.from)
    assert_intact(sent, got)
  end)
end)

describe("a connector that signs senders", function()
  it("signs a stranger's in the envelope, and lets the bounce back", function()
    local sent = from_outside("ann@outside.example", "ann.moved@exchange.example")
    local got = world:await(sent.subject)[1]
    assert.matches("^SRS0=.*=outside%.example=ann@exchange%.example$", got.from)
    assert.same({ "ann@new.example" }, got.to)
    assert_intact(sent, got)
    local bounce, replies = from_outside("", got.from)
    assert_taken(replies)
    local back = world:await(bounce.subject)[1]
    assert.equal("", back.from)
    assert.same({ "ann@outside.example" }, back.to)
  end)

  it("signs none of ours, and no null sender", function()
    for _, from in ipairs { "kim.lee@exchange.example", "" } do
      local sent = from_inside(from, "ann.moved@exchange.example")
      assert.equal(from, world:await(sent.subject)[1].from)
    end
  end)

  it("opens no forged one", function()
    local _, replies = from_outside("", "SRS0=abcd=JQ=outside.example=ann@exchange.example")
    assert_refused(replies[1], 5, "5.1.1")
  end)
end)

-- ---- Sizes, ways, lists ------------------------------------------------------

describe("the size that a recipient takes", function()
  local SCANNER = "scanner@exchange.example"

  it("is held against what is declared, at its RCPT", function()
    local sent = message("kim.lee@exchange.example", SCANNER, "klee@exchange.example")
    sent.size = 30000
    local replies = client.send(ports.exchange.insiders, INSIDER, sent)
    assert_refused(replies[1], 5, "5.2.3")
    assert.matches("^250 ", replies[2])
    assert.matches("^250 ", replies.data)
    assert.same({ "kim.lee@exchange.example" }, store:await(sent.subject)[1].to)
  end)

  for listener, source in pairs { insiders = INSIDER, strangers = STRANGER } do
    it("and against what comes, whoever else gets it, by the listener for " .. listener, function()
      local sent = message("ann@outside.example", "klee@exchange.example", SCANNER)
      sent.text = sent.text .. ("\r\n" .. ("x"):rep(70)):rep(500)
      local replies = client.send(ports.exchange[listener], source, sent)
      assert.matches("^250 ", replies[2])
      assert_refused(replies.data, 5, "5.2.3")
      sent.to = { "klee@exchange.example" }
      assert_taken(client.send(ports.exchange[listener], source, sent))
      assert.equal(1, #store:await(sent.subject))
    end)
  end
end)

describe("a list", function()
  it("with as many members as Postfix takes reaches all of them", function()
    local sent, replies = from_inside("kim.lee@exchange.example", "everybody@exchange.example")
    assert_taken(replies)
    local reached, count = {}, 0
    servers.wait_for("mail for everybody", function()
      reached, count = {}, 0
      for _, copy in ipairs(world:with(sent.subject)) do
        for _, to in ipairs(copy.to) do
          assert.is_nil(reached[to])
          reached[to], count = true, count + 1
        end
      end
      return count >= MOST_MEMBERS
    end)
    assert.equal(MOST_MEMBERS, count)
  end)

  it("with one more does not go live", function()
    local text = helper.read(exchange.policy)
    local path = exchange.mta.folder .. "/more.lua"
    local one_more, count = text:gsub('"SMTP:u1@', '"SMTP:u0@slow.example", %0')
    assert.equal(1, count)
    helper.write(path, one_more)
    local status, _, errors = helper.run(exchange.server.command:gsub(exchange.policy, path))
    assert.equal(78, status)
    assert.matches('"Everybody"', errors)
    assert.matches("1001", errors)
  end)
end)

describe("two ways to a host", function()
  it("are taken one after the other: where the first is silent, the second", function()
    local sent = from_inside("kim.lee@exchange.example", "joe@partner.example")
    assert.equal("joe@partner.example", world:await(sent.subject)[1].to[1])
    assert.same({}, exchange.mta:queue())
  end)
end)

-- ---- Nothing is lost ---------------------------------------------------------

describe("while servers are killed and started again", function()
  local AT_ONCE = 10
  local COUNT = math.min(1000, helper.times(200))

  -- To whom messages go, one after the other: through the gateway, to a mailbox, by two ways of which one is
  -- dead, over the second cleanup, and to who is refused there, so that they come back.
  local TO = {
    "pat.jones@exchange.example", "kim.lee@exchange.example", "joe@partner.example",
    "ann.moved@exchange.example", "refused@far.example", IMCEA,
  }

  -- Messages whose senders tell them apart.
  local function prepare()
    local list, subjects_of = {}, {}
    for i = 1, COUNT do
      list[i] = message("m" .. i .. "@exchange.example", TO[i % #TO + 1])
      list[i].subject = "m" .. i
      list[i].text = list[i].text:gsub("Subject: [^\r]*", "Subject: m" .. i)
      subjects_of[i] = list[i].subject
    end
    return list, subjects_of
  end

  -- Sends those that are first in a list, and puts at its end those that have to come again.
  local function send_some(connections, waiting)
    local now = {}
    for i = 1, math.min(AT_ONCE, #waiting) do now[i] = table.remove(waiting, 1) end
    local deferred = 0
    for i, reply in ipairs(client.at_once(connections, now)) do
      if not reply:find "^250" then
        assert.matches("^4", reply)
        waiting[#waiting + 1], deferred = now[i], deferred + 1
      end
    end
    return deferred
  end

  -- Connections anew, to others: see above.
  local function reconnect(connections)
    for i = 1, AT_ONCE do
      if connections[i] then connections[i]:close() end
      connections[i] = client.open(ports.exchange.insiders, INSIDER)
    end
  end

  -- What happens when so much of the messages is still to be sent, in parts of all.
  local EVENTS = {
    { 0.8, function() exchange.server:kill() end },
    { 0.7, function() exchange.server:start() end, is_urgent = true },
    { 0.5, function() gateway.server:kill() end },
    { 0.3, function() exchange.server:kill() end },
    { 0.2, function() exchange.server:start() end, is_urgent = true },
  }

  it("each message is delivered, has come back, or waits", function()
    local waiting, all = prepare()
    local account = accounts.open({ world, store }, { exchange.mta, gateway.mta })
    local connections, deferred, next_event = {}, 0, 1
    reconnect(connections)
    while #waiting > 0 do
      local some = send_some(connections, waiting)
      if some > 0 then reconnect(connections) end
      deferred = deferred + some
      local event = EVENTS[next_event]
      if event and (#waiting <= event[1] * COUNT or event.is_urgent and some > 0) then
        event[2]()
        next_event = next_event + 1
      end
    end
    assert.equal(#EVENTS + 1, next_event)
    assert.is_true(deferred > 0)

    local function settled(what, is_so)
      local sum
      servers.wait_for(what, function()
        sum = account:take(all)
        return sum.lost == 0 and sum.double == 0 and is_so(sum)
      end)
      return sum
    end
    local first = settled("a place for each message", function(sum) return sum.queued > 0 end)
    assert.equal(COUNT, first.delivered + first.bounced + first.queued)
    gateway.server:start()
    local last = settled("the end of queues", function(sum) return sum.queued == 0 end)
    local refused = 0
    for i = 1, COUNT do refused = refused + (TO[i % #TO + 1]:find "^refused" and 1 or 0) end
    assert.same({
      delivered = COUNT - refused, bounced = refused, queued = 0, lost = 0, double = 0,
    }, last)
  end)
end)
