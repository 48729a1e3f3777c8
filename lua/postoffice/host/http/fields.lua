--- What a request says, as fields: of a body in JSON or as a form has it, or of a query.
-- @module postoffice.host.http.fields

local lists = require "postoffice.lists"
local problems = require "postoffice.host.http.problems"
local read_json = require "postoffice.text.read_json"
local suggest = require "postoffice.suggest"
local unescaped = require "postoffice.text.percent".unescaped

local fields = {}

local refuse = problems.refuse

local MOST_FIELDS = 1100 -- of a form or a query: the recipients that there may be, and what else is said

--- A text with its `%HH` and `+` undone, as in a form or a query.
-- @string text
-- @treturn string
function fields.unescape(text) return unescaped((text:gsub("+", " "))) end

local unescape = fields.unescape

-- ---- Values -----------------------------------------------------------------

local WORDS = { ["true"] = true, ["1"] = true, ["false"] = false, ["0"] = false }

local function is_finite(value)
  return type(value) == "number" and value > -math.huge and value < math.huge
end

local function are_texts(value)
  if type(value) ~= "table" then return false end
  for name, item in pairs(value) do
    if type(name) ~= "number" or type(item) ~= "string" then return false end
  end
  return true
end

-- By the type of a field: a value of JSON as it is to be, or nil; and the texts of a form as such.
local TYPES = {
  string = {
    json = function(value) return type(value) == "string" and value or nil end,
    form = function(texts) return texts[1] end,
  },
  strings = {
    json = function(value)
      if type(value) == "string" then return { value } end
      return are_texts(value) and value or nil
    end,
    form = function(texts) return texts end, is_list = true,
  },
  number = {
    json = function(value) return is_finite(value) and value or nil end,
    form = function(texts)
      return texts[1]:find "^%-?%d+%.?%d*$" and tonumber(texts[1]) or nil
    end,
  },
  boolean = {
    json = function(value) if type(value) == "boolean" then return value end end,
    form = function(texts) return WORDS[texts[1]] end,
  },
}

--- The types that fields can have, as documentation calls them.
fields.TYPES = { string = "text", strings = "text, or a list of them", number = "number",
  boolean = "true or false" }

local function refuse_field(code, field, message)
  return nil, refuse(code, { field = field, message = message })
end

local function refuse_name(name, known)
  return refuse_field("field-unknown", name,
    ("there is no field %s here%s"):format(name, suggest.phrase(name, lists.keys(known))))
end

-- The descriptions of fields by name.
local function by_name(takes)
  local known = {}
  for _, field in ipairs(takes) do known[field.name] = field end
  return known
end

-- Values by name, held to what the call takes; or nil and a response.
local function held(given, takes, form)
  local known, read = by_name(takes), {}
  for name, value in pairs(given) do
    local field = type(name) == "string" and known[name]
    if not field then return refuse_name(tostring(name), known) end
    local kind = TYPES[field.type]
    if form == "form" and #value > 1 and not kind.is_list then
      return refuse_field("field-twice", name, name .. " is given twice")
    end
    read[name] = kind[form](value)
    if read[name] == nil then
      return refuse_field("field-type", name, ("%s has to be: %s"):format(name,
        fields.TYPES[field.type]))
    end
    if field.most and #read[name] > field.most then
      return nil, refuse(field.otherwise, { field = name })
    end
  end
  for _, field in ipairs(takes) do
    if field.required and read[field.name] == nil then
      return refuse_field("field-missing", field.name, field.name .. " is missing: " .. field.doc)
    end
  end
  return read
end

-- ---- Texts ------------------------------------------------------------------

-- The texts of a form or a query by name; nil if they are too many.
local function texts_of(text)
  local given, count = {}, 0
  for escaped, value in text:gmatch "([^&=]+)=?([^&]*)" do
    count = count + 1
    if count > MOST_FIELDS then return nil end
    local name = unescape(escaped)
    given[name] = given[name] or {}
    table.insert(given[name], unescape(value))
  end
  return given
end

local function read_form(body, takes)
  local given = texts_of(body)
  if not given then return nil, refuse "fields-many" end
  return held(given, takes, "form")
end

local function read_object(body, takes)
  local given, message, code, position = read_json(body)
  if message then return nil, refuse(code, { message = message, position = position }) end
  if type(given) ~= "table" or #given > 0 then
    return nil, refuse("json-invalid", { message = "the body has to be an object", position = 1 })
  end
  return held(given, takes, "json")
end

local READERS = {
  ["application/json"] = read_object,
  ["application/x-www-form-urlencoded"] = read_form,
}

-- Whether one of the fields has to be there.
local function wants_some(takes)
  for _, field in ipairs(takes) do
    if field.required then return true end
  end
  return false
end

--- What the body of a request says.
-- @tparam table request
-- @tparam {table,...} takes the fields that there may be, each with `name`, `type`, `doc` and whether
--   it is `required`; of a text also `most`, its bytes, and the code of what is longer, `otherwise`
-- @treturn table|nil values by name
-- @treturn table|nil the response that refuses it
function fields.of_body(request, takes)
  local body = request.body or ""
  if body == "" then
    if wants_some(takes) then return nil, refuse "body-empty" end
    return {}
  end
  local kind = (request.headers["content-type"] or ""):lower():match "^%s*([^;%s]*)"
  local read = READERS[kind]
  if not read then return nil, refuse "body-type" end
  return read(body, takes)
end

--- What the query of a request says.
-- @tparam table request
-- @tparam {table,...} takes as for `of_body`
-- @treturn table|nil
-- @treturn table|nil
function fields.of_query(request, takes) return read_form(request.query or "", takes) end

return fields
