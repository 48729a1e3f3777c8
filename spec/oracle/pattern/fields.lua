-- Of the oracle: nobody edits it (see ../init.lua).
--- A pattern as one for each field of its type.
--
-- A type's own dialect splits a pattern into fields: each wildcard is replaced
-- by a character of Unicode's private use area, the text is parsed as an
-- address, and the characters are found again in the fields.  So a quoted
-- local part or the last ` at ` mean in a pattern what they mean in an address.
-- @module spec.oracle.pattern.fields

local core = require "postoffice.core"
local domains = require "spec.oracle.pattern.domains"
local families = require "spec.oracle.pattern.families"
local lpeg = require "lpeg"
local syntax = require "spec.oracle.pattern.syntax"

local C, Carg, Ct, P = lpeg.C, lpeg.Carg, lpeg.Ct, lpeg.P

local fields = {}

local PLACEHOLDER = syntax.PLACEHOLDER

-- The text of pieces with a placeholder for each wildcard, and the wildcards.
local function with_placeholders(pieces)
  local texts, wildcards = {}, {}
  for i, piece in ipairs(pieces) do
    if type(piece) == "string" then
      texts[i] = piece
    else
      wildcards[#wildcards + 1] = piece
      texts[i] = PLACEHOLDER .. string.char(128 + #wildcards)
    end
  end
  return table.concat(texts), wildcards
end

local placeholder = P(PLACEHOLDER) * C(1) * Carg(1)
  / function(last, wildcards) return wildcards[last:byte() - 128] end
local field_grammar = syntax.compiled(
  Ct((placeholder + C((1 - P(PLACEHOLDER)) ^ 1)) ^ 0))

--- Splits pieces into those of each field.
-- @tparam string type_name
-- @tparam {string|table,...} pieces
-- @treturn table|nil pieces by field
-- @treturn string what is wrong
function fields.split(type_name, pieces)
  local text, wildcards = with_placeholders(pieces)
  local address, message = core.parse(text, families.native(type_name))
  if not address then return nil, message end
  local split = {}
  for field, value in pairs(address) do
    if not families.is_notation(field) then
      split[field] = lpeg.match(field_grammar, value, 1, wildcards)
    end
  end
  return split
end

local function names_of(pieces)
  local names = {}
  for _, piece in ipairs(pieces) do
    if type(piece) == "table" and piece.name then names[#names + 1] = piece.name end
  end
  return names
end

-- X.400's blank ADMD is one that is absent.
local function is_blank(pieces)
  return #pieces == 1 and type(pieces[1]) == "string" and not pieces[1]:find "[^ ]"
end

-- One field's part of a matcher.
local function matcher_of(field, pieces, is_domain)
  local prefix, suffix = syntax.ends(pieces)
  return {
    field = field, glob = syntax.glob(pieces), names = names_of(pieces), pieces = pieces,
    prefix = prefix, suffix = suffix, blank = is_blank(pieces) and pieces[1] or nil,
    is_domain = is_domain,
  }
end

local function by_field(a, b) return a.field < b.field end

--- The parts of a matcher, in the order of the fields' names.
-- @tparam string type_name
-- @tparam table split pieces by field
-- @treturn {table,...}|nil each `field`, `glob`, `names`, `pieces`, `prefix` and `suffix` (folded),
--   `blank`, and `is_domain` (it matches A-labels)
-- @treturn string what is wrong
function fields.matchers(type_name, split)
  local list = {}
  for field, pieces in pairs(split) do
    local is_domain, message = families.has_domain(type_name, field), nil
    if is_domain then pieces, message = domains.fold(pieces) end
    if not pieces then return nil, message end
    list[#list + 1] = matcher_of(field, pieces, is_domain)
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
