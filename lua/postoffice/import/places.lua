--- Where rows of tables stand: their file, line and column, which are made when a note asks for them.
-- @module postoffice.import.places

local column_of = require "postoffice.text.place".column
local postmap = require "postoffice.text.postmap"

local places = {}

local FORMAT = "%s:%d:%d"

--- The place of a row.
-- @string file its name
-- @tparam table row of a reader, as `postmap.place` takes it
-- @treturn table
function places.of_row(file, row) return { file = file, row = row } end

--- The place of a name in a line.
-- @string file
-- @tparam number number of the line
-- @string line
-- @tparam number at the byte where it begins
-- @treturn table
function places.of_name(file, number, line, at)
  return { file = file, number = number, line = line, at = at }
end

--- A place as notes have it.
-- @tparam table|string where one, or what is one already
-- @string[opt] part of the row's value that is meant, empty for all of it; else the row is
-- @treturn string such as `virtual:7:21`
function places.text(where, part)
  if type(where) == "string" then return where end
  if where.at then
    return FORMAT:format(where.file, where.number, column_of(where.line, where.at))
  end
  return FORMAT:format(where.file,
    postmap.place(where.row, part ~= nil, part ~= "" and part or nil))
end

return places
