-- A real HAProxy with the configuration that is shipped: its threads answer Postfix, HTTP and its own
-- rules by a policy, and read that again when it changes.

local dkjson = require "dkjson"
local helper = require "spec.helper"
local http = require "socket.http"
local ltn12 = require "ltn12"
local servers = require "spec.host.directory.servers"
local shipped = require "spec.host.shipped"
local socket = require "socket"

local POLICY = [[
domain "here.example" {}
recipient "Kim" { proxies = { "SMTP:kim@here.example", "smtp:k.lee@here.example" } }
recipient "Pat" { proxies = { "SMTP:pat@here.example" }, target = "SMTP:pat@%s" }
connector "far" { nexthop = "smtp:new.example:25", spaces = { "SMTP:*@new.example" } }
connector "old" { nexthop = "smtp:old.example:25", spaces = { "SMTP:*@old.example" } }
function on.recipient(address)
  if address.domain == "loop.example" then while true do end end
end
]]

local server, ports

local function start()
  server = servers.new "HAProxy"
  ports = { socketmap = servers.port(), api = servers.port(), webmail = servers.port() }
  helper.write(server.folder .. "/site.lua", POLICY:format "new.example")
  local words = {
    ["/etc/haproxy/postoffice.lua"] = server.folder .. "/postoffice.lua",
    ["/etc/postoffice/site.lua"] = server.folder .. "/site.lua",
    ["127.0.0.1:3550"] = "127.0.0.1:" .. ports.socketmap,
    ["127.0.0.1:3551"] = "127.0.0.1:" .. ports.api,
    ["127.0.0.1:3552"] = "127.0.0.1:" .. ports.webmail,
    ["global\n"] = "global\n  nbthread 4\n  log stdout format raw local0 warning\n",
  }
  local script = shipped.text("haproxy/postoffice.lua", words)
    :gsub("http = ", "period = 1, http = ")
  helper.write(server.folder .. "/postoffice.lua", shipped.paths "5.3" .. script)
  -- What a backend would answer is told by HAProxy itself.
  helper.write(server.folder .. "/haproxy.cfg", (shipped.text("haproxy/haproxy.cfg", words):gsub(
    "  server (%w+) [^\n]+",
    "  http-request return status 200 content-type text/plain"
      .. ' lf-string "%1 %%[var(txn.postoffice_address)]"')))
  servers.launch(server, ("/usr/sbin/haproxy -db -f %s/haproxy.cfg"):format(server.folder))
  servers.wait_for("HAProxy", function()
    local connection = socket.connect("127.0.0.1", ports.socketmap)
    return connection and connection:close()
  end)
end

-- What socketmap answers to each of some keys, on one connection.
local function ask(map, keys)
  local connection, replies = assert(socket.connect("127.0.0.1", ports.socketmap)), {}
  connection:settimeout(60)
  for _, key in ipairs(keys) do
    local request = map .. " " .. key
    assert(connection:send(("%d:%s,"):format(#request, request)))
    local digits = ""
    repeat
      local byte = assert(connection:receive(1))
      digits = digits .. byte
    until byte == ":"
    replies[#replies + 1] = assert(connection:receive(tonumber(digits:sub(1, -2))))
    assert(connection:receive(1) == ",")
  end
  connection:close()
  return replies
end

local function post(path, body)
  local parts = {}
  local _, status = http.request {
    url = ("http://127.0.0.1:%d%s"):format(ports.api, path), method = "POST",
    headers = { ["content-type"] = "application/json", ["content-length"] = #body },
    source = ltn12.source.string(body), sink = ltn12.sink.table(parts),
  }
  return status, dkjson.decode(table.concat(parts))
end

local function webmail(mailbox)
  local parts = {}
  local _, status = http.request {
    url = ("http://127.0.0.1:%d/"):format(ports.webmail), headers = { ["x-mailbox"] = mailbox },
    sink = ltn12.sink.table(parts),
  }
  return status == 200 and table.concat(parts) or status
end

setup(start)
teardown(servers.end_all)

describe("HAProxy", function()
  it("answers Postfix by socketmap", function()
    assert.same({ "OK kim@here.example", "OK pat@new.example", "NOTFOUND ", "NOTFOUND " },
      ask("site.recipients", { "k.lee@here.example", "pat@here.example", "no@here.example", "" }))
    assert.matches("^TEMP ", ask("site.recipients", { "x@loop.example" })[1])
    assert.matches("^PERM ", ask("none.recipients", { "kim@here.example" })[1])
    local connection = assert(socket.connect("127.0.0.1", ports.socketmap))
    connection:settimeout(60)
    connection:send "nonsense"
    assert.equal("closed", (select(2, connection:receive "*l")))
  end)

  it("answers to many at once, in all its threads", function()
    local connections = {}
    for i = 1, 100 do
      connections[i] = assert(socket.connect("127.0.0.1", ports.socketmap))
      connections[i]:settimeout(60)
      local key = i % 2 == 0 and "pat@here.example" or ("x%d@here.example"):format(i)
      local request = "site.recipients " .. key
      assert(connections[i]:send(("%d:%s,"):format(#request, request)))
    end
    for i, connection in ipairs(connections) do
      local reply = i % 2 == 0 and "18:OK pat@new.example," or "9:NOTFOUND ,"
      assert.equal(reply, (connection:receive(#reply)))
      connection:close()
    end
  end)

  it("has the HTTP API", function()
    local status, answer = post("/v1/route", '{"to":["pat@here.example"]}')
    assert.equal(200, status)
    assert.matches("pat@new.example", dkjson.encode(answer), 1, true)
    assert.equal(404, (post("/nowhere", "{}")))
    assert.equal(400, (post("/v1/route", "{")))
  end)

  it("chooses a backend by its action", function()
    assert.equal("new pat@new.example", webmail "pat@here.example")
    assert.equal("old kim@here.example", webmail "k.lee@here.example")
    assert.equal(404, webmail "no@here.example")
    assert.equal(404, webmail "")
    assert.equal(503, webmail "x@loop.example")
  end)

  it("reads a policy again that has changed, and keeps the last one that loads", function()
    local function all_say(expected)
      servers.wait_for(expected .. " from all threads", function()
        for _ = 1, 40 do
          if ask("site.recipients", { "pat@here.example" })[1] ~= expected then return false end
        end
        return true
      end)
    end
    helper.write(server.folder .. "/site.lua", POLICY:format "old.example")
    all_say "OK pat@old.example"
    helper.write(server.folder .. "/site.lua", 'domain "here.example" {')
    servers.wait_for("why it does not load", function()
      return helper.read(server.folder .. "/log"):find "postoffice: " ~= nil
    end)
    all_say "OK pat@old.example"
  end)
end)
