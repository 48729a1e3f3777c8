--- Starts `postoffice serve` as it is, in a folder of its own, and talks to it.
local helper = require "spec.helper"
local servers = require "spec.host.directory.servers"
local socket = require "socket"
local unix = require "socket.unix"

local serving = {}

local PATIENCE = 60 -- seconds: only what hangs takes as long on any machine

local Server = {}
Server.__index = Server

local started = {}

--- The article's Exchange side, as far as maps can say it.
serving.POLICY = [[
  domain "exchange.example" { unwrap = { "EX", "X500", "CCMAIL" } }
  connector "ccmail" { speaks = "SMTP", wrap = { domain = "gateway.example" }, reaches = "HQ",
    nexthop = "smtp:[192.0.2.26]:25", spaces = { "CCMAIL:*" } }
  connector "line" { speaks = "SMTP", nexthop = "smtp:[192.0.2.27]:25", spaces = { "SMTP:*" } }
  postoffice "HQ" {}
  postoffice "internet" { via = "HQ", gateway = "SMTP" }
  recipient "Kim Lee" { proxies = { "SMTP:kim.lee@exchange.example" } }
  recipient "Pat Jones (Internet)" { proxies = { "SMTP:pat.jones@exchange.example" },
    target = "[ccmail:user@domain at internet]" }
  test "kim" { to = "kim.lee@exchange.example", entry = "Kim Lee" }
]]

serving.WRAPPED = "IMCEACCMAIL-user+40domain+20at+20internet@gateway.example"

-- ---- The process -------------------------------------------------------------

-- Words for the shell.
local function words_of(list)
  local words = {}
  for i, word in ipairs(list) do words[i] = helper.quote(word) end
  return table.concat(words, " ")
end

--- The path of something in the folder of a server.
function Server:path(name) return self.folder .. "/" .. name end

--- What it has logged so far.
function Server:log()
  local file = io.open(self:path "log", "rb")
  local text = file and file:read "*a" or ""
  if file then file:close() end
  return text
end

--- Waits until its log has a text so many times.
function Server:wait_for(text, times)
  servers.wait_for(("%s in the log of the server: %s"):format(text, self:log()), function()
    local _, count = self:log():gsub((text:gsub("%p", "%%%0")), "")
    return count >= (times or 1)
  end)
end

function Server:pid() return helper.read(self:path "pid"):match "%d+" end

--- The processes that it has started and that live.
function Server:children()
  local list = {}
  local path = ("/proc/%s/task/%s/children"):format(self:pid(), self:pid())
  for pid in helper.read(path):gmatch "%d+" do list[#list + 1] = pid end
  return list
end

--- Sends a signal.
function Server:signal(name) return helper.run(("kill -%s %s"):format(name, self:pid())) end

--- What it exited with, or nil as long as it runs.
function Server:status()
  local file = io.open(self:path "status", "rb")
  local text = file and file:read "*a" or ""
  if file then file:close() end
  return tonumber(text:match "^(%d+)\n")
end

--- Waits for its end; returns what it exited with.
function Server:wait()
  servers.wait_for("the end of the server", function() return self:status() ~= nil end)
  return self:status()
end

--- Ends it by a signal, and waits until it has.
function Server:stop()
  if not self:status() then self:signal "TERM" end
  return self:wait()
end

--- Begins a server, and waits for nothing: `policy`, `words` of the command, `before` it.
function serving.begin(given)
  local self = setmetatable({ folder = helper.output "mktemp -d", port = servers.port(),
    http_port = servers.port() }, Server)
  started[#started + 1] = self
  helper.write(self:path "ex.lua", given.policy or serving.POLICY)
  self:run(given)
  return self
end

--- Runs its command, again where it ran before.
function Server:run(given)
  os.remove(self:path "status")
  os.remove(self:path "log")
  os.remove(self:path "pid")
  local words = {}
  for i, word in ipairs(given.words or {}) do
    words[i] = (word:gsub("@(%u+)@", { DIR = self.folder, PORT = tostring(self.port),
      HTTP = tostring(self.http_port) }))
  end
  if not given.bare then
    table.insert(words, 1, "--policy")
    table.insert(words, 2, "ex=" .. self:path "ex.lua")
  end
  local command = "postoffice serve " .. words_of(words)
  if given.activated then command = helper.quote(command) end
  assert(helper.run(([[cd %s && { { { %s %s; } >out 2>log </dev/null &
    echo $! >pid; wait $!; echo $? >status; } >/dev/null 2>&1 & } ]]):format(self.folder,
    (given.before or "exec"):gsub("@DIR@", self.folder), command)) == 0)
  servers.wait_for("its number", function()
    local file = io.open(self:path "pid", "rb")
    local text = file and file:read "*a"
    if file then file:close() end
    return text and text:find "^%d+\n"
  end)
end

--- Starts a server, and waits until it answers.
function serving.start(given)
  local self = serving.begin(given)
  servers.wait_for("the start of the server", function()
    assert(not self:status(), self:log())
    return self:log():find('"event":"ready"', 1, true) ~= nil
  end)
  return self
end

--- Ends all that was started, and removes what it left.
function serving.end_all()
  for _, server in ipairs(started) do
    if not server:status() then
      server:signal "TERM"
      server:signal "CONT"
      server:wait()
    end
    helper.run("rm -rf " .. helper.quote(server.folder))
  end
  started = {}
end

-- ---- Talking -----------------------------------------------------------------

local Talk = {}
Talk.__index = Talk

--- Connects to a socket in the folder, or to a port.
function Server:connect(where)
  local connection
  if type(where) == "number" then
    connection = assert(socket.connect("127.0.0.1", where))
  else
    connection = unix.stream()
    assert(connection:connect(self:path(where)))
  end
  connection:settimeout(PATIENCE)
  return setmetatable({ connection = connection }, Talk)
end

--- Sends bytes; what was wrong with that is for who reads.
function Talk:send(bytes)
  self.connection:send(bytes)
  return self
end

function Talk:close() self.connection:close() end

--- So many bytes, or all to the end of the connection.
function Talk:read(what)
  local text, why, part = self.connection:receive(what or "*a")
  assert(why ~= "timeout", "the server does not answer")
  return text or part
end

function Talk:line() return self:read "*l" end

local function netstring(text) return #text .. ":" .. text .. "," end

serving.netstring = netstring

--- The text of a netstring that comes; nil at the end of the connection.
function Talk:netstring()
  local digits = ""
  repeat
    local byte = self:read(1)
    if byte == "" then return nil end
    digits = digits .. byte
  until byte == ":"
  local text = self:read(tonumber(digits:sub(1, -2)) + 1)
  assert(text:sub(-1) == ",")
  return text:sub(1, -2)
end

--- What a map answers for a key.
function Talk:look_up(map, key)
  return self:send(netstring(map .. " " .. key)):netstring()
end

--- What the policy service answers for attributes.
function Talk:ask(attributes)
  local lines = { "request=smtpd_access_policy" }
  for _, line in ipairs(attributes) do lines[#lines + 1] = line end
  self:send(table.concat(lines, "\n") .. "\n\n")
  local action = self:line()
  return action ~= "" and self:line() == "" and action or nil
end

--- The status, the body and the fields of what HTTP answers.
function Server:http(method, path, body, fields)
  local lines = { ("%s %s HTTP/1.1"):format(method, path), "host: 127.0.0.1", "connection: close" }
  for _, field in ipairs(fields or {}) do lines[#lines + 1] = field end
  if body then
    lines[#lines + 1] = "content-type: application/json"
    lines[#lines + 1] = "content-length: " .. #body
  end
  local talk = self:connect(self.http_port)
  local reply = talk:send(table.concat(lines, "\r\n") .. "\r\n\r\n" .. (body or "")):read()
  talk:close()
  local status, head, content = reply:match "^HTTP/1.1 (%d+) (.-\r\n)\r\n(.*)$"
  return tonumber(status), content, head
end

return serving
