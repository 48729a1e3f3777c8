--- How long a look-up by socketmap takes while all goes on that goes on: some connections or many, half of the clients
-- cut off in the middle of a question, reloads of another revision every second.
--
--     latency.lua CORE
--
-- Beside CORE stands host/latency.c, built; what it measures, and what it calls wrong and lost, stands there.
local helper = require "spec.helper"
local report = require "spec.bench.report"
local serving = require "spec.bench.serving"
local socket = require "socket"
local unpack = table.unpack or unpack

local CONNECTIONS = { 1, 200, 2000 }
local RATE, SECONDS = 1000, 10 -- questions a second of all connections together
local GOAL = 5 -- milliseconds, for 99 of 100

local client = (arg[1] or "build/bench/core"):gsub("[^/]+$", "latency")

-- Starts the client; a file that has its numbers when it has ended.
local function start_client(place, connections)
  local out = place:path "numbers"
  os.remove(out)
  helper.output(("{ %s %s %s %d %d %d >%s.new; mv %s.new %s; } >/dev/null 2>&1 &"):format(client,
    place:path "maps", place:path "questions", connections, RATE, SECONDS, out, out, out))
  return out
end

-- Has the server load another revision every second until the client has ended; its numbers, and how many reloads.
local function reload_meanwhile(place, people, pid, out)
  local count = 0
  while helper.run("test -f " .. out) ~= 0 do
    count = count + 1
    place:write_policy(people, ("spare%d.%s@example.com x@t.example\n"):format(count, pid))
    helper.run("kill -HUP " .. pid)
    socket.sleep(1)
  end
  local numbers = {}
  for number in helper.read(out):gmatch "%d+" do numbers[#numbers + 1] = tonumber(number) end
  assert(#numbers == 7, "the client said nothing")
  return numbers, count
end

-- Measures a server with some connections.
local function measure(place, people, pid, name, connections)
  local before = serving.memory(pid)
  local numbers = reload_meanwhile(place, people, pid, start_client(place, connections))
  local asked, wrong, lost, cut, half, most, all = unpack(numbers)
  report.at_most(("%s, %d connections"):format(name, connections), most / 1000, GOAL,
    ("ms for 99 %%; %.2f for half, %.2f for all"):format(half / 1000, all / 1000))
  print(("%-32s asked %d, wrong %d, lost %d, cut off %d; kB before %d, after %d"):format("", asked,
    wrong, lost, cut, before, serving.memory(pid)))
  assert(wrong == 0 and lost == 0, "answers are wrong or lost")
end

serving.run(function(place)
  local people = serving.people()
  place:write_policy(people)
  helper.write(place:path "questions", serving.lines(people, "%s\t%s\n"))
  report.head()
  local pid = place:serve("maps", "-j 2")
  for _, connections in ipairs(CONNECTIONS) do
    measure(place, people, pid, "-j 2, reloads", connections)
  end
  print(("%-32s %d reloads were refused"):format("",
    select(2, helper.read(place:path "maps.log"):gsub('"reload refused"', ""))))
end)
