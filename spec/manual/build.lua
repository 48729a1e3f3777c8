--- build.lua FOLDER: makes the manual's HTML there, by LDoc; `make doc` calls it in the root of a checkout.
--
-- LDoc reads the docstrings of the public modules and puts topics into the template; the topics are made
-- here: the pages beside `postoffice.manual`, the reference, the manual page, the examples.
local cli = require "postoffice.cli"
local examples = require "spec.manual.examples"
local helper = require "spec.helper"
local lists = require "postoffice.lists"
local man = require "spec.manual.man"
local manual = require "postoffice.manual"
local navigation = require "spec.manual.navigation"
local pages = require "spec.manual.pages"
local places = require "spec.manual.places"
local support = require "spec.60-cli_support"
local topic = require "spec.manual.topic"
local words = require "spec.manual.words"

local quote = helper.quote

local LDOC = "lua5.1 $(command -v ldoc) --quiet --fatalwarnings --config"
local HERE = "spec/manual/"

-- All that there is: topics, and what the pages link to.
local function made_topics()
  local context = { commands = cli.commands, copies = {} }
  local all = { pages = {}, list = {}, modules = lists.pluck(places.MODULES, 1), context = context }
  local function add(made)
    all.list[#all.list + 1] = made
    return made
  end
  for _, name in ipairs(manual.names()) do
    all.pages[name] = add(pages.topic(manual.page(name), context))
  end
  local _, troff = support.run { "help", "man" }
  all.words, all.man = lists.map(words.topics(), add), add(man.topic(troff))
  all.examples = lists.map(examples.topics(context), add)
  all.hosts = lists.map(examples.hosts(), add)
  return all
end

-- A list of texts as Lua writes it.
local function lua_list(list)
  local quoted = lists.map(list, function(text) return ("%q"):format(text) end)
  return "{ " .. table.concat(quoted, ", ") .. " }"
end

local CONFIG = [[
project, title, format = "postoffice", "postoffice", "discount"
file, topics = %s, %s
dir, template, style = %q, %q, %q
no_lua_ref = true
]]

-- Writes what LDoc reads.
local function write_sources(folder, work, all)
  local files = {}
  for i, made in ipairs(all.list) do
    files[i] = helper.write(("%s/%s.md"):format(work, made.name), made:text())
  end
  local root = helper.output "pwd" .. "/"
  local template = helper.read(HERE .. "template.ltp"):gsub("@(%l+)@", {
    menu = navigation.menu(all), first = navigation.first_page(),
    version = require "postoffice"._VERSION,
  })
  helper.write(work .. "/ldoc.ltp", template)
  helper.write(work .. "/ldoc.css", helper.read(HERE .. "ldoc.css"))
  helper.write(work .. "/config.ld", CONFIG:format(
    lua_list(lists.map(places.MODULES, function(module) return root .. module[2] end)),
    lua_list(files), folder, work, work))
end

-- What discount makes of quotes and dots, in code as well.
local TYPOGRAPHY = {
  hellip = "...", ldquo = '"', rdquo = '"', lsquo = "'", rsquo = "'", ndash = "--", mdash = "---",
}

-- Puts the samples into what LDoc wrote.
local function finish(folder)
  for path in helper.output(("find %s -name '*.html'"):format(quote(folder))):gmatch "[^\n]+" do
    local text = helper.read(path):gsub("&(%l+);", TYPOGRAPHY)
    helper.write(path, topic.finished(text))
  end
end

-- Copies the files that pages link to.
local function copy(folder, copies)
  for to, from in pairs(copies) do
    local path = quote(folder .. "/" .. to)
    helper.output(("mkdir -p \"$(dirname %s)\" && cp %s %s"):format(path, quote(from), path))
  end
end

local folder = arg[1]:find "^/" and arg[1] or helper.output "pwd" .. "/" .. arg[1]
local work = folder .. ".sources"
helper.output(("rm -rf %s %s && mkdir -p %s"):format(quote(folder), quote(work), quote(work)))
local all = made_topics()
write_sources(folder, work, all)
helper.output(("cd %s && %s config.ld ."):format(quote(work), LDOC))
finish(folder)
copy(folder, all.context.copies)
helper.output("rm -rf " .. quote(work))
