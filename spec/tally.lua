-- Runs `make test-NAME` for every NAME it is given, shows what each says, and
-- ends with one line that sums them up.  Fails if anything failed.

local make = os.getenv "MAKE" or "make"
local minutes = 15 -- nothing here takes as long unless it hangs

-- The counts in a line of output: busted's summary, or our own runners'.
local function counts(line)
  local passed, failures, errors = line:match "^(%d+) success%a* / (%d+) failure%a* / (%d+) error"
  if passed then
    return tonumber(passed), failures + errors
  end
  local ours, failed = line:match "^(%d+) passed, (%d+) failed$"
  return tonumber(ours), tonumber(failed)
end

-- A suite that counts nothing is one test, passed if it exits with 0.  One
-- that counts and fails without saying what has failed once.
local function run(name)
  print("== " .. name)
  local started = os.time()
  local command = ("timeout %dm %s --no-print-directory test-%s 2>&1"):format(minutes, make, name)
  local output = assert(io.popen(command .. "; echo exit $?"))
  local passed, failed, status = 0, 0, 1
  local counted = false
  for line in output:lines() do
    local p, f = counts(line)
    if p then
      counted, passed, failed = true, passed + p, failed + f
    end
    local code = line:match "^exit (%d+)$"
    if code then
      status = tonumber(code)
    else
      print(line)
    end
  end
  output:close()
  if status ~= 0 and failed == 0 then
    failed = 1
  elseif not counted then
    passed = 1
  elseif passed + failed == 0 then
    print "ran no tests"
    failed = 1
  end
  local seconds = os.difftime(os.time(), started)
  return { name = name, passed = passed, failed = failed, seconds = seconds }
end

io.stdout:setvbuf "line"
local results = {}
for _, name in ipairs(arg) do
  results[#results + 1] = run(name)
end

print "== summary"
local passed, failed = 0, 0
for _, r in ipairs(results) do
  print(("%-10s %6d passed %4d failed %4d s"):format(r.name, r.passed, r.failed, r.seconds))
  passed, failed = passed + r.passed, failed + r.failed
end
print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0 and 0 or 1)
