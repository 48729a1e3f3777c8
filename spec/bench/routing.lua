--- What a routing costs: policies of 10, 1 000, 10 000 and a million rules, declared and scripted,
-- beside its floor, which is the same tables of deliveries made with no work in the same process;
-- beside a bare table look-up, and beside `postmap -q` where Postfix is installed.
local make = require "postoffice.address".make
local parse = require "postoffice".parse
local policy = require "postoffice.policy"
local report = require "spec.bench.report"
local sets = require "postoffice.policy.pattern.sets"

local GOAL = rawget(_G, "jit") and 3 or 4 -- floors, without functions
local COUNT, ROUNDS = 20000, 3 -- addresses, all different: few ones flatter every cache

local SIZES = { 10, 1000, 10000 }
local LIMITS = { memory = 2 ^ 28, load_milliseconds = 60000, load_instructions = 1e9 }

--- Microseconds for one call of `work`, over `count` calls.  What it returns is kept, or LuaJIT
-- would not make it.
local function measure(count, work)
  collectgarbage()
  local start = os.clock()
  for i = 1, count do report.kept = work(i) end
  return (os.clock() - start) / count * 1e6
end

local function lines(size, line)
  local list = {}
  for i = 1, size do list[i] = line:gsub("#", tostring(i)) end
  return table.concat(list, "\n") .. "\n"
end

local USER = "firstname.lastname" -- which has 131 072 spellings

-- USER with letters in upper case, by the bits of a number.
local function spelling(number)
  return (USER:gsub("%a", function(letter)
    local is_upper = number % 2 == 1
    number = math.floor(number / 2)
    return is_upper and letter:upper() or letter
  end))
end

local STRIDE = 514229 -- a prime, so that rules come out of their order

-- Different addresses of so many rules, of one here and one there.
local function addresses(size)
  local list = {}
  for i = 1, COUNT do
    list[i] = ("%s@d%d.example"):format(spelling(math.floor(i / size)), i * STRIDE % size + 1)
  end
  return list
end

local OUT = 'connector "out" { nexthop = "smarthost", spaces = { "SMTP:*" } }\n'

local function recipients(size)
  return OUT .. lines(size, ('recipient "r#" { proxies = { "%s@d#.example" }, '
    .. 'target = "u@t#.example" }'):format(USER))
end

-- Policies that do the same in several ways; # is the number of the rule.
local POLICIES = {
  { "spaces", function(size)
    return lines(size, 'connector "c#" { spaces = { "SMTP:*@d#.example" } }')
  end, GOAL },
  { "recipients", recipients, GOAL },
  { "rewrites", function(size)
    return OUT .. lines(size, 'rewrite "SMTP:{u}@d#.example" { to = "SMTP:{u}@t#.example" }')
  end, GOAL },
  { "scripted", function(size)
    return OUT .. "local targets = {}\n" .. lines(size, 'targets["d#.example"] = "t#.example"')
      .. "function on.recipient(address)\n"
      .. "  local target = targets[address.domain]\n"
      .. '  if target then return address.localpart .. "@" .. target end\nend\n'
  end },
}

local function print_time(name, size, microseconds, floors)
  print(("%-24s %6d rules %10.2f us%s"):format(name, size, microseconds,
    floors and (", %.1f times its tables"):format(floors) or ""))
end

-- Appends to `code` what makes a table and those in it; the name of the table there, or the value.
local function write_table(value, names, code)
  if type(value) == "string" then return ("%q"):format(value) end
  if type(value) ~= "table" then return tostring(value) end
  if names[value] then return names[value] end
  local fields = {}
  for field, item in pairs(value) do
    fields[#fields + 1] = ("[%s] = %s"):format(write_table(field), write_table(item, names, code))
  end
  names[value] = "t" .. #code
  code[#code + 1] = ("local %s = %s { %s }"):format(names[value],
    getmetatable(value) and "make" or "", table.concat(fields, ", "))
  return names[value]
end

-- A function that makes the tables of deliveries with no work.
local function floor_of(deliveries)
  local code = { "local make = ... return function()" }
  local name = write_table(deliveries, {}, code)
  code[#code + 1] = ("return %s end"):format(name)
  return assert((loadstring or load)(table.concat(code, "\n")))(make)
end

-- Microseconds a route, and how many floors that is; in turns, so that both meet the same heap.
local function measure_routes(p, size)
  local list, times, ratios = addresses(size), {}, {}
  local floor = floor_of(p:route(list[1]))
  for round = 1, ROUNDS do
    local least = measure(COUNT, floor)
    times[round] = measure(COUNT, function(i) return p:route(list[i]) end)
    ratios[round] = times[round] / least
  end
  return report.median(times), report.median(ratios)
end

local function bare(size)
  local map = {}
  for i = 1, size do map[("d%d.example"):format(i)] = ("t%d.example"):format(i) end
  return measure(200000, function(i) return map[("d%d.example"):format(i % size + 1)] end)
end

for _, size in ipairs(SIZES) do
  print_time("bare table", size, bare(size))
  for _, case in ipairs(POLICIES) do
    local name, source, goal = case[1], case[2], case[3]
    local p = assert(policy.load(source(size), LIMITS))
    local time, ratio = measure_routes(p, size)
    print_time(name, size, time, ratio)
    if goal then report.at_most(("%s, %d rules"):format(name, size), ratio, goal, "its tables") end
    p:close()
  end
end

-- What an event costs that leaves every address as it is: the same policy with and without it.
local IDLE_GOAL = 1 -- us

for _, size in ipairs(SIZES) do
  local plain = assert(policy.load(recipients(size), LIMITS))
  local idle = assert(policy.load(recipients(size) .. "function on.recipient() end\n", LIMITS))
  local list, times, more = addresses(size), {}, {}
  for round = 1, ROUNDS do
    local least = measure(COUNT, function(i) return plain:route(list[i]) end)
    times[round] = measure(COUNT, function(i) return idle:route(list[i]) end)
    more[round] = times[round] - least
  end
  print_time("recipients, idle event", size, report.median(times))
  report.at_most(("idle event, %d rules"):format(size), report.median(more), IDLE_GOAL, "us")
  plain:close()
  idle:close()
end

-- Whether an address is in a set, of patterns of one kind each.
local KINDS = { -- and microseconds that are the goal
  { "%s@d#.example", 1 }, { "*@d#.example", 1 }, { "*@*.d#.example", 1 }, { "f*e@d#.example", 2 },
}

local function set_of(pattern, size)
  local set = sets.new()
  for i = 1, size do
    assert(sets.add(set, "SMTP:" .. pattern:gsub("%%s", USER):gsub("#", tostring(i))))
  end
  return sets.finish(set)
end

for _, kind in ipairs(KINDS) do
  local pattern, goal, size = kind[1], kind[2], SIZES[#SIZES]
  local set, list, times = set_of(pattern, size), {}, {}
  local host = pattern:find("*.", 1, true) and "%1@mail." or "%1@"
  for i, text in ipairs(addresses(size)) do list[i] = parse((text:gsub("^(.*)@", host))) end
  for round = 1, ROUNDS do
    times[round] = measure(COUNT, function(i) return assert(sets.find(set, list[i])) end)
  end
  local name = "set of " .. pattern:gsub("%%s", "u")
  print_time(name, size, report.median(times))
  report.at_most(name, report.median(times), goal, "us")
end

-- What it costs to tell the way, beside a route: the table, whose steps nobody reads, and the text.
local TABLE_GOAL, TEXT_GOAL = 4, 20 -- routes

local function explained(p, list)
  local tables, texts = {}, {}
  for round = 1, ROUNDS do
    local least = measure(COUNT, function(i) return p:route(list[i]) end)
    tables[round] = measure(COUNT, function(i) return p:explain(list[i]) end) / least
    texts[round] = measure(COUNT, function(i) return tostring(p:explain(list[i])) end) / least
  end
  return report.median(tables), report.median(texts)
end

do
  local p = assert(policy.load(recipients(10), LIMITS))
  local as_table, as_text = explained(p, addresses(10))
  report.at_most("explain as a table", as_table, TABLE_GOAL, "its route")
  report.at_most("explain as text", as_text, TEXT_GOAL, "its route")
  p:close()
end

-- A million people, from a file.
local MILLION, MILLION_GOAL = 1000000, rawget(_G, "jit") and 4 or 5

local function people()
  local p = assert(policy.load(OUT .. 'directory "staff" { file = "staff.csv", format = "csv" }', {
    read = function()
      return "mail,target\n" .. lines(MILLION, USER .. "@d#.example,u#@t.example")
    end,
  }))
  local time, ratio = measure_routes(p, MILLION)
  print_time("people", MILLION, time, ratio)
  report.at_most("people, a million", ratio, MILLION_GOAL, "its tables")
  p:close()
end

people()

-- Postfix: the same question through its own tool, the tool's start included and shown apart.
local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

-- Makes a table of Postfix's; whether it answers.
local function make_table(path, size)
  write(path, lines(size, "d#.example t#.example"))
  local command = "{ postmap hash:%s && postmap -q d1.example hash:%s; } 2>/dev/null"
  local pipe = io.popen(command:format(path, path))
  local answer = pipe:read "*l"
  pipe:close()
  return answer == "t1.example"
end

-- Seconds for `count` questions on standard input.
local function ask_postmap(path, size, count)
  local questions = {}
  for i = 1, count do questions[i] = ("d%d.example\n"):format(i % size + 1) end
  write(path .. ".q", table.concat(questions))
  local pipe = io.popen(
    ("bash -c 'TIMEFORMAT=%%R; time postmap -q - hash:%s <%s.q >/dev/null' 2>&1"):format(
      path, path))
  local seconds = tonumber((pipe:read "*a":match "[%d.]+%s*$"))
  pipe:close()
  return seconds
end

for _, size in ipairs(SIZES) do
  local path = os.tmpname()
  if make_table(path, size) then
    local few, many = ask_postmap(path, size, 1), ask_postmap(path, size, 100001)
    print_time("postmap -q hash", size, (many - few) / 1e5 * 1e6)
  else
    print "postmap does not answer here; Postfix is left out"
  end
  for _, suffix in ipairs { "", ".db", ".q" } do os.remove(path .. suffix) end
end
