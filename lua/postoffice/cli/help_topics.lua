--- What `help` prints of each topic.
-- @module postoffice.cli.help_topics

local arguments = require "postoffice.cli.arguments"
local exit = require "postoffice.cli.exit"
local help_page = require "postoffice.cli.help_page"
local lists = require "postoffice.lists"
local luacheck = require "postoffice.policy.language.reference.luacheck"
local luarc = require "postoffice.cli.luarc"
local manual = require "postoffice.manual"
local manual_page = require "postoffice.cli.manual_page"
local new_page = require "postoffice.cli.page"
local reference = require "postoffice.policy.language.reference"
local suggest = require "postoffice.suggest"

-- What is printed for other programs, and what it is for: texts of the session's manual, but for
-- those that have one of their own.
local FILES = {
  bash = { doc = "completion for bash: source it, or put it where bash-completion looks" },
  fish = { doc = "completion for fish: ~/.config/fish/completions/postoffice.fish" },
  luacheck = { text = luacheck.config, doc = "a .luacheckrc for a folder of policies" },
  luarc = { text = luarc.config, doc = "a .luarc.json for the Lua language server there" },
  man = { doc = "the manual page: postoffice.1" },
  zsh = { doc = "completion for zsh: _postoffice, in a folder of $fpath" },
}

-- What is said of the examples, each of which `postoffice help examples` names.
local EXAMPLES = {
  title = "Examples",
  rows = { { "site.lua", "and the others that postoffice help examples names, as they stand" } },
}

local function file_rows()
  local rows = {}
  for name, file in pairs(FILES) do rows[#rows + 1] = { name, file.doc } end
  table.sort(rows, function(a, b) return a[1] < b[1] end)
  return rows
end

-- The codes of a status.
local function of_status(status)
  local found = {}
  for _, entry in ipairs(reference.of_kind "code") do
    if entry.status == status then found[#found + 1] = entry end
  end
  return #found > 0 and found or nil
end

-- What scripts call a group by that is not its name.
local IN_SCRIPTS = { on = "events" }

local function group_of(word)
  for _, one in ipairs(reference.groups()) do
    if one.name == (IN_SCRIPTS[word] or word) then return one end
  end
end

-- A word as the reference writes it, whatever its case; or the word.
local function in_its_case(word)
  for _, name in ipairs(reference.names()) do
    if name:lower() == word:lower() then return name end
  end
  return word
end

-- The page that a word asks for, or nil.
local function page_of(word, width)
  local chapter = manual.page(word)
  if chapter then return manual_page(chapter.text, width) end
  local entry, field = reference.find(word)
  if field then return help_page.field(new_page(width), word, entry, field) end
  if entry then return help_page.entry(new_page(width), entry) end
  local group = group_of(word)
  if group then return help_page.list(new_page(width), group.title, group.entries) end
  local codes = of_status(word)
  if codes then
    return help_page.list(new_page(width), "Codes with the status " .. word, codes)
  end
  local found, library = reference.fields_named(word), reference.library_of(word)
  if #found > 0 then return help_page.fields(new_page(width), word, found) end
  return library and help_page.entry(new_page(width), library)
end

-- All that can be asked for.
local function all_names(session)
  local names = lists.names(session.manual.commands)
  for _, name in ipairs(reference.names()) do names[#names + 1] = name end
  for _, one in ipairs(reference.groups()) do names[#names + 1] = one.name end
  for _, name in ipairs(manual.names()) do names[#names + 1] = name end
  for _, name in ipairs(manual.examples()) do names[#names + 1] = name end
  for name in pairs(FILES) do names[#names + 1] = name end
  return names
end

-- A name whose last part a word is, as mail.matches is of matches; nil if there is none.
local function whole_of(word, names)
  for _, name in ipairs(names) do
    if name:match "%.([^.]+)$" == word:lower() then return name end
  end
end

local function unknown(session, word)
  local names = all_names(session)
  local near = whole_of(word, names) or suggest.near(word, names)
  exit.with(exit.WRONG_USE, ('the reference has no "%s"; %s'):format(word,
    near and ('did you mean "%s"?'):format(near) or "postoffice help lists what it has"))
end

-- The entries of a group, or of the codes of a status; nil if the word names neither.
local function entries_of(word)
  local group = group_of(word)
  return group and group.entries or of_status(word)
end

local function command_of(session, word)
  for _, command in ipairs(session.manual.commands) do
    if command.name == word then return command end
  end
end

-- What a word asks for, as objects.
local function objects_of(session, word)
  local objects = require "postoffice.cli.help_objects"
  local chapter = manual.page(word)
  local entry, field = reference.find(word)
  local command, lines = command_of(session, word), {}
  if chapter then lines[1] = objects.chapter(word, chapter)
  elseif field then lines[1] = objects.field(word, field)
  elseif entry then lines[1] = objects.entry(entry)
  end
  for _, one in ipairs(not entry and entries_of(word) or {}) do
    lines[#lines + 1] = objects.entry(one)
  end
  for _, found in ipairs(not lines[1] and reference.fields_named(word) or {}) do
    lines[#lines + 1] = objects.field(found[1], found[2])
  end
  local library = not lines[1] and reference.library_of(word)
  if library then lines[1] = objects.entry(library) end
  if command then lines[#lines + 1] = objects.command(command, arguments.options_of(command)) end
  return lines
end

-- All that there is, as objects.
local function all_objects(session)
  local objects, lines = require "postoffice.cli.help_objects", {}
  for _, group in ipairs(reference.groups()) do
    for _, entry in ipairs(group.entries) do lines[#lines + 1] = objects.entry(entry) end
  end
  for _, command in ipairs(session.manual.commands) do
    lines[#lines + 1] = objects.command(command, arguments.options_of(command))
  end
  for _, name in ipairs(manual.names()) do
    lines[#lines + 1] = objects.chapter(name, manual.page(name))
  end
  return lines
end

local function write(session, lines)
  for _, line in ipairs(lines) do session.output:line(line) end
  return exit.GOOD
end

local function command_rows(session)
  return lists.map(session.manual.commands, function(command)
    return { command.name, command.summary }
  end)
end

-- A title and rows of the pages for each kind of reader, and of the commands.
local function pages_and_commands(session)
  local list = {}
  for i, reader in ipairs(manual.readers) do
    list[i] = { title = reader.title, rows = lists.map(reader.pages, function(name)
      return { name, manual.page(name).title }
    end) }
  end
  list[#list + 1] = { title = "Commands", rows = command_rows(session) }
  return list
end

-- What a shell completes after `help`: names that stand for themselves there, each once.
local function topics_of(session)
  local topics = {}
  for _, name in ipairs(all_names(session)) do
    topics[name] = name:find "^[%w._/-]+$" and true or nil
  end
  return lists.keys(topics)
end

-- What is printed as it is, for other programs: a text, or nil.
local function text_for_programs(session, word)
  local file = FILES[word]
  if file then return (file.text or session.manual[word])(topics_of(session)) end
  return manual.example(word)
end

-- Prints a topic, or all, as objects: the exit status.
local function help_json(session, word)
  if not word then return write(session, all_objects(session)) end
  if text_for_programs(session, word) then
    exit.with(exit.WRONG_USE,
      ("--json does not go with %s, which is for other programs"):format(word))
  end
  local lines = objects_of(session, word)
  if not lines[1] then lines = objects_of(session, in_its_case(word)) end
  if not lines[1] then unknown(session, word) end
  return write(session, lines)
end

-- Prints a topic, or what there is: the exit status.
local function help(session, options)
  local word, width = options.word, session:width()
  if options.json then return help_json(session, word) end
  if not word then
    return write(session, help_page.contents(new_page(width), pages_and_commands(session),
      { { title = "For editors", rows = file_rows() }, EXAMPLES }))
  end
  local text = text_for_programs(session, word)
  if text then
    session.output:write(text)
    return exit.GOOD
  end
  local page, command = page_of(word, width), session.manual.help(word)
  page = page or not command and (page_of(in_its_case(word), width)
    or unknown(session, word))
  if page then write(session, page) end
  if page and command then session.output:line "" end
  if command then session.output:line(command) end
  return exit.GOOD
end

return help
