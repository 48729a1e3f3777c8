-- Declarations leave a script when they are made, and the host reads them one by one.
local core = require "postoffice.core"
local helper = require "spec.helper"
local script = core.script

local WORDS = { "domain", "list" }

local function new(options)
  local all = { milliseconds = 60000, load_milliseconds = 60000 }
  for name, value in pairs(options or {}) do all[name] = value end
  return assert(script.new(all))
end

--- What `state:load` returns for a source.
local function load(source, options)
  return new(options):load(source, "@policy.lua", WORDS)
end

--- What a source declares, each as "word first-value number-of-values".
local function order(source)
  local list = {}
  for declaration in assert(load(source)) do
    list[#list + 1] = ("%s %s %d"):format(declaration.word, tostring(declaration[1]),
      declaration.n)
  end
  return table.concat(list, ", ")
end

--- A source that declares so many domains.
local function domains(count, value)
  return ("for i = 1, %d do domain('a' .. i) { %s } end"):format(count, value or "")
end

describe("a declaration", function()
  it("is what it was when it was made, whatever becomes of its tables", function()
    local list = helper.declared(load [[
      local t = { x = 1, { 1 } }
      domain("a", t)
      t.x, t[1][1], t.y = 2, 2, 2
      domain "b" (t)
      t.x = t]])
    assert.same({ x = 1, { 1 } }, list[1][2])
    assert.same({ x = 2, y = 2, { 2 } }, list[2][2])
  end)

  it("has its turn where it was begun, whenever its table comes", function()
    for source, expected in pairs {
      ["domain 'a' { domain 'b' {}, list 'c' }"] = "domain a 2, domain b 2, list c 1",
      ["local a = domain 'a' domain 'b' {} a {}"] = "domain a 2, domain b 2",
      ["local a, b, c = domain 'a', domain 'b', domain 'c' b {} a {} c {}"] =
        "domain a 2, domain b 2, domain c 2",
      ["local a = domain 'a' a() domain 'b' {} a() a {}"] = "domain a 2, domain b 2",
      ["domain 'a' domain 'b' (1, 2, 3) domain()"] = "domain a 1, domain b 4, domain nil 0",
      ["domain { list 'a' {} }"] = "list a 2, domain table: 0x 1",
      ["domain { x = domain 'a' { list 'b' { domain 'c' {} } } } "] =
        "domain a 2, list b 2, domain c 2, domain table: 0x 1",
      [""] = "",
    } do
      assert.equal(expected, (order(source):gsub("0x%x+", "0x")))
    end
  end)

  it("that moved keeps its values, its line and its functions", function()
    local state = new()
    local list = helper.declared(state:load(
      "domain 'a'\n{ x = list 'b' {}, y = function() return 7 end, z = 'text' }\nlist 'c' {}",
      "@policy.lua", WORDS))
    assert.same({ "a", 1, 2, "b", 2, "c", 3 }, { list[1][1], list[1].line, list[1].n,
      list[2][1], list[2].line, list[3][1], list[3].line })
    assert.equal("text", list[1][2].z)
    assert.same({ "done", 7 }, { state:call(list[1][2].y) })
  end)

  it("that cannot leave is an error where it stands", function()
    for source, expected in pairs {
      ["domain 'a' {}\nlocal t = {} t.t = t\ndomain 'b' (t)\nnot_reached()"] =
        "policy.lua:3: domain: a table contains itself",
      ["\nlist 'a' { mail.parse, [{}] = 1 }"] =
        "policy.lua:2: list: the keys of a table that is passed are strings, numbers or booleans",
    } do
      local each, message, code = load(source)
      assert.same({ nil, "policy-invalid" }, { each, code })
      assert.equal(expected, message)
    end
  end)

  it("leaves the script's memory", function()
    local state = new { memory = 512 * 1024 }
    local count = 0
    for declaration in assert(state:load(domains(20000, "text = 'text ' .. i"), "@p", WORDS)) do
      count = count + 1
      assert(declaration[1] == "a" .. count and declaration[2].text == "text " .. count)
    end
    assert.equal(20000, count)
    assert.is_true(state:memory() < 512 * 1024)
  end)

  it("that needs more than a script's memory on the other side is none", function()
    local double = "local t = { 'text' } for i = 1, 14 do t = { t, t, t } end\ndomain 'a' (t)"
    local each, message, code = load(double)
    assert.same({ nil, "policy.lua:2: the script needs more than its 16384 KiB", "policy-memory" },
      { each, message, code })
  end)

  it("is charged for", function()
    local source = "local t = ('x'):rep(100000)\nfor i = 1, 1000 do\ndomain 'a' { t } end"
    local each, message, code = load(source, { load_instructions = 1e6 })
    assert.same({ nil, "policy.lua:3: the script used up its 1000000 instructions",
      "policy-budget" }, { each, message, code })
    assert.truthy(load(source, { load_instructions = 4e6 }))
  end)
end)

describe("all declarations together", function()
  local SAID = "policy.lua:1: the policy declares more than it may; the option declarations says"
    .. " how many bytes"

  it("are bounded outside the script's memory", function()
    local function fits(count, bytes)
      local each, message, code = load(domains(count), { declarations = bytes })
      if each then return true end
      assert.same({ SAID, "policy-declarations" }, { message, code })
      return false
    end
    local most = 0
    while fits(most + 1, 10000) do most = most + 1 end
    assert.is_true(most > 50 and most < 200)
    assert.is_true(fits(10 * most - 10, 100000))
    assert.is_false(fits(10 * most + 10, 100000))
  end)

  it("count where only the first half has come", function()
    assert.truthy(load("", { declarations = 0 }))
    local each, message, code = load("domain 'a'", { declarations = 0 })
    assert.same({ nil, SAID, "policy-declarations" }, { each, message, code })
    assert.truthy(load("domain 'a'", { declarations = 200 }))
    assert.falsy(load("domain(('a'):rep(200))", { declarations = 200 }))
  end)

  it("are given up with a load that fails", function()
    local state = new { declarations = 10000 }
    for _ = 1, 10 do
      assert.falsy(state:load(domains(50) .. " error 'no'", "@policy.lua", WORDS))
    end
    assert.equal(50, #helper.declared(state:load(domains(50), "@policy.lua", WORDS)))
  end)

  it("are an option between none and what 32 bits count", function()
    assert.truthy(new { declarations = 2 ^ 32 - 1 })
    for _, bytes in ipairs { -1, 2 ^ 32 } do
      assert.error_matches(function() new { declarations = bytes } end, "out of range")
    end
  end)
end)

describe("what reads declarations", function()
  it("returns one and its size, and nil behind the last", function()
    local each = assert(load "domain 'a' {} domain(('b'):rep(1000))")
    local first, size = each()
    local _, large = each()
    assert.equal("a", first[1])
    assert.is_true(size > 100 and size < 1000 and large > 1000 and large < 2000)
    for _ = 1, 3 do assert.is_nil(each()) end
  end)

  it("outlives the state's close", function()
    local state = new()
    local each = assert(state:load(domains(100) .. " function on.go() end", "@policy.lua", WORDS))
    state:close()
    local list = helper.declared(each)
    assert.equal(101, #list)
    local outcome, code = state:call(list[101][1])
    assert.same({ "failed", "policy-closed" }, { outcome, code })
  end)

  it("keeps the state whose functions it has", function()
    local each = assert(load "function on.go() return 7 end")
    collectgarbage()
    collectgarbage()
    assert.equal("function at policy.lua:1", tostring(each()[1]))
  end)

  it("is collected with what was not read", function()
    local weak = setmetatable({}, { __mode = "k" })
    for i = 1, 50 do
      local each = assert(load(domains(1000)))
      each()
      weak[each] = i
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(weak))
  end)

  --- Calls `work` while the collector goes round and round.
  local function busily(work)
    local pause = collectgarbage("setpause", 100)
    local multiplier = collectgarbage("setstepmul", 1000)
    local ok, message = pcall(work)
    collectgarbage("setpause", pause)
    collectgarbage("setstepmul", multiplier)
    assert(ok, message)
  end

  it("is not read by a finalizer that runs meanwhile", function()
    local each
    local refused, newproxy = 0, rawget(_G, "newproxy") -- 5.1 finalizes userdata only
    local function finalizer()
      local ok, message = pcall(each)
      if not ok then
        refused = refused + 1
        assert(message:find "a finalizer reads declarations that are being read")
      end
    end
    -- Whether the collector comes in the midst of one is chance: until it has.
    local function read_all()
      each = assert(load("local t = {} for i = 1, 1000 do t[i] = { 'text' } end "
        .. domains(100, "t, t, t, t")))
      for declaration in each do
        assert(#declaration[2] == 4 and declaration[2][4][1000][1] == "text")
        if newproxy then
          getmetatable(newproxy(true)).__gc = finalizer
        else
          setmetatable({}, { __gc = finalizer })
        end
        if refused > 0 then break end
      end
    end
    busily(function()
      for _ = 1, 100 do
        if refused == 0 then read_all() end
      end
    end)
    assert.is_true(refused > 0)
  end)

  it("is no value of a script, nor another's", function()
    local each = assert(load "domain 'a'")
    assert.equal("locked", getmetatable(each))
    assert.has_error(function() new():call(each) end)
  end)
end)
