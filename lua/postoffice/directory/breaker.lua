--- Leaves a server alone that failed: for half a second, and twice as long each time it fails again.
-- Nobody sleeps: questions fail at once meanwhile.
-- @module postoffice.directory.breaker

local Breaker = {}
Breaker.__index = Breaker

local breaker = {}

local FIRST, MOST = 0.5, 10 -- seconds

--- Makes one that lets everything pass.
-- @treturn table
function breaker.new() return setmetatable({ pause = FIRST, open_at = nil, why = nil }, Breaker) end

--- Whether the server may be asked; or nil and why it failed last.
-- @number now in seconds
-- @treturn boolean|nil
-- @treturn string|nil
function Breaker:allows(now)
  if not self.open_at or now >= self.open_at or now < self.since then return true end
  return nil, ("%s; not asked again for %.1f s"):format(self.why, self.open_at - now)
end

--- Notes that the server failed; those that asked before it failed last, or in the same second where a
-- clock has no more, tell nothing new.
-- @string why
-- @number asked when it was asked
-- @number now
function Breaker:failed(why, asked, now)
  if self.open_at and asked <= self.since then return end
  self.why, self.since, self.open_at = why, now, now + self.pause
  self.pause = math.min(2 * self.pause, MOST)
end

--- Notes that it answered.
function Breaker:answered() self.pause, self.open_at = FIRST, nil end

return breaker
