--- Random calls of Lua's own library, as source text, the same on every Lua:
-- most make sense, some do not.  Left out is what the library of scripts does in
-- a way of its own: %p of format, texts with NUL or bytes above 255 in format, lists
-- of more than 1000 values, tables with holes, and comparing functions that
-- contradict themselves.
local generate = require "spec.generate"

local calls = {}

local function pick(random, list)
  return list[random(#list)]
end

-- One of the letters of a text.
local function letter(random, text)
  local i = random(#text)
  return text:sub(i, i)
end

-- `count` pieces that `draw` makes, in a row.
local function row(random, count, draw, separator)
  local pieces = {}
  for i = 1, count do
    pieces[i] = draw(random)
  end
  return table.concat(pieces, separator)
end

-- A literal that every Lua reads.
local function quote(text)
  return '"' .. text:gsub('[%c"\\\127-\255]', function(c)
    return ("\\%03d"):format(c:byte())
  end) .. '"'
end

-- ---- Values ---------------------------------------------------------------

local TEXT = { "a", "a", "a", "b", "b", "A", "B", "1", "0", "-", ".", " ", "(", ")", "[", "]", "%",
  "_", "\n", "\0", "\195\188", "\255" }
local WHOLE = { "0", "1", "2", "3", "4", "7", "12", "255", "-1", "-2", "-3", "-9", "100", "1000",
  "65536", "-65536", "99999999999999", "-99999999999999" } -- 5.1 writes no more digits
local FAR = { "0", "9", "-9", "100", "1000", "-65536", "9007199254740991", "-9007199254740991" }
local BROKEN = { "0.5", "-0.5", "2.5", "1e15 + 0.5", "1/3", "-1/3", "1e300", "-1e-300", "1e100",
  "123456.789" }
local OTHER = { "nil", "true", "false", "{}", "'10'", "'0x10'", "'x'", "'3.5'", "' 7 '", "''" }

local function bytes(random)
  return row(random, random(13) - 1, function() return pick(random, TEXT) end)
end

local function text(random)
  return quote(bytes(random))
end

local function whole(random)
  return pick(random, WHOLE)
end

-- A position in a text or a list, most often one that is there.
local function place(random)
  return random(4) == 1 and pick(random, FAR) or tostring(random(9) - 4)
end

local function broken(random)
  return pick(random, BROKEN)
end

local function other(random)
  return pick(random, OTHER)
end

local function anything(random)
  return pick(random, { text, whole, broken, other })(random)
end

-- `argument`, but sometimes one of another type.
local function mostly(draw)
  return function(random)
    return random(25) == 1 and anything(random) or draw(random)
  end
end

-- A position that costs little when there is nothing there.
local function near(random)
  return tostring(random(16) - 4)
end

-- Up to `most` further arguments.
local function further(random, most, draw)
  local list = {}
  for i = 1, random(most + 1) - 1 do
    list[i] = ", " .. mostly(draw)(random)
  end
  return table.concat(list)
end

-- ---- Patterns -------------------------------------------------------------

local CLASSES = "acdglpsuwxzACDGLPSUWXZ"
local MAGIC = "^$*+?.([%-)]"

local function class(random)
  return "%" .. letter(random, CLASSES)
end

local function member(random)
  return pick(random, { "a", "b", "a-c", "0-9", "A-Z", "-", "]", "^", "%]", "%-", ".", "\0",
    class(random) })
end

local function set(random)
  return "[" .. pick(random, { "", "^" }) .. row(random, random(3), member) .. "]"
end

local function single(random)
  return pick(random, { ".", "a", "b", "A", " ", "%.", "%%", "%(", class(random), class(random),
    set(random) })
end

local function item(random)
  local kind = random(12)
  if kind == 1 then
    return "%b" .. pick(random, { "()", "[]", "ab", "aa" })
  elseif kind == 2 then
    return "%f" .. set(random)
  elseif kind == 3 then
    return "%" .. random(3)
  elseif kind == 4 then
    return "()"
  end
  return single(random) .. pick(random, { "", "", "*", "+", "-", "?" })
end

local function group(random)
  local items = row(random, random(2), item)
  return random(3) == 1 and "(" .. items .. ")" or items
end

local function well_formed(random)
  return pick(random, { "", "", "", "^" }) .. row(random, random(4) - 1, group)
    .. pick(random, { "", "", "", "$" })
end

local function pattern(random)
  if random(12) == 1 then
    return quote(row(random, random(6), function() return letter(random, MAGIC .. "ab") end))
  end
  return quote(well_formed(random))
end

-- A text that begins with, ends with or repeats parts: patterns like it.
local function subject(random)
  return random(4) == 1 and quote(("ab(a)"):rep(random(3))) or text(random)
end

-- ---- string ---------------------------------------------------------------

local function call(name, ...)
  local draws = { ... }
  return function(random)
    local arguments = {}
    for i, draw in ipairs(draws) do
      arguments[i] = mostly(draw)(random)
    end
    return name .. "(" .. table.concat(arguments, ", ")
  end
end

-- Calls of a function: its arguments, then up to `most` more that `draw` makes.
local function with_further(head, most, draw)
  return function(random)
    return head(random) .. further(random, most, draw) .. ")"
  end
end

local function start_and_plain(random)
  return (random(2) == 1 and ", " .. place(random) or "")
    .. (random(8) == 1 and ", true" or "") .. ")"
end

local find = call("string.find", subject, pattern)
local match = call("string.match", subject, pattern)
local gsub = call("string.gsub", subject, pattern)

local function replacement(random)
  return pick(random, {
    text(random), quote "%0", quote "%1%1", quote "<%1>%%", quote "%2", quote "%",
    "{ a = 'x', b = 1, ab = false, [1] = 'one' }", "{}",
    "function(a, b) return b end", "function(a) return a end", "function() end",
    "function(...) return select('#', ...) end", "function() return {} end",
  })
end

-- Letters of format, all that some Lua knows and some that none does.
local LETTERS = "diuoxXcsqeEfFgGaAnz%"

local function format_item(random)
  local width = pick(random, { "", "", "1", "5", "12", "05", "99", "100" })
  local precision = pick(random, { "", "", "", ".", ".0", ".3", ".10", ".99", ".100" })
  if random(2) == 1 then
    return "%" .. letter(random, LETTERS)
  end
  return "%" .. row(random, random(3) - 1, function() return letter(random, "-+ #0") end)
    .. width .. precision .. letter(random, LETTERS)
end

local FITTING = {
  c = function(random) return tostring(random(255)) end,
  s = function(random) return quote((bytes(random):gsub("%z", ""))) end,
  q = function(random) return pick(random, { text, whole, other })(random) end, -- %q of 0.5 varies
}

local function number(random)
  return pick(random, random(3) == 1 and BROKEN or WHOLE)
end

local function format(random)
  local formats, arguments = {}, {}
  for i = 1, random(3) do
    formats[i] = format_item(random)
    if formats[i] ~= "%%" then
      arguments[#arguments + 1] = (FITTING[formats[i]:sub(-1)] or number)(random)
    end
  end
  if random(20) == 1 then
    table.remove(arguments)
  end
  table.insert(arguments, 1, quote("<" .. table.concat(formats, "|") .. ">"))
  return "string.format(" .. table.concat(arguments, ", ") .. ")"
end

local function char(random)
  return "string.char(" .. row(random, random(5) - 1, function()
    return random(30) == 1 and anything(random) or tostring(random(300) - 20)
  end, ", ") .. ")"
end

local function gmatch(random)
  return ("gmatch(%s, %s)"):format(mostly(subject)(random), mostly(pattern)(random))
end

-- ---- table ----------------------------------------------------------------

-- A list of one type, so that it can be sorted.
local function list(random)
  local function small()
    return pick(random, { "1", "2", "-7", "0.5", "1000" })
  end
  local draw = pick(random, { text, small })
  return "{" .. row(random, random(8) - 1, draw, ", ") .. "}"
end

local function mixed(random)
  return "{" .. row(random, random(5) - 1, function()
    return pick(random, { text(random), whole(random), random(4) == 1 and "true" or "'b'" })
  end, ", ") .. "}"
end

local BEFORE = { "nil", "nil", "function(a, b) return a > b end",
  "function(a, b) return #tostring(a) < #tostring(b) end", "function(a, b) return a < b end" }

local function sort(random)
  local before = pick(random, BEFORE)
  local values = random(15) == 1 and mixed(random) or list(random)
  if before:find "#" then -- only the lengths are the same on every Lua
    return ("sorted(%s, %s, function(v) return #tostring(v) end)"):format(values, before)
  end
  return ("sorted(%s, %s)"):format(values, before)
end

local function insert(random)
  local value = random(12) == 1 and "" or ", " .. text(random)
  return ("after(table.insert, %s%s%s)"):format(
    mostly(mixed)(random), further(random, 1, place), value)
end

local function remove(random)
  return ("after(table.remove, %s%s)"):format(mostly(mixed)(random), further(random, 1, place))
end

local function digits(random)
  return quote(row(random, random(6), function() return letter(random, "0123456789abcXYZ -") end))
end

local function numeral(random)
  return quote(pick(random, { "", " ", "-", "+" })
    .. pick(random, { "", "0x", "0" })
    .. row(random, random(4), function() return letter(random, "0123456789aef") end)
    .. pick(random, { "", ".", ".5", "e2", "e-2", "e", "p1", " ", "x", "." }))
end

-- ---- All ------------------------------------------------------------------

local KINDS = {
  function(random) return find(random) .. start_and_plain(random) end,
  function(random) return match(random) .. further(random, 1, place) .. ")" end,
  function(random)
    return gsub(random) .. ", " .. mostly(replacement)(random) .. further(random, 1, place) .. ")"
  end,
  gmatch,
  format,
  format,
  with_further(call("string.sub", text, place), 1, place),
  with_further(call("string.byte", text), 2, place),
  with_further(call("string.rep", text, near), 1, text),
  with_further(call("string.len", text), 0),
  with_further(call("string.reverse", text), 0),
  with_further(call("string.lower", text), 0),
  with_further(call("string.upper", text), 0),
  char,
  with_further(call("table.concat", mixed), 1, text),
  function(random)
    return call("table.concat", mixed, text)(random) .. further(random, 2, place) .. ")"
  end,
  function(random) return ("table.unpack(%s, %s)"):format(mixed(random), near(random)) end,
  function(random)
    return ("table.unpack(%s, %s, %s)"):format(mixed(random), near(random), near(random))
  end,
  with_further(call("select", place), 3, anything),
  sort,
  insert,
  remove,
  with_further(call("tonumber", numeral), 0),
  function(random) return ("tonumber(%s, %d)"):format(digits(random), random(40) - 1) end,
  with_further(call("tostring", anything), 0),
}

--- The `seed`th call.  It may use the functions of `calls.PRELUDE`.
function calls.draw(seed)
  local random = generate.random(seed)
  return pick(random, KINDS)(random)
end

--- What the calls need beside the library, as source.
calls.PRELUDE = [[
local function gmatch(text, pattern)
  local found = { n = 0 }
  for a, b, c in string.gmatch(text, pattern) do
    found[found.n + 1], found[found.n + 2], found[found.n + 3] = a, b, c
    found.n = found.n + 3
  end
  return found
end

local function sorted(list, before, shown)
  table.sort(list, before)
  for i = 1, shown and #list or 0 do
    list[i] = shown(list[i])
  end
  return list
end

local function after(change, list, ...)
  return list, change(list, ...)
end

local function pack(...)
  return { n = select("#", ...), ... }
end
]]

return calls
