-- Under callgrind: dumps what each case costs at its two sizes, named `NUMBER SIZE`.
local cases = require "spec.growth.cases"
local counter = require "counter"

-- The collector comes when it likes, so it has to wait.
collectgarbage "stop"
for number, case in ipairs(cases) do
  case.make(48)() -- what is made once is made
  for _, size in ipairs(cases.SIZES) do
    local run = case.make(size)
    counter.zero()
    run()
    counter.dump(("%d %d"):format(number, size))
  end
  if number % 20 == 0 then collectgarbage() end
end
