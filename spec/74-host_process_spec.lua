--- What a process that answers is made of, apart from its sockets: addresses to listen on, HTTP's bytes, the log, the
-- counts, and the connectors that are down.
local address = require "postoffice.host.serve.address"
local down = require "postoffice.host.down"
local helper = require "spec.helper"
local http1 = require "postoffice.host.serve.http1"
local log = require "postoffice.host.log"
local metrics = require "postoffice.host.metrics"
local service = require "postoffice.host.service"

describe("an address to listen on", function()
  it("is a path, an address and a port, or a socket of systemd's", function()
    for text, expected in pairs {
      ["/run/x"] = { path = "/run/x" }, ["unix:/run/x"] = { path = "/run/x" },
      ["./x"] = { path = "./x" }, ["unix:x"] = { path = "x" },
      ["127.0.0.1:25"] = { host = "127.0.0.1", port = 25, is_loopback = true },
      ["inet:127.0.0.2:25"] = { host = "127.0.0.2", port = 25, is_loopback = true },
      ["localhost:25"] = { host = "127.0.0.1", port = 25, is_loopback = true },
      ["[::1]:25"] = { host = "::1", port = 25, is_loopback = true },
      ["0.0.0.0:25"] = { host = "0.0.0.0", port = 25, is_loopback = false },
      ["[::]:25"] = { host = "::", port = 25, is_loopback = false },
      ["128.0.0.1:25"] = { host = "128.0.0.1", port = 25, is_loopback = false },
      ["fd:maps"] = { fd = "maps" }, ["fd:3"] = { fd = "3" },
    } do
      assert.same(expected, (address.read(text)), text)
      assert.same(expected, (address.read(address.show(expected))), text)
    end
  end)

  it("is nothing else, and the message says what to write", function()
    for _, text in ipairs { "", "x", "25", "mail.example:25", "127.0.0.1", "127.0.0.1:70000",
      "127.0.0.1:x", "fd:", "/" .. ("x"):rep(107) } do
      local where, message = address.read(text)
      assert.is_nil(where, text)
      assert.equal("string", type(message))
    end
  end)
end)

-- ---- HTTP --------------------------------------------------------------------

-- The requests of some bytes that come in pieces of a length.
local function requests_of(bytes, length)
  local reader, list = http1.protocol({}).reader(), {}
  for at = 1, #bytes, length do
    reader:push(bytes:sub(at, at + length - 1))
    local request = reader:next()
    while request do
      list[#list + 1] = request
      if request.refused then return list end
      request = reader:next()
    end
  end
  return list
end

describe("requests of HTTP", function()
  local BYTES = "POST /v1/x?a=b%20c HTTP/1.1\r\nHost: a\r\nX-Y:  z \r\nContent-Length: 5\r\n\r\n"
    .. "hello\r\nGET / HTTP/1.0\r\nAccept: a\r\nAccept: b\r\n\r\n"
    .. "GET /c HTTP/1.1\r\nConnection: close\r\n\r\n"

  it("are the same, in whatever pieces they come", function()
    for length = 1, #BYTES do
      local list = requests_of(BYTES, length)
      assert.equal(3, #list)
      local first, second, third = list[1], list[2], list[3]
      assert.same({ "POST", "/v1/x", "a=b%20c", "hello", true }, { first.method, first.path,
        first.query, first.body, first.persists })
      assert.same({ host = "a", ["x-y"] = "z", ["content-length"] = "5" }, first.headers)
      assert.same({ "GET", "/", "", "", false, "a, b" }, { second.method, second.path, second.query,
        second.body, second.persists, second.headers.accept })
      assert.is_false(third.persists)
    end
  end)

  it("are refused as soon as they cannot be any more, and nothing after them is read", function()
    for bytes, status in pairs {
      ["GET / HTTP/1.1\r\n: x\r\n\r\n"] = 400, ["get / HTTP/1.1\r\n\r\n"] = 400,
      ["GET / HTTP/1.1 \r\n\r\n"] = 400, ["GET  / HTTP/1.1\r\n\r\n"] = 400,
      ["GET /#x HTTP/1.1\r\n\r\n"] = 400, ["GET * HTTP/1.1\r\n\r\n"] = 400,
      ["GET / HTTP/1.1\r\nA: b\rc\r\n\r\n"] = 400, ["GET / HTTP/1.1\r\nA: b\0\r\n\r\n"] = 400,
      ["GET / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n"] = 400,
      ["GET / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n"] = 400,
      ["GET / HTTP/1.1\r\nContent-Length: 999999999999999999999\r\n\r\n"] = 413,
      ["GET / HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\n"] = 501,
      ["GET / HTTP/3.0\r\n\r\n"] = 505, ["\n"] = 400,
    } do
      local list = requests_of(bytes .. "GET /after HTTP/1.1\r\n\r\n", 7)
      assert.equal(1, #list, bytes)
      assert.equal(status, list[1].refused, bytes)
    end
  end)

  -- RFC 9112, 3.2.2: the authority of the target stands for what Host says.
  it("may have an absolute target", function()
    for line, expected in pairs {
      ["GET http://b/v1/x?y HTTP/1.1\r\nHost: a"] = { "/v1/x", "y", "b" },
      ["GET HTTP://B:80 HTTP/1.1\r\nHost: a"] = { "/", "", "B:80" },
      ["GET http://[::1]:80?y HTTP/1.1\r\nHost:"] = { "/", "y", "[::1]:80" },
      ["GET http://b/ HTTP/1.0\r\nA: a"] = { "/", "", "b" },
      ["GET http://b/ HTTP/1.1\r\nA: a"] = { "/", "" }, -- refused by who looks at Host
      ["GET /http://b/ HTTP/1.1\r\nHost: a"] = { "/http://b/", "", "a" },
    } do
      local request = requests_of(line .. "\r\n\r\n", 9)[1]
      assert.same(expected, { request.path, request.query, request.headers.host }, line)
    end
    for _, target in ipairs { "http://", "http:///x", "http://u@b/", "http://b/#x", "https://b/",
      "ftp://b/", "b/x", "b:443", "http:b" } do
      local request = requests_of("GET " .. target .. " HTTP/1.1\r\nHost: b\r\n\r\n", 9)[1]
      assert.equal(400, request.refused, target)
    end
  end)

  it("never raise, whatever comes", function()
    local words = { "GET", " ", "/", "HTTP/1.1", "\r\n", "\r", "\n", "Host", ":", "a", "\0", "\255",
      "Content-Length: 3", "Transfer-Encoding: chunked", "Expect: x", "%00", "?", "#", "http://" }
    for _ = 1, helper.times(3000) do
      local parts = {}
      for i = 1, math.random(20) do parts[i] = words[math.random(#words)] end
      requests_of(table.concat(parts), math.random(9))
    end
  end)

  it("are answered in one piece, whose fields cannot be broken", function()
    local protocol = http1.protocol { answer = function()
      return { status = 200, headers = { ["x-y"] = "a\r\nb: c" }, body = "body" }
    end }
    local bytes, closes = protocol.answer({ draining = false }, { persists = true }, {})
    assert.matches("^HTTP/1.1 200 OK\r\n", bytes)
    assert.matches("\r\nx%-y: a  b: c\r\n", bytes)
    assert.matches("\r\n\r\nbody$", bytes)
    assert.is_false(closes)
    bytes, closes = protocol.answer({ draining = true }, { persists = true }, {})
    assert.matches("\r\nconnection: close\r\n", bytes)
    assert.is_true(closes)
  end)
end)

-- ---- The log -----------------------------------------------------------------

-- A log that is written to a list.
local function listed(options)
  local lines = {}
  options.stream = { write = function(_, ...)
    lines[#lines + 1] = table.concat { ... }
    return true
  end }
  options.clock = function() return 0 end
  return assert(log.open(options)), lines
end

describe("the log", function()
  it("writes what is known, in one order, as JSON", function()
    local kept, lines = listed {}
    kept:decision { protocol = "socketmap", recipient = 'a"\\\n\27\255@b.example', seconds = 0.25,
      rule = "p.lua:3", detail = "secret", reply = "OK" }
    kept:event("reload refused", { site = "ex", message = "no\nway" })
    assert.same({
      '{"time":"1970-01-01T00:00:00Z","protocol":"socketmap","recipient":"a\\"\\\\\\n\\u001b'
        .. '\239\191\189@b.example","rule":"p.lua:3","seconds":0.250000}\n',
      '{"time":"1970-01-01T00:00:00Z","event":"reload refused","site":"ex",'
        .. '"message":"no\\nway"}\n',
    }, lines)
  end)

  it("has decisions wait for each other, where somebody promises to write them soon", function()
    local kept, lines = listed {}
    local promised = 0
    kept.later = function() promised = promised + 1 end
    local function decide(recipient) kept:decision { protocol = "http", recipient = recipient } end
    decide "a"
    decide "b"
    assert.same({ 1, 0 }, { promised, #lines })
    kept:flush()
    kept:flush()
    assert.equal(1, #lines)
    assert.matches('^[^\n]*"a"}\n[^\n]*"b"}\n$', lines[1])
    decide "c"
    assert.equal(2, promised)
    kept:event "stopped" -- which writes what waits before it
    assert.equal(3, #lines)
    assert.matches('"c"}\n$', lines[2])
    assert.matches('"stopped"', lines[3], 1, true)
  end)

  it("writes whole lines, and no more at once than a pipe takes in one piece", function()
    local PIPE_BUF = 4096
    local kept, lines = listed {}
    local promised = 0
    kept.later = function() promised = promised + 1 end
    for i = 1, 200 do
      kept:decision { protocol = "http", recipient = i .. ("x"):rep(i % 50 == 0 and 5000 or i) }
    end
    kept:flush()
    assert.equal(#lines, promised)
    local count = 0
    for _, written in ipairs(lines) do
      local _, held = written:gsub("\n", "")
      assert.is_true(#written <= PIPE_BUF or held == 1)
      assert.matches("\n$", written)
      for line in written:gmatch "[^\n]+" do
        count = count + 1
        assert.equal(tostring(count), line:match '"recipient":"(%d+)')
      end
    end
    assert.equal(200, count)
    assert.is_true(#lines < 40)
  end)

  it("hides mailboxes, and keeps what is no secret", function()
    local hash = log.REDACTIONS.hash "key"
    for text, rest in pairs {
      ["kim@b.example"] = "@b.example", ["<kim@b.example>"] = "@b.example",
      ["[ccmail:Kim Lee at HQ]"] = ":ccmail", ["CCMAIL:kim at HQ"] = ":CCMAIL", ["kim"] = "",
    } do
      assert.equal("*" .. rest, log.REDACTIONS.cut()(text))
      assert.equal(("x"):rep(16) .. rest, (hash(text):gsub("^%x+", function(digits)
        return ("x"):rep(#digits)
      end)))
      assert.equal(hash(text), hash(text))
      assert.is_false(hash(text) == log.REDACTIONS.hash "other"(text))
    end
  end)

  it("is nothing that others can read, and stays as it was made", function()
    local path = os.tmpname()
    local function mode()
      local _, text = helper.run("ls -l " .. path)
      return text:sub(1, 10)
    end
    os.remove(path)
    local kept = assert(log.open { path = path })
    kept:event "ready"
    assert.matches("^%-rw%-[r-]%-%-%-%-%-$", mode())
    assert.equal(0, (helper.run("chmod 644 " .. path)))
    assert(kept:reopen())
    assert.equal("-rw-r--r--", mode())
    kept:event "ready"
    local _, lines = helper.read(path):gsub('"ready"', "")
    assert.equal(2, lines)
    os.remove(path)
    assert(kept:reopen())
    assert.matches("^%-rw%-[r-]%-%-%-%-%-$", mode())
    os.remove(path)
    assert.is_nil((log.open { path = path .. "/nothing/log" }))
  end)

  it("counts lines that could not be written", function()
    local kept = assert(log.open { stream = { write = function() return nil, "full" end } })
    kept:event "ready"
    assert.equal(1, kept.lost)
    kept.later = function() end
    for _ = 1, 3 do kept:decision { protocol = "http" } end
    assert.equal(1, kept.lost)
    kept:flush()
    assert.equal(4, kept.lost)
  end)
end)

-- ---- Counts ------------------------------------------------------------------

describe("counts", function()
  it("of several processes are one text, the past of one that ended without what it had open",
    function()
      local first, second = metrics.new(), metrics.new()
      local open = metrics.series("postoffice_connections", "protocol", "http")
      for i, counts in ipairs { first, second } do
        counts:decision { protocol = "http", site = "ex", map = "route", action = "deliver",
          rule = "p.lua:1", code = "policy-budget" }
        counts:observe("http", 0.002)
        counts:add(open, i)
      end
      second:start { postoffice_asks_total = 3 }
      local all = first:all()
      metrics.merge(all, metrics.dump(second:all()))
      local text = metrics.text(all)
      for _, line in ipairs {
        'decisions_total{protocol="http",policy="ex",map="route",verdict="deliver"} 2',
        'postoffice_budget_kills_total{policy="ex"} 2', "postoffice_asks_total 3",
        'postoffice_request_seconds_bucket{protocol="http",le="0.001"} 0',
        'postoffice_request_seconds_bucket{protocol="http",le="0.0025"} 2',
        'postoffice_request_seconds_count{protocol="http"} 2', open .. " 3",
      } do
        assert.truthy(text:find("\n" .. line, 1, true) or text:find("_" .. line, 1, true), line)
      end
      assert.same({ ["p.lua:1"] = 2 }, metrics.hits(all, "ex"))
      local past = {}
      metrics.merge(past, metrics.dump(second:all()), true)
      assert.is_nil(past[open])
      assert.equal(3, past.postoffice_asks_total)
    end)

  it("have no address in a label, and not a series for each of a million rows", function()
    local counts = metrics.new()
    for i = 1, 5000 do
      counts:decision { protocol = "http", site = "ex", map = "a@b.example", action = 'x"y',
        rule = "people.csv:" .. i }
    end
    local rules, sum = 0, 0
    for name, value in pairs(counts:all()) do
      assert.is_nil(name:find("@", 1, true))
      if name:find "^postoffice_rule_hits" then rules, sum = rules + 1, sum + value end
    end
    assert.is_true(rules <= 1001, rules)
    assert.equal(5000, sum)
  end)
end)

-- ---- Connectors that are down ------------------------------------------------

describe("connectors that are down", function()
  local path = os.tmpname()

  before_each(function() os.remove(path) end)
  after_each(function() os.remove(path) end)

  it("are none without a file, and cannot be told", function()
    local none = down.open()
    assert.same({}, none:of_site "ex")
    assert.is_nil((none:set("ex", "line", true)))
  end)

  it("are read by line, for one policy or for all, and read again when they change", function()
    local known = assert(down.open(path))
    assert.same({}, known:of_site "ex")
    helper.write(path, "# today\nline\r\n\nex\tother line\ntwo\tthird\n")
    assert.is_true(known:look())
    assert.is_false(known:look())
    assert.same({ line = true, ["other line"] = true }, known:of_site "ex")
    assert.same({ line = true, third = true }, known:of_site "two")
    os.remove(path)
    assert.is_true(known:look())
    assert.same({}, known:of_site "two")
  end)

  it("are written so that others, and a later process, read them", function()
    local first, second = assert(down.open(path)), assert(down.open(path))
    assert(first:set("ex", "line", true))
    assert(second:set(nil, "spare", true))
    assert(first:set("ex", "line", true))
    assert.equal("spare\nex\tline\n", helper.read(path))
    assert.same({ line = true, spare = true }, assert(down.open(path)):of_site "ex")
    assert(second:set("ex", "spare", false))
    assert(second:set("ex", "line", false))
    assert.equal("", helper.read(path))
    assert.is_nil((first:set("ex", "a\nb", true)))
  end)

  it("stay down in the other policies where one is lifted that was down in all", function()
    helper.write(path, "# ours\nline\r\ntwo\tline\nspare\n")
    local known = assert(down.open(path))
    local served = service.new { sites = { ex = {}, two = {}, three = {} }, down = known }
    assert(served:set_down("ex", "line", false))
    assert.same({ spare = true }, known:of_site "ex")
    for _, site in ipairs { "two", "three" } do
      assert.same({ line = true, spare = true }, known:of_site(site), site)
    end
    assert.equal("# ours\nspare\nthree\tline\ntwo\tline\n", helper.read(path))
    assert(served:set_down("two", "line", false))
    assert(served:set_down("three", "line", false))
    assert.equal("# ours\nspare\n", helper.read(path))
  end)

  it("are neither read nor written where the file is longer than is read", function()
    local long = ("#" .. ("x"):rep(98) .. "\n"):rep(10486) .. "last\n"
    helper.write(path, "line\n")
    local known = assert(down.open(path))
    helper.write(path, long)
    assert.is_nil((known:look()))
    local ok, message = known:set("ex", "spare", true)
    assert.is_nil(ok)
    assert.matches("1048576 bytes", message)
    assert.equal(long, helper.read(path))
    assert.same({ line = true }, known:of_site "ex")
    assert.is_nil((down.open(path)))
    helper.write(path, long:sub(1, 1048576 - 5) .. "\nabc\n")
    assert.is_nil((known:set("ex", "spare", true)))
    assert.equal(1048576, #helper.read(path))
  end)

  it("are written to a new file, whatever stands beside it", function()
    local target = os.tmpname()
    helper.write(target, "kept")
    assert.equal(0, (helper.run(("ln -s %s %s.new"):format(target, path))))
    assert(assert(down.open(path)):set("ex", "line", true))
    assert.same({ "kept", "ex\tline\n" }, { helper.read(target), helper.read(path) })
    os.remove(path .. ".new")
    os.remove(target)
  end)

  it("stay as they were known where the file cannot be read or written", function()
    helper.write(path, "line\n")
    local known = assert(down.open(path))
    known.path = "/"
    assert.is_nil((known:look()))
    assert.is_nil((known:set("ex", "spare", true)))
    assert.same({ line = true }, known:of_site "ex")
  end)
end)

describe("a service", function()
  it("counts and logs a decision, and how a policy was loaded again", function()
    local kept, lines = listed {}
    local answers = { { true, "r2" }, { nil, "no", "policy-empty" } }
    local made = service.new {
      sites = { ex = {
        policy = {},
        reload = function() return (unpack or table.unpack)(table.remove(answers, 1)) end,
        revision = function() return "r2" end,
      } },
      down = down.open(), log = kept, now = function() return 5 end,
    }
    made:decided { protocol = "http", site = "ex", map = "route", action = "deliver" }
    assert.is_true((made:reload "ex"))
    assert.same({ nil, "no", "policy-empty" }, { made:reload "ex" })
    local text = made:metrics()
    for _, line in ipairs {
      'postoffice_reloads_total{policy="ex",result="live"} 1',
      'postoffice_reloads_total{policy="ex",result="refused"} 1',
      'postoffice_policy_info{policy="ex",revision="r2"} 1',
    } do
      assert.truthy(text:find(line, 1, true), line)
    end
    assert.equal(3, #lines)
    assert.matches('"reload refused","site":"ex","revision":"r2","message":"no"', lines[3], 1, true)
  end)
end)
