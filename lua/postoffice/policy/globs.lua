--- What one pattern's matches say about another's.
--
-- Both work on the programs that `pattern.lua` makes for `core.glob_match`, in
-- time that grows with the product of their lengths.
-- @module postoffice.policy.globs

local globs = {}

local ONE, ANY, NAME, LITERAL = 1, 2, 3, 4

-- Appends the wildcards of a run: as many `?` as it needs, then one `*`.
local function end_run(tokens, run)
  for _ = 1, run.ones do tokens[#tokens + 1] = "?" end
  if run.any then tokens[#tokens + 1] = "*" end
  run.ones, run.any = 0, false
end

local ADD = {
  [ONE] = function(run) run.ones = run.ones + 1 end,
  [ANY] = function(run) run.any = true end,
  [NAME] = function(run) run.ones, run.any = run.ones + 1, true end,
}

-- A program as tokens: `?`, `*`, or the number of a byte.  Runs of wildcards
-- have one spelling, so that equal languages look alike.
local function tokens_of(program)
  local tokens, run, at = {}, { ones = 0, any = false }, 1
  program = program:lower()
  while at <= #program do
    local byte = program:byte(at)
    local add = ADD[byte]
    if add then
      add(run)
    else
      end_run(tokens, run)
      if byte == LITERAL then
        at = at + 1
        byte = program:byte(at)
      end
      tokens[#tokens + 1] = byte
    end
    at = at + 1
  end
  end_run(tokens, run)
  return tokens
end

-- Fills a table from the ends of two token lists to their beginnings: its first
-- cell.  `step(a, b, below, right, diagonal)` decides a cell by its neighbours;
-- a list that has ended is nil.
local function decide(a, b, step)
  local below = {}
  for i = #a + 1, 1, -1 do
    local row = {}
    for j = #b + 1, 1, -1 do
      row[j] = step(a[i], b[j], below[j], row[j + 1], below[j + 1])
    end
    below = row
  end
  return below[1] or false
end

local function covers_step(a, b, below, right, diagonal)
  if a == nil then return b == nil end
  if a == "*" then return below or (b ~= nil and right) or false end
  if b == nil or b == "*" then return false end
  return (a == "?" or a == b) and diagonal or false
end

local function overlaps_step(a, b, below, right, diagonal)
  if a == nil and b == nil then return true end
  if a == "*" and b == nil then return below or false end
  if b == "*" and a == nil then return right or false end
  if a == nil or b == nil then return false end
  if a == "*" or b == "*" then return below or right or false end
  return (a == "?" or b == "?" or a == b) and diagonal or false
end

--- Whether the first pattern matches whatever the second does.  "No" may be too cautious.
-- @tparam string a program
-- @tparam string b program
-- @treturn boolean
function globs.covers(a, b) return decide(tokens_of(a), tokens_of(b), covers_step) end

--- Whether some text matches both.
-- @tparam string a program
-- @tparam string b program
-- @treturn boolean
function globs.overlaps(a, b) return decide(tokens_of(a), tokens_of(b), overlaps_step) end

--- A text that the pattern matches.
-- @tparam string program
-- @tparam string one stands for every `?`
-- @tparam string first stands for the first `*`
-- @tparam string rest stands for the others
-- @treturn string
function globs.sample(program, one, first, rest)
  local parts, any = {}, first
  for at, token in ipairs(tokens_of(program)) do
    if token == "?" then
      parts[at] = one
    elseif token == "*" then
      parts[at], any = any, rest
    else
      parts[at] = string.char(token)
    end
  end
  return table.concat(parts)
end

return globs
