-- A real nginx with the configuration that is shipped for OpenResty: the HTTP API from every worker,
-- reloads that reach all of them, and its mail proxy.

local docs = require "spec.docs"
local helper = require "spec.helper"
local postfix = require "spec.host.mail.postfix"
local read_json = require "postoffice.text.read_json"
local servers = require "spec.host.directory.servers"
local socket = require "socket"

local SHIPPED = "lua/postoffice/examples/hosts/openresty/"
local TOKEN = "sesame"
local WORKERS = 2

-- Puts our paths into the shipped configuration: each of them has to be there.
local function with_paths(text, paths)
  for there, here in pairs(paths) do
    local count
    text, count = text:gsub(there:gsub("%p", "%%%0"), (here:gsub("%%", "%%%%")))
    assert(count > 0, there)
  end
  return text
end

-- What nginx needs to run beside others, in folders of its own.
local FOLDERS = [[
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
]]

-- A nginx by the shipped configuration, with `change` made to it, and two workers.
local function start(policy, change)
  local backend, mail = servers.port(), servers.port()
  local folder = helper.output "mktemp -d"
  helper.write(folder .. "/policy.lua", (policy:gsub("10025", backend)))
  helper.write(folder .. "/token", TOKEN .. "\n")
  local text = with_paths(helper.read(SHIPPED .. "nginx.conf"), {
    ["/usr/lib/nginx/modules"] = "@MODULES@", ["/usr/local/share/lua/5.1"] = "@ROOT@/lua",
    ["/usr/local/lib/lua/5.1"] = "@ROOT@/build/5.1", ["/etc/postoffice/"] = folder .. "/",
    ["/run/nginx-postoffice.pid"] = "pid", ["/var/log/nginx/postoffice-error.log"] = "error.log",
    ["/var/log/nginx/postoffice.log"] = "access.log", ["/var/lib/postoffice/"] = folder .. "/",
    ["127.0.0.1:8025"] = "127.0.0.1:@PORT@", ["127.0.0.1:2525"] = "127.0.0.1:" .. mail,
    ["worker_processes auto;"] = ("worker_processes %d;\n@USER@"):format(WORKERS),
    ["location / {"] = "location / { add_header X-Worker $pid always;",
    ["http {\n"] = "http {\n" .. FOLDERS,
  })
  local nginx = servers.nginx(change and change(text) or text, {})
  nginx.backend, nginx.mail, nginx.files = backend, mail, folder
  return nginx
end

-- Sends a request by a connection of its own, which any worker may take.
local function send(nginx, what, body, headers)
  local connection = assert(socket.connect("127.0.0.1", nginx.port))
  connection:settimeout(60)
  local lines = { what .. " HTTP/1.0" }
  if not (headers and headers.Host) then lines[2] = "Host: localhost:" .. nginx.port end
  for name, value in pairs(headers or {}) do lines[#lines + 1] = name .. ": " .. value end
  if body then
    lines[#lines + 1] = "Content-Length: " .. #body
    if not (headers and headers["Content-Type"]) then
      lines[#lines + 1] = "Content-Type: application/json"
    end
  end
  connection:send(table.concat(lines, "\r\n") .. "\r\n\r\n" .. (body or ""))
  return connection
end

-- The status and the body of the answer, and its head.
local function receive(connection)
  local answer = assert(connection:receive "*a")
  connection:close()
  local head, rest = answer:match "^(.-)\r\n\r\n(.*)$"
  return tonumber(head:match "^HTTP/1.1 (%d+)"), rest, head
end

local function ask(...) return receive(send(...)) end

local function said(nginx, ...)
  local status, body = ask(nginx, ...)
  return status, (read_json(body))
end

local BEARER = { Authorization = "Bearer " .. TOKEN }

local function workers_of(nginx) return helper.output("pgrep -P " .. nginx:pid()) end

-- Has nginx replace its workers, and waits until it has.
local function hang_up(nginx)
  local old = workers_of(nginx)
  helper.output("kill -HUP " .. nginx:pid())
  servers.wait_for("new workers", function()
    local now = workers_of(nginx)
    for pid in old:gmatch "%d+" do
      if ("\n" .. now .. "\n"):find("\n" .. pid .. "\n", 1, true) then return false end
    end
    return now:find "%d"
  end)
end

-- What each of the workers says, by its process.
local function answers(nginx, ...)
  local open, list, count = {}, {}, 0
  while count < WORKERS do
    for i = 1, 10 do open[i] = send(nginx, ...) end
    for _, connection in ipairs(open) do
      local _, body, head = receive(connection)
      local pid = head:match "X%-Worker: (%d+)"
      if not list[pid] then count = count + 1 end
      list[pid] = read_json(body)
    end
  end
  return list
end

-- The revisions that are live in the workers.
local function revisions(nginx)
  local seen = {}
  for _, answer in pairs(answers(nginx, "GET /v1/policies")) do
    local first = answer.policies[1]
    seen[first and first.revision or "none"] = true
  end
  local list = {}
  for revision in pairs(seen) do list[#list + 1] = revision end
  return list
end

-- The errors that nginx has logged, but for those that are meant.
local function complaints(nginx)
  local list = {}
  for line in helper.read(nginx.folder .. "/error.log"):gmatch "[^\n]+" do
    local is_bad = line:find "%[error%]" or line:find "%[alert%]" or line:find "%[crit%]"
    if is_bad and not line:find "too large body" then
      list[#list + 1] = line
    end
  end
  return list
end

-- ---- SMTP -------------------------------------------------------------------

-- A server behind the proxy, in another process: it takes any mail but for recipients with `refuse` in them,
-- and keeps the commands of its sessions.
local function start_backend(nginx, port, refuse)
  local log = ("%s/backend-%d"):format(nginx.files, port)
  local command = ("lua5.4 spec/host/smtp_backend.lua %d %s %s"):format(port, log, refuse or "''")
  helper.output(("%s >/dev/null 2>&1 </dev/null & echo $! >%s.pid"):format(command, log))
  servers.wait_for("the backend", function() return io.open(log, "rb") ~= nil end)
  return log
end

local function stop_backend(log) helper.run("kill $(cat " .. log .. ".pid)") end

-- Says lines to the proxy, and returns the reply to each; a closed connection is false.
local function converse(nginx, ...)
  local connection = assert(socket.connect("127.0.0.1", nginx.mail))
  connection:settimeout(60)
  local replies = { assert(connection:receive "*l") }
  for i, line in ipairs { ... } do
    connection:send(line .. "\r\n")
    local reply = connection:receive "*l"
    while reply and reply:find "^%d%d%d%-" do reply = connection:receive "*l" end
    replies[i + 1] = reply or false
  end
  connection:close()
  return replies
end

teardown(servers.end_all)

describe("nginx as it is shipped", function()
  local nginx, backend

  setup(function()
    nginx = start(helper.read(SHIPPED .. "policy.lua"))
    backend = start_backend(nginx, nginx.backend)
  end)

  teardown(function() stop_backend(backend) end)

  it("answers the API", function()
    local status, answer = said(nginx, "POST /v1/route", '{"to":"Kim@example.com"}')
    assert.same({ 200, "server" }, { status, answer.deliveries[1].connector })
    status, answer = said(nginx, "POST /v1/route", "to=nobody%40example.com",
      { ["Content-Type"] = "application/x-www-form-urlencoded" })
    assert.same({ 200, "5.1.1" }, { status, answer.deliveries[1].status })
    status, answer = said(nginx, "POST /v1/explain", '{"to":"kim@example.com"}')
    assert.same({ 200, true }, { status, #answer.steps > 3 })
    assert.equal(404, (ask(nginx, "GET /nope")))
    assert.equal(421, (ask(nginx, "GET /healthz", nil, { Host = "evil.example" })))
  end)

  it("takes bodies that it keeps in files, and none that are too long", function()
    local many = {}
    for i = 1, 900 do many[i] = ('"user%d.%s@example.com"'):format(i, ("x"):rep(100)) end
    local status, answer = said(nginx, "POST /v1/route",
      '{"to":[' .. table.concat(many, ",") .. "]}")
    assert.same({ 200, 900 }, { status, #answer.deliveries })
    assert.equal(413, (ask(nginx, "POST /v1/route", '{"to":"' .. ("x"):rep(1100000) .. '"}')))
  end)

  it("serves the page, and no other site", function()
    local status, body, head = ask(nginx, "GET /")
    assert.equal(200, status)
    assert.matches("Where does this mail go%?", body)
    assert.matches("content%-security%-policy: default%-src 'none'", head:lower())
    assert.equal(403, (ask(nginx, "GET /", nil, { Origin = "http://evil.example" })))
  end)

  it("writes no address to its access log", function()
    ask(nginx, "POST /v1/route", '{"to":"secret@example.com"}')
    servers.wait_for("the log", function()
      return helper.read(nginx.folder .. "/access.log"):find "POST /v1/route"
    end)
    assert.is_nil(helper.read(nginx.folder .. "/access.log"):find "secret")
  end)

  it("counts what all workers decide", function()
    local function hits()
      local total = 0
      local _, graph = said(nginx, "GET /v1/graph")
      for _, node in ipairs(graph.nodes) do total = total + (node.hits or 0) end
      return total
    end
    local before = hits()
    for _ = 1, 40 do ask(nginx, "POST /v1/route", '{"to":"kim@example.com"}') end
    servers.wait_for("40 hits", function() return hits() >= before + 40 end)
    local _, metrics = ask(nginx, "GET /metrics")
    assert.matches('postoffice_decisions_total{protocol="http",policy="site"', metrics, 1, true)
    assert.is_nil(metrics:find "@")
  end)

  it("keeps that a connector is down, for every worker and over a reload of nginx", function()
    local function all_say(expected)
      for _, answer in pairs(answers(nginx, "POST /v1/route", '{"to":"kim@example.com"}')) do
        if answer.deliveries[1].verdict ~= expected then return false end
      end
      return true
    end
    assert.equal(401, (ask(nginx, "POST /v1/connectors/server", '{"down":true}')))
    assert.is_true(all_say "deliver")
    assert.equal(200, (ask(nginx, "POST /v1/connectors/server", '{"down":true}', BEARER)))
    servers.wait_for("every worker", function() return all_say "defer" end)
    hang_up(nginx)
    assert.is_true(all_say "defer")
    ask(nginx, "POST /v1/connectors/server", '{"down":false}', BEARER)
    servers.wait_for("every worker", function() return all_say "deliver" end)
  end)

  it("reloads in every worker, and in none what does not prove itself", function()
    local path = nginx.files .. "/policy.lua"
    local good = helper.read(path)
    local before = revisions(nginx)
    assert.equal(1, #before)
    helper.write(path, good .. 'test "wrong" { to = "kim@example.com", entry = "Nobody" }\n')
    local status, answer = said(nginx, "POST /v1/reload", nil, BEARER)
    assert.same({ 409, "reload-refused" }, { status, answer.code })
    assert.same(before, revisions(nginx))
    helper.write(path, good .. 'recipient "Joe" { proxies = { "SMTP:joe@example.com" },'
      .. ' target = "joe@mail.example.com" }\n')
    status, answer = said(nginx, "POST /v1/reload", nil, BEARER)
    assert.equal(200, status)
    assert.are_not.equal(before[1], answer.revision)
    servers.wait_for("every worker", function()
      local now = revisions(nginx)
      return #now == 1 and now[1] == answer.revision
    end)
    helper.write(path, good)
    ask(nginx, "POST /v1/reload", nil, BEARER)
    servers.wait_for("every worker", function() return revisions(nginx)[1] == before[1] end)
  end)

  it("asks for the first recipient, and refuses whom the policy refuses", function()
    assert.matches("^550 5%.1%.1 ", converse(nginx, "EHLO x.example", "MAIL FROM:<a@b.example>",
      "RCPT TO:<nobody@example.com>")[4])
    assert.matches("^550 5%.%d+%.%d+ Pat has left",
      converse(nginx, "EHLO x", "MAIL FROM:<>", "RCPT TO:<pat@example.com>")[4])
    assert.matches("^550 5%.%d", converse(nginx, "EHLO x", "MAIL FROM:<a@b.example>",
      "RCPT TO:<joe@far.example>")[4])
  end)

  it("hands over to the next hop whom it takes, as it came", function()
    local replies = converse(nginx, "EHLO x.example", "MAIL FROM:<a@b.example> SIZE=100",
      "RCPT TO:<Kim@example.com>", "QUIT")
    assert.matches("^250", replies[4])
    assert.matches("RCPT TO:<Kim@example.com>", helper.read(backend), 1, true)
  end)

  it("drops who was refused, and keeps nothing of the session", function()
    local replies = converse(nginx, "EHLO x", "MAIL FROM:<a@b.example>",
      "RCPT TO:<nobody@example.com>", "RCPT TO:<kim@example.com>")
    assert.same({ "550", false }, { replies[4]:match "^%d+", replies[5] })
  end)

  it("has nothing to complain about", function() assert.same({}, complaints(nginx)) end)
end)

-- A policy with two servers behind, the first at the port that the shipped one has.
local function two_servers(port)
  return ([[
domain "example.com" {}
connector "a" { speaks = "SMTP", nexthop = "smtp:[127.0.0.1]:10025",
                spaces = { "SMTP:*@a.example.com" } }
connector "b" { speaks = "SMTP", nexthop = "smtp:[127.0.0.1]:%d",
                spaces = { "SMTP:*@b.example.com" } }
recipient "Kim" { proxies = { "SMTP:kim@example.com" }, target = "kim@a.example.com" }
recipient "Lou" { proxies = { "SMTP:lou@example.com" }, target = "lou@b.example.com" }
list "Both" { proxies = { "SMTP:both@example.com" }, members = { "Kim", "Lou" } }
]]):format(port)
end

describe("nginx with two servers behind", function()
  local nginx, a, b, other

  local function sessions(log) return helper.read(log) end

  setup(function()
    other = servers.port()
    nginx = start(two_servers(other), function(text)
      return (text:gsub("auth_http = true", 'auth_http = "backends-defer"'))
    end)
    a = start_backend(nginx, nginx.backend, "lou@")
    b = start_backend(nginx, other, "kim@")
  end)

  teardown(function()
    stop_backend(a)
    stop_backend(b)
  end)

  it("leads each first recipient to its own", function()
    assert.matches("^250", converse(nginx, "EHLO x", "MAIL FROM:<>", "RCPT TO:<kim@example.com>",
      "QUIT")[4])
    assert.matches("^250", converse(nginx, "EHLO x", "MAIL FROM:<>", "RCPT TO:<lou@example.com>",
      "QUIT")[4])
    assert.matches("RCPT TO:<kim@example.com>", sessions(a), 1, true)
    assert.matches("RCPT TO:<lou@example.com>", sessions(b), 1, true)
    assert.is_nil(sessions(a):find "lou@")
    assert.is_nil(sessions(b):find "kim@")
  end)

  it("has a server answer 4xx for a second one that is another's: none is led astray", function()
    local replies = converse(nginx, "EHLO x", "MAIL FROM:<>", "RCPT TO:<kim@example.com>",
      "RCPT TO:<lou@example.com>", "QUIT")
    assert.same({ "250", "450" }, { replies[4]:match "^%d+", replies[5]:match "^%d+" })
    replies = converse(nginx, "EHLO x", "MAIL FROM:<>", "RCPT TO:<lou@example.com>", "QUIT")
    assert.matches("^250", replies[4])
  end)

  it("defers who would go to both", function()
    assert.matches("^451 4%.3%.5 ", converse(nginx, "EHLO x", "MAIL FROM:<>",
      "RCPT TO:<both@example.com>")[4])
  end)
end)

-- What the manual (in-openresty.md) has a Postfix behind the proxy say.
local BEHIND = docs.fenced(helper.read "lua/postoffice/manual/in-openresty.md", "ini")[1].text

describe("nginx with two Postfix behind", function()
  local nginx, a, b

  local function start_postfix(port, who)
    local main, count = BEHIND:gsub("hash:[%w_/]+", ("inline:{ %s@example.com=here }"):format(who))
    assert.equal(1, count)
    local mta = postfix.start(main .. "relay_transport = discard\n",
      ("127.0.0.1:%d inet n - y - - smtpd\n"):format(port))
    servers.wait_for("Postfix", function() return socket.connect("127.0.0.1", port) end)
    return mta
  end

  setup(function()
    local other = servers.port()
    nginx = start(two_servers(other), function(text)
      return (text:gsub("auth_http = true", 'auth_http = "backends-defer"'))
    end)
    a, b = start_postfix(nginx.backend, "kim"), start_postfix(other, "lou")
  end)

  it("loses no recipient and leads none astray, whoever comes first", function()
    local client = require "spec.host.mail.client"
    local connection = client.open(nginx.mail, "127.0.0.9")
    local replies = client.transact(connection, { from = "joe@far.example", text = "Hello",
      to = { "kim@example.com", "lou@example.com", "nobody@example.com", "joe@far.example" } })
    local codes = {}
    for i = 1, 4 do codes[i] = replies[i]:match "^%d+" end
    assert.same({ "250", "450", "450" }, { codes[1], codes[2], codes[3] })
    assert.matches("^45%d 4%.", replies[4])
    assert.matches("^250", replies.data)
    local again = client.transact(client.open(nginx.mail, "127.0.0.9"),
      { from = "joe@far.example", text = "Hello", to = { "lou@example.com" } })
    assert.same({ "250", "250" }, { again[1]:match "^%d+", again.data:match "^%d+" })
    servers.wait_for("both", function()
      return a:log():find "to=<kim@example.com>.-status=sent"
        and b:log():find "to=<lou@example.com>.-status=sent"
    end)
  end)

  it("tells them who the client is", function()
    assert.matches("client=[^%s]*%[127%.0%.0%.9%]", a:log())
  end)
end)

describe("nginx with two servers behind that nobody vouches for", function()
  it("refuses the policy when it is loaded, by name, and answers 4xx for ever", function()
    local nginx = start(two_servers(servers.port()))
    assert.matches("^451 4%.3%.5 ", converse(nginx, "EHLO x", "MAIL FROM:<>",
      "RCPT TO:<kim@example.com>")[4])
    assert.equal(200, (ask(nginx, "GET /healthz")))
    assert.equal(503, (ask(nginx, "GET /readyz")))
    assert.matches('connector "b" has another next hop than "a", and nginx asks for the first'
      .. " recipient of a session alone", table.concat(complaints(nginx), "\n"), 1, true)
  end)
end)

describe("the log of decisions", function()
  local BODY = '{"to":"Kim@example.com","sender":"joe@far.example"}'

  -- What a nginx logs with some options: objects, in its error log or in the file that stands for @LOG@.
  local function logged(options, pattern)
    local path
    local nginx = start(helper.read(SHIPPED .. "policy.lua"), function(text)
      path = options:find("@LOG@", 1, true) and text:match 'token_file = "(.-)token"' .. "decisions"
      options = options:gsub("@LOG@", path or "")
      return (text
        :gsub("explain = true,", function() return "explain = true, " .. options end)
        :gsub("error.log;", "error.log notice;", 1))
    end)
    for _ = 1, 20 do assert.equal(200, (ask(nginx, "POST /v1/route", BODY))) end
    assert.equal(200, (ask(nginx, "POST /v1/reload", "{}", BEARER)))
    local list = {}
    for line in helper.read(path or nginx.folder .. "/error.log"):gmatch(pattern) do
      list[#list + 1] = assert(read_json(line), line)
    end
    return list
  end

  local function decisions_of(list)
    local found, others = {}, {}
    for _, object in ipairs(list) do
      if object.event then others[object.event] = object else found[#found + 1] = object end
    end
    return found, others
  end

  it("goes to nginx's own, with the fields that `postoffice serve` writes", function()
    local found, events = decisions_of(logged("log = true,", "%b{}"))
    assert.equal(20, #found)
    local first = found[1]
    assert.same({ "http", "site", "Kim@example.com", "joe@far.example", "deliver" },
      { first.protocol, first.site, first.recipient, first.sender, first.action })
    assert.equal("number", type(first.seconds))
    assert.matches("^%d+%-%d+%-%d+T", first.time)
    assert.equal("string", type(events.reloaded.revision))
  end)

  it("goes to a function, redacted alike in all workers", function()
    local found = decisions_of(logged([[redact = "hash", log = function(line)
      local file = io.open("@LOG@", "a") file:write(line, "\n") file:close() end,]],
      "[^\n]+"))
    assert.equal(20, #found)
    local seen = {}
    for _, object in ipairs(found) do
      seen[object.recipient .. object.sender] = true
      assert.matches("^%x+@example%.com$", object.recipient)
      assert.matches("^%x+@far%.example$", object.sender)
    end
    assert.equal(1, #require "postoffice.lists".keys(seen))
  end)
end)

describe("nginx with all of it below a path", function()
  it("answers there, and leads to where the page can ask", function()
    local nginx = start(helper.read(SHIPPED .. "policy.lua"), function(text)
      return (text:gsub("explain = true,", 'explain = true, prefix = "/mail",'))
    end)
    local status, _, head = ask(nginx, "GET /mail")
    assert.same({ 308, "/mail/" }, { status, head:match "[Ll]ocation: %S-(/mail/)\r?\n" })
    assert.matches("Where does this mail go%?", (select(2, ask(nginx, "GET /mail/"))))
    assert.equal(200, (ask(nginx, "POST /mail/v1/route", '{"to":"kim@example.com"}')))
    assert.equal(200, (ask(nginx, "GET /mail/readyz")))
  end)
end)

describe("a policy that was published as a text", function()
  local PUBLISHING = [[
    location = /publish { content_by_lua_block {
      ngx.req.read_body()
      local resty = require "postoffice.host.resty"
      local ok, said, code = resty.publish("site", ngx.req.get_body_data())
      ngx.say(ok and "live" or code, "\n", said)
    } }
    location = /back { content_by_lua_block {
      ngx.say(select(2, require "postoffice.host.resty".reload "site"))
    } }
    location / {]]

  it("is live in every worker, in new ones too, until the file is wanted again", function()
    local good = helper.read(SHIPPED .. "policy.lua")
    local nginx = start(good, function(text)
      return (text:gsub("    location / {", function() return PUBLISHING end))
    end)
    local of_file = revisions(nginx)[1]
    local function publish(text)
      local _, body = ask(nginx, "POST /publish", text)
      return body:match "^(%S+)\n(%S+)"
    end
    local function all_are(revision)
      servers.wait_for("every worker", function()
        local now = revisions(nginx)
        return #now == 1 and now[1] == revision
      end)
    end
    assert.equal("policy-invalid", (publish "domain ("))
    assert.same({ of_file }, revisions(nginx))
    local word, revision = publish(good:gsub("Pat has left", "Pat went away"))
    assert.equal("live", word)
    all_are(revision)
    hang_up(nginx)
    all_are(revision)
    ask(nginx, "GET /back")
    all_are(of_file)
  end)
end)
