--- A policy that is being written: what is declared, in parts with a heading each, and what could not be
-- carried over, beside what it is about.
-- @module postoffice.import.draft

local lists = require "postoffice.lists"
local places = require "postoffice.import.places"
local smtp = require "postoffice.import.smtp"
local source = require "postoffice.text.lua_source"
local visible = require "postoffice.text.visible".all

local draft = {}

local Draft = {}
Draft.__index = Draft

--- The longest name of an entry, in bytes, and the longest address, next hop and answer.
draft.LONGEST_NAME, draft.LONGEST_TEXT = 200, 1000

local WIDTH = 100 -- columns of a line
local NAME_WIDTH = 46 -- columns to which names are aligned
local NOTED = 60 -- notes of a part that are written in it; the others are counted

-- The fields of declarations in the order in which they are written.
local ORDER = {
  "extension", "propagate", "unmatched", "kind", "unwrap", "catchall", "speaks", "nexthop",
  "cost", "senders", "spaces", "proxies", "target", "targets", "keep", "members", "owner",
  "refuse", "to", "by", "file", "format",
}

local RANK = {}
for i, name in ipairs(ORDER) do RANK[name] = i end

--- A policy without anything.
-- @tparam {string,...} heading the lines of its first comment
-- @treturn table
function draft.new(heading)
  return setmetatable({
    heading = heading, parts = {}, names = {}, owners = {}, noted = {}, notes = 0,
  }, Draft)
end

--- Begins a part, or goes on with one: what is declared and noted next belongs to it.
-- @string id
-- @string[opt] title a sentence; for a new part
function Draft:part(id, title)
  if not self.parts[id] then
    self.parts[id] = { title = title, items = {}, notes = {} }
    table.insert(self.parts, self.parts[id])
  end
  self.current = self.parts[id]
end

--- Declares something.
-- @string word
-- @tparam string|nil name
-- @tparam table fields
-- @string[opt] remark what stands after it as a comment
-- @treturn table what was declared: `word`, `name`, `fields`
function Draft:declare(word, name, fields, remark)
  local item = { word = word, name = name, fields = fields, remark = remark }
  table.insert(self.current.items, item)
  return item
end

--- Writes Lua, such as a function.
-- @string text
function Draft:write(text) table.insert(self.current.items, { text = text }) end

--- Notes what could not be carried over.
-- @tparam table|string where as `postoffice.import.places` has it
-- @string what it says
-- @string why a sentence without its full stop
-- @string[opt] of what in the row's value, as `places.text` takes it
function Draft:note(where, what, why, of)
  local place = places.text(where, of)
  local text = ("%s: %s%s"):format(place, what == "" and "" or what .. ": ", why)
  if self.noted[text] then return end -- as a canonical map's, which is for recipients and senders
  self.noted[text], self.notes = true, self.notes + 1
  table.insert(self.current.notes, text)
end

--- A name that nothing of its kind has yet, in any case.
-- @string kind
-- @string wanted
-- @treturn string
function Draft:unique(kind, wanted)
  local names, name, number = self.names[kind] or {}, wanted, 1
  self.names[kind] = names
  while names[name:lower()] do
    number = number + 1
    name = ("%s (%d)"):format(wanted, number)
  end
  names[name:lower()] = true
  return name
end

--- Takes an address for an entry.
-- @string address
-- @string name of the entry that is to have it
-- @treturn boolean whether it is good and was nobody's before
-- @treturn string|nil why not
function Draft:claim(address, name)
  local key, message = smtp.key(address)
  if not key then return false, message end
  if self.owners[key] then
    return false, ('"%s" has this address already'):format(self.owners[key])
  end
  self.owners[key] = name
  return true
end

--- Takes back what was declared: nobody has its address any more.
-- @tparam table item
-- @string address
function Draft:withdraw(item, address)
  local key = smtp.key(address)
  if key then self.owners[key] = nil end
  item.is_gone = true
end

--- Who has an address, or nil.
-- @string address
-- @treturn string|nil
function Draft:owner(address)
  local key = smtp.key(address)
  return key and self.owners[key]
end

--- The addresses that somebody has, sorted, as they are compared.
-- @treturn {string,...}
function Draft:addresses()
  local list = lists.keys(self.owners)
  for i, key in ipairs(list) do list[i] = key:gsub("^SMTP:", "") end
  return list
end

-- ---- Writing -----------------------------------------------------------------

local write_value

local function is_list(value) return value[1] ~= nil or next(value) == nil end

local function by_rank(a, b)
  local first, second = RANK[a] or #ORDER + 1, RANK[b] or #ORDER + 1
  if first ~= second then return first < second end
  return a < b
end

-- The items of a table as texts: those of a list in order, then those with names.
local function texts_of(value)
  local texts, keys = {}, {}
  for i, item in ipairs(value) do texts[i] = write_value(item) end
  for key in pairs(value) do
    if type(key) == "string" then keys[#keys + 1] = key end
  end
  table.sort(keys, by_rank)
  for _, key in ipairs(keys) do
    texts[#texts + 1] = ("%s = %s"):format(source.key(key), write_value(value[key]))
  end
  return texts
end

-- A value on one line.  Tables are in each other only as deep as declarations are.
function write_value(value)
  if type(value) == "string" then return source.quote(value) end
  if type(value) ~= "table" then return tostring(value) end
  local texts = texts_of(value)
  return #texts == 0 and "{}" or "{ " .. table.concat(texts, ", ") .. " }"
end

-- Texts over several lines, as many in each as there is room for.
local function filled(texts, indent)
  local rows, row = {}, indent
  for _, text in ipairs(texts) do
    if #row > #indent and #row + #text + 1 > WIDTH then
      rows[#rows + 1] = row:gsub(" $", "")
      row = indent
    end
    row = row .. text .. ", "
  end
  rows[#rows + 1] = row:gsub(" $", "")
  return table.concat(rows, "\n")
end

-- The fields of a declaration that is too long for a line; a list that is, over several.
local function write_fields(fields)
  local texts = texts_of(fields)
  for i, text in ipairs(texts) do
    local name = text:match "^([%w_]+) = {"
    if #text + 3 > WIDTH and name and is_list(fields[name]) then
      texts[i] = ("%s = {\n%s\n  }"):format(name, filled(texts_of(fields[name]), "    "))
    end
  end
  return filled(texts, "  ")
end

-- What a declaration begins with, and its fields on one line.
local function parts_of(item)
  return item.name and " " .. source.quote(item.name) or "", " " .. write_value(item.fields)
end

-- A declaration, its name in a column as wide as `width` if that leaves it on one line.
local function write_item(item, width)
  if item.text then return item.text end
  local name, fields = parts_of(item)
  local remark = item.remark and "  " .. source.comment(item.remark) or ""
  if #item.word + #name + #fields > WIDTH then
    return ("%s%s {%s\n%s\n}"):format(item.word, name, remark, write_fields(item.fields))
  end
  local padding = item.name and (" "):rep(width - #name) or ""
  return item.word .. name .. padding .. fields .. remark
end

-- The column that the names of items with the same word have: that of the longest, if all those that
-- stand on one line still do.
local function widths_of(items)
  local widths, rooms = {}, {}
  local function add(item)
    local name, fields = parts_of(item)
    local room = math.min(NAME_WIDTH, WIDTH - #item.word - #fields)
    if #item.word + #name + #fields > WIDTH then return end
    widths[item.word] = math.max(widths[item.word] or 0, #name)
    rooms[item.word] = math.min(rooms[item.word] or room, room)
  end
  for _, item in ipairs(items) do
    if not (item.text or item.is_gone) then add(item) end
  end
  for word, room in pairs(rooms) do
    if widths[word] > room then widths[word] = 0 end
  end
  return widths
end

-- A sentence as comments of the width of a line, with `bullet` before the first.
local function wrapped(text, bullet)
  local rows, row, is_begun = {}, bullet, false
  for word in text:gmatch "%S+" do
    if is_begun and #row + #word + 1 > WIDTH - 3 then
      rows[#rows + 1] = source.comment(row)
      row, is_begun = (" "):rep(#bullet), false
    end
    row, is_begun = row .. (is_begun and " " or "") .. word, true
  end
  rows[#rows + 1] = source.comment(row)
  return table.concat(rows, "\n")
end

-- Writes the notes of a part; appends those that there is no room for to `more`, if that has a name.
local function write_notes(notes, rows, more, file)
  if #notes == 0 then return end
  rows[#rows + 1] = source.comment "Not carried over:"
  local most = file and NOTED or #notes
  for i = 1, math.min(#notes, most) do rows[#rows + 1] = wrapped(notes[i], "* ") end
  if #notes <= most then return end
  for i = NOTED + 1, #notes do more[#more + 1] = visible(notes[i]) .. "\n" end
  rows[#rows + 1] = wrapped(("and %d more like these, in %s"):format(#notes - NOTED, file), "* ")
end

local function write_part(part, more, file)
  local rows, widths = { wrapped(part.title, "") }, widths_of(part.items)
  for _, item in ipairs(part.items) do
    if not item.is_gone then rows[#rows + 1] = write_item(item, widths[item.word] or 0) end
  end
  write_notes(part.notes, rows, more, file)
  return table.concat(rows, "\n") .. "\n"
end

--- The policy's text.
-- @string[opt] file the name of the file for the notes that there is no room for
-- @treturn string
-- @treturn string|nil that file's text, a note a line
function Draft:text(file)
  local texts, more = {}, {}
  for i, line in ipairs(self.heading) do texts[i] = wrapped(line, "") .. "\n" end
  for _, part in ipairs(self.parts) do
    if #part.items > 0 or #part.notes > 0 then
      texts[#texts + 1] = "\n" .. write_part(part, more, file)
    end
  end
  return table.concat(texts), more[1] and table.concat(more)
end

-- A field of CSV.
local function csv_field(text)
  if text:find('"', 1, true) then text = text:gsub('"', '""') end
  return '"' .. text .. '"'
end

-- Several values stand on lines of their own, where nothing in them separates; so does a single one
-- that has what could.
local function csv_fields(values)
  local text = table.concat(values, "\n")
  return csv_field(#values == 1 and text:find "[;,|{} ]" and text .. "\n" or text)
end

-- What a row says, in the order of its columns; target and targets share one.
local COLUMNS = {
  { "DisplayName" }, { "EmailAddresses", "proxies" }, { "targets", "targets", "target" },
  { "keep", "keep" }, { "members", "members" }, { "owner", "owner" }, { "refuse", "refuse" },
}

local IN_ROWS, HEADER = {}, {}
for i, column in ipairs(COLUMNS) do
  HEADER[i] = column[1]
  for at = 2, #column do IN_ROWS[column[at]] = true end
end

-- Whether a row of CSV says all that a declaration does.
local function fits_row(item)
  if item.word ~= "recipient" and item.word ~= "list" or item.remark then return false end
  for name in pairs(item.fields) do
    if not IN_ROWS[name] then return false end
  end
  return true
end

local function row_of(item)
  local row = { csv_field(item.name) }
  for i = 2, #COLUMNS do
    local column = COLUMNS[i]
    local value = item.fields[column[2]]
    if value == nil and column[3] then value = { item.fields[column[3]] } end
    row[i] = type(value) == "table" and csv_fields(value)
      or csv_field(value ~= nil and tostring(value) or "")
  end
  return table.concat(row, ",")
end

--- Moves the recipients of the last part to a file, if there are many; a declaration stays in their
-- place.
-- @string name of the directory
-- @string[opt] file without it they stay
-- @tparam number most that stay in the policy
-- @treturn string|nil the file's text
function Draft:move_to_file(name, file, most)
  local part, rows, kept = self.current, {}, {}
  for _, item in ipairs(part.items) do
    local is_row = fits_row(item) and not item.is_gone
    table.insert(is_row and rows or kept, is_row and row_of(item) or item)
  end
  if not file or #rows <= most then return nil end
  table.insert(kept, 1, { word = "directory", name = name, fields = { file = file } })
  part.items = kept
  return ("%s\n%s\n"):format(table.concat(HEADER, ","), table.concat(rows, "\n"))
end

return draft
