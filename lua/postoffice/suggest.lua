--- Near misses: what someone who wrote a wrong word probably meant.
-- @module postoffice.suggest

local suggest = {}

local byte, lower, min = string.byte, string.lower, math.min

local MAX_WORD = 64 -- longer ones are no slips of a key
local MAX_WORK = 200000 -- cells of edit distances a word: some thousand candidates
local LISTED = 12

-- One row of the edit distance; a swap of neighbours counts as one edit.
local function next_row(a, b, i, before, above)
  local row = { [0] = i }
  for j = 1, #b do
    local same = byte(a, i) == byte(b, j) and 0 or 1
    local best = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + same)
    local swapped = i > 1 and j > 1 and byte(a, i) == byte(b, j - 1)
      and byte(a, i - 1) == byte(b, j)
    row[j] = swapped and min(best, before[j - 2] + 1) or best
  end
  return row
end

local function least(row)
  local best = row[0]
  for j = 1, #row do best = min(best, row[j]) end
  return best
end

-- How many edits turn `a` into `b`, or any number above `most`; and how many cells that took.
local function distance(a, b, most)
  local before, above = {}, {}
  for j = 0, #b do above[j] = j end
  for i = 1, #a do
    before, above = above, next_row(a, b, i, before, above)
    if least(above) > most and least(before) >= most then return most + 1, i * #b end
  end
  return above[#b], #a * #b
end

--- The known word nearest to `word`, if one is near enough to be meant.
-- @tparam string word
-- @tparam {string,...} known
-- @treturn string|nil
function suggest.near(word, known)
  if #word > MAX_WORD then return nil end
  local folded, best, fewest, work = lower(word), nil, math.floor(#word / 3) + 1, 0
  for _, candidate in ipairs(known) do
    if work > MAX_WORK then break end
    if math.abs(#candidate - #word) <= fewest then
      local edits, cells = distance(folded, lower(candidate), fewest)
      work = work + cells
      if edits < fewest or (edits == fewest and not best) then
        best, fewest = candidate, edits
      end
    end
  end
  return best
end

--- Whether two words are one edit apart: a character too many, another one, or two neighbours
-- swapped.
-- @tparam string word
-- @tparam string other
-- @treturn boolean
function suggest.is_slip(word, other)
  return math.abs(#word - #other) <= 1 and distance(word, other, 1) == 1
end

--- The end of an error message: the near miss, or else the words there are.
-- @tparam string word
-- @tparam {string,...} known
-- @tparam[opt="known"] string label
-- @treturn string
function suggest.phrase(word, known, label)
  local near = suggest.near(word, known)
  if near then return ('; did you mean "%s"?'):format(near) end
  return suggest.listing(known, label)
end

-- Puts a name into a sorted list of the first twelve.
local function put(names, name)
  local at = #names + 1
  while at > 1 and name < names[at - 1] do at = at - 1 end
  if at > LISTED then return end
  table.insert(names, at, name)
  names[LISTED + 1] = nil
end

--- A short list of names for the end of an error message, sorted.
-- @tparam {string,...} known
-- @tparam[opt="known"] string label
-- @treturn string
function suggest.listing(known, label)
  label = label or "known"
  if #known == 0 then return ("; %s: none"):format(label) end
  local names = {}
  for _, name in ipairs(known) do put(names, name) end
  local more = #known - #names
  local text = ("; %s: %s"):format(label, table.concat(names, ", "))
  return more > 0 and ("%s and %d more"):format(text, more) or text
end

return suggest
