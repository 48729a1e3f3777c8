--- Templates of proxy addresses, as Exchange's site addressing and its address policies write them.
--
--     SMTP:%g.%s@example.com     SMTP:@example.com     SMTP:%r _%1g%s@example.com
--     CCMAIL:%s, %g at HQ        NOTES:&S&G3/Sales@ACME
--
-- `%s` is the surname, `%g` the given name, `%i` the initials, `%d` the display name, `%m` the
-- mailbox, which is the alias; `%5s` its first five characters; `%rxy` writes y for x in all names
-- after it; `%%` is a percent sign (Q153270, Q140933, Q187276).  Notes, SNADS and PROFS take `&` as
-- well, and the number after the letter then (Q200233).
-- @module postoffice.text.proxy_template

local ascii = require "postoffice.text.ascii"
local core = require "postoffice.core"
local fail = require "postoffice.fail"
local lists = require "postoffice.lists"
local lpeg = require "lpeg"

local C, Cc, Cg, Cp, Ct = lpeg.C, lpeg.Cc, lpeg.Cg, lpeg.Cp, lpeg.Ct
local P, R, S = lpeg.P, lpeg.R, lpeg.S

local proxy_template = {}

local LONGEST = 1024 -- bytes of a template, and of a name

-- Stands where a number goes that makes an address unique; no template and no name has it.
local MARK = "\1"
local EMPTY = "\2" -- stands for a name that is empty

local FIELDS = { s = "surname", g = "given", i = "initials", d = "display", m = "alias" }

-- The letters of a rule for cc:Mail's names (Q197254).
local NAME_FIELDS = { L = "surname", F = "given", I = "initials" }

-- ---- Reading -----------------------------------------------------------------

local digits = R "09" ^ -2 / function(text) return tonumber(text) or false end
local character = R("\194\244") * R("\128\191") ^ 1 + (1 - R("\128\255"))

-- The field of a letter in any case, or of a name rule's.
local function letter(fields)
  local pattern = P(false)
  for name, field in pairs(fields) do
    pattern = pattern + S(name:lower() .. name:upper()) * Cg(Cc(field), "field")
  end
  return pattern
end

-- What begins with a sign; where the number is `late`, it may follow the letter.
local function item(sign, fields, late)
  local field = Cg(digits, "most") * letter(fields)
  if late then field = letter(fields) * Cg(digits, "most") + field end
  local replace = S "rR" * Cg(C(character), "from") * Cg(C(character), "to")
  return P(sign) * (C(P(sign)) + Ct(replace) + Ct(field))
end

-- The pieces of a template, texts and tables, with the place where it goes `wrong`.  A sign is true if its number
-- is late.
local function grammar(signs, fields)
  local items, special = P(false), P(false)
  for sign, late in pairs(signs) do
    items, special = items + item(sign, fields, late), special + sign
  end
  return Ct((items + C((1 - special) ^ 1)) ^ 0 * (-1 + Cg(Cp(), "wrong")))
end

local percent = grammar({ ["%"] = false }, FIELDS)
local ampersand = grammar({ ["%"] = false, ["&"] = true }, FIELDS)
local rule = grammar({ ["%"] = false }, NAME_FIELDS)

-- ---- Types -------------------------------------------------------------------

-- What a name may hold; the pattern of a character that it may not.
-- RFC 5322's characters of an atom, without % and !, by which old hosts route.
local ATOM = "[^%w#$&'*+/=?^_`{|}~-]"
local ALPHANUMERIC = "[^%w]"

local function collapse(text) return (text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")) end

-- Without the dots that a missing name leaves (Q258704, Q166247, Q230331).
local function tidy_smtp(text)
  local localpart, domain = text:match "^(.*)(@[^@]*)$"
  if not localpart then return text end
  localpart = localpart:gsub("%.[%.\1\2]*%.", function(dots) return "." .. dots:gsub("%.", "") end)
  localpart = localpart:gsub("^([\1\2]*)%.", "%1"):gsub("%.([\1\2]*)$", "%1")
  return localpart .. domain
end

-- Without the comma that a missing name leaves (Q185593).
local function tidy_ccmail(text)
  local mailbox, place = text:match "^(.*)( [Aa][Tt] .*)$"
  if not mailbox then mailbox, place = text, "" end
  mailbox = collapse(mailbox:gsub(EMPTY, "")):gsub("^[%s,]+", ""):gsub("[%s,]+$", "")
  return mailbox .. place
end

-- Without the blank that a missing name leaves (Q216492).
local function tidy_notes(text)
  local name, domain = text:match "^([^/@]*)(.*)$"
  return collapse(name:gsub(EMPTY, "")) .. domain
end

-- Without the attributes whose names are missing.
local function tidy_x400(text) return (text:gsub("[^;]*=\2+;?", "")) end

-- By type: what stands for all names in a template that begins with `lacking`, or has none; what is
-- `forbidden` in a name, and whether `blanks` are not; whether a character that is replaced by itself
-- stays (`keeps`); the `most` characters of all names together, of what matches `stem` with all that
-- stands before a `border`, and the `limits` of each; what becomes of the whole (`tidy`); whether & is a
-- sign, too (`signs`); and the `first` number of those that would be the same: cc:Mail's begin with 1
-- (Q188680), all others with 2 (Q146455, Q254349).
local TYPES = {
  SMTP = {
    lacking = "@", default = "%m", forbidden = ATOM, keeps = true, tidy = tidy_smtp,
    most = 64, stem = ".*", border = "@", -- RFC 5321 4.5.3.1.1
  },
  CCMAIL = {
    lacking = "at ", default = "%s, %g ", forbidden = "[][@%c]", blanks = true, first = 1,
    tidy = tidy_ccmail,
  },
  NOTES = {
    lacking = "@", default = "%m", forbidden = "[][@;()%c]", tidy = tidy_notes, signs = true,
  },
  X400 = {
    suffix = "g=%g;i=%i;s=%s;", joint = ";", forbidden = "[^%w '()+,./:?-]", blanks = true,
    tidy = tidy_x400,
    limits = { surname = 40, given = 16, initials = 5, display = 40, alias = 40 },
  },
  MS = { -- Q199676
    suffix = "/%m", forbidden = ALPHANUMERIC, most = 10, stem = "[^/]*", upper = true,
  },
  SNADS = { forbidden = ALPHANUMERIC, most = 8, stem = "[^/(]*", upper = true, signs = true },
  GWISE = { forbidden = "[^%w_-]" },
  EX = { forbidden = "[^%w !\"%%&\\()*+,.:<=>?@_-]", blanks = true,
    limits = { surname = 64, given = 64, initials = 64, display = 64, alias = 64 } },
}
TYPES.PCM, TYPES.PROFS, TYPES.X500, TYPES.GROUPWISE =
  TYPES.MS, TYPES.SNADS, TYPES.EX, TYPES.GWISE

local OTHER = { forbidden = "%c", blanks = true, any = true }

-- The whole template, where it names nobody.
local function completed(kind, body)
  if kind.lacking and body:lower():find("^%s*" .. kind.lacking) then
    return kind.default .. body
  elseif kind.suffix and not body:find "%%" then
    local is_joined = not kind.joint or body:find(kind.joint .. "%s*$")
    return body .. (is_joined and "" or kind.joint) .. kind.suffix
  end
  return body
end

local function names_somebody(pieces)
  for _, piece in ipairs(pieces) do
    if type(piece) == "table" and piece.field then return true end
  end
  return false
end

--- Reads a template.
-- @string text such as `SMTP:%g.%s@example.com`; one with its type in lower case makes secondary
--   addresses
-- @treturn table|nil
-- @treturn string what is wrong
-- @treturn string code `template-type`, `template-item`, `template-name`, `template-length`
-- @treturn number|nil the byte that offends
function proxy_template.read(text)
  local prefix, body = text:match "^([%w.&_-]+):(.*)$"
  if not prefix then return fail("template-type", 1) end
  if #text > LONGEST then return fail("template-length", LONGEST) end
  local control = text:find "%c"
  if control then return fail("control-character", control) end
  local kind = TYPES[prefix:upper()] or OTHER
  local whole = completed(kind, body)
  local pieces = lpeg.match(kind.signs and ampersand or percent, whole)
  if pieces.wrong then return fail("template-item", #text - #whole + pieces.wrong) end
  if not names_somebody(pieces) then return fail "template-name" end
  return { text = text, prefix = prefix, kind = kind, pieces = pieces }
end

-- ---- Filling -----------------------------------------------------------------

-- A name as a type can have it: what `replaced` holds is spared.
local function clean(value, kind, replaced, nordic)
  local parts = {}
  for char in value:gmatch(ascii.CHARACTER) do
    local written = replaced[char]
    if not written then
      written = kind.any and char or ascii.of(char, nordic)
      written = written:gsub(kind.forbidden, "")
      if not kind.blanks then written = written:gsub("%s", "") end
    end
    parts[#parts + 1] = written
  end
  local text = table.concat(parts)
  return kind.upper and text:upper() or text
end

local function first_characters(text, most)
  local count, parts = 0, {}
  for char in text:gmatch(ascii.CHARACTER) do
    if count == most then break end
    count, parts[#parts + 1] = count + 1, char
  end
  return table.concat(parts)
end

-- `Last, First` as `First Last`, in which the blanks stay (Q187276).
local function swapped(value)
  local last, first = value:match "^([^,]*),%s*(.*)$"
  return last and first .. " " .. last
end

local KEEPS_BLANKS = { [" "] = " " }

-- A field of a person, as it stands in an address.
local function value_of(piece, person, kind, replaced, nordic)
  local value = collapse(person[piece.field] or ""):sub(1, LONGEST)
  local turned = kind == TYPES.NOTES and piece.field == "display" and swapped(value)
  if turned and not replaced[" "] then
    replaced = setmetatable(lists.copy(replaced), { __index = KEEPS_BLANKS })
  end
  local text = clean(turned or value, kind, replaced, nordic)
  local limit = kind.limits and kind.limits[piece.field]
  local most = piece.most or limit
  if most and limit and limit < most then most = limit end
  return most and first_characters(text, most) or text
end

-- SMTP's generator keeps a character that stands for itself, all others delete it: both are documented
-- so (Q153270, Q187276).
local function replace(replaced, piece, kind)
  local same = piece.from == piece.to and not kind.keeps
  replaced[piece.from] = same and "" or piece.to
end

-- The pieces filled in, with a mark after the last name that is there; whether there is one.
local function fill_pieces(template, person, nordic)
  local parts, replaced, last = {}, {}, nil
  for _, piece in ipairs(template.pieces) do
    if type(piece) == "string" then
      parts[#parts + 1] = piece
    elseif piece.from then
      replace(replaced, piece, template.kind)
    else
      local value = value_of(piece, person, template.kind, replaced, nordic)
      parts[#parts + 1] = value ~= "" and value or EMPTY
      if value ~= "" then last = #parts end
    end
  end
  if not last then return nil end
  parts[last] = parts[last] .. MARK
  return table.concat(parts)
end

-- The pieces with the alias for all that stands from the first name to the last.
local function fill_alias(template, person, nordic)
  local pieces, first, last = template.pieces, nil, nil
  for i, piece in ipairs(pieces) do
    if type(piece) == "table" and piece.field then first, last = first or i, i end
  end
  local alias = value_of({ field = "alias" }, person, template.kind, {}, nordic)
  if alias == "" then return nil end
  local parts = {}
  for i = 1, #pieces do
    if i == first then
      parts[#parts + 1] = alias .. MARK
    elseif type(pieces[i]) == "string" and (i < first or i > last) then
      parts[#parts + 1] = pieces[i]
    end
  end
  return table.concat(parts)
end

-- A name that is cut, without the dots that would end it.
local function cut(stem, most)
  if #stem <= most then return stem end
  return (stem:sub(1, math.max(most, 0)):gsub("%.+$", ""))
end

-- A number in place of the mark; what stands before it is cut to what the type has room for.
local function numbered(kind, text, number)
  local before, after = text:match("^(.-)" .. MARK .. "(.*)$")
  if kind.most then
    local rest, stem = before:match("^(.-)(" .. kind.stem .. ")$")
    local border = kind.border and after:find(kind.border, 1, true) or 1
    before = rest .. cut(stem, kind.most - #number - (border - 1))
  end
  return before .. number .. after
end

local function finish(template, text)
  local kind = template.kind
  if kind.tidy then text = kind.tidy(text) end
  return (text:gsub(EMPTY, ""))
end

-- Why nothing of a person is in an address: whether it was asked for a name that there is.
local function why_empty(template, person, by_alias)
  for _, piece in ipairs(template.pieces) do
    local field = type(piece) == "table" and piece.field
    local name = field and person[by_alias and "alias" or field]
    if name and name:find "%S" then return "template-letters" end
  end
  return "template-nobody"
end

--- Fills a template.
-- @tparam table template
-- @tparam table person `surname`, `given`, `initials`, `display`, `alias`, each a text or nil
-- @tparam[opt] table options `nordic`: an umlaut is its letter alone; `alias`: the alias stands for
--   all names
-- @treturn function|nil of a number, which makes the address unique, or of an empty text: the address
--   as text, and its key; or nil, message, code, as where it is not valid
-- @treturn string message
-- @treturn string code `template-nobody`, `template-letters`
function proxy_template.fill(template, person, options)
  local by_alias = options and options.alias
  local fill = by_alias and fill_alias or fill_pieces
  local text = fill(template, person, options and options.nordic)
  if not text then return fail(why_empty(template, person, by_alias)) end
  text = finish(template, text)
  return function(number)
    local made = template.prefix .. ":" .. numbered(template.kind, text, tostring(number))
    local address, message, code = core.parse(made, { notation = "proxy", unknown = true })
    if not address then return nil, message, code end
    local is_valid
    is_valid, message, code = core.validate(address)
    if not is_valid then return nil, message, code end
    return core.format(address), core.key(address)
  end
end

--- The first number that tells an address from one that is taken.
-- @tparam table template
-- @treturn number
function proxy_template.first_number(template) return template.kind.first or 2 end

--- What a rule for cc:Mail's names makes: `%F`, `%L`, `%I`, and `%5L` (Q183058, Q197254).
-- @string text
-- @tparam table person
-- @treturn string|nil
-- @treturn string message
-- @treturn string code `template-item`
-- @treturn number the byte that offends
function proxy_template.name(text, person)
  local pieces = lpeg.match(rule, text)
  if pieces.wrong then return fail("template-item", pieces.wrong) end
  local parts = {}
  for i, piece in ipairs(pieces) do
    local value = type(piece) == "table" and (person[piece.field] or "") or piece
    parts[i] = piece.most and first_characters(value, piece.most) or value
  end
  return table.concat(parts)
end

return proxy_template
