--- What a template makes of several parts of one field, in whichever order, as one graph of that field.
--
-- The parts are walked through in the order in which the pattern has them, and beside that what the template makes
-- of each: from where in the graph of what is asked for to where.  Where a part comes whose place in the template
-- is after one that is still to come, each state is tried that it may begin in, and held to where the other ends.
-- One graph says so of the field, where globs of each part say it once for each state between two.
-- @module postoffice.policy.prove.sets.arranged

local captured = require "postoffice.policy.prove.sets.captured"
local contains = require "postoffice.lists".contains
local explored = require "postoffice.policy.prove.sets.explored"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local graphs = require "postoffice.policy.prove.sets.graphs"
local shapes = require "postoffice.policy.prove.sets.shapes"
local spellings = require "postoffice.policy.prove.sets.spellings"

local arranged = {}

local concat = table.concat

local MOST_STATES = 20000 -- of a walk

-- Pieces of a template as `names`, and the characters before the first (`texts[0]`) and after each of them.
local function plan_of(pieces)
  local names, texts = {}, { [0] = {} }
  for _, piece in ipairs(pieces) do
    if type(piece) == "table" then
      names[#names + 1] = piece.name
      texts[#names] = {}
    else
      for _, char in ipairs(shapes.chars(piece)) do table.insert(texts[#names], char) end
    end
  end
  return { names = names, texts = texts }
end

--- The field of a matcher of which pieces of a template are several parts, each once, or nil.
-- @tparam table matcher
-- @tparam {string|table,...} pieces
-- @treturn table|nil
function arranged.field(matcher, pieces)
  local names, seen, field = plan_of(pieces).names, {}, nil
  if matcher.whole ~= nil or not names[2] then return nil end
  for _, name in ipairs(names) do
    local own = captured.field(matcher, name)
    if seen[name] or field and own ~= field then return nil end
    seen[name], field = true, own
  end
  return field
end

-- By place of a name, the states of a graph where what it stands for may begin.
local function starts_of(graph, plan)
  local starts = { graphs.after(graph, 1, plan.texts[0]) }
  for i = 1, #plan.names - 1 do
    local list, seen = {}, {}
    for _, from in ipairs(starts[i]) do
      for _, to in ipairs(graphs.reached(graph, from)) do
        for _, start in ipairs(graphs.after(graph, to, plan.texts[i])) do
          if not seen[start] then seen[start], list[#list + 1] = true, start end
        end
      end
    end
    starts[i + 1] = list
  end
  return starts
end

-- A state: the `place` in the pattern; the number of the segment that it is in (`inside`, 0 where it is none whose
-- name the template has), and where that has come to in the graph (`at`); and by place of a name where it ended
-- (`ends`) or where the next one began (`begins`), while the other of the two is to come.
local function state_of(place, inside, at, ends, begins)
  local ids = { place.id, inside, at }
  for i = 1, ends.count do ids[i + 3] = (ends[i] or "") .. ":" .. (begins[i] or "") end
  return {
    place = place, inside = inside, at = at, ends = ends, begins = begins, id = concat(ids, " "),
  }
end

-- The same list, of so many, with one item that is different.
local function with(list, i, item)
  local made = { count = list.count }
  for at = 1, list.count do made[at] = list[at] end
  made[i] = item
  return made
end

-- What is known where a segment has ended, if it is in one: its ends and begins; nil where it cannot end there.
local function finished(walk, state)
  local i = walk.numbers[state.inside]
  if not i then return state.ends, state.begins end
  local ends_in = graphs.after(walk.graph, state.at, walk.plan.texts[i])
  if not walk.plan.names[i + 1] then
    for _, number in ipairs(ends_in) do
      if walk.graph[number].is_end then return state.ends, state.begins end
    end
    return nil
  end
  local begun = state.begins[i]
  if not begun then return with(state.ends, i, state.at), state.begins end
  if contains(ends_in, begun) then return state.ends, with(state.begins, i, nil) end
end

-- Visits where a segment may begin in the graph, and the ends and begins that are known then.
local function each_start(walk, i, ends, begins, visit)
  local ended = ends[i - 1]
  if i == 1 or ended then
    local starts = i == 1 and walk.starts[1]
      or graphs.after(walk.graph, ended, walk.plan.texts[i - 1])
    local left = i == 1 and ends or with(ends, i - 1, nil)
    for _, start in ipairs(starts) do visit(start, left, begins) end
    return
  end
  for _, start in ipairs(walk.starts[i]) do visit(start, ends, with(begins, i - 1, start)) end
end

-- Visits the states after one by a character of the contents of a segment with a name.
local function each_inside(walk, from, token, place, number, visit)
  local function go(at, ends, begins)
    for _, edge in ipairs(walk.graph[at].edges) do
      local both = globs.both(token, edge.token)
      if both then visit(both, state_of(place, number, edge.to, ends, begins)) end
    end
  end
  if from.inside == number then return go(from.at, from.ends, from.begins) end
  local ends, begins = finished(walk, from)
  if ends then each_start(walk, walk.numbers[number], ends, begins, go) end
end

-- Visits the states after one.
local function each_after(walk, from, visit)
  walk.onward(from.place, function(token, place, number)
    if walk.numbers[number] then
      return each_inside(walk, from, token, place, number, visit)
    end
    local ends, begins = finished(walk, from)
    if ends then visit(token, state_of(place, 0, 0, ends, begins)) end
  end)
end

-- By number of a segment, the place in the template of what is captured there.
local function numbers_of(names, plan)
  local numbers = {}
  for number, name in pairs(names) do
    for i, other in ipairs(plan.names) do
      if other == name then numbers[number] = i end
    end
  end
  return numbers
end

local function nothing() end

--- What is true if pieces make what a graph has.
-- @tparam table matcher
-- @tparam table field from `arranged.field`
-- @tparam {string|table,...} pieces
-- @tparam {table,...} graph
-- @treturn table a formula
-- @raise `{ unknown = why }` where it would take too much to tell
function arranged.formula(matcher, field, pieces, graph)
  local plan, left = plan_of(pieces), MOST_STATES
  local segments, names = captured.segments(field)
  local walk = {
    graph = graph, plan = plan, starts = starts_of(graph, plan), numbers = numbers_of(names, plan),
  }
  local first, onward = graphs.walk(segments)
  walk.onward = onward
  local links = { count = #plan.names - 1 }
  local made = explored.graph {
    first = state_of(first, 0, 0, links, links),
    each = function(state, visit)
      left = left - 1
      if left < 0 then error({ unknown = spellings.TOO_MANY }, 0) end
      each_after(walk, state, visit)
    end,
    is_end = function(state)
      return onward(state.place, nothing) == true and finished(walk, state) ~= nil
    end,
  }
  if not graphs.has_some(made) then return formulas.FALSE end
  local cond = formulas.cond_of_graph(made)
  return formulas.term(matcher.family, { [field.field] = { cond } })
end

return arranged
