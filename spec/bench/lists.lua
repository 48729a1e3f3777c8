--- Lists of addresses, as ratios in one run: parse_list beside the grammars of lpeg_patterns and
-- beside Email::Address::XS, which times itself in a process of its own.
--
--     lists.lua CORE
--
-- CORE is core.c, built: it prints the lists.
local postoffice = require "postoffice"
local report = require "spec.bench.report"

local ROUNDS, LISTS = 7, 20000

if not postoffice.parse_list then
  print "parse_list is not here yet"
  return
end

local function read_lists(core)
  local lists = {}
  local pipe = assert(io.popen(("%s --print list %d"):format(core, LISTS)))
  for line in pipe:lines() do lists[#lists + 1] = line end
  pipe:close()
  return lists
end

local lists = read_lists(arg[1] or "build/bench/core")

local path = os.tmpname()
local file = assert(io.open(path, "w"))
file:write(table.concat(lists, "\n"), "\n")
file:close()

-- Results are kept for a while, or LuaJIT would not make them.
local kept = {} -- luacheck: ignore 241

--- Nanoseconds a list.
local function time(parse)
  collectgarbage()
  local start = os.clock()
  for i = 1, #lists do kept[i % 64] = parse(lists[i]) end
  return (os.clock() - start) / #lists * 1e9
end

-- address-list = address *("," address), address = mailbox / group (RFC 5322 3.4), of its mailbox.
local function by_lpeg_patterns()
  local email = report.lpeg_patterns()
  if not email then return nil end
  local lpeg = require "lpeg"
  local P, Ct, C = lpeg.P, lpeg.Ct, lpeg.C
  local mailbox = Ct(email.mailbox)
  local mailboxes = mailbox * ("," * mailbox) ^ 0
  local group = Ct(C((1 - lpeg.S '":;,<@') ^ 1) * ":" * mailboxes ^ -1 * ";")
  local address = group + mailbox
  local list = Ct(address * ("," * P " " ^ 0 * address) ^ 0) * -1
  return function() return time(function(text) return assert(list:match(text), text) end) end
end

local function by_perl(reader)
  local command = ("perl spec/bench/lists.pl %s %s"):format(reader, path)
  return tonumber(report.output(command)) and function()
    return tonumber(report.output(command))
  end
end

local cases = {
  { name = "parse_list", time = function() return time(postoffice.parse_list) end },
  { name = "lpeg_patterns", goal = 6, time = by_lpeg_patterns() },
  { name = "parse_email_addresses (Perl)", goal = 2, time = by_perl "parse_email_addresses" },
  { name = "parse_email_groups (Perl)", goal = 2, time = by_perl "parse_email_groups" },
}

for round = 1, ROUNDS do
  for _, case in ipairs(cases) do
    case[round] = case.time and case.time()
  end
end
os.remove(path)

local name = (rawget(_G, "jit") and "LuaJIT" or _VERSION) .. ": parse_list"
local ours = report.median(cases[1])
report.head()
for i = 2, #cases do
  local case = cases[i]
  if case.time then
    report.at_least(name, report.median(case) / ours, case.goal, case.name)
  else
    report.missing(name, case.name)
  end
end
print(("list: %d texts, parse_list %.0f ns"):format(#lists, ours))
