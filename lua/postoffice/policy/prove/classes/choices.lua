--- What is chosen on a way that is gone again and again, another way each time until all are gone.
--
-- Whoever goes it asks for a value wherever one can be another; it has to ask for the same ones as
-- long as it is answered the same.  So only what is asked for is varied.
-- @module postoffice.policy.prove.classes.choices

local Choices = {}
Choices.__index = Choices

--- Begins the next way.
-- @treturn boolean false if all are gone
function Choices:begin()
  local taken = self.taken
  self.at, self.changed = 0, 0
  if not self.has_begun then
    self.has_begun = true
    return true
  end
  while #taken > 0 do
    local last = taken[#taken]
    if last.place < #last.values then
      last.place, self.changed = last.place + 1, #taken
      return true
    end
    taken[#taken] = nil
  end
  return false
end

--- Chooses one of several values: on a way that is new from here, the first.
-- @tparam table values may grow, as long as the way is chosen again
-- @return one of them
-- @treturn table what was chosen: its `values`, and the `place` of that one; the same one on the
--   next way, if that is the same up to here
function Choices:choose(values)
  local at = self.at + 1
  local taken = self.taken[at] or { place = 1, values = values }
  self.at, self.taken[at] = at, taken
  return taken.values[taken.place], taken
end

--- How many values were chosen on this way so far.
-- @treturn number
function Choices:count() return self.at end

--- Whether the first values that are chosen on this way are those of the way before.
-- @tparam number count of them
-- @treturn boolean
function Choices:are_same(count) return self.changed > count end

--- Goes on after the first values, which are the same as on the way before.
-- @tparam number count of them
function Choices:go_on(count) self.at = count end

--- No way is gone yet.
-- @treturn table
local function new()
  return setmetatable({ taken = {}, at = 0, changed = 0, has_begun = false }, Choices)
end

return { new = new }
