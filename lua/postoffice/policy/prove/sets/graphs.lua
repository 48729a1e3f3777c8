--- Texts that are parted at the first place where something is, as a small graph.
--
-- A run of a pattern is as short as it can be: it ends where what stands after it is met first.  Where that is
-- one character, no token of the run takes it.  Where it is several, lists of tokens cannot say so: here
-- each state is a place in such lists, and how far what stands after a run has been met inside of it.
-- @module postoffice.policy.prove.sets.graphs

local globs = require "postoffice.policy.prove.sets.globs"

local graphs = {}

local ONE = globs.ONE
local concat = table.concat

-- ---- Segments ----------------------------------------------------------------

local NONE = {}

-- The characters that some tokens are.
local function signs_of(tokens)
  local signs, seen = {}, {}
  for _, token in ipairs(tokens) do
    local what, char = globs.read(token)
    if not what and not seen[char] then seen[char], signs[#signs + 1] = true, char end
  end
  return signs
end

-- Adds states for tokens, one each: with `edges`, by a token for one character `to` another state, and `skip`,
-- one that is there at the same time.
local function add_tokens(states, tokens)
  for _, token in ipairs(tokens) do
    local here, is_run = #states + 1, globs.is_run(token)
    local one = is_run and globs.one_of_run(token) or token
    states[here] = {
      edges = { { token = one, to = is_run and here or here + 1 } }, skip = is_run and here + 1,
    }
  end
end

-- Edges to states whose numbers are higher by one.
local function shifted(edges)
  local list = {}
  for i, edge in ipairs(edges) do list[i] = { token = edge.token, to = edge.to + 1 } end
  return list
end

-- Adds states for a part of a graph: where it begins, which is not where it ends, and all of the graph's.
local function add_part(states, part)
  local last = #part.graph + 2
  states[1] = { edges = shifted(part.graph[part.from].edges) }
  for i, state in ipairs(part.graph) do
    states[i + 1] = { edges = shifted(state.edges), skip = part.ends[i] and last }
  end
end

--- A part of a text.
-- @tparam table contents what it is matched by: tokens, or a part from `graphs.part`
-- @tparam[opt] {string,...} after what it is parted at, characters and ONE: none of it is met before, and it
--   belongs to the part
-- @tparam[opt=0] number least so many characters may be the beginning of that already
-- @treturn table for `graphs.new`
function graphs.segment(contents, after, least)
  local states, add = {}, contents.graph and add_part or add_tokens
  add(states, contents)
  local size = #states
  add_tokens(states, after or NONE)
  return {
    states = states, size = size, after = after or NONE, signs = signs_of(after or NONE),
    least = least or 0,
  }
end

--- What leads from one state of a graph to another one, or to its end: texts that are not empty.
-- @tparam {table,...} graph
-- @tparam number from
-- @tparam[opt] number to
-- @treturn table for `graphs.segment` and the like
function graphs.part(graph, from, to)
  local ends = { [to or 0] = to and true }
  for i, state in ipairs(to and NONE or graph) do ends[i] = state.is_end end
  return { graph = graph, from = from, ends = ends }
end

-- Whether a state stays where it is by any character.
local function stays(graph, at)
  for _, edge in ipairs(graph[at].edges) do
    if edge.token == ONE and edge.to == at then return true end
  end
  return false
end

--- Whether a part can be seen to be all texts that are not empty.
-- @tparam table part
-- @treturn boolean
function graphs.is_all(part)
  for _, edge in ipairs(part.graph[part.from].edges) do
    local is_end = edge.token == ONE and part.ends[edge.to]
    if is_end and stays(part.graph, edge.to) then return true end
  end
  return false
end

--- What a part has of texts of one character.
-- @tparam table part
-- @treturn {{string},...} lists of one token
function graphs.single(part)
  local lists = {}
  for _, edge in ipairs(part.graph[part.from].edges) do
    lists[#lists + 1] = part.ends[edge.to] and { edge.token } or nil
  end
  return lists
end

-- ---- States ------------------------------------------------------------------

-- What a token takes, by what it does to what is met: itself or a token for less, each with the character that
-- it is of those that matter, or nil.
local function parts_of(token, signs)
  local parts, rest = {}, token
  for _, char in ipairs(signs) do
    if rest and globs.takes(rest, char) then
      parts[#parts + 1] = { token = globs.literal(char)[1], char = char }
      rest = globs.but(rest, char)
    end
  end
  parts[#parts + 1] = rest and { token = rest } or nil
  return parts
end

-- How much is met of what stands after a segment, in each way, after one more character; nil if all of it is.
local function met_after(after, met, char, may_begin)
  local onward = {}
  local function advance(length)
    local token = after[length + 1]
    if token == ONE or char and globs.takes(token, char) then onward[#onward + 1] = length + 1 end
  end
  if may_begin then advance(0) end
  for _, length in ipairs(met) do advance(length) end
  return onward[#onward] ~= #after and onward or nil
end

-- The place where segments go on from.
local function place_at(number, at, count, met)
  return {
    number = number, at = at, count = count, met = met,
    id = ("%d %d %d "):format(number, at, count) .. concat(met, ","),
  }
end

-- The places at which a place is without one more character; the last one is after all segments.
local function reached(segments, place)
  local list = {}
  repeat
    list[#list + 1] = place
    local segment = segments[place.number]
    local state = segment and segment.states[place.at]
    if segment and not state then
      place = place_at(place.number + 1, 1, 0, NONE)
    elseif state and state.skip then
      place = place_at(place.number, state.skip, place.count, place.met)
    else
      return list
    end
  until false
end

-- The edges of a place.
local function edges_at(segment, place)
  local state = segment and segment.states[place.at]
  return state and state.edges or NONE
end

-- Visits the places after one by an edge: with a token for one character each.
local function each_by(segment, place, edge, visit)
  local may_begin = place.at <= segment.size and place.count >= segment.least
  local count = math.min(place.count + 1, segment.least)
  for _, part in ipairs(parts_of(edge.token, segment.signs)) do
    local onward = met_after(segment.after, place.met, part.char, may_begin)
    if onward then visit(part.token, place_at(place.number, edge.to, count, onward)) end
  end
end

--- The states from which there is a way to an end.
-- @tparam {table,...} states
-- @treturn table a set of their numbers
function graphs.alive(states)
  local before, list, is_alive = {}, {}, {}
  for i, state in ipairs(states) do
    before[i] = before[i] or {}
    if state.is_end then is_alive[i], list[#list + 1] = true, i end
    for _, edge in ipairs(state.edges) do
      before[edge.to] = before[edge.to] or {}
      table.insert(before[edge.to], i)
    end
  end
  for _, at in ipairs(list) do -- which grows
    for _, earlier in ipairs(before[at]) do
      if not is_alive[earlier] then is_alive[earlier], list[#list + 1] = true, earlier end
    end
  end
  return is_alive
end

-- The same states without those that lead nowhere, but for the first.
local function trimmed(states)
  local is_alive, numbers, kept = graphs.alive(states), { 1 }, { states[1] }
  for i = 2, #states do
    if is_alive[i] then kept[#kept + 1], numbers[i] = states[i], #kept + 1 end
  end
  for _, state in ipairs(kept) do
    local edges = {}
    for _, edge in ipairs(state.edges) do
      local to = is_alive[edge.to] and numbers[edge.to]
      edges[#edges + 1] = to and { token = edge.token, to = to } or nil
    end
    state.edges = edges
  end
  return kept
end

--- The graph of what is met from a place on: a state for each place, in the order in which they are met.
-- @tparam table first a place: a table with an `id`
-- @tparam function go visits, of a place, tokens for one character each and the places after them; whether a
--   text may end at it
-- @treturn {table,...} states, as `graphs.new` has them
function graphs.met(first, go)
  local states, places, numbers = {}, {}, {}
  local function number_of(place)
    if not numbers[place.id] then
      places[#places + 1] = place
      numbers[place.id] = #places
    end
    return numbers[place.id]
  end
  number_of(first)
  for at, place in ipairs(places) do -- which grows
    local edges = {}
    local is_end = go(place, function(token, to)
      edges[#edges + 1] = { token = token, to = number_of(to) }
    end)
    states[at] = { edges = edges, is_end = is_end }
  end
  return states
end

-- Visits the places after one by one more character, as `graphs.walk` does.
local function each_onward(segments, from, visit)
  local is_end
  for _, place in ipairs(reached(segments, from)) do
    local segment = segments[place.number]
    local number = segment and place.at <= segment.size and place.number or nil
    is_end = is_end or not segment
    for _, edge in ipairs(edges_at(segment, place)) do
      each_by(segment, place, edge, function(token, to) visit(token, to, number) end)
    end
  end
  return is_end
end

--- How segments are walked through, one after the other.
-- @tparam {table,...} segments
-- @treturn table the place where they begin, with an `id`
-- @treturn function of a place and a function, which visits tokens for one character each, the places after
--   them, and the number of the segment whose contents the character is of, nil of what stands after these;
--   whether a text may end at the place
function graphs.walk(segments)
  local function go(place, visit) return each_onward(segments, place, visit) end
  return place_at(1, 1, 0, NONE), go
end

--- The graph of segments, one after the other.
-- @tparam {table,...} segments
-- @treturn {table,...} states, the first one that where it begins: each has `edges`, with `token`, for one
--   character, and `to`, the number of a state; and `is_end`, if a text may end there
function graphs.new(segments) return trimmed(graphs.met(graphs.walk(segments))) end

local function pair(mine, its) return { mine = mine, its = its, id = mine .. " " .. its } end

--- The graph of the texts that two have in common.
-- @tparam {table,...} states
-- @tparam {table,...} other
-- @treturn {table,...} states, as `graphs.new` has them
function graphs.intersection(states, other)
  return trimmed(graphs.met(pair(1, 1), function(at, visit)
    for _, edge in ipairs(states[at.mine].edges) do
      for _, its in ipairs(other[at.its].edges) do
        local token = globs.both(edge.token, its.token)
        if token then visit(token, pair(edge.to, its.to)) end
      end
    end
    return states[at.mine].is_end and other[at.its].is_end
  end))
end

--- What tells a graph from others, which may have the same texts.
-- @tparam {table,...} states
-- @treturn string
function graphs.id(states)
  local ids = {}
  for i, state in ipairs(states) do
    local edges = {}
    for j, edge in ipairs(state.edges) do edges[j] = edge.token .. "\0" .. edge.to end
    ids[i] = (state.is_end and "." or "") .. concat(edges, "\0\0")
  end
  return concat(ids, "\0\0\0")
end

--- Whether a graph has some text.
-- @tparam {table,...} states
-- @treturn boolean
function graphs.has_some(states) return states[1].is_end or states[1].edges[1] ~= nil end

-- ---- Matching ----------------------------------------------------------------

-- The numbers of the states after some by a character.
local function step(states, numbers, char)
  local onward, seen = {}, {}
  for _, number in ipairs(numbers) do
    for _, edge in ipairs(states[number].edges) do
      if not seen[edge.to] and globs.takes(edge.token, char) then
        seen[edge.to], onward[#onward + 1] = true, edge.to
      end
    end
  end
  return onward
end

--- The states after one by a text.
-- @tparam {table,...} states
-- @tparam number from
-- @tparam {string,...} chars its characters, folded
-- @treturn {number,...}
function graphs.after(states, from, chars)
  local numbers = { from }
  for _, char in ipairs(chars) do numbers = step(states, numbers, char) end
  return numbers
end

--- The states after one by any texts that are not empty.
-- @tparam {table,...} states
-- @tparam number from
-- @treturn {number,...}
function graphs.reached(states, from)
  local list, seen = {}, {}
  local function add_after(number)
    for _, edge in ipairs(states[number].edges) do
      if not seen[edge.to] then seen[edge.to], list[#list + 1] = true, edge.to end
    end
  end
  add_after(from)
  for _, number in ipairs(list) do add_after(number) end -- which grows
  return list
end

--- Whether a graph has a text.
-- @tparam {table,...} states
-- @tparam {string,...} chars its characters, folded
-- @treturn boolean
function graphs.matches(states, chars)
  for _, number in ipairs(graphs.after(states, 1, chars)) do
    if states[number].is_end then return true end
  end
  return false
end

return graphs
