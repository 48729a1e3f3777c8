--- Which texts the fields of canonical addresses hold: small automata over kinds of characters.
--
-- They take whatever a field can hold, and as little besides as kinds of characters tell: the length of
-- a text is not looked at, nor are the numbers in an address literal.  Whoever makes an address of a
-- text asks the core whether it is one.
-- @module postoffice.policy.prove.sets.universes

local kind_of = require "postoffice.policy.prove.sets.globs".kind

local universes = {}

-- A universe by its table of steps: from a state by a character, else by its kind, else by "other";
-- its states begin with 1.  No step, no such text.
local function new(ends, steps)
  local own = {}
  for _, from in ipairs(steps) do
    for label in pairs(from) do
      if #label == 1 then own[label] = true end
    end
  end
  local chars = {}
  for char in pairs(own) do chars[#chars + 1] = char end
  table.sort(chars)
  return { ends = ends, steps = steps, chars = chars }
end

--- The next state.
-- @tparam table universe
-- @tparam number state
-- @tparam string char folded
-- @treturn number|nil nil if no text goes on so
function universes.step(universe, state, char)
  local from = universe.steps[state]
  local to = from[char]
  if to ~= nil then return to or nil end
  local kind = kind_of(char)
  to = from[kind]
  if to == nil and kind ~= "control" then to = from.other end
  return to or nil
end

--- Whether a text can end in a state.
function universes.is_end(universe, state) return universe.ends[state] == true end

--- Whether a universe has a text.
-- @tparam table universe
-- @tparam {string,...} chars folded
-- @treturn boolean
function universes.has(universe, chars)
  local state = 1
  for _, char in ipairs(chars) do
    state = universes.step(universe, state, char)
    if not state then return false end
  end
  return universe.ends[state] == true
end

--- Any text without control characters, the empty one, too.
universes.anything = new({ true }, { { other = 1 } })

--- The same, but not empty.
universes.something = new({ [2] = true }, { { other = 2 }, { other = 2 } })

--- A domain of SMTP in A-labels, or an address literal (RFC 5321 4.1.3): `[192.0.2.1]`, or a tag, a
-- colon and a text.
universes.domain = new({ [2] = true, [6] = true }, {
  { letter = 2, mark = 2, ["#"] = false, ["["] = 4 },
  { letter = 2, mark = 2, dot = 3 },
  { letter = 2, mark = 2 },
  { letter = 5, mark = 5 },
  { letter = 5, mark = 5, dot = 9, [":"] = 7 },
  {},
  { letter = 8, mark = 8, dot = 8, special = 8, ["]"] = false, ["["] = false, ["\\"] = false },
  { letter = 8, mark = 8, dot = 8, special = 8, ["]"] = 6, ["["] = false, ["\\"] = false },
  { letter = 10 }, { letter = 10, dot = 11 },
  { letter = 12 }, { letter = 12, dot = 13 },
  { letter = 14 }, { letter = 14, ["]"] = 6 },
})

--- Text whose blanks are single and inside.
universes.collapsed = new({ [2] = true }, {
  { space = false, other = 2 }, { space = 3, other = 2 }, { space = false, other = 2 },
})

--- Such a text without some characters.
-- @tparam string without
-- @treturn table
function universes.collapsed_without(without)
  local first, inside = { space = false, other = 2 }, { space = 3, other = 2 }
  for char in without:gmatch "." do first[char], inside[char] = false, false end
  return new({ [2] = true }, { first, inside, first })
end

--- Any text but the empty one, without some characters.
-- @tparam string without
-- @treturn table
function universes.something_without(without)
  local any = { other = 2 }
  for char in without:gmatch "." do any[char] = false end
  return new({ [2] = true }, { any, any })
end

--- A distinguished name: it begins with a slash.
universes.name = new({ [2] = true }, { { ["/"] = 2 }, { other = 2 } })

--- The path of UUCP: hosts, none of them empty, with a ! between them.
universes.path = new({ [2] = true }, {
  { ["!"] = false, ["@"] = false, other = 2 }, { ["!"] = 3, ["@"] = false, other = 2 },
  { ["!"] = false, ["@"] = false, other = 2 },
})

return universes
