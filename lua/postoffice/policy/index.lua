--- Finds the rules that can match a text without trying them all.
--
-- Each rule goes into one bucket, by the longer of its literal beginning and
-- its literal end.  A look-up probes one bucket for each length that occurs,
-- and hands out what it finds in the order of the rules' `rank`, one at a
-- time: routing stops at the first that matches, an explanation reads on.
-- @module postoffice.policy.index

local index = {}
index.__index = index

local sub = string.sub

--- An empty index.
-- @treturn table
function index.new()
  return setmetatable({ front = {}, back = {}, front_lengths = {}, back_lengths = {}, rest = {} },
    index)
end

local function put(buckets, lengths, text, rule)
  local bucket = buckets[text]
  if not bucket then
    bucket = {}
    buckets[text] = bucket
    if not lengths[-#text] then
      lengths[-#text] = true -- a negative key marks a length that the array holds
      lengths[#lengths + 1] = #text
    end
  end
  bucket[#bucket + 1] = rule
end

--- Adds a rule.  Rules come in the order of their ranks.
-- @tparam table rule with `rank`
-- @tparam string prefix literal beginning, folded
-- @tparam string suffix literal end, folded
function index:add(rule, prefix, suffix)
  if suffix ~= "" and #suffix >= #prefix then
    put(self.back, self.back_lengths, suffix, rule)
  elseif prefix ~= "" then
    put(self.front, self.front_lengths, prefix, rule)
  else
    self.rest[#self.rest + 1] = rule
  end
end

--- Appends to `lists` the buckets whose rules can match `text`.
-- @tparam string text folded
-- @tparam {table,...} lists
function index:collect(text, lists)
  local size, count = #text, #lists
  local lengths, buckets = self.back_lengths, self.back
  for i = 1, #lengths do
    local n = lengths[i]
    local bucket = n <= size and buckets[sub(text, -n)]
    if bucket then count = count + 1; lists[count] = bucket end
  end
  lengths, buckets = self.front_lengths, self.front
  for i = 1, #lengths do
    local n = lengths[i]
    local bucket = n <= size and buckets[sub(text, 1, n)]
    if bucket then count = count + 1; lists[count] = bucket end
  end
  if #self.rest > 0 then lists[count + 1] = self.rest end
end

--- An iterator over the rules of sorted lists, by rank.
-- @tparam {table,...} lists
-- @treturn function
function index.merge(lists)
  local at = {}
  for i = 1, #lists do at[i] = 1 end
  return function()
    local best, which
    for i = 1, #lists do
      local rule = lists[i][at[i]]
      if rule and (not best or rule.rank < best.rank) then best, which = rule, i end
    end
    if which then at[which] = at[which] + 1 end
    return best
  end
end

return index
