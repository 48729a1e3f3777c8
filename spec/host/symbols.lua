-- One module serves Lua 5.1, LuaJIT and OpenResty, so it may ask its host for
-- nothing but what PUC's Lua 5.1 has.  A weak symbol it can do without.

local helper = require "spec.helper"

local function symbols(command)
  local names = {}
  for name in helper.output(command):gmatch "lua%w*_[%w_]+" do
    names[name] = true
  end
  return names
end

local function asked(path)
  return symbols(("nm -D --undefined-only %s | grep -v ' w '"):format(path))
end

describe("the 5.1 flavour", function()
  it("asks for the same symbols built with PUC's headers and with LuaJIT's", function()
    assert.same(asked "build/5.1/postoffice/core.so", asked "build/jit/5.1/postoffice/core.so")
  end)

  it("asks for nothing that PUC's Lua 5.1 lacks", function()
    local has = symbols "nm -D --defined-only $(command -v lua5.1)"
    for name in pairs(asked "build/5.1/postoffice/core.so") do
      assert.is_true(has[name], name)
    end
  end)
end)

for _, flavour in ipairs { "5.4", "5.3", "5.1" } do
  local path = ("build/%s/postoffice/core.so"):format(flavour)

  describe("the module for Lua " .. flavour, function()
    it("shows luaopen_postoffice_core and nothing else", function()
      assert.equal(
        "luaopen_postoffice_core",
        helper.output(("nm -D --defined-only -P %s | sed 's/ .*//'"):format(path)))
    end)

    it("brings no Lua of its own", function()
      assert.is_nil(helper.output("readelf -d " .. path):match "NEEDED[^\n]*lua")
    end)

    it("is bound at once, so that a wrong Lua is an error and not a crash", function()
      assert.matches("BIND_NOW", helper.output("readelf -d " .. path), 1, true)
    end)
  end)
end

describe("a module built for another Lua", function()
  it("is refused with an error", function()
    local status, output = helper.run([[LUA_CPATH='build/5.1/?.so' lua5.4 -e '
      print(pcall(require, "postoffice.core"))']])
    assert.equal(0, status)
    assert.matches("^false\t.*undefined symbol", output)
  end)
end)
