--- What is told apart of the messages to an address: sizes on either side of each limit, and a
-- sender of each class.
-- @module postoffice.policy.prove.classes.bounds

local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local restrictions = require "postoffice.policy.compile.restrictions"
local senders = require "postoffice.policy.prove.classes.senders"
local sets = require "postoffice.policy.prove.sets"

-- Sizes on either side of each limit.
local function add_limit(sizes, limit)
  if limit then
    sizes[limit], sizes[limit + 1] = true, true
  end
end

-- The sizes that are told apart, within those that are said.
local function sizes_of(search)
  local found, list, fixed = { [0] = true }, {}, search.fixed
  for _, policy in ipairs(search.policies) do
    local compiled = policy.compiled
    for _, connector in ipairs(connectors.all(compiled.connectors)) do
      add_limit(found, connector.max_size)
    end
    for _, limit in ipairs(restrictions.sizes(compiled.restrictions)) do add_limit(found, limit) end
  end
  add_limit(found, fixed.size_over)
  add_limit(found, fixed.size_up_to)
  for _, size in ipairs(search.sizes) do add_limit(found, size) end
  for size in pairs(found) do
    if (not fixed.size_over or size > fixed.size_over)
      and (not fixed.size_up_to or size <= fixed.size_up_to) then
      list[#list + 1] = size
    end
  end
  table.sort(list)
  return list
end

-- The folded names of the connectors that carry nothing for now.
local function drained_of(policies)
  local drained = {}
  for _, policy in ipairs(policies) do
    for _, connector in ipairs(connectors.all(policy.compiled.connectors)) do
      if connector.weight == 0 then drained[connector.folded] = true end
    end
  end
  return drained
end

-- The senders that are told apart, within the set that is said.
local function senders_of(search)
  local list = {}
  for _, set in ipairs(search.senders) do list[#list + 1] = set.formula end
  local within = search.fixed.sender
  if within then list[#list + 1] = within.formula end
  local all, kept = senders.collect(search.policies, list, search.work), {}
  for _, text in ipairs(all) do
    local address = core.parse(text)
    if not within or address and sets.contains(within, address) then kept[#kept + 1] = text end
  end
  kept.is_partial = all.is_partial
  return kept
end

--- What is told apart of the messages of a search.
-- @tparam table search
-- @treturn table `senders` (texts, with `is_partial` where more is asked of them than patterns),
--   `sizes`, `drained` (folded names of connectors, as a set)
local function bounds(search)
  return {
    senders = senders_of(search), sizes = sizes_of(search), drained = drained_of(search.policies),
  }
end

return bounds
