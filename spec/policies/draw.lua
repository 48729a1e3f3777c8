--- The stream of chance that random policies are drawn by, and another beside it.
local generate = require "spec.generate"

local draw = {}

local ASIDE = 900000000 -- what tells the seeds of the streams beside apart from the others

local stream -- of the policy that is being made
local aside -- another one, for what policies have beside the rest

--- Begins the streams of a number.
-- @tparam number seed
function draw.begin(seed)
  stream, aside = generate.random(seed), generate.random(seed + ASIDE)
end

--- A number from 1 on.
-- @tparam number most
-- @treturn number
function draw.number(most) return stream(most) end

--- One of several.
-- @tparam table list
function draw.pick(list) return list[stream(#list)] end

--- Once in so many times.
-- @tparam number one_in
-- @treturn boolean
function draw.chance(one_in) return stream(one_in) == 1 end

--- What a function makes by the other stream, so that the rest of a number's policy stays what it was.
-- @tparam function make
-- @param ... what it is given
function draw.beside(make, ...)
  stream, aside = aside, stream
  local made = make(...)
  stream, aside = aside, stream
  return made
end

--- The items of a list in an order of chance.
-- @tparam table list
-- @treturn table
function draw.shuffled(list)
  local copy = {}
  for i, item in ipairs(list) do table.insert(copy, stream(i), item) end
  return copy
end

return draw
