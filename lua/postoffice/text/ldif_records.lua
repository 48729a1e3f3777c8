--- The records of LDIF (RFC 2849), one by one, of a text that comes in blocks.
--
-- Lines are unfolded, comments and the line `version: 1` left out, base 64 is decoded.  A record that
-- is wrong is told, and the next one can be read.
-- @module postoffice.text.ldif_records

local base64 = require "postoffice.text.base64"
local lines = require "postoffice.text.lines"
local trim = require "postoffice.text.joined".trim

local byte, find, lower, match, sub = string.byte, string.find, string.lower, string.match,
  string.sub

local records = {}

local Reader = {}
Reader.__index = Reader
Reader.__name = "postoffice.ldif"

local SPACE, HASH = byte(" #", 1, 2)

-- The next line with those that go on with it, which begin with a space, and its number; a comment
-- goes on, too.
local function unfolded(self)
  local first, number = self.line, self.number
  if not first then return nil end
  self.line, self.number = self.lines()
  if byte(self.line or "") ~= SPACE then return first, number end
  local parts = { first }
  while self.line and byte(self.line) == SPACE do
    parts[#parts + 1] = sub(self.line, 2)
    self.line, self.number = self.lines()
  end
  return table.concat(parts), number
end

-- The next line that is no comment.
local function next_line(self)
  local line, number
  repeat line, number = unfolded(self) until not line or byte(line) ~= HASH
  return line, number
end

local WRONG = "no line of LDIF; write name: value, or name:: and base 64"

-- Reads a line: name and options in lower case, and value, false for a URL; or nil, what is wrong,
-- where.
local function read_line(line)
  local plain, text = match(line, "^([%w.-]+): *([^ :<].*)$") -- as most are
  if plain then return lower(plain), "", text end
  local name, at = match(line, "^([%w.-]+)()")
  local options, after = match(line, "^(;[;%w=*-]*)()", at)
  local kind, rest = match(line, "^:([:<]?) *(.*)$", after or at)
  if not name or not kind then return nil, WRONG, find(line, "[^%w.;-]") or #line + 1 end
  options = options or ""
  if kind == "" then return lower(name), lower(options), rest end
  if kind == "<" then return lower(name), lower(options), false end
  local value = base64.decode(trim(rest))
  if not value then return nil, "no base 64 after " .. name .. "::", #line - #rest + 1 end
  return lower(name), lower(options), value
end

-- Passes over the rest of a record.
local function skip_record(self)
  local line
  repeat line = next_line(self) until not line or line == ""
end

-- Adds a line to a record; nil, what is wrong, and where.
local function add_line(record, line, number)
  if line == "-" then return true end -- between the changes of one record
  local name, options, value = read_line(line)
  if not name then return nil, options, value end
  if name == "version" and #record == 0 then return true end
  record.line = record.line or number
  record[#record + 1] = { name = name, options = options, value = value, line = number }
  return true
end

--- Reads the next record.
-- @treturn table|nil an array of `name`, `options` (as `;range=0-1499`, or empty), `value` and `line`,
--   and the `line` at which it begins; nil if it is wrong, and at the end
-- @treturn string what is wrong
-- @treturn number the line
-- @treturn number the byte of that line once it is unfolded
function Reader:read()
  local record = {}
  local line, number = next_line(self)
  while line and (line ~= "" or #record == 0) do
    if line ~= "" then
      local good, message, place = add_line(record, line, number)
      if not good then
        skip_record(self)
        return nil, message, number, place
      end
    end
    line, number = next_line(self)
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
