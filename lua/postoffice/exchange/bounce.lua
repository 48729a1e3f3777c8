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

local Cc, Cg, Cp, Cs, Ct, P, S =
  lpeg.Cc, lpeg.Cg, lpeg.Cp, lpeg.Cs, lpeg.Ct, lpeg.P, lpeg.S

local bounce = {}

local MAX_LINES = 16 -- that one address is spread over
local WIDE = 60 -- columns of a line that was full when it was cut
local LONGEST_TYPE = 16

-- ---- Characters --------------------------------------------------------------

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
-- XML, whose & may itself be written &amp;; in JSON (RFC 8259 7), itself in JSON perhaps; or a sign
-- that a backslash makes literal, as Markdown has it (and KB 2807779 the @).  So deep at most, or a text
-- of backslashes were read again from each of them.
local DEEPEST = 8

local function encoded(character)
  local byte = character:byte()
  local entity = P "#" * S "xX" * P "0" ^ 0 * in_hex(byte)
    + P "#" * P "0" ^ 0 * tostring(byte) + (NAMED[character] or P(false))
  local is_sign = character:find "%p" ~= nil
  return P "%" * in_hex(byte) + P "&" * P "amp;" ^ -DEEPEST * entity * ";"
    + P "\\" * P "\\" ^ -DEEPEST * (P "u00" * in_hex(byte) + P(is_sign) * character)
end

-- What any of some characters is written as, by `form`: each gives the character.
local function any_of(characters, form)
  local choice = P(false)
  for character in characters:gmatch "." do
    choice = choice + form(character) / function() return character end
  end
  return choice
end

-- Characters as they are and by their numbers.
local function written(characters)
  return S(characters) + #S "%&\\" * any_of(characters, encoded)
end

local function quoted(character) return P "=" * in_hex(character:byte()) end

-- The same in quoted-printable (RFC 2045 6.7), where no = stands for itself.
local function written_quoted(characters)
  return written(characters) - P "=" + #P "=" * any_of(characters, quoted)
end

-- ---- Addresses ---------------------------------------------------------------

local ALPHABET = "abcdefghijklmnopqrstuvwxyz"
local DIGITS = "0123456789"
local LETTERS = DIGITS .. ALPHABET .. ALPHABET:upper()

-- The end of a line and the quotation marks of the next; in quoted-printable the line may go on.
local break_line = S " \t" ^ 0 * P "\r" ^ -1 * "\n" * S " \t>|" ^ 0
local soft = P "=" * break_line

-- Where pages let a long word be cut, and what is not seen: U+200B, U+00AD.
local invisible = P "<wbr" * S " /" ^ 0 * ">" + "\226\128\139" + "\194\173"
  + P "&" * (P "#8203;" + P "#173;" + P "shy;")

-- A word in either case, of which any letter may be written by its number, and which may be cut.
local function spelt(word)
  local pattern = P(true)
  for character in word:gmatch "." do
    pattern = pattern * written_quoted(character .. character:upper()) * (soft + invisible) ^ -1
  end
  return pattern / 0
end

-- The next `IMCEA...-`: where it begins, the type that it names, and where it ends.
local type_letter = written_quoted(LETTERS) * ((soft + invisible) / "") ^ -1
local beginning = P {
  Cp() * spelt "imcea" * Cs(type_letter * type_letter ^ (1 - LONGEST_TYPE)) * spelt "-" * Cp()
    + 1 * (1 - S "iI%&\\=") ^ 0 * lpeg.V(1),
}

-- An attribute whose = is none of quoted-printable's: a name that goes on in hexadecimal digits.
local plain_attribute = P "_" * S(ALPHABET .. ALPHABET:upper()) ^ 1 * "="
  - P "_" * S(ALPHABET .. ALPHABET:upper()) ^ 1 * (quoted "=" + soft)

-- Another name, which begins where one is cut off.
local another = #S "iI%&\\=" * spelt "imceaex-" * (written_quoted "_" / 0)

-- An address behind its `IMCEA...-`, whose characters are `write`'s, and whose lines end in `ending`: a
-- table of lines, each with its text, where it ends, and whether the next goes on with it for sure; then
-- where the address ends.
local function address_of(write, barred, ending)
  local character = write("_=+-" .. LETTERS) - barred - another + #S "<\226\194&" * invisible / ""
  local function line(least)
    return Ct(Cg(Cs(character ^ least), "text") * Cg(Cp(), "last")
      * Cg(ending * Cc(true), "is_soft") ^ -1)
  end
  local at_sign = write "@" / 0
  local domain = write(LETTERS .. ".-[") * write(LETTERS .. ".-:[]") ^ 0 / 0
  local new_line = break_line ^ -1
  return Ct(line(0) * (break_line * line(1)) ^ (1 - MAX_LINES)) * new_line * at_sign * ending ^ -1
    * new_line * domain * Cp()
end

local plain_address = address_of(written, P(false), P(false))
local quoted_address = address_of(written_quoted, plain_attribute, P "=" * #break_line)
local one_line = (written("_=+-" .. LETTERS) - another) ^ 0 / 0 * Cp()

-- ---- Lines that were cut -----------------------------------------------------

local CLOSER = { ["<"] = ">", ['"'] = '"', ["'"] = "'", ["("] = ")", ["["] = "]" }
local WANTED = { EX = true, X500 = true }

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

-- Whether all lines of an address belong to it for sure.
local function is_certain(text, first, lines, last)
  if is_enclosed(text, first, last) then return true end
  for i = 2, #lines do
    local line = lines[i - 1]
    local is_sure = line.is_soft or columns(text, line.last) >= WIDE
      or is_joint(line.text, lines[i].text)
    if not is_sure then return false end
  end
  return true
end

-- The local part from the lines; or nil, message, code.
local function join(text, first, lines, last)
  if not is_certain(text, first, lines, last) then return fail "imcea-wrapped" end
  local texts = {}
  for i, line in ipairs(lines) do texts[i] = line.text end
  return table.concat(texts)
end

-- ---- Names -------------------------------------------------------------------

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
local function unfinished(text, start)
  local after = lpeg.match(one_line, text, start)
  if text:find("^[%s>\"')%]]", after) or after > #text then
    return after, fail "domain-missing"
  end
  return after, fail "imcea-character"
end

-- Where a DSN gives an address in xtext (RFC 3461 4.2), or as somebody made it of that.
local ORIGINAL = { "orcpt=3?d?rfc822;%s*<?$", "original%-recipient:%s*rfc822;%s*<?$" }

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

-- The local part, without it, of an address that is xtext with its @, which RFC 3461 lets one encode; and
-- where the text goes on.  Nil where it is not.
local function whole_in_xtext(text, start)
  local run = text:match("^[%w+_.-]+", start) or ""
  local localpart = run:match "^(.*)%+40[%w-][%w.-]*$"
  if not (localpart and localpart:find "%+3[Dd]") then return nil end
  if text:find("^[=@]", start + #run) then return nil end
  return (localpart:gsub("%+(%x%x)", from_xtext)), start + #run
end

-- The name in an address that `find` found, and where the search goes on.
local function read(text, first, kind, start)
  local lines, last = lpeg.match(quoted_address, text, start)
  if not lines then lines, last = lpeg.match(plain_address, text, start) end
  if not lines then
    local inside, after = whole_in_xtext(text, start)
    if inside and WANTED[kind] then return after, open(("IMCEA%s-%s"):format(kind, inside)) end
    return unfinished(text, start)
  end
  local localpart, message, code = join(text, first, lines, last)
  if localpart and WANTED[kind] then
    localpart, message, code = undo_xtext(localpart, text, first)
  end
  if not localpart then return last, nil, message, code end
  return last, open(("IMCEA%s-%s"):format(kind, localpart))
end

-- What may stand before an address and end in a character of one: what a link or JSON has encoded.
local ENCODED = {
  { "^%%%x%x", 3 }, { "^=%x%x", 3 }, { "^\\[bfnrt]", 2 }, { "^\\u%x%x%x%x", 6 },
}

-- Whether an address could begin here: no character of one stands before.
local function is_border(text, at)
  if at == 1 or not text:find("^[%w_=+-]", at - 1) then return true end
  for _, form in ipairs(ENCODED) do
    if at > form[2] and text:find(form[1], at - form[2]) then return true end
  end
  return false
end

-- Where the next address begins, its type, and where what follows that begins.
local function find(text, from)
  local first, kind, start = lpeg.match(beginning, text, from)
  while first and not is_border(text, first) do
    first, kind, start = lpeg.match(beginning, text, first + 1)
  end
  return first, kind and kind:upper(), start
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
  local first, kind, start = find(text, 1)
  while first do
    local last, name, message, code = read(text, first, kind, start)
    local key = name and core.key(name)
    if key and not seen[key] then
      seen[key] = true
      found[#found + 1], places[#places + 1] = name, first
    elseif not name and code and WANTED[kind] then
      skip(skipped, text, first, last, message, code)
    end
    if tell then tell(last) end
    first, kind, start = find(text, last)
  end
  return found, skipped, places
end

return bounce
