--- What the text of a policy's script names, for those who have to know it before mail comes.
--
-- Functions are not run for it: what a text computes is told as such, and what only a comment says
-- counts, too.
-- @module postoffice.policy.prove.script_text

local find, gmatch, match = string.find, string.gmatch, string.match

local script_text = {}

--- A policy's script with all that it includes.
-- @tparam table policy
-- @treturn string
function script_text.of(policy)
  local texts = { policy.origin.source }
  for _, included in ipairs(policy.origin.includes) do texts[#texts + 1] = included.text end
  return table.concat(texts, "\n")
end

--- Whether a text has a word.
-- @string text
-- @string word
-- @treturn boolean
function script_text.has(text, word)
  return find(text, "%f[%w_]" .. word .. "%f[^%w_]") ~= nil
end

--- Whether a text reads a field of some table, as far as it shows that: after a dot or as a literal
-- index.  What declarations and tests set is not read.
-- @string text
-- @string field
-- @treturn boolean
function script_text.reads(text, field)
  return find(text, "%.%s*" .. field .. "%f[^%w_]") ~= nil
    or find(text, "%[%s*([\"'])" .. field .. "%1%s*%]") ~= nil
end

-- By the function, what its calls name, in the parentheses or after the function.
local NAMED = {
  ask = { "^%(%s*([\"'])(.-)%1", "%f[%w_]ask%s*(%b())" },
  in_set = { ",%s*([\"'])(.-)%1%s*%)$", "%f[%w_]in_set%s*(%b())" },
}

--- What the calls of a function name as literals.
-- @string text
-- @string name `"ask"`: the question; `"in_set"`: the set
-- @treturn table a set
-- @treturn boolean whether there may be others: some call computes it, or the function has another name
function script_text.named(text, name)
  local names, calls, others = {}, 0, false
  local literal, call_of = NAMED[name][1], NAMED[name][2]
  for call in gmatch(text, call_of) do
    calls = calls + 1
    local _, said = match(call, literal)
    if said then names[said] = true else others = true end
  end
  local _, words = text:gsub("%f[%w_]" .. name .. "%f[^%w_]", "")
  return names, others or words > calls
end

--- The lines of two texts: first those that only one of them has, then all others.
-- @string text
-- @string other
-- @treturn {string,...}
function script_text.unlike_first(text, other)
  local seen, unlike, alike = { {}, {} }, {}, {}
  for i, lines in ipairs { text, other } do
    for line in gmatch(lines, "[^\n]+") do seen[i][line] = true end
  end
  for i, lines in ipairs { text, other } do
    for line in gmatch(lines, "[^\n]+") do
      if not seen[3 - i][line] then unlike[#unlike + 1] = line
      elseif i == 1 then alike[#alike + 1] = line end
    end
  end
  for _, line in ipairs(alike) do unlike[#unlike + 1] = line end
  return unlike
end

--- What is literal in a line, as far as quotes on it show that.
-- @string line
-- @treturn {string,...} texts, without escapes
-- @treturn {number,...} decimal numbers
function script_text.literals(line)
  local texts, numbers = {}, {}
  local rest = line:gsub("([\"'])(.-)%1", function(_, text)
    texts[#texts + 1] = text
    return " "
  end)
  for digits in gmatch(rest, "%f[%w_.]%d+%f[^%w_.]") do numbers[#numbers + 1] = tonumber(digits) end
  return texts, numbers
end

return script_text
