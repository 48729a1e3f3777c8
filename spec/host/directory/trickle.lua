-- trickle.lua PORT TEXT PIDFILE: says a text to whoever connects and writes, and then a byte every 50
-- milliseconds, without end: what comes always in time, and never.
local socket = require "socket"

local listener = assert(socket.bind("127.0.0.1", tonumber(arg[1])))
listener:settimeout(0.05)
local pid = assert(io.open("/proc/self/stat")):read "*l":match "^%d+"
local file = assert(io.open(arg[3], "w"))
file:write(pid)
file:close()

local connections = {}
while true do
  local connection = listener:accept()
  if connection then
    connection:settimeout(0)
    connection:send(arg[2])
    connections[#connections + 1] = connection
  end
  for _, open in ipairs(connections) do open:send "x" end
end
