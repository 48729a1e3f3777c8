--- The sets of patterns that a policy declares, in its script or in files.
-- @module postoffice.policy.compile.sets

local describe = require "postoffice.policy.language.describe"
local fail = require "postoffice.fail"
local language = require "postoffice.policy.language.words"
local lists = require "postoffice.lists"
local patterns = require "postoffice.policy.pattern.sets"
local set_files = require "postoffice.policy.compile.set_files"
local suggest = require "postoffice.suggest"
local types = require "postoffice.policy.language.types"

local sets = {}

local NULL = "<>"

local STEPS = 256 -- patterns between two looks at the clock

local MOST_NAMES = 1000 -- among which a near miss is looked for: a function may ask for many

local NONE = {}

local EMPTY = { texts = {}, lines = {} } -- what a snapshot holds of a file that says nothing

-- The patterns that stand in a declaration.
local function own_of(declaration) return declaration.fields.patterns or NONE end

-- Takes from the bytes that all sets may have together; raises the last error where there are none.
local function charge(set, bytes, errors)
  set.room.bytes = set.room.bytes - bytes
  if set.room.bytes >= 0 then return end
  local _, message, code = fail "policy-declarations"
  errors.fail(code, set.declaration, ": %s", message)
  error(errors, 0)
end

--- Takes bytes from those that all sets may have together, for what is made of a set; raises the last
-- error where there are none.
-- @tparam table set
-- @tparam number bytes
-- @tparam table errors
sets.spend = charge

-- By what stands before a domain alone, where those are whom people mean by it.
local MEANT = {
  [""] = '; for whoever is there write "SMTP:*@%s"',
  ["."] = '; for whoever is below it write "SMTP:*@*.%s"',
}
MEANT["*."] = MEANT["."]

-- Whom people mean by a domain alone, beside what is wrong with it.
local function meant_by(text)
  local before, domain = text:match "^[Ss][Mm][Tt][Pp]:@?(%*?%.?)([%w-]+%.[%w.-]+)$"
  return MEANT[before] and MEANT[before]:format(describe.short(domain)) or ""
end

-- What is wrong with a text in a set, or nil.
local function add_text(set, text, errors)
  if text == NULL then
    return ('is no address; name it beside the set: senders = { "%s", "<>" }'):format(set.name)
  elseif #text > language.longest_text then
    return ("has %d bytes; %d are the most"):format(#text, language.longest_text)
  end
  local bytes, wrong = patterns.add(set.patterns, text)
  if not bytes then return wrong .. meant_by(text) end
  charge(set, bytes, errors)
  set.texts[#set.texts + 1] = text
end

-- A place in a set's file, as messages name it.
local function place(declaration, line, column)
  return {
    word = "set", name = declaration.name, file = declaration.fields.file, line = line,
    column = column,
  }
end

-- What adds texts; those of a file with their lines, and with what finds their places, as
-- `set_files.each` has it.
local function sink_of(set, errors)
  local declaration, count = set.declaration, 0
  local prefix = declaration.fields.type and declaration.fields.type .. ":"
  return function(said, line, find)
    local text = said
    count = count + 1
    if count % STEPS == 0 then errors.watch() end
    if prefix and not text:find "^[%w.&_-]+:" then text = prefix .. text end
    local wrong = add_text(set, text, errors)
    if wrong then
      errors.add(line and place(declaration, find(said)) or declaration, ': "%s" %s',
        describe.short(text), wrong)
    elseif line then
      set.lines[#set.texts] = line
    end
  end
end

-- Adds what is in a set's file.
local function read_file(set, open, sink, errors)
  local declaration = set.declaration
  local message, line, column, code = set_files.each(declaration.fields, open, sink)
  if not message then return end
  if line then return errors.add(place(declaration, line, column), ": %s", message) end
  errors.fail(code or errors.code, declaration, ': file "%s": %s', declaration.fields.file, message)
end

-- Of the fields that say how a file is read, one without a file or of another format.
local function check_fields(declaration, errors)
  local fields = declaration.fields
  if not sets.is_name(declaration.name) then
    errors.add(declaration, " has a name that others would read as a pattern; choose one without"
      .. " @ : * ? { <")
  end
  if fields.type and not types.is_name(fields.type) then
    errors.add(declaration, ': type: "%s" is no name of a type; write one, such as "SMTP"',
      describe.short(fields.type))
  end
  local of_csv = fields.column and "column" or fields.separator and "separator"
  if not fields.file and #own_of(declaration) == 0 then
    errors.add(declaration,
      ' has nothing in it; write patterns, such as "SMTP:*@a.example", or file = "..."')
  elseif not fields.file and (of_csv or fields.format) then
    errors.add(declaration, ": %s is about a file, and there is none", of_csv or "format")
  elseif of_csv and fields.format ~= "csv" then
    errors.add(declaration, ': %s is about rows of CSV; add format = "csv"', of_csv)
  end
end

-- Adds what a snapshot saved of a set's file.
local function add_saved(saved, sink)
  local line
  local function line_of() return line end
  for i, text in ipairs(saved.texts) do
    line = saved.lines[i]
    sink(text, line, line_of)
  end
end

-- A set of a declaration; of its file, what a snapshot saved is taken instead.
local function new_set(declaration, open, saved, room, errors)
  local set = {
    room = room, name = declaration.name, declaration = declaration, texts = {}, lines = {},
    patterns = patterns.new(), used = false,
  }
  local sink = sink_of(set, errors)
  check_fields(declaration, errors)
  for _, text in ipairs(own_of(declaration)) do sink(text) end
  if saved then
    add_saved(saved, sink)
  elseif declaration.fields.file then
    read_file(set, open, sink, errors)
  end
  patterns.finish(set.patterns)
  return set
end

--- Compiles `set` declarations.
-- @tparam {table,...} declarations
-- @tparam table|nil outside `open` reads their files, as for `people.each`; `bytes`: how many all sets
--   together may take
-- @tparam table|nil saved instead, what `sets.saved` returned
-- @tparam table errors
-- @treturn table
function sets.compile(declarations, outside, saved, errors)
  local compiled = { list = {}, named = {} }
  local open, room = outside and outside.open, { bytes = outside and outside.bytes or math.huge }
  for i, declaration in errors.each(declarations) do
    local held = saved and (saved[declaration.name] or EMPTY)
    local set = new_set(declaration, open, held, room, errors)
    compiled.list[i], compiled.named[declaration.name:lower()] = set, set
  end
  return compiled
end

--- What was read of files, for a snapshot.
-- @tparam table compiled
-- @treturn table by name, `texts` and their `lines`
function sets.saved(compiled)
  local saved = {}
  for _, set in ipairs(compiled.list) do
    local texts, read = {}, {}
    for at = #own_of(set.declaration) + 1, #set.texts do
      texts[#texts + 1], read[#read + 1] = set.texts[at], set.lines[at]
    end
    if #read > 0 then saved[set.name] = { texts = texts, lines = read } end
  end
  return saved
end

local function are(kind, values)
  for at = 1, #values do
    if type(values[at]) ~= kind then return false end
  end
  return true
end

--- Whether a value can be what `saved` returned.
-- @param value
-- @treturn boolean
function sets.are_saved(value)
  if type(value) ~= "table" then return false end
  for _, set in pairs(value) do
    local is_set = type(set) == "table" and type(set.texts) == "table"
      and type(set.lines) == "table" and #set.texts == #set.lines
    if not (is_set and are("string", set.texts) and are("number", set.lines)) then return false end
  end
  return true
end

--- All sets, in file order.
-- @tparam table compiled
-- @treturn {table,...} each with `name` and `declaration`
function sets.all(compiled) return compiled.list end

--- The set of a name, in any case.
-- @tparam table compiled
-- @tparam string name
-- @treturn table|nil
function sets.find(compiled, name) return compiled.named[name:lower()] end

--- The same for a declaration, by which it is used.
-- @tparam table compiled
-- @tparam string name
-- @treturn table|nil
function sets.use(compiled, name)
  local set = sets.find(compiled, name)
  if set then set.used = true end
  return set
end

--- Whether some declaration uses a set.
-- @tparam table set
-- @treturn boolean
function sets.is_used(set) return set.used end

--- The end of a sentence about a name that no set has.
-- @tparam table compiled
-- @tparam string name
-- @treturn string
function sets.undeclared(compiled, name)
  local count = #compiled.list
  if count > MOST_NAMES then return (", of %d that are declared"):format(count) end
  return suggest.phrase(name, lists.names(compiled.list), "declared")
end

--- What is said after a text that names no entry, of the sets there are.
-- @tparam table compiled
-- @tparam string name
-- @treturn string
function sets.nor(compiled, name)
  if #compiled.list == 0 then return "" end
  return "; nor is it a set" .. sets.undeclared(compiled, name)
end

--- Whether a text is meant as the name of a set: no pattern and no address.
-- @tparam string text
-- @treturn boolean
function sets.is_name(text) return not text:find "[@:*?{<]" end

--- The place of some pattern in a set that matches an address.
-- @tparam table set
-- @tparam table address that is not `<>`
-- @tparam[opt] string key the address's, if it is known
-- @treturn number|nil
function sets.includes(set, address, key) return patterns.find(set.patterns, address, key) end

--- A pattern of a set, as it is told.
-- @tparam table set
-- @tparam number at
-- @treturn string its text, and where it stands, if that is a file's line
function sets.pattern(set, at)
  local text, line = ('"%s"'):format(describe.short(set.texts[at])), set.lines[at]
  return line and ("%s at %s:%d"):format(text, set.declaration.fields.file, line) or text
end

--- The patterns of a set, for `pattern.sets`: the ranks are those of its texts.
-- @tparam table set
-- @treturn table
function sets.patterns(set) return set.patterns end

--- The texts of a set's patterns.
-- @tparam table set
-- @treturn {string,...}
function sets.texts(set) return set.texts end

--- Whether some pattern of a set is of a family of types.
-- @tparam table set
-- @tparam string family
-- @treturn boolean
function sets.has_family(set, family) return patterns.has_family(set.patterns, family) end

return sets
