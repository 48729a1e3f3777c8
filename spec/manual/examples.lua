--- The example policies as topics, each with what its tests say.
local helper = require "spec.helper"
local html = require "spec.manual.html"
local lists = require "postoffice.lists"
local pages = require "spec.manual.pages"
local path = require "postoffice.text.path"
local places = require "spec.manual.places"
local support = require "spec.60-cli_support"
local topic = require "spec.manual.topic"

local examples = {}

local MOST = 4096 -- bytes of a file beside an example that is shown

-- The names in a folder.
local function names_in(folder)
  local list = {}
  for name in helper.output("ls " .. folder):gmatch "[^\n]+" do list[#list + 1] = name end
  return list
end

--- The files of the examples' policies.
function examples.files()
  return lists.map(names_in(places.EXAMPLES .. "*.lua"), path.base)
end

-- The comment that a policy begins with, and what follows it.
local function divided(source)
  local head, rest = {}, source
  while rest:find "^%-%-" do
    local line, after = rest:match "^%-%- ?([^\n]*)\n(.*)$"
    head[#head + 1], rest = line, after
  end
  return table.concat(head, " "), rest
end

-- Adds the files that a policy reads.
local function add_files(made, source)
  for name in source:gmatch 'file = "([^"]+)"' do
    local text = helper.read(places.EXAMPLES .. name)
    if #text <= MOST then made:sample("text", text, name) end
  end
end

-- Adds what the command says of its tests.
local function add_tests(made, file)
  local status, output = support.run { "test", "--coverage", places.EXAMPLES .. file }
  assert(status == 0, output)
  made:heading(2, "tests", "What its tests say")
  made:sample("console", "$ postoffice test --coverage " .. file .. "\n"
    .. output:gsub(places.EXAMPLES:gsub("%p", "%%%0"), ""))
end

-- A topic of the files that a mail server is configured by.
local function host_topic(name)
  local made = topic.new(places.host(name), "Configuring " .. name)
  made:add("<p>Files to start from; a test runs the real program with them.</p>")
  for _, file in ipairs(names_in(places.HOSTS .. name)) do
    local text = helper.read(places.HOSTS .. name .. "/" .. file)
    made:heading(2, file, html.code(file))
    made:sample(file:match "%.(%w+)$" or "text", text)
  end
  return made
end

--- The topics of mail servers' configurations, one for each folder.
function examples.hosts() return lists.map(names_in(places.HOSTS), host_topic) end

--- The topics, one for each example.
-- @tparam table context as pages have it
function examples.topics(context)
  local list = {}
  for i, file in ipairs(examples.files()) do
    local head, source = divided(helper.read(places.EXAMPLES .. file))
    local made = topic.new(places.example(file), file)
    made:add("<p>" .. pages.inline(head, context) .. "</p>")
    made:sample("lua", source, file)
    add_files(made, source)
    add_tests(made, file)
    list[i] = made
  end
  return list
end

return examples
