--- The rows of Postfix's and sendmail's maps, as people write them.
--
-- A map of Postfix (postmap(5)) has a key, blanks and a value; a line that begins with a blank goes
-- on with the one before, across comments and empty lines; a key may be in quotes.  A map of
-- sendmail (makemap) is the same without continued lines, and aliases(5) have `name: value`.
-- Values are addresses that commas or blanks separate (virtual(5)), and what aliases have beside
-- them: `|command`, `/file`, `:include:/file`, `\name`.
-- @module postoffice.text.postmap

local lines = require "postoffice.text.lines"
local places = require "postoffice.text.place"
local trim = require "postoffice.text.joined".trim

local byte, find, gmatch, gsub = string.byte, string.find, string.gmatch, string.gsub
local match, sub = string.match, string.sub

local postmap = {}

local Reader = {}
Reader.__index = Reader
Reader.__name = "postoffice.postmap"

local BACKSLASH, QUOTE = byte('\\"', 1, 2)

local UNCLOSED = "a quote that is never closed; write \\\" for one that is part of the text"
local NONE_BEFORE = "a line that goes on with none before it; begin it without a blank"
local BLANK = "a blank before the key; begin the line with the key"
local NO_KEY = "no key; write it before the value"
local NO_VALUE = "no value after the key; write both on one line"

-- The first place at or after `at` where one of some characters stands outside quotes, the one
-- after the text if there is none; nil and where, if a quote is not closed.
local function find_outside(text, pattern, at)
  local is_quoted, opened = false, nil
  local place = find(text, pattern, at)
  while place do
    local char = byte(text, place)
    if char == BACKSLASH then
      place = place + 1
    elseif char == QUOTE then
      is_quoted, opened = not is_quoted, place
    elseif not is_quoted then
      return place
    end
    place = find(text, pattern, place + 1)
  end
  if is_quoted then return nil, opened end
  return #text + 1
end

-- Where the key of a row ends and its value begins; or nil, what is wrong, and where.
local SPLITS = {}

function SPLITS.map(row)
  local stop, opened = find_outside(row, '[%s\\"]', 1)
  if not stop then return nil, UNCLOSED, opened end
  return sub(row, 1, stop - 1), trim(sub(row, stop)), stop
end

function SPLITS.aliases(row)
  local stop, opened = find_outside(row, '[:\\"]', 1)
  if not stop then return nil, UNCLOSED, opened end
  if stop > #row then return nil, "no colon after the name; write name: value", #row + 1 end
  return trim(sub(row, 1, stop - 1)), trim(sub(row, stop + 1)), stop + 1
end

-- By the syntax: how a row is split, and whether a line that begins with a blank continues it.
local SYNTAXES = {
  map = { split = SPLITS.map, continues = true },
  sendmail = { split = SPLITS.map, continues = false },
  aliases = { split = SPLITS.aliases, continues = true },
}

--- The syntaxes that there are.
postmap.SYNTAXES = SYNTAXES

-- Whether a line holds nothing that counts.
local function is_idle(line) return find(line, "^%s*$") ~= nil or find(line, "^%s*#") ~= nil end

-- The next line that holds anything.
local function next_line(self)
  local line, number
  repeat line, number = self.lines() until not line or not is_idle(line)
  return line, number
end

local function goes_on(self) return self.line and self.continues and find(self.line, "^%s") end

-- The row whose first line is `line`; its parts if it has several.
local function continued(self, line, number)
  self.line, self.number = next_line(self)
  if not goes_on(self) then return line end
  local texts, parts = { line }, { { text = line, line = number, indent = 0 } }
  while goes_on(self) do
    texts[#texts + 1] = self.line
    parts[#parts + 1] = { text = self.line, line = self.number, indent = 0 }
    self.line, self.number = next_line(self)
  end
  return table.concat(texts), parts
end

-- The place of a byte of a row.
local function place_of(row, at)
  if row.parts then return places.among(row.parts, at) end
  return row.line, places.column(row.text, at)
end

--- Where something stands in a row.
-- @tparam table row as a reader's `row` has it
-- @tparam boolean is_value whether it stands in the value, not in the key
-- @string[opt] text what is looked for, which may not be written so; else where the key or value begins
-- @treturn number its line
-- @treturn number its column
function postmap.place(row, is_value, text)
  local from = is_value and find(row.text, "[^%s]", row.stop) or 1
  return place_of(row, text and places.find(row.text, text, from) or from)
end

--- Reads the next row.  After one that is wrong, the next one can be read.
-- @treturn string|nil its key, as it was written; nil if it is wrong, and at the end
-- @treturn string its value, trimmed; or what is wrong; nil at the end
-- @treturn number the line on which it begins; of a wrong row, that on which it is so
-- @treturn number the column where a wrong row is so
function Reader:read()
  if not self.line then return nil end
  local first, number = self.line, self.number
  local text, parts = continued(self, first, number)
  local row = { text = text, parts = parts, line = number }
  self.row = row
  if number == 1 and lines.is_utf16(text) then
    self.line = nil
    return nil, lines.UTF16, number, 1
  end
  if find(first, "^%s") then
    return nil, self.continues and NONE_BEFORE or BLANK, number, 1
  end
  local key, value, stop = self.split(text)
  if not key then return nil, value, place_of(row, stop) end
  if key == "" or value == "" then
    return nil, key == "" and NO_KEY or NO_VALUE, place_of(row, stop)
  end
  row.stop = stop
  return key, value, number
end

--- Reads a map.
-- @tparam function more the next block of the text, as `lines.each` takes it
-- @string syntax `"map"`, `"sendmail"` or `"aliases"`
-- @treturn table a reader: its function `read`, and `row`, which `place` takes, of what was read last
function postmap.open(more, syntax)
  local how = SYNTAXES[syntax]
  local self = setmetatable({
    lines = lines.each(more), split = how.split, continues = how.continues,
  }, Reader)
  self.line, self.number = next_line(self)
  return self
end

-- Appends what a part of a value names in which no comma separates: blanks do, but a command goes on over
-- them, and of a name before an address in angle brackets nothing counts (RFC 5322 3.4).
local function split_part(part, list)
  local angled = match(part, "^[^<>]*(<[^<>]*>)%s*$")
  if angled or find(part, "^%s*|") then
    list[#list + 1] = angled or trim(part)
    return
  end
  local at = 1
  while at <= #part do
    local stop = find_outside(part, '[%s\\"]', at)
    if stop > at then list[#list + 1] = sub(part, at, stop - 1) end
    at = stop + 1
  end
end

--- Splits a value at its commas and blanks.
-- @string value
-- @treturn {string,...}|nil what it names, as it was written
-- @treturn string what is wrong
-- @treturn number and where
function postmap.split(value)
  local list, at = {}, 1
  if not find(value, '[\\"<|]') then -- as most are
    for item in gmatch(value, "[^%s,]+") do list[#list + 1] = item end
    return list
  end
  while at <= #value do
    local stop, opened = find_outside(value, '[,\\"]', at)
    if not stop then return nil, UNCLOSED, opened end
    split_part(sub(value, at, stop - 1), list)
    at = stop + 1
  end
  return list
end

-- What the destinations of aliases(5) and virtual(5) begin with that are no addresses.
local KINDS = {
  { "^:[Ii][Nn][Cc][Ll][Uu][Dd][Ee]:", "include" },
  { "^:blackhole:", "blackhole" },
  { '^"?|', "command" },
  { '^"?/', "file" },
  { "^[Ee][Rr][Rr][Oo][Rr]:", "error" },
  { "^\\", "local" },
}

local BEGINNINGS = '^[:"|/Ee\\]' -- of these

--- What a destination is.
-- @string text as `split` returns it
-- @treturn string `"include"`, `"blackhole"` (Exim's, which throws mail away), `"command"`, `"file"`,
--   `"error"`, `"local"` (a mailbox here, without its own alias) or `"address"`
function postmap.kind(text)
  if not find(text, BEGINNINGS) then return "address" end
  for _, kind in ipairs(KINDS) do
    if find(text, kind[1]) then return kind[2] end
  end
  return "address"
end

-- What stands before the sentence of an answer, in this order: a keyword (sendmail's cf/README), a
-- status, the number of a reply, a status.
local STATUS = "^%d%.%d+%.%d+[:%s]*"
local PREFIXES = { STATUS, "^%d%d%d[:%s]+", STATUS }
for word in ("config nohost noperm nouser protocol unavailable usage"):gmatch "%l+" do
  table.insert(PREFIXES, 1, "^" .. word .. "[:%s]+")
end

--- What sendmail's and Postfix's `error:` refuses, and Exim's `:fail:`.
-- @string value
-- @treturn string|boolean|nil the sentence, with a status before it if one is said; true without both;
--   false if it asks to come again later; nil if it is no refusal
function postmap.refusal(value)
  local text = match(value, '^"?[Ee][Rr][Rr][Oo][Rr]:%s*"?(.*)$') or match(value, "^:fail:%s*(.*)$")
  if find(value, "^:defer:") then return false end
  if not text then return nil end
  if find(text, "^tempfail") or find(text, "^4") then return false end
  text = gsub(text, '"$', "")
  local status
  for _, prefix in ipairs(PREFIXES) do
    status = status or prefix == STATUS and match(text, "^5%.%d+%.%d+")
    text = gsub(text, prefix, "")
  end
  if status then text = match(status .. " " .. text, "^(.-) *$") end
  return text ~= "" and text or true
end

return postmap
