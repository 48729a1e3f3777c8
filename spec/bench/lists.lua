--- Lists of addresses, as ratios in one run: parse_list beside the grammars of lpeg_patterns and
-- beside Email::Address::XS, which times itself in a process of its own; and beside its floor, a C
-- function that makes the same tables where the @ are (floors.c): no Lua list can be made faster.
--
--     lists.lua CORE
--
-- CORE is core.c, built: it prints the lists.
local postoffice = require "postoffice"
local report = require "spec.bench.report"

local ROUNDS, LISTS = 7, 20000

-- What a field has mostly, one address, and what it has at worst.
local KINDS = { "mixed", "list" }

local core = arg[1] or "build/bench/core"
local floors = report.floors(core)
local path = os.tmpname()

-- The lists of a kind, which are left in a file for Perl.
local function make_lists(kind)
  local made = {}
  assert(os.execute(("%s --print %s %d >%s"):format(core, kind, LISTS, path)))
  for line in io.lines(path) do made[#made + 1] = line end
  return made
end

local lists

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
  return function() return time(function(text) return list:match(text) end) end
end

local function by_perl(reader)
  if report.output "perl -MEmail::Address::XS -e 'print 1'" == "" then return nil end
  local command = ("perl spec/bench/lists.pl %s %s"):format(reader, path)
  return function() return tonumber(report.output(command)) end
end

local cases = {
  { time = function() return time(postoffice.parse_list) end },
  { name = "the floor of its tables", time = function() return time(floors.parse_list) end },
  { name = "lpeg_patterns", goal = 6, time = by_lpeg_patterns() },
  { name = "parse_email_addresses (Perl)", goal = 2, time = by_perl "parse_email_addresses" },
  { name = "parse_email_groups (Perl)", goal = 2, time = by_perl "parse_email_groups" },
}

-- Nanoseconds a list by each case.
local function measure()
  local medians = {}
  for i, case in ipairs(cases) do medians[i] = case.time and {} end
  for round = 1, ROUNDS do
    for i, case in ipairs(cases) do
      if case.time then medians[i][round] = case.time() end
    end
  end
  for i in pairs(medians) do medians[i] = report.median(medians[i]) end
  return medians
end

report.head()
for _, kind in ipairs(KINDS) do
  lists = make_lists(kind)
  local name = ("%s: parse_list, %s"):format(rawget(_G, "jit") and "LuaJIT" or _VERSION, kind)
  local nanoseconds = measure()
  for i = 2, #cases do
    local case = cases[i]
    if not case.goal then
      report.beside(name, nanoseconds[1] / nanoseconds[i],
        ("%s: %.0f of %.0f ns"):format(case.name, nanoseconds[1], nanoseconds[i]))
    elseif nanoseconds[i] then
      report.at_least(name, nanoseconds[i] / nanoseconds[1], case.goal,
        ("%s: %.0f of %.0f ns; its floor %.2f"):format(case.name, nanoseconds[1], nanoseconds[i],
          nanoseconds[i] / nanoseconds[2]))
    else
      report.missing(name, case.name)
    end
  end
end
os.remove(path)
