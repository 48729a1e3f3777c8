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
local function seconds(command, from)
  local said = report.output(("sh -c '%s <%s >/dev/null; times'"):format(command, from or path))
  local sum = 0
  for minutes, rest in said:match "\n(.*)":gmatch "(%d+)m([%d.]+)s" do
    sum = sum + 60 * minutes + rest
  end
  return sum
end

local function command(text) return function() return seconds(text) end end

-- A compiled policy whose directory has a person for each of the first lines, and that sends all on.
local PEOPLE, ROUTED = 200000, 0.25

local folder = report.output "mktemp -d":match "%S+"
local lines, policy_path = folder .. "/lines", folder .. "/policy.pot"

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "wb"))
  assert(file:write(text))
  file:close()
end

local function compile_policy()
  local texts, rows = {}, { "mail,target" }
  for line in io.lines(path) do
    texts[#texts + 1] = line
    rows[#rows + 1] = ("%s,to%d@far.example"):format(line, #texts)
    if #texts == PEOPLE then break end
  end
  write("lines", table.concat(texts, "\n") .. "\n")
  write("staff.csv", table.concat(rows, "\n") .. "\n")
  write("policy.lua", 'directory "staff" { file = "staff.csv", format = "csv" }\n'
    .. 'connector "out" { nexthop = "smarthost", spaces = { "SMTP:*" } }\n')
  assert(os.execute(("postoffice compile %s/policy.lua -o %s"):format(folder, policy_path)))
end

compile_policy()

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

-- Seconds for as many lines as the others have.
local function route()
  return seconds("postoffice route --policy " .. policy_path, lines) * LINES / PEOPLE
end

local cases = {
  { COUNT_WORDS, command(COUNT_WORDS) },
  { "postoffice validate", command "postoffice validate", GOAL },
  { "postoffice normalize", command "postoffice normalize", GOAL },
  { 'lines(block, "validate")', call "validate", GOAL },
  { 'lines(block, "normalize")', call "normalize", GOAL },
  { 'lines(block, "key")', call "key", GOAL },
  { "postoffice route", route, ROUTED },
}

local times = {}
for i = 1, #cases do times[i] = {} end
for round = 1, ROUNDS do
  for i, case in ipairs(cases) do times[i][round] = case[2]() end
end
os.remove(path)
os.execute("rm -r " .. folder)

local name = (rawget(_G, "jit") and "LuaJIT" or _VERSION) .. ": "
local beside = report.median(times[1])
report.head()
for i = 2, #cases do
  local took = report.median(times[i])
  report.at_least(name .. cases[i][1], LINES / took / 1e6, cases[i][3],
    ("million lines/s; %.2f of %s"):format(took / beside, COUNT_WORDS))
end
