--- Graphs (see `graphs`) of what machines take, with few states.
-- @module postoffice.policy.prove.sets.explored

local globs = require "postoffice.policy.prove.sets.globs"

local explored = {}

local concat, sort = table.concat, table.sort
local NONE = {}

-- ---- Fewer states ----------------------------------------------------------------

-- By number, the states from which a text may end.
local function useful(states)
  local before, queue, found, at = {}, {}, {}, 1
  for number, state in ipairs(states) do
    for _, edge in ipairs(state.edges) do
      before[edge.to] = before[edge.to] or {}
      table.insert(before[edge.to], number)
    end
    if state.is_end then found[number], queue[#queue + 1] = true, number end
  end
  while queue[at] do
    for _, number in ipairs(before[queue[at]] or NONE) do
      if not found[number] then found[number], queue[#queue + 1] = true, number end
    end
    at = at + 1
  end
  return found
end

-- The edges of a state, to kinds of states: as few as there can be, in one order.
local function united(state, kinds)
  local by_kind, list = {}, {}
  for _, edge in ipairs(state.edges) do
    local kind = kinds[edge.to]
    if kind then
      by_kind[kind] = by_kind[kind] or {}
      table.insert(by_kind[kind], edge.token)
    end
  end
  for kind, tokens in pairs(by_kind) do
    for _, token in ipairs(globs.united(tokens)) do
      list[#list + 1] = { token = token, to = kind, id = token .. "\0" .. kind }
    end
  end
  sort(list, function(a, b) return a.id < b.id end)
  return list
end

-- What tells a state from others, and its edges to kinds.
local function told(state, kinds, kind)
  local edges, ids = united(state, kinds), { tostring(kind), tostring(state.is_end or false) }
  for _, edge in ipairs(edges) do ids[#ids + 1] = edge.id end
  return concat(ids, "\0\0"), edges
end

-- By number, a number for all states from which the same leads on; and by this the edges and ends of one.
local function kinds_of(states)
  local kinds, count, made, last = {}, 0
  for number in pairs(useful(states)) do kinds[number] = 1 end
  repeat
    local finer, known = {}, {}
    last, count, made = count, 0, {}
    for number, state in ipairs(states) do
      if kinds[number] then
        local id, edges = told(state, kinds, kinds[number])
        if not known[id] then
          count = count + 1
          known[id], made[count] = count, { edges = edges, is_end = state.is_end }
        end
        finer[number] = known[id]
      end
    end
    kinds = finer
  until count == last
  return kinds, made
end

-- The states that lead to an end, those once from which the same does, in the order in which they are met.
local function tidied(states)
  local kinds, made = kinds_of(states)
  local first = kinds[1]
  if not first then return { { edges = {}, is_end = false } } end
  local list, numbers = { first }, { [first] = 1 }
  local function number_of(kind)
    if not numbers[kind] then
      list[#list + 1] = kind
      numbers[kind] = #list
    end
    return numbers[kind]
  end
  local graph, at = {}, 1
  while list[at] do
    local edges = {}
    for i, edge in ipairs(made[list[at]].edges) do
      edges[i] = { token = edge.token, to = number_of(edge.to) }
    end
    graph[at] = { edges = edges, is_end = made[list[at]].is_end or false }
    at = at + 1
  end
  return graph
end

-- ---- Making them -----------------------------------------------------------------

--- The graph of what a machine takes.
-- @tparam table machine `first`, a state; `each(state, visit)`, which visits tokens for one character each, and
--   the states after them; `is_end(state)`.  States are tables with an `id`
-- @treturn table a graph
function explored.graph(machine)
  local states, list, numbers, at = {}, {}, {}, 1
  local function number_of(state)
    if not numbers[state.id] then
      list[#list + 1] = state
      numbers[state.id] = #list
    end
    return numbers[state.id]
  end
  number_of(machine.first)
  while list[at] do
    local edges = {}
    machine.each(list[at], function(token, to)
      edges[#edges + 1] = { token = token, to = number_of(to) }
    end)
    states[at] = { edges = edges, is_end = machine.is_end(list[at]) }
    at = at + 1
  end
  return tidied(states)
end

--- The graph of what any of some graphs has.
-- @tparam {table,...} list
-- @treturn table
function explored.any(list)
  local function place(number, at)
    return { number = number, at = at, id = number .. " " .. at }
  end
  local function each_edge(number, at, visit)
    for _, edge in ipairs(list[number][at].edges) do visit(edge.token, place(number, edge.to)) end
  end
  return explored.graph {
    first = { id = "first" },
    each = function(state, visit)
      if state.number then return each_edge(state.number, state.at, visit) end
      for number in ipairs(list) do each_edge(number, 1, visit) end
    end,
    is_end = function(state)
      if state.number then return list[state.number][state.at].is_end end
      for _, graph in ipairs(list) do
        if graph[1].is_end then return true end
      end
      return false
    end,
  }
end

return explored
