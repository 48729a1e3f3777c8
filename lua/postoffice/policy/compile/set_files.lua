--- The patterns in the file of a `set`: one a line, or a column of CSV.
-- @module postoffice.policy.compile.set_files

local column_of = require "postoffice.text.place".column
local csv = require "postoffice.text.csv"
local describe = require "postoffice.policy.language.describe"
local lines = require "postoffice.text.lines"
local suggest = require "postoffice.suggest"
local trim = require "postoffice.text.joined".trim

local byte, find, lower = string.byte, string.find, string.lower

local set_files = {}

local SEPARATORS = { comma = ",", semicolon = ";", tab = "\t" }

local HASH = byte "#"

local WEIGHT = 8 -- a pattern is short and takes longer than a person: 35 us in 24 bytes

-- Hands on the lines that say something; or returns what is wrong, and where.
local function each_line(_, blocks, sink)
  local line, number
  local function place() return number, column_of(line, find(line, "%S")) end
  local next_line = lines.each(blocks)
  line, number = next_line()
  while line do
    local text = trim(line)
    if text ~= "" and byte(text) ~= HASH then sink(text, number, place) end
    line, number = next_line()
  end
end

-- A column's name as it is compared.
local function fold(name) return lower(trim(name)) end

local TWICE = 'two columns are called "%s", the %d. and the %d.; give each a name of its own'

-- The place of a set's column; or nil, what is wrong, and with which column.
local function find_column(header, wanted)
  if not wanted then
    if #header == 1 then return 1 end
    return nil, ("it has several columns; name one: column = %s"):format(
      describe.shown(header[1])), 1
  end
  local found
  for place, name in ipairs(header) do
    if fold(name) == fold(wanted) then
      if found then return nil, TWICE:format(describe.short(wanted), found, place), place end
      found = place
    end
  end
  if found then return found end
  return nil, ('it has no column "%s"%s'):format(describe.short(wanted),
    suggest.phrase(wanted, header, "columns")), 1
end

-- Hands on what a column holds; or returns what is wrong, and where.
local function each_value(fields, blocks, sink)
  local reader, message, at_line, at_column =
    csv.open("", SEPARATORS[fields.separator], blocks)
  if not reader then return message, at_line, at_column end
  local found, wrong, wrong_column = find_column(reader.header, fields.column)
  local function place(text)
    local raw, line = reader:raw()
    return csv.place(raw, line, reader.separator, { found or wrong_column }, text)
  end
  if not found then return wrong, place() end
  local row = {}
  while true do
    local line, problem, problem_line, problem_column = reader:read(row)
    if not line then return problem, problem_line, problem_column end
    local value = trim(row[found])
    if value ~= "" then sink(value, line, place) end
  end
end

local FORMATS = { lines = each_line, csv = each_value }

--- Hands on what a file holds.
-- @tparam table fields of the declaration: `file`, `format`, `column`, `separator`
-- @tparam function open as for `people.each`
-- @tparam function sink is given each text, its line, and a function of that text: in which line and
--   column it stands
-- @treturn string|nil what is wrong
-- @treturn number|nil in which line
-- @treturn number|nil in which column
-- @treturn string|nil code, if the file cannot be read
function set_files.each(fields, open, sink)
  local blocks, why, code = open(fields.file, WEIGHT)
  if not blocks then return why, nil, nil, code end
  local function next_block(length)
    local block
    block, why, code = blocks(length)
    return block
  end
  local message, line, column = FORMATS[fields.format or "lines"](fields, next_block, sink)
  if why then return why, nil, nil, code end
  return message, line, column
end

return set_files
