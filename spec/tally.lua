-- tally.lua KIND NAME... [-- NAME...]: runs `make KIND-build`, then `make KIND-NAME` for
-- every NAME, as many at once as JOBS says; beside them, those after `--` one by one, which
-- mostly wait.  Shows when each begins and, once it has ended, all that it said; sums them
-- up, and fails if anything failed.

local jobs = tonumber(os.getenv "JOBS") or 1
local kind = table.remove(arg, 1)
local names, waiting = {}, {}
local into = names
for _, name in ipairs(arg) do
  if name == "--" then into = waiting else into[#into + 1] = name end
end

-- What a line of output counts, or nil: busted's summary, our own runners', or
-- a fuzzer's statistics.
local function counts(line)
  local passed, failures, errors, pending =
    line:match "^(%d+) success%a* / (%d+) failure%a* / (%d+) errors? / (%d+) pending"
  if passed then
    return { passed = tonumber(passed), failed = failures + errors, pending = tonumber(pending) }
  end
  local ours, failed = line:match "^(%d+) passed, (%d+) failed$"
  if ours then
    return { passed = tonumber(ours), failed = tonumber(failed) }
  end
  local executions = line:match "^stat::number_of_executed_units: *(%d+)"
  return executions and { executions = tonumber(executions) }
end

-- The lines of what a suite said, without their ends.
local function said(name) return io.lines(("build/suites/%s-%s.log"):format(kind, name)) end

-- Shows what a suite said; returns what it counted, nil for nothing.
local function show(name)
  local sum
  for line in said(name) do
    print(line)
    for key, count in pairs(counts(line) or {}) do
      sum = sum or { passed = 0, failed = 0, pending = 0, executions = 0 }
      sum[key] = sum[key] + count
    end
  end
  return sum
end

-- A suite that counts no tests is one test, passed if it exits with 0.  One
-- that counts, and fails without saying what, has failed once.
local function judge(sum, status)
  local result = sum or { passed = 0, failed = 0, pending = 0, executions = 0 }
  if status ~= 0 then
    print("exit status " .. status)
    result.failed = math.max(result.failed, 1)
  elseif not sum or result.executions > 0 then
    result.passed = result.passed + 1
  elseif result.passed + result.failed == 0 then
    print "ran no tests"
    result.failed = 1
  end
  return result
end

-- The seconds in "1m2.5s 0m0.25s".
local function processor_seconds(used)
  local seconds = 0
  for minutes, rest in used:gmatch "(%d+)m([%d.,]+)s" do
    seconds = seconds + 60 * minutes + tonumber((rest:gsub(",", ".")))
  end
  return seconds
end

local results = {}

-- What a line of spec/suite tells.
local function follow(line)
  local begun = line:match "^begin (%S+)"
  local name, status, wall, used = line:match "^end (%S+) (%d+) (%d+) (.*)"
  if begun then
    print(".. " .. begun)
  elseif name then
    print("== " .. name)
    local result = judge(show(name), tonumber(status))
    result.name, result.wall, result.used = name, tonumber(wall), processor_seconds(used)
    results[#results + 1] = result
  else
    print(line)
  end
end

-- The command that runs suites, so many at once.
local function command_of(list, at_once)
  return ("printf '%%s\\n' %s | xargs -n 1 -r -P %d spec/suite %s"):format(
    table.concat(list, " "), at_once, kind)
end

-- Runs suites, so many at once, and others one by one beside them.
local function run(list, at_once, beside)
  local output = assert(io.popen(("{ %s & %s; wait; } 2>&1"):format(
    command_of(beside, 1), command_of(list, at_once))))
  for line in output:lines() do
    follow(line)
  end
  output:close()
end

local LAST_LINES = 20

-- Shows why a suite failed: busted's reports, or else the last it said.
local function show_why(name)
  print("== why " .. name .. " failed")
  local reports, all, inside = {}, {}, false
  for line in said(name) do
    all[#all + 1] = line
    inside = inside and not line:find "^%+" or line:find "^Failure %->" or line:find "^Error %->"
    if inside then reports[#reports + 1] = line end
  end
  local from = reports[1] and 1 or math.max(1, #all - LAST_LINES + 1)
  print(table.concat(reports[1] and reports or all, "\n", from))
end

local function failures()
  local failed = 0
  for _, result in ipairs(results) do
    failed = failed + result.failed
  end
  return failed
end

-- A row for each suite, why those failed that did, and the last line, which is what others read.
local function sum_up(seconds)
  print "== summary"
  local passed = 0
  for _, r in ipairs(results) do
    local figures = r.executions > 0 and ("%12d executions"):format(r.executions)
      or ("%5d passed %4d failed %4d pending"):format(r.passed, r.failed, r.pending)
    print(("%-14s %-35s %5d s, %5.0f s of a processor"):format(r.name, figures, r.wall, r.used))
    passed = passed + r.passed
  end
  for _, r in ipairs(results) do
    if r.failed > 0 and r.name ~= "lost" then show_why(r.name) end
  end
  print(("all of it in %d s"):format(seconds))
  print(("%d passed, %d failed"):format(passed, failures()))
end

io.stdout:setvbuf "line"
local started = os.time()
run({ "build" }, 1, {})
if failures() == 0 then
  run(names, jobs, waiting)
  if #results < #names + #waiting + 1 then
    print "a suite has gone without a word"
    results[#results + 1] = judge({ name = "lost", wall = 0, used = 0, passed = 0, failed = 0,
      pending = 0, executions = 0 }, 1)
  end
end
sum_up(os.difftime(os.time(), started))
os.exit(failures() == 0)
