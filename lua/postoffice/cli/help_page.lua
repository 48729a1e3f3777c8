--- A page of the reference, written on a page that knows how: `postoffice.cli.page` writes lines for a
-- terminal; the manual's HTML has another.
-- @module postoffice.cli.help_page

local describe = require "postoffice.policy.language.describe"
local lists = require "postoffice.lists"
local reference = require "postoffice.policy.language.reference"

local help_page = {}

-- ---- Phrases ----------------------------------------------------------------

local function quoted(value) return type(value) == "string" and ('"%s"'):format(value)
  or tostring(value) end

-- What a field may hold, and what it does unless it is said.
local function holds(field)
  local text = field.values and describe.choices(field.values) or field.says or field.type
  if field.least then text = ("%s from %d"):format(text, field.least) end
  if field.most then text = ("%s to %d"):format(text, field.most) end
  if field.required then return text .. ", required" end
  if field.default ~= nil then return ("%s, %s unless said"):format(text, quoted(field.default)) end
  return text
end

-- What a field of a word is, and under it what it holds.
local function told(field)
  local example = field.example and ", such as " .. field.example or ""
  return ("%s\n[%s%s]"):format(field.doc, holds(field), example)
end

-- Adds a row for each field of a word, and for those inside it.
local function add_word_rows(rows, prefix, fields)
  for _, field in ipairs(fields or {}) do
    rows[#rows + 1] = { prefix .. field.name, told(field) }
    add_word_rows(rows, prefix .. field.name .. ".", field.fields)
  end
  return rows
end

-- A row for each field of a record.
local function field_rows(fields)
  local rows = {}
  for i, field in ipairs(fields) do
    rows[i] = { field.name .. (field.optional and "?" or ""), field.type, field.doc }
  end
  return rows
end

-- `mail.parse(text [, options])`
local function signature(entry)
  local text = ""
  for i, argument in ipairs(entry.arguments) do
    local comma = i > 1 and ", " or ""
    text = text .. (argument.optional and (" [%s%s]"):format(comma, argument.name)
      or comma .. argument.name)
  end
  return ("%s(%s)"):format(entry.name, (text:gsub("^ %[", "[")))
end

-- The names of entries in the types of fields, arguments and answers.
local function add_mentioned(set, list)
  for _, item in ipairs(list or {}) do
    for name in tostring(item.type or item[1]):gsub('"[^"]*"', ""):gmatch "[%a_]+" do
      local entry = reference.find(name)
      if entry and entry.kind == "record" then set[name] = true end
    end
    add_mentioned(set, item.fields)
  end
end

-- What a page leads to.
local function see_also(entry)
  local set = {}
  add_mentioned(set, entry.fields)
  add_mentioned(set, entry.arguments)
  add_mentioned(set, entry.answers)
  add_mentioned(set, entry.returns)
  for _, event in ipairs(reference.of_kind "event") do
    if entry.kind == "word" and event.name:match "^[^.]+" == entry.name then
      set[event.name] = true
    end
  end
  for _, name in ipairs(entry.see or {}) do set[name] = true end
  set[entry.name] = nil
  return lists.keys(set)
end

-- ---- Pages by kind ----------------------------------------------------------

local PAGE = {}

function PAGE.word(page, entry)
  local name = entry.named and (entry.optional_name and ' ["NAME"]' or ' "NAME"') or ""
  page:line(entry.name .. name .. " { ... }")
  page:paragraph(entry.doc)
  page:example(entry.example)
  page:section("Fields", add_word_rows({}, "", entry.fields))
  if entry.items then
    page:paragraph(("Values without a name are its %s."):format(entry.items))
  end
end

local function argument_rows(entry)
  local rows = {}
  for i, argument in ipairs(entry.arguments) do
    rows[i] = { argument.name, argument.type, argument.doc }
  end
  return rows
end

local function pairs_of(list)
  local rows = {}
  for i, item in ipairs(list) do rows[i] = { item[1], item[2] } end
  return rows
end

-- Where a function can be called.
local function where(entry)
  if entry.in_functions and entry.while_loading then return nil end
  return entry.in_functions and "It is called in functions, not while the script loads, and not by"
    .. " a callback of gsub or sort (ask-in-callback)."
    or "It is called while the script loads, not in functions."
end

function PAGE.event(page, entry)
  page:line(signature(entry))
  page:paragraph(entry.doc)
  page:example(entry.example)
  page:section("It gets", argument_rows(entry))
  page:section("It returns one of", pairs_of(entry.answers))
  page:paragraph("Nil with a message after it, as mail.parse returns of bad data, is a defer,"
    .. " policy-error.")
end

PAGE["function"] = function(page, entry)
  page:line(signature(entry))
  page:paragraph(entry.doc)
  page:example(entry.example)
  page:section("It gets", argument_rows(entry))
  page:section("It returns", pairs_of(entry.returns))
  if entry.fails then
    page:paragraph(("Of bad data it returns %s and %s."):format(entry.fails,
      entry.failure or "a sentence, a code and, in a text, the byte at fault"))
  end
  if entry.raises then
    page:paragraph(("It raises on %s: the delivery is a defer, policy-error."):format(entry.raises))
  end
  if where(entry) then page:paragraph(where(entry)) end
end

function PAGE.record(page, entry)
  page:line(entry.name)
  page:paragraph(entry.doc)
  page:section("Fields; ? may be absent", field_rows(entry.fields))
end

function PAGE.type(page, entry)
  page:line(entry.name)
  page:paragraph(entry.doc)
  page:example(entry.example)
  page:section("Fields; ? may be absent", field_rows(entry.fields))
  if entry.defined then
    page:paragraph("It is defined in Lua: hosts know it, and the scripts of their policies, that"
      .. " require postoffice.types; the command does.")
  end
end

-- What a trial shows.
local function outcome(captures)
  if not captures then return "no" end
  local texts = {}
  for _, name in ipairs(lists.keys(captures)) do
    texts[#texts + 1] = ("%s = %s"):format(name, captures[name])
  end
  return #texts > 0 and table.concat(texts, ", ") or "yes"
end

function PAGE.syntax(page, entry)
  page:line(entry.name)
  page:paragraph(entry.doc)
  page:section("Written", pairs_of(entry.rows))
  local rows = {}
  for i, trial in ipairs(entry.trials or {}) do
    rows[i] = { trial[1], trial[2], outcome(trial[3]) }
  end
  page:section("Pattern, address, whether it matches and what is kept", rows)
  page:section("So", pairs_of(entry.classes or {}))
end

function PAGE.library(page, entry)
  page:line(entry.name)
  page:paragraph(entry.doc)
  local rows = {}
  for i, name in ipairs(lists.keys(entry.has)) do
    rows[i] = { name == "" and "global" or name, table.concat(entry.has[name], ", ") }
  end
  page:section("There is", rows)
end

function PAGE.lack(page, entry)
  page:line(entry.name)
  page:paragraph(("A script has none: %s."):format(entry.doc))
end

-- The verdict of a delivery that has a code's status.
local function verdict_of(status)
  return status:sub(1, 1) == "4" and "defer: the sender tries again"
    or "reject: the sender gets it back"
end

-- How bad a finding is.
local SEVERITIES = {
  error = "error: some mail cannot arrive", warning = "warning: something has no effect, or another"
    .. " than it says", note = "note: worth a look",
}

-- The paragraphs on what `check` found.
local function tell_finding(page, finding)
  page:paragraph(("%s; %s."):format(finding.doc, SEVERITIES[finding.severity]))
  page:section("It", { { "cause", finding.cause }, { "remedy", finding.remedy } })
end

function PAGE.finding(page, entry)
  page:line(entry.name)
  tell_finding(page, entry)
  page:paragraph("postoffice check finds it.")
end

function PAGE.code(page, entry)
  page:line(entry.status and entry.name .. "  " .. entry.status or entry.name)
  page:paragraph(entry.doc:sub(1, 1):upper() .. entry.doc:sub(2) .. ".")
  if entry.status then
    page:paragraph(("A delivery with it is a %s."):format(verdict_of(entry.status)))
  end
  page:section("It", { { "cause", entry.cause }, { "remedy", entry.remedy } })
  if not entry.finding then return end
  page:paragraph("postoffice check finds something by this name, too.")
  tell_finding(page, entry.finding)
end

-- ---- Whole pages ------------------------------------------------------------

--- Writes an entry.
-- @tparam table page
-- @tparam table entry
-- @treturn table the page
function help_page.entry(page, entry)
  PAGE[entry.kind](page, entry)
  local others = see_also(entry)
  if #others > 0 then page:see(others) end
  return page
end

--- Writes a field.
-- @tparam table page
-- @tparam string name
-- @tparam table entry that it is a field of
-- @tparam table field
-- @treturn table the page
function help_page.field(page, name, entry, field)
  page:line(name)
  page:paragraph(field.doc:sub(1, 1):upper() .. field.doc:sub(2) .. ".")
  local rows = { { "holds", holds(field) } }
  if field.example then
    rows[2] = { "such as", ("%s = %s"):format(field.name, field.example) }
  end
  page:section("It", rows)
  page:section("Fields", add_word_rows({}, name .. ".", field.fields))
  page:see { entry.name }
  return page
end

--- Writes a list of fields.
-- @tparam table page
-- @tparam string name what they are called
-- @tparam {{string,table},...} found the path of each, and the field
-- @treturn table the page
function help_page.fields(page, name, found)
  local rows = {}
  page:line("Fields that are called " .. name)
  for i, item in ipairs(found) do rows[i] = { item[1], item[2].doc } end
  page:rows(rows)
  return page
end

-- The beginning of a doc, as far as a list needs it.
local function first_words(doc) return doc:match "^(.-[^%d])[.:;] " or (doc:gsub("%.$", "")) end

local function entry_row(entry)
  if entry.kind == "code" then return { entry.name, entry.status or "-", entry.doc } end
  if entry.kind == "finding" then return { entry.name, entry.severity, entry.doc } end
  if entry.kind == "lack" then return { entry.name, entry.doc } end
  return { entry.name, entry.kind == "type" and entry.example or first_words(entry.doc) }
end

local function rows_of(entries)
  local rows = {}
  for i, entry in ipairs(entries) do rows[i] = entry_row(entry) end
  return rows
end

--- Writes a list of entries.
-- @tparam table page
-- @tparam string title
-- @tparam {table,...} entries
-- @treturn table the page
function help_page.list(page, title, entries)
  page:line(title)
  page:rows(rows_of(entries))
  return page
end

-- Groups that have a page of their own.
local LONG = {
  codes = "all %d; or one, such as route-missing, or a status, such as 5.4.4",
  findings = "all %d; or one, such as space-tie: its cause, and what to do",
  lacks = "all %d; or one, such as io: what to do instead",
}

--- Writes what there is to read.
-- @tparam table page
-- @tparam {table,...} before what stands before the reference's groups, each with a `title` and `rows`
-- @tparam {table,...} after what stands after them
-- @treturn table the page
function help_page.contents(page, before, after)
  page:line("postoffice help WORD, of these, or of a field such as connector.spaces:")
  for _, other in ipairs(before) do page:section(other.title, other.rows) end
  for _, one in ipairs(reference.groups()) do
    local long = LONG[one.name]
    page:section(one.title, long and { { one.name, long:format(#one.entries) } }
      or rows_of(one.entries))
  end
  for _, other in ipairs(after) do page:section(other.title, other.rows) end
  return page
end

return help_page
