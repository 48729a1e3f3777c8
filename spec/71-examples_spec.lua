-- The example policies: each does what it claims and passes its tests, which reach all that it says,
-- and is the same policy once it is compiled.
local helper = require "spec.helper"
local policy = require "postoffice.policy"

local FOLDER = "lua/postoffice/examples/"

-- Each with the codes of what `check` notes, where that is meant so; its head says why.  `long` are
-- those whose claims take half a second and more.
local EXAMPLES = {
  { "allow-deny", long = true }, { "archive" }, { "exim" }, { "forwarding" }, { "maintenance" },
  { "merger", long = true }, { "postfix", long = true }, { "q184994-exchange", long = true },
  { "q184994-gateway", long = true },
  { "hosts/postfix/exchange", long = true }, { "hosts/postfix/gateway" },
  { "restrictions", "member-restricted", "member-restricted" }, { "rollout" },
  { "site", long = true }, { "split" },
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

-- Slips in the examples: what is written, what somebody writes instead, and how claims begin that fail
-- then.  A claim that no slip makes fail says nothing.
local SLIPS = {
  { "merger", ', "smtp:kim.lee@south.example"', "", 'every "SMTP:kim.lee@south.example"',
    'no "SMTP:*@south.example" reaches' },
  { "merger", ", both = true", "", 'no "SMTP:*@far.example" from "SMTP:?*@plants' },
  { "merger", '{ to = "SMTP:kim.lee2@merged.example" }', '{ to = "SMTP:kim.lee@south.example" }',
    "no SMTP address but local or relay or <>" },
  { "merger", '"SMTP:postmaster@merged.example", "postmaster@north.example", ', "",
    'every "SMTP:postmaster@*"' },
  { "merger", 'rewrite "SMTP:{name}@north.example" { to = "SMTP:{name}@merged.example" }',
    'rewrite "SMTP:{name}@north.example" { to = "SMTP:{name}@north2.example" }',
    'no "SMTP:*@north' },
  { "q184994-gateway", 'postoffice "EXCHANGE" { via = "HQ" }',
    'postoffice "EXCHANGE" { gateway = "SMTP" }', "no CCMAIL address but",
    'every "CCMAIL:* at HQ"' },
  { "q184994-gateway", 'speaks = "SMTP", ', "", 'no "SMTP:*@far.example" from' },
  { "q184994-gateway", 'target = "CCMAIL:Administrator at HQ"', 'target = "CCMAIL:Boss at HQ"',
    'every "SMTP:postmaster@' },
  { "archive", "/*/ECT@ECT\" { to", "/*/ECT@FAR\" { to", 'every "NOTES:Kim Lee/*' },
  { "archive", '"smtp:postmaster@corp.example", ', "", 'every "SMTP:postmaster@' },
  { "exim", "cost = 10 } }", "cost = 1 } }", 'no "SMTP:*@far.example" when nothing' },
  { "exim", ', refuse = "Joe has left; please write to kim@our.example"', "",
    'no "SMTP:joe@our.example"' },
  { "forwarding", 'target = "ann@new.example"', 'target = "ann@old.example"',
    'every "SMTP:ann@assoc.example"' },
  { "forwarding", ', "smtp:postmaster@assoc.example"', "", 'every "SMTP:kim@assoc.example"' },
  { "site", '"MS:NET/EAST" }', '"MS:NET/EAST", "MS:NET/WEST" }', 'every "MS:NET/WEST/*"' },
  { "split", '"SMTP:postmaster@corp.example", ', "", 'every "SMTP:postmaster@' },
  { "rollout", '"SMTP:postmaster@mx.corp.example", "postmaster@corp', '"postmaster@corp',
    'every "SMTP:postmaster@*"' },
}

local function plain(text) return (text:gsub("%p", "%%%0")) end

describe("a slip in an example #long", function()
  -- The example by it, without tests, in a folder of its own, with the files beside it.
  local function with_slip(slip)
    local text, count = helper.read(path_of(slip[1])):gsub(plain(slip[2]),
      (slip[3]:gsub("%%", "%%%%")), 1)
    assert.equal(1, count, slip[2])
    local folder = os.tmpname()
    os.remove(folder)
    assert(os.execute(("mkdir %s && cp %s*.csv %s"):format(folder, FOLDER, folder)))
    local p = assert(policy.loadfile(helper.write(folder .. "/policy.lua", text)))
    os.execute("rm -r " .. folder)
    return p
  end

  for _, slip in ipairs(SLIPS) do
    it(("is seen by its claims: %s, %q"):format(slip[1], slip[2]), function()
      local p = with_slip(slip)
      for i = 4, #slip do
        local met = 0
        for _, claim in ipairs(p:claims()) do
          if claim.claim:find(slip[i], 1, true) == 1 then
            met = met + 1
            local answer = p:prove(claim.claim)
            assert.equal("fails", answer.outcome, claim.claim)
            assert.truthy(answer.witness)
          end
        end
        assert.equal(1, met, slip[i])
      end
      p:close()
    end)
  end
end)
