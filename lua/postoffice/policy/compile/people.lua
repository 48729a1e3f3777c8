--- The entries in the file of a `directory`, whatever its format.
--
-- Readers of formats (`postoffice.text.formats`) know how a file says who is in it; here each is
-- held to the language, and what is wrong is an error, or, if the declaration says
-- `on_error = "skip"`, is left out and remembered.
-- @module postoffice.policy.compile.people

local describe = require "postoffice.policy.language.describe"
local formats = require "postoffice.text.formats"
local language = require "postoffice.policy.language.words"
local lists = require "postoffice.lists"

local people = {}

-- The longest text of a list or, if it is longer, `longest`; and the field of which it is.
local function longer(texts, field, longest, its_field)
  for _, text in ipairs(texts) do
    if #text > #longest then longest, its_field = text, field end
  end
  return longest, its_field
end

local function list_of(texts) return type(texts) == "table" and texts or { texts } end

-- The longest text of what few entries have, and its field.
local function longest_further(more)
  local longest, field = "", nil
  for _, name in ipairs { "members", "owner", "refuse", "accept", "reject" } do
    local texts = more[name]
    if texts and texts ~= true then
      longest, field = longer(list_of(texts), name, longest, field)
    end
  end
  return longest, field
end

-- What contradicts itself in an entry: a test of its fields, what is said then, and where.
local CONTRADICTIONS = {
  { function(e) return e.more.members and e.targets end,
    " has members, and a target; leave one empty", "members" },
  { function(e) return e.more.members and e.more.refuse end,
    " has members, and is refused; leave one empty", "refuse" },
  { function(e) return e.more.refuse and (e.targets or e.keep) end,
    ": a tombstone has no target and keeps nothing; leave those empty, or refuse", "refuse" },
  { function(e) return e.more.propagate ~= nil and not e.targets end,
    ": propagate is about a target, and there is none", "propagate" },
  { function(e) return e.more.owner and not e.more.members end,
    ": owner is for lists, and there are no members", "owner" },
}

-- What contradicts itself in an entry: the end of a sentence, and the field where it does; or nil.
local function contradiction(targets, keep, more)
  local entry = { targets = targets, keep = keep, more = more }
  for _, rule in ipairs(CONTRADICTIONS) do
    if rule[1](entry) then return rule[2], rule[3] end
  end
end

-- What texts that are too long are called where no column has a name.
local UNNAMED = { proxies = "a proxy" }

-- What is wrong with an entry: the end of a sentence that begins with its name, the field, and the text
-- there if it is known; or nil.
local function wrong_entry(labels, name, proxies, targets, kept, more)
  if #proxies == 0 and not (more and more.catchall) then
    return (" has no proxies, so no mail will find it; %s is empty"):format(labels.proxies
      or "its address"), "proxies"
  elseif #name > language.longest_name then
    return (" has a name of %d bytes; %d are the most"):format(#name, language.longest_name), "name"
  elseif describe.wrong_name(name) then
    return describe.wrong_name(name), "name"
  end
  local longest, field = "", nil
  if more then
    local wrong, where = contradiction(targets, kept, more)
    if wrong then return wrong, where end
    longest, field = longest_further(more)
  end
  if targets then longest, field = longer(list_of(targets), "target", longest, field) end
  longest, field = longer(proxies, "proxies", longest, field)
  if #longest > language.longest_text then
    return (": %s has a text of %d bytes; %d are the most"):format(labels[field] or UNNAMED[field]
      or field, #longest, language.longest_text), field, longest
  end
end

-- What a fault is about: an entry, all of the file, or the declaration.
local function subject(declaration, name, line, column)
  if not line then return declaration end
  return {
    word = name and "recipient" or "directory", name = name or declaration.name,
    file = declaration.fields.file, line = line, column = column,
  }
end

-- The columns of a format that has none.
local LABELS = {}

-- What takes the faults of a file: errors, or, if they are skipped, what `skip` remembers.
local function new_fault(declaration, errors, skip)
  local skips = declaration.fields.on_error == "skip"
  return function(name, message, line, column)
    local about = subject(declaration, name, line, column)
    if skips and line then
      skip(about, message)
    else
      errors.add(about, "%s", message)
    end
    return skips
  end
end

-- The same of entries, and of what of an entry alone is wrong.
local function new_faults(declaration, errors, skipped)
  return new_fault(declaration, errors, function(...) skipped:add(...) end),
    new_fault(declaration, errors, function(...) skipped:add_part(...) end)
end

-- What takes what a file says and no entry has.
local function new_remark(declaration, remarks)
  return function(name, message, line, column)
    remarks:add(subject(declaration, name, line, column), message)
  end
end

-- What a reader of formats takes.
local function source_of(declaration, around, blocks)
  local fields = declaration.fields
  return {
    file = fields.file, columns = fields.columns, separator = fields.separator,
    values = fields.values, domain = fields.domain, is_domain = around.is_domain, labels = LABELS,
    blocks = blocks,
  }
end

local function format_of(declaration) return declaration.fields.format or "csv" end

local TABLES = { csv = true, recipients = true, exchange55 = true }
local MAPS = { virtual = true, canonical = true, aliases = true, virtusertable = true }

-- The fields that are about files of some formats: which, and what these are called.
local ABOUT = {
  columns = { TABLES, "tables: csv, recipients and exchange55" },
  separator = { TABLES, "tables: csv, recipients and exchange55" },
  values = { { exchange55 = true }, "exchange55" },
  domain = { MAPS, "maps: virtual, canonical, aliases and virtusertable" },
}

-- Of the fields that say how a file is read, those of other formats, which would do nothing.
local function check_fields(declaration, errors)
  local format = format_of(declaration)
  for _, field in ipairs(lists.keys(ABOUT)) do
    local has, said = ABOUT[field][1], ABOUT[field][2]
    if declaration.fields[field] ~= nil and not has[format] then
      errors.add(declaration, ": %s is about %s, and the format is %s; remove it", field, said,
        format)
    end
  end
end

--- Reads the entries of a directory's file.  Wrong ones are errors at their lines, or skipped, and
-- left out.
-- @tparam table declaration of `directory`: is given `labels`, the names of the columns by
--   field, for messages
-- @tparam table around `open`, of a file's name: a function that returns its next block of about as
--   many bytes as it is given, nil at the end; or nil, a message and a code, as may that function;
--   `is_domain`, whether a name is a domain of ours; and `skipped` and `remarks`, with `add`
-- @tparam table errors
-- @tparam function sink is given each entry as `postoffice.text.formats` has it, with one proxy at
--   least, and `fault`, which takes its name, what is wrong with it, and in which field and text; and
--   the same for what of it alone is left out
function people.each(declaration, around, errors, sink)
  local fields = declaration.fields
  check_fields(declaration, errors)
  local blocks, why, code = around.open(fields.file)
  local source = source_of(declaration, around, function(length)
    local block
    block, why, code = blocks(length)
    return block
  end)
  source.remark = new_remark(declaration, around.remarks)
  local fault, partial = new_faults(declaration, errors, around.skipped)
  source.partial = partial
  local function told(...) if not why then return fault(...) end end
  local function wrong_here(name, message, field, text)
    return fault(name, message, source.place(field, text))
  end
  local function partly_wrong(name, message, field, text)
    return partial(name, message, source.place(field, text))
  end
  local function take(name, proxies, line, targets, kept, more)
    declaration.labels = source.labels
    local wrong, field, text = wrong_entry(source.labels, name, proxies, targets, kept, more)
    if wrong then return wrong_here(name, wrong, field, text) end
    return sink(name, proxies, line, targets, kept, more, wrong_here, partly_wrong)
  end
  if blocks then formats.each(format_of(declaration), source, take, told) end
  if why then
    errors.fail(code or errors.code, declaration, ': file "%s": %s', fields.file, why)
  end
end

--- Finds where something stands in entries that were read, if their file is still the same.
-- @tparam table declaration of `directory`
-- @tparam table around as for `each`, with `reopen`, which opens what was read before
-- @tparam {table,...} wanted as `formats.find` takes it
-- @tparam table errors
function people.find(declaration, around, wanted, errors)
  local blocks = around.reopen(declaration.fields.file)
  if not blocks then return end
  formats.find(format_of(declaration), source_of(declaration, around, blocks), wanted, errors.watch)
end

return people
