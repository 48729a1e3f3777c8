--- A pattern as one for each field of its type.
--
-- A type's own dialect splits a pattern into fields: each wildcard is replaced
-- by a character of Unicode's private use area, the text is parsed as an
-- address, and the characters are found again in the fields.  So a quoted
-- local part or the last ` at ` mean in a pattern what they mean in an address.
-- @module postoffice.policy.pattern.fields

local addresses = require "postoffice.address"
local core = require "postoffice.core"
local domains = require "postoffice.policy.pattern.domains"
local families = require "postoffice.policy.pattern.families"
local lpeg = require "lpeg"
local syntax = require "postoffice.policy.pattern.syntax"

local find = string.find
local C, Carg, Ct, P = lpeg.C, lpeg.Carg, lpeg.Ct, lpeg.P

local fields = {}

local PLACEHOLDER = syntax.PLACEHOLDER

-- The text of pieces with a placeholder for each wildcard, which is added to `wildcards`.
local function with_placeholders(pieces, wildcards)
  local texts = {}
  for i, piece in ipairs(pieces) do
    if type(piece) == "string" then
      texts[i] = piece
    else
      wildcards[#wildcards + 1] = piece
      texts[i] = PLACEHOLDER .. string.char(128 + #wildcards)
    end
  end
  return table.concat(texts)
end

local placeholder = P(PLACEHOLDER) * C(1) * Carg(1)
  / function(last, wildcards) return wildcards[last:byte() - 128] end
local field_grammar = syntax.compiled(
  Ct((placeholder + C((1 - P(PLACEHOLDER)) ^ 1)) ^ 0))

local function pieces_in(text, wildcards)
  return lpeg.match(field_grammar, text, 1, wildcards)
end

-- An address with placeholders in its fields, and what they stand for; or nil and what is wrong.
local function read(type_name, pieces)
  local wildcards = {}
  local address, message = core.parse(with_placeholders(pieces, wildcards),
    families.native(type_name))
  return address, address and wildcards or message
end

-- The pieces of each field of an address with placeholders.
local function split_fields(address, wildcards)
  local split = {}
  for field, value in next, address do
    if not families.is_notation(field) then split[field] = pieces_in(value, wildcards) end
  end
  return split
end

--- Splits pieces into those of each field.
-- @tparam string type_name
-- @tparam {string|table,...} pieces
-- @treturn table|nil pieces by field
-- @treturn string what is wrong
function fields.split(type_name, pieces)
  local address, wildcards = read(type_name, pieces)
  if not address then return nil, wildcards end
  return split_fields(address, wildcards)
end

-- The canonical form of an address with placeholders; an SMTP domain's is made later, label by
-- label.
local function canonical(address)
  return address.type == "SMTP" and address or families.canonical(address)
end

local BLANK = " "

-- The same of `made`, its canonical form.  What that leaves out since it is blank has to be absent.
local function split_canonical(address, made, wildcards)
  local split = split_fields(made, wildcards)
  for field, value in next, address do
    local is_blank = made[field] == nil and not families.is_notation(field)
      and not find(value, "[^ ]")
    if is_blank then split[field] = { BLANK } end
  end
  return split
end

--- Splits the pieces of a pattern into those of each field of the canonical addresses that it is to
-- match.
-- @tparam string type_name
-- @tparam {string|table,...} pieces
-- @treturn table|nil pieces by field
-- @treturn string what is wrong
function fields.split_pattern(type_name, pieces)
  local address, wildcards = read(type_name, pieces)
  if not address then return nil, wildcards end
  return split_canonical(address, canonical(address), wildcards)
end

--- The same of pieces that are given field by field.
-- @tparam string type_name
-- @tparam table by_field pieces
-- @treturn table|nil pieces by field
-- @treturn string what is wrong
function fields.split_fields(type_name, by_field)
  local address, wildcards = { type = type_name }, {}
  for field, pieces in pairs(by_field) do address[field] = with_placeholders(pieces, wildcards) end
  if #wildcards > syntax.MAX_WILDCARDS then return nil, syntax.TOO_MANY:format(#wildcards) end
  local is_dialect = core.fields(type_name) ~= nil -- or Lua would be asked for a part of an address
  return split_canonical(address, is_dialect and canonical(address) or address, wildcards)
end

--- Pieces as those of the canonical text of the addresses that they are to match.
-- @tparam string type_name
-- @tparam {string|table,...} pieces
-- @treturn {string|table,...} the same ones if they are no address
-- @treturn table|nil the address that they are, with placeholders
-- @treturn table|nil its canonical form
function fields.canonical_text(type_name, pieces)
  local address, wildcards = read(type_name, pieces)
  if not address then return pieces end
  local made = addresses.copy(canonical(address))
  made.type = families.of(type_name)
  local text = core.format(made, "native")
  return text and pieces_in(text, wildcards) or pieces, address, made
end

local function names_of(pieces)
  local names = {}
  for _, piece in ipairs(pieces) do
    if type(piece) == "table" then names[#names + 1] = piece.name end -- * and ? have none
  end
  return names
end

-- X.400's blank ADMD is one that is absent.
local function is_blank(pieces) return #pieces == 1 and pieces[1] == BLANK end

-- Whether pieces stand for any text, and for none.
local function is_any(pieces)
  for _, piece in ipairs(pieces) do
    if type(piece) == "string" or piece.kind ~= "any" then return false end
  end
  return true
end

-- What is matched where an address does not have the field; nil: nothing is.  Any value of an
-- attribute is also none (Q107098).
local function absent_text(type_name, pieces)
  if not families.attributes(families.of(type_name)) then return nil end
  return is_blank(pieces) and BLANK or is_any(pieces) and "" or nil
end

-- One field's part of a matcher.
local function matcher_of(type_name, field, pieces)
  local prefix, suffix = syntax.ends(pieces)
  local absent = absent_text(type_name, pieces)
  return {
    field = field, glob = syntax.glob(pieces), names = names_of(pieces), pieces = pieces,
    prefix = prefix, suffix = suffix, absent = absent, blank = absent == BLANK,
  }
end

local function by_field(a, b) return a.field < b.field end

--- The parts of a matcher, in the order of the fields' names.
-- @tparam string type_name
-- @tparam table split pieces by field
-- @treturn {table,...}|nil each `field`, `glob`, `names`, `pieces`, `prefix` and `suffix` (folded),
--   `absent` (what is matched where an address does not have it) and `blank` (it may not have it)
-- @treturn string what is wrong
function fields.matchers(type_name, split)
  local list = {}
  for field, pieces in pairs(split) do
    local is_domain, message = families.has_domain(type_name, field), nil
    if is_domain then pieces, message = domains.fold(pieces) end
    if not pieces then return nil, message end
    list[#list + 1] = matcher_of(type_name, field, pieces)
  end
  table.sort(list, by_field)
  return list
end

--- The part of a matcher that is about a field, or nil.
-- @tparam table matcher
-- @tparam string name
-- @treturn table|nil
function fields.of(matcher, name)
  for _, field in ipairs(matcher.fields) do
    if field.field == name then return field end
  end
end

return fields
