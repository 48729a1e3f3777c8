-- coverage.lua DIRECTORY SOURCE...: what gcov counted in the objects of a
-- directory: lines and branches of each source, and every branch never taken.

local helper = require "spec.helper"

local directory = table.remove(arg, 1)

-- Counts of a gcov file: lines and branches, how many were reached, and the lines
-- of those that were not.
local function read(text)
  local counts = { lines = 0, reached = 0, branches = 0, taken = 0, missing = {} }
  local number
  for line in text:gmatch "[^\n]+" do
    local count, at = line:match "^%s*([%d#=-][^:]*):%s*(%d+):"
    local branch = line:match "^branch%s+%d+ (.*)"
    if count and not count:find "^-" then
      number = at
      counts.lines = counts.lines + 1
      counts.reached = counts.reached + (count:find "^%d" and 1 or 0)
    elseif branch then
      counts.branches = counts.branches + 1
      if branch:find "^taken [1-9]" then
        counts.taken = counts.taken + 1
      elseif counts.missing[#counts.missing] ~= number then
        table.insert(counts.missing, number)
      end
    end
  end
  return counts
end

local function share(part, whole)
  return whole == 0 and 100 or part / whole * 100
end

local function show(name, counts)
  print(("%-38s %6.1f %% of %4d lines %6.1f %% of %4d branches  %s"):format(name,
    share(counts.reached, counts.lines), counts.lines,
    share(counts.taken, counts.branches), counts.branches,
    table.concat(counts.missing, " ")))
end

local sum = { lines = 0, reached = 0, branches = 0, taken = 0, missing = {} }
for _, source in ipairs(arg) do
  local object = directory .. source:match "^csrc(/.*)%.c$" .. ".o"
  local text = helper.output(("gcov --branch-counts --branch-probabilities --stdout -o %s %s")
    :format(object, source))
  -- a header of inline functions is counted with its file; here, only the file
  local own = text:match("Source:" .. source:gsub("%p", "%%%0") .. "\n(.*)") or text
  own = own:match "^(.-)\n%s*-:%s*0:Source:" or own
  local counts = read(own)
  show(source, counts)
  for key, count in pairs(counts) do
    if key ~= "missing" then
      sum[key] = sum[key] + count
    end
  end
end
show("the core", sum)
