-- The one table of verdicts: what a recipient's deliveries come to, and how each protocol says it.
local delegation = require "postoffice.host.delegation"
local fitness = require "postoffice.host.fitness"
local helper = require "spec.helper"
local http = require "postoffice.host.http"
local maps = require "postoffice.host.maps"
local policy = require "postoffice.policy"
local readsocket = require "postoffice.host.readsocket"
local socketmap = require "postoffice.host.socketmap"
local support = require "spec.72-host_support"
local verdict = require "postoffice.host.verdict"

-- A policy in which an address comes to each action.
local POLICY = [[
  domain "x.example" {}
  settings { unmatched = "pass" }
  connector "out" { nexthop = "smtp:[192.0.2.1]:25", spaces = { "SMTP:*@far.example" } }
  connector "fax" { speaks = "SMTP", wrap = { domain = "fax.example" },
    nexthop = "smtp:[192.0.2.2]:25", spaces = { "FAX:*" } }
  connector "drained" { nexthop = "smtp:[192.0.2.3]:25", weight = 0,
    spaces = { "SMTP:*@slow.example" } }
  recipient "Here" { proxies = { "SMTP:here@x.example", "smtp:alias@x.example" } }
  recipient "There" { proxies = { "SMTP:there@x.example" }, target = "SMTP:joe@far.example" }
  recipient "Off" { proxies = { "SMTP:off@x.example" }, target = "SMTP:joe@nowhere.example" }
  recipient "Fax" { proxies = { "SMTP:fax@x.example" }, target = "FAX:936-7329" }
  recipient "Gone" { proxies = { "SMTP:gone@x.example" }, refuse = "moved away" }
  recipient "Slow" { proxies = { "SMTP:slow@x.example" } }
  list "Mixed" { proxies = { "SMTP:mixed@x.example" }, members = { "Here", "There", "Gone" } }
  list "Waits" { proxies = { "SMTP:waits@x.example" },
    members = { "Here", "SMTP:a@slow.example" } }
  list "All gone" { proxies = { "SMTP:none@x.example" }, members = { "Gone" } }
  list "Twice" { proxies = { "SMTP:twice@x.example" }, members = { "There", "SMTP:joe@far.example",
    "SMTP:joe@nowhere.example" } }
  list "Rooms" { proxies = { "SMTP:rooms@x.example" }, members = { "Here" } }
  function on.recipient(address)
    if address.localpart == "slow" then return defer("be patient", "4.2.1") end
    if address.localpart == "never" then return reject("not for you", "5.7.1") end
    if address.localpart == "who" then return reject("who is that", "5.1.1") end
  end
]]

local FACTS = { admitted = true }

-- What an address comes to.
local function of(p, address) return verdict.of(p:route(address, FACTS), address) end

describe("a verdict", function()
  local p = assert(policy.load(POLICY))

  for _, case in ipairs {
    { "here@x.example", "here", "here@x.example" },
    { "alias@x.example", "here", "here@x.example" },
    { "there@x.example", "deliver", "joe@far.example" },
    { "joe@far.example", "deliver", "joe@far.example" },
    { "joe@nowhere.example", "pass" },
    { "off@x.example", "deliver", "joe@nowhere.example" }, -- passed, but as another address
    { "fax@x.example", "deliver", "IMCEAFAX-936-7329@fax.example" },
    { "nobody@x.example", "nobody" },
    { "gone@x.example", "refuse", nil, "5.1.6", "moved away" },
    { "never@x.example", "refuse", nil, "5.7.1", "not for you" },
    { "who@x.example", "nobody", nil, "5.1.1", "who is that" },
    { "slow@x.example", "defer", nil, "4.2.1", "be patient" },
    { "mixed@x.example", "deliver", "here@x.example joe@far.example" },
    { "waits@x.example", "defer", nil, "4.4.1" },
    { "none@x.example", "refuse", nil, "5.1.6", "moved away" },
    { "twice@x.example", "deliver", "joe@far.example joe@nowhere.example" },
    { "rooms@x.example", "here", "here@x.example" },
    { "a@b@c", "refuse", nil, "5.1.3" },
  } do
    it(("on %s is %s"):format(case[1], case[2]), function()
      local made = of(p, case[1])
      assert.equal(case[2], made.action)
      assert.equal(case[3], made.addresses and table.concat(made.addresses, " "))
      if case[4] then assert.equal(case[4], made.status) end
      if case[5] then assert.equal(case[5], made.text) end
    end)
  end

  it("waits where no connector says the address in SMTP", function()
    local q = assert(policy.load [[
      connector "hq" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" } }
      postoffice "HQ" {}
      recipient "Pat" { proxies = { "SMTP:pat@x.example" }, target = "CCMAIL:pat at HQ" }
      recipient "Kim" { proxies = { "SMTP:kim@x.example" } }
      list "L" { proxies = { "SMTP:l@x.example" }, members = { "Kim", "Pat" } }
    ]])
    for _, address in ipairs { "pat@x.example", "l@x.example" } do
      local made = of(q, address)
      assert.same({ "defer", "4.3.5", "wire-missing" }, { made.action, made.status, made.code })
    end
  end)

  it("says who decided", function()
    local made = of(p, "there@x.example")
    assert.same({ "out", "smtp:[192.0.2.1]:25", "There", 25 },
      { made.connector, made.nexthop, made.entry, made.hop.port })
    assert.matches("^policy:%d+$", made.rule)
    assert.equal("recipient-unknown", of(p, "nobody@x.example").code)
    local gone = { verdict = "reject", status = "5.1.1", code = "recipient-unknown", member = true }
    assert.equal("out", verdict.of({ gone, p:route("there@x.example")[1] }).connector)
  end)

  it("on nobody is a refusal", function()
    local made = verdict.of {}
    assert.same({ "refuse", "list-empty", "5.1.1" }, { made.action, made.code, made.status })
  end)
end)

describe("a text", function()
  for _, case in ipairs {
    { "plain words", "plain words" },
    { "two\r\nlines", "two??lines" }, { "a\0b\127c", "a?b?c" }, { "", "no reason is given" },
    { "\195\188ber", "??ber" }, { "\255", "?" }, { "tab\there", "tab?here" },
  } do
    it(("is one line of ASCII: %q"):format(case[1]), function()
      local line = verdict.line(case[1])
      assert.matches("^[\32-\126]+$", line)
      assert.is_true(#line <= 200)
      if case[1] == "plain words" or case[1] == "" then assert.equal(case[2], line) end
    end)
  end

  it("has 200 bytes at most", function() assert.equal(200, #verdict.line(("x"):rep(1000))) end)

  it("of none is a sentence, too", function()
    assert.equal("no reason is given", verdict.line(nil))
  end)

  it("of a policy, whatever it says, is one", function()
    local p = assert(policy.load [[
      function on.recipient(address)
        local say = { a = "\195\188ber", b = ("x"):rep(500), c = "50% of {text} $1" }
        return reject(say[address.localpart])
      end]])
    assert.equal("the policy refuses this address", of(p, "a@x.example").text)
    assert.equal(200, #of(p, "b@x.example").text)
    assert.equal("50% of {text} $1", of(p, "c@x.example").text)
    local say = verdict.sayer "delegation"
    assert.equal("REJECT 5.7.1 50% of {text} $1", say(of(p, "c@x.example")))
  end)
end)

-- ---- The table ---------------------------------------------------------------

-- By action, an address that comes to it, and what fills its row.
local CASES = {
  deliver = { "there@x.example", addresses = "joe@far.example" },
  here = { "here@x.example", addresses = "here@x.example" },
  pass = { "joe@nowhere.example" },
  nobody = { "nobody@x.example", status = "5.1.1", text = "nobody here has this address" },
  refuse = { "gone@x.example", status = "5.1.6", text = "moved away" },
  defer = { "slow@x.example", status = "4.2.1", text = "be patient" },
}

local service = support.service(POLICY)

local function by_map(role)
  return function(address)
    local request = socketmap.netstring("ex." .. role .. " " .. address)
    return (support.converse(socketmap, service, request):match "^%d+:(.*),$")
  end
end

local function by_line(role)
  return function(address)
    return (support.converse(readsocket, service, ("ex.%s %s\n"):format(role, address)))
  end
end

local function by_attributes(address)
  local reply = support.converse(delegation, service, table.concat({
    "request=smtpd_access_policy", "protocol_state=RCPT", "sender=joe@far.example", "size=9",
    "recipient=" .. address }, "\n") .. "\n\n")
  return (reply:match "^action=(.*)\n\n$")
end

local function by_headers(address)
  local headers = http.new(service, { auth_http = "backends-defer" }):answer {
    method = "GET", path = "/auth", headers = {
      host = "localhost", ["auth-protocol"] = "smtp", ["auth-method"] = "none",
      ["auth-smtp-from"] = "MAIL FROM:<joe@far.example>",
      ["auth-smtp-to"] = ("RCPT TO:<%s>"):format(address),
    },
  }.headers
  local code = headers["auth-error-code"]
  return code and "Auth-Error-Code: " .. code or "Auth-Status: " .. headers["auth-status"]
end

-- By protocol, how an address is asked for; and what is another address than that of its row, since what
-- is somebody's goes nowhere as it is.
local PROTOCOLS = {
  virtual = { by_map "virtual" }, recipients = { by_map "recipients" },
  transport = { by_map "transport", deliver = { "joe@far.example" } },
  delegation = { by_attributes }, redirect = { by_line "redirect" },
  route = { by_line "route", deliver = { "joe@far.example" }, nexthop = "192.0.2.1::25" },
  auth_http = { by_headers },
}

describe("the table", function()
  for protocol, how in pairs(PROTOCOLS) do
    for action, case in pairs(CASES) do
      it(("has what %s says to %s"):format(protocol, action), function()
        local template = verdict.ANSWERS[protocol][action]
        local expected = template:gsub("{(%a+)}", {
          addresses = case.addresses, address = case.addresses, status = case.status,
          text = case.text,
          nexthop = how.nexthop or "smtp:[192.0.2.1]:25",
        })
        assert.equal(expected, how[1]((how[action] or case)[1]))
      end)
    end
  end

  it("has a word of every protocol for every action, and says what each means", function()
    for protocol, row in pairs(verdict.ANSWERS) do
      for _, action in ipairs(verdict.ACTIONS) do
        assert.is_not_nil(row[action], protocol .. " " .. action)
        assert.is_string(verdict.MEANINGS[action])
      end
    end
  end)

  it("is never PERM, never an empty OK, and TEMP only for what waits", function()
    for protocol, row in pairs(verdict.ANSWERS) do
      for action, template in pairs(row) do
        local text = tostring(template)
        assert.is_nil(text:find "^PERM", protocol)
        assert.is_nil(text:find "^OK *$", protocol)
        if text:find "^TEMP" then assert.is_true(action == "defer" or action == "fault") end
      end
    end
  end)

  it("says what the codecs say where they fail themselves", function()
    assert.equal(socketmap.netstring("TEMP " .. verdict.fault().text), socketmap.failure())
    assert.is_nil(delegation.failure())
    assert.equal(":defer: 4.3.0 " .. verdict.fault().text, readsocket.failure())
  end)
end)

describe("the manual", function()
  local page = helper.read "lua/postoffice/manual/verdicts.md"

  -- A cell of its tables.
  local function cell(template)
    if not template then return "closes the connection" end
    return template == "" and "an empty line" or ("`%s`"):format((template:gsub(" $", "")))
  end

  for _, server in ipairs(verdict.SERVERS) do
    it("has the table of " .. server.name, function()
      local lines = { "| | `" .. table.concat(server.protocols, "` | `") .. "` |" }
      lines[2] = "|" .. ("---|"):rep(#server.protocols + 1)
      for _, action in ipairs(verdict.ACTIONS) do
        local row = { action }
        for _, name in ipairs(server.protocols) do
          row[#row + 1] = cell(verdict.ANSWERS[name][action])
        end
        lines[#lines + 1] = ("| %s |"):format(table.concat(row, " | "))
      end
      assert.matches("\n" .. table.concat(lines, "\n") .. "\n", page, 1, true)
    end)
  end

  it("says what each action means", function()
    for action, meaning in pairs(verdict.MEANINGS) do
      assert.matches(("| %s | %s |"):format(action, meaning), page, 1, true)
    end
  end)

  it("has every map and every protocol that policies are served by", function()
    for role in pairs(maps.roles) do
      assert.truthy(page:find("| `NAME." .. role, 1, true), role)
    end
    for name in pairs(fitness.PROTOCOLS) do
      assert.truthy(page:find(("| `%s` |"):format(name), 1, true), name)
    end
  end)

  it("names the protocols of the table, and only these", function()
    local listed = {}
    for _, server in ipairs(verdict.SERVERS) do
      for _, name in ipairs(server.protocols) do listed[name] = true end
    end
    for name in pairs(verdict.ANSWERS) do assert.is_true(listed[name]) end
    for name in pairs(listed) do assert.is_not_nil(verdict.ANSWERS[name]) end
  end)
end)
