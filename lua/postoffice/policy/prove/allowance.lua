--- What a check may spend on sets: a state of many long patterns costs more than one of few short ones,
-- so states are weighed by the characters of the patterns that they tell apart.
-- @module postoffice.policy.prove.allowance

local sets = require "postoffice.policy.prove.sets"

local allowance = {}

local MOST = 4e6 -- characters by states: a second or two
local LEAST = 20 -- characters of a pattern, however short
local BEGIN = 40 -- states that making the sets of a question is worth

--- An allowance.
-- @treturn table
function allowance.new() return { left = MOST } end

-- The characters of patterns: of matchers, or of spaces.
local function size_of(patterns)
  local size = LEAST
  for _, pattern in ipairs(patterns) do size = size + LEAST + #(pattern.text or "") end
  return size
end

--- Asks something of sets.
-- @tparam table self
-- @tparam {table,...} patterns that they are made of
-- @tparam function ask makes the sets and asks them; it is given the work for it
-- @return what `ask` returns; nil if nothing is left
function allowance.ask(self, patterns, ask)
  local size = size_of(patterns)
  self.left = self.left - BEGIN * size
  local most = math.floor(self.left / size)
  if most < 1 then
    self.left = 0
    return nil
  end
  local work = sets.work(most)
  local answer, more = ask(work)
  self.left = self.left - (most - math.max(work.left, 0)) * size
  return answer, more
end

return allowance
