-- What protocols cannot say is refused at load, by name.
local fitness = require "postoffice.host.fitness"
local helper = require "spec.helper"
local policy = require "postoffice.policy"
local site = require "postoffice.host.site"

local unpack = table.unpack or unpack

local function why(text, ...)
  local p = assert(policy.load(text, { chunkname = "@p.lua" }))
  return fitness.check(p, { ... })
end

local LINE = 'connector "line" { nexthop = "smtp:[192.0.2.1]:25", spaces = { "SMTP:*" }%s }'
local KIM = 'domain "x.example" {} recipient "Kim" { proxies = { "SMTP:kim@x.example" }%s }'
local TEAM = KIM:format "" .. [[
  list "Team" { proxies = { "SMTP:team@x.example" }, members = { "Kim" }, owner = "Kim" }]]

-- A list, and one of its members, who say who may write to them.
local BOTH = KIM:format "" .. [[

  list "Team" { proxies = { "SMTP:team@x.example" }, %s members = { "Kim", "Boss" } }
  recipient "Boss" { proxies = { "SMTP:boss@x.example" }, %s }]]

describe("a policy behind protocols", function()
  for _, case in ipairs {
    { LINE:format ', senders = { "<>" }', { "socketmap" },
      'p.lua:1: connector "line" has senders, and socketmap does not tell who sent a message' },
    { LINE:format ', senders = { "<>" }', { "socketmap", "delegation" },
      'p.lua:1: connector "line" has senders, and socketmap does not tell who sent a message' },
    { LINE:format ', senders = { "<>" }', { "delegation", "readsocket", "http" } },
    { LINE:format ", max_size = 9", { "socketmap", "delegation" },
      'p.lua:1: connector "line" has max_size'
        .. ', and socketmap does not tell how large a message is' },
    { LINE:format ", max_size = 9", { "dovecot" },
      'p.lua:1: connector "line" has max_size, and dovecot does not tell how large a message is' },
    { KIM:format ', accept = { "Kim" }, authenticated = true', { "dovecot" } },
    { KIM:format "" .. '\nlist "All" { proxies = { "SMTP:all@here.example" },'
      .. ' members = { "Kim", "SMTP:pat@far.example" } }\n' .. LINE:format "", { "dovecot" },
      'p.lua:2: "All" leads to 2 addresses, and Dovecot takes 1 of one address' },
    { KIM:format ', accept = { "Kim" }', { "socketmap" },
      'p.lua:1: recipient "Kim" has accept, and socketmap does not tell who sent a message' },
    { KIM:format ', accept = { "Kim" }, max_size = 9, authenticated = true',
      { "socketmap", "delegation" } },
    { TEAM, { "socketmap" },
      'p.lua:1: list "Team" has an owner, and socketmap cannot make another sender of that' },
    { TEAM, { "readsocket" },
      'p.lua:1: list "Team" has an owner, and readsocket cannot make another sender of that' },
    { TEAM, { "delegation", "http" } },
    { BOTH:format("", "max_size = 9"), { "socketmap", "delegation" },
      'p.lua:2: list "Team" leads to'
        .. ' "Boss", who takes less mail than it does, and socketmap cannot leave anybody out' },
    { BOTH:format("max_size = 10,", "max_size = 9"), { "socketmap", "delegation" },
      'p.lua:2: list "Team" leads to'
        .. ' "Boss", who takes less mail than it does, and socketmap cannot leave anybody out' },
    { BOTH:format("max_size = 9,", "max_size = 9"), { "socketmap", "delegation" } },
    { BOTH:format('accept = { "Kim" },', 'accept = { "Kim" }'), { "socketmap", "delegation" } },
    { BOTH:format('accept = { "Boss" },', 'accept = { "Kim" }'), { "socketmap", "delegation" },
      'p.lua:2: list "Team" leads to'
        .. ' "Boss", who takes less mail than it does, and socketmap cannot leave anybody out' },
    { 'set "friends" { "SMTP:*@a.example" }' .. BOTH:format('accept = "friends",',
      'accept = "friends"'), { "socketmap", "delegation" } },
    { 'set "friends" { "SMTP:*@a.example" }' .. BOTH:format('accept = "friends",',
      'accept = { "Kim" }'), { "socketmap", "delegation" },
      'p.lua:2: list "Team" leads to'
        .. ' "Boss", who takes less mail than it does, and socketmap cannot leave anybody out' },
    { BOTH:format('accept = { "Kim", "Boss" },', 'accept = { "Kim" }'),
      { "socketmap", "delegation" }, 'p.lua:2: list "Team" leads to'
        .. ' "Boss", who takes less mail than it does, and socketmap cannot leave anybody out' },
    { BOTH:format("", "authenticated = true"), { "delegation", "readsocket", "http" } },
    { 'connector "hq" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" } }'
      .. 'postoffice "HQ" {}', { "socketmap" }, 'p.lua:1: connector "hq" speaks CCMAIL, and'
      .. " socketmap hands mail over in SMTP" },
    { 'connector "hq" { speaks = "SMTP", reaches = "HQ", spaces = { "SMTP:*" } }'
      .. 'postoffice "HQ" {}', { "socketmap" }, 'p.lua:1: connector "hq" has no nexthop, and'
      .. " socketmap has to name a host" },
    { "\nfunction on.recipient(a, e)\n return e.sender and reject() end", { "socketmap" },
      "p.lua:2: on.recipient asks for sender, and socketmap does not tell who sent a message" },
    { "\nfunction on.recipient(a, e)\n return e.sender and reject() end", { "delegation" } },
    { "function on.recipient(a, e) return e.arrived_by and reject() end", { "delegation" },
      "p.lua:1: on.recipient asks for arrived_by, and delegation does not tell what a message"
      .. " arrived by" },
    { "function on.recipient(a, e) return e.may_relay and e.now and reject() end",
      { "socketmap" } },
    { LINE:format "" .. '\nconnector "b" { speaks = "SMTP", nexthop = "smtp:[192.0.2.9]:25",'
      .. ' spaces = { "SMTP:*@b.example" } }', { "auth_http" },
      'p.lua:2: connector "b" has another next hop than "line", and nginx asks for the first'
      .. " recipient of a session alone: the next one would come to the first one's" },
    { LINE:format "" .. '\nconnector "b" { speaks = "SMTP", nexthop = "smtp:[192.0.2.9]:25",'
      .. ' spaces = { "SMTP:*@b.example" } }', { "auth_http_deferring" } },
    { 'connector "b" { speaks = "SMTP", nexthop = "smtp:mx.example", spaces = { "SMTP:*" } }',
      { "auth_http_deferring" }, 'p.lua:1: connector "b" has a next hop that is no IP address,'
      .. " and nginx's mail proxy looks up no names" },
    { LINE:format "", { "socketmap", "delegation", "readsocket", "http", "auth_http", "dovecot",
      "rspamd" } },
  } do
    it(("%s: %s"):format(table.concat(case[2], ", "), case[3] or "is fit"), function()
      local message, code = why(case[1], unpack(case[2]))
      assert.equal(case[3], message and (message:gsub("; [^;]*$", "")))
      assert.equal(case[3] and "policy-unfit", code)
    end)
  end

  it("is told of all that is wrong, up to twenty", function()
    local text = { 'domain "x.example" {}' }
    for i = 1, 30 do
      text[#text + 1] = ('recipient "%d" { proxies = { "SMTP:u%d@x.example" }, max_size = 9 }')
        :format(i, i)
    end
    local message = why(table.concat(text, "\n"), "socketmap")
    assert.equal(20, select(2, message:gsub("\n", "")))
    assert.matches("^p%.lua:2: recipient \"1\" has max_size, ", message)
    assert.matches("\n%.%.%. and 10 more$", message)
  end)

  it("has no list that Postfix cannot be told of, by whom it reaches, not by what it declares",
    function()
      local function list(count, width)
        local members = {}
        for i = 1, count do
          members[i] = ('"SMTP:%s%d@far.example"'):format(("x"):rep(width), i)
        end
        return LINE:format "" .. '\ndomain "x.example" {}\nlist "L" { proxies = {'
          .. ' "SMTP:l@x.example" }, members = { ' .. table.concat(members, ", ") .. " } }"
      end
      assert.is_nil(why(list(1000, 1), "socketmap"))
      assert.equal('p.lua:3: "L" leads to 1001 addresses, and Postfix takes 1000 of one address;'
        .. " divide it, or let a list server have it", why(list(1001, 1), "socketmap"))
      assert.matches('^p.lua:3: "L" leads to addresses of 1%d%d%d%d%d bytes, and Postfix takes'
        .. " 100000;", why(list(999, 90), "socketmap"))
      assert.is_nil(why(list(1001, 1), "delegation", "http"))
      -- whom rewrites make the same are one
      assert.is_nil(why(list(1500, 1)
        .. '\nrewrite "SMTP:{u}@far.example" { to = "SMTP:all@farther.example" }', "socketmap"))
    end)

  it("is told of lists in files, too", function()
    local rows = { "DisplayName,PrimarySmtpAddress,members,owner", "Kim,kim@x.example,,",
      "Team,team@x.example,kim@x.example,Kim" }
    local members = {}
    for i = 1, 1001 do members[i] = ("SMTP:u%d@far.example"):format(i) end
    rows[#rows + 1] = "All,all@x.example," .. table.concat(members, ";") .. ","
    local p = assert(policy.load(LINE:format "" .. 'domain "x.example" {}\n'
      .. 'directory "staff" { file = "staff.csv" }',
      { read = function() return table.concat(rows, "\n") .. "\n" end }))
    assert.is_true(p:capabilities().owners)
    local message = fitness.check(p, { "socketmap" })
    assert.matches('staff.csv:3: list "Team" has an owner, and socketmap', message, 1, true)
    assert.matches('staff.csv:4: "All" leads to 1001 addresses', message, 1, true)
  end)

  it("has protocols that there are", function()
    assert.has_error(function() why("", "smtp") end, "there is no protocol smtp")
  end)
end)

describe("a site", function()
  local path = os.tmpname()
  local function write(text) helper.write(path, text) end
  after_each(function() os.remove(path) end)

  it("is opened where another process has found it fit, and so is each revision", function()
    write(LINE:format ', senders = { "<>" }')
    local opened = assert(site.open { policy = path, protocols = { "socketmap" }, is_fit = true })
    write(LINE:format ", max_size = 9")
    assert.is_true((opened:reload()))
    opened:close()
  end)

  it("is not opened for what it cannot say, and keeps its last good revision", function()
    write(LINE:format ', senders = { "<>" }')
    local opened, message, code = site.open { policy = path, protocols = { "socketmap" } }
    assert.is_nil(opened)
    assert.matches('connector "line" has senders', message)
    assert.equal("policy-unfit", code)
    write(LINE:format "")
    opened = assert(site.open { name = "ex", policy = path, protocols = { "socketmap" } })
    local revision = opened:revision()
    write(LINE:format ", max_size = 9")
    local ok, why_not, reason = opened:reload()
    assert.is_nil(ok)
    assert.matches('connector "line" has max_size.*\nrevision ' .. revision .. " stays", why_not)
    assert.same({ "policy-unfit", revision }, { reason, opened:revision() })
    write(LINE:format ", cost = 3")
    assert.is_true(opened:reload())
    assert.is_true(revision ~= opened:revision())
    opened:close()
  end)

  it("may be of a live policy, which stays its owner's", function()
    local live = assert(policy.open(function() return LINE:format ", max_size = 9", "p" end))
    assert.is_nil((site.open { policy = live, protocols = { "socketmap" } }))
    assert.equal("fact-missing", live:route("a@b.example")[1].code)
    local opened = assert(site.open { policy = live, protocols = { "http" } })
    assert.equal("deliver", opened:route("a@b.example", { size = 1 })[1].verdict)
  end)

  it("adds what is down, and what time it is, but to nobody's own facts", function()
    local down, facts = nil, { may_relay = true }
    local live = assert(policy.open(function()
      return LINE:format "" .. [[
        function on.route(route, envelope)
          if envelope.now == 5 then return defer "at five" end
        end]], "p"
    end))
    local opened = assert(site.open {
      policy = live, down = function() return down end, clock = function() return 5 end,
    })
    assert.equal("at five", opened:route("a@b.example", facts)[1].message)
    assert.equal("deliver", opened:route("a@b.example", { now = 6 })[1].verdict)
    down = { line = true }
    assert.equal("connectors-down", opened:nexthop("a@b.example", { now = 6 }).code)
    assert.equal("connectors-down", opened:explain("a@b.example", facts).deliveries[1].code)
    assert.equal("deliver", opened:route("a@b.example", { down = {}, now = 6 })[1].verdict)
    assert.same({ may_relay = true }, facts)
  end)

  it("has no options but its own", function()
    assert.has_error(function() site.open { polcy = "x" } end,
      'unknown option "polcy"; did you mean "policy"?')
    for _, name in ipairs { "inside", "a.b", "a b", "a!", "" } do
      assert.has_error(function() site.open { name = name, policy = path } end,
        ('option name cannot be "%s": it is made of letters, digits, _ and -, and not "inside"')
          :format(name))
    end
  end)
end)
