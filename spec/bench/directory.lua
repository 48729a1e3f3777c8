--- The directory of policies, with a million people of its own: what each takes of memory, how soon
-- one of them is found, beside Postfix's own look-ups of the same keys in the same order (where
-- postmap is installed, with cdb and with lmdb), and how long a collection stops the host.
--
--     directory.lua CORE
--
-- CORE is core.c, built: it looks up from C, and prints the keys.
local core = require "postoffice.core"
local report = require "spec.bench.report"

local COUNT, ASKED, ROUNDS = 1000000, 200000, 5
local ROOM = 2 ^ 31

local bench = arg[1] or "build/bench/core"

-- ---- Bytes -------------------------------------------------------------------

-- The n-th person, of whom each text is as long as the others'.
local function name(n) return ("Firstname Lastname%07d"):format(n) end
local function proxy(n, i) return ("SMTP:Firstname.Lastname%07d@d%d.example"):format(n, i) end
local function target(n) return ("u%07d@t.example"):format(n) end

-- A directory of `count` people with so many proxies each.
local function build(count, proxies)
  local d = core.new_directory(ROOM)
  for n = 1, count do
    d:add(name(n), "recipient", 1, n)
    for i = 1, proxies do d:add_proxy(proxy(n, i)) end
    d:set_target(target(n))
  end
  assert(d:resolve(nil, nil, 2 * count) == true)
  d:finish()
  assert(d:count() == count)
  return d
end

-- Bytes a person, beside the texts.
local function bytes_a_person(count, proxies)
  local d = build(count, proxies)
  return d:bytes() / count - #name(1) - proxies * #proxy(1, 1) - #target(1)
end

local function print_bytes()
  local count = COUNT / 10
  local one, four = bytes_a_person(count, 1), bytes_a_person(count, 4)
  local beside = "bytes, %d people, beside their texts"
  report.at_most("a person with a proxy, target", one, 40, beside:format(count))
  report.at_most("each further proxy", (four - one) / 3, 25, beside:format(count))
end

-- ---- A million ---------------------------------------------------------------

-- The most memory that this process ever had, in MB; nil where nobody says.
local function peak()
  local file = io.open "/proc/self/status"
  local text = file and file:read "*a" or ""
  if file then file:close() end
  local kilobytes = text:match "VmHWM:%s*(%d+)"
  return kilobytes and tonumber(kilobytes) / 1024
end

-- Milliseconds of a full collection, the longest of some, after one that takes what is left.
local function longest_pause()
  local longest = 0
  collectgarbage()
  for _ = 1, ROUNDS do
    local start = os.clock()
    collectgarbage()
    longest = math.max(longest, (os.clock() - start) * 1000)
  end
  return longest
end

-- Loads the million; the directory.
local function load()
  local start, before = os.clock(), peak()
  local d = build(COUNT, 1)
  print(("loaded %d people through core.new_directory: %.1f s, %s MB peak (%s MB before), %.0f MB")
    :format(COUNT, os.clock() - start, peak() and ("%.0f"):format(peak()) or "?",
      before and ("%.0f"):format(before) or "?", d:bytes() / 2 ^ 20))
  return d
end

-- Microseconds from Lua: a key is made and found, each of another person.
local function print_look_ups(d)
  local texts, state = {}, 1
  for i = 1, ASKED do
    state = state * 16807 % 2147483647
    texts[i] = proxy(state % COUNT + 1, 1)
  end
  local start = os.clock()
  for i = 1, ASKED do assert(d:find(core.key(texts[i]))) end
  print(("key and find from Lua: %.2f us, %d addresses in random order"):format(
    (os.clock() - start) / ASKED * 1e6, ASKED))
end

local function print_million()
  local without = longest_pause()
  local d = load()
  local with = longest_pause()
  report.at_most("longest pause, a million loaded", with, 5,
    ("ms; %.1f ms without"):format(without))
  print_look_ups(d)
end

-- ---- Look-ups from C, and Postfix's ------------------------------------------

-- Nanoseconds to parse, key and find; the median.
local function time_core()
  local times = {}
  for round = 1, 3 do
    local nanoseconds, found =
      report.output(("%s --directory %d"):format(bench, COUNT)):match "^(%S+) (%d+)"
    assert(tonumber(found) == COUNT)
    times[round] = tonumber(nanoseconds)
  end
  return report.median(times)
end

-- Leaves the keys as a table's source, and the first of them as questions.
local function write_keys(path)
  local source, few, many = assert(io.open(path, "w")), assert(io.open(path .. ".few", "w")),
    assert(io.open(path .. ".many", "w"))
  local pipe, i = assert(io.popen(("%s --directory-keys %d"):format(bench, COUNT))), 0
  for key in pipe:lines() do
    i = i + 1
    source:write(key, " u@t.example\n")
    if i == 1 then few:write(key, "\n") end
    if i <= ASKED then many:write(key, "\n") end
  end
  for _, file in ipairs { pipe, source, few, many } do file:close() end
end

-- Postfix's configuration for this alone: what a table of a million takes of lmdb, which else
-- answers nothing.
local CONFIGURE = [[
mkdir %s.etc && echo lmdb_map_size=1073741824 >%s.etc/main.cf &&
cp -r /etc/postfix/dynamicmaps.cf* %s.etc/]]

-- Seconds of a processor that a question file takes, and how many answers there are.
local function ask(path, kind, questions)
  local output = report.output((
    "bash -c 'TIMEFORMAT=\"%%U %%S\"; { time postmap -c %s.etc -q - %s:%s <%s.%s | wc -l; } 2>&1'")
    :format(path, kind, path, path, questions))
  local answers, user, system = output:match "(%d+)%s+([%d.]+) ([%d.]+)"
  return (tonumber(user) or 0) + (tonumber(system) or 0), tonumber(answers)
end

-- Nanoseconds a look-up, the start of the tool set apart; nil where it does not answer.
local function time_postmap(path, kind)
  report.output(("postmap -c %s.etc %s:%s"):format(path, kind, path))
  local times = {}
  for round = 1, ROUNDS do
    local few = ask(path, kind, "few")
    local many, answers = ask(path, kind, "many")
    if answers ~= ASKED then return nil end
    times[round] = (many - few) / (ASKED - 1) * 1e9
  end
  return report.median(times)
end

local function print_postmap(nanoseconds)
  local case = "parse, key, find: C"
  local path = os.tmpname()
  local is_here = report.output "command -v postmap" ~= ""
  if is_here then
    write_keys(path)
    report.output(CONFIGURE:format(path, path, path))
  end
  for _, kind in ipairs { "cdb", "lmdb" } do
    local peer = "postmap -q - " .. kind
    local theirs = is_here and time_postmap(path, kind)
    if theirs then
      report.at_least(case, theirs / nanoseconds, 1,
        ("%s: %.0f of %.0f ns"):format(peer, nanoseconds, theirs))
    else
      report.missing(case, peer)
    end
  end
  for _, suffix in ipairs { "", ".few", ".many", ".cdb", ".lmdb" } do os.remove(path .. suffix) end
  report.output(("rm -r %s.etc"):format(path))
end

local function print_core()
  local nanoseconds = time_core()
  report.at_most("parse, key, find: C", nanoseconds / 1000, 1,
    ("us, all of %d in random order"):format(COUNT))
  print_postmap(nanoseconds)
end

report.head()
print_bytes()
print_million()
print_core()
