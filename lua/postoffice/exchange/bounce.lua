--- Encapsulated Exchange names in the text of a bounce.
--
-- A mail program may have written the text in quoted-printable, as a link, in HTML,
-- JSON or a DSN's xtext, cut its lines or quoted them.  What is certain is undone: a line
-- break inside an address only where the address goes on behind it for sure.  What is not
-- certain is handed back as skipped, with the reason.
-- @module postoffice.exchange.bounce

local core = require "postoffice.core"
local fail = require "postoffice.fail"
local utf8 = require "postoffice.text.utf8"
local lpeg = require "lpeg"

local Cp, Cs, Ct, P, S = lpeg.Cp, lpeg.Cs, lpeg.Ct, lpeg.P, lpeg.S

local bounce = {}

local MAX_LINES = 16 -- that one address is spread over
local WIDE = 60 -- columns of a line that was full when it was cut
local LONGEST_TYPE = 16

-- The names that HTML gives to some of the characters (13.5).
local NAMED = {
  ["+"] = P "plus", ["="] = P "equals", ["_"] = P "lowbar" + P "UnderBar", ["@"] = P "commat",
}

-- A byte in hexadecimal digits of either case.
local function in_hex(byte)
  local digits = ("%02x"):format(byte)
  return S(digits:sub(1, 1) .. digits:sub(1, 1):upper())
    * S(digits:sub(2) .. digits:sub(2):upper())
end

-- A character by its number: in links (RFC 6068), in which % is no character of IMCEA; in HTML and
-- XML, whose & may itself be written &amp;; in JSON (RFC 8259 7), itself in JSON perhaps.  So deep at
-- most, or a text of backslashes were read again from each of them.
local DEEPEST = 8

local function encoded(character)
  local byte = character:byte()
  local entity = P "#" * S "xX" * P "0" ^ 0 * in_hex(byte)
    + P "#" * P "0" ^ 0 * tostring(byte) + (NAMED[character] or P(false))
  return (P "%" * in_hex(byte) + P "&" * P "amp;" ^ -DEEPEST * entity * ";"
    + P "\\" * P "\\" ^ -DEEPEST * "u00" * in_hex(byte)) / function() return character end
end

-- Characters as they are and by their numbers.
local function written(characters)
  local choice = P(false)
  for character in characters:gmatch "." do choice = choice + encoded(character) end
  return S(characters) + #S "%&\\" * choice
end

local ALPHABET = "abcdefghijklmnopqrstuvwxyz"
local LETTERS = "0123456789" .. ALPHABET .. ALPHABET:upper()
local piece = Cs(written("_=+-" .. LETTERS) ^ 1)
local at_sign = P "\\" ^ -1 * P "@" + encoded "@" / 0 -- documentation writes \@ (KB 2807779)

-- A word in either case, of which any letter may be written by its number.
local function spelt(word)
  local pattern = P(true)
  for character in word:gmatch "." do
    pattern = pattern * written(character .. character:upper())
  end
  return pattern / 0
end

-- The next `IMCEA...-`: where it begins, and the type that it names.
local type_letter = written(LETTERS)
local beginning = P {
  Cp() * spelt "imcea" * Cs(type_letter * type_letter ^ (1 - LONGEST_TYPE)) * (written "-" / 0)
    + 1 * (1 - S "iI%&\\") ^ 0 * lpeg.V(1),
}

-- The end of a line and the quotation marks of the next.
local break_line = S " \t" ^ 0 * P "\r" ^ -1 * "\n" * S " \t>|" ^ 0
local more = Cp() * break_line * piece * Cp()
local domain = written(LETTERS .. ".-[") * written(LETTERS .. ".-:[]") ^ 0 / 0

-- The pieces, each but the first between the positions of its ends; where the
-- address ends, or nil where no domain does.
local address = Ct(piece * more ^ (1 - MAX_LINES)) * break_line ^ -1 * at_sign
  * break_line ^ -1 * domain * Cp()
local one_line = piece * Cp()

local CLOSER = { ["<"] = ">", ['"'] = '"', ["'"] = "'", ["("] = ")", ["["] = "]" }
local WANTED = { EX = true, X500 = true }

-- The text pieces of a match, in order.
local function texts_of(match)
  local texts = { match[1] }
  for i = 3, #match, 3 do texts[#texts + 1] = match[i] end
  return texts
end

-- The columns from the start of a line to a position.
local function columns(text, position)
  local before = text:sub(math.max(1, position - WIDE), position - 1)
  return #before:match "[^\n]*$"
end

-- Whether brackets or quotation marks hold the whole address.
local function is_enclosed(text, first, last)
  local before = text:sub(math.max(1, first - 8), first - 1):gsub("%a+[:;]$", "")
  local closer = CLOSER[before:sub(-1)]
  return closer ~= nil and text:sub(last, last) == closer
end

-- Whether two pieces can only belong together: the first ends inside an escape
-- or a component, or the second goes on with components.
local function is_joint(left, right)
  return left:find "[+=_]$" or left:find "%+%x$" or right:find "_%a+="
end

local function is_certain(text, first, match, last)
  if is_enclosed(text, first, last) then return true end
  local texts = texts_of(match)
  for i = 2, #texts do
    local at = match[i * 3 - 4]
    if columns(text, at) < WIDE and not is_joint(texts[i - 1], texts[i]) then return false end
  end
  return true
end

-- In quoted-printable every = is written =3D, and a line ends in =.  An address
-- has several of them, so that an organisation 3D Systems is no mistake here.
local function is_quoted_printable(texts)
  local found = false
  for i, text in ipairs(texts) do
    local body = i < #texts and text:match "^(.*)=$" or text
    for following in body:gmatch "=(.?.?)" do
      if following:upper() ~= "3D" then return false end
      found = true
    end
  end
  return found
end

local function unquote(texts)
  local plain_texts = {}
  for i, text in ipairs(texts) do
    local body = i < #texts and text:match "^(.*)=$" or text
    plain_texts[i] = body:gsub("=3[Dd]", "=")
  end
  return plain_texts
end

-- Whether each line ends as quoted-printable's do.
local function is_softly_cut(texts)
  for i = 1, #texts - 1 do
    if texts[i]:sub(-1) ~= "=" then return false end
  end
  return true
end

-- The local part from the pieces; or nil, message, code.
local function join(text, first, match, last)
  local texts = texts_of(match)
  local quoted = is_quoted_printable(texts)
  local certain = quoted and is_softly_cut(texts) or is_certain(text, first, match, last)
  if not certain then return fail "imcea-wrapped" end
  return table.concat(quoted and unquote(texts) or texts)
end

-- The Exchange name inside, however deep; nil where another type's is.
local function open(localpart)
  local inner, message, code = core.decapsulate(localpart .. "@example.com")
  for _ = 2, core.max_carriers do
    if not inner or inner.type ~= "SMTP" then break end
    inner, message, code = core.decapsulate(inner)
  end
  if not inner then return nil, message, code end
  if not WANTED[inner.type] then return nil, nil, nil end
  if not utf8.is_valid(inner.dn) then return fail "utf8-invalid" end -- as directories have it
  return core.format { type = "X500", dn = inner.dn }
end

-- Why there is no address where one begins.
local function unfinished(text, first)
  local _, after = lpeg.match(one_line, text, first)
  if text:find("^[%s>\"')%]]", after) or after > #text then
    return after, fail "domain-missing"
  end
  return after, fail "imcea-character"
end

-- Where a DSN gives an address in xtext (RFC 3461 4.2), or as somebody made it of that.
local ORIGINAL = { "orcpt=rfc822;%s*<?$", "original%-recipient:%s*rfc822;%s*<?$" }

-- Whether a text before an address says that it is, or may be, xtext.
local function is_original(text, first)
  local before = text:sub(math.max(1, first - 40), first - 1):lower()
  return before:find(ORIGINAL[1]) or before:find(ORIGINAL[2])
end

local function from_xtext(digits) return string.char(tonumber(digits, 16)) end

-- Whether every + looks like that of an escape which somebody escaped, as +2B20: digits follow that
-- stand for what a name has to escape.
local function is_escaped_twice(localpart)
  local count = 0
  for at in localpart:gmatch "()%+" do
    local digits = localpart:match("^%+2[Bb](%x%x)", at)
    if not digits or from_xtext(digits):find "^[%w=_-]" then return false end
    count = count + 1
  end
  return count > 0
end

-- A local part without xtext; or nil, message, code.  No = is in xtext, and every name has some: so
-- one without is xtext that has +3D.  One with an =, where a DSN should have had none, is not; but
-- its +2B may be a plus that somebody encoded, or one that is meant.
local function undo_xtext(localpart, text, first)
  if not localpart:find("=", 1, true) then
    return localpart:find "%+3[Dd]" and localpart:gsub("%+(%x%x)", from_xtext) or localpart
  end
  local unclear = is_escaped_twice(localpart)
    or localpart:find "%+2[Bb]" and is_original(text, first)
  if unclear then return fail "imcea-xtext" end
  return localpart
end

-- The name of a type that begins at `first`, and where the search goes on.
local function read(text, first, kind)
  local match, last = lpeg.match(address, text, first)
  if not match then return unfinished(text, first) end
  local localpart, message, code = join(text, first, match, last)
  if localpart and WANTED[kind] then
    localpart, message, code = undo_xtext(localpart, text, first)
  end
  if not localpart then return last, nil, message, code end
  return last, open(localpart)
end

-- What may stand before an address and end in a character of one: what a link or JSON has encoded.
local ENCODED = { { "^%%%x%x", 3 }, { "^\\[bfnrt]", 2 }, { "^\\u%x%x%x%x", 6 } }

-- Whether an address could begin here: no character of one stands before.
local function is_border(text, at)
  if at == 1 or not text:find("^[%w_=+-]", at - 1) then return true end
  for _, form in ipairs(ENCODED) do
    if at > form[2] and text:find(form[1], at - form[2]) then return true end
  end
  return false
end

-- Where the next address begins, and its type.
local function find(text, from)
  local first, kind = lpeg.match(beginning, text, from)
  while first and not is_border(text, first) do
    first, kind = lpeg.match(beginning, text, first + 1)
  end
  return first, kind and kind:upper()
end

local function skip(skipped, text, first, last, message, code)
  skipped[#skipped + 1] = { text = text:sub(first, last - 1), message = message, code = code,
    position = first }
end

--- Reads a text.
-- @string text
-- @tparam[opt] function tell is told where each address ends
-- @treturn {string,...} X500 proxies, each once
-- @treturn {table,...} what was skipped: `text`, `message`, `code`, `position`
-- @treturn {number,...} where the proxies were found
function bounce.read(text, tell)
  local found, skipped, places, seen = {}, {}, {}, {}
  local first, kind = find(text, 1)
  while first do
    local last, name, message, code = read(text, first, kind)
    local key = name and core.key(name)
    if key and not seen[key] then
      seen[key] = true
      found[#found + 1], places[#places + 1] = name, first
    elseif not name and code and WANTED[kind] then
      skip(skipped, text, first, last, message, code)
    end
    if tell then tell(last) end
    first, kind = find(text, last)
  end
  return found, skipped, places
end

return bounce
