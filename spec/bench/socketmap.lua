--- Postfix's look-ups by socketmap beside those in its own tables, through the same `postmap -q -`: the same
-- keys in the same order, of people with a target each; beside a program that answers without looking; what a
-- look-up takes of the server's processor; and how long one takes, seen by a client.
--
--     socketmap.lua CORE
--
-- Beside CORE stands host/socketmap.c, built.  The command is `postoffice`, as PATH has it.
local helper = require "spec.helper"
local report = require "spec.bench.report"
local socket = require "socket"
local unix = require "socket.unix"

local COUNT, ROUNDS = 20000, 5
local TABLES = { "hash", "lmdb", "cdb" }

local folder = helper.output "mktemp -d"
local floor = (arg[1] or "build/bench/core"):gsub("[^/]+$", "socketmap")

local function in_folder(name) return folder .. "/" .. name end

-- Runs postmap in the folder; its exit status and what it prints.
local function postmap(rest)
  return helper.run(('PATH="$PATH:/usr/sbin" postmap -c %s %s'):format(folder, rest))
end

-- ---- What is looked up -------------------------------------------------------

local function make_tables()
  local rows, keys = {}, {}
  for i = 1, COUNT do
    local n = i * 7919 % COUNT
    keys[i] = ("firstname.lastname%05d@example.com"):format(n)
    rows[i] = ("%s u%05d@t.example"):format(keys[i], n)
  end
  helper.write(in_folder "keys", table.concat(keys, "\n") .. "\n")
  helper.write(in_folder "main.cf", "")
  for _, kind in ipairs(TABLES) do
    helper.write(in_folder(kind), table.concat(rows, "\n") .. "\n")
    postmap(kind .. ":" .. in_folder(kind))
  end
  helper.write(in_folder "policy.lua", [[
    domain "example.com" {}
    connector "out" { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
    directory "people" { file = "hash", format = "virtual" }
  ]])
end

-- ---- The servers -------------------------------------------------------------

local started = {}

-- Starts what listens on a socket of that name in the folder; its process.
local function start(name, command)
  helper.output(("%s >%s 2>&1 & echo $! >%s"):format(command, in_folder "out", in_folder "pid"))
  started[#started + 1] = helper.read(in_folder "pid"):match "%d+"
  local late = socket.gettime() + 60
  while helper.run("test -S " .. in_folder(name)) ~= 0 do
    assert(socket.gettime() < late, helper.read(in_folder "out"))
    socket.sleep(0.05)
  end
  return started[#started]
end

local function start_server()
  return start("maps", ("postoffice serve --policy site=%s --socketmap %s --log %s"):format(
    in_folder "policy.lua", in_folder "maps", in_folder "log"))
end

-- Seconds of the processor that a process has taken (proc(5)).
local function processor_seconds(pid)
  local user, system = helper.read("/proc/" .. pid .. "/stat"):match("%) %a"
    .. (" %S+"):rep(10) .. " (%d+) (%d+)")
  return (user + system) / 100
end

-- ---- Measuring ---------------------------------------------------------------

-- Seconds that Postfix takes for all keys, the median of some rounds; nil where it has no such table.
local function seconds_of(map)
  local times = {}
  for round = 1, ROUNDS do
    local began = socket.gettime()
    local status, output = postmap(("-q - %s <%s"):format(map, in_folder "keys"))
    times[round] = socket.gettime() - began
    if status ~= 0 or select(2, output:gsub("\n", "")) < COUNT then return nil end
  end
  return report.median(times)
end

-- Microseconds of look-ups, one after the other by one connection, in order.
local function latencies()
  local connection, list = unix.stream(), {}
  assert(connection:connect(in_folder "maps"))
  for line in io.lines(in_folder "keys") do
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

local function map(name) return ("socketmap:unix:%s:site.virtual"):format(in_folder(name)) end

-- What stands beside what a look-up takes by the server.
local function compare(ours)
  for i, kind in ipairs(TABLES) do
    local theirs, beside = seconds_of(kind .. ":" .. in_folder(kind)), kind .. ", postmap -q -"
    if not theirs then report.missing("socketmap", beside)
    elseif i == 1 then report.at_most("socketmap", ours / theirs, 1.5, beside)
    else report.beside("socketmap", ours / theirs, beside)
    end
  end
  report.beside("socketmap", ours / assert(seconds_of(map "floor")),
    "a program in C that answers without looking")
end

local ok, why = pcall(function()
  make_tables()
  local pid = start_server()
  start("floor", floor .. " " .. in_folder "floor")
  report.head()
  assert(seconds_of(map "maps"), "the server does not answer") -- and is warm then
  local before = processor_seconds(pid)
  local ours = seconds_of(map "maps")
  local used = (processor_seconds(pid) - before) / (ROUNDS * COUNT) * 1e6
  compare(ours)
  report.at_most("processor time of a look-up", used, 15, "microseconds")
  local list = latencies()
  print(("%.0f look-ups a second by postmap; %.0f us, 99 %% in %.0f us, by a client in Lua"):format(
    COUNT / ours, list[math.ceil(#list / 2)], list[math.ceil(#list * 0.99)]))
end)
for _, pid in ipairs(started) do helper.run("kill " .. pid) end
helper.run("rm -rf " .. folder)
assert(ok, why)
