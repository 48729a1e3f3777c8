--- Rules that make the attributes of one directory of those of another: the mapping files of
-- Exchange's connector for Lotus Notes (Q180517).
--
--     ; a comment
--     Alias = ISEQUAL( ShortName, "", SUBSTR( FullName, 1, 64 ), ShortName )
--     TA = "NOTES:" STRIP( FullName, ";", "L", "R" ) "@" MailDomain
--
-- What stands side by side is joined.  An attribute that nobody has is empty.
-- @module postoffice.exchange.notesmap

local ascii = require "postoffice.text.ascii"
local fail = require "postoffice.fail"
local lists = require "postoffice.lists"
local lpeg = require "lpeg"

local C, Cg, Ct, P, R, S, V = lpeg.C, lpeg.Cg, lpeg.Ct, lpeg.P, lpeg.R, lpeg.S, lpeg.V

local notesmap = {}

local Rules = {}
Rules.__index = Rules
Rules.__name = "postoffice.notesmap"

local LONGEST = 2048 -- characters of a rule and of what it makes (Q180517)
local DEEPEST = 60 -- calls in each other

-- ---- Functions ---------------------------------------------------------------

local functions = {}

--- The functions of rules, by their names in upper case; texts in, a text out.
notesmap.functions = functions

-- A number that a rule gives as text, held to what a text can have.
local function count_of(text, default)
  local number = tonumber(text)
  if not number or number ~= number then return default end
  return math.max(0, math.min(LONGEST, math.floor(number)))
end

local function characters(text)
  local list = {}
  for char in text:gmatch(ascii.CHARACTER) do list[#list + 1] = char end
  return list
end

local function padding(pad, count)
  return ((pad or " "):match(ascii.CHARACTER) or ""):rep(math.max(0, count))
end

-- So many characters from a place on.
local function slice(list, first, count)
  return table.concat(list, "", first, math.min(#list, first + count - 1))
end

function functions.AND(a, b) return a ~= "" and b ~= "" and a .. b or "" end

function functions.ISEQUAL(a, b, yes, no) return a:lower() == b:lower() and yes or no end

function functions.LEFT(text, length, pad)
  local list, count = characters(text), count_of(length, 0)
  return slice(list, 1, count) .. padding(pad, count - #list)
end

function functions.RIGHT(text, length, pad)
  local list, count = characters(text), count_of(length, 0)
  return padding(pad, count - #list) .. slice(list, math.max(1, #list - count + 1), count)
end

function functions.SUBSTR(text, start, length, pad)
  local list = characters(text)
  local first = math.max(1, count_of(start, 1))
  local count = count_of(length, math.max(0, #list - first + 1))
  return slice(list, first, count) .. padding(pad, count - math.max(0, #list - first + 1))
end

functions.LOWER, functions.UPPER = string.lower, string.upper

function functions.PROPER(text)
  return (text:lower():gsub("%f[%a\128-\255]%l", string.upper))
end

function functions.POS(text, wanted)
  local at = text:find(wanted, 1, true)
  return tostring(at and #characters(text:sub(1, at - 1)) + 1 or 0)
end

function functions.REPLACE(text, what, with)
  local others, map = characters(with or ""), {}
  for i, char in ipairs(characters(what)) do map[char] = others[i] or "" end
  return (text:gsub(ascii.CHARACTER, map))
end

-- The last place of a text in another.
local function find_last(text, wanted)
  local last, at = nil, text:find(wanted, 1, true)
  while at and wanted ~= "" do last, at = at, text:find(wanted, at + 1, true) end
  return last
end

function functions.STRIP(text, wanted, scan, toward)
  scan = (scan or toward or "R"):upper()
  toward = (toward or scan):upper()
  local at = scan == "L" and text:find(wanted, 1, true) or scan ~= "L" and find_last(text, wanted)
  if not at or wanted == "" then return text end
  return toward == "L" and text:sub(at + #wanted) or text:sub(1, at - 1)
end

function functions.TRIM(text, option)
  option = (option or "B"):upper()
  if option ~= "R" then text = text:gsub("^ +", "") end
  if option ~= "L" then text = text:gsub(" +$", "") end
  return text
end

local function words_of(text)
  local words = {}
  for word in text:gmatch "[^ ]+" do words[#words + 1] = word end
  return words
end

function functions.WORD(text, first, count)
  local words, at = words_of(text), math.max(1, count_of(first, 1))
  return table.concat(words, " ", at, math.min(#words, at + count_of(count, 1) - 1))
end

-- A name's first, middle and last part; one that has a single part has it first and last.
local function name_parts(text, style)
  if (style or text:find "," and "2" or "1") == "2" then
    local last, rest = text:match "^([^,]*),?(.*)$"
    local words = words_of(rest)
    if #words == 0 then return last, "", last end
    return table.remove(words, 1), table.concat(words, " "), last
  end
  local words = words_of(text)
  local first, last = words[1] or "", words[#words] or ""
  return first, table.concat(words, " ", 2, #words - 1), last
end

function functions.NAMEF(text, style) return (name_parts(text, style)) end

function functions.NAMEL(text, style) return (select(3, name_parts(text, style))) end

-- Unless a style is given, a blank follows, so that names can be put together.
function functions.NAMEM(text, style)
  local _, middle = name_parts(text, style)
  return middle ~= "" and not style and middle .. " " or middle
end

-- What the parts of an abbreviated name of Notes are: the last is a country if it has two letters.
local function abbreviated_label(parts, i)
  if i == 1 then return "cn" end
  local has_country = #parts > 2 and #parts[#parts] == 2
  if i == #parts then return has_country and "c" or "o" end
  return has_country and i == #parts - 1 and "o" or "ou"
end

function functions.X500(text, label, index)
  local parts, left = {}, math.max(1, count_of(index, 1))
  for part in text:gmatch "[^/]+" do parts[#parts + 1] = part end
  for i, part in ipairs(parts) do
    local name, value = part:match "^%s*(%a+)%s*=%s*(.*)$"
    if not name then name, value = abbreviated_label(parts, i), part end
    if name:lower() == label:lower() then
      left = left - 1
      if left == 0 then return value end
    end
  end
  return ""
end

-- How many arguments each takes at least, and at most.
local ARGUMENTS = {
  AND = { 2, 2 }, CFGPARM = { 1, 2 }, ISEQUAL = { 4, 4 }, LEFT = { 2, 3 }, LOWER = { 1, 1 },
  NAMEF = { 1, 2 }, NAMEL = { 1, 2 }, NAMEM = { 1, 2 }, POS = { 2, 2 }, PROPER = { 1, 1 },
  REPLACE = { 2, 3 }, RIGHT = { 2, 3 }, STRIP = { 2, 4 }, SUBSTR = { 2, 4 }, TRIM = { 1, 2 },
  UPPER = { 1, 1 }, WORD = { 2, 3 }, X500 = { 2, 3 },
}

-- ---- Rules -------------------------------------------------------------------

local blank = S " \t" ^ 0
local function token(pattern) return pattern * blank end

local word = (R("az", "AZ") + "_") * (R("az", "AZ", "09") + "_") ^ 0
local rule = P {
  blank * Cg(token(C(word)), "name") * token "=" * Cg(V "joined", "value") * -1,
  joined = Ct(V "term" ^ 1),
  term = V "call" + token(P '"' * C((1 - P '"') ^ 0) * '"') + token(C(R "09" ^ 1))
    + Ct(Cg(token(C(word)), "attribute")),
  call = Ct(Cg(token(C(word)), "call") * token "(" * V "joined"
    * (token "," * V "joined") ^ 0 * token ")"),
}
rule = Ct(rule)

local function nesting(line)
  local depth, most = 0, 0
  for char in line:gsub('"[^"]*"', ""):gmatch "[()]" do
    depth = depth + (char == "(" and 1 or -1)
    if depth > most then most = depth end
  end
  return most
end

-- Whether all calls of a rule are of functions that there are, with as many arguments as they take.
local function are_known(joined)
  for _, term in ipairs(joined) do
    if type(term) == "table" and term.call then
      local takes = ARGUMENTS[term.call:upper()]
      if not takes or #term < takes[1] or #term > takes[2] then return false end
      for _, argument in ipairs(term) do
        if not are_known(argument) then return false end
      end
    end
  end
  return true
end

local function read_rule(line)
  if #line > LONGEST or nesting(line) > DEEPEST then return nil end
  local found = lpeg.match(rule, line)
  return found and are_known(found.value) and found or nil
end

--- Reads rules.
-- @string text a rule a line
-- @treturn table|nil
-- @treturn string what is wrong
-- @treturn string code `notesmap-rule`
-- @treturn number the line
function notesmap.read(text)
  local rules, number = setmetatable({}, Rules), 0
  for whole in (text .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    local line = whole:gsub("\r$", "")
    if line:find "%S" and not line:find "^%s*;" then
      local found = read_rule(line)
      if not found then return fail("notesmap-rule", number) end
      rules[#rules + 1] = found
    end
  end
  return rules
end

local evaluate

local function value_of(term, attributes, config)
  if type(term) == "string" then return term end
  if term.attribute then return attributes[term.attribute:lower()] or "" end
  local values, name = {}, term.call:upper()
  for i, argument in ipairs(term) do values[i] = evaluate(argument, attributes, config) end
  if name == "CFGPARM" then return config and config(values[1], values[2]) or "" end
  return functions[name](values[1], values[2], values[3], values[4])
end

-- The terms of a rule joined; its calls are in each other no deeper than `read_rule` lets them.
function evaluate(joined, attributes, config)
  local parts = {}
  for i, term in ipairs(joined) do parts[i] = value_of(term, attributes, config) end
  return table.concat(parts):sub(1, LONGEST)
end

--- Applies the rules, one after the other.
-- @tparam table attributes texts by their names, in any case
-- @tparam[opt] function config what CFGPARM returns: of a parameter's name and a section or nil
-- @treturn table the attributes that were made, by the names that the rules give
function Rules:apply(attributes, config)
  local folded, made = {}, {}
  for _, name in ipairs(lists.keys(attributes)) do
    folded[tostring(name):lower()] = tostring(attributes[name])
  end
  for _, found in ipairs(self) do made[found.name] = evaluate(found.value, folded, config) end
  return made
end

return notesmap
