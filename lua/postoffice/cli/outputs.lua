--- What a command writes, as help and the manual page tell it: the columns of its rows, the keys of its
-- objects, the statuses that it exits with.
-- @module postoffice.cli.outputs

local lists = require "postoffice.lists"
local schema = require "postoffice.cli.schema"

local outputs = {}

-- A title with what asks for what stands under it.
local function titled(title, shape)
  return shape.when and ("%s, %s"):format(title, shape.when) or title
end

local function rows_of_columns(shape)
  return lists.map(shape.columns, function(column) return { column[1], column[2] } end)
end

local function add_keys(rows, keys)
  for _, key in ipairs(keys) do
    rows[#rows + 1] = { key[1], ("%s (%s)"):format(key[3], key[2]) }
  end
end

local function rows_of_keys(shape)
  local rows = {}
  add_keys(rows, shape.keys)
  for _, name in ipairs(shape.like or {}) do
    if schema.records[name] then
      add_keys(rows, schema.records[name])
    else
      rows[#rows + 1] = { "...", ("the fields of %s: postoffice help %s"):format(name, name) }
    end
  end
  return rows
end

local function rows_of_statuses(statuses)
  local rows = {}
  for _, status in ipairs(lists.keys(statuses)) do
    rows[#rows + 1] = { tostring(status), statuses[status] }
  end
  return rows
end

--- The sections of what is told of a command.
-- @string name of the command
-- @treturn {table,...} each `title`, and `rows` of two texts
function outputs.sections(name)
  local shapes, sections = schema.commands[name], {}
  if not shapes then return sections end
  for _, shape in ipairs(shapes.rows or {}) do
    table.insert(sections, { title = titled("Columns", shape), rows = rows_of_columns(shape) })
  end
  for _, shape in ipairs(shapes.objects) do
    table.insert(sections, { title = titled("Keys of JSON", shape), rows = rows_of_keys(shape) })
  end
  table.insert(sections, { title = "Exit status", rows = rows_of_statuses(shapes.statuses) })
  return sections
end

return outputs
