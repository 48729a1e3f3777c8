--- What reading and writing an address costs from Lua, as ratios of medians in one run: beside
-- floors, C functions that give the same answers without reading (floors.c), beside what people
-- write with `string.match`, and beside lpeg_patterns.
--
--     core.lua CORE [FUNCTION OF LOOPS]
--
-- CORE is core.c, built: it prints the addresses, and beside it stand the floors.  With the other
-- three, one function of "postoffice" or "floors" is called on all of them, so many times: for
-- callgrind, whose instructions repeat where times do not.
local postoffice = require "postoffice"
local report = require "spec.bench.report"

local ROUNDS, ADDRESSES = 15, 20000

local core = arg[1] or "build/bench/core"
local floors = report.floors(core)

local function read_inputs(kind)
  local list = {}
  local pipe = assert(io.popen(("%s --print %s %d"):format(core, kind, ADDRESSES)))
  for line in pipe:lines() do list[#list + 1] = line end
  pipe:close()
  return list
end

local plain = read_inputs "plain"

-- Results are kept for a while, or LuaJIT would not make them.
local kept = {} -- luacheck: ignore 241

local function call_all(work, inputs)
  for i = 1, #inputs do kept[i % 64] = work(inputs[i]) end
end

if arg[2] then
  local work = ({ postoffice = postoffice, floors = floors })[arg[3]][arg[2]]
  for _ = 1, tonumber(arg[4]) do call_all(work, plain) end
  return
end

--- Nanoseconds a call.  The collector comes first: no string is there already.
local function time(work, inputs)
  collectgarbage()
  collectgarbage()
  local start = os.clock()
  call_all(work, inputs)
  return (os.clock() - start) / #inputs * 1e9
end

-- Median times of functions on inputs, taken in turns.
local function medians(cases)
  local times, result = {}, {}
  for i = 1, #cases do times[i] = {} end
  for round = 1, ROUNDS do
    for i, case in ipairs(cases) do times[i][round] = time(case[1], case[2]) end
  end
  for i = 1, #cases do result[i] = report.median(times[i]) end
  return result
end

local name = (rawget(_G, "jit") and "LuaJIT" or _VERSION) .. ": "

local GOALS = {
  { "validate", 1.7, "true, and a scan" }, { "parse", 1.2, "the table, the @ found" },
  { "key", 1.3, "the string" }, { "normalize", 1.3, "the string" },
}

report.head()
for _, goal in ipairs(GOALS) do
  local call = goal[1]
  local found = medians { { postoffice[call], plain }, { floors[call], plain } }
  report.at_most(name .. call, found[1] / found[2], goal[2],
    ("%s: %.0f of %.0f ns"):format(goal[3], found[1], found[2]))
end

-- Other notations and functions, beside the floor of a parse: without a goal.
local function prefixed(list)
  local made = {}
  for i, text in ipairs(list) do made[i] = "SMTP:" .. text end
  return made
end

local function oneoffs()
  local made = {}
  for i = 1, ADDRESSES do made[i] = ("Pat Jones [ccmail:user%d@domain at internet]"):format(i) end
  return made
end

local function parsed(list)
  local made = {}
  for i, text in ipairs(list) do made[i] = assert(postoffice.parse(text)) end
  return made
end

local function by_pattern(text)
  local localpart, domain = text:match "^([^@]+)@([%w.-]+)$"
  return localpart and { type = "SMTP", localpart = localpart, domain = domain }
end

local NAMES = { "parse, a proxy", "parse, a named mailbox", "parse, a cc:Mail one-off",
  "key of a table", "format of a table", "string.match into a table", "lpeg_patterns" }
local cases = {
  { floors.parse, plain },
  { postoffice.parse, prefixed(plain) }, { postoffice.parse, read_inputs "named" },
  { postoffice.parse, oneoffs() }, { postoffice.key, parsed(plain) },
  { postoffice.format, parsed(plain) }, { by_pattern, plain },
}

local email = report.lpeg_patterns()
if email then
  local pattern = email.mailbox * -1
  cases[#cases + 1] = { function(text) return pattern:match(text) end, plain }
end

local found = medians(cases)
for i = 2, #cases do
  report.beside(name .. NAMES[i - 1], found[i] / found[1],
    ("the floor of parse: %.0f ns"):format(found[i]))
end

-- ---- Instructions ---------------------------------------------------------------------------------

-- Of this file with one function called in `loops` loops, by callgrind; LuaJIT's vary.
local function instructions(call, where, loops)
  local dump = os.tmpname()
  report.output(("valgrind -q --tool=callgrind --callgrind-out-file=%s %s %s %s %s %s %d")
    :format(dump, arg[-1], arg[0], core, call, where, loops))
  local file = assert(io.open(dump))
  local count = tonumber(file:read "*a":match "\nsummary: (%d+)")
  file:close()
  os.remove(dump)
  return count
end

if rawget(_G, "jit") or report.output "command -v valgrind" == "" then return end

local alone = instructions("parse", "floors", 0)
for _, goal in ipairs(GOALS) do
  local ours, floor = instructions(goal[1], "postoffice", 1), instructions(goal[1], "floors", 1)
  report.beside(name .. goal[1], (ours - alone) / (floor - alone),
    ("instructions: %.0f of %.0f"):format((ours - alone) / ADDRESSES, (floor - alone) / ADDRESSES))
end
