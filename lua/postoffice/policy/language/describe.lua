--- How messages refer to declarations and values.
-- @module postoffice.policy.language.describe

local core = require "postoffice.core"
local key_of = require "postoffice.text.lua_source".key
local lists = require "postoffice.lists"
local utf8 = require "postoffice.text.utf8"
local visible = require "postoffice.text.visible".all

local describe = {}

local is_function = core.script.isfunction

--- A text as messages quote it: cut if it is too long, and in one line.
-- @tparam string text
-- @treturn string
function describe.short(text) return visible(#text > 64 and text:sub(1, 64) .. "..." or text) end

local short = describe.short

--- Where a declaration stands, which it remembers.
-- @tparam table declaration
-- @treturn string such as `policy.lua:9`, or `people.csv:9:14` if the column is known, too
function describe.where(declaration)
  local where = declaration.where or ("%s:%d%s"):format(declaration.file, declaration.line,
    declaration.column and ":" .. declaration.column or "")
  declaration.where = where
  return where
end

--- What a declaration is called in messages.
-- @tparam table declaration
-- @treturn string such as `connector "ccmail"`
function describe.title(declaration)
  if not declaration.name then return declaration.word end
  if declaration.word == "on" then return "on." .. declaration.name end
  return ('%s "%s"'):format(declaration.word, short(declaration.name))
end

--- What is wrong with the characters of a name, which is told in replies, logs and on terminals: the
-- end of a sentence, or nil.
-- @tparam string name
-- @treturn string|nil
function describe.wrong_name(name)
  if visible(name) == name then return nil end
  return (utf8.is_valid(name) and ' has a control character in its name "%s"'
    or ' has a name that is not UTF-8, "%s"; save its file as UTF-8'):format(short(name))
end

--- What a value of an entry is called in messages: with its column, if the entry is of a file that
-- has columns.
-- @tparam table declaration of the entry
-- @tparam string field `"proxies"` or `"target"`
-- @tparam string what such as `proxy`
-- @treturn string such as `EmailAddresses: proxy`
function describe.value_of(declaration, field, what)
  local label = declaration.directory and declaration.directory.labels[field]
  return label and ("%s: %s"):format(label, what) or what
end

--- Values of which one is to be chosen, as messages list them.
-- @tparam {any,...} list
-- @treturn string such as `"a", "b" or "c"`
function describe.choices(list)
  local texts = {}
  for i, value in ipairs(list) do texts[i] = describe.shown(value) end
  local last = table.remove(texts)
  return #texts > 0 and table.concat(texts, ", ") .. " or " .. last or last
end

--- A value as messages show it.
-- @param value
-- @treturn string
function describe.shown(value)
  if is_function(value) then return "a function" end
  if value ~= value then return "0/0" end
  if value == math.huge or value == -math.huge then return value > 0 and "1/0" or "-1/0" end
  if value == "" then return "an empty text" end
  if type(value) == "string" then return ('"%s"'):format(short(value)) end
  if type(value) == "number" or type(value) == "boolean" then return tostring(value) end
  return "a " .. type(value)
end

local MOST_ENTRIES = 8 -- of a table; what it holds besides is ...

-- What a table holds, as Lua writes it: its list, then what stands under names, in their order.
local function entries_of(value)
  local texts, names = {}, lists.keys(value)
  while #texts < MOST_ENTRIES and rawget(value, #texts + 1) ~= nil do
    texts[#texts + 1] = describe.shown(rawget(value, #texts + 1))
  end
  for _, name in ipairs(names) do
    if #texts < MOST_ENTRIES and type(name) == "string" then
      texts[#texts + 1] = ("%s = %s"):format(key_of(name), describe.shown(rawget(value, name)))
    end
  end
  if #names > #texts then texts[#texts + 1] = "..." end
  return texts
end

--- A table as messages show it: the first of what it holds.
-- @tparam table value
-- @treturn string such as `{ "a", b = 1, ... }`
function describe.contents(value)
  local texts = entries_of(value)
  return #texts > 0 and ("{ %s }"):format(table.concat(texts, ", ")) or "{}"
end

--- What was raised or is given as a reason, as text.
-- @param value
-- @treturn string
function describe.reason(value)
  local ok, text = pcall(tostring, value)
  return ok and type(text) == "string" and text or "a reason that cannot be shown"
end

return describe
