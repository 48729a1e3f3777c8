--- Holds declarations to the language: names, fields, types, near misses.
-- @module postoffice.policy.language.declarations

local core = require "postoffice.core"
local domain = require "postoffice.text.domain"
local fail = require "postoffice.fail"
local describe = require "postoffice.policy.language.describe"
local language = require "postoffice.policy.language.words"
local lists = require "postoffice.lists"
local suggest = require "postoffice.suggest"
local wrong = require "postoffice.policy.language.values".wrong

local declarations = {}

local is_function = core.script.isfunction
local short, shown = describe.short, describe.shown

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
    local fault = wrong(field, value)
    if fault then errors.add(declaration, ": %s", label .. name .. fault) end
    if fault or not field.fields then return end
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

-- The words whose names are patterns and sentences.
local IS_TEXT = { rewrite = true, claim = true }

-- Whether a declaration has a name that can be told.
local function is_good_name(errors, declaration)
  local name, is_text = declaration.name or "", IS_TEXT[declaration.word]
  local most = is_text and language.longest_text or language.longest_name
  local fault = not is_text and describe.wrong_name(name) or nil
  if #name > most then
    fault = (" has a name of %d bytes; %d are the most"):format(#name, most)
  end
  if fault then errors.add(declaration, "%s", fault) end
  return not fault
end

-- The fields of a declaration, in which values without a name are those of one field; or nil if that
-- has its own, too: one of both would be lost.
local function with_items(values, field)
  local fields, items = {}, {}
  for key, value in pairs(values) do
    if type(key) == "number" then items[key] = value else fields[key] = value end
  end
  if next(items) == nil then return fields end
  if fields[field] ~= nil then return nil end
  fields[field] = items
  return fields
end

-- Reads the table of a declaration; adds an error if what it says cannot be told apart.
local function read_fields(errors, declaration, items, values)
  declaration.fields = items == nil and values or with_items(values, items)
  if declaration.fields then return true end
  errors.add(declaration, " has values without a name, and %s as well; write all in one list",
    items)
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
  return read_fields(errors, declaration, word.items, second)
end

-- Reads the sentence of a declaration that is nothing else; adds an error if it is called otherwise.
local function read_sentence(errors, declaration, word)
  local sentence = declaration[1]
  if declaration.n == 1 and type(sentence) == "string" and sentence ~= "" then
    declaration.name, declaration.fields = sentence, {}
    return true
  end
  errors.add(declaration, " takes %s and nothing more; write %s", word.name, word.example)
  return false
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
  recipient = "entry", list = "entry", directory = "directory", set = "set",
}

-- What a declaration's name must not share with another, or nil.
local function unique_key(declaration)
  local kind, name = UNIQUE[declaration.word], declaration.name
  if not kind or not name then return nil end
  return kind .. ":" .. (kind == "domain" and domain.fold(name) or name:lower())
end

-- Remembers who has a name first.
local function remember(seen, declaration)
  local key = unique_key(declaration)
  if key then seen[key] = seen[key] or declaration end
end

-- Where a declaration is that has the name of this one, or nil.
local function find_namesake(declaration, seen, entries)
  local key = unique_key(declaration)
  if not key then return nil end
  local is_entry = UNIQUE[declaration.word] == "entry" and entries
  local taken = is_entry and entries.where(declaration.name) -- before any that was refused
  return taken or seen[key] and describe.where(seen[key])
end

local function check_unique(errors, declaration, seen, entries)
  local where = find_namesake(declaration, seen, entries)
  if where then
    errors.add(declaration,
      " is declared twice, first at %s; remove one or give it another name", where)
  end
end

-- Whether a declaration is called as its word is.
local function check_call(errors, declaration)
  if declaration.word == "on" then return check_event(errors, declaration) end
  local word = language.words[declaration.word]
  local read = word.is_alone and read_sentence or read_arguments
  return read(errors, declaration, word) and is_good_name(errors, declaration)
end

-- Whether the entries take a declaration, and know its name.
local function is_taken(entries, declaration)
  return entries ~= nil and declaration.word == "recipient"
end

-- Whether nothing is wrong with a declaration; `seen` and `entries` know those before it.
local function check_declaration(errors, declaration, seen, entries)
  local before, word = #errors, language.words[declaration.word]
  if not check_call(errors, declaration) then return false end
  if word then
    check_fields(errors, declaration, word.fields, "", declaration.fields)
    check_required(errors, declaration, word)
  end
  check_unique(errors, declaration, seen, entries)
  local good = #errors == before
  if not good or not is_taken(entries, declaration) then remember(seen, declaration) end
  return good
end

-- What keeps declarations by word, as long as there are bytes for them.
local function new_keeper(by_word, bytes, errors)
  return function(declaration, size)
    bytes = bytes - size
    if bytes < 0 then
      local _, message, code = fail "policy-declarations"
      errors.fail(code, declaration, ": %s", message)
      error(errors, 0)
    end
    table.insert(by_word[declaration.word], declaration)
  end
end

--- Checks declarations against the language, one at a time.
-- @tparam function each returns the next declaration, as the script's state has recorded it, and
--   roughly how many bytes it takes; nil behind the last
-- @tparam table errors
-- @tparam table|nil entries takes recipients, which are not kept: `add(declaration)`, and
--   `where(name)`, where one of that name is declared, or nil
-- @tparam number bytes for what is kept
-- @treturn table|nil declarations by word, each with `word`, `name`, `fields`, `file`, `line`;
--   nil if one of them is not in the language
function declarations.check(each, errors, entries, bytes)
  local by_word, seen, faulty = { on = {} }, {}, false
  for name in pairs(language.words) do by_word[name] = {} end
  local keep = new_keeper(by_word, bytes, errors)
  for declaration, size in each do
    errors.watch()
    local good = check_declaration(errors, declaration, seen, entries)
    faulty = faulty or not good
    if good and is_taken(entries, declaration) then
      entries.add(declaration)
    elseif good then
      keep(declaration, size or 0)
    end
  end
  return not faulty and by_word or nil
end

return declarations
