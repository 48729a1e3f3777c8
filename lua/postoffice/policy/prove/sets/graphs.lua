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

-- The characters that some tokens are.
local function signs_of(tokens)
  local signs, seen = {}, {}
  for _, token in ipairs(tokens) do
    local what, char = globs.read(token)
    if not what and not seen[char] then seen[char], signs[#signs + 1] = true, char end
  end
  return signs
end

--- A part of a text.
-- @tparam {string,...} tokens what it is matched by
-- @tparam[opt] {string,...} after what it is parted at, characters and ONE: none of it is met before, and it
--   belongs to the part
-- @tparam[opt=0] number least so many characters may be the beginning of that already
-- @treturn table for `graphs.new`
function graphs.segment(tokens, after, least)
  local all = globs.slice(tokens, 1, #tokens)
  for _, token in ipairs(after or {}) do all[#all + 1] = token end
  return {
    tokens = all, size = #tokens, after = after or {}, signs = signs_of(after or {}),
    least = least or 0,
    id = ("%d:%d:"):format(#tokens, least or 0) .. globs.id(all),
  }
end

--- What tells the texts of some segments from those of others.
-- @tparam {table,...} segments
-- @treturn string
function graphs.id(segments)
  local ids = {}
  for i, segment in ipairs(segments) do ids[i] = segment.id end
  return concat(ids, "\0\0")
end

-- ---- States ------------------------------------------------------------------

-- What a token takes, by what it does to what is met: itself or a token for less, each with the character that
-- it is of those that matter, or nil.
local function parts_of(token, signs)
  local parts, rest = {}, globs.is_run(token) and globs.one_of_run(token) or token
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

local NONE = {}

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
    local token = segment and segment.tokens[place.at]
    if segment and not token then
      place = place_at(place.number + 1, 1, 0, NONE)
    elseif token and globs.is_run(token) then
      place = place_at(place.number, place.at + 1, place.count, place.met)
    else
      return list
    end
  until false
end

-- Visits the places after one by its token: with a token for one character each.
local function each_after(segment, place, visit)
  local token, met = segment.tokens[place.at], place.met
  local is_inside = place.at <= segment.size
  local at = globs.is_run(token) and place.at or place.at + 1
  local may_begin = is_inside and place.count >= segment.least
  local count = math.min(place.count + 1, segment.least)
  for _, part in ipairs(parts_of(token, segment.signs)) do
    local onward = met_after(segment.after, met, part.char, may_begin)
    if onward then visit(part.token, place_at(place.number, at, count, onward)) end
  end
end

--- The graph of segments, one after the other.
-- @tparam {table,...} segments
-- @treturn {table,...} states, the first one that where it begins: each has `edges`, with `token`, for one
--   character, and `to`, the number of a state; and `is_end`, if a text may end there
function graphs.new(segments)
  local states, places, numbers = {}, {}, {}
  local function number_of(place)
    if not numbers[place.id] then
      places[#places + 1] = place
      numbers[place.id], states[#places] = #places, { edges = {} }
    end
    return numbers[place.id]
  end
  number_of(place_at(1, 1, 0, NONE))
  local at = 1
  while places[at] do
    local state = states[at]
    for _, place in ipairs(reached(segments, places[at])) do
      local segment = segments[place.number]
      state.is_end = state.is_end or not segment
      if segment and segment.tokens[place.at] then
        each_after(segment, place, function(token, to)
          state.edges[#state.edges + 1] = { token = token, to = number_of(to) }
        end)
      end
    end
    at = at + 1
  end
  return states
end

-- ---- Matching ----------------------------------------------------------------

--- Whether a graph has a text.
-- @tparam {table,...} states
-- @tparam {string,...} chars its characters, folded
-- @treturn boolean
function graphs.matches(states, chars)
  local numbers = { 1 }
  for _, char in ipairs(chars) do
    local onward, seen = {}, {}
    for _, number in ipairs(numbers) do
      for _, edge in ipairs(states[number].edges) do
        if not seen[edge.to] and globs.takes(edge.token, char) then
          seen[edge.to], onward[#onward + 1] = true, edge.to
        end
      end
    end
    numbers = onward
  end
  for _, number in ipairs(numbers) do
    if states[number].is_end then return true end
  end
  return false
end

return graphs
