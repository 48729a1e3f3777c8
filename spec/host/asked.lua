-- What a running Postfix makes of maps and of the policy service beside the article's mail: one Postfix with the
-- configuration that is shipped, a `postoffice serve`, and sinks as the Internet and the mailboxes.
local client = require "spec.host.mail.client"
local helper = require "spec.helper"
local servers = require "spec.host.directory.servers"
local sinks = require "spec.host.mail.sinks"
local sites = require "spec.host.mail.sites"
local socket = require "socket"

local STRANGER, INSIDER = "127.0.0.2", "127.0.0.9"
local KIM, SMALL = "kim@exchange.example", "small@exchange.example"

local POLICY = [[
domain "exchange.example" {}
domain "old.example" {}
domain "known.example" {}
connector "world" { nexthop = "smtp:[127.0.0.1]:@WORLD@", spaces = { "SMTP:*" } }
rewrite "SMTP:{user}@old.example" { to = "SMTP:{user}@exchange.example" }
recipient "Kim" {
  proxies = { "SMTP:kim@exchange.example", "smtp:postmaster@exchange.example",
    "smtp:root@exchange.example" },
}
recipient "Here" { proxies = { "SMTP:kim@known.example" } }
recipient "Small" { proxies = { "SMTP:small@exchange.example" }, max_size = 2000 }
recipient "Refused" { proxies = { "SMTP:refused@exchange.example" }, max_size = 2000 }
]]

-- A listener whose restrictions go on after the policy service.
local MASTER = [[
127.0.0.1:@LATER@ inet n - y - - smtpd
  -o { smtpd_recipient_restrictions = check_policy_service { unix:postoffice/policy,
    policy_context=outside }, check_recipient_access inline:{refused@exchange.example=REJECT},
    reject_unauth_destination }
]]

local MAIN = [[
myhostname = mx.exchange.example
recipient_canonical_maps = ${postoffice}${postoffice_side}.canonical
local_header_rewrite_clients = permit_mynetworks
mydestination = known.example, host.example
local_transport = $virtual_transport
]]

local world, store, site
local ports = {}

setup(function()
  world, store = sinks.start(), sinks.start()
  for _, name in ipairs { "strangers", "insiders", "srs", "later", "http" } do
    ports[name] = servers.port()
  end
  site = sites.open {
    name = "exchange", policy = POLICY:gsub("@WORLD@", world.port),
    words = "--admin --token @DIR@/token --http 127.0.0.1:" .. ports.http,
    main = sites.shipped("main.cf", {
      ["lmtp:unix:private/dovecot-lmtp"] = "lmtp:inet:127.0.0.1:" .. store.port,
      ["127.0.0.0/8 192.0.2.0/24"] = INSIDER .. "/32",
    }) .. MAIN,
    master = sites.shipped("master.cf", {
      ["smtp      inet"] = ("127.0.0.1:%d inet"):format(ports.strangers),
      ["submission inet"] = ("127.0.0.1:%d inet"):format(ports.insiders),
      ["127.0.0.1:10026"] = "127.0.0.1:" .. ports.srs,
    }) .. MASTER:gsub("@LATER@", ports.later),
  }
end)

teardown(servers.end_all)

local subjects = 0

-- A message with a subject of its own, and so many bytes more.
local function message(from, more, ...)
  subjects = subjects + 1
  local subject = "message " .. subjects
  return {
    from = from, to = { ... }, subject = subject,
    text = ("From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\n\r\n%s."):format(from, (...), subject,
      (("x"):rep(70) .. "\r\n"):rep(math.floor(more / 72))),
  }
end

-- ---- Sizes -------------------------------------------------------------------

describe("the size that recipients take", function()
  local function send(listener, more, ...)
    local sent = message("ann@outside.example", more, ...)
    return sent, client.send(ports[listener], STRANGER, sent)
  end

  it("is no matter of whom a restriction refused after the policy service", function()
    local sent, replies = send("later", 5000, KIM, "refused@exchange.example")
    assert.matches("^554 5%.7%.1", replies[2])
    assert.matches("^250 ", replies.data)
    assert.same({ KIM }, store:await(sent.subject)[1].to)
    replies = select(2, send("later", 5000, "refused@exchange.example", KIM,
      "postmaster@exchange.example"))
    assert.matches("^250 ", replies.data)
  end)

  it("is that of the only one left", function()
    local _, replies = send("later", 5000, "refused@exchange.example", SMALL)
    assert.matches("^554 5%.2%.3", replies.data)
    _, replies = send("later", 5000, SMALL, "refused@exchange.example")
    assert.matches("^554 5%.2%.3", replies.data)
  end)

  it("is no matter of who was named before a RSET", function()
    local sent = message("ann@outside.example", 5000, KIM, "postmaster@exchange.example")
    local connection = client.open(ports.strangers, STRANGER)
    for _, line in ipairs { "MAIL FROM:<ann@outside.example>", "RCPT TO:<" .. SMALL .. ">",
      "RSET" } do
      assert.matches("^250 ", client.say(connection, line))
    end
    assert.matches("^250 ", client.transact(connection, sent).data)
    connection:close()
    assert.equal(1, #store:await(sent.subject))
  end)
end)

-- ---- Rewrites ----------------------------------------------------------------

describe("the canonical map", function()
  local function send(listener, source)
    local sent = message("ann@outside.example", 0, "kim@old.example")
    assert.matches("^250 ", client.send(ports[listener], source, sent).data)
    return store:await(sent.subject)[1]
  end

  it("changes recipients in envelope and headers", function()
    local got = send("insiders", INSIDER)
    assert.same({ KIM }, got.to)
    assert.matches("\nTo: <kim@exchange.example>\r", got.text, 1, true)
    assert.matches("From: <ann@outside.example>\r", got.text, 1, true)
  end)

  it("changes no headers of clients whose headers Postfix leaves alone", function()
    local got = send("strangers", STRANGER)
    assert.same({ KIM }, got.to)
    assert.matches("\nTo: <kim@old.example>\r", got.text, 1, true)
  end)

  it("answers only for whom mail is taken", function()
    local replies = client.send(ports.strangers, STRANGER,
      message("ann@outside.example", 0, "nobody@old.example"))
    assert.matches("^554 5%.1%.1", replies[1])
  end)
end)

-- ---- The host's own names ----------------------------------------------------

describe("mail of the host itself", function()
  it("goes to who has it by the policy, not to the connector of all others", function()
    local sent = message(KIM, 0, "root")
    site.mta:sendmail(sent)
    assert.same({ KIM }, store:await(sent.subject)[1].to)
    assert.same({}, world:with(sent.subject))
  end)

  -- Postfix asks the transport map before it looks whether a domain is in mydestination (transport(5)).
  it("stays here by mydestination where the policy has the domain, and else leaves", function()
    local known, unknown = message(KIM, 0, "kim@known.example"), message(KIM, 0, "kim@host.example")
    site.mta:sendmail(known)
    site.mta:sendmail(unknown)
    assert.equal(1, #store:await(known.subject))
    assert.equal(1, #world:await(unknown.subject))
    assert.same({}, world:with(known.subject))
    assert.same({}, store:with(unknown.subject))
  end)
end)

-- ---- Connectors that are down ------------------------------------------------

describe("a connector that is told to be down by HTTP", function()
  local TO = "joe@far.example"

  local function tell(is_down)
    local body = ('{"down":%s}'):format(is_down)
    local connection = assert(socket.connect("127.0.0.1", ports.http))
    assert(connection:send(("POST /v1/connectors/world HTTP/1.1\r\nhost: 127.0.0.1\r\n"
      .. "authorization: Bearer sesame\r\ncontent-type: application/json\r\nconnection: close\r\n"
      .. "content-length: %d\r\n\r\n%s"):format(#body, body)))
    assert.matches("^HTTP/1.1 200 ", connection:receive "*a")
    connection:close()
  end

  local function send(to)
    local sent = message(KIM, 0, to)
    return sent, client.send(ports.insiders, INSIDER, sent)
  end

  it("is refused 4.4.1 at once, also after a restart; what waits goes when it is up", function()
    tell(true)
    local _, replies = send(TO)
    assert.matches("^4%d%d 4%.4%.1 ", replies[1])
    -- what was taken before, as sendmail(1) takes it, waits
    local waiting = message(KIM, 0, TO)
    site.mta:sendmail(waiting)
    servers.wait_for("a message that waits", function()
      local queued = site.mta:queue()[1]
      local reason = queued and queued.recipients[1].delay_reason
      return reason and reason:find("every way to this address is down", 1, true)
    end)
    site.server:stop()
    site.server:start()
    _, replies = send("jim@far.example")
    assert.matches("^4%d%d 4%.4%.1 ", replies[1])
    tell(false)
    local sent -- by whose recipient the queue manager forgets the last answer, which it holds for 30 seconds
    sent, replies = send("john@far.example")
    assert.matches("^250 ", replies.data)
    assert.equal(1, #world:await(sent.subject))
    assert.same({ TO }, world:await(waiting.subject)[1].to)
  end)
end)

-- ---- A server that hangs -----------------------------------------------------

-- Postfix waits 100 seconds for a map, and as long for the policy service: this is for `make soak`.
local describe_at_length = helper.times(1) > 1 and describe or function() end

describe_at_length("while the server is stopped, not ended", function()
  it("recipients are deferred, none is refused, and mail goes when it goes on", function()
    local sent = message("ann@outside.example", 0, "kim@old.example")
    site.server:pause()
    local replies = client.send(ports.strangers, STRANGER, sent)
    assert.matches("^4%d%d 4%.", replies[1])
    site.server:resume()
    servers.wait_for("an answer", function()
      replies = client.send(ports.strangers, STRANGER, sent)
      return replies[1]:find "^250"
    end)
    assert.equal(1, #store:await(sent.subject))
  end)
end)
