--- What `help --json` prints: entries of the reference and commands, as objects.
-- @module postoffice.cli.help_objects

local json = require "postoffice.text.json"
local lists = require "postoffice.lists"
local schema = require "postoffice.cli.schema"

local help_objects = {}

local to_json = json.encoder {
  "name", "kind", "path", "type", "status", "severity", "summary", "doc", "cause", "remedy",
  "when", "optional", "required", "default", "values",
}

-- Texts in their places, under names.
local function named(names)
  return function(list)
    local object = {}
    for i, name in ipairs(names) do object[name] = list[i] end
    return object
  end
end

local field_of

local function fields_of(fields) return fields and lists.map(fields, field_of) end

-- A field or argument, without the places of its parts.
function field_of(field)
  return {
    name = field.name, type = field.type, doc = field.doc, optional = field.optional,
    required = field.required, default = field.default, values = field.values,
    example = field.example, least = field.least, most = field.most,
    fields = fields_of(field.fields),
  }
end

-- What a library has, as a list.
local function libraries_of(has)
  return lists.map(lists.keys(has), function(name)
    return { name = name == "" and "global" or name, functions = has[name] }
  end)
end

-- By the name of a part of an entry, what makes it an object's.
local PARTS = {
  fields = fields_of, arguments = fields_of, has = libraries_of,
  answers = function(list) return lists.map(list, named { "type", "doc" }) end,
  returns = function(list) return lists.map(list, named { "type", "doc" }) end,
  rows = function(list) return lists.map(list, named { "written", "doc" }) end,
  classes = function(list) return lists.map(list, named { "name", "doc" }) end,
  trials = function(list) return lists.map(list, named { "pattern", "address", "captures" }) end,
}

-- An entry without the places of its parts.
local function object_of(entry)
  local object = {}
  for name, value in pairs(entry) do
    if type(name) == "string" then object[name] = PARTS[name] and PARTS[name](value) or value end
  end
  return object
end

--- An entry of the reference as a line of JSON.
-- @tparam table entry
-- @treturn string
function help_objects.entry(entry) return to_json(object_of(entry)) end

--- A field of one.
-- @string path
-- @tparam table field
-- @treturn string
function help_objects.field(path, field)
  local object = field_of(field)
  object.name, object.kind = path, "field"
  return to_json(object)
end

--- A page of the manual.
-- @string name
-- @tparam table page `title` and `text`
-- @treturn string
function help_objects.chapter(name, page)
  return to_json { name = name, kind = "page", title = page.title, text = page.text }
end

local column = named { "name", "doc" }

local function column_of(given)
  local object = column(given)
  object.optional = given.optional
  return object
end

local function rows_of(shapes)
  return shapes and lists.map(shapes, function(shape)
    return { when = shape.when, columns = lists.map(shape.columns, column_of) }
  end)
end

local function objects_of(shapes)
  return shapes and lists.map(shapes, function(shape)
    return {
      when = shape.when, like = shape.like,
      keys = lists.map(shape.keys, named { "name", "type", "doc" }),
    }
  end)
end

local function statuses_of(statuses)
  return statuses and lists.map(lists.keys(statuses), function(status)
    return { status = status, doc = statuses[status] }
  end)
end

--- A command.
-- @tparam table command as `postoffice.cli.arguments` has it
-- @tparam {table,...} options of it
-- @treturn string
function help_objects.command(command, options)
  local shapes = schema.commands[command.name] or {}
  return to_json {
    name = command.name, kind = "command", summary = command.summary, doc = command.description,
    options = lists.map(options, function(option)
      return { name = option[2], value = option.argname, doc = option.description }
    end),
    examples = command.examples, rows = rows_of(shapes.rows), objects = objects_of(shapes.objects),
    statuses = statuses_of(shapes.statuses),
  }
end

return help_objects
