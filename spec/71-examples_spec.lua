-- The example policies: each does what it claims and passes its tests, which reach all that it says,
-- and is the same policy once it is compiled.
local helper = require "spec.helper"
local policy = require "postoffice.policy"

local FOLDER = "lua/postoffice/examples/"

-- Each with the codes of what `check` notes, where that is meant so; its head says why.  `long` are
-- those whose claims take seconds.
local EXAMPLES = {
  { "allow-deny", long = true }, { "archive" }, { "exim" }, { "forwarding" }, { "maintenance" },
  { "merger", long = true }, { "postfix", long = true }, { "q184994-exchange", long = true },
  { "q184994-gateway" },
  { "hosts/postfix/exchange" }, { "hosts/postfix/gateway" },
  { "restrictions", "member-restricted", "member-restricted" }, { "rollout" }, { "site" },
  { "split" },
}

local function path_of(name) return FOLDER .. name .. ".lua" end

-- Titles and places of the rules that no test of a policy reached.
local function uncovered(results)
  local list = {}
  for i, rule in ipairs(results.uncovered) do list[i] = rule.where .. " " .. rule.title end
  return list
end

-- All that a policy answers about the recipients of its own tests and about addresses of all kinds.
local function answers(p, addresses)
  local list = {}
  for _, sender in ipairs { "<>", "kim@corp.example", "x@spam.example" } do
    for _, to in ipairs(addresses) do
      for _, delivery in ipairs(p:route(to, { sender = sender, size = 2000, now = 1774746000 })) do
        list[#list + 1] = policy.json(delivery)
      end
    end
  end
  return list
end

local function addresses_of(name)
  local list = {}
  for line in helper.read(FOLDER .. "addresses.txt"):gmatch "[^\n]+" do list[#list + 1] = line end
  for to in helper.read(path_of(name)):gmatch '[{%s]to = "([^"]+)"' do list[#list + 1] = to end
  return list
end

describe("the example policies", function()
  it("are all those of the folder, and each says first whom it is for", function()
    local names, files = {}, {}
    for i, example in ipairs(EXAMPLES) do
      names[i] = example[1] .. ".lua"
      assert.matches("^%-%- For %l+ ", helper.read(path_of(example[1])))
    end
    local listing = assert(io.popen(("cd %s && ls *.lua hosts/postfix/*.lua"):format(FOLDER)))
    for file in listing:lines() do files[#files + 1] = file end
    listing:close()
    table.sort(names)
    table.sort(files)
    assert.same(names, files)
  end)

  it("stand in the manual, each with what it shows", function()
    local page = helper.read "lua/postoffice/manual/examples.md"
    for _, example in ipairs(EXAMPLES) do
      assert.truthy(page:find("\n| [^|]*`" .. example[1]:gsub("%-", "%%-") .. "%.lua`"),
        example[1])
    end
  end)

  it("have ten thousand patterns in two files", function()
    local count = 0
    for _, name in ipairs { "blocked.txt", "partners.txt" } do
      local _, lines = helper.read(FOLDER .. name):gsub("\n[^#\n]", "")
      count = count + lines
    end
    assert.truthy(count >= 10000, count)
  end)

  for _, example in ipairs(EXAMPLES) do
    local name = example[1]

    it("hold what they claim, and pass tests that reach every rule and entry: " .. name
      .. (example.long and " #long" or ""), function()
      local p = assert(policy.loadfile(path_of(name)))
      local results = p:test()
      assert.equal(0, results.failed, tostring(results))
      assert.truthy(results.passed > 8, results.passed)
      assert.truthy(#p:claims() > 0)
      assert.same({}, uncovered(results))
      for _, sum in ipairs(results.entries) do assert.equal(sum.entries, sum.reached, sum.title) end
      p:close()
    end)

    it("have nothing for check to find, but what is meant: " .. name, function()
      local p = assert(policy.loadfile(path_of(name)))
      local codes = {}
      for i, finding in ipairs(p:check()) do
        assert.equal("note", finding.severity, tostring(finding))
        codes[i] = finding.code
      end
      assert.same({ (unpack or table.unpack)(example, 2) }, codes)
      p:close()
    end)

    it("answer alike once compiled: " .. name, function()
      local p, path, addresses = assert(policy.loadfile(path_of(name))), os.tmpname(),
        addresses_of(name)
      assert(p:save(path))
      local opened = assert(policy.loadfile(path))
      assert.equal(p.revision, opened.revision)
      assert.same(p:claims(), opened:claims())
      assert.same(answers(p, addresses), answers(opened, addresses))
      opened:close()
      p:close()
      os.remove(path)
    end)
  end
end)
