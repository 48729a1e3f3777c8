local cli = require "postoffice.cli"
local console = require "spec.console"
local docs = require "spec.docs"
local helper = require "spec.helper"
local lists = require "postoffice.lists"
local manual = require "postoffice.manual"
local markdown = require "postoffice.text.markdown"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"
local reference = require "postoffice.policy.language.reference"
local support = require "spec.60-cli_support"

-- Each public module: the examples at least that stand beside its functions.
local MODULES = {
  { "init", 20 }, { "define", 3 }, { "exchange", 10 }, { "localpart", 5 }, { "mixer", 15 },
  { "routes", 5 }, { "policy/init", 2 }, { "directory", 1 }, { "directory/ldap", 1 },
  { "directory/redis", 1 }, { "directory/sql", 1 },
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
end)

-- The scripts that stand at the head of modules for hosts, with stand-ins for what a host gives a script:
-- they keep what they are told.  The servers themselves run the shipped configurations (spec/host).
local STAND_INS = {
  dovecot = function(kept) return { dovecot = { auth = {}, i_error = error }, _G = kept } end,
  haproxy = function(kept)
    local function keep(name, ...) kept[name] = select(select("#", ...), ...) end
    local function nothing() end
    return { core = { register_service = keep, register_action = keep, register_task = nothing } }
  end,
  rspamd = function(kept)
    local config = {}
    function config.register_symbol(_, symbol) kept[symbol.name] = symbol.callback end
    return { rspamd_config = config }
  end,
}

local REGISTERED = {
  dovecot = { "auth_passdb_lookup", "auth_userdb_lookup", "script_deinit", "script_init" },
  haproxy = { "postoffice_http", "postoffice_route", "postoffice_socketmap" },
  rspamd = { "POSTOFFICE_ADDRESS", "POSTOFFICE_ROUTE" },
}

describe("the script at the head of postoffice.host", function()
  for _, name in ipairs(lists.keys(STAND_INS)) do
    it(name .. " registers functions for its host, by a policy that loads", function()
      local file = ("lua/postoffice/host/%s.lua"):format(name)
      local blocks, path, kept = docs.indented(helper.read(file)), os.tmpname(), {}
      assert.equal(1, #blocks)
      local script, count = blocks[1].text:gsub("/etc/postoffice/site%.lua", path)
      assert.equal(1, count)
      helper.write(path, 'domain "a.example" {} recipient "Kim" { proxies = { "k@a.example" } }')
      docs.run(script, file, STAND_INS[name](kept))
      assert.same(REGISTERED[name], lists.keys(kept))
      for _, registered in pairs(kept) do assert.equal("function", type(registered)) end
      if name == "dovecot" then assert.equal(0, kept.script_init()) end -- which loads the policy
      os.remove(path)
    end)
  end
end)

-- ---- The manual -------------------------------------------------------------

local README, FOLDER = "README.md", "lua/postoffice/manual/"

-- The files of Markdown: README, and each page of the manual.
local FILES = { README }
for _, name in ipairs(manual.names()) do FILES[#FILES + 1] = FOLDER .. name .. ".md" end

local function exists(path)
  local file = io.open((path:gsub("/$", "")), "rb")
  if file then file:close() end
  return file ~= nil
end

-- The anchors of a text: those of its headings.
local function anchors_of(source)
  local anchors = {}
  for _, block in ipairs(markdown.blocks(source)) do
    if block.kind == "heading" then anchors[markdown.anchor(block.text)] = true end
  end
  return anchors
end

-- The texts outside code, in which links and names stand.
local function prose_of(source)
  local texts = {}
  for _, block in ipairs(markdown.blocks(source)) do
    texts[#texts + 1] = block.text
    for _, row in ipairs(block.rows or {}) do texts[#texts + 1] = table.concat(row, " ") end
  end
  return table.concat(texts, "\n")
end

-- What is wrong with a link of a file, or nil.
local function fault_of(file, target)
  if target:find "^https?://%w" then return nil end
  local path, anchor = target:match "^([^#]*)#?(.*)$"
  local full = path == "" and file or file:match "^(.-)[^/]*$" .. path
  if not exists(full) then return "leads nowhere" end
  local has = anchor == "" or anchors_of(helper.read(full))[anchor]
  return not has and "has no such section"
end

-- Files whose samples prove what the examples claim.
local LONG = lists.set {
  FOLDER .. "going-live.md", FOLDER .. "in-lua.md", FOLDER .. "over-http.md",
}

-- Languages whose samples run; `text` is no code.
local RUN = lists.set { "lua", "console", "text" }

for _, file in ipairs(FILES) do
  local source = helper.read(file)

  describe(file, function()
    it("begins with a title, and says whom it helps", function()
      local title, summary = source:match "^# ([^\n]+)\n\n([^#`].-)\n\n"
      assert.truthy(title, "no title with a paragraph")
      assert.matches("^%u.*%.$", summary)
      assert.is_nil(summary:find "[%[`]", "a link or code in " .. summary)
    end)

    it("has Lua that holds" .. (LONG[file] and " #long" or ""), function()
      run_all(docs.fenced(source, "lua"), file)
    end)

    it("has commands that print what it shows #program", function()
      local steps = console.steps(source)
      if #steps == 0 then return end
      console.run(steps)
      for _, step in ipairs(steps) do
        local wrong = console.complaint(step)
        if wrong then error(("%s:%d: %s"):format(file, step.line, wrong), 0) end
      end
    end)

    it("has no sample that nobody runs", function()
      for _, sample in ipairs(docs.samples(source)) do
        local where = file .. ":" .. sample.line
        if sample.held then
          assert.truthy(helper.read(sample.held):find(file:match "[^/]+$", 1, true), where)
        else
          assert.truthy(sample.file or RUN[sample.language], where)
        end
      end
    end)

    it("links to what there is", function()
      for target in prose_of(source):gmatch "%]%(([^%)]+)%)" do
        local fault = fault_of(file, target)
        assert.falsy(fault, ("%s: %s %s"):format(file, target, tostring(fault)))
      end
    end)

    it("names only what help prints", function()
      for word in prose_of(source):gmatch "`postoffice help ([%w_./-]+)`" do
        local status, _, errors = support.run { "help", word }
        assert.equal(0, status, errors)
      end
    end)
  end)
end

describe("the manual", function()
  it("has a page for each of its files", function()
    local names = {}
    for name in helper.output("ls " .. FOLDER):gmatch "([%w-]+)%.md" do names[#names + 1] = name end
    assert.same(lists.keys(lists.set(manual.names())), names)
  end)

  it("has pages whose names help knows for nothing else", function()
    for _, name in ipairs(manual.names()) do
      assert.is_nil(reference.find(name), name)
      assert.same({}, reference.fields_named(name), name)
      assert.is_nil(cli.commands[name], name)
    end
  end)

  it("is printed by help", function()
    for _, name in ipairs(manual.names()) do
      local status, output = support.run { "help", name }
      assert.equal(0, status)
      assert.equal(manual.page(name).title, output:match "^[^\n]+")
    end
  end)

  it("shows first what `make run` says of the article's address", function()
    local example = helper.read "lua/postoffice/examples/q184994-exchange.lua"
    local p = assert(policy.load(example, { chunkname = "@q184994-exchange.lua" }))
    local told = tostring(p:explain "[ccmail:user@domain at internet]")
    local shown = helper.read(README):match "\n== %[ccmail:user@domain at internet%]\n(.-\n)```"
    assert.equal(shown, ((told .. "\n"):gsub("revision [^\n]*\n", "")))
  end)

  -- Where the shorter names of development.md start.
  local ROOTS = { "", "lua/postoffice/", "lua/postoffice/policy/", "lua/postoffice/policy/route/",
    "lua/postoffice/cli/", "lua/postoffice/directory/", "lua/postoffice/host/", "csrc/notation/",
    "csrc/dialect/" }

  local function is_somewhere(path)
    for _, root in ipairs(ROOTS) do
      if exists(root .. path) then return true end
    end
  end

  it("leads to files and folders that there are", function()
    local count = 0
    for path in helper.read(FOLDER .. "development.md"):gmatch "`([%w_./-]+)`" do
      if path:find "%.lua$" or path:find "%.[ch]$" or path:find "/$" then
        count = count + 1
        assert.truthy(is_somewhere(path), path)
      end
    end
    assert.truthy(count > 30, count)
  end)
end)

-- ---- Definitions ------------------------------------------------------------

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

  it("name every method of a policy, and of one that is reloaded", function()
    local live = assert(policy.open(function() return 'domain "a.example" {}', "a" end))
    for _, made in ipairs { assert(policy.load ""), live } do
      local methods = {}
      for name, value in pairs(getmetatable(made).__index) do
        if not name:find "^__" then methods[name] = value end
      end
      name_all(methods, "lua/postoffice/meta/policy.lua", "[%w_]+:")
      made:close()
    end
    name_all(policy, "lua/postoffice/meta/policy.lua", "policy%.")
    name_all(require "postoffice.host.http", "lua/postoffice/meta/host_http.lua", "http%.")
    name_all(require "postoffice.host.verdict", "lua/postoffice/meta/host_verdict.lua",
      "verdict%.")
  end)

  -- Each module, and where it is defined.
  local DEFINED = {
    init = "meta", exchange = "meta/exchange", localpart = "meta/localpart", mixer = "meta/mixer",
    routes = "meta/routes", ["policy/init"] = "meta/policy", ["policy/policy"] = "meta/policy",
    ["host/site"] = "meta/host", ["host/verdict"] = "meta/host_verdict",
    ["host/http"] = "meta/host_http", ["host/resty"] = "meta/host_resty",
  }

  it("give functions the arguments that their docstrings do", function()
    local compared = 0
    for source, file in pairs(DEFINED) do
      local meta = helper.read("lua/postoffice/" .. file .. ".lua")
      for name, list in pairs(docs.arguments(helper.read("lua/postoffice/" .. source .. ".lua"))) do
        local defined = meta:match("\nfunction [%w_]+[.:]" .. name .. "(%b())")
        assert.equal(("(%s)"):format(table.concat(list, ", ")), defined, source .. ": " .. name)
        compared = compared + 1
      end
    end
    assert.truthy(compared > 70, compared)
  end)

  it("name every method of a set of proxies", function()
    local methods = getmetatable(require "postoffice.exchange".proxies {}).__index
    name_all(methods, "lua/postoffice/meta/exchange.lua", "set:")
  end)
end)
