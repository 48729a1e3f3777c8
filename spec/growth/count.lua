-- Under Massif: prints what each case costs at its two sizes, `NUMBER FEW MANY` in instructions.
local cases = require "spec.growth.cases"
local counter = require "counter"

local BEFORE, AFTER = os.tmpname(), os.tmpname()

-- The instructions of a snapshot.
local function read(path)
  local file = assert(io.open(path))
  local instructions = file:read("*a"):match "\ntime=(%d+)\n"
  file:close()
  return tonumber(instructions)
end

-- What the work of a case costs, without what it takes to make it ready.
local function count(case, size)
  local run = case.make(size)
  counter.snapshot(BEFORE)
  run()
  counter.snapshot(AFTER)
  return read(AFTER) - read(BEFORE)
end

-- The collector comes when it likes, so it has to wait.  Lua's table of strings grows at times, which
-- must not make the smaller size look dear: it is tried twice.
collectgarbage "stop"
for number, case in ipairs(cases) do
  case.make(48)() -- what is made once is made
  local few, many = cases.SIZES[1], cases.SIZES[2]
  local least = math.min(count(case, few), count(case, few))
  print(("%d %d %d"):format(number, least, count(case, many)))
  if number % 20 == 0 then collectgarbage() end
end
os.remove(BEFORE)
os.remove(AFTER)
