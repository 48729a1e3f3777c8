--- Globs as lists of tokens, one for each character of a text that they match, in lower case.
--
-- A token is a character; ONE for any; ANY for none or more; or one of these two of some kinds alone, or
-- one of several characters; and what leaves out some characters of these.  Which of its tokens a text
-- has been matched by so far is a place: the number of the next token.  Nothing here is changed once it
-- is made.
-- @module postoffice.policy.prove.sets.globs

local characters = require "postoffice.policy.pattern.syntax".characters
local lists = require "postoffice.lists"

local globs = {}

local byte, find, lower, sub = string.byte, string.find, string.lower, string.sub

local ONE, ANY, ANY_BUT, ONE_BUT, OF_KIND = "\1", "\2", "\3", "\4", "\5"
local ONE_OF, RUN_OF, LITERAL = "\6", "\7", "\8"
local LAST = byte(LITERAL)
local NONE = {}
local BUT = "\1" -- before and after each character that a token leaves out

globs.ONE, globs.ANY, globs.OF_KIND, globs.ONE_OF = ONE, ANY, OF_KIND, ONE_OF

--- A character of some kinds, as `globs.kind` tells them, with blanks between them.
function globs.of_kind(kinds) return OF_KIND .. kinds end

--- None or more characters of some kinds.
function globs.run_of(kinds) return RUN_OF .. kinds end

--- One of some characters.
function globs.one_of(chars) return ONE_OF .. chars end

-- What a token is: one of the first seven constants, or nil for a character; and what it is about.
local function read(token)
  if byte(token) > LAST then return nil, token end
  local what = sub(token, 1, 1)
  if what == LITERAL then return nil, sub(token, 2) end
  return what, sub(token, 2)
end

globs.read = read

-- A character as a token.
local function literal(char) return char <= LITERAL and LITERAL .. char or char end

-- ---- Kinds -------------------------------------------------------------------

local KIND = { [" "] = "space", ["."] = "dot" }
for char in ("abcdefghijklmnopqrstuvwxyz0123456789"):gmatch "." do KIND[char] = "letter" end
for char in ("!#$%&'*+-/=?^_`{|}~"):gmatch "." do KIND[char] = "mark" end -- of RFC 5322's atext

--- The kind of a folded character: `letter` (digits, too), `mark`, `dot`, `space`, `special` (what
-- RFC 5322's atext leaves out), `high` (beyond ASCII) or `control`.
-- @tparam string char
-- @treturn string
function globs.kind(char)
  if KIND[char] then return KIND[char] end
  local code = byte(char)
  if code < 32 or code == 127 then return "control" end
  return code < 128 and "special" or "high"
end

local kind_of = globs.kind

-- ---- Making them -------------------------------------------------------------

local function is_run(token)
  local what = read(token)
  return what == ANY or what == ANY_BUT or what == RUN_OF
end

globs.is_run = is_run

-- Adds a token; two ANY side by side are one, and a ONE stands before them: `*?` is `?*`.
local function add(tokens, token)
  local last = #tokens
  if token == ANY and tokens[last] == ANY then return end
  if token == ONE and tokens[last] == ANY then
    tokens[last], tokens[last + 1] = ONE, ANY
  else
    tokens[last + 1] = token
  end
end

local function add_all(tokens, more)
  for i = 1, #more do add(tokens, more[i]) end
  return tokens
end

--- Several lists, one after the other.
-- @tparam {string,...} ...
-- @treturn {string,...}
function globs.joined(...)
  local tokens = {}
  for i = 1, select("#", ...) do add_all(tokens, (select(i, ...))) end
  return tokens
end

--- Each of some lists with each of others after it.
-- @tparam {{string,...},...} fronts
-- @tparam {{string,...},...} backs
-- @treturn {{string,...},...}
function globs.products(fronts, backs)
  local list = {}
  for _, front in ipairs(fronts) do
    for _, back in ipairs(backs) do list[#list + 1] = globs.joined(front, back) end
  end
  return list
end

--- A text that is matched as it is, but for the case of letters.
-- @tparam string text
-- @treturn {string,...}
function globs.literal(text)
  local tokens = {}
  for i, char in ipairs(characters(lower(text))) do tokens[i] = literal(char) end
  return tokens
end

local WILDCARD = { ["\1"] = { ONE }, ["\2"] = { ANY }, ["\3"] = { ONE, ANY } }

--- The tokens of a program of `core.glob_match`.
-- @tparam string program
-- @treturn {string,...}
function globs.of_program(program)
  local tokens, is_escaped = {}, false
  for _, char in ipairs(characters(lower(program))) do
    if is_escaped then
      add(tokens, literal(char))
      is_escaped = false
    elseif char == "\4" then
      is_escaped = true
    elseif WILDCARD[char] then
      add_all(tokens, WILDCARD[char])
    else
      add(tokens, char)
    end
  end
  return tokens
end

local BYTE_CODE = { [ONE] = "\1", [ANY] = "\2" }

--- The program of `core.glob_match` for tokens; nil where one leaves something out.
-- @tparam {string,...} tokens
-- @treturn string|nil
function globs.program(tokens)
  local codes = {}
  for i, token in ipairs(tokens) do
    local what, char = read(token)
    codes[i] = BYTE_CODE[token] or not what and char:gsub("^[\1-\4]", "\4%0")
    if not codes[i] then return nil end
  end
  return table.concat(codes)
end

--- A part of a list.
-- @tparam {string,...} tokens
-- @tparam number first
-- @tparam number last
-- @treturn {string,...}
function globs.slice(tokens, first, last)
  local part = {}
  for i = first, last do part[#part + 1] = tokens[i] end
  return part
end

--- The same for lists that match the same by the same tokens.
-- @tparam {string,...} tokens
-- @treturn string
function globs.id(tokens) return table.concat(tokens, "\0") end

--- Whether a list matches every text.
-- @tparam {string,...} tokens
-- @treturn boolean
function globs.is_all(tokens) return #tokens == 1 and tokens[1] == ANY end

--- The one text that a list matches, or nil.
-- @tparam {string,...} tokens
-- @treturn string|nil
function globs.text(tokens)
  local chars = {}
  for i, token in ipairs(tokens) do
    local what, char = read(token)
    if what then return nil end
    chars[i] = char
  end
  return table.concat(chars)
end

-- ---- Matching ----------------------------------------------------------------

--- Whether a token matches a character.
-- @tparam string token
-- @tparam string char folded
-- @treturn boolean
function globs.takes(token, char)
  if token == ANY or token == ONE then return true end
  local what, about = read(token)
  if not what then return about == char end
  if what == ONE_OF then return find(about, char, 1, true) ~= nil end
  if find(about, BUT .. char .. BUT, 1, true) then return false end
  if what == OF_KIND or what == RUN_OF then return find(about, kind_of(char), 1, true) ~= nil end
  return true
end

local takes = globs.takes

--- The characters that a token tells from others of their kind.
-- @tparam string token
-- @treturn {string,...}
-- @treturn boolean whether it tells kinds apart
function globs.told(token)
  local what, about = read(token)
  if not what then return { about }, false end
  if what == ONE_OF then return characters(about), false end
  local chars = {}
  for char in about:gmatch(BUT .. "([^" .. BUT .. "]+)") do
    chars[#chars + 1] = char
  end
  return chars, what == OF_KIND or what == RUN_OF
end

-- Adds a place to those in `places`, and those that none more are needed to come to.
local function reach(tokens, places, seen, place)
  while not seen[place] do
    seen[place], places[#places + 1] = true, place
    if not tokens[place] or not is_run(tokens[place]) then return end
    place = place + 1
  end
end

-- The places that a list can be at after some items, by which of its tokens takes which of them.
local function places_after(tokens, place, items, may_take)
  local places = {}
  reach(tokens, places, {}, place)
  for _, item in ipairs(items) do
    local onward, seen = {}, {}
    for _, at in ipairs(places) do
      local token = tokens[at]
      if token and may_take(token, item) then
        reach(tokens, onward, seen, is_run(token) and at or at + 1)
      end
    end
    places = onward
  end
  return places
end

--- The places that a list can be at after a text.
-- @tparam {string,...} tokens
-- @tparam number place before it, 1 at first
-- @tparam {string,...} chars its characters, folded
-- @treturn {number,...}
function globs.after(tokens, place, chars) return places_after(tokens, place, chars, takes) end

local function is_after(tokens, items, may_take)
  for _, place in ipairs(places_after(tokens, 1, items, may_take)) do
    if place == #tokens + 1 then return true end
  end
  return false
end

--- Whether a list matches a text of folded characters.
-- @tparam {string,...} tokens
-- @tparam {string,...} chars
-- @treturn boolean
function globs.matches(tokens, chars) return is_after(tokens, chars, takes) end

-- Whether a token takes whatever another one does.
local function takes_all_of(token, other)
  if token == other or token == ANY or token == ONE and not is_run(other) then return true end
  return not read(other) and takes(token, other)
end

--- Whether a list can be seen to match all that another one does, token by token; others may, too.
-- @tparam {string,...} tokens
-- @tparam {string,...} other
-- @treturn boolean
function globs.covers(tokens, other) return is_after(tokens, other, takes_all_of) end

--- All ways to part a list in two, so that a text matches it if its beginning matches the first and
-- its rest the second of some pair; none that another covers.
-- @tparam {string,...} tokens
-- @tparam number place from which on
-- @treturn {{string,...},...} each a list with the place where the second begins in `place`
function globs.beginnings(tokens, place)
  local list = {}
  for last = place - 1, #tokens do
    local here, onward = tokens[last], tokens[last + 1]
    local is_covered = onward and is_run(onward) or last >= place and is_run(here)
    if not is_covered then
      list[#list + 1] = { part = globs.slice(tokens, place, last), place = last + 1 }
    end
    if onward and is_run(onward) then
      list[#list + 1] = { part = globs.slice(tokens, place, last + 1), place = last + 1 }
    end
  end
  return list
end

-- What a token is about that leaves out one more character: each once, in one order.
local function leaving_out(what, about, char)
  local chars = globs.told(what .. about)
  chars[#chars + 1] = char
  table.sort(chars)
  local kinds = about:match("^[^" .. BUT .. "]*")
  return kinds .. BUT .. table.concat(chars, BUT .. BUT) .. BUT
end

local LEAVING_OUT = { [ANY] = ANY_BUT, [ONE] = ONE_BUT }

--- A token without a character.
-- @tparam string token
-- @tparam string char folded
-- @treturn string|nil nil if nothing is left of it
local function but(token, char)
  if not takes(token, char) then return token end
  local what, about = read(token)
  if not what then return nil end
  if what ~= ONE_OF then return (LEAVING_OUT[what] or what) .. leaving_out(what, about, char) end
  local at = find(about, char, 1, true)
  local left = sub(about, 1, at - 1) .. sub(about, at + #char)
  return left ~= "" and ONE_OF .. left or nil
end

globs.but = but

-- What a token is that takes what two do, but for what they leave out: of the kinds of both.
local function of_both(what, about, other_what, other_about)
  if what == ONE_BUT then return other_what == OF_KIND and OF_KIND .. other_about or ONE end
  if other_what == ONE_BUT then return OF_KIND .. about end
  local kinds, others = {}, " " .. other_about .. " "
  for kind in about:gmatch "%a+" do
    kinds[#kinds + 1] = others:find(" " .. kind .. " ", 1, true) and kind or nil
  end
  return kinds[1] and OF_KIND .. table.concat(kinds, " ") or nil
end

-- The characters that a token lists and another one takes, as a token; nil if there are none.
local function listed(chars, other)
  local taken = {}
  for _, char in ipairs(chars) do taken[#taken + 1] = takes(other, char) and char or nil end
  return taken[2] and ONE_OF .. table.concat(taken) or taken[1] and literal(taken[1])
end

-- The kinds that a token is of, without what it leaves out.
local function kinds_of(about) return about:match("^[^" .. BUT .. "]*") end

--- A token for the characters that both of two take.
-- @tparam string token for one character
-- @tparam string other likewise
-- @treturn string|nil nil if they take none in common
function globs.both(token, other)
  if token == other or other == ONE then return token end
  if token == ONE then return other end
  local what, about = read(token)
  local other_what, other_about = read(other)
  if not what or what == ONE_OF then return listed((globs.told(token)), other) end
  if not other_what or other_what == ONE_OF then return listed((globs.told(other)), token) end
  local made = of_both(what, kinds_of(about), other_what, kinds_of(other_about))
  for _, one in ipairs { token, other } do
    for _, char in ipairs((globs.told(one))) do made = made and but(made, char) end
  end
  return made
end

-- One token for all characters but those of a set; or for these, nil if there are none.
local function one_but(set)
  local token = ONE
  for _, char in ipairs(lists.keys(set)) do token = but(token, char) end
  return token
end

local function one_among(set)
  local chars = lists.keys(set)
  return chars[2] and ONE_OF .. table.concat(chars) or chars[1] and literal(chars[1])
end

--- Tokens that take the same between them as some do, fewer if that can be seen.
-- @tparam {string,...} tokens for one character each
-- @treturn {string,...}
function globs.united(tokens)
  local chars, kinds, left_out = {}, {}, nil
  for _, token in ipairs(tokens) do
    local what, own = read(token), lists.set((globs.told(token)))
    if what == OF_KIND then
      kinds[token] = true
    elseif what == ONE or what == ONE_BUT then
      left_out = left_out or own
      for char in pairs(left_out) do left_out[char] = own[char] end
    else
      for char in pairs(own) do chars[char] = true end
    end
  end
  for char in pairs(left_out and chars or NONE) do left_out[char] = nil end
  local list = lists.keys(kinds)
  list[#list + 1] = left_out and one_but(left_out) or one_among(chars)
  return list
end

local ONE_OF_RUN = { [ANY] = ONE, [ANY_BUT] = ONE_BUT, [RUN_OF] = OF_KIND }

--- A token for one character of those that a run is of.
-- @tparam string run
-- @treturn string
local function one_of(run)
  local what, about = read(run)
  return ONE_OF_RUN[what] .. about
end

globs.one_of_run = one_of

-- Adds a list: what is before a place, and the tokens from there on without a character; unless one of
-- these has nothing left.
local function add_without(list, front, tokens, place, char)
  local rest = globs.slice(front, 1, #front)
  for i = place, #tokens do
    local token = but(tokens[i], char)
    if not token then return end
    rest[#rest + 1] = token
  end
  list[#list + 1] = rest
end

--- What a list matches of texts that do not hold a character after their first `free` ones.
-- @tparam {string,...} tokens
-- @tparam string char
-- @tparam number free
-- @treturn {{string,...},...} lists that match these between them
function globs.without(tokens, char, free)
  local list = {}
  local function add_rest(front, place, left)
    local token = tokens[place]
    if left == 0 or not token then return add_without(list, front, tokens, place, char) end
    local is_again = is_run(token)
    if is_again then add_rest(front, place + 1, left) end -- the run is empty by now
    local longer = globs.slice(front, 1, #front)
    longer[#longer + 1] = is_again and one_of(token) or token
    add_rest(longer, is_again and place or place + 1, left - 1)
  end
  add_rest({}, 1, free)
  return list
end

--- What a list matches of texts that are not empty.
-- @tparam {string,...} tokens
-- @treturn {{string,...},...} lists that match these between them
function globs.nonempty(tokens)
  local list = {}
  for i, token in ipairs(tokens) do
    if not is_run(token) then return { tokens } end
    local rest = globs.slice(tokens, i, #tokens)
    table.insert(rest, 1, one_of(token))
    list[i] = rest
  end
  return list
end

--- What a list matches of texts of one character.
-- @tparam {string,...} tokens
-- @treturn {{string,...},...} lists that match these between them
function globs.single(tokens)
  local single, of_runs = nil, {}
  for _, token in ipairs(tokens) do
    if is_run(token) then
      of_runs[#of_runs + 1] = { one_of(token) }
    elseif single then
      return {}
    else
      single = token
    end
  end
  return single and { { single } } or of_runs
end

-- ---- Blanks ------------------------------------------------------------------

local BLANK, BLANKS = " ", RUN_OF .. "space"

local function may_be_blank(token)
  return token ~= nil and (is_run(token) or takes(token, BLANK))
end

-- What a token may be in a text of single blanks: lists of tokens, those of one blank in `blank`.  A run has
-- something else than blanks in it, or is empty, unless that does not matter, as nothing blank is beside it.
local function spellings_of(token, before_is_blank, after)
  local is_again = is_run(token)
  if is_again and not before_is_blank and not may_be_blank(after) then return { { token } } end
  local ways, solid = { is_again and {} or nil }, but(is_again and one_of(token) or token, BLANK)
  if solid then ways[#ways + 1] = is_again and { token, solid, token } or { solid } end
  if takes(token, BLANK) then ways[#ways + 1] = { BLANK, BLANKS, blank = true } end
  return ways
end

--- What a list matches of texts of which each blank may be several; of which neither the first nor the last
-- character is one.
-- @tparam {string,...} tokens
-- @tparam number most steps that are taken to find them
-- @treturn {{string,...},...}|nil lists that match these between them; nil where there are too many
function globs.spread(tokens, most)
  local list = {}
  local function add_from(place, front, is_blank)
    local token = tokens[place]
    most = most - 1
    if most < 0 then return end
    if not token then
      if not is_blank then list[#list + 1] = front end
      return
    end
    for _, way in ipairs(spellings_of(token, is_blank, tokens[place + 1])) do
      local longer = globs.joined(front, way)
      local is_told = way.blank and (is_blank or not front[1])
      if not is_told then add_from(place + 1, longer, way.blank or not way[1] and is_blank) end
    end
  end
  add_from(1, {}, false)
  return most >= 0 and list or nil
end

return globs
