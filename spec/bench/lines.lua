--- A million lines: what the command and `postoffice.lines` make of them, in millions a second of
-- processor time, and beside a program that looks at each byte, too.
--
--     lines.lua CORE
--
-- CORE is core.c, built: it prints the lines.
local postoffice = require "postoffice"
local report = require "spec.bench.report"

local ROUNDS, LINES, GOAL = 5, 1000000, 2
local COUNT_WORDS = "LC_ALL=C wc -w" -- which bytes are white space, and which words they end

local path = os.tmpname()
assert(os.execute(("%s --print plain %d >%s"):format(arg[1] or "build/bench/core", LINES, path)))

-- Seconds of a command that reads the lines, by the shell's `times`: the second line is of what it
-- ran.
local function seconds(command)
  local said = report.output(("sh -c '%s <%s >/dev/null; times'"):format(command, path))
  local sum = 0
  for minutes, rest in said:match "\n(.*)":gmatch "(%d+)m([%d.]+)s" do
    sum = sum + 60 * minutes + rest
  end
  return sum
end

local function command(text) return function() return seconds(text) end end

local function call(what)
  return function()
    local file = assert(io.open(path, "rb"))
    local start, rest = os.clock(), ""
    for block in function() return file:read(65536) end do
      local _, errors, left = postoffice.lines(rest .. block, what)
      assert(#errors == 0)
      rest = left
    end
    file:close()
    return os.clock() - start
  end
end

local cases = {
  { COUNT_WORDS, command(COUNT_WORDS) },
  { "postoffice validate", command "postoffice validate", GOAL },
  { "postoffice normalize", command "postoffice normalize", GOAL },
  { 'lines(block, "validate")', call "validate", GOAL },
  { 'lines(block, "normalize")', call "normalize", GOAL },
  { 'lines(block, "key")', call "key", GOAL },
}

local times = {}
for i = 1, #cases do times[i] = {} end
for round = 1, ROUNDS do
  for i, case in ipairs(cases) do times[i][round] = case[2]() end
end
os.remove(path)

local name = (rawget(_G, "jit") and "LuaJIT" or _VERSION) .. ": "
local beside = report.median(times[1])
report.head()
for i = 2, #cases do
  local took = report.median(times[i])
  report.at_least(name .. cases[i][1], LINES / took / 1e6, cases[i][3],
    ("million lines/s; %.2f of %s"):format(took / beside, COUNT_WORDS))
end
