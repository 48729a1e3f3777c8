--- What many modules do with lists and sets.
-- @module postoffice.lists

local lists = {}

--- Whether a list has a value.
-- @tparam table list
-- @param wanted
-- @treturn boolean
function lists.contains(list, wanted)
  for _, item in ipairs(list) do
    if item == wanted then return true end
  end
  return false
end

local function by_text(a, b) return tostring(a) < tostring(b) end

--- The keys of a table, sorted as texts.
-- @tparam table set
-- @treturn table list
function lists.keys(set)
  local keys, are_texts = {}, true
  for key in next, set do
    keys[#keys + 1] = key
    are_texts = are_texts and type(key) == "string"
  end
  table.sort(keys, not are_texts and by_text or nil) -- without it, C compares
  return keys
end

--- A set that has the items of a list as its keys.
-- @tparam table list
-- @treturn table
function lists.set(list)
  local set = {}
  for _, item in ipairs(list) do set[item] = true end
  return set
end

--- A table with the same fields.
-- @tparam table original
-- @treturn table
function lists.copy(original)
  local copied = {}
  for name, value in next, original do copied[name] = value end
  return copied
end

--- Adds all items of a list to another one.
-- @tparam table list
-- @tparam table more
function lists.add_all(list, more)
  for _, item in ipairs(more) do list[#list + 1] = item end
end

--- The items of a list, each once.
-- @tparam table list
-- @treturn table another one
function lists.distinct(list)
  local made, seen = {}, {}
  for _, item in ipairs(list) do
    if not seen[item] then made[#made + 1], seen[item] = item, true end
  end
  return made
end

--- What a function makes of each item.
-- @tparam table list
-- @tparam function make
-- @treturn table list
function lists.map(list, make)
  local made = {}
  for i, item in ipairs(list) do made[i] = make(item) end
  return made
end

--- The items of which something is so.
-- @tparam table list
-- @tparam function is_so
-- @treturn table list
function lists.kept(list, is_so)
  local kept = {}
  for _, item in ipairs(list) do kept[#kept + 1] = is_so(item) and item or nil end
  return kept
end

--- A field of each item.
-- @tparam {table,...} list
-- @tparam string field
-- @treturn table list
function lists.pluck(list, field)
  local values = {}
  for i, item in ipairs(list) do values[i] = item[field] end
  return values
end

--- The `name` of each item.
-- @tparam {table,...} list
-- @treturn table list
function lists.names(list) return lists.pluck(list, "name") end

return lists
