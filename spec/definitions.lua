--- Definitions for the Lua language server, made of the reference of the language of policies.
local columns = require "postoffice.cli.columns"
local reference = require "postoffice.policy.language.reference"

local definitions = {}

local WIDTH = 100

-- ---- Lines ------------------------------------------------------------------

local function add_doc(lines, text)
  for _, line in ipairs(columns.wrap(text, WIDTH - 4)) do lines[#lines + 1] = "--- " .. line end
end

local function add_example(lines, text)
  if not text then return end
  lines[#lines + 1] = "---"
  lines[#lines + 1] = "--- ```lua"
  for line in (text .. "\n"):gmatch "(.-)\n" do lines[#lines + 1] = "--- " .. line end
  lines[#lines + 1] = "--- ```"
end

-- ---- Types ------------------------------------------------------------------

-- Replaces the names of a type that are not within quotes.
local function replace_names(text, replace)
  return (text:gsub('("?)([%a_][%w_.]*)("?)', function(before, name, after)
    return before .. (before == "" and replace(name) or name) .. after
  end))
end

-- What gives records the names of classes that begin with a prefix.
local function qualifier(prefix, others)
  return function(text)
    return replace_names(text, function(name)
      local entry = reference.find(name)
      if not entry or entry.kind ~= "record" then return name end
      return others and others[name] or prefix .. name
    end)
  end
end

local in_script = qualifier "policy."

-- A text with the alternatives of a field.
local function union_of(values)
  local texts = {}
  for i, value in ipairs(values) do texts[i] = ('"%s"'):format(value) end
  return table.concat(texts, " | ")
end

-- ---- Classes ----------------------------------------------------------------

-- A field as the host says it.
local function as_given(field)
  local given = field.given
  if not given then return field end
  return { name = field.name, type = given[1], doc = given[2], optional = true }
end

-- Adds a field as a class has it.
local function add_field(lines, field, type_text)
  add_doc(lines, field.doc)
  local name = field.name:find "^%[" and field.name
    or field.name .. (field.optional and "?" or "")
  lines[#lines + 1] = ("---@field %s %s"):format(name, type_text)
end

--- The fields of a record as lines of a class.
-- @tparam table entry
-- @tparam function qualify turns a type of the reference into one of the definitions
-- @tparam[opt] boolean for_host as the host knows them, all of them
-- @treturn string
function definitions.fields(entry, qualify, for_host)
  local lines = {}
  for _, field in ipairs(entry.fields) do
    if for_host then field = as_given(field) end
    if for_host or not field.hidden then add_field(lines, field, qualify(field.type)) end
  end
  return table.concat(lines, "\n") .. "\n"
end

definitions.qualifier = qualifier

local function add_record(lines, entry)
  lines[#lines + 1] = ""
  add_doc(lines, entry.doc)
  lines[#lines + 1] = "---@class policy." .. entry.name
  lines[#lines + 1] = (definitions.fields(entry, in_script):gsub("\n$", ""))
end

-- The class of what a word is given, after those of the tables in it.
local function add_word_class(lines, name, doc, fields, items)
  local body = {}
  for _, field in ipairs(fields) do
    local type_text = field.values and union_of(field.values) or in_script(field.type)
    local event = reference.find(name .. "." .. field.name)
    if field.fields then
      add_word_class(lines, name .. "." .. field.name, field.doc, field.fields)
      type_text = "policy." .. name .. "." .. field.name .. (type_text:match "%[%]$" or "")
    elseif event and event.kind == "event" then
      type_text = type_text:gsub("function", "policy." .. event.name)
    end
    if field.name == items then
      body[#body + 1] = ("---@field [integer] %s"):format(type_text:gsub("%[%]$", ""))
      field = { name = field.name, doc = field.doc, optional = true }
    end
    add_field(body, field, type_text)
  end
  lines[#lines + 1] = ""
  add_doc(lines, doc)
  lines[#lines + 1] = "---@class policy." .. name
  for _, line in ipairs(body) do lines[#lines + 1] = line end
end

-- ---- Functions --------------------------------------------------------------

local function answers_of(event)
  local types = {}
  for i, answer in ipairs(event.answers) do types[i] = in_script(answer[1]) end
  return table.concat(types, " | ")
end

-- The type of an event's function.
local function function_type(event)
  local arguments = {}
  for i, argument in ipairs(event.arguments) do
    arguments[i] = argument.name .. ": " .. in_script(argument.type)
  end
  return ("fun(%s): %s"):format(table.concat(arguments, ", "), answers_of(event))
end

-- The functions that words take, each as a name for its type.
local function add_aliases(lines)
  for _, event in ipairs(reference.of_kind "event") do
    if not event.name:find "^on%." then
      lines[#lines + 1] = ""
      add_doc(lines, event.doc)
      lines[#lines + 1] = ("---@alias policy.%s %s"):format(event.name,
        function_type(event))
    end
  end
end

local function add_events(lines)
  lines[#lines + 1] = ""
  lines[#lines + 1] = "---@class policy.on"
  for _, event in ipairs(reference.of_kind "event") do
    local name = event.name:match "^on%.(.*)$"
    if name then
      add_doc(lines, event.doc)
      lines[#lines + 1] = ("---@field %s? %s"):format(name, function_type(event))
    end
  end
  lines[#lines + 1] = "on = {}"
end

local function add_word(lines, entry)
  local class = "policy." .. entry.name
  lines[#lines + 1] = ""
  add_doc(lines, entry.doc)
  add_example(lines, entry.example)
  if not entry.named then
    lines[#lines + 1] = "---@param fields " .. class
    lines[#lines + 1] = ("function %s(fields) end"):format(entry.name)
    return
  end
  lines[#lines + 1] = "---@param name string " .. entry.named
  lines[#lines + 1] = ("---@return fun(fields: %s)"):format(class)
  lines[#lines + 1] = ("---@overload fun(name: string, fields: %s)"):format(class)
  if entry.optional_name then
    lines[#lines + 1] = ("---@overload fun(fields: %s)"):format(class)
  end
  lines[#lines + 1] = ("function %s(name) end"):format(entry.name)
end

local FAILURE = { "string message", "string code", "integer position" }

-- What a function returns; of bad data, other values in the same places.
local function add_returns(lines, entry)
  local count = math.max(#entry.returns, entry.fails and (entry.failure and 2 or 4) or 0)
  for i = 1, count do
    local value = entry.returns[i]
    local failure = entry.fails and FAILURE[i - 1]
    local text = value and in_script(value[1])
    if text and entry.fails then
      local other = i == 1 and entry.fails or failure:match "^%w+" .. " | nil"
      if text ~= "boolean" or other ~= "false" then text = text .. " | " .. other end
    end
    lines[#lines + 1] = text and ("---@return %s # %s"):format(text, value[2])
      or ("---@return %s"):format((failure:gsub("^%w+", "%0?")))
  end
end

local function add_function(lines, entry)
  local names = {}
  lines[#lines + 1] = ""
  add_doc(lines, entry.doc)
  add_example(lines, entry.example)
  for i, argument in ipairs(entry.arguments) do
    names[i] = argument.name
    lines[#lines + 1] = ("---@param %s%s %s %s"):format(argument.name,
      argument.optional and "?" or "", in_script(argument.type), argument.doc)
  end
  add_returns(lines, entry)
  lines[#lines + 1] = ("function %s(%s) end"):format(entry.name, table.concat(names, ", "))
end

-- ---- The file ---------------------------------------------------------------

local HEAD = [[
---@meta
-- luacheck: ignore

--- The language of policies, for the Lua language server; never loaded. Made of the reference by
--- `make reference`; `postoffice help luarc` prints a .luarc.json that names this folder.]]

--- The definitions of all that a policy's script sees beside Lua's own functions.
-- @treturn string
function definitions.script()
  local lines = { (HEAD:gsub("\n$", "")) }
  for _, entry in ipairs(reference.of_kind "record") do add_record(lines, entry) end
  add_aliases(lines)
  for _, entry in ipairs(reference.of_kind "word") do
    add_word_class(lines, entry.name, "The fields of " .. entry.name .. ".", entry.fields,
      entry.items)
    add_word(lines, entry)
  end
  add_events(lines)
  lines[#lines + 1] = "\n---@class policy.mail\nmail = {}"
  for _, entry in ipairs(reference.of_kind "function") do add_function(lines, entry) end
  return table.concat(lines, "\n") .. "\n"
end

return definitions
