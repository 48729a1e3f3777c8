-- Runs `make test-NAME` for every NAME it is given, shows what each says, and
-- ends with one line that sums them up.  Fails if anything failed.

local make = os.getenv "MAKE" or "make"
local minutes = 15 -- nothing here takes as long unless it hangs

-- What a line of output counts, or nil: busted's summary, or our own runners'.
local function counts(line)
  local passed, failures, errors, pending =
    line:match "^(%d+) success%a* / (%d+) failure%a* / (%d+) errors? / (%d+) pending"
  if passed then
    return { passed = tonumber(passed), failed = failures + errors, pending = tonumber(pending) }
  end
  local ours, failed = line:match "^(%d+) passed, (%d+) failed$"
  return ours and { passed = tonumber(ours), failed = tonumber(failed), pending = 0 }
end

-- A suite that counts nothing is one test, passed if it exits with 0.  One
-- that counts, and fails without saying what, has failed once.
local function judge(result, counted, status)
  if status ~= 0 then
    result.failed = math.max(result.failed, 1)
  elseif not counted then
    result.passed = 1
  elseif result.passed + result.failed == 0 then
    print "ran no tests"
    result.failed = 1
  end
  return result
end

local function run(name)
  print("== " .. name)
  local started = os.time()
  local command = ("timeout %dm %s --no-print-directory test-%s 2>&1"):format(minutes, make, name)
  local output = assert(io.popen(command .. "; echo exit $?"))
  local result = { name = name, passed = 0, failed = 0, pending = 0 }
  local counted, status
  for line in output:lines() do
    status = line:match "^exit (%d+)$"
    if not status then
      print(line)
    end
    for key, count in pairs(counts(line) or {}) do
      counted = true
      result[key] = result[key] + count
    end
  end
  output:close()
  result.seconds = os.difftime(os.time(), started)
  return judge(result, counted, tonumber(status))
end

io.stdout:setvbuf "line"
local results = {}
for _, name in ipairs(arg) do
  results[#results + 1] = run(name)
end

print "== summary"
local passed, failed = 0, 0
for _, r in ipairs(results) do
  print(("%-11s %5d passed %4d failed %4d pending %4d s"):format(
    r.name, r.passed, r.failed, r.pending, r.seconds))
  passed, failed = passed + r.passed, failed + r.failed
end
print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0)
