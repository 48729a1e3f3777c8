-- Of the oracle: nobody edits it (see ../init.lua).
--- Holds declarations to the language: names, fields, types, near misses.
-- @module spec.oracle.language.declarations

local core = require "postoffice.core"
local domain = require "postoffice.text.domain"
local describe = require "spec.oracle.language.describe"
local language = require "spec.oracle.language.words"
local lists = require "postoffice.lists"
local suggest = require "postoffice.suggest"
local visible = require "postoffice.text.visible".all

local declarations = {}

local is_function = core.script.isfunction
local short, shown = describe.short, describe.shown

local function is_value_of(field, value)
  local kind = language.kinds[field.kind]
  if is_function(value) then return field.kind:find("function", 1, true) ~= nil end
  return kind.check ~= nil and kind.check(value)
end

-- The bytes of a text, or of the longest one in a list of texts or of spaces.
local function longest(value)
  if type(value) == "string" then return #value end
  local most = 0
  if type(value) == "table" and not is_function(value) then
    for _, item in ipairs(value) do
      if type(item) == "table" then item = item[1] end
      if type(item) == "string" and #item > most then most = #item end
    end
  end
  return most
end

-- What is wrong with a field's value: the end of a sentence that begins with the field, or nil.
local function wrong_value(field, value)
  if not is_value_of(field, value) then
    local example = field.example and (", such as " .. field.example) or ""
    return (" has to be %s%s, not %s"):format(language.kinds[field.kind].says, example,
      shown(value))
  elseif longest(value) > language.longest_text then
    return (" has a text of %d bytes; %d are the most"):format(longest(value),
      language.longest_text)
  elseif field.single_line and visible(value) ~= value then
    return (' has a control character: "%s"'):format(short(value))
  elseif field.values and not lists.contains(field.values, value) then
    return (' cannot be %s%s'):format(shown(value), suggest.phrase(value, field.values))
  elseif field.least and value < field.least then
    return (" has to be %d at least, not %s"):format(field.least, shown(value))
  end
end

local check_fields

local function check_field(errors, declaration, fields, label, name, value)
  local field = type(name) == "string" and fields[name]
  if not field and type(name) ~= "string" then
    errors.add(declaration, ": %s is a value without a name; write field = value",
      label .. shown(value))
  elseif not field then
    errors.add(declaration, ': unknown field "%s"%s', label .. short(name),
      suggest.phrase(name, lists.keys(fields)))
  else
    local wrong = wrong_value(field, value)
    if wrong then errors.add(declaration, ": %s", label .. name .. wrong) end
    if wrong or not field.fields then return end
    local items = field.kind == "deliveries" and value or { value }
    for _, item in ipairs(items) do
      check_fields(errors, declaration, field.fields, label .. name .. ".", item)
    end
  end
end

function check_fields(errors, declaration, fields, label, values)
  for _, key in ipairs(lists.keys(values)) do
    check_field(errors, declaration, fields, label, key, values[key])
  end
end

-- Required fields that are missing.  A connector's spaces have a message of their own.
local function check_required(errors, declaration, word)
  for _, name in ipairs(lists.keys(word.fields)) do
    local field = word.fields[name]
    local missing = field.required and declaration.fields[name] == nil
    if missing and word ~= language.words.connector then
      errors.add(declaration, " has no %s; add %s = %s", name, name, field.example)
    end
  end
end

-- Names are told in replies, logs and on terminals.  A rewrite's name is a pattern.
local function is_good_name(errors, declaration, word)
  local name, is_pattern = declaration.name or "", word == language.words.rewrite
  local most = is_pattern and language.longest_text or language.longest_name
  if #name > most then
    errors.add(declaration, " has a name of %d bytes; %d are the most", #name, most)
  elseif not is_pattern and visible(name) ~= name then
    errors.add(declaration, ' has a control character in its name "%s"', short(name))
  else
    return true
  end
  return false
end

-- Reads the name and the table of a declaration; adds an error if it is called otherwise.
local function read_arguments(errors, declaration, word)
  local first, second = declaration[1], declaration[2]
  if type(first) == "string" then
    declaration.name = first
  else
    first, second = nil, first
  end
  if declaration.n > (first and 2 or 1) then
    errors.add(declaration, " takes %s and nothing more; write %s",
      first and "a name and a table" or "a table", word.example)
    return false
  elseif first and not word.name then
    errors.add(declaration, " takes no name; write %s { ... }", declaration.word)
    return false
  elseif word.name and not word.optional_name and (not first or first == "") then
    errors.add(declaration, " needs %s; write %s", word.name, word.example)
    return false
  elseif type(second) ~= "table" or is_function(second) then
    errors.add(declaration, " needs a table, even an empty one; write %s",
      word.example or (declaration.word .. " { ... }"))
    return false
  end
  declaration.fields = second
  return true
end

local function check_event(errors, declaration)
  if language.events[declaration.name] then return true end
  local place = {
    word = "on." .. short(declaration.name), file = declaration.file, line = declaration.line,
  }
  errors.add(place, " is never called%s",
    suggest.phrase(declaration.name, lists.keys(language.events)))
  return false
end

-- Names of one kind are unique whatever their case.  Rewrites have patterns, tests may repeat.
local UNIQUE = {
  domain = "domain", connector = "connector", postoffice = "postoffice", test = "test", on = "on",
  recipient = "entry", list = "entry",
}

local function check_unique(errors, declaration, seen)
  local kind = UNIQUE[declaration.word]
  if not kind or not declaration.name then return end
  local name = kind == "domain" and domain.fold(declaration.name) or declaration.name:lower()
  local key = kind .. ":" .. name
  local first = seen[key]
  if first then
    errors.add(declaration,
      " is declared twice, first at %s; remove one or give it another name", describe.where(first))
  end
  seen[key] = first or declaration
end

--- Checks raw declarations against the language.
-- @tparam {table,...} raw as the script recorded them
-- @tparam table errors
-- @treturn table declarations by word, each with `word`, `name`, `fields`, `file`, `line`
function declarations.check(raw, errors)
  local by_word, seen = { on = {} }, {}
  for name in pairs(language.words) do by_word[name] = {} end
  for _, declaration in errors.each(raw) do
    local word = language.words[declaration.word]
    local good
    if declaration.word == "on" then
      good = check_event(errors, declaration)
    else
      good = read_arguments(errors, declaration, word)
        and is_good_name(errors, declaration, word)
      if good then
        check_fields(errors, declaration, word.fields, "", declaration.fields)
        check_required(errors, declaration, word)
      end
    end
    if good then
      check_unique(errors, declaration, seen)
      table.insert(by_word[declaration.word], declaration)
    end
  end
  return by_word
end

return declarations
