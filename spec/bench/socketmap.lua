--- Postfix's look-ups by socketmap beside those in its own tables, through the same `postmap -q -`: the same
-- keys in the same order, of people with a target each; beside a program that answers without looking; what a
-- look-up takes of the processor; and how long one takes, seen by a client.
--
--     socketmap.lua CORE
--
-- Beside CORE stands host/socketmap.c, built.
local helper = require "spec.helper"
local report = require "spec.bench.report"
local serving = require "spec.bench.serving"
local socket = require "socket"
local unix = require "socket.unix"

local COUNT, ROUNDS = serving.COUNT, 5
local TABLES = { "hash", "lmdb", "cdb" }

local floor = (arg[1] or "build/bench/core"):gsub("[^/]+$", "socketmap")

-- Runs postmap in the folder; its exit status and what it prints.
local function postmap(place, rest)
  return helper.run(('PATH="$PATH:/usr/sbin" postmap -c %s %s'):format(place.folder, rest))
end

local function make_tables(place)
  local people = serving.people()
  place:write_policy(people)
  helper.write(place:path "keys", serving.lines(people, "%s\n"))
  helper.write(place:path "main.cf", "")
  for _, kind in ipairs(TABLES) do
    helper.write(place:path(kind), serving.lines(people, "%s %s\n"))
    postmap(place, kind .. ":" .. place:path(kind))
  end
end

-- ---- Measuring ---------------------------------------------------------------

-- Seconds that Postfix takes for all keys, the median of some rounds; nil where it has no such table.
local function seconds_of(place, map)
  local times = {}
  for round = 1, ROUNDS do
    local began = socket.gettime()
    local status, output = postmap(place, ("-q - %s <%s"):format(map, place:path "keys"))
    times[round] = socket.gettime() - began
    if status ~= 0 or select(2, output:gsub("\n", "")) < COUNT then return nil end
  end
  return report.median(times)
end

local function map(place, name)
  return ("socketmap:unix:%s:site.virtual"):format(place:path(name))
end

-- Seconds that Postfix takes for all keys by a server, and microseconds of the processor that a look-up takes of it:
-- its own, and the system's.
local function seconds_by(place, name, pid)
  local own, system = serving.processor_seconds(pid)
  local seconds = assert(seconds_of(place, map(place, name)), "the server does not answer")
  local own_after, system_after = serving.processor_seconds(pid)
  local each = 1e6 / (ROUNDS * COUNT)
  return seconds, (own_after - own) * each, (system_after - system) * each
end

-- Microseconds of look-ups, one after the other by one connection, in order.
local function latencies(place)
  local connection, list = unix.stream(), {}
  assert(connection:connect(place:path "maps"))
  for line in io.lines(place:path "keys") do
    local request = "site.virtual " .. line
    local began = socket.gettime()
    connection:send(#request .. ":" .. request .. ",")
    local reply = connection:receive(#"19:OK u00000@t.example,")
    list[#list + 1] = (socket.gettime() - began) * 1e6
    assert(reply:find "^19:OK u", reply)
  end
  table.sort(list)
  return list
end

-- ---- Reporting ---------------------------------------------------------------

-- What stands beside what a look-up takes by the server.
local function compare(place, ours)
  for i, kind in ipairs(TABLES) do
    local theirs = seconds_of(place, kind .. ":" .. place:path(kind))
    local beside = kind .. ", postmap -q -"
    if not theirs then report.missing("socketmap", beside)
    else
      beside = ("%s: %.1f us a key"):format(beside, theirs / COUNT * 1e6)
      if i == 1 then report.at_most("socketmap", ours / theirs, 1.5, beside)
      else report.beside("socketmap", ours / theirs, beside)
      end
    end
  end
end

-- What a look-up takes of the processor, and what the same calls of the system do by a program that does nothing else.
local function report_processor(name, own, system)
  print(("%-32s %8.1f us: %.1f its own, %.1f the system's"):format("processor, " .. name,
    own + system, own, system))
end

serving.run(function(place)
  make_tables(place)
  local pid = place:serve "maps"
  local floor_pid = place:start("floor", floor .. " " .. place:path "floor")
  report.head()
  assert(seconds_of(place, map(place, "maps")), "the server does not answer") -- and is warm then
  local ours, own, system = seconds_by(place, "maps", pid)
  local least, floor_own, floor_system = seconds_by(place, "floor", floor_pid)
  compare(place, ours)
  report.beside("socketmap", ours / least, ("a program in C that answers without looking: %.1f us")
    :format(least / COUNT * 1e6))
  report.at_most("processor time of a look-up", own + system, 15, "microseconds")
  report_processor("ours", own, system)
  report_processor("the program in C", floor_own, floor_system)
  local list = latencies(place)
  print(("%.0f look-ups a second by postmap; %.0f us, 99 %% in %.0f us, by a client in Lua"):format(
    COUNT / ours, list[math.ceil(#list / 2)], list[math.ceil(#list * 0.99)]))
end)
