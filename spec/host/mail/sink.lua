--- sink.lua PORT FOLDER: takes mail by SMTP and LMTP until it is killed, and writes each message to a file of
-- its own, FOLDER/1 and so on: a line `MAIL FROM...`, a line `RCPT TO...` for each recipient, an empty
-- line, the text.  Its process id is in FOLDER/pid once it listens.  Local parts say what it answers:
-- `refused...` is 550 5.1.1, `busy...` 451 4.2.1.
local socket = require "socket"

local port, folder = tonumber(arg[1]), arg[2]

local server = assert(socket.bind("127.0.0.1", port, 128))
server:settimeout(0)

local function write(name, text)
  local file = assert(io.open(folder .. "/new", "wb"))
  assert(file:write(text))
  file:close()
  assert(os.rename(folder .. "/new", folder .. "/" .. name))
end

local kept = 0

local function keep(message)
  kept = kept + 1
  write(kept, table.concat(message.envelope, "\n") .. "\n\n" .. table.concat(message.text, "\r\n"))
end

-- What a coroutine of a session reads: a line, once it is complete; raises at the connection's end.
local function line_of(client)
  local partial = ""
  while true do
    local line, why, rest = client:receive("*l", partial)
    if line then return line end
    if why ~= "timeout" then error "closed" end
    partial = rest
    coroutine.yield()
  end
end

local function text_of(client)
  local lines = {}
  while true do
    local line = line_of(client)
    if line == "." then return lines end
    lines[#lines + 1] = line:gsub("^%.", "")
  end
end

local REFUSED = { refused = "550 5.1.1 nobody here", busy = "451 4.2.1 come again" }

local COMMANDS = {}

function COMMANDS.EHLO() return "250-sink.example\r\n250-8BITMIME\r\n250-SIZE\r\n250 PIPELINING" end

function COMMANDS.LHLO(session)
  session.is_lmtp = true
  return COMMANDS.EHLO()
end

function COMMANDS.MAIL(session, line)
  session.envelope = { line }
  return "250 2.1.0 ok"
end

function COMMANDS.RCPT(session, line)
  local refusal = REFUSED[line:match "<(%a+)"]
  if refusal then return refusal end
  table.insert(session.envelope, line)
  return "250 2.1.5 ok"
end

-- LMTP answers once for each recipient (RFC 2033 4.2).
function COMMANDS.DATA(session, _, client)
  if #session.envelope < 2 then return "503 5.5.1 no recipient" end
  client:send "354 go on\r\n"
  session.text = text_of(client)
  keep(session)
  return ("250 2.0.0 kept\r\n"):rep(session.is_lmtp and #session.envelope - 1 or 1):sub(1, -3)
end

function COMMANDS.RSET() return "250 2.0.0 ok" end

local function serve(client)
  client:send "220 sink.example\r\n"
  local session = { envelope = {} }
  while true do
    local line = line_of(client)
    local verb = line:match("^%a+"):upper()
    if verb == "QUIT" then return end
    local command = COMMANDS[verb]
    client:send((command and command(session, line, client) or "502 5.5.1 unknown") .. "\r\n")
  end
end

local sessions, sockets = {}, { server }

local function close(client)
  client:close()
  sessions[client] = nil
  for i, other in ipairs(sockets) do
    if other == client then return table.remove(sockets, i) end
  end
end

-- Goes on with a session until it waits; it ends with its connection.
local function go_on(client)
  coroutine.resume(sessions[client], client)
  if coroutine.status(sessions[client]) == "dead" then close(client) end
end

local function accept()
  local client = server:accept()
  if not client then return end
  client:settimeout(0)
  sockets[#sockets + 1] = client
  sessions[client] = coroutine.create(serve)
  go_on(client) -- who takes mail speaks first
end

local pid = io.open("/proc/self/stat", "rb"):read "*n"
write("pid", pid .. "\n")
while true do
  for _, ready in ipairs((socket.select(sockets))) do
    if ready == server then accept() else go_on(ready) end
  end
end
