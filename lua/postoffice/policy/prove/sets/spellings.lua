--- Which texts of a field have a canonical form that a list of tokens matches: those with more blanks, and
-- with "Last, First" for "First Last".
--
-- Of texts of which nothing can be made it may say anything (`unmade` in `shapes`).
-- @module postoffice.policy.prove.sets.spellings

local globs = require "postoffice.policy.prove.sets.globs"
local lists = require "postoffice.lists"

local spellings = {}

local ANY, ONE = globs.ANY, globs.ONE
local BLANKS = { globs.run_of "space" }
local COMMA = { "," }
local MOST_SPREAD = 500 -- steps in which the blanks of a list are

--- Why there may be no answer.
spellings.TOO_MANY = "what it makes may come about in too many ways"

-- Lists that match what one does, with more blanks where it has one.
local function spread(tokens)
  return globs.spread(tokens, MOST_SPREAD) or error({ unknown = spellings.TOO_MANY }, 0)
end

-- ---- Names with a comma --------------------------------------------------------

-- "Last, First" is "First Last" (Q154053) if there is one comma, something before and after it, and no @.
local NAMES = globs.but(globs.but(ANY, ","), "@")
local NAME = { globs.one_of_run(NAMES), NAMES }
local SWAPPED = globs.joined(NAME, COMMA, NAME)

-- Whether a list matches the same of "Last, First" and "First Last": all texts that are not empty, or those
-- with some other character.
local function is_alike(tokens)
  if #tokens > 3 or tokens[#tokens] ~= ANY then return false end
  local char = tokens[#tokens - 1]
  if tokens[3] == nil then return char == nil or char == ONE end
  return tokens[1] == ANY and not globs.is_run(char) and not globs.takes(char, " ")
    and not globs.takes(char, ",")
end

-- Lists of what one matches before or after the comma.
local function names_of(tokens)
  local names = {}
  for _, list in ipairs(spread(tokens)) do
    for _, some in ipairs(globs.nonempty(list)) do
      for _, one in ipairs(globs.without(some, ",", 0)) do
        for _, name in ipairs(globs.without(one, "@", 0)) do names[#names + 1] = name end
      end
    end
  end
  return names
end

-- Adds lists of "Last, First" for each of some that match the last and the first name.
local function add_swapped(list, lasts, firsts)
  for _, last in ipairs(lasts) do
    for _, first in ipairs(firsts) do
      list[#list + 1] = globs.joined(last, BLANKS, COMMA, BLANKS, first)
    end
  end
end

-- The places that a list can be at after a blank, but where what begins at a run says all that what comes
-- after it does.
local function after_blank(tokens, from)
  local places, list = globs.after(tokens, from, { " " }), {}
  local reached = lists.set(places)
  for _, place in ipairs(places) do
    local is_said = reached[place - 1] and globs.is_run(tokens[place - 1])
    list[#list + 1] = not is_said and place or nil
  end
  return list
end

-- Lists of "Last, First" where one matches "First Last".
local function swapped(tokens)
  local list = {}
  for _, beginning in ipairs(globs.beginnings(tokens, 1)) do
    local firsts = names_of(beginning.part)
    for _, place in ipairs(firsts[1] and after_blank(tokens, beginning.place) or {}) do
      add_swapped(list, names_of(globs.slice(tokens, place, #tokens)), firsts)
    end
  end
  return list
end

-- ---- All -----------------------------------------------------------------------

--- What a text matches whose canonical form is matched by a list.
-- @tparam {string,...} tokens
-- @tparam table how what its field's blanks and commas become, from `shapes`: `is_led`, `is_swapped`
-- @treturn {{string,...},...} lists of which it matches some, unless it is what comes next
-- @treturn {string,...}|nil what "Last, First" is, of which other lists tell
-- @treturn {{string,...},...} these lists
-- @raise `{ unknown = why }` where there are too many
function spellings.of(tokens, how)
  local spelled = spread(tokens)
  for i, list in ipairs(how.is_led and spelled or {}) do spelled[i] = globs.joined(BLANKS, list) end
  if not how.is_swapped or is_alike(tokens) then return spelled end
  return spelled, SWAPPED, swapped(tokens)
end

return spellings
