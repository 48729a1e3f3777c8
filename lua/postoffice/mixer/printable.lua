--- ASCII in PrintableString (RFC 2156 3.4): `(a)` for @, `(126)` for ~.
-- @module postoffice.mixer.printable

local fail = require "postoffice.fail"
local lpeg = require "lpeg"

local C, Cs, P, R, S = lpeg.C, lpeg.Cs, lpeg.P, lpeg.R, lpeg.S

local printable = {}

local LETTERS = { a = "@", p = "%", b = "!", q = '"', u = "_", l = "(", r = ")" }
local NAMES = {}
for letter, char in pairs(LETTERS) do NAMES[char] = letter end

--- The characters of a PrintableString (X.409), for LPeg.
printable.char = R("az", "AZ", "09") + S " '()+,-./:=?"

local as_it_is = printable.char - S "()"
local escape = (1 - as_it_is) / function(char)
  return NAMES[char] and "(" .. NAMES[char] .. ")" or ("(%03d)"):format(char:byte())
end

-- X.400 drops blanks at the edges and of several in a row all but one
-- (Q108732); those have to be encoded, too.
local blank = P " " / "(032)"
local idle_blank = #(P " " * (P " " + -1)) * blank
local encoded = Cs(blank ^ -1 * (idle_blank + as_it_is + escape) ^ 0)

local letter = C(S "apbqulrAPBQULR") / function(name) return LETTERS[name:lower()] end
local digit = R "09"
local number = C(P "0" * digit * digit + P "1" * (R "01" * digit + P "2" * R "07"))
  / function(digits) return string.char(tonumber(digits, 10)) end
local code = P "(" / "" * (letter + number) * (P ")" / "")
local decoded = Cs((code + 1) ^ 0)

--- Encodes ASCII.
-- @string text
-- @treturn string; or nil, message, code, position: `mixer-character`
function printable.encode(text)
  local foreign = text:find "[\128-\255]"
  if foreign then return fail("mixer-character", foreign) end
  return lpeg.match(encoded, text)
end

--- Decodes what `encode` wrote, in any case; a bracket that begins no code stays.
-- @string text
-- @treturn string
function printable.decode(text) return lpeg.match(decoded, text) end

return printable
