--- The patterns in the file of a `set`: one a line, or a column of CSV.
-- @module postoffice.policy.compile.set_files

local csv = require "postoffice.text.csv"
local describe = require "postoffice.policy.language.describe"
local suggest = require "postoffice.suggest"
local trim = require "postoffice.text.joined".trim

local byte, find, gsub = string.byte, string.find, string.gsub
local lower, sub = string.lower, string.sub

local set_files = {}

local SEPARATORS = { comma = ",", semicolon = ";", tab = "\t" }

local MARK = "\239\187\191" -- UTF-8's byte order mark
local HASH, CARRIAGE = byte("#\r", 1, 2)
local UTF16 = { ["\255\254"] = true, ["\254\255"] = true }
local BLOCK = 64 * 1024 -- bytes that are read at once
local LONGEST_LINE = 4096 -- bytes: a pattern and what may stand around it
local LONG_LINE = ("a line has more than %d bytes"):format(LONGEST_LINE)

-- What is in a line beside blanks, or "" for a comment.
local function said(line)
  if byte(line, -1) == CARRIAGE then line = sub(line, 1, -2) end
  line = trim(line)
  return byte(line) == HASH and "" or line
end

-- Hands on the whole lines of a text: what is left of it, and how many there were.
local function each_whole_line(text, number, sink)
  local at, stop = 1, find(text, "\n", 1, true)
  while stop do
    number = number + 1
    local line = said(sub(text, at, stop - 1))
    if line ~= "" then sink(line, number) end
    at = stop + 1
    stop = find(text, "\n", at, true)
  end
  return sub(text, at), number
end

-- Hands on the lines that say something, of a text that comes in blocks; or returns what is wrong, and
-- where.
local function each_line(_, blocks, sink)
  local block = blocks(BLOCK)
  if block and UTF16[sub(block, 1, 2)] then return "it is UTF-16; save it as UTF-8", 1 end
  local rest, number = gsub(block or "", "^" .. MARK, ""), 0
  while block do
    rest, number = each_whole_line(rest, number, sink)
    if #rest > LONGEST_LINE then return LONG_LINE, number + 1 end
    block = blocks(BLOCK)
    rest = rest .. (block or "\n")
  end
  each_whole_line(rest, number, sink)
end

-- A column's name as it is compared.
local function fold(name) return lower(trim(name)) end

local TWICE = 'two columns are called "%s", the %d. and the %d.; give each a name of its own'

-- The place of a set's column; or nil and what is wrong.
local function find_column(header, wanted)
  if not wanted then
    if #header == 1 then return 1 end
    return nil, ("it has several columns; name one: column = %s"):format(
      describe.shown(header[1]))
  end
  local found
  for place, name in ipairs(header) do
    if fold(name) == fold(wanted) then
      if found then return nil, TWICE:format(describe.short(wanted), found, place) end
      found = place
    end
  end
  if found then return found end
  return nil, ('it has no column "%s"%s'):format(describe.short(wanted),
    suggest.phrase(wanted, header, "columns"))
end

-- Hands on what a column holds; or returns what is wrong, and where.
local function each_value(fields, blocks, sink)
  local reader, message, at_line = csv.open("", SEPARATORS[fields.separator], blocks)
  if not reader then return message, at_line end
  local place, wrong = find_column(reader.header, fields.column)
  if not place then return wrong, 1 end
  local row = {}
  while true do
    local line, problem, at_problem = reader:read(row)
    if not line then return problem, at_problem end
    local value = trim(row[place])
    if value ~= "" then sink(value, line) end
  end
end

local FORMATS = { lines = each_line, csv = each_value }

--- Hands on what a file holds.
-- @tparam table fields of the declaration: `file`, `format`, `column`, `separator`
-- @tparam function open as for `people.each`
-- @tparam function sink is given each text and its line
-- @treturn string|nil what is wrong
-- @treturn number|nil in which line
-- @treturn string|nil code, if the file cannot be read
function set_files.each(fields, open, sink)
  local blocks, why, code = open(fields.file)
  if not blocks then return why, nil, code end
  local function next_block(length)
    local block
    block, why, code = blocks(length)
    return block
  end
  local message, line = FORMATS[fields.format or "lines"](fields, next_block, sink)
  if why then return why, nil, code end
  return message, line
end

return set_files
