--- Clients of a socketmap, many at once, every second of which goes away in the middle of a request:
-- `clients.lua PATH MAP KEY VALUE CONNECTIONS REQUESTS`.  Prints how many answers were right, wrong and missing,
-- how many clients went away, and the percentiles 50 and 99 of the time for an answer, in microseconds.
local cqueues = require "cqueues"
local socket = require "cqueues.socket"

local path, map, key, value = arg[1], arg[2], arg[3], arg[4]
local connections, requests = tonumber(arg[5]), tonumber(arg[6])

local function netstring(text) return #text .. ":" .. text .. "," end

local REQUEST, REPLY = netstring(map .. " " .. key), netstring("OK " .. value)

local count = { right = 0, wrong = 0, missing = 0, gone = 0 }
local times = {}

-- One question; whether it was answered rightly.
local function ask(connection)
  local began = cqueues.monotime()
  connection:write(REQUEST)
  local reply = connection:read(#REPLY)
  times[#times + 1] = cqueues.monotime() - began
  local kind = not reply and "missing" or reply == REPLY and "right" or "wrong"
  count[kind] = count[kind] + 1
end

local function client(number)
  local connection = socket.connect { path = path }
  connection:onerror(function(_, _, code) return code end)
  connection:setmode("bn", "bn")
  for i = 1, requests do
    if number % 2 == 0 and i > requests / 2 then
      connection:write(REQUEST:sub(1, number % #REQUEST))
      count.gone = count.gone + 1
      break
    end
    ask(connection)
  end
  connection:close()
end

local controller = cqueues.new()
for i = 1, connections do controller:wrap(client, i) end
assert(controller:loop())

table.sort(times)
local function percentile(share) return times[math.ceil(#times * share)] * 1e6 end
print(("%d %d %d %d %.0f %.0f"):format(count.right, count.wrong, count.missing, count.gone,
  percentile(0.5), percentile(0.99)))
