--- The objects that the rows of an Exchange 5.5 export or import are about.
--
-- A row says by Mode whether an object is created, modified or deleted, and by `~DEL` that a field is
-- emptied.  What a field has that takes several values is appended to what rows before said, as the
-- administrator program does unless it is told otherwise (Q241195); of addresses, those of a type take
-- the place of that type's (Q170378).
-- @module postoffice.text.formats.exchange55_objects

local lists = require "postoffice.lists"
local names = require "postoffice.text.formats.exchange55_names"
local trim = require "postoffice.text.joined".trim

local lower, match = string.lower, string.match

local objects = {}

local MODES = { [""] = "update", update = "update", create = "update", modify = "update",
  delete = "delete" }

local DELETED = "~DEL"

-- The fields whose columns have several values.
local SEVERAL = { "proxies", "members", "lists", "accept", "reject" }

--- What some columns say first.
-- @tparam table values texts by column
-- @tparam {number,...} list
-- @treturn string empty where none says anything
function objects.text_of(values, list)
  for _, column in ipairs(list) do
    local text = trim(values[column] or "")
    if text ~= "" then return text end
  end
  return ""
end

local text_of = objects.text_of

--- What takes rows.
-- @tparam table map the columns by field, and `width`, how many there are
-- @treturn table the objects in order, each with `line`, `path`, `values`, texts by column, `before`, lists
--   of what rows before said there, `places`, and `place`
function objects.new(map)
  local several = {}
  for _, field in ipairs(SEVERAL) do
    for _, column in ipairs(map[field]) do several[column] = true end
  end
  return { map = map, several = several, by_path = {}, by_name = {} }
end

-- The path of a row's object; empty where nobody says what it is called.
local function path_of(map, row)
  local dn = text_of(row, map.exchange_name)
  if dn ~= "" and dn ~= DELETED then return names.path("", dn) end
  local name = text_of(row, map.directory_name)
  return name == "" and "" or names.path(text_of(row, map.container), name)
end

-- The directory name at the end of a path.
local function last_name(path) return match(path, "[^/]*$") end

-- The object of a path; or of its directory name, where either says no container and no other object
-- has the name; false for several.
local function find_object(self, path)
  local name = last_name(path)
  local object = self.by_path[path] or self.by_path[name]
  local namesakes = self.by_name[name]
  if object or path ~= name or not namesakes then return object end
  return #namesakes == 1 and namesakes[1]
end

-- A new object.
local function add(self, path, line)
  local object = { line = line, path = path, values = {}, before = {}, places = {} }
  self[#self + 1] = object
  if path == "" then return object end
  local name = last_name(path)
  self.by_path[path], self.by_name[name] = object, self.by_name[name] or {}
  table.insert(self.by_name[name], object)
  return object
end

-- Puts what a row says over what is known of its object, and where: an empty field says nothing.
local function put(self, object, row, place)
  object.place = object.place or place
  for column = 1, self.map.width do
    local text = trim(row[column])
    if text == DELETED then
      object.values[column], object.before[column] = nil, nil
    elseif text ~= "" then
      if self.several[column] and object.values[column] then
        object.before[column] = object.before[column] or {}
        table.insert(object.before[column], object.values[column])
      end
      object.values[column], object.places[column] = text, place
    end
  end
end

-- Forgets an object that rows before were about; false and what is wrong where there were none: it
-- is elsewhere that somebody has to be removed.
local function delete(object, id)
  if not object or object.is_deleted then
    return false,
      (': Mode is Delete, and no row before is about "%s"; remove it where it is'):format(id),
      "mode"
  end
  object.is_deleted, object.values, object.before = true, {}, {}
  return true
end

local SEVERAL_OBJECTS = ': several rows before are about a "%s"; say its Obj-Container'

--- Takes a row.
-- @tparam table self
-- @tparam table row
-- @number line
-- @tparam function keep_place of the source
-- @treturn boolean
-- @treturn string what is wrong
-- @treturn string in which field
function objects.take(self, row, line, keep_place)
  local map = self.map
  local said = trim(map.mode[1] and row[map.mode[1]] or "")
  local mode = MODES[lower(said)]
  if not mode then
    return false, (': Mode is "%s", and has to be Create, Modify, Update or Delete'):format(said),
      "mode"
  end
  local path, name = path_of(map, row), text_of(row, map.directory_name)
  local object = find_object(self, path)
  if object == false then
    return false, SEVERAL_OBJECTS:format(name), "directory_name"
  end
  if mode == "delete" then return delete(object, name) end
  object = object or add(self, path, line)
  object.is_deleted = false
  put(self, object, row, keep_place())
  return true
end

--- The objects that no row deletes.
-- @tparam table self
-- @treturn {table,...}
function objects.left(self)
  local list = {}
  for _, object in ipairs(self) do
    if not object.is_deleted then list[#list + 1] = object end
  end
  return list
end

-- What a column says of an object, row by row, taken apart.
local function rows_of(object, column, split, separator)
  local rows = {}
  local function add_row(text)
    rows[#rows + 1] = {}
    split(text, rows[#rows], separator)
  end
  for _, text in ipairs(object.before[column] or {}) do add_row(text) end
  if object.values[column] then add_row(object.values[column]) end
  return rows
end

--- All that some columns say of an object, taken apart: what rows before said, too.
-- @tparam table object
-- @tparam {number,...} list
-- @tparam function split of a text, a list and a separator
-- @string[opt] separator
-- @treturn {string,...}
function objects.texts_of(object, list, split, separator)
  local texts = {}
  for _, column in ipairs(list) do
    for _, row in ipairs(rows_of(object, column, split, separator)) do lists.add_all(texts, row) end
  end
  return texts
end

-- The type of a primary address, or of one that empties its type: in capitals.
local function primary_type(text) return match(text, "^(%u[%u%d]*):") end

-- The addresses of a row whose type no later row has a primary one of.
local function not_replaced(row, later)
  local kept = {}
  for _, text in ipairs(row) do
    if not later[primary_type(text) or ""] then kept[#kept + 1] = text end
  end
  for _, text in ipairs(row) do later[primary_type(text) or text] = true end
  return kept
end

--- The addresses that some columns say of an object.
-- @tparam table object
-- @tparam {number,...} list
-- @tparam function split likewise
-- @string[opt] separator
-- @treturn {string,...}
function objects.addresses_of(object, list, split, separator)
  local texts = {}
  for _, column in ipairs(list) do
    local rows, later = rows_of(object, column, split, separator), {}
    for i = #rows, 1, -1 do rows[i] = not_replaced(rows[i], later) end
    for _, row in ipairs(rows) do lists.add_all(texts, row) end
  end
  return texts
end

return objects
