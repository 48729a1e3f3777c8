--- What the benches of `postoffice serve` share: a policy of many people, and servers that are started and measured.
-- The command is `postoffice`, as PATH has it.
local helper = require "spec.helper"
local socket = require "socket"

local serving = {}

--- How many people there are.
serving.COUNT = 20000

local POLICY = [[
  domain "example.com" {}
  connector "out" { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
  directory "people" { file = "people", format = "virtual" }
]]

local Place = {}
Place.__index = Place

--- A folder for one bench.
function serving.new()
  return setmetatable({ folder = helper.output "mktemp -d", started = {} }, Place)
end

function Place:path(name) return self.folder .. "/" .. name end

--- The addresses of all people in an order that is none, and the target of each.
function serving.people()
  local list = {}
  for i = 1, serving.COUNT do
    local n = i * 7919 % serving.COUNT
    list[i] = { ("firstname.lastname%05d@example.com"):format(n), ("u%05d@t.example"):format(n) }
  end
  return list
end

--- Lines of people, by a format of address and target.
function serving.lines(people, format)
  local lines = {}
  for i, one in ipairs(people) do lines[i] = format:format(one[1], one[2]) end
  return table.concat(lines)
end

--- Writes the policy and its people.
-- @tparam {table,...} people
-- @tparam[opt] string more lines, so that it becomes another revision
function Place:write_policy(people, more)
  local written = self:path "people.new"
  helper.write(written, serving.lines(people, "%s %s\n") .. (more or ""))
  assert(os.rename(written, self:path "people")) -- whoever reads it meanwhile finds a whole one
  helper.write(self:path "policy.lua", POLICY)
end

--- Starts what listens on a socket of that name in the folder; its process.
function Place:start(name, command)
  helper.output(("%s >%s 2>&1 & echo $! >%s"):format(command, self:path "out", self:path "pid"))
  local pid = helper.read(self:path "pid"):match "%d+"
  self.started[#self.started + 1] = pid
  local late = socket.gettime() + 60
  while helper.run("test -S " .. self:path(name)) ~= 0 do
    assert(socket.gettime() < late, helper.read(self:path "out"))
    socket.sleep(0.05)
  end
  return pid
end

--- Starts a server of socketmap; its process.
-- @tparam string name of its socket
-- @tparam[opt] string words more options
function Place:serve(name, words)
  return self:start(name, ("postoffice serve --policy site=%s --socketmap %s --log %s %s"):format(
    self:path "policy.lua", self:path(name), self:path(name .. ".log"), words or ""))
end

--- Ends all that was started, and removes the folder.
function Place:close()
  for _, pid in ipairs(self.started) do helper.run("kill " .. pid) end
  helper.run("rm -rf " .. self.folder)
end

--- Runs a bench in a folder of its own.
function serving.run(bench)
  local place = serving.new()
  local ok, why = pcall(bench, place)
  place:close()
  assert(ok, why)
end

--- Seconds of the processor that a process has taken, its own and the system's (proc(5)).
function serving.processor_seconds(pid)
  local user, system = helper.read("/proc/" .. pid .. "/stat"):match("%) %a"
    .. (" %S+"):rep(10) .. " (%d+) (%d+)")
  return user / 100, system / 100
end

--- Kilobytes of memory that a process and those that it started have (proc(5)).
function serving.memory(pid)
  local _, children = helper.run("pgrep -P " .. pid)
  local sum = 0
  for one in (pid .. "\n" .. children):gmatch "%d+" do
    local file = io.open("/proc/" .. one .. "/status")
    sum = sum + (file and tonumber(file:read("*a"):match "VmRSS:%s*(%d+)") or 0)
    if file then file:close() end
  end
  return sum
end

return serving
