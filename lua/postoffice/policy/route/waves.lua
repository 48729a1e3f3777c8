--- Runs the ways of several recipients side by side, wave by wave, so that what they ask can be
-- asked at once.
--
-- Each goes on until it asks, in the order of the recipients; then all that was asked is answered;
-- then each goes on with its answer, in the same order.  So no answer depends on how long another
-- took.  The host is asked between the ways, never inside one: it may yield.
-- @module postoffice.policy.route.waves

local asks = require "postoffice.policy.route.asks"

local waves = {}

local create, resume, status = coroutine.create, coroutine.resume, coroutine.status

-- Goes on with a way: true if it has ended, else what it asks is in `way.question`.
local function go_on(way, ...)
  local ok, name, key = resume(way.co, ...)
  if not ok then error(name, 0) end
  way.question = { name = name, key = key }
  return status(way.co) == "dead"
end

-- The questions of the ways that wait.
local function questions_of(waiting)
  local list = {}
  for i, way in ipairs(waiting) do list[i] = way.question end
  return list
end

-- Begins the ways; those that wait for an answer.
local function begin(routings, stages)
  local waiting = {}
  for _, routing in ipairs(routings) do
    local way = { routing = routing, co = create(stages) }
    if not go_on(way, routing) then waiting[#waiting + 1] = way end
  end
  return waiting
end

-- The answer to what a way asks, as far as it is not known yet.
local function answer_of(way, known)
  if known then return known.value, known.failure end
  return asks.answer(way.routing, way.question.name, way.question.key)
end

--- Runs stages for each of several routings, which share their answers.
-- @tparam {table,...} routings each is in a wave from here on, see `waves.answer`
-- @tparam function stages of a routing
function waves.run(routings, stages)
  local waiting = begin(routings, stages)
  while waiting[1] do
    local answers, still = asks.ahead(waiting[1].routing, questions_of(waiting)), {}
    for i, way in ipairs(waiting) do
      if not go_on(way, answer_of(way, answers[i])) then still[#still + 1] = way end
    end
    waiting = still
  end
end

--- The answer to a question, when it is this routing's turn.
-- @tparam table routing
-- @tparam string name
-- @param key
-- @return as `asks.answer`
function waves.answer(routing, name, key)
  if routing.in_wave then return coroutine.yield(name, key) end
  return asks.answer(routing, name, key)
end

return waves
