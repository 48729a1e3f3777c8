--- ABNF (RFC 5234), read from the lines of a file that begin with `--|`: texts
-- are drawn from it, and an exact judge of short texts that tries every way.
local lpeg = require "lpeg"
local helper = require "spec.helper"
local P, R, S = lpeg.P, lpeg.R, lpeg.S
local C, Cc, Cg, Ct, V = lpeg.C, lpeg.Cc, lpeg.Cg, lpeg.Ct, lpeg.V

local abnf = {}

local function number(base)
  return function(digits)
    return tonumber(digits, base)
  end
end

--- An element: { kind, ... }.
local function node(kind, pattern)
  return Ct(Cc(kind) * pattern)
end

local space = S " \t\n" ^ 0
local name = C(R("az", "AZ") * (R("az", "AZ", "09") + "-") ^ 0)

local function token(pattern)
  return pattern * space
end

local function values(letter, base, digits)
  local one = digits ^ 1 / number(base)
  return "%" * P(letter) * node("range", one * ("-" * one) ^ -1)
end

-- RFC 5234 4
local notation = P {
  "rules",
  rules = space * Ct(V "rule" ^ 1) * -1,
  rule = Ct(token(name) * token(C(P "=/" + "=")) * V "alternation"),
  alternation = node("any", V "concatenation" * (token "/" * V "concatenation") ^ 0),
  concatenation = node("all", V "repetition" ^ 1),
  repetition = node("times", V "bounds" * V "element") + V "element",
  bounds = Cg(R "09" ^ 1 / tonumber, "exactly") * -P "*"
    + Cg(R "09" ^ 1 / tonumber, "least") ^ -1 * "*" * Cg(R "09" ^ 1 / tonumber, "most") ^ -1,
  element = token(node("rule", name)) * -(P "=/" + "=")
    + token "(" * V "alternation" * token ")"
    + token "[" * node("times", Cg(Cc(1), "most") * V "alternation") * token "]"
    + token('"' * node("text", C((P(1) - '"') ^ 0)) * '"')
    + token(values("x", 16, R("09", "AF")) + values("d", 10, R "09")),
}

--- The rules of some files, by name; those that begin with `without` are left
-- out, and so is each alternative that names one.
function abnf.read(paths, without)
  local rules = {}
  for _, path in ipairs(paths) do
    local lines = {}
    for line in helper.read(path):gmatch "[^\n]+" do
      lines[#lines + 1] = line:match "^%s*%-%-|(.*)"
    end
    for _, rule in ipairs(assert(notation:match(table.concat(lines, "\n")), path)) do
      local key, how, alternation = rule[1]:lower(), rule[2], rule[3]
      if how == "=/" then
        table.insert(rules[key], alternation)
      else
        rules[key] = alternation
      end
    end
  end
  return without and abnf.without(rules, without) or rules
end

--- The rules without those that begin with a prefix.
function abnf.without(rules, prefix)
  local function kept(element)
    local copy = { element[1], exactly = element.exactly, least = element.least,
      most = element.most }
    for i = 2, #element do
      local part = element[i]
      if type(part) == "table" then
        part = kept(part)
      end
      copy[#copy + 1] = part or nil
      if not part and element[1] ~= "any" then
        return false
      end
    end
    local gone = element[1] == "rule" and element[2]:find(prefix, 1, true) == 1
    return not gone and #copy > 1 and copy
  end
  local left = {}
  for key, element in pairs(rules) do
    left[key] = kept(element) or nil
  end
  return left
end

local derive

-- How often, in eighths, what may be there is there once more.
local MORE = 3

local deriving = {
  any = function(rules, element, random, depth)
    return derive(rules, element[depth > 40 and 2 or 1 + random(#element - 1)], random, depth)
  end,
  all = function(rules, element, random, depth)
    local parts = {}
    for i = 2, #element do
      parts[i - 1] = derive(rules, element[i], random, depth)
    end
    return table.concat(parts)
  end,
  times = function(rules, element, random, depth)
    local parts = {}
    local least = element.exactly or element.least or 0
    local most = element.exactly or element.most or math.huge
    while #parts < least or #parts < most and depth < 30 and random(8) <= MORE do
      parts[#parts + 1] = derive(rules, element[2], random, depth)
    end
    return table.concat(parts)
  end,
  rule = function(rules, element, random, depth)
    return derive(rules, assert(rules[element[2]:lower()], element[2]), random, depth + 1)
  end,
  text = function(_, element)
    return element[2]
  end,
  range = function(_, element, random)
    return string.char(element[2] + random((element[3] or element[2]) - element[2] + 1) - 1)
  end,
}

function derive(rules, element, random, depth)
  return deriving[element[1]](rules, element, random, depth)
end

--- A text drawn from a rule.
function abnf.derive(rules, rule, random)
  return derive(rules, rules[rule:lower()], random, 0)
end

local ends

--- The places where an element may end that begins at one of some places.
local function ends_from(state, element, places)
  local found = {}
  for at in pairs(places) do
    for stop in pairs(ends(state, element, at)) do
      found[stop] = true
    end
  end
  return found
end

local ending = {
  any = function(state, element, at)
    local found = {}
    for i = 2, #element do
      for stop in pairs(ends(state, element[i], at)) do
        found[stop] = true
      end
    end
    return found
  end,
  all = function(state, element, at)
    local places = { [at] = true }
    for i = 2, #element do
      places = ends_from(state, element[i], places)
    end
    return places
  end,
  times = function(state, element, at)
    local least = element.exactly or element.least or 0
    local most = element.exactly or element.most or math.huge
    local places, found, count = { [at] = true }, {}, 0
    while next(places) and count <= most do
      local new = {}
      for place in pairs(places) do
        new[place] = count < least or not found[place] or nil
        found[place] = count >= least or found[place]
      end
      places, count = ends_from(state, element[2], new), count + 1
    end
    return found
  end,
  rule = function(state, element, at)
    local key = element[2]:lower()
    local known = state.known[key] or {}
    state.known[key] = known
    known[at] = known[at] or ends(state, assert(state.rules[key], key), at)
    return known[at]
  end,
  text = function(state, element, at)
    local text = element[2]
    local here = state.text:sub(at, at + #text - 1)
    return here:lower() == text:lower() and { [at + #text] = true } or {}
  end,
  range = function(state, element, at)
    local byte = state.text:byte(at)
    local inside = byte and byte >= element[2] and byte <= (element[3] or element[2])
    return inside and { [at + 1] = true } or {}
  end,
}

function ends(state, element, at)
  return ending[element[1]](state, element, at)
end

--- Whether a text is one of a rule's: no alternative is left untried.
function abnf.holds(rules, rule, text)
  local state = { rules = rules, text = text, known = {} }
  return ends(state, rules[rule:lower()], 1)[#text + 1] == true
end

return abnf
