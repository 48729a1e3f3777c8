--- What `help` prints of each topic.
-- @module postoffice.cli.help_topics

local exit = require "postoffice.cli.exit"
local help_page = require "postoffice.cli.help_page"
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

local function group_of(word)
  for _, one in ipairs(reference.groups()) do
    if one.name == word then return one end
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
local function all_names()
  local names = reference.names()
  for _, one in ipairs(reference.groups()) do names[#names + 1] = one.name end
  for _, name in ipairs(manual.names()) do names[#names + 1] = name end
  for name in pairs(FILES) do names[#names + 1] = name end
  return names
end

local function unknown(word)
  local near = suggest.near(word, all_names())
  exit.with(exit.WRONG_USE, ('the reference has no "%s"; %s'):format(word,
    near and ('did you mean "%s"?'):format(near) or "postoffice help lists what it has"))
end

local function write(session, lines)
  for _, line in ipairs(lines) do session.output:line(line) end
  return exit.GOOD
end

-- The pages for each kind of reader, and what is for other programs.
local function sections()
  local list = {}
  for _, reader in ipairs(manual.readers) do
    local rows = {}
    for i, name in ipairs(reader.pages) do rows[i] = { name, manual.page(name).title } end
    list[#list + 1] = { title = reader.title, rows = rows }
  end
  list[#list + 1] = { title = "For editors", rows = file_rows() }
  return list
end

-- Prints a topic, or what there is: the exit status.
local function help(session, options)
  local word, width = options.word, session:width()
  if not word then return write(session, help_page.contents(new_page(width), sections())) end
  if FILES[word] then
    session.output:write((FILES[word].text or session.manual[word])())
    return exit.GOOD
  end
  local page, command = page_of(word, width), session.manual.help(word)
  page = page or not command and (page_of(in_its_case(word), width) or unknown(word))
  if page then write(session, page) end
  if page and command then session.output:line "" end
  if command then session.output:line(command) end
  return exit.GOOD
end

return help
