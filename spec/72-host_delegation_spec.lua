-- Postfix's policy service: who may write, and how much, by all that is known of a message.
local delegation = require "postoffice.host.delegation"
local core = require "postoffice.core"
local helper = require "spec.helper"
local instances = require "postoffice.host.instances"
local support = require "spec.72-host_support"

-- A request's bytes, of attributes.
local function bytes_of(attributes)
  local lines = { "request=smtpd_access_policy" }
  for name, value in pairs(attributes) do lines[#lines + 1] = name .. "=" .. value end
  return table.concat(lines, "\n") .. "\n\n"
end

local function ask(service, attributes)
  local reply, closed = support.converse(delegation, service, bytes_of(attributes))
  if closed then return "closed" end
  return (reply:match "^action=([^\n]*)\n\n$")
end

-- What is said of a recipient at RCPT.
local function at_rcpt(service, recipient, more)
  local attributes = {
    protocol_state = "RCPT", recipient = recipient, sender = "joe@far.example", size = "0",
    instance = "1.2.3", client_address = "198.51.100.7",
  }
  for name, value in pairs(more or {}) do attributes[name] = value end
  return ask(service, attributes)
end

local RELAYING = "REJECT 5.7.1 " .. core.message "relay-denied"

describe("at RCPT, the policy service", function()
  local service = support.service(support.ARTICLE)
  for _, case in ipairs {
    { "lets pass whom the directory has", "kim.lee@exchange.example", {}, "DUNNO" },
    { "refuses whom it does not", "nobody@exchange.example", {},
      "REJECT 5.1.1 nobody here has this address" },
    { "refuses a tombstone in its words", "gone@exchange.example", {},
      "REJECT 5.1.6 gone for good" },
    { "lets a list pass, of which one is gone", "sales@exchange.example", {}, "DUNNO" },
    { "refuses to relay for strangers", support.IMCEA, {}, RELAYING },
    { "does so wherever it is", support.WRAPPED, {}, RELAYING },
    { "relays for those inside", support.IMCEA, { policy_context = "inside" }, "DUNNO" },
    { "relays for those inside of a site", support.IMCEA, { policy_context = "ex.inside" },
      "DUNNO" },
    { "relays for whom logged in", support.IMCEA, { sasl_username = "kim" }, "DUNNO" },
    { "relays for nobody who is anywhere else", support.IMCEA, { policy_context = "ex.insider" },
      RELAYING },
    { "relays for no address of a client", support.IMCEA, { client_address = "127.0.0.1" },
      RELAYING },
    { "relays for no empty login", support.IMCEA, { sasl_username = "", policy_context = "" },
      RELAYING },
    { "holds a list to its restrictions", "board@exchange.example", {},
      "REJECT 5.7.1 " .. core.message "recipient-restricted" },
    { "knows who is authenticated", "board@exchange.example", { sasl_username = "kim" }, "DUNNO" },
    { "takes nobody inside for authenticated", "board@exchange.example",
      { policy_context = "inside" }, "REJECT 5.7.1 " .. core.message "recipient-restricted" },
    { "takes a bounce", "kim.lee@exchange.example", { sender = "" }, "DUNNO" },
    { "takes a postmaster without a domain", "Postmaster", {}, "DUNNO" },
    { "leaves others without one to Postfix", "kim", {}, "DUNNO" },
    { "knows no address where there is none", "", {}, "DUNNO" },
    { "reads a recipient as Postfix has it, unquoted", "a b@exchange.example", {},
      "REJECT 5.1.1 nobody here has this address" },
    { "splits it at its last @", "user@far.example@exchange.example", {},
      "REJECT 5.1.1 nobody here has this address" },
    { "takes it for SMTP, whatever it looks like", "CCMAIL:user@domain at internet", {},
      "REJECT 5.1.3 " .. core.message "domain-character" },
    { "is for whoever writes elsewhere, too", "joe@far.example", {}, "DUNNO" },
  } do
    it(case[1], function() assert.equal(case[4], at_rcpt(service, case[2], case[3])) end)
  end

  it("has nothing to say in other states", function()
    for _, state in ipairs { "CONNECT", "EHLO", "HELO", "MAIL", "DATA", "VRFY", "ETRN", "x", "" } do
      assert.equal("DUNNO", at_rcpt(service, "nobody@exchange.example", { protocol_state = state }))
    end
  end)

  it("tells the process of each decision", function()
    at_rcpt(service, support.IMCEA, { sender = "eve@far.example", instance = "9.9" })
    local told = service.told[#service.told]
    for name, value in pairs {
      protocol = "delegation", map = "RCPT", site = "ex", recipient = support.IMCEA,
      sender = "eve@far.example", action = "refuse", status = "5.7.1", code = "relay-denied",
      instance = "9.9",
    } do
      assert.equal(value, told[name], name)
    end
    assert.is_string(told.rule)
  end)

  it("has all that a policy asks for", function()
    local curious = support.service([[
      domain "x.example" {}
      function on.recipient(address, envelope)
        return reject(("%s %s %s %s %s"):format(tostring(envelope.sender), tostring(envelope.size),
          tostring(envelope.client), tostring(envelope.may_relay),
          tostring(envelope.authenticated)))
      end]], { protocols = { "delegation" } })
    assert.equal("REJECT 5.7.1 SMTP:joe@far.example 77 198.51.100.7 true true",
      at_rcpt(curious, "kim@x.example", { size = "77", sasl_username = "kim" }))
    assert.equal("REJECT 5.7.1 SMTP:joe@far.example 0 nil false false",
      at_rcpt(curious, "kim@x.example", { size = "", client_address = "" }))
    for _, size in ipairs { "nan", "inf", "-5", "0x10", "1e3", "5 " } do
      assert.equal(at_rcpt(curious, "kim@x.example", { size = "0" }),
        at_rcpt(curious, "kim@x.example", { size = size }), size)
    end
  end)

  it("waits for what waits", function()
    local slow = support.service([[
      domain "x.example" {}
      function on.recipient(address) return ask("nobody", address.localpart) end]])
    assert.equal("DEFER_IF_PERMIT 4.4.3 " .. core.message "ask-failed",
      at_rcpt(slow, "kim@x.example"))
    local loop = support.service([[
      domain "x.example" {}
      function on.recipient(address) while true do end end]])
    assert.matches("^DEFER_IF_PERMIT 4%.3%.0 ", at_rcpt(loop, "kim@x.example"))
  end)

  it("finds the site by the context, where there are several", function()
    local two = support.service(support.ARTICLE)
    two.sites.other = support.service('domain "y.example" {}').sites.ex
    assert.equal("REJECT 5.1.1 nobody here has this address",
      at_rcpt(two, "kim@y.example", { policy_context = "other" }))
    assert.equal("DUNNO", at_rcpt(two, support.IMCEA, { policy_context = "ex.inside" }))
    assert.equal("closed", at_rcpt(two, "kim@y.example"))
    assert.equal("closed", at_rcpt(two, "kim@y.example", { policy_context = "inside" }))
  end)
end)

-- ---- Sizes -------------------------------------------------------------------

describe("a recipient's max_size", function()
  local POLICY = [[
    domain "x.example" {}
    recipient "Kim" { proxies = { "SMTP:kim@x.example" } }
    recipient "Small" { proxies = { "SMTP:small@x.example" }, max_size = 1000 }
    recipient "Large" { proxies = { "SMTP:large@x.example" }, max_size = 100000 }
  ]]
  local LARGE = "REJECT 5.2.3 " .. core.message "recipient-size"
  local FORGOTTEN = "DEFER_IF_PERMIT 4.3.0 " .. core.message "recipients-forgotten"

  -- What is said at RCPT of each, with a declared size, and at the end with the true one.
  local function talk(service, recipients, declared, size, more)
    local said = {}
    for i, name in ipairs(recipients) do
      said[i] = at_rcpt(service, name .. "@x.example", { size = tostring(declared) })
    end
    local attributes = {
      protocol_state = "END-OF-MESSAGE", sender = "joe@far.example", size = tostring(size),
      instance = "1.2.3", recipient = "", recipient_count = tostring(#recipients),
    }
    if #recipients == 1 then attributes.recipient = recipients[1] .. "@x.example" end
    for name, value in pairs(more or {}) do attributes[name] = value end
    said[#said + 1] = ask(service, attributes)
    return table.concat(said, " | ")
  end

  for _, case in ipairs {
    { { "small" }, 0, 999, "DUNNO | DUNNO" },
    { { "small" }, 1001, 1001, LARGE .. " | " .. LARGE },
    { { "small" }, 9, 1001, "DUNNO | " .. LARGE }, -- who declares less than he sends
    { { "kim", "large", "small" }, 0, 1001, "DUNNO | DUNNO | DUNNO | " .. LARGE },
    { { "kim", "large", "small" }, 0, 1000, "DUNNO | DUNNO | DUNNO | DUNNO" },
    { { "kim", "large" }, 0, 50000, "DUNNO | DUNNO | DUNNO" },
  } do
    it(("is held to at RCPT and at the end: %d recipients, %d declared, %d sent"):format(
      #case[1], case[2], case[3]), function()
      assert.equal(case[4], talk(support.service(POLICY), case[1], case[2], case[3]))
    end)
  end

  it("cannot be held to where nobody asked at RCPT, so that the message waits", function()
    local service = support.service(POLICY)
    assert.equal("DUNNO | DUNNO | " .. FORGOTTEN,
      talk(service, { "kim", "small" }, 0, 1001, { instance = "4.5.6" }))
    assert.equal("DUNNO | DUNNO | " .. FORGOTTEN,
      talk(support.service(POLICY), { "kim", "small" }, 0, 1001, { recipient_count = "3" }))
  end)

  -- Postfix tells how many recipients it took, and not which: those that a restriction refused after us.
  for _, case in ipairs {
    { "nobody who is left is sure to refuse", { "kim", "small" }, 1001, "1", "DUNNO" },
    { "one of those left is sure to", { "kim", "small", "tiny" }, 1001, "2", LARGE },
    { "all that are left may be others", { "small", "kim", "tiny" }, 1001, "1", "DUNNO" },
    { "restrictions asked twice of each", { "small", "small", "kim", "kim" }, 1001, "2", LARGE },
  } do
    it("is held to where others refused some recipients: " .. case[1], function()
      local service = support.service(POLICY .. [[
        recipient "Tiny" { proxies = { "SMTP:tiny@x.example" }, max_size = 10 }]])
      local said = talk(service, case[2], 0, case[3], { recipient_count = case[4] })
      assert.equal(case[5], said:match "[^|]*$":match "^ (.*)$")
    end)
  end

  it("is that of the only recipient left, whom the request names", function()
    for recipient, expected in pairs { kim = "DUNNO", small = LARGE } do
      local said = talk(support.service(POLICY), { "kim", "small" }, 0, 1001,
        { recipient_count = "1", recipient = recipient .. "@x.example" })
      assert.equal("DUNNO | DUNNO | " .. expected, said)
    end
  end)

  it("is held to at the end for those inside, too, whatever context asks then", function()
    local service = support.service([[
      domain "x.example" { unwrap = { "SMTP" } }
      connector "out" { nexthop = "smtp:[192.0.2.1]:25", spaces = { "SMTP:*" }, max_size = 1000 }]],
      { protocols = { "delegation" } })
    local carried = "IMCEASMTP-a+40far+2Eexample@x.example"
    assert.equal("DUNNO", at_rcpt(service, carried, { policy_context = "inside" }))
    assert.equal("REJECT 5.3.4 " .. core.message "message-large",
      ask(service, { protocol_state = "END-OF-MESSAGE", instance = "1.2.3", recipient = carried,
        size = "1001", recipient_count = "1", policy_context = "eod" }))
  end)

  it("is no matter of whom the policy passes, who is remembered all the same", function()
    local service = support.service('settings { unmatched = "pass" }' .. POLICY)
    at_rcpt(service, "joe@far.example")
    at_rcpt(service, "large@x.example")
    assert.equal("DUNNO", ask(service, { protocol_state = "END-OF-MESSAGE", instance = "1.2.3",
      recipient = "", size = "1001", recipient_count = "2" }))
  end)

  it("is forgotten at the end", function()
    local service = support.service(POLICY)
    talk(service, { "kim", "small" }, 0, 9)
    assert.equal(FORGOTTEN, ask(service, { protocol_state = "END-OF-MESSAGE", instance = "1.2.3",
      recipient = "", size = "9", recipient_count = "2" }))
  end)

  it("is no matter where no entry has one", function()
    local service = support.service(support.ARTICLE)
    assert.equal("DUNNO", ask(service, { protocol_state = "END-OF-MESSAGE", instance = "1.2.3",
      recipient = "", size = "999999999", recipient_count = "2" }))
  end)

  it("is no matter of what is down by then", function()
    local down = {}
    local service = support.service(POLICY .. [[
      connector "out" { nexthop = "smtp:[192.0.2.1]:25", spaces = { "SMTP:*" } }]],
      { down = function() return down end })
    at_rcpt(service, "joe@far.example")
    down = { out = true }
    assert.equal("DUNNO", ask(service, { protocol_state = "END-OF-MESSAGE", instance = "1.2.3",
      recipient = "joe@far.example", size = "9", recipient_count = "1" }))
    assert.equal("DEFER_IF_PERMIT 4.4.1 " .. core.message "connectors-down",
      at_rcpt(service, "joe@far.example"))
  end)
end)

describe("the memory of messages", function()
  it("gives the recipients of a message once", function()
    local memory = instances.new()
    memory:remember("a", "1", 0)
    memory:remember("b", "2", 0)
    memory:remember("a", "3", 0)
    assert.same({ "1", "3" }, memory:take "a")
    assert.same({}, memory:take "a")
    assert.same({ "2" }, memory:take "b")
    assert.same({ 0, 0 }, { memory.count, memory.bytes })
  end)

  it("forgets the oldest when they are too many, hold too much or are too old", function()
    local memory = instances.new { messages = 2, bytes = 1000, seconds = 10 }
    for i, name in ipairs { "a", "b", "c" } do memory:remember(name, "x", i) end
    assert.same({ {}, { "x" }, { "x" } },
      { memory:take "a", memory:take "b", memory:take "c" })
    memory:remember("a", ("x"):rep(500), 1)
    memory:remember("b", ("x"):rep(500), 1)
    assert.same({ {}, { ("x"):rep(500) } }, { memory:take "a", memory:take "b" })
    memory:remember("a", "x", 1)
    memory:remember("b", "x", 12)
    assert.same({ {}, { "x" } }, { memory:take "a", memory:take "b" })
    assert.is_nil(memory.first)
    assert.is_nil(memory.last)
    memory:remember("a", "x", 1)
    memory:remember("b", ("x"):rep(1000 - 2 * 64 - 1), 11) -- both to the full: ten seconds, 1,000 bytes
    assert.same({ 2, 1000 }, { memory.count, memory.bytes })
  end)

  it("is a queue, whatever is taken from it", function()
    local memory, mine, random = instances.new { messages = 50 }, {}, math.random
    for i = 1, helper.times(5000) do
      local key = tostring(random(80))
      if random(3) == 1 then
        local expected = {}
        for at = #mine, 1, -1 do
          if mine[at].key == key then expected = table.remove(mine, at).list end
        end
        assert.same(expected, memory:take(key))
      else
        local found
        for _, message in ipairs(mine) do found = found or message.key == key and message end
        if not found then
          found = { key = key, list = {} }
          mine[#mine + 1] = found
        end
        found.list[#found.list + 1] = tostring(i)
        memory:remember(key, tostring(i), 0)
        if #mine > 50 then table.remove(mine, 1) end
      end
      assert.equal(#mine, memory.count)
    end
  end)
end)

-- ---- Framing -----------------------------------------------------------------

describe("a request of the policy service", function()
  local service = support.service(support.ARTICLE)
  local REQUEST = bytes_of { protocol_state = "RCPT", recipient = "nobody@exchange.example" }
  local REPLY = "action=REJECT 5.1.1 nobody here has this address\n\n"

  it("may come in any pieces, and several at once", function()
    local pieces = {}
    for i = 1, #REQUEST do pieces[i] = REQUEST:sub(i, i) end
    assert.equal(REPLY, support.converse(delegation, service, pieces))
    assert.equal(REPLY .. REPLY .. REPLY,
      support.converse(delegation, service, REQUEST .. REQUEST .. REQUEST))
    for cut = 1, #REQUEST - 1 do
      assert.equal(REPLY .. REPLY, support.converse(delegation, service,
        { REQUEST:sub(1, cut), REQUEST:sub(cut + 1) .. REQUEST:sub(1, cut),
          REQUEST:sub(cut + 1) }))
    end
  end)

  it("that is none closes the connection without a reply", function()
    for _, bytes in ipairs {
      "\n", "\n\n", "x\n\n", "=x\n\n", "recipient=a@b.example\n\n", "request=other\n\n",
      "request=smtpd_access_policy\nno equals sign\n\n",
      "request=smtpd_access_policy\na\0b=c\n\n", "request=smtpd_access_policy\nsender=a\0b\n\n",
      "GET / HTTP/1.1\r\n\r\n\n\n",
    } do
      local reply, closed, why = support.converse(delegation, service, bytes)
      assert.same({ "", true }, { reply, closed }, bytes)
      assert.is_string(why)
    end
  end)

  it("is no longer than the limit, however it comes", function()
    local long = "request=smtpd_access_policy\nhelo_name=" .. ("x"):rep(70000)
    for _, bytes in ipairs { long, long .. "\n\n" } do
      local reply, closed = support.converse(delegation, service, bytes)
      assert.same({ "", true }, { reply, closed })
    end
    assert.is_true(select(2, support.converse(delegation, service, REQUEST, { length = 50 })))
    assert.equal(REPLY, support.converse(delegation, service, REQUEST, { length = #REQUEST - 1 }))
    assert.is_true(select(2, support.converse(delegation, service, REQUEST,
      { length = #REQUEST - 2 })))
  end)

  it("that is cut has no reply, and what came before does", function()
    assert.equal(REPLY, support.converse(delegation, service, REQUEST .. REQUEST:sub(1, -2)))
  end)
end)
