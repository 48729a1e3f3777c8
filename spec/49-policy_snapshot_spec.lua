-- Policies that are compiled to a file and opened from it.
local core = require "postoffice.core"
local policy = require "postoffice.policy"

local SOURCE = [[
domain "corp.example" { catchall = "Post Master", extension = "+" }
domain "other.example" { catchall = "postmaster@corp.example" }
connector "out" { nexthop = "smarthost", spaces = { { "SMTP:*", cost = 2.5 } } }
recipient "Kim Lee" { proxies = { "SMTP:Kim.Lee@corp.example", "smtp:k@corp.example",
  "CCMAIL:Lee, Kim at HQ" } }
recipient "Post Master" { proxies = { "smtp:postmaster@corp.example" } }
recipient "Pat" { proxies = { "SMTP:pat@corp.example" }, target = "pat@far.example",
  propagate = "always" }
recipient "Info" { proxies = { "SMTP:info@corp.example" }, targets = { "Pat", "x@far.example" },
  keep = true }
recipient "Few" { proxies = { "SMTP:few@corp.example" }, accept = { "All", "SMTP:who@*" } }
recipient "Small" { proxies = { "SMTP:small@corp.example" }, reject = { "<>" }, max_size = 10 }
recipient "Gone" { proxies = { "SMTP:gone@corp.example" }, refuse = "left us" }
list "All" { proxies = { "SMTP:all@corp.example" }, owner = "Kim Lee",
  members = { "Kim Lee", "Pat", "joe@far.example" } }
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@corp.example" }
directory "staff" { file = "staff.csv", format = "csv" }
test "kim" { to = "k@corp.example", entry = "Kim Lee" }
]]

local SMALL = [[
domain "corp.example" { catchall = "Kim" }
connector "out" { nexthop = "smarthost", spaces = { "SMTP:*" } }
recipient "Kim" { proxies = { "SMTP:kim@corp.example", "X500:/o=Org/cn=kim",
  "CCMAIL:Kim at HQ" } }
recipient "Pat" { proxies = { "SMTP:pat@corp.example" }, target = "pat@far.example",
  propagate = false }
list "All" { proxies = { "SMTP:all@corp.example" }, owner = "Kim",
  members = { "Kim", "Pat", "Both", "a@b.c" }, accept = { "All", "SMTP:who@*" } }
recipient "Both" { proxies = { "SMTP:both@corp.example" }, targets = { "Kim", "both@far.example" },
  keep = true, reject = { "Pat", "<>" }, authenticated = true, max_size = 10 }
]]

local STAFF = "Name,mail,target\nAnn,ann@corp.example,\nBob,bob@corp.example,bob@far.example\n"

local SCRIPTED = SOURCE .. [[
include "more.lua"
function on.recipient(address) if address.localpart == "x" then return forward(address) end end
rewrite { match = function(a) return a.localpart == "y" end,
  to = function() return "k@corp.example" end }
]]

local MORE = 'function forward() return "kim.lee@corp.example" end\n'

local ADDRESSES = {
  "info@corp.example", "few@corp.example", "small@corp.example",
  "kim.lee@corp.example", "K+tag@CORP.example", "pat@corp.example", "gone@corp.example",
  "all@corp.example", "ann@corp.example", "bob@corp.example", "who@corp.example",
  "pat+tag@corp.example", "who@other.example", "k@old.example", "x@far.example", "y@far.example",
  "no address", "CCMAIL:Kim Lee", "PAT@far.example", "bob@far.example",
}

local function read(name) return name == "staff.csv" and STAFF or nil end

local function load(source, options)
  options = options or {}
  options.chunkname, options.read = "@policy.lua", read
  options.include = function(name) return name == "more.lua" and MORE or nil, "@more.lua" end
  return assert(policy.load(source, options))
end

-- All that deliveries hold, as text.
local function told(p)
  local texts = {}
  for i, address in ipairs(ADDRESSES) do
    texts[i] = tostring(p:explain(address, { sender = "who@corp.example" }))
    for _, delivery in ipairs(p:route(address)) do
      texts[#texts + 1] = table.concat({ delivery.verdict, delivery.code or "-",
        tostring(delivery.address), delivery.rule or "-", delivery.entry or "-",
        tostring(delivery.sender), delivery.revision, tostring(delivery.cost) }, " ")
    end
  end
  return table.concat(texts, "\n")
end

-- A path that is removed when the test has ended.
local paths = {}

local function temporary()
  paths[#paths + 1] = os.tmpname()
  return paths[#paths]
end

local function save(p)
  local path = temporary()
  assert(p:save(path))
  return path
end

local function contents(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

describe("a compiled policy", function()
  after_each(function()
    for _, path in ipairs(paths) do os.remove(path) end
    paths = {}
  end)

  for name, source in pairs { ["without functions"] = SOURCE, ["with functions"] = SCRIPTED } do
    it("does what the policy does, " .. name, function()
      local p = load(source)
      local opened = assert(policy.loadfile(save(p)))
      assert.equal(p.revision, opened.revision)
      assert.equal(told(p), told(opened))
      assert.equal(tostring(p:test()), tostring(opened:test()))
      assert.same(p:test().uncovered, opened:test().uncovered)
      assert.equal(p:test().rules, opened:test().rules)
      assert.equal(p:graph(), opened:graph())
      local findings, others = p:check(), opened:check()
      assert.equal(#findings, #others)
      for i, finding in ipairs(findings) do
        assert.equal(tostring(finding), tostring(others[i]))
      end
    end)
  end

  it("is the same file each time, and when it is saved again", function()
    local p = load(SOURCE)
    local path = save(p)
    assert.equal(contents(path), contents(save(load(SOURCE))))
    assert.equal(contents(path), contents(save(assert(policy.loadfile(path)))))
  end)

  it("is the same file whatever it has been asked in between", function()
    for _, source in ipairs { SOURCE, SCRIPTED } do
      local p = load(source)
      local path = save(p)
      local opened = assert(policy.loadfile(path))
      for _, asked in ipairs { p, opened } do
        told(asked)
        asked:test()
        asked:check()
        assert.equal(contents(path), contents(save(asked)))
      end
    end
  end)

  it("needs none of the files that it was made of", function()
    local path = save(load(SCRIPTED))
    local opened = assert(policy.loadfile(path, {
      include = function() error "asked" end, read = function() error "asked" end,
    }))
    assert.equal("Kim Lee", opened:route("x@far.example")[1].entry)
  end)

  it("reloads while it routes, and stays where the new file is none", function()
    local path = save(load(SOURCE))
    local live = assert(policy.open(path))
    local revision = live.revision
    assert.same({ true, revision }, { live:reload() })
    write(path, contents(path):sub(1, -2))
    local reloaded, message, code = live:reload()
    assert.is_nil(reloaded)
    assert.equal("snapshot-damaged", code)
    assert.truthy(message:find("it is cut or damaged; compile it again", 1, true), message)
    assert.equal("Kim Lee", live:route("k@corp.example")[1].entry)
    assert(load(SOURCE .. 'recipient "New" { proxies = { "SMTP:new@corp.example" } }'):save(path))
    assert(live:reload())
    assert.not_equal(revision, live.revision)
    assert.equal("New", live:route("new@corp.example")[1].entry)
  end)

  it("is refused where another build has to have written it", function()
    local path = save(load(SOURCE))
    local text = contents(path)
    for at = 9, 36 do -- layout, byte order, rules of keys, Unicode version
      write(path, text:sub(1, at - 1) .. string.char(255 - text:byte(at)) .. text:sub(at + 1))
      local opened, message, code = policy.loadfile(path)
      assert.is_nil(opened)
      assert.truthy(code == "snapshot-foreign" or code == "snapshot-damaged", code)
      assert.truthy(message:find("compile it again", 1, true), message)
    end
  end)

  it("bears every byte that changes and every cut", function()
    local path = save(load(SMALL))
    local text = contents(path)
    local envelope = { sender = "who@corp.example", authenticated = true, size = 9 }
    assert.equal(5, #load(SMALL):route("all@corp.example", envelope))
    local opened, refused = 0, 0
    for at = 1, #text do
      write(path, text:sub(1, at - 1) .. string.char((text:byte(at) + 1) % 256) .. text:sub(at + 1))
      local p, message, code = policy.loadfile(path)
      if p then
        opened = opened + 1
        p:route({ "all@corp.example", "who@corp.example", "k@old.example", "CCMAIL:Kim",
          "pat@far.example" }, envelope)
        if at % 3 == 0 then tostring(p:explain "all@corp.example") p:check() end
        p:close()
      else
        refused = refused + 1
        assert.is_string(message)
        assert.is_string(code)
      end
      if at % 5 == 0 then assert.is_nil((policy.loadfile(path, { verify = true }))) end
    end
    assert.is_true(opened > 0 and refused > 0)
    for length = 8, #text - 1, 3 do -- shorter ones are no snapshots
      write(path, text:sub(1, length))
      assert.is_nil((policy.loadfile(path)))
    end
  end)

  it("says so where its script does something else by now", function()
    local path = save(load(SCRIPTED))
    local text = contents(path)
    local from, to = text:find("function on.recipient(address)", 1, true)
    write(path, text:sub(1, from - 1) .. "function on.route   (address) " .. text:sub(to + 1))
    local opened, message, code = policy.loadfile(path)
    assert.is_nil(opened)
    assert.equal("snapshot-differs", code)
    assert.equal(path .. ": its script now declares something else; compile it again", message)
  end)

  it("stays as it was where it cannot be written", function()
    local p, path = load(SOURCE), save(load(SOURCE))
    local saved, message, code = p:save(path .. "/x")
    assert.same({ nil, "file-unwritable" }, { saved, code })
    assert.truthy(message:find(path .. "/x: ", 1, true))
    assert.equal(contents(path), contents(save(p)))
    assert.has_error(function() p:save() end)
  end)

  it("knows what is no snapshot", function()
    local path = temporary()
    write(path, SOURCE)
    assert.is_false(core.is_snapshot(path))
    write(path, "POPOLIC")
    assert.is_false(core.is_snapshot(path))
    write(path, "POPOLICY")
    assert.is_true(core.is_snapshot(path))
    assert.same({ nil, "snapshot-damaged" }, { policy.loadfile(path), select(3,
      policy.loadfile(path)) })
  end)
end)
