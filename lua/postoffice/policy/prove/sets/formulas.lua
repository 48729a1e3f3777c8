--- What sets are made of: terms, and what is said of them together.
--
-- A term is about one family: for some fields the globs that all match them, or that they are absent.
-- Terms that differ in one glob of one field are one term from so many on, whose glob is any of theirs:
-- a set of thousands tells two classes apart, not as many as it has patterns.
-- A formula is TRUE, FALSE, a term, or "any", "all" or "none" of others; formulas are never changed.
-- @module postoffice.policy.prove.sets.formulas

local core = require "postoffice.core"
local globs = require "postoffice.policy.prove.sets.globs"
local graphs = require "postoffice.policy.prove.sets.graphs"
local shapes = require "postoffice.policy.prove.sets.shapes"

local formulas = {}

local TRUE, FALSE, ABSENT = { op = "true" }, { op = "false" }, { id = "\0absent" }

formulas.TRUE, formulas.FALSE, formulas.ABSENT = TRUE, FALSE, ABSENT

--- A glob of a field.
-- @tparam {string,...} tokens
-- @tparam[opt] boolean is_quoted it is of the field as a quoted string
-- @treturn table
function formulas.cond(tokens, is_quoted)
  return {
    tokens = tokens, quoted = is_quoted or false,
    id = (is_quoted and "q" or "p") .. globs.id(tokens),
  }
end

-- Graphs of globs by their ids, which are long: a number stands for each.
local numbered = setmetatable({}, { __mode = "v" })
local graph_count = 0

--- The glob of a graph.
-- @tparam {table,...} graph
-- @tparam[opt] boolean is_quoted it is of the field as a quoted string
-- @treturn table with a `graph` instead of tokens
function formulas.cond_of_graph(graph, is_quoted)
  local id = (is_quoted and "h" or "g") .. graphs.id(graph)
  local known = numbered[id]
  if known then return known end
  graph_count = graph_count + 1
  known = { graph = graph, quoted = is_quoted or false, id = "g" .. graph_count .. "\0" }
  numbered[id] = known
  return known
end

--- A glob of a field that is parted at several characters.
-- @tparam {table,...} segments from `graphs.segment`
-- @tparam[opt] boolean is_quoted it is of the field as a quoted string
-- @treturn table with a `graph` instead of tokens
function formulas.cond_of_segments(segments, is_quoted)
  return formulas.cond_of_graph(graphs.new(segments), is_quoted)
end

local function by_id(a, b) return a.id < b.id end

-- Globs of several alternatives by the ids of these, which are long: a short one stands for them.
local several, count = setmetatable({}, { __mode = "v" }), 0

-- Those of a list that have another id than the one before.
local function each_once(conds)
  local list = {}
  for _, cond in ipairs(conds) do
    if not list[1] or list[#list].id ~= cond.id then list[#list + 1] = cond end
  end
  return list
end

-- A glob that matches what any of some do, none of which is quoted.
local function cond_of_any(conds)
  table.sort(conds, by_id)
  conds = each_once(conds)
  local ids = {}
  for i, one in ipairs(conds) do ids[i] = one.id end
  local id = table.concat(ids, "\3")
  if not several[id] then
    count = count + 1
    several[id] = { any = conds, quoted = false, id = "a" .. count }
  end
  return several[id]
end

--- The ids of globs or terms, in order, as one text: the same for the same ones.
-- @tparam {table,...} list
-- @treturn string
function formulas.ids(list)
  local ids = {}
  for i, one in ipairs(list) do ids[i] = one.id end
  table.sort(ids)
  return table.concat(ids, "\1")
end

--- What a glob is any of: itself, or its alternatives.
-- @tparam table cond
-- @treturn {table,...} globs with `tokens` or a `graph`
function formulas.alternatives(cond) return cond.any or { cond } end

--- A glob with some of its alternatives.
-- @tparam table cond
-- @tparam {table,...} list
-- @treturn table called the same
function formulas.with_alternatives(cond, list)
  return { any = list, quoted = cond.quoted, id = cond.id }
end

-- Whether a glob takes a character at least.
local function takes_some(tokens)
  for _, token in ipairs(tokens) do
    if not globs.is_run(token) then return true end
  end
  return false
end

local SOME = formulas.cond { globs.ONE, globs.ANY }

-- Whether a glob says nothing beside another.
local function is_implied(cond, other)
  if cond == other or other.quoted or cond.quoted then return false end
  if not cond.tokens or not other.tokens then return false end
  local text = globs.text(other.tokens)
  if text then return globs.matches(cond.tokens, shapes.chars(text)) end
  if cond.id == SOME.id then return other.id ~= SOME.id and takes_some(other.tokens) end
  return cond.id ~= other.id and globs.covers(cond.tokens, other.tokens)
end

-- The globs of a field, each once, without those that others imply, in one order.
local function in_order(conds)
  local list, seen, kept = {}, {}, {}
  for _, cond in ipairs(conds) do
    if not seen[cond.id] then seen[cond.id], list[#list + 1] = true, cond end
  end
  if not list[2] then return list end
  for _, cond in ipairs(list) do
    local implied = false
    for _, other in ipairs(list) do implied = implied or is_implied(cond, other) end
    if not implied then kept[#kept + 1] = cond end
  end
  table.sort(kept, by_id)
  return kept
end

-- The text of a field that only one matches, or nil.
local function text_of(conds)
  local cond = conds[1]
  return cond and cond.tokens and not cond.quoted and globs.text(cond.tokens) or nil
end

-- The identity of the one address that a term has, or nil.
local function key_of(family, fields)
  local parts = { family }
  if not shapes.of(family) then return nil end
  for i, field in ipairs(shapes.fields(family)) do
    local conds = fields[field]
    local text = conds == ABSENT and ABSENT.id or conds and text_of(conds)
    if not text or conds ~= ABSENT and conds[2] then return nil end
    parts[i + 1] = text
  end
  return table.concat(parts, "\2")
end

--- The same of an address as `shapes.word` has it.
-- @tparam table word
-- @treturn string
function formulas.key_of_word(word)
  local parts = { word.family }
  for i, field in ipairs(shapes.fields(word.family)) do
    parts[i + 1] = word.texts[field] or ABSENT.id
  end
  return table.concat(parts, "\2")
end

--- A term.
-- @tparam string family
-- @tparam table fields by name a list of globs, as from `formulas.cond`, or ABSENT
-- @treturn table a formula
function formulas.term(family, fields)
  local kept, parts = {}, { family }
  for _, field in ipairs(shapes.fields(family)) do
    local conds = fields[field]
    if conds and conds ~= ABSENT then
      conds = in_order(conds)
      for _, cond in ipairs(conds) do parts[#parts + 1] = field .. "\1" .. cond.id end
    elseif conds then
      parts[#parts + 1] = field .. "\1" .. ABSENT.id
    end
    kept[field] = conds
  end
  return {
    op = "term", family = family, fields = kept, id = table.concat(parts, "\2"),
    key = key_of(family, kept),
  }
end

--- Some addresses of which each is a class of its own wherever they are asked for, be they thousands: no
-- part has one of them, so that they tell no parts apart.
-- @tparam {table,...} addresses of families with a shape
-- @treturn table a formula
function formulas.alone(addresses)
  local keys = {}
  for _, address in ipairs(addresses) do
    keys[formulas.key_of_word(shapes.word(address))] = true
  end
  return { op = "alone", addresses = addresses, keys = keys }
end

--- Visits the addresses of a formula that are each a class of its own.
-- @tparam table formula
-- @tparam function visit
function formulas.each_alone(formula, visit)
  for _, address in ipairs(formula.addresses or {}) do visit(address) end
  for _, part in ipairs(formula.list or {}) do formulas.each_alone(part, visit) end
end

local alone_count = 0 -- formulas of what is alone, which have numbers

--- What tells a formula from others, which may be true of the same.
-- @tparam table formula
-- @treturn string
function formulas.id(formula)
  if formula.id then return formula.id end
  if formula.op == "alone" then
    alone_count = alone_count + 1
    formula.id = "alone\4" .. alone_count
    return formula.id
  end
  local ids = {}
  for i, part in ipairs(formula.list or {}) do ids[i] = formulas.id(part) end
  formula.id = formula.op .. "\4" .. table.concat(ids, "\4") .. "\5"
  return formula.id
end

-- Adds formulas to those of an "any" or an "all", each once; their own are taken apart.
local function collect(op, list, parts)
  for _, part in ipairs(list) do
    if part.op == op then
      collect(op, part.list, parts)
    elseif not parts[formulas.id(part)] then
      parts[formulas.id(part)], parts[#parts + 1] = part, part
    end
  end
  return parts
end

local function join(op, parts, neutral, absorbing)
  local kept = {}
  for _, part in ipairs(parts) do
    if part == absorbing then return absorbing end
    if part ~= neutral then kept[#kept + 1] = part end
  end
  if not kept[1] then return neutral end
  if not kept[2] then return kept[1] end
  return { op = op, list = kept }
end

-- ---- Terms that differ in one glob -----------------------------------------------

local MANY = 16

-- Whether a field of a term is said to match one glob without alternatives.
local function is_plain(term, field)
  local conds = term.fields[field]
  return conds and conds ~= ABSENT and #conds == 1 and conds[1].tokens and not conds[1].quoted
end

local function with_field(term, field, conds)
  local fields = {}
  for name, said in pairs(term.fields) do fields[name] = said end
  fields[field] = conds
  return fields
end

--- Terms that differ in one field: one for all globs of it if there are many.
-- @tparam string family
-- @tparam table fields what all of them say of others, as for `formulas.term`
-- @tparam string field
-- @tparam {table,...} conds
-- @treturn table a formula
function formulas.any_of_field(family, fields, field, conds)
  local list, own = {}, { fields = fields }
  if conds[MANY] then
    return formulas.term(family, with_field(own, field, { cond_of_any(conds) }))
  end
  for i, cond in ipairs(conds) do
    list[i] = formulas.term(family, with_field(own, field, { cond }))
  end
  return formulas.any(list)
end

-- Terms by what they say of all fields but one, which is said to match one glob: lists, in the order of
-- their first, so that what is made of them is called the same each time.
local function groups_by(field, parts)
  local groups, by_rest = {}, {}
  for _, part in ipairs(parts) do
    if part.op == "term" and is_plain(part, field) then
      local rest = formulas.term(part.family, with_field(part, field, nil)).id
      if not by_rest[rest] then
        by_rest[rest] = {}
        groups[#groups + 1] = by_rest[rest]
      end
      table.insert(by_rest[rest], part)
    end
  end
  return groups
end

-- The parts of an "any" where those of a group are one, which stands for its first.
local function joined_by(field, parts)
  local in_place, kept = {}, {}
  for _, group in ipairs(groups_by(field, parts)) do
    if group[MANY] then
      local first, conds = group[1], {}
      for i, term in ipairs(group) do conds[i], in_place[term] = term.fields[field][1], false end
      local fields = with_field(first, field, { cond_of_any(conds) })
      in_place[first] = formulas.term(first.family, fields)
    end
  end
  for _, part in ipairs(parts) do
    local other = in_place[part]
    if other == nil then kept[#kept + 1] = part elseif other then kept[#kept + 1] = other end
  end
  return kept
end

-- The names of the fields in which terms say that one glob matches, in order.
local function plain_fields(parts)
  local names, list = {}, {}
  for _, part in ipairs(parts) do
    for field in pairs(part.op == "term" and part.fields or {}) do names[field] = true end
  end
  for name in pairs(names) do list[#list + 1] = name end
  table.sort(list)
  return list
end

-- The parts of an "any", fewer where many differ in one glob.
local function fewer(parts)
  if not parts[MANY] then return parts end
  for _, field in ipairs(plain_fields(parts)) do parts = joined_by(field, parts) end
  return parts
end

--- What some formula of a list is true for.
function formulas.any(list) return join("any", fewer(collect("any", list, {})), FALSE, TRUE) end

-- Globs of a field, of which all graphs are one; nil if these have nothing in common.
local function with_one_graph(conds)
  local list, one = {}, nil
  for _, cond in ipairs(conds) do
    if not cond.graph or cond.quoted then
      list[#list + 1] = cond
    elseif one and one.id ~= cond.id then
      one = formulas.cond_of_graph(graphs.intersection(one.graph, cond.graph), false)
      if not graphs.has_some(one.graph) then return nil end
    else
      one = cond
    end
  end
  list[#list + 1] = one
  return list
end

-- What two terms are both true for, or nil if nothing.
local function both(one, other)
  if one.family ~= other.family then return nil end
  local fields = {}
  for field, said in pairs(one.fields) do fields[field] = said end
  for field, said in pairs(other.fields) do
    local mine, all = fields[field], {}
    if mine and (mine == ABSENT) ~= (said == ABSENT) then return nil end
    for _, cond in ipairs(mine or {}) do all[#all + 1] = cond end
    for _, cond in ipairs(said) do all[#all + 1] = cond end
    fields[field] = said == ABSENT and ABSENT or with_one_graph(all)
    if not fields[field] then return nil end
  end
  return formulas.term(one.family, fields)
end

-- The terms of a list as one; nil if that is true for nothing.
local function merged(parts)
  local list, at = {}, nil
  for _, part in ipairs(parts) do
    if part.op ~= "term" then
      list[#list + 1] = part
    elseif not at then
      at = #list + 1
      list[at] = part
    else
      list[at] = both(list[at], part)
      if not list[at] then return nil end
    end
  end
  return list
end

--- What all formulas of a list are true for.
function formulas.all(list)
  local parts = merged(collect("all", list, {}))
  return parts and join("all", parts, TRUE, FALSE) or FALSE
end

--- What a formula is not true for.
function formulas.none(formula)
  if formula == TRUE then return FALSE elseif formula == FALSE then return TRUE end
  if formula.op == "none" then return formula.list[1] end
  return { op = "none", list = { formula } }
end

-- The terms of an "any" by id, and the rest: so that one of thousands is found at once.
local function index(formula)
  if formula.by_id then return end
  local terms, keys, rest, globbed = {}, {}, {}, {}
  for _, part in ipairs(formula.list) do
    if part.op ~= "term" then
      rest[#rest + 1] = part
    else
      terms[part.id] = true
      if part.key then keys[part.key] = true else globbed[#globbed + 1] = part end
    end
  end
  formula.by_id, formula.by_key, formula.rest, formula.globbed = terms, keys, rest, globbed
end

--- Whether a formula is true where some terms are.
-- @tparam table formula
-- @tparam {table,...} accepted terms, also by id
-- @treturn boolean
function formulas.holds(formula, accepted)
  local op = formula.op
  if op == "term" then return accepted[formula.id] ~= nil end
  if op == "true" or op == "false" or op == "alone" then return op == "true" end
  if op == "none" then return not formulas.holds(formula.list[1], accepted) end
  if op == "all" then
    for _, part in ipairs(formula.list) do
      if not formulas.holds(part, accepted) then return false end
    end
    return true
  end
  index(formula)
  for _, term in ipairs(accepted) do
    if formula.by_id[term.id] then return true end
  end
  for _, part in ipairs(formula.rest) do
    if formulas.holds(part, accepted) then return true end
  end
  return false
end

--- What a glob is any of, parted once.
-- @tparam table cond
-- @treturn table the tokens of those alternatives that one text each is matched by, by this
-- @treturn {table,...} the others
function formulas.literals(cond)
  if cond.literals then return cond.literals, cond.others end
  cond.literals, cond.others = {}, {}
  for _, one in ipairs(formulas.alternatives(cond)) do
    local text = not one.quoted and one.tokens and globs.text(one.tokens)
    if text then cond.literals[text] = one.tokens else table.insert(cond.others, one) end
  end
  return cond.literals, cond.others
end

--- Whether a glob matches the text of a field.
-- @tparam table cond
-- @tparam string text folded
-- @treturn boolean
function formulas.matches(cond, text)
  if cond.any then
    local literals, others = formulas.literals(cond)
    if literals[text] then return true end
    for _, one in ipairs(others) do
      if formulas.matches(one, text) then return true end
    end
    return false
  end
  if cond.quoted then text = '"' .. text:gsub('["\\]', "\\%0") .. '"' end
  if cond.graph then return graphs.matches(cond.graph, shapes.chars(text)) end
  if cond.program == nil then cond.program = globs.program(cond.tokens) or false end
  if cond.program then return (core.glob_match(cond.program, text)) end
  return globs.matches(cond.tokens, shapes.chars(text))
end

local function matches_all(conds, text)
  for _, cond in ipairs(conds) do
    if not formulas.matches(cond, text) then return false end
  end
  return true
end

local function term_has(term, word)
  if term.family ~= word.family then return false end
  for field, conds in pairs(term.fields) do
    local text = word.texts[field]
    if (conds == ABSENT) ~= (text == nil) then return false end
    if text and not matches_all(conds, text) then return false end
  end
  return true
end

--- Whether a formula is true for an address.
-- @tparam table formula
-- @tparam table word from `shapes.word`
-- @treturn boolean
function formulas.has(formula, word)
  local op = formula.op
  if op == "term" then return term_has(formula, word) end
  if op == "true" or op == "false" then return op == "true" end
  if op == "alone" then return formula.keys[formulas.key_of_word(word)] or false end
  if op == "none" then return not formulas.has(formula.list[1], word) end
  local parts = formula.list
  if op == "any" then
    index(formula)
    if formula.by_key[formulas.key_of_word(word)] then return true end
    for _, part in ipairs(formula.globbed) do
      if term_has(part, word) then return true end
    end
    parts = formula.rest
  end
  for _, part in ipairs(parts) do
    if formulas.has(part, word) ~= (op == "all") then return op == "any" end
  end
  return op == "all"
end

--- Adds the terms of a formula to a list, each once.
-- @tparam table formula
-- @tparam {table,...} list also by id
-- @treturn {table,...} the same list
function formulas.terms(formula, list)
  if formula.op == "term" then
    if not list[formula.id] then list[formula.id], list[#list + 1] = formula, formula end
    return list
  end
  for _, part in ipairs(formula.list or {}) do formulas.terms(part, list) end
  return list
end

--- A formula with each term replaced, and nothing of what is alone: that is asked for by itself.
-- @tparam table formula
-- @tparam function replace of a term, a formula
-- @treturn table
function formulas.map(formula, replace)
  if formula.op == "term" then return replace(formula) end
  if formula.op == "alone" then return FALSE end
  if not formula.list then return formula end
  local list = {}
  for i, part in ipairs(formula.list) do list[i] = formulas.map(part, replace) end
  if formula.op == "none" then return formulas.none(list[1]) end
  return formula.op == "any" and formulas.any(list) or formulas.all(list)
end

return formulas
