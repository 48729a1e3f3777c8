--- Rows of comma-separated values (RFC 4180), as spreadsheets and directories export them.
--
-- Fields are separated by a comma, a semicolon or a tab, rows end with LF, CR LF or CR, and a
-- field in quotes may hold any of these; a quote in it is doubled.  The first row is the header.
-- A byte order mark of UTF-8, the line `sep=;` that Excel reads and the line `#TYPE ...` that
-- PowerShell writes may stand before it.  All other bytes, NUL too, are kept as they are.
--
-- A row costs a few searches of bytes.  What a search finds beyond the row is remembered, so
-- that no byte is searched twice for the same, whatever the text.  It may come in blocks: where one
-- ends inside a row, at least as much again is read, and the row from its beginning.
-- @module postoffice.text.csv

local lines = require "postoffice.text.lines"
local places = require "postoffice.text.place"

local byte, find, sub = string.byte, string.find, string.sub
local gsub = string.gsub

local csv = {}

local Reader = {}
Reader.__index = Reader
Reader.__name = "postoffice.csv"

--- The separators there are, the likeliest first.
csv.SEPARATORS = { ",", ";", "\t" }

local QUOTE, FEED, CARRIAGE = byte('"\n\r', 1, 3)

local DOUBLED = "; in quotes, write two for one that is part of the value"
local UNCLOSED = "a quote that is never closed" .. DOUBLED
local INSIDE = "a quote inside a field that does not begin with one; put the whole value in"
  .. " quotes, and two for one that is part of it"
local AFTER = "a character after the closing quote of a field" .. DOUBLED

-- How separators are called.
local NAMES = { [","] = "commas", [";"] = "semicolons", ["\t"] = "tabs" }

local BLOCK = 256 * 1024 -- bytes that are asked for at least
local BEGINNING = 4096 -- bytes in which the header and what stands before it are looked for

-- The first place at or after `at` where a character stands, or the one after the text.
local function place_of(self, character, at)
  local place = self[character]
  if place < at then
    place = find(self.text, character, at, true) or self.beyond
    self[character] = place
  end
  return place
end

local function line_end(self, at)
  local feed, carriage = place_of(self, "\n", at), place_of(self, "\r", at)
  return feed < carriage and feed or carriage
end

-- Where the line after the end of one begins.
local function next_line(self, stop)
  local two = byte(self.text, stop) == CARRIAGE and byte(self.text, stop + 1) == FEED
  return stop + (two and 2 or 1)
end

-- Splits a line without quotes: how many fields it has and its end; or nil, a message, where.
local function split(self, row, at, stop)
  local text, separator, width, beyond = self.text, self.separator, self.width, self.beyond
  local count, place = 1, place_of(self, separator, at)
  while place < stop do
    row[count] = sub(text, at, place - 1)
    at, count = place + 1, count + 1
    if count > width then return nil, self.surplus, at end
    place = find(text, separator, at, true) or beyond
  end
  self[separator] = place
  row[count] = sub(text, at, stop - 1)
  return count, stop
end

-- A field without quotes and the place after it; or nil, where, and a message.
local function bare_field(self, at)
  local stop, separator = line_end(self, at), place_of(self, self.separator, at)
  if separator < stop then stop = separator end
  local quote = place_of(self, '"', at)
  if quote < stop then
    return nil, quote, INSIDE
  end
  return sub(self.text, at, stop - 1), stop
end

-- A field in quotes, likewise.
local function quoted_field(self, at)
  local text, doubled = self.text, false
  local quote = find(text, '"', at + 1, true)
  while quote and byte(text, quote + 1) == QUOTE do
    doubled = true
    quote = find(text, '"', quote + 2, true)
  end
  if not quote then return nil, at, UNCLOSED end
  local value = sub(text, at + 1, quote - 1)
  return doubled and gsub(value, '""', '"') or value, quote + 1
end

-- Reads a row field by field: how many it has and its end; or nil, a message, where.
local function read_fields(self, row, at)
  local text, separator = self.text, byte(self.separator)
  for count = 1, self.width do
    local field = byte(text, at) == QUOTE and quoted_field or bare_field
    local value, stop, message = field(self, at)
    if not value then return nil, message, stop end
    row[count] = value
    local follows = byte(text, stop)
    if follows == FEED or follows == CARRIAGE or not follows then return count, stop end
    if follows ~= separator then
      return nil, AFTER, stop
    end
    at = stop + 1
  end
  return nil, self.surplus, at
end

-- How many lines end in a text.
local function lines_in(text)
  local _, count = gsub(gsub(text, "\r\n?", "\n"), "\n", "")
  return count
end

-- What a read returns that failed at a byte of the row that begins at `at`.
local function failure(self, message, at, byte_at)
  return nil, message, places.inside(sub(self.text, at, byte_at), byte_at - at + 1, self.line)
end

-- Begins with a text at which nothing was looked for yet.
local function set_text(self, text)
  self.text, self.beyond, self.at = text, #text + 1, 1
  self["\n"], self["\r"], self['"'] = 0, 0, 0 -- the last place that each was found at
  if self.separator then self[self.separator] = 0 end
end

-- Reads on; false at the end.
local function fill(self)
  local rest = sub(self.text, self.at)
  local block = self.more and self.more(math.max(BLOCK, #rest))
  if block then
    set_text(self, rest .. block)
  else
    self.more = nil
  end
  return block ~= nil
end

-- Goes to the next line that holds anything, or to the end.
local function skip_blank_lines(self)
  repeat
    local at = self.at
    while at < self.beyond - 1 and line_end(self, at) == at do
      at, self.line = next_line(self, at), self.line + 1
    end
    self.at = at
  until at < self.beyond - 1 or not fill(self)
  if self.at < self.beyond and line_end(self, self.at) == self.at then self.at = self.beyond end
end

-- Reads the next row: its line and how many fields it has; or as `read` fails.
local function read_row(self, row)
  local at, stop = self.at, line_end(self, self.at)
  if stop == at or at >= self.beyond - 1 then
    skip_blank_lines(self)
    at, stop = self.at, line_end(self, self.at)
    if at >= self.beyond then return nil end
  end
  local line = self.line
  self.row_at, self.row_line = at, line
  local reads = place_of(self, '"', at) < stop and read_fields or split
  local count, after, byte_at = reads(self, row, at, stop)
  local is_cut = after == UNCLOSED or count and after >= self.beyond - 1
  if is_cut and fill(self) then return read_row(self, row) end
  if not count then return failure(self, after, at, byte_at) end
  self.at = next_line(self, after)
  self.line = line + 1 + (after > stop and lines_in(sub(self.text, at, after - 1)) or 0)
  return line, count
end

--- Reads the next row into a table: a text for each field of the header, empty where the row has
-- fewer.  Blank lines are skipped.
-- @tparam table row to be filled
-- @treturn number|nil the line of its first byte, from 1; nil at the end
-- @treturn string what is wrong
-- @treturn number the line of what offends
-- @treturn number its column, as `place` counts
function Reader:read(row)
  local line, count, at_line, column = read_row(self, row)
  if not line then return nil, count, at_line, column end
  for i = count + 1, self.width do row[i] = "" end
  return line
end

--- The row that was read last, as it stands in the file.
-- @treturn string
-- @treturn number the line in which it begins
function Reader:raw() return sub(self.text, self.row_at, self.at - 1), self.row_line end

-- Where the fields of a row begin and end, without their quotes; one that the row lacks is nowhere.
local function spans_of(raw, separator)
  local spans, at, stops = {}, 1, "[" .. separator .. "\r\n]"
  while at <= #raw + 1 do
    local first, last = at, nil
    if byte(raw, at) == QUOTE then
      first, last = at + 1, at
      repeat last = find(raw, '"', last + 1, true) or #raw
        local is_doubled = byte(raw, last + 1) == QUOTE
        if is_doubled then last = last + 1 end
      until not is_doubled
    end
    local stop = find(raw, stops, last or at) or #raw + 1
    spans[#spans + 1] = { first, (last or stop) - 1 }
    if byte(raw, stop) == FEED or byte(raw, stop) == CARRIAGE then break end
    at = stop + 1
  end
  return spans
end

-- Where a text stands in one of some fields; else where the first of these begins that has anything.
local function find_in(raw, spans, fields, text)
  local first
  for _, field in ipairs(fields) do
    local span = spans[field]
    local at = span and text and places.find(raw, text, span[1])
    if at and at + #text - 1 <= span[2] then return at end
    if span and (not first or first[2] < first[1]) then first = span end
  end
  return first and first[1] or 1
end

--- Where something stands in a row.
-- @string raw as `raw` returned it
-- @tparam number line likewise
-- @string separator
-- @tparam {number,...} fields of the row in which it stands
-- @string[opt] text what is looked for, which may not be written so; else the first field
-- @treturn number its line
-- @treturn number its column
function csv.place(raw, line, separator, fields, text)
  return places.inside(raw, find_in(raw, spans_of(raw, separator), fields, text), line)
end

--- Goes on after the first line of a row that could not be read.
function Reader:skip()
  local stop = line_end(self, self.at)
  while stop >= self.beyond - 1 and fill(self) do stop = line_end(self, self.at) end
  self.at, self.line = next_line(self, stop), self.line + 1
end

-- What stands before the header: how many bytes and lines, and the separator that it names.
local function preamble(text)
  local at = find(text, "^\239\187\191") and 4 or 1
  local _, last = find(text, "^#TYPE[^\r\n]*\r?\n?", at)
  if last then return last, 1 end
  local named
  _, last, named = find(text, "^[Ss][Ee][Pp]=([,;\t])\r?\n?", at)
  if last then return last, 1, named end
  return at - 1, 0
end

-- The separator that the header has most of, outside quotes.
local function guess(header)
  local bare = gsub(header, '"[^"]*"?', "")
  local best, most = csv.SEPARATORS[1], 0
  for _, separator in ipairs(csv.SEPARATORS) do
    local _, count = gsub(bare, separator, "")
    if count > most then best, most = separator, count end
  end
  return best
end

--- Reads a text's header.
-- @string text all of it, or its beginning
-- @string[opt] separator one of `csv.SEPARATORS`; the one that the header has most of unless said
-- @tparam[opt] function more the next block of the text, of about as many bytes as it is given; nil
--   at the end
-- @treturn table|nil a reader: its `header`, an array of texts, and `read`
-- @treturn string what is wrong
-- @treturn number the line of what offends
-- @treturn number its column, as `place` counts
function csv.open(text, separator, more)
  local self = setmetatable({ more = more, width = math.huge, line = 1 }, Reader)
  set_text(self, text)
  while self.beyond <= BEGINNING and fill(self) do end
  if lines.is_utf16(self.text) then return nil, lines.UTF16, 1, 1 end
  local before, count_before, named = preamble(self.text)
  self.at, self.line = before + 1, count_before + 1
  skip_blank_lines(self)
  self.separator = separator or named
    or guess(sub(self.text, self.at, line_end(self, self.at) - 1))
  self[self.separator] = 0
  self.header = {}
  local line, count, at_line, column = read_row(self, self.header)
  if not line then return nil, count or "the file is empty", at_line or 1, column or 1 end
  self.width = count
  self.surplus = ("a field more than the header's %d; put values with %s in them in quotes")
    :format(count, NAMES[self.separator])
  return self
end

local function quoted(text)
  if not find(text, '[",;\t\r\n]') and not find(text, "^%s") and not find(text, "%s$") then
    return text
  end
  return '"' .. gsub(text, '"', '""') .. '"'
end

--- A row as RFC 4180 has it, whatever the separator is taken for.
-- @tparam {string,...} fields
-- @treturn string with its end
function csv.row(fields)
  local list = {}
  for i, text in ipairs(fields) do list[i] = quoted(text) end
  return table.concat(list, ",") .. "\r\n"
end

return csv
