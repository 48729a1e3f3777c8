-- What is written in more than one place has to agree.

local graph = require "spec.graph"
local helper = require "spec.helper"

-- The rockspec's globals.
local function rockspec()
  local spec = {}
  local chunk
  if setfenv then
    chunk = assert(loadfile "postoffice-scm-1.rockspec")
    setfenv(chunk, spec)
  else
    chunk = assert(loadfile("postoffice-scm-1.rockspec", "t", spec))
  end
  chunk()
  return spec
end

local header = helper.read "csrc/postoffice.h"
local version = header:match '#define PO_VERSION "([^"]+)"'

describe("the version", function()
  it("stands in postoffice.h", function()
    assert.matches("^%d+%.%d+%.%d+$", version)
  end)

  it("is what the library says it is", function()
    assert.equal(version, require("postoffice")._VERSION)
  end)

  it("heads the changelog", function()
    assert.equal(version, helper.read("CHANGELOG.md"):match "\n## ([%d.]+)")
  end)

  it("is nowhere in the rockspec of a checkout", function()
    assert.equal("scm-1", rockspec().version)
    assert.is_nil(helper.read("postoffice-scm-1.rockspec"):find(version, 1, true))
  end)
end)

describe("the top of the tree", function()
  it("has what it is made of, and what was built, alone", function()
    local known = {
      ["CHANGELOG.md"] = true, LICENSE = true, Makefile = true, ["README.md"] = true, build = true,
      csrc = true, lua = true, ["postoffice-scm-1.rockspec"] = true, spec = true,
    }
    for name in helper.output("git ls-files 2>/dev/null || ls"):gmatch "[^\n]+" do
      local top = name:match "^[^/]+"
      assert.is_true(known[top] or top:find "^%." ~= nil, name)
    end
  end)
end)

describe("the rockspec", function()
  it("takes every Lua from 5.1 to 5.5", function()
    assert.equal("lua >= 5.1, < 5.6", rockspec().dependencies[1])
  end)

  it("names the licence that LICENSE holds", function()
    assert.equal("MIT", rockspec().description.license)
    assert.matches("MIT License", helper.read "LICENSE", 1, true)
  end)

  -- The rock that brings a module, by the first part of its name; none for what comes with an
  -- interpreter.
  local ROCKS = {
    argparse = "argparse", busted = "busted", cqueues = "cqueues", dkjson = "dkjson",
    lfs = "luafilesystem", lpeg = "lpeg", luacheck = "luacheck", luassert = "busted",
    luasql = "luasql-", openssl = "luaossl", redis = "redis-lua", resty = "lua-resty-redis",
    socket = "luasocket", mime = "luasocket", fiber = "", ffi = "",
  }

  -- The rocks that files require, each with a file that does; of no module, there is no rock.
  local function required(files)
    local rocks = {}
    for path in helper.output("find " .. files):gmatch "[^\n]+" do
      for _, name in ipairs(graph.required_names(helper.read(path))) do
        local first = name:match "^[^.]*"
        local is_ours = first == "postoffice" or first == "spec"
        if not is_ours and (ROCKS[first] or pcall(require, name)) then
          rocks[assert.is_string(ROCKS[first], path .. ": " .. name)] = path
        end
      end
    end
    return rocks
  end

  local function names(dependencies)
    local set = { [""] = true }
    for _, dependency in ipairs(dependencies) do set[dependency:match "^[%w_-]+"] = true end
    return set
  end

  it("names the rocks that the library requires, those that may be missing in a comment", function()
    local text = helper.read "postoffice-scm-1.rockspec"
    for rock, path in pairs(required "lua -name '*.lua'") do
      assert.is_truthy(text:find(rock, 1, true), path .. " requires " .. rock)
    end
  end)

  it("names the rocks that the specs require", function()
    local OPTIONAL = { luaossl = true } -- what needs it is not tested without
    local runs, tests = names(rockspec().dependencies), names(rockspec().test_dependencies)
    for rock, path in pairs(required "spec -maxdepth 1 -name '*.lua'") do
      assert.is_true(runs[rock] or tests[rock] or OPTIONAL[rock] or false, path .. ": " .. rock)
    end
  end)

  it("installs a command that is there", function()
    helper.read(rockspec().build.install.bin.postoffice)
  end)
end)

describe("the library", function()
  -- Modules that a fresh interpreter has loaded after `require(name)`.
  local function loaded(name)
    local script = ([[
      package.path, package.cpath = %q, %q
      require %q
      for module in pairs(package.loaded) do print(module) end]]):format(
        package.path, package.cpath, name)
    return "\n" .. helper.output(helper.lua .. " -e " .. helper.quote(script)) .. "\n"
  end

  it("parses without LPeg, argparse or a policy", function()
    local modules = loaded "postoffice"
    assert.matches("\npostoffice.core\n", modules, 1, true)
    assert.is_nil(modules:find "\nlpeg\n")
    assert.is_nil(modules:find "\nargparse\n")
    assert.is_nil(modules:find "\npostoffice%.policy")
  end)

  it("routes without argparse", function()
    assert.is_nil(loaded("postoffice.policy"):find "\nargparse\n")
  end)
end)
