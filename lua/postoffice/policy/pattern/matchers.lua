--- What rewrites and guards match addresses by.
--
-- A matcher holds one program for each field of its type; it matches what the fields of the
-- canonical address hold, as keys compare them, not how the address is written.  A field that a
-- pattern leaves out has to be absent, unless the pattern is `open`: it ends in `...`, or is a table
-- of fields.
-- @module postoffice.policy.pattern.matchers

local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local families = require "postoffice.policy.pattern.families"
local fields = require "postoffice.policy.pattern.fields"
local lists = require "postoffice.lists"
local read_any = require "postoffice.address".read_any
local suggest = require "postoffice.suggest"
local syntax = require "postoffice.policy.pattern.syntax"

local matchers = {}

local canonical, is_notation = families.canonical, families.is_notation
local glob_match = core.glob_match

local function new(type_name, names)
  return { type = type_name, family = families.of(type_name), names = names, fields = {} }
end

-- Whether a type may have fields that are not in `split`.  Those of a type that Lua defined are not
-- known.
local function leaves_out(type_name, split)
  for _, field in ipairs(core.fields(type_name) or { false }) do
    if not is_notation(field) and not split[field] then return true end
  end
  return false
end

-- Completes a matcher by the pieces of its fields; or nil and what is wrong.
local function finish(matcher, split, is_open)
  local list, message = fields.matchers(matcher.type, split)
  if not list then return nil, message end
  local is_part = leaves_out(matcher.type, split)
  matcher.fields, matcher.open = list, is_part and is_open or nil
  matcher.closed = is_part and not is_open and split or nil
  return matcher
end

local REST = "write ... for whatever other attributes there are"

--- Reads a pattern.
-- @tparam string text such as `"SMTP:{user}@old.example"`
-- @treturn table|nil a matcher: `type`, `family`, `names`, and `fields` or `whole` (the name that
--   the whole address is kept by, or false); `open` or `closed`, if `fields` are not all of the type
-- @treturn string what is wrong
function matchers.read(text)
  local type_name, body = syntax.split_type(text)
  if not type_name then return nil, body end
  local is_open
  body, is_open = syntax.split_rest(body)
  local pieces, names = syntax.read(body)
  if not pieces then return nil, names end
  local matcher = new(type_name, names)
  matcher.text = text
  if syntax.is_whole(pieces) and not is_open then
    matcher.whole = pieces[1].name or false
    return matcher
  end
  local split, message = fields.split_pattern(type_name, pieces)
  if not split then
    return nil, "matches no address: " .. message .. syntax.stray_rest(body, REST)
  end
  return finish(matcher, split, is_open)
end

local UNKNOWN_FIELDS = { "value" } -- what an address of a type that nobody registered holds

-- True, or nil and what is wrong with a field that addresses of the type do not have.
local function check_field_name(type_name, field)
  if type(field) ~= "string" then
    return nil, ("holds %s without a name; write field = pattern"):format(describe.shown(field))
  end
  local known = core.fields(type_name) or UNKNOWN_FIELDS
  if lists.contains(known, field) then return true end
  return nil, ('names the field "%s", which %s addresses do not have%s'):format(
    describe.short(field), type_name, suggest.phrase(field, known))
end

-- Reads one field's pattern and adds its names to `names`: pieces, or nil and what is wrong.
local function read_field(type_name, names, field, text)
  local known, unknown = check_field_name(type_name, field)
  if not known then return nil, unknown end
  if type(text) ~= "string" then return nil, ("%s has to be a pattern"):format(field) end
  local pieces, own_names = syntax.read(text)
  if not pieces then return nil, ("%s: %s"):format(field, own_names) end
  for _, name in ipairs(own_names) do
    if lists.contains(names, name) then return nil, syntax.TWICE:format(name) end
    table.insert(names, name)
  end
  return pieces
end

--- Reads a table of fields, each a pattern: `{ type = "SMTP", domain = "*.old.example" }`.
-- Fields that are not named may hold anything.
-- @tparam table patterns by field
-- @treturn table|nil a matcher
-- @treturn string what is wrong
function matchers.read_table(patterns)
  if type(patterns.type) ~= "string" then return nil, 'names no type; add type = "SMTP"' end
  local matcher, by_field = new(patterns.type:upper(), {}), {}
  for _, field in ipairs(lists.keys(patterns)) do
    if not families.is_notation(field) then
      local pieces, message = read_field(matcher.type, matcher.names, field, patterns[field])
      if not pieces then return nil, message end
      by_field[field] = pieces
    end
  end
  if not next(by_field) then matcher.whole = false end
  local split, message = fields.split_fields(matcher.type, by_field)
  if not split then return nil, message end
  return finish(matcher, split, true)
end

-- What the captures of one field hold, by name.
local function keep(captures, names, matched, ...)
  if not matched then return nil end
  for i = 1, #names do captures[names[i]] = (select(i, ...)) end
  return captures
end

-- The native text of an address, as the addresses of another type of its family are written.
local function as_text(address, type_name)
  return core.format(families.retype(address, type_name), "native") or ""
end

--- Whether an address has a field that is not in a set.
-- @tparam table address
-- @tparam table named by field
-- @treturn boolean
local function has_others(address, named)
  for field in next, address do
    if not named[field] and not is_notation(field) then return true end
  end
  return false
end

matchers.has_others = has_others

--- Whether an address matches, and what it binds.
-- @tparam table matcher a matcher
-- @tparam table address
-- @treturn table|nil captures by name
function matchers.match(matcher, address)
  if families.of(address.type) ~= matcher.family then return nil end
  return matchers.match_canonical(matcher, canonical(address))
end

--- The same of an address that many matchers are held against: it is made canonical before.
-- @tparam table matcher a matcher
-- @tparam table address as `families.canonical` returns it
-- @treturn table|nil captures by name
function matchers.match_canonical(matcher, address)
  if families.of(address.type) ~= matcher.family then return nil end
  local captures = {}
  if matcher.whole ~= nil then
    if matcher.whole then captures[matcher.whole] = as_text(address, matcher.type) end
    return captures
  end
  if matcher.closed and has_others(address, matcher.closed) then return nil end
  for _, field in ipairs(matcher.fields) do
    local value = address[field.field] or field.absent
    if type(value) ~= "string" or not keep(captures, field.names, glob_match(field.glob,
      value)) then
      return nil
    end
  end
  return captures
end

--- Room for matchers that `matchers.cached` has read.
-- @tparam number bytes that they take at most, roughly
-- @treturn table
function matchers.cache(bytes) return { half = bytes / 2, used = 0, new = {}, old = {} } end

-- What a matcher takes, roughly: with its tables, and of each byte of the pattern a piece, a program
-- and what they are found by.
local MATCHER_BYTES, PATTERN_BYTE_BYTES = 2000, 16

--- The matcher of a pattern, read once.  When half the room is used, the matchers that were read before
-- are the old ones, and those that were old are dropped, unless they serve.
-- @tparam table cache
-- @tparam string text
-- @treturn table|nil a matcher
-- @treturn string what is wrong
function matchers.cached(cache, text)
  if cache.new[text] then return cache.new[text] end
  local matcher, message = cache.old[text], nil
  if not matcher then matcher, message = matchers.read(text) end
  if not matcher then return nil, message end
  local size = MATCHER_BYTES + PATTERN_BYTE_BYTES * #text
  if cache.used + size > cache.half then cache.used, cache.old, cache.new = 0, cache.new, {} end
  cache.used, cache.new[text] = cache.used + size, matcher
  return matcher
end

--- Whether an address matches, be it a text; what scripts call as `mail.matches`.
-- @tparam table|string address
-- @tparam table matcher
-- @treturn table|false|nil captures by name, false, or nil and what is wrong with the address
function matchers.matches(address, matcher)
  local read_address, message = read_any(address)
  if not read_address then return nil, message end
  return matchers.match(matcher, read_address) or false
end

return matchers
