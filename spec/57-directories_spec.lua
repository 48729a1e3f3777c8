--- Live directories without servers: what they ask, and what they make of what servers may say.  Real
-- servers are in spec/host/directory/.
local ber = require "postoffice.directory.ber"
local directory = require "postoffice.directory"
local policy = require "postoffice.policy"
local streams = require "postoffice.directory.streams"

local KEY = "SMTP:kim@here.example"

-- ---- A server that says what it is told --------------------------------------

local clock, real = 0, streams.transport

-- A transport to a server: `respond(text)` returns what it says to what was sent, or nil and why;
-- `connections` counts.
local function fake(respond)
  local transport = { name = "fake", connections = 0 }
  function transport.now() return clock end
  function transport.scope() return transport end
  function transport.condition() return nil end
  function transport.connect()
    if transport.down then return nil, transport.down end
    transport.connections = transport.connections + 1
    local said = ""
    local function take(count)
      if #said < count then return nil, streams.TIMEOUT end
      local text = said:sub(1, count)
      said = said:sub(count + 1)
      return text
    end
    return {
      send = function(_, text)
        local more, why = respond(text, transport.connections)
        said = said .. (more or "")
        return more and true, why
      end,
      receive = function(_, count) return take(count) end,
      line = function()
        local line = said:match "^(.-)\r\n"
        if line then take(#line + 2) end
        return line, not line and streams.TIMEOUT or nil
      end,
      close = function() end,
    }
  end
  streams.transport = function() return transport end
  return transport
end

after_each(function() streams.transport = real end)

local function status_of(staff)
  local p = assert(policy.load([[
domain "here.example" {}
function on.recipient(address) return ask("staff", mail.key(address)) end]],
    { ask = { staff = staff } }))
  local delivery = p:route("kim@here.example")[1]
  return delivery.status, delivery.detail
end

-- ---- Options -----------------------------------------------------------------

describe("a directory", function()
  it("says which of its options is wrong, and where", function()
    local ldap = { uri = "ldap://a", base = "dc=a", filter = "(a={key})", attribute = "b" }
    local sql = { driver = "postgres", database = "a", query = "SELECT b FROM a WHERE k = {key}" }
    for _, case in ipairs {
      { "redis", {}, { timout = 3 }, 'unknown option "timout"; did you mean "timeout"?' },
      { "redis", {}, { timeout = 0 }, "option timeout has to be a number of seconds above 0" },
      { "redis", {}, { command = {} }, "option command has to be a list of words" },
      { "redis", {}, { command = { "GET", 5 } }, "without a number" },
      { "redis", {}, { command = { "set", "{key}", "x" } }, "has to read" },
      { "redis", {}, { command = { "{key}", "x" } }, "{key} may write" },
      { "redis", {}, { command = { "EVAL", "return 1", "0" } }, "EVAL may write" },
      { "redis", {}, { command = { "GET", "{adress}" } }, 'no {adress}; did you mean "address"?' },
      { "redis", {}, { tls = { cert = "x" } }, "option tls has to be true, or a table" },
      { "redis", {}, { tls = { ca = true } }, "option tls has to be true, or a table" },
      { "redis", {}, { tls = true, client = function() end }, "tls is for connections of our own" },
      { "ldap", ldap, { tls = {} }, "option tls takes an uri of ldaps://" },
      { "ldap", ldap, { uri = "ldaps://a", tls = { a = "b" } }, "option tls has to be true, or a" },
      { "redis", {}, { client = "lua-rdis" }, 'did you mean "lua-redis"?' },
      { "ldap", ldap, { uri = "http://a" }, "option uri has to be ldap://HOST:PORT" },
      { "ldap", ldap, { uri = false }, "option uri is missing" },
      { "ldap", ldap, { base = false }, "option base is missing" },
      { "ldap", ldap, { filter = false }, "option filter is missing" },
      { "ldap", ldap, { attribute = false }, "option attributes is missing" },
      { "ldap", ldap, { attribute = false, attributes = {} }, "attributes has to be a list" },
      { "ldap", ldap, { schema = "AD" }, 'did you mean "ad"?' },
      { "ldap", ldap, { scope = "sub" }, 'option scope cannot be "sub"' },
      { "ldap", ldap, { limit = 0 }, "option limit has to be a whole number of 1 or more" },
      { "ldap", ldap, { dn = "cn=a" }, "option dn takes a password" },
      { "ldap", ldap, { password = "a" }, "option password takes a dn" },
      { "ldap", ldap, { filter = "(a={kex})" }, 'there is no {kex}; did you mean "key"?' },
      { "ldap", ldap, { filter = "a=b" }, "none of RFC 4515: a ( is missing: a=b" },
      { "ldap", ldap, { filter = "(a=b" }, "a ) is missing" },
      { "ldap", ldap, { filter = "(a=b))" }, "something stands after it" },
      { "ldap", ldap, { filter = "(&(a=b)" }, "a ) is missing" },
      { "ldap", ldap, { filter = "(!(a=b)(c=d))" }, "a ! takes one filter" },
      { "ldap", ldap, { filter = "(a=\\4)" }, "two hexadecimal digits" },
      { "ldap", ldap, { filter = "(a=(b))" }, "write \\28 for (" },
      { "ldap", ldap, { filter = "(=b)" }, "an attribute or an operator is missing" },
      { "ldap", ldap, { filter = "(a>=b*)" }, "a * that this operator does not take" },
      { "ldap", ldap, { filter = "(a=b**c)" }, "a * that this operator does not take" },
      { "ldap", ldap, { filter = ("(!"):rep(40) .. "(a=b)" .. (")"):rep(40) }, "too deep" },
      { "sql", sql, { driver = "postgres-wir" }, 'did you mean "postgres-wire"?' },
      { "sql", sql, { max_age = 0.5 }, "option max_age has to be a whole number of seconds" },
      { "sql", sql, { driver = "mysql" }, 'option driver cannot be "mysql"' },
      { "sql", sql, { database = false }, "option database is missing" },
      { "sql", sql, { query = false }, "option query is missing" },
      { "sql", sql, { query = "SELECT b WHERE k = '{key}'" }, "write {key} without quotes" },
      { "sql", sql, { query = "SELECT b WHERE k LIKE '%{key}%'" }, "write {key} without quotes" },
      { "sql", sql, { query = 'SELECT "{key}"' }, "write {key} without quotes" },
      { "sql", sql, { query = "SELECT $a${key}$a$" }, "write {key} without quotes" },
      { "sql", sql, { query = "SELECT E'\\'' WHERE k = {key}" }, "query takes no backslash" },
      { "sql", sql, { query = "SELECT 1 -- {key}" }, "option query takes no comment" },
      { "sql", sql, { query = "SELECT {kee}" }, 'did you mean "key"?' },
      { "sql", sql, { query = "SELECT b WHERE k = ?" }, "write {key}, or {address}, in place" },
      { "sql", sql, { query = "SELECT b WHERE k = $1" }, "in place of $1" },
      { "sql", sql, { many = "SELECT {key}" }, "option many takes {keys} or {addresses}" },
      { "sql", sql, { parameters = { ["a b"] = "c" } }, "option parameters has to be" },
    } do
      local options = {}
      for _, from in ipairs { case[2], case[3] } do
        for name, value in pairs(from) do options[name] = value or nil end
      end
      local ok, why = pcall(function()
        local made = directory[case[1]](options)
        return made
      end)
      assert.is_false(ok, case[4])
      assert.truthy(why:find(case[4], 1, true), why)
      assert.matches("^[^ ]*57%-directories_spec%.lua:%d+: ", why)
    end
  end)

  it("connects to nobody before it is asked", function()
    local server = fake(function() return "$-1\r\n" end)
    directory.redis {}
    assert.equal(0, server.connections)
  end)

  it("takes texts for keys, and no other key of many spoils theirs", function()
    fake(function(text) return ("$1\r\nx\r\n"):rep(select(2, text:gsub("GET", ""))) end)
    local staff = directory.redis { replica = false }
    local value, why = staff.ask(5)
    assert.is_nil(value)
    assert.equal("a directory is asked for a text, not for a number", why)
    local answers, failures = staff.many { "a", 5, "b" }
    assert.same({ a = "x", b = "x" }, answers)
    assert.equal(why, failures[5])
  end)
end)

-- ---- Waiting -----------------------------------------------------------------

describe("a server that fails", function()
  it("is left alone, for longer each time, and asked again", function()
    local server = fake(function() return "$1\r\nx\r\n" end)
    local staff = directory.redis {}
    server.down = "no route to host"
    local pause = 0.5
    for _ = 1, 8 do
      assert.equal("redis: no route to host", (select(2, staff.ask "a")))
      clock = clock + pause * 0.9
      server.down = nil -- nobody tries yet
      assert.matches("no route to host; not asked again for %d", (select(2, staff.ask "a")))
      clock = clock + pause * 0.2
      server.down = "no route to host"
      pause = math.min(pause * 2, 10)
    end
    server.down = nil
    assert.equal("x", staff.ask "a")
    assert.equal("4.4.3", (function()
      server.down = "gone"
      staff:close()
      return status_of(staff)
    end)())
    clock = clock + 0.51 -- it begins anew
    server.down = nil
    assert.equal("x", staff.ask "a")
  end)

  it("is asked once more by a new connection, if the old one was lost meanwhile", function()
    local server = fake(function(_, connection)
      if connection ~= 2 then return nil, "broken pipe" end
      return "$1\r\nx\r\n"
    end)
    server.connections = 1
    local staff = directory.redis {}
    assert.equal("x", staff.ask "a")
    server = fake(function() return nil, "broken pipe" end)
    assert.equal("redis: broken pipe", (select(2, staff.ask "a")))
    assert.equal(1, server.connections)
  end)
end)

-- ---- Redis -------------------------------------------------------------------

-- On PUC Lua 5.1 nobody yields in there; lua-redis does not.
local yields_through_pcall = _VERSION ~= "Lua 5.1" or rawget(_G, "jit") ~= nil

-- What a Redis server says: to INFO this, and to all else that.
local function redis_says(reply, info)
  return function(text)
    local parts = {}
    for word in text:gmatch "%*%d+\r\n%$%d+\r\n(%u+)" do
      parts[#parts + 1] = word == "INFO" and (info:sub(1, 1) == "-" and info
        or ("$%d\r\n%s\r\n"):format(#info, info)) or reply
    end
    return table.concat(parts)
  end
end

local UP = "role:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:3\r\n"
  .. "master_sync_in_progress:0\r\n"

describe("a Redis server", function()
  it("fails by every error that it tells", function()
    for _, told in ipairs {
      "LOADING Redis is loading the dataset in memory", "MASTERDOWN Link with MASTER is down",
      "READONLY You can't write", "CLUSTERDOWN Hash slot not served", "MOVED 3999 127.0.0.1:6381",
      "ASK 3999 127.0.0.1:6381", "TRYAGAIN Multiple keys", "NOAUTH Authentication required.",
      "NOPERM this user has no permissions", "BUSY Redis is busy", "WRONGTYPE Operation",
      "ERR unknown command", "OOM command not allowed",
    } do
      fake(redis_says("-" .. told .. "\r\n", "role:master\r\n"))
      local staff = directory.redis {}
      local value, why = staff.ask(KEY)
      assert.is_nil(value)
      assert.equal("redis: " .. told, why)
      assert.same({ "4.4.3" }, { (status_of(staff)) })
      local answers, failures = staff.many { "a", "b" }
      assert.same({ {}, { a = why, b = why } }, { answers, failures })
    end
  end)

  it("knows nobody only where its answer is sound", function()
    for _, case in ipairs {
      { "role:master\r\n" }, { UP },
      { UP:gsub("up", "down"), "has lost its primary" },
      { UP:gsub("progress:0", "progress:1"), "is being filled" },
      { UP:gsub("ago:3", "ago:31"), "has not heard of its primary for 31 s" },
      { UP:gsub("ago:3", "ago:-1"), "has not heard" },
      { UP:gsub("master_link_status:up\r\n", ""), "has lost its primary" },
      { "role:sentinel\r\n", "tells no role" }, { "", "tells no role" },
      { "-NOPERM this user has no permissions to run info\r\n", "NOPERM" },
    } do
      local expected = type(case[2]) == "string" and case[2] or nil
      for _, nothing in ipairs { "$-1\r\n", "*0\r\n", "*-1\r\n" } do
        fake(redis_says(nothing, case[1]))
        local value, why = directory.redis({}).ask(KEY)
        assert.is_nil(value)
        if expected then assert.matches(expected, why, 1, true) else assert.is_nil(why) end
        assert.same({ expected and "4.4.3" or "5.1.1" }, { (status_of(directory.redis {})) })
      end
      fake(redis_says("$1\r\nx\r\n", case[1]))
      assert.equal("x", directory.redis({}).ask(KEY))
    end
  end)

  it("fails where it speaks no RESP, or stops in the midst of a reply", function()
    for _, said in ipairs {
      "HTTP/1.1 400 Bad Request\r\n", "$x\r\n", "$-2\r\n", "$99999999999999\r\n", "$3\r\nabcde",
      "*9999999999\r\n", ("*1\r\n"):rep(40) .. ":1\r\n", ":x\r\n", "\r\n", "$5\r\nab",
      "*2\r\n:1\r\n", "", "$", "*1\r\n!\r\n",
    } do
      fake(function() return said end)
      local value, why = directory.redis({ replica = false }).ask(KEY)
      assert.is_nil(value, said)
      assert.matches("^redis: ", why)
    end
  end)

  it("says a reason in one line, and no password", function()
    fake(function() return "-ERR unknown command 'AUTH', with args: 'kim' 'se%same'\27[2J\r\n" end)
    local why = select(2, directory.redis({ username = "kim", password = "se%same" }).ask(KEY))
    assert.equal("redis: ERR unknown command 'AUTH', with args: 'kim' '***'\\x1b[2J", why)
  end)

  it("has a client of the host to itself while it waits", function()
    local opened, using = 0, {}
    local staff = directory.redis { replica = false, client = function()
      opened = opened + 1
      return { get = function(self, key)
        assert.is_nil(using[self])
        using[self] = true
        coroutine.yield()
        using[self] = nil
        return "the answer to " .. key
      end }
    end }
    if not yields_through_pcall then return end
    local waiting = {}
    for i = 1, 3 do
      waiting[i] = coroutine.wrap(function() return staff.ask("k" .. i) end)
      waiting[i]()
    end
    for i = 3, 1, -1 do assert.equal("the answer to k" .. i, waiting[i]()) end
    assert.equal(3, opened)
  end)

  it("shows no password in an explanation", function()
    fake(function() return "-WRONGPASS sesame is no password of kim\r\n" end)
    local p = assert(policy.load([[function on.recipient(address) ask("staff", "x") end]],
      { ask = { staff = directory.redis { username = "kim", password = "sesame" } } }))
    local told = tostring(p:explain "kim@here.example")
    assert.truthy(told:find("WRONGPASS", 1, true), told)
    assert.is_nil(told:find("sesame", 1, true))
  end)

  it("may be reached by any client with the methods of those that there are", function()
    local null = io.stdout -- ngx.null is a userdata
    local told, closed, kept = {}, 0, 0
    local function client()
      return {
        get = function(_, key) return (table.unpack or unpack)(told[key]) end,
        info = function() return { replication = { role = "master" } } end,
        set_keepalive = function() kept = kept + 1 end, close = function() closed = closed + 1 end,
      }
    end
    local staff = directory.redis { client = client }
    told = { a = { "x" }, b = { null }, c = {}, d = { false, "ERR no" }, e = { 7 } }
    assert.same({ { a = "x", e = 7 }, { d = "redis: ERR no" } }, { staff.many { "a", "b", "c", "d",
      "e" } })
    assert.equal(2, kept)
    kept = 0
    assert.matches("no method smembers",
      (select(2, directory.redis({ client = client, command = { "SMEMBERS", "{key}" } }).ask "a")))
    told.a = { nil, "timeout" }
    assert.equal("redis: timeout", (select(2, staff.ask "a")))
    assert.equal(1, closed)
    local function refuses() return nil, "refused" end
    local function raises() error "refused" end
    for _, open in ipairs { refuses, raises } do
      assert.matches("refused", (select(2, directory.redis({ client = open }).ask "a")))
    end
  end)
end)

-- ---- LDAP --------------------------------------------------------------------

-- The numbers of the messages that were sent.
local function ids_of(text)
  local ids = {}
  for _, message in ipairs(ber.values(text)) do
    ids[#ids + 1] = ber.number(ber.values(message.content)[1].content)
  end
  return ids
end

local function result(code, told, tag)
  return ber.value(tag or 0x65, ber.enumerated(code) .. ber.octets "" .. ber.octets(told or ""))
end

local function entry(name, ...)
  local values = {}
  for i, value in ipairs { ... } do values[i] = ber.octets(value) end
  return ber.value(0x64, ber.octets "cn=x" .. ber.sequence(ber.sequence(
    ber.octets(name) .. ber.value(0x31, table.concat(values)))))
end

-- What an LDAP server says to each search: these operations.
local function ldap_says(...)
  local operations = { ... }
  return function(text)
    local parts = {}
    for _, id in ipairs(ids_of(text)) do
      for _, operation in ipairs(operations) do
        parts[#parts + 1] = ber.sequence(ber.integer(id), operation)
      end
    end
    return table.concat(parts)
  end
end

local function ldap(more)
  local options = { uri = "ldap://ldap.example", base = "dc=example", filter = "(mail={address})",
    attribute = "target" }
  for name, value in pairs(more or {}) do options[name] = value end
  return directory.ldap(options)
end

local REFERENCE = ber.value(0x73, ber.octets "ldap://elsewhere.example/dc=example")

describe("an LDAP server", function()
  it("fails by every result but success, whatever it has found", function()
    for code = 1, 90 do
      for _, before in ipairs { "", entry("target", "x") } do
        local last = result(code, "why")
        fake(before == "" and ldap_says(last) or ldap_says(before, last))
        local value, why = ldap().ask(KEY)
        assert.is_nil(value)
        assert.matches(("^ldap: result %d, %%a+: why$"):format(code), why)
        assert.same({ "4.4.3" }, { (status_of(ldap())) })
      end
    end
    fake(ldap_says(result(0)))
    assert.same({ "5.1.1" }, { (status_of(ldap())) })
  end)

  it("knows nobody only where all of the tree is searched", function()
    fake(ldap_says(REFERENCE, result(0)))
    assert.matches("reference", (select(2, ldap().ask(KEY))))
    assert.same({}, { ldap({ ignore_references = true }).ask(KEY) })
    fake(ldap_says(REFERENCE, entry("Target", "x"), result(0)))
    assert.same({ "x" }, { ldap().ask(KEY) })
  end)

  it("answers a text, a list, or that there is somebody", function()
    for _, case in ipairs {
      { "x", entry("target", "x") }, { { "x", "y" }, entry("TARGET", "x", "y") },
      { true, entry("target") }, { true, entry("other", "x") },
      { { "x" }, entry("target", "x"), { limit = 2 } },
      { { target = "x" }, entry("target", "x"), { attributes = { "target", "more" } } },
    } do
      fake(ldap_says(case[2], result(0)))
      local more = case[3] or {}
      local staff = ldap(more)
      if more.attributes then
        staff = directory.ldap { uri = "ldap://a", base = "dc=a", filter = "(a={key})",
          attributes = more.attributes }
      end
      assert.same(case[1], (staff.ask(KEY)))
    end
    fake(ldap_says(entry("target", "x"), entry("target", "y"), result(0)))
    assert.matches("more entries match a key than 1, the limit", (select(2, ldap().ask(KEY))))
  end)

  it("fails where it says good-bye, speaks no LDAP, or stops in the midst", function()
    local good_bye = ber.sequence(ber.integer(0),
      ber.value(0x78, ber.enumerated(52) .. ber.octets "" .. ber.octets ""))
    local whole = ber.sequence(ber.integer(1), result(0))
    for _, said in ipairs {
      good_bye, "HTTP/1.1 400 Bad Request\r\n", whole:sub(1, -2), "", "\48\128",
      "\48\132\255\255\255\255", "\48\133\0\0\0\0\1", "\48\3\2\5\1",
      ber.sequence "", ber.sequence(ber.integer(1)),
      ber.sequence(ber.integer(7), result(0)), ber.sequence(ber.integer(1), ber.value(0x42, "")),
      ber.sequence(ber.integer(1), ber.value(0x65, "")),
      ber.sequence(ber.integer(1), result(0, "", 0x61)),
      ber.sequence(ber.integer(1), ber.value(0x64, "\4")),
      ber.sequence(ber.integer(1), ber.value(0x64, ber.octets "a" .. ber.sequence "\48\1\4")),
    } do
      fake(function() return said end)
      local value, why = ldap().ask(KEY)
      assert.is_nil(value)
      assert.matches("^ldap: ", why or said)
    end
  end)

  it("fails where it sends more than it may", function()
    local entries = {}
    for i = 1, 10 do entries[i] = entry("target", "x") end
    entries[11] = result(0)
    fake(ldap_says((unpack or table.unpack)(entries)))
    assert.matches("^ldap: ", (select(2, ldap().ask(KEY))))
  end)

  it("is asked what the filter says, with the key as nothing but a value", function()
    for _, case in ipairs {
      { "(a={key})", KEY, "\163\26\4\1a\4\21" .. KEY },
      { "(a={address})", "*)(b=*", "\163\11\4\1a\4\6*)(b=*" },
      { "(a={type}x\\2a{domain})", KEY, "\163\23\4\1a\4\18SMTPx*here.example" },
      { "(a=*)", "x", "\135\1a" },
      { "(a=b*{key}*c)", "x", "\164\14\4\1a\48\9\128\1b\129\1x\130\1c" },
      { "(a=*{key})", "x", "\164\8\4\1a\48\3\130\1x" },
      { "(&(a>=b)(|(c<=d)(!(e~=f))))", "x",
        "\160\28\165\6\4\1a\4\1b\161\18\166\6\4\1c\4\1d\162\8\168\6\4\1e\4\1f" },
      { "(a:dn:2.4:=b)", "x", "\169\14\129\0032.4\130\1a\131\1b\132\1\255" },
      { "(:2.4:=b)", "x", "\169\8\129\0032.4\131\1b" },
      { "(&)", "x", "\160\0" },
    } do
      local sent
      fake(function(text)
        sent = text
        return ldap_says(result(0))(text)
      end)
      ldap({ filter = case[1] }).ask(case[2])
      assert.truthy(sent:find(case[3], 1, true), case[1])
    end
  end)

  it("binds first, and fails where it may not", function()
    local sent = {}
    fake(function(text)
      sent[#sent + 1] = text
      if #sent == 1 then return ber.sequence(ber.integer(1), result(0, "", 0x61)) end
      return ldap_says(result(0))(text)
    end)
    local staff = ldap { dn = "cn=a", password = "sesame" }
    assert.same({}, { staff.ask(KEY) })
    assert.truthy(sent[1]:find("\96\17\2\1\3\4\4cn=a\128\6sesame", 1, true))
    fake(function() return ber.sequence(ber.integer(1), result(49, "not sesame", 0x61)) end)
    staff:close()
    assert.equal("ldap: binding: result 49, invalidCredentials: not ***",
      (select(2, staff.ask(KEY))))
  end)
end)

-- ---- SQL ---------------------------------------------------------------------

-- LuaSQL as far as it is used: `run(statement)` returns rows, or nil and why.
local function luasql(driver, run)
  local opened = 0
  local function cursor(rows)
    local at = 0
    local object = newproxy and newproxy(true) -- luacheck: ignore
    local methods = {
      getcolnames = function() return rows.names or { "target" } end,
      fetch = function()
        at = at + 1
        return rows[at], rows.failure
      end,
      close = function() end,
    }
    if object then getmetatable(object).__index = methods end
    return object, methods
  end
  local connection = {
    escape = function(_, text) return (text:gsub("'", "''")) end, close = function() end,
    execute = function(_, text)
      local rows, why = run(text)
      if type(rows) ~= "table" then return rows, why end
      return (cursor(rows))
    end,
  }
  package.loaded["luasql." .. driver] = { [driver] = function()
    return { connect = function()
      opened = opened + 1
      return connection
    end }
  end }
  return function() return opened end
end

-- What PostgreSQL says: a message.
local function told(tag, content)
  local length = #content + 4
  return tag .. string.char(0, 0, math.floor(length / 256), length % 256) .. content
end

local READY, AUTHENTICATED = told("Z", "I"), told("R", "\0\0\0\0")
local NAMES = told("T", "\0\1t\0" .. ("\0"):rep(18))

local function wire(more)
  local options = { driver = "postgres-wire", database = "d", user = "kim", replica = false,
    query = "SELECT t WHERE k = {key}" }
  for name, value in pairs(more or {}) do options[name] = value end
  return directory.sql(options)
end

-- A PostgreSQL that lets everybody in, and says this to a statement.
local function postgres_says(...)
  local said = table.concat { ... }
  return function(text) return text:sub(1, 1) == "\0" and AUTHENTICATED .. READY or said end
end

describe("PostgreSQL by connections of our own", function()
  it("is told statements with parameters, and answers", function()
    local sent
    local answer = postgres_says(told("1", ""), told("2", ""), NAMES,
      told("N", "SNOTICE\0\0"), told("D", "\0\1\0\0\0\1x"), told("C", "SELECT 1\0"), READY)
    fake(function(text)
      sent = text
      return answer(text)
    end)
    local staff = wire()
    assert.equal("x", staff.ask "a'b")
    assert.truthy(sent:find("SELECT t WHERE k = $1\0", 1, true))
    assert.truthy(sent:find("\0\1\0\0\0\3a'b\0\0", 1, true))
    fake(postgres_says(NAMES, told("D", "\0\1\255\255\255\255"), told("s", ""), READY))
    assert.is_true(wire().ask "a")
    fake(postgres_says(NAMES, told("C", "SELECT 0\0"), READY))
    assert.same({}, { wire().ask "a" })
    fake(postgres_says(NAMES, READY))
    assert.matches("did not say", (select(2, wire().ask "a")))
    fake(postgres_says(told("C", "BEGIN\0"), READY))
    assert.matches("returns no rows", (select(2, wire().ask "a")))
  end)

  it("fails by every SQLSTATE, whatever came before", function()
    for _, case in ipairs { { "ERROR", "40001" }, { "ERROR", "25006" }, { "ERROR", "22021" },
      { "FATAL", "57P01" }, { "FATAL", "57P03" }, { "FATAL", "53300" }, { "PANIC", "08006" } } do
      local failure = told("E", ("V%s\0C%s\0Mwhy\0\0"):format(case[1], case[2]))
      for _, before in ipairs { "", NAMES .. told("D", "\0\1\0\0\0\1x") } do
        fake(postgres_says(before, failure, case[1] == "ERROR" and READY or ""))
        local value, why = wire().ask(KEY)
        assert.is_nil(value)
        assert.equal(("sql: %s: why"):format(case[2]), why)
        assert.same({ "4.4.3" }, { (status_of(wire())) })
      end
      fake(function() return failure .. READY end) -- as nobody is let in
      assert.equal(("sql: %s: why"):format(case[2]), (select(2, wire().ask(KEY))))
    end
  end)

  it("fails where it speaks otherwise, or stops in the midst", function()
    for _, said in ipairs { "", "HTTP/1.1 400 Bad Request\r\n", "Z\0\0\0\3", "D\255\255\255\255",
      told("R", "\0\0\0\10"), told("R", "\0\0\0\5salt"), told("R", ""), READY .. READY,
      told("E", ""), AUTHENTICATED .. READY .. told("D", "\0\1") } do
      fake(function() return said end)
      local value, why = wire({ password = "sesame" }).ask(KEY)
      assert.is_nil(value, said)
      assert.matches("^sql: ", why)
    end
    for _, said in ipairs { told("T", "\0\9t"), told("D", "\0\1\0\0\0\9x"), told("D", "\0\1\0") } do
      fake(postgres_says(said, READY))
      assert.matches("no message of PostgreSQL", (select(2, wire().ask(KEY))))
    end
  end)

  it("tells no password of its parameters", function()
    for _, name in ipairs { "password", "sslpassword" } do
      fake(postgres_says(told("E", "VERROR\0C28P01\0Msesame is wrong\0\0"), READY))
      local why = select(2, wire({ parameters = { [name] = "sesame" } }).ask(KEY))
      assert.equal("sql: 28P01: *** is wrong", why)
    end
  end)

  -- A server that says of itself what is said, and once it was asked that knows somebody, or nobody.
  local function becomes(said, known)
    local asked, is_told = 0, false
    local function row(text) return told("D", "\0\1\0\0\0" .. string.char(#text) .. text) end
    fake(function(text)
      if text:sub(1, 1) == "\0" then return AUTHENTICATED .. READY end
      local about_itself = text:find("pg_is_in_recovery", 1, true)
      if not about_itself then asked = asked + 1 end
      local rows = about_itself and row(said) or is_told and known and row(known) or ""
      is_told = is_told or about_itself
      return NAMES .. rows .. told("C", "SELECT 1\0") .. READY
    end)
    local value, why = wire({ replica = true }).ask(KEY)
    return asked, value, why
  end

  it("is asked again where a standby has heard of its primary meanwhile", function()
    assert.same({ 2, "new" }, { becomes("", "new") })
    assert.same({ 2 }, { becomes("") })
    assert.same({ 1 }, { becomes("primary", "new") })
    local behind = "the standby is behind"
    assert.same({ 1, nil, "sql: " .. behind }, { becomes(behind, "new") })
  end)

  it("proves that it has the password as RFC 7677 does, if there is luaossl", function()
    if not pcall(require, "openssl.kdf") then return end
    local scram = require "postoffice.directory.scram"
    local begun, first = scram.begin("rOprNGfwEbeRWgbNEkqO", "user")
    assert.equal("n,,n=user,r=rOprNGfwEbeRWgbNEkqO", first)
    local proof, expected = scram.finish(begun, "pencil", "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTC"
      .. "AfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
    assert.equal("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+"
      .. "Ute9ytag9zjfMHgsqmmiz7AndVQ=", proof)
    assert.equal("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", expected)
    for _, said in ipairs { "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "e=other-error",
      "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=999999999", "" } do
      assert.is_nil((scram.finish(begun, "pencil", said)))
    end
  end)
end)

-- Only these have userdata that Lua can make.
if rawget(_G, "newproxy") then -- luacheck: ignore
  describe("a database", function()
    local function sql(more)
      local options = { driver = "postgres", database = "d", query = "SELECT t WHERE k = {key}" }
      for name, value in pairs(more or {}) do options[name] = value end
      return directory.sql(options)
    end

    after_each(function() package.loaded["luasql.postgres"] = nil end)

    it("fails by every error, and is connected to anew where it is lost", function()
      for _, case in ipairs {
        { "ERROR: canceling statement due to conflict with recovery", true },         -- 40001
        { "ERROR: cannot execute UPDATE in a read-only transaction", true },           -- 25006
        { "ERROR: canceling statement due to statement timeout", true },               -- 57014
        { "FATAL: terminating connection due to administrator command", false },       -- 57P01
        { "FATAL: the database system is starting up", false },                        -- 57P03
        { "server closed the connection unexpectedly", false },                        -- 08006
        { "FEHLER: storniere Anfrage wegen Konflikt mit der Wiederherstellung", true },
        { "FATAL: das Datenbanksystem startet", false }, -- whatever lc_messages is
      } do
        local opened = luasql("postgres", function(text)
          if text:find "^SET" then return 0 end
          if text == "SELECT 1" and case[2] then return { { 1 } } end
          return nil, case[1]
        end)
        local staff = sql()
        local value, why = staff.ask(KEY)
        assert.is_nil(value)
        assert.matches(case[1], why, 1, true)
        assert.same({ "4.4.3" }, { (status_of(staff)) })
        assert.equal(1, opened())
      end
    end)

    it("fails where the rows end by an error", function()
      luasql("postgres", function(text)
        return text:find "^SET" and 0 or { failure = "database disk image is malformed" }
      end)
      assert.matches("malformed", (select(2, sql().ask(KEY))))
    end)
  end)
end

describe("a database without its library", function()
  it("says what to install", function()
    local was = package.path
    local cpath = package.cpath
    package.path, package.cpath = "", ""
    package.loaded["luasql.postgres"], package.preload["luasql.postgres"] = nil, nil
    local options = { driver = "postgres", database = "d", query = "SELECT 1" }
    local ok, why = pcall(directory.sql, options)
    package.path, package.cpath = was, cpath
    assert.is_false(ok)
    assert.matches("install Debian's lua-sql-postgres or the rock luasql-postgres", why, 1, true)
  end)
end)
