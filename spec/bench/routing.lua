--- What a routing costs: policies of 10, 1 000 and 10 000 rules, declared and scripted, beside a
-- bare table look-up, and beside `postmap -q` where Postfix is installed.
local policy = require "postoffice.policy"

local SIZES = { 10, 1000, 10000 }
local LIMITS = { memory = 2 ^ 28, load_milliseconds = 60000, load_instructions = 1e9 }

--- Microseconds for one call of `work`, over `count` calls.
local function measure(count, work)
  collectgarbage()
  local start = os.clock()
  for i = 1, count do work(i) end
  return (os.clock() - start) / count * 1e6
end

local function lines(size, line)
  local list = {}
  for i = 1, size do list[i] = line:gsub("#", tostring(i)) end
  return table.concat(list, "\n") .. "\n"
end

local OUT = 'connector "out" { nexthop = "smarthost", spaces = { "SMTP:*" } }\n'

-- Policies that do the same in three ways; # is the number of the rule.
local POLICIES = {
  { "spaces", function(size)
    return lines(size, 'connector "c#" { spaces = { "SMTP:*@d#.example" } }')
  end },
  { "recipients", function(size)
    return OUT .. lines(size,
      'recipient "r#" { proxies = { "u@d#.example" }, target = "u@t#.example" }')
  end },
  { "rewrites", function(size)
    return OUT .. lines(size, 'rewrite "SMTP:{u}@d#.example" { to = "SMTP:{u}@t#.example" }')
  end },
  { "scripted", function(size)
    return OUT .. "local targets = {}\n" .. lines(size, 'targets["d#.example"] = "t#.example"')
      .. "function on.recipient(address)\n"
      .. "  local target = targets[address.domain]\n"
      .. '  if target then return address.localpart .. "@" .. target end\nend\n'
  end },
}

local function report(name, size, microseconds)
  print(("%-24s %6d rules %10.2f us"):format(name, size, microseconds))
end

local function bare(size)
  local map = {}
  for i = 1, size do map[("d%d.example"):format(i)] = ("t%d.example"):format(i) end
  return measure(200000, function(i) return map[("d%d.example"):format(i % size + 1)] end)
end

for _, size in ipairs(SIZES) do
  report("bare table", size, bare(size))
  for _, case in ipairs(POLICIES) do
    local p = assert(policy.load(case[2](size), LIMITS))
    report(case[1], size, measure(20000, function(i)
      p:route(("u@d%d.example"):format(i % size + 1))
    end))
    p:close()
  end
end

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
    report("postmap -q hash", size, (many - few) / 1e5 * 1e6)
  else
    print "postmap does not answer here; Postfix is left out"
  end
  for _, suffix in ipairs { "", ".db", ".q" } do os.remove(path .. suffix) end
end
