--- `postoffice serve` as it runs: what it answers by each protocol, and what it takes from nobody.
local helper = require "spec.helper"
local serving = require "spec.host.serve.serving"

local WORDS = {
  "--socketmap", "@DIR@/map", "--policy-service", "127.0.0.1:@PORT@", "--readsocket", "@DIR@/exim",
  "--http", "127.0.0.1:@HTTP@", "--explain", "--metrics",
}

describe("postoffice serve", function()
  local server

  setup(function() server = serving.start { words = WORDS } end)
  teardown(serving.end_all)

  it("answers the maps of Postfix, one after the other on a connection", function()
    local talk = server:connect "map"
    for key, value in pairs {
      ["pat.jones@exchange.example"] = "OK " .. serving.WRAPPED,
      ["kim.lee@exchange.example"] = "OK kim.lee@exchange.example",
      ["nobody@exchange.example"] = "NOTFOUND ",
      [""] = "NOTFOUND ",
    } do
      assert.equal(value, talk:look_up("ex.virtual", key))
    end
    assert.equal("PERM there is no such map", talk:look_up("other.virtual", "a@b.example"))
    talk:close()
  end)

  it("answers requests that come together, in their order", function()
    local talk, requests = server:connect "map", {}
    for i = 1, 500 do
      requests[i] = serving.netstring(i % 2 == 0 and "ex.virtual kim.lee@exchange.example"
        or "ex.virtual nobody@exchange.example")
    end
    talk:send(table.concat(requests))
    for i = 1, 500 do
      assert.equal(i % 2 == 0 and "OK kim.lee@exchange.example" or "NOTFOUND ", talk:netstring())
    end
    talk:close()
  end)

  it("answers a request that comes byte by byte", function()
    local talk = server:connect "map"
    for byte in serving.netstring("ex.virtual kim.lee@exchange.example"):gmatch "." do
      talk:send(byte)
    end
    assert.equal("OK kim.lee@exchange.example", talk:netstring())
    talk:close()
  end)

  it("answers the policy service of Postfix", function()
    local talk = server:connect(server.port)
    for recipient, action in pairs {
      ["kim.lee@exchange.example"] = "action=DUNNO",
      ["nobody@exchange.example"] = "action=REJECT 5.1.1 nobody here has this address",
    } do
      assert.equal(action, talk:ask { "protocol_state=RCPT", "recipient=" .. recipient })
    end
    talk:close()
  end)

  it("answers Exim, and closes", function()
    local talk = server:connect "exim"
    assert.equal(serving.WRAPPED, talk:send("ex.redirect pat.jones@exchange.example\n"):read())
    talk:close()
  end)

  it("answers HTTP, on a connection that stays", function()
    local status, body = server:http("POST", "/v1/route", '{"to":["pat.jones@exchange.example"]}')
    assert.equal(200, status)
    assert.matches('"wire":"' .. serving.WRAPPED:gsub("%p", "%%%0"), body)
    local talk = server:connect(server.http_port)
    for _ = 1, 3 do
      talk:send "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
      assert.equal("HTTP/1.1 200 OK\r", talk:line() .. "\r")
      local length
      repeat
        local line = talk:line()
        length = line:match "content%-length: (%d+)" or length
      until line == ""
      assert.matches("ok", talk:read(tonumber(length)))
    end
    talk:close()
  end)

  it("holds the authority of an absolute target to its names, in place of Host", function()
    for target, expected in pairs {
      ["http://localhost/healthz"] = 200, ["http://other.example/healthz"] = 421,
    } do
      local talk = server:connect(server.http_port)
      talk:send(("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"):format(target,
        expected == 200 and "other.example" or "localhost"))
      assert.equal(expected, tonumber(talk:read():match "^HTTP/1.1 (%d+)"), target)
      talk:close()
    end
  end)

  it("reads the fields of HTTP without the blanks around them", function()
    for field, expected in pairs {
      ["Content-Length: 2"] = 415, ["Content-Length:2"] = 415, ["Content-Length:\t 2 \t "] = 415,
      ["Content-Length: 2 x"] = 400, ["Content-Length:" .. (" "):rep(9)] = 400,
    } do
      local talk = server:connect(server.http_port)
      talk:send(("POST /v1/parse HTTP/1.1\r\nHost: localhost \r\nConnection: close\r\n%s\r\n\r\n{}")
        :format(field))
      local status = tonumber(talk:read():match "^HTTP/1.1 (%d+)")
      assert.equal(expected, status, field) -- 415: it is read, and has no type
      talk:close()
    end
  end)

  it("makes Unix sockets that their group may use", function()
    assert.equal("660", helper.output("stat -c %a " .. server:path "map"))
  end)
end)

-- By what a client sends, what it gets before the connection is closed.
local BAD = {
  map = {
    ["x"] = "", [":"] = "", ["99999999999:"] = "", ["100001:"] = "", ["3:abc;"] = "",
    ["03:abc,"] = "",
  },
  policy = { ["no attribute\n\n"] = "", ["\n"] = "", ["request=other\n\n"] = "" },
  exim = { [("x"):rep(20001)] = "", ["nothing\n"] = ":defer: 4.3.5 there is no such map" },
  http = {
    ["\0"] = "400", ["GET\r\n\r\n"] = "400", ["GET / HTTP/1.1\nHost: localhost\n\n"] = "400",
    ["GET / HTTP/2.0\r\n\r\n"] = "505", ["GET http://u@x/ HTTP/1.1\r\n\r\n"] = "400",
    ["GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"] = "400",
    ["GET / HTTP/1.1\r\nHost : a\r\n\r\n"] = "400", ["GET / HTTP/1.1\r\n a: b\r\n\r\n"] = "400",
    ["GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n"] = "400",
    ["POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"] = "501",
    ["POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"] = "400",
    ["POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"] = "400",
    ["POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"] = "413",
    ["POST / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n"] = "417",
    ["GET / HTTP/1.1\r\nA: " .. ("x"):rep(20000) .. "\r\n\r\n"] = "431",
    ["GET / HTTP/1.1\r\n" .. ("A: b\r\n"):rep(100) .. "\r\n"] = "431",
  },
}

describe("what is no request", function()
  local server, where

  setup(function()
    server = serving.start { words = WORDS }
    where = { map = "map", policy = server.port, exim = "exim", http = server.http_port }
  end)
  teardown(serving.end_all)

  for name, cases in pairs(BAD) do
    it("is answered as its protocol has it, and the connection closed: " .. name, function()
      local count = 0
      for bytes, expected in pairs(cases) do
        local talk = server:connect(where[name])
        local reply = talk:send(bytes):read()
        if name == "http" then reply = reply:match "^HTTP/1.1 (%d+)" end
        assert.equal(expected, reply, bytes:sub(1, 60))
        talk:close()
        count = count + 1
      end
      assert.is_true(count > 1)
      local talk = server:connect "map"
      assert.equal("OK kim.lee@exchange.example",
        talk:look_up("ex.virtual", "kim.lee@exchange.example"))
      talk:close()
    end)
  end

  it("is no matter to others, if it is cut off", function()
    for i = 1, 200 do
      local talk = server:connect(i % 2 == 0 and "map" or server.http_port)
      talk:send(("35:ex.virtual kim"):sub(1, i % 15 + 1))
      talk:close()
    end
    local talk = server:connect "map"
    assert.equal("NOTFOUND ", talk:look_up("ex.virtual", "nobody@exchange.example"))
    talk:close()
    assert.is_nil(server:log():find('"event":"failed"', 1, true), server:log())
  end)
end)
