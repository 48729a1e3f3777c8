-- A mail server as a proxy sees one: `smtp_backend.lua PORT LOG [REFUSED]` writes each command that it is
-- given to the log, and answers 450 to recipients that have the text REFUSED in them.
local socket = require "socket"

local port, path, refused = arg[1], arg[2], arg[3]
local listener = assert(socket.bind("127.0.0.1", tonumber(port)))
local log = assert(io.open(path, "ab"))
log:setvbuf "no"

local function reply(line)
  if line:find "^QUIT" then return "221 bye" end
  if line:find "^DATA" then return "354 go on" end
  if line:find "^RCPT" and refused and refused ~= "" and line:find(refused, 1, true) then
    return "450 4.3.0 not this server's"
  end
  return "250 ok"
end

-- One session: what it says to each line, until the client has gone.
local function serve(client)
  client:settimeout(60)
  client:send "220 backend ESMTP\r\n"
  local line = client:receive "*l"
  while line do
    log:write(line, "\n")
    client:send(reply(line) .. "\r\n")
    line = not line:find "^QUIT" and client:receive "*l"
  end
  client:close()
end

while true do serve(assert(listener:accept())) end
