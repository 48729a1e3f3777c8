-- file_server.lua FOLDER PORT_FILE: the files of a folder over HTTP, on loopback, at a port that it
-- writes to a file.  Ends by itself when nobody has asked for anything in ten minutes.

local socket = require "socket"

local IDLE = 600 -- seconds
local ANSWER = "HTTP/1.0 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"

local folder, port_file = arg[1], arg[2]

-- What a file holds, or nil; nothing but files in the folder.
local function contents(path)
  local file = not path:find("..", 1, true) and io.open(folder .. path, "rb")
  local bytes = file and file:read "*a"
  if file then file:close() end
  return bytes
end

-- "GET /manifest HTTP/1.1": what it is answered with.
local function answer(request)
  local method, path = request:match "^(%u+) (/[^ ?]*)"
  local bytes = path and contents(path)
  local head = ANSWER:format(bytes and "200 OK" or "404 Not Found", bytes and #bytes or 0)
  return method == "HEAD" and head or head .. (bytes or "")
end

-- Whoever says nothing, or goes away, has had his turn.
local function serve(client)
  client:settimeout(10)
  local request = client:receive "*l"
  local line = request
  while line and line ~= "" do line = client:receive "*l" end
  if request then client:send(answer(request)) end
  client:close()
end

local listener = assert(socket.bind("127.0.0.1", 0))
listener:settimeout(IDLE)
local _, port = listener:getsockname()
local file = assert(io.open(port_file .. ".new", "w"))
file:write(port)
file:close()
os.rename(port_file .. ".new", port_file)

for client in function() return (listener:accept()) end do serve(client) end
