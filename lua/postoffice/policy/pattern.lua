--- The patterns and templates that people write, read by LPeg.
--
-- `*` stands for any text, `?` for one character, `{name}` for a text of at
-- least one character that is kept, and `\` makes the next character literal.
-- Nothing of LPeg is left when an address is matched: an address space becomes
-- one program for the core's linear matcher, a rewrite pattern one for each
-- field of its type.
--
-- A type's own dialect splits a pattern into fields: each wildcard is replaced
-- by a character of Unicode's private use area, the text is parsed as an
-- address, and the characters are found again in the fields.  So a quoted
-- local part or the last ` at ` mean in a pattern what they mean in an address.
-- @module postoffice.policy.pattern

local core = require "postoffice.core"
local lpeg = require "lpeg"
local suggest = require "postoffice.suggest"

-- How a type's addresses are parsed here.
local NATIVE = setmetatable({}, { __index = function(options, kind)
  options[kind] = { type = kind, notation = "native", unknown = true }
  return options[kind]
end })

local C, Carg, Cc, Cp, Ct = lpeg.C, lpeg.Carg, lpeg.Cc, lpeg.Cp, lpeg.Ct
local P, R, S = lpeg.P, lpeg.R, lpeg.S

local pattern = {}

local MAX_LENGTH = 1024 -- bytes; no address that is meant to arrive is as long
local MAX_CACHED = 256 -- patterns of `mail.matches` a policy
local MAX_WILDCARDS = 60 -- so that one byte tells a placeholder from the next
local PLACEHOLDER = "\238\128" -- U+E000 and after, without the last byte
local GLOB = { one = "\1", any = "\2", name = "\3" }

-- Not fields of a type: these belong to the notation.
local NOTATION = {
  type = true, display_name = true, comment = true, route = true, primary = true, syntax = true,
}

-- A field that has to be absent where a pattern leaves it out.
local OPTIONAL = { CCMAIL = "postoffice" }

-- Types whose spaces match attribute by attribute, from the first one down.
local ATTRIBUTES = { X400 = { "c", "a", "p", "o", "ou1", "ou2", "ou3", "ou4" } }

-- Types that share one directory, as the core's keys do.
local FAMILY = { X500 = "EX" }

-- What ends a component, for the types whose spaces may be a prefix of them.
local BORDER = { EX = "/", MS = "/", GWISE = "." }

-- LPeg compiles a grammar when it is first matched; and where memory ran out meanwhile, it later
-- runs the part that is there.  So it is done here, before there is an address to lose.
local function compiled(grammar)
  lpeg.match(grammar, "")
  return grammar
end

local function wildcard(kind) return function(at, name) return { kind = kind, at = at,
  name = name } end end

local name = R("az", "AZ", "__") * R("az", "AZ", "09", "__") ^ 0
local escaped = P "\\" * C(1)
local plain = C((1 - S "*?{}\\") ^ 1)
local bad = Cp() * C(S "{}\\") / function(at, char) return { kind = "bad", at = at,
  char = char } end
local item = escaped + plain
  + Cp() * "*" / wildcard "any" + Cp() * "?" / wildcard "one"
  + Cp() * "{" * C(name) * "}" / wildcard "name" + bad
local pieces = compiled(Ct(item ^ 0))

local type_char = R("az", "AZ", "09") + S ".&_-"
local typed = compiled(C(type_char ^ 1) * ":" * C(P(1) ^ 0) + Cc(nil))

local TWICE = "{%s} stands twice; give each capture a name of its own"

local WRONG = {
  ["{"] = "a { begins a capture such as {user}, a name of letters, digits and _; for the character"
    .. " itself write \\{",
  ["}"] = "a } ends a capture such as {user}; for the character itself write \\}",
  ["\\"] = "a \\ makes the next character literal, and none follows; for the character itself"
    .. " write \\\\",
}

-- The pieces of a pattern: texts and wildcards; or nil and a sentence.
local function read(body)
  if #body > MAX_LENGTH then
    return nil, ("has %d bytes; a pattern has %d at most"):format(#body, MAX_LENGTH)
  end
  local list, names, wild = lpeg.match(pieces, body), {}, 0
  for _, piece in ipairs(list) do
    if type(piece) == "table" then
      if piece.kind == "bad" then return nil, WRONG[piece.char] end
      wild = wild + 1
      if piece.name then
        if names[piece.name] then
          return nil, TWICE:format(piece.name)
        end
        names[piece.name] = true
        names[#names + 1] = piece.name
      end
    end
  end
  if wild > MAX_WILDCARDS then
    return nil, ("has %d wildcards; at most %d can be told apart"):format(wild, MAX_WILDCARDS)
  end
  if body:find(PLACEHOLDER, 1, true) then
    return nil, "holds a character of Unicode's private use area, which patterns need themselves"
  end
  list.wild = wild
  return list, names
end

-- The beginning of a text that is too long to be told whole.
local function short(text) return #text > 64 and text:sub(1, 64) .. "..." or text end

-- "CCMAIL:* at HQ" as its type and the rest.
local function split_type(text)
  local kind, body = lpeg.match(typed, text)
  if kind then return kind:upper(), body end
  local guess = text:find("@", 1, true) and "SMTP" or "CCMAIL"
  return nil, ('has no type; write "%s:%s"'):format(guess, short(text))
end

-- The characters of pieces that are no wildcards, one after the other.
local function literal(list)
  local texts = {}
  for _, piece in ipairs(list) do
    if type(piece) == "string" then texts[#texts + 1] = piece end
  end
  return table.concat(texts)
end

-- The program for `core.glob_match`.
local function glob(list)
  local program = {}
  for i, piece in ipairs(list) do
    program[i] = type(piece) == "string" and piece:gsub("[\1-\4]", "\4%0") or GLOB[piece.kind]
  end
  return table.concat(program)
end

-- The literal text before the first and after the last wildcard, folded.
local function ends(list)
  local front, back = {}, {}
  for i = 1, #list do
    if type(list[i]) ~= "string" then break end
    front[#front + 1] = list[i]
  end
  for i = #list, 1, -1 do
    if type(list[i]) ~= "string" then break end
    table.insert(back, 1, list[i])
  end
  return table.concat(front):lower(), table.concat(back):lower()
end

--- The type whose directory and spaces `kind` shares.
-- @tparam string kind such as `"X500"`
-- @treturn string such as `"EX"`
function pattern.family(kind) return FAMILY[kind] or kind end

--- What ends a component of the type's addresses, where a prefix can be a space.
-- @tparam string family
-- @treturn string|nil
function pattern.border(family) return BORDER[family] end

--- Whether a type's spaces match attribute by attribute.
-- @tparam string family
-- @treturn boolean
function pattern.has_attributes(family) return ATTRIBUTES[family] ~= nil end

local function indexed(rule, list)
  rule.prefix, rule.suffix = ends(list)
  return rule
end

local ADVICE = {
  SMTP = function(body)
    local domain = body:match "^@?([^@]+)$"
    return domain and ('"SMTP:*@%s"'):format(domain)
  end,
  CCMAIL = function(body) return ('"CCMAIL:* at %s"'):format(body) end,
}

-- A space without wildcards has to be an address that can be.
local function exact(kind, body)
  local parsed, message = core.parse(body, NATIVE[kind])
  local advice = ADVICE[kind] and ADVICE[kind](body)
  if parsed and not (kind == "CCMAIL" and not parsed.postoffice) then
    return { class = "exact", key = core.key(parsed), literals = #body }
  elseif advice then
    return nil, "matches no address, since the whole address is compared (Q229961); write "
      .. advice
  end
  return nil, "matches no address: " .. message
end

-- The text of pieces with a placeholder for each wildcard, and the wildcards.
local function with_placeholders(list)
  local texts, wilds = {}, {}
  for i, piece in ipairs(list) do
    if type(piece) == "string" then
      texts[i] = piece
    else
      wilds[#wilds + 1] = piece
      texts[i] = PLACEHOLDER .. string.char(128 + #wilds)
    end
  end
  return table.concat(texts), wilds
end

local placeholder = P(PLACEHOLDER) * C(1) * Carg(1)
  / function(last, wilds) return wilds[last:byte() - 128] end
local field_grammar = compiled(Ct((placeholder + C((1 - P(PLACEHOLDER)) ^ 1)) ^ 0))

-- The pieces of one field of an address that was parsed with placeholders.
local function field_pieces(text, wilds) return lpeg.match(field_grammar, text, 1, wilds) end

-- Field name -> pieces, by the type's own dialect.
local function fields_of(kind, list)
  local text, wilds = with_placeholders(list)
  local address, message = core.parse(text, NATIVE[kind])
  if not address then return nil, message end
  local fields = {}
  for field, value in pairs(address) do
    if not NOTATION[field] then fields[field] = field_pieces(value, wilds) end
  end
  return fields
end

-- Whether pieces are one wildcard that stands for the whole address.
local function is_whole(list)
  return #list == 1 and type(list[1]) == "table" and list[1].kind ~= "one"
end

local function names_of(list, into)
  for _, piece in ipairs(list) do
    if type(piece) == "table" and piece.name then into[#into + 1] = piece.name end
  end
  return into
end

-- X.400's blank ADMD is one that is absent.
local function is_blank(list)
  return #list == 1 and type(list[1]) == "string" and not list[1]:find "[^ ]"
end

-- One field's part of a rewrite pattern.
local function field_matcher(field, list)
  return indexed({
    field = field, glob = glob(list), names = names_of(list, {}), pieces = list,
    blank = is_blank(list) and list[1] or nil,
  }, list)
end

local function by_field(a, b) return a.field < b.field end

local function field_of(matcher, name_)
  for _, field in ipairs(matcher.fields) do
    if field.field == name_ then return field end
  end
end

local function new_matcher(kind, names)
  return { type = kind, family = pattern.family(kind), names = names, fields = {} }
end

-- The folded text that the keys of all addresses in a space of attributes begin with.
local function attribute_prefix(matcher)
  local texts = {}
  for _, name_ in ipairs(ATTRIBUTES[matcher.family]) do
    local field = field_of(matcher, name_)
    if not field or #field.pieces > 1 or type(field.pieces[1]) ~= "string" then break end
    if not field.blank then texts[#texts + 1] = name_ .. "=" .. field.prefix .. ";" end
  end
  return table.concat(texts)
end

local function count_literals(matcher)
  local count = 0
  for _, field in ipairs(matcher.fields) do count = count + #literal(field.pieces) + 1 end
  return count
end

-- A space of attributes: all that it names have to match, others may be anything.
local function attributes(kind, list)
  local fields, message = fields_of(kind, list)
  if not fields then return nil, "matches no address: " .. message end
  local matcher = new_matcher(kind, {})
  for field, field_list in pairs(fields) do
    table.insert(matcher.fields, field_matcher(field, field_list))
  end
  table.sort(matcher.fields, by_field)
  return {
    class = list.wild > 0 and "wildcard" or "partial", matcher = matcher,
    prefix = attribute_prefix(matcher), suffix = "", literals = count_literals(matcher),
    key = list.wild == 0 and core.key(core.parse(literal(list), NATIVE[kind])) or nil,
  }
end

-- The class of a space and what it is matched by.
local function classify(kind, body, list)
  local family, plain_text = pattern.family(kind), literal(list)
  if body == "" then return { class = "blank", literals = 0 } end
  if ATTRIBUTES[family] and not is_whole(list) then return attributes(kind, list) end
  if list.wild > 0 then
    return indexed({ class = "wildcard", glob = glob(list), literals = #plain_text }, list)
  elseif BORDER[family] then
    local component = plain_text:lower():gsub("[/.]$", "")
    return { class = "partial", component = component, literals = #component }
  end
  return exact(kind, plain_text)
end

--- Reads an address space.
-- @tparam string text such as `"CCMAIL:*"`
-- @treturn table|nil `family`, `class` (`exact`, `wildcard`, `partial` or `blank`), `literals`,
--   and what the class is matched by: `key`, `glob` with `prefix` and `suffix`, `component`, or a
--   `matcher` of attributes
-- @treturn string what is wrong
function pattern.space(text)
  local kind, body = split_type(text)
  if not kind then return nil, body end
  local list, names = read(body)
  if not list then return nil, names end
  if #names > 0 then
    return nil, ("captures {%s}, but a space keeps nothing; write * instead"):format(names[1])
  end
  local space, message = classify(kind, body, list)
  if not space then return nil, message end
  space.family, space.type, space.text = pattern.family(kind), kind, text
  return space
end

--- Reads a rewrite pattern.
-- @tparam string text such as `"SMTP:{user}@old.example"`
-- @treturn table|nil a matcher for `pattern.match`: `type`, `family`, `names`, `fields`, or `whole`
-- @treturn string what is wrong
function pattern.rewrite(text)
  local kind, body = split_type(text)
  if not kind then return nil, body end
  local list, names = read(body)
  if not list then return nil, names end
  local matcher = new_matcher(kind, names)
  matcher.text = text
  if is_whole(list) then
    matcher.whole = list[1].name or false
    return matcher
  end
  local fields, message = fields_of(kind, list)
  if not fields then return nil, "matches no address: " .. message end
  for field, field_list in pairs(fields) do
    table.insert(matcher.fields, field_matcher(field, field_list))
  end
  table.sort(matcher.fields, by_field)
  local optional = OPTIONAL[kind]
  matcher.absent = optional and not fields[optional] and optional or nil
  return matcher
end

local function has(list, wanted)
  for _, each in ipairs(list) do
    if each == wanted then return true end
  end
  return false
end

-- Complains about a field that addresses of the type do not have.
local function check_field_name(kind, field)
  local known = core.fields(kind)
  if not known or has(known, field) then return true end
  return nil, ('names the field "%s", which %s addresses do not have%s'):format(
    short(tostring(field)), kind, suggest.phrase(tostring(field), known))
end

-- Adds one field's pattern to a matcher.
local function add_field(matcher, field, text)
  local known, unknown = check_field_name(matcher.type, field)
  if not known then return nil, unknown end
  if type(text) ~= "string" then return nil, ("%s has to be a pattern"):format(tostring(field)) end
  local list, names = read(text)
  if not list then return nil, ("%s: %s"):format(field, names) end
  for _, name_ in ipairs(names) do
    if has(matcher.names, name_) then return nil, TWICE:format(name_) end
    table.insert(matcher.names, name_)
  end
  table.insert(matcher.fields, field_matcher(field, list))
  return true
end

--- Reads a table of fields, each a pattern: `{ type = "SMTP", domain = "*.old.example" }`.
-- Fields that are not named may hold anything.
-- @tparam table fields
-- @treturn table|nil a matcher
-- @treturn string what is wrong
function pattern.table(fields)
  if type(fields.type) ~= "string" then return nil, 'names no type; add type = "SMTP"' end
  local matcher = new_matcher(fields.type:upper(), {})
  for field, text in pairs(fields) do
    if not NOTATION[field] then
      local ok, message = add_field(matcher, field, text)
      if not ok then return nil, message end
    end
  end
  table.sort(matcher.fields, by_field)
  if #matcher.fields == 0 then matcher.whole = false end
  return matcher
end

local glob_match = core.glob_match

-- What the captures of one field hold, by name.
local function keep(captures, names, matched, ...)
  if not matched then return nil end
  for i = 1, #names do captures[names[i]] = (select(i, ...)) end
  return captures
end

--- Whether an address matches, and what it binds.
-- @tparam table matcher from `pattern.rewrite` or `pattern.table`
-- @tparam table address
-- @treturn table|nil captures by name
function pattern.match(matcher, address)
  if pattern.family(address.type) ~= matcher.family then return nil end
  local captures = {}
  if matcher.whole ~= nil then
    if matcher.whole then captures[matcher.whole] = core.format(address, "native") or "" end
    return captures
  end
  if matcher.absent and address[matcher.absent] then return nil end
  for _, field in ipairs(matcher.fields) do
    local value = address[field.field] or field.blank
    if type(value) ~= "string" or not keep(captures, field.names, glob_match(field.glob,
      value)) then
      return nil
    end
  end
  return captures
end

--- Room for the patterns that `pattern.matches` has read.
-- @treturn table
function pattern.cache() return { count = 0, matchers = {} } end

-- The matcher of a pattern, read once; where too many are kept, all are forgotten.
local function cached(cache, text)
  if cache.matchers[text] then return cache.matchers[text] end
  local matcher, message = pattern.rewrite(text)
  if not matcher then return nil, message end
  if cache.count == MAX_CACHED then cache.count, cache.matchers = 0, {} end
  cache.count, cache.matchers[text] = cache.count + 1, matcher
  return matcher
end

--- Whether an address matches a pattern given as text; what scripts call as `mail.matches`.
-- @tparam table|string address
-- @tparam string text
-- @tparam[opt] table cache from `pattern.cache`
-- @treturn table|false|nil captures by name, false, or nil and what is wrong
function pattern.matches(address, text, cache)
  if type(address) == "string" then
    local parsed, message = core.parse(address, { unknown = true })
    if not parsed then return nil, message end
    address = parsed
  end
  local matcher, message = cached(cache or pattern.cache(), text)
  if not matcher then return nil, ('the pattern "%s" %s'):format(short(text), message) end
  return pattern.match(matcher, address) or false
end

-- A template's names have to be bound by the pattern that it follows.
local function check_names(list, known)
  for _, piece in ipairs(list) do
    if type(piece) == "table" then
      if piece.kind ~= "name" then
        return nil, "holds a wildcard; capture it in the pattern as {name} and write {name} here"
      elseif not known[piece.name] then
        return nil, ("uses {%s}, which the pattern does not capture"):format(piece.name), piece.name
      end
    end
  end
  return true
end

--- Reads the template of a rewrite's `to`.
-- @tparam string text such as `"SMTP:{user}@new.example"`
-- @tparam {string,...} names what the pattern captures
-- @treturn table|nil a template for `pattern.fill`
-- @treturn string what is wrong
-- @treturn string|nil a name that is not captured
function pattern.template(text, names)
  local kind, body = split_type(text)
  if not kind then return nil, body end
  local list, bound = read(body)
  if not list then return nil, bound end
  local known = {}
  for _, each in ipairs(names) do known[each] = true end
  local ok, message, unknown = check_names(list, known)
  if not ok then return nil, message, unknown end
  local template = { type = kind, text = text }
  if is_whole(list) then
    template.whole = list[1].name
    return template
  end
  template.fields, message = fields_of(kind, list)
  if not template.fields then return nil, "is no address: " .. message end
  return template
end

local function fill_field(list, captures)
  local texts = {}
  for i, piece in ipairs(list) do
    texts[i] = type(piece) == "string" and piece or captures[piece.name]
  end
  return table.concat(texts)
end

--- Fills a template, field by field; the type's own formatter quotes, so that no capture can
-- break out of its field.
-- @tparam table template
-- @tparam table captures
-- @treturn table|nil address
-- @treturn string message
-- @treturn string code
function pattern.fill(template, captures)
  if template.whole then
    return core.parse(captures[template.whole], NATIVE[template.type])
  end
  local address = { type = template.type }
  for field, list in pairs(template.fields) do address[field] = fill_field(list, captures) end
  local text, message, code = core.format(address)
  if not text then return nil, message, code end
  return core.parse(text, { type = template.type, notation = "proxy", unknown = true })
end

return pattern
