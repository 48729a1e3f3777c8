--- What is told apart of the messages to an address: the limits of sizes, and a sender of each class.
-- @module postoffice.policy.prove.classes.bounds

local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local fates = require "postoffice.policy.prove.classes.fates"
local lists = require "postoffice.lists"
local restrictions = require "postoffice.policy.compile.restrictions"
local senders = require "postoffice.policy.prove.classes.senders"
local sets = require "postoffice.policy.prove.sets"

local UNKNOWN = { unknown = true } -- types, too, that no dialect has

-- The sizes that are told apart from larger ones.
local function sizes_of(search)
  local found = {}
  for _, policy in ipairs(search.policies) do
    local compiled = policy.compiled
    for _, connector in ipairs(connectors.all(compiled.connectors)) do
      if connector.max_size then found[connector.max_size] = true end
    end
    for _, limit in ipairs(restrictions.sizes(compiled.restrictions)) do found[limit] = true end
  end
  for _, size in ipairs(search.sizes) do found[size] = true end
  return lists.keys(found)
end

-- The senders that are told apart, within the set that is said.
local function senders_of(search)
  local list = {}
  for _, set in ipairs(search.senders) do list[#list + 1] = set.formula end
  local within = search.fixed.sender
  if within then list[#list + 1] = within.formula end
  local are_heard_alike = search.slice and search.slice.are_senders_alike
  local all = senders.collect(search.policies, list, search.work, are_heard_alike)
  local kept = { texts = {} }
  for _, text in ipairs(all) do
    local address = core.parse(text, UNKNOWN)
    if address and (not within or sets.contains(within, address)) then
      kept[#kept + 1], kept.texts[address] = address, text
    end
  end
  if search.tell then
    local merged = fates.merge(search.policies, kept, search.tell, search.until_then)
    merged.texts, kept = kept.texts, merged
  end
  kept.is_partial, kept.terms = all.is_partial, all.terms
  if are_heard_alike then kept.is_partial = all.are_choices_partial end
  return kept
end

--- What is told apart of the messages of a search.
-- @tparam table search
-- @treturn table `senders` (addresses, with `texts` by address, `terms` that tell them apart, and
--   `is_partial` where more is asked of them than patterns), `sizes`
local function bounds(search)
  return { senders = senders_of(search), sizes = sizes_of(search) }
end

return bounds
