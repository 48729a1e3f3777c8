--- Globs of what stands in carriers after their type (`kim+40*`), as globs of what they carry.
--
-- Any character may be written as an escape, and a glob may begin or end within one.  Each glob has all that some
-- way to write it is matched by, and may have more.
-- @module postoffice.policy.prove.classes.decoded

local globs = require "postoffice.policy.prove.sets.globs"

local decoded = {}

local ANY = globs.ANY
local HIGH = globs.of_kind "high"
local BLANK, ASCII = 32, 126 -- what is printed is between these

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

-- Lists of tokens for an escape of which one digit is known.
local function halves(pattern)
  local chars = {}
  for code = BLANK + 1, ASCII do
    local char = string.char(code):lower()
    local is_one = ("%02x"):format(code):find(pattern)
    chars[#chars + 1] = is_one and char or nil
  end
  local is_blank = ("20"):find(pattern) or ("09"):find(pattern)
  local lists = { { HIGH } }
  if chars[1] then lists[2] = { globs.one_of(table.concat(chars)) } end
  if is_blank then lists[#lists + 1] = {} end
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
    elseif what then
      give_up()
    else
      chars[#chars + 1] = char
    end
  end
  pieces[#pieces + 1] = table.concat(chars)
  return pieces
end

-- Each of some lists of tokens with each of others after it, if there are few.
local function products(fronts, backs)
  local list = globs.products(fronts, backs)
  if #list > MOST then give_up() end
  return list
end

-- Lists of tokens for a piece from a place on that is not within an escape; none if no carrier has it.
local function read_from(piece, at, is_ended)
  local lists = { {} }
  while at <= #piece do
    local char = piece:sub(at, at)
    local digits, digit = piece:match("^%+(%x%x)", at), piece:match("^%+(%x?)$", at)
    if digits then
      lists, at = products(lists, { char_of(digits) }), at + 3
    elseif digit and is_ended then
      return products(lists, halves("^" .. digit))
    elseif char:find "[%w=_-]" then
      lists, at = products(lists, { { char == "_" and "/" or char } }), at + 1
    else
      return {}
    end
  end
  return lists
end

-- The same of a piece that may begin within an escape, if a run `is_before`; or end within one, `is_after`.
local function read_piece(piece, is_before, is_after)
  local lists = read_from(piece, 1, is_after)
  local digit, digits = piece:match "^%x", piece:match "^%x%x"
  if not is_before or not digit then return lists end
  local ways = { products(halves(digit .. "$"), read_from(piece, 2, is_after)) }
  if digits then ways[2] = products({ char_of(digits) }, read_from(piece, 3, is_after)) end
  if #piece == 1 and is_after then ways[3] = halves("^" .. digit) end
  for _, way in ipairs(ways) do
    for _, tokens in ipairs(way) do lists[#lists + 1] = tokens end
  end
  return lists
end

local function read(tokens)
  local pieces, lists = pieces_of(tokens), { {} }
  for i, piece in ipairs(pieces) do
    if i > 1 then lists = products(lists, { { ANY } }) end
    lists = products(lists, read_piece(piece, i > 1, i < #pieces))
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
