--- How work grows with what there is of it, in instructions: they are the same on a busy machine.
-- Needs valgrind, and counter.c built for Lua 5.4 (`make test-growth`).
local callgrind = require "spec.callgrind"
local cases = require "spec.growth.cases"

-- From a size to four times as much: the logarithm besides is allowed; the square would be 16, and
-- looking at all 4.
local MOST = { linear = 5.5, constant = 2 }

describe("work", function()
  local counted = {}

  setup(function()
    for _, dump in ipairs(callgrind.run "lua5.4 spec/growth/count.lua") do
      counted[dump.name] = dump.instructions
    end
  end)

  for number, case in ipairs(cases) do
    it(("grows no more than is said of %s: %s"):format(case.of, case.name), function()
      local few = assert(counted[("%d %d"):format(number, cases.SIZES[1])])
      local many = assert(counted[("%d %d"):format(number, cases.SIZES[2])])
      assert.is_true(many < MOST[case.grows] * few, ("%d became %d"):format(few, many))
    end)
  end
end)
