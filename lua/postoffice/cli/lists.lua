--- What the commands do with lists of addresses: the values of header fields.
-- @module postoffice.cli.lists

local exit = require "postoffice.cli.exit"
local fields = require "postoffice.cli.fields"
local files = require "postoffice.cli.files"
local headers = require "postoffice.cli.headers"
local output = require "postoffice.cli.output"
local postoffice = require "postoffice"
local reader = require "postoffice.cli.reader"

local lists = {}

local NULL_PATH = "^<[ \t]*>$" -- RFC 5322 3.6.7

local MAX_REPORTED = 100 -- errors of a list, on standard error

local HINT = "reading messages from the terminal; end with Ctrl-D"

-- Options that say nothing of what is read so.
local FOREIGN = {
  list = { "headers", "type", "notation" },
  headers = { "list", "type", "notation", "null" },
}

-- Ends the command where an option does not go with another.
local function check_options(name, options)
  for _, other in ipairs(FOREIGN[name]) do
    if options[other] then
      exit.with(exit.WRONG_USE, ("--%s does not go with --%s"):format(other, name))
    end
  end
end

-- The addresses of a list in order, each as { address, name, group }; a group without members
-- as one without an address.
local function entries(list)
  local found = {}
  local function add(address, group)
    found[#found + 1] = { fields.text(address), address.display_name, group }
  end
  for _, item in ipairs(list) do
    local members = item.members
    if not members then add(item) end
    if members and #members == 0 then found[#found + 1] = { nil, nil, item.group } end
    for _, member in ipairs(members or {}) do add(member, item.group) end
  end
  return found
end

-- A row of an entry: the field if there is one, the address, the name, the group, the line, the file.
local function row_of(entry, found)
  local address, name, group = entry[1], entry[2], entry[3]
  if not found.field then return output.row(address, name, group, found.line) end
  return output.row(found.field, address, name, group, found.line, found.file)
end

-- Says what is wrong with a list.
local function report(session, place, errors)
  for i = 1, math.min(#errors, MAX_REPORTED) do
    local fault = errors[i]
    session:report(place, fault.text, fault.message, fault.code, fault.position)
  end
  local more = #errors - MAX_REPORTED
  if more > 0 then session:say(("%s: %d more errors"):format(tostring(place), more)) end
end

-- Writes a list, and what is wrong with it; whether nothing is.
local function write(session, options, found)
  if options.json then
    session.output:line(fields.to_json {
      file = found.file, line = found.line, field = found.field, input = found.input,
      list = found.list, errors = found.errors,
    })
  else
    for _, entry in ipairs(entries(found.list)) do
      session.output:write(row_of(entry, found))
    end
  end
  report(session, found.place, found.errors)
  return #found.errors == 0
end

--- `parse --list`: each line is a list.
-- @tparam table session
-- @tparam table options
-- @treturn number the exit status
function lists.parse(session, options)
  check_options("list", options)
  local library = reader.new(options)
  return session:each_address(options, function(text, place, number)
    local list, errors = library.parse_list(text)
    return write(session, options,
      { input = text, line = number, place = place, list = list, errors = errors })
  end)
end

-- What is wrong with a field as a whole.
local function whole_fault(field)
  local message = postoffice.message(field.fault)
  return { code = field.fault, message = message, text = field.value }
end

-- Reads the value of a field; a Return-Path may be empty.
local function read_field(library, field)
  if field.fault then return {}, { whole_fault(field) } end
  if field.name == "Return-Path" and field.value:find(NULL_PATH) then
    return { postoffice.parse("<>", { notation = "path" }) }, {}
  end
  return library.parse_list(field.value)
end

-- Where a field stands, for people.
local function place_of(field, path)
  local place = path and ("%s:%d"):format(output.visible(path), field.line)
    or ("line %d"):format(field.line)
  return field.name and place .. ": " .. field.name or place
end

-- What the paths mean for standard input: the hint for somebody who types it, or nil.
local function hint_for(paths)
  if #paths == 0 then return HINT end
  for _, path in ipairs(paths) do
    if path == "-" then return HINT end
  end
end

-- Reads what is left of standard input, so that whoever writes it can do so in peace.
local function drain(next_line)
  while next_line() do end -- luacheck: ignore 542
end

--- `parse --headers`: the address fields of messages and mboxes.
-- @tparam table session
-- @tparam table options `addresses` are files and folders
-- @treturn number the exit status
function lists.parse_headers(session, options)
  check_options("headers", options)
  local library, status = reader.new(options), exit.GOOD
  session:attend(options, hint_for(options.addresses))
  files.each(options.addresses, function(file, path)
    local next_line = session:lines(file, headers.ENOUGH)
    headers.each(next_line, function(field)
      local list, errors = read_field(library, field)
      local good = write(session, options, {
        file = path, line = field.line, field = field.name, input = field.value,
        place = place_of(field, path), list = list, errors = errors,
      })
      if not good then status = exit.SOME_BAD end
      session.output:settle()
      session.progress:tick()
    end)
    if not file then drain(next_line) end
  end)
  return status
end

-- How lists are to be written.
local function style_of(options)
  if options.as ~= "proxy" and options.as ~= "header" then
    exit.with(exit.WRONG_USE, "--list writes headers; leave --as out")
  end
  local style = { width = options.width, column = options.column, utf8 = options.utf8 }
  local known, message = pcall(postoffice.format_list, {}, style)
  if not known then exit.with(exit.WRONG_USE, tostring(message)) end
  return style
end

-- The items that can be written; what is wrong with the others is added to `errors`.
local function writable(items, style, errors)
  local kept = {}
  for _, item in ipairs(items) do
    if item.members then item.members = writable(item.members, style, errors) end
    local text, message, code = postoffice.format_list({ item }, style)
    if text then
      kept[#kept + 1] = item
    else
      errors[#errors + 1] =
        { text = item.group or fields.text(item), message = message, code = code }
    end
  end
  return kept
end

-- Writes what can be written of a list; the text, or nil where there is none.
local function format(list, style, errors)
  local text = postoffice.format_list(list, style)
  if text then return text end
  local kept = writable(list, style, errors)
  return #kept > 0 and postoffice.format_list(kept, style) or nil
end

-- Writes a text that may be folded.
local function write_folded(session, text)
  for line in (text .. "\r\n"):gmatch "(.-)\r\n" do session:write_text(line) end
end

--- `format --list`: each line is a list, and is written as the value of a field.
-- @tparam table session
-- @tparam table options `width`, `column`, `utf8`
-- @treturn number the exit status
function lists.format(session, options)
  check_options("list", options)
  local library, style = reader.new(options), style_of(options)
  return session:each_address(options, function(text, place)
    local list, errors = library.parse_list(text)
    local made = format(list, style, errors)
    if options.json then
      session.output:line(fields.to_json { input = text, output = made, errors = errors })
    elseif made and made ~= "" then
      write_folded(session, made)
    end
    report(session, place, errors)
    return #errors == 0
  end)
end

return lists
