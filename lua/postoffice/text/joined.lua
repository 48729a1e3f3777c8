--- Several addresses in one field, as directories export them.
--
-- Most join them by semicolons, some by commas, bars, blanks or line breaks, and PowerShell shows
-- them in braces; addresses hold all of these but line breaks: an X.400 address goes on over
-- semicolons, and a comma or a bar ends an SMTP address alone, unless another type follows, as does
-- a blank before an address.  csvde joins by semicolons, and writes a backslash before each that is
-- part of a value.  Exchange 5.5 joins by `%` or by another of eight characters (Q155594, Q190706), and
-- writes one before each of these, and before a backslash.
-- @module postoffice.text.joined

local byte, find, gsub, lower, match, sub = string.byte, string.find, string.gsub, string.lower,
  string.match, string.sub

local joined = {}

local LONGEST = 1024 -- bytes after which nobody looks for the end of an address any more

local BLANK = 32 -- it and the controls before it
local QUOTE, SLASH, BACKSLASH, BRACE = 34, 47, 92, 123

--- What Exchange 5.5 can be told to join values by (Q190706).
joined.SEPARATORS = { "%", "&", "^", "#", "@", "!", "$", '"' }

--- A text without blanks and control characters at its ends.
-- @string text
-- @treturn string
function joined.trim(text)
  local first, last = 1, #text
  while first <= last and byte(text, first) <= BLANK do first = first + 1 end
  while first <= last and byte(text, last) <= BLANK do last = last - 1 end
  return first == 1 and last == #text and text or sub(text, first, last)
end

-- Appends the part of a text from one place to another, if it holds anything; without quotes around
-- the whole of an address, which protect its semicolons (Exchange's migration files).
local function append(values, text, first, last)
  local value = joined.trim(sub(text, first, last))
  if byte(value) == QUOTE then value = match(value, '^"(%a%w*:.*)"$') or value end
  if value ~= "" then values[#values + 1] = value end
end

-- Whether an address with its type begins at a place.
local function type_begins(text, at)
  return find(text, "^%s*%a[%w._&-]*:", at) and not find(text, "^%s*[Dd][Dd][Aa]:", at)
end

-- The types that a blank or a separator of Exchange 5.5's is taken for one before: what people have
-- among their addresses.
local COMMON = {}
for type_name in ("smtp x400 x500 ex ccmail ms notes gwise sip eum spo fax msa pcm"):gmatch "%w+" do
  COMMON[type_name] = true
end

-- Whether an address begins at a place whose type is one that people have.
local function common_type_begins(text, at)
  return COMMON[lower(match(text, "^%s*(%a[%w]*):", at) or "")] == true
end

-- Whether a value is an SMTP address as far as it goes, or empty.
local function may_end(value)
  local smtp = find(value, "^%s*[Ss][Mm][Tt][Pp]:") or not type_begins(value, 1)
  return smtp and (find(value, "@", 1, true) or not find(value, "%S"))
end

-- By the separator, whether it ends a value: of the value, and of the text and where that goes on.
local ENDS = {}

ENDS[";"] = function(value) return not find(value, '^%s*"?[Xx]400:') end
ENDS[","] = may_end
ENDS["|"] = may_end
ENDS[" "] = function(value, text, at)
  if (byte(text, at) or 0) <= BLANK then return false end -- the last of several decides
  return common_type_begins(text, at) or may_end(value) and find(text, "^[^%s@;,|]+@", at)
end
ENDS["\t"] = ENDS[" "]

-- Whether an address that began at `start` ends before the separator at `place`.
local function ends_at(text, start, place)
  if place - start > LONGEST then return true end
  local separator = sub(text, place, place)
  if separator == ";" and byte(text, place - 1) == BACKSLASH then return false end -- csvde's
  local ends = ENDS[separator]
  if ends ~= ENDS[" "] and type_begins(text, place + 1) then return true end
  return ends(sub(text, start, place - 1), text, place + 1)
end

-- Splits at whatever may separate addresses.
local function split_at(text, pattern, values)
  local from, start, place = #values + 1, 1, find(text, pattern)
  while place do
    if ends_at(text, start, place) then
      append(values, text, start, place - 1)
      start = place + 1
    end
    place = find(text, pattern, place + 1)
  end
  append(values, text, start, #text)
  if not find(text, "\\;", 1, true) then return end
  for i = from, #values do values[i] = gsub(values[i], "\\;", ";") end
end

-- Splits at line breaks alone.
local function split_lines(text, values)
  for line in text:gmatch "[^\r\n]+" do append(values, line, 1, #line) end
end

-- A text without the braces in which PowerShell shows a list.
local function without_braces(text)
  return byte(text) == BRACE and match(text, "^{(.*)}$") or text
end

-- Where a value may end, by what joins them if somebody says it.
local PLACES = { [";"] = ";", [","] = ",", ["|"] = "|", [" "] = "[ \t]", ["{}"] = "," }

--- Splits a field where its addresses end, at the separator that joins them.
-- @string text
-- @tparam {string,...} values is appended to
-- @string separator one of `;`, `,`, `|`, a blank, a line break or `{}`
function joined.split_said(text, values, separator)
  if separator == "\n" then return split_lines(text, values) end
  if separator == "{}" then text = without_braces(text) end
  return split_at(text, PLACES[separator], values)
end

--- Splits a field at line breaks if it has some; else where its addresses end, whatever separates
-- them.
-- @string text
-- @tparam {string,...} values is appended to
function joined.split(text, values)
  text = without_braces(text)
  if find(text, "\n", 1, true) then return split_lines(text, values) end
  local pattern = "[;,]"
  if find(text, " ", 1, true) or find(text, "|", 1, true) or find(text, "\t", 1, true) then
    pattern = "[;,| \t]"
  end
  return split_at(text, pattern, values)
end

-- Where the part of a text that begins at a place ends, at a comma or behind the text; and whether it
-- has a slash.
local function part_at(text, at)
  local place = find(text, "[,/]", at) or #text + 1
  if byte(text, place) ~= SLASH then return place, false end
  return find(text, ",", place, true) or #text + 1, true
end

-- Splits names at commas; but a path has slashes, and goes on with what has none.
local function split_at_commas(text, values)
  local start, stop, is_path = 1, part_at(text, 1)
  while stop <= #text do
    local after, has_slash = part_at(text, stop + 1)
    if has_slash or not is_path then
      append(values, text, start, stop - 1)
      start, is_path = stop + 1, has_slash
    end
    stop = after
  end
  append(values, text, start, #text)
end

--- Splits a field of names: at line breaks, semicolons or bars, if it has some, else at commas.
-- @string text
-- @tparam {string,...} values is appended to
function joined.split_names(text, values)
  text = without_braces(text)
  for _, separators in ipairs { "\n", ";", "|" } do
    if find(text, separators, 1, true) then
      for name in text:gmatch("[^" .. separators .. "]+") do append(values, name, 1, #name) end
      return
    end
  end
  split_at_commas(text, values)
end

-- Takes the backslashes from before what they make literal.
local function literal(value) return (gsub(value, "\\(.)", "%1")) end

-- Splits at a separator of Exchange 5.5's, wherever `is_end` says of the text and the place after it.
local function split_by(text, separator, is_end, values)
  local pattern = "[\\%" .. separator .. "]"
  local from, start, place = #values + 1, 1, find(text, pattern)
  while place do
    if byte(text, place) == BACKSLASH then -- and what it introduces
      place = place + 1
    elseif is_end(text, place + 1) then
      append(values, text, start, place - 1)
      start = place + 1
    end
    place = find(text, pattern, place + 1)
  end
  append(values, text, start, #text)
  for i = from, #values do values[i] = literal(values[i]) end
end

-- The separator that a type follows for the first time; nil where one is not seen.
local function guess(text)
  local place = find(text, '[\\%%&^#@!$"]')
  while place do
    if byte(text, place) == BACKSLASH then
      place = place + 1
    elseif common_type_begins(text, place + 1) then
      return sub(text, place, place)
    end
    place = find(text, '[\\%%&^#@!$"]', place + 1)
  end
end

--- Splits addresses of an Exchange 5.5 export: where a type follows the separator.
-- @string text
-- @tparam {string,...} values is appended to
-- @string[opt] separator one of `SEPARATORS`; the one that the text seems to have, unless said
function joined.split_exchange55(text, values, separator)
  return split_by(text, separator or guess(text) or "%", type_begins, values)
end

local function always() return true end

--- The same for values that are no addresses: at each separator that no backslash introduces.
-- @string text
-- @tparam {string,...} values is appended to
-- @string[opt="%"] separator
function joined.split_values(text, values, separator)
  return split_by(text, separator or "%", always, values)
end

-- Whether an address stands in quotes after a semicolon or a comma, or at the beginning.
local function has_quoted(text)
  local quoted = '"%a%w*:[^"]*"%s*'
  return find(";" .. text .. ";", "[;,]%s*" .. quoted .. "[;,]") ~= nil
end

--- Splits a field whose separator nobody says: as Exchange 5.5 joins, unless it holds several values
-- that something else separates.
-- @string text
-- @tparam {string,...} values is appended to
function joined.split_any(text, values)
  local separator = guess(text)
  if not separator or separator == '"' and has_quoted(text) then
    local others = {}
    joined.split(text, others)
    if #others > 1 or byte(text) == BRACE then
      for _, value in ipairs(others) do values[#values + 1] = value end
      return
    end
  end
  return joined.split_exchange55(text, values, separator)
end

--- Joins values as Exchange 5.5 does.
-- @tparam {string,...} values
-- @string[opt="%"] separator
-- @treturn string
function joined.join(values, separator)
  separator = separator or "%"
  local list = {}
  for i, value in ipairs(values) do list[i] = gsub(value, "[\\%" .. separator .. "]", "\\%0") end
  return table.concat(list, separator)
end

return joined
