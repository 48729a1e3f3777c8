-- A real Tarantool loads ours: Debian's has a LuaJIT without GC64, where the
-- isolated states of scripts are made in another way.  The specs of scripts and
-- policies hold in there, and so does what only fibers can show; what is proven of
-- policies (46, 48, #long) is Lua alone.

local helper = require "spec.helper"

-- Runs specs inside of Tarantool; returns what busted's last lines say.
local function run(...)
  local status, output, errors = helper.run(
    "tarantool spec/host/tarantool/busted.lua -o plainTerminal " .. table.concat({ ... }, " "))
  return status, output .. errors
end

local function passes(...)
  local status, output = run(...)
  assert.matches("[1-9]%d* successe?s? / 0 failures / 0 errors", output)
  assert.equal(0, status, output)
end

describe("Tarantool", function()
  it("has a LuaJIT without GC64, or this proves nothing", function()
    local status, output = helper.run [[tarantool -e 'print(require "ffi".abi "gc64") os.exit()']]
    assert.equal(0, status)
    assert.matches("^false", output)
  end)

  it("fails a run in which a spec fails", function()
    local status, output = run "spec/host/tarantool/fails.lua"
    assert.matches("0 successes / 1 failure / 0 errors", output, 1, true)
    assert.are_not.equal(0, status)
  end)

  it("parses", function()
    passes "spec/10-*_spec.lua"
  end)

  it("keeps scripts apart from the host", function()
    passes("spec/30-*_spec.lua", "spec/31-*_spec.lua")
  end)

  it("routes by policies", function()
    passes("--exclude-tags=long", "spec/4[0-579]*_spec.lua")
  end)

  it("routes in fibers", function()
    passes "spec/host/tarantool/fibers.lua"
  end)
end)
