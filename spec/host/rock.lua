-- The rock, as people get it: built from a checkout, or packed and installed
-- elsewhere, without a network; install.md of the manual shows both.  `make test-rock-lua5.4` runs this, and
-- `make test-rock-luajit`.

local helper = require "spec.helper"
local luarocks_of = require "spec.luarocks"
local quote = helper.quote
local unpack = unpack or table.unpack -- luacheck: ignore

local version = _VERSION:match "[%d.]+"
local root = helper.output "pwd"
local work = root .. "/build/rock-" .. (jit and "jit" or version)

-- LuaRocks does not see the distribution's packages; and nothing comes from a server here.
local PROVIDED = { { "lpeg", "1.0.2-1" }, { "argparse", "0.7.1-1" }, { "luafilesystem", "1.8.0-1" },
  unpack(luarocks_of.FOR_TESTS) }
local luarocks

local function succeeds(status, output)
  assert.equal(0, status, output)
  return output
end

-- Whether a build finds libidn2 here.
local HAS_IDN2 = helper.run "echo '#include <idn2.h>' | cc -E -x c -" == 0

-- What a user of the tree does, from a directory that knows nothing of ours.
local function works_from(tree, is_without_idn2)
  local path = work .. "/" .. tree
  local status, output, errors = helper.run(
    "cd / && env -u LUA_PATH -u LUA_CPATH " .. quote(path .. "/bin/postoffice")
      .. " format --as proxy '[ccmail:user@domain at internet]'")
  assert.equal("", errors)
  assert.equal(0, status)
  assert.equal("CCMAIL:user@domain at internet\n", output)

  -- the library itself finds neither LPeg nor argparse here, and needs neither
  local script = ([[
    package.path = "%s/share/lua/%s/?.lua;%s/share/lua/%s/?/init.lua"
    package.cpath = "%s/lib/lua/%s/?.so"
    local postoffice = require "postoffice"
    io.write(tostring(postoffice.parse "[ccmail:user@domain at internet]"), " ",
      tostring(postoffice.UNICODE ~= nil), " ", postoffice.key "a@XN--Bcher-kva.b")]]):format(
      path, version, path, version, path, version)
  status, output, errors = helper.run(("cd / && %s -e %s"):format(helper.lua, quote(script)))
  assert.equal("", errors)
  assert.equal(0, status)
  assert.equal("CCMAIL:user@domain at internet " .. tostring(HAS_IDN2 and not is_without_idn2)
    .. " SMTP:a@xn--bcher-kva.b", output)
end

describe("the rock on " .. (jit and "LuaJIT" or _VERSION), function()
  setup(function()
    helper.run(("rm -rf %s build/rock; mkdir -p %s/elsewhere"):format(quote(work), quote(work)))
    luarocks = luarocks_of.new(helper.lua, work, nil, PROVIDED)
  end)

  it("has a rockspec without reproach", function()
    succeeds(luarocks:run("tree", "lint postoffice-scm-1.rockspec"))
  end)

  it("is built from a checkout into an empty tree", function()
    local before = helper.output "ls -A . csrc lua"
    succeeds(luarocks:run("tree", "make postoffice-scm-1.rockspec"))
    assert.equal(before, helper.output "ls -A . csrc lua", "left something in the checkout")
    works_from "tree"
  end)

  it("brings the shipped policies along", function()
    local examples = ("tree/share/lua/%s/postoffice/examples"):format(version)
    assert.equal(
      helper.output "ls lua/postoffice/examples",
      helper.output(("ls %s/%s"):format(quote(work), examples)))
  end)

  it("is packed as it was built and installed from that file", function()
    succeeds(luarocks:run("tree", "pack postoffice scm-1 && mv postoffice-scm-1.*.rock "
      .. quote(work .. "/elsewhere")))
    succeeds(luarocks:run("packed", ("install %s/elsewhere/postoffice-scm-1.*.rock"):format(work)))
    works_from "packed"
  end)

  it("is packed as sources and built from that file, without libidn2 if one likes", function()
    succeeds(helper.run "make -s rock")
    succeeds(luarocks:run("built", ("install %s/build/postoffice-scm-1.src.rock"):format(root),
      "IDN2=no"))
    works_from("built", true)
  end)

  it("is installed by its rockspec once the sources are packed", function()
    succeeds(luarocks:run("byspec", "install ./postoffice-scm-1.rockspec"))
    works_from "byspec"
  end)

  it("is tested by `luarocks test`", function()
    helper.write(work .. "/01_spec.lua", "it('runs', function() assert.truthy(_VERSION) end)")
    local arguments = ("test -- -o plainTerminal %s/01_spec.lua"):format(work)
    local output = succeeds(luarocks:run("tree", arguments))
    assert.matches("1 success / 0 failures / 0 errors", output, 1, true)
  end)

  it("is removed without a trace", function()
    succeeds(luarocks:run("tree", "remove postoffice"))
    assert.equal("", luarocks:contents "tree")
  end)
end)
