--- What of a class may leave that was opened, where hosts may read another address in it (`relaying`):
-- of such a class there is one address that would, and one that would not.
-- @module postoffice.policy.prove.classes.relays

local answers = require "postoffice.policy.prove.classes.relays.answers"
local core = require "postoffice.core"
local identities = require "postoffice.policy.prove.classes.identities"
local lists = require "postoffice.lists"
local members = require "postoffice.policy.prove.sets.members"
local retyped = require "postoffice.policy.prove.classes.relays.retyped"
local variants = require "postoffice.policy.prove.classes.relays.variants"

local relays = {}

local clock = os.clock

local NONE = {}
local FEW = 20 -- addresses of a class, by each of which others are made
local ENOUGH = 3 -- of these, of which policies say the same

-- Whether an address is of the class of an item that is in no shell.
local function is_member(search, item, address)
  local is_named = search.found.keys[core.key(address)]
  return not is_named and identities.of(search, address) == item.class
end

-- Takes an address for what policies say of it, unless there are enough of these, or it is of another
-- class.
local function take(search, item, found, address)
  local answer = answers.of(search.policies, address)
  local count = found.counts[answer]
  if not count or count == ENOUGH or not is_member(search, item, address) then return end
  found.counts[answer], found.list[#found.list + 1] = count + 1, address
end

local function has_each(found)
  for _, count in pairs(found.counts) do
    if count == 0 then return false end
  end
  return true
end

-- Addresses of an item's part, and others that are made of its first ones: some for each answer, as far as
-- any are found.  Made once.
local function others_of(search, item, said)
  search.others = search.others or {}
  if search.others[item.part] then return search.others[item.part] end
  local found, hosts, tried = { list = {}, counts = {} }, variants.hosts(search.policies), 0
  local _, _, marked = answers.marks(search, item.part)
  for _, answer in ipairs(said) do found.counts[answer] = 0 end
  search.others[item.part] = found.list
  members.each(item.part, function(_, address)
    tried = tried + 1
    take(search, item, found, address)
    for _, variant in ipairs(has_each(found) and NONE or variants.of(address, hosts, marked)) do
      local made = variants.read(variant)
      if made then take(search, item, found, made) end
    end
    return tried == FEW or has_each(found) or clock() > search.until_then
  end)
  return found.list
end

-- An item and one that would leave, of addresses that no set tells apart; or nil.
local function split_sample(search, item)
  local policies, sample = search.policies, item.address
  local is_told = sample.type == "X400" or answers.are_alike(policies)
  if not is_told or answers.of(policies, sample) ~= ("-"):rep(#policies) then return nil end
  for _, address in ipairs(variants.foreign(sample)) do
    if answers.of(policies, address) == ("+"):rep(#policies) then
      local foreign = lists.copy(item)
      foreign.address = address
      return { item, foreign }
    end
  end
end

-- An item of addresses of SMTP that become others of another type, in which hosts read what nobody tells
-- apart, by who would let that leave; nil if that is not so.
local function split_made(search, item)
  local policies, part = search.policies, item.part
  local first = part and part.family == "SMTP" and members.first(part)
  if not first or not retyped.is_marked(policies, first) then return nil end
  local list, others = {}, {}
  for _, address in ipairs(variants.marked(policies, first)) do
    others[#others + 1] = is_member(search, item, address) and address or nil
  end
  for _, answer in ipairs(retyped.possible(search, first, answers.all(policies))) do
    local one = lists.copy(item)
    one.told, one.others, one.missing = lists.copy(item.told or {}), others, item.missing
      or "what hosts read in what is made of " .. first.domain
    one.told.hosts = retyped.told(policies, first)
    one.wants = function(address) return retyped.answers(policies, address) == answer end
    list[#list + 1] = one
  end
  return list
end

-- An item that was opened (`is_read`), by who would let it leave.
local function split_opened(search, item)
  local why = "what hosts read in addresses of %s"
  if item.is_sample then
    local both = split_sample(search, item)
    if both then return both end
    local one = lists.copy(item)
    one.why = item.why or why:format(item.address.type)
    return { one }
  end
  if not item.part or not answers.may_be_several(search, item.part) then return { item } end
  local said, list = answers.of_part(search, item.part), {}
  if not said[2] then return { item } end
  local others = others_of(search, item, said)
  for i, answer in ipairs(said) do
    list[i] = lists.copy(item)
    list[i].others, list[i].missing = others, why:format(item.part.family)
    list[i].wants = function(address) return answers.of(search.policies, address) == answer end
  end
  return list
end

--- An item by who would let it leave, or what becomes of it.
-- @tparam table search
-- @tparam table item
-- @treturn {table,...} the same item where all of it is read alike, or one for each way
function relays.split(search, item)
  local list = split_made(search, item)
  if list then return list end
  return item.is_read and split_opened(search, item) or { item }
end

return relays
