--- How work grows with what there is of it, in instructions: they are the same on a busy machine.
-- Needs valgrind, and counter.c built for Lua 5.4 (`make test-growth`).
local cases = require "spec.growth.cases"
local helper = require "spec.helper"

-- From a size to four times as much: the logarithm besides is allowed; the square would be 16, and
-- looking at all 4.
local MOST = { linear = 5.5, constant = 2 }

-- With pages as its heap, Massif leaves `malloc` to the C library, whose instructions count, too.
local MASSIF = "valgrind -q --vgdb=no --tool=massif --massif-out-file=/dev/null --time-unit=i "
  .. "--pages-as-heap=yes --depth=1 "

describe("work", function()
  local counted = {}

  setup(function()
    local output = helper.output(MASSIF .. "lua5.4 spec/growth/count.lua")
    for number, few, many in output:gmatch "(%d+) (%d+) (%d+)" do
      counted[tonumber(number)] = { few = tonumber(few), many = tonumber(many) }
    end
  end)

  for number, case in ipairs(cases) do
    it(("grows no more than is said of %s: %s"):format(case.of, case.name), function()
      local cost = assert(counted[number])
      assert.is_true(cost.many < MOST[case.grows] * cost.few,
        ("%d became %d"):format(cost.few, cost.many))
    end)
  end
end)
