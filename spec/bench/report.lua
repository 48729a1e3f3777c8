--- What the benches in Lua share: medians, and the rows of the table that core.c prints, too.
local report = {}

--- Of a list of numbers, which is sorted.
function report.median(list)
  table.sort(list)
  return list[math.floor((#list + 1) / 2)]
end

local ROW = "%-32s %8s %-14s %s"

function report.head()
  print(ROW:format("case", "ratio", "goal", "beside"))
end

--- A case that takes at most `goal` times as long as what stands beside it.
function report.at_most(name, ratio, goal, beside)
  print(ROW:format(name, ("%.2f"):format(ratio), "at most " .. goal, beside)
    .. (ratio <= goal and "" or "  MISSED"))
end

--- A case that is at least `goal` times as fast.
function report.at_least(name, ratio, goal, beside)
  print(ROW:format(name, ("%.2f"):format(ratio), "at least " .. goal, beside)
    .. (ratio >= goal and "" or "  MISSED"))
end

--- A case without a goal.
function report.beside(name, ratio, beside)
  print(ROW:format(name, ("%.2f"):format(ratio), "", beside))
end

--- A peer that this machine does not have.
function report.missing(name, beside)
  print(ROW:format(name, "-", "", beside .. ", which is not here"))
end

--- What a command prints, "" where it cannot run.
function report.output(command)
  local pipe = assert(io.popen(command .. " 2>/dev/null"))
  local output = pipe:read "*a"
  pipe:close()
  return output
end

--- The floors beside the bench of the core, built as `core` (lua/floors.c).
function report.floors(core)
  local beside = core:match "^(.*)/" .. "/" .. _VERSION:match "[%d.]+"
  package.cpath = beside .. "/?.so;" .. package.cpath
  return require "floors"
end

--- The e-mail grammars of lpeg_patterns, nil where they are not here.  Debian has them in 5.1's
-- directory alone, though they run on any Lua.
function report.lpeg_patterns()
  local path = package.path
  package.path = path .. ";/usr/share/lua/5.1/?.lua"
  local found, email = pcall(require, "lpeg_patterns.email")
  package.path = path
  return found and email or nil
end

return report
