--- RFC 2156 (MIXER), transcribed: how O/R addresses are written in ASCII (3.3,
-- 3.4, 4.1), and how an RFC 822 address is carried in domain-defined attributes
-- (4.3). Written from the text of the RFC alone, for the tests to hold the
-- library against.
local lpeg = require "lpeg"

local C, Cc, Cg, Cmt, Cs, Ct = lpeg.C, lpeg.Cc, lpeg.Cg, lpeg.Cmt, lpeg.Cs, lpeg.Ct
local P, R, S = lpeg.P, lpeg.R, lpeg.S

local rfc2156 = {}

local ALPHA, DIGIT = R("az", "AZ"), R "09"

-- ---- 3.3, 3.4: PrintableString and the ASCII in it ---------------------------

-- ps-restricted-char = DIGIT / ALPHA / " " / "'" / "+" / "," / "-" / "." / "/" / ":" / "=" / "?"
-- ps-delim           = "(" / ")"
-- ps-char            = ps-delim / ps-restricted-char
local ps_restricted_char = DIGIT + ALPHA + S " '+,-./:=?"
local ps_char = S "()" + ps_restricted_char

--- Whether all of a text is printablestring = *( ps-char ).
function rfc2156.is_printable(text) return lpeg.match(ps_char ^ 0 * -1, text) ~= nil end

-- ps-encoded-char = "(a)" / "(p)" / "(b)" / "(q)" / "(u)" / "(l)" / "(r)" / "(" 3DIGIT ")"
local LETTERS = { { "a", "@" }, { "p", "%" }, { "b", "!" }, { "q", '"' }, { "u", "_" },
  { "l", "(" }, { "r", ")" } }

local lettered, letter_of = P(false), {}
for _, pair in ipairs(LETTERS) do
  lettered = lettered + S(pair[1] .. pair[1]:upper()) * Cc(pair[2])
  letter_of[pair[2]] = pair[1]
end

-- Three decimal digits of an ASCII character.
local numbered = Cmt(C(DIGIT * DIGIT * DIGIT), function(_, at, digits)
  local byte = tonumber(digits, 10)
  if byte < 128 then return at, string.char(byte) end
end)

local ps_encoded_char = "(" * (lettered + numbered) * ")"
local decoded = Ct((ps_encoded_char + C(1)) ^ 0)

--- The ASCII that is encoded in a text; a "(" that begins no code is itself.
function rfc2156.decode(text) return table.concat(lpeg.match(decoded, text)) end

local function code_of(char)
  return letter_of[char] and "(" .. letter_of[char] .. ")" or ("(%03d)"):format(char:byte())
end

-- X.400 takes several spaces for one and drops those at the ends (Q108732), so that
-- these are encoded although they are ps-restricted-chars.
local space = P " " / code_of
local dropped_space = #(P " " * (P " " + -1)) * space
local encoded = Cs(space ^ -1 * (dropped_space + ps_restricted_char + P(1) / code_of) ^ 0)
local encoded_to_be_cut = Cs(((ps_restricted_char - " ") + P(1) / code_of) ^ 0)

--- ASCII in PrintableString: ps-encoded = *( ps-restricted-char / ps-encoded-char ).
function rfc2156.encode(text) return lpeg.match(encoded, text) end

-- ---- 4.1: std-or-address -----------------------------------------------------

-- std-pair            = "$" ps-char
-- std-char            = <"{", "}", "*", and any ps-char except "/" and "=">
-- std-printablestring = *( std-char / std-pair )
local std_char = S "{}*" + (ps_char - S "/=")
local std_pair = P "$" / "" * ps_char
local std_printablestring = Cs((std_char + std_pair) ^ 0)

-- Keywords in any case, and what each stands for.
local KEYWORDS = {
  C = "c", ADMD = "a", A = "a", PRMD = "p", P = "p", X121 = "x121", ["X.121"] = "x121",
  ["T-ID"] = "t_id", O = "o", OU = "ou", OU1 = "ou1", OU2 = "ou2", OU3 = "ou3", OU4 = "ou4",
  ["UA-ID"] = "n_id", ["N-ID"] = "n_id", S = "s", G = "g", I = "i", GQ = "q", Q = "q", CN = "cn",
  PN = "pn", ["PD-SERVICE"] = "pd_service", ["PD-C"] = "pd_c", ["PD-CODE"] = "pd_code",
  ["PD-OFFICE"] = "pd_office", ["PD-OFFICE-NUM"] = "pd_office_num",
  ["PD-EXT-ADDRESS"] = "pd_ext_address", ["PD-PN"] = "pd_pn", ["PD-O"] = "pd_o",
  ["PD-EXT-DELIVERY"] = "pd_ext_delivery", ["PD-STREET"] = "pd_street", ["PD-BOX"] = "pd_box",
  ["PD-RESTANTE"] = "pd_restante", ["PD-UNIQUE"] = "pd_unique", ["PD-LOCAL"] = "pd_local",
  ["NET-NUM"] = "net_num", ["NET-SUB"] = "net_sub", ["NET-PSAP"] = "net_psap", ["T-TY"] = "t_ty",
}

--- The keywords, for drawing them by chance.
rfc2156.KEYWORDS = KEYWORDS

local key_string = (ALPHA + DIGIT + S "-.") ^ 1
local standard_type = Cmt(C(key_string), function(_, at, word)
  local field = KEYWORDS[word:upper()]
  if field then return at, field end
end) * #P "="

-- dd-key = "DD" / "DDA" / "DD1" ... ; attribute = standard-type / "RFC-822" / dd-key "." type;
-- on input a colon may stand for the dot
local function nocase(word)
  local pattern = P(true)
  for char in word:gmatch "." do pattern = pattern * S(char:lower() .. char:upper()) end
  return pattern
end
local dd_key = nocase "DD" * (S "aA") ^ -1
local dd_type = Cg(dd_key * S ".:" * std_printablestring, "dd")
  + Cg(C(nocase "RFC-822") * #P "=", "dd")

local pair = Ct((dd_type + Cg(standard_type, "key")) * "=" * Cg(std_printablestring, "value"))
local sep = S "/;"
local std_or_address_input = Ct(sep ^ -1 * pair * (sep * pair) ^ 0 * sep ^ -1) * -1
local std_or_address = Ct(("/" * pair) ^ 1 * "/") * -1

-- ---- 4.1.2: encoded-pn -------------------------------------------------------

-- encoded-pn = [ given "." ] *( initial "." ) surname
-- given      = 2*<ps-char not including ".">
-- initial    = ALPHA
-- surname    = printablestring, without a "." among the first two characters
local not_dot = ps_char - "."
local given = C(not_dot * not_dot ^ 1)
local initials = Cs((ALPHA * (P "." / "")) ^ 1)
local surname = C(not_dot * (not_dot * ps_char ^ 0) ^ -1)
local encoded_pn = Ct((Cg(given, "g") * ".") ^ -1 * Cg(initials, "i") ^ -1 * Cg(surname, "s")) * -1

--- A personal name that is one word: `g`, `i`, `s`, or nil.
function rfc2156.name(text) return lpeg.match(encoded_pn, text) end

-- ---- Meaning -----------------------------------------------------------------

local function trimmed(value) return (value:gsub("^ +", ""):gsub(" +$", "")) end

-- Lists are written with the most significant on the right.
local function put_list(fields, list, name)
  for i = 1, #list do fields[name(i)] = list[#list + 1 - i] end
end

local function put(fields, key, value)
  if fields[key] then return false end
  fields[key] = value
  return true
end

local SETTERS = {
  ou = function(_, state, value) state.units[#state.units + 1] = value return true end,
  pn = function(fields, _, value)
    local found = rfc2156.name(value)
    if not found then return false end
    for name, part in pairs(found) do
      if not put(fields, name, part) then return false end
    end
    return true
  end,
}

-- What the pairs say, or nil if they contradict each other.
local function interpret(pairs_read)
  local fields, state = {}, { units = {}, types = {}, values = {} }
  for _, one in ipairs(pairs_read) do
    local value = trimmed(one.value)
    if one.dd then
      table.insert(state.types, trimmed(one.dd))
      table.insert(state.values, value)
    elseif SETTERS[one.key] then
      if not SETTERS[one.key](fields, state, value) then return nil end
    elseif not put(fields, one.key, one.key == "a" and value == "" and " " or value) then
      return nil
    end
  end
  if #state.units > 4 or #state.types > 4 then return nil end
  put_list(fields, state.units, function(i) return "ou" .. i end)
  put_list(fields, state.types, function(i) return ("dda%d_type"):format(i) end)
  put_list(fields, state.values, function(i) return ("dda%d_value"):format(i) end)
  if fields.c and not fields.a then fields.a = " " end -- 4.1.3
  return fields
end

--- The attributes of an address as it may be given (std-or-address-input), or nil.
function rfc2156.read(text)
  local found = lpeg.match(std_or_address_input, text)
  return found and interpret(found)
end

--- The attributes of an address as a gateway writes it (std-or-address), or nil.
function rfc2156.read_written(text)
  local found = lpeg.match(std_or_address, text)
  return found and interpret(found)
end

-- ---- 4.3.1, 4.3.2: carrying an RFC 822 address --------------------------------

local TYPES = { "RFC-822", "RFC822C1", "RFC822C2", "RFC822C3" }
local LENGTH = 128

--- The domain-defined attributes that carry an address, { type, value } each; nil if four of them
-- do not hold it.
function rfc2156.carry(text)
  local value = rfc2156.encode(text)
  if #value > LENGTH then value = lpeg.match(encoded_to_be_cut, text) end
  local attributes = {}
  for at = 1, #value, LENGTH do
    attributes[#attributes + 1] = { TYPES[#attributes + 1], value:sub(at, at + LENGTH - 1) }
  end
  return #attributes <= #TYPES and attributes or nil
end

--- The address in such attributes, in whatever order they stand; nil if there is none, or not each
-- of them once and none left out.
function rfc2156.carried(attributes)
  local by_type, count = {}, 0
  for _, attribute in ipairs(attributes) do
    local kind = attribute[1]:upper()
    if by_type[kind] then return nil end
    by_type[kind], count = attribute[2], count + 1
  end
  local parts = {}
  for i, kind in ipairs(TYPES) do
    if not by_type[kind] then break end
    parts[i] = by_type[kind]
  end
  if #parts == 0 or #parts < count then return nil end
  return rfc2156.decode(table.concat(parts))
end

return rfc2156
