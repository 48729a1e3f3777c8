--- What rewrites make addresses by: the text of `to`.
-- @module postoffice.policy.pattern.templates

local core = require "postoffice.core"
local domains = require "postoffice.policy.pattern.domains"
local families = require "postoffice.policy.pattern.families"
local fields = require "postoffice.policy.pattern.fields"
local lists = require "postoffice.lists"
local syntax = require "postoffice.policy.pattern.syntax"

local templates = {}

-- A template's names have to be bound by the pattern that it follows.
local function check_names(pieces, known)
  for _, piece in ipairs(pieces) do
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

local function check_domains(type_name, split)
  for field, pieces in pairs(split) do
    if families.has_domain(type_name, field) then
      local ok, message = domains.check(pieces)
      if not ok then return nil, message end
    end
  end
  return true
end

--- Reads a template.
-- @tparam string text such as `"SMTP:{user}@new.example"`
-- @tparam {string,...} names what the pattern captures
-- @treturn table|nil a template: `type`, `text`, and `fields` or `whole`
-- @treturn string what is wrong
-- @treturn string|nil a name that is not captured
function templates.read(text, names)
  local type_name, body = syntax.split_type(text, ("{%s}"):format(names[1] or "user"))
  if not type_name then return nil, body end
  local pieces, bound = syntax.read(body)
  if not pieces then return nil, bound end
  local ok, message, unknown = check_names(pieces, lists.set(names))
  if not ok then return nil, message, unknown end
  local template = { type = type_name, text = text }
  if syntax.is_whole(pieces) then
    template.whole = pieces[1].name
    return template
  end
  template.fields, message = fields.split(type_name, pieces)
  if not template.fields then return nil, "is no address: " .. message end
  ok, message = check_domains(type_name, template.fields)
  if not ok then return nil, message end
  return template
end

-- Whether one of some pieces stands for what is captured.
local function has_names(pieces)
  for _, piece in ipairs(pieces) do
    if type(piece) == "table" then return true end
  end
  return false
end

--- Whether a template holds nothing that is captured.
-- @tparam table template a template
-- @treturn boolean
function templates.is_fixed(template)
  if template.whole then return false end
  for _, pieces in pairs(template.fields) do
    if has_names(pieces) then return false end
  end
  return true
end

local function fill_piece(piece, captures)
  return type(piece) == "string" and piece or captures[piece.name]
end

local function fill_field(pieces, captures)
  local only = #pieces == 1 and fill_piece(pieces[1], captures)
  if type(only) == "string" then return only end
  local texts = {}
  for i, piece in ipairs(pieces) do texts[i] = fill_piece(piece, captures) end
  return table.concat(texts)
end

--- Fills a template, field by field; the type's own formatter quotes, so that no capture can
-- break out of its field.
-- @tparam table template a template
-- @tparam table captures
-- @treturn table|nil address
-- @treturn string message
-- @treturn string code
function templates.fill(template, captures)
  if template.whole then
    return core.parse(captures[template.whole], families.native(template.type))
  end
  local address = { type = template.type }
  for field, pieces in pairs(template.fields) do address[field] = fill_field(pieces, captures) end
  local text, message, code = core.format(address)
  if not text then return nil, message, code end
  return core.parse(text, { type = template.type, notation = "proxy", unknown = true })
end

return templates
