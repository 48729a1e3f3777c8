-- Of the oracle: nobody edits it (see ../init.lua).
--- Finds the items (rewrites, spaces) that can match a text without trying them all.
--
-- Each goes into one bucket, by its literal beginning or its literal end,
-- whichever is shared by fewer items.  A look-up probes one bucket for each
-- length that occurs and returns what it finds in the order of `rank`, one at a
-- time: routing stops at the first that matches, an explanation reads on.  What
-- finds nothing makes no table, and what finds one bucket makes no closure.
-- @module spec.oracle.compile.index

local index = {}
index.__index = index

local sub = string.sub

--- An empty index.
-- @treturn table
function index.new()
  return setmetatable({
    front = {}, back = {}, front_lengths = {}, back_lengths = {}, rest = {}, bucket_sizes = {},
  }, index)
end

--- Counts an item, before any is added.
-- @tparam string prefix literal beginning, folded
-- @tparam string suffix literal end, folded
function index:count(prefix, suffix)
  local bucket_sizes = self.bucket_sizes
  bucket_sizes["<" .. prefix] = (bucket_sizes["<" .. prefix] or 0) + 1
  bucket_sizes[">" .. suffix] = (bucket_sizes[">" .. suffix] or 0) + 1
end

-- How many items share a text; none at all is shared by all.
local function sharing(self, mark, text)
  return text == "" and math.huge or self.bucket_sizes[mark .. text] or 0
end

--- How many items would share the bucket of an item.
-- @tparam string prefix
-- @tparam string suffix
-- @treturn number
function index:bucket_size(prefix, suffix)
  return math.min(sharing(self, "<", prefix), sharing(self, ">", suffix))
end

local function put(buckets, lengths, text, item)
  local bucket = buckets[text]
  if not bucket then
    bucket = {}
    buckets[text] = bucket
    if not lengths[-#text] then
      lengths[-#text] = true -- a negative key marks a length that the array holds
      lengths[#lengths + 1] = #text
    end
  end
  bucket[#bucket + 1] = item
end

--- Adds an item.  Rules come in the order of their ranks.
-- @tparam table item with `rank`
-- @tparam string prefix literal beginning, folded
-- @tparam string suffix literal end, folded
function index:add(item, prefix, suffix)
  if prefix == "" and suffix == "" then
    self.rest[#self.rest + 1] = item
  elseif sharing(self, ">", suffix) <= sharing(self, "<", prefix) then
    put(self.back, self.back_lengths, suffix, item)
  else
    put(self.front, self.front_lengths, prefix, item)
  end
end

--- Whether no item was added.
-- @treturn boolean
function index:is_empty()
  return not (self.front_lengths[1] or self.back_lengths[1] or self.rest[1])
end

--- Adds a list of items to those that a look-up found.
-- @tparam {table,...}|nil lists
-- @tparam {table,...} list sorted by rank
-- @treturn {table,...} the same lists, or new ones
function index.append(lists, list)
  if not lists then return { list } end
  lists[#lists + 1] = list
  return lists
end

local append = index.append

--- Appends to `lists` the buckets whose items can match `text`.
-- @tparam string text folded
-- @tparam {table,...}|nil lists
-- @treturn {table,...}|nil the lists, if there are any
function index:collect(text, lists)
  local size = #text
  local lengths, buckets = self.back_lengths, self.back
  for i = 1, #lengths do
    local n = lengths[i]
    local bucket = n <= size and buckets[sub(text, -n)]
    if bucket then lists = append(lists, bucket) end
  end
  lengths, buckets = self.front_lengths, self.front
  for i = 1, #lengths do
    local n = lengths[i]
    local bucket = n <= size and buckets[sub(text, 1, n)]
    if bucket then lists = append(lists, bucket) end
  end
  if self.rest[1] then lists = append(lists, self.rest) end
  return lists
end

local function nothing() end

-- Of `index.each`, for several lists.  It stands by itself, as LuaJIT compiles no function that
-- makes a closure.
local function merge(lists)
  local at = {}
  for i = 1, #lists do at[i] = 1 end
  return function()
    local best, which
    for i = 1, #lists do
      local item = lists[i][at[i]]
      if item and (not best or item.rank < best.rank) then best, which = item, i end
    end
    if which then at[which] = at[which] + 1 end
    return which, best
  end
end

--- Iterates over the items of sorted lists, by rank.
-- @tparam {table,...}|nil lists from `index.collect`
-- @return an iterator of a true value and an item, its state and its first value
function index.each(lists)
  if not lists then return nothing end
  if not lists[2] then return ipairs(lists[1]) end
  return merge(lists)
end

return index
