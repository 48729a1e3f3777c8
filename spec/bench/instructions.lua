--- Instructions a text, as callgrind counts them: they repeat where times do not.
--
--     instructions.lua CORE COUNT
--
-- CORE is core.c, built; each of its cases leaves a dump of valgrind's.
local report = require "spec.bench.report"

local core, count = arg[1] or "build/bench/core", tonumber(arg[2] or 5000)

if report.output "command -v valgrind" == "" then
  print "valgrind is not here; instructions are left out"
  return
end

-- The case that a dump is of, and its instructions; nil after the last one.
local function read_dump(path)
  local file = io.open(path)
  local text = file and file:read "*a"
  if not text then return nil end
  file:close()
  local kind, case = text:match "Client Request: (%w+): ([^\n]+)"
  return kind, case, tonumber(text:match "\nsummary: (%d+)")
end

-- Instructions by kind and case, and both in the order of the dumps.
local function count_all()
  local dumps = os.tmpname()
  report.output(("valgrind -q --tool=callgrind --callgrind-out-file=%s %s --instructions %d")
    :format(dumps, core, count))
  local counted, kinds, cases = {}, {}, {}
  for part = 1, math.huge do
    local path = dumps .. "." .. part
    local kind, case, total = read_dump(path)
    if not kind then break end
    os.remove(path)
    if not counted[kind] then
      kinds[#kinds + 1], counted[kind] = kind, {}
    end
    if kind == kinds[1] then cases[#cases + 1] = case end
    counted[kind][case] = total
  end
  os.remove(dumps)
  return counted, kinds, cases
end

local counted, kinds, cases = count_all()
local function print_line(name, cell)
  local line = { ("%-26s"):format(name) }
  for i, kind in ipairs(kinds) do line[i + 1] = ("%10s"):format(cell(kind)) end
  print(table.concat(line))
end

print_line("instructions a text", function(kind) return kind end)
for _, case in ipairs(cases) do
  print_line(case, function(kind)
    local total = counted[kind][case]
    return total and ("%.0f"):format(total / count) or ""
  end)
end
