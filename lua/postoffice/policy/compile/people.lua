--- The entries in the file of a `directory`, whatever its format.
--
-- Readers of formats (`postoffice.text.formats`) know how a file says who is in it; here each is
-- held to the language, and what is wrong is an error, or, if the declaration says
-- `on_error = "skip"`, is left out and remembered.
-- @module postoffice.policy.compile.people

local describe = require "postoffice.policy.language.describe"
local formats = require "postoffice.text.formats"
local language = require "postoffice.policy.language.words"

local people = {}

-- The longest text of a list or, if it is longer, `longest`; and which it was.
local function longer(texts, label, longest, its_label)
  for _, text in ipairs(texts) do
    if #text > #longest then longest, its_label = text, label end
  end
  return longest, its_label
end

local function list_of(texts) return type(texts) == "table" and texts or { texts } end

-- The longest text of what few entries have, and what it is called.
local function longest_further(more, labels)
  local longest, label = "", nil
  for _, name in ipairs { "members", "owner", "refuse", "accept", "reject" } do
    local texts = more[name]
    if texts and texts ~= true then
      longest, label = longer(list_of(texts), labels[name] or name, longest, label)
    end
  end
  return longest, label
end

-- What contradicts itself in an entry: a test of its fields, and what is said then.
local CONTRADICTIONS = {
  { function(e) return e.more.members and e.targets end,
    " has members, and a target; leave one empty" },
  { function(e) return e.more.members and e.more.refuse end,
    " has members, and is refused; leave one empty" },
  { function(e) return e.more.refuse and (e.targets or e.keep) end,
    ": a tombstone has no target and keeps nothing; leave those empty, or refuse" },
  { function(e) return e.more.propagate ~= nil and not e.targets end,
    ": propagate is about a target, and there is none" },
  { function(e) return e.more.owner and not e.more.members end,
    ": owner is for lists, and there are no members" },
}

-- What contradicts itself in an entry: the end of a sentence, or nil.
local function contradiction(targets, keep, more)
  local entry = { targets = targets, keep = keep, more = more }
  for _, rule in ipairs(CONTRADICTIONS) do
    if rule[1](entry) then return rule[2] end
  end
end

-- What is wrong with an entry: the end of a sentence that begins with its name, or nil.
local function wrong_entry(labels, name, proxies, targets, kept, more)
  if #proxies == 0 and not (more and more.catchall) then
    return (" has no proxies, so no mail will find it; %s is empty"):format(labels.proxies
      or "its address")
  elseif #name > language.longest_name then
    return (" has a name of %d bytes; %d are the most"):format(#name, language.longest_name)
  elseif describe.wrong_name(name) then
    return describe.wrong_name(name)
  end
  local longest, label = "", nil
  if more then
    local wrong = contradiction(targets, kept, more)
    if wrong then return wrong end
    longest, label = longest_further(more, labels)
  end
  if targets then
    longest, label = longer(list_of(targets), labels.target or "target", longest, label)
  end
  longest, label = longer(proxies, labels.proxies or "a proxy", longest, label)
  if #longest > language.longest_text then
    return (": %s has a text of %d bytes; %d are the most"):format(label, #longest,
      language.longest_text)
  end
end

local function place(declaration, word, name, line)
  return { word = word, name = name, file = declaration.fields.file, line = line }
end

-- What a fault is about, and its sentence.
local function describe_fault(declaration, name, message, line, column)
  if not line then return declaration, message end
  if column then message = ("%s, at byte %d of the line"):format(message, column) end
  if name then return place(declaration, "recipient", name, line), message end
  return place(declaration, "directory", declaration.name, line), message
end

-- The columns of a format that has none.
local LABELS = {}

-- What takes the faults of a file: errors, or, if they are skipped, what is remembered.
local function new_fault(declaration, errors, skipped)
  local skips = declaration.fields.on_error == "skip"
  return function(name, message, line, column)
    local about, sentence = describe_fault(declaration, name, message, line, column)
    if skips and line then
      skipped:add(about, sentence)
    else
      errors.add(about, "%s", sentence)
    end
    return skips
  end
end

--- Reads the entries of a directory's file.  Wrong ones are errors at their lines, or skipped, and
-- left out.
-- @tparam table declaration of `directory`: is given `labels`, the names of the columns by
--   field, for messages
-- @tparam table around `open`, of a file's name: a function that returns its next block of about as
--   many bytes as it is given, nil at the end; or nil, a message and a code, as may that function;
--   `is_domain`, whether a name is a domain of ours; and `skipped`, with `add`
-- @tparam table errors
-- @tparam function sink is given each entry as `postoffice.text.formats` has it, with one proxy at
--   least, and `fault`, which takes what is wrong with it
function people.each(declaration, around, errors, sink)
  local fields = declaration.fields
  local blocks, why, code = around.open(fields.file)
  local source = {
    file = fields.file, columns = fields.columns, separator = fields.separator,
    values = fields.values, domain = fields.domain, is_domain = around.is_domain, labels = LABELS,
  }
  function source.blocks(length)
    local block
    block, why, code = blocks(length)
    return block
  end
  local fault = new_fault(declaration, errors, around.skipped)
  local function told(...) if not why then return fault(...) end end
  local function take(name, proxies, line, targets, kept, more)
    declaration.labels = source.labels
    local wrong = wrong_entry(source.labels, name, proxies, targets, kept, more)
    if wrong then return fault(name, wrong, line) end
    return sink(name, proxies, line, targets, kept, more, fault)
  end
  if blocks then formats.each(fields.format or "csv", source, take, told) end
  if why then
    errors.fail(code or errors.code, declaration, ': file "%s": %s', fields.file, why)
  end
end

return people
