--- The records of LDIF (RFC 2849), one by one, of a text that comes in blocks.
--
-- Lines are unfolded, comments and the line `version: 1` left out, base 64 is decoded.  A record that
-- is wrong is told, and the next one can be read.
-- @module postoffice.text.ldif_records

local base64 = require "postoffice.text.base64"
local lines = require "postoffice.text.lines"
local place = require "postoffice.text.place"
local trim = require "postoffice.text.joined".trim

local byte, find, lower, match, sub = string.byte, string.find, string.lower, string.match,
  string.sub

local records = {}

local Reader = {}
Reader.__index = Reader
Reader.__name = "postoffice.ldif"

local SPACE, HASH = byte(" #", 1, 2)

-- The next line with those that go on with it, which begin with a space, its number, and its parts if
-- it has several; a comment goes on, too.
local function unfolded(self)
  local first, number = self.line, self.number
  if not first then return nil end
  self.line, self.number = self.lines()
  if byte(self.line or "") ~= SPACE then return first, number end
  local texts, parts = { first }, { { text = first, line = number, indent = 0 } }
  while self.line and byte(self.line) == SPACE do
    texts[#texts + 1] = sub(self.line, 2)
    parts[#parts + 1] = { text = texts[#texts], line = self.number, indent = 1 }
    self.line, self.number = self.lines()
  end
  return table.concat(texts), number, parts
end

-- The next line that is no comment.
local function next_line(self)
  local line, number, parts
  repeat line, number, parts = unfolded(self) until not line or byte(line) ~= HASH
  return line, number, parts
end

local WRONG = "no line of LDIF; write name: value, or name:: and base 64"

-- Reads a line: name and options in lower case, value, false for a URL, and where that begins; or nil,
-- what is wrong, where.
local function read_line(line)
  local plain, text = match(line, "^([%w.-]+): *([^ :<].*)$") -- as most are
  if plain then return lower(plain), "", text, #line - #text + 1 end
  local name, at = match(line, "^([%w.-]+)()")
  local options, after = match(line, "^(;[;%w=*-]*)()", at)
  local kind, rest = match(line, "^:([:<]?) *(.*)$", after or at)
  if not name or not kind then return nil, WRONG, find(line, "[^%w.;-]") or #line + 1 end
  local start = #line - #rest + 1
  options = options or ""
  if kind == "" then return lower(name), lower(options), rest, start end
  if kind == "<" then return lower(name), lower(options), false, start end
  local value = base64.decode(trim(rest))
  if not value then
    return nil, ("no base 64 after %s::; write %s: and the text"):format(name, name), start
  end
  return lower(name), lower(options), value, start
end

-- Passes over the rest of a record.
local function skip_record(self)
  local line
  repeat line = next_line(self) until not line or line == ""
end

-- Adds a line to a record; nil, what is wrong, and where.
local function add_line(record, line, number, parts)
  if line == "-" then return true end -- between the changes of one record
  local name, options, value, at = read_line(line)
  if not name then return nil, options, value end
  if name == "version" and #record == 0 then return true end
  record.line = record.line or number
  record[#record + 1] = {
    name = name, options = options, value = value, line = number, text = line, at = at,
    parts = parts,
  }
  return true
end

-- The place of a byte of a line once it is unfolded.
local function place_of(line, number, parts, at)
  if parts then return place.among(parts, at) end
  return number, place.column(line, at)
end

--- Where something stands in a line of a record.
-- @tparam table said one line, as `read` returns it
-- @string[opt] text a part of its value; else that begins there
-- @treturn number its line
-- @treturn number its column
function records.place(said, text)
  local at = text and place.find(said.text, text, said.at) or said.at
  return place_of(said.text, said.line, said.parts, at)
end

--- Reads the next record.
-- @treturn table|nil an array of `name`, `options` (as `;range=0-1499`, or empty), `value`, `line` and
--   what `place` needs, and the `line` at which it begins; nil if it is wrong, and at the end
-- @treturn string what is wrong
-- @treturn number the line
-- @treturn number the column
function Reader:read()
  local record = {}
  local line, number, parts = next_line(self)
  while line and (line ~= "" or #record == 0) do
    if line ~= "" then
      local good, message, at = add_line(record, line, number, parts)
      if not good then
        skip_record(self)
        return nil, message, place_of(line, number, parts, at)
      end
    end
    line, number, parts = next_line(self)
  end
  return #record > 0 and record or nil
end

--- Reads LDIF.
-- @tparam function more the next block of the text, as `lines.each` takes it
-- @treturn table|nil a reader: its function `read`
-- @treturn string what is wrong
function records.open(more)
  local self = setmetatable({ lines = lines.each(more) }, Reader)
  self.line, self.number = self.lines()
  if self.line and lines.is_utf16(self.line) then return nil, lines.UTF16 end
  return self
end

return records
