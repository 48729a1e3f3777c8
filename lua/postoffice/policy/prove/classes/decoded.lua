--- Globs of what stands in carriers after their type (`kim+40*`), as globs of what they carry.
--
-- Any character may be written as an escape, and a glob may begin or end within one.  Each glob has all that some
-- way to write it is matched by, and may have more.
-- @module postoffice.policy.prove.classes.decoded

local add_all = require "postoffice.lists".add_all
local globs = require "postoffice.policy.prove.sets.globs"

local decoded = {}

local ANY = globs.ANY
local HIGH = globs.of_kind "high"
local BLANK, ASCII = 32, 126 -- what is printed is between these

local ONE = "\1" -- a character of a glob that may be any
local PLAIN = globs.one_of "abcdefghijklmnopqrstuvwxyz0123456789-=/"

local MOST = 64 -- ways to read a glob

-- Raised where nobody knows what is matched, and caught by `decoded.of`.
local UNKNOWN = {}

local function give_up() error(UNKNOWN, 0) end

-- ---- Escapes ---------------------------------------------------------------------

-- The character of an escape's two digits; blanks may be left out, and several octets be one character.
local function char_of(digits)
  local code = tonumber(digits, 16)
  if code <= BLANK or code > ASCII then give_up() end
  return globs.literal(string.char(code))
end

-- Lists of tokens for an escape whose digits a pattern matches, beside a run.  An octet at the end of a piece may
-- begin a character that others after it end.
local function halves(pattern)
  local chars = {}
  for code = BLANK + 1, ASCII do
    local char = string.char(code):lower()
    local is_one = ("%02x"):format(code):find(pattern)
    chars[#chars + 1] = is_one and char or nil
  end
  local is_nothing = ("20"):find(pattern) or ("09"):find(pattern) or pattern:find "^%^[89a-f]"
  local lists = { { HIGH } }
  if chars[1] then lists[2] = { globs.one_of(table.concat(chars)) } end
  if is_nothing then lists[#lists + 1] = {} end
  return lists
end

-- Lists of tokens for an escape whose digits may be any where they are not known: also for a blank, and for an
-- octet of a character that others begin.
local function escape_of(digits)
  if not digits:find(ONE, 1, true) then return { char_of(digits) } end
  local lists = halves("^" .. digits:gsub(ONE, ".") .. "$")
  lists[#lists + 1], lists[#lists + 2] = { " " }, {}
  return lists
end

-- ---- Pieces ----------------------------------------------------------------------

-- What stands between the runs of a glob.
local function pieces_of(tokens)
  local pieces, chars = {}, {}
  for _, token in ipairs(tokens) do
    local what, char = globs.read(token)
    if token == ANY then
      pieces[#pieces + 1], chars = table.concat(chars), {}
    elseif what and token ~= globs.ONE then
      give_up()
    else
      chars[#chars + 1] = what and ONE or char
    end
  end
  pieces[#pieces + 1] = table.concat(chars)
  return pieces
end

-- Each of some lists of tokens with each of others after it, each once, if there are few.
local function products(fronts, backs)
  local list, seen = {}, {}
  for _, tokens in ipairs(globs.products(fronts, backs)) do
    local id = globs.id(tokens)
    if not seen[id] then seen[id], list[#list + 1] = true, tokens end
  end
  if #list > MOST then give_up() end
  return list
end

-- Lists of tokens for a character at a place that is no escape; none if no carrier has it.
local function plain_at(piece, at)
  local char = piece:sub(at, at)
  if char == ONE then return { { PLAIN } } end
  return { char:find "[%w=_-]" and { char == "_" and "/" or char } or nil }
end

-- Lists of tokens for a piece from a place on that is not within an escape; none if no carrier has it.
local function read_from(piece, at, is_ended, known)
  if at > #piece then return { {} } end
  if known[at] then return known[at] end
  local plain = plain_at(piece, at)
  local lists = plain[1] and products(plain, read_from(piece, at + 1, is_ended, known)) or {}
  local begins = piece:find("^[+\1]", at) ~= nil
  local digits = begins and piece:match("^[%x\1][%x\1]", at + 1)
  local digit = begins and is_ended and piece:match("^[%x\1]?$", at + 1)
  local escaped = digits and products(escape_of(digits), read_from(piece, at + 3, is_ended, known))
    or digit and halves("^" .. digit:gsub(ONE, "."))
  known[at] = lists
  add_all(lists, escaped or {})
  if #lists > MOST then give_up() end
  return lists
end

-- Adds the lists of a piece that begins within an escape, after a run: with a character of its own, or, if it
-- `may_end` an escape of the piece before, with none.
local function add_within(lists, piece, may_end, is_after, known)
  local digit, digits = piece:match "^[%x\1]", piece:match "^[%x\1][%x\1]"
  if not digit then return end
  local one, two = { {} }, { {} }
  if not may_end then
    one, two = halves(digit:gsub(ONE, ".") .. "$"), digits and escape_of(digits)
  end
  add_all(lists, products(one, read_from(piece, 2, is_after, known)))
  if digits then add_all(lists, products(two, read_from(piece, 3, is_after, known))) end
  local is_within = #piece == 1 and is_after
  if is_within then add_all(lists, halves("^" .. digit:gsub(ONE, "."))) end
end

-- The same of a piece that may begin within an escape, if a run `is_before`; or end within one, `is_after`.
local function read_piece(piece, is_before, may_end, is_after)
  local known, lists = {}, {}
  add_all(lists, read_from(piece, 1, is_after, known))
  if is_before then add_within(lists, piece, may_end, is_after, known) end
  return lists
end

-- Whether an escape may begin in a piece, or in the run before it, that ends in a piece after it if no character
-- is between them; given whether one before it may.
local function is_open(piece, is_before, was_open)
  if piece == "" then return was_open end
  return piece:find "[+\1][%x\1]?$" ~= nil or is_before and piece:find "^[%x\1]$" ~= nil
end

local function read(tokens)
  local pieces, lists, may_end = pieces_of(tokens), { {} }, false
  for i, piece in ipairs(pieces) do
    if i > 1 then lists = products(lists, { { ANY } }) end
    lists = products(lists, read_piece(piece, i > 1, may_end, i < #pieces))
    may_end = is_open(piece, i > 1, may_end)
  end
  return lists
end

--- Globs of what is carried.
-- @tparam {string,...} tokens of a glob of what stands after a carrier's type, folded
-- @treturn {{string,...},...}|nil lists that match it between them; nil if nobody knows
function decoded.of(tokens)
  local ok, lists = pcall(read, tokens)
  if ok then return lists end
  if lists ~= UNKNOWN then error(lists, 0) end
  return nil
end

return decoded
