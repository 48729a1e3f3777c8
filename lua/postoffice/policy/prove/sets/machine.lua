--- One field's texts, told apart by many globs at once.
--
-- The globs are one tree of tokens, so that what many of them begin with is there once; a text leads to
-- a set of its nodes.  Sets are numbered as they are met.  Only characters that some node of a set
-- tells apart are tried, and two of each kind that stand for the rest of that kind.  Texts that the
-- same globs match are a class.
--
-- A glob with `quoted` matches the text as a quoted string, with its quotes and backslashes (RFC 5321
-- 4.1.2): its nodes take these steps beside the text's own.
-- @module postoffice.policy.prove.sets.machine

local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local universes = require "postoffice.policy.prove.sets.universes"

local machine = {}

local kind_of, read, takes = globs.kind, globs.read, globs.takes
local BETWEEN = 64 -- states between two looks at the clock

local ANY, clock = globs.ANY, os.clock
local concat, sort = table.concat, table.sort

local NONE = {}

-- ---- The tree ----------------------------------------------------------------

local function new_node(tree, is_quoted)
  local node = { id = #tree + 1, is_quoted = is_quoted, after = {}, leads_to = {} }
  tree[node.id] = node
  return node
end

-- Where a node keeps those after it: by a character, a run of some, or one of a class.
local function place_of(token)
  local what, char = read(token)
  if not what then return "chars", char end
  return globs.is_run(token) and "runs" or "classes", token
end

-- Notes that texts lead through a node to the end of a glob.
local function pass(node, cond)
  if not node.leads_to[cond.id] then
    node.leads_to[cond.id], node.leads_to[#node.leads_to + 1] = true, cond.id
  end
end

-- The node after a node and a token.
local function child(tree, node, token)
  local field, at = place_of(token)
  local children = node[field] or {}
  node[field] = children
  if not children[at] then
    children[at] = new_node(tree, node.is_quoted)
    children[at].loops_by = field == "runs" and token or nil
  end
  return children[at]
end

-- Adds the nodes of a graph, where it begins to those of a root.
local function insert_graph(tree, root, graph, cond)
  local nodes = {}
  for i, state in ipairs(graph) do
    nodes[i] = new_node(tree, root.is_quoted)
    nodes[i].ends = state.is_end and { cond } or nil
    pass(nodes[i], cond)
  end
  for i, state in ipairs(graph) do
    local edges = {}
    for j, edge in ipairs(state.edges) do
      edges[j] = { token = edge.token, node = nodes[edge.to] }
    end
    nodes[i].edges = edges
  end
  root.starts = root.starts or {}
  pass(root, cond)
  table.insert(root.starts, nodes[1])
end

-- The node of a glob that matches whatever comes.
local function done_node(tree, cond)
  local node = tree.done[cond.id]
  if node then return node end
  node = new_node(tree, false)
  pass(node, cond)
  node.loops_by, node.ends = ANY, { cond }
  node.done, tree.done[cond.id] = { node }, node
  return node
end

local function insert_tokens(tree, root, tokens, cond)
  local node = root
  pass(node, cond)
  for _, token in ipairs(tokens) do
    node = child(tree, node, token)
    pass(node, cond)
  end
  node.ends = node.ends or {}
  table.insert(node.ends, cond)
  if node.loops_by ~= ANY or node.is_quoted then return end
  node.done = node.done or {}
  table.insert(node.done, done_node(tree, cond))
end

local function insert(tree, root, cond)
  for _, one in ipairs(formulas.alternatives(cond)) do
    if one.graph then
      insert_graph(tree, root, one.graph, cond)
    else
      insert_tokens(tree, root, one.tokens, cond)
    end
  end
end

-- ---- Sets of nodes -----------------------------------------------------------

local function new_set() return { seen = {} } end

-- Adds a node, and those after it that need no character: a run may be empty.
local function reach(set, node)
  if set.seen[node] then return end
  set.seen[node], set[#set + 1] = true, node
  if node.starts then
    for _, start in ipairs(node.starts) do reach(set, start) end
  end
  if not node.runs then return end
  for _, run in pairs(node.runs) do reach(set, run) end
end

-- Adds the nodes after one by a character.
local function step_node(set, node, char)
  local loops_by = node.loops_by
  if loops_by and (loops_by == ANY or takes(loops_by, char)) then reach(set, node) end
  local by_char = node.chars and node.chars[char]
  if by_char then reach(set, by_char) end
  if node.edges then
    for _, edge in ipairs(node.edges) do
      if takes(edge.token, char) then reach(set, edge.node) end
    end
  end
  if not node.classes then return end
  for token, to in pairs(node.classes) do
    if takes(token, char) then reach(set, to) end
  end
end

local QUOTE, BACKSLASH = '"', "\\"
local ESCAPED = { [QUOTE] = true, [BACKSLASH] = true }

-- The same in a quoted string, where two characters have a backslash before them.
local function step_quoted(set, node, char)
  if not ESCAPED[char] then return step_node(set, node, char) end
  local between = new_set()
  step_node(between, node, BACKSLASH)
  for _, other in ipairs(between) do step_node(set, other, char) end
end

-- The nodes after one by a character, which many sets ask for.
local function nodes_after(node, char)
  local nodes = node.after[char]
  if not nodes then
    nodes = new_set()
    local step_on = node.is_quoted and step_quoted or step_node
    step_on(nodes, node, char)
    node.after[char] = nodes
  end
  return nodes
end

-- The nodes of globs that match whatever comes after a text that leads to some nodes, also by their ids; nil if
-- there are none.
local function all_done(set)
  local found
  for i = 1, #set do
    for _, node in ipairs(set[i].done or NONE) do
      local id = node.ends[1].id
      found = found or {}
      if not found[id] then found[id], found[#found + 1] = true, node end
    end
  end
  return found
end

-- Whether all that a node leads to is the end of globs that match whatever comes.
local function leads_nowhere_else(node, is_done)
  for _, id in ipairs(node.leads_to) do
    if not is_done[id] then return false end
  end
  return true
end

-- The nodes of a set; if globs match whatever comes, one for each of these, not one for each alternative that
-- does, and none that lead to nothing else.
local function without_done(set)
  local kept = all_done(set)
  for i = 1, kept and #set or 0 do
    if not leads_nowhere_else(set[i], kept) then kept[#kept + 1] = set[i] end
  end
  return kept or set
end

-- The number of a set, which the machine has from now on.
local function number_of(made, set)
  local ids = {}
  set = without_done(set)
  for i = 1, #set do ids[i] = set[i].id end
  sort(ids)
  local id = concat(ids, " ")
  local number = made.numbers[id]
  if not number then
    number = #made.sets + 1
    made.numbers[id], made.sets[number] = number, { nodes = set, steps = {} }
  end
  return number
end

-- What stands for the rest of a kind, the most readable first.
local REST = {
  { "x", "y", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q",
    "r", "s", "t", "u", "v", "w", "z", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0" },
  { "-", "_", "'", "=", "&", "$", "~", "*", "+", "/", "?", "^", "`", "{", "|", "}", "#", "!", "%" },
  { "." }, { " " },
  { ",", "(", ")", ":", ";", "<", ">", "@", "[", "]", QUOTE, BACKSLASH },
  { "\195\188", "\195\169", "\195\164", "\195\182", "\195\168" },
}

local RANK = { letter = 1, mark = 2, dot = 3, space = 4, special = 5, high = 6, control = 7 }

-- By a character what it is sorted by.
local readable = setmetatable({}, { __index = function(places, char)
  places[char] = RANK[kind_of(char)] .. char
  return places[char]
end })

local function more_readable(a, b) return readable[a.char] < readable[b.char] end

-- Adds the characters that a class or a run tells apart; whether it tells kinds apart.
local function add_class(told, token)
  local chars, tells_kinds = globs.told(token)
  for _, char in ipairs(chars) do told[char] = true end
  return tells_kinds
end

-- Adds the characters that a node tells apart to a set; whether it tells kinds apart.
local function add_told(told, node)
  local tells_kinds = false
  if node.chars then
    for char in pairs(node.chars) do told[char] = true end
  end
  if node.classes then
    for token in pairs(node.classes) do tells_kinds = add_class(told, token) or tells_kinds end
  end
  if node.edges then
    for _, edge in ipairs(node.edges) do
      tells_kinds = add_class(told, edge.token) or tells_kinds
    end
  end
  if node.loops_by then tells_kinds = add_class(told, node.loops_by) or tells_kinds end
  if node.is_quoted then told[QUOTE], told[BACKSLASH] = true, true end
  return tells_kinds
end

-- Adds two of a kind that are not told apart to trials.
local function add_rest(trials, rest, told, is_alike)
  local first
  for _, char in ipairs(rest) do
    if not told[char] then
      trials[#trials + 1] = { char = char, like = is_alike and "rest" or first }
      if first then return end
      first = char
    end
  end
end

-- The characters to be tried where some are told apart: those, and two of each kind of the rest.
local function new_trials(made, told, tells_kinds)
  local trials = {}
  for _, char in ipairs(made.universe.chars) do told[char] = true end
  for char in pairs(told) do trials[#trials + 1] = { char = char } end
  for _, rest in ipairs(REST) do add_rest(trials, rest, told, not tells_kinds) end
  sort(trials, more_readable)
  return trials
end

-- The characters to be tried in a set.
local function trials_of(made, set)
  if set.trials then return set.trials end
  local told, chars, tells_kinds = {}, {}, false
  for _, node in ipairs(set.nodes) do tells_kinds = add_told(told, node) or tells_kinds end
  for char in pairs(told) do chars[#chars + 1] = char end
  sort(chars)
  local id = (tells_kinds and "kinds " or "") .. concat(chars)
  made.trials[id] = made.trials[id] or new_trials(made, told, tells_kinds)
  set.trials = made.trials[id]
  return set.trials
end

-- The nodes after some by a character, each once: those are marked that are taken.
local function union_after(made, nodes, char)
  local mark, onward, count = made.mark + 1, {}, 0
  made.mark = mark
  for i = 1, #nodes do
    local list = nodes_after(nodes[i], char)
    for j = 1, #list do
      local node = list[j]
      if node.mark ~= mark then
        count = count + 1
        node.mark, onward[count] = mark, node
      end
    end
  end
  return onward
end

-- The number of the set after one by a character, which may be like others.
local function step(made, set, char, like)
  local number = set.steps[like]
  if not number then
    number = number_of(made, union_after(made, set.nodes, char))
    set.steps[like] = number
  end
  return number
end

-- The globs that match a text which leads to a set, each once, and their identity.
local function ends_of(set)
  if set.ends then return set.ends, set.ends_id end
  local ends, ids, seen = {}, {}, {}
  for _, node in ipairs(set.nodes) do
    local last = { node }
    if node.is_quoted then
      last = new_set()
      step_node(last, node, QUOTE)
    end
    for _, other in ipairs(last) do
      for _, cond in ipairs(other.ends or {}) do
        if not seen[cond.id] then
          seen[cond.id], ends[#ends + 1], ids[#ids + 1] = true, cond, cond.id
        end
      end
    end
  end
  sort(ids)
  set.ends, set.ends_id = ends, concat(ids, "\1")
  return ends, set.ends_id
end

-- ---- The graph ---------------------------------------------------------------

-- The state for a universe's state and a set, found from another one by a character.
local function state_of(made, inner, number, from, char)
  local by_number = made.states_by[inner]
  local id = by_number[number]
  if id then return id end
  id = #made.states + 1
  by_number[number] = id
  made.states[id] = {
    id = id, inner = inner, number = number, from = from, char = char, edges = {},
  }
  return id
end

-- Notes that a text can end in a state.
local function add_end(made, state)
  local ends, id = ends_of(made.sets[state.number])
  local class = made.classes[id]
  if not class then
    class = { id = id, machine = made, accepted = ends, first = state, ends = {} }
    made.classes[id], made.classes[#made.classes + 1] = class, class
  end
  class.ends[#class.ends + 1] = state
end

local function expand(made, state)
  local set, universe, edges = made.sets[state.number], made.universe, state.edges
  if universes.is_end(universe, state.inner) then add_end(made, state) end
  for _, trial in ipairs(trials_of(made, set)) do
    local inner = universes.step(universe, state.inner, trial.char)
    if inner then
      local number = step(made, set, trial.char, trial.like or trial.char)
      local id = state_of(made, inner, number, state, trial.char)
      edges[#edges + 1] = trial.char
      edges[#edges + 1] = id
    end
  end
end

local function begin(conds)
  local tree = { done = {} }
  local plain, quoted = new_node(tree, false), new_node(tree, true)
  local set, is_any_quoted = new_set(), false
  for _, cond in ipairs(conds) do
    insert(tree, cond.quoted and quoted or plain, cond)
    is_any_quoted = is_any_quoted or cond.quoted
  end
  reach(set, plain)
  if is_any_quoted then
    local opened = new_set()
    reach(opened, quoted)
    for _, node in ipairs(opened) do step_node(set, node, QUOTE) end
  end
  return set
end

--- Tells the texts of a universe apart.
-- @tparam table universe
-- @tparam {table,...} conds globs: `tokens` or a `graph`, `quoted`, and an `id`, a text of its own
-- @tparam table work `left`: how many states there may be; `until_then`, as `os.clock` tells it
-- @treturn {table,...}|nil classes, that with the shortest text first: each has `accepted`, conds
--   that match its texts, and an `id`; nil if the work is used up
function machine.classes(universe, conds, work)
  local made = {
    universe = universe, sets = {}, numbers = {}, states = {}, states_by = {}, classes = {},
    trials = {}, mark = 0, places = {},
  }
  for inner = 1, #universe.steps do made.states_by[inner], made.places[inner] = {}, {} end
  state_of(made, 1, number_of(made, begin(conds)))
  local at = 1
  while made.states[at] do
    if at > work.left or at % BETWEEN == 0 and clock() > work.until_then then return nil end
    expand(made, made.states[at])
    at = at + 1
  end
  work.left = work.left - at
  return made.classes
end

-- A place in a machine, where a text may lead: a state of its universe and the number of a set.
local function place_at(made, inner, number)
  local by_number = made.places[inner]
  if not by_number[number] then
    by_number[number] = { inner = inner, number = number, after = {} }
  end
  return by_number[number]
end

-- The place after one by a character, which is asked for once; false if no text goes on so.
local function place_after(made, place, char)
  local to = place.after[char]
  if to == nil then
    local inner = universes.step(made.universe, place.inner, char)
    to = inner and place_at(made, inner, step(made, made.sets[place.number], char, char)) or false
    place.after[char] = to
  end
  return to
end

--- The class of a text, of those that a machine was made for.
-- @tparam table made the `machine` of a class
-- @tparam {string,...} tokens one for each character of the text
-- @treturn table|nil nil if its universe has no such text
function machine.class_of(made, tokens)
  local place = place_at(made, 1, 1)
  for i = 1, #tokens do
    local _, char = read(tokens[i])
    place = place_after(made, place, char)
    if not place then return nil end
  end
  if not universes.is_end(made.universe, place.inner) then return nil end
  local _, id = ends_of(made.sets[place.number])
  return made.classes[id]
end

-- Where a character leads from each of some places: false if nowhere.
local function effect_after(made, effect, char)
  local to = {}
  for i, place in ipairs(effect) do to[i] = place and place_after(made, place, char) end
  return to
end

-- An effect, once for each list of places.
local function interned(effects, list)
  local ids = {}
  for i, place in ipairs(list) do ids[i] = place and place.inner .. "." .. place.number or "-" end
  local id = concat(ids, " ")
  if not effects[id] then
    effects.count = effects.count + 1
    list.number, list.after, effects[id] = effects.count, {}, list
  end
  return effects[id]
end

--- What texts do with the states of a machine.
-- @tparam table made
-- @treturn table for `machine.effect`
function machine.effects(made)
  local effects, all = { count = 0, made = made }, {}
  for i, state in ipairs(made.states) do all[i] = place_at(made, state.inner, state.number) end
  effects.none = interned(effects, all)
  return effects
end

--- A number, the same for texts that lead from each state of a machine to the same one.
-- @tparam table effects
-- @tparam {string,...} tokens one for each character of the text
-- @treturn number
function machine.effect(effects, tokens)
  local effect = effects.none
  for _, token in ipairs(tokens) do
    local _, char = read(token)
    effect.after[char] = effect.after[char]
      or interned(effects, effect_after(effects.made, effect, char))
    effect = effect.after[char]
  end
  return effect.number
end

-- ---- Texts -------------------------------------------------------------------

--- The shortest text of a class.
-- @tparam table class
-- @treturn string
function machine.first(class)
  local chars, state = {}, class.first
  while state.from do
    table.insert(chars, 1, state.char)
    state = state.from
  end
  return concat(chars)
end

-- By state, those before it; made once.
local function reversed(made)
  if made.before then return made.before end
  local before = {}
  for _, state in ipairs(made.states) do
    for at = 2, #state.edges, 2 do
      local to = state.edges[at]
      before[to] = before[to] or {}
      table.insert(before[to], state.id)
    end
  end
  made.before = before
  return before
end

-- How many characters are missing from each state to the next end of a class; none: no way.
local function distances(class)
  if class.distances then return class.distances end
  local before, left, queue, at = reversed(class.machine), {}, {}, 1
  for _, state in ipairs(class.ends) do left[state.id], queue[#queue + 1] = 0, state.id end
  while queue[at] do
    for _, id in ipairs(before[queue[at]] or {}) do
      if not left[id] then left[id], queue[#queue + 1] = left[queue[at]] + 1, id end
    end
    at = at + 1
  end
  class.distances = left
  return left
end

-- How many steps lead to each state from those that are counted.
local function steps_to(made)
  local counts = {}
  for id = 1, #made.states do counts[id] = 0 end
  for _, state in ipairs(made.states) do
    for at = 2, #state.edges, 2 do counts[state.edges[at]] = counts[state.edges[at]] + 1 end
  end
  return counts
end

-- By state, whether endlessly many texts lead to it: it is in a circle, or after one; made once.  Those are left
-- out that only such lead to as are left out.
local function endless_states(made)
  if made.endless then return made.endless end
  local counts, done, is_endless = steps_to(made), {}, {}
  for id, count in ipairs(counts) do
    is_endless[id] = count > 0
    if count == 0 then done[#done + 1] = id end
  end
  for _, id in ipairs(done) do -- which grows
    local edges = made.states[id].edges
    for at = 2, #edges, 2 do
      local to = edges[at]
      counts[to] = counts[to] - 1
      if counts[to] == 0 then done[#done + 1], is_endless[to] = to, false end
    end
  end
  made.endless = is_endless
  return is_endless
end

--- Whether a class has endlessly many texts: some way to its ends leads in a circle.
-- @tparam table class
-- @treturn boolean
function machine.is_endless(class)
  local is_endless = endless_states(class.machine)
  for _, state in ipairs(class.ends) do
    if is_endless[state.id] then return true end
  end
  return false
end

-- Puts a text that begins one of the class among those of its length when it is done.
local function put(buckets, text, length, id, left)
  local whole = length + left[id]
  buckets[whole] = buckets[whole] or {}
  table.insert(buckets[whole], { text = text, length = length, id = id })
  buckets.most = math.max(buckets.most, whole)
end

local WIDE = 1000 -- beginnings of texts of one length

--- Returns the texts of a class one after the other, the shortest first, then nil.  Where too many of one
-- length are begun, which may be any number to the power of the length, some are completed first.
-- @tparam table class
-- @treturn function
function machine.texts(class)
  local left, states = distances(class), class.machine.states
  local buckets, whole, is_end = { most = 0 }, 0, {}
  for _, state in ipairs(class.ends) do is_end[state.id] = true end
  if left[1] then put(buckets, "", 0, 1, left) end
  local place = 1
  local function take(bucket)
    if #bucket - place > WIDE then return table.remove(bucket) end
    place = place + 1
    return bucket[place - 1]
  end
  return function()
    while whole <= buckets.most do
      local item = buckets[whole] and take(buckets[whole])
      if not item then
        buckets[whole], whole, place = nil, whole + 1, 1
      else
        local edges = states[item.id].edges
        for at = 1, #edges, 2 do
          local char, to = edges[at], edges[at + 1]
          if left[to] then put(buckets, item.text .. char, item.length + 1, to, left) end
        end
        if is_end[item.id] then return item.text end
      end
    end
  end
end

return machine
