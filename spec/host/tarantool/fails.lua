-- Run by tarantool.lua, which has to see this failure.
it("fails", function()
  assert.is_true(false)
end)
