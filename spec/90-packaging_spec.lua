-- What is written in more than one place has to agree.

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
    assert.equal(version, helper.read("CHANGELOG.md"):match "\n## ([%d.]+)\n")
  end)

  it("is nowhere in the rockspec of a checkout", function()
    assert.equal("scm-1", rockspec().version)
    assert.is_nil(helper.read("postoffice-scm-1.rockspec"):find(version, 1, true))
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
