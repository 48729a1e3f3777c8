-- The manual's HTML, as `make doc` builds it: all there, and no link leads nowhere.

local helper = require "spec.helper"
local manual = require "postoffice.manual"
local reference = require "postoffice.policy.language.reference"

local FOLDER = "build/doc/"

-- the makes in here are no part of the one that runs this
local MAKE = "env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s "

local texts = {}

-- The text of a file of the manual, or nil.
local function text_of(path)
  if texts[path] == nil then
    local file = io.open(FOLDER .. path, "rb")
    texts[path] = file and file:read "*a" or false
    if file then file:close() end
  end
  return texts[path] or nil
end

local function html_files()
  local list = {}
  local found = helper.output(("cd %s && find . -name '*.html' | sort"):format(FOLDER))
  for path in found:gmatch "%./([^\n]+)" do list[#list + 1] = path end
  return list
end

-- A path without the `..` in it.
local function resolved(path)
  local count
  repeat path, count = path:gsub("[^/]+/%.%./", "", 1) until count == 0
  return path
end

local ENTITIES = { amp = "&", lt = "<", gt = ">", quot = '"', ["#39"] = "'" }

local function plain(text) return (text:gsub("&([%w#]+);", ENTITIES)) end

local function has_anchor(text, anchor)
  return text:find((' id="%s"'):format(anchor), 1, true)
end

-- What is wrong with a link, or nil.
local function fault_of(from, link)
  if link:find "^https?://%w" then return nil end
  local path, anchor = link:match "^([^#]*)#?(.*)$"
  local to = path == "" and from or resolved(from:match "^(.-)[^/]*$" .. path)
  local text = text_of(to)
  if not text then return "leads nowhere" end
  return anchor ~= "" and not has_anchor(text, anchor) and "has no such anchor"
end

describe("make doc", function()
  setup(function()
    helper.output("rm -rf " .. FOLDER)
    assert.matches(FOLDER .. "index.html\n", (helper.output(MAKE .. "doc") .. "\n"), 1, true)
  end)

  it("makes a page of each page, each group of the reference and each module", function()
    for _, name in ipairs(manual.names()) do
      assert.truthy(text_of("topics/" .. name .. ".md.html"), name)
    end
    for _, group in ipairs(reference.groups()) do
      assert.truthy(text_of("topics/" .. group.name .. ".md.html"), group.name)
    end
    for _, name in ipairs { "postoffice", "postoffice.policy", "postoffice.exchange" } do
      assert.truthy(text_of("modules/" .. name .. ".html"), name)
    end
  end)

  it("has no link that leads nowhere", function()
    local count = 0
    for _, path in ipairs(html_files()) do
      for link in text_of(path):gmatch 'href="([^"]*)"' do
        count = count + 1
        local fault = fault_of(path, plain(link))
        assert.falsy(fault, ("%s: %s %s"):format(path, link, tostring(fault)))
      end
    end
    assert.truthy(count > 2000, count)
  end)

  it("leads from the first page to every page", function()
    local first = text_of "index.html"
    for _, path in ipairs(html_files()) do
      assert.truthy(path == "index.html" or first:find('href="' .. path .. '"', 1, true), path)
    end
  end)

  it("has an anchor for every name of the reference", function()
    for _, group in ipairs(reference.groups()) do
      local text = text_of("topics/" .. group.name .. ".md.html")
      for _, entry in ipairs(group.entries) do
        assert.truthy(has_anchor(text, entry.name), entry.name)
      end
    end
  end)

  it("shows every example with what its tests say", function()
    for name in helper.output "ls lua/postoffice/examples/*.lua":gmatch "([%w-]+)%.lua" do
      local text = text_of("topics/example-" .. name .. ".md.html")
      assert.matches("%d+ passed, 0 failed", text)
    end
  end)

  it("has nothing that was left open", function()
    for _, path in ipairs(html_files()) do
      local text = text_of(path)
      assert.is_nil(text:match "@sample%-%d+@", path)
      assert.is_nil(text:find("???", 1, true), path)
    end
  end)

  -- Elements that have no end.
  local VOID = { meta = true, link = true, br = true }

  -- What is not closed in order, or nil.
  local function unclosed(text)
    local open = {}
    for slash, name, ending in text:gmatch "<(/?)(%l%w*)[^<>]-(/?)>" do
      if slash == "/" then
        if table.remove(open) ~= name then return name end
      elseif ending == "" and not VOID[name] then
        open[#open + 1] = name
      end
    end
    return open[1]
  end

  it("closes what it opens, and has each anchor once", function()
    for _, path in ipairs(html_files()) do
      local text, seen = text_of(path), {}
      assert.is_nil(unclosed(text), path)
      for anchor in text:gmatch ' id="([^"]*)"' do
        assert.is_nil(seen[anchor], path .. "#" .. anchor)
        seen[anchor] = true
      end
    end
  end)

  it("loads nothing from elsewhere", function()
    for _, path in ipairs(html_files()) do
      for link in text_of(path):gmatch '<%l+ [^>]*src="([^"]*)"' do error(path .. ": " .. link) end
      for link in text_of(path):gmatch '<link [^>]*href="([^"]*)"' do
        assert.matches("^[./]*ldoc%.css$", link)
      end
    end
  end)
end)
