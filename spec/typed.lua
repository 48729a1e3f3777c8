--- Reads the types that the reference writes, and holds values to them.
--
--     union = item { "|" item }
--     item  = atom { "[]" | "?" }
--     atom  = "(" union ")" | '"literal"' | "table<" union "," union ">" | "{" fields "}"
--             | "fun(" fields ")" [ ":" union { "," union } ] | name
--     fields = name [ "?" ] ":" union { "," fields }
--
-- It is what stands in for the Lua language server, which Debian does not have.
local typed = {}

local PRIMITIVE = {
  string = true, number = true, boolean = true, table = true, ["function"] = true, ["nil"] = true,
}

local BOOLEAN = { ["true"] = true, ["false"] = false }

local read_union

-- Takes a pattern off the text's front, after blanks: the match, or nil.
local function take(reader, pattern)
  local from, to, match = reader.text:find("^%s*" .. pattern, reader.at)
  if from then reader.at = to + 1 end
  return from and (match or true) or nil
end

local function need(reader, pattern)
  return take(reader, pattern) or error(("%s: %s expected at %d"):format(reader.text, pattern,
    reader.at), 0)
end

local function read_fields(reader)
  local fields = {}
  repeat
    local name = need(reader, "([%a_][%w_]*)")
    local optional = take(reader, "%?") ~= nil
    need(reader, ":")
    fields[#fields + 1] = { name = name, optional = optional, type = read_union(reader) }
  until not take(reader, ",")
  need(reader, "}")
  return { kind = "fields", fields = fields }
end

local function read_function(reader)
  local arguments = {}
  while not take(reader, "%)") do
    need(reader, "[%a_][%w_]*")
    take(reader, "%?")
    need(reader, ":")
    arguments[#arguments + 1] = read_union(reader)
    take(reader, ",")
  end
  local answers = { take(reader, ":") and read_union(reader) or nil }
  while answers[1] and take(reader, ",") do answers[#answers + 1] = read_union(reader) end
  return { kind = "function", arguments = arguments, answers = answers }
end

local function read_atom(reader)
  if take(reader, "%(") then
    local inner = read_union(reader)
    need(reader, "%)")
    return inner
  end
  local literal = take(reader, '"([^"]*)"')
  if literal then return { kind = "literal", value = literal } end
  if take(reader, "table<") then
    local key = read_union(reader)
    need(reader, ",")
    local value = read_union(reader)
    need(reader, ">")
    return { kind = "map", key = key, value = value }
  end
  if take(reader, "fun%(") then return read_function(reader) end
  if take(reader, "{") then return read_fields(reader) end
  return { kind = "name", name = need(reader, "([%a_][%w_.]*)") }
end

local function read_item(reader)
  local item = read_atom(reader)
  repeat
    local is_list, is_optional = take(reader, "%[%]"), take(reader, "%?")
    if is_list then item = { kind = "list", item = item } end
    if is_optional then
      item = { kind = "union", items = { item, { kind = "name", name = "nil" } } }
    end
  until not is_list and not is_optional
  return item
end

function read_union(reader)
  local items = { read_item(reader) }
  while take(reader, "|") do items[#items + 1] = read_item(reader) end
  return #items == 1 and items[1] or { kind = "union", items = items }
end

--- A type as a tree; raises if it is none.
-- @tparam string text
-- @treturn table
function typed.read(text)
  local reader = { text = text, at = 1 }
  local tree = read_union(reader)
  need(reader, "$")
  return tree
end

local trees = {}

local function tree_of(text)
  trees[text] = trees[text] or typed.read(text)
  return trees[text]
end

--- Calls a function with each name in a type.
-- @tparam string text
-- @tparam function visit
function typed.each_name(text, visit)
  local function walk(tree)
    if tree.kind == "name" then visit(tree.name) end
    for _, child in pairs(tree) do
      if type(child) == "table" then walk(child) end
    end
  end
  walk(tree_of(text))
end

local is

-- Why a table is no record: a text; or nil.
local function record_fault(fields, value, records)
  local known = {}
  for _, field in ipairs(fields) do
    known[field.name:match "^%[(%d+)%]$" and tonumber(field.name:match "%d+") or field.name] = field
  end
  for name, item in pairs(value) do
    local field = known[name]
    if not field then return ("%s is not in the reference"):format(tostring(name)) end
    if not is(tree_of(field.type), item, records) then
      return ("%s is %s, not %s"):format(name, tostring(item), field.type)
    end
  end
  for _, field in ipairs(fields) do
    if not field.optional and value[field.name] == nil and not field.name:find "^%[" then
      return field.name .. " is missing"
    end
  end
end

local CHECK = {}

function CHECK.name(tree, value, records)
  local name = tree.name
  if name == "any" then return true end
  if BOOLEAN[name] ~= nil then return value == BOOLEAN[name] end
  if name == "integer" then return type(value) == "number" and value % 1 == 0 end
  if PRIMITIVE[name] then return type(value) == name end
  local record = assert(records(name), name .. " is no type")
  return type(value) == "table" and record_fault(record, value, records) == nil
end

function CHECK.literal(tree, value) return value == tree.value end

function CHECK.list(tree, value, records)
  if type(value) ~= "table" then return false end
  local count = 0
  for _ in pairs(value) do count = count + 1 end
  for i = 1, count do
    if value[i] == nil or not is(tree.item, value[i], records) then return false end
  end
  return true
end

function CHECK.map(tree, value, records)
  if type(value) ~= "table" then return false end
  for key, item in pairs(value) do
    if not is(tree.key, key, records) or not is(tree.value, item, records) then return false end
  end
  return true
end

function CHECK.union(tree, value, records)
  for _, item in ipairs(tree.items) do
    if is(item, value, records) then return true end
  end
  return false
end

function is(tree, value, records) return CHECK[tree.kind](tree, value, records) end

--- Whether a value is of a type.
-- @tparam string text
-- @param value
-- @tparam function records gives the fields of a record by its name, or nil
-- @treturn boolean
function typed.is(text, value, records) return is(tree_of(text), value, records) end

--- Why a value is no record of some fields: a text; or nil.
typed.fault = record_fault

return typed
