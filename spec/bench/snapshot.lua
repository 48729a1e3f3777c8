--- Compiled policies: what a million people take to compile from CSV, and to open; and what four
-- processes that map one file have of it each.
local report = require "spec.bench.report"

local MILLION, SHARED, PROCESSES = 1000000, 200000, 4
local SECONDS, OPENING = 8, 1 -- to compile a million; milliseconds to open it
local MEGABYTES = { 250, 500 } -- at the peak of compiling, with one address and with three

local POLICY = [[
domain "corp.example" { catchall = "Person 1" }
connector "out" { nexthop = "smarthost", spaces = { "SMTP:*" } }
directory "staff" { file = "%s", format = "csv" }
]]

-- What the processes run: this Lua with one of these, and the paths that it names.
local LUA = arg[-1]
local COMPILE = [[
local policy, start = require "postoffice.policy", os.clock()
local p = assert(policy.loadfile(arg[1]))
assert(p:save(arg[2]))
p:close()
p = nil
collectgarbage()
assert(policy.loadfile(arg[2], { verify = true })):close()
local peak = io.open "/proc/self/status":read "*a":match "VmHWM:%s*(%d+)"
print(os.clock() - start, peak)
]]
local OPEN = [[
local policy, rounds = require "postoffice.policy", 100
assert(policy.loadfile(arg[1])) -- what it requires is loaded then
local start = os.clock()
for _ = 1, rounds do assert(policy.loadfile(arg[1])):close() end
print((os.clock() - start) / rounds * 1e3)
]]
-- Looks at every byte, says its number, and stays until its input ends.
local HOLD = [[
local p = assert(require "postoffice.policy".loadfile(arg[1], { verify = true }))
print(io.open "/proc/self/stat":read "*l":match "%d+")
io.stdout:flush()
io.read "*a"
p:close()
]]

local folder = assert(io.popen "mktemp -d"):read "*l"

local function in_folder(name) return folder .. "/" .. name end

local function write(name, text)
  local file = assert(io.open(in_folder(name), "w"))
  file:write(text)
  file:close()
end

for name, code in pairs { compile = COMPILE, open = OPEN, hold = HOLD } do
  write(name .. ".lua", code)
end

local function command(script, ...)
  local words = { LUA, in_folder(script .. ".lua") }
  for _, name in ipairs { ... } do words[#words + 1] = in_folder(name) end
  return table.concat(words, " ")
end

-- The numbers that a script prints.
local function numbers(script, ...)
  local list = {}
  for number in report.output(command(script, ...)):gmatch "%S+" do
    list[#list + 1] = tonumber(number)
  end
  return (unpack or table.unpack)(list)
end

-- A policy with so many people, each with a target and one address or three.
local function write_people(count, addresses)
  local more = addresses > 1
    and "smtp:p%d.other@corp.example;smtp:firstname.lastname.%d@old.corp.example" or ""
  local row = "Person %d,firstname.lastname.%d@corp.example," .. more .. ",p%d@far.example\n"
  local file = assert(io.open(in_folder "people.csv", "w"))
  file:write "DisplayName,PrimarySmtpAddress,EmailAddresses,target\n"
  for i = 1, count do file:write(row:format(i, i, i, i, i)) end
  file:close()
  write("policy.lua", POLICY:format "people.csv")
end

local function size(name)
  local file = assert(io.open(in_folder(name), "rb"))
  local bytes = file:seek "end"
  file:close()
  return bytes
end

-- Kilobytes of Pss in a file of /proc, in all or of the mappings of one file.
local function share(process, source, path)
  local sum, counts = 0, path == nil
  for line in io.lines(("/proc/%s/%s"):format(process, source)) do
    if path and line:find "^%x+%-%x+ " then counts = line:find(path, 1, true) ~= nil end
    sum = sum + (counts and tonumber(line:match "^Pss:%s*(%d+)") or 0)
  end
  return sum
end

-- Calls `work` with the numbers of processes that hold a compiled file, all at once.
local function with_holders(name, work)
  local gate, pipes, holders = in_folder "gate", {}, {}
  assert(os.execute("mkfifo " .. gate))
  for i = 1, PROCESSES do
    pipes[i] = assert(io.popen(("exec %s <%s"):format(command("hold", name), gate)))
  end
  local open_gate = assert(io.open(gate, "w"))
  for i, pipe in ipairs(pipes) do holders[i] = assert(pipe:read "*l") end
  work(holders)
  open_gate:close()
  for _, pipe in ipairs(pipes) do pipe:close() end
end

local function bench_sharing()
  write_people(SHARED, 1)
  numbers("compile", "policy.lua", "shared.pot")
  with_holders("shared.pot", function(holders)
    local mapped, all = 0, 0
    for _, process in ipairs(holders) do
      mapped = mapped + share(process, "smaps", in_folder "shared.pot")
      all = all + share(process, "smaps_rollup")
    end
    report.at_most("copies in four processes", mapped * 1024 / size "shared.pot", 1.05,
      ("PSS of %d people's file of %.1f MB; all of a process %.1f MB"):format(SHARED,
        size "shared.pot" / 1e6, all * 1024 / PROCESSES / 1e6))
  end)
end

-- Who has one address is held to a time as well.
local function report_seconds(addresses, seconds)
  local name = ("compile a million, addresses: %d"):format(addresses)
  local beside = ("seconds; %.0f MB of CSV to %.0f MB"):format(size "people.csv" / 1e6,
    size "million.pot" / 1e6)
  if addresses == 1 then
    report.at_most(name, seconds, SECONDS, beside)
  else
    report.beside(name, seconds, beside)
  end
end

local function bench_million(addresses, megabytes)
  write_people(MILLION, addresses)
  local seconds, peak = numbers("compile", "policy.lua", "million.pot")
  report_seconds(addresses, seconds)
  report.at_most("its peak", peak * 1024 / 1e6, megabytes, "MB resident")
  report.at_most("open it", numbers("open", "million.pot"), OPENING, "milliseconds")
end

report.head()
bench_sharing()
bench_million(1, MEGABYTES[1])
bench_million(3, MEGABYTES[2])
assert(os.execute("rm -r " .. folder))
