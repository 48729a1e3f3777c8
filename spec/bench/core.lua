--- What reading and writing an address costs, as ratios in one run: beside the
-- floor (the same Lua values, built with no parsing), beside what people write
-- with `string.match`, and beside lpeg_patterns where it is installed.
local postoffice = require "postoffice"

local ROUNDS, CALLS, ADDRESSES = 7, 100000, 1024

-- Distinct addresses, so that no string is there already.
local function fill(template)
  local list = {}
  for i = 1, ADDRESSES do
    list[i] = (template:gsub("#", tostring(i)))
  end
  return list
end

local plain = fill "user#.last+tag@mx#.example.org"
local proxies = fill "SMTP:user#.last@mx#.example.org"
local headers = fill '"Last, User#" <user#@mx#.example.org>'
local oneoffs = fill "Pat Jones [ccmail:user#@domain at internet]"
local parsed = {}
for i, text in ipairs(oneoffs) do
  parsed[i] = assert(postoffice.parse(text))
end

-- Results are kept for a while, or LuaJIT would not make them.
local kept = {} -- luacheck: ignore 241

--- Nanoseconds a call, the best of several rounds.
local function nanoseconds(work, inputs)
  local least = math.huge
  for _ = 1, ROUNDS do
    collectgarbage()
    local start = os.clock()
    for i = 1, CALLS do
      kept[i % 64] = work(inputs[i % ADDRESSES + 1])
    end
    least = math.min(least, os.clock() - start)
  end
  return least / CALLS * 1e9
end

-- The floor of a parse: two new strings in a table with a metatable.
local metatable = getmetatable(parsed[1])
local function floor(text)
  local at = #text - 14
  return setmetatable({ type = "SMTP", localpart = text:sub(1, at - 1), domain = text:sub(at + 1) },
    metatable)
end

local function by_pattern(text)
  local localpart, domain = text:match "^([^@]+)@([%w.-]+)$"
  return localpart and { type = "SMTP", localpart = localpart, domain = domain }
end

local cases = {
  { "floor: two strings in a table", floor, plain },
  { "parse, an addr-spec", postoffice.parse, plain },
  { "parse, a proxy", postoffice.parse, proxies },
  { "parse, a header mailbox", postoffice.parse, headers },
  { "parse, a cc:Mail one-off", postoffice.parse, oneoffs },
  { "validate", postoffice.validate, plain },
  { "normalize", postoffice.normalize, proxies },
  { "key", postoffice.key, parsed },
  { "format", postoffice.format, parsed },
  { "string.match into a table", by_pattern, plain },
}

local found, email = pcall(require, "lpeg_patterns.email")
if found then
  local pattern = email.mailbox * -1
  cases[#cases + 1] = { "lpeg_patterns", function(text) return pattern:match(text) end, plain }
end

local base
for _, case in ipairs(cases) do
  local time = nanoseconds(case[2], case[3])
  base = base or time
  print(("%-32s %7.0f ns %7.2f of the floor"):format(case[1], time, time / base))
end
