--- Graphs (see `graphs`) of what machines take, with few states.
-- @module postoffice.policy.prove.sets.explored

local globs = require "postoffice.policy.prove.sets.globs"
local graphs = require "postoffice.policy.prove.sets.graphs"

local explored = {}

local concat, sort = table.concat, table.sort

-- ---- Fewer states ----------------------------------------------------------------

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
  for number in pairs(graphs.alive(states)) do kinds[number] = 1 end
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
  if not kinds[1] then return { { edges = {}, is_end = false } } end
  return graphs.met({ id = kinds[1] }, function(kind, visit)
    local state = made[kind.id]
    for _, edge in ipairs(state.edges) do visit(edge.token, { id = edge.to }) end
    return state.is_end or false
  end)
end

-- ---- Making them -----------------------------------------------------------------

--- The graph of what a machine takes.
-- @tparam table machine `first`, a state; `each(state, visit)`, which visits tokens for one character each, and
--   the states after them; `is_end(state)`.  States are tables with an `id`
-- @treturn table a graph
function explored.graph(machine)
  return tidied(graphs.met(machine.first, function(state, visit)
    machine.each(state, visit)
    return machine.is_end(state)
  end))
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
