--- What a capture of a pattern holds, as a formula of the field that it is a part of.
--
-- Runs of a pattern are as short as they can be, so that there is one way to part a field.
-- @module postoffice.policy.prove.sets.captured

local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local graphs = require "postoffice.policy.prove.sets.graphs"
local shapes = require "postoffice.policy.prove.sets.shapes"
local texts = require "postoffice.policy.prove.sets.texts"

local captured = {}

local cond = formulas.cond
local unpack = table.unpack or unpack

local ANY, ONE = globs.ANY, globs.ONE
local NOTHING = {}

local function give_up(why) error({ unknown = why }, 0) end

-- The pieces of a field's pattern as fixed tokens and groups of runs side by side, in turns: fixed
-- ones first and last, be they none.
local function parts_of(pieces)
  local parts, fixed = {}, {}
  for _, piece in ipairs(pieces) do
    if type(piece) == "string" then
      fixed = globs.joined(fixed, globs.literal(piece))
    elseif piece.kind == "one" then
      fixed[#fixed + 1] = ONE
    else
      local last = parts[#parts]
      if not fixed[1] and last and last.group then
        table.insert(last.group, piece)
      else
        parts[#parts + 1] = { tokens = fixed }
        parts[#parts + 1] = { group = { piece } }
        fixed = {}
      end
    end
  end
  parts[#parts + 1] = { tokens = fixed }
  return parts
end

-- The names that a group captures: each is of one character, but for the last.
local function names_in(group)
  local names = {}
  for _, piece in ipairs(group) do
    if piece.kind == "name" then names[#names + 1] = piece.name end
  end
  return names
end

-- What a list matches of one character, as it stands inside a quoted string.
local function single_in_quotes(tokens)
  local lists = {}
  for _, list in ipairs(globs.single(tokens)) do
    local token = globs.but(list[1], '"')
    token = token and globs.but(token, "\\")
    lists[#lists + 1] = token and { token }
  end
  for _, sign in ipairs { '"', "\\" } do
    if globs.matches(tokens, { "\\", sign }) then lists[#lists + 1] = { "\\", sign } end
  end
  return lists
end

-- What is held of one character, where tokens or a part of a graph are.
local function single_of(held, is_quoted)
  if held.graph then return graphs.single(held) end
  return (is_quoted and single_in_quotes or globs.single)(held)
end

-- What is held, where tokens or a part of a graph are, that is not empty.
local function some_of(held) return held.graph and { held } or globs.nonempty(held) end

-- What a group can hold, if a name is said to hold what tokens match or a part of a graph has: lists of tokens
-- of what all names but the last hold, and of what the last does.
local function contents(group, name, held, is_quoted)
  local names, fronts = names_in(group), { {} }
  if not names[1] then return fronts, { { ANY } } end
  local function said_of(other) return other == name and held or { ANY } end
  for i = 1, #names - 1 do
    fronts = globs.products(fronts, single_of(said_of(names[i]), is_quoted))
  end
  return fronts, some_of(said_of(names[#names]))
end

local PARTS_OF_PARTS = "captures are parts of parts"

-- Gives up where what is said of a capture is about some characters of it that others would not tell apart.
local function check_coarse(lists)
  for _, list in ipairs(lists) do
    if list.graph then give_up(PARTS_OF_PARTS) end
    for _, token in ipairs(list) do
      local what = globs.read(token)
      if what and what ~= ANY and what ~= ONE then give_up(PARTS_OF_PARTS) end
    end
  end
end

-- The text of a field as it stands inside a quoted string.
local function escaped(tokens)
  local text = globs.text(tokens)
  if not text then give_up "a wildcard stands beside a capture in quotes" end
  return globs.literal((text:gsub('["\\]', "\\%0")))
end

-- What stands after a group in quotes may begin with a character that stands alone there: what is before it
-- is whole.
local function check_border(fixed)
  local sign = fixed[1] == '"' or fixed[1] == "\\"
  if sign then give_up "captures stand before a sign of quotes" end
end

-- The parts of a field's pattern as a quoted string, its quotes included.
local function in_quotes(parts)
  local list = {}
  for i, part in ipairs(parts) do
    list[i] = part.group and part or { tokens = escaped(part.tokens) }
    if i % 2 == 1 and i > 1 and i < #parts then check_border(list[i].tokens) end
  end
  list[1] = { tokens = globs.joined({ '"' }, list[1].tokens) }
  list[#list] = { tokens = globs.joined(list[#list].tokens, { '"' }) }
  return list
end

-- Whether what stands after some group is more than one character.
local function are_parted_at_several(parts)
  for i = 3, #parts - 1, 2 do
    if not globs.text(parts[i].tokens) or parts[i].tokens[2] then return true end
  end
  return false
end

-- Some lists before the first place where a character is that stands after so many at least.
local function without(lists, char, least)
  local own = {}
  for _, list in ipairs(lists) do
    for _, one in ipairs(globs.without(list, char, least)) do own[#own + 1] = one end
  end
  return own
end

-- Adds what is matched by tokens to lists, up to the first place where one character is.
local function add_tokens(lists, more, after, least)
  return globs.products(lists, after and without(more, globs.text(after), least) or more)
end

-- Adds the same to lists of segments, up to the first place where several are, which they include.
local function add_segments(lists, more, after, least)
  local longer = {}
  for _, list in ipairs(lists) do
    for _, tokens in ipairs(more) do
      local one = { unpack(list) }
      one[#one + 1] = graphs.segment(tokens, after, least)
      longer[#longer + 1] = one
    end
  end
  return longer
end

-- Lists for the parts of a field: its fixed tokens, and what each group holds as `contents_of` says, which is
-- told what stands after it; of the last one that ends the field there is nothing.
local function lists_of(parts, contents_of, add, includes_after)
  local lists = { {} }
  for i, part in ipairs(parts) do
    local group, is_last = part.group, i >= #parts - 1
    local after = group and not is_last and parts[i + 1].tokens or nil
    if group then
      local fronts, lasts = contents_of(group, after)
      lists = add(add(lists, fronts), lasts, after, names_in(group)[1] and 1 or 0)
    elseif i == 1 or is_last or not includes_after then
      lists = add(lists, { part.tokens })
    end
  end
  return lists
end

-- The globs of a field in which a name holds what tokens match or a part of a graph has.
local function field_conds(pieces, name, held, is_quoted, is_coarse)
  local parts = parts_of(pieces)
  if is_quoted then parts = in_quotes(parts) end
  local function contents_of(group, after)
    local fronts, lasts = contents(group, name, held, is_quoted)
    if after and is_coarse and not is_quoted then
      check_coarse(fronts)
      check_coarse(lasts)
    end
    return fronts, lasts
  end
  local has_graph, list = held.graph ~= nil or are_parted_at_several(parts), {}
  local make = has_graph and formulas.cond_of_segments or cond
  local add = has_graph and add_segments or add_tokens
  for i, own in ipairs(lists_of(parts, contents_of, add, has_graph)) do
    list[i] = make(own, is_quoted)
  end
  return list
end

--- The field of a matcher that captures a name.
-- @tparam table matcher
-- @tparam string name
-- @treturn table
function captured.field(matcher, name)
  for _, field in ipairs(matcher.fields) do
    for _, other in ipairs(field.names) do
      if other == name then return field end
    end
  end
end

--- The parts of a field, as segments of which a walk of a graph tells whose contents a character is.
-- @tparam table field of a matcher
-- @treturn {table,...} from `graphs.segment`
-- @treturn table by number of a segment the name that it is captured as
function captured.segments(field)
  local parts, segments, names = parts_of(field.pieces), {}, {}
  local function add(...) segments[#segments + 1] = graphs.segment(...) end
  for i, part in ipairs(parts) do
    local own = part.group and names_in(part.group)
    for at, name in ipairs(own or NOTHING) do
      names[#segments + 1] = name
      if own[at + 1] then add { ONE } end
    end
    if own then
      local after = i < #parts - 1 and parts[i + 1].tokens or nil
      add(own[1] and { ONE, ANY } or { ANY }, after, own[1] and 1 or 0)
    elseif i == 1 or i == #parts then
      add(part.tokens)
    end
  end
  return segments, names
end

-- Whether nothing is said of what is held, but that it is not empty.
local function is_anything(held)
  return (held.graph and graphs.is_all or globs.is_all)(held)
end

--- What is true if a capture holds what tokens match or a part of a graph has, in the quoted form of it or as it
-- is.
-- @tparam table matcher as a pre-image asks it: `is_coarse` where nothing is said that is about parts of what a
--   capture holds
-- @tparam string name
-- @tparam table held
-- @tparam[opt] boolean is_quoted
-- @treturn table a formula
-- @raise `{ unknown = why }` where it cannot be told
function captured.formula(matcher, name, held, is_quoted)
  if is_anything(held) then return formulas.TRUE end
  if matcher.whole == name then
    if is_quoted or held.graph or not shapes.of(matcher.family)
      or not shapes.of(matcher.family).text or matcher.type ~= matcher.family then
      give_up "the whole address is captured"
    end
    return texts.formula(matcher.family, held)
  end
  local field, list = captured.field(matcher, name), {}
  local conds = field_conds(field.pieces, name, held, is_quoted, matcher.is_coarse)
  for _, own in ipairs(conds) do
    if not own.graph or graphs.has_some(own.graph) then
      list[#list + 1] = formulas.term(matcher.family, { [field.field] = { own } })
    end
  end
  return formulas.any(list)
end

--- Whether a matcher captures parts of a field before others, of which pre-images tell much apart.
-- @tparam table matcher
-- @treturn boolean
function captured.has_parts(matcher)
  for _, field in ipairs(matcher.whole == nil and matcher.fields or NOTHING) do
    if field.names[1] and parts_of(field.pieces)[4] then return true end
  end
  return false
end

return captured
