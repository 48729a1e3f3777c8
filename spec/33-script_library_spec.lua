-- The library that scripts find, over random calls: on Lua 5.4 held against
-- Lua's own, and everywhere against what is recorded of it.
local calls = require "spec.lua_calls"
local core = require "postoffice.core"
local helper = require "spec.helper"

local unpack = unpack or table.unpack -- luacheck: ignore

local AT_ONCE = 100 -- calls in one script
local LIMITS = { milliseconds = 60000, load_milliseconds = 60000, load_instructions = 1e9 }

local function in_order(a, b)
  if type(a) ~= type(b) then
    return type(a) < type(b)
  end
  return a < b
end

-- Scripts do not see addresses of memory.
local function show_text(text)
  return '"' .. text:gsub("^table: 0x%x+$", "table"):gsub('[%c"\\\127-\255]', function(c)
    return ("\\%03d"):format(c:byte())
  end) .. '"'
end

-- A value as text, the same on every Lua.
local function show(value)
  if type(value) == "string" then
    return show_text(value)
  elseif type(value) == "number" then
    return ("%.14g"):format(value + 0) -- -0 is 0
  elseif type(value) ~= "table" then
    return tostring(value)
  end
  local keys, fields = {}, {}
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys, in_order)
  for i, key in ipairs(keys) do
    fields[i] = show(key) .. "=" .. show(value[key])
  end
  return "{" .. table.concat(fields, " ") .. "}"
end

-- What scripts get for the calls of the seeds `first` to `last`, in their order.
local function answers(first, last)
  local lines, results = { calls.PRELUDE }, {}
  for seed = first, last do
    lines[#lines + 1] = "function on.call() return pack(" .. calls.draw(seed) .. ") end"
  end
  local state = assert(core.script.new(LIMITS))
  local i = 0
  for declaration in assert(state:load(table.concat(lines, "\n"), "@calls", {})) do
    local outcome, result = state:call(declaration[1])
    i = i + 1
    results[i] = outcome == "done" and result or nil
  end
  state:close()
  return results
end

-- Calls `judge` with each call of the seeds 1 to `count` and its result, nil for an error.
local function each_call(count, judge)
  for first = 1, count, AT_ONCE do
    local results = answers(first, first + AT_ONCE - 1)
    for i = 1, AT_ONCE do
      judge(calls.draw(first + i - 1), results[i])
    end
  end
end

local function digest(sum, text)
  for i = 1, #text do
    sum = (sum * 31 + text:byte(i)) % 2147483648
  end
  return sum
end

-- What Lua itself makes of a call, nil for an error.
local function lua_answer(source)
  local chunk = assert(load(calls.PRELUDE .. "return pack(" .. source .. ")"))
  local succeeds, result = pcall(chunk)
  return succeeds and result or nil
end

-- A call's results as text, whole numbers apart from others.
local function outcome(result)
  if not result then
    return "error"
  end
  local words = { show(result) }
  for i = 1, result.n do
    words[#words + 1] = tostring(math.type(result[i])) -- luacheck: ignore 143
  end
  return table.concat(words, " ")
end

describe("the library of scripts", function()
  if _VERSION == "Lua 5.4" then
    it("answers as Lua 5.4's own does, and refuses what that refuses", function()
      each_call(helper.times(5000), function(source, result)
        assert.equal(outcome(lua_answer(source)), outcome(result), source)
      end)
    end)
  end

  it("formats with the modifiers that Lua 5.4 takes, and no others", function()
    local state = assert(core.script.new(LIMITS))
    local declarations = helper.declared(state:load(
      "function on.format(...) return string.format(...) end", "@format", {}))
    for _, row in ipairs {
      { "    7|7    |+0007|0007", "%5d|%-5d|%+05d|%.4d", 7, 7, 7, 7 },
      { "0xff|0377|FF", "%#x|%#o|%X", 255, 255, 255 },
      { "0x1p-1|+0.5|1.", "%a|%+g|%#.0f", 0.5, 0.5, 1 },
      { "    a|a    |", "%5c|%-5c|", 97, 97 },
      { "   ab|ab   |a", "%5s|%-5s|%.1s", "ab", "ab", "ab" },
      { [["a\
\0001\\"|7]], "%q|%q", "a\n\0" .. "1\\", 7 },
      { "0.10000000000000001", "%.17g", 0.1 },
    } do
      assert.same({ "done", row[1] }, { state:call(declarations[1][1], select(2, unpack(row))) })
    end
    for _, modified in ipairs {
      "%#d", "%#i", "%+u", "%#u", "%+x", "% o", "%0c", "%.1c", "%+s", "%05s", "%1q", "%-q", "%F",
      "%p", "%100d", "%.100f", "%5.100s", "%1.2.3f", "%--------------------5d", "%", "%5", "%\0",
      "%l", "%lld", "%n", "%*d",
    } do
      local result, code, message = state:call(declarations[1][1], modified, 1)
      assert.same({ "failed", "policy-error" }, { result, code }, modified)
      assert.matches("'format'$", message)
    end
  end)

  -- Recorded on Lua 5.4, where the spec above holds: a sum for each hundred calls.
  it("answers the same on every Lua", function()
    local recorded = {
      1096234225, 470020894, 1251286618, 2122472238, 548036099, 1118850462, 458142720, 1819720196,
      1390874183, 457802744, 1694784111, 988795989, 90038061, 557033781, 1184742285, 505709222,
      910306860, 2037787155, 1962780640, 179564005,
    }
    local sums, done = {}, 0
    each_call(2000, function(source, result)
      local last = math.ceil((done + 1) / AT_ONCE)
      sums[last] = digest(sums[last] or 0, source .. (result and show(result) or "error"))
      done = done + 1
    end)
    assert.same(recorded, sums)
  end)
end)
