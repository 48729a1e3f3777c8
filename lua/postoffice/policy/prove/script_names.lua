--- The names in the text of a script that nothing in it makes: each is a slip of the key, or left
-- over from another Lua.
--
-- The text is read by Lua's own rules for words and blocks, not for expressions: a name counts as
-- somebody's where a block around it, or anything above it in one, makes a local of it, and where any
-- text assigns to it.  So what is told is nobody's for sure.
-- @module postoffice.policy.prove.script_names

local lists = require "postoffice.lists"
local lpeg = require "lpeg"
local reserved = require "postoffice.text.lua_source".reserved

local script_names = {}

-- ---- Words --------------------------------------------------------------------

local C, Cc, P, R, S = lpeg.C, lpeg.Cc, lpeg.P, lpeg.R, lpeg.S
local Cb, Cg, Cmt, Cp = lpeg.Cb, lpeg.Cg, lpeg.Cmt, lpeg.Cp

local white = S " \t\r\n\f\v"
local letter = R("az", "AZ") + "_"
local digit = R "09"
local name = C(letter * (letter + digit) ^ 0)
local number = (digit + P "." * digit) * (S "eEpP" * S "+-" + letter + digit + ".") ^ 0

local open_long = "[" * Cg(P "=" ^ 0, "level") * "["
local close_long = Cmt("]" * C(P "=" ^ 0) * "]" * Cb "level", function(_, _, level, opened)
  return level == opened
end)
local long = (open_long * (1 - close_long) ^ 0 * (close_long + -1)) / 0
local function quoted(mark)
  local escaped = "\\z" * white ^ 0 + "\\" * P(1)
  return P(mark) * (escaped + (1 - S(mark .. "\n"))) ^ 0 * P(mark) ^ -1
end
local text = quoted '"' + quoted "'" + long
local skipped = (white + "--" * (long + (1 - P "\n") ^ 0)) ^ 0
local sign = C(P "..." + ".." + "::" + "==" + "~=" + "<=" + ">=" + 1)

-- A word: where it begins, what it is, its text, where it ends.
local word = skipped * Cp() * (Cc "name" * name + Cc "number" * C(number) + Cc "text" * C(text)
  + Cc "sign" * sign) * Cp()

-- A text without what Lua passes over at its beginning, as long as it was.
local function plain(source)
  return (source:gsub("^\239\187\191", "   "):gsub("^%s*#[^\n]*", function(line)
    return (" "):rep(#line)
  end))
end

-- The words of a text in their order, each `kind`, `text` and `at`, its byte; the last is none.
local function words_of(source)
  local words, at = {}, 1
  while true do
    local first, kind, said, after = word:match(source, at)
    if not first then break end
    if kind == "name" and reserved[said] then kind = "keyword" end
    words[#words + 1] = { kind = kind, text = said, at = first }
    at = after
  end
  words[#words + 1] = { kind = "end", text = "" }
  return words
end

-- ---- Blocks -------------------------------------------------------------------

local OPENS = lists.set { "function", "do", "if", "repeat", "(", "{", "[" }
local CLOSES = lists.set { "end", "until", ")", "}", "]" }
local CALLS = lists.set { "(", "{", ".", ":", "[" }

-- What the blocks that are open know by a name: true, or `event` and `place` of its argument; or nil.
local function find(block, wanted)
  while block do
    if block.names[wanted] then return block.names[wanted] end
    block = block.outer
  end
end

-- Makes locals of the names in a list that begins at a word: `a, b <const>`.
local function add_locals(words, i, names)
  while words[i].kind == "name" do
    names[words[i].text] = true
    i = i + 1
    if words[i].text == "<" then i = i + 3 end
    if words[i].text ~= "," then return end
    i = i + 1
  end
end

-- The event whose function begins at `i`, or nil: `function on.recipient(`.
local function event_at(words, i)
  if words[i + 1].text ~= "on" or words[i + 2].text ~= "." then return nil end
  return words[i + 4].text == "(" and "on." .. words[i + 3].text or nil
end

-- Makes locals of the parameters of a function whose word is at `i`.
local function add_parameters(words, i, names)
  local event, place = event_at(words, i), 0
  names.self = true
  while words[i].text ~= "(" and words[i].kind ~= "end" do i = i + 1 end
  i = i + 1
  while words[i] and words[i].kind == "name" do
    place = place + 1
    names[words[i].text] = event and { event = event, place = place } or true
    i = words[i + 1].text == "," and i + 2 or i + 1
  end
end

-- What a keyword or a bracket does to the blocks; returns the one that is open then.
local function step(words, i, block)
  local said = words[i].text
  if OPENS[said] then
    block = { outer = block, opened_by = said, names = {} }
    if said == "function" then
      block.event = event_at(words, i)
      add_parameters(words, i, block.names)
    end
  elseif CLOSES[said] and block.outer then
    if said == "until" then -- what it repeats until sees the block's locals
      for known in pairs(block.names) do block.outer.names[known] = true end
    end
    block = block.outer
  elseif said == "local" then
    add_locals(words, words[i + 1].text == "function" and i + 2 or i + 1, block.names)
  elseif said == "for" then
    add_locals(words, i + 1, block.names)
  end
  return block
end

-- ---- Names --------------------------------------------------------------------

-- Whether the name at `i` is one of a field, a method, a label or an attribute (`<const>`).
local function is_of_something(words, i, block)
  local before, after = words[i - 1] or {}, words[i + 1].text
  if before.text == "." or before.text == ":" or before.text == "::" then return true end
  if before.text == "goto" or before.text == "<" and after == ">" then return true end
  return after == "=" and block.opened_by == "{"
    and (before.text == "{" or before.text == "," or before.text == ";")
end

-- Whether the name at `i` is assigned to: alone, in a list, or as a function's.
local function is_assigned(words, i)
  local before = words[i - 1]
  if before and before.text == "function" then return words[i + 1].text == "(" end
  while words[i + 1].text == "," and words[i + 2].kind == "name" do i = i + 2 end
  return words[i + 1].text == "="
end

-- What a literal without escapes says; nil of another one.
local function said_by(literal)
  local _, said = literal:match "^([\"'])([^\\\"']*)%1$"
  return said
end

local MOST_FIRST = 100 -- words of a first argument: calls in calls would each be read to their ends

-- What a call says as its second and last argument, whose parenthesis is at `i`, where that is a literal.
local function second_at(words, i)
  local depth = 0
  for at = i, math.min(#words, i + MOST_FIRST) do
    local here = words[at].text
    if OPENS[here] then depth = depth + 1 elseif CLOSES[here] then depth = depth - 1 end
    if depth <= 0 then return nil end
    if depth == 1 and here == "," then
      local is_last = words[at + 1].kind == "text" and words[at + 2].text == ")"
      return is_last and said_by(words[at + 1].text) or nil
    end
  end
end

-- A mention of the name at `i`.
local function mention_at(words, i)
  local mention = { name = words[i].text, at = words[i].at }
  local after = i + 1
  if words[after].text == "." and words[after + 1].kind == "name" then
    mention.field = words[after + 1].text
    after = after + 2
  end
  mention.is_used = CALLS[words[after].text] or words[after].kind == "text"
  mention.said = words[after].text == "(" and second_at(words, after) or nil
  return mention
end

-- Adds what a name at `i` says to what is found and known.
local function add_name(words, i, block, found, known)
  local owner = find(block, words[i].text)
  local mention = mention_at(words, i)
  if not owner then
    if is_assigned(words, i) then known.assigned[mention.name] = true end
    table.insert(found.globals, mention)
    return
  end
  known.locals[mention.name] = true
  if owner ~= true and mention.field then
    mention.event, mention.place = owner.event, owner.place
    table.insert(found.fields, mention)
  end
end

-- The event whose function a block is of, and no other function in that; or nil.
local function event_of(block)
  while block and block.opened_by ~= "function" do block = block.outer end
  return block and block.event
end

local AFTER_RETURN = lists.set { "end", "else", "elseif", "until", ";" }

-- Adds what an event returns by a literal alone, whose keyword is at `i`.
local function add_return(words, i, block, found)
  local value, after = words[i + 1], words[i + 2]
  local event = value.kind == "text" and AFTER_RETURN[after.text] and event_of(block)
  local said = event and said_by(value.text)
  if said then table.insert(found.returns, { event = event, said = said, at = value.at }) end
end

-- A text of more bytes is not read: of as many, the words take half a second and a hundred MiB.
local MOST = 2 ^ 22

-- Takes all names in a text for assigned to.
local function assign_all(source, known)
  for said in source:gmatch "[%a_][%w_]*" do known.assigned[said] = true end
end

--- Reads the names in a text; of one of more than 4 MiB it finds nothing.
-- @string source
-- @tparam table known sets of names, to which the text's are added: `assigned`, globals that it
--   assigns to, and `locals`
-- @treturn table lists of mentions, each with `name`, `field`, if one of it is named, `at`, its byte,
--   `is_used`, whether that is called, or a field of it is read, so that nil raises, and `said`, what a
--   call of it says by a literal in the second place, if that is the last:
--   `globals`, and `fields`, of arguments of an `event` by their `place`; and `returns`, what an `event`
--   returns by a literal (`said`)
function script_names.read(source, known)
  local found, block = { globals = {}, fields = {}, returns = {} }, { names = {} }
  if #source > MOST then
    assign_all(source, known)
    return found
  end
  local words = words_of(plain(source))
  for i = 1, #words - 1 do
    local kind = words[i].kind
    if words[i].text == "return" then
      add_return(words, i, block, found)
    elseif kind == "keyword" or kind == "sign" then
      block = step(words, i, block)
    elseif kind == "name" and not is_of_something(words, i, block) then
      add_name(words, i, block, found, known)
    end
  end
  return found
end

--- What tells the line of a byte, soon where bytes come in their order.
-- @string source
-- @treturn function
function script_names.lines(source)
  local last, line = 1, 1
  return function(at)
    if at < last then last, line = 1, 1 end
    local _, more = source:sub(last, at - 1):gsub("\n", "")
    last, line = at, line + more
    return line
  end
end

return script_names
