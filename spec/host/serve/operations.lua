--- What those who run `postoffice serve` have in hand: limits, a token, connectors that are down, the log, counts.
local helper = require "spec.helper"
local json = require "dkjson"
local lists = require "postoffice.lists"
local schema = require "postoffice.cli.schema"
local servers = require "spec.host.directory.servers"
local serving = require "spec.host.serve.serving"

local TOKEN = { "authorization: Bearer sesame" }
local KIM, JOE = "kim.lee@exchange.example", "joe@partner.example"

-- A server with a file beside its policy, which nobody else can read.
local function start_with(name, text, given)
  local server = serving.begin { bare = true, words = { "--help" } }
  server:wait()
  helper.write(server:path(name), text)
  helper.run("chmod 600 " .. server:path(name))
  server:run(given)
  server:wait_for '"event":"ready"'
  return server
end

describe("limits", function()
  after_each(serving.end_all)

  it("close a connection whose request is too long, or is not ended in time", function()
    local server = serving.start { words = { "--socketmap", "@DIR@/map", "--timeout", "0.2",
      "--http", "127.0.0.1:@HTTP@", "--length", "100" } }
    local talk = server:connect "map"
    assert.is_nil(talk:look_up("ex.virtual", ("x"):rep(100) .. "@exchange.example"))
    talk:close()
    talk = server:connect "map"
    assert.is_nil(talk:send("10:abc"):netstring())
    talk:close()
    server:wait_for "not ended in time"
    assert.equal(413, (server:http("POST", "/v1/parse", ("x"):rep(101))))
  end)

  it("leave a connection that says nothing, and one whose last request was answered", function()
    local server = serving.start { words = { "--socketmap", "@DIR@/map", "--timeout", "0.05" } }
    local silent, other = server:connect "map", server:connect "map"
    assert.equal("OK " .. KIM, other:look_up("ex.virtual", KIM))
    local late = server:connect "map" -- one that is too late, so that the others would be, too
    assert.is_nil(late:send("10:abc"):netstring())
    assert.equal("OK " .. KIM, silent:look_up("ex.virtual", KIM))
    assert.equal("OK " .. KIM, other:look_up("ex.virtual", KIM))
  end)

  it("close a connection whose replies nobody takes", function()
    local server = serving.start { words = { "--socketmap", "@DIR@/map", "--timeout", "0.2",
      "--http", "127.0.0.1:@HTTP@", "--metrics" } }
    local talk = server:connect "map"
    talk.connection:settimeout(0.5)
    local requests = serving.netstring("ex.virtual!explain " .. KIM):rep(1000)
    local sent = true
    for _ = 1, 1000 do
      sent = sent and talk.connection:send(requests) -- until neither takes more
    end
    assert.is_nil(sent)
    servers.wait_for("the end of the connection", function()
      local text = select(2, server:http("GET", "/metrics"))
      return text:find('postoffice_connections{protocol="socketmap"} 0', 1, true)
    end)
    talk:close()
  end)

  it("close the connection that has been idle longest where there are too many", function()
    local server = serving.start { words = { "--socketmap", "@DIR@/map", "--connections", "3" } }
    local talks = {}
    for i = 1, 3 do
      talks[i] = server:connect "map"
      assert.equal("OK " .. KIM, talks[i]:look_up("ex.virtual", KIM))
    end
    talks[1]:look_up("ex.virtual", KIM) -- now the second is idle longest
    local new = server:connect "map"
    assert.equal("OK " .. KIM, new:look_up("ex.virtual", KIM))
    assert.is_nil(talks[2]:look_up("ex.virtual", KIM))
    assert.equal("OK " .. KIM, talks[1]:look_up("ex.virtual", KIM))
    assert.equal("OK " .. KIM, talks[3]:look_up("ex.virtual", KIM))
  end)

  it("of the system are met alike", function()
    local server = serving.start { before = "ulimit -n 40; exec",
      words = { "--socketmap", "@DIR@/map" } }
    local talks = {}
    for i = 1, 100 do
      talks[i] = server:connect "map"
      assert.equal("OK " .. KIM, talks[i]:look_up("ex.virtual", KIM))
    end
    assert.is_nil(talks[1]:look_up("ex.virtual", KIM))
    assert.equal("OK " .. KIM, talks[100]:look_up("ex.virtual", KIM))
    assert.equal(0, server:stop()) -- though no descriptor is left for what it asks the system then
    for _, talk in ipairs(talks) do talk:close() end
    assert.is_nil(server:log():find('"event":"failed"', 1, true), server:log())
  end)

  it("stop a policy that loops, which is told by what the protocol has for that", function()
    local server = serving.start { policy = serving.POLICY .. [[
      function on.recipient(address)
        if address.localpart == "loop" then while true do end end
      end
    ]], words = { "--socketmap", "@DIR@/map", "--http", "127.0.0.1:@HTTP@", "--metrics" } }
    local talk = server:connect "map"
    assert.matches("^TEMP ", talk:look_up("ex.virtual", "loop@exchange.example"))
    assert.equal("OK " .. KIM, talk:look_up("ex.virtual", KIM))
    local _, text = server:http("GET", "/metrics")
    assert.matches('postoffice_budget_kills_total{policy="ex"} 1', text, 1, true)
  end)

  it("are for asks, too, which do not hold others up", function()
    local silent = servers.redis()
    local server = serving.start { policy = [[
      domain "site.example" {}
      function on.recipient(address)
        if address.localpart == "asked" and ask("crm", "key") then return reject "known" end
      end
      recipient "Kim" { proxies = { "SMTP:kim@site.example" } }
    ]], words = {
      "--socketmap", "@DIR@/map", "--open-asks", "1", "--http", "127.0.0.1:@HTTP@", "--metrics",
      "--ask", ("crm=redis:port=%d;timeout=20"):format(silent.port),
    } }
    silent:pause()
    local first, second, third = server:connect "map", server:connect "map", server:connect "map"
    first:send(serving.netstring "ex.virtual asked@site.example")
    servers.wait_for("a question that is open", function()
      local _, text = server:http("GET", "/metrics")
      return text:find('postoffice_open_asks{ask="crm"} 1', 1, true)
    end)
    assert.equal("OK kim@site.example", third:look_up("ex.virtual", "kim@site.example"))
    assert.matches("^TEMP ", second:look_up("ex.virtual", "asked@site.example"))
    silent:resume()
    assert.equal("NOTFOUND ", first:netstring())
    servers.end_all()
  end)
end)

describe("a token", function()
  after_each(serving.end_all)

  it("is wanted beyond loopback by all calls but those of health, and else by those that change",
    function()
      local server = start_with("token", "sesame\n", { words = {
        "--http", "0.0.0.0:@HTTP@", "--token", "@DIR@/token", "--metrics", "--admin",
      } })
      local body = '{"to":["' .. KIM .. '"]}'
      assert.equal(401, (server:http("POST", "/v1/route", body)))
      assert.equal(401, (server:http("GET", "/metrics")))
      assert.equal(401, (server:http("GET", "/metrics", nil, { "authorization: Bearer sesam" })))
      assert.equal(200, (server:http("GET", "/healthz")))
      assert.equal(200, (server:http("GET", "/metrics", nil, TOKEN)))
      assert.equal(200, (server:http("POST", "/v1/route", body, TOKEN)))
      server:stop()
      server:run { words = {
        "--http", "127.0.0.1:@HTTP@", "--token", "@DIR@/token", "--metrics", "--admin",
      } }
      server:wait_for '"event":"ready"'
      assert.equal(200, (server:http("POST", "/v1/route", body)))
      assert.equal(401, (server:http("POST", "/v1/reload", "{}")))
      assert.equal(200, (server:http("POST", "/v1/reload", "{}", TOKEN)))
    end)

  it("does not switch calls on", function()
    local server = start_with("token", "sesame\n", { words = {
      "--http", "127.0.0.1:@HTTP@", "--token", "@DIR@/token",
    } })
    for _, case in ipairs {
      { "GET", "/metrics" }, { "POST", "/v1/explain", "{}" }, { "POST", "/v1/reload", "{}" },
      { "GET", "/" },
    } do
      local status, body = server:http(case[1], case[2], case[3], TOKEN)
      assert.equal(403, status, case[2])
      assert.matches("switch", body)
    end
  end)
end)

describe("connectors that are down", function()
  after_each(serving.end_all)

  local function transport(server)
    local talk = server:connect "map"
    local reply = talk:look_up("ex.transport", JOE)
    talk:close()
    return reply
  end

  local UP = "^OK smtp:%[192.0.2.27%]:25$"

  it("are told by a file that changes, in one policy or in all", function()
    local server = serving.start { words = { "--socketmap", "@DIR@/map", "--down", "@DIR@/down" } }
    assert.matches(UP, transport(server))
    for _, text in ipairs { "line\n", "# since noon\nex\tline\n", "line" } do
      helper.write(server:path "down.new", text)
      os.rename(server:path "down.new", server:path "down")
      servers.wait_for(text, function() return transport(server):find "^OK retry:4.4.1 ." end)
      os.remove(server:path "down")
      servers.wait_for("up", function() return transport(server):find(UP) end)
    end
    helper.write(server:path "down", "other\tline\nLine 2\n")
    server:wait_for('"event":"down file read"', 7)
    assert.matches(UP, transport(server))
  end)

  it("are told by a call, and stay so over a restart", function()
    local words = { "--socketmap", "@DIR@/map", "--down", "@DIR@/down", "--admin", "--token",
      "@DIR@/token", "--http", "127.0.0.1:@HTTP@" }
    local server = start_with("token", "sesame\n", { words = words })
    local function post(body)
      return server:http("POST", "/v1/connectors/line", body, TOKEN)
    end
    helper.write(server:path "down", "# ours\nccmail\n")
    assert.equal(200, (post '{"down":true}'))
    assert.matches("^OK retry:4.4.1 .", transport(server))
    server:stop()
    server:run { words = words }
    server:wait_for '"event":"ready"'
    assert.matches("^OK retry:4.4.1 .", transport(server))
    assert.equal(200, (post '{"down":false}'))
    assert.matches(UP, transport(server))
    assert.equal("# ours\nccmail\n", helper.read(server:path "down"))
  end)
end)

-- The objects of a log.
local function lines_of(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do
    list[#list + 1] = assert(json.decode(line), line)
  end
  return list
end

-- What all protocols are asked, so that each decides once.
local function ask_all(server)
  local talk = server:connect "map"
  talk:look_up("ex.virtual", KIM)
  talk:look_up("ex.virtual", "tab\there@exchange.example")
  talk:close()
  talk = server:connect(server.port)
  talk:ask { "protocol_state=RCPT", "recipient=" .. KIM, "sender=" .. JOE, "instance=1.2.3" }
  talk:close()
  talk = server:connect "exim"
  talk:send("ex.redirect " .. KIM .. "\t" .. JOE .. "\n"):read()
  talk:close()
  server:http("POST", "/v1/route", '{"to":["' .. KIM .. '"],"sender":"' .. JOE .. '"}')
  server:http("BREW", "/coffee")
  talk = server:connect "map"
  talk:send("bad"):read()
end

local ALL = { "--socketmap", "@DIR@/map", "--policy-service", "127.0.0.1:@PORT@", "--readsocket",
  "@DIR@/exim", "--http", "127.0.0.1:@HTTP@", "--metrics", "--log", "@DIR@/log" }

describe("the log", function()
  after_each(serving.end_all)

  it("has a line of JSON for each decision, and keys that the schema has", function()
    local server = serving.start { words = ALL }
    ask_all(server)
    server:stop()
    local known = {}
    for _, shape in ipairs(schema.commands.serve.objects) do
      known[#known + 1] = lists.set(lists.map(shape.keys, function(key) return key[1] end))
    end
    local seen, protocols = { {}, {} }, {}
    for _, object in ipairs(lines_of(server:log())) do
      local shape = object.event and 2 or 1
      for key, value in pairs(object) do
        assert.is_true(known[shape][key], key)
        seen[shape][key] = value
      end
      if object.protocol and not object.event then protocols[object.protocol] = object end
      assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", object.time)
    end
    assert.same({ "delegation", "http", "readsocket", "socketmap" }, lists.keys(protocols))
    assert.same({ KIM, JOE, "1.2.3" }, { protocols.delegation.recipient,
      protocols.delegation.sender, protocols.delegation.instance })
    assert.matches("ex.lua:%d+$", protocols.delegation.rule)
    assert.equal("number", type(protocols.socketmap.seconds))
    assert.equal("refused", seen[2].event == "stopped" and "refused" or seen[2].event)
  end)

  for how, pattern in pairs {
    cut = '"recipient":"*@exchange.example"', hash = '"recipient":"%x+@exchange.example"',
  } do
    it("shows no mailbox where it is redacted: " .. how, function()
      local words = lists.copy(ALL)
      words[#words + 1], words[#words + 2] = "--redact", how
      local server = serving.start { words = words }
      ask_all(server)
      server:stop()
      local text = server:log()
      assert.is_nil(text:find("kim.lee", 1, true))
      assert.is_nil(text:find("joe", 1, true))
      assert.matches(pattern, text, 1, how == "cut")
      local hashes = {}
      for hash in text:gmatch '"recipient":"(%x+)@' do hashes[hash] = true end
      if how == "hash" then assert.equal(2, #lists.keys(hashes)) end -- Kim, and the one with a tab
    end)
  end
end)

describe("/metrics", function()
  after_each(serving.end_all)

  it("counts decisions, rules and bad requests, and has no address in a label", function()
    local server = serving.start { words = ALL }
    ask_all(server)
    local talk = server:connect "map"
    talk:look_up("someone@exchange.example.virtual", KIM)
    talk:look_up("ex.generic.someone@exchange.example", KIM)
    local _, text, head = server:http("GET", "/metrics")
    assert.matches("content-type: text/plain; version=0.0.4", head, 1, true)
    for _, line in ipairs {
      'decisions_total{protocol="socketmap",policy="ex",map="ex.virtual",verdict="here"} 1',
      'postoffice_refused_total{protocol="socketmap"} 1',
      'postoffice_request_seconds_count{protocol="readsocket"} 1',
      'postoffice_connections{protocol="http"} 1',
    } do
      assert.matches(line, text, 1, true)
    end
    assert.is_nil(text:find("@", 1, true))
    assert.matches('postoffice_rule_hits_total{policy="ex",rule="[^"]+/ex.lua:7"} %d', text)
    local families, last = {}, nil
    for line in text:gmatch "[^\n]+" do
      local family = line:match "^# TYPE (%S+)"
      if family then
        assert.is_nil(families[family], family)
        families[family], last = true, family
      elseif line:sub(1, 1) ~= "#" then
        assert.equal(last, line:sub(1, #last))
        assert.matches('^[%w_]+{?[^{}]*}? [%d.e+-]+$', line)
      end
    end
  end)
end)
