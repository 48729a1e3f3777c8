--- Which of several items that do something together it takes to do it.
-- @module postoffice.policy.prove.needed

local lists = require "postoffice.lists"

local MOST = 40 -- items, before all are taken to be

--- Leaves out items without which the others do it all the same, the last first.
-- @tparam table items
-- @tparam function suffice whether some of them do it
-- @treturn table the same list, if it is long, or if each is needed
local function needed(items, suffice)
  if #items > MOST then return items end
  for i = #items, 1, -1 do
    local others = lists.copy(items)
    table.remove(others, i)
    if suffice(others) then items = others end
  end
  return items
end

return needed
