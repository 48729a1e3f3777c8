--- Says how far a long input is, and takes it back.
-- @module postoffice.cli.progress

local progress = {}

local Progress = {}
Progress.__index = Progress

local STEP = 512 -- addresses between two looks at the clock
local ERASE = "\r\27[K"

--- A progress that is shown at most once a second, and not in the first.
-- @tparam table stream
-- @tparam boolean shown
-- @tparam function clock whole seconds
-- @treturn table
function progress.new(stream, shown, clock)
  local self = { stream = stream, shown = shown, clock = clock, count = 0 }
  self.last = shown and clock()
  return setmetatable(self, Progress)
end

--- One more address is done.
function Progress:tick()
  self.count = self.count + 1
  if self.count % STEP == 0 then self:show() end
end

--- Many more addresses are done.
-- @tparam number count
function Progress:add(count)
  self.count = self.count + count
  self:show()
end

-- Says how many, if it is time to.
function Progress:show()
  if not self.shown then return end
  local now = self.clock()
  if now == self.last then return end
  self.last, self.visible = now, true
  self.stream:write(("%s%d addresses"):format(ERASE, self.count))
  self.stream:flush()
end

--- Clears the line for something else.
function Progress:erase()
  if not self.visible then return end
  self.visible = false
  self.stream:write(ERASE)
  self.stream:flush()
end

return progress
