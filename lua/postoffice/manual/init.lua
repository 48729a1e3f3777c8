--- The manual's pages: Markdown files beside this one, which `postoffice help NAME` prints and
-- `make doc` makes into HTML.
--
-- A page begins with its title, `# Title`, and a paragraph that says whom it helps to do what.
-- @module postoffice.manual

local installed = require "postoffice.installed"
local lists = require "postoffice.lists"

local manual = {}

local FOLDER = "postoffice/manual/"

--- The pages of each kind of reader, in the order in which they are best read.
manual.readers = {
  {
    name = "administrator", title = "For administrators",
    wants = "You decide where mail goes: write a policy, test it, and let a mail server ask it.",
    pages = {
      "ten-minutes", "install", "from-postfix", "from-exchange", "policies", "examples", "people",
      "sender-rules", "questions", "time-and-facts", "going-live", "isolation", "glossary",
    },
  },
  {
    name = "operator", title = "For operators",
    wants = "You keep mail flowing: bounces to read, archives to search, servers to run.",
    pages = {
      "serving", "in-postfix", "verdicts", "bounces", "archives", "postgresql", "other-hosts",
      "commands",
    },
  },
  {
    name = "developer", title = "For developers",
    wants = "You write programs: in Lua, in OpenResty, in C, or in this library itself.",
    pages = { "in-lua", "addresses", "over-http", "in-openresty", "in-c", "speed", "development" },
  },
}

--- The names of all pages, in order.
-- @treturn {string,...}
function manual.names()
  local names = {}
  for _, reader in ipairs(manual.readers) do
    for _, name in ipairs(reader.pages) do names[#names + 1] = name end
  end
  return names
end

-- The text of a file of the library; nil where there is none.
local function read(name)
  local file = io.open(installed.path(name), "rb")
  local text = file and file:read "*a"
  if file then file:close() end
  return text
end

--- A page.
-- @string name
-- @treturn table|nil `title`, `summary` and the whole `text` in Markdown; nil where there is none
function manual.page(name)
  if not lists.contains(manual.names(), name) then return nil end
  local text = assert(read(FOLDER .. name .. ".md"), name)
  local title, summary = text:match "^# ([^\n]+)\n\n(.-)\n\n"
  return { name = name, title = title, summary = summary, text = text }
end

-- The page that names all examples.
local LISTING = "examples"

-- Names of files among the examples, and in the folders of hosts' configurations.
local EXAMPLES = { "^[%w-]+%.%l+$", "^hosts/%l+/[%w-]+%.%l+$" }

--- The text of an example: of a policy, of a file that one reads, or of a configuration.
-- @string name such as `site.lua` or `hosts/postfix/main.cf`
-- @treturn string|nil
function manual.example(name)
  for _, pattern in ipairs(EXAMPLES) do
    if name:find(pattern) then return read("postoffice/examples/" .. name) end
  end
end

--- The names of all examples, which their page has between backticks.
-- @treturn {string,...}
function manual.examples()
  local names = {}
  for name in manual.page(LISTING).text:gmatch "`([%w/.-]+)`" do
    if manual.example(name) then names[#names + 1] = name end
  end
  return names
end

return manual
