--- Search filters of LDAP, as people write them (RFC 4515), with words in braces for a key; and as
-- they are sent (RFC 4511 4.5.1).
--
-- What a key says is put into what is sent, where nothing is an operator any more: no key needs to be
-- escaped, and none changes what is asked.
-- @module postoffice.directory.filter

local ber = require "postoffice.directory.ber"
local keys = require "postoffice.directory.keys"

local filter = {}

local MOST_LEVELS = 32

-- Tags of what there is in filters.
local AND, OR, NOT, PRESENT, SUBSTRINGS, EXTENSIBLE = 0xa0, 0xa1, 0xa2, 0x87, 0xa4, 0xa9
local COMPARES = { ["="] = 0xa3, [">="] = 0xa5, ["<="] = 0xa6, ["~="] = 0xa8 }
local INITIAL, ANY, FINAL = 0x80, 0x81, 0x82
local RULE, TYPE, VALUE, DN_ATTRIBUTES = 0x81, 0x82, 0x83, 0x84

-- ---- Values ------------------------------------------------------------------

-- A value is a list of texts and words; where `*` stands, a new one begins.
local function add_text(value, text)
  local last = value[#value]
  if type(last) == "string" then value[#value] = last .. text else value[#value + 1] = text end
end

-- Reads what begins at a byte of a value into the last of its pieces; where it ends, or nil and why.
local function read_piece(text, at, pieces)
  local c = text:sub(at, at)
  if c == "*" then
    pieces[#pieces + 1] = {}
    return at + 1
  elseif c == "\\" then
    local digits = text:match("^%x%x", at + 1)
    if not digits then return nil, "a backslash takes two hexadecimal digits" end
    add_text(pieces[#pieces], string.char(tonumber(digits, 16)))
    return at + 3
  end
  local word = text:match("^{(%a+)}", at)
  if word then
    table.insert(pieces[#pieces], { word = word })
    return at + #word + 2
  elseif c == "(" or c == "\0" then return nil, "write \\28 for ( and \\00 for NUL in a value"
  end
  add_text(pieces[#pieces], c)
  return at + 1
end

-- The pieces of a value up to its ), and where that stands; or nil and why.
local function read_value(text, at)
  local pieces, why = { {} }
  while text:sub(at, at) ~= ")" do
    if at > #text then return nil, "a ) is missing" end
    at, why = read_piece(text, at, pieces)
    if not at then return nil, why end
  end
  return pieces, at
end

-- What a value is for a key.
local function filled(value, key)
  local parts = {}
  for i, part in ipairs(value) do
    parts[i] = type(part) == "table" and keys.value(part.word, key) or part
  end
  return table.concat(parts)
end

-- ---- Items -------------------------------------------------------------------

-- The writer of an item that compares with one value.
local function comparison(tag, attribute, value)
  local name = ber.octets(attribute)
  return function(key) return ber.value(tag, name .. ber.octets(filled(value, key))) end
end

-- The tag of one of several pieces between stars.
local function tag_of(i, count)
  if i == 1 then return INITIAL end
  return i == count and FINAL or ANY
end

local function substrings(attribute, pieces)
  local name = ber.octets(attribute)
  return function(key)
    local parts = {}
    for i, piece in ipairs(pieces) do
      if #piece > 0 then
        parts[#parts + 1] = ber.value(tag_of(i, #pieces), filled(piece, key))
      end
    end
    return ber.value(SUBSTRINGS, name .. ber.sequence(table.concat(parts)))
  end
end

local function presence(attribute)
  local sent = ber.value(PRESENT, attribute)
  return function() return sent end
end

-- `attribute:dn:rule:=value`
local function extensible(description, value)
  local attribute, rest = description:match "^([^:]*)(.*)$"
  local dn = rest:find "^:[dD][nN]%f[:%z]" ~= nil
  local rule = rest:gsub("^:[dD][nN]%f[:%z]", ""):match "^:(.+)$"
  return function(key)
    return ber.value(EXTENSIBLE, (rule and ber.value(RULE, rule) or "")
      .. (attribute ~= "" and ber.value(TYPE, attribute) or "")
      .. ber.value(VALUE, filled(value, key)) .. (dn and ber.value(DN_ATTRIBUTES, "\255") or ""))
  end
end

-- The writer of an item, whose pieces were read.
local function item_of(attribute, operator, pieces)
  if operator == ":=" then return #pieces == 1 and extensible(attribute, pieces[1]) end
  if #pieces == 1 then return comparison(COMPARES[operator], attribute, pieces[1]) end
  if operator ~= "=" then return nil end
  if #pieces == 2 and #pieces[1] + #pieces[2] == 0 then return presence(attribute) end
  for i = 2, #pieces - 1 do
    if #pieces[i] == 0 then return nil end
  end
  return substrings(attribute, pieces)
end

local function read_item(text, at)
  local attribute, operator, from = text:match("^([%w.;:_-]-)([:<>~]?=)()", at)
  if not attribute or attribute == "" then
    return nil, "an attribute or an operator is missing"
  end
  local pieces, stop = read_value(text, from)
  if not pieces then return nil, stop end
  local item = item_of(attribute, operator, pieces)
  if not item then return nil, "a * that this operator does not take" end
  return item, stop
end

-- ---- Filters -----------------------------------------------------------------

local read_filter

-- The filters that stand one after the other before a ).
local function read_filters(text, at, level)
  local list = {}
  while text:sub(at, at) == "(" do
    local one, stop = read_filter(text, at, level)
    if not one then return nil, stop end
    list[#list + 1], at = one, stop
  end
  return list, at
end

local function all_of(tag, list)
  return function(key)
    local parts = {}
    for i, one in ipairs(list) do parts[i] = one(key) end
    return ber.value(tag, table.concat(parts))
  end
end

local LISTS = { ["&"] = AND, ["|"] = OR, ["!"] = NOT }

local function read_list(text, at, level)
  local tag = LISTS[text:sub(at, at)]
  local list, stop = read_filters(text, at + 1, level + 1)
  if not list then return nil, stop end
  if tag == NOT and #list ~= 1 then return nil, "a ! takes one filter" end
  return all_of(tag, list), stop
end

-- Reads a filter in parentheses; what writes it, and where it ends; or nil and why.
function read_filter(text, at, level)
  if level > MOST_LEVELS then return nil, "it is too deep" end
  if text:sub(at, at) ~= "(" then return nil, "a ( is missing" end
  local read = LISTS[text:sub(at + 1, at + 1)] and read_list or read_item
  local one, stop = read(text, at + 1, level)
  if not one then return nil, stop end
  if text:sub(stop, stop) ~= ")" then return nil, "a ) is missing" end
  return one, stop + 1
end

--- Reads a filter; raises if it is none.
-- @string text
-- @number level whom to blame, as `error` counts from here
-- @treturn function takes a key, returns the bytes of the filter for it
function filter.read(text, level)
  local one, stop = read_filter(text, 1, 1)
  if one and stop <= #text then one, stop = nil, "something stands after it" end
  if not one then
    error(("option filter is none of RFC 4515: %s: %s"):format(stop, text), level)
  end
  keys.check_all(text, "option filter", level + 1)
  return one
end

return filter
