local docs = require "spec.docs"
local helper = require "spec.helper"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"

-- Each public module: the examples at least that stand beside its functions.
local MODULES = {
  { "init", 20 }, { "define", 3 }, { "exchange", 10 }, { "localpart", 5 }, { "mixer", 15 },
  { "routes", 5 }, { "policy/init", 0 },
}

-- Runs each { text, line } of a file; how often they compared.
local function run_all(examples, file)
  local compared = 0
  for _, example in ipairs(examples) do
    local name = file .. ":" .. example.line
    compared = compared + docs.run(example.text, name, { postoffice = postoffice })
  end
  return compared
end

describe("the examples", function()
  for _, module in ipairs(MODULES) do
    local file = "lua/postoffice/" .. module[1] .. ".lua"
    it("in " .. file .. " hold", function()
      local compared = run_all(docs.usages(helper.read(file)), file)
      assert.truthy(compared >= module[2], compared)
    end)
  end

  it("in the README hold", function()
    local compared = run_all(docs.fenced(helper.read "README.md", "lua"), "README.md")
    assert.truthy(compared >= 20, compared)
  end)
end)

describe("the README", function()
  local readme = helper.read "README.md"

  -- Where its shorter names start.
  local ROOTS = { "", "lua/postoffice/", "lua/postoffice/policy/", "lua/postoffice/policy/route/",
    "lua/postoffice/cli/", "lua/postoffice/directory/", "csrc/notation/", "csrc/dialect/" }

  local function exists(path)
    for _, root in ipairs(ROOTS) do
      local file = io.open(root .. path:gsub("/$", ""), "rb")
      if file then
        file:close()
        return true
      end
    end
    return false
  end

  it("links to what there is", function()
    local count = 0
    for path in readme:gmatch "%]%(([^%)]+)%)" do
      count = count + 1
      assert.truthy(path:find "^https?://" or exists(path), path)
    end
    assert.truthy(count > 8, count)
  end)

  it("leads to files and folders that there are", function()
    local count = 0
    for path in readme:match "## Development(.*)":gmatch "`([%w_./-]+)`" do
      if path:find "%.lua$" or path:find "%.[ch]$" or path:find "/$" then
        count = count + 1
        assert.truthy(exists(path), path)
      end
    end
    assert.truthy(count > 30, count)
  end)

  it("shows first what `make run` says of the article's address", function()
    local source = helper.read "lua/postoffice/examples/q184994-exchange.lua"
    local p = assert(policy.load(source, { chunkname = "@q184994-exchange.lua" }))
    local told = tostring(p:explain "[ccmail:user@domain at internet]")
    local shown = readme:match "\n== %[ccmail:user@domain at internet%]\n(.-\n)```"
    assert.equal(shown, ((told .. "\n"):gsub("revision [^\n]*\n", "")))
  end)
end)

describe("the definitions for the language server", function()
  local function name_all(module, file, prefix)
    local meta = helper.read(file)
    for name, value in pairs(module) do
      local pattern = type(value) == "function" and "function " .. prefix .. name .. "%("
        or "@field " .. name
      assert.truthy(meta:find(pattern), file .. ": " .. name)
    end
  end

  it("name every public function", function()
    name_all(postoffice, "lua/postoffice/meta.lua", "postoffice%.")
    for _, name in ipairs { "directory", "exchange", "localpart", "mixer", "routes" } do
      local file = "lua/postoffice/meta/" .. name .. ".lua"
      name_all(require("postoffice." .. name), file, name .. "%.")
    end
  end)

  it("name every method of a set of proxies", function()
    local methods = getmetatable(require "postoffice.exchange".proxies {}).__index
    name_all(methods, "lua/postoffice/meta/exchange.lua", "set:")
  end)
end)
