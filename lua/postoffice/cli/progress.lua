--- Says how far a long input is, and takes it back.
-- @module postoffice.cli.progress

local progress = {}

local Progress = {}
Progress.__index = Progress

local STEP = 512 -- of what is quickly done: between two looks at the clock
local ERASE = "\r\27[K"

--- A progress that is shown at most once a second, and not in the first.
-- @tparam table stream
-- @tparam boolean shown
-- @tparam function clock whole seconds
-- @tparam[opt] function share how much of the input was read, from 0 to 1; nil where nobody knows
-- @tparam[opt="addresses"] string noun what is counted
-- @treturn table
function progress.new(stream, shown, clock, share, noun)
  local self = {
    stream = stream, shown = shown, clock = clock, count = 0, part = 0, share = share,
    noun = noun or "addresses",
  }
  self.last = shown and clock()
  self.started = self.last
  return setmetatable(self, Progress)
end

-- A number of seconds for people.
local function duration(seconds)
  if seconds < 60 then return ("%d s"):format(seconds) end
  if seconds < 3600 then return ("%d min"):format(math.ceil(seconds / 60)) end
  return ("%d h %d min"):format(math.floor(seconds / 3600), math.floor(seconds % 3600 / 60))
end

-- How many addresses, how fast, and if the input has a size how much of it and how long it takes yet.
function Progress:text(now)
  local spent, share = now - self.started, self.share and self.share()
  local text = ("%d %s, %.0f/s"):format(self.count, self.noun, self.count / spent)
  if not share or share <= 0 then return text end
  return ("%s, %d %%, %s left"):format(text, math.floor(share * 100),
    duration(math.ceil(spent / share - spent)))
end

--- One more is done.
function Progress:tick()
  self.count = self.count + 1
  if self.count % STEP == 0 then self:show() end
end

--- One more is done of what takes its time.
function Progress:step() self:add(1) end

--- Of the one that is being done, a share is.
-- @tparam number part from 0 to 1
function Progress:within(part)
  self.part = part
  self:show()
end

--- Many more are done.
-- @tparam number count
function Progress:add(count)
  self.count, self.part = self.count + count, 0
  self:show()
end

-- Says how many, if it is time to.
function Progress:show()
  if not self.shown then return end
  local now = self.clock()
  if now == self.last then return end
  self.last, self.visible = now, true
  self.stream:write(ERASE, self:text(now))
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
