--- How many of several items a finding names, be they thousands.
-- @module postoffice.policy.prove.few

local few = {}

local MOST = 4

--- The first of some items as texts, and how many more there are.
-- @tparam table items
-- @tparam function title_of returns the text of an item
-- @treturn {string,...}
function few.of(items, title_of)
  local texts = {}
  for i = 1, math.min(#items, MOST) do texts[i] = title_of(items[i]) end
  if #items > MOST then texts[MOST + 1] = ("%d more"):format(#items - MOST) end
  return texts
end

--- The same in a sentence: "a, b and 3 more".
-- @tparam table items one at least
-- @tparam function title_of
-- @treturn string
function few.named(items, title_of)
  local texts = few.of(items, title_of)
  local last = table.remove(texts)
  return texts[1] and ("%s and %s"):format(table.concat(texts, ", "), last) or last
end

return few
