--- Reads address spaces: what a connector accepts.
-- @module postoffice.policy.pattern.spaces

local core = require "postoffice.core"
local domains = require "postoffice.policy.pattern.domains"
local families = require "postoffice.policy.pattern.families"
local fields = require "postoffice.policy.pattern.fields"
local syntax = require "postoffice.policy.pattern.syntax"

local spaces = {}

local find, gsub = string.find, string.gsub

local ADVICE = {
  SMTP = function(body)
    local domain = body:match "^@?([^@]+)$"
    return domain and ('"SMTP:*@%s"'):format(domain)
  end,
  CCMAIL = function(body) return ('"CCMAIL:* at %s"'):format(body) end,
  GROUPWISE = function(body) return ('"GWISE:%s", or all three parts'):format(body) end,
}

-- A space without wildcards has to be an address that can be.
local function exact(type_name, body)
  local parsed, message = core.parse(body, families.native(type_name))
  local advice = ADVICE[type_name] and ADVICE[type_name](body)
  if parsed and not (type_name == "CCMAIL" and not parsed.postoffice) then
    local key
    key, message = core.key(parsed)
    if key then return { class = "exact", key = key, literals = #key } end
    return nil, "matches no address: " .. message
  elseif advice then
    return nil, "matches no address, since the whole address is compared (Q229961); write "
      .. advice
  end
  return nil, "matches no address: " .. message
end

-- The folded text that the keys of all addresses in a space of attributes begin with.
local function attribute_prefix(matcher)
  local texts = {}
  for _, name in ipairs(families.attributes(matcher.family)) do
    local field = fields.of(matcher, name)
    if not field or #field.pieces > 1 or type(field.pieces[1]) ~= "string" then break end
    if not field.blank then
      texts[#texts + 1] = name .. "=" .. gsub(field.prefix, ";", ";;") .. ";" -- as keys have it
    end
  end
  return table.concat(texts)
end

-- The same for all spellings of a space of attributes.  What is written between attributes may stand
-- in one of them, too; no address holds a NUL.
local function id_of(matcher)
  local texts = {}
  for i, field in ipairs(matcher.fields) do texts[i] = field.field .. "=" .. field.glob end
  return table.concat(texts, "\0")
end

local function count_literals(matcher)
  local count = 0
  for _, field in ipairs(matcher.fields) do count = count + #syntax.literal(field.pieces) + 1 end
  return count
end

local REST = "leave out the wildcard: attributes that a space does not name may be anything"

-- A space of attributes: all that it names have to match, others may be anything.
local function attributes(type_name, body, pieces)
  local split, message = fields.split_pattern(type_name, pieces)
  if not split then
    return nil, "matches no address: " .. message .. syntax.stray_rest(body, REST)
  end
  local matcher = {
    type = type_name, family = families.of(type_name), names = {},
    fields = fields.matchers(type_name, split),
  }
  local is_literal = pieces.wild == 0
  return {
    class = is_literal and "partial" or "wildcard", matcher = matcher,
    prefix = attribute_prefix(matcher), suffix = "", literals = count_literals(matcher),
    id = id_of(matcher),
    key = is_literal
      and core.key(core.parse(syntax.literal(pieces), families.native(type_name))) or nil,
  }
end

-- The pieces of the canonical text, which a space is compared with; or nil and what is wrong.
local function canonical_text(type_name, body, pieces)
  if type_name == "SMTP" then return domains.fold_address(pieces) end
  if syntax.is_whole(pieces) then return pieces end
  local folded, address, made = fields.canonical_text(type_name, pieces)
  if not address and type_name == "GROUPWISE" then
    return nil, "matches no address; write all three parts, or the space as one of GWISE"
  elseif type_name == "CCMAIL" and address and not address.postoffice
    and find(address.mailbox, ",", 1, true) and not find(made.mailbox, ",", 1, true) then
    return nil, ('names a person, whose name may stand in either order (Q154053), and no post'
      .. ' office; write "CCMAIL:%s at *"'):format(body)
  end
  return folded
end

local function wildcard(type_name, body, pieces)
  local message
  pieces, message = canonical_text(type_name, body, pieces)
  if not pieces then return nil, message end
  local prefix, suffix = syntax.ends(pieces)
  return {
    class = "wildcard", glob = syntax.glob(pieces), prefix = prefix, suffix = suffix,
    literals = #syntax.literal(pieces),
  }
end

-- A prefix of components; of GROUPWISE, which has the greatest last, a whole address.
local function partial(type_name, text)
  local component = text:lower():gsub("[/.]$", "")
  if type_name == "GROUPWISE" then
    local space, message = exact(type_name, text)
    if not space then return nil, message end
    component = space.key:match ":(.*)"
  end
  return { class = "partial", component = component, literals = #component }
end

-- The class of a space and what it is matched by.
local function classify(type_name, body, pieces)
  local family = families.of(type_name)
  if body == "" then return { class = "blank", literals = 0 } end
  if families.attributes(family) and not syntax.is_whole(pieces) then
    return attributes(type_name, body, pieces)
  elseif pieces.wild > 0 then
    return wildcard(type_name, body, pieces)
  end
  local text = syntax.literal(pieces)
  if families.border(family) then return partial(type_name, text) end
  return exact(type_name, text)
end

--- Reads an address space.
-- @tparam string text such as `"CCMAIL:*"`
-- @treturn table|nil `type`, `family`, `text`, `id` (the same for all spellings), `class`
--   (`exact`, `wildcard`, `partial` or `blank`), `literals`, and what the class is matched
--   by: `key`, `glob` with `prefix` and `suffix`, `component`, or a `matcher` of attributes
-- @treturn string what is wrong
function spaces.read(text)
  local type_name, body = syntax.split_type(text)
  if not type_name then return nil, body end
  if families.attributes(type_name) then body = syntax.split_rest(body) end -- it is open anyway
  local pieces, names = syntax.read(body)
  if not pieces then return nil, names end
  if #names > 0 then
    return nil, ("captures {%s}, but a space keeps nothing; write * instead"):format(names[1])
  end
  local space, message = classify(type_name, body, pieces)
  if not space then return nil, message end
  space.family, space.type, space.text = families.of(type_name), type_name, text
  space.id = space.family .. ":" .. (space.id or space.glob or space.key or body):lower()
  return space
end

return spaces
